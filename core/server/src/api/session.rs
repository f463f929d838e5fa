//! Signing in and out: by name and password, by a link that works once, and who one is. For people without JavaScript the console
//! has the same as forms.

use super::answer::{Answer, Refusal, bad, unreadable};
use super::auth::COOKIE;
use crate::app::App;
use crate::people::{Caller, Given};
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
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

pub(super) fn cookie(app: &App, value: &str) -> HeaderValue {
    let secure = app.config.main.listen.public.as_deref().is_some_and(|p| p.starts_with("https://"));
    let end = if value.is_empty() { "; Max-Age=0" } else { "" };
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{end}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn read<'a, T: Deserialize<'a>>(body: &'a Bytes, example: &str) -> Result<T, Refusal> {
    let body = super::act::text(body)?;
    serde_json::from_str(body).map_err(|e| unreadable("http.json", &e, example))
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
