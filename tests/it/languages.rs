//! A plugin in each language, from nothing: a project is written, built by the language's own tool, admitted by the real host, and
//! brings what the department's system knows – the same, to the letter, as the bundled connector does – or scores as its vectors say.

use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::place::write_sample;
use daylight::kit::mock::{Faults, Kind, Mock, Plan, afterwards};
use daylight::kit::project::{Built, Language, Tools, build_with, create};
use daylight::prove::{Vector, prove};
use daylight_domain::cell::Cursor;
use daylight_domain::clock::Clock;
use daylight_host::{
    ActivePlugin, Grants, HttpGrant, PluginError, PluginKind, StandardLimits, generate_key, sign, vectors,
};
use daylight_store::{CaseFilter, RunRow};
use daylight_tests::servers::skipped;
use daylight_tests::vendor::{made, made_with, tools};
use daylight_tests::{Act, Lab, deps, http, narrow, source};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

fn bytes(built: &Built) -> Vec<u8> {
    std::fs::read(&built.file).expect("a component")
}

/// A county whose one department reads the fake one.
async fn county(folder: &Path, mock: &Mock, department: &str, clock: FastClock, key: Option<&str>) -> Arc<App> {
    let config = folder.join("config");
    write_sample(&config).expect("a sample");
    let id = mock.plan().department();
    std::fs::write(config.join(format!("departments/{id}.toml")), department).expect("written");
    let secrets = std::fs::read_to_string(config.join("secrets.toml")).expect("secrets");
    assert!(secrets.contains("sample-token-change-me"), "the token of {id}");
    let secrets = secrets.replace("sample-token-change-me", mock.secret());
    std::fs::write(config.join("secrets.toml"), secrets).expect("written");
    if let Some(key) = key {
        std::fs::create_dir_all(config.join("trust")).expect("a folder");
        std::fs::write(config.join("trust/vendor.pub"), format!("{key}\n")).expect("written");
    }
    let loaded = load(&config, clock.now()).unwrap_or_else(|p| panic!("{p:#?}"));
    App::open(loaded, Arc::new(clock)).await.expect("an appliance")
}

/// Everything that came of a pull: each event to the letter, and what was refused.
async fn outcome(app: &App, department: &str) -> (Vec<String>, RunRow, RunRow) {
    let run = app.pull(department, "manual").await.expect("a run");
    let again = app.pull(department, "manual").await.expect("a run");
    let filter = CaseFilter { department: Some(department.to_owned()), limit: 10_000, ..CaseFilter::default() };
    let cases = app.store.cases(&filter).await.expect("cases");
    let mut events = Vec::new();
    for case_no in cases.iter().map(|row| row.case.case_no.as_str()).chain([""]) {
        for e in app.store.case_events(department, case_no).await.expect("events") {
            let head = format!("{} {} {} {:?} {}", e.record, e.source_key, e.data_version, e.item_code, e.case_no);
            events.push(format!("{head} {} {}", e.event_time.rfc3339(), e.payload));
        }
    }
    events.sort();
    (events, run, again)
}

/// The plugin beside the bundled connector, over the same fake department with the mess of real records.
async fn brings_what_the_bundled_one_brings(built: &Built) {
    let mut plan = Plan::new(Kind::Rest, 11).expect("a plan");
    plan.cases = 60;
    plan.faults = Faults::usual();
    let clock = afterwards(&plan);
    let mock = Mock::start(plan, Arc::new(clock)).await.expect("a fake department");
    let id = mock.plan().department().to_owned();
    let theirs = daylight::kit::mock::department(&mock);
    let (secret, public) = generate_key([9; 32]);
    let (one, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let app = county(one.path(), &mock, &theirs, clock, None).await;
    let (want, first, _) = outcome(&app, &id).await;
    app.close().await;
    assert_eq!((first.status.as_str(), first.error.as_deref()), ("done", None));

    let ours = format!(
        "id = \"{id}\"\nname = \"部门\"\nphase = \"trial\"\nsupervised_since = \"{}\"\nconnector = \"{}\"\n\n[grants]\n\
         http = [{{ origin = \"{address}\", private = true }}]\nsecrets = [\"token\"]\n\n[settings]\n\
         base_url = \"{address}/\"\nsecret = \"token\"\npage_size = 50\n",
        mock.plan().from,
        built.manifest.name,
        address = mock.address(),
    );
    let app = county(other.path(), &mock, &ours, clock, Some(&public)).await;
    let component = bytes(built);
    let signature = sign(&component, &secret).expect("a signature");
    app.install(component, &signature, "vendor").await.expect("installed");
    let (have, run, again) = outcome(&app, &id).await;
    app.close().await;
    assert_eq!((run.status.as_str(), run.error.as_deref()), ("done", None), "{:?}", built.language);
    assert!(want.len() > 300 && run.pages > 5, "{} events, {} pages", want.len(), run.pages);
    let differs = want.iter().zip(&have).find(|(a, b)| a != b);
    assert_eq!(differs, None, "{:?}", built.language);
    assert_eq!((have.len(), run.rejected), (want.len(), first.rejected), "{:?}", built.language);
    assert_eq!((again.status.as_str(), again.records, again.accepted), ("done", 0, 0), "the cursor is past everything");
}

fn row(n: u64) -> Value {
    json!({ "id": n, "event": "SQ", "key": format!("k{n}"), "version": "1", "caseNo": format!("F{n}"),
            "matterCode": "MK-0101", "time": "2026-03-02 09:30:00", "title": " 示例“\u{1f600}”\\n\t " })
}

fn list(ids: impl Iterator<Item = u64>) -> Vec<u8> {
    json!({ "code": 0, "data": { "list": ids.map(row).collect::<Vec<_>>() } }).to_string().into_bytes()
}

/// One plugin beside a source that answers the next request as it is told.
struct Told<'a> {
    lab: &'a Lab,
    plugin: &'a ActivePlugin,
    grants: Grants,
    settings: Value,
    next: Arc<Mutex<Option<Act>>>,
    asked: Arc<AtomicUsize>,
}

