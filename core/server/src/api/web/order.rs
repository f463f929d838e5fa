//! 督办: the list, a new one, and the file of one with what this reader may do about it.

use super::form::{body_of, go, house, number, read, refill, refused, rows};
use super::{House, allowed, asked, departments, history, limits, name, pager, said, said_or, shell, show};
use crate::api::answer::{Refusal, limit};
use crate::api::order;
use crate::app::App;
use crate::people::Caller;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use daylight_console::list::Filter;
use daylight_console::sheet::{Body, Field, Form, Grid, Kind, Link, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_domain::order::{OrderKind, OrderState, SupervisionOrder};
use std::collections::HashMap;
use std::sync::Arc;

const API: &str = "/api/v1/supervision-orders";
const LIVE: &str = "order.";

fn tone(order: &SupervisionOrder, late: bool) -> Tone {
    match order.state {
        OrderState::Closed => Tone::Good,
        _ if late => Tone::Bad,
        OrderState::Proposed | OrderState::Replied | OrderState::Returned => Tone::Warn,
        _ => Tone::Plain,
    }
}

/// Whether a reply is due and has not come.
fn waits(order: &SupervisionOrder) -> bool {
    matches!(order.state, OrderState::Issued | OrderState::Returned)
}

fn kinds(s: &Shell) -> Vec<(String, String)> {
    [OrderKind::Reminder, OrderKind::Order, OrderKind::Assigned].iter().map(|k| kind(s, *k)).collect()
}

fn kind(s: &Shell, kind: OrderKind) -> (String, String) {
    let (word, text) = match kind {
        OrderKind::Reminder => ("reminder", s.t("order.reminder")),
        OrderKind::Order => ("order", s.t("order.order")),
        OrderKind::Assigned => ("assigned", s.t("order.assigned")),
    };
    (word.to_owned(), text.to_owned())
}

/// A new order, where this reader may write one.
fn new_form(app: &App, caller: &Caller, s: &Shell) -> Vec<Form> {
    if allowed(caller, &Method::POST, API).is_err() {
        return Vec::new();
    }
    let fields = vec![
        Field::new("kind", s.t("order.kind"), Kind::Choice(kinds(s))).needed().value("order"),
        Field::new("department", s.t("list.department"), Kind::Choice(departments(app, caller))).needed(),
        Field::new("content", s.t("order.content"), Kind::Long).needed(),
        Field::new("cards", s.t("order.cards"), Kind::Lines).hint(s.t("act.one_a_line")),
        Field::new("days", s.t("order.days"), Kind::Number).hint(s.t("order.days_hint")),
    ];
    vec![Form::new("/orders", s.t("order.do_create"), fields)]
}

async fn list_page(
    app: &Arc<App>,
    caller: &Caller,
    (around, query): ((&HeaderMap, &Uri), HashMap<String, String>),
    again: Option<(StatusCode, String, Bytes)>,
) -> Result<Response, Refusal> {
    let s = shell(app, caller, around, "/orders").await?;
    let query = asked(query);
    let most = limit(&query)?;
    let answer = order::list(house(app), Extension(caller.clone()), Query(query.clone())).await?;
    let (orders, next) = rows::<SupervisionOrder>(answer.0)?;
    let value = |name: &str| query.get(name).cloned().unwrap_or_default();
    let states = OrderState::WORDS.iter().map(|w| {
        let zh = read::<OrderState>((*w).into()).map_or(*w, OrderState::name_zh);
        ((*w).to_owned(), s.word(zh, w))
    });
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
        s.t("order.no"),
        s.t("order.kind"),
        s.t("list.state"),
        s.t("list.department"),
        s.t("order.content"),
        s.t("order.issued"),
        s.t("order.due"),
    ];
    let mut grid = Grid { live: Some(LIVE), ..Grid::new("", &heads) };
    let now = app.clock.now();
    grid.rows = orders
        .iter()
        .map(|o| {
            let late = waits(o) && o.due < now;
            vec![
                Said::link(format!("/orders/{}", o.no), o.no.clone()),
                Said::Text(kind(&s, o.kind).1),
                Said::Tag(tone(o, late), s.word(o.state.name_zh(), o.state.as_str())),
                Said::Text(name(app, &o.department)),
                Said::Text(o.content.clone()),
                Said::Text(said(o.issued_at)),
                if late { Said::Tag(Tone::Bad, said(o.due)) } else { Said::Text(said(o.due)) },
            ]
        })
        .collect();
    let foot = pager("/orders", API, &query, grid.rows.len(), next);
    let mut forms = new_form(app, caller, &s);
    let mut sheet = Sheet::new(&s, s.t("nav.orders"));
    if let Some((_, words, body)) = &again {
        forms.iter_mut().for_each(|f| refill(f, body));
        sheet.said = Some(words.clone());
    }
    let sheet = sheet
        .with(Body::Filters(filters))
        .with(Body::Grid(grid))
        .with(Body::Pager(foot))
        .under(s.t("order.create"), Body::Forms(forms));
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

pub(super) async fn create(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/orders").await?;
    let forms = new_form(&app, &caller, &s);
    let json = forms.first().map(|form| body_of(form, &body)).unwrap_or_default();
    match order::create(house(&app), Extension(caller.clone()), HeaderMap::new(), json.into()).await {
        Ok(answer) => Ok(go(&format!("/orders/{}", number(answer).await.unwrap_or_default()))),
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
    let days = || Field::new("days", s.t("order.days"), Kind::Number).hint(s.t("order.days_hint"));
    let (label, grave, fields) = match act {
        "issue" => (s.t("order.do_issue"), false, vec![text(false), days()]),
        "decline" => (s.t("order.do_decline"), true, vec![text(true)]),
        "reply" => (s.t("order.do_reply"), false, vec![text(true)]),
        "return" => (s.t("order.do_return"), false, vec![text(true), days()]),
        "close" => (s.t("order.do_close"), false, vec![text(false)]),
        _ => (s.t("order.do_withdraw"), true, vec![text(true)]),
    };
    Form { grave, ..Form::new(format!("/orders/{no}/{act}"), label, fields) }
}

/// What this reader may do now.
fn forms(s: &Shell, caller: &Caller, order: &SupervisionOrder) -> Vec<Form> {
    let acts: &[&str] = match order.state {
        OrderState::Proposed => &["issue", "decline"],
        OrderState::Issued => &["reply", "withdraw"],
        OrderState::Returned => &["reply", "withdraw"],
        OrderState::Replied => &["close", "return", "withdraw"],
        _ => &[],
    };
    let may = |act: &&&str| allowed(caller, &Method::POST, &format!("{API}/{{no}}/{act}")).is_ok();
    acts.iter().filter(may).map(|act| form(s, &order.no, act)).collect()
}

async fn page(
    app: &Arc<App>,
    caller: &Caller,
    (no, around): (&str, (&HeaderMap, &Uri)),
    again: Option<(StatusCode, String, &str, &Bytes)>,
) -> Result<Response, Refusal> {
    let s = shell(app, caller, around, "/orders").await?;
    let answer = order::one(house(app), Extension(caller.clone()), Path(no.to_owned())).await?;
    let order: SupervisionOrder = read(answer.0)?;
    let late = waits(&order) && order.due < app.clock.now();
    let link = |(at, no): (&str, &String)| Said::link(format!("{at}/{no}"), no.clone());
    let mut facts = vec![
        (
            s.t("list.state").to_owned(),
            Said::Tag(tone(&order, late), s.word(order.state.name_zh(), order.state.as_str())),
        ),
        (s.t("order.kind").to_owned(), Said::Text(kind(&s, order.kind).1)),
        (s.t("list.department").to_owned(), Said::Text(name(app, &order.department))),
        (s.t("order.issued").to_owned(), Said::Text(said(order.issued_at))),
        (s.t("order.due").to_owned(), Said::Text(said(order.due))),
        (s.t("order.replied").to_owned(), Said::Text(said_or(order.replied_at))),
        (s.t("order.copied").to_owned(), Said::Text(order.copied_to.join("、"))),
    ];
    let cards = order.cards.iter().map(|no| Link::new(format!("/cards/{no}"), no.clone())).collect();
    facts.push((s.t("order.cards").to_owned(), Said::Links(cards)));
    facts.extend(order.follows.as_ref().map(|no| (s.t("order.follows").to_owned(), link(("/orders", no)))));
    facts.extend(order.followed_by.as_ref().map(|no| {
        let at = if no.starts_with("DC") { "/investigations" } else { "/orders" };
        (s.t("order.followed").to_owned(), link((at, no)))
    }));
    let papers = match order.state {
        OrderState::Proposed | OrderState::Declined => Vec::new(),
        _ => vec![Link::new(format!("{API}/{no}/paper"), s.t("card.paper"))],
    };
    let mut offered = forms(&s, caller, &order);
    let mut sheet = Sheet::new(&s, format!("{} {no}", kind(&s, order.kind).1));
    sheet.up = vec![Link::new("/orders", s.t("nav.orders"))];
    if let Some((_, words, act, body)) = &again {
        sheet.said = Some(words.clone());
        offered.iter_mut().filter(|f| f.action.ends_with(&format!("/{act}"))).for_each(|f| refill(f, body));
    }
    let sheet = sheet
        .with(Body::Facts(facts))
        .under(s.t("order.content"), Body::Text(order.content.lines().map(str::to_owned).collect()))
        .with(Body::Links(papers))
        .under(s.t("act.title"), Body::Forms(offered))
        .under(s.t("act.history"), Body::History(history(&s, &order.steps)));
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

/// A form: done, and back to the order; refused, the order says why and what was typed stands there still.
pub(super) async fn act(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path((no, act)): Path<(String, String)>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/orders").await?;
    let json = body_of(&form(&s, &no, &act), &body);
    let path = Path((no.clone(), act.clone()));
    match order::act(house(&app), Extension(caller.clone()), path, HeaderMap::new(), json.into()).await {
        Ok(_) => Ok(go(&format!("/orders/{no}"))),
        Err(refusal) => {
            let (status, words) = refused(refusal)?;
            page(&app, &caller, (&no, (&headers, &uri)), Some((status, words, &act, &body))).await
        }
    }
}
