//! A trial ends with a report that two people sign: frozen when everything is met, stale when anything is another, kept as it was.

use crate::api::{Asking, token};
use crate::web::{Browser, text};
use axum::http::{Method, StatusCode};
use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::place::write_sample;
use daylight::gate::report::{ReportState, unsigned};
use daylight_domain::Timestamp;
use daylight_domain::department::Phase;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const BEGIN: &str = "2026-02-02T09:00:00+08:00";
const END: &str = "2026-02-20T09:00:00+08:00";

async fn open_at(config: &Path, time: &str) -> Arc<App> {
    let now = Timestamp::parse(time).expect("a time");
    let loaded = load(config, now).unwrap_or_else(|p| panic!("{p:#?}"));
    App::open(loaded, Arc::new(FastClock::new(now, 0))).await.expect("an appliance")
}

fn change(config: &Path, from: &str, to: &str) {
    let file = config.join("departments/market.toml");
    let text = std::fs::read_to_string(&file).expect("a department");
    assert!(text.contains(from), "{from}");
    std::fs::write(file, text.replace(from, to)).expect("written");
}

/// Market on trial since the beginning, one record in time and a day that was closed and agrees; then eighteen days later.
async fn on_trial(folder: &Path) -> (PathBuf, Arc<App>) {
    let config = folder.join("config");
    write_sample(&config).expect("a sample");
    change(&config, "phase = \"live\"", "phase = \"trial\"");
    let app = open_at(&config, BEGIN).await;
    let refused = app.freeze_gate_report("market", "root").await.expect_err("the trial began today");
    assert_eq!(refused.code, "gate.not-met");
    assert!(refused.message.contains("试运行满 14 天（0 天）"), "{refused}");
    let item = app.config.rules.catalogue.newest().find(|i| i.department == "market").expect("an item").code.clone();
    let file = folder.join("records.ndjson");
    let lines = [
        json!({"type": "apply", "case_no": "T1", "source_key": "T1/apply", "data_version": 1,
               "event_time": "2026-02-02 08:30:00", "item_code": item}),
        json!({"type": "day_close", "source_key": "d1", "data_version": 1, "event_time": "2026-02-02 08:50:00",
               "date": "2026-02-02", "counts": {"apply": 1}}),
    ];
    std::fs::write(&file, lines.map(|l| l.to_string()).join("\n")).expect("written");
    app.import("market", &file, &mut |_, _, _| {}).await.expect("imported");
    app.close().await;
    let app = open_at(&config, END).await;
    (config, app)
}

async fn post(app: &Arc<App>, secret: &str, path: &str, body: &Value) -> (StatusCode, Value) {
    Asking(app, secret).send(Method::POST, path, &[], &body.to_string()).await
}

/// Whether the rollout says that nobody signed for market, and what its board shows of the gate.
async fn on_the_board(app: &Arc<App>, secret: &str) -> (bool, String) {
    let (status, all) = Asking(app, secret).get("/api/v1/rollout").await;
    assert_eq!(status, StatusCode::OK, "{all}");
    let market = all["items"].as_array().expect("rows").iter().find(|d| d["department"] == "market").expect("a row");
    let (status, page) = Browser(app, secret).page("/departments").await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let row = page.split("<tr").find(|row| row.contains("/departments/market\"")).expect("its row");
    let cell = row.rsplit("<td").next().expect("a cell").split("</td>").next().expect("a cell");
    let words = cell.rsplit_once('>').filter(|(_, rest)| !rest.is_empty()).map_or(cell, |(_, rest)| rest);
    (market["unsigned"] == true, words.trim_end_matches("</span>").rsplit('>').next().expect("words").to_owned())
}

