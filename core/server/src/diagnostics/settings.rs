//! Settings of a connector without what they say: the schema of its manifest decides what is harmless – booleans, bounded or short
//! numbers, words of an enumeration, the origin of an address. Of everything else it is said that it is there, and how long it is.

use reqwest::Url;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// Longer whole numbers may be somebody's number, unless the schema bounds them.
const PLAIN: i64 = 99_999;
/// So deep, at most; a schema may refer to itself.
const DEEP: usize = 12;

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Where it stands, with the names of the schema; `*` for a name that is not the schema's.
    pub at: String,
    /// `boolean`, `number`, `word`, `origin`, `text`, `null`.
    pub kind: &'static str,
    /// Its value, where that is harmless.
    pub value: Option<String>,
    /// How many characters a text has.
    pub characters: Option<usize>,
}

/// Every setting of a value under a schema. An address is known by its `format`, or by its origin being among those that are granted.
#[must_use]
pub fn told(schema: &Value, settings: &Value, granted: &[String]) -> Vec<Told> {
    let mut all = Vec::new();
    walk(&Ground { schema, granted }, (schema, settings), "", 0, &mut all);
    all
}

/// What every setting is looked at with.
struct Ground<'a> {
    schema: &'a Value,
    granted: &'a [String],
}

/// The names the schema itself gives.
#[must_use]
pub fn names(schema: &Value) -> BTreeSet<String> {
    fn collect(schema: &Value, depth: usize, all: &mut BTreeSet<String>) {
        if depth > DEEP {
            return;
        }
        match schema {
            Value::Object(map) => {
                let properties = map.get("properties").and_then(Value::as_object);
                all.extend(properties.into_iter().flatten().map(|(name, _)| name.clone()));
                map.values().for_each(|one| collect(one, depth + 1, all));
            }
            Value::Array(list) => list.iter().for_each(|one| collect(one, depth + 1, all)),
            _ => {}
        }
    }
    let mut all = BTreeSet::new();
    collect(schema, 0, &mut all);
    all
}

fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let pointer = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#'));
    pointer.and_then(|p| root.pointer(p)).unwrap_or(schema)
}

fn walk(ground: &Ground<'_>, (schema, value): (&Value, &Value), at: &str, depth: usize, all: &mut Vec<Told>) {
    let schema = resolved(ground.schema, schema);
    if depth > DEEP {
        return;
    }
    match value {
        Value::Object(map) => {
            let known = schema.get("properties").and_then(Value::as_object);
            for (name, one) in map {
                match known.and_then(|p| p.get(name)) {
                    Some(under) => walk(ground, (under, one), &format!("{at}/{name}"), depth + 1, all),
                    None => {
                        let under = schema.get("additionalProperties").unwrap_or(&Value::Null);
                        walk(ground, (under, one), &format!("{at}/*"), depth + 1, all);
                    }
                }
            }
        }
        Value::Array(list) => {
            let under = schema.get("items").unwrap_or(&Value::Null);
            list.iter().for_each(|one| walk(ground, (under, one), &format!("{at}/-"), depth + 1, all));
        }
        Value::Null => all.push(plain(at, "null", None)),
        Value::Bool(yes) => all.push(plain(at, "boolean", Some(yes.to_string()))),
        Value::Number(n) => {
            let bounded = schema.get("maximum").is_some_and(Value::is_number);
            let short = n.as_i64().map_or_else(|| n.is_f64(), |n| n.abs() <= PLAIN);
            all.push(plain(at, "number", (bounded || short).then(|| n.to_string())));
        }
        Value::String(text) => all.push(word(ground, schema, text, at)),
    }
}

fn plain(at: &str, kind: &'static str, value: Option<String>) -> Told {
    Told { at: at.to_owned(), kind, value, characters: None }
}

fn word(ground: &Ground<'_>, schema: &Value, text: &str, at: &str) -> Told {
    let listed = schema.get("enum").and_then(Value::as_array).is_some_and(|all| all.iter().any(|one| one == text));
    if listed {
        return plain(at, "word", Some(text.to_owned()));
    }
    let address = matches!(schema.get("format").and_then(Value::as_str), Some("uri" | "url"));
    match origin(text).filter(|origin| address || ground.granted.contains(origin)) {
        Some(origin) => plain(at, "origin", Some(origin)),
        None => Told { at: at.to_owned(), kind: "text", value: None, characters: Some(text.chars().count()) },
    }
}

/// Scheme, host and port of an address: no user, no path, no query.
#[must_use]
pub fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let host = url.host_str()?;
    Some(match url.port_or_known_default() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_schema_says_what_is_harmless_and_nothing_else_is_told() {
        let schema = json!({
            "type": "object",
            "properties": {
                "base_url": { "type": "string", "format": "uri" },
                "mode": { "enum": ["page", "offset"] },
                "size": { "type": "integer" },
                "big": { "type": "integer", "maximum": 9_000_000 },
                "on": { "type": "boolean" },
                "deep": { "$ref": "#/$defs/deep" }
            },
            "additionalProperties": { "type": "string" },
            "$defs": { "deep": { "properties": { "name": { "type": "string" } } } }
        });
        let settings = json!({
            "base_url": "https://who:pass@api.example:8443/secret/path?token=x", "mode": "page", "size": 13_800_001_111_i64,
            "big": 8_388_608, "on": true, "deep": { "name": "canary" }, "canary": "canary", "list": ["canary"]
        });
        let all = told(&schema, &settings, &[]);
        let text = serde_json::to_string(&all).expect("text");
        for hidden in ["who", "pass", "secret", "canary", "13800001111"] {
            assert!(!text.contains(hidden), "{hidden}: {text}");
        }
        let value = |at: &str| all.iter().find(|one| one.at == at).and_then(|one| one.value.clone());
        assert_eq!(value("/base_url").as_deref(), Some("https://api.example:8443"));
        assert_eq!(value("/mode").as_deref(), Some("page"));
        assert_eq!((value("/big").as_deref(), value("/size")), (Some("8388608"), None));
        assert!(all.iter().any(|one| one.at == "/deep/name" && one.characters == Some(6)));
        assert!(names(&schema).contains("name"));
    }
}
