//! Looking at what is given: measures under the small-number rule, cards, entries.

use crate::types::{Assessment, Deduction, FindingGroup, ManualEntry, Measure};
use crate::{ONE, whole};

/// A measure by name.
#[must_use]
pub fn measure<'a>(list: &'a [Measure], name: &str) -> Option<&'a Measure> {
    list.iter().find(|m| m.name == name)
}

/// A measure that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Millionths.
    pub value: i64,
    /// Over how many it was measured.
    pub of: u64,
    /// Of twelve months, because the month was too small.
    pub rolling: bool,
}

impl Seen {
    /// The value in whole things, for words.
    #[must_use]
    pub fn text(&self) -> String {
        whole(self.value)
    }

    /// Over how many, millionths.
    #[must_use]
    pub fn below(&self) -> i128 {
        i128::from(self.of) * i128::from(ONE)
    }

    /// The same as the scorecard tells it.
    #[must_use]
    pub fn denominator(&self) -> i64 {
        i64::try_from(self.below()).unwrap_or(i64::MAX)
    }
}

/// Why a measure cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// The county does not have it.
    Unknown,
    /// Too few even in twelve months: how many, and how many are needed.
    Few(u64, u64),
}

impl Absent {
    /// In Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Unknown => "本县尚无此项数据".to_owned(),
            Self::Few(n, needed) => format!("十二个月内只有 {n}，不足 {needed}"),
        }
    }

    /// In English.
    #[must_use]
    pub fn en(&self) -> String {
        match self {
            Self::Unknown => "the county has no such data yet".to_owned(),
            Self::Few(n, needed) => format!("only {n} in twelve months, {needed} are needed"),
        }
    }
}

/// A measure that the county has: of the month.
#[must_use]
pub fn known(list: &[Measure], name: &str) -> Option<Seen> {
    let found = measure(list, name)?;
    Some(Seen { value: found.value?.max(0), of: found.denominator.unwrap_or(0), rolling: false })
}

/// The small-number rule: the month where it has enough, else twelve months where they have, else nothing. Never silent full marks.
///
/// # Errors
/// Why there is nothing.
pub fn seen(input: &Assessment, name: &str, smallest: u64) -> Result<Seen, Absent> {
    let (month, year) = (known(&input.measures, name), known(&input.rolling, name));
    let big = |s: &Seen| s.of >= smallest;
    match (month.filter(big), year.filter(big)) {
        (Some(month), _) => Ok(month),
        (None, Some(year)) => Ok(Seen { rolling: true, ..year }),
        (None, None) => Err(year.or(month).map_or(Absent::Unknown, |s| Absent::Few(s.of, smallest))),
    }
}

/// A count as a number with a sign.
#[must_use]
pub fn count(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// How many cards of a level there are.
#[must_use]
pub fn cards(findings: &[FindingGroup], level: u8) -> i64 {
    findings.iter().filter(|g| g.level == level).fold(0, |sum: i64, g| sum.saturating_add(count(g.count)))
}

/// What people entered under a name: the sum, hundredths, and each entry with its document.
#[must_use]
pub fn entered(manual: &[ManualEntry], indicator: &str) -> (i64, Vec<Deduction>) {
    let mine: Vec<&ManualEntry> = manual.iter().filter(|m| m.indicator == indicator).collect();
    let list = mine
        .iter()
        .map(|m| Deduction {
            rule: "manual".to_owned(),
            points: m.points,
            count: 1,
            cases: Vec::new(),
            reason_zh: format!("{}（{}）", m.reason, m.document),
        })
        .collect();
    (mine.iter().fold(0, |sum: i64, m| sum.saturating_add(m.points)), list)
}
