//! Read-only access to department databases, which the host lends to connectors.
//!
//! Reading only is made sure of twice: by the text (one `SELECT` or `WITH` statement) and by the database (a read-only
//! transaction, or a file opened read-only).

use async_trait::async_trait;
use daylight_domain::cell::Cell;
use daylight_domain::source::{Dialect, SourceConnection, SourceDatabase, SourceError, SourceRows, SourceStatement};
use futures::StreamExt;
use futures::stream::BoxStream;
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Connection, Row, TypeInfo, ValueRef};
use std::collections::VecDeque;
use std::str::FromStr;
use std::time::Duration;
use tokio::sync::mpsc;

/// Opens MySQL/MariaDB, PostgreSQL and SQLite sources by their address (`mysql://`, `postgres://`, `sqlite:`).
#[derive(Clone, Copy, Debug, Default)]
pub struct Sources;

fn refused(code: &'static str, message: impl std::fmt::Display, retryable: bool) -> SourceError {
    SourceError { code, message: message.to_string(), retryable }
}

fn opening(error: &sqlx::Error) -> SourceError {
    match error {
        sqlx::Error::Database(e) if is_login(e.as_ref()) => {
            refused("database.login", "用户名或密码不被接受，或无权访问该库", false)
        }
        sqlx::Error::Configuration(_) => refused("database.address", "数据库地址写法不正确", false),
        other => refused("database.unreachable", other, true),
    }
}

fn is_login(error: &dyn sqlx::error::DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    code.starts_with("28") || code == "3D000" || code == "42000"
}

fn querying(error: &sqlx::Error) -> SourceError {
    match error {
        sqlx::Error::Database(e) => refused("database.query", e.message(), false),
        other => refused("database.unreachable", other, true),
    }
}

#[async_trait]
impl SourceDatabase for Sources {
    async fn connect(&self, url: &str) -> Result<Box<dyn SourceConnection>, SourceError> {
        let wait = Duration::from_secs(10);
        let late = |_| refused("database.unreachable", "10 秒内没有连上", true);
        if url.starts_with("mysql:") || url.starts_with("mariadb:") {
            let options = sqlx::mysql::MySqlConnectOptions::from_str(url).map_err(|e| opening(&e))?;
            let options = options.charset("utf8mb4").disable_statement_logging();
            let opened = tokio::time::timeout(wait, options.connect()).await.map_err(late)?;
            let mut conn = opened.map_err(|e| opening(&e))?;
            sqlx::raw_sql("SET SESSION TRANSACTION READ ONLY").execute(&mut conn).await.map_err(|e| querying(&e))?;
            sqlx::raw_sql("START TRANSACTION READ ONLY, WITH CONSISTENT SNAPSHOT")
                .execute(&mut conn)
                .await
                .map_err(|e| querying(&e))?;
            return Ok(Box::new(Open { dialect: Dialect::Mysql, conn: Some(conn) }));
        }
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = sqlx::postgres::PgConnectOptions::from_str(url).map_err(|e| opening(&e))?;
            let options = options.application_name("daylight").disable_statement_logging();
            let opened = tokio::time::timeout(wait, options.connect()).await.map_err(late)?;
            let mut conn = opened.map_err(|e| opening(&e))?;
            sqlx::raw_sql("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                .execute(&mut conn)
                .await
                .map_err(|e| querying(&e))?;
            return Ok(Box::new(Open { dialect: Dialect::Postgresql, conn: Some(conn) }));
        }
        if url.starts_with("sqlite:") {
            let options = sqlx::sqlite::SqliteConnectOptions::from_str(url).map_err(|e| opening(&e))?;
            let options = options.read_only(true).create_if_missing(false).row_buffer_size(256);
            let opened =
                tokio::time::timeout(wait, options.disable_statement_logging().connect()).await.map_err(late)?;
            let conn = opened.map_err(|e| opening(&e))?;
            return Ok(Box::new(Open { dialect: Dialect::Sqlite, conn: Some(conn) }));
        }
        Err(refused("database.address", "地址应以 mysql:、postgres: 或 sqlite: 开头", false))
    }
}

