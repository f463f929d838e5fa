//! Counts of a period, added up: what statistics and measures read.

use super::body::{Damaged, Read};
use super::{Cell, Flows, Key, Month, Sub, What, date_of};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// Steps of one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// That ended.
    pub count: u64,
    /// Minutes from their begin to their end.
    pub minutes: u64,
    /// Over the limit of the step.
    pub late: u64,
}

/// Sums of a period. Days are included from the first to the last.
#[derive(Clone, Debug)]
pub struct Figures {
    plain: [i64; 64],
    numbers: BTreeMap<(What, i64), i64>,
    texts: BTreeMap<What, BTreeMap<Box<str>, i64>>,
    /// What is open, and open and over its limits, at the end of the last day.
    pub level: Flows,
}

impl Default for Figures {
    fn default() -> Self {
        Self { plain: [0; 64], numbers: BTreeMap::new(), texts: BTreeMap::new(), level: Flows::default() }
    }
}

impl Figures {
    fn take(&mut self, what: What, sub: Read<'_>, n: i64) {
        if let Some(slot) = self.plain.get_mut(usize::from(what as u8)) {
            *slot += n;
        }
        match sub {
            Read::None => {}
            Read::Number(number) => *self.numbers.entry((what, number)).or_default() += n,
            Read::Text(text) => {
                let of = self.texts.entry(what).or_default();
                match of.get_mut(text) {
                    Some(slot) => *slot += n,
                    None => {
                        of.insert(text.into(), n);
                    }
                }
            }
        }
    }

    fn day(&mut self, date: NaiveDate, what: What, sub: Read<'_>, n: i64, period: &Period<'_>) {
        if what.is_flow() {
            if date <= period.to {
                self.level.take(what, n);
            }
        } else if period.has(date) {
            self.take(what, sub, n);
        }
    }

    /// Adds the stored bytes of a cell of a month.
    ///
    /// # Errors
    /// They are no counts.
    pub fn take_bytes(&mut self, month: Month, bytes: &[u8], period: &Period<'_>) -> Result<(), Damaged> {
        let dates = dates(month);
        Cell::each(bytes, &mut |day, what, sub, n| {
            if let Some(date) = dates.get(usize::from(day)).copied().flatten() {
                self.day(date, what, sub, n, period);
            }
        })
    }

    /// Adds one count of a month.
    pub fn take_key(&mut self, month: Month, key: &Key, n: i64, period: &Period<'_>) {
        let Some(date) = date_of(month, key.day) else { return };
        let sub = match &key.sub {
            Sub::None => Read::None,
            Sub::Number(number) => Read::Number(*number),
            Sub::Text(text) => Read::Text(text),
        };
        self.day(date, key.what, sub, n, period);
    }

    /// Adds other sums.
    pub fn add(&mut self, other: &Self) {
        self.plain.iter_mut().zip(other.plain).for_each(|(to, n)| *to += n);
        for (key, n) in &other.numbers {
            *self.numbers.entry(*key).or_default() += n;
        }
        for (what, of) in &other.texts {
            let mine = self.texts.entry(*what).or_default();
            for (text, n) in of {
                *mine.entry(text.clone()).or_default() += n;
            }
        }
        self.level.add(other.level);
    }

    /// How many, whatever they are counted by.
    #[must_use]
    pub fn count(&self, what: What) -> u64 {
        u64::try_from(self.sum(what)).unwrap_or(0)
    }

    /// The sum, which may be negative for money.
    #[must_use]
    pub fn sum(&self, what: What) -> i64 {
        self.plain.get(usize::from(what as u8)).copied().unwrap_or(0)
    }

    /// How many of each text.
    #[must_use]
    pub fn by_text(&self, what: What) -> BTreeMap<String, u64> {
        let of = self.texts.get(&what).into_iter().flatten();
        of.filter(|(_, n)| **n > 0).map(|(text, n)| (text.to_string(), u64::try_from(*n).unwrap_or(0))).collect()
    }

    /// How many of each number, in order.
    pub fn by_number(&self, what: What) -> impl Iterator<Item = (i64, u64)> {
        let of = self.numbers.range((what, i64::MIN)..=(what, i64::MAX));
        of.filter(|(_, n)| **n > 0).map(|((_, number), n)| (*number, u64::try_from(*n).unwrap_or(0)))
    }

    /// Steps by name.
    #[must_use]
    pub fn steps(&self) -> BTreeMap<String, Steps> {
        let mut all: BTreeMap<String, Steps> = BTreeMap::new();
        for (name, count) in self.by_text(What::Step) {
            all.insert(name, Steps { count, ..Steps::default() });
        }
        for (name, minutes) in self.by_text(What::StepMinutes) {
            all.entry(name).or_default().minutes = minutes;
        }
        for (name, late) in self.by_text(What::StepLate) {
            all.entry(name).or_default().late = late;
        }
        all
    }

    /// Whether anything was reported of the period: levels apart, anything is counted.
    #[must_use]
    pub fn reported(&self) -> bool {
        self.plain.iter().take(usize::from(What::Begun as u8)).any(|n| *n > 0)
    }
}

fn dates(month: Month) -> [Option<NaiveDate>; 32] {
    let mut all = [None; 32];
    for (day, slot) in (0u8..).zip(all.iter_mut()) {
        *slot = date_of(month, day);
    }
    all
}

/// The days that are counted.
#[derive(Clone, Copy)]
pub struct Period<'a> {
    /// First day.
    pub from: NaiveDate,
    /// Last day, included.
    pub to: NaiveDate,
    /// Days that are left out (统计排除); what is open at the end is not.
    pub without: &'a dyn Fn(NaiveDate) -> bool,
}

impl Period<'_> {
    fn has(&self, date: NaiveDate) -> bool {
        self.from <= date && date <= self.to && !(self.without)(date)
    }
}

impl std::fmt::Debug for Period<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}..={}", self.from, self.to)
    }
}
