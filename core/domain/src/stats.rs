//! Statistics (统计分析) of the cases of a period: how many, how long, how many in time.
//!
//! A case counts as applied, received, accepted or finished on the day on which its own time lies. It is in time when it
//! stopped no later than the last instant of its limit; a case without a limit, or whose limit cannot be computed, is in no
//! rate. Durations are those of finished cases, from the start of the clock to its stop. What is open is open at the end of the
//! last day (of today, in a period that is not over), and over its limit where that ended on an earlier day.

use crate::share::permille;
use crate::tally::{Figures, What};
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
    /// In thousandths, rounded half up; nothing when there is nothing to divide by.
    pub permille: Option<u64>,
}

impl Rate {
    /// So many of so many.
    #[must_use]
    pub fn of(hits: u64, of: u64) -> Self {
        Self { hits, of, permille: permille(hits, of) }
    }

    pub(crate) fn add(&mut self, hit: bool) {
        self.of += 1;
        self.hits += u64::from(hit);
    }

    pub(crate) fn close(&mut self) {
        *self = Self::of(self.hits, self.of);
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
    /// Of days and how often they occurred, in order, by nearest rank.
    #[must_use]
    pub fn of(counts: impl IntoIterator<Item = (i64, u64)>) -> Self {
        let counts: Vec<(i64, u64)> = counts.into_iter().collect();
        let of: u64 = counts.iter().map(|(_, n)| n).sum();
        let rank = |percent: u64| {
            let wanted = of.saturating_mul(percent).div_ceil(100);
            let mut seen = 0;
            counts.iter().find_map(|(days, n)| {
                seen += n;
                (seen >= wanted).then_some(*days)
            })
        };
        let sum: i64 = counts.iter().map(|(days, n)| days.saturating_mul(i64::try_from(*n).unwrap_or(i64::MAX))).sum();
        Self {
            of,
            median: rank(50),
            p90: rank(90),
            max: counts.last().map(|(days, _)| *days),
            mean_hundredths: sum.saturating_mul(100).checked_div(i64::try_from(of).unwrap_or(i64::MAX)),
        }
    }
}

/// Fees of a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fees {
    /// Records of fees.
    pub count: u64,
    /// Charged, fen.
    pub amount: i64,
    /// Reduced, fen.
    pub reduced: i64,
}

/// Steps (环节) of one name that ended in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StepSummary {
    /// 环节名称
    pub step: String,
    /// How many.
    pub count: u64,
    /// Minutes by the clock from begin to end, on average.
    pub mean_minutes: Option<u64>,
    /// Over the limit of the step (T-05).
    pub late: Rate,
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
    /// 受理, by type of applicant.
    pub accepted_by: BTreeMap<String, u64>,
    /// 不予受理
    pub rejected: u64,
    /// 办结, of every kind.
    pub finished: u64,
    /// 办结, by kind.
    pub finished_by: BTreeMap<String, u64>,
    /// 在办 at the end of the period.
    pub open: u64,
    /// Of these, over the promised limit.
    pub open_over_promise: u64,
    /// Of these, over the legal limit and not decided.
    pub open_over_legal: u64,
    /// Finished within the promised limit.
    pub within_promise: Rate,
    /// Finished within the legal limit.
    pub within_legal: Rate,
    /// Finished at least one day before the last day of the legal limit.
    pub early: Rate,
    /// Cases with a correction notice (补正), of those received.
    pub corrected: Rate,
    /// 补正告知
    pub corrections: u64,
    /// Cases with a special procedure (特别程序), of those finished.
    pub special: Rate,
    /// 特别程序 begun, by kind.
    pub specials_by: BTreeMap<String, u64>,
    /// 延长 approved.
    pub extensions: u64,
    /// Working days excluded, of finished cases that have any.
    pub excluded_days: Spread,
    /// Working days extended, of finished cases that have any.
    pub extended_days: Spread,
    /// Working days from the start of the clock to its stop.
    pub working_days: Spread,
    /// Days of the calendar.
    pub natural_days: Spread,
    /// 收费
    pub fees: Fees,
    /// 环节, by name.
    pub steps: Vec<StepSummary>,
}

impl Summary {
    /// Of the sums of a period.
    #[must_use]
    pub fn of(sums: &Figures) -> Self {
        let n = |what| sums.count(what);
        let level = |n: i64| u64::try_from(n).unwrap_or(0);
        let of = |hit: What, miss: What| Rate::of(n(hit), n(hit) + n(miss));
        let spread = |what| Spread::of(sums.by_number(what));
        let steps = sums.steps().into_iter().map(|(step, s)| StepSummary {
            step,
            count: s.count,
            mean_minutes: s.minutes.checked_div(s.count),
            late: Rate::of(s.late, s.count),
        });
        Self {
            applied: n(What::Applied),
            received: n(What::Received),
            accepted: n(What::Accepted),
            accepted_by: sums.by_text(What::AcceptedOf),
            rejected: n(What::Rejected),
            finished: n(What::Finished),
            finished_by: sums.by_text(What::Finished),
            open: level(sums.level.open),
            open_over_promise: level(sums.level.over_promise),
            open_over_legal: level(sums.level.over_legal),
            within_promise: of(What::InPromise, What::PastPromise),
            within_legal: of(What::InLegal, What::PastLegal),
            early: Rate::of(n(What::Early), n(What::InLegal) + n(What::PastLegal)),
            corrected: Rate::of(n(What::IntakeCorrected), n(What::Intake)),
            corrections: n(What::Correction),
            special: Rate::of(n(What::FinishedSpecial), n(What::Finished)),
            specials_by: sums.by_text(What::Special),
            extensions: n(What::Extension),
            excluded_days: spread(What::Excluded),
            extended_days: spread(What::Extended),
            working_days: spread(What::Working),
            natural_days: spread(What::Natural),
            fees: Fees { count: n(What::Fee), amount: sums.sum(What::FeeAmount), reduced: sums.sum(What::FeeReduced) },
            steps: steps.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_values_that_occurred() {
        let spread = Spread::of([(1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1), (7, 1), (8, 1), (9, 1), (30, 1)]);
        assert_eq!((spread.median, spread.p90, spread.max, spread.of), (Some(5), Some(9), Some(30), 10));
        assert_eq!(spread.mean_hundredths, Some(750));
        assert_eq!(Spread::of([(2, 3), (9, 1)]).median, Some(2));
        assert_eq!(Spread::of([]), Spread::default());
        assert_eq!(Rate::of(1, 0).permille, None);
    }
}
