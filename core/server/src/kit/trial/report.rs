//! The report of a trial: what was asked, what was seen, which level follows from it.

use super::spec::{Level, Spec, Words};
use daylight_host::Limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The form of reports; grows when it changes.
pub const FORMAT: &str = "daylight-report-1";

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 通过
    Pass,
    /// 不通过
    Fail,
    /// 不适用
    NotApplicable,
}

impl Outcome {
    /// In both languages.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Pass => Words::new("通过", "pass"),
            Self::Fail => Words::new("不通过", "fail"),
            Self::NotApplicable => Words::new("不适用", "not applicable"),
        }
    }
}

/// What a check saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// How it ended.
    pub outcome: Outcome,
    /// What was seen, or why it does not apply.
    pub words: Words,
}

impl Seen {
    /// It is as it should be.
    pub fn pass(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { outcome: Outcome::Pass, words: Words::new(zh, en) }
    }

    /// It is not.
    pub fn fail(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { outcome: Outcome::Fail, words: Words::new(zh, en) }
    }

    /// There is nothing to ask.
    pub fn skip(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { outcome: Outcome::NotApplicable, words: Words::new(zh, en) }
    }
}

/// One check of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Stable.
    pub id: String,
    /// The level that asks for it.
    pub level: Level,
    /// How it ended.
    pub outcome: Outcome,
    /// Without it the level is not reached, even where it does not apply.
    pub needed: bool,
    /// Its name.
    pub title: Words,
    /// What was asked.
    pub asked: Words,
    /// What was seen, or why it does not apply.
    pub seen: Words,
    /// How to mend it; empty where there is nothing to mend.
    pub mend: Words,
}

impl Check {
    /// From the table and what was seen.
    #[must_use]
    pub fn new(spec: &Spec, seen: Seen) -> Self {
        let stands_in_the_way = seen.outcome != Outcome::Pass && !(spec.skip && seen.outcome == Outcome::NotApplicable);
        Self {
            id: spec.id.clone(),
            level: spec.level,
            outcome: seen.outcome,
            needed: !spec.skip,
            title: spec.title(),
            asked: spec.asked(),
            seen: seen.words,
            mend: if stands_in_the_way { spec.mend() } else { Words::default() },
        }
    }

    /// Whether its level cannot be reached because of it.
    #[must_use]
    pub fn stands_in_the_way(&self) -> bool {
        match self.outcome {
            Outcome::Pass => false,
            Outcome::Fail => true,
            Outcome::NotApplicable => self.needed,
        }
    }
}

/// What was tried.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tried {
    /// Name in the manifest; the file where there is none to read.
    pub name: String,
    /// Version in the manifest.
    pub version: String,
    /// `connector`, `standard`; empty where the manifest cannot be read.
    pub kind: String,
    /// Contract it was built with.
    pub contract: String,
    /// SHA-256 of the component, hexadecimal.
    pub digest: String,
    /// Bytes of the component.
    pub size: u64,
    /// Digest of the older version the cursors were given to.
    pub previous: Option<String>,
}

/// How much was asked, and what it took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// Cases of the big source.
    pub cases: u32,
    /// Records that came from it.
    pub records: u64,
    /// Pages.
    pub pages: u64,
    /// Time of a page at the plugin, waiting for the source included, microseconds: half of the pages took less.
    pub page_p50_us: u64,
    /// 99 of a hundred pages took less, microseconds.
    pub page_p99_us: u64,
    /// Processor time of a page, milliseconds, 99 of a hundred.
    pub cpu_p99_ms: u64,
    /// The most linear memory, bytes.
    pub memory_bytes: u64,
    /// Records a second.
    pub records_per_second: u64,
}

/// The circumstances of a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Circumstances {
    /// Version of the program that tried it.
    pub host: String,
    /// When, RFC 3339.
    pub at: String,
    /// The source it was tried against: `rest`, `sql`, `csv`, `legacy`, `recorded`; empty for standards.
    pub source: String,
    /// What everything made up follows from.
    pub seed: u64,
    /// Cases of the small source.
    pub cases: u32,
    /// SHA-256 of kit.toml, hexadecimal; empty where there is none.
    pub kit: String,
    /// Limits of the connector.
    pub limits: Option<Limits>,
    /// Checks that were left out by `--only`; a report that left some out gives no level.
    pub left_out: Vec<String>,
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// [`FORMAT`]
    pub format: String,
    /// What was tried.
    pub plugin: Tried,
    /// How.
    pub circumstances: Circumstances,
    /// The level that follows from the checks.
    pub level: Level,
    /// Checks that stand in the way of the next level.
    pub missing: Vec<String>,
    /// Every check, in the order of the table.
    pub checks: Vec<Check>,
    /// The load; nothing where it was not tried.
    pub measured: Option<Measured>,
}

