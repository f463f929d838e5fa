//! A finding: one rule, one object, one level, and everything needed to derive it again. Handbook §10.3, §11.12.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How serious. Handbook §5.10.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Level {
    /// 提示
    Hint = 0,
    /// 预警
    Prewarning = 1,
    /// 黄牌
    Yellow = 2,
    /// 红牌
    Red = 3,
}

impl Level {
    /// From the stored number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        [Self::Hint, Self::Prewarning, Self::Yellow, Self::Red].into_iter().find(|l| *l as u8 == code)
    }

    /// The word in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Prewarning => "prewarning",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }

    /// The Chinese word.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Hint => "提示",
            Self::Prewarning => "预警",
            Self::Yellow => "黄牌",
            Self::Red => "红牌",
        }
    }
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// A case; the object's id is the case number.
    Case,
    /// A step of a case; `case_no/step key`.
    Step,
    /// A record that was rejected; a date or a record key.
    Record,
    /// A department as a source; its id.
    Source,
    /// The county itself, e.g. its calendar. A system alarm: nobody is issued a card for it.
    County,
    /// A special procedure of a case; `case_no/special key`.
    Special,
    /// An extension of a case; `case_no/extension key`.
    Extension,
    /// A hearing of a case; `case_no/hearing key`.
    Hearing,
    /// A department as a whole, in a period or for a number series.
    Department,
    /// An item of the catalogue; its code.
    Item,
    /// Something published; its id.
    Publication,
    /// A complaint; its number.
    Complaint,
    /// An enquiry; its number.
    Enquiry,
    /// A card; its number.
    Card,
    /// A supervision order; its number.
    Order,
    /// A rating; its id.
    Rating,
    /// What a supervisor saw and wrote a card about.
    Seen,
    /// A verified problem or a registered sanction; its number.
    Problem,
    /// A member of staff or an agent, as a clue only.
    Person,
}

/// One evaluation result that is true.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Finding {
    /// Rule id, e.g. `T-02`.
    pub rule: String,
    /// The version of the rule that was applied.
    pub rule_version: u32,
    /// The rule's family: of one object and family only the highest level counts.
    pub family: String,
    /// How serious.
    pub level: Level,
    /// What it is about.
    pub object: ObjectKind,
    /// Which.
    pub object_id: String,
    /// The case, where there is one.
    pub case_no: Option<String>,
    /// The item, where there is one.
    pub item_code: Option<String>,
    /// When the fact came true by business time, e.g. the first instant after the deadline.
    pub fact_time: Timestamp,
    /// The value measured, e.g. days overdue.
    pub value: i64,
    /// The inputs the rule read, by name, as text.
    pub inputs: BTreeMap<String, String>,
    /// The version of the calendar that was read, where one was.
    pub calendar_version: Option<String>,
    /// The sentence for the person concerned.
    pub explain_zh: String,
}

impl Finding {
    /// `rule:object:level`; a finding is written once under it.
    #[must_use]
    pub fn dedupe_key(&self) -> String {
        format!("{}:{}:{}", self.rule, self.object_id, self.level as u8)
    }
}

/// A rule that could not be judged, and why. Never "in order".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Undetermined {
    /// Rule id.
    pub rule: String,
    /// What is missing.
    pub reason_zh: String,
}