struct Open<C> {
    dialect: Dialect,
    conn: Option<C>,
}

/// One reading statement, and nothing else.
fn reading_only(sql: &str) -> Result<(), SourceError> {
    let text = sql.trim().trim_end_matches(';').trim_end();
    let first = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("").to_ascii_lowercase();
    if first != "select" && first != "with" {
        return Err(refused("database.not-read-only", "只允许一条 SELECT 或 WITH 查询", false));
    }
    // `SELECT … INTO OUTFILE` writes files where the account may. The word is refused wherever it stands: quotes and
    // comments are too easily made to look like each other.
    if text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word.eq_ignore_ascii_case("into")) {
        return Err(refused("database.not-read-only", "查询中不允许出现 INTO", false));
    }
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if matches!(c, '\'' | '"' | '`') => quote = Some(c),
            None if c == ';' => {
                return Err(refused("database.not-read-only", "一次只允许一条语句", false));
            }
            None => {}
        }
    }
    Ok(())
}

/// `?` outside quotes becomes `$1`, `$2` …
fn numbered(sql: &str) -> String {
    let (mut out, mut quote, mut n) = (String::with_capacity(sql.len() + 8), None, 0);
    for c in sql.chars() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if matches!(c, '\'' | '"') => quote = Some(c),
            None if c == '?' => {
                n += 1;
                out.push_str(&format!("${n}"));
                continue;
            }
            None => {}
        }
        out.push(c);
    }
    out
}

/// Rows handed over at once: as many as are there, so that a fast source does not pay for every single one.
const PIECE: usize = 128;

/// Names of the columns (with the first rows only), and rows.
type Piece = Result<(Vec<String>, Vec<Vec<Cell>>), SourceError>;

struct Running {
    rows: mpsc::Receiver<Piece>,
    columns: Vec<String>,
    kept: VecDeque<Vec<Cell>>,
    ended: bool,
}

#[async_trait]
impl SourceStatement for Running {
    async fn next(&mut self, max_rows: usize, max_bytes: usize) -> Result<SourceRows, SourceError> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while rows.len() < max_rows {
            if let Some(row) = self.kept.pop_front() {
                let size: usize = row.iter().map(Cell::size).sum();
                if !rows.is_empty() && bytes + size > max_bytes {
                    self.kept.push_front(row);
                    break;
                }
                bytes += size;
                rows.push(row);
                continue;
            }
            match self.rows.recv().await {
                None => {
                    self.ended = true;
                    break;
                }
                Some(piece) => {
                    let (columns, more) = piece?;
                    if self.columns.is_empty() {
                        self.columns = columns;
                    }
                    self.kept.extend(more);
                }
            }
        }
        Ok(SourceRows { columns: self.columns.clone(), rows, done: self.ended && self.kept.is_empty() })
    }
}

