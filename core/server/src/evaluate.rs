//! Scores: measures from the projections, through a scoring standard, kept with every digest, so that anybody can
//! compute them again.

mod compare;
mod entry;
mod exclusion;
mod life;
mod measure;
mod year;

pub use compare::{Compared, Comparison, DepartmentMoved, DimensionMoved, LineMoved, LineSide, Standing};
pub use entry::NewEntry;
pub use exclusion::NewExclusion;
pub use life::{BriefResult, Effective, SHADOW, ScoreRunBrief, ScoreRunView};
pub use year::{Year, YearLine, YearSanction};

use crate::app::App;
use crate::config::Department;
use crate::problem::Problem;
use chrono::{Datelike, Months, NaiveDate};
use daylight_domain::Timestamp;
use daylight_domain::department::Phase;
use daylight_domain::exclusion::Exclusion;
use daylight_domain::score::{Assessment, Measured};
use daylight_store::{AuditEntry, PhaseRow, ScoreResult, ScoreRunRow};
pub(crate) use measure::Place;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// How many case numbers a finding group names.
const NAMED: usize = 200;

/// First day and the day after the last of `2026-10`.
///
/// # Errors
/// `score.period`.
pub fn month(period: &str) -> Result<(NaiveDate, NaiveDate), Problem> {
    let first = NaiveDate::parse_from_str(&format!("{period}-01"), "%Y-%m-%d").ok();
    first
        // Written otherwise it would be another month beside the same one.
        .filter(|f| f.format("%Y-%m").to_string() == period)
        .and_then(|f| Some((f, f.checked_add_months(Months::new(1))?)))
        .ok_or_else(|| Problem::new("score.period", format!("“{period}”不是一个月份")).fix("例：--period 2026-03"))
}

/// The first of the twelve months that end with a month.
fn rolling_from(from: NaiveDate, to: NaiveDate) -> NaiveDate {
    to.checked_sub_months(Months::new(12)).unwrap_or(from)
}

/// SHA-256 of the canonical JSON.
fn digest<T: Serialize>(value: &T) -> String {
    hex::encode(Sha256::digest(serde_json::to_vec(value).unwrap_or_default()))
}

/// Who runs a score, and whether it is only a look.
#[derive(Clone, Copy, Debug)]
pub struct Ran<'a> {
    /// By whom.
    pub by: &'a str,
    /// 影子评分: a look that never becomes a result.
    pub shadow: bool,
}

/// What a recomputation found.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Recomputed {
    /// Score run.
    pub run: String,
    /// Every digest is what was stored.
    pub equal: bool,
    /// Per department: (department, stored digest, recomputed digest).
    pub departments: Vec<(String, String, String)>,
}

/// The phase in which a department stood at the end of a day, as the starts of this system noted it (`noted`, oldest first). Before the
/// first of them it stood as it was found then.
pub(crate) fn stood(department: &Department, noted: Option<&Vec<PhaseRow>>, day: NaiveDate) -> Phase {
    let (noted, end) = (noted.map_or(&[][..], Vec::as_slice), Timestamp::end_of(day));
    let then = noted.iter().rev().find(|p| p.since < end).or_else(|| noted.first());
    then.and_then(|p| Phase::from_name(&p.phase)).unwrap_or(department.phase)
}

impl App {
    /// The settings of a standard.
    pub(crate) fn standard_settings(&self, standard: &str) -> serde_json::Value {
        self.config.main.plugins.standards.get(standard).cloned().unwrap_or_else(|| serde_json::json!({}))
    }

    /// Departments whose month is assessed: those that were live and supervised when it ended. A look goes over those that are live now,
    /// also over what they did before: that is no result.
    async fn assessed(&self, end: NaiveDate, shadow: bool) -> Result<Vec<String>, Problem> {
        let (last, noted) = (end.pred_opt().unwrap_or(end), self.store.all_phases().await?);
        let counts = |one: &&Department| match shadow {
            true => one.phase == Phase::Live,
            false => {
                let supervised = one.supervised_since.is_none_or(|since| since < end);
                supervised && stood(one, noted.get(&one.id), last) == Phase::Live
            }
        };
        Ok(self.config.departments.values().filter(counts).map(|one| one.id.clone()).collect())
    }

    /// Everything a standard is given about a department and a month, beside all departments that are live.
    ///
    /// # Errors
    /// The store, or a period that is no month.
    pub async fn assessment(&self, standard: &str, department: &str, period: &str) -> Result<Assessment, Problem> {
        let (from, to) = month(period)?;
        let year = rolling_from(from, to);
        let all = self.assessed(to, true).await?;
        let medians = (self.median(&all, (from, to)).await?, self.median(&all, (year, to)).await?);
        let out = self.exclusions(year, to.pred_opt().unwrap_or(to)).await?;
        self.assess(standard, department, period, &medians, &out).await
    }

    async fn assess(
        &self,
        standard: &str,
        department: &str,
        period: &str,
        medians: &(Measured, Measured),
        out: &[Exclusion],
    ) -> Result<Assessment, Problem> {
        let (from, to) = month(period)?;
        let year = Place { department, from: rolling_from(from, to), to, out };
        let month = Place { from, ..year };
        let beside = |mut measures: Vec<Measured>, median: &Measured| {
            measures.push(median.clone());
            measures.sort_by(|a, b| a.name.cmp(&b.name));
            measures
        };
        Ok(Assessment {
            department: department.to_owned(),
            period: period.to_owned(),
            measures: beside(self.measured(&month).await?, &medians.0),
            rolling: beside(self.measured(&year).await?, &medians.1),
            findings: self.groups(&month).await?,
            evidence: self.evidence(&month).await?,
            rolling_evidence: self.evidence(&year).await?,
            manual: self.manual(standard, department, period).await?,
        })
    }

