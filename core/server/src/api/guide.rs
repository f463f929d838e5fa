//! What anybody may look up without signing in: guides of items, and with the query code of a receipt how far a case is. Nobody is
//! named in it.

use super::answer::{Asked, Refusal, goes_on, limit};
use super::item::Wanted;
use super::public::{From, code_fits, link_case, wrong};
use super::routes::{Access, Route, read};
use super::view::Page;
use crate::app::App;
use crate::catalogue::{Guide, GuideBrief};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use daylight_console::flow::{Over, svg};
use daylight_domain::Timestamp;
use daylight_domain::case::Case;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;

type House = State<Arc<App>>;

/// A step of a case, without who took it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct StepTaken {
    /// Its name.
    pub name: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; nothing while it is open.
    pub ended_at: Option<Timestamp>,
}

/// How far a case is. Nobody is named in it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct CaseProgress {
    /// Case number.
    pub case_no: String,
    /// Name of the department.
    pub department: String,
    /// Name of the item.
    pub item: String,
    /// State word.
    pub state: String,
    /// 收件
    pub received_at: Option<Timestamp>,
    /// 受理
    pub accepted_at: Option<Timestamp>,
    /// Until when it is promised.
    pub promise_due: Option<Timestamp>,
    /// Materials are to be handed in: the last notice stands open.
    pub correction_open: bool,
    /// Its steps.
    pub steps: Vec<StepTaken>,
    /// 决定
    pub decided_at: Option<Timestamp>,
    /// What was decided: code table `decision`.
    pub decision: Option<String>,
    /// The same in words, once the case is over.
    pub reply: Option<String>,
    /// 办结
    pub finished_at: Option<Timestamp>,
}

/// What a link asks to be rated.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Rateable {
    /// Name of the department.
    pub department: String,
    /// Name of the item.
    pub item: String,
    /// When the case was over.
    pub finished_at: Option<Timestamp>,
}

pub(super) async fn list(State(app): House, Query(query): Asked) -> Result<Response, Refusal> {
    let limit = limit(&query)?;
    let wanted = Wanted::read(&query)?;
    let after = query.get("after").map(String::as_str).unwrap_or_default();
    let brief = |guide: Guide| GuideBrief {
        code: guide.item.code,
        name: guide.item.name,
        department: guide.item.department,
        department_name: guide.department_name,
        legal_limit: guide.item.legal_limit,
        promise_limit: guide.item.promise_limit,
        is_fee: guide.item.is_fee,
    };
    let all = app.guides().filter(|guide| wanted.takes(&guide.item) && guide.item.code.as_str() > after);
    let rows: Vec<GuideBrief> = all.take(usize::try_from(limit).unwrap_or(usize::MAX)).map(brief).collect();
    let next = goes_on(&rows, limit, |one| one.code.clone());
    Ok(for_a_while(&app, Json(json!({ "items": rows, "next": next })).into_response()))
}

pub(super) async fn one(State(app): House, Path(code): Path<String>) -> Result<Response, Refusal> {
    Ok(for_a_while(&app, Json(app.guide(&code)?).into_response()))
}

pub(super) async fn flow(State(app): House, Path(code): Path<String>, headers: HeaderMap) -> Result<Response, Refusal> {
    let item = app.guide(&code)?.item;
    let none = || Problem::new("item.no-flow", format!("事项“{code}”没有运行流程图"));
    let drawn = svg(&item, Over::Nothing).ok_or_else(none)?;
    let kind = (header::CONTENT_TYPE, "image/svg+xml; charset=utf-8");
    Ok(tagged(&app, &headers, ([kind], drawn.clone()).into_response(), drawn.as_bytes()))
}

pub(super) fn for_a_while(app: &App, mut answer: Response) -> Response {
    let seconds = app.config.main.publication.cache_seconds;
    if let Ok(value) = HeaderValue::from_str(&format!("public, max-age={seconds}")) {
        answer.headers_mut().insert(header::CACHE_CONTROL, value);
    }
    answer
}

/// What is public under the hash of what it says: to keep for a while, and afterwards to ask for only when it has changed.
pub(super) fn tagged(app: &App, asked: &HeaderMap, answer: Response, bytes: &[u8]) -> Response {
    let digest = hex::encode(Sha256::digest(bytes));
    let tag = format!("\"{}\"", digest.get(..32).unwrap_or(&digest));
    let known = asked.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).unwrap_or("");
    let same = known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag || one.trim() == "*");
    let mut answer = if same { StatusCode::NOT_MODIFIED.into_response() } else { answer };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    for_a_while(app, answer)
}

