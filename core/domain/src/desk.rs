//! The approval management system (行政审批管理系统): a case as a department without a system of its own handles it, from receipt to
//! delivery. Handbook §15.
//!
//! A desk case is what the clerks see and change; every act also says what it reports, as records of the exchange standard, and
//! which papers it makes. The records go the way every source's go, so that the case is judged like any other. Numbers are drawn
//! when an act is kept: until then a mark ([`Draw`]) stands in their place.

mod act;
mod applicant;
mod ask;
mod begin;
mod close;
mod error;
mod handle;
mod hear;
mod paper;
mod part;
mod receive;
mod record;
mod step;
mod work;

pub use act::{Context, DeskAct, HandedIn, MaterialMark, Outcome, Receipt};
pub use applicant::{Agent, Applicant};
pub use error::DeskError;
pub use paper::{DeskPaper, FeeFacts, PaperDraft, PaperFacts, PaperKind, Voided};
pub use record::DeskRecord;
pub use step::NextStep;
pub use work::Work;

use crate::Timestamp;
use crate::complaint::CodeHash;
use crate::item::{HandleType, Item};
use crate::procedure::Done;
use crate::word::words;
use chrono::{NaiveDate, NaiveTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

words! {
    /// Where a case stands at the desk.
    DeskState {
        Received = "received", "已收件";
        Correcting = "correcting", "待补正";
        Processing = "processing", "办理中";
        Special = "special", "特别程序中";
        Forwarded = "forwarded", "已转报";
        Decided = "decided", "已决定";
        Finished = "finished", "已办结";
        Delivered = "delivered", "已送达";
        Rejected = "rejected", "不予受理";
        Withdrawn = "withdrawn", "已撤回";
        Lapsed = "lapsed", "补正逾期";
        Revoked = "revoked", "已撤销受理";
        Voided = "voided", "已作废";
    }
}

impl DeskState {
    /// Whether the case is over; only delivery, a rating and the like may follow.
    #[must_use]
    pub fn is_closed(self) -> bool {
        matches!(
            self,
            Self::Finished
                | Self::Delivered
                | Self::Rejected
                | Self::Withdrawn
                | Self::Lapsed
                | Self::Revoked
                | Self::Voided
        )
    }
}

words! {
    /// Where a material of the checklist stands.
    MaterialState {
        Received = "received", "已收";
        Missing = "missing", "缺";
        Tolerated = "tolerated", "容缺后补";
        NotNeeded = "not_needed", "不需要";
    }
}

words! {
    /// What is asked of somebody else.
    AskKind {
        Special = "special", "特别程序";
        Extension = "extension", "延长审批";
        Void = "void", "作废";
    }
}

/// Who acts.
#[derive(Clone, Copy, Debug)]
pub struct DeskActor<'a> {
    /// Sign-in name; what step records name as staff.
    pub user: &'a str,
    /// Department id.
    pub department: &'a str,
    /// May approve what others ask for (分管负责人).
    pub leader: bool,
}

/// A case at the desk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeskCase {
    /// 办件编号; a mark until it is drawn.
    pub no: String,
    /// Department id.
    pub department: String,
    /// Where it stands.
    pub state: DeskState,
    /// The item as it was in force at receipt.
    pub item: Item,
    /// What it is about, in short.
    pub title: String,
    /// Who applied.
    pub applicant: Applicant,
    /// Whose case it is a part of, where another department asked (协办); nothing for an application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<JointPart>,
    /// Code table `channel`.
    pub channel: String,
    /// 窗口
    pub window: Option<String>,
    /// 排队号
    pub queue_no: Option<String>,
    /// The checklist.
    pub materials: Vec<DeskMaterial>,
    /// When it was received.
    pub received_at: Timestamp,
    /// By whom.
    pub received_by: String,
    /// The one correction notice there may be.
    #[serde(default)]
    pub correction: Option<DeskCorrection>,
    /// When it was accepted.
    #[serde(default)]
    pub accepted_at: Option<Timestamp>,
    /// 容缺: the last day for what is still missing, and that the applicant promised it.
    #[serde(default)]
    pub tolerance: Option<Tolerance>,
    /// Steps, in the order in which they began.
    #[serde(default)]
    pub steps: Vec<DeskStep>,
    /// What was asked of other departments.
    #[serde(default)]
    pub joint: Vec<JointRequest>,
    /// What somebody asked for and somebody else decides.
    #[serde(default)]
    pub asks: Vec<Ask>,
    /// Special procedures.
    #[serde(default)]
    pub specials: Vec<DeskSpecial>,
    /// The extension there may be.
    #[serde(default)]
    pub extension: Option<DeskExtension>,
    /// Hearings.
    #[serde(default)]
    pub hearings: Vec<DeskHearing>,
    /// To whom it was forwarded, and when.
    #[serde(default)]
    pub forwarded: Option<(String, Timestamp)>,
    /// The decision.
    #[serde(default)]
    pub decision: Option<DeskDecision>,
    /// Fees.
    #[serde(default)]
    pub fees: Vec<DeskFee>,
    /// When it ended.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
    /// Delivery.
    #[serde(default)]
    pub delivery: Option<DeskDelivery>,
    /// When the applicant was invited to rate the service: once.
    #[serde(default)]
    pub rating_asked_at: Option<Timestamp>,
    /// Hash of the newest rating link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating_link: Option<String>,
    /// Whoever handles it; nothing: whoever takes it.
    #[serde(default)]
    pub assigned: Option<String>,
    /// What is kept of the query code.
    #[serde(default)]
    pub code: Option<CodeHash>,
    /// Papers, by number.
    #[serde(default)]
    pub papers: Vec<String>,
    /// Everything that was done, in order.
    pub history: Vec<Done>,
    /// The newest version of each record that was reported, by `type/source_key`.
    #[serde(default)]
    pub versions: BTreeMap<String, u32>,
}