impl Told<'_> {
    fn tell(&self, act: Act) {
        *self.next.lock().expect("a lock") = Some(act);
    }

    async fn open(&self, since: Option<&[u8]>) -> Result<daylight_host::Session, PluginError> {
        let since = since.map(|bytes| Cursor(bytes.to_vec()));
        let (settings, limits) = (&self.settings, narrow());
        self.lab
            .host
            .open(self.plugin, "own", settings, &self.grants, &limits, "r", since, "2026-03-02T09:00:00Z")
            .await
    }
}

/// Every way in which a source fails has its code, and whether trying again can help; check says the same without a pull.
async fn says_what_is_wrong(built: &Built) {
    let lab = Lab::new(deps());
    let plugin = lab.install(bytes(built)).await.expect("admitted");
    let (next, asked): (Arc<Mutex<Option<Act>>>, Arc<AtomicUsize>) = Default::default();
    let (told, count) = (Arc::clone(&next), Arc::clone(&asked));
    let origin = source(move |request| {
        count.fetch_add(1, Ordering::SeqCst);
        assert!(request.to_lowercase().contains("authorization: bearer own-value"), "{request}");
        let number = |name: &str| -> u64 {
            let rest = request.split_once(name).map_or("", |(_, rest)| rest);
            rest.split(|c: char| !c.is_ascii_digit()).next().and_then(|n| n.parse().ok()).unwrap_or(0)
        };
        let (after, size) = (number("after="), number("size="));
        let good = http(200, "", &list((after + 1..=7).take(usize::try_from(size).expect("a size"))));
        told.lock().expect("a lock").take().unwrap_or(good)
    })
    .await;
    let grants = Grants {
        http: vec![HttpGrant { origin: origin.clone(), private: true }],
        secrets: vec!["own".to_owned()],
        ..Grants::default()
    };
    let settings = json!({ "base_url": origin, "secret": "own", "page_size": 3 });
    let told = Told { lab: &lab, plugin: &plugin, grants, settings, next, asked };
    let language = built.language;
    let good = list(1..=3);
    let wide =
        [b"{\"code\":0,\"data\":{\"list\":[{\"id\":1,\"title\":\"".as_slice(), &[0xd6, 0xd0, 0xce, 0xc4], b"\"}]}}"]
            .concat();
    for (what, act, code, retryable) in [
        ("refused", http(401, "", b"{}"), "source.refused", false),
        ("forbidden", http(403, "", b""), "source.refused", false),
        ("busy", http(429, "", b""), "source.unavailable", true),
        ("down", http(503, "", b"<html>"), "source.unavailable", true),
        ("elsewhere", http(302, "Location: /login\r\n", b""), "source.unexpected", false),
        ("half", http(200, "", &good[..good.len() / 2]), "source.garbled", true),
        ("nothing", http(200, "", b""), "source.garbled", true),
        ("more", http(200, "", &[good.as_slice(), b"]"].concat()), "source.garbled", true),
        ("GB18030", http(200, "", &wide), "source.garbled", true),
        ("a page", http(200, "", b"\r\n <!DOCTYPE html><html></html>"), "source.shape", false),
        ("no list", http(200, "", b"{\"code\":0,\"data\":{\"list\":\"none\"}}"), "source.shape", false),
        ("a number", http(200, "", b"7"), "source.shape", false),
        ("no id", http(200, "", b"{\"data\":{\"list\":[{\"event\":\"SQ\"}]}}"), "source.shape", false),
        ("its own code", http(200, "", b"{\"code\":500,\"data\":null}"), "source.unexpected", false),
        ("again", http(200, "", &list(1..=3)), "source.no-progress", false),
    ] {
        let session = told.open(Some(br#"{"after":3}"#)).await.expect("a session");
        told.tell(act);
        let wrong = session.next(100).await.expect_err(what);
        assert_eq!((wrong.code.as_str(), wrong.retryable), (code, retryable), "{language:?} {what}: {wrong:?}");
        assert!(!wrong.message.is_empty() && wrong.message.is_char_boundary(0), "{language:?} {what}");
    }
    let session = told.open(Some(br#"{"after":3}"#)).await.expect("a session");
    told.tell(Act::Hang);
    let wrong = session.next(100).await.expect_err("nothing comes");
    assert_eq!(
        (wrong.code.as_str(), wrong.retryable),
        ("http.timeout", true),
        "{language:?}: the host's own failure is passed on"
    );
    let numbers =
        [b"-1".as_slice(), b"3", br#"{"after":-1}"#, br#"{"after":99999999999999999999999}"#, br#"{"after":"3"}"#];
    let others = [b"".as_slice(), b"abc", &[0xff, 0xfe], br#"{"after":3"#, b"{}", b"[3]"];
    for cursor in numbers.into_iter().chain(others) {
        let wrong = told.open(Some(cursor)).await.err().unwrap_or_else(|| panic!("{language:?}: {cursor:?}"));
        assert_eq!(wrong.code, "cursor.unreadable", "{language:?} {cursor:?}: {wrong:?}");
    }
    recovers(&told, language).await;
    checks(&told, language).await;
}

/// After all that the source is read to its end, page by page, whatever order its rows have.
async fn recovers(told: &Told<'_>, language: Language) {
    let session = told.open(None).await.expect("a session");
    told.tell(http(200, "", &list([3, 1, 2].into_iter())));
    let mut cursors = Vec::new();
    let (mut rows, mut title) = (0, None);
    for _ in 0..10 {
        let got = session.next(100).await.expect("a page");
        let column = got.page.columns.iter().position(|c| c == "case_title").expect("a column");
        title = title.or_else(|| got.page.rows.first().map(|row| format!("{:?}", row[column])));
        rows += got.page.rows.len();
        cursors.push(String::from_utf8(got.page.next.expect("a cursor").0).expect("text"));
        if got.page.done {
            break;
        }
    }
    assert_eq!((rows, cursors), (7, [3, 6, 7].map(|id| format!("{{\"after\":{id}}}")).to_vec()), "{language:?}");
    assert_eq!(
        title.as_deref(),
        Some("Text(\"示例“😀”\\\\n\")"),
        "{language:?}: as it was, without the blanks around it"
    );
    // Fewer rows than the settings say, when the core wants fewer.
    let session = told.open(None).await.expect("a session");
    let got = session.next(2).await.expect("a page");
    assert_eq!((got.page.rows.len(), got.page.done), (2, false), "{language:?}");
}

async fn checks(told: &Told<'_>, language: Language) {
    let check = async |grants: &Grants| {
        told.lab.host.check(told.plugin, "own", &told.settings, grants, &narrow()).await.expect("a report")
    };
    told.asked.store(0, Ordering::SeqCst);
    let report = check(&told.grants).await;
    assert!(report.problems.is_empty() && report.notes.len() == 1, "{language:?}: {report:?}");
    assert_eq!(told.asked.load(Ordering::SeqCst), 1, "{language:?}: one look");
    told.tell(http(401, "", b""));
    let report = check(&told.grants).await;
    let found: Vec<_> = report.problems.iter().map(|p| (p.code.as_str(), p.setting.as_deref())).collect();
    assert_eq!(found, [("source.refused", Some("/secret"))], "{language:?}");
    let report = check(&Grants { secrets: Vec::new(), ..told.grants.clone() }).await;
    assert_eq!(report.problems.first().map(|p| p.code.as_str()), Some("secret.not-granted"), "{language:?}");
}

async fn connector(language: Language) {
    let Some(built) = made(language, PluginKind::Connector) else { return };
    says_what_is_wrong(&built).await;
    brings_what_the_bundled_one_brings(&built).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_in_rust() {
    connector(Language::Rust).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_in_javascript() {
    connector(Language::Javascript).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_in_python() {
    connector(Language::Python).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_in_c() {
    connector(Language::C).await;
}

/// The limits of the sample configuration.
fn limits() -> StandardLimits {
    StandardLimits { memory_bytes: 64 << 20, fuel: 2_000_000_000, transfer_bytes: 64 << 20 }
}

/// Writes down what the vectors' inputs give, for a person to read before it is checked in.
async fn write_vectors(lab: &Lab, plugin: &ActivePlugin, component: &[u8]) {
    let text = vectors(component).expect("a component").expect("vectors");
    let mut list: Vec<Vector> = serde_json::from_slice(&text).expect("vectors");
    for one in &mut list {
        let answer = lab.host.assess(plugin, &one.settings, &one.input, &limits()).await;
        one.expected = answer.ok().map(|(card, _)| card);
    }
    let text = serde_json::to_string_pretty(&list).expect("text");
    let file = daylight_tests::root().join("plugins/templates/standard/vectors.json");
    std::fs::write(file, text + "\n").expect("written");
}

/// The same vectors for all languages, to the letter, and what holds for every standard.
async fn standard(language: Language) {
    let Some(built) = made(language, PluginKind::Standard) else { return };
    let (lab, component) = (Lab::new(deps()), bytes(&built));
    let plugin = lab.install(component.clone()).await.expect("admitted");
    if std::env::var_os("DAYLIGHT_WRITE").is_some() && language == Language::Rust {
        return write_vectors(&lab, &plugin, &component).await;
    }
    let proof = prove(&lab.host, &plugin, &component, None, &limits()).await.expect("a standard");
    let said: Vec<String> = proof.problems.iter().map(|p| format!("{}: {}", p.code, p.message)).collect();
    assert!(said.is_empty(), "{language:?}: {said:#?}");
    assert!(proof.vectors == 5 && proof.tries >= 64, "{language:?}: {proof:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standard_in_rust() {
    standard(Language::Rust).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standard_in_javascript() {
    standard(Language::Javascript).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standard_in_python() {
    standard(Language::Python).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standard_in_c() {
    standard(Language::C).await;
}

/// What a plugin in C asks of C's library beyond what it can have is answered inside the component: no file, no clock, no
/// environment, nothing that stops it, and no import that the host would refuse.
#[tokio::test(flavor = "multi_thread")]
async fn files_clocks_and_environment_are_answered_inside_the_component() {
    let curious = "#include <stdio.h>\n#include <stdlib.h>\n#include <time.h>\n";
    let asks = "printf(\"%ld\\n\", (long)time(NULL)); fflush(stdout); if (getenv(\"HOME\") != NULL || fopen(\"/etc/hostname\", \"r\") != NULL) abort();";
    let Some(built) = made_with(Language::C, PluginKind::Standard, "curious", |text| {
        format!("{curious}{}", text.replacen("int64_t factor;", &format!("int64_t factor; {asks}"), 1))
    }) else {
        return;
    };
    let (lab, component) = (Lab::new(deps()), bytes(&built));
    let plugin = lab.install(component.clone()).await.expect("admitted");
    let proof = prove(&lab.host, &plugin, &component, None, &limits()).await.expect("a standard");
    assert!(proof.problems.is_empty(), "{:?}", proof.problems);
}

/// What does not build says so with the tool's own words.
#[test]
fn a_mistake_in_the_source_is_told_with_the_tools_own_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("one");
    create("one", PluginKind::Connector, Language::C, &place).expect("a project");
    let source = place.join("src/fields.c");
    let text = std::fs::read_to_string(&source).expect("a source");
    std::fs::write(&source, text.replace("AS_TIME", "AS_TIMES")).expect("written");
    match build_with(&place, &tools(&place)) {
        Err(problem) if problem.code == "build.tool-missing" => skipped("C: no compiler; run tests/vendor-tools"),
        answer => {
            let problem = answer.expect_err("it does not build");
            assert_eq!(problem.code, "build.failed");
            assert!(
                problem.message.contains("AS_TIMES") && problem.message.contains("fields.c"),
                "{}",
                problem.message
            );
        }
    }
    // Without any tool, and of no language.
    let missing = build_with(&place, &Tools(Vec::new())).expect_err("no compiler");
    assert_eq!(missing.code, "build.tool-missing");
    assert!(missing.fix.is_some_and(|fix| fix.contains("pip install")), "how to install it");
    std::fs::remove_file(place.join("src/plugin.c")).expect("removed");
    assert_eq!(build_with(&place, &tools(&place)).expect_err("no language").code, "project.language");
}
