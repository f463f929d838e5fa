//! Matters: what people lead from a beginning to an end under a number – supervision orders, investigations, sampling plans. The
//! store keeps the number, the state and the document; what they mean stands in the domain.

use crate::{AuditEntry, OutboxRow, Result};
use async_trait::async_trait;
use daylight_domain::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A matter as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct MatterRow {
    /// `order`, `investigation`, `sampling`.
    pub kind: String,
    /// Its number; empty until it is drawn.
    pub no: String,
    /// The department it concerns; nothing: the county.
    pub department: Option<String>,
    /// State word.
    pub state: String,
    /// The last instant for what is due now.
    pub due: Option<Timestamp>,
    /// Grows with every change.
    pub revision: i64,
    /// The document, JSON, with its number under `no`.
    pub body: String,
}

impl MatterRow {
    /// The document.
    ///
    /// # Errors
    /// What is stored is no such document.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.body).map_err(|e| crate::StoreError::Database(format!("damaged row: {e}")))
    }

    /// A row of a document.
    ///
    /// # Errors
    /// The document cannot be written as JSON.
    pub fn write<T: Serialize>(document: &T, (kind, state): (&str, &str)) -> Result<Self> {
        let body = serde_json::to_string(document).map_err(|e| crate::StoreError::Database(e.to_string()))?;
        Ok(Self {
            kind: kind.to_owned(),
            no: String::new(),
            department: None,
            state: state.to_owned(),
            due: None,
            revision: 0,
            body,
        })
    }
}

/// Which matters.
#[derive(Clone, Debug, Default)]
pub struct MatterFilter {
    /// Kind word.
    pub kind: String,
    /// Department id.
    pub department: Option<String>,
    /// State words; none: all.
    pub states: Vec<String>,
    /// Due before.
    pub due_before: Option<Timestamp>,
    /// Start after this number.
    pub after: Option<String>,
    /// At most.
    pub limit: u32,
}

/// A file that belongs to a matter: evidence, a statement, a notice. Kept under the hash of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct DocumentRow {
    /// SHA-256 of the bytes, hexadecimal.
    pub digest: String,
    /// The file's name as it was given.
    pub name: String,
    /// Media type as it was given.
    pub media: String,
    /// Bytes.
    pub size: u64,
    /// When it came first.
    pub added_at: Timestamp,
    /// By whom.
    pub added_by: String,
    /// What it belongs to: the matter's number.
    pub matter: String,
    /// Who brought it.
    pub side: Side,
}

/// Who brought a file. Each side sees its own; who investigates sees both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Who leads the matter.
    Team,
    /// Whom it concerns.
    Department,
}

impl Side {
    /// The word in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Department => "department",
        }
    }
}

/// The verbs about matters. A change, its audit and its message become true in one transaction.
#[async_trait]
pub trait Matters: Send + Sync {
    /// Writes a new matter under the next number of a series (`DB3308242026` → `DB3308242026000001`), which is put into its
    /// document, the audit and the message (for `{no}`). Gives it back.
    async fn add_matter(
        &self,
        matter: MatterRow,
        series: &str,
        audit: AuditEntry,
        message: Option<OutboxRow>,
    ) -> Result<MatterRow>;
    /// Replaces a matter that nobody has changed since it was read; [`crate::StoreError::Conflict`] else.
    async fn update_matter(&self, matter: &MatterRow, audit: AuditEntry, message: Option<OutboxRow>) -> Result<()>;
    /// How many matters there are, by kind and state word; of one department or of all.
    async fn matter_counts(&self, department: Option<&str>) -> Result<Vec<(String, String, u64)>>;
    /// One matter.
    async fn matter(&self, kind: &str, no: &str) -> Result<Option<MatterRow>>;
    /// Matters by filter, in the order of their numbers.
    async fn matters(&self, filter: &MatterFilter) -> Result<Vec<MatterRow>>;
    /// How many matters of a kind are in each state there are matters in.
    async fn matter_states(&self, kind: &str, department: Option<&str>) -> Result<Vec<(String, u64)>>;
    /// Keeps a file under its hash, once.
    async fn put_document(&self, document: &DocumentRow, bytes: &[u8], audit: AuditEntry) -> Result<()>;
    /// One file with its bytes.
    async fn document(&self, matter: &str, side: Side, digest: &str) -> Result<Option<(DocumentRow, Vec<u8>)>>;
    /// The files of a matter, in the order in which they came.
    async fn documents(&self, matter: &str) -> Result<Vec<DocumentRow>>;
}
