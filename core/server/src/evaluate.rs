//! Scores: measures from the projections, through a scoring standard, kept with every digest, so that anybody can
//! compute them again.

mod compare;
mod entry;
mod exclusion;
mod life;
mod year;

pub use compare::{Compared, Comparison, DepartmentMoved, DimensionMoved, LineMoved, LineSide, Standing};
pub use entry::NewEntry;
pub use exclusion::NewExclusion;
pub use life::{BriefResult, Effective, SHADOW, ScoreRunBrief, ScoreRunView};
pub use year::{Year, YearLine, YearSanction};

use crate::app::App;
use crate::problem::Problem;
use chrono::{Datelike, Months, NaiveDate};
use daylight_domain::Timestamp;
use daylight_domain::card::{Card, CardState, slot};
use daylight_domain::department::Phase;
use daylight_domain::finding::Finding;
use daylight_domain::item::Item;
use daylight_domain::measure::{Days, Tally};
use daylight_domain::score::{Assessment, FindingGroup, Measured};
use daylight_store::{AuditEntry, CardFilter, FindingFilter, FindingRow, ScoreResult, ScoreRunRow};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// How many case numbers a finding group names.
const NAMED: usize = 200;
const PAGE: u32 = 1000;

/// First day and the day after the last of `2026-10`.
///
/// # Errors
/// `score.period`.
pub fn month(period: &str) -> Result<(NaiveDate, NaiveDate), Problem> {
    let first = NaiveDate::parse_from_str(&format!("{period}-01"), "%Y-%m-%d").ok();
    first
        .and_then(|f| Some((f, f.checked_add_months(Months::new(1))?)))
        .ok_or_else(|| Problem::new("score.period", format!("“{period}”不是一个月份")).fix("例：--period 2026-03"))
}

/// SHA-256 of the canonical JSON.
fn digest<T: Serialize>(value: &T) -> String {
    hex::encode(Sha256::digest(serde_json::to_vec(value).unwrap_or_default()))
}

/// Every finding of a department whose fact came true before a time.
fn before(department: &str, end: Timestamp) -> FindingFilter {
    FindingFilter {
        department: Some(department.to_owned()),
        to: Some(end),
        limit: u32::MAX,
        ..FindingFilter::default()
    }
}

/// Who runs a score, and whether it is only a look.
#[derive(Clone, Copy, Debug)]
pub struct Ran<'a> {
    /// By whom.
    pub by: &'a str,
    /// 影子评分: a look that never becomes a result.
    pub shadow: bool,
}

/// The highest level at which a card of a rule about an object was revoked.
#[derive(Debug, Default)]
struct Revoked(HashMap<(String, String), u8>);

impl Revoked {
    /// Whether a finding stands all the same: of its rule and object no card was revoked at its level or above.
    fn leaves(&self, finding: &Finding) -> bool {
        let of = (finding.rule.clone(), finding.object_id.clone());
        self.0.get(&of).is_none_or(|level| finding.level as u8 > *level)
    }
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

impl App {
    /// The measures of a department from one date up to and without another.
    ///
    /// # Errors
    /// The store.
    pub async fn measures(&self, department: &str, from: NaiveDate, to: NaiveDate) -> Result<Vec<Measured>, Problem> {
        let (start, end) = (Timestamp::start_of(from), Timestamp::start_of(to));
        let mut tally = Tally::new(start, end, self.clock.now());
        // What came true after the period is not its business, whenever it is counted.
        let mut then: HashMap<String, BTreeSet<String>> = HashMap::new();
        let revoked = self.revoked(department).await?;
        for row in
            self.store.findings(&before(department, end)).await?.into_iter().filter(|f| revoked.leaves(&f.finding))
        {
            if let Some(case_no) = row.finding.case_no {
                then.entry(case_no).or_default().insert(row.finding.rule);
            }
        }
        let mut after = String::new();
        loop {
            let rows = self.store.cases_in_period(department, start, end, &after, PAGE).await?;
            for row in &rows {
                let known = then.get(&row.case.case_no);
                let broken: BTreeSet<&str> = row
                    .found
                    .iter()
                    .filter_map(|key| key.split_once(':').map(|(rule, _)| rule))
                    .filter(|rule| known.is_some_and(|k| k.contains(*rule)))
                    .collect();
                tally.case(&row.case, row.legal_due, &broken);
            }
            match rows.last() {
                Some(last) if rows.len() == usize::try_from(PAGE).unwrap_or(0) => after = last.case.case_no.clone(),
                _ => break,
            }
        }
        let last = to.pred_opt().unwrap_or(to);
        let mut days = Days::default();
        for day in self.store.day_stats(department, &from.to_string(), &last.to_string()).await? {
            days.records += day.records;
            days.accepted += day.accepted;
            days.rejected += day.rejected;
            days.late += day.late;
        }
        for row in self.store.reconciliations(Some(department), 10_000).await? {
            if row.date >= from.to_string() && row.date <= last.to_string() {
                days.reconciled += 1;
                days.matched += u64::from(row.matches);
            }
        }
        let items: Vec<&Arc<Item>> =
            self.config.rules.catalogue.newest().filter(|i| i.department == department).collect();
        let items: Vec<&Item> = items.iter().map(|i| i.as_ref()).collect();
        Ok(tally.measures(&days, &items))
    }

