//! Time limits (时限). Handbook §11.1.

use super::pause::Pauses;
use super::timing::first_answer;
use super::{Facts, Hit, LimitEnd, Outcome, Rule, Timing, inputs};
use crate::Timestamp;
use crate::calendar::{Calendar, CalendarMissing, ScheduleMissing};
use crate::case::Case;
use crate::finding::{Level, ObjectKind};
use crate::item::{HandleType, Item, Limit, LimitUnit};
use crate::limit::{self, ClockMode, Due};
use chrono::NaiveDate;
use std::collections::BTreeMap;

fn on_case(
    facts: &Facts<'_>,
    level: Level,
    at: Timestamp,
    value: i64,
    inputs: BTreeMap<String, String>,
    zh: String,
) -> Hit {
    Hit { inputs, ..Hit::case(level, facts, at, zh).value(value) }
}

/// A limit, its end, and the working days excluded from it.
type End = (Limit, Due, u32);

/// Says why there is no end, and gives the end where there is one.
fn ends(end: &LimitEnd, out: &mut Outcome) -> Option<End> {
    match end {
        LimitEnd::Ends { limit, due, excluded_days } => return Some((*limit, *due, *excluded_days)),
        LimitEnd::NotStarted => out.missed("尚未受理，时限未起算"),
        LimitEnd::NoLimit => out.missed("事项没有此种时限"),
        LimitEnd::Unknown { reason_zh, .. } => out.undetermined(reason_zh),
    }
    None
}

/// T-01: the promised limit comes near. Only while the case is open: a warning about the past helps nobody.
pub(super) fn promise_near(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    let Some(end) = ends(&timing.promise, out) else { return };
    let short = i64::from(end.0.value) <= rule.param("short_limit");
    let days = rule.param(if short { "short_pre_days" } else { "pre_days" });
    near(rule, facts, timing, timing.stop, ("承诺时限", end), days, out);
}

/// T-04: the legal limit comes near and nothing is decided.
pub(super) fn legal_near(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    let Some(end) = ends(&timing.legal, out) else { return };
    let stop = facts.case.decided_at.or(timing.stop);
    near(rule, facts, timing, stop, ("法定时限", end), rule.param("pre_days"), out);
}

fn near(
    rule: &Rule,
    facts: &Facts<'_>,
    timing: &Timing,
    stop: Option<Timestamp>,
    (name, (limit, due, excluded)): (&str, End),
    days: i64,
    out: &mut Outcome,
) {
    if stop.is_some() {
        return out.missed("已办结或已决定，无需提醒");
    }
    let left = u32::try_from(days).unwrap_or(0);
    let from = match timing.start {
        // By business hours the end has a minute, and so has the beginning of its last days.
        Some(start) if facts.mode == ClockMode::BusinessHoursCeil && limit.unit == LimitUnit::WorkingDay => {
            let added = excluded.saturating_add(timing.extended_days);
            facts.ground().near_from(start, limit.value.saturating_add(added), left)
        }
        start => facts
            .calendar
            .nth_working_day_before(due.date, left)
            .map(|date| Timestamp::start_of(date).max(start.unwrap_or(Timestamp(0))))
            .map_err(ScheduleMissing::from),
    };
    let from = match from {
        Ok(from) => from,
        Err(missing) => return out.undetermined(missing),
    };
    if facts.now > due.last_instant {
        return out.missed("已超过时限，见超时规则");
    }
    if facts.now < from {
        out.wake(from);
        return out.missed("剩余工作日多于提醒天数");
    }
    let left = limit::remaining(facts.calendar, due.date, facts.now.date()).unwrap_or(0);
    let zh = format!("{name}至 {} 届满，剩余 {left} 个工作日，尚未办结", due.date);
    let read = inputs([("due", due.date.to_string()), ("pre_days", days.to_string())]);
    out.hit(on_case(facts, rule.low(), from, left, read, zh).ongoing(true));
}

/// T-02: over the promised limit.
pub(super) fn over_promise(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    let Some(end) = ends(&timing.promise, out) else { return };
    over(rule, facts, timing, timing.stop, ("承诺时限", end), out);
}

/// T-03: over the statutory limit. The decision counts, not its delivery (行政许可法 42).
pub(super) fn over_legal(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    let Some(end) = ends(&timing.legal, out) else { return };
    let stop = match (facts.case.decided_at, timing.stop) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    over(rule, facts, timing, stop, ("法定时限", end), out);
}

