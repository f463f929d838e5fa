//! The API as its users meet it: tokens, lists, problems, and a description that holds.

use crate::county::county;
use crate::store::delivery;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use daylight::api::{ask, openapi};
use daylight::app::App;
use daylight_domain::evaluation::{RunState, ScoreLife};
use daylight_domain::role::Role;
use daylight_store::{
    AuditEntry, CardFilter, DeliveryPlan, QuarantineFilter, ScoreLifeRow, TokenKind, TokenRow, UserRow, run_script,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A token of somebody in a role, with all its rights.
pub async fn token(app: &App, name: &str, role: &str, department: Option<&str>, days: i64) -> String {
    let (now, secret) = (app.clock.now(), format!("secret of {name}"));
    let user = UserRow {
        name: name.to_owned(),
        role: role.to_owned(),
        department: department.map(str::to_owned),
        created_at: now,
        disabled_at: None,
    };
    app.store.put_user(&user, None).await.expect("a user");
    let rights = Role::from_name(role).expect("a role").rights();
    let row = TokenRow {
        id: name.to_owned(),
        hash: daylight::api::token_hash(&secret),
        name: name.to_owned(),
        user: name.to_owned(),
        scopes: rights.iter().map(|r| r.as_str().to_owned()).collect(),
        department: department.map(str::to_owned),
        created_at: now,
        expires_at: now.plus_ms(days * 86_400_000),
        revoked_at: None,
        kind: TokenKind::Token,
        used_at: None,
    };
    app.store.put_token(&row, None).await.expect("a token");
    secret
}

pub struct Asking<'a>(pub &'a Arc<App>, pub &'a str);

impl Asking<'_> {
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> (StatusCode, Value) {
        self.bytes(method, path, headers, body.as_bytes().to_vec()).await
    }

    pub async fn bytes(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path);
        if !self.1.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.1));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = ask(self.0, request.body(Body::from(body)).expect("a request")).await;
        assert!(answer.headers().contains_key("content-security-policy"), "{path}");
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), 64 << 20).await.expect("a body");
        // A file is no text, and no JSON.
        let text = String::from_utf8_lossy(&bytes).into_owned();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.send(Method::GET, path, &[], "").await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_gets_an_answer_and_a_departments_token_sees_its_own_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    for id in ["market", "health"] {
        app.pull(id, "manual").await.expect("a run");
    }
    let scored = app.score("county-2025", "2026-03", None).await.expect("a score run").id;
    let reader = token(app, "reader", "read_only", None, 1).await;
    let own = token(app, "own", "vendor", Some("market"), 1).await;
    let late = token(app, "late", "read_only", None, -1).await;
    let code = |answer: &(StatusCode, Value)| (answer.0.as_u16(), answer.1["code"].as_str().unwrap_or("").to_owned());
    let refused = |answer, status: u16, word: &str| assert_eq!(code(&answer), (status, word.to_owned()), "{answer:?}");

    refused(Asking(app, "").get("/api/v1/departments").await, 401, "auth.token");
    refused(Asking(app, "guessed").get("/api/v1/departments").await, 401, "auth.token");
    refused(Asking(app, &late).get("/api/v1/departments").await, 401, "auth.expired");
    let reading = Asking(app, &reader);
    refused(reading.send(Method::POST, "/api/v1/departments/market/pulls", &[], "").await, 403, "auth.scope");
    refused(reading.get("/api/v1/nothing").await, 404, "http.unknown");
    refused(reading.send(Method::DELETE, "/api/v1/cards", &[], "").await, 405, "http.method");
    refused(reading.get("/api/v1/cases/market/none").await, 404, "case.unknown");
    refused(reading.get("/api/v1/cases?limit=0").await, 400, "query.limit");
    refused(reading.get("/api/v1/cards?level=blue").await, 400, "query.level");
    refused(reading.get("/api/v1/cards?lvel=red").await, 400, "query.unknown");
    for list in ["cases", "cards", "supervision-orders", "quarantine", "sampling-plans", "manual-entries"] {
        refused(reading.get(&format!("/api/v1/{list}?state=lost")).await, 400, "query.state");
    }
    refused(reading.get("/api/v1/stats?from=2026-03-01&to=x").await, 400, "query.range");
    refused(reading.get("/api/v1/stats?from=2026-03-02&to=2026-03-01").await, 400, "stats.range");

    let desk = token(app, "desk", "service_centre", None, 1).await;
    for list in ["complaints", "enquiries", "ratings"] {
        refused(Asking(app, &desk).get(&format!("/api/v1/{list}?state=lost")).await, 400, "query.state");
    }
    let within = Asking(app, &own);
    for path in [
        "/api/v1/cases?department=health",
        "/api/v1/cards?department=health",
        "/api/v1/departments/health/gate",
        "/api/v1/quarantine?department=health",
        "/api/v1/reconciliations?department=health",
        "/api/v1/stats?department=health&from=2026-03-01&to=2026-03-31",
    ] {
        refused(within.get(path).await, 403, "auth.department");
    }
    for path in ["/api/v1/cases", "/api/v1/cards", "/api/v1/departments", "/api/v1/quarantine"] {
        let (status, list) = within.get(path).await;
        assert_eq!(status, 200);
        let key = if path.ends_with("departments") { "id" } else { "department" };
        let names: BTreeSet<&str> =
            list["items"].as_array().expect("items").iter().filter_map(|i| i[key].as_str()).collect();
        assert!(names.is_subset(&BTreeSet::from(["market"])), "{path}: {names:?}");
    }
    let (_, runs) = within.get("/api/v1/score-runs").await;
    assert_eq!(runs["items"], json!([]), "what is no result is not the department's business");
    refused(within.get(&format!("/api/v1/score-runs/{scored}")).await, 404, "score.unknown");
    let body = r#"{"standard":"county-2025","period":"2026-03"}"#;
    refused(within.send(Method::POST, "/api/v1/score-runs", &[], body).await, 403, "auth.scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_read_to_its_end_page_by_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    for id in ["market", "health"] {
        demo.app.pull(id, "manual").await.expect("a run");
    }
    let secret = token(&demo.app, "reader", "read_only", None, 1).await;
    let reading = Asking(&demo.app, &secret);
    for (path, key, step) in [("cases", "case", 50), ("cards", "no", 3), ("quarantine", "id", 1)] {
        let (_, whole) = reading.get(&format!("/api/v1/{path}?limit=1000")).await;
        let whole: Vec<Value> = whole["items"].as_array().expect("items").iter().map(|i| i[key].clone()).collect();
        assert!(!whole.is_empty(), "{path}: an empty list proves nothing");
        let (mut pieces, mut after) = (Vec::new(), String::new());
        loop {
            let (status, page) = reading.get(&format!("/api/v1/{path}?limit={step}{after}")).await;
            assert_eq!(status, 200);
            pieces.extend(page["items"].as_array().expect("items").iter().map(|i| i[key].clone()));
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        assert_eq!(pieces, whole, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_problem_is_told_in_the_readers_language_and_has_a_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let nobody = Asking(&demo.app, "");
    let (_, zh) = nobody.send(Method::GET, "/api/v1/cases", &[("accept-language", "zh-CN,en;q=0.5")], "").await;
    let (_, en) = nobody.send(Method::GET, "/api/v1/cases", &[("accept-language", "en-GB,en;q=0.9")], "").await;
    assert_eq!((&zh["code"], &zh["type"], &zh["status"]), (&en["code"], &en["type"], &json!(401)));
    assert!(!zh["detail"].as_str().expect("words").is_ascii());
    let detail = en["detail"].as_str().expect("words");
    assert!(detail.is_ascii() && detail.len() > 10, "{detail}");
    let (status, page) = nobody.get(zh["type"].as_str().expect("an address")).await;
    assert_eq!(status, 200);
    assert!(page.as_str().expect("a page").contains(detail));
    let (status, _) = nobody.get("/docs/errors/no.such-code").await;
    assert_eq!(status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn text_goes_out_compressed_but_the_stream_and_what_another_site_asks_do_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let secret = token(&demo.app, "reader", "supervision", None, 1).await;
    let coding = async |path: &str, site: &str| {
        let request = Request::get(path)
            .header("authorization", format!("Bearer {secret}"))
            .header("sec-fetch-site", site)
            .header("accept-encoding", "gzip");
        let answer = ask(&demo.app, request.body(Body::empty()).expect("a request")).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.headers().get("content-encoding").map(|v| v.to_str().expect("a word").to_owned())
    };
    assert_eq!(coding("/docs/errors", "none").await.as_deref(), Some("gzip"));
    assert_eq!(coding("/api/v1/openapi.json", "same-origin").await.as_deref(), Some("gzip"));
    assert_eq!(coding("/docs/errors", "cross-site").await, None);
    assert_eq!(coding("/api/v1/events", "same-origin").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_twice_under_one_key_is_done_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let secret = token(&demo.app, "pusher", "vendor", Some("market"), 1).await;
    let pushing = Asking(&demo.app, &secret);
    let operator = token(&demo.app, "operator", "system_admin", None, 1).await;
    let operating = Asking(&demo.app, &operator);
    let item =
        demo.app.config.rules.catalogue.newest().find(|i| i.department == "market").expect("an item").code.clone();
    let record = |no: &str| {
        format!(
            r#"{{"type":"apply","case_no":"{no}","item_code":"{item}","source_key":"{no}","data_version":1,"event_time":"2026-03-02 09:00:00"}}"#
        )
    };
    let address = "/api/v1/exchange/market/batches";
    let key = [("idempotency-key", "one")];
    let body = format!("{}\n{}\n", record("P1"), r#"{"type":"accept"}"#);
    let (status, first) = pushing.send(Method::POST, address, &key, &body).await;
    assert_eq!(status, 200, "{first}");
    let states: Vec<&str> =
        first["receipts"].as_array().expect("receipts").iter().filter_map(|r| r["status"].as_str()).collect();
    assert_eq!(states, ["accepted", "rejected"]);
    let (_, second) = pushing.send(Method::POST, address, &key, &body).await;
    assert_eq!(first, second, "the first answer again");
    let (_, third) = pushing.send(Method::POST, address, &[], &body).await;
    assert_eq!(third["receipts"][0]["status"], "duplicate", "without a key the record itself is known");
    let (status, other) = pushing.send(Method::POST, address, &key, &record("P2")).await;
    assert_eq!((status.as_u16(), other["code"].as_str()), (422, Some("idempotency.reused")));
    let (status, array) = pushing.send(Method::POST, address, &[], &format!("[{}]", record("P3"))).await;
    assert_eq!((status.as_u16(), array["receipts"][0]["status"].as_str()), (200, Some("accepted")));
    let (status, none) = pushing.send(Method::POST, address, &[], "\n\n").await;
    assert_eq!((status.as_u16(), none["code"].as_str()), (400, Some("push.count")));
    let large = "x".repeat(17 << 20);
    let (status, much) = pushing.send(Method::POST, address, &[], &large).await;
    assert_eq!((status.as_u16(), much["code"].as_str()), (413, Some("http.body-too-large")));

    let pulls = "/api/v1/departments/health/pulls";
    let (status, run) = operating.send(Method::POST, pulls, &[("idempotency-key", "p")], "").await;
    assert_eq!(status, 202);
    let (_, same) = operating.send(Method::POST, pulls, &[("idempotency-key", "p")], "").await;
    assert_eq!(run, same);
    let id = run["run"].as_str().expect("an id");
    // The pull goes on by itself.
    let ended = loop {
        let (status, row) = operating.get(&format!("/api/v1/pulls/{id}")).await;
        if status == 200 && row["status"] != "running" {
            break row;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(ended["status"], "done", "{ended}");
}

/// A file that keeps no answer under a key any more, as if the process died before it could.
async fn forgetful(file: &std::path::Path, forgets: bool) {
    let sql = if forgets {
        "CREATE TRIGGER died BEFORE UPDATE ON idempotency BEGIN SELECT RAISE(ABORT, 'died'); END"
    } else {
        "DROP TRIGGER died"
    };
    run_script(file, &[sql.to_owned()]).await.expect("a trigger");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_before_the_process_died_is_not_done_again_under_its_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    app.pull("market", "manual").await.expect("a run");
    let ming = token(app, "ming", "supervision", None, 1).await;
    let people = token(app, "people", "security_admin", None, 1).await;
    let issued = CardFilter { state: Some("issued".to_owned()), limit: 1, ..CardFilter::default() };
    let card = app.store.cards(&issued).await.expect("cards").pop().expect("a card").no;
    let order = r#"{"kind":"reminder","department":"market","content":"请按期反馈"}"#.to_owned();
    let by_hand = r#"{"rule":"M-01","department":"market","object":"窗口","text":"无人值守"}"#.to_owned();
    let deeds = [
        (&ming, "/api/v1/supervision-orders".to_owned(), order, "order.issue"),
        (&ming, "/api/v1/cards".to_owned(), by_hand, "card.write"),
        (&ming, format!("/api/v1/cards/{card}/revoke"), r#"{"text":"误发"}"#.to_owned(), "card.revoke"),
        (
            &ming,
            "/api/v1/score-runs".to_owned(),
            r#"{"standard":"county-2025","period":"2026-03","department":"market","shadow":true}"#.to_owned(),
            "score.run",
        ),
        (&people, "/api/v1/users".to_owned(), r#"{"name":"new","role":"read_only"}"#.to_owned(), "user.add"),
    ];
    let file = app.config.data().join("daylight.db");
    for (who, path, body, action) in &deeds {
        let done = async || {
            let rows = app.store.audit_rows(1000, None).await.expect("the audit");
            rows.iter().filter(|row| row.entry.action == *action).count()
        };
        let (before, key) = (done().await, [("idempotency-key", path.as_str())]);
        forgetful(&file, true).await;
        let (status, died) = Asking(app, who).send(Method::POST, path, &key, body).await;
        forgetful(&file, false).await;
        assert_eq!((status.as_u16(), done().await), (503, before + 1), "{action} was done, and nobody told: {died}");
        let (status, again) = Asking(app, who).send(Method::POST, path, &key, body).await;
        assert_eq!((status.as_u16(), again["code"].as_str()), (409, Some("idempotency.acted")), "{action}: {again}");
        assert_eq!(done().await, before + 1, "{action} is not done twice");
    }
    // What was refused was not done: the key is free.
    let key = [("idempotency-key", "refused")];
    let wrong = r#"{"kind":"reminder","department":"nowhere","content":"x"}"#;
    let orders = "/api/v1/supervision-orders";
    for _ in 0..2 {
        let (_, refused) = Asking(app, &ming).send(Method::POST, orders, &key, wrong).await;
        assert_eq!(refused["code"], "department.unknown", "{refused}");
    }
    assert_eq!(Asking(app, &ming).send(Method::POST, orders, &key, &deeds[0].2).await.0, 201);
}

/// The schema of a good answer in the description, and what a real answer must be valid against.
fn schema(description: &Value, method: &str, path: &str, status: u16) -> Option<Value> {
    let answer = &description["paths"][path][method]["responses"][status.to_string()]["content"]["application/json"];
    let mut schema = answer.get("schema")?.clone();
    schema["components"] = description["components"].clone();
    Some(schema)
}

/// An investigation with a file, approved by somebody else.
async fn investigated(app: &Arc<App>, secret: &str) -> String {
    let leader = token(app, "leader", "leader", None, 1).await;
    let _ = token(app, "colleague", "supervision", None, 1).await;
    let body = r#"{"department":"market","origin":"report","subject":"收件后长期不受理"}"#;
    let (status, one) = Asking(app, secret).send(Method::POST, "/api/v1/investigations", &[], body).await;
    assert_eq!(status, 201, "{one}");
    let address = format!("/api/v1/investigations/{}", one["no"].as_str().expect("a number"));
    let team = r#"{"team":["reader","colleague"]}"#;
    let (status, one) = Asking(app, &leader).send(Method::POST, &format!("{address}/approve"), &[], team).await;
    assert_eq!(status, 200, "{one}");
    let notice = r#"{"text":"请说明"}"#;
    let (status, told) = Asking(app, secret).send(Method::POST, &format!("{address}/notify"), &[], notice).await;
    assert_eq!(status, 200, "{told}");
    let file = format!("{address}/documents?name=a.txt");
    let (status, row) = Asking(app, secret).send(Method::POST, &file, &[], "bytes").await;
    assert_eq!(status, 201, "{row}");
    one["no"].as_str().expect("a number").to_owned()
}

/// One of each register: the last part of its address, and what the public asks with.
async fn registered(app: &Arc<App>, secret: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let words = r#"{"department":"market","title":"材料","content":"两次说法不同","complainant":{"name":"赵一"}}"#;
    let asked = r#"{"department":"market","title":"材料","content":"要什么？","asker":{"name":"赵一"}}"#;
    let rated = r#"{"department":"market","satisfaction":5,"channel":"phone","rater":{"name":"赵一"}}"#;
    for (of, body) in [("complaints", words), ("enquiries", asked), ("ratings", rated)] {
        let (status, slip) = Asking(app, secret).send(Method::POST, &format!("/api/v1/{of}"), &[], body).await;
        assert_eq!(status, 201, "{slip}");
        let no = slip["no"].as_str().expect("a number");
        if let Some(code) = slip["code"].as_str() {
            all.push((format!("public/{of}/{{no}}"), format!("public/{of}/{no}?code={code}")));
        }
        all.push((format!("v1/{of}/{{no}}"), format!("v1/{of}/{no}")));
    }
    all
}

/// A draft that says something else than its item, a provincial list, a case with a code, a link to rate it.
async fn catalogued(app: &Arc<App>, secret: &str) -> Vec<(String, String)> {
    let item = app.config.rules.catalogue.newest().find(|i| i.department == "market").expect("an item").clone();
    let li = token(app, "li", "legal_office", None, 1).await;
    let li = Asking(app, &li);
    let body = json!({ "code": item.code }).to_string();
    let (status, draft) = li.send(Method::POST, "/api/v1/item-drafts", &[], &body).await;
    assert_eq!(status, 201, "{draft}");
    let list = format!("实施编码,事项名称\n{},{}", item.code, item.name);
    let (status, list) = li.send(Method::POST, "/api/v1/item-lists", &[], &list).await;
    assert_eq!(status, 201, "{list}");
    let vendor = token(app, "codes", "vendor", Some("market"), 1).await;
    let record = json!({ "type": "apply", "case_no": "QC1", "source_key": "QC1", "data_version": 1,
        "event_time": app.clock.now().rfc3339(), "item_code": item.code, "query_code": "7788" });
    let path = "/api/v1/exchange/market/batches";
    let (status, taken) = Asking(app, &vendor).send(Method::POST, path, &[], &record.to_string()).await;
    assert_eq!((status, taken["receipts"][0]["status"].as_str()), (StatusCode::OK, Some("accepted")), "{taken}");
    let about = r#"{"department":"market","case_no":"QC1"}"#;
    let (status, link) = Asking(app, secret).send(Method::POST, "/api/v1/ratings/links", &[], about).await;
    assert_eq!(status, 201, "{link}");
    let hole = |hole: &str, with: &serde_json::Value| {
        let (before, _) = hole.split_once('{').expect("a hole");
        (hole.to_owned(), format!("{before}{}", with.as_str().expect("a word")))
    };
    vec![
        hole("item-drafts/{no}", &draft["no"]),
        hole("item-lists/{no}", &list["no"]),
        hole("ratings/{link}", &link["link"]),
    ]
}

/// A score run of a month that is final.
pub async fn stands(app: &App, run: &str, period: &str) {
    let mut life = ScoreLife::new("ming");
    life.state = RunState::Final;
    let (standard, period) = ("county-2025".to_owned(), period.to_owned());
    let life = ScoreLifeRow { run: run.to_owned(), standard, period, revision: 0, life };
    let audit = AuditEntry {
        at: app.clock.now(),
        actor: "ming".to_owned(),
        action: "score.finalise".to_owned(),
        object: run.to_owned(),
        detail: "{}".to_owned(),
    };
    app.store.keep_score_life(&life, audit, Vec::new()).await.expect("a month that stands");
}

#[tokio::test(flavor = "multi_thread")]
async fn real_answers_are_what_the_description_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    for id in ["market", "resources", "housing", "health"] {
        app.pull(id, "manual").await.expect("a run");
    }
    let a = app.score("county-2025", "2026-03", None).await.expect("a score run").id;
    let b = app.score("county-2025", "2026-02", None).await.expect("a score run").id;
    stands(app, &a, "2026-03").await;
    let secret = token(app, "reader", "supervision", None, 1).await;
    let reading = Asking(app, &secret);
    let people = token(app, "people", "security_admin", None, 1).await;
    let audit = token(app, "audit", "audit_admin", None, 1).await;
    let machine = token(app, "machine", "system_admin", None, 1).await;
    let body = r#"{"kind":"reminder","department":"market","content":"请按期反馈"}"#;
    let (status, order) = reading.send(Method::POST, "/api/v1/supervision-orders", &[], body).await;
    assert_eq!(status, 201, "{order}");
    let order = order["no"].as_str().expect("a number").to_owned();
    let inquiry = investigated(app, &secret).await;
    let (_, file) = reading.get(&format!("/api/v1/investigations/{inquiry}/documents")).await;
    let digest = file["items"][0]["digest"].as_str().expect("a file").to_owned();
    let body = r#"{"name":"一季度","population":{"from":"2026-01-01","to":"2026-03-31"},"size":3}"#;
    let (status, plan) = reading.send(Method::POST, "/api/v1/sampling-plans", &[], body).await;
    assert_eq!(status, 201, "{plan}");
    let sampling = plan["no"].as_str().expect("a number").to_owned();
    let body = r#"{"standard":"county-2025","department":"market","period":"2026-03","indicator":"G2","points":-100,"reason":"约谈","document":"约谈记录 2"}"#;
    let (status, entry) = reading.send(Method::POST, "/api/v1/manual-entries", &[], body).await;
    assert_eq!(status, 201, "{entry}");
    let entry = entry["no"].as_str().expect("a number").to_owned();
    let body = r#"{"department":"market","from":"2026-03-02","to":"2026-03-03","reason":"机房搬迁","document":"监 3"}"#;
    let (status, left_out) = reading.send(Method::POST, "/api/v1/exclusions", &[], body).await;
    assert_eq!(status, 201, "{left_out}");
    let left_out = left_out["no"].as_str().expect("a number").to_owned();
    let run = app.store.runs(None, 1, None).await.expect("runs").pop().expect("a run").id;
    let (_, cards) = reading.get("/api/v1/cards?limit=1").await;
    let department = cards["items"][0]["department"].as_str().expect("a department").to_owned();
    let no = cards["items"][0]["no"].as_str().expect("a number").to_owned();
    let case = cards["items"][0]["case_no"].as_str().expect("a case").to_owned();
    let item = app.config.rules.catalogue.newest().next().expect("an item").code.clone();
    let with_flow = app.config.rules.catalogue.newest().find(|i| i.flow.is_some()).expect("an item").code.clone();
    let row = delivery("0192", "office", "k", true);
    let plan =
        DeliveryPlan { channel: row.channel.clone(), lane: "rest".to_owned(), from: None, to: 0, rows: vec![row] };
    app.store.plan_deliveries(&plan).await.expect("a delivery");
    let mut registers = registered(app, &secret).await;
    registers.extend(catalogued(app, &secret).await);
    let refused = QuarantineFilter { limit: 1, ..QuarantineFilter::default() };
    let refused = app.store.quarantine(&refused).await.expect("quarantine").pop().expect("a record").id;
    let body = r#"{"kind":"finished","from":"2026-03-02","scope":"社会公众"}"#;
    let (status, draft) = reading.send(Method::POST, "/api/v1/publications", &[], body).await;
    assert_eq!(status, 201, "{draft}");
    let publication = draft["no"].as_str().expect("a number").to_owned();
    let handler = token(app, "handler", "handler", Some("market"), 1).await;
    let issued = CardFilter {
        department: Some("market".to_owned()),
        state: Some("issued".to_owned()),
        limit: 1,
        ..CardFilter::default()
    };
    let against = app.store.cards(&issued).await.expect("cards").pop().expect("a card").no;
    let path = format!("/api/v1/cards/{against}/appeal");
    assert_eq!(Asking(app, &handler).send(Method::POST, &path, &[], r#"{"text":"收件时间有误"}"#).await.0, 200);
    let leader = token(app, "leader", "leader", None, 1).await;
    let approval = json!({ "digest": draft["digest"] }).to_string();
    let path = format!("/api/v1/publications/{publication}/approve");
    assert_eq!(Asking(app, &leader).send(Method::POST, &path, &[], &approval).await.0, 200);
    let at_desk = crate::desk::House::new().await;
    let slip = at_desk.received(&["申请表"]).await;
    let (desk_no, desk_code) = (slip["no"].as_str().expect("a number"), slip["code"].as_str().expect("a code"));
    daylight_tests::looks::frozen_report(app, "market").await;
    let description = openapi();
    let mut asked = 0;
    for (path, methods) in description["paths"].as_object().expect("paths") {
        // The live stream never ends.
        if methods.get("get").is_none() || path == "/api/v1/events" {
            continue;
        }
        let path_of = registers.iter().fold(path.clone(), |path, (hole, real)| path.replace(hole, real));
        let real = path_of
            .replace("desk/cases/{department}/{no}", &format!("desk/cases/culture/{desk_no}"))
            .replace("public/cases/{department}/{no}", &format!("public/cases/culture/{desk_no}?code={desk_code}"))
            .replace("{department}/{case_no}", &format!("{department}/{case}"))
            .replace("{code}/flow.svg", &format!("{with_flow}/flow.svg"))
            .replace("{code}/variants", &format!("{with_flow}/variants"))
            .replace("{run}", &run)
            .replace("rules/{id}", "rules/T-02")
            .replace("quarantine/{id}", &format!("quarantine/{refused}"))
            .replace("supervision-orders/{no}", &format!("supervision-orders/{order}"))
            .replace("investigations/{no}", &format!("investigations/{inquiry}"))
            .replace("sampling-plans/{no}", &format!("sampling-plans/{sampling}"))
            .replace("manual-entries/{no}", &format!("manual-entries/{entry}"))
            .replace("exclusions/{no}", &format!("exclusions/{left_out}"))
            .replace("publications/{no}", &format!("publications/{publication}"))
            .replace("files/{name}", "files/data.json")
            .replace("gate-reports/{no}", "gate-reports/YS-market-1")
            .replace("{kind}", "cards")
            .replace("{digest}", &digest)
            .replace("{no}", &no)
            .replace("{code}", &item)
            .replace("score-runs/{id}", &format!("score-runs/{a}"))
            .replace("{other}", &b)
            .replace("{standard}/{year}", "county-2025/2026-Q1")
            .replace("{id}", "market");
        let real = if path == "/api/v1/stats" || path.contains("/exports/") {
            format!("{real}?from=2026-03-01&to=2026-03-31")
        } else if path == "/api/v1/calendar/due" {
            format!("{real}?start=2026-02-06&limit=5")
        } else {
            real
        };
        let secret = match path.as_str() {
            "/api/v1/users" | "/api/v1/tokens" => &people,
            "/api/v1/audit" | "/api/v1/audit/verify" => &audit,
            "/api/v1/deliveries" | "/api/v1/configuration" | "/api/v1/doctor" => &machine,
            "/api/v1/departments/{id}/diagnostics" => &machine,
            path if path.starts_with("/api/v1/desk/") => &at_desk.clerk,
            _ => &secret,
        };
        let its_own = path.starts_with("/api/v1/desk/") || path.starts_with("/api/v1/public/cases/");
        let app = if its_own { &at_desk.app } else { app };
        let (status, answer) = Asking(app, secret).get(&real).await;
        assert_eq!(status, 200, "{real}: {answer}");
        let Some(schema) = schema(&description, "get", path, 200) else { continue };
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        let errors: Vec<String> =
            validator.iter_errors(&answer).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{real}: {errors:#?}");
        // An item of one version differs from none before it.
        let of_one_version = path == "/api/v1/items/{code}/changes";
        if let Some(items) = answer.get("items").and_then(Value::as_array).filter(|_| !of_one_version) {
            assert!(!items.is_empty(), "{real}: a list without rows proves nothing");
        }
        asked += 1;
    }
    assert!(asked >= 24, "{asked} answers were compared");
    let body = r#"{"standard":"classic-9","period":"2026-03","department":"market","shadow":true}"#;
    let (status, answer) = reading.send(Method::POST, "/api/v1/score-runs", &[], body).await;
    assert_eq!(status, 201);
    let schema = schema(&description, "post", "/api/v1/score-runs", 201).expect("a schema");
    assert!(jsonschema::is_valid(&schema, &answer));
    // A wrong answer would be noticed.
    assert!(!jsonschema::is_valid(&schema, &json!({ "id": 1 })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_monitoring_system_sees_life_readiness_and_numbers_and_no_case() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let run = demo.app.pull("market", "manual").await.expect("a run");
    let nobody = Asking(&demo.app, "");
    assert_eq!(nobody.get("/livez").await, (StatusCode::OK, json!("ok\n")));
    let (status, text) = nobody.get("/readyz?verbose").await;
    assert_eq!(status, 200);
    assert!(text.as_str().expect("text").contains("[+] store sqlite"), "{text}");
    let (_, text) = nobody.get("/metrics").await;
    let text = text.as_str().expect("text");
    assert!(text.contains(&format!("daylight_events{{department=\"market\"}} {}", run.accepted)), "{text}");
    let (_, page) = nobody.get("/").await;
    let page = page.as_str().expect("a page");
    assert!(page.contains("市场监督管理局"));
    let cases = daylight_store::CaseFilter { limit: 50, ..Default::default() };
    for row in demo.app.store.cases(&cases).await.expect("cases") {
        assert!(!page.contains(&row.case.case_no) && !text.contains(&row.case.case_no));
    }
}
