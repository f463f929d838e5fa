//! The desk: its cases, what waits for somebody, what it reports, its papers and numbers. All that one act changes becomes true in one
//! transaction. What it means stands in the domain (`desk`).

use crate::{AuditEntry, OutboxRow, Result};
use async_trait::async_trait;
use daylight_domain::Timestamp;
use daylight_domain::desk::{DeskPaper, PaperDraft, Voided, Work};
use std::collections::BTreeMap;

/// A case at the desk as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct DeskRow {
    /// Department id.
    pub department: String,
    /// Its number; a mark until it is drawn.
    pub no: String,
    /// Grows with every act.
    pub revision: i64,
    /// State word.
    pub state: String,
    /// 事项编码
    pub item_code: String,
    /// Who has it.
    pub assigned: Option<String>,
    /// The salted hash of the applicant's name.
    pub name_key: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// Whether it is over.
    pub closed: bool,
    /// The document, JSON.
    pub body: String,
}

/// Something that waits for somebody.
#[derive(Clone, Debug, PartialEq)]
pub struct DeskWorkRow {
    /// The department of the case.
    pub owner: String,
    /// The case.
    pub case_no: String,
    /// What waits.
    pub work: Work,
    /// The last instant for it.
    pub due: Option<Timestamp>,
}

/// A number that is drawn as an act is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskDraw {
    /// Stands for it in everything that is written.
    pub mark: String,
    /// From which series of the department.
    pub series: String,
    /// What the number looks like, with `{n}` for the running number and `{n:6}` for one of at least six digits.
    pub pattern: String,
}

/// What the desk reports, as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct DeskRecordRow {
    /// Its place in the order of the department; given when it is written.
    pub seq: u64,
    /// The case.
    pub case_no: String,
    /// Record type word.
    pub kind: String,
    /// The desk's key of it.
    pub source_key: String,
    /// Its version.
    pub data_version: u32,
    /// When it was written.
    pub at: Timestamp,
    /// The record as one JSON object.
    pub body: String,
    /// What intake answered, JSON; nothing while it is on its way.
    pub receipt: Option<String>,
}

/// How far a desk has told of its days (日结).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeskDays {
    /// When its first record was written.
    pub first: Option<Timestamp>,
    /// The last day that was closed, as a date.
    pub closed: Option<String>,
}

/// What intake answered to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskReceipt {
    /// The record's place.
    pub seq: u64,
    /// `accepted`, `duplicate`, `waiting`, `rejected`.
    pub status: String,
    /// The answer, JSON.
    pub body: String,
}

/// All that one act changes.
#[derive(Clone, Debug)]
pub struct DeskCommit {
    /// The case as it becomes.
    pub row: DeskRow,
    /// The revision it was read at; nothing for a new case.
    pub seen: Option<i64>,
    /// What waits for somebody then, instead of what waited before.
    pub work: Vec<DeskWorkRow>,
    /// What it reports.
    pub records: Vec<DeskRecordRow>,
    /// Papers.
    pub papers: Vec<PaperDraft>,
    /// Numbers to be drawn, in this order.
    pub draws: Vec<DeskDraw>,
    /// The paper of this number becomes void; without a number every paper of the case.
    pub void: Option<(Option<String>, Voided)>,
    /// For the audit.
    pub audit: AuditEntry,
    /// Told to whom it concerns.
    pub messages: Vec<OutboxRow>,
}

/// Which cases.
#[derive(Clone, Debug, Default)]
pub struct DeskFilter {
    /// Department id.
    pub department: String,
    /// State words; none: all.
    pub states: Vec<String>,
    /// Item.
    pub item_code: Option<String>,
    /// The salted hash of the applicant's name.
    pub name_key: Option<String>,
    /// Who has it.
    pub assigned: Option<String>,
    /// What its number begins with.
    pub begins: Option<String>,
    /// Received from this instant on.
    pub from: Option<Timestamp>,
    /// Received before this instant.
    pub to: Option<Timestamp>,
    /// Start after this number.
    pub after: Option<String>,
    /// At most.
    pub limit: u32,
}

