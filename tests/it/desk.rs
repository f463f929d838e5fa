//! The desk of a department without a system of its own: from receipt to delivery by three people, what happens when a limit passes,
//! when two act at once, when the process dies between, and who may do what.

use crate::api::{Asking, token};
use axum::http::{Method, StatusCode};
use daylight::app::App;
use daylight::config::load;
use daylight::demo::place::write_sample;
use daylight::desk::DeskDeed;
use daylight::intake::page::{Prepared, read_line};
use daylight::notify::Courier;
use daylight::notify::message::Message;
use daylight::notify::template::topics;
use daylight_domain::Timestamp;
use daylight_domain::check::CheckContext;
use daylight_domain::clock::ManualClock;
use daylight_domain::desk::{Context, DeskActor, DeskCase, Receipt};
use daylight_store::{CardFilter, DeliveryFilter, DeskRecordRow, FindingFilter, QuarantineFilter, RunRow};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

const FILE: &str = "departments/culture.toml";

fn t(text: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-{text}+08:00")).expect("a time")
}

/// Changes a file of the configuration.
fn edit(config: &Path, file: &str, from: &str, to: &str) {
    let path = config.join(file);
    let text = std::fs::read_to_string(&path).expect("a file");
    assert!(text.contains(from), "{file} has no {from}");
    std::fs::write(&path, text.replacen(from, to, 1)).expect("written");
}

/// 文旅 works at the desk; nobody else's source is pulled.
fn at_the_desk(config: &Path) {
    edit(config, FILE, "phase = \"planned\"", "phase = \"live\"\nsupervised_since = \"2026-01-01\"");
}

async fn open(config: &Path, clock: &Arc<ManualClock>) -> Arc<App> {
    let loaded = load(config, t("03-02T10:00:00")).expect("configuration");
    App::open(loaded, clock.clone()).await.expect("an appliance")
}

/// What the domain judges an act by, at ten o'clock.
fn context(app: &App) -> Context<'_> {
    Context {
        now: t("03-02T10:00:00"),
        calendar: &app.config.rules.calendar,
        due: None,
        correction_days: 10,
        tolerance_days: 10,
        asked: "",
        remedies: "行政复议、行政诉讼",
    }
}

/// A county with one department at the desk, and its people.
pub struct House {
    pub app: Arc<App>,
    pub clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
    /// At the window.
    pub clerk: String,
    /// Handles.
    handler: String,
    /// In charge.
    leader: String,
}

impl House {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("config");
        write_sample(&config).expect("a sample");
        at_the_desk(&config);
        Self::open(folder, Arc::new(ManualClock::at(t("03-02T10:00:00")))).await
    }

    async fn open(folder: tempfile::TempDir, clock: Arc<ManualClock>) -> Self {
        let app = open(&folder.path().join("config"), &clock).await;
        Self {
            clerk: token(&app, "jia", "clerk", Some("culture"), 365).await,
            handler: token(&app, "yi", "handler", Some("culture"), 365).await,
            leader: token(&app, "bing", "department_leader", Some("culture"), 365).await,
            app,
            clock,
            folder,
        }
    }

    async fn post(&self, secret: &str, path: &str, words: Value) -> (StatusCode, Value) {
        Asking(&self.app, secret).send(Method::POST, &format!("/api/v1/{path}"), &[], &words.to_string()).await
    }

    async fn get(&self, secret: &str, path: &str) -> (StatusCode, Value) {
        Asking(&self.app, secret).get(&format!("/api/v1/{path}")).await
    }

    pub async fn received(&self, materials: &[&str]) -> Value {
        let (status, answer) = self.post(&self.clerk, "desk/cases", receipt(materials)).await;
        assert_eq!(status, 201, "{answer}");
        answer
    }

    async fn version(&self, no: &str) -> i64 {
        let (_, view) = self.get(&self.leader, &format!("desk/cases/culture/{no}")).await;
        view["version"].as_i64().unwrap_or_else(|| panic!("{view}"))
    }

    /// Does an act at the version there is.
    async fn tried(&self, secret: &str, no: &str, act: &str, mut words: Value) -> (StatusCode, Value) {
        words["version"] = self.version(no).await.into();
        self.post(secret, &format!("desk/cases/culture/{no}/{act}"), words).await
    }

    async fn act(&self, secret: &str, no: &str, act: &str, words: Value) -> Value {
        let (status, answer) = self.tried(secret, no, act, words).await;
        assert!(status.is_success(), "{act}: {status} {answer}");
        assert_eq!(answer["refused"], json!([]), "{act}");
        answer
    }

    async fn records(&self, no: &str) -> Vec<DeskRecordRow> {
        self.app.store.desk_records("culture", no).await.expect("records")
    }
}

fn receipt(materials: &[&str]) -> Value {
    let lines: Vec<Value> = materials.iter().map(|name| json!({ "name": name, "state": "received" })).collect();
    json!({
        "item_code": "CL-0101", "title": "古田山音乐会", "window": "文旅 1 号窗口", "queue_no": "A017",
        "applicant": {
            "kind": "natural", "name": "赵一", "id_type": "111", "id_no": "11010519491231002X", "phone": "13800001234",
            "agent": { "name": "钱二", "phone": "13900004321" },
        },
        "materials": lines,
    })
}

const ALL: &[&str] = &["申请表", "主体资格证明"];

fn code(answer: &(StatusCode, Value)) -> (u16, &str) {
    (answer.0.as_u16(), answer.1["code"].as_str().unwrap_or(""))
}

