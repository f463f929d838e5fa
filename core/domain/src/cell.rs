//! What a connector hands over: a page of rows with named columns, before anybody has looked at its meaning.

use serde::{Deserialize, Serialize};

/// One value as it crossed the plugin boundary (`wit/v1`, `types.cell`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", tag = "t", content = "v")]
pub enum Cell {
    /// Nothing there.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A decimal number as text, so that nothing is rounded.
    Decimal(String),
    /// Text.
    Text(String),
    /// `YYYY-MM-DD`.
    Date(String),
    /// RFC 3339, or local time without offset.
    Instant(String),
    /// Anything else.
    Bytes(Vec<u8>),
}

impl Cell {
    /// True for [`Cell::Null`] and for text that is empty or blank.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Decimal(t) | Self::Text(t) | Self::Date(t) | Self::Instant(t) => t.trim().is_empty(),
            _ => false,
        }
    }

    /// Bytes this value takes, for limits.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Null | Self::Boolean(_) => 1,
            Self::Integer(_) => 8,
            Self::Decimal(t) | Self::Text(t) | Self::Date(t) | Self::Instant(t) => t.len(),
            Self::Bytes(b) => b.len(),
        }
    }
}

/// Where a connector goes on. Opaque, at most [`CURSOR_MAX`] bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Cursor(pub Vec<u8>);

/// The longest cursor a plugin may return, in bytes.
pub const CURSOR_MAX: usize = 4096;

/// A batch of rows of one dataset: the unit of a host call, a deadline, a transaction and a cursor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Page {
    /// `exchange` for exchange records.
    pub dataset: String,
    /// Names, once.
    pub columns: Vec<String>,
    /// Every row has one cell per column.
    pub rows: Vec<Vec<Cell>>,
    /// Where the next page starts.
    pub next: Option<Cursor>,
    /// Nothing more for now.
    pub done: bool,
}
