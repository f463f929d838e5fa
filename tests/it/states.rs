//! How a connector stands is one word wherever it is said; that it fails is said once, and once that it is back.

use crate::api::{Asking, token};
use crate::web::Browser;
use daylight::app::App;
use daylight::config::load;
use daylight::connection::{CODES, ConnectorState, Duty, table_zh};
use daylight::demo::place::{TODAY, write_sample};
use daylight_domain::Timestamp;
use daylight_domain::check::Who;
use daylight_domain::clock::{Clock, ManualClock};
use daylight_domain::department::Phase;
use daylight_host::{generate_key, sign};
use daylight_store::{AuditEntry, PluginRow};
use daylight_tests::{Act, GREEDY, guest, http, root, source, with_manifest};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

/// What the source of the market department answers.
struct Source {
    origin: String,
    status: Arc<AtomicU16>,
}

async fn answering(status: u16) -> Source {
    let now = Arc::new(AtomicU16::new(status));
    let said = Arc::clone(&now);
    let answer = move |_: &str| -> Act {
        match said.load(Ordering::SeqCst) {
            200 => http(200, "Content-Type: application/json\r\n", br#"{"data":{"list":[]}}"#),
            status => http(status, "", b"no"),
        }
    };
    Source { origin: source(answer).await, status: now }
}

fn market(config: &Path) -> PathBuf {
    config.join("departments/market.toml")
}

fn change(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).expect("a department");
    assert!(text.contains(from), "{from}");
    std::fs::write(file, text.replace(from, to)).expect("written");
}

fn sample(folder: &Path, origin: &str) -> PathBuf {
    let config = folder.join("config");
    write_sample(&config).expect("a sample");
    change(&market(&config), "http://127.0.0.1:18321", origin);
    config
}

async fn open(config: &Path, clock: &Arc<ManualClock>) -> Arc<App> {
    App::open(load(config, clock.now()).expect("configuration"), Arc::clone(clock) as Arc<dyn Clock>)
        .await
        .expect("an appliance")
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::parse(TODAY).expect("a time")))
}

fn later(clock: &ManualClock, minutes: i64) {
    clock.set(clock.now().plus_ms(minutes * 60_000));
}

/// A plugin of the vendor's next contract, in the store as another program left it.
async fn of_the_future(app: &App, secret: &str) {
    let manifest = GREEDY.replace("\"hostile\"", "\"future\"").replace("contract = \"1.0\"", "contract = \"9.0\"");
    let bytes = with_manifest(guest("guest-hostile"), &manifest);
    let signature = sign(&bytes, secret).expect("a signature");
    let digest = daylight_domain::publication::digest_of(&bytes);
    let now = app.clock.now();
    let row = PluginRow {
        digest: digest.clone(),
        name: "future".to_owned(),
        version: "1.0.0".to_owned(),
        kind: "connector".to_owned(),
        manifest: "{}".to_owned(),
        signer: "vendor".to_owned(),
        installed_at: now,
        active_since: None,
        bytes,
        signature,
        grade: None,
    };
    app.store.put_plugin(&row).await.expect("kept");
    app.store.activate_plugin(&digest, now, AuditEntry::default()).await.expect("active");
}

