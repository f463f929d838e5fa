//! What a county decides otherwise for an item, a department or a time: `[[override]]` in `config/rules`. Which rule is in
//! force is decided by the date of the fact, so a change from today never rewrites what was found before.

use super::{Hit, Mode, Outcome, Rule, Verdict};
use crate::Timestamp;
use crate::finding::Level;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// One deviation from a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleOverride {
    /// The rule.
    pub rule: String,
    /// Only for this item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Only for this department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// First day, by the date of the fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// Last day, by the date of the fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
    /// Parameters that differ; the others stay.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, i64>,
    /// The one level it gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// The levels it gives, from low to high.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub levels: Option<Vec<Level>>,
    /// How its findings become cards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Switched on or off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Working days for the answer to a card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback_days: Option<u32>,
    /// Why, with the document it rests on. Shown with every finding it touches.
    pub reason: String,
}

impl RuleOverride {
    /// Whether it speaks about this department and item, on whatever day.
    fn concerns(&self, department: &str, item: Option<&str>) -> bool {
        self.department.as_deref().is_none_or(|d| d == department)
            && self.item.as_deref().is_none_or(|i| Some(i) == item)
    }

    fn covers(&self, date: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to)
    }

    /// The more it narrows down, the later it is applied, so that the narrower one wins.
    pub(super) fn narrowness(&self) -> u8 {
        u8::from(self.department.is_some()) + 2 * u8::from(self.item.is_some())
    }

    /// Whether it says nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.params.is_empty()
            && self.level.is_none()
            && self.levels.is_none()
            && self.mode.is_none()
            && self.enabled.is_none()
            && self.feedback_days.is_none()
    }

    /// Puts its values into a rule.
    pub(super) fn change(&self, rule: &mut Rule) {
        for (name, value) in &self.params {
            rule.params.insert(name.clone(), *value);
        }
        if let Some(level) = self.level {
            rule.levels = vec![level];
        }
        if let Some(levels) = &self.levels {
            rule.levels.clone_from(levels);
        }
        rule.mode = self.mode.unwrap_or(rule.mode);
        rule.enabled = self.enabled.unwrap_or(rule.enabled);
        rule.feedback_days = self.feedback_days.unwrap_or(rule.feedback_days);
    }
}

/// Whom a fact concerns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whose<'a> {
    pub department: &'a str,
    pub item: Option<&'a str>,
}

/// The rule in force for a department, an item and a date.
pub(super) fn effective<'r>(
    rule: &'r Rule,
    changes: &[RuleOverride],
    whose: Whose<'_>,
    date: NaiveDate,
) -> Cow<'r, Rule> {
    let mut effective = Cow::Borrowed(rule);
    for change in changes.iter().filter(|c| c.concerns(whose.department, whose.item) && c.covers(date)) {
        change.change(effective.to_mut());
    }
    effective
}

/// Asks one rule, in whichever form is in force on the day of each fact, and passes on what it says. Gives the instant at
/// which to ask again. Without a matching override nothing is copied.
pub(super) fn ask(
    rule: &Rule,
    changes: &[RuleOverride],
    whose: Whose<'_>,
    now: Timestamp,
    scratch: &mut Outcome,
    run: &dyn Fn(&Rule, Timestamp, &mut Outcome),
    tell: &mut dyn FnMut(&Rule, Verdict),
) -> Option<Timestamp> {
    scratch.verdicts.clear();
    scratch.wake = None;
    if !changes.iter().any(|c| c.concerns(whose.department, whose.item)) {
        if !rule.enabled {
            tell(rule, Verdict::Missed(Cow::Borrowed(SWITCHED_OFF)));
            return None;
        }
        run(rule, now, scratch);
        for verdict in scratch.verdicts.drain(..) {
            tell(rule, verdict);
        }
        return scratch.wake;
    }
    let changes: Vec<&RuleOverride> = changes.iter().filter(|c| c.concerns(whose.department, whose.item)).collect();
    ask_by_date(rule, &changes, now, scratch, run, tell)
}

const SWITCHED_OFF: &str = "规则已停用";

/// A span of days within which the same form of the rule is in force.
struct Span {
    from: Option<NaiveDate>,
    rule: Rule,
    reasons: Vec<String>,
}

