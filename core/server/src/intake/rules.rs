//! What a county judges by: one immutable value, replaced as a whole when configuration is reloaded.

use daylight_domain::calendar::{Calendar, WorkSchedule};
use daylight_domain::item::Catalogue;
use daylight_domain::ledger::HashAlgorithm;
use daylight_domain::limit::ClockMode;
use daylight_domain::rule::RuleBook;

/// Items, days, rules, and the hash of the ledger.
#[derive(Debug)]
pub struct CountyRules {
    /// Items and flows.
    pub catalogue: Catalogue,
    /// Working days.
    pub calendar: Calendar,
    /// Office hours.
    pub schedule: WorkSchedule,
    /// How limits are counted.
    pub mode: ClockMode,
    /// Rules.
    pub book: RuleBook,
    /// The ledger's hash.
    pub algorithm: HashAlgorithm,
}
