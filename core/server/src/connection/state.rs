//! The words for how a connector stands, the same wherever it is said: command line, API, console, wall, doctor, documents. What
//! decides is the phase, and the code its last pulls failed with.

use daylight_domain::department::Phase;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a connector stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ConnectorState {
    /// 未启用
    Planned,
    /// 对接中
    Connecting,
    /// 试运行
    Trial,
    /// 正常
    Live,
    /// 重试中
    Retrying,
    /// 凭据失效
    Credentials,
    /// 配置错误
    Misconfigured,
    /// 版本不兼容
    Incompatible,
    /// 已暂停
    Suspended,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Duty {
    /// Nobody's: it goes on by itself.
    Nobody,
    /// 信息中心: who runs the appliance.
    Centre,
    /// The department, whose system it is.
    Department,
    /// 供应商: who wrote the plugin.
    Vendor,
}

impl Duty {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Nobody, Self::Centre, Self::Department, Self::Vendor];

    /// The word in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Centre => "centre",
            Self::Department => "department",
            Self::Vendor => "vendor",
        }
    }

    /// The Chinese word.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Nobody => "无需处理",
            Self::Centre => "信息中心",
            Self::Department => "部门",
            Self::Vendor => "供应商",
        }
    }

    /// The English word.
    #[must_use]
    pub fn name_en(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Centre => "information centre",
            Self::Department => "department",
            Self::Vendor => "vendor",
        }
    }
}

use ConnectorState::{Credentials, Incompatible, Misconfigured, Retrying};

/// What a code a pull failed with says, and whose turn it is. What only needs time is tried again and nobody's turn; what comes back
/// unchanged however often it is tried is somebody's. A test holds this against the codes of the contract (`wit/README.md`).
pub const CODES: &[(&str, ConnectorState, Duty)] = &[
    ("cursor.unreadable", Incompatible, Duty::Vendor),
    ("database.address", Misconfigured, Duty::Centre),
    ("database.busy", Incompatible, Duty::Vendor),
    ("database.login", Credentials, Duty::Department),
    ("database.not-granted", Misconfigured, Duty::Centre),
    ("database.not-read-only", Misconfigured, Duty::Centre),
    ("database.query", Misconfigured, Duty::Centre),
    ("database.unreachable", Retrying, Duty::Nobody),
    ("files.not-granted", Misconfigured, Duty::Centre),
    ("files.unreadable", Retrying, Duty::Nobody),
    ("grant.origin", Misconfigured, Duty::Centre),
    ("http.denied", Misconfigured, Duty::Centre),
    ("http.invalid", Misconfigured, Duty::Centre),
    ("http.timeout", Retrying, Duty::Nobody),
    ("http.too-large", Misconfigured, Duty::Centre),
    ("http.unreachable", Retrying, Duty::Nobody),
    ("limits.memory", Misconfigured, Duty::Centre),
    ("limits.transfer", Misconfigured, Duty::Centre),
    ("limits.unknown", Misconfigured, Duty::Centre),
    ("limits.zero", Misconfigured, Duty::Centre),
    ("plugin.compile", Incompatible, Duty::Vendor),
    ("plugin.contract", Incompatible, Duty::Vendor),
    ("plugin.cpu-time", Misconfigured, Duty::Centre),
    ("plugin.cursor-size", Incompatible, Duty::Vendor),
    ("plugin.cursor-stuck", Misconfigured, Duty::Centre),
    ("plugin.dataset", Incompatible, Duty::Vendor),
    ("plugin.digest", Misconfigured, Duty::Centre),
    ("plugin.engine", Misconfigured, Duty::Centre),
    ("plugin.exit", Retrying, Duty::Vendor),
    ("plugin.failed", Retrying, Duty::Vendor),
    ("plugin.fuel", Retrying, Duty::Vendor),
    ("plugin.handles", Misconfigured, Duty::Centre),
    ("plugin.host-calls", Misconfigured, Duty::Centre),
    ("plugin.import", Incompatible, Duty::Vendor),
    ("plugin.kind", Misconfigured, Duty::Centre),
    ("plugin.manifest", Incompatible, Duty::Vendor),
    ("plugin.manifest-lies", Incompatible, Duty::Vendor),
    ("plugin.memory", Misconfigured, Duty::Centre),
    ("plugin.not-component", Incompatible, Duty::Vendor),
    ("plugin.not-wasm", Incompatible, Duty::Vendor),
    ("plugin.page-bytes", Misconfigured, Duty::Centre),
    ("plugin.page-rows", Incompatible, Duty::Vendor),
    ("plugin.page-shape", Incompatible, Duty::Vendor),
    ("plugin.precompiled", Incompatible, Duty::Vendor),
    ("plugin.signature", Misconfigured, Duty::Centre),
    ("plugin.size", Incompatible, Duty::Vendor),
    ("plugin.stack", Retrying, Duty::Vendor),
    ("plugin.transfer", Misconfigured, Duty::Centre),
    ("plugin.trap", Retrying, Duty::Vendor),
    ("plugin.unknown", Misconfigured, Duty::Centre),
    ("plugin.wall-time", Retrying, Duty::Nobody),
    ("pull.no-connector", Misconfigured, Duty::Centre),
    ("secret.missing", Misconfigured, Duty::Centre),
    ("secret.not-granted", Misconfigured, Duty::Centre),
    ("settings.invalid", Misconfigured, Duty::Centre),
    ("source.garbled", Retrying, Duty::Nobody),
    ("source.no-progress", Misconfigured, Duty::Centre),
    ("source.refused", Credentials, Duty::Department),
    ("source.shape", Misconfigured, Duty::Centre),
    ("source.status", Retrying, Duty::Nobody),
    ("source.unavailable", Retrying, Duty::Nobody),
    ("source.unexpected", Misconfigured, Duty::Centre),
    ("trust.key", Misconfigured, Duty::Centre),
];

