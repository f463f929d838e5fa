//! Takes out of an answer what a recording must not keep. What is hidden keeps its form – digits become 0, letters x, characters
//! 某 –, so that a plugin still reads it.

use axum::http::{HeaderMap, header};
use encoding_rs::{Encoding, UTF_8};
use serde_json::Value;

/// Parameters of a query that are secrets wherever they are.
const SECRETS: [&str; 12] = [
    "token",
    "access_token",
    "key",
    "apikey",
    "api_key",
    "appkey",
    "secret",
    "appsecret",
    "password",
    "pwd",
    "sign",
    "signature",
];

/// What stands in a recording instead of a secret; in playing back it stands for anything.
pub(super) const HIDDEN: &str = "***";

/// The pairs of a query, sorted, without secrets and without what is to be hidden.
pub(super) fn query(text: &str, hide: &[String]) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    for (name, value) in &mut pairs {
        let lower = name.to_lowercase();
        if SECRETS.contains(&lower.as_str()) || hide.contains(name) {
            HIDDEN.clone_into(value);
        }
    }
    pairs.sort();
    pairs
}

/// A value of the same form that says nothing.
fn blank(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '0'..='9' => '0',
            'a'..='z' | 'A'..='Z' => 'x',
            c if c.is_alphabetic() => '某',
            c => c,
        })
        .collect()
}

fn hide_in(value: &mut Value, hide: &[String]) {
    match value {
        Value::Object(map) => {
            for (name, one) in map {
                if hide.contains(name) { all_of(one) } else { hide_in(one, hide) }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|one| hide_in(one, hide)),
        _ => {}
    }
}

fn all_of(value: &mut Value) {
    match value {
        Value::String(text) => *text = blank(text),
        Value::Number(_) => *value = 0.into(),
        Value::Object(map) => map.values_mut().for_each(all_of),
        Value::Array(list) => list.iter_mut().for_each(all_of),
        _ => {}
    }
}

/// The text inside elements of these names, also where the whole is escaped once more.
fn hide_in_xml(text: &str, hide: &[String]) -> String {
    let mut all = text.to_owned();
    for name in hide {
        for (open, close) in [(format!("<{name}>"), "<"), (format!("&lt;{name}&gt;"), "&lt;")] {
            let mut out = String::with_capacity(all.len());
            let mut rest = all.as_str();
            while let Some((before, after)) = rest.split_once(&open) {
                let end = after.find(close).unwrap_or(after.len());
                let (inside, tail) = after.split_at(end);
                out.push_str(before);
                out.push_str(&open);
                out.push_str(&blank(inside));
                rest = tail;
            }
            out.push_str(rest);
            all = out;
        }
    }
    all
}

fn encoding(headers: &HeaderMap, body: &[u8]) -> &'static Encoding {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let named = kind.to_lowercase().split_once("charset=").map(|(_, c)| c.trim_matches('"').to_owned());
    let head = String::from_utf8_lossy(body.get(..200.min(body.len())).unwrap_or_default()).into_owned();
    let declared = head.split_once("encoding=\"").and_then(|(_, rest)| rest.split('"').next().map(str::to_owned));
    named.or(declared).and_then(|name| Encoding::for_label(name.as_bytes())).unwrap_or(UTF_8)
}

/// The body as it may be kept; nothing when it is of a form in which nothing can be hidden, and something is to be.
pub(super) fn body(headers: &HeaderMap, body: &[u8], hide: &[String]) -> Option<Vec<u8>> {
    if hide.is_empty() || body.is_empty() {
        return Some(body.to_vec());
    }
    let coding = encoding(headers, body);
    let (text, ..) = coding.decode(body);
    if let Ok(mut value) = serde_json::from_str::<Value>(&text) {
        hide_in(&mut value, hide);
        let text = value.to_string();
        return Some(coding.encode(&text).0.into_owned());
    }
    text.trim_start().starts_with('<').then(|| coding.encode(&hide_in_xml(&text, hide)).0.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_keeps_its_form() {
        let hide = vec!["name".to_owned(), "phone".to_owned()];
        let json = br#"{"rows":[{"name":"\u738b\u67d0A","phone":"138-0000","no":"A1","deep":{"name":["x"]}}]}"#;
        let kept = body(&HeaderMap::new(), json, &hide).expect("kept");
        let value: Value = serde_json::from_slice(&kept).expect("JSON");
        assert_eq!(value["rows"][0]["name"], "某某x");
        assert_eq!(value["rows"][0]["phone"], "000-0000");
        assert_eq!(value["rows"][0]["no"], "A1");
        let xml = "<a><name>王某</name><no>7</no>&lt;phone&gt;12&lt;/phone&gt;</a>";
        let kept = body(&HeaderMap::new(), xml.as_bytes(), &hide).expect("kept");
        assert_eq!(String::from_utf8_lossy(&kept), "<a><name>某某</name><no>7</no>&lt;phone&gt;00&lt;/phone&gt;</a>");
        assert_eq!(body(&HeaderMap::new(), b"name;phone", &hide), None);
        assert_eq!(
            query("b=2&Token=abc&a=1", &[]),
            [
                ("Token".to_owned(), HIDDEN.to_owned()),
                ("a".to_owned(), "1".to_owned()),
                ("b".to_owned(), "2".to_owned())
            ]
        );
    }
}
