use super::{ENDS, PLACES, WAYS};
use daylight_domain::Timestamp;
use daylight_domain::case::{Applied, Case, CaseState};
use daylight_domain::item::Catalogue;
use daylight_domain::record::{Field, Fields, Record, RecordType, Value};
use std::collections::VecDeque;

/// A case after these records, one a day; `finish` with a value as `finish:value`.
fn after(records: &[&str]) -> CaseState {
    let catalogue = Catalogue::default();
    let mut case = Case::default();
    for (n, name) in (1u64..).zip(records) {
        let (name, value) = name.split_once(':').unwrap_or((name, "granted"));
        let kind = RecordType::from_name(name).expect("a type");
        let at = Timestamp(i64::try_from(n).expect("small") * 86_400_000);
        let mut fields = Fields::default();
        match kind {
            RecordType::Finish => fields.set(Field::FinishType, Value::Text(value.to_owned())),
            RecordType::Decide => fields.set(Field::Decision, Value::Text(value.to_owned())),
            RecordType::SpecialStart => fields.set(Field::Kind, Value::Text("testing".to_owned())),
            RecordType::Step => fields.set(Field::StartedAt, Value::Instant(at)),
            _ => {}
        }
        let record = Record {
            kind,
            case_no: "A-1".to_owned(),
            item_code: None,
            source_key: format!("k{n}"),
            data_version: 1,
            event_time: at,
            fields,
        };
        let how = Applied { received: at, seq: n, previous: None, supervised_since: None, catalogue: &catalogue };
        case.apply(&record, how);
    }
    case.state
}

/// The records that lead to a state by the ways that are told.
fn path(to: CaseState) -> Vec<&'static str> {
    let mut open = VecDeque::from([(CaseState::Applied, vec!["apply"])]);
    while let Some((state, records)) = open.pop_front() {
        if state == to {
            return records;
        }
        for (_, record, next) in WAYS.iter().filter(|w| w.0 == state) {
            // No way is longer than there are states.
            if records.len() < PLACES.len() {
                open.push_back((*next, [records.as_slice(), &[*record]].concat()));
            }
        }
    }
    panic!("no way leads to {to:?}");
}

#[test]
fn every_way_that_is_told_is_the_way_a_case_takes() {
    for (from, record, to) in WAYS {
        let before = path(*from);
        assert_eq!(after(&before), *from, "{before:?}");
        let records = [before.as_slice(), &[*record]].concat();
        assert_eq!(after(&records), *to, "{records:?}");
    }
}

#[test]
fn every_end_is_reached_from_wherever_a_case_stands_open() {
    for (from, _, _) in WAYS.iter().filter(|w| !w.0.is_closed()) {
        for (value, to) in ENDS {
            let end = format!("finish:{value}");
            let records = [path(*from).as_slice(), &[end.as_str()]].concat();
            assert_eq!(after(&records), *to, "{records:?}");
        }
    }
}

#[test]
fn every_state_has_its_place_and_its_name() {
    assert_eq!(PLACES.len(), CaseState::WORDS.len());
    for word in CaseState::WORDS {
        assert!(PLACES.iter().any(|p| p.0.as_str() == *word), "{word} is drawn");
        for lang in [super::Lang::Zh, super::Lang::En] {
            assert!(super::find(lang, &format!("case_state.{word}")).is_some(), "{word} has a name");
        }
    }
    let mut all: Vec<(u32, u32)> = PLACES.iter().map(|p| (p.1, p.2)).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), PLACES.len(), "two states in one place");
}
