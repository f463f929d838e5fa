//! The nightly proof: every case is made again from its events, judged again and counted again. Nothing new may come of it; what does is an
//! error of ours or somebody's hand in the database, and is shown and alarmed.

use crate::app::App;
use crate::problem::Problem;
use crate::remake::remake;
use daylight_domain::Timestamp;
use daylight_domain::case::Case;
use daylight_domain::finding::Finding;
use daylight_domain::rule::judge;
use daylight_store::{ApplicantRow, AuditEntry, CaseFilter, CaseRow, EventRow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Where the result of the last proof is kept.
pub const LAST: &str = "night.last";
/// Cases made again at once.
const TOGETHER: u32 = 500;
/// Differences that are named.
const NAMED: usize = 100;

/// What the proof found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rederived {
    /// When it began.
    pub at: Timestamp,
    /// Cases made again.
    pub cases: u64,
    /// Events read.
    pub events: u64,
    /// Cases whose view is not what their events give: department, number, what is different.
    pub differing: Vec<(String, String, String)>,
    /// Findings that judging again gives and nobody wrote: department, key.
    pub unwritten: Vec<(String, String)>,
    /// Findings that are written, open, and not true by what is known: department, key.
    pub untrue: Vec<(String, String)>,
    /// What is counted otherwise than a recount of the cases counts it: department, the difference.
    #[serde(default)]
    pub uncounted: Vec<(String, String)>,
}

impl Rederived {
    /// Nothing new came of it.
    #[must_use]
    pub fn good(&self) -> bool {
        self.differing.is_empty() && self.unwritten.is_empty() && self.untrue.is_empty() && self.uncounted.is_empty()
    }
}

/// Names of the fields in which two views differ.
fn difference(stored: &Case, made: &Case) -> Option<String> {
    let (a, b) = (serde_json::to_value(stored).unwrap_or_default(), serde_json::to_value(made).unwrap_or_default());
    let (Some(a), Some(b)) = (a.as_object(), b.as_object()) else { return None };
    let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let names: Vec<&str> = names.into_iter().filter(|n| a.get(*n) != b.get(*n)).map(String::as_str).collect();
    (!names.is_empty()).then(|| names.join("、"))
}

impl App {
    /// Makes every case again from its events and judges it again, and keeps the result.
    ///
    /// # Errors
    /// The store.
    pub async fn rederive(&self, actor: &str) -> Result<Rederived, Problem> {
        let mut result = Rederived { at: self.clock.now(), ..Rederived::default() };
        for id in self.config.departments.keys() {
            let mut after = Some((id.clone(), String::new()));
            while let Some(from) = after.take() {
                let filter = CaseFilter {
                    department: Some(id.clone()),
                    after: Some(from.clone()),
                    limit: TOGETHER,
                    ..CaseFilter::default()
                };
                let rows = self.store.cases(&filter).await?;
                let Some(last) = rows.last().map(|r| r.case.case_no.clone()) else { break };
                let events = self.store.events_of_cases(id, &from.1, &last).await?;
                result.events += u64::try_from(events.len()).unwrap_or(0);
                self.compare(id, &from.1, &rows, &events, &mut result).await?;
                if rows.len() == usize::try_from(TOGETHER).unwrap_or(0) {
                    after = Some((id.clone(), last));
                }
            }
        }
        for id in self.config.departments.keys() {
            let recounted = self.recount(id).await?;
            result.uncounted.extend(recounted.differences.into_iter().map(|d| (id.clone(), d)));
        }
        let kept = serde_json::to_string(&result).unwrap_or_default();
        self.store.put_setting(LAST, &kept).await?;
        let entry = AuditEntry {
            at: result.at,
            actor: actor.to_owned(),
            action: "night.rederive".to_owned(),
            object: "county".to_owned(),
            detail: serde_json::json!({ "cases": result.cases, "events": result.events, "good": result.good() })
                .to_string(),
        };
        self.store.audit(entry).await?;
        Ok(result)
    }

    async fn compare(
        &self,
        id: &str,
        after: &str,
        rows: &[CaseRow],
        events: &[EventRow],
        result: &mut Rederived,
    ) -> Result<(), Problem> {
        let department = self.department(id)?;
        let sender = self.sender(department).await?;
        let rules = &self.config.rules;
        let mut by_case: HashMap<&str, Vec<&EventRow>> = HashMap::new();
        for event in events {
            by_case.entry(&event.case_no).or_default().push(event);
        }
        let last = rows.last().map_or("", |r| r.case.case_no.as_str());
        let applicants = self.store.applicants(id, after, last).await?;
        let applicants: HashMap<&str, &ApplicantRow> = applicants.iter().map(|a| (a.case_no.as_str(), a)).collect();
        for row in rows {
            result.cases += 1;
            let events = by_case.remove(row.case.case_no.as_str()).unwrap_or_default();
            let made = remake(rules, sender.supervised_since, events, &row.case);
            let applicant = made.application.as_ref().and_then(|fields| self.applicants.key(fields));
            let kept = applicants.get(row.case.case_no.as_str()).copied();
            let same = kept.and_then(|k| k.key) == applicant
                && kept
                    .is_none_or(|k| made.case.applied_at == Some(k.applied_at) && made.case.item_code == k.item_code);
            let what = [difference(&row.case, &made.case), (!same).then(|| "applicant".to_owned())];
            let what: Vec<String> = what.into_iter().flatten().collect();
            if !what.is_empty() && result.differing.len() < NAMED {
                result.differing.push((id.to_owned(), row.case.case_no.clone(), what.join("、")));
            }
            // A case whose time has come is about to be judged anyway.
            if row.next_due.is_some_and(|due| due <= result.at) {
                continue;
            }
            let around = self.around(&sender, rules, &made.case).await?;
            let facts = rules.facts(id, sender.sla_ms, &made.case, &around, result.at);
            let found: Vec<String> = judge(&rules.book, &facts).findings.iter().map(Finding::dedupe_key).collect();
            for key in found.iter().filter(|key| !row.found.contains(key)) {
                if result.unwritten.len() < NAMED {
                    result.unwritten.push((id.to_owned(), key.clone()));
                }
            }
            for key in row.found.iter().filter(|key| !found.contains(key)) {
                if !crate::intake::page::stays(key, &found) && result.untrue.len() < NAMED {
                    result.untrue.push((id.to_owned(), key.clone()));
                }
            }
        }
        Ok(())
    }
}
