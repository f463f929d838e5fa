//! Which facts beyond the records of a case this program yields. A rule that needs another is in the catalogue and tested, but
//! never judged; `rules list` says so.

use crate::config::Loaded;
use daylight_domain::rule::{Need, Rule};
use std::collections::BTreeSet;

/// The facts that some part of this program feeds to the rules, as this county is configured: a register of staff is a fact only
/// where some department has one.
#[must_use]
pub fn facts(config: &Loaded) -> BTreeSet<Need> {
    let mut all = BTreeSet::from([
        Need::Batches,
        Need::Cards,
        Need::Catalogue,
        Need::Complaints,
        Need::Connections,
        Need::DayCounts,
        Need::Enquiries,
        Need::Disciplines,
        Need::Exclusions,
        Need::LimitChanges,
        Need::Orders,
        Need::OtherCases,
        Need::Plugins,
        Need::ProvincialCatalogue,
        Need::Publications,
        Need::Ratings,
        Need::Reconciliations,
        Need::ResultPages,
        Need::RuleStates,
        Need::Samples,
        Need::SourceHealth,
        Need::Verified,
    ]);
    if config.main.publication.guides {
        all.insert(Need::GuidePages);
    }
    if !config.staff.is_empty() {
        all.insert(Need::Staff);
    }
    all
}

/// The rules as they are delivered, by id.
#[must_use]
pub fn delivered() -> Vec<Rule> {
    #[derive(serde::Deserialize)]
    struct File {
        #[serde(default)]
        rule: Vec<Rule>,
    }
    let files = crate::demo::place::sample_files().iter().filter(|(name, _)| name.starts_with("rules/"));
    let all = files.filter_map(|(_, text)| toml::from_str::<File>(text).ok());
    let mut all: Vec<Rule> = all.flat_map(|f| f.rule).collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

/// Ids of the rules that are on in the delivered catalogue.
#[must_use]
pub fn on_by_default() -> Vec<String> {
    delivered().into_iter().filter(|r| r.enabled).map(|r| r.id).collect()
}
