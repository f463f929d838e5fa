//! Four department systems of different kinds, each showing what had happened by the county's clock: a REST service, an old
//! XML platform, a folder of files, a database.

use super::county::Happening;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use daylight_domain::Timestamp;
use daylight_domain::clock::Clock;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A department's system: what it knows, in its own words.
#[derive(Clone)]
pub struct System {
    /// In the order of `id`.
    pub all: Arc<Vec<Happening>>,
    /// The county's clock.
    pub clock: Arc<dyn Clock>,
    /// Exchange word → the source's code, by column of the exchange standard; `type` for record types.
    pub codes: Arc<BTreeMap<String, BTreeMap<String, String>>>,
    /// Exchange field → the source's column.
    pub columns: Arc<BTreeMap<String, String>>,
    /// What callers must present.
    pub secret: String,
}

/// Reads a department's own settings backwards: what the connector maps to our words, the system says in its own.
#[must_use]
pub fn backwards(
    settings: &serde_json::Map<String, serde_json::Value>,
) -> (BTreeMap<String, BTreeMap<String, String>>, BTreeMap<String, String>) {
    let (mut codes, mut columns) = (BTreeMap::new(), BTreeMap::new());
    let mut note = |field: &str, from: &serde_json::Value| {
        let column = from.as_str().or_else(|| from.get("column").and_then(|c| c.as_str()));
        if let Some(column) = column {
            columns.insert(field.to_owned(), column.to_owned());
        }
        if let Some(map) = from.get("codes").and_then(|c| c.as_object()) {
            let back =
                map.iter().filter_map(|(theirs, ours)| Some((ours.as_str()?.to_owned(), theirs.clone()))).collect();
            codes.insert(field.to_owned(), back);
        }
    };
    for record in settings.get("records").and_then(|r| r.as_array()).into_iter().flatten() {
        if let Some(kind) = record.get("type") {
            note("type", kind);
        }
        for (field, from) in record.get("fields").and_then(|f| f.as_object()).into_iter().flatten() {
            note(field, from);
        }
    }
    (codes, columns)
}

impl System {
    /// What it shows now, after an id.
    fn after(&self, id: u64, size: usize) -> Vec<&Happening> {
        let now = self.clock.now();
        let from = usize::try_from(id).unwrap_or(usize::MAX).min(self.all.len());
        self.all.get(from..).unwrap_or_default().iter().take_while(|h| h.visible_at <= now).take(size).collect()
    }

    /// Everything it shows now.
    #[must_use]
    pub fn showing(&self) -> Vec<Happening> {
        self.after(0, usize::MAX).into_iter().cloned().collect()
    }

    /// One row in the source's words; `time` is how it writes times.
    fn row(&self, h: &Happening, time: &str) -> BTreeMap<String, String> {
        let mut row = BTreeMap::new();
        let mut put = |field: &str, value: String| {
            if let Some(column) = self.columns.get(field).filter(|_| !value.is_empty()) {
                let coded = self.codes.get(field).and_then(|c| c.get(&value)).cloned().unwrap_or(value);
                row.insert(column.clone(), coded);
            }
        };
        let write = |t: Timestamp| t.local().format(time).to_string();
        put("type", h.kind.to_string());
        put("source_key", h.key.clone());
        put("data_version", h.version.to_string());
        put("case_no", h.case_no.clone());
        put("item_code", h.item.clone());
        put("event_time", write(h.at));
        for (field, value) in &h.fields {
            let is_time = matches!(*field, "started_at" | "ended_at" | "notified_at");
            put(field, if is_time { Timestamp::parse(value).map_or_else(String::new, write) } else { value.clone() });
        }
        if let Some((field, wrong)) = h.wrong
            && let Some(column) = self.columns.get(field)
        {
            row.insert(column.clone(), wrong.to_owned());
        }
        row
    }
}

/// The REST service.
pub fn rest(system: System) -> Router {
    Router::new().route("/api/v2/events", get(rest_events)).with_state(system)
}

async fn rest_events(
    State(system): State<System>,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or("");
    if bearer != format!("Bearer {}", system.secret) {
        return (StatusCode::UNAUTHORIZED, "{\"code\":401}").into_response();
    }
    let after = query.get("after").and_then(|a| a.parse().ok()).unwrap_or(0);
    let size = query.get("size").and_then(|a| a.parse().ok()).unwrap_or(200);
    let list: Vec<serde_json::Value> = system
        .after(after, size)
        .into_iter()
        .map(|h| {
            let mut row: serde_json::Map<String, serde_json::Value> =
                system.row(h, "%Y-%m-%d %H:%M:%S").into_iter().map(|(k, v)| (k, v.into())).collect();
            row.insert("id".to_owned(), h.id.into());
            row.into()
        })
        .collect();
    axum::Json(serde_json::json!({ "code": 0, "data": { "list": list } })).into_response()
}

