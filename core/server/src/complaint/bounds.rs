//! Bounds of what people send to the registers, whichever way it comes.

use crate::problem::Problem;
use daylight_domain::complaint::{Contact, HandlingLimit};

/// What only the desk fills in, and the limit that a source sets.
pub(crate) fn desk_only(code: &str, given_by_public: bool, limit: Option<HandlingLimit>) -> Result<(), Problem> {
    if given_by_public {
        return Err(Problem::new(code, "way、source_no、limit 由登记人员填写"));
    }
    if limit.is_some_and(|l| !(1..=250).contains(&l.days)) {
        return Err(Problem::new(code, "limit 的 days 应在 1 到 250 之间"));
    }
    Ok(())
}

/// Texts that people send have an end, and say something.
pub(crate) fn bounded(code: &str, all: &[(&str, &str, usize, bool)]) -> Result<(), Problem> {
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
pub(crate) fn bounded_contact(code: &str, contact: Option<&Contact>) -> Result<(), Problem> {
    let Some(one) = contact else { return Ok(()) };
    let address = one.address.as_deref().unwrap_or("");
    bounded(
        code,
        &[("name", &one.name, 100, false), ("phone", &one.phone, 50, false), ("address", address, 500, false)],
    )
}
