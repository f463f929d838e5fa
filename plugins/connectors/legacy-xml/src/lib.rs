//! A department whose old platform takes XML in a form field and answers XML in GB18030.

use daylight_connector::http::{self, Credential, Placement, Secret};
use daylight_connector::{Cell, Connector, Failure, Pull, Report, Session, failure, later, plugin, wrong_setting};
use daylight_mapping::{Buffered, Fetch, Fetched, Mapper, Mapping, problems, settings, text_of};
use encoding_rs::GB18030;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Settings {
    base_url: String,
    path: String,
    /// Other form fields.
    #[serde(default)]
    form: BTreeMap<String, String>,
    /// The form field that carries the request.
    #[serde(default = "field")]
    request_field: String,
    /// The request; `{after}` and `{size}` are put in.
    request: String,
    /// The element of one row.
    row: String,
    /// The answer is XML that carries the real answer as text (an `asmx` service's `<string>`).
    #[serde(default)]
    wrapped: bool,
    /// An element that says whether all is well, and what it says then.
    #[serde(default)]
    status: Option<Status>,
    /// The element whose value only grows.
    cursor: String,
    #[serde(default = "size")]
    page_size: u32,
    /// A secret in a request header.
    #[serde(default)]
    secret: Option<SecretIn>,
    records: Vec<Mapping>,
}

fn field() -> String {
    "xml".to_owned()
}

fn size() -> u32 {
    100
}

#[derive(Deserialize)]
struct Status {
    element: String,
    good: String,
}

#[derive(Deserialize)]
struct SecretIn {
    name: String,
    header: String,
}

struct Legacy {
    settings: Settings,
    mapper: Mapper,
    after: String,
}

