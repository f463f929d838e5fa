//! What it costs. `cargo run --release -p daylight-bench -- all` measures everything in processes of their own, so that the
//! peak memory of one is not that of another; each prints one JSON object on a line.
//!
//! (a) exchange records from a MariaDB and an SQLite source through `sql-view` into SQLite, beside the ceilings: a bare
//! read of the source, and the same rows inserted by plain prepared statements. (b) a pull of 1,000 new records on top.
//! (c) what a plugin call costs. (d) start-up of a large county.
//!
//! By themselves, not part of `all`: `due` (a million open cases, ten thousand due at one instant), `live` (from a push to the
//! card in the live stream), `year` (a year of 200,000 cases beside an independent judge), `stats` (statistics of a year of a million
//! cases), `pages` (every page over the same), `score` (a year of a million cases through each standard, in the sandbox and outside),
//! `languages` (the templates of plugins in each language: size, compilation, start, records).

mod ceiling;
mod county;
mod due;
mod languages;
mod live;
mod pages;
mod plugins;
mod score;
mod stats;
mod usage;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// As in the program itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Records of a case: apply, accept, step, decide, finish.
pub const PER_CASE: u64 = 5;
/// New records of (b).
pub const MORE: u64 = 1_000;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let what = args.next().unwrap_or_else(|| "all".to_owned());
    let rest: Vec<String> = args.collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = match (what.as_str(), rest.as_slice()) {
        ("all", rest) => return all(rest),
        ("due", rest) => return due::all(rest),
        ("languages", rest) => return languages::all(rest),
        ("languages-one", [language, records]) => runtime.block_on(languages::one(language, records.parse()?))?,
        ("live", rest) => runtime.block_on(live::measure(rest))?,
        ("year", rest) => runtime.block_on(year(rest))?,
        ("score", rest) => {
            return score::all(option(rest, "--departments", 40)?, option(rest, "--cases", 1_000_000)?);
        }
        ("score-one", [name, departments, cases]) => {
            runtime.block_on(score::standard(name, departments.parse()?, cases.parse()?))?
        }
        ("due-settle", [dir, cases, at_once]) => {
            runtime.block_on(due::settle(Path::new(dir), cases.parse()?, at_once.parse()?))?
        }
        ("due-judge", [dir]) => runtime.block_on(due::judging(Path::new(dir)))?,
        ("due-start", [dir]) => runtime.block_on(due::start(Path::new(dir)))?,
        ("due-calendar", [dir]) => runtime.block_on(due::calendar(Path::new(dir)))?,
        ("due-fire", [dir, at_once]) => runtime.block_on(due::fire(Path::new(dir), at_once.parse()?))?,
        ("live-serve", [dir]) => runtime.block_on(live::serve(Path::new(dir)))?,
        ("pages", rest) => return pages::all(rest),
        ("pages-ask", [dir]) => runtime.block_on(pages::ask(Path::new(dir)))?,
        ("stats", rest) => return stats::all(rest),
        ("stats-settle", [dir, cases]) => runtime.block_on(stats::settle(Path::new(dir), cases.parse()?))?,
        ("stats-ask", [dir, what]) => runtime.block_on(stats::ask(Path::new(dir), what))?,
        ("read", [url]) => runtime.block_on(ceiling::read(url))?,
        ("insert", [url, dir]) => runtime.block_on(ceiling::insert(url, Path::new(dir)))?,
        ("pull", [url, dir]) => runtime.block_on(county::pull(url, Path::new(dir)))?,
        ("more", [url, dir]) => runtime.block_on(county::more(url, Path::new(dir)))?,
        ("plugins", [url]) => runtime.block_on(plugins::measure(url))?,
        ("settle", [dir, cases]) => runtime.block_on(county::settle_in(Path::new(dir), cases.parse()?))?,
        ("start", [dir]) => runtime.block_on(county::start(Path::new(dir)))?,
        ("source", [url, records]) => runtime.block_on(ceiling::make(url, records.parse()?))?,
        _ => bail!(
            "all [--records N] [--only sqlite|mariadb|peers|plugins|start] | due [--cases N] [--at-once N] | \
             live [--seconds N] [--rate N] [--departments N] | year [--per-day N] [--departments N] | stats [--cases N] | pages [--cases N] | \
             score [--departments N] [--cases N] | languages [--records N]"
        ),
    };
    println!("{result}");
    // Guests and pools end with the process.
    std::process::exit(0);
}

