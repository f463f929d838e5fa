//! Nobody is shown in clear without a reason: made-up persons are told to a county in every way there is, and everybody asks for
//! everything.

use crate::api::{Asking, stands, token};
use crate::desk::House;
use crate::web::Browser;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use daylight::api::{ask, openapi};
use daylight::app::App;
use daylight_domain::Timestamp;
use daylight_domain::role::Role;
use daylight_tests::looks::{self, LOOKS, filled};
use daylight_tests::registers::{self, Person, Place};
use futures::StreamExt;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::sync::Arc;

const DEPARTMENT: &str = "market";
const DESK: &str = "culture";
/// Who comes to a window, complains, asks and rates.
const VISITOR: Person<'_> = Person { name: "欧阳镜心", phone: "13957012345", id_no: "330824199203047717" };
/// What records of a department say of persons.
const TOLD: &[(&str, &str)] = &[
    ("applicant_name", "司徒望舒"),
    ("applicant_id_no", "330824198807065516"),
    ("contact_name", "上官疏影"),
    ("contact_phone", "13857054321"),
    ("address", "芹阳街道疏影巷77号"),
    ("legal_person", "慕容听雨"),
    ("query_code", "SHUYING77"),
];
/// Who fetched the result, and who told a department of a complaint and an enquiry.
const COLLECTOR: &str = "诸葛晚晴";
const CALLER: (&str, &str) = ("尉迟临风", "13757098765");
/// A name where no field of the standard is.
const ELSEWHERE: &str = "宇文破晓";
/// What shows a person without a reason, and why.
const CLEAR: &[(&str, &str)] = &[(
    "/desk/papers/{desk}/{paper}",
    "a paper is made for the applicant: its own department prints it, and each print is in the audit (desk.print)",
)];

/// Everything that nobody may read.
fn canaries() -> Vec<&'static str> {
    let mut all: Vec<&str> = TOLD.iter().map(|(_, value)| *value).collect();
    all.extend([VISITOR.name, VISITOR.phone, VISITOR.id_no, COLLECTOR, CALLER.0, CALLER.1, ELSEWHERE]);
    all
}

/// Those that stand in an answer.
fn read_in(text: &str) -> Vec<&'static str> {
    canaries().into_iter().filter(|canary| text.contains(canary)).collect()
}

fn record(kind: &str, case_no: &str, at: &str, more: &Value) -> String {
    let mut all = json!({
        "type": kind, "case_no": case_no, "source_key": format!("{kind}-{case_no}"), "data_version": 1, "event_time": at,
    });
    let fields = all.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    all.to_string()
}

