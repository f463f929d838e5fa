//! The catalogue of rules, as read from `config/rules`.

use super::{CASE_RULES, CaseRule, OTHER_RULES};
use crate::finding::Level;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a finding becomes a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The card is issued at once. 自动
    Auto,
    /// A named person confirms it first. 经确认
    Confirm,
    /// No card. 提示
    Hint,
}

/// One rule in one version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `T-02`.
    pub id: String,
    /// Counts up with every change of the text or the parameters.
    pub version: u32,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// When it is broken, in words.
    pub trigger_zh: String,
    /// Of one object and family only the highest card counts.
    pub family: String,
    /// The levels it can give, from low to high.
    pub levels: Vec<Level>,
    /// How its findings become cards.
    pub mode: Mode,
    /// Switched on.
    pub enabled: bool,
    /// Law articles and published standards.
    pub basis: Vec<String>,
    /// Working days within which the department answers a card.
    pub feedback_days: u32,
    /// Whole numbers by name.
    #[serde(default)]
    pub params: BTreeMap<String, i64>,
}

impl Rule {
    /// A parameter; the book guarantees that every parameter its function reads is there.
    #[must_use]
    pub fn param(&self, name: &str) -> i64 {
        self.params.get(name).copied().unwrap_or(0)
    }

    /// The lower of its levels.
    #[must_use]
    pub fn low(&self) -> Level {
        self.levels.first().copied().unwrap_or(Level::Hint)
    }

    /// The higher of its levels.
    #[must_use]
    pub fn high(&self) -> Level {
        self.levels.last().copied().unwrap_or(Level::Hint)
    }
}

/// Why a catalogue of rules cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The same rule twice.
    #[error("rule.twice: 规则 {0} 出现了两次")]
    Twice(String),
    /// No function has this id.
    #[error("rule.unknown: 本程序没有规则 {0}；可用的规则见 config/rules/README.md")]
    Unknown(String),
    /// A parameter the function reads is missing, unknown or negative.
    #[error("rule.parameter: 规则 {rule} 的参数 {name} {problem}")]
    Parameter {
        /// Which rule.
        rule: String,
        /// Which parameter.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A rule gives no level, or in falling order.
    #[error("rule.levels: 规则 {0} 的 levels 应由低到高，至少一个")]
    Levels(String),
}

/// Parameters each rule reads.
const PARAMETERS: &[(&str, &[&str])] = &[
    ("T-01", &["pre_days", "short_limit", "short_pre_days"]),
    ("T-04", &["pre_days"]),
    ("T-05", &["yellow_over"]),
    ("T-08", &["legal_days"]),
    ("T-10", &["days"]),
    ("T-12", &["legal_days"]),
    ("P-01", &["min_chars"]),
    ("D-02", &["day_percent"]),
    ("U-01", &["yellow_days"]),
    ("U-04", &["horizon_days"]),
];

/// The rules of a county, by id.
#[derive(Clone, Debug, Default)]
pub struct RuleBook {
    rules: BTreeMap<String, Rule>,
    active: Vec<(Rule, CaseRule)>,
}

impl RuleBook {
    /// From every rule of every file.
    ///
    /// # Errors
    /// The first rule that contradicts the program.
    pub fn new(all: impl IntoIterator<Item = Rule>) -> Result<Self, RuleError> {
        let mut rules = BTreeMap::new();
        for rule in all {
            Self::fits(&rule)?;
            if let Some(twice) = rules.insert(rule.id.clone(), rule) {
                return Err(RuleError::Twice(twice.id));
            }
        }
        let active = CASE_RULES
            .iter()
            .filter_map(|(id, run)| rules.get(*id).filter(|r: &&Rule| r.enabled).map(|r| (r.clone(), *run)))
            .collect();
        Ok(Self { rules, active })
    }

    /// Whether one rule can be run by this program.
    ///
    /// # Errors
    /// What contradicts it.
    pub fn fits(rule: &Rule) -> Result<(), RuleError> {
        if !CASE_RULES.iter().any(|(id, _)| *id == rule.id) && !OTHER_RULES.contains(&rule.id.as_str()) {
            return Err(RuleError::Unknown(rule.id.clone()));
        }
        if rule.levels.is_empty() || !rule.levels.is_sorted() {
            return Err(RuleError::Levels(rule.id.clone()));
        }
        let known = PARAMETERS.iter().find(|(id, _)| *id == rule.id).map_or(&[] as &[&str], |(_, names)| names);
        let problem = |name: &str, problem: &str| RuleError::Parameter {
            rule: rule.id.clone(),
            name: name.to_owned(),
            problem: problem.to_owned(),
        };
        if let Some(name) = known.iter().find(|name| !rule.params.contains_key(**name)) {
            return Err(problem(name, "缺失"));
        }
        for (name, value) in &rule.params {
            if !known.contains(&name.as_str()) {
                return Err(problem(name, "不认识"));
            }
            if !(0..=10_000).contains(value) {
                return Err(problem(name, "应在 0 到 10000 之间"));
            }
        }
        Ok(())
    }

    /// One rule.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.get(id)
    }

    /// Every rule, by id.
    pub fn all(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    pub(super) fn case_rules(&self) -> impl Iterator<Item = (&Rule, CaseRule)> {
        self.active.iter().map(|(rule, run)| (rule, *run))
    }
}