fn over(
    rule: &Rule,
    facts: &Facts<'_>,
    timing: &Timing,
    stop: Option<Timestamp>,
    (name, (limit, due, excluded)): (&str, End),
    out: &mut Outcome,
) {
    let from = match Timing::exceeded_from(facts, due, limit.unit) {
        Ok(from) => from,
        // Stopped in time: the day after need not be known.
        Err(_) if stop.is_some_and(|s| s <= due.last_instant) => return out.missed("在时限内办结"),
        Err(missing) => return out.undetermined(missing),
    };
    let at = stop.unwrap_or(facts.now);
    if at < from {
        if stop.is_none() {
            out.wake(from);
        }
        return out.missed(if stop.is_some() { "在时限内办结" } else { "时限未满" });
    }
    let days = match limit::overdue_days(facts.calendar, due.date, at.date()) {
        Ok(days) => days.max(1),
        Err(missing) => return out.undetermined(missing),
    };
    let done = stop.map_or_else(|| "至今未办结".to_owned(), |t| format!("{} 办结", t.date()));
    let zh = format!(
        "{name}{}{}，自 {} 起算，应于 {} 前办结，{done}，超时 {days} 个工作日",
        limit.value,
        unit_zh(limit),
        timing.start.map(|t| t.date().to_string()).unwrap_or_default(),
        due.date,
    );
    let read = inputs([
        ("start", timing.start.map(Timestamp::rfc3339).unwrap_or_default()),
        ("limit", format!("{} {}", limit.value, unit_zh(limit))),
        ("excluded_days", excluded.to_string()),
        ("extended_days", timing.extended_days.to_string()),
        ("due", due.date.to_string()),
        ("stop", stop.map(Timestamp::rfc3339).unwrap_or_default()),
    ]);
    out.hit(on_case(facts, rule.high(), from, days, read, zh).ongoing(stop.is_none()));
}

fn unit_zh(limit: Limit) -> &'static str {
    use crate::item::LimitUnit as U;
    match limit.unit {
        U::WorkingDay => "个工作日",
        U::NaturalDay => "日",
        U::WorkingHour => "个工作小时",
        U::NaturalHour => "小时",
        U::Month => "个月",
        U::Year => "年",
        U::None => "（无时限）",
    }
}

/// The last day for a step that began on a day, as T-05 counts it today: its own working days, and those that a lawful special
/// procedure excludes.
///
/// # Errors
/// A year has no data.
pub fn step_due(
    case: &Case,
    item: Option<&Item>,
    (began, limit): (NaiveDate, u32),
    calendar: &Calendar,
    today: NaiveDate,
) -> Result<NaiveDate, CalendarMissing> {
    let excluded = Pauses::of(case, item).moving_days(calendar, (began, today), limit)?;
    calendar.nth_working_day_after(began, limit.saturating_add(excluded))
}

