//! The store on PostgreSQL, for a place that has outgrown one machine. The same verbs; each page a transaction of its own,
//! ordered by the department's row.

#[path = "verbs.rs"]
#[expect(clippy::duplicate_mod, reason = "the same verbs, compiled once per database")]
pub mod verbs;

use crate::model::{Committed, PageCommit, StoreHealth};
use crate::schema::{MIGRATIONS, for_postgres, known};
use crate::{Result, StoreError};
use daylight_domain::ledger::HashAlgorithm;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Pool, Row};
use std::path::{Path, PathBuf};
use std::str::FromStr;
pub use verbs::Verbs;
use verbs::failed;

/// `$1`, `$2`, …
const NUMBERED: bool = true;

type Db = sqlx::Postgres;
type Connection = sqlx::PgConnection;

/// PostgreSQL needs no writer of its own.
type Writer = ();

async fn begin(pool: &Pool<Db>) -> Result<sqlx::Transaction<'static, Db>> {
    pool.begin().await.map_err(failed)
}

impl Verbs {
    /// Connects, and brings the schema up to date.
    ///
    /// # Errors
    /// As for the SQLite store. An unreachable server is [`StoreError::Database`]; the address's password is not in the text.
    pub async fn connect(url: &str, algorithm: HashAlgorithm) -> Result<Self> {
        let options = PgConnectOptions::from_str(url).map_err(failed)?.application_name("daylight");
        let pool = PgPoolOptions::new().max_connections(8).connect_with(options).await.map_err(failed)?;
        migrate(&pool).await?;
        let store = Self::new(pool.clone(), pool, algorithm);
        crate::same_hash(&store, algorithm).await?;
        Ok(store)
    }
}

async fn migrate(pool: &Pool<Db>) -> Result<()> {
    let mut tx = begin(pool).await?;
    // Two starting processes take turns.
    sqlx::raw_sql("SELECT pg_advisory_xact_lock(7293847)").execute(&mut *tx).await.map_err(failed)?;
    sqlx::raw_sql("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
        .execute(&mut *tx)
        .await
        .map_err(failed)?;
    let found: i64 = sqlx::query("SELECT COALESCE(MAX(version), 0) AS v FROM schema_version")
        .fetch_one(&mut *tx)
        .await
        .and_then(|r| r.try_get("v"))
        .map_err(failed)?;
    let known = known();
    if found > known {
        return Err(StoreError::SchemaNewer { found, known });
    }
    for (version, text) in (1i64..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        sqlx::raw_sql(AssertSqlSafe(for_postgres(text))).execute(&mut *tx).await.map_err(failed)?;
        sqlx::query("INSERT INTO schema_version (version) VALUES ($1)")
            .bind(version)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
    }
    tx.commit().await.map_err(failed)
}

async fn commit(verbs: &Verbs, mut commit: PageCommit) -> Result<Committed> {
    let () = verbs.writer;
    let mut tx = begin(&verbs.write).await?;
    let done = verbs.apply(&mut tx, &mut commit).await?;
    tx.commit().await.map_err(failed)?;
    Ok(done)
}

async fn backup(_: &Verbs, to: &Path) -> Result<PathBuf> {
    Err(StoreError::Unusable(format!(
        "PostgreSQL is backed up by its own tools: pg_dump --format=custom --file={}",
        to.display()
    )))
}

async fn health(verbs: &Verbs) -> Result<StoreHealth> {
    let row = sqlx::query(
        "SELECT current_setting('server_version') AS v, pg_database_size(current_database()) AS size, \
         (SELECT MAX(version) FROM schema_version) AS schema",
    )
    .fetch_one(&verbs.read)
    .await
    .map_err(failed)?;
    let size: i64 = row.try_get("size").map_err(failed)?;
    Ok(StoreHealth {
        engine: "postgresql".to_owned(),
        version: row.try_get("v").map_err(failed)?,
        schema: row.try_get("schema").map_err(failed)?,
        size: u64::try_from(size).unwrap_or(0),
        notes: Vec::new(),
    })
}
