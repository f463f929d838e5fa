//! 监察卡: the inbox, and one card with what this reader may do about it.

use super::form::{body_of, go, number, refill, refused, rows};
use super::matter::{Again, Looks, View, answered, counted};
use super::{House, allowed, name, pager, rule, said, said_or, shell, show};
use crate::api::answer::Refusal;
use crate::api::card::{self, Words, act_on};
use crate::api::read::{card_of, card_rows, manual_rules};
use crate::app::App;
use crate::people::Caller;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use daylight_console::sheet::{Body, Choice, Field, Form, Grid, Kind, Link, Said, Sheet, Step};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::Timestamp;
use daylight_domain::card::{Act, Card, CardState};
use daylight_domain::rule::ManualRule;
use std::collections::HashMap;

const API: &str = "/api/v1/cards";

/// What a card waits for, by its state.
fn states(s: &Shell) -> Vec<Choice> {
    let zh = |w: &str| CardState::from_name(w).map_or("", CardState::name_zh);
    CardState::WORDS.iter().map(|w| ((*w).to_owned(), s.word(zh(w), w))).collect()
}

/// The same in the words of the inbox, in the order in which a card goes through them.
fn waits(s: &Shell) -> Vec<Choice> {
    let all = ["pending_confirm", "issued", "read", "answered", "appealed", "upheld", "closed", "revoked"];
    all.map(|w| (w.to_owned(), s.of("card_waits.", w).into())).into()
}

/// A card by hand (人工发牌), where this reader may write one.
async fn fresh(view: &View) -> Result<Vec<Form>, Refusal> {
    if !view.may(API) {
        return Ok(Vec::new());
    }
    let (rules, _) = rows::<ManualRule>(manual_rules(view.house().0).await?.0)?;
    let named = |r: ManualRule| {
        let name = view.s.either(&r.name_zh, &r.name_en);
        let level = view.s.bracketed(view.s.of("level.", r.level.as_str()));
        (r.id.clone(), Text::from(format!("{} {name}", r.id)).and(level))
    };
    let rules = rules.into_iter().filter(|r| r.enabled).map(named).collect();
    let fields = vec![
        Field::new("rule", view.t("case.rule"), Kind::Choice(rules)).needed(),
        Field::new("department", view.t("list.department"), view.departments()).needed(),
        Field::new("case_no", view.t("card.case"), Kind::Line),
        Field::new("object", view.t("card.object"), Kind::Line).hint(view.t("card.object_hint")),
        Field::new("text", view.t("card.reason"), Kind::Long).needed(),
    ];
    Ok(vec![Form::new("/cards", view.t("card.do_write"), fields)])
}

fn row(view: &View, c: &Card) -> Vec<Said> {
    let late = c.feedback_at.is_none() && c.state.counts();
    vec![
        Said::link(format!("/cards/{}", c.no), c.no.clone()),
        Said::Level(c.level.as_str()),
        Said::text(view.s.word(c.state.name_zh(), c.state.as_str())),
        Said::text(view.department(&c.department)),
        c.case_no.as_ref().map_or_else(|| Said::text("—"), |no| view.case(&c.department, no)),
        Said::data(c.explain_zh.clone()),
        Said::text(said_or(c.issued_at)),
        if late { view.due(c.feedback_due) } else { Said::text(said_or(c.feedback_due)) },
    ]
}

