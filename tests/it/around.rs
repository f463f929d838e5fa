//! What is known around a case: who works in the department, who else applied, who waited before. Found is the same in whatever
//! order it is told.

use crate::care::open;
use daylight::app::App;
use daylight::config::load;
use daylight::demo::county::Dice;
use daylight::demo::place::write_sample;
use daylight_domain::Timestamp;
use daylight_store::FindingFilter;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// A county in which `labour` pushes records about an ordinary item and a limited one, and rules that compare cases are on.
pub fn write_labour(folder: &Path) -> std::path::PathBuf {
    let config = folder.join("config");
    write_sample(&config).expect("a sample");
    let text =
        "id = \"labour\"\nname = \"人力资源和社会保障局\"\nphase = \"live\"\nsupervised_since = \"2026-01-01\"\n";
    std::fs::write(config.join("departments/labour.toml"), text).expect("written");
    let item = |code: &str, more: &str| {
        format!(
            r#"
[[item]]
code = "{code}"
name = "试行许可 {code}"
department = "labour"
legal_limit = {{ value = 20, unit = "working_day" }}
promise_limit = {{ value = 5, unit = "working_day" }}
legal_basis = "试行办法 1"
valid_from = "2008-01-01"
{more}
[item.flow]
nodes = [
  {{ id = "start", kind = "start", name = "开始" }},
  {{ id = "examine", kind = "step", name = "承办", aliases = ["经办"], mandatory = true }},
  {{ id = "visit", kind = "step", name = "踏勘" }},
  {{ id = "review", kind = "step", name = "审核", mandatory = true }},
  {{ id = "end", kind = "end", name = "办结" }},
]
edges = [
  {{ from = "start", to = "examine" }},
  {{ from = "examine", to = "visit" }},
  {{ from = "examine", to = "review" }},
  {{ from = "visit", to = "review" }},
  {{ from = "review", to = "end" }},
]
"#
        )
    };
    let items = item("LB-1", "") + &item("LB-2", "quantity_limited = true");
    std::fs::write(config.join("catalogue/labour.toml"), items).expect("written");
    let on = |rule: &str| format!("[[override]]\nrule = \"{rule}\"\nenabled = true\nreason = \"试行\"\n\n");
    std::fs::write(config.join("rules/trial.toml"), on("P-14") + &on("P-19")).expect("written");
    config
}

/// A record of the exchange standard.
pub fn record(kind: &str, case_no: &str, at: &str, more: &Value) -> String {
    let mut one = json!({ "type": kind, "case_no": case_no, "event_time": at });
    let (Some(object), Some(more)) = (one.as_object_mut(), more.as_object()) else { panic!("two objects") };
    object.extend(more.clone());
    one.to_string()
}

/// Records of cases: each list is one batch.
pub async fn tell(app: &Arc<App>, folder: &Path, records: &[String]) {
    let file = folder.join("batch.ndjson");
    std::fs::write(&file, records.join("\n")).expect("written");
    let run = app.import("labour", &file, &mut |_, _, _| {}).await.expect("imported");
    assert_eq!(run.rejected, 0, "{run:?}");
}

/// Open findings of some rules, by key.
async fn found(app: &App, rules: &[&str]) -> BTreeSet<String> {
    let filter = FindingFilter { department: Some("labour".to_owned()), limit: u32::MAX, ..FindingFilter::default() };
    let all = app.store.findings(&filter).await.expect("findings");
    let keys = all.into_iter().filter(|f| f.state == "open").map(|f| f.finding.dedupe_key());
    keys.filter(|key| rules.iter().any(|rule| key.starts_with(rule))).collect()
}

fn apply(case_no: &str, item: &str, at: &str, who: &str) -> String {
    record("apply", case_no, at, &json!({ "item_code": item, "applicant_id_no": who }))
}

