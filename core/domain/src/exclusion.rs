//! 统计排除: what is left out of statistics and scores, by whom, why, from when until when. One person asks for it with a document,
//! another approves it. Every report prints those that touch it (U-10); nothing is left out silently.

use crate::Timestamp;
use crate::procedure::Done;
use crate::word::words;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// One exclusion that is in force: the days from `from` to `to`, both included, of a department or of one of its items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Exclusion {
    /// Its number.
    pub no: String,
    /// Department id.
    pub department: String,
    /// Only this item; nothing: all of the department.
    pub item: Option<String>,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Why.
    pub reason: String,
    /// The document it rests on.
    pub document: String,
    /// Who asked for it.
    pub by: String,
    /// Who approved it; never the same person.
    pub approved_by: String,
}

impl Exclusion {
    /// Whether a day of a department and an item is left out by it.
    #[must_use]
    pub fn covers(&self, department: &str, item: &str, day: NaiveDate) -> bool {
        self.department == department
            && self.item.as_deref().is_none_or(|i| i == item)
            && (self.from..=self.to).contains(&day)
    }

    /// Whether it touches a period; both days included.
    #[must_use]
    pub fn touches(&self, from: NaiveDate, to: NaiveDate) -> bool {
        self.from <= to && from <= self.to
    }
}

words! {
    /// Where an entry of the register stands.
    ExclusionState {
        Proposed = "proposed", "待审核";
        InForce = "in_force", "生效";
        Declined = "declined", "未批准";
        Withdrawn = "withdrawn", "已撤回";
    }
}

/// An entry of the register. One that is in force reads as an [`Exclusion`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ExclusionEntry {
    /// Its number.
    pub no: String,
    /// Department id.
    pub department: String,
    /// Only this item; nothing: all of the department.
    pub item: Option<String>,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Why.
    pub reason: String,
    /// The document it rests on.
    pub document: String,
    /// Who asked for it.
    pub by: String,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// Where it stands.
    pub state: ExclusionState,
    /// Everything that was done, in order.
    pub steps: Vec<Done>,
}

/// Why an act on an exclusion is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExclusionError {
    /// It stands where this cannot be done.
    #[error("exclusion.state: 统计排除现为“{from}”，不能{act}", from = .0.name_zh(), act = .1)]
    State(ExclusionState, &'static str),
    /// Who asked for it cannot approve it.
    #[error("exclusion.same-person: 申请的人不能审核")]
    SamePerson,
    /// Words are missing.
    #[error("exclusion.words: 请写明理由")]
    Words,
    /// An end that is none.
    #[error("exclusion.days: 提前结束的日期应在 {0} 之后、{1} 之前（含首日，不含原末日）")]
    Days(NaiveDate, NaiveDate),
}

/// What a named person does with an exclusion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExclusionAct {
    /// Another person approves it.
    Approve {
        /// Remarks, may be empty.
        text: String,
    },
    /// Another person does not.
    Decline {
        /// Why.
        text: String,
    },
    /// Ends it earlier than was approved; what it covered until then stays left out.
    End {
        /// The last day now.
        to: NaiveDate,
        /// Why.
        text: String,
    },
    /// Takes it back altogether: nothing is left out by it, in whatever is counted from now on.
    Withdraw {
        /// Why.
        text: String,
    },
}

impl ExclusionEntry {
    /// Does something with it.
    ///
    /// # Errors
    /// [`ExclusionError`]; the entry is unchanged then.
    pub fn act(&mut self, act: ExclusionAct, by: &str, at: Timestamp) -> Result<(), ExclusionError> {
        use ExclusionState as S;
        let from = |states: &[S], zh| {
            if states.contains(&self.state) { Ok(()) } else { Err(ExclusionError::State(self.state, zh)) }
        };
        let said = |text: &str| if text.trim().is_empty() { Err(ExclusionError::Words) } else { Ok(()) };
        let other = || if self.by == by { Err(ExclusionError::SamePerson) } else { Ok(()) };
        let (word, text) = match act {
            ExclusionAct::Approve { text } => {
                from(&[S::Proposed], "审核")?;
                other()?;
                (self.state, self.approved_by) = (S::InForce, Some(by.to_owned()));
                ("approve", text)
            }
            ExclusionAct::Decline { text } => {
                from(&[S::Proposed], "审核")?;
                other()?;
                said(&text)?;
                self.state = S::Declined;
                ("decline", text)
            }
            ExclusionAct::End { to, text } => {
                from(&[S::InForce], "提前结束")?;
                said(&text)?;
                if !(self.from..self.to).contains(&to) {
                    return Err(ExclusionError::Days(self.from, self.to));
                }
                let text = format!("{text}（末日由 {} 改为 {to}）", self.to);
                self.to = to;
                ("end", text)
            }
            ExclusionAct::Withdraw { text } => {
                from(&[S::Proposed, S::InForce], "撤回")?;
                said(&text)?;
                self.state = S::Withdrawn;
                ("withdraw", text)
            }
        };
        self.steps.push(Done { act: word.to_owned(), by: by.to_owned(), at, text });
        Ok(())
    }