macro_rules! open_source {
    ($conn:ty, $row:ty, $db:ty, $cells:ident, $placeholders:expr) => {
        #[async_trait]
        impl SourceConnection for Open<$conn> {
            fn dialect(&self) -> Dialect {
                self.dialect
            }

            async fn query(
                &mut self,
                sql: &str,
                parameters: Vec<Cell>,
            ) -> Result<Box<dyn SourceStatement>, SourceError> {
                reading_only(sql)?;
                let Some(mut conn) = self.conn.take() else {
                    return Err(refused("database.busy", "这个连接上的查询还没有读完；请另开连接", false));
                };
                let text: String = $placeholders(sql);
                let (send, rows) = mpsc::channel(8);
                tokio::spawn(async move {
                    let mut query = sqlx::query::<$db>(AssertSqlSafe(text));
                    for cell in parameters {
                        query = match cell {
                            Cell::Null => query.bind(Option::<String>::None),
                            Cell::Boolean(v) => query.bind(v),
                            Cell::Integer(v) => query.bind(v),
                            Cell::Decimal(v) | Cell::Text(v) | Cell::Date(v) | Cell::Instant(v) => query.bind(v),
                            Cell::Bytes(v) => query.bind(v),
                        };
                    }
                    {
                        let stream: BoxStream<'_, Result<$row, sqlx::Error>> = query.fetch(&mut conn);
                        let mut stream = stream.ready_chunks(PIECE);
                        let mut named = false;
                        'all: while let Some(chunk) = stream.next().await {
                            let (mut names, mut cells) = (Vec::new(), Vec::with_capacity(chunk.len()));
                            let mut failed = None;
                            for row in chunk {
                                match row {
                                    Ok(row) => {
                                        if !named {
                                            named = true;
                                            names = row.columns().iter().map(|c| c.name().to_owned()).collect();
                                        }
                                        cells.push($cells(&row));
                                    }
                                    Err(e) => failed = Some(querying(&e)),
                                }
                            }
                            // What came before a failure is handed over before it.
                            let pieces = [Some(Ok((names, cells))), failed.map(Err)];
                            for piece in pieces.into_iter().flatten() {
                                let last = piece.is_err();
                                if send.send(piece).await.is_err() || last {
                                    break 'all;
                                }
                            }
                        }
                    }
                    let _ = conn.close().await;
                });
                Ok(Box::new(Running { rows, columns: Vec::new(), kept: VecDeque::new(), ended: false }))
            }
        }
    };
}

open_source!(sqlx::SqliteConnection, sqlx::sqlite::SqliteRow, sqlx::Sqlite, sqlite_cells, str::to_owned);
open_source!(sqlx::PgConnection, sqlx::postgres::PgRow, sqlx::Postgres, pg_cells, numbered);
open_source!(sqlx::MySqlConnection, sqlx::mysql::MySqlRow, sqlx::MySql, mysql_cells, str::to_owned);

fn sqlite_cells(row: &sqlx::sqlite::SqliteRow) -> Vec<Cell> {
    (0..row.len())
        .map(|at| {
            let Ok(raw) = row.try_get_raw(at) else { return Cell::Null };
            if raw.is_null() {
                return Cell::Null;
            }
            let kind = raw.type_info();
            match kind.name() {
                "INTEGER" | "INT8" | "BOOLEAN" => row.try_get_unchecked::<i64, _>(at).map(Cell::Integer),
                "REAL" => row.try_get_unchecked::<f64, _>(at).map(|v| Cell::Decimal(v.to_string())),
                "BLOB" => row.try_get_unchecked::<Vec<u8>, _>(at).map(Cell::Bytes),
                _ => row.try_get_unchecked::<String, _>(at).map(Cell::Text),
            }
            .unwrap_or(Cell::Null)
        })
        .collect()
}

fn pg_cells(row: &sqlx::postgres::PgRow) -> Vec<Cell> {
    use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
    (0..row.len())
        .map(|at| {
            let Ok(raw) = row.try_get_raw(at) else { return Cell::Null };
            if raw.is_null() {
                return Cell::Null;
            }
            let kind = raw.type_info().into_owned();
            match kind.name() {
                "BOOL" => row.try_get::<bool, _>(at).map(Cell::Boolean),
                "INT2" => row.try_get::<i16, _>(at).map(|v| Cell::Integer(v.into())),
                "INT4" => row.try_get::<i32, _>(at).map(|v| Cell::Integer(v.into())),
                "INT8" => row.try_get::<i64, _>(at).map(Cell::Integer),
                "FLOAT4" => row.try_get::<f32, _>(at).map(|v| Cell::Decimal(v.to_string())),
                "FLOAT8" => row.try_get::<f64, _>(at).map(|v| Cell::Decimal(v.to_string())),
                "NUMERIC" => row.try_get::<rust_decimal::Decimal, _>(at).map(|v| Cell::Decimal(v.to_string())),
                "DATE" => row.try_get::<NaiveDate, _>(at).map(|v| Cell::Date(v.to_string())),
                "TIMESTAMP" => row
                    .try_get::<NaiveDateTime, _>(at)
                    .map(|v| Cell::Instant(v.format("%Y-%m-%dT%H:%M:%S%.f").to_string())),
                "TIMESTAMPTZ" => row.try_get::<DateTime<Utc>, _>(at).map(|v| Cell::Instant(v.to_rfc3339())),
                "BYTEA" => row.try_get::<Vec<u8>, _>(at).map(Cell::Bytes),
                "JSON" | "JSONB" => row.try_get::<serde_json::Value, _>(at).map(|v| Cell::Text(v.to_string())),
                _ => row.try_get_unchecked::<String, _>(at).map(Cell::Text),
            }
            .unwrap_or(Cell::Null)
        })
        .collect()
}

