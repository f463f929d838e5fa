//! The provincial list: taken in, compared with the catalogue, and drafts made of what somebody chose.

use super::super::form::{body_of, go, house, read, refill, refused, rows};
use super::super::{House, allowed, asked, limits, name, pager, said as at_time, shell, show};
use super::said;
use crate::api::answer::{Refusal, limit};
use crate::api::item;
use crate::app::App;
use crate::catalogue::{CheckedItem, Chosen, Compared, Comparison, Standing};
use crate::people::Caller;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use daylight_console::sheet::{Body, Field, Form, Grid, Head, Kind, Link, Number, Said, Sheet, Tone};
use daylight_console::shell::Shell;
use std::collections::HashMap;
use std::sync::Arc;

const API: &str = "/api/v1/item-lists";

fn import_form(caller: &Caller, s: &Shell) -> Vec<Form> {
    if caller.department.is_some() || allowed(caller, &Method::POST, API).is_err() {
        return Vec::new();
    }
    let field = Field::new("list", s.t("item_list.text"), Kind::Long).needed().hint(s.t("item_list.hint"));
    vec![Form::new("/item-lists", s.t("item_list.do_import"), vec![field])]
}

async fn list_page(
    app: &Arc<App>,
    caller: &Caller,
    (around, query): ((&HeaderMap, &Uri), HashMap<String, String>),
    again: Option<(StatusCode, String, Bytes)>,
) -> Result<Response, Refusal> {
    let s = shell(app, caller, around, "/item-lists").await?;
    let query = asked(query);
    let most = limit(&query)?;
    let (lists, next) = rows::<Compared>(item::lists(house(app), Query(query.clone())).await?.0)?;
    let mut grid = Grid::new("", &[]);
    grid.heads = vec![
        Head::new(s.t("item_list.no")),
        Head::new(s.t("list.state")),
        Head::new(s.t("act.at")),
        Head::new(s.t("act.by")),
        Head::number(s.t("item_list.listed")),
        Head::new("SHA-256"),
    ];
    let row = |one: &Compared| {
        let tone = if one.state == "standing" { Tone::Good } else { Tone::Plain };
        vec![
            Said::link(format!("/item-lists/{}", one.no), one.no.clone()),
            Said::Tag(tone, s.of("item_list_state.", &one.state).to_owned()),
            Said::text(at_time(one.at)),
            Said::text(one.by.clone()),
            Said::Number(one.listed.to_string()),
            Said::Code(one.sha256.clone()),
        ]
    };
    grid.rows = lists.iter().map(row).collect();
    let foot = pager("/item-lists", API, &query, grid.rows.len(), next);
    let mut forms = import_form(caller, &s);
    let mut sheet = Sheet::new(&s, s.t("nav.item_lists"));
    if let Some((_, words, body)) = &again {
        forms.iter_mut().for_each(|f| refill(f, body));
        sheet.said = Some(words.clone());
    }
    let sheet = sheet
        .with(Body::Filters(vec![limits(most)]))
        .with(Body::Grid(grid))
        .with(Body::Pager(foot))
        .under(s.t("item_list.import"), Body::Forms(forms));
    let mut made = show(app, caller, &sheet).await?;
    if let Some((status, ..)) = again {
        *made.status_mut() = status;
    }
    Ok(made)
}

pub(super) async fn list(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    list_page(&app, &caller, ((&headers, &uri), query), None).await
}

pub(super) async fn import(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let pasted = form_urlencoded::parse(&body).find(|(n, _)| n == "list").map(|(_, v)| v.into_owned());
    match item::import(house(&app), Extension(caller.clone()), pasted.unwrap_or_default().into()).await {
        Ok((_, made)) => Ok(go(&format!("/item-lists/{}", made.0.list.no))),
        Err(refusal) => {
            let (status, words) = refused(refusal)?;
            list_page(&app, &caller, ((&headers, &uri), HashMap::new()), Some((status, words, body))).await
        }
    }
}

fn tone(standing: Standing) -> Tone {
    match standing {
        Standing::Same => Tone::Good,
        Standing::Changed | Standing::New => Tone::Warn,
        Standing::Missing => Tone::Bad,
    }
}

/// Which items to make drafts of.
fn choose_form(caller: &Caller, s: &Shell, no: &str, all: &[CheckedItem]) -> Vec<Form> {
    let may = caller.department.is_none() && allowed(caller, &Method::POST, &format!("{API}/{{no}}/draft")).is_ok();
    let open = all.iter().filter(|i| matches!(i.standing, Standing::Changed | Standing::New));
    let choices: Vec<(String, String)> = open.map(|i| (i.code.clone(), format!("{} {}", i.code, i.name))).collect();
    if !may || choices.is_empty() {
        return Vec::new();
    }
    let field = Field::new("codes", s.t("item_list.choose"), Kind::Many(choices));
    vec![Form::new(format!("/item-lists/{no}/draft"), s.t("item_list.do_draft"), vec![field])]
}

