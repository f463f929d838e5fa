//! Sources that fail in every way sources fail: nothing is lost, nothing is twice, and the state says what happened.

use crate::api::{Asking, token};
use axum::http::{Method, StatusCode};
use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::place::{TODAY, write_sample};
use daylight_domain::Timestamp;
use daylight_store::{CaseFilter, QuarantineFilter, RunRow};
use daylight_tests::{Act, http, source};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, Mutex};

const CASES: usize = 100;
const PAGE: usize = 20;

/// What goes wrong, once, when the third page is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Hang,
    Unavailable,
    TooMany,
    Forbidden,
    Truncated,
    Garbage,
    HalfJson,
    Drip,
    DripHead,
    Announced10Gb,
    Poured10Gb,
    Closed,
    Redirected,
    NotAList,
    SamePageAgain,
    Reordered,
    PageBefore,
    EmptyPage,
}

fn row(n: usize) -> Value {
    json!({
        "id": n, "event": "SQ", "key": format!("k{n}"), "version": 1, "caseNo": format!("F{n:04}"),
        "matterCode": "MK-0101", "time": "2026-03-02 09:30:00", "title": "示例办件",
        "applicantType": "2", "origin": "0"
    })
}

fn page(rows: &[Value]) -> Vec<u8> {
    json!({ "data": { "list": rows } }).to_string().into_bytes()
}

/// Rows after an id, as the source should show them.
fn after(all: &[Value], id: usize) -> Vec<Value> {
    all.iter().filter(|r| r["id"].as_u64().is_some_and(|n| n > id as u64)).take(PAGE).cloned().collect()
}

struct Bench {
    app: Arc<App>,
    fault: Arc<Mutex<Option<Fault>>>,
}

async fn bench(folder: &Path, rows: Vec<Value>) -> Bench {
    let fault: Arc<Mutex<Option<Fault>>> = Arc::default();
    let next = Arc::clone(&fault);
    let origin = source(move |request| {
        let asked = request
            .split_once("after=")
            .and_then(|(_, rest)| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok())
            .unwrap_or(0);
        let good = after(&rows, asked);
        let fault = if asked == 2 * PAGE { next.lock().expect("a lock").take() } else { None };
        let length =
            |n: u64, body: &[u8]| [format!("HTTP/1.1 200 OK\r\nContent-Length: {n}\r\n\r\n").as_bytes(), body].concat();
        match fault {
            None => http(200, "Content-Type: application/json\r\n", &page(&good)),
            Some(Fault::Hang) => Act::Hang,
            Some(Fault::Unavailable) => http(503, "", b"<h1>maintenance</h1>"),
            Some(Fault::TooMany) => http(429, "Retry-After: 1\r\n", b""),
            Some(Fault::Forbidden) => http(403, "", b""),
            Some(Fault::Truncated) => {
                let body = page(&good);
                let half = &body[..body.len() / 2];
                Act::Say(length(body.len() as u64, half))
            }
            Some(Fault::Garbage) => http(200, "", &[0xff, 0xfe, 0x00, 0x80].repeat(1000)),
            Some(Fault::HalfJson) => {
                let body = page(&good);
                http(200, "", &body[..body.len() / 2])
            }
            Some(Fault::Drip) => Act::Drip(length(1_000_000, b"{\"data\":"), 20),
            Some(Fault::DripHead) => Act::Drip(b"HTTP/1.1 200 OK\r\nX-Slow: ".to_vec(), 20),
            Some(Fault::Announced10Gb) => Act::Say(length(10 << 30, b"{")),
            Some(Fault::Poured10Gb) => {
                let mut chunk = b"10000\r\n".to_vec();
                chunk.extend([b' '; 0x10000]);
                chunk.extend(b"\r\n");
                Act::Pour(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(), chunk)
            }
            Some(Fault::Closed) => Act::Say(Vec::new()),
            Some(Fault::Redirected) => http(302, "Location: http://127.0.0.1:1/\r\n", b""),
            Some(Fault::NotAList) => http(200, "", b"{\"data\":{\"list\":\"none\"}}"),
            Some(Fault::SamePageAgain) => http(200, "", &page(&after(&rows, PAGE))),
            Some(Fault::Reordered) => http(200, "", &page(&good.into_iter().rev().collect::<Vec<_>>())),
            Some(Fault::PageBefore) => http(200, "", &page(&after(&rows, 0))),
            Some(Fault::EmptyPage) => http(200, "", &page(&[])),
        }
    })
    .await;
    let config = folder.join("config");
    write_sample(&config).expect("a sample");
    let file = config.join("departments/market.toml");
    let text = std::fs::read_to_string(&file).expect("a department");
    let text = text.replace("http://127.0.0.1:18321", &origin).replace("page_size = 200", "page_size = 20");
    let text = text
        .replace("[grants]", "[limits]\nhttp_ms = 400\nresponse_bytes = 1048576\nwall_ms_per_page = 5000\n\n[grants]");
    std::fs::write(&file, text).expect("written");
    Bench { app: open(&config).await, fault }
}

async fn open(config: &Path) -> Arc<App> {
    let now = Timestamp::parse(TODAY).expect("a time");
    let loaded = load(config, now).expect("configuration");
    App::open(loaded, Arc::new(FastClock::new(now, 0))).await.expect("an appliance")
}

async fn pull(app: &App) -> RunRow {
    app.pull("market", "manual").await.expect("a run")
}

