//! What a scoring standard says and is told: the same shapes as `wit/v1` (`scoring`), owned by the domain.
//! Points are hundredths, measures millionths, so that every sum is exact.

use serde::{Deserialize, Serialize};

/// A standard's indicator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Indicator {
    /// Stable, e.g. `B1`.
    pub id: String,
    /// E.g. `efficiency`; two standards are compared by it.
    pub dimension: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Hundredths.
    pub weight: i64,
    /// The measures it needs.
    pub measures: Vec<String>,
    /// Where it comes from.
    pub basis: String,
}

/// What a standard says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Description {
    /// Stable, e.g. `county-2025`.
    pub id: String,
    /// Version.
    pub version: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Hundredths; the sum of the weights.
    pub base: i64,
    /// Its indicators.
    pub indicators: Vec<Indicator>,
}

/// A named number of one department in one period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Measured {
    /// Name, see [`crate::measure`].
    pub name: String,
    /// Millionths; absent when the county has no such fact.
    pub value: Option<i64>,
    /// How many things it was measured over.
    pub denominator: Option<u64>,
}

/// Findings against a department: only the highest card per object and family, only cards that count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FindingGroup {
    /// Rule id.
    pub rule: String,
    /// 0–3.
    pub level: u8,
    /// How many.
    pub count: u64,
    /// At most 200 case numbers.
    pub cases: Vec<String>,
}

/// Points that a person entered, with a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ManualEntry {
    /// Indicator id.
    pub indicator: String,
    /// Hundredths.
    pub points: i64,
    /// Why.
    pub reason: String,
    /// Which document.
    pub document: String,
}

/// What a standard is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Assessment {
    /// Department id.
    pub department: String,
    /// `2026-10`.
    pub period: String,
    /// Sorted by name.
    pub measures: Vec<Measured>,
    /// The same over twelve months.
    pub rolling: Vec<Measured>,
    /// Cards that count, of the period. Sorted by rule and level.
    pub findings: Vec<FindingGroup>,
    /// What the measures of the period rest on: findings that stand. Sorted by rule and level.
    #[serde(default)]
    pub evidence: Vec<FindingGroup>,
    /// The same over twelve months.
    #[serde(default)]
    pub rolling_evidence: Vec<FindingGroup>,
    /// In the order of entry.
    pub manual: Vec<ManualEntry>,
}

/// Why points were lost or won.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Deduction {
    /// Rule id or a word of the standard.
    pub rule: String,
    /// Hundredths.
    pub points: i64,
    /// How many.
    pub count: u64,
    /// Which cases.
    pub cases: Vec<String>,
    /// In words.
    pub reason_zh: String,
}

/// A line beside the indicators that is about no single case.
#[must_use]
pub fn adjustment(rule: &str, points: i64, reason_zh: String) -> Deduction {
    Deduction { rule: rule.to_owned(), points, count: 0, cases: Vec::new(), reason_zh }
}

/// One indicator's result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Score {
    /// Indicator id.
    pub indicator: String,
    /// False: 不评.
    pub assessed: bool,
    /// Millionths.
    pub numerator: Option<i64>,
    /// Millionths.
    pub denominator: Option<i64>,
    /// Hundredths, before floor and cap.
    pub raw: i64,
    /// Hundredths.
    pub points: i64,
    /// Hundredths, after redistribution.
    pub weight: i64,
    /// In words.
    pub explain_zh: String,
    /// In words.
    pub explain_en: String,
    /// Details.
    pub deductions: Vec<Deduction>,
}

/// A department's result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Scorecard {
    /// Hundredths.
    pub total: i64,
    /// 优秀, 良好, 合格, 不合格; 不评 where nothing was assessed.
    pub grade: String,
    /// Per indicator.
    pub scores: Vec<Score>,
    /// Beside the indicators.
    pub adjustments: Vec<Deduction>,
}

/// `a * b / c`, rounded half away from zero, without overflow on the way; 0 where there is nothing to divide by.
#[must_use]
pub fn mul_div(a: i64, b: i64, c: i64) -> i64 {
    if c == 0 {
        return 0;
    }
    let product = i128::from(a) * i128::from(b);
    let c = i128::from(c);
    let half = c.abs() / 2;
    let rounded = if (product < 0) == (c < 0) { product + half * c.signum() } else { product - half * c.signum() };
    i64::try_from(rounded / c).unwrap_or(if rounded > 0 { i64::MAX } else { i64::MIN })
}

/// The common grades: 优秀 from 90 points, 良好 from 80, 合格 from 60. Handbook §12.2.
#[must_use]
pub fn grade(total: i64) -> &'static str {
    match total {
        9000.. => "优秀",
        8000.. => "良好",
        6000.. => "合格",
        _ => "不合格",
    }
}
