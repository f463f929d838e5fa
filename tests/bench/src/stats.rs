//! Statistics of a year of a million cases: a county's month, a department's month by item, twelve months; the first time in a new
//! process and again.

use crate::{child, option, percentiles, rate, usage};
use anyhow::{Context, Result, anyhow};
use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::place::write_sample;
use daylight::intake::page::{Prepared, read_line};
use daylight::stats::{Asked, By};
use daylight_domain::Timestamp;
use daylight_domain::check::{CheckContext, FUTURE_TOLERANCE_MS};
use daylight_store::RunRow;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const DEPARTMENTS: u64 = 40;
/// Items of each department.
const ITEMS: u64 = 25;
/// Cases of one page.
const PAGE: u64 = 1_250;
/// When everything has arrived.
const SETTLED: &str = "2026-01-20T12:00:00+08:00";
/// How often each question is asked again.
const AGAIN: usize = 100;

/// `stats [--cases N]`: everything, each in a process of its own.
pub fn all(rest: &[String]) -> Result<()> {
    let cases = option(rest, "--cases", 1_000_000)?.to_string();
    let folder = std::env::temp_dir().join(format!("daylight-stats-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let dir = folder.display().to_string();
    let measured = (|| {
        child(&["stats-settle", &dir, &cases])?;
        for what in ["county-month", "department-month", "county-year", "department-facts", "recount"] {
            child(&["stats-ask", &dir, what])?;
        }
        Ok(())
    })();
    std::fs::remove_dir_all(folder)?;
    measured
}

pub fn id(n: u64) -> String {
    format!("d{n:02}")
}

pub async fn open(dir: &Path) -> Result<Arc<App>> {
    let now = Timestamp::parse(SETTLED).context("a time")?;
    let loaded =
        load(&dir.join("config"), now).map_err(|p| anyhow!("{:?}", p.iter().map(|p| p.line()).collect::<Vec<_>>()))?;
    App::open(loaded, Arc::new(FastClock::new(now, 0))).await.map_err(|e| anyhow!(e.line()))
}

/// A year: cases begin on every day but weekends, are accepted, handled in a step and finished; some late, some at other windows.
pub async fn settle(dir: &Path, cases: u64) -> Result<Value> {
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
        let mut items = String::new();
        for i in 0..ITEMS {
            write!(
                items,
                "[[item]]\ncode = \"{0}-{i:02}\"\nversion = 1\nname = \"事项{n:02}{i:02}\"\ndepartment = \"{0}\"\n\
                 task_type = \"01\"\nhandle_type = \"promised\"\nlegal_limit = {{ value = 20, unit = \"working_day\" }}\n\
                 promise_limit = {{ value = 7, unit = \"working_day\" }}\nlegal_basis = \"示例\"\nis_fee = false\n\
                 result_kind = \"none\"\nvalid_from = \"2008-01-01\"\n",
                id(n)
            )?;
        }
        std::fs::write(config.join(format!("catalogue/{}.toml", id(n))), items)?;
    }
    let app = open(dir).await?;
    let days: Vec<Timestamp> = (0..365)
        .map(|n| Timestamp::parse("2025-01-01").map(|t| t.plus_ms(n * 86_400_000)))
        .collect::<Option<Vec<_>>>()
        .context("days")?
        .into_iter()
        .filter(|t| app.config.rules.calendar.is_working_day(t.date()).unwrap_or(false))
        .collect();
    let (begun, each) = (Instant::now(), cases / DEPARTMENTS);
    let mut records = 0;
    for n in 0..DEPARTMENTS {
        let department = app.department(&id(n)).map_err(|e| anyhow!(e.line()))?;
        let sender = app.sender(department).await.map_err(|e| anyhow!(e.line()))?;
        let context = CheckContext {
            catalogue: &app.config.rules.catalogue,
            department: &id(n),
            received: app.clock.now(),
            future_tolerance_ms: FUTURE_TOLERANCE_MS,
        };
        for from in (0..each).step_by(usize::try_from(PAGE)?) {
            let until = (from + PAGE).min(each);
            let mut incoming = Vec::new();
            for i in from..until {
                let at = usize::try_from(i * u64::try_from(days.len())? / each)?;
                let mixed = i.wrapping_mul(2_654_435_761) >> 7;
                let (item, window) = (mixed % ITEMS, mixed % 3);
                let day = |after: u64| days.get((at + usize::try_from(after).unwrap_or(0)).min(days.len() - 1));
                let takes = if mixed.is_multiple_of(20) { 9 } else { 1 + mixed % 6 };
                let (start, end) = (day(0).context("a day")?, day(takes).context("a day")?);
                let (start, end) = (start.plus_ms(32_400_000), end.plus_ms(54_000_000));
                let line = |kind: &str, at: Timestamp, more: &str| {
                    format!(
                        "{{\"type\":\"{kind}\",\"case_no\":\"C{i:07}\",\"item_code\":\"{}-{item:02}\",\
                         \"source_key\":\"{kind}{i}\",\"data_version\":1,\"event_time\":\"{}\"{more}}}",
                        id(n),
                        at.rfc3339()
                    )
                };
                let step = format!(
                    ",\"step\":\"审查\",\"started_at\":\"{}\",\"ended_at\":\"{}\"",
                    start.rfc3339(),
                    end.rfc3339()
                );
                let accept = format!(",\"accept_doc_no\":\"受{i}\",\"window\":\"{window}号窗\"");
                let mut lines = vec![
                    line("apply", start, ",\"applicant_type\":\"natural\""),
                    line("accept", start.plus_ms(600_000), &accept),
                    line("step", start.plus_ms(900_000), &step),
                ];
                // One in fifty is still open.
                if mixed % 50 != 1 {
                    lines.push(line("finish", end.plus_ms(600_000), ",\"finish_type\":\"granted\""));
                }
                incoming.extend(lines.iter().map(|l| read_line(l, &context)));
            }
            records += incoming.len();
            let run =
                RunRow { id: format!("{n}-{from}"), department: id(n), kind: "import".into(), ..RunRow::default() };
            let page = Prepared::new(incoming, app.config.rules.algorithm);
            let (_, run) = app.take(&sender, &page, None, run, true).await.map_err(|e| anyhow!(e.line()))?;
            anyhow::ensure!(run.rejected == 0 && run.waiting == 0, "{run:?}");
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    app.fire_due().await.map_err(|e| anyhow!(e.line()))?;
    // With all changes of the last commits beside the cells.
    let (month, mut pending) = (month()?, Vec::new());
    for _ in 0..10 {
        let begun = Instant::now();
        app.stats(&month).await.map_err(|e| anyhow!(e.line()))?;
        pending.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    let mut folding = Vec::new();
    for n in 0..DEPARTMENTS {
        let begun = Instant::now();
        app.store.fold_tally(&id(n)).await?;
        folding.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    app.close().await;
    let mut value = rate(u64::try_from(records)?, seconds, &usage::used());
    value["cases"] = (each * DEPARTMENTS).into();
    value["county_month_before_fold_ms"] = percentiles(pending);
    value["fold_ms"] = percentiles(folding);
    Ok(value)
}

fn month() -> Result<Asked> {
    Ok(Asked::of("2025-09-01".parse()?, "2025-09-30".parse()?))
}

/// One question: asked first in this process, and again.
pub async fn ask(dir: &Path, what: &str) -> Result<Value> {
    let app = open(dir).await?;
    let date = |text: &str| text.parse().context("a date");
    let month = month()?;
    let year = Asked::of(date("2025-01-01")?, date("2025-12-31")?);
    let asked = match what {
        "county-month" => month,
        "department-month" => Asked { department: Some(id(7)), group: Some(By::Item), ..month },
        "county-year" => year,
        "department-facts" => {
            let (from, to) = (date("2025-09-01")?, date("2025-10-01")?);
            return repeat(|| async {
                Ok(app.measures(&id(7), from, to).await.map_err(|e| anyhow!(e.line()))?.len() as u64)
            })
            .await;
        }
        _ => {
            let begun = Instant::now();
            let found = app.recount(&id(7)).await.map_err(|e| anyhow!(e.line()))?;
            anyhow::ensure!(found.equal, "{found:?}");
            return Ok(json!({ "cases": found.cases, "recount_ms": begun.elapsed().as_millis() }));
        }
    };
    repeat(|| async { Ok(app.stats(&asked).await.map_err(|e| anyhow!(e.line()))?.total.finished) }).await
}

async fn repeat<F: Future<Output = Result<u64>>>(question: impl Fn() -> F) -> Result<Value> {
    let timed = async || -> Result<(f64, u64)> {
        let begun = Instant::now();
        let n = question().await?;
        Ok((begun.elapsed().as_secs_f64() * 1000.0, n))
    };
    let (first, counted) = timed().await?;
    let mut again = Vec::new();
    for _ in 0..AGAIN {
        again.push(timed().await?.0);
    }
    Ok(json!({ "counted": counted, "first_ms": (first * 10.0).round() / 10.0, "again_ms": percentiles(again),
               "peak_mb": usage::used().peak_mb }))
}
