//! The contract is frozen: its text, what plugins built from it do for ever, and what is told of those built from another.

use daylight_domain::cell::Cursor;
use daylight_domain::score::{Assessment, FindingGroup, ManualEntry, Measured};
use daylight_host::contract::{Picture, TEXT, changes};
use daylight_host::{ActivePlugin, DatabaseGrant, FileGrant, Grants, HttpGrant, PluginError};
use daylight_tests::{GREEDY, Lab, deps, guest, http, narrow, narrow_standard, root, source, with_manifest};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex};

/// What contract 1.0 says, as a number: neither the contract nor its frozen copy changes, nor both together.
const DIGEST: &str = "8c09687381c554d6197bbeaffb22607aa7635bc46022495cae8c658b1565fad2";

fn frozen() -> String {
    std::fs::read_to_string(root().join("tests/fixtures/contract/v1.wit")).expect("the frozen contract")
}

#[test]
fn the_contract_says_what_it_said_when_it_was_frozen() {
    let (old, new) = (Picture::of_text(&frozen()).expect("frozen"), Picture::of_text(TEXT).expect("ours"));
    let all = changes(&old, &new);
    let lines: Vec<String> = all
        .iter()
        .map(|c| {
            let way = if c.kind.minor() { "只能放进新的小版本包" } else { "大版本之内不允许" };
            format!("{c}（{way}）")
        })
        .collect();
    assert!(lines.is_empty(), "wit/v1 已冻结（wit/VERSIONING.md）：\n{}", lines.join("\n"));
    assert_eq!(hex(&Sha256::digest(old.text())), DIGEST, "the frozen copy itself was changed");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Held against the golden file, which is written once and never again.
fn golden(name: &str, seen: &Value) {
    let path = root().join("tests/fixtures/contract").join(name);
    let text = serde_json::to_string_pretty(seen).expect("JSON") + "\n";
    if !path.exists() && std::env::var_os("DAYLIGHT_WRITE").is_some() {
        std::fs::write(&path, &text).expect("the golden file");
    }
    let kept = std::fs::read_to_string(&path).expect("the golden file");
    assert_eq!(text, kept, "a plugin built for contract 1.0 does something else now");
}

fn failed(e: &PluginError) -> Value {
    json!({ "code": e.code, "message": e.message, "setting": e.setting, "retryable": e.retryable,
        "retry_after_ms": e.retry_after_ms })
}

/// A source that answers by path, and what it was asked.
async fn asked_source() -> (String, Arc<Mutex<Vec<Value>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&asked);
    let origin = source(move |request| {
        let (head, body) = request.split_once("\r\n\r\n").unwrap_or((request, ""));
        let mut lines = head.lines();
        let first = lines.next().unwrap_or_default().to_owned();
        let told = ["authorization:", "x-"];
        let mut headers: Vec<String> =
            lines.map(str::to_ascii_lowercase).filter(|l| told.iter().any(|t| l.starts_with(t))).collect();
        headers.sort();
        let found = !first.contains("/missing");
        notes.lock().expect("notes").push(json!({ "request": first, "headers": headers, "body": body }));
        http(if found { 200 } else { 404 }, "X-Mark: M\r\n", "应答".as_bytes())
    })
    .await;
    (origin, asked)
}

/// A folder with what the guest reads: a database and dropped files.
async fn grants(folder: &std::path::Path, origin: &str) -> Grants {
    let url = format!("sqlite:{}", folder.join("source.db").display());
    let pool = sqlx::SqlitePool::connect(&format!("{url}?mode=rwc")).await.expect("a database");
    for sql in [
        "CREATE TABLE cases (id INTEGER, name TEXT, amount REAL, photo BLOB)",
        "INSERT INTO cases VALUES (1, 'a', 1.5, x'00ff'), (2, 'b', NULL, NULL), (3, '丙', 3.25, x'')",
    ] {
        sqlx::query(sql).execute(&pool).await.expect("rows");
    }
    pool.close().await;
    let drop = folder.join("drop");
    std::fs::create_dir(&drop).expect("a folder");
    for (name, text) in [("a.csv", "abcdef"), ("bad.csv", "x"), (".hidden", "-"), ("b.csv.part", "-")] {
        std::fs::write(drop.join(name), text).expect("a file");
    }
    Grants {
        http: vec![HttpGrant { origin: origin.to_owned(), private: true }],
        secrets: vec!["own".to_owned()],
        database: [("main".to_owned(), DatabaseGrant { url, secret: None })].into(),
        files: [("drop".to_owned(), FileGrant { path: drop })].into(),
    }
}

