//! Publications: a matter with the files of its bundle, which are written once, and what it tells of. What they mean stands in the
//! domain (`publication`).

use crate::{AuditEntry, MatterRow, Result};
use async_trait::async_trait;
use daylight_domain::Timestamp;
use daylight_domain::publication::FileEntry;

/// What a publication tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// A case: `department/case_no`.
    Case,
    /// A score run by its id.
    Score,
    /// The answer to a complaint, by its number.
    Answer,
}

impl About {
    /// The word in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Score => "score",
            Self::Answer => "answer",
        }
    }
}

/// A new publication.
#[derive(Clone, Debug)]
pub struct NewPublication {
    /// Its matter.
    pub matter: MatterRow,
    /// Its files with their bytes, the manifest first.
    pub files: Vec<(FileEntry, Vec<u8>)>,
    /// What it tells of.
    pub about: Vec<(About, String)>,
}

/// The verbs about publications. A supertrait of [`crate::Store`]. No verb changes a file.
#[async_trait]
pub trait Publications: Send + Sync {
    /// Writes a new publication under the next number of a series, with its files, in one transaction.
    async fn add_publication(&self, new: NewPublication, series: &str, audit: AuditEntry) -> Result<MatterRow>;
    /// Replaces the matter of a publication that nobody has changed since it was read, as it becomes public at a time. Of those that
    /// ask for one `place` only one is `published` at a time: where another is, nothing is changed and its number comes back.
    async fn publish(
        &self,
        matter: &MatterRow,
        at: Timestamp,
        place: Option<&str>,
        audit: AuditEntry,
    ) -> Result<Option<String>>;
    /// One file.
    async fn publication_file(&self, no: &str, name: &str) -> Result<Option<(FileEntry, Vec<u8>)>>;
    /// The publications that tell of something, with the time since when they were there for their audience, by number. What was
    /// withdrawn since was there all the same.
    async fn published_about(&self, about: About, name: &str) -> Result<Vec<(String, Option<Timestamp>)>>;
}
