//! What can be done at the desk, in which words, and what comes of it.

use super::{Applicant, DeskCase, DeskRecord, Draw, PaperDraft};
use crate::Timestamp;
use crate::calendar::Calendar;
use chrono::{NaiveDate, NaiveTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an act is judged by, besides the case.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Now.
    pub now: Timestamp,
    /// Working days.
    pub calendar: &'a Calendar,
    /// The last instant of the limit that an extension would move.
    pub due: Option<Timestamp>,
    /// Working days for corrections, where an act names no date.
    pub correction_days: u32,
    /// Working days for tolerated materials, where an act names no date.
    pub tolerance_days: u32,
    /// What the applicant may do against a decision, where an act says nothing.
    pub remedies: &'a str,
    /// What the department is called that an act asks.
    pub asked: &'a str,
}

/// What is taken down at the counter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// 事项编码
    pub item_code: String,
    /// In short; by default the item's name.
    #[serde(default)]
    pub title: String,
    /// Who applied.
    pub applicant: Applicant,
    /// Code table `channel`; by default the window.
    #[serde(default)]
    pub channel: Option<String>,
    /// 窗口
    #[serde(default)]
    pub window: Option<String>,
    /// 排队号
    #[serde(default)]
    pub queue_no: Option<String>,
    /// The checklist; what is not named is missing.
    #[serde(default)]
    pub materials: Vec<HandedIn>,
}

/// How a material of the checklist is ticked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MaterialMark {
    /// 已收
    Received,
    /// 缺
    Missing,
    /// 不需要
    NotNeeded,
}

/// One line of the checklist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandedIn {
    /// Name, as the item says.
    pub name: String,
    /// How it is ticked.
    pub state: MaterialMark,
}

