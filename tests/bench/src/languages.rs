//! What a plugin costs in each language: the connector of the templates over a source on loopback – its size, compiling it at
//! installation, from opening to the first page, and records a second, the source's own work included.

use crate::{child, option, usage};
use anyhow::{Context, Result};
use axum::extract::Query;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use daylight::kit::project::Language;
use daylight_host::{ActivePlugin, Grants, HttpGrant, Limits, PluginKind};
use daylight_tests::vendor::made;
use daylight_tests::{Lab, deps};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Instant;

const PAGE: u64 = 1_000;
/// How often a pull is begun to see how long that takes.
const STARTS: usize = 9;

/// One row as the fake REST department writes it.
fn row(id: u64) -> String {
    let (case, step) = (id / 5, id % 5);
    let kind = ["SQ", "SL", "HJ", "JD", "BJ"].get(usize::try_from(step).unwrap_or(0)).copied().unwrap_or("HJ");
    format!(
        "{{\"id\":{id},\"event\":\"{kind}\",\"key\":\"K{id}\",\"version\":\"1\",\"caseNo\":\"MK{case:08}\",\"matterCode\":\"MK-0101\",\
         \"time\":\"2026-03-02 09:{:02}:{:02}\",\"title\":\"食品经营许可申请（样例）\",\"applicantType\":\"2\",\"origin\":\"1\",\
         \"step\":\"审核\",\"staff\":\"经办甲\"}}",
        id / 60 % 60,
        id % 60
    )
}

/// The source: what comes after an id, up to `last`.
async fn serve(last: u64) -> Result<String> {
    let answer = move |Query(asked): Query<HashMap<String, u64>>| async move {
        let number = |name: &str| asked.get(name).copied().unwrap_or(0);
        let (after, size) = (number("after"), number("size"));
        let rows: Vec<String> = (after + 1..=last.min(after + size)).map(row).collect();
        ([(CONTENT_TYPE, "application/json")], format!("{{\"code\":0,\"data\":{{\"list\":[{}]}}}}", rows.join(",")))
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().route("/api/v2/events", get(answer))).await });
    Ok(origin)
}

/// Those of the sample configuration.
fn limits() -> Limits {
    Limits {
        memory_bytes: 256 << 20,
        cpu_ms_per_page: 5_000,
        wall_ms_per_page: 60_000,
        transfer_bytes: 64 << 20,
        host_calls_per_page: 2_000,
        page_rows: 10_000,
        page_bytes: 16 << 20,
        log_lines_per_page: 100,
        open_handles: 8,
        response_bytes: 16 << 20,
        http_ms: 30_000,
        idle_pages: 100,
    }
}

struct Source {
    settings: Value,
    grants: Grants,
}

/// Pulls up to so many pages: records, and milliseconds until the first page was there.
async fn pull(lab: &Lab, plugin: &ActivePlugin, source: &Source, pages: u64) -> Result<(u64, f64)> {
    let begun = Instant::now();
    let (settings, grants) = (&source.settings, &source.grants);
    let session = lab.host.open(plugin, "own", settings, grants, &limits(), "r", None, "2026-03-02T09:00:00Z").await?;
    let (mut records, mut first) = (0, 0.0);
    for page in 0..pages {
        let got = session.next(10_000).await?;
        records += got.page.rows.len() as u64;
        if page == 0 {
            first = begun.elapsed().as_secs_f64() * 1000.0;
        }
        if got.page.done {
            break;
        }
    }
    Ok((records, first))
}

/// Measures one language in this process.
pub async fn one(language: &str, records: u64) -> Result<Value> {
    let language = Language::ALL.into_iter().find(|l| l.as_str() == language).context("a language")?;
    let Some(built) = made(language, PluginKind::Connector) else {
        return Ok(json!({ "language": language.as_str() }));
    };
    let lab = Lab::new(deps());
    let bytes = std::fs::read(&built.file)?;
    let begun = Instant::now();
    let plugin = lab.install(bytes).await?;
    let compiled = begun.elapsed().as_secs_f64() * 1000.0;
    let origin = serve(records).await?;
    let grants = Grants {
        http: vec![HttpGrant { origin: origin.clone(), private: true }],
        secrets: vec!["own".to_owned()],
        ..Grants::default()
    };
    let settings = json!({ "base_url": origin, "secret": "own", "page_size": PAGE });
    let source = Source { settings, grants };
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(pull(&lab, &plugin, &source, 1).await?.1);
    }
    starts.sort_by(f64::total_cmp);
    let begun = Instant::now();
    let (got, _) = pull(&lab, &plugin, &source, records / PAGE + 2).await?;
    anyhow::ensure!(got == records, "{got} records came, {records} are there");
    let per_second = got as f64 / begun.elapsed().as_secs_f64();
    Ok(json!({
        "language": language.as_str(), "bytes": built.bytes, "compile_ms": compiled.round(),
        "first_page_ms": starts.get(STARTS / 2).copied().unwrap_or(0.0).round(), "records": got,
        "per_second": per_second.round(), "peak_mb": usage::used().peak_mb,
    }))
}

/// Measures each in a process of its own, and prints a table.
pub fn all(rest: &[String]) -> Result<()> {
    let records = option(rest, "--records", 100_000)?.to_string();
    let mut lines = vec![
        "| language | component, KiB | compiled in, ms | first page of 1,000 after, ms | records/s | peak of the process, MB |".to_owned(),
        "|---|---|---|---|---|---|".to_owned(),
    ];
    for language in Language::ALL {
        let said = child(&["languages-one", language.as_str(), &records])?;
        let number = |name: &str| said[name].as_f64().map_or_else(|| "–".to_owned(), |n| format!("{n:.0}"));
        let kib = said["bytes"].as_u64().map_or_else(|| "–".to_owned(), |n| n.div_ceil(1024).to_string());
        let (compiled, first) = (number("compile_ms"), number("first_page_ms"));
        let (rate, peak) = (number("per_second"), number("peak_mb"));
        lines.push(format!("| {} | {kib} | {compiled} | {first} | {rate} | {peak} |", language.as_str()));
    }
    for line in &lines {
        println!("{line}");
    }
    Ok(())
}
