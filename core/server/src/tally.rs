//! Counting: sums of a period from what is kept, and the proof that they are what a recount gives.

use crate::app::App;
use crate::problem::Problem;
use crate::remake::remake;
use chrono::NaiveDate;
use daylight_domain::exclusion::Exclusion;
use daylight_domain::rule::{Timing, used};
use daylight_domain::tally::{Cells, Damaged, Figures, Month, Period, Place, VERSION, month_of};
use daylight_store::{CaseFilter, CaseRow, EventRow, PageCommit, StoreError, Tallied, TallyFilter};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// By which version everything was counted.
const COUNTED: &str = "tally.version";
/// Cases read at once.
const TOGETHER: u32 = 500;
/// How often a recount begins anew because the department moved on.
const TRIES: usize = 20;
/// Differences that are named.
const NAMED: usize = 20;

/// What a recount found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recounted {
    /// Department id.
    pub department: String,
    /// Cases counted.
    pub cases: u64,
    /// What is kept is what they give.
    pub equal: bool,
    /// The first differences: day, item, window, region, what is counted, what is kept and what the cases give.
    pub differences: Vec<String>,
}

/// Which cases of which days, both included.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Department id; nothing: all.
    pub department: Option<String>,
    /// Only this item.
    pub item: Option<String>,
    /// Only this window.
    pub window: Option<String>,
    /// Only this division.
    pub region: Option<String>,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Only these days; nothing: all.
    pub only: Option<BTreeSet<NaiveDate>>,
}

impl Scope {
    /// All of the county, on no day.
    #[must_use]
    pub fn county() -> Self {
        let (from, to) = (NaiveDate::MAX, NaiveDate::MIN);
        Self { department: None, item: None, window: None, region: None, from, to, only: None }
    }
}

/// By what sums are kept apart within a department.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// Not at all.
    Nothing,
    /// 事项
    Item,
    /// 窗口
    Window,
    /// 区划
    Region,
}

impl Apart {
    fn of(self, place: &Place) -> &str {
        match self {
            Self::Nothing => "",
            Self::Item => &place.item,
            Self::Window => &place.window,
            Self::Region => &place.region,
        }
    }
}

/// Sums by department, and by what they are kept apart.
pub type Sums = BTreeMap<String, BTreeMap<String, Figures>>;

/// The sums of one department and key, made where there are none.
fn sums_of<'a>(all: &'a mut Sums, department: &str, key: &str) -> &'a mut Figures {
    all.entry(department.to_owned()).or_default().entry(key.to_owned()).or_default()
}

/// Adds up what is counted, of the days that are not left out.
fn add_up(
    counted: &Tallied,
    (from, to, only): (NaiveDate, NaiveDate, Option<&BTreeSet<NaiveDate>>),
    out: &[Exclusion],
    apart: Apart,
) -> Result<Sums, Damaged> {
    let mut all = Sums::new();
    let left_out = |department: &str, item: &str| -> Vec<(NaiveDate, NaiveDate)> {
        let of = |e: &&Exclusion| e.department == department && e.item.as_deref().is_none_or(|i| i == item);
        out.iter().filter(of).map(|e| (e.from, e.to)).collect()
    };
    let not_among = |date: NaiveDate| only.is_some_and(|days| !days.contains(&date));
    for row in &counted.cells {
        let gone = left_out(&row.department, &row.place.item);
        let without = |date: NaiveDate| not_among(date) || gone.iter().any(|(a, b)| (*a..=*b).contains(&date));
        let period = Period { from, to, without: &without };
        let sums = sums_of(&mut all, &row.department, apart.of(&row.place));
        sums.take_bytes(row.place.month, &row.body, &period)?;
    }
    for (department, place, flows) in &counted.before {
        sums_of(&mut all, department, apart.of(place)).level.add(*flows);
    }
    for (department, cells) in &counted.pending {
        for (place, cell) in cells.iter() {
            let gone = left_out(department, &place.item);
            let without = |date: NaiveDate| not_among(date) || gone.iter().any(|(a, b)| (*a..=*b).contains(&date));
            let period = Period { from, to, without: &without };
            let sums = sums_of(&mut all, department, apart.of(place));
            cell.iter().for_each(|(key, n)| sums.take_key(place.month, key, n, &period));
        }
    }
    Ok(all)
}

fn damaged(_: Damaged) -> Problem {
    Problem::new("stats.damaged", "统计计数的存储内容无法识别").fix("daylight stats --recount；必要时从备份恢复")
}

impl App {
    /// The sums of a scope. What is open is open at the end of its last day, or of today where that comes first.
    ///
    /// # Errors
    /// The store.
    pub(crate) async fn sums(&self, scope: &Scope, out: &[Exclusion], apart: Apart) -> Result<Sums, Problem> {
        let to = scope.to.min(self.clock.now().date());
        // A level is what all days before gave, so the cells begin no later than the last day.
        let from = scope.from;
        let filter = TallyFilter {
            department: scope.department.clone(),
            from: month_of(from.min(to)),
            to: month_of(to),
            item: scope.item.clone(),
            window: scope.window.clone(),
            region: scope.region.clone(),
        };
        let counted = self.store.tally(&filter).await?;
        let (out, only) = (out.to_vec(), scope.only.clone());
        // Reading a year of a county is work: not on a thread that others wait for.
        let work = tokio::task::spawn_blocking(move || add_up(&counted, (from, to, only.as_ref()), &out, apart));
        work.await.map_err(|e| Problem::new("internal", e.to_string()))?.map_err(damaged)
    }

