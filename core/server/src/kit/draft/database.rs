//! A table or view of a department's database as a sample, read the way a connector would: read-only, one query.

use super::sample::Sample;
use crate::problem::Problem;
use daylight_domain::cell::Cell;
use daylight_domain::source::{Dialect, SourceDatabase, SourceError};
use daylight_store::Sources;

/// Rows that are looked at.
const ROWS: usize = 500;
/// Bytes that are looked at.
const BYTES: usize = 16 << 20;

fn told(e: &SourceError) -> Problem {
    Problem::new(e.code, e.message.clone())
        .fix("核对地址、只读账号与网络；密码用 --secret password=env:变量 给出，地址中写 {secret}")
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Boolean(v) => v.to_string(),
        Cell::Integer(v) => v.to_string(),
        Cell::Decimal(v) | Cell::Text(v) | Cell::Date(v) | Cell::Instant(v) => v.clone(),
        Cell::Bytes(v) => String::from_utf8_lossy(v).into_owned(),
    }
}

/// A name, or several divided by points, in the quotes of its database.
fn quoted(table: &str, dialect: Dialect) -> Result<String, Problem> {
    let fine = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "_$".contains(c));
    if !table.split('.').all(fine) {
        return Err(Problem::new("draft.table", format!("“{table}”不是表或视图的名称"))
            .fix("只写名称，或 模式.名称；要用查询时先请对方建一个视图"));
    }
    let sign = if dialect == Dialect::Mysql { '`' } else { '"' };
    Ok(table.split('.').map(|part| format!("{sign}{part}{sign}")).collect::<Vec<_>>().join("."))
}

/// Reads the first rows of a table or view. `url` is whole: with user and password.
///
/// # Errors
/// `draft.table`, or the database's own (`database.login`, `database.query` …).
pub(super) async fn read(url: &str, table: &str) -> Result<Sample, Problem> {
    let mut open = Sources.connect(url).await.map_err(|e| told(&e))?;
    let sql = format!("SELECT * FROM {} LIMIT {ROWS}", quoted(table, open.dialect())?);
    let mut statement = open.query(&sql, Vec::new()).await.map_err(|e| told(&e))?;
    let mut sample = Sample::default();
    while sample.rows < ROWS {
        let piece = statement.next(ROWS, BYTES).await.map_err(|e| told(&e))?;
        sample.name(piece.columns.iter().map(String::as_str));
        for row in &piece.rows {
            sample.row(piece.columns.iter().map(String::as_str).zip(row.iter().map(text)));
        }
        if piece.done || piece.rows.is_empty() {
            break;
        }
    }
    if sample.columns.is_empty() {
        return Err(Problem::new("draft.no-rows", format!("“{table}”是空的，看不出各列是什么"))
            .fix("请对方放入至少一件样例，再试一次"));
    }
    Ok(sample)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_a_name_and_nothing_else() {
        assert_eq!(quoted("v_supervision", Dialect::Sqlite).ok().as_deref(), Some("\"v_supervision\""));
        assert_eq!(quoted("sp.办件视图", Dialect::Mysql).ok().as_deref(), Some("`sp`.`办件视图`"));
        for bad in ["", "a b", "a;drop", "a\"b", "(select 1)", "a..b"] {
            assert!(quoted(bad, Dialect::Postgresql).is_err(), "{bad}");
        }
    }
}
