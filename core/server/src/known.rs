//! Which facts beyond the records of a case this program yields. A rule that needs another is in the catalogue and tested, but
//! never judged; `rules list` says so.

use daylight_domain::rule::Need;
use std::collections::BTreeSet;

/// The facts that some part of this program feeds to the rules.
#[must_use]
pub fn facts() -> BTreeSet<Need> {
    BTreeSet::from([
        Need::Cards,
        Need::Catalogue,
        Need::Connections,
        Need::DayCounts,
        Need::Orders,
        Need::Reconciliations,
        Need::Samples,
        Need::SourceHealth,
        Need::Verified,
    ])
}
