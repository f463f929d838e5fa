//! The admin API and the plain pages. Reading and doing need a bearer token with the scope the table of routes names; a
//! token may be bound to one department and then sees nothing of any other.

mod act;
mod answer;
mod appeal;
mod auth;
mod card;
mod complaint;
mod compress;
mod delivery;
mod desk;
mod enquiry;
mod entry;
mod exclusion;
mod export;
mod gate;
mod guide;
mod health;
mod investigation;
mod item;
mod listen;
mod live;
mod numbers;
mod order;
mod paper;
mod paths;
mod person;
mod profile;
mod public;
mod publication;
mod rating;
mod read;
mod register;
mod registers;
mod routes;
mod sampling;
mod score;
mod screen;
mod session;
mod stats;
mod system;
mod today;
pub mod view;
mod waiting;
mod web;

pub use crate::people::token_hash;
pub use listen::{ask, serve};
pub use routes::openapi;
pub use web::shown;

use crate::app::App;
use answer::{refuse, speak};
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_request, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::StreamExt;
use std::sync::Arc;
use std::time::Duration;

/// The largest request, bytes.
const BODY_MAX: usize = 16 * 1024 * 1024;
/// How much of what is too long is read before the connection is given up.
const BODY_DRAINED: usize = 4 * BODY_MAX;
/// Within which the body of a request must be there.
const BODY_WAIT: Duration = Duration::from_secs(60);

