use super::*;
use crate::calendar::tests::china;
use crate::case::Applied;
use crate::check::{CheckContext, FUTURE_TOLERANCE_MS, read_json};
use crate::finding::Finding;
use crate::item::Catalogue;
use crate::record::Fields;

/// Every rule of `config/rules`.
pub(crate) fn every_rule() -> Vec<Rule> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        rule: Vec<Rule>,
        #[serde(default)]
        manual: Vec<ManualRule>,
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/rules");
    let mut files: Vec<_> = std::fs::read_dir(folder).expect("the folder").map(|e| e.expect("a file").path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "toml"));
    files.sort();
    let read = |file: &std::path::PathBuf| std::fs::read_to_string(file).expect("a file");
    let all: Vec<File> = files.iter().map(|f| toml::from_str(&read(f)).expect("rules")).collect();
    let manual: Vec<ManualRule> = all.iter().flat_map(|f| f.manual.clone()).collect();
    assert!(!manual.is_empty() && RuleBook::default().with_manual(manual).is_ok());
    all.into_iter().flat_map(|f| f.rule).collect()
}

#[test]
fn a_rule_for_cards_by_hand_has_a_number_a_level_and_a_basis() {
    let good = || ManualRule {
        id: "M-01".to_owned(),
        version: 1,
        name_zh: "窗口无人".to_owned(),
        name_en: "window unattended".to_owned(),
        trigger_zh: "工作时间内窗口无人值守".to_owned(),
        level: Level::Yellow,
        basis: vec!["窗口管理制度".to_owned()],
        feedback_days: 3,
        enabled: true,
    };
    let refused = |one: ManualRule| matches!(RuleBook::default().with_manual([one]), Err(RuleError::Manual { .. }));
    assert!(!refused(good()));
    assert!(refused(ManualRule { id: "T-02".to_owned(), ..good() }));
    assert!(refused(ManualRule { level: Level::Hint, ..good() }));
    assert!(refused(ManualRule { basis: vec![" ".to_owned()], ..good() }));
    assert!(refused(ManualRule { name_zh: String::new(), ..good() }));
    let twice = RuleBook::default().with_manual([good(), good()]);
    assert!(matches!(twice, Err(RuleError::Twice(id)) if id == "M-01"));
    let book = RuleBook::default().with_manual([good()]).expect("a book");
    let day = chrono::NaiveDate::from_ymd_opt(2026, 4, 1).expect("a day");
    let rule = book.effective("M-01", "market", None, day).expect("in force");
    assert_eq!((rule.levels.as_slice(), rule.mode), ([Level::Yellow].as_slice(), Mode::Auto));
}

/// The rules the stories here are about; every rule has stories of its own in `tests/fixtures/rules`.
const HERE: [&str; 21] = [
    "T-01", "T-02", "T-03", "T-04", "T-05", "T-07", "T-08", "T-09", "T-10", "T-12", "P-01", "P-03", "P-07", "D-01",
    "D-02", "D-09", "D-10", "D-12", "D-18", "U-01", "U-04",
];

pub(crate) fn book() -> RuleBook {
    RuleBook::new(every_rule()).expect("a book").only(&HERE)
}

fn catalogue() -> Catalogue {
    let item = |text: &str| toml::from_str(text).expect("an item");
    Catalogue::new([
        item(
            r#"
            code = "P"
            name = "食品经营许可"
            department = "market"
            valid_from = "2008-01-01"
            promise_limit = { value = 7, unit = "working_day" }
            legal_limit = { value = 20, unit = "working_day" }
            result_kind = "certificate"
            [[flow.nodes]]
            id = "s"
            kind = "step"
            name = "审核"
            aliases = ["审查"]
            mandatory = true
            limit = 2
            [[flow.nodes]]
            id = "d"
            kind = "decide"
            name = "决定"
            mandatory = true
            [[flow.edges]]
            from = "s"
            to = "d"
            "#,
        ),
        item(
            "code = \"I\"\nname = \"补证\"\ndepartment = \"market\"\nvalid_from = \"2008-01-01\"\nhandle_type = \"instant\"\npromise_limit = { value = 1, unit = \"working_day\" }",
        ),
        item(
            "code = \"F\"\nname = \"初审\"\ndepartment = \"market\"\nvalid_from = \"2008-01-01\"\nhandle_type = \"forward_up\"\npromise_limit = { value = 5, unit = \"working_day\" }",
        ),
    ])
}

