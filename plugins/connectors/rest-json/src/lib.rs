//! A department whose system answers JSON over HTTP, page by page. What it is asked and what its answers mean is settings.

use daylight_connector::http::{self, Credential, Placement, Secret};
use daylight_connector::{Cell, Connector, Failure, Pull, Report, Session, failure, later, plugin, wrong_setting};
use daylight_mapping::{Buffered, Fetch, Fetched, Mapper, Mapping, problems, settings};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Settings {
    base_url: String,
    path: String,
    #[serde(default)]
    query: BTreeMap<String, String>,
    #[serde(default)]
    auth: Auth,
    /// JSON pointer to the list of rows.
    #[serde(default)]
    rows: String,
    cursor: CursorBy,
    #[serde(default = "size")]
    page_size: u32,
    #[serde(default)]
    page_size_param: Option<String>,
    records: Vec<Mapping>,
}

fn size() -> u32 {
    200
}

#[derive(Default, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Auth {
    #[default]
    None,
    Bearer {
        secret: String,
    },
    Basic {
        secret: String,
        user: String,
    },
    Header {
        secret: String,
        name: String,
    },
    Query {
        secret: String,
        name: String,
    },
    Hmac {
        secret: String,
        header: String,
    },
}

/// How one comes back to where one was.
#[derive(Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
enum CursorBy {
    /// The source sorts by a column that only grows; one asks for what comes after the last value.
    Id { param: String, column: String },
    /// The source gives what changed since a time, in numbered pages.
    Time {
        param: String,
        column: String,
        page_param: String,
        #[serde(default = "first")]
        first_page: u32,
        #[serde(default)]
        start: String,
    },
}

fn first() -> u32 {
    1
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Place {
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    page: Option<u32>,
    #[serde(default)]
    newest: Option<String>,
}

struct Rest {
    settings: Settings,
    mapper: Mapper,
    place: Place,
}

fn encode(text: &str) -> String {
    let mut out = String::new();
    for b in text.bytes() {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(b)),
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

impl Rest {
    fn new(place: Place) -> Result<Self, Failure> {
        let settings: Settings = settings()?;
        if let Some(problem) = problems(&settings.records).into_iter().next() {
            return Err(problem);
        }
        let mapper = Mapper::new(&settings.records);
        Ok(Self { settings, mapper, place })
    }

    fn ask(&self) -> Result<Value, Failure> {
        let s = &self.settings;
        let mut query: Vec<(String, String)> = s.query.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        if let Some(param) = &s.page_size_param {
            query.push((param.clone(), s.page_size.to_string()));
        }
        match &s.cursor {
            CursorBy::Id { param, .. } => {
                if let Some(after) = &self.place.after {
                    query.push((param.clone(), after.clone()));
                }
            }
            CursorBy::Time { param, page_param, first_page, start, .. } => {
                let since = self.place.after.clone().unwrap_or_else(|| start.clone());
                if !since.is_empty() {
                    query.push((param.clone(), since));
                }
                query.push((page_param.clone(), self.place.page.unwrap_or(*first_page).to_string()));
            }
        }
        let text: Vec<String> = query.iter().map(|(k, v)| format!("{}={}", encode(k), encode(v))).collect();
        let path = format!("{}{}{}", s.path, if text.is_empty() { "" } else { "?" }, text.join("&"));
        let url = format!("{}{path}", s.base_url.trim_end_matches('/'));
        let (secret, placement, signed_text) = match &s.auth {
            Auth::None => (None, None, None),
            Auth::Bearer { secret } => (Some(secret), Some(Placement::Bearer), None),
            Auth::Basic { secret, user } => (Some(secret), Some(Placement::Basic(user.clone())), None),
            Auth::Header { secret, name } => (Some(secret), Some(Placement::Header(name.clone())), None),
            Auth::Query { secret, name } => (Some(secret), Some(Placement::Query(name.clone())), None),
            Auth::Hmac { secret, header } => {
                let text = format!("GET\n{path}\n").into_bytes();
                (Some(secret), Some(Placement::HmacSha256Header(header.clone())), Some(text))
            }
        };
        let handle = secret.map(|name| Secret::open(name)).transpose()?;
        let credentials = match (&handle, placement) {
            (Some(secret), Some(placement)) => vec![Credential { secret, placement, signed_text }],
            _ => Vec::new(),
        };
        let response = http::send(&http::Request {
            method: "GET".to_owned(),
            url,
            headers: vec![("accept".to_owned(), "application/json".to_owned())],
            body: None,
            credentials,
        })?;
        match response.status {
            200 => {}
            401 | 403 => return Err(failure("source.refused", format!("来源拒绝了凭据（HTTP {}）", response.status))),
            429 | 500..=599 => {
                return Err(later("source.unavailable", format!("来源暂时不可用（HTTP {}）", response.status)));
            }
            other => return Err(failure("source.unexpected", format!("来源返回 HTTP {other}"))),
        }
        serde_json::from_slice(&response.body)
            .map_err(|e| later("source.garbled", format!("来源的回答不是完整的 JSON：{e}")))
    }

    fn rows<'a>(&self, answer: &'a Value) -> Result<&'a Vec<Value>, Failure> {
        answer.pointer(&self.settings.rows).and_then(Value::as_array).ok_or_else(|| Failure {
            setting: Some("/rows".to_owned()),
            ..failure("source.shape", format!("回答中“{}”处不是列表", self.settings.rows))
        })
    }
}

