//! Two score runs: what moved, and why.

use super::super::{House, asked, name, shell, show};
use super::score::state_of;
use super::{grade, moved, points};
use crate::api::answer::{Refusal, bad};
use crate::app::App;
use crate::evaluate::{Compared, DepartmentMoved, LineMoved, LineSide, Standing};
use crate::people::Caller;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use daylight_console::sheet::{Body, Grid, Head, Link, Said, Sheet};
use daylight_console::shell::{Shell, key};
use std::collections::HashMap;

fn side(s: &Shell, one: &Compared) -> Vec<Said> {
    vec![
        Said::link(format!("/scores/{}", one.run), one.period.clone()),
        Said::text(format!("{} {}", one.standard, one.version)),
        state_of(s, &one.status),
    ]
}

fn standing(s: &Shell, one: Option<&Standing>) -> String {
    one.map_or_else(
        || "—".to_owned(),
        |one| {
            let rank = one.rank.map(|r| format!(" #{r}")).unwrap_or_default();
            format!("{} {}{rank}", points(one.total), grade(s, &one.grade))
        },
    )
}

fn departments(app: &App, s: &Shell, all: &[DepartmentMoved]) -> Grid {
    let mut grid = Grid { heads: vec![Head::new(s.t("list.department"))], ..Grid::default() };
    let heads = [key("stats.was"), key("stats.is"), key("stats.difference"), key("score.places")];
    grid.heads.extend(heads.map(|key| Head::number(s.t(key))));
    grid.rows = all
        .iter()
        .map(|d| {
            let by =
                d.was.as_ref().zip(d.is.as_ref()).map_or_else(|| "—".to_owned(), |(a, b)| moved(b.total - a.total));
            let places =
                d.places.map_or_else(|| "—".to_owned(), |n| if n > 0 { format!("+{n}") } else { n.to_string() });
            let numbers = [standing(s, d.was.as_ref()), standing(s, d.is.as_ref()), by, places].map(Said::Number);
            std::iter::once(Said::text(name(app, &d.department))).chain(numbers).collect()
        })
        .collect();
    grid
}

fn line(s: &Shell, one: &LineMoved) -> Vec<Said> {
    let called = s.either(&one.name_zh, &one.name_en);
    let got = |side: Option<&LineSide>| {
        let points = side.and_then(|l| l.points.map(|p| format!("{} / {}", points(p), points(l.weight))));
        points.unwrap_or_else(|| s.t("score.not_assessed").to_owned())
    };
    let why =
        |side: Option<&LineSide>| side.map(|l| s.either(&l.explain_zh, &l.explain_en).to_owned()).unwrap_or_default();
    vec![
        Said::text(format!("{} {called}", one.indicator)),
        Said::Number(got(one.was.as_ref())),
        Said::Number(got(one.is.as_ref())),
        Said::Number(moved(one.moved)),
        Said::text(why(one.was.as_ref())),
        Said::text(why(one.is.as_ref())),
    ]
}

/// Why a department moved.
fn because(s: &Shell, one: &DepartmentMoved) -> Grid {
    let mut grid = Grid { heads: vec![Head::new(s.t("score.indicator"))], ..Grid::default() };
    grid.heads.extend(["stats.was", "stats.is", "stats.difference"].map(|key| Head::number(s.t(key))));
    grid.heads.extend([key("score.how_was"), key("score.how_is")].map(|key| Head::new(s.t(key))));
    grid.rows = one.indicators.iter().chain(&one.adjustments).map(|l| line(s, l)).collect();
    for d in &one.dimensions {
        let share = |of: Option<(i64, i64)>| {
            of.map_or_else(|| "—".to_owned(), |(p, w)| format!("{} / {}", points(p), points(w)))
        };
        let by = d.share_moved.map_or_else(|| "—".to_owned(), |n| format!("{}%", moved(n)));
        let numbers = [share(d.was), share(d.is), by].map(Said::Number);
        let none = [Said::text(""), Said::text("")];
        grid.rows.push(std::iter::once(Said::text(d.dimension.clone())).chain(numbers).chain(none).collect());
    }
    grid
}

pub(super) async fn show_page(
    app: &App,
    caller: &Caller,
    around: (&HeaderMap, &Uri),
    (id, other): (&str, &str),
) -> Result<Response, Refusal> {
    let s = shell(app, caller, around, "/scores").await?;
    let found = app.compare_runs(id, other, Some(caller)).await?;
    let mut two = Grid::new("", &[s.t("score.period"), s.t("score.standard"), s.t("list.state")]);
    two.rows = vec![side(&s, &found.a), side(&s, &found.b)];
    let mut sheet = Sheet::new(&s, s.t("score.compare"));
    sheet.up =
        vec![Link::new("/scores", s.t("nav.scores")), Link::new(format!("/scores/{id}"), found.a.period.clone())];
    sheet = sheet
        .under(s.t("score.moved"), Body::Grid(departments(app, &s, &found.items)))
        .under(s.t("score.both"), Body::Grid(two));
    for one in &found.items {
        let why = because(&s, one);
        if !why.rows.is_empty() {
            sheet = sheet.under(name(app, &one.department), Body::Grid(why));
        }
    }
    show(app, caller, &sheet).await
}

pub(super) async fn show_both(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let query = asked(query);
    let other = query.get("with").ok_or_else(|| bad("score.request", "没有说明与哪次评分比较", "在评分页面上选择"))?;
    show_page(&app, &caller, (&headers, &uri), (&id, other)).await
}
