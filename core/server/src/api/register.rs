//! What the registers of complaints, enquiries and ratings have in common: who may know of them, and who sees a person in clear.

use super::answer::{Asked, Refusal, bad, matters};
use super::auth::{may, within};
use crate::app::App;
pub(super) use crate::complaint::bounds::{bounded, bounded_contact, desk_only};
use crate::people::Caller;
use axum::extract::Query;
use daylight_domain::complaint::{Actor, Contact};
use daylight_domain::role::Right;
use daylight_store::{AuditEntry, MatterFilter};
use serde::Deserialize;
use serde_json::json;

/// Who may know of complaints, enquiries and ratings at all.
pub(super) fn concerned(caller: &Caller) -> Result<(), Refusal> {
    if caller.department.is_some() && caller.may(Right::Answer) {
        return Ok(());
    }
    may(caller, Right::Complain)
}

pub(super) fn actor(caller: &Caller) -> Actor<'_> {
    Actor { user: &caller.user, department: caller.department.as_deref() }
}

/// The filter of a list.
pub(super) fn filter(caller: &Caller, Query(query): &Asked, words: &[&str]) -> Result<(MatterFilter, u32), Refusal> {
    let filter = matters(query, within(caller, query.get("department"))?, words)?;
    let limit = filter.limit;
    Ok((filter, limit))
}

/// Whether a person is shown in clear: to whom has the right and says why, which is kept.
pub(super) async fn in_clear(app: &App, caller: &Caller, no: &str, Query(query): &Asked) -> Result<bool, Refusal> {
    let Some(reason) = query.get("reason").map(|r| r.trim()) else { return Ok(false) };
    may(caller, Right::Personal)?;
    if reason.chars().count() < 4 || reason.chars().count() > 200 {
        let fix = "…?reason=回访联系投诉人";
        return Err(bad("personal.reason", "查看个人信息须写明理由（4 到 200 字）", fix));
    }
    let entry = AuditEntry {
        at: app.clock.now(),
        actor: caller.user.clone(),
        action: "personal.open".to_owned(),
        object: no.to_owned(),
        detail: json!({ "reason": reason }).to_string(),
    };
    app.store.audit(entry).await?;
    Ok(true)
}

/// Who it is, as it is sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Who {
    name: String,
    phone: String,
    address: Option<String>,
}

impl Who {
    /// Trimmed; nobody where neither a name nor a telephone is given.
    pub(super) fn contact(self) -> Option<Contact> {
        let trim = |text: String| text.trim().to_owned();
        let address = self.address.map(trim).filter(|a| !a.is_empty());
        let one = Contact { name: trim(self.name), phone: trim(self.phone), address };
        (!one.is_empty()).then_some(one)
    }
}
