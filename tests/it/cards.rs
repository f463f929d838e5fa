//! What people do with cards, and who hears of it.

use crate::api::{Asking, token};
use crate::county::county;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use daylight::api::ask;
use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight_domain::Timestamp;
use daylight_store::{CardFilter, FindingFilter};
use futures::StreamExt;
use serde_json::{Value, json};
use std::sync::Arc;

async fn act(app: &Arc<App>, secret: &str, no: &str, what: &str, words: Value) -> (StatusCode, Value) {
    Asking(app, secret).send(Method::POST, &format!("/api/v1/cards/{no}/{what}"), &[], &words.to_string()).await
}

/// Numbers of cards of a department in a state.
async fn cards(app: &App, department: &str, state: &str) -> Vec<String> {
    let filter = CardFilter {
        department: Some(department.to_owned()),
        state: Some(state.to_owned()),
        limit: 1000,
        ..CardFilter::default()
    };
    app.store.cards(&filter).await.expect("cards").into_iter().map(|c| c.no).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_answers_and_appeals_and_supervision_decides_each_within_its_power() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    for id in ["market", "resources"] {
        app.pull(id, "manual").await.expect("a run");
    }
    let ming = token(app, "ming", "supervision", None, 1).await;
    let lin = token(app, "lin", "supervision", None, 1).await;
    let hua = token(app, "hua", "handler", Some("resources"), 1).await;
    let qiang = token(app, "qiang", "handler", Some("market"), 1).await;
    let code = |answer: &(StatusCode, Value)| (answer.0.as_u16(), answer.1["code"].as_str().unwrap_or("").to_owned());

    // An issued card: opened, answered, accepted.
    let issued = cards(app, "resources", "issued").await;
    let no = issued.first().expect("an issued card");
    let foreign = act(app, &qiang, no, "feedback", json!({ "text": "不是我们的" })).await;
    assert_eq!(code(&foreign), (403, "auth.department".to_owned()));
    assert_eq!(code(&act(app, &ming, no, "feedback", json!({ "text": "x" })).await), (403, "auth.scope".to_owned()));
    assert_eq!(code(&act(app, &hua, no, "revoke", json!({ "text": "x" })).await), (403, "auth.scope".to_owned()));
    assert_eq!(code(&act(app, &hua, no, "feedback", json!({ "text": " " })).await), (400, "card.words".to_owned()));
    assert_eq!(code(&act(app, &hua, no, "feedback", json!({ "words": "x" })).await), (400, "http.json".to_owned()));
    assert_eq!(code(&act(app, &ming, no, "paint", json!({})).await), (404, "http.unknown".to_owned()));
    assert_eq!(
        code(&act(app, &ming, "none", "revoke", json!({ "text": "x" })).await),
        (404, "card.unknown".to_owned())
    );
    let (status, card) = act(app, &hua, no, "read", json!({})).await;
    assert_eq!((status.as_u16(), card["state"].as_str()), (200, Some("read")));
    let (_, card) = act(app, &hua, no, "feedback", json!({ "text": "已补办并整改" })).await;
    assert_eq!((card["state"].as_str(), card["feedback_by"].as_str()), (Some("answered"), Some("hua")));
    assert_eq!(code(&act(app, &hua, no, "feedback", json!({ "text": "再说" })).await), (409, "card.state".to_owned()));
    let (_, card) = act(app, &lin, no, "close", json!({})).await;
    assert_eq!(card["state"], "closed");

    // A card that waits for a person, its appeal, and who may not decide it.
    let pending = cards(app, "resources", "pending_confirm").await;
    let no = pending.first().expect("a card to be confirmed");
    let (_, card) = act(app, &ming, no, "confirm", json!({})).await;
    assert_eq!((card["state"].as_str(), card["issued_by"].as_str()), (Some("issued"), Some("ming")));
    assert!(card["feedback_due"].as_str().is_some());
    act(app, &hua, no, "appeal", json!({ "text": "系统补录，业务时间属实" })).await;
    let decide = json!({ "upheld": false, "text": "经调取原始记录核实" });
    assert_eq!(code(&act(app, &ming, no, "decide", decide.clone()).await), (403, "card.same-person".to_owned()));
    let (_, card) = act(app, &lin, no, "decide", decide).await;
    assert_eq!((card["state"].as_str(), card["revoked_by"].as_str()), (Some("revoked"), Some("lin")));
    let kept = app.store.card(no).await.expect("read").expect("never deleted");
    assert!(kept.appeal.is_some_and(|a| a.decision.is_some_and(|d| d.by == "lin")));

    // Every act is in the audit, by name.
    let acts: Vec<(String, String)> = app
        .store
        .audit_rows(50, None)
        .await
        .expect("audit")
        .into_iter()
        .map(|r| (r.entry.actor, r.entry.action))
        .collect();
    for (who, what) in
        [("hua", "card.feedback"), ("lin", "card.close"), ("ming", "card.confirm"), ("lin", "card.decide")]
    {
        assert!(acts.contains(&(who.to_owned(), what.to_owned())), "{who} {what} in {acts:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_replied_to_reviewed_and_overdue_it_is_a_finding_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    app.pull("resources", "manual").await.expect("a run");
    let ming = token(app, "ming", "supervision", None, 1).await;
    let hua = token(app, "hua", "handler", Some("resources"), 1).await;
    let qiang = token(app, "qiang", "handler", Some("market"), 1).await;
    let send = async |secret: &str, path: &str, words: Value| {
        let path = format!("/api/v1/supervision-orders{path}");
        Asking(app, secret).send(Method::POST, &path, &[], &words.to_string()).await
    };
    let card = cards(app, "resources", "issued").await.swap_remove(0);
    let new = |department: &str| json!({ "kind": "order", "department": department, "content": "说明原因并整改", "cards": [card] });
    let (status, order) = send(&ming, "", new("resources")).await;
    assert_eq!(status, 201, "{order}");
    let no = order["no"].as_str().expect("a number");
    assert!(no.starts_with("DB3308242026"), "{no}");
    // Issued on Thursday 2 April, three working days without the holiday of Qingming.
    assert_eq!(order["due"], "2026-04-08T23:59:59.999+08:00");
    let code = |answer: &(StatusCode, Value)| (answer.0.as_u16(), answer.1["code"].as_str().unwrap_or("").to_owned());
    assert_eq!(code(&send(&ming, "", new("market")).await), (400, "order.request".to_owned()), "a foreign card");
    assert_eq!(code(&send(&ming, "", json!({ "kind": "wish" })).await), (400, "order.request".to_owned()));
    assert_eq!(code(&send(&hua, "", new("resources")).await), (403, "auth.scope".to_owned()));
    assert_eq!(
        code(&send(&qiang, &format!("/{no}/reply"), json!({ "text": "x" })).await),
        (403, "auth.department".to_owned())
    );
    assert_eq!(code(&send(&ming, &format!("/{no}/close"), json!({})).await), (409, "order.state".to_owned()));
    assert_eq!(code(&send(&ming, "/none/close", json!({})).await), (404, "order.unknown".to_owned()));
    send(&hua, &format!("/{no}/reply"), json!({ "text": "已整改" })).await;
    let (_, order) = send(&ming, &format!("/{no}/return"), json!({ "text": "未说明原因", "days": 2 })).await;
    assert_eq!(
        (order["state"].as_str(), order["due"].as_str()),
        (Some("returned"), Some("2026-04-07T23:59:59.999+08:00"))
    );
    app.close().await;

    // Nobody replies in time.
    let later = Timestamp::parse("2026-04-09T09:00:00+08:00").expect("a time");
    let loaded = load(&folder.path().join("config"), later).expect("configuration");
    let app = &App::open(loaded, Arc::new(FastClock::new(later, 0))).await.expect("an appliance");
    app.look_at_sources().await.expect("a round");
    let overdue = async || {
        let filter = FindingFilter { rule: Some("K-10".to_owned()), limit: 10, ..FindingFilter::default() };
        app.store.findings(&filter).await.expect("findings")
    };
    let found = overdue().await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].finding.dedupe_key().contains(no));
    app.look_at_sources().await.expect("a round");
    assert_eq!(overdue().await.len(), 1, "written once");
    // Cards of the first day that nobody answered are late by now too.
    let filter = FindingFilter { rule: Some("K-08".to_owned()), limit: 1000, ..FindingFilter::default() };
    assert!(!app.store.findings(&filter).await.expect("findings").is_empty());
    app.close().await;
}

