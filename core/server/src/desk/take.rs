//! What the desk reports goes the way of every source's records: read against the exchange standard, one page, one transaction, a
//! receipt for each. It lies in an outbox from the act on; whatever has no receipt yet is taken in after the act, at start-up and every
//! minute, in order. Taken in twice – the process died before the receipts were noted – it is known already.

use super::DeskDone;
use crate::app::App;
use crate::intake::page::{Prepared, Receipt, read_line};
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::check::{CheckContext, FUTURE_TOLERANCE_MS, read_json};
use daylight_domain::desk::DeskRecord;
use daylight_domain::limit::deemed_acceptance_due;
use daylight_domain::rule::step_due;
use daylight_store::{DeskReceipt, RunRow};
use std::collections::BTreeSet;

/// Records of one page.
const TOGETHER: u32 = 500;

impl App {
    /// Takes in what the desk of a department has reported and intake has not answered. Gives how many records.
    ///
    /// # Errors
    /// The store; what is not answered is taken in again.
    pub async fn desk_take(&self, id: &str) -> Result<u64, Problem> {
        let department = self.department(id)?;
        let _turn = self.desk_turn.lock().await;
        let mut taken = 0;
        loop {
            let pending = self.store.desk_pending(id, TOGETHER).await?;
            if pending.is_empty() {
                return Ok(taken);
            }
            let now = self.clock.now();
            let context = self.desk_check(id, now);
            let incoming = pending.iter().map(|one| read_line(&one.body, &context)).collect();
            let page = Prepared::new(incoming, self.config.rules.algorithm);
            let run = RunRow {
                id: uuid::Uuid::now_v7().to_string(),
                department: id.to_owned(),
                kind: "desk".to_owned(),
                reason: "窗口办件".to_owned(),
                status: "done".to_owned(),
                started_at: now,
                ended_at: Some(now),
                ..RunRow::default()
            };
            let sender = self.sender(department).await?;
            let (receipts, _) = self.take(&sender, &page, None, run, true).await?;
            let answers = receipts.iter().zip(&page.incoming).zip(&pending);
            let answers: Vec<DeskReceipt> = answers
                .map(|((receipt, one), row)| DeskReceipt {
                    seq: row.seq,
                    status: status(receipt).to_owned(),
                    body: receipt.told(one).to_string(),
                })
                .collect();
            self.store.desk_answered(id, &answers).await?;
            taken += u64::try_from(answers.len()).unwrap_or(0);
            let cases: BTreeSet<&str> =
                pending.iter().map(|row| row.case_no.as_str()).filter(|no| !no.is_empty()).collect();
            for case_no in cases {
                self.desk_arm(id, case_no).await?;
            }
        }
    }

    /// Takes in what is left of every desk.
    ///
    /// # Errors
    /// The store.
    pub async fn desk_take_all(&self) -> Result<u64, Problem> {
        let mut taken = 0;
        for department in self.config.departments.values().filter(|d| d.at_desk().is_some() && d.phase.ingests()) {
            taken += self.desk_take(&department.id).await?;
        }
        Ok(taken)
    }

    /// After an act: what it reported is taken in at once. Where that fails the act stands, and the rest comes later.
    pub(crate) async fn desk_report(&self, department: &str, done: &mut DeskDone) {
        if let Err(e) = self.desk_take(department).await {
            tracing::error!(department, "窗口办件的记录尚未入库，稍后重试：{e}");
            return;
        }
        let records = self.store.desk_records(department, &done.no).await.unwrap_or_default();
        let refused = records.iter().filter_map(|row| serde_json::from_str(row.receipt.as_deref()?).ok());
        let bad = |told: &serde_json::Value| told["status"] == "rejected" || told["status"] == "waiting";
        done.refused = refused.filter(bad).collect();
    }

    fn desk_check<'a>(&'a self, department: &'a str, received: Timestamp) -> CheckContext<'a> {
        CheckContext {
            catalogue: &self.config.rules.catalogue,
            department,
            received,
            future_tolerance_ms: FUTURE_TOLERANCE_MS,
        }
    }

    /// Whether intake would take what an act reports: it is said before anything is kept.
    pub(super) fn desk_checked(&self, records: &[DeskRecord], department: &str) -> Result<(), Problem> {
        let context = self.desk_check(department, self.clock.now());
        for record in records {
            if let Err(reject) = read_json(&record.object, &context) {
                let field = reject.field.as_deref().unwrap_or("");
                let message = format!(
                    "{} 记录不合接口标准（{} {field}）：{}",
                    record.kind.name_zh(),
                    reject.code,
                    reject.message_zh
                );
                return Err(Problem::new("desk.record", message));
            }
        }
        Ok(())
    }

    /// When the work of a case is due, by the clocks of the case as it has been judged.
    async fn desk_arm(&self, department: &str, case_no: &str) -> Result<(), Problem> {
        let (Some(row), read) =
            (self.store.case(department, case_no).await?, self.desk_read(department, case_no).await?)
        else {
            return Ok(());
        };
        let (calendar, today) = (&self.config.rules.calendar, self.clock.now().date());
        let item = &read.case.item;
        let mut dues = Vec::new();
        for work in read.case.work() {
            let date = match (&work.by, work.kind.as_str(), &work.node) {
                (Some(by), ..) => Some(*by),
                // A year without calendar has no due.
                (_, "accept", _) => deemed_acceptance_due(calendar, read.case.received_at.date()).ok(),
                (_, "step", Some(node)) => {
                    let node = item.flow.iter().flat_map(|f| &f.nodes).find(|n| n.id == *node);
                    let limit = node.and_then(|n| n.limit);
                    limit.and_then(|n| step_due(&row.case, Some(item), (work.since.date(), n), calendar, today).ok())
                }
                _ => None,
            };
            let own = date.map(|date| Timestamp::end_of(date).plus_ms(-1));
            let whole = row.promise_due.into_iter().chain(row.legal_due).min();
            let running = ["step", "decide", "finish", "ask", "special", "upper"].contains(&work.kind.as_str());
            let due = own.into_iter().chain(whole.filter(|_| running && !read.case.state.is_closed())).min();
            dues.push((work.key, due));
        }
        Ok(self.store.desk_due(department, case_no, &dues).await?)
    }
}

fn status(receipt: &Receipt) -> &'static str {
    match receipt {
        Receipt::Accepted { .. } => "accepted",
        Receipt::Duplicate => "duplicate",
        Receipt::Waiting { .. } => "waiting",
        Receipt::Rejected { .. } => "rejected",
    }
}
