//! 监察卡: the inbox, and one card with what this reader may do about it.

use super::{House, allowed, answer, asked, departments, name, pager, said, said_or, shell};
use crate::api::answer::{Refusal, limit};
use crate::api::card::{Words, act_on};
use crate::api::read::{card_of, card_rows};
use crate::app::App;
use crate::people::Caller;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use daylight_console::list::Filter;
use daylight_console::page::{ActForm, CardLine, CardPage, Cards, Step};
use daylight_console::shell::key;
use daylight_domain::card::{Act, Card, CardState};
use std::collections::HashMap;

pub(super) async fn list(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/cards").await?;
    let query = asked(query);
    let most = limit(&query)?;
    let (rows, next) = card_rows(&app, &caller, &query).await?;
    let value = |name: &str| query.get(name).cloned().unwrap_or_default();
    let levels = ["prewarning", "yellow", "red"].map(|w| (w.to_owned(), s.of("level.", w).to_owned())).to_vec();
    let states = CardState::WORDS.iter().map(|w| {
        let zh = CardState::from_name(w).map_or(*w, CardState::name_zh);
        ((*w).to_owned(), zh.to_owned())
    });
    let filters = vec![
        Filter { name: "level", label: key("list.level"), value: value("level"), choices: levels },
        Filter { name: "state", label: key("list.state"), value: value("state"), choices: states.collect() },
        Filter {
            name: "department",
            label: key("list.department"),
            value: value("department"),
            choices: departments(&app, &caller),
        },
        Filter {
            name: "limit",
            label: key("list.rows"),
            value: most.to_string(),
            choices: super::case::same(&["50", "100", "500"]),
        },
    ];
    let now = app.clock.now();
    let rows: Vec<CardLine> = rows
        .iter()
        .map(|c| CardLine {
            no: c.no.clone(),
            level: c.level.as_str(),
            state: c.state.name_zh().to_owned(),
            department: name(&app, &c.department),
            case_no: c.case_no.clone().unwrap_or_default(),
            reason: c.explain_zh.clone(),
            issued: said_or(c.issued_at),
            due: said_or(c.feedback_due),
            late: c.feedback_at.is_none() && c.state.counts() && c.feedback_due.is_some_and(|due| due < now),
        })
        .collect();
    let pager = pager("/cards", &query, rows.len(), next);
    answer(&s.clone(), &Cards { s, filters, rows, pager })
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
fn offers(app: &App, caller: &Caller, card: &Card) -> Vec<ActForm> {
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
        .enumerate()
        .map(|(at, (word, label, needed, hidden))| ActForm {
            word,
            id: format!("text-{at}"),
            label,
            needed: *needed,
            hidden: hidden.to_vec(),
        })
        .collect()
}

fn history(card: &Card) -> Vec<Step> {
    let step = |at: Option<_>, act: &str, by: Option<&String>, text: &str| {
        at.map(|at| {
            (at, Step { at: said(at), act: act.to_owned(), by: by.cloned().unwrap_or_default(), text: text.to_owned() })
        })
    };
    let mut all: Vec<_> = [
        step(Some(card.created_at), "生成", card.written_by.as_ref(), &card.explain_zh),
        step(card.issued_at, "发出", card.issued_by.as_ref(), ""),
        step(card.read_at, "签阅", None, ""),
        step(card.feedback_at, "反馈", card.feedback_by.as_ref(), card.feedback.as_deref().unwrap_or("")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let Some(appeal) = &card.appeal {
        all.extend(step(Some(appeal.at), "申诉", Some(&appeal.by), &appeal.grounds));
        if let Some(d) = &appeal.decision {
            all.extend(step(Some(d.at), if d.upheld { "维持" } else { "撤销" }, Some(&d.by), &d.reason));
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
    said: Option<String>,
) -> Result<Response, Refusal> {
    let s = shell(app, caller, around, "/cards").await?;
    let card = card_of(app, caller, no).await?;
    let fact = |label: &str, value: String| (s.t(label).to_owned(), value);
    let rule = app.config.rules.book.get(&card.rule).map(|r| r.name_zh.clone()).unwrap_or_default();
    let facts = vec![
        fact(key("list.department"), name(app, &card.department)),
        fact(key("list.state"), card.state.name_zh().to_owned()),
        fact(key("case.rule"), format!("{} {rule}", card.rule)),
        fact(key("card.reason"), card.explain_zh.clone()),
        fact(key("card.issued"), said_or(card.issued_at)),
        fact(key("card.feedback_due"), said_or(card.feedback_due)),
    ];
    let case = card.case_no.as_ref().map(|no| {
        let part: String = form_urlencoded::byte_serialize(no.as_bytes()).collect();
        (format!("/cases/{}/{part}", card.department), no.clone())
    });
    let page = CardPage {
        no: card.no.clone(),
        level: card.level.as_str(),
        said: said.clone(),
        facts,
        case,
        acts: offers(app, caller, &card),
        history: history(&card),
        s: s.clone(),
    };
    let mut made = answer(&s, &page)?;
    if said.is_some() {
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
    let words =
        Words { text: form.get("text").cloned().unwrap_or_default(), upheld: form.get("upheld").map(|u| u == "true") };
    match act_on(&app, &caller, (&no, &act), words).await {
        Ok(_) => Ok((StatusCode::SEE_OTHER, [(header::LOCATION, format!("/cards/{no}"))]).into_response()),
        Err(Refusal(status, problem)) if status.is_client_error() && problem.code.starts_with("card.") => {
            page(&app, &caller, &no, (&headers, &uri), Some(problem.message.clone())).await
        }
        Err(other) => Err(other),
    }
}
