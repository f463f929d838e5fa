//! What the records of two versions have in common and what not. Personal values are never shown.

use super::side::Trial;
use crate::intake::page::Incoming;
use daylight_domain::check::Reject;
use daylight_domain::record::{Field, Record, masked};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Records of each kind that are shown; all are counted.
const SHOWN: usize = 50;

/// Which record: the three by which it is known, or the whole row of one that cannot be read.
type Key = (String, String, u32);

/// How the records compare.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Records {
    /// The same from both.
    pub same: usize,
    /// From the old version only.
    pub only_old: usize,
    /// From the new version only.
    pub only_new: usize,
    /// From both, with other content.
    pub different: usize,
    /// Not compared: given by one after the last record that the other, which had not finished, gave too.
    pub beyond: usize,
    /// The first of each kind.
    pub first: Vec<Difference>,
}

/// One record that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// `only_old`, `only_new` or `different`.
    pub what: &'static str,
    /// Which record.
    pub record: Seen,
    /// What differs, by field; the whole record has none.
    pub fields: Vec<Different>,
}

/// A record, as far as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Seen {
    /// Its type; empty where it cannot be read.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its case.
    pub case_no: String,
    /// The source's key.
    pub source_key: String,
    /// Its version.
    pub data_version: u32,
    /// Why the core refuses it: code and field.
    pub refused: Option<String>,
}

/// One field that differs. Of what is personal no more is shown than that it differs: of a name the first character, else `**`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Different {
    /// Name in the exchange standard; `check` for what the core says of the record.
    pub field: String,
    /// From the old version.
    pub old: Value,
    /// From the new version.
    pub new: Value,
}

/// Records in the order they came, the last of each key.
struct Given<'a> {
    order: Vec<Key>,
    by_key: HashMap<Key, &'a Incoming>,
    finished: bool,
}

fn key(one: &Incoming) -> Key {
    match &one.read {
        Ok(r) => (r.kind.as_str().to_owned(), r.source_key.clone(), r.data_version),
        // A row that cannot be read still says what it is, mostly.
        Err(_) => {
            let raw: BTreeMap<String, Value> = serde_json::from_str(&one.raw).unwrap_or_default();
            let text = |name: &str| raw.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let version = raw.get("data_version").and_then(Value::as_u64).and_then(|v| u32::try_from(v).ok());
            let source = Some(text("source_key")).filter(|k| !k.is_empty());
            // Without the source's key the whole row is the key: it is not shown.
            (text("type"), source.unwrap_or_else(|| one.raw.clone()), version.unwrap_or(1))
        }
    }
}

impl<'a> Given<'a> {
    fn of(trial: &'a Trial) -> Self {
        let mut given = Self { order: Vec::new(), by_key: HashMap::new(), finished: trial.done };
        for one in &trial.incoming {
            let key = key(one);
            if given.by_key.insert(key.clone(), one).is_none() {
                given.order.push(key);
            }
        }
        given
    }

    /// Keys that the other does not have; those after the last common one are beyond, unless the other had finished.
    fn only(&self, other: &Given<'_>) -> (Vec<&Key>, usize) {
        let last = self.order.iter().rposition(|k| other.by_key.contains_key(k));
        let alone = self.order.iter().enumerate().filter(|(_, k)| !other.by_key.contains_key(*k));
        let mut only = Vec::new();
        let mut beyond = 0;
        for (at, key) in alone {
            // Of one that failed at once nothing can be said to be beyond: it gave nothing.
            if other.finished || last.is_some_and(|last| at < last) || other.order.is_empty() {
                only.push(key);
            } else {
                beyond += 1;
            }
        }
        (only, beyond)
    }
}

