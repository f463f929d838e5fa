//! Supervision orders (督办): supervision asks, a department replies, supervision reviews. The service side's power; nothing
//! here is a measure of discipline.

use super::act::{once, text, words};
use super::answer::{Answer, Asked, Refusal, bad, matters, only, page, refuse, unreadable};
use super::auth::within;
use super::waiting::listed;
use crate::app::App;
use crate::oversight::{Deed, Kept};
use crate::people::Caller;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Json};
use daylight_domain::order::{OrderAct, OrderError, OrderKind, OrderState, SupervisionOrder};
use daylight_domain::procedure::{Done, Periods};
use daylight_domain::role::Right;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

type House = State<Arc<App>>;
type Who = Extension<Caller>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    kind: OrderKind,
    department: String,
    content: String,
    #[serde(default)]
    cards: Vec<String>,
    #[serde(default)]
    days: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Words {
    text: String,
    days: Option<u32>,
}

/// Working days for a reply.
fn usual_days(periods: &Periods, kind: OrderKind) -> u32 {
    if kind == OrderKind::Reminder { periods.reminder_days } else { periods.order_days }
}

/// What is only proposed is not the department's business.
pub(super) fn seen(caller: &Caller, order: &SupervisionOrder) -> bool {
    caller.may(Right::Order) || !matches!(order.state, OrderState::Proposed | OrderState::Declined)
}

pub(super) async fn list(State(app): House, Extension(caller): Who, Query(query): Asked) -> Answer {
    let mut filter = matters(&query, within(&caller, query.get("department"))?, OrderState::WORDS)?;
    if !caller.may(Right::Order) {
        only(&mut filter, OrderState::WORDS, &["proposed", "declined"]);
    }
    let limit = filter.limit;
    let rows: Vec<SupervisionOrder> = listed(&app, &caller, &query, filter).await?;
    Ok(page(&rows, limit, |o| o.no.clone()))
}

async fn stored(app: &App, caller: &Caller, no: &str) -> Result<Kept<SupervisionOrder>, Refusal> {
    let kept = app.find_matter::<SupervisionOrder>(no).await?;
    within(caller, Some(&kept.matter.department))?;
    if !seen(caller, &kept.matter) {
        return Err(Problem::new("order.unknown", format!("没有督办 {no}")).into());
    }
    Ok(kept)
}

pub(super) async fn one(State(app): House, Extension(caller): Who, Path(no): Path<String>) -> Answer {
    Ok(Json(json!(stored(&app, &caller, &no).await?.matter)))
}

pub(super) async fn create(
    State(app): House,
    Extension(caller): Who,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let example = "{\"kind\":\"order\",\"department\":\"market\",\"content\":\"…\",\"days\":3}";
    let new: New = serde_json::from_str(body).map_err(|e| unreadable("order.request", &e, example))?;
    if new.content.trim().is_empty() {
        return Err(Problem::from(OrderError::Words).into());
    }
    let department = app.department(&new.department)?;
    let work = async {
        if let Some(no) = twice(&new.cards) {
            let message = format!("监察卡 {no} 列了两次");
            return Err(bad("order.card-twice", &message, "每张卡只列一次"));
        }
        for no in &new.cards {
            let unknown = || Problem::new("card.unknown", format!("没有监察卡 {no}"));
            let card = app.store.card(no).await?.ok_or_else(unknown)?;
            if card.department != new.department {
                let message = format!("监察卡 {no} 不是发给“{}”的", new.department);
                return Err(bad("order.request", &message, "只列该部门的监察卡"));
            }
        }
        let now = app.clock.now();
        let days = new.days.unwrap_or_else(|| usual_days(&app.config.main.procedure, new.kind));
        let leader = department.contacts.leader.clone().filter(|_| new.kind != OrderKind::Reminder);
        let order = SupervisionOrder {
            no: String::new(),
            kind: new.kind,
            department: new.department,
            cards: new.cards,
            state: OrderState::Issued,
            issued_at: now,
            due: app.working_due(days)?,
            replied_at: None,
            withdrawn_at: None,
            steps: vec![Done { act: "issue".to_owned(), by: caller.user.clone(), at: now, text: new.content.clone() }],
            content: new.content,
            copied_to: leader.into_iter().collect(),
            follows: None,
            followed_by: None,
        };
        let detail = json!({ "department": order.department, "kind": order.kind });
        let order = app.begin_matter(&order, Deed { act: "issue", by: &caller.user }, detail).await?;
        Ok((StatusCode::CREATED, order))
    };
    once(&app, &caller, ("supervision-orders", &headers, body), work).await
}

/// What stands twice in a list.
fn twice(all: &[String]) -> Option<&String> {
    all.iter().enumerate().find(|(at, one)| all.iter().take(*at).any(|other| other == *one)).map(|(_, one)| one)
}

pub(super) async fn act(
    State(app): House,
    Extension(caller): Who,
    Path((no, act)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let words: Words = words(body, "http.json")?;
    let work = async {
        let mut kept = stored(&app, &caller, &no).await?;
        let was = kept.matter.state;
        let Words { text, days } = words;
        let usual = usual_days(&app.config.main.procedure, kept.matter.kind);
        let due = || app.working_due(days.unwrap_or(usual));
        let meant = match act.as_str() {
            "issue" => OrderAct::Issue { text, due: due()? },
            "decline" => OrderAct::Decline { text },
            "reply" => OrderAct::Reply { text },
            "return" => OrderAct::Return { text, due: due()? },
            "close" => OrderAct::Close { text },
            "withdraw" => OrderAct::Withdraw { text },
            _ => {
                return Err(refuse(StatusCode::NOT_FOUND, "http.unknown", "没有这项操作", "见 /api/v1/openapi.json"));
            }
        };
        kept.matter.act(meant, &caller.user, app.clock.now()).map_err(Problem::from)?;
        let deed = Deed { act: &act, by: &caller.user };
        let order = app.keep_matter(kept, deed, json!({ "from": was.as_str() })).await?;
        Ok((StatusCode::OK, order))
    };
    once(&app, &caller, (&format!("supervision-orders/{no}/{act}"), &headers, body), work).await
}
