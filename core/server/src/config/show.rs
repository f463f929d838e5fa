//! The configuration as it takes effect: one flat list of paths and values, with what is secret left out. Two of them can be
//! compared: what is in the files now, and what the appliance that serves was started with.

use super::Loaded;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

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
    serde_json::json!({
        "main": config.main, "notify": config.notify, "departments": departments, "rules": rules, "items": items,
        "calendar": config.rules.calendar.version(), "secrets": secrets,
    })
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
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
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
    fn every_difference_has_its_path() {
        let was = flat(&json!({ "a": { "b": 1, "c": ["x"] }, "list": [{ "n": 1 }], "gone": true }));
        let is = flat(&json!({ "a": { "b": 2, "c": ["x"] }, "list": [{ "n": 1 }, { "n": 2 }] }));
        let found = changes(&was, &is);
        let paths: Vec<&str> = found.iter().map(|c| c.path.as_str()).collect();
        assert_eq!(paths, ["a.b", "gone", "list[1].n"]);
        assert_eq!((found[0].was.clone(), found[0].is.clone()), (Some(json!(1)), Some(json!(2))));
    }
}
