//! The lives of score runs. What they mean stands in the domain (`evaluation`).

use crate::{AuditEntry, OutboxRow, Result};
use async_trait::async_trait;
use daylight_domain::evaluation::ScoreLife;

/// The life of a score run as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreLifeRow {
    /// The run's id.
    pub run: String,
    /// Standard id.
    pub standard: String,
    /// `2026-10`.
    pub period: String,
    /// Grows with every change; 0: not stored yet.
    pub revision: i64,
    /// The life.
    pub life: ScoreLife,
}

/// Which lives.
#[derive(Clone, Debug, Default)]
pub struct ScoreLifeFilter {
    /// Only of these runs; none: of all.
    pub runs: Vec<String>,
    /// Standard id.
    pub standard: Option<String>,
    /// What the period begins with: `2026` is a year, `2026-03` a month.
    pub period: Option<String>,
}

/// The verbs about lives of score runs. A change, its audit and its messages become true in one transaction.
#[async_trait]
pub trait ScoreLives: Send + Sync {
    /// The life of a run; nothing while it is a draft nobody did anything with.
    async fn score_life(&self, run: &str) -> Result<Option<ScoreLifeRow>>;
    /// Lives by filter, in the order of their runs.
    async fn score_lives(&self, filter: &ScoreLifeFilter) -> Result<Vec<ScoreLifeRow>>;
    /// Keeps a life that nobody has changed since it was read; [`crate::StoreError::Conflict`] else, and where another run of the
    /// standard and the period stands already.
    async fn keep_score_life(&self, row: &ScoreLifeRow, audit: AuditEntry, messages: Vec<OutboxRow>) -> Result<()>;
}
