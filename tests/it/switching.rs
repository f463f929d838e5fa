//! A department comes in without code: its sample becomes a draft, a person fills in what only people know, the draft pulls exactly
//! what the department's system knows – and it is tried before it is configured, with nothing written and nobody's name told.

use crate::county::stored;
use daylight::app::App;
use daylight::config::{Department, load};
use daylight::demo::place::write_sample;
use daylight::kit::add::{Given, Looked, SkewFrom, Trial, Wanted, derive, look};
use daylight::kit::draft::{Asked, Draft, Taken, draft};
use daylight::kit::mock::{Happening, Kind, Mock, Plan, afterwards};
use daylight_domain::clock::Clock;
use daylight_domain::record::RecordType;
use daylight_tests::root;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Columns of persons, in words each kind of system could have.
const PERSONS: [(&str, &str); 3] =
    [("applicant_name", "申请人名称"), ("applicant_id_no", "证件号码"), ("contact_phone", "联系电话")];

struct Bench {
    folder: tempfile::TempDir,
    mock: Mock,
    clock: Arc<daylight::clock::FastClock>,
}

impl Bench {
    async fn new(kind: Kind) -> Self {
        let mut plan = Plan::new(kind, 7).expect("a plan");
        (plan.cases, plan.days) = (40, 12);
        for (field, column) in PERSONS {
            plan.shape.fields.insert(field.to_owned(), column.to_owned());
        }
        let clock = Arc::new(afterwards(&plan));
        let mock = Mock::start(plan, clock.clone()).await.expect("a department");
        let folder = tempfile::tempdir().expect("a folder");
        write_sample(&folder.path().join("config")).expect("a sample");
        std::fs::remove_file(folder.path().join(format!("config/departments/{}.toml", kind.department())))
            .expect("there");
        Self { folder, mock, clock }
    }

