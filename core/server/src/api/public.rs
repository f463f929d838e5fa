//! What anybody may do without signing in: complain, ask, rate, and ask how far it is with number and code. Bounded for each
//! address and for all together; what comes back names nobody.

use super::act::text;
use super::answer::{Asked, Refusal, bad, unreadable};
use super::listen::Peer;
use super::rating::{Said, rated};
use super::register::Who as Person;
use super::{complaint, enquiry};
use crate::app::App;
use crate::complaint::Slip;
use crate::people::token_hash;
use crate::problem::Problem;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use daylight_domain::Timestamp;
use daylight_domain::check::fields_from_canonical;
use daylight_domain::complaint::{CodeHash, Complaint};
use daylight_domain::desk::DeskCase;
use daylight_domain::enquiry::Enquiry;
use daylight_domain::record::{Field, RecordType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

type House = State<Arc<App>>;

/// Who registers what comes without a name.
const PUBLIC: &str = "public";

/// The address a request is counted for: the other end of the connection, or what our own proxy on this machine says of it.
pub(super) struct From(pub(super) IpAddr);

fn counted(peer: Option<IpAddr>, headers: &HeaderMap) -> IpAddr {
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    if !peer.is_loopback() {
        return peer;
    }
    let said = headers.get("x-real-ip").and_then(|v| v.to_str().ok()).and_then(|v| v.trim().parse().ok());
    said.unwrap_or(peer)
}

impl<S: Send + Sync> FromRequestParts<S> for From {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>().map(|p| p.0);
        Ok(Self(counted(peer, &parts.headers)))
    }
}

/// How far a complaint or an enquiry is. Nobody is named in it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Progress {
    /// Number.
    pub no: String,
    /// State word.
    pub state: String,
    /// The Chinese word.
    pub state_zh: String,
    /// Name of the department.
    pub department: String,
    /// When it came in.
    pub registered_at: Timestamp,
    /// The last instant for what is due.
    pub due: Option<Timestamp>,
    /// What was answered, once that is final.
    pub reply: Option<String>,
    /// When it was answered or closed.
    pub closed_at: Option<Timestamp>,
}

/// What becomes of a public rating.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Thanks {
    /// Its number.
    pub no: String,
}

/// A rating without sign-in: by a link, or by the case with its query code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewRating {
    #[serde(default)]
    link: Option<String>,
    #[serde(default)]
    department: Option<String>,
    #[serde(default)]
    case_no: Option<String>,
    #[serde(default)]
    code: Option<String>,
    satisfaction: u8,
    #[serde(default)]
    round: Option<u32>,
    #[serde(default)]
    text: String,
    #[serde(default)]
    rater: Option<Person>,
}

pub(super) async fn complain(State(app): House, from: From, body: Bytes) -> Result<(StatusCode, Json<Slip>), Refusal> {
    app.public.write.pass(from.0, app.clock.now())?;
    let example = "{\"department\":\"market\",\"title\":\"…\",\"content\":\"…\"}";
    let new: complaint::New =
        serde_json::from_str(text(&body)?).map_err(|e| unreadable("complaint.request", &e, example))?;
    let one = new.complaint(&app, PUBLIC, true)?;
    Ok((StatusCode::CREATED, Json(app.register_complaint(one, PUBLIC).await?)))
}

pub(super) async fn ask(State(app): House, from: From, body: Bytes) -> Result<(StatusCode, Json<Slip>), Refusal> {
    app.public.write.pass(from.0, app.clock.now())?;
    let example = "{\"department\":\"market\",\"title\":\"…\",\"content\":\"…\"}";
    let new: enquiry::New =
        serde_json::from_str(text(&body)?).map_err(|e| unreadable("enquiry.request", &e, example))?;
    let one = new.enquiry(&app, PUBLIC, true)?;
    Ok((StatusCode::CREATED, Json(app.register_enquiry(one, PUBLIC).await?)))
}

/// One answer for a number nobody has and a code that does not fit: neither tells which numbers there are.
pub(super) fn wrong() -> Refusal {
    Problem::new("public.code", "编号或查询码不对").into()
}

fn fits(kept: Option<&CodeHash>, Asked { 0: query }: &Asked) -> Result<(), Refusal> {
    let code = query.get("code").map(String::as_str).unwrap_or_default();
    if kept.is_some_and(|kept| kept.fits(code)) { Ok(()) } else { Err(wrong()) }
}

/// A number of ours as it is kept, however it was typed.
fn ours(no: &str) -> String {
    no.trim().to_ascii_uppercase()
}

fn unseen(problem: Problem) -> Refusal {
    if problem.code.ends_with(".unknown") { wrong() } else { problem.into() }
}

fn name(app: &App, department: &str) -> String {
    app.config.departments.get(department).map_or_else(|| department.to_owned(), |d| d.name.clone())
}

pub(super) async fn complaint(
    State(app): House,
    from: From,
    Path(no): Path<String>,
    query: Asked,
) -> Result<Json<Progress>, Refusal> {
    app.public.ask.pass(from.0, app.clock.now())?;
    let one = app.find_matter::<Complaint>(&ours(&no)).await.map_err(unseen)?.matter;
    fits(one.code.as_ref(), &query)?;
    Ok(Json(Progress {
        state: one.state.as_str().to_owned(),
        state_zh: one.state.name_zh().to_owned(),
        department: name(&app, &one.department),
        registered_at: one.registered_at,
        due: one.due,
        // What a department wrote is an answer when it was reviewed.
        reply: one.reply.filter(|_| one.closed_at.is_some()),
        closed_at: one.closed_at,
        no: one.no,
    }))
}

