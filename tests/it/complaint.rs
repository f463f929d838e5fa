//! Complaints, enquiries and ratings: what is done with them by whom, what the rules find of it and on which day, and what nobody
//! sees who should not.

use crate::api::{Asking, token};
use axum::http::{Method, StatusCode};
use daylight::app::App;
use daylight::config::load;
use daylight::demo::place::write_sample;
use daylight_domain::Timestamp;
use daylight_domain::clock::ManualClock;
use daylight_store::{CardFilter, FindingFilter};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// A county at rest, its people, and a clock that stands until it is moved.
struct House {
    app: Arc<App>,
    clock: Arc<ManualClock>,
    /// 政务服务中心: the desk.
    centre: String,
    /// Supervision: reviews.
    ming: String,
    /// 市场监管 handles.
    hua: String,
    /// 卫健
    qiang: String,
    _folder: tempfile::TempDir,
}

fn t(text: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-{text}+08:00")).expect("a time")
}

async fn house(change: impl FnOnce(&Path)) -> House {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    change(&config);
    let clock = Arc::new(ManualClock::at(t("03-02T10:00:00")));
    let loaded = load(&config, t("03-02T10:00:00")).expect("configuration");
    let app = App::open(loaded, clock.clone()).await.expect("an appliance");
    House {
        centre: token(&app, "centre", "service_centre", None, 365).await,
        ming: token(&app, "ming", "supervision", None, 365).await,
        hua: token(&app, "hua", "handler", Some("market"), 365).await,
        qiang: token(&app, "qiang", "handler", Some("health"), 365).await,
        app,
        clock,
        _folder: folder,
    }
}

/// Changes a file of the configuration.
fn edit(config: &Path, file: &str, from: &str, to: &str) {
    let path = config.join(file);
    let text = std::fs::read_to_string(&path).expect("a file");
    assert!(text.contains(from), "{file} has no {from}");
    std::fs::write(&path, text.replacen(from, to, 1)).expect("written");
}

impl House {
    async fn post(&self, secret: &str, path: &str, words: Value) -> (StatusCode, Value) {
        Asking(&self.app, secret).send(Method::POST, &format!("/api/v1/{path}"), &[], &words.to_string()).await
    }

