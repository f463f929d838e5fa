//! What statistics are asked for, and how they are shown.

use chrono::NaiveDate;
use daylight_domain::Timestamp;
use daylight_domain::exclusion::Exclusion;
use daylight_domain::finding::Level;
use daylight_domain::score::Measured;
use daylight_domain::stats::{StepSummary, Summary};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// By what a period is kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// 部门
    Department,
    /// 事项
    Item,
    /// 窗口
    Window,
    /// 区划
    Region,
    /// 月份
    Month,
    /// 环节
    Step,
}

impl By {
    /// The words there are.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("department", Self::Department),
        ("item", Self::Item),
        ("window", Self::Window),
        ("region", Self::Region),
        ("month", Self::Month),
        ("step", Self::Step),
    ];

    /// From its word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(word, _)| *word == name).map(|(_, by)| *by)
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Only this department.
    pub department: Option<String>,
    /// Only this item.
    pub item: Option<String>,
    /// Only this window.
    pub window: Option<String>,
    /// Only this division.
    pub region: Option<String>,
    /// First day.
    pub from: NaiveDate,
    /// Last day, included.
    pub to: NaiveDate,
    /// Kept apart by this too.
    pub group: Option<By>,
    /// Beside the period before.
    pub previous: bool,
    /// Of departments only their cases, their cards and how satisfied people are; of the period before only its cases. Else all that is
    /// measured of each.
    pub short: bool,
}

impl Asked {
    /// All of a period.
    #[must_use]
    pub fn of(from: NaiveDate, to: NaiveDate) -> Self {
        let (department, item, window, region) = (None, None, None, None);
        Self { department, item, window, region, from, to, group: None, previous: false, short: false }
    }

    /// Only some of a department's cases are asked for.
    #[must_use]
    pub fn narrowed(&self) -> bool {
        self.item.is_some() || self.window.is_some() || self.region.is_some()
    }
}

/// A measure (指标基数) of the vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MeasureView {
    /// Stable.
    pub code: &'static str,
    /// Chinese name.
    pub name: &'static str,
    /// Of what the value counts.
    pub unit: &'static str,
    /// What the value is.
    pub what: &'static str,
    /// What the denominator is; empty for a plain count.
    pub of: &'static str,
    /// What is not counted.
    pub without: &'static str,
    /// English name.
    pub name_en: &'static str,
    /// The unit, English.
    pub unit_en: &'static str,
    /// What the value is, English.
    pub what_en: &'static str,
    /// What the denominator is, English.
    pub of_en: &'static str,
    /// What is not counted, English.
    pub without_en: &'static str,
}

/// Every measure there is.
#[must_use]
pub fn vocabulary() -> Vec<MeasureView> {
    let view = |w: &daylight_formula::Word| MeasureView {
        code: w.code,
        name: w.zh,
        unit: w.unit.name_zh(),
        what: w.what.zh,
        of: w.of.zh,
        without: w.without.zh,
        name_en: w.en,
        unit_en: w.unit.name_en(),
        what_en: w.what.en,
        of_en: w.of.en,
        without_en: w.without.en,
    };
    daylight_formula::MEASURES.iter().map(view).collect()
}

/// Records that arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Records {
    /// That came.
    pub records: u64,
    /// Accepted.
    pub accepted: u64,
    /// Known already.
    pub duplicates: u64,
    /// Rejected.
    pub rejected: u64,
    /// Accepted, but later than agreed.
    pub late: u64,
}

/// Cards that were written in a period, of one level and state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CardCount {
    /// Level.
    pub level: Level,
    /// State word.
    pub state: String,
    /// How many.
    pub count: u64,
}

/// One department in a period.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DepartmentStats {
    /// Department id.
    pub department: String,
    /// Cases.
    pub cases: Summary,
    /// Records received in the period; nothing where only an item, a window or a division is asked for.
    pub records: Option<Records>,
    /// Cards written in the period, by level and state; likewise.
    pub cards: Vec<CardCount>,
    /// Every measure the department has, in millionths with what it is out of (see `GET /api/v1/measures`); likewise.
    pub measures: Vec<Measured>,
}

/// A part of a period's cases.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Group {
    /// Department id, item code, window, division code, `2026-03`, or name of a step. Empty where no record says it.
    pub key: String,
    /// What it is called, where that is known.
    pub name: Option<String>,
    /// Its cases; nothing for steps.
    pub cases: Option<Summary>,
    /// For steps.
    pub step: Option<StepSummary>,
}

/// A number then and now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// The field of `total`; of rates in thousandths, of durations the median.
    pub name: String,
    /// In the period before.
    pub was: Option<i64>,
    /// In this one.
    pub is: Option<i64>,
    /// By how much it grew.
    pub difference: Option<i64>,
}

/// A period.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StatsView {
    /// First day.
    pub from: NaiveDate,
    /// Last day, included.
    pub to: NaiveDate,
    /// When it was counted. A period that is not over is counted up to here.
    pub as_of: Timestamp,
    /// What is left out of it (统计排除); what is open at the end is not.
    pub exclusions: Vec<Exclusion>,
    /// Each department that was asked for.
    pub departments: Vec<DepartmentStats>,
    /// All of them together.
    pub total: Summary,
    /// How many cases were finished after so many working days, from the start of the clock to its stop.
    pub durations: BTreeMap<i64, u64>,
    /// Kept apart by what was asked for.
    pub groups: Vec<Group>,
    /// The period before, where that was asked for.
    pub previous: Option<Box<StatsView>>,
    /// What changed of the total since then.
    pub changes: Vec<Change>,
}

/// What changed from one period to the next.
pub(super) fn changes(was: &Summary, is: &Summary) -> Vec<Change> {
    let count = |n: u64| i64::try_from(n).ok();
    let permille = |p: Option<u64>| p.and_then(|p| i64::try_from(p).ok());
    let numbers = |s: &Summary| {
        [
            ("applied", count(s.applied)),
            ("received", count(s.received)),
            ("accepted", count(s.accepted)),
            ("rejected", count(s.rejected)),
            ("finished", count(s.finished)),
            ("open", count(s.open)),
            ("open_over_promise", count(s.open_over_promise)),
            ("open_over_legal", count(s.open_over_legal)),
            ("within_promise", permille(s.within_promise.permille)),
            ("within_legal", permille(s.within_legal.permille)),
            ("early", permille(s.early.permille)),
            ("corrected", permille(s.corrected.permille)),
            ("special", permille(s.special.permille)),
            ("working_days", s.working_days.median),
            ("natural_days", s.natural_days.median),
            ("fees", Some(s.fees.amount)),
        ]
    };
    let pairs = numbers(was).into_iter().zip(numbers(is));
    pairs
        .map(|((name, was), (_, is))| Change {
            name: name.to_owned(),
            was,
            is,
            difference: was.zip(is).map(|(was, is)| is - was),
        })
        .collect()
}
