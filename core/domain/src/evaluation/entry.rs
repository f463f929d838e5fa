//! 人工录入: points that no measure gives, entered with a document by one person and approved by another; and the disciplinary
//! deductions from a year's total. Handbook §6.1, §12.2.

use crate::Timestamp;
use crate::procedure::Done;
use crate::score::ManualEntry;
use crate::word::words;
use serde::{Deserialize, Serialize};

/// A sanction (处分) of a staff member: deducted once from the department's annual total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sanction {
    /// 警告
    Warning,
    /// 记过
    Demerit,
    /// 记大过
    GraveDemerit,
    /// 降级
    Demotion,
    /// 撤职
    Removal,
    /// 开除
    Dismissal,
}

impl Sanction {
    /// The word in the API and TOML.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Demerit => "demerit",
            Self::GraveDemerit => "grave_demerit",
            Self::Demotion => "demotion",
            Self::Removal => "removal",
            Self::Dismissal => "dismissal",
        }
    }

    /// Deduction from the annual total, hundredths (published table, handbook §6.1).
    #[must_use]
    pub fn points(self) -> i64 {
        match self {
            Self::Warning => -1000,
            Self::Demerit => -1500,
            Self::GraveDemerit => -2000,
            Self::Demotion => -3000,
            Self::Removal => -4000,
            Self::Dismissal => -5000,
        }
    }

    /// The Chinese word.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Warning => "警告",
            Self::Demerit => "记过",
            Self::GraveDemerit => "记大过",
            Self::Demotion => "降级",
            Self::Removal => "撤职",
            Self::Dismissal => "开除",
        }
    }
}

words! {
    /// Where an entry stands. What is approved goes into every run made from now on.
    EntryState {
        Proposed = "proposed", "待审核";
        Approved = "approved", "已批准";
        Declined = "declined", "未批准";
        Withdrawn = "withdrawn", "已撤回";
    }
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ScoreEntry {
    /// Its number.
    pub no: String,
    /// For which standard.
    pub standard: String,
    /// For which department.
    pub department: String,
    /// A month (`2026-03`); of a sanction the year (`2026`).
    pub period: String,
    /// Which indicator of the standard, `bonus` or `self-reported`; of a sanction `discipline`.
    pub indicator: String,
    /// Hundredths, negative for a deduction.
    pub points: i64,
    /// The sanction, where it is one.
    pub sanction: Option<Sanction>,
    /// Why.
    pub reason: String,
    /// Which document it rests on, e.g. its number.
    pub document: String,
    /// Who entered it.
    pub entered_by: String,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// Where it stands.
    pub state: EntryState,
    /// Everything that was done, in order.
    pub steps: Vec<Done>,
}

/// Why an act on an entry is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// It stands where this cannot be done.
    #[error("entry.state: 录入现为“{from}”，不能{act}", from = .0.name_zh(), act = .1)]
    State(EntryState, &'static str),
    /// Who entered it cannot approve it.
    #[error("entry.same-person: 录入的人不能审核")]
    SamePerson,
    /// Words are missing.
    #[error("entry.words: 请写明理由")]
    Words,
}

impl ScoreEntry {
    /// Approves, declines or withdraws it: `approve`, `decline`, `withdraw`. What is approved may still be withdrawn; a run that
    /// was made with it keeps it.
    ///
    /// # Errors
    /// [`EntryError`]; the entry is unchanged then.
    pub fn act(&mut self, act: &str, text: &str, by: &str, at: Timestamp) -> Result<(), EntryError> {
        use EntryState as S;
        let from = |states: &[S], zh| {
            if states.contains(&self.state) { Ok(()) } else { Err(EntryError::State(self.state, zh)) }
        };
        if act != "approve" && text.trim().is_empty() {
            return Err(EntryError::Words);
        }
        self.state = match act {
            "withdraw" => {
                from(&[S::Proposed, S::Approved], "撤回")?;
                S::Withdrawn
            }
            _ => {
                from(&[S::Proposed], "审核")?;
                if self.entered_by == by {
                    return Err(EntryError::SamePerson);
                }
                if act == "approve" { S::Approved } else { S::Declined }
            }
        };
        if self.state == S::Approved {
            self.approved_by = Some(by.to_owned());
        }
        self.steps.push(Done { act: act.to_owned(), by: by.to_owned(), at, text: text.to_owned() });
        Ok(())
    }

    /// As a standard is told it.
    #[must_use]
    pub fn told(&self) -> ManualEntry {
        ManualEntry {
            indicator: self.indicator.clone(),
            points: self.points,
            reason: self.reason.clone(),
            document: format!(
                "{}，{} 录入，{} 审核",
                self.document,
                self.entered_by,
                self.approved_by.as_deref().unwrap_or("")
            ),
        }
    }
}
