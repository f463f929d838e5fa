//! What stops a clock, and how far it moves the end of a limit (行政许可法 45). A procedure that begins only after a limit is over moves
//! nothing: what is late does not become due again. So each limit has its own days: those of the procedures that began while it
//! ran, as far as the procedures before them had moved it.

use crate::Timestamp;
use crate::calendar::{Calendar, CalendarMissing};
use crate::case::Case;
use crate::code::LAWFUL_SPECIALS;
use crate::item::Item;
use crate::limit::{self, Exclusion};
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// One lawful procedure.
#[derive(Clone, Copy, Debug)]
struct Pause {
    began: Timestamp,
    days: Exclusion,
}

/// The lawful procedures of a case, in the order in which they began.
#[derive(Clone, Debug, Default)]
pub(super) struct Pauses(Vec<Pause>);

/// Whether a kind of procedure stops the clock: article 45 lists it, or the item's own law.
pub(super) fn is_excluded(item: Option<&Item>, kind: &str) -> bool {
    LAWFUL_SPECIALS.contains(&kind)
        || item.is_some_and(|i| i.specials.iter().any(|s| s.kind == kind && s.counts_as_excluded))
}

impl Pauses {
    /// Those article 45 lists, and those the item's own law lists.
    pub(super) fn of(case: &Case, item: Option<&Item>) -> Self {
        let mut all: Vec<Pause> = case
            .specials
            .iter()
            .filter(|s| is_excluded(item, &s.kind))
            .map(|s| Pause {
                began: s.started_at,
                days: Exclusion {
                    from: s.started_at.date(),
                    to: s.ended_at.map(|t| NaiveDate::max(t.date(), s.started_at.date())),
                    at_most: s.announced_days,
                },
            })
            .collect();
        all.sort_by_key(|p| p.began);
        Self(all)
    }

    /// Whether one of them has no end.
    pub(super) fn is_open(&self) -> bool {
        self.0.iter().any(|p| p.days.to.is_none())
    }

    /// The working days which all of them exclude from a clock that started on a day, by `until`.
    ///
    /// # Errors
    /// A year has no data.
    pub(super) fn all(
        &self,
        calendar: &Calendar,
        start: NaiveDate,
        until: NaiveDate,
    ) -> Result<BTreeSet<NaiveDate>, CalendarMissing> {
        self.first(self.0.len(), calendar, start, until)
    }

    fn first(
        &self,
        n: usize,
        calendar: &Calendar,
        start: NaiveDate,
        until: NaiveDate,
    ) -> Result<BTreeSet<NaiveDate>, CalendarMissing> {
        let days: Vec<Exclusion> = self.0.iter().take(n).map(|p| p.days).collect();
        limit::excluded_dates(calendar, start, &days, until)
    }

    /// The working days that move one limit of a clock that started on a day, by `until`. `over` gives the instant from which this
    /// limit is over when so many working days are excluded; none where there is no end, which every procedure moves.
    ///
    /// # Errors
    /// A year or office hours are missing.
    pub(super) fn moving<E: From<CalendarMissing>>(
        &self,
        calendar: &Calendar,
        (start, until): (NaiveDate, NaiveDate),
        over: impl Fn(u32) -> Result<Option<Timestamp>, E>,
    ) -> Result<BTreeSet<NaiveDate>, E> {
        let mut days = BTreeSet::new();
        for (n, pause) in self.0.iter().enumerate() {
            if over(count(&days))?.is_some_and(|over| pause.began >= over) {
                break;
            }
            days = self.first(n + 1, calendar, start, until)?;
        }
        Ok(days)
    }

    /// How many working days move a limit of so many working days, which ends with a whole day.
    ///
    /// # Errors
    /// A year has no data.
    pub(super) fn moving_days(
        &self,
        calendar: &Calendar,
        (start, until): (NaiveDate, NaiveDate),
        limit: u32,
    ) -> Result<u32, CalendarMissing> {
        let over = |excluded: u32| {
            let last = limit.saturating_add(excluded).saturating_add(1);
            Ok::<_, CalendarMissing>(Some(Timestamp::start_of(calendar.nth_working_day_after(start, last)?)))
        };
        Ok(count(&self.moving(calendar, (start, until), over)?))
    }
}

/// How many days.
pub(super) fn count(days: &BTreeSet<NaiveDate>) -> u32 {
    u32::try_from(days.len()).unwrap_or(u32::MAX)
}
