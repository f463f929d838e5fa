//! What is given to somebody else holds nothing of what is the county's: a word that is put everywhere is found nowhere.

use crate::api::token;
use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::place::{TODAY, write_sample};
use daylight_domain::Timestamp;
use daylight_tests::{Act, http, source};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// In letters, so that it is a name; its digits are somebody's number.
const WORD: &str = "Zqxcanary";
const HAN: &str = "卡娜丽";
const NUMBER: &str = "330824199001017654";
const PHONE: &str = "13877665544";

fn everywhere() -> String {
    format!("{WORD} {HAN} {NUMBER} {PHONE}")
}

/// The files of a bundle.
fn files(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
    (0..archive.len())
        .map(|at| {
            let mut file = archive.by_index(at).expect("a file");
            let mut text = String::new();
            file.read_to_string(&mut text).expect("text");
            (file.name().expect("a name").into_owned(), text)
        })
        .collect()
}

fn change(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).expect("a file");
    assert!(text.contains(from), "{from}");
    std::fs::write(file, text.replacen(from, to, 1)).expect("written");
}

/// A source whose every text holds the words: a good page, a refused record, then an error in its own words.
async fn telling() -> String {
    let row = |id: u64, case: &str, more: Value| {
        let mut row = json!({
            "id": id, "event": "SQ", "key": format!("k{id}{WORD}"), "version": 1, "caseNo": case,
            "matterCode": "MK-0101", "time": "2026-04-02 08:30:00", "title": everywhere(), "applicantType": "2",
            "origin": "0", "applicant": everywhere()
        });
        row.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        row
    };
    let first = row(1, &format!("{WORD}{NUMBER}"), json!({}));
    let refused = row(2, &format!("{WORD}-2"), json!({ "matterCode": everywhere() }));
    let rows = json!({ "data": { "list": [first, refused] } }).to_string().into_bytes();
    source(move |request: &str| -> Act {
        if request.contains("after=2") {
            return http(
                200,
                "Content-Type: application/json\r\n",
                format!("{{\"oops\":\"{}\"}}", everywhere()).as_bytes(),
            );
        }
        http(200, "Content-Type: application/json\r\n", &rows)
    })
    .await
}

