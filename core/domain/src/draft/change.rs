//! What two versions of an item say differently, field by field.

use super::lines::lines;
use crate::item::{Item, Limit};
use serde::{Deserialize, Serialize};

/// A field that differs. Of a list only the lines that differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Change {
    /// The field.
    pub field: String,
    /// What one says; nothing where it says nothing.
    pub old: Vec<String>,
    /// What the other says.
    pub new: Vec<String>,
}

fn word<T: Serialize>(of: &T) -> String {
    serde_json::to_value(of).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn flag(yes: bool) -> Vec<String> {
    vec![if yes { "是" } else { "否" }.to_owned()]
}

fn one(text: &str) -> Vec<String> {
    if text.is_empty() { Vec::new() } else { vec![text.to_owned()] }
}

fn maybe<T: ToString>(value: Option<&T>) -> Vec<String> {
    value.map(ToString::to_string).into_iter().collect()
}

fn limit(value: Option<Limit>) -> Vec<String> {
    value.map(Limit::said_zh).into_iter().collect()
}

/// A field and what it says.
type Saying = (&'static str, Vec<String>);

/// Everything an item says, by field; its code and version besides.
fn says(item: &Item) -> Vec<Saying> {
    let flow = item.flow.as_ref();
    vec![
        ("name", one(&item.name)),
        ("department", one(&item.department)),
        ("task_type", one(&item.task_type)),
        ("handle_type", vec![word(&item.handle_type)]),
        ("state", vec![word(&item.state)]),
        ("legal_limit", limit(item.legal_limit)),
        ("promise_limit", limit(item.promise_limit)),
        ("legal_basis", one(&item.legal_basis)),
        ("conditions", item.conditions.clone()),
        ("is_fee", flag(item.is_fee)),
        ("fees", lines(&item.fees)),
        ("result_kind", one(&item.result_kind)),
        ("cert_issue_days", maybe(item.cert_issue_days.as_ref())),
        ("channels", item.channels.clone()),
        ("quantity_limited", flag(item.quantity_limited)),
        ("hearing_required", flag(item.hearing_required)),
        ("org_code", maybe(item.org_code.as_ref())),
        ("delegated_to", item.delegated_to.clone()),
        ("materials", lines(&item.materials)),
        ("sample_form", maybe(item.sample_form.as_ref())),
        ("place", maybe(item.place.as_ref())),
        ("consult", maybe(item.consult.as_ref())),
        ("specials", lines(&item.specials)),
        ("nodes", flow.map(|f| lines(&f.nodes)).unwrap_or_default()),
        ("edges", flow.map(|f| lines(&f.edges)).unwrap_or_default()),
        ("flow_draft", flow.map(|f| flag(f.draft)).unwrap_or_default()),
        ("valid_from", vec![item.valid_from.to_string()]),
        ("valid_to", maybe(item.valid_to.as_ref())),
    ]
}

/// What `new` says otherwise than `old`.
#[must_use]
pub fn changes(old: &Item, new: &Item) -> Vec<Change> {
    let both = says(old).into_iter().zip(says(new)).filter(|((_, old), (_, new))| old != new);
    let change = |((field, old), (_, new)): (Saying, Saying)| {
        let without =
            |all: &[String], other: &[String]| all.iter().filter(|l| !other.contains(l)).cloned().collect::<Vec<_>>();
        let (gone, come) = (without(&old, &new), without(&new, &old));
        // The same lines in another order.
        let (old, new) = if gone.is_empty() && come.is_empty() { (old, new) } else { (gone, come) };
        Change { field: field.to_owned(), old, new }
    };
    both.map(change).collect()
}
