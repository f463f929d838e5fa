//! The console: pages for people, made of the same answers as the API and allowed to the same roles – each page names the
//! operation it shows, and who may that may see it.

mod account;
mod card;
mod case;
mod catalogue;
mod desk;
mod evaluation;
mod form;
mod matter;
mod order;
mod oversight;
mod overview;
mod public;
mod standing;
mod system;
mod voice;
mod wall;

use super::answer::Refusal;
use super::auth::{may, who};
use super::routes::{Access, route_of};
use crate::app::App;
use crate::config::Department;
use crate::people::Caller;
use crate::problem::Problem;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use daylight_console::asset::{Asset, ICON};
use daylight_console::list::{Filter, Pager};
use daylight_console::sheet::{Body, Choice, Link, Sheet, Step};
use daylight_console::shell::{Group, PLACES, Shell, key};
use daylight_console::table;
use daylight_console::text::{Text, data};
use daylight_console::words::Lang;
use daylight_domain::Timestamp;
use daylight_domain::order::SupervisionOrder;
use daylight_domain::procedure::Done;
use daylight_store::AuditEntry;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;

type House = State<Arc<App>>;

/// Pages, and the operation each shows or does.
const SHOWS: &[(&str, &str)] = &[
    ("/cases", "/api/v1/cases"),
    ("/cases/{department}/{case_no}", "/api/v1/cases/{department}/{case_no}"),
    ("/cases/{department}/{case_no}/records", "/api/v1/cases/{department}/{case_no}/raw"),
    ("/cards", "/api/v1/cards"),
    ("/cards/{no}", "/api/v1/cards/{no}"),
    ("/cards/{no}/{act}", "/api/v1/cards/{no}/{act}"),
    ("/orders", "/api/v1/supervision-orders"),
    ("/orders/{no}", "/api/v1/supervision-orders/{no}"),
    ("/orders/{no}/{act}", "/api/v1/supervision-orders/{no}/{act}"),
    ("/screen", "/api/v1/departments"),
    ("/screen-links", "/api/v1/tokens"),
    ("/screen-links/{id}/{act}", "/api/v1/tokens/{id}/{act}"),
];
/// Every page, and the operation it shows or does.
fn all_shows() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    let groups =
        [SHOWS, evaluation::SHOWS, oversight::SHOWS, voice::SHOWS, catalogue::SHOWS, desk::SHOWS, system::SHOWS];
    groups.into_iter().flatten()
}

/// What a page shows or does.
fn api_of(page: &str) -> Option<&'static str> {
    all_shows().find(|(one, _)| *one == page).map(|(_, api)| *api)
}

/// Where a form is sent or a file is given, and nothing is looked at.
const SENT: &[&str] = &[
    "/complaints/import",
    "/ratings/links",
    "/investigations/{no}/documents",
    "/desk/hand-over",
    "/desk/papers/{department}/{no}/docx",
];

/// Every page there is to look at, as its route is written: the first, and those that show something.
pub fn shown() -> impl Iterator<Item = &'static str> {
    let shows = all_shows().map(|(page, _)| *page);
    let shows = shows.filter(|page| !page.ends_with("/{act}") && !SENT.contains(page) && !system::DEEDS.contains(page));
    std::iter::once("/").chain(public::PAGES.iter().copied()).chain(shows)
}

/// The pages.
pub(super) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    let pages = Router::new()
        .route("/cases", get(case::list))
        .route("/cases/{department}/{case_no}", get(case::one))
        .route("/cases/{department}/{case_no}/records", get(case::records))
        .route("/cards", get(card::list).post(card::write))
        .route("/cards/{no}", get(card::one))
        .route("/cards/{no}/{act}", post(card::act))
        .merge(matter::routes::<SupervisionOrder>())
        .route("/screen-links", get(wall::links).post(wall::give))
        .route("/screen-links/{id}/{act}", post(wall::revoke))
        .merge(evaluation::routes())
        .merge(oversight::routes())
        .merge(voice::routes())
        .merge(catalogue::routes())
        .merge(desk::routes())
        .merge(system::routes())
        .layer(axum::middleware::from_fn_with_state(Arc::clone(app), admit));
    Router::new()
        .route("/", get(overview::home))
        .route("/screen", get(wall::show))
        .route("/screen/open/{secret}", get(wall::link_page).post(super::screen::link_sent))
        .route("/assets/{digest}/{name}", get(asset))
        .route("/favicon.ico", get(icon))
        .merge(public::routes(app))
        .merge(system::open())
        .merge(pages)
}

