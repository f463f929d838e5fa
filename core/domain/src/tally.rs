//! What is counted (计数) of cases: each case says by itself, from nothing but its stored row, what it adds to which day. Sums of
//! these are kept per department, month, item, window and region, and a change of a case is the difference of what it said before
//! and says now. So counting is incremental, and equals a recount of all rows, always.
//!
//! One principle: a case belongs to the day on which it was received, accepted or finished; what is open, and what is open and
//! over its limit, is a level, kept as flows: what began less what ended up to a day.

mod body;
mod contribution;
mod figures;

pub use body::{Damaged, Read};
pub use contribution::{Contribution, Entry, Over, Row, Used};
pub use figures::{Figures, Period, Steps};

use chrono::{Datelike, NaiveDate};
use std::collections::BTreeMap;

/// The version of what is counted, and of how it is written. When it changes everything is counted anew.
pub const VERSION: &str = "3";

/// Months since the year 0: `year * 12 + (month - 1)`.
pub type Month = i32;

/// The month of a date.
#[must_use]
pub fn month_of(date: NaiveDate) -> Month {
    date.year().saturating_mul(12).saturating_add(i32::try_from(date.month0()).unwrap_or(0))
}

/// The date of a day of a month; nothing where there is no such day.
#[must_use]
pub fn date_of(month: Month, day: u8) -> Option<NaiveDate> {
    let month0 = u32::try_from(month.rem_euclid(12)).ok()?;
    NaiveDate::from_ymd_opt(month.div_euclid(12), month0 + 1, u32::from(day))
}

macro_rules! whats {
    ($($name:ident = $code:literal, $doc:literal;)*) => {
        /// What is counted on a day.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum What { $(#[doc = $doc] $name = $code,)* }
        impl What {
            /// From the stored code.
            #[must_use]
            pub fn from_code(code: u8) -> Option<Self> { match code { $($code => Some(Self::$name),)* _ => None } }
            /// The name, as differences are told in.
            #[must_use]
            pub fn as_str(self) -> &'static str { match self { $(Self::$name => stringify!($name),)* } }
        }
    };
}

whats! {
    Applied = 1, "申请";
    Received = 2, "收件";
    Intake = 3, "收件, or the application where nobody reports receipts";
    IntakeCorrected = 4, "of those, with a correction notice (补正)";
    Accepted = 5, "受理";
    AcceptedOf = 6, "受理 by type of applicant (text)";
    Progress = 7, "accepted, can be asked for by number and code, with at least one step";
    Rejected = 8, "不予受理";
    Queryable = 9, "accepted, can be asked for by number and code";
    Finished = 10, "办结 by kind (text)";
    FinishedSpecial = 11, "办结 with a special procedure (特别程序)";
    InPromise = 12, "办结 of any kind within the promised limit";
    PastPromise = 13, "办结 of any kind after the promised limit";
    InLegal = 14, "办结 of any kind, decided within the legal limit";
    PastLegal = 15, "办结 of any kind, decided after the legal limit";
    Early = 16, "办结 of any kind at least a day before the last day of the legal limit";
    Done = 20, "办结 by a decision, by completion or by forwarding";
    DoneInPromise = 21, "of those, within the promised limit";
    DonePastPromise = 22, "of those, after the promised limit";
    DoneInLegal = 23, "of those, within the legal limit";
    DonePastLegal = 24, "of those, after the legal limit";
    DoneEarly = 25, "of those, at least a day before the last day of the legal limit";
    Stopped = 26, "no longer handled: finished in any way, or not accepted";
    Certified = 27, "finished with a certificate number";
    Correction = 30, "补正告知";
    Special = 31, "特别程序 begun, by kind (text)";
    Extension = 32, "延长 approved";
    Fee = 33, "收费 records";
    FeeAmount = 34, "收费, fen";
    FeeReduced = 35, "减免, fen";
    Step = 36, "环节 ended, by name (text)";
    StepMinutes = 37, "minutes from their begin to their end, by name (text)";
    StepLate = 38, "of those, over the limit of the step (T-05), by name (text)";
    Working = 40, "finished cases by working days used (number)";
    Natural = 41, "finished cases by days of the calendar (number)";
    Excluded = 42, "finished cases by working days excluded (number)";
    Extended = 43, "finished cases by working days extended (number)";
    Begun = 50, "clocks that started";
    Ended = 51, "clocks that stopped";
    OverPromiseBegun = 52, "open cases that came over the promised limit";
    OverPromiseEnded = 53, "cases over the promised limit whose clock stopped";
    OverLegalBegun = 54, "open cases that came over the legal limit";
    OverLegalEnded = 55, "cases over the legal limit that were decided or stopped";
}

impl What {
    /// Whether it is a flow of a level: what is open, or open and over a limit.
    #[must_use]
    pub fn is_flow(self) -> bool {
        self as u8 >= Self::Begun as u8
    }

    /// Whether it is counted by a text.
    #[must_use]
    pub fn by_text(self) -> bool {
        matches!(
            self,
            Self::AcceptedOf | Self::Finished | Self::Special | Self::Step | Self::StepMinutes | Self::StepLate
        )
    }
}

/// By what it is counted besides the day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sub {
    /// Nothing else.
    None,
    /// A number, such as days.
    Number(i64),
    /// A text, such as a step's name.
    Text(Box<str>),
}

