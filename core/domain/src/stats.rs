//! Statistics (统计分析) of the cases of a period: how many, how long, how many in time.
//!
//! A case counts as applied, received, accepted or finished in the period in which its own time lies. It is in time when it
//! stopped no later than the last instant of its limit; a case without a limit, or whose limit cannot be computed, is in no
//! rate. Durations are those of finished cases, from the start of the clock to its stop.

use crate::Timestamp;
use crate::calendar::Calendar;
use crate::case::Case;
use crate::limit;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Rate {
    /// How many fulfil it.
    pub hits: u64,
    /// Of how many.
    pub of: u64,
    /// In thousandths; nothing when there is nothing to divide by.
    pub permille: Option<u64>,
}

impl Rate {
    pub(crate) fn add(&mut self, hit: bool) {
        self.of += 1;
        self.hits += u64::from(hit);
    }

    pub(crate) fn close(&mut self) {
        self.permille = (self.of > 0).then(|| self.hits.saturating_mul(1000) / self.of.max(1));
    }
}

/// How a duration spreads. Days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Spread {
    /// Over how many cases.
    pub of: u64,
    /// Half took no longer.
    pub median: Option<i64>,
    /// Nine of ten took no longer.
    pub p90: Option<i64>,
    /// The longest.
    pub max: Option<i64>,
    /// The mean, in hundredths of a day.
    pub mean_hundredths: Option<i64>,
}

impl Spread {
    /// By nearest rank.
    fn of(mut days: Vec<i64>) -> Self {
        days.sort_unstable();
        let n = days.len();
        let rank = |percent: usize| days.get((n * percent).div_ceil(100).saturating_sub(1)).copied();
        let count = i64::try_from(n).unwrap_or(i64::MAX);
        Self {
            of: u64::try_from(n).unwrap_or(u64::MAX),
            median: rank(50),
            p90: rank(90),
            max: days.last().copied(),
            mean_hundredths: (n > 0).then(|| days.iter().sum::<i64>().saturating_mul(100) / count.max(1)),
        }
    }
}

/// What a period looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summary {
    /// 申请
    pub applied: u64,
    /// 收件
    pub received: u64,
    /// 受理
    pub accepted: u64,
    /// 不予受理
    pub rejected: u64,
    /// 办结, of every kind.
    pub finished: u64,
    /// 办结 by kind (code table `finish_type`).
    pub finished_by: BTreeMap<String, u64>,
    /// Accepted and not finished at the end of the period.
    pub open: u64,
    /// Of these, over the promised limit at the end of the period.
    pub open_over_promise: u64,
    /// Of these, over the legal limit.
    pub open_over_legal: u64,
    /// Finished within the promised limit.
    pub within_promise: Rate,
    /// Finished within the legal limit.
    pub within_legal: Rate,
    /// Finished at least one day before the last day of the legal limit.
    pub early: Rate,
    /// Cases with a correction notice (补正), of those received.
    pub corrected: Rate,
    /// Cases with a special procedure (特别程序), of those finished.
    pub special: Rate,
    /// Working days from the start of the clock to its stop.
    pub working_days: Spread,
    /// Days of the calendar.
    pub natural_days: Spread,
}

/// Counts while cases go by.
#[derive(Debug)]
pub struct Counting<'a> {
    from: Timestamp,
    to: Timestamp,
    calendar: &'a Calendar,
    sum: Summary,
    working: Vec<i64>,
    natural: Vec<i64>,
}

impl<'a> Counting<'a> {
    /// Nothing yet of `from..to`, where `to` is not after the present.
    #[must_use]
    pub fn new(from: Timestamp, to: Timestamp, calendar: &'a Calendar) -> Self {
        Self { from, to, calendar, sum: Summary::default(), working: Vec::new(), natural: Vec::new() }
    }

