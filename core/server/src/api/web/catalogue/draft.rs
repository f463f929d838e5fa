//! Drafts of versions: the list, and one with what its check says, its differences, and what this reader may do about it.

use super::super::form::{body_of, go, number, read, rows};
use super::super::matter::{Again, Looks, View, answered, begins, file, in_its_words, listed};
use super::super::{House, history};
use super::item::{parts, remarks};
use super::said;
use crate::api::answer::Refusal;
use crate::api::item;
use crate::catalogue::toml_of;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use daylight_console::sheet::{Body, Field, Form, Grid, Kind, Link, Said, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::draft::{Change, DraftState, ItemDraft, reviewer};

const AT: &str = "/item-drafts";
const API: &str = "/api/v1/item-drafts";
const NAME: &str = key("nav.item_drafts");

pub(super) fn tone(state: DraftState) -> Tone {
    match state {
        DraftState::Published => Tone::Good,
        DraftState::Submitted | DraftState::Approved | DraftState::Returned => Tone::Warn,
        DraftState::Superseded => Tone::Bad,
        _ => Tone::Plain,
    }
}

/// A new item: what makes it one; the rest is written afterwards.
fn new_form(view: &View) -> Vec<Form> {
    let s = &view.s;
    if !view.may(API) {
        return Vec::new();
    }
    let fields = vec![
        Field::new("item.code", s.t("item_field.code"), Kind::Line).needed(),
        Field::new("item.name", s.t("item_field.name"), Kind::Line).needed(),
        Field::new("item.department", s.t("list.department"), view.departments()).needed(),
        Field::new("item.task_type", s.t("item_field.task_type"), Kind::Choice(super::item::task_types(s))).needed(),
        Field::new("item.valid_from", s.t("item_field.valid_from"), Kind::Day).needed(),
    ];
    vec![Form::new(AT, s.t("item.do_new"), fields)]
}

async fn list_page(view: &View, again: Option<Again>) -> Result<Response, Refusal> {
    let (s, (house, caller)) = (&view.s, view.house());
    let (drafts, next) = rows::<ItemDraft>(item::drafts(house, caller, Query(view.query.clone())).await?.0)?;
    let states = DraftState::ALL.iter().map(|w| (w.as_str().to_owned(), s.word(w.name_zh(), w.as_str())));
    let filters = view.filters(states.collect())?;
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
            Said::tag(tone(d.state), s.word(d.state.name_zh(), d.state.as_str())),
            Said::link(format!("/items/{}", d.item.code), d.item.code.clone()),
            Said::data(d.item.name.clone()),
            Said::text(d.item.version.to_string()),
            Said::text(view.department(&d.department)),
            Said::text(s.word(reviewer(&d.item).name_zh(), reviewer(&d.item).as_str())),
            Said::data(d.drafted_by.join("、")),
        ]
    };
    grid.rows = drafts.iter().map(row).collect();
    let sheet = listed(view, (AT, API, NAME), (filters, grid, next));
    begins(view, sheet, (key("item.new"), new_form(view)), again).await
}

pub(super) async fn list(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    list_page(&looks.view(&app, AT).await?, None).await
}

