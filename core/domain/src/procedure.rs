//! What the procedures behind a card have in common: their periods, and the log of what was done. Handbook §3.6, §10.7.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// The periods of the chain 督促 → 调查, in working days, and what goes by itself. Every one is the county's to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Periods {
    /// 催办: reply to a reminder.
    pub reminder_days: u32,
    /// 督办: reply to a supervision order.
    pub order_days: u32,
    /// 立项审批: decision about a proposed order or investigation.
    pub approve_days: u32,
    /// 陈述申辩: the department's statement.
    pub statement_days: u32,
    /// 调查: from approval to conclusion.
    pub conclude_days: u32,
    /// 整改、答复监察建议: reply to a measure.
    pub measure_days: u32,
    /// 回访: from the last accepted reply to the revisit.
    pub revisit_days: u32,
    /// 评分申诉: from the opening of a score run to the last appeal against it.
    pub appeal_days: u32,
    /// A card that nobody answered in time (K-08) is followed by a reminder at once, without a person.
    pub remind: bool,
    /// An overdue reminder is followed by a proposed order, an overdue order by a proposed investigation; a person decides.
    pub propose: bool,
    /// So many red cards of one department within `red_days` calendar days propose an investigation; 0: never.
    pub red_cards: u32,
    /// See `red_cards`.
    pub red_days: u32,
}

impl Default for Periods {
    fn default() -> Self {
        Self {
            reminder_days: 1,
            order_days: 3,
            approve_days: 3,
            statement_days: 5,
            conclude_days: 10,
            measure_days: 10,
            revisit_days: 30,
            appeal_days: 5,
            remind: true,
            propose: true,
            red_cards: 3,
            red_days: 90,
        }
    }
}

/// One thing that was done with a matter: never changed, never deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Done {
    /// What, e.g. `issue`, `reply`, `return`.
    pub act: String,
    /// By whom; `system` where it went by itself.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The words.
    pub text: String,
}