/// T-05: a step takes longer than the flow chart gives it, whether or not the case as a whole is in time.
pub(super) fn step_over(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    let Some(flow) = facts.item.and_then(|i| i.flow.as_ref()) else {
        return out.missed("事项没有带环节时限的运行流程图");
    };
    let pauses = Pauses::of(facts.case, facts.item);
    let before = out.verdicts.len();
    for step in &facts.case.steps {
        let Some(node) = flow.nodes.iter().find(|n| n.name == step.name || n.aliases.contains(&step.name)) else {
            continue;
        };
        let Some(limit) = node.limit else { continue };
        let end = step.ended_at.or(timing.stop);
        let day = end.unwrap_or(facts.now).date();
        let start = step.started_at.date();
        let judged = (|| -> Result<_, ScheduleMissing> {
            let excluded = pauses.moving_days(facts.calendar, (start, day), limit)?;
            let used = limit::used_days(facts.calendar, start, day)? - i64::from(excluded);
            let allowed = limit.saturating_add(excluded);
            let high = u32::try_from(rule.param("yellow_over")).unwrap_or(0).saturating_add(1);
            let first = facts.calendar.nth_working_day_after(start, allowed.saturating_add(1))?;
            let second = facts.calendar.nth_working_day_after(start, allowed.saturating_add(high))?;
            Ok((used, Timestamp::start_of(first), Timestamp::start_of(second)))
        })();
        let (used, first, second) = match judged {
            Ok(judged) => judged,
            Err(missing) => {
                out.undetermined(missing);
                continue;
            }
        };
        let over = used - i64::from(limit);
        let serious = over > rule.param("yellow_over");
        // Only for what is still to come: of several open steps the one that is over long since must not hide the next.
        if end.is_none() && !serious {
            out.wake(if over <= 0 { first } else { second });
        }
        if over <= 0 {
            continue;
        }
        let zh = format!("环节“{}”规定 {limit} 个工作日，已用 {used} 个工作日，超 {over} 个工作日", step.name);
        let read = inputs([
            ("step", step.name.clone()),
            ("limit", limit.to_string()),
            ("started_at", step.started_at.rfc3339()),
            ("ended_at", step.ended_at.map(Timestamp::rfc3339).unwrap_or_default()),
        ]);
        let (level, from) = if serious { (rule.high(), second) } else { (rule.low(), first) };
        out.hit(Hit {
            object: ObjectKind::Step,
            object_id: format!("{}/{}", facts.case.case_no, step.key),
            ongoing: end.is_none(),
            ..on_case(facts, level, from, over, read, zh)
        });
    }
    let unmapped =
        if flow.nodes.iter().any(|n| n.limit.is_some()) { crate::flow::unmapped(flow, facts.case) } else { Vec::new() };
    if !unmapped.is_empty() {
        out.undetermined(format!("来源报送的环节“{}”没有对应到流程图，无法判定是否超时", unmapped.join("”“")));
    }
    if out.verdicts.len() == before {
        out.missed("各环节均在规定时限内，或流程图未规定环节时限");
    }
}

/// T-07: done on the spot means on the day.
pub(super) fn instant_not_instant(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    if facts.case.handle_type != HandleType::Instant {
        return out.missed("不是即办件");
    }
    let Some(start) = timing.start else { return out.missed("尚未受理") };
    let over = Timestamp::end_of(start.date());
    let at = timing.stop.unwrap_or(facts.now);
    if at < over {
        if timing.stop.is_none() {
            out.wake(over);
        }
        return out.missed("受理当日");
    }
    let days = (at.date() - start.date()).num_days();
    let zh = format!(
        "即办件于 {} 受理，{}",
        start.date(),
        match timing.stop {
            Some(stop) => format!("{} 办结，不是当日", stop.date()),
            None => "当日未办结".to_owned(),
        }
    );
    let read = inputs([
        ("accepted_at", start.rfc3339()),
        ("finished_at", timing.stop.map(Timestamp::rfc3339).unwrap_or_default()),
    ]);
    out.hit(on_case(facts, rule.high(), over, days, read, zh).ongoing(timing.stop.is_none()));
}

/// T-08: the one-time correction notice comes on the spot, at the latest within five working days.
pub(super) fn correction_late(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let Some(first) = facts.case.first_correction() else { return out.missed("没有补正告知") };
    let Some(received) = facts.case.received_at.or(facts.case.applied_at) else {
        return out.undetermined("没有收件或申请时间，无法判定补正告知是否及时");
    };
    if first.notified_at.date() <= received.date() {
        return out.missed("收件当日告知");
    }
    let used = match limit::used_days(facts.calendar, received.date(), first.notified_at.date()) {
        Ok(used) => used,
        Err(missing) => return out.undetermined(missing),
    };
    let level = if used > rule.param("legal_days") { rule.high() } else { rule.low() };
    let zh = format!("{} 收件，{} 才告知补正，相隔 {used} 个工作日", received.date(), first.notified_at.date());
    let read = inputs([("received_at", received.rfc3339()), ("notified_at", first.notified_at.rfc3339())]);
    out.hit(on_case(facts, level, first.notified_at, used, read, zh));
}