    fn kind(&self) -> Kind {
        self.mock.plan().kind
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    fn file(&self) -> PathBuf {
        self.config().join(format!("departments/{}.toml", self.kind().department()))
    }

    /// What everybody in the made-up department is called, and by which number.
    fn persons(&self) -> BTreeSet<String> {
        let of = |h: &Happening| PERSONS.iter().filter_map(|(f, _)| h.fields.get(f).cloned()).collect::<Vec<_>>();
        self.mock.truth().iter().flat_map(of).filter(|v| !v.is_empty()).collect()
    }

    fn tells_nobody(&self, text: &str) {
        let persons = self.persons();
        assert!(persons.len() > 20, "the department knows people");
        for person in persons {
            assert!(!text.contains(&person), "{person} is told in\n{text}");
        }
    }

    /// A draft from what the department's system gives.
    async fn draft(&self) -> Draft {
        let file = self.folder.path().join("sample");
        let taken = match self.kind() {
            Kind::Rest => Taken::Url(format!("{}/api/v2/events?after=0&size=10000", self.mock.address())),
            Kind::Sql => Taken::Table(self.mock.address().to_owned(), "v_supervision".to_owned()),
            Kind::Csv => {
                std::fs::write(&file, self.all_files()).expect("written");
                Taken::File(file)
            }
            Kind::Legacy => {
                std::fs::write(&file, self.old_answer().await).expect("written");
                Taken::File(file)
            }
        };
        let secret = (self.kind() == Kind::Rest).then(|| ("token".to_owned(), self.mock.secret().to_owned()));
        let id = Some(self.kind().department().to_owned());
        draft(&Asked { taken, from: None, id, secret, authorities: Vec::new() }).await.expect("a draft")
    }

    /// Every file of the folder as one: the head once.
    fn all_files(&self) -> Vec<u8> {
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(self.mock.address()).expect("a folder").flatten().map(|e| e.path()).collect();
        files.retain(|f| f.extension().is_some_and(|e| e == "csv"));
        files.sort();
        let mut all = Vec::new();
        for (at, file) in files.iter().enumerate() {
            let bytes = std::fs::read(file).expect("a file");
            let head = bytes.iter().position(|b| *b == b'\n').expect("a head") + 1;
            all.extend_from_slice(&bytes[if at == 0 { 0 } else { head }..]);
        }
        all
    }

    /// What the old platform answers, as somebody would have saved it.
    async fn old_answer(&self) -> Vec<u8> {
        let body = "xmlStr=%3CRequest%3E%3CLastId%3E0%3C/LastId%3E%3CCount%3E10000%3C/Count%3E%3C/Request%3E";
        let host = self.mock.address().trim_start_matches("http://");
        let mut stream = tokio::net::TcpStream::connect(host).await.expect("a connection");
        let request = format!(
            "POST /SpService.aspx HTTP/1.1\r\nHost: {host}\r\nX-Access-Key: {}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.mock.secret(),
            body.len()
        );
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("an answer");
        let head = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("a head") + 4;
        answer.split_off(head)
    }

    /// Fills in what a person would: names, addresses, what each code means. A code that the draft proposed must be right.
    fn filled(&self, draft: &Draft) -> toml::Table {
        let mut all: toml::Table = toml::from_str(&draft.toml).expect("TOML");
        let shape = &self.mock.plan().shape;
        let mut put = |path: &[&str], value: toml::Value| {
            let (last, way) = path.split_last().expect("a path");
            let mut table = &mut all;
            for step in way {
                table = table.get_mut(*step).and_then(toml::Value::as_table_mut).expect("a table");
            }
            table.insert((*last).to_owned(), value);
        };
        put(&["name"], "试接的部门".into());
        if self.kind() == Kind::Csv {
            put(&["grants", "files", "drop", "path"], self.mock.address().into());
        }
        if self.kind() == Kind::Legacy {
            let grant = format!("x = [{{ origin = \"{}\", private = true }}]", self.mock.address());
            let grant: toml::Table = toml::from_str(&grant).expect("a grant");
            put(&["grants", "http"], grant["x"].clone());
            put(&["grants", "secrets"], vec!["token"].into());
            put(&["settings", "base_url"], self.mock.address().into());
            put(&["settings", "path"], "/SpService.aspx".into());
            put(&["settings", "request_field"], "xmlStr".into());
            let request = "<Request><LastId>{after}</LastId><Count>{size}</Count></Request>";
            put(&["settings", "request"], request.into());
            let secret: toml::Table = toml::from_str("name = \"token\"\nheader = \"X-Access-Key\"").expect("TOML");
            put(&["settings", "secret"], secret.into());
        }
        for record in all["settings"]["records"].as_array_mut().expect("records") {
            let record = record.as_table_mut().expect("a record");
            let one = |field: &str, from: &mut toml::Value| {
                let Some(codes) = from.get_mut("codes").and_then(toml::Value::as_table_mut) else { return };
                let ours: BTreeMap<&String, &String> = shape.codes[field].iter().map(|(o, t)| (t, o)).collect();
                for (theirs, code) in codes.iter_mut() {
                    let right = ours.get(theirs).unwrap_or_else(|| panic!("{field} {theirs}")).as_str();
                    let proposed = code.as_str().expect("a code");
                    assert!(
                        ["?", right].contains(&proposed),
                        "{field} {theirs}: {proposed} was proposed, it is {right}"
                    );
                    *code = right.into();
                }
            };
            one("type", record.get_mut("type").expect("a type"));
            for (field, from) in record["fields"].as_table_mut().expect("fields").iter_mut() {
                one(field, from);
            }
        }
        all
    }

    fn wanted(&self, filled: &toml::Table) -> Wanted {
        let d: Department = filled.clone().try_into().expect("a department");
        Wanted {
            id: d.id,
            name: d.name,
            connector: d.connector.expect("a connector"),
            schedule: d.schedule,
            sla_minutes: d.sla_minutes,
            page_rows: d.page_rows,
            planned: BTreeMap::new(),
            settings: d.settings,
            grants: d.grants,
        }
    }

    async fn look(&self, wanted: &Wanted, secret: &str) -> Looked {
        let secrets = BTreeMap::from([("token".to_owned(), secret.to_owned())]);
        let folder = self.config();
        let trial = Trial { folder: &folder, secrets: &secrets, component: None, pages: 100 };
        look(wanted, &trial, self.clock.as_ref()).await.expect("a trial")
    }
}

/// Every gap is named by `check` where it is: a warning while nothing is pulled.
fn gaps_are_named(bench: &Bench, draft: &Draft) {
    std::fs::write(bench.file(), &draft.toml).expect("written");
    let problems = match load(&bench.config(), bench.clock.now()) {
        Ok(loaded) => loaded.warnings,
        Err(problems) => problems,
    };
    let lines: Vec<&str> = draft.toml.lines().collect();
    let gaps: Vec<_> = problems.iter().filter(|p| p.code == "settings.todo").collect();
    assert_eq!(gaps.len(), draft.todo.len(), "{gaps:#?}");
    assert!(!gaps.is_empty());
    for gap in gaps {
        let place = gap.place.as_ref().expect("a place");
        let line = lines[place.line - 1];
        assert_eq!(place.file, bench.file());
        assert!(line.contains("\"?\"") || line.contains("TODO"), "{}: {line}", place.line);
    }
    // What pulls may not have gaps.
    let trial = draft.toml.replace("phase = \"planned\"", "phase = \"trial\"\nsupervised_since = \"2026-01-01\"");
    std::fs::write(bench.file(), trial).expect("written");
    let errors = load(&bench.config(), bench.clock.now()).expect_err("gaps");
    assert!(errors.iter().any(|p| p.code == "settings.todo" && p.severity == daylight::problem::Severity::Error));
    std::fs::remove_file(bench.file()).expect("there");
}

/// The filled draft, pulled for real.
async fn pulls_the_truth(bench: &Bench, mut filled: toml::Table) {
    filled.insert("phase".to_owned(), "trial".into());
    filled.insert("supervised_since".to_owned(), "2026-01-01".into());
    std::fs::write(bench.file(), toml::to_string(&filled).expect("TOML")).expect("written");
    let secrets = bench.config().join("secrets.toml");
    let id = bench.kind().department();
    std::fs::write(&secrets, format!("[{id}]\ntoken = \"{}\"\n", bench.mock.secret())).expect("written");
    // Departments whose secrets are gone are not what is looked at.
    for other in Kind::ALL.iter().filter(|k| k.department() != id) {
        let file = bench.config().join(format!("departments/{}.toml", other.department()));
        let text = std::fs::read_to_string(&file).expect("there");
        std::fs::write(&file, text.replace("secrets = [\"token\"]", "").replace("secrets = [\"key\"]", ""))
            .expect("written");
    }
    let loaded = load(&bench.config(), bench.clock.now()).unwrap_or_else(|p| panic!("{p:#?}"));
    let app = App::open(loaded, bench.clock.clone()).await.expect("an appliance");
    let run = app.pull(id, "manual").await.expect("a run");
    assert_eq!((run.status.as_str(), run.error.as_deref(), run.rejected), ("done", None, 0), "{id}: {run:?}");
    let truth = bench.mock.truth();
    let want: BTreeSet<_> = truth.iter().map(|h| (h.kind, h.key.clone(), h.version)).collect();
    let have: BTreeSet<_> = stored(&app, id).await.into_iter().collect();
    let differ: Vec<_> = want.symmetric_difference(&have).take(5).collect();
    assert!(differ.is_empty(), "{id}: {} known, {} stored, differing in {differ:?}", want.len(), have.len());
    // Not only that something came, but what it says.
    let mut compared = 0;
    for h in truth.iter().filter(|h| h.kind == RecordType::Finish) {
        let events = app.store.case_events(id, &h.case_no).await.expect("events");
        let event = events.iter().find(|e| e.record == h.kind && e.source_key == h.key).expect("stored");
        let payload: serde_json::Value = serde_json::from_str(&event.payload).expect("JSON");
        assert_eq!(payload["finish_type"].as_str(), h.fields.get("finish_type").map(String::as_str), "{payload}");
        compared += 1;
    }
    assert!(compared > 20, "{id}: {compared} ends");
    app.close().await;
}

async fn a_sample_becomes_a_department(kind: Kind) {
    let bench = Bench::new(kind).await;
    let draft = bench.draft().await;
    assert_eq!(draft.connector, kind.connector());
    assert!(!draft.nothing_fits);
    bench.tells_nobody(&serde_json::to_string(&draft).expect("JSON"));
    gaps_are_named(&bench, &draft);
    let filled = bench.filled(&draft);
    let looked = bench.look(&bench.wanted(&filled), bench.mock.secret()).await;
    assert!(looked.in_order, "{looked:#?}");
    pulls_the_truth(&bench, filled).await;
}

/// What is kept of samples: the file, as what it is given, and the draft that it becomes.
const SAMPLES: [(&str, &str); 5] = [
    ("answer.json", "rest-json"),
    ("export.csv", "csv-drop"),
    ("answer.xml", "legacy-xml"),
    ("view.sql", "sql-view"),
    ("nothing.csv", "csv-drop"),
];

/// Names, numbers and words of the people in the samples.
const CANARIES: [&str; 9] =
    ["示例甲", "示例乙", "示例丙", "示例丁", "示例经办", "1380000000", "1101051949", "91330899MA", "材料齐全"];

#[tokio::test(flavor = "multi_thread")]
async fn drafts_are_what_they_were() {
    let fixtures = root().join("tests/fixtures/drafts");
    let folder = tempfile::tempdir().expect("a folder");
    for (sample, connector) in SAMPLES {
        let file = fixtures.join(sample);
        let text = std::fs::read_to_string(&file).expect("a sample");
        let taken = match sample {
            "view.sql" => {
                let database = folder.path().join("view.db");
                let script: Vec<String> =
                    text.split(";\n").map(str::to_owned).filter(|s| !s.trim().is_empty()).collect();
                daylight_store::run_script(&database, &script).await.expect("a database");
                Taken::Table(format!("sqlite:{}", database.display()), "up_pro_accept".to_owned())
            }
            // As such systems write it.
            "answer.xml" | "export.csv" => {
                let (bytes, ..) = encoding_rs::GB18030.encode(&text);
                let copy = folder.path().join(sample);
                std::fs::write(&copy, &bytes).expect("written");
                Taken::File(copy)
            }
            _ => Taken::File(file),
        };
        let asked = Asked { taken, from: None, id: Some("sample".to_owned()), secret: None, authorities: Vec::new() };
        let draft = draft(&asked).await.expect("a draft");
        assert_eq!(draft.connector, connector, "{sample}");
        assert_eq!(draft.nothing_fits, sample.starts_with("nothing"), "{sample}");
        let told = serde_json::to_string(&draft).expect("JSON");
        for canary in CANARIES {
            assert!(!told.contains(canary), "{sample} tells {canary}: {told}");
        }
        let _: Department = toml::from_str(&draft.toml).expect("a department's file");
        let text = draft.toml.replace(&folder.path().display().to_string(), "{folder}");
        let expected = fixtures.join(format!("{sample}.toml"));
        if std::env::var("DAYLIGHT_WRITE").is_ok() {
            std::fs::write(&expected, &text).expect("written");
        }
        let was = std::fs::read_to_string(&expected).unwrap_or_default();
        assert!(text == was, "{} is not what it was; DAYLIGHT_WRITE=1 writes it anew:\n{text}", expected.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_json_answer_becomes_a_department_that_pulls_the_truth() {
    a_sample_becomes_a_department(Kind::Rest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_files_become_a_department_that_pulls_the_truth() {
    a_sample_becomes_a_department(Kind::Csv).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_becomes_a_department_that_pulls_the_truth() {
    a_sample_becomes_a_department(Kind::Sql).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_xml_answer_becomes_a_department_that_pulls_the_truth() {
    a_sample_becomes_a_department(Kind::Legacy).await;
}

/// Every file below a folder with its bytes.
fn everything(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut all, mut folders) = (BTreeMap::new(), vec![folder.to_path_buf()]);
    while let Some(one) = folders.pop() {
        for entry in std::fs::read_dir(one).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path)
            } else {
                drop(all.insert(path.clone(), std::fs::read(&path).expect("bytes")))
            }
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_counts_what_is_there_and_writes_nothing() {
    let bench = Bench::new(Kind::Csv).await;
    let filled = bench.filled(&bench.draft().await);
    let (place, drop) = (everything(bench.folder.path()), everything(Path::new(bench.mock.address())));
    let looked = bench.look(&bench.wanted(&filled), "").await;
    assert!(looked.in_order && !looked.written, "{looked:#?}");
    let seen = looked.seen.expect("pages");
    let mut truth: BTreeMap<RecordType, u64> = BTreeMap::new();
    bench.mock.truth().iter().for_each(|h| *truth.entry(h.kind).or_default() += 1);
    assert_eq!((&seen.types, seen.complete, seen.waiting), (&truth, true, 0));
    let newest = bench.mock.truth().iter().map(|h| h.at).max();
    assert_eq!(seen.newest, newest);
    assert_eq!(seen.age, newest.map(|at| (bench.clock.now().0 - at.0) / 1000));
    assert!(seen.items.iter().all(|i| i.known) && !seen.items.is_empty());
    assert_eq!(everything(bench.folder.path()), place, "the county's folder is as it was");
    assert_eq!(everything(Path::new(bench.mock.address())), drop, "files stay until their records are taken");
    assert!(
        looked.toml.contains("phase = \"connecting\"") && looked.toml.contains("只能碰到下面写明的"),
        "{}",
        looked.toml
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_and_the_proposal_stands_all_the_same() {
    let bench = Bench::new(Kind::Rest).await;
    let filled = bench.filled(&bench.draft().await);
    let good = bench.wanted(&filled);
    let fails = async |wanted: &Wanted, secret: &str, code: &str| {
        let looked = bench.look(wanted, secret).await;
        let codes: Vec<&str> = looked.problems.iter().map(|p| p.code.as_str()).collect();
        assert!(codes.contains(&code) && !looked.in_order, "{code}: {:#?}", looked.problems);
        assert!(looked.problems.iter().all(|p| p.fix.is_some()), "{code}: {:#?}", looked.problems);
        assert!(looked.toml.contains("phase = \"planned\"") && looked.toml.contains("[settings]"), "{}", looked.toml);
        bench.tells_nobody(&serde_json::to_string(&looked).expect("JSON"));
        assert!(!looked.toml.contains(bench.mock.secret()), "a secret is in no file");
    };
    fails(&good, "wrong", "source.refused").await;
    let mut gone = good.clone();
    gone.settings.insert("base_url".to_owned(), "http://127.0.0.1:9".into());
    fails(&gone, bench.mock.secret(), "http.denied").await;
    let asks = daylight_host::Asks { http: vec!["*".to_owned()], secrets: vec!["*".to_owned()], ..Default::default() };
    gone.grants = derive(&asks, &gone.settings, &Given::default(), daylight_host::Grants::default());
    fails(&gone, bench.mock.secret(), "http.unreachable").await;
    let mut bad = good.clone();
    bad.settings.insert("page_size".to_owned(), 0.into());
    fails(&bad, bench.mock.secret(), "settings.invalid").await;
    let mut gap = good.clone();
    gap.settings.insert("rows".to_owned(), "TODO".into());
    fails(&gap, bench.mock.secret(), "settings.todo").await;
    let mut taken = good.clone();
    taken.id = "health".to_owned();
    fails(&taken, bench.mock.secret(), "department.twice").await;
    let mut none = good.clone();
    none.connector = "nobodys".to_owned();
    fails(&none, bench.mock.secret(), "plugin.unknown").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_items_and_persons_are_counted_and_nobody_is_named() {
    let bench = Bench::new(Kind::Rest).await;
    let mut filled = bench.filled(&bench.draft().await);
    let fields = filled["settings"]["records"][0]["fields"].as_table_mut().expect("fields");
    // A code nobody mapped, a column of persons, and a column of persons where codes belong.
    let (theirs, _) = {
        let codes = fields["finish_type"]["codes"].as_table_mut().expect("codes");
        let one = codes.iter().find(|(_, ours)| ours.as_str() == Some("granted")).map(|(t, o)| (t.clone(), o.clone()));
        let one = one.expect("a code");
        codes.remove(&one.0);
        one
    };
    for (field, column) in PERSONS {
        fields.insert(field.to_owned(), column.into());
    }
    fields.insert("get_type".to_owned(), "申请人名称".into());
    let looked = bench.look(&bench.wanted(&filled), bench.mock.secret()).await;
    assert!(looked.problems.is_empty() && !looked.in_order, "{:#?}", looked.problems);
    bench.tells_nobody(&serde_json::to_string(&looked).expect("JSON"));
    let seen = looked.seen.expect("pages");
    let truth = bench.mock.truth();
    let count =
        |field: &str| truth.iter().filter(|h| h.fields.get(field).is_some_and(|v| !v.is_empty())).count() as u64;
    let granted = truth.iter().filter(|h| h.fields.get("finish_type").is_some_and(|v| v == "granted")).count() as u64;
    let unmapped = seen.unmapped.iter().find(|u| u.field == "finish_type").expect("a code");
    assert_eq!((unmapped.value.as_str(), unmapped.count), (theirs.as_str(), granted));
    let hidden: u64 = seen.unmapped.iter().filter(|u| u.field == "get_type").map(|u| u.count).sum();
    assert_eq!(hidden, count("applicant_name"), "{:?}", seen.unmapped);
    for (field, _) in PERSONS {
        assert_eq!(seen.personal.get(field), Some(&count(field)), "{field}");
    }
    assert!(seen.refused.iter().any(|r| r.code.as_str() == "E003" && !r.fix.is_empty()), "{:?}", seen.refused);
    // The same system as a department that has no item yet.
    let mut other = bench.wanted(&bench.filled(&bench.draft().await));
    other.id = "other".to_owned();
    let seen = bench.look(&other, bench.mock.secret()).await.seen.expect("pages");
    let items: BTreeSet<&str> = truth.iter().map(|h| h.item.as_str()).filter(|i| !i.is_empty()).collect();
    assert_eq!(seen.items.iter().map(|i| i.code.as_str()).collect::<BTreeSet<_>>(), items);
    assert!(seen.items.iter().all(|i| !i.known) && seen.refused.iter().any(|r| r.code.as_str() == "E012"));
    // The source's own clock is the machine's, the county's is half a year after the story.
    assert!(seen.skew.is_some_and(|s| s.from == SkewFrom::Answer), "{:?}", seen.skew);
}
