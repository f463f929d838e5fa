use super::*;
use crate::Timestamp;
use crate::case::{Case, Correction, Step};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn day(text: &str) -> NaiveDate {
    crate::time::parse_date(text).expect("a date")
}

fn finished(start: &str, stop: &str) -> Case {
    Case {
        case_no: "A1".to_owned(),
        item_code: "i".to_owned(),
        received_at: Some(at(start)),
        accepted_at: Some(at(start)),
        finished_at: Some(at(stop)),
        finish_type: Some("granted".to_owned()),
        ..Case::default()
    }
}

fn said(case: &Case, promise: Option<&str>, legal: Option<&str>) -> Contribution {
    let last = |d: &str| Timestamp::end_of(day(d)).plus_ms(-1);
    let used = Some(Used { working: Some(6), excluded: 2, extended: 0 });
    let (promise_due, legal_due) = (promise.map(last), legal.map(last));
    Contribution::of(&Row {
        case,
        found: &["T-05:A1/s1:2".to_owned()],
        promise_due,
        legal_due,
        over: Over::default(),
        used,
    })
}

fn count(cells: &Cells, from: &str, to: &str) -> Figures {
    let mut all = Figures::default();
    let period = Period { from: day(from), to: day(to), without: &|_| false };
    for (place, cell) in cells.iter() {
        all.take_bytes(place.month, &cell.write(), &period).expect("counts");
    }
    all
}

#[test]
fn a_limit_is_over_from_the_next_working_day_on_as_the_rules_have_it() {
    // The last day is a Friday; whoever finishes on the Saturday is in time, on the Monday late.
    let over = Over { promise: Some(at("2026-03-16 00:00:00")), legal: None };
    let due = Some(Timestamp::end_of(day("2026-03-13")).plus_ms(-1));
    let mut cells = Cells::default();
    for stop in ["2026-03-14 10:00:00", "2026-03-16 10:00:00"] {
        let case = finished("2026-03-02 09:00:00", stop);
        let row = Row { case: &case, found: &[], promise_due: due, legal_due: None, over, used: None };
        cells.take(&Contribution::of(&row), 1);
    }
    let march = count(&cells, "2026-03-01", "2026-03-31");
    assert_eq!((march.count(What::InPromise), march.count(What::PastPromise)), (1, 1));
    let weekend = count(&cells, "2026-03-01", "2026-03-15");
    assert_eq!(weekend.level.over_promise, 0, "nothing is over on the Sunday");
}

#[test]
fn a_case_counts_on_the_day_of_its_own_times_and_is_in_time_to_the_last_instant() {
    let mut cells = Cells::default();
    let late = finished("2026-03-02 09:00:00", "2026-03-11 00:00:00");
    for case in [finished("2026-03-02 09:00:00", "2026-03-10 23:59:59"), late] {
        cells.take(&said(&case, Some("2026-03-10"), Some("2026-03-20")), 1);
    }
    let march = count(&cells, "2026-03-01", "2026-03-31");
    assert_eq!((march.count(What::InPromise), march.count(What::PastPromise)), (1, 1));
    assert_eq!((march.count(What::DoneEarly), march.count(What::Accepted)), (2, 2));
    assert_eq!(march.by_number(What::Natural).collect::<Vec<_>>(), [(8, 1), (9, 1)]);
    assert_eq!(march.by_text(What::Finished).get("granted"), Some(&2));
    assert_eq!(count(&cells, "2026-03-03", "2026-03-10").count(What::Done), 1);
    assert_eq!(count(&cells, "2026-04-01", "2026-04-30").count(What::Done), 0);
}

#[test]
fn what_is_open_is_a_level_at_the_end_of_a_day_and_over_from_the_day_after_the_last() {
    let mut cells = Cells::default();
    let case = finished("2026-03-02", "2026-04-03 10:00:00");
    cells.take(&said(&case, Some("2026-03-10"), None), 1);
    let level = |to: &str| {
        let f = count(&cells, "2026-03-01", to).level;
        (f.open, f.over_promise, f.over_legal)
    };
    assert_eq!(level("2026-03-01"), (0, 0, 0));
    assert_eq!(level("2026-03-10"), (1, 0, 0));
    assert_eq!(level("2026-03-11"), (1, 1, 0));
    assert_eq!(level("2026-04-02"), (1, 1, 0));
    assert_eq!(level("2026-04-03"), (0, 0, 0));
    // Nothing ends before it began, whatever a source reports.
    let mut wrong = Cells::default();
    wrong.take(&said(&finished("2026-03-05", "2026-03-02"), Some("2026-03-01"), None), 1);
    let found = count(&wrong, "2026-01-01", "2026-03-04").level;
    assert_eq!((found.open, found.over_promise), (0, 0));
}