async fn cases(app: &App) -> Vec<String> {
    let filter = CaseFilter { department: Some("market".to_owned()), limit: 1000, ..CaseFilter::default() };
    app.store.cases(&filter).await.expect("cases").into_iter().map(|c| c.case.case_no.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_source_does_nothing_is_lost_and_nothing_is_twice() {
    for (fault, code) in [
        (Fault::Hang, Some("http.timeout")),
        (Fault::Unavailable, Some("source.unavailable")),
        (Fault::TooMany, Some("source.unavailable")),
        (Fault::Forbidden, Some("source.refused")),
        (Fault::Truncated, Some("http.unreachable")),
        (Fault::Garbage, Some("source.garbled")),
        (Fault::HalfJson, Some("source.garbled")),
        (Fault::Drip, Some("http.timeout")),
        (Fault::DripHead, Some("http.timeout")),
        (Fault::Announced10Gb, Some("http.too-large")),
        (Fault::Poured10Gb, Some("http.too-large")),
        (Fault::Closed, Some("http.unreachable")),
        (Fault::Redirected, Some("source.unexpected")),
        (Fault::NotAList, Some("source.shape")),
        (Fault::SamePageAgain, Some("source.no-progress")),
        (Fault::Reordered, None),
        (Fault::PageBefore, None),
        (Fault::EmptyPage, None),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let Bench { app, fault: next } = bench(folder.path(), (1..=CASES).map(row).collect()).await;
        *next.lock().expect("a lock") = Some(fault);
        let first = pull(&app).await;
        assert_eq!(first.error_code.as_deref(), code, "{fault:?}: {first:?}");
        assert_eq!(*next.lock().expect("a lock"), None, "{fault:?} happened");
        if code.is_some() {
            assert_eq!((first.status.as_str(), first.accepted), ("failed", 2 * PAGE as u64), "{fault:?}");
            assert!(first.error.is_some_and(|e| !e.is_empty()), "{fault:?}");
        }
        assert!(cases(&app).await.len() >= 2 * PAGE, "{fault:?}: what was committed stays");
        let second = pull(&app).await;
        assert_eq!((second.status.as_str(), second.error), ("done", None), "{fault:?}");
        let third = pull(&app).await;
        assert_eq!(third.accepted, 0, "{fault:?}: nothing is left");
        let have = cases(&app).await;
        let want: Vec<String> = (1..=CASES).map(|n| format!("F{n:04}")).collect();
        assert_eq!(have, want, "{fault:?}");
        for case_no in &have {
            let events = app.store.case_events("market", case_no).await.expect("events");
            assert_eq!(events.len(), 1, "{fault:?}: {case_no} once");
        }
        assert!(app.store.verify_ledger("market").await.expect("a report").verified, "{fault:?}");
        app.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_clock_is_wrong_is_told_so_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut rows: Vec<Value> = (1..=CASES).map(row).collect();
    // Three minutes fast is within tolerance, a day is not, and a year no clock has is no time at all.
    for (at, time) in [(10, "2026-04-02 09:03:00"), (11, "2026-04-03 09:00:00"), (12, "0026-03-02 09:00:00")] {
        rows[at]["time"] = time.into();
    }
    let Bench { app, .. } = bench(folder.path(), rows).await;
    let run = pull(&app).await;
    assert_eq!((run.status.as_str(), run.accepted, run.rejected), ("done", CASES as u64 - 2, 2), "{run:?}");
    let filter = QuarantineFilter { department: Some("market".to_owned()), limit: 10, ..QuarantineFilter::default() };
    let kept = app.store.quarantine(&filter).await.expect("quarantine");
    let mut codes: Vec<(String, String)> =
        kept.iter().map(|q| (q.case_no.clone().unwrap_or_default(), q.code.clone())).collect();
    codes.sort();
    assert_eq!(codes.iter().map(|(no, _)| no.as_str()).collect::<Vec<_>>(), ["F0012", "F0013"], "{codes:?}");
    assert!(kept.iter().all(|q| !q.record.is_empty()), "what was refused is kept as it came");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_in_the_middle_of_a_pull_leaves_nobody_at_work_and_the_next_start_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let Bench { app, fault } = bench(folder.path(), (1..=CASES).map(row).collect()).await;
    app.close().await;
    // The source may hang for much longer than this test takes.
    let config = folder.path().join("config");
    let file = config.join("departments/market.toml");
    let text = std::fs::read_to_string(&file).expect("a department");
    let text =
        text.replace("http_ms = 400", "http_ms = 60000").replace("wall_ms_per_page = 5000", "wall_ms_per_page = 60000");
    std::fs::write(&file, text).expect("written");
    let app = open(&config).await;
    *fault.lock().expect("a lock") = Some(Fault::Hang);
    let secret = token(&app, "officer", "system_admin", None, 1).await;
    let asking = Asking(&app, &secret);
    let (status, run) = asking.send(Method::POST, "/api/v1/departments/market/pulls", &[], "").await;
    assert_eq!(status, StatusCode::ACCEPTED, "{run}");
    while fault.lock().expect("a lock").is_some() || cases(&app).await.len() < 2 * PAGE {
        tokio::task::yield_now().await;
    }
    assert!(app.is_pulling("market"), "the source hangs");
    app.close().await;
    assert!(!app.is_pulling("market"), "nobody is at work after the house is closed");
    let app = open(&config).await;
    let runs = app.store.runs(Some("market"), 1, None).await.expect("runs");
    let seen: Vec<_> = runs.iter().map(|r| (r.status.as_str(), r.error.as_deref(), r.accepted)).collect();
    assert_eq!(seen, [("interrupted", None, 2 * PAGE as u64)], "no failure of the source is made up");
    let next = pull(&app).await;
    assert_eq!((next.status.as_str(), next.accepted), ("done", (CASES - 2 * PAGE) as u64));
    assert!(app.store.verify_ledger("market").await.expect("a report").verified);
    app.close().await;
}
