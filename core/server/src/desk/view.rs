//! What is shown of the desk: a case with its clocks, papers and records, the work that waits, lists.

use super::Read;
use crate::api::view::{CaseLink, ClockView};
use crate::app::App;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::desk::{DeskActor, DeskCase, DeskPaper, NextStep, Work};
use daylight_domain::limit::remaining;
use daylight_store::{CaseRow, DeskRow, DeskWorkRow};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;

/// So many refused records are looked through for a list.
const REFUSED: u32 = 1000;

/// So many parts of a case are shown.
const PARTS: u32 = 100;

/// The Chinese word of an act.
pub(crate) fn act_zh(act: &str) -> &'static str {
    match act {
        "receive" => "收件",
        "materials" => "登记材料",
        "correct" => "补正告知",
        "corrected" => "登记补正",
        "lapse" => "补正逾期办结",
        "accept" => "受理",
        "reject" => "不予受理",
        "pass" => "办理环节",
        "return" => "退回环节",
        "begin" => "开始环节",
        "ask" => "请会办",
        "answer" => "会办答复",
        "unask-joint" => "收回会办",
        "ask-special" => "申请特别程序",
        "ask-extension" => "申请延长",
        "ask-void" => "申请作废",
        "unask-approval" => "收回申请",
        "allow" => "审批",
        "notify" => "登记告知",
        "end-special" => "结束特别程序",
        "request-hearing" => "登记听证申请",
        "hearing" => "听证告知",
        "cancel-hearing" => "取消听证",
        "hold-hearing" => "登记听证",
        "forward-up" => "转报",
        "decide" => "作出决定",
        "fee" => "开具缴费",
        "cancel-fee" => "取消缴费通知",
        "paid" => "登记缴费",
        "finish" => "办结",
        "deliver" => "送达",
        "withdraw" => "撤回",
        "revoke" => "撤销受理",
        "hand-over" => "移交",
        "rate" => "邀请评价",
        "rate-again" => "重发评价链接",
        "new-code" => "换发查询码",
        _ => "办理",
    }
}

/// What is not plain in an address, percent by percent.
pub(crate) fn percent(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// The address of a case's page.
pub(crate) fn address(department: &str, no: &str) -> String {
    format!("/desk/cases/{}/{}", percent(department), percent(no))
}

/// An open step, and where it may lead.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DeskOpenStep {
    /// Its number in the case.
    pub key: u32,
    /// Its name.
    pub name: String,
    /// Who has it.
    pub assigned: Option<String>,
    /// What follows when it is passed: of one group one is chosen, where there are several.
    pub next: Vec<NextStep>,
    /// Steps it may be sent back to: node id and name.
    pub back: Vec<(String, String)>,
}

/// A record that was reported, and what intake answered.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DeskRecordView {
    /// Record type word.
    pub kind: String,
    /// The desk's key of it.
    pub source_key: String,
    /// Its version.
    pub data_version: u32,
    /// When it was written.
    pub at: Timestamp,
    /// What intake answered; nothing while it is on its way.
    pub receipt: Option<serde_json::Value>,
}

/// A case at the desk.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DeskCaseView {
    /// Its version; an act names it.
    pub version: i64,
    /// The case; the applicant masked unless a reason was given.
    pub case: DeskCase,
    /// The Chinese word of its state.
    pub state_zh: String,
    /// What this person may do now, by word.
    pub acts: Vec<String>,
    /// What waits for somebody.
    pub work: Vec<Work>,
    /// Open steps.
    pub open: Vec<DeskOpenStep>,
    /// Steps that may be begun now, the decision and the end, as the flow leads.
    pub next: Vec<NextStep>,
    /// The clocks of the case, as it has been judged; nothing until its first record is in.
    pub clock: Option<ClockView>,
    /// What other departments handle of it, at their desk or in systems of their own.
    pub parts: Vec<CaseLink>,
    /// Papers; the applicant masked unless a reason was given.
    pub papers: Vec<DeskPaper>,
    /// What was reported, and what intake answered.
    pub records: Vec<DeskRecordView>,
}

/// A case in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DeskListed {
    /// 办件编号
    pub no: String,
    /// Department id.
    pub department: String,
    /// Its version.
    pub version: i64,
    /// State word.
    pub state: String,
    /// 事项编码
    pub item_code: String,
    /// 事项名称
    pub item_name: String,
    /// What it is about.
    pub title: String,
    /// The applicant's name, masked.
    pub applicant: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// Who has it.
    pub assigned: Option<String>,
    /// The steps that are open, by name.
    pub steps: Vec<String>,
    /// Intake refused something that was reported of it: the case says what.
    pub refused: bool,
}

/// Something that waits for somebody.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DeskTask {
    /// The department of the case.
    pub department: String,
    /// The case.
    pub case: DeskListed,
    /// What waits.
    pub work: Work,
    /// The last instant for it.
    pub due: Option<Timestamp>,
    /// Working days left: 0 is today, negative is late. Nothing where nothing is due.
    pub left_days: Option<i64>,
    /// Goes into `after` of the next request.
    #[serde(skip)]
    pub(crate) place: String,
}

