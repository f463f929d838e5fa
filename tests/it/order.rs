//! What is found depends on what happened, not on the order, the batches, or the restarts in which it was told.

use crate::care::open;
use crate::county::county;
use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::county::Dice;
use daylight::demo::place::write_sample;
use daylight_domain::Timestamp;
use daylight_domain::record::RecordType;
use daylight_domain::rule::is_reminder;
use daylight_store::FindingFilter;
use daylight_tests::line;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rules that are about arrival itself.
const ABOUT_ARRIVAL: [&str; 4] = ["D-18:", "D-02:", "D-03:", "D-10:"];

/// Open findings of a department, by key.
async fn found(app: &App) -> BTreeSet<String> {
    let filter = FindingFilter { department: Some("labour".to_owned()), limit: u32::MAX, ..FindingFilter::default() };
    let all = app.store.findings(&filter).await.expect("findings");
    all.into_iter()
        .filter(|f| f.state == "open")
        // A reminder is true of what was known at its moment.
        .filter(|f| !is_reminder(&f.finding.rule, f.finding.level))
        .map(|f| f.finding.dedupe_key())
        .filter(|key| !ABOUT_ARRIVAL.iter().any(|rule| key.starts_with(rule)))
        .collect()
}

/// The sample county, in which one department has the items of another and is live.
pub fn labour(folder: &Path) -> PathBuf {
    let config = folder.join("config");
    write_sample(&config).expect("a sample");
    let catalogue = config.join("catalogue/health.toml");
    let text = std::fs::read_to_string(&catalogue).expect("items").replace("\"health\"", "\"labour\"");
    std::fs::write(config.join("catalogue/labour.toml"), text).expect("written");
    std::fs::remove_file(catalogue).expect("removed");
    let text =
        "id = \"labour\"\nname = \"人力资源和社会保障局\"\nphase = \"live\"\nsupervised_since = \"2026-01-01\"\n";
    std::fs::write(config.join("departments/labour.toml"), text).expect("written");
    config
}

