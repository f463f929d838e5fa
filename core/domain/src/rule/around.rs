//! What is known about a case beyond its own records: the register of staff, other cases of the same applicant, what was
//! published about it. Each part is nothing until some part of the product yields it; what needs it is then undetermined.

use crate::Timestamp;
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
