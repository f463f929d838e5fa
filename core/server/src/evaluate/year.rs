//! A year, a half, a quarter: the mean of the months that stand, of a year less the disciplinary deductions; and looks at past months
//! by another standard.

use super::life::excellent_share;
use super::{Ran, ScoreRunView, month};
use crate::app::App;
use crate::problem::Problem;
use chrono::Months;
use daylight_domain::evaluation::entry::Sanction;
use daylight_domain::evaluation::share::{NOT_ASSESSED, keep_excellent};
use daylight_domain::score::{Scorecard, grade, mul_div};
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

/// A department's year, half or quarter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct YearLine {
    /// Department id.
    pub department: String,
    /// Effective totals of the months in which anything of it was assessed, hundredths.
    pub months: BTreeMap<String, i64>,
    /// Their mean, hundredths, rounded half away from zero.
    pub mean: i64,
    /// What is deducted from it, of a year.
    pub sanctions: Vec<YearSanction>,
    /// The total, never below 0.
    pub total: i64,
    /// Of the total; 不评 where no month was assessed.
    pub grade: String,
    /// Why the grade is not what the total alone would give.
    pub note_zh: Option<String>,
}

/// A standard's year, half or quarter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Year {
    /// Standard id.
    pub standard: String,
    /// `2026`, `2026-H1`, `2026-Q3`.
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

/// The year of a period and its months; nothing where it is neither a year nor a half nor a quarter.
fn months_of(period: &str) -> Option<(&str, Vec<String>)> {
    let (year, part) = period.split_once('-').map_or((period, None), |(year, part)| (year, Some(part)));
    if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let months = match part {
        None => 1..=12,
        Some("H1") => 1..=6,
        Some("H2") => 7..=12,
        Some("Q1") => 1..=3,
        Some("Q2") => 4..=6,
        Some("Q3") => 7..=9,
        Some("Q4") => 10..=12,
        Some(_) => return None,
    };
    Some((year, months.map(|n| format!("{year}-{n:02}")).collect()))
}

/// 优秀 only for as many as the standard's settings allow, as in a month.
fn share_out(lines: &mut [YearLine], permille: u32) {
    let card = |l: &YearLine| Scorecard {
        total: l.total,
        grade: l.grade.clone(),
        scores: Vec::new(),
        adjustments: Vec::new(),
    };
    let mut cards: Vec<Scorecard> = lines.iter().map(card).collect();
    keep_excellent(&mut cards, permille);
    for (line, card) in lines.iter_mut().zip(cards) {
        line.grade = card.grade;
        line.note_zh = card.adjustments.into_iter().next().map(|a| a.reason_zh);
    }
}

impl App {
    /// The year, half (`2026-H1`) or quarter (`2026-Q3`) by the runs that stand (定稿、公布), after appeals.
    ///
    /// # Errors
    /// `score.period`; `score.nobody` where no month stands.
    pub async fn score_year(&self, standard: &str, year: &str) -> Result<Year, Problem> {
        let Some((whole, wanted)) = months_of(year) else {
            let message = format!("“{year}”不是年份、半年或季度");
            return Err(Problem::new("score.period", message).fix("例：2026、2026-H1、2026-Q3"));
        };
        let filter = ScoreLifeFilter {
            standard: Some(standard.to_owned()),
            period: Some(format!("{whole}-")),
            ..ScoreLifeFilter::default()
        };
        let lives = self.store.score_lives(&filter).await?;
        let mut runs = BTreeMap::new();
        let mut months: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
        let mut newest = (String::new(), None);
        for row in lives.into_iter().filter(|l| l.life.state.stands() && wanted.contains(&l.period)) {
            let view = ScoreRunView::new(self.stored_run(&row.run).await?, row.life);
            if row.period > newest.0 {
                newest = (row.period.clone(), excellent_share(&view.run));
            }
            for one in view.effective {
                let of = months.entry(one.department).or_default();
                // A month of which nothing was assessed says nothing, and is no nought.
                if one.card.grade != NOT_ASSESSED {
                    of.insert(row.period.clone(), one.card.total);
                }
            }
            runs.insert(row.period, row.run);
        }
        if runs.is_empty() {
            return Err(Problem::new("score.nobody", format!("{year} 没有按 {standard} 定稿的月份"))
                .fix("先定稿各月的评分：POST /api/v1/score-runs/{id}/finalise"));
        }
        let mut departments = Vec::new();
        for (department, months) in months {
            departments.push(self.year_line(standard, year, department, months).await?);
        }
        departments.sort_by(|a, b| b.total.cmp(&a.total).then_with(|| a.department.cmp(&b.department)));
        if let Some(permille) = newest.1 {
            share_out(&mut departments, permille);
        }
        let missing = wanted.into_iter().filter(|m| !runs.contains_key(m)).collect();
        Ok(Year { standard: standard.to_owned(), year: year.to_owned(), runs, missing, departments })
    }

    async fn year_line(
        &self,
        standard: &str,
        year: &str,
        department: String,
        months: BTreeMap<String, i64>,
    ) -> Result<YearLine, Problem> {
        // Sanctions are deducted from the year alone, once.
        let entries = self.approved(standard, &department, year).await?;
        let one = |e: &daylight_domain::evaluation::entry::ScoreEntry| {
            let (entry, document) = (e.no.clone(), e.document.clone());
            e.sanction.map(|sanction| YearSanction { entry, sanction, points: e.points, document })
        };
        let sanctions: Vec<YearSanction> = entries.iter().filter_map(one).collect();
        let mean = mean(&months);
        let total = (mean + sanctions.iter().map(|s| s.points).sum::<i64>()).max(0);
        let grade = if months.is_empty() { NOT_ASSESSED } else { grade(total) }.to_owned();
        Ok(YearLine { department, months, mean, sanctions, total, grade, note_zh: None })
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

    #[test]
    fn halves_and_quarters_are_parts_of_a_year() {
        let of = |period| months_of(period).map(|(year, m)| (year, m.len(), m.first().cloned(), m.last().cloned()));
        let part = |n, first: &str, last: &str| Some(("2026", n, Some(first.to_owned()), Some(last.to_owned())));
        assert_eq!(of("2026"), part(12, "2026-01", "2026-12"));
        assert_eq!(of("2026-H2"), part(6, "2026-07", "2026-12"));
        assert_eq!(of("2026-Q3"), part(3, "2026-07", "2026-09"));
        for wrong in ["26", "2026-Q5", "2026-03", "2026-", "+026", "二〇二六"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
