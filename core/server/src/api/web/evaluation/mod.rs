//! Pages of evaluation: statistics and what their numbers mean, scores, publications.

mod charts;
mod compare;
mod measure;
mod publication;
mod score;
mod scorecard;
mod statistics;
mod year;

use axum::Router;
use axum::routing::{get, post};
use daylight_console::shell::Shell;
use daylight_console::text::Text;
use std::sync::Arc;

/// Pages, and the operation each shows or does.
pub(super) const SHOWS: &[(&str, &str)] = &[
    ("/statistics", "/api/v1/stats"),
    ("/measures", "/api/v1/measures"),
    ("/scores", "/api/v1/score-runs"),
    ("/scores/years", "/api/v1/score-years/{standard}/{year}"),
    ("/scores/{id}", "/api/v1/score-runs/{id}"),
    ("/scores/{id}/compare", "/api/v1/score-runs/{id}/compare/{other}"),
    ("/scores/{id}/{act}", "/api/v1/score-runs/{id}/{act}"),
    ("/publications", "/api/v1/publications"),
    ("/publications/{no}", "/api/v1/publications/{no}"),
    ("/publications/{no}/verify", "/api/v1/publications/{no}/verify"),
    ("/publications/{no}/{act}", "/api/v1/publications/{no}/{act}"),
];

/// The pages.
pub(super) fn routes() -> Router<Arc<crate::app::App>> {
    Router::new()
        .route("/statistics", get(statistics::show))
        .route("/measures", get(measure::list))
        .route("/scores", get(score::list).post(score::create))
        .route("/scores/years", get(year::show_year))
        .route("/scores/{id}", get(score::one))
        .route("/scores/{id}/compare", get(compare::show_both))
        .route("/scores/{id}/{act}", post(score::act))
        .route("/publications", get(publication::list).post(publication::create))
        .route("/publications/{no}", get(publication::one))
        .route("/publications/{no}/verify", get(publication::verify))
        .route("/publications/{no}/{act}", post(publication::act))
}

/// A grade: a word of the house in the reader's language, or as its standard calls it.
fn grade(s: &Shell, of: &str) -> Text {
    s.name_of("score_grade.", of)
}

/// Hundredths as people write them.
fn points(of: i64) -> String {
    format!("{}{}.{:02}", if of < 0 { "−" } else { "" }, of.abs() / 100, of.abs() % 100)
}

/// A difference of hundredths, with its sign.
fn moved(by: i64) -> String {
    if by > 0 { format!("+{}", points(by)) } else { points(by) }
}

/// Thousandths as a per cent.
fn percent(permille: Option<u64>) -> String {
    permille.map_or_else(|| "—".to_owned(), daylight_domain::share::said)
}
