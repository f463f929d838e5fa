//! The configuration as it takes effect: one flat list of paths and values, with what is secret left out. Two of them can be
//! compared: what is in the files now, and what the appliance that serves was started with.

use super::{Loaded, Secrets, load};
use crate::clock::SystemClock;
use crate::problem::{Place, Problem};
use daylight_domain::clock::Clock as _;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Where the configuration of the last start is kept.
pub const LAST_START: &str = "config.last-start";

/// Every setting by its path, e.g. `departments.market.schedule`.
pub type Flat = BTreeMap<String, Value>;

/// The configuration, as one tree. Secrets are named, never shown.
#[must_use]
pub fn tree(config: &Loaded) -> Value {
    let mut departments = Map::new();
    for (id, department) in &config.departments {
        let mut one = serde_json::to_value(department).unwrap_or_default();
        if let (Some(object), Ok(limits)) = (one.as_object_mut(), department.limits(&config.main.limits)) {
            object.insert("limits".to_owned(), serde_json::to_value(limits).unwrap_or_default());
        }
        departments.insert(id.clone(), one);
    }
    let rules: Map<String, Value> =
        config.rules.book.all().map(|r| (r.id.clone(), serde_json::to_value(r).unwrap_or_default())).collect();
    let items: Map<String, Value> = config
        .rules
        .catalogue
        .newest()
        .map(|i| (format!("{}@{}", i.code, i.version), serde_json::to_value(i.as_ref()).unwrap_or_default()))
        .collect();
    let secrets: Map<String, Value> = config
        .secrets
        .0
        .iter()
        .map(|(id, all)| (id.clone(), all.keys().map(|name| Value::from(name.as_str())).collect()))
        .collect();
    let all = serde_json::json!({
        "main": config.main, "notify": config.notify, "departments": departments, "rules": rules, "items": items,
        "calendar": config.rules.calendar.version(),
    });
    let mut all = without_secrets(all, &config.secrets);
    if let Some(object) = all.as_object_mut() {
        object.insert("secrets".to_owned(), Value::Object(secrets));
    }
    all
}

/// What stands for something secret.
const MASK: &str = "••••";
/// Shorter values are no secrets: they stand in half of all words.
const SHORTEST: usize = 4;

/// A value without what is secret: a value of `secrets.toml` that somebody wrote elsewhere, the password in an address, and what
/// stands under a key that says it is one. Names of secrets (`secret = "token"`) stay.
#[must_use]
pub fn without_secrets(value: Value, secrets: &Secrets) -> Value {
    let known: Vec<&str> =
        secrets.0.values().flat_map(|all| all.values()).map(String::as_str).filter(|s| s.len() >= SHORTEST).collect();
    masked("", value, &known)
}

fn masked(key: &str, value: Value, known: &[&str]) -> Value {
    match value {
        Value::String(text) if names_a_secret(key) && !text.is_empty() => Value::from(MASK),
        Value::String(text) => {
            let text = known.iter().fold(text, |text, secret| text.replace(secret, MASK));
            Value::String(without_password(&text).unwrap_or(text))
        }
        Value::Array(all) => all.into_iter().map(|v| masked(key, v, known)).collect(),
        Value::Object(all) => all
            .into_iter()
            .map(|(k, v)| {
                let v = masked(&k, v, known);
                (k, v)
            })
            .collect(),
        other => other,
    }
}

/// Whether a key says that its value is a password, not the name of one.
fn names_a_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["password", "passwd", "pwd", "api_key", "apikey", "access_key"].iter().any(|word| key == *word)
}

/// `scheme://user:password@host` with the password left out; a hole (`{secret}`) stays.
fn without_password(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let (who, place) = rest.split_once('@')?;
    let (user, password) = who.split_once(':')?;
    let hole = password.starts_with('{') && password.ends_with('}');
    (!hole && !who.contains('/')).then(|| format!("{scheme}://{user}:{MASK}@{place}"))
}

/// One setting as it takes effect.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Setting {
    /// Path, e.g. `departments.market.schedule`.
    pub path: String,
    /// Value.
    pub value: Value,
    /// Where it stands; nothing: it is the default.
    pub place: Option<Place>,
}

/// The configuration as it takes effect, what is wrong with the files as they are now, and what is different in them.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Effective {
    /// Its folder.
    pub folder: String,
    /// Every setting under what was asked for.
    pub settings: Vec<Setting>,
    /// What the files, read again now, are refused or warned for.
    pub problems: Vec<Problem>,
    /// What the files say otherwise than what takes effect: it will with the next start.
    pub changes: Vec<Change>,
}

/// The settings under a path, each with its place.
#[must_use]
pub fn settings(config: &Loaded, under: &str) -> Vec<Setting> {
    let places = super::origin::places(&config.origins);
    let place = |path: &str| {
        let own = places.get(path);
        // What a department does not limit itself, the county limits.
        let county = || {
            let rest = path.strip_prefix("departments.")?.split_once('.')?.1;
            rest.starts_with("limits.").then(|| places.get(&format!("main.{rest}"))).flatten()
        };
        own.or_else(county)
            .map(|p| Place { file: p.file.strip_prefix(&config.folder).unwrap_or(&p.file).to_path_buf(), ..p.clone() })
    };
    let all = flat(&tree(config)).into_iter().filter(|(path, _)| within(under, path));
    all.map(|(path, value)| Setting { place: place(&path), path, value }).collect()
}

