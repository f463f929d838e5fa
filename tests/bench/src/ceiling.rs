//! A source of exchange records, and what the machine could do with them if nothing had to be understood.

use crate::{MORE, PER_CASE, rate, usage};
use anyhow::Result;
use daylight_domain::source::SourceDatabase;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor};
use std::path::Path;
use std::time::Instant;

const COLUMNS: &str =
    "id, changed, kind, case_no, row_key, item, title, applicant, channel, step, staff, begun, ended, decided, result";

/// One row of the source, as SQL.
fn row(id: u64) -> String {
    let (case, which) = ((id - 1) / PER_CASE, (id - 1) % PER_CASE);
    let minute = case % (60 * 8);
    let day = 1 + (case / 480) % 28;
    let month = 1 + (case / 480 / 28) % 2;
    // Two of a hundred cases end weeks later than they should.
    let slip = if case % 50 == 0 && which >= 3 { 1 } else { 0 };
    let at = |hours: u64| {
        format!("2026-{:02}-{day:02} {:02}:{:02}:00", month + slip, 8 + hours + minute / 60 % 8, minute % 60)
    };
    let (kind, more) = match which {
        0 => (
            "SQ",
            format!("'BE-0101', '示例项目{case}号食品经营许可申请', '2', '1', NULL, NULL, NULL, NULL, NULL, NULL"),
        ),
        1 => ("SL", ["NULL"; 10].join(", ")),
        2 => (
            "HJ",
            format!("NULL, NULL, NULL, NULL, '审查', '承办员{}', '{}', '{}', NULL, NULL", case % 50, at(1), at(2)),
        ),
        3 => ("JD", format!("{}, '1', NULL", ["NULL"; 8].join(", "))),
        _ => ("BJ", format!("{}, '0'", ["NULL"; 9].join(", "))),
    };
    format!("({id}, '{}', '{kind}', 'B{case:08}', 'B{case:08}-{kind}', {more})", at(which))
}

/// Makes a source of `records` rows, without the last [`MORE`], which come later.
pub async fn make(url: &str, records: u64) -> Result<Value> {
    let begun = Instant::now();
    let create = "CREATE TABLE records (id BIGINT PRIMARY KEY, changed VARCHAR(30) NOT NULL, kind VARCHAR(10) NOT NULL, \
                  case_no VARCHAR(40) NOT NULL, row_key VARCHAR(60) NOT NULL, item VARCHAR(40), title VARCHAR(200), \
                  applicant VARCHAR(10), channel VARCHAR(10), step VARCHAR(40), staff VARCHAR(40), begun VARCHAR(30), \
                  ended VARCHAR(30), decided VARCHAR(10), result VARCHAR(10))";
    let letters = if url.starts_with("mysql") { " DEFAULT CHARSET utf8mb4" } else { "" };
    execute(url, vec![format!("{create}{letters}")]).await?;
    insert_rows(url, 1, records).await?;
    Ok(serde_json::json!({ "records": records, "seconds": begun.elapsed().as_secs_f64() }))
}

/// Appends rows to the source.
pub async fn insert_rows(url: &str, from: u64, n: u64) -> Result<()> {
    let mut statements = vec!["BEGIN".to_owned()];
    for start in (from..from + n).step_by(1000) {
        let rows: Vec<String> = (start..(start + 1000).min(from + n)).map(row).collect();
        statements.push(format!("INSERT INTO records ({COLUMNS}) VALUES {}", rows.join(", ")));
    }
    statements.push("COMMIT".to_owned());
    execute(url, statements).await
}

async fn execute(url: &str, statements: Vec<String>) -> Result<()> {
    if url.starts_with("mysql") {
        let mut open = sqlx::MySqlConnection::connect(url).await?;
        for one in statements {
            open.execute(sqlx::raw_sql(AssertSqlSafe(one))).await?;
        }
    } else {
        let mut open = sqlx::SqliteConnection::connect(&format!("{url}?mode=rwc")).await?;
        for one in statements {
            open.execute(sqlx::raw_sql(AssertSqlSafe(one))).await?;
        }
    }
    Ok(())
}

/// The bare read: the same streaming reader the connectors borrow, and nothing done with the rows.
pub async fn read(url: &str) -> Result<Value> {
    let begun = Instant::now();
    let mut open = daylight_store::Sources.connect(url).await?;
    let mut rows = open.query("SELECT * FROM records ORDER BY id", Vec::new()).await?;
    let mut n = 0u64;
    loop {
        let piece = rows.next(10_000, 16 << 20).await?;
        n += piece.rows.len() as u64;
        if piece.done {
            break;
        }
    }
    Ok(rate(n, begun.elapsed().as_secs_f64(), &usage::used()))
}

/// The raw insert: the same rows into one table of a file with the settings of the house, by plain prepared statements, one
/// transaction for every page. Reading the source is not counted.
pub async fn insert(url: &str, dir: &Path) -> Result<Value> {
    std::fs::create_dir_all(dir)?;
    let mut open = daylight_store::Sources.connect(url).await?;
    let mut rows = open.query("SELECT * FROM records ORDER BY id", Vec::new()).await?;
    let file = dir.join("ceiling.db");
    let mut db = rusqlite::Connection::open(&file)?;
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA mmap_size = 0;
         CREATE TABLE records (id INTEGER PRIMARY KEY, changed TEXT, kind TEXT, case_no TEXT, row_key TEXT, item TEXT,
         title TEXT, applicant TEXT, channel TEXT, step TEXT, staff TEXT, begun TEXT, ended TEXT, decided TEXT, result TEXT) STRICT",
    )?;
    let sql = format!("INSERT INTO records ({COLUMNS}) VALUES ({})", ["?"; 15].join(", "));
    let (mut n, mut spent) = (0u64, 0.0);
    loop {
        let piece = rows.next(5_000, 16 << 20).await?;
        let begun = Instant::now();
        let transaction = db.transaction()?;
        {
            let mut statement = transaction.prepare_cached(&sql)?;
            for row in &piece.rows {
                let values = row.iter().map(|cell| match cell {
                    daylight_domain::cell::Cell::Integer(n) => rusqlite::types::Value::Integer(*n),
                    daylight_domain::cell::Cell::Text(t) => rusqlite::types::Value::Text(t.clone()),
                    _ => rusqlite::types::Value::Null,
                });
                statement.execute(rusqlite::params_from_iter(values))?;
            }
        }
        transaction.commit()?;
        spent += begun.elapsed().as_secs_f64();
        n += piece.rows.len() as u64;
        if piece.done {
            break;
        }
    }
    drop(db);
    std::fs::remove_file(file)?;
    Ok(rate(n, spent, &usage::used()))
}

/// How many rows the source has.
pub async fn count(url: &str) -> Result<u64> {
    let mut open = daylight_store::Sources.connect(url).await?;
    let mut rows = open.query("SELECT COUNT(*) FROM records", Vec::new()).await?;
    match rows.next(1, 1 << 20).await?.rows.first().and_then(|r| r.first()) {
        Some(daylight_domain::cell::Cell::Integer(n)) => Ok(u64::try_from(*n)?),
        other => anyhow::bail!("{other:?}"),
    }
}

/// Appends what (b) pulls.
pub async fn append(url: &str) -> Result<()> {
    let n = count(url).await?;
    insert_rows(url, n + 1, MORE).await
}
