//! Drafts of versions: the list, and one with what its check says, its differences, and what this reader may do about it.

use super::super::form::{body_of, go, house, number, read, refill, refused, rows};
use super::super::{House, allowed, asked, departments, limits, name, pager, said as at_time, shell, show};
use super::item::{parts, remarks};
use super::said;
use crate::api::answer::{Refusal, limit};
use crate::api::item;
use crate::app::App;
use crate::catalogue::toml_of;
use crate::people::Caller;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use daylight_console::list::Filter;
use daylight_console::sheet::{Body, Field, Form, Grid, Kind, Link, Said, Sheet, Step, Tone};
use daylight_console::shell::{Shell, key};
use daylight_domain::draft::{Change, DraftState, ItemDraft, reviewer};
use std::collections::HashMap;
use std::sync::Arc;

const API: &str = "/api/v1/item-drafts";

pub(super) fn tone(state: DraftState) -> Tone {
    match state {
        DraftState::Published => Tone::Good,
        DraftState::Submitted | DraftState::Approved | DraftState::Returned => Tone::Warn,
        DraftState::Superseded => Tone::Bad,
        _ => Tone::Plain,
    }
}

/// A new item: what makes it one; the rest is written afterwards.
fn new_form(app: &App, caller: &Caller, s: &Shell) -> Vec<Form> {
    if allowed(caller, &Method::POST, API).is_err() {
        return Vec::new();
    }
    let fields = vec![
        Field::new("item.code", s.t("item_field.code"), Kind::Line).needed(),
        Field::new("item.name", s.t("item_field.name"), Kind::Line).needed(),
        Field::new("item.department", s.t("list.department"), Kind::Choice(departments(app, caller))).needed(),
        Field::new("item.task_type", s.t("item_field.task_type"), Kind::Choice(super::item::task_types())).needed(),
        Field::new("item.valid_from", s.t("item_field.valid_from"), Kind::Day).needed(),
    ];
    vec![Form::new("/item-drafts", s.t("item.do_new"), fields)]
}

