//! Items: the list, and one with its versions, its flow, what the checks say of it and how it is used.

use super::super::form::{house, read, rows};
use super::super::{House, allowed, asked, departments, limits, name, pager, rule, several, shell, show};
use super::said;
use crate::api::answer::{Refusal, limit};
use crate::api::{item, paths};
use crate::app::App;
use crate::catalogue::{ItemBrief, ItemCases, ItemChecks};
use crate::people::Caller;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use daylight_console::list::Filter;
use daylight_console::sheet::{Body, Choice, Drawing, Field, Form, Grid, Head, Link, Number, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::draft::{Change, ItemDraft, Remark, TASK_TYPES};
use daylight_domain::item::{Item, ItemState};
use std::collections::HashMap;
use std::sync::Arc;

const API: &str = "/api/v1/items";
/// Paths shown of an item.
const PATHS: &str = "10";

fn tone(item: &Item) -> Tone {
    match item.state {
        ItemState::Published => Tone::Good,
        ItemState::Suspended | ItemState::Cancelled => Tone::Bad,
        _ => Tone::Warn,
    }
}

fn states(s: &Shell) -> Vec<Choice> {
    ["published", "suspended", "cancelled", "draft", "checking"]
        .map(|w| (w.to_owned(), s.of("item_state.", w).into()))
        .to_vec()
}

/// Kinds of items to choose from.
pub(super) fn task_types(s: &Shell) -> Vec<Choice> {
    TASK_TYPES.iter().map(|(code, _)| ((*code).to_owned(), said::task(s, code).into())).collect()
}

pub(super) async fn list(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/items").await?;
    let query = asked(query);
    let most = limit(&query)?;
    let (items, next) = rows::<ItemBrief>(item::list(house(&app), Query(query.clone())).await?.0)?;
    let value = |name: &str| query.get(name).cloned().unwrap_or_default();
    let all = departments(&app, &Caller { department: None, ..caller.clone() });
    let fees = [("true", s.t("item.yes")), ("false", s.t("item.no"))].map(|(w, t)| (w.to_owned(), t.into()));
    let filter = |name, label, choices| Filter { name, label, value: value(name), choices };
    let filters = vec![
        filter("word", key("item.word"), Vec::new()),
        filter("department", key("list.department"), all),
        filter("task_type", key("item_field.task_type"), task_types(&s)),
        filter("state", key("list.state"), states(&s)),
        filter("fee", key("item_field.is_fee"), fees.to_vec()),
        limits(most),
    ];
    let mut grid = Grid::new("", &[]);
    grid.heads = vec![
        Head::new(s.t("item_field.code")),
        Head::new(s.t("item_field.name")),
        Head::new(s.t("list.department")),
        Head::new(s.t("list.state")),
        Head::new(s.t("item_field.task_type")),
        Head::new(s.t("item_field.legal_limit")),
        Head::new(s.t("item_field.promise_limit")),
        Head::number(s.t("item_field.version")),
        Head::number(s.t("nav.item_drafts")),
    ];
    let row = |one: &ItemBrief| {
        let i = &one.item;
        let coming = one.coming.map(|v| format!(" → {v}")).unwrap_or_default();
        vec![
            Said::link(format!("/items/{}", i.code), i.code.clone()),
            Said::data(i.name.clone()),
            Said::text(name(&app, &i.department)),
            Said::tag(tone(i), said::state(&s, i)),
            Said::text(said::task_type(&s, i)),
            Said::text(said::limit(&s, i.legal_limit)),
            Said::text(said::limit(&s, i.promise_limit)),
            Said::Number(format!("{}{coming}", i.version)),
            Said::Number(one.drafts.to_string()),
        ]
    };
    grid.rows = items.iter().map(row).collect();
    let foot = pager("/items", API, &query, grid.rows.len(), next);
    let sheet =
        Sheet::new(&s, s.t("nav.items")).with(Body::Filters(filters)).with(Body::Grid(grid)).with(Body::Pager(foot));
    show(&app, &caller, &sheet).await
}

/// What a check says, as a table.
pub(super) fn remarks(app: &App, s: &Shell, all: &[Remark]) -> Grid {
    let mut grid = Grid::new("", &[s.t("item.remark"), s.t("item.field"), s.t("case.explain"), s.t("item.fix")]);
    let row = |r: &Remark| {
        let line = r.line.map(|n| format!(" {n}")).unwrap_or_default();
        vec![
            Said::tag(if r.grave { Tone::Bad } else { Tone::Warn }, r.code.clone()),
            Said::text(format!("{}{line}", s.of("item_field.", &r.field))),
            Said::text(said::remark(app, s, r).0),
            Said::text(said::remark(app, s, r).1),
        ]
    };
    grid.rows = all.iter().map(row).collect();
    grid
}

/// Lists with something in them.
fn some(grid: Grid) -> Option<Body> {
    (!grid.rows.is_empty()).then_some(Body::Grid(grid))
}

/// What an item says, part by part.
pub(super) fn parts(app: &App, s: &Shell, mut sheet: Sheet, item: &Item, drawing: String) -> Sheet {
    let lines = |text: &str| Body::Text(text.lines().map(data).collect());
    sheet = sheet
        .with(Body::Facts(said::facts(app, s, item)))
        .under(s.t("item_field.legal_basis"), lines(&item.legal_basis))
        .under(s.t("item_field.conditions"), Body::Text(item.conditions.iter().map(data).collect()));
    for (heading, grid) in [
        ("item_field.materials", said::materials(s, item)),
        ("item_field.fees", said::fees(s, item)),
        ("item_field.specials", said::specials(s, item)),
    ] {
        if let Some(body) = some(grid) {
            sheet = sheet.under(s.t(heading), body);
        }
    }
    if let Some(flow) = &item.flow {
        let alt = data(&item.name).and(" ").and(s.t("case.flow"));
        let mut at = Text::from(s.t("case.flow"));
        if flow.draft {
            at = at.and(s.bracketed(s.t("item_field.flow_draft")));
        }
        sheet = sheet.under(at, Body::Drawing(Drawing { src: drawing, alt })).with(Body::Grid(said::flow(s, flow)));
    }
    sheet
}

/// Who may draft the next version of an item.
fn draft_form(caller: &Caller, s: &Shell, item: &Item) -> Vec<Form> {
    let own = caller.department.as_ref().is_none_or(|own| *own == item.department);
    if !own || allowed(caller, &Method::POST, "/api/v1/item-drafts").is_err() {
        return Vec::new();
    }
    vec![Form::new("/item-drafts", s.t("item.do_draft"), vec![Field::hidden("code", item.code.clone())])]
}

/// How an item is used: cases by version, the most frequent paths.
async fn used(app: &Arc<App>, caller: &Caller, s: &Shell, (mut sheet, item): (Sheet, &Item)) -> Result<Sheet, Refusal> {
    if caller.department.as_ref().is_some_and(|own| *own != item.department) {
        return Ok(sheet);
    }
    let none = Query(HashMap::new());
    let cases = item::cases(house(app), Extension(caller.clone()), Path(item.code.clone()), none).await?;
    let cases: ItemCases = read(cases.0)?;
    let number = |(version, n): (&u32, &u64)| Number {
        label: format!("{} {version}", s.t("item_field.version")).into(),
        value: n.to_string(),
        href: Some(format!("/cases?department={}&item={}", item.department, item.code)),
        level: None,
    };
    let heading = Text::from(s.t("item.cases")).and(s.bracketed(format!("{} – {}", cases.from, cases.to)));
    sheet = sheet.under(heading, Body::Numbers(cases.versions.iter().map(number).collect()));
    if item.flow.is_none() {
        return Ok(sheet);
    }
    let query = HashMap::from([("limit".to_owned(), PATHS.to_owned())]);
    let found = paths::variants(house(app), Extension(caller.clone()), Path(item.code.clone()), Query(query)).await?;
    let variants = found.0.get("variants").and_then(|v| v.as_array()).cloned().unwrap_or_default();
    let mut grid = Grid::new("", &[]);
    let numbers = [
        ("cases", key("overview.cases")),
        ("conforming", key("item.conforming")),
        ("deviating", key("item.deviating")),
    ];
    grid.heads = vec![Head::new(s.t("item.path"))];
    grid.heads.extend(numbers.map(|(_, words)| Head::number(s.t(words))));
    let text = |v: &serde_json::Value, name: &str| {
        v.get(name).map(|x| x.as_str().map_or_else(|| x.to_string(), str::to_owned)).unwrap_or_default()
    };
    let row = |v: &serde_json::Value| {
        let mut row = vec![Said::data(text(v, "key"))];
        row.extend(numbers.map(|(name, _)| Said::Number(text(v, name))));
        row
    };
    grid.rows = variants.iter().map(row).collect();
    if let Some(body) = some(grid) {
        sheet = sheet.under(s.t("item.paths"), body);
    }
    let traffic = format!("{API}/{}/flow.svg?from={}&to={}", item.code, cases.from, cases.to);
    Ok(sheet.with(Body::Links(vec![
        Link::new(traffic, s.t("item.traffic")),
        Link::new(format!("{API}/{}/variants", item.code), s.t("item.variants")),
    ])))
}

pub(super) async fn one(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path(code): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/items").await?;
    let (versions, _) = rows::<Item>(item::versions(house(&app), Path(code.clone())).await?.0)?;
    let today = app.clock.now().date();
    let force = app.item_today(&code)?.version;
    let wanted = query.get("version").and_then(|v| v.parse().ok()).unwrap_or(force);
    let missing = || crate::problem::Problem::new("item.unknown", format!("事项 {code} 没有版本 {wanted}"));
    let item = versions.iter().find(|i| i.version == wanted).ok_or_else(missing)?;
    let drawing = format!("{API}/{code}/flow.svg?version={wanted}");
    let mut sheet = Sheet::new(&s, data(&item.name));
    sheet.up = vec![Link::new("/items", s.t("nav.items"))];
    sheet = parts(&app, &s, sheet, item, drawing);

    let mut grid = Grid::new("", &[]);
    grid.heads = vec![
        Head::number(s.t("item_field.version")),
        Head::new(s.t("item_field.valid_from")),
        Head::new(s.t("item_field.promise_limit")),
        Head::new(s.t("list.state")),
        Head::new(s.t("item.differences")),
    ];
    let row = |(at, one): (usize, &Item)| {
        let before = at.checked_sub(1).and_then(|at| versions.get(at));
        let stands = match () {
            () if one.version == force => Said::tag(Tone::Good, s.t("item.in_force")),
            () if one.valid_from > today => Said::tag(Tone::Warn, s.t("item.coming")),
            () => Said::tag(Tone::Plain, s.t("item.past")),
        };
        vec![
            Said::link(format!("/items/{code}?version={}", one.version), one.version.to_string()),
            Said::text(one.valid_from.to_string()),
            Said::text(said::limit(&s, one.promise_limit)),
            stands,
            before.map_or_else(
                || Said::text(""),
                |b| {
                    let to = format!("/items/{code}?old={}&new={}", b.version, one.version);
                    Said::link(to, format!("{} → {}", b.version, one.version))
                },
            ),
        ]
    };
    grid.rows = versions.iter().enumerate().map(row).collect();
    sheet = sheet.under(s.t("item.versions"), Body::Grid(grid));
    if let (Some(old), Some(new)) = (query.get("old"), query.get("new")) {
        let asked = HashMap::from([("old".to_owned(), old.clone()), ("new".to_owned(), new.clone())]);
        let (found, _) = rows::<Change>(item::differences(house(&app), Path(code.clone()), Query(asked)).await?.0)?;
        let heading = format!("{} {old} → {new}", s.t("item.differences"));
        sheet = sheet.under(heading, Body::Grid(said::changes(&s, &found, (old, new))));
    }
    let checks: ItemChecks = read(item::checks(house(&app), Path(code.clone())).await?.0)?;
    let on = several(&s, checks.rules.iter().map(|(id, _)| rule(&app, &s, id)));
    sheet = sheet.under(s.t("item.checks"), Body::Text(vec![Text::from(s.t("item.rules_on")).and(s.colon()).and(on)]));
    sheet = match some(remarks(&app, &s, &checks.remarks)) {
        Some(body) => sheet.with(body),
        None => sheet.with(Body::Text(vec![s.t("item.in_order").into()])),
    };
    let mut found = Grid::new("", &[s.t("case.rule"), s.t("list.level"), s.t("case.fact"), s.t("case.explain")]);
    found.rows = checks
        .findings
        .iter()
        .map(|row| {
            let f = &row.finding;
            vec![
                Said::text(f.rule.clone()),
                Said::Level(f.level.as_str()),
                Said::text(super::super::said(f.fact_time)),
                Said::data(f.explain_zh.clone()),
            ]
        })
        .collect();
    if let Some(body) = some(found) {
        sheet = sheet.under(s.t("case.findings"), body);
    }
    sheet = used(&app, &caller, &s, (sheet, item)).await?;
    let (drafts, _) = rows::<ItemDraft>(
        item::drafts(
            house(&app),
            Extension(caller.clone()),
            Query(HashMap::from([("limit".to_owned(), "1000".to_owned())])),
        )
        .await?
        .0,
    )?;
    let of_item = drafts.iter().filter(|d| d.item.code == code && d.state.is_open());
    let links = of_item
        .map(|d| {
            let text = format!(
                "{} · {} {} · {}",
                d.no,
                s.t("item_field.version"),
                d.item.version,
                s.word(d.state.name_zh(), d.state.as_str())
            );
            Link::new(format!("/item-drafts/{}", d.no), text)
        })
        .collect();
    sheet = sheet.under(s.t("nav.item_drafts"), Body::Links(links));
    sheet = sheet.under(s.t("act.title"), Body::Forms(draft_form(&caller, &s, item)));
    show(&app, &caller, &sheet).await
}
