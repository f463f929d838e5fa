//! What a scenario file may say.

use crate::Timestamp;
use crate::calendar::WorkSession;
use crate::finding::Level;
use crate::limit::ClockMode;
use crate::rule::{Around, RuleOverride};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub scenario: Vec<Scenario>,
}

/// What a scenario shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The rule is broken. 违反
    Violation,
    /// It is nearly broken, and is not. 临界未违反
    NearMiss,
    /// Something else about the rule, e.g. what cannot be judged. 其他
    Other,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    pub name: String,
    #[serde(default)]
    rule: Option<String>,
    #[serde(default)]
    rules: Vec<String>,
    pub kind: Kind,
    /// How limits are counted.
    #[serde(default)]
    pub profile: ClockMode,
    /// Parameters that replace those of the rules under test.
    #[serde(default)]
    pub params: BTreeMap<String, i64>,
    #[serde(default, rename = "override")]
    pub overrides: Vec<RuleOverride>,
    #[serde(default = "department")]
    pub department: String,
    /// What differs from the sample item.
    #[serde(default)]
    pub item: toml::Table,
    /// The last year with working days, where a scenario is about the end of the calendar.
    #[serde(default)]
    pub calendar_until: Option<i32>,
    #[serde(default)]
    pub work_hours: Option<Vec<WorkSession>>,
    /// How late the source may report, minutes.
    #[serde(default = "sla")]
    pub sla_minutes: i64,
    #[serde(default)]
    pub records: Vec<toml::Table>,
    /// What is known beyond the records.
    #[serde(default)]
    pub around: toml::Table,
    /// Facts about other objects.
    #[serde(default)]
    pub facts: Vec<toml::Table>,
    #[serde(default)]
    pub expect: Vec<Expected>,
}

fn department() -> String {
    "market".to_owned()
}

fn sla() -> i64 {
    60
}

impl Scenario {
    pub(super) fn rules(&self) -> Vec<String> {
        self.rule.iter().chain(&self.rules).cloned().collect()
    }

    pub(super) fn around(&self) -> Result<Around, String> {
        serde_json::from_value(json(toml::Value::Table(self.around.clone()))).map_err(|e| format!("around：{e}"))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    pub at: At,
    #[serde(default)]
    rule: Option<String>,
    pub level: Want,
    #[serde(default)]
    pub object: Option<String>,
    /// Words the sentence holds.
    #[serde(default)]
    pub contains: Option<String>,
}

impl Expected {
    /// The rule it is about; with one rule under test it needs not be named.
    pub(super) fn rule<'a>(&'a self, rules: &'a [String]) -> Option<&'a String> {
        self.rule.as_ref().or_else(|| rules.first())
    }
}

/// A time, as a text or as a TOML date and time.
#[derive(Clone, Copy, Debug)]
pub(super) struct At(pub Timestamp);

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = match toml::Value::deserialize(d)? {
            toml::Value::String(text) => text,
            other => other.to_string(),
        };
        Timestamp::parse(&text).map(Self).ok_or_else(|| serde::de::Error::custom(format!("“{text}”不是时间")))
    }
}

/// What is expected of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    None,
    Undetermined,
    Level(Level),
}

impl Want {
    pub(super) fn name_zh(self) -> &'static str {
        match self {
            Self::None => "不触发",
            Self::Undetermined => "无法判定",
            Self::Level(level) => level.name_zh(),
        }
    }
}

impl<'de> Deserialize<'de> for Want {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let word = String::deserialize(d)?;
        Ok(match word.as_str() {
            "none" | "无" => Self::None,
            "undetermined" | "无法判定" => Self::Undetermined,
            "hint" | "提示" => Self::Level(Level::Hint),
            "prewarning" | "预警" => Self::Level(Level::Prewarning),
            "yellow" | "黄牌" => Self::Level(Level::Yellow),
            "red" | "红牌" => Self::Level(Level::Red),
            other => {
                let problem = format!("“{other}”不是级别；可用 none、hint、prewarning、yellow、red、undetermined");
                return Err(serde::de::Error::custom(problem));
            }
        })
    }
}

/// TOML as JSON; dates and times become text.
pub(super) fn json(value: toml::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        toml::Value::String(text) => Json::String(text),
        toml::Value::Integer(n) => n.into(),
        toml::Value::Float(n) => serde_json::Number::from_f64(n).map_or(Json::Null, Json::Number),
        toml::Value::Boolean(b) => Json::Bool(b),
        toml::Value::Datetime(at) => Json::String(at.to_string()),
        toml::Value::Array(all) => all.into_iter().map(json).collect(),
        toml::Value::Table(all) => Json::Object(all.into_iter().map(|(name, value)| (name, json(value))).collect()),
    }
}