fn history() -> Vec<String> {
    let none = json!({});
    let (wang, li, masked) = ("11010519491231002X", "440524188001010014", "1101**********002X");
    let granted = json!({ "decision": "granted" });
    let done = |finish: &str| json!({ "finish_type": finish });
    let mut all = vec![
        // Two of one applicant, two days apart, open at the same time; a third much later.
        apply("A1", "LB-1", "2026-02-02 09:00", wang),
        apply("A2", "LB-1", "2026-02-04 09:00", wang),
        apply("A3", "LB-1", "2026-03-02 09:00", wang),
        record("finish", "A1", "2026-02-06 09:00", &done("granted")),
        // The first was over when the second came: no duplicate.
        apply("C1", "LB-1", "2026-01-12 09:00", li),
        record("finish", "C1", "2026-01-13 09:00", &done("granted")),
        apply("C2", "LB-1", "2026-01-14 09:00", li),
        record("finish", "C2", "2026-01-15 09:00", &done("granted")),
        // Withdrawn on the last day of the promise, and filed again two working days later.
        apply("B1", "LB-1", "2026-02-02 08:30", li),
        record("accept", "B1", "2026-02-02 09:00", &none),
        record("finish", "B1", "2026-02-09 16:00", &done("withdrawn")),
        apply("B2", "LB-1", "2026-02-11 09:00", li),
        // Another item is another matter; a masked number is nobody's.
        apply("D1", "LB-2", "2026-02-02 10:00", wang),
        apply("D2", "LB-1", "2026-02-02 09:00", masked),
        apply("D3", "LB-1", "2026-02-03 09:00", masked),
    ];
    // A queue for the limited item: (number, accepted, decided, how). Q1 still waits; Q2 and Q4 went before it, Q5 waited for
    // nobody but Q1; Q0 was refused, and so is never before anybody.
    for (no, accepted, decided, how) in [
        ("Q0", "2026-02-01 09:00", "2026-02-26 09:00", "refused"),
        ("Q1", "2026-02-02 09:00", "", ""),
        ("Q2", "2026-02-03 09:00", "2026-02-10 09:00", "granted"),
        ("Q3", "2026-01-30 09:00", "2026-02-05 09:00", "granted"),
        ("Q4", "2026-02-04 09:00", "2026-02-05 09:00", "granted"),
    ] {
        all.push(record("accept", no, accepted, &json!({ "item_code": "LB-2" })));
        if !decided.is_empty() {
            let decision = if how == "granted" { granted.clone() } else { json!({ "decision": "refused" }) };
            all.push(record("decide", no, decided, &decision));
            all.push(record("finish", no, decided, &done(how)));
        }
    }
    all
}

/// What a person finds in this history.
fn by_hand() -> BTreeSet<String> {
    ["P-14:Q2:2", "P-14:Q4:2", "P-19:A1:0", "P-19:A2:0", "P-20:B1:2"].map(str::to_owned).into()
}

const COMPARING: [&str; 3] = ["P-14:", "P-19:", "P-20:"];