/// Lets in who may do what the page shows, and shows others where to sign in. A refusal is a page as well.
async fn admit(State(app): House, mut request: Request, next: Next) -> Result<Response, Refusal> {
    let (headers, asked) = (request.headers().clone(), request.uri().clone());
    let matched = request.extensions().get::<axum::extract::MatchedPath>().cloned();
    let matched = matched.as_ref().map_or("", |p| p.as_str());
    let uri = if *request.method() == Method::GET { asked.clone() } else { looked_at(matched, &asked) };
    let here = uri.path_and_query().map_or("/", |p| p.as_str());
    let caller = match who(&app, request.headers(), request.method()).await {
        Err(Refusal(StatusCode::UNAUTHORIZED, _)) => {
            let next: String = form_urlencoded::byte_serialize(here.as_bytes()).collect();
            return Ok((StatusCode::SEE_OTHER, [(header::LOCATION, format!("/sign-in?next={next}"))]).into_response());
        }
        other => other?,
    };
    let act = asked.path().rsplit('/').next().unwrap_or("");
    let api = api_of(matched).unwrap_or_default();
    // Who must choose a new password is shown nothing else.
    if caller.stale && !matched.starts_with("/account") {
        return Ok(form::go("/account"));
    }
    let answer = match allowed(&caller, request.method(), &api.replace("{act}", act)) {
        Err(refusal) => refusal.into_response(),
        Ok(()) => {
            request.extensions_mut().insert(caller.clone());
            request.extensions_mut().insert(matter::Action(asked.path().to_owned()));
            *request.uri_mut() = uri.clone();
            next.run(request).await
        }
    };
    match answer.extensions().get::<Refusal>() {
        Some(refusal) => not_done(&app, &caller, (&headers, &uri), refusal.clone()).await,
        None => Ok(answer),
    }
}

/// The page to look at that a form was sent from: the address itself, or what it is under.
fn looked_at(matched: &str, uri: &Uri) -> Uri {
    let (mut page, mut path) = (matched, uri.path());
    if shown().any(|one| one == page) {
        return uri.clone();
    }
    while let (Some((above, _)), Some((short, _))) = (page.rsplit_once('/'), path.rsplit_once('/')) {
        (page, path) = (above, short);
        if shown().any(|one| one == page) {
            let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
            return format!("{path}{query}").parse().unwrap_or_default();
        }
    }
    Uri::default()
}

/// The page of a refusal: what happened, and the way out.
async fn not_done(
    app: &App,
    caller: &Caller,
    around: (&HeaderMap, &Uri),
    refusal: Refusal,
) -> Result<Response, Refusal> {
    refusal_page(&shell(app, caller, around, "").await?, refusal)
}

/// A refusal that is met before or outside of any page – too long a body, an address that is not there – is a page as well for who reads
/// pages, in the language of the reader.
pub(super) async fn as_page(State(app): House, request: Request, next: Next) -> Response {
    let read = |headers: &HeaderMap| {
        headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("text/html"))
    };
    let page = read(request.headers()) && !request.uri().path().starts_with("/api/");
    // What takes forms alone cannot be looked at in another language.
    let uri = if *request.method() == Method::GET { request.uri().clone() } else { Uri::default() };
    let headers = request.headers().clone();
    let answer = next.run(request).await;
    let Some(refusal) = answer.extensions().get::<Refusal>().filter(|_| page).cloned() else { return answer };
    match anybody(&app, (&headers, &uri)).await.and_then(|s| refusal_page(&s, refusal)) {
        Ok(made) => made,
        Err(_) => answer,
    }
}

/// The same within what is around it.
fn refusal_page(s: &Shell, Refusal(status, problem): Refusal) -> Result<Response, Refusal> {
    let (said, fix) = form::plain(s.lang, &problem);
    let mut sheet = Sheet::new(s, s.t("refusal.title"))
        .with(Body::Text(vec![fix.into()]))
        .with(Body::Links(vec![Link::new(format!("/docs/errors/{}", problem.code), problem.code.clone())]));
    sheet.said = Some(said.into());
    let mut made = answer(s, &sheet)?;
    *made.status_mut() = status;
    Ok(made)
}

