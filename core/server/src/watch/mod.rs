//! What becomes true only by time passing, or of what is no case: due times fired from the database, and rounds over sources,
//! days, items and cards.

mod round;

use crate::app::App;
use crate::intake::page::{Sender, settle};
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_store::{Head, PageCommit, StoreError, Want};
use std::collections::BTreeMap;
use std::sync::PoisonError;

/// Cases judged in one transaction.
const TOGETHER: u32 = 2_000;

fn empty(sender: &Sender, head: Head, now: Timestamp) -> PageCommit {
    PageCommit {
        department: sender.id.clone(),
        expected: head.clone(),
        head,
        cursor: None,
        raw: None,
        events: Vec::new(),
        cases: Vec::new(),
        findings: Vec::new(),
        cleared: Vec::new(),
        cards: Vec::new(),
        escalated: Vec::new(),
        outbox: Vec::new(),
        quarantine: Vec::new(),
        released: Vec::new(),
        day: None,
        counts: Vec::new(),
        case_delta: (0, 0),
        last_received: None,
        reconciliations: Vec::new(),
        card_series: (sender.division.clone(), chrono::Datelike::year(&now.date())),
        run: None,
    }
}

impl App {
    /// Judges every case whose time has come. Returns how many. What fell due while the system stood still is marked late.
    ///
    /// # Errors
    /// The store.
    pub async fn fire_due(&self) -> Result<u64, Problem> {
        let mut fired = 0;
        loop {
            let now = self.clock.now();
            let due = self.store.due(now, TOGETHER, &self.not_through(now).await?).await?;
            if due.is_empty() {
                return Ok(fired);
            }
            let mut by_department: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for (department, case_no) in due {
                by_department.entry(department).or_default().push(case_no);
            }
            let mut moved = 0;
            for (department, cases) in by_department {
                moved += self.judge_again(&department, cases, now).await?;
            }
            if moved == 0 {
                // Somebody else was faster every time; the next look will do.
                return Ok(fired);
            }
            fired += moved;
        }
    }

    /// Departments whose cases cannot be judged at the moment: a pull is running, or broke off in the middle. One that has
    /// been silent for long is judged all the same, but its cards wait for a person.
    async fn not_through(&self, now: Timestamp) -> Result<Vec<String>, Problem> {
        let mut all: Vec<String> =
            self.pulling.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        let behind: Vec<String> = self.behind.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        for id in behind {
            if !self.is_silent(&id, now).await? {
                all.push(id);
            }
        }
        Ok(all)
    }

    async fn judge_again(&self, id: &str, cases: Vec<String>, now: Timestamp) -> Result<u64, Problem> {
        let Some(department) = self.config.departments.get(id) else {
            tracing::warn!(department = id, "部门已不在配置中，其到期办件不再判定");
            return Ok(0);
        };
        let mut sender = self.sender(department).await?;
        let want = Want { cases, ..Want::default() };
        let loaded = self.store.load(id, &want).await?;
        sender.held = self.is_silent(id, now).await?;
        let mut commit = empty(&sender, loaded.head, now);
        let n = u64::try_from(loaded.cases.len()).unwrap_or(0);
        for row in loaded.cases.into_values() {
            let late = row.next_due.is_some_and(|due| due < self.started);
            settle(&mut commit, &self.config.rules, &sender, row, now, late);
        }
        match self.write(commit).await {
            Ok(_) => Ok(n),
            Err(StoreError::Conflict(_)) => Ok(0),
            Err(e) => Err(e.into()),
        }
    }

    async fn last_seen(&self, id: &str) -> Result<Option<Timestamp>, Problem> {
        Ok(self.store.last_received(id).await?)
    }

    async fn is_silent(&self, id: &str, now: Timestamp) -> Result<bool, Problem> {
        let Some(minutes) = self.config.departments.get(id).map(|d| d.silence_minutes).filter(|m| *m > 0) else {
            return Ok(false);
        };
        let seen = self.last_seen(id).await?;
        Ok(seen.is_some_and(|seen| seen.plus_ms(i64::from(minutes) * 60_000) < now))
    }
}