/// The router.
pub fn router(app: Arc<App>) -> Router {
    let api = Router::new()
        .route("/api/v1/departments", get(read::departments))
        .route("/api/v1/departments/{id}/gate", get(read::gate))
        .route("/api/v1/departments/{id}/pulls", post(act::pull))
        .route("/api/v1/departments/{id}/gate-reports", post(gate::freeze))
        .route("/api/v1/departments/{id}/diagnostics", get(gate::diagnostics))
        .route("/api/v1/gate-reports", get(gate::list))
        .route("/api/v1/gate-reports/{no}", get(gate::one))
        .route("/api/v1/gate-reports/{no}/sign", post(gate::sign))
        .route("/api/v1/gate-reports/{no}/paper", get(gate::printed))
        .route("/api/v1/gate-reports/{no}/document", get(gate::document))
        .route("/api/v1/pulls/{run}", get(read::run))
        .route("/api/v1/cases", get(read::cases))
        .route("/api/v1/cases/{department}/{case_no}", get(read::case))
        .route("/api/v1/cases/{department}/{case_no}/path", get(paths::case))
        .route("/api/v1/cards", get(read::cards).post(card::write))
        .route("/api/v1/appeals", get(appeal::list))
        .route("/api/v1/numbers/{kind}", get(numbers::numbers))
        .route("/api/v1/manual-rules", get(read::manual_rules))
        .route("/api/v1/cards/{no}", get(read::card))
        .route("/api/v1/cards/{no}/paper", get(paper::card))
        .route("/api/v1/cards/{no}/{act}", post(card::act))
        .route("/api/v1/supervision-orders", get(order::list).post(order::create))
        .route("/api/v1/supervision-orders/{no}", get(order::one))
        .route("/api/v1/supervision-orders/{no}/paper", get(paper::order))
        .route("/api/v1/supervision-orders/{no}/{act}", post(order::act))
        .route("/api/v1/investigations", get(investigation::list).post(investigation::create))
        .route("/api/v1/investigations/{no}", get(investigation::one))
        .route("/api/v1/investigations/{no}/documents", get(investigation::documents).post(investigation::upload))
        .route("/api/v1/investigations/{no}/documents/{digest}", get(investigation::download))
        .route("/api/v1/investigations/{no}/paper", get(paper::investigation))
        .route("/api/v1/investigations/{no}/{act}", post(investigation::act))
        .route("/api/v1/sampling-plans", get(sampling::list).post(sampling::create))
        .route("/api/v1/sampling-plans/{no}", get(sampling::one))
        .route("/api/v1/sampling-plans/{no}/{act}", post(sampling::act))
        .route("/api/v1/complaints", get(complaint::list).post(complaint::create))
        .route("/api/v1/complaints/import", post(complaint::import))
        .route("/api/v1/complaints/{no}", get(complaint::one))
        .route("/api/v1/complaints/{no}/{act}", post(complaint::act))
        .route("/api/v1/enquiries", get(enquiry::list).post(enquiry::create))
        .route("/api/v1/enquiries/{no}", get(enquiry::one))
        .route("/api/v1/enquiries/{no}/{act}", post(enquiry::act))
        .route("/api/v1/ratings", get(rating::list).post(rating::create))
        .route("/api/v1/ratings/numbers", get(rating::numbers))
        .route("/api/v1/ratings/links", post(rating::link))
        .route("/api/v1/ratings/{no}", get(rating::one))
        .route("/api/v1/ratings/{no}/{act}", post(rating::act))
        .route("/api/v1/desk/cases", get(desk::list).post(desk::receive))
        .route("/api/v1/desk/cases/{department}/{no}", get(desk::one))
        .route("/api/v1/desk/cases/{department}/{no}/{act}", post(desk::act))
        .route("/api/v1/desk/queue", get(desk::queue))
        .route("/api/v1/desk/hand-over", post(desk::hand_over))
        .route("/api/v1/desk/numbers", get(desk::numbers))
        .route("/api/v1/publications", get(publication::list).post(publication::create))
        .route("/api/v1/publications/{no}", get(publication::one))
        .route("/api/v1/publications/{no}/verify", get(publication::verify))
        .route("/api/v1/publications/{no}/files/{name}", get(publication::file))
        .route("/api/v1/publications/{no}/{act}", post(publication::act))
        .route("/api/v1/exports/{kind}", get(export::export))
        .route("/api/v1/public/publications", get(publication::public_list))
        .route("/api/v1/public/publications/{no}", get(publication::public_one))
        .route("/api/v1/public/publications/{no}/files/{name}", get(publication::public_file))
        .route("/api/v1/public/items", get(guide::list))
        .route("/api/v1/public/items/{code}", get(guide::one))
        .route("/api/v1/public/items/{code}/flow.svg", get(guide::flow))
        .route("/api/v1/public/cases/{department}/{no}", get(guide::case))
        .route("/api/v1/public/ratings/{link}", get(guide::rateable))
        .route("/api/v1/public/complaints", post(public::complain))
        .route("/api/v1/public/complaints/{no}", get(public::complaint))
        .route("/api/v1/public/enquiries", post(public::ask))
        .route("/api/v1/public/enquiries/{no}", get(public::enquiry))
        .route("/api/v1/public/ratings", post(public::rate))
        .route("/api/v1/session", get(session::show).post(session::begin).delete(session::end))
        .route("/api/v1/session/password", post(session::change))
        .route("/api/v1/users", get(person::users).post(person::add))
        .route("/api/v1/users/{name}/link", post(person::link))
        .route("/api/v1/users/{name}/{act}", post(person::act))
        .route("/api/v1/tokens", get(person::tokens).post(person::give))
        .route("/api/v1/tokens/{id}/revoke", post(person::revoke))
        .route("/api/v1/events", get(live::events))
        .route("/api/v1/items", get(item::list))
        .route("/api/v1/items/{code}", get(read::item))
        .route("/api/v1/items/{code}/versions", get(item::versions))
        .route("/api/v1/items/{code}/changes", get(item::differences))
        .route("/api/v1/items/{code}/checks", get(item::checks))
        .route("/api/v1/items/{code}/cases", get(item::cases))
        .route("/api/v1/item-drafts", get(item::drafts).post(item::begin))
        .route("/api/v1/item-drafts/{no}", get(item::draft))
        .route("/api/v1/item-drafts/{no}/changes", get(item::draft_changes))
        .route("/api/v1/item-drafts/{no}/flow.svg", get(item::draft_flow))
        .route("/api/v1/item-drafts/{no}/toml", get(item::draft_toml))
        .route("/api/v1/item-drafts/{no}/{act}", post(item::act))
        .route("/api/v1/item-lists", get(item::lists).post(item::import))
        .route("/api/v1/item-lists/{no}", get(item::one_list))
        .route("/api/v1/item-lists/{no}/{act}", post(item::draft_listed))
        .route("/api/v1/items/{code}/flow.svg", get(read::flow))
        .route("/api/v1/items/{code}/variants", get(paths::variants))
        .route("/api/v1/quarantine", get(read::quarantine))
        .route("/api/v1/reconciliations", get(read::reconciliations))
        .route("/api/v1/exchange/{department}/batches", post(act::push))
        .route("/api/v1/cases/{department}/{case_no}/clock", get(today::clock))
        .route("/api/v1/cases/{department}/{case_no}/raw", get(today::raw))
        .route("/api/v1/today", get(today::show))
        .route("/api/v1/screen-links", post(screen::give))
        .route("/api/v1/stats", get(stats::stats))
        .route("/api/v1/measures", get(stats::measures))
        .route("/api/v1/manual-entries", get(entry::list).post(entry::create))
        .route("/api/v1/manual-entries/{no}", get(entry::one))
        .route("/api/v1/manual-entries/{no}/{act}", post(entry::act))
        .route("/api/v1/exclusions", get(exclusion::list).post(exclusion::create))
        .route("/api/v1/exclusions/{no}", get(exclusion::one))
        .route("/api/v1/exclusions/{no}/{act}", post(exclusion::act))
        .route("/api/v1/score-runs", get(score::list).post(act::score))
        .route("/api/v1/score-runs/{id}", get(score::one))
        .route("/api/v1/score-runs/{id}/compare/{other}", get(score::compare))
        .route("/api/v1/score-runs/{id}/{act}", post(score::act))
        .route("/api/v1/score-years/{standard}/{year}", get(score::year))
        .route("/api/v1/deliveries", get(delivery::list))
        .route("/api/v1/deliveries/{id}/retry", post(delivery::retry))
        .route("/api/v1/rules/diff", post(profile::diff))
        .route("/api/v1/plugins", get(read::plugins))
        .route("/api/v1/audit", get(system::audit))
        .route("/api/v1/audit/verify", get(system::verify))
        .route("/api/v1/rollout", get(system::rollout))
        .route("/api/v1/connectors", get(system::connectors))
        .route("/api/v1/connectors/{id}", get(system::connector))
        .route("/api/v1/pulls", get(system::runs))
        .route("/api/v1/quarantine/{id}", get(system::quarantined))
        .route("/api/v1/quarantine/replay", post(system::replay))
        .route("/api/v1/rules", get(system::rules))
        .route("/api/v1/rules/{id}", get(system::rule))
        .route("/api/v1/calendar", get(system::year))
        .route("/api/v1/calendar/due", get(system::due))
        .route("/api/v1/configuration", get(system::configuration))
        .route("/api/v1/doctor", get(system::doctor))
        .route("/api/v1/session/tokens", get(system::own_tokens))
        .route("/api/v1/session/tokens/{id}/revoke", post(system::revoke_own))
        .route_layer(from_fn_with_state(Arc::clone(&app), auth::authorise));
    Router::new()
        .route("/paper.css", get(paper::style))
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/api/v1/openapi.json", get(|| async { Json(openapi()) }))
        .route("/screen/events", get(screen::changes))
        .merge(web::routes(&app))
        .merge(api)
        .fallback(|| async {
            refuse(StatusCode::NOT_FOUND, "http.unknown", "没有这个地址", "见 /api/v1/openapi.json")
        })
        .method_not_allowed_fallback(|| async {
            let message = "这个地址不接受此方法";
            refuse(StatusCode::METHOD_NOT_ALLOWED, "http.method", message, "见 /api/v1/openapi.json")
        })
        .layer(from_fn(whole_body))
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(Arc::clone(&app), web::as_page))
        .layer(from_fn(speak))
        .layer(map_response(guard))
        .layer(compress::layer())
        .layer(map_request(async |request| compress::where_it_may(request)))
        .with_state(app)
}

