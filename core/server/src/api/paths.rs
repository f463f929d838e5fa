//! The path of a case, and the paths of an item.

use super::answer::{Answer, Asked, Refusal, date, limit};
use super::auth::within;
use crate::app::App;
use crate::paths::Period;
use crate::people::Caller;
use axum::extract::{Path, Query, State};
use axum::{Extension, Json};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

type House = State<Arc<App>>;
type Token = Extension<Caller>;

/// The period a request is about.
pub(super) fn period(query: &HashMap<String, String>) -> Result<Period, Refusal> {
    Ok(Period { from: date(query, "from")?, to: date(query, "to")? })
}

pub(super) async fn case(
    State(app): House,
    Extension(caller): Token,
    Path((department, case_no)): Path<(String, String)>,
) -> Answer {
    within(&caller, Some(&department))?;
    Ok(Json(json!(app.case_path(&department, &case_no).await?)))
}

pub(super) async fn variants(
    State(app): House,
    Extension(caller): Token,
    Path(code): Path<String>,
    Query(query): Asked,
) -> Answer {
    let item = app.item_today(&code)?;
    let department = within(&caller, query.get("department").or(Some(&item.department)))?;
    let most = usize::try_from(limit(&query)?).unwrap_or(usize::MAX);
    Ok(Json(json!(app.variants(&code, department.as_deref(), period(&query)?, most).await?)))
}
