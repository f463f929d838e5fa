//! A recording of a real system, played back: `NNN.request.json` says what was asked, `NNN.response.json` what was answered, and
//! the file it names is the body, to the byte.

use super::faults::Faults;
use super::live::{Good, Live};
use super::standing::{bound, folder_of, serve};
use super::veil::{HIDDEN, query};
use crate::problem::Problem;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// `NNN.request.json`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// `GET`, `POST`.
    pub method: String,
    /// Without query.
    pub path: String,
    /// `a=1&b=2`, percent-encoded; `***` as a value stands for anything.
    #[serde(default)]
    pub query: String,
    /// Names of the headers that were sent; their values are not kept.
    #[serde(default)]
    pub headers: Vec<String>,
}

/// `NNN.response.json`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// What the plugin may look at.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// File of the body beside it; nothing: an empty one.
    #[serde(default)]
    pub body: Option<String>,
    /// The body could not be kept, because something in it was to be hidden and its form is not known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
}

struct Pair {
    number: String,
    request: Request,
    pairs: Vec<(String, String)>,
    good: Good,
}

struct Tape {
    pairs: Vec<Pair>,
    /// How often a request that is the same was answered.
    played: Mutex<BTreeMap<String, usize>>,
    unknown: Mutex<Vec<String>>,
    live: Arc<Live>,
}

/// A recording that answers. It ends when it is dropped.
pub struct Recorded {
    tape: Arc<Tape>,
    address: String,
}

fn unreadable(file: &Path, why: impl std::fmt::Display) -> Problem {
    Problem::new("mock.recording", format!("{}：{why}", file.display()))
        .fix("一问一答各一个文件：NNN.request.json 与 NNN.response.json；daylight mock record 可以录制")
}

fn json<T: serde::de::DeserializeOwned>(file: &Path) -> Result<T, Problem> {
    let text = std::fs::read_to_string(file).map_err(|e| unreadable(file, e))?;
    serde_json::from_str(&text).map_err(|e| unreadable(file, e))
}

fn pair(folder: &Path, number: &str) -> Result<Pair, Problem> {
    let request: Request = json(&folder.join(format!("{number}.request.json")))?;
    let file = folder.join(format!("{number}.response.json"));
    let answer: Answer = json(&file)?;
    let body = match &answer.body {
        None => Vec::new(),
        // Beside it, and nowhere else.
        Some(name) if name.contains(['/', '\\']) => return Err(unreadable(&file, format!("body 不能带路径：{name}"))),
        Some(name) => std::fs::read(folder.join(name)).map_err(|e| unreadable(&folder.join(name), e))?,
    };
    let status = StatusCode::from_u16(answer.status).map_err(|e| unreadable(&file, e))?;
    let header = |(name, value): (&String, &String)| Some((name.parse().ok()?, HeaderValue::from_str(value).ok()?));
    let headers: Vec<(HeaderName, HeaderValue)> = answer.headers.iter().filter_map(header).collect();
    let pairs = query(&request.query, &[]);
    Ok(Pair { number: number.to_owned(), request, pairs, good: Good { status, headers, body } })
}

impl Recorded {
    /// Plays a folder back on any free port of loopback.
    ///
    /// # Errors
    /// `mock.recording`: not readable, or nothing in it. `mock.listen`.
    pub async fn start(folder: &Path) -> Result<Self, Problem> {
        Self::start_at(folder, None).await
    }

