//! The bundle: files under their SHA-256, and the manifest that names them all. The manifest's own SHA-256 is the digest of the
//! bundle; whoever has the files can compute everything again.

use super::{Audience, PublicationKind};
use crate::Timestamp;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// One file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FileEntry {
    /// Its name: small letters, digits, `-`, one point.
    pub name: String,
    /// Media type.
    pub media: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

impl FileEntry {
    /// The entry of a file.
    #[must_use]
    pub fn of(name: &str, media: &str, bytes: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            media: media.to_owned(),
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            sha256: digest_of(bytes),
        }
    }

    /// Whether these are its bytes.
    #[must_use]
    pub fn fits(&self, bytes: &[u8]) -> bool {
        u64::try_from(bytes.len()) == Ok(self.size) && self.sha256 == digest_of(bytes)
    }
}

/// What a bundle says of itself: `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Manifest {
    /// `daylight-bundle/1`
    pub format: String,
    /// What.
    pub kind: PublicationKind,
    /// For whom.
    pub audience: Audience,
    /// Its title.
    pub title: String,
    /// The scope in words.
    pub scope: String,
    /// Name of the county.
    pub county: String,
    /// Division code.
    pub division: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day, included.
    pub to: NaiveDate,
    /// Only this department's.
    pub department: Option<String>,
    /// The score run it tells of.
    pub score_run: Option<String>,
    /// As of when the data is.
    pub data_time: Timestamp,
    /// Which program made it: name and version.
    pub generator: String,
    /// Who put it together.
    pub author: String,
    /// What was left out or masked, in words.
    pub redactions: Vec<String>,
    /// Counts below this are not shown; nothing where small counts are.
    pub anonymity: Option<u64>,
    /// What is left out of the numbers, by whom and why.
    pub exclusions: Vec<String>,
    /// Every other file.
    pub files: Vec<FileEntry>,
}

/// SHA-256, hexadecimal.
#[must_use]
pub fn digest_of(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// JSON in one form only: keys sorted, no space, a line feed at the end.
#[must_use]
pub fn canonical(value: &Value) -> String {
    fn write(value: &Value, out: &mut String) {
        match value {
            Value::Object(map) => {
                let mut keys: Vec<&String> = map.keys().collect();
                keys.sort();
                out.push('{');
                for (at, key) in keys.into_iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    out.push_str(&Value::from(key.as_str()).to_string());
                    out.push(':');
                    write(map.get(key).unwrap_or(&Value::Null), out);
                }
                out.push('}');
            }
            Value::Array(all) => {
                out.push('[');
                for (at, one) in all.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    write(one, out);
                }
                out.push(']');
            }
            other => out.push_str(&other.to_string()),
        }
    }
    let mut out = String::new();
    write(value, &mut out);
    out.push('\n');
    out
}

/// Whether a name may be a file of a bundle: nothing that leads elsewhere.
#[must_use]
pub fn file_name_is_plain(name: &str) -> bool {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    (1..=64).contains(&name.len()) && name.chars().all(fine) && !name.starts_with('.') && !name.contains("..")
}
