//! The door: signing in by name and password, by a link that works once, and out.

use crate::api::answer::Refusal;
use crate::api::auth::{carried, from_here};
use crate::api::session::cookie;
use crate::api::web::form::{go, plain};
use crate::api::web::{House, answer, anybody, outside};
use crate::app::App;
use crate::people::Given;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use daylight_console::sheet::{Body, Field, Form, Kind, Link, Sheet};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_console::words::Lang;

/// A field of what was sent.
fn field(body: &[u8], name: &str) -> String {
    form_urlencoded::parse(body).find(|(n, _)| n == name).map(|(_, v)| v.into_owned()).unwrap_or_default()
}

/// Where somebody wanted to go: a place of ours.
fn next_of(body: &[u8]) -> String {
    let next = field(body, "next");
    let ours =
        next.starts_with('/') && !next.starts_with("//") && !next.contains('\\') && !next.chars().any(char::is_control);
    if ours { next } else { String::new() }
}

fn told(s: &Shell, problem: &Problem) -> String {
    if s.lang == Lang::En {
        let (said, fix) = plain(s.lang, problem);
        return format!("{said} {fix}");
    }
    let fix = problem.fix.as_deref().map(|f| format!("。{f}")).unwrap_or_default();
    format!("{}{fix}", problem.message)
}

/// A page with one form.
fn page(s: &Shell, heading: &str, said: Option<(StatusCode, &Problem)>, words: Text, form: Form) -> Response {
    let mut sheet = Sheet::new(s, s.t(heading));
    sheet.said = said.map(|(_, problem)| told(s, problem).into());
    let words = if words.is_empty() { Vec::new() } else { vec![words] };
    let sheet = sheet.with(Body::Text(words)).with(Body::Forms(vec![form]));
    match answer(s, &sheet) {
        Ok(mut made) => {
            *made.status_mut() = said.map_or(StatusCode::OK, |(status, _)| status);
            made
        }
        Err(refusal) => refusal.into_response(),
    }
}

fn sign_in_form(s: &Shell, said: Option<(StatusCode, &Problem)>, name: &str, next: &str) -> Response {
    let first = |field: Field| Field { first: true, ..field };
    let fields = vec![
        Field::hidden("next", next),
        first(Field::new("name", s.t("door.name"), Kind::Line).needed().value(name)),
        Field::new("password", s.t("door.password"), Kind::Password("current-password")).needed(),
    ];
    page(s, key("door.sign_in"), said, Text::default(), Form::new("/sign-in", s.t("door.sign_in"), fields))
}

fn link_form(s: &Shell, said: Option<&Problem>, secret: &str, name: &str) -> Response {
    let new = |field: &str, label: &str| Field::new(field, s.t(label), Kind::Password("new-password")).needed();
    let fields = vec![new("password", key("door.new")), new("again", key("door.again"))];
    let form = Form::new(format!("/sign-in/{secret}"), s.t("door.set"), fields);
    let said = said.map(|problem| (StatusCode::BAD_REQUEST, problem));
    page(s, key("door.choose"), said, data(name).and(s.colon()).and(s.t("door.once")), form)
}

/// A browser always says where a form was sent from.
fn foreign(s: &Shell, headers: &HeaderMap) -> Option<Response> {
    let wrong = Problem::new("auth.origin", "请求不是从本系统的页面发出的").fix("从本系统的页面登录");
    (!from_here(headers)).then(|| sign_in_form(s, Some((StatusCode::FORBIDDEN, &wrong)), "", ""))
}

fn refused(s: &Shell, problem: &Problem, name: &str, next: &str) -> Response {
    sign_in_form(s, Some((StatusCode::UNAUTHORIZED, problem)), name, next)
}

/// Goes where somebody wanted to, with the session; whose password is too old is led from there to a new one.
fn signed_in(app: &App, given: &Given, next: &str) -> Response {
    let mut made = go(if next.is_empty() { "/" } else { next });
    made.headers_mut().insert(header::SET_COOKIE, cookie(app, &given.secret));
    made
}

pub(super) async fn form_page(State(app): House, uri: Uri, headers: HeaderMap) -> Result<Response, Refusal> {
    let next = next_of(uri.query().unwrap_or("").as_bytes());
    let s = anybody(&app, (&headers, &uri)).await?;
    if let Some((secret, true)) = carried(&headers)
        && let Ok(caller) = app.caller(secret).await
    {
        let out = Form::new("/sign-out", s.t("house.sign_out"), Vec::new());
        let sheet = Sheet::new(&s, s.t("door.signed_in"))
            .with(Body::Text(vec![
                data(&caller.user).and(s.bracketed(s.word(caller.role.name_zh(), caller.role.as_str()))),
            ]))
            .with(Body::Links(vec![Link::new("/", s.t("nav.overview")), Link::new("/account", s.t("house.account"))]))
            .with(Body::Forms(vec![out]));
        return answer(&s, &sheet);
    }
    Ok(sign_in_form(&s, None, "", &next))
}

pub(super) async fn form_sent(State(app): House, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let s = outside(&app, (&headers, &uri));
    if let Some(refused) = foreign(&s, &headers) {
        return refused;
    }
    let (name, next) = (field(&body, "name"), next_of(&body));
    match app.sign_in(&name, &field(&body, "password")).await {
        Ok(given) => signed_in(&app, &given, &next),
        Err(problem) => refused(&s, &problem, &name, &next),
    }
}

pub(super) async fn link_page(State(app): House, Path(secret): Path<String>, uri: Uri, headers: HeaderMap) -> Response {
    let s = outside(&app, (&headers, &uri));
    match app.link_of(&secret).await {
        Ok(name) => link_form(&s, None, &secret, &name),
        Err(problem) => refused(&s, &problem, "", ""),
    }
}

pub(super) async fn link_sent(
    State(app): House,
    Path(secret): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let s = outside(&app, (&headers, &uri));
    if let Some(refused) = foreign(&s, &headers) {
        return refused;
    }
    let name = match app.link_of(&secret).await {
        Ok(name) => name,
        Err(problem) => return refused(&s, &problem, "", ""),
    };
    let password = field(&body, "password");
    if password != field(&body, "again") {
        let differ = Problem::new("auth.password-rules", "两次输入的密码不同").fix("重新输入");
        return link_form(&s, Some(&differ), &secret, &name);
    }
    match app.use_link(&secret, &password).await {
        Ok(given) => signed_in(&app, &given, ""),
        Err(problem) => link_form(&s, Some(&problem), &secret, &name),
    }
}

pub(super) async fn sign_out(State(app): House, headers: HeaderMap) -> Result<Response, Refusal> {
    if let (Some((secret, _)), true) = (carried(&headers), from_here(&headers))
        && let Ok(caller) = app.caller(secret).await
    {
        app.revoke(&caller.token, &caller.user, "sign-out").await?;
    }
    let gone = [(header::SET_COOKIE, cookie(&app, "")), (header::LOCATION, HeaderValue::from_static("/sign-in"))];
    Ok((StatusCode::SEE_OTHER, gone).into_response())
}
