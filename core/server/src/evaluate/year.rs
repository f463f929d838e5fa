//! A year: the mean of the months that stand, less the disciplinary deductions; and looks at past months by another standard.

use super::{Ran, ScoreRunView, month};
use crate::app::App;
use crate::problem::Problem;
use chrono::Months;
use daylight_domain::evaluation::entry::Sanction;
use daylight_domain::score::{grade, mul_div};
use daylight_store::{ScoreLifeFilter, ScoreRunRow};
use serde::Serialize;
use std::collections::BTreeMap;

/// The most months one look goes over.
const LONGEST: usize = 36;

/// A sanction of the year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct YearSanction {
    /// Number of the entry.
    pub entry: String,
    /// Which.
    pub sanction: Sanction,
    /// Hundredths.
    pub points: i64,
    /// The document it rests on.
    pub document: String,
}

/// A department's year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct YearLine {
    /// Department id.
    pub department: String,
    /// Effective totals of its months, hundredths.
    pub months: BTreeMap<String, i64>,
    /// Their mean, hundredths, rounded half away from zero.
    pub mean: i64,
    /// What is deducted from it.
    pub sanctions: Vec<YearSanction>,
    /// The year's total, never below 0.
    pub total: i64,
    /// Of the total.
    pub grade: String,
}

/// A standard's year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Year {
    /// Standard id.
    pub standard: String,
    /// `2026`.
    pub year: String,
    /// The months that stand, each with its run.
    pub runs: BTreeMap<String, String>,
    /// Months of which no run stands.
    pub missing: Vec<String>,
    /// Per department, the best first.
    pub departments: Vec<YearLine>,
}

/// The mean of hundredths; 0 of none.
fn mean(of: &BTreeMap<String, i64>) -> i64 {
    mul_div(of.values().sum(), 1, i64::try_from(of.len()).unwrap_or(i64::MAX))
}

impl App {
    /// The year by the runs that stand (定稿、公布), after appeals.
    ///
    /// # Errors
    /// `score.period`; `score.nobody` where no month stands.
    pub async fn score_year(&self, standard: &str, year: &str) -> Result<Year, Problem> {
        if year.len() != 4 || year.parse::<u16>().is_err() {
            let message = format!("“{year}”不是一个年份");
            return Err(Problem::new("score.period", message).fix("例：--year 2026"));
        }
        let filter = ScoreLifeFilter {
            standard: Some(standard.to_owned()),
            period: Some(format!("{year}-")),
            ..ScoreLifeFilter::default()
        };
        let lives = self.store.score_lives(&filter).await?;
        let mut runs = BTreeMap::new();
        let mut months: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
        for row in lives.into_iter().filter(|l| l.life.state.stands()) {
            let view = ScoreRunView::new(self.stored_run(&row.run).await?, row.life);
            for one in view.effective {
                months.entry(one.department).or_default().insert(row.period.clone(), one.card.total);
            }
            runs.insert(row.period, row.run);
        }
        if runs.is_empty() {
            return Err(Problem::new("score.nobody", format!("{year} 年没有按 {standard} 定稿的月份"))
                .fix("先定稿各月的评分：POST /api/v1/score-runs/{id}/finalise"));
        }
        let mut departments = Vec::new();
        for (department, months) in months {
            departments.push(self.year_line(standard, year, department, months).await?);
        }
        departments.sort_by(|a, b| b.total.cmp(&a.total).then_with(|| a.department.cmp(&b.department)));
        let missing = (1..=12).map(|n| format!("{year}-{n:02}")).filter(|m| !runs.contains_key(m)).collect();
        Ok(Year { standard: standard.to_owned(), year: year.to_owned(), runs, missing, departments })
    }

    async fn year_line(
        &self,
        standard: &str,
        year: &str,
        department: String,
        months: BTreeMap<String, i64>,
    ) -> Result<YearLine, Problem> {
        let entries = self.approved(standard, &department, year).await?;
        let one = |e: &daylight_domain::evaluation::entry::ScoreEntry| {
            let (entry, document) = (e.no.clone(), e.document.clone());
            e.sanction.map(|sanction| YearSanction { entry, sanction, points: e.points, document })
        };
        let sanctions: Vec<YearSanction> = entries.iter().filter_map(one).collect();
        let mean = mean(&months);
        let total = (mean + sanctions.iter().map(|s| s.points).sum::<i64>()).max(0);
        Ok(YearLine { department, months, mean, sanctions, total, grade: grade(total).to_owned() })
    }

    /// Looks at every month from one to another by a standard: runs that are kept and never become a result.
    ///
    /// # Errors
    /// As [`App::score`]; `score.period` where the months are not in order or too many.
    pub async fn shadow(&self, standard: &str, from: &str, to: &str, by: &str) -> Result<Vec<ScoreRunRow>, Problem> {
        let ((mut first, _), (last, _)) = (month(from)?, month(to)?);
        let mut periods = Vec::new();
        while first <= last && periods.len() <= LONGEST {
            periods.push(first.format("%Y-%m").to_string());
            first = first.checked_add_months(Months::new(1)).unwrap_or(chrono::NaiveDate::MAX);
        }
        if periods.is_empty() || periods.len() > LONGEST {
            let message = format!("月份应从早到晚，最多 {LONGEST} 个月");
            return Err(Problem::new("score.period", message).fix("例：--from 2026-01 --to 2026-03"));
        }
        let mut runs = Vec::new();
        for period in periods {
            runs.push(self.score_by(standard, &period, None, Ran { by, shadow: true }).await?);
        }
        Ok(runs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_the_mean_of_its_months_to_the_nearest_hundredth() {
        let months = |list: &[i64]| list.iter().enumerate().map(|(n, p)| (n.to_string(), *p)).collect();
        assert_eq!(mean(&months(&[9000, 8001])), 8501);
        assert_eq!(mean(&months(&[9000, 8000, 8001])), 8334);
        assert_eq!(mean(&months(&[])), 0);
    }
}
