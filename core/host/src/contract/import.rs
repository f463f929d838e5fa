//! What a component imports that this program does not provide, and what its author does instead.

use super::ours;
use crate::error::PluginError;

/// Interfaces of WASI that are linked: everything else is refused before anything runs.
const WASI: [&str; 4] = ["wasi:io/", "wasi:cli/", "wasi:clocks/", "wasi:random/"];

/// What the author does instead of a foreign interface.
fn instead(import: &str) -> &'static str {
    let table = [
        ("wasi:http/", "网络请求改用 daylight:plugin/http，密钥由本程序放入请求"),
        ("wasi:sockets/", "不要使用标准库的网络；改用 daylight:plugin/http 或 database"),
        ("wasi:filesystem/", "不要使用标准库的文件；改用 daylight:plugin/files"),
        ("wasi:keyvalue/", "要记住的内容放入游标（不超过 4096 字节）"),
        ("wasi:config/", "设置改用 daylight:plugin/settings"),
        ("wasi:logging/", "日志改用 daylight:plugin/log"),
    ];
    let known = table.iter().find(|(prefix, _)| import.starts_with(prefix)).map(|(_, words)| *words);
    known.unwrap_or("以 wasm32-wasip2 为目标，只使用 wit/v1 的接口重新构建")
}

/// The first import that is not provided.
///
/// # Errors
/// `plugin.import` names it and what to use instead.
pub(crate) fn foreign((name, version): (&str, &str), imports: &[String]) -> Result<(), PluginError> {
    let refuse = |what: String, hint: &str| {
        Err(PluginError::new("plugin.import", format!("“{name}” {version} {what}"))
            .hint(format!("由供应商解决：{hint}")))
    };
    for import in imports {
        let plain = import.split('@').next().unwrap_or(import);
        if let Some(interface) = plain.strip_prefix("daylight:plugin/") {
            if !ours()?.faces.contains_key(interface) {
                return refuse(format!("需要“{import}”，这一版接口里没有"), "只使用 wit/v1 中的接口重新构建");
            }
        } else if WASI.iter().any(|w| import.starts_with(w)) {
            let version = import.split_once('@').map_or("", |(_, v)| v);
            if !version.starts_with("0.2.") {
                return refuse(format!("需要“{import}”，本程序提供 WASI 0.2"), "以 wasm32-wasip2 为目标重新构建");
            }
        } else {
            return refuse(format!("需要“{import}”，本程序不提供"), instead(import));
        }
    }
    Ok(())
}
