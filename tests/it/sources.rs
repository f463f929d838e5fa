//! Real MariaDB and PostgreSQL as department databases, through `sql-view`.

use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::place::{TODAY, write_sample};
use daylight_domain::Timestamp;
use daylight_domain::cell::Cell;
use daylight_domain::source::{SourceDatabase, SourceError};
use daylight_store::{CaseFilter, RunRow, Sources};
use daylight_tests::servers;
use sqlx::{AssertSqlSafe, Connection, Executor};
use std::sync::Arc;

const CASES: u32 = 2_500;

/// One connection of either kind, for the department's own people.
enum Own {
    Maria(sqlx::MySqlConnection),
    Postgres(sqlx::PgConnection),
}

impl Own {
    async fn connect(url: &str) -> Self {
        let open = if url.starts_with("mysql") {
            sqlx::MySqlConnection::connect(url).await.map(Own::Maria)
        } else {
            sqlx::PgConnection::connect(url).await.map(Own::Postgres)
        };
        open.expect("a connection")
    }

    async fn run(&mut self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        let done = match self {
            Own::Maria(c) => c.execute(sqlx::raw_sql(sql)).await.map(|_| ()),
            Own::Postgres(c) => c.execute(sqlx::raw_sql(sql)).await.map(|_| ()),
        };
        done.expect("the department's own statement");
    }

    /// `n` cases whose change times repeat, so that only time and id together are a key.
    async fn insert(&mut self, from: u32, n: u32, version: u32) {
        for start in (from..from + n).step_by(500) {
            let rows: Vec<String> = (start..(start + 500).min(from + n))
                .map(|i| {
                    let second = i / 100;
                    format!(
                        "({i}, '2026-03-02 09:{:02}:{:02}.25', 'SQ', 'S{i:05}', {version}, 'HL-0101', '示例 🙂 {i}', 12.50)",
                        second / 60 + 10 * version,
                        second % 60
                    )
                })
                .collect();
            self.run(&format!("INSERT INTO events VALUES {}", rows.join(", "))).await;
        }
    }
}

struct Bench {
    folder: tempfile::TempDir,
    address: String,
    extra: String,
}

impl Bench {
    async fn open(&self) -> Arc<App> {
        let config = self.folder.path().join("config");
        write_sample(&config).expect("a sample");
        let text = format!(
            r#"id = "health"
name = "卫生健康局"
phase = "live"
supervised_since = "2026-01-01"
connector = "sql-view"
page_rows = 1000
{}
[grants.database.business]
url = "{}"

[settings]
database = "business"
from = "events"
key = ["changed", "id"]

[[settings.records]]
type = {{ column = "kind", codes = {{ SQ = "apply" }} }}
[settings.records.fields]
source_key = "case_no"
data_version = "version"
case_no = "case_no"
item_code = "item"
event_time = "changed"
case_title = "title"
"#,
            self.extra, self.address
        );
        std::fs::write(config.join("departments/health.toml"), text).expect("written");
        let now = Timestamp::parse(TODAY).expect("a time");
        let loaded = load(&config, now).unwrap_or_else(|p| panic!("{p:#?}"));
        let item = loaded.rules.catalogue.newest().find(|i| i.department == "health").expect("an item").code.clone();
        assert_eq!(item, "HL-0101");
        App::open(loaded, Arc::new(FastClock::new(now, 0))).await.expect("an appliance")
    }

    async fn pull(&self) -> RunRow {
        let app = self.open().await;
        let run = app.pull("health", "manual").await.expect("a run");
        app.close().await;
        run
    }
}

/// What may not be done to a department's database, whoever asks.
async fn refuses(url: &str, statements: &[(&str, &str)]) {
    let mut open = Sources.connect(url).await.expect("a connection");
    for (sql, code) in statements {
        let answer: Result<_, SourceError> = async { open.query(sql, Vec::new()).await?.next(10, 1 << 20).await }.await;
        let error = answer.expect_err(sql);
        assert_eq!(error.code, *code, "{sql}: {error}");
        open = Sources.connect(url).await.expect("a connection");
    }
}

