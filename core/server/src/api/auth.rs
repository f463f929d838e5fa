//! Who asks, and what they may: bearer tokens with scopes, perhaps bound to one department.

use super::answer::{Refusal, refuse};
use super::routes::scope_of;
use crate::app::App;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use daylight_store::TokenRow;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The hash under which a token's secret is kept.
#[must_use]
pub fn token_hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

pub(super) async fn authorise(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let bearer = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "));
    let unknown = || {
        refuse(
            StatusCode::UNAUTHORIZED,
            "auth.token",
            "需要有效的令牌",
            "Authorization: Bearer <令牌>；daylight user add 发放",
        )
    };
    let token = app.store.token(&token_hash(bearer.ok_or_else(unknown)?)).await?.ok_or_else(unknown)?;
    if token.revoked_at.is_some() || token.expires_at < app.clock.now() {
        return Err(refuse(StatusCode::UNAUTHORIZED, "auth.expired", "令牌已过期或已撤销", "请管理员重新发放"));
    }
    let matched = request.extensions().get::<MatchedPath>().map_or("", |p| p.as_str());
    // What is done with a card stands in the last part of the address.
    let act = request.uri().path().rsplit('/').next().unwrap_or("");
    let scope = scope_of(request.method(), &matched.replace("{act}", act));
    if scope == "none" {
        return Err(refuse(StatusCode::NOT_FOUND, "http.unknown", "没有这项操作", "见 /api/v1/openapi.json"));
    }
    if !token.scopes.iter().any(|s| s == scope) {
        let message = format!("令牌没有 {scope} 权限");
        return Err(refuse(StatusCode::FORBIDDEN, "auth.scope", &message, "请管理员发放有此权限的令牌"));
    }
    request.extensions_mut().insert(token);
    Ok(next.run(request).await)
}

/// The department a request is about: what it names, within what the token allows.
pub(super) fn within(token: &TokenRow, named: Option<&String>) -> Result<Option<String>, Refusal> {
    match (&token.department, named) {
        (Some(own), Some(named)) if own != named => {
            Err(refuse(StatusCode::FORBIDDEN, "auth.department", "令牌只限本部门", "查询本部门的数据"))
        }
        (Some(own), _) => Ok(Some(own.clone())),
        (None, named) => Ok(named.cloned()),
    }
}

/// What is about the whole county, or about everybody in it, is not for a token of one department.
pub(super) fn whole_county(token: &TokenRow) -> Result<(), Refusal> {
    if token.department.is_none() {
        return Ok(());
    }
    Err(refuse(StatusCode::FORBIDDEN, "auth.department", "这项内容不限于一个部门", "请使用县级令牌"))
}
