//! What the host lends to plugins and somebody else provides: secrets, and read-only department databases.

use crate::cell::Cell;
use async_trait::async_trait;

/// Secrets by department and name. The value never reaches a plugin.
pub trait SecretSource: Send + Sync {
    /// The secret, or nothing when the county stores none under this name for this department.
    fn secret(&self, department: &str, name: &str) -> Option<String>;
}

/// The kind of a department's database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// MySQL and MariaDB.
    Mysql,
    /// PostgreSQL and its Chinese relatives.
    Postgresql,
    /// A SQLite file.
    Sqlite,
}

/// Why a source database could not do it. `code` is one of `database.unreachable`, `database.login`, `database.query`,
/// `database.not-read-only`, `database.timeout`, `database.too-large`.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub struct SourceError {
    /// Stable.
    pub code: &'static str,
    /// For the operator; never contains the password.
    pub message: String,
    /// Whether trying again later can help.
    pub retryable: bool,
}

/// A piece of a result.
#[derive(Clone, Debug, Default)]
pub struct SourceRows {
    /// Names, the same in every piece.
    pub columns: Vec<String>,
    /// One cell per column.
    pub rows: Vec<Vec<Cell>>,
    /// Nothing follows.
    pub done: bool,
}

/// Opens department databases.
#[async_trait]
pub trait SourceDatabase: Send + Sync {
    /// Connects. `url` carries user and password; nothing of it may appear in an error.
    async fn connect(&self, url: &str) -> Result<Box<dyn SourceConnection>, SourceError>;
}

/// One connection, read-only by whatever means the database has (read-only transaction, `mode=ro`).
#[async_trait]
pub trait SourceConnection: Send {
    /// The kind of database.
    fn dialect(&self) -> Dialect;
    /// Starts a query with `?` parameters in every dialect. Exactly one statement that only reads.
    /// The rows arrive through the stream without being collected first.
    async fn query(&mut self, sql: &str, parameters: Vec<Cell>) -> Result<Box<dyn SourceStatement>, SourceError>;
}

/// A running query.
#[async_trait]
pub trait SourceStatement: Send {
    /// At most `max_rows` rows and roughly at most `max_bytes` bytes of cells (at least one row).
    async fn next(&mut self, max_rows: usize, max_bytes: usize) -> Result<SourceRows, SourceError>;
}
