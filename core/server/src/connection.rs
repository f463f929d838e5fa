//! How departments are connected: the plan of each and how far it has come, and the state of each connector in words an operator
//! acts upon. Settings are shown as they are configured, with everything secret left out.

mod state;

pub use state::{CODES, ConnectorState, Duty, table_zh};

use crate::app::App;
use crate::config::Department;
use crate::config::show::without_secrets;
use crate::gate::Gate;
use crate::gate::report::is_unsigned;
use crate::intake::schedule::Schedule;
use crate::jobs::again_after;
use crate::problem::Problem;
use chrono::NaiveDate;
use daylight_domain::Timestamp;
use daylight_domain::department::Phase;
use daylight_store::{DepartmentTotals, PhaseRow, PluginRow, PullStanding, RunRow};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// Who fails for longer than this is not on the way back by itself. Minutes, where the department says nothing of its own
/// (`silence_minutes`).
const GRACE_MINUTES: u32 = 60;
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
    /// It is live, and its last trial has no report that both sides signed and nobody altered.
    pub unsigned: bool,
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
    /// Since when: the first failure, the first pull that ended well, or the begin of the phase.
    pub since: Option<Timestamp>,
    /// Whose turn it is.
    pub who: Duty,
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
    /// What the last pull failed with, while none has ended well since.
    pub last_error: Option<String>,
    /// Code of that.
    pub error_code: Option<String>,
    /// Failures since a pull ended well.
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
        let (phases, reports) = (self.store.all_phases().await?, self.store.gate_reports(department).await?);
        let mut all = Vec::new();
        for d in self.config.departments.values().filter(|d| department.is_none_or(|own| own == d.id)) {
            let reached = phases.get(&d.id).map_or(&[][..], Vec::as_slice);
            let gate = self.gate_from(d, reached, false).await?;
            let unsigned = match is_unsigned(self.store.as_ref(), &self.config, d, &reports).await {
                // One altered report says nothing of the others' departments; the doctor and its own page say it.
                Err(problem) if problem.code == "gate.altered" => true,
                found => found?,
            };
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
                unsigned,
            });
        }
        Ok(all)
    }

    /// How connectors stand, that of one department or of all. It is read from what is stored, so that a command says what the
    /// service says.
    ///
    /// # Errors
    /// The store.
    pub async fn connector_views(&self, department: Option<&str>) -> Result<Vec<ConnectorView>, Problem> {
        self.connector_views_of(department, &self.store.department_totals().await?).await
    }

    /// As [`App::connector_views`], from totals that are known already.
    ///
    /// # Errors
    /// The store.
    pub(crate) async fn connector_views_of(
        &self,
        department: Option<&str>,
        totals: &[DepartmentTotals],
    ) -> Result<Vec<ConnectorView>, Problem> {
        let plugins = self.store.plugins().await?;
        let mut standings: HashMap<String, PullStanding> =
            self.store.pull_standings(department).await?.into_iter().map(|s| (s.department.clone(), s)).collect();
        let phases = self.store.all_phases().await?;
        let view = |d: &Department| {
            let active = |p: &&PluginRow| Some(&p.name) == d.connector.as_ref() && p.active_since.is_some();
            let seen = totals.iter().find(|t| t.department == d.id).and_then(|t| t.last_received);
            let standing = standings.remove(&d.id).unwrap_or_default();
            let reached = phases.get(&d.id).map_or(&[][..], Vec::as_slice);
            self.connector_view(d, standing, reached, (plugins.iter().find(active), seen))
        };
        let of = self.config.departments.values().filter(|d| department.is_none_or(|own| own == d.id));
        Ok(of.map(view).collect())
    }

    fn connector_view(
        &self,
        d: &Department,
        standing: PullStanding,
        phases: &[PhaseRow],
        (plugin, seen): (Option<&PluginRow>, Option<Timestamp>),
    ) -> ConnectorView {
        let now = self.clock.now();
        let lacks = d.connector.is_some() && plugin.is_none();
        // Of a department that is pulled no more, what its pulls once failed with says nothing.
        let failed = standing.failed.as_ref().filter(|_| d.connector.is_some());
        let told = failed.map(|run| run.error_code.as_deref().unwrap_or("pull.failed"));
        let code = if lacks { Some("plugin.unknown") } else { told };
        let state = ConnectorState::of(d.phase, code);
        let phase = phases.iter().rev().find(|p| p.phase == d.phase.as_str()).map(|p| p.since);
        let since = if state.fails() { standing.failing_since.or(phase) } else { standing.well_since.max(phase) };
        let grace = i64::from(grace_minutes(d)) * 60_000;
        let beyond = since.is_some_and(|since| now.0 - since.0 > grace);
        ConnectorView {
            department: d.id.clone(),
            name: d.name.clone(),
            phase: d.phase,
            state,
            since,
            who: state.duty(code, beyond),
            pulling: self.is_pulling(&d.id),
            connector: d.connector.clone(),
            version: plugin.map(|p| p.version.clone()),
            digest: plugin.map(|p| p.digest.clone()),
            grade: plugin.and_then(|p| p.grade.clone()),
            schedule: d.schedule.clone(),
            last_run: standing.last.as_ref().map(|run| run.started_at),
            last_error: failed.and_then(|run| run.error.clone()),
            error_code: failed.and_then(|run| run.error_code.clone()),
            failures: failed.map_or(0, |_| standing.failures),
            next_pull: self.next_pull(d, failed.map(|run| (standing.failures, run.started_at)), now),
            lag: seen.map(|at| (now.0 - at.0).max(0) / 1000),
            silence_minutes: d.silence_minutes,
        }
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

    /// When a department is pulled next: a failure is tried again after its pause, however far the next date of the schedule is.
    fn next_pull(&self, d: &Department, failed: Option<(u32, Timestamp)>, now: Timestamp) -> Option<Timestamp> {
        d.connector.as_ref().filter(|_| d.phase.ingests())?;
        let zone = &self.config.main.county.time_zone;
        let jitter = i64::from(d.jitter_seconds) * 1000;
        let schedule = Schedule::new(d.schedule.as_deref()?, zone, jitter, &d.id).ok()?;
        failed.map(|(n, last)| again_after(n, last).max(now)).or_else(|| schedule.next_after(now))
    }
}