    /// Counts everything anew where it was counted by another version of this program, or never.
    pub(crate) async fn follow_tally(&self) -> Result<(), Problem> {
        if self.store.setting(COUNTED).await?.as_deref() == Some(VERSION) {
            return Ok(());
        }
        let filled = self.store.fill_facts().await?;
        let mut cases = 0;
        for totals in self.store.department_totals().await? {
            if totals.cases > 0 {
                self.fill_cases(&totals.department).await?;
                cases += self.count_anew(&totals.department).await?;
            }
        }
        if cases > 0 || filled > 0 {
            tracing::info!(cases, facts = filled, version = VERSION, "统计计数已按办件重新计算");
        }
        self.store.put_setting(COUNTED, VERSION).await?;
        Ok(())
    }

    /// Cases of a department, page by page.
    async fn page_of_cases(&self, department: &str, after: &str) -> Result<Vec<CaseRow>, Problem> {
        let filter = CaseFilter {
            department: Some(department.to_owned()),
            after: Some((department.to_owned(), after.to_owned())),
            limit: TOGETHER,
            ..CaseFilter::default()
        };
        Ok(self.store.cases(&filter).await?)
    }

    /// Counts the cases of a department; gives also the revision at which they stood.
    async fn count_cases(&self, department: &str) -> Result<(i64, u64, Cells), Problem> {
        for _ in 0..TRIES {
            let revision = self.store.head(department).await?.revision;
            let (mut cells, mut cases, mut after) = (Cells::default(), 0, String::new());
            loop {
                let rows = self.page_of_cases(department, &after).await?;
                rows.iter().for_each(|row| cells.take(&row.said(), 1));
                cases += u64::try_from(rows.len()).unwrap_or(0);
                match rows.last() {
                    Some(last) => after.clone_from(&last.case.case_no),
                    None => break,
                }
            }
            if self.store.head(department).await?.revision == revision {
                return Ok((revision, cases, cells));
            }
        }
        Err(busy(department))
    }

    async fn count_anew(&self, department: &str) -> Result<u64, Problem> {
        for _ in 0..TRIES {
            let (revision, cases, cells) = self.count_cases(department).await?;
            match self.store.replace_tally(department, revision, &cells).await {
                Ok(()) => return Ok(cases),
                Err(StoreError::Conflict(_)) => {}
                Err(e) => return Err(e.into()),
            }
        }
        Err(busy(department))
    }

    /// Fills what cases were not asked for when they were written: where they were taken in, whether they can be asked for, working
    /// days. Of a department that is not configured any more the rows stay as they are.
    async fn fill_cases(&self, department: &str) -> Result<(), Problem> {
        let Some(of) = self.config.departments.get(department) else { return Ok(()) };
        let sender = self.sender(of).await?;
        let mut after = String::new();
        loop {
            let head = self.store.head(department).await?;
            let rows = self.page_of_cases(department, &after).await?;
            let Some(last) = rows.last().map(|r| r.case.case_no.clone()) else { return Ok(()) };
            let events = self.store.events_of_cases(department, &after, &last).await?;
            let mut by_case: HashMap<&str, Vec<&EventRow>> = HashMap::new();
            for event in &events {
                by_case.entry(&event.case_no).or_default().push(event);
            }
            let mut commit = PageCommit::new(department, head, (sender.division.clone(), 0));
            for mut row in rows {
                let events = by_case.remove(row.case.case_no.as_str()).unwrap_or_default();
                let made = remake(&self.config.rules, sender.supervised_since, events, &row.case).case;
                let around = sender.around();
                let facts = self.config.rules.facts(department, sender.sla_ms, &row.case, &around, self.clock.now());
                let timing = Timing::of(&facts);
                let (days, over) = (used(&facts, &timing), timing.over(&facts));
                let known = (row.used, row.over) == (days, over);
                if known && row.case.desks == made.desks && row.case.queryable == made.queryable {
                    continue;
                }
                commit.touch(&row);
                let case = Arc::make_mut(&mut row.case);
                (case.desks, case.queryable) = (made.desks, made.queryable);
                (row.used, row.over) = (days, over);
                commit.keep(row);
            }
            if !commit.cases.is_empty() {
                match self.store.commit(commit).await {
                    Ok(_) => {}
                    // Somebody else was faster: the same page again.
                    Err(StoreError::Conflict(_)) => continue,
                    Err(e) => return Err(e.into()),
                }
            }
            after = last;
        }
    }

    /// Counts the cases of a department again and compares with what is kept.
    ///
    /// # Errors
    /// The store; `stats.busy` when the department does not stand still.
    pub async fn recount(&self, department: &str) -> Result<Recounted, Problem> {
        for _ in 0..TRIES {
            let (revision, cases, counted) = self.count_cases(department).await?;
            let kept = self.kept_cells(department).await?;
            if self.store.head(department).await?.revision != revision {
                continue;
            }
            let differences = kept.differences(&counted, NAMED);
            let equal = differences.is_empty();
            return Ok(Recounted { department: department.to_owned(), cases, equal, differences });
        }
        Err(busy(department))
    }

    /// All that is kept of a department, cells and changes.
    async fn kept_cells(&self, department: &str) -> Result<Cells, Problem> {
        let filter = TallyFilter {
            department: Some(department.to_owned()),
            from: Month::MIN,
            to: Month::MAX,
            ..TallyFilter::default()
        };
        let tallied = self.store.tally(&filter).await?;
        let mut kept = Cells::default();
        for row in &tallied.cells {
            let cell = daylight_domain::tally::Cell::read(&row.body).map_err(damaged)?;
            cell.iter().for_each(|(key, n)| kept.add(&row.place, key.clone(), n));
        }
        tallied.pending.iter().for_each(|(_, cells)| kept.merge(cells));
        Ok(kept)
    }
}

fn busy(department: &str) -> Problem {
    let message = format!("“{department}”的办件一直在变，重新计数没有完成");
    Problem::new("stats.busy", message).fix("在拉取较少的时候再试")
}
