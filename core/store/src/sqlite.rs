//! The embedded store: one file, one writer that commits several pages at once, many readers.
//!
//! WAL, `synchronous=FULL` (an acknowledged page survives a power cut), `mmap_size=0` (an I/O error is an error, not a
//! signal), SQLite of at least 3.51.3.

#[path = "verbs.rs"]
pub mod verbs;

use crate::model::{Committed, PageCommit, StoreHealth};
use crate::schema::{MIGRATIONS, known};
use crate::{Result, StoreError};
use daylight_domain::ledger::HashAlgorithm;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection as _, Pool, Row};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
pub use verbs::Verbs;
use verbs::failed;

/// `?`: to SQLite `$1` is a name, which it looks for among all names of the statement.
const NUMBERED: bool = false;

type Db = sqlx::Sqlite;
type Connection = sqlx::SqliteConnection;

/// The oldest SQLite that is known to commit what it acknowledges under concurrent checkpoints.
const OLDEST: (u32, u32, u32) = (3, 51, 3);
/// Pages that one disk flush may carry.
const GROUP: usize = 16;

/// What SQLite's planner should believe of the tables: a large county. Without it, it takes a department for ten rows and
/// reads all events of one to find those of a case. Measuring (`ANALYZE`) an empty file would teach it the same error.
const STATISTICS: &str = "PRAGMA analysis_limit = 100; ANALYZE; DELETE FROM sqlite_stat1; \
    INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES \
    ('event', 'event', '4000000 100000 1'), ('event', 'event_key', '4000000 100000 7000 1 1'), \
    ('event', 'event_case', '4000000 100000 5'), \
    ('case_view', 'case_view', '1000000 25000 1'), ('case_view', 'case_closed', '1000000 25000 40'), \
    ('case_view', 'case_open', '20000 2 1 1 1'), ('case_view', 'case_open_department', '20000 500 1 1 1 1'), \
    ('case_view', 'case_state', '1000000 25000 3000 1'), ('case_view', 'case_next_due', '100000 2'), ('case_view', 'case_parent', '20000 3 1 1'), ('case_view', 'case_item', '1000000 25000 2000 2 1 1'), \
    ('applicant', 'applicant', '1000000 25000 1'), ('applicant', 'applicant_key', '1000000 25000 2000 2 1 1'), \
    ('finding', 'finding', '200000 5000 1'), ('finding', 'finding_time', '200000 5000 2 2 1 1 1 1 1'), \
    ('finding', 'finding_revoked', '1000 25 5'), ('tally', 'tally', '50000 1250 100 2 1 1'), \
    ('tally', 'tally_level', '50000 1250 25 15 12 1 1 1 1'), ('tally_delta', 'tally_delta', '1000 25 1'), \
    ('finding', 'finding_case', '200000 5000 2'), ('finding', 'finding_rule', '200000 4000 2'), \
    ('card', 'card', '100000 1'), ('card', 'card_department', '100000 2500 300 100'), \
    ('card', 'card_case', '100000 2500 1'), ('card', 'card_answer', '10000 250 5'), ('card', 'card_slot', '100000 2500 1'), ('card', 'card_appealed', '1000 1'), \
    ('card', 'card_newest', '100000 2 1'), ('card', 'card_state', '100000 12000 1 1 1 1'), \
    ('card', 'card_object', '100000 2500 50 1 1 1 1'), ('card', 'card_fact', '100000 2500 2'), \
    ('card', 'card_created', '100000 2500 2 1 1 1'), ('card', 'card_feedback', '100000 2500 50'), \
    ('quarantine', 'quarantine', '100000 1'), ('quarantine', 'quarantine_digest', '100000 2500 1'), \
    ('quarantine', 'quarantine_key', '100000 2500 2'), ('quarantine', 'quarantine_department', '100000 2500 1200'), \
    ('quarantine', 'quarantine_waiting', '10000 2500 2'), \
    ('run', 'run', '1000000 1'), ('run', 'run_department', '1000000 25000 1'), \
    ('matter', 'matter', '10000 1'), ('matter', 'matter_department', '10000 3000 100 20'), \
    ('delivery', 'delivery', '1000000 1'), ('delivery', 'delivery_due', '1000 100 10'), \
    ('delivery', 'delivery_open', '1000 100 100 10'), ('delivery', 'delivery_sent', '1000000 100000 10'), \
    ('delivery', 'delivery_state', '1000000 300000 1'), \
    ('raw_page', NULL, '100000'), ('department', 'sqlite_autoindex_department_1', '40 1'); \
    ANALYZE sqlite_schema;";

