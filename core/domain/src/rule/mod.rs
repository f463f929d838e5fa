//! The rules: versioned data (`config/rules`) with one small function each. Handbook §11.
//!
//! A rule reads [`Facts`] and says [`Verdict`]s. Judging and explaining are the same call, so that an explanation can
//! never differ from the judgement. What only time makes true is announced as [`Outcome::wake`].

mod book;
mod county;
mod data;
mod procedure;
mod time;
mod timing;

pub use book::{Mode, Rule, RuleBook, RuleError};
pub use county::{calendar_ends, rejects_of_day, silent_source};
pub use timing::{LimitEnd, Timing};

use crate::Timestamp;
use crate::calendar::{Calendar, WorkSchedule};
use crate::case::Case;
use crate::finding::{Finding, Level, ObjectKind, Undetermined};
use crate::item::Item;
use crate::limit::ClockMode;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What the rules of a case read.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The case.
    pub case: &'a Case,
    /// The version of its item in force at acceptance, where the catalogue knows the item.
    pub item: Option<&'a Item>,
    /// Working days.
    pub calendar: &'a Calendar,
    /// Office hours.
    pub schedule: &'a WorkSchedule,
    /// How the county counts.
    pub mode: ClockMode,
    /// The present, by our clock.
    pub now: Timestamp,
    /// How late the source may report, milliseconds.
    pub sla_ms: i64,
}

/// What is true of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// How serious.
    pub level: Level,
    /// What kind of object.
    pub object: ObjectKind,
    /// Which.
    pub object_id: String,
    /// Since when it is true, by business time.
    pub fact_time: Timestamp,
    /// The value measured.
    pub value: i64,
    /// What was read.
    pub inputs: BTreeMap<String, String>,
    /// The sentence for the person concerned.
    pub explain_zh: String,
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It is broken.
    Hit(Box<Hit>),
    /// It is not, or does not apply, and why.
    Missed(Cow<'static, str>),
    /// Nobody can tell, and why. Never "in order".
    Undetermined(String),
}

/// What a rule says, and when it should be asked again.
#[derive(Debug, Default)]
pub struct Outcome {
    /// In any number: a rule about steps says one per step that breaks it.
    pub verdicts: Vec<Verdict>,
    /// The next instants at which time alone may change the answer.
    pub wake: Option<Timestamp>,
}

impl Outcome {
    pub(crate) fn hit(&mut self, hit: Hit) {
        self.verdicts.push(Verdict::Hit(Box::new(hit)));
    }

    pub(crate) fn missed(&mut self, why: &'static str) {
        self.verdicts.push(Verdict::Missed(Cow::Borrowed(why)));
    }

    pub(crate) fn undetermined(&mut self, why: impl std::fmt::Display) {
        self.verdicts.push(Verdict::Undetermined(why.to_string()));
    }

    pub(crate) fn wake(&mut self, at: Timestamp) {
        self.wake = Some(self.wake.map_or(at, |old| old.min(at)));
    }
}

/// What is judged of a case at an instant.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// What is broken.
    pub findings: Vec<Finding>,
    /// What could not be judged.
    pub undetermined: Vec<Undetermined>,
    /// When to judge again although nothing arrives.
    pub next: Option<Timestamp>,
    /// The last instant within the promised limit.
    pub promise_due: Option<Timestamp>,
    /// The last instant within the legal limit.
    pub legal_due: Option<Timestamp>,
    /// The receipt since which the case counts as accepted (行政许可法 32(4)).
    pub deemed_accepted_at: Option<Timestamp>,
}

