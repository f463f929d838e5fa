//! What a connector needs granted, from what its manifest asks for and its settings name. Nothing is granted that is not named.

use crate::kit::draft::is_private;
use daylight_host::{Asks, DatabaseGrant, FileGrant, Grants, HttpGrant};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What somebody said besides the settings.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Names of secrets.
    pub secrets: Vec<String>,
    /// Databases by name: address.
    pub databases: BTreeMap<String, String>,
    /// Folders by name.
    pub folders: BTreeMap<String, PathBuf>,
    /// Origins are inside although their names do not tell.
    pub private: bool,
}

/// Every text of settings with the key it stands under.
fn texts<'a>(key: &'a str, value: &'a Value, found: &mut Vec<(&'a str, &'a str)>) {
    match value {
        Value::String(text) => found.push((key, text)),
        Value::Array(all) => all.iter().for_each(|one| texts(key, one, found)),
        // What maps a source's columns names no place and no secret.
        Value::Object(all) => all.iter().filter(|(k, _)| *k != "records").for_each(|(inner, one)| {
            // `secret = { name = … }` names a secret.
            let under = if key == "secret" && inner == "name" { "secret" } else { inner };
            texts(under, one, found);
        }),
        _ => {}
    }
}

fn push<T: PartialEq>(list: &mut Vec<T>, one: T) {
    if !list.contains(&one) {
        list.push(one);
    }
}

/// Grants for a connector with these settings, added to those there are.
#[must_use]
pub fn derive(asks: &Asks, settings: &serde_json::Map<String, Value>, given: &Given, mut grants: Grants) -> Grants {
    let mut all = Vec::new();
    settings.iter().for_each(|(key, value)| {
        if key != "records" {
            texts(key, value, &mut all);
        }
    });
    // A draft's place for an address is none once the settings name one.
    grants.http.retain(|g| !g.origin.contains("TODO"));
    if !asks.http.is_empty() {
        let named = asks.http.iter().filter(|a| *a != "*").map(String::as_str);
        let urls: Vec<reqwest::Url> = all
            .iter()
            .map(|(_, text)| *text)
            .chain(named)
            .filter(|text| text.starts_with("http://") || text.starts_with("https://"))
            .filter_map(|text| reqwest::Url::parse(text).ok())
            .collect();
        for url in urls {
            let origin = url.origin().ascii_serialization();
            if !grants.http.iter().any(|g| g.origin == origin) {
                grants.http.push(HttpGrant { origin, private: given.private || is_private(&url) });
            }
        }
    }
    if !asks.secrets.is_empty() {
        let named = asks.secrets.iter().filter(|a| *a != "*").cloned();
        let used = all.iter().filter(|(key, _)| *key == "secret").map(|(_, name)| (*name).to_owned());
        for name in named.chain(used) {
            push(&mut grants.secrets, name);
        }
    }
    for (name, url) in &given.databases {
        // The name of the password; the only one there is, or the usual one.
        let secret = url.contains("{secret}").then(|| match given.secrets.as_slice() {
            [only] => only.clone(),
            _ => "password".to_owned(),
        });
        grants.database.insert(name.clone(), DatabaseGrant { url: url.clone(), secret });
    }
    for (name, path) in &given.folders {
        grants.files.insert(name.clone(), FileGrant { path: path.clone() });
    }
    grants
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn any() -> Asks {
        let all = || vec!["*".to_owned()];
        Asks { http: all(), secrets: all(), database: all(), files: all() }
    }

    #[test]
    fn what_settings_name_is_granted_and_nothing_else() {
        let settings = json!({
            "base_url": "http://10.1.2.3:8080/x", "auth": { "kind": "bearer", "secret": "token" },
            "secret": { "name": "key", "header": "X" },
            "records": [{ "fields": { "secret": "列", "x": "http://evil.example/" } }]
        });
        let settings = settings.as_object().cloned().unwrap_or_default();
        let given = Given {
            secrets: vec!["pw".to_owned()],
            databases: BTreeMap::from([("b".to_owned(), "mysql://u:{secret}@h/d".to_owned())]),
            ..Given::default()
        };
        let drafted = HttpGrant { origin: "http://TODO".to_owned(), private: true };
        let grants = derive(&any(), &settings, &given, Grants { http: vec![drafted], ..Grants::default() });
        assert_eq!(grants.http, [HttpGrant { origin: "http://10.1.2.3:8080".to_owned(), private: true }]);
        let mut secrets = grants.secrets.clone();
        secrets.sort();
        assert_eq!(secrets, ["key", "token"]);
        assert_eq!(grants.database.get("b").and_then(|d| d.secret.as_deref()), Some("pw"));
        let none = derive(&Asks::default(), &settings, &Given::default(), Grants::default());
        assert_eq!(none, Grants::default(), "what is not asked for is not granted");
    }
}
