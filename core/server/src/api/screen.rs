//! The wall (大屏): who may look at it without being signed in, and what tells it that something changed. A link works once and
//! leaves a cookie behind that shows the wall and nothing else: neither the link, when it has been used, nor the cookie is any right
//! in the API.

use super::answer::{Refusal, bad, unreadable};
use super::auth::{from_here, who};
use super::person::LinkView;
use super::routes::{Route, act};
use crate::app::App;
use crate::people::Caller;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse, Response, Sse};
use axum::{Extension, Json};
use daylight_domain::role::Right;
use futures::Stream;
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

type House = State<Arc<App>>;

/// The cookie of a wall.
const COOKIE: &str = "daylight-screen";
/// Another process may have written: looked at so often, whether told or not.
const LOOK: Duration = Duration::from_secs(5);
/// The longest a wall may look without somebody giving it a new link, days.
const LONGEST: u32 = 400;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    #[serde(default = "days")]
    days: u32,
}

fn days() -> u32 {
    90
}

/// A link that lets one wall look. Not under an idempotency key: an answer that is kept would keep the secret.
pub(super) async fn give(
    State(app): House,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<(StatusCode, Json<LinkView>), Refusal> {
    let example = "{\"name\": \"大厅\", \"days\": 90}";
    let new: New =
        serde_json::from_str(super::act::text(&body)?).map_err(|e| unreadable("screen.request", &e, example))?;
    if !(1..=LONGEST).contains(&new.days) || new.name.trim().is_empty() {
        return Err(bad("screen.request", &format!("写明位置，days 在 1 到 {LONGEST} 之间"), example));
    }
    let given = app.give_screen(new.name.trim(), new.days, &caller.user).await?;
    Ok((StatusCode::CREATED, Json(LinkView { address: app.screen_address(&given.secret), given })))
}

/// The secret of a wall.
fn carried(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?.split(';').filter_map(|one| one.trim().split_once('='));
    cookies.into_iter().find(|(name, _)| *name == COOKIE).map(|(_, secret)| secret)
}

/// Whether whoever asks may look at the wall: who signed in and may look at all, or a wall.
pub(super) async fn looks(app: &App, headers: &HeaderMap) -> Result<bool, Refusal> {
    if let Ok(caller) = who(app, headers, &Method::GET).await
        && caller.may(Right::Read)
        && !caller.stale
    {
        return Ok(true);
    }
    match carried(headers) {
        Some(secret) => Ok(app.is_screen(secret).await?),
        None => Ok(false),
    }
}

/// Uses the link up, and lets this browser look.
pub(super) async fn link_sent(
    State(app): House,
    Path(secret): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if !from_here(&headers) {
        return Err(Problem::new("auth.origin", "请求不是从本系统的页面发出的").fix("打开链接后按页面上的按钮").into());
    }
    let (given, days) = app.use_screen_link(&secret).await?;
    let secure = app.config.main.listen.public.as_deref().is_some_and(|p| p.starts_with("https://"));
    let secure = if secure { "; Secure" } else { "" };
    let age = u64::from(days) * 86_400;
    let kept = format!("{COOKIE}={}; Path=/screen; HttpOnly; SameSite=Strict; Max-Age={age}{secure}", given.secret);
    let kept = HeaderValue::from_str(&kept).unwrap_or_else(|_| HeaderValue::from_static(""));
    let to = HeaderValue::from_static("/screen");
    Ok((StatusCode::SEE_OTHER, [(header::SET_COOKIE, kept), (header::LOCATION, to)]).into_response())
}

struct Watching {
    app: Arc<App>,
    headers: HeaderMap,
    changed: watch::Receiver<u64>,
    seen: u64,
}

/// Says that something changed, and nothing of what.
pub(super) async fn changes(
    State(app): House,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    if !looks(&app, &headers).await? {
        return Err(Problem::new("auth.token", "需要登录，或大屏链接").into());
    }
    let (changed, seen) = (app.changed.subscribe(), app.store.outbox_end().await?);
    let watching = Watching { app, headers, changed, seen };
    let stream = futures::stream::unfold(watching, |mut watching| async move {
        let end = watching.next().await?;
        watching.seen = end;
        Some((Ok(Event::default().event("changed").data("")), watching))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

impl Watching {
    /// The next place in the order of commits; nothing where whoever watches may not do so any more.
    async fn next(&mut self) -> Option<u64> {
        loop {
            self.changed.borrow_and_update();
            match looks(&self.app, &self.headers).await {
                Ok(false) => return None,
                Ok(true) => {}
                Err(Refusal(_, problem)) => tracing::warn!("大屏的实时流读取失败：{}", problem.message),
            }
            match self.app.store.outbox_end().await {
                Ok(end) if end != self.seen => return Some(end),
                Ok(_) => {}
                Err(e) => tracing::warn!("大屏的实时流读取失败：{e}"),
            }
            let _ = tokio::time::timeout(LOOK, self.changed.changed()).await;
        }
    }
}

/// The route of links.
pub(super) fn routes() -> Vec<Route> {
    vec![act::<LinkView>(
        "/api/v1/screen-links",
        Right::People,
        "大屏链接：只能使用一次，使用后该浏览器只能看大屏",
        Some(("application/json", "{name, days?}：name 为大屏的位置")),
        201,
    )]
}
