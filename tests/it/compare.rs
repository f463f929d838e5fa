//! Two versions of a connector side by side: what differs is named, what is personal is not shown, and nothing has happened.

use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::place::{TODAY, write_sample};
use daylight::kit::compare::{Comparison, From, With};
use daylight_domain::Timestamp;
use daylight_host::{generate_key, sign};
use daylight_store::CaseFilter;
use daylight_tests::{guest, with_manifest};
use std::path::{Path, PathBuf};
use std::sync::Arc;

struct Bench {
    app: Arc<App>,
    config: PathBuf,
    secret: String,
    _folder: tempfile::TempDir,
}

/// An edition of the connector as a version of a plugin.
fn edition(letter: char, version: &str) -> Vec<u8> {
    let mut bytes = guest("guest-edition");
    let mark = b"edition-of-this-connector: a";
    let at = bytes.windows(mark.len()).position(|w| w == mark).expect("the mark");
    bytes[at + mark.len() - 1] = u8::try_from(letter).expect("a letter");
    let manifest = format!(
        "name = \"vendors\"\nversion = \"{version}\"\nkind = \"connector\"\ncontract = \"1.0\"\n\
        [asks]\nhttp = [\"*\"]\nsecrets = [\"*\"]\ndatabase = [\"*\"]\nfiles = [\"*\"]\n"
    );
    with_manifest(bytes, &manifest)
}

async fn open(config: &Path) -> Arc<App> {
    let now = Timestamp::parse(TODAY).expect("a time");
    let loaded = load(config, now).expect("configuration");
    App::open(loaded, Arc::new(FastClock::new(now, 0))).await.expect("an appliance")
}

/// A county whose market department uses edition `a`, version 1.0.0, with one file in its folder.
async fn bench() -> Bench {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let (secret, public) = generate_key([3; 32]);
    std::fs::create_dir_all(config.join("trust")).expect("a folder");
    std::fs::write(config.join("trust/vendor.pub"), public).expect("written");
    let drop = folder.path().join("drop");
    std::fs::create_dir(&drop).expect("a folder");
    std::fs::write(drop.join("one.csv"), "1").expect("a file");
    let market = config.join("departments/market.toml");
    let text = std::fs::read_to_string(&market).expect("a department").replace("rest-json", "vendors");
    let head = text.split("[grants]").next().expect("a head");
    let grants = format!("[grants.files.drop]\npath = \"{}\"\n", drop.display());
    std::fs::write(&market, format!("{head}\n{grants}\n[settings]\n")).expect("written");
    let app = open(&config).await;
    let bench = Bench { app, config, secret, _folder: folder };
    bench.install(edition('a', "1.0.0")).await;
    bench
}

impl Bench {
    async fn install(&self, bytes: Vec<u8>) {
        let signature = sign(&bytes, &self.secret).expect("signed");
        self.app.install(bytes, &signature, "test").await.expect("installed");
    }

