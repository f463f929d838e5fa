//! Scenarios (规则场景): what happened, at which times, and what a rule must then say. One TOML file holds several; whoever can
//! read the law can add one. The format is described in `tests/fixtures/rules/README.md`.
//!
//! Every scenario is also asked whether what only time makes true was announced: whoever judges only when something arrives or
//! when a judgement asked to be woken must find the same.

mod format;
mod stage;

pub use format::Kind;

use super::{Explained, RuleBook};
use crate::Timestamp;
use crate::calendar::Calendar;
use crate::finding::Level;
use format::{Expected, File, Scenario, Want};
use stage::Stage;
use std::collections::{BTreeMap, BTreeSet};

/// Why a file of scenarios cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// It is not TOML of this form.
    #[error("scenario.syntax: 场景文件无法读取：{0}")]
    Syntax(String),
    /// A scenario says something that cannot be run.
    #[error("scenario.invalid: 场景“{scenario}”：{problem}")]
    Invalid {
        /// Its name.
        scenario: String,
        /// What is wrong.
        problem: String,
    },
}

/// What became of one scenario.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Tested {
    /// Its name.
    pub name: String,
    /// The rules it is about.
    pub rules: Vec<String>,
    /// What it shows.
    pub kind: Kind,
    /// Each expectation that was not met, with what was found instead. Empty: it passed.
    pub failures: Vec<String>,
}

impl Tested {
    /// Everything was as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Runs every scenario of a file against a county's rules and working days.
///
/// # Errors
/// The file or a scenario in it cannot be run at all; what merely is not as expected stands in [`Tested::failures`].
pub fn run(text: &str, book: &RuleBook, calendar: &Calendar) -> Result<Vec<Tested>, ScenarioError> {
    let file: File = toml::from_str(text).map_err(|e| ScenarioError::Syntax(e.to_string()))?;
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for one in &file.scenario {
        if !names.insert(&one.name) {
            return Err(invalid(one, "名称出现了两次".to_owned()));
        }
    }
    file.scenario.iter().map(|one| test(one, book, calendar)).collect()
}

/// Rules without a violating case or without a near miss among what was tested.
#[must_use]
pub fn uncovered<'a>(tested: impl IntoIterator<Item = &'a Tested>) -> Vec<(&'static str, Kind)> {
    let mut seen: BTreeMap<&str, BTreeSet<Kind>> = BTreeMap::new();
    for one in tested {
        for rule in &one.rules {
            seen.entry(rule).or_default().insert(one.kind);
        }
    }
    let all = super::program().iter().flat_map(|p| [(p.id, Kind::Violation), (p.id, Kind::NearMiss)]);
    all.filter(|(id, kind)| !seen.get(id).is_some_and(|kinds| kinds.contains(kind))).collect()
}

fn invalid(scenario: &Scenario, problem: String) -> ScenarioError {
    ScenarioError::Invalid { scenario: scenario.name.clone(), problem }
}

fn test(one: &Scenario, book: &RuleBook, calendar: &Calendar) -> Result<Tested, ScenarioError> {
    let rules = one.rules();
    fits(one, &rules).map_err(|problem| invalid(one, problem))?;
    let stage = Stage::new(one, &rules, book, calendar).map_err(|problem| invalid(one, problem))?;
    let mut failures = Vec::new();
    let earliest = one.expect.iter().map(|e| e.at.0).min().unwrap_or_default();
    for expected in &one.expect {
        let told = stage.explain(expected.at.0);
        failures.extend(compare(expected, &rules, &told));
        failures.extend(consistent(&stage, (earliest, expected.at.0), &told));
    }
    failures.dedup();
    Ok(Tested { name: one.name.clone(), rules, kind: one.kind, failures })
}

