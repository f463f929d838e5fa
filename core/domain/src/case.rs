//! A case (办件): the view of its events. Rebuilt from them at any time, stored only so that reading is quick.

use crate::Timestamp;
use crate::item::{HandleType, Limit};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

mod fold;

pub use fold::Applied;

/// Where a case stands. Handbook §10.7.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the handbook's, §10.7")]
pub enum CaseState {
    #[default]
    Applied,
    Received,
    CorrectionPending,
    Accepted,
    Processing,
    Special,
    UpperWait,
    Decided,
    Finished,
    Delivered,
    Rejected,
    Withdrawn,
    CorrectionLapsed,
    Returned,
    Voided,
    Deleted,
    Forwarded,
}

impl CaseState {
    /// The words there are.
    pub const WORDS: &'static [&'static str] = &[
        "applied",
        "received",
        "correction_pending",
        "accepted",
        "processing",
        "special",
        "upper_wait",
        "decided",
        "finished",
        "delivered",
        "rejected",
        "withdrawn",
        "correction_lapsed",
        "returned",
        "voided",
        "deleted",
        "forwarded",
    ];

    /// No further handling is expected; the main clock has stopped.
    #[must_use]
    pub fn is_closed(self) -> bool {
        !matches!(
            self,
            Self::Applied
                | Self::Received
                | Self::CorrectionPending
                | Self::Accepted
                | Self::Processing
                | Self::Special
                | Self::UpperWait
                | Self::Decided
        )
    }

    /// The word for it in the API and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Received => "received",
            Self::CorrectionPending => "correction_pending",
            Self::Accepted => "accepted",
            Self::Processing => "processing",
            Self::Special => "special",
            Self::UpperWait => "upper_wait",
            Self::Decided => "decided",
            Self::Finished => "finished",
            Self::Delivered => "delivered",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::CorrectionLapsed => "correction_lapsed",
            Self::Returned => "returned",
            Self::Voided => "voided",
            Self::Deleted => "deleted",
            Self::Forwarded => "forwarded",
        }
    }
}

/// One case of one department.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct Case {
    /// 办件编号
    pub case_no: String,
    /// 事项编码; empty until a record names it.
    pub item_code: String,
    /// The catalogue version in force at acceptance (or, before, at the first event).
    pub item_version: u32,
    /// Where it stands.
    pub state: CaseState,
    /// 办理摘要
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How it is handled: as reported, else as the catalogue says.
    pub handle_type: HandleType,
    /// Whether a record said so; else the catalogue did.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub handle_type_reported: bool,
    /// Code table `applicant_type`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applicant_type: Option<String>,
    /// 申请时间
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied_at: Option<Timestamp>,
    /// 申报来源, code table `channel`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Windows and divisions, as the records of acceptance, receipt and application report them; in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub desks: Vec<Desk>,
    /// The applicant can ask for it by number and code (查询密码); the code itself stays with its record.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub queryable: bool,
    /// The day on which the certificate ends whose renewal is applied for (延续); what an application says in `cert_valid_to`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renews_until: Option<NaiveDate>,
    /// The day by which a co-department's part of a joint case is to be answered (协办应复日期).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_reply_by: Option<NaiveDate>,
    /// 收件时间
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Timestamp>,
    /// 受理时间, as reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Timestamp>,
    /// Deemed accepted (视为受理) since this receipt, because nobody answered within five working days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deemed_accepted_at: Option<Timestamp>,
    /// 受理文书编号
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept_doc_no: Option<String>,
    /// 受理单位, unified social credit code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept_org: Option<String>,
    /// 受理人员
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept_staff: Option<String>,
    /// 容缺: until when the missing materials are to be handed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerant_deadline: Option<NaiveDate>,
    /// 容缺: the materials that may come later.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tolerated: Vec<String>,
    /// The latest end of the promised limit that a record of acceptance or correction claims (承诺办结时间).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_due: Option<NaiveDate>,
    /// 不予受理
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected_at: Option<Timestamp>,
    /// Why it was not accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reject_reason: Option<String>,
    /// 承诺时限 at acceptance: as reported, else the item's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promise_limit: Option<Limit>,
    /// 法定时限 at acceptance: as reported, else the item's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_limit: Option<Limit>,
    /// 补正
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction>,
    /// 补正受理: what the applicant handed in, by source key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub submissions: Vec<Submission>,
    /// 环节
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// 特别程序
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub specials: Vec<Special>,
    /// 延长审批
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Extension>,
    /// 听证
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hearings: Vec<Hearing>,
    /// 转报时间
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forwarded_at: Option<Timestamp>,
    /// 决定时间
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
    /// `granted` or `refused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_reason: Option<String>,
    /// 决定人员
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decide_staff: Option<String>,
    /// What the applicant may do against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedies: Option<String>,
    /// 办结时间
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// Code table `finish_type`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish_type: Option<String>,
    /// Why, where it was returned, voided or deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
    /// 结果证照编号
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cert_no: Option<String>,
    /// When the electronic certificate was issued, where a record says so (电子证照签发时间).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cert_issued_at: Option<Timestamp>,
    /// 送达时间
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// 已收费用, fen.
    #[serde(skip_serializing_if = "is_zero")]
    pub fee_paid: i64,
    /// 收费
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fees: Vec<Fee>,
    /// 材料
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub materials: Vec<Material>,
    /// 主办件编号
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_case_no: Option<String>,
    /// 容缺受理
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_tolerant: bool,
    /// 告知承诺
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_commitment: bool,
    /// When the first record arrived.
    pub first_seen_at: Timestamp,
    /// What the first record that arrived reported, and whether more of the case's life arrived within the same page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_record: Option<crate::record::RecordType>,
    /// The latest business time of any event.
    pub last_event_at: Timestamp,
    /// How many events it has.
    pub events: u32,
    /// Times that were changed after they had been reported (D-01): field name, old, new, event number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amendments: Vec<Amendment>,
    /// Attempts to reuse the number for other content (D-12).
    #[serde(skip_serializing_if = "is_zero_u32")]
    pub conflicts: u32,
    /// The latest `received_time - event_time` of its events, milliseconds, by the record that took longest.
    #[serde(skip_serializing_if = "is_zero")]
    pub worst_lag_ms: i64,
}