async fn a_department_database(url: &str, create: &str, forbidden: &[(&str, &str)]) {
    let mut own = Own::connect(url).await;
    own.run(create).await;
    own.insert(1, CASES, 1).await;
    let bench = Bench { folder: tempfile::tempdir().expect("a folder"), address: url.to_owned(), extra: String::new() };

    let first = bench.pull().await;
    assert_eq!((first.status.as_str(), first.error.clone()), ("done", None), "{first:?}");
    assert_eq!((first.accepted, first.rejected), (u64::from(CASES), 0));
    assert!(first.pages >= 3, "streamed in pages");
    let second = bench.pull().await;
    assert_eq!((second.records, second.accepted), (0, 0), "the key is past everything");

    // New cases, and a new version of an old one.
    own.insert(CASES + 1, 10, 1).await;
    own.run("DELETE FROM events WHERE id = 7").await;
    own.insert(7, 1, 2).await;
    let third = bench.pull().await;
    assert_eq!((third.records, third.accepted), (11, 11), "{third:?}");

    let app = bench.open().await;
    let row = app.store.case("health", "S00007").await.expect("read").expect("a case");
    assert_eq!(row.case.title.as_deref(), Some("示例 🙂 7"), "text arrives as it was");
    let events = app.store.case_events("health", "S00007").await.expect("events");
    assert_eq!(events.len(), 2, "both versions");
    assert_eq!(
        events.first().expect("an event").event_time,
        Timestamp::parse("2026-03-02T09:10:00.250+08:00").expect("a time"),
        "local time of the county, to the millisecond"
    );
    let filter = CaseFilter { department: Some("health".to_owned()), limit: 10_000, ..CaseFilter::default() };
    assert_eq!(app.store.cases(&filter).await.expect("cases").len(), CASES as usize + 10);
    assert!(app.store.verify_ledger("health").await.expect("a report").verified);
    app.close().await;

    refuses(url, forbidden).await;
    let mut open = Sources.connect(url).await.expect("a connection");
    let mut answer =
        open.query("SELECT title, fee FROM events WHERE id = ?", vec![Cell::Integer(1)]).await.expect("rows");
    let rows = answer.next(10, 1 << 20).await.expect("rows").rows;
    assert_eq!(rows, vec![vec![Cell::Text("示例 🙂 1".to_owned()), Cell::Decimal("12.50".to_owned())]]);

    // A view that is not there, and a server that is not there: named, and later tried again.
    own.run("DROP TABLE events").await;
    let gone = bench.pull().await;
    assert_eq!(gone.error_code.as_deref(), Some("database.query"), "{gone:?}");
    let scheme = if url.starts_with("mysql") { "mysql" } else { "postgres" };
    let nobody = Bench { address: format!("{scheme}://root@127.0.0.1:1/x"), ..bench };
    let absent = nobody.pull().await;
    assert_eq!(absent.error_code.as_deref(), Some("database.unreachable"), "{absent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mariadb_is_read_and_never_written() {
    let Some(server) = servers::mariadb() else { return };
    let mut own = Own::connect(&server.url).await;
    own.run("DROP DATABASE IF EXISTS daylight_source").await;
    own.run("CREATE DATABASE daylight_source CHARACTER SET utf8mb4").await;
    own.run("CREATE OR REPLACE USER 'reader'@'%' IDENTIFIED BY 'right'").await;
    own.run("GRANT SELECT ON daylight_source.* TO 'reader'@'%'").await;
    let (head, _) = server.url.rsplit_once('/').expect("a database");
    let url = format!("{head}/daylight_source");
    let create = "CREATE TABLE events (id BIGINT PRIMARY KEY, changed DATETIME(3) NOT NULL, kind VARCHAR(10), \
                  case_no VARCHAR(40), version INT, item VARCHAR(40), title VARCHAR(200), fee DECIMAL(10,2), \
                  KEY (changed, id)) CHARACTER SET utf8mb4";
    let forbidden = [
        ("DELETE FROM events", "database.not-read-only"),
        ("SELECT 1; DELETE FROM events", "database.not-read-only"),
        ("WITH x AS (SELECT 1) DELETE FROM events", "database.query"),
        ("SELECT 1 INTO OUTFILE '/tmp/daylight-should-not-exist'", "database.not-read-only"),
        ("SELECT 1 /*!50000 into DUMPFILE '/tmp/daylight-should-not-exist' */", "database.not-read-only"),
        ("SELECT 1 -- '\n INTO OUTFILE '/tmp/daylight-should-not-exist'", "database.not-read-only"),
        ("SELECT * FROM events FOR UPDATE NOWAIT, DELETE", "database.query"),
    ];
    a_department_database(&url, create, &forbidden).await;
    let address = head.split_once('@').expect("a user").1;
    let refused = Sources.connect(&format!("mysql://reader:wrong@{address}/daylight_source")).await;
    let refused = refused.err().expect("a wrong password");
    assert_eq!(refused.code, "database.login");
    assert!(!refused.message.contains("wrong"), "no password in a message");
    own.run("DROP DATABASE daylight_source").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_is_read_and_never_written() {
    let Some(server) = servers::postgres() else { return };
    let mut own = Own::connect(&server.url).await;
    own.run("DROP TABLE IF EXISTS events").await;
    let create = "CREATE TABLE events (id BIGINT PRIMARY KEY, changed TIMESTAMP(3) NOT NULL, kind TEXT, case_no TEXT, \
                  version INT, item TEXT, title TEXT, fee NUMERIC(10,2))";
    let forbidden = [
        ("DELETE FROM events", "database.not-read-only"),
        ("SELECT 1; DELETE FROM events", "database.not-read-only"),
        ("WITH x AS (DELETE FROM events RETURNING id) SELECT * FROM x", "database.query"),
        ("SELECT setval('nothing', 1)", "database.query"),
        ("SELECT * FROM events FOR UPDATE", "database.query"),
    ];
    a_department_database(&server.url, create, &forbidden).await;
}