async fn county(folder: &Path) -> Arc<App> {
    let origin = telling().await;
    let config = folder.join("config");
    write_sample(&config).expect("a sample");
    let market = config.join("departments/market.toml");
    let text = std::fs::read_to_string(&market).expect("a department").replace("http://127.0.0.1:18321", &origin);
    std::fs::write(&market, text).expect("written");
    change(&market, "page_size = 200", "page_size = 2");
    change(&market, "/api/v2/events", &format!("/api/{WORD}/{NUMBER}"));
    change(&market, "leader = \"领导己\"", &format!("leader = \"{}\"", everywhere()));
    change(&market, "staff = [\"经办甲\"", &format!("staff = [\"{}\", \"经办甲\"", everywhere()));
    let drop = config.join(format!("drop/{WORD}"));
    std::fs::create_dir_all(&drop).expect("a folder");
    std::fs::write(drop.join(format!("{HAN}{PHONE}.csv")), everywhere()).expect("written");
    let secrets = config.join("secrets.toml");
    let text = std::fs::read_to_string(&secrets).expect("secrets");
    let of_market = text.find("[market]").expect("market's secrets");
    let (before, after) = text.split_at(of_market + "[market]".len());
    let (name, rest) = after.trim_start().split_once('=').expect("a secret");
    let rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    std::fs::write(&secrets, format!("{before}\n{name}= \"{WORD}-secret-{NUMBER}\"\n{rest}")).expect("written");
    let now = Timestamp::parse(TODAY).expect("a time");
    let loaded = load(&config, now).unwrap_or_else(|p| panic!("{p:#?}"));
    App::open(loaded, Arc::new(FastClock::new(now, 0))).await.expect("an appliance")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_that_is_put_everywhere_is_found_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = county(folder.path()).await;
    let run = app.pull("market", "manual").await.expect("a run");
    assert_eq!((run.status.as_str(), run.accepted, run.rejected), ("failed", 1, 1), "{run:?}");
    // A message of the plugin in the source's own words, and one nobody thought of.
    let mut told = run.clone();
    told.id = uuid(1);
    told.error = Some(format!("HTTP 503：{} token={WORD}", everywhere()));
    told.error_code = Some(format!("acme.{}", WORD.to_ascii_lowercase()));
    told.reason = everywhere();
    told.plugin = Some(everywhere());
    app.store.put_run(&told).await.expect("a run");
    let secret = token(&app, WORD, "system_admin", None, 1).await;
    assert!(secret.contains(WORD), "the token is one of the words");
    let rows = app.store.last_events("market", 10).await.expect("events");
    assert!(rows.iter().any(|e| e.case_no.contains(WORD)), "the case is there");
    let filter = daylight_store::QuarantineFilter { limit: 10, ..Default::default() };
    let refused = app.store.quarantine(&filter).await;
    assert!(refused.expect("quarantine").iter().any(|q| q.record.contains(HAN)), "and the refused record");

    let bytes = app.diagnostics("market", WORD).await.expect("a bundle");
    let all = files(&bytes);
    let names = [
        "README.txt",
        "about.json",
        "allowed.json",
        "doctor.json",
        "events.json",
        "gate.json",
        "plugin.json",
        "refused.json",
        "runs.json",
        "standing.json",
    ];
    assert_eq!(all.keys().map(String::as_str).collect::<Vec<_>>(), names);
    for (name, text) in &all {
        let low = text.to_lowercase();
        for word in [&WORD.to_lowercase(), HAN, NUMBER, PHONE, "领导己", "经办甲", "7654", "5544"] {
            // Hexadecimal digests and times may hold any four digits.
            let only_digits = word.len() == 4;
            let found = if only_digits { low.contains(&format!("…{word}")) } else { low.contains(word) };
            assert!(!found, "{name} holds {word}: {text}");
        }
    }

    // And what it is for is there.
    let of = |name: &str| serde_json::from_str::<Value>(&all[name]).expect("JSON");
    assert_eq!(of("events.json").as_array().map(Vec::len), Some(1));
    assert_eq!((&of("events.json")[0]["record"], &of("events.json")[0]["case"]), (&json!("apply"), &json!(1)));
    let runs = of("runs.json");
    let failed = runs.as_array().expect("runs").iter().find(|r| r["id"] == json!(run.id)).expect("the run");
    assert_eq!(failed["error_code"], json!(run.error_code));
    let other = runs.as_array().expect("runs").iter().find(|r| r["id"] == json!(told.id)).expect("the other");
    assert!(other["error"].as_str().is_some_and(|e| e.starts_with("HTTP 503：")), "{other}");
    let allowed = of("allowed.json");
    assert!(allowed["limits"]["memory_bytes"].is_u64() && allowed["granted"]["secrets_stored"] == 1, "{allowed}");
    let settings = allowed["settings"].as_array().expect("settings");
    let setting = |at: &str| settings.iter().find(|s| s["at"] == at).unwrap_or_else(|| panic!("{at} in {allowed}"));
    assert_eq!(setting("/page_size")["value"], "2");
    assert!(setting("/base_url")["value"].as_str().is_some_and(|v| v.starts_with("http://127.0.0.1:")), "the origin");
    assert!(setting("/path")["value"].is_null() && setting("/path")["characters"].is_u64());
    assert_eq!(of("standing.json")["department"], "market");
    assert!(of("about.json")["wasmtime"].as_str().is_some_and(|v| v.starts_with(|c: char| c.is_ascii_digit())));
    let refused = of("refused.json");
    assert!(refused.as_object().is_some_and(|r| r.keys().any(|k| k.starts_with("E00"))), "{refused}");
    let audit = app.store.audit_rows(1, None).await.expect("audit").pop().expect("a row");
    assert_eq!((audit.entry.action.as_str(), audit.entry.object.as_str()), ("department.diagnostics", "market"));
    app.close().await;
}

fn uuid(n: u32) -> String {
    format!("01990000-0000-7000-8000-{n:012}")
}
