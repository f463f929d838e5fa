//! Special procedures and extensions (特别程序与延期). Handbook §11.3; 行政许可法 42, 45.

use super::ground::Said;
use super::timing::due_as_of;
use super::{Facts, Hit, LimitEnd, Outcome, Rule, Timing, said};
use crate::Timestamp;
use crate::case::{Extension, Special};
use crate::code::{self, LAWFUL_SPECIALS};
use crate::finding::{Level, ObjectKind};
use crate::item::HandleType;
use crate::share::{exceeds, percent};

const NONE: &str = "没有特别程序，或各特别程序均符合规定";

fn kind_zh(one: &Special) -> &str {
    code::table("special_kind").and_then(|t| t.get(&one.kind)).map_or("（未报种类）", |names| names.0.as_str())
}

fn hit(facts: &Facts<'_>, one: &Special, level: Level, at: Timestamp, zh: String) -> Hit {
    let id = format!("{}/{}", facts.case.case_no, one.key);
    Hit::new(level, ObjectKind::Special, id, at, zh).read([
        ("kind", one.kind.clone()),
        ("started_at", one.started_at.rfc3339()),
        ("ended_at", said(one.ended_at)),
    ])
}

/// Asks about each special procedure in turn; says so when none gave an answer. One whose start was never reported, only its
/// end, cannot be judged.
fn each(facts: &Facts<'_>, out: &mut Outcome, mut ask: impl FnMut(&Special, &mut Outcome)) {
    let before = out.verdicts.len();
    for one in &facts.case.specials {
        if one.kind.is_empty() {
            out.undetermined("特别程序只有结束记录，没有开始记录");
        } else {
            ask(one, out);
        }
    }
    if out.verdicts.len() == before {
        out.missed(NONE);
    }
}

/// Ended without a decision: nobody waits for the procedure any more.
fn dropped(facts: &Facts<'_>) -> Option<Timestamp> {
    let ways_out = ["voided", "returned", "deleted", "withdrawn"];
    facts.case.finished_at.filter(|_| facts.case.finish_type.as_deref().is_some_and(|t| ways_out.contains(&t)))
}

/// S-01: only what article 45 lists, or the item's own law, may stop the clock; other time is counted.
pub(super) fn unlawful_stop(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    each(facts, out, |one, out| {
        if LAWFUL_SPECIALS.contains(&one.kind.as_str()) {
            return;
        }
        let Some(item) = facts.item else {
            return out.undetermined(format!("事项不在目录中，不知道其法律是否规定了“{}”", kind_zh(one)));
        };
        if item.specials.iter().any(|s| s.kind == one.kind && !s.legal_basis.trim().is_empty()) {
            return;
        }
        let zh = format!(
            "{} 以“{}”启动特别程序，既不属于行政许可法第四十五条所列情形，事项目录也没有依据；该时间计入办理时限",
            one.started_at.date(),
            kind_zh(one)
        );
        out.hit(hit(facts, one, rule.high(), one.started_at, zh));
    });
}

/// S-02: the applicant is told in writing how long it takes (行政许可法 45).
pub(super) fn not_notified(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let days = rule.param("days");
    each(facts, out, |one, out| {
        let terms = Said { kept: "已书面告知所需时间", pending: "告知期限未满" };
        let told = one.notified_at.or(dropped(facts));
        let Some((from, used)) = facts.ground().overdue(one.started_at, days, told, &terms, out) else { return };
        let zh = format!(
            "“{}”于 {} 启动，{}",
            kind_zh(one),
            one.started_at.date(),
            one.notified_at.map_or_else(
                || format!("{used} 个工作日后仍未将所需时间书面告知申请人"),
                |t| format!("{} 才将所需时间书面告知申请人", t.date())
            )
        );
        out.hit(hit(facts, one, rule.low(), from, zh).value(used).ongoing(told.is_none()));
    });
}

