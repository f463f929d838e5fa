//! One good connector with one defect at a time: what fails is what should.

use super::{kit, objections, options, subject};
use daylight::kit::trial::profile::Profile;
use daylight::kit::trial::report::Report;
use daylight::kit::trial::spec::{Level, specs_for};
use daylight::kit::trial::{Options, run};
use daylight_tests::{guest, with_manifest};

const MANIFEST: &str = r#"
name = "wayward"
version = "1.0.0"
kind = "connector"
contract = "1.0"
summary_zh = "只有一个毛病的连接器"
summary_en = "A connector with one defect"
[asks]
http = ["*"]
secrets = ["*"]
[settings]
schema = '''{ "type": "object", "required": ["base_url", "path", "secret", "records"], "additionalProperties": false, "properties": {
  "base_url": { "type": "string", "description": "地址" },
  "path": { "type": "string", "description": "路径" },
  "secret": { "type": "string", "description": "密钥" },
  "records": { "type": "array", "description": "对应" },
  "defect": { "type": "string", "description": "毛病" },
  "note": { "type": "string", "description": "备注" } } }'''
"#;

/// The profile of the REST service, for a guest with a defect.
fn profile(defect: &str) -> Profile {
    let mut profile = kit("rest-json");
    profile.settings.retain(|name, _| ["base_url", "path", "records"].contains(&name.as_str()));
    for (name, value) in [("secret", "token"), ("defect", defect), ("note", "样例")] {
        profile.settings.insert(name.to_owned(), value.into());
    }
    profile
}

async fn tried(manifest: &str, defect: &str, options: &Options) -> Report {
    let subject = subject(&with_manifest(guest("guest-wayward"), manifest));
    run(&subject, Some(profile(defect)), options, |_| ()).await.expect("a report")
}

/// Every check but those that take long, and `signed`, which asks about nothing that runs.
fn quick(mut options: Options, but: &[&str]) -> Options {
    let slow = ["fault.hang", "load", "bounds", "signed", "reproducible"];
    let all = specs_for("connector").expect("the table").into_iter().map(|s| s.id.clone());
    options.only = all.filter(|id| !slow.contains(&id.as_str()) || but.contains(&id.as_str())).collect();
    options
}

async fn found(defects: &[(&str, &[&str])]) {
    let cache = tempfile::tempdir().expect("a folder");
    for (defect, checks) in defects {
        let report = tried(MANIFEST, defect, &quick(options(cache.path()), checks)).await;
        assert_eq!(report.failed(), *checks, "{defect}: {:#?}", objections(&report));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_defect_nothing_is_found() {
    let cache = tempfile::tempdir().expect("a folder");
    let report = tried(MANIFEST, "", &options(cache.path())).await;
    assert_eq!(report.failed(), [""; 0], "{:#?}", objections(&report));
    assert_eq!(report.level, Level::Gold, "unsigned, and nobody can build it again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_check_hides_is_found() {
    found(&[
        ("check-complains", &["check.good"]),
        ("check-pulls", &["check.light"]),
        ("blind-secret", &["check.secret"]),
        ("blind-unreachable", &["check.unreachable"]),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_records_is_found() {
    found(&[
        ("drops-deliveries", &["pull.complete", "source.duplicate"]),
        ("odd-number", &["pull.form"]),
        ("code-gap", &["pull.codes"]),
        ("swapped-codes", &["pull.values"]),
        ("false-zone", &["pull.times"]),
        ("same-keys", &["pull.keys"]),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_cursors_is_found() {
    found(&[
        ("run-cursor", &["pull.again"]),
        ("forgets", &["pull.again"]),
        ("one-ahead", &["cursor.resume"]),
        ("run-keys", &["replay", "deterministic"]),
        ("shuffles", &["deterministic"]),
        ("cursor-guesses", &["rollback"]),
        ("cursor-panics", &["rollback", "fuzz"]),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_of_failures_is_found() {
    found(&[
        ("hang-final", &["fault.hang"]),
        ("silent-5xx", &["fault.5xx"]),
        ("silent-truncated", &["fault.truncated"]),
        ("charset-lossy", &["fault.charset"]),
        ("login-retries", &["fault.login"]),
        ("html-empty", &["fault.html"]),
        ("empty-skips", &["pull.again"]),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_of_odd_data_is_found() {
    found(&[
        ("duplicates-panic", &["source.duplicate"]),
        ("empty-fails", &["source.empty"]),
        ("drops-unknown", &["code.unknown"]),
        ("by-time", &["data.late"]),
        ("version-one", &["data.corrected"]),
        ("leaks-phone", &["personal"]),
        ("extra-column", &["personal"]),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_is_found() {
    found(&[
        ("ignores-max", &["limits"]),
        ("chatty", &["limits"]),
        ("hoards", &["load", "bounds"]),
        ("fat", &["bounds"]),
        ("settings-panic", &["fuzz"]),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_manifest_hides_is_found() {
    let cache = tempfile::tempdir().expect("a folder");
    let plain = quick(options(cache.path()), &[]);
    for (from, to, failed) in [
        ("secrets = [\"*\"]", "secrets = [\"*\"]\ndatabase = [\"*\"]", &["manifest"][..]),
        ("summary_en = \"A connector with one defect\"", "", &["manifest"]),
        (
            "\"note\": { \"type\": \"string\", \"description\": \"备注\" }",
            "\"note\": { \"description\": \"备注\" }",
            &["check.settings"],
        ),
        (", \"description\": \"备注\"", "", &["docs"]),
        ("contract = \"1.0\"", "contract = \"9.0\"", &["contract"]),
    ] {
        let manifest = MANIFEST.replace(from, to);
        assert_ne!(manifest, MANIFEST, "{from}");
        let report = tried(&manifest, "", &plain).await;
        assert_eq!(report.failed(), failed, "{to}: {:#?}", objections(&report));
    }
    // What is not let in is not tried, and has no level.
    let report = tried(&MANIFEST.replace("contract = \"1.0\"", "contract = \"9.0\""), "", &options(cache.path())).await;
    assert_eq!((report.level, report.count().get("fail")), (Level::None, Some(&1)));
}
