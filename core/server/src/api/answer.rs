//! What every answer has in common: problems as RFC 9457 has them, in the reader's language, pages, and query words.

use crate::problem::{Place, Problem, registry};
use axum::Json;
use axum::extract::{Query, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use daylight_domain::Timestamp;
use daylight_domain::finding::Level;
use daylight_store::MatterFilter;
use serde_json::{Value, json};
use std::collections::HashMap;

/// A problem and its status.
#[derive(Clone, Debug)]
pub(super) struct Refusal(pub StatusCode, pub Box<Problem>);

pub(super) type Answer = Result<Json<Value>, Refusal>;
pub(super) type Asked = Query<HashMap<String, String>>;

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let status = match problem.code.as_str() {
            "department.unknown"
            | "pull.unknown"
            | "case.unknown"
            | "item.unknown"
            | "quarantine.unknown"
            | "score.unknown"
            | "entry.unknown"
            | "exclusion.unknown"
            | "score.appeal-unknown"
            | "plugin.unknown"
            | "card.unknown"
            | "order.unknown"
            | "investigation.unknown"
            | "sampling.unknown"
            | "complaint.unknown"
            | "enquiry.unknown"
            | "rating.unknown"
            | "rating.link"
            | "desk.unknown"
            | "public.code"
            | "document.unknown"
            | "user.unknown"
            | "token.unknown"
            | "publication.unknown"
            | "publication.file"
            | "paper.none"
            | "delivery.unknown"
            | "draft.unknown"
            | "item-list.unknown"
            | "item.no-flow"
            | "gate.unknown"
            | "store.not-found" => StatusCode::NOT_FOUND,
            "pull.running"
            | "pull.phase"
            | "card.state"
            | "order.state"
            | "investigation.state"
            | "investigation.open"
            | "investigation.unheard"
            | "investigation.measure"
            | "sampling.state"
            | "sampling.checked"
            | "card.appeal-late"
            | "entry.state"
            | "exclusion.state"
            | "score.state"
            | "score.shadow"
            | "score.partial"
            | "score.standing"
            | "score.appealed"
            | "score.appeal-late"
            | "score.appeal-open"
            | "score.appeal-period"
            | "complaint.state"
            | "complaint.duplicate"
            | "complaint.extension"
            | "complaint.joint"
            | "complaint.returned"
            | "complaint.reopened"
            | "complaint.anonymous"
            | "desk.assigned"
            | "desk.choice"
            | "desk.connector"
            | "desk.corrected"
            | "desk.extension"
            | "desk.mandatory"
            | "desk.materials"
            | "desk.off"
            | "desk.phase"
            | "desk.rated"
            | "desk.stale"
            | "desk.state"
            | "enquiry.state"
            | "enquiry.duplicate"
            | "enquiry.returned"
            | "rating.state"
            | "rating.rated"
            | "rating.appealed"
            | "rating.anonymous"
            | "publication.state"
            | "publication.standing"
            | "publication.stale"
            | "publication.personal"
            | "publication.digest"
            | "publication.run"
            | "user.exists"
            | "user.disabled"
            | "delivery.state"
            | "draft.state"
            | "draft.incomplete"
            | "draft.identity"
            | "gate.phase"
            | "gate.not-met"
            | "gate.digest"
            | "gate.stale"
            | "gate.signed"
            | "draft.twice"
            | "investigation.twice"
            | "store.conflict" => StatusCode::CONFLICT,
            "auth.token" | "auth.expired" | "auth.password" | "auth.link" | "screen.link" => StatusCode::UNAUTHORIZED,
            "card.same-person"
            | "investigation.same-person"
            | "investigation.team"
            | "entry.same-person"
            | "exclusion.same-person"
            | "score.same-person"
            | "complaint.same-person"
            | "complaint.department"
            | "enquiry.department"
            | "rating.same-person"
            | "rating.department"
            | "publication.same-person"
            | "desk.same-person"
            | "desk.leader"
            | "desk.department"
            | "draft.same-person"
            | "draft.office"
            | "gate.signer"
            | "user.self" => StatusCode::FORBIDDEN,
            "publication.withdrawn" => StatusCode::GONE,
            "publication.damaged" | "gate.altered" => StatusCode::INTERNAL_SERVER_ERROR,
            "auth.locked" | "public.busy" => StatusCode::TOO_MANY_REQUESTS,
            code if code.starts_with("store.") => StatusCode::SERVICE_UNAVAILABLE,
            code if code.starts_with("plugin.") => StatusCode::BAD_GATEWAY,
            _ => StatusCode::BAD_REQUEST,
        };
        Self(status, Box::new(problem))
    }
}

