//! China's working days: Monday to Friday, except the days the State Council's yearly notice frees, plus the weekend days
//! it makes up for them (调休). Every limit of the licensing law counts in these days (行政许可法 82).
//!
//! A year nobody gave data for is [`CalendarMissing`]: the calendar never guesses. All questions are answered from prefix
//! sums in constant time, because every open case asks them at every change.

mod schedule;

pub use schedule::{ScheduleMissing, WorkSchedule, WorkSession};

use crate::ledger::HashAlgorithm;
use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A day that differs from the weekly rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExceptionDay {
    /// The date.
    pub date: NaiveDate,
    /// The holiday it belongs to.
    pub name: String,
}

/// The exceptions of one year, as in `config/calendar/<year>.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarYear {
    /// The year.
    pub year: i32,
    /// Where it comes from, e.g. the number of the notice.
    #[serde(default)]
    pub source: String,
    /// Days off on which the weekly rule would work, or that belong to the holiday. 放假
    #[serde(default)]
    pub off: Vec<ExceptionDay>,
    /// Working days on which the weekly rule would rest. 调休上班
    #[serde(default)]
    pub work: Vec<ExceptionDay>,
}

/// The calendar says nothing about this year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "calendar.missing: 没有 {year} 年的工作日历，涉及该年日期的时限无法判定；请在 config/calendar 增加 {year}.toml"
)]
pub struct CalendarMissing {
    /// The year without data.
    pub year: i32,
}

/// The English name of a holiday as the State Council's notices call it; nothing for others.
#[must_use]
pub fn holiday_en(name: &str) -> Option<&'static str> {
    Some(match name {
        "元旦" => "New Year",
        "春节" => "Spring Festival",
        "清明节" => "Qingming Festival",
        "劳动节" | "“五一”国际劳动节" => "Labour Day",
        "端午节" => "Dragon Boat Festival",
        "中秋节" => "Mid-Autumn Festival",
        "国庆节" => "National Day",
        "国庆节、中秋节" | "中秋节、国庆节" => "National Day and Mid-Autumn Festival",
        "抗日战争暨世界反法西斯战争胜利70周年纪念日" => {
            "70th anniversary of the victory in the war of resistance"
        }
        _ => return None,
    })
}

/// Why calendar data cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The same year twice.
    #[error("calendar.year-twice: {0} 年的日历出现了两次")]
    YearTwice(i32),
    /// A day of another year.
    #[error("calendar.wrong-year: {date} 不属于 {year} 年")]
    WrongYear {
        /// The file's year.
        year: i32,
        /// The day.
        date: NaiveDate,
    },
    /// A day both off and working.
    #[error("calendar.contradiction: {0} 既是放假又是上班")]
    Contradiction(NaiveDate),
    /// A made-up working day that would work anyhow.
    #[error("calendar.not-an-exception: {0} 本来就是工作日，不应列为调休上班")]
    NotAnException(NaiveDate),
    /// No year at all.
    #[error("calendar.empty: 没有任何年份的日历")]
    Empty,
}

/// What kind of day a date is, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayKind {
    /// Whether one works.
    pub working: bool,
    /// The holiday or make-up name, where the day is an exception.
    pub name: Option<String>,
}

/// The working days of all years that have data.
#[derive(Clone, Debug)]
pub struct Calendar {
    version: String,
    first: NaiveDate,
    /// `before[i]`: how many working days lie before `first + i`.
    before: Vec<u32>,
    /// Every working day as an offset from `first`, in order.
    working: Vec<u32>,
    /// Years inside the span that have no data.
    gaps: Vec<i32>,
    exceptions: BTreeMap<NaiveDate, (bool, String)>,
    first_year: i32,
    last_year: i32,
    /// Where each year comes from, where its file says so.
    sources: BTreeMap<i32, String>,
}

