use super::*;
use crate::item::Item;

/// Two items of two departments.
pub(crate) fn catalogue() -> Catalogue {
    let item = |code: &str, department: &str| -> Item {
        toml::from_str(&format!(
            "code = \"{code}\"\nname = \"食品经营许可\"\ndepartment = \"{department}\"\nvalid_from = \"2020-01-01\"\n\
             promise_limit = {{ value = 7, unit = \"working_day\" }}\nlegal_limit = {{ value = 20, unit = \"working_day\" }}"
        ))
        .expect("an item")
    };
    Catalogue::new([item("I-1", "market"), item("I-2", "housing")])
}

/// Reads a record of the department `market`, received on 2026-03-20 at nine.
pub(crate) fn record(json: &str) -> Result<Record, Reject> {
    let catalogue = catalogue();
    let received = Timestamp::parse("2026-03-20T09:00:00+08:00").expect("a time");
    let context = CheckContext {
        catalogue: &catalogue,
        department: "market",
        received,
        future_tolerance_ms: FUTURE_TOLERANCE_MS,
    };
    read_json(&serde_json::from_str(json).expect("an object"), &context)
}

#[test]
fn each_mistake_has_its_code_and_names_its_field() {
    let base = r#""case_no":"A1","item_code":"I-1","event_time":"2026-02-06T09:30:00+08:00""#;
    for (json, code, field) in [
        (r#"{"case_no":"A1"}"#.to_owned(), "E001", "type"),
        (format!(r#"{{"type":"applied",{base}}}"#), "E003", "type"),
        (r#"{"type":"apply","item_code":"I-1","event_time":"2026-02-06"}"#.to_owned(), "E001", "case_no"),
        (r#"{"type":"apply","case_no":"A1","event_time":"2026-02-06"}"#.to_owned(), "E001", "item_code"),
        (r#"{"type":"apply","case_no":"A1","item_code":"I-1"}"#.to_owned(), "E001", "event_time"),
        (r#"{"type":"apply","case_no":"A1","item_code":"I-1","event_time":"昨天"}"#.to_owned(), "E002", "event_time"),
        (format!(r#"{{"type":"step",{base},"step":"审核"}}"#), "E001", "source_key_or_started"),
        (format!(r#"{{"type":"finish",{base}}}"#), "E001", "finish_type"),
        (format!(r#"{{"type":"finish",{base},"finish_type":"0"}}"#), "E003", "finish_type"),
        (format!(r#"{{"type":"apply",{base},"colour":"red"}}"#), "E002", "colour"),
        (format!(r#"{{"type":"apply",{base},"data_version":0}}"#), "E002", "data_version"),
        (format!(r#"{{"type":"apply",{base},"org_code":"11330800MB0R57773X"}}"#), "E008", "org_code"),
        (format!(r#"{{"type":"apply",{base},"region_code":"99"}}"#), "E008", "region_code"),
        (
            format!(r#"{{"type":"apply",{base},"applicant_id_type":"111","applicant_id_no":"110105194912310021"}}"#),
            "E008",
            "applicant_id_no",
        ),
        (format!(r#"{{"type":"fee",{base},"source_key":"f","amount":"1.234"}}"#), "E002", "amount"),
        (format!(r#"{{"type":"fee",{base},"source_key":"f","amount":"-1"}}"#), "E002", "amount"),
        (format!(r#"{{"type":"fee",{base},"amount":"1"}}"#), "E001", "source_key"),
        (
            r#"{"type":"apply","case_no":"A1","item_code":"X","event_time":"2026-02-06"}"#.to_owned(),
            "E004",
            "item_code",
        ),
        (
            r#"{"type":"apply","case_no":"A1","item_code":"I-2","event_time":"2026-02-06"}"#.to_owned(),
            "E012",
            "item_code",
        ),
        (
            r#"{"type":"apply","case_no":"A1","item_code":"I-1","event_time":"2026-03-20T09:06:00+08:00"}"#.to_owned(),
            "E009",
            "event_time",
        ),
        (
            format!(
                r#"{{"type":"step",{base},"step":"审核","started_at":"2026-02-06 10:00","ended_at":"2026-02-06 09:00"}}"#
            ),
            "E006",
            "ended_at",
        ),
    ] {
        let reject = record(&json).expect_err(&json);
        assert_eq!(reject.code.as_str(), code, "{json}: {reject}");
        if !field.contains("_or_") {
            assert_eq!(reject.field.as_deref(), Some(field), "{json}: {reject}");
        }
        assert!(reject.message_zh.contains(reject.code.fix_zh()), "a way out: {reject}");
    }
}

#[test]
fn a_good_record_is_read_whole() {
    let json = r#"{"type":"step","case_no":"A1","item_code":"I-1","step_no":2,"data_version":3,"staff":"张三丰",
        "event_time":"2026-02-06T09:30:00+08:00","step":"审核","started_at":"20260206083000","ended_at":"2026/02/06 09:30:00",
        "opinion":"  ","synthetic":"是"}"#;
    let r = record(json).expect("a good record");
    assert_eq!((r.source_key.as_str(), r.data_version), ("A1/2", 3));
    assert_eq!(r.fields.get(Field::Opinion), None, "blank is absent");
    assert_eq!(r.fields.flag(Field::Synthetic), Some(true));
    assert_eq!(r.fields.instant(Field::EndedAt), Some(r.event_time));
    let text = canonical_json(&r.fields);
    assert_eq!(
        text,
        r#"{"ended_at":"2026-02-06T09:30:00+08:00","staff":"张三丰","started_at":"2026-02-06T08:30:00+08:00","step":"审核","step_no":2,"synthetic":true}"#
    );
}

#[test]
fn what_was_stored_reads_back_as_it_was() {
    for json in [
        r#"{"type":"fee","case_no":"A1","source_key":"f","event_time":"2026-02-06","amount":"120.5","paid_at":"2026-02-06 10:00"}"#,
        r#"{"type":"correction","case_no":"A1","source_key":"c","event_time":"2026-02-06","material_list":"营业执照；租赁合同","deadline":"2026-02-10"}"#,
        r#"{"type":"day_close","event_time":"2026-02-06","date":"2026-02-05","counts":{"apply":3,"finish":1}}"#,
    ] {
        let r = record(json).expect(json);
        assert_eq!(fields_from_canonical(&canonical_json(&r.fields)), Some(r.fields), "{json}");
    }
}

#[test]
fn a_row_and_an_object_mean_the_same() {
    let catalogue = catalogue();
    let received = Timestamp::parse("2026-03-20T09:00:00+08:00").expect("a time");
    let context = CheckContext {
        catalogue: &catalogue,
        department: "market",
        received,
        future_tolerance_ms: FUTURE_TOLERANCE_MS,
    };
    let columns = Columns::new(&["type", "case_no", "item_code", "event_time", "is_agency", "opinion"]);
    let text = |t: &str| Cell::Text(t.to_owned());
    let time = Cell::Instant("2026-02-06T09:30:00+08:00".to_owned());
    let row = [text("apply"), text("A1"), text("I-1"), time, Cell::Boolean(true), Cell::Null];
    let json = r#"{"type":"apply","case_no":"A1","item_code":"I-1","event_time":"2026-02-06T09:30:00+08:00","is_agency":true}"#;
    assert_eq!(columns.read(&row, &context), record(json));
    assert_eq!(columns.read(&row[..3], &context).expect_err("short row").code, RejectCode::E002);
}
