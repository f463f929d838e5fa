//! The shapes of answers that are no row of the store.

use crate::connection::{ConnectorState, Duty};
use chrono::NaiveDate;
use daylight_domain::Timestamp;
use daylight_domain::card::Card;
use daylight_domain::case::{Case, CaseState};
use daylight_domain::department::Phase;
use daylight_domain::record::masked;
use daylight_store::{CaseRow, EventRow, FindingRow};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

pub use crate::stats::StatsView;

/// A page of a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Goes into `after` of the next request; nothing on the last page.
    pub next: Option<String>,
}

/// A department as others see it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DepartmentView {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Where it stands.
    pub phase: Phase,
    /// Its connector; nothing where records are pushed or imported.
    pub connector: Option<String>,
    /// When the last run began.
    pub last_pull: Option<Timestamp>,
    /// Why the last run was started: `schedule`, `catch-up`, `manual`, …
    pub last_reason: Option<String>,
    /// What the last run failed with.
    pub last_error: Option<String>,
    /// Seconds since the latest receipt.
    pub lag: Option<i64>,
    /// Cases.
    pub cases: u64,
    /// Cases that are open.
    pub open: u64,
    /// Records in quarantine.
    pub rejects: u64,
    /// Records that wait for their case.
    pub waiting: u64,
    /// How its connector stands.
    pub health: ConnectorState,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Whose turn it is.
    pub who: Duty,
    /// It is pulling now.
    pub pulling: bool,
    /// When it is pulled next, where that is known.
    pub next_pull: Option<Timestamp>,
    /// Standing cards: prewarning, yellow, red.
    pub cards: [u64; 3],
    /// Cards that wait for a person's confirmation, or (in trial) would count.
    pub inside: [u64; 3],
}

/// The clock of a case.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ClockView {
    /// The last instant within the promised limit.
    pub promise_due: Option<Timestamp>,
    /// The last instant within the legal limit.
    pub legal_due: Option<Timestamp>,
    /// When it is judged again although nothing arrives.
    pub next_due: Option<Timestamp>,
}

/// Everything about one case.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CaseView {
    /// Department id.
    pub department: String,
    /// The case.
    pub case: Arc<Case>,
    /// Its events in the order of the chain.
    pub events: Vec<EventRow>,
    /// Its limits.
    pub clock: ClockView,
    /// What was found.
    pub findings: Vec<FindingRow>,
    /// Cards about it.
    pub cards: Vec<Card>,
    /// Of a part of joint handling (联办): its main case, in each department that has a case of this number.
    pub main: Vec<CaseLink>,
    /// What other departments handle of it (协办).
    pub parts: Vec<CaseLink>,
}

/// The other side of joint handling.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CaseLink {
    /// Department id.
    pub department: String,
    /// 办件编号
    pub case_no: String,
    /// Where it stands.
    pub state: CaseState,
    /// The last day for an answer; nothing for a main case.
    pub expected_reply_by: Option<NaiveDate>,
    /// When it was answered, or over.
    pub finished_at: Option<Timestamp>,
}

impl CaseLink {
    pub(crate) fn of(row: &CaseRow) -> Self {
        Self {
            department: row.department.clone(),
            case_no: row.case.case_no.clone(),
            state: row.case.state,
            expected_reply_by: row.case.expected_reply_by,
            finished_at: row.case.finished_at,
        }
    }
}

impl CaseView {
    /// Makes everything personal unrecognisable.
    pub(super) fn mask(&mut self) {
        self.events.iter_mut().for_each(|event| event.payload = masked(&event.payload));
    }
}

/// A pull that was started.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Pulling {
    /// Its run id.
    pub run: String,
}

/// What a push was answered.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Pushed {
    /// The batch's run id.
    pub run: String,
    /// One receipt per record, in order.
    pub receipts: Vec<serde_json::Value>,
}

/// A token that was revoked.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Revoked {
    /// Its id.
    pub id: String,
}
