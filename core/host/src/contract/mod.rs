//! The contract between core and plugins, looked at as data: what it says, what differs between two of it, and why a plugin
//! does not fit. Comments may change; names, types and their order may not (`wit/VERSIONING.md`).

mod change;
mod import;
mod picture;
mod serve;
#[cfg(test)]
mod tests;

pub use change::{Change, Kind, changes};
pub(crate) use import::foreign;
pub use picture::Picture;
pub(crate) use serve::built_for;
pub use serve::{CONTRACT, Version};

use crate::error::PluginError;
use std::sync::LazyLock;

/// The text of the contract this core is built from.
pub const TEXT: &str = include_str!("../../../../wit/v1/plugin.wit");

static OURS: LazyLock<Result<Picture, PluginError>> = LazyLock::new(|| Picture::of_text(TEXT));

/// The contract this core is built from.
///
/// # Errors
/// Never, unless the build was tampered with.
pub fn ours() -> Result<&'static Picture, PluginError> {
    OURS.as_ref().map_err(Clone::clone)
}

/// How many differences are told at most: the first says what to look at.
const TOLD: usize = 3;

/// Why a component does not fit, in words: what it has otherwise than the contract, or nothing if no difference can be named.
#[must_use]
pub fn misfits(component: &[u8]) -> Vec<String> {
    let (Ok(ours), Ok(theirs)) = (ours(), Picture::of_component(component)) else { return Vec::new() };
    let all = changes(ours, &theirs);
    all.iter().filter(|c| !theirs.may_lack(c)).map(ToString::to_string).collect()
}

/// Whether a component's functions and types are those of the contract, without compiling it.
///
/// # Errors
/// `plugin.contract-shape` names the first differences.
pub(crate) fn fits(name: &str, version: &str, component: &[u8]) -> Result<(), PluginError> {
    let found = misfits(component);
    if found.is_empty() { Ok(()) } else { Err(told(name, version, &shortened(&found))) }
}

/// What is said when the engine finds that a component does not fit. `otherwise` is the engine's own word.
pub(crate) fn misfit(name: &str, version: &str, component: &[u8], otherwise: &str) -> PluginError {
    fits(name, version, component).err().unwrap_or_else(|| told(name, version, otherwise))
}

fn told(name: &str, version: &str, what: &str) -> PluginError {
    let (major, minor) = CONTRACT;
    let message = format!("“{name}” {version} 的函数或类型与接口 {major}.{minor} 不同：{what}");
    PluginError::new("plugin.contract-shape", message)
        .hint(format!("由供应商解决：用本程序附带的 wit/v{major} 原样重新构建，不要改动 plugin.wit"))
}

fn shortened(found: &[String]) -> String {
    let more = found.len().saturating_sub(TOLD);
    let told: Vec<&str> = found.iter().take(TOLD).map(String::as_str).collect();
    let rest = if more > 0 { format!("；另有 {more} 处") } else { String::new() };
    format!("{}{rest}", told.join("；"))
}
