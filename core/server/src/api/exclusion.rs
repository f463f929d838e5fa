//! Exclusions from statistics (统计排除): asked for by one person, approved by another.

use super::act::{once, text, words};
use super::answer::{Answer, Asked, Refusal, bad, matters, only, page, refuse, unreadable};
use super::auth::within;
use super::waiting::listed;
use crate::app::App;
use crate::evaluate::NewExclusion;
use crate::people::Caller;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Json};
use chrono::NaiveDate;
use daylight_domain::exclusion::{ExclusionAct, ExclusionEntry, ExclusionState};
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
    to: Option<NaiveDate>,
}

fn decides(caller: &Caller) -> bool {
    caller.may(Right::Score) || caller.may(Right::Approve)
}

pub(super) async fn list(State(app): House, Extension(caller): Who, Query(query): Asked) -> Answer {
    let mut filter = matters(&query, within(&caller, query.get("department"))?, ExclusionState::WORDS)?;
    if !decides(&caller) {
        only(&mut filter, ExclusionState::WORDS, &["proposed", "declined"]);
    }
    let limit = filter.limit;
    let rows: Vec<ExclusionEntry> = listed(&app, &caller, &query, filter).await?;
    Ok(page(&rows, limit, |e| e.no.clone()))
}

pub(super) async fn one(State(app): House, Extension(caller): Who, Path(no): Path<String>) -> Answer {
    let entry = app.find_matter::<ExclusionEntry>(&no).await?.matter;
    within(&caller, Some(&entry.department))?;
    let inside = matches!(entry.state, ExclusionState::Proposed | ExclusionState::Declined);
    if inside && !decides(&caller) {
        return Err(Problem::new("exclusion.unknown", format!("没有统计排除 {no}")).into());
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
    let example =
        "{\"department\":\"market\",\"from\":\"2026-03-02\",\"to\":\"2026-03-06\",\"reason\":\"…\",\"document\":\"…\"}";
    let new: NewExclusion = serde_json::from_str(body).map_err(|e| unreadable("exclusion.request", &e, example))?;
    let work = async { Ok((StatusCode::CREATED, app.ask_exclusion(new, &caller.user).await?)) };
    once(&app, &caller, ("exclusions", &headers, body), work).await
}

pub(super) async fn act(
    State(app): House,
    Extension(caller): Who,
    Path((no, act)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let Words { text, to } = words(body, "http.json")?;
    let meant = match act.as_str() {
        "approve" => ExclusionAct::Approve { text },
        "decline" => ExclusionAct::Decline { text },
        "end" => {
            let to = to.ok_or_else(|| bad("exclusion.request", "缺少 to", "{\"to\":\"2026-03-04\",\"text\":\"…\"}"))?;
            ExclusionAct::End { to, text }
        }
        "withdraw" => ExclusionAct::Withdraw { text },
        _ => return Err(refuse(StatusCode::NOT_FOUND, "http.unknown", "没有这项操作", "见 /api/v1/openapi.json")),
    };
    let work = async { Ok((StatusCode::OK, app.act_on_exclusion(&no, meant, (&act, &caller.user)).await?)) };
    once(&app, &caller, (&format!("exclusions/{no}/{act}"), &headers, body), work).await
}