/// A material of the checklist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeskMaterial {
    /// Name, as the item says.
    pub name: String,
    /// `mandatory`, `optional`, `tolerable`, as the item says.
    pub required: String,
    /// Where it stands.
    pub state: MaterialState,
    /// When it was handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Timestamp>,
}

/// 一次性补正告知
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeskCorrection {
    /// When the applicant was told.
    pub notified_at: Timestamp,
    /// Everything that is to be put right.
    pub items: Vec<String>,
    /// The last day.
    pub due: NaiveDate,
    /// When the corrections came.
    #[serde(default)]
    pub received_at: Option<Timestamp>,
}

/// 容缺
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tolerance {
    /// What may come later.
    pub materials: Vec<String>,
    /// The last day.
    pub due: NaiveDate,
}

/// A step at a node of the flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeskStep {
    /// Its number in the case, from 1.
    pub key: u32,
    /// The node's id.
    pub node: String,
    /// The node's name.
    pub name: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; nothing while it is open.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// `pass`, `return`, `other`.
    #[serde(default)]
    pub action: Option<String>,
    /// 办理意见
    #[serde(default)]
    pub opinion: String,
    /// Who handled it.
    #[serde(default)]
    pub people: Vec<String>,
    /// Who is to handle it; nothing: whoever takes it.
    #[serde(default)]
    pub assigned: Option<String>,
}

/// What another department is asked (会办).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JointRequest {
    /// Its number in the case, from 1.
    pub key: u32,
    /// Whom.
    pub department: String,
    /// As it is called.
    #[serde(default)]
    pub name: String,
    /// What.
    pub content: String,
    /// Since when.
    pub asked_at: Timestamp,
    /// By whom.
    pub asked_by: String,
    /// The last day.
    pub reply_by: NaiveDate,
    /// What it says.
    #[serde(default)]
    pub opinion: Option<String>,
    /// Whether it agrees.
    #[serde(default)]
    pub agrees: Option<bool>,
    /// By whom and when.
    #[serde(default)]
    pub answered: Option<(String, Timestamp)>,
    /// Why it was taken back, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_back: Option<(String, Timestamp)>,
    /// The number of its part at that department's desk; nothing where the department has a system of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
}

/// The case that a part of joint handling belongs to, and what is asked (协办件).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JointPart {
    /// The lead department (主办部门).
    pub department: String,
    /// 主办件编号
    pub case_no: String,
    /// The number of the request in the main case.
    pub key: u32,
    /// What is asked.
    pub content: String,
    /// The last day.
    pub reply_by: NaiveDate,
}

impl JointRequest {
    /// Whether the department has still to answer.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.opinion.is_none() && self.taken_back.is_none()
    }

    /// The department as people call it.
    #[must_use]
    pub fn called(&self) -> &str {
        if self.name.is_empty() { &self.department } else { &self.name }
    }
}

/// What somebody asked for and another person decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ask {
    /// Its number in the case, from 1.
    pub key: u32,
    /// What.
    pub kind: AskKind,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why; for a special procedure the legal basis.
    pub reason: String,
    /// Working days.
    #[serde(default)]
    pub days: u32,
    /// Code table `special_kind`, for a special procedure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub special: Option<String>,
    /// Whether it was allowed; nothing: not decided.
    #[serde(default)]
    pub allowed: Option<bool>,
    /// By whom and when.
    #[serde(default)]
    pub decided: Option<(String, Timestamp)>,
    /// Why it was taken back, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_back: Option<(String, Timestamp)>,
}

impl Ask {
    /// Whether somebody has still to decide it.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.allowed.is_none() && self.taken_back.is_none()
    }
}

