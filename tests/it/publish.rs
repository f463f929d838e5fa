//! Publications from the draft to the withdrawal, for whom they are, what must not be in them, and exports.

use crate::api::{Asking, token};
use crate::around::write_labour;
use crate::county::county;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use daylight::api::ask;
use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::place::write_sample;
use daylight::evaluate::Ran;
use daylight_domain::Timestamp;
use daylight_domain::clock::ManualClock;
use daylight_domain::evaluation::{RunState, ScoreAct};
use daylight_domain::publication::digest_of;
use daylight_store::{CardFilter, FindingFilter, run_script};
use serde_json::{Value, json};
use sqlx::{Connection as _, Row as _};
use std::path::Path;
use std::sync::Arc;

fn t(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

async fn at(folder: &Path, time: &str) -> Arc<App> {
    let loaded = load(&folder.join("config"), t(time)).expect("configuration");
    App::open(loaded, Arc::new(FastClock::new(t(time), 0))).await.expect("an appliance")
}

/// A county whose four systems were pulled and that was supervised since the year began.
pub async fn supervised(folder: &Path) -> Arc<App> {
    let demo = county(folder).await;
    for id in ["market", "health", "resources", "housing"] {
        demo.app.pull(id, "manual").await.expect("a run");
    }
    let now = demo.app.clock.now().rfc3339();
    demo.app.close().await;
    for id in ["market", "health", "resources", "housing"] {
        let file = folder.join(format!("config/departments/{id}.toml"));
        let text = std::fs::read_to_string(&file).expect("a department");
        let line = text.lines().find(|l| l.starts_with("supervised_since")).expect("a date").to_owned();
        std::fs::write(&file, text.replace(&line, "supervised_since = \"2026-01-01\"")).expect("written");
    }
    at(folder, &now).await
}

async fn post(app: &Arc<App>, secret: &str, path: &str, words: Value) -> (StatusCode, Value) {
    Asking(app, secret).send(Method::POST, &format!("/api/v1/{path}"), &[], &words.to_string()).await
}

async fn get(app: &Arc<App>, secret: &str, path: &str) -> (StatusCode, Value) {
    Asking(app, secret).get(&format!("/api/v1/{path}")).await
}

/// Bytes as they come, with their headers.
async fn fetch(app: &Arc<App>, secret: &str, path: &str, known: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut request = Request::builder().uri(format!("/api/v1/{path}"));
    if !secret.is_empty() {
        request = request.header("authorization", format!("Bearer {secret}"));
    }
    if !known.is_empty() {
        request = request.header("if-none-match", known);
    }
    let answer = ask(app, request.body(Body::empty()).expect("a request")).await;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let bytes = to_bytes(answer.into_body(), 64 << 20).await.expect("a body");
    (status, headers, bytes.to_vec())
}

fn code(answer: &(StatusCode, Value)) -> (u16, &str) {
    (answer.0.as_u16(), answer.1["code"].as_str().unwrap_or(""))
}

fn words(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}")).to_owned()
}

async fn drafted(app: &Arc<App>, secret: &str, wanted: Value) -> (String, String) {
    let (status, draft) = post(app, secret, "publications", wanted).await;
    assert_eq!(status, 201, "{draft}");
    (words(&draft, "no"), words(&draft, "digest"))
}