type Writer = Option<mpsc::Sender<Job>>;
type Job = (PageCommit, oneshot::Sender<Result<Committed>>);

async fn begin(pool: &Pool<Db>) -> Result<sqlx::Transaction<'static, Db>> {
    pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)
}

impl Verbs {
    /// Opens the file, makes it if there is none, brings the schema up to date after a backup beside it.
    ///
    /// # Errors
    /// [`StoreError::SchemaNewer`] for a file of a newer program; [`StoreError::Unusable`] for an old SQLite or a ledger
    /// that was begun with another hash.
    pub async fn open(file: &Path, algorithm: HashAlgorithm) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .pragma("mmap_size", "0")
            .pragma("cache_size", "-32768")
            .pragma("temp_store", "memory")
            .pragma("wal_autocheckpoint", "16000")
            .statement_cache_capacity(64);
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await
            .map_err(failed)?;
        let version: String = sqlx::query("SELECT sqlite_version() AS v")
            .fetch_one(&write)
            .await
            .and_then(|r| r.try_get("v"))
            .map_err(failed)?;
        if numbers(&version) < OLDEST {
            let want = format!("{}.{}.{}", OLDEST.0, OLDEST.1, OLDEST.2);
            return Err(StoreError::Unusable(format!("SQLite {version} is older than {want}")));
        }
        migrate(&write, file).await?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options.read_only(true).create_if_missing(false))
            .await
            .map_err(failed)?;
        let mut store = Self::new(read, write, algorithm);
        crate::same_hash(&store, algorithm).await?;
        let (writer, jobs) = mpsc::channel(256);
        tokio::spawn(write_loop(store.clone(), jobs));
        store.writer = Some(writer);
        Ok(store)
    }
}

impl Verbs {
    /// Opens a copy for reading: nothing is migrated, nothing written.
    ///
    /// # Errors
    /// A file that is no database of this program, or of a newer one.
    pub async fn open_copy(file: &Path, algorithm: HashAlgorithm) -> Result<Self> {
        // Immutable: a copy that lies on a read-only medium can be proven too, and nothing appears beside it.
        let options = SqliteConnectOptions::new().filename(file).read_only(true).immutable(true);
        let pool = SqlitePoolOptions::new().max_connections(2).connect_with(options).await.map_err(failed)?;
        let found: i64 =
            sqlx::query("PRAGMA user_version").fetch_one(&pool).await.and_then(|r| r.try_get(0)).map_err(failed)?;
        if found > known() {
            return Err(StoreError::SchemaNewer { found, known: known() });
        }
        Ok(Self::new(pool.clone(), pool, algorithm))
    }

    /// Opens the database for reading beside who writes it: nothing is migrated, nothing written.
    ///
    /// # Errors
    /// A file that cannot be opened, or whose schema is not that of this program.
    pub async fn open_beside(file: &Path, algorithm: HashAlgorithm) -> Result<Self> {
        let options = SqliteConnectOptions::new().filename(file).read_only(true);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(failed)?;
        let found: i64 =
            sqlx::query("PRAGMA user_version").fetch_one(&pool).await.and_then(|r| r.try_get(0)).map_err(failed)?;
        if found != known() {
            return Err(StoreError::Unusable(format!("schema {found}, this program knows {}", known())));
        }
        Ok(Self::new(pool.clone(), pool, algorithm))
    }

    /// Asks SQLite whether the file is sound.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] with what it says.
    pub async fn integrity(&self) -> Result<()> {
        let said: String = sqlx::query("PRAGMA integrity_check(5)")
            .fetch_one(&self.read)
            .await
            .and_then(|r| r.try_get(0))
            .map_err(failed)?;
        if said == "ok" { Ok(()) } else { Err(StoreError::Unusable(said)) }
    }
}

