//! How departments are connected: the plan of each and how far it has come, and the state of each connector in words an operator
//! acts upon. Settings are shown as they are configured, with everything secret left out.

use crate::app::App;
use crate::config::Department;
use crate::config::show::without_secrets;
use crate::gate::Gate;
use crate::intake::schedule::Schedule;
use crate::jobs::again_at;
use crate::problem::Problem;
use chrono::NaiveDate;
use daylight_domain::Timestamp;
use daylight_domain::department::Phase;
use daylight_store::{PluginRow, RunRow};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Runs that are shown with a connector.
const RUNS: u32 = 20;

/// A department on its way to supervision.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Rollout {
    /// Department id.
    pub department: String,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub phase: Phase,
    /// Why it is suspended.
    pub suspended_because: Option<String>,
    /// Days by which phases are planned.
    pub planned: BTreeMap<Phase, NaiveDate>,
    /// When phases were reached first.
    pub reached: BTreeMap<Phase, Timestamp>,
    /// The first phase whose day is past and that was not reached; nothing: it is in time.
    pub late: Option<Phase>,
    /// The gate before the next phase, without asking the source.
    pub gate: Gate,
}

/// How a connector stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
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

impl ConnectorState {
    /// Every one.
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

    /// The word in the API.
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

    /// From the phase, and what the last run failed with.
    #[must_use]
    pub fn of(phase: Phase, failed: Option<&str>) -> Self {
        match (phase, failed) {
            (Phase::Planned, _) => Self::Planned,
            (Phase::Connecting, _) => Self::Connecting,
            (Phase::Suspended, _) => Self::Suspended,
            (Phase::Trial, None) => Self::Trial,
            (Phase::Live, None) => Self::Live,
            (_, Some("source.refused" | "secret.not-granted")) => Self::Credentials,
            (_, Some("plugin.contract" | "plugin.import" | "plugin.manifest" | "plugin.manifest-lies")) => {
                Self::Incompatible
            }
            (_, Some("plugin.unknown" | "http.denied")) => Self::Misconfigured,
            (_, Some(code)) if code.starts_with("settings.") || code.starts_with("limits.") => Self::Misconfigured,
            (_, Some(_)) => Self::Retrying,
        }
    }
}

/// A connector.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ConnectorView {
    /// Department id.
    pub department: String,
    /// Its name.
    pub name: String,
    /// Where the department stands.
    pub phase: Phase,
    /// How the connector stands.
    pub state: ConnectorState,
    /// It is pulling now.
    pub pulling: bool,
    /// The plugin; nothing where records are pushed or imported.
    pub connector: Option<String>,
    /// Its active version; nothing where it is not installed.
    pub version: Option<String>,
    /// Digest of that version.
    pub digest: Option<String>,
    /// Level of the acceptance report that came with it.
    pub grade: Option<String>,
    /// When it is pulled (cron).
    pub schedule: Option<String>,
    /// When the last run began.
    pub last_run: Option<Timestamp>,
    /// What the last run failed with.
    pub last_error: Option<String>,
    /// Code of that.
    pub error_code: Option<String>,
    /// Failures in a row.
    pub failures: u32,
    /// When it is pulled next, where that is known.
    pub next_pull: Option<Timestamp>,
    /// Seconds since the latest receipt.
    pub lag: Option<i64>,
    /// After so many minutes without a sign of life it is silent; 0: never.
    pub silence_minutes: u32,
}

/// A connector with what it may touch, how it is set, and its last runs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ConnectorDetail {
    /// In short.
    #[serde(flatten)]
    pub short: ConnectorView,
    /// What it may touch.
    pub grants: Value,
    /// How it is set, without secrets; nothing for whom that is not.
    pub settings: Option<Value>,
    /// What it may use.
    pub limits: Value,
    /// Its last runs, newest first.
    pub runs: Vec<RunRow>,
}

/// The phases in their order.
pub const PHASES: [Phase; 3] = [Phase::Connecting, Phase::Trial, Phase::Live];

/// The first planned phase whose day is past while the department has not come so far.
fn late(d: &Department, reached: &BTreeMap<Phase, Timestamp>, today: NaiveDate) -> Option<Phase> {
    let there = |phase: Phase| d.phase != Phase::Suspended && d.phase >= phase || reached.contains_key(&phase);
    PHASES.into_iter().find(|phase| d.planned.get(phase).is_some_and(|day| *day < today) && !there(*phase))
}