/// The next `n` events of a stream: id, topic, department.
async fn hear(app: &Arc<App>, secret: &str, after: Option<u64>, n: usize) -> Vec<(u64, String, String)> {
    let mut request = Request::builder().uri("/api/v1/events").header("authorization", format!("Bearer {secret}"));
    if let Some(after) = after {
        request = request.header("last-event-id", after.to_string());
    }
    let answer = ask(app, request.body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let (mut text, mut body) = (String::new(), answer.into_body().into_data_stream());
    while text.matches("\n\n").count() < n {
        let piece = body.next().await.expect("the stream goes on").expect("bytes");
        text.push_str(std::str::from_utf8(&piece).expect("text"));
    }
    let field = |event: &str, name: &str| {
        event.lines().find_map(|l| l.strip_prefix(&format!("{name}:"))).map(|v| v.trim().to_owned()).unwrap_or_default()
    };
    text.split("\n\n")
        .filter(|event| event.contains("data:"))
        .map(|event| {
            let data: Value = serde_json::from_str(&field(event, "data")).expect("JSON");
            let department = data["department"].as_str().expect("a department").to_owned();
            (field(event, "id").parse().expect("a number"), field(event, "event"), department)
        })
        .take(n)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_hears_of_every_card_in_order_and_who_was_away_misses_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    let ming = token(app, "ming", "supervision", None, 1).await;
    let hua = token(app, "hua", "handler", Some("resources"), 1).await;
    for id in ["market", "resources"] {
        app.pull(id, "manual").await.expect("a run");
    }
    let issued = cards(app, "resources", "issued").await.len() + cards(app, "market", "issued").await.len();
    let all = hear(app, &ming, Some(0), issued).await;
    assert!(all.windows(2).all(|w| w[0].0 < w[1].0), "in the order of commits");
    assert!(all.iter().all(|(_, topic, _)| topic == "card.issued"));
    // Away after the third: nothing twice, nothing missing.
    let rest = hear(app, &ming, Some(all[2].0), issued - 3).await;
    assert_eq!(rest, all[3..]);
    // A department hears of itself only.
    let own: Vec<_> = all.iter().filter(|(_, _, department)| department == "resources").cloned().collect();
    assert_eq!(hear(app, &hua, Some(0), own.len()).await, own);
    // What happens while one listens is heard.
    let pending = cards(app, "resources", "pending_confirm").await;
    let no = pending.first().expect("a card to be confirmed").clone();
    let (listening, secret) = (Arc::clone(app), ming.clone());
    let heard = tokio::spawn(async move { hear(&listening, &secret, None, 1).await });
    // Until somebody listens.
    while app.watchers() == 0 {
        tokio::task::yield_now().await;
    }
    act(app, &ming, &no, "confirm", json!({})).await;
    let heard = heard.await.expect("heard");
    assert_eq!((heard[0].1.as_str(), heard[0].2.as_str()), ("card.issued", "resources"));
    assert!(heard[0].0 > all[issued - 1].0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_is_one_deed_however_often_it_is_sent_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    let ming = token(app, "ming", "supervision", None, 1).await;
    let body = json!({ "kind": "order", "department": "market", "content": "说明原因" }).to_string();
    let sent: Vec<_> = (0..8)
        .map(|_| {
            let (app, ming, body) = (Arc::clone(app), ming.clone(), body.clone());
            tokio::spawn(async move {
                let key = [("idempotency-key", "k")];
                Asking(&app, &ming).send(Method::POST, "/api/v1/supervision-orders", &key, &body).await
            })
        })
        .collect();
    let mut numbers = std::collections::BTreeSet::new();
    for one in sent {
        let (status, order) = one.await.expect("sent");
        assert_eq!(status, 201, "{order}");
        numbers.insert(order["no"].as_str().expect("a number").to_owned());
    }
    assert_eq!(numbers.len(), 1, "{numbers:?}");
    let (status, answer) =
        Asking(app, &ming).send(Method::POST, "/api/v1/supervision-orders", &[("idempotency-key", "")], &body).await;
    assert_eq!((status.as_u16(), answer["code"].as_str()), (400, Some("idempotency.key")));
    for (days, good) in [(0, false), (251, false), (60, true)] {
        let body = json!({ "kind": "order", "department": "market", "content": "x", "days": days }).to_string();
        let (status, answer) = Asking(app, &ming).send(Method::POST, "/api/v1/supervision-orders", &[], &body).await;
        assert_eq!(status == 201, good, "{days}: {answer}");
    }
    let nul = json!({ "kind": "order", "department": "market", "content": "a\u{0}b" }).to_string();
    let (_, answer) = Asking(app, &ming).send(Method::POST, "/api/v1/supervision-orders", &[], &nul).await;
    assert_eq!(answer["code"], "http.nul");
    let (_, answer) = Asking(app, &ming).send(Method::GET, "/api/v1/cards/%00", &[], "").await;
    assert_eq!(answer["code"], "http.nul");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_tells_nobody_what_is_not_theirs_and_ends_when_they_may_not_listen() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    let ming = token(app, "ming", "supervision", None, 1).await;
    let lin = token(app, "lin", "supervision", None, 1).await;
    let zhao = token(app, "zhao", "leader", None, 1).await;
    let only = token(app, "only", "read_only", None, 1).await;
    let send = async |secret: &str, path: &str, body: Value| {
        let (status, answer) = Asking(app, secret).send(Method::POST, path, &[], &body.to_string()).await;
        assert!(status.is_success(), "{path}: {answer}");
        answer
    };
    let new = json!({ "department": "market", "origin": "report", "subject": "x" });
    let one = send(&ming, "/api/v1/investigations", new).await["no"].as_str().expect("a number").to_owned();
    send(&zhao, &format!("/api/v1/investigations/{one}/approve"), json!({ "team": ["ming", "lin"] })).await;
    send(&lin, &format!("/api/v1/investigations/{one}/notify"), json!({ "text": "请说明" })).await;
    send(&ming, "/api/v1/supervision-orders", json!({ "kind": "reminder", "department": "market", "content": "x" }))
        .await;
    let topics =
        async |secret: &str, n| hear(app, secret, Some(0), n).await.into_iter().map(|(_, t, _)| t).collect::<Vec<_>>();
    assert_eq!(topics(&ming, 2).await, ["investigation.notify", "order.issue"]);
    assert_eq!(topics(&only, 1).await, ["order.issue"], "of the investigation it hears nothing");
    // Disabled while listening: the stream ends.
    let request = Request::builder().uri("/api/v1/events").header("authorization", format!("Bearer {only}"));
    let answer = ask(app, request.body(Body::empty()).expect("a request")).await;
    app.set_disabled("only", true, "cli").await.expect("disabled");
    send(&ming, "/api/v1/supervision-orders", json!({ "kind": "reminder", "department": "market", "content": "y" }))
        .await;
    let rest: Vec<_> = answer.into_body().into_data_stream().collect().await;
    assert!(rest.is_empty(), "{rest:?}");
}