async fn page(
    app: &Arc<App>,
    caller: &Caller,
    (no, around, query): (&str, (&HeaderMap, &Uri), &HashMap<String, String>),
    again: Option<(StatusCode, String)>,
) -> Result<Response, Refusal> {
    let s = shell(app, caller, around, "/item-lists").await?;
    let one: Comparison = read(item::one_list(house(app), Path(no.to_owned())).await?.0)?;
    let mut sheet = Sheet::new(&s, format!("{} {no}", s.t("nav.item_lists")));
    sheet.up = vec![Link::new("/item-lists", s.t("nav.item_lists"))];
    sheet.said = again.as_ref().map(|(_, words)| words.clone());
    let number = |(standing, n): (&Standing, &usize)| {
        let word = said::word_of(standing);
        Number {
            label: s.of("item_standing.", &word).to_owned(),
            value: n.to_string(),
            href: Some(format!("/item-lists/{no}?standing={word}")),
            level: None,
        }
    };
    let wanted = query.get("standing");
    let shown = one.items.iter().filter(|i| wanted.is_none_or(|w| *w == said::word_of(&i.standing)));
    let mut grid = Grid::new(
        "",
        &[
            s.t("item_field.code"),
            s.t("item_field.name"),
            s.t("list.department"),
            s.t("list.state"),
            s.t("item.field"),
            s.t("item_list.ours"),
            s.t("item_list.theirs"),
        ],
    );
    for item in shown {
        let code = match item.standing {
            Standing::New => Said::text(item.code.clone()),
            _ => Said::link(format!("/items/{}", item.code), item.code.clone()),
        };
        let mut row = vec![
            code,
            Said::text(item.name.clone()),
            Said::text(item.department.as_deref().map(|d| name(app, d)).unwrap_or_default()),
            Said::Tag(tone(item.standing), s.of("item_standing.", &said::word_of(&item.standing)).to_owned()),
        ];
        let lines =
            |of: &dyn Fn(&daylight_domain::draft::Change) -> String| Said::Lines(item.changes.iter().map(of).collect());
        row.push(lines(&|c| s.of("item_field.", &c.field).to_owned()));
        row.push(lines(&|c| c.old.join("、")));
        row.push(lines(&|c| c.new.join("、")));
        grid.rows.push(row);
    }
    let facts = vec![
        (s.t("list.state").to_owned(), Said::text(s.of("item_list_state.", &one.list.state))),
        (s.t("act.at").to_owned(), Said::text(at_time(one.list.at))),
        (s.t("act.by").to_owned(), Said::text(one.list.by.clone())),
        (s.t("item_list.ignored").to_owned(), Said::text(one.ignored.join("、"))),
        ("SHA-256".to_owned(), Said::Code(one.list.sha256.clone())),
    ];
    let refused = one.refused.iter().map(|r| format!("{} {}", r.what, r.message)).collect();
    let sheet = sheet
        .with(Body::Facts(facts))
        .with(Body::Numbers(one.counts.iter().map(number).collect()))
        .with(Body::Grid(grid))
        .under(s.t("item_list.refused"), Body::Text(refused))
        .under(s.t("item_list.choose"), Body::Forms(choose_form(caller, &s, no, &one.items)));
    let mut made = show(app, caller, &sheet).await?;
    if let Some((status, _)) = again {
        *made.status_mut() = status;
    }
    Ok(made)
}

pub(super) async fn one(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path(no): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    page(&app, &caller, (&no, (&headers, &uri), &query), None).await
}

/// Drafts of what was chosen; where some could not be made, the list says which and why.
pub(super) async fn act(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path((no, act)): Path<(String, String)>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/item-lists").await?;
    let one: Comparison = read(item::one_list(house(&app), Path(no.clone())).await?.0)?;
    let json = choose_form(&caller, &s, &no, &one.items).first().map(|f| body_of(f, &body)).unwrap_or_default();
    let (around, none) = ((&headers, &uri), HashMap::new());
    let path = Path((no.clone(), act));
    match item::draft_listed(house(&app), Extension(caller.clone()), path, HeaderMap::new(), json.into()).await {
        Ok(answer) => {
            let bytes = axum::body::to_bytes(answer.into_body(), 1 << 22).await.unwrap_or_default();
            let made: Chosen = read(serde_json::from_slice(&bytes).unwrap_or_default())?;
            if made.refused.is_empty() {
                return Ok(go("/item-drafts"));
            }
            let why: Vec<String> = made.refused.iter().map(|r| format!("{}：{}", r.what, r.message)).collect();
            let words = format!("{} {} · {}", s.t("item_list.made"), made.drafts.len(), why.join("；"));
            page(&app, &caller, (&no, around, &none), Some((StatusCode::CONFLICT, words))).await
        }
        Err(refusal) => {
            let again = refused(refusal)?;
            page(&app, &caller, (&no, around, &none), Some(again)).await
        }
    }
}
