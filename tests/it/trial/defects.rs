//! One good connector with one defect at a time: what fails is what should.

use super::{kit, objections, options, subject};
use daylight::kit::trial::profile::Profile;
use daylight::kit::trial::report::Report;
use daylight::kit::trial::spec::{Level, specs_for};
use daylight::kit::trial::{Options, run};
use daylight::plugins::bundled;
use daylight_tests::{guest, root, with_manifest};
use std::collections::BTreeMap;

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
fn quick(mut options: Options, but: &[String]) -> Options {
    let slow = ["fault.hang", "load", "bounds", "signed", "reproducible"];
    let all = specs_for("connector").expect("the table").into_iter().map(|s| s.id.clone());
    options.only = all.filter(|id| !slow.contains(&id.as_str()) || but.contains(id)).collect();
    options
}

/// A group of `defects.toml`: each defect, and what finds it.
async fn found(group: &str) {
    let file = root().join("tests/fixtures/guests/wayward/defects.toml");
    let text = std::fs::read_to_string(file).expect("the table");
    let mut all: BTreeMap<String, BTreeMap<String, Vec<String>>> = toml::from_str(&text).expect("a table");
    let cache = tempfile::tempdir().expect("a folder");
    let mut wrong = Vec::new();
    for (defect, checks) in all.remove(group).expect("the group") {
        let report = tried(MANIFEST, &defect, &quick(options(cache.path()), &checks)).await;
        if report.failed() != checks {
            wrong.push((defect, checks, objections(&report)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_defect_nothing_is_found() {
    let cache = tempfile::tempdir().expect("a folder");
    let report = tried(MANIFEST, "", &options(cache.path())).await;
    assert_eq!(report.failed(), [""; 0], "{:#?}", objections(&report));
    assert_eq!(report.level, Level::Gold, "unsigned, and nobody can build it again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_version_goes_on_from_the_newers_cursors_or_says_that_it_cannot() {
    let cache = tempfile::tempdir().expect("a folder");
    let mut options = options(cache.path());
    options.only = vec!["rollback".to_owned()];
    let component = |version: &str| with_manifest(guest("guest-wayward"), &MANIFEST.replace("1.0.0", version));
    let mut subject = subject(&component("1.1.0"));
    subject.previous = Some(component("1.0.0"));
    let report = run(&subject, Some(profile("")), &options, |_| ()).await.expect("a report");
    assert_eq!(report.failed(), [""; 0], "{:?}", objections(&report));
    assert!(report.checks.iter().any(|c| c.seen.zh.contains("旧版本能从新版本的游标继续")), "{report:?}");
    assert!(report.plugin.previous.is_some());
    // One that cannot be run with these settings is no way back.
    let other = bundled().iter().find(|b| b.name == "rest-json").expect("bundled");
    subject.previous = Some(other.bytes.to_vec());
    let report = run(&subject, Some(profile("")), &options, |_| ()).await.expect("a report");
    assert_eq!(report.failed(), ["rollback"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_check_hides_is_found() {
    found("asking").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_records_is_found() {
    found("records").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_cursors_is_found() {
    found("cursors").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_of_failures_is_found() {
    found("failures").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_of_odd_data_is_found() {
    found("data").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_is_found() {
    found("measure").await;
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
