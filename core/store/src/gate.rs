//! Reports of the gate before a department goes live, and what was done with them. Rows are added and never changed. What they
//! mean stands in the server (`gate`).

use crate::{AuditEntry, Result};
use async_trait::async_trait;
use daylight_domain::Timestamp;

/// A report as it was frozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateReportRow {
    /// Its number.
    pub no: String,
    /// Department id.
    pub department: String,
    /// When it was frozen.
    pub made_at: Timestamp,
    /// SHA-256 of the body, hexadecimal.
    pub digest: String,
    /// What it says, JSON.
    pub body: String,
}

/// Something that was done with a report, once per side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateActRow {
    /// Number of the report.
    pub report: String,
    /// `department`, `county`, or `live`.
    pub side: String,
    /// Who; one person does one thing with a report.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// More about it, JSON.
    pub body: String,
}

/// The verbs about reports of the gate. A supertrait of [`crate::Store`]. No verb changes a row.
#[async_trait]
pub trait GateReports: Send + Sync {
    /// Freezes a report under its number. [`crate::StoreError::Conflict`] where that number is taken.
    async fn freeze_gate_report(&self, row: &GateReportRow, audit: AuditEntry) -> Result<()>;
    /// Reports, newest first, of one department or of all.
    async fn gate_reports(&self, department: Option<&str>) -> Result<Vec<GateReportRow>>;
    /// One report.
    async fn gate_report(&self, no: &str) -> Result<Option<GateReportRow>>;
    /// What was done with a report, earliest first.
    async fn gate_acts(&self, report: &str) -> Result<Vec<GateActRow>>;
    /// Adds what was done. [`crate::StoreError::Conflict`] where the side acted before, or the person did.
    async fn add_gate_act(&self, row: &GateActRow, audit: AuditEntry) -> Result<()>;
}
