//! 月度公开数据: volume, how much of it in time, and what people who rated by themselves said. Three tables that share no number, so
//! that none tells what another hides; a rate is shown only beside everything it is made of.

use super::{Content, counts, drawn, hiding, number, picture, shown, words};
use crate::app::App;
use crate::problem::Problem;
use crate::publish::Plan;
use crate::publish::numbers::{Numbers, UNTOUCHED};
use daylight_console::chart::{Form, Tone};
use daylight_console::table::{Cell, Column, Kind, Table};
use daylight_domain::publication::suppress::{Shown, ShownTable, permille};

/// The county's line.
const TOTAL: &str = "全县";

fn table(title: &str, numbers: &[Numbers], columns: Vec<Column>, grid: &ShownTable) -> Table {
    let names = numbers.iter().map(|n| n.name.as_str()).chain([TOTAL]);
    let row = |(name, row): (&str, &Vec<Shown>)| {
        let cells = row.iter().map(|one| shown(*one));
        [Cell::text(name)].into_iter().chain(cells).collect()
    };
    let rows = names.zip(grid).map(row).collect();
    let columns = [words("department", "部门", "Department")].into_iter().chain(columns).collect();
    Table { title: title.to_owned(), notes: Vec::new(), columns, rows }
}

/// A rate of the first part in the first two, beside everything it is made of.
fn with_rate(mut table: Table, grid: &ShownTable, (key, zh, en): (&str, &str, &str)) -> Table {
    for (row, cells) in grid.iter().zip(&mut table.rows) {
        let both = row.first().copied().zip(row.get(1).copied());
        let rate = both.and_then(|(hits, misses)| {
            let of = Shown::Count(hits.count()? + misses.count()?);
            permille(hits, misses, of)
        });
        cells.push(rate.map_or(Cell::Empty, |n| Cell::Permille(i64::try_from(n).unwrap_or(1000))));
    }
    table.columns.push(Column::new(key, zh, en, Kind::Percent));
    table
}

/// The tables of a month.
pub(super) fn tables(numbers: &[Numbers], anonymity: Option<u64>) -> Vec<(String, Table)> {
    let grid = |of: fn(&Numbers) -> Vec<u64>| counts(&numbers.iter().map(of).collect::<Vec<_>>(), anonymity);
    // One part is its own sum.
    let one = |of: fn(&Numbers) -> Vec<u64>| -> ShownTable {
        grid(of).into_iter().map(|row| row.into_iter().take(1).collect()).collect()
    };
    let accepted = table("受理", numbers, vec![number("accepted", "受理件数", "Accepted")], &one(|n| vec![n.accepted]));
    let by_limit = grid(|n| vec![n.on_time, n.late, n.unlimited()]);
    let columns = vec![
        number("on_time", "按期办结", "Finished in time"),
        number("late", "超期办结", "Finished late"),
        number("no_limit", "不计时限", "Without a limit"),
        number("finished", "办结件数", "Finished"),
    ];
    let finished = table("办结", numbers, columns, &by_limit);
    let finished = with_rate(finished, &by_limit, ("on_time_rate", "按期办结率", "In time"));
    let by_word = grid(|n| vec![n.good, n.bad]);
    let columns = vec![
        number("good", "满意", "Satisfied"),
        number("bad", "不满意", "Not satisfied"),
        number("active", "主动评价", "Rated by people"),
    ];
    let ratings = table("主动评价", numbers, columns, &by_word);
    let ratings = with_rate(ratings, &by_word, ("satisfied_rate", "满意率", "Satisfied"));
    vec![("accepted".to_owned(), accepted), ("finished".to_owned(), finished), ("ratings".to_owned(), ratings)]
}

impl App {
    pub(super) async fn monthly(&self, plan: &Plan) -> Result<Content, Problem> {
        let (departments, mut others) = self.counted(plan.department.as_deref(), plan.to).await?;
        if departments.is_empty() {
            let message = format!("{} 至 {} 无参加统计的部门", plan.from, plan.to);
            return Err(Problem::new("publication.period", message).fix("换一个有部门参加统计的月份或部门"));
        }
        let registered = self.left_out_by_register(plan.department.as_deref(), (plan.from, plan.to)).await?;
        let numbers = self.numbers(&departments, plan.from, plan.to).await?;
        let mut redactions = hiding(plan.anonymity);
        redactions.push("满意率只计群众主动作出的评价，不计系统默认评价和不予采信的评价".to_owned());
        if !registered.is_empty() {
            redactions.push(UNTOUCHED.to_owned());
        }
        others.extend(registered);
        let tables = tables(&numbers, plan.anonymity);
        let done = tables.iter().find(|(name, _)| name == "finished");
        let columns = [(1, Tone::Green), (2, Tone::Red)];
        let chart = done.map(|(_, table)| picture(table, ("finished", "件", Form::Stacked), &columns, numbers.len()));
        let mut content = Content {
            documents: chart.iter().map(drawn).collect(),
            tables,
            redactions,
            departments: departments.into_iter().map(|d| d.id.clone()).collect(),
            ..Content::default()
        };
        content.leave_out(&others, plan.audience);
        Ok(content)
    }
}