#[test]
fn a_decided_case_is_not_over_the_law_any_more_though_it_is_open() {
    let case = Case { finished_at: None, decided_at: Some(at("2026-03-15")), ..finished("2026-03-02", "2026-03-02") };
    let mut cells = Cells::default();
    cells.take(&said(&case, Some("2026-03-10"), Some("2026-03-12")), 1);
    let level = count(&cells, "2026-03-01", "2026-03-14").level;
    assert_eq!((level.open, level.over_promise, level.over_legal), (1, 1, 1));
    let level = count(&cells, "2026-03-01", "2026-03-31").level;
    assert_eq!((level.open, level.over_promise, level.over_legal), (1, 1, 0));
}

#[test]
fn the_change_of_a_case_is_the_difference_and_nothing_stays_behind() {
    let before = Case { finished_at: None, finish_type: None, ..finished("2026-03-02", "2026-03-02") };
    let step = Step {
        key: "s1".to_owned(),
        name: "审核".to_owned(),
        started_at: at("2026-03-02 09:00:00"),
        ended_at: Some(at("2026-03-03 10:30:00")),
        ..Step::default()
    };
    let told = Correction { notified_at: at("2026-03-04"), ..Correction::default() };
    let now = Case { steps: vec![step], corrections: vec![told.clone(), told], ..finished("2026-03-02", "2026-04-01") };
    let (old, new) = (said(&before, Some("2026-03-10"), None), said(&now, Some("2026-03-10"), None));
    let mut cells = Cells::default();
    cells.moved(None, &old);
    cells.moved(Some(&old), &new);
    let mut at_once = Cells::default();
    at_once.take(&new, 1);
    assert_eq!(cells, at_once);
    assert!(cells.differences(&at_once, 10).is_empty());
    let march = count(&cells, "2026-03-01", "2026-03-31");
    assert_eq!(march.steps().get("审核"), Some(&Steps { count: 1, minutes: 1530, late: 1 }));
    assert_eq!(march.count(What::Correction), 2);
    cells.take(&new, -1);
    assert!(cells.is_empty());
}

#[test]
fn what_is_written_is_read_again_and_anything_else_is_refused() {
    let mut cells = Cells::default();
    cells.take(&said(&finished("2025-12-31", "2026-04-01"), Some("2026-03-10"), Some("2026-03-12")), 1);
    cells.take(&said(&finished("2026-01-05", "2026-01-05"), None, None), -3);
    let bytes = cells.write();
    let mut again = Cells::default();
    again.merge_bytes(&bytes).expect("counts");
    assert_eq!(again, cells);
    let mut doubled = cells.clone();
    doubled.merge(&cells);
    again.merge_bytes(&bytes).expect("counts");
    assert_eq!(again, doubled);
    for cut in 0..bytes.len() {
        assert_eq!(Cells::default().merge_bytes(&bytes[..cut]), Err(Damaged), "{cut}");
    }
    let other = [&[9], &bytes[1..]].concat();
    assert_eq!(Cells::default().merge_bytes(&other), Err(Damaged));
    for (_, cell) in cells.iter() {
        assert_eq!(Cell::read(&cell.write()).as_ref(), Ok(cell));
    }
}

#[test]
fn differences_name_the_day_and_what_is_counted() {
    let (mut one, mut other) = (Cells::default(), Cells::default());
    one.take(&said(&finished("2026-03-02", "2026-03-05"), None, None), 1);
    other.take(&said(&finished("2026-03-02", "2026-03-06"), None, None), 1);
    let found = one.differences(&other, 3);
    assert_eq!(found.len(), 3);
    assert!(found[0].starts_with("2026-03-05 i"), "{found:?}");
}
