//! The working calendar as people ask it: the days of a year, and the day on which a limit ends.

use crate::intake::rules::CountyRules;
use crate::problem::Problem;
use chrono::{Datelike, NaiveDate};
use daylight_domain::Timestamp;
use daylight_domain::calendar::{Calendar, WorkSchedule};
use daylight_domain::item::{Limit, LimitUnit};
use daylight_domain::limit::{ClockMode, DayLine, due, walk};
use schemars::JsonSchema;
use serde::Serialize;

/// A day of a year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DayView {
    /// The date.
    pub date: NaiveDate,
    /// Whether one works.
    pub working: bool,
    /// The holiday it belongs to, or for which it is worked; nothing on a usual day.
    pub name: Option<String>,
}

/// A year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct YearView {
    /// The year.
    pub year: i32,
    /// The years that are known, the first and the last.
    pub known: (i32, i32),
    /// Digest of all of them.
    pub version: String,
    /// Where the year comes from, as its file says; empty where it does not.
    pub source: String,
    /// Working days in it.
    pub working: u32,
    /// Its days.
    pub days: Vec<DayView>,
}

/// The end of a limit, and every day on the way.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Due {
    /// From when, as asked.
    pub start: String,
    /// How long.
    pub limit: u32,
    /// Of which unit.
    pub unit: LimitUnit,
    /// Counted how.
    pub profile: ClockMode,
    /// The last day, or the last instant where the limit ends within a day.
    pub due: String,
    /// Every day.
    pub days: Vec<DayLine>,
}

/// A date nobody knows the working days of.
fn missing(e: &dyn std::fmt::Display) -> Problem {
    let text = e.to_string();
    let words = text.split_once(": ").map_or(text.as_str(), |(_, words)| words);
    Problem::new("calendar.missing", words).fix("增加该年的日历文件；期限很长时换一个较短的期限")
}

/// The days of a year.
///
/// # Errors
/// `calendar.missing`.
pub fn year(rules: &CountyRules, year: i32) -> Result<YearView, Problem> {
    let calendar = &rules.calendar;
    let first = NaiveDate::from_ymd_opt(year, 1, 1).filter(|_| calendar.knows(year)).ok_or_else(|| {
        let message = format!("没有 {year} 年的工作日历");
        Problem::new("calendar.missing", message).fix(format!("在 config/calendar 增加 {year}.toml 并重启服务"))
    })?;
    let mut days = Vec::new();
    for date in first.iter_days().take_while(|d| d.year() == year) {
        let kind = calendar.day(date).map_err(|e| missing(&e))?;
        days.push(DayView { date, working: kind.working, name: kind.name });
    }
    Ok(YearView {
        year,
        known: (calendar.begins(), calendar.horizon()),
        version: calendar.version().to_owned(),
        source: calendar.source(year).to_owned(),
        working: u32::try_from(days.iter().filter(|d| d.working).count()).unwrap_or(0),
        days,
    })
}

/// What is asked, in words: from when, how long, in which unit, counted how.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// A date or an instant.
    pub start: &'a str,
    /// How long.
    pub limit: u32,
    /// `working_day`, `natural_day`, `working_hour`.
    pub unit: &'a str,
    /// `legal_day`, `business_hours_ceil`.
    pub profile: &'a str,
}

/// When a limit ends.
///
/// # Errors
/// `calendar.argument`, `calendar.missing`.
pub fn due_of(calendar: &Calendar, schedule: &WorkSchedule, asked: Asked<'_>) -> Result<Due, Problem> {
    let wrong = |what: &str, text: &str| Problem::new("calendar.argument", format!("{what}“{text}”无法识别"));
    let start = Timestamp::parse(asked.start)
        .ok_or_else(|| wrong("时刻", asked.start).fix("例：2026-02-06 或 2026-02-06T09:30:00+08:00"))?;
    let unit: LimitUnit = serde_json::from_value(asked.unit.into())
        .map_err(|_| wrong("单位", asked.unit).fix("working_day、natural_day、working_hour"))?;
    let mode: ClockMode = serde_json::from_value(asked.profile.into())
        .map_err(|_| wrong("计算方式", asked.profile).fix("legal_day 或 business_hours_ceil"))?;
    let end = due(calendar, schedule, mode, start, Limit { value: asked.limit, unit }, 0)
        .map_err(|e| missing(&e))?
        .ok_or_else(|| Problem::new("calendar.argument", "没有期限"))?;
    let days = walk(calendar, start.date(), end.date).map_err(|e| missing(&e))?;
    let whole = matches!(unit, LimitUnit::WorkingDay) && mode == ClockMode::LegalDay
        || matches!(unit, LimitUnit::NaturalDay | LimitUnit::Month | LimitUnit::Year);
    let due = if whole { end.date.to_string() } else { end.last_instant.rfc3339() };
    Ok(Due { start: asked.start.to_owned(), limit: asked.limit, unit, profile: mode, due, days })
}