fn mysql_cells(row: &sqlx::mysql::MySqlRow) -> Vec<Cell> {
    use chrono::{NaiveDate, NaiveDateTime};
    (0..row.len())
        .map(|at| {
            let Ok(raw) = row.try_get_raw(at) else { return Cell::Null };
            if raw.is_null() {
                return Cell::Null;
            }
            let kind = raw.type_info().into_owned();
            let name = kind.name();
            if name == "BOOLEAN" {
                return row.try_get_unchecked::<bool, _>(at).map_or(Cell::Null, Cell::Boolean);
            }
            if name.contains("INT") || name == "YEAR" {
                let signed = row.try_get_unchecked::<i64, _>(at).map(Cell::Integer);
                return signed.unwrap_or_else(|_| {
                    row.try_get_unchecked::<u64, _>(at).map_or(Cell::Null, |v| Cell::Decimal(v.to_string()))
                });
            }
            match name {
                "FLOAT" => row.try_get_unchecked::<f32, _>(at).map(|v| Cell::Decimal(v.to_string())),
                "DOUBLE" => row.try_get_unchecked::<f64, _>(at).map(|v| Cell::Decimal(v.to_string())),
                "DECIMAL" => row.try_get_unchecked::<String, _>(at).map(Cell::Decimal),
                "DATE" => row.try_get_unchecked::<NaiveDate, _>(at).map(|v| Cell::Date(v.to_string())),
                "DATETIME" | "TIMESTAMP" => row
                    .try_get_unchecked::<NaiveDateTime, _>(at)
                    .map(|v| Cell::Instant(v.format("%Y-%m-%dT%H:%M:%S%.f").to_string())),
                "BINARY" | "VARBINARY" | "BLOB" | "TINYBLOB" | "MEDIUMBLOB" | "LONGBLOB" | "BIT" => {
                    row.try_get_unchecked::<Vec<u8>, _>(at).map(Cell::Bytes)
                }
                _ => row.try_get_unchecked::<String, _>(at).map(Cell::Text),
            }
            // Days such as 0000-00-00 are no dates, but they are something: the core shall see and refuse them.
            .or_else(|_| row.try_get_unchecked::<String, _>(at).map(Cell::Text))
            .unwrap_or_else(|_| Cell::Text(format!("({name})")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_reading_statement_passes() {
        for good in ["SELECT 1", " select * from a where b = ';' ;", "WITH x AS (SELECT 1) SELECT * FROM x"] {
            assert!(reading_only(good).is_ok(), "{good}");
        }
        for bad in ["DELETE FROM a", "SELECT 1; DELETE FROM a", "", "update a set b = 1", "/* */ select 1"] {
            assert_eq!(reading_only(bad).map_err(|e| e.code), Err("database.not-read-only"), "{bad}");
        }
        assert_eq!(numbered("a = ? and b = '?' and c = ?"), "a = $1 and b = '?' and c = $2");
    }
}