#[tokio::test(flavor = "multi_thread")]
async fn neighbours_are_found_in_whatever_order_they_are_told() {
    let all = history();
    for seed in 0..8 {
        let folder = tempfile::tempdir().expect("a folder");
        let config = write_labour(folder.path());
        let mut app = open(&config).await;
        let mut dice = Dice::new(seed, "around");
        let mut order = all.clone();
        for at in (1..order.len()).rev() {
            order.swap(at, usize::try_from(dice.below(at as u64 + 1)).expect("small"));
        }
        while !order.is_empty() {
            let n = (1 + usize::try_from(dice.below(6)).expect("small")).min(order.len());
            tell(&app, folder.path(), &order.drain(..n).collect::<Vec<_>>()).await;
            if dice.chance(200) {
                app.close().await;
                app = open(&config).await;
            }
        }
        app.fire_due().await.expect("judged");
        assert_eq!(found(&app, &COMPARING).await, by_hand(), "seed {seed}");
        let proof = app.rederive("test").await.expect("a proof");
        assert!(proof.good() && proof.cases > 10, "seed {seed}: {proof:#?}");
        app.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_turns_out_to_be_another_is_no_neighbour_any_more_and_a_decision_moves_the_queue() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = write_labour(folder.path());
    let app = open(&config).await;
    tell(&app, folder.path(), &history()).await;
    assert_eq!(found(&app, &COMPARING).await, by_hand());
    // The second application was somebody else's after all; the one that waited is refused.
    let corrected = json!({ "item_code": "LB-1", "applicant_id_type": "111", "applicant_id_no": "440524188001010014", "data_version": 2 });
    let after = [
        record("apply", "A2", "2026-02-04 09:00", &corrected),
        record("decide", "Q1", "2026-03-02 09:00", &json!({ "decision": "refused" })),
        record("finish", "Q1", "2026-03-02 09:00", &json!({ "finish_type": "refused" })),
    ];
    tell(&app, folder.path(), &after).await;
    // Li had B1 open when A2, now Li's, was applied for; Q4 still went before Q2, who was granted in the end.
    let now: BTreeSet<String> = ["P-14:Q4:2", "P-19:A2:0", "P-19:B1:0", "P-20:B1:2"].map(str::to_owned).into();
    assert_eq!(found(&app, &COMPARING).await, now);
    let proof = app.rederive("test").await.expect("a proof");
    assert!(proof.good(), "{proof:#?}");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn as_delivered_a_case_filed_again_is_found_whichever_came_first() {
    for turned in [false, true] {
        let folder = tempfile::tempdir().expect("a folder");
        let config = write_labour(folder.path());
        std::fs::remove_file(config.join("rules/trial.toml")).expect("removed");
        let app = open(&config).await;
        let mut all: Vec<String> = history().into_iter().filter(|r| r.contains("\"B")).collect();
        if turned {
            all.reverse();
        }
        for one in all {
            tell(&app, folder.path(), &[one]).await;
        }
        app.fire_due().await.expect("judged");
        assert_eq!(found(&app, &COMPARING).await, BTreeSet::from(["P-20:B1:2".to_owned()]), "turned: {turned}");
        assert!(app.rederive("test").await.expect("a proof").good());
        app.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_index_names_an_applicant_and_what_arrived_before_it_was_kept_is_gone_through_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = write_labour(folder.path());
    let app = open(&config).await;
    tell(&app, folder.path(), &history()).await;
    let kept = app.store.applicants("labour", "", "zz").await.expect("applicants");
    let cases: Vec<&str> = kept.iter().map(|a| a.case_no.as_str()).collect();
    assert_eq!(cases, ["A1", "A2", "A3", "B1", "B2", "C1", "C2", "D1"], "those with a whole number");
    let keys: BTreeSet<_> = kept.iter().map(|a| a.key).collect();
    assert_eq!(keys.len(), 2, "of two people");
    app.close().await;
    // As a database of an older version: no applicants were kept.
    let file = config.join("../data/daylight.db");
    let script = ["DELETE FROM applicant", "DELETE FROM setting WHERE name = 'applicant.filled'"].map(str::to_owned);
    daylight_store::run_script(&file, &script).await.expect("emptied");
    let app = open(&config).await;
    assert_eq!(app.store.applicants("labour", "", "zz").await.expect("applicants"), kept);
    let proof = app.rederive("test").await.expect("a proof");
    assert!(proof.good(), "{proof:#?}");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_register_of_staff_makes_strangers_known_and_a_longer_one_clears_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = write_labour(folder.path());
    let register = |text: &str| {
        let file = config.join("departments/labour.toml");
        let head = std::fs::read_to_string(&file).expect("a file");
        let head = head.split("staff").next().expect("a head").to_owned();
        std::fs::write(&file, head + text).expect("written");
    };
    let step = |key: &str, staff: &str| json!({ "source_key": key, "step": "承办", "started_at": "2026-02-02 09:00", "ended_at": "2026-02-02 10:00", "staff": staff });
    let app = open(&config).await;
    let records = [
        record("accept", "S1", "2026-02-02 09:00", &json!({ "item_code": "LB-1" })),
        record("step", "S1", "2026-02-02 10:00", &step("1", "张三、0071")),
        record("accept", "S2", "2026-02-02 09:00", &json!({ "item_code": "LB-1" })),
        record("step", "S2", "2026-02-02 10:00", &step("2", "李四")),
    ];
    tell(&app, folder.path(), &records).await;
    assert_eq!(found(&app, &["D-06:"]).await, BTreeSet::new(), "without a register nobody can tell");
    app.close().await;

    register("staff = [\"张三\"]\nstaff_file = \"staff/labour.csv\"\n\n[contacts]\nleader = \"赵六\"\n");
    std::fs::create_dir_all(config.join("staff")).expect("a folder");
    std::fs::write(config.join("staff/labour.csv"), "\u{feff}姓名,工号\n王五,0071\n").expect("written");
    let app = open(&config).await;
    assert_eq!(app.config.departments["labour"].contacts.leader.as_deref(), Some("赵六"));
    app.fire_due().await.expect("judged");
    assert_eq!(found(&app, &["D-06:"]).await, BTreeSet::from(["D-06:S2:1".to_owned()]));
    assert!(app.rederive("test").await.expect("a proof").good());
    app.close().await;

    register("staff = [\"张三\", \"李四\"]\nstaff_file = \"staff/labour.csv\"\n");
    let app = open(&config).await;
    app.fire_due().await.expect("judged");
    assert_eq!(found(&app, &["D-06:"]).await, BTreeSet::new(), "the register was incomplete");
    app.close().await;

    // What cannot be a register is named where it stands.
    let today = Timestamp::parse("2026-04-01").expect("a time");
    for (text, code) in [
        ("staff = []\n", "staff.empty"),
        ("staff = [\"张三、李四\"]\n", "staff.name"),
        ("staff_file = \"staff/none.csv\"\n", "staff.file"),
        ("staff = [\"张三\"]\n[contacts]\nhandler = \" \"\n", "department.contact"),
    ] {
        register(text);
        let problems = load(&config, today).expect_err("refused");
        let one = problems.iter().find(|p| p.code == code).unwrap_or_else(|| panic!("{code}: {problems:#?}"));
        assert!(one.place.as_ref().is_some_and(|p| p.line > 4), "{one:?}");
    }
}
