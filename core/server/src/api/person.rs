//! People and tokens, for the security administrator.

use super::act::{once, text};
use super::answer::{Answer, Refusal, bad, refuse, unreadable};
use crate::app::App;
use crate::people::{Caller, Given};
use axum::Extension;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use daylight_domain::role::Right;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

type House = State<Arc<App>>;
type Who = Extension<Caller>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    role: String,
    #[serde(default)]
    department: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewToken {
    user: String,
    name: String,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default = "days")]
    days: u32,
}

/// What has consequences for others is done by who signed in, never by a token that somebody else gave out.
const NAMED: [Right; 9] = [
    Right::Supervise,
    Right::Order,
    Right::Investigate,
    Right::Approve,
    Right::Discipline,
    Right::Answer,
    Right::Handle,
    Right::Sign,
    Right::Accept,
];

fn days() -> u32 {
    90
}

/// A sign-in link.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct LinkView {
    /// The secret and its end.
    #[serde(flatten)]
    pub given: Given,
    /// The address to hand over; it works once.
    pub address: String,
}

pub(super) async fn users(State(app): House) -> Answer {
    Ok(Json(json!({ "items": app.store.users().await?, "next": null })))
}

pub(super) async fn add(
    State(app): House,
    Extension(caller): Who,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let example = "{\"name\": \"wang\", \"role\": \"supervision\"}";
    let new: New = serde_json::from_str(body).map_err(|e| unreadable("http.json", &e, example))?;
    let work = async {
        let user = app.add_user(&new.name, &new.role, new.department.as_deref(), &caller.user).await?;
        Ok((StatusCode::CREATED, user))
    };
    once(&app, &caller, ("users", &headers, body), work).await
}

pub(super) async fn act(
    State(app): House,
    Extension(caller): Who,
    Path((name, act)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let work = async {
        let by = caller.user.as_str();
        Ok((
            StatusCode::OK,
            match act.as_str() {
                "disable" => json!(app.set_disabled(&name, true, by).await?),
                "enable" => json!(app.set_disabled(&name, false, by).await?),
                "unlock" => {
                    app.unlock(&name, by).await?;
                    json!(app.store.user(&name).await?)
                }
                _ => {
                    return Err(refuse(
                        StatusCode::NOT_FOUND,
                        "http.unknown",
                        "没有这项操作",
                        "见 /api/v1/openapi.json",
                    ));
                }
            },
        ))
    };
    once(&app, &caller, (&format!("users/{name}/{act}"), &headers, ""), work).await
}

/// Not under an idempotency key: an answer that is kept would keep the secret.
pub(super) async fn link(
    State(app): House,
    Extension(caller): Who,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<LinkView>), Refusal> {
    let given = app.give_link(&name, &caller.user).await?;
    Ok((StatusCode::CREATED, Json(LinkView { address: app.link_address(&given.secret), given })))
}

pub(super) async fn tokens(State(app): House) -> Answer {
    Ok(Json(json!({ "items": app.store.tokens(None).await?, "next": null })))
}

/// Not under an idempotency key: an answer that is kept would keep the secret.
pub(super) async fn give(
    State(app): House,
    Extension(caller): Who,
    body: Bytes,
) -> Result<(StatusCode, Json<Given>), Refusal> {
    let example = "{\"user\": \"market-push\", \"name\": \"推送\", \"scopes\": [\"push\"], \"days\": 365}";
    let new: NewToken = serde_json::from_str(text(&body)?).map_err(|e| unreadable("http.json", &e, example))?;
    if !(1..=3650).contains(&new.days) {
        return Err(bad("http.json", "days 应在 1 到 3650 之间", example));
    }
    let named = |s: &&String| NAMED.iter().any(|r| r.as_str() == s.as_str());
    if let Some(scope) = new.scopes.iter().find(named).filter(|_| new.user != caller.user) {
        let message = format!("“{scope}”须由本人登录后行使，不能用别人发放的令牌");
        return Err(refuse(StatusCode::FORBIDDEN, "token.named", &message, "去掉这项权限；本人登录即有"));
    }
    let scopes = match new.scopes.as_slice() {
        [] => app.token_scopes(&new.user, &NAMED).await?,
        scopes => scopes.to_vec(),
    };
    let given = app.give_token(&new.user, &new.name, &scopes, new.days, &caller.user).await?;
    Ok((StatusCode::CREATED, Json(given)))
}

pub(super) async fn revoke(State(app): House, Extension(caller): Who, Path(id): Path<String>) -> Answer {
    app.revoke(&id, &caller.user, "token.revoke").await?;
    Ok(Json(json!({ "id": id })))
}
