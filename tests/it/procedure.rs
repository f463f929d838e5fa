//! What follows the cards: reminders, orders, investigations, samples, and cards by hand.

use crate::api::{Asking, token};
use crate::county::county;
use axum::http::{Method, StatusCode};
use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::place::write_sample;
use daylight_domain::Timestamp;
use daylight_domain::item::{HandleType, Item, LimitUnit};
use daylight_store::{CardFilter, FindingFilter};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

async fn send(app: &Arc<App>, secret: &str, path: &str, words: Value) -> (StatusCode, Value) {
    Asking(app, secret).send(Method::POST, &format!("/api/v1/{path}"), &[], &words.to_string()).await
}

async fn get(app: &Arc<App>, secret: &str, path: &str) -> Value {
    let (status, answer) = Asking(app, secret).get(&format!("/api/v1/{path}")).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

fn code(answer: &(StatusCode, Value)) -> (u16, String) {
    (answer.0.as_u16(), answer.1["code"].as_str().unwrap_or("").to_owned())
}

fn no(answer: &Value) -> String {
    answer["no"].as_str().unwrap_or_else(|| panic!("a number in {answer}")).to_owned()
}

async fn at(folder: &Path, time: &str) -> Arc<App> {
    let now = Timestamp::parse(time).expect("a time");
    let loaded = load(&folder.join("config"), now).expect("configuration");
    App::open(loaded, Arc::new(FastClock::new(now, 0))).await.expect("an appliance")
}

async fn findings(app: &App, rule: &str) -> Vec<daylight_store::FindingRow> {
    let filter = FindingFilter { rule: Some(rule.to_owned()), limit: 1000, ..FindingFilter::default() };
    app.store.findings(&filter).await.expect("findings")
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_leads_from_the_card_over_reminder_and_order_to_a_proposed_investigation() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    demo.app.pull("resources", "manual").await.expect("a run");
    let filter = CardFilter {
        department: Some("resources".to_owned()),
        state: Some("issued".to_owned()),
        limit: 1000,
        ..CardFilter::default()
    };
    let issued = demo.app.store.cards(&filter).await.expect("cards").len();
    assert!(issued > 2, "{issued}");
    demo.app.close().await;
    let department = folder.path().join("config/departments/resources.toml");
    let text = std::fs::read_to_string(&department).expect("a department");
    // The source is silent too, which is another matter.
    let text = text.replace("silence_minutes = 4320", "silence_minutes = 0") + "\n[contacts]\nleader = \"周局长\"\n";
    std::fs::write(&department, text).expect("written");

    // Feedback was due three working days after 2 April: until the end of the 8th.
    let app = at(folder.path(), "2026-04-09T09:00:00+08:00").await;
    app.look_at_sources().await.expect("a round");
    let hua = token(&app, "hua", "handler", Some("resources"), 90).await;
    let ming = token(&app, "ming", "supervision", None, 90).await;
    let reminders = get(&app, &hua, "supervision-orders").await;
    let reminder = &reminders["items"][0];
    assert_eq!((reminder["kind"].as_str(), reminder["state"].as_str()), (Some("reminder"), Some("issued")));
    assert_eq!(reminder["cards"].as_array().expect("cards").len(), issued);
    assert_eq!(
        (reminder["due"].as_str(), reminder["steps"][0]["by"].as_str()),
        (Some("2026-04-10T23:59:59.999+08:00"), Some("system"))
    );
    assert_eq!(findings(&app, "K-08").await.len(), issued);
    app.look_at_sources().await.expect("a round");
    assert_eq!(get(&app, &hua, "supervision-orders").await["items"].as_array().expect("items").len(), 1, "once");
    app.close().await;

    // Nobody replied to it: an order is drawn up. The department does not see what is only proposed.
    let app = at(folder.path(), "2026-04-13T09:00:00+08:00").await;
    for _ in 0..2 {
        app.look_at_sources().await.expect("a round");
    }
    assert_eq!(findings(&app, "K-10").await.len(), 1);
    let orders = get(&app, &ming, "supervision-orders?state=proposed").await;
    let orders = orders["items"].as_array().expect("items");
    assert_eq!(orders.len(), 1, "{orders:?}");
    let order = no(&orders[0]);
    assert_eq!(orders[0]["follows"], reminder["no"]);
    assert_eq!(orders[0]["copied_to"], json!(["周局长"]));
    let seen = get(&app, &hua, "supervision-orders").await;
    let states: Vec<&str> =
        seen["items"].as_array().expect("items").iter().filter_map(|o| o["state"].as_str()).collect();
    assert_eq!(states, ["escalated"]);
    let (status, issued_order) = send(&app, &ming, &format!("supervision-orders/{order}/issue"), json!({})).await;
    assert_eq!((status.as_u16(), issued_order["due"].as_str()), (200, Some("2026-04-16T23:59:59.999+08:00")));
    let (_, page) = Asking(&app, &hua).get(&format!("/api/v1/supervision-orders/{order}/paper")).await;
    let page = page.as_str().expect("a page");
    assert!(page.contains("督办通知书") && page.contains("抄送：周局长") && page.contains("2026年4月16日前"), "{page}");
    app.close().await;

    // Nor to that: an investigation is proposed, and nothing more.
    let app = at(folder.path(), "2026-04-17T09:00:00+08:00").await;
    for _ in 0..2 {
        app.look_at_sources().await.expect("a round");
    }
    let proposed = get(&app, &ming, "investigations").await;
    let proposed = proposed["items"].as_array().expect("items");
    assert_eq!(proposed.len(), 1, "{proposed:?}");
    assert_eq!((proposed[0]["state"].as_str(), proposed[0]["origin"].as_str()), (Some("proposed"), Some("order")));
    assert_eq!(proposed[0]["refs"], json!([order]));
    let late = async |time: &str| {
        get(&app, &ming, &format!("investigations?due_before={time}")).await["items"].as_array().map(Vec::len)
    };
    assert_eq!(
        (late("2026-04-22T12:00:00").await, late("2026-04-23T00:00:00").await),
        (Some(0), Some(1)),
        "three days"
    );
    assert_eq!(get(&app, &hua, "investigations").await["items"], json!([]), "nobody was told");
    let kept = get(&app, &ming, &format!("supervision-orders/{order}")).await;
    assert_eq!((kept["state"].as_str(), kept["followed_by"].as_str()), (Some("issued"), proposed[0]["no"].as_str()));
    app.close().await;

    // Nobody decides about it: supervision is told of its own delay.
    let app = at(folder.path(), "2026-04-24T09:00:00+08:00").await;
    let seen = app.doctor().await.expect("a diagnosis");
    let check = seen.checks.iter().find(|c| c.what == "procedure").expect("a check");
    assert_eq!(check.code.as_deref(), Some("doctor.procedure"));
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_investigation_is_led_to_its_end_by_those_who_may_and_the_department_is_heard() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    let ming = token(app, "ming", "supervision", None, 90).await;
    let lin = token(app, "lin", "supervision", None, 90).await;
    let fang = token(app, "fang", "commission", None, 90).await;
    let zhao = token(app, "zhao", "leader", None, 90).await;
    let hua = token(app, "hua", "handler", Some("market"), 90).await;
    let qiang = token(app, "qiang", "handler", Some("health"), 90).await;
    let new = json!({ "department": "market", "origin": "report", "refs": ["来信 12"], "subject": "窗口人员指定中介" });
    let (status, one) = send(app, &ming, "investigations", new).await;
    assert_eq!(status, 201, "{one}");
    let number = no(&one);
    assert!(number.starts_with("DC3308242026"), "{number}");
    let act = async |secret: &str, act: &str, words: Value| {
        send(app, secret, &format!("investigations/{number}/{act}"), words).await
    };
    let team = json!({ "team": ["lin", "fang"] });
    assert_eq!(code(&act(&ming, "approve", team.clone()).await), (403, "investigation.same-person".to_owned()));
    assert_eq!(code(&act(&zhao, "approve", json!({ "team": ["lin"] })).await), (403, "investigation.team".to_owned()));
    assert_eq!(code(&act(&zhao, "approve", json!({ "team": ["lin", "x"] })).await), (404, "user.unknown".to_owned()));
    assert_eq!(
        code(&act(&zhao, "approve", json!({ "team": ["lin", "hua"] })).await),
        (403, "investigation.team".to_owned())
    );
    // Not even the end of a page tells the department that there is something.
    for query in ["?limit=1", "?limit=1&state=proposed", "?limit=1&due_before=2027-01-01"] {
        let list = get(app, &hua, &format!("investigations{query}")).await;
        assert_eq!(list, json!({ "items": [], "next": null }), "{query}");
    }
    let (_, one) = act(&zhao, "approve", team).await;
    // Ten working days from Thursday 2 April, without Qingming: Friday 17 April.
    assert_eq!((one["state"].as_str(), one["due"].as_str()), (Some("opened"), Some("2026-04-17T23:59:59.999+08:00")));
    assert_eq!(code(&act(&hua, "state", json!({ "text": "x" })).await), (404, "investigation.unknown".to_owned()));
    assert_eq!(code(&act(&ming, "notify", json!({ "text": "x" })).await), (403, "investigation.team".to_owned()));

    // Evidence: a file under its hash.
    let file = format!("/api/v1/investigations/{number}/documents?name=%E5%BD%95%E5%83%8F.txt");
    let upload = async |secret: &str| Asking(app, secret).send(Method::POST, &file, &[], "窗口录像文字稿").await;
    assert_eq!(code(&upload(&ming).await), (403, "investigation.team".to_owned()));
    let (status, row) = upload(&lin).await;
    assert_eq!((status.as_u16(), row["name"].as_str(), row["size"].as_u64()), (201, Some("录像.txt"), Some(21)));
    let digest = row["digest"].as_str().expect("a hash").to_owned();
    assert_eq!(upload(&lin).await.0, 201, "again is the same");
    assert_eq!(
        code(&act(&lin, "evidence", json!({ "digest": "00", "text": "x" })).await),
        (404, "document.unknown".to_owned())
    );
    act(&lin, "evidence", json!({ "digest": digest, "text": "指定中介的录像" })).await;

    act(&lin, "notify", json!({ "text": "请就中介选择情况作出说明" })).await;
    let seen = get(app, &hua, &format!("investigations/{number}")).await;
    assert_eq!(
        (seen["subject"].as_str(), seen["evidence"].as_array().map(Vec::len)),
        (Some("请就中介选择情况作出说明"), Some(0))
    );
    assert!(!seen.to_string().contains("来信 12") && !seen.to_string().contains("录像"));
    assert_eq!(code(&act(&qiang, "state", json!({ "text": "x" })).await), (404, "investigation.unknown".to_owned()));
    assert_eq!(get(app, &hua, &format!("investigations/{number}/documents")).await["items"], json!([]));
    let hidden = Asking(app, &hua).get(&format!("/api/v1/investigations/{number}/documents/{digest}")).await;
    assert_eq!(code(&hidden), (404, "document.unknown".to_owned()));
    let conclude = json!({ "outcome": "substantiated", "text": "三名申请人被告知到同一中介", "basis": "优化营商环境条例 43", "problem": "forced_intermediary" });
    assert_eq!(code(&act(&lin, "conclude", conclude.clone()).await), (409, "investigation.unheard".to_owned()));
    act(&hua, "state", json!({ "text": "已停止该做法" })).await;
    let (status, one) = act(&lin, "conclude", conclude).await;
    assert_eq!((status.as_u16(), one["state"].as_str()), (200, Some("concluded")), "{one}");

    // What was verified is a finding, and its red card waits for a named person.
    let found = findings(app, "I-02").await;
    assert_eq!(found.len(), 1);
    let filter = CardFilter {
        department: Some("market".to_owned()),
        state: Some("pending_confirm".to_owned()),
        limit: 1000,
        ..CardFilter::default()
    };
    let cards = app.store.cards(&filter).await.expect("cards");
    let pending = cards.iter().find(|c| c.rule == "I-02").expect("a card").no.clone();
    for (secret, sees) in [(&hua, false), (&zhao, false), (&ming, true), (&fang, true)] {
        let (status, _) = Asking(app, secret).get(&format!("/api/v1/cards/{pending}")).await;
        assert_eq!(status == 200, sees, "what nobody confirmed yet");
    }

    // Two powers: neither takes the other's measures.
    let suggest = json!({ "kind": "suggestion", "text": "建立中介随机选取制度" });
    assert_eq!(code(&act(&lin, "measure", suggest.clone()).await), (403, "auth.scope".to_owned()));
    assert_eq!(
        code(&act(&fang, "measure", json!({ "kind": "correct", "text": "x" })).await),
        (403, "auth.scope".to_owned())
    );
    let (_, one) = act(&fang, "measure", suggest).await;
    let first = no(&one["measures"][0]);
    act(&fang, "measure", json!({ "kind": "clue", "text": "收受中介好处的线索" })).await;
    for secret in [&hua, &zhao] {
        let seen = get(app, secret, &format!("investigations/{number}")).await;
        assert!(!seen.to_string().contains("收受中介好处"), "{seen}");
    }
    let heard: Vec<String> = app
        .store
        .outbox_after(0, Some("market"), 100_000)
        .await
        .expect("messages")
        .into_iter()
        .map(|m| m.topic)
        .collect();
    let told: Vec<&str> = heard.iter().map(String::as_str).filter(|t| t.starts_with("investigation.")).collect();
    assert_eq!(
        told,
        ["investigation.notify", "investigation.conclude", "investigation.measure"],
        "of the clue nothing"
    );

    // Each power has its own paper; the clue's is for those who investigate.
    let paper = async |secret: &str, which: &str| {
        let (status, page) =
            Asking(app, secret).get(&format!("/api/v1/investigations/{number}/paper?paper={which}")).await;
        (status.as_u16(), page.as_str().unwrap_or_default().to_owned())
    };
    for (which, words) in [("notice", "调查通知书"), ("conclusion", "结论：属实"), (first.as_str(), "监察建议书")]
    {
        let (status, page) = paper(&hua, which).await;
        assert!(status == 200 && page.contains(words) && page.contains(&number), "{which}: {page}");
    }
    assert!(paper(&hua, &first).await.1.contains("示例县监察委员会"));
    let clue = format!("{number}-X1");
    assert_eq!(paper(&hua, &clue).await.0, 404);
    assert!(paper(&fang, &clue).await.1.contains("问题线索移交函"));

    assert_eq!(code(&act(&lin, "close", json!({})).await), (409, "investigation.open".to_owned()));
    // The department's files are its own, and say nothing about the team's.
    let mine = Asking(app, &hua).send(Method::POST, &file, &[], "窗口录像文字稿").await;
    assert_eq!(mine.0, 201);
    assert_eq!(
        get(app, &hua, &format!("investigations/{number}/documents")).await["items"].as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(
        get(app, &lin, &format!("investigations/{number}/documents")).await["items"].as_array().map(Vec::len),
        Some(2)
    );
    act(&hua, "reply", json!({ "measure": first, "text": "已建立" })).await;
    assert_eq!(
        code(&act(&lin, "accept", json!({ "measure": first })).await),
        (403, "auth.scope".to_owned()),
        "not its measure"
    );
    let (_, one) = act(&fang, "accept", json!({ "measure": first })).await;
    assert_eq!(one["state"], "revisit");
    act(&lin, "revisit", json!({ "corrected": true, "text": "抽查十件，均随机选取" })).await;
    let (_, one) = act(&lin, "close", json!({})).await;
    assert_eq!((one["state"].as_str(), one["due"].as_str()), (Some("closed"), None));
    assert_eq!(code(&upload(&lin).await), (409, "investigation.state".to_owned()), "nothing is added to what is filed");
    let acts: Vec<(String, String)> = app
        .store
        .audit_rows(100, None)
        .await
        .expect("audit")
        .into_iter()
        .map(|r| (r.entry.actor, r.entry.action))
        .collect();
    for (who, what) in [
        ("ming", "investigation.propose"),
        ("zhao", "investigation.approve"),
        ("lin", "document.add"),
        ("hua", "investigation.state"),
        ("fang", "investigation.measure"),
    ] {
        assert!(acts.contains(&(who.to_owned(), what.to_owned())), "{who} {what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overdue_reply_to_a_measure_is_a_finding() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    let ming = token(app, "ming", "supervision", None, 90).await;
    let lin = token(app, "lin", "supervision", None, 90).await;
    let zhao = token(app, "zhao", "leader", None, 90).await;
    let new = json!({ "department": "market", "origin": "assigned", "subject": "市里交办" });
    let number = no(&send(app, &ming, "investigations", new).await.1);
    let act = async |secret: &str, act: &str, words: Value| {
        let (status, one) = send(app, secret, &format!("investigations/{number}/{act}"), words).await;
        assert_eq!(status, 200, "{act}: {one}");
    };
    let hua = token(app, "hua", "handler", Some("market"), 90).await;
    act(&zhao, "approve", json!({ "team": ["lin", "ming"] })).await;
    act(&lin, "notify", json!({ "text": "请说明" })).await;
    act(&hua, "state", json!({ "text": "说明如下" })).await;
    act(&lin, "conclude", json!({ "outcome": "partly", "text": "事实", "basis": "依据" })).await;
    act(&lin, "measure", json!({ "kind": "correct", "text": "限期整改", "days": 2 })).await;
    app.close().await;
    let app = at(folder.path(), "2026-04-09T09:00:00+08:00").await;
    app.look_at_sources().await.expect("a round");
    let found = findings(&app, "K-10").await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].finding.object_id, format!("{number}-1"));
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_is_drawn_again_the_same_and_false_data_is_a_finding() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    for id in ["market", "health"] {
        app.pull(id, "manual").await.expect("a run");
    }
    let ming = token(app, "ming", "supervision", None, 90).await;
    let hua = token(app, "hua", "handler", Some("market"), 90).await;
    let new = |size: u32, seed: Value| json!({ "name": "一季度抽查", "population": { "from": "2026-01-01", "to": "2026-03-31" }, "size": size, "seed": seed });
    for wrong in [new(0, Value::Null), new(3, json!("x")), json!({ "name": "x" })] {
        assert_eq!(code(&send(app, &ming, "sampling-plans", wrong).await), (400, "sampling.request".to_owned()));
    }
    let empty = json!({ "name": "无", "population": { "from": "2019-01-01", "to": "2019-01-31" }, "size": 3 });
    assert_eq!(code(&send(app, &ming, "sampling-plans", empty).await), (400, "sampling.empty".to_owned()));
    let (status, one) = send(app, &ming, "sampling-plans", new(5, Value::Null)).await;
    assert_eq!(status, 201, "{one}");
    let (_, again) = send(app, &ming, "sampling-plans", new(5, one["seed"].clone())).await;
    assert_eq!((&one["drawn"], &one["population_digest"]), (&again["drawn"], &again["population_digest"]));
    let drawn = one["drawn"].as_array().expect("cases");
    assert_eq!(drawn.len(), 5);
    assert!(one["population_count"].as_u64().expect("a number") > 50, "{}", one["population_count"]);
    assert_eq!(code(&send(app, &hua, "sampling-plans", new(5, Value::Null)).await), (403, "auth.scope".to_owned()));

    let number = no(&one);
    let check = |case: &Value, authentic: bool| {
        json!({ "department": case["department"], "case_no": case["case_no"], "authentic": authentic, "timely": true,
                "complete": true, "accurate": true, "deductions": { "12": 20 }, "text": "办结时间与档案不符" })
    };
    let path = format!("sampling-plans/{number}/checks");
    let (status, plan) = send(app, &ming, &path, check(&drawn[0], false)).await;
    assert_eq!((status.as_u16(), plan["checks"][0]["score"].as_u64()), (200, Some(980)), "{plan}");
    assert_eq!(code(&send(app, &ming, &path, check(&drawn[0], true)).await), (409, "sampling.checked".to_owned()));
    let found = findings(app, "D-19").await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].finding.case_no.as_deref(), drawn[0]["case_no"].as_str());
    let filter =
        CardFilter { case_no: drawn[0]["case_no"].as_str().map(str::to_owned), limit: 100, ..CardFilter::default() };
    let cards = app.store.cards(&filter).await.expect("cards");
    assert!(cards.iter().any(|c| c.rule == "D-19"), "{cards:?}");
    assert_eq!(
        code(&send(app, &ming, &format!("sampling-plans/{number}/close"), json!({})).await),
        (409, "sampling.state".to_owned())
    );
    for case in &drawn[1..] {
        assert_eq!(send(app, &ming, &path, check(case, true)).await.0, 200);
    }
    let (_, plan) = send(app, &ming, &format!("sampling-plans/{number}/close"), json!({})).await;
    assert_eq!(plan["state"], "closed");
    // The nightly proof knows that a person, not a rule about the case, said so.
    let proof = app.rederive("test").await.expect("a proof");
    assert!(proof.good(), "{proof:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_by_hand_has_a_reason_an_author_and_where_red_a_second_person() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    app.pull("market", "manual").await.expect("a run");
    let ming = token(app, "ming", "supervision", None, 90).await;
    let lin = token(app, "lin", "supervision", None, 90).await;
    let hua = token(app, "hua", "handler", Some("market"), 90).await;
    let rules = get(app, &ming, "manual-rules").await;
    assert!(rules["items"].as_array().expect("rules").len() >= 5);
    let case = daylight_store::CaseFilter { department: Some("market".to_owned()), limit: 1, ..Default::default() };
    let case = app.store.cases(&case).await.expect("cases").pop().expect("a case").case.case_no.clone();
    let card = |rule: &str, more: Value| {
        let mut body = json!({ "rule": rule, "department": "market", "text": "现场查见" });
        for (name, value) in more.as_object().expect("more") {
            body[name] = value.clone();
        }
        body
    };
    assert_eq!(code(&send(app, &ming, "cards", card("M-77", json!({}))).await), (400, "card.manual-rule".to_owned()));
    assert_eq!(code(&send(app, &ming, "cards", card("T-02", json!({}))).await), (400, "card.manual-rule".to_owned()));
    assert_eq!(
        code(&send(app, &ming, "cards", card("M-02", json!({ "case_no": "none" }))).await),
        (404, "case.unknown".to_owned())
    );
    assert_eq!(
        code(&send(app, &ming, "cards", card("M-02", json!({ "text": " " }))).await),
        (400, "card.words".to_owned())
    );
    let (status, one) = send(app, &ming, "cards", card("M-02", json!({ "case_no": case }))).await;
    assert_eq!(status, 201, "{one}");
    let told = (one["state"].as_str(), one["level"].as_str(), one["issued_by"].as_str(), one["written_by"].as_str());
    assert_eq!(told, (Some("issued"), Some("yellow"), Some("ming"), Some("ming")));
    assert!(one["feedback_due"].as_str().is_some());
    assert_eq!(
        code(&send(app, &lin, "cards", card("M-02", json!({ "case_no": case }))).await),
        (400, "card.standing".to_owned())
    );
    let shown = get(app, &ming, &format!("cases/market/{case}")).await;
    assert!(shown["cards"].as_array().expect("cards").iter().any(|c| c["no"] == one["no"]));
    // The author does not decide the appeal.
    let number = no(&one);
    send(app, &hua, &format!("cards/{number}/appeal"), json!({ "text": "中心系统故障期间" })).await;
    let decide = json!({ "upheld": true, "text": "查无故障记录" });
    assert_eq!(
        code(&send(app, &ming, &format!("cards/{number}/decide"), decide.clone()).await),
        (403, "card.same-person".to_owned())
    );
    assert_eq!(send(app, &lin, &format!("cards/{number}/decide"), decide).await.1["state"], "upheld");

    let (_, red) = send(app, &ming, "cards", card("M-05", json!({ "object": "1号窗" }))).await;
    assert_eq!(red["state"], "pending_confirm");
    let number = no(&red);
    let paper = async || Asking(app, &hua).get(&format!("/api/v1/cards/{number}/paper")).await;
    assert_eq!(code(&paper().await), (404, "card.unknown".to_owned()), "nothing was issued yet");
    assert_eq!(
        code(&send(app, &ming, &format!("cards/{number}/confirm"), json!({})).await),
        (403, "card.same-person".to_owned())
    );
    assert_eq!(send(app, &lin, &format!("cards/{number}/confirm"), json!({})).await.1["issued_by"], "lin");
    let (_, page) = paper().await;
    let page = page.as_str().expect("a page");
    assert!(page.contains("红牌监察通知") && page.contains("M-05 拒不配合监察") && page.contains(&number), "{page}");
    let proof = app.rederive("test").await.expect("a proof");
    assert!(proof.good(), "{proof:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn three_warnings_in_a_row_in_a_month_are_a_finding_of_their_own() {
    let folder = tempfile::tempdir().expect("a folder");
    write_sample(&folder.path().join("config")).expect("a sample");
    let app = at(folder.path(), "2026-03-20T09:00:00+08:00").await;
    let rules = &app.config.rules;
    let days = |i: &Item| i.promise_limit.filter(|l| l.unit == LimitUnit::WorkingDay && l.value > 5).map(|l| l.value);
    let (item, days) = rules
        .catalogue
        .newest()
        .filter(|i| i.department == "market" && i.handle_type == HandleType::Promised)
        .find_map(|i| Some((i.code.clone(), days(i)?)))
        .expect("an item with a limit in working days");
    // Accepted so that the promise ends on the next working day.
    let next = rules.calendar.nth_working_day_after(app.clock.now().date(), 1).expect("a day");
    let accepted = (1..60)
        .filter_map(|back| next.checked_sub_days(chrono::Days::new(back)))
        .find(|d| rules.calendar.nth_working_day_after(*d, days).is_ok_and(|due| due == next))
        .expect("a day");
    let told = async |case_no: &str| {
        let record = |kind: &str, time: &str| {
            format!(
                r#"{{"type":"{kind}","case_no":"{case_no}","item_code":"{item}","source_key":"{case_no}-{kind}","data_version":1,"event_time":"{accepted} {time}"}}"#
            )
        };
        let file = folder.path().join("records.ndjson");
        let lines = [record("apply", "09:00:00"), record("receive", "09:01:00"), record("accept", "09:02:00")];
        std::fs::write(&file, lines.join("\n")).expect("written");
        let run = app.import("market", &file, &mut |_, _, _| {}).await.expect("imported");
        assert_eq!(run.accepted, 3, "{run:?}");
    };
    told("Y1").await;
    told("Y2").await;
    app.look_at_everything().await.expect("a round");
    assert_eq!(findings(&app, "T-01").await.len(), 2);
    assert!(findings(&app, "K-09").await.is_empty(), "two are not three");
    told("Y3").await;
    for _ in 0..2 {
        app.look_at_everything().await.expect("a round");
    }
    let found = findings(&app, "K-09").await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].finding.explain_zh.contains("Y1、Y2、Y3"), "{}", found[0].finding.explain_zh);
    app.close().await;
}

