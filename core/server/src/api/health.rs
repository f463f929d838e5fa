//! What a monitoring system asks: alive, ready, and numbers.

use super::answer::{Asked, Refusal};
use crate::app::App;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::Datelike;
use std::fmt::Write as _;
use std::sync::Arc;

pub(super) async fn ready(State(app): State<Arc<App>>, Query(query): Asked) -> Response {
    let store = app.store.health().await;
    let year = app.clock.now().date().year();
    let checks = [
        (
            "store",
            store.is_ok(),
            store
                .as_ref()
                .map_or_else(ToString::to_string, |h| format!("{} {} schema {}", h.engine, h.version, h.schema)),
        ),
        ("calendar", app.config.rules.calendar.knows(year), format!("{year}")),
        ("rules", true, format!("{}", app.config.rules.book.all().filter(|r| r.enabled).count())),
        ("departments", true, format!("{}", app.config.departments.len())),
    ];
    let good = checks.iter().all(|(_, ok, _)| *ok);
    let mut text = String::new();
    if query.contains_key("verbose") || !good {
        for (name, ok, detail) in &checks {
            let _ = writeln!(text, "[{}] {name} {detail}", if *ok { "+" } else { "-" });
        }
    }
    text.push_str(if good { "ok\n" } else { "not ready\n" });
    (if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, text).into_response()
}

fn family(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
}

/// Prometheus text format 0.0.4. No metric carries a case number or a name.
pub(super) async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    let mut text = String::new();
    let totals = app.store.department_totals().await?;
    type Pick = fn(&daylight_store::DepartmentTotals) -> u64;
    let gauges: [(&str, &str, Pick); 5] = [
        ("daylight_cases", "Cases", |t| t.cases),
        ("daylight_cases_open", "Open cases", |t| t.open),
        ("daylight_events", "Events in the ledger", |t| t.events),
        ("daylight_quarantine_rejected", "Rejected records", |t| t.rejects),
        ("daylight_quarantine_waiting", "Records waiting for their case", |t| t.waiting),
    ];
    for (name, help, pick) in gauges {
        family(&mut text, name, "gauge", help);
        for t in &totals {
            let _ = writeln!(text, "{name}{{department=\"{}\"}} {}", t.department, pick(t));
        }
    }
    family(&mut text, "daylight_cards", "gauge", "Standing cards");
    for t in &totals {
        for (level, n) in ["prewarning", "yellow", "red"].iter().zip(t.cards) {
            let _ = writeln!(text, "daylight_cards{{department=\"{}\",level=\"{level}\"}} {n}", t.department);
        }
    }
    let now = app.clock.now();
    family(&mut text, "daylight_lag_seconds", "gauge", "Seconds since the latest receipt");
    for t in &totals {
        if let Some(at) = t.last_received {
            let lag = (now.0 - at.0).max(0) / 1000;
            let _ = writeln!(text, "daylight_lag_seconds{{department=\"{}\"}} {lag}", t.department);
        }
    }
    family(&mut text, "daylight_pull_failures", "gauge", "Failed pulls in a row");
    for (id, n) in app.failures_in_a_row() {
        let _ = writeln!(text, "daylight_pull_failures{{department=\"{id}\"}} {n}");
    }
    family(&mut text, "daylight_due_late_seconds", "gauge", "How long the oldest due time has been waiting");
    let late = app.store.next_due().await?.map_or(0, |at| (now.0 - at.0).max(0) / 1000);
    let _ = writeln!(text, "daylight_due_late_seconds {late}");
    let health = app.store.health().await?;
    family(&mut text, "daylight_database_bytes", "gauge", "Size of the database");
    let _ = writeln!(text, "daylight_database_bytes {}", health.size);
    family(&mut text, "daylight_alarm", "gauge", "What is wrong with the county's own place, by rule");
    let mut alarms: std::collections::BTreeMap<String, u32> = std::collections::BTreeMap::new();
    app.alarms().into_iter().for_each(|alarm| *alarms.entry(alarm.rule).or_default() += 1);
    for (rule, n) in alarms {
        let _ = writeln!(text, "daylight_alarm{{rule=\"{rule}\"}} {n}");
    }
    let channels = app.channels().await?;
    family(&mut text, "daylight_notify_pending", "gauge", "Messages to be sent");
    for c in &channels {
        let _ = writeln!(text, "daylight_notify_pending{{channel=\"{}\"}} {}", c.channel, c.pending);
    }
    family(&mut text, "daylight_notify_dead", "gauge", "Messages that were given up");
    for c in &channels {
        let _ = writeln!(text, "daylight_notify_dead{{channel=\"{}\"}} {}", c.channel, c.dead);
    }
    family(&mut text, "daylight_notify_failing_seconds", "gauge", "Since when a channel has been failing");
    for c in &channels {
        let failing = c.failing_since.map_or(0, |since| (now.0 - since.0).max(0) / 1000);
        let _ = writeln!(text, "daylight_notify_failing_seconds{{channel=\"{}\"}} {failing}", c.channel);
    }
    family(&mut text, "daylight_build_info", "gauge", "Version");
    let _ = writeln!(text, "daylight_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"));
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
