//! What every rule stands on: working days, office hours, how the county counts, and what time it is; and the two questions
//! nearly every rule asks of them, "since when is it over" and "since when is it near". Handbook §3.3, §4.3.

use super::Outcome;
use crate::Timestamp;
use crate::calendar::{Calendar, CalendarMissing, ScheduleMissing, WorkSchedule};
use crate::finding::Level;
use crate::limit::{self, ClockMode};

/// Days, hours, the way of counting, and the present.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// Working days.
    pub calendar: &'a Calendar,
    /// Office hours.
    pub schedule: &'a WorkSchedule,
    /// How the county counts.
    pub mode: ClockMode,
    /// The present, by our clock.
    pub now: Timestamp,
}

/// What is said when a term is kept.
pub(super) struct Said {
    /// It was done in time.
    pub kept: &'static str,
    /// It is not done, and there is still time.
    pub pending: &'static str,
}

impl Ground<'_> {
    /// The first instant at which a limit of so many working days since `start` is exceeded by at least `over` (from 1).
    ///
    /// By whole legal days this is the start of a working day, because the whole last day is in time (民法典 201). By business
    /// hours it is the millisecond after the last second of the limit ("超过1秒钟也算超期").
    ///
    /// # Errors
    /// A year or office hours are missing.
    pub fn over_from(&self, start: Timestamp, limit: u32, over: u32) -> Result<Timestamp, ScheduleMissing> {
        match self.mode {
            ClockMode::LegalDay => {
                let day = self.calendar.nth_working_day_after(start.date(), limit.saturating_add(over))?;
                Ok(Timestamp::start_of(day))
            }
            ClockMode::BusinessHoursCeil => self.after(start, limit.saturating_add(over).saturating_sub(1)),
        }
    }

    /// The first instant at which at most `left` working days of the limit remain, not before `start`.
    ///
    /// # Errors
    /// A year or office hours are missing.
    pub fn near_from(&self, start: Timestamp, limit: u32, left: u32) -> Result<Timestamp, ScheduleMissing> {
        match self.mode {
            ClockMode::LegalDay => {
                let due = self.calendar.nth_working_day_after(start.date(), limit)?;
                let from = self.calendar.nth_working_day_before(due, left)?;
                Ok(Timestamp::start_of(from).max(start))
            }
            ClockMode::BusinessHoursCeil => match limit.checked_sub(left.saturating_add(1)) {
                Some(days) => self.after(start, days),
                None => Ok(start),
            },
        }
    }

    /// The millisecond after so many standard working days in office hours.
    fn after(&self, start: Timestamp, days: u32) -> Result<Timestamp, ScheduleMissing> {
        let seconds = self.schedule.day_seconds(start.date())?.saturating_mul(i64::from(days));
        Ok(self.schedule.after(self.calendar, start, seconds)?.plus_ms(1))
    }

    /// Working days used from one instant to another.
    ///
    /// # Errors
    /// A year is missing.
    pub fn used(&self, from: Timestamp, to: Timestamp) -> Result<i64, CalendarMissing> {
        limit::used_days(self.calendar, from.date(), to.date())
    }

    /// Something is to be done within `limit` working days of `start`. Gives since when it is over and how many working days
    /// were used; otherwise says so to `out`, with the instant at which to ask again.
    pub(super) fn overdue(
        &self,
        start: Timestamp,
        limit: i64,
        done: Option<Timestamp>,
        said: &Said,
        out: &mut Outcome,
    ) -> Option<(Timestamp, i64)> {
        self.staged(start, limit, done, &[(1, Level::Hint)], said, out).map(|(_, from, used)| (from, used))
    }

    /// The same with levels that rise: each becomes true when the limit is exceeded by so many working days.
    pub(super) fn staged(
        &self,
        start: Timestamp,
        limit: i64,
        done: Option<Timestamp>,
        levels: &[(u32, Level)],
        said: &Said,
        out: &mut Outcome,
    ) -> Option<(Level, Timestamp, i64)> {
        let limit = u32::try_from(limit).unwrap_or(0);
        let at = done.unwrap_or(self.now);
        let mut reached = None;
        for (over, level) in levels {
            let from = match self.over_from(start, limit, *over) {
                Ok(from) => from,
                // What is not reached even in the last known year is not reached; what might be, nobody can tell.
                Err(_)
                    if done.is_some_and(|done| self.used(start, done).is_ok_and(|used| used <= i64::from(limit))) =>
                {
                    break;
                }
                Err(missing) => {
                    if reached.is_none() {
                        out.undetermined(missing);
                        return None;
                    }
                    break;
                }
            };
            if at < from {
                if done.is_none() {
                    out.wake(from);
                }
                break;
            }
            reached = Some((*level, from));
        }
        let Some((level, from)) = reached else {
            out.missed(if done.is_some() { said.kept } else { said.pending });
            return None;
        };
        Some((level, from, self.used(start, at).unwrap_or(0)))
    }
}
