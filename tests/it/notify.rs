//! Who is told what, when, and what happens when nobody takes it.

use crate::api::{Asking, token};
use crate::county::county;
use axum::http::Method;
use daylight::app::App;
use daylight::config::load;
use daylight::demo::place::write_sample;
use daylight::doctor::State;
use daylight::notify::Courier;
use daylight::notify::webhook::signature;
use daylight_domain::Timestamp;
use daylight_domain::clock::ManualClock;
use daylight_domain::finding::Level;
use daylight_store::{DeliveryFilter, DeliveryPlan, DeliveryRow, DeliveryState, OutboxRow, PageCommit};
use daylight_tests::{Act, http, source};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

/// A Wednesday, in working time.
pub const MORNING: &str = "2026-03-04 10:00";

const SECRETS: &str = "\n[notify]\nhook = \"hook-key\"\nding = \"SECtestsecret\"\nding-token = \"robot-1\"\nwecom = \"robot-2\"\nmail = \"geheim\"\n";

/// The sample with channels, and where it lies.
pub fn configured(folder: &Path, channels: &str) {
    let config = folder.join("config");
    write_sample(&config).expect("a sample");
    std::fs::create_dir_all(config.join("relay")).expect("a folder");
    std::fs::write(config.join("notify.toml"), channels).expect("written");
    let secrets = config.join("secrets.toml");
    let text = std::fs::read_to_string(&secrets).expect("secrets");
    std::fs::write(&secrets, text + SECRETS).expect("written");
}

pub async fn open(folder: &Path, clock: &Arc<ManualClock>) -> Arc<App> {
    let config = folder.join("config");
    let loaded = load(&config, at(MORNING)).unwrap_or_else(|p| panic!("{p:#?}"));
    App::open(loaded, Arc::clone(clock) as _).await.expect("an appliance")
}

pub fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(at(MORNING)))
}

/// Writes messages to the outbox, as a page that issues cards does: level and rule of each.
async fn issue(app: &App, department: &str, cards: &[(Level, &str)]) {
    let head = app.store.head(department).await.expect("a head");
    let mut commit = PageCommit::new(department, head, ("330824".to_owned(), 2026));
    for (level, rule) in cards {
        commit.outbox.push(OutboxRow {
            id: format!(
                "{}-{department}",
                commit.outbox.len() + 1000 * usize::try_from(commit.head.revision).expect("small")
            ),
            seq: 0,
            topic: "card.issued".to_owned(),
            department: department.to_owned(),
            body: json!({
                "card": format!("33082420260000{:05}", commit.outbox.len() + 1), "rule": rule, "level": level,
                "case_no": "330824199001011234", "explain_zh": "申请人王小明（身份证 330824199001011234）的办件超期",
                "applicant_name": "王小明", "feedback_due": "2026-03-09T23:59:59.999+08:00",
            })
            .to_string(),
            created_at: app.clock.now(),
            card: None,
        });
    }
    app.store.commit(commit).await.expect("committed");
}

const YELLOW: (Level, &str) = (Level::Yellow, "T-02");
const RED: (Level, &str) = (Level::Red, "T-03");
const NEAR: (Level, &str) = (Level::Prewarning, "T-01");

/// Does all there is to do now.
async fn work(courier: &mut Courier) {
    while courier.step().await.expect("a step") {}
}

async fn deliveries(app: &App) -> Vec<DeliveryRow> {
    let mut rows =
        app.store.deliveries(&DeliveryFilter { limit: 1000, ..DeliveryFilter::default() }).await.expect("rows");
    rows.reverse();
    rows
}

/// States of all deliveries, in the order they were written.
async fn states(app: &App) -> Vec<DeliveryState> {
    deliveries(app).await.into_iter().map(|d| d.state).collect()
}

/// What a fake on the other side received.
pub type Seen = Arc<Mutex<Vec<String>>>;

/// A fake that notes each request and answers as it is told.
async fn fake(answer: impl Fn(usize) -> Act + Send + Sync + 'static) -> (String, Seen) {
    let seen: Seen = Arc::default();
    let notes = Arc::clone(&seen);
    let origin = source(move |request| {
        let mut notes = notes.lock().expect("notes");
        notes.push(request.to_owned());
        answer(notes.len())
    })
    .await;
    (origin, seen)
}

fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let line = request.lines().find(|l| l.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
    line.split_once(':').map(|(_, v)| v.trim())
}

fn body(request: &str) -> &str {
    request.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

fn webhook(origin: &str, more: &str) -> String {
    format!(
        "[[channel]]\nid = \"hook\"\nkind = \"webhook\"\naddress = \"{origin}/daylight\"\nsecret = \"hook\"\n{more}\n"
    )
}

fn relay(more: &str) -> String {
    format!("[[channel]]\nid = \"relay\"\nkind = \"file\"\naddress = \"relay\"\n{more}\n")
}

/// Files of the relay, as JSON, and nothing half-written beside them.
fn files(folder: &Path) -> Vec<Value> {
    let list = std::fs::read_dir(folder.join("config/relay")).expect("a folder");
    let mut paths: Vec<_> = list.map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    assert!(paths.iter().all(|p| p.extension().is_some_and(|e| e == "json")), "{paths:?}");
    paths.iter().map(|p| serde_json::from_slice(&std::fs::read(p).expect("a file")).expect("JSON")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_gets_a_signed_message_with_a_key_that_stays_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let (origin, seen) = fake(|n| if n == 1 { http(500, "", b"busy") } else { http(204, "", b"") }).await;
    configured(
        folder.path(),
        &format!("link = \"https://daylight.example/\"\n{}", webhook(&origin, "to = [\"office\"]")),
    );
    let clock = clock();
    let app = open(folder.path(), &clock).await;
    let mut courier = Courier::new(&app, "hook").await.expect("a courier");
    issue(&app, "housing", &[YELLOW]).await;
    work(&mut courier).await;
    assert_eq!(states(&app).await, [DeliveryState::Pending]);
    clock.set(at(MORNING).plus_ms(60_000));
    work(&mut courier).await;
    assert_eq!(states(&app).await, [DeliveryState::Sent]);
    let seen = seen.lock().expect("notes").clone();
    assert_eq!(seen.len(), 2);
    let keys: BTreeSet<&str> = seen.iter().filter_map(|r| header(r, "idempotency-key")).collect();
    assert_eq!(keys.len(), 1, "{seen:?}");
    for request in &seen {
        let signed = header(request, "x-daylight-signature").expect("a signature");
        let seconds = signed.strip_prefix("t=").and_then(|s| s.split_once(',')).expect("a time").0;
        assert_eq!(signed, signature("hook-key", seconds.parse().expect("seconds"), body(request)));
    }
    let told: Value = serde_json::from_str(body(&seen[1])).expect("JSON");
    assert_eq!(told["title"], "【黄牌】住房和城乡建设局");
    assert_eq!((told["recipient"].as_str(), told["level"].as_str()), (Some("office"), Some("yellow")));
    assert_eq!(told["notices"][0]["number"], "3308242026000000001");
    assert_eq!(told["notices"][0]["reply_due"], "2026-03-09");
    let link = "https://daylight.example/api/v1/cards/3308242026000000001/paper";
    assert_eq!((told["link"].as_str(), told["key"].as_str()), (Some(link), keys.first().copied()));
    assert!(told["text"].as_str().expect("text").ends_with(link), "{told}");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_robot_s_error_code_is_a_failure_and_its_keys_stand_in_no_message() {
    let folder = tempfile::tempdir().expect("a folder");
    let bad = r#"{"errcode":310000,"errmsg":"sign not match"}"#;
    let good = r#"{"errcode":0,"errmsg":"ok"}"#;
    let (ding, seen_ding) = fake(move |n| http(200, "", if n == 1 { bad } else { good }.as_bytes())).await;
    let (wecom, seen_wecom) = fake(move |_| http(200, "", good.as_bytes())).await;
    configured(
        folder.path(),
        &format!(
            "[[channel]]\nid = \"ding\"\nkind = \"dingtalk\"\naddress = \"{ding}/robot/send\"\ntoken = \"ding-token\"\n\
             secret = \"ding\"\nto = [\"13800000001\"]\n\
             [[channel]]\nid = \"wecom\"\nkind = \"wecom\"\naddress = \"{wecom}/send\"\nsecret = \"wecom\"\n"
        ),
    );
    let clock = clock();
    let app = open(folder.path(), &clock).await;
    let mut ding = Courier::new(&app, "ding").await.expect("a courier");
    let mut wecom = Courier::new(&app, "wecom").await.expect("a courier");
    issue(&app, "housing", &[RED]).await;
    work(&mut ding).await;
    work(&mut wecom).await;
    let rows = deliveries(&app).await;
    assert_eq!(rows.iter().map(|r| r.state).collect::<Vec<_>>(), [DeliveryState::Pending, DeliveryState::Sent]);
    assert_eq!(rows[0].last_error.as_deref(), Some("notify.errcode: errcode 310000：sign not match"));
    clock.set(at(MORNING).plus_ms(60_000));
    work(&mut ding).await;
    assert_eq!(states(&app).await, [DeliveryState::Sent, DeliveryState::Sent]);
    let request = seen_ding.lock().expect("notes")[0].clone();
    let now = at(MORNING).0;
    assert!(request.starts_with(&format!("POST /robot/send?access_token=robot-1&timestamp={now}&sign=")), "{request}");
    let told: Value = serde_json::from_str(body(&request)).expect("JSON");
    assert_eq!((told["msgtype"].as_str(), &told["at"]["atMobiles"]), (Some("markdown"), &json!(["13800000001"])));
    let text = told["markdown"]["text"].as_str().expect("text");
    assert!(text.contains("【红牌】") && text.ends_with("@13800000001"), "{text}");
    let request = seen_wecom.lock().expect("notes")[0].clone();
    assert!(request.starts_with("POST /send?key=robot-2 "), "{request}");
    let told: Value = serde_json::from_str(body(&request)).expect("JSON");
    assert!(told["text"]["content"].as_str().is_some_and(|t| t.contains("监察编号：3308242026000000001")), "{told}");

    // Nobody there: the address of a robot is its key, and is not shown.
    app.close().await;
    let text = std::fs::read_to_string(folder.path().join("config/notify.toml")).expect("channels");
    let nowhere: Vec<&str> =
        text.lines().map(|l| if l.starts_with("address") { "address = \"http://127.0.0.1:1/x\"" } else { l }).collect();
    std::fs::write(folder.path().join("config/notify.toml"), nowhere.join("\n")).expect("written");
    let app = open(folder.path(), &clock).await;
    for id in ["ding", "wecom"] {
        let failed = app.notify_test(id, None).await.expect_err("nobody there");
        assert_eq!(failed.code, "notify.unreachable");
        assert!(!failed.message.contains("robot-") && !failed.message.contains("SEC"), "{failed}");
    }
    assert_eq!(app.notify_test("none", None).await.expect_err("no such channel").code, "notify.unknown");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_way_out_goes_by_the_proxy_that_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let (proxy, seen) = fake(|_| http(200, "", b"")).await;
    configured(folder.path(), &webhook("http://sms.invalid", &format!("proxy = \"{proxy}\"")));
    let app = open(folder.path(), &clock()).await;
    app.notify_test("hook", None).await.expect("sent");
    let request = seen.lock().expect("notes")[0].clone();
    assert!(request.starts_with("POST http://sms.invalid/daylight HTTP/1.1"), "{request}");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_gathers_and_quiet_hours_hold_everything_but_red() {
    let folder = tempfile::tempdir().expect("a folder");
    configured(folder.path(), &relay("digest_minutes = 30"));
    let housing = folder.path().join("config/departments/housing.toml");
    let text = std::fs::read_to_string(&housing).expect("a department");
    std::fs::write(&housing, text.replace("住房和城乡建设局", "住建局")).expect("written");
    let clock = clock();
    let app = open(folder.path(), &clock).await;
    let mut courier = Courier::new(&app, "relay").await.expect("a courier");
    issue(&app, "housing", &[NEAR, NEAR]).await;
    work(&mut courier).await;
    clock.set(at("2026-03-04 10:29"));
    issue(&app, "housing", &[NEAR, YELLOW]).await;
    work(&mut courier).await;
    assert_eq!(states(&app).await, [], "not yet");
    clock.set(at("2026-03-04 10:30"));
    work(&mut courier).await;
    let told = files(folder.path());
    assert_eq!(told.len(), 1);
    assert_eq!((told[0]["title"].as_str(), told[0]["count"].as_u64()), (Some("阳光监察：4 件"), Some(4)));
    let text = told[0]["text"].as_str().expect("text");
    assert!(text.starts_with("住建局 3 件临期，1 件黄牌\n· 33082420260000"), "{text}");

    // Friday evening: what is yellow waits for Monday morning, what is red does not.
    clock.set(at("2026-03-06 20:00"));
    issue(&app, "housing", &[YELLOW, RED]).await;
    work(&mut courier).await;
    let rows = deliveries(&app).await;
    assert_eq!(rows.len(), 2);
    assert!(rows[1].urgent && rows[1].state == DeliveryState::Sent && rows[1].body.contains("红牌"), "{rows:?}");
    for quiet in ["2026-03-07 10:00", "2026-03-08 15:00", "2026-03-09 08:59"] {
        clock.set(at(quiet));
        work(&mut courier).await;
        assert_eq!(deliveries(&app).await.len(), 2, "{quiet}");
    }
    clock.set(at("2026-03-09 09:00"));
    work(&mut courier).await;
    let rows = deliveries(&app).await;
    assert_eq!(rows.len(), 3);
    assert!(rows[2].state == DeliveryState::Sent && rows[2].body.contains("黄牌") && !rows[2].urgent, "{rows:?}");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_minute_and_no_day_sees_more_than_its_limit_and_red_goes_first() {
    let folder = tempfile::tempdir().expect("a folder");
    configured(folder.path(), &relay("per_minute = 2\nper_day = 5"));
    let clock = clock();
    let app = open(folder.path(), &clock).await;
    let mut courier = Courier::new(&app, "relay").await.expect("a courier");
    issue(&app, "housing", &[YELLOW, YELLOW, YELLOW, YELLOW]).await;
    work(&mut courier).await;
    assert_eq!(files(folder.path()).len(), 2);
    issue(&app, "market", &[RED]).await;
    work(&mut courier).await;
    assert_eq!(files(folder.path()).len(), 2, "red waits for the limit too");
    // A restart forgets no limit.
    app.close().await;
    let app = open(folder.path(), &clock).await;
    let mut courier = Courier::new(&app, "relay").await.expect("a courier");
    work(&mut courier).await;
    assert_eq!(files(folder.path()).len(), 2);
    clock.set(at(MORNING).plus_ms(60_000));
    work(&mut courier).await;
    let sent: Vec<bool> =
        deliveries(&app).await.into_iter().filter(|d| d.state == DeliveryState::Sent).map(|d| d.urgent).collect();
    assert_eq!(sent, [false, false, false, true], "the red one before the yellow ones that waited longer");
    issue(&app, "market", &[YELLOW, YELLOW]).await;
    clock.set(at(MORNING).plus_ms(180_000));
    work(&mut courier).await;
    clock.set(at(MORNING).plus_ms(360_000));
    work(&mut courier).await;
    assert_eq!(files(folder.path()).len(), 5, "five a day");
    clock.set(at(MORNING).plus_ms(86_400_000));
    work(&mut courier).await;
    assert_eq!(files(folder.path()).len(), 7);
    app.close().await;
}

/// What is logged on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// How many lines hold these words.
    fn count(&self, words: &str) -> usize {
        String::from_utf8_lossy(&self.0.lock().expect("the log")).lines().filter(|l| l.contains(words)).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_up_raises_an_alarm_and_goes_when_a_person_has_it_tried_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let up = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let answers = Arc::clone(&up);
    let (origin, seen) = fake(move |_| {
        let good = answers.load(std::sync::atomic::Ordering::SeqCst);
        http(if good { 200 } else { 503 }, "", b"")
    })
    .await;
    configured(folder.path(), &webhook(&origin, ""));
    let clock = clock();
    let app = open(folder.path(), &clock).await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    // A courier that is driven from here logs on this thread.
    let _logging = tracing::subscriber::set_default(subscriber);
    let mut courier = Courier::new(&app, "hook").await.expect("a courier");
    issue(&app, "housing", &[YELLOW, RED]).await;
    work(&mut courier).await;
    assert_eq!(seen.lock().expect("notes").len(), 1, "a channel that is down is not asked again for each message");
    let checks = async |app: &App| {
        let all = app.doctor().await.expect("a diagnosis").checks;
        all.into_iter().find(|c| c.what == "notify/hook").expect("a check").state
    };
    assert_eq!(checks(&app).await, State::Ok, "a short break is none");
    let mut waits = Vec::new();
    while states(&app).await.contains(&DeliveryState::Pending) {
        let rows = deliveries(&app).await;
        let next = rows.iter().map(|r| r.next_at).max().expect("a time");
        waits.push((next.0 - app.clock.now().0) / 60_000);
        clock.set(next);
        work(&mut courier).await;
        if waits.len() == 8 {
            assert_eq!(checks(&app).await, State::Warning);
        }
        assert!(waits.len() < 200, "it never ends");
    }
    assert_eq!(waits[..8], [1, 2, 4, 8, 16, 32, 60, 60]);
    assert_eq!(states(&app).await, [DeliveryState::Dead, DeliveryState::Dead]);
    assert!((72..75).contains(&((app.clock.now().0 - at(MORNING).0) / 3_600_000)));
    assert_eq!(checks(&app).await, State::Error);
    let nobody = Asking(&app, "");
    let metrics = async || nobody.get("/metrics").await.1.as_str().expect("text").to_owned();
    assert!(metrics().await.contains("daylight_notify_dead{channel=\"hook\"} 2"));

    up.store(true, std::sync::atomic::Ordering::SeqCst);
    work(&mut courier).await;
    assert_eq!(states(&app).await, [DeliveryState::Dead, DeliveryState::Dead], "only a person takes it up again");
    let secret = token(&app, "operator", "system_admin", None, 1).await;
    let operator = Asking(&app, &secret);
    let (status, page) = operator.get("/api/v1/deliveries?state=dead&limit=1").await;
    assert_eq!(status, 200);
    let next = page["next"].as_str().expect("a next page");
    let (_, second) = operator.get(&format!("/api/v1/deliveries?state=dead&channel=hook&limit=1&after={next}")).await;
    let ids: Vec<String> = [&page, &second].map(|p| p["items"][0]["id"].as_str().expect("an id").to_owned()).to_vec();
    assert_ne!(ids[0], ids[1]);
    for id in &ids {
        let (status, row) = operator.send(Method::POST, &format!("/api/v1/deliveries/{id}/retry"), &[], "").await;
        assert_eq!((status.as_u16(), row["state"].as_str()), (200, Some("pending")), "{row}");
    }
    work(&mut courier).await;
    assert_eq!(states(&app).await, [DeliveryState::Sent, DeliveryState::Sent]);
    assert_eq!(checks(&app).await, State::Ok);
    let said = ["通知发送失败", "已放弃", "恢复正常"].map(|words| log.count(words));
    assert_eq!(said, [1, 1, 1], "each change is said once");
    assert!(metrics().await.contains("daylight_notify_dead{channel=\"hook\"} 0"));
    let notes = seen.lock().expect("notes").clone();
    let keys: BTreeSet<&str> = notes.iter().filter_map(|r| header(r, "idempotency-key")).collect();
    assert!(notes.len() > 50 && keys.len() == 2, "{} requests, {} keys", notes.len(), keys.len());
    // Who may not, and what cannot.
    let code = |answer: (axum::http::StatusCode, Value)| {
        (answer.0.as_u16(), answer.1["code"].as_str().unwrap_or("").to_owned())
    };
    let again = operator.send(Method::POST, &format!("/api/v1/deliveries/{}/retry", ids[0]), &[], "").await;
    assert_eq!(code(again), (409, "delivery.state".to_owned()));
    let none = operator.send(Method::POST, "/api/v1/deliveries/none/retry", &[], "").await;
    assert_eq!(code(none), (404, "delivery.unknown".to_owned()));
    assert_eq!(code(operator.get("/api/v1/deliveries?state=lost").await), (400, "query.state".to_owned()));
    let reader = token(&app, "reader", "read_only", None, 1).await;
    assert_eq!(code(Asking(&app, &reader).get("/api/v1/deliveries").await), (403, "auth.scope".to_owned()));
    let acts = app.store.audit_rows(10, None).await.expect("audit");
    let retried = acts.iter().filter(|r| r.entry.action == "delivery.retry" && r.entry.actor == "operator").count();
    assert_eq!(retried, 2);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_between_writing_and_sending_loses_nothing_and_doubles_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    configured(folder.path(), &relay(""));
    let clock = clock();
    let app = open(folder.path(), &clock).await;
    issue(&app, "housing", &[YELLOW]).await;
    // A channel begins with the present: what was before is told to nobody.
    let mut courier = Courier::new(&app, "relay").await.expect("a courier");
    work(&mut courier).await;
    assert_eq!(files(folder.path()).len(), 0);
    // Written to the outbox, then the end.
    issue(&app, "housing", &[YELLOW, RED]).await;
    app.close().await;
    let app = open(folder.path(), &clock).await;
    let mut courier = Courier::new(&app, "relay").await.expect("a courier");
    work(&mut courier).await;
    assert_eq!(files(folder.path()).len(), 2);
    // Sent, then the end before it was noted: the same again, under the same key.
    let row = deliveries(&app).await.swap_remove(0);
    let before = files(folder.path());
    let id = row.id.clone();
    app.close().await;
    let database = folder.path().join("data/daylight.db");
    let undo = format!("UPDATE delivery SET state = 'pending', sent_at = NULL, attempts = 0 WHERE id = '{id}'");
    daylight_store::run_script(&database, &[undo]).await.expect("as if it had not been noted");
    let app = open(folder.path(), &clock).await;
    let mut courier = Courier::new(&app, "relay").await.expect("a courier");
    work(&mut courier).await;
    assert_eq!(states(&app).await, [DeliveryState::Sent, DeliveryState::Sent]);
    assert_eq!(files(folder.path()), before, "one file for one key");
    // A channel that is taken away gives up what it had; put back, it begins anew.
    app.close().await;
    std::fs::write(folder.path().join("config/notify.toml"), "").expect("written");
    let app = open(folder.path(), &clock).await;
    daylight::notify::begin(&app).await;
    issue(&app, "housing", &[YELLOW]).await;
    app.close().await;
    std::fs::write(folder.path().join("config/notify.toml"), relay("")).expect("written");
    let app = open(folder.path(), &clock).await;
    let mut courier = Courier::new(&app, "relay").await.expect("a courier");
    work(&mut courier).await;
    assert_eq!(deliveries(&app).await.len(), 2);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_hangs_holds_up_neither_cards_nor_other_channels() {
    let folder = tempfile::tempdir().expect("a folder");
    let (origin, seen) = fake(|_| Act::Hang).await;
    // Nobody else writes of this department while the house is at work.
    let of = "departments = [\"labour\"]";
    configured(folder.path(), &(webhook(&origin, of) + &relay(of)));
    let clock = clock();
    let app = open(folder.path(), &clock).await;
    let stop = tokio_util::sync::CancellationToken::new();
    let jobs = tokio::spawn(daylight::jobs::run(Arc::clone(&app), stop.clone().cancelled_owned()));
    // Until both channels have begun.
    while app.watchers() < 2
        || app.store.delivery_position("hook", "rest").await.expect("read").is_none()
        || app.store.delivery_position("relay", "rest").await.expect("read").is_none()
    {
        tokio::task::yield_now().await;
    }
    issue(&app, "labour", &[RED]).await;
    while seen.lock().expect("notes").is_empty() || files_if_whole(folder.path()) < 1 {
        tokio::task::yield_now().await;
    }
    // The webhook hangs now; more cards are written, and the other channel tells of them.
    issue(&app, "labour", &[RED]).await;
    while files_if_whole(folder.path()) < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(seen.lock().expect("notes").len(), 1, "it hangs still");
    let waiting = DeliveryFilter { channel: Some("hook".to_owned()), limit: 10, ..DeliveryFilter::default() };
    let waiting = app.store.deliveries(&waiting).await.expect("rows");
    assert!(waiting.iter().all(|r| r.state == DeliveryState::Pending && r.attempts == 0), "{waiting:?}");
    stop.cancel();
    jobs.await.expect("ended");
    app.close().await;
}

fn files_if_whole(folder: &Path) -> usize {
    let list = std::fs::read_dir(folder.join("config/relay")).expect("a folder");
    list.filter(|e| e.as_ref().is_ok_and(|e| e.path().extension().is_some_and(|x| x == "json"))).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_message_tells_who_applied() {
    let folder = tempfile::tempdir().expect("a folder");
    // What the outbox holds of a person reaches no message, even by a template that uses everything.
    let all = "{county}{department}{item}{rule}{level}{number}{due}{reply_due}{link}";
    let words = format!("[templates.\"card.issued\"]\ntitle = \"{all}\"\ntext = \"{all}\"\n");
    configured(folder.path(), &(words + &relay("")));
    let clock = clock();
    let app = open(folder.path(), &clock).await;
    let mut courier = Courier::new(&app, "relay").await.expect("a courier");
    issue(&app, "housing", &[RED, YELLOW]).await;
    issue(&app, "housing", &[YELLOW; 9]).await;
    work(&mut courier).await;
    let rows = deliveries(&app).await;
    assert!(rows.iter().any(|r| r.topic == "digest") && rows.iter().any(|r| r.topic == "card.issued"), "{rows:?}");
    let told = format!("{rows:?}{:?}", files(folder.path()));
    for secret in ["王小明", "330824199001011234", "身份证", "超期"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    app.close().await;

    // A whole county: nothing of any applicant, in any message.
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    for id in ["market", "resources", "housing", "health"] {
        demo.app.pull(id, "manual").await.expect("a run");
    }
    let people = people(&demo.app).await;
    assert!(people.len() > 50, "{} values", people.len());
    demo.app.close().await;
    let config = folder.path().join("config");
    std::fs::create_dir_all(config.join("relay")).expect("a folder");
    std::fs::write(config.join("notify.toml"), relay("quiet = false")).expect("written");
    let app = open(folder.path(), &Arc::new(ManualClock::at(at("2026-04-02 10:00")))).await;
    for lane in ["urgent", "rest"] {
        let plan =
            DeliveryPlan { channel: "relay".to_owned(), lane: lane.to_owned(), from: None, to: 0, rows: Vec::new() };
        app.store.plan_deliveries(&plan).await.expect("from the beginning");
    }
    let all = app.store.outbox_after(0, None, 10_000).await.expect("outbox");
    let notices: Vec<_> = all.iter().map(daylight::notify::plan::Notice::of).collect();
    let channel = app.config.notify.channels[0].clone();
    let mut items = 0;
    for notice in &notices {
        let one = std::slice::from_ref(notice);
        let message =
            daylight::notify::message::compose(&app, &channel, one, app.clock.now()).await.expect("a message");
        items += usize::from(!message.notices[0].item.is_empty());
        let text = serde_json::to_string(&message).expect("JSON");
        let found: Vec<&String> = people.iter().filter(|p| text.contains(p.as_str())).collect();
        assert!(found.is_empty(), "{found:?} in {text}");
    }
    assert!(items > 20, "{items} messages name their item");
    let mut courier = Courier::new(&app, "relay").await.expect("a courier");
    work(&mut courier).await;
    let told = deliveries(&app).await.iter().map(|d| d.body.clone()).collect::<String>();
    assert!(told.contains("件"), "{told}");
    let found: Vec<&String> = people.iter().filter(|p| told.contains(p.as_str())).collect();
    assert!(found.is_empty(), "{found:?} in {told}");
    app.close().await;
}

/// Names and numbers of applicants, and numbers of cases, in everything that was received.
async fn people(app: &App) -> BTreeSet<String> {
    let cases = daylight_store::CaseFilter { limit: 100_000, ..Default::default() };
    let mut all = BTreeSet::new();
    for row in app.store.cases(&cases).await.expect("cases") {
        all.insert(row.case.case_no.clone());
        for event in app.store.case_events(&row.department, &row.case.case_no).await.expect("events") {
            let payload: Value = serde_json::from_str(&event.payload).expect("JSON");
            for (name, value) in payload.as_object().expect("fields") {
                if let Some(text) = value.as_str().filter(|_| name.starts_with("applicant_") || name == "case_title")
                    && text.chars().count() > 1
                    && !text.chars().all(|c| c.is_ascii_digit() && text.len() < 6)
                {
                    all.insert(text.to_owned());
                }
            }
        }
    }
    all
}