/// Market in a state, made real.
async fn in_state(folder: &Path, state: ConnectorState) -> Arc<App> {
    let source = answering(match state {
        ConnectorState::Retrying => 503,
        ConnectorState::Credentials => 401,
        _ => 200,
    })
    .await;
    let config = sample(folder, &source.origin);
    let file = market(&config);
    let mut incompatible = None;
    match state {
        ConnectorState::Planned | ConnectorState::Connecting | ConnectorState::Trial => {
            change(&file, "phase = \"live\"", &format!("phase = \"{}\"", state.as_str()));
        }
        ConnectorState::Suspended => {
            change(&file, "phase = \"live\"", "phase = \"suspended\"\nsuspended_because = \"机房搬迁\"");
        }
        ConnectorState::Misconfigured => {
            change(&file, &format!("[{{ origin = \"{}\"", source.origin), "[{ origin = \"http://127.0.0.1:9\"");
        }
        ConnectorState::Incompatible => {
            let (secret, public) = generate_key([5; 32]);
            std::fs::create_dir_all(config.join("trust")).expect("a folder");
            std::fs::write(config.join("trust/vendor.pub"), public).expect("written");
            incompatible = Some(secret);
        }
        ConnectorState::Live | ConnectorState::Retrying | ConnectorState::Credentials => {}
    }
    let clock = clock();
    let app = open(&config, &clock).await;
    let Some(secret) = incompatible else {
        if app.config.departments["market"].phase.ingests() {
            app.pull("market", "manual").await.expect("a run");
        }
        return app;
    };
    of_the_future(&app, &secret).await;
    app.close().await;
    change(&file, "connector = \"rest-json\"", "connector = \"future\"");
    let app = open(&config, &clock).await;
    app.pull("market", "manual").await.expect("a run");
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn every_outlet_says_the_same_word() {
    for state in ConnectorState::ALL {
        let folder = tempfile::tempdir().expect("a folder");
        let app = in_state(folder.path(), state).await;
        let word = state.name_zh();
        let view = app.connector_views(Some("market")).await.expect("views").pop().expect("a view");
        assert_eq!(view.state, state, "{view:?}");
        assert!(view.since.is_some(), "{view:?}");
        assert!(view.said_zh(app.clock.now()).starts_with(word), "{view:?}");
        assert_eq!(state.fails(), view.failures == 1 && view.error_code.is_some(), "{view:?}");

        let secret = token(&app, "machine", "system_admin", None, 1).await;
        let asking = Asking(&app, &secret);
        for path in ["/api/v1/departments", "/api/v1/connectors"] {
            let (status, all) = asking.get(path).await;
            assert_eq!(status, 200, "{all}");
            let items = all["items"].as_array().expect("items");
            let id = |one: &&serde_json::Value| one["id"] == "market" || one["department"] == "market";
            let one = items.iter().find(id).expect("market");
            let said = if path.ends_with("departments") { &one["health"] } else { &one["state"] };
            assert_eq!((said.as_str(), one["who"].as_str()), (Some(state.as_str()), Some(view.who.as_str())), "{path}");
        }
        let (_, one) = asking.get("/api/v1/connectors/market").await;
        assert_eq!(one["state"], state.as_str());

        let browser = Browser(&app, &secret);
        for path in ["/departments", "/departments/market", "/connectors", "/connectors/market", "/", "/?lang=zh"] {
            let (status, page) = browser.page(path).await;
            assert_eq!(status, 200, "{path}");
            assert!(page.contains(word), "{path} does not say {word}");
        }
        let (_, english) = browser.page("/connectors/market?lang=en").await;
        assert!(english.contains(state.name_en()), "{english}");

        let doctor = app.doctor().await.expect("a diagnosis");
        let check = doctor.checks.iter().find(|c| c.what == "source/market").expect("a check");
        assert!(check.seen_zh.starts_with(word), "{check:?}");
        app.close().await;
    }
}

#[test]
fn the_words_of_pages_are_the_words_of_the_program() {
    use daylight_console::words::{Lang, find};
    for state in ConnectorState::ALL {
        let key = format!("connector.{}", state.as_str());
        assert_eq!(find(Lang::Zh, &key), Some(state.name_zh()));
        assert_eq!(find(Lang::En, &key), Some(state.name_en()));
    }
    for duty in Duty::ALL {
        let key = format!("duty.{}", duty.as_str());
        assert_eq!((find(Lang::Zh, &key), find(Lang::En, &key)), (Some(duty.name_zh()), Some(duty.name_en())));
    }
    for who in Who::ALL {
        let duty = Duty::ALL.into_iter().find(|duty| duty.as_str() == who.as_str()).expect("a duty");
        assert_eq!((duty.name_zh(), duty.name_en()), (who.zh(), who.en()), "as the error catalogue says it");
    }
    for phase in [Phase::Planned, Phase::Connecting, Phase::Trial, Phase::Suspended] {
        assert_eq!(ConnectorState::of(phase, None).name_zh(), phase.name_zh(), "phase and state are one word here");
    }
}

/// `DAYLIGHT_WRITE=1` writes the table anew.
#[test]
fn every_code_of_the_contract_has_a_state_and_the_manual_says_which() {
    let contract = std::fs::read_to_string(root().join("wit/README.md")).expect("the contract");
    let (_, codes) = contract.split_once("## Error codes").expect("the codes");
    let (_, limits) = contract.split_once("## Limits").expect("the limits");
    let named = codes.split('`').chain(limits.split('`'));
    let kinds = ["http", "secret", "database", "files", "settings", "cursor", "source", "plugin", "trust", "grant"];
    let is_code = |word: &&str| {
        let (kind, rest) = word.split_once('.').unwrap_or(("", ""));
        kinds.contains(&kind) && !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
    };
    let mut all: Vec<&str> = named.filter(is_code).collect();
    all.sort_unstable();
    all.dedup();
    assert!(all.len() > 40, "{all:?}");
    let missing: Vec<_> = all.iter().filter(|code| !CODES.iter().any(|(one, _)| one == *code)).collect();
    assert!(missing.is_empty(), "no state is decided for {missing:?}");

    let file = root().join("deploy/README.md");
    let manual = std::fs::read_to_string(&file).expect("the manual");
    let (before, rest) = manual.split_once("| 代码 | 状态 | 由谁处理 |").expect("the table");
    let after = rest.split_once("\n\n").expect("what follows").1;
    let wanted = format!("{before}{}\n{after}", table_zh());
    if std::env::var_os("DAYLIGHT_WRITE").is_some() {
        std::fs::write(&file, wanted).expect("written");
    } else {
        assert_eq!(manual, wanted, "DAYLIGHT_WRITE=1 writes it anew");
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Lines about market since the last look.
    fn lines(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().expect("a lock"));
        let text = String::from_utf8(bytes).expect("text");
        text.lines().filter(|l| l.contains("market")).map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn a_source_that_is_down_is_logged_once_and_once_when_it_is_back() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let folder = tempfile::tempdir().expect("a folder");
    let source = answering(503).await;
    let config = sample(folder.path(), &source.origin);
    let clock = clock();
    let mut app = open(&config, &clock).await;
    log.lines();
    for round in 0..20 {
        assert_eq!(app.pull("market", "schedule").await.expect("a run").status, "failed");
        later(&clock, 30);
        if round == 9 {
            app.close().await;
            app = open(&config, &clock).await;
        }
    }
    let lines = log.lines();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(
        lines[0].contains("WARN") && lines[0].contains("重试中") && lines[0].contains("source.unavailable"),
        "{lines:?}"
    );
    let view = app.connector_views(Some("market")).await.expect("views").pop().expect("a view");
    assert_eq!((view.state, view.failures), (ConnectorState::Retrying, 20), "counted across the restart");
    assert_eq!(view.since, Some(Timestamp::parse(TODAY).expect("a time")), "since the first of them");

    // It fails in another way: that is another state, and said.
    source.status.store(401, Ordering::SeqCst);
    app.pull("market", "schedule").await.expect("a run");
    app.pull("market", "schedule").await.expect("a run");
    let lines = log.lines();
    assert!(lines.len() == 1 && lines[0].contains("凭据失效"), "{lines:#?}");

    source.status.store(200, Ordering::SeqCst);
    for _ in 0..3 {
        assert_eq!(app.pull("market", "schedule").await.expect("a run").status, "done");
    }
    let lines = log.lines();
    assert!(lines.len() == 1 && lines[0].contains("INFO") && lines[0].contains("来源恢复"), "{lines:#?}");
    let view = app.connector_views(Some("market")).await.expect("views").pop().expect("a view");
    assert_eq!((view.state, view.failures, view.who), (ConnectorState::Live, 0, Duty::Nobody));
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_runs_the_place_is_told_after_the_grace_and_when_it_is_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = answering(401).await;
    let config = sample(folder.path(), &source.origin);
    change(&market(&config), "silence_minutes = 4320", "silence_minutes = 45");
    let clock = clock();
    let mut app = open(&config, &clock).await;
    let told = async |app: &App| {
        app.tell_of_connectors().await.expect("looked");
        let all = app.store.outbox_after(0, Some("market"), 100).await.expect("outbox");
        let all = all.into_iter().filter(|row| row.topic.starts_with("connector."));
        all.map(|row| (row.topic, row.body)).collect::<Vec<_>>()
    };
    app.pull("market", "schedule").await.expect("a run");
    assert_eq!(told(&app).await, [], "within its grace");
    later(&clock, 46);
    let first = told(&app).await;
    assert_eq!(first.len(), 1, "{first:?}");
    assert!(first[0].0 == "connector.failing" && first[0].1.contains("凭据失效，由部门处理"), "{first:?}");
    app.close().await;
    app = open(&config, &clock).await;
    later(&clock, 600);
    assert_eq!(told(&app).await.len(), 1, "a restart tells nothing again");
    source.status.store(200, Ordering::SeqCst);
    app.pull("market", "schedule").await.expect("a run");
    let both = told(&app).await;
    assert_eq!(both.len(), 2, "{both:?}");
    assert!(both[1].0 == "connector.back" && both[1].1.contains("正常"), "{both:?}");
    assert_eq!(told(&app).await.len(), 2);
    app.close().await;
}
