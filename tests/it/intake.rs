//! Files, quarantine, trial, gates, and plugins that a vendor brings.

use crate::api::{Asking, token};
use axum::http::Method;
use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::place::{TODAY, write_sample};
use daylight::evaluate::month_before;
use daylight::plugins::removed;
use daylight_domain::Timestamp;
use daylight_host::{generate_key, sign};
use daylight_store::{CardFilter, CardTime, CaseFilter, FindingFilter, QuarantineFilter};
use daylight_tests::{GREEDY, guest, with_manifest};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// The labour department, without a connector, in a phase.
fn labour(config: &Path, phase: &str) {
    let text = format!(
        "id = \"labour\"\nname = \"人力资源和社会保障局\"\nphase = \"{phase}\"\nsupervised_since = \"2026-01-01\"\n"
    );
    std::fs::write(config.join("departments/labour.toml"), text).expect("written");
}

async fn open_at(config: &Path, time: &str) -> Arc<App> {
    let now = Timestamp::parse(time).expect("a time");
    let loaded = load(config, now).unwrap_or_else(|p| panic!("{p:#?}"));
    App::open(loaded, Arc::new(FastClock::new(now, 0))).await.expect("an appliance")
}

fn an_item(app: &App, department: &str) -> String {
    let mut items = app.config.rules.catalogue.newest().filter(|i| i.department == department);
    items.next().expect("an item").code.clone()
}

