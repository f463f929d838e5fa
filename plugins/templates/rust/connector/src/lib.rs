//! Reads a department's paged REST service: `GET PATH?after=ID&size=N` with a bearer token, which answers
//! `{"code": 0, "data": {"list": [{"id": 1, …}]}}`, and maps its rows to records. What is mapped to what stands in `fields.rs`.

mod fields;

use daylight_connector::http::{self, Credential, Placement, Secret};
use daylight_connector::{
    Cell, Connector, Failure, Page, Pull, Record, Report, Session, failure, later, page, plugin, settings,
    wrong_setting,
};
use fields::{FIELDS, How, ID};
use serde_json::Value;

const PATH: &str = "/api/v2/events";
const PAGE_SIZE: u64 = 200;

/// The settings that `plugin.toml` describes; the core has validated them.
struct Source {
    base_url: String,
    path: String,
    secret: String,
    page_size: u64,
}

impl Source {
    fn new() -> Result<Self, Failure> {
        let all: Value = serde_json::from_str(&settings::get()).map_err(|e| wrong_setting("", e.to_string()))?;
        let text = |name: &str| all.get(name).and_then(Value::as_str).map(str::to_owned);
        let needed = |name: &str| text(name).ok_or_else(|| wrong_setting(&format!("/{name}"), "缺少这一项"));
        Ok(Self {
            base_url: needed("base_url")?.trim_end_matches('/').to_owned(),
            path: text("path").unwrap_or_else(|| PATH.to_owned()),
            secret: needed("secret")?,
            page_size: all.get("page_size").and_then(Value::as_u64).unwrap_or(PAGE_SIZE),
        })
    }

    /// The rows after an id, in the order of their ids.
    fn rows(&self, after: u64, size: u64) -> Result<Vec<(u64, Value)>, Failure> {
        // Lent for this request, given back when it is answered. The value itself never comes in here.
        let token = Secret::open(&self.secret)?;
        let answer = http::send(&http::Request {
            method: "GET".to_owned(),
            url: format!("{}{}?after={after}&size={size}", self.base_url, self.path),
            headers: vec![("accept".to_owned(), "application/json".to_owned())],
            body: None,
            credentials: vec![Credential { secret: &token, placement: Placement::Bearer, signed_text: None }],
        })?;
        good_status(answer.status)?;
        let answer = json(&answer.body)?;
        if let Some(code) = answer.get("code").filter(|code| **code != 0) {
            return Err(failure("source.unexpected", format!("来源说没有成功：code = {code}")));
        }
        let list = answer.pointer("/data/list").and_then(Value::as_array);
        let list = list.ok_or_else(|| failure("source.shape", "回答中“/data/list”处不是列表"))?;
        let mut rows = list.iter().map(numbered).collect::<Result<Vec<_>, _>>()?;
        rows.sort_by_key(|(id, _)| *id);
        Ok(rows)
    }
}

fn good_status(status: u16) -> Result<(), Failure> {
    match status {
        200 => Ok(()),
        401 | 403 => Err(Failure {
            setting: Some("/secret".to_owned()),
            ..failure("source.refused", format!("来源拒绝了凭据（HTTP {status}）"))
        }),
        429 | 500..=599 => Err(later("source.unavailable", format!("来源暂时不可用（HTTP {status}）"))),
        other => Err(failure("source.unexpected", format!("来源返回 HTTP {other}"))),
    }
}

fn json(body: &[u8]) -> Result<Value, Failure> {
    if body.trim_ascii_start().starts_with(b"<") {
        return Err(failure("source.shape", "来源返回的是网页，不是 JSON；请核对地址"));
    }
    serde_json::from_slice(body).map_err(|e| later("source.garbled", format!("来源的回答不是完整的 JSON：{e}")))
}

fn numbered(row: &Value) -> Result<(u64, Value), Failure> {
    let id = row.get(ID).and_then(|id| id.as_u64().or_else(|| id.as_str()?.trim().parse().ok()));
    id.map(|id| (id, row.clone())).ok_or_else(|| failure("source.shape", format!("有一行没有编号“{ID}”")))
}

/// One row as a record; what the row does not say is left out.
fn record(row: &Value) -> Record {
    let mut record = Record::default();
    for (ours, theirs, how) in FIELDS {
        let value = match row.get(theirs) {
            None | Some(Value::Null) => continue,
            Some(Value::Bool(yes)) => Cell::Boolean(*yes),
            Some(Value::Number(n)) => n.as_i64().map_or_else(|| Cell::Decimal(n.to_string()), Cell::Integer),
            Some(Value::String(text)) if text.trim().is_empty() => continue,
            Some(Value::String(text)) => read(text.trim(), how),
            Some(other) => Cell::Text(other.to_string()),
        };
        record.put(ours, value);
    }
    record
}

fn read(text: &str, how: &How) -> Cell {
    match how {
        How::Text => Cell::Text(text.to_owned()),
        How::Time => Cell::Instant(text.to_owned()),
        How::Codes(table) => {
            let ours = table.iter().find(|(theirs, _)| *theirs == text).map_or(text, |(_, ours)| ours);
            Cell::Text(ours.to_owned())
        }
    }
}

struct Plugin;

impl Connector for Plugin {
    fn check() -> Report {
        match Source::new().and_then(|source| source.rows(0, 1)) {
            Ok(rows) => Report { notes: vec![format!("来源已应答，{} 行", rows.len())], problems: Vec::new() },
            Err(problem) => Report { notes: Vec::new(), problems: vec![problem] },
        }
    }

    fn open(request: Pull) -> Result<Box<dyn Session>, Failure> {
        let after = match request.since {
            None => 0,
            Some(bytes) => serde_json::from_slice::<Value>(&bytes)
                .ok()
                .and_then(|cursor| cursor.get("after")?.as_u64())
                .ok_or_else(|| failure("cursor.unreadable", "游标不是本连接器写的；请用 --reset-cursor 从头拉取"))?,
        };
        Ok(Box::new(Events { source: Source::new()?, after }))
    }
}

/// A running pull: the cursor says the last id that was given to the core. As JSON, so that half of one is nobody's.
struct Events {
    source: Source,
    after: u64,
}

impl Session for Events {
    fn next(&mut self, max_rows: u32) -> Result<Page, Failure> {
        let size = self.source.page_size.min(u64::from(max_rows));
        let mut rows = self.source.rows(self.after, size)?;
        let full = rows.len() as u64 >= size;
        rows.truncate(max_rows as usize);
        let last = rows.last().map_or(self.after, |(id, _)| *id);
        if full && last <= self.after {
            return Err(failure("source.no-progress", "来源一再给出同一页；请检查参数 after"));
        }
        self.after = last.max(self.after);
        let records = rows.iter().map(|(_, row)| record(row)).collect();
        Ok(page(records, Some(serde_json::json!({ "after": self.after }).to_string().into_bytes()), !full))
    }
}

plugin!(Plugin, "../plugin.toml");
