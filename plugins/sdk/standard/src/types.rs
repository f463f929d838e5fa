//! What a standard says and is given: the shapes of `scoring` in the contract, as plain types.

/// A standard's indicator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indicator {
    /// Stable, e.g. `B1`.
    pub id: String,
    /// The dimension it belongs to, e.g. `B`.
    pub dimension: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Hundredths of a point.
    pub weight: i64,
    /// Names of the measures it is computed from.
    pub measures: Vec<String>,
    /// Where it comes from, e.g. an article or a published standard.
    pub basis: String,
}

/// What a standard is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// Stable, the plugin's name.
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

/// A named number about one department in one period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// Name, of the vocabulary in `core/formula`.
    pub name: String,
    /// Millionths; absent when the county has no such fact.
    pub value: Option<i64>,
    /// How many things it was measured over.
    pub denominator: Option<u64>,
}

/// Findings of a rule and level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindingGroup {
    /// Rule id.
    pub rule: String,
    /// 0 hint, 1 pre-warning, 2 yellow, 3 red.
    pub level: u8,
    /// How many.
    pub count: u64,
    /// Case numbers, at most 200, in order.
    pub cases: Vec<String>,
}

/// Points that a person entered, with a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ManualEntry {
    /// Indicator id, or a word beside the indicators, e.g. `bonus`.
    pub indicator: String,
    /// Hundredths, negative for a deduction.
    pub points: i64,
    /// Why.
    pub reason: String,
    /// Which document.
    pub document: String,
}

/// What a standard is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assessment {
    /// Department id.
    pub department: String,
    /// `2026-10`.
    pub period: String,
    /// Of the period.
    pub measures: Vec<Measure>,
    /// Over the twelve months up to the period's end.
    pub rolling: Vec<Measure>,
    /// Cards that count, of the period.
    pub findings: Vec<FindingGroup>,
    /// What the measures of the period rest on.
    pub evidence: Vec<FindingGroup>,
    /// The same over twelve months.
    pub rolling_evidence: Vec<FindingGroup>,
    /// In the order of entry.
    pub manual: Vec<ManualEntry>,
}

/// Why points were lost or won.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deduction {
    /// Rule id, or a word of the standard.
    pub rule: String,
    /// Hundredths, negative for a deduction.
    pub points: i64,
    /// How many.
    pub count: u64,
    /// Which cases.
    pub cases: Vec<String>,
    /// In words.
    pub reason_zh: String,
}

/// One indicator's result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Indicator id.
    pub indicator: String,
    /// False: 不评; the points then mean nothing.
    pub assessed: bool,
    /// Millionths, where the indicator is a share.
    pub numerator: Option<i64>,
    /// Millionths.
    pub denominator: Option<i64>,
    /// Hundredths, before floor and cap.
    pub raw: i64,
    /// Hundredths, after them.
    pub points: i64,
    /// Hundredths, after redistribution from indicators that were not assessed.
    pub weight: i64,
    /// In words.
    pub explain_zh: String,
    /// In words.
    pub explain_en: String,
    /// Details.
    pub deductions: Vec<Deduction>,
}

/// A department's result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scorecard {
    /// Hundredths.
    pub total: i64,
    /// 优秀, 良好, 合格, 不合格.
    pub grade: String,
    /// Per indicator, in the order of the description.
    pub scores: Vec<Score>,
    /// Beside the indicators.
    pub adjustments: Vec<Deduction>,
}

/// Why there is no scorecard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// Stable code.
    pub code: String,
    /// In words.
    pub message: String,
    /// Where in the settings (JSON pointer).
    pub setting: Option<String>,
}

impl Failure {
    /// Settings the standard cannot work with.
    #[must_use]
    pub fn settings(message: impl Into<String>, setting: Option<String>) -> Self {
        Self { code: "settings.invalid".to_owned(), message: message.into(), setting }
    }
}
