//! Stands on loopback between a plugin and a real system, forwards what is asked, and keeps both sides without secrets.

use super::live::Live;
use super::recorded::{Answer, Request};
use super::standing::{bound, folder_of, serve};
use super::{Faults, veil};
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// More of an answer is not recorded.
const LARGEST: usize = 64 << 20;

struct Desk {
    from: reqwest::Url,
    to: PathBuf,
    hide: Vec<String>,
    client: reqwest::Client,
    next: AtomicU32,
    live: Arc<Live>,
}

/// A recorder that forwards. It ends when it is dropped.
pub struct Recorder {
    desk: Arc<Desk>,
    address: String,
}

fn wrong(message: impl Into<String>) -> Problem {
    Problem::new("mock.record", message).fix("--from 应为 http:// 或 https:// 的地址，不带用户名与密码")
}

impl Recorder {
    /// Forwards to `from` and records into `to`, an empty folder or a new one. The values of the fields `hide` are made unrecognisable.
    ///
    /// # Errors
    /// `mock.record`: the address is none. `mock.folder`: the folder cannot be written or holds a recording. `mock.listen`.
    pub async fn start(from: &str, to: &Path, hide: Vec<String>, listen: Option<&str>) -> Result<Self, Problem> {
        let from: reqwest::Url = from.parse().map_err(|_| wrong(format!("“{from}”不是地址")))?;
        if !["http", "https"].contains(&from.scheme()) || !from.username().is_empty() || from.password().is_some() {
            return Err(wrong("只转发到 http 或 https 地址"));
        }
        std::fs::create_dir_all(to).map_err(|e| folder_of(&e, to))?;
        let mut there = std::fs::read_dir(to).map_err(|e| folder_of(&e, to))?.flatten();
        if there.any(|e| e.file_name().to_string_lossy().ends_with(".request.json")) {
            return Err(Problem::new("mock.folder", format!("{} 已有一份录制", to.display())).fix("换一个空目录"));
        }
        daylight_host::ready_for_tls();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(std::time::Duration::from_secs(120))
            .no_proxy()
            .build()
            .map_err(|e| wrong(e.to_string()))?;
        let live = Arc::new(Live::new(Faults::none(), 0));
        let desk = Arc::new(Desk {
            from,
            to: to.to_path_buf(),
            hide,
            client,
            next: AtomicU32::new(1),
            live: Arc::clone(&live),
        });
        let (listener, address) = bound(listen).await?;
        serve(listener, axum::Router::new().fallback(forward).with_state(Arc::clone(&desk)), &live);
        Ok(Self { desk, address })
    }

    /// `http://127.0.0.1:PORT`: what the plugin is to ask instead.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// How many requests were recorded.
    #[must_use]
    pub fn recorded(&self) -> u32 {
        self.desk.next.load(Ordering::SeqCst) - 1
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.desk.live.ending.cancel();
    }
}

fn failed(e: reqwest::Error) -> Response {
    // The address may hold a secret.
    let message = format!("转发失败：{}", e.without_url());
    (StatusCode::BAD_GATEWAY, axum::Json(serde_json::json!({ "code": "mock.record", "message": message })))
        .into_response()
}

async fn forward(State(desk): State<Arc<Desk>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let mut url = desk.from.clone();
    let base = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("{base}{}", uri.path()));
    url.set_query(uri.query());
    let mut sent = desk.client.request(method.clone(), url).body(body);
    for (name, value) in headers.iter().filter(|(name, _)| passes(name)) {
        sent = sent.header(name, value);
    }
    let mut answer = match sent.send().await {
        Ok(answer) => answer,
        Err(e) => return failed(e),
    };
    let (status, told) = (answer.status(), answer.headers().clone());
    let mut bytes = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(piece)) if bytes.len() + piece.len() <= LARGEST => bytes.extend_from_slice(&piece),
            Ok(Some(_)) => return (StatusCode::BAD_GATEWAY, "too large to record").into_response(),
            Ok(None) => break,
            Err(e) => return failed(e),
        }
    }
    if let Err(problem) = keep(&desk, &method, &uri, &headers, (status, &told, &bytes)) {
        tracing::error!("{}", problem.line());
        return (StatusCode::INTERNAL_SERVER_ERROR, problem.line()).into_response();
    }
    let mut response = (status, bytes).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    response.headers_mut().extend(told.iter().filter(|(n, _)| passes(n)).map(|(n, v)| (Some(n.clone()), v.clone())));
    response
}

/// Headers of one connection are not those of another; compression is for who asks for it himself.
fn passes(name: &header::HeaderName) -> bool {
    ![header::HOST, header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::ACCEPT_ENCODING]
        .contains(name)
}

fn keep(
    desk: &Desk,
    method: &Method,
    uri: &Uri,
    asked: &HeaderMap,
    (status, told, bytes): (StatusCode, &HeaderMap, &[u8]),
) -> Result<(), Problem> {
    let number = format!("{:03}", desk.next.fetch_add(1, Ordering::SeqCst));
    let query: Vec<(String, String)> = veil::query(uri.query().unwrap_or(""), &desk.hide);
    let mut headers: Vec<String> = asked.keys().map(|n| n.as_str().to_owned()).collect();
    headers.sort();
    let request = Request {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish(),
        headers,
    };
    let kept = veil::body(told, bytes, &desk.hide);
    let kind = told.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let name = format!("{number}.body");
    let answer = Answer {
        status: status.as_u16(),
        headers: kind.map(|k| BTreeMap::from([("content-type".to_owned(), k.to_owned())])).unwrap_or_default(),
        body: kept.is_some().then(|| name.clone()),
        withheld: kept.is_none(),
    };
    let write = |file: String, bytes: &[u8]| {
        let file = desk.to.join(file);
        std::fs::write(&file, bytes).map_err(|e| folder_of(&e, &file))
    };
    let text = |value: serde_json::Result<String>| value.unwrap_or_default() + "\n";
    if let Some(kept) = &kept {
        write(name, kept)?;
    }
    write(format!("{number}.response.json"), text(serde_json::to_string_pretty(&answer)).as_bytes())?;
    write(format!("{number}.request.json"), text(serde_json::to_string_pretty(&request)).as_bytes())
}