/// What comes of a day after it was closed counts, for the gate as for the cards.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_compared_with_what_came_of_it_to_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, app) = on_trial(folder.path()).await;
    let agrees = async || {
        let gate = app.gate("market").await.expect("a gate");
        let found = gate.conditions.into_iter().find(|c| c.code == "reconciled").expect("a condition");
        (found.met, found.numbers)
    };
    assert_eq!(agrees().await, (Some(true), Some((1, 1))));
    let item = app.config.rules.catalogue.newest().find(|i| i.department == "market").expect("an item").code.clone();
    let file = folder.path().join("later.ndjson");
    let late = json!({"type": "apply", "case_no": "T2", "source_key": "T2/apply", "data_version": 1,
                      "event_time": "2026-02-02 21:30:00", "item_code": item});
    std::fs::write(&file, late.to_string()).expect("written");
    app.import("market", &file, &mut |_, _, _| {}).await.expect("imported");
    assert_eq!(agrees().await, (Some(false), Some((0, 1))), "one was declared, two are there");
    let again = json!({"type": "day_close", "source_key": "d1", "data_version": 2, "event_time": "2026-02-03 00:10:00",
                       "date": "2026-02-02", "counts": {"apply": 2}});
    std::fs::write(&file, again.to_string()).expect("written");
    app.import("market", &file, &mut |_, _, _| {}).await.expect("imported");
    assert_eq!(agrees().await, (Some(true), Some((1, 1))));
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_of_two_sides_sign_and_the_department_goes_live_by_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (config, app) = on_trial(folder.path()).await;
    let gate = app.gate("market").await.expect("a gate");
    assert!(gate.open && gate.next == Some(Phase::Live), "{gate:?}");
    let machine = token(&app, "machine", "system_admin", None, 1).await;
    let path = "/api/v1/departments/market/gate-reports";
    let (status, report) = post(&app, &machine, path, &json!({})).await;
    assert_eq!(status, 201, "{report}");
    let (no, digest) = (report["no"].as_str().expect("a number"), report["digest"].clone());
    assert_eq!((no, report["state"].as_str()), ("YS-market-1", Some("open")));
    assert_eq!(report["plugin"]["name"], "rest-json");
    assert_eq!(report["conditions"].as_array().map(Vec::len), Some(4), "{report}");
    let sign = format!("/api/v1/gate-reports/{no}/sign");
    let signing = json!({ "digest": digest });

    // Who may not.
    for (name, role, department, refused) in [
        ("machine", "system_admin", None, "auth.scope"),
        ("leader", "leader", None, "auth.scope"),
        ("clerk", "clerk", Some("market"), "auth.scope"),
        ("vendor", "vendor", Some("market"), "auth.scope"),
        ("other", "handler", Some("health"), "auth.department"),
    ] {
        let secret = token(&app, name, role, department, 1).await;
        let (status, answer) = post(&app, &secret, &sign, &signing).await;
        assert_eq!((status, answer["code"].as_str()), (StatusCode::FORBIDDEN, Some(refused)), "{role}: {answer}");
    }
    let qiang = token(&app, "qiang", "department_leader", Some("market"), 1).await;
    let (status, answer) = post(&app, &qiang, &sign, &json!({ "digest": "0".repeat(64) })).await;
    assert_eq!((status, answer["code"].as_str()), (StatusCode::CONFLICT, Some("gate.digest")));
    let (status, one) = post(&app, &qiang, &sign, &signing).await;
    assert_eq!((status, one["state"].as_str()), (StatusCode::OK, Some("open")), "one is not two: {one}");
    assert_eq!(one["wanted"], json!(["county"]));
    let hua = token(&app, "hua", "handler", Some("market"), 1).await;
    for secret in [&qiang, &hua] {
        let (status, answer) = post(&app, secret, &sign, &signing).await;
        assert_eq!((status, answer["code"].as_str()), (StatusCode::CONFLICT, Some("gate.signed")), "that side signed");
    }

    // The other side by the page, which says what is read and sends its digest along.
    let ming = token(&app, "ming", "supervision", None, 1).await;
    let browser = Browser(&app, &ming);
    let (_, page) = browser.page(&format!("/gate-reports/{no}")).await;
    assert!(
        page.contains("签署（监察或政务服务中心）") && page.contains("qiang") && page.contains("尚未签署"),
        "{page}"
    );
    let form = format!("digest={}", digest.as_str().expect("a digest"));
    let sent = browser.send(Method::POST, &format!("/gate-reports/{no}/sign"), "same-origin", &form).await;
    assert_eq!(sent.status(), StatusCode::SEE_OTHER, "{}", text(sent).await);
    let signed = app.gate_report(no).await.expect("a report");
    assert_eq!(signed.state, ReportState::Signed);
    let mut who: Vec<_> = signed.signatures.iter().map(|s| (s.user.as_str(), s.role.as_str())).collect();
    who.sort_unstable();
    assert_eq!(who, [("ming", "supervision"), ("qiang", "department_leader")]);
    assert!(signed.signatures.iter().all(|s| json!(s.digest) == digest));
    let (_, page) = browser.page(&format!("/gate-reports/{no}")).await;
    assert!(!page.contains("name=\"digest\""), "nothing is left to sign");

    let paper = app.gate_page(&signed);
    for said in ["验收报告", "试运行满 14 天", "qiang（部门分管负责人）", "ming（监察人员）", &signed.digest]
    {
        assert!(paper.contains(said), "{said}: {paper}");
    }
    assert!(app.gate_document(&signed).expect("a document").starts_with(b"PK"));
    let audited: Vec<String> =
        app.store.audit_rows(100, None).await.expect("audit").into_iter().map(|row| row.entry.action).collect();
    assert_eq!(audited.iter().filter(|a| *a == "gate.sign").count(), 2);
    assert!(audited.contains(&"gate.freeze".to_owned()));
    app.close().await;

    // It goes live by it, and what changes from then on is no matter of the report.
    change(&config, "phase = \"trial\"", "phase = \"live\"");
    let app = open_at(&config, "2026-02-21T09:00:00+08:00").await;
    let live = app.gate_report(no).await.expect("a report");
    assert!(live.state == ReportState::Live && live.live_at.is_some(), "{live:?}");
    let without = unsigned(app.store.as_ref(), &app.config).await.expect("looked");
    assert!(!without.contains(&"market".to_owned()), "{without:?}");
    assert_eq!(on_the_board(&app, &ming).await, (false, "—".to_owned()));
    app.close().await;
    change(&config, "page_rows = 1000", "page_rows = 900");
    let app = open_at(&config, "2026-02-22T09:00:00+08:00").await;
    assert_eq!(app.gate_report(no).await.expect("a report").state, ReportState::Live);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_stale_when_anything_is_another_and_nobody_alters_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let (config, app) = on_trial(folder.path()).await;
    let first = app.freeze_gate_report("market", "root").await.expect("frozen");
    let qiang = token(&app, "qiang", "department_leader", Some("market"), 90).await;
    let sign = format!("/api/v1/gate-reports/{}/sign", first.report.no);
    assert_eq!(post(&app, &qiang, &sign, &json!({ "digest": first.digest })).await.0, 200);
    app.close().await;

    change(&config, "page_size = 200", "page_size = 100");
    let app = open_at(&config, END).await;
    let stale = app.gate_report(&first.report.no).await.expect("a report");
    assert!(stale.state == ReportState::Stale && stale.stale_zh.len() == 1, "{stale:?}");
    let ming = token(&app, "ming", "service_centre", None, 90).await;
    let (status, answer) = post(&app, &ming, &sign, &json!({ "digest": first.digest })).await;
    assert_eq!((status, answer["code"].as_str()), (StatusCode::CONFLICT, Some("gate.stale")), "{answer}");
    app.close().await;

    // Live all the same: the county goes on, and it is said.
    change(&config, "phase = \"trial\"", "phase = \"live\"");
    let app = open_at(&config, "2026-02-21T09:00:00+08:00").await;
    let without = unsigned(app.store.as_ref(), &app.config).await.expect("looked");
    assert!(without.contains(&"market".to_owned()));
    let doctor = app.doctor().await.expect("a diagnosis");
    let check = doctor.checks.iter().find(|c| c.what == "gate").expect("a check");
    assert_eq!((check.code.as_deref(), check.state), (Some("gate.unsigned"), daylight::doctor::State::Warning));
    let machine = token(&app, "machine", "system_admin", None, 1).await;
    assert_eq!(on_the_board(&app, &machine).await, (true, "没有两方签署的验收报告".to_owned()));
    let (_, english) = Browser(&app, &machine).page("/departments?lang=en").await;
    assert!(english.contains("no report that both sides signed"), "{english}");
    let (_, page) = Browser(&app, &machine).page("/departments/market").await;
    assert!(page.contains("正式运行而没有两方签署的验收报告") && page.contains("已失效"), "{page}");

    // Another one, signed later by both, is its report from then on.
    let second = app.freeze_gate_report("market", "root").await.expect("frozen");
    assert_eq!(second.report.no, "YS-market-2");
    let sign = format!("/api/v1/gate-reports/{}/sign", second.report.no);
    for secret in [&qiang, &ming] {
        let (status, answer) = post(&app, secret, &sign, &json!({ "digest": second.digest })).await;
        assert_eq!(status, 200, "{answer}");
    }
    assert_eq!(app.gate_report("YS-market-2").await.expect("a report").state, ReportState::Live);
    app.close().await;

    let file = app.config.data().join("daylight.db");
    let hand =
        "UPDATE gate_report SET body = replace(body, '\"made_by\":\"root\"', '\"made_by\":\"other\"')".to_owned();
    daylight_store::run_script(&file, &[hand]).await.expect("a hand in the database");
    let app = open_at(&config, "2026-02-22T09:00:00+08:00").await;
    let machine = token(&app, "another", "system_admin", None, 1).await;
    assert!(on_the_board(&app, &machine).await.0, "the board stands, and what was altered is not signed");
    let refused = app.gate_report("YS-market-1").await.expect_err("altered");
    assert_eq!(refused.code, "gate.altered", "the county starts all the same, and says so");
    let doctor = app.doctor().await.expect("a diagnosis");
    let check = doctor.checks.iter().find(|c| c.what == "gate").expect("a check");
    assert_eq!(check.code.as_deref(), Some("gate.altered"));
    app.close().await;
}
