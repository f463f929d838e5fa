//! Supervision orders (督办): supervision asks, a department replies, supervision reviews. The service side's power; nothing
//! here is a measure of discipline.

use super::act::{once, text};
use super::answer::{Answer, Asked, Refusal, bad, limit, page, refuse};
use super::auth::{whole_county, within};
use crate::app::App;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Json};
use daylight_domain::Timestamp;
use daylight_domain::order::{OrderAct, OrderError, OrderKind, OrderState, OrderStep, SupervisionOrder};
use daylight_store::{AuditEntry, OutboxRow, TokenRow};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

type House = State<Arc<App>>;
type Token = Extension<TokenRow>;

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

impl From<OrderError> for Problem {
    fn from(e: OrderError) -> Self {
        Self::told(&e, "order.state")
    }
}

/// Working days for a reply: handbook §10.7.
fn usual_days(kind: OrderKind) -> u32 {
    if kind == OrderKind::Reminder { 1 } else { 3 }
}

/// The last instant of so many working days from now.
fn due(app: &App, days: u32) -> Result<Timestamp, Refusal> {
    let calendar = &app.config.rules.calendar;
    let date = calendar
        .nth_working_day_after(app.clock.now().date(), days.min(250))
        .map_err(|e| Problem::new("calendar.missing", e.to_string()))?;
    Ok(Timestamp::end_of(date).plus_ms(-1))
}

fn message(order: &SupervisionOrder, act: &str, now: Timestamp) -> OutboxRow {
    let no = if order.no.is_empty() { "{order_no}" } else { &order.no };
    OutboxRow {
        id: uuid::Uuid::now_v7().to_string(),
        seq: 0,
        topic: format!("order.{act}"),
        department: order.department.clone(),
        body: json!({ "order": no, "kind": order.kind, "state": order.state, "due": order.due }).to_string(),
        created_at: now,
        card: None,
    }
}

fn noted(token: &TokenRow, act: &str, no: &str, now: Timestamp, detail: serde_json::Value) -> AuditEntry {
    AuditEntry {
        at: now,
        actor: token.user.clone(),
        action: format!("order.{act}"),
        object: no.to_owned(),
        detail: detail.to_string(),
    }
}

pub(super) async fn list(State(app): House, Extension(token): Token, Query(query): Asked) -> Answer {
    let limit = limit(&query)?;
    let department = within(&token, query.get("department"))?;
    let (state, after) = (query.get("state").map(String::as_str), query.get("after").map(String::as_str));
    let rows = app.store.orders(department.as_deref(), state, after, limit).await?;
    Ok(page(&rows, limit, |o| o.no.clone()))
}

async fn stored(app: &App, token: &TokenRow, no: &str) -> Result<SupervisionOrder, Refusal> {
    let unknown = || Problem::new("order.unknown", format!("没有督办 {no}"));
    let order = app.store.order(no).await?.ok_or_else(unknown)?;
    within(token, Some(&order.department))?;
    Ok(order)
}

pub(super) async fn one(State(app): House, Extension(token): Token, Path(no): Path<String>) -> Answer {
    Ok(Json(json!(stored(&app, &token, &no).await?)))
}

pub(super) async fn create(
    State(app): House,
    Extension(token): Token,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    whole_county(&token)?;
    let body = text(&body)?;
    let example = "{\"kind\":\"order\",\"department\":\"market\",\"content\":\"…\",\"days\":3}";
    let new: New = serde_json::from_str(body).map_err(|e| bad("order.request", &format!("{e}"), example))?;
    if new.content.trim().is_empty() {
        return Err(Problem::from(OrderError::Words).into());
    }
    app.department(&new.department)?;
    let work = async {
        for no in &new.cards {
            let unknown = || Problem::new("card.unknown", format!("没有监察卡 {no}"));
            let card = app.store.card(no).await?.ok_or_else(unknown)?;
            if card.department != new.department {
                let message = format!("监察卡 {no} 不是发给“{}”的", new.department);
                return Err(bad("order.request", &message, "只列该部门的监察卡"));
            }
        }
        let now = app.clock.now();
        let due = due(&app, new.days.unwrap_or_else(|| usual_days(new.kind)))?;
        let order = SupervisionOrder {
            no: String::new(),
            kind: new.kind,
            department: new.department,
            cards: new.cards,
            state: OrderState::Issued,
            issued_at: now,
            due,
            replied_at: None,
            withdrawn_at: None,
            steps: vec![OrderStep {
                act: "issue".to_owned(),
                by: token.user.clone(),
                at: now,
                text: new.content.clone(),
            }],
            content: new.content,
        };
        let year = chrono::Datelike::year(&now.date());
        let series = format!("DB{}{year}", app.config.main.county.division);
        let audit = noted(&token, "issue", "", now, json!({ "department": order.department, "kind": order.kind }));
        let message = message(&order, "issue", now);
        let order = app.store.add_order(order, &series, audit, message).await?;
        app.tell();
        Ok((StatusCode::CREATED, order))
    };
    once(&app, &token, ("supervision-orders", &headers, body), work).await
}

pub(super) async fn act(
    State(app): House,
    Extension(token): Token,
    Path((no, act)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let words: Words = match body.trim() {
        "" => Words::default(),
        body => serde_json::from_str(body).map_err(|e| bad("http.json", &format!("{e}"), "{\"text\": \"…\"}"))?,
    };
    if act != "reply" {
        whole_county(&token)?;
    }
    let work = async {
        let mut order = stored(&app, &token, &no).await?;
        let (expected, now) = (order.state, app.clock.now());
        let Words { text, days } = words;
        let meant = match act.as_str() {
            "reply" => OrderAct::Reply { text },
            "return" => OrderAct::Return { text, due: due(&app, days.unwrap_or_else(|| usual_days(order.kind)))? },
            "close" => OrderAct::Close { text },
            "withdraw" => OrderAct::Withdraw { text },
            _ => {
                return Err(refuse(StatusCode::NOT_FOUND, "http.unknown", "没有这项操作", "见 /api/v1/openapi.json"));
            }
        };
        order.act(meant, &token.user, now).map_err(Problem::from)?;
        let audit = noted(&token, &act, &no, now, json!({ "from": expected.as_str() }));
        app.store.update_order(&order, expected, audit, message(&order, &act, now)).await?;
        app.tell();
        Ok((StatusCode::OK, order))
    };
    once(&app, &token, (&format!("supervision-orders/{no}/{act}"), &headers, body), work).await
}