    /// A look (影子评分) at departments – all that are live, or one – in a month, of the time before their supervision too; kept, but
    /// never a result.
    ///
    /// # Errors
    /// A standard that is not installed or fails, a period that is no month, a department that is not live.
    pub async fn score(&self, standard: &str, period: &str, only: Option<&str>) -> Result<ScoreRunRow, Problem> {
        self.score_by(standard, period, only, Ran { by: "system", shadow: true }).await
    }

    /// Scores departments (all that were live and supervised in it, or one) for a month, and keeps the run: a draft that may become
    /// the month's result, or a look.
    ///
    /// # Errors
    /// As [`App::score`].
    pub async fn score_by(
        &self,
        standard: &str,
        period: &str,
        only: Option<&str>,
        ran: Ran<'_>,
    ) -> Result<ScoreRunRow, Problem> {
        let (begin, end) = month(period)?;
        if Timestamp::start_of(end) > self.clock.now() {
            let message = format!("{period} 尚未结束，不能评分");
            return Err(Problem::new("score.period", message).fix("月末之后再评；例：--period 2026-03"));
        }
        let all = self.assessed(end, ran.shadow).await?;
        let live: Vec<String> = all.iter().filter(|id| only.is_none_or(|o| o == *id)).cloned().collect();
        if live.is_empty() {
            return Err(Problem::new("score.nobody", "没有正式运行的部门可评估").fix(
                "月末尚未正式运行的部门、监察开始日期（supervised_since）以前的月份不评分；检查部门编号与 phase",
            ));
        }
        let plugin = self.plugin(standard).await?;
        let limits = &self.config.main.standard_limits;
        let settings = with_defaults(&plugin.manifest().settings.schema, self.standard_settings(standard));
        let description = self.host.describe(&plugin, &settings, limits).await?;
        let year = rolling_from(begin, end);
        let medians = (self.median(&all, (begin, end)).await?, self.median(&all, (year, end)).await?);
        let exclusions = self.exclusions(year, end.pred_opt().unwrap_or(end)).await?;
        let mut results = Vec::new();
        for department in live {
            let input = self.assess(standard, &department, period, &medians, &exclusions).await?;
            let (output, fuel) = self.host.assess(&plugin, &settings, &input, limits).await?;
            results.push(ScoreResult {
                department,
                input_digest: digest(&input),
                output_digest: digest(&output),
                input,
                output,
                fuel,
            });
        }
        let now = self.clock.now();
        let run = ScoreRunRow {
            id: uuid::Uuid::now_v7().to_string(),
            standard: standard.to_owned(),
            version: description.version,
            plugin_digest: plugin.digest().to_owned(),
            settings: settings.to_string(),
            period: period.to_owned(),
            status: if ran.shadow { SHADOW } else { "draft" }.to_owned(),
            created_at: now,
            ran_by: ran.by.to_owned(),
            only: only.map(str::to_owned),
            base: description.base,
            exclusions,
            results,
        };
        let entry = AuditEntry {
            at: now,
            actor: ran.by.to_owned(),
            action: "score.run".to_owned(),
            object: run.id.clone(),
            detail: serde_json::json!({ "standard": run.standard, "period": run.period, "shadow": ran.shadow })
                .to_string(),
        };
        self.store.put_score_run(&run, entry).await?;
        Ok(run)
    }

    /// The very artifact a run was made with.
    ///
    /// # Errors
    /// `score.plugin-gone`, or an artifact that is not what was signed.
    async fn plugin_of(&self, run: &ScoreRunRow) -> Result<daylight_host::ActivePlugin, Problem> {
        let kept = self.store.plugin(&run.plugin_digest).await?.ok_or_else(|| {
            Problem::new("score.plugin-gone", format!("评分所用的插件 {} 已不在库中", run.plugin_digest))
                .fix("从备份恢复，或重新安装该版本的插件")
        })?;
        let admitted = self.host.admit_again(kept.bytes, &kept.digest, &kept.signer)?;
        Ok(self.host.activate(admitted).await?)
    }

    /// Runs the same artifact over the same inputs again and compares every digest.
    ///
    /// # Errors
    /// `score.unknown`, or an artifact that is not there any more.
    pub async fn recompute(&self, id: &str) -> Result<Recomputed, Problem> {
        let run = self.stored_run(id).await?;
        let plugin = self.plugin_of(&run).await?;
        let settings = serde_json::from_str(&run.settings).unwrap_or_default();
        let mut departments = Vec::new();
        let mut equal = true;
        for result in &run.results {
            let (output, _) =
                self.host.assess(&plugin, &settings, &result.input, &self.config.main.standard_limits).await?;
            let again = digest(&output);
            equal &= again == result.output_digest && digest(&result.input) == result.input_digest;
            departments.push((result.department.clone(), result.output_digest.clone(), again));
        }
        Ok(Recomputed { run: run.id, equal, departments })
    }
}

/// Settings with what the schema gives where the county gives nothing, so that a run says everything it was made with.
fn with_defaults(schema: &str, mut settings: serde_json::Value) -> serde_json::Value {
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap_or_default();
    if let (Some(of), Some(all)) = (schema.get("properties").and_then(|p| p.as_object()), settings.as_object_mut()) {
        for (name, property) in of {
            if let Some(default) = property.get("default").filter(|_| !all.contains_key(name)) {
                all.insert(name.clone(), default.clone());
            }
        }
    }
    settings
}

/// The month before a date, as a period.
#[must_use]
pub fn month_before(date: NaiveDate) -> String {
    let before = date.checked_sub_months(Months::new(1)).unwrap_or(date);
    format!("{:04}-{:02}", before.year(), before.month())
}
