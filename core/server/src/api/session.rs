//! Signing in and out: by name and password, by a link that works once, and who one is. The same for programs (JSON) and for
//! people without JavaScript (two plain forms).

use super::answer::{Answer, Refusal, bad};
use super::auth::{COOKIE, carried, from_here};
use super::pages::page;
use crate::app::App;
use crate::people::{Caller, Given};
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use daylight_console::text::escape;
use daylight_domain::Timestamp;
use daylight_domain::role::{Right, Role};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

type House = State<Arc<App>>;

/// Who is signed in.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct SessionView {
    /// The person.
    pub user: String,
    /// In which role.
    pub role: Role,
    /// The role's Chinese name.
    pub role_zh: &'static str,
    /// For which department.
    pub department: Option<String>,
    /// What is allowed.
    pub rights: Vec<Right>,
    /// The password is too old; nothing is allowed but to change it.
    pub stale: bool,
}

/// A session that was begun.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Signed {
    /// Who.
    #[serde(flatten)]
    pub session: SessionView,
    /// For programs: `Authorization: Bearer`. Browsers got a cookie.
    pub token: String,
    /// When it ends if it is not used.
    pub expires_at: Timestamp,
}

impl From<&Caller> for SessionView {
    fn from(caller: &Caller) -> Self {
        Self {
            user: caller.user.clone(),
            role: caller.role,
            role_zh: caller.role.name_zh(),
            department: caller.department.clone(),
            rights: caller.rights.iter().copied().collect(),
            stale: caller.stale,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Proof {
    #[serde(default)]
    name: String,
    #[serde(default)]
    link: String,
    password: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    old: String,
    new: String,
}

fn cookie(app: &App, value: &str) -> HeaderValue {
    let secure = app.config.main.listen.public.as_deref().is_some_and(|p| p.starts_with("https://"));
    let end = if value.is_empty() { "; Max-Age=0" } else { "" };
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{end}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn read<'a, T: Deserialize<'a>>(body: &'a Bytes, example: &str) -> Result<T, Refusal> {
    let body = super::act::text(body)?;
    serde_json::from_str(body).map_err(|e| bad("http.json", &format!("请求不是所要的 JSON：{e}"), example))
}

async fn prove(app: &App, proof: &Proof) -> Result<Given, Problem> {
    if proof.link.is_empty() {
        app.sign_in(&proof.name, &proof.password).await
    } else {
        app.use_link(&proof.link, &proof.password).await
    }
}

/// Signs in: `{name, password}`, or `{link, password}` with a sign-in link's secret and the password to be.
pub(super) async fn begin(State(app): House, body: Bytes) -> Result<Response, Refusal> {
    let proof: Proof = read(&body, "{\"name\": \"…\", \"password\": \"…\"}")?;
    let given = prove(&app, &proof).await?;
    let caller = app.caller(&given.secret).await?;
    let set = [(header::SET_COOKIE, cookie(&app, &given.secret))];
    let signed = Signed { session: SessionView::from(&caller), token: given.secret, expires_at: given.expires_at };
    Ok((StatusCode::CREATED, set, Json(signed)).into_response())
}

pub(super) async fn show(Extension(caller): Extension<Caller>) -> Answer {
    Ok(Json(json!(SessionView::from(&caller))))
}

pub(super) async fn end(State(app): House, Extension(caller): Extension<Caller>) -> Result<Response, Refusal> {
    if !caller.session {
        return Err(bad(
            "auth.no-session",
            "这是令牌，不是登录",
            "令牌由安全管理员撤销：POST /api/v1/tokens/编号/revoke",
        ));
    }
    app.revoke(&caller.token, &caller.user, "sign-out").await?;
    let gone = [(header::SET_COOKIE, cookie(&app, ""))];
    Ok((gone, Json(json!(SessionView::from(&caller)))).into_response())
}

pub(super) async fn change(State(app): House, Extension(caller): Extension<Caller>, body: Bytes) -> Answer {
    let change: Change = read(&body, "{\"old\": \"…\", \"new\": \"…\"}")?;
    app.change_password(&caller, &change.old, &change.new).await?;
    Ok(Json(json!(SessionView { stale: false, ..SessionView::from(&caller) })))
}

// -- for people ------------------------------------------------------------------------------------------------------

/// A field of a form.
fn field(body: &[u8], name: &str) -> String {
    form_urlencoded::parse(body).find(|(n, _)| n == name).map(|(_, v)| v.into_owned()).unwrap_or_default()
}

fn form(title: &str, action: &str, said: Option<&Problem>, fields: &str, button: &str) -> String {
    let said = said.map(|p| {
        let fix = p.fix.as_deref().unwrap_or_default();
        format!("<p class=\"said\" role=\"alert\">{}。{}</p>", escape(&p.message), escape(fix))
    });
    format!(
        "<main class=\"narrow\"><h1>{}</h1>{}<form method=\"post\" action=\"{}\">{fields}\
         <button type=\"submit\">{button}</button></form></main>",
        escape(title),
        said.unwrap_or_default(),
        escape(action),
    )
}

fn password_field(name: &str, label: &str, kind: &str) -> String {
    format!(
        "<label for=\"{name}\">{label}</label>\
         <input id=\"{name}\" name=\"{name}\" type=\"password\" autocomplete=\"{kind}\" required>"
    )
}

/// Where somebody wanted to go: a place of ours.
fn next_of(body: &[u8]) -> String {
    let next = field(body, "next");
    let ours =
        next.starts_with('/') && !next.starts_with("//") && !next.contains('\\') && !next.chars().any(char::is_control);
    if ours { next } else { String::new() }
}

/// A browser always says where a form was sent from.
fn foreign(headers: &HeaderMap) -> Option<Response> {
    let wrong = Problem::new("auth.origin", "请求不是从本系统的页面发出的").fix("从本系统的页面登录");
    (!from_here(headers)).then(|| {
        let mut answer = sign_in_form(Some(&wrong), "", "");
        *answer.status_mut() = StatusCode::FORBIDDEN;
        answer
    })
}

fn sign_in_form(said: Option<&Problem>, name: &str, next: &str) -> Response {
    let hidden = format!("<input type=\"hidden\" name=\"next\" value=\"{}\">", escape(next));
    let fields = hidden
        + &format!(
            "<label for=\"name\">名称</label>\
         <input id=\"name\" name=\"name\" autocomplete=\"username\" value=\"{}\" required>{}",
            escape(name),
            password_field("password", "密码", "current-password")
        );
    let status = if said.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    (status, page("登录", "zh-CN", &form("登录", "/sign-in", said, &fields, "登录"))).into_response()
}

fn link_form(said: Option<&Problem>, secret: &str, name: &str) -> Response {
    let fields = format!(
        "<p>{}，请设置密码。链接只能使用一次。</p>{}{}",
        escape(name),
        password_field("password", "新密码", "new-password"),
        password_field("again", "再输入一次", "new-password")
    );
    let status = if said.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let action = format!("/sign-in/{secret}");
    (status, page("设置密码", "zh-CN", &form("设置密码", &action, said, &fields, "设置并登录"))).into_response()
}

fn signed_in(app: &App, given: &Given, next: &str) -> Response {
    let place = HeaderValue::from_str(next).ok().filter(|_| !next.is_empty());
    let place = place.unwrap_or_else(|| HeaderValue::from_static("/"));
    let headers = [(header::SET_COOKIE, cookie(app, &given.secret)), (header::LOCATION, place)];
    (StatusCode::SEE_OTHER, headers).into_response()
}

pub(super) async fn form_page(State(app): House, uri: Uri, headers: HeaderMap) -> Response {
    let next = next_of(uri.query().unwrap_or("").as_bytes());
    if let Some((secret, true)) = carried(&headers)
        && let Ok(caller) = app.caller(secret).await
    {
        let who = format!(
            "<main class=\"narrow\"><h1>已登录</h1><p>{}（{}）</p><form method=\"post\" action=\"/sign-out\">\
             <button type=\"submit\">退出</button></form></main>",
            escape(&caller.user),
            caller.role.name_zh()
        );
        return page("已登录", "zh-CN", &who).into_response();
    }
    sign_in_form(None, "", &next)
}

pub(super) async fn form_sent(State(app): House, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(refused) = foreign(&headers) {
        return refused;
    }
    let (name, next) = (field(&body, "name"), next_of(&body));
    match app.sign_in(&name, &field(&body, "password")).await {
        Ok(given) => signed_in(&app, &given, &next),
        Err(problem) => sign_in_form(Some(&problem), &name, &next),
    }
}

pub(super) async fn link_page(State(app): House, Path(secret): Path<String>) -> Response {
    match app.link_of(&secret).await {
        Ok(name) => link_form(None, &secret, &name),
        Err(problem) => sign_in_form(Some(&problem), "", ""),
    }
}

pub(super) async fn link_sent(
    State(app): House,
    Path(secret): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(refused) = foreign(&headers) {
        return refused;
    }
    let name = match app.link_of(&secret).await {
        Ok(name) => name,
        Err(problem) => return sign_in_form(Some(&problem), "", ""),
    };
    let password = field(&body, "password");
    if password != field(&body, "again") {
        let differ = Problem::new("auth.password-rules", "两次输入的密码不同").fix("重新输入");
        return link_form(Some(&differ), &secret, &name);
    }
    match app.use_link(&secret, &password).await {
        Ok(given) => signed_in(&app, &given, ""),
        Err(problem) => link_form(Some(&problem), &secret, &name),
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