/// A violating case expects a finding of each of its rules, a near miss none at all.
fn fits(one: &Scenario, rules: &[String]) -> Result<(), String> {
    if rules.is_empty() {
        return Err("没有写明 rule".to_owned());
    }
    if one.expect.is_empty() {
        return Err("没有任何 expect".to_owned());
    }
    for rule in rules {
        let about: Vec<&Expected> = one.expect.iter().filter(|e| e.rule(rules) == Some(rule)).collect();
        let hit = about.iter().any(|e| matches!(e.level, Want::Level(_)));
        match one.kind {
            _ if about.is_empty() => return Err(format!("没有关于规则 {rule} 的 expect")),
            Kind::Violation if !hit => {
                return Err(format!("kind = \"violation\"，却没有一条 expect 要求规则 {rule} 触发"));
            }
            Kind::NearMiss if hit => return Err(format!("kind = \"near_miss\"，却有 expect 要求规则 {rule} 触发")),
            Kind::NearMiss if !about.iter().any(|e| e.level == Want::None) => {
                return Err(format!(
                    "kind = \"near_miss\"，却没有一条 expect 要求规则 {rule} 不触发（level = \"none\"）"
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// What an expectation and the rule's answer disagree about.
fn compare(expected: &Expected, rules: &[String], told: &[Explained]) -> Option<String> {
    let rule = expected.rule(rules)?;
    let about: Vec<&Explained> = told.iter().filter(|t| t.rule == *rule).collect();
    let here = |t: &&&Explained| expected.object.is_none() || t.object_id == expected.object;
    let hits: Vec<&&Explained> = about.iter().filter(|t| t.verdict == "hit").filter(here).collect();
    let undetermined = about.iter().any(|t| t.verdict == "undetermined");
    let met = match expected.level {
        Want::None => hits.is_empty() && !undetermined,
        Want::Undetermined => hits.is_empty() && undetermined,
        Want::Level(level) => !hits.is_empty() && hits.iter().all(|t| t.level == Some(level)),
    };
    let words = expected.contains.as_deref().unwrap_or("");
    let said = words.is_empty() || about.iter().any(|t| t.reason_zh.contains(words));
    if met && said {
        return None;
    }
    let name = about.first().map_or("", |t| t.name_zh.as_str());
    let object = expected.object.as_ref().map(|o| format!("（对象 {o}）")).unwrap_or_default();
    let wanted = format!("{}{object}", expected.level.name_zh());
    let wanted = if words.is_empty() { wanted } else { format!("{wanted}，并说明“{words}”") };
    let found: Vec<String> = about.iter().map(|t| answer(t)).collect();
    let found = if found.is_empty() {
        "规则没有回答（没有与它有关的记录或事实）".to_owned()
    } else {
        found.join("；")
    };
    Some(format!("{} 规则 {rule}（{name}）应为 {wanted}，实际 {found}", expected.at.0))
}

fn answer(told: &Explained) -> String {
    match (told.verdict, told.level) {
        ("hit", Some(level)) => {
            format!("{}（对象 {}）：{}", level.name_zh(), told.object_id.as_deref().unwrap_or(""), told.reason_zh)
        }
        ("undetermined", _) => format!("无法判定：{}", told.reason_zh),
        ("disabled", _) => "已停用".to_owned(),
        _ => format!("未触发：{}", told.reason_zh),
    }
}

type Hits = BTreeSet<(String, String, Option<Level>)>;

fn hits(told: &[Explained]) -> Hits {
    let hit = told.iter().filter(|t| t.verdict == "hit");
    hit.map(|t| (t.rule.clone(), t.object_id.clone().unwrap_or_default(), t.level)).collect()
}

/// The judgement says what the explanation says, and who is woken when it asks to be finds the same.
fn consistent(stage: &Stage<'_>, (earliest, at): (Timestamp, Timestamp), told: &[Explained]) -> Option<String> {
    let wanted = hits(told);
    let judged = stage.judge(at);
    let same: Hits = judged.findings.iter().map(|f| (f.rule.clone(), f.object_id.clone(), Some(f.level))).collect();
    if same != wanted {
        return Some(format!("{at} 判定与解释不一致：判定 {same:?}，解释 {wanted:?}"));
    }
    let mut now = stage.last_event(at).unwrap_or(earliest);
    for _ in 0..1000 {
        match stage.judge(now).next.filter(|next| *next <= at && *next > now) {
            Some(next) => now = next,
            None => break,
        }
    }
    let woken = hits(&stage.explain(now));
    (woken != wanted).then(|| {
        let missed: Vec<String> =
            wanted.symmetric_difference(&woken).map(|(rule, object, _)| format!("{rule} {object}")).collect();
        format!(
            "{at} 的结果只有时间能使其成立，却没有预告再次判定的时刻：{}（最后一次判定在 {now}）",
            missed.join("；")
        )
    })
}

#[cfg(test)]
mod tests;
