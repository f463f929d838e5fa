//! 指标释义: what each number of statistics and scores is, of what, and without what.

use super::super::{House, asked, shell, show};
use crate::api::answer::Refusal;
use crate::people::Caller;
use crate::stats::vocabulary;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use daylight_console::sheet::{Body, Grid, Link, Said, Sheet};
use std::collections::HashMap;

/// The numbers of statistics that are no measure of the vocabulary.
pub(super) const FIGURES: &[&str] = &[
    "applied",
    "received",
    "accepted",
    "rejected",
    "finished",
    "open",
    "open_over_promise",
    "open_over_legal",
    "within_promise",
    "within_legal",
    "early",
    "corrected",
    "special",
    "working_days",
    "natural_days",
    "fees",
];

/// Where it is said what a number is.
pub(super) fn meaning(code: &str) -> String {
    format!("/measures?code={code}")
}

pub(super) async fn list(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/measures").await?;
    let query = asked(query);
    let wanted = |code: &str| query.get("code").is_none_or(|only| only == code);
    let mut figures = Grid::new("", &[s.t("measure.figure"), s.t("measure.code"), s.t("measure.what")]);
    figures.rows = FIGURES
        .iter()
        .filter(|code| wanted(code))
        .map(|code| {
            vec![Said::text(s.of("figure.", code)), Said::Code((*code).to_owned()), Said::text(s.of("define.", code))]
        })
        .collect();
    let heads = [
        s.t("measure.name"),
        s.t("measure.code"),
        s.t("measure.unit"),
        s.t("measure.what"),
        s.t("measure.of"),
        s.t("measure.without"),
    ];
    let mut words = Grid::new("", &heads);
    words.rows = vocabulary()
        .into_iter()
        .filter(|one| wanted(one.code))
        .map(|one| {
            vec![
                Said::text(s.either(one.name, one.name_en)),
                Said::Code(one.code.to_owned()),
                Said::text(s.either(one.unit, one.unit_en)),
                Said::text(s.either(one.what, one.what_en)),
                Said::text(s.either(one.of, one.of_en)),
                Said::text(s.either(one.without, one.without_en)),
            ]
        })
        .collect();
    let mut sheet = Sheet::new(&s, s.t("nav.measures"));
    if query.contains_key("code") {
        sheet.up = vec![Link::new("/measures", s.t("nav.measures"))];
    }
    if !words.rows.is_empty() {
        sheet = sheet.under(s.t("measure.vocabulary"), Body::Grid(words));
    }
    if !figures.rows.is_empty() {
        sheet = sheet.under(s.t("measure.figures"), Body::Grid(figures));
    }
    show(&app, &caller, &sheet).await
}
