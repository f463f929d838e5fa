//! A department's system: what it knows, and what of it it shows now, in its own words.

use super::faults::{Faults, What};
use super::happening::Happening;
use super::mess::Mess;
use super::shape::Shape;
use daylight_domain::Timestamp;
use daylight_domain::clock::Clock;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a system knows, in the order of `id`, each with the true record it comes from.
#[derive(Debug, Default)]
struct Book {
    truth: Vec<Happening>,
    shown: Vec<(usize, Happening)>,
}

/// A department's system.
#[derive(Clone)]
pub struct System {
    book: Arc<Mutex<Book>>,
    /// The county's clock.
    pub clock: Arc<dyn Clock>,
    /// How it looks from outside.
    pub shape: Arc<Shape>,
    /// What callers must present.
    pub secret: Arc<str>,
    seed: u64,
}

fn numbered(shown: &mut [(usize, Happening)]) {
    for (id, (_, one)) in (1..).zip(shown) {
        one.id = id;
    }
}

/// True records as a system with these faults shows them.
fn messed<'a>(
    truth: impl Iterator<Item = (usize, &'a Happening)>,
    faults: &Faults,
    seed: u64,
) -> Vec<(usize, Happening)> {
    let mut mess = Mess::new(faults, seed);
    let mut shown: Vec<(usize, Happening)> =
        truth.flat_map(|(at, one)| mess.of(one).into_iter().map(move |h| (at, h))).collect();
    shown.sort_by(|(_, a), (_, b)| a.order(b));
    shown
}

impl System {
    /// A system that will know this, and shows it with the faults of records among `faults`.
    #[must_use]
    pub fn new(
        truth: Vec<Happening>,
        faults: &Faults,
        seed: u64,
        clock: Arc<dyn Clock>,
        shape: Shape,
        secret: &str,
    ) -> Self {
        let mut shown = messed(truth.iter().enumerate(), faults, seed);
        numbered(&mut shown);
        let book = Arc::new(Mutex::new(Book { truth, shown }));
        Self { book, clock, shape: Arc::new(shape), secret: secret.into(), seed }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it shows now after an id, at most so much.
    #[must_use]
    pub fn after(&self, id: u64, size: usize) -> Vec<Happening> {
        let now = self.clock.now();
        let book = self.book();
        let from = usize::try_from(id).unwrap_or(usize::MAX).min(book.shown.len());
        let rest = book.shown.get(from..).unwrap_or_default();
        rest.iter().map(|(_, h)| h).take_while(|h| h.visible_at <= now).take(size).cloned().collect()
    }

    /// Everything it shows now.
    #[must_use]
    pub fn showing(&self) -> Vec<Happening> {
        self.after(0, usize::MAX)
    }

    /// Everything it will show, in that order.
    #[must_use]
    pub fn all(&self) -> Vec<Happening> {
        self.book().shown.iter().map(|(_, h)| h.clone()).collect()
    }

    /// What it shows from now on has these faults; what was shown stays.
    pub fn set_faults(&self, faults: &Faults) {
        let now = self.clock.now();
        let mut book = self.book();
        let seen = book.shown.partition_point(|(_, h)| h.visible_at <= now);
        let old: Vec<(usize, Happening)> = book.shown.drain(..).take(seen).collect();
        let known: BTreeSet<usize> = old.iter().map(|(at, _)| *at).collect();
        let rest = book.truth.iter().enumerate().filter(|(at, _)| !known.contains(at));
        let new = messed(rest, faults, self.seed);
        book.shown = old.into_iter().chain(new).collect();
        numbered(&mut book.shown);
    }

    /// It learns something more and shows it next: late, or in a new version, or whatever the records say.
    pub fn add(&self, more: Vec<Happening>, faults: &Faults) {
        let now = self.clock.now();
        let mut book = self.book();
        let seen = book.shown.partition_point(|(_, h)| h.visible_at <= now);
        let from = book.truth.len();
        book.truth.extend(more);
        let fresh = book.truth.iter().enumerate().skip(from);
        let mut new = messed(fresh, faults, self.seed);
        for (_, one) in new.iter_mut().filter(|(_, h)| h.visible_at <= now) {
            one.visible_at = now;
        }
        let later = book.shown.split_off(seen);
        new.extend(later);
        new.sort_by_key(|(_, a)| a.visible_at);
        book.shown.extend(new);
        numbered(&mut book.shown);
    }

    /// One row in the system's words: column → text.
    #[must_use]
    pub fn row(&self, h: &Happening) -> BTreeMap<String, String> {
        let shape = &self.shape;
        let mut row = BTreeMap::new();
        let mut put = |field: &str, value: String| {
            if let Some(column) = shape.fields.get(field).filter(|_| !value.is_empty()) {
                let coded = shape.codes.get(field).and_then(|c| c.get(&value)).cloned().unwrap_or(value);
                row.insert(column.clone(), coded);
            }
        };
        let write = |t: Timestamp| t.local().format(&shape.time).to_string();
        put("type", h.kind.to_string());
        put("source_key", h.key.clone());
        put("data_version", h.version.to_string());
        put("case_no", h.case_no.clone());
        put("item_code", h.item.clone());
        put("event_time", write(h.at));
        for (field, value) in &h.fields {
            let is_time = matches!(*field, "started_at" | "ended_at" | "notified_at" | "approved_at");
            put(field, if is_time { Timestamp::parse(value).map_or_else(String::new, write) } else { value.clone() });
        }
        let wrong = h.wrong.map(|(field, text)| (field, text.to_owned()));
        for (field, text) in wrong.into_iter().chain(h.raw.clone()) {
            match shape.fields.get(field) {
                Some(column) if text.is_empty() => drop(row.remove(column)),
                Some(column) => drop(row.insert(column.clone(), text)),
                None => {}
            }
        }
        row
    }

    /// Every column, sorted.
    #[must_use]
    pub fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = self.shape.fields.values().map(String::as_str).collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}

/// The faults of records among some.
#[must_use]
pub(super) fn of_records(faults: &Faults) -> Faults {
    faults.of(What::Record).fold(Faults::none(), |all, (fault, when)| all.with(fault, when.clone()))
}
