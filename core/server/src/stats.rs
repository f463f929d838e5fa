//! Statistics of a period, for departments and for the county: of all cases, or of those of an item, a window, a division; kept apart
//! by one of these or by months; beside the period before.

mod view;

pub use view::{Asked, By, CardCount, Change, DepartmentStats, Group, MeasureView, Records, StatsView, vocabulary};

use crate::app::App;
use crate::evaluate::Place;
use crate::problem::Problem;
use crate::tally::{Apart, Scope, Sums};
use chrono::{Datelike, Days, Months, NaiveDate};
use daylight_domain::Timestamp;
use daylight_domain::exclusion::Exclusion;
use daylight_domain::finding::Level;
use daylight_domain::stats::Summary;
use daylight_domain::tally::{Figures, What};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use std::collections::BTreeMap;

/// Departments asked about at once: each is a dozen small queries.
const TOGETHER: usize = 4;
/// The longest period, days.
const LONGEST: i64 = 366 * 5;

fn first_of(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

fn month_after(date: NaiveDate) -> NaiveDate {
    first_of(date).checked_add_months(Months::new(1)).unwrap_or(date)
}

/// The period before: of whole months as many months, else as many days.
fn before(from: NaiveDate, to: NaiveDate) -> (NaiveDate, NaiveDate) {
    let last = from.pred_opt().unwrap_or(from);
    let next = to.succ_opt().unwrap_or(to);
    let start = if from.day() == 1 && next.day() == 1 {
        let months = (next.year() - from.year()) * 12 + i32::try_from(next.month()).unwrap_or(0)
            - i32::try_from(from.month()).unwrap_or(0);
        from.checked_sub_months(Months::new(u32::try_from(months).unwrap_or(0)))
    } else {
        from.checked_sub_days(Days::new(u64::try_from((next - from).num_days()).unwrap_or(0)))
    };
    (start.unwrap_or(from), last)
}

/// The months of a period, each as far as it lies in it.
fn months(from: NaiveDate, to: NaiveDate) -> Vec<(NaiveDate, NaiveDate)> {
    let (mut all, mut at) = (Vec::new(), from);
    while at <= to {
        let next = month_after(at);
        all.push((at, next.pred_opt().unwrap_or(at).min(to)));
        at = next;
    }
    all
}

impl App {
    /// Counts, on-time rates, durations and all that is measured from one day to another, both included.
    ///
    /// # Errors
    /// `stats.range`, `department.unknown`, `item.unknown`, or the store.
    pub async fn stats(&self, asked: &Asked) -> Result<StatsView, Problem> {
        let days = (asked.to - asked.from).num_days();
        if !(0..LONGEST).contains(&days) {
            let message = format!("{} 至 {} 不是一段可统计的日期", asked.from, asked.to);
            return Err(Problem::new("stats.range", message).fix("起始日不晚于截止日，最长五年"));
        }
        if let Some(id) = &asked.department {
            self.department(id)?;
        }
        if let Some(code) = asked.item.as_ref().filter(|code| !self.config.rules.catalogue.knows(code)) {
            return Err(Problem::new("item.unknown", format!("目录中没有事项 {code}")));
        }
        let now = self.period(asked, asked.from, asked.to, true);
        if !asked.previous {
            return now.await;
        }
        let (from, to) = before(asked.from, asked.to);
        let (mut view, was) = futures::try_join!(now, self.period(asked, from, to, !asked.short))?;
        view.changes = view::changes(&was.total, &view.total);
        view.previous = Some(Box::new(was));
        Ok(view)
    }

    fn scope(&self, asked: &Asked, from: NaiveDate, to: NaiveDate) -> Scope {
        Scope {
            department: asked.department.clone(),
            item: asked.item.clone(),
            window: asked.window.clone(),
            region: asked.region.clone(),
            from,
            to,
            only: None,
        }
    }

    /// A period; without `parts` only the whole of it.
    async fn period(&self, asked: &Asked, from: NaiveDate, to: NaiveDate, parts: bool) -> Result<StatsView, Problem> {
        let as_of = self.clock.now();
        let mut exclusions = self.exclusions(from, to).await?;
        exclusions.retain(|e| {
            asked.department.as_ref().is_none_or(|d| *d == e.department)
                && asked.item.as_ref().is_none_or(|i| e.item.as_ref().is_none_or(|of| of == i))
        });
        let scope = self.scope(asked, from, to);
        // Measures are made of items, and so may the groups be.
        let apart = if asked.short && asked.group != Some(By::Item) { Apart::Nothing } else { Apart::Item };
        let mut sums = self.sums(&scope, &exclusions, apart).await?;
        // Who is not configured any more is in no statistics.
        sums.retain(|id, _| self.config.departments.contains_key(id));
        let mut total = Figures::default();
        sums.values().flat_map(BTreeMap::values).for_each(|one| total.add(one));
        let mut each = Vec::new();
        for id in self.config.departments.keys() {
            if parts && asked.department.as_ref().is_none_or(|only| only == id) {
                each.push(self.department_stats(asked, id, (from, to), &sums, &exclusions));
            }
        }
        let departments: Vec<DepartmentStats> = stream::iter(each).buffered(TOGETHER).try_collect().await?;
        let durations = total.by_number(What::Working).collect();
        let total = Summary::of(&total);
        let groups = match parts {
            true => self.groups_of(asked, (from, to), &sums, &total, &exclusions).await?,
            false => Vec::new(),
        };
        Ok(StatsView {
            from,
            to,
            as_of,
            exclusions,
            departments,
            total,
            durations,
            groups,
            previous: None,
            changes: Vec::new(),
        })
    }

    async fn department_stats(
        &self,
        asked: &Asked,
        id: &str,
        (from, to): (NaiveDate, NaiveDate),
        sums: &Sums,
        out: &[Exclusion],
    ) -> Result<DepartmentStats, Problem> {
        let nothing = BTreeMap::new();
        let by_item = sums.get(id).unwrap_or(&nothing);
        let mut sum = Figures::default();
        by_item.values().for_each(|one| sum.add(one));
        let mut stats = DepartmentStats {
            department: id.to_owned(),
            cases: Summary::of(&sum),
            records: None,
            cards: Vec::new(),
            measures: Vec::new(),
        };
        // Of an item, a window or a division only cases are known.
        if asked.narrowed() {
            return Ok(stats);
        }
        let end = to.succ_opt().unwrap_or(to);
        let place = Place { department: id, from, to: end, out };
        let (start, after) = (Timestamp::start_of(from), Timestamp::start_of(end));
        let card = |(level, state, count)| {
            let level = Level::from_code(level).unwrap_or(Level::Hint);
            CardCount { level, state, count }
        };
        stats.cards = self.store.card_counts(id, start, after).await?.into_iter().map(card).collect();
        if asked.short {
            stats.measures.extend(self.rating_counts(&place).await?.satisfied());
            return Ok(stats);
        }
        let mut records = Records::default();
        for day in self.store.day_stats(id, &from.to_string(), &to.to_string()).await? {
            records.records += day.records;
            records.accepted += day.accepted;
            records.duplicates += day.duplicates;
            records.rejected += day.rejected;
            records.late += day.late;
        }
        stats.records = Some(records);
        stats.measures = self.measures_of(&place, by_item).await?;
        Ok(stats)
    }

    async fn groups_of(
        &self,
        asked: &Asked,
        (from, to): (NaiveDate, NaiveDate),
        sums: &Sums,
        total: &Summary,
        out: &[Exclusion],
    ) -> Result<Vec<Group>, Problem> {
        let mut all = Vec::new();
        let catalogue = &self.config.rules.catalogue;
        match asked.group {
            None => {}
            Some(By::Step) => {
                for step in &total.steps {
                    all.push(Group { key: step.step.clone(), name: None, cases: None, step: Some(step.clone()) });
                }
            }
            Some(By::Month) => {
                for (first, last) in months(from, to) {
                    let sums = self.sums(&self.scope(asked, first, last), out, Apart::Nothing).await?;
                    let mut sum = Figures::default();
                    let configured = sums.iter().filter(|(id, _)| self.config.departments.contains_key(*id));
                    configured.flat_map(|(_, of)| of.values()).for_each(|one| sum.add(one));
                    let key = first.format("%Y-%m").to_string();
                    all.push(Group { key, name: None, cases: Some(Summary::of(&sum)), step: None });
                }
            }
            Some(By::Department) => {
                for (id, of) in sums {
                    let mut sum = Figures::default();
                    of.values().for_each(|one| sum.add(one));
                    let name = self.config.departments.get(id).map(|d| d.name.clone());
                    all.push(Group { key: id.clone(), name, cases: Some(Summary::of(&sum)), step: None });
                }
            }
            Some(By::Item) => {
                for (code, sum) in across(sums) {
                    let name = catalogue.at(&code, to).map(|item| item.name.clone());
                    all.push(Group { key: code, name, cases: Some(Summary::of(&sum)), step: None });
                }
            }
            Some(by @ (By::Window | By::Region)) => {
                let apart = if by == By::Window { Apart::Window } else { Apart::Region };
                let mut sums = self.sums(&self.scope(asked, from, to), out, apart).await?;
                sums.retain(|id, _| self.config.departments.contains_key(id));
                for (key, sum) in across(&sums) {
                    all.push(Group { key, name: None, cases: Some(Summary::of(&sum)), step: None });
                }
            }
        }
        Ok(all)
    }
}

/// The same of all departments together.
fn across(sums: &Sums) -> BTreeMap<String, Figures> {
    let mut all: BTreeMap<String, Figures> = BTreeMap::new();
    for (key, sum) in sums.values().flatten() {
        all.entry(key.clone()).or_default().add(sum);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_month_is_compared_with_the_month_before_and_days_with_as_many_days() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
        let before = |from, to| {
            let (a, b) = before(day(from), day(to));
            (a.to_string(), b.to_string())
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(before("2026-03-01", "2026-03-31"), pair("2026-02-01", "2026-02-28"));
        assert_eq!(before("2026-01-01", "2026-03-31"), pair("2025-10-01", "2025-12-31"));
        assert_eq!(before("2026-03-02", "2026-03-08"), pair("2026-02-23", "2026-03-01"));
        assert_eq!(before("2026-03-01", "2026-03-30"), pair("2026-01-30", "2026-02-28"));
        let pieces = months(day("2026-01-15"), day("2026-03-02"));
        let last: Vec<String> = pieces.iter().map(|(_, last)| last.to_string()).collect();
        assert_eq!(last, ["2026-01-31", "2026-02-28", "2026-03-02"]);
    }
}
