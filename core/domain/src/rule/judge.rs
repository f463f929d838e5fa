//! Judging a case, and explaining the judgement: one call, two readers.

use super::overrides::{Whose, ask};
use super::{Facts, Outcome, Rule, RuleBook, Timing, Verdict};
use super::{conformance, data, fee, openness, procedure, queue, special, term, time};
use crate::Timestamp;
use crate::finding::{Finding, Level, Undetermined};
use crate::limit;
use crate::tally::{Over, Used};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is judged at an instant.
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
    /// From when on the limits are over.
    pub over: Over,
    /// Working days of a finished case, for counting.
    pub used: Option<Used>,
}

impl Judgement {
    pub(super) fn sooner(&mut self, at: Option<Timestamp>, now: Timestamp) {
        if let Some(at) = at.filter(|at| *at > now) {
            self.next = Some(self.next.map_or(at, |old| old.min(at)));
        }
    }
}

pub(super) type CaseRule = fn(&Rule, &Facts<'_>, &Timing, &mut Outcome);

/// The rules about cases, each with its function.
pub(super) const CASE_RULES: &[(&str, CaseRule)] = &[
    ("T-01", time::promise_near),
    ("T-02", time::over_promise),
    ("T-03", time::over_legal),
    ("T-04", time::legal_near),
    ("T-05", time::step_over),
    ("T-06", term::stalled),
    ("T-07", time::instant_not_instant),
    ("T-08", time::correction_late),
    ("T-09", time::receipt_unanswered),
    ("T-10", time::not_delivered),
    ("T-11", term::certificate_late),
    ("T-12", time::forward_late),
    ("T-13", term::joint_over),
    ("T-14", term::co_department_late),
    ("T-15", term::pre_acceptance_late),
    ("T-16", term::renewal_undecided),
    ("T-17", term::hearing_late),
    ("T-18", term::hearing_notice_short),
    ("T-19", term::commitment_unchecked),
    ("T-20", term::tolerant_lapsed),
    ("T-21", term::overtime_unexplained),
    ("T-22", openness::disclosed_late),
    ("P-01", procedure::refused_without_reason),
    ("P-02", procedure::denied_without_reason_or_remedy),
    ("P-03", procedure::ended_without_reason),
    ("P-04", procedure::corrected_repeatedly),
    ("P-05", procedure::corrected_after_acceptance),
    ("P-06", procedure::no_document),
    ("P-07", conformance::mandatory_step_missing),
    ("P-08", conformance::out_of_order),
    ("P-09", conformance::duties_not_separated),
    ("P-10", conformance::too_few_verifiers),
    ("P-11", procedure::materials_missing),
    ("P-12", procedure::materials_beyond_list),
    ("P-13", procedure::shareable_material_demanded),
    ("P-14", queue::queue_jumped),
    ("P-15", procedure::hearing_not_held),
    ("P-17", queue::item_not_in_force),
    ("P-18", queue::wrong_organ),
    ("P-19", queue::possible_duplicate),
    ("P-20", queue::withdrawn_and_refiled),
    ("P-21", procedure::lapsed_before_deadline),
    ("P-22", procedure::events_after_finish),
    ("S-01", special::unlawful_stop),
    ("S-02", special::not_notified),
    ("S-03", special::near_end),
    ("S-04", special::over_announced),
    ("S-05", special::correction_as_stop),
    ("S-06", special::open_after_finish),
    ("S-07", special::inverted),
    ("S-08", special::excessive),
    ("S-09", special::started_near_deadline),
    ("S-10", special::no_approver),
    ("S-11", special::unlawful_extension),
    ("S-12", special::extension_not_notified),
    ("S-13", special::irregular_fee),
    ("F-01", fee::charged_on_free_item),
    ("F-02", fee::above_standard),
    ("F-03", fee::due_not_charged),
    ("F-04", fee::reduced_without_basis),
    ("D-01", data::amended),
    ("D-02", data::late),
    ("D-04", data::identical_times),
    ("D-06", data::unknown_operator),
    ("D-08", data::off_hours),
    ("D-09", data::impossible_order),
    ("D-12", data::conflict),
    ("D-17", data::synthetic),
    ("D-18", data::first_seen_at_finish),
    ("O-02", openness::result_not_public),
];

/// Judges a case by every rule that is in force for it.
#[must_use]
pub fn judge(book: &RuleBook, facts: &Facts<'_>) -> Judgement {
    let timing = Timing::of(facts);
    let mut found = Judgement {
        promise_due: timing.promise.last_instant(),
        legal_due: timing.legal.last_instant(),
        deemed_accepted_at: timing.deemed,
        over: timing.over(facts),
        used: used(facts, &timing),
        ..Judgement::default()
    };
    let whose = whose(facts);
    let mut scratch = Outcome::default();
    for (rule, changes, run) in book.case_rules() {
        let ask_it = |rule: &Rule, now: Timestamp, out: &mut Outcome| run(rule, &Facts { now, ..*facts }, &timing, out);
        let wake = ask(rule, changes, whose, facts.now, &mut scratch, &ask_it, &mut |form, verdict| match verdict {
            Verdict::Hit(hit) => {
                let case_no = Some(facts.case.case_no.as_str());
                found.findings.push(form.finding(*hit, case_no, whose.item, facts.calendar));
            }
            Verdict::Missed(_) => {}
            Verdict::Undetermined(reason_zh) => {
                found.undetermined.push(Undetermined { rule: form.id.clone(), reason_zh });
            }
        });
        found.sooner(wake, facts.now);
    }
    found
}

/// What the calendar says of a finished case.
#[must_use]
pub fn used(facts: &Facts<'_>, timing: &Timing) -> Option<Used> {
    let (start, finished) = (timing.start?, facts.case.finished_at?);
    let working = limit::used_days(facts.calendar, start.date(), finished.date()).ok();
    Some(Used { working, excluded: timing.excluded_days, extended: timing.extended_days })
}

fn whose<'a>(facts: &Facts<'a>) -> Whose<'a> {
    let item = Some(facts.case.item_code.as_str()).filter(|code| !code.is_empty());
    Whose { department: facts.department, item }
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