    /// What people revoked of a department's cards.
    async fn revoked(&self, department: &str) -> Result<Revoked, Problem> {
        let state = Some(CardState::Revoked.as_str().to_owned());
        let mut filter =
            CardFilter { department: Some(department.to_owned()), state, limit: PAGE, ..CardFilter::default() };
        let mut revoked = Revoked::default();
        loop {
            let cards = self.store.cards(&filter).await?;
            for card in &cards {
                let level = revoked.0.entry((card.rule.clone(), card.object_id.clone())).or_insert(0);
                *level = (*level).max(card.level as u8);
            }
            match cards.last() {
                Some(last) if cards.len() == usize::try_from(PAGE).unwrap_or(0) => filter.after = Some(last.no.clone()),
                _ => return Ok(revoked),
            }
        }
    }

    /// Standing cards whose facts lie in a month, grouped by rule and level: only the highest of an object and a family.
    async fn groups(&self, department: &str, from: NaiveDate, to: NaiveDate) -> Result<Vec<FindingGroup>, Problem> {
        let filter =
            FindingFilter { from: Some(Timestamp::start_of(from)), ..before(department, Timestamp::start_of(to)) };
        let facts: HashSet<String> =
            self.store.findings(&filter).await?.iter().map(|f| f.finding.dedupe_key()).collect();
        // A card that was replaced by a higher one only after the period counts in it.
        let mut highest: HashMap<String, u8> = HashMap::new();
        for row in self.store.findings(&before(department, Timestamp::start_of(to))).await? {
            let level = highest.entry(slot(&row.finding)).or_insert(0);
            *level = (*level).max(row.finding.level as u8);
        }
        let counts = |card: &Card| {
            let top = || highest.get(&format!("{}:{}", card.family, card.object_id)) == Some(&(card.level as u8));
            card.state.counts() || card.state == CardState::Escalated && top()
        };
        let mut groups: BTreeMap<(String, u8), FindingGroup> = BTreeMap::new();
        let mut filter = CardFilter { department: Some(department.to_owned()), limit: PAGE, ..CardFilter::default() };
        loop {
            let cards = self.store.cards(&filter).await?;
            for card in cards.iter().filter(|c| counts(c) && facts.contains(&c.finding_key)) {
                let level = card.level as u8;
                let group = groups.entry((card.rule.clone(), level)).or_insert_with(|| FindingGroup {
                    rule: card.rule.clone(),
                    level,
                    count: 0,
                    cases: Vec::new(),
                });
                group.count += 1;
                if group.cases.len() < NAMED
                    && let Some(case) = &card.case_no
                {
                    group.cases.push(case.clone());
                }
            }
            match cards.last() {
                Some(last) if cards.len() == usize::try_from(PAGE).unwrap_or(0) => filter.after = Some(last.no.clone()),
                _ => break,
            }
        }
        let mut groups: Vec<FindingGroup> = groups.into_values().collect();
        groups.iter_mut().for_each(|g| g.cases.sort());
        Ok(groups)
    }

