//! Registers: matters that come from outside and must not be entered twice, are found by more than their number, and are looked at
//! again when their time has come. Complaints, enquiries and ratings.

use crate::{AuditEntry, MatterRow, OutboxRow, Result};
use async_trait::async_trait;
use daylight_domain::Timestamp;

/// What is written beside a new matter of a register.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Names that make it once: where one is taken, nothing is written.
    pub once: Vec<String>,
    /// Names by which it is found, at its time.
    pub keys: Vec<String>,
    /// Its time.
    pub at: Timestamp,
    /// How a rating is counted.
    pub counted: Option<Counted>,
}

/// A rating as it is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Department id.
    pub department: String,
    /// 1 very satisfied … 5 very dissatisfied.
    pub satisfaction: u8,
    /// Given by the system.
    pub by_default: bool,
    /// The window.
    pub place: Option<String>,
    /// The device.
    pub device: Option<String>,
}

/// A department's ratings of a period, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RatingNumbers {
    /// All.
    pub ratings: u64,
    /// Given by the system.
    pub by_default: u64,
    /// Good ones (1–3) by people.
    pub active_good: u64,
}

/// Whether a matter was entered, or stood in the register before.
#[derive(Clone, Debug, PartialEq)]
pub enum Entered {
    /// It is new, under its number.
    New(MatterRow),
    /// The number under which it stood.
    Before(String),
}

/// The verbs about registers. A supertrait of [`crate::Store`].
#[async_trait]
pub trait Registers: Send + Sync {
    /// Writes a new matter under the next number of a series with its keys, unless one of the names that make it once is taken.
    /// One transaction; `{no}` in audit and message is filled in.
    async fn enter(
        &self,
        matter: MatterRow,
        series: &str,
        entry: Entry,
        audit: AuditEntry,
        message: Option<OutboxRow>,
    ) -> Result<Entered>;
    /// Adds a name by which a matter is found. Again is the same.
    async fn put_key(&self, kind: &str, name: &str, at: Timestamp, no: &str) -> Result<()>;
    /// Who has a name, from a time on (to another, not included), oldest first, at most `limit`.
    async fn keyed(
        &self,
        kind: &str,
        name: &str,
        period: (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<Vec<(Timestamp, String)>>;
    /// The matter that a name made once.
    async fn entered_as(&self, kind: &str, name: &str) -> Result<Option<String>>;
    /// When a matter is to be looked at again. Neither its revision nor anything else changes.
    async fn look_again(&self, no: &str, revision: i64, at: Option<Timestamp>) -> Result<()>;
    /// A department's ratings of a period (`from` included, `to` not), counted.
    async fn rating_numbers(&self, department: &str, from: Timestamp, to: Timestamp) -> Result<RatingNumbers>;
    /// Ratings that people gave at a window of a department in a period, by window and time: window, when, device. At most `limit`.
    async fn rating_stamps(
        &self,
        department: &str,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<(String, Timestamp, Option<String>)>>;
}