impl Explained {
    pub(super) fn of(rule: &Rule, verdict: Verdict) -> Self {
        let (word, level, object_id, reason_zh, inputs) = match verdict {
            Verdict::Hit(hit) => ("hit", Some(hit.level), Some(hit.object_id), hit.explain_zh, hit.inputs),
            Verdict::Missed(why) if !rule.enabled => ("disabled", None, None, why.into_owned(), BTreeMap::new()),
            Verdict::Missed(why) => ("missed", None, None, why.into_owned(), BTreeMap::new()),
            Verdict::Undetermined(why) => ("undetermined", None, None, why, BTreeMap::new()),
        };
        Self {
            rule: rule.id.clone(),
            rule_version: rule.version,
            name_zh: rule.name_zh.clone(),
            trigger_zh: rule.trigger_zh.clone(),
            basis: rule.basis.clone(),
            verdict: word,
            level,
            object_id,
            reason_zh,
            inputs,
        }
    }
}

/// Every rule's answer about a case, the same as [`judge`] gives, in words.
#[must_use]
pub fn explain(book: &RuleBook, facts: &Facts<'_>) -> (Timing, Vec<Explained>) {
    let timing = Timing::of(facts);
    let whose = whose(facts);
    let (mut all, mut scratch) = (Vec::new(), Outcome::default());
    for (id, run) in CASE_RULES {
        let Some(rule) = book.get(id) else { continue };
        let ask_it = |rule: &Rule, now: Timestamp, out: &mut Outcome| run(rule, &Facts { now, ..*facts }, &timing, out);
        ask(rule, book.changes(id), whose, facts.now, &mut scratch, &ask_it, &mut |form, verdict| {
            all.push(Explained::of(form, verdict));
        });
    }
    (timing, all)
}
