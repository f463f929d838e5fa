//! A problem: a stable code, a place, and a way out. Everything a person is told goes through here.

pub mod registry;

use serde::Serialize;
use std::path::PathBuf;

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Warning,
    /// Nothing starts with it.
    Error,
}

/// Where in a file, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// Line.
    pub line: usize,
    /// Column, in characters.
    pub column: usize,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error, schemars::JsonSchema)]
#[error("{code}: {message}")]
pub struct Problem {
    /// Stable and dotted.
    pub code: String,
    /// How bad.
    pub severity: Severity,
    /// In Chinese.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
    /// What to do.
    pub fix: Option<String>,
}

impl Problem {
    /// An error.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), severity: Severity::Error, message: message.into(), place: None, fix: None }
    }

    /// From an error whose words begin with its code: `code: words`.
    pub(crate) fn told(error: &impl std::fmt::Display, otherwise: &str) -> Self {
        let text = error.to_string();
        let (code, message) = text.split_once(": ").unwrap_or((otherwise, text.as_str()));
        Self::new(code, message)
    }

    /// With a way out.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// Only worth knowing.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// For a terminal: `file:line:col: code: message` and the fix below.
    #[must_use]
    pub fn line(&self) -> String {
        let place =
            self.place.as_ref().map(|p| format!("{}:{}:{}: ", p.file.display(), p.line, p.column)).unwrap_or_default();
        let word = if self.severity == Severity::Error { "错误" } else { "提醒" };
        let fix = self.fix.as_ref().map(|f| format!("\n    办法：{f}")).unwrap_or_default();
        format!("{place}{word} {}: {}{fix}", self.code, self.message)
    }
}

impl From<daylight_store::StoreError> for Problem {
    fn from(e: daylight_store::StoreError) -> Self {
        // Who reads this is no programmer, and what was changed is before his eyes.
        if let daylight_store::StoreError::Conflict(_) = e {
            return Self::new("store.conflict", "内容刚刚被别人更改，这一步没有办理").fix("重新读取后再办理");
        }
        Self::told(&e, "store.database")
    }
}

impl From<daylight_host::PluginError> for Problem {
    fn from(e: daylight_host::PluginError) -> Self {
        let setting = e.setting.filter(|s| !s.is_empty()).map(|s| format!("（设置 {s}）")).unwrap_or_default();
        Self { fix: e.hint, ..Self::new(&e.code, format!("{}{setting}", e.message)) }
    }
}
