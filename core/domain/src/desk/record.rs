//! What an act reports: a record of the exchange standard, as a department's system would send it.

use crate::Timestamp;
use crate::record::{Field, RecordType};
use chrono::NaiveDate;
use serde_json::{Map, Value};

/// A record that goes to intake.
#[derive(Clone, Debug, PartialEq)]
pub struct DeskRecord {
    /// What it reports.
    pub kind: RecordType,
    /// The desk's own key of it.
    pub source_key: String,
    /// Counts up when it is told again.
    pub data_version: u32,
    /// All of it, as one JSON object.
    pub object: Map<String, Value>,
}

impl DeskRecord {
    /// As one line.
    #[must_use]
    pub fn line(&self) -> String {
        Value::Object(self.object.clone()).to_string()
    }
}

/// The fields of a record while it is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Says(pub Map<String, Value>);

impl Says {
    pub(super) fn text(mut self, field: Field, text: &str) -> Self {
        if !text.is_empty() {
            self.0.insert(field.as_str().to_owned(), Value::from(text));
        }
        self
    }

    pub(super) fn maybe(self, field: Field, text: Option<&str>) -> Self {
        self.text(field, text.unwrap_or(""))
    }

    pub(super) fn number(mut self, field: Field, number: u32) -> Self {
        self.0.insert(field.as_str().to_owned(), Value::from(number));
        self
    }

    /// Money: fen here, yuan with two decimals in a record.
    pub(super) fn fen(mut self, field: Field, fen: i64) -> Self {
        self.0.insert(field.as_str().to_owned(), Value::from(format!("{}.{:02}", fen / 100, fen % 100)));
        self
    }

    pub(super) fn flag(mut self, field: Field, flag: bool) -> Self {
        self.0.insert(field.as_str().to_owned(), Value::from(flag));
        self
    }

    pub(super) fn date(self, field: Field, date: Option<NaiveDate>) -> Self {
        self.text(field, &date.map(|d| d.to_string()).unwrap_or_default())
    }

    pub(super) fn at(self, field: Field, at: Option<Timestamp>) -> Self {
        self.text(field, &at.map(Timestamp::rfc3339).unwrap_or_default())
    }

    pub(super) fn list(mut self, field: Field, list: &[String]) -> Self {
        if !list.is_empty() {
            self.0.insert(field.as_str().to_owned(), Value::from(list.to_vec()));
        }
        self
    }
}