/// Rules hit (`rule/level`), and when to ask again.
fn judged(records: &str, now: &str) -> (Vec<String>, Judgement) {
    judged_by(records, now, ClockMode::LegalDay)
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn judged_by(records: &str, now: &str, mode: ClockMode) -> (Vec<String>, Judgement) {
    let catalogue = catalogue();
    let mut case = Case::default();
    let mut known: Vec<(RecordKey, Timestamp, Fields)> = Vec::new();
    for (seq, line) in (1..).zip(records.lines().map(str::trim).filter(|l| !l.is_empty())) {
        let (received, line) = line.split_once('|').map_or((None, line), |(r, l)| (Some(at(r.trim())), l));
        let context = CheckContext {
            catalogue: &catalogue,
            department: "market",
            received: at("2027-01-01"),
            future_tolerance_ms: FUTURE_TOLERANCE_MS,
        };
        let json = format!("{{\"case_no\":\"A1\",{line}}}");
        let record = read_json(&serde_json::from_str(&json).expect("json"), &context).expect("a record");
        let key = (record.kind, record.source_key.clone());
        let previous = known.iter().rev().find(|(k, ..)| *k == key).map(|(_, t, f)| (*t, f));
        let how = Applied {
            received: received.unwrap_or(record.event_time),
            seq,
            previous,
            supervised_since: Some(Timestamp(0)),
            catalogue: &catalogue,
        };
        case.apply(&record, how);
        known.push((key, record.event_time, record.fields));
    }
    let calendar = china();
    let schedule = WorkSchedule::default();
    let item = catalogue.at(&case.item_code, at(now).date()).map(AsRef::as_ref);
    let facts = Facts {
        case: &case,
        item,
        department: "market",
        around: Around::NOTHING,
        calendar: &calendar,
        schedule: &schedule,
        mode,
        now: at(now),
        sla_ms: 3_600_000,
    };
    let found = judge(&book(), &facts);
    let (_, told) = explain(&book(), &facts);
    let hits = found.findings.iter().map(|f| format!("{}/{}", f.rule, f.level as u8)).collect::<Vec<_>>();
    let said = told.iter().filter_map(|e| e.level.map(|l| format!("{}/{}", e.rule, l as u8))).collect::<Vec<_>>();
    assert_eq!(hits, said, "the explanation says what the judgement says");
    (hits, found)
}

type RecordKey = (crate::record::RecordType, String);

const ACCEPT: &str = r#"
    "type":"apply","item_code":"P","event_time":"2026-02-05 09:00"
    "type":"accept","event_time":"2026-02-06 09:30","accept_doc_no":"受1"
"#;

#[test]
fn a_promised_limit_warns_is_exceeded_and_then_breaks_the_law() {
    // 2026-02-06 plus seven working days: 9–13 February, 14 (make-up day), then the Spring Festival until the 23rd.
    for (now, hits, next) in [
        ("2026-02-10 09:00", &[][..], "2026-02-13"),
        ("2026-02-13 00:00", &["T-01/1"], "2026-02-25"),
        ("2026-02-24 23:59", &["T-01/1"], "2026-02-25"),
        ("2026-02-25 00:00", &["T-02/2"], "2026-03-10"),
    ] {
        let (found, judgement) = judged(ACCEPT, now);
        assert_eq!(found, hits, "{now}: due {:?}", judgement.promise_due);
        assert_eq!(judgement.next, Some(at(next)), "{now}");
    }
    // Asking exactly when one was told to finds every step of the way.
    let (mut now, mut seen) = (at("2026-02-06 09:30"), Vec::new());
    for _ in 0..40 {
        let (found, judgement) = judged(ACCEPT, &now.rfc3339());
        for hit in found {
            if !seen.contains(&hit) {
                seen.push(hit);
            }
        }
        let Some(next) = judgement.next else { break };
        assert!(next > now);
        now = next;
    }
    assert_eq!(seen, ["T-01/1", "T-02/2", "T-04/1", "T-03/3"]);
}

#[test]
fn finished_in_time_is_finished_in_time_forever() {
    let done = format!(
        "{ACCEPT}\n{}\n{}\n{}",
        r#""type":"step","step_no":1,"event_time":"2026-02-09 10:00","step":"审查","started_at":"2026-02-06 10:00","ended_at":"2026-02-09 10:00""#,
        r#""type":"decide","event_time":"2026-02-24 17:00","decision":"refused","reason":"不符合条件""#,
        r#""type":"finish","event_time":"2026-02-24 23:00","finish_type":"refused""#
    );
    let (found, judgement) = judged(&done, "2026-06-30");
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(judgement.next, None);
    let late = done.replace("2026-02-24 23:00", "2026-02-25 09:00");
    assert_eq!(judged(&late, "2026-06-30").0, ["T-02/2"]);
    let unlawful = done.replace("2026-02-24", "2026-03-25");
    assert_eq!(judged(&unlawful, "2026-06-30").0, ["T-02/2", "T-03/3"]);
}

#[test]
fn lawful_procedures_stop_the_clock_and_others_do_not() {
    let review = |kind: &str| {
        format!(
            "{ACCEPT}\n\"type\":\"special_start\",\"seq\":1,\"event_time\":\"2026-02-10 09:00\",\"kind\":\"{kind}\",\"announced_days\":5\n\
             \"type\":\"special_end\",\"seq\":1,\"event_time\":\"2026-02-13 09:00\""
        )
    };
    let (_, lawful) = judged(&review("expert_review"), "2026-02-25");
    let (_, unlawful) = judged(&review("site_visit"), "2026-02-25");
    assert_eq!(unlawful.promise_due.map(Timestamp::date), Some(at("2026-02-24").date()));
    assert_eq!(lawful.promise_due.map(Timestamp::date), Some(at("2026-02-27").date()), "three working days later");
}

#[test]
fn only_a_lawful_extension_moves_the_limit() {
    let extended = |days: u32, approved: &str| {
        format!("{ACCEPT}\n\"type\":\"extension\",\"source_key\":\"e\",\"event_time\":\"{approved}\",\"days\":{days}")
    };
    let due = |records: &str| judged(records, "2026-02-25").1.legal_due.map(Timestamp::date);
    let plain = due(ACCEPT);
    assert!(due(&extended(10, "2026-02-10 09:00")) > plain);
    assert_eq!(due(&extended(11, "2026-02-10 09:00")), plain, "longer than article 42 allows");
    assert_eq!(due(&extended(10, "2026-04-10 09:00")), plain, "approved after the limit");
}

#[test]
fn steps_have_limits_of_their_own() {
    let step = |end: &str| {
        format!(
            "{ACCEPT}\n\"type\":\"step\",\"step_no\":1,\"event_time\":\"2026-02-06 10:00\",\"step\":\"审核\",\"started_at\":\"2026-02-06 10:00\"{end}"
        )
    };
    let ended = |t: &str| step(&format!(",\"ended_at\":\"{t}\""));
    assert_eq!(judged(&ended("2026-02-10 17:00"), "2026-02-11").0, Vec::<String>::new());
    assert_eq!(judged(&ended("2026-02-11 08:00"), "2026-02-11 09:00").0, ["T-05/1"]);
    assert_eq!(judged(&ended("2026-02-12 08:00"), "2026-02-12 09:00").0, ["T-05/2"]);
    let (found, judgement) = judged(&step(""), "2026-02-10 12:00");
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(judgement.next, Some(at("2026-02-11")));
    // A step whose end was never told is over for long; the one that began after it is woken for all the same.
    let second = "\"type\":\"step\",\"step_no\":2,\"event_time\":\"2026-02-12 10:00\",\"step\":\"审核\",\"started_at\":\"2026-02-12 10:00\"";
    let (found, judgement) = judged(&format!("{}\n{second}", step("")), "2026-02-13 12:00");
    let steps: Vec<_> = found.iter().map(String::as_str).filter(|f| f.starts_with("T-05")).collect();
    assert_eq!((steps, judgement.next), (vec!["T-05/2"], Some(at("2026-02-24"))));
}

#[test]
fn receipts_are_answered_or_deemed_accepted() {
    let received = r#"
        "type":"apply","item_code":"P","event_time":"2026-03-02 09:00"
        "type":"receive","event_time":"2026-03-02 09:00"
    "#;
    let (found, judgement) = judged(received, "2026-03-09 23:59");
    assert_eq!((found.len(), judgement.next), (0, Some(at("2026-03-10"))));
    let (found, judgement) = judged(received, "2026-03-10 00:00");
    assert_eq!(found, ["T-01/1", "T-09/2"], "the promise since the receipt ends on the 11th");
    assert_eq!(judgement.deemed_accepted_at, Some(at("2026-03-02 09:00")));
    assert!(judgement.promise_due.is_some(), "the clock runs since the receipt");
    let noticed =
        format!("{received}\n\"type\":\"correction\",\"source_key\":\"c\",\"event_time\":\"2026-03-09 16:00\"");
    assert_eq!(judged(&noticed, "2026-03-20").0, ["T-08/1"]);
    let late = noticed.replace("2026-03-09 16:00", "2026-03-10 16:00");
    assert_eq!(judged(&late, "2026-03-11").0, ["T-01/1", "T-08/2", "T-09/2"]);
    let same_day = noticed.replace("2026-03-09 16:00", "2026-03-02 16:00");
    assert_eq!(judged(&same_day, "2026-03-20").0, Vec::<String>::new());
}

#[test]
fn instant_cases_forwarded_cases_and_delivery() {
    let instant = |end: &str| {
        format!(
            "\"type\":\"accept\",\"item_code\":\"I\",\"event_time\":\"2026-03-02 09:00\",\"accept_doc_no\":\"1\"\n{end}"
        )
    };
    let finish = |t: &str| format!("\"type\":\"finish\",\"event_time\":\"{t}\",\"finish_type\":\"withdrawn\"");
    assert_eq!(judged(&instant(&finish("2026-03-02 17:00")), "2026-04-01").0, Vec::<String>::new());
    assert_eq!(judged(&instant(&finish("2026-03-03 09:00")), "2026-04-01").0, ["T-07/2"]);
    assert!(judged(&instant(""), "2026-03-03 00:00").0.contains(&"T-07/2".to_owned()));

    let forward =
        |end: &str| format!("\"type\":\"accept\",\"item_code\":\"F\",\"event_time\":\"2026-03-02 09:00\"\n{end}");
    let sent = |t: &str| format!("\"type\":\"forward_up\",\"event_time\":\"{t}\"");
    assert_eq!(judged(&forward(&sent("2026-03-09 17:00")), "2026-06-01").0, Vec::<String>::new());
    assert_eq!(judged(&forward(&sent("2026-03-10 09:00")), "2026-06-01").0, ["T-02/2", "T-12/2"]);
    assert_eq!(judged(&forward(&sent("2026-03-31 09:00")), "2026-06-01").0, ["T-02/2", "T-12/3"]);

    let granted = format!(
        "{ACCEPT}\n\"type\":\"decide\",\"event_time\":\"2026-02-10 09:00\",\"decision\":\"granted\"\n{}",
        "\"type\":\"finish\",\"event_time\":\"2026-02-10 09:00\",\"finish_type\":\"withdrawn\""
    );
    assert_eq!(judged(&granted, "2026-03-02 23:59").0, Vec::<String>::new());
    assert_eq!(judged(&granted, "2026-03-03").0, ["T-10/2"], "ten working days after 10 February end on 2 March");
}

#[test]
fn procedure_and_data() {
    let reject = |reason: &str| {
        format!("\"type\":\"reject\",\"item_code\":\"P\",\"event_time\":\"2026-03-02 09:00\",\"reason\":\"{reason}\"")
    };
    assert_eq!(judged(&reject("材料不符"), "2026-03-03").0, ["P-01/2"]);
    assert_eq!(judged(&reject("申请事项依法不属于本机关职权范围"), "2026-03-03").0, Vec::<String>::new());
    let end = |more: &str| format!("{ACCEPT}\n\"type\":\"finish\",\"event_time\":\"2026-02-09 09:00\",{more}");
    assert_eq!(judged(&end("\"finish_type\":\"voided\""), "2026-02-10").0, ["P-03/2"]);
    assert_eq!(
        judged(&end("\"finish_type\":\"voided\",\"reason\":\"重复申请\""), "2026-02-10").0,
        Vec::<String>::new()
    );
    let (found, judgement) = judged(&end("\"finish_type\":\"completed\""), "2026-02-10");
    assert_eq!(found, ["P-07/2"]);
    let first = judgement.findings.first().expect("a finding");
    assert_eq!(first.inputs.get("missing").map(String::as_str), Some("审核、决定"));

    let amended = format!("{ACCEPT}\n\"type\":\"accept\",\"data_version\":2,\"event_time\":\"2026-02-07 09:30\"");
    assert_eq!(judged(&amended, "2026-02-09").0, ["D-01/2"]);
    assert_eq!(judged(ACCEPT, "2026-02-09").0, Vec::<String>::new());
    let lag = |t: &str| format!("{t}|\"type\":\"accept\",\"item_code\":\"P\",\"event_time\":\"2026-02-06 09:30\"");
    assert_eq!(judged(&lag("2026-02-06 10:31"), "2026-02-09").0, ["D-02/1"]);
    assert_eq!(judged(&lag("2026-02-06 10:30"), "2026-02-09").0, Vec::<String>::new());
    let order = ACCEPT.replace("2026-02-06 09:30", "2026-02-04 09:30");
    assert_eq!(judged(&order, "2026-02-09").0, ["D-09/2"]);
    let only =
        "\"type\":\"finish\",\"item_code\":\"P\",\"event_time\":\"2026-02-09 09:00\",\"finish_type\":\"withdrawn\"";
    assert_eq!(judged(only, "2026-02-10").0, ["D-18/1"]);
}

#[test]
fn what_cannot_be_known_is_undetermined() {
    let nobody = "\"type\":\"accept\",\"event_time\":\"2026-02-06 09:30\"";
    let (found, judgement) = judged(nobody, "2026-04-30");
    assert_eq!(found, Vec::<String>::new());
    let rules: Vec<&str> = judgement.undetermined.iter().map(|u| u.rule.as_str()).collect();
    assert_eq!(rules, ["T-01", "T-02", "T-03", "T-04"]);
    let beyond = ACCEPT.replace("2026-02", "2026-12");
    let (_, judgement) = judged(&beyond, "2026-12-30");
    assert!(judgement.undetermined.iter().any(|u| u.rule == "T-03" && u.reason_zh.contains("2027")), "{judgement:?}");
}

#[test]
fn the_county_itself_is_watched() {
    let (book, calendar) = (book(), china());
    let rule = book.get("U-01").expect("a rule");
    let seen = at("2026-03-06 17:00");
    let (none, next) = silent_source(rule, &calendar, "market", seen, 3_600_000, at("2026-03-06 17:59")).expect("days");
    assert_eq!((none, next), (None, Some(at("2026-03-06 18:00"))));
    let (some, next) = silent_source(rule, &calendar, "market", seen, 3_600_000, at("2026-03-08 09:00")).expect("days");
    assert_eq!(some.map(|f| f.level), Some(Level::Prewarning));
    let (some, next_after) =
        silent_source(rule, &calendar, "market", seen, 3_600_000, next.expect("a time")).expect("days");
    assert_eq!((some.map(|f| f.level), next_after), (Some(Level::Yellow), None));
    let rule = book.get("U-04").expect("a rule");
    assert_eq!(calendar_ends(rule, &calendar, at("2026-11-23")), None);
    assert_eq!(calendar_ends(rule, &calendar, at("2026-12-20")).map(|f| f.value), Some(2027));
    let rule = book.get("D-10").expect("a rule");
    assert_eq!(rejects_of_day(rule, seen, 0), None);
    assert_eq!(rejects_of_day(rule, seen, 3).map(|f| f.object_id), Some("2026-03-06".to_owned()));
}

#[test]
fn a_card_is_issued_once_and_escalates() {
    use crate::card::{CardState, Issuing, draft};
    use crate::department::Phase;
    let book = book();
    let (_, judgement) = judged(ACCEPT, "2026-02-25");
    let finding = judgement.findings.first().expect("a finding");
    let rule = book.get(&finding.rule).expect("its rule");
    let how = Issuing {
        department: "market",
        phase: Phase::Live,
        held: false,
        now: at("2026-02-25"),
        feedback_due: Some(at("2026-02-28")),
        late: false,
        standing: None,
        by: None,
    };
    let state = |how| draft(rule, finding, how).map(|c| c.state);
    assert_eq!(state(how), Some(CardState::Issued));
    assert_eq!(state(Issuing { phase: Phase::Trial, ..how }), Some(CardState::Trial));
    assert_eq!(state(Issuing { held: true, ..how }), Some(CardState::PendingConfirm));
    assert_eq!(state(Issuing { standing: Some((Level::Red, "1")), ..how }), None);
    let higher = draft(rule, finding, Issuing { standing: Some((Level::Prewarning, "1")), ..how }).expect("a card");
    assert_eq!(higher.escalated_from.as_deref(), Some("1"));
}

#[test]
fn a_book_refuses_what_the_program_does_not_know() {
    let good = book().get("T-01").expect("a rule").clone();
    let mut unknown = good.clone();
    unknown.id = "X-99".to_owned();
    let mut missing = good.clone();
    missing.params.remove("pre_days");
    let mut extra = good.clone();
    extra.params.insert("colour".to_owned(), 1);
    let mut falling = good.clone();
    falling.levels = vec![Level::Red, Level::Yellow];
    for (rules, code) in [
        (vec![unknown], "rule.unknown"),
        (vec![missing], "rule.parameter"),
        (vec![extra], "rule.parameter"),
        (vec![falling], "rule.levels"),
        (vec![good.clone(), good], "rule.twice"),
    ] {
        let error = RuleBook::new(rules).expect_err(code).to_string();
        assert!(error.starts_with(code), "{error}");
    }
}

#[test]
fn an_alarm_about_the_county_is_nobodys_card() {
    use crate::card::{Issuing, draft};
    let (book, calendar) = (book(), china());
    let rule = book.get("U-04").expect("a rule");
    let finding = calendar_ends(rule, &calendar, at("2026-12-20")).expect("a finding");
    assert_eq!(finding.level, Level::Red);
    let how = Issuing {
        department: "market",
        phase: crate::department::Phase::Live,
        held: false,
        now: at("2026-12-20"),
        feedback_due: None,
        late: false,
        standing: None,
        by: None,
    };
    assert_eq!(draft(rule, &finding, how), None);
    let of_department = Finding { object: ObjectKind::Source, ..finding };
    assert!(draft(rule, &of_department, how).is_some());
}

#[test]
fn what_a_county_has_no_facts_for_is_listed() {
    use std::collections::BTreeSet;
    let missing = |id: &str, have: &[Need]| {
        let have: BTreeSet<Need> = have.iter().copied().collect();
        program().iter().find(|p| p.id == id).map(|p| p.missing(&have))
    };
    assert_eq!(missing("T-02", &[]), Some(vec![]), "the records of a case are enough");
    assert_eq!(missing("E-01", &[]), Some(vec![Need::Ratings]));
    assert_eq!(missing("E-01", &[Need::Ratings]), Some(vec![]));
    assert_eq!(needs("F-05"), [Need::Finance]);
    assert_eq!(needs("X-99"), []);
    for need in Need::ALL {
        assert!(program().iter().any(|p| p.needs.contains(need)), "{need:?} is needed by some rule");
    }
}

#[test]
fn a_card_waits_for_its_answer_only_while_it_stands() {
    use crate::card::{Card, CardState, Issuing, draft};
    let book = RuleBook::new(every_rule()).expect("a book");
    let (_, judgement) = judged(ACCEPT, "2026-02-25");
    let finding = judgement.findings.first().expect("a finding");
    let how = Issuing {
        department: "market",
        phase: crate::department::Phase::Live,
        held: false,
        now: at("2026-02-25"),
        feedback_due: Some(at("2026-02-28 23:59:59")),
        late: false,
        standing: None,
        by: None,
    };
    let card = draft(book.get(&finding.rule).expect("its rule"), finding, how).expect("a card");
    let (calendar, schedule) = (china(), WorkSchedule::default());
    let ground = Ground { calendar: &calendar, schedule: &schedule, mode: ClockMode::LegalDay, now: at("2026-03-02") };
    let late = |card: &Card| judge_subject(&book, &CardFacts::from(card), &ground).findings.len();
    assert_eq!(late(&card), 1);
    assert_eq!(late(&Card { feedback_at: Some(at("2026-02-28 10:00")), ..card.clone() }), 0);
    assert_eq!(late(&Card { rule: "K-08".to_owned(), ..card.clone() }), 0, "else each would call for the next");
    assert_eq!(late(&Card { state: CardState::Revoked, ..card }), 0);
}

fn overridden(text: &str) -> Result<RuleBook, RuleError> {
    let one: RuleOverride = toml::from_str(text).expect("an override");
    RuleBook::with_overrides(every_rule(), [one])
}

#[test]
fn an_override_that_makes_no_sense_is_refused() {
    for (text, code) in [
        ("rule = \"X-99\"\nenabled = false\nreason = \"因故\"", "rule.override-unknown"),
        ("rule = \"T-02\"\nreason = \"因故\"", "rule.override: 对规则 T-02 的 [[override]] 没有改变任何内容"),
        ("rule = \"T-02\"\nenabled = false\nreason = \" \"", "rule.override: 对规则 T-02 的 [[override]] 没有说明理由"),
        ("rule = \"T-01\"\nparams = { colour = 1 }\nreason = \"因故\"", "rule.parameter"),
        ("rule = \"T-01\"\nparams = { pre_days = -1 }\nreason = \"因故\"", "rule.parameter"),
        ("rule = \"T-02\"\nlevels = [\"red\", \"yellow\"]\nreason = \"因故\"", "rule.levels"),
        ("rule = \"T-02\"\nlevels = [\"red\"]\nlevel = \"red\"\nreason = \"因故\"", "rule.override"),
        (
            "rule = \"T-02\"\nenabled = false\nfrom = \"2026-03-02\"\nto = \"2026-03-01\"\nreason = \"因故\"",
            "rule.override",
        ),
    ] {
        let error = overridden(text).expect_err(code).to_string();
        assert!(error.starts_with(code), "{error}");
    }
    let mut wrong = every_rule();
    wrong.iter_mut().for_each(|r| r.applies_to = Some(About::Card));
    let error = RuleBook::new(wrong).expect_err("not about cards").to_string();
    assert!(error.starts_with("rule.applies-to"), "{error}");
}

#[test]
fn the_rule_in_force_follows_department_item_and_date() {
    let book = overridden(
        "rule = \"T-02\"\ndepartment = \"market\"\nitem = \"P\"\nfrom = \"2026-03-01\"\nto = \"2026-03-31\"\nmode = \"confirm\"\nfeedback_days = 9\nreason = \"因故\"",
    )
    .expect("a book");
    let mode = |department: &str, item: Option<&str>, date: &str| {
        let rule = book.effective("T-02", department, item, at(date).date()).expect("a rule");
        (rule.mode, rule.feedback_days)
    };
    assert_eq!(mode("market", Some("P"), "2026-03-01"), (Mode::Confirm, 9));
    assert_eq!(mode("market", Some("P"), "2026-03-31"), (Mode::Confirm, 9));
    for (department, item, date) in [
        ("market", Some("P"), "2026-02-28"),
        ("market", Some("P"), "2026-04-01"),
        ("market", Some("I"), "2026-03-01"),
        ("market", None, "2026-03-01"),
        ("housing", Some("P"), "2026-03-01"),
    ] {
        assert_eq!(mode(department, item, date), (Mode::Auto, 3), "{department} {item:?} {date}");
    }
    assert_eq!(book.effective("X-99", "market", None, at("2026-03-01").date()), None);
}

#[test]
fn an_overridden_finding_says_why() {
    let one = "rule = \"P-06\"\ndepartment = \"market\"\nlevel = \"yellow\"\nreason = \"会议纪要〔2026〕1号\"";
    let book = overridden(one).expect("a book");
    let (calendar, schedule, catalogue) = (china(), WorkSchedule::default(), catalogue());
    let case = Case { case_no: "A1".to_owned(), accepted_at: Some(at("2026-03-02 09:00")), ..Case::default() };
    let levels = |department: &str| {
        let facts = Facts {
            case: &case,
            item: catalogue.at("P", at("2026-03-02").date()).map(AsRef::as_ref),
            department,
            around: Around::NOTHING,
            calendar: &calendar,
            schedule: &schedule,
            mode: ClockMode::LegalDay,
            now: at("2026-03-02 10:00"),
            sla_ms: 0,
        };
        let found = judge(&book, &facts).findings;
        let one = found.into_iter().find(|f| f.rule == "P-06").expect("a finding");
        (one.level, one.inputs.get("override").cloned())
    };
    assert_eq!(levels("market"), (Level::Yellow, Some("会议纪要〔2026〕1号".to_owned())));
    assert_eq!(levels("housing"), (Level::Prewarning, None));
}

/// A story with an open case, its judgement at `now` by a book, as `rule object level day`.
fn told_by(book: &RuleBook, now: Timestamp) -> Vec<String> {
    let (calendar, schedule, catalogue) = (china(), WorkSchedule::default(), catalogue());
    let case = Case {
        case_no: "A1".to_owned(),
        item_code: "F".to_owned(),
        handle_type: crate::item::HandleType::ForwardUp,
        applied_at: Some(at("2026-03-02 09:00")),
        channel: Some("web".to_owned()),
        accepted_at: Some(at("2026-03-13 09:00")),
        promise_limit: Some(crate::item::Limit { value: 5, unit: crate::item::LimitUnit::WorkingDay }),
        legal_limit: Some(crate::item::Limit { value: 20, unit: crate::item::LimitUnit::WorkingDay }),
        last_event_at: at("2026-03-13 09:00"),
        specials: vec![crate::case::Special {
            key: "1".to_owned(),
            kind: "testing".to_owned(),
            announced_days: Some(3),
            started_at: at("2026-03-16 09:00"),
            ..Default::default()
        }],
        ..Case::default()
    };
    let facts = Facts {
        case: &case,
        item: catalogue.at("F", at("2026-03-02").date()).map(AsRef::as_ref),
        department: "market",
        around: Around::NOTHING,
        calendar: &calendar,
        schedule: &schedule,
        mode: ClockMode::LegalDay,
        now,
        sla_ms: 0,
    };
    let found = judge(book, &facts).findings;
    found.iter().map(|f| format!("{} {} {} {}", f.rule, f.object_id, f.level as u8, f.fact_time)).collect()
}

proptest::proptest! {
    /// An override that changes nothing of the judgement changes nothing of the findings, wherever its dates lie.
    #[test]
    fn a_date_alone_changes_nothing(first in 0u64..70, length in 0u64..40, now in 16u64..80) {
        let plain = RuleBook::new(every_rule()).expect("a book");
        let day = |n: u64| at("2026-03-01").date() + chrono::Days::new(n);
        let split = every_rule().into_iter().map(|rule| RuleOverride {
            rule: rule.id,
            item: None,
            department: Some("market".to_owned()),
            from: Some(day(first)),
            to: Some(day(first + length)),
            params: BTreeMap::new(),
            level: None,
            levels: None,
            mode: None,
            enabled: None,
            feedback_days: Some(7),
            reason: "因故".to_owned(),
        });
        let split = RuleBook::with_overrides(every_rule(), split).expect("a book");
        let now = Timestamp::start_of(day(now)).plus_ms(36_000_000);
        proptest::prop_assert_eq!(told_by(&split, now), told_by(&plain, now));
    }
}