fn column(row: &Value, name: &str) -> Cell {
    let value = if name.starts_with('/') { row.pointer(name) } else { row.get(name) };
    match value {
        None | Some(Value::Null) => Cell::Null,
        Some(Value::Bool(v)) => Cell::Boolean(*v),
        Some(Value::Number(n)) => n.as_i64().map_or_else(|| Cell::Decimal(n.to_string()), Cell::Integer),
        Some(Value::String(t)) => Cell::Text(t.clone()),
        Some(other) => Cell::Text(other.to_string()),
    }
}

impl Fetch for Rest {
    fn fetch(&mut self, _: usize) -> Result<Fetched, Failure> {
        let answer = self.ask()?;
        let rows = self.rows(&answer)?;
        let mut records = Vec::new();
        for row in rows {
            let cells: Vec<Cell> = self.mapper.source_columns().iter().map(|c| column(row, c)).collect();
            self.mapper.map(&cells, &mut records);
        }
        let key = match &self.settings.cursor {
            CursorBy::Id { column, .. } | CursorBy::Time { column, .. } => column,
        };
        let mut values = rows.iter().filter_map(|row| daylight_mapping::text_of(&column(row, key)));
        let full = rows.len() >= usize::try_from(self.settings.page_size).unwrap_or(usize::MAX);
        match &self.settings.cursor {
            CursorBy::Id { .. } => {
                if let Some(last) = values.next_back() {
                    if self.place.after.as_ref() == Some(&last) && full {
                        return Err(failure("source.no-progress", "来源一再给出同一页；请检查游标参数"));
                    }
                    self.place.after = Some(last);
                }
            }
            CursorBy::Time { first_page, .. } => {
                self.place.newest = values.chain(self.place.newest.take()).max();
                if full {
                    self.place.page = Some(self.place.page.unwrap_or(*first_page).saturating_add(1));
                } else {
                    // The last page of this time: next time begins at the newest change that was seen.
                    self.place.page = None;
                    self.place.after = self.place.newest.take().or(self.place.after.take());
                }
            }
        }
        let cursor = serde_json::to_vec(&self.place).ok();
        Ok(Fetched { records, cursor, done: !full })
    }
}

struct RestJson;

impl Connector for RestJson {
    fn check() -> Report {
        let mut report = Report { notes: Vec::new(), problems: Vec::new() };
        match Rest::new(Place::default()) {
            Err(problem) => report.problems.push(problem),
            Ok(rest) => match rest.ask().and_then(|answer| rest.rows(&answer).cloned()) {
                Err(problem) => report.problems.push(problem),
                Ok(rows) => {
                    report.notes.push(format!("来源已应答，首页 {} 行", rows.len()));
                    if let Some(Value::Object(first)) = rows.first() {
                        for name in rest.mapper.source_columns() {
                            if !name.starts_with('/') && !first.contains_key(name) {
                                report.notes.push(format!("首行没有“{name}”"));
                            }
                        }
                    }
                }
            },
        }
        report
    }

    fn open(request: Pull) -> Result<Box<dyn Session>, Failure> {
        let place = match &request.since {
            None => Place::default(),
            Some(bytes) => serde_json::from_slice(bytes)
                .map_err(|_| failure("cursor.unreadable", "游标不是本连接器写的；请用 --reset-cursor 从头拉取"))?,
        };
        if !matches!(serde_json::from_str::<Value>(&daylight_connector::settings::get()), Ok(Value::Object(_))) {
            return Err(wrong_setting("", "设置应为一个对象"));
        }
        let rest = Rest::new(place)?;
        let columns = rest.mapper.columns().to_vec();
        Ok(Box::new(Buffered::new(&columns, rest)))
    }
}

plugin!(RestJson, "../plugin.toml");
