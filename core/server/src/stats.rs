//! Statistics of a period, for a department and for the county.

use crate::app::App;
use crate::problem::Problem;
use chrono::NaiveDate;
use daylight_domain::Timestamp;
use daylight_domain::stats::{Counting, Summary};
use daylight_store::{CaseRow, DayStat};
use schemars::JsonSchema;
use serde::Serialize;

const PAGE: u32 = 1000;
/// The longest period, days.
const LONGEST: i64 = 366 * 5;

/// Records that arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Records {
    /// That came.
    pub records: u64,
    /// Accepted.
    pub accepted: u64,
    /// Known already.
    pub duplicates: u64,
    /// Rejected.
    pub rejected: u64,
    /// Accepted, but later than agreed.
    pub late: u64,
}

/// One department in a period.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DepartmentStats {
    /// Department id.
    pub department: String,
    /// Cases.
    pub cases: Summary,
    /// Records received in the period.
    pub records: Records,
}

/// A period.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StatsView {
    /// First day.
    pub from: NaiveDate,
    /// Last day, included.
    pub to: NaiveDate,
    /// When it was counted. A period that is not over is counted up to here.
    pub as_of: Timestamp,
    /// Each department that was asked for.
    pub departments: Vec<DepartmentStats>,
    /// All of them together.
    pub total: Summary,
}

impl App {
    /// Counts, on-time rates and durations from one day to another, both included.
    ///
    /// # Errors
    /// `stats.range`, `department.unknown`, or the store.
    pub async fn stats(&self, only: Option<&str>, from: NaiveDate, to: NaiveDate) -> Result<StatsView, Problem> {
        let days = (to - from).num_days();
        if !(0..LONGEST).contains(&days) {
            let message = format!("{from} 至 {to} 不是一段可统计的日期");
            return Err(Problem::new("stats.range", message).fix("起始日不晚于截止日，最长五年"));
        }
        if let Some(id) = only {
            self.department(id)?;
        }
        let as_of = self.clock.now();
        let (start, end) = (Timestamp::start_of(from), Timestamp::end_of(to).min(as_of.plus_ms(1)));
        let calendar = &self.config.rules.calendar;
        let mut total = Counting::new(start, end, calendar);
        let mut departments = Vec::new();
        for id in self.config.departments.keys().filter(|id| only.is_none_or(|o| o == *id)) {
            let mut counting = Counting::new(start, end, calendar);
            let mut after = String::new();
            loop {
                let rows = self.store.cases_in_period(id, start, end, &after, PAGE).await?;
                for CaseRow { case, promise_due, legal_due, .. } in &rows {
                    counting.case(case, *promise_due, *legal_due);
                    total.case(case, *promise_due, *legal_due);
                }
                match rows.last() {
                    Some(last) if rows.len() == usize::try_from(PAGE).unwrap_or(0) => {
                        after.clone_from(&last.case.case_no);
                    }
                    _ => break,
                }
            }
            let mut records = Records::default();
            for DayStat { records: n, accepted, duplicates, rejected, late, .. } in
                self.store.day_stats(id, &from.to_string(), &to.to_string()).await?
            {
                records.records += n;
                records.accepted += accepted;
                records.duplicates += duplicates;
                records.rejected += rejected;
                records.late += late;
            }
            departments.push(DepartmentStats { department: id.clone(), cases: counting.summary(), records });
        }
        Ok(StatsView { from, to, as_of, departments, total: total.summary() })
    }
}
