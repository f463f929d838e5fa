//! `kit.toml`: what a plugin is tried against.

use crate::kit::mock::Kind;
use crate::problem::Problem;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Where the records of a trial come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A fake department.
    Fake(Kind),
    /// Answers from a folder.
    Recorded(PathBuf),
}

/// A `kit.toml`, read.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Where records come from.
    pub origin: Origin,
    /// Name under which the source's secret is granted.
    pub secret: Option<String>,
    /// Name under which the database is granted.
    pub database: String,
    /// Name under which the folder is granted.
    pub folder: String,
    /// Settings, with `{source}` in them.
    pub settings: Map<String, Value>,
    /// SHA-256 of the file, hexadecimal.
    pub digest: String,
}

fn wrong(file: &Path, message: impl std::fmt::Display) -> Problem {
    Problem::new("kit.profile", format!("{}：{message}", file.display())).fix(
        "kit.toml 写明 source（rest、sql、csv、legacy、recorded）、secret 与 [settings]；plugin new 生成的项目中有样例",
    )
}

/// Replaces `{source}` in every text.
fn filled(value: &Value, address: &str) -> Value {
    match value {
        Value::String(text) => text.replace("{source}", address).into(),
        Value::Array(all) => all.iter().map(|v| filled(v, address)).collect(),
        Value::Object(all) => all.iter().map(|(k, v)| (k.clone(), filled(v, address))).collect::<Map<_, _>>().into(),
        other => other.clone(),
    }
}

impl Profile {
    /// Reads a `kit.toml`.
    ///
    /// # Errors
    /// `kit.profile`: not there, not readable, an unknown source.
    pub fn read(file: &Path) -> Result<Self, Problem> {
        let text = std::fs::read_to_string(file).map_err(|e| wrong(file, e))?;
        let folder = file.parent().unwrap_or(Path::new("."));
        Self::parse(&text, file, folder)
    }

    /// From the text of a `kit.toml`; recordings lie relative to `folder`.
    ///
    /// # Errors
    /// `kit.profile`
    pub fn parse(text: &str, file: &Path, folder: &Path) -> Result<Self, Problem> {
        let table: Map<String, Value> = toml::from_str(text).map_err(|e| wrong(file, e.message()))?;
        let text_of = |key: &str| match table.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(wrong(file, format!("{key} 应为文字"))),
        };
        let origin = match text_of("source")?.as_deref() {
            Some("rest") => Origin::Fake(Kind::Rest),
            Some("sql") => Origin::Fake(Kind::Sql),
            Some("csv") => Origin::Fake(Kind::Csv),
            Some("legacy") => Origin::Fake(Kind::Legacy),
            Some("recorded") => Origin::Recorded(folder.join(text_of("recorded")?.unwrap_or("recorded".to_owned()))),
            Some(other) => return Err(wrong(file, format!("不认识 source = \"{other}\""))),
            None => return Err(wrong(file, "没有写明 source")),
        };
        let settings = match table.get("settings") {
            None => Map::new(),
            Some(Value::Object(all)) => all.clone(),
            Some(_) => return Err(wrong(file, "settings 应为一个表")),
        };
        Ok(Self {
            origin,
            secret: text_of("secret")?,
            database: text_of("database")?.unwrap_or_else(|| "main".to_owned()),
            folder: text_of("folder")?.unwrap_or_else(|| "drop".to_owned()),
            settings,
            digest: hex::encode(Sha256::digest(text.as_bytes())),
        })
    }

    /// The word for the source.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match &self.origin {
            Origin::Recorded(_) => "recorded",
            Origin::Fake(Kind::Rest) => "rest",
            Origin::Fake(Kind::Sql) => "sql",
            Origin::Fake(Kind::Csv) => "csv",
            Origin::Fake(Kind::Legacy) => "legacy",
        }
    }

    /// Whether it is asked over HTTP.
    #[must_use]
    pub fn is_http(&self) -> bool {
        matches!(self.origin, Origin::Recorded(_) | Origin::Fake(Kind::Rest | Kind::Legacy))
    }

    /// The settings for a source at an address.
    #[must_use]
    pub fn settings_at(&self, address: &str) -> Map<String, Value> {
        self.settings.iter().map(|(k, v)| (k.clone(), filled(v, address))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Profile, Problem> {
        Profile::parse(text, Path::new("kit.toml"), Path::new("/somewhere"))
    }

    #[test]
    fn settings_name_the_source_wherever_they_stand() {
        let text = "source = \"rest\"\nsecret = \"token\"\n[settings]\nurl = \"{source}/x\"\nn = 3\n[settings.deep]\nlist = [\"{source}\"]\n";
        let profile = read(text).expect("a profile");
        assert_eq!((profile.word(), profile.secret.as_deref()), ("rest", Some("token")));
        let settings = Value::Object(profile.settings_at("http://127.0.0.1:1"));
        assert_eq!(
            settings,
            serde_json::json!({ "url": "http://127.0.0.1:1/x", "n": 3, "deep": { "list": ["http://127.0.0.1:1"] } })
        );
    }

    #[test]
    fn what_is_no_profile_says_why() {
        for text in ["", "source = 3", "source = \"ftp\"", "source = \"rest\"\nsettings = 1", "source ="] {
            let problem = read(text).expect_err(text);
            assert_eq!(problem.code, "kit.profile", "{text}");
            assert!(problem.fix.is_some());
        }
        let recorded = read("source = \"recorded\"\nrecorded = \"tape\"").expect("a profile");
        assert_eq!(recorded.origin, Origin::Recorded(PathBuf::from("/somewhere/tape")));
    }
}