/// A department tells of an open case that is late, of one that is done, of what people said of it, and of one that is refused.
async fn told(house: &House) {
    let vendor = token(&house.app, "vendor of all", "vendor", Some(DEPARTMENT), 365).await;
    let mut of: serde_json::Map<String, Value> =
        TOLD.iter().map(|(field, value)| ((*field).to_owned(), json!(value))).collect();
    of.extend([("item_code".to_owned(), json!("MK-0101")), ("applicant_type".to_owned(), json!("natural"))]);
    let of = Value::Object(of);
    let mut odd = of.clone();
    odd["remark_of_the_source"] = ELSEWHERE.into();
    let caller =
        json!({ "title": "办理太慢", "content": "等了一个月", "contact_name": CALLER.0, "contact_phone": CALLER.1 });
    let mut lines = Vec::new();
    for no in ["JX-1", "JX-2", "JX-4"] {
        lines.push(record("apply", no, "2026-01-05 09:00:00", &of));
        lines.push(record("accept", no, "2026-01-05 10:00:00", &json!({ "accept_doc_no": format!("受{no}") })));
    }
    let granted = json!({ "finish_type": "granted", "cert_no": "JY1" });
    for no in ["JX-2", "JX-4"] {
        lines.push(record("finish", no, "2026-03-02 08:00:00", &granted));
    }
    lines.push(record("deliver", "JX-2", "2026-03-02 08:30:00", &json!({ "collector": COLLECTOR })));
    let rated = json!({ "satisfaction": "5", "pf": "qr", "contact_name": CALLER.0, "contact_phone": CALLER.1 });
    lines.push(record("evaluation", "JX-2", "2026-03-02 08:40:00", &rated));
    lines.push(record("complaint", "", "2026-03-02 08:50:00", &caller));
    lines.push(record("consult", "", "2026-03-02 08:55:00", &caller));
    let (path, body) = (format!("/api/v1/exchange/{DEPARTMENT}/batches"), lines.join("\n"));
    let (status, answer) = Asking(&house.app, &vendor).send(Method::POST, &path, &[], &body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    for receipt in answer["receipts"].as_array().expect("receipts") {
        assert_eq!(receipt["status"], "accepted", "{answer}");
    }
    // A field that the standard does not know is refused.
    let refused = record("apply", "JX-3", "2026-01-05 09:00:00", &odd);
    let (_, answer) = Asking(&house.app, &vendor).send(Method::POST, &path, &[], &refused).await;
    assert_eq!(answer["receipts"][0]["status"], "rejected", "{answer}");
    house.app.fire_due().await.expect("what was due");
    house.app.look_at_everything().await.expect("a round");
}

/// A second score run that is final, and a file of an investigation: what only some addresses need.
async fn more(app: &Arc<App>, facts: &mut BTreeMap<&'static str, String>) {
    let secret = token(app, "more", "supervision", None, 1).await;
    let run = app.score("county-2025", "2026-02", None).await.expect("a score run");
    stands(app, &run.id, "2026-02").await;
    facts.insert("other", run.id);
    let leader = token(app, "leads", "leader", None, 1).await;
    let _ = token(app, "colleague", "supervision", None, 1).await;
    let investigation = format!("investigations/{}", facts["investigation"]);
    let team = r#"{"team":["more","colleague"]}"#;
    registers::sent(app, &leader, &format!("{investigation}/approve"), team, 200).await;
    registers::sent(app, &secret, &format!("{investigation}/notify"), r#"{"text":"请说明"}"#, 200).await;
    let file = format!("{investigation}/documents?name=a.txt");
    let row = registers::sent(app, &secret, &file, "bytes", 201).await;
    facts.insert("digest", row["digest"].as_str().expect("a digest").to_owned());
}

/// The address of an operation, of things that are there.
fn address(path: &str, facts: &BTreeMap<&'static str, String>) -> String {
    let holes = [
        ("desk/cases/{department}/{no}", "desk/cases/{desk}/{received}"),
        ("public/cases/{department}/{no}", "public/cases/{desk}/{received}?code={received_code}"),
        ("public/complaints/{no}", "public/complaints/{complaint}?code={complaint_code}"),
        ("public/enquiries/{no}", "public/enquiries/{enquiry}?code={enquiry_code}"),
        ("{department}/{case_no}", "{department}/{case}"),
        ("items/{code}", "items/{item}"),
        ("pulls/{run}", "pulls/{pull}"),
        ("rules/{id}", "rules/T-02"),
        ("quarantine/{id}", "quarantine/{refused}"),
        ("score-runs/{id}", "score-runs/{run}"),
        ("{standard}/{year}", "county-2025/2026-Q1"),
        ("files/{name}", "files/data.json"),
        ("/cards/{no}", "/cards/{card}"),
        ("supervision-orders/{no}", "supervision-orders/{order}"),
        ("investigations/{no}", "investigations/{investigation}"),
        ("sampling-plans/{no}", "sampling-plans/{sampling}"),
        ("manual-entries/{no}", "manual-entries/{entry}"),
        ("exclusions/{no}", "exclusions/{exclusion}"),
        ("publications/{no}", "publications/{publication}"),
        ("gate-reports/{no}", "gate-reports/{report}"),
        ("complaints/{no}", "complaints/{complaint}"),
        ("enquiries/{no}", "enquiries/{enquiry}"),
        ("ratings/{no}", "ratings/{rating}"),
        ("item-drafts/{no}", "item-drafts/{draft}"),
        ("item-lists/{no}", "item-lists/{list}"),
        ("numbers/{kind}", "numbers/complaints"),
        ("{id}", "{department}"),
    ];
    let real = holes.iter().fold(path.to_owned(), |path, (hole, fact)| path.replace(hole, fact));
    let real = filled(&real, facts).unwrap_or_else(|| panic!("{real}: {facts:?}"));
    match path {
        "/api/v1/stats" => format!("{real}?from=2026-01-01&to=2026-04-02"),
        "/api/v1/calendar/due" => format!("{real}?start=2026-02-06&limit=5"),
        _ => real,
    }
}

/// What is in a file, its parts one after the other where it is a workbook or a document.
async fn bytes(app: &Arc<App>, secret: &str, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).header("authorization", format!("Bearer {secret}"));
    let answer = ask(app, request.body(Body::empty()).expect("a request")).await;
    let status = answer.status();
    let bytes = axum::body::to_bytes(answer.into_body(), 1 << 24).await.expect("a body");
    let Ok(mut parts) = zip::ZipArchive::new(std::io::Cursor::new(&bytes)) else {
        return (status, String::from_utf8_lossy(&bytes).into_owned());
    };
    let mut text = String::new();
    for n in 0..parts.len() {
        let mut part = Vec::new();
        parts.by_index(n).expect("a part").read_to_end(&mut part).expect("bytes");
        text.push_str(&String::from_utf8_lossy(&part));
    }
    (status, text)
}

/// Everything the stream has said until an order, of which everybody hears.
async fn heard(app: &Arc<App>, secret: &str, order: &str) -> String {
    let request = Request::get("/api/v1/events?after=0").header("authorization", format!("Bearer {secret}"));
    let answer = ask(app, request.body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let (mut text, mut body) = (String::new(), answer.into_body().into_data_stream());
    while !text.contains(order) {
        let piece = body.next().await.expect("the stream goes on").expect("bytes");
        text.push_str(std::str::from_utf8(&piece).expect("text"));
    }
    text
}

/// Who asks.
struct Reader {
    role: Option<Role>,
    /// Whoever is of a department is of this one.
    of: &'static str,
    secret: String,
}

impl Reader {
    fn name(&self) -> String {
        self.role.map_or_else(|| "nobody".to_owned(), |role| format!("{} of {}", role.as_str(), self.of))
    }
}

/// One of every role, and of those of a department one at the desk as well.
async fn everybody(app: &Arc<App>) -> Vec<Reader> {
    let mut all = Vec::new();
    for role in Role::ALL {
        for of in if role.of_department() { &[DEPARTMENT, DESK][..] } else { &[DESK] } {
            let own = role.of_department().then_some(*of);
            let name = format!("{} {of}", role.as_str());
            all.push(Reader { role: Some(*role), of, secret: token(app, &name, role.as_str(), own, 1).await });
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_read_in_clear_without_a_reason() {
    let house = House::new().await;
    house.clock.set(Timestamp::parse("2026-04-02T10:00:00+08:00").expect("a time"));
    told(&house).await;
    let app = &house.app;
    app.score("county-2025", "2026-01", None).await.expect("a score run");
    looks::frozen_report(app, DEPARTMENT).await;
    let mut facts = looks::facts(app, DEPARTMENT).await;
    registers::fill(
        app,
        &mut facts,
        Place { department: DEPARTMENT, desk: DESK, year: 2026, noticed: "04-01" },
        VISITOR,
    )
    .await;
    more(app, &mut facts).await;
    let people = everybody(app).await;
    let nobody = [Reader { role: None, of: DESK, secret: String::new() }];
    let description = openapi();
    let (mut answered, mut found) = (BTreeSet::new(), Vec::new());
    for (path, methods) in description["paths"].as_object().expect("paths") {
        if methods.get("get").is_none() || path == "/api/v1/events" {
            continue;
        }
        let kinds = ["monthly", "supervision", "cards", "scores", "complaints", "ratings"];
        let files = kinds.iter().flat_map(|kind| ["csv", "xlsx", "json"].map(|format| (kind, format)));
        let file = |(kind, format)| format!("/api/v1/exports/{kind}?format={format}&from=2026-01-01&to=2026-04-02");
        let places: Vec<String> = if path.contains("{kind}") && path.contains("exports") {
            files.map(file).collect()
        } else {
            vec![address(path, &facts)]
        };
        // What is open is the same for everybody, and answers nobody too often.
        let open = methods["get"]["security"].as_array().is_some_and(Vec::is_empty);
        let asking = if open { &nobody[..] } else { &people[..] };
        for place in places {
            for one in asking {
                let (status, text) = bytes(app, &one.secret, &place).await;
                if status == StatusCode::OK {
                    answered.insert(path.clone());
                }
                found.extend(read_in(&text).into_iter().map(|canary| format!("{place} as {}: {canary}", one.name())));
            }
        }
    }
    let silent: Vec<&String> = description["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .filter(|(path, methods)| {
            methods.get("get").is_some() && !answered.contains(*path) && *path != "/api/v1/events"
        })
        .map(|(path, _)| path)
        .collect();
    assert!(silent.is_empty(), "nobody was answered, which proves nothing: {silent:?}");
    let orders = "supervision-orders";
    let order = |of: &str| json!({ "kind": "order", "department": of, "content": "最后一件" }).to_string();
    let supervisor = token(app, "last", "supervision", None, 1).await;
    let mut last = BTreeMap::new();
    for department in [DEPARTMENT, DESK] {
        let made = registers::sent(app, &supervisor, orders, &order(department), 201).await;
        last.insert(department, made["no"].as_str().expect("a number").to_owned());
    }
    let mut listened = 0;
    for one in &people {
        // Who may listen at all is told that there is no such event.
        if bytes(app, &one.secret, "/api/v1/events?after=999999").await.0 == StatusCode::BAD_REQUEST {
            let text = heard(app, &one.secret, &last[one.of]).await;
            found.extend(read_in(&text).into_iter().map(|canary| format!("the stream as {}: {canary}", one.name())));
            listened += 1;
        }
    }
    assert!(listened > 5, "{listened} listened");
    for look in LOOKS.iter().filter(|look| !look.path.contains("reason=")) {
        let place = filled(look.path, &facts).unwrap_or_else(|| panic!("{}: {facts:?}", look.path));
        let own = if look.who == Some(Role::Clerk) { DESK } else { DEPARTMENT };
        let is = |one: &&Reader| one.role == look.who && one.role.is_none_or(|r| !r.of_department() || one.of == own);
        for one in people.iter().chain(&nobody).filter(is) {
            let (name, (status, text)) = (one.name(), Browser(app, &one.secret).page(&place).await);
            assert_eq!(status.as_u16(), look.status, "{} as {name}: {text}", look.name);
            let clear = CLEAR.iter().find(|(path, _)| *path == look.path);
            match clear {
                Some((_, why)) => assert!(!read_in(&text).is_empty(), "{place} is no exception any more: {why}"),
                None => found.extend(read_in(&text).into_iter().map(|canary| format!("{place} as {name}: {canary}"))),
            }
        }
    }
    assert!(found.is_empty(), "{} persons in clear:\n{}", found.len(), found.join("\n"));
    let opened = app.store.audit_rows(1000, None).await.expect("the audit");
    assert!(opened.iter().all(|row| row.entry.action != "personal.open"), "nothing was opened");

    // With a reason each is there, so that not finding them means something; and each opening is kept.
    let why: String = form_urlencoded::byte_serialize("核对申请人身份".as_bytes()).collect();
    let secret = &people.iter().find(|one| one.role == Some(Role::Supervision)).expect("who supervises").secret;
    let mut clear = BTreeSet::new();
    for path in [
        format!("cases/{DEPARTMENT}/JX-1"),
        format!("cases/{DEPARTMENT}/JX-2/raw"),
        format!("quarantine/{}", facts["refused"]),
        format!("complaints/{}", facts["complaint"]),
        format!("enquiries/{}", facts["enquiry"]),
        format!("ratings/{}", facts["rating"]),
    ] {
        let before = app.store.audit_rows(1000, None).await.expect("the audit").len();
        let (status, text) = bytes(app, secret, &format!("/api/v1/{path}?reason={why}")).await;
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        assert!(!read_in(&text).is_empty(), "{path} shows nobody for a reason either: {text}");
        clear.extend(read_in(&text));
        let kept = app.store.audit_rows(1000, None).await.expect("the audit");
        assert_eq!(kept.len(), before + 1, "{path}");
        let one = kept.iter().max_by_key(|row| row.seq).map(|row| &row.entry).expect("an opening");
        assert!(one.action == "personal.open" && one.detail.contains("核对申请人身份"), "{path}: {one:?}");
        // Without enough of a reason nothing is shown and nothing is kept.
        let (status, short) = bytes(app, secret, &format!("/api/v1/{path}?reason=x")).await;
        assert!(status == StatusCode::BAD_REQUEST && short.contains("personal.reason"), "{path}: {short}");
    }
    for canary in canaries().into_iter().filter(|c| ![VISITOR.id_no, CALLER.0, CALLER.1].contains(c)) {
        assert!(clear.contains(canary), "{canary} was told to nobody");
    }
}
