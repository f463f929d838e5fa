//! Who asks, and what they may: a bearer token, or the session a browser carries in its cookie. What each operation needs stands
//! in the table of routes.

use super::answer::{Refusal, bad, refuse};
use super::routes::{Access, Route, route_of};
use crate::app::App;
use crate::people::Caller;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use daylight_domain::role::Right;
use std::sync::Arc;

/// The cookie that holds a session.
pub(super) const COOKIE: &str = "daylight";

/// The secret a request carries, and whether it is a browser's cookie.
pub(super) fn carried(headers: &HeaderMap) -> Option<(&str, bool)> {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(secret) = text(header::AUTHORIZATION).and_then(|v| v.strip_prefix("Bearer ")) {
        return Some((secret, false));
    }
    let cookies = text(header::COOKIE)?.split(';').filter_map(|one| one.trim().split_once('='));
    cookies.into_iter().find(|(name, _)| *name == COOKIE).map(|(_, secret)| (secret, true))
}

/// Whether a browser sends this from our own pages. A cookie goes along whoever made the browser send it.
pub(super) fn from_here(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin" || site == "none";
    }
    let origin = text(header::ORIGIN).and_then(|o| o.split_once("://")).map(|(_, host)| host);
    origin.is_some() && origin == text(header::HOST)
}

/// Who sends this.
pub(super) async fn who(app: &App, headers: &HeaderMap, method: &Method) -> Result<Caller, Refusal> {
    let (secret, cookie) = carried(headers).unwrap_or_default();
    let caller = app.caller(secret).await?;
    if cookie && !matches!(*method, Method::GET | Method::HEAD) && !from_here(headers) {
        let message = "请求不是从本系统的页面发出的";
        return Err(refuse(StatusCode::FORBIDDEN, "auth.origin", message, "从本系统的页面操作；程序请使用令牌"));
    }
    Ok(caller)
}

pub(super) async fn authorise(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let address = request.uri().path_and_query().map_or("", |p| p.as_str());
    if address.contains("%00") {
        return Err(bad("http.nul", "地址中含有空字符", "去掉 %00"));
    }
    // Who follows a link in a message is shown where to sign in, and goes on from there.
    let page = request.method() == Method::GET
        && request.headers().get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|a| a.contains("text/html"));
    let place = page.then(|| address.to_owned());
    let matched = request.extensions().get::<MatchedPath>().map_or("", |p| p.as_str());
    // What is done with a card stands in the last part of the address.
    let act = request.uri().path().rsplit('/').next().unwrap_or("");
    let Some(route) = route_of(request.method(), &matched.replace("{act}", act)) else {
        who(&app, request.headers(), request.method()).await?;
        return Err(refuse(StatusCode::NOT_FOUND, "http.unknown", "没有这项操作", "见 /api/v1/openapi.json"));
    };
    if route.access == Access::Open {
        return Ok(next.run(request).await);
    }
    let caller = match who(&app, request.headers(), request.method()).await {
        Err(Refusal(StatusCode::UNAUTHORIZED, _)) if place.is_some() => {
            let next: String = form_urlencoded::byte_serialize(place.unwrap_or_default().as_bytes()).collect();
            return Ok((StatusCode::SEE_OTHER, [(header::LOCATION, format!("/sign-in?next={next}"))]).into_response());
        }
        other => other?,
    };
    if let Access::May(right) = route.access {
        if caller.stale {
            let message = "密码已过期，更换后才能继续";
            return Err(refuse(StatusCode::FORBIDDEN, "auth.stale", message, "POST /api/v1/session/password"));
        }
        may(&caller, right)?;
    }
    known_parameters(route, request.uri().query().unwrap_or(""))?;
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

/// A misspelt parameter would silently give another answer.
fn known_parameters(route: &Route, query: &str) -> Result<(), Refusal> {
    let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
    let Some(name) = names.find(|name| !route.query.contains(&name.as_ref())) else { return Ok(()) };
    let fix =
        if route.query.is_empty() { "去掉它".to_owned() } else { format!("可用：{}", route.query.join("、")) };
    Err(bad("query.unknown", &format!("没有名为“{name}”的参数"), &fix))
}

/// Refuses who lacks a right.
pub(super) fn may(caller: &Caller, right: Right) -> Result<(), Refusal> {
    if caller.may(right) {
        return Ok(());
    }
    let message = format!("{}没有“{}”（{}）的权限", caller.role.name_zh(), right.name_zh(), right.as_str());
    Err(refuse(StatusCode::FORBIDDEN, "auth.scope", &message, "请有此权限的人办理，或请安全管理员调整角色或令牌"))
}

/// The department a request is about: what it names, within what the caller is bound to.
pub(super) fn within(caller: &Caller, named: Option<&String>) -> Result<Option<String>, Refusal> {
    match (&caller.department, named) {
        (Some(own), Some(named)) if own != named => {
            Err(refuse(StatusCode::FORBIDDEN, "auth.department", "只限本部门", "查询本部门的数据"))
        }
        (Some(own), _) => Ok(Some(own.clone())),
        (None, named) => Ok(named.cloned()),
    }
}

/// What is about the whole county, or about everybody in it, is not for one department.
pub(super) fn whole_county(caller: &Caller) -> Result<(), Refusal> {
    if caller.department.is_none() {
        return Ok(());
    }
    Err(refuse(StatusCode::FORBIDDEN, "auth.department", "这项内容不限于一个部门", "请全县的角色办理"))
}
