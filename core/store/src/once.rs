//! The key under which an operation is done once. Whatever an operation writes down of itself in the audit carries the mark of its key in
//! the same transaction: who sends it again after a death of the process is told that it was done, and it is not done twice.

use daylight_domain::Timestamp;

tokio::task_local! {
    static NOW: Option<Once>;
}

/// Stands where the status of an answer is: the deed was done, and its answer was not kept.
pub const ACTED: u16 = 0;

/// A key, and what was asked for under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// The key.
    pub key: String,
    /// Digest of the request.
    pub request: String,
    /// When it was asked.
    pub at: Timestamp,
}

impl Once {
    /// Does some work under the key. What the work hands to other tasks is not under it.
    pub async fn during<T>(self, work: impl Future<Output = T>) -> T {
        NOW.scope(Some(self), work).await
    }

    /// Does work that goes on where it stopped when it is asked for again: it may be done in part, and marks no key.
    pub async fn unmarked<T>(work: impl Future<Output = T>) -> T {
        NOW.scope(None, work).await
    }

    /// The key of the work that is being done.
    pub(crate) fn now() -> Option<Self> {
        NOW.try_with(Clone::clone).ok().flatten()
    }
}