impl Calendar {
    /// From the data of several years, in any order.
    ///
    /// # Errors
    /// [`CalendarError`] names the first contradiction.
    pub fn from_years(years: impl IntoIterator<Item = CalendarYear>) -> Result<Self, CalendarError> {
        let mut by_year = BTreeMap::new();
        for year in years {
            let number = year.year;
            if by_year.insert(number, year).is_some() {
                return Err(CalendarError::YearTwice(number));
            }
        }
        let (Some(&first_year), Some(&last_year)) = (by_year.keys().next(), by_year.keys().next_back()) else {
            return Err(CalendarError::Empty);
        };
        let mut exceptions = BTreeMap::new();
        for year in by_year.values() {
            let days = year.off.iter().map(|d| (d, false)).chain(year.work.iter().map(|d| (d, true)));
            for (day, works) in days {
                if day.date.year() != year.year {
                    return Err(CalendarError::WrongYear { year: year.year, date: day.date });
                }
                if works && weekly(day.date) {
                    return Err(CalendarError::NotAnException(day.date));
                }
                if exceptions.insert(day.date, (works, day.name.clone())).is_some_and(|(was, _)| was != works) {
                    return Err(CalendarError::Contradiction(day.date));
                }
            }
        }
        let gaps = (first_year..=last_year).filter(|y| !by_year.contains_key(y)).collect();
        let first = NaiveDate::from_ymd_opt(first_year, 1, 1).ok_or(CalendarError::Empty)?;
        let (mut before, mut working, mut count) = (Vec::new(), Vec::new(), 0);
        for (at, date) in (0u32..).zip(first.iter_days().take_while(|d| d.year() <= last_year)) {
            before.push(count);
            if exceptions.get(&date).map_or_else(|| weekly(date), |(works, _)| *works) {
                working.push(at);
                count += 1;
            }
        }
        before.push(count);
        let version = digest(by_year.values());
        let sources = by_year.into_iter().map(|(year, data)| (year, data.source)).collect();
        Ok(Self { version, first, before, working, gaps, exceptions, first_year, last_year, sources })
    }

    /// A digest of the data: the same days, the same version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The same days without the years after this one: what was known before the later notices came.
    #[must_use]
    pub fn until(&self, year: i32) -> Self {
        let mut shorter = self.clone();
        if !(self.first_year..self.last_year).contains(&year) {
            return shorter;
        }
        let days = self.first.iter_days().take_while(|d| d.year() <= year).count();
        shorter.before.truncate(days + 1);
        shorter.working.retain(|at| usize::try_from(*at).is_ok_and(|at| at < days));
        shorter.gaps.retain(|gap| *gap <= year);
        shorter.exceptions.retain(|date, _| date.year() <= year);
        shorter.last_year = year;
        shorter.version = format!("{}-{year}", self.version);
        shorter
    }

    /// The first year that has data.
    #[must_use]
    pub fn begins(&self) -> i32 {
        self.first_year
    }

    /// Where a year comes from, as its file says; empty where it does not.
    #[must_use]
    pub fn source(&self, year: i32) -> &str {
        self.sources.get(&year).map_or("", String::as_str)
    }

    /// The last year that has data.
    #[must_use]
    pub fn horizon(&self) -> i32 {
        self.last_year
    }

    /// Whether a year has data.
    #[must_use]
    pub fn knows(&self, year: i32) -> bool {
        (self.first_year..=self.last_year).contains(&year) && !self.gaps.contains(&year)
    }

    /// Whether one works on this date.
    ///
    /// # Errors
    /// The year has no data.
    pub fn is_working_day(&self, date: NaiveDate) -> Result<bool, CalendarMissing> {
        Ok(self.up_to(date)? > self.up_to_before(date)?)
    }

    /// Whether one works, and which holiday or make-up day it is.
    ///
    /// # Errors
    /// The year has no data.
    pub fn day(&self, date: NaiveDate) -> Result<DayKind, CalendarMissing> {
        let working = self.is_working_day(date)?;
        Ok(DayKind { working, name: self.exceptions.get(&date).map(|(_, name)| name.clone()) })
    }

