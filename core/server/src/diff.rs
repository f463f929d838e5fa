//! What a proposed profile of rules would have found, beside what the rules in force find: both judge the same history as of now,
//! and nothing is written.
//!
//! Compared are the findings about cases whose fact lies in the window: the last so many months, up to now. Each side makes every
//! case again from its events by its own catalogue, and judges it by its own rules, overrides, calendar, office hours and way of
//! counting, and by its own registers of staff. How late a source may report is the same for both. Looked at are the cases that were open at any time since a year before the window: what time alone makes true after the end of a case
//! (delivery, certificate) lies well within it. Findings about what is no case (days, sources, cards, items) are not compared, nor
//! are warnings whose moment has passed: they were true of what was known then.

use crate::app::App;
use crate::config::staff::Register;
use crate::intake::page::Sender;
use crate::intake::rules::CountyRules;
use crate::problem::Problem;
use crate::remake::remake;
use chrono::{Days, Months, NaiveDate};
use daylight_domain::Timestamp;
use daylight_domain::case::Case;
use daylight_domain::finding::{Finding, Level};
use daylight_domain::limit::ClockMode;
use daylight_domain::rule::{Around, Explained, RuleBook, RuleOverride, explain, judge};
use daylight_store::EventRow;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Cases looked at in one page.
const PAGE: u32 = 500;
/// Cases that change and are named. All are counted.
const NAMED: usize = 1000;
/// The usual window, months.
pub const MONTHS: u32 = 3;
/// The longest window, months.
const LONGEST: u32 = 120;

/// What is different in a proposal that is not a folder of files.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Proposal {
    /// How limits are counted; as now where nothing is said.
    pub clock_mode: Option<ClockMode>,
    /// Overrides that come to those in force.
    pub overrides: Vec<RuleOverride>,
    /// The window, months.
    pub months: Option<u32>,
    /// Only this department.
    pub department: Option<String>,
}

/// How often something is found: now, and by the proposal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Beside {
    /// By the rules in force.
    pub was: u64,
    /// By the proposal.
    pub would_be: u64,
}

/// One rule, one level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Count {
    /// Rule id.
    pub rule: String,
    /// Level; nothing: it could not be judged (无法判定), in all cases looked at.
    pub level: Option<Level>,
    /// How often.
    #[serde(flatten)]
    pub n: Beside,
}

/// A finding that changes, appears or disappears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Changed {
    /// Rule id.
    pub rule: String,
    /// Department id.
    pub department: String,
    /// Case number.
    pub case_no: String,
    /// What it is about: the case, or a part of it.
    pub object_id: String,
    /// The level now; nothing where nothing is found.
    pub was: Option<Level>,
    /// The level by the proposal.
    pub would_be: Option<Level>,
    /// Why: what the rule says on either side.
    pub why_zh: String,
    /// What it says by the rules in force.
    pub was_says: String,
    /// What it says by the proposal.
    pub would_say: String,
}

/// What a proposal would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RulesDiff {
    /// The first day of the window, by the time of the fact.
    pub from: NaiveDate,
    /// As of when both sides judge; the end of the window.
    pub as_of: Timestamp,
    /// Cases that were judged by both sides.
    pub cases: u64,
    /// Per rule and level.
    pub counts: Vec<Count>,
    /// How many findings change.
    pub changes: u64,
    /// The first of them, by department and case.
    pub changed: Vec<Changed>,
}

impl App {
    /// The rules in force with what a proposal changes in them.
    ///
    /// # Errors
    /// The first override that contradicts its rule: `rule.override`, `rule.override-unknown`, …
    pub fn proposed(&self, proposal: &Proposal) -> Result<CountyRules, Problem> {
        let now = self.config.rules.as_ref();
        let overrides = now.book.overrides().chain(&proposal.overrides).cloned();
        let book = RuleBook::with_overrides(now.book.all().cloned(), overrides)
            .map_err(|e| Problem::told(&e, "rule.override").fix("[[override]] 的键见 config/rules/README.md"))?;
        Ok(CountyRules { book, mode: proposal.clock_mode.unwrap_or(now.mode), ..now.clone() })
    }

    /// What a proposal, with its registers of staff by department, would have found in the last months, beside what the rules in
    /// force find. Nothing is written.
    ///
    /// # Errors
    /// `rules.months`, `department.unknown`, or the store.
    pub async fn rules_diff(
        &self,
        proposed: &CountyRules,
        registers: &BTreeMap<String, Register>,
        months: u32,
        only: Option<&str>,
    ) -> Result<RulesDiff, Problem> {
        let as_of = self.clock.now();
        let from = (1..=LONGEST).contains(&months).then(|| as_of.date().checked_sub_months(Months::new(months)));
        let from = from.flatten().ok_or_else(|| {
            Problem::new("rules.months", format!("{months} 不是可比较的月数")).fix(format!("1 到 {LONGEST}，缺省 3"))
        })?;
        if let Some(id) = only {
            self.department(id)?;
        }
        let mut tally = Tally::new(from, as_of);
        let since = Timestamp::start_of(from.checked_sub_days(Days::new(366)).unwrap_or(from));
        for id in self.config.departments.keys().filter(|id| only.is_none_or(|o| o == *id)) {
            let sender = self.sender(self.department(id)?).await?;
            let staff = registers.get(id).map(|register| Arc::clone(&register.0));
            let proposing = Sender { staff, ..sender.clone() };
            let mut after = String::new();
            loop {
                let rows = self.store.cases_in_period(id, since, as_of.plus_ms(1), &after, PAGE).await?;
                for row in &rows {
                    let events = self.store.case_events(id, &row.case.case_no).await?;
                    let was = self.side(&self.config.rules, &sender, &events, &row.case, as_of).await?;
                    let would_be = self.side(proposed, &proposing, &events, &row.case, as_of).await?;
                    tally.add(&sender, &was, &would_be);
                }
                match rows.last() {
                    Some(last) if rows.len() == usize::try_from(PAGE).unwrap_or(0) => {
                        after.clone_from(&last.case.case_no);
                    }
                    _ => break,
                }
            }
        }
        Ok(tally.close())
    }