fn numbers(version: &str) -> (u32, u32, u32) {
    let mut parts = version.split('.').map(|p| p.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

async fn migrate(pool: &Pool<Db>, file: &Path) -> Result<()> {
    let mut conn = pool.acquire().await.map_err(failed)?;
    let found: i64 =
        sqlx::query("PRAGMA user_version").fetch_one(&mut *conn).await.and_then(|r| r.try_get(0)).map_err(failed)?;
    let known = known();
    if found > known {
        return Err(StoreError::SchemaNewer { found, known });
    }
    if found > 0 && found < known {
        let copy = file.with_extension(format!("before-schema-{known}.db"));
        // A start that failed before may have left a copy; the database has not changed since.
        let part = copy.with_extension("part");
        let disk = |e: std::io::Error| StoreError::Unusable(format!("{}: {e}", copy.display()));
        if part.exists() {
            std::fs::remove_file(&part).map_err(disk)?;
        }
        vacuum_into(&mut conn, &part).await?;
        std::fs::rename(&part, &copy).map_err(disk)?;
        tracing::info!(copy = %copy.display(), "database copied before migration");
    }
    for (version, text) in (1i64..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        let mut tx = conn.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        sqlx::raw_sql(*text).execute(&mut *tx).await.map_err(failed)?;
        sqlx::raw_sql(AssertSqlSafe(format!("PRAGMA user_version = {version}")))
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
    }
    if found < known {
        sqlx::raw_sql(STATISTICS).execute(&mut *conn).await.map_err(failed)?;
    }
    Ok(())
}

async fn vacuum_into(conn: &mut Connection, to: &Path) -> Result<()> {
    let name = to.to_str().ok_or_else(|| StoreError::Unusable(format!("{} is not UTF-8", to.display())))?;
    sqlx::query("VACUUM INTO $1").bind(name.to_owned()).execute(conn).await.map_err(failed)?;
    Ok(())
}

async fn backup(verbs: &Verbs, to: &Path) -> Result<PathBuf> {
    let mut conn = verbs.read.acquire().await.map_err(failed)?;
    vacuum_into(&mut conn, to).await?;
    Ok(to.to_path_buf())
}

async fn health(verbs: &Verbs) -> Result<StoreHealth> {
    let one = |sql: &'static str| async move { sqlx::query(sql).fetch_one(&verbs.read).await.map_err(failed) };
    let version = one("SELECT sqlite_version() AS v").await?.try_get("v").map_err(failed)?;
    let schema = one("PRAGMA user_version").await?.try_get(0).map_err(failed)?;
    let pages: i64 = one("PRAGMA page_count").await?.try_get(0).map_err(failed)?;
    let size: i64 = one("PRAGMA page_size").await?.try_get(0).map_err(failed)?;
    Ok(StoreHealth {
        engine: "sqlite".to_owned(),
        version,
        schema,
        size: u64::try_from(pages.saturating_mul(size)).unwrap_or(0),
        notes: Vec::new(),
    })
}

/// Takes what waits, up to a bound, and gives it one flush. Each commit stands or falls alone, by its savepoint.
async fn write_loop(verbs: Verbs, mut jobs: mpsc::Receiver<Job>) {
    while let Some(first) = jobs.recv().await {
        let mut group = vec![first];
        while group.len() < GROUP
            && let Ok(next) = jobs.try_recv()
        {
            group.push(next);
        }
        let (commits, answers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        let results = write_group(&verbs, commits).await;
        for (answer, result) in answers.into_iter().zip(results) {
            // Whoever asked may have gone; the page is written all the same.
            let _ = answer.send(result);
        }
    }
}

async fn write_group(verbs: &Verbs, mut commits: Vec<PageCommit>) -> Vec<Result<Committed>> {
    let mut results = Vec::with_capacity(commits.len());
    let count = commits.len();
    let all = async {
        let mut tx = begin(&verbs.write).await?;
        for commit in &mut commits {
            let mut point = tx.begin().await.map_err(failed)?;
            match verbs.apply(&mut point, commit).await {
                Ok(done) => {
                    point.commit().await.map_err(failed)?;
                    results.push(Ok(done));
                }
                Err(error) => {
                    point.rollback().await.map_err(failed)?;
                    results.push(Err(error));
                }
            }
        }
        tx.commit().await.map_err(failed)
    }
    .await;
    match all {
        Ok(()) => results,
        Err(error) => (0..count).map(|_| Err(StoreError::Database(error.to_string()))).collect(),
    }
}

async fn commit(verbs: &Verbs, commit: PageCommit) -> Result<Committed> {
    let gone = || StoreError::Unusable("the writer has stopped".to_owned());
    let writer = verbs.writer.as_ref().ok_or_else(gone)?;
    let (answer, result) = oneshot::channel();
    writer.send((commit, answer)).await.map_err(|_| gone())?;
    result.await.map_err(|_| gone())?
}

/// Runs statements on a SQLite file that is not a store: the database of a made-up department.
///
/// # Errors
/// The first statement that fails.
pub async fn run_script(file: &Path, script: &[String]) -> Result<()> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal);
    let mut conn = Connection::connect_with(&options).await.map_err(failed)?;
    let mut tx = conn.begin().await.map_err(failed)?;
    for statement in script {
        sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut *tx).await.map_err(failed)?;
    }
    tx.commit().await.map_err(failed)?;
    conn.close().await.map_err(failed)
}
