//! A standard as a table in the settings: indicators with weights and formulas, and what is added or taken beside them.

use crate::Formula;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// The most indicators.
const MOST: usize = 200;

/// Points as written: a whole number, or text with at most two digits after the point. Hundredths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Points(pub i64);

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Whole(i64),
    Text(String),
}

impl TryFrom<Written> for Points {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let bad = |text: &str| format!("“{text}”不是分值：写整数，或引号中最多两位小数，例：8、\"7.5\"");
        let text = match written {
            Written::Whole(n) => {
                return n.checked_mul(100).map(Self).ok_or_else(|| bad(&n.to_string()));
            }
            Written::Text(text) => text,
        };
        let (sign, plain) = text.strip_prefix('-').map_or((1, text.as_str()), |rest| (-1, rest));
        let (whole, part) = plain.split_once('.').unwrap_or((plain, "00"));
        let digits = |t: &str| !t.is_empty() && t.len() <= 9 && t.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) || part.len() > 2 {
            return Err(bad(&text));
        }
        let n: i64 = format!("{whole}{part:0<2}").parse().map_err(|_| bad(&text))?;
        Ok(Self(sign * n))
    }
}

fn ten() -> u64 {
    10
}

/// An indicator.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Its id, e.g. `X1`.
    pub id: String,
    /// The dimension it belongs to; empty: itself.
    #[serde(default)]
    pub dimension: String,
    /// Its name.
    pub name: String,
    /// Its weight, which is also the most it can give.
    pub weight: Points,
    /// What it gives, in points.
    pub formula: String,
    /// The least it gives.
    #[serde(default)]
    pub least: Points,
    /// Below this many in a denominator the month says nothing: twelve months are taken, then 不评. 1 for a census of items.
    #[serde(default = "ten")]
    pub smallest: u64,
    /// The rules whose findings explain what was lost.
    #[serde(default)]
    pub rules: Vec<String>,
    /// The article or document it comes from.
    #[serde(default)]
    pub basis: String,
}

/// A deduction or bonus beside the indicators.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it gives: below zero a deduction.
    pub formula: String,
    /// The least it gives.
    pub least: Points,
    /// The most it gives.
    pub most: Points,
}

/// The table.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Table {
    /// What the standard is called.
    pub name: String,
    /// Its version.
    pub version: String,
    /// 优秀 for at most so many of a thousand departments; whoever runs the standard for all of them sees to it.
    pub excellent_share_permille: Option<u32>,
    /// Its indicators.
    pub indicators: Vec<Line>,
    /// Beside them.
    pub adjustments: Vec<Beside>,
}

impl Table {
    /// Reads and checks a table.
    ///
    /// # Errors
    /// Every mistake: where in the settings (JSON pointer), and what.
    pub fn read(settings: &Value) -> Result<Self, Vec<(String, String)>> {
        let table: Self = Self::deserialize(settings).map_err(|e| vec![(String::new(), e.to_string())])?;
        let wrong = table.wrong();
        if wrong.is_empty() { Ok(table) } else { Err(wrong) }
    }

    /// The sum of the weights, hundredths.
    #[must_use]
    pub fn base(&self) -> i64 {
        self.indicators.iter().map(|l| l.weight.0).sum()
    }

    fn wrong(&self) -> Vec<(String, String)> {
        let mut wrong = Vec::new();
        if self.indicators.is_empty() || self.indicators.len() > MOST {
            wrong.push(("/indicators".to_owned(), format!("应有 1 到 {MOST} 个指标")));
        }
        let mut ids = BTreeSet::from(["scale", "conversion", "bonus", "discipline"]);
        for (n, line) in self.indicators.iter().enumerate() {
            if line.id.trim().is_empty() || !ids.insert(&line.id) {
                wrong.push((format!("/indicators/{n}/id"), format!("指标编号“{}”为空、重复或为保留名", line.id)));
            }
            if !(1..=100_000).contains(&line.weight.0) {
                wrong.push((format!("/indicators/{n}/weight"), format!("指标 {} 的权重应大于 0", line.id)));
            }
            if line.least.0 > line.weight.0 {
                wrong.push((format!("/indicators/{n}/least"), format!("指标 {} 的最低分大于权重", line.id)));
            }
            if let Err(e) = Formula::parse(&line.formula) {
                wrong.push((format!("/indicators/{n}/formula"), format!("指标 {} 的公式，{e}", line.id)));
            }
        }
        for (n, beside) in self.adjustments.iter().enumerate() {
            if beside.id.trim().is_empty() || !ids.insert(&beside.id) {
                wrong.push((format!("/adjustments/{n}/id"), format!("编号“{}”为空、重复或为保留名", beside.id)));
            }
            if beside.least.0 > beside.most.0 {
                wrong.push((format!("/adjustments/{n}/least"), format!("{} 的 least 大于 most", beside.id)));
            }
            if let Err(e) = Formula::parse(&beside.formula) {
                wrong.push((format!("/adjustments/{n}/formula"), format!("{} 的公式，{e}", beside.id)));
            }
        }
        wrong
    }
}