impl ConnectorState {
    /// Every one, in the order in which departments come through them.
    pub const ALL: [Self; 9] = [
        Self::Planned,
        Self::Connecting,
        Self::Trial,
        Self::Live,
        Self::Retrying,
        Self::Credentials,
        Self::Misconfigured,
        Self::Incompatible,
        Self::Suspended,
    ];

    /// The word in the API, and below `connector` in the catalogue of words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Connecting => "connecting",
            Self::Trial => "trial",
            Self::Live => "live",
            Self::Retrying => "retrying",
            Self::Credentials => "credentials",
            Self::Misconfigured => "misconfigured",
            Self::Incompatible => "incompatible",
            Self::Suspended => "suspended",
        }
    }

    /// The Chinese word.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Planned => "未启用",
            Self::Connecting => "对接中",
            Self::Trial => "试运行",
            Self::Live => "正常",
            Self::Retrying => "重试中",
            Self::Credentials => "凭据失效",
            Self::Misconfigured => "配置错误",
            Self::Incompatible => "版本不兼容",
            Self::Suspended => "已暂停",
        }
    }

    /// The English word.
    #[must_use]
    pub fn name_en(self) -> &'static str {
        match self {
            Self::Planned => "not enabled",
            Self::Connecting => "connecting",
            Self::Trial => "trial",
            Self::Live => "in order",
            Self::Retrying => "retrying",
            Self::Credentials => "credentials refused",
            Self::Misconfigured => "misconfigured",
            Self::Incompatible => "incompatible version",
            Self::Suspended => "suspended",
        }
    }

    /// Whether pulls fail in it.
    #[must_use]
    pub fn fails(self) -> bool {
        matches!(self, Self::Retrying | Self::Credentials | Self::Misconfigured | Self::Incompatible)
    }

    /// What a code a pull failed with says. One that no table knows is the plugin's own: it is tried again.
    #[must_use]
    pub fn after(code: &str) -> (Self, Duty) {
        let known = CODES.iter().find(|(one, ..)| *one == code).map(|(_, state, duty)| (*state, *duty));
        known.unwrap_or_else(|| match code.split_once('.').map_or("", |(kind, _)| kind) {
            "settings" | "limits" | "grant" | "trust" | "secret" => (Self::Misconfigured, Duty::Centre),
            "store" => (Self::Retrying, Duty::Centre),
            _ if code == "internal" => (Self::Retrying, Duty::Centre),
            _ => (Self::Retrying, Duty::Vendor),
        })
    }

    /// From the phase, and what pulls have been failing with.
    #[must_use]
    pub fn of(phase: Phase, failed: Option<&str>) -> Self {
        match (phase, failed) {
            (Phase::Planned, _) => Self::Planned,
            (Phase::Connecting, _) => Self::Connecting,
            (Phase::Suspended, _) => Self::Suspended,
            (Phase::Trial, None) => Self::Trial,
            (Phase::Live, None) => Self::Live,
            (_, Some(code)) => Self::after(code).0,
        }
    }

    /// Whose turn it is. What goes on by itself is the department's once it has done so for longer than its grace.
    #[must_use]
    pub fn duty(self, code: Option<&str>, beyond_grace: bool) -> Duty {
        match self {
            Self::Trial | Self::Live => Duty::Nobody,
            Self::Planned | Self::Suspended => Duty::Centre,
            Self::Connecting => Duty::Vendor,
            _ => match code.map_or(Duty::Centre, |code| Self::after(code).1) {
                Duty::Nobody if beyond_grace => Duty::Department,
                duty => duty,
            },
        }
    }
}