/// Percent-encodes text in GB18030, as a browser of its day would.
fn encode(text: &str) -> String {
    let (bytes, ..) = GB18030.encode(text);
    let mut out = String::with_capacity(bytes.len() * 3);
    for b in bytes.iter() {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(char::from(*b)),
            b' ' => out.push('+'),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What an answer holds: rows by element name, and the texts of elements outside rows.
#[derive(Default)]
struct Answer {
    rows: Vec<BTreeMap<String, String>>,
    outside: BTreeMap<String, String>,
}

fn read(xml: &str, row_element: &str) -> Result<Answer, String> {
    let mut reader = Reader::from_str(xml);
    let mut answer = Answer::default();
    let mut path: Vec<String> = Vec::new();
    let mut row: Option<BTreeMap<String, String>> = None;
    let mut text = String::new();
    loop {
        match reader.read_event().map_err(|e| e.to_string())? {
            Event::Start(e) => {
                let name = e.local_name().as_ref().to_owned();
                if name == row_element {
                    row = Some(BTreeMap::new());
                }
                text.clear();
                path.push(name);
            }
            Event::Empty(_) => {}
            Event::Text(t) => text.push_str(&t.xml10_content()),
            Event::CData(t) => text.push_str(&t.xml10_content()),
            Event::GeneralRef(r) => {
                if let Some(c) = r.resolve_char_ref().map_err(|e| e.to_string())? {
                    text.push(c);
                } else {
                    let name = r.xml10_content();
                    let known =
                        quick_xml::escape::resolve_xml_entity(&name).ok_or_else(|| format!("未知实体 {name}"))?;
                    text.push_str(known);
                }
            }
            Event::End(_) => {
                let name = path.pop().unwrap_or_default();
                if name == row_element {
                    answer.rows.extend(row.take());
                } else {
                    let value = text.trim().to_owned();
                    match &mut row {
                        Some(row) => row.insert(name, value),
                        None => answer.outside.insert(name, value),
                    };
                }
                text.clear();
            }
            Event::Eof if path.is_empty() => return Ok(answer),
            Event::Eof => return Err(format!("在 <{}> 中断", path.last().map_or("", String::as_str))),
            _ => {}
        }
    }
}

impl Legacy {
    fn new(after: String) -> Result<Self, Failure> {
        let settings: Settings = settings()?;
        if let Some(problem) = problems(&settings.records).into_iter().next() {
            return Err(problem);
        }
        let mapper = Mapper::new(&settings.records);
        Ok(Self { settings, mapper, after })
    }

    fn ask(&self) -> Result<Answer, Failure> {
        let s = &self.settings;
        let request = s.request.replace("{after}", &escape(&self.after)).replace("{size}", &s.page_size.to_string());
        let mut form: Vec<String> = s.form.iter().map(|(k, v)| format!("{}={}", encode(k), encode(v))).collect();
        form.push(format!("{}={}", encode(&s.request_field), encode(&request)));
        let handle = s.secret.as_ref().map(|secret| Secret::open(&secret.name)).transpose()?;
        let credentials = match (&handle, &s.secret) {
            (Some(handle), Some(place)) => vec![Credential {
                secret: handle,
                placement: Placement::Header(place.header.clone()),
                signed_text: None,
            }],
            _ => Vec::new(),
        };
        let response = http::send(&http::Request {
            method: "POST".to_owned(),
            url: format!("{}{}", s.base_url.trim_end_matches('/'), s.path),
            headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded; charset=GB18030".to_owned())],
            body: Some(form.join("&").into_bytes()),
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
        let (xml, _, wrong) = GB18030.decode(&response.body);
        if wrong {
            return Err(later("source.garbled", "来源的回答不是 GB18030 文本"));
        }
        let garbled = |e: String| later("source.garbled", format!("来源的回答不是完整的 XML：{e}"));
        let mut answer = read(&xml, &s.row).map_err(garbled)?;
        if s.wrapped {
            let inner = answer.outside.values().next().cloned().unwrap_or_default();
            answer = read(&inner, &s.row).map_err(garbled)?;
        }
        if let Some(status) = &s.status {
            // A page of somebody else's – a portal, a gateway – says nothing of the kind.
            let says = answer.outside.get(&status.element).ok_or_else(|| {
                later("source.garbled", format!("来源的回答中没有 {}，不是约定的 XML", status.element))
            })?;
            if *says != status.good {
                return Err(later("source.status", format!("来源报告 {}={says}", status.element)));
            }
        }
        Ok(answer)
    }
}

impl Fetch for Legacy {
    fn fetch(&mut self, _: usize) -> Result<Fetched, Failure> {
        let answer = self.ask()?;
        let mut records = Vec::new();
        for row in &answer.rows {
            let cells: Vec<Cell> = self
                .mapper
                .source_columns()
                .iter()
                .map(|c| row.get(c).map_or(Cell::Null, |t| Cell::Text(t.clone())))
                .collect();
            self.mapper.map(&cells, &mut records);
        }
        let full = answer.rows.len() >= usize::try_from(self.settings.page_size).unwrap_or(usize::MAX);
        if let Some(last) = answer.rows.last() {
            let next = last.get(&self.settings.cursor).cloned().ok_or_else(|| Failure {
                setting: Some("/cursor".to_owned()),
                ..failure("source.shape", format!("行中没有元素“{}”", self.settings.cursor))
            })?;
            if next == self.after && full {
                return Err(failure("source.no-progress", "来源一再给出同一页；请检查请求中的 {after}"));
            }
            self.after = next;
        }
        let cursor = (!self.after.is_empty()).then(|| self.after.clone().into_bytes());
        Ok(Fetched { records, cursor, done: !full })
    }
}

struct LegacyXml;

impl Connector for LegacyXml {
    fn check() -> Report {
        let mut report = Report { notes: Vec::new(), problems: Vec::new() };
        match Legacy::new(String::new()).and_then(|legacy| Ok((legacy.ask()?, legacy))) {
            Err(problem) => report.problems.push(problem),
            Ok((answer, legacy)) => {
                report.notes.push(format!("来源已应答，首页 {} 行", answer.rows.len()));
                if let Some(row) = answer.rows.first() {
                    for name in legacy.mapper.source_columns() {
                        if !row.contains_key(name) {
                            report.notes.push(format!("首行没有元素“{name}”"));
                        }
                    }
                }
            }
        }
        report
    }

    fn open(request: Pull) -> Result<Box<dyn Session>, Failure> {
        let after = match request.since {
            None => String::new(),
            Some(bytes) => String::from_utf8(bytes)
                .map_err(|_| failure("cursor.unreadable", "游标不是本连接器写的；请用 --reset-cursor 从头拉取"))?,
        };
        let legacy = Legacy::new(after)?;
        if text_of(&Cell::Text(legacy.settings.request.clone())).is_none() {
            return Err(wrong_setting("/request", "请求不能为空"));
        }
        let columns = legacy.mapper.columns().to_vec();
        Ok(Box::new(Buffered::new(&columns, legacy)))
    }
}

plugin!(LegacyXml, "../plugin.toml");
