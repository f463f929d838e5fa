//! The paths that cases took: one case step by step, and all of an item counted. Cases go by page by page; none stays in memory.

use crate::app::App;
use crate::catalogue::ItemCases;
use crate::problem::Problem;
use chrono::{Months, NaiveDate};
use daylight_domain::Timestamp;
use daylight_domain::flow::{Replay, Traffic, VariantCount, Variants};
use daylight_domain::item::Item;
use daylight_store::CaseRow;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// Cases looked at in one page.
const PAGE: u32 = 500;
/// The period where none is said, months.
const USUAL: u32 = 12;
/// The longest period, days.
const LONGEST: i64 = 366 * 5;

/// The path of one case.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CasePath {
    /// Department id.
    pub department: String,
    /// Case number.
    pub case_no: String,
    /// Its item.
    pub item_code: String,
    /// The version whose flow it is compared with.
    pub item_version: u32,
    /// There is no flow to compare with.
    pub no_flow: bool,
    /// When the promised limit ends: the last instant that is still in time.
    pub promise_due: Option<Timestamp>,
    /// What it did.
    #[serde(flatten)]
    pub replay: Replay,
}

/// The paths of an item's cases.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ItemVariants {
    /// Item code.
    pub item: String,
    /// Its name today.
    pub name: String,
    /// Department id.
    pub department: String,
    /// First day: of cases that began in the period.
    pub from: NaiveDate,
    /// Last day, included.
    pub to: NaiveDate,
    /// What was counted.
    #[serde(flatten)]
    pub counted: Variants,
}

/// A period of days, both included.
#[derive(Clone, Copy, Debug, Default)]
pub struct Period {
    /// First day; a year before the last where nothing is said.
    pub from: Option<NaiveDate>,
    /// Last day; today where nothing is said.
    pub to: Option<NaiveDate>,
}

impl App {
    /// An item as it is today.
    ///
    /// # Errors
    /// `item.unknown`.
    pub fn item_today(&self, code: &str) -> Result<&Arc<Item>, Problem> {
        let today = self.clock.now().date();
        self.config.rules.catalogue.at(code, today).ok_or_else(|| {
            Problem::new("item.unknown", format!("事项目录中没有“{code}”")).fix("核对事项编码；目录在 config/catalogue")
        })
    }

    fn days(&self, period: Period) -> Result<(NaiveDate, NaiveDate), Problem> {
        let to = period.to.unwrap_or_else(|| self.clock.now().date());
        let from = period.from.or_else(|| to.checked_sub_months(Months::new(USUAL))).unwrap_or(to);
        if !(0..LONGEST).contains(&(to - from).num_days()) {
            let message = format!("{from} 至 {to} 不是一段可统计的日期");
            return Err(Problem::new("stats.range", message).fix("起始日不晚于截止日，最长五年"));
        }
        Ok((from, to))
    }

    /// Shows every case of an item that began in a period, in the order in which they began.
    async fn each_case(
        &self,
        department: &str,
        item: &str,
        (from, to): (NaiveDate, NaiveDate),
        mut show: impl FnMut(&CaseRow),
    ) -> Result<(), Problem> {
        let period = (Timestamp::start_of(from), Timestamp::end_of(to));
        let mut after = None;
        loop {
            let rows = self.store.cases_of_item(department, item, period, after, PAGE).await?;
            rows.iter().for_each(|(_, row)| show(row));
            match rows.last() {
                Some((at, last)) if rows.len() == usize::try_from(PAGE).unwrap_or(0) => {
                    after = Some((*at, last.case.case_no.clone()));
                }
                _ => return Ok(()),
            }
        }
    }

    /// The paths that an item's cases took, of those that began in a period; at most `limit` paths, the most frequent first.
    ///
    /// # Errors
    /// `item.unknown`, `department.unknown`, `stats.range`, or the store.
    pub async fn variants(
        &self,
        code: &str,
        department: Option<&str>,
        period: Period,
        limit: usize,
    ) -> Result<ItemVariants, Problem> {
        let item = self.item_today(code)?;
        let department = department.unwrap_or(&item.department);
        self.department(department)?;
        let (from, to) = self.days(period)?;
        let rules = &self.config.rules;
        let mut count = VariantCount::new(&rules.calendar);
        self.each_case(department, code, (from, to), |row| {
            let flow = rules.item(&row.case).and_then(|item| item.flow.as_ref());
            count.case(flow, &row.case, row.promise_due);
        })
        .await?;
        let (name, department) = (item.name.clone(), department.to_owned());
        Ok(ItemVariants { item: code.to_owned(), name, department, from, to, counted: count.close(limit) })
    }

    /// How many of an item's cases that began in a period went by which version.
    ///
    /// # Errors
    /// `stats.range`, or the store.
    pub async fn cases_by_version(&self, item: &Item, period: Period) -> Result<ItemCases, Problem> {
        let (from, to) = self.days(period)?;
        let mut versions = std::collections::BTreeMap::new();
        self.each_case(&item.department, &item.code, (from, to), |row| {
            *versions.entry(row.case.item_version).or_default() += 1;
        })
        .await?;
        Ok(ItemCases { from, to, versions })
    }

    /// How often the edges of an item's chart were walked by cases that began in a period, with its first and last day.
    ///
    /// # Errors
    /// `stats.range`, or the store.
    pub async fn traffic(
        &self,
        item: &Item,
        department: &str,
        period: Period,
    ) -> Result<(Traffic, NaiveDate, NaiveDate), Problem> {
        let (from, to) = self.days(period)?;
        let mut traffic = Traffic::default();
        let Some(flow) = &item.flow else { return Ok((traffic, from, to)) };
        self.each_case(department, &item.code, (from, to), |row| {
            if row.case.item_version == item.version {
                traffic.case(flow, &row.case, &self.config.rules.calendar);
            } else {
                traffic.other_versions += 1;
            }
        })
        .await?;
        Ok((traffic, from, to))
    }

    /// The path of a case.
    ///
    /// # Errors
    /// `case.unknown`, or the store.
    pub async fn case_path(&self, department: &str, case_no: &str) -> Result<CasePath, Problem> {
        let row = self.store.case(department, case_no).await?.ok_or_else(|| {
            Problem::new("case.unknown", format!("{department} 没有办件 {case_no}"))
                .fix("核对部门编号与办件编号；未被接受的记录在隔离区")
        })?;
        let rules = &self.config.rules;
        let flow = rules.item(&row.case).and_then(|item| item.flow.as_ref());
        Ok(CasePath {
            department: department.to_owned(),
            case_no: case_no.to_owned(),
            item_code: row.case.item_code.clone(),
            item_version: row.case.item_version,
            no_flow: flow.is_none(),
            promise_due: row.promise_due,
            replay: Replay::of(flow, &row.case, &rules.calendar),
        })
    }
}