fn is_zero(n: &i64) -> bool {
    *n == 0
}
fn is_zero_u32(n: &u32) -> bool {
    *n == 0
}

/// Where a record says that a case was taken in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Desk {
    /// Which record says so: `accept`, `receive` or `apply`.
    pub record: crate::record::RecordType,
    /// 窗口
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// 行政区划, a division code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// 补正
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Correction {
    /// The source's key of the notice.
    pub key: String,
    /// 补正告知时间
    pub notified_at: Timestamp,
    /// 截止日期
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<NaiveDate>,
}

/// 补正受理
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Submission {
    /// The source's key.
    pub key: String,
    /// When the corrections were handed in.
    pub at: Timestamp,
}

/// 环节
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Step {
    /// The source's key.
    pub key: String,
    /// 环节名称
    pub name: String,
    /// `pass`, `return`, `other`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// 办理人
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; nothing while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Declared as made up by the source (自报合成).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub synthetic: bool,
}

/// 特别程序
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Special {
    /// What links start and end: `seq`, else the source's key.
    pub key: String,
    /// Code table `special_kind`.
    pub kind: String,
    /// Working days announced to the applicant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced_days: Option<u32>,
    /// When the applicant was told in writing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notified_at: Option<Timestamp>,
    /// 批准人
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    /// What was charged for it, fen.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub fee: i64,
    /// 收费项目
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee_item: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; nothing while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

/// 延长审批
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Extension {
    /// The source's key.
    pub key: String,
    /// Working days.
    pub days: u32,
    /// When it was approved.
    pub approved_at: Timestamp,
    /// `organ` or `government`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver_level: Option<String>,
    /// 批准人
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    /// When the applicant was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notified_at: Option<Timestamp>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// 听证
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Hearing {
    /// The source's key.
    pub key: String,
    /// When it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_at: Option<Timestamp>,
    /// When the parties were told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notified_at: Option<Timestamp>,
    /// When it took place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_at: Option<Timestamp>,
}

/// 收费
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Fee {
    /// The source's key.
    pub key: String,
    /// When it was billed or paid.
    pub at: Timestamp,
    /// 收费项目
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Charged, fen.
    pub amount: i64,
    /// 减免, fen.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reduced: i64,
    /// Why it was charged or reduced (依据).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
}

/// 材料
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Material {
    /// The source's key.
    pub key: String,
    /// 材料名称
    pub name: String,
    /// When it was demanded or handed in.
    pub at: Timestamp,
    /// Whether it was handed in; nothing where the record does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub got: Option<bool>,
    /// Code table `get_type`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub get_type: Option<String>,
}

/// A time that was reported, and later reported differently.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Amendment {
    /// Which record.
    pub record: crate::record::RecordType,
    /// Its key.
    pub key: String,
    /// Which time: `event_time` or a field's name.
    pub field: String,
    /// What it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Timestamp>,
    /// What it became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Timestamp>,
    /// The amending event.
    pub seq: u64,
}

impl Case {
    /// The window at which it was accepted, else received, else applied for.
    #[must_use]
    pub fn window(&self) -> Option<&str> {
        self.desks.iter().find_map(|d| d.window.as_deref())
    }

    /// The division in which it was accepted, else received, else applied for.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.desks.iter().find_map(|d| d.region.as_deref())
    }

    /// When the clock starts: acceptance, or the receipt it is deemed accepted since.
    #[must_use]
    pub fn clock_start(&self) -> Option<Timestamp> {
        match (self.accepted_at, self.deemed_accepted_at) {
            (Some(a), Some(d)) => Some(a.min(d)),
            (a, d) => a.or(d),
        }
    }

    /// When the promised clock stopped: completion, refusal to accept, or forwarding. 办结
    #[must_use]
    pub fn clock_stop(&self) -> Option<Timestamp> {
        self.finished_at.or(self.rejected_at)
    }

    /// When the case was over, in whatever way; nothing while it is open.
    #[must_use]
    pub fn closed_at(&self) -> Option<Timestamp> {
        self.state.is_closed().then(|| self.clock_stop().unwrap_or(self.last_event_at))
    }

    /// Whether it is only what a co-department was asked about another department's case (联办件的协办部分): it names its main case and was
    /// received, accepted, rejected, decided upon for the applicant or certified by itself. One application is one case (handbook §2), so it is
    /// no application of its own; what its department did any of that with is handled under its own item and limits, and is a case like
    /// every other.
    #[must_use]
    pub fn is_only_asked(&self) -> bool {
        let own = [self.received_at, self.accepted_at, self.rejected_at];
        let result = matches!(self.finish_type.as_deref(), Some("granted" | "refused")) || self.cert_no.is_some();
        self.parent_case_no.is_some() && own.iter().all(Option::is_none) && !result
    }

    /// A correction notice that nothing was handed in for since.
    #[must_use]
    pub fn open_correction(&self) -> Option<&Correction> {
        self.corrections.iter().find(|c| !self.submissions.iter().any(|s| s.at >= c.notified_at))
    }

    /// Whether it ended with a decision to grant. 准予
    #[must_use]
    pub fn granted(&self) -> bool {
        self.decision.as_deref() == Some("granted") || self.finish_type.as_deref() == Some("granted")
    }

    /// The first correction notice.
    #[must_use]
    pub fn first_correction(&self) -> Option<&Correction> {
        self.corrections.iter().min_by_key(|c| c.notified_at)
    }

    /// The business times of the case that are out of order, by name: what lies before what it cannot precede.
    #[must_use]
    pub fn inversions(&self) -> Vec<(&'static str, &'static str)> {
        let start = self.received_at.or(self.applied_at);
        let pairs = [
            (("received_at", self.received_at), ("applied_at", self.applied_at)),
            (("accepted_at", self.accepted_at), ("received_at", start)),
            (("decided_at", self.decided_at), ("accepted_at", self.accepted_at)),
            (("finished_at", self.finished_at), ("accepted_at", self.accepted_at.or(start))),
            (("finished_at", self.finished_at), ("decided_at", self.decided_at)),
            (("delivered_at", self.delivered_at), ("decided_at", self.decided_at)),
        ];
        let before = |a: Option<Timestamp>, b: Option<Timestamp>| a.zip(b).is_some_and(|(a, b)| a < b);
        let mut found: Vec<_> =
            pairs.iter().filter(|((_, a), (_, b))| before(*a, *b)).map(|((a, _), (b, _))| (*a, *b)).collect();
        let first = self.corrections.iter().map(|c| c.notified_at).min();
        if before(self.submissions.iter().map(|s| s.at).min(), first) {
            found.push(("correction_in", "correction"));
        }
        if self.specials.iter().any(|s| s.ended_at.is_some_and(|end| end < s.started_at)) {
            found.push(("special_end", "special_start"));
        }
        found
    }
}
