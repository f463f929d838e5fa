//! Publications (公布) for those who make, approve and read them, and for the public without sign-in. Who does not supervise sees only
//! what was published for the government or the public; the public only what was published for it.

use super::act::{once, text, words};
use super::answer::{Answer, Asked, Refusal, bad, limit, page_of, refuse, state, unreadable};
use super::auth::whole_county;
use super::routes::{Access, Route, act as act_route, read};
use super::view::Page;
use super::waiting::listed;
use crate::app::App;
use crate::people::Caller;
use crate::problem::Problem;
use crate::publish::{Proof, PublicationView, Wanted};
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base64::Engine;
use daylight_domain::Timestamp;
use daylight_domain::publication::{
    Audience, FileEntry, Publication, PublicationAct, PublicationKind, PublicationState,
};
use daylight_domain::role::Right;
use daylight_store::MatterFilter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

type House = State<Arc<App>>;
type Who = Extension<Caller>;

/// A publication as everybody it is for may see it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct PublicationNotice {
    /// Its number.
    pub no: String,
    /// What.
    pub kind: PublicationKind,
    /// The Chinese word.
    pub kind_zh: String,
    /// For whom.
    pub audience: Audience,
    /// Where it stands.
    pub state: PublicationState,
    /// Its title.
    pub title: String,
    /// The scope in words.
    pub scope: String,
    /// First day.
    pub from: chrono::NaiveDate,
    /// Last day, included.
    pub to: chrono::NaiveDate,
    /// As of when the data is.
    pub data_time: Timestamp,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// SHA-256 of its `manifest.json`.
    pub digest: String,
    /// Its files; `manifest.json` besides them.
    pub files: Vec<FileEntry>,
}

