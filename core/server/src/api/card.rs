//! What people do with cards. The department reads, answers and appeals; supervision confirms, closes, decides and revokes. No
//! token of a department ever does the second.

use super::act::{once, text, words};
use super::answer::{Refusal, bad, refuse, unreadable};
use super::auth::{whole_county, within};
use crate::app::App;
use crate::people::Caller;
use crate::problem::Problem;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use daylight_domain::Timestamp;
use daylight_domain::card::{Act, ActError, Card};
use daylight_domain::finding::Level;
use daylight_store::{AuditEntry, OutboxRow};
use serde::Deserialize;
use std::sync::Arc;

/// The words that go with an act.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Words {
    /// Reason, answer or grounds.
    pub(super) text: String,
    /// Whether an appealed card stands.
    pub(super) upheld: Option<bool>,
}

impl From<ActError> for Problem {
    fn from(e: ActError) -> Self {
        Self::told(&e, "card.state")
    }
}

fn meant(app: &App, card: &Card, act: &str, words: Words) -> Result<Act, Refusal> {
    let Words { text, upheld } = words;
    Ok(match act {
        "confirm" => Act::Confirm { feedback_due: feedback_due(app, card) },
        "cancel" => Act::Cancel { reason: text },
        "read" => Act::Read,
        "feedback" => Act::Feedback { text },
        "close" => Act::Close,
        "appeal" => Act::Appeal { grounds: text },
        "decide" => {
            let missing = || bad("card.words", "决定申诉需要 upheld", "{\"upheld\": true, \"text\": \"…\"}");
            Act::Decide { upheld: upheld.ok_or_else(missing)?, reason: text }
        }
        "revoke" => Act::Revoke { reason: text },
        _ => return Err(refuse(StatusCode::NOT_FOUND, "http.unknown", "没有这项操作", "见 /api/v1/openapi.json")),
    })
}

/// The last instant for an answer to a card that is issued now.
fn feedback_due(app: &App, card: &Card) -> Option<Timestamp> {
    let (rules, today) = (&app.config.rules, app.clock.now().date());
    let rule = rules.book.effective(&card.rule, &card.department, None, today)?;
    let date = rules.calendar.nth_working_day_after(today, rule.feedback_days).ok()?;
    Some(Timestamp::end_of(date).plus_ms(-1))
}

pub(super) async fn act(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((no, act)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let words: Words = words(body, "http.json")?;
    let work = async { Ok((StatusCode::OK, act_on(&app, &caller, (&no, &act), words).await?)) };
    once(&app, &caller, (&format!("cards/{no}/{act}"), &headers, body), work).await
}

/// Does something with a card: kept, audited by name, and told.
pub(super) async fn act_on(app: &App, caller: &Caller, (no, act): (&str, &str), words: Words) -> Result<Card, Refusal> {
    if !["read", "feedback", "appeal"].contains(&act) {
        whole_county(caller)?;
    }
    {
        let unknown = || Problem::new("card.unknown", format!("没有监察卡 {no}"));
        let mut card = app.store.card(no).await?.ok_or_else(unknown)?;
        within(caller, Some(&card.department))?;
        let (expected, now) = (card.state, app.clock.now());
        let meant = meant(app, &card, act, words)?;
        let detail = serde_json::json!({ "from": expected.as_str(), "level": card.level }).to_string();
        card.act(meant, &caller.user, now).map_err(Problem::from)?;
        let entry = AuditEntry {
            at: now,
            actor: caller.user.clone(),
            action: format!("card.{act}"),
            object: card.no.clone(),
            detail,
        };
        app.store.update_card(&card, expected, entry, Some(message(&card, act, now))).await?;
        app.tell();
        Ok(card)
    }
}

/// What others are told of an act.
fn message(card: &Card, act: &str, now: Timestamp) -> OutboxRow {
    let topic = if act == "confirm" { "card.issued".to_owned() } else { format!("card.{act}") };
    let level: Level = card.level;
    OutboxRow {
        id: uuid::Uuid::now_v7().to_string(),
        seq: 0,
        topic,
        department: card.department.clone(),
        body: serde_json::json!({
            "card": card.no, "rule": card.rule, "level": level, "state": card.state, "case_no": card.case_no,
            "explain_zh": card.explain_zh, "feedback_due": card.feedback_due,
        })
        .to_string(),
        created_at: now,
        card: None,
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    rule: String,
    department: String,
    #[serde(default)]
    case_no: Option<String>,
    #[serde(default)]
    object: Option<String>,
    text: String,
}

/// 人工发牌: a supervisor writes a card by one of the county's own rules. A red one waits for another person.
pub(super) async fn write(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let example = "{\"rule\": \"M-02\", \"department\": \"market\", \"case_no\": \"…\", \"text\": \"…\"}";
    let new: Written = serde_json::from_str(body).map_err(|e| unreadable("card.request", &e, example))?;
    if new.text.trim().is_empty() {
        return Err(Problem::from(ActError::Words).into());
    }
    let work = async {
        let no = app.write_card(&caller.user, &new.rule, (&new.department, new.case_no, new.object), &new.text).await?;
        let card = app.store.card(&no).await?;
        Ok((StatusCode::CREATED, card.ok_or_else(|| Problem::new("internal", format!("监察卡 {no} 没有写入")))?))
    };
    once(&app, &caller, ("cards", &headers, body), work).await
}
