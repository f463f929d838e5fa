//! Guides (办事指南): found by a word or a department, and one to read and to print.

use super::super::catalogue::said;
use super::super::form::{read, rows};
use super::super::{House, asked, pager, several};
use super::{around_of_today, kept};
use crate::api::answer::Refusal;
use crate::api::guide;
use crate::app::App;
use crate::catalogue::{Guide, GuideBrief};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use daylight_console::sheet::{Body, Choice, Drawing, Field, Form, Grid, Kind, Link, Said, Sheet};
use daylight_console::shell::Shell;
use daylight_console::text::{Text, data};
use std::collections::HashMap;

/// Departments that have guides.
pub(super) fn departments(app: &App) -> Vec<Choice> {
    let all = app.config.departments.values();
    all.map(|d| (d.id.clone(), data(&d.name))).collect()
}

/// The form that looks for guides.
pub(super) fn search(app: &App, s: &Shell, word: &str, department: &str) -> Form {
    let fields = vec![
        Field::new("word", s.t("public.word"), Kind::Line).value(word),
        Field::new("department", s.t("list.department"), Kind::Choice(departments(app))).value(department),
    ];
    Form { asks: true, ..Form::new("/public/items", s.t("public.search"), fields) }
}

/// The JSON that an operation of the API answers.
pub(super) async fn json_of(answer: Response) -> serde_json::Value {
    let bytes = axum::body::to_bytes(answer.into_body(), 1 << 24).await.unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

pub(super) async fn list(
    State(app): House,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let s = around_of_today(&app, (&headers, &uri), "/public/items");
    let query = asked(query);
    let answer = guide::list(State(app.clone()), Query(query.clone())).await?;
    let (guides, next) = rows::<GuideBrief>(json_of(answer).await)?;
    let value = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let heads = [
        s.t("item_field.name"),
        s.t("list.department"),
        s.t("item_field.promise_limit"),
        s.t("item_field.legal_limit"),
        s.t("item_field.is_fee"),
    ];
    let mut grid = Grid::new("", &heads);
    let row = |one: &GuideBrief| {
        vec![
            Said::link(format!("/public/items/{}", one.code), data(&one.name)),
            Said::data(one.department_name.clone()),
            Said::text(said::limit(&s, one.promise_limit)),
            Said::text(said::limit(&s, one.legal_limit)),
            Said::text(s.t(if one.is_fee { "item.yes" } else { "item.no" })),
        ]
    };
    grid.rows = guides.iter().map(row).collect();
    let mut foot = pager("/public/items", "/api/v1/public/items", &query, grid.rows.len(), next);
    foot.files.clear();
    let form = search(&app, &s, value("word"), value("department"));
    let sheet = Sheet::new(&s, s.t("public.guides"))
        .with(Body::Forms(vec![form]))
        .with(Body::Grid(grid))
        .with(Body::Pager(foot));
    kept(&app, &headers, &sheet).await
}

pub(super) async fn one(
    State(app): House,
    Path(code): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let s = around_of_today(&app, (&headers, &uri), "/public/items");
    let guide: Guide = read(json_of(guide::one(State(app.clone()), Path(code.clone())).await?).await)?;
    let item = &guide.item;
    let fact = |field: &str, text: Text| (s.of("item_field.", field).into(), Said::Text(text));
    let yes = |yes: bool| Text::from(s.t(if yes { "item.yes" } else { "item.no" }));
    let maybe = |text: &Option<String>| data(text.clone().unwrap_or_default());
    let mut facts = vec![
        fact("department", data(&guide.department_name)),
        fact("code", data(&item.code)),
        fact("task_type", said::task_type(&s, item).into()),
        fact("promise_limit", said::limit(&s, item.promise_limit).into()),
        fact("legal_limit", said::limit(&s, item.legal_limit).into()),
        fact("is_fee", yes(item.is_fee)),
        fact("quantity_limited", yes(item.quantity_limited)),
        fact("result_kind", s.of("item_result.", &item.result_kind).into()),
        fact("channels", several(&s, item.channels.iter().map(|c| said::coded(&s, "channel", c)))),
        fact("place", maybe(&item.place)),
        fact("consult", maybe(&item.consult)),
        fact("valid_from", item.valid_from.to_string().into()),
    ];
    facts.retain(|(_, said)| !matches!(said, Said::Text(text) if text.is_empty()));
    let sample = item.sample_form.iter().map(|form| match form.split_once("://") {
        Some(("http" | "https", _)) => Said::link(form.clone(), data(form)),
        _ => Said::data(form.clone()),
    });
    facts.extend(sample.map(|said| (s.t("item_field.sample_form").into(), said)));
    let mut sheet = Sheet::new(&s, data(&item.name))
        .with(Body::Facts(facts))
        .under(s.t("item_field.legal_basis"), Body::Text(item.legal_basis.lines().map(data).collect()))
        .under(s.t("item_field.conditions"), Body::Text(item.conditions.iter().map(data).collect()));
    sheet.up = vec![Link::new("/public/items", s.t("public.guides"))];
    for (heading, grid) in [
        ("item_field.materials", said::materials(&s, item)),
        ("item_field.fees", said::fees(&s, item)),
        ("item_field.specials", said::specials(&s, item)),
    ] {
        if !grid.rows.is_empty() {
            sheet = sheet.under(s.t(heading), Body::Grid(grid));
        }
    }
    if let Some(flow) = item.flow.as_ref().filter(|flow| !flow.draft) {
        let alt = data(&item.name).and(" ").and(s.t("case.flow"));
        let src = format!("/api/v1/public/items/{code}/flow.svg");
        sheet = sheet
            .under(s.t("public.procedure"), Body::Drawing(Drawing { src, alt }))
            .with(Body::Grid(said::flow(&s, flow)));
    }
    let links = vec![
        Link::new(format!("/public/ask?department={}&item={code}", item.department), s.t("public.ask_about")),
        Link::new(format!("/public/complain?department={}", item.department), s.t("public.complain_about")),
    ];
    let sheet = sheet.with(Body::Links(links)).with(Body::Text(vec![s.t("public.print").into()]));
    kept(&app, &headers, &sheet).await
}
