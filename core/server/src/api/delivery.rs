//! What was told to whom, and telling it again. For the whole county: a channel may serve several departments.

use super::act::{once, text};
use super::answer::{Answer, Asked, Refusal, bad, limit, page};
use super::auth::whole_county;
use crate::app::App;
use crate::people::Caller;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use daylight_store::{DeliveryFilter, DeliveryState};
use std::sync::Arc;

pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Query(query): Asked,
) -> Answer {
    whole_county(&caller)?;
    let unknown = |word: &String| bad("query.state", &format!("未知状态“{word}”"), "pending、sent、dead");
    let state = query.get("state").map(|w| DeliveryState::from_name(w).ok_or_else(|| unknown(w))).transpose()?;
    let limit = limit(&query)?;
    let filter =
        DeliveryFilter { channel: query.get("channel").cloned(), state, before: query.get("after").cloned(), limit };
    Ok(page(&app.store.deliveries(&filter).await?, limit, |r| r.id.clone()))
}

pub(super) async fn retry(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    whole_county(&caller)?;
    let work = async { Ok((StatusCode::OK, app.retry_delivery(&id, &caller.user).await?)) };
    once(&app, &caller, (&format!("deliveries/{id}/retry"), &headers, text(&body)?), work).await
}
