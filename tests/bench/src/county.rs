//! The appliance itself over the source.

use crate::{MORE, ceiling, rate, usage};
use anyhow::{Context, Result, anyhow};
use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::place::write_sample;
use daylight::intake::page::{Prepared, read_line};
use daylight_domain::Timestamp;
use daylight_domain::check::{CheckContext, FUTURE_TOLERANCE_MS};
use daylight_store::RunRow;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// By then everything has happened.
const NOW: &str = "2026-04-02T09:00:00+08:00";

/// A county with one department that is pulled from the source.
async fn open(url: &str, dir: &Path) -> Result<Arc<App>> {
    let config = dir.join("config");
    if !config.exists() {
        write_sample(&config).map_err(|e| anyhow!(e.line()))?;
        let text = format!(
            r#"id = "market"
name = "市场监督管理局"
phase = "live"
supervised_since = "2026-04-02"
connector = "sql-view"
page_rows = 5000

[grants.database.business]
url = "{url}"

[settings]
database = "business"
from = "records"
key = ["id"]

[[settings.records]]
type = {{ column = "kind", codes = {{ SQ = "apply", SL = "accept", HJ = "step", JD = "decide", BJ = "finish" }} }}
[settings.records.fields]
source_key = "row_key"
case_no = "case_no"
item_code = "item"
event_time = "changed"
accept_doc_no = {{ value = "受字〔2026〕1号" }}
case_title = "title"
applicant_type = {{ column = "applicant", codes = {{ "1" = "natural", "2" = "enterprise" }} }}
channel = {{ column = "channel", codes = {{ "0" = "window", "1" = "web" }} }}
step = "step"
staff = "staff"
started_at = "begun"
ended_at = "ended"
decision = {{ column = "decided", codes = {{ "1" = "granted" }} }}
finish_type = {{ column = "result", codes = {{ "0" = "granted" }} }}
"#
        );
        std::fs::write(config.join("departments/market.toml"), text)?;
        // An ordinary item: a promise, a legal limit, a step with a limit of its own, nothing to deliver.
        std::fs::write(
            config.join("catalogue/bench.toml"),
            r#"[[item]]
code = "BE-0101"
version = 1
name = "食品经营许可（变更）"
department = "market"
task_type = "01"
handle_type = "promised"
legal_limit = { value = 20, unit = "working_day" }
promise_limit = { value = 7, unit = "working_day" }
legal_basis = "食品经营许可和备案管理办法"
is_fee = false
result_kind = "none"
valid_from = "2008-01-01"
[item.flow]
nodes = [
  { id = "start", kind = "start", name = "开始" },
  { id = "accept", kind = "accept", name = "受理", mandatory = true },
  { id = "examine", kind = "step", name = "审查", mandatory = true, limit = 3 },
  { id = "decide", kind = "decide", name = "决定", mandatory = true },
  { id = "end", kind = "end", name = "办结" },
]
edges = [
  { from = "start", to = "accept" },
  { from = "accept", to = "examine" },
  { from = "examine", to = "decide" },
  { from = "decide", to = "end" },
]
"#,
        )?;
    }
    let now = Timestamp::parse(NOW).context("a time")?;
    let loaded = load(&config, now).map_err(|p| anyhow!("{:?}", p.iter().map(|p| p.line()).collect::<Vec<_>>()))?;
    App::open(loaded, Arc::new(FastClock::new(now, 0))).await.map_err(|e| anyhow!(e.line()))
}

async fn one_pull(app: &App) -> Result<RunRow> {
    let run = app.pull("market", "bench").await.map_err(|e| anyhow!(e.line()))?;
    if run.status != "done" || run.rejected > 0 || run.waiting > 0 {
        anyhow::bail!("{run:?}");
    }
    Ok(run)
}

/// (a): everything, end to end: read, through the plugin, checked, judged, committed, cards issued.
pub async fn pull(url: &str, dir: &Path) -> Result<Value> {
    let app = open(url, dir).await?;
    // Compiled before the clock starts: it happens once per version of a plugin.
    app.plugin("sql-view").await.map_err(|e| anyhow!(e.line()))?;
    let before = usage::used().cpu_s;
    let samples = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (list, begun) = (Arc::clone(&samples), Instant::now());
    // Until when pages came; what follows is judging cases that had to wait for the end of the source.
    let pages = Arc::new(std::sync::Mutex::new(0.0));
    let (house, until) = (Arc::clone(&app), Arc::clone(&pages));
    tokio::spawn(async move {
        // Samples are taken at a rate; nothing waits for them.
        let mut sample = tokio::time::interval(std::time::Duration::from_millis(100));
        loop {
            sample.tick().await;
            if house.is_pulling("market")
                && let Ok(mut until) = until.lock()
            {
                *until = begun.elapsed().as_secs_f64();
            }
            if let Ok(mut list) = list.lock() {
                list.push(usage::resident_mb());
            }
        }
    });
    let run = one_pull(&app).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let used = usage::used();
    let samples = samples.lock().map(|l| l.clone()).unwrap_or_default();
    let quarters: Vec<u64> = (1..=4)
        .map(|q| {
            samples.iter().take(samples.len() * q / 4).skip(samples.len() * (q - 1) / 4).copied().max().unwrap_or(0)
        })
        .collect();
    let mut value = rate(run.accepted, seconds, &used);
    value["cpu_s"] = json!(((used.cpu_s - before) * 100.0).round() / 100.0);
    value["resident_mb_by_quarter"] = json!(quarters);
    value["pages"] = run.pages.into();
    value["pages_s"] = json!(pages.lock().map(|p| *p).unwrap_or(0.0));
    let filter = daylight_store::CardFilter { limit: u32::MAX, ..Default::default() };
    value["cards"] = app.store.cards(&filter).await?.len().into();
    let size = std::fs::metadata(dir.join("data/daylight.db")).map_or(0, |m| m.len());
    value["database_mb"] = (size >> 20).into();
    app.close().await;
    Ok(value)
}