/// What is counted on which day of the month, from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Day of the month.
    pub day: u8,
    /// What.
    pub what: What,
    /// By what.
    pub sub: Sub,
}

/// Where it is counted: one cell of a department.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The month.
    pub month: Month,
    /// Item code; empty until a record names it.
    pub item: String,
    /// The window; empty where nobody reports one.
    pub window: String,
    /// Division code; empty where nobody reports one.
    pub region: String,
}

/// The flows of levels summed over a month: what is open, over its promise, over the law.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flows {
    /// Begun less ended.
    pub open: i64,
    /// Came over the promised limit less stopped since.
    pub over_promise: i64,
    /// Came over the legal limit less stopped since.
    pub over_legal: i64,
}

impl Flows {
    /// Adds what an entry says of a level.
    pub fn take(&mut self, what: What, n: i64) {
        match what {
            What::Begun => self.open += n,
            What::Ended => self.open -= n,
            What::OverPromiseBegun => self.over_promise += n,
            What::OverPromiseEnded => self.over_promise -= n,
            What::OverLegalBegun => self.over_legal += n,
            What::OverLegalEnded => self.over_legal -= n,
            _ => {}
        }
    }

    /// Adds others.
    pub fn add(&mut self, other: Self) {
        self.open += other.open;
        self.over_promise += other.over_promise;
        self.over_legal += other.over_legal;
    }
}

/// The counts of one cell. Nothing in it is zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell(BTreeMap<Key, i64>);

impl Cell {
    /// Adds so many.
    pub fn add(&mut self, key: Key, n: i64) {
        use std::collections::btree_map::Entry as Slot;
        if n == 0 {
            return;
        }
        match self.0.entry(key) {
            Slot::Vacant(slot) => {
                slot.insert(n);
            }
            Slot::Occupied(mut slot) => {
                *slot.get_mut() += n;
                if *slot.get() == 0 {
                    slot.remove();
                }
            }
        }
    }

    /// Every count, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, i64)> {
        self.0.iter().map(|(key, n)| (key, *n))
    }

    /// Nothing is counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The flows of its month.
    #[must_use]
    pub fn flows(&self) -> Flows {
        let mut flows = Flows::default();
        self.iter().for_each(|(key, n)| flows.take(key.what, n));
        flows
    }
}

/// Cells of one department, or changes of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells(BTreeMap<Place, Cell>);

impl Cells {
    /// Nothing is counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every cell, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Place, &Cell)> {
        self.0.iter()
    }

    /// Adds a count to a cell.
    pub fn add(&mut self, place: &Place, key: Key, n: i64) {
        self.change(place, |cell| cell.add(key, n));
    }

    /// Changes one cell; nothing stays of one in which nothing is counted.
    fn change(&mut self, place: &Place, change: impl FnOnce(&mut Cell)) {
        let empty = match self.0.get_mut(place) {
            Some(cell) => {
                change(cell);
                cell.is_empty()
            }
            None => {
                let cell = self.0.entry(place.clone()).or_default();
                change(cell);
                cell.is_empty()
            }
        };
        if empty {
            self.0.remove(place);
        }
    }

    /// Adds what a case says, `sign` times.
    pub fn take(&mut self, said: &Contribution, sign: i64) {
        let mut months: Vec<Month> = said.entries.iter().map(|entry| entry.month).collect();
        months.sort_unstable();
        months.dedup();
        let mut place = said.place.clone();
        for month in months {
            place.month = month;
            self.change(&place, |cell| {
                for entry in said.entries.iter().filter(|entry| entry.month == month) {
                    cell.add(entry.key.clone(), entry.n * sign);
                }
            });
        }
    }

    /// Takes the change of a case: what it said before, and what it says now. Nothing where both are the same.
    pub fn moved(&mut self, before: Option<&Contribution>, now: &Contribution) {
        if before == Some(now) {
            return;
        }
        if let Some(before) = before {
            self.take(before, -1);
        }
        self.take(now, 1);
    }

    /// Adds other cells.
    pub fn merge(&mut self, other: &Self) {
        for (place, cell) in other.iter() {
            self.change(place, |mine| cell.iter().for_each(|(key, n)| mine.add(key.clone(), n)));
        }
    }

    /// The first differences between what is counted here and there, in words.
    #[must_use]
    pub fn differences(&self, other: &Self, most: usize) -> Vec<String> {
        let mut all = Vec::new();
        let mut rest = other.clone();
        for (place, cell) in self.iter() {
            for (key, n) in cell.iter() {
                rest.add(place, key.clone(), -n);
            }
        }
        for (place, cell) in rest.iter() {
            for (key, n) in cell.iter() {
                if all.len() == most {
                    return all;
                }
                let here = self.0.get(place).and_then(|c| c.0.get(key)).copied().unwrap_or(0);
                let day = date_of(place.month, key.day).map_or_else(String::new, |d| d.to_string());
                let sub = match &key.sub {
                    Sub::None => String::new(),
                    Sub::Number(n) => format!(" {n}"),
                    Sub::Text(text) => format!(" {text}"),
                };
                let Place { item, window, region, .. } = place;
                all.push(format!("{day} {item} {window} {region} {}{sub}: {here} != {}", key.what.as_str(), here + n));
            }
        }
        all
    }
}

#[cfg(test)]
mod tests;
