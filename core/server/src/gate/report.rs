//! The report of a department's trial (上线验收报告): what the gate asked and what was there, frozen with the plugin and the
//! configuration it was measured with, and signed by two people – one of the department, one of the county – before the department
//! goes live. Whoever runs the machine freezes it and signs nothing: who changes the phase does not accept it as well (handbook §8).
//! A signature is for the digest of what was read. Nothing of it is ever changed; what no longer fits is stale.

use crate::config::{Department, Loaded};
use crate::problem::Problem;
use chrono::NaiveDate;
use daylight_domain::Timestamp;
use daylight_domain::department::Phase;
use daylight_domain::publication::{canonical, digest_of};
use daylight_domain::role::Role;
use daylight_store::{GateReportRow, Store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What of a department's configuration may change without making its report stale: plan and phase, and whom to turn to.
const PLAN: [&str; 7] =
    ["phase", "planned", "suspended_because", "supervised_since", "contacts", "staff", "staff_file"];

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// 部门: its leader or a handler.
    Department,
    /// 县级: supervision, or the service centre.
    County,
}

impl Side {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Department, Self::County];

    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Department => "department",
            Self::County => "county",
        }
    }

    /// The Chinese word.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Department => "部门",
            Self::County => "监察或政务服务中心",
        }
    }
}

/// A condition as it was met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportCondition {
    /// Stable.
    pub code: String,
    /// What was asked, Chinese.
    pub asked_zh: String,
    /// What was there, Chinese, with its numbers.
    pub found_zh: String,
    /// What was asked, English; nothing in reports of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_en: Option<String>,
    /// What was there, English; nothing there, and where a connector said it in its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_en: Option<String>,
}

/// The plugin of the trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportPlugin {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// SHA-256 of its bytes.
    pub digest: String,
    /// Grade of its acceptance, where one is known.
    pub grade: Option<String>,
}

/// What was frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GateReport {
    /// Number: `YS-`, the department, and its reports counted.
    pub no: String,
    /// Department id.
    pub department: String,
    /// Its name.
    pub name: String,
    /// Since when it was on trial.
    pub trial_since: Option<Timestamp>,
    /// The first day the rates are of.
    pub from: NaiveDate,
    /// The last.
    pub to: NaiveDate,
    /// Every condition, all met.
    pub conditions: Vec<ReportCondition>,
    /// Its plugin; nothing where records are pushed or kept at the desk.
    pub plugin: Option<ReportPlugin>,
    /// SHA-256 of the department's configuration without its plan and phase.
    pub configuration: String,
    /// Version of this program.
    pub program: String,
    /// When it was frozen.
    pub made_at: Timestamp,
    /// By whom.
    pub made_by: String,
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Signature {
    /// For whom.
    pub side: Side,
    /// Who.
    pub user: String,
    /// In which role.
    pub role: Role,
    /// When.
    pub at: Timestamp,
    /// Of what: the report's digest.
    pub digest: String,
}

/// How a report stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportState {
    /// 待签署
    Open,
    /// 已签署
    Signed,
    /// 已上线: the department went live with it.
    Live,
    /// 已失效: plugin or configuration, or the trial, is another since.
    Stale,
}

impl ReportState {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Open, Self::Signed, Self::Live, Self::Stale];

    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Signed => "signed",
            Self::Live => "live",
            Self::Stale => "stale",
        }
    }

    /// The Chinese word.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Open => "待签署",
            Self::Signed => "已签署",
            Self::Live => "已据此上线",
            Self::Stale => "已失效",
        }
    }
}

/// A report, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GateReportView {
    /// What was frozen.
    #[serde(flatten)]
    pub report: GateReport,
    /// SHA-256 of what was frozen: what is signed.
    pub digest: String,
    /// How it stands.
    pub state: ReportState,
    /// Why it is stale, Chinese.
    pub stale_zh: Vec<String>,
    /// The same, English.
    pub stale_en: Vec<String>,
    /// Signatures, earliest first.
    pub signatures: Vec<Signature>,
    /// Who has not signed.
    pub wanted: Vec<Side>,
    /// When the department went live with it.
    pub live_at: Option<Timestamp>,
}

/// The digest of a department's configuration, without what [`PLAN`] names. Secrets are no part of it.
#[must_use]
pub fn configuration_digest(config: &Loaded, department: &Department) -> String {
    let mut value = serde_json::to_value(department).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.retain(|name, _| !PLAN.contains(&name.as_str()));
        let limits = department.limits(&config.main.limits).ok();
        object.insert("limits".to_owned(), serde_json::to_value(limits).unwrap_or_default());
    }
    digest_of(canonical(&value).as_bytes())
}

/// The plugin of a department that is active now.
pub(super) async fn plugin_of(store: &dyn Store, department: &Department) -> Result<Option<ReportPlugin>, Problem> {
    let Some(name) = &department.connector else { return Ok(None) };
    let active = store.plugins().await?.into_iter().find(|p| p.name == *name && p.active_since.is_some());
    Ok(active.map(|p| ReportPlugin { name: p.name, version: p.version, digest: p.digest, grade: p.grade }))
}

