//! The settings of a connector as questions, one for each property of its schema, and answers as values the schema allows.

use crate::problem::Problem;
use serde_json::{Map, Value};
use std::path::Path;

/// A property of a schema, as somebody is asked for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The property.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Whether there must be a value.
    pub required: bool,
    /// What it is without an answer.
    pub default: Option<Value>,
    /// What it may be, where that is a short list.
    pub choices: Vec<String>,
    /// Its own schema.
    pub schema: Value,
}

fn words(list: &Value) -> Vec<String> {
    let word = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    list.as_array().map(|all| all.iter().map(word).collect()).unwrap_or_default()
}

/// A question for each property of a schema: those that are required first.
#[must_use]
pub fn questions(schema: &Value) -> Vec<Question> {
    let required = words(schema.get("required").unwrap_or(&Value::Null));
    let properties = schema.get("properties").and_then(Value::as_object);
    let mut all: Vec<Question> = properties
        .into_iter()
        .flatten()
        .map(|(name, one)| Question {
            name: name.clone(),
            description: one.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
            required: required.contains(name),
            default: one.get("default").cloned(),
            choices: words(one.get("enum").unwrap_or(&Value::Null)),
            schema: one.clone(),
        })
        .collect();
    let place = |q: &Question| required.iter().position(|r| *r == q.name).unwrap_or(usize::MAX);
    all.sort_by_key(|q| (place(q), q.name.clone()));
    all
}

/// The names of properties a schema demands and settings have not.
#[must_use]
pub fn missing(schema: &Value, settings: &Map<String, Value>) -> Vec<String> {
    let required = words(schema.get("required").unwrap_or(&Value::Null));
    required.into_iter().filter(|name| !settings.contains_key(name)).collect()
}

fn wrong(name: &str, words: impl std::fmt::Display) -> Problem {
    Problem::new("settings.invalid", format!("设置 {name}：{words}"))
}

/// JSON, or the right-hand side of a line of TOML.
fn structured(text: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let table: toml::Table = toml::from_str(&format!("v = {text}")).ok()?;
    serde_json::to_value(table.get("v")?).ok()
}

/// A file's value: the whole JSON, or of TOML the table of the property's name, also below `[settings]`.
fn from_file(name: &str, file: &str) -> Result<Value, Problem> {
    let text = std::fs::read_to_string(file).map_err(|e| wrong(name, format!("{file}：{e}")))?;
    if Path::new(file).extension().is_some_and(|e| e == "json") {
        return serde_json::from_str(&text).map_err(|e| wrong(name, format!("{file} 不是 JSON：{e}")));
    }
    let table: toml::Table = toml::from_str(&text).map_err(|e| wrong(name, format!("{file}：{}", e.message())))?;
    let below = table.get("settings").and_then(|s| s.get(name));
    let found = table.get(name).or(below).ok_or_else(|| wrong(name, format!("{file} 中没有“{name}”")))?;
    serde_json::to_value(found).map_err(|e| wrong(name, e))
}

/// What a schema says about a value, in words for who typed it.
fn reason(schema: &Value, value: &Value, said: &str) -> String {
    let of = |key: &str| schema.get(key);
    let bound = |key: &str| of(key).and_then(Value::as_f64);
    let number = value.as_f64();
    if let Some(list) = of("enum") {
        return format!("应为 {} 之一", words(list).join("、"));
    }
    if let (Some(pattern), Some(text)) = (of("pattern").and_then(Value::as_str), value.as_str()) {
        return format!("“{text}”不符合 {pattern}");
    }
    if let (Some(n), Some(least)) = (number, bound("minimum"))
        && n < least
    {
        return format!("{n} 小于 {least}");
    }
    if let (Some(n), Some(most)) = (number, bound("maximum"))
        && n > most
    {
        return format!("{n} 大于 {most}");
    }
    said.to_owned()
}

/// Whether a value obeys a schema.
fn obeys(name: &str, schema: &Value, value: Value) -> Result<Value, Problem> {
    let validator = jsonschema::validator_for(schema).map_err(|e| Problem::new("plugin.manifest", e.to_string()))?;
    let told = validator.iter_errors(&value).next().map(|e| (e.instance_path().to_string(), e.to_string()));
    match told {
        None => Ok(value),
        Some((at, said)) => {
            let why = reason(schema, &value, &said);
            let at = if at.is_empty() { String::new() } else { format!("（{at}）") };
            Err(wrong(name, format!("{why}{at}")).fix("按插件的设置说明改正；daylight plugin inspect 列出每一项"))
        }
    }
}