    async fn side<'r>(
        &self,
        rules: &'r CountyRules,
        sender: &Sender,
        events: &[EventRow],
        stored: &Case,
        now: Timestamp,
    ) -> Result<Side<'r>, Problem> {
        let case = remake(rules, sender.supervised_since, events, stored).case;
        let around = self.around(sender, rules, &case).await?;
        let judgement = judge(&rules.book, &rules.facts(&sender.id, sender.sla_ms, &case, &around, now));
        let undetermined = judgement.undetermined.into_iter().map(|u| u.rule).collect();
        Ok(Side { rules, case, around, now, findings: judgement.findings, undetermined })
    }
}

/// One case, judged by one side.
struct Side<'r> {
    rules: &'r CountyRules,
    case: Case,
    around: Around,
    now: Timestamp,
    findings: Vec<Finding>,
    undetermined: BTreeSet<String>,
}

impl Side<'_> {
    /// Of each rule and object the highest finding whose fact lies in the window.
    fn within(&self, from: Timestamp) -> BTreeMap<(&str, &str), &Finding> {
        let mut all: BTreeMap<(&str, &str), &Finding> = BTreeMap::new();
        for one in self.findings.iter().filter(|f| from <= f.fact_time && f.fact_time <= self.now) {
            let highest = all.entry((&one.rule, &one.object_id)).or_insert(one);
            if highest.level < one.level {
                *highest = one;
            }
        }
        all
    }

    fn explained(&self, sender: &Sender) -> Vec<Explained> {
        let facts = self.rules.facts(&sender.id, sender.sla_ms, &self.case, &self.around, self.now);
        explain(&self.rules.book, &facts).1
    }
}

/// What one side says of one rule and object.
fn said(explained: &[Explained], rule: &str, object: &str, finding: Option<&Finding>) -> String {
    if let Some(finding) = finding {
        return finding.explain_zh.clone();
    }
    let of_rule = || explained.iter().filter(|e| e.rule == rule);
    // Found, but outside of the window; else the rule's own reason; else it is not configured.
    let words = of_rule().find(|e| e.object_id.as_deref() == Some(object)).or_else(|| of_rule().next());
    match words {
        Some(e) if e.verdict == "hit" => format!("{}（不在所比较的时段内）", e.reason_zh),
        Some(e) if e.verdict == "undetermined" => format!("无法判定：{}", e.reason_zh),
        Some(e) => e.reason_zh.clone(),
        None => "没有这条规则".to_owned(),
    }
}

struct Tally {
    from: NaiveDate,
    as_of: Timestamp,
    cases: u64,
    counts: BTreeMap<(String, Option<Level>), Beside>,
    changes: u64,
    changed: Vec<Changed>,
}

impl Tally {
    fn new(from: NaiveDate, as_of: Timestamp) -> Self {
        Self { from, as_of, cases: 0, counts: BTreeMap::new(), changes: 0, changed: Vec::new() }
    }

    fn count(&mut self, rule: &str, level: Option<Level>, add: impl Fn(&mut Beside)) {
        add(self.counts.entry((rule.to_owned(), level)).or_default());
    }

    fn add(&mut self, sender: &Sender, was: &Side<'_>, would_be: &Side<'_>) {
        self.cases += 1;
        let from = Timestamp::start_of(self.from);
        let (before, after) = (was.within(from), would_be.within(from));
        before.values().for_each(|f| self.count(&f.rule, Some(f.level), |n| n.was += 1));
        after.values().for_each(|f| self.count(&f.rule, Some(f.level), |n| n.would_be += 1));
        was.undetermined.iter().for_each(|rule| self.count(rule, None, |n| n.was += 1));
        would_be.undetermined.iter().for_each(|rule| self.count(rule, None, |n| n.would_be += 1));
        let objects: BTreeSet<&(&str, &str)> = before.keys().chain(after.keys()).collect();
        let level = |f: Option<&&Finding>| f.map(|f| f.level);
        let moved: Vec<&&(&str, &str)> =
            objects.iter().filter(|key| level(before.get(**key)) != level(after.get(**key))).collect();
        self.changes += u64::try_from(moved.len()).unwrap_or(0);
        if moved.is_empty() || self.changed.len() >= NAMED {
            return;
        }
        let (old, new) = (was.explained(sender), would_be.explained(sender));
        for key in moved {
            let (rule, object) = **key;
            let (a, b) = (before.get(*key).copied(), after.get(*key).copied());
            let (was_says, would_say) = (said(&old, rule, object, a), said(&new, rule, object, b));
            let why_zh = format!("现行：{was_says}；拟改：{would_say}");
            self.changed.push(Changed {
                rule: rule.to_owned(),
                department: sender.id.clone(),
                case_no: was.case.case_no.clone(),
                object_id: object.to_owned(),
                was: a.map(|f| f.level),
                would_be: b.map(|f| f.level),
                why_zh,
                was_says,
                would_say,
            });
        }
    }

    fn close(self) -> RulesDiff {
        let counts = self.counts.into_iter().map(|((rule, level), n)| Count { rule, level, n }).collect();
        RulesDiff {
            from: self.from,
            as_of: self.as_of,
            cases: self.cases,
            counts,
            changes: self.changes,
            changed: self.changed,
        }
    }
}