/// The old platform.
pub fn legacy(system: System) -> Router {
    Router::new().route("/SpService.aspx", post(legacy_service)).with_state(system)
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(open)?;
    rest.split_once(close).map(|(inside, _)| inside)
}

async fn legacy_service(State(system): State<System>, headers: HeaderMap, body: axum::body::Bytes) -> Response {
    let key = headers.get("x-access-key").and_then(|v| v.to_str().ok()).unwrap_or("");
    if key != system.secret {
        return StatusCode::FORBIDDEN.into_response();
    }
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
    let (request, ..) = encoding_rs::GB18030.decode(&plain);
    let after = between(&request, "<LastId>", "</LastId>").and_then(|t| t.parse().ok()).unwrap_or(0);
    let size = between(&request, "<Count>", "</Count>").and_then(|t| t.parse().ok()).unwrap_or(100);
    let escape = |t: &str| t.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut xml =
        String::from("<?xml version=\"1.0\" encoding=\"GB18030\"?><Response><ResultCode>0</ResultCode><Data>");
    for h in system.after(after, size) {
        xml.push_str("<Banjian>");
        xml.push_str(&format!("<XH>{}</XH>", h.id));
        for (column, value) in system.row(h, "%Y%m%d%H%M%S") {
            xml.push_str(&format!("<{column}>{}</{column}>", escape(&value)));
        }
        xml.push_str("</Banjian>");
    }
    xml.push_str("</Data></Response>");
    let (bytes, ..) = encoding_rs::GB18030.encode(&xml);
    ([(header::CONTENT_TYPE, "text/xml; charset=GB18030")], bytes.into_owned()).into_response()
}

/// Drops what was shown since the last time into a folder, one file for every day. Returns how far it came.
///
/// # Errors
/// The folder cannot be written.
pub fn drop_files(system: &System, folder: &Path, from: u64) -> std::io::Result<u64> {
    let mut by_day: BTreeMap<chrono::NaiveDate, Vec<&Happening>> = BTreeMap::new();
    let shown = system.after(from, usize::MAX);
    for h in &shown {
        by_day.entry(h.visible_at.date()).or_default().push(h);
    }
    let mut columns: Vec<&String> = system.columns.values().collect();
    columns.sort_unstable();
    columns.dedup();
    for (day, list) in &by_day {
        let mut text = columns.iter().map(|c| c.as_str()).collect::<Vec<_>>().join(",");
        text.push_str("\r\n");
        for h in list {
            let row = system.row(h, "%Y/%m/%d %H:%M:%S");
            let cells: Vec<String> = columns
                .iter()
                .map(|c| row.get(*c).map_or_else(String::new, |v| format!("\"{}\"", v.replace('"', "\"\""))))
                .collect();
            text.push_str(&cells.join(","));
            text.push_str("\r\n");
        }
        let (bytes, ..) = encoding_rs::GB18030.encode(&text);
        let last = list.last().map_or(0, |h| h.id);
        let name: PathBuf = folder.join(format!("{day}-{last:08}.csv"));
        let part = name.with_extension("part");
        std::fs::write(&part, &bytes)?;
        std::fs::rename(&part, &name)?;
    }
    Ok(shown.last().map_or(from, |h| h.id))
}

/// The statements that put rows into the business database: a table, and the view that the supervision may read.
#[must_use]
pub fn database_script(system: &System, from: u64, create: bool) -> (Vec<String>, u64) {
    let mut columns: Vec<&String> = system.columns.values().collect();
    columns.sort_unstable();
    columns.dedup();
    let names: Vec<String> = columns.iter().map(|c| format!("\"{c}\"")).collect();
    let mut script = Vec::new();
    if create {
        script.push(format!(
            "CREATE TABLE business (id INTEGER PRIMARY KEY, updated_at TEXT NOT NULL, {})",
            names.iter().map(|n| format!("{n} TEXT")).collect::<Vec<_>>().join(", ")
        ));
        script.push("CREATE INDEX business_updated ON business (updated_at, id)".to_owned());
        script.push("CREATE VIEW v_supervision AS SELECT * FROM business".to_owned());
    }
    let quote = |t: &str| format!("'{}'", t.replace('\'', "''"));
    let shown = system.after(from, usize::MAX);
    for chunk in shown.chunks(200) {
        let rows: Vec<String> = chunk
            .iter()
            .map(|h| {
                let row = system.row(h, "%Y-%m-%d %H:%M:%S");
                let cells: Vec<String> =
                    columns.iter().map(|c| row.get(*c).map_or_else(|| "NULL".to_owned(), |v| quote(v))).collect();
                format!("({}, {}, {})", h.id, quote(&h.visible_at.rfc3339()), cells.join(", "))
            })
            .collect();
        script.push(format!("INSERT INTO business (id, updated_at, {}) VALUES {}", names.join(", "), rows.join(", ")));
    }
    (script, shown.last().map_or(from, |h| h.id))
}
