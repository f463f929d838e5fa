//! A million open cases, each with a due time, and ten thousand of them due at the same instant: what a start costs, what
//! judging one case costs, how late the cards are.

use crate::{child, option, percentiles, rate, usage};
use anyhow::{Context, Result, anyhow};
use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::place::write_sample;
use daylight::intake::page::{Prepared, read_line};
use daylight_domain::Timestamp;
use daylight_domain::check::{CheckContext, FUTURE_TOLERANCE_MS};
use daylight_domain::rule::{Around, Facts, judge};
use daylight_store::{CardFilter, CaseFilter, RunRow};
use serde_json::{Value, json};
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const DEPARTMENTS: u64 = 40;
/// When the many were accepted; the few, two working days before the instant.
const MANY: &str = "2026-04-09 10:00:00";
const FEW: &str = "2026-04-08 10:00:00";
/// When everything has arrived.
const SETTLED: &str = "2026-04-09T12:00:00+08:00";
/// The day before the last one of the few begins: their reminder is due.
const INSTANT: &str = "2026-04-10T00:00:00+08:00";

/// `due [--cases N] [--at-once N]`: everything, each in a process of its own.
pub fn all(rest: &[String]) -> Result<()> {
    let (cases, at_once) = (option(rest, "--cases", 1_000_000)?, option(rest, "--at-once", 10_000)?);
    let folder = std::env::temp_dir().join(format!("daylight-due-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let dir = folder.display().to_string();
    let measured = (|| {
        child(&["due-settle", &dir, &cases.to_string(), &at_once.to_string()])?;
        child(&["due-judge", &dir])?;
        child(&["due-start", &dir])?;
        child(&["due-fire", &dir, &at_once.to_string()])?;
        child(&["due-calendar", &dir])
    })();
    std::fs::remove_dir_all(folder)?;
    measured.map(drop)
}

fn id(n: u64) -> String {
    format!("d{n:02}")
}

fn item(n: u64, name: &str, promise: u32, legal: u32) -> String {
    format!(
        "[[item]]\ncode = \"{}-{name}\"\nversion = 1\nname = \"事项{n:02}{name}\"\ndepartment = \"{}\"\ntask_type = \"01\"\n\
         handle_type = \"promised\"\nlegal_limit = {{ value = {legal}, unit = \"working_day\" }}\n\
         promise_limit = {{ value = {promise}, unit = \"working_day\" }}\nlegal_basis = \"示例\"\nis_fee = false\n\
         result_kind = \"certificate\"\nvalid_from = \"2008-01-01\"\n",
        id(n),
        id(n)
    )
}

/// Prepares the county: nearly all cases have weeks to go, `at_once` of them are reminded of at one instant.
pub async fn settle(dir: &Path, cases: u64, at_once: u64) -> Result<Value> {
    let config = dir.join("config");
    write_sample(&config).map_err(|e| anyhow!(e.line()))?;
    for file in ["departments", "catalogue"] {
        for entry in std::fs::read_dir(config.join(file))? {
            std::fs::remove_file(entry?.path())?;
        }
    }
    for n in 0..DEPARTMENTS {
        let text = format!(
            "id = \"{0}\"\nname = \"部门{n:02}\"\nphase = \"live\"\nsupervised_since = \"2026-01-01\"\nsla_minutes = 2880\n",
            id(n)
        );
        std::fs::write(config.join(format!("departments/{}.toml", id(n))), text)?;
        let items = item(n, "LONG", 40, 60) + &item(n, "SHORT", 3, 20);
        std::fs::write(config.join(format!("catalogue/{}.toml", id(n))), items)?;
    }
    let settled = Timestamp::parse(SETTLED).context("a time")?;
    let app = open(dir, settled, 0).await?;
    let (begun, each, few) = (Instant::now(), cases / DEPARTMENTS, at_once / DEPARTMENTS);
    for n in 0..DEPARTMENTS {
        let department = app.department(&id(n)).map_err(|e| anyhow!(e.line()))?;
        let sender = app.sender(department).await.map_err(|e| anyhow!(e.line()))?;
        let context = CheckContext {
            catalogue: &app.config.rules.catalogue,
            department: &id(n),
            received: settled,
            future_tolerance_ms: FUTURE_TOLERANCE_MS,
        };
        for from in (0..each).step_by(2_500) {
            let mut incoming = Vec::new();
            for i in from..(from + 2_500).min(each) {
                let (item, at) = if i < few { ("SHORT", FEW) } else { ("LONG", MANY) };
                for kind in ["apply", "accept"] {
                    let line = format!(
                        "{{\"type\":\"{kind}\",\"case_no\":\"C{i:07}\",\"item_code\":\"{}-{item}\",\"source_key\":\"C{i:07}\",\
                         \"data_version\":1,\"event_time\":\"{at}\",\"accept_doc_no\":\"受〔2026〕{i}\"}}",
                        id(n)
                    );
                    incoming.push(read_line(&line, &context));
                }
            }
            let run =
                RunRow { id: format!("{n}-{from}"), department: id(n), kind: "import".into(), ..RunRow::default() };
            let page = Prepared::new(incoming, app.config.rules.algorithm);
            let (_, run) = app.take(&sender, &page, None, run, true).await.map_err(|e| anyhow!(e.line()))?;
            anyhow::ensure!(run.rejected == 0, "{run:?}");
        }
    }
    let mut value = rate(each * DEPARTMENTS * 2, begun.elapsed().as_secs_f64(), &usage::used());
    app.close().await;
    value["database_mb"] = std::fs::metadata(dir.join("data/daylight.db"))?.len().div_euclid(1 << 20).into();
    Ok(value)
}

async fn open(dir: &Path, now: Timestamp, factor: u32) -> Result<Arc<App>> {
    let loaded =
        load(&dir.join("config"), now).map_err(|p| anyhow!("{:?}", p.iter().map(|p| p.line()).collect::<Vec<_>>()))?;
    App::open(loaded, Arc::new(FastClock::new(now, factor))).await.map_err(|e| anyhow!(e.line()))
}

/// What judging one case by every rule costs, nothing read and nothing written.
pub async fn judging(dir: &Path) -> Result<Value> {
    let now = Timestamp::parse(SETTLED).context("a time")?;
    let app = open(dir, now, 0).await?;
    let filter = CaseFilter { department: Some(id(0)), limit: 20_000, ..CaseFilter::default() };
    let rows = app.store.cases(&filter).await?;
    let (rules, begun) = (&app.config.rules, Instant::now());
    for row in &rows {
        let item = rules.catalogue.version(&row.case.item_code, row.case.item_version).map(Arc::as_ref);
        let facts = Facts {
            case: &row.case,
            item,
            department: &row.department,
            around: Around::NOTHING,
            calendar: &rules.calendar,
            schedule: &rules.schedule,
            mode: rules.mode,
            now,
            sla_ms: i64::MAX,
        };
        black_box(judge(&rules.book, &facts));
    }
    let us = begun.elapsed().as_secs_f64() * 1e6 / rows.len() as f64;
    app.close().await;
    Ok(json!({ "judged": rows.len(), "us_per_case": (us * 100.0).round() / 100.0 }))
}

/// From nothing to the first look at what is due, with every due time armed.
pub async fn start(dir: &Path) -> Result<Value> {
    let now = Timestamp::parse(SETTLED).context("a time")?;
    let begun = Instant::now();
    let app = open(dir, now, 0).await?;
    let opened = begun.elapsed();
    let next = app.store.next_due().await?;
    let fired = app.fire_due().await.map_err(|e| anyhow!(e.line()))?;
    let armed = begun.elapsed();
    let resident = usage::resident_mb();
    app.close().await;
    Ok(json!({
        "opened_ms": opened.as_millis(), "armed_ms": armed.as_millis(), "fired": fired, "next_due": next.map(|t| t.rfc3339()),
        "resident_mb": resident,
    }))
}

/// What a start with a new calendar costs: every open case is armed for now, and judged again while the house is open.
pub async fn calendar(dir: &Path) -> Result<Value> {
    let now = Timestamp::parse(INSTANT).context("a time")?;
    // Another calendar: one year fewer, which no case of this county lies in.
    std::fs::remove_file(dir.join("config/calendar/2008.toml"))?;
    let begun = Instant::now();
    let app = open(dir, now.plus_ms(3_600_000), 0).await?;
    let opened = begun.elapsed();
    let judged = app.fire_due().await.map_err(|e| anyhow!(e.line()))?;
    let all = begun.elapsed();
    app.close().await;
    Ok(json!({
        "opened_ms": opened.as_millis(), "judged": judged, "judged_s": (all - opened).as_secs(),
        "peak_mb": usage::used().peak_mb,
    }))
}

/// The jobs of the house run by the real clock; ten thousand reminders fall due at one instant. How late was each card there?
pub async fn fire(dir: &Path, at_once: u64) -> Result<Value> {
    let instant = Timestamp::parse(INSTANT).context("a time")?;
    let app = open(dir, instant.plus_ms(-5_000), 1).await?;
    // What a round finds that has nothing to do with time (items without a flow chart) is found before.
    app.look_at_everything().await.map_err(|e| anyhow!(e.line()))?;
    let (before, resident) = (usage::used().cpu_s, usage::resident_mb());
    let first = app.store.outbox_end().await?;
    let stop = Arc::new(tokio::sync::Notify::new());
    let (house, ending) = (Arc::clone(&app), Arc::clone(&stop));
    let jobs = tokio::spawn(async move { daylight::jobs::run(house, async move { ending.notified().await }).await });
    let (mut seen, mut late) = (first, Vec::new());
    let until = Instant::now() + Duration::from_secs(120);
    let mut look = tokio::time::interval(Duration::from_millis(2));
    // Samples are taken at a rate: each place in the order of commits is a card.
    while (late.len() as u64) < at_once && Instant::now() < until {
        look.tick().await;
        let end = app.store.outbox_end().await?;
        let now = app.clock.now();
        late.extend((seen..end).map(|_| (now.0 - instant.0) as f64));
        seen = end;
    }
    stop.notify_one();
    jobs.await?;
    let used = usage::used();
    let cards = app.store.cards(&CardFilter { limit: u32::MAX, ..CardFilter::default() }).await?;
    let reminders = cards.iter().filter(|c| c.rule == "T-01" && c.created_at >= instant).count();
    app.close().await;
    Ok(json!({
        "due_at_once": at_once, "reminders": reminders, "late_ms": percentiles(late),
        "cpu_s": ((used.cpu_s - before) * 100.0).round() / 100.0, "resident_at_start_mb": resident, "peak_mb": used.peak_mb,
    }))
}
