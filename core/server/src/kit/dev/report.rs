//! What became of a plugin's records in a county: counts, one case with its clock day by day, findings and cards, what was refused
//! and why, and what the plugin said.

use super::lines::Line;
use super::stay::Stay;
use crate::kit::trial::county::DEPARTMENT;
use crate::problem::Problem;
use daylight_domain::clock::Clock;
use daylight_domain::finding::Level;
use daylight_domain::record::RecordType;
use daylight_domain::rule::ClockDay;
use daylight_store::{CardFilter, CaseFilter, FindingFilter, QuarantineFilter};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// At most so many cases, findings and refused records are read.
const MOST: u32 = 100_000;
/// So many case numbers stand for those that did not arrive.
const NAMED: usize = 10;

/// What became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Name and version of the plugin.
    pub plugin: String,
    /// It was built for this.
    pub built: bool,
    /// Kind and address of the source.
    pub source: String,
    /// Seed of the source.
    pub seed: u64,
    /// Its faults.
    pub faults: String,
    /// What the connector's own check said.
    pub check: daylight_host::CheckReport,
    /// What the pulls came to.
    pub pulls: Pulls,
    /// Cases taken in.
    pub cases: u64,
    /// Cases by their state.
    pub states: BTreeMap<String, u64>,
    /// Cases the source shows, as far as it knows.
    pub shown: u64,
    /// Some that the source shows and that did not arrive.
    pub missing: Vec<String>,
    /// Cases that arrived and that the source does not know.
    pub unknown: Vec<String>,
    /// Findings by rule.
    pub findings: BTreeMap<String, u64>,
    /// Cards by level.
    pub cards: BTreeMap<&'static str, u64>,
    /// What was refused or waits, by reason.
    pub refused: Vec<Refusal>,
    /// One case.
    pub case: Option<OneCase>,
    /// What the plugin said.
    pub log: Vec<Line>,
}

/// What the pulls came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Pulls {
    /// How many.
    pub count: u64,
    /// Pages.
    pub pages: u64,
    /// Records.
    pub records: u64,
    /// Taken in.
    pub accepted: u64,
    /// Known already.
    pub duplicates: u64,
    /// Refused.
    pub rejected: u64,
    /// Waited for their case.
    pub waiting: u64,
    /// Those that failed: when, code, words.
    pub failed: Vec<(String, String, String)>,
    /// The last one went well.
    pub last_good: bool,
}

/// A reason for which records were refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// E001–E014.
    pub code: String,
    /// The field.
    pub field: String,
    /// `rejected`, `waiting` for its case, `replayed` (accepted later), `dismissed`.
    pub state: String,
    /// How many.
    pub count: u64,
    /// The reason of the first.
    pub example: String,
    /// The case of the first.
    pub case_no: String,
}

/// One case.
#[derive(Clone, Debug, Serialize)]
pub struct OneCase {
    /// Its number.
    pub case_no: String,
    /// Its title.
    pub title: String,
    /// Its state.
    pub state: String,
    /// When the promise ends.
    pub promise_due: Option<String>,
    /// When the law's limit ends.
    pub legal_due: Option<String>,
    /// What was reported: when it happened, when it arrived, what.
    pub events: Vec<(String, String, String)>,
    /// The limits day by day.
    pub clock: Vec<ClockDay>,
    /// Findings: level, rule, sentence.
    pub findings: Vec<(String, String, String)>,
    /// Cards: number, level, rule.
    pub cards: Vec<(String, String, String)>,
}

fn state_zh(word: &str) -> String {
    daylight_console::words::find(daylight_console::words::Lang::Zh, &format!("case_state.{word}"))
        .unwrap_or(word)
        .to_owned()
}

fn pulls(stay: &Stay) -> Pulls {
    let mut all = Pulls { last_good: stay.runs().last().is_some_and(|r| r.status == "done"), ..Pulls::default() };
    for run in stay.runs() {
        all.count += 1;
        all.pages += run.pages;
        all.records += run.records;
        all.accepted += run.accepted;
        all.duplicates += run.duplicates;
        all.rejected += run.rejected;
        all.waiting += run.waiting;
        if let Some(code) = &run.error_code {
            all.failed.push((run.started_at.to_string(), code.clone(), run.error.clone().unwrap_or_default()));
        }
    }
    all
}

async fn refused(stay: &Stay) -> Result<Vec<Refusal>, Problem> {
    let filter =
        QuarantineFilter { department: Some(DEPARTMENT.to_owned()), limit: MOST, ..QuarantineFilter::default() };
    let mut by: BTreeMap<(String, String, String), Refusal> = BTreeMap::new();
    for row in stay.app.store.quarantine(&filter).await? {
        let key = (row.code.clone(), row.field.clone().unwrap_or_default(), row.state.clone());
        let refusal = by.entry(key).or_insert_with_key(|(code, field, state)| Refusal {
            code: code.clone(),
            field: field.clone(),
            state: state.clone(),
            count: 0,
            example: row.message_zh.clone(),
            case_no: row.case_no.clone().unwrap_or_default(),
        });
        refusal.count += 1;
    }
    let mut all: Vec<Refusal> = by.into_values().collect();
    all.sort_by_key(|r| std::cmp::Reverse(r.count));
    Ok(all)
}

