//! A proposal of rules beside those in force: what it would have found, case by case, and nothing is written.

use crate::api::{Asking, token};
use crate::around::{record, tell, write_labour};
use crate::care::open;
use axum::http::Method;
use daylight::app::App;
use daylight::config::rules_in;
use daylight::config::staff::Register;
use daylight::diff::{Beside, Proposal, RulesDiff};
use daylight::intake::rules::CountyRules;
use daylight_domain::finding::Level;
use daylight_domain::limit::ClockMode;
use daylight_domain::rule::RuleOverride;
use daylight_store::FindingFilter;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Cases accepted under a promise of five working days: number, accepted, finished.
async fn labour(folder: &Path) -> Arc<App> {
    let app = open(&write_labour(folder)).await;
    let mut all = Vec::new();
    for (no, accepted, finished) in [
        // By whole days until the end of Monday the 9th; by business hours until Friday the 6th, 17:00.
        ("MOVES", "2026-03-02 09:00", "2026-03-09 10:00"),
        // In time by either.
        ("EARLY", "2026-03-02 09:00", "2026-03-05 10:00"),
        // Late by either.
        ("LATE", "2026-03-02 09:00", "2026-03-16 10:00"),
        // As MOVES, but before the window of one month.
        ("BEFORE", "2026-01-12 09:00", "2026-01-19 10:00"),
    ] {
        all.push(record("accept", no, accepted, &json!({ "item_code": "LB-1" })));
        all.push(record("finish", no, finished, &json!({ "finish_type": "granted" })));
    }
    tell(&app, folder, &all).await;
    app
}

fn count(diff: &RulesDiff, rule: &str, level: Level) -> Beside {
    diff.counts.iter().find(|c| c.rule == rule && c.level == Some(level)).map(|c| c.n).unwrap_or_default()
}

fn of<'a>(diff: &'a RulesDiff, rule: &str) -> Vec<&'a str> {
    diff.changed.iter().filter(|c| c.rule == rule).map(|c| c.case_no.as_str()).collect()
}

/// Everything that a comparison must not touch.
async fn kept(app: &App) -> (Value, Value, Value) {
    let filter = FindingFilter { limit: u32::MAX, ..FindingFilter::default() };
    let head = app.store.head("labour").await.expect("a head");
    let findings = app.store.findings(&filter).await.expect("findings");
    let audit = app.store.audit_rows(10, None).await.expect("audit");
    (json!(head), json!(findings), json!(audit))
}

