//! The pages: what each shows, as text that is ready to be read.

use crate::list::{Filter, Pager};
use crate::shell::Shell;
use askama::Template;

/// A department in the overview.
#[derive(Clone, Debug)]
pub struct DepartmentLine {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Phase in words.
    pub phase: String,
    /// Word of `health.`.
    pub health: String,
    /// Last pull.
    pub last: String,
    /// Cases.
    pub cases: u64,
    /// Open cases.
    pub open: u64,
    /// Refused records.
    pub rejects: u64,
    /// Standing cards by level.
    pub cards: Vec<(&'static str, u64)>,
}

/// 总览
#[derive(Debug, Template)]
#[template(path = "overview.html")]
pub struct Overview {
    /// Around it.
    pub s: Shell,
    /// Level, standing, waiting for confirmation.
    pub levels: Vec<(&'static str, u64, u64)>,
    /// Departments.
    pub departments: Vec<DepartmentLine>,
}

/// A case in a list.
#[derive(Clone, Debug)]
pub struct CaseLine {
    /// Department id.
    pub department: String,
    /// Its name.
    pub department_name: String,
    /// Case number.
    pub no: String,
    /// The number as part of an address.
    pub address: String,
    /// Item.
    pub item: String,
    /// State in words.
    pub state: String,
    /// When accepted.
    pub accepted: String,
    /// When finished.
    pub finished: String,
    /// End of the promised limit.
    pub due: String,
    /// The highest standing card.
    pub level: Option<&'static str>,
}

/// 办件
#[derive(Debug, Template)]
#[template(path = "cases.html")]
pub struct Cases {
    /// Around it.
    pub s: Shell,
    /// Filters.
    pub filters: Vec<Filter>,
    /// Rows.
    pub rows: Vec<CaseLine>,
    /// Foot.
    pub pager: Pager,
}

/// A finding.
#[derive(Clone, Debug)]
pub struct FindingLine {
    /// Rule id.
    pub rule: String,
    /// Rule name.
    pub name: String,
    /// Level word.
    pub level: &'static str,
    /// When its fact came true.
    pub fact: String,
    /// In words.
    pub explain: String,
    /// Its card.
    pub card: Option<String>,
}

/// A record in the ledger.
#[derive(Clone, Debug)]
pub struct EventLine {
    /// Number in the chain.
    pub seq: u64,
    /// Record type.
    pub name: String,
    /// It corrects an earlier one.
    pub amended: bool,
    /// Business time.
    pub at: String,
    /// Our time.
    pub received: String,
    /// Field names and values, persons masked where the reader has not the right.
    pub fields: Vec<(String, String)>,
    /// Content hash.
    pub hash: String,
}

/// 办件卷宗
#[derive(Debug, Template)]
#[template(path = "case.html")]
pub struct CaseFile {
    /// Around it.
    pub s: Shell,
    /// Case number.
    pub no: String,
    /// Labels and values.
    pub facts: Vec<(String, String)>,
    /// Address of the drawing of its flow.
    pub flow: Option<String>,
    /// Findings.
    pub findings: Vec<FindingLine>,
    /// The timeline.
    pub events: Vec<EventLine>,
}

/// A score run in a list.
#[derive(Clone, Debug)]
pub struct RunLine {
    /// Its id.
    pub id: String,
    /// Month.
    pub period: String,
    /// Standard and version.
    pub standard: String,
    /// State in words.
    pub state: String,
    /// When and by whom.
    pub ran: String,
    /// How many departments.
    pub departments: usize,
    /// Appeals that are not decided.
    pub appeals: usize,
}

/// 评分
#[derive(Debug, Template)]
#[template(path = "scores.html")]
pub struct Scores {
    /// Around it.
    pub s: Shell,
    /// Rows.
    pub rows: Vec<RunLine>,
}

/// Why points were lost or won.
#[derive(Clone, Debug)]
pub struct Reason {
    /// In words.
    pub text: String,
    /// Points.
    pub points: String,
    /// Cases, each as part of an address and as a number; where every department is on the page, the first of them.
    pub cases: Vec<(String, String)>,
    /// How many more there are.
    pub more: usize,
}

/// A line of a scorecard.
#[derive(Clone, Debug)]
pub struct ScoreLine {
    /// The indicator, or what stands beside the indicators.
    pub indicator: String,
    /// Points; nothing: not assessed.
    pub points: Option<String>,
    /// The most it can give.
    pub weight: String,
    /// How it was computed.
    pub how: String,
    /// Evidence.
    pub reasons: Vec<Reason>,
}

/// A department's scorecard.
#[derive(Clone, Debug)]
pub struct Ranked {
    /// Department id.
    pub id: String,
    /// Its place; nothing of what was not assessed.
    pub rank: String,
    /// Its name.
    pub department: String,
    /// Total.
    pub total: String,
    /// Grade.
    pub grade: String,
    /// Lines.
    pub lines: Vec<ScoreLine>,
}

/// 一次评分: from the rank to the deduction to the case.
#[derive(Debug, Template)]
#[template(path = "score.html")]
pub struct ScoreFile {
    /// Around it.
    pub s: Shell,
    /// Month and standard.
    pub heading: String,
    /// Labels and values.
    pub facts: Vec<(String, String)>,
    /// What is left out, and why.
    pub left_out: Vec<String>,
    /// Scorecards, the best first.
    pub ranking: Vec<Ranked>,
    /// The department whose card alone is shown.
    pub only: Option<String>,
}
