//! What a proposed profile of rules would have found.

use super::act::{once, text};
use super::answer::{Refusal, bad, unreadable};
use super::auth::within;
use crate::app::App;
use crate::diff::{MONTHS, Proposal};
use crate::people::Caller;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;

pub(super) async fn diff(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let example = "{\"clock_mode\":\"business_hours_ceil\",\"months\":3}";
    let proposal: Proposal = serde_json::from_str(body).map_err(|e| unreadable("rules.proposal", &e, example))?;
    if proposal.clock_mode.is_none() && proposal.overrides.is_empty() {
        return Err(bad("rules.proposal", "没有说明拟改什么", example));
    }
    let department = within(&caller, proposal.department.as_ref())?;
    let work = async {
        let proposed = app.proposed(&proposal)?;
        let months = proposal.months.unwrap_or(MONTHS);
        Ok((StatusCode::OK, app.rules_diff(&proposed, &app.config.staff, months, department.as_deref()).await?))
    };
    once(&app, &caller, ("rules/diff", &headers, body), work).await
}