impl App {
    /// How far departments have come, those of one or of all.
    ///
    /// # Errors
    /// The store.
    pub async fn rollout(&self, department: Option<&str>) -> Result<Vec<Rollout>, Problem> {
        let today = self.clock.now().date();
        let mut all = Vec::new();
        for d in self.config.departments.values().filter(|d| department.is_none_or(|own| own == d.id)) {
            let gate = self.gate_asking(&d.id, false).await?;
            let mut reached = BTreeMap::new();
            for (word, since) in &gate.reached {
                if let Ok(phase) = serde_json::from_value::<Phase>(word.as_str().into()) {
                    reached.entry(phase).or_insert(*since);
                }
            }
            all.push(Rollout {
                department: d.id.clone(),
                name: d.name.clone(),
                phase: d.phase,
                suspended_because: d.suspended_because.clone(),
                planned: d.planned.clone(),
                late: late(d, &reached, today),
                reached,
                gate,
            });
        }
        Ok(all)
    }

    /// How connectors stand, that of one department or of all.
    ///
    /// # Errors
    /// The store.
    pub async fn connector_views(&self, department: Option<&str>) -> Result<Vec<ConnectorView>, Problem> {
        let (plugins, totals) = (self.store.plugins().await?, self.store.department_totals().await?);
        let (now, failures) = (self.clock.now(), self.failures_in_a_row());
        let mut all = Vec::new();
        for d in self.config.departments.values().filter(|d| department.is_none_or(|own| own == d.id)) {
            let last = self.store.runs(Some(&d.id), 1, None).await?.pop();
            let failed = last.as_ref().filter(|r| r.status == "failed");
            let active = |p: &&PluginRow| Some(&p.name) == d.connector.as_ref() && p.active_since.is_some();
            let plugin = plugins.iter().find(active);
            let seen = totals.iter().find(|t| t.department == d.id).and_then(|t| t.last_received);
            let code = failed.and_then(|r| r.error_code.as_deref());
            let lacks = d.connector.is_some() && plugin.is_none();
            all.push(ConnectorView {
                department: d.id.clone(),
                name: d.name.clone(),
                phase: d.phase,
                state: ConnectorState::of(d.phase, if lacks { Some("plugin.unknown") } else { code }),
                pulling: self.is_pulling(&d.id),
                connector: d.connector.clone(),
                version: plugin.map(|p| p.version.clone()),
                digest: plugin.map(|p| p.digest.clone()),
                grade: plugin.and_then(|p| p.grade.clone()),
                schedule: d.schedule.clone(),
                last_run: last.as_ref().map(|r| r.started_at),
                last_error: failed.and_then(|r| r.error.clone()),
                error_code: failed.and_then(|r| r.error_code.clone()),
                failures: failures.iter().find(|(id, _)| *id == d.id).map_or(0, |(_, n)| *n),
                next_pull: self.next_pull(d, now),
                lag: seen.map(|at| (now.0 - at.0).max(0) / 1000),
                silence_minutes: d.silence_minutes,
            });
        }
        Ok(all)
    }

    /// The connector of a department as a whole; its settings where they are asked for.
    ///
    /// # Errors
    /// `department.unknown`, or the store.
    pub async fn connector(&self, id: &str, settings: bool) -> Result<ConnectorDetail, Problem> {
        let d = self.department(id)?;
        let unknown = || Problem::new("department.unknown", format!("没有编号为“{id}”的部门"));
        let short = self.connector_views(Some(id)).await?.pop().ok_or_else(unknown)?;
        let limits = d.limits(&self.config.main.limits).map_err(|e| Problem::new("limits.unknown", e))?;
        let open = |value: Value| without_secrets(value, &self.config.secrets);
        Ok(ConnectorDetail {
            short,
            grants: open(serde_json::to_value(&d.grants).unwrap_or_default()),
            settings: settings.then(|| open(Value::Object(d.settings.clone()))),
            limits: serde_json::to_value(limits).unwrap_or_default(),
            runs: self.store.runs(Some(id), RUNS, None).await?,
        })
    }

    fn next_pull(&self, d: &Department, now: Timestamp) -> Option<Timestamp> {
        d.connector.as_ref().filter(|_| d.phase.ingests())?;
        let zone = &self.config.main.county.time_zone;
        let jitter = i64::from(d.jitter_seconds) * 1000;
        let schedule = Schedule::new(d.schedule.as_deref()?, zone, jitter, &d.id).ok()?;
        again_at(self, &d.id).or_else(|| schedule.next_after(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_says_whose_turn_it_is() {
        use ConnectorState as S;
        for (phase, code, state) in [
            (Phase::Planned, None, S::Planned),
            (Phase::Suspended, Some("source.refused"), S::Suspended),
            (Phase::Trial, None, S::Trial),
            (Phase::Live, Some("source.refused"), S::Credentials),
            (Phase::Live, Some("settings.invalid"), S::Misconfigured),
            (Phase::Trial, Some("plugin.contract"), S::Incompatible),
            (Phase::Live, Some("http.unreachable"), S::Retrying),
        ] {
            assert_eq!(ConnectorState::of(phase, code), state);
        }
        for state in ConnectorState::ALL {
            assert_eq!(serde_json::to_value(state).expect("a word"), state.as_str());
        }
    }
}
