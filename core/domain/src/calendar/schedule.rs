//! Office hours (作息时间), which change with the season and so are ranges of dates. Needed only by counties that count
//! limits in business hours (handbook §3.3, §4.3 mode B).

use super::{Calendar, CalendarMissing};
use crate::Timestamp;
use chrono::{Datelike, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

/// Morning and afternoon of a range of dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkSession {
    /// First month and day, `MM-DD`.
    pub from: String,
    /// Last month and day, `MM-DD`; before `from`: the range spans the turn of the year.
    pub to: String,
    /// Morning, from.
    pub am_begin: NaiveTime,
    /// Morning, to.
    pub am_end: NaiveTime,
    /// Afternoon, from.
    pub pm_begin: NaiveTime,
    /// Afternoon, to.
    pub pm_end: NaiveTime,
}

impl WorkSession {
    fn covers(&self, date: NaiveDate) -> bool {
        let day = format!("{:02}-{:02}", date.month(), date.day());
        if self.from <= self.to { self.from <= day && day <= self.to } else { self.from <= day || day <= self.to }
    }

    fn spans(&self) -> [(NaiveTime, NaiveTime); 2] {
        [(self.am_begin, self.am_end), (self.pm_begin, self.pm_end)]
    }
}

/// Why office hours could not be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleMissing {
    /// The calendar has no such year.
    #[error(transparent)]
    Calendar(#[from] CalendarMissing),
    /// No office hours for this date (rule U-05).
    #[error(
        "schedule.missing: {0} 没有作息时间，按工作小时计算的时限无法判定；请在 daylight.toml 的 [[work_hours]] 中补充"
    )]
    Hours(NaiveDate),
}

/// The office hours of a county.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkSchedule(pub Vec<WorkSession>);

impl Default for WorkSchedule {
    /// 09:00–12:00 and 13:00–17:00 all year, the hours of the published examples (handbook §3.3).
    fn default() -> Self {
        let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN);
        Self(vec![WorkSession {
            from: "01-01".to_owned(),
            to: "12-31".to_owned(),
            am_begin: at(9),
            am_end: at(12),
            pm_begin: at(13),
            pm_end: at(17),
        }])
    }
}

impl WorkSchedule {
    /// Seconds of a working day on this date.
    ///
    /// # Errors
    /// No hours for the date.
    pub fn day_seconds(&self, date: NaiveDate) -> Result<i64, ScheduleMissing> {
        Ok(self.of(date)?.spans().iter().map(|(from, to)| (*to - *from).num_seconds().max(0)).sum())
    }

    /// Seconds of office hours in `from..to`: time outside them, and days off, count nothing.
    ///
    /// # Errors
    /// The calendar or the hours of a day between the two are missing.
    pub fn elapsed(&self, calendar: &Calendar, from: Timestamp, to: Timestamp) -> Result<i64, ScheduleMissing> {
        let (start, end) = (from.local(), to.local());
        let mut seconds = 0;
        for date in start.date().iter_days().take_while(|d| *d <= end.date()) {
            if !calendar.is_working_day(date)? {
                continue;
            }
            for (open, close) in self.of(date)?.spans() {
                let (open, close) = (date.and_time(open).max(start), date.and_time(close).min(end));
                seconds += (close - open).num_seconds().max(0);
            }
        }
        Ok(seconds)
    }

    /// The first instant at which `seconds` of office hours have passed since `from`.
    ///
    /// # Errors
    /// The calendar or the hours of a day on the way are missing.
    pub fn after(&self, calendar: &Calendar, from: Timestamp, seconds: i64) -> Result<Timestamp, ScheduleMissing> {
        let start = from.local();
        let mut left = seconds;
        for date in start.date().iter_days() {
            if !calendar.is_working_day(date)? {
                continue;
            }
            for (open, close) in self.of(date)?.spans() {
                let open = date.and_time(open).max(start);
                let room = (date.and_time(close) - open).num_seconds().max(0);
                if room > 0 && left <= room {
                    return Ok(Timestamp::from_local(open).plus_ms(left.saturating_mul(1000)));
                }
                left -= room;
            }
        }
        Err(CalendarMissing { year: calendar.horizon() + 1 }.into())
    }

    fn of(&self, date: NaiveDate) -> Result<&WorkSession, ScheduleMissing> {
        self.0.iter().find(|s| s.covers(date)).ok_or(ScheduleMissing::Hours(date))
    }
}