/// An answer as the value a schema allows: text, numbers, 是 and 否, JSON or TOML for lists and tables, `@FILE` for either.
///
/// # Errors
/// `settings.invalid` with the schema's reason.
pub fn from_text(name: &str, schema: &Value, text: &str) -> Result<Value, Problem> {
    let text = text.trim();
    if let Some(file) = text.strip_prefix('@') {
        return obeys(name, schema, from_file(name, file)?);
    }
    let value = match schema.get("type").and_then(Value::as_str) {
        Some("string") => Value::String(text.to_owned()),
        Some("integer" | "number") => {
            let n: Option<serde_json::Number> = serde_json::from_str(text).ok();
            Value::Number(n.ok_or_else(|| wrong(name, format!("“{text}”不是数")))?)
        }
        Some("boolean") => match text {
            "true" | "是" | "y" | "Y" | "1" => Value::Bool(true),
            "false" | "否" | "n" | "N" | "0" => Value::Bool(false),
            other => return Err(wrong(name, format!("“{other}”应为 是 或 否"))),
        },
        Some("array" | "object") => structured(text)
            .ok_or_else(|| wrong(name, format!("“{text}”不是 JSON 或 TOML 的列表、表")).fix("也可写 @文件"))?,
        // A value of a list of choices, or one that may have several shapes.
        _ => structured(text).unwrap_or_else(|| Value::String(text.to_owned())),
    };
    obeys(name, schema, value)
}

/// Puts `a.b=value` into settings. Of a property itself the schema is asked at once; what is inside of one is asked with the whole.
///
/// # Errors
/// `settings.invalid`.
pub fn put(settings: &mut Map<String, Value>, schema: &Value, pair: &str) -> Result<(), Problem> {
    let (path, text) = pair
        .split_once('=')
        .ok_or_else(|| wrong(pair, "中没有等号").fix("--set 名称=值，里面的项写 --set cursor.by=id"))?;
    let mut steps: Vec<&str> = path.split('.').map(str::trim).collect();
    let last = steps.pop().unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object);
    let first = steps.first().copied().unwrap_or(last);
    let own = properties.and_then(|p| p.get(first));
    if own.is_none() && properties.is_some() && schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        let known: Vec<&str> = properties.into_iter().flatten().map(|(n, _)| n.as_str()).collect();
        return Err(wrong(first, "插件没有这一项设置").fix(format!("有：{}", known.join("、"))));
    }
    let value = match own {
        Some(own) if steps.is_empty() => from_text(path, own, text)?,
        _ => structured(text).unwrap_or_else(|| Value::String(text.to_owned())),
    };
    let mut table = settings;
    for step in steps {
        let inside = table.entry(step.to_owned()).or_insert_with(|| Value::Object(Map::new()));
        table = inside.as_object_mut().ok_or_else(|| wrong(path, format!("“{step}”不是表")))?;
    }
    table.insert(last.to_owned(), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema() -> Value {
        json!({
            "type": "object", "required": ["url", "kind"], "additionalProperties": false,
            "properties": {
                "size": { "type": "integer", "minimum": 1, "maximum": 10, "default": 5 },
                "kind": { "enum": ["a", "b"], "description": "哪一种" },
                "url": { "type": "string", "pattern": "^https?://" },
                "open": { "type": "boolean" },
                "cursor": { "oneOf": [{ "type": "object" }, { "type": "string" }] },
                "list": { "type": "array", "items": { "type": "string" } }
            }
        })
    }

    #[test]
    fn what_is_required_is_asked_first() {
        let all = questions(&schema());
        assert_eq!(all.iter().map(|q| q.name.as_str()).take(2).collect::<Vec<_>>(), ["url", "kind"]);
        let kind = all.iter().find(|q| q.name == "kind").expect("a question");
        assert_eq!(
            (kind.description.as_str(), kind.choices.as_slice()),
            ("哪一种", ["a".to_owned(), "b".to_owned()].as_slice())
        );
        assert_eq!(missing(&schema(), &Map::new()), ["url", "kind"]);
    }

    #[test]
    fn answers_are_what_the_schema_allows() {
        let mut settings = Map::new();
        for pair in ["url=http://x", "kind=b", "size=7", "open=是", "cursor.by=id", "cursor.n=3", r#"list=["x"]"#] {
            put(&mut settings, &schema(), pair).expect(pair);
        }
        let whole = json!({
            "url": "http://x", "kind": "b", "size": 7, "open": true, "cursor": { "by": "id", "n": 3 }, "list": ["x"]
        });
        assert_eq!(Value::Object(settings.clone()), whole);
        for (pair, why) in [
            ("size=11", "11 大于 10"),
            ("size=viel", "不是数"),
            ("kind=c", "a、b 之一"),
            ("url=ftp://x", "^https?://"),
            ("open=vielleicht", "是 或 否"),
            ("unknown=1", "没有这一项"),
            ("list=[1]", "list"),
            ("list=(", "列表"),
            ("size", "等号"),
            ("size.x=1", "不是表"),
        ] {
            let problem = put(&mut settings, &schema(), pair).expect_err(pair);
            assert_eq!(problem.code, "settings.invalid");
            assert!(problem.message.contains(why), "{pair}: {}", problem.message);
        }
    }
}
