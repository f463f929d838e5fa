//! Reports: signed, kept with the plugin, shown; refused where anything about them does not fit.

use super::{kit, options, subject};
use crate::api::{Asking, token};
use axum::http::StatusCode;
use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::place::{TODAY, write_sample};
use daylight::kit::grade::grade;
use daylight::kit::inspect::{Signature, inspect};
use daylight::kit::trial::report::Report;
use daylight::kit::trial::spec::Level;
use daylight::kit::trial::{paper, run, seal};
use daylight::plugins::bundled;
use daylight_domain::Timestamp;
use daylight_host::{TrustStore, generate_key, sign, sign_report};
use daylight_tests::with_manifest;
use serde_json::Value;
use std::sync::Arc;

/// A component like a bundled one, by another vendor.
fn component() -> Vec<u8> {
    let mut bytes = bundled().iter().find(|b| b.name == "sql-view").expect("bundled").bytes.to_vec();
    // A section nobody reads: other bytes, the same plugin.
    bytes.extend([0, 5, 4, b'n', b'o', b't', b'e']);
    bytes
}

async fn report_of(bytes: &[u8]) -> Report {
    let cache = tempfile::tempdir().expect("a folder");
    let mut options = options(cache.path());
    options.cases = 10;
    run(&subject(bytes), Some(kit("sql-view")), &options, |_| ()).await.expect("a report")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_comes_in_with_its_plugin_and_is_shown() {
    let (secret, public) = generate_key([3; 32]);
    let bytes = component();
    let report = report_of(&bytes).await;
    assert_eq!(report.level, Level::Gold, "{:?}", super::objections(&report));
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    std::fs::create_dir_all(config.join("trust")).expect("a folder");
    std::fs::write(config.join("trust/vendor.pub"), &public).expect("written");
    let now = Timestamp::parse(TODAY).expect("a time");
    let app = App::open(load(&config, now).expect("configuration"), Arc::new(FastClock::new(now, 0))).await;
    let app = app.expect("an appliance");

    let (text, signature) = (seal::text(&report), sign(&bytes, &secret).expect("signed"));
    let sealed = sign_report(text.as_bytes(), &secret).expect("signed");
    assert_eq!(app.grade_of("sql-view").await.expect("no report"), None);
    // Whatever does not fit keeps the plugin out.
    let claimed = text.replacen("\"level\": \"gold\"", "\"level\": \"platinum\"", 1);
    let foreign = text.replace(&report.plugin.digest, &"0".repeat(64));
    for (body, seal, code) in [
        (text.clone(), "00".to_owned(), "report.signature"),
        (text.clone(), signature.clone(), "report.signature"),
        (claimed.clone(), sealed.clone(), "report.signature"),
        (claimed.clone(), sign_report(claimed.as_bytes(), &secret).expect("signed"), "report.unsound"),
        (foreign.clone(), sign_report(foreign.as_bytes(), &secret).expect("signed"), "report.digest"),
        ("{}".to_owned(), sign_report(b"{}", &secret).expect("signed"), "report.unreadable"),
    ] {
        let refused = app.install_with_report(bytes.clone(), &signature, (&body, &seal), "test").await;
        assert_eq!(refused.expect_err(code).code, code);
    }
    assert!(!app.store.plugins().await.expect("plugins").iter().any(|p| p.digest == report.plugin.digest));

    let row = app.install_with_report(bytes, &signature, (&text, &sealed), "test").await.expect("installed");
    assert_eq!(row.grade.as_deref(), Some("gold"));
    let known = app.grade_of("sql-view").await.expect("held").expect("a grade");
    assert_eq!((known.level, known.signer.as_deref()), (Level::Gold, Some("vendor")));
    assert_eq!(known.missing.iter().map(|m| m.id.as_str()).collect::<Vec<_>>(), ["signed", "reproducible"]);
    let rows = app.store.plugins().await.expect("plugins");
    let graded: Vec<Option<&str>> = rows.iter().filter(|p| p.name == "sql-view").map(|p| p.grade.as_deref()).collect();
    assert!(graded.contains(&Some("gold")) && graded.contains(&None), "{graded:?}");
    let views = app.connector_views(Some("health")).await.expect("views");
    assert_eq!(views.first().and_then(|v| v.grade.as_deref()), Some("gold"));

    let key = token(&app, "machine", "system_admin", None, 1).await;
    let (status, body) = Asking(&app, &key).get("/api/v1/plugins").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let grades: Vec<&Value> = body["items"].as_array().expect("items").iter().map(|p| &p["grade"]).collect();
    assert!(grades.contains(&&Value::from("gold")), "{grades:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_read_by_people() {
    let report = report_of(&component()).await;
    let html = paper::html(&report, "zh");
    assert!(
        !html.contains("<link") && html.contains("<style>") && html.contains(&report.plugin.digest),
        "self-contained"
    );
    for check in &report.checks {
        assert!(html.contains(&check.id) && html.contains(&check.title.zh), "{}", check.id);
    }
    assert!(paper::html(&report, "en").contains("lang=\"en\""));
    for (lang, word) in [("zh", "黄金"), ("en", "gold")] {
        assert!(paper::summary(&report, lang).join("\n").contains(word));
        assert_eq!(paper::levels(&report.checks, lang).len(), 4);
        let docx = paper::docx(&report, lang).expect("a document");
        let mut parts = zip::ZipArchive::new(std::io::Cursor::new(docx)).expect("a zip");
        let mut text = String::new();
        std::io::Read::read_to_string(&mut parts.by_name("word/document.xml").expect("a part"), &mut text)
            .expect("text");
        assert!(
            text.contains(&report.plugin.digest) && text.contains("cursor.resume") && text.contains(word),
            "{lang}"
        );
    }
    // Everything that is said of a report is in its schema.
    let schemas = daylight::config::schema::schemas();
    let schema = schemas.into_iter().find(|(name, _)| *name == "report.schema.json").expect("a schema").1;
    let value = serde_json::to_value(&report).expect("JSON");
    assert!(jsonschema::is_valid(&schema, &value));
    let held = seal::hold(&seal::text(&report), None, &component(), &TrustStore::default()).expect("unsigned");
    assert_eq!((grade(&held).level, grade(&held).signer), (Level::Gold, None));
}

#[test]
fn a_plugin_is_looked_at_without_running() {
    let bytes = component();
    let (secret, public) = generate_key([4; 32]);
    let mut trust = TrustStore::default();
    let signature = sign(&bytes, &secret).expect("signed");
    let unknown = inspect(&bytes, Some(&signature), &trust).expect("inspected");
    assert_eq!(unknown.signature, Signature::Unknown);
    trust.add("vendor", &public).expect("a key");
    let found = inspect(&bytes, Some(&signature), &trust).expect("inspected");
    assert_eq!(found.signature, Signature::Known { signer: "vendor".to_owned() });
    assert!(found.anatomy.uses("database") && !found.anatomy.uses("http"));
    assert!(found.grants.contains("[grants.database.main]"), "{}", found.grants);
    assert!(found.settings_table.iter().any(|s| s.name == "key" && s.required && !s.description.is_empty()));
    let json = serde_json::to_value(&found).expect("JSON");
    for at_top in ["name", "version", "kind", "contract", "asks", "settings", "imports", "exports", "digest"] {
        assert!(json.get(at_top).is_some(), "{at_top}");
    }
    let refused = inspect(&with_manifest(bytes, "name = \"twice\""), None, &trust).expect_err("two manifests");
    assert_eq!(refused.code, "plugin.manifest");
}