/// Whether somebody may do an operation of the API.
fn allowed(caller: &Caller, method: &Method, path: &str) -> Result<(), Refusal> {
    match route_of(method, path).map(|r| r.access) {
        Some(Access::May(right)) => may(caller, right),
        Some(_) => Ok(()),
        None => Err(super::answer::refuse(StatusCode::NOT_FOUND, "http.unknown", "没有这项操作", "从页面上的链接进入")),
    }
}

/// Whether a page concerns somebody at all, where who may look at most things may not know of what is on it.
fn concerned(caller: &Caller, page: &str) -> bool {
    match page {
        "/investigations" => super::investigation::concerned(caller).is_ok(),
        "/complaints" | "/enquiries" | "/ratings" => super::register::concerned(caller).is_ok(),
        "/samples" => super::auth::whole_county(caller).is_ok(),
        _ => true,
    }
}

/// Whether somebody may do what a page shows; the first page is everybody's.
fn may_see(caller: &Caller, page: &str) -> bool {
    let api = api_of(page);
    page == "/" || concerned(caller, page) && api.is_some_and(|api| allowed(caller, &Method::GET, api).is_ok())
}

/// The places somebody may go to.
fn groups(caller: &Caller) -> Vec<Group> {
    let seen = PLACES.iter().map(|(key, places)| Group {
        key,
        places: places.iter().filter(|p| may_see(caller, p.href)).copied().collect(),
    });
    seen.filter(|g| !g.places.is_empty()).collect()
}

async fn asset(Path((digest, name)): Path<(String, String)>) -> Response {
    let Some(one) = Asset::at(&digest, &name) else { return StatusCode::NOT_FOUND.into_response() };
    let kept = HeaderValue::from_static("public, max-age=31536000, immutable");
    ([(header::CONTENT_TYPE, HeaderValue::from_static(one.media)), (header::CACHE_CONTROL, kept)], one.text)
        .into_response()
}

/// Browsers ask for it under this name, whatever they show.
async fn icon() -> Response {
    let kept = HeaderValue::from_static("public, max-age=86400");
    let one = &ICON;
    ([(header::CONTENT_TYPE, HeaderValue::from_static(one.media)), (header::CACHE_CONTROL, kept)], one.text)
        .into_response()
}

/// The cookies that hold the language and the size of letters.
const LANG: &str = "lang";
const SIZE: &str = "size";
/// The word of a query that asks for the rows of a page as a file.
const FORMAT: &str = "format";

/// One of these words, as the query has it, or the cookie that kept it.
fn chosen<'a>(headers: &HeaderMap, query: &str, name: &str, words: [&'a str; 2]) -> Option<&'a str> {
    let known = |word: &str| words.into_iter().find(|one| *one == word);
    let asked = form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).and_then(|(_, v)| known(&v));
    asked.or_else(|| {
        let cookies = headers.get(header::COOKIE)?.to_str().ok()?.split(';');
        cookies.filter_map(|one| one.trim().split_once('=')).find(|(n, _)| *n == name).and_then(|(_, v)| known(v))
    })
}

/// What is around a page before anybody is known: of a public page, all there is.
pub(super) fn outside(app: &App, (headers, uri): (&HeaderMap, &Uri)) -> Shell {
    let query = uri.query().unwrap_or("");
    Shell {
        lang: if chosen(headers, query, LANG, ["zh", "en"]) == Some("en") { Lang::En } else { Lang::Zh },
        large: chosen(headers, query, SIZE, ["usual", "large"]) == Some("large"),
        county: app.config.main.county.name.clone(),
        groups: Vec::new(),
        user: String::new(),
        role: String::new(),
        here: uri.path_and_query().map_or("/", |p| p.as_str()).to_owned(),
        place: "",
        as_of: said(app.clock.now()),
        stale: Vec::new(),
    }
}