/// S-03: the announced days come to an end.
pub(super) fn near_end(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    each(facts, out, |one, out| {
        if one.ended_at.is_some() || timing.stop.is_some() {
            return out.missed("特别程序已结束或办件已办结");
        }
        let Some(days) = one.announced_days else {
            return out.undetermined(format!("“{}”没有告知天数，无法提醒到期", kind_zh(one)));
        };
        let ground = facts.ground();
        let left = u32::try_from(rule.param("pre_days")).unwrap_or(0);
        let (from, over) =
            match (ground.near_from(one.started_at, days, left), ground.over_from(one.started_at, days, 1)) {
                (Ok(from), Ok(over)) => (from, over),
                (Err(missing), _) | (_, Err(missing)) => return out.undetermined(missing),
            };
        if facts.now < from {
            out.wake(from);
            return out.missed("距告知天数届满尚早");
        }
        if facts.now >= over {
            return out.missed("已超过告知天数，见特别程序超期规则");
        }
        let used = ground.used(one.started_at, facts.now).unwrap_or(0);
        let zh = format!(
            "“{}”于 {} 启动，告知 {days} 个工作日，已用 {used} 个工作日，即将届满",
            kind_zh(one),
            one.started_at.date()
        );
        out.hit(hit(facts, one, rule.low(), from, zh).value(i64::from(days) - used).ongoing(true));
    });
}

/// S-04: it takes longer than announced; what is over counts against the clock again.
pub(super) fn over_announced(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let red = u32::try_from(rule.param("red_over")).unwrap_or(0).saturating_add(1);
    let levels = [(1, rule.nth(0)), (red, rule.nth(1))];
    each(facts, out, |one, out| {
        let Some(days) = one.announced_days else {
            return out.undetermined(format!("“{}”没有告知天数，无法判定是否超期", kind_zh(one)));
        };
        // A case that was voided or sent back first gives no card; one that was finished with the procedure open does.
        let done = one.ended_at.or(dropped(facts));
        let terms = Said { kept: "在告知天数内结束", pending: "告知天数未满" };
        let ground = facts.ground();
        let Some((level, from, used)) = ground.staged(one.started_at, i64::from(days), done, &levels, &terms, out)
        else {
            return;
        };
        let over = (used - i64::from(days)).max(1);
        let zh = format!(
            "“{}”于 {} 启动，告知 {days} 个工作日，{}，超过 {over} 个工作日，超过部分计入办理时限",
            kind_zh(one),
            one.started_at.date(),
            done.map_or_else(|| "至今未结束".to_owned(), |t| format!("{} 才结束", t.date()))
        );
        out.hit(hit(facts, one, level, from, zh).value(over).ongoing(done.is_none()));
    });
}

/// S-05: a correction after acceptance does not stop the clock (行政许可法 45 does not list it).
pub(super) fn correction_as_stop(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let Some(accepted) = case.accepted_at else { return out.missed("尚未受理") };
    let Some(notice) = case.corrections.iter().filter(|c| c.notified_at > accepted).min_by_key(|c| c.notified_at)
    else {
        return out.missed("受理后没有补正告知");
    };
    let answered = case.submissions.iter().map(|s| s.at).filter(|at| *at >= notice.notified_at).min();
    let stopped = case.specials.iter().find(|s| {
        matches!(s.kind.as_str(), "applicant_cause" | "other")
            && s.started_at >= notice.notified_at
            && answered.is_none_or(|at| s.started_at <= at)
    });
    let moved = case.claimed_due.zip(timing.promise.due()).filter(|(claimed, due)| *claimed > due.date);
    let zh = match (stopped, moved) {
        (Some(one), _) => format!(
            "受理后于 {} 告知补正，又以“{}”停止计时；受理后补正不属于法定停表情形，时间照计",
            notice.notified_at.date(),
            kind_zh(one)
        ),
        (None, Some((claimed, due))) => format!(
            "受理后于 {} 告知补正，来源系统把承诺办结时间改为 {claimed}，依法应为 {}；补正时间照计",
            notice.notified_at.date(),
            due.date
        ),
        (None, None) => return out.missed("受理后补正期间没有停止计时"),
    };
    out.hit(
        Hit::case(rule.low(), facts, notice.notified_at, zh)
            .read([("notified_at", notice.notified_at.rfc3339()), ("submitted_at", said(answered))]),
    );
}

/// S-06: a finished case has no procedure open.
pub(super) fn open_after_finish(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let Some(finished) = facts.case.finished_at else { return out.missed("尚未办结") };
    each(facts, out, |one, out| {
        if one.ended_at.is_none() {
            let zh = format!("{} 已办结，“{}”仍没有结束记录", finished.date(), kind_zh(one));
            out.hit(hit(facts, one, rule.high(), finished.max(one.started_at), zh));
        }
    });
}

