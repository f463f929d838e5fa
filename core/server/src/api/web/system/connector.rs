//! 连接器: how each stands and what it may touch, its runs, and a pull at once.

use super::{Again, Looks, count, fact, foot, part, shown, value};
use crate::api::answer::{Refusal, limit};
use crate::api::system::{self, connector_of, connectors_of};
use crate::api::web::form::{house, read, rows};
use crate::api::web::{House, allowed, departments, limits, name, pager, said, said_or, standing};
use crate::api::{act, read as looking};
use crate::app::App;
use crate::connection::{ConnectorState, ConnectorView, after_run};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use daylight_console::list::Filter;
use daylight_console::sheet::{Body, Form, Grid, Head, Link, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_store::RunRow;
use std::sync::Arc;

const DIAGNOSTICS: &str = "/api/v1/departments/{id}/diagnostics";
const PULL: &str = "/api/v1/departments/{id}/pulls";

fn state(s: &Shell, one: &ConnectorView) -> Said {
    standing::tag(s, one.state, one.pulling)
}

/// How long ago, and whether that is too long.
fn lag(s: &Shell, one: &ConnectorView) -> Said {
    let Some(seconds) = one.lag else { return Said::text("—") };
    let words = match seconds {
        few if few < 3_600 => format!("{} {}", seconds / 60, s.t("connect.minutes")),
        few if few < 172_800 => format!("{} {}", seconds / 3_600, s.t("connect.hours")),
        _ => format!("{} {}", seconds / 86_400, s.t("connect.days")),
    };
    let silent = one.phase.ingests() && one.silence_minutes > 0 && seconds > i64::from(one.silence_minutes) * 60;
    if silent { Said::tag(Tone::Bad, format!("{words} · {}", s.t("connect.silent"))) } else { Said::text(words) }
}

fn pushed(s: &Shell, one: &ConnectorView) -> String {
    let Some(plugin) = &one.connector else { return s.t("connect.pushed").to_owned() };
    let Some(version) = &one.version else { return format!("{plugin} {}", s.t("connect.not_installed")) };
    format!("{plugin} {version} · {}", s.of("grade.", one.grade.as_deref().unwrap_or("unknown")))
}

fn error(one: &ConnectorView) -> Said {
    match &one.error_code {
        Some(code) => Said::link(format!("/docs/errors/{code}"), code.clone()),
        None => Said::text(""),
    }
}

pub(super) async fn list(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    let s = looks.shell(&app, "/connectors").await?;
    let query = looks.query();
    let asked = value(&query, "state");
    let all = connectors_of(&app, &looks.caller).await?;
    let heads = [
        s.t("list.department"),
        s.t("list.state"),
        s.t("connect.state_since"),
        s.t("connect.who"),
        s.t("connect.plugin"),
        s.t("connect.lag"),
        s.t("connect.next"),
        s.t("overview.last"),
        s.t("connect.error"),
    ];
    let mut grid = Grid::new("", &heads);
    grid.heads.push(Head::number(s.t("connect.failures")));
    grid.rows = all
        .iter()
        .filter(|one| asked.is_empty() || one.state.as_str() == asked)
        .map(|one| {
            vec![
                Said::link(format!("/connectors/{}", part(&one.department)), data(&one.name)),
                state(&s, one),
                Said::text(said_or(one.since)),
                standing::who(&s, one.who),
                Said::text(pushed(&s, one)),
                lag(&s, one),
                Said::text(said_or(one.next_pull)),
                Said::text(said_or(one.last_run)),
                error(one),
                count(one.failures),
            ]
        })
        .collect();
    let words = ConnectorState::ALL.map(|w| (w.as_str().to_owned(), s.of("connector.", w.as_str()).into()));
    let filters = vec![Filter { name: "state", label: key("list.state"), value: asked, choices: words.to_vec() }];
    let end = foot("/connectors", "/api/v1/connectors", &query, grid.rows.len());
    let sheet = Sheet::new(&s, s.t("connect.connectors"));
    let sheet = sheet.with(Body::Filters(filters)).with(Body::Grid(grid)).with(end);
    shown(&app, &looks, sheet, None).await
}

/// How a run ended; of one that failed, what that says of the connector.
fn ended(s: &Shell, run: &RunRow) -> String {
    let word = s.of("run.", &run.status);
    match after_run(run) {
        Some(state) => format!("{word} · {}", standing::word(s, state)),
        None => word.to_owned(),
    }
}

fn run_grid(s: &Shell, app: &App, runs: &[RunRow]) -> Grid {
    let heads = [s.t("run.started"), s.t("list.department"), s.t("run.kind"), s.t("run.reason"), s.t("list.state")];
    let mut grid = Grid::new("", &heads);
    let numbers = [
        s.t("run.pages"),
        s.t("run.records"),
        s.t("run.accepted"),
        s.t("run.duplicates"),
        s.t("run.rejected"),
        s.t("run.waiting"),
    ];
    grid.heads.extend(numbers.map(Head::number));
    grid.heads.push(Head::new(s.t("connect.error")));
    grid.rows = runs
        .iter()
        .map(|r| {
            let tone = match r.status.as_str() {
                "done" => Tone::Good,
                "failed" | "interrupted" => Tone::Bad,
                _ => Tone::Plain,
            };
            let mut row = vec![
                Said::link(format!("/pulls/{}", r.id), said(r.started_at)),
                Said::text(name(app, &r.department)),
                Said::text(s.of("run.", &r.kind).to_owned()),
                Said::text(s.of("run.", &r.reason).to_owned()),
                Said::tag(tone, ended(s, r)),
            ];
            row.extend([r.pages, r.records, r.accepted, r.duplicates, r.rejected, r.waiting].map(count));
            row.push(match &r.error_code {
                Some(code) => Said::link(format!("/docs/errors/{code}"), code.clone()),
                None => Said::text(""),
            });
            row
        })
        .collect();
    grid
}

/// What a connector may touch, in words.
fn grants(s: &Shell, grants: &serde_json::Value) -> Grid {
    let mut grid = Grid::new("", &[s.t("connect.kind"), s.t("connect.what")]);
    let list = |name: &str| grants.get(name).and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
    let table = |name: &str| grants.get(name).and_then(serde_json::Value::as_object).cloned().unwrap_or_default();
    let text = |value: &serde_json::Value, name: &str| {
        value.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    };
    for one in list("http") {
        let private = one.get("private") == Some(&serde_json::Value::Bool(true));
        let more = if private { s.bracketed(s.t("connect.private")) } else { Text::default() };
        grid.rows.push(vec![Said::text(s.t("connect.http")), Said::text(data(text(&one, "origin")).and(more))]);
    }
    for (name, one) in table("database") {
        grid.rows.push(vec![
            Said::text(s.t("connect.database")),
            Said::text(data(name).and(s.colon()).and(data(text(&one, "url")))),
        ]);
    }
    for (name, one) in table("files") {
        grid.rows.push(vec![
            Said::text(s.t("connect.files")),
            Said::text(data(name).and(s.colon()).and(data(text(&one, "path")))),
        ]);
    }
    for one in list("secrets") {
        let name = one.as_str().unwrap_or_default().to_owned();
        grid.rows.push(vec![
            Said::text(s.t("connect.secret")),
            Said::text(data(name).and(s.bracketed(s.t("connect.named")))),
        ]);
    }
    grid
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

async fn page(app: &Arc<App>, looks: &Looks, id: &str, again: Option<Again>) -> Result<Response, Refusal> {
    let s = looks.shell(app, "/connectors").await?;
    let detail = connector_of(app, &looks.caller, id).await?;
    let one = &detail.short;
    let mut facts = vec![
        fact(&s, key("list.state"), state(&s, one)),
        fact(&s, key("connect.state_since"), Said::text(said_or(one.since))),
        fact(&s, key("connect.who"), standing::who(&s, one.who)),
        fact(&s, key("connect.plugin"), Said::text(pushed(&s, one))),
        fact(&s, key("connect.digest"), Said::Code(one.digest.clone().unwrap_or_default())),
        fact(&s, key("connect.schedule"), Said::Code(one.schedule.clone().unwrap_or_default())),
        fact(&s, key("connect.next"), Said::text(said_or(one.next_pull))),
        fact(&s, key("connect.lag"), lag(&s, one)),
        fact(&s, key("connect.failures"), count(one.failures)),
    ];
    if let Some(error) = &one.last_error {
        facts.push(fact(&s, key("connect.error"), Said::tag(Tone::Bad, data(error))));
        facts.push(fact(&s, key("manual.code"), self::error(one)));
    }
    let may = one.connector.is_some() && one.phase.ingests() && allowed(&looks.caller, &Method::POST, PULL).is_ok();
    let pull = Form::new(format!("/connectors/{}/pull", part(id)), s.t("connect.pull"), Vec::new());
    let forms = if may { vec![pull] } else { Vec::new() };
    let mut sheet = Sheet::new(&s, data(&one.name).and(" ").and(s.t("connect.connector")));
    sheet.up = vec![Link::new("/connectors", s.t("connect.connectors"))];
    let mut links = vec![
        Link::new(format!("/departments/{}", part(id)), s.t("connect.rollout")),
        Link::new(format!("/quarantine?department={}", part(id)), s.t("quarantine.title")),
        Link::new(format!("/reconciliations?department={}", part(id)), s.t("quarantine.days")),
    ];
    if allowed(&looks.caller, &Method::GET, DIAGNOSTICS).is_ok() {
        links.push(Link::new(DIAGNOSTICS.replace("{id}", &part(id)), s.t("connect.diagnostics")));
    }
    let sheet = sheet
        .with(Body::Facts(facts))
        .with(Body::Links(links))
        .under(s.t("act.title"), Body::Forms(forms))
        .under(s.t("connect.runs"), Body::Grid(run_grid(&s, app, &detail.runs)))
        .under(s.t("connect.grants"), Body::Grid(grants(&s, &detail.grants)))
        .under(s.t("connect.settings"), Body::Code(detail.settings.as_ref().map(pretty).unwrap_or_default()))
        .under(s.t("plugin.limits"), Body::Code(pretty(&detail.limits)));
    shown(app, looks, sheet, again).await
}

pub(super) async fn one(State(app): House, looks: Looks, Path(id): Path<String>) -> Result<Response, Refusal> {
    page(&app, &looks, &id, None).await
}

pub(super) async fn pull(State(app): House, looks: Looks, Path(id): Path<String>) -> Result<Response, Refusal> {
    let answer = act::pull(house(&app), Extension(looks.caller.clone()), Path(id.clone()), HeaderMap::new()).await;
    let to = format!("/connectors/{}", part(&id));
    looks.done((&app, answer), (&to, Bytes::new()), |again| page(&app, &looks, &id, again)).await
}

pub(super) async fn runs(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    let s = looks.shell(&app, "/connectors").await?;
    let query = looks.query();
    let most = limit(&query)?;
    let answer = system::runs(house(&app), Extension(looks.caller.clone()), Query(query.clone())).await?;
    let (all, next) = rows::<RunRow>(answer.0)?;
    let choices = departments(&app, &looks.caller);
    let filters = vec![
        Filter { name: "department", label: key("list.department"), value: value(&query, "department"), choices },
        limits(most),
    ];
    let grid = run_grid(&s, &app, &all);
    let foot = pager("/pulls", "/api/v1/pulls", &query, grid.rows.len(), next);
    let mut sheet = Sheet::new(&s, s.t("connect.runs"));
    sheet.up = vec![Link::new("/connectors", s.t("connect.connectors"))];
    shown(&app, &looks, sheet.with(Body::Filters(filters)).with(Body::Grid(grid)).with(Body::Pager(foot)), None).await
}

pub(super) async fn run(State(app): House, looks: Looks, Path(id): Path<String>) -> Result<Response, Refusal> {
    let s = looks.shell(&app, "/connectors").await?;
    let answer = looking::run(house(&app), Extension(looks.caller.clone()), Path(id.clone())).await?;
    let run: RunRow = read(answer.0)?;
    let facts = vec![
        fact(&s, key("run.no"), Said::Code(run.id.clone())),
        fact(&s, key("run.ended"), Said::text(said_or(run.ended_at))),
        fact(&s, key("connect.plugin"), Said::data(run.plugin.clone().unwrap_or_default())),
        fact(&s, key("connect.error"), Said::data(run.error.clone().unwrap_or_default())),
    ];
    let mut sheet = Sheet::new(&s, format!("{} {}", s.t("run.title"), said(run.started_at)));
    let department = part(&run.department);
    sheet.up = vec![
        Link::new("/connectors", s.t("connect.connectors")),
        Link::new(format!("/connectors/{department}"), name(&app, &run.department)),
    ];
    let grid = run_grid(&s, &app, std::slice::from_ref(&run));
    shown(&app, &looks, sheet.with(Body::Facts(facts)).with(Body::Grid(grid)), None).await
}
