//! The nightly proof: every case is made again from its events, and judged again. Nothing new may come of it; what does is an
//! error of ours or somebody's hand in the database, and is shown and alarmed.

use crate::app::App;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::case::{Applied, Case};
use daylight_domain::check::fields_from_canonical;
use daylight_domain::finding::Finding;
use daylight_domain::record::{Fields, Record};
use daylight_domain::rule::{Around, Facts, judge};
use daylight_store::{AuditEntry, CaseFilter, CaseRow, EventRow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

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
}

impl Rederived {
    /// Nothing new came of it.
    #[must_use]
    pub fn good(&self) -> bool {
        self.differing.is_empty() && self.unwritten.is_empty() && self.untrue.is_empty()
    }
}

fn record_of(event: &EventRow) -> Option<Record> {
    Some(Record {
        kind: event.record,
        case_no: event.case_no.clone(),
        item_code: event.item_code.clone(),
        source_key: event.source_key.clone(),
        data_version: event.data_version,
        event_time: event.event_time,
        fields: fields_from_canonical(&event.payload)?,
    })
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
                self.compare(id, &rows, &events, &mut result)?;
                if rows.len() == usize::try_from(TOGETHER).unwrap_or(0) {
                    after = Some((id.clone(), last));
                }
            }
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

    fn compare(&self, id: &str, rows: &[CaseRow], events: &[EventRow], result: &mut Rederived) -> Result<(), Problem> {
        let department = self.department(id)?;
        let rules = &self.config.rules;
        let since = department.supervised_since.map(Timestamp::start_of);
        let mut by_case: HashMap<&str, Vec<&EventRow>> = HashMap::new();
        for event in events {
            by_case.entry(&event.case_no).or_default().push(event);
        }
        for row in rows {
            result.cases += 1;
            let mut made = Case::default();
            let mut said: HashMap<u64, (Timestamp, Fields)> = HashMap::new();
            for event in by_case.get(row.case.case_no.as_str()).into_iter().flatten() {
                let Some(record) = record_of(event) else { continue };
                let how = Applied {
                    received: event.received_time,
                    seq: event.seq,
                    previous: event.supersedes.and_then(|seq| said.get(&seq)).map(|(at, fields)| (*at, fields)),
                    supervised_since: since,
                    catalogue: &rules.catalogue,
                };
                made.apply(&record, how);
                said.insert(event.seq, (record.event_time, record.fields));
            }
            // What no event tells: when it was judged, and what was refused.
            made.deemed_accepted_at = row.case.deemed_accepted_at;
            made.conflicts = row.case.conflicts;
            if let Some(what) = difference(&row.case, &made)
                && result.differing.len() < NAMED
            {
                result.differing.push((id.to_owned(), row.case.case_no.clone(), what));
            }
            // A case whose time has come is about to be judged anyway.
            if row.next_due.is_some_and(|due| due <= result.at) {
                continue;
            }
            let facts = Facts {
                case: &made,
                item: rules.catalogue.version(&made.item_code, made.item_version).map(Arc::as_ref),
                department: id,
                around: Around::NOTHING,
                calendar: &rules.calendar,
                schedule: &rules.schedule,
                mode: rules.mode,
                now: result.at,
                sla_ms: department.sla_ms(),
            };
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