fn spans(rule: &Rule, changes: &[&RuleOverride]) -> Vec<Span> {
    let mut starts: BTreeSet<NaiveDate> = changes.iter().filter_map(|c| c.from).collect();
    starts.extend(changes.iter().filter_map(|c| c.to.and_then(|to| to.succ_opt())));
    let of = |from: Option<NaiveDate>| {
        let (mut form, mut reasons) = (rule.clone(), Vec::new());
        for change in changes.iter().filter(|c| c.covers(from.unwrap_or(NaiveDate::MIN))) {
            change.change(&mut form);
            reasons.push(change.reason.clone());
        }
        Span { from, rule: form, reasons }
    };
    std::iter::once(of(None)).chain(starts.into_iter().map(|from| of(Some(from)))).collect()
}

fn ask_by_date(
    rule: &Rule,
    changes: &[&RuleOverride],
    now: Timestamp,
    scratch: &mut Outcome,
    run: &dyn Fn(&Rule, Timestamp, &mut Outcome),
    tell: &mut dyn FnMut(&Rule, Verdict),
) -> Option<Timestamp> {
    let spans = spans(rule, changes);
    let today = now.date();
    let mut wake: Option<Timestamp> = None;
    let mut sooner = |at: Timestamp| wake = Some(wake.map_or(at, |old| old.min(at)));
    let mut hits: Vec<(usize, Box<Hit>)> = Vec::new();
    for (at, span) in spans.iter().enumerate() {
        let next = spans.get(at + 1).and_then(|s| s.from);
        let inside = |date: NaiveDate| span.from.is_none_or(|from| from <= date) && next.is_none_or(|next| date < next);
        let present = inside(today);
        if let Some(from) = span.from.filter(|from| *from > today) {
            // A later form may see what this one does not.
            sooner(Timestamp::start_of(from));
            break;
        }
        if !span.rule.enabled {
            if present {
                tell(&span.rule, Verdict::Missed(Cow::Borrowed(SWITCHED_OFF)));
            }
            continue;
        }
        scratch.verdicts.clear();
        scratch.wake = None;
        run(&span.rule, now, scratch);
        if present {
            scratch.wake.into_iter().for_each(&mut sooner);
        }
        let mut risen: Vec<String> = Vec::new();
        for verdict in scratch.verdicts.drain(..) {
            match verdict {
                Verdict::Hit(mut found) => {
                    let adopts = present && !hits.iter().any(|(_, hit)| hit.object_id == found.object_id);
                    if belongs(&mut found, span.from, &inside, adopts) {
                        hits.push((at, found));
                    } else {
                        risen.push(found.object_id);
                    }
                }
                other if present => tell(&span.rule, other),
                _ => {}
            }
        }
        // What has risen to a higher level since was a lower one on the last day of this form.
        let Some(last) = next.map(|next| Timestamp::start_of(next).plus_ms(-1)).filter(|_| !risen.is_empty()) else {
            continue;
        };
        scratch.verdicts.clear();
        run(&span.rule, last.min(now), scratch);
        for verdict in scratch.verdicts.drain(..) {
            if let Verdict::Hit(found) = verdict
                && risen.contains(&found.object_id)
                && inside(found.fact_time.date())
            {
                hits.push((at, found));
            }
        }
    }
    let risen = |at: usize, hit: &Hit| {
        hits.iter().any(|(later, other)| *later > at && other.object_id == hit.object_id && other.level >= hit.level)
    };
    let kept: Vec<bool> = hits.iter().map(|(at, hit)| !risen(*at, hit)).collect();
    for ((at, mut hit), _) in hits.into_iter().zip(kept).filter(|(_, keep)| *keep) {
        let Some(span) = spans.get(at) else { continue };
        if !span.reasons.is_empty() {
            hit.inputs.insert("override".to_owned(), span.reasons.join("；"));
        }
        tell(&span.rule, Verdict::Hit(hit));
    }
    wake
}

/// Whether a hit is this span's: its fact lies in it; or it began before, goes on, and no earlier form saw it (`adopts`), so
/// that it is the change of the rule that makes it a fact.
fn belongs(found: &mut Hit, from: Option<NaiveDate>, inside: &dyn Fn(NaiveDate) -> bool, adopts: bool) -> bool {
    if inside(found.fact_time.date()) {
        return true;
    }
    let Some(from) = from.map(Timestamp::start_of).filter(|from| found.fact_time < *from) else { return false };
    if adopts && found.ongoing {
        found.fact_time = from;
        return true;
    }
    false
}
