//! One pull: page after page from a connector, each checked and committed in order. One page is read ahead while another is
//! committed; what was read and not committed leaves no trace.

use super::page::{Ground, Prepared, Receipt, Sender, compute, read_rows, want};
use crate::app::App;
use crate::config::Department;
use crate::connection::ConnectorState;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::cell::Cursor;
use daylight_domain::check::{CheckContext, FUTURE_TOLERANCE_MS};
use daylight_host::{CheckReport, Session};
use daylight_store::{PullStanding, RunRow, StoreError};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

/// How often a page is computed again because somebody else wrote to the same department meanwhile.
const RETRIES: u32 = 20;

pub(crate) fn no_connector(id: &str) -> Problem {
    Problem::new("pull.no-connector", format!("“{id}”没有连接器")).fix("该部门的记录由推送或导入而来")
}

/// A page, the cursor after it, the files to move once it is committed, and whether it is the last.
type Read = (Prepared, Option<Vec<u8>>, Vec<(PathBuf, PathBuf)>, bool);

struct Pulling<'a>(&'a App, String);

impl Drop for Pulling<'_> {
    fn drop(&mut self) {
        self.0.pulling.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

impl App {
    /// Who a department is, as judging needs it.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn sender(&self, department: &Department) -> Result<Sender, Problem> {
        let since = department.supervised_since.map(Timestamp::start_of);
        Ok(Sender {
            id: department.id.clone(),
            phase: department.phase,
            sla_ms: department.sla_ms(),
            supervised_since: since,
            division: self.config.main.county.division.clone(),
            held: false,
            by: None,
            staff: self.config.staff.get(&department.id).map(|register| Arc::clone(&register.0)),
        })
    }

    /// A department by id.
    ///
    /// # Errors
    /// `department.unknown`.
    pub fn department(&self, id: &str) -> Result<&Department, Problem> {
        self.config.departments.get(id).ok_or_else(|| {
            Problem::new("department.unknown", format!("没有编号为“{id}”的部门"))
                .fix("daylight department list 列出所有部门")
        })
    }

    /// Takes records into the house: one page, one transaction.
    ///
    /// # Errors
    /// The store; nothing of the page is written then.
    pub async fn take(
        &self,
        sender: &Sender,
        page: &Prepared,
        cursor: Option<Vec<u8>>,
        run: RunRow,
        caught_up: bool,
    ) -> Result<(Vec<Receipt>, RunRow), Problem> {
        self.take_all(sender, page, cursor, run, caught_up, &[]).await
    }

    /// As [`App::take`], with the ids of quarantined records that are tried again.
    pub(crate) async fn take_all(
        &self,
        sender: &Sender,
        page: &Prepared,
        cursor: Option<Vec<u8>>,
        run: RunRow,
        caught_up: bool,
        replayed: &[String],
    ) -> Result<(Vec<Receipt>, RunRow), Problem> {
        let received = self.clock.now();
        let (wanted, days) = want(&page.incoming, received);
        for _ in 0..RETRIES {
            let loaded = self.store.load(&sender.id, &wanted).await?;
            let mut counted = HashMap::new();
            for day in &days {
                counted.insert(day.clone(), self.store.counts_of_day(&sender.id, day).await?);
            }
            let (rules, run) = (&self.config.rules, run.clone());
            let applicants = &self.applicants;
            let ground = Ground { rules, sender, loaded, counted, received, run, caught_up, replayed, applicants };
            let computed = compute(ground, page, cursor.clone(), &mut rand::random::<[u8; 16]>);
            let after = computed.commit.run.clone().unwrap_or_default();
            match self.write(computed.commit).await {
                Ok(_) => return Ok((computed.receipts, after)),
                Err(StoreError::Conflict(_)) => {}
                Err(e) => return Err(e.into()),
            }
        }
        Err(Problem::new("store.conflict", "同一部门的写入过于频繁，本页未写入").fix("稍后重试"))
    }

    /// Pulls a department until its source has nothing more. The run is written whatever happens.
    ///
    /// # Errors
    /// `pull.running` when the department is being pulled already, or a store that does not answer.
    pub async fn pull(&self, id: &str, reason: &str) -> Result<RunRow, Problem> {
        self.pull_as(id, reason, uuid::Uuid::now_v7().to_string()).await
    }

    /// As [`App::pull`], under a run id that is known before.
    ///
    /// # Errors
    /// As for [`App::pull`].
    pub async fn pull_as(&self, id: &str, reason: &str, run_id: String) -> Result<RunRow, Problem> {
        let run = self.pull_alone(id, reason, run_id).await?;
        // What this pull brought is judged now that it is complete, and counted together.
        self.fire_due().await?;
        self.store.fold_tally(id).await?;
        Ok(run)
    }

    async fn pull_alone(&self, id: &str, reason: &str, run_id: String) -> Result<RunRow, Problem> {
        let department = self.department(id)?;
        if !department.phase.ingests() {
            let message = format!("“{id}”处于 {}，不拉取记录", department.phase.as_str());
            return Err(Problem::new("pull.phase", message).fix("daylight plugin test 检查连接；进入试运行后再拉取"));
        }
        if !self.pulling.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned()) {
            return Err(Problem::new("pull.running", format!("“{id}”正在拉取")).fix("等这次结束，或用 pull list 查看"));
        }
        let _turn = Pulling(self, id.to_owned());
        // Another process may be at it: the appliance beside somebody's command.
        let _alone = crate::lock::pulling(&self.config.data(), id)?;
        let started = self.clock.now();
        let run = RunRow {
            id: run_id,
            department: id.to_owned(),
            kind: "pull".to_owned(),
            reason: reason.to_owned(),
            status: "running".to_owned(),
            started_at: started,
            ..RunRow::default()
        };
        let before = self.store.pull_standing(id).await?;
        self.store.put_run(&run).await?;
        let mut progress = run;
        let result = self.pages(department, &mut progress).await;
        progress.ended_at = Some(self.clock.now());
        let mut failures = 0;
        match result {
            Ok(()) => {
                self.behind.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
                progress.status = "done".to_owned();
            }
            Err(problem) => {
                failures = before.failures + 1;
                if progress.pages > 0 {
                    // It stopped in the middle: what looks missing may only not have arrived.
                    self.behind.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
                }
                progress.status = "failed".to_owned();
                progress.error_code = Some(problem.code);
                progress.error = Some(problem.message);
            }
        }
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), (failures, started));
        self.store.put_run(&progress).await?;
        log_change(department, &before, &progress);
        Ok(progress)
    }

    /// Asks a department's connector whether its settings are right and its source answers. Pulls nothing.
    ///
    /// # Errors
    /// `pull.no-connector`, or what stopped the plugin.
    pub async fn check_connector(&self, department: &Department) -> Result<CheckReport, Problem> {
        let Some(name) = &department.connector else {
            return Err(no_connector(&department.id));
        };
        let plugin = self.plugin(name).await?;
        let (settings, grants, limits) = self.config.lent(department)?;
        Ok(self.host.check(&plugin, &department.id, &settings, &grants, &limits).await?)
    }

    /// The next page, read and checked on another thread.
    async fn read_page(&self, session: &Session, department: &Department) -> Result<Read, Problem> {
        let got = session.next(department.page_rows).await?;
        if got.log_dropped > 0 {
            tracing::warn!(department = %department.id, dropped = got.log_dropped, "插件日志过多，超出部分已丢弃");
        }
        let (rules, id, received) = (Arc::clone(&self.config.rules), department.id.clone(), self.clock.now());
        let (columns, rows) = (got.page.columns, got.page.rows);
        let work = tokio::task::spawn_blocking(move || {
            let context = CheckContext {
                catalogue: &rules.catalogue,
                department: &id,
                received,
                future_tolerance_ms: FUTURE_TOLERANCE_MS,
            };
            Prepared::new(read_rows(&columns, &rows, &context), rules.algorithm)
        });
        let page = work.await.map_err(|e| Problem::new("internal", e.to_string()))?;
        Ok((page, got.page.next.map(|c| c.0), got.moves, got.page.done))
    }

    async fn pages(&self, department: &Department, run: &mut RunRow) -> Result<(), Problem> {
        let Some(name) = &department.connector else {
            return Err(no_connector(&department.id));
        };
        let plugin = self.plugin(name).await?;
        run.plugin = Some(format!("{} {} {}", name, plugin.manifest().version, plugin.digest()));
        let (settings, grants, limits) = self.config.lent(department)?;
        let since = self.store.cursor(&department.id).await?.map(Cursor);
        let scheduled = run.started_at.rfc3339();
        let session =
            self.host.open(&plugin, &department.id, &settings, &grants, &limits, &run.id, since, &scheduled).await?;
        let sender = self.sender(department).await?;
        let mut next = Some(self.read_page(&session, department).await);
        while let Some(read) = next.take() {
            let (page, cursor, moves, done) = read?;
            // While this page is committed, the source works on the next one and it is read. Its cursor is stored with it,
            // never before.
            let ahead = async { if done { None } else { Some(self.read_page(&session, department).await) } };
            let commit = async {
                if page.incoming.is_empty() && cursor.is_none() {
                    return Ok(run.clone());
                }
                self.take(&sender, &page, cursor, run.clone(), done).await.map(|(_, after)| after)
            };
            let (ready, committed) = tokio::join!(ahead, commit);
            next = ready;
            *run = committed?;
            // Only now: the page is committed.
            for (from, to) in moves {
                move_file(from, to).await;
            }
        }
        Ok(())
    }
}