type CaseRule = fn(&Rule, &Facts<'_>, &Timing, &mut Outcome);

/// The rules about cases that have a function. What else stands in the catalogue is about days, sources or the county.
const CASE_RULES: &[(&str, CaseRule)] = &[
    ("T-01", time::promise_near),
    ("T-02", time::over_promise),
    ("T-03", time::over_legal),
    ("T-04", time::legal_near),
    ("T-05", time::step_over),
    ("T-07", time::instant_not_instant),
    ("T-08", time::correction_late),
    ("T-09", time::receipt_unanswered),
    ("T-10", time::not_delivered),
    ("T-12", time::forward_late),
    ("P-01", procedure::refused_without_reason),
    ("P-03", procedure::ended_without_reason),
    ("P-07", procedure::mandatory_step_missing),
    ("D-01", data::amended),
    ("D-02", data::late),
    ("D-09", data::impossible_order),
    ("D-12", data::conflict),
    ("D-18", data::first_seen_at_finish),
];

/// Rules that are about a day, a source or the county: see [`rejects_of_day`], [`silent_source`], [`calendar_ends`].
const OTHER_RULES: &[&str] = &["D-10", "U-01", "U-04"];

/// Judges a case by every enabled rule.
#[must_use]
pub fn judge(book: &RuleBook, facts: &Facts<'_>) -> Judgement {
    let timing = Timing::of(facts);
    let mut found = Judgement {
        promise_due: timing.promise.last_instant(),
        legal_due: timing.legal.last_instant(),
        deemed_accepted_at: timing.deemed,
        ..Judgement::default()
    };
    for (rule, run) in book.case_rules() {
        let mut outcome = Outcome::default();
        run(rule, facts, &timing, &mut outcome);
        if let Some(at) = outcome.wake.filter(|at| *at > facts.now) {
            found.next = Some(found.next.map_or(at, |old| old.min(at)));
        }
        for verdict in outcome.verdicts {
            match verdict {
                Verdict::Hit(hit) => found.findings.push(finding(rule, facts, *hit)),
                Verdict::Missed(_) => {}
                Verdict::Undetermined(reason_zh) => {
                    found.undetermined.push(Undetermined { rule: rule.id.clone(), reason_zh });
                }
            }
        }
    }
    found
}

fn finding(rule: &Rule, facts: &Facts<'_>, hit: Hit) -> Finding {
    Finding {
        rule: rule.id.clone(),
        rule_version: rule.version,
        family: rule.family.clone(),
        level: hit.level,
        object: hit.object,
        object_id: hit.object_id,
        case_no: Some(facts.case.case_no.clone()),
        item_code: (!facts.case.item_code.is_empty()).then(|| facts.case.item_code.clone()),
        fact_time: hit.fact_time,
        value: hit.value,
        inputs: hit.inputs,
        calendar_version: Some(facts.calendar.version().to_owned()),
        explain_zh: hit.explain_zh,
    }
}

/// One rule's answer, for a reader.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Explained {
    /// Rule id.
    pub rule: String,
    /// Its version.
    pub rule_version: u32,
    /// Its name.
    pub name_zh: String,
    /// Its trigger in words.
    pub trigger_zh: String,
    /// What it rests on.
    pub basis: Vec<String>,
    /// `hit`, `missed`, `undetermined`, `disabled`.
    pub verdict: &'static str,
    /// How serious, for a hit.
    pub level: Option<Level>,
    /// The object, for a hit.
    pub object_id: Option<String>,
    /// Why.
    pub reason_zh: String,
    /// What was read.
    pub inputs: BTreeMap<String, String>,
}

/// Every rule's answer about a case, the same as [`judge`] gives, in words.
#[must_use]
pub fn explain(book: &RuleBook, facts: &Facts<'_>) -> (Timing, Vec<Explained>) {
    let timing = Timing::of(facts);
    let mut all = Vec::new();
    for (id, run) in CASE_RULES {
        let Some(rule) = book.get(id) else { continue };
        let line = |verdict, level, object_id, reason_zh, inputs| Explained {
            rule: rule.id.clone(),
            rule_version: rule.version,
            name_zh: rule.name_zh.clone(),
            trigger_zh: rule.trigger_zh.clone(),
            basis: rule.basis.clone(),
            verdict,
            level,
            object_id,
            reason_zh,
            inputs,
        };
        if !rule.enabled {
            all.push(line("disabled", None, None, "规则已停用".to_owned(), BTreeMap::new()));
            continue;
        }
        let mut outcome = Outcome::default();
        run(rule, facts, &timing, &mut outcome);
        for verdict in outcome.verdicts {
            all.push(match verdict {
                Verdict::Hit(hit) => line("hit", Some(hit.level), Some(hit.object_id), hit.explain_zh, hit.inputs),
                Verdict::Missed(why) => line("missed", None, None, why.into_owned(), BTreeMap::new()),
                Verdict::Undetermined(why) => line("undetermined", None, None, why, BTreeMap::new()),
            });
        }
    }
    (timing, all)
}

/// Named inputs of a finding.
pub(crate) fn inputs<const N: usize>(pairs: [(&str, String); N]) -> BTreeMap<String, String> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests;
