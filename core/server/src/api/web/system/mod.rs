//! The pages of those who run the place: connection, quarantine, plugins, rules, calendar, people, audit, configuration, doctor,
//! deliveries; the door; the manuals.

mod account;
mod audit;
mod calendar;
mod configuration;
mod connector;
mod delivery;
mod docs;
mod doctor;
mod door;
mod gate;
mod plugin;
mod quarantine;
mod rollout;
mod rules;
mod user;

use super::matter::{Again, Looks};
use super::{answer, pager};
use crate::api::answer::Refusal;
use crate::api::read::department_views;
use crate::app::App;
use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use daylight_console::list::Pager;
use daylight_console::sheet::{Body, Grid, Head, Link, Said, Sheet};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use std::collections::HashMap;
use std::sync::Arc;

/// Pages, and the operation each shows or does.
pub(super) const SHOWS: &[(&str, &str)] = &[
    ("/departments", "/api/v1/rollout"),
    ("/departments/{id}", "/api/v1/departments/{id}/gate"),
    ("/departments/{id}/gate-reports", "/api/v1/departments/{id}/gate-reports"),
    ("/gate-reports", "/api/v1/gate-reports"),
    ("/gate-reports/{no}", "/api/v1/gate-reports/{no}"),
    ("/gate-reports/{no}/sign", "/api/v1/gate-reports/{no}/sign"),
    ("/connectors", "/api/v1/connectors"),
    ("/connectors/{id}", "/api/v1/connectors/{id}"),
    ("/connectors/{id}/pull", "/api/v1/departments/{id}/pulls"),
    ("/pulls", "/api/v1/pulls"),
    ("/pulls/{run}", "/api/v1/pulls/{run}"),
    ("/quarantine", "/api/v1/quarantine"),
    ("/quarantine/{id}", "/api/v1/quarantine/{id}"),
    ("/quarantine/replay", "/api/v1/quarantine/replay"),
    ("/reconciliations", "/api/v1/reconciliations"),
    ("/plugins", "/api/v1/plugins"),
    ("/rules", "/api/v1/rules"),
    ("/rules/{id}", "/api/v1/rules/{id}"),
    ("/rules/diff", "/api/v1/rules/diff"),
    ("/calendar", "/api/v1/calendar"),
    ("/audit", "/api/v1/audit"),
    ("/audit/verify", "/api/v1/audit/verify"),
    ("/users", "/api/v1/users"),
    ("/users/{name}", "/api/v1/users"),
    ("/users/{name}/tokens", "/api/v1/tokens"),
    ("/users/{name}/{act}", "/api/v1/users/{name}/{act}"),
    ("/tokens", "/api/v1/tokens"),
    ("/tokens/{id}/revoke", "/api/v1/tokens/{id}/revoke"),
    ("/account", "/api/v1/session"),
    ("/account/password", "/api/v1/session/password"),
    ("/account/tokens/{id}/revoke", "/api/v1/session/tokens/{id}/revoke"),
    ("/configuration", "/api/v1/configuration"),
    ("/doctor", "/api/v1/doctor"),
    ("/deliveries", "/api/v1/deliveries"),
    ("/deliveries/{id}/retry", "/api/v1/deliveries/{id}/retry"),
];

/// Those of them that only do something.
pub(super) const DEEDS: &[&str] = &[
    "/departments/{id}/gate-reports",
    "/gate-reports/{no}/sign",
    "/connectors/{id}/pull",
    "/quarantine/replay",
    "/rules/diff",
    "/users/{name}/tokens",
    "/tokens/{id}/revoke",
    "/account/password",
    "/account/tokens/{id}/revoke",
    "/deliveries/{id}/retry",
];

