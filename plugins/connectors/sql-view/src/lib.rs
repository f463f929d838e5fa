//! A department whose database may be read: one query, in the order of a key that only grows, streamed in pages.

use daylight_connector::database::{Connection, Dialect, Statement};
use daylight_connector::{Cell, Connector, Failure, Page, Pull, Report, Session, failure, plugin, wrong_setting};
use daylight_mapping::{Mapper, Mapping, missing_columns, problems, settings};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Settings {
    database: String,
    /// A table, a view, or a query in parentheses.
    from: String,
    /// Columns that together only grow, e.g. `["updated_at", "id"]`.
    key: Vec<String>,
    records: Vec<Mapping>,
}

/// A key's value as it stands in the cursor.
#[derive(Clone, Serialize, Deserialize)]
enum Key {
    I(i64),
    T(String),
}

struct View {
    mapper: Mapper,
    // Declared before the connection, so that it is dropped first.
    rows: Statement,
    _connection: Connection,
    columns: Option<Positions>,
    key: Vec<String>,
}

struct Positions {
    source: Vec<usize>,
    key: Vec<usize>,
}

fn quoted(name: &str, dialect: Dialect) -> String {
    let mark = if dialect == Dialect::Mysql { '`' } else { '"' };
    format!("{mark}{}{mark}", name.replace(mark, &format!("{mark}{mark}")))
}

fn statement(settings: &Settings, since: &[Key], dialect: Dialect) -> (String, Vec<Cell>) {
    let from = settings.from.trim();
    let from = if from.starts_with('(') { format!("{from} daylight_rows") } else { from.to_owned() };
    let keys: Vec<String> = settings.key.iter().map(|k| quoted(k, dialect)).collect();
    let (mut terms, mut parameters) = (Vec::new(), Vec::new());
    // (a > x) or (a = x and b > y) or …: the form every planner knows how to answer from an index.
    for depth in 0..since.len().min(keys.len()) {
        let mut parts = Vec::new();
        for (at, (key, value)) in keys.iter().zip(since).enumerate().take(depth + 1) {
            let sign = if at == depth { ">" } else { "=" };
            match (value, dialect) {
                (Key::I(n), _) => {
                    parts.push(format!("{key} {sign} ?"));
                    parameters.push(Cell::Integer(*n));
                }
                // PostgreSQL gives a literal the column's type, but not a text parameter.
                (Key::T(text), Dialect::Postgresql) => {
                    parts.push(format!("{key} {sign} '{}'", text.replace('\'', "''")))
                }
                (Key::T(text), _) => {
                    parts.push(format!("{key} {sign} ?"));
                    parameters.push(Cell::Text(text.clone()));
                }
            }
        }
        terms.push(format!("({})", parts.join(" AND ")));
    }
    let filter = if terms.is_empty() { String::new() } else { format!(" WHERE {}", terms.join(" OR ")) };
    (format!("SELECT * FROM {from}{filter} ORDER BY {}", keys.join(", ")), parameters)
}

impl Session for View {
    fn next(&mut self, max_rows: u32) -> Result<Page, Failure> {
        let per_row = u32::try_from(self.mapper.per_row()).unwrap_or(1);
        let got = self.rows.next((max_rows / per_row).max(1))?;
        if self.columns.is_none() && !got.columns.is_empty() {
            let find = |name: &String| {
                got.columns.iter().position(|c| c.eq_ignore_ascii_case(name)).ok_or_else(|| {
                    wrong_setting("/records", format!("来源没有列“{name}”；现有：{}", got.columns.join("、")))
                })
            };
            self.columns = Some(Positions {
                source: self.mapper.source_columns().iter().map(find).collect::<Result<_, _>>()?,
                key: self.key.iter().map(find).collect::<Result<_, _>>()?,
            });
        }
        let mut records = Vec::with_capacity(got.rows.len() * self.mapper.per_row());
        let mut next = None;
        if let Some(positions) = &self.columns {
            if let Some(last) = got.rows.last() {
                let key: Vec<Key> = positions.key.iter().map(|at| key_of(&last[*at])).collect::<Result<_, _>>()?;
                next = serde_json::to_vec(&key).ok();
            }
            for mut row in got.rows {
                let cells: Vec<Cell> =
                    positions.source.iter().map(|at| std::mem::replace(&mut row[*at], Cell::Null)).collect();
                self.mapper.map(&cells, &mut records);
            }
        }
        Ok(Page {
            dataset: "exchange".to_owned(),
            columns: self.mapper.columns().to_vec(),
            rows: records,
            next,
            done: got.done,
        })
    }
}

fn key_of(cell: &Cell) -> Result<Key, Failure> {
    match cell {
        Cell::Integer(n) => Ok(Key::I(*n)),
        Cell::Text(t) | Cell::Decimal(t) | Cell::Date(t) | Cell::Instant(t) => Ok(Key::T(t.clone())),
        _ => Err(wrong_setting("/key", "键列的值为空或类型不可排序；请换一个总有值的列")),
    }
}

struct SqlView;

fn ready() -> Result<Settings, Failure> {
    let settings: Settings = settings()?;
    if let Some(problem) = problems(&settings.records).into_iter().next() {
        return Err(problem);
    }
    if settings.key.is_empty() {
        return Err(wrong_setting("/key", "至少需要一个键列"));
    }
    Ok(settings)
}

impl Connector for SqlView {
    fn check() -> Report {
        let mut report = Report { notes: Vec::new(), problems: Vec::new() };
        let looked = ready().and_then(|settings| {
            let connection = Connection::open(&settings.database)?;
            let (sql, parameters) = statement(&settings, &[], connection.dialect());
            let rows = connection.query(&format!("{sql} LIMIT 1"), &parameters)?.next(1)?;
            Ok((settings, rows))
        });
        match looked {
            Err(problem) => report.problems.push(problem),
            Ok((_, rows)) if rows.rows.is_empty() => report.notes.push("已连接，来源目前没有数据".to_owned()),
            Ok((settings, rows)) => {
                report.notes.push(format!("已连接，{} 列", rows.columns.len()));
                report.problems.extend(missing_columns(&settings.records, &rows.columns));
            }
        }
        report
    }

    fn open(request: Pull) -> Result<Box<dyn Session>, Failure> {
        let settings = ready()?;
        let since: Vec<Key> = match &request.since {
            None => Vec::new(),
            Some(bytes) => serde_json::from_slice(bytes)
                .map_err(|_| failure("cursor.unreadable", "游标不是本连接器写的；请用 --reset-cursor 从头拉取"))?,
        };
        let connection = Connection::open(&settings.database)?;
        let (sql, parameters) = statement(&settings, &since, connection.dialect());
        let rows = connection.query(&sql, &parameters)?;
        let mapper = Mapper::new(&settings.records);
        Ok(Box::new(View { mapper, rows, _connection: connection, columns: None, key: settings.key }))
    }
}

plugin!(SqlView, "../plugin.toml");
