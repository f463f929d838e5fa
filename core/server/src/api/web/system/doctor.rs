//! 诊断: what is in order, what deserves a look, what is broken, and what to do about each.

use super::{Looks, foot, shown};
use crate::api::answer::Refusal;
use crate::api::web::{House, said};
use crate::doctor::State as Found;
use axum::extract::State;
use axum::response::Response;
use daylight_console::sheet::{Body, Grid, Number, Said, Sheet, Tone};

pub(super) async fn page(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    let s = looks.shell(&app, "/doctor").await?;
    let found = app.doctor().await?;
    let word = |state: Found| match state {
        Found::Ok => (Tone::Good, s.t("doctor.ok")),
        Found::Warning => (Tone::Warn, s.t("doctor.warning")),
        Found::Error => (Tone::Bad, s.t("doctor.error")),
    };
    let numbers = [Found::Error, Found::Warning, Found::Ok].map(|state| Number {
        label: word(state).1.into(),
        value: found.checks.iter().filter(|c| c.state == state).count().to_string(),
        href: None,
        level: None,
    });
    let heads = [s.t("doctor.what"), s.t("list.state"), s.t("doctor.seen"), s.t("manual.fix"), s.t("manual.code")];
    let mut grid = Grid::new("", &heads);
    let mut checks: Vec<_> = found.checks.iter().collect();
    checks.sort_by_key(|c| std::cmp::Reverse(c.state));
    grid.rows = checks
        .into_iter()
        .map(|c| {
            let (tone, text) = word(c.state);
            let code = c
                .code
                .as_ref()
                .map_or_else(|| Said::text(""), |code| Said::link(format!("/docs/errors/{code}"), code.clone()));
            vec![
                Said::Code(c.what.clone()),
                Said::tag(tone, text),
                Said::text(s.either(&c.seen_zh, &c.seen_en)),
                Said::text(s.either(&c.fix, &c.fix_en).clone().unwrap_or_default()),
                code,
            ]
        })
        .collect();
    let end = foot("/doctor", "/api/v1/doctor", &looks.query(), grid.rows.len());
    let sheet = Sheet::new(&s, s.t("doctor.title"))
        .with(Body::Text(vec![format!("{} {}", s.t("doctor.at"), said(found.at)).into()]))
        .with(Body::Numbers(numbers.to_vec()))
        .with(Body::Grid(grid))
        .with(end);
    shown(&app, &looks, sheet, None).await
}
