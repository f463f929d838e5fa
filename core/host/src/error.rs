//! Why a plugin could not do it, with a stable code and a way out.

use serde::Serialize;

/// A refusal or a failure. `code` is stable and dotted; `message` is for the operator; `hint` says what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct PluginError {
    /// `plugin.…` for the host's own, else what the plugin said.
    pub code: String,
    /// In words.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// A setting that is wrong, as a JSON pointer.
    pub setting: Option<String>,
    /// Whether trying again later can help.
    pub retryable: bool,
    /// Not before so many milliseconds.
    pub retry_after_ms: Option<u64>,
}

impl PluginError {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            hint: None,
            setting: None,
            retryable: false,
            retry_after_ms: None,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn later(mut self) -> Self {
        self.retryable = true;
        self
    }
}

/// A limit that stopped a guest; carried through wasmtime as an error and found again by type.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Stop(pub PluginError);

/// What a failed call means.
pub(crate) fn cause(error: &wasmtime::Error) -> PluginError {
    if let Some(Stop(known)) = error.downcast_ref::<Stop>() {
        return known.clone();
    }
    match error.downcast_ref::<wasmtime::Trap>() {
        Some(wasmtime::Trap::StackOverflow) => {
            return PluginError::new("plugin.stack", "插件调用栈溢出").hint("请插件供应商检查无限递归");
        }
        Some(wasmtime::Trap::Interrupt) => {
            return PluginError::new("plugin.cpu-time", "插件超出了处理器时间上限");
        }
        Some(wasmtime::Trap::OutOfFuel) => {
            return PluginError::new("plugin.fuel", "标准插件超出了计算量上限");
        }
        Some(trap) => {
            return PluginError::new("plugin.trap", format!("插件自行中止：{trap}")).hint("请把运行日志交给插件供应商");
        }
        None => {}
    }
    if let Some(exit) = error.downcast_ref::<wasmtime_wasi::I32Exit>() {
        return PluginError::new("plugin.exit", format!("插件自行退出，代码 {}", exit.0))
            .hint("插件应以 failure 报告问题，请联系供应商");
    }
    let text = format!("{error:#}");
    if text.contains("too much data") || text.contains("fuel allotted for this hostcall") || text.contains("hostcall") {
        return PluginError::new("plugin.transfer", "插件一次交换的数据超出上限").hint("请减小每页行数或字段长度");
    }
    PluginError::new("plugin.failed", error.root_cause().to_string())
}
