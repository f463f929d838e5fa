//! What a county judges by: one immutable value, replaced as a whole when configuration is reloaded.

use daylight_domain::Timestamp;
use daylight_domain::calendar::{Calendar, WorkSchedule};
use daylight_domain::case::Case;
use daylight_domain::item::{Catalogue, Item};
use daylight_domain::ledger::HashAlgorithm;
use daylight_domain::limit::ClockMode;
use daylight_domain::rule::{Around, Compares, Facts, RuleBook};
use std::sync::Arc;

/// Items, days, rules, and the hash of the ledger.
#[derive(Clone, Debug)]
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

impl CountyRules {
    /// What rules about anything but cases stand on.
    #[must_use]
    pub fn ground(&self, now: Timestamp) -> daylight_domain::rule::Ground<'_> {
        daylight_domain::rule::Ground { calendar: &self.calendar, schedule: &self.schedule, mode: self.mode, now }
    }

    /// The version of a case's item by which it is judged.
    #[must_use]
    pub fn item(&self, case: &Case) -> Option<&Item> {
        self.catalogue.version(&case.item_code, case.item_version).map(Arc::as_ref)
    }

    /// With which other cases a case is compared.
    #[must_use]
    pub fn compares(&self, case: &Case) -> Compares {
        Compares::of(&self.book, case, self.item(case))
    }

    /// What the rules of a case read: the same for whoever judges, explains, proves or compares.
    #[must_use]
    pub fn facts<'a>(
        &'a self,
        department: &'a str,
        sla_ms: i64,
        case: &'a Case,
        around: &'a Around,
        now: Timestamp,
    ) -> Facts<'a> {
        Facts {
            case,
            item: self.item(case),
            department,
            around,
            calendar: &self.calendar,
            schedule: &self.schedule,
            mode: self.mode,
            now,
            sla_ms,
        }
    }
}
