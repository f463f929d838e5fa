//! The clock of a case, for the person who has to believe it: day by day, and the records it rests on as they were received.

use crate::app::App;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::limit::ClockMode;
use daylight_domain::rule::{ClockDay, Explained, Timing, explain};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The clock of a case.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CaseClock {
    /// Department id.
    pub department: String,
    /// Case number.
    pub case_no: String,
    /// When it was looked at.
    pub as_of: Timestamp,
    /// How the county counts. Counting office hours, the days here are beside the arithmetic, not the arithmetic.
    pub mode: ClockMode,
    /// Version of the calendar.
    pub calendar_version: String,
    /// Start, stop, what is excluded and extended, and where the limits end.
    pub timing: Timing,
    /// Every day from the start to the stop; of a clock that runs, to the end of its limits. Empty where it has not started or a year
    /// of the calendar is missing.
    pub days: Vec<ClockDay>,
}

/// A record as it was received.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RawRecord {
    /// Number of its event in the chain.
    pub seq: u64,
    /// The raw page it came with.
    pub page: i64,
    /// Its place in the page, from 0.
    pub index: u32,
    /// Run or batch.
    pub run: String,
    /// When.
    pub received_at: Timestamp,
    /// Hash of the page, hexadecimal, by the ledger's algorithm.
    pub page_digest: String,
    /// The line, persons masked where the reader has not the right.
    pub record: String,
    /// Salt of the leaf, hexadecimal.
    pub salt: String,
    /// The link of the chain, hexadecimal.
    pub hash: String,
}

fn unknown(department: &str, case_no: &str) -> Problem {
    Problem::new("case.unknown", format!("{department} 没有办件 {case_no}"))
        .fix("核对部门编号与办件编号；未被接受的记录在隔离区")
}

impl App {
    /// The clock of a case with its days, and every rule's answer about it.
    ///
    /// # Errors
    /// `case.unknown`, or the store.
    pub async fn explained(&self, department: &str, case_no: &str) -> Result<(CaseClock, Vec<Explained>), Problem> {
        let row = self.store.case(department, case_no).await?.ok_or_else(|| unknown(department, case_no))?;
        let rules = &self.config.rules;
        let sender = self.sender(self.department(department)?).await?;
        let around = self.around(&sender, rules, &row.case).await?;
        let facts = rules.facts(department, sender.sla_ms, &row.case, &around, self.clock.now());
        let (timing, explained) = explain(&rules.book, &facts);
        let clock = CaseClock {
            department: department.to_owned(),
            case_no: case_no.to_owned(),
            as_of: facts.now,
            mode: facts.mode,
            calendar_version: rules.calendar.version().to_owned(),
            days: timing.days(&facts).unwrap_or_default(),
            timing,
        };
        Ok((clock, explained))
    }

    /// The records of a case as they were received, in the order of the chain.
    ///
    /// # Errors
    /// The store; `ledger.raw` where a page cannot be read.
    pub async fn raw_records(&self, department: &str, case_no: &str) -> Result<Vec<RawRecord>, Problem> {
        self.store.case(department, case_no).await?.ok_or_else(|| unknown(department, case_no))?;
        let mut pages = BTreeMap::new();
        let mut all = Vec::new();
        for event in self.store.case_events(department, case_no).await? {
            let lost = || Problem::new("ledger.raw", format!("{department} 的原始页 {} 读不出来", event.raw_page));
            let (page, plain) = match pages.entry(event.raw_page) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(free) => {
                    let page = self.store.raw_page(department, event.raw_page).await?.ok_or_else(lost)?;
                    let plain = zstd::decode_all(page.body.as_slice()).map_err(|_| lost())?;
                    free.insert((page, String::from_utf8(plain).map_err(|_| lost())?))
                }
            };
            let at = usize::try_from(event.raw_index).unwrap_or(usize::MAX);
            all.push(RawRecord {
                seq: event.seq,
                page: event.raw_page,
                index: event.raw_index,
                run: page.run.clone(),
                received_at: page.received_at,
                page_digest: hex::encode(page.digest),
                record: plain.split('\n').nth(at).ok_or_else(lost)?.to_owned(),
                salt: hex::encode(event.salt),
                hash: hex::encode(event.hash),
            });
        }
        Ok(all)
    }
}
