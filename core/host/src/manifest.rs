//! What a plugin says of itself, in a custom section of its own: nothing is executed to learn it.

use crate::contract::{built_for, foreign};
use crate::error::PluginError;
use serde::{Deserialize, Serialize};

/// The name of the custom section.
pub const SECTION: &str = "daylight:manifest";
/// The custom section with a standard's examples.
pub const VECTORS: &str = "daylight:vectors";

/// Which world a plugin is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PluginKind {
    /// Pulls a department's system.
    Connector,
    /// Scores departments.
    Standard,
}

impl PluginKind {
    /// The word in tables and API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connector => "connector",
            Self::Standard => "standard",
        }
    }
}

/// What a plugin asks for; `*` stands for whatever the county grants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asks {
    /// Origins, e.g. `https://api.example:8443`.
    pub http: Vec<String>,
    /// Names of secrets.
    pub secrets: Vec<String>,
    /// Names of databases.
    pub database: Vec<String>,
    /// Names of folders.
    pub files: Vec<String>,
}

/// The manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Lower-case letters, digits and hyphens.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// Which world.
    pub kind: PluginKind,
    /// `1.0`
    pub contract: String,
    /// What it is for, Chinese.
    #[serde(default)]
    pub summary_zh: String,
    /// What it is for, English.
    #[serde(default)]
    pub summary_en: String,
    /// What it asks for.
    #[serde(default)]
    pub asks: Asks,
    /// Its settings.
    #[serde(default)]
    pub settings: SettingsSchema,
}

/// The JSON Schema of the settings, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SettingsSchema {
    /// JSON Schema 2020-12. Empty: no settings.
    pub schema: String,
}

/// What the bytes of a component show without running it.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    pub manifest: Option<Vec<u8>>,
    /// Examples a standard carries.
    pub vectors: Option<Vec<u8>>,
    /// Instances it imports.
    pub imports: Vec<String>,
    /// Instances it exports.
    pub exports: Vec<String>,
}

/// Whether it is WebAssembly throughout: looked at before anything is made of it, a module as far as its first bytes.
fn whole(bytes: &[u8]) -> Result<(), wasmparser::BinaryReaderError> {
    if wasmparser::Parser::is_component(bytes) {
        wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all()).validate_all(bytes)?;
    }
    Ok(())
}