impl From<daylight_store::StoreError> for Refusal {
    fn from(e: daylight_store::StoreError) -> Self {
        Problem::from(e).into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut answer = write(&self, false);
        // Which language is asked for is known one layer further out.
        answer.extensions_mut().insert(self);
        answer
    }
}

fn write(Refusal(status, problem): &Refusal, english: bool) -> Response {
    let entry = registry::entry(&problem.code);
    let (detail, fix) = match entry {
        Some(entry) if english => (entry.en, Some(entry.fix_en.to_owned())),
        _ => (problem.message.as_str(), problem.fix.clone().or_else(|| entry.map(|e| e.fix_zh.to_owned()))),
    };
    let body = json!({
        "type": format!("/docs/errors/{}", problem.code),
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "code": problem.code,
        "detail": detail,
        "fix": fix,
    });
    let mut answer = (*status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response();
    if *status == StatusCode::UNAUTHORIZED {
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    answer
}

/// Whether a reader prefers English. Chinese is the language of the house.
pub(super) fn english(headers: &HeaderMap) -> bool {
    let Some(list) = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()) else { return false };
    let weight = |wanted: &str| {
        list.split(',')
            .filter_map(|one| {
                let (tag, rest) = one.split_once(';').unwrap_or((one, ""));
                let q = rest.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse::<f32>().ok())?;
                let tag = tag.trim().to_ascii_lowercase();
                (tag == wanted || tag.starts_with(&format!("{wanted}-"))).then_some(q)
            })
            .fold(0.0_f32, f32::max)
    };
    weight("en") > weight("zh")
}

/// Says refusals in the language that was asked for.
pub(super) async fn speak(request: Request, next: Next) -> Response {
    let english = english(request.headers());
    let answer = next.run(request).await;
    if !english {
        return answer;
    }
    match answer.extensions().get::<Refusal>() {
        Some(refusal) => write(refusal, true),
        None => answer,
    }
}

pub(super) fn refuse(status: StatusCode, code: &str, message: &str, fix: &str) -> Refusal {
    Refusal(status, Box::new(Problem::new(code, message).fix(fix)))
}

pub(super) fn bad(code: &str, message: &str, fix: &str) -> Refusal {
    refuse(StatusCode::BAD_REQUEST, code, message, fix)
}

/// The file a place in the body of a request is in.
pub(super) const BODY: &str = "body";

/// A body that is not what was asked for; where in it stands with it, because that is for programs.
pub(super) fn unreadable(code: &str, e: &serde_json::Error, example: &str) -> Refusal {
    let mut problem = Problem::new(code, format!("请求不是所要的 JSON：{e}")).fix(example);
    problem.place = Some(Place { file: BODY.into(), line: e.line(), column: e.column() });
    Refusal(StatusCode::BAD_REQUEST, Box::new(problem))
}

pub(super) fn limit(query: &HashMap<String, String>) -> Result<u32, Refusal> {
    match query.get("limit") {
        None => Ok(100),
        Some(text) => text
            .parse()
            .ok()
            .filter(|n| (1..=1000).contains(n))
            .ok_or_else(|| bad("query.limit", "limit 应在 1 到 1000 之间", "例：limit=100")),
    }
}

