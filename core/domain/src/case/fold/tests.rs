use super::*;
use crate::check::tests::{catalogue, record};
use proptest::prelude::*;

fn applied(catalogue: &Catalogue, seq: u64) -> Applied<'_> {
    let received = Timestamp::parse("2026-03-20T09:00:00+08:00").expect("a time");
    Applied { received, seq, previous: None, supervised_since: Some(Timestamp(0)), catalogue }
}

fn fold(records: &[Record]) -> Case {
    let catalogue = catalogue();
    let mut case = Case::default();
    for (seq, record) in (1u64..).zip(records) {
        case.apply(record, applied(&catalogue, seq));
    }
    case
}

fn life() -> Vec<Record> {
    [
        r#"{"type":"apply","case_no":"A1","item_code":"I-1","event_time":"2026-02-05 09:00:00","case_title":"新办"}"#,
        r#"{"type":"receive","case_no":"A1","event_time":"2026-02-05 09:10:00"}"#,
        r#"{"type":"correction","case_no":"A1","source_key":"c1","event_time":"2026-02-05 09:20:00","deadline":"2026-02-12"}"#,
        r#"{"type":"correction_in","case_no":"A1","source_key":"c2","event_time":"2026-02-06 09:00:00"}"#,
        r#"{"type":"accept","case_no":"A1","event_time":"2026-02-06 09:30:00","accept_doc_no":"受2026-1"}"#,
        r#"{"type":"step","case_no":"A1","step_no":1,"event_time":"2026-02-09 10:00:00","step":"审核","started_at":"2026-02-06 10:00:00","ended_at":"2026-02-09 10:00:00"}"#,
        r#"{"type":"special_start","case_no":"A1","seq":1,"event_time":"2026-02-09 11:00:00","kind":"expert_review","announced_days":5}"#,
        r#"{"type":"special_end","case_no":"A1","seq":1,"event_time":"2026-02-11 11:00:00"}"#,
        r#"{"type":"step","case_no":"A1","step_no":2,"event_time":"2026-02-12 10:00:00","step":"决定","started_at":"2026-02-11 12:00:00","ended_at":"2026-02-12 10:00:00"}"#,
        r#"{"type":"decide","case_no":"A1","event_time":"2026-02-12 10:00:00","decision":"granted"}"#,
        r#"{"type":"finish","case_no":"A1","event_time":"2026-02-12 11:00:00","finish_type":"granted","cert_no":"证1"}"#,
        r#"{"type":"fee","case_no":"A1","source_key":"f1","event_time":"2026-02-12 11:30:00","amount":"120.50"}"#,
        r#"{"type":"deliver","case_no":"A1","event_time":"2026-02-13 09:00:00"}"#,
    ]
    .iter()
    .map(|json| record(json).expect("a good record"))
    .collect()
}

#[test]
fn a_life_passes_through_its_states() {
    let records = life();
    let states: Vec<_> = (1..=records.len()).map(|n| fold(&records[..n]).state.as_str()).collect();
    assert_eq!(
        states,
        [
            "applied",
            "received",
            "correction_pending",
            "received",
            "accepted",
            "processing",
            "special",
            "processing",
            "processing",
            "decided",
            "finished",
            "finished",
            "delivered"
        ]
    );
    let case = fold(&records);
    assert_eq!(case.promise_limit, Some(Limit { value: 7, unit: LimitUnit::WorkingDay }), "from the catalogue");
    assert_eq!(case.fee_paid, 12_050);
    assert!(case.inversions().is_empty());
    assert_eq!(serde_json::from_str::<Case>(&serde_json::to_string(&case).expect("json")).expect("back"), case);
}

