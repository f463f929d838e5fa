//! Everything that is kept: the ledger, its projections and the queues, on SQLite or PostgreSQL.
//!
//! [`Store`] speaks in verbs of the house, not in tables. Both implementations pass one conformance suite. All that one
//! page changes travels in one [`PageCommit`] and becomes true in one transaction, or not at all.
//!
//! Concurrency: a department's state carries a `revision`. Whoever computes a commit reads the revision first; the commit
//! is refused with [`StoreError::Conflict`] when somebody else was faster, and the caller computes again.

pub mod around;
mod connection;
pub mod delivery;
mod desk;
mod evaluation;
mod gate;
mod matter;
pub mod model;
mod once;
mod people;
mod postgres;
mod publication;
mod register;
mod schema;
mod source;
mod sqlite;
mod tally;

pub use around::CasesAround;
use async_trait::async_trait;
pub use connection::{Connections, EventHead, PullStanding};
use daylight_domain::Timestamp;
use daylight_domain::record::RecordType;
pub use delivery::{Deliveries, DeliveryFilter, DeliveryPlan, DeliveryRow, DeliveryState, DeliveryTotals};
pub use desk::{
    DeskCommit, DeskDays, DeskDraw, DeskFilter, DeskNumberRow, DeskReceipt, DeskRecordRow, DeskRow, DeskWorkFilter,
    DeskWorkRow, Desks,
};
pub use evaluation::{ScoreLifeFilter, ScoreLifeRow, ScoreLives};
pub use gate::{GateActRow, GateReportRow, GateReports};
pub use matter::{DocumentRow, MatterFilter, MatterRow, Matters, Side};
pub use model::*;
pub use once::{ACTED, Once};
pub use people::{CredentialRow, People, TokenKind, TokenRow, UserRow};
pub use postgres::Verbs as PostgresStore;
pub use publication::{About, NewPublication, Publications};
pub use register::{Counted, Entered, Entry, RatingNumbers, Registers};
pub use source::Sources;
pub use sqlite::{Verbs as SqliteStore, run_script};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
pub use tally::{CardFact, CardTime, FOLD_EVERY, FactRow, Tallied, Tallies, TallyFilter, TallyRow};

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The department's revision moved on (or a state changed) since it was read: read again and compute again.
    #[error("store.conflict: {0}")]
    Conflict(String),
    /// Nothing there under this name.
    #[error("store.not-found: {0}")]
    NotFound(String),
    /// The database was written by a newer version of this program.
    #[error("store.schema-newer: database has schema {found}, this program knows {known}")]
    SchemaNewer {
        /// What is there.
        found: i64,
        /// What we know.
        known: i64,
    },
    /// The database cannot be used as it is (version, settings, disk).
    #[error("store.unusable: {0}")]
    Unusable(String),
    /// An I/O or database error. The outcome of a write is then unknown; every write may be repeated.
    #[error("store.database: {0}")]
    Database(String),
}