fn record(kind: &str, case_no: &str, time: &str, more: &str) -> String {
    format!(
        r#"{{"type":"{kind}","case_no":"{case_no}","source_key":"{case_no}/{kind}","data_version":1,"event_time":"{time}"{more}}}"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_answers_for_every_record_and_can_be_given_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    labour(&config, "live");
    let app = open_at(&config, TODAY).await;
    let item = an_item(&app, "labour");
    let good =
        |n: u32| record("apply", &format!("L{n:05}"), "2026-03-02 09:00:00", &format!(r#","item_code":"{item}""#));
    let mut file: Vec<u8> = "\u{feff}".as_bytes().to_vec();
    for n in 1..=5000 {
        // A child before its parent, in the same file.
        if n == 10 {
            file.extend(record("accept", "L00011", "2026-03-02 10:00:00", "").bytes());
            file.push(b'\n');
        }
        file.extend(good(n).bytes());
        file.extend(if n % 2 == 0 { &b"\r\n"[..] } else { b"\n\n" });
    }
    let bad: Vec<(Vec<u8>, &str)> = vec![
        (record("apply", "X1", "2026-03-02 09:00:00", r#","item_code":"NO-SUCH""#).into_bytes(), "E004"),
        (record("apply", "X2", "2026-03-02 09:00:00", r#","item_code":"MK-0101""#).into_bytes(), "E012"),
        (record("apply", "X3", "2027-03-02 09:00:00", &format!(r#","item_code":"{item}""#)).into_bytes(), "E009"),
        (record("applied", "X4", "2026-03-02 09:00:00", "").into_bytes(), "E003"),
        (record("apply", "X5", "yesterday", &format!(r#","item_code":"{item}""#)).into_bytes(), "E002"),
        (b"not json".to_vec(), "E002"),
        (b"{\"type\":\"apply\",\"case_no\":\"\xb9\xa4\"}".to_vec(), "E002"),
        (vec![b'x'; 3 << 20], "E002"),
        (record("accept", "NEVER", "2026-03-02 10:00:00", "").into_bytes(), "E014"),
    ];
    for (line, _) in &bad {
        file.extend(line);
        file.push(b'\n');
    }
    // The last line has no end.
    file.extend(good(5001).bytes());
    let path = folder.path().join("records.ndjson");
    std::fs::write(&path, &file).expect("written");

    let mut told = Vec::new();
    let mut seen = 0;
    let run = app
        .import("labour", &path, &mut |incoming, receipts, bytes| {
            seen = bytes;
            for (one, receipt) in incoming.iter().zip(receipts) {
                told.push(receipt.told(one));
            }
        })
        .await
        .expect("imported");
    assert_eq!(seen, file.len() as u64, "every byte was read");
    assert_eq!((run.records, run.accepted, run.rejected, run.waiting), (5011, 5002, 8, 1), "{run:?}");
    assert_eq!(told.len(), 5011, "a receipt per record");
    let codes: Vec<&str> = told.iter().filter_map(|t| t["code"].as_str()).collect();
    assert_eq!(codes, bad.iter().map(|(_, code)| *code).collect::<Vec<_>>());
    let again = app.import("labour", &path, &mut |_, _, _| {}).await.expect("imported again");
    assert_eq!((again.accepted, again.duplicates), (0, 5002));

    // The county learns the item; what was refused for it is tried again. The rest stays refused, and only once.
    let rejected = || async {
        let filter = QuarantineFilter {
            department: Some("labour".to_owned()),
            state: Some("rejected".to_owned()),
            limit: 100,
            ..QuarantineFilter::default()
        };
        app.store.quarantine(&filter).await.expect("quarantine")
    };
    assert_eq!(rejected().await.len(), 8, "once, however often it came");
    app.close().await;
    let catalogue = config.join("catalogue/labour.toml");
    let text = std::fs::read_to_string(&catalogue).expect("a catalogue");
    let first = text.split("[[item]]").nth(1).expect("an item").replacen(&item, "NO-SUCH", 1);
    std::fs::write(&catalogue, format!("{text}\n[[item]]{first}")).expect("written");
    let app = open_at(&config, TODAY).await;
    let filter = QuarantineFilter { department: Some("labour".to_owned()), ..QuarantineFilter::default() };
    let answers = app.replay(filter, &[]).await.expect("replayed");
    let accepted = answers.iter().filter(|(_, r)| {
        r.told(&daylight::intake::page::Incoming {
            raw: String::new(),
            read: Err(daylight_domain::check::Reject::new(daylight_domain::check::RejectCode::E002, None, "", "")),
        })["status"]
            == "accepted"
    });
    assert_eq!(accepted.count(), 1);
    assert!(app.store.case("labour", "X1").await.expect("read").is_some());
    let filter = QuarantineFilter {
        department: Some("labour".to_owned()),
        state: Some("rejected".to_owned()),
        limit: 100,
        ..QuarantineFilter::default()
    };
    let left = app.store.quarantine(&filter).await.expect("quarantine");
    assert_eq!(left.len(), 7, "the record is settled, the others lie there as before");
    assert!(app.store.verify_ledger("labour").await.expect("a report").verified);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_trial_everything_is_judged_and_nothing_leaves_the_house() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    labour(&config, "trial");
    let app = open_at(&config, "2026-02-02T09:00:00+08:00").await;
    let item = an_item(&app, "labour");
    let path = folder.path().join("records.ndjson");
    let lines = [
        record("apply", "T1", "2026-01-05 09:00:00", &format!(r#","item_code":"{item}""#)),
        record("accept", "T1", "2026-01-05 10:00:00", ""),
    ];
    std::fs::write(&path, lines.join("\n")).expect("written");
    app.import("labour", &path, &mut |_, _, _| {}).await.expect("imported");
    let gate = app.gate("labour").await.expect("a gate");
    assert!(!gate.open);
    let met = |code: &str| gate.conditions.iter().find(|c| c.code == code).expect("a condition").met;
    assert_eq!(met("trial-days"), Some(false), "it began today");
    assert_eq!(met("rejects"), Some(true));
    assert_eq!(met("in-time"), Some(false), "a month late");
    assert_eq!(met("reconciled"), None, "no day was ever closed: nothing to judge by is not fulfilled");
    app.close().await;

    let app = open_at(&config, "2026-04-01T09:00:00+08:00").await;
    app.fire_due().await.expect("judged");
    let row = app.store.case("labour", "T1").await.expect("read").expect("a case");
    assert!(!row.found.is_empty(), "the limit has passed and was seen");
    let cards = CardFilter { department: Some("labour".to_owned()), limit: 100, ..CardFilter::default() };
    let cards = app.store.cards(&cards).await.expect("cards");
    assert!(
        !cards.is_empty() && cards.iter().all(|c| c.issued_at.is_none() && !c.state.counts()),
        "shown inside, never sent: {cards:?}"
    );
    assert_eq!(app.store.outbox_after(0, None, 100).await.expect("outbox").len(), 0, "no notice");
    let refused = app.score("county-2025", &month_before(app.clock.now().date()), Some("labour")).await;
    assert_eq!(refused.expect_err("no score").code, "score.nobody");
    let gate = app.gate("labour").await.expect("a gate");
    let days = gate.conditions.iter().find(|c| c.code == "trial-days").expect("a condition");
    assert_eq!(days.met, Some(true), "{days:?}");
    app.close().await;

    // A department that is not connected takes nothing.
    labour(&config, "planned");
    let app = open_at(&config, "2026-04-01T09:00:00+08:00").await;
    let refused = app.import("labour", &path, &mut |_, _, _| {}).await.expect_err("refused");
    assert_eq!(refused.code, "import.phase");
    let gate = app.gate("labour").await.expect("a gate");
    assert_eq!(gate.next, Some(daylight_domain::department::Phase::Connecting));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendors_plugin_is_installed_breaks_alone_and_is_rolled_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let (secret, public) = generate_key([3; 32]);
    std::fs::create_dir_all(config.join("trust")).expect("a folder");
    std::fs::write(config.join("trust/vendor.pub"), public).expect("written");
    let demo = crate::county::county(folder.path()).await;
    demo.app.close().await;
    let market = config.join("departments/market.toml");
    let first = with_manifest(guest("guest-hostile"), &GREEDY.replace("\"hostile\"", "\"vendors\""));
    let second = with_manifest(
        guest("guest-hostile"),
        &GREEDY.replace("\"hostile\"", "\"vendors\"").replace("version = \"1.0.0\"", "version = \"1.1.0\""),
    );
    let app = open_at(&config, TODAY).await;
    let unknown = app.install(first.clone(), &sign(&first, &generate_key([4; 32]).0).expect("signed"), "test").await;
    assert_eq!(unknown.expect_err("refused").code, "plugin.signature");
    for one in [&first, &second] {
        let row = app.install(one.clone(), &sign(one, &secret).expect("signed"), "test").await.expect("installed");
        assert_eq!(row.signer, "vendor");
    }
    app.close().await;

    // The department is switched to it; it loops for ever.
    let head: String = std::fs::read_to_string(&market)
        .expect("a department")
        .split("[grants]")
        .next()
        .expect("a head")
        .replace("rest-json", "vendors");
    std::fs::write(&market, format!("{head}\n[limits]\ncpu_ms_per_page = 300\n\n[settings]\ndo = \"loop\"\n"))
        .expect("written");
    let app = open_at(&config, TODAY).await;
    let (bad, health, resources) =
        tokio::join!(app.pull("market", "manual"), app.pull("health", "manual"), app.pull("resources", "manual"));
    let bad = bad.expect("a run");
    assert_eq!((bad.status.as_str(), bad.error_code.as_deref()), ("failed", Some("plugin.cpu-time")));
    assert!(bad.plugin.expect("named").starts_with("vendors 1.1.0 "));
    for good in [health, resources] {
        let good = good.expect("a run");
        assert_eq!((good.status.as_str(), good.error), ("done", None), "other departments go on");
        assert!(good.accepted > 100);
    }
    let back = app.rollback("vendors", "test").await.expect("rolled back");
    assert_eq!(back.version, "1.0.0");
    let none = app.rollback("vendors", "test").await.expect_err("nothing before it");
    assert_eq!(none.code, "plugin.no-version");
    let run = app.pull("market", "manual").await.expect("a run");
    assert!(run.plugin.expect("named").starts_with("vendors 1.0.0 "));
    let audited = app.store.audit_rows(100, None).await.expect("audit");
    assert!(audited.iter().any(|a| a.entry.action == "plugin.rollback"));
    assert!(warned(&app).await.is_empty(), "it is installed: nobody is warned of it");
    let cases = CaseFilter { department: Some("market".to_owned()), limit: 1, ..CaseFilter::default() };
    assert_eq!(app.store.cases(&cases).await.expect("cases").len(), 0);

    // It is removed when nobody names it any more, and comes back by being installed.
    let refused = async |app: &App, name: &str| app.remove_plugin(name, "test").await.expect_err("refused");
    let used = refused(&app, "vendors").await;
    assert!(used.code == "plugin.in-use" && used.message.contains("departments/market.toml"), "{used}");
    assert_eq!(refused(&app, "ningbo-6").await.code, "plugin.bundled", "the next start would install it");
    assert_eq!(refused(&app, "nobody").await.code, "plugin.unknown");
    assert!(app.plugin("vendors").await.is_ok(), "nothing was changed");
    app.close().await;
    let text = std::fs::read_to_string(&market).expect("a department").replace("\"vendors\"", "\"elsewhere\"");
    std::fs::write(&market, text).expect("written");
    let app = open_at(&config, TODAY).await;
    assert!(warned(&app).await.contains("elsewhere"), "of what is not installed it is said");
    let gone = app.remove_plugin("vendors", "test").await.expect("removed");
    assert_eq!(gone.version, "1.0.0", "the one that was active");
    assert_eq!(app.plugin("vendors").await.expect_err("gone").code, "plugin.unknown");
    assert_eq!(refused(&app, "vendors").await.code, "plugin.unknown", "once");
    let kept = app.store.plugins().await.expect("plugins");
    assert!(removed(&kept, "vendors") && kept.iter().filter(|p| p.name == "vendors").count() == 2, "components stay");
    let audited = app.store.audit_rows(10, None).await.expect("audit");
    let entry = audited.iter().find(|a| a.entry.action == "plugin.remove").expect("it is kept who did it");
    assert_eq!((entry.entry.actor.as_str(), entry.entry.object.as_str()), ("test", "vendors 1.0.0"));
    app.install(second.clone(), &sign(&second, &secret).expect("signed"), "test").await.expect("installed again");
    assert!(app.plugin("vendors").await.is_ok() && !removed(&app.store.plugins().await.expect("plugins"), "vendors"));
    app.close().await;
}

/// What the doctor says of a department's connector; nothing where it says nothing.
async fn warned(app: &App) -> String {
    let checks = app.doctor().await.expect("a diagnosis").checks;
    checks.into_iter().find(|c| c.code.as_deref() == Some("department.connector")).map_or(String::new(), |c| c.seen_zh)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_again_is_one_row_and_settled_when_the_source_has_put_it_right() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    labour(&config, "live");
    let app = open_at(&config, TODAY).await;
    let item = an_item(&app, "labour");
    let file = folder.path().join("records.ndjson");
    let with = |channel: &str| {
        record("apply", "R1", "2026-03-02 09:00:00", &format!(r#","item_code":"{item}","channel":"{channel}""#))
    };
    let tell = async |line: String| {
        std::fs::write(&file, line).expect("written");
        app.import("labour", &file, &mut |_, _, _| {}).await.expect("imported")
    };
    let lies = async |state: &str| {
        let filter = QuarantineFilter { state: Some(state.to_owned()), limit: 100, ..QuarantineFilter::default() };
        app.store.quarantine(&filter).await.expect("quarantine").len()
    };
    for _ in 0..3 {
        let run = tell(with("carrier pigeon")).await;
        assert_eq!(run.rejected, 1, "the sender is told each time");
    }
    assert_eq!(lies("rejected").await, 1, "and it lies there once");
    let days = app.store.day_stats("labour", "2026-04-02", "2026-04-02").await.expect("numbers");
    assert_eq!(days[0].rejected, 1, "and counts once");
    assert_eq!(tell(with("window")).await.accepted, 1);
    assert_eq!((lies("rejected").await, lies("replayed").await), (0, 1), "put right, settled");
    // A child that waited in vain may wait again.
    let child = record("accept", "R2", "2026-03-02 10:00:00", "");
    assert_eq!(tell(child.clone()).await.waiting, 1);
    app.store.expire_waiting(app.clock.now().plus_ms(25 * 3_600_000)).await.expect("expired");
    assert_eq!((lies("waiting").await, lies("rejected").await), (0, 1));
    assert_eq!(tell(child).await.waiting, 1);
    assert_eq!((lies("waiting").await, lies("rejected").await), (1, 0));
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_that_comes_true_again_is_told_as_it_is_true_now() {
    let house = crate::desk::House::new().await;
    let app = &house.app;
    house.clock.set(Timestamp::parse("2026-03-30T10:00:00+08:00").expect("a time"));
    let vendor = token(app, "vendor", "vendor", Some("market"), 1).await;
    let told = async |kind: &str, version: u32, time: &str, more: Value| {
        let mut record = json!({ "type": kind, "case_no": "W1", "source_key": kind, "data_version": version,
            "event_time": format!("2026-{time}") });
        record.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let path = "/api/v1/exchange/market/batches";
        let (_, answer) = Asking(app, &vendor).send(Method::POST, path, &[], &record.to_string()).await;
        assert_eq!(answer["receipts"][0]["status"], "accepted", "{answer}");
    };
    let late = async || {
        let filter = FindingFilter { rule: Some("T-02".to_owned()), limit: 9, ..FindingFilter::default() };
        let rows = app.store.findings(&filter).await.expect("findings");
        rows.into_iter()
            .map(|r| (r.state, r.finding.fact_time.date().to_string(), r.finding.explain_zh))
            .collect::<Vec<_>>()
    };
    told("apply", 1, "03-02 09:00:00", json!({ "item_code": "MK-0101" })).await;
    told("accept", 1, "03-02 10:00:00", json!({ "accept_doc_no": "受1" })).await;
    told("finish", 1, "03-25 10:00:00", json!({ "finish_type": "granted", "cert_no": "JY1" })).await;
    let first = late().await;
    assert!(
        !first.is_empty() && first.iter().all(|(state, fact, _)| state == "open" && fact == "2026-03-12"),
        "{first:?}"
    );
    // Corrected, it was in time; corrected again, it was late by another day and in other words.
    told("finish", 2, "03-10 10:00:00", json!({ "finish_type": "granted", "cert_no": "JY1" })).await;
    assert!(late().await.iter().all(|(state, ..)| state == "cleared"));
    let doubted = async || {
        let cards = app.store.cards(&CardFilter { limit: 9, ..CardFilter::default() }).await.expect("cards");
        cards.iter().filter(|c| c.rule == "T-02" && c.state.counts() && c.revocation_proposed).count()
    };
    assert!(doubted().await > 0, "its card is to be looked at");
    told("accept", 2, "02-26 10:00:00", json!({ "accept_doc_no": "受1" })).await;
    let again = late().await;
    let open: Vec<_> = again.iter().filter(|(state, ..)| state == "open").collect();
    assert!(!open.is_empty() && open.iter().all(|(_, fact, _)| fact == "2026-03-09"), "{again:?}");
    assert!(open.iter().all(|(.., words)| first.iter().all(|(.., before)| before != words)), "{again:?}");
    assert_eq!(doubted().await, 0, "and stands again");
    let (from, to) = (Timestamp::parse("2026-03-05").expect("a day"), Timestamp::parse("2026-03-10").expect("a day"));
    let facts = app.store.card_facts("market", CardTime::Fact, from, to).await.expect("facts");
    assert!(facts.iter().any(|card| card.rule == "T-02"), "counted where its fact is now: {facts:?}");
}

/// Systems write the last day there is where something has no end: what comes of it is read again like everything else.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_end_is_a_day() {
    let house = crate::desk::House::new().await;
    let app = &house.app;
    let vendor = token(app, "vendor", "vendor", Some("market"), 1).await;
    let record = json!({ "type": "apply", "case_no": "L1", "source_key": "a", "data_version": 1, "event_time": "2026-03-02 09:00:00",
        "item_code": "MK-0101", "parent_case_no": "L0", "expected_reply_by": "9999-12-31", "cert_valid_to": "9999-12-31" });
    let path = "/api/v1/exchange/market/batches";
    let (_, answer) = Asking(app, &vendor).send(Method::POST, path, &[], &record.to_string()).await;
    assert_eq!(answer["receipts"][0]["status"], "accepted", "{answer}");
    let row = app.store.case("market", "L1").await.expect("it is read").expect("the case");
    assert_eq!(row.case.expected_reply_by.map(|day| day.to_string()).as_deref(), Some("9999-12-31"));
    app.look_at_everything().await.expect("the day's round");
    assert!(app.rederive("test").await.expect("a proof").good());
    app.close().await;
}
