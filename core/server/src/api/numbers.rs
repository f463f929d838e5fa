//! How much is where: cards and matters by the state they are in, as far as a list would show them.

use super::answer::{Answer, Asked, Refusal, refuse};
use super::auth::{may, whole_county, within};
use super::{investigation, register};
use crate::app::App;
use crate::oversight::Matter;
use crate::people::Caller;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use daylight_domain::complaint::Complaint;
use daylight_domain::enquiry::Enquiry;
use daylight_domain::evaluation::entry::ScoreEntry;
use daylight_domain::exclusion::ExclusionEntry;
use daylight_domain::investigation::Investigation;
use daylight_domain::order::SupervisionOrder;
use daylight_domain::rating::Rating;
use daylight_domain::role::Right;
use daylight_domain::sampling::SamplingPlan;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

/// How many are in a state.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct StateCount {
    /// State word.
    pub state: String,
    /// How many; states nothing is in are left out.
    pub count: u64,
}

/// What a caller is shown no rows of it is told no number of.
fn hidden(caller: &Caller, kind: &str) -> Result<&'static [&'static str], Refusal> {
    let scores = caller.may(Right::Score) || caller.may(Right::Approve);
    Ok(match kind {
        "cards" if !(caller.may(Right::Supervise) || caller.may(Right::Discipline)) => {
            &["pending_confirm", "cancelled"]
        }
        "supervision-orders" if !caller.may(Right::Order) => &["proposed", "declined"],
        "investigations" => {
            investigation::concerned(caller)?;
            // Where an investigation stands may tell of a clue.
            may(caller, Right::Investigate)?;
            &[]
        }
        "sampling-plans" => {
            whole_county(caller)?;
            &[]
        }
        "complaints" => {
            register::concerned(caller)?;
            let before: &[&str] = &["registered", "accepted", "rejected", "routed_out"];
            if caller.department.is_some() { before } else { &[] }
        }
        "enquiries" | "ratings" => {
            register::concerned(caller)?;
            &[]
        }
        "manual-entries" if !scores => &["proposed", "declined", "withdrawn"],
        "exclusions" if !scores => &["proposed", "declined"],
        _ => &[],
    })
}

/// Counts by state, of everything or of one department.
pub(super) async fn numbers(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(kind): Path<String>,
    Query(query): Asked,
) -> Answer {
    let matter = match kind.as_str() {
        "cards" => "",
        "supervision-orders" => SupervisionOrder::KIND,
        "investigations" => Investigation::KIND,
        "sampling-plans" => SamplingPlan::KIND,
        "complaints" => Complaint::KIND,
        "enquiries" => Enquiry::KIND,
        "ratings" => Rating::KIND,
        "manual-entries" => ScoreEntry::KIND,
        "exclusions" => ExclusionEntry::KIND,
        other => {
            let fix = "cards、supervision-orders、investigations、sampling-plans、complaints、enquiries、ratings、manual-entries、exclusions";
            return Err(refuse(StatusCode::NOT_FOUND, "http.unknown", &format!("没有“{other}”的件数"), fix));
        }
    };
    let hidden = hidden(&caller, &kind)?;
    let department = within(&caller, query.get("department"))?;
    let department = department.as_deref();
    let states = match matter {
        "" => app.store.card_states(department).await?,
        kind => app.store.matter_states(kind, department).await?,
    };
    let shown = states.into_iter().filter(|(state, _)| !hidden.contains(&state.as_str()));
    let items: Vec<StateCount> = shown.map(|(state, count)| StateCount { state, count }).collect();
    Ok(Json(json!({ "items": items, "next": null })))
}
