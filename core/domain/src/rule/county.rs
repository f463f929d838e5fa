//! Rules about a day, a source, or the county as a whole. Handbook §11.5, §11.6.

use super::{Rule, inputs};
use crate::Timestamp;
use crate::calendar::{Calendar, CalendarMissing};
use crate::finding::{Finding, Level, ObjectKind};
use crate::limit;
use std::collections::BTreeMap;

fn finding(rule: &Rule, level: Level, object: ObjectKind, id: &str, at: Timestamp, value: i64, zh: String) -> Finding {
    Finding {
        rule: rule.id.clone(),
        rule_version: rule.version,
        family: rule.family.clone(),
        level,
        object,
        object_id: id.to_owned(),
        case_no: None,
        item_code: None,
        fact_time: at,
        value,
        inputs: BTreeMap::new(),
        calendar_version: None,
        explain_zh: zh,
    }
}

/// D-10: records of this day were rejected. One finding a day, at the first of them.
#[must_use]
pub fn rejects_of_day(rule: &Rule, received: Timestamp, rejected: u64) -> Option<Finding> {
    (rule.enabled && rejected > 0).then(|| {
        let (day, n) = (received.date().to_string(), i64::try_from(rejected).unwrap_or(i64::MAX));
        let zh = format!("{day} 有记录因缺项、格式或代码错误被退回，详见隔离区");
        finding(rule, rule.low(), ObjectKind::Record, &day, received, n, zh)
    })
}

/// U-01: nothing was heard of a source for longer than it promised. The object is the source since the last sign of life, so
/// that every silence is one finding. Also says when to ask again.
///
/// # Errors
/// The calendar has no data for the days between.
pub fn silent_source(
    rule: &Rule,
    calendar: &Calendar,
    department: &str,
    last_seen: Timestamp,
    silence_ms: i64,
    now: Timestamp,
) -> Result<(Option<Finding>, Option<Timestamp>), CalendarMissing> {
    let from = last_seen.plus_ms(silence_ms);
    if !rule.enabled {
        return Ok((None, None));
    }
    if now < from {
        return Ok((None, Some(from)));
    }
    let days = limit::used_days(calendar, last_seen.date(), now.date())?;
    let serious = days > rule.param("yellow_days");
    let level = if serious { rule.high() } else { rule.low() };
    let id = format!("{department}@{}", last_seen.rfc3339());
    let zh = format!("自 {last_seen} 起没有收到任何记录或心跳，超过约定的 {} 分钟", silence_ms / 60_000);
    let mut found = finding(rule, level, ObjectKind::Source, &id, from, days, zh);
    found.inputs = inputs([("last_seen", last_seen.rfc3339()), ("silence_ms", silence_ms.to_string())]);
    found.calendar_version = Some(calendar.version().to_owned());
    let next = if serious {
        None
    } else {
        let after = u32::try_from(rule.param("yellow_days")).unwrap_or(0).saturating_add(1);
        Some(Timestamp::start_of(calendar.nth_working_day_after(last_seen.date(), after)?))
    };
    Ok((Some(found), next))
}

/// U-04: the calendar ends so soon that limits of cases accepted now cannot be judged.
#[must_use]
pub fn calendar_ends(rule: &Rule, calendar: &Calendar, now: Timestamp) -> Option<Finding> {
    let days = u32::try_from(rule.param("horizon_days")).unwrap_or(0);
    let missing = calendar.nth_working_day_after(now.date(), days).err().filter(|_| rule.enabled)?;
    let zh =
        format!("{} 年没有工作日历，{days} 个工作日之内的时限将无法判定；请在 config/calendar 增加该年", missing.year);
    let id = format!("calendar/{}", missing.year);
    let mut found = finding(rule, rule.high(), ObjectKind::County, &id, now, i64::from(missing.year), zh);
    found.calendar_version = Some(calendar.version().to_owned());
    Some(found)
}
