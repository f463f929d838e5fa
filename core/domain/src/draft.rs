//! A version of an item before it is in the catalogue: drafted by the department or an office, checked for completeness, reviewed
//! by the legal office (licences) or the development bureau (the others), and published when the catalogue holds exactly it. The
//! catalogue itself stays configuration; a draft only leads to it. Handbook §14.

mod change;
pub mod lines;

pub use change::{Change, changes};

use crate::Timestamp;
use crate::item::Item;
use crate::procedure::Done;
use crate::role::Role;
use crate::word::words;
use serde::{Deserialize, Serialize};

/// Code table A.1 of GB/T 39046: 行政许可.
pub const LICENCE: &str = "01";
/// The same table, as far as its codes are given: code and Chinese name.
pub const TASK_TYPES: &[(&str, &str)] = &[
    ("00", "行政权力事项"),
    ("01", "行政许可"),
    ("02", "行政处罚"),
    ("03", "行政强制"),
    ("04", "行政征收"),
    ("05", "行政给付"),
    ("06", "行政检查"),
    ("07", "行政确认"),
    ("08", "行政奖励"),
    ("09", "行政裁决"),
    ("10", "其他类别"),
    ("20", "公共服务"),
];

words! {
    /// Where a draft stands.
    DraftState {
        Draft = "draft", "草拟中";
        Submitted = "submitted", "待审核";
        Returned = "returned", "已退回";
        Approved = "approved", "待公布";
        Published = "published", "已公布";
        Superseded = "superseded", "已被取代";
        Withdrawn = "withdrawn", "已撤回";
    }
}

impl DraftState {
    /// Whether it may still become a version.
    #[must_use]
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Published | Self::Superseded | Self::Withdrawn)
    }
}

/// Something a check says of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Remark {
    /// It stands in the way of the review.
    pub grave: bool,
    /// An error code, or a rule's id.
    pub code: String,
    /// Of which field: `promise_limit`, `nodes`.
    pub field: String,
    /// At which place of its list, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub fix: String,
}

/// A drafted version of an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ItemDraft {
    /// Its number.
    pub no: String,
    /// Where it stands.
    pub state: DraftState,
    /// Whose item it is.
    pub department: String,
    /// The version as it is to be.
    pub item: Item,
    /// The version it is made from; nothing: a new item.
    pub base: Option<u32>,
    /// The import it was made from (number).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<String>,
    /// Everybody who wrote at it.
    pub drafted_by: Vec<String>,
    /// What the last check said.
    pub remarks: Vec<Remark>,
    /// When it was checked last as it is now.
    pub checked_at: Option<Timestamp>,
    /// When it was approved.
    pub approved_at: Option<Timestamp>,
    /// Everything that was done, in order.
    pub steps: Vec<Done>,
}

/// What is done with a draft.
#[derive(Clone, Debug, PartialEq)]
pub enum DraftAct {
    /// 修改
    Edit {
        /// As it is to be.
        item: Box<Item>,
    },
    /// 检查: completeness.
    Check {
        /// What was found.
        remarks: Vec<Remark>,
    },
    /// 送审
    Submit {
        /// What was found.
        remarks: Vec<Remark>,
        /// Remarks.
        text: String,
    },
    /// 审核通过
    Approve {
        /// What is found now.
        remarks: Vec<Remark>,
        /// Remarks.
        text: String,
    },
    /// 退回修改
    Return {
        /// Why.
        text: String,
    },
    /// 撤回
    Withdraw {
        /// Why.
        text: String,
    },
    /// The catalogue holds exactly this version.
    Publish,
    /// The catalogue holds something else in its place.
    Supersede {
        /// What.
        text: String,
    },
}

/// Why an act on a draft is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// It stands where this cannot be done.
    #[error("draft.state: 草案现为“{from}”，不能{act}", from = .0.name_zh(), act = .1)]
    State(DraftState, &'static str),
    /// Words are missing.
    #[error("draft.words: 请写明理由")]
    Words,
    /// Who wrote at it does not review it.
    #[error("draft.same-person: {0} 参与了编制，不能审核")]
    SamePerson(String),
    /// Another office reviews it.
    #[error("draft.office: 这类事项由{}审核", .0.name_zh())]
    Office(Role),
    /// It is not complete.
    #[error("draft.incomplete: 检查出 {0} 个问题：{1}")]
    Incomplete(usize, String),
    /// Code and department make an item what it is.
    #[error("draft.identity: 事项编码、部门和版本号不能改动")]
    Identity,
}