/// A county in which the records of a department are told as the dice say: shuffled, in batches, with restarts between.
async fn told(folder: &Path, records: &[String], dice: &mut Dice) -> (BTreeSet<String>, Arc<App>) {
    let config = labour(folder);
    let mut order: Vec<&String> = records.iter().collect();
    for at in (1..order.len()).rev() {
        let other = usize::try_from(dice.below(at as u64 + 1)).expect("small");
        order.swap(at, other);
    }
    let mut app = open(&config).await;
    while !order.is_empty() {
        let n = (1 + usize::try_from(dice.below(400)).expect("small")).min(order.len());
        let batch: Vec<String> = order.drain(..n).cloned().collect();
        let file = folder.join("batch.ndjson");
        std::fs::write(&file, batch.join("\n")).expect("written");
        let run = app.import("labour", &file, &mut |_, _, _| {}).await.expect("imported");
        assert_eq!(run.rejected, 0, "{run:?}");
        if dice.chance(200) {
            app.close().await;
            app = open(&config).await;
        }
    }
    app.fire_due().await.expect("judged");
    (found(&app).await, app)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_facts_give_the_same_findings_in_whatever_order_they_come() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let system = demo.system("health").expect("a system");
    // What was told twice with other times is about arrival too.
    let records: Vec<String> = system
        .showing()
        .iter()
        .filter(|h| h.wrong.is_none() && h.version == 1)
        .filter(|h| !matches!(h.kind, RecordType::Heartbeat | RecordType::DayClose))
        .map(line)
        .collect();
    assert!(records.len() > 500, "{}", records.len());
    let mut first: Option<BTreeSet<String>> = None;
    for seed in 0..5 {
        let place = tempfile::tempdir().expect("a folder");
        let mut dice = Dice::new(seed, "order");
        let (keys, app) = told(place.path(), &records, &mut dice).await;
        assert!(keys.len() > 20, "{}", keys.len());
        // The nightly proof: made and judged again, nothing new.
        let proof = app.rederive("test").await.expect("a proof");
        assert!(proof.good() && proof.events == records.len() as u64, "seed {seed}: {proof:#?}");
        app.close().await;
        match &first {
            None => first = Some(keys),
            Some(first) => {
                let differ: Vec<_> = first.symmetric_difference(&keys).take(20).collect();
                assert!(differ.is_empty(), "seed {seed}: {differ:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nightly_proof_finds_a_hand_in_the_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    for id in ["market", "resources", "health", "housing"] {
        demo.app.pull(id, "manual").await.expect("a run");
    }
    let proof = demo.app.rederive("test").await.expect("a proof");
    assert!(proof.good() && proof.cases > 300, "{proof:#?}");
    demo.app.close().await;
    // Somebody makes a case look finished a week earlier.
    let file = folder.path().join("data/daylight.db");
    let script = ["UPDATE case_view SET body = json_set(body, '$.case.finished_at', '2026-02-01T09:00:00+08:00') WHERE case_no = \
         (SELECT case_no FROM case_view WHERE state = 'finished' LIMIT 1)"
        .to_owned()];
    daylight_store::run_script(&file, &script).await.expect("tampered");
    let app = open(&folder.path().join("config")).await;
    let proof = app.rederive("test").await.expect("a proof");
    assert_eq!(proof.differing.len(), 1, "{proof:#?}");
    assert_eq!(proof.differing[0].2, "finished_at");
    let diagnosis = app.doctor().await.expect("a diagnosis");
    let check = diagnosis.checks.iter().find(|c| c.what == "rederive").expect("a check");
    assert_eq!(check.code.as_deref(), Some("doctor.rederive"));
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_that_comes_late_judges_what_waited_for_it_whether_open_or_closed() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = labour(folder.path());
    let records = [
        // Accepted at the year's end and not heard of since.
        r#"{"type":"accept","case_no":"A1","item_code":"HL-0101","source_key":"A1","event_time":"2026-12-28 09:00:00"}"#,
        // Granted, and never delivered.
        r#"{"type":"accept","case_no":"A2","item_code":"HL-0101","source_key":"A2","event_time":"2026-12-21 09:00:00"}"#,
        r#"{"type":"decide","case_no":"A2","source_key":"A2","event_time":"2026-12-24 15:00:00","decision":"granted"}"#,
        r#"{"type":"finish","case_no":"A2","source_key":"A2","event_time":"2026-12-24 16:00:00","finish_type":"granted","cert_no":"1"}"#,
    ];
    let file = folder.path().join("batch.ndjson");
    std::fs::write(&file, records.join("\n")).expect("written");
    let at = async |now: &str| {
        let now = Timestamp::parse(now).expect("a time");
        let loaded = load(&config, now).expect("configuration");
        App::open(loaded, Arc::new(FastClock::new(now, 0))).await.expect("an appliance")
    };
    let late = |keys: &BTreeSet<String>| ["T-02:A1:2", "T-10:A2:2"].map(|key| keys.contains(key));
    let app = at("2026-12-29T09:00:00+08:00").await;
    let run = app.import("labour", &file, &mut |_, _, _| {}).await.expect("imported");
    assert_eq!(run.rejected, 0, "{run:?}");
    app.close().await;
    // Nobody knows yet which days of the next year are worked.
    let app = at("2027-02-15T09:00:00+08:00").await;
    app.fire_due().await.expect("judged");
    assert_eq!(late(&found(&app).await), [false, false]);
    app.close().await;
    std::fs::write(config.join("calendar/2027.toml"), "year = 2027\noff = []\nwork = []\n").expect("written");
    let app = at("2027-02-15T09:00:00+08:00").await;
    assert_eq!(app.fire_due().await.expect("judged"), 2);
    assert_eq!(late(&found(&app).await), [true, true]);
    assert_eq!(app.fire_due().await.expect("judged"), 0, "once");
    app.close().await;
}