    async fn with(&self, letter: char, from: From, pages: u32) -> Comparison {
        let bytes = edition(letter, "1.1.0");
        let signature = sign(&bytes, &self.secret).expect("signed");
        self.app.compare_versions("market", With::Component(bytes, signature), from, pages).await.expect("compared")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_edition_does_otherwise_is_named() {
    let bench = bench().await;
    let same = bench.with('b', From::Start, 20).await;
    assert!(same.equal, "{:?}", same.differs);
    assert_eq!((same.old.pages, same.new.pages, same.records.same), (3, 4, 10), "other pages, the same records");
    assert_eq!((same.old.version.as_str(), same.new.version.as_str()), ("1.0.0", "1.1.0"));

    let other = bench.with('c', From::Start, 20).await;
    let r = &other.records;
    assert_eq!((r.same, r.only_old, r.only_new, r.different, r.beyond), (6, 1, 1, 3, 0));
    assert_eq!(other.new.rejected, 1);
    let of = |what: &str| -> Vec<&str> {
        r.first.iter().filter(|d| d.what == what).map(|d| d.record.source_key.as_str()).collect()
    };
    assert_eq!((of("only_old"), of("only_new"), of("different")), (vec!["k5"], vec!["k11"], vec!["k7", "k8", "k9"]));
    let field = |key: &str| {
        let one = r.first.iter().find(|d| d.record.source_key == key).expect(key);
        let f = &one.fields[0];
        (f.field.clone(), f.old.as_str().unwrap_or_default().to_owned(), f.new.as_str().unwrap_or_default().to_owned())
    };
    let is = |field: &str, old: &str, new: &str| (field.to_owned(), old.to_owned(), new.to_owned());
    assert_eq!(field("k7"), is("case_title", "示例办件", "另一标题"));
    assert_eq!(field("k8"), is("applicant_name", "乙**", "甲**"), "nobody's name is shown");
    assert_eq!(field("k9"), is("check", "接受", "E003 channel"));
    assert_eq!(other.differs, ["1 条记录只有旧版给出", "1 条记录只有新版给出", "3 条记录内容不同"]);
    let text = serde_json::to_string(&other).expect("JSON");
    assert!(!text.contains("乙某") && !text.contains("甲某某"), "nowhere");

    let fails = bench.with('d', From::Start, 20).await;
    assert_eq!(fails.new.failure.as_ref().map(|f| f.code.as_str()), Some("source.garbled"));
    assert_eq!((fails.new.codes(), fails.old.codes()), (vec!["source.shape".to_owned()], vec![]));
    assert_eq!((fails.records.same, fails.records.only_old, fails.records.beyond), (4, 0, 6), "it never came so far");
    assert_eq!(fails.differs.len(), 2, "{:?}", fails.differs);

    let cursor = bench.with('e', From::Start, 20).await;
    assert_eq!(cursor.records.same, 10);
    let code = |r: &Option<daylight::kit::compare::Reads>| r.as_ref().and_then(|r| r.code.clone());
    assert_eq!(code(&cursor.new_reads_old).as_deref(), Some("cursor.unreadable"));
    assert_eq!(code(&cursor.old_reads_new).as_deref(), Some("cursor.unreadable"));
    assert_eq!(cursor.differs.len(), 2, "{:?}", cursor.differs);

    let short = bench.with('b', From::Start, 2).await;
    assert!(short.equal && !short.old.done, "{:?}", short.differs);
    assert_eq!((short.records.same, short.records.beyond), (6, 2), "what only one has reached is not judged");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_leaves_no_trace_and_disturbs_no_pull() {
    let bench = bench().await;
    let app = &bench.app;
    let file = bench.config.parent().expect("a folder").join("drop/one.csv");
    let compared = bench.with('c', From::Start, 20).await;
    assert_eq!(compared.old.moves + compared.new.moves, 6, "both would have moved the file with every page");
    assert!(file.exists(), "and neither has");
    assert_eq!(app.store.cursor("market").await.expect("asked"), None);
    assert_eq!(app.store.runs(Some("market"), 10, None).await.expect("runs").len(), 0);
    let cases = CaseFilter { department: Some("market".to_owned()), limit: 10, ..CaseFilter::default() };
    assert_eq!(app.store.cases(&cases).await.expect("cases").len(), 0);
    assert_eq!(app.store.plugins().await.expect("plugins").iter().filter(|p| p.name == "vendors").count(), 1);

    let run = app.pull("market", "manual").await.expect("a run");
    assert_eq!((run.status.as_str(), run.accepted), ("done", 10));
    let kept = app.store.cursor("market").await.expect("asked");
    let from_cursor = bench.with('b', From::Cursor, 20).await;
    assert!(from_cursor.equal && from_cursor.records.same == 0, "{:?}", from_cursor.differs);
    assert_eq!(app.store.cursor("market").await.expect("asked"), kept);

    // While somebody pulls – here: another process – nothing is asked of the source; and afterwards it may be pulled at once.
    let held = daylight::lock::pulling(&app.config.data(), "market").expect("a lock");
    let bytes = edition('b', "1.1.0");
    let signature = sign(&bytes, &bench.secret).expect("signed");
    let with = || With::Component(bytes.clone(), signature.clone());
    let busy = app.compare_versions("market", with(), From::Start, 1).await.expect_err("it is being pulled");
    assert_eq!(busy.code, "pull.running");
    drop(held);
    assert!(!app.is_pulling("market"));
    app.compare_versions("market", with(), From::Start, 1).await.expect("free again");
    assert_eq!(app.pull("market", "manual").await.expect("a run").status, "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_another_trusted_version_of_the_same_connector_is_compared() {
    let bench = bench().await;
    let app = &bench.app;
    let refused = |with| app.compare_versions("market", with, From::Start, 1);
    let bytes = edition('b', "1.1.0");
    let stranger = sign(&bytes, &generate_key([4; 32]).0).expect("signed");
    assert_eq!(refused(With::Component(bytes, stranger)).await.expect_err("a stranger").code, "plugin.signature");
    let other = with_manifest(
        guest("guest-edition"),
        "name = \"another\"\nversion = \"1.0.0\"\nkind = \"connector\"\ncontract = \"1.0\"\n[asks]\nhttp = [\"*\"]\ndatabase = [\"*\"]\nfiles = [\"*\"]\n",
    );
    let signature = sign(&other, &bench.secret).expect("signed");
    assert_eq!(refused(With::Component(other, signature)).await.expect_err("another plugin").code, "compare.plugin");
    assert_eq!(refused(With::Previous).await.expect_err("the first").code, "plugin.no-version");
    bench.install(edition('c', "1.1.0")).await;
    let previous = app.compare_versions("market", With::Previous, From::Start, 20).await.expect("compared");
    assert_eq!((previous.old.version.as_str(), previous.new.version.as_str()), ("1.1.0", "1.0.0"));
    assert_eq!((previous.records.only_old, previous.records.only_new), (1, 1));
    let nobody =
        app.compare_versions("education", With::Previous, From::Start, 1).await.expect_err("no such department");
    assert_eq!(nobody.code, "department.unknown");
}