    /// The `n`-th working day strictly after `start` (民法典 201: the day of the start is not counted). `n = 0`: `start`.
    ///
    /// # Errors
    /// A year between `start` and the answer has no data.
    pub fn nth_working_day_after(&self, start: NaiveDate, n: u32) -> Result<NaiveDate, CalendarMissing> {
        if n == 0 {
            return Ok(start);
        }
        let at = u64::from(self.up_to(start)?) + u64::from(n) - 1;
        let beyond = CalendarMissing { year: self.last_year + 1 };
        let offset = usize::try_from(at).ok().and_then(|at| self.working.get(at)).ok_or(beyond)?;
        let date = self.first.checked_add_days(Days::new(u64::from(*offset))).ok_or(beyond)?;
        self.no_gap(start, date)?;
        Ok(date)
    }

    /// The first date from which at most `n` working days remain until `date`: the day on which a pre-warning falls due.
    ///
    /// # Errors
    /// A year between the two has no data, or the calendar begins later.
    pub fn nth_working_day_before(&self, date: NaiveDate, n: u32) -> Result<NaiveDate, CalendarMissing> {
        let missing = CalendarMissing { year: self.first_year - 1 };
        let at = self.up_to(date)?.checked_sub(n.saturating_add(1)).ok_or(missing)?;
        let offset = usize::try_from(at).ok().and_then(|at| self.working.get(at)).ok_or(missing)?;
        let first = self.first.checked_add_days(Days::new(u64::from(*offset))).ok_or(missing)?;
        self.no_gap(first, date)?;
        Ok(first)
    }

    /// Working days `d` with `after < d <= upto`; negative when `upto` lies before `after`.
    ///
    /// # Errors
    /// A year between the two has no data.
    pub fn working_days(&self, after: NaiveDate, upto: NaiveDate) -> Result<i64, CalendarMissing> {
        self.no_gap(after.min(upto), after.max(upto))?;
        Ok(i64::from(self.up_to(upto)?) - i64::from(self.up_to(after)?))
    }

    /// The first working day at or after a date (民法典 203: a last day on a holiday moves there).
    ///
    /// # Errors
    /// A year on the way has no data.
    pub fn working_day_at_or_after(&self, date: NaiveDate) -> Result<NaiveDate, CalendarMissing> {
        if self.is_working_day(date)? { Ok(date) } else { self.nth_working_day_after(date, 1) }
    }

    fn up_to(&self, date: NaiveDate) -> Result<u32, CalendarMissing> {
        self.count(date, 1)
    }

    fn up_to_before(&self, date: NaiveDate) -> Result<u32, CalendarMissing> {
        self.count(date, 0)
    }

    fn count(&self, date: NaiveDate, plus: usize) -> Result<u32, CalendarMissing> {
        let missing = CalendarMissing { year: date.year() };
        if !self.knows(date.year()) {
            return Err(missing);
        }
        let at = usize::try_from((date - self.first).num_days()).map_err(|_| missing)?;
        self.before.get(at + plus).copied().ok_or(missing)
    }

    fn no_gap(&self, from: NaiveDate, to: NaiveDate) -> Result<(), CalendarMissing> {
        let gap = self.gaps.iter().find(|gap| (from.year()..=to.year()).contains(gap));
        gap.map_or(Ok(()), |year| Err(CalendarMissing { year: *year }))
    }
}

fn weekly(date: NaiveDate) -> bool {
    !matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

fn digest<'a>(years: impl Iterator<Item = &'a CalendarYear>) -> String {
    let mut text = String::new();
    for year in years {
        let mut days: Vec<_> = year.off.iter().map(|d| (d.date, '-')).collect();
        days.extend(year.work.iter().map(|d| (d.date, '+')));
        days.sort_unstable();
        text.push_str(&format!("{}:", year.year));
        days.iter().for_each(|(date, sign)| text.push_str(&format!("{sign}{date};")));
    }
    let mut hex = hex::encode(HashAlgorithm::Sha256.hash(&[text.as_bytes()]));
    hex.truncate(16);
    hex
}

#[cfg(test)]
pub(crate) mod tests;
