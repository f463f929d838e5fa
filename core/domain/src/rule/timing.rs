//! The clocks of a case, computed once for all its rules: when it started, what is excluded and extended, where the promised
//! and the legal limit end. Handbook §4.3; 行政许可法 32(4), 42, 45.

use super::Facts;
use super::pause::{Pauses, count};
use crate::Timestamp;
use crate::calendar::ScheduleMissing;
use crate::case::{Case, Extension};
use crate::item::{HandleType, Limit, LimitUnit};
use crate::limit::{self, ClockMode, Due};
use crate::tally::Over;
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeSet;

/// Where a limit ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum LimitEnd {
    /// It ends there.
    Ends {
        /// The limit itself.
        limit: Limit,
        /// Its end, with everything excluded and extended so far.
        due: Due,
        /// Working days by which procedures that began while it ran moved it.
        excluded_days: u32,
    },
    /// The clock has not started.
    NotStarted,
    /// The item has no such limit.
    NoLimit,
    /// Nobody can tell.
    Unknown {
        /// Why.
        reason_zh: String,
        /// The same, English.
        reason_en: String,
    },
}

/// What a count fails for that needs a day nobody gave data for.
const NO_CALENDAR: &str =
    "The calendar has no data for a year, or the office hours none for a day, that the count needs";

impl LimitEnd {
    /// From which instant on it is over; nothing where it does not end, or a year of the calendar is missing.
    fn over(&self, facts: &Facts<'_>) -> Option<Timestamp> {
        match self {
            Self::Ends { limit, due, .. } => Timing::exceeded_from(facts, *due, limit.unit).ok(),
            _ => None,
        }
    }

    /// The last instant in time.
    #[must_use]
    pub fn last_instant(&self) -> Option<Timestamp> {
        self.due().map(|due| due.last_instant)
    }

    /// The end, where it is known.
    #[must_use]
    pub fn due(&self) -> Option<Due> {
        match self {
            Self::Ends { due, .. } => Some(*due),
            _ => None,
        }
    }
}

/// The clocks of a case.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Timing {
    /// When the clock started: acceptance, or the receipt it is deemed accepted since.
    pub start: Option<Timestamp>,
    /// Deemed accepted since this receipt.
    pub deemed: Option<Timestamp>,
    /// When the clock stopped.
    pub stop: Option<Timestamp>,
    /// Working days excluded by lawful special procedures that began while a limit ran.
    pub excluded_days: u32,
    /// These days.
    #[serde(skip)]
    pub(super) excluded: BTreeSet<NaiveDate>,
    /// Working days of the lawful extension.
    pub extended_days: u32,
    /// The promised limit.
    pub promise: LimitEnd,
    /// The legal limit.
    pub legal: LimitEnd,
}

impl Timing {
    /// Computes the clocks at `facts.now`.
    #[must_use]
    pub fn of(facts: &Facts<'_>) -> Self {
        let case = facts.case;
        let stop = case.clock_stop().or_else(|| forwarded(case));
        let (deemed, problem) = match deemed_acceptance(facts) {
            Ok(deemed) => (deemed, None),
            Err(problem) => (None, Some(problem.to_string())),
        };
        let start = match (case.accepted_at, deemed) {
            (Some(a), Some(d)) => Some(a.min(d)),
            (a, d) => a.or(d),
        };
        let mut timing = Self {
            start,
            deemed,
            stop,
            excluded_days: 0,
            excluded: BTreeSet::new(),
            extended_days: 0,
            promise: LimitEnd::NotStarted,
            legal: LimitEnd::NotStarted,
        };
        let Some(start) = start else {
            if let Some(reason_zh) = problem {
                let unknown = LimitEnd::Unknown { reason_zh, reason_en: NO_CALENDAR.to_owned() };
                timing.promise = unknown.clone();
                timing.legal = unknown;
            }
            return timing;
        };
        let promise = case.promise_limit.or(facts.item.and_then(|i| i.promise_limit));
        let legal = case.legal_limit.or(facts.item.and_then(|i| i.legal_limit));
        if let Err(missing) = timing.fill(facts, start, promise, legal) {
            let unknown = LimitEnd::Unknown { reason_zh: missing.to_string(), reason_en: NO_CALENDAR.to_owned() };
            timing.promise = unknown.clone();
            timing.legal = unknown;
        }
        timing
    }

    fn fill(
        &mut self,
        facts: &Facts<'_>,
        start: Timestamp,
        promise: Option<Limit>,
        legal: Option<Limit>,
    ) -> Result<(), ScheduleMissing> {
        let clock = Clock { facts, start, until: self.stop.unwrap_or(facts.now).min(facts.now).date() };
        let pauses = Pauses::of(facts.case, facts.item);
        let end = |limit, extended| clock.end(limit, extended, &pauses);
        let (legal_end, legal_days) = end(legal, 0)?;
        let (promise_end, promise_days) = end(promise, 0)?;
        let bound = legal_end.due().or(promise_end.due());
        self.extended_days = bound.and_then(|bound| lawful_extension(facts.case, bound)).map_or(0, |e| e.days);
        let ends = if self.extended_days == 0 {
            [(legal_end, legal_days), (promise_end, promise_days)]
        } else {
            [end(legal, self.extended_days)?, end(promise, self.extended_days)?]
        };
        if ends.iter().all(|(end, _)| end.due().is_none()) {
            self.excluded = pauses.all(facts.calendar, start.date(), clock.until)?;
        }
        let [(legal_end, legal_days), (promise_end, promise_days)] = ends;
        self.excluded.extend(legal_days.into_iter().chain(promise_days));
        self.excluded_days = count(&self.excluded);
        (self.legal, self.promise) = (legal_end, promise_end);
        Ok(())
    }