fn item_name(app: &App, case: &Case) -> String {
    let catalogue = &app.config.rules.catalogue;
    let item = catalogue.version(&case.item_code, case.item_version);
    let item = item.or_else(|| catalogue.versions(&case.item_code).last());
    item.map_or_else(|| case.item_code.clone(), |i| i.name.clone())
}

fn department_name(app: &App, id: &str) -> String {
    app.config.departments.get(id).map_or_else(|| id.to_owned(), |d| d.name.clone())
}

/// One answer for a case nobody has and a code that does not fit.
pub(super) async fn case(
    State(app): House,
    from: From,
    Path((department, case_no)): Path<(String, String)>,
    Query(query): Asked,
) -> Result<Json<CaseProgress>, Refusal> {
    app.public.ask.pass(from.0, app.clock.now())?;
    let code = query.get("code").map(String::as_str).unwrap_or_default();
    if !app.config.departments.contains_key(&department) {
        return Err(wrong());
    }
    let case_no = number_of(&app, &department, case_no.trim(), code).await?.ok_or_else(wrong)?;
    let Some(row) = app.store.case(&department, &case_no).await? else {
        // Taken down at the desk, and not taken in yet.
        let one = app.desk_read(&department, &case_no).await.map_err(|_| wrong())?.case;
        return Ok(Json(CaseProgress {
            case_no,
            department: department_name(&app, &department),
            item: one.item.name,
            state: one.state.as_str().to_owned(),
            received_at: Some(one.received_at),
            ..CaseProgress::default()
        }));
    };
    let case = &row.case;
    let reply = match case.decision.as_deref().filter(|_| case.finished_at.is_some()) {
        Some("granted") => Some("准予".to_owned()),
        Some("refused") => Some("不予许可".to_owned()),
        _ => None,
    };
    let step = |s: &daylight_domain::case::Step| StepTaken {
        name: s.name.clone(),
        started_at: s.started_at,
        ended_at: s.ended_at,
    };
    Ok(Json(CaseProgress {
        case_no,
        department: department_name(&app, &department),
        item: item_name(&app, case),
        state: case.state.as_str().to_owned(),
        received_at: case.received_at,
        accepted_at: case.accepted_at,
        promise_due: row.promise_due,
        correction_open: !case.state.is_closed() && case.open_correction().is_some(),
        steps: case.steps.iter().map(step).collect(),
        decided_at: case.decided_at,
        decision: case.decision.clone(),
        reply,
        finished_at: case.finished_at,
    }))
}

/// The number of a case that a code fits: as it was typed, or in capital or small letters.
async fn number_of(app: &App, department: &str, typed: &str, code: &str) -> Result<Option<String>, Problem> {
    for no in [typed.to_owned(), typed.to_ascii_uppercase(), typed.to_ascii_lowercase()] {
        if code_fits(app, department, &no, code).await? {
            return Ok(Some(no));
        }
    }
    Ok(None)
}

/// What a link is about, as long as it may be used.
pub(super) async fn rateable(
    State(app): House,
    from: From,
    Path(link): Path<String>,
) -> Result<Json<Rateable>, Refusal> {
    app.public.ask.pass(from.0, app.clock.now())?;
    let (department, case_no, _) = link_case(&app, &link).await?;
    let bad_link = || Problem::new("rating.link", "评价链接无效、已用过或已过期");
    let row = app.store.case(&department, &case_no).await?.ok_or_else(bad_link)?;
    Ok(Json(Rateable {
        department: department_name(&app, &department),
        item: item_name(&app, &row.case),
        finished_at: row.case.closed_at(),
    }))
}

fn open<T: JsonSchema>(path: &'static str, summary: &'static str, query: &'static [&'static str]) -> Route {
    Route { access: Access::Open, ..read::<T>(path, summary, query) }
}

/// Every route of what anybody may look up.
pub(super) fn routes() -> Vec<Route> {
    vec![
        open::<Page<GuideBrief>>(
            "/api/v1/public/items",
            "办事指南，无需登录；word 在名称、编码、依据与材料中查找",
            &["department", "word", "fee", "limit", "after"],
        ),
        open::<Guide>("/api/v1/public/items/{code}", "一个事项的办事指南", &[]),
        Route {
            answer: None, ..open::<Guide>("/api/v1/public/items/{code}/flow.svg", "办事指南的运行流程图", &[])
        },
        open::<CaseProgress>(
            "/api/v1/public/cases/{department}/{no}",
            "凭办件编号与查询码（code）查询办理进度；不含个人信息",
            &["code"],
        ),
        open::<Rateable>("/api/v1/public/ratings/{link}", "一次性评价链接所评的事项", &[]),
    ]
}