/// Pages until one fails, from a cursor.
async fn pages(lab: &Lab, plugin: &ActivePlugin, settings: &Value, grants: &Grants, since: Option<u8>) -> Vec<Value> {
    let since = since.map(|at| Cursor(vec![at]));
    let limits = narrow();
    let session = lab
        .host
        .open(plugin, "own", settings, grants, &limits, "run-1", since, "2026-03-02T09:00:00Z")
        .await
        .expect("a session");
    let mut all = Vec::new();
    loop {
        match session.next(500).await {
            Ok(got) => {
                let name = |p: &std::path::Path| {
                    let parts: Vec<_> = p.iter().rev().take(2).map(|s| s.to_string_lossy().into_owned()).collect();
                    parts.into_iter().rev().collect::<Vec<_>>().join("/")
                };
                let moves: Vec<Value> = got.moves.iter().map(|(from, to)| json!([name(from), name(to)])).collect();
                all.push(json!({ "page": got.page, "moves": moves, "log_dropped": got.log_dropped }));
            }
            Err(e) => {
                all.push(failed(&e));
                return all;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_of_contract_one_does_for_ever_what_it_did() {
    let lab = Lab::new(deps());
    let bytes = with_manifest(guest("guest-of-v1"), &GREEDY.replace("hostile", "of-v1"));
    let plugin = lab.install(bytes).await.expect("admitted");
    let folder = tempfile::tempdir().expect("a folder");
    let (origin, asked) = asked_source().await;
    let grants = grants(folder.path(), &origin).await;
    let settings = json!({ "base_url": origin, "mark": "甲" });
    let report = lab.host.check(&plugin, "own", &settings, &grants, &narrow()).await.expect("a report");
    let whole = pages(&lab, &plugin, &settings, &grants, None).await;
    let from_cursor = pages(&lab, &plugin, &settings, &grants, Some(5)).await;
    let limits = narrow();
    let unreadable = lab
        .host
        .open(&plugin, "own", &settings, &grants, &limits, "run-1", Some(Cursor(vec![1, 2])), "")
        .await
        .err()
        .expect("no such cursor");
    let asked = asked.lock().expect("notes").clone();
    golden(
        "v1.connector.json",
        &json!({ "check": report, "pages": whole, "from_cursor": from_cursor, "unreadable": failed(&unreadable),
            "asked": asked }),
    );
}

fn assessment(period: &str) -> Assessment {
    let measured = |name: &str, value, denominator| Measured { name: name.to_owned(), value, denominator };
    let group = |rule: &str, level| FindingGroup {
        rule: rule.to_owned(),
        level,
        count: 2,
        cases: vec!["A-1".to_owned(), "A-2".to_owned()],
    };
    Assessment {
        department: "forestry".to_owned(),
        period: period.to_owned(),
        measures: vec![measured("cases.on_time", Some(987_654), Some(81)), measured("fees.known", None, None)],
        rolling: vec![measured("cases.on_time", Some(-1), Some(u64::MAX))],
        findings: vec![group("R1", 2)],
        evidence: vec![group("R2", 0)],
        rolling_evidence: vec![group("R3", 3)],
        manual: vec![ManualEntry {
            indicator: "A2".to_owned(),
            points: -150,
            reason: "通报".to_owned(),
            document: "文〔2026〕1号".to_owned(),
        }],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standard_of_contract_one_gives_for_ever_the_card_it_gave() {
    let lab = Lab::new(deps());
    let manifest = "name = \"of-v1\"\nversion = \"1.0.0\"\nkind = \"standard\"\ncontract = \"1.0\"\n";
    let plugin = lab.install(with_manifest(guest("guest-of-v1-standard"), manifest)).await.expect("admitted");
    let (settings, limits) = (json!({ "mark": "甲" }), narrow_standard());
    let described = lab.host.describe(&plugin, &settings, &limits).await.expect("a description");
    let (card, _) = lab.host.assess(&plugin, &settings, &assessment("2026-10"), &limits).await.expect("a card");
    let refused = lab.host.assess(&plugin, &settings, &assessment("refuse"), &limits).await.expect_err("refused");
    golden(
        "v1.standard.json",
        &json!({ "describe": described, "assess": card, "refused": { "code": refused.code, "message": refused.message } }),
    );
}

fn manifest(kind: &str, contract: &str) -> String {
    let asks = if kind == "connector" {
        "[asks]\nhttp = [\"*\"]\nsecrets = [\"*\"]\ndatabase = [\"*\"]\nfiles = [\"*\"]\n"
    } else {
        ""
    };
    format!("name = \"forestry\"\nversion = \"2.3.0\"\nkind = \"{kind}\"\ncontract = \"{contract}\"\n{asks}")
}

/// A component with one name in it written otherwise, in as many letters, wherever it stands.
fn renamed(component: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = component.to_vec();
    let mut times = 0;
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from.as_bytes()) {
            bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
            times += 1;
        }
    }
    assert!(times > 0, "“{from}” is in it");
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_built_from_another_contract_is_refused_in_a_sentence() {
    let lab = Lab::new(deps());
    let (connector, standard) = (guest("guest-of-v1"), guest("guest-of-v1-standard"));
    let (c, s) = (connector.as_slice(), standard.as_slice());
    let version = |bytes: &[u8], to: &str| renamed(bytes, "@1.0.0", to);
    let of = |bytes: Vec<u8>, kind: &str, contract: &str| with_manifest(bytes, &manifest(kind, contract));
    lab.install(of(version(c, "@1.0.7"), "connector", "1.0")).await.expect("a patch fits");
    let cases = [
        (
            "a newer minor",
            of(version(c, "@1.1.0"), "connector", "1.1"),
            "plugin.contract",
            "按接口 1.1 构建",
            "由县里解决：把本程序升级到支持接口 1.1",
        ),
        (
            "a newer major",
            of(version(s, "@2.0.0"), "standard", "2.0"),
            "plugin.contract",
            "按接口 2.0 构建",
            "由供应商解决：提供接口 1.0 的构建",
        ),
        (
            "an older major",
            of(version(c, "@0.9.0"), "connector", "0.9"),
            "plugin.contract",
            "按接口 0.9 构建",
            "由供应商解决：用 wit/v1 重新构建",
        ),
        (
            "says 1.0, is 1.1",
            of(version(c, "@1.1.0"), "connector", "1.0"),
            "plugin.contract-mixed",
            "清单写 1.0，组件使用 daylight:plugin@1.1.0",
            "由供应商解决",
        ),
        (
            "half of it is 2.0",
            of(renamed(c, "plugin/http@1.0.0", "plugin/http@2.0.0"), "connector", "1.0"),
            "plugin.contract-mixed",
            "同时使用 daylight:plugin@1.0.0 与 daylight:plugin@2.0.0",
            "由供应商解决",
        ),
        (
            "the other world",
            of(standard.clone(), "connector", "1.0"),
            "plugin.manifest-lies",
            "组件导出的却是 scoring",
            "改正 plugin.toml",
        ),
        (
            "neither world",
            of(renamed(s, "plugin/scoring@", "plugin/scorong@"), "standard", "1.0"),
            "plugin.manifest-lies",
            "没有导出 daylight:plugin/scoring",
            "改正 plugin.toml",
        ),
        (
            "an interface nobody knows",
            of(renamed(c, "plugin/files@", "plugin/filez@"), "connector", "1.0"),
            "plugin.import",
            "daylight:plugin/filez@1.0.0",
            "只使用 wit/v1",
        ),
        (
            "another WASI",
            of(renamed(c, "wasi:io/error@0.2.", "wasi:io/error@0.3."), "connector", "1.0"),
            "plugin.import",
            "wasi:io/error@0.3.",
            "wasm32-wasip2",
        ),
        (
            "a field has another name",
            of(renamed(c, "retry-after-ms", "retry-after-mx"), "connector", "1.0"),
            "plugin.contract-shape",
            "types.failure：改了字段的名称 retry-after-ms → retry-after-mx",
            "不要改动 plugin.wit",
        ),
        (
            "a case has another name",
            of(renamed(c, "hmac-sha256-header", "hmac-sha512-header"), "connector", "1.0"),
            "plugin.contract-shape",
            "http.placement：改了分支的名称",
            "不要改动 plugin.wit",
        ),
        (
            "a function has another name",
            of(renamed(s, "describe", "describo"), "standard", "1.0"),
            "plugin.contract-shape",
            "scoring.describe：去掉了函数 describe",
            "不要改动 plugin.wit",
        ),
        (
            "a contract that was changed",
            of(guest("guest-of-another"), "connector", "1.0"),
            "plugin.contract-shape",
            "connecting.session.next：去掉了参数 max-rows；settings.all：增加了函数 all；types.cell：增加了分支 money；另有 1 处",
            "不要改动 plugin.wit",
        ),
    ];
    for (what, bytes, code, says, way) in cases {
        let e = lab.install(bytes).await.expect_err(what);
        let hint = e.hint.clone().unwrap_or_default();
        assert_eq!(e.code, code, "{what}: {e:?}");
        assert!(e.message.contains("“forestry” 2.3.0") && e.message.contains(says), "{what}: {}", e.message);
        assert!(hint.contains(way), "{what}: {hint}");
    }
    let all = daylight_host::contract::misfits(&guest("guest-of-another"));
    assert!(all.iter().any(|m| m == "types.failure：少了字段 retryable"), "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_webassembly_throughout_never_reaches_the_compiler() {
    let lab = Lab::new(deps());
    let good = with_manifest(guest("guest-of-v1-standard"), &manifest("standard", "1.0"));
    let mut refused = 0;
    for at in (8..good.len()).step_by(good.len() / 100) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x55;
        let signature = lab.sign(&bytes);
        // Wherever a byte is wrong: it is refused with a code, or it is a component still.
        if let Err(e) = lab.host.admit(bytes, &signature, &lab.trust) {
            assert!(e.code.starts_with("plugin."), "{e:?}");
            refused += usize::from(e.code == "plugin.not-wasm");
        }
    }
    assert!(refused > 30, "{refused} of 100 were seen before anything was made of them");
}