    /// The same at an address of one's own.
    ///
    /// # Errors
    /// As [`Recorded::start`].
    pub async fn start_at(folder: &Path, listen: Option<&str>) -> Result<Self, Problem> {
        let mut numbers: Vec<String> = std::fs::read_dir(folder)
            .map_err(|e| folder_of(&e, folder))?
            .flatten()
            .filter_map(|e| e.file_name().to_str()?.strip_suffix(".request.json").map(str::to_owned))
            .collect();
        numbers.sort();
        let pairs = numbers.iter().map(|n| pair(folder, n)).collect::<Result<Vec<_>, _>>()?;
        if pairs.is_empty() {
            return Err(unreadable(folder, "没有 NNN.request.json"));
        }
        let live = Arc::new(Live::new(Faults::none(), 0));
        let tape =
            Arc::new(Tape { pairs, played: Mutex::default(), unknown: Mutex::default(), live: Arc::clone(&live) });
        let (listener, address) = bound(listen).await?;
        serve(listener, axum::Router::new().fallback(play).with_state(Arc::clone(&tape)), &live);
        Ok(Self { tape, address })
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Nobody looks at it: any secret is good.
    #[must_use]
    pub fn secret(&self) -> &'static str {
        "recorded"
    }

    /// From now on these things go wrong with answers.
    pub fn set_faults(&self, faults: Faults) {
        self.tape.live.set(faults);
    }

    /// How many requests it has seen.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.tape.live.asked()
    }

    /// What was asked and is not in the recording, each with the nearest that is.
    #[must_use]
    pub fn unknown(&self) -> Vec<String> {
        self.tape.unknown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From the beginning again.
    pub fn rewind(&self) {
        self.tape.played.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Drop for Recorded {
    fn drop(&mut self) {
        self.tape.live.ending.cancel();
    }
}

fn fits(recorded: &[(String, String)], asked: &[(String, String)]) -> bool {
    recorded.len() == asked.len()
        && recorded.iter().zip(asked).all(|((n, v), (name, value))| n == name && (v == HIDDEN || v == value))
}

fn common(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count()
}

impl Tape {
    /// Equal requests are answered in the order in which they were; the last answer stays.
    fn find(&self, method: &str, path: &str, asked: &[(String, String)]) -> Option<&Pair> {
        let same: Vec<&Pair> = self
            .pairs
            .iter()
            .filter(|p| {
                p.request.method.eq_ignore_ascii_case(method) && p.request.path == path && fits(&p.pairs, asked)
            })
            .collect();
        let first = same.first()?;
        let mut played = self.played.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = played.entry(first.number.clone()).or_default();
        let found = same.get(*turn).or(same.last()).copied();
        *turn += 1;
        found
    }

    /// The recorded request that is most like this one.
    fn nearest(&self, method: &str, path: &str, asked: &[(String, String)]) -> String {
        let like = |p: &&Pair| {
            let equal = p.pairs.iter().filter(|pair| asked.contains(pair)).count();
            let names = p.pairs.iter().filter(|(n, _)| asked.iter().any(|(name, _)| name == n)).count();
            (p.request.path == path, common(&p.request.path, path), p.request.method == method, equal, names)
        };
        // Of equals the first.
        self.pairs.iter().rev().max_by_key(like).map_or_else(String::new, |p| {
            let query = if p.request.query.is_empty() { String::new() } else { format!("?{}", p.request.query) };
            format!("{} {} {}{query}", p.number, p.request.method, p.request.path)
        })
    }
}

async fn play(State(tape): State<Arc<Tape>>, method: Method, uri: Uri) -> Response {
    let fault = tape.live.next();
    let asked = query(uri.query().unwrap_or(""), &[]);
    if let Some(pair) = tape.find(method.as_str(), uri.path(), &asked) {
        let good = pair.good.clone();
        let (text, ..) = encoding_rs::UTF_8.decode(&good.body);
        let other = encoding_rs::GB18030.encode(&text).0.into_owned();
        return tape.live.answer(fault, good, Vec::new(), other).await;
    }
    // Secrets in the query are in no message.
    let shown: Vec<String> = asked.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let wanted = format!("{method} {}{}{}", uri.path(), if shown.is_empty() { "" } else { "?" }, shown.join("&"));
    let nearest = tape.nearest(method.as_str(), uri.path(), &asked);
    let message = format!("录制中没有 {wanted}；最接近的是 {nearest}");
    tracing::warn!("{message}");
    tape.unknown.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
    let body = serde_json::json!({ "code": "mock.not-recorded", "message": message });
    (StatusCode::NOT_FOUND, axum::Json(body)).into_response()
}