/// A result of the store.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The verbs of the house.
#[async_trait]
pub trait Store:
    CasesAround
    + Connections
    + Deliveries
    + Desks
    + GateReports
    + People
    + Matters
    + Publications
    + Registers
    + ScoreLives
    + Tallies
    + Send
    + Sync
{
    // -- departments and intake ------------------------------------------------------------------------------------

    /// Makes the department known (idempotent) and returns its head.
    async fn head(&self, department: &str) -> Result<Head>;
    /// Everything a page needs to be computed, read in one consistent view.
    async fn load(&self, department: &str, want: &Want) -> Result<Loaded>;
    /// One page, one transaction. Numbers for cards are drawn here.
    async fn commit(&self, commit: PageCommit) -> Result<Committed>;
    /// The connector's cursor.
    async fn cursor(&self, department: &str) -> Result<Option<Vec<u8>>>;
    /// Forgets the cursor, so that the next pull starts from the beginning; `None`, or sets it.
    async fn set_cursor(&self, department: &str, cursor: Option<Vec<u8>>) -> Result<()>;
    /// Notes the phase a department is in; writes a row only when it changed.
    async fn note_phase(&self, department: &str, phase: &str, at: Timestamp) -> Result<()>;
    /// The phases a department went through, oldest first.
    async fn phases(&self, department: &str) -> Result<Vec<PhaseRow>>;
    /// The same of every department that reached one.
    async fn all_phases(&self) -> Result<HashMap<String, Vec<PhaseRow>>>;
    /// When anything was last received of a department.
    async fn last_received(&self, department: &str) -> Result<Option<Timestamp>>;
    /// When anything was last received, of every department that ever sent something.
    async fn last_receipts(&self) -> Result<HashMap<String, Timestamp>>;
    /// Totals of every department the store knows.
    async fn department_totals(&self) -> Result<Vec<DepartmentTotals>>;
    /// Numbers per day, from the first date to the last, both included (`YYYY-MM-DD`).
    async fn day_stats(&self, department: &str, from: &str, to: &str) -> Result<Vec<DayStat>>;
    /// Accepted records of one day of business time by type, for reconciliation.
    async fn counts_of_day(&self, department: &str, date: &str) -> Result<HashMap<RecordType, u64>>;

    /// Accepted records of one type by day of business time, from the first date to the last, both included.
    async fn counts_between(
        &self,
        department: &str,
        record: RecordType,
        from: &str,
        to: &str,
    ) -> Result<HashMap<String, u64>>;

    // -- runs and leases -------------------------------------------------------------------------------------------

    /// Writes a run; the same id again replaces it.
    async fn put_run(&self, run: &RunRow) -> Result<()>;
    /// One run.
    async fn run(&self, id: &str) -> Result<Option<RunRow>>;
    /// Runs, newest first.
    async fn runs(&self, department: Option<&str>, limit: u32, before: Option<&str>) -> Result<Vec<RunRow>>;
    /// The newest run of every department that ever had one.
    async fn last_runs(&self) -> Result<Vec<RunRow>>;
    /// Marks runs left open by a dead process as `interrupted`. Returns how many.
    async fn close_stale_runs(&self, now: Timestamp) -> Result<u64>;
    /// Takes or renews a lease. The token grows with every new holder.
    async fn lease(&self, name: &str, holder: &str, now: Timestamp, until: Timestamp) -> Result<Option<i64>>;

    // -- cases -----------------------------------------------------------------------------------------------------

    /// One case.
    async fn case(&self, department: &str, case_no: &str) -> Result<Option<CaseRow>>;
    /// Parts of a joint case: cases of any department that name this number as their main case, by department and number.
    async fn parts_of(&self, main: &str, limit: u32) -> Result<Vec<CaseRow>>;
    /// The case of this number in each department that has one.
    async fn cases_numbered(&self, case_no: &str) -> Result<Vec<CaseRow>>;
    /// Cases by filter, in the order of (department, case number).
    async fn cases(&self, filter: &CaseFilter) -> Result<Vec<CaseRow>>;
    /// How many cases are open, by state word; of one department or of all.
    async fn open_cases(&self, department: Option<&str>) -> Result<Vec<(String, u64)>>;
    /// How many open cases have a promised limit that ends before a time, and at or after another.
    async fn count_due(&self, department: Option<&str>, from: Option<Timestamp>, before: Timestamp) -> Result<u64>;
    /// The events of one case in the order of the chain.
    async fn case_events(&self, department: &str, case_no: &str) -> Result<Vec<EventRow>>;
    /// The events of every case whose number is after one and up to another, by case, each in the order of the chain.
    async fn events_of_cases(&self, department: &str, after: &str, last: &str) -> Result<Vec<EventRow>>;
    /// Cases whose due time has come, earliest first, without those of some departments.
    async fn due(&self, now: Timestamp, limit: u32, except: &[String]) -> Result<Vec<(String, String)>>;
    /// Arms every case that is open or was closed since a time, to be judged again at `at`. Returns how many.
    async fn rearm(&self, at: Timestamp, closed_since: Timestamp) -> Result<u64>;
    /// The earliest due time that is armed.
    async fn next_due(&self) -> Result<Option<Timestamp>>;
    /// Cases that touch a period: accepted before `to`, and open or closed at or after `from`. Pages by case number.
    async fn cases_in_period(
        &self,
        department: &str,
        from: Timestamp,
        to: Timestamp,
        after: &str,
        limit: u32,
    ) -> Result<Vec<CaseRow>>;

    // -- findings and cards ----------------------------------------------------------------------------------------

    /// Findings by filter, newest first.
    async fn findings(&self, filter: &FindingFilter) -> Result<Vec<FindingRow>>;
    /// Cards by filter, in the order of the number.
    async fn cards(&self, filter: &CardFilter) -> Result<Vec<daylight_domain::card::Card>>;
    /// How many cards a filter lets through, whatever its limit.
    async fn count_cards(&self, filter: &CardFilter) -> Result<u64>;
    /// How many cards are in each state there are cards in.
    async fn card_states(&self, department: Option<&str>) -> Result<Vec<(String, u64)>>;
    /// Cards of a department whose answer was due before a time, earliest first.
    async fn cards_unanswered(
        &self,
        department: &str,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<daylight_domain::card::Card>>;
    /// One card.
    async fn card(&self, no: &str) -> Result<Option<daylight_domain::card::Card>>;
    /// Replaces a card if it still is in `expected` state, and writes the audit row and the message, in one transaction.
    async fn update_card(
        &self,
        card: &daylight_domain::card::Card,
        expected: daylight_domain::card::CardState,
        audit: AuditEntry,
        message: Option<OutboxRow>,
    ) -> Result<()>;

    // -- quarantine ------------------------------------------------------------------------------------------------

    /// Quarantined records, newest first.
    async fn quarantine(&self, filter: &QuarantineFilter) -> Result<Vec<QuarantineRow>>;
    /// One of them.
    async fn quarantined(&self, id: &str) -> Result<Option<QuarantineRow>>;
    /// Waiting records whose time is over become rejected ones; returns them.
    async fn expire_waiting(&self, now: Timestamp) -> Result<u64>;
    /// Reconciliations, newest first.
    async fn reconciliations(&self, department: Option<&str>, limit: u32) -> Result<Vec<ReconciliationRow>>;

    // -- evaluation ------------------------------------------------------------------------------------------------

    /// Writes a score run with all its scorecards.
    async fn put_score_run(&self, run: &ScoreRunRow, audit: AuditEntry) -> Result<()>;
    /// One score run.
    async fn score_run(&self, id: &str) -> Result<Option<ScoreRunRow>>;
    /// Score runs, newest first, without inputs.
    async fn score_runs(&self, limit: u32) -> Result<Vec<ScoreRunRow>>;

    // -- plugins ---------------------------------------------------------------------------------------------------

    /// Stores an artifact under its digest (idempotent) and, unless it is there already, makes it the newest of its name.
    async fn put_plugin(&self, plugin: &PluginRow) -> Result<()>;
    /// Every stored plugin, without the bytes, newest first per name.
    async fn plugins(&self) -> Result<Vec<PluginRow>>;
    /// One artifact with its bytes.
    async fn plugin(&self, digest: &str) -> Result<Option<PluginRow>>;
    /// Keeps the acceptance report of a component, in place of one that was kept before.
    async fn put_plugin_report(&self, report: &PluginReportRow) -> Result<()>;
    /// The acceptance report of a component.
    async fn plugin_report(&self, digest: &str) -> Result<Option<PluginReportRow>>;
    /// Makes this digest the active version of its name; the one before is kept for rollback.
    async fn activate_plugin(&self, digest: &str, at: Timestamp, audit: AuditEntry) -> Result<()>;
    /// Takes a plugin out of service: no version of this name is active any more. The artifacts stay.
    async fn retire_plugin(&self, name: &str, audit: AuditEntry) -> Result<()>;

    // -- outbox, audit ------------------------------------------------------------------------------------------

    /// Rows after a place in the order of commits, of one department or of all.
    async fn outbox_after(&self, after: u64, department: Option<&str>, limit: u32) -> Result<Vec<OutboxRow>>;
    /// The last place in the order of commits.
    async fn outbox_end(&self) -> Result<u64>;
    /// Appends to the audit chain.
    async fn audit(&self, entry: AuditEntry) -> Result<()>;
    /// The audit chain, newest first.
    async fn audit_rows(&self, limit: u32, before: Option<i64>) -> Result<Vec<AuditRow>>;
    /// The stored answer under an idempotency key, if the key was used: (request digest, status, body). The status is [`ACTED`] where the
    /// deed was done and its answer not kept.
    async fn idempotent(&self, key: &str) -> Result<Option<(String, u16, String)>>;
    /// Stores an answer under an idempotency key; the first stays.
    async fn put_idempotent(
        &self,
        key: &str,
        request_digest: &str,
        status: u16,
        body: &str,
        at: Timestamp,
    ) -> Result<()>;
    /// A small named value (for example the hash algorithm the ledger was begun with).
    async fn setting(&self, name: &str) -> Result<Option<String>>;
    /// Sets a small named value.
    async fn put_setting(&self, name: &str, value: &str) -> Result<()>;

    // -- proof and care --------------------------------------------------------------------------------------------

    /// Recomputes a department's chain from the stored bytes, and re-hashes the raw pages.
    async fn verify_ledger(&self, department: &str) -> Result<LedgerReport>;
    /// Recomputes the audit chain from the stored bytes. The report's department is `audit`.
    async fn verify_audit(&self) -> Result<LedgerReport>;
    /// The raw record of an event: what the source sent, as it was received.
    async fn raw_page(&self, department: &str, page: i64) -> Result<Option<RawPage>>;
    /// The ends of the chains of all departments.
    async fn chain_ends(&self) -> Result<Vec<ChainEnd>>;
    /// Leaves of the chain in order, from `after` (exclusive), for Merkle proofs.
    async fn leaves(&self, department: &str, after: u64, limit: u32) -> Result<Vec<[u8; 32]>>;
    /// Writes a consistent copy of the database to a new file. SQLite only; PostgreSQL answers `Unusable` with the command to use.
    async fn backup(&self, to: &Path) -> Result<PathBuf>;
    /// What the database says of itself.
    async fn health(&self) -> Result<StoreHealth>;
    /// Ends all connections after the writer has drained.
    async fn close(&self);
}

/// A ledger keeps the hash it was begun with.
async fn same_hash(store: &impl Store, algorithm: daylight_domain::ledger::HashAlgorithm) -> Result<()> {
    match store.setting("ledger.hash").await? {
        None => store.put_setting("ledger.hash", algorithm.as_str()).await,
        Some(begun) if begun == algorithm.as_str() => Ok(()),
        Some(begun) => Err(StoreError::Unusable(format!(
            "the ledger was begun with {begun}; configuration says {}: set it back to {begun}",
            algorithm.as_str()
        ))),
    }
}
