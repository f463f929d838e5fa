//! The days of a department: how many cases begin on each, and what its system says of itself.

use super::cases::Maker;
use super::dice::Dice;
use super::faults::{Fault, Faults};
use super::happening::{Happening, text};
use chrono::NaiveDate;
use daylight_domain::Timestamp;
use daylight_domain::calendar::Calendar;
use daylight_domain::item::Item;
use daylight_domain::record::RecordType;
use std::collections::BTreeMap;

/// When a day is closed, milliseconds after its beginning: in the evening, where nobody comes later.
const EVENING: i64 = 20 * 3_600_000;
/// When it is over, where people apply on the web at night.
const MIDNIGHT: i64 = 24 * 3_600_000 + 10 * 60_000;

/// How a department works.
#[derive(Clone, Debug)]
pub struct Habits {
    /// Cases begun on a working day.
    pub per_day: u64,
    /// Cases over the promise, in a thousand.
    pub late_permille: u64,
    /// Records reported late, in a thousand.
    pub lag_permille: u64,
    /// Records with a wrong code, in a thousand.
    pub wrong_permille: u64,
}

/// Everything a department's system will know of the cases begun between two dates, in the order in which it shows it.
#[must_use]
pub fn happenings(
    department: &str,
    items: &[&Item],
    calendar: &Calendar,
    habits: &Habits,
    (from, to): (NaiveDate, NaiveDate),
    seed: u64,
) -> Vec<Happening> {
    let plain = Faults::none();
    let mut maker = Maker::new(calendar, Dice::new(seed, department), habits, &plain, seed);
    let mut number = 0u64;
    for date in from.iter_days().take_while(|d| *d <= to) {
        beat(&mut maker.all, department, date);
        if !calendar.is_working_day(date).unwrap_or(false) {
            continue;
        }
        let n = habits.per_day / 2 + maker.dice.below(habits.per_day + 1);
        for _ in 0..n {
            number += 1;
            if let Some(item) = maker.dice.pick(items).copied() {
                let case_no = number_of(department, date, number);
                maker.case(item, &case_no, date);
            }
        }
    }
    in_order(department, maker.all, (from, to), EVENING)
}

/// What is shown first comes first; every day is closed so long after it began.
fn in_order(department: &str, mut all: Vec<Happening>, span: (NaiveDate, NaiveDate), closes: i64) -> Vec<Happening> {
    all.sort_by(Happening::order);
    close_days(department, &mut all, span, closes);
    all.sort_by(Happening::order);
    for (id, one) in (1..).zip(&mut all) {
        one.id = id;
    }
    all
}

/// Exactly so many cases, begun on the working days between two dates, by people at counters and on the web.
#[must_use]
pub fn story(
    department: &str,
    items: &[&Item],
    calendar: &Calendar,
    faults: &Faults,
    (from, to): (NaiveDate, NaiveDate),
    (cases, seed): (u32, u64),
) -> Vec<Happening> {
    let habits =
        Habits { per_day: 0, late_permille: u64::from(Fault::Overdue.usual()), lag_permille: 0, wrong_permille: 0 };
    let mut maker = Maker::new(calendar, Dice::new(seed, department), &habits, faults, seed).at_counters();
    let days: Vec<NaiveDate> = from.iter_days().take_while(|d| *d <= to).collect();
    let working: Vec<NaiveDate> =
        days.iter().copied().filter(|d| calendar.is_working_day(*d).unwrap_or(false)).collect();
    for date in &days {
        beat(&mut maker.all, department, *date);
    }
    let mut begun: Vec<NaiveDate> = (0..cases)
        .filter_map(|_| maker.dice.pick(if working.is_empty() { &days } else { &working }).copied())
        .collect();
    begun.sort_unstable();
    for (number, date) in (1u32..).zip(begun) {
        if let Some(item) = maker.dice.pick(items).copied() {
            maker.case(item, &number_of(department, date, number), date);
        }
    }
    in_order(department, maker.all, (from, to), MIDNIGHT)
}

fn number_of(department: &str, date: NaiveDate, number: impl std::fmt::Display) -> String {
    let head = department.get(..2).unwrap_or("xx").to_uppercase();
    format!("{head}{}{number:0>5}", date.format("%Y%m%d"))
}

/// Every day the system says how many records of each kind it had that day.
fn close_days(department: &str, all: &mut Vec<Happening>, (from, to): (NaiveDate, NaiveDate), after: i64) {
    let mut closes = Vec::new();
    for date in from.iter_days().take_while(|d| *d <= to) {
        let visible_at = Timestamp::start_of(date).plus_ms(after);
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        let days = all.iter().filter(|h| {
            h.at.date() == date
                && h.visible_at <= visible_at
                && h.version == 1
                && h.wrong.is_none()
                && h.kind != RecordType::Heartbeat
        });
        for one in days {
            *counts.entry(one.kind.to_string()).or_default() += 1;
        }
        if counts.is_empty() {
            continue;
        }
        let fields = BTreeMap::from([
            ("date", date.to_string()),
            ("counts", serde_json::to_string(&counts).unwrap_or_default()),
        ]);
        let mut close = Happening::new(RecordType::DayClose, "", "", visible_at);
        close.key = format!("{department}-{date}");
        close.fields = fields;
        closes.push(close);
    }
    all.append(&mut closes);
}

/// The system says that it is there.
fn beat(all: &mut Vec<Happening>, department: &str, date: NaiveDate) {
    for hour in [8, 12, 16] {
        let at = Timestamp::start_of(date).plus_ms(hour * 3_600_000);
        let mut beat = Happening::new(RecordType::Heartbeat, "", "", at);
        beat.key = format!("{department}-{}", text(at));
        all.push(beat);
    }
}
