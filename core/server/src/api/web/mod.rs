//! The console: pages for people, made of the same answers as the API and allowed to the same roles – each page names the
//! operation it shows, and who may that may see it.

mod card;
mod case;
mod overview;
mod score;

use super::answer::Refusal;
use super::auth::{may, who};
use super::routes::{Access, route_of};
use crate::app::App;
use crate::people::Caller;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use daylight_console::asset::Asset;
use daylight_console::list::Pager;
use daylight_console::shell::Shell;
use daylight_console::words::Lang;
use daylight_domain::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;

type House = State<Arc<App>>;

/// Pages, and the operation each shows or does.
const SHOWS: &[(&str, &str)] = &[
    ("/cases", "/api/v1/cases"),
    ("/cases/{department}/{case_no}", "/api/v1/cases/{department}/{case_no}"),
    ("/cards", "/api/v1/cards"),
    ("/cards/{no}", "/api/v1/cards/{no}"),
    ("/cards/{no}/{act}", "/api/v1/cards/{no}/{act}"),
    ("/scores", "/api/v1/score-runs"),
    ("/scores/{id}", "/api/v1/score-runs/{id}"),
];

/// The pages.
pub(super) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    let pages = Router::new()
        .route("/cases", get(case::list))
        .route("/cases/{department}/{case_no}", get(case::one))
        .route("/cards", get(card::list))
        .route("/cards/{no}", get(card::one))
        .route("/cards/{no}/{act}", post(card::act))
        .route("/scores", get(score::list))
        .route("/scores/{id}", get(score::one))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(app), admit));
    Router::new().route("/", get(overview::home)).route("/assets/{digest}/{name}", get(asset)).merge(pages)
}

/// Lets in who may do what the page shows, and shows others where to sign in.
async fn admit(State(app): House, mut request: Request, next: Next) -> Result<Response, Refusal> {
    let here = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
    let caller = match who(&app, request.headers(), request.method()).await {
        Err(Refusal(StatusCode::UNAUTHORIZED, _)) => {
            let next: String = form_urlencoded::byte_serialize(here.as_bytes()).collect();
            return Ok((StatusCode::SEE_OTHER, [(header::LOCATION, format!("/sign-in?next={next}"))]).into_response());
        }
        other => other?,
    };
    let matched = request.extensions().get::<axum::extract::MatchedPath>().map_or("", |p| p.as_str());
    let act = request.uri().path().rsplit('/').next().unwrap_or("");
    let shows = SHOWS.iter().find(|(page, _)| *page == matched).map_or("", |(_, api)| api);
    allowed(&caller, request.method(), &shows.replace("{act}", act))?;
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

/// Whether somebody may do an operation of the API.
fn allowed(caller: &Caller, method: &Method, path: &str) -> Result<(), Refusal> {
    match route_of(method, path).map(|r| r.access) {
        Some(Access::May(right)) => may(caller, right),
        Some(_) => Ok(()),
        None => Err(super::answer::refuse(StatusCode::NOT_FOUND, "http.unknown", "没有这项操作", "从页面上的链接进入")),
    }
}

async fn asset(Path((digest, name)): Path<(String, String)>) -> Response {
    let Some(one) = Asset::at(&digest, &name) else { return StatusCode::NOT_FOUND.into_response() };
    let kept = HeaderValue::from_static("public, max-age=31536000, immutable");
    ([(header::CONTENT_TYPE, HeaderValue::from_static(one.media)), (header::CACHE_CONTROL, kept)], one.text)
        .into_response()
}

/// The cookie that holds the language.
const LANG: &str = "lang";

fn lang(headers: &HeaderMap, query: &str) -> Lang {
    let asked = form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == LANG).map(|(_, v)| v.into_owned());
    let kept = || {
        let cookies = headers.get(header::COOKIE)?.to_str().ok()?.split(';');
        cookies.filter_map(|one| one.trim().split_once('=')).find(|(n, _)| *n == LANG).map(|(_, v)| v.to_owned())
    };
    match asked.or_else(kept).as_deref() {
        Some("en") => Lang::En,
        _ => Lang::Zh,
    }
}

/// What is around a page.
pub(super) async fn shell(
    app: &App,
    caller: &Caller,
    (headers, uri): (&HeaderMap, &Uri),
    place: &'static str,
) -> Result<Shell, Refusal> {
    let now = app.clock.now();
    let mut stale = Vec::new();
    for d in app.config.departments.values().filter(|d| d.phase.ingests()) {
        let own = caller.department.as_ref().is_none_or(|own| *own == d.id);
        let last = app.store.last_received(&d.id).await?;
        if own && last.is_some_and(|last| now.0 - last.0 > i64::from(d.silence_minutes) * 60_000) {
            stale.push(d.name.clone());
        }
    }
    Ok(Shell {
        lang: lang(headers, uri.query().unwrap_or("")),
        county: app.config.main.county.name.clone(),
        user: caller.user.clone(),
        role: caller.role.name_zh().to_owned(),
        here: uri.path_and_query().map_or("/", |p| p.as_str()).to_owned(),
        place,
        as_of: said(now),
        stale,
    })
}

/// A page, and the language it was asked in, kept for the next.
pub(super) fn answer<T: Template>(shell: &Shell, page: &T) -> Result<Response, Refusal> {
    let text = page.render().map_err(|e| crate::problem::Problem::new("internal", format!("页面没有生成：{e}")))?;
    let word = if shell.lang == Lang::En { "en" } else { "zh" };
    let kept = HeaderValue::from_str(&format!("{LANG}={word}; Path=/; SameSite=Lax; Max-Age=31536000"));
    let kept = kept.unwrap_or_else(|_| HeaderValue::from_static(""));
    Ok(([(header::SET_COOKIE, kept)], Html(text)).into_response())
}

/// A time as people read it.
pub(super) fn said(at: Timestamp) -> String {
    at.local().format("%Y-%m-%d %H:%M").to_string()
}

pub(super) fn said_or(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "—".to_owned(), said)
}

/// The foot of a list whose rows were asked for by a query.
pub(super) fn pager(path: &str, query: &HashMap<String, String>, shown: usize, next: Option<String>) -> Pager {
    let with = |path: &str, after: Option<&str>, limit: bool| {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        let mut names: Vec<&String> = query.keys().filter(|n| !["after", LANG].contains(&n.as_str())).collect();
        names.sort();
        for name in names.into_iter().filter(|n| limit || *n != "limit") {
            pairs.append_pair(name, query.get(name).map_or("", String::as_str));
        }
        if let Some(after) = after {
            pairs.append_pair("after", after);
        }
        format!("{path}?{}", pairs.finish())
    };
    Pager {
        shown,
        later: query.contains_key("after"),
        first: with(path, None, true),
        next: next.map(|after| with(path, Some(&after), true)),
        export: with(&format!("/api/v1{path}"), None, true),
    }
}

/// A query without what was left empty in a form, and without the language.
pub(super) fn asked(query: HashMap<String, String>) -> HashMap<String, String> {
    query.into_iter().filter(|(name, value)| !value.is_empty() && name != LANG).collect()
}

/// Departments to choose from.
pub(super) fn departments(app: &App, caller: &Caller) -> Vec<(String, String)> {
    let own = |id: &String| caller.department.as_ref().is_none_or(|own| own == id);
    app.config.departments.values().filter(|d| own(&d.id)).map(|d| (d.id.clone(), d.name.clone())).collect()
}

/// The name of a department.
pub(super) fn name(app: &App, id: &str) -> String {
    app.config.departments.get(id).map_or_else(|| id.to_owned(), |d| d.name.clone())
}