#[test]
fn the_ways_out_have_their_own_states() {
    for (finish, state) in [
        ("withdrawn", "withdrawn"),
        ("correction_lapsed", "correction_lapsed"),
        ("returned", "returned"),
        ("voided", "voided"),
        ("deleted", "deleted"),
        ("forwarded", "forwarded"),
        ("rejected", "rejected"),
        ("completed", "finished"),
    ] {
        let json = format!(
            r#"{{"type":"finish","case_no":"A1","item_code":"I-1","event_time":"2026-02-12 11:00:00","finish_type":"{finish}"}}"#
        );
        let case = fold(&[record(&json).expect("a record")]);
        assert_eq!(case.state.as_str(), state);
        assert!(case.state.is_closed());
    }
}

#[test]
fn a_changed_time_is_noted_and_a_closed_step_is_not() {
    let catalogue = catalogue();
    let read = |json: &str| record(json).expect("a record");
    let mut case = fold(&life()[..5]);
    let before = read(r#"{"type":"accept","case_no":"A1","event_time":"2026-02-06 09:30:00"}"#);
    let after = read(r#"{"type":"accept","case_no":"A1","data_version":2,"event_time":"2026-02-09 09:30:00"}"#);
    case.apply(&after, Applied { previous: Some((before.event_time, &before.fields)), ..applied(&catalogue, 6) });
    assert_eq!(case.amendments.len(), 1);
    assert_eq!((case.amendments[0].field.as_str(), case.amendments[0].new), ("event_time", Some(after.event_time)));
    assert_eq!(case.accepted_at, Some(after.event_time));

    let open = read(
        r#"{"type":"step","case_no":"A1","step_no":1,"event_time":"2026-02-06 10:00","step":"审核","started_at":"2026-02-06 10:00"}"#,
    );
    let done = read(
        r#"{"type":"step","case_no":"A1","step_no":1,"data_version":2,"event_time":"2026-02-09 10:00","step":"审核","started_at":"2026-02-06 10:00","ended_at":"2026-02-09 10:00"}"#,
    );
    let earlier = read(
        r#"{"type":"step","case_no":"A1","step_no":1,"data_version":3,"event_time":"2026-02-09 10:00","step":"审核","started_at":"2026-02-06 10:00","ended_at":"2026-02-07 10:00"}"#,
    );
    case.apply(&open, applied(&catalogue, 7));
    case.apply(&done, Applied { previous: Some((open.event_time, &open.fields)), ..applied(&catalogue, 8) });
    assert_eq!(case.amendments.len(), 1, "progress is no amendment");
    case.apply(&earlier, Applied { previous: Some((done.event_time, &done.fields)), ..applied(&catalogue, 9) });
    assert_eq!(case.amendments.len(), 2);
    assert_eq!(case.amendments[1].field, "ended_at");
    assert_eq!(case.steps.len(), 1);
}

#[test]
fn inverted_times_are_seen() {
    let mut records = life();
    records[10].event_time = Timestamp::parse("2026-02-05 08:00:00").expect("a time");
    assert!(fold(&records).inversions().contains(&("finished_at", "accepted_at")));
}

fn materials_and_money() -> Vec<Record> {
    [
        r#"{"type":"apply","case_no":"A1","item_code":"I-1","event_time":"2026-02-05 09:00","channel":"web","cert_valid_to":"2026-04-01","parent_case_no":"P1","expected_reply_by":"2026-02-12"}"#,
        r#"{"type":"material","case_no":"A1","source_key":"m1","event_time":"2026-02-05 09:05","name":"申请表","got":true,"get_type":"paper"}"#,
        r#"{"type":"material","case_no":"A1","source_key":"m2","event_time":"2026-02-05 09:05","name":"营业执照","got":false}"#,
        r#"{"type":"accept","case_no":"A1","event_time":"2026-02-06 09:30","is_tolerant":true,"deadline":"2026-02-13","material_list":["营业执照"],"staff":"张三","org_code":"11330800MB0R57773W","promise_due":"2026-02-24"}"#,
        r#"{"type":"correction","case_no":"A1","source_key":"c1","event_time":"2026-02-07 09:00","promise_due":"2026-02-26"}"#,
        r#"{"type":"correction_in","case_no":"A1","source_key":"c2","event_time":"2026-02-09 09:00","promise_due":"2026-02-25"}"#,
        r#"{"type":"special_start","case_no":"A1","seq":1,"event_time":"2026-02-09 11:00","kind":"testing","amount":"30","fee_item":"检测费"}"#,
        r#"{"type":"fee","case_no":"A1","source_key":"f1","event_time":"2026-02-10 09:00","amount":"12.30","fee_item":"工本费"}"#,
        r#"{"type":"fee","case_no":"A1","source_key":"f2","event_time":"2026-02-10 10:00","amount":"0","reduced":"5","basis":"减免政策"}"#,
        r#"{"type":"decide","case_no":"A1","event_time":"2026-02-11 09:00","decision":"granted","staff":"李四"}"#,
        r#"{"type":"finish","case_no":"A1","event_time":"2026-02-11 10:00","finish_type":"granted","cert_issued_at":"2026-02-12 10:00"}"#,
    ]
    .iter()
    .map(|json| record(json).expect("a good record"))
    .collect()
}

#[test]
fn what_the_rules_read_is_kept() {
    let case = fold(&materials_and_money());
    let day = |text: &str| crate::time::parse_date(text);
    assert_eq!((case.channel.as_deref(), case.renews_until), (Some("web"), day("2026-04-01")));
    assert_eq!(case.expected_reply_by, day("2026-02-12"));
    assert_eq!((case.tolerant_deadline, case.tolerated.as_slice()), (day("2026-02-13"), &["营业执照".to_owned()][..]));
    assert_eq!(case.claimed_due, day("2026-02-26"), "the latest claim, in whatever order they come");
    assert_eq!((case.accept_staff.as_deref(), case.decide_staff.as_deref()), (Some("张三"), Some("李四")));
    assert_eq!(case.accept_org.as_deref(), Some("11330800MB0R57773W"));
    let got: Vec<_> = case.materials.iter().map(|m| (m.name.as_str(), m.got)).collect();
    assert_eq!(got, [("申请表", Some(true)), ("营业执照", Some(false))]);
    let fees: Vec<_> = case.fees.iter().map(|f| (f.amount, f.reduced, f.basis.as_deref())).collect();
    assert_eq!(fees, [(1230, 0, None), (0, 500, Some("减免政策"))]);
    assert_eq!((case.specials[0].fee, case.specials[0].fee_item.as_deref()), (3000, Some("检测费")));
    assert_eq!(case.cert_issued_at, Timestamp::parse("2026-02-12 10:00"));
    assert_eq!(serde_json::from_str::<Case>(&serde_json::to_string(&case).expect("json")).expect("back"), case);
}

#[test]
fn what_is_not_reported_takes_no_room() {
    let plain = r#"{"type":"accept","case_no":"A1","item_code":"I-1","event_time":"2026-02-06 09:30"}"#;
    let text = serde_json::to_string(&fold(&[record(plain).expect("a record")])).expect("json");
    for absent in
        ["channel", "renews_until", "tolera", "claimed_due", "fees", "materials", "cert_issued", "staff", "org"]
    {
        assert!(!text.contains(absent), "{absent}: {text}");
    }
}

proptest! {
    #[test]
    fn the_order_of_arrival_does_not_matter(order in Just((0..life().len()).collect::<Vec<_>>()).prop_shuffle()) {
        let records = life();
        let shuffled: Vec<_> = order.iter().map(|at| records[*at].clone()).collect();
        let (mut a, mut b) = (fold(&records), fold(&shuffled));
        (a.first_record, b.first_record) = (None, None);
        prop_assert_eq!(a, b);
    }

    #[test]
    fn nor_does_it_matter_for_materials_and_money(
        order in Just((0..materials_and_money().len()).collect::<Vec<_>>()).prop_shuffle()
    ) {
        let records = materials_and_money();
        let shuffled: Vec<_> = order.iter().map(|at| records[*at].clone()).collect();
        let (mut a, mut b) = (fold(&records), fold(&shuffled));
        (a.first_record, b.first_record) = (None, None);
        prop_assert_eq!(a, b);
    }
}