#[tokio::test(flavor = "multi_thread")]
async fn another_way_of_counting_moves_the_cases_a_person_says_it_moves() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = labour(folder.path()).await;
    let before = kept(&app).await;
    let proposal = Proposal { clock_mode: Some(ClockMode::BusinessHoursCeil), ..Proposal::default() };
    let proposed = app.proposed(&proposal).expect("a proposal");
    let month = app.rules_diff(&proposed, &app.config.staff, 1, Some("labour")).await.expect("a comparison");
    assert_eq!(month.cases, 4, "looked at are more than the window, so that nothing in it is missed");
    assert_eq!(of(&month, "T-02"), ["MOVES"]);
    assert_eq!(count(&month, "T-02", Level::Yellow), Beside { was: 1, would_be: 2 });
    let one = month.changed.iter().find(|c| c.rule == "T-02").expect("a change");
    assert_eq!((one.was, one.would_be, one.department.as_str()), (None, Some(Level::Yellow), "labour"));
    assert!(one.why_zh.starts_with("现行：") && one.why_zh.contains("；拟改：承诺"), "{}", one.why_zh);
    let longer = app.rules_diff(&proposed, &app.config.staff, 3, None).await.expect("a comparison");
    assert_eq!(of(&longer, "T-02"), ["BEFORE", "MOVES"]);
    assert_eq!(kept(&app).await, before, "nothing is written");
    // A register of staff is a part of a proposal too.
    let register = Register(Arc::new(BTreeSet::from(["张三".to_owned()])));
    let step = json!({ "source_key": "s", "step": "承办", "started_at": "2026-03-04 09:00", "ended_at": "2026-03-04 10:00", "staff": "李四" });
    tell(&app, folder.path(), &[record("step", "EARLY", "2026-03-04 10:00", &step)]).await;
    let before = kept(&app).await;
    let registers = BTreeMap::from([("labour".to_owned(), register)]);
    let known = app.rules_diff(&app.config.rules, &registers, 3, None).await.expect("a comparison");
    assert_eq!((known.changes, of(&known, "D-06")), (1, vec!["EARLY"]));
    assert!(known.changed[0].why_zh.contains("现行：无法判定：") && known.changed[0].why_zh.contains("“李四”"));
    let same = app.rules_diff(&app.config.rules, &app.config.staff, 3, None).await.expect("a comparison");
    assert_eq!((same.changes, same.changed.len()), (0, 0), "what is in force beside itself");
    assert!(same.counts.iter().all(|c| c.n.was == c.n.would_be) && count(&same, "T-02", Level::Yellow).was == 1);
    assert_eq!(kept(&app).await, before, "nothing is written");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn overrides_and_a_folder_of_rules_are_proposals_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = labour(folder.path()).await;
    let change: RuleOverride = serde_json::from_value(json!({
        "rule": "T-02", "item": "LB-1", "from": "2026-03-15", "enabled": false, "reason": "拟停用",
    }))
    .expect("an override");
    // The fact lies before the day from which the rule would be off: nothing is rewritten.
    let proposal = Proposal { overrides: vec![change.clone()], ..Proposal::default() };
    let none = app
        .rules_diff(&app.proposed(&proposal).expect("a proposal"), &app.config.staff, 3, None)
        .await
        .expect("a comparison");
    assert_eq!(of(&none, "T-02"), Vec::<&str>::new());
    let proposal = Proposal { overrides: vec![RuleOverride { from: None, ..change.clone() }], ..Proposal::default() };
    let off = app
        .rules_diff(&app.proposed(&proposal).expect("a proposal"), &app.config.staff, 3, None)
        .await
        .expect("a comparison");
    assert_eq!(of(&off, "T-02"), ["LATE"]);
    assert_eq!(count(&off, "T-02", Level::Yellow), Beside { was: 1, would_be: 0 });
    assert!(off.changed[0].why_zh.contains("拟改：规则已停用"), "{}", off.changed[0].why_zh);
    let wrong = Proposal { overrides: vec![RuleOverride { reason: String::new(), ..change }], ..Proposal::default() };
    assert_eq!(app.proposed(&wrong).expect_err("no reason").code, "rule.override");

    // A folder in which the rule gives red.
    let rules = folder.path().join("proposed");
    std::fs::create_dir_all(&rules).expect("a folder");
    for entry in std::fs::read_dir(folder.path().join("config/rules")).expect("rules") {
        let file = entry.expect("a file").path();
        std::fs::copy(&file, rules.join(file.file_name().expect("a name"))).expect("copied");
    }
    let red = "\n[[override]]\nrule = \"T-02\"\nlevel = \"red\"\nreason = \"拟从严\"\n";
    std::fs::write(rules.join("stricter.toml"), red).expect("written");
    let book = rules_in(&rules).expect("rules");
    let proposed = CountyRules { book, ..app.config.rules.as_ref().clone() };
    let stricter = app.rules_diff(&proposed, &app.config.staff, 3, None).await.expect("a comparison");
    let one = stricter.changed.iter().find(|c| c.rule == "T-02").expect("a change");
    assert_eq!((one.was, one.would_be, one.case_no.as_str()), (Some(Level::Yellow), Some(Level::Red), "LATE"));
    assert_eq!(count(&stricter, "T-02", Level::Red), Beside { was: 0, would_be: 1 });
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn supervision_may_ask_through_the_api_and_nobody_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = labour(folder.path()).await;
    let supervisor = token(&app, "supervisor", "supervision", None, 1).await;
    let reader = token(&app, "reader", "read_only", None, 1).await;
    let other = token(&app, "other", "handler", Some("market"), 1).await;
    let path = "/api/v1/rules/diff";
    let body = r#"{"clock_mode":"business_hours_ceil","months":1,"department":"labour"}"#;
    let (status, answer) = Asking(&app, &supervisor).send(Method::POST, path, &[], body).await;
    assert_eq!(status, 200, "{answer}");
    let moved = answer["changed"].as_array().expect("changes").iter().filter(|c| c["rule"] == "T-02");
    assert_eq!(moved.map(|c| c["case_no"].clone()).collect::<Vec<_>>(), ["MOVES"]);
    for (secret, body, code) in [
        (&reader, body, "auth.scope"),
        (&other, body, "auth.scope"),
        (&supervisor, "{}", "rules.proposal"),
        (&supervisor, r#"{"clock_mode":"guess"}"#, "rules.proposal"),
        (&supervisor, r#"{"clock_mode":"legal_day","months":0}"#, "rules.months"),
        (&supervisor, r#"{"overrides":[{"rule":"T-99","enabled":false,"reason":"x"}]}"#, "rule.override-unknown"),
    ] {
        let (_, answer) = Asking(&app, secret).send(Method::POST, path, &[], body).await;
        assert_eq!(answer["code"], code, "{body}: {answer}");
    }
    app.close().await;
}
