//! Counts of cases, and the narrow facts that measures read of findings and cards. What a case says is added in the transaction that
//! writes it: a commit leaves one row of changes, and these are added to the cells a few dozen at a time, each exactly once. Whoever
//! reads takes cells and changes together.

use crate::Result;
use async_trait::async_trait;
use daylight_domain::Timestamp;
pub use daylight_domain::measure::Fact as FactRow;
use daylight_domain::tally::{Cells, Contribution, Flows, Month, Place, Row};

/// How many commits of a department are added to its cells at once.
pub const FOLD_EVERY: i64 = 64;
/// How many bytes of changes are added at once, if that comes first: every reader reads them all.
pub const FOLD_BYTES: i64 = 512 * 1024;

/// Which cells.
#[derive(Clone, Debug, Default)]
pub struct TallyFilter {
    /// Department id; nothing: all.
    pub department: Option<String>,
    /// First month.
    pub from: Month,
    /// Last month, included.
    pub to: Month,
    /// Only of this item.
    pub item: Option<String>,
    /// Only of this window.
    pub window: Option<String>,
    /// Only of this division.
    pub region: Option<String>,
}

impl TallyFilter {
    /// Whether a place is wanted, its month apart.
    #[must_use]
    pub fn takes(&self, place: &Place) -> bool {
        let is = |wanted: &Option<String>, it: &str| wanted.as_deref().is_none_or(|w| w == it);
        is(&self.item, &place.item) && is(&self.window, &place.window) && is(&self.region, &place.region)
    }
}

/// A stored cell.
#[derive(Clone, Debug)]
pub struct TallyRow {
    /// Department id.
    pub department: String,
    /// Where.
    pub place: Place,
    /// Its counts, as [`daylight_domain::tally::Cell::write`] gives them.
    pub body: Vec<u8>,
}

/// What is counted, in one consistent view.
#[derive(Clone, Debug, Default)]
pub struct Tallied {
    /// Cells of the wanted months.
    pub cells: Vec<TallyRow>,
    /// What was open before the first of them; the places' months say nothing.
    pub before: Vec<(String, Place, Flows)>,
    /// Changes that are not added to the cells yet, by department: of the wanted months, and of those before what is open.
    pub pending: Vec<(String, Cells)>,
}

/// A card as it is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardFact {
    /// Rule id.
    pub rule: String,
    /// 1–3.
    pub level: u8,
    /// State word.
    pub state: String,
    /// The case, where there is one.
    pub case_no: Option<String>,
    /// The item, where there is one.
    pub item_code: Option<String>,
    /// When its fact came true.
    pub fact_time: Timestamp,
    /// When it was written.
    pub created_at: Timestamp,
    /// When the answer was due.
    pub feedback_due: Option<Timestamp>,
    /// When it was answered.
    pub feedback_at: Option<Timestamp>,
    /// A higher card of its slot came true before the end of the period.
    pub replaced: bool,
}

/// By which of its times a card belongs to a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardTime {
    /// When its fact came true.
    Fact,
    /// When it was written.
    Created,
    /// When the answer was due.
    FeedbackDue,
}

impl crate::CaseRow {
    /// What it says to be counted.
    #[must_use]
    pub fn said(&self) -> Contribution {
        Contribution::of(&Row {
            case: &self.case,
            found: &self.found,
            promise_due: self.promise_due,
            legal_due: self.legal_due,
            over: self.over,
            used: self.used,
        })
    }
}

/// The verbs about counts. A supertrait of [`crate::Store`].
#[async_trait]
pub trait Tallies: Send + Sync {
    /// What is counted, cells and changes in one consistent view.
    async fn tally(&self, filter: &TallyFilter) -> Result<Tallied>;
    /// Adds a department's changes to its cells. Returns how many commits were added.
    async fn fold_tally(&self, department: &str) -> Result<u64>;
    /// Replaces all that is counted of a department by what was counted while its head stood at a revision;
    /// [`crate::StoreError::Conflict`] when it has moved.
    async fn replace_tally(&self, department: &str, revision: i64, cells: &Cells) -> Result<()>;
    /// Findings that stand and whose facts lie in a period (`from` included, `to` not), by time. `asked` are the rules for which it is
    /// asked whether a card was issued; the others are confirmed as they are.
    async fn facts(&self, department: &str, from: Timestamp, to: Timestamp, asked: &[String]) -> Result<Vec<FactRow>>;
    /// Cases of which every finding by one of the rules was revoked, by rule.
    async fn revoked_facts(&self, department: &str, rules: &[&str]) -> Result<Vec<(String, String)>>;
    /// Cards of a period (`from` included, `to` not), by number.
    async fn card_facts(
        &self,
        department: &str,
        time: CardTime,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<CardFact>>;
    /// Cards that were written in a period (`from` included, `to` not), counted by level and state.
    async fn card_counts(&self, department: &str, from: Timestamp, to: Timestamp) -> Result<Vec<(u8, String, u64)>>;
    /// Fills what is read of findings and cards, where they were written by a version that did not keep it.
    async fn fill_facts(&self) -> Result<u64>;
    /// Documents of the bad ratings (4 and 5) that people gave in a period (`from` included, `to` not), by time.
    async fn bad_ratings(&self, department: &str, from: Timestamp, to: Timestamp) -> Result<Vec<String>>;
    /// A department's declared days from the first date to the last, both included (`YYYY-MM-DD`), by date.
    async fn reconciled(&self, department: &str, from: &str, to: &str) -> Result<Vec<crate::ReconciliationRow>>;
}