async fn list_page(
    app: &Arc<App>,
    caller: &Caller,
    (around, query): ((&HeaderMap, &Uri), HashMap<String, String>),
    again: Option<(StatusCode, String, Bytes)>,
) -> Result<Response, Refusal> {
    let s = shell(app, caller, around, "/item-drafts").await?;
    let query = asked(query);
    let most = limit(&query)?;
    let answer = item::drafts(house(app), Extension(caller.clone()), Query(query.clone())).await?;
    let (drafts, next) = rows::<ItemDraft>(answer.0)?;
    let value = |name: &str| query.get(name).cloned().unwrap_or_default();
    let states = DraftState::ALL.iter().map(|w| (w.as_str().to_owned(), s.word(w.name_zh(), w.as_str())));
    let filters = vec![
        Filter {
            name: "department",
            label: key("list.department"),
            value: value("department"),
            choices: departments(app, caller),
        },
        Filter { name: "state", label: key("list.state"), value: value("state"), choices: states.collect() },
        limits(most),
    ];
    let heads = [
        s.t("item.draft_no"),
        s.t("list.state"),
        s.t("item_field.code"),
        s.t("item_field.name"),
        s.t("item_field.version"),
        s.t("list.department"),
        s.t("item.reviewer"),
        s.t("item.drafted_by"),
    ];
    let mut grid = Grid { live: Some("draft."), ..Grid::new("", &heads) };
    let row = |d: &ItemDraft| {
        vec![
            Said::link(format!("/item-drafts/{}", d.no), d.no.clone()),
            Said::Tag(tone(d.state), s.word(d.state.name_zh(), d.state.as_str())),
            Said::link(format!("/items/{}", d.item.code), d.item.code.clone()),
            Said::text(d.item.name.clone()),
            Said::text(d.item.version.to_string()),
            Said::text(name(app, &d.department)),
            Said::text(s.word(reviewer(&d.item).name_zh(), reviewer(&d.item).as_str())),
            Said::text(d.drafted_by.join("、")),
        ]
    };
    grid.rows = drafts.iter().map(row).collect();
    let foot = pager("/item-drafts", API, &query, grid.rows.len(), next);
    let mut forms = new_form(app, caller, &s);
    let mut sheet = Sheet::new(&s, s.t("nav.item_drafts"));
    if let Some((_, words, body)) = &again {
        forms.iter_mut().for_each(|f| refill(f, body));
        sheet.said = Some(words.clone());
    }
    let sheet = sheet
        .with(Body::Filters(filters))
        .with(Body::Grid(grid))
        .with(Body::Pager(foot))
        .under(s.t("item.new"), Body::Forms(forms));
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

/// From the page of an item (`code`) or as a new item.
pub(super) async fn begin(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/item-drafts").await?;
    let forms = new_form(&app, &caller, &s);
    let json = match form_urlencoded::parse(&body).find(|(n, _)| n == "code") {
        Some((_, code)) => serde_json::json!({ "code": code }).to_string(),
        None => forms.first().map(|form| body_of(form, &body)).unwrap_or_default(),
    };
    match item::begin(house(&app), Extension(caller.clone()), HeaderMap::new(), json.into()).await {
        Ok(answer) => Ok(go(&format!("/item-drafts/{}/text", number(answer).await.unwrap_or_default()))),
        Err(refusal) => {
            let (status, words) = refused(refusal)?;
            list_page(&app, &caller, ((&headers, &uri), HashMap::new()), Some((status, words, body))).await
        }
    }
}

/// The form of an act.
fn form(s: &Shell, no: &str, act: &str) -> Form {
    let text = |needed: bool| {
        let field = Field::new("text", s.t("act.text"), Kind::Long);
        if needed { field.needed() } else { field }
    };
    let (label, grave, fields) = match act {
        "check" => (s.t("item.do_check"), false, Vec::new()),
        "submit" => (s.t("item.do_submit"), false, vec![text(false)]),
        "approve" => (s.t("item.do_approve"), false, vec![text(false)]),
        "return" => (s.t("item.do_return"), false, vec![text(true)]),
        _ => (s.t("item.do_withdraw"), true, vec![text(true)]),
    };
    Form { grave, ..Form::new(format!("/item-drafts/{no}/{act}"), label, fields) }
}

/// What this reader may do now: who wrote at it does not review it, and each office reviews its own.
fn forms(s: &Shell, caller: &Caller, draft: &ItemDraft) -> Vec<Form> {
    let acts: &[&str] = match draft.state {
        DraftState::Draft | DraftState::Returned => &["check", "submit", "withdraw"],
        DraftState::Submitted => &["approve", "return", "withdraw"],
        DraftState::Approved => &["return"],
        _ => &[],
    };
    let reviews = caller.role == reviewer(&draft.item) && !draft.drafted_by.contains(&caller.user);
    let may = |act: &&&str| {
        let right = allowed(caller, &Method::POST, &format!("{API}/{{no}}/{act}")).is_ok();
        right && (reviews || !["approve", "return"].contains(*act))
    };
    acts.iter().filter(may).map(|act| form(s, &draft.no, act)).collect()
}

fn history(s: &Shell, draft: &ItemDraft) -> Vec<Step> {
    let step = |done: &daylight_domain::procedure::Done| Step {
        at: at_time(done.at),
        act: s.of("item_deed.", &done.act).to_owned(),
        by: done.by.clone(),
        text: done.text.clone(),
    };
    draft.steps.iter().map(step).collect()
}

/// What to put where, once it is approved.
fn proposal(s: &Shell, draft: &ItemDraft) -> Vec<String> {
    let file = format!("config/catalogue/{}.toml", draft.department);
    s.t("item.put_it").split('\n').map(|line| line.replace("{file}", &file)).collect()
}

async fn page(
    app: &Arc<App>,
    caller: &Caller,
    (no, around): (&str, (&HeaderMap, &Uri)),
    again: Option<(StatusCode, String, &str, &Bytes)>,
) -> Result<Response, Refusal> {
    let s = shell(app, caller, around, "/item-drafts").await?;
    let who = || Extension(caller.clone());
    let draft: ItemDraft = read(item::draft(house(app), who(), Path(no.to_owned())).await?.0)?;
    let (changed, _) = rows::<Change>(item::draft_changes(house(app), who(), Path(no.to_owned())).await?.0)?;
    let mut offered = forms(&s, caller, &draft);
    let mut sheet = Sheet::new(&s, format!("{} · {}", draft.item.name, draft.no));
    sheet.up = vec![Link::new("/item-drafts", s.t("nav.item_drafts"))];
    if let Some((_, words, act, body)) = &again {
        sheet.said = Some(words.clone());
        offered.iter_mut().filter(|f| f.action.ends_with(&format!("/{act}"))).for_each(|f| refill(f, body));
    }
    let office = reviewer(&draft.item);
    let mut facts = vec![
        (
            s.t("list.state").to_owned(),
            Said::Tag(tone(draft.state), s.word(draft.state.name_zh(), draft.state.as_str())),
        ),
        (s.t("item.drafted_by").to_owned(), Said::text(draft.drafted_by.join("、"))),
        (s.t("item.reviewer").to_owned(), Said::text(s.word(office.name_zh(), office.as_str()))),
        (s.t("item.checked").to_owned(), Said::text(super::super::said_or(draft.checked_at))),
    ];
    facts.extend(draft.base.map(|base| {
        let to = format!("/items/{}?version={base}", draft.item.code);
        (s.t("item.base").to_owned(), Said::link(to, base.to_string()))
    }));
    facts.extend(
        draft
            .import
            .as_ref()
            .map(|no| (s.t("item.from_list").to_owned(), Said::link(format!("/item-lists/{no}"), no.clone()))),
    );
    sheet = sheet.with(Body::Facts(facts));
    let writable = matches!(draft.state, DraftState::Draft | DraftState::Returned);
    if writable && allowed(caller, &Method::POST, &format!("{API}/{{no}}/edit")).is_ok() {
        sheet = sheet.with(Body::Links(vec![Link::new(format!("/item-drafts/{no}/text"), s.t("item.do_edit"))]));
    }
    if !draft.remarks.is_empty() {
        sheet = sheet.under(s.t("item.checks"), Body::Grid(remarks(&s, &draft.remarks)));
    } else if draft.checked_at.is_some() {
        sheet = sheet.under(s.t("item.checks"), Body::Text(vec![s.t("item.in_order").to_owned()]));
    }
    if !changed.is_empty() {
        let words = (s.t("item.before"), s.t("item.after"));
        sheet = sheet.under(s.t("item.differences"), Body::Grid(said::changes(&s, &changed, words)));
    }
    if draft.state == DraftState::Approved {
        sheet = sheet
            .under(s.t("item.publish"), Body::Text(proposal(&s, &draft)))
            .with(Body::Code(toml_of(&draft.item)))
            .with(Body::Links(vec![Link::new(format!("{API}/{no}/toml"), "TOML")]));
    }
    sheet = sheet.under(s.t("act.title"), Body::Forms(offered));
    sheet = parts(app, &s, sheet, &draft.item, format!("{API}/{no}/flow.svg"));
    let sheet = sheet.under(s.t("act.history"), Body::History(history(&s, &draft)));
    let mut made = show(app, caller, &sheet).await?;
    if let Some((status, ..)) = again {
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
) -> Result<Response, Refusal> {
    page(&app, &caller, (&no, (&headers, &uri)), None).await
}

/// A form: done, and back to the draft; refused, the draft says why and what was typed stands there still.
pub(super) async fn act(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path((no, act)): Path<(String, String)>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/item-drafts").await?;
    if act == "edit" {
        return super::write::sent(&app, &caller, (&s, &no), &body).await;
    }
    let json = body_of(&form(&s, &no, &act), &body);
    let path = Path((no.clone(), act.clone()));
    match item::act(house(&app), Extension(caller.clone()), path, HeaderMap::new(), json.into()).await {
        Ok(_) => Ok(go(&format!("/item-drafts/{no}"))),
        Err(refusal) => {
            let (status, words) = refused(refusal)?;
            page(&app, &caller, (&no, (&headers, &uri)), Some((status, words, &act, &body))).await
        }
    }
}
