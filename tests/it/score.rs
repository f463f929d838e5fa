//! Score runs: from the draft over appeals to what is published, manual entries, the standards beside a hand, the year.

use crate::api::{Asking, token};
use crate::county::county;
use axum::http::{Method, StatusCode};
use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::place::write_sample;
use daylight::evaluate::{Ran, ScoreRunView};
use daylight_domain::Timestamp;
use daylight_domain::evaluation::{ScoreAct, ScoreLife};
use daylight_domain::measure::ONE;
use daylight_domain::score::{Assessment, FindingGroup, ManualEntry, Measured, Score, Scorecard, grade};
use daylight_store::{CardFilter, FindingFilter, ScoreResult, ScoreRunRow};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

async fn post(app: &Arc<App>, secret: &str, path: &str, words: Value) -> (StatusCode, Value) {
    Asking(app, secret).send(Method::POST, &format!("/api/v1/{path}"), &[], &words.to_string()).await
}

fn code(answer: &(StatusCode, Value)) -> (u16, String) {
    (answer.0.as_u16(), answer.1["code"].as_str().unwrap_or("").to_owned())
}

pub async fn at(folder: &Path, time: &str) -> Arc<App> {
    let now = Timestamp::parse(time).expect("a time");
    let loaded = load(&folder.join("config"), now).expect("configuration");
    App::open(loaded, Arc::new(FastClock::new(now, 0))).await.expect("an appliance")
}

/// A county that was supervised from the year's beginning, at the time at which its systems were pulled.
pub async fn supervised(folder: &Path) -> Arc<App> {
    let demo = county(folder).await;
    for id in ["market", "health", "resources", "housing"] {
        demo.app.pull(id, "manual").await.expect("a run");
    }
    let now = demo.app.clock.now().rfc3339();
    demo.app.close().await;
    for id in ["market", "health", "resources", "housing"] {
        let file = folder.join(format!("config/departments/{id}.toml"));
        let text = std::fs::read_to_string(&file).expect("a department");
        let line = text.lines().find(|l| l.starts_with("supervised_since")).expect("a date").to_owned();
        std::fs::write(&file, text.replace(&line, "supervised_since = \"2026-01-01\"")).expect("written");
    }
    at(folder, &now).await
}

