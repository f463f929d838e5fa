//! The truth: an append-only, hash-chained list of events per department. A case is only a view of it.

use crate::Timestamp;
use crate::record::{Fields, RecordType};
use serde::{Deserialize, Serialize};

/// What an event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A record was reported for the first time.
    Reported,
    /// A record already reported came again with a higher `data_version`; `supersedes` names the earlier event.
    Amended,
}

/// Where the raw record of an event lies: the page and the position in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawRef {
    /// Number of the raw page, per department.
    pub page: i64,
    /// Position in the page, from 0.
    pub index: u32,
}

/// One link of a department's chain.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// Position in the department's chain, from 1, without gaps.
    pub seq: u64,
    /// Reported or amended.
    pub kind: EventKind,
    /// What the record reports.
    pub record: RecordType,
    /// The case, empty for records about none.
    pub case_no: String,
    /// The item code as reported.
    pub item_code: Option<String>,
    /// The source's key.
    pub source_key: String,
    /// The source's version.
    pub data_version: u32,
    /// When it happened, as the source claims.
    pub event_time: Timestamp,
    /// When it reached this house.
    pub received_time: Timestamp,
    /// The fields, as checked. Their canonical JSON is what is stored and hashed.
    pub fields: Fields,
    /// The event this one corrects.
    pub supersedes: Option<u64>,
    /// The raw record.
    pub raw: RawRef,
    /// Random, so that a leaf can be forgotten while proofs still verify.
    #[serde(with = "hex::serde")]
    pub salt: [u8; 16],
    /// `leaf` of the stored bytes, then chained: see [`crate::ledger`].
    #[serde(with = "hex::serde")]
    pub hash: [u8; 32],
}
