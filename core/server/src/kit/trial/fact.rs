//! What came, beside what should have come.

use crate::intake::page::Incoming;
use crate::kit::mock::Happening;
use daylight_domain::Timestamp;
use daylight_domain::record::{Record, RecordType};
use std::collections::{BTreeMap, BTreeSet};

/// A record of a case, as far as it is the same whoever tells of it.
pub type Fact = (RecordType, String, Timestamp);
/// How often each.
pub type Facts = BTreeMap<Fact, usize>;

/// The records of cases among what a page brought.
pub fn records<'a>(rows: impl IntoIterator<Item = &'a Incoming>) -> impl Iterator<Item = &'a Record> {
    rows.into_iter().filter_map(|i| i.read.as_ref().ok()).filter(|r| !r.case_no.is_empty())
}

/// What came.
#[must_use]
pub fn facts<'a>(rows: impl IntoIterator<Item = &'a Incoming>) -> Facts {
    counted(records(rows).map(|r| (r.kind, r.case_no.to_string(), r.event_time)))
}

/// What a system knew and showed up to an instant.
#[must_use]
pub fn truth(all: &[Happening], now: Timestamp) -> Facts {
    counted(of_cases(all, now).map(|h| (h.kind, h.case_no.clone(), h.at)))
}

/// What a system showed of cases up to an instant, rightly and once each.
pub fn of_cases(all: &[Happening], now: Timestamp) -> impl Iterator<Item = &Happening> {
    let mut seen = BTreeSet::new();
    all.iter()
        .filter(move |h| !h.case_no.is_empty() && h.visible_at <= now && h.wrong.is_none() && h.raw.is_empty())
        .filter(move |h| seen.insert((h.kind, h.key.as_str(), h.version)))
}

/// Counts.
pub fn counted<K: Ord>(all: impl IntoIterator<Item = K>) -> BTreeMap<K, usize> {
    all.into_iter().fold(BTreeMap::new(), |mut counted, one| {
        *counted.entry(one).or_default() += 1;
        counted
    })
}

/// By type and case alone: what came at another time came all the same.
#[must_use]
pub fn without_time(all: &Facts) -> BTreeMap<(RecordType, String), usize> {
    all.iter().fold(BTreeMap::new(), |mut counted, ((kind, case_no, _), n)| {
        *counted.entry((*kind, case_no.clone())).or_default() += n;
        counted
    })
}

/// What is missing and what is too much, each with the first of them in words; nothing when both are the same.
#[must_use]
pub fn difference<K: Ord + Said>(expected: &BTreeMap<K, usize>, got: &BTreeMap<K, usize>) -> Option<(String, String)> {
    let less = |a: &BTreeMap<K, usize>, b: &BTreeMap<K, usize>| -> (usize, Option<String>) {
        let short = a.iter().filter(|(k, n)| b.get(k).copied().unwrap_or(0) < **n);
        let mut all = 0;
        let mut first = None;
        for (key, n) in short {
            all += n - b.get(key).copied().unwrap_or(0);
            first.get_or_insert_with(|| key.said());
        }
        (all, first)
    };
    let ((missing, first_missing), (extra, first_extra)) = (less(expected, got), less(got, expected));
    if missing + extra == 0 {
        return None;
    }
    let mut words = (Vec::new(), Vec::new());
    if let Some(first) = first_missing {
        words.0.push(format!("少 {missing} 条，例：{first}"));
        words.1.push(format!("{missing} missing, e.g. {first}"));
    }
    if let Some(first) = first_extra {
        words.0.push(format!("多 {extra} 条，例：{first}"));
        words.1.push(format!("{extra} too many, e.g. {first}"));
    }
    Some((words.0.join("；"), words.1.join("; ")))
}

/// Can be named in a report.
pub trait Said {
    /// In short.
    fn said(&self) -> String;
}

impl Said for Fact {
    fn said(&self) -> String {
        format!("{} {} {}", self.0.as_str(), self.1, self.2.rfc3339())
    }
}

impl Said for (RecordType, String) {
    fn said(&self) -> String {
        format!("{} {}", self.0.as_str(), self.1)
    }
}

impl Said for String {
    fn said(&self) -> String {
        self.chars().take(160).collect()
    }
}

/// What a record says, as text; not under which key.
#[must_use]
pub fn said(r: &Record) -> String {
    let fields = serde_json::to_string(&r.fields).unwrap_or_default();
    format!("{} {} {} {fields}", r.kind.as_str(), r.case_no, r.event_time.rfc3339())
}

/// Type and case of rows that were refused, as far as they can be read: what is refused has come all the same.
#[must_use]
pub fn refused<'a>(rows: impl IntoIterator<Item = &'a Incoming>) -> Vec<(RecordType, String)> {
    let named = |row: &Incoming| {
        let raw: serde_json::Value = serde_json::from_str(&row.raw).ok()?;
        let text = |name: &str| raw.get(name).and_then(serde_json::Value::as_str);
        let case_no = text("case_no").filter(|no| !no.is_empty())?;
        Some((RecordType::from_name(text("type")?)?, case_no.to_owned()))
    };
    rows.into_iter().filter(|row| row.read.is_err()).filter_map(named).collect()
}

/// A number that many records in any order sum up to: how many, and of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub n: u64,
    mixed: u64,
}

impl Sum {
    /// One more.
    pub fn add(&mut self, kind: RecordType, case_no: &str, at: Timestamp) {
        use std::hash::{Hash, Hasher};
        let mut hasher = std::hash::DefaultHasher::new();
        (kind, case_no, at).hash(&mut hasher);
        self.n += 1;
        self.mixed = self.mixed.wrapping_add(hasher.finish());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_what_is_missing_and_what_is_too_much() {
        let at = |n: i64| Timestamp(n);
        let fact = |case: &str, n| (RecordType::Apply, case.to_owned(), at(n));
        let expected = counted([fact("a", 1), fact("b", 2), fact("b", 2)]);
        assert_eq!(difference(&expected, &expected.clone()), None);
        let got = counted([fact("a", 1), fact("b", 2), fact("c", 3)]);
        let (zh, en) = difference(&expected, &got).expect("a difference");
        assert!(zh.contains("少 1 条") && zh.contains("apply b") && zh.contains("多 1 条"), "{zh}");
        assert!(en.contains("1 missing") && en.contains("apply c"), "{en}");
        let late = counted([fact("a", 1), fact("b", 2), fact("b", 9)]);
        assert_eq!(without_time(&expected), without_time(&late));
    }
}
