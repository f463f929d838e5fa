//! The public pages: guides, progress, results, complaints, enquiries and ratings, without sign-in. What is public may be kept on the
//! way; where somebody could guess, the API's own bounds hold. Nobody is named on any of them.

mod guide;
mod progress;
mod rating;
mod result;
mod say;

use super::form::plain;
use super::{House, outside};
use crate::api::answer::Refusal;
use crate::api::guide::tagged;
use crate::app::App;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use daylight_console::sheet::{Body, Link, Sheet};
use daylight_console::shell::{Group, PUBLIC, Shell, key};
use daylight_console::text::data;
use std::sync::Arc;

/// Pages to look at.
pub(super) const PAGES: &[&str] = &[
    "/public",
    "/public/items",
    "/public/items/{code}",
    "/public/progress",
    "/public/results",
    "/public/results/{no}",
    "/public/complain",
    "/public/ask",
    "/public/ratings/{link}",
];

/// The pages.
pub(super) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/public", get(home))
        .route("/public/items", get(guide::list))
        .route("/public/items/{code}", get(guide::one))
        .route("/public/progress", get(progress::page).post(progress::asked))
        .route("/public/results", get(result::list))
        .route("/public/results/{no}", get(result::one))
        .route("/public/complain", get(say::complain_page).post(say::complain))
        .route("/public/ask", get(say::ask_page).post(say::ask))
        .route("/public/ratings/{link}", get(rating::page).post(rating::rate))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(app), told))
}

/// A refusal is a page here as well.
async fn told(State(app): House, request: Request, next: Next) -> Result<Response, Refusal> {
    let (headers, uri) = (request.headers().clone(), request.uri().clone());
    let answer = next.run(request).await;
    match answer.extensions().get::<Refusal>() {
        Some(refusal) => {
            let s = around(&app, (&headers, &uri), "");
            let gone = matches!(refusal.0, StatusCode::NOT_FOUND | StatusCode::GONE);
            match back(&uri).filter(|_| gone) {
                Some(back) => not_there(&s, refusal, back),
                None => super::refusal_page(&s, refusal.clone()),
            }
        }
        None => Ok(answer),
    }
}

/// The list that a guide or a result is found in, and what is said where there is none.
type Back = (&'static str, &'static str, &'static str);

fn back(uri: &Uri) -> Option<Back> {
    const LISTS: [Back; 2] = [
        ("/public/items", key("public.guides"), key("public.no_guide")),
        ("/public/results", key("public.results"), key("public.no_result")),
    ];
    LISTS.into_iter().find(|(list, ..)| uri.path().starts_with(list))
}

/// A guide or a result that is not there, and where to look for it.
fn not_there(s: &Shell, Refusal(status, problem): &Refusal, (list, name, none): Back) -> Result<Response, Refusal> {
    let mut sheet = Sheet::new(s, s.t("refusal.title"))
        .with(Body::Text(vec![s.t("public.no_page").into()]))
        .with(Body::Links(vec![Link::new(list, s.t(name))]));
    sheet.said = Some(if *status == StatusCode::GONE { plain(s.lang, problem).0 } else { s.t(none).to_owned() }.into());
    let mut made = super::answer(s, &sheet)?;
    *made.status_mut() = *status;
    Ok(made)
}

/// What is around a public page.
fn around(app: &App, asked: (&HeaderMap, &Uri), place: &'static str) -> Shell {
    let (name, places) = PUBLIC;
    Shell { groups: vec![Group { key: name, places: places.to_vec() }], place, ..outside(app, asked) }
}

/// The same of what does not change by the minute: it says of which day it is, so that it may be kept.
fn around_of_today(app: &App, asked: (&HeaderMap, &Uri), place: &'static str) -> Shell {
    Shell { as_of: app.clock.now().date().to_string(), ..around(app, asked, place) }
}

/// A page that is the same for everybody who reads it in its language and size. What sets a cookie is one reader's.
async fn kept(app: &App, headers: &HeaderMap, sheet: &Sheet) -> Result<Response, Refusal> {
    let made = super::answer(&sheet.s, sheet)?;
    if made.headers().contains_key(header::SET_COOKIE) {
        return Ok(made);
    }
    let (head, body) = made.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 24).await.unwrap_or_default();
    let whole = Response::from_parts(head, bytes.clone().into());
    let mut answer = tagged(app, headers, whole, &bytes);
    answer.headers_mut().append(header::VARY, HeaderValue::from_static("cookie"));
    Ok(answer)
}

async fn home(State(app): House, headers: HeaderMap, uri: Uri) -> Result<Response, Refusal> {
    let s = around_of_today(&app, (&headers, &uri), "/public");
    let (_, places) = PUBLIC;
    let links = places.iter().skip(1).map(|p| Link::new(p.href, s.t(p.key))).collect();
    let sheet = Sheet::new(&s, data(&s.county).and(" ").and(s.t(key("public.title"))))
        .with(Body::Text(vec![s.t("public.welcome").into()]))
        .with(Body::Forms(vec![guide::search(&app, &s, "", "")]))
        .with(Body::Links(links));
    kept(&app, &headers, &sheet).await.map(IntoResponse::into_response)
}
