//! What a plugin may use. There is no default: whoever runs a plugin says each number.

use serde::{Deserialize, Serialize};

/// Limits of a connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Bytes of linear memory.
    pub memory_bytes: usize,
    /// Processor time of one page, milliseconds.
    pub cpu_ms_per_page: u64,
    /// Time of one page by the clock on the wall, waiting for the source included, milliseconds.
    pub wall_ms_per_page: u64,
    /// Bytes that one call may carry across the boundary.
    pub transfer_bytes: usize,
    /// Host calls of one page.
    pub host_calls_per_page: u32,
    /// Rows of one page.
    pub page_rows: u32,
    /// Bytes of one page.
    pub page_bytes: usize,
    /// Log lines of one page; more are counted and dropped.
    pub log_lines_per_page: u32,
    /// Connections, statements and folders open at the same time.
    pub open_handles: u32,
    /// Bytes of one HTTP response or one piece of a file.
    pub response_bytes: usize,
    /// Milliseconds of one HTTP request.
    pub http_ms: u64,
    /// Pages in a row that may bring no progress of the cursor.
    pub idle_pages: u32,
}

/// Limits of a scoring standard, which runs on an engine of its own that counts instructions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StandardLimits {
    /// Bytes of linear memory.
    pub memory_bytes: usize,
    /// Instructions, roughly.
    pub fuel: u64,
    /// Bytes that one call may carry across the boundary.
    pub transfer_bytes: usize,
}
