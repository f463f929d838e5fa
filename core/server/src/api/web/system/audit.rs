//! 审计: who did what, when, and whether the chain is whole.

use super::{Looks, count, fact, shown, value};
use crate::api::answer::{Refusal, limit};
use crate::api::system;
use crate::api::web::form::{house, read, rows};
use crate::api::web::{House, limits, pager, said};
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use daylight_console::list::Filter;
use daylight_console::sheet::{Body, Form, Grid, Link, Said, Sheet, Tone};
use daylight_console::shell::key;
use daylight_console::text::Text;
use daylight_store::{AuditRow, LedgerReport};

pub(super) async fn list(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    let s = looks.shell(&app, "/audit").await?;
    let query = looks.query();
    let most = limit(&query)?;
    let answer = system::audit(house(&app), Extension(looks.caller.clone()), Query(query.clone())).await?;
    let (all, next) = rows::<AuditRow>(answer.0)?;
    let heads = [
        s.t("audit.seq"),
        s.t("act.at"),
        s.t("audit.actor"),
        s.t("audit.action"),
        s.t("audit.object"),
        s.t("audit.detail"),
        s.t("audit.hash"),
    ];
    let mut grid = Grid::new("", &heads);
    grid.rows = all
        .iter()
        .map(|r| {
            let hash: String = hex::encode(r.hash).chars().take(16).collect();
            vec![
                Said::Number(r.seq.to_string()),
                Said::text(said(r.entry.at)),
                Said::text(s.who(&r.entry.actor)),
                Said::Code(r.entry.action.clone()),
                Said::data(r.entry.object.clone()),
                Said::Code(r.entry.detail.clone()),
                Said::Code(hash),
            ]
        })
        .collect();
    let free = |name, label| Filter { name, label, value: value(&query, name), choices: Vec::new() };
    let filters = vec![
        free("actor", key("audit.actor")),
        free("action", key("audit.action")),
        free("object", key("audit.object")),
        free("from", key("audit.from")),
        free("to", key("audit.to")),
        limits(most),
    ];
    let verify = Form { asks: true, ..Form::new("/audit/verify", s.t("audit.verify"), Vec::new()) };
    let foot = pager("/audit", "/api/v1/audit", &query, grid.rows.len(), next);
    let sheet = Sheet::new(&s, s.t("audit.title"))
        .with(Body::Filters(filters))
        .with(Body::Grid(grid))
        .with(Body::Pager(foot))
        .under(s.t("audit.chain"), Body::Forms(vec![verify]));
    shown(&app, &looks, sheet, None).await
}

pub(super) async fn verify(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    let s = looks.shell(&app, "/audit").await?;
    let report: LedgerReport = read(system::verify(house(&app), Extension(looks.caller.clone())).await?.0)?;
    let state = if report.verified {
        Said::tag(Tone::Good, format!("{} {}", s.t("audit.whole"), report.events))
    } else {
        Said::tag(Tone::Bad, s.t("audit.broken"))
    };
    let facts = vec![
        fact(&s, key("list.state"), state),
        fact(&s, key("audit.links"), count(report.events)),
        fact(&s, key("audit.head"), Said::Code(report.head)),
    ];
    let mut sheet = Sheet::new(&s, s.t("audit.chain"));
    sheet.up = vec![Link::new("/audit", s.t("audit.title"))];
    shown(
        &app,
        &looks,
        sheet.with(Body::Facts(facts)).with(Body::Text(report.problems.into_iter().map(Text::from).collect())),
        None,
    )
    .await
}