/// (b): a thousand new records on top of everything.
pub async fn more(url: &str, dir: &Path) -> Result<Value> {
    let app = open(url, dir).await?;
    app.plugin("sql-view").await.map_err(|e| anyhow!(e.line()))?;
    let mut times = Vec::new();
    for _ in 0..5 {
        ceiling::append(url).await?;
        let begun = Instant::now();
        let run = one_pull(&app).await?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        anyhow::ensure!(run.accepted == MORE, "{run:?}");
    }
    app.close().await;
    times.sort_by(f64::total_cmp);
    Ok(json!({ "records": MORE, "pull_ms": (times[2] * 10.0).round() / 10.0, "all_ms": times }))
}

const DEPARTMENTS: usize = 40;

/// Prepares (d): 40 departments with so many cases between them, one record each, a tenth of them open.
pub async fn settle_in(dir: &Path, cases: u64) -> Result<Value> {
    let config = dir.join("config");
    write_sample(&config).map_err(|e| anyhow!(e.line()))?;
    for file in ["departments", "catalogue"] {
        for entry in std::fs::read_dir(config.join(file))? {
            std::fs::remove_file(entry?.path())?;
        }
    }
    for n in 0..DEPARTMENTS {
        std::fs::write(
            config.join(format!("departments/d{n:02}.toml")),
            format!("id = \"d{n:02}\"\nname = \"部门{n:02}\"\nphase = \"live\"\nsupervised_since = \"2026-01-01\"\n"),
        )?;
        let mut item = String::new();
        write!(
            item,
            "[[item]]\ncode = \"IT-{n:02}\"\nversion = 1\nname = \"事项{n:02}\"\ndepartment = \"d{n:02}\"\n\
             task_type = \"01\"\nhandle_type = \"promised\"\nlegal_limit = {{ value = 20, unit = \"working_day\" }}\n\
             promise_limit = {{ value = 7, unit = \"working_day\" }}\nlegal_basis = \"示例\"\nis_fee = false\n\
             result_kind = \"certificate\"\nvalid_from = \"2008-01-01\"\n"
        )?;
        std::fs::write(config.join(format!("catalogue/d{n:02}.toml")), item)?;
    }
    let app = reopen(dir).await?;
    let begun = Instant::now();
    let each = cases / DEPARTMENTS as u64;
    for n in 0..DEPARTMENTS {
        let id = format!("d{n:02}");
        let department = app.department(&id).map_err(|e| anyhow!(e.line()))?;
        let sender = app.sender(department).await.map_err(|e| anyhow!(e.line()))?;
        let context = CheckContext {
            catalogue: &app.config.rules.catalogue,
            department: &id,
            received: Timestamp::parse(NOW).context("a time")?,
            future_tolerance_ms: FUTURE_TOLERANCE_MS,
        };
        for from in (0..each).step_by(5_000) {
            let incoming: Vec<_> = (from..(from + 5_000).min(each))
                .map(|i| {
                    let (kind, item) = ("apply", format!("IT-{n:02}"));
                    let line = format!(
                        "{{\"type\":\"{kind}\",\"case_no\":\"C{i:07}\",\"item_code\":\"{item}\",\"source_key\":\"C{i:07}\",\
                         \"data_version\":1,\"event_time\":\"2026-03-{:02} 09:00:00\"}}",
                        1 + i % 31
                    );
                    read_line(&line, &context)
                })
                .collect();
            let run = RunRow {
                id: format!("{id}-{from}"),
                department: id.clone(),
                kind: "import".into(),
                ..RunRow::default()
            };
            let page = Prepared::new(incoming, app.config.rules.algorithm);
            let (_, run) = app.take(&sender, &page, None, run, true).await.map_err(|e| anyhow!(e.line()))?;
            anyhow::ensure!(run.rejected == 0, "{run:?}");
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    app.close().await;
    Ok(rate(each * DEPARTMENTS as u64, seconds, &usage::used()))
}

async fn reopen(dir: &Path) -> Result<Arc<App>> {
    let now = Timestamp::parse(NOW).context("a time")?;
    let loaded =
        load(&dir.join("config"), now).map_err(|p| anyhow!("{:?}", p.iter().map(|p| p.line()).collect::<Vec<_>>()))?;
    App::open(loaded, Arc::new(FastClock::new(now, 0))).await.map_err(|e| anyhow!(e.line()))
}

/// (d): from nothing to the first good answer of `/readyz`.
pub async fn start(dir: &Path) -> Result<Value> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let begun = Instant::now();
    let app = reopen(dir).await?;
    let opened = begun.elapsed();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let house = Arc::clone(&app);
    tokio::spawn(async move { daylight::api::serve(house, listener, std::future::pending()).await });
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    anyhow::ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let ready = begun.elapsed();
    let asked = Instant::now();
    let armed = app.store.next_due().await?;
    let used = usage::used();
    Ok(json!({
        "opened_ms": opened.as_millis(), "ready_ms": ready.as_millis(), "next_due": armed.map(|t| t.rfc3339()),
        "next_due_ms": asked.elapsed().as_millis(), "peak_mb": used.peak_mb,
    }))
}
