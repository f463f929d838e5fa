//! The papers of the desk (文书): what each is about, as facts of the moment it was made. How they look stands in the console.

use crate::Timestamp;
use crate::word::words;
use chrono::{NaiveDate, NaiveTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// A kind of paper, with what stands for it in its number by default.
    PaperKind {
        Receipt = "receipt", "收件凭证";
        Correction = "correction", "补正告知书";
        Acceptance = "acceptance", "受理通知书";
        Tolerance = "tolerance", "材料容缺承诺书";
        Rejection = "rejection", "不予受理决定书";
        Revocation = "revocation", "撤销受理决定书";
        Special = "special", "特别程序告知书";
        Extension = "extension", "延期告知书";
        Hearing = "hearing", "听证告知书";
        Grant = "grant", "准予行政许可决定书";
        Refusal = "refusal", "不予行政许可决定书";
        Bill = "bill", "缴费通知";
        Delivery = "delivery", "送达回证";
    }
}

impl PaperKind {
    /// What stands for the kind in a number: 开市监**受**〔2026〕12号.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Self::Receipt => "收",
            Self::Correction => "补",
            Self::Acceptance => "受",
            Self::Tolerance => "容",
            Self::Rejection => "不受",
            Self::Revocation => "撤",
            Self::Special => "特",
            Self::Extension => "延",
            Self::Hearing => "听",
            Self::Grant => "准",
            Self::Refusal => "不准",
            Self::Bill => "缴",
            Self::Delivery => "送",
        }
    }
}

/// A paper as it is made, before it has its number.
#[derive(Clone, Debug, PartialEq)]
pub struct PaperDraft {
    /// What kind.
    pub kind: PaperKind,
    /// What it says.
    pub facts: PaperFacts,
}

/// What a paper says: facts as they were when it was made. What a kind does not speak of is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PaperFacts {
    /// Its number.
    pub no: String,
    /// 办件编号
    pub case_no: String,
    /// Department id.
    pub department: String,
    /// 行政机关: the department's name, as it signs; put in where the paper is kept.
    pub office: String,
    /// Whom to ask: window, address, telephone; likewise.
    pub contact: String,
    /// Whether the item is a licence (行政许可); other items have other words.
    pub licence: bool,
    /// 事项编码
    pub item_code: String,
    /// 事项名称
    pub item_name: String,
    /// 设定依据
    pub legal_basis: String,
    /// Name of the applicant.
    pub applicant: String,
    /// Name of the agent.
    pub agent: Option<String>,
    /// 窗口
    pub window: Option<String>,
    /// 排队号
    pub queue_no: Option<String>,
    /// When it was made.
    pub made_at: Timestamp,
    /// By whom.
    pub made_by: String,
    /// When the case was received.
    pub received_at: Option<Timestamp>,
    /// When it was accepted.
    pub accepted_at: Option<Timestamp>,
    /// The last day to be told whether it is accepted, on a receipt.
    pub answer_by: Option<NaiveDate>,
    /// Materials that were handed in.
    pub materials: Vec<String>,
    /// What is missing or to be put right.
    pub missing: Vec<String>,
    /// The last day: for corrections, tolerated materials.
    pub due: Option<NaiveDate>,
    /// 承诺时限 and 法定时限, in words: 10 个工作日.
    pub promise: Option<String>,
    /// 法定时限, in words.
    pub legal: Option<String>,
    /// Why.
    pub reason: String,
    /// What the applicant may do against it.
    pub remedies: String,
    /// The special procedure, in Chinese.
    pub special: Option<String>,
    /// Its legal basis.
    pub basis: String,
    /// Working days.
    pub days: Option<u32>,
    /// Who approved it.
    pub approver: Option<String>,
    /// Whether that was the head of the government at this level, and not that of the organ.
    pub government: bool,
    /// The day of the hearing.
    pub on: Option<NaiveDate>,
    /// The hour it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<NaiveTime>,
    /// Where.
    pub place: String,
    /// The number of the certificate.
    pub certificate_no: Option<String>,
    /// From when it is valid.
    pub valid_from: Option<NaiveDate>,
    /// To when.
    pub valid_to: Option<NaiveDate>,
    /// The fee.
    pub fee: Option<FeeFacts>,
    /// 送达方式
    pub mode: Option<String>,
    /// 领取人
    pub collector: Option<String>,
    /// The papers that are delivered, by number.
    pub delivered: Vec<String>,
}

/// A fee on a paper.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FeeFacts {
    /// 收费项目
    pub item: String,
    /// What is charged after the reduction, fen.
    pub amount: i64,
    /// 减免, fen.
    pub reduced: i64,
    /// Why.
    pub basis: String,
    /// 缴款单号
    pub bill_no: Option<String>,
}

/// A paper as it is kept. Nothing of it changes but the mark that it is void.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeskPaper {
    /// Its number.
    pub no: String,
    /// Department id.
    pub department: String,
    /// 办件编号
    pub case_no: String,
    /// What kind.
    pub kind: PaperKind,
    /// What it says.
    pub facts: PaperFacts,
    /// SHA-256 of what it says, hexadecimal.
    pub digest: String,
    /// That it is void.
    #[serde(default)]
    pub void: Option<Voided>,
}

impl DeskPaper {
    /// Makes who applied and who collected unrecognisable.
    pub fn mask(&mut self) {
        let facts = &mut self.facts;
        facts.applicant = super::applicant::masked_name(&facts.applicant);
        for name in [&mut facts.agent, &mut facts.collector].into_iter().flatten() {
            *name = super::applicant::masked_name(name);
        }
    }
}

/// That a paper is void.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Voided {
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}
