//! (c): what a plugin costs: a fresh guest, an empty call, rows lifted through one, against the same work in plain Rust.

use crate::usage;
use anyhow::{Result, anyhow};
use daylight_host::{Grants, Limits};
use daylight_tests::{GREEDY, Lab, deps, guest, narrow, with_manifest};
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::Instant;

/// Median of microseconds.
fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    (times.get(times.len() / 2).copied().unwrap_or(0.0) * 10.0).round() / 10.0
}

pub async fn measure(url: &str) -> Result<Value> {
    let lab = Lab::new(deps());
    let bytes = with_manifest(guest("guest-hostile"), GREEDY);
    let compiled = Instant::now();
    let plugin = lab.install(bytes).await?;
    let compiled = compiled.elapsed().as_secs_f64() * 1000.0;
    let limits = Limits { idle_pages: u32::MAX, ..narrow() };
    let (none, good) = (Grants::default(), json!({ "do": "good" }));
    let mut fresh = Vec::new();
    for _ in 0..500 {
        let begun = Instant::now();
        lab.host.check(&plugin, "own", &good, &none, &limits).await?;
        fresh.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    let session =
        lab.host.open(&plugin, "own", &json!({ "do": "stuck-cursor" }), &none, &limits, "r", None, "").await?;
    let mut call = Vec::new();
    for _ in 0..5_000 {
        let begun = Instant::now();
        black_box(session.next(1).await?);
        call.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    drop(session);

    // Rows through sql-view: read, mapped in the guest, lifted out. Nothing is checked or stored.
    let view = daylight::plugins::bundled().iter().find(|p| p.name == "sql-view").ok_or_else(|| anyhow!("sql-view"))?;
    let mut trust = daylight_host::TrustStore::default();
    daylight::plugins::trust_bundled(&mut trust)?;
    let admitted = lab.host.admit(view.bytes.to_vec(), view.signature, &trust)?;
    let plugin = lab.host.activate(admitted).await?;
    let grants: Grants = serde_json::from_value(json!({ "database": { "business": { "url": url } } }))?;
    let settings = json!({
        "database": "business", "from": "records", "key": ["id"],
        "records": [{
            "type": { "column": "kind", "codes": { "SQ": "apply", "SL": "accept", "HJ": "step", "JD": "decide", "BJ": "finish" } },
            "fields": {
                "source_key": "row_key", "case_no": "case_no", "item_code": "item", "event_time": "changed",
                "case_title": "title", "step": "step", "staff": "staff", "started_at": "begun", "ended_at": "ended"
            }
        }]
    });
    let wide = Limits {
        memory_bytes: 256 << 20,
        cpu_ms_per_page: 5_000,
        wall_ms_per_page: 60_000,
        transfer_bytes: 64 << 20,
        host_calls_per_page: 2_000,
        page_rows: 10_000,
        page_bytes: 16 << 20,
        response_bytes: 16 << 20,
        ..limits
    };
    let begun = Instant::now();
    let session = lab.host.open(&plugin, "own", &settings, &grants, &wide, "r", None, "").await?;
    let mut rows = 0u64;
    loop {
        let got = session.next(5_000).await?;
        rows += got.page.rows.len() as u64;
        if got.page.done {
            break;
        }
    }
    let lifted = rows as f64 / begun.elapsed().as_secs_f64();

    // The same in plain Rust: read, and each wanted column moved into a row of the same shape.
    let begun = Instant::now();
    let native = native(url).await? as f64 / begun.elapsed().as_secs_f64();
    Ok(json!({
        "compile_ms": compiled.round(), "instantiate_and_call_us": median(fresh), "call_us": median(call),
        "rows": rows, "lifted_per_second": lifted.round(), "native_per_second": native.round(),
        "of_native": (lifted / native * 100.0).round() / 100.0, "peak_mb": usage::used().peak_mb,
    }))
}

async fn native(url: &str) -> Result<u64> {
    use daylight_domain::cell::Cell;
    use daylight_domain::source::SourceDatabase;
    let mut open = daylight_store::Sources.connect(url).await?;
    let mut rows = open.query("SELECT * FROM records ORDER BY id", Vec::new()).await?;
    let mut n = 0u64;
    loop {
        let mut piece = rows.next(5_000, 16 << 20).await?;
        let out: Vec<Vec<Cell>> = piece
            .rows
            .iter_mut()
            .map(|row| {
                let kind = match &row[2] {
                    Cell::Text(t) => Cell::Text(
                        match t.as_str() {
                            "SQ" => "apply",
                            "SL" => "accept",
                            "HJ" => "step",
                            "JD" => "decide",
                            _ => "finish",
                        }
                        .to_owned(),
                    ),
                    _ => Cell::Null,
                };
                let wanted = [4usize, 3, 5, 1, 6, 9, 10, 11, 12];
                std::iter::once(kind)
                    .chain(wanted.iter().map(|at| std::mem::replace(&mut row[*at], Cell::Null)))
                    .collect()
            })
            .collect();
        n += black_box(out).len() as u64;
        if piece.done {
            return Ok(n);
        }
    }
}
