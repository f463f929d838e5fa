//! 统计排除: what is left out of statistics and scores, by whom, why, from when until when. Every report prints those that touch it
//! (U-10); nothing is left out silently.

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
