//! What a department's system knows.

use super::faults::Fault;
use daylight_domain::Timestamp;
use daylight_domain::record::RecordType;
use std::collections::BTreeMap;

/// Something a department's system knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// Counts up in the order in which the system shows it.
    pub id: u64,
    /// Since when the system shows it.
    pub visible_at: Timestamp,
    /// What it is.
    pub kind: RecordType,
    /// The system's key.
    pub key: String,
    /// Its version.
    pub version: u32,
    /// The case.
    pub case_no: String,
    /// The item.
    pub item: String,
    /// When it happened.
    pub at: Timestamp,
    /// Fields of the exchange standard, in its own codes; times as `YYYY-MM-DD hh:mm:ss`.
    pub fields: BTreeMap<&'static str, String>,
    /// A code that no table knows, instead of the right one: field and value.
    pub wrong: Option<(&'static str, &'static str)>,
    /// What the system writes instead of the truth, to the letter: field of the exchange standard → text.
    pub raw: BTreeMap<&'static str, String>,
    /// What is the matter with it.
    pub faults: Vec<Fault>,
}

impl Happening {
    /// Something that happened to a case and is shown at once.
    #[must_use]
    pub fn new(kind: RecordType, case_no: &str, item: &str, at: Timestamp) -> Self {
        Self {
            id: 0,
            visible_at: at,
            kind,
            key: case_no.to_owned(),
            version: 1,
            case_no: case_no.to_owned(),
            item: item.to_owned(),
            at,
            fields: BTreeMap::new(),
            wrong: None,
            raw: BTreeMap::new(),
            faults: Vec::new(),
        }
    }

    /// With a fault noted once.
    pub(super) fn mark(&mut self, fault: Fault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// In the order in which the system shows it.
    pub(super) fn order(&self, other: &Self) -> std::cmp::Ordering {
        (self.visible_at, self.at, &self.key).cmp(&(other.visible_at, other.at, &other.key))
    }
}

/// A time as departments write it.
pub(super) fn text(t: Timestamp) -> String {
    t.local().format("%Y-%m-%d %H:%M:%S").to_string()
}