/// A file as it lies there: its name, its size, when it was written.
type Stamp = (PathBuf, u64, Option<SystemTime>);

/// Files are read again after so long even if none looks changed: what they name may lie elsewhere.
const AT_MOST: Duration = Duration::from_secs(10);

/// What the files said when they were read last.
struct Files {
    stamps: Vec<Stamp>,
    at: Instant,
    problems: Vec<Problem>,
    changes: Vec<Change>,
}

/// The configuration of a house that runs, as it is shown: what takes effect does not change until the next start, and the files are read
/// again when one of them did.
pub struct Shown {
    settings: Vec<Setting>,
    flat: Flat,
    files: Mutex<Option<Files>>,
}

fn stamps(folder: &Path, out: &mut Vec<Stamp>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.metadata() {
            Ok(of) if of.is_dir() => stamps(&entry.path(), out),
            Ok(of) => out.push((entry.path(), of.len(), of.modified().ok())),
            Err(_) => out.push((entry.path(), 0, None)),
        }
    }
}

impl Shown {
    /// Of what takes effect.
    #[must_use]
    pub fn of(config: &Loaded) -> Self {
        Self { settings: settings(config, ""), flat: flat(&tree(config)), files: Mutex::default() }
    }

    /// The settings under a path, each with its place.
    #[must_use]
    pub fn under(&self, under: &str) -> Vec<Setting> {
        self.settings.iter().filter(|one| within(under, &one.path)).cloned().collect()
    }

    /// What the files are refused or warned for now, and what they say otherwise than what takes effect.
    #[must_use]
    pub fn files(&self, config: &Loaded) -> (Vec<Problem>, Vec<Change>) {
        let mut now = Vec::new();
        stamps(&config.folder, &mut now);
        now.sort();
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |f: &&mut Files| f.stamps == now && f.at.elapsed() < AT_MOST;
        if let Some(known) = files.as_mut().filter(fresh) {
            return (known.problems.clone(), known.changes.clone());
        }
        let (problems, changes) = match load(&config.folder, SystemClock.now()) {
            Ok(read) => {
                let changes = changes(&self.flat, &flat(&tree(&read)));
                (read.warnings, changes)
            }
            Err(problems) => (problems, Vec::new()),
        };
        let seen = (problems.clone(), changes.clone());
        *files = Some(Files { stamps: now, at: Instant::now(), problems, changes });
        seen
    }
}

fn within(under: &str, path: &str) -> bool {
    let below = path.strip_prefix(under);
    under.is_empty() || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A tree as paths and values.
#[must_use]
pub fn flat(tree: &Value) -> Flat {
    fn walk(at: &str, value: &Value, out: &mut Flat) {
        let below = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
        match value {
            Value::Object(all) if !all.is_empty() => all.iter().for_each(|(k, v)| walk(&below(k), v, out)),
            Value::Array(all) if all.iter().any(|v| v.is_object() || v.is_array()) => {
                all.iter().enumerate().for_each(|(n, v)| walk(&format!("{at}[{n}]"), v, out));
            }
            Value::Null => {}
            _ => {
                out.insert(at.to_owned(), value.clone());
            }
        }
    }
    let mut out = Flat::new();
    walk("", tree, &mut out);
    out
}

/// A setting that is different.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Change {
    /// Path.
    pub path: String,
    /// Before; nothing when it is new.
    pub was: Option<Value>,
    /// Now; nothing when it is gone.
    pub is: Option<Value>,
}

/// What is different between two configurations.
#[must_use]
pub fn changes(was: &Flat, is: &Flat) -> Vec<Change> {
    let paths: std::collections::BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    paths
        .into_iter()
        .filter(|path| was.get(*path) != is.get(*path))
        .map(|path| Change { path: path.clone(), was: was.get(path).cloned(), is: is.get(path).cloned() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_secret_is_left_out_and_what_names_it_stays() {
        let secrets = Secrets(BTreeMap::from([(
            "market".to_owned(),
            BTreeMap::from([("token".to_owned(), "canary-1".to_owned())]),
        )]));
        let value = json!({
            "auth": { "secret": "token" }, "header": "Bearer canary-1", "Password": "x",
            "url": "mysql://u:p@h/d", "hole": "mysql://u:{secret}@h/d", "plain": "https://h/a@b:c",
        });
        let wanted = json!({
            "auth": { "secret": "token" }, "header": "Bearer ••••", "Password": "••••",
            "url": "mysql://u:••••@h/d", "hole": "mysql://u:{secret}@h/d", "plain": "https://h/a@b:c",
        });
        assert_eq!(without_secrets(value, &secrets), wanted);
    }

    #[test]
    fn every_difference_has_its_path() {
        let was = flat(&json!({ "a": { "b": 1, "c": ["x"] }, "list": [{ "n": 1 }], "gone": true }));
        let is = flat(&json!({ "a": { "b": 2, "c": ["x"] }, "list": [{ "n": 1 }, { "n": 2 }] }));
        let found = changes(&was, &is);
        let paths: Vec<&str> = found.iter().map(|c| c.path.as_str()).collect();
        assert_eq!(paths, ["a.b", "gone", "list[1].n"]);
        assert_eq!((found[0].was.clone(), found[0].is.clone()), (Some(json!(1)), Some(json!(2))));
    }
}
