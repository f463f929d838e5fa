//! Manual entries (人工录入): entered by one person, approved by another.

use super::act::{once, text, words};
use super::answer::{Answer, Asked, Refusal, matters, only, page, refuse, unreadable};
use super::auth::within;
use super::waiting::listed;
use crate::app::App;
use crate::evaluate::NewEntry;
use crate::people::Caller;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Json};
use daylight_domain::evaluation::entry::{EntryState, ScoreEntry};
use daylight_domain::role::Right;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

type House = State<Arc<App>>;
type Who = Extension<Caller>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Words {
    text: String,
}

/// Until it is approved an entry is the business of those who enter and approve.
fn seen(caller: &Caller, entry: &ScoreEntry) -> bool {
    caller.may(Right::Score) || caller.may(Right::Approve) || entry.state == EntryState::Approved
}

pub(super) async fn list(State(app): House, Extension(caller): Who, Query(query): Asked) -> Answer {
    let mut filter = matters(&query, within(&caller, query.get("department"))?, EntryState::WORDS)?;
    if !(caller.may(Right::Score) || caller.may(Right::Approve)) {
        only(&mut filter, EntryState::WORDS, &["proposed", "declined", "withdrawn"]);
    }
    let limit = filter.limit;
    let rows: Vec<ScoreEntry> = listed(&app, &caller, &query, filter).await?;
    Ok(page(&rows, limit, |e| e.no.clone()))
}

pub(super) async fn one(State(app): House, Extension(caller): Who, Path(no): Path<String>) -> Answer {
    let entry = app.find_matter::<ScoreEntry>(&no).await?.matter;
    within(&caller, Some(&entry.department))?;
    if !seen(&caller, &entry) {
        return Err(Problem::new("entry.unknown", format!("没有人工录入 {no}")).into());
    }
    Ok(Json(json!(entry)))
}

pub(super) async fn create(
    State(app): House,
    Extension(caller): Who,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let example = "{\"standard\":\"county-2025\",\"department\":\"market\",\"period\":\"2026-03\",\
                   \"indicator\":\"G2\",\"points\":-100,\"reason\":\"…\",\"document\":\"…\"}";
    let new: NewEntry = serde_json::from_str(body).map_err(|e| unreadable("entry.request", &e, example))?;
    let work = async { Ok((StatusCode::CREATED, app.enter(new, &caller.user).await?)) };
    once(&app, &caller, ("manual-entries", &headers, body), work).await
}

pub(super) async fn act(
    State(app): House,
    Extension(caller): Who,
    Path((no, act)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let words: Words = words(body, "http.json")?;
    if !["approve", "decline", "withdraw"].contains(&act.as_str()) {
        return Err(refuse(StatusCode::NOT_FOUND, "http.unknown", "没有这项操作", "见 /api/v1/openapi.json"));
    }
    let work = async { Ok((StatusCode::OK, app.act_on_entry(&no, &act, &words.text, &caller.user).await?)) };
    once(&app, &caller, (&format!("manual-entries/{no}/{act}"), &headers, body), work).await
}