fn listed(read: &Read) -> DeskListed {
    let masked = read.case.masked();
    DeskListed {
        refused: false,
        no: masked.no,
        department: masked.department,
        version: read.version,
        state: masked.state.as_str().to_owned(),
        item_code: masked.item.code,
        item_name: masked.item.name,
        title: masked.title,
        applicant: masked.applicant.name,
        received_at: masked.received_at,
        assigned: masked.assigned,
        steps: masked.steps.iter().filter(|s| s.ended_at.is_none()).map(|s| s.name.clone()).collect(),
    }
}

impl App {
    /// The lead department, where a part says it by the item: that of another department. Numbers are unique in a department only.
    fn lead_of(&self, part: &CaseRow) -> Option<String> {
        let of = self.config.rules.catalogue.newest().find(|item| item.code == part.case.item_code)?;
        (of.department != part.department).then(|| of.department.clone())
    }

    /// What departments handle of a joint case.
    ///
    /// # Errors
    /// The store.
    pub(crate) async fn parts_of(&self, department: &str, no: &str) -> Result<Vec<CaseLink>, Problem> {
        let all = self.store.parts_of(no, PARTS).await?;
        let of_it = |part: &&CaseRow| self.lead_of(part).is_none_or(|lead| lead == department);
        Ok(all.iter().filter(of_it).map(CaseLink::of).collect())
    }

    /// The main case of a part, in each department where it may be.
    ///
    /// # Errors
    /// The store.
    pub(crate) async fn main_of(&self, part: &CaseRow) -> Result<Vec<CaseLink>, Problem> {
        let Some(no) = &part.case.parent_case_no else { return Ok(Vec::new()) };
        let lead = self.lead_of(part);
        let all = self.store.cases_numbered(no).await?;
        let itself = |one: &CaseRow| one.department == part.department && one.case.case_no == part.case.case_no;
        let may = |one: &&CaseRow| lead.as_ref().is_none_or(|lead| *lead == one.department) && !itself(one);
        Ok(all.iter().filter(may).map(CaseLink::of).collect())
    }

    /// A case in a list.
    pub(crate) fn desk_listed(row: &DeskRow) -> Result<DeskListed, Problem> {
        Ok(listed(&Read::of(row)?))
    }

    /// Cases of a department of which intake refused something lately; lists mark them.
    ///
    /// # Errors
    /// The store.
    pub(crate) async fn desk_refused(&self, department: &str) -> Result<BTreeSet<String>, Problem> {
        let rows = self.store.desk_refused(department, REFUSED).await?;
        Ok(rows.into_iter().map(|row| row.case_no).collect())
    }

    /// Work as it is shown.
    ///
    /// # Errors
    /// The store.
    pub(crate) async fn desk_task(&self, row: DeskWorkRow) -> Result<DeskTask, Problem> {
        let read = self.desk_read(&row.owner, &row.case_no).await?;
        let (calendar, today) = (&self.config.rules.calendar, self.clock.now().date());
        let due = row.due.map_or(i64::MAX, |t| t.0);
        Ok(DeskTask {
            place: format!("{due}~{}~{}~{}", row.owner, row.case_no, row.work.key),
            department: row.owner,
            case: listed(&read),
            left_days: row.due.and_then(|due| remaining(calendar, due.date(), today).ok()),
            due: row.due,
            work: row.work,
        })
    }

    /// A case as somebody of its department sees it, or of one that is asked about it.
    ///
    /// # Errors
    /// `desk.unknown`, the store.
    pub(crate) async fn desk_view(
        &self,
        by: DeskActor<'_>,
        (department, no): (&str, &str),
        clear: bool,
    ) -> Result<DeskCaseView, Problem> {
        let read = self.desk_read_as(by, (department, no)).await?;
        let own = read.case.department == by.department;
        let row = self.store.case(department, no).await?;
        let mut papers = if own { self.store.desk_papers(department, no).await? } else { Vec::new() };
        let clear = clear && own;
        if !clear {
            papers.iter_mut().for_each(DeskPaper::mask);
        }
        let records = if own { self.store.desk_records(department, no).await? } else { Vec::new() };
        let open = read.case.steps.iter().filter(|s| s.ended_at.is_none()).map(|s| DeskOpenStep {
            key: s.key,
            name: s.name.clone(),
            assigned: s.assigned.clone(),
            next: read.case.after_step(s.key),
            back: read.case.before_step(s.key),
        });
        Ok(DeskCaseView {
            version: read.version,
            state_zh: read.case.state.name_zh().to_owned(),
            acts: read.case.possible(by).into_iter().map(str::to_owned).collect(),
            work: read.case.work(),
            open: open.collect(),
            next: read.case.next_steps(),
            clock: row.map(|r| ClockView { promise_due: r.promise_due, legal_due: r.legal_due, next_due: r.next_due }),
            parts: self.parts_of(department, no).await?,
            papers,
            records: records
                .into_iter()
                .map(|r| DeskRecordView {
                    receipt: r.receipt.as_deref().and_then(|text| serde_json::from_str(text).ok()),
                    kind: r.kind,
                    source_key: r.source_key,
                    data_version: r.data_version,
                    at: r.at,
                })
                .collect(),
            case: if clear { read.case.uncoded() } else { read.case.masked() },
        })
    }
}