/// T-09: nobody answers a receipt in five working days; the case is then deemed accepted since the receipt.
pub(super) fn receipt_unanswered(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    let Some(received) = facts.case.received_at else { return out.missed("没有收件记录") };
    let from = limit::deemed_acceptance_due(facts.calendar, received.date())
        .and_then(|last| facts.calendar.nth_working_day_after(last, 1).map(|next| (last, next)));
    let (last, next) = match from {
        Ok(days) => days,
        Err(missing) => return out.undetermined(missing),
    };
    let answer = first_answer(facts.case);
    if timing.deemed.is_none() {
        if answer.is_none() {
            out.wake(Timestamp::end_of(last));
        }
        return out.missed(if answer.is_some() { "五个工作日内已答复" } else { "五个工作日未满" });
    }
    let at = answer.unwrap_or(facts.now);
    let days = limit::used_days(facts.calendar, received.date(), at.date()).unwrap_or(0);
    let zh =
        format!("{} 收件，至 {last} 五个工作日内未受理、未不予受理、未告知补正，自收件之日起视为受理", received.date());
    let read = inputs([
        ("received_at", received.rfc3339()),
        ("answered_at", answer.map(Timestamp::rfc3339).unwrap_or_default()),
        ("due", last.to_string()),
    ]);
    let since = Timestamp::start_of(next).min(Timestamp::end_of(last));
    out.hit(on_case(facts, rule.high(), since, days, read, zh).ongoing(answer.is_none()));
}

/// T-10: what was granted is delivered within ten working days.
pub(super) fn not_delivered(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let granted = case.decision.as_deref() == Some("granted") || case.finish_type.as_deref() == Some("granted");
    let Some(decided) = case.decided_at.or(case.finished_at).filter(|_| granted) else {
        return out.missed("没有准予决定");
    };
    if facts.item.is_some_and(|i| i.result_kind == "none") {
        return out.missed("事项没有需要送达的结果");
    }
    let days = u32::try_from(rule.param("days")).unwrap_or(0);
    let last = match facts.calendar.nth_working_day_after(decided.date(), days) {
        Ok(last) => last,
        Err(missing) => return out.undetermined(missing),
    };
    let over = Timestamp::end_of(last);
    let at = case.delivered_at.unwrap_or(facts.now);
    if at < over {
        if case.delivered_at.is_none() {
            out.wake(over);
        }
        return out.missed(if case.delivered_at.is_some() { "按期送达" } else { "送达期限未满" });
    }
    let used = limit::used_days(facts.calendar, decided.date(), at.date()).unwrap_or(0);
    let zh = format!(
        "{} 作出准予决定，应于 {last} 前送达，{}",
        decided.date(),
        case.delivered_at.map_or_else(|| "至今未送达".to_owned(), |t| format!("{} 才送达", t.date()))
    );
    let read = inputs([
        ("decided_at", decided.rfc3339()),
        ("delivered_at", case.delivered_at.map(Timestamp::rfc3339).unwrap_or_default()),
        ("due", last.to_string()),
    ]);
    out.hit(on_case(facts, rule.high(), over, used, read, zh).ongoing(case.delivered_at.is_none()));
}

/// T-12: a case that is examined here and decided above is forwarded in time.
pub(super) fn forward_late(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    let case = facts.case;
    if case.handle_type != HandleType::ForwardUp {
        return out.missed("不是上报件");
    }
    let Some(start) = timing.start else { return out.missed("尚未受理") };
    let legal = u32::try_from(rule.param("legal_days")).unwrap_or(0);
    let until = timing.stop.unwrap_or(facts.now).min(facts.now).date();
    let ends = Pauses::of(case, facts.item)
        .moving_days(facts.calendar, (start.date(), until), legal)
        .and_then(|excluded| facts.calendar.nth_working_day_after(start.date(), legal.saturating_add(excluded)));
    let legal_end = match ends {
        Ok(date) => Timestamp::end_of(date),
        Err(missing) => return out.undetermined(missing),
    };
    let promise_end = timing.promise.due().map_or(legal_end, |due| due.last_instant.plus_ms(1)).min(legal_end);
    let stop = timing.stop;
    let at = stop.unwrap_or(facts.now);
    if stop.is_none() {
        out.wake(if at < promise_end { promise_end } else { legal_end });
    }
    if at < promise_end {
        return out.missed(if stop.is_some() { "按期转报" } else { "转报期限未满" });
    }
    let (level, from) = if at >= legal_end { (rule.high(), legal_end) } else { (rule.low(), promise_end) };
    let used = limit::used_days(facts.calendar, start.date(), at.date()).unwrap_or(0);
    let zh = format!(
        "上报件自 {} 起算，已用 {used} 个工作日，{}",
        start.date(),
        match stop {
            Some(stop) => format!("{} 才转报", stop.date()),
            None => "尚未转报".to_owned(),
        }
    );
    let read = inputs([("start", start.rfc3339()), ("forwarded_at", stop.map(Timestamp::rfc3339).unwrap_or_default())]);
    out.hit(on_case(facts, level, from, used, read, zh).ongoing(stop.is_none()));
}
