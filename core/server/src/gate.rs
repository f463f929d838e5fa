//! What a department must show before it moves on, computed from what the house knows. The configuration names the phase;
//! the gate says whether the next one is earned.

pub mod paper;
pub mod report;
pub mod sign;

use crate::app::App;
use crate::config::Department;
use crate::problem::Problem;
use chrono::{Days, NaiveDate};
use daylight_domain::Timestamp;
use daylight_domain::department::Phase;
use daylight_store::PhaseRow;
use serde::Serialize;

/// How many days back rates are computed over.
const WINDOW_DAYS: u64 = 30;
/// What is asked of a connector.
const CONFORMS: [&str; 2] = ["连接器检查通过，来源应答", "The connector passes its check, and the source answers"];

/// One condition.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Condition {
    /// Stable.
    pub code: &'static str,
    /// What is asked, Chinese.
    pub asked_zh: String,
    /// What is asked, English.
    pub asked_en: String,
    /// What is there, Chinese.
    pub found_zh: String,
    /// What is there, English; nothing where a connector says it in its own words.
    pub found_en: Option<String>,
    /// The numbers behind it: a part, and the whole it is of; days of trial, and those asked for. Nothing where it is no number.
    pub numbers: Option<(u64, u64)>,
    /// Fulfilled. Nothing when there is nothing to judge it by yet, which does not count as fulfilled.
    pub met: Option<bool>,
}

/// A gate.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Gate {
    /// Department id.
    pub department: String,
    /// Where it stands.
    pub phase: Phase,
    /// Where it wants to go; nothing when there is no further phase.
    pub next: Option<Phase>,
    /// Every condition is met.
    pub open: bool,
    /// What is asked.
    pub conditions: Vec<Condition>,
    /// When each phase was reached, oldest first.
    pub reached: Vec<(String, Timestamp)>,
}

/// The days rates are of: the first and the last.
fn window(now: Timestamp) -> (NaiveDate, NaiveDate) {
    let to = now.date();
    (to.checked_sub_days(Days::new(WINDOW_DAYS)).unwrap_or(to), to)
}

fn permille(part: u64, whole: u64) -> Option<u64> {
    daylight_domain::share::permille(part, whole)
}

/// A share in Chinese and in English.
fn shown(permille: Option<u64>) -> [String; 2] {
    permille.map_or_else(
        || ["尚无数据".to_owned(), "no data yet".to_owned()],
        |n| [daylight_domain::share::said(n), daylight_domain::share::said(n)],
    )
}

impl App {
    /// The gate before a department's next phase.
    ///
    /// # Errors
    /// `department.unknown`, or the store.
    pub async fn gate(&self, id: &str) -> Result<Gate, Problem> {
        self.gate_asking(id, true).await
    }

    /// As [`App::gate`]; where `ask` is not given, without asking the source, and the condition about it stays open.
    ///
    /// # Errors
    /// As for [`App::gate`].
    pub async fn gate_asking(&self, id: &str, ask: bool) -> Result<Gate, Problem> {
        let department = self.department(id)?;
        let reached = self.store.phases(id).await?;
        self.gate_from(department, &reached, ask).await
    }

    /// As [`App::gate_asking`], where the phases that were reached are known already.
    pub(crate) async fn gate_from(
        &self,
        department: &Department,
        reached: &[PhaseRow],
        ask: bool,
    ) -> Result<Gate, Problem> {
        let id = department.id.as_str();
        let next = match department.phase {
            Phase::Planned => Some(Phase::Connecting),
            Phase::Connecting => Some(Phase::Trial),
            Phase::Trial => Some(Phase::Live),
            Phase::Live | Phase::Suspended => None,
        };
        let conditions = match next {
            None => Vec::new(),
            Some(Phase::Connecting) => vec![way_in(department)],
            Some(Phase::Trial) => {
                let mut all = vec![way_in(department), self.has_items(id)];
                if department.connector.is_some() {
                    all.push(if ask { self.conforms(department).await? } else { not_asked() });
                }
                all
            }
            Some(_) => self.trial_record(department, reached).await?,
        };
        let open = next.is_some() && conditions.iter().all(|c| c.met == Some(true));
        let reached = reached.iter().map(|p| (p.phase.clone(), p.since)).collect();
        Ok(Gate { department: id.to_owned(), phase: department.phase, next, open, conditions, reached })
    }

    fn has_items(&self, id: &str) -> Condition {
        let n = self.config.rules.catalogue.newest().filter(|i| i.department == id).count();
        Condition {
            code: "items",
            asked_zh: "事项目录中有本部门的事项".to_owned(),
            asked_en: "The catalogue has items of the department".to_owned(),
            found_zh: format!("{n} 项"),
            found_en: Some(format!("{n} items")),
            numbers: Some((u64::try_from(n).unwrap_or(u64::MAX), 1)),
            met: Some(n > 0),
        }
    }

    /// The connector answers to its settings, and the source answers to it.
    async fn conforms(&self, department: &Department) -> Result<Condition, Problem> {
        let report = self.check_connector(department).await;
        let (met, found_zh) = match report {
            Ok(report) if report.problems.is_empty() => (true, report.notes.join("；")),
            Ok(report) => (false, report.problems.iter().map(|p| p.message.clone()).collect::<Vec<_>>().join("；")),
            Err(problem) => (false, format!("{}：{}", problem.code, problem.message)),
        };
        Ok(Condition { found_zh, found_en: None, met: Some(met), ..not_asked() })
    }