fn monthly() -> Value {
    json!({ "kind": "monthly", "audience": "public", "from": "2026-03-01", "scope": "社会公众" })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_approved_by_another_is_public_byte_for_byte_until_it_is_withdrawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = &supervised(folder.path()).await;
    let ming = token(app, "ming", "supervision", None, 90).await;
    let zhao = token(app, "zhao", "leader", None, 90).await;
    let hua = token(app, "hua", "handler", Some("market"), 90).await;
    let reader = token(app, "reader", "read_only", None, 90).await;

    // What cannot be put together at all.
    let next = app.clock.now().date().succ_opt().expect("a day");
    for (change, problem) in [
        (json!({ "kind": "daily_cards" }), "publication.audience"),
        (json!({ "from": "2026-03-02" }), "publication.period"),
        (json!({ "to": "2026-03-30" }), "publication.period"),
        (json!({ "from": "2026-12-01" }), "publication.period"),
        (json!({ "from": "2026-04-01" }), "publication.period"),
        (json!({ "scope": " " }), "publication.request"),
        (json!({ "department": "market" }), "publication.request"),
        (json!({ "score_run": "x" }), "publication.request"),
        (json!({ "kind": "bulletin" }), "publication.run"),
        (json!({ "kind": "finished", "department": "none" }), "department.unknown"),
        (json!({ "kind": "rumour" }), "publication.request"),
        (json!({ "kind": "finished", "from": "2026-04-01", "to": "2026-12-01" }), "publication.period"),
        (json!({ "kind": "finished", "from": app.clock.now().date(), "to": next }), "publication.period"),
        (json!({ "from": "2020-01-01" }), "publication.period"),
    ] {
        let mut wanted = monthly();
        for (name, value) in change.as_object().expect("a change") {
            wanted[name] = value.clone();
        }
        assert_eq!(code(&post(app, &ming, "publications", wanted).await).1, problem, "{change}");
    }
    let (no, digest) = drafted(app, &ming, monthly()).await;
    let (twin, same) = drafted(app, &ming, monthly()).await;
    let path = format!("publications/{no}");

    // A draft is for those who make and approve it.
    for secret in [&hua, &reader] {
        assert_eq!(code(&get(app, secret, &path).await), (404, "publication.unknown"));
        assert_eq!(fetch(app, secret, &format!("{path}/files/data.json"), "").await.0, 404);
    }
    assert_eq!(code(&get(app, "", &format!("public/{path}")).await), (404, "publication.unknown"));
    let (_, seen) = get(app, &zhao, &path).await;
    assert_eq!((seen["state"].as_str(), seen["obstacles"].as_array().map(Vec::len)), (Some("draft"), Some(0)));
    let before = fetch(app, &zhao, &format!("{path}/files/manifest.json"), "").await.2;
    assert_eq!(digest_of(&before), digest, "the digest is the manifest's");
    let manifest: Value = serde_json::from_slice(&before).expect("a manifest");
    assert_eq!((manifest["anonymity"].as_u64(), manifest["author"].as_str()), (Some(5), Some("ming")));
    assert!(manifest["exclusions"].as_array().is_some_and(|e| !e.is_empty()), "who is not counted is said: {manifest}");

    let approve = async |secret: &str, digest: &str| {
        post(app, secret, &format!("{path}/approve"), json!({ "digest": digest })).await
    };
    assert_eq!(code(&approve(&ming, &digest).await), (403, "publication.same-person"));
    assert_eq!(code(&approve(&zhao, &"0".repeat(64)).await), (409, "publication.digest"));
    assert_eq!(code(&approve(&reader, &digest).await), (403, "auth.scope"));
    let (status, published) = approve(&zhao, &digest).await;
    assert_eq!((status.as_u16(), published["approver"].as_str()), (200, Some("zhao")), "{published}");
    assert_eq!(code(&approve(&zhao, &digest).await), (409, "publication.state"));
    assert_eq!(code(&post(app, &ming, "publications", monthly()).await), (409, "publication.standing"));
    let second = post(app, &zhao, &format!("publications/{twin}/approve"), json!({ "digest": same })).await;
    assert_eq!(code(&second), (409, "publication.standing"), "nor one that was drafted before");

    // Anybody reads it, without sign-in; every file is what the manifest says.
    let (_, list) = get(app, "", "public/publications").await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
    assert_eq!(list["items"][0]["no"], no);
    let (_, notice) = get(app, "", &format!("public/{path}")).await;
    assert!(notice.get("author").is_none() && notice.get("texts").is_none(), "{notice}");
    let (_, _, after) = fetch(app, "", &format!("public/{path}/files/manifest.json"), "").await;
    assert_eq!(after, before, "published is what the approver saw");
    for file in notice["files"].as_array().expect("files") {
        let name = words(file, "name");
        let (status, headers, bytes) = fetch(app, "", &format!("public/{path}/files/{name}"), "").await;
        assert_eq!((status.as_u16(), digest_of(&bytes)), (200, words(file, "sha256")), "{name}");
        let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
        assert_eq!(header("cache-control"), "public, max-age=300");
        assert!(header("digest").starts_with("sha-256="));
        let again = fetch(app, "", &format!("public/{path}/files/{name}"), &header("etag")).await;
        assert_eq!((again.0.as_u16(), again.2.len()), (304, 0));
    }
    assert_eq!(fetch(app, "", &format!("public/{path}/files/none.csv"), "").await.0, 404);
    let (_, proof) = get(app, &reader, &format!("{path}/verify")).await;
    assert_eq!((proof["verified"].as_bool(), proof["files"].as_u64()), (Some(true), Some(9)), "{proof}");

    // Withdrawn it says so, and can still be proven.
    assert_eq!(code(&post(app, &zhao, &format!("{path}/withdraw"), json!({})).await), (400, "publication.words"));
    let why = "数据有误，含李某的信息";
    assert_eq!(post(app, &zhao, &format!("{path}/withdraw"), json!({ "text": why })).await.0, 200);
    let gone = get(app, "", &format!("public/{path}")).await;
    assert_eq!(code(&gone), (410, "publication.withdrawn"));
    assert!(!gone.1.to_string().contains("李某"), "why it was withdrawn may be what must not be told");
    assert_eq!(fetch(app, "", &format!("public/{path}/files/data.json"), "").await.0, 410);
    assert_eq!(fetch(app, &reader, &format!("{path}/files/data.json"), "").await.0, 410);
    assert_eq!(get(app, "", "public/publications").await.1["items"], json!([]));
    assert_eq!(get(app, &ming, &format!("{path}/verify")).await.1["verified"], true);
    assert_eq!(get(app, &ming, &path).await.1["withdrawn_because"], why);
    let acts = app.store.audit_rows(100, None).await.expect("audit");
    for (actor, action) in
        [("ming", "publication.draft"), ("zhao", "publication.approve"), ("zhao", "publication.withdraw")]
    {
        assert!(acts.iter().any(|r| r.entry.actor == actor && r.entry.action == action), "{actor} {action}");
    }
    // Another can take its place now.
    drafted(app, &ming, monthly()).await;
    app.close().await;
}

/// An exclusion of a department that another approved.
async fn left_out(app: &Arc<App>, (ming, zhao): (&str, &str), wanted: Value) -> String {
    let (status, one) = post(app, ming, "exclusions", wanted).await;
    assert_eq!(status, 201, "{one}");
    let no = words(&one, "no");
    assert_eq!(post(app, zhao, &format!("exclusions/{no}/approve"), json!({})).await.0, 200);
    no
}

