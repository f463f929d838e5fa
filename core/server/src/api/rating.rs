//! Ratings (好差评) for those who answer for them: bad ones are verified, put right, called back about, or found to be wrong.

use super::act::{once, text};
use super::answer::{Answer, Asked, Refusal, bad, date, page, refuse, unreadable};
use super::auth::within;
use super::register::{Who as Person, actor, bounded, bounded_contact, concerned, filter, in_clear};
use super::waiting::listed;
use crate::app::App;
use crate::evaluate::Place;
use crate::oversight::{Deed, Kept};
use crate::people::{Caller, token_hash};
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Json};
use chrono::Datelike;
use daylight_domain::Timestamp;
use daylight_domain::complaint::Content;
use daylight_domain::rating::{Given, Rating, RatingAct, RatingState, SatisfactionTable};
use daylight_store::AuditEntry;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

type House = State<Arc<App>>;
type Who = Extension<Caller>;

/// A rating that somebody at the desk enters: on paper, by telephone, at a tablet.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    department: String,
    #[serde(default)]
    case_no: Option<String>,
    satisfaction: u8,
    channel: String,
    #[serde(default)]
    round: Option<u32>,
    #[serde(default)]
    text: String,
    #[serde(default)]
    window: Option<String>,
    #[serde(default)]
    device: Option<String>,
    #[serde(default)]
    rater: Option<Person>,
}

/// What a person says of a service.
pub(super) struct Said {
    pub department: String,
    pub case_no: Option<String>,
    pub satisfaction: u8,
    pub channel: String,
    pub round: u32,
    pub text: String,
    pub window: Option<String>,
    pub device: Option<String>,
    pub rater: Option<Person>,
}

impl Said {
    /// The rating, read by our own table: 1 very satisfied … 5 very dissatisfied.
    pub(super) fn rating(self, app: &App, by: &str) -> Result<Rating, Problem> {
        const CODE: &str = "rating.request";
        app.department(&self.department)?;
        let rater = self.rater.and_then(Person::contact);
        let part = |text: &Option<String>| text.as_deref().unwrap_or("").trim().to_owned();
        let (case_no, window, device) = (part(&self.case_no), part(&self.window), part(&self.device));
        let texts = [
            ("text", self.text.as_str(), 2000, false),
            ("case_no", case_no.as_str(), 64, false),
            ("window", window.as_str(), 100, false),
            ("device", device.as_str(), 100, false),
        ];
        bounded(CODE, &texts)?;
        bounded_contact(CODE, rater.as_ref())?;
        let known = daylight_domain::code::table("evaluation_channel").is_some_and(|t| t.contains_key(&self.channel));
        if !known || self.channel == "system" {
            return Err(Problem::new(CODE, format!("渠道“{}”不是由人评价的渠道", self.channel)));
        }
        if !(1..=2).contains(&self.round) {
            return Err(Problem::new(CODE, "round 为 1（首次）或 2（追评）"));
        }
        let now = app.clock.now();
        let full = |text: String| (!text.is_empty()).then_some(text);
        let given = Given {
            department: self.department,
            case_no: full(case_no),
            code: (self.satisfaction.to_string(), SatisfactionTable::Gb),
            channel: self.channel,
            by_default: false,
            round: self.round,
            text: self.text.trim().to_owned(),
            rater,
            window: full(window),
            device: full(device),
            source_no: None,
            at: now,
        };
        Ok(Rating::register(given, by, now)?)
    }
}

/// A link by which a case is rated once.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RatingLink {
    /// The secret, for `link` of `POST /api/v1/public/ratings`. Shown once and kept nowhere.
    pub link: String,
    /// Until when it works.
    pub expires_at: Timestamp,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    department: String,
    case_no: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Words {
    text: String,
    satisfied: Option<Content>,
    upheld: Option<bool>,
}

pub(super) async fn list(State(app): House, Extension(caller): Who, query: Asked) -> Answer {
    concerned(&caller)?;
    let (filter, limit) = filter(&caller, &query, RatingState::WORDS)?;
    let rows: Vec<Rating> = listed(&app, &caller, &query.0, filter).await?;
    let shown: Vec<Rating> = rows.into_iter().map(|one| one.shown(false)).collect();
    Ok(page(&shown, limit, |o| o.no.clone()))
}

async fn stored(app: &App, caller: &Caller, no: &str) -> Result<Kept<Rating>, Refusal> {
    let kept = app.find_matter::<Rating>(no).await?;
    if caller.department.as_ref().is_some_and(|own| *own != kept.matter.department) {
        return Err(Problem::new("rating.unknown", format!("没有评价 {no}")).into());
    }
    Ok(kept)
}

pub(super) async fn one(State(app): House, Extension(caller): Who, Path(no): Path<String>, query: Asked) -> Answer {
    concerned(&caller)?;
    let kept = stored(&app, &caller, &no).await?;
    let clear = in_clear(&app, &caller, &no, &query).await?;
    Ok(Json(json!(kept.matter.shown(clear))))
}

/// A department's ratings of a period. What the system gave by default is counted, and is in no share of satisfaction.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct RatingCounts {
    /// Department id.
    pub department: String,
    /// All ratings.
    pub ratings: u64,
    /// Of these, given by the system (默认评价).
    pub by_default: u64,
    /// Given by people (主动评价).
    pub active: u64,
    /// Of those given by people, 1–3.
    pub active_good: u64,
    /// Of those given by people, 4 and 5 that were not found to be mistaken or malicious.
    pub active_bad: u64,
    /// Of those given by people, found to be mistaken or malicious (不予采信): neither good nor bad.
    pub dismissed: u64,
}