/// The case that was asked for, else the one with the gravest card, else the one of which most was reported.
async fn chosen(stay: &Stay) -> Result<Option<String>, Problem> {
    if let Some(case_no) = &stay.ask().case {
        return Ok(Some(case_no.clone()));
    }
    let filter = CardFilter { department: Some(DEPARTMENT.to_owned()), limit: MOST, ..CardFilter::default() };
    let cards = stay.app.store.cards(&filter).await?;
    let grave = cards.iter().filter(|c| c.case_no.is_some()).max_by_key(|c| (c.level, std::cmp::Reverse(c.no.clone())));
    if let Some(card) = grave {
        return Ok(card.case_no.clone());
    }
    let events = stay.app.store.events_of_cases(DEPARTMENT, "", "\u{10ffff}").await?;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    events.into_iter().for_each(|e| *counts.entry(e.case_no).or_default() += 1);
    Ok(counts.into_iter().max_by_key(|(_, n)| *n).map(|(case_no, _)| case_no))
}

async fn one(stay: &Stay, case_no: &str) -> Result<Option<OneCase>, Problem> {
    let store = &stay.app.store;
    let Some(row) = store.case(DEPARTMENT, case_no).await? else {
        return Err(Problem::new("case.unknown", format!("没有办件 {case_no}"))
            .fix("办件编号以来源所说为准；未被接受的记录见“退回”"));
    };
    let (department, number) = (Some(DEPARTMENT.to_owned()), Some(case_no.to_owned()));
    let filter = FindingFilter {
        department: department.clone(),
        case_no: number.clone(),
        limit: MOST,
        ..FindingFilter::default()
    };
    let findings = store.findings(&filter).await?;
    let filter = CardFilter { department, case_no: number, limit: MOST, ..CardFilter::default() };
    let cards = store.cards(&filter).await?;
    let (clock, _) = stay.app.explained(DEPARTMENT, case_no).await?;
    let events = store.case_events(DEPARTMENT, case_no).await?;
    Ok(Some(OneCase {
        case_no: case_no.to_owned(),
        title: row.case.title.as_deref().unwrap_or("").to_owned(),
        state: state_zh(row.case.state.as_str()),
        promise_due: row.promise_due.map(|t| t.date().to_string()),
        legal_due: row.legal_due.map(|t| t.date().to_string()),
        events: events
            .iter()
            .map(|e| (e.event_time.to_string(), e.received_time.to_string(), e.record.name_zh().to_owned()))
            .collect(),
        clock: clock.days,
        findings: findings
            .iter()
            .map(|f| {
                let f = &f.finding;
                (f.level.name_zh().to_owned(), f.rule.clone(), f.explain_zh.clone())
            })
            .collect(),
        cards: cards.iter().map(|c| (c.no.clone(), c.level.name_zh().to_owned(), c.rule.clone())).collect(),
    }))
}

pub(super) async fn told(stay: &Stay) -> Result<Report, Problem> {
    let store = &stay.app.store;
    let department = Some(DEPARTMENT.to_owned());
    let filter = CaseFilter { department: department.clone(), limit: MOST, ..CaseFilter::default() };
    let cases = store.cases(&filter).await?;
    let mut states: BTreeMap<String, u64> = BTreeMap::new();
    cases.iter().for_each(|c| *states.entry(state_zh(c.case.state.as_str())).or_default() += 1);
    let have: BTreeSet<String> = cases.iter().map(|c| c.case.case_no.to_string()).collect();
    let now = stay.clock.now();
    let truth = stay.stage.truth();
    let known: BTreeSet<&str> = truth
        .iter()
        .filter(|h| h.visible_at <= now && h.kind == RecordType::Apply)
        .map(|h| h.case_no.as_str())
        .collect();
    let filter = FindingFilter { department: department.clone(), limit: MOST, ..FindingFilter::default() };
    let mut findings: BTreeMap<String, u64> = BTreeMap::new();
    store.findings(&filter).await?.iter().for_each(|f| *findings.entry(f.finding.rule.clone()).or_default() += 1);
    let mut cards: BTreeMap<&'static str, u64> =
        [Level::Prewarning, Level::Yellow, Level::Red].iter().map(|l| (l.as_str(), 0)).collect();
    let filter = CardFilter { department, limit: MOST, ..CardFilter::default() };
    store.cards(&filter).await?.iter().for_each(|c| *cards.entry(c.level.as_str()).or_default() += 1);
    let case = match chosen(stay).await? {
        Some(case_no) => one(stay, &case_no).await?,
        None => None,
    };
    let lent = stay.stage.lent();
    let address = lent
        .grants
        .http
        .first()
        .map(|g| g.origin.clone())
        .or_else(|| lent.grants.database.values().next().map(|g| g.url.clone()))
        .or_else(|| lent.grants.files.values().next().map(|g| g.path.display().to_string()));
    Ok(Report {
        plugin: format!("{} {}", stay.manifest().name, stay.manifest().version),
        built: stay.built(),
        source: format!("{} {}", stay.profile().word(), address.unwrap_or_default()),
        seed: stay.ask().seed,
        faults: stay.ask().faults.to_string(),
        check: stay.check().clone(),
        pulls: pulls(stay),
        cases: u64::try_from(cases.len()).unwrap_or(0),
        states,
        shown: u64::try_from(known.len()).unwrap_or(0),
        missing: known.iter().filter(|k| !have.contains(**k)).take(NAMED).map(|k| (*k).to_owned()).collect(),
        unknown: if truth.is_empty() {
            Vec::new()
        } else {
            have.iter().filter(|k| !known.contains(k.as_str())).take(NAMED).cloned().collect()
        },
        findings,
        cards,
        refused: refused(stay).await?,
        case,
        log: stay.lines().take(),
    })
}