/// Says once that a connector fails, and once that it is back. Between the two it says only that it fails in another way: a source that
/// is down for a night is no page of the log, and a restart meanwhile says nothing again.
fn log_change(department: &Department, before: &PullStanding, run: &RunRow) {
    let of = |run: &RunRow| ConnectorState::of(department.phase, Some(run.error_code.as_deref().unwrap_or_default()));
    let was = before.failed.as_ref().map(of);
    if run.status == "done" {
        if was.is_some() {
            let since = before.failing_since.map(|at| at.rfc3339()).unwrap_or_default();
            let state = ConnectorState::of(department.phase, None);
            tracing::info!(
                department = %department.id, state = state.as_str(), failures = before.failures, since,
                "来源恢复：{}", state.name_zh()
            );
        }
        return;
    }
    let state = of(run);
    if was == Some(state) {
        return;
    }
    let (code, why) = (run.error_code.as_deref().unwrap_or_default(), run.error.as_deref().unwrap_or_default());
    tracing::warn!(department = %department.id, state = state.as_str(), code, "{}：{why}", state.name_zh());
}

/// Moves a file that was taken. If that fails the file stays, and the cursor knows that it was taken.
pub(crate) async fn move_file(from: PathBuf, mut to: PathBuf) {
    let moved = async {
        if let Some(folder) = to.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        if tokio::fs::try_exists(&to).await? {
            // A file of this name was taken before; both are kept.
            let name = to.file_name().and_then(|n| n.to_str()).unwrap_or("file").to_owned();
            to.set_file_name(format!("{}-{name}", uuid::Uuid::now_v7()));
        }
        tokio::fs::rename(&from, &to).await
    };
    if let Err(e) = moved.await {
        tracing::warn!(file = %from.display(), "文件已入库但无法移走：{e}");
    }
}