#[tokio::test(flavor = "multi_thread")]
async fn why_something_is_not_counted_is_somebodys_words_and_not_for_the_public() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = &supervised(folder.path()).await;
    let ming = token(app, "ming", "supervision", None, 90).await;
    let zhao = token(app, "zhao", "leader", None, 90).await;
    let wanted = |reason: &str, document: &str| {
        json!({
            "department": "market", "from": "2026-03-10", "to": "2026-03-11", "reason": reason, "document": document,
        })
    };
    for bad in [wanted(&"长".repeat(501), "监〔2026〕3号"), wanted("机房搬迁", &"长".repeat(201))] {
        assert_eq!(code(&post(app, &ming, "exclusions", bad).await), (400, "exclusion.request"));
    }
    let personal = wanted("经办人身份证330824199001011232", "监〔2026〕3号");
    let one = left_out(app, (&ming, &zhao), personal).await;
    let (open, digest) = drafted(app, &ming, monthly()).await;
    let data = fetch(app, &ming, &format!("publications/{open}/files/data.json"), "").await.2;
    let data = String::from_utf8(data).expect("text");
    assert!(data.contains("统计排除（监〔2026〕3号）") && !data.contains("经办人"), "{data}");
    let answer = post(app, &zhao, &format!("publications/{open}/approve"), json!({ "digest": digest })).await;
    assert_eq!(answer.0, 200, "{}", answer.1);

    // Departments read why, so why is looked through.
    let mut government = monthly();
    government["audience"] = json!("government");
    let (no, digest) = drafted(app, &ming, government).await;
    let (_, view) = get(app, &zhao, &format!("publications/{no}")).await;
    let seen = &view["obstacles"][0];
    assert_eq!((seen["source"].as_str(), seen["kind"].as_str()), (Some(one.as_str()), Some("id_number")), "{view}");
    let refused = post(app, &zhao, &format!("publications/{no}/approve"), json!({ "digest": digest })).await;
    assert_eq!(code(&refused), (409, "publication.personal"));
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_is_left_out_of_every_number_of_cases_and_a_dismissed_rating_of_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = &supervised(folder.path()).await;
    let desk = token(app, "desk", "service_centre", None, 90).await;
    let ming = token(app, "ming", "supervision", None, 90).await;
    let zhao = token(app, "zhao", "leader", None, 90).await;
    let hua = token(app, "hua", "handler", Some("market"), 90).await;
    let row = async |days: &str| {
        let path = format!("exports/monthly?{days}&format=json&department=market");
        get(app, &ming, &path).await.1["rows"][0].clone()
    };
    let march = "from=2026-03-01&to=2026-03-31";
    let number = |row: &Value, name: &str| row[name].as_u64().unwrap_or_else(|| panic!("no {name} in {row}"));
    let persons = |row: &Value| number(row, "natural") + number(row, "legal_person");
    let before = row(march).await;
    assert!(number(&before, "finished") > 0 && persons(&before) > 0, "{before}");
    let wanted = json!({
        "department": "market", "from": "2026-03-01", "to": "2026-03-31", "reason": "机房搬迁", "document": "监〔2026〕3号",
    });
    left_out(app, (&ming, &zhao), wanted).await;
    let after = row(march).await;
    assert_eq!((number(&after, "finished"), persons(&after)), (0, 0), "{after}");
    let (_, table) = get(app, &ming, &format!("exports/monthly?{march}&format=json")).await;
    assert!(table.to_string().contains("统计排除只及于"), "{table}");
    let (_, table) = get(app, &ming, &format!("exports/cards?{march}&format=json")).await;
    assert!(table.to_string().contains("本表照列") && !table.to_string().contains("未计入"), "{table}");

    let today = app.clock.now().date();
    let days = format!("from={today}&to={today}");
    let active = |row: &Value| (number(row, "ratings_active"), number(row, "ratings_good"));
    let none = active(&row(&days).await);
    let bad = json!({ "department": "market", "satisfaction": 5, "channel": "phone", "text": "很差" });
    let (status, rating) = post(app, &desk, "ratings", bad).await;
    assert_eq!(status, 201, "{rating}");
    let no = words(&rating, "no");
    assert_eq!(active(&row(&days).await), (none.0 + 1, none.1));
    let (status, answer) = post(app, &hua, &format!("ratings/{no}/appeal"), json!({ "text": "同行恶意" })).await;
    assert_eq!(status, 200, "{answer}");
    let upheld = json!({ "upheld": true, "text": "查证属实" });
    let (status, answer) = post(app, &ming, &format!("ratings/{no}/decide"), upheld).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(active(&row(&days).await), none, "neither good nor bad");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_changes_a_byte_is_found_out_and_nothing_of_it_is_given_out_or_approved() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = supervised(folder.path()).await;
    let ming = token(&app, "ming", "supervision", None, 90).await;
    let zhao = token(&app, "zhao", "leader", None, 90).await;
    let wanted = |day: &str| json!({ "kind": "finished", "from": day, "to": day, "scope": "社会公众" });
    let (public, digest) = drafted(&app, &ming, wanted("2026-03-10")).await;
    let (draft, other) = drafted(&app, &ming, wanted("2026-03-11")).await;
    assert_ne!(digest, other);
    let answer = post(&app, &zhao, &format!("publications/{public}/approve"), json!({ "digest": digest })).await;
    assert_eq!(answer.0, 200, "{}", answer.1);
    let (file, now) = (app.config.data().join("daylight.db"), app.clock.now().rfc3339());
    app.close().await;
    let edit = format!(
        "UPDATE publication_file SET bytes = CAST(replace(CAST(bytes AS TEXT), '准予', '不予') || ' ' AS BLOB) \
         WHERE name = 'finished.csv' AND publication IN ('{public}', '{draft}')"
    );
    run_script(&file, &[edit]).await.expect("edited");
    let app = &at(folder.path(), &now).await;
    let (_, proof) = get(app, &ming, &format!("publications/{public}/verify")).await;
    assert_eq!(
        (proof["verified"].as_bool(), proof["problems"].as_array().map(Vec::len)),
        (Some(false), Some(1)),
        "{proof}"
    );
    let changed = get(app, "", &format!("public/publications/{public}/files/finished.csv")).await;
    assert_eq!(code(&changed), (500, "publication.damaged"));
    assert_eq!(fetch(app, "", &format!("public/publications/{public}/files/data.json"), "").await.0, 200);
    let answer = post(app, &zhao, &format!("publications/{draft}/approve"), json!({ "digest": other })).await;
    assert_eq!(code(&answer), (500, "publication.damaged"));
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulletin_publishes_its_run_and_falls_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = supervised(folder.path()).await;
    let ming = token(&app, "ming", "supervision", None, 90).await;
    let zhao = token(&app, "zhao", "leader", None, 90).await;
    for day in ["2026-03-10", "2026-03-17"] {
        let wanted = json!({
            "department": "market", "from": day, "to": day, "reason": "机房搬迁", "document": "监〔2026〕3号",
        });
        left_out(&app, (&ming, &zhao), wanted).await;
    }
    let ran = Ran { by: "ming", shadow: false };
    let run = app.score_by("county-2025", "2026-03", None, ran).await.expect("a score run").id;
    let reader = token(&app, "reader", "read_only", None, 90).await;
    let wanted = |audience: &str| json!({ "kind": "bulletin", "audience": audience, "from": "2026-03-01", "scope": "全县各部门" });
    assert_eq!(code(&post(&app, &ming, "publications", wanted("government")).await), (409, "publication.run"));
    let until = app.clock.now();
    app.live_on(&run, ScoreAct::Open { until }, "ming").await.expect("opened");
    app.close().await;
    let app = &at(folder.path(), "2026-04-20T09:00:00+08:00").await;
    app.live_on(&run, ScoreAct::Finalise { text: String::new() }, "zhao").await.expect("final");
    let mut with_document = wanted("government");
    with_document["document"] = json!({ "code": "示监", "number": 3, "salutation": "各单位" });
    let (no, digest) = drafted(app, &ming, with_document.clone()).await;
    with_document["audience"] = json!("public");
    let refused = post(app, &ming, "publications", with_document).await;
    assert_eq!(code(&refused), (400, "publication.request"), "a document tells everything");
    let (open, _) = drafted(app, &ming, wanted("public")).await;
    let file = async |no: &str, name: &str| fetch(app, &ming, &format!("publications/{no}/files/{name}"), "").await;
    let ranking = String::from_utf8(file(&no, "ranking.csv").await.2).expect("text");
    assert_eq!(ranking.lines().count(), 5, "four departments: {ranking}");
    let excluded = String::from_utf8(file(&no, "excluded.csv").await.2).expect("text");
    let market = app.config.departments["market"].name.clone();
    assert!(excluded.lines().count() > 1 && !excluded.lines().any(|l| l.starts_with(&market)), "{excluded}");
    let names: Vec<&str> = excluded.lines().skip(1).filter_map(|l| l.split(',').next()).collect();
    let once: std::collections::BTreeSet<&&str> = names.iter().collect();
    assert_eq!((once.len(), names.len()), (app.config.departments.len() - 4, app.config.departments.len() - 4));
    let days = String::from_utf8(file(&no, "registered.csv").await.2).expect("text");
    assert!(days.matches("统计排除：机房搬迁（监〔2026〕3号）").count() == 2 && days.contains(&market), "{days}");
    let indicators = String::from_utf8(file(&no, "indicators.csv").await.2).expect("text");
    let view = app.score_view(&run).await.expect("the run");
    let ids = view.effective[0].card.scores.iter().map(|s| s.indicator.as_str());
    let head: Vec<&str> = indicators.lines().next().expect("a head").split(',').collect();
    assert!(ids.into_iter().all(|id| !head.contains(&id)), "names, not numbers: {indicators}");
    assert_eq!(
        (file(&no, "indicators.csv").await.0, file(&open, "indicators.csv").await.0.as_u16()),
        (StatusCode::OK, 404)
    );
    assert!(file(&no, "bulletin.docx").await.2.starts_with(b"PK"));
    assert_eq!(app.score_view(&run).await.expect("the run").life.state, RunState::Final);
    // Cut off between its approval and the publication of its run, as if the process had died; the next start goes on.
    let file_of = app.config.data().join("daylight.db");
    let dies = "CREATE TRIGGER died BEFORE UPDATE ON score_life BEGIN SELECT RAISE(ABORT, 'died'); END";
    run_script(&file_of, &[dies.to_owned()]).await.expect("a trigger");
    let died = post(app, &zhao, &format!("publications/{no}/approve"), json!({ "digest": digest })).await;
    assert_eq!(code(&died), (503, "store.database"));
    app.close().await;
    run_script(&file_of, &["DROP TRIGGER died".to_owned()]).await.expect("no trigger");
    let app = &at(folder.path(), "2026-04-20T09:00:00+08:00").await;
    assert_eq!(get(app, &reader, &format!("publications/{no}")).await.1["state"], "published");
    assert_eq!(app.score_view(&run).await.expect("the run").life.state, RunState::Final);
    for _ in 0..2 {
        app.look_at_publications().await.expect("a round");
    }
    let audit = app.store.audit_rows(100, None).await.expect("the audit");
    let published = audit.iter().filter(|row| row.entry.action == "score.publish");
    assert_eq!(published.map(|row| row.entry.actor.as_str()).collect::<Vec<_>>(), ["zhao"], "once, by who approved it");
    let view = app.score_view(&run).await.expect("the run");
    assert_eq!((view.life.state, view.publications), (RunState::Published, vec![no.clone(), open.clone()]));
    assert_eq!(get(app, &reader, &format!("publications/{no}")).await.1["score_run"], run);
    assert_eq!(get(app, "", &format!("public/publications/{no}")).await.0, 404, "not for everybody");

    app.live_on(&run, ScoreAct::Withdraw { text: "基数有误".to_owned() }, "zhao").await.expect("withdrawn");
    assert_eq!(code(&get(app, &reader, &format!("publications/{no}")).await), (410, "publication.withdrawn"));
    for no in [&no, &open] {
        let (_, one) = get(app, &ming, &format!("publications/{no}")).await;
        assert_eq!(one["state"], "withdrawn");
        assert!(words(&one, "withdrawn_because").contains("基数有误"));
    }
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_a_publication_reads_no_register_and_a_page_of_matters_is_never_sorted() {
    let folder = tempfile::tempdir().expect("a folder");
    write_sample(&folder.path().join("config")).expect("a sample");
    let app = at(folder.path(), "2026-03-02T10:00:00+08:00").await;
    let file = app.config.data().join("daylight.db");
    let ming = token(&app, "ming", "supervision", None, 90).await;
    let wanted = json!({ "kind": "finished", "from": "2026-02-01", "scope": "社会公众" });
    let (no, _) = drafted(&app, &ming, wanted).await;
    app.close().await;
    // Whoever reads this register fails.
    let broken = "INSERT INTO matter (no, kind, department, state, due, revision, body) VALUES ('X', 'enquiry', NULL, 'x', NULL, 1, '{}')";
    run_script(&file, &[broken.to_owned()]).await.expect("edited");
    let app = at(folder.path(), "2026-03-02T10:00:00+08:00").await;
    let one = format!("publications/{no}");
    assert_ne!(get(&app, &ming, &one).await.0, 200, "what stands in the way of a draft is looked for");
    assert_eq!(code(&get(&app, "", &format!("public/{one}")).await), (404, "publication.unknown"));
    for path in ["files/data.json", "verify"] {
        assert_eq!(fetch(&app, &ming, &format!("{one}/{path}"), "").await.0, 200, "{path}");
    }
    app.close().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.expect("a connection");
    for filter in
        ["", "AND m.no > 'A'", "AND m.department = 1 AND m.no > 'A'", "AND m.state IN ('published') AND m.no > 'A'"]
    {
        let page = format!(
            "EXPLAIN QUERY PLAN SELECT m.no, m.body, d.name FROM matter m LEFT JOIN department d ON d.id = m.department \
             WHERE m.kind = 'publication' {filter} ORDER BY m.no LIMIT 10"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(page)).fetch_all(&mut connection).await.expect("a plan");
        let plan: Vec<String> = rows.iter().map(|r| r.get("detail")).collect();
        assert!(
            plan[0].contains("matter_page") && !plan.iter().any(|l| l.contains("TEMP B-TREE")),
            "{filter}: {plan:?}"
        );
    }
}