/// What a named person does with a case at the desk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
pub enum DeskAct {
    /// Ticks the checklist again: before acceptance anything, afterwards what was tolerated and came.
    Materials {
        /// Lines that changed.
        materials: Vec<HandedIn>,
    },
    /// 一次性补正告知: everything at once, once.
    Correct {
        /// What else is to be put right, beside the materials that are missing.
        #[serde(default)]
        items: Vec<String>,
        /// The last day.
        #[serde(default)]
        due: Option<NaiveDate>,
    },
    /// 补正受理: what the applicant brought.
    Corrected {
        /// Lines that changed.
        #[serde(default)]
        materials: Vec<HandedIn>,
    },
    /// 补正逾期: nothing came by the last day.
    Lapse,
    /// 受理
    Accept {
        /// The last day for tolerated materials.
        #[serde(default)]
        tolerance_due: Option<NaiveDate>,
        /// The applicant promised in writing to hand them in.
        #[serde(default)]
        promised: bool,
        /// Which node comes first, where the flow leaves a choice.
        #[serde(default)]
        to: Vec<String>,
    },
    /// 不予受理
    Reject {
        /// Why.
        reason: String,
        /// What the applicant may do against it.
        #[serde(default)]
        remedies: String,
    },
    /// Ends a step and goes on.
    Pass {
        /// Which open step; the only one where nothing is said.
        #[serde(default)]
        step: Option<u32>,
        /// 办理意见
        opinion: String,
        /// Others who took part.
        #[serde(default)]
        with: Vec<String>,
        /// Node ids, where the flow leaves a choice.
        #[serde(default)]
        to: Vec<String>,
    },
    /// Sends a step back to one before it.
    Return {
        /// Which open step; the only one where nothing is said.
        #[serde(default)]
        step: Option<u32>,
        /// Why.
        opinion: String,
        /// Others who took part.
        #[serde(default)]
        with: Vec<String>,
        /// The node it goes back to.
        to: String,
    },
    /// Begins a step that may come next and was not begun.
    Begin {
        /// The node.
        node: String,
    },
    /// 会办: asks another department.
    Ask {
        /// Whom.
        department: String,
        /// What.
        content: String,
        /// The last day.
        reply_by: NaiveDate,
    },
    /// The answer of the department that was asked.
    Answer {
        /// Which request; at a part its own, elsewhere the only one that waits where nothing is said.
        #[serde(default)]
        key: Option<u32>,
        /// What it says.
        opinion: String,
        /// Whether it agrees.
        agrees: bool,
    },
    /// Takes back what was asked of another department, before it answered.
    UnaskJoint {
        /// Which request.
        key: u32,
        /// Why.
        reason: String,
    },
    /// Asks for a special procedure.
    AskSpecial {
        /// Code table `special_kind`, of the item's list.
        kind: String,
        /// Legal basis; by default the item's.
        #[serde(default)]
        basis: String,
        /// Working days.
        days: u32,
    },
    /// Asks for an extension.
    AskExtension {
        /// Working days.
        days: u32,
        /// Why.
        reason: String,
    },
    /// Asks that the case be voided.
    AskVoid {
        /// Why.
        reason: String,
    },
    /// Takes back what oneself asked approval for, before it was decided.
    UnaskApproval {
        /// Which.
        key: u32,
        /// Why.
        reason: String,
    },
    /// Decides what somebody else asked for.
    Allow {
        /// Which.
        key: u32,
        /// Whether it is allowed.
        allowed: bool,
        /// Remarks; why, where it is not.
        #[serde(default)]
        text: String,
        /// The head of the government who approved, for an extension of joint handling.
        #[serde(default)]
        approver: Option<String>,
    },
    /// The notice of a special procedure or of the extension was served on the applicant.
    Notify {
        /// `special` or `extension`.
        what: Notice,
    },
    /// The special procedure is over.
    EndSpecial {
        /// Which; the only open one where nothing is said.
        #[serde(default)]
        key: Option<u32>,
        /// What came of it.
        result: String,
    },
    /// A hearing is asked for by the applicant or an interested party.
    RequestHearing,
    /// 听证告知; again before it was held: another day.
    Hearing {
        /// The day.
        on: NaiveDate,
        /// The hour it begins: `09:30`.
        time: NaiveTime,
        /// Where.
        place: String,
    },
    /// The hearing is not held: whoever asked for it does so no more, or there is no more reason for it.
    CancelHearing {
        /// Why.
        reason: String,
    },
    /// The hearing was held.
    HoldHearing {
        /// The record (听证笔录), by number or name.
        minutes: String,
    },
    /// 转报
    ForwardUp {
        /// To whom.
        to_org: String,
        /// The opinion of the first review.
        opinion: String,
    },
    /// Decides the case.
    Decide {
        /// Whether it is granted.
        granted: bool,
        /// Why.
        reason: String,
        /// What the applicant may do against it.
        #[serde(default)]
        remedies: String,
        /// From when the certificate is valid.
        #[serde(default)]
        valid_from: Option<NaiveDate>,
        /// To when.
        #[serde(default)]
        valid_to: Option<NaiveDate>,
    },
    /// Bills a fee.
    Fee {
        /// 收费项目, of the item's list.
        item: String,
        /// What is charged after the reduction, fen.
        amount: i64,
        /// 减免, fen.
        #[serde(default)]
        reduced: i64,
        /// Why it is reduced.
        #[serde(default)]
        basis: String,
        /// 缴款单号
        #[serde(default)]
        bill_no: Option<String>,
    },
    /// An unpaid bill is cancelled: its paper is void, and what was reported of it is put right.
    CancelFee {
        /// Which.
        key: u32,
        /// Why.
        reason: String,
    },
    /// A fee was paid.
    Paid {
        /// Which; the only unpaid one where nothing is said.
        #[serde(default)]
        key: Option<u32>,
        /// 缴款单号
        #[serde(default)]
        bill_no: Option<String>,
    },
    /// 办结
    Finish,
    /// 送达
    Deliver {
        /// 送达方式
        mode: String,
        /// 领取人
        collector: String,
    },
    /// The applicant withdraws.
    Withdraw {
        /// What the applicant says.
        reason: String,
    },
    /// 撤销受理: what was to follow did not come by the last day.
    Revoke {
        /// Why.
        reason: String,
    },
    /// Hands the case, or one open step, over to somebody; to oneself: takes it.
    HandOver {
        /// To whom.
        to: String,
        /// What this person has; nothing: what the one who acts has, and what nobody has.
        #[serde(default)]
        from: Option<String>,
        /// Which step; nothing: the case and all open steps.
        #[serde(default)]
        step: Option<u32>,
        /// Why.
        #[serde(default)]
        reason: String,
    },
    /// The applicant is invited to rate the service, once.
    Rate,
    /// The rating link was lost: another in its place, while nobody has rated.
    RateAgain {
        /// Why.
        reason: String,
    },
    /// The query code was lost: another in its place.
    NewCode {
        /// Why.
        reason: String,
    },
}

