//! The arithmetic of a limit, day by day, for the person who has to believe it.

use crate::calendar::{Calendar, CalendarMissing, holiday_en};
use chrono::{Datelike, NaiveDate};
use serde::Serialize;

/// One day on the way from the start to the end of a limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct DayLine {
    /// The date.
    pub date: NaiveDate,
    /// 周一 … 周日
    pub weekday: &'static str,
    /// Whether one works.
    pub working: bool,
    /// Why the day is what it is: the holiday, the make-up day, the weekend, or the start.
    pub reason: String,
    /// The same, English.
    pub reason_en: String,
    /// Working days counted up to and with this day.
    pub count: u32,
}

/// Every day from `start` to `end`, both included, with the count.
///
/// # Errors
/// A year has no data.
pub fn walk(calendar: &Calendar, start: NaiveDate, end: NaiveDate) -> Result<Vec<DayLine>, CalendarMissing> {
    let mut count = 0;
    let mut lines = Vec::new();
    for date in start.iter_days().take_while(|d| *d <= end) {
        let day = calendar.day(date)?;
        let first = date == start;
        if day.working && !first {
            count += 1;
        }
        let named = day.name.as_deref().map(|name| (name, holiday_en(name).unwrap_or("a public holiday")));
        let (reason, reason_en) = match (first, day.working, named) {
            (true, ..) => ("起算当日不计".to_owned(), "the day of the start does not count".to_owned()),
            (_, true, Some((zh, en))) => (format!("{zh}调休上班"), format!("worked in exchange for {en}")),
            (_, true, None) => ("工作日".to_owned(), "working day".to_owned()),
            (_, false, Some((zh, en))) => (format!("{zh}放假"), format!("off: {en}")),
            (_, false, None) => ("周末".to_owned(), "weekend".to_owned()),
        };
        lines.push(DayLine { date, weekday: weekday(date), working: day.working, reason, reason_en, count });
    }
    Ok(lines)
}

fn weekday(date: NaiveDate) -> &'static str {
    ["周一", "周二", "周三", "周四", "周五", "周六", "周日"]
        .get(usize::try_from(date.weekday().num_days_from_monday()).unwrap_or(0))
        .copied()
        .unwrap_or("")
}
