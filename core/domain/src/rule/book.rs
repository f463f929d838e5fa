//! The catalogue of rules, as read from `config/rules`.

use super::judge::{CASE_RULES, CaseRule};
use super::overrides::{self, Whose};
use super::program::{self, About};
use super::{Hit, ManualRule, RuleOverride};
use crate::calendar::Calendar;
use crate::finding::{Finding, Level};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
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
    /// The same in English; empty where whoever wrote the rule said it in Chinese alone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub trigger_en: String,
    /// What it applies to; nothing: as the program says ([`super::program()`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applies_to: Option<About>,
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
    /// A finding by this rule.
    pub(super) fn finding(
        &self,
        hit: Hit,
        case_no: Option<&str>,
        item_code: Option<&str>,
        calendar: &Calendar,
    ) -> Finding {
        Finding {
            rule: self.id.clone(),
            rule_version: self.version,
            family: self.family.clone(),
            level: hit.level,
            object: hit.object,
            object_id: hit.object_id,
            case_no: case_no.map(str::to_owned),
            item_code: item_code.map(str::to_owned),
            fact_time: hit.fact_time,
            value: hit.value,
            inputs: hit.inputs,
            calendar_version: Some(calendar.version().to_owned()),
            explain_zh: hit.explain_zh,
        }
    }

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

    /// Its level number `at`, from low to high; the highest where it has fewer.
    #[must_use]
    pub fn nth(&self, at: usize) -> Level {
        self.levels.get(at).copied().unwrap_or_else(|| self.high())
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
    /// A rule says it applies to something else than its function reads.
    #[error("rule.applies-to: 规则 {rule} 适用于“{is}”，不是“{says}”")]
    AppliesTo {
        /// Which rule.
        rule: String,
        /// What its function reads.
        is: &'static str,
        /// What the file says.
        says: &'static str,
    },
    /// A rule for cards by hand that cannot be one.
    #[error("rule.manual: 人工规则 {rule} {problem}")]
    Manual {
        /// Which rule.
        rule: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// An override about a rule that is not configured.
    #[error("rule.override-unknown: [[override]] 指的规则 {0} 没有配置")]
    OverrideUnknown(String),
    /// An override that changes nothing, gives no reason, or ends before it begins.
    #[error("rule.override: 对规则 {rule} 的 [[override]] {problem}")]
    Override {
        /// Which rule.
        rule: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// The rules of a county, by id, and where it deviates from them.
#[derive(Clone, Debug, Default)]
pub struct RuleBook {
    rules: BTreeMap<String, Rule>,
    overrides: BTreeMap<String, Vec<RuleOverride>>,
    manual: BTreeMap<String, (ManualRule, Rule)>,
    active: Vec<Active>,
}

/// A rule about cases that may say something.
#[derive(Clone, Debug)]
struct Active {
    rule: Rule,
    changes: Vec<RuleOverride>,
    run: CaseRule,
}

impl RuleBook {
    /// From every rule of every file.
    ///
    /// # Errors
    /// The first rule that contradicts the program.
    pub fn new(all: impl IntoIterator<Item = Rule>) -> Result<Self, RuleError> {
        Self::with_overrides(all, [])
    }

    /// From every rule and every override of every file. Of several overrides the narrower one wins (item over department over
    /// county), and of equals the later one.
    ///
    /// # Errors
    /// The first rule that contradicts the program, or override that contradicts its rule.
    pub fn with_overrides(
        all: impl IntoIterator<Item = Rule>,
        overrides: impl IntoIterator<Item = RuleOverride>,
    ) -> Result<Self, RuleError> {
        let mut book = Self::default();
        for rule in all {
            Self::fits(&rule)?;
            if let Some(twice) = book.rules.insert(rule.id.clone(), rule) {
                return Err(RuleError::Twice(twice.id));
            }
        }
        for one in overrides {
            book.fits_override(&one)?;
            book.overrides.entry(one.rule.clone()).or_default().push(one);
        }
        book.overrides.values_mut().for_each(|list| list.sort_by_key(RuleOverride::narrowness));
        book.activate();
        Ok(book)
    }

    /// With the rules by which supervisors write cards by hand.
    ///
    /// # Errors
    /// [`RuleError::Manual`], [`RuleError::Twice`].
    pub fn with_manual(mut self, all: impl IntoIterator<Item = ManualRule>) -> Result<Self, RuleError> {
        for one in all {
            if let Some(problem) = one.wrong() {
                return Err(RuleError::Manual { rule: one.id, problem });
            }
            let rule = one.rule();
            if let Some((twice, _)) = self.manual.insert(one.id.clone(), (one, rule)) {
                return Err(RuleError::Twice(twice.id));
            }
        }
        Ok(self)
    }

    /// The name of a rule, or of one for cards by hand, in Chinese and in English.
    #[must_use]
    pub fn name_of(&self, id: &str) -> Option<(&str, &str)> {
        let by_hand = || self.manual.get(id).map(|(one, _)| (one.name_zh.as_str(), one.name_en.as_str()));
        self.rules.get(id).map(|rule| (rule.name_zh.as_str(), rule.name_en.as_str())).or_else(by_hand)
    }

    /// The rules for cards by hand, by id.
    pub fn manual(&self) -> impl Iterator<Item = &ManualRule> {
        self.manual.values().map(|(one, _)| one)
    }

    fn activate(&mut self) {
        let possible = |rule: &Rule, changes: &[RuleOverride]| {
            rule.enabled || changes.iter().any(|change| change.enabled == Some(true))
        };
        self.active = CASE_RULES
            .iter()
            .filter_map(|(id, run)| {
                let (rule, changes) = (self.rules.get(*id)?, self.changes(id));
                possible(rule, changes).then(|| Active { rule: rule.clone(), changes: changes.to_vec(), run: *run })
            })
            .collect();
    }

    /// Whether one rule can be run by this program.
    ///
    /// # Errors
    /// What contradicts it.
    pub fn fits(rule: &Rule) -> Result<(), RuleError> {
        let Some(program) = program::find(&rule.id) else { return Err(RuleError::Unknown(rule.id.clone())) };
        if rule.levels.is_empty() || !rule.levels.is_sorted() {
            return Err(RuleError::Levels(rule.id.clone()));
        }
        if let Some(says) = rule.applies_to.filter(|says| *says != program.about) {
            let (is, says) = (program.about.name_zh(), says.name_zh());
            return Err(RuleError::AppliesTo { rule: rule.id.clone(), is, says });
        }
        if let Some(name) = program.params.iter().find(|name| !rule.params.contains_key(**name)) {
            return Err(RuleError::Parameter {
                rule: rule.id.clone(),
                name: (*name).to_owned(),
                problem: "缺失".to_owned(),
            });
        }
        params_fit(&rule.id, &rule.params, program.params)
    }

    /// Whether an override changes something this book has, into something its program can run.
    ///
    /// # Errors
    /// What contradicts it.
    pub fn fits_override(&self, one: &RuleOverride) -> Result<(), RuleError> {
        let rule = self.rules.get(&one.rule).ok_or_else(|| RuleError::OverrideUnknown(one.rule.clone()))?;
        let wrong = |problem| Err(RuleError::Override { rule: one.rule.clone(), problem });
        if one.reason.trim().is_empty() {
            return wrong("没有说明理由（reason）");
        }
        if one.from.zip(one.to).is_some_and(|(from, to)| to < from) {
            return wrong("的 to 早于 from");
        }
        if one.level.is_some() && one.levels.is_some() {
            return wrong("同时写了 level 和 levels");
        }
        if one.is_empty() {
            return wrong("没有改变任何内容");
        }
        let mut changed = rule.clone();
        one.change(&mut changed);
        Self::fits(&changed)
    }

    /// Whether a rule about cases is switched on for anybody at any time.
    #[must_use]
    pub fn may_say(&self, id: &str) -> bool {
        self.active.iter().any(|a| a.rule.id == id)
    }

    /// One rule, as it is without overrides.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.get(id)
    }

    /// One rule, as it is in force for a department and an item on a date: what decides how its finding becomes a card.
    #[must_use]
    pub fn effective(&self, id: &str, department: &str, item: Option<&str>, date: NaiveDate) -> Option<Cow<'_, Rule>> {
        if let Some((_, rule)) = self.manual.get(id) {
            return Some(Cow::Borrowed(rule));
        }
        let rule = self.rules.get(id)?;
        Some(overrides::effective(rule, self.changes(id), Whose { department, item }, date))
    }

    /// Every rule, by id.
    pub fn all(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    /// Every override, by rule, the wider ones first.
    pub fn overrides(&self) -> impl Iterator<Item = &RuleOverride> {
        self.overrides.values().flatten()
    }

    /// The same book with only these rules, all switched on. For trying rules out.
    #[must_use]
    pub fn only(&self, ids: &[&str]) -> Self {
        let rules = self.rules.iter().filter(|(id, _)| ids.contains(&id.as_str()));
        let rules = rules.map(|(id, rule)| (id.clone(), Rule { enabled: true, ..rule.clone() })).collect();
        let overrides = self.overrides.iter().filter(|(id, _)| ids.contains(&id.as_str()));
        let overrides = overrides.map(|(id, list)| (id.clone(), list.clone())).collect();
        let mut book = Self { rules, overrides, manual: BTreeMap::new(), active: Vec::new() };
        book.activate();
        book
    }

    pub(super) fn changes(&self, id: &str) -> &[RuleOverride] {
        self.overrides.get(id).map_or(&[], Vec::as_slice)
    }

    pub(super) fn case_rules(&self) -> impl Iterator<Item = (&Rule, &[RuleOverride], CaseRule)> {
        self.active.iter().map(|a| (&a.rule, a.changes.as_slice(), a.run))
    }
}

fn params_fit(rule: &str, params: &BTreeMap<String, i64>, known: &[&str]) -> Result<(), RuleError> {
    let problem = |name: &str, problem: &str| RuleError::Parameter {
        rule: rule.to_owned(),
        name: name.to_owned(),
        problem: problem.to_owned(),
    };
    for (name, value) in params {
        if !known.contains(&name.as_str()) {
            return Err(problem(name, "不认识"));
        }
        if !(0..=10_000).contains(value) {
            return Err(problem(name, "应在 0 到 10000 之间"));
        }
    }
    Ok(())
}
