//! The plugins that come with the program, and what can be known of them without running them.

use daylight_formula::table::Table;
use daylight_host::{Asks, Manifest, TrustStore};
use daylight_store::PluginRow;
use std::sync::LazyLock;

mod built {
    include!(concat!(env!("OUT_DIR"), "/bundled.rs"));
}

/// Who signed what comes with the program.
pub(crate) const BUNDLED: &str = "bundled";

/// A bundled plugin.
#[derive(Debug)]
pub struct Bundled {
    /// Name.
    pub name: &'static str,
    /// `connector` or `standard`.
    pub kind: &'static str,
    /// What it asks for.
    pub asks: Asks,
    /// The component.
    pub bytes: &'static [u8],
    /// The detached signature.
    pub signature: &'static str,
    schema: Option<jsonschema::Validator>,
}

impl Bundled {
    /// Every place where settings do not obey the schema, or a formula in them means nothing: JSON pointer and words.
    #[must_use]
    pub fn settings_errors(&self, settings: &serde_json::Value) -> Vec<(String, String)> {
        let schema = self.schema.iter().flat_map(|schema| schema.iter_errors(settings));
        let wrong: Vec<_> = schema.map(|e| (e.instance_path().to_string(), e.to_string())).collect();
        if wrong.is_empty() && self.name == "table-standard" {
            return Table::read(settings).err().unwrap_or_default();
        }
        wrong
    }
}

/// Whether no version of an installed plugin is active.
#[must_use]
pub fn removed(all: &[PluginRow], name: &str) -> bool {
    !all.iter().any(|p| p.name == name && p.active_since.is_some())
}

/// Every bundled plugin.
#[must_use]
pub fn bundled() -> &'static [Bundled] {
    static ALL: LazyLock<Vec<Bundled>> = LazyLock::new(|| {
        built::PLUGINS
            .iter()
            .filter_map(|(name, bytes, signature)| {
                let manifest = Manifest::of(bytes).ok()?;
                let schema = serde_json::from_str(&manifest.settings.schema).ok();
                Some(Bundled {
                    name,
                    kind: manifest.kind.as_str(),
                    asks: manifest.asks,
                    bytes,
                    signature,
                    schema: schema.and_then(|s| jsonschema::validator_for(&s).ok()),
                })
            })
            .collect()
    });
    &ALL
}

/// Adds the key of the bundled plugins.
///
/// # Errors
/// Never, unless the build was tampered with.
pub fn trust_bundled(trust: &mut TrustStore) -> Result<(), daylight_host::PluginError> {
    trust.add(BUNDLED, built::KEY)
}
