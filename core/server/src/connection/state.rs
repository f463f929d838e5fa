//! The words for how a connector stands, the same wherever it is said: command line, API, console, wall, doctor, documents. What
//! decides is the phase, and the code its last pulls failed with.

use crate::problem::registry::entry;
use daylight_domain::check::Who;
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
    /// 信息中心: who runs the appliance, its configuration and grants.
    County,
    /// The department, whose system it is.
    Department,
    /// 供应商: who wrote the plugin.
    Vendor,
}

impl Duty {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Nobody, Self::County, Self::Department, Self::Vendor];

    /// The word in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::County => "county",
            Self::Department => "department",
            Self::Vendor => "vendor",
        }
    }

    /// The Chinese word.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Nobody => "无需处理",
            Self::County => "信息中心",
            Self::Department => "部门",
            Self::Vendor => "供应商",
        }
    }

    /// The English word.
    #[must_use]
    pub fn name_en(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::County => "county",
            Self::Department => "department",
            Self::Vendor => "vendor",
        }
    }
}

use ConnectorState::{Credentials, Incompatible, Misconfigured, Retrying};

/// What a code a pull failed with says: what may only need time is tried again, what comes back unchanged however often it is tried is
/// somebody's to mend – whose, the registry of codes knows. A test holds this against the codes of the contract (`wit/README.md`).
pub const CODES: &[(&str, ConnectorState)] = &[
    ("cursor.unreadable", Incompatible),
    ("database.address", Misconfigured),
    ("database.busy", Incompatible),
    ("database.login", Credentials),
    ("database.not-granted", Misconfigured),
    ("database.not-read-only", Misconfigured),
    ("database.query", Misconfigured),
    ("database.unreachable", Retrying),
    ("files.not-granted", Misconfigured),
    ("files.unreadable", Retrying),
    ("grant.origin", Misconfigured),
    ("http.denied", Misconfigured),
    ("http.invalid", Misconfigured),
    ("http.timeout", Retrying),
    ("http.too-large", Misconfigured),
    ("http.unreachable", Retrying),
    ("limits.memory", Misconfigured),
    ("limits.transfer", Misconfigured),
    ("limits.unknown", Misconfigured),
    ("limits.zero", Misconfigured),
    ("plugin.compile", Incompatible),
    ("plugin.contract", Incompatible),
    ("plugin.contract-mixed", Incompatible),
    ("plugin.contract-shape", Incompatible),
    ("plugin.cpu-time", Misconfigured),
    ("plugin.cursor-size", Incompatible),
    ("plugin.cursor-stuck", Misconfigured),
    ("plugin.dataset", Incompatible),
    ("plugin.digest", Misconfigured),
    ("plugin.engine", Misconfigured),
    ("plugin.exit", Retrying),
    ("plugin.failed", Retrying),
    ("plugin.fuel", Retrying),
    ("plugin.handles", Misconfigured),
    ("plugin.host-calls", Misconfigured),
    ("plugin.import", Incompatible),
    ("plugin.kind", Misconfigured),
    ("plugin.manifest", Incompatible),
    ("plugin.manifest-lies", Incompatible),
    ("plugin.memory", Misconfigured),
    ("plugin.not-component", Incompatible),
    ("plugin.not-wasm", Incompatible),
    ("plugin.page-bytes", Misconfigured),
    ("plugin.page-rows", Incompatible),
    ("plugin.page-shape", Incompatible),
    ("plugin.precompiled", Incompatible),
    ("plugin.signature", Misconfigured),
    ("plugin.size", Incompatible),
    ("plugin.stack", Retrying),
    ("plugin.transfer", Misconfigured),
    ("plugin.trap", Retrying),
    ("plugin.unknown", Misconfigured),
    ("plugin.wall-time", Retrying),
    ("pull.no-connector", Misconfigured),
    ("secret.missing", Misconfigured),
    ("secret.not-granted", Misconfigured),
    ("settings.invalid", Misconfigured),
    ("source.garbled", Retrying),
    ("source.no-progress", Misconfigured),
    ("source.refused", Credentials),
    ("source.shape", Misconfigured),
    ("source.status", Retrying),
    ("source.unavailable", Retrying),
    ("source.unexpected", Misconfigured),
    ("trust.key", Misconfigured),
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

    /// What a code a pull failed with says, and whose turn it is. What is tried again is nobody's turn where it is the source that must
    /// come back. A code that no table knows is the plugin's own: it is tried again, and its vendor knows what it means.
    #[must_use]
    pub fn after(code: &str) -> (Self, Duty) {
        let known = CODES.iter().find(|(one, _)| *one == code).map(|(_, state)| *state);
        let state = known.unwrap_or(match code.split_once('.').map_or("", |(kind, _)| kind) {
            "settings" | "limits" | "grant" | "trust" | "secret" => Self::Misconfigured,
            _ => Self::Retrying,
        });
        let duty = match entry(code).and_then(|entry| entry.who) {
            Some(Who::Department) if state == Self::Retrying => Duty::Nobody,
            Some(Who::Department) => Duty::Department,
            Some(Who::County) => Duty::County,
            Some(Who::Vendor) => Duty::Vendor,
            None if entry(code).is_some() || state == Self::Misconfigured => Duty::County,
            None => Duty::Vendor,
        };
        (state, duty)
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
            Self::Planned | Self::Suspended => Duty::County,
            Self::Connecting => Duty::Vendor,
            _ => match code.map_or(Duty::County, |code| Self::after(code).1) {
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
    for (code, state) in CODES {
        let duty = ConnectorState::after(code).1;
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
            (Phase::Planned, None, S::Planned, Duty::County),
            (Phase::Suspended, Some("source.refused"), S::Suspended, Duty::County),
            (Phase::Trial, None, S::Trial, Duty::Nobody),
            (Phase::Live, Some("source.refused"), S::Credentials, Duty::Department),
            (Phase::Live, Some("database.login"), S::Credentials, Duty::Department),
            (Phase::Live, Some("settings.other"), S::Misconfigured, Duty::County),
            (Phase::Live, Some("files.not-granted"), S::Misconfigured, Duty::County),
            (Phase::Trial, Some("plugin.contract"), S::Incompatible, Duty::Vendor),
            (Phase::Live, Some("http.unreachable"), S::Retrying, Duty::Nobody),
            (Phase::Live, Some("acme.odd"), S::Retrying, Duty::Vendor),
            (Phase::Live, Some("store.database"), S::Retrying, Duty::County),
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
        let codes: Vec<_> = CODES.iter().map(|(code, _)| *code).collect();
        assert!(codes.is_sorted() && CODES.iter().all(|(_, state)| state.fails()));
    }
}
