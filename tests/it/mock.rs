//! Fake departments: the same seed gives the same bytes, each fault is seen by who reads it and nothing is lost by it, each
//! disorder is there and says its name, and a vendor's own form can be imitated.

mod desk;
mod recording;

use daylight::app::App;
use daylight::config::load;
use daylight::demo::place::write_sample;
use daylight::kit::mock::{
    Fault, Faults, Happening, Kind, Mock, Plan, Shape, Standing, What, When, afterwards, department, sample_items,
};
use daylight_domain::clock::{Clock, ManualClock};
use daylight_domain::record::RecordType;
use daylight_store::{CaseFilter, QuarantineFilter, RunRow};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

pub(crate) fn plan(kind: Kind, cases: u32) -> Plan {
    let mut plan = Plan::new(kind, 42).expect("a plan");
    plan.cases = cases;
    plan
}

async fn start(plan: Plan) -> Mock {
    let clock = Arc::new(afterwards(&plan));
    Mock::start(plan, clock).await.expect("a fake department")
}

/// Asks over a connection of its own; the whole answer, without its date.
pub(crate) async fn ask(address: &str, method: &str, target: &str, headers: &str, body: &[u8]) -> (String, Vec<u8>) {
    let host = address.strip_prefix("http://").expect("an address");
    let mut stream = tokio::net::TcpStream::connect(host).await.expect("a connection");
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("asked");
    stream.write_all(body).await.expect("asked");
    let mut all = Vec::new();
    // A connection that is cut in the middle gives what came before.
    let _ = stream.read_to_end(&mut all).await;
    let end = all.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&all[..end]).into_owned();
    let lines: Vec<&str> = head.lines().filter(|l| !l.to_lowercase().starts_with("date:")).collect();
    (lines.join("\n"), all[end + 4..].to_vec())
}

/// Everything a fake department gives to who reads it, as bytes.
async fn bytes(mock: &Mock) -> Vec<u8> {
    let (address, secret) = (mock.address().to_owned(), mock.secret());
    match mock.plan().kind {
        Kind::Rest => {
            let bearer = format!("Authorization: Bearer {secret}\r\n");
            ask(&address, "GET", "/api/v2/events?size=100000", &bearer, b"").await.1
        }
        Kind::Legacy => {
            let key = format!("X-Access-Key: {secret}\r\n");
            let body = b"xmlStr=%3CRequest%3E%3CLastId%3E0%3C/LastId%3E%3CCount%3E99999%3C/Count%3E%3C/Request%3E";
            ask(&address, "POST", "/SpService.aspx", &key, body).await.1
        }
        Kind::Csv => {
            let mut files: Vec<_> =
                std::fs::read_dir(&address).expect("a folder").flatten().map(|e| e.path()).collect();
            files.sort();
            files
                .iter()
                .flat_map(|f| [f.file_name().unwrap().as_encoded_bytes().to_vec(), std::fs::read(f).unwrap()])
                .flatten()
                .collect()
        }
        Kind::Sql => rows(&address).await.into_bytes(),
    }
}