/// The table for the documents: every code, the state it leads to, whose turn it is.
#[must_use]
pub fn table_zh() -> String {
    let mut text = String::from("| 代码 | 状态 | 由谁处理 |\n|---|---|---|\n");
    for (code, state, duty) in CODES {
        text.push_str(&format!("| `{code}` | {} | {} |\n", state.name_zh(), duty.name_zh()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_says_whose_turn_it_is() {
        use ConnectorState as S;
        for (phase, code, state, duty) in [
            (Phase::Planned, None, S::Planned, Duty::Centre),
            (Phase::Suspended, Some("source.refused"), S::Suspended, Duty::Centre),
            (Phase::Trial, None, S::Trial, Duty::Nobody),
            (Phase::Live, Some("source.refused"), S::Credentials, Duty::Department),
            (Phase::Live, Some("database.login"), S::Credentials, Duty::Department),
            (Phase::Live, Some("settings.other"), S::Misconfigured, Duty::Centre),
            (Phase::Live, Some("files.not-granted"), S::Misconfigured, Duty::Centre),
            (Phase::Trial, Some("plugin.contract"), S::Incompatible, Duty::Vendor),
            (Phase::Live, Some("http.unreachable"), S::Retrying, Duty::Nobody),
            (Phase::Live, Some("acme.odd"), S::Retrying, Duty::Vendor),
            (Phase::Live, Some("store.database"), S::Retrying, Duty::Centre),
        ] {
            assert_eq!(ConnectorState::of(phase, code), state, "{phase:?} {code:?}");
            assert_eq!(state.duty(code, false), duty, "{phase:?} {code:?}");
        }
        assert_eq!(S::Retrying.duty(Some("http.timeout"), true), Duty::Department);
        assert_eq!(S::Retrying.duty(Some("plugin.trap"), true), Duty::Vendor);
    }

    #[test]
    fn words_are_those_of_the_api_and_codes_are_sorted() {
        for state in ConnectorState::ALL {
            assert_eq!(serde_json::to_value(state).expect("a word"), state.as_str());
        }
        for duty in Duty::ALL {
            assert_eq!(serde_json::to_value(duty).expect("a word"), duty.as_str());
        }
        let codes: Vec<_> = CODES.iter().map(|(code, ..)| *code).collect();
        assert!(codes.is_sorted() && CODES.iter().all(|(_, state, _)| state.fails()));
    }
}
