//! How a service answers when something is wrong with it.

use super::faults::{Fault, Faults, What};
use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// An answer before anything goes wrong with it.
#[derive(Clone, Debug)]
pub(super) struct Good {
    pub status: StatusCode,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub body: Vec<u8>,
}

impl Good {
    pub(super) fn of(kind: &'static str, body: Vec<u8>) -> Self {
        Self { status: StatusCode::OK, headers: vec![(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body }
    }

    fn into_response(self) -> Response {
        let mut response = (self.status, self.body).into_response();
        response.headers_mut().remove(header::CONTENT_TYPE);
        response.headers_mut().extend(self.headers.into_iter().map(|(name, value)| (Some(name), value)));
        response
    }
}

#[derive(Debug, Default)]
struct State {
    faults: Faults,
    asked: u64,
    since: u64,
    last: Option<Vec<u8>>,
}

/// Counts requests, and says what goes wrong with which.
#[derive(Debug)]
pub(super) struct Live {
    state: Mutex<State>,
    seed: u64,
    pub(super) ending: CancellationToken,
}

const BUSY: &str = "<html><head><title>系统维护</title></head><body><h1>系统维护中，请稍后再试</h1></body></html>";
pub(super) const PORTAL: &str =
    "<!DOCTYPE html><html><head><title>统一登录</title></head><body><form>请登录后再访问本系统</form></body></html>";

impl Live {
    pub(super) fn new(faults: Faults, seed: u64) -> Self {
        let state = Mutex::new(State { faults, ..State::default() });
        Self { state, seed, ending: CancellationToken::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, faults: Faults) {
        let mut state = self.state();
        (state.faults, state.since) = (faults, 0);
    }

    pub(super) fn asked(&self) -> u64 {
        self.state().asked
    }

    pub(super) fn faults(&self) -> Faults {
        self.state().faults.clone()
    }

    /// One more is asked for: what goes wrong with it.
    pub(super) fn next(&self) -> Option<Fault> {
        let mut state = self.state();
        state.asked += 1;
        state.since += 1;
        let nth = state.since;
        state
            .faults
            .of(What::Answer)
            .map(|(f, _)| f)
            .find(|f| state.faults.happens(*f, nth, self.seed, &nth.to_string()))
    }

    /// The answer as it goes out. `empty` is the answer without rows, `other` the same text in another encoding.
    pub(super) async fn answer(&self, fault: Option<Fault>, good: Good, empty: Vec<u8>, other: Vec<u8>) -> Response {
        let before = self.state().last.replace(good.body.clone());
        match fault {
            Some(Fault::Hang) => {
                self.ending.cancelled().await;
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
            Some(Fault::Unavailable) => page(StatusCode::SERVICE_UNAVAILABLE, BUSY),
            Some(Fault::Html) => page(StatusCode::OK, PORTAL),
            Some(Fault::Login) => (StatusCode::UNAUTHORIZED, "{\"code\":401}").into_response(),
            Some(Fault::Truncated) => cut(good),
            Some(Fault::Slow) => self.slowly(good),
            Some(Fault::Repeats) => Good { body: before.unwrap_or_else(|| good.body.clone()), ..good }.into_response(),
            Some(Fault::Empty) => Good { body: empty, ..good }.into_response(),
            Some(Fault::Charset) => Good { body: other, ..good }.into_response(),
            _ => good.into_response(),
        }
    }

    /// A byte at a time, five in a second.
    fn slowly(&self, good: Good) -> Response {
        let ending = self.ending.clone();
        let stream = futures::stream::unfold(good.body.into_iter(), move |mut rest| {
            let ending = ending.clone();
            async move {
                let byte = rest.next()?;
                tokio::select! {
                    () = ending.cancelled() => None,
                    () = tokio::time::sleep(Duration::from_millis(200)) => {
                        Some((Ok::<_, std::io::Error>(Bytes::copy_from_slice(&[byte])), rest))
                    }
                }
            }
        });
        let mut response = Response::new(Body::from_stream(stream));
        response.headers_mut().extend(good.headers.into_iter().map(|(name, value)| (Some(name), value)));
        response
    }
}

fn page(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response()
}

/// Says how long it is, and ends in the middle.
fn cut(good: Good) -> Response {
    let (whole, mut half) = (good.body.len(), good.body);
    half.truncate(whole / 2);
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let parts = [Ok(Bytes::from(half)), Err(broken)];
    let mut response = Response::new(Body::from_stream(futures::stream::iter(parts)));
    response.headers_mut().extend(good.headers.into_iter().map(|(name, value)| (Some(name), value)));
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(whole.max(1)));
    response
}