    /// What is asked of a department's trial.
    pub(crate) async fn trial_conditions(&self, department: &Department) -> Result<Vec<Condition>, Problem> {
        let reached = self.store.phases(&department.id).await?;
        self.trial_record(department, &reached).await
    }

    async fn trial_record(&self, department: &Department, reached: &[PhaseRow]) -> Result<Vec<Condition>, Problem> {
        let (rules, now) = (&department.gate, self.clock.now());
        let since = reached.iter().rev().find(|p| p.phase == Phase::Trial.as_str()).map(|p| p.since);
        let days = since.map(|s| (now.0 - s.0) / 86_400_000);
        let mut all = vec![Condition {
            code: "trial-days",
            asked_zh: format!("试运行满 {} 天", rules.trial_days),
            asked_en: format!("{} days of trial", rules.trial_days),
            found_zh: days.map_or_else(|| "尚未开始".to_owned(), |d| format!("{d} 天")),
            found_en: Some(days.map_or_else(|| "not begun".to_owned(), |d| format!("{d} days"))),
            numbers: days.and_then(|d| u64::try_from(d).ok()).map(|d| (d, u64::from(rules.trial_days))),
            met: Some(days.is_some_and(|d| d >= i64::from(rules.trial_days))),
        }];
        let (from, to) = window(now);
        let from = from.to_string();
        let (mut records, mut rejected, mut accepted, mut late) = (0, 0, 0, 0);
        for day in self.store.day_stats(&department.id, &from, &to.to_string()).await? {
            records += day.records;
            rejected += day.rejected;
            accepted += day.accepted;
            late += day.late;
        }
        let rejects = permille(rejected, records);
        let ([most, _], [zh, en]) = (shown(Some(rules.rejects_permille.into())), shown(rejects));
        all.push(Condition {
            code: "rejects",
            asked_zh: format!("近 {WINDOW_DAYS} 天退回率不高于 {most}"),
            asked_en: format!("At most {most} of the records of {WINDOW_DAYS} days rejected"),
            found_zh: format!("{zh}（{rejected}/{records}）"),
            found_en: Some(format!("{en} ({rejected}/{records})")),
            numbers: Some((rejected, records)),
            met: rejects.map(|_| rejected * 1000 <= u64::from(rules.rejects_permille) * records),
        });
        let in_time = permille(accepted.saturating_sub(late), accepted);
        let ([least, _], [zh, en]) = (shown(Some(rules.in_time_permille.into())), shown(in_time));
        all.push(Condition {
            code: "in-time",
            asked_zh: format!("近 {WINDOW_DAYS} 天按时报送率不低于 {least}"),
            asked_en: format!("At least {least} of the records of {WINDOW_DAYS} days reported in time"),
            found_zh: format!("{zh}（迟报 {late}/{accepted}）"),
            found_en: Some(format!("{en} ({late}/{accepted} late)")),
            numbers: Some((late, accepted)),
            met: in_time.map(|_| accepted.saturating_sub(late) * 1000 >= u64::from(rules.in_time_permille) * accepted),
        });
        let compared: Vec<bool> = self
            .store
            .reconciliations(Some(&department.id), 10_000)
            .await?
            .into_iter()
            .filter(|r| r.date >= from)
            .map(|r| r.matches)
            .collect();
        let matched = compared.iter().filter(|m| **m).count();
        let (part, whole) = (u64::try_from(matched).unwrap_or(0), u64::try_from(compared.len()).unwrap_or(0));
        let rate = permille(part, whole);
        let ([least, _], [zh, en]) = (shown(Some(rules.reconciled_permille.into())), shown(rate));
        all.push(Condition {
            code: "reconciled",
            asked_zh: format!("近 {WINDOW_DAYS} 天日对账一致率不低于 {least}"),
            asked_en: format!("At least {least} of the days of {WINDOW_DAYS} reconciled without a difference"),
            found_zh: format!("{zh}（{part}/{whole}）"),
            found_en: Some(format!("{en} ({part}/{whole})")),
            numbers: Some((part, whole)),
            met: rate.map(|_| part * 1000 >= u64::from(rules.reconciled_permille) * whole),
        });
        Ok(all)
    }
}

fn not_asked() -> Condition {
    let [asked_zh, asked_en] = CONFORMS.map(str::to_owned);
    Condition {
        code: "conformance",
        asked_zh,
        asked_en,
        found_zh: "打开部门的页面时检查".to_owned(),
        found_en: Some("checked when the page of the department is opened".to_owned()),
        numbers: None,
        met: None,
    }
}

fn way_in(department: &Department) -> Condition {
    let (found_zh, found_en) = match (&department.connector, &department.schedule) {
        (Some(connector), Some(schedule)) => (format!("{connector}，{schedule}"), format!("{connector}, {schedule}")),
        (Some(connector), None) => {
            (format!("{connector}，无定时（只手动拉取）"), format!("{connector}, no schedule (pulled by hand only)"))
        }
        (None, _) if department.at_desk().is_some() => ("窗口办件系统".to_owned(), "the desk".to_owned()),
        (None, _) => ("推送或导入".to_owned(), "pushed or imported".to_owned()),
    };
    Condition {
        code: "way-in",
        asked_zh: "配置有效，有连接器或推送方式".to_owned(),
        asked_en: "The configuration is valid, and there is a connector or another way in".to_owned(),
        found_zh,
        found_en: Some(found_en),
        numbers: None,
        met: Some(true),
    }
}