/// Names of departments whose source is silent: of one, or of all.
async fn silent(app: &App, only: Option<&str>) -> Result<Vec<String>, Refusal> {
    let now = app.clock.now();
    let receipts = app.store.last_receipts().await?;
    let silent = |d: &&Department| {
        let own = only.is_none_or(|own| *own == d.id);
        let last = receipts.get(&d.id).filter(|_| own && d.phase.ingests());
        last.is_some_and(|last| now.0 - last.0 > i64::from(d.silence_minutes) * 60_000)
    };
    Ok(app.config.departments.values().filter(silent).map(|d| d.name.clone()).collect())
}

/// What is around a page that anybody may see: of whom is known, all there is.
pub(super) async fn anybody(app: &App, (headers, uri): (&HeaderMap, &Uri)) -> Result<Shell, Refusal> {
    match who(app, headers, &Method::GET).await {
        Ok(caller) if !caller.stale => shell(app, &caller, (headers, uri), "").await,
        _ => Ok(outside(app, (headers, uri))),
    }
}

/// What is around a page.
pub(super) async fn shell(
    app: &App,
    caller: &Caller,
    (headers, uri): (&HeaderMap, &Uri),
    place: &'static str,
) -> Result<Shell, Refusal> {
    let stale = silent(app, caller.department.as_deref()).await?;
    let around = outside(app, (headers, uri));
    Ok(Shell {
        user: caller.user.clone(),
        role: around.word(caller.role.name_zh(), caller.role.as_str()).to_string(),
        groups: groups(caller),
        place,
        stale,
        ..around
    })
}

/// The whole address of a page, for who is to be given it: as the county is reached, or as this request reached it.
pub(super) fn whole_address(app: &App, headers: &HeaderMap, path: &str) -> String {
    let word = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let asked = || {
        let scheme = if word("x-forwarded-proto") == Some("https") { "https" } else { "http" };
        word("host").map(|host| format!("{scheme}://{host}")).unwrap_or_default()
    };
    let base = app.config.main.listen.public.clone().unwrap_or_else(asked);
    format!("{}{path}", base.trim_end_matches('/'))
}

/// A page, and the language and size it was asked in, kept for the next.
pub(super) fn answer<T: Template>(shell: &Shell, page: &T) -> Result<Response, Refusal> {
    let text = page.render().map_err(|e| Problem::new("internal", format!("页面没有生成：{e}")))?;
    let mut made = Html(text).into_response();
    let size = if shell.large { "large" } else { "usual" };
    for (name, word) in [(LANG, if shell.lang == Lang::En { "en" } else { "zh" }), (SIZE, size)] {
        if shell.here.contains(&format!("{name}=")) {
            let kept = format!("{name}={word}; Path=/; SameSite=Lax; Max-Age=31536000");
            made.headers_mut().extend(HeaderValue::from_str(&kept).map(|kept| (header::SET_COOKIE, kept)));
        }
    }
    Ok(made)
}

