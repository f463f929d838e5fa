//! A department and the phase in which it stands (architecture: planned → connecting → trial → live, and suspended).

use serde::{Deserialize, Serialize};

/// How far a department has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Named, with dates; nothing runs. 未启用
    Planned,
    /// The connector runs `check`; nothing is pulled on schedule. 对接中
    Connecting,
    /// Pulled, judged and shown; no card, no notice, no score leaves the house. 试运行
    Trial,
    /// Everything counts. 正常
    Live,
    /// Stopped for a stated reason; what is known stays visible. 已暂停
    Suspended,
}

impl Phase {
    /// The word for it in TOML, API and tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Connecting => "connecting",
            Self::Trial => "trial",
            Self::Live => "live",
            Self::Suspended => "suspended",
        }
    }

    /// The phase of a word.
    #[must_use]
    pub fn from_name(word: &str) -> Option<Self> {
        let all = [Self::Planned, Self::Connecting, Self::Trial, Self::Live, Self::Suspended];
        all.into_iter().find(|phase| phase.as_str() == word)
    }

    /// The Chinese word.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Planned => "未启用",
            Self::Connecting => "对接中",
            Self::Trial => "试运行",
            Self::Live => "正式运行",
            Self::Suspended => "已暂停",
        }
    }

    /// Whether schedules run and pushes are taken.
    #[must_use]
    pub fn ingests(self) -> bool {
        matches!(self, Self::Trial | Self::Live)
    }
}