async fn list_page(view: &View, again: Option<Again>) -> Result<Response, Refusal> {
    let (all, next) = card_rows(&view.app, &view.caller, &view.query).await?;
    let s = &view.s;
    let levels = ["prewarning", "yellow", "red"].map(|w| (w.to_owned(), s.of("level.", w).into())).to_vec();
    let mut filters = vec![view.filter("level", key("list.level"), levels)];
    filters.extend(view.filters(states(s))?);
    let heads = [
        s.t("card.no"),
        s.t("list.level"),
        s.t("list.state"),
        s.t("list.department"),
        s.t("card.case"),
        s.t("card.reason"),
        s.t("card.issued"),
        s.t("card.feedback_due"),
    ];
    let mut grid = Grid { live: Some("card."), ..Grid::new("", &heads) };
    grid.rows = all.iter().map(|c| row(view, c)).collect();
    let foot = pager("/cards", API, &view.query, grid.rows.len(), next);
    let mut forms = fresh(view).await?;
    Again::refill(again.as_ref(), &mut forms);
    let sheet = Sheet::new(s, s.t("nav.cards"))
        .under("", counted(view, ("/cards", API), &waits(s)).await?)
        .with(Body::Filters(filters))
        .with(Body::Grid(grid))
        .with(Body::Pager(foot))
        .under(s.t("card.write"), Body::Forms(forms));
    answered(view, sheet, again).await
}

pub(super) async fn list(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    list_page(&looks.view(&app, "/cards").await?, None).await
}

/// Writes a card by hand.
pub(super) async fn write(State(app): House, looks: Looks, sent: Bytes) -> Result<Response, Refusal> {
    let view = looks.view(&app, "/cards").await?;
    let json = fresh(&view).await?.first().map(|form| body_of(form, &sent)).unwrap_or_default();
    let (house, who) = view.house();
    match card::write(house, who, HeaderMap::new(), json.into()).await {
        Ok(answer) => Ok(go(&format!("/cards/{}", number(answer).await.unwrap_or_default()))),
        Err(refusal) => list_page(&view, Some(looks.again(&app, refusal, sent)?)).await,
    }
}