/// What follows a name on the command line, as a number.
fn option(rest: &[String], name: &str, otherwise: u64) -> Result<u64> {
    let said = rest.iter().position(|a| a == name).and_then(|at| rest.get(at + 1));
    Ok(said.map(|n| n.parse()).transpose()?.unwrap_or(otherwise))
}

/// A year of a county beside its judge; what differs is printed.
async fn year(rest: &[String]) -> Result<Value> {
    use daylight_tests::year::{Size, live};
    let departments = usize::try_from(option(rest, "--departments", 40)?)?;
    let size = Size { departments, per_day: option(rest, "--per-day", 21)?, hours: &[12, 20], seed: 2026 };
    let folder = std::env::temp_dir().join(format!("daylight-year-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let begun = std::time::Instant::now();
    let year = live(&folder, size).await;
    let size = std::fs::metadata(folder.join("data/daylight.db")).map_or(0, |m| m.len() >> 20);
    std::fs::remove_dir_all(&folder)?;
    println!("{}", year.say());
    for line in year.differences.iter().take(100) {
        println!("differs: {line}");
    }
    let used = usage::used();
    Ok(json!({
        "what": "year", "cases": year.cases, "records": year.records, "findings": year.findings.values().sum::<usize>(),
        "cards": year.cards, "unanswered": year.unanswered, "differences": year.differences.len(),
        "seconds": begun.elapsed().as_secs(), "taking_s": year.taking.as_secs(), "firing_s": year.firing.as_secs(),
        "looking_s": year.looking.as_secs(), "judging_s": year.judging.as_secs(), "peak_mb": used.peak_mb,
        "database_mb": size,
    }))
}

/// Percentiles of milliseconds.
pub fn percentiles(mut ms: Vec<f64>) -> Value {
    ms.sort_by(f64::total_cmp);
    let at = |p: usize| ms.get((ms.len() * p / 100).min(ms.len().saturating_sub(1))).copied().unwrap_or(f64::NAN);
    let round = |n: f64| (n * 10.0).round() / 10.0;
    json!({ "n": ms.len(), "p50": round(at(50)), "p95": round(at(95)), "p99": round(at(99)), "max": round(at(100)) })
}

/// Runs one measurement in a process of its own.
pub fn child(arguments: &[&str]) -> Result<Value> {
    let out = Command::new(std::env::current_exe()?).args(arguments).output()?;
    let text = String::from_utf8_lossy(&out.stdout);
    let line = text.lines().last().unwrap_or_default();
    let mut value: Value = serde_json::from_str(line)
        .with_context(|| format!("{arguments:?}: {text}\n{}", String::from_utf8_lossy(&out.stderr)))?;
    value["what"] = arguments.first().copied().unwrap_or_default().into();
    println!("{value}");
    Ok(value)
}

fn all(rest: &[String]) -> Result<()> {
    let option = |name: &str| rest.iter().position(|a| a == name).and_then(|at| rest.get(at + 1)).cloned();
    let records = option("--records").unwrap_or_else(|| "1000000".to_owned());
    let only = option("--only");
    let wanted = |name: &str| only.as_deref().is_none_or(|o| o == name);
    let folder = std::env::temp_dir().join(format!("daylight-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let at = |name: &str| -> String { folder.join(name).display().to_string() };
    let mut lines = Vec::new();
    if wanted("sqlite") {
        let url = format!("sqlite:{}", at("source.db"));
        child(&["source", &url, &records])?;
        lines.push(one_source("SQLite", &url, &at("sqlite"))?);
    }
    if wanted("mariadb")
        && let Some(server) = daylight_tests::servers::mariadb()
    {
        let url = server.url.clone();
        child(&["source", &url, &records])?;
        lines.push(one_source("MariaDB", &url, &at("mariadb"))?);
    }
    if wanted("peers") {
        let few = records.parse::<u64>()?.min(200_000).to_string();
        let url = format!("sqlite:{}", at("few.db"));
        child(&["source", &url, &few])?;
        let ours = child(&["pull", &url, &at("few")])?;
        if let Some(theirs) = peer(&url, &at("dlt"))? {
            let per = |v: &Value| v["per_second"].as_f64().unwrap_or(0.0);
            let times = per(&ours) / per(&theirs);
            lines.push(format!(
                "peers, {few} records from SQLite: {:.0}/s, dlt merge {:.0}/s: {times:.1} times",
                per(&ours),
                per(&theirs)
            ));
        }
    }
    if wanted("plugins") {
        let url = format!("sqlite:{}", at("source.db"));
        if !Path::new(&at("source.db")).exists() {
            child(&["source", &url, &records])?;
        }
        child(&["plugins", &url])?;
    }
    if wanted("start") {
        let cases = records.clone();
        child(&["settle", &at("large"), &cases])?;
        let start = child(&["start", &at("large")])?;
        lines.push(format!("start-up, 40 departments, {cases} cases: {} ms", start["ready_ms"]));
    }
    for line in &lines {
        println!("{line}");
    }
    drop(std::fs::remove_dir_all(folder));
    Ok(())
}

fn one_source(name: &str, url: &str, dir: &str) -> Result<String> {
    let read = child(&["read", url])?;
    let insert = child(&["insert", url, dir])?;
    let pull = child(&["pull", url, dir])?;
    let more = child(&["more", url, dir])?;
    let per = |v: &Value| v["per_second"].as_f64().unwrap_or(0.0);
    Ok(format!(
        "{name}: {:.0} records/s end to end, {:.2} of the raw insert ({:.0}/s), {:.2} of the bare read ({:.0}/s), \
         {} CPU s, peak {} MB; 1,000 more: {} ms",
        per(&pull),
        per(&pull) / per(&insert),
        per(&insert),
        per(&pull) / per(&read),
        per(&read),
        pull["cpu_s"],
        pull["peak_mb"],
        more["pull_ms"],
    ))
}

/// The same rows through dlt, where it is installed: fewer of them, for it is slow.
fn peer(url: &str, dir: &str) -> Result<Option<Value>> {
    let there = Command::new("python3").args(["-c", "import dlt, pymysql, sqlalchemy"]).output();
    if !there.is_ok_and(|o| o.status.success()) {
        println!("skipped: no dlt; pip install \"dlt[sqlalchemy]\" pymysql");
        return Ok(None);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/dlt_merge.py");
    let out = Command::new("python3").arg(script).args([url, dir]).output()?;
    let text = String::from_utf8_lossy(&out.stdout);
    let line = text.lines().last().unwrap_or_default();
    let mut value: Value =
        serde_json::from_str(line).with_context(|| format!("dlt: {}", String::from_utf8_lossy(&out.stderr)))?;
    value["what"] = "dlt merge".into();
    println!("{value}");
    Ok(Some(value))
}

/// The result of a measured run over `n` records.
pub fn rate(n: u64, seconds: f64, used: &usage::Used) -> Value {
    json!({
        "records": n,
        "seconds": (seconds * 1000.0).round() / 1000.0,
        "per_second": (n as f64 / seconds).round(),
        "cpu_s": (used.cpu_s * 100.0).round() / 100.0,
        "peak_mb": used.peak_mb,
    })
}