/// A complaint of somebody, answered and closed.
async fn closed(app: &Arc<App>, desk: &str, (reviewer, handler): (&str, &str)) -> String {
    let new = json!({
        "department": "market", "way": "phone", "kind": "attitude", "title": "窗口", "content": "排队太久",
        "complainant": { "name": "欧阳明月", "phone": "13800001234", "address": "城关镇解放路 1 号" },
    });
    let no = words(&post(app, desk, "complaints", new).await.1, "no");
    for (secret, act, words) in [
        (desk, "accept", json!({ "text": "已受理" })),
        (desk, "assign", json!({})),
        (handler, "receive", json!({})),
        (
            handler,
            "reply",
            json!({ "text": "欧阳明月反映属实，电话 13800001234，已增设窗口", "outcome": "substantiated" }),
        ),
        (reviewer, "review", json!({ "passed": true, "severity": "minor" })),
    ] {
        let (status, answer) = post(app, secret, &format!("complaints/{no}/{act}"), words).await;
        assert_eq!(status, 200, "{act}: {answer}");
    }
    no
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_public_in_cleared_words_only_and_what_slips_through_is_found_later() {
    let folder = tempfile::tempdir().expect("a folder");
    write_sample(&folder.path().join("config")).expect("a sample");
    let app = &at(folder.path(), "2026-03-02T10:00:00+08:00").await;
    let desk = token(app, "desk", "service_centre", None, 90).await;
    let ming = token(app, "ming", "supervision", None, 90).await;
    let hua = token(app, "hua", "handler", Some("market"), 90).await;
    let zhao = token(app, "zhao", "leader", None, 90).await;
    let no = closed(app, &desk, (&ming, &hua)).await;
    let clear = async |secret: &str, text: &str| {
        post(app, secret, &format!("complaints/{no}/make-public"), json!({ "subject": "窗口排队", "text": text })).await
    };
    let wanted = || json!({ "kind": "answers", "from": "2026-03-01", "scope": "社会公众" });
    let data = async |no: &str| {
        String::from_utf8(fetch(app, &ming, &format!("publications/{no}/files/data.json"), "").await.2).expect("text")
    };
    let (empty, _) = drafted(app, &ming, wanted()).await;
    assert!(!data(&empty).await.contains("增设"), "nothing is public by itself");
    assert_eq!(clear(&desk, " ").await.0, 400);
    let careless = "欧阳明月 138-0000-1234 反映的问题已解决";
    assert_eq!(clear(&desk, careless).await.0, 200);
    let (bad, digest) = drafted(app, &ming, wanted()).await;
    let (_, view) = get(app, &zhao, &format!("publications/{bad}")).await;
    let kinds: Vec<&str> =
        view["obstacles"].as_array().expect("obstacles").iter().filter_map(|o| o["kind"].as_str()).collect();
    assert_eq!(kinds, ["name", "phone"], "{view}");
    let refused = post(app, &zhao, &format!("publications/{bad}/approve"), json!({ "digest": digest })).await;
    assert_eq!(code(&refused), (409, "publication.personal"));
    assert!(refused.1["detail"].as_str().is_some_and(|d| d.contains(&no) && !d.contains("明月")), "{}", refused.1);
    assert_eq!(post(app, &zhao, &format!("publications/{bad}/withdraw"), json!({ "text": "重做" })).await.0, 200);
    assert_eq!(code(&get(app, "", &format!("public/publications/{bad}")).await).0, 404, "it never was public");

    // Nobody blocks what is published by a name that is none.
    for name in ["示例县", "2026", "投诉答复公开", "市场监督管理局", "abc"] {
        let asked = json!({ "department": "market", "title": "材料", "content": format!("{name}要什么？"), "asker": { "name": name } });
        assert_eq!(post(app, &desk, "enquiries", asked).await.0, 201);
    }
    assert_eq!(clear(&desk, "示例县 2026 年已由市场监督管理局增设窗口，abc").await.0, 200);
    let (fine, _) = drafted(app, &ming, wanted()).await;
    let (_, view) = get(app, &zhao, &format!("publications/{fine}")).await;
    assert_eq!(view["obstacles"], json!([]));
    assert_eq!(post(app, &ming, &format!("publications/{fine}/withdraw"), json!({ "text": "重做" })).await.0, 200);

    // What may be somebody's name stands in the way until the approver says why it is none; who complained is never let through.
    let asked =
        json!({ "department": "market", "title": "材料", "content": "要什么？", "asker": { "name": "司马长风" } });
    assert_eq!(post(app, &desk, "enquiries", asked).await.0, 201);
    let why = "“司马长风”是路名";
    assert_eq!(clear(&desk, "欧阳明月反映的问题").await.0, 200);
    let (named, digest) = drafted(app, &ming, wanted()).await;
    let path = format!("publications/{named}/approve");
    let refused = post(app, &zhao, &path, json!({ "digest": digest, "override": why })).await;
    assert_eq!(code(&refused), (409, "publication.personal"), "the complainant's own name");
    assert_eq!(clear(&desk, "司马长风路反映的问题，已增设窗口").await.0, 200);
    let (good, digest) = drafted(app, &ming, wanted()).await;
    let path = format!("publications/{good}/approve");
    assert_eq!(code(&post(app, &zhao, &path, json!({ "digest": digest })).await), (409, "publication.personal"));
    let answer = post(app, &zhao, &path, json!({ "digest": digest, "override": why })).await;
    assert_eq!(answer.0, 200, "{}", answer.1);
    assert!(answer.1["steps"][0]["text"].as_str().is_some_and(|text| text.contains(why)), "{}", answer.1);
    let acts = app.store.audit_rows(20, None).await.expect("audit");
    let kept = acts.iter().find(|r| r.entry.action == "publication.approve" && r.entry.object == good);
    assert!(kept.is_some_and(|r| r.entry.detail.contains("路名")), "{acts:?}");
    let shown = data(&good).await;
    assert!(shown.contains("已增设窗口") && !shown.contains(&no) && !shown.contains("排队太久"), "{shown}");
    app.look_at_publications().await.expect("a look");
    let filter = || FindingFilter { rule: Some("O-03".to_owned()), limit: 10, ..FindingFilter::default() };
    assert_eq!(
        app.store.findings(&filter()).await.expect("findings").len(),
        0,
        "no name of the registers makes a finding"
    );

    // What slipped through in the words that stand is found later.
    let file = app.config.data().join("daylight.db");
    let now = app.clock.now().rfc3339();
    app.close().await;
    let edit =
        "UPDATE matter SET body = replace(body, '司马长风路', '欧阳明月') WHERE kind IN ('publication', 'complaint')";
    run_script(&file, &[edit.to_owned()]).await.expect("edited");
    let app = &at(folder.path(), &now).await;
    for _ in 0..2 {
        app.look_at_publications().await.expect("a look");
    }
    let rows = app.store.findings(&filter()).await.expect("findings");
    assert_eq!(rows.len(), 1, "once, however often it is looked at");
    assert_eq!((rows[0].department.as_str(), rows[0].finding.object_id.as_str()), ("market", good.as_str()));
    assert!(rows[0].finding.explain_zh.contains("姓名") && !rows[0].finding.explain_zh.contains("明月"));
    let cards = app.store.cards(&CardFilter { limit: 10, ..CardFilter::default() }).await.expect("cards");
    assert!(cards.iter().any(|c| c.rule == "O-03" && c.state.as_str() == "pending_confirm"), "a person confirms it");

    // A person reports what no check finds.
    let report = |department: &str| json!({ "department": department, "fields": ["商业秘密"] });
    let path = format!("publications/{good}/report");
    assert_eq!(code(&post(app, &ming, &path, report("health")).await), (400, "publication.department"));
    assert_eq!(code(&post(app, &zhao, &path, report("market")).await), (403, "auth.scope"));
    assert_eq!(post(app, &ming, &path, report("market")).await.1["breaches"].as_array().map(Vec::len), Some(2));

    // An answer that is no longer public in these words is not published, and does not stay public.
    let make = |act: &str| format!("complaints/{no}/{act}");
    let [first, fresh] =
        ["已增设窗口二个", "已增设窗口三个"].map(|text| json!({ "subject": "窗口排队", "text": text }));
    assert_eq!(post(app, &desk, &make("make-public"), first).await.0, 200);
    let (old, digest) = drafted(app, &ming, wanted()).await;
    assert_eq!(post(app, &desk, &make("make-public"), fresh).await.0, 200);
    let stale = post(app, &zhao, &format!("publications/{old}/approve"), json!({ "digest": digest })).await;
    assert_eq!(code(&stale), (409, "publication.stale"));
    let (new, digest) = drafted(app, &ming, wanted()).await;
    let answer = post(app, &zhao, &format!("publications/{new}/approve"), json!({ "digest": digest })).await;
    assert_eq!(answer.0, 200, "{}", answer.1);
    assert_eq!(get(app, "", &format!("public/publications/{new}")).await.0, 200);
    assert_eq!(post(app, &desk, &make("make-private"), json!({ "text": "当事人要求" })).await.0, 200);
    for no in [&good, &new] {
        let gone = get(app, "", &format!("public/publications/{no}")).await;
        assert_eq!(code(&gone), (410, "publication.withdrawn"), "{no}");
    }
    let again = json!({ "subject": "窗口排队", "text": "已增设窗口四个" });
    assert_eq!(post(app, &desk, &make("make-public"), again).await.0, 200);
    let (last, digest) = drafted(app, &ming, wanted()).await;
    let (beside, _) = drafted(app, &ming, wanted()).await;
    assert_eq!(post(app, &zhao, &format!("publications/{last}/approve"), json!({ "digest": digest })).await.0, 200);
    let unhappy = json!({ "contacted": true, "solved": false, "satisfied": "no", "text": "仍要排队" });
    for (act, words) in [("call-back", unhappy), ("reopen", json!({ "text": "回访不满意" }))] {
        let (status, answer) = post(app, &ming, &make(act), words).await;
        assert_eq!(status, 200, "{act}: {answer}");
    }
    assert_eq!(get(app, "", &format!("public/publications/{last}")).await.0, 410);
    assert_eq!(get(app, &ming, &format!("publications/{beside}")).await.1["state"], "withdrawn", "a draft as well");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_says_what_it_is_is_kept_in_the_audit_and_names_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = &supervised(folder.path()).await;
    let desk = token(app, "desk", "service_centre", None, 90).await;
    let ming = token(app, "ming", "supervision", None, 90).await;
    let hua = token(app, "hua", "handler", Some("market"), 90).await;
    let reader = token(app, "reader", "read_only", None, 90).await;
    closed(app, &desk, (&ming, &hua)).await;
    let days = "from=2026-03-01&to=2026-04-30";
    for (query, problem) in [
        ("none?from=2026-03-01&to=2026-03-31", "export.kind"),
        ("cards", "export.range"),
        ("cards?from=2026-04-01&to=2026-03-01", "export.range"),
        ("cards?from=2026-03-01&to=2026-03-31&format=pdf", "export.format"),
        ("cards?from=2026-03-01&to=2026-03-31&formt=csv", "query.unknown"),
    ] {
        assert_eq!(code(&get(app, &ming, &format!("exports/{query}")).await), (400, problem), "{query}");
    }
    assert_eq!(code(&get(app, &reader, &format!("exports/complaints?{days}")).await), (403, "auth.scope"));
    assert_eq!(
        code(&get(app, &hua, &format!("exports/cards?{days}&department=health")).await),
        (403, "auth.department")
    );
    for kind in ["monthly", "supervision", "cards", "scores", "complaints", "ratings"] {
        for format in ["csv", "xlsx", "json"] {
            let (status, headers, bytes) =
                fetch(app, &ming, &format!("exports/{kind}?{days}&format={format}"), "").await;
            assert_eq!(status, 200, "{kind} {format}");
            let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
            assert_eq!(header("etag"), format!("\"{}\"", digest_of(&bytes)));
            assert!(header("digest").starts_with("sha-256="));
            assert!(header("content-disposition").contains("filename*=UTF-8''%E7%A4%BA%E4%BE%8B%E5%8E%BF"), "示例县");
            assert_eq!(header("cache-control"), "no-store");
            if format != "xlsx" {
                let text = String::from_utf8(bytes).expect("text");
                assert!(text.contains("数据时间") && text.contains("数据散列"), "{kind}: {text}");
                assert!(!text.contains("明月") && !text.contains("13800001234") && !text.contains("解放路"), "{kind}");
            }
        }
    }
    let (_, table) = get(app, &ming, &format!("exports/supervision?{days}&format=json")).await;
    let rows = table["rows"].as_array().expect("rows");
    assert!(!rows.is_empty() && rows[0].as_object().expect("a record").len() == 11, "{}", rows[0]);
    let cards = app.store.cards(&CardFilter { limit: 10_000, ..CardFilter::default() }).await.expect("cards");
    let (start, end) = (t("2026-03-01"), t("2026-05-01"));
    let issued = cards.iter().filter(|c| c.issued_at.is_some_and(|at| start <= at && at < end)).count();
    assert_eq!(rows.len(), issued, "every card that was issued is a record");
    let (_, own) = get(app, &hua, &format!("exports/cards?{days}&format=json")).await;
    let own = own["rows"].as_array().expect("rows");
    let mine =
        cards.iter().filter(|c| c.department == "market" && c.issued_at.is_some_and(|at| start <= at && at < end));
    assert_eq!(own.len(), mine.count());
    let (_, masked) = get(app, &ming, &format!("exports/complaints?{days}&format=json")).await;
    assert_eq!(masked["rows"][0]["complainant"], "欧**");
    let audit = app.store.audit_rows(5, None).await.expect("audit");
    let kept = audit.iter().find(|r| r.entry.action == "export.make").expect("an entry");
    let detail: Value = serde_json::from_str(&kept.entry.detail).expect("json");
    assert_eq!(
        (kept.entry.actor.as_str(), kept.entry.object.as_str(), &detail["rows"]),
        ("ming", "complaints", &json!(1))
    );
    assert_eq!(detail["sha256"].as_str().map(str::len), Some(64));
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_granted_case_that_was_not_published_in_time_is_found_and_one_that_was_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = write_labour(folder.path());
    let on = "[[override]]\nrule = \"O-02\"\nenabled = true\nreason = \"试行\"\n";
    std::fs::write(config.join("rules/results.toml"), on).expect("written");
    let clock = Arc::new(ManualClock::at(t("2026-03-31T10:00:00+08:00")));
    let loaded = load(&config, t("2026-03-31T10:00:00+08:00")).expect("configuration");
    let app = &App::open(loaded, clock.clone()).await.expect("an appliance");
    let ming = token(app, "ming", "supervision", None, 90).await;
    let zhao = token(app, "zhao", "leader", None, 90).await;
    let push = token(app, "push", "vendor", Some("labour"), 90).await;
    let mut lines = Vec::new();
    for (no, accepted, decided) in [("EARLY", "2026-03-02", "2026-03-03"), ("LATELY", "2026-03-27", "2026-03-30")] {
        let record = |kind: &str, at: String, more: Value| {
            let mut one = json!({ "type": kind, "case_no": no, "item_code": "LB-1", "source_key": format!("{no}-{kind}"), "event_time": at });
            for (name, value) in more.as_object().expect("fields") {
                one[name] = value.clone();
            }
            one.to_string()
        };
        lines.push(record("apply", format!("{accepted} 09:00"), json!({ "applicant_type": "natural" })));
        lines.push(record("accept", format!("{accepted} 09:30"), json!({})));
        lines.push(record("decide", format!("{decided} 10:00"), json!({ "decision": "granted" })));
        lines.push(record("finish", format!("{decided} 11:00"), json!({ "finish_type": "granted" })));
    }
    let path = "/api/v1/exchange/labour/batches";
    let (status, told) = Asking(app, &push).send(Method::POST, path, &[], &lines.join("\n")).await;
    assert_eq!(status, 200, "{told}");
    assert!(!told.to_string().contains("rejected"), "{told}");
    app.fire_due().await.expect("judged");
    let wanted = json!({ "kind": "finished", "from": "2026-03-01", "to": "2026-03-31", "scope": "社会公众" });
    let (no, digest) = drafted(app, &ming, wanted).await;
    assert_eq!(post(app, &zhao, &format!("publications/{no}/approve"), json!({ "digest": digest })).await.0, 200);
    let (_, _, bytes) = fetch(app, "", &format!("public/publications/{no}/files/finished.csv"), "").await;
    let csv = String::from_utf8(bytes).expect("text");
    assert!(csv.contains("EARLY,") && csv.contains("LATELY,") && csv.contains("准予"), "{csv}");
    clock.set(t("2026-04-20T10:00:00+08:00"));
    app.fire_due().await.expect("judged");
    let filter = FindingFilter { rule: Some("O-02".to_owned()), limit: 10, ..FindingFilter::default() };
    let rows = app.store.findings(&filter).await.expect("findings");
    let cases: Vec<Option<&str>> = rows.iter().map(|r| r.finding.case_no.as_deref()).collect();
    assert_eq!(cases, [Some("EARLY")], "seven working days from 3 March are over on 12 March");
    let proof = app.rederive("system").await.expect("a proof");
    assert!(proof.good(), "{proof:?}");
    app.close().await;
}