/// Since when a department was on trial the last time.
pub(super) async fn trial_since(store: &dyn Store, id: &str) -> Result<Option<Timestamp>, Problem> {
    let phases = store.phases(id).await?;
    Ok(phases.iter().rev().find(|p| p.phase == Phase::Trial.as_str()).map(|p| p.since))
}

/// Why a report does not fit the department any more, each in Chinese and in English.
async fn stale(store: &dyn Store, config: &Loaded, report: &GateReport) -> Result<Vec<[&'static str; 2]>, Problem> {
    let Some(department) = config.departments.get(&report.department) else {
        return Ok(vec![["部门已不在配置中", "The department is no longer in the configuration"]]);
    };
    let mut why = Vec::new();
    let now = plugin_of(store, department).await?;
    let digest = |p: &Option<ReportPlugin>| p.as_ref().map(|p| p.digest.clone());
    if digest(&now) != digest(&report.plugin) {
        why.push(["插件已不是试运行时的那一版", "The plugin is not the version of the trial"]);
    }
    if configuration_digest(config, department) != report.configuration {
        why.push([
            "部门的配置（阶段与计划之外）已改动",
            "The configuration of the department was changed, beyond plan and phase",
        ]);
    }
    if trial_since(store, &report.department).await?.is_some_and(|since| report.made_at < since) {
        why.push(["此后又重新进入了试运行", "The department has gone on trial again since"]);
    }
    Ok(why)
}

/// A report with what became of it.
///
/// # Errors
/// `gate.altered` where the stored bytes are not what was frozen, and the store's own.
pub async fn view(store: &dyn Store, config: &Loaded, row: &GateReportRow) -> Result<GateReportView, Problem> {
    if digest_of(row.body.as_bytes()) != row.digest {
        let message = format!("报告 {} 的内容与冻结时的散列不符", row.no);
        return Err(Problem::new("gate.altered", message).fix("查明数据库为何被改动；重新冻结并签署"));
    }
    let report: GateReport = serde_json::from_str(&row.body)
        .map_err(|e| Problem::new("gate.altered", format!("报告 {} 无法读取：{e}", row.no)))?;
    let (mut signatures, mut live_at) = (Vec::new(), None);
    for act in store.gate_acts(&row.no).await? {
        match serde_json::from_str::<Signature>(&act.body) {
            Ok(signature) if signature.digest == row.digest => signatures.push(signature),
            _ if act.side == "live" => live_at = Some(act.at),
            _ => {}
        }
    }
    let wanted: Vec<Side> = Side::ALL.into_iter().filter(|side| !signatures.iter().any(|s| s.side == *side)).collect();
    let stale = if live_at.is_some() { Vec::new() } else { stale(store, config, &report).await? };
    let state = match (live_at, stale.is_empty(), wanted.is_empty()) {
        (Some(_), ..) => ReportState::Live,
        (None, false, _) => ReportState::Stale,
        (None, true, true) => ReportState::Signed,
        (None, true, false) => ReportState::Open,
    };
    let (stale_zh, stale_en) = stale.into_iter().map(|[zh, en]| (zh.to_owned(), en.to_owned())).unzip();
    Ok(GateReportView { report, digest: row.digest.clone(), state, stale_zh, stale_en, signatures, wanted, live_at })
}

/// Whether a department is live without a signed report of its last trial; `reports` are those of all, or of it.
///
/// # Errors
/// The store, or a report that was altered.
pub async fn is_unsigned(
    store: &dyn Store,
    config: &Loaded,
    department: &Department,
    reports: &[GateReportRow],
) -> Result<bool, Problem> {
    let own: Vec<_> = reports.iter().filter(|row| row.department == department.id).collect();
    if department.phase != Phase::Live || own.is_empty() {
        return Ok(department.phase == Phase::Live);
    }
    let since = trial_since(store, &department.id).await?;
    let mut signed = false;
    for row in own {
        let of_this_trial = since.is_none_or(|since| row.made_at >= since);
        signed |= of_this_trial && view(store, config, row).await?.state == ReportState::Live;
    }
    Ok(!signed)
}

/// Departments that are live without a signed report of their last trial.
///
/// # Errors
/// The store, or a report that was altered.
pub async fn unsigned(store: &dyn Store, config: &Loaded) -> Result<Vec<String>, Problem> {
    let reports = store.gate_reports(None).await?;
    let mut all = Vec::new();
    for department in config.departments.values() {
        if is_unsigned(store, config, department, &reports).await? {
            all.push(department.id.clone());
        }
    }
    Ok(all)
}

/// The warning about them.
#[must_use]
pub fn unsigned_problem(departments: &[String]) -> Problem {
    let message = format!("{} 个部门正式运行而没有两方签署的验收报告：{}", departments.len(), departments.join("、"));
    Problem::new("gate.unsigned", message).warning().fix(
        "不影响运行。条件达到后 daylight department gate 部门 --freeze 冻结报告，由部门与监察（或政务服务中心）各一人签署",
    )
}
