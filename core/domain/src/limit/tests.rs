use super::*;
use crate::calendar::tests::{china, day};
use proptest::prelude::*;

const WD: LimitUnit = LimitUnit::WorkingDay;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn legal(start: &str, value: u32, unit: LimitUnit, added: u32) -> NaiveDate {
    due(&china(), &WorkSchedule::default(), ClockMode::LegalDay, at(start), Limit { value, unit }, added)
        .expect("calendar")
        .expect("a due")
        .date
}

#[test]
fn the_published_deadlines_come_out() {
    for (start, n, deadline) in [
        ("2025-09-26", 5, "2025-10-10"),
        ("2025-09-26", 20, "2025-10-30"),
        ("2025-09-30", 10, "2025-10-21"),
        ("2026-02-06", 20, "2026-03-12"),
        ("2026-02-13", 5, "2026-02-27"),
        ("2026-04-30", 5, "2026-05-11"),
        ("2026-09-18", 20, "2026-10-22"),
        ("2018-10-15", 7, "2018-10-24"),
        ("2018-10-15", 10, "2018-10-29"),
    ] {
        assert_eq!(legal(start, n, WD, 0), day(deadline), "{start} + {n}");
    }
}

#[test]
fn special_procedures_and_an_extension_move_the_deadline() {
    let special = [Exclusion { from: day("2026-02-25"), to: Some(day("2026-03-06")), at_most: None }];
    let excluded = excluded_days(&china(), day("2026-02-06"), &special, day("2026-06-01")).expect("calendar");
    assert_eq!(excluded, 8);
    assert_eq!(legal("2026-02-06", 20, WD, excluded), day("2026-03-24"));
    assert_eq!(legal("2026-02-06", 20, WD, 10), day("2026-03-26"));
    assert_eq!(legal("2026-02-06", 20, WD, 10 + excluded), day("2026-04-08"));
}

#[test]
fn excluded_days_are_a_union_capped_by_what_was_announced() {
    let c = china();
    let p = |from, to: Option<&str>, at_most| Exclusion { from: day(from), to: to.map(day), at_most };
    let count = |list: &[Exclusion], today| excluded_days(&c, day("2026-02-06"), list, day(today)).expect("calendar");
    let first = p("2026-02-25", Some("2026-03-06"), None);
    assert_eq!(count(&[first, p("2026-02-27", Some("2026-03-10"), None)], "2026-06-01"), 10);
    assert_eq!(count(&[first, first], "2026-06-01"), 8);
    assert_eq!(count(&[p("2026-02-25", Some("2026-03-06"), Some(3))], "2026-06-01"), 3);
    assert_eq!(count(&[p("2026-02-25", None, None)], "2026-02-27"), 2);
    assert_eq!(count(&[p("2026-02-25", None, None)], "2026-02-24"), 0);
    assert_eq!(count(&[p("2026-01-05", Some("2026-02-09"), None)], "2026-06-01"), 1, "before acceptance nothing runs");
}

#[test]
fn other_units_end_on_working_days() {
    assert_eq!(legal("2026-09-25", 10, LimitUnit::NaturalDay, 0), day("2026-10-08"), "10-05 is a holiday");
    assert_eq!(legal("2026-01-31", 1, LimitUnit::Month, 0), day("2026-02-28"), "a Saturday that works");
    assert_eq!(legal("2025-02-28", 1, LimitUnit::Year, 0), day("2026-02-28"));
    let hours = Limit { value: 9, unit: LimitUnit::WorkingHour };
    let end = due(&china(), &WorkSchedule::default(), ClockMode::LegalDay, at("2026-02-06 16:00"), hours, 0);
    assert_eq!(end.expect("calendar").expect("due").last_instant, at("2026-02-10 10:00"));
    let natural = Limit { value: 24, unit: LimitUnit::NaturalHour };
    let end = due(&china(), &WorkSchedule::default(), ClockMode::LegalDay, at("2026-02-06 16:00"), natural, 0);
    assert_eq!(end.expect("calendar").expect("due").last_instant, at("2026-02-07 16:00"));
    let none = Limit { value: 0, unit: LimitUnit::None };
    let end = due(&china(), &WorkSchedule::default(), ClockMode::LegalDay, at("2026-02-06"), none, 0);
    assert_eq!(end, Ok(None));
}

