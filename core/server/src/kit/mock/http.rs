//! The two systems that answer questions: a REST service and an old XML platform.

use super::happening::Happening;
use super::live::{Good, Live};
use super::shape::{Auth, Paging, Rest};
use super::system::System;
use super::{Fault, Kind};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// A system that answers.
#[derive(Clone)]
pub(super) struct Service {
    pub system: System,
    pub kind: Kind,
    pub live: Arc<Live>,
}

/// What it answers, on every path.
pub(super) fn router(service: Service) -> Router {
    Router::new().fallback(answer).with_state(service)
}

async fn answer(State(service): State<Service>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let fault = service.live.next();
    let asked = Asked { method, uri, headers, body };
    let answered = match service.kind {
        Kind::Legacy => legacy(&service.system, &asked),
        _ => rest(&service.system, &asked),
    };
    match answered {
        // A system in trouble does not look at secrets first.
        Err(refused) if fault.is_none() || fault == Some(Fault::Login) => *refused,
        Err(_) => service.live.answer(fault, Good::of("text/plain", Vec::new()), Vec::new(), Vec::new()).await,
        Ok(Told { good, empty, other }) => service.live.answer(fault, good, empty, other).await,
    }
}

struct Asked {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

struct Told {
    good: Good,
    empty: Vec<u8>,
    other: Vec<u8>,
}

impl Asked {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("")
    }

    fn query(&self) -> HashMap<String, String> {
        form_urlencoded::parse(self.uri.query().unwrap_or("").as_bytes()).into_owned().collect()
    }

    fn path_and_query(&self) -> &str {
        self.uri.path_and_query().map_or("", |p| p.as_str())
    }
}

fn said(status: StatusCode, code: u16, message: &str) -> Box<Response> {
    Box::new((status, axum::Json(serde_json::json!({ "code": code, "message": message }))).into_response())
}

fn presents(auth: &Auth, secret: &str, asked: &Asked, query: &HashMap<String, String>) -> bool {
    match auth {
        Auth::None => true,
        Auth::Bearer => asked.header(header::AUTHORIZATION.as_str()) == format!("Bearer {secret}"),
        Auth::Basic { user } => {
            let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{secret}"));
            asked.header(header::AUTHORIZATION.as_str()) == format!("Basic {pair}")
        }
        Auth::Header { name } => asked.header(name) == secret,
        Auth::Query { name } => query.get(name).is_some_and(|v| v == secret),
        Auth::Hmac { header } => {
            let Ok(mut mac) = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()) else { return false };
            mac.update(format!("GET\n{}\n", asked.path_and_query()).as_bytes());
            asked.header(header) == hex::encode(mac.finalize().into_bytes())
        }
    }
}

fn rest(system: &System, asked: &Asked) -> Result<Told, Box<Response>> {
    let shape = &system.shape.rest;
    if asked.uri.path() != shape.path {
        return Err(said(
            StatusCode::NOT_FOUND,
            404,
            &format!("没有 {}，本系统的路径是 {}", asked.uri.path(), shape.path),
        ));
    }
    if asked.method != Method::GET {
        return Err(said(StatusCode::METHOD_NOT_ALLOWED, 405, "只接受 GET"));
    }
    let query = asked.query();
    if !presents(&shape.auth, &system.secret, asked, &query) {
        return Err(said(StatusCode::UNAUTHORIZED, 401, "密钥不对"));
    }
    let size = query.get(&shape.size).and_then(|a| a.parse().ok()).unwrap_or(shape.page_size);
    let number = |name: &str| query.get(name).and_then(|a| a.parse::<u64>().ok());
    let (list, total) = match &shape.paging {
        Paging::Id { param } => (system.after(number(param).unwrap_or(0), size), None),
        Paging::Time { param, page, first_page } => {
            let mut all = system.showing();
            if let Some(since) = query.get(param).filter(|s| !s.is_empty()) {
                all.retain(|h| written(system, h) >= *since);
            }
            paged(all, number(page).unwrap_or(*first_page).saturating_sub(*first_page), size)
        }
        Paging::Page { page, first_page } => {
            paged(system.showing(), number(page).unwrap_or(*first_page).saturating_sub(*first_page), size)
        }
    };
    let total = total.unwrap_or_else(|| if shape.total.is_empty() { 0 } else { system.showing().len() });
    let rows: Vec<Value> = list.iter().map(|h| json_row(system, h)).collect();
    let good = envelope(shape, rows, total);
    let empty = envelope(shape, Vec::new(), total);
    let (other, ..) = encoding_rs::GB18030.encode(&good);
    let other = other.into_owned();
    Ok(Told { good: Good::of("application/json", good.into_bytes()), empty: empty.into_bytes(), other })
}

/// The time of a row's last change, as the system writes it.
fn written(system: &System, h: &Happening) -> String {
    h.visible_at.local().format(&system.shape.time).to_string()
}

fn paged(all: Vec<Happening>, page: u64, size: usize) -> (Vec<Happening>, Option<usize>) {
    let total = all.len();
    let from = usize::try_from(page).unwrap_or(usize::MAX).saturating_mul(size);
    (all.into_iter().skip(from).take(size).collect(), Some(total))
}