/// Counts by department, by default of this month, as the measures count: what an exclusion leaves out is in none of them.
pub(super) async fn numbers(State(app): House, Extension(caller): Who, Query(query): Asked) -> Answer {
    let today = app.clock.now().date();
    let from = date(&query, "from")?.unwrap_or_else(|| today.with_day(1).unwrap_or(today));
    let to = date(&query, "to")?.unwrap_or(today);
    if from > to {
        return Err(bad("query.range", "from 晚于 to", "例：from=2026-03-01&to=2026-03-31"));
    }
    let one = within(&caller, query.get("department"))?;
    if let Some(id) = &one {
        app.department(id)?;
    }
    let (out, after) = (app.exclusions(from, to).await?, to.succ_opt().unwrap_or(to));
    let mut all = Vec::new();
    for id in app.config.departments.keys().filter(|id| one.as_ref().is_none_or(|one| one == *id)) {
        let n = app.rating_counts(&Place { department: id, from, to: after, out: &out }).await?;
        let active = n.all.saturating_sub(n.by_default);
        all.push(RatingCounts {
            department: id.clone(),
            ratings: n.all,
            by_default: n.by_default,
            active,
            active_good: n.good,
            active_bad: active.saturating_sub(n.good + n.dismissed),
            dismissed: n.dismissed,
        });
    }
    Ok(Json(json!({ "items": all, "next": null })))
}

/// Rated already, in words that name no rating of somebody else's.
pub(super) fn rated() -> Refusal {
    Problem::new("rating.rated", "这次服务已经评价过").into()
}

pub(super) async fn create(
    State(app): House,
    Extension(caller): Who,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let example = "{\"department\":\"market\",\"case_no\":\"…\",\"satisfaction\":4,\"channel\":\"phone\"}";
    let new: New = serde_json::from_str(body).map_err(|e| unreadable("rating.request", &e, example))?;
    let work = async {
        if let Some(no) = &new.case_no {
            let there = app.store.case(&new.department, no).await?;
            there.ok_or_else(|| Problem::new("case.unknown", format!("{} 没有办件 {no}", new.department)))?;
        }
        let said = Said {
            department: new.department,
            case_no: new.case_no,
            satisfaction: new.satisfaction,
            channel: new.channel,
            round: new.round.unwrap_or(1),
            text: new.text,
            window: new.window,
            device: new.device,
            rater: new.rater,
        };
        let one = said.rating(&app, &caller.user)?;
        let one = app.enter_rating(one, &caller.user, None).await?.map_err(|_| rated())?;
        Ok((StatusCode::CREATED, one.shown(false)))
    };
    once(&app, &caller, ("ratings", &headers, body), work).await
}

/// Not under an idempotency key: an answer that is kept would keep the secret.
pub(super) async fn link(
    State(app): House,
    Extension(caller): Who,
    body: Bytes,
) -> Result<(StatusCode, Json<RatingLink>), Refusal> {
    let example = "{\"department\":\"market\",\"case_no\":\"…\"}";
    let about: About = serde_json::from_str(text(&body)?).map_err(|e| unreadable("rating.request", &e, example))?;
    app.department(&about.department)?;
    let unknown = || Problem::new("case.unknown", format!("{} 没有办件 {}", about.department, about.case_no));
    app.store.case(&about.department, &about.case_no).await?.ok_or_else(unknown)?;
    let now = app.clock.now();
    let secret = format!("dlr_{}", hex::encode(rand::random::<[u8; 24]>()));
    let expires_at = now.plus_ms(i64::from(app.config.main.complaint.rating_days) * 86_400_000);
    let case = format!("{}/{}", about.department, about.case_no);
    app.store.put_key("rating", &format!("link:{}", token_hash(&secret)), expires_at, &case).await?;
    let entry = AuditEntry {
        at: now,
        actor: caller.user.clone(),
        action: "rating.invite".to_owned(),
        object: case,
        detail: json!({ "until": expires_at }).to_string(),
    };
    app.store.audit(entry).await?;
    Ok((StatusCode::CREATED, Json(RatingLink { link: secret, expires_at })))
}

pub(super) async fn act(
    State(app): House,
    Extension(caller): Who,
    Path((no, act)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let words: Words = match body.trim() {
        "" => Words::default(),
        body => serde_json::from_str(body).map_err(|e| unreadable("rating.request", &e, "{\"text\": \"…\"}"))?,
    };
    let missing = |what: &str| bad("rating.request", &format!("缺少 {what}"), "见 /api/v1/openapi.json");
    let work = async {
        let mut kept = stored(&app, &caller, &no).await?;
        let was = kept.matter.state;
        let Words { text, satisfied, upheld } = words;
        let meant = match act.as_str() {
            "contact" => RatingAct::Contact { text },
            "rectify" => RatingAct::Rectify { text, due: app.rule_due("E-03", &kept.matter.department)? },
            "call-back" => RatingAct::CallBack { satisfied: satisfied.ok_or_else(|| missing("satisfied"))?, text },
            "appeal" => RatingAct::Appeal { text },
            "decide" => RatingAct::Decide { upheld: upheld.ok_or_else(|| missing("upheld"))?, text },
            _ => return Err(refuse(StatusCode::NOT_FOUND, "http.unknown", "没有这项操作", "见 /api/v1/openapi.json")),
        };
        kept.matter.act(meant, actor(&caller), app.clock.now()).map_err(Problem::from)?;
        if act == "contact" {
            // Rectification counts from the rating (E-02), not from the contact.
            kept.matter.due = Some(app.rectify_due(&kept.matter)?);
        }
        let deed = Deed { act: &act, by: &caller.user };
        let one = app.keep_registered(kept, deed, json!({ "from": was.as_str() })).await?;
        Ok((StatusCode::OK, one.shown(false)))
    };
    once(&app, &caller, (&format!("ratings/{no}/{act}"), &headers, body), work).await
}
