//! Looking after the place: statistics anybody can count again, copies that can be proven and put back, a doctor that sees,
//! and a configuration that can be compared.

use crate::county::{DEPARTMENTS, county, stored};
use chrono::NaiveDate;
use daylight::app::App;
use daylight::backup;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::config::show::{changes, flat, tree};
use daylight::demo::place::{TODAY, write_sample};
use daylight::doctor::State;
use daylight::stats::Asked;
use daylight_domain::Timestamp;
use daylight_store::{CaseFilter, CaseRow};
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn date(text: &str) -> NaiveDate {
    daylight_domain::time::parse_date(text).expect("a date")
}

pub async fn every_case(app: &App, department: &str) -> Vec<CaseRow> {
    let filter = CaseFilter { department: Some(department.to_owned()), limit: 100_000, ..CaseFilter::default() };
    app.store.cases(&filter).await.expect("cases")
}

pub async fn open(config: &Path) -> Arc<App> {
    let loaded = load(config, at(TODAY)).expect("configuration");
    App::open(loaded, Arc::new(FastClock::new(at(TODAY), 0))).await.expect("an appliance")
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_are_what_a_count_by_hand_gives() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    for id in DEPARTMENTS {
        demo.app.pull(id, "manual").await.expect("a run");
    }
    let (from, to) = ("2026-02-01", "2026-02-28");
    let stats = demo.app.stats(&Asked::of(date(from), date(to))).await.expect("statistics");
    let mut finished_everywhere = 0;
    for id in DEPARTMENTS {
        let got = stats.departments.iter().find(|d| d.department == id).expect("the department");
        let cases = every_case(&demo.app, id).await;
        let within = |t: Option<Timestamp>| t.is_some_and(|t| (at(from)..at("2026-03-01")).contains(&t));
        let finished: Vec<&CaseRow> = cases.iter().filter(|c| within(c.case.finished_at)).collect();
        let accepted = cases.iter().filter(|c| within(c.case.accepted_at)).count();
        let in_time = finished.iter().filter(|c| c.promise_due.is_some() && c.case.clock_start().is_some());
        let (of, hits) =
            in_time.fold((0, 0), |(of, hits), c| (of + 1, hits + u64::from(c.case.finished_at <= c.promise_due)));
        assert_eq!((got.cases.accepted, got.cases.finished), (accepted as u64, finished.len() as u64), "{id}");
        assert_eq!((got.cases.within_promise.of, got.cases.within_promise.hits), (of, hits), "{id}");
        assert!(hits > 0 && got.cases.working_days.of > 0, "{id}: a count of nothing proves nothing");
        finished_everywhere += got.cases.finished;
    }
    assert_eq!(stats.total.finished, finished_everywhere);
    let one = Asked { department: Some("health".to_owned()), ..Asked::of(date(from), date(to)) };
    let one = demo.app.stats(&one).await.expect("statistics");
    assert_eq!(one.departments.len(), 1);
    assert_eq!(one.total, one.departments[0].cases);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_proven_and_put_back_and_a_damaged_one_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    demo.app.pull("health", "manual").await.expect("a run");
    let before = stored(&demo.app, "health").await;
    let label = demo.app.back_up("test").await.expect("a copy");
    // Work goes on after the copy.
    demo.app.pull("market", "manual").await.expect("a run");
    let config = demo.app.config.clone();
    let verified = backup::verify(&config, None).await.expect("verified");
    assert!(verified.good && verified.label == label);
    assert_eq!(verified.ledgers.iter().map(|r| r.events).sum::<u64>(), before.len() as u64);
    let busy = backup::restore(&config, Path::new(&label.file), &demo.clock).await.expect_err("work goes on");
    assert_eq!(busy.code, "backup.busy");
    demo.app.close().await;

    let copy = backup::folder(&config).join(&label.file);
    let bytes = std::fs::read(&copy).expect("bytes");
    let mut wrong = bytes.clone();
    let middle = wrong.len() / 2;
    wrong[middle] ^= 1;
    std::fs::write(&copy, &wrong).expect("written");
    let code =
        |r: Result<_, daylight::problem::Problem>| r.map(|_: (backup::Label, Option<PathBuf>)| ()).map_err(|p| p.code);
    assert_eq!(
        code(backup::restore(&config, Path::new(&label.file), &demo.clock).await),
        Err("backup.damaged".to_owned())
    );
    std::fs::write(&copy, &bytes).expect("written");
    assert_eq!(
        code(backup::restore(&config, Path::new("none.db"), &demo.clock).await),
        Err("backup.missing".to_owned())
    );

    let (restored, aside) = backup::restore(&config, Path::new(&label.file), &demo.clock).await.expect("restored");
    assert_eq!(restored, label);
    assert!(aside.is_some_and(|p| p.exists()), "what was there is kept");
    let again = open(&config.folder).await;
    assert_eq!(stored(&again, "health").await, before);
    assert_eq!(stored(&again, "market").await, Vec::new(), "what came after the copy is not in it");
    // The cursor went back with the records: what came later comes again.
    let run = again.pull("market", "manual").await.expect("a run");
    assert!(run.accepted > 0 && run.duplicates == 0, "{run:?}");
    assert!(again.store.verify_ledger("market").await.expect("a report").verified);
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_copies_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let file = config.join("daylight.toml");
    let text = std::fs::read_to_string(&file).expect("a file");
    std::fs::write(&file, text.replace("keep = 14", "keep = 2")).expect("written");
    let loaded = load(&config, at(TODAY)).expect("configuration");
    let mut made = Vec::new();
    for minute in 0..4 {
        let now = at(TODAY).plus_ms(minute * 60_000);
        let app = App::open(loaded.clone(), Arc::new(FastClock::new(now, 0))).await.expect("an appliance");
        made.push(app.back_up("test").await.expect("a copy").file);
        app.close().await;
    }
    let kept: Vec<String> = backup::list(&loaded).into_iter().map(|l| l.file).collect();
    assert_eq!(kept, made[2..]);
    assert_eq!(std::fs::read_dir(backup::folder(&loaded)).expect("a folder").count(), 4, "two copies, two labels");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_sees_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    for id in DEPARTMENTS {
        demo.app.pull(id, "manual").await.expect("a run");
    }
    let state = |d: &daylight::doctor::Diagnosis, what: &str| {
        d.checks.iter().find(|c| c.what == what).map(|c| (c.state, c.code.clone()))
    };
    let first = demo.app.doctor().await.expect("a diagnosis");
    assert_eq!(state(&first, "source/market"), Some((State::Ok, None)), "{first:#?}");
    assert_eq!(state(&first, "backup"), Some((State::Warning, Some("doctor.backup".to_owned()))));
    assert!(first.checks.iter().filter(|c| c.state != State::Ok).all(|c| c.fix.is_some()), "{first:#?}");
    demo.app.back_up("test").await.expect("a copy");
    demo.app.close().await;

    // A wrong secret, a clock that went back, a year without a calendar.
    let config = folder.path().join("config");
    let secrets = std::fs::read_to_string(config.join("secrets.toml")).expect("secrets");
    std::fs::write(config.join("secrets.toml"), secrets.replace("sample-token-change-me", "wrong")).expect("written");
    let earlier = Timestamp::parse("2026-01-02T09:00:00+08:00").expect("a time");
    std::fs::remove_file(config.join("calendar/2026.toml")).expect("removed");
    let loaded = load(&config, earlier).expect("configuration");
    let app = App::open(loaded, Arc::new(FastClock::new(earlier, 0))).await.expect("an appliance");
    let run = app.pull("market", "manual").await.expect("a run");
    assert_eq!(run.status, "failed");
    let second = app.doctor().await.expect("a diagnosis");
    assert_eq!(second.state, State::Error);
    let code = |what: &str| state(&second, what).and_then(|(_, code)| code).unwrap_or_default();
    assert_eq!(code("source/market"), "doctor.connector");
    assert_eq!(code("clock"), "doctor.clock");
    assert_eq!(code("calendar"), "doctor.calendar");
    assert_eq!(state(&second, "backup").map(|(s, _)| s), Some(State::Ok));
    app.close().await;
}

#[test]
fn a_changed_setting_is_shown_by_its_path_and_no_secret_is() {
    let folder = tempfile::tempdir().expect("a folder");
    write_sample(folder.path()).expect("a sample");
    let was = flat(&tree(&load(folder.path(), at(TODAY)).expect("configuration")));
    let file = folder.path().join("departments/market.toml");
    let text = std::fs::read_to_string(&file).expect("a file");
    std::fs::write(&file, text.replace("sla_minutes = 60", "sla_minutes = 15")).expect("written");
    let is = flat(&tree(&load(folder.path(), at(TODAY)).expect("configuration")));
    let found = changes(&was, &is);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].path, "departments.market.sla_minutes");
    let all = serde_json::to_string(&is).expect("text");
    assert!(!all.contains("change-me"), "a secret is shown");
}