    /// Findings that stand and whose facts lie in a period, grouped by rule and level: of one object and rule the highest.
    async fn evidence(&self, department: &str, from: NaiveDate, to: NaiveDate) -> Result<Vec<FindingGroup>, Problem> {
        let filter =
            FindingFilter { from: Some(Timestamp::start_of(from)), ..before(department, Timestamp::start_of(to)) };
        let mut highest: BTreeMap<(String, String), (u8, Option<String>)> = BTreeMap::new();
        let revoked = self.revoked(department).await?;
        let stands = |f: &FindingRow| f.state == "open" && revoked.leaves(&f.finding);
        for row in self.store.findings(&filter).await?.into_iter().filter(stands) {
            let level = row.finding.level as u8;
            let entry = highest.entry((row.finding.rule, row.finding.object_id)).or_insert((level, None));
            entry.0 = entry.0.max(level);
            entry.1 = row.finding.case_no;
        }
        let mut groups: BTreeMap<(String, u8), FindingGroup> = BTreeMap::new();
        for ((rule, _), (level, case)) in highest {
            let group = groups.entry((rule.clone(), level)).or_insert_with(|| FindingGroup {
                rule,
                level,
                count: 0,
                cases: Vec::new(),
            });
            group.count += 1;
            if group.cases.len() < NAMED {
                group.cases.extend(case);
            }
        }
        Ok(groups.into_values().collect())
    }

    /// The settings of a standard.
    pub(crate) fn standard_settings(&self, standard: &str) -> serde_json::Value {
        self.config.main.plugins.standards.get(standard).cloned().unwrap_or_else(|| serde_json::json!({}))
    }

    /// Everything a standard is given about a department and a month.
    ///
    /// # Errors
    /// The store, or a period that is no month.
    pub async fn assessment(&self, standard: &str, department: &str, period: &str) -> Result<Assessment, Problem> {
        let (from, to) = month(period)?;
        let year = to.checked_sub_months(Months::new(12)).unwrap_or(from);
        Ok(Assessment {
            department: department.to_owned(),
            period: period.to_owned(),
            measures: self.measures(department, from, to).await?,
            rolling: self.measures(department, year, to).await?,
            findings: self.groups(department, from, to).await?,
            evidence: self.evidence(department, from, to).await?,
            rolling_evidence: self.evidence(department, year, to).await?,
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
        let (_, end) = month(period)?;
        if Timestamp::start_of(end) > self.clock.now() {
            let message = format!("{period} 尚未结束，不能评分");
            return Err(Problem::new("score.period", message).fix("月末之后再评；例：--period 2026-03"));
        }
        let live: Vec<String> = self
            .config
            .departments
            .values()
            .filter(|d| d.phase == Phase::Live && only.is_none_or(|o| o == d.id))
            // What a department did before it was supervised is no result; a look may go over it.
            .filter(|d| ran.shadow || d.supervised_since.is_none_or(|since| since < end))
            .map(|d| d.id.clone())
            .collect();
        if live.is_empty() {
            return Err(Problem::new("score.nobody", "没有正式运行的部门可评估")
                .fix("试运行的部门、监察开始日期（supervised_since）以前的月份不评分；检查部门编号与 phase"));
        }
        let plugin = self.plugin(standard).await?;
        let limits = &self.config.main.standard_limits;
        let settings = with_defaults(&plugin.manifest().settings.schema, self.standard_settings(standard));
        let description = self.host.describe(&plugin, &settings, limits).await?;
        let mut results = Vec::new();
        for department in live {
            let input = self.assessment(standard, &department, period).await?;
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
            results,
        };
        self.store.put_score_run(&run).await?;
        let entry = AuditEntry {
            at: now,
            actor: ran.by.to_owned(),
            action: "score.run".to_owned(),
            object: run.id.clone(),
            detail: serde_json::json!({ "standard": run.standard, "period": run.period, "shadow": ran.shadow })
                .to_string(),
        };
        self.store.audit(entry).await?;
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
