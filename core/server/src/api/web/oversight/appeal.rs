//! 申诉: those against cards and those against scores, that wait or were decided. Each is decided where it was made: on the card, in
//! the score run.

use super::House;
use super::matter::{View, paragraphs};
use crate::api::answer::Refusal;
use crate::api::appeal::{self, AppealView};
use crate::api::web::form::rows;
use crate::api::web::{by, pager, said, show};
use crate::people::Caller;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use daylight_console::sheet::{Body, Choice, Grid, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::data;

const API: &str = "/api/v1/appeals";

fn choices(s: &Shell, group: &str, words: &[&str]) -> Vec<Choice> {
    words.iter().map(|w| ((*w).to_owned(), s.of(group, w).into())).collect()
}

fn row(view: &View, one: &AppealView) -> Vec<Said> {
    let at = if one.against == "card" { "/cards" } else { "/scores" };
    let (tone, state) = match &one.ruling {
        None => (Tone::Warn, "open"),
        Some(ruling) if ruling.upheld => (Tone::Plain, "upheld"),
        Some(_) => (Tone::Good, "overturned"),
    };
    let ruled = one.ruling.as_ref().map(|r| by(&view.s, &r.by, r.at).and(" ").and(data(&r.text))).unwrap_or_default();
    vec![
        Said::link(format!("{at}/{}", one.no), one.no.clone()),
        Said::text(view.s.of("appeal_kind.", &one.against)),
        Said::text(one.line.clone()),
        Said::tag(tone, view.s.of("appeal_state.", state)),
        Said::text(view.department(&one.department)),
        Said::data(one.grounds.clone()),
        Said::data(one.by.clone()),
        Said::text(said(one.at)),
        Said::text(ruled),
    ]
}

pub(super) async fn list(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let view = View::new(&app, &caller, (&headers, &uri), "/appeals").await?;
    let (house, who) = view.house();
    let (all, next) = rows::<AppealView>(appeal::list(house, who, Query(view.query.clone())).await?.0)?;
    let heads = [
        view.t("appeal.against"),
        view.t("appeal.kind"),
        view.t("appeal.line"),
        view.t("list.state"),
        view.t("list.department"),
        view.t("appeal.grounds"),
        view.t("act.by"),
        view.t("act.at"),
        view.t("appeal.ruling"),
    ];
    let mut grid = Grid { live: Some("card."), ..Grid::new("", &heads) };
    grid.rows = all.iter().map(|one| row(&view, one)).collect();
    let kinds = choices(&view.s, "appeal_kind.", &["card", "score"]);
    let states = choices(&view.s, "appeal_state.", &["open", "upheld", "overturned"]);
    let mut filters = vec![view.filter("kind", key("appeal.kind"), kinds)];
    filters.extend(view.filters(states)?);
    let foot = pager("/appeals", API, &view.query, grid.rows.len(), next);
    let sheet = Sheet::new(&view.s, view.t("nav.appeals"))
        .with(paragraphs(view.t("appeal.where")))
        .with(Body::Filters(filters))
        .with(Body::Grid(grid))
        .with(Body::Pager(foot));
    show(&app, &caller, &sheet).await
}