/// What may be done with a card in any state by anybody: word, label, whether words are needed, what goes with it.
type Offer = (&'static str, &'static str, bool, &'static [(&'static str, &'static str)]);
const OFFERS: &[Offer] = &[
    ("confirm", key("card.do_confirm"), false, &[]),
    ("cancel", key("card.do_cancel"), true, &[]),
    ("read", key("card.do_read"), false, &[]),
    ("feedback", key("card.do_feedback"), true, &[]),
    ("close", key("card.do_accept"), false, &[]),
    ("appeal", key("card.do_appeal"), true, &[]),
    ("decide", key("card.do_uphold"), true, &[("upheld", "true")]),
    ("decide", key("card.do_overturn"), true, &[("upheld", "false")]),
    ("revoke", key("card.do_revoke"), true, &[]),
];

/// What this reader may do now: what its role allows, tried on a copy of the card.
fn offers(app: &App, caller: &Caller, s: &Shell, card: &Card) -> Vec<Form> {
    let words = "—".to_owned();
    let possible = |word: &str, hidden: &[(&str, &str)]| {
        let act = match word {
            "confirm" => Act::Confirm { feedback_due: None },
            "cancel" => Act::Cancel { reason: words.clone() },
            "read" => Act::Read,
            "feedback" => Act::Feedback { text: words.clone() },
            "close" => Act::Close,
            "appeal" => Act::Appeal { grounds: words.clone() },
            "decide" => Act::Decide { upheld: hidden.contains(&("upheld", "true")), reason: words.clone() },
            _ => Act::Revoke { reason: words.clone() },
        };
        card.clone().act(act, &caller.user, app.clock.now()).is_ok()
    };
    let of_department = |word: &str| ["read", "feedback", "appeal"].contains(&word);
    OFFERS
        .iter()
        .filter(|(word, ..)| of_department(word) || caller.department.is_none())
        .filter(|(word, ..)| allowed(caller, &Method::POST, &format!("/api/v1/cards/{{no}}/{word}")).is_ok())
        .filter(|(word, _, _, hidden)| possible(word, hidden))
        .map(|(word, label, needed, hidden)| {
            let text = Field::new("text", s.t("act.text"), Kind::Long);
            let mut fields = vec![if *needed { text.needed() } else { text }];
            fields.extend(hidden.iter().map(|(name, value)| Field::hidden(*name, *value)));
            Form::new(format!("/cards/{}/{word}", card.no), s.t(label), fields)
        })
        .collect()
}

fn history(s: &Shell, card: &Card) -> Vec<Step> {
    let step = |at: Option<Timestamp>, act: &str, by: Option<&String>, text: &str| {
        let (act, by) = (s.of("deed.", act).into(), by.map(|by| s.who(by)).unwrap_or_default());
        at.map(|at| (at, Step { at: said(at), act, by, text: data(text) }))
    };
    let mut all: Vec<_> = [
        step(Some(card.created_at), "write", card.written_by.as_ref(), &card.explain_zh),
        step(card.issued_at, "issue", card.issued_by.as_ref(), ""),
        step(card.read_at, "read", None, ""),
        step(card.feedback_at, "feedback", card.feedback_by.as_ref(), card.feedback.as_deref().unwrap_or("")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let Some(appeal) = &card.appeal {
        all.extend(step(Some(appeal.at), "appeal", Some(&appeal.by), &appeal.grounds));
        if let Some(d) = &appeal.decision {
            all.extend(step(Some(d.at), if d.upheld { "uphold" } else { "revoke" }, Some(&d.by), &d.reason));
        }
    }
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, step)| step).collect()
}

async fn page(
    app: &App,
    caller: &Caller,
    no: &str,
    around: (&HeaderMap, &Uri),
    again: Option<(Text, &str, &Bytes)>,
) -> Result<Response, Refusal> {
    let s = shell(app, caller, around, "/cards").await?;
    let card = card_of(app, caller, no).await?;
    let fact = |label: &str, value: Text| (s.t(label).into(), Said::Text(value));
    let mut facts = vec![
        fact(key("list.department"), name(app, &card.department)),
        fact(key("list.state"), s.word(card.state.name_zh(), card.state.as_str())),
        fact(key("case.rule"), rule(app, &s, &card.rule)),
        fact(key("card.reason"), data(&card.explain_zh)),
        fact(key("card.issued"), said_or(card.issued_at).into()),
        fact(key("card.feedback_due"), said_or(card.feedback_due).into()),
    ];
    facts.extend(card.case_no.as_ref().map(|no| {
        let part: String = form_urlencoded::byte_serialize(no.as_bytes()).collect();
        (s.t("card.case").into(), Said::link(format!("/cases/{}/{part}", card.department), data(no)))
    }));
    let mut forms = offers(app, caller, &s, &card);
    let mut sheet = Sheet::new(&s, format!("{} {no}", s.t("card.title")));
    sheet.level = Some(card.level.as_str());
    sheet.up = vec![Link::new("/cards", s.t("nav.cards"))];
    if let Some((words, act, body)) = &again {
        sheet.said = Some(words.clone());
        forms.iter_mut().filter(|f| f.action.ends_with(&format!("/{act}"))).for_each(|f| refill(f, body));
    }
    let paper = Link::new(format!("/api/v1/cards/{no}/paper"), s.t("card.paper"));
    let sheet = sheet
        .with(Body::Facts(facts))
        .with(Body::Links(vec![paper]))
        .under(s.t("act.title"), Body::Forms(forms))
        .under(s.t("act.history"), Body::History(history(&s, &card)));
    let mut made = show(app, caller, &sheet).await?;
    if again.is_some() {
        *made.status_mut() = StatusCode::CONFLICT;
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
    page(&app, &caller, &no, (&headers, &uri), None).await
}

/// A form: done, and back to the card; refused, the card says why.
pub(super) async fn act(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path((no, act)): Path<(String, String)>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let form: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let upheld = match form.get("upheld").map(String::as_str) {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    };
    let words = Words { text: form.get("text").cloned().unwrap_or_default(), upheld };
    match act_on(&app, &caller, (&no, &act), words).await {
        Ok(_) => Ok(go(&format!("/cards/{no}"))),
        Err(Refusal(status, problem)) if status.is_client_error() && problem.code.starts_with("card.") => {
            let s = shell(&app, &caller, (&headers, &uri), "/cards").await?;
            let (_, words) = refused(&s, Refusal(status, problem))?;
            page(&app, &caller, &no, (&headers, &uri), Some((words, &act, &body))).await
        }
        Err(other) => Err(other),
    }
}