/// A special procedure that was approved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeskSpecial {
    /// Its number in the case, from 1.
    pub key: u32,
    /// Code table `special_kind`.
    pub kind: String,
    /// Legal basis.
    pub basis: String,
    /// Working days announced.
    pub days: u32,
    /// Who approved it.
    pub approver: String,
    /// Since when.
    pub started_at: Timestamp,
    /// When the applicant was told in writing.
    #[serde(default)]
    pub notified_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// The number of the notice.
    pub notice_no: String,
}

/// An extension that was approved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeskExtension {
    /// Working days.
    pub days: u32,
    /// Why.
    pub reason: String,
    /// Who approved it.
    pub approver: String,
    /// `organ` or `government`.
    pub level: String,
    /// When.
    pub approved_at: Timestamp,
    /// When the applicant was told.
    #[serde(default)]
    pub notified_at: Option<Timestamp>,
    /// The number of the notice.
    pub notice_no: String,
}

/// A hearing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeskHearing {
    /// Its number in the case, from 1.
    pub key: u32,
    /// When it was asked for; nothing where the law demands it.
    #[serde(default)]
    pub requested_at: Option<Timestamp>,
    /// When the parties were told.
    #[serde(default)]
    pub notified_at: Option<Timestamp>,
    /// For which day.
    #[serde(default)]
    pub on: Option<NaiveDate>,
    /// At which hour it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<NaiveTime>,
    /// Where.
    #[serde(default)]
    pub place: String,
    /// When it was held.
    #[serde(default)]
    pub held_at: Option<Timestamp>,
    /// The record (听证笔录).
    #[serde(default)]
    pub minutes: String,
    /// The number of the newest notice.
    #[serde(default)]
    pub notice_no: String,
    /// Why it is not held, and since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<(String, Timestamp)>,
}

impl DeskHearing {
    /// Whether it is still to be held.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.held_at.is_none() && self.cancelled.is_none()
    }
}

/// The decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeskDecision {
    /// Whether it was granted.
    pub granted: bool,
    /// Why.
    pub reason: String,
    /// What the applicant may do against it.
    pub remedies: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The number of the paper.
    pub doc_no: String,
    /// The number of the certificate.
    #[serde(default)]
    pub certificate_no: Option<String>,
    /// From when to when it is valid.
    #[serde(default)]
    pub valid: (Option<NaiveDate>, Option<NaiveDate>),
}

/// A fee.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeskFee {
    /// Its number in the case, from 1.
    pub key: u32,
    /// 收费项目
    pub item: String,
    /// What is charged after the reduction, fen.
    pub amount: i64,
    /// 减免, fen.
    pub reduced: i64,
    /// Why it is charged or reduced.
    pub basis: String,
    /// 缴款单号
    #[serde(default)]
    pub bill_no: Option<String>,
    /// When it was billed.
    pub billed_at: Timestamp,
    /// When it was paid.
    #[serde(default)]
    pub paid_at: Option<Timestamp>,
    /// The number of the bill.
    #[serde(default)]
    pub doc_no: String,
    /// Why the bill was cancelled, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<(String, Timestamp)>,
}

impl DeskFee {
    /// Whether it has still to be paid.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.paid_at.is_none() && self.cancelled.is_none()
    }
}

/// Delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeskDelivery {
    /// 送达方式
    pub mode: String,
    /// 领取人
    pub collector: String,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// The number of the receipt (送达回证).
    pub receipt_no: String,
}

/// What a number is drawn for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Series {
    /// The case.
    Case,
    /// A paper of a kind.
    Paper(PaperKind),
    /// A certificate of an item.
    Certificate(String),
}

/// A number that is drawn when the act is kept, and the mark that stands for it until then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Stands in the case, its records and papers.
    pub mark: String,
    /// From which series.
    pub series: Series,
}

/// Characters that only marks are made of; nobody may write them.
pub(crate) const MARKS: [char; 2] = ['\u{e000}', '\u{e001}'];

impl DeskCase {
    /// Without what is kept of the query code and the rating link, which nobody needs to see.
    #[must_use]
    pub fn uncoded(&self) -> Self {
        Self { code: None, rating_link: None, ..self.clone() }
    }

    /// As somebody may see it who has no reason to see the applicant in clear.
    #[must_use]
    pub fn masked(&self) -> Self {
        let mut one = self.uncoded();
        one.applicant = self.applicant.masked();
        if let Some(delivery) = &mut one.delivery {
            delivery.collector = applicant::masked_name(&delivery.collector);
        }
        one
    }

    /// Whether it is a part of this department's case.
    #[must_use]
    pub fn is_part_of(&self, department: &str) -> bool {
        self.part.as_ref().is_some_and(|part| part.department == department)
    }

    /// Whether another department was asked about it.
    #[must_use]
    pub fn asks_of(&self, department: &str) -> bool {
        self.joint.iter().any(|j| j.department == department)
    }

    fn joint_item(&self) -> bool {
        self.item.handle_type == HandleType::Joint
    }
}

#[cfg(test)]
mod tests;
