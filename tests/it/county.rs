//! The whole county: four systems of different kinds, pulled, judged, scored, and asked again.

use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::county::Happening;
use daylight::demo::place::Demo;
use daylight_domain::Timestamp;
use daylight_domain::record::RecordType;
use daylight_store::{CardFilter, CaseFilter, QuarantineFilter, ReconciliationRow};
use std::collections::BTreeSet;
use std::sync::Arc;

pub const DEPARTMENTS: [&str; 4] = ["market", "resources", "housing", "health"];

/// A small county that stands still.
pub async fn county(folder: &std::path::Path) -> Demo {
    Demo::start(folder, 0, 2).await.expect("a county")
}

/// What a source has shown and nobody should refuse, by type, key and version.
pub fn good(all: &[Happening]) -> BTreeSet<(RecordType, String, u32)> {
    all.iter().filter(|h| h.wrong.is_none()).map(|h| (h.kind, h.key.clone(), h.version)).collect()
}

/// Every event of a department, by type, key and version. A key twice would be a record twice.
pub async fn stored(demo: &daylight::app::App, department: &str) -> Vec<(RecordType, String, u32)> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let filter = CaseFilter {
            department: Some(department.to_owned()),
            after: after.clone(),
            limit: 500,
            ..CaseFilter::default()
        };
        let rows = demo.store.cases(&filter).await.expect("cases");
        for row in &rows {
            for event in demo.store.case_events(department, &row.case.case_no).await.expect("events") {
                all.push((event.record, event.source_key, event.data_version));
            }
        }
        match rows.last() {
            Some(last) if rows.len() == 500 => after = Some((department.to_owned(), last.case.case_no.clone())),
            _ => break,
        }
    }
    // Signs of life and closed days are about no case.
    for event in demo.store.case_events(department, "").await.expect("events") {
        all.push((event.record, event.source_key, event.data_version));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_of_every_system_arrives_once_and_only_what_is_new_is_asked_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    for id in DEPARTMENTS {
        let run = demo.app.pull(id, "manual").await.expect("a run");
        assert_eq!((run.status.as_str(), run.error.as_deref()), ("done", None), "{id}");
        assert!(run.accepted > 100, "{id}: {run:?}");
        let system = demo.system(id).expect("a system");
        let want = good(&system.showing());
        let have = stored(&demo.app, id).await;
        let unique: BTreeSet<_> = have.iter().cloned().collect();
        assert_eq!(have.len(), unique.len(), "{id}: nothing twice");
        let waiting = QuarantineFilter {
            department: Some(id.to_owned()),
            state: Some("waiting".to_owned()),
            limit: 1000,
            ..QuarantineFilter::default()
        };
        let waiting = demo.app.store.quarantine(&waiting).await.expect("quarantine").len();
        let missing: Vec<_> = want.difference(&unique).collect();
        assert_eq!(missing.len(), waiting, "{id}: what is not here waits for its case: {missing:?}");
        assert!(unique.is_subset(&want), "{id}: nothing that the source did not say");
        let report = demo.app.store.verify_ledger(id).await.expect("a report");
        assert!(report.verified && report.events == have.len() as u64, "{id}: {report:?}");
        let again = demo.app.pull(id, "manual").await.expect("a run");
        assert_eq!((again.accepted, again.rejected), (0, 0), "{id}: {again:?}");
    }
    let reconciled: Vec<ReconciliationRow> = demo.app.store.reconciliations(None, 10_000).await.expect("days");
    assert!(reconciled.iter().filter(|r| r.matches).count() > 100, "most days agree");
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_are_issued_scores_rest_on_them_and_anybody_can_compute_them_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    for id in DEPARTMENTS {
        demo.app.pull(id, "manual").await.expect("a run");
    }
    let cards = demo.app.store.cards(&CardFilter { limit: 10_000, ..CardFilter::default() }).await.expect("cards");
    assert!(!cards.is_empty());
    // A card over the limit is never issued only because a record had not arrived yet.
    let mut reds = 0;
    for card in cards.iter().filter(|c| c.rule == "T-03") {
        let case_no = card.case_no.as_deref().expect("a case");
        let row = demo.app.store.case(&card.department, case_no).await.expect("read").expect("a case");
        let due = row.legal_due.expect("a due time");
        assert!(row.case.clock_stop().is_none_or(|stop| stop > due), "{case_no} was in time");
        reds += 1;
    }
    assert!(reds < cards.len() / 4, "{reds} red cards of {}", cards.len());
    let numbers: BTreeSet<&str> = cards.iter().map(|c| c.no.as_str()).collect();
    assert_eq!(numbers.len(), cards.len(), "a number is one card's");
    assert!(cards.iter().all(|c| c.no.len() == 20 && c.no.starts_with("3308242026")));
    for standard in ["county-2025", "classic-9"] {
        let run = demo.app.score(standard, "2026-03", None).await.expect("a score run");
        assert_eq!(run.results.len(), 4);
        for result in &run.results {
            let total = result.output.total;
            assert!((0..=11_000).contains(&total), "{standard} {}: {total}", result.department);
            let open = result.output.scores.iter().filter(|s| !s.assessed);
            assert!(open.clone().count() > 0, "{standard}: what nobody measures is not assessed");
            assert!(open.clone().all(|s| s.points == 0));
        }
        let again = demo.app.recompute(&run.id).await.expect("recomputed");
        assert!(again.equal, "{standard}: {again:?}");
    }
    // A department that lost points for late cases is told which.
    let mut lost = Vec::new();
    for period in ["2026-01", "2026-02", "2026-03"] {
        let run = demo.app.score("county-2025", period, None).await.expect("a score run");
        lost.extend(run.results.into_iter().flat_map(|r| r.output.scores).filter(|s| s.indicator == "B1"));
    }
    lost.retain(|s| s.assessed && s.points < s.weight);
    assert!(!lost.is_empty(), "nobody in this county was ever late");
    for score in &lost {
        let named: u64 = score.deductions.iter().map(|d| d.count).sum();
        assert!(named > 0 && score.deductions.iter().all(|d| !d.cases.is_empty()), "{score:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_scores_the_same_whenever_it_is_scored_and_not_before_it_is_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    for id in DEPARTMENTS {
        demo.app.pull(id, "manual").await.expect("a run");
    }
    let early = demo.app.score("county-2025", "2026-04", None).await.expect_err("April has just begun");
    assert_eq!(early.code, "score.period");
    let first = demo.app.score("county-2025", "2026-03", None).await.expect("a score run");
    demo.app.close().await;
    // Months later: what was open went on growing old, cards rose to red.
    let later = Timestamp::parse("2026-09-01T09:00:00+08:00").expect("a time");
    let loaded = load(&folder.path().join("config"), later).expect("configuration");
    let app = App::open(loaded, Arc::new(FastClock::new(later, 0))).await.expect("an appliance");
    assert!(app.fire_due().await.expect("judged") > 0, "time made something true");
    let second = app.score("county-2025", "2026-03", None).await.expect("a score run");
    for (a, b) in first.results.iter().zip(&second.results) {
        assert_eq!(a.input.measures, b.input.measures, "{}", a.department);
        assert_eq!(a.input.findings, b.input.findings, "{}", a.department);
        assert_eq!(a.output, b.output, "{}", a.department);
    }
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_demonstration_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let first = demo.app.pull("health", "manual").await.expect("a run");
    demo.app.close().await;
    drop(demo);
    let again = county(folder.path()).await;
    let run = again.app.pull("health", "manual").await.expect("a run");
    assert!(first.accepted > 100 && run.accepted == 0 && run.rejected == 0, "{run:?}");
    again.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_that_runs_is_not_started_twice_and_a_wrong_secret_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let (one, two) = tokio::join!(demo.app.pull("market", "manual"), demo.app.pull("market", "manual"));
    let codes: Vec<_> = [one, two].into_iter().filter_map(Result::err).map(|p| p.code).collect();
    assert_eq!(codes, ["pull.running"]);
    let unknown = demo.app.pull("nobody", "manual").await.expect_err("no department");
    assert_eq!(unknown.code, "department.unknown");
}