fn line(card: &Scorecard, indicator: &str) -> Option<i64> {
    card.scores.iter().find(|s| s.indicator == indicator).filter(|s| s.assessed).map(|s| s.points)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_scored_for_who_was_live_when_it_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    write_sample(&folder.path().join("config")).expect("a sample");
    let file = folder.path().join("config/departments/culture.toml");
    let planned = std::fs::read_to_string(&file).expect("a department");
    let becomes = |phase: &str| {
        let phase = format!("phase = \"{phase}\"\nsupervised_since = \"2026-01-01\"");
        std::fs::write(&file, planned.replacen("phase = \"planned\"", &phase, 1)).expect("written");
    };
    // On trial, live, and stopped, each noted by a start.
    for (phase, since) in [
        ("trial", "2026-01-05T09:00:00+08:00"),
        ("live", "2026-03-02T09:00:00+08:00"),
        ("suspended\"\nsuspended_because = \"机房改造", "2026-04-10T09:00:00+08:00"),
    ] {
        becomes(phase);
        at(folder.path(), since).await.close().await;
    }
    let app = at(folder.path(), "2026-05-04T09:00:00+08:00").await;
    let ran = async |period: &str| {
        let ran = Ran { by: "ming", shadow: false };
        let run = app.score_by("county-2025", period, None, ran).await.expect("a run");
        let of = |id: &str| run.results.iter().any(|r| r.department == id);
        (of("market"), of("culture"))
    };
    assert_eq!(ran("2026-01").await, (true, false), "on trial: no score leaves the house");
    assert_eq!(ran("2026-02").await, (true, false));
    assert_eq!(ran("2026-03").await, (true, true), "live when it ended, whatever it is now");
    assert_eq!(ran("2026-04").await, (true, false), "stopped when it ended");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_shown_appealed_corrected_approved_by_another_and_published() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = &supervised(folder.path()).await;
    let before = post(
        app,
        &token(app, "early", "supervision", None, 90).await,
        "score-runs",
        json!({ "standard": "county-2025", "period": "2025-12" }),
    )
    .await;
    assert_eq!(code(&before), (400, "score.nobody".to_owned()), "nobody was supervised then");
    let ming = token(app, "ming", "supervision", None, 90).await;
    let lin = token(app, "lin", "supervision", None, 90).await;
    let hua = token(app, "hua", "handler", Some("market"), 90).await;
    let zhao = token(app, "zhao", "leader", None, 90).await;
    let reader = token(app, "reader", "read_only", None, 90).await;
    let new = json!({ "standard": "county-2025", "period": "2026-03" });
    let (status, run) = post(app, &ming, "score-runs", new.clone()).await;
    assert_eq!((status.as_u16(), run["status"].as_str(), run["ran_by"].as_str()), (201, Some("draft"), Some("ming")));
    let id = run["id"].as_str().expect("an id").to_owned();
    let path = format!("score-runs/{id}");
    let act = async |app: &Arc<App>, secret: &str, act: &str, words: Value| {
        post(app, secret, &format!("{path}/{act}"), words).await
    };
    let seen = async |app: &Arc<App>, secret: &str| Asking(app, secret).get(&format!("/api/v1/{path}")).await;

    // A draft is for those who score. One of a single department never goes further, nor does a look.
    for secret in [&hua, &zhao, &reader] {
        assert_eq!(code(&seen(app, secret).await), (404, "score.unknown".to_owned()));
    }
    for (more, problem) in [("department", "score.partial"), ("shadow", "score.shadow")] {
        let mut one = new.clone();
        one[more] = if more == "shadow" { json!(true) } else { json!("market") };
        let (_, one) = post(app, &ming, "score-runs", one).await;
        let one = one["id"].as_str().expect("an id");
        let answer = post(app, &ming, &format!("score-runs/{one}/open"), json!({})).await;
        assert_eq!(code(&answer), (409, problem.to_owned()));
    }
    assert_eq!(code(&act(app, &lin, "finalise", json!({})).await), (409, "score.state".to_owned()));

    // Five working days from Thursday 2 April without Qingming (6 April): until Friday 10 April.
    let (status, run) = act(app, &ming, "open", json!({})).await;
    assert_eq!(status, 200, "{run}");
    assert_eq!(run["life"]["appeals_until"], "2026-04-10T23:59:59.999+08:00");
    let (status, own) = seen(app, &hua).await;
    let named: BTreeSet<&str> =
        own["effective"].as_array().expect("cards").iter().filter_map(|e| e["department"].as_str()).collect();
    assert_eq!((status.as_u16(), named), (200, BTreeSet::from(["market"])));
    assert_eq!(own["results"].as_array().map(Vec::len), Some(1));
    assert_eq!(code(&seen(app, &reader).await), (404, "score.unknown".to_owned()), "not for everybody yet");
    assert_eq!(seen(app, &zhao).await.0, 200, "who approves may look");

    // The department appeals against a line that has points.
    let result = &own["results"][0]["output"];
    let lost = result["scores"]
        .as_array()
        .expect("lines")
        .iter()
        .find(|s| s["assessed"] == true && s["points"].as_i64() < s["weight"].as_i64());
    let lost = lost.expect("a line that lost points");
    let (indicator, was) = (lost["indicator"].as_str().expect("an id"), lost["points"].as_i64().expect("points"));
    let weight = lost["weight"].as_i64().expect("a weight");
    let not = json!({ "line": "F1", "text": "x" });
    assert_eq!(code(&act(app, &hua, "appeal", not).await), (400, "score.line".to_owned()));
    let empty = json!({ "line": indicator, "text": " " });
    assert_eq!(code(&act(app, &hua, "appeal", empty).await), (400, "score.words".to_owned()));
    let foreign = json!({ "line": indicator, "text": "x", "department": "health" });
    assert_eq!(code(&act(app, &hua, "appeal", foreign).await), (403, "auth.department".to_owned()));
    let words = json!({ "line": indicator, "text": "系统故障期间的办件不应计入", "evidence": ["故障记录 3"] });
    let (status, appealed) = act(app, &hua, "appeal", words.clone()).await;
    assert_eq!(status, 200, "{appealed}");
    assert_eq!(appealed["life"]["appeals"][0]["was"], was);
    assert_eq!(code(&act(app, &hua, "appeal", words).await), (409, "score.appealed".to_owned()));

    // Another person decides; never to the appellant's disadvantage, never beyond the weight.
    let decide = |is: i64| json!({ "appeal": 1, "corrected_to": is, "text": "故障经核实" });
    assert_eq!(code(&act(app, &ming, "decide", decide(weight)).await), (403, "score.same-person".to_owned()));
    for wrong in [was, weight + 1] {
        assert_eq!(code(&act(app, &lin, "decide", decide(wrong)).await), (400, "score.correction".to_owned()));
    }
    let (status, decided) = act(app, &lin, "decide", decide(weight)).await;
    assert_eq!(status, 200, "{decided}");
    let own = decided["effective"].as_array().expect("cards").iter().find(|e| e["department"] == "market");
    let own = &own.expect("a card")["card"];
    let now = own["scores"].as_array().expect("lines").iter().find(|s| s["indicator"] == indicator);
    assert_eq!(now.expect("the line")["points"], weight);
    assert!(own["total"].as_i64() > result["total"].as_i64(), "{own}");
    let kept = app.stored_run(&id).await.expect("the run");
    let market = kept.results.iter().find(|r| r.department == "market").expect("a result");
    assert_eq!(line(&market.output, indicator), Some(was), "what the standard said stays");
    assert!(app.recompute(&id).await.expect("computed again").equal);
    assert_eq!(code(&act(app, &zhao, "finalise", json!({})).await), (409, "score.appeal-period".to_owned()));
    app.close().await;

    // After the period: approved by another, shown to all, and only once for a month.
    let app = &at(folder.path(), "2026-04-13T09:00:00+08:00").await;
    let late = json!({ "line": "cards", "text": "x" });
    let late = code(&act(app, &hua, "appeal", late).await).1;
    assert!(["score.appeal-late", "score.line"].contains(&late.as_str()), "{late}");
    assert_eq!(code(&act(app, &ming, "finalise", json!({})).await), (403, "score.same-person".to_owned()));
    let (status, run) = act(app, &zhao, "finalise", json!({})).await;
    assert_eq!((status.as_u16(), run["status"].as_str()), (200, Some("final")));
    assert_eq!(seen(app, &reader).await.0, 200);
    let (_, run) = act(app, &zhao, "publish", json!({})).await;
    assert_eq!(run["status"], "published");
    assert_eq!(code(&act(app, &zhao, "publish", json!({})).await), (409, "score.state".to_owned()));
    let (_, second) = post(app, &ming, "score-runs", new).await;
    let second = second["id"].as_str().expect("an id").to_owned();
    let (status, _) = post(app, &ming, &format!("score-runs/{second}/open"), json!({ "days": 1 })).await;
    assert_eq!(status, 200);
    let topics = app.store.outbox_after(0, Some("market"), 100_000).await.expect("messages");
    let topics: Vec<&str> = topics.iter().map(|m| m.topic.as_str()).filter(|t| t.starts_with("score.")).collect();
    assert_eq!(topics, ["score.open", "score.appeal", "score.decide", "score.finalise", "score.publish", "score.open"]);
    app.close().await;
    let app = &at(folder.path(), "2026-04-20T09:00:00+08:00").await;
    let again = format!("score-runs/{second}/finalise");
    assert_eq!(code(&post(app, &zhao, &again, json!({})).await), (409, "score.standing".to_owned()));
    assert_eq!(code(&act(app, &zhao, "withdraw", json!({})).await), (400, "score.words".to_owned()));
    assert_eq!(act(app, &zhao, "withdraw", json!({ "text": "基数有误" })).await.0, 200);
    assert_eq!(post(app, &zhao, &again, json!({})).await.0, 200, "the other was withdrawn");
    let acts = app.store.audit_rows(100, None).await.expect("audit");
    for (actor, action) in [("ming", "score.run"), ("hua", "score.appeal"), ("zhao", "score.withdraw")] {
        assert!(acts.iter().any(|r| r.entry.actor == actor && r.entry.action == action), "{actor} {action}");
    }
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_act_at_once_one_is_told_to_look_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = &supervised(folder.path()).await;
    let ran = Ran { by: "ming", shadow: false };
    let id = app.score_by("county-2025", "2026-03", None, ran).await.expect("a score run").id;
    let until = app.clock.now().plus_ms(1000);
    let open = || ScoreAct::Open { until };
    let all = futures::future::join_all((0..8).map(|_| app.live_on(&id, open(), "lin"))).await;
    let good = all.iter().filter(|r| r.is_ok()).count();
    assert_eq!(good, 1);
    for refused in all.into_iter().filter_map(Result::err) {
        assert!(["score.state", "store.conflict"].contains(&refused.code.as_str()), "{refused:?}");
    }
    let life = app.score_view(&id).await.expect("the run").life;
    assert_eq!(life.steps.len(), 1);
    // The database itself lets only one stand.
    let row = |run: &str| daylight_store::ScoreLifeRow {
        run: run.to_owned(),
        standard: "s".to_owned(),
        period: "2026-03".to_owned(),
        revision: 0,
        life: daylight_domain::evaluation::ScoreLife {
            state: daylight_domain::evaluation::RunState::Final,
            ..Default::default()
        },
    };
    let audit = || daylight_store::AuditEntry {
        at: app.clock.now(),
        actor: "t".to_owned(),
        action: "t".to_owned(),
        object: String::new(),
        detail: "{}".to_owned(),
    };
    app.store.keep_score_life(&row("a"), audit(), Vec::new()).await.expect("kept");
    let refused = app.store.keep_score_life(&row("b"), audit(), Vec::new()).await.expect_err("only one");
    assert!(matches!(refused, daylight_store::StoreError::Conflict(_)), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_enter_counts_once_another_approved_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    app.pull("market", "manual").await.expect("a run");
    let ming = token(app, "ming", "supervision", None, 90).await;
    let zhao = token(app, "zhao", "leader", None, 90).await;
    let hua = token(app, "hua", "handler", Some("market"), 90).await;
    let entry = |indicator: &str, points: i64| {
        json!({ "standard": "county-2025", "department": "market", "period": "2026-03", "indicator": indicator,
                "points": points, "reason": "案卷评查结果", "document": "开政监〔2026〕7号" })
    };
    for wrong in [entry("Z9", 1), entry("D6", 100_000), json!({ "standard": "county-2025" })] {
        let refused = code(&post(app, &ming, "manual-entries", wrong).await);
        assert_eq!(refused, (400, "entry.request".to_owned()));
    }
    let score = async |indicator: &str| {
        let run = app.score("county-2025", "2026-03", Some("market")).await.expect("a score run");
        assert!(app.recompute(&run.id).await.expect("computed again").equal);
        line(&run.results[0].output, indicator)
    };
    // A month is written in one way, or it would be another one beside the same.
    for other in ["2026-3", "+2026-03", " 2026-03", "2026-03 "] {
        assert_eq!(app.score("county-2025", other, None).await.expect_err("no month").code, "score.period", "{other}");
    }
    let (status, one) = post(app, &ming, "manual-entries", entry("C2", 350)).await;
    assert_eq!((status.as_u16(), one["state"].as_str()), (201, Some("proposed")));
    let no = one["no"].as_str().expect("a number").to_owned();
    assert!(no.starts_with("LR3308242026"), "{no}");
    assert_eq!(score("C2").await, None, "not assessed before it is approved");
    let (_, list) = Asking(app, &hua).get("/api/v1/manual-entries").await;
    assert_eq!(list["items"], json!([]));
    let approve = format!("manual-entries/{no}/approve");
    assert_eq!(code(&post(app, &ming, &approve, json!({})).await), (403, "entry.same-person".to_owned()));
    assert_eq!(post(app, &zhao, &approve, json!({})).await.0, 200);
    assert_eq!(code(&post(app, &zhao, &approve, json!({})).await), (409, "entry.state".to_owned()));
    // C3 is not assessed: the dimension's 10 points are those of C1 and C2, 3.5 of 4 → 4.38 of 5.
    assert_eq!(score("C2").await, Some(438));
    let (_, list) = Asking(app, &hua).get("/api/v1/manual-entries").await;
    assert_eq!(list["items"][0]["approved_by"], "zhao");
    let withdraw = format!("manual-entries/{no}/withdraw");
    assert_eq!(post(app, &ming, &withdraw, json!({ "text": "文件已更正" })).await.0, 200);
    assert_eq!(score("C2").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_card_takes_its_case_out_of_the_measures() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    for id in ["market", "health", "resources", "housing"] {
        app.pull(id, "manual").await.expect("a run");
    }
    let late = async |department: &str| {
        let input = app.assessment("county-2025", department, "2026-03").await.expect("measures");
        let one = input.rolling.iter().find(|m| m.name == "overdue_promise").expect("a measure");
        let evidence: u64 = input.rolling_evidence.iter().filter(|g| g.rule == "T-02").map(|g| g.count).sum();
        (one.value.expect("a value") / daylight_domain::measure::ONE, evidence)
    };
    let filter = CardFilter { limit: 10_000, state: Some("issued".to_owned()), ..CardFilter::default() };
    let findings =
        app.store.findings(&FindingFilter { limit: 100_000, ..FindingFilter::default() }).await.expect("all");
    let from = Timestamp::parse("2025-04-01T00:00:00+08:00").expect("a time");
    let to = Timestamp::parse("2026-04-01T00:00:00+08:00").expect("a time");
    let mut cards = app.store.cards(&filter).await.expect("cards");
    cards.retain(|c| {
        c.rule == "T-02"
            && findings.iter().any(|f| {
                f.finding.dedupe_key() == c.finding_key && f.finding.fact_time >= from && f.finding.fact_time < to
            })
    });
    let card = cards.first().expect("a card for a late case");
    let before = late(&card.department).await;
    let lin = token(app, "lin", "supervision", None, 90).await;
    let (status, answer) = post(app, &lin, &format!("cards/{}/revoke", card.no), json!({ "text": "系统故障" })).await;
    assert_eq!(status, 200, "{answer}");
    let after = late(&card.department).await;
    assert_eq!((after.0, after.1), (before.0 - 1, before.1 - 1), "{}", card.no);
}

/// A measure: so many of so many.
fn measured(name: &str, hits: i64, of: u64) -> Measured {
    Measured { name: name.to_owned(), value: Some(hits * ONE), denominator: Some(of) }
}

fn group(rule: &str, level: u8, count: u64) -> FindingGroup {
    FindingGroup { rule: rule.to_owned(), level, count, cases: vec!["A1".to_owned()] }
}

/// The department of the worked example: 400 finished, 12 over the promise, one over the law, 12 yellow cards and a red one.
fn example() -> Assessment {
    let measures = vec![
        measured("finished", 400, 400),
        measured("overdue_promise", 12, 400),
        measured("overdue_legal", 1, 400),
        measured("overdue_step", 40, 400),
        measured("late_notice", 4, 400),
        measured("promise_compression", 600, 3000),
        measured("flow_broken", 0, 400),
    ];
    Assessment {
        department: "market".to_owned(),
        period: "2026-03".to_owned(),
        rolling: measures.clone(),
        measures,
        findings: vec![group("T-02", 2, 12), group("T-03", 3, 1)],
        evidence: vec![group("T-02", 2, 12), group("T-03", 3, 1)],
        ..Assessment::default()
    }
}

async fn assessed(app: &App, standard: &str, settings: &Value, input: &Assessment) -> Result<Scorecard, String> {
    let plugin = app.plugin(standard).await.expect("a standard");
    let answer = app.host.assess(&plugin, settings, input, &app.config.main.standard_limits).await;
    answer.map(|(card, _)| card).map_err(|e| e.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_standards_score_what_a_hand_scores() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    let none = json!({});

    // The worked example of the county's standard.
    let card = assessed(app, "county-2025", &none, &example()).await.expect("a card");
    let lines: Vec<_> = ["B1", "B2", "B3", "B4", "B5"].iter().map(|i| line(&card, i)).collect();
    assert_eq!(lines, [Some(680), Some(380), Some(160), Some(300), Some(270)]);
    assert_eq!(lines.iter().flatten().sum::<i64>(), 1790, "17.9 of the 20 of efficiency");
    assert_eq!(card.adjustments.iter().find(|a| a.rule == "cards").map(|a| a.points), Some(-400));

    // The table of the sample: 40 × (1 − 5 × 3 %) = 34; 20 − 10 = 10; 20; nobody entered the fourth: 64 of 80 are 80 of 100;
    // 12 yellow and one red −8.
    let table = app.config.main.plugins.standards.get("table-standard").expect("the sample's table").clone();
    let card = assessed(app, "table-standard", &table, &example()).await.expect("a card");
    let lines = |card: &Scorecard| ["X1", "X2", "X3", "Y1"].map(|i| line(card, i));
    assert_eq!(lines(&card), [Some(3400), Some(1000), Some(2000), None]);
    assert_eq!((card.total, card.grade.as_str()), (7200, "合格"), "{card:?}");
    let first = &card.scores[0];
    assert_eq!((first.numerator, first.denominator), (Some(12 * ONE), Some(400 * ONE)));
    assert!(first.explain_zh.contains("承诺超期 = 12 / 400"), "{}", first.explain_zh);
    assert_eq!(first.deductions.iter().map(|d| (d.rule.as_str(), d.points)).collect::<Vec<_>>(), [("T-02", -600)]);
    let mut entered = example();
    entered.manual.push(ManualEntry {
        indicator: "Y1".to_owned(),
        points: 1800,
        reason: "社会评议".to_owned(),
        document: "评议报告".to_owned(),
    });
    let card = assessed(app, "table-standard", &table, &entered).await.expect("a card");
    assert_eq!((line(&card, "Y1"), card.total), (Some(1800), 7400));
    // Four cases say nothing: 10 and 20 of 40 stand for the dimension's 80.
    let mut few = example();
    for list in [&mut few.measures, &mut few.rolling] {
        list[1] = measured("overdue_promise", 1, 4);
    }
    let card = assessed(app, "table-standard", &table, &few).await.expect("a card");
    assert_eq!((lines(&card), card.total), ([None, Some(2000), Some(4000), None], 6700));
    let mut empty = example();
    for list in [&mut empty.measures, &mut empty.rolling] {
        list.retain(|m| m.name != "flow_broken");
    }
    let card = assessed(app, "table-standard", &table, &empty).await.expect("a card");
    assert!(card.scores[2].explain_zh.contains("不合流程图"), "{}", card.scores[2].explain_zh);
    assert_eq!(line(&card, "X3"), None);

    // Ningbo: 20 × 90 % + 20 × 97 % + 20 × 97 % + 15 × 90 % = 70.30 of 75 are 93.73.
    let mut input = example();
    input.measures = vec![
        measured("items_connected", 9, 10),
        measured("overdue_promise", 12, 400),
        measured("reason_missing", 4, 400),
        measured("flow_broken", 8, 400),
        measured("records_rejected", 10, 1000),
        measured("records_late", 90, 1000),
    ];
    let card = assessed(app, "ningbo-6", &none, &input).await.expect("a card");
    let six = ["coverage", "efficiency", "openness", "compliance", "exchange", "integrity"].map(|i| line(&card, i));
    assert_eq!(six, [Some(1800), Some(1940), None, Some(1940), Some(1350), None]);
    assert_eq!((card.total, card.grade.as_str()), (9373, "优秀"));
    let published = |i: usize| !card.scores[i].explain_zh.contains("权重未公布");
    assert_eq!([published(0), published(1), published(3)], [true, true, false]);
    let own = json!({ "openness": 30, "compliance": 10, "exchange": 10, "integrity": 10 });
    let plugin = app.plugin("ningbo-6").await.expect("a standard");
    let said = app.host.describe(&plugin, &own, &app.config.main.standard_limits).await.expect("a description");
    assert_eq!(said.indicators.iter().map(|i| i.weight).collect::<Vec<_>>(), [2000, 2000, 3000, 1000, 1000, 1000]);
    let wrong = assessed(app, "ningbo-6", &json!({ "openness": 30 }), &input).await.expect_err("115 points");
    assert!(wrong.contains("100"), "{wrong}");

    // On the county's own facts: kept, and the same again.
    app.pull("market", "manual").await.expect("a run");
    for standard in ["table-standard", "ningbo-6"] {
        let run = app.score(standard, "2026-03", Some("market")).await.expect("a score run");
        assert!(app.recompute(&run.id).await.expect("computed again").equal, "{standard}");
    }
}

fn plain(department: &str, total: i64) -> ScoreResult {
    let line = Score {
        indicator: "A".to_owned(),
        assessed: true,
        numerator: None,
        denominator: None,
        raw: total,
        points: total,
        weight: 10_000,
        explain_zh: String::new(),
        explain_en: String::new(),
        deductions: Vec::new(),
    };
    ScoreResult {
        department: department.to_owned(),
        input: Assessment::default(),
        input_digest: String::new(),
        output: Scorecard { total, grade: grade(total).to_owned(), scores: vec![line], adjustments: Vec::new() },
        output_digest: String::new(),
        fuel: 0,
    }
}

#[test]
fn excellent_is_for_a_share_of_the_run_and_is_shared_out_again_after_a_correction() {
    let totals = [("a", 9900), ("b", 9500), ("c", 9400), ("d", 9100), ("e", 7000)];
    let run = |settings: Value, only: Option<&str>| ScoreRunRow {
        id: "r".to_owned(),
        standard: "county-2025".to_owned(),
        version: "1".to_owned(),
        plugin_digest: String::new(),
        settings: settings.to_string(),
        period: "2026-03".to_owned(),
        status: "draft".to_owned(),
        created_at: Timestamp(0),
        ran_by: "ming".to_owned(),
        only: only.map(str::to_owned),
        base: 10_000,
        exclusions: Vec::new(),
        results: totals.iter().map(|(d, t)| plain(d, *t)).collect(),
    };
    let share = json!({ "excellent_share_permille": 400 });
    let grades =
        |view: &ScoreRunView| view.effective.iter().map(|e| (e.card.total, e.card.grade.clone())).collect::<Vec<_>>();
    let named = |list: [(i64, &str); 5]| list.map(|(t, g)| (t, g.to_owned())).to_vec();
    let mut life = ScoreLife::new("ming");
    let view = ScoreRunView::new(run(share.clone(), None), life.clone());
    let first = [(9900, "优秀"), (9500, "优秀"), (9400, "良好"), (9100, "良好"), (7000, "合格")];
    assert_eq!(grades(&view), named(first));
    let note = &view.effective[2].card.adjustments[0];
    assert!(note.reason_zh.contains("40.0%（5 个部门中 2 个"), "{note:?}");
    assert!(view.run.results[2].output.grade == "优秀" && view.run.results[2].output.adjustments.is_empty());
    // Without the setting, or for one department alone, everybody keeps what the points give.
    for other in [run(json!({}), None), run(share.clone(), Some("c"))] {
        let view = ScoreRunView::new(other, life.clone());
        assert_eq!(view.effective.iter().filter(|e| e.card.grade == "优秀").count(), 4);
    }
    // A correction lifts the third above the first: it is 优秀 now, and the second is not any more.
    let row = run(share, None);
    let card = |d: &str| row.results.iter().find(|r| r.department == d).map(|r| &r.output);
    let mut act = |act: ScoreAct, by: &str, at: i64| life.act(act, (by, Timestamp(at)), card).expect("done");
    act(ScoreAct::Open { until: Timestamp(10) }, "ming", 1);
    let appeal = ScoreAct::Appeal {
        department: "c".to_owned(),
        line: "A".to_owned(),
        grounds: "误计".to_owned(),
        evidence: Vec::new(),
    };
    act(appeal, "hua", 2);
    act(ScoreAct::Decide { appeal: 1, corrected_to: Some(9950), text: "经核实".to_owned() }, "lin", 3);
    let view = ScoreRunView::new(row.clone(), life);
    let after = [(9900, "优秀"), (9500, "良好"), (9950, "优秀"), (9100, "良好"), (7000, "合格")];
    assert_eq!(grades(&view), named(after));
    let department = ScoreRunView { effective: view.effective[1..2].to_vec(), ..view };
    assert!(department.effective[0].card.adjustments[0].reason_zh.contains("第 3"), "its place among all");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_say_what_moved_and_why_and_two_standards_by_dimension() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    for id in ["market", "health"] {
        app.pull(id, "manual").await.expect("a run");
    }
    let ming = token(app, "ming", "supervision", None, 90).await;
    let zhao = token(app, "zhao", "leader", None, 90).await;
    let before = app.score("county-2025", "2026-03", None).await.expect("a run");
    let settings: Value = serde_json::from_str(&before.settings).expect("settings");
    assert_eq!(settings["excellent_share_permille"], 300, "a default is part of the run: {settings}");
    let entry = json!({ "standard": "county-2025", "department": "market", "period": "2026-03", "indicator": "F3",
                        "points": 100, "reason": "投诉核查", "document": "文件 9" });
    let reported = json!({ "standard": "county-2025", "department": "market", "period": "2026-03",
                           "indicator": "self-reported", "points": 100, "reason": "自报", "document": "文件 10" });
    for entry in [entry, reported] {
        let (status, entry) = post(app, &ming, "manual-entries", entry).await;
        assert_eq!(status, 201, "{entry}");
        let approve = format!("manual-entries/{}/approve", entry["no"].as_str().expect("a number"));
        assert_eq!(post(app, &zhao, &approve, json!({})).await.0, 200);
    }
    let after = app.score("county-2025", "2026-03", None).await.expect("a run");
    let path = |a: &str, b: &str| format!("/api/v1/score-runs/{a}/compare/{b}");
    let (status, found) = Asking(app, &ming).get(&path(&before.id, &after.id)).await;
    assert_eq!((status.as_u16(), found["same_standard"].as_bool()), (200, Some(true)), "{found}");
    let items = found["items"].as_array().expect("departments");
    let market = items.iter().find(|d| d["department"] == "market").expect("market");
    let line = market["indicators"].as_array().expect("lines").iter().find(|l| l["indicator"] == "F3");
    let line = line.expect("F3 moved");
    assert_eq!((line["name_zh"].as_str(), line["name_en"].as_str()), (Some("投诉属实"), Some("complaints upheld")));
    assert!(line["is"]["explain_zh"].as_str().is_some_and(|w| w.contains("人工录入 1.00")), "{line}");
    assert!(line["was"]["explain_zh"].as_str().is_some() && line["was"]["explain_en"].as_str().is_some(), "{line}");
    let points = |side: &Value| side["points"].as_i64().unwrap_or(0);
    assert_eq!(line["moved"].as_i64(), Some(points(&line["is"]) - points(&line["was"])));
    let bonus =
        market["adjustments"].as_array().expect("lines").iter().find(|l| l["indicator"] == "bonus-self-reported");
    assert_eq!(bonus.expect("a bonus")["moved"], 100);
    let health = items.iter().find(|d| d["department"] == "health").expect("health");
    assert_eq!(
        (health["indicators"].as_array().map(Vec::len), &health["was"]["total"]),
        (Some(0), &health["is"]["total"])
    );
    // Places: by the totals of all, the better first.
    let mut totals: Vec<i64> =
        after.results.iter().filter(|r| r.output.grade != "不评").map(|r| r.output.total).collect();
    totals.sort_by(|a, b| b.cmp(a));
    let own = market["is"]["total"].as_i64().expect("a total");
    let place = totals.iter().filter(|t| **t > own).count() + 1;
    assert_eq!(market["is"]["rank"].as_u64(), u64::try_from(place).ok());

    // Another standard has other lines; dimensions of the same name compare by share of their weight.
    let six = app.score("ningbo-6", "2026-03", None).await.expect("a run");
    let both = app.compare_runs(&after.id, &six.id, None).await.expect("compared");
    let market = both.items.iter().find(|d| d.department == "market").expect("market");
    assert!(!both.same_standard && market.indicators.is_empty());
    let names: Vec<&str> = market.dimensions.iter().map(|d| d.dimension.as_str()).collect();
    assert_eq!(names, ["coverage", "efficiency", "openness", "compliance", "exchange", "satisfaction", "integrity"]);
    let efficiency = &market.dimensions[1];
    let (was, is) = (efficiency.was.expect("assessed"), efficiency.is.expect("assessed"));
    let sum = |card: &Scorecard, lines: &[&str]| {
        let mine = card.scores.iter().filter(|s| s.assessed && lines.contains(&s.indicator.as_str()));
        mine.fold((0, 0), |(p, w), s| (p + s.points, w + s.weight))
    };
    let card =
        |run: &ScoreRunRow| run.results.iter().find(|r| r.department == "market").expect("a card").output.clone();
    assert_eq!(was, sum(&card(&after), &["B1", "B2", "B3", "B4", "B5"]));
    assert_eq!(is, sum(&card(&six), &["efficiency"]));
    assert!(market.dimensions[5].is.is_none(), "Ningbo has no satisfaction");
    // A look is nobody's business but those who score.
    let hua = token(app, "hua", "handler", Some("market"), 90).await;
    let refused = Asking(app, &hua).get(&path(&before.id, &after.id)).await;
    assert_eq!(code(&refused), (404, "score.unknown".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_measure_that_is_counted_has_a_name_in_the_formulas() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    demo.app.pull("market", "manual").await.expect("a run");
    let input = demo.app.assessment("county-2025", "market", "2026-03").await.expect("measures");
    let counted: BTreeSet<String> = input.measures.into_iter().map(|m| m.name).collect();
    let named: BTreeSet<String> = daylight_formula::MEASURES.iter().map(|w| w.code.to_owned()).collect();
    assert!(counted.is_subset(&named), "{counted:?} {named:?}");
    // What nobody in this county measures: nothing publishes results, nobody drew a sample, nobody rated badly.
    let absent: Vec<&str> = named.difference(&counted).map(String::as_str).collect();
    let nobody = [
        "bad_rectified",
        "falsified",
        "progress_open",
        "ratings_active",
        "results_public",
        "sample_clean",
        "sample_score",
        "satisfied",
    ];
    assert_eq!(absent, nobody);
}

#[tokio::test(flavor = "multi_thread")]
async fn looks_are_kept_and_a_year_is_its_months_less_its_sanctions() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = &supervised(folder.path()).await;
    let looks = app.shadow("classic-9", "2026-01", "2026-03", "cli").await.expect("looks");
    let seen: Vec<_> = looks.iter().map(|r| (r.period.as_str(), r.status.as_str())).collect();
    assert_eq!(seen, [("2026-01", "shadow"), ("2026-02", "shadow"), ("2026-03", "shadow")]);
    for (from, to) in [("2026-03", "2026-01"), ("2020-01", "2026-01"), ("2026-03", "2026-04")] {
        assert_eq!(app.shadow("classic-9", from, to, "cli").await.expect_err("refused").code, "score.period");
    }
    assert_eq!(app.score_year("classic-9", "2026").await.expect_err("looks are no results").code, "score.nobody");
    assert_eq!(app.score_year("classic-9", "26").await.expect_err("no year").code, "score.period");

    let mut totals = Vec::new();
    for period in ["2026-02", "2026-03"] {
        let run = app.score_by("classic-9", period, None, Ran { by: "ming", shadow: false }).await.expect("a run");
        let until = app.clock.now().plus_ms(-1);
        app.live_on(&run.id, ScoreAct::Open { until }, "ming").await.expect("opened");
        app.live_on(&run.id, ScoreAct::Finalise { text: String::new() }, "lin").await.expect("final");
        let market = run.results.iter().find(|r| r.department == "market").expect("a result");
        totals.push(market.output.total);
    }
    let ming = token(app, "ming", "supervision", None, 90).await;
    let zhao = token(app, "zhao", "leader", None, 90).await;
    let sanction = json!({ "standard": "classic-9", "department": "market", "period": "2026", "indicator": "discipline",
                           "sanction": "demerit", "reason": "违规收费", "document": "处分决定 5" });
    let mut monthly = sanction.clone();
    monthly["period"] = json!("2026-03");
    assert_eq!(code(&post(app, &ming, "manual-entries", monthly).await), (400, "entry.request".to_owned()));
    let (status, entry) = post(app, &ming, "manual-entries", sanction).await;
    assert_eq!((status.as_u16(), entry["points"].as_i64()), (201, Some(-1500)));
    let mean = (totals[0] + totals[1] + 1).div_euclid(2);
    let market = async || {
        let year = app.score_year("classic-9", "2026").await.expect("a year");
        assert_eq!((year.runs.len(), year.missing.len()), (2, 10));
        year.departments.into_iter().find(|d| d.department == "market").expect("a line")
    };
    assert_eq!((market().await.mean, market().await.total), (mean, mean), "nobody approved the sanction");
    let approve = format!("manual-entries/{}/approve", entry["no"].as_str().expect("a number"));
    assert_eq!(post(app, &zhao, &approve, json!({})).await.0, 200);
    let year = market().await;
    assert_eq!((year.mean, year.total, year.sanctions.len()), (mean, (mean - 1500).max(0), 1));
    // Quarters and halves are the same means without the sanction; a department sees its own line.
    let quarter = app.score_year("classic-9", "2026-Q1").await.expect("a quarter");
    let line = quarter.departments.iter().find(|d| d.department == "market").expect("a line");
    assert_eq!((line.total, line.sanctions.len(), quarter.missing), (mean, 0, vec!["2026-01".to_owned()]));
    assert_eq!(app.score_year("classic-9", "2026-H2").await.expect_err("no month stands").code, "score.nobody");
    let hua = token(app, "hua", "handler", Some("market"), 90).await;
    let (status, own) = Asking(app, &hua).get("/api/v1/score-years/classic-9/2026").await;
    let named: Vec<&str> =
        own["departments"].as_array().expect("lines").iter().filter_map(|d| d["department"].as_str()).collect();
    assert_eq!((status.as_u16(), named), (200, vec!["market"]));
    assert_eq!(own["departments"][0]["total"].as_i64(), Some((mean - 1500).max(0)));
    let (_, all) = Asking(app, &zhao).get("/api/v1/score-years/classic-9/2026-H1").await;
    assert!(all["departments"].as_array().is_some_and(|d| d.len() > 1), "{all}");
    let wrong = Asking(app, &zhao).get("/api/v1/score-years/classic-9/2026-Q7").await;
    assert_eq!(code(&wrong), (400, "score.period".to_owned()));
    // A registered sanction is a finding of its own (I-04), of which no card is made.
    let filter = FindingFilter { rule: Some("I-04".to_owned()), limit: 10, ..FindingFilter::default() };
    let found = app.store.findings(&filter).await.expect("findings");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].finding.explain_zh.contains("记过") && found[0].finding.explain_zh.contains("处分决定 5"));
    app.close().await;
}