impl From<Publication> for PublicationNotice {
    fn from(one: Publication) -> Self {
        Self {
            kind_zh: one.kind.name_zh().to_owned(),
            no: one.no,
            kind: one.kind,
            audience: one.audience,
            state: one.state,
            title: one.title,
            scope: one.scope,
            from: one.from,
            to: one.to,
            data_time: one.data_time,
            published_at: one.published_at,
            digest: one.digest,
            files: one.files,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Words {
    text: String,
    digest: String,
    #[serde(rename = "override")]
    not_names: String,
    department: String,
    fields: Vec<String>,
}

/// Who makes and approves publications.
fn makes(caller: &Caller) -> bool {
    caller.department.is_none() && (caller.may(Right::Supervise) || caller.may(Right::Approve))
}

fn unknown(no: &str) -> Problem {
    Problem::new("publication.unknown", format!("没有公布件 {no}"))
}

/// Whether it is there for a reader; `None`: an audience it is not for must not learn that it is.
fn open_to(one: &Publication, audiences: &[Audience]) -> Option<PublicationState> {
    (one.was_published() && audiences.contains(&one.audience)).then_some(one.state)
}

/// A publication as it is kept. What stands in its way is looked for only where a draft is looked at or approved: that reads every
/// register.
async fn stored(app: &App, no: &str) -> Result<Publication, Problem> {
    Ok(app.find_matter::<Publication>(no).await?.matter)
}

/// What is read of a publication that was published for one of these audiences.
async fn published(app: &App, no: &str, audiences: &[Audience]) -> Result<Publication, Refusal> {
    let one = stored(app, no).await?;
    match open_to(&one, audiences) {
        Some(PublicationState::Published) => Ok(one),
        Some(_) => {
            let when = one.withdrawn_at.map(|t| t.date().to_string()).unwrap_or_default();
            // Why it was withdrawn may be just what must not be told.
            Err(Problem::new("publication.withdrawn", format!("{} 已于 {when} 撤回", one.no)).into())
        }
        None => Err(unknown(no).into()),
    }
}

const READERS: &[Audience] = &[Audience::Government, Audience::Public];
const EVERYBODY: &[Audience] = &[Audience::Public];

async fn readable(app: &App, caller: &Caller, no: &str) -> Result<Publication, Refusal> {
    if makes(caller) {
        return Ok(stored(app, no).await?);
    }
    published(app, no, READERS).await
}

async fn page(
    app: &App,
    caller: Option<&Caller>,
    Query(query): &Asked,
    (states, shown): (Vec<String>, impl Fn(&Publication) -> bool),
) -> Answer {
    let limit = limit(query)?;
    let kind = match query.get("kind") {
        None => None,
        Some(word) => match PublicationKind::from_name(word) {
            Some(kind) => Some(kind),
            None => {
                return Err(bad(
                    "publication.request",
                    &format!("没有名为“{word}”的类别"),
                    &PublicationKind::WORDS.join("、"),
                ));
            }
        },
    };
    let filter = MatterFilter { states, after: query.get("after").cloned(), limit, ..MatterFilter::default() };
    let rows: Vec<Publication> = match caller {
        Some(caller) => listed(app, caller, query, filter).await?,
        None => app.list_matters(filter).await?,
    };
    let pick =
        |one: Publication| (kind.is_none_or(|k| k == one.kind) && shown(&one)).then(|| PublicationNotice::from(one));
    Ok(page_of(rows, limit, |one| one.no.clone(), pick))
}

pub(super) async fn list(State(app): House, Extension(caller): Who, query: Asked) -> Answer {
    let asked = state(&query, PublicationState::WORDS)?;
    if makes(&caller) {
        return page(&app, Some(&caller), &query, (asked.into_iter().collect(), |_: &Publication| true)).await;
    }
    let states = vec![PublicationState::Published.as_str().to_owned()];
    let none = asked.is_some_and(|word| word != PublicationState::Published.as_str());
    page(&app, Some(&caller), &query, (states, |one: &Publication| !none && open_to(one, READERS).is_some())).await
}

/// A publication as somebody may see it.
pub(super) async fn shown(app: &App, caller: &Caller, no: &str) -> Result<PublicationView, Refusal> {
    if makes(caller) {
        return Ok(app.publication(no).await?);
    }
    let mut publication = published(app, no, READERS).await?;
    // Where words come from, and what was found in them, is for those who make it.
    publication.texts.clear();
    publication.breaches.clear();
    publication.steps.clear();
    Ok(PublicationView { publication, obstacles: Vec::new() })
}

pub(super) async fn one(State(app): House, Extension(caller): Who, Path(no): Path<String>) -> Answer {
    Ok(Json(serde_json::json!(shown(&app, &caller, &no).await?)))
}

pub(super) async fn create(
    State(app): House,
    Extension(caller): Who,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    whole_county(&caller)?;
    let body = text(&body)?;
    let example = "{\"kind\":\"monthly\",\"audience\":\"public\",\"from\":\"2026-03-01\",\"scope\":\"社会公众\"}";
    let wanted: Wanted = serde_json::from_str(body).map_err(|e| unreadable("publication.request", &e, example))?;
    let work = async { Ok((StatusCode::CREATED, app.draft_publication(&wanted, &caller.user).await?)) };
    once(&app, &caller, ("publications", &headers, body), work).await
}

pub(super) async fn act(
    State(app): House,
    Extension(caller): Who,
    Path((no, act)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    whole_county(&caller)?;
    let body = text(&body)?;
    let Words { text, digest, not_names, department, fields } = words(body, "publication.request")?;
    let meant = match act.as_str() {
        "approve" => PublicationAct::Approve { digest, text, not_names },
        "withdraw" => PublicationAct::Withdraw { text },
        "report" => PublicationAct::Report { department, fields, text },
        _ => return Err(refuse(StatusCode::NOT_FOUND, "http.unknown", "没有这项操作", "见 /api/v1/openapi.json")),
    };
    let work = async { Ok((StatusCode::OK, app.act_on_publication(&no, meant, &caller.user).await?)) };
    once(&app, &caller, (&format!("publications/{no}/{act}"), &headers, body), work).await
}

/// A publication's hashes computed again from the bytes that are kept.
pub(super) async fn proof(app: &App, caller: &Caller, no: &str) -> Result<Proof, Refusal> {
    readable(app, caller, no).await?;
    Ok(app.verify_publication(no).await?)
}

pub(super) async fn verify(State(app): House, Extension(caller): Who, Path(no): Path<String>) -> Answer {
    Ok(Json(serde_json::json!(proof(&app, &caller, &no).await?)))
}

/// Bytes under their hash: to keep, to prove, and to ask for only when they have changed.
pub(super) fn attachment(
    (ascii, name, media): (&str, &str, &str),
    (bytes, sha256): (Vec<u8>, &str),
    asked: &HeaderMap,
    cache: Option<u32>,
) -> Response {
    let tag = format!("\"{sha256}\"");
    let known = asked.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let fresh = known
        .is_some_and(|all| all.split(',').any(|one| one.trim().trim_start_matches("W/") == tag || one.trim() == "*"));
    let raw = hex::decode(sha256).unwrap_or_default();
    let encoded = super::investigation::url_name(name);
    let headers = [
        (header::CONTENT_TYPE, media.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")),
        (header::ETAG, tag),
        (
            header::HeaderName::from_static("digest"),
            format!("sha-256={}", base64::engine::general_purpose::STANDARD.encode(raw)),
        ),
    ];
    let mut answer =
        if fresh { (StatusCode::NOT_MODIFIED, headers).into_response() } else { (headers, bytes).into_response() };
    kept(&mut answer, cache);
    answer
}

/// For how long what is public may be kept on the way.
fn kept(answer: &mut Response, cache: Option<u32>) {
    let Some(seconds) = cache else { return };
    if let Ok(value) = HeaderValue::from_str(&format!("public, max-age={seconds}")) {
        answer.headers_mut().insert(header::CACHE_CONTROL, value);
    }
}

async fn file_of(
    app: &App,
    one: &Publication,
    (name, asked): (&str, &HeaderMap),
    cache: Option<u32>,
) -> Result<Response, Refusal> {
    let (entry, bytes) = app.publication_file(one, name).await?;
    let whole = format!("{}-{name}", one.no);
    Ok(attachment((&whole, &whole, &entry.media), (bytes, &entry.sha256), asked, cache))
}

pub(super) async fn file(
    State(app): House,
    Extension(caller): Who,
    Path((no, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let one = readable(&app, &caller, &no).await?;
    file_of(&app, &one, (&name, &headers), None).await
}

/// Public answers may be kept on the way, for a while.
fn for_all(app: &App, answer: impl IntoResponse) -> Response {
    let mut answer = answer.into_response();
    kept(&mut answer, Some(app.config.main.publication.cache_seconds));
    answer
}

/// Reading what was published is no guessing: it is not counted.
pub(super) async fn public_list(State(app): House, query: Asked) -> Result<Response, Refusal> {
    let states = vec![PublicationState::Published.as_str().to_owned()];
    Ok(for_all(&app, page(&app, None, &query, (states, |one: &Publication| open_to(one, EVERYBODY).is_some())).await?))
}

pub(super) async fn public_one(State(app): House, Path(no): Path<String>) -> Result<Response, Refusal> {
    let one = published(&app, &no, EVERYBODY).await?;
    Ok(for_all(&app, Json(PublicationNotice::from(one))))
}

pub(super) async fn public_file(
    State(app): House,
    Path((no, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let one = published(&app, &no, EVERYBODY).await?;
    file_of(&app, &one, (&name, &headers), Some(app.config.main.publication.cache_seconds)).await
}

const JSON: &str = "application/json";

fn step(word: &str, right: Right, summary: &'static str, words: &'static str) -> Route {
    let mut one = act_route::<PublicationView>("", right, summary, Some((JSON, words)), 200);
    one.path = format!("/api/v1/publications/{{no}}/{word}").into();
    one
}

fn open(route: Route) -> Route {
    Route { access: Access::Open, ..route }
}

fn bytes(path: &'static str, summary: &'static str) -> Route {
    Route { answer: None, ..read::<FileEntry>(path, summary, &[]) }
}

/// Every route of publications.
pub(super) fn routes() -> Vec<Route> {
    const LIST: &[&str] = &["kind", "state", "waiting", "limit", "after"];
    vec![
        read::<Page<PublicationNotice>>(
            "/api/v1/publications",
            "公布件：编制、审批的人看到全部，其余看到面向其公布的",
            LIST,
        ),
        act_route::<PublicationView>(
            "/api/v1/publications",
            Right::Supervise,
            "编制公布件；此时生成全部文件，以后不再改动",
            Some((
                JSON,
                "{kind, audience?, from, to?, scope, title?, department?, score_run?, document?: {code, number, salutation?, copies?}}：kind 为 daily_cards、weekly_orders、bulletin、monthly、finished、answers；audience 为 internal_supervision、government、public；document 使绩效通报另成公文（GB/T 9704）",
            )),
            201,
        ),
        read::<PublicationView>("/api/v1/publications/{no}", "一份公布件，及妨碍公布的内容", &[]),
        read::<Proof>("/api/v1/publications/{no}/verify", "由保存的字节重算全部散列", &[]),
        bytes("/api/v1/publications/{no}/files/{name}", "其中一个文件；manifest.json 列出全部"),
        step(
            "approve",
            Right::Approve,
            "审批公布（编制的人不能审批）：digest 为所看公布件的散列；override 说明所列姓名为何不是姓名，证件与电话号码、投诉人本人不能放行",
            "{digest, text?, override?}",
        ),
        step("withdraw", Right::Approve, "撤回", "{text}"),
        step("report", Right::Supervise, "登记其中不得公开的内容，只写名称（O-03）", "{department, fields, text?}"),
        open(read::<Page<PublicationNotice>>(
            "/api/v1/public/publications",
            "向社会公布的，无需登录",
            &["kind", "limit", "after"],
        )),
        open(read::<PublicationNotice>("/api/v1/public/publications/{no}", "一份向社会公布的；已撤回的答 410", &[])),
        open(bytes("/api/v1/public/publications/{no}/files/{name}", "其中一个文件")),
    ]
}
