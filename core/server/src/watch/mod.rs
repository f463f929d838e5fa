//! What becomes true only by time passing, or of what is no case: due times fired from the database, and rounds over sources,
//! days, items and cards.

pub mod connection;
pub mod night;
mod round;

use crate::app::App;
use crate::config::Department;
use crate::intake::page::{Sender, settle};
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_store::{Committed, Head, PageCommit, StoreError, Want};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use tokio::task::JoinHandle;

/// Cases judged in one transaction.
const TOGETHER: usize = 2_000;
/// Cases looked up at once.
const DUE: u32 = 20_000;

/// The version of the calendar by which cases were judged last.
const CALENDAR: &str = "judged.calendar";
/// How long after its end a case can still be late in something (delivery, certificate, check of a commitment), milliseconds.
const AFTERMATH_MS: i64 = 150 * 86_400_000;

/// A commit that is being written.
type Writing = JoinHandle<Result<Committed, StoreError>>;

/// Whether a commit was written; not, when somebody else was faster.
async fn written(commit: Writing) -> Result<bool, Problem> {
    match commit.await {
        Ok(Ok(_)) => Ok(true),
        Ok(Err(StoreError::Conflict(_))) => Ok(false),
        Ok(Err(e)) => Err(e.into()),
        Err(e) => Err(Problem::new("internal", e.to_string())),
    }
}

pub(crate) fn empty(sender: &Sender, head: Head, now: Timestamp) -> PageCommit {
    PageCommit::new(&sender.id, head, (sender.division.clone(), chrono::Datelike::year(&now.date())))
}

impl App {
    /// Judges every case whose time has come. Returns how many. What fell due while the system stood still is marked late.
    ///
    /// # Errors
    /// The store.
    pub async fn fire_due(&self) -> Result<u64, Problem> {
        self.follow_calendar().await?;
        let mut fired = 0;
        loop {
            let now = self.clock.now();
            let due = self.store.due(now, DUE, &self.not_through(now).await?).await?;
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

    /// What could not be judged for want of a calendar, or was judged by another one, is judged again: once, at the first look at
    /// what is due. A house that is stopped meanwhile begins anew.
    async fn follow_calendar(&self) -> Result<(), Problem> {
        if self.follows_calendar.load(Ordering::Acquire) {
            return Ok(());
        }
        let calendar = self.config.rules.calendar.version();
        let judged = self.store.setting(CALENDAR).await?;
        if judged.as_deref().is_some_and(|judged| judged != calendar) {
            let now = self.clock.now();
            let armed = self.store.rearm(now, now.plus_ms(-AFTERMATH_MS)).await?;
            tracing::info!(cases = armed, "日历有变，重新判定办件");
        }
        if judged.as_deref() != Some(calendar) {
            self.store.put_setting(CALENDAR, calendar).await?;
        }
        self.follows_calendar.store(true, Ordering::Release);
        Ok(())
    }

    /// Departments whose cases cannot be judged at the moment: a pull is running, or broke off in the middle. One that has
    /// been silent for long is judged all the same, but its cards wait for a person.
    async fn not_through(&self, now: Timestamp) -> Result<Vec<String>, Problem> {
        let mut all: Vec<String> =
            self.pulling.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        // What is no longer configured is judged by nobody, and must not stand in the way of the rest.
        all.extend(self.removed.iter().cloned());
        let behind: Vec<String> = self.behind.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        for id in behind {
            if !self.is_silent(&id, now).await? {
                all.push(id);
            }
        }
        Ok(all)
    }

    async fn judge_again(&self, id: &str, cases: Vec<String>, now: Timestamp) -> Result<u64, Problem> {
        let department = self.department(id)?;
        let mut sender = self.sender(department).await?;
        sender.held = self.is_silent(id, now).await?;
        let (mut moved, mut speaks) = (0, false);
        // While one commit is written the next cases are loaded and judged; each stands on the head the one before leaves.
        let mut writing: Option<(Writing, Head, u64)> = None;
        for chunk in cases.chunks(TOGETHER) {
            let want = Want { cases: chunk.to_vec(), ..Want::default() };
            let loaded = self.store.load(id, &want).await?;
            let mut commit = empty(&sender, loaded.head, now);
            let n = u64::try_from(loaded.cases.len()).unwrap_or(0);
            for row in loaded.cases.into_values() {
                let late = row.next_due.is_some_and(|due| due < self.started);
                let around = self.around(&sender, &self.config.rules, &row.case).await?;
                commit.touch(&row);
                settle(&mut commit, &self.config.rules, &sender, row, &around, now, late);
            }
            if let Some((before, head, m)) = writing.take() {
                if !written(before).await? {
                    return Ok(moved);
                }
                moved += m;
                commit.expected = head.clone();
                commit.head = head;
            }
            speaks |= !commit.outbox.is_empty();
            let head = Head { revision: commit.expected.revision + 1, ..commit.head.clone() };
            let store = Arc::clone(&self.store);
            writing = Some((tokio::spawn(async move { store.commit(commit).await }), head, n));
        }
        if let Some((last, _, n)) = writing
            && written(last).await?
        {
            moved += n;
        }
        if speaks {
            self.tell();
        }
        Ok(moved)
    }

    async fn last_seen(&self, id: &str) -> Result<Option<Timestamp>, Problem> {
        Ok(self.store.last_received(id).await?)
    }

    async fn is_silent(&self, id: &str, now: Timestamp) -> Result<bool, Problem> {
        let Some(minutes) = self.config.departments.get(id).map(Department::silence).filter(|m| *m > 0) else {
            return Ok(false);
        };
        let seen = self.last_seen(id).await?;
        Ok(seen.is_some_and(|seen| seen.plus_ms(i64::from(minutes) * 60_000) < now))
    }
}
