//! Limits (时限) and their arithmetic. Handbook §4.3 is normative; every line there is a test here.
//!
//! Two modes. `legal_day`: the day of the start does not count (民法典 201), the whole last day still does, a last day on a
//! holiday moves to the next working day (民法典 203), and licensing periods are working days (行政许可法 82).
//! `business_hours_ceil`: office hours are counted by the second, as a provincial product does (handbook §3.3).

mod walk;

pub use walk::{DayLine, walk};

use crate::Timestamp;
use crate::calendar::{Calendar, CalendarMissing, ScheduleMissing, WorkSchedule};
use crate::item::{Limit, LimitUnit};
use chrono::{Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How a county counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockMode {
    /// Whole days, as the law says.
    #[default]
    LegalDay,
    /// Office hours, rounded up to days.
    BusinessHoursCeil,
}

/// The end of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Due {
    /// The last day.
    pub date: NaiveDate,
    /// The last instant that is still in time, to the millisecond.
    pub last_instant: Timestamp,
}

/// Days within which an authority must answer a receipt, else the application is deemed accepted (行政许可法 32(4)).
pub const DEEMED_ACCEPTANCE_DAYS: u32 = 5;

/// Where a limit ends that starts at `start`. `added` working days (excluded time, extension) are counted on top of a limit
/// in working days; a limit in another unit is moved on by as many working days. No due for [`LimitUnit::None`].
///
/// # Errors
/// A year or office hours on the way are missing: the limit cannot be judged.
pub fn due(
    calendar: &Calendar,
    schedule: &WorkSchedule,
    mode: ClockMode,
    start: Timestamp,
    limit: Limit,
    added: u32,
) -> Result<Option<Due>, ScheduleMissing> {
    let n = limit.value;
    let from = start.date();
    let beyond = CalendarMissing { year: calendar.horizon() + 1 };
    let moved = |date: Option<NaiveDate>| -> Result<Option<Due>, ScheduleMissing> {
        let date = calendar.working_day_at_or_after(date.ok_or(beyond)?)?;
        Ok(Some(whole_day(calendar.nth_working_day_after(date, added)?)))
    };
    match (limit.unit, mode) {
        (LimitUnit::None, _) => Ok(None),
        (LimitUnit::WorkingDay, ClockMode::LegalDay) => {
            Ok(Some(whole_day(calendar.nth_working_day_after(from, n.saturating_add(added))?)))
        }
        (LimitUnit::WorkingDay, ClockMode::BusinessHoursCeil) => {
            let days = i64::from(n) + i64::from(added);
            hours(calendar, schedule, start, schedule.day_seconds(from)?.saturating_mul(days))
        }
        (LimitUnit::NaturalDay, _) => moved(from.checked_add_days(Days::new(u64::from(n)))),
        (LimitUnit::Month, _) => moved(from.checked_add_months(Months::new(n))),
        (LimitUnit::Year, _) => moved(from.checked_add_months(Months::new(n.saturating_mul(12)))),
        (LimitUnit::WorkingHour, _) => {
            let extra = schedule.day_seconds(from)?.saturating_mul(i64::from(added));
            hours(calendar, schedule, start, i64::from(n) * 3600 + extra)
        }
        (LimitUnit::NaturalHour, _) => {
            let end = start.plus_ms(i64::from(n) * 3_600_000);
            let date = calendar.nth_working_day_after(end.date(), added)?;
            let shift = (date - end.date()).num_days().saturating_mul(crate::time::DAY_MS);
            Ok(Some(Due { date, last_instant: end.plus_ms(shift) }))
        }
    }
}

fn whole_day(date: NaiveDate) -> Due {
    Due { date, last_instant: Timestamp::end_of(date).plus_ms(-1) }
}