/// Handbook §3.3: a threshold is crossed one second after the instant named, not at it.
#[test]
fn the_thirteen_provincial_vectors_fire_to_the_second() {
    let (calendar, schedule) = (china(), WorkSchedule::default());
    let start = at("2018-10-15 10:00:00");
    for (what, limit, threshold, fires) in [
        ("case, pre-warning", 7, -2, "2018-10-19 10:00:00"),
        ("case, yellow", 7, 1, "2018-10-24 10:00:00"),
        ("case, red (statutory)", 10, 1, "2018-10-29 10:00:00"),
        ("special, pre-warning", 7, -2, "2018-10-19 10:00:00"),
        ("special, yellow", 7, 1, "2018-10-24 10:00:00"),
        ("special, red", 7, 2, "2018-10-25 10:00:00"),
        ("online, pre-warning", 2, 1, "2018-10-17 10:00:00"),
        ("online, yellow", 2, 4, "2018-10-22 10:00:00"),
        ("online, red", 2, 6, "2018-10-24 10:00:00"),
        ("e-certificate, yellow", 3, 1, "2018-10-18 10:00:00"),
        ("enquiry or complaint, pre-warning", 5, -2, "2018-10-17 10:00:00"),
        ("enquiry or complaint, yellow", 5, 1, "2018-10-22 10:00:00"),
        ("enquiry or complaint, red", 5, 2, "2018-10-23 10:00:00"),
    ] {
        let over = |now| over_days(&calendar, &schedule, start, now, limit).expect("calendar");
        assert!(over(at(fires)) < threshold, "{what}: too early");
        assert!(over(at(fires).plus_ms(1000)) >= threshold, "{what}: too late");
    }
    let seven = Limit { value: 7, unit: WD };
    let end = due(&calendar, &schedule, ClockMode::BusinessHoursCeil, start, seven, 0).expect("calendar").expect("due");
    assert_eq!(end.last_instant, at("2018-10-24 10:00:00"));
}

#[test]
fn time_outside_office_hours_counts_nothing() {
    let (c, s) = (china(), WorkSchedule::default());
    let elapsed = |from, to| s.elapsed(&c, at(from), at(to)).expect("calendar");
    assert_eq!(elapsed("2026-02-06 07:00", "2026-02-06 20:00"), 7 * 3600, "before opening: the whole day");
    assert_eq!(elapsed("2026-02-06 12:30", "2026-02-06 20:00"), 4 * 3600, "in the lunch break: the afternoon");
    assert_eq!(elapsed("2026-02-06 18:00", "2026-02-08 20:00"), 0, "after closing, and the weekend");
    assert_eq!(elapsed("2026-02-13 17:00", "2026-02-14 23:00"), 7 * 3600, "a Saturday that works");
    let summer_only = WorkSchedule(vec![crate::calendar::WorkSession {
        from: "06-01".to_owned(),
        to: "09-30".to_owned(),
        ..s.0[0].clone()
    }]);
    let missing = summer_only.elapsed(&c, at("2026-02-06 09:00"), at("2026-02-06 10:00"));
    assert_eq!(missing, Err(ScheduleMissing::Hours(day("2026-02-06"))));
}

#[test]
fn an_unanswered_receipt_has_five_days() {
    assert_eq!(deemed_acceptance_due(&china(), day("2026-02-13")), Ok(day("2026-02-27")));
}

#[test]
fn the_walk_shows_each_day_and_ends_with_the_count() {
    let lines = walk(&china(), day("2026-02-13"), day("2026-02-27")).expect("calendar");
    assert_eq!(lines.len(), 15);
    assert_eq!(lines.last().map(|l| l.count), Some(5));
    let saturday = lines.get(1).expect("a second day");
    assert_eq!((saturday.weekday, saturday.working, saturday.reason.as_str()), ("周六", true, "春节调休上班"));
}

fn brute(calendar: &Calendar, start: NaiveDate, n: u32) -> NaiveDate {
    let working = |d: &NaiveDate| calendar.is_working_day(*d).expect("calendar");
    let mut days = start.iter_days().skip(1).filter(working);
    (0..n).fold(start, |_, _| days.next().expect("a day"))
}

proptest! {
    #[test]
    fn deadlines_agree_with_a_walk_and_never_go_back(offset in 0u64..6700, n in 1u32..60) {
        let c = china();
        let start = day("2008-01-01") + Days::new(offset);
        let end = c.nth_working_day_after(start, n).expect("calendar");
        prop_assert_eq!(end, brute(&c, start, n));
        prop_assert_eq!(used_days(&c, start, end), Ok(i64::from(n)));
        prop_assert_eq!(overdue_days(&c, end, end), Ok(0));
        prop_assert_eq!(remaining(&c, end, start), Ok(i64::from(n)));
        prop_assert_eq!(walk(&c, start, end).expect("calendar").last().map(|l| l.count), Some(n));
        prop_assert!(c.nth_working_day_after(start, n + 1).expect("calendar") > end);
        prop_assert!(c.nth_working_day_after(start + Days::new(1), n).expect("calendar") >= end);
    }

    #[test]
    fn business_hours_agree_with_their_inverse(offset in 0u64..6700, minute in 0i64..1440, seconds in 1i64..400_000) {
        let (c, s) = (china(), WorkSchedule::default());
        let start = Timestamp::start_of(day("2008-01-01") + Days::new(offset)).plus_ms(minute * 60_000);
        let end = s.after(&c, start, seconds).expect("calendar");
        prop_assert_eq!(s.elapsed(&c, start, end), Ok(seconds));
        prop_assert_eq!(s.elapsed(&c, start, end.plus_ms(-1000)), Ok(seconds - 1));
    }
}