    /// What it leaves out, while it is in force.
    #[must_use]
    pub fn exclusion(&self) -> Option<Exclusion> {
        let approved_by = self.approved_by.clone().filter(|_| self.state == ExclusionState::InForce)?;
        Some(Exclusion {
            no: self.no.clone(),
            department: self.department.clone(),
            item: self.item.clone(),
            from: self.from,
            to: self.to,
            reason: self.reason.clone(),
            document: self.document.clone(),
            by: self.by.clone(),
            approved_by,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn proposed() -> ExclusionEntry {
        ExclusionEntry {
            no: "PC1".to_owned(),
            department: "market".to_owned(),
            item: None,
            from: day("2026-03-02"),
            to: day("2026-03-31"),
            reason: "机房搬迁".to_owned(),
            document: "开监〔2026〕3号".to_owned(),
            by: "ming".to_owned(),
            approved_by: None,
            state: ExclusionState::Proposed,
            steps: Vec::new(),
        }
    }

    #[test]
    fn another_person_approves_it_and_it_may_end_early() {
        let mut one = proposed();
        let t = |text: &str| text.to_owned();
        assert_eq!(one.exclusion(), None);
        let approve = ExclusionAct::Approve { text: String::new() };
        assert_eq!(one.act(approve.clone(), "ming", Timestamp(1)), Err(ExclusionError::SamePerson));
        assert_eq!(one.act(approve.clone(), "hong", Timestamp(1)), Ok(()));
        assert!(matches!(one.act(approve, "hong", Timestamp(2)), Err(ExclusionError::State(..))));
        let stands = one.exclusion().expect("in force");
        assert_eq!(stands.approved_by, "hong");
        assert!(
            stands.covers("market", "any", day("2026-03-31")) && !stands.covers("market", "any", day("2026-04-01"))
        );
        assert!(!stands.covers("health", "any", day("2026-03-31")));
        for to in ["2026-03-01", "2026-03-31", "2026-04-01"] {
            let act = ExclusionAct::End { to: day(to), text: t("已恢复") };
            assert!(matches!(one.act(act, "ming", Timestamp(3)), Err(ExclusionError::Days(..))), "{to}");
        }
        let silent = ExclusionAct::End { to: day("2026-03-09"), text: t(" ") };
        assert_eq!(one.act(silent, "ming", Timestamp(3)), Err(ExclusionError::Words));
        one.act(ExclusionAct::End { to: day("2026-03-09"), text: t("已恢复") }, "ming", Timestamp(3)).expect("ended");
        assert!(!one.exclusion().expect("still").covers("market", "any", day("2026-03-10")));
        one.act(ExclusionAct::Withdraw { text: t("误报") }, "ming", Timestamp(4)).expect("withdrawn");
        assert_eq!(one.exclusion(), None);
        let acts: Vec<&str> = one.steps.iter().map(|s| s.act.as_str()).collect();
        assert_eq!(acts, ["approve", "end", "withdraw"]);
    }

    #[test]
    fn one_in_force_reads_as_what_it_leaves_out() {
        let mut one = proposed();
        one.act(ExclusionAct::Approve { text: String::new() }, "hong", Timestamp(1)).expect("approved");
        let read: Exclusion = serde_json::from_value(serde_json::json!(one)).expect("an exclusion");
        assert_eq!(Some(read), one.exclusion());
    }
}
