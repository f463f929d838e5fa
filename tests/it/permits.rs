//! A real municipal log of 52,217 events through the csv-drop connector: complete, once, and counted by hand.

mod flow;

use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::place::write_sample;
use daylight_domain::Timestamp;
use daylight_store::{CardFilter, CaseFilter, QuarantineFilter};
use daylight_tests::root;
use daylight_tests::servers::say;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// Long after the log ends.
const NOW: &str = "2016-06-01T09:00:00+08:00";

fn log() -> Option<PathBuf> {
    let named = std::env::var_os("DAYLIGHT_TEST_BPIC").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| root().join("../shared/data"));
    if folder.join("bpic15_1.events.csv.gz").exists() {
        return Some(folder);
    }
    say(
        "skipped: no building-permit log; DAYLIGHT_TEST_BPIC names a folder with bpic15_1.events.csv.gz, see tests/fixtures/permits",
    );
    None
}

fn unpack(from: &Path, to: &Path) -> String {
    let done = Command::new("gzip").arg("-dc").arg(from).output().expect("gzip");
    assert!(done.status.success());
    std::fs::write(to, &done.stdout).expect("written");
    String::from_utf8(done.stdout).expect("UTF-8")
}

/// The rows of a CSV, by column.
fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head: Vec<String> = reader.headers().expect("a head").iter().map(str::to_owned).collect();
    reader.records().map(|r| head.iter().cloned().zip(r.expect("a row").iter().map(str::to_owned)).collect()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_log_arrives_completely_and_its_numbers_are_those_of_a_count_by_hand() {
    let Some(log) = log() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let fixture = root().join("tests/fixtures/permits");
    std::fs::copy(fixture.join("permits.toml"), config.join("departments/permits.toml")).expect("copied");
    std::fs::copy(fixture.join("catalogue.toml"), config.join("catalogue/permits.toml")).expect("copied");
    let drop = config.join("drop/permits");
    std::fs::create_dir_all(&drop).expect("a folder");
    let events = rows(&unpack(&log.join("bpic15_1.events.csv.gz"), &drop.join("1-events.csv")));
    let cases = rows(&unpack(&log.join("bpic15_1.cases.csv.gz"), &drop.join("2-cases.csv")));
    let now = Timestamp::parse(NOW).expect("a time");
    let loaded = load(&config, now).unwrap_or_else(|p| panic!("{p:#?}"));
    let app = App::open(loaded, Arc::new(FastClock::new(now, 0))).await.expect("an appliance");
    let run = app.pull("permits", "manual").await.expect("a run");
    assert_eq!((run.status.as_str(), run.error.as_deref()), ("done", None));

    let of = |activity: &str| events.iter().filter(|e| e["activity"] == activity).count() as u64;
    let named = [
        "01_HOOFD_010",
        "01_HOOFD_015",
        "01_HOOFD_195",
        "08_AWB45_020_2",
        "08_AWB45_040",
        "06_VD_010",
        "01_HOOFD_495",
        "01_HOOFD_510_2",
    ];
    let ended = cases.iter().filter(|c| !c["endDate"].is_empty()).count() as u64;
    let want = events.len() as u64 + named.iter().map(|a| of(a)).sum::<u64>() + ended;
    assert_eq!((run.records, run.accepted, run.rejected, run.waiting), (want, want, 0, 0), "{run:?}");

    let filter = CaseFilter { department: Some("permits".to_owned()), limit: 5000, ..CaseFilter::default() };
    let stored = app.store.cases(&filter).await.expect("cases");
    assert_eq!(stored.len(), cases.len());
    let mut by_case: BTreeMap<&str, usize> = BTreeMap::new();
    for event in &events {
        *by_case.entry(&event["case_id"]).or_default() += 1;
    }
    for row in &stored {
        assert_eq!(
            row.case.steps.len(),
            by_case[row.case.case_no.as_str()],
            "{}: every event is a step",
            row.case.case_no
        );
    }
    let open = stored.iter().filter(|r| r.case.finished_at.is_none()).count();
    assert_eq!(open, cases.len() - ended as usize);
    let report = app.store.verify_ledger("permits").await.expect("a report");
    assert!(report.verified && report.events == want);
    let quarantined =
        app.store.quarantine(&QuarantineFilter { limit: 10, ..Default::default() }).await.expect("quarantine");
    assert!(quarantined.is_empty(), "{quarantined:?}");

    // Over the legal limit (56 natural days and lawful extensions, ended on a working day), counted from the log itself.
    let filter = CardFilter { department: Some("permits".to_owned()), limit: 10_000, ..CardFilter::default() };
    let cards = app.store.cards(&filter).await.expect("cards");
    let red: BTreeSet<&str> = cards.iter().filter(|c| c.rule == "T-03").filter_map(|c| c.case_no.as_deref()).collect();
    let mut times: BTreeMap<(&str, &str), Timestamp> = BTreeMap::new();
    for event in &events {
        let at = Timestamp::parse(&event["timestamp"]).expect("a time");
        let key = (event["case_id"].as_str(), event["activity"].as_str());
        // What a case says twice counts as it was said last, but for the correction notice, whose first is the one.
        times.entry(key).and_modify(|t| *t = at).or_insert(at);
    }
    let calendar = &app.config.rules.calendar;
    let working = |mut day: chrono::NaiveDate| {
        while !calendar.is_working_day(day).expect("known") {
            day = day.succ_opt().expect("a day");
        }
        day
    };
    let next = |day: chrono::NaiveDate| working(day.succ_opt().expect("a day"));
    let after = |day: chrono::NaiveDate, n: u32| (0..n).fold(day, |d, _| next(d));
    let mut by_hand = BTreeSet::new();
    for case in &cases {
        let id = case["case_id"].as_str();
        let at = |activity: &str| times.get(&(id, activity)).copied();
        let (received, accepted, notice) = (at("01_HOOFD_015"), at("01_HOOFD_195"), at("08_AWB45_020_2"));
        let end = Timestamp::parse(&case["endDate"]);
        // Nobody answered for five working days: accepted since the receipt.
        let answer = [accepted, notice, end].into_iter().flatten().min().unwrap_or(now);
        let deemed = received.filter(|r| answer.date() > after(r.date(), 5));
        let Some(start) = [accepted, deemed].into_iter().flatten().min() else { continue };
        let due = |added: u32| after(working(start.date() + chrono::Days::new(56)), added);
        let extended = at("06_VD_010").is_some_and(|t| t.date() <= due(0));
        let due = due(if extended { 10 } else { 0 });
        let stop = [at("01_HOOFD_495"), end].into_iter().flatten().min().unwrap_or(now);
        // A day of rest after the last day is not yet late.
        if stop >= Timestamp::start_of(next(due)) {
            by_hand.insert(id);
        }
    }
    let levels = |level: &str| cards.iter().filter(|c| c.level.as_str() == level).count();
    say(&format!(
        "building permits: {want} records of {} cases, {open} open; cards: {} prewarning, {} yellow, {} red",
        cases.len(),
        levels("prewarning"),
        levels("yellow"),
        levels("red")
    ));
    assert!(red.len() > 50, "{}", red.len());
    let differ: Vec<_> = by_hand.symmetric_difference(&red).take(10).collect();
    assert!(differ.is_empty(), "hand {} rules {}: {differ:?}", by_hand.len(), red.len());

    let again = app.pull("permits", "manual").await.expect("a run");
    assert_eq!(again.records, 0, "the files were moved");
    assert_eq!(std::fs::read_dir(drop.join("done")).expect("done").count(), 2);
}