pub(super) async fn enquiry(
    State(app): House,
    from: From,
    Path(no): Path<String>,
    query: Asked,
) -> Result<Json<Progress>, Refusal> {
    app.public.ask.pass(from.0, app.clock.now())?;
    let one = app.find_matter::<Enquiry>(&ours(&no)).await.map_err(unseen)?.matter;
    fits(one.code.as_ref(), &query)?;
    Ok(Json(Progress {
        state: one.state.as_str().to_owned(),
        state_zh: one.state.name_zh().to_owned(),
        department: name(&app, &one.department),
        registered_at: one.received_at,
        due: one.due,
        reply: one.reply,
        closed_at: one.replied_at,
        no: one.no,
    }))
}

/// The case that a link is about, and the name under which it is used up.
pub(super) async fn link_case(app: &App, link: &str) -> Result<(String, String, String), Refusal> {
    let hash = token_hash(link);
    let bad_link = || Problem::new("rating.link", "评价链接无效、已用过或已过期");
    // What is kept is kept until it ends.
    let now = app.clock.now();
    let kept = app.store.keyed("rating", &format!("link:{hash}"), (now, Timestamp(i64::MAX)), 1).await?;
    let case = kept.into_iter().next().ok_or_else(bad_link)?.1;
    let (department, case_no) = case.split_once('/').ok_or_else(bad_link)?;
    let used = format!("used:{hash}");
    // Another link may have been given out in its place.
    let void = app.store.keyed("rating", &format!("void:{hash}"), (now, Timestamp(i64::MAX)), 1).await?;
    if !void.is_empty() || app.store.entered_as("rating", &used).await?.is_some() {
        return Err(bad_link().into());
    }
    Ok((department.to_owned(), case_no.to_owned(), used))
}

/// Whether a code is the one that the source gave the applicant of a case that may still be rated.
async fn by_code(app: &App, department: &str, case_no: &str, code: &str) -> Result<(), Refusal> {
    let row = app.store.case(department, case_no).await?.ok_or_else(wrong)?;
    let days = i64::from(app.config.main.complaint.rating_days);
    let over = row.case.closed_at().is_some_and(|at| at.plus_ms(days * 86_400_000) < app.clock.now());
    if over || !code_fits(app, department, case_no, code).await? {
        return Err(wrong());
    }
    Ok(())
}

/// Whether a code is the one the applicant of a case was given: by the desk with its receipt, or by the department's system.
pub(super) async fn code_fits(app: &App, department: &str, case_no: &str, code: &str) -> Result<bool, Problem> {
    if code.trim().is_empty() {
        return Ok(false);
    }
    if let Some(desk) = app.store.desk_case(department, case_no).await? {
        let kept = serde_json::from_str::<DeskCase>(&desk.body).ok().and_then(|case| case.code);
        return Ok(kept.is_some_and(|kept| kept.fits(code)));
    }
    let events = app.store.case_events(department, case_no).await?;
    let opens = |kind: RecordType| kind.opens_case();
    let kept = events
        .iter()
        .rev()
        .filter(|e| opens(e.record))
        .find_map(|e| fields_from_canonical(&e.payload)?.string(Field::QueryCode).filter(|c| !c.is_empty()));
    // Compared as hashes: how far two of them agree tells nothing about the code.
    Ok(kept.is_some_and(|kept| token_hash(kept.trim()) == token_hash(code.trim())))
}

pub(super) async fn rate(State(app): House, from: From, body: Bytes) -> Result<(StatusCode, Json<Thanks>), Refusal> {
    app.public.write.pass(from.0, app.clock.now())?;
    let example = "{\"link\":\"dlr_…\",\"satisfaction\":4,\"text\":\"…\"}";
    let new: NewRating = serde_json::from_str(text(&body)?).map_err(|e| unreadable("rating.request", &e, example))?;
    let (department, case_no, used) = match (&new.link, &new.department, &new.case_no, &new.code) {
        (Some(link), None, None, None) => {
            let (department, case_no, used) = link_case(&app, link).await?;
            (department, case_no, Some(used))
        }
        (None, Some(department), Some(case_no), Some(code)) => {
            by_code(&app, department, case_no, code).await?;
            (department.clone(), case_no.clone(), None)
        }
        _ => return Err(bad("rating.request", "需要 link，或 department、case_no 与 code", example)),
    };
    let said = Said {
        department,
        case_no: Some(case_no),
        satisfaction: new.satisfaction,
        channel: if used.is_some() { "qr" } else { "pc" }.to_owned(),
        round: new.round.unwrap_or(1),
        text: new.text,
        window: None,
        device: None,
        rater: new.rater,
    };
    let one = said.rating(&app, PUBLIC)?;
    let one = app.enter_rating(one, PUBLIC, used).await?.map_err(|_| rated())?;
    Ok((StatusCode::CREATED, Json(Thanks { no: one.no })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_proxy_says_where_a_request_comes_from() {
        let mut headers = HeaderMap::new();
        headers.insert("x-real-ip", axum::http::HeaderValue::from_static("203.0.113.7"));
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        assert_eq!(counted(Some(ip("127.0.0.1")), &headers), ip("203.0.113.7"));
        assert_eq!(counted(Some(ip("198.51.100.9")), &headers), ip("198.51.100.9"), "anybody can send a header");
        assert_eq!(counted(Some(ip("127.0.0.1")), &HeaderMap::new()), ip("127.0.0.1"));
    }
}