/// A body; none where it is too long or broke off. What is too much is read to its end, within bounds, and let go: a browser that still
/// sends when it is answered shows a broken connection instead of the answer.
async fn whole(body: axum::body::Body) -> Option<Bytes> {
    let mut stream = body.into_data_stream();
    let (mut bytes, mut read) = (Vec::new(), 0_usize);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.ok()?;
        read = read.saturating_add(chunk.len());
        match read {
            n if n <= BODY_MAX => bytes.extend_from_slice(&chunk),
            n if n <= BODY_DRAINED => bytes = Vec::new(),
            _ => return None,
        }
    }
    (read <= BODY_MAX).then(|| bytes.into())
}

/// Reads the body before anything is done: all of it, not too much, and not for ever.
async fn whole_body(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let read = tokio::time::timeout(BODY_WAIT, whole(body)).await;
    let refusal = match read {
        Ok(Some(bytes)) => return next.run(Request::from_parts(head, bytes.into())).await,
        Ok(None) => {
            let message = format!("所发的内容大于 {} MiB，或中途断开", BODY_MAX >> 20);
            refuse(StatusCode::PAYLOAD_TOO_LARGE, "http.body-too-large", &message, "分批发送")
        }
        Err(_) => {
            let message = format!("所发的内容在 {} 秒内没有到齐", BODY_WAIT.as_secs());
            refuse(
                StatusCode::REQUEST_TIMEOUT,
                "http.body-timeout",
                &message,
                "检查网络后重发；同一 Idempotency-Key 不会重复处理",
            )
        }
    };
    refusal.into_response()
}

/// Headers that every answer carries.
async fn guard(mut answer: Response) -> Response {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                  connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // What is public, or named by its content, says for itself how long it may be kept.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    answer
}
