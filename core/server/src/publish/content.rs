//! What is in a publication before it becomes bytes: tables, the words of persons among them, and what was left out and why. One file
//! for each kind.

mod answers;
mod bulletin;
mod cards;
mod finished;
mod monthly;
mod orders;

use super::Plan;
use super::numbers::LeftOut;
use crate::app::App;
use crate::problem::Problem;
use daylight_console::chart::{Chart, Form, Series, Tone};
use daylight_console::table::{Cell, Column, Kind, Table};
use daylight_console::text::data;
use daylight_console::words::Lang;
use daylight_domain::Timestamp;
use daylight_domain::publication::suppress::{LEAST, Shown, ShownTable, plain, protect};
use daylight_domain::publication::{Audience, FreeText, PublicationKind};

/// What is published.
#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    /// Tables by file name, without ending.
    pub tables: Vec<(String, Table)>,
    /// Other files: name, media type, bytes.
    pub documents: Vec<(String, &'static str, Vec<u8>)>,
    /// What was left out or masked.
    pub redactions: Vec<String>,
    /// What is not counted, and why.
    pub exclusions: Vec<String>,
    /// Words of persons.
    pub texts: Vec<FreeText>,
    /// Cases it tells of, `department/case_no`.
    pub about: Vec<String>,
    /// Complaints whose answers are in it.
    pub answers: Vec<String>,
    /// Departments whose data is in it.
    pub departments: Vec<String>,
}

impl Content {
    /// Says what is not counted, and keeps whose words that says it in.
    fn leave_out(&mut self, all: &[LeftOut], audience: Audience) {
        self.exclusions.extend(all.iter().map(|one| format!("{}：{}", one.name, one.why(audience))));
        self.texts.extend(all.iter().flat_map(|one| one.texts(audience)));
    }
}

/// What every publication leaves out.
const NOBODY: &str = "不含姓名、证件号码、电话、住址";

pub(super) fn column(key: &str, zh: &str, en: &str, kind: Kind) -> Column {
    Column::new(key, zh, en, kind)
}

pub(super) fn words(key: &str, zh: &str, en: &str) -> Column {
    column(key, zh, en, Kind::Text)
}

pub(super) fn number(key: &str, zh: &str, en: &str) -> Column {
    column(key, zh, en, Kind::Integer)
}

pub(super) fn instant(key: &str, zh: &str, en: &str) -> Column {
    column(key, zh, en, Kind::Instant)
}

pub(super) fn int(n: u64) -> Cell {
    Cell::Integer(i64::try_from(n).unwrap_or(i64::MAX))
}

pub(super) fn at(time: Option<Timestamp>) -> Cell {
    time.map_or(Cell::Empty, Cell::Instant)
}

pub(super) fn said(text: Option<&str>) -> Cell {
    text.map_or(Cell::Empty, Cell::text)
}

/// A count as the table shows it.
fn shown(one: Shown) -> Cell {
    match one {
        Shown::Count(n) => int(n),
        Shown::Few(LEAST) => Cell::Suppressed,
        other => Cell::text(other.say()),
    }
}

/// Counts with their sums, hidden as far as the audience asks for.
fn counts(counts: &[Vec<u64>], anonymity: Option<u64>) -> ShownTable {
    match anonymity {
        Some(k) => protect(counts, k),
        None => plain(counts),
    }
}

/// A picture of columns of a table, of its lines without the sum. It is drawn from what the table shows, so that it tells no more.
fn picture(table: &Table, (id, unit, form): (&str, &str, Form), columns: &[(usize, Tone)], lines: usize) -> Chart {
    let value = |cell: Option<&Cell>| match cell {
        Some(Cell::Integer(n)) => Some(*n),
        Some(Cell::Decimal { value, .. }) => Some(*value),
        _ => None,
    };
    let rows = || table.rows.iter().take(lines);
    let named = |row: &Vec<Cell>| {
        row.iter().find_map(|cell| if let Cell::Text(name) = cell { Some(name.clone()) } else { None })
    };
    let series = |(at, tone): &(usize, Tone)| Series {
        name: table.columns.get(*at).map(|c| c.name_zh.clone()).unwrap_or_default(),
        values: rows().map(|row| value(row.get(*at))).collect(),
        tone: *tone,
    };
    let places = rows().flatten().find_map(|c| if let Cell::Decimal { places, .. } = c { Some(*places) } else { None });
    Chart {
        lang: Lang::Zh,
        id: id.to_owned(),
        title: table.title.clone(),
        unit: unit.to_owned(),
        places: places.unwrap_or(0),
        form,
        categories: rows().map(|row| data(named(row).unwrap_or_default())).collect(),
        series: columns.iter().map(series).collect(),
    }
}

/// A picture as a file.
fn drawn(chart: &Chart) -> (String, &'static str, Vec<u8>) {
    (format!("{}.svg", chart.id), "image/svg+xml", chart.svg().into_bytes())
}

/// What is said of hidden counts.
fn hiding(anonymity: Option<u64>) -> Vec<String> {
    let Some(k) = anonymity else { return Vec::new() };
    vec![format!("1 至 {} 的数显示为“<{k}”；凡可由合计推算出这些数的，显示为“*”，相应比率不列", k - 1)]
}

impl App {
    /// Puts together what was planned.
    pub(super) async fn content(&self, plan: &Plan) -> Result<Content, Problem> {
        let mut content = match plan.kind {
            PublicationKind::DailyCards => self.daily_cards(plan).await?,
            PublicationKind::WeeklyOrders => self.weekly_orders(plan).await?,
            PublicationKind::Bulletin => self.bulletin(plan).await?,
            PublicationKind::Monthly => self.monthly(plan).await?,
            PublicationKind::Finished => self.finished(plan).await?,
            PublicationKind::Answers => self.answers(plan).await?,
        };
        content.redactions.insert(0, NOBODY.to_owned());
        // Whose words are in it has something in it, counted or not.
        let speak = content.texts.iter().map(|t| t.department.clone()).filter(|id| !id.is_empty());
        content.departments.extend(speak.collect::<Vec<_>>());
        content.departments.sort();
        content.departments.dedup();
        Ok(content)
    }

    pub(super) fn called(&self, department: &str) -> String {
        self.config.departments.get(department).map_or_else(|| department.to_owned(), |d| d.name.clone())
    }
}

#[cfg(test)]
mod tests;