impl Report {
    /// With the level that follows from the checks.
    #[must_use]
    pub fn new(plugin: Tried, circumstances: Circumstances, checks: Vec<Check>, measured: Option<Measured>) -> Self {
        let level = if circumstances.left_out.is_empty() { level_of(&checks) } else { Level::None };
        let missing = missing_of(level, &checks);
        Self { format: FORMAT.to_owned(), plugin, circumstances, level, missing, checks, measured }
    }

    /// Whether level and missing checks are those that follow from the checks.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let again =
            Self::new(self.plugin.clone(), self.circumstances.clone(), self.checks.clone(), self.measured.clone());
        again.format == self.format && again.level == self.level && again.missing == self.missing
    }

    /// Checks by how they ended.
    #[must_use]
    pub fn count(&self) -> BTreeMap<&'static str, usize> {
        let mut all = BTreeMap::from([("pass", 0), ("fail", 0), ("not_applicable", 0)]);
        for check in &self.checks {
            let key = match check.outcome {
                Outcome::Pass => "pass",
                Outcome::Fail => "fail",
                Outcome::NotApplicable => "not_applicable",
            };
            *all.entry(key).or_default() += 1;
        }
        all
    }

    /// Ids of the checks that failed.
    #[must_use]
    pub fn failed(&self) -> Vec<&str> {
        self.checks.iter().filter(|c| c.outcome == Outcome::Fail).map(|c| c.id.as_str()).collect()
    }
}

/// The highest level of which, and of those below, nothing stands in the way.
fn level_of(checks: &[Check]) -> Level {
    let free = |level: &Level| !checks.iter().any(|c| c.level == *level && c.stands_in_the_way());
    Level::ALL.into_iter().take_while(free).last().unwrap_or(Level::None)
}

fn missing_of(level: Level, checks: &[Check]) -> Vec<String> {
    let Some(next) = level.next() else { return Vec::new() };
    checks.iter().filter(|c| c.level == next && c.stands_in_the_way()).map(|c| c.id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::spec::specs_for;
    use super::*;

    fn with(outcome: impl Fn(&Spec) -> Outcome) -> Report {
        let seen = |spec: &Spec| Seen { outcome: outcome(spec), words: Words::default() };
        let specs = specs_for("connector").expect("the table");
        let checks = specs.iter().map(|s| Check::new(s, seen(s))).collect();
        let how = Circumstances {
            host: "0".to_owned(),
            at: String::new(),
            source: "rest".to_owned(),
            seed: 1,
            cases: 1,
            kit: String::new(),
            limits: None,
            left_out: Vec::new(),
        };
        Report::new(Tried::default(), how, checks, None)
    }

    #[test]
    fn a_level_is_reached_when_nothing_of_it_or_below_stands_in_the_way() {
        let all = with(|_| Outcome::Pass);
        assert_eq!((all.level, all.missing.len()), (Level::Platinum, 0));
        for (bad, level) in [
            ("contract", Level::None),
            ("replay", Level::Bronze),
            ("personal", Level::Silver),
            ("reproducible", Level::Gold),
        ] {
            let report = with(|s| if s.id == bad { Outcome::Fail } else { Outcome::Pass });
            assert_eq!((report.level, report.missing.as_slice()), (level, [bad.to_owned()].as_slice()), "{bad}");
            assert!(report.is_sound());
        }
        // What does not apply stands in the way only where it is needed.
        let folder = with(|s| if s.id == "fault.login" { Outcome::NotApplicable } else { Outcome::Pass });
        assert_eq!(folder.level, Level::Platinum);
        let file = with(|s| if s.id == "reproducible" { Outcome::NotApplicable } else { Outcome::Pass });
        assert_eq!(file.level, Level::Gold);
    }

    #[test]
    fn a_level_that_is_only_claimed_is_not_sound() {
        let mut report = with(|s| if s.id == "replay" { Outcome::Fail } else { Outcome::Pass });
        report.level = Level::Platinum;
        assert!(!report.is_sound());
        let mut partial = with(|_| Outcome::Pass);
        partial.circumstances.left_out = vec!["fuzz".to_owned()];
        assert!(!partial.is_sound(), "what was left out gives no level");
    }
}