async fn rows(address: &str) -> String {
    use daylight_domain::source::SourceDatabase;
    let mut open = daylight_store::Sources.connect(address).await.expect("a database");
    let mut rows = open.query("SELECT * FROM v_supervision ORDER BY id", Vec::new()).await.expect("rows");
    let page = rows.next(1_000_000, 1 << 30).await.expect("rows");
    page.rows.iter().map(|r| format!("{r:?}\n")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    for kind in Kind::ALL {
        let mut usual = plan(kind, 60);
        usual.faults = Faults::usual();
        let mut other = usual.clone();
        other.seed = 43;
        let (one, two, three) = (start(usual.clone()).await, start(usual).await, start(other).await);
        assert_eq!(one.truth(), two.truth(), "{kind:?}");
        let (first, second) = (bytes(&one).await, bytes(&two).await);
        assert!(first.len() > 10_000, "{kind:?}: {}", first.len());
        assert!(first == second, "{kind:?}: the same seed");
        assert!(first != bytes(&three).await, "{kind:?}: another seed");
    }
}

#[tokio::test]
async fn cases_are_as_many_as_asked_for_and_of_any_item_with_people_at_counters() {
    let mut all = plan(Kind::Rest, 600);
    all.items = sample_items(None).expect("items");
    let mock = start(all).await;
    let truth = mock.truth();
    let begun: Vec<&Happening> = truth.iter().filter(|h| h.kind == RecordType::Apply).collect();
    assert_eq!(begun.len(), 600);
    let items: BTreeSet<&str> = begun.iter().map(|h| h.item.as_str()).collect();
    assert_eq!(items.len(), sample_items(None).expect("items").len(), "every item is applied for");
    let hour = |h: &Happening| h.at.local().format("%H:%M").to_string();
    for one in begun.iter().filter(|h| h.fields.get("channel").is_some_and(|c| c == "window")) {
        assert!(
            ("09:00".."12:00").contains(&hour(one).as_str()) || ("13:30".."17:30").contains(&hour(one).as_str()),
            "{one:?}"
        );
    }
    assert!(begun.iter().any(|h| hour(h).as_str() > "18:00"), "some apply on the web in the evening");
    for one in &begun {
        assert!(one.fields.contains_key("applicant_name") && one.fields.contains_key("applicant_id_no"), "{one:?}");
    }
}

#[tokio::test]
async fn each_disorder_is_in_the_truth_under_its_name_and_without_it_there_is_none() {
    for fault in Fault::ALL.iter().filter(|f| f.what() != What::Answer) {
        let mut often = plan(Kind::Legacy, 120);
        often.faults = Faults::none().with(*fault, When::Rate(5_000));
        let mut never = often.clone();
        never.faults = Faults::none().with(*fault, When::Rate(0));
        let marked = |mock: &Mock| mock.truth().iter().filter(|h| h.faults.contains(fault)).count();
        assert!(marked(&start(often.clone()).await) > 10, "{fault}");
        assert_eq!(marked(&start(never).await), 0, "{fault}");
        let mut thrice = often;
        thrice.faults = Faults::none().with(*fault, When::First(3));
        let n = marked(&start(thrice).await);
        // Of a case every step may be marked, of a record what follows it.
        assert!((1..=12).contains(&n), "{fault}: {n}");
    }
    let usual = Fault::ALL.iter().filter(|f| f.what() == What::Record);
    let mut real = plan(Kind::Rest, 2_000);
    real.faults = Faults::usual();
    let truth = start(real).await.truth();
    for fault in usual {
        assert!(truth.iter().any(|h| h.faults.contains(fault)), "{fault} is usual");
    }
}

/// What of a record is told wrongly can be seen in the row.
/// Whether a text bears a fault.
type Sign = fn(&str) -> bool;

#[tokio::test]
async fn what_is_written_badly_is_in_the_rows() {
    let signs: [(Fault, Sign); 10] = [
        (Fault::NullText, |w| w == "NULL"),
        (Fault::Spaces, |w| w.ends_with("\\t")),
        (Fault::FullWidth, |w| w.contains('２')),
        (Fault::WrongCode, |w| w == "ZZ"),
        (Fault::UnknownItem, |w| w == "WZ-9999"),
        (Fault::Future, |w| w.starts_with("2036-")),
        (Fault::Zone, |w| w.len() == 20 && w.ends_with('Z')),
        (Fault::TimeForm, |w| w.contains("年0")),
        (Fault::OddText, |w| w.contains("㐂𠮷")),
        (Fault::Unversioned, |w| w.ends_with("（改）")),
    ];
    for (fault, sign) in signs {
        let mut often = plan(Kind::Rest, 100);
        let clean = String::from_utf8(bytes(&start(often.clone()).await).await).expect("text");
        assert!(!clean.split('"').any(sign), "{fault}");
        often.faults = Faults::none().with(fault, When::Rate(5_000));
        let text = String::from_utf8(bytes(&start(often).await).await).expect("text");
        assert!(text.split('"').any(sign), "{fault}");
    }
}

pub(crate) struct County {
    pub app: Arc<App>,
    pub mock: Mock,
    _folder: tempfile::TempDir,
}

/// A county whose department reads a fake one, within tight limits.
pub(crate) async fn county(plan: Plan, clock: Arc<dyn Clock>) -> County {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let id = plan.department().to_owned();
    let mock = Mock::start(plan, Arc::clone(&clock)).await.expect("a fake department");
    let text = department(&mock) + "\n[limits]\nhttp_ms = 1500\nresponse_bytes = 4194304\nwall_ms_per_page = 20000\n";
    std::fs::write(config.join(format!("departments/{id}.toml")), text).expect("written");
    write_secret(&config, mock.secret());
    let loaded = load(&config, clock.now()).map_err(|p| format!("{p:?}")).expect("configuration");
    let app = App::open(loaded, clock).await.expect("an appliance");
    County { app, mock, _folder: folder }
}

fn write_secret(config: &Path, secret: &str) {
    let file = config.join("secrets.toml");
    let text = format!("[market]\ntoken = \"{secret}\"\n[resources]\nkey = \"k\"\ntoken = \"{secret}\"\n");
    std::fs::write(&file, text).expect("written");
}

impl County {
    async fn pull(&self) -> RunRow {
        self.app.pull(self.mock.plan().department(), "manual").await.expect("a run")
    }

    async fn cases(&self) -> BTreeSet<String> {
        let department = Some(self.mock.plan().department().to_owned());
        let filter = CaseFilter { department, limit: 10_000, ..CaseFilter::default() };
        let rows = self.app.store.cases(&filter).await.expect("cases");
        rows.into_iter().map(|c| c.case.case_no.to_string()).collect()
    }
}

fn wanted(mock: &Mock) -> BTreeSet<String> {
    mock.truth().iter().filter(|h| h.kind == RecordType::Apply).map(|h| h.case_no.clone()).collect()
}

/// Pulls with a fault at the second answer, and then without.
async fn suffers(kind: Kind, fault: &str, code: Option<&str>) {
    let mut small = plan(kind, 60);
    small.shape.rest.page_size = 100;
    let clock = Arc::new(afterwards(&small));
    let county = county(small, clock).await;
    county.mock.set_faults(Faults::parse(fault).expect("a fault")).expect("a fault it can have");
    let asked = county.mock.asked();
    county.mock.go_on().await.expect("written");
    let first = county.pull().await;
    assert_eq!(first.error_code.as_deref(), code, "{kind:?} {fault}: {first:?}");
    assert!(kind == Kind::Csv || kind == Kind::Sql || county.mock.asked() > asked, "{kind:?} {fault}");
    county.mock.set_faults(Faults::none()).expect("none");
    county.mock.go_on().await.expect("written");
    let second = county.pull().await;
    assert_eq!((second.status.as_str(), second.error), ("done", None), "{kind:?} {fault}");
    assert_eq!(county.cases().await, wanted(&county.mock), "{kind:?} {fault}: nothing is lost");
    let again = county.pull().await;
    assert_eq!(again.accepted, 0, "{kind:?} {fault}: nothing is twice");
    county.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rest_service_fails_in_every_way_and_each_is_told_apart() {
    for (fault, code) in [
        ("hang@2", Some("http.timeout")),
        ("5xx@2", Some("source.unavailable")),
        ("truncated@2", Some("http.unreachable")),
        ("charset@2", Some("source.garbled")),
        ("slow@2", Some("http.timeout")),
        ("login@2", Some("source.refused")),
        ("html@2", Some("source.garbled")),
        ("repeats@2", Some("source.no-progress")),
        ("empty@2", None),
    ] {
        suffers(Kind::Rest, fault, code).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_platform_fails_in_every_way_and_each_is_told_apart() {
    for (fault, code) in [
        ("hang@2", Some("http.timeout")),
        ("5xx@2", Some("source.unavailable")),
        ("truncated@2", Some("http.unreachable")),
        ("charset@2", Some("source.garbled")),
        ("login@2", Some("source.refused")),
        ("html@2", Some("source.garbled")),
        ("empty@2", None),
    ] {
        suffers(Kind::Legacy, fault, code).await;
    }
}

/// A system that writes begins with the fault: what it writes first is damaged.
async fn writes(kind: Kind, fault: &str) -> (RunRow, RunRow, County) {
    let mut bad = plan(kind, 60);
    bad.faults = Faults::parse(fault).expect("a fault");
    let clock = Arc::new(afterwards(&bad));
    let county = county(bad, clock).await;
    let first = county.pull().await;
    county.mock.set_faults(Faults::none()).expect("none");
    county.mock.go_on().await.expect("written");
    let second = county.pull().await;
    (first, second, county)
}

#[tokio::test(flavor = "multi_thread")]
async fn files_and_databases_are_damaged_and_put_right() {
    for kind in [Kind::Csv, Kind::Sql] {
        for fault in ["truncated@1", "empty@1", "html@1", "repeats@1", "charset@1"] {
            if kind == Kind::Sql && fault == "charset@1" {
                continue;
            }
            let (first, second, county) = writes(kind, fault).await;
            if fault.starts_with("repeats") {
                assert!(first.duplicates > 0, "{kind:?} {fault}: {first:?}");
            } else {
                assert!(first.status != "done" || second.accepted > 0, "{kind:?} {fault}: {first:?} {second:?}");
            }
            assert_eq!(second.status, "done", "{kind:?} {fault}: {second:?}");
            assert_eq!(county.cases().await, wanted(&county.mock), "{kind:?} {fault}: nothing is lost");
            county.app.close().await;
        }
    }
}

#[tokio::test]
async fn a_fault_a_source_cannot_have_is_refused_by_name() {
    let mut bad = plan(Kind::Csv, 5);
    bad.faults = Faults::parse("hang").expect("a fault");
    let clock = Arc::new(afterwards(&bad));
    let problem = Mock::start(bad, clock).await.err().expect("refused");
    assert_eq!(problem.code, "mock.fault-kind");
    assert!(problem.fix.is_some_and(|f| f.contains("truncated")), "{}", problem.message);
    let far = Standing { listen: Some("0.0.0.0:0".to_owned()), folder: None };
    let refused = Mock::start_at(plan(Kind::Rest, 5), Arc::new(afterwards(&plan(Kind::Rest, 5))), far).await.err();
    assert_eq!(refused.expect("refused").code, "mock.listen");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_records_of_a_real_department_are_taken_in_or_kept_with_their_reason() {
    let mut real = plan(Kind::Rest, 400);
    real.faults = Faults::usual().and("unknown-item=3").expect("faults");
    let clock = Arc::new(afterwards(&real));
    let county = county(real, clock).await;
    let run = county.pull().await;
    assert_eq!((run.status.as_str(), run.error.as_deref()), ("done", None), "{run:?}");
    let filter =
        QuarantineFilter { department: Some("market".to_owned()), limit: 10_000, ..QuarantineFilter::default() };
    let kept = county.app.store.quarantine(&filter).await.expect("quarantine");
    let mut codes: BTreeMap<String, u64> = BTreeMap::new();
    kept.iter().for_each(|q| *codes.entry(q.code.clone()).or_default() += 1);
    for code in ["E001", "E003", "E004", "E009", "E014"] {
        assert!(codes.contains_key(code), "{code}: {codes:?}");
    }
    assert!(run.duplicates > 0, "{run:?}");
    county.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_learned_later_is_shown_next_and_what_was_shown_stays() {
    let small = plan(Kind::Rest, 40);
    let middle = daylight_domain::Timestamp::start_of(small.last()).plus_ms(-7 * 86_400_000);
    let clock = Arc::new(ManualClock::at(middle));
    let county = county(small, Arc::clone(&clock) as Arc<dyn Clock>).await;
    let first = county.pull().await;
    let before = county.mock.showing();
    assert!(first.accepted > 0 && before.len() < county.mock.truth().len(), "half of it is still to come");
    let finished = before.iter().find(|h| h.kind == RecordType::Accept).expect("an acceptance");
    let mut again = finished.clone();
    again.version += 1;
    again.at = again.at.plus_ms(3_600_000);
    county.mock.set_faults(Faults::parse("duplicate").expect("faults")).expect("faults");
    county.mock.add(vec![again.clone()]);
    assert_eq!(county.mock.showing()[..before.len()], before[..], "what was shown stays");
    let next = county.pull().await;
    assert_eq!(next.accepted, 1, "{next:?}");
    clock.set(afterwards(county.mock.plan()).now());
    let rest = county.pull().await;
    assert!(rest.duplicates > 20, "what comes later has the new faults: {rest:?}");
    assert_eq!(county.cases().await, wanted(&county.mock));
    county.app.close().await;
}

const VENDOR: &str = r#"
time = "%d.%m.%Y %H:%M"

[fields]
type = "kind"
source_key = "/meta/key"
data_version = "/meta/rev"
case_no = "no"
item_code = "/matter/code"
event_time = "when"
case_title = "subject"
applicant_type = "who"

[codes.type]
apply = "A1"
accept = "A2"

[rest]
path = "/open/v1/list"
rows = "/result/records"
total = "/result/total"
around = { success = true }
id = "rid"
updated = "touched"
size = "limit"
page_size = 50
numbers = ["/meta/rev"]
paging = { by = "time", param = "from", page = "p", first_page = 0 }
auth = { kind = "header", name = "X-Vendor" }
"#;

#[tokio::test]
async fn a_vendors_own_form_is_imitated_and_a_wrong_one_refused() {
    let mut own = plan(Kind::Rest, 50);
    own.shape = Shape::read(Kind::Rest, VENDOR).expect("a shape");
    let mock = start(own).await;
    let key = format!("X-Vendor: {}\r\n", mock.secret());
    let (head, body) = ask(mock.address(), "GET", "/open/v1/list?p=1&limit=20", &key, b"").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let answer: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(answer["success"], true);
    assert_eq!(answer["result"]["total"], mock.showing().len());
    let rows = answer["result"]["records"].as_array().expect("rows");
    assert_eq!((rows.len(), rows[0]["rid"].as_u64()), (20, Some(21)));
    let apply = rows.iter().find(|r| r["kind"] == "A1").expect("an application");
    assert!(apply["meta"]["key"].is_string() && apply["meta"]["rev"].is_u64() && apply["matter"]["code"].is_string());
    assert_eq!(apply["when"].as_str().map(|t| &t[2..3]), Some("."), "{apply}");
    let (head, _) = ask(mock.address(), "GET", "/open/v1/list", "", b"").await;
    assert!(head.starts_with("HTTP/1.1 401"), "{head}");
    let (head, body) = ask(mock.address(), "GET", "/api/v2/events", &key, b"").await;
    assert!(head.starts_with("HTTP/1.1 404"), "{head}");
    assert!(String::from_utf8_lossy(&body).contains("/open/v1/list"), "who asks wrongly is told the way");
    for (wrong, word) in [
        ("colour = 1", "colour"),
        ("[fields]\nfinish = \"x\"", "finish"),
        ("time = \"%Q\"", "%Q"),
        ("[rest]\npath = \"api\"", "rest.path"),
        ("[csv]\nseparator = \"ab\"", "separator"),
    ] {
        let problem = Shape::read(Kind::Rest, wrong).expect_err(wrong);
        assert_eq!(problem.code, "mock.shape");
        assert!(problem.message.contains(word), "{}", problem.message);
    }
    assert_eq!(Shape::read(Kind::Sql, "[sql]\ntable = \"a b\"").expect_err("a name").code, "mock.shape");
}

#[test]
fn the_form_of_a_shape_is_described() {
    let file = daylight_tests::root().join("config/schema/shape.schema.json");
    let schema: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(file).expect("a schema")).expect("JSON");
    let valid = jsonschema::validator_for(&schema).expect("a schema");
    let value: serde_json::Value = toml::from_str(VENDOR).expect("TOML");
    assert!(valid.is_valid(&value), "{:?}", valid.iter_errors(&value).map(|e| e.to_string()).collect::<Vec<_>>());
    assert!(!valid.is_valid(&serde_json::json!({ "colour": 1 })));
}
