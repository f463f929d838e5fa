//! The rules by which supervisors write cards by hand (人工发牌): the county's own list, beside the 127 that the program judges.

use super::{Mode, Rule};
use crate::finding::Level;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One reason for which a person may write a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManualRule {
    /// `M-01`
    pub id: String,
    /// Counts up with every change.
    #[serde(default = "one")]
    pub version: u32,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// When it may be used, in words.
    pub trigger_zh: String,
    /// How serious. A red card is confirmed by another person.
    pub level: Level,
    /// Law articles and documents.
    pub basis: Vec<String>,
    /// Working days within which the department answers.
    pub feedback_days: u32,
    /// May be used.
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn one() -> u32 {
    1
}

fn yes() -> bool {
    true
}

impl ManualRule {
    /// What is wrong with it.
    #[must_use]
    pub fn wrong(&self) -> Option<&'static str> {
        let numbered =
            self.id.strip_prefix("M-").is_some_and(|n| n.len() == 2 && n.bytes().all(|b| b.is_ascii_digit()));
        if !numbered {
            Some("的编号应为 M-01 到 M-99")
        } else if self.name_zh.trim().is_empty() || self.trigger_zh.trim().is_empty() {
            Some("没有名称或适用情形")
        } else if self.level < Level::Prewarning {
            Some("的级别应为 prewarning、yellow 或 red")
        } else if self.basis.iter().all(|b| b.trim().is_empty()) {
            Some("没有依据（basis）")
        } else {
            None
        }
    }

    /// As the rule of a finding.
    #[must_use]
    pub fn rule(&self) -> Rule {
        Rule {
            id: self.id.clone(),
            version: self.version,
            name_zh: self.name_zh.clone(),
            name_en: self.name_en.clone(),
            trigger_zh: self.trigger_zh.clone(),
            trigger_en: String::new(),
            applies_to: None,
            family: self.id.to_lowercase(),
            levels: vec![self.level],
            mode: Mode::Auto,
            enabled: self.enabled,
            basis: self.basis.clone(),
            feedback_days: self.feedback_days,
            params: BTreeMap::new(),
        }
    }
}