/// S-07: nothing ends before it starts.
pub(super) fn inverted(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    each(facts, out, |one, out| {
        if let Some(ended) = one.ended_at.filter(|ended| *ended < one.started_at) {
            let zh = format!("“{}”的结束时间 {ended} 早于开始时间 {}", kind_zh(one), one.started_at);
            out.hit(hit(facts, one, rule.high(), ended, zh));
        }
    });
}

/// S-08: most of a case's time is excluded, or a procedure takes far longer than its item allows.
pub(super) fn excessive(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    let Some(start) = timing.start else { return out.missed("尚未受理") };
    if facts.case.specials.is_empty() {
        return out.missed(NONE);
    }
    let ground = facts.ground();
    let end = timing.stop.unwrap_or(facts.now);
    let elapsed = match ground.used(start, end) {
        Ok(days) => days,
        Err(missing) => return out.undetermined(missing),
    };
    let excluded = i64::from(timing.excluded_days);
    let of = (u64::from(timing.excluded_days), u64::try_from(elapsed).unwrap_or(0));
    let share = percent(of.0, of.1);
    let long = facts.case.specials.iter().find_map(|one| {
        let most = facts.item?.specials.iter().find(|s| s.kind == one.kind)?.max_days?;
        let used = ground.used(one.started_at, one.ended_at.unwrap_or(end)).ok()?;
        (used > i64::from(most).saturating_mul(rule.param("times"))).then_some((one, used, most))
    });
    let zh = match long {
        Some((one, used, most)) => {
            format!(
                "“{}”用了 {used} 个工作日，超过事项规定上限 {most} 个工作日的 {} 倍",
                kind_zh(one),
                rule.param("times")
            )
        }
        None if elapsed >= rule.param("min_days") && exceeds(of.0, of.1, rule.param("percent")) => {
            format!("自受理起 {elapsed} 个工作日中有 {excluded} 个工作日被排除，占 {share}%")
        }
        None => return out.missed("排除时间的比例正常"),
    };
    let read = [("elapsed", elapsed.to_string()), ("excluded", excluded.to_string())];
    out.hit(Hit::case(rule.low(), facts, end, zh).value(share).read(read));
}

/// S-09: a procedure begins just before the promised limit ends.
pub(super) fn started_near_deadline(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    let LimitEnd::Ends { limit, .. } = timing.promise else { return out.missed("没有承诺时限或尚未受理") };
    each(facts, out, |one, out| {
        let day = one.started_at.date();
        let left = due_as_of(facts, timing, limit, day)
            .and_then(|due| due.map(|due| Ok(crate::limit::remaining(facts.calendar, due.date, day)?)).transpose());
        let left = match left {
            Ok(Some(left)) => left,
            Ok(None) => return,
            Err(missing) => return out.undetermined(missing),
        };
        if !(0..=rule.param("left_days")).contains(&left) {
            return;
        }
        let zh = format!("承诺时限只剩 {left} 个工作日时，于 {day} 启动“{}”", kind_zh(one));
        out.hit(hit(facts, one, rule.low(), one.started_at, zh).value(left));
    });
}

/// S-10: somebody approves what stops or moves the clock.
pub(super) fn no_approver(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let before = out.verdicts.len();
    let empty = |name: &Option<String>| name.as_deref().is_none_or(|n| n.trim().is_empty());
    for one in facts.case.specials.iter().filter(|one| !one.kind.is_empty() && empty(&one.approver)) {
        let zh = format!("“{}”于 {} 启动，没有批准人", kind_zh(one), one.started_at.date());
        out.hit(hit(facts, one, rule.low(), one.started_at, zh));
    }
    for one in facts.case.extensions.iter().filter(|one| empty(&one.approver)) {
        let zh = format!("{} 延长 {} 个工作日，没有批准人", one.approved_at.date(), one.days);
        out.hit(on_extension(facts, one, rule.low(), one.approved_at, zh));
    }
    if out.verdicts.len() == before {
        out.missed("特别程序和延期都有批准人，或没有特别程序和延期");
    }
}

