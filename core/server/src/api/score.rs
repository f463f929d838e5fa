//! Score runs (评分): what is shown to whom, and what people do with one.

use super::act::{once, text, words};
use super::answer::{Answer, Asked, Refusal, limit, refuse};
use super::auth::{whole_county, within};
use crate::app::App;
use crate::evaluate::{ScoreRunView, Year};
use crate::people::Caller;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Json};
use daylight_domain::evaluation::ScoreAct;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

type House = State<Arc<App>>;
type Who = Extension<Caller>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Words {
    text: String,
    days: Option<u32>,
    department: Option<String>,
    line: String,
    evidence: Vec<String>,
    appeal: u32,
    corrected_to: Option<i64>,
}

pub(super) async fn list(State(app): House, Extension(caller): Who, Query(query): Asked) -> Answer {
    let views = app.score_views(limit(&query)?).await?;
    let rows: Vec<_> = views.into_iter().filter_map(|v| v.seen_by(&caller)).map(ScoreRunView::brief).collect();
    Ok(Json(json!({ "items": rows, "next": null })))
}

/// A run as somebody may see it.
pub(super) async fn shown(app: &App, caller: &Caller, id: &str) -> Result<ScoreRunView, Refusal> {
    let unknown = || Problem::new("score.unknown", format!("没有评分 {id}"));
    Ok(app.score_view(id).await?.seen_by(caller).ok_or_else(unknown)?)
}

pub(super) async fn one(State(app): House, Extension(caller): Who, Path(id): Path<String>) -> Answer {
    Ok(Json(json!(shown(&app, &caller, &id).await?)))
}

pub(super) async fn compare(State(app): House, Extension(caller): Who, Path((a, b)): Path<(String, String)>) -> Answer {
    Ok(Json(json!(app.compare_runs(&a, &b, Some(&caller)).await?)))
}

/// The mean of the months that stand; a department sees its own.
pub(super) async fn year_of(app: &App, caller: &Caller, standard: &str, period: &str) -> Result<Year, Refusal> {
    let mut year = app.score_year(standard, period).await?;
    if let Some(own) = &caller.department {
        year.departments.retain(|d| d.department == *own);
    }
    Ok(year)
}

pub(super) async fn year(
    State(app): House,
    Extension(caller): Who,
    Path((standard, period)): Path<(String, String)>,
) -> Answer {
    Ok(Json(json!(year_of(&app, &caller, &standard, &period).await?)))
}

pub(super) async fn act(
    State(app): House,
    Extension(caller): Who,
    Path((id, act)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let words: Words = words(body, "http.json")?;
    if act != "appeal" {
        whole_county(&caller)?;
    }
    let work = async {
        shown(&app, &caller, &id).await?;
        let Words { text, days, department, line, evidence, appeal, corrected_to } = words;
        let meant = match act.as_str() {
            "open" => {
                let days = days.unwrap_or(app.config.main.procedure.appeal_days).max(1);
                ScoreAct::Open { until: app.working_due(days)? }
            }
            "appeal" => {
                let department = within(&caller, department.as_ref())?;
                ScoreAct::Appeal { department: department.unwrap_or_default(), line, grounds: text, evidence }
            }
            "decide" => ScoreAct::Decide { appeal, corrected_to, text },
            "finalise" => ScoreAct::Finalise { text },
            "publish" => ScoreAct::Publish { text },
            "withdraw" => ScoreAct::Withdraw { text },
            _ => {
                return Err(refuse(StatusCode::NOT_FOUND, "http.unknown", "没有这项操作", "见 /api/v1/openapi.json"));
            }
        };
        let view = app.live_on(&id, meant, &caller.user).await?.seen_by(&caller);
        Ok((StatusCode::OK, view))
    };
    once(&app, &caller, (&format!("score-runs/{id}/{act}"), &headers, body), work).await
}