/// A notice that is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// Of the newest special procedure.
    Special,
    /// Of the extension.
    Extension,
}

impl DeskAct {
    /// The words of acts, as the API names them.
    pub const WORDS: &'static [&'static str] = &[
        "materials",
        "correct",
        "corrected",
        "lapse",
        "accept",
        "reject",
        "pass",
        "return",
        "begin",
        "ask",
        "answer",
        "unask-joint",
        "ask-special",
        "ask-extension",
        "ask-void",
        "unask-approval",
        "allow",
        "notify",
        "end-special",
        "request-hearing",
        "hearing",
        "cancel-hearing",
        "hold-hearing",
        "forward-up",
        "decide",
        "fee",
        "cancel-fee",
        "paid",
        "finish",
        "deliver",
        "withdraw",
        "revoke",
        "hand-over",
        "rate",
        "rate-again",
        "new-code",
    ];

    /// Its word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Materials { .. } => "materials",
            Self::Correct { .. } => "correct",
            Self::Corrected { .. } => "corrected",
            Self::Lapse => "lapse",
            Self::Accept { .. } => "accept",
            Self::Reject { .. } => "reject",
            Self::Pass { .. } => "pass",
            Self::Return { .. } => "return",
            Self::Begin { .. } => "begin",
            Self::Ask { .. } => "ask",
            Self::Answer { .. } => "answer",
            Self::AskSpecial { .. } => "ask-special",
            Self::AskExtension { .. } => "ask-extension",
            Self::AskVoid { .. } => "ask-void",
            Self::Allow { .. } => "allow",
            Self::Notify { .. } => "notify",
            Self::EndSpecial { .. } => "end-special",
            Self::RequestHearing => "request-hearing",
            Self::Hearing { .. } => "hearing",
            Self::HoldHearing { .. } => "hold-hearing",
            Self::ForwardUp { .. } => "forward-up",
            Self::Decide { .. } => "decide",
            Self::Fee { .. } => "fee",
            Self::Paid { .. } => "paid",
            Self::Finish => "finish",
            Self::Deliver { .. } => "deliver",
            Self::Withdraw { .. } => "withdraw",
            Self::HandOver { .. } => "hand-over",
            Self::Rate => "rate",
            Self::RateAgain { .. } => "rate-again",
            Self::NewCode { .. } => "new-code",
            Self::UnaskJoint { .. } => "unask-joint",
            Self::UnaskApproval { .. } => "unask-approval",
            Self::CancelHearing { .. } => "cancel-hearing",
            Self::CancelFee { .. } => "cancel-fee",
            Self::Revoke { .. } => "revoke",
        }
    }
}

/// What comes of an act: the case as it is then, what it reports, which papers it makes, which numbers it needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The case.
    pub case: DeskCase,
    /// Records of the exchange standard, in order.
    pub records: Vec<DeskRecord>,
    /// Papers.
    pub papers: Vec<PaperDraft>,
    /// Numbers to be drawn.
    pub draws: Vec<Draw>,
    /// A paper that is void now, by number, and why.
    pub void: Option<(String, String)>,
}