fn hours(cal: &Calendar, schedule: &WorkSchedule, start: Timestamp, s: i64) -> Result<Option<Due>, ScheduleMissing> {
    let last_instant = schedule.after(cal, start, s)?;
    Ok(Some(Due { date: last_instant.date(), last_instant }))
}

/// Working days used from `start` to `end`: those after the first day, up to and with the last. The same day is 0.
///
/// # Errors
/// A year has no data.
pub fn used_days(calendar: &Calendar, start: NaiveDate, end: NaiveDate) -> Result<i64, CalendarMissing> {
    Ok(calendar.working_days(start, end)?.max(0))
}

/// Working days left: 0 is due today, negative is overdue.
///
/// # Errors
/// A year has no data.
pub fn remaining(calendar: &Calendar, due: NaiveDate, today: NaiveDate) -> Result<i64, CalendarMissing> {
    calendar.working_days(today, due)
}

/// Working days over the limit on `day` (the day of completion, or today); 0 in time.
///
/// # Errors
/// A year has no data.
pub fn overdue_days(calendar: &Calendar, due: NaiveDate, day: NaiveDate) -> Result<i64, CalendarMissing> {
    Ok(calendar.working_days(due, day)?.max(0))
}

/// Days over a limit in business hours: `ceil(elapsed / one standard day) − limit` (handbook §3.3). Positive is over.
///
/// # Errors
/// The calendar or office hours are missing.
pub fn over_days(
    calendar: &Calendar,
    schedule: &WorkSchedule,
    start: Timestamp,
    now: Timestamp,
    limit: u32,
) -> Result<i64, ScheduleMissing> {
    let day = schedule.day_seconds(start.date())?.max(1);
    // A second over counts, and so does a part of one.
    let seconds = schedule.elapsed(calendar, start, now)?;
    Ok(seconds.saturating_add(day - 1).div_euclid(day) - i64::from(limit))
}

/// One special procedure as the clock sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// First day (not itself excluded, as with every period).
    pub from: NaiveDate,
    /// Last day; nothing while it is open.
    pub to: Option<NaiveDate>,
    /// At most so many working days, as announced to the applicant: what is over counts again (rule S-04).
    pub at_most: Option<u32>,
}

/// How many working days lawful special procedures exclude from the clock, by `today`: see [`excluded_dates`].
///
/// # Errors
/// A year has no data.
pub fn excluded_days(
    calendar: &Calendar,
    start: NaiveDate,
    procedures: &[Exclusion],
    today: NaiveDate,
) -> Result<u32, CalendarMissing> {
    let days = excluded_dates(calendar, start, procedures, today)?;
    Ok(u32::try_from(days.len()).unwrap_or(u32::MAX))
}

/// The working days that lawful special procedures exclude from the clock (行政许可法 45), by `today`: the union, never
/// twice. Days up to and with `start` are not on the clock and so not excluded.
///
/// # Errors
/// A year has no data.
pub fn excluded_dates(
    calendar: &Calendar,
    start: NaiveDate,
    procedures: &[Exclusion],
    today: NaiveDate,
) -> Result<BTreeSet<NaiveDate>, CalendarMissing> {
    let mut days = BTreeSet::new();
    for one in procedures {
        let end = one.to.unwrap_or(today).min(today);
        let first = one.from.max(start);
        let mut count = 0;
        for date in first.iter_days().skip(1).take_while(|d| *d <= end) {
            if one.at_most.is_some_and(|most| count >= most) {
                break;
            }
            if calendar.is_working_day(date)? {
                days.insert(date);
                count += 1;
            }
        }
    }
    Ok(days)
}

/// The last day on which an authority may answer a receipt (行政许可法 32(4)).
///
/// # Errors
/// A year has no data.
pub fn deemed_acceptance_due(calendar: &Calendar, received: NaiveDate) -> Result<NaiveDate, CalendarMissing> {
    calendar.nth_working_day_after(received, DEEMED_ACCEPTANCE_DAYS)
}

#[cfg(test)]
mod tests;
