//! Which facts beyond the records of a case this program yields. A rule that needs another is in the catalogue and tested, but
//! never judged; `rules list` says so.

use crate::config::Loaded;
use daylight_domain::rule::Need;
use std::collections::BTreeSet;

/// The facts that some part of this program feeds to the rules, as this county is configured: a register of staff is a fact only
/// where some department has one.
#[must_use]
pub fn facts(config: &Loaded) -> BTreeSet<Need> {
    let mut all = BTreeSet::from([
        Need::Cards,
        Need::Catalogue,
        Need::Connections,
        Need::DayCounts,
        Need::Orders,
        Need::OtherCases,
        Need::Reconciliations,
        Need::Samples,
        Need::SourceHealth,
        Need::Verified,
    ]);
    if !config.staff.is_empty() {
        all.insert(Need::Staff);
    }
    all
}