fn json_row(system: &System, h: &Happening) -> Value {
    let shape = &system.shape.rest;
    let mut row = Value::Object(Map::new());
    let mut put = |column: &str, value: Value| {
        if column.starts_with('/') {
            place(&mut row, column, value);
        } else if let Some(map) = row.as_object_mut() {
            map.insert(column.to_owned(), value);
        }
    };
    for (column, text) in system.row(h) {
        let number = shape.numbers.contains(&column).then(|| text.parse::<i64>().ok()).flatten();
        put(&column, number.map_or_else(|| text.clone().into(), Value::from));
    }
    if !shape.updated.is_empty() {
        put(&shape.updated, written(system, h).into());
    }
    put(&shape.id, h.id.into());
    row
}

/// Puts a value where a JSON pointer points, with the objects on the way.
fn place(root: &mut Value, pointer: &str, value: Value) {
    let mut at = root;
    for part in pointer.split('/').skip(1) {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        let Some(map) = at.as_object_mut() else { return };
        at = map.entry(part.replace("~1", "/").replace("~0", "~")).or_insert(Value::Null);
    }
    *at = value;
}

fn envelope(shape: &Rest, rows: Vec<Value>, total: usize) -> String {
    let mut answer = Value::Object(shape.around.clone());
    place(&mut answer, &shape.rows, rows.into());
    if !shape.total.is_empty() {
        place(&mut answer, &shape.total, total.into());
    }
    answer.to_string()
}

fn between<'a>(text: &'a str, element: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{element}>"))?;
    rest.split_once(&format!("</{element}>")).map(|(inside, _)| inside)
}

/// The bytes of a form as they were before they were percent-encoded.
fn plain(body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(body.len());
    let mut bytes = body.iter().copied();
    while let Some(b) = bytes.next() {
        match b {
            b'+' => plain.push(b' '),
            b'%' => {
                let digits = [bytes.next().unwrap_or(b'0'), bytes.next().unwrap_or(b'0')];
                let text = String::from_utf8_lossy(&digits).into_owned();
                plain.push(u8::from_str_radix(&text, 16).unwrap_or(b'?'));
            }
            other => plain.push(other),
        }
    }
    plain
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn legacy(system: &System, asked: &Asked) -> Result<Told, Box<Response>> {
    let shape = &system.shape.legacy;
    if asked.uri.path() != shape.path {
        return Err(Box::new((StatusCode::NOT_FOUND, format!("no {}", asked.uri.path())).into_response()));
    }
    if asked.method != Method::POST {
        return Err(Box::new(StatusCode::METHOD_NOT_ALLOWED.into_response()));
    }
    if !shape.header.is_empty() && asked.header(&shape.header) != &*system.secret {
        return Err(Box::new(StatusCode::FORBIDDEN.into_response()));
    }
    let coding = encoding_rs::Encoding::for_label(shape.encoding.as_bytes()).unwrap_or(encoding_rs::GB18030);
    let field = format!("{}=", shape.request);
    let request = asked.body.split(|b| *b == b'&').find_map(|part| part.strip_prefix(field.as_bytes()));
    let Some(request) = request else {
        return Err(Box::new((StatusCode::BAD_REQUEST, format!("no form field {}", shape.request)).into_response()));
    };
    let decoded = plain(request);
    let (request, ..) = coding.decode(&decoded);
    let after = between(&request, &shape.after).and_then(|t| t.parse().ok()).unwrap_or(0);
    let size = between(&request, &shape.count).and_then(|t| t.parse().ok()).unwrap_or(100);
    let rows: String = system.after(after, size).iter().map(|h| xml_row(system, h)).collect();
    let good = xml(system, &rows);
    let (bytes, ..) = coding.encode(&good);
    let nothing = xml(system, "");
    let (empty, ..) = coding.encode(&nothing);
    let other = if coding == encoding_rs::UTF_8 { encoding_rs::GB18030 } else { encoding_rs::UTF_8 };
    let (other, ..) = other.encode(&good);
    Ok(Told { good: Good::of("text/xml", bytes.into_owned()), empty: empty.into_owned(), other: other.into_owned() })
}

fn xml_row(system: &System, h: &Happening) -> String {
    let shape = &system.shape.legacy;
    let cells: String =
        system.row(h).iter().map(|(column, value)| format!("<{column}>{}</{column}>", escape(value))).collect();
    format!("<{row}><{id}>{n}</{id}>{cells}</{row}>", row = shape.row, id = shape.id, n = h.id)
}

fn xml(system: &System, rows: &str) -> String {
    let shape = &system.shape.legacy;
    let head = format!("<?xml version=\"1.0\" encoding=\"{}\"?>", shape.encoding.to_uppercase());
    let status = if shape.status.is_empty() {
        String::new()
    } else {
        format!("<{0}>{1}</{0}>", shape.status, escape(&shape.good))
    };
    let answer = format!("{head}<Response>{status}<Data>{rows}</Data></Response>");
    if shape.wrapped { format!("{head}<string>{}</string>", escape(&answer)) } else { answer }
}