/// Who reviews an item: licences the legal office, the others the development bureau.
#[must_use]
pub fn reviewer(item: &Item) -> Role {
    if item.task_type == LICENCE { Role::LegalOffice } else { Role::DevelopmentBureau }
}

impl ItemDraft {
    /// A new draft, not yet numbered.
    #[must_use]
    pub fn begin(item: Item, base: Option<u32>, by: &str, at: Timestamp) -> Self {
        Self {
            no: String::new(),
            state: DraftState::Draft,
            department: item.department.clone(),
            item,
            base,
            import: None,
            drafted_by: vec![by.to_owned()],
            remarks: Vec::new(),
            checked_at: None,
            approved_at: None,
            steps: vec![Done { act: "draft".to_owned(), by: by.to_owned(), at, text: String::new() }],
        }
    }

    fn checked(&mut self, remarks: Vec<Remark>, at: Timestamp) -> Result<(), DraftError> {
        let grave: Vec<&str> = remarks.iter().filter(|r| r.grave).map(|r| r.message.as_str()).collect();
        if let Some(first) = grave.first() {
            return Err(DraftError::Incomplete(grave.len(), (*first).to_owned()));
        }
        (self.remarks, self.checked_at) = (remarks, Some(at));
        Ok(())
    }

    /// Does something with the draft. `role`: in which role, for the review.
    ///
    /// # Errors
    /// [`DraftError`]; the draft is unchanged then.
    pub fn act(&mut self, act: DraftAct, (by, role): (&str, Role), at: Timestamp) -> Result<(), DraftError> {
        use DraftState as S;
        let from = |states: &[S], zh| {
            if states.contains(&self.state) { Ok(()) } else { Err(DraftError::State(self.state, zh)) }
        };
        let words = |text: &str| if text.trim().is_empty() { Err(DraftError::Words) } else { Ok(()) };
        let reviews = || match reviewer(&self.item) {
            office if office != role => Err(DraftError::Office(office)),
            _ if self.drafted_by.iter().any(|one| one == by) => Err(DraftError::SamePerson(by.to_owned())),
            _ => Ok(()),
        };
        let (word, text) = match act {
            DraftAct::Edit { item } => {
                from(&[S::Draft, S::Returned], "修改")?;
                let same = |i: &Item| (i.code.clone(), i.department.clone(), i.version);
                if same(&item) != same(&self.item) {
                    return Err(DraftError::Identity);
                }
                let told: Vec<String> = changes(&self.item, &item).into_iter().map(|c| c.field).collect();
                self.item = *item;
                self.remarks.clear();
                self.checked_at = None;
                if !self.drafted_by.iter().any(|one| one == by) {
                    self.drafted_by.push(by.to_owned());
                }
                ("edit", told.join("、"))
            }
            DraftAct::Check { remarks } => {
                from(&[S::Draft, S::Returned], "检查")?;
                let grave = remarks.iter().filter(|r| r.grave).count();
                (self.remarks, self.checked_at) = (remarks, Some(at));
                ("check", format!("{grave} 个问题"))
            }
            DraftAct::Submit { remarks, text } => {
                from(&[S::Draft, S::Returned], "送审")?;
                self.checked(remarks, at)?;
                self.state = S::Submitted;
                ("submit", text)
            }
            DraftAct::Approve { remarks, text } => {
                from(&[S::Submitted], "审核")?;
                reviews()?;
                self.checked(remarks, at)?;
                (self.state, self.approved_at) = (S::Approved, Some(at));
                ("approve", text)
            }
            DraftAct::Return { text } => {
                from(&[S::Submitted, S::Approved], "退回")?;
                reviews()?;
                words(&text)?;
                (self.state, self.approved_at) = (S::Returned, None);
                ("return", text)
            }
            DraftAct::Withdraw { text } => {
                from(&[S::Draft, S::Returned, S::Submitted], "撤回")?;
                words(&text)?;
                self.state = S::Withdrawn;
                ("withdraw", text)
            }
            DraftAct::Publish => {
                from(&[S::Approved], "公布")?;
                self.state = S::Published;
                ("publish", String::new())
            }
            DraftAct::Supersede { text } => {
                from(&[S::Draft, S::Submitted, S::Returned, S::Approved], "取代")?;
                self.state = S::Superseded;
                ("supersede", text)
            }
        };
        self.steps.push(Done { act: word.to_owned(), by: by.to_owned(), at, text });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
