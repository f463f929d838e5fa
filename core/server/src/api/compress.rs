//! Text goes out compressed to who takes it so.
//!
//! The length of a compressed answer tells something of what is in it to who reads the wire and has a hand in the request (BREACH).
//! So nothing is compressed that another site caused, nothing that answers a deed – tokens, links and codes are shown once, by POST –
//! and nothing under `/sign-in`, where the secret of a link stands in the form. Pages hold no secret against forged requests: a
//! browser says where a form came from. The live stream is not compressed either: it must not wait for more.

use axum::extract::Request;
use axum::http::{Method, Response, header};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

/// Below this an answer fits into one packet anyway.
const LEAST: u16 = 1024;
/// What is text.
const TEXT: &[&str] = &[
    "text/html",
    "text/css",
    "text/csv",
    "text/javascript",
    "text/plain",
    "application/json",
    "application/problem+json",
    "image/svg+xml",
];

/// Whether an answer is text that is worth it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text;

impl Predicate for Text {
    fn should_compress<B: axum::body::HttpBody>(&self, answer: &Response<B>) -> bool {
        let media = answer.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        let media = media.split(';').next().unwrap_or("").trim();
        TEXT.contains(&media) && SizeAbove::new(LEAST).should_compress(answer)
    }
}

/// Compresses.
pub(super) fn layer() -> CompressionLayer<Text> {
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(Text)
}

/// Asks for the plain answer where its length must tell nothing.
pub(super) fn where_it_may(mut request: Request) -> Request {
    let site = request.headers().get("sec-fetch-site").and_then(|v| v.to_str().ok());
    let ours = site.is_none_or(|site| site == "same-origin" || site == "none");
    let looks = [Method::GET, Method::HEAD].contains(request.method());
    if !(ours && looks) || request.uri().path().starts_with("/sign-in") {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn what_is_text_and_long_is_compressed_and_the_stream_is_not() {
        let answer = |media: &str, length: usize| {
            let body = Body::from("x".repeat(length));
            Response::builder().header(header::CONTENT_TYPE, media).body(body).expect("an answer")
        };
        assert!(Text.should_compress(&answer("text/html; charset=utf-8", 2000)));
        assert!(!Text.should_compress(&answer("text/html; charset=utf-8", 200)));
        assert!(!Text.should_compress(&answer("text/event-stream", 2000)));
        assert!(!Text.should_compress(&answer("application/zip", 2000)));
    }

    #[test]
    fn what_another_site_caused_or_what_shows_a_secret_is_not() {
        let asked = |method: Method, path: &str, site: Option<&str>| {
            let mut request = Request::builder().method(method).uri(path).header(header::ACCEPT_ENCODING, "gzip");
            if let Some(site) = site {
                request = request.header("sec-fetch-site", site);
            }
            let request = where_it_may(request.body(Body::empty()).expect("a request"));
            request.headers().contains_key(header::ACCEPT_ENCODING)
        };
        assert!(asked(Method::GET, "/cases", Some("same-origin")));
        assert!(asked(Method::GET, "/cases", Some("none")));
        assert!(asked(Method::GET, "/api/v1/cases", None));
        assert!(!asked(Method::GET, "/cases", Some("cross-site")));
        assert!(!asked(Method::GET, "/cases", Some("same-site")));
        assert!(!asked(Method::POST, "/api/v1/tokens", Some("same-origin")));
        assert!(!asked(Method::GET, "/sign-in/secret", Some("none")));
    }
}
