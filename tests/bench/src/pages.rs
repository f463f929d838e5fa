//! Every page over a year of a million cases in 40 departments: the time the server takes for it and the bytes that go over the
//! wire, by the router itself, compressed as a browser asks for it.

use crate::stats::{id, open};
use crate::{child, option, percentiles, usage};
use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use daylight::app::App;
use daylight::demo::place::write_sample;
use daylight_domain::role::Role;
use daylight_tests::looks::{LOOKS, facts, filled, frozen_report};
use daylight_tests::registers::{self, Place, SOMEBODY};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tower::ServiceExt;

/// The department that works at the desk.
const DESK: &str = "culture";
/// How often each page is asked for.
const AGAIN: usize = 20;
/// What a page may cost: kilobytes over the wire, milliseconds.
const MOST_KB: f64 = 60.0;
const MOST_MS: f64 = 20.0;

/// `pages [--cases N]`: the county of `stats`, and its pages in a process of their own.
pub fn all(rest: &[String]) -> Result<()> {
    let cases = option(rest, "--cases", 1_000_000)?.to_string();
    let folder = std::env::temp_dir().join(format!("daylight-pages-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let dir = folder.display().to_string();
    let measured = (|| {
        child(&["stats-settle", &dir, &cases])?;
        let found = child(&["pages-ask", &dir])?;
        for page in found["pages"].as_array().into_iter().flatten() {
            let (ms, name) = (&page["ms"], page["page"].as_str().unwrap_or_default());
            println!("{name}: {} ms, p95 {} ms, {} KB of {} KB", ms["p50"], ms["p95"], page["sent_kb"], page["kb"]);
        }
        Ok(())
    })();
    std::fs::remove_dir_all(folder)?;
    measured
}

struct Got {
    status: StatusCode,
    ms: f64,
    bytes: usize,
}

async fn get(router: &Router, path: &str, secret: Option<&str>, coding: &str) -> Result<Got> {
    let mut request = Request::get(path).header(header::ACCEPT, "text/html").header(header::ACCEPT_ENCODING, coding);
    request = request.header("sec-fetch-site", "same-origin");
    if let Some(secret) = secret {
        request = request.header(header::COOKIE, format!("daylight={secret}"));
    }
    let begun = Instant::now();
    let answer = router.clone().oneshot(request.body(Body::empty())?).await?;
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), usize::MAX).await?.len();
    Ok(Got { status, ms: begun.elapsed().as_secs_f64() * 1000.0, bytes })
}

/// The department of the sample that works at the desk, beside those of `stats`.
fn desk(dir: &Path) -> Result<()> {
    let (sample, config) = (dir.join("sample"), dir.join("config"));
    write_sample(&sample).map_err(|e| anyhow!(e.line()))?;
    let file = format!("departments/{DESK}.toml");
    let text = std::fs::read_to_string(sample.join(&file))?;
    let live = "phase = \"live\"\nsupervised_since = \"2026-01-01\"";
    std::fs::write(config.join(&file), text.replacen("phase = \"planned\"", live, 1))?;
    let file = format!("catalogue/{DESK}.toml");
    std::fs::copy(sample.join(&file), config.join(&file))?;
    Ok(())
}

async fn token(app: &App, name: &str, role: Role, department: &str) -> Result<String> {
    let own = role.of_department().then_some(department);
    app.add_user(name, role.as_str(), own, "bench").await.map_err(|e| anyhow!(e.line()))?;
    let given = app.give_token(name, "bench", &[], 1, "bench").await;
    Ok(given.map_err(|e| anyhow!(e.line()))?.secret)
}

/// What the pages show beside cases: a refused record, the report of a trial, and one of everything that people enter.
async fn entered(app: &Arc<App>, department: &str) -> Result<BTreeMap<&'static str, String>> {
    let vendor = token(app, "pushes", Role::Vendor, department).await?;
    let batches = format!("exchange/{department}/batches");
    registers::sent(app, &vendor, &batches, r#"{"type":"accept"}"#, 200).await;
    frozen_report(app, department).await;
    let mut facts = facts(app, department).await;
    let place = Place { department, desk: DESK, year: 2025, noticed: "03-03" };
    registers::fill(app, &mut facts, place, SOMEBODY).await;
    Ok(facts)
}

/// Each page as often as it takes; what is beyond its aim is named.
pub async fn ask(dir: &Path) -> Result<Value> {
    desk(dir)?;
    let app = open(dir).await?;
    let department = id(7);
    app.score("county-2025", "2025-09", None).await.map_err(|e| anyhow!(e.line()))?;
    let facts = entered(&app, &department).await?;
    let router = daylight::api::router(std::sync::Arc::clone(&app));
    let mut secrets: BTreeMap<&str, String> = BTreeMap::new();
    let (mut beyond, mut left_out, mut each) = (Vec::new(), Vec::new(), Vec::new());
    for look in LOOKS {
        let Some(path) = filled(look.path, &facts) else {
            left_out.push(look.name);
            continue;
        };
        if let Some(role) = look.who.filter(|role| !secrets.contains_key(role.as_str())) {
            let own = if role == Role::Clerk { DESK } else { &department };
            secrets.insert(role.as_str(), token(&app, role.as_str(), role, own).await?);
        }
        let secret = look.who.map(Role::as_str).and_then(|role| secrets.get(role)).map(String::as_str);
        let plain = get(&router, &path, secret, "identity").await?;
        if plain.status.as_u16() != look.status {
            left_out.push(look.name);
            continue;
        }
        let (mut times, mut sent) = (Vec::new(), 0);
        for _ in 0..AGAIN {
            let got = get(&router, &path, secret, "gzip").await?;
            times.push(got.ms);
            sent = got.bytes;
        }
        let kb = |n: usize| (n as f64 / 102.4).round() / 10.0;
        let times = percentiles(times);
        let median = times["p50"].as_f64().context("a median")?;
        if kb(sent) >= MOST_KB || median >= MOST_MS {
            beyond.push(format!("{} {median} ms, {} KB", look.name, kb(sent)));
        }
        let first_ms = (plain.ms * 10.0).round() / 10.0;
        each.push(
            json!({ "page": look.name, "first_ms": first_ms, "ms": times, "kb": kb(plain.bytes), "sent_kb": kb(sent) }),
        );
    }
    let used = usage::used();
    Ok(json!({ "pages": each, "beyond": beyond, "left_out": left_out, "peak_mb": used.peak_mb }))
}