/// A page of parts; where its query says so (`format=csv`, `xlsx`), its first table as a file, which is kept in the audit.
pub(super) async fn show(app: &App, caller: &Caller, sheet: &Sheet) -> Result<Response, Refusal> {
    let query = sheet.s.here.split_once('?').map_or("", |(_, query)| query);
    let format = form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == FORMAT).map(|(_, v)| v.into_owned());
    let (Some(format), Some(grid)) = (format, sheet.grid()) else { return answer(&sheet.s, sheet) };
    let said = |label: &str, text: &str| (sheet.s.t(label).to_owned(), text.to_owned());
    let notes = vec![said(key("house.data_as_of"), &sheet.s.as_of), said(key("list.filter"), query)];
    let table = grid.table(sheet, notes);
    let lang = if sheet.s.lang == Lang::En { table::Lang::En } else { table::Lang::Zh };
    let (bytes, media) = match format.as_str() {
        "csv" => (table.to_csv(lang), "text/csv; charset=utf-8"),
        "xlsx" => {
            let refused = |e: table::Unwritable| Problem::new("export.table", e.to_string());
            (table.to_xlsx(lang).map_err(refused)?, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        }
        other => return Err(super::answer::bad("export.format", &format!("没有名为“{other}”的格式"), "csv、xlsx")),
    };
    let digest = hex::encode(Sha256::digest(&bytes));
    let entry = AuditEntry {
        at: app.clock.now(),
        actor: caller.user.clone(),
        action: "export.page".to_owned(),
        object: sheet.s.here.clone(),
        detail: serde_json::json!({ "rows": table.rows.len(), "sha256": digest }).to_string(),
    };
    app.store.audit(entry).await?;
    let name = sheet.s.place.trim_start_matches('/').replace('/', "-");
    let name = format!("attachment; filename=\"{}.{format}\"", if name.is_empty() { "page" } else { &name });
    Ok(([(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}

/// A time as people read it.
pub(super) fn said(at: Timestamp) -> String {
    at.local().format("%Y-%m-%d %H:%M").to_string()
}

pub(super) fn said_or(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "—".to_owned(), said)
}

/// The foot of a list whose rows were asked for by a query.
pub(super) fn pager(
    path: &str,
    api: &str,
    query: &HashMap<String, String>,
    shown: usize,
    next: Option<String>,
) -> Pager {
    let with = |path: &str, after: Option<&str>, limit: bool| {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        let left = ["after", LANG, SIZE, FORMAT];
        let mut names: Vec<&String> = query.keys().filter(|n| !left.contains(&n.as_str())).collect();
        names.sort();
        for name in names.into_iter().filter(|n| limit || *n != "limit") {
            pairs.append_pair(name, query.get(name).map_or("", String::as_str));
        }
        if let Some(after) = after {
            pairs.append_pair("after", after);
        }
        format!("{path}?{}", pairs.finish())
    };
    let after = query.get("after").map(String::as_str);
    let file = |format: &str| {
        let here = with(path, after, true);
        Link::new(format!("{here}{}format={format}", if here.ends_with('?') { "" } else { "&" }), format.to_uppercase())
    };
    Pager {
        shown,
        files: vec![file("csv"), file("xlsx")],
        later: query.contains_key("after"),
        first: with(path, None, true),
        next: next.map(|after| with(path, Some(&after), true)),
        export: with(api, None, true),
    }
}

/// A query without what was left empty in a form, and without what is about the page alone.
pub(super) fn asked(query: HashMap<String, String>) -> HashMap<String, String> {
    let about = [LANG, SIZE, FORMAT];
    query.into_iter().filter(|(name, value)| !value.is_empty() && !about.contains(&name.as_str())).collect()
}

/// Departments to choose from.
pub(super) fn departments(app: &App, caller: &Caller) -> Vec<Choice> {
    let own = |id: &String| caller.department.as_ref().is_none_or(|own| own == id);
    app.config.departments.values().filter(|d| own(&d.id)).map(|d| (d.id.clone(), data(&d.name))).collect()
}

/// The name of a department.
pub(super) fn name(app: &App, id: &str) -> Text {
    data(app.config.departments.get(id).map_or(id, |d| &d.name))
}

/// A rule by its number and its name.
pub(super) fn rule(app: &App, s: &Shell, id: &str) -> Text {
    let (zh, en) = app.config.rules.book.name_of(id).unwrap_or_default();
    format!("{id} {}", s.either(zh, en)).into()
}

/// Who did something, and when.
pub(super) fn by(s: &Shell, who: &str, at: Timestamp) -> Text {
    s.who(who).and(" ").and(said(at))
}

/// Several things in one cell.
pub(super) fn several<T: Into<Text>>(s: &Shell, all: impl IntoIterator<Item = T>) -> Text {
    Text::join(all.into_iter().map(T::into), s.and())
}

/// How many rows a page has.
pub(super) fn limits(most: u32) -> Filter {
    let choices = ["50", "100", "500"].map(|w| (w.to_owned(), w.into())).to_vec();
    Filter { name: "limit", label: key("list.rows"), value: most.to_string(), choices }
}

/// What was done with a matter, in order.
pub(super) fn history(s: &Shell, steps: &[Done]) -> Vec<Step> {
    let step = |done: &Done| Step {
        at: said(done.at),
        act: s.of("deed.", &done.act).into(),
        by: s.who(&done.by),
        // What an act says may be a time.
        text: Timestamp::parse(&done.text)
            .filter(|_| done.text.contains('T'))
            .map_or_else(|| data(&done.text), |at| said(at).into()),
    };
    steps.iter().map(step).collect()
}