    /// Counts a case with the last instants of its limits.
    pub fn case(&mut self, case: &Case, promise_due: Option<Timestamp>, legal_due: Option<Timestamp>) {
        let within = |at: Option<Timestamp>| at.is_some_and(|t| self.from <= t && t < self.to);
        let sum = &mut self.sum;
        sum.applied += u64::from(within(case.applied_at));
        if within(case.received_at.or(case.applied_at)) {
            sum.received += u64::from(within(case.received_at));
            sum.corrected.add(!case.corrections.is_empty());
        }
        sum.accepted += u64::from(within(case.accepted_at));
        sum.rejected += u64::from(within(case.rejected_at));
        let (start, stop) = (case.clock_start(), case.clock_stop());
        if start.is_some_and(|t| t < self.to) && stop.is_none_or(|t| t >= self.to) {
            sum.open += 1;
            sum.open_over_promise += u64::from(promise_due.is_some_and(|due| due < self.to));
            sum.open_over_legal += u64::from(legal_due.is_some_and(|due| due < self.to));
        }
        let Some(finished) = case.finished_at.filter(|t| self.from <= *t && *t < self.to) else { return };
        sum.finished += 1;
        *sum.finished_by.entry(case.finish_type.clone().unwrap_or_else(|| "unknown".to_owned())).or_default() += 1;
        sum.special.add(!case.specials.is_empty());
        let Some(start) = start else { return };
        if let Some(due) = promise_due {
            sum.within_promise.add(finished <= due);
        }
        if let Some(due) = legal_due {
            // The decision counts, not its delivery (行政许可法 42).
            let decided = case.decided_at.map_or(finished, |d| d.min(finished));
            sum.within_legal.add(decided <= due);
            sum.early.add(finished.date() < due.date());
        }
        if let Ok(days) = limit::used_days(self.calendar, start.date(), finished.date()) {
            self.working.push(days);
        }
        self.natural.push((finished.date() - start.date()).num_days());
    }

    /// The numbers.
    #[must_use]
    pub fn summary(mut self) -> Summary {
        let sum = &mut self.sum;
        for rate in
            [&mut sum.within_promise, &mut sum.within_legal, &mut sum.early, &mut sum.corrected, &mut sum.special]
        {
            rate.close();
        }
        sum.working_days = Spread::of(self.working);
        sum.natural_days = Spread::of(self.natural);
        self.sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::CalendarYear;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    fn calendar() -> Calendar {
        Calendar::from_years([CalendarYear { year: 2026, source: String::new(), off: Vec::new(), work: Vec::new() }])
            .expect("a calendar")
    }

    fn finished(start: &str, stop: &str) -> Case {
        Case {
            received_at: Some(at(start)),
            accepted_at: Some(at(start)),
            finished_at: Some(at(stop)),
            finish_type: Some("granted".to_owned()),
            ..Case::default()
        }
    }

    #[test]
    fn a_case_counts_where_its_times_lie_and_is_in_time_to_the_last_instant() {
        let calendar = calendar();
        let mut counting = Counting::new(at("2026-03-01"), at("2026-04-01"), &calendar);
        let due = Timestamp::end_of(at("2026-03-10").date()).plus_ms(-1);
        counting.case(&finished("2026-03-02 09:00:00", "2026-03-10 23:59:59"), Some(due), Some(due));
        counting.case(&finished("2026-03-02 09:00:00", "2026-03-11 00:00:00"), Some(due), Some(due));
        counting.case(&finished("2026-02-02 09:00:00", "2026-02-03 09:00:00"), Some(due), None);
        let open = Case { accepted_at: Some(at("2026-03-05")), ..Case::default() };
        counting.case(&open, Some(at("2026-03-31 23:00:00")), None);
        let sum = counting.summary();
        assert_eq!((sum.accepted, sum.finished, sum.open, sum.open_over_promise), (3, 2, 1, 1));
        assert_eq!(sum.within_promise, Rate { hits: 1, of: 2, permille: Some(500) });
        assert_eq!((sum.working_days.median, sum.working_days.max), (Some(6), Some(7)));
        assert_eq!(sum.natural_days.mean_hundredths, Some(850));
        assert_eq!(sum.finished_by.get("granted"), Some(&2));
    }

    #[test]
    fn ranks_are_values_that_occurred() {
        let spread = Spread::of(vec![5, 1, 2, 3, 4, 6, 7, 8, 9, 30]);
        assert_eq!((spread.median, spread.p90, spread.max, spread.of), (Some(5), Some(9), Some(30), 10));
        assert_eq!(Spread::of(Vec::new()).median, None);
    }
}
