//! The day at the window (窗口统计): received, accepted, finished, late – from the same counts as everybody's statistics.

use super::{closed, open};
use crate::api::answer::Refusal;
use crate::api::web::{House, answer, show};
use crate::people::Caller;
use crate::stats::{Asked, By};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use daylight_console::sheet::{Body, Grid, Head, Number, Said, Sheet};
use daylight_console::text::data;
use daylight_domain::stats::Summary;

pub(super) async fn today(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let (s, by, settings) = open(&app, &caller, ((&headers, &uri), "/desk/today"), None).await?;
    if let Err(problem) = settings {
        return answer(&s, &closed(&s, &problem));
    }
    let day = app.clock.now().date();
    let asked = Asked { department: Some(by.department.to_owned()), group: Some(By::Window), ..Asked::of(day, day) };
    let seen = app.stats(&asked).await?;
    let figures = |one: &Summary| [one.received, one.accepted, one.finished, one.open, one.open_over_promise];
    let heads = [
        s.t("desk.today_received"),
        s.t("desk.today_accepted"),
        s.t("desk.today_finished"),
        s.t("desk.today_open"),
        s.t("desk.today_late"),
    ];
    let links = [
        "/desk/cases",
        "/desk/cases?state=processing",
        "/desk/cases?state=finished",
        "/desk?whose=all",
        "/desk?whose=all",
    ];
    let numbers = heads.iter().zip(figures(&seen.total)).zip(links).map(|((label, value), href)| Number {
        label: (*label).into(),
        value: value.to_string(),
        href: Some(href.to_owned()),
        level: None,
    });
    let mut grid = Grid { heads: vec![Head::new(s.t("desk.window"))], ..Grid::new("", &[]) };
    grid.heads.extend(heads.iter().map(|head| Head::number(*head)));
    let rows = seen.groups.iter().filter_map(|group| Some((group, group.cases.as_ref()?)));
    grid.rows = rows
        .map(|(group, cases)| {
            let name = if group.key.is_empty() { s.t("desk.no_window").into() } else { data(&group.key) };
            let values = figures(cases).map(|n| Said::Number(n.to_string()));
            std::iter::once(Said::text(name)).chain(values).collect()
        })
        .collect();
    let sheet = Sheet::new(&s, s.t("nav.desk_today"))
        .with(Body::Numbers(numbers.collect()))
        .under(s.t("desk.by_window"), Body::Grid(grid));
    show(&app, &caller, &sheet).await
}