/// The pages for those who may.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/departments", get(rollout::list))
        .route("/departments/{id}", get(rollout::one))
        .route("/departments/{id}/gate-reports", post(gate::freeze))
        .route("/gate-reports", get(gate::reports))
        .route("/gate-reports/{no}", get(gate::one))
        .route("/gate-reports/{no}/sign", post(gate::sign))
        .route("/connectors", get(connector::list))
        .route("/connectors/{id}", get(connector::one))
        .route("/connectors/{id}/pull", post(connector::pull))
        .route("/pulls", get(connector::runs))
        .route("/pulls/{run}", get(connector::run))
        .route("/quarantine", get(quarantine::list))
        .route("/quarantine/{id}", get(quarantine::one))
        .route("/quarantine/replay", post(quarantine::replay))
        .route("/reconciliations", get(quarantine::reconciliations))
        .route("/plugins", get(plugin::list))
        .route("/rules", get(rules::list))
        .route("/rules/{id}", get(rules::one))
        .route("/rules/diff", post(rules::diff))
        .route("/calendar", get(calendar::year))
        .route("/audit", get(audit::list))
        .route("/audit/verify", get(audit::verify))
        .route("/users", get(user::list).post(user::add))
        .route("/users/{name}", get(user::one))
        .route("/users/{name}/tokens", post(user::give))
        .route("/users/{name}/{act}", post(user::act))
        .route("/tokens", get(user::tokens))
        .route("/tokens/{id}/revoke", post(user::revoke))
        .route("/account", get(account::page))
        .route("/account/password", post(account::password))
        .route("/account/tokens/{id}/revoke", post(account::revoke))
        .route("/configuration", get(configuration::page))
        .route("/doctor", get(doctor::page))
        .route("/deliveries", get(delivery::list))
        .route("/deliveries/{id}/retry", post(delivery::retry))
}

/// The pages for anybody.
pub(super) fn open() -> Router<Arc<App>> {
    Router::new()
        .route("/sign-in", get(door::form_page).post(door::form_sent))
        .route("/sign-in/{secret}", get(door::link_page).post(door::link_sent))
        .route("/sign-out", post(door::sign_out))
        .route("/docs", get(docs::contents))
        .route("/docs/errors", get(docs::errors))
        .route("/docs/errors/{code}", get(docs::error))
        .route("/docs/measures", get(docs::measures))
        .route("/docs/rules", get(docs::rules))
        .route("/docs/life.svg", get(docs::life))
        .route("/docs/{*name}", get(docs::manual))
}

/// A page, with what was refused before.
async fn shown(app: &App, looks: &Looks, sheet: Sheet, again: Option<Again>) -> Result<Response, Refusal> {
    super::matter::shown(app, &looks.caller, sheet, again).await
}

fn fact(s: &Shell, label: &str, said: Said) -> (Text, Said) {
    (s.t(label).into(), said)
}

/// Words of the house where they were said in both languages; where they were not, they stay as they were written.
fn said_or_data(s: &Shell, zh: &str, en: Option<&str>) -> Text {
    en.map_or_else(|| data(zh), |en| s.either(zh, en).into())
}

/// A part of an address.
fn part(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// A value of a query.
fn value(query: &HashMap<String, String>, name: &str) -> String {
    query.get(name).cloned().unwrap_or_default()
}

/// The foot of a list that is whole on one page; for a program the operation gives all of it.
fn foot(path: &str, api: &str, query: &HashMap<String, String>, shown: usize) -> Body {
    Body::Pager(Pager { export: api.to_owned(), ..pager(path, api, query, shown, None) })
}

fn count(n: impl std::fmt::Display) -> Said {
    Said::Number(n.to_string())
}

/// The county at a glance. Public on purpose: numbers only, no case and no person.
pub(super) async fn status(app: &App, s: Shell) -> Result<Response, Refusal> {
    let levels = ["prewarning", "yellow", "red"];
    let mut heads: Vec<Head> = [
        s.t("overview.department"),
        s.t("overview.phase"),
        s.t("connect.connector"),
        s.t("overview.source"),
        s.t("overview.last"),
    ]
    .into_iter()
    .map(Head::new)
    .collect();
    heads.extend([s.t("overview.cases"), s.t("overview.open"), s.t("overview.rejects")].map(Head::number));
    heads.extend(levels.map(|level| Head::number(s.of("level.", level))));
    let rows = department_views(app).await?.into_iter().map(|d| {
        let mut row = vec![
            Said::data(d.name),
            Said::text(s.word(d.phase.name_zh(), d.phase.as_str())),
            Said::text(d.connector.unwrap_or_else(|| s.t("connect.pushed").to_owned())),
            super::standing::tag(&s, d.health, d.pulling),
            Said::text(super::said_or(d.last_pull)),
            count(d.cases),
            count(d.open),
            count(d.rejects),
        ];
        row.extend(d.cards.map(count));
        row
    });
    let grid = Grid { heads, rows: rows.collect(), ..Grid::default() };
    let public = Link::new("/public", s.t("public.title"));
    let sheet = Sheet::new(&s, s.t(key("connect.status"))).with(Body::Links(vec![public])).with(Body::Grid(grid));
    answer(&s, &sheet)
}