fn on_extension(facts: &Facts<'_>, one: &Extension, level: Level, at: Timestamp, zh: String) -> Hit {
    let id = format!("{}/{}", facts.case.case_no, one.key);
    Hit::new(level, ObjectKind::Extension, id, at, zh)
        .value(i64::from(one.days))
        .read([("days", one.days.to_string()), ("approved_at", one.approved_at.rfc3339())])
}

/// S-11: an extension is granted once, before the limit ends, for at most ten working days by the head of the organ; joint
/// handling: fifteen, by the head of the government at this level (行政许可法 42).
pub(super) fn unlawful_extension(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let joint = case.handle_type == HandleType::Joint;
    let most = rule.param(if joint { "joint_days" } else { "days" });
    let first = case.extensions.iter().min_by_key(|e| (e.approved_at, &e.key)).map(|e| e.key.as_str());
    let before = out.verdicts.len();
    for one in &case.extensions {
        let mut wrong: Vec<String> = Vec::new();
        if i64::from(one.days) > most {
            wrong.push(format!("延长 {} 个工作日，超过 {most} 个工作日", one.days));
        }
        if first != Some(one.key.as_str()) {
            wrong.push("不是第一次延长，法律只允许延长一次".to_owned());
        }
        if joint && one.approver_level.as_deref() == Some("organ") {
            wrong.push("联合办理的延长应由本级人民政府负责人批准，实际由本机关负责人批准".to_owned());
        }
        let limit = match (&timing.legal, &timing.promise) {
            (LimitEnd::Ends { limit, .. }, _) | (_, LimitEnd::Ends { limit, .. }) => Some(*limit),
            _ => None,
        };
        let due = limit.map(|limit| due_as_of(facts, timing, limit, one.approved_at.date()));
        match due {
            Some(Ok(Some(due))) if one.approved_at > due.last_instant => {
                wrong.push(format!("{} 批准时原时限已于 {} 届满", one.approved_at.date(), due.date));
            }
            Some(Err(missing)) if wrong.is_empty() => out.undetermined(missing),
            _ => {}
        }
        if !wrong.is_empty() {
            out.hit(on_extension(facts, one, rule.high(), one.approved_at, format!("违规延期：{}", wrong.join("；"))));
        }
    }
    if out.verdicts.len() == before {
        out.missed("没有延期，或延期符合规定");
    }
}

/// S-12: the applicant is told of an extension and why (行政许可法 42).
pub(super) fn extension_not_notified(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let before = out.verdicts.len();
    for one in &facts.case.extensions {
        if one.reason.as_deref().is_none_or(|r| r.trim().is_empty()) {
            let zh = format!("{} 延长 {} 个工作日，没有说明理由", one.approved_at.date(), one.days);
            out.hit(on_extension(facts, one, rule.low(), one.approved_at, zh));
            continue;
        }
        let terms = Said { kept: "已将延期及理由告知申请人", pending: "告知期限未满" };
        let told = one.notified_at;
        let ground = facts.ground();
        let Some((from, _)) = ground.overdue(one.approved_at, rule.param("grace_days"), told, &terms, out) else {
            continue;
        };
        let zh = format!(
            "{} 批准延长 {} 个工作日，{}",
            one.approved_at.date(),
            one.days,
            told.map_or_else(|| "没有告知申请人".to_owned(), |t| format!("{} 才告知申请人", t.date()))
        );
        out.hit(on_extension(facts, one, rule.low(), from, zh).ongoing(told.is_none()));
    }
    if out.verdicts.len() == before {
        out.missed("没有延期");
    }
}

/// S-13: a procedure costs only what the item's list of fees knows (行政许可法 58, 59).
pub(super) fn irregular_fee(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    each(facts, out, |one, out| {
        if one.fee <= 0 {
            return;
        }
        let Some(item) = facts.item else {
            return out.undetermined("事项不在目录中，没有收费项目可比对");
        };
        let name = one.fee_item.as_deref().unwrap_or("");
        if item.fees.iter().any(|f| f.name == name) {
            return;
        }
        let named = if name.is_empty() {
            "未报收费项目".to_owned()
        } else {
            format!("收费项目“{name}”不在事项目录中")
        };
        let zh = format!("“{}”收费 {} 元，{named}", kind_zh(one), super::fee::yuan(one.fee));
        out.hit(hit(facts, one, rule.high(), one.started_at, zh).value(one.fee));
    });
}
