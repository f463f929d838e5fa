//! Which contracts this core serves, and whose turn it is when a plugin speaks another.

use crate::error::PluginError;
use std::collections::BTreeSet;

/// Major and minor of a contract.
pub type Version = (u32, u32);

/// The newest contract this core speaks.
pub const CONTRACT: Version = (1, 0);

/// Every major version that is served, with its newest minor. In order; the last is the newest.
const SERVED: &[Version] = &[CONTRACT];

/// The version of this program, as it is told to whoever has to upgrade something.
const OURS: &str = env!("CARGO_PKG_VERSION");

fn shown((major, minor): Version) -> String {
    format!("{major}.{minor}")
}

/// `1.0` or `1.0.3`.
fn read(text: &str) -> Option<Version> {
    let parts: Vec<u32> = text.split('.').map(|p| p.parse().ok()).collect::<Option<_>>()?;
    match parts.as_slice() {
        [major, minor] | [major, minor, _] => Some((*major, *minor)),
        _ => None,
    }
}

/// `daylight:plugin/http@1.0.0`: the interface and the version of the contract it belongs to.
fn ours(name: &str) -> Option<(&str, Version)> {
    let (interface, version) = name.strip_prefix("daylight:plugin/")?.split_once('@')?;
    // A build or pre-release part after the three numbers says nothing about the contract.
    let numbers = version.split(['-', '+']).next().unwrap_or(version);
    Some((interface, read(numbers)?))
}

/// The contract a component was built for, by what it imports and exports: the newest version it names.
fn derived<'a>(names: impl Iterator<Item = &'a String>) -> BTreeSet<(Version, &'a str)> {
    names.filter_map(|name| ours(name)).map(|(interface, version)| (version, interface)).collect()
}

/// Whether the contract a manifest names is served here, and is the one the component was built for.
///
/// # Errors
/// `plugin.contract` says who must upgrade what; `plugin.contract-mixed` when manifest and component disagree.
pub(crate) fn built_for(
    (name, version): (&str, &str),
    said: &str,
    imports: &[String],
    exports: &[String],
) -> Result<Version, PluginError> {
    let says = read(said).ok_or_else(|| {
        PluginError::new("plugin.contract", format!("“{name}” {version} 的 contract = \"{said}\" 写法不对"))
            .hint(format!("由供应商解决：在 plugin.toml 中写 contract = \"{}\"", shown(CONTRACT)))
    })?;
    if let Some(refusal) = refused((name, version), says, SERVED) {
        return Err(refusal);
    }
    let used = derived(imports.iter().chain(exports));
    let mixed = |what: String| {
        PluginError::new("plugin.contract-mixed", format!("“{name}” {version} 的清单与组件不是同一版接口：{what}"))
            .hint("由供应商解决：让 plugin.toml 的 contract 与构建所用的 wit 一致，重新构建并签名")
    };
    if let Some((newest, interface)) = used.last() {
        let full = |v: Version| format!("daylight:plugin@{}.0", shown(v));
        if let Some((other, _)) = used.iter().find(|(v, _)| v.0 != newest.0) {
            return Err(mixed(format!("组件同时使用 {} 与 {}", full(*other), full(*newest))));
        }
        if *newest != says {
            return Err(mixed(format!("清单写 {}，组件使用 {}（{interface}）", shown(says), full(*newest))));
        }
    }
    Ok(says)
}

/// Why a contract is not served, and who upgrades what; nothing when it is.
pub(super) fn refused((name, version): (&str, &str), asks: Version, served: &[Version]) -> Option<PluginError> {
    if served.iter().any(|(major, minor)| asks.0 == *major && asks.1 <= *minor) {
        return None;
    }
    let ranges: Vec<String> = served
        .iter()
        .map(|(major, minor)| if *minor == 0 { format!("{major}.0") } else { format!("{major}.0–{major}.{minor}") })
        .collect();
    let (newest, oldest) = (served.last()?, served.first()?);
    let message =
        format!("“{name}” {version} 按接口 {} 构建，本程序（{OURS}）支持接口 {}", shown(asks), ranges.join("、"));
    let hint = if asks.0 < oldest.0 {
        format!("由供应商解决：用 wit/v{} 重新构建；本程序不再支持接口 {}.x", newest.0, asks.0)
    } else {
        let fitting = served.iter().find(|(major, _)| *major == asks.0).unwrap_or(newest);
        format!(
            "由县里解决：把本程序升级到支持接口 {} 的版本；或由供应商解决：提供接口 {} 的构建",
            shown(asks),
            shown(*fitting)
        )
    };
    Some(PluginError::new("plugin.contract", message).hint(hint))
}