/// What a run that failed says of its department's connector; nothing of another.
#[must_use]
pub fn after_run(run: &RunRow) -> Option<ConnectorState> {
    let code = run.error_code.as_deref().unwrap_or_default();
    (run.status == "failed").then(|| ConnectorState::after(code).0)
}

/// For how long a source may fail before a person is asked. Minutes.
pub(crate) fn grace_minutes(d: &Department) -> u32 {
    if d.silence_minutes == 0 { GRACE_MINUTES } else { d.silence_minutes }
}

impl ConnectorView {
    /// In a few words, as the command line and the doctor say it: `重试中（自 03-02 14:05 失败 3 次，下次 14:35）`.
    #[must_use]
    pub fn said_zh(&self, now: Timestamp) -> String {
        let word = self.state.name_zh();
        let short = |at: Timestamp| at.local().format("%m-%d %H:%M").to_string();
        if !self.state.fails() {
            return word.to_owned();
        }
        let mut more = Vec::new();
        if let Some(since) = self.since.filter(|_| self.failures > 0) {
            more.push(format!("自 {} 失败 {} 次", short(since), self.failures));
        }
        let soon = |at: Timestamp| if at.date() == now.date() { short(at).split_off(6) } else { short(at) };
        more.extend(self.next_pull.map(|at| format!("下次 {}", soon(at))));
        if more.is_empty() { word.to_owned() } else { format!("{word}（{}）", more.join("，")) }
    }
}
