//! The acceptance kit finds each defect it promises to find, by the check that should; good plugins pass; a report cannot be bent.

mod defects;
mod reports;

use daylight::kit::trial::profile::Profile;
use daylight::kit::trial::report::{Outcome, Report};
use daylight::kit::trial::spec::Level;
use daylight::kit::trial::{Options, Subject, run};
use daylight::plugins::bundled;
use daylight_host::{Limits, TrustStore, generate_key, sign};
use daylight_tests::root;
use std::path::Path;

/// The `kit.toml` of a bundled connector.
fn kit(name: &str) -> Profile {
    Profile::read(&root().join(format!("plugins/connectors/{name}/kit.toml"))).expect("a profile")
}

/// A subject that nobody signed.
fn subject(bytes: &[u8]) -> Subject {
    Subject {
        bytes: bytes.to_vec(),
        file: "plugin.wasm".to_owned(),
        project: None,
        previous: None,
        signature: None,
        trust: TrustStore::default(),
    }
}

/// Small sources and a short patience.
fn options(cache: &Path) -> Options {
    let limits = Limits {
        memory_bytes: 64 << 20,
        cpu_ms_per_page: 5_000,
        wall_ms_per_page: 30_000,
        transfer_bytes: 64 << 20,
        host_calls_per_page: 500,
        page_rows: 10_000,
        page_bytes: 16 << 20,
        log_lines_per_page: 100,
        open_handles: 8,
        response_bytes: 16 << 20,
        http_ms: 1_000,
        idle_pages: 20,
    };
    Options { cases: 60, small: 16, limits: Some(limits), cache: Some(cache.to_path_buf()), ..Options::default() }
}

/// What stands in the way, with what was seen.
fn objections(report: &Report) -> Vec<String> {
    let bad = report.checks.iter().filter(|c| c.outcome == Outcome::Fail);
    bad.map(|c| format!("{} {}", c.id, c.seen.zh)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bundled_connectors_are_gold() {
    let cache = tempfile::tempdir().expect("a folder");
    let (secret, public) = generate_key([9; 32]);
    for name in ["rest-json", "sql-view", "csv-drop", "legacy-xml"] {
        let bytes = bundled().iter().find(|b| b.name == name).expect("bundled").bytes;
        let mut subject = subject(bytes);
        subject.signature = Some(sign(bytes, &secret).expect("signed"));
        subject.trust.add("vendor", &public).expect("a key");
        let report = run(&subject, Some(kit(name)), &options(cache.path()), |_| ()).await.expect("a report");
        assert_eq!(objections(&report), [""; 0], "{name}");
        // Its sources were not given, so that nobody could build it again.
        assert_eq!((report.level, report.missing.as_slice()), (Level::Gold, ["reproducible".to_owned()].as_slice()));
        let measured = report.measured.clone().expect("the load was measured");
        assert!(measured.records > 200 && measured.pages > 0 && measured.page_p99_us >= measured.page_p50_us);
        assert!(report.is_sound());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standard_is_tried_in_the_same_form() {
    let cache = tempfile::tempdir().expect("a folder");
    let bytes = bundled().iter().find(|b| b.name == "classic-9").expect("bundled").bytes;
    let report = run(&subject(bytes), None, &options(cache.path()), |_| ()).await.expect("a report");
    let passed: Vec<&str> =
        report.checks.iter().filter(|c| c.outcome == Outcome::Pass).map(|c| c.id.as_str()).collect();
    for id in ["contract", "manifest", "standard.describe", "standard.vectors", "standard.assess", "deterministic"] {
        assert!(passed.contains(&id), "{id}: {:?}", objections(&report));
    }
    assert!(report.level >= Level::Silver, "{:?}", objections(&report));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_is_asked_for_rightly() {
    let cache = tempfile::tempdir().expect("a folder");
    let bytes = bundled().iter().find(|b| b.name == "rest-json").expect("bundled").bytes;
    let without = run(&subject(bytes), None, &options(cache.path()), |_| ()).await.expect_err("no kit.toml");
    assert_eq!(without.code, "kit.profile");
    let mut some = options(cache.path());
    some.only = vec!["contract".to_owned(), "nothing".to_owned()];
    let unknown = run(&subject(bytes), Some(kit("rest-json")), &some, |_| ()).await.expect_err("no such check");
    assert_eq!(unknown.code, "kit.check");
    some.only = vec!["contract".to_owned()];
    let report = run(&subject(bytes), Some(kit("rest-json")), &some, |_| ()).await.expect("a report");
    assert_eq!((report.checks.len(), report.level), (1, Level::None), "what was left out gives no level");
}