/// The records of one case from its application to its end.
fn whole_case(case_no: &str, item: &str, days: [&str; 3]) -> Vec<String> {
    let record = |kind: &str, time: &str, more: &str| {
        format!(
            r#"{{"type":"{kind}","case_no":"{case_no}","item_code":"{item}","source_key":"{case_no}-{kind}","data_version":1,"event_time":"{time}"{more}}}"#
        )
    };
    vec![
        record("apply", &format!("{} 09:00:00", days[0]), ""),
        record("receive", &format!("{} 09:05:00", days[0]), ""),
        record("accept", &format!("{} 10:00:00", days[1]), ""),
        record("finish", &format!("{} 16:00:00", days[2]), r#","finish_type":"granted""#),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_reported_from_beginning_to_end_at_one_stroke_are_a_finding() {
    let folder = tempfile::tempdir().expect("a folder");
    write_sample(&folder.path().join("config")).expect("a sample");
    let app = at(folder.path(), "2026-03-20T09:00:00+08:00").await;
    let rule = app.config.rules.book.get("D-03").expect("a rule");
    let (cases, span) = (rule.param("cases"), rule.param("span_days"));
    assert!(cases > 2 && span < 8, "{rule:?}");
    let item = app.config.rules.catalogue.newest().find(|i| i.department == "market").expect("an item").code.clone();
    let told = async |from: i64, to: i64, days: [&str; 3]| {
        let lines: Vec<String> = (from..to).flat_map(|n| whole_case(&format!("B{n}"), &item, days)).collect();
        let file = folder.path().join("records.ndjson");
        std::fs::write(&file, lines.join("\n")).expect("written");
        let run = app.import("market", &file, &mut |_, _, _| {}).await.expect("imported");
        assert_eq!(run.rejected, 0, "{run:?}");
    };
    // As many as may be, many of one day, and many from before it was supervised: none is a burst.
    told(0, cases - 1, ["2026-03-02", "2026-03-02", "2026-03-16"]).await;
    told(100, 100 + 2 * cases, ["2026-03-16", "2026-03-16", "2026-03-16"]).await;
    told(200, 200 + 2 * cases, ["2025-11-03", "2025-11-03", "2025-12-01"]).await;
    assert!(findings(&app, "D-03").await.is_empty());
    told(300, 300 + cases, ["2026-03-02", "2026-03-02", "2026-03-16"]).await;
    told(400, 400 + cases, ["2026-03-02", "2026-03-02", "2026-03-16"]).await;
    let found = findings(&app, "D-03").await;
    assert_eq!(found.len(), 1, "once a day: {found:?}");
    assert_eq!(found[0].finding.value, cases);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_limit_a_tampered_plugin_and_a_rule_switched_off_do_not_go_unseen() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let app = at(folder.path(), "2026-03-16T09:00:00+08:00").await;
    let promised = |i: &&Arc<Item>| i.department == "market" && i.promise_limit.is_some_and(|l| l.value > 3);
    let item = app.config.rules.catalogue.newest().find(promised).expect("an item").clone();
    let lines = whole_case("L1", &item.code, ["2026-03-13", "2026-03-13", "2026-03-13"]);
    let file = folder.path().join("records.ndjson");
    std::fs::write(&file, lines[..3].join("\n")).expect("written");
    app.import("market", &file, &mut |_, _, _| {}).await.expect("imported");
    app.look_at_everything().await.expect("a round");
    assert!(findings(&app, "D-20").await.is_empty());
    assert!(app.alarms().is_empty(), "{:?}", app.alarms());
    app.close().await;

    // A new version of the item from tomorrow on, with ten days more; a rule is switched off; a plugin is edited.
    let mut longer = item.as_ref().clone();
    longer.version += 1;
    longer.valid_from = chrono::NaiveDate::from_ymd_opt(2026, 3, 17).expect("a day");
    longer.promise_limit = item.promise_limit.map(|l| daylight_domain::item::Limit { value: l.value + 10, ..l });
    longer.legal_limit = None;
    let text = toml::to_string(&std::collections::BTreeMap::from([("item", [longer])])).expect("TOML");
    std::fs::write(config.join("catalogue/longer.toml"), text).expect("written");
    let rules = config.join("rules/time.toml");
    let text = std::fs::read_to_string(&rules).expect("rules");
    let (before, after) = text.split_once("id = \"T-07\"").expect("the rule");
    let text = format!("{before}id = \"T-07\"{}", after.replacen("enabled = true", "enabled = false", 1));
    std::fs::write(&rules, text).expect("written");
    let script = ["UPDATE plugin SET bytes = zeroblob(8) WHERE name = 'classic-9'".to_owned()];
    daylight_store::run_script(&folder.path().join("data/daylight.db"), &script).await.expect("tampered");
    let app = at(folder.path(), "2026-03-17T09:00:00+08:00").await;
    app.look_at_everything().await.expect("a round");
    let found = findings(&app, "D-20").await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].finding.explain_zh.contains("1 件在办"), "{}", found[0].finding.explain_zh);
    let alarms: Vec<String> = app.alarms().into_iter().map(|a| a.rule).collect();
    assert_eq!(alarms, ["U-08"], "a rule may be off for some days");
    app.close().await;
    let app = at(folder.path(), "2026-03-26T09:00:00+08:00").await;
    let seen = app.doctor().await.expect("a diagnosis");
    let codes: Vec<&str> = seen.checks.iter().filter_map(|c| c.code.as_deref()).collect();
    assert!(codes.contains(&"doctor.plugin") && codes.contains(&"doctor.rule"), "{codes:?}");
    app.close().await;
}