pub(super) fn level(query: &HashMap<String, String>, name: &str) -> Result<Option<Level>, Refusal> {
    query
        .get(name)
        .map(|word| {
            serde_json::from_value(word.clone().into())
                .map_err(|_| bad("query.level", &format!("未知级别“{word}”"), "hint、prewarning、yellow、red"))
        })
        .transpose()
}

/// A state word, one of those there are.
pub(super) fn state(query: &HashMap<String, String>, words: &[&str]) -> Result<Option<String>, Refusal> {
    match query.get("state") {
        Some(word) if !words.contains(&word.as_str()) => {
            Err(bad("query.state", &format!("未知状态“{word}”"), &words.join("、")))
        }
        word => Ok(word.cloned()),
    }
}

pub(super) fn time(query: &HashMap<String, String>, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let wrong = || bad("query.time", &format!("{name} 不是时间"), &format!("例：{name}=2026-04-01"));
    query.get(name).map(|text| Timestamp::parse(text).ok_or_else(wrong)).transpose()
}

pub(super) fn date(query: &HashMap<String, String>, name: &str) -> Result<Option<NaiveDate>, Refusal> {
    query
        .get(name)
        .map(|text| {
            daylight_domain::time::parse_date(text).ok_or_else(|| {
                bad("query.range", &format!("{name}“{text}”不是日期"), "例：from=2026-03-01&to=2026-03-31")
            })
        })
        .transpose()
}

/// Which matters a list asks for, within a department.
pub(super) fn matters(
    query: &HashMap<String, String>,
    department: Option<String>,
    words: &[&str],
) -> Result<MatterFilter, Refusal> {
    Ok(MatterFilter {
        kind: String::new(),
        department,
        states: state(query, words)?.into_iter().collect(),
        due_before: time(query, "due_before")?,
        after: query.get("after").cloned(),
        limit: limit(query)?,
    })
}

/// Leaves states out of what a list asks for; who asks for one of them alone asks for nothing.
pub(super) fn only(filter: &mut MatterFilter, words: &[&str], hidden: &[&str]) {
    if filter.states.is_empty() {
        filter.states = words.iter().map(|w| (*w).to_owned()).collect();
    }
    filter.states.retain(|w| !hidden.contains(&w.as_str()));
    if filter.states.is_empty() {
        filter.states.push(String::new());
    }
}

/// Where a list goes on after a full page.
pub(super) fn goes_on<T>(rows: &[T], limit: u32, next: impl Fn(&T) -> String) -> Option<String> {
    let full = rows.len() == usize::try_from(limit).unwrap_or(usize::MAX);
    rows.last().filter(|_| full).map(next)
}

/// One page of a list of which not everything may be shown; where it goes on does not depend on that.
pub(super) fn page_of<T, S: serde::Serialize>(
    rows: Vec<T>,
    limit: u32,
    next: impl Fn(&T) -> String,
    shown: impl Fn(T) -> Option<S>,
) -> Json<Value> {
    let next = goes_on(&rows, limit, next);
    let items: Vec<S> = rows.into_iter().filter_map(shown).collect();
    Json(json!({ "items": items, "next": next }))
}

/// One page of a list; `next` goes into `after` of the next request.
pub(super) fn page<T: serde::Serialize>(rows: &[T], limit: u32, next: impl Fn(&T) -> String) -> Json<Value> {
    page_of(rows.iter().collect(), limit, |row: &&T| next(row), Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_spoken_to_whom_prefers_it() {
        let asks = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(text));
            english(&headers)
        };
        assert!(asks("en"));
        assert!(asks("en-GB,en;q=0.9,zh;q=0.8"));
        assert!(!asks("zh-CN,zh;q=0.9,en;q=0.8"));
        assert!(!asks("de"));
        assert!(!english(&HeaderMap::new()));
    }
}