pub(super) fn compared(old: &Trial, new: &Trial) -> Records {
    let (old, new) = (Given::of(old), Given::of(new));
    let ((only_old, beyond_old), (only_new, beyond_new)) = (old.only(&new), new.only(&old));
    let mut made = Records {
        only_old: only_old.len(),
        only_new: only_new.len(),
        beyond: beyond_old + beyond_new,
        ..Records::default()
    };
    let whole = |what, given: &Given<'_>, keys: Vec<&Key>| -> Vec<Difference> {
        let found = keys.into_iter().take(SHOWN).filter_map(|k| given.by_key.get(k).map(|one| (k, *one)));
        found.map(|(k, one)| Difference { what, record: seen(k, one), fields: Vec::new() }).collect()
    };
    made.first.extend(whole("only_old", &old, only_old));
    made.first.extend(whole("only_new", &new, only_new));
    let mut shown = 0;
    for key in &old.order {
        let (Some(a), Some(b)) = (old.by_key.get(key), new.by_key.get(key)) else { continue };
        let fields = different(a, b);
        if fields.is_empty() {
            made.same += 1;
            continue;
        }
        made.different += 1;
        if shown < SHOWN {
            shown += 1;
            made.first.push(Difference { what: "different", record: seen(key, b), fields });
        }
    }
    made
}

fn refused(reject: &Reject) -> String {
    let field = reject.field.as_deref().map(|f| format!(" {f}")).unwrap_or_default();
    format!("{}{field}", reject.code)
}

fn seen(key: &Key, one: &Incoming) -> Seen {
    match &one.read {
        Ok(r) => Seen {
            kind: key.0.clone(),
            case_no: r.case_no.clone(),
            source_key: key.1.clone(),
            data_version: key.2,
            refused: None,
        },
        Err(reject) => {
            let known = key.1.len() <= 200 && !key.1.starts_with('{');
            Seen {
                kind: key.0.clone(),
                case_no: String::new(),
                source_key: if known { key.1.clone() } else { String::new() },
                data_version: key.2,
                refused: Some(refused(reject)),
            }
        }
    }
}

fn different(a: &Incoming, b: &Incoming) -> Vec<Different> {
    match (&a.read, &b.read) {
        (Ok(a), Ok(b)) => fields(a, b),
        (Err(a), Err(b)) if (a.code, &a.field) == (b.code, &b.field) => Vec::new(),
        (a, b) => {
            let said = |r: &Result<Record, Reject>| r.as_ref().map_or_else(refused, |_| "接受".to_owned()).into();
            vec![Different { field: "check".to_owned(), old: said(a), new: said(b) }]
        }
    }
}

/// A record's fields by name, those beside the exchange fields included.
fn flat(r: &Record) -> BTreeMap<String, Value> {
    let mut all: BTreeMap<String, Value> =
        r.fields.iter().map(|(f, v)| (f.as_str().to_owned(), serde_json::to_value(v).unwrap_or_default())).collect();
    all.insert("case_no".to_owned(), r.case_no.clone().into());
    all.insert("item_code".to_owned(), r.item_code.clone().into());
    all.insert("event_time".to_owned(), r.event_time.rfc3339().into());
    all
}

fn fields(a: &Record, b: &Record) -> Vec<Different> {
    let (a, b) = (flat(a), flat(b));
    let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let value = |all: &BTreeMap<String, Value>, name: &String| all.get(name).cloned().unwrap_or_default();
    names
        .into_iter()
        .filter(|name| value(&a, name) != value(&b, name))
        .map(|name| Different {
            field: name.clone(),
            old: shown(name, value(&a, name)),
            new: shown(name, value(&b, name)),
        })
        .collect()
}

/// A value that may be shown: of a name the first character, of anything else personal nothing.
fn shown(name: &str, value: Value) -> Value {
    if value.is_null() || Field::from_name(name).is_none_or(|f| !f.personal()) {
        return value;
    }
    let one = serde_json::json!({ name: value }).to_string();
    let hidden: Option<Value> = serde_json::from_str(&masked(&one)).ok();
    hidden.and_then(|h| h.get(name).cloned()).unwrap_or_else(|| "**".into())
}
