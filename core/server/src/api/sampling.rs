//! Sampling (抽查): plans that anybody can draw again, and what was found.

use super::act::{once, text, words};
use super::answer::{Answer, Asked, Refusal, bad, matters, page, refuse, unreadable};
use super::auth::whole_county;
use crate::app::App;
use crate::oversight::Deed;
use crate::people::Caller;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Json};
use daylight_domain::sampling::{Check, Drawn, FormLine, Population, SamplingPlan, review_form};
use serde::Deserialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type House = State<Arc<App>>;
type Who = Extension<Caller>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    population: Population,
    size: u32,
    #[serde(default)]
    seed: Option<String>,
    #[serde(default = "review_form")]
    form: Vec<FormLine>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    department: String,
    case_no: String,
    authentic: bool,
    timely: bool,
    complete: bool,
    accurate: bool,
    #[serde(default = "yes")]
    lawful: bool,
    #[serde(default)]
    deductions: BTreeMap<String, u32>,
    text: String,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Words {
    text: String,
}

pub(super) async fn list(State(app): House, Extension(caller): Who, Query(query): Asked) -> Answer {
    whole_county(&caller)?;
    let filter = matters(&query, None, &["drawn", "closed"])?;
    let limit = filter.limit;
    let rows: Vec<SamplingPlan> = app.list_matters(filter).await?;
    Ok(page(&rows, limit, |p| p.no.clone()))
}

pub(super) async fn one(State(app): House, Extension(caller): Who, Path(no): Path<String>) -> Answer {
    whole_county(&caller)?;
    Ok(Json(json!(app.find_matter::<SamplingPlan>(&no).await?.matter)))
}

pub(super) async fn create(
    State(app): House,
    Extension(caller): Who,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let example = "{\"name\":\"三月抽查\",\"population\":{\"from\":\"2026-03-01\",\"to\":\"2026-03-31\"},\"size\":50}";
    let new: New = serde_json::from_str(body).map_err(|e| unreadable("sampling.request", &e, example))?;
    let seed_good =
        new.seed.as_ref().is_none_or(|s| (8..=128).contains(&s.len()) && s.chars().all(|c| c.is_ascii_alphanumeric()));
    let wrong = if new.name.trim().is_empty() {
        Some("缺少 name")
    } else if !(1..=crate::oversight::MOST).contains(&new.size) {
        Some("size 应在 1 到 2000 之间")
    } else if new.population.to < new.population.from {
        Some("to 早于 from")
    } else if !seed_good {
        Some("seed 应为 8 到 128 个字母或数字")
    } else if new.form.is_empty() || new.form.len() > 100 || new.form.iter().any(|line| line.most > 1000) {
        Some("form 应有 1 到 100 项，每项不超过 1000（十分之一分）")
    } else if new.form.iter().map(|line| line.id.as_str()).collect::<BTreeSet<_>>().len() < new.form.len() {
        Some("form 的项目编号有重复")
    } else {
        None
    };
    if let Some(wrong) = wrong {
        return Err(bad("sampling.request", wrong, example));
    }
    if let Some(id) = &new.population.department {
        app.department(id)?;
    }
    let work = async {
        let plan = app.draw(&new.name, new.population, (new.size, new.seed), new.form, &caller.user).await?;
        Ok((StatusCode::CREATED, plan))
    };
    once(&app, &caller, ("sampling-plans", &headers, body), work).await
}

pub(super) async fn act(
    State(app): House,
    Extension(caller): Who,
    Path((no, act)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let work = async {
        let now = app.clock.now();
        let plan = match act.as_str() {
            "checks" => {
                let example = "{\"department\":\"market\",\"case_no\":\"…\",\"authentic\":true,\"timely\":true,\
                               \"complete\":true,\"accurate\":true,\"deductions\":{\"01\":10},\"text\":\"…\"}";
                let seen: Seen = serde_json::from_str(body).map_err(|e| unreadable("sampling.request", &e, example))?;
                let check = Check {
                    case: Drawn { department: seen.department, case_no: seen.case_no },
                    authentic: seen.authentic,
                    timely: seen.timely,
                    complete: seen.complete,
                    accurate: seen.accurate,
                    lawful: seen.lawful,
                    deductions: seen.deductions,
                    score: 0,
                    grade: String::new(),
                    text: seen.text,
                    by: caller.user.clone(),
                    at: now,
                };
                app.sampled(&no, check).await?
            }
            "close" => {
                let words: Words = words(body, "sampling.request")?;
                let mut kept = app.find_matter::<SamplingPlan>(&no).await?;
                kept.matter.close(&words.text, &caller.user, now).map_err(Problem::from)?;
                app.keep_matter(kept, Deed { act: "close", by: &caller.user }, json!({})).await?
            }
            _ => return Err(refuse(StatusCode::NOT_FOUND, "http.unknown", "没有这项操作", "见 /api/v1/openapi.json")),
        };
        Ok((StatusCode::OK, plan))
    };
    once(&app, &caller, (&format!("sampling-plans/{no}/{act}"), &headers, body), work).await
}