/// Which work.
#[derive(Clone, Debug, Default)]
pub struct DeskWorkFilter {
    /// Whose.
    pub department: String,
    /// Kind word.
    pub kind: Option<String>,
    /// The name of the step.
    pub name: Option<String>,
    /// Of this person, or of nobody yet where that is asked for too.
    pub assigned: Option<String>,
    /// What nobody has taken yet, beside what `assigned` has; alone: only that.
    pub free: bool,
    /// Due before.
    pub due_before: Option<Timestamp>,
    /// Start after this one: when it is due, department, case, key.
    pub after: Option<(i64, String, String, String)>,
    /// At most.
    pub limit: u32,
}

/// A number that was drawn.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct DeskNumberRow {
    /// Series.
    pub series: String,
    /// Running number.
    pub n: i64,
    /// As it is written.
    pub no: String,
    /// For which case.
    pub case_no: String,
    /// When.
    pub at: Timestamp,
    /// The paper of this number is void.
    pub void: bool,
}

/// The verbs about the desk. A supertrait of [`crate::Store`].
#[async_trait]
pub trait Desks: Send + Sync {
    /// Keeps acts that belong together – on a case, and on its parts at other departments' desks: draws their numbers, puts them in the
    /// place of their marks in all of them, writes cases, work, records, papers, audit and messages. Gives what each became, in order.
    /// [`crate::StoreError::Conflict`] when one of the cases was changed since it was read; nothing is written then.
    async fn keep_desk(&self, commits: Vec<DeskCommit>) -> Result<Vec<(DeskRow, Vec<DeskPaper>)>>;
    /// One case.
    async fn desk_case(&self, department: &str, no: &str) -> Result<Option<DeskRow>>;
    /// Cases by filter, in the order of their numbers.
    async fn desk_cases(&self, filter: &DeskFilter) -> Result<Vec<DeskRow>>;
    /// Work by filter, what is due first before.
    async fn desk_work(&self, filter: &DeskWorkFilter) -> Result<Vec<DeskWorkRow>>;
    /// Adds what the desk reports of itself and not of a case. What it has reported already is passed over.
    async fn add_desk_records(&self, department: &str, records: &[DeskRecordRow]) -> Result<()>;
    /// How far the days of a desk are closed.
    async fn desk_days(&self, department: &str) -> Result<DeskDays>;
    /// How many records of each type a desk told for the first time in a period (`from` included, `to` not), closed days aside.
    async fn desk_told(&self, department: &str, from: Timestamp, to: Timestamp) -> Result<BTreeMap<String, u64>>;
    /// What intake has not answered yet, in order.
    async fn desk_pending(&self, department: &str, limit: u32) -> Result<Vec<DeskRecordRow>>;
    /// Notes what intake answered. What has an answer keeps it.
    async fn desk_answered(&self, department: &str, receipts: &[DeskReceipt]) -> Result<()>;
    /// When the work of a case is due, by its key.
    async fn desk_due(&self, department: &str, case_no: &str, dues: &[(String, Option<Timestamp>)]) -> Result<()>;
    /// What was reported of a case, in order.
    async fn desk_records(&self, department: &str, case_no: &str) -> Result<Vec<DeskRecordRow>>;
    /// What intake refused of a department, newest first.
    async fn desk_refused(&self, department: &str, limit: u32) -> Result<Vec<DeskRecordRow>>;
    /// One paper.
    async fn desk_paper(&self, department: &str, no: &str) -> Result<Option<DeskPaper>>;
    /// The papers of a case, in the order in which they were made.
    async fn desk_papers(&self, department: &str, case_no: &str) -> Result<Vec<DeskPaper>>;
    /// Numbers that were drawn from a series, or from all, after a running number.
    async fn desk_numbers(
        &self,
        department: &str,
        series: Option<&str>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<DeskNumberRow>>;
}