impl Report {
    /// The plugin works: its last pull went well, and something arrived.
    #[must_use]
    pub fn good(&self) -> bool {
        self.pulls.last_good && self.cases > 0
    }

    /// For a terminal.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut out = self.lines_of_pulls();
        out.extend(self.refused.iter().map(|r| {
            let (field, case) =
                (if r.field.is_empty() { "" } else { " " }, if r.case_no.is_empty() { "" } else { "，例 " });
            let word = match r.state.as_str() {
                "waiting" => "等待",
                "replayed" => "后来接受",
                "dismissed" => "已作罢",
                _ => "退回",
            };
            format!("{word} {}{field}{}：{} 条，{}{case}{}", r.code, r.field, r.count, r.example, r.case_no)
        }));
        let counted = |all: &mut dyn Iterator<Item = (String, u64)>| {
            all.map(|(name, n)| format!("{name} {n}")).collect::<Vec<_>>().join("，")
        };
        out.push(format!("发现：{}", counted(&mut self.findings.iter().map(|(k, n)| (k.clone(), *n)))));
        let level = |word: &str| match word {
            "prewarning" => "预警",
            "yellow" => "黄牌",
            _ => "红牌",
        };
        out.push(format!("监察卡：{}", counted(&mut self.cards.iter().map(|(k, n)| (level(k).to_owned(), *n)))));
        out.extend(self.case.iter().flat_map(OneCase::lines));
        if !self.log.is_empty() {
            out.push(format!("插件的日志（{} 行）：", self.log.len()));
            out.extend(self.log.iter().map(|l| format!("  {} {} {}", l.level, l.message, l.fields)));
        }
        out
    }

    fn lines_of_pulls(&self) -> Vec<String> {
        let mut out = vec![format!("插件：{}{}", self.plugin, if self.built { "（刚刚构建）" } else { "" })];
        let faults = if self.faults.is_empty() { String::new() } else { format!("，故障 {}", self.faults) };
        out.push(format!("来源：{}，种子 {}{faults}", self.source, self.seed));
        out.extend(self.check.notes.iter().map(|n| format!("检查：{n}")));
        out.extend(self.check.problems.iter().map(|p| {
            let setting = p.setting.as_deref().filter(|s| !s.is_empty()).map(|s| format!("（设置 {s}）"));
            format!("检查：错误 {}: {}{}", p.code, p.message, setting.unwrap_or_default())
        }));
        let p = &self.pulls;
        out.push(format!(
            "拉取：{} 次，{} 页 {} 条，接受 {}，重复 {}，退回 {}，等待 {}",
            p.count, p.pages, p.records, p.accepted, p.duplicates, p.rejected, p.waiting
        ));
        out.extend(p.failed.iter().map(|(at, code, message)| format!("失败：{at} {code}: {message}")));
        let states: Vec<String> = self.states.iter().map(|(state, n)| format!("{state} {n}")).collect();
        let shown = if self.shown == 0 { String::new() } else { format!("（来源有 {} 件）", self.shown) };
        out.push(format!("办件：{} 件{shown}：{}", self.cases, states.join("，")));
        if !self.missing.is_empty() {
            out.push(format!("没有到达：{}", self.missing.join("、")));
        }
        if !self.unknown.is_empty() {
            out.push(format!("来源没有的办件：{}", self.unknown.join("、")));
        }
        out
    }
}

impl OneCase {
    fn lines(&self) -> Vec<String> {
        let mut out = vec![format!("办件 {} {}（{}）", self.case_no, self.title, self.state)];
        out.extend(self.events.iter().map(|(at, received, what)| format!("  {at} {what}（{received} 到达）")));
        let due = |name: &str, at: &Option<String>| at.as_ref().map(|d| format!("  {name} {d}"));
        out.extend(due("承诺到期", &self.promise_due));
        out.extend(due("法定到期", &self.legal_due));
        out.extend(self.clock.iter().map(|day| {
            let marks = if day.marks.is_empty() { String::new() } else { format!("【{}】", day.marks.join("、")) };
            format!("  {} {} {:>3}  {}{marks}", day.date, day.weekday, day.counted, day.why_zh)
        }));
        out.extend(self.findings.iter().map(|(level, rule, why)| format!("  {level} {rule}：{why}")));
        out.extend(self.cards.iter().map(|(no, level, rule)| format!("  卡 {no} {level} {rule}")));
        out
    }
}
