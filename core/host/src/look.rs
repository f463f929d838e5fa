//! What a component imports and exports, read without running anything of it.

use crate::error::PluginError;
use crate::manifest::{Asks, shape};

/// What a component shows of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Anatomy {
    /// Instances it imports, e.g. `daylight:plugin/http@1.0.0`.
    pub imports: Vec<String>,
    /// Instances it exports.
    pub exports: Vec<String>,
}

/// Reads imports and exports of a component.
///
/// # Errors
/// `plugin.not-wasm`, `plugin.not-component`.
pub fn anatomy(bytes: &[u8]) -> Result<Anatomy, PluginError> {
    let shape = shape(bytes)?;
    Ok(Anatomy { imports: shape.imports, exports: shape.exports })
}

impl Anatomy {
    /// Whether it imports an interface of the contract.
    #[must_use]
    pub fn uses(&self, interface: &str) -> bool {
        let name = format!("daylight:plugin/{interface}@");
        self.imports.iter().any(|i| i.starts_with(&name))
    }

    /// What it asks for and has no means to use: names of `[asks]`.
    #[must_use]
    pub fn idle(&self, asks: &Asks) -> Vec<&'static str> {
        let idle = |asked: &[String], interface: &str| !asked.is_empty() && !self.uses(interface);
        [
            ("http", idle(&asks.http, "http")),
            ("secrets", idle(&asks.secrets, "http")),
            ("database", idle(&asks.database, "database")),
            ("files", idle(&asks.files, "files")),
        ]
        .into_iter()
        .filter_map(|(name, idle)| idle.then_some(name))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_without_means_to_use_it_is_idle() {
        let anatomy = Anatomy { imports: vec!["daylight:plugin/http@1.0.0".to_owned()], exports: Vec::new() };
        let all = || vec!["*".to_owned()];
        let greedy = Asks { http: all(), secrets: all(), database: all(), files: all() };
        assert_eq!(anatomy.idle(&greedy), ["database", "files"]);
        assert_eq!(Anatomy::default().idle(&Asks::default()), [""; 0]);
    }
}