/// Reads the manifest section and the imports, wherever the language's tool put them.
pub(crate) fn shape(bytes: &[u8]) -> Result<Shape, PluginError> {
    let damaged = |e: wasmparser::BinaryReaderError| {
        PluginError::new("plugin.not-wasm", format!("文件不是完整的 WebAssembly 组件：{e}"))
    };
    whole(bytes).map_err(damaged)?;
    let mut shape = Shape::default();
    let mut depth = 0u32;
    for payload in wasmparser::Parser::new(0).parse_all(bytes) {
        match payload.map_err(damaged)? {
            wasmparser::Payload::Version { encoding, .. } => {
                if depth == 0 && encoding == wasmparser::Encoding::Module {
                    return Err(PluginError::new("plugin.not-component", "文件是核心模块，不是组件")
                        .hint("请以 wasm32-wasip2 为目标重新构建"));
                }
                depth += 1;
            }
            wasmparser::Payload::End(_) => depth = depth.saturating_sub(1),
            wasmparser::Payload::CustomSection(section) if section.name() == SECTION => {
                let before = shape.manifest.replace(section.data().to_vec());
                if before.is_some() {
                    return Err(PluginError::new("plugin.manifest", "组件中有不止一份清单"));
                }
            }
            wasmparser::Payload::CustomSection(section) if section.name() == VECTORS => {
                let before = shape.vectors.replace(section.data().to_vec());
                if before.is_some() {
                    return Err(PluginError::new("plugin.manifest", "组件中有不止一份测试向量"));
                }
            }
            wasmparser::Payload::ComponentImportSection(imports) if depth == 1 => {
                for import in imports {
                    shape.imports.push(import.map_err(damaged)?.name.name.to_owned());
                }
            }
            wasmparser::Payload::ComponentExportSection(exports) if depth == 1 => {
                for export in exports {
                    shape.exports.push(export.map_err(damaged)?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(shape)
}

/// The examples a component carries in its section `daylight:vectors`; nothing is executed to read them.
///
/// # Errors
/// What is no component.
pub fn vectors(bytes: &[u8]) -> Result<Option<Vec<u8>>, PluginError> {
    Ok(shape(bytes)?.vectors)
}

impl Manifest {
    /// The manifest of a component, checked as at installation.
    ///
    /// # Errors
    /// As for admission, except the signature.
    pub fn of(bytes: &[u8]) -> Result<Self, PluginError> {
        let manifest = Self::read(&shape(bytes)?)?;
        crate::contract::fits(&manifest.name, &manifest.version, bytes)?;
        Ok(manifest)
    }

    /// Reads and checks a manifest.
    pub(crate) fn read(shape: &Shape) -> Result<Self, PluginError> {
        let bad = |message: String| PluginError::new("plugin.manifest", message);
        let bytes = shape.manifest.as_deref().ok_or_else(|| {
            bad("组件没有清单".to_owned()).hint("SDK 的 plugin! 宏会写入清单（自定义段 daylight:manifest）")
        })?;
        let text = std::str::from_utf8(bytes).map_err(|_| bad("清单不是 UTF-8".to_owned()))?;
        let manifest: Self = toml::from_str(text).map_err(|e| bad(format!("清单无法读取：{}", e.message())))?;
        let plain = |name: &str| {
            !name.is_empty()
                && name.len() <= 64
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if !plain(&manifest.name) {
            return Err(bad(format!("名称“{}”只能用小写字母、数字和连字符", manifest.name)));
        }
        if manifest.version.is_empty() || manifest.version.len() > 64 {
            return Err(bad("version 缺失".to_owned()));
        }
        let named = (manifest.name.as_str(), manifest.version.as_str());
        built_for(named, &manifest.contract, &shape.imports, &shape.exports)?;
        manifest.tells_the_truth(shape)?;
        foreign(named, &shape.imports)?;
        if !manifest.settings.schema.trim().is_empty() {
            let schema: serde_json::Value = serde_json::from_str(&manifest.settings.schema)
                .map_err(|e| bad(format!("settings.schema 不是 JSON：{e}")))?;
            jsonschema::validator_for(&schema).map_err(|e| bad(format!("settings.schema 不是 JSON Schema：{e}")))?;
        }
        Ok(manifest)
    }

    /// What it imports is what it asks for, and what it exports is what it says it is.
    fn tells_the_truth(&self, shape: &Shape) -> Result<(), PluginError> {
        let of = |list: &[String], name: &str| list.iter().any(|i| i.starts_with(&format!("daylight:plugin/{name}@")));
        let lies = |what: &str| {
            let message = format!("“{}” {} 的清单与组件不符：{what}", self.name, self.version);
            PluginError::new("plugin.manifest-lies", message).hint("由供应商解决：改正 plugin.toml，重新构建并签名")
        };
        let (main, other) = match self.kind {
            PluginKind::Connector => ("connecting", "scoring"),
            PluginKind::Standard => ("scoring", "connecting"),
        };
        let kind = self.kind.as_str();
        match (of(&shape.exports, main), of(&shape.exports, other)) {
            (true, false) => {}
            (true, true) => return Err(lies(&format!("清单写 kind = \"{kind}\"，组件却同时导出 {main} 与 {other}"))),
            (false, true) => {
                return Err(lies(&format!("清单写 kind = \"{kind}\"，组件导出的却是 {other}（另一种插件）")));
            }
            (false, false) => {
                return Err(lies(&format!("清单写 kind = \"{kind}\"，组件没有导出 daylight:plugin/{main}")));
            }
        }
        for (name, asked) in [
            ("http", !self.asks.http.is_empty()),
            ("database", !self.asks.database.is_empty()),
            ("files", !self.asks.files.is_empty()),
        ] {
            if of(&shape.imports, name) && !asked {
                return Err(lies(&format!("组件使用 {name}，清单没有申请")));
            }
        }
        Ok(())
    }
}
