//! How connectors stand, as their pulls say it. What it means stands in the server (`connection`).

use crate::{Result, RunRow};
use async_trait::async_trait;
use daylight_domain::Timestamp;
use daylight_domain::record::RecordType;

/// The pulls of one department, as far as they say how its connector stands. Pulls that run, and everything that is no pull, are
/// left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PullStanding {
    /// Department id.
    pub department: String,
    /// The newest pull that ended, however it ended.
    pub last: Option<RunRow>,
    /// The newest that failed, while none ended well since.
    pub failed: Option<RunRow>,
    /// Failures since the last that ended well.
    pub failures: u32,
    /// When the first of them began.
    pub failing_since: Option<Timestamp>,
    /// When the first pull began that ended well after the newest failure of all; nothing without one.
    pub well_since: Option<Timestamp>,
}

/// What stands at the head of an event: nothing of what was reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventHead {
    /// Number in the chain.
    pub seq: u64,
    /// It corrects another.
    pub amends: bool,
    /// Record type.
    pub record: RecordType,
    /// Case number or empty. Personal where numbers tell something.
    pub case_no: String,
    /// Source's version.
    pub data_version: u32,
    /// Business time.
    pub event_time: Timestamp,
    /// Our time.
    pub received_time: Timestamp,
    /// The link of the chain, hexadecimal. It is made with a salt.
    pub hash: String,
}

/// The verbs about connectors. A supertrait of [`crate::Store`].
#[async_trait]
pub trait Connections: Send + Sync {
    /// How the pulls of a department stand, or those of every department the store knows, by name; whatever their size: a few steps in an
    /// index for each. One that never pulled stands at nothing.
    async fn pull_standings(&self, department: Option<&str>) -> Result<Vec<PullStanding>>;
    /// As [`Connections::pull_standings`], of one.
    async fn pull_standing(&self, department: &str) -> Result<PullStanding> {
        let unheard = || PullStanding { department: department.to_owned(), ..PullStanding::default() };
        Ok(self.pull_standings(Some(department)).await?.pop().unwrap_or_else(unheard))
    }
    /// The heads of a department's last events, newest first.
    async fn last_events(&self, department: &str, limit: u32) -> Result<Vec<EventHead>>;
}