    async fn done(&self, secret: &str, path: &str, words: Value) -> Value {
        let (status, answer) = self.post(secret, path, words).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    async fn get(&self, secret: &str, path: &str) -> (StatusCode, Value) {
        Asking(&self.app, secret).get(&format!("/api/v1/{path}")).await
    }

    /// Moves the hands, and lets the minute's round go by.
    async fn at(&self, time: &str) {
        self.clock.set(t(time));
        self.app.look_at_sources().await.expect("a round");
    }

    /// Levels of the findings of a rule, as they were found.
    async fn found(&self, rule: &str) -> Vec<u8> {
        let filter = FindingFilter { rule: Some(rule.to_owned()), limit: 1000, ..FindingFilter::default() };
        let rows = self.app.store.findings(&filter).await.expect("findings");
        let mut all: Vec<u8> = rows.iter().map(|r| r.finding.level as u8).collect();
        all.sort_unstable();
        all
    }

    async fn complaint(&self, title: &str) -> (String, String) {
        let words = json!({
            "department": "market", "way": "phone", "kind": "attitude", "title": title, "content": "窗口人员态度差",
            "complainant": { "name": "赵一", "phone": "13800001234", "address": "城关镇 1 号" },
        });
        let slip = self.done(&self.centre, "complaints", words).await;
        (slip["no"].as_str().expect("a number").to_owned(), slip["code"].as_str().expect("a code").to_owned())
    }

    async fn act(&self, secret: &str, no: &str, act: &str, words: Value) -> Value {
        self.done(secret, &format!("complaints/{no}/{act}"), words).await
    }

    /// Taken up, given to the department, received, answered and closed now.
    async fn closed(&self, no: &str) {
        self.act(&self.centre, no, "accept", json!({ "text": "已受理" })).await;
        self.act(&self.centre, no, "assign", json!({})).await;
        self.act(&self.hua, no, "receive", json!({})).await;
        self.act(&self.hua, no, "reply", json!({ "text": "已批评教育", "outcome": "substantiated" })).await;
        self.act(&self.ming, no, "review", json!({ "passed": true, "severity": "medium" })).await;
    }
}

fn code(answer: &(StatusCode, Value)) -> (u16, &str) {
    (answer.0.as_u16(), answer.1["code"].as_str().unwrap_or(""))
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_decides_whether_to_take_it_up_and_nobody_calls_back() {
    let house = house(|_| ()).await;
    let (no, _) = house.complaint("态度").await;
    assert!(no.starts_with("TS3308242026"), "{no}");
    // Monday 2 March; five working days are over when Tuesday 10 March begins, seven when Thursday 12 March does.
    house.at("03-09T23:59:59").await;
    assert!(house.found("K-01").await.is_empty(), "the whole last day is in time");
    house.at("03-10T00:00:00").await;
    assert_eq!(house.found("K-01").await, [1]);
    house.at("03-11T23:59:59").await;
    assert_eq!(house.found("K-01").await, [1]);
    house.at("03-12T00:00:00").await;
    assert_eq!(house.found("K-01").await, [1, 2]);
    house.at("03-13T09:00:00").await;
    assert_eq!(house.found("K-01").await, [1, 2], "each once");
    let filter = CardFilter { department: Some("market".to_owned()), limit: 100, ..CardFilter::default() };
    let cards = house.app.store.cards(&filter).await.expect("cards");
    assert!(cards.iter().any(|c| c.rule == "K-01"), "{cards:?}");

    // Closed on Friday 13 March: a call-back is due until Wednesday 18 March.
    house.closed(&no).await;
    house.at("03-18T23:59:59").await;
    assert!(house.found("K-05").await.is_empty());
    house.at("03-19T00:00:00").await;
    assert_eq!(house.found("K-05").await, [1]);
    // The call-back says that nothing was solved: found at that moment, and it is opened again, once.
    assert!(house.found("K-07").await.is_empty());
    let called = json!({ "contacted": true, "solved": false, "satisfied": "no", "text": "没有改" });
    let handled = house.post(&house.hua, &format!("complaints/{no}/call-back"), called.clone()).await;
    assert_eq!(code(&handled), (403, "auth.scope"));
    house.act(&house.centre, &no, "call-back", called.clone()).await;
    assert_eq!(house.found("K-07").await, [3]);
    house.act(&house.centre, &no, "reopen", json!({ "text": "重新调查" })).await;
    house.act(&house.hua, &no, "reply", json!({ "text": "已调离", "outcome": "substantiated" })).await;
    house.act(&house.ming, &no, "review", json!({ "passed": true, "severity": "medium" })).await;
    house.act(&house.centre, &no, "call-back", called).await;
    assert_eq!(house.found("K-07").await, [3, 3], "the second round is judged anew");
    let again = house.post(&house.centre, &format!("complaints/{no}/reopen"), json!({ "text": "x" })).await;
    assert_eq!(code(&again), (409, "complaint.reopened"));
}

#[tokio::test(flavor = "multi_thread")]
async fn handling_runs_out_on_its_day_and_a_lawful_extension_moves_it() {
    let house = house(|_| ()).await;
    let (no, _) = house.complaint("逾期").await;
    house.clock.set(t("03-03T09:00:00"));
    let one = house.act(&house.centre, &no, "accept", json!({ "text": "已受理" })).await;
    assert_eq!(one["due"], "2026-03-24T23:59:59.999+08:00", "fifteen working days");
    house.act(&house.centre, &no, "assign", json!({})).await;
    house.act(&house.hua, &no, "receive", json!({})).await;
    let ask = |days: u32| json!({ "days": days, "text": "需现场核查" });
    let path = format!("complaints/{no}/ask-extension");
    assert_eq!(code(&house.post(&house.hua, &path, ask(16)).await), (409, "complaint.extension"));
    house.at("03-19T23:59:59").await;
    assert!(house.found("K-02").await.is_empty());
    house.at("03-20T00:00:00").await;
    assert_eq!(house.found("K-02").await, [1], "two working days before the end");
    house.act(&house.hua, &no, "ask-extension", ask(5)).await;
    assert_eq!(code(&house.post(&house.hua, &path, ask(5)).await), (409, "complaint.extension"), "once");
    let one = house.act(&house.ming, &no, "decide-extension", json!({ "allowed": true })).await;
    assert_eq!(one["due"], "2026-03-31T23:59:59.999+08:00");
    house.at("03-31T23:59:59").await;
    assert_eq!(house.found("K-02").await, [1]);
    house.at("04-01T00:00:00").await;
    assert_eq!(house.found("K-02").await, [1, 2]);
    house.at("04-02T00:00:00").await;
    assert_eq!(house.found("K-02").await, [1, 2, 3]);

    // The hotline gives five working days, and a source may count in calendar days.
    house.clock.set(t("04-02T10:00:00"));
    let hotline =
        json!({ "department": "market", "way": "hotline", "source_no": "GD-1", "title": "a", "content": "b" });
    let slip = house.done(&house.centre, "complaints", hotline.clone()).await;
    let no = slip["no"].as_str().expect("a number").to_owned();
    let one = house.act(&house.centre, &no, "accept", json!({})).await;
    assert_eq!(one["due"], "2026-04-10T23:59:59.999+08:00", "without Qingming");
    assert_eq!(code(&house.post(&house.centre, "complaints", hotline).await), (409, "complaint.duplicate"));
    let petition = json!({ "department": "market", "way": "letter", "title": "a", "content": "c",
        "limit": { "days": 60, "unit": "natural" } });
    let slip = house.done(&house.centre, "complaints", petition).await;
    let one = house.act(&house.centre, slip["no"].as_str().expect("a number"), "accept", json!({})).await;
    assert_eq!(one["due"], "2026-06-01T23:59:59.999+08:00");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_ones_own_is_sent_back_and_late_returns_are_found_where_the_county_wants_it() {
    let house = house(|config| {
        let file = "rules/response.toml";
        let text = std::fs::read_to_string(config.join(file)).expect("rules");
        let at = text.find("id = \"K-04\"").expect("a rule");
        let (head, tail) = text.split_at(at);
        std::fs::write(config.join(file), format!("{head}{}", tail.replacen("enabled = false", "enabled = true", 1)))
            .expect("written");
    })
    .await;
    for (n, back, late) in [("一", "03-03T10:00:00", false), ("二", "03-04T10:00:01", true)] {
        house.clock.set(t(if late { "03-03T10:00:00" } else { "03-02T10:00:00" }));
        let (no, _) = house.complaint(n).await;
        house.act(&house.centre, &no, "accept", json!({ "text": "已受理" })).await;
        assert_eq!(code(&house.get(&house.hua, &format!("complaints/{no}")).await), (404, "complaint.unknown"));
        house.act(&house.centre, &no, "assign", json!({})).await;
        house.clock.set(t(back));
        house.act(&house.hua, &no, "return", json!({ "text": "属卫健" })).await;
        assert_eq!(house.found("K-04").await.len(), usize::from(late));
        house.act(&house.centre, &no, "assign", json!({ "department": "health", "joint": ["market"] })).await;
        let seen = house.get(&house.qiang, "complaints").await.1;
        assert!(seen["items"].as_array().expect("items").iter().any(|c| c["no"] == no.as_str()), "{seen}");
        house.act(&house.qiang, &no, "receive", json!({})).await;
        let reply = json!({ "text": "已办", "outcome": "unsubstantiated" });
        let early = house.post(&house.qiang, &format!("complaints/{no}/reply"), reply.clone()).await;
        assert_eq!(code(&early), (409, "complaint.joint"));
        let (_, joint) = house.get(&house.hua, "complaints?joint").await;
        assert_eq!(joint["items"][0]["no"], no.as_str(), "{joint}");
        let (_, none) = house.get(&house.qiang, "complaints?joint").await;
        assert_eq!(none["items"], json!([]), "it leads");
        house.act(&house.hua, &no, "opinion", json!({ "text": "无意见" })).await;
        house.act(&house.qiang, &no, "reply", reply).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enquiry_is_answered_on_its_day() {
    let house = house(|_| ()).await;
    let words = json!({ "department": "market", "title": "材料", "content": "需要哪些材料？",
        "asker": { "name": "钱二", "phone": "13900005678" } });
    let slip = house.done("", "public/enquiries", words.clone()).await;
    let (no, secret) = (slip["no"].as_str().expect("a number"), slip["code"].as_str().expect("a code"));
    assert_eq!(code(&house.post("", "public/enquiries", words).await), (409, "enquiry.duplicate"));
    house.at("03-04T23:59:59").await;
    assert!(house.found("K-03").await.is_empty());
    house.at("03-05T00:00:00").await;
    assert_eq!(house.found("K-03").await, [1]);
    house.at("03-09T23:59:59").await;
    assert_eq!(house.found("K-03").await, [1]);
    house.at("03-10T00:00:00").await;
    assert_eq!(house.found("K-03").await, [1, 2]);
    house.at("03-11T00:00:00").await;
    assert_eq!(house.found("K-03").await, [1, 2, 3]);
    let other = house.post(&house.qiang, &format!("enquiries/{no}/reply"), json!({ "text": "x" })).await;
    assert_eq!(code(&other), (404, "enquiry.unknown"));
    house.done(&house.hua, &format!("enquiries/{no}/reply"), json!({ "text": "身份证即可" })).await;
    let (_, told) = house.get("", &format!("public/enquiries/{no}?code={secret}")).await;
    assert_eq!((told["state"].as_str(), told["reply"].as_str()), (Some("replied"), Some("身份证即可")));
    assert!(!told.to_string().contains("钱二"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_words_of_another_are_another_matter() {
    let house = house(|_| ()).await;
    let words = json!({ "department": "market", "title": "材料", "content": "需要哪些材料？",
        "asker": { "name": "钱二", "phone": "13900005678" } });
    let slip = house.done("", "public/enquiries", words).await;
    let no = slip["no"].as_str();
    for asker in [json!({ "name": "孙三", "phone": "13900005678" }), json!({ "name": "钱二" }), Value::Null] {
        let other = match asker {
            Value::Null => json!({ "department": "market", "title": "材料", "content": "需要哪些材料？" }),
            asker => json!({ "department": "market", "title": "材料", "content": "需要哪些材料？", "asker": asker }),
        };
        for _ in 0..1 + usize::from(other["asker"]["phone"].is_null()) {
            let another = house.done("", "public/enquiries", other.clone()).await;
            assert_ne!(another["no"].as_str(), no);
        }
    }
    let nameless = json!({ "department": "market", "title": "推诿", "content": "三次没有受理" });
    let first = house.done("", "public/complaints", nameless.clone()).await;
    assert_ne!(house.done("", "public/complaints", nameless).await["no"], first["no"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn complaints_about_one_object_are_a_cluster_and_one_persons_are_not() {
    let house = house(|_| ()).await;
    let about = async |n: u32, phone: &str| {
        let words = json!({ "department": "market", "title": "窗口", "content": format!("第 {n} 次"), "object": "3 号窗口",
            "complainant": { "name": "某", "phone": phone } });
        house.done("", "public/complaints", words).await["no"].as_str().expect("a number").to_owned()
    };
    let first = about(1, "13800000001").await;
    for n in 2..5 {
        about(n, "138 0000 0001").await;
    }
    let (_, last) = house.get(&house.centre, "complaints?limit=10").await;
    assert_eq!(last["items"][1]["repeat_of"], first.as_str(), "{last}");
    assert!(house.found("K-06").await.is_empty(), "the same person again is no other voice");
    about(5, "13800000002").await;
    assert!(house.found("K-06").await.is_empty());
    house.clock.set(t("03-20T10:00:00"));
    about(6, "13800000003").await;
    assert_eq!(house.found("K-06").await, [1]);
    about(7, "13800000004").await;
    assert_eq!(house.found("K-06").await, [1], "one finding a cluster");
    house.clock.set(t("07-20T10:00:00"));
    for n in 8..11 {
        about(n, &format!("1390000000{}", n % 10)).await;
    }
    assert_eq!(house.found("K-06").await, [1, 1], "another, after the first is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_complains_is_seen_by_whom_it_concerns_and_says_why() {
    let house = house(|_| ()).await;
    let (no, _) = house.complaint("隐私").await;
    let path = format!("complaints/{no}");
    let (_, masked) = house.get(&house.centre, &path).await;
    assert_eq!(masked["complainant"], json!({ "name": "赵**", "phone": "138******34", "address": "***" }));
    assert!(masked.get("code").is_none() && masked.get("look_at").is_none(), "{masked}");
    let why = "%E5%9B%9E%E8%AE%BF%E8%81%94%E7%B3%BB";
    assert_eq!(code(&house.get(&house.centre, &format!("{path}?reason=x")).await), (400, "personal.reason"));
    let (_, clear) = house.get(&house.centre, &format!("{path}?reason={why}")).await;
    assert_eq!(clear["complainant"]["phone"], "13800001234");
    let rows = house.app.store.audit_rows(50, None).await.expect("audit");
    let opened: Vec<_> = rows.iter().filter(|r| r.entry.action == "personal.open").collect();
    assert_eq!(opened.len(), 1);
    assert_eq!((opened[0].entry.object.as_str(), opened[0].entry.actor.as_str()), (no.as_str(), "centre"));
    assert!(opened[0].entry.detail.contains("回访联系"));
    // Nothing of a person is in the audit or in what is told.
    for text in rows
        .iter()
        .map(|r| r.entry.detail.clone())
        .chain(house.app.store.outbox_after(0, None, 1000).await.expect("outbox").into_iter().map(|o| o.body))
    {
        assert!(!text.contains("赵一") && !text.contains("13800001234"), "{text}");
    }
    // Others know nothing of it.
    let reader = token(&house.app, "reader", "read_only", None, 365).await;
    assert_eq!(code(&house.get(&reader, &path).await), (403, "auth.scope"));
    // Whoever asked not to be named is not, whatever reason the department gives; an anonymous one has nothing to show.
    let words = json!({ "department": "market", "title": "匿", "content": "不愿署名", "confidential": true,
        "complainant": { "name": "孙三", "phone": "13700000003" } });
    let secret = house.done(&house.centre, "complaints", words).await["no"].as_str().expect("a number").to_owned();
    let words = json!({ "department": "market", "title": "匿", "content": "匿名" });
    let nobody = house.done("", "public/complaints", words).await["no"].as_str().expect("a number").to_owned();
    for no in [&secret, &nobody] {
        house.act(&house.centre, no, "accept", json!({ "text": "已受理" })).await;
        house.act(&house.centre, no, "assign", json!({})).await;
        let (status, one) = house.get(&house.hua, &format!("complaints/{no}?reason={why}")).await;
        assert_eq!((status.as_u16(), &one["complainant"]), (200, &Value::Null));
    }
    let (_, one) = house.get(&house.centre, &format!("complaints/{secret}?reason={why}")).await;
    assert_eq!(one["complainant"]["name"], "孙三");
}

#[tokio::test(flavor = "multi_thread")]
async fn anybody_asks_with_number_and_code_and_nobody_asks_too_often() {
    let house = house(|config| {
        let own = "\n[complaint]\npublic_per_address = 2\npublic_per_hour = 3\nqueries_per_address = 5\n";
        let text = std::fs::read_to_string(config.join("daylight.toml")).expect("a file");
        let kept = text.split("\n[complaint]").next().expect("the part before");
        std::fs::write(config.join("daylight.toml"), format!("{kept}{own}")).expect("written");
    })
    .await;
    let from = async |address: &str, n: u32| {
        let words = json!({ "department": "market", "title": "t", "content": format!("c{n}"),
            "complainant": { "name": "李四", "phone": "13600000004" } });
        let headers = [("x-real-ip", address)];
        Asking(&house.app, "").send(Method::POST, "/api/v1/public/complaints", &headers, &words.to_string()).await
    };
    let (status, slip) = from("203.0.113.1", 1).await;
    assert_eq!(status, 201, "{slip}");
    assert_eq!(from("203.0.113.1", 2).await.0, 201);
    assert_eq!(code(&from("203.0.113.1", 3).await), (429, "public.busy"));
    assert_eq!(from("203.0.113.2", 4).await.0, 201);
    assert_eq!(code(&from("203.0.113.3", 5).await), (429, "public.busy"), "all together");
    house.clock.set(t("03-02T11:00:00"));
    assert_eq!(from("203.0.113.1", 6).await.0, 201, "the next hour");

    let (no, secret) = (slip["no"].as_str().expect("a number"), slip["code"].as_str().expect("a code"));
    let ask = async |no: &str, code: &str| house.get("", &format!("public/complaints/{no}?code={code}")).await;
    let (status, told) = ask(no, secret).await;
    assert_eq!((status.as_u16(), told["state"].as_str()), (200, Some("registered")));
    assert!(!told.to_string().contains("李四") && !told.to_string().contains("1360"), "{told}");
    assert_eq!(code(&ask(no, "AAAAAAAAAA").await), (404, "public.code"));
    assert_eq!(code(&ask("TS3308242026999999", secret).await), (404, "public.code"), "nor which numbers there are");
    assert_eq!(code(&house.get("", &format!("public/complaints/{no}")).await), (404, "public.code"));
    ask(no, "BBBBBBBBBB").await;
    assert_eq!(code(&ask(no, secret).await), (429, "public.busy"), "nobody tries codes for ever");
    // What a department wrote is told when it was reviewed.
    house.closed(no).await;
    house.clock.set(t("03-02T12:00:00"));
    assert_eq!(ask(no, secret).await.1["reply"], "已批评教育");
    let row = house.app.store.matter("complaint", no).await.expect("read").expect("a complaint");
    assert!(!row.body.contains(secret), "the code is kept nowhere");
    // Nobody sets from outside what is the desk's to say.
    let words = json!({ "department": "market", "title": "t", "content": "c", "way": "hotline" });
    assert_eq!(code(&house.post("", "public/complaints", words).await), (400, "complaint.request"));
}

fn record(kind: &str, case: &str, key: &str, time: &str, more: Value) -> String {
    let mut one = json!({ "type": kind, "source_key": key, "data_version": 1, "event_time": format!("2026-{time}") });
    if !case.is_empty() {
        one["case_no"] = case.into();
    }
    for (name, value) in more.as_object().expect("fields") {
        one[name] = value.clone();
    }
    one.to_string()
}

impl House {
    async fn push(&self, lines: &[String]) {
        let vendor = token(&self.app, "market-push", "vendor", Some("market"), 365).await;
        let path = "/api/v1/exchange/market/batches";
        let (status, answer) = Asking(&self.app, &vendor).send(Method::POST, path, &[], &lines.join("\n")).await;
        assert_eq!(status, 200, "{answer}");
        for receipt in answer["receipts"].as_array().expect("receipts") {
            assert!(["accepted", "duplicate"].contains(&receipt["status"].as_str().unwrap_or("")), "{receipt}");
        }
    }

    fn item(&self) -> String {
        let item = self.app.config.rules.catalogue.newest().find(|i| i.department == "market");
        item.expect("an item").code.clone()
    }

    async fn numbers(&self, of: &str) -> Vec<Value> {
        let (_, list) = self.get(&self.centre, &format!("{of}?department=market&limit=1000")).await;
        list["items"].as_array().expect("items").clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_rating_is_contacted_put_right_and_called_back_on_its_days() {
    let house = house(|config| {
        edit(config, "departments/market.toml", "sla_minutes", "satisfaction = \"reversed\"\nsla_minutes")
    })
    .await;
    let item = house.item();
    let open = |no: &str| record("apply", no, no, "03-02 09:00:00", json!({ "item_code": item }));
    let rate = |no: &str, code: &str, more: Value| {
        let mut fields =
            json!({ "satisfaction": code, "pf": "qr", "contact_name": "周五", "contact_phone": "13500000005" });
        for (name, value) in more.as_object().expect("fields") {
            fields[name] = value.clone();
        }
        record("evaluation", no, &format!("{no}-e"), "03-02 09:30:00", fields)
    };
    // In this source's table 1 is the worst and 5 the best.
    let lines = [
        open("B1"),
        open("B2"),
        open("B3"),
        rate("B1", "1", json!({})),
        rate("B2", "5", json!({})),
        rate("B3", "1", json!({ "pf": "system" })),
    ];
    house.push(&lines).await;
    house.at("03-02T10:01:00").await;
    house.push(&lines).await;
    house.at("03-02T10:02:00").await;
    let all = house.numbers("ratings").await;
    let of = |no: &str| all.iter().find(|r| r["case_no"] == no).expect("a rating");
    assert_eq!(all.len(), 3, "each once");
    assert_eq!(
        (&of("B1")["satisfaction"], &of("B1")["raw"], &of("B1")["state"]),
        (&json!(5), &json!("1"), &json!("open"))
    );
    assert_eq!((&of("B2")["satisfaction"], &of("B2")["state"]), (&json!(1), &json!("counted")));
    assert_eq!((&of("B3")["by_default"], &of("B3")["state"]), (&json!(true), &json!("counted")), "no person's");
    let no = of("B1")["no"].as_str().expect("a number").to_owned();
    assert_eq!(of("B1")["rater"]["name"], "周**");
    let (_, counts) = house.get(&house.hua, "ratings/numbers").await;
    let market = json!({ "department": "market", "ratings": 3, "by_default": 1, "active": 2, "active_good": 1, "active_bad": 1,
        "dismissed": 0 });
    assert_eq!(counts["items"], json!([market]), "the department's own");

    // Rated on Monday 2 March: one working day is over when Wednesday begins, fifteen when Tuesday 24 March does.
    house.at("03-03T23:59:59").await;
    assert!(house.found("E-01").await.is_empty());
    house.at("03-04T00:00:00").await;
    assert_eq!(house.found("E-01").await, [2]);
    let one = house.done(&house.hua, &format!("ratings/{no}/contact"), json!({ "text": "已电话联系" })).await;
    assert_eq!(one["due"], "2026-03-23T23:59:59.999+08:00");
    house.at("03-23T23:59:59").await;
    assert!(house.found("E-02").await.is_empty());
    house.at("03-24T00:00:00").await;
    assert_eq!(house.found("E-02").await, [2]);
    house.done(&house.hua, &format!("ratings/{no}/rectify"), json!({ "text": "增开窗口" })).await;
    house.at("03-27T23:59:59").await;
    assert!(house.found("E-03").await.is_empty());
    house.at("03-30T00:00:00").await;
    assert_eq!(house.found("E-03").await, [1], "three working days after Tuesday 24 March");
    let call = json!({ "satisfied": "yes" });
    house.done(&house.centre, &format!("ratings/{no}/call-back"), call).await;
    assert_eq!((house.found("E-01").await.len(), house.found("E-02").await.len()), (1, 1), "only the one that is bad");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malicious_rating_is_appealed_against_and_decided_by_somebody_else() {
    let house = house(|_| ()).await;
    house
        .push(&[record(
            "apply",
            "B1",
            "B1",
            "03-02 09:00:00",
            json!({ "item_code": house.item(), "query_code": "7788" }),
        )])
        .await;
    let rate =
        |code: &str| json!({ "department": "market", "case_no": "B1", "code": code, "satisfaction": 5, "text": "差" });
    assert_eq!(code(&house.post("", "public/ratings", rate("1111")).await), (404, "public.code"));
    let no = house.done("", "public/ratings", rate("7788")).await["no"].as_str().expect("a number").to_owned();
    assert_eq!(code(&house.post("", "public/ratings", rate("7788")).await), (409, "rating.rated"));
    // A link works once.
    let link = house.done(&house.centre, "ratings/links", json!({ "department": "market", "case_no": "B1" })).await;
    let by_link = json!({ "link": link["link"], "satisfaction": 1, "round": 2 });
    house.done("", "public/ratings", by_link.clone()).await;
    assert_eq!(code(&house.post("", "public/ratings", by_link).await), (404, "rating.link"));
    let wrong = json!({ "link": "dlr_x", "satisfaction": 1 });
    assert_eq!(code(&house.post("", "public/ratings", wrong).await), (404, "rating.link"));

    house.done(&house.hua, &format!("ratings/{no}/appeal"), json!({ "text": "同行恶意" })).await;
    let decide = json!({ "upheld": true, "text": "查证属实" });
    assert_eq!(
        code(&house.post(&house.hua, &format!("ratings/{no}/decide"), decide.clone()).await),
        (403, "auth.scope")
    );
    let numbers = "ratings/numbers?department=market&from=2026-03-02&to=2026-03-02";
    let counts = async || {
        let counts = house.get(&house.ming, numbers).await.1["items"][0].clone();
        ["active", "active_good", "active_bad", "dismissed"].map(|of| counts[of].as_u64())
    };
    assert_eq!(counts().await, [Some(2), Some(1), Some(1), Some(0)]);
    house.done(&house.ming, &format!("ratings/{no}/decide"), decide).await;
    // It is neither good nor bad, as for the measures; and what is left out of the statistics is not counted.
    assert_eq!(counts().await, [Some(2), Some(1), Some(0), Some(1)]);
    let day = t("03-02T00:00:00").date();
    let measured = house.app.measures("market", day, day.succ_opt().expect("a day")).await.expect("measures");
    let satisfied = measured.iter().find(|m| m.name == "satisfied").expect("a measure");
    assert_eq!((satisfied.value, satisfied.denominator), (Some(1_000_000), Some(1)));
    let out = json!({ "department": "market", "from": day, "to": day, "reason": "机房搬迁", "document": "监 3" });
    let out = house.done(&house.ming, "exclusions", out).await["no"].as_str().expect("a number").to_owned();
    let zhao = token(&house.app, "zhao", "leader", None, 365).await;
    house.done(&zhao, &format!("exclusions/{out}/approve"), json!({})).await;
    assert_eq!(counts().await, [Some(0); 4]);
    house.at("04-20T00:00:00").await;
    assert!(house.found("E-01").await.is_empty() && house.found("E-02").await.is_empty(), "nothing is to be put right");
}

#[tokio::test(flavor = "multi_thread")]
async fn ratings_taken_together_tell_who_is_rated_by_the_system_and_who_stuffs() {
    let house = house(|config| {
        let file = "rules/rating.toml";
        let text = std::fs::read_to_string(config.join(file)).expect("rules");
        let at = text.find("id = \"E-06\"").expect("a rule");
        let (head, tail) = text.split_at(at);
        let tail =
            tail.replacen("enabled = false", "enabled = true", 1).replacen("min_ratings = 200", "min_ratings = 4", 1);
        std::fs::write(config.join(file), format!("{head}{tail}")).expect("written");
    })
    .await;
    let item = house.item();
    let mut lines = Vec::new();
    for n in 0..25 {
        let (no, default) = (format!("B{n}"), n >= 4);
        lines.push(record("apply", &no, &no, "02-02 09:00:00", json!({ "item_code": item })));
        let fields = json!({ "satisfaction": "1", "pf": if default { "system" } else { "qr" } });
        lines.push(record("evaluation", &no, &format!("{no}-e"), "02-10 09:30:00", fields));
    }
    house.push(&lines).await;
    house.at("03-02T10:01:00").await;
    house.app.look_at_everything().await.expect("a day");
    assert_eq!(house.found("E-04").await, [0], "21 of 25 are the system's");
    assert!(house.found("E-06").await.is_empty(), "nothing says otherwise");
    assert!(house.found("E-05").await.is_empty());

    // March: only people, all content, and a complaint that was true; ten within five minutes at one window.
    let mut lines = Vec::new();
    for n in 0..10 {
        let no = format!("C{n}");
        lines.push(record("apply", &no, &no, "03-02 08:00:00", json!({ "item_code": item })));
        let fields = json!({ "satisfaction": "1", "pf": "hall_tablet", "window": "3 号窗口" });
        lines.push(record("evaluation", &no, &format!("{no}-e"), &format!("03-02 09:0{}:0{}", n / 2, n % 2), fields));
    }
    let (last, rest) = (lines.split_off(18), lines);
    house.push(&rest).await;
    house.at("03-02T10:02:00").await;
    house.app.look_at_everything().await.expect("a day");
    assert!(house.found("E-05").await.is_empty(), "nine are not ten");
    house.push(&last).await;
    house.at("03-02T10:03:00").await;
    house.app.look_at_everything().await.expect("a day");
    assert_eq!(house.found("E-05").await, [2]);
    let (no, _) = house.complaint("属实").await;
    house.closed(&no).await;
    house.at("03-31T10:00:00").await;
    house.app.look_at_everything().await.expect("a day");
    assert!(house.found("E-06").await.is_empty(), "March is not over");
    house.at("04-01T10:00:00").await;
    house.app.look_at_everything().await.expect("a day");
    assert_eq!(house.found("E-06").await, [0]);
    assert_eq!(house.found("E-04").await, [0], "March was people's own");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_departments_report_is_in_the_registers_once_and_its_corrections_too() {
    let house = house(|_| ()).await;
    let fields =
        json!({ "title": "超时", "content": "办了一个月", "contact_name": "吴六", "contact_phone": "13400000006" });
    let complaint = record("complaint", "", "T-1", "03-02 09:00:00", fields);
    let consult = record("consult", "", "Z-1", "03-02 09:00:00", json!({ "title": "材料", "content": "要什么" }));
    for time in ["03-02T10:01:00", "03-02T10:02:00"] {
        house.push(&[complaint.clone(), consult.clone()]).await;
        house.at(time).await;
    }
    let (complaints, enquiries) = (house.numbers("complaints").await, house.numbers("enquiries").await);
    assert_eq!((complaints.len(), enquiries.len()), (1, 1));
    assert_eq!((&complaints[0]["way"], &complaints[0]["source_no"]), (&json!("exchange"), &json!("T-1")));
    assert_eq!(complaints[0]["complainant"]["name"], "吴**");
    let later = consult.replace("\"data_version\":1", "\"data_version\":2");
    let mut later: Value = serde_json::from_str(&later).expect("a record");
    later["ended_at"] = "2026-03-06 09:00:00".into();
    later["result"] = "身份证".into();
    house.clock.set(t("03-06T10:00:00"));
    house.push(&[later.to_string()]).await;
    house.at("03-06T10:01:00").await;
    let enquiries = house.numbers("enquiries").await;
    assert_eq!((&enquiries[0]["state"], &enquiries[0]["reply"]), (&json!("replied"), &json!("身份证")));
    // The complaint runs out as every other does; the answered enquiry does not.
    house.at("03-10T00:00:00").await;
    assert_eq!(house.found("K-01").await, [1]);
    assert!(house.found("K-03").await.is_empty(), "answered before its time came");
    // A year without a calendar stops nothing: it is there, and cannot be judged.
    let old = record("consult", "", "Z-0", "03-02 09:00:00", json!({ "title": "旧", "content": "旧" }));
    house.push(&[old.replace("2026-", "1999-")]).await;
    // What is from before the department was supervised is there, and not judged.
    house
        .push(&[record("complaint", "", "T-0", "03-02 09:00:00", json!({ "title": "旧", "content": "旧" }))
            .replace("2026-", "2025-")])
        .await;
    house.at("03-10T00:01:00").await;
    assert_eq!(house.numbers("complaints").await.len(), 2);
    let enquiries = house.numbers("enquiries").await;
    assert_eq!((enquiries.len(), &enquiries[1]["due"]), (2, &Value::Null), "{enquiries:?}");
    assert_eq!(house.found("K-01").await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_about_complaints_and_ratings_has_its_facts() {
    let house = house(|_| ()).await;
    let have = daylight::known::facts(&house.app.config);
    let of_ours = |id: &str| id.starts_with("K-") || id.starts_with("E-");
    let rules: Vec<_> = daylight_domain::rule::program().iter().filter(|p| of_ours(p.id)).collect();
    assert_eq!(rules.len(), 17);
    let lacking: Vec<_> = rules.iter().filter(|p| !p.missing(&have).is_empty()).map(|p| p.id).collect();
    assert!(lacking.is_empty(), "{lacking:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn work_orders_of_the_hotline_are_entered_once_and_every_line_is_answered() {
    let house = house(|_| ()).await;
    let (plain, ..) = encoding_rs::GB18030.encode(
        "工单编号,承办单位,工单类型,标题,内容,来电时间,来电人,联系电话,办理时限,坐席\n\
         H1,market,投诉,甲,窗口态度差,2026-02-27 09:00,赵一,13800001234,60日,07\n\
         H2,无此单位,投诉,乙,内容,,,,,07\n\
         H3,market,咨询,丙,怎样办理,,,,,07\n\
         H4,market,投诉,丁,内容,2099-01-01 09:00,,,,07\n\
         H5,market,投诉,戊,内容,,,,两周,07\n",
    );
    let import = async |secret: &str| {
        let (status, answer) =
            Asking(&house.app, secret).bytes(Method::POST, "/api/v1/complaints/import", &[], plain.to_vec()).await;
        (status.as_u16(), answer)
    };
    assert_eq!(import(&house.hua).await.0, 403, "the desk's alone");
    let (status, answer) = import(&house.centre).await;
    assert_eq!(status, 200, "{answer}");
    let lines = answer["lines"].as_array().expect("lines");
    let told = |n: usize| (lines[n]["status"].as_str().unwrap_or(""), lines[n]["code"].as_str().unwrap_or(""));
    let refused = ("rejected", "complaint.import");
    let unknown = ("rejected", "department.unknown");
    assert_eq!(
        (0..5).map(told).collect::<Vec<_>>(),
        [("registered", ""), unknown, ("registered", ""), refused, refused]
    );
    assert_eq!(answer["ignored"], json!(["坐席"]));
    let no = lines[0]["no"].as_str().expect("a number");
    let (_, one) = Asking(&house.app, &house.centre).get(&format!("/api/v1/complaints/{no}")).await;
    assert_eq!((&one["way"], &one["source_no"]), (&json!("hotline"), &json!("H1")));
    assert_eq!(one["limit"], json!({ "days": 60, "unit": "natural" }));
    assert!(one["registered_at"].as_str().expect("a time").starts_with("2026-02-27T09:00"), "{one}");
    // The same file again enters nothing.
    let (_, again) = import(&house.centre).await;
    assert_eq!((&again["registered"], &again["known"], &again["rejected"]), (&json!(0), &json!(2), &json!(3)));
    assert_eq!(again["lines"][0]["no"], json!(no));
}