    /// From when on its limits are over.
    #[must_use]
    pub fn over(&self, facts: &Facts<'_>) -> Over {
        Over { promise: self.promise.over(facts), legal: self.legal.over(facts) }
    }

    /// The instant from which a limit counts as exceeded.
    ///
    /// # Errors
    /// The calendar ends before.
    pub fn exceeded_from(facts: &Facts<'_>, due: Due, unit: LimitUnit) -> Result<Timestamp, ScheduleMissing> {
        let by_the_second = facts.mode == ClockMode::BusinessHoursCeil && unit == LimitUnit::WorkingDay
            || matches!(unit, LimitUnit::WorkingHour | LimitUnit::NaturalHour);
        if by_the_second {
            return Ok(due.last_instant.plus_ms(1));
        }
        Ok(Timestamp::start_of(facts.calendar.nth_working_day_after(due.date, 1)?))
    }
}

/// A case that is forwarded to a higher authority leaves our clock when it leaves the house.
fn forwarded(case: &Case) -> Option<Timestamp> {
    case.forwarded_at.filter(|_| case.handle_type == HandleType::ForwardUp)
}

/// The receipt since which the case counts as accepted, because nobody answered it in five working days.
fn deemed_acceptance(facts: &Facts<'_>) -> Result<Option<Timestamp>, crate::calendar::CalendarMissing> {
    let Some(received) = facts.case.received_at else { return Ok(None) };
    let last = limit::deemed_acceptance_due(facts.calendar, received.date())?;
    let answered = first_answer(facts.case).unwrap_or(facts.now);
    Ok((answered.date() > last).then_some(received))
}

/// The first answer to a receipt: acceptance, refusal, correction notice, or completion.
pub(super) fn first_answer(case: &Case) -> Option<Timestamp> {
    let correction = case.first_correction().map(|c| c.notified_at);
    [case.accepted_at, case.rejected_at, correction, case.finished_at].into_iter().flatten().min()
}

/// A clock that runs, as seen on a day.
struct Clock<'a, 'f> {
    facts: &'a Facts<'f>,
    start: Timestamp,
    until: NaiveDate,
}

impl Clock<'_, '_> {
    /// Where a limit ends with so many days of extension, and the days that moved it.
    fn end(
        &self,
        limit: Option<Limit>,
        extended: u32,
        pauses: &Pauses,
    ) -> Result<(LimitEnd, BTreeSet<NaiveDate>), ScheduleMissing> {
        let case = self.facts.case;
        let Some(limit) = limit else {
            let called = if case.item_code.is_empty() { "（未报事项）" } else { &case.item_code };
            let end = match self.facts.item {
                Some(_) => LimitEnd::NoLimit,
                None => LimitEnd::Unknown {
                    reason_zh: format!("来源未报时限，事项目录中也没有“{called}”"),
                    reason_en: "The source reports no limit, and the catalogue has no such item".to_owned(),
                },
            };
            return Ok((end, BTreeSet::new()));
        };
        let (due, days) = self.due(limit, extended, pauses)?;
        Ok(match due {
            Some(due) => (LimitEnd::Ends { limit, due, excluded_days: count(&days) }, days),
            None => (LimitEnd::NoLimit, BTreeSet::new()),
        })
    }

    fn due(
        &self,
        limit: Limit,
        extended: u32,
        pauses: &Pauses,
    ) -> Result<(Option<Due>, BTreeSet<NaiveDate>), ScheduleMissing> {
        let Facts { calendar, schedule, mode, .. } = *self.facts;
        let due =
            |excluded: u32| limit::due(calendar, schedule, mode, self.start, limit, excluded.saturating_add(extended));
        // Where nobody knows the day after the last, what begins after the last instant is too late.
        let over = |due: Due| {
            Timing::exceeded_from(self.facts, due, limit.unit).unwrap_or_else(|_| due.last_instant.plus_ms(1))
        };
        let over = |n| Ok::<_, ScheduleMissing>(due(n)?.map(over));
        let days = pauses.moving(calendar, (self.start.date(), self.until), over)?;
        Ok((due(count(&days))?, days))
    }
}

/// Where a limit would have ended as seen on a day: with what was excluded until then, and without any extension.
pub(super) fn due_as_of(
    facts: &Facts<'_>,
    timing: &Timing,
    limit: Limit,
    until: NaiveDate,
) -> Result<Option<Due>, ScheduleMissing> {
    let Some(start) = timing.start else { return Ok(None) };
    Ok(Clock { facts, start, until }.due(limit, 0, &Pauses::of(facts.case, facts.item))?.0)
}

/// The first extension, if it is lawful: at most ten working days (joint: fifteen), approved before the limit ends (42).
fn lawful_extension(case: &Case, due: Due) -> Option<&Extension> {
    let most = if case.handle_type == HandleType::Joint { 15 } else { 10 };
    let first = case.extensions.iter().min_by_key(|e| e.approved_at)?;
    (first.days <= most && first.approved_at <= due.last_instant).then_some(first)
}