/// From the page of an item (`code`) or as a new item.
pub(super) async fn begin(State(app): House, looks: Looks, sent: Bytes) -> Result<Response, Refusal> {
    let view = looks.view(&app, AT).await?;
    let json = match form_urlencoded::parse(&sent).find(|(n, _)| n == "code") {
        Some((_, code)) => serde_json::json!({ "code": code }).to_string(),
        None => new_form(&view).first().map(|form| body_of(form, &sent)).unwrap_or_default(),
    };
    let (house, caller) = view.house();
    match item::begin(house, caller, HeaderMap::new(), json.into()).await {
        Ok(answer) => Ok(go(&format!("{AT}/{}/text", number(answer).await.unwrap_or_default()))),
        Err(refusal) => list_page(&view, Some(looks.again(&app, refusal, sent)?)).await,
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
    Form { grave, ..Form::new(format!("{AT}/{no}/{act}"), label, fields) }
}

/// What this reader may do now: who wrote at it does not review it, and each office reviews its own.
fn forms(view: &View, draft: &ItemDraft) -> Vec<Form> {
    let caller = &view.caller;
    let acts: &[&str] = match draft.state {
        DraftState::Draft | DraftState::Returned => &["check", "submit", "withdraw"],
        DraftState::Submitted => &["approve", "return", "withdraw"],
        DraftState::Approved => &["return"],
        _ => &[],
    };
    let reviews = caller.role == reviewer(&draft.item) && !draft.drafted_by.contains(&caller.user);
    let may =
        |act: &&&str| view.may(&format!("{API}/{{no}}/{act}")) && (reviews || !["approve", "return"].contains(*act));
    acts.iter().filter(may).map(|act| form(&view.s, &draft.no, act)).collect()
}

/// What to put where, once it is approved.
fn proposal(s: &Shell, draft: &ItemDraft) -> Vec<Text> {
    let file = format!("config/catalogue/{}.toml", draft.department);
    s.t("item.put_it").split('\n').map(|line| line.replace("{file}", &file).into()).collect()
}

async fn page(view: &View, no: &str, again: Option<Again>) -> Result<Response, Refusal> {
    let (app, s) = (&view.app, &view.s);
    let (house, caller) = view.house();
    let draft: ItemDraft = read(item::draft(house.clone(), caller.clone(), Path(no.to_owned())).await?.0)?;
    let (changed, _) = rows::<Change>(item::draft_changes(house, caller, Path(no.to_owned())).await?.0)?;
    let mut offered = forms(view, &draft);
    Again::refill(again.as_ref(), &mut offered);
    let mut sheet = file(view, (AT, NAME), data(&draft.item.name).and(" · ").and(&draft.no));
    let office = reviewer(&draft.item);
    let mut facts = vec![
        (s.t("list.state").into(), Said::tag(tone(draft.state), s.word(draft.state.name_zh(), draft.state.as_str()))),
        (s.t("item.drafted_by").into(), Said::data(draft.drafted_by.join("、"))),
        (s.t("item.reviewer").into(), Said::text(s.word(office.name_zh(), office.as_str()))),
        (s.t("item.checked").into(), Said::text(super::super::said_or(draft.checked_at))),
    ];
    facts.extend(draft.base.map(|base| {
        let to = format!("/items/{}?version={base}", draft.item.code);
        (s.t("item.base").into(), Said::link(to, base.to_string()))
    }));
    facts.extend(
        draft
            .import
            .as_ref()
            .map(|no| (s.t("item.from_list").into(), Said::link(format!("/item-lists/{no}"), no.clone()))),
    );
    sheet = sheet.with(Body::Facts(facts));
    let writable = matches!(draft.state, DraftState::Draft | DraftState::Returned);
    if writable && view.may(&format!("{API}/{{no}}/edit")) {
        sheet = sheet.with(Body::Links(vec![Link::new(format!("/item-drafts/{no}/text"), s.t("item.do_edit"))]));
    }
    if !draft.remarks.is_empty() {
        sheet = sheet.under(s.t("item.checks"), Body::Grid(remarks(app, s, &draft.remarks)));
    } else if draft.checked_at.is_some() {
        sheet = sheet.under(s.t("item.checks"), Body::Text(vec![s.t("item.in_order").into()]));
    }
    if !changed.is_empty() {
        let words = (s.t("item.before"), s.t("item.after"));
        sheet = sheet.under(s.t("item.differences"), Body::Grid(said::changes(s, &changed, words)));
    }
    if draft.state == DraftState::Approved {
        sheet = sheet
            .under(s.t("item.publish"), Body::Text(proposal(s, &draft)))
            .with(Body::Code(toml_of(&draft.item)))
            .with(Body::Links(vec![Link::new(format!("{API}/{no}/toml"), "TOML")]));
    }
    sheet = sheet.under(s.t("act.title"), Body::Forms(offered));
    sheet = parts(app, s, sheet, &draft.item, format!("{API}/{no}/flow.svg"));
    let sheet = sheet.under(s.t("act.history"), Body::History(history(s, &in_its_words(view, AT, &draft.steps))));
    answered(view, sheet, again).await
}

pub(super) async fn one(State(app): House, looks: Looks, Path(no): Path<String>) -> Result<Response, Refusal> {
    page(&looks.view(&app, AT).await?, &no, None).await
}

/// A form: done, and back to the draft; refused, the draft says why and what was typed stands there still.
pub(super) async fn act(
    State(app): House,
    looks: Looks,
    Path((no, act)): Path<(String, String)>,
    sent: Bytes,
) -> Result<Response, Refusal> {
    let view = looks.view(&app, AT).await?;
    if act == "edit" {
        return super::write::sent(&app, &view.caller, (&view.s, &no), &sent).await;
    }
    let form = form(&view.s, &no, &act);
    let ((house, caller), path) = (view.house(), Path((no.clone(), act)));
    let answer = item::act(house, caller, path, HeaderMap::new(), body_of(&form, &sent).into()).await;
    looks.done((&app, answer), (&format!("{AT}/{no}"), sent), |again| page(&view, &no, again)).await
}
