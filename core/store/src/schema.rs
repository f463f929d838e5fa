//! The tables, and how they come into being. Migrations go forward only, each in one transaction.
//!
//! The text is written for SQLite (`STRICT` tables); PostgreSQL gets the same text with its own type names.

/// Migrations in order; the position is the schema version. Never edited once released, only appended to.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_begin.sql"),
    include_str!("../migrations/0002_people_and_matters.sql"),
    include_str!("../migrations/0003_delivery.sql"),
    include_str!("../migrations/0004_applicant.sql"),
    include_str!("../migrations/0005_score_life.sql"),
    include_str!("../migrations/0006_complaint.sql"),
    include_str!("../migrations/0007_tally.sql"),
    include_str!("../migrations/0008_publication.sql"),
    include_str!("../migrations/0009_publication_once.sql"),
    include_str!("../migrations/0010_desk.sql"),
    include_str!("../migrations/0012_appeal.sql"),
    include_str!("../migrations/0013_open_cases.sql"),
    include_str!("../migrations/0014_plugin_report.sql"),
    include_str!("../migrations/0015_connection_and_gate.sql"),
    include_str!("../migrations/0016_counts.sql"),
    include_str!("../migrations/0017_who_decided.sql"),
    include_str!("../migrations/0018_parts.sql"),
];

/// The schema this program knows.
pub(crate) fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// The statements of a migration, in PostgreSQL's words.
pub(crate) fn for_postgres(text: &str) -> String {
    text.replace("body ->", "body::json ->")
        .replace("INTEGER", "BIGINT")
        .replace("BLOB", "BYTEA")
        .replace(") STRICT, WITHOUT ROWID;", ");")
        .replace(") STRICT;", ");")
}
