//! What the registers of complaints, enquiries and ratings have in common: who may know of them, and who sees a person in clear.

use super::answer::{Asked, Refusal, bad, matters};
use super::auth::{may, within};
use crate::app::App;
use crate::people::Caller;
use crate::problem::Problem;
use axum::extract::Query;
use daylight_domain::complaint::{Actor, Contact, HandlingLimit};
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

/// What only the desk fills in, and the limit that a source sets.
pub(super) fn desk_only(code: &str, given_by_public: bool, limit: Option<HandlingLimit>) -> Result<(), Problem> {
    if given_by_public {
        return Err(Problem::new(code, "way、source_no、limit 由登记人员填写"));
    }
    if limit.is_some_and(|l| !(1..=250).contains(&l.days)) {
        return Err(Problem::new(code, "limit 的 days 应在 1 到 250 之间"));
    }
    Ok(())
}

/// Texts that people send have an end, and say something.
pub(super) fn bounded(code: &str, all: &[(&str, &str, usize, bool)]) -> Result<(), Problem> {
    for (name, text, most, needed) in all {
        if *needed && text.trim().is_empty() {
            return Err(Problem::new(code, format!("缺少 {name}")));
        }
        if text.chars().count() > *most {
            return Err(Problem::new(code, format!("{name} 超过 {most} 个字")));
        }
        if text.chars().any(|c| c.is_control() && !['\n', '\r', '\t'].contains(&c)) {
            return Err(Problem::new(code, format!("{name} 含有控制字符")));
        }
    }
    Ok(())
}

/// The same of a person.
pub(super) fn bounded_contact(code: &str, contact: Option<&Contact>) -> Result<(), Problem> {
    let Some(one) = contact else { return Ok(()) };
    let address = one.address.as_deref().unwrap_or("");
    bounded(
        code,
        &[("name", &one.name, 100, false), ("phone", &one.phone, 50, false), ("address", address, 500, false)],
    )
}
