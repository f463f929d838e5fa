//! Pages of the procedures behind the cards – investigations, samples, appeals – and of what is entered by hand into statistics and
//! scores.

mod appeal;
mod entry;
mod exclusion;
pub(super) mod inquiry;
mod sample;

use super::{House, matter};
use crate::app::App;
use axum::Router;
use axum::routing::{get, post};
use daylight_domain::evaluation::entry::ScoreEntry;
use daylight_domain::exclusion::ExclusionEntry;
use daylight_domain::investigation::Investigation;
use daylight_domain::sampling::SamplingPlan;
use std::sync::Arc;

/// Pages, and the operation each shows or does.
pub(super) const SHOWS: &[(&str, &str)] = &[
    ("/investigations", "/api/v1/investigations"),
    ("/investigations/{no}", "/api/v1/investigations/{no}"),
    ("/investigations/{no}/documents", "/api/v1/investigations/{no}/documents"),
    ("/investigations/{no}/{act}", "/api/v1/investigations/{no}/{act}"),
    ("/samples", "/api/v1/sampling-plans"),
    ("/samples/{no}", "/api/v1/sampling-plans/{no}"),
    ("/samples/{no}/{act}", "/api/v1/sampling-plans/{no}/{act}"),
    ("/appeals", "/api/v1/appeals"),
    ("/exclusions", "/api/v1/exclusions"),
    ("/exclusions/{no}", "/api/v1/exclusions/{no}"),
    ("/exclusions/{no}/{act}", "/api/v1/exclusions/{no}/{act}"),
    ("/entries", "/api/v1/manual-entries"),
    ("/entries/{no}", "/api/v1/manual-entries/{no}"),
    ("/entries/{no}/{act}", "/api/v1/manual-entries/{no}/{act}"),
];

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .merge(matter::routes::<Investigation>())
        .route("/investigations/{no}/documents", post(inquiry::upload))
        .merge(matter::routes::<SamplingPlan>())
        .route("/appeals", get(appeal::list))
        .merge(matter::routes::<ExclusionEntry>())
        .merge(matter::routes::<ScoreEntry>())
}
