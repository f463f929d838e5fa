//! What an act reports: a record of the exchange standard, as a department's system would send it.

use crate::Timestamp;
use crate::record::{Field, RecordType};
use chrono::NaiveDate;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

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
    /// 日结: of how many records of each type the desk told on a day for the first time.
    #[must_use]
    pub fn day_close(date: NaiveDate, counts: &BTreeMap<String, u64>, at: Timestamp) -> Self {
        let (kind, source_key) = (RecordType::DayClose, date.to_string());
        let counts: Map<String, Value> = counts.iter().map(|(kind, n)| (kind.clone(), Value::from(*n))).collect();
        let mut object =
            Says::default().date(Field::Date, Some(date)).text(Field::Counts, &Value::Object(counts).to_string()).0;
        object.insert("type".to_owned(), kind.as_str().into());
        object.insert("source_key".to_owned(), source_key.clone().into());
        object.insert("event_time".to_owned(), at.rfc3339().into());
        Self { kind, source_key, data_version: 1, object }
    }

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