#[tokio::test(flavor = "multi_thread")]
async fn from_receipt_to_delivery_by_three_people() {
    let house = House::new().await;
    let slip = house.received(ALL).await;
    let (no, secret) = (slip["no"].as_str().expect("a number"), slip["code"].as_str().expect("a code"));
    assert_eq!(no, "culture-2026-000001");
    assert_eq!(slip["papers"][0]["no"], "开文旅收〔2026〕1号");
    house.act(&house.clerk, no, "accept", json!({})).await;
    let (_, queue) = house.get(&house.handler, "desk/queue?free=true").await;
    assert_eq!(queue["items"][0]["work"]["name"], "承办", "{queue}");
    assert_eq!(queue["items"][0]["left_days"], 1, "{queue}");
    assert_eq!(queue["items"][0]["case"]["applicant"], "赵**", "{queue}");
    house.act(&house.handler, no, "hand-over", json!({ "to": "yi" })).await;
    let (_, mine) = house.get(&house.handler, "desk/queue?mine=true").await;
    assert_eq!(mine["items"].as_array().map(Vec::len), Some(1), "{mine}");
    assert_eq!(mine["items"][0]["left_days"], 1, "who takes it changes nothing of when it is due: {mine}");
    let other = house.tried(&house.clerk, no, "pass", json!({ "opinion": "同意" })).await;
    assert_eq!(code(&other), (409, "desk.assigned"), "{}", other.1);
    house.act(&house.handler, no, "pass", json!({ "opinion": "材料属实" })).await;
    let early = house.tried(&house.leader, no, "decide", json!({ "granted": true, "reason": "" })).await;
    assert_eq!(code(&early), (409, "desk.mandatory"), "{}", early.1);
    house.clock.set(t("03-03T09:00:00"));
    house.act(&house.clerk, no, "pass", json!({ "opinion": "同意" })).await;
    let clerk = house.tried(&house.handler, no, "pass", json!({ "opinion": "同意" })).await;
    assert_eq!(code(&clerk), (403, "desk.leader"), "批准 is for the leader: {}", clerk.1);
    house.act(&house.leader, no, "pass", json!({ "opinion": "批准" })).await;
    house.act(&house.leader, no, "decide", json!({ "granted": true, "reason": "符合条件" })).await;
    house.act(&house.clerk, no, "finish", json!({})).await;
    let public = format!("public/cases/culture/{no}?code={secret}");
    let (status, progress) = house.get("", &public).await;
    assert_eq!(
        (status.as_u16(), progress["state"].as_str(), progress["reply"].as_str()),
        (200, Some("finished"), Some("准予"))
    );
    assert!(!progress.to_string().contains("赵"), "{progress}");
    let wrong = house.get("", &format!("public/cases/culture/{no}?code=AAAAAAAAAA")).await;
    assert_eq!(code(&wrong), (404, "public.code"));
    house.act(&house.clerk, no, "deliver", json!({ "mode": "窗口领取", "collector": "钱二" })).await;
    let link = house.act(&house.clerk, no, "rate", json!({})).await["link"].as_str().expect("a link").to_owned();
    let again = house.tried(&house.clerk, no, "rate", json!({})).await;
    assert_eq!(code(&again), (409, "desk.rated"), "{}", again.1);
    let rated = house.post("", "public/ratings", json!({ "link": link, "satisfaction": 1 })).await;
    assert_eq!(rated.0, 201, "{}", rated.1);

    // What the desk reported is a case like every other's.
    let (_, case) = house.get(&house.leader, &format!("cases/culture/{no}")).await;
    assert_eq!(case["case"]["state"], "delivered", "{case}");
    assert_eq!(case["case"]["accept_doc_no"], "开文旅受〔2026〕1号");
    assert_eq!(case["findings"], json!([]), "{case}");
    let (_, path) = house.get(&house.leader, &format!("cases/culture/{no}/path")).await;
    assert_eq!(path["replay"]["strayed"].as_array().map_or(0, Vec::len), 0, "{path}");
    let records = house.records(no).await;
    assert!(records.len() >= 13, "{}", records.len());
    for record in &records {
        assert!(record.receipt.as_deref().is_some_and(|r| r.contains("\"accepted\"")), "{record:?}");
    }
    assert_eq!(
        house.app.store.quarantine(&QuarantineFilter { limit: 9, ..Default::default() }).await.expect("rows"),
        []
    );
    assert!(house.app.store.verify_ledger("culture").await.expect("a report").verified);
    assert!(house.app.rederive("test").await.expect("a proof").good());
    let events = house.app.store.case_events("culture", no).await.expect("events");
    assert!(events.iter().all(|e| !e.payload.contains("13800001234")), "a telephone stays at the desk");

    // Who is shown in clear is said why, and kept; papers bear their numbers without a gap.
    let (_, masked) = house.get(&house.clerk, &format!("desk/cases/culture/{no}")).await;
    for personal in ["赵一", "钱二", "11010519491231002X", "13800001234"] {
        assert!(!masked.to_string().contains(personal), "{personal}");
    }
    let clear = format!("desk/cases/culture/{no}?reason=%E7%94%B5%E8%AF%9D%E9%80%9A%E7%9F%A5%E9%A2%86%E8%AF%81");
    let (_, clear) = house.get(&house.clerk, &clear).await;
    assert_eq!(clear["case"]["applicant"]["name"], "赵一");
    assert_eq!(clear["case"]["code"], Value::Null, "nobody needs what is kept of the code");
    let audit = house.app.store.audit_rows(200, None).await.expect("rows");
    assert!(audit.iter().any(|row| row.entry.action == "personal.open"));
    assert!(audit.iter().any(|row| row.entry.action == "desk.decide" && row.entry.object == format!("culture/{no}")));
    let (_, numbers) = house.get(&house.clerk, "desk/numbers").await;
    assert_eq!(numbers["gaps"], json!([]), "{numbers}");
    assert!(numbers["items"].as_array().is_some_and(|all| all.len() == 5), "case, 收, 受, 准, 送: {numbers}");
    let (_, found) = house.get(&house.clerk, "desk/cases?applicant=%E8%B5%B5%E4%B8%80&state=delivered").await;
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1), "{found}");
    let (_, none) = house.get(&house.clerk, "desk/cases?applicant=%E8%B5%B5").await;
    assert_eq!(none["items"], json!([]), "half a name finds nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_comes_when_nobody_goes_on() {
    let house = House::new().await;
    let no = house.received(ALL).await["no"].as_str().expect("a number").to_owned();
    house.act(&house.clerk, &no, "accept", json!({})).await;
    let cards = async || {
        let filter = CardFilter { case_no: Some(no.clone()), limit: 100, ..CardFilter::default() };
        let all = house.app.store.cards(&filter).await.expect("cards");
        all.into_iter().map(|c| c.rule).collect::<Vec<_>>()
    };
    assert_eq!(cards().await, [""; 0]);
    // Three working days after the 2nd of March end with the 5th.
    house.clock.set(t("03-05T23:59:00"));
    house.app.fire_due().await.expect("fired");
    assert!(!cards().await.contains(&"T-02".to_owned()), "{:?}", cards().await);
    let (_, queue) = house.get(&house.handler, "desk/queue").await;
    assert_eq!(queue["items"][0]["left_days"], -2, "承办 had one day: {queue}");
    house.clock.set(t("03-06T00:00:00"));
    house.app.fire_due().await.expect("fired");
    assert!(cards().await.contains(&"T-02".to_owned()), "{:?}", cards().await);
    // Nobody comes by for days: a desk is no source that could fall silent.
    house.clock.set(t("03-20T10:00:00"));
    house.app.look_at_sources().await.expect("a round");
    let filter = FindingFilter { rule: Some("U-01".to_owned()), limit: 9, ..FindingFilter::default() };
    assert_eq!(house.app.store.findings(&filter).await.expect("findings"), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_act_at_once_never_overwrite_each_other() {
    let house = House::new().await;
    let no = house.received(&["申请表"]).await["no"].as_str().expect("a number").to_owned();
    let path = format!("desk/cases/culture/{no}");
    let correct = json!({ "version": 1, "items": ["签字"] });
    let withdraw = json!({ "version": 1, "reason": "不办了" });
    let accept = json!({ "version": 1, "promised": true });
    let [first, second, third] = ["correct", "withdraw", "accept"].map(|act| format!("{path}/{act}"));
    let (a, b, c) = tokio::join!(
        house.post(&house.clerk, &first, correct),
        house.post(&house.handler, &second, withdraw),
        house.post(&house.leader, &third, accept),
    );
    let all = [a, b, c];
    assert_eq!(all.iter().filter(|one| one.0 == 200).count(), 1, "{all:?}");
    for lost in all.iter().filter(|one| one.0 != 200) {
        assert_eq!(code(lost), (409, "desk.stale"), "{}", lost.1);
        let detail = lost.1["detail"].as_str().expect("words");
        let (name, act) = [("jia", "补正告知"), ("yi", "撤回"), ("bing", "受理")]
            .into_iter()
            .find(|(name, _)| detail.contains(name))
            .unwrap_or_else(|| panic!("{detail}"));
        assert!(detail.contains(act) && detail.contains("03-02 10:00"), "who did what when: {name}: {detail}");
    }
    assert_eq!(house.version(&no).await, 2);
    let (_, view) = house.get(&house.leader, &path).await;
    assert_eq!(view["case"]["history"].as_array().map(Vec::len), Some(2), "{view}");

    // Many receipts at once: each has a number of its own, and none is left out.
    let receipts = (0..12).map(|_| house.post(&house.clerk, "desk/cases", receipt(ALL)));
    let made = futures::future::join_all(receipts).await;
    let mut numbers: Vec<&str> = made.iter().map(|(_, answer)| answer["no"].as_str().expect("a number")).collect();
    numbers.sort_unstable();
    let expected: Vec<String> = (2..14).map(|n| format!("culture-2026-{n:06}")).collect();
    assert_eq!(numbers, expected);

    // The same receipt sent twice under one key is one case; its code is shown once.
    let key = [("idempotency-key", "receipt-1")];
    let body = receipt(ALL).to_string();
    let clerk = Asking(&house.app, &house.clerk);
    let (_, first) = clerk.send(Method::POST, "/api/v1/desk/cases", &key, &body).await;
    let (_, second) = clerk.send(Method::POST, "/api/v1/desk/cases", &key, &body).await;
    assert_eq!(first["no"], second["no"]);
    assert!(first["code"].is_string() && second["code"].is_null(), "{second}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_is_reported_although_the_process_died() {
    let house = House::new().await;
    let by = DeskActor { user: "jia", department: "culture", leader: false };
    let said: Receipt = serde_json::from_value(receipt(ALL)).expect("a receipt");
    let item = house.app.config.rules.catalogue.at("CL-0101", t("03-02T10:00:00").date()).expect("an item").clone();
    let context = context(&house.app);
    let outcome = DeskCase::receive(&said, &item, by, &context).expect("an outcome");
    let deed = |outcome, act, seen| vec![DeskDeed { outcome, act, seen, messages: Vec::new() }];
    let kept = house.app.desk_keep(deed(outcome, "receive", None), by).await.expect("kept").remove(0);
    let no = kept.case.no.clone();
    assert_eq!(house.app.store.case("culture", &no).await.expect("read"), None, "not taken in yet");

    // It dies here. What was kept is there, and is taken in by the next start.
    house.app.close().await;
    let config = house.folder.path().join("config");
    let app = open(&config, &house.clock).await;
    assert_eq!(app.desk_take_all().await.expect("taken"), 4, "apply, receive and two materials");
    assert_eq!(app.desk_take_all().await.expect("taken"), 0, "once");
    let row = app.store.case("culture", &no).await.expect("read").expect("a case");
    assert_eq!((row.case.state.as_str(), row.case.events), ("received", 4));

    // It dies after they were taken in and before that was noted: they are known, nothing is there twice.
    let accept = serde_json::from_value(json!({ "act": "accept" })).expect("an act");
    let outcome =
        kept.case.act(&accept, by, &Context { calendar: &app.config.rules.calendar, ..context }).expect("accepted");
    app.desk_keep(deed(outcome, "accept", Some(1)), by).await.expect("kept");
    let pending = app.store.desk_pending("culture", 100).await.expect("pending");
    let check = CheckContext {
        catalogue: &app.config.rules.catalogue,
        department: "culture",
        received: t("03-02T10:00:00"),
        future_tolerance_ms: 0,
    };
    let lines = pending.iter().map(|row| read_line(&row.body, &check)).collect();
    let page = Prepared::new(lines, app.config.rules.algorithm);
    let sender = app.sender(app.department("culture").expect("a department")).await.expect("a sender");
    app.take(
        &sender,
        &page,
        None,
        RunRow { id: "r".to_owned(), department: "culture".to_owned(), ..RunRow::default() },
        true,
    )
    .await
    .expect("taken in");
    let before = app.store.case_events("culture", &no).await.expect("events").len();
    app.close().await;
    let app = open(&config, &house.clock).await;
    assert_eq!(app.desk_take_all().await.expect("taken"), 2, "accept and the first step");
    let events = app.store.case_events("culture", &no).await.expect("events");
    assert_eq!(events.len(), before, "nothing is twice");
    let records = app.store.desk_records("culture", &no).await.expect("records");
    assert!(records.iter().all(|r| r.receipt.is_some()));
    assert!(app.store.verify_ledger("culture").await.expect("a report").verified);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_entered_twice() {
    let house = House::new().await;
    let handler = token(&house.app, "market", "handler", Some("market"), 1).await;
    let refused = house.post(&handler, "desk/cases", receipt(ALL)).await;
    assert_eq!(code(&refused), (409, "desk.connector"), "{}", refused.1);
    let labour = token(&house.app, "labour", "clerk", Some("labour"), 1).await;
    assert_eq!(code(&house.post(&labour, "desk/cases", receipt(ALL)).await), (409, "desk.off"));
    let push = token(&house.app, "push", "vendor", Some("culture"), 1).await;
    let record = json!([{ "type": "heartbeat", "event_time": "2026-03-02T10:00:00+08:00", "source_key": "h" }]);
    let refused = house.post(&push, "exchange/culture/batches", record).await;
    assert_eq!(code(&refused), (409, "push.desk"), "{}", refused.1);
    let no = house.received(ALL).await["no"].as_str().expect("a number").to_owned();
    for (secret, path) in
        [(&handler, format!("desk/cases/culture/{no}")), (&labour, format!("desk/cases/culture/{no}"))]
    {
        assert_eq!(code(&house.get(secret, &path).await), (404, "desk.unknown"), "another department's");
    }
    let centre = token(&house.app, "centre", "service_centre", None, 1).await;
    assert_eq!(code(&house.get(&centre, "desk/queue").await), (403, "auth.scope"));
    let vendor = house.post(&push, "desk/cases", receipt(ALL)).await;
    assert_eq!(code(&vendor), (403, "auth.scope"));

    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    edit(&config, FILE, "word = \"开文旅\"", "word = \"\"");
    edit(&config, FILE, "paper_no = \"{word}{kind}", "paper_no = \"{word}{sort}");
    edit(&config, FILE, "phase = \"planned\"", "phase = \"planned\"\nconnector = \"rest-json\"");
    let problems = load(&config, t("03-02T10:00:00")).expect_err("problems");
    for (code, key) in [("desk.connector", "desk"), ("desk.pattern", "paper_no"), ("desk.word", "desk")] {
        let one = problems.iter().find(|p| p.code == code).unwrap_or_else(|| panic!("no {code}"));
        let place = one.place.as_ref().expect("a place");
        let text = std::fs::read_to_string(&place.file).expect("a file");
        let line = text.lines().nth(place.line - 1).unwrap_or("");
        assert!(place.file.ends_with(FILE) && line.contains(key), "{code} stands at {line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn others_are_asked_and_work_is_handed_over() {
    let house = House::new().await;
    let second = token(&house.app, "ding", "handler", Some("culture"), 1).await;
    let asked = token(&house.app, "wei", "handler", Some("health"), 1).await;
    let slip = house.received(ALL).await;
    let words = |name: &str| slip[name].as_str().expect("words").to_owned();
    let (no, old) = (words("no"), words("code"));
    house.act(&house.clerk, &no, "accept", json!({})).await;
    let nobody = house.tried(&house.clerk, &no, "hand-over", json!({ "to": "没有人" })).await;
    assert_eq!(code(&nobody), (400, "desk.person"), "{}", nobody.1);
    house.act(&house.handler, &no, "hand-over", json!({ "to": "yi" })).await;
    let stranger = house.post(&second, "desk/hand-over", json!({ "from": "yi", "to": "ding" })).await;
    assert_eq!(code(&stranger), (409, "desk.assigned"), "{}", stranger.1);
    let over = json!({ "from": "yi", "to": "ding", "reason": "住院" });
    let (status, moved) = house.post(&house.leader, "desk/hand-over", over).await;
    assert_eq!((status.as_u16(), &moved["cases"]), (200, &json!([no])), "{moved}");

    let words = json!({ "department": "health", "content": "场所卫生条件", "reply_by": "2026-03-06" });
    house.act(&second, &no, "ask", words).await;
    let (_, queue) = house.get(&asked, "desk/queue").await;
    assert_eq!(queue["items"][0]["work"]["kind"], "joint", "{queue}");
    let (_, seen) = house.get(&asked, &format!("desk/cases/culture/{no}")).await;
    assert_eq!((&seen["acts"], &seen["papers"]), (&json!(["answer"]), &json!([])), "{seen}");
    assert!(!seen.to_string().contains("赵一"));
    // A reason shows them nobody, so nothing is said to have been opened.
    let (_, seen) = house.get(&asked, &format!("desk/cases/culture/{no}?reason=nothing")).await;
    let audit = house.app.store.audit_rows(200, None).await.expect("rows");
    assert!(!seen.to_string().contains("赵一") && audit.iter().all(|row| row.entry.action != "personal.open"));
    let foreign = house.tried(&asked, &no, "pass", json!({ "opinion": "同意" })).await;
    assert_eq!(code(&foreign), (400, "desk.joint"), "{}", foreign.1);
    // What the asked department's own system reports of it is found from both sides.
    let file = house.folder.path().join("part.ndjson");
    let part = json!({
        "type": "apply", "case_no": "WS-7", "source_key": "WS-7", "item_code": "HL-0101", "event_time": "2026-03-02T10:00:00+08:00",
        "parent_case_no": no, "expected_reply_by": "2026-03-06",
    });
    std::fs::write(&file, part.to_string()).expect("written");
    house.app.import("health", &file, &mut |_, _, _| {}).await.expect("imported");
    for path in [format!("cases/culture/{no}"), format!("desk/cases/culture/{no}")] {
        let (_, main) = house.get(&house.handler, &path).await;
        assert_eq!((&main["parts"][0]["department"], &main["parts"][0]["case_no"]), (&json!("health"), &json!("WS-7")));
    }
    let (_, reported) = house.get(&asked, "cases/health/WS-7").await;
    assert_eq!(
        reported["main"],
        json!([{ "department": "culture", "case_no": no, "state": "processing",
        "expected_reply_by": null, "finished_at": null }]),
        "{reported}"
    );
    let step = house.act(&second, &no, "pass", json!({ "opinion": "属实" })).await;
    assert_eq!(step["state"], "processing");
    house.act(&house.clerk, &no, "pass", json!({ "opinion": "同意" })).await;
    house.act(&house.leader, &no, "pass", json!({ "opinion": "批准" })).await;
    let early = house.tried(&house.leader, &no, "decide", json!({ "granted": true, "reason": "" })).await;
    assert_eq!(code(&early), (400, "desk.joint"), "{}", early.1);
    let answer = json!({ "key": 1, "opinion": "条件合格", "agrees": true });
    house.act(&asked, &no, "answer", answer).await;

    // A lost code is given out anew: the old one is void, the reason is kept.
    let lost = house.tried(&house.clerk, &no, "new-code", json!({ "reason": "" })).await;
    assert_eq!(code(&lost), (400, "desk.words"), "{}", lost.1);
    let fresh = house.act(&house.clerk, &no, "new-code", json!({ "reason": "申请人遗失凭证" })).await;
    assert!(fresh["code"].as_str().is_some_and(|code| code.len() == 10 && code != old), "{fresh}");
    let kept = house.app.store.desk_case("culture", &no).await.expect("read").expect("a case");
    let kept: DeskCase = serde_json::from_str(&kept.body).expect("a case");
    let fits = |code: &str| kept.code.as_ref().is_some_and(|kept| kept.fits(code));
    assert!(!fits(&old) && fits(fresh["code"].as_str().expect("a code")));
    assert!(kept.history.iter().any(|h| h.act == "ask" && h.text.starts_with("卫生健康局：")), "{:?}", kept.history);

    // Something else was asked and allowed since: papers carry the reason of the void all the same.
    house.act(&house.clerk, &no, "ask-void", json!({ "reason": "点错" })).await;
    house.act(&house.clerk, &no, "unask-approval", json!({ "key": 1, "reason": "不作废" })).await;

    // Voided by somebody else than who asked: its papers are void, their numbers stay seen.
    house.act(&house.clerk, &no, "ask-void", json!({ "reason": "重复收件" })).await;
    house.act(&second, &no, "ask-extension", json!({ "days": 2, "reason": "情况复杂" })).await;
    let same = house.tried(&house.clerk, &no, "allow", json!({ "key": 2, "allowed": true })).await;
    assert_eq!(code(&same), (403, "desk.same-person"), "{}", same.1);
    house.act(&house.leader, &no, "allow", json!({ "key": 3, "allowed": true })).await;
    house.act(&house.leader, &no, "allow", json!({ "key": 2, "allowed": true })).await;
    let papers = house.app.store.desk_papers("culture", &no).await.expect("papers");
    assert!(!papers.is_empty() && papers.iter().all(|p| p.void.as_ref().is_some_and(|v| v.reason == "重复收件")));
    let row = house.app.store.case("culture", &no).await.expect("read").expect("a case");
    assert_eq!(row.case.state.as_str(), "voided");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_day_is_closed_and_what_did_not_arrive_is_seen() {
    let house = House::new().await;
    house.received(ALL).await;
    let closed = async |at: &str| {
        house.clock.set(t(at));
        let n = house.app.desk_close_days().await.expect("closed");
        house.app.desk_take_all().await.expect("taken");
        n
    };
    let days = async || {
        let all = house.app.store.reconciliations(Some("culture"), 100).await.expect("days");
        all.into_iter().map(|r| (r.date.clone(), r)).collect::<std::collections::BTreeMap<_, _>>()
    };
    assert_eq!(closed("03-03T00:09:59").await, 0, "what was begun before midnight may still come");
    assert_eq!(closed("03-03T00:10:00").await, 1);
    assert_eq!(closed("03-03T12:00:00").await, 0, "once");
    let first = days().await["2026-03-02"].clone();
    let told = [("apply", 1), ("material", 2), ("receive", 1)].map(|(kind, n)| (kind.to_owned(), n));
    assert_eq!((first.declared, first.counted, first.matches), (told.clone().into(), told.into(), true));

    // Over the weekend only working days, those without a record too.
    assert_eq!(closed("03-09T09:00:00").await, 4, "Tuesday to Friday");
    let all = days().await;
    assert_eq!(all.len(), 5, "{:?}", all.keys());
    assert!(all.values().all(|day| day.matches) && all["2026-03-06"].declared.is_empty());

    // A record that intake does not take is told of by the close of its day, and the difference is a finding.
    let body = json!({ "type": "step", "case_no": "culture-2026-000001", "source_key": "x", "event_time": "2026-03-09T09:00:00+08:00" });
    let lost = DeskRecordRow {
        seq: 0,
        case_no: "culture-2026-000001".to_owned(),
        kind: "step".to_owned(),
        source_key: "x".to_owned(),
        data_version: 1,
        at: t("03-09T09:00:00"),
        body: body.to_string(),
        receipt: None,
    };
    house.app.store.add_desk_records("culture", &[lost]).await.expect("added");
    house.received(ALL).await;
    assert_eq!(closed("03-10T09:00:00").await, 1);
    let day = days().await["2026-03-09"].clone();
    assert!(!day.matches && day.declared["step"] == 1 && day.counted["apply"] == 1, "{day:?}");
    house.app.look_at_everything().await.expect("a round");
    let filter = FindingFilter { rule: Some("D-15".to_owned()), limit: 9, ..FindingFilter::default() };
    let found = house.app.store.findings(&filter).await.expect("findings");
    let said: Vec<String> = found.into_iter().map(|f| f.finding.object_id).collect();
    assert_eq!(said, ["culture/2026-03-09"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_asks_a_desk_for_its_days_as_any_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    edit(&config, FILE, "phase = \"planned\"", "phase = \"trial\"\nsupervised_since = \"2026-01-01\"");
    let house = House::open(folder, Arc::new(ManualClock::at(t("03-02T10:00:00")))).await;
    house.received(ALL).await;
    let reconciled = async || {
        let gate = house.app.gate("culture").await.expect("a gate");
        let one = gate.conditions.into_iter().find(|c| c.code == "reconciled").expect("a condition");
        (one.numbers, one.met)
    };
    assert_eq!(reconciled().await, (Some((0, 0)), None), "no day was closed yet");
    house.clock.set(t("03-04T09:00:00"));
    house.app.desk_close_days().await.expect("closed");
    house.app.desk_take_all().await.expect("taken");
    assert_eq!(reconciled().await, (Some((2, 2)), Some(true)));
}

/// The departments that are asked, each at a desk of its own.
const ASKED: [&str; 3] = ["ecology", "labour", "transport"];

impl House {
    /// 文旅 leads, three others are at the desk too.
    async fn of_four() -> (Self, String) {
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("config");
        write_sample(&config).expect("a sample");
        at_the_desk(&config);
        for id in ASKED {
            let file = format!("departments/{id}.toml");
            edit(&config, &file, "phase = \"planned\"", "phase = \"live\"\nsupervised_since = \"2026-01-01\"");
            let path = config.join(&file);
            let text = std::fs::read_to_string(&path).expect("a file");
            std::fs::write(&path, format!("{text}\n[desk]\nword = \"开{id}\"\n")).expect("written");
        }
        let clock = Arc::new(ManualClock::at(t("03-02T10:00:00")));
        let house = Self::open(folder, clock).await;
        let no = house.received(ALL).await["no"].as_str().expect("a number").to_owned();
        house.act(&house.clerk, &no, "accept", json!({})).await;
        (house, no)
    }

    async fn at(
        &self,
        secret: &str,
        (department, no): (&str, &str),
        act: &str,
        mut words: Value,
    ) -> (StatusCode, Value) {
        let path = format!("desk/cases/{department}/{no}");
        words["version"] = self.get(secret, &path).await.1["version"].clone();
        self.post(secret, &format!("{path}/{act}"), words).await
    }

    /// Asks a department, and gives the number of its part.
    async fn ask(&self, no: &str, department: &str, reply_by: &str) -> String {
        let words = json!({ "department": department, "content": "场所条件", "reply_by": reply_by });
        self.act(&self.handler, no, "ask", words).await;
        let (_, view) = self.get(&self.handler, &format!("desk/cases/culture/{no}")).await;
        let asked = view["case"]["joint"].as_array().expect("requests").iter().rev();
        let part = asked.into_iter().find(|j| j["department"] == department).map(|j| j["part"].clone());
        part.as_ref().and_then(Value::as_str).unwrap_or_else(|| panic!("no part: {view}")).to_owned()
    }

    async fn cards(&self) -> Vec<(String, Option<String>, String, Timestamp)> {
        let filter = CardFilter { limit: 100, ..CardFilter::default() };
        let all = self.app.store.cards(&filter).await.expect("cards");
        all.into_iter().map(|c| (c.department, c.case_no, c.rule, c.created_at)).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_departments_are_asked_and_the_late_one_gets_the_card() {
    let (house, no) = House::of_four().await;
    let [ecology, labour, transport] = {
        let mut people = Vec::new();
        for id in ASKED {
            people.push(token(&house.app, &format!("hui-{id}"), "handler", Some(id), 365).await);
        }
        <[String; 3]>::try_from(people).expect("three")
    };
    let late = house.ask(&no, "ecology", "2026-03-04").await;
    let agrees = house.ask(&no, "labour", "2026-03-04").await;
    let back = house.ask(&no, "transport", "2026-03-04").await;
    assert_eq!([&late, &agrees, &back], ["ecology-2026-000001", "labour-2026-000001", "transport-2026-000001"]);

    // It waits there with its own countdown, once, and nobody learns who applied.
    let (_, queue) = house.get(&labour, "desk/queue").await;
    let items = queue["items"].as_array().expect("work");
    assert_eq!(items.len(), 1, "{queue}");
    assert_eq!(
        (&items[0]["case"]["no"], &items[0]["left_days"], &items[0]["work"]["kind"]),
        (&json!(agrees), &json!(2), &json!("joint"))
    );
    let place = format!("desk/cases/labour/{agrees}");
    let (_, part) = house.get(&labour, &place).await;
    assert_eq!(part["acts"], json!(["answer", "hand-over"]));
    assert_eq!((&part["case"]["part"]["case_no"], &part["case"]["part"]["content"]), (&json!(no), &json!("场所条件")));
    let (_, seen) = house.get(&labour, &format!("{place}?reason=%E6%A0%B8%E5%AE%9E")).await;
    assert!(!seen.to_string().contains("赵一") && seen["case"]["applicant"]["name"] == "赵**", "{seen}");
    assert_eq!(house.get(&house.clerk, &place).await.0, 200, "the lead sees how it stands");
    assert_eq!(house.get(&ecology, &place).await.0, 404, "others do not");
    let foreign =
        house.at(&house.leader, ("labour", &agrees), "answer", json!({ "opinion": "x", "agrees": true })).await;
    assert_eq!(code(&foreign), (400, "desk.joint"), "{}", foreign.1);
    let wrong = house.at(&labour, ("labour", &agrees), "decide", json!({ "granted": true, "reason": "" })).await;
    assert_eq!(code(&wrong), (400, "desk.joint"), "{}", wrong.1);

    // The exchange records of that department say it: a case with a main case and a day, and no application of its own.
    let row = house.app.store.case("labour", &agrees).await.expect("read").expect("a case");
    assert_eq!((row.case.parent_case_no.as_deref(), row.case.item_code.as_str()), (Some(no.as_str()), "CL-0101"));
    assert_eq!(row.case.expected_reply_by.map(|d| d.to_string()).as_deref(), Some("2026-03-04"));

    // Handed over, only its holder answers; the answer stands in the main case, and the part is over.
    let over = house.at(&labour, ("labour", &agrees), "hand-over", json!({ "to": "hui-labour" })).await;
    assert_eq!(over.0, 200, "{}", over.1);
    let colleague = token(&house.app, "tong", "handler", Some("labour"), 1).await;
    let answer = json!({ "opinion": "符合条件", "agrees": true });
    let other = house.at(&colleague, ("labour", &agrees), "answer", answer.clone()).await;
    assert_eq!(code(&other), (409, "desk.assigned"), "{}", other.1);
    let (status, done) = house.at(&labour, ("labour", &agrees), "answer", answer.clone()).await;
    assert_eq!((status.as_u16(), &done["state"], &done["no"]), (200, &json!("finished"), &json!(agrees)), "{done}");
    let twice = house.at(&labour, ("labour", &agrees), "answer", answer).await;
    assert_eq!(code(&twice), (400, "desk.joint"), "{}", twice.1);
    let (_, main) = house.get(&house.handler, &format!("desk/cases/culture/{no}")).await;
    assert_eq!(
        (&main["case"]["joint"][1]["opinion"], &main["case"]["joint"][1]["agrees"]),
        (&json!("符合条件"), &json!(true))
    );

    // Taken back by the lead, it waits nowhere any more.
    house.act(&house.handler, &no, "unask-joint", json!({ "key": 3, "reason": "不涉及道路" })).await;
    let (_, part) = house.get(&transport, &format!("desk/cases/transport/{back}")).await;
    assert_eq!((&part["case"]["state"], &part["acts"]), (&json!("withdrawn"), &json!([])), "{part}");
    assert_eq!(house.get(&transport, "desk/queue").await.1["items"], json!([]));

    // The main case goes on, and cannot be decided while one has not answered.
    house.act(&house.handler, &no, "pass", json!({ "opinion": "材料属实" })).await;
    house.act(&house.clerk, &no, "pass", json!({ "opinion": "同意" })).await;
    house.act(&house.leader, &no, "pass", json!({ "opinion": "批准" })).await;
    let early = house.tried(&house.leader, &no, "decide", json!({ "granted": true, "reason": "" })).await;
    assert_eq!(code(&early), (400, "desk.joint"), "{}", early.1);

    // The day passes: exactly the one that has not answered gets the card, as of that instant.
    house.clock.set(t("03-04T23:59:00"));
    house.app.fire_due().await.expect("fired");
    assert!(house.cards().await.iter().all(|c| c.2 != "T-14"), "{:?}", house.cards().await);
    house.clock.set(t("03-05T00:00:00"));
    house.app.fire_due().await.expect("fired");
    let cards: Vec<_> = house.cards().await.into_iter().filter(|c| c.2 == "T-14").collect();
    assert_eq!(cards, [("ecology".to_owned(), Some(late.clone()), "T-14".to_owned(), t("03-05T00:00:00"))]);

    // Late or not, the answer counts: then the lead decides and finishes.
    house.clock.set(t("03-05T09:00:00"));
    let answer = json!({ "key": 1, "opinion": "噪声须控制", "agrees": false });
    let (status, done) = house.at(&ecology, ("culture", &no), "answer", answer).await;
    assert_eq!(status, 200, "given in the main case, as before: {done}");
    let (_, part) = house.get(&ecology, &format!("desk/cases/ecology/{late}")).await;
    assert_eq!(part["case"]["state"], "finished", "{part}");
    house.act(&house.leader, &no, "decide", json!({ "granted": true, "reason": "符合条件" })).await;
    house.act(&house.clerk, &no, "finish", json!({})).await;

    // Of the parts nothing else is said: one application is counted once, in the lead's department.
    for id in ASKED {
        let filter = FindingFilter { department: Some(id.to_owned()), limit: 9, ..FindingFilter::default() };
        let found = house.app.store.findings(&filter).await.expect("findings");
        let cases: Vec<String> =
            found.into_iter().filter(|f| f.finding.case_no.is_some()).map(|f| f.finding.rule).collect();
        assert_eq!(cases, if id == "ecology" { vec!["T-14"] } else { vec![] }, "{id}");
        let supervisor = token(&house.app, &format!("jian-{id}"), "supervision", None, 1).await;
        let path = format!("stats?department={id}&from=2026-03-01&to=2026-03-31");
        let (status, counted) = house.get(&supervisor, &path).await;
        assert_eq!(status, 200, "{counted}");
        let total = &counted["total"];
        assert_eq!([&total["received"], &total["accepted"], &total["finished"]], [&json!(0); 3], "{id}: {total}");
        assert!(house.app.store.verify_ledger(id).await.expect("a report").verified);
        let (_, numbers) = house.get(&house.clerk, "desk/numbers").await;
        assert_eq!(numbers["gaps"], json!([]), "{numbers}");
    }
    let public = house.get("", &format!("public/cases/labour/{agrees}?code=AAAAAAAAAA")).await;
    assert_eq!(code(&public), (404, "public.code"), "the applicant follows the main case");
    assert!(house.app.rederive("test").await.expect("a proof").good());
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_end_with_their_main_case_and_survive_a_death() {
    let (house, no) = House::of_four().await;
    let labour = token(&house.app, "hui", "handler", Some("labour"), 365).await;
    let first = house.ask(&no, "labour", "2026-03-06").await;
    let second = house.ask(&no, "ecology", "2026-03-06").await;

    // It dies after an answer was kept and before either side took it in: the next start takes in both, once.
    let read = |row: Option<daylight_store::DeskRow>| {
        let row = row.expect("a case");
        (serde_json::from_str::<DeskCase>(&row.body).expect("a case"), row.revision)
    };
    let (main, seen) = read(house.app.store.desk_case("culture", &no).await.expect("read"));
    let (part, part_seen) = read(house.app.store.desk_case("labour", &first).await.expect("read"));
    let by = DeskActor { user: "hui", department: "labour", leader: false };
    let context = context(&house.app);
    let answer = serde_json::from_value(json!({ "act": "answer", "opinion": "同意", "agrees": true })).expect("an act");
    let outcome = main.act(&answer, by, &context).expect("answered");
    let follows = part.follow(&outcome.case.joint[0], by, &context).expect("over");
    let deed = |outcome, seen| DeskDeed { outcome, act: "answer", seen: Some(seen), messages: Vec::new() };
    // Whoever saw an older version of either changes neither.
    let stale = vec![deed(outcome.clone(), seen), deed(follows.clone(), part_seen + 1)];
    assert_eq!(house.app.desk_keep(stale, by).await.expect_err("stale").code, "store.conflict");
    assert_eq!(read(house.app.store.desk_case("culture", &no).await.expect("read")).1, seen);
    house.app.desk_keep(vec![deed(outcome, seen), deed(follows, part_seen)], by).await.expect("kept");
    let events = house.app.store.case_events("labour", &first).await.expect("events").len();
    house.app.close().await;
    let app = open(&house.folder.path().join("config"), &house.clock).await;
    assert_eq!(app.desk_take_all().await.expect("taken"), 1, "the end of the part");
    assert_eq!(app.desk_take_all().await.expect("taken"), 0, "once");
    assert_eq!(app.store.case_events("labour", &first).await.expect("events").len(), events + 1);
    let house = House { app, ..house };

    // The applicant withdraws: nobody is asked any more.
    house.act(&house.clerk, &no, "withdraw", json!({ "reason": "不办了" })).await;
    let row = house.app.store.case("ecology", &second).await.expect("read").expect("a case");
    assert_eq!((row.case.state.as_str(), row.case.finish_reason.as_deref()), ("withdrawn", Some("主办件已终止")));
    let row = house.app.store.case("labour", &first).await.expect("read").expect("a case");
    assert_eq!(row.case.state.as_str(), "finished");
    let (_, queue) = house.get(&labour, "desk/queue").await;
    assert_eq!(queue["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lead_and_those_it_asks_never_wait_for_each_other() {
    let (house, no) = House::of_four().await;
    let mut answers = Vec::new();
    for id in ASKED {
        let secret = token(&house.app, &format!("hui-{id}"), "handler", Some(id), 365).await;
        let part = house.ask(&no, id, "2026-03-06").await;
        answers.push((id, part, secret));
    }
    // All answer at the same moment: none of them saw the main case, so none is told that it changed.
    let answer = json!({ "opinion": "同意", "agrees": true });
    let all = answers.iter().map(|(id, part, secret)| house.at(secret, (id, part), "answer", answer.clone()));
    for (status, said) in futures::future::join_all(all).await {
        assert_eq!(status, 200, "{said}");
    }
    let (_, main) = house.get(&house.handler, &format!("desk/cases/culture/{no}")).await;
    let opinions = main["case"]["joint"].as_array().expect("requests").iter().filter(|j| j["agrees"] == true).count();
    assert_eq!(opinions, 3, "{main}");
    assert_eq!(main["version"], 8, "received, accepted, asked three times, answered three times: {main}");
}

#[tokio::test(flavor = "multi_thread")]
async fn those_concerned_are_told_and_never_who_applied() {
    let (house, no) = House::of_four().await;
    house.app.close().await;
    let config = house.folder.path().join("config");
    std::fs::create_dir_all(config.join("relay")).expect("a folder");
    let heard: Vec<String> = topics().filter(|topic| topic.starts_with("desk.")).map(str::to_owned).collect();
    let channel = format!(
        "link = \"https://daylight.example\"\n[[channel]]\nid = \"relay\"\nkind = \"file\"\naddress = \"relay\"\nquiet = false\n\
         topics = {heard:?}\n"
    );
    std::fs::write(config.join("notify.toml"), channel).expect("written");
    let house = House { app: open(&config, &house.clock).await, ..house };
    let mut courier = Courier::new(&house.app, "relay").await.expect("a courier");
    let mut all: Vec<Message> = Vec::new();
    let mut told = async || {
        while courier.step().await.expect("a step") {}
        let filter = DeliveryFilter { limit: 100, ..DeliveryFilter::default() };
        let rows = house.app.store.deliveries(&filter).await.expect("deliveries");
        let new = rows.iter().rev().skip(all.len()).map(|row| serde_json::from_str(&row.body).expect("a message"));
        let new: Vec<Message> = new.collect();
        all.extend(new.iter().cloned());
        let fields =
            |m: &Message| [m.topic.as_str(), &m.notices[0].department, &m.notices[0].number].map(str::to_owned);
        (new.iter().map(fields).collect::<Vec<_>>(), all.clone())
    };
    let labour = token(&house.app, "hui", "handler", Some("labour"), 1).await;
    let part = house.ask(&no, "labour", "2026-03-06").await;
    assert_eq!(told().await.0, [["desk.ask", "人力资源和社会保障局", &part]]);
    let words = json!({ "department": "market", "content": "主体资格", "reply_by": "2026-03-06" });
    house.act(&house.handler, &no, "ask", words).await;
    assert_eq!(told().await.0, [["desk.ask", "市场监督管理局", &no]], "it has a system of its own, and no part");
    house.act(&house.handler, &no, "hand-over", json!({ "to": "jia" })).await;
    assert_eq!(told().await.0, [["desk.hand-over", "文化广电旅游局", &no]]);
    house.act(&house.clerk, &no, "hand-over", json!({ "to": "jia" })).await;
    assert_eq!(told().await.0, [[""; 3]; 0], "whoever takes something knows it");
    house.act(&house.handler, &no, "ask-extension", json!({ "days": 2, "reason": "赵一的情况复杂" })).await;
    house.act(&house.leader, &no, "allow", json!({ "key": 1, "allowed": true })).await;
    let culture = |topic| [topic, "文化广电旅游局", no.as_str()];
    assert_eq!(told().await.0, [culture("desk.ask-extension"), culture("desk.allow")]);
    let answer = json!({ "opinion": "同意", "agrees": true });
    assert_eq!(house.at(&labour, ("labour", &part), "answer", answer).await.0, 200);
    assert_eq!(told().await.0, [culture("desk.answer")]);
    house.act(&house.clerk, &no, "withdraw", json!({ "reason": "不办了" })).await;
    assert_eq!(told().await.0, [["desk.unask-joint", "市场监督管理局", &no]], "nobody is asked any more");

    // What is soon due is told once a day, in working time; who has nothing to do hears nothing.
    let other = house.received(ALL).await["no"].as_str().expect("a number").to_owned();
    house.act(&house.clerk, &other, "accept", json!({})).await;
    for (at, wanted) in [("03-03T07:00:00", 0), ("03-03T10:00:00", 1), ("03-03T11:00:00", 0)] {
        house.clock.set(t(at));
        house.app.desk_tell_near().await.expect("told");
        let (new, _) = told().await;
        assert_eq!(new, vec![["desk.near", "文化广电旅游局", "1"]; wanted], "{at}");
    }
    let (_, all) = told().await;
    let asked = &all[0];
    assert_eq!(asked.link.as_deref(), Some("https://daylight.example/desk/cases/labour/labour-2026-000001"));
    assert_eq!((asked.notices[0].item.as_str(), asked.notices[0].reply_due.as_str()), ("营业性演出审批", "2026-03-06"));
    let said = serde_json::to_string(&all).expect("JSON");
    for personal in ["赵", "110105", "13800001234", "情况", "古田山"] {
        assert!(!said.contains(personal), "{personal} in {said}");
    }
}
