//! What is known about a case beyond its own records: the register of staff, other cases of the same applicant, what was
//! published about it. Each part is nothing until some part of the product yields it; what needs it is then undetermined.

use super::RuleBook;
use crate::Timestamp;
use crate::case::Case;
use crate::item::Item;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Facts about one case that do not stand in its records.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Around {
    /// Names and numbers of the department's staff (人员名册), shared by all its cases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staff: Option<Arc<BTreeSet<String>>>,
    /// The check of a commitment after the decision (告知承诺事后核查).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commitment_check: Option<Done>,
    /// The public explanation of an exceeded limit (公开说明超期理由).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Done>,
    /// The publication of the decision within seven working days (双公示).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disclosure: Option<Done>,
    /// The publication of the result for everybody to look up (结果公开).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_page: Option<Done>,
    /// Other cases of the same applicant about the same item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_applicant: Option<Vec<OtherCase>>,
    /// Other cases about the same item of which only a limited number can be granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<Vec<Queued>>,
}

impl Around {
    /// Nothing is known.
    pub const NOTHING: &'static Self = &Self {
        staff: None,
        commitment_check: None,
        explanation: None,
        disclosure: None,
        result_page: None,
        same_applicant: None,
        queue: None,
    };
}

/// What else a case is compared with by the rules that may say something: other cases, what was published. Whoever judges brings
/// these, and no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compares {
    /// Those of the same applicant about the same item (P-19, P-20).
    pub applicant: bool,
    /// Those that waited for the same limited licence (P-14).
    pub queue: bool,
    /// When its result was published (O-02).
    pub result: bool,
}

impl Compares {
    /// What this book needs to know about a case.
    #[must_use]
    pub fn of(book: &RuleBook, case: &Case, item: Option<&Item>) -> Self {
        let refiles = matches!(case.finish_type.as_deref(), Some("withdrawn" | "returned"));
        let granted = case.granted() && case.decided_at.is_some() && case.accepted_at.is_some();
        Self {
            applicant: refiles && book.may_say("P-20") || case.applied_at.is_some() && book.may_say("P-19"),
            queue: granted && item.is_some_and(|i| i.quantity_limited) && book.may_say("P-14"),
            result: case.granted() && book.may_say("O-02"),
        }
    }

    /// With none.
    #[must_use]
    pub fn nothing(self) -> bool {
        !self.applicant && !self.queue && !self.result
    }
}

/// Something that is to be done: when it was, or nothing while it was not; or why it need not be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Done {
    /// When it was done.
    pub at: Option<Timestamp>,
    /// Why it need not be done, e.g. a decision that may not be published.
    pub exempt: Option<String>,
}

/// Another case of the same applicant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherCase {
    /// Its number.
    pub case_no: String,
    /// When it was applied for.
    pub applied_at: Timestamp,
    /// When it ended; nothing while it is open.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
}

impl Queued {
    /// How a case stands in the queue of its item; nothing while it is not accepted. Who is accepted handed in everything the
    /// law asks for (行政许可法 32), so that accepted counts as qualified, unless it was refused or left, or an open correction or
    /// special procedure still has to show it. A person confirms the finding.
    #[must_use]
    pub fn of(case: &Case) -> Option<Self> {
        let open = !case.state.is_closed() && case.decided_at.is_none();
        let in_question = case.open_correction().is_some() || case.specials.iter().any(|s| s.ended_at.is_none());
        Some(Self {
            case_no: case.case_no.clone(),
            accepted_at: case.accepted_at?,
            qualified: case.granted() || open && !in_question,
            decided_at: case.decided_at.or(case.clock_stop()),
        })
    }
}

/// Another case that waits for one of a limited number of licences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Queued {
    /// Its number.
    pub case_no: String,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// Whether the applicant fulfils the conditions.
    pub qualified: bool,
    /// When it was decided; nothing while it is not.
    #[serde(default)]
    pub decided_at: Option<Timestamp>,
}
