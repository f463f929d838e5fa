//! The rules of the house as people look at them: each with the facts this county has not, and what it changed.

use crate::config::Loaded;
use crate::known;
use daylight_domain::rule::{Need, Rule, RuleOverride, needs};
use schemars::JsonSchema;
use serde::Serialize;

/// A rule, with the facts this county has not.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Listed {
    /// The rule, with what the county changed for everybody on every day left out.
    #[serde(flatten)]
    pub rule: Rule,
    /// Facts it needs beyond the records of a case.
    pub needs: Vec<Need>,
    /// Those of them that nothing in this county yields: it is never judged by them.
    pub missing: Vec<Need>,
    /// What the county changed in it, with the reason.
    pub overrides: Vec<RuleOverride>,
}

impl Listed {
    /// Whether it is judged: switched on, and every fact is there.
    #[must_use]
    pub fn judged(&self) -> bool {
        self.rule.enabled && self.missing.is_empty()
    }
}

/// Every rule, by id.
#[must_use]
pub fn listed(config: &Loaded) -> Vec<Listed> {
    let have = known::facts(config);
    let book = &config.rules.book;
    let one = |rule: &Rule| {
        let needs = needs(&rule.id);
        Listed {
            needs: needs.to_vec(),
            missing: needs.iter().copied().filter(|n| !have.contains(n)).collect(),
            overrides: book.overrides().filter(|o| o.rule == rule.id).cloned().collect(),
            rule: rule.clone(),
        }
    };
    book.all().map(one).collect()
}
