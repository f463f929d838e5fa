//! The parts of a bundle: every field there is.

use super::settings::Told;
use crate::connection::{ConnectorState, Duty};
use crate::doctor::State;
use daylight_domain::Timestamp;
use daylight_domain::department::Phase;
use daylight_host::{Asks, Limits, StandardLimits};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
pub(super) struct About {
    pub format: &'static str,
    pub made_at: Timestamp,
    pub clock: Clock,
    pub program: &'static str,
    pub wasmtime: &'static str,
    pub contract: &'static str,
    pub system: String,
    pub architecture: &'static str,
    pub database: Database,
}

/// The county's clock beside the machine's, and what was received last: a clock that went back shows.
#[derive(Serialize)]
pub(super) struct Clock {
    pub county: Timestamp,
    pub machine_unix_ms: Option<u64>,
    pub started: Timestamp,
    pub last_received: Option<Timestamp>,
}

#[derive(Serialize)]
pub(super) struct Database {
    pub engine: String,
    pub version: String,
    pub schema: i64,
    pub bytes: u64,
}

#[derive(Serialize)]
pub(super) struct Standing {
    pub department: String,
    pub phase: Phase,
    pub planned: BTreeMap<Phase, chrono::NaiveDate>,
    pub state: ConnectorState,
    pub since: Option<Timestamp>,
    pub who: Duty,
    pub failures: u32,
    pub error_code: Option<String>,
    pub next_pull: Option<Timestamp>,
    pub pulling: bool,
    pub lag_seconds: Option<i64>,
    pub scheduled: bool,
    pub jitter_seconds: u32,
    pub sla_minutes: u32,
    pub silence_minutes: u32,
    pub page_rows: u32,
    pub desk: bool,
    pub configuration: String,
}

#[derive(Serialize)]
pub(super) struct Plugin {
    pub name: String,
    pub version: String,
    pub kind: String,
    pub digest: String,
    pub bundled: bool,
    pub installed_at: Timestamp,
    pub active_since: Option<Timestamp>,
    pub contract: Option<String>,
}

/// Secrets, databases and folders by their names; of an address its origin alone, of a folder nothing.
#[derive(Serialize)]
pub(super) struct Granted {
    pub http: Vec<String>,
    pub private: usize,
    pub secrets: Vec<String>,
    pub secrets_stored: usize,
    pub databases: BTreeMap<String, Option<String>>,
    pub folders: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct Allowed {
    pub limits: Option<Limits>,
    pub standard_limits: StandardLimits,
    pub threads: usize,
    pub asks: Option<Asks>,
    pub granted: Granted,
    pub settings: Vec<Told>,
}

#[derive(Serialize)]
pub(super) struct Run {
    pub id: String,
    pub kind: String,
    pub reason: String,
    pub status: String,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub pages: u64,
    pub records: u64,
    pub accepted: u64,
    pub duplicates: u64,
    pub rejected: u64,
    pub waiting: u64,
    pub error_code: Option<String>,
    pub error: Option<String>,
}

/// The head of an event. A case is a number within this bundle: it says which events belong together, and no more.
#[derive(Serialize)]
pub(super) struct Event {
    pub seq: u64,
    pub amends: bool,
    pub record: &'static str,
    pub case: Option<usize>,
    pub data_version: u32,
    pub event_time: Timestamp,
    pub received_time: Timestamp,
    pub hash: String,
}

#[derive(Serialize)]
pub(super) struct Asked {
    pub code: &'static str,
    pub met: Option<bool>,
    pub numbers: Option<(u64, u64)>,
}

#[derive(Serialize)]
pub(super) struct Seen {
    pub what: String,
    pub state: State,
    pub code: Option<String>,
    pub seen: String,
}
