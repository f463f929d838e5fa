//! What a county grants a department's plugin, and what is left of it after the plugin's own asking.

use crate::error::PluginError;
use crate::manifest::Asks;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// One origin that may be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpGrant {
    /// Scheme, host and port, e.g. `https://api.example:8443`. Nothing else.
    pub origin: String,
    /// The host may lie in a private network or on this machine.
    #[serde(default)]
    pub private: bool,
}

/// A database that may be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatabaseGrant {
    /// The address; `{secret}` is replaced by the secret named in `secret`.
    pub url: String,
    /// Name of the secret with the password.
    #[serde(default)]
    pub secret: Option<String>,
}

/// A drop folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileGrant {
    /// Where it is.
    pub path: PathBuf,
}

/// Everything a department's plugin may touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Grants {
    /// Origins.
    pub http: Vec<HttpGrant>,
    /// Names of secrets.
    pub secrets: Vec<String>,
    /// Databases by name.
    pub database: BTreeMap<String, DatabaseGrant>,
    /// Folders by name.
    pub files: BTreeMap<String, FileGrant>,
}

/// Scheme, host and port of an address or a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub scheme: String,
    pub host: String,
    pub port: u16,
}

impl Origin {
    pub(crate) fn of(url: &reqwest::Url) -> Option<Self> {
        let scheme = url.scheme().to_owned();
        (matches!(scheme.as_str(), "http" | "https")).then_some(())?;
        Some(Self { host: url.host_str()?.to_ascii_lowercase(), port: url.port_or_known_default()?, scheme })
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let url = reqwest::Url::parse(text).ok()?;
        let bare = url.path() == "/" && url.query().is_none() && url.username().is_empty() && url.password().is_none();
        bare.then(|| Self::of(&url)).flatten()
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}:{}", self.scheme, self.host, self.port)
    }
}

impl Grants {
    /// What the plugin asked for, as far as it is granted.
    #[must_use]
    pub fn intersect(&self, asks: &Asks) -> Self {
        let any = |list: &[String], name: &str| list.iter().any(|a| a == "*" || a == name);
        let origin = |list: &[String], grant: &HttpGrant| {
            list.iter().any(|a| a == "*" || Origin::parse(a).is_some_and(|o| Some(o) == Origin::parse(&grant.origin)))
        };
        Self {
            http: self.http.iter().filter(|g| origin(&asks.http, g)).cloned().collect(),
            secrets: self.secrets.iter().filter(|s| any(&asks.secrets, s)).cloned().collect(),
            database: self
                .database
                .iter()
                .filter(|(n, _)| any(&asks.database, n))
                .map(|(n, g)| (n.clone(), g.clone()))
                .collect(),
            files: self
                .files
                .iter()
                .filter(|(n, _)| any(&asks.files, n))
                .map(|(n, g)| (n.clone(), g.clone()))
                .collect(),
        }
    }

    /// Whether every grant is written as it should be.
    ///
    /// # Errors
    /// `grant.origin` names the one that is not.
    pub fn check(&self) -> Result<(), PluginError> {
        for grant in &self.http {
            if Origin::parse(&grant.origin).is_none() {
                let message = format!("“{}”不是来源地址", grant.origin);
                return Err(PluginError::new("grant.origin", message)
                    .hint("只写协议、主机与端口，例：https://api.example:8443"));
            }
        }
        Ok(())
    }
}
