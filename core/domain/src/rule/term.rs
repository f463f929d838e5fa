//! Terms beside the two main clocks (其他期限): certificates, joint handling, pre-acceptance, renewals, hearings, commitments,
//! tolerated materials. Handbook §11.1.

use super::ground::Said;
use super::pause::{Pauses, count};
use super::timing::first_answer;
use super::{Done, Facts, Hit, LimitEnd, Outcome, Rule, Timing, said};
use crate::Timestamp;
use crate::calendar::ScheduleMissing;
use crate::finding::ObjectKind;
use crate::item::{HandleType, LimitUnit};
use crate::limit;
use crate::time::DAY_MS;

/// T-06: the clock runs and nothing happens. A case that is lawfully waiting (行政许可法 45) is not stalled.
pub(super) fn stalled(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    let case = facts.case;
    if timing.start.is_none() || timing.stop.is_some() {
        return out.missed("时限未起算或已停止");
    }
    if Pauses::of(case, facts.item).is_open() {
        return out.missed("依法进行的特别程序尚未结束");
    }
    let in_days = |end: &LimitEnd| match end {
        LimitEnd::Ends { limit, .. } if limit.unit == LimitUnit::WorkingDay => Some(i64::from(limit.value)),
        _ => None,
    };
    let share = in_days(&timing.promise).or(in_days(&timing.legal)).unwrap_or(0).saturating_mul(rule.param("percent"));
    let most = rule.param("days").max(share.saturating_add(99).div_euclid(100));
    let last = case.last_event_at;
    let terms = Said { kept: "有新的办理记录", pending: "最近有办理记录" };
    let Some((from, idle)) = facts.ground().overdue(last, most, None, &terms, out) else { return };
    let zh = format!("自 {} 起已 {idle} 个工作日没有任何办理记录，超过 {most} 个工作日，时限仍在计算", last.date());
    out.hit(
        Hit::case(rule.low(), facts, from, zh)
            .value(idle)
            .read([("last_event_at", last.rfc3339()), ("most", most.to_string())])
            .ongoing(true),
    );
}

/// T-11: the electronic certificate comes within so many working days of completion.
pub(super) fn certificate_late(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let Some(finished) = case.finished_at.filter(|_| case.granted()) else { return out.missed("没有准予办结") };
    let Some(item) = facts.item else {
        return out.undetermined("事项不在目录中，不知道是否应签发电子证照");
    };
    if item.result_kind != "certificate" {
        return out.missed("事项的结果不是证照");
    }
    let days = item.cert_issue_days.map_or_else(|| rule.param("days"), i64::from);
    let issued = case.cert_issued_at.or(case.cert_no.as_ref().map(|_| finished));
    let terms = Said { kept: "按期签发电子证照", pending: "电子证照签发期限未满" };
    let Some((from, used)) = facts.ground().overdue(finished, days, issued, &terms, out) else { return };
    let zh = format!(
        "{} 办结，应在 {days} 个工作日内签发电子证照，{}",
        finished.date(),
        issued.map_or_else(|| "至今未签发".to_owned(), |t| format!("{} 才签发", t.date()))
    );
    out.hit(
        Hit::case(rule.high(), facts, from, zh)
            .value(used)
            .read([("finished_at", finished.rfc3339()), ("issued_at", said(issued))])
            .ongoing(issued.is_none()),
    );
}

/// T-13: what several authorities handle together is decided within 45 working days, with the government's approval 60
/// (行政许可法 42 §2).
pub(super) fn joint_over(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    let case = facts.case;
    if case.handle_type != HandleType::Joint || case.parent_case_no.is_some() {
        return out.missed("不是联办件的主办件");
    }
    let Some(start) = timing.start else { return out.missed("尚未受理") };
    let approved = case.extensions.iter().any(|e| {
        e.approver_level.as_deref() == Some("government") && i64::from(e.days) <= rule.param("extension_days")
    });
    let allowed = rule.param("days") + if approved { rule.param("extension_days") } else { 0 };
    let done = match (case.decided_at, timing.stop) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    let terms = Said { kept: "联合办理在法定期限内", pending: "联合办理的法定期限未满" };
    let until = timing.stop.unwrap_or(facts.now).min(facts.now).date();
    let whole = u32::try_from(allowed).unwrap_or(0);
    let over = |excluded: u32| Ok(Some(facts.ground().over_from(start, whole.saturating_add(excluded), 1)?));
    let excluded = match Pauses::of(case, facts.item).moving(facts.calendar, (start.date(), until), over) {
        Ok(days) => i64::from(count(&days)),
        Err::<_, ScheduleMissing>(missing) => return out.undetermined(missing),
    };
    let Some((from, used)) = facts.ground().overdue(start, allowed + excluded, done, &terms, out) else { return };
    let used = used - excluded;
    let zh = format!(
        "联办件自 {} 受理，已用 {used} 个工作日，超过 {allowed} 个工作日{}",
        start.date(),
        if approved {
            "（已含经批准的延长）"
        } else {
            "，也没有本级人民政府负责人批准的延长"
        }
    );
    out.hit(
        Hit::case(rule.high(), facts, from, zh)
            .value(used)
            .read([("start", start.rfc3339()), ("allowed", allowed.to_string()), ("decided_at", said(done))])
            .ongoing(done.is_none()),
    );
}

/// T-14: a co-department answers its part by the day the lead department set.
pub(super) fn co_department_late(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let Some(parent) = &case.parent_case_no else { return out.missed("不是联办件的协办部分") };
    let Some(expected) = case.expected_reply_by else {
        return out.undetermined("协办部分没有应复日期，无法判定是否按期回复");
    };
    let replied = case.decided_at.or(timing.stop);
    let over = Timestamp::end_of(expected);
    let at = replied.unwrap_or(facts.now);
    if at < over {
        if replied.is_none() {
            out.wake(over);
        }
        return out.missed(if replied.is_some() { "按期回复" } else { "应复日期未到" });
    }
    let late = facts.ground().used(Timestamp::start_of(expected), at).unwrap_or(0);
    let zh = format!(
        "主办件 {parent} 要求 {expected} 前回复，{}，超 {late} 个工作日",
        replied.map_or_else(|| "至今未回复".to_owned(), |t| format!("{} 才回复", t.date()))
    );
    out.hit(
        Hit::case(rule.high(), facts, over, zh)
            .value(late)
            .read([("expected_reply_by", expected.to_string()), ("replied_at", said(replied))])
            .ongoing(replied.is_none()),
    );
}

/// T-15: what comes in online is examined within two working days.
pub(super) fn pre_acceptance_late(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    if !matches!(case.channel.as_deref(), Some("web" | "mobile")) {
        return out.missed("不是网上申请");
    }
    let Some(applied) = case.applied_at else { return out.missed("没有申请时间") };
    let answered = [case.received_at, first_answer(case)].into_iter().flatten().min();
    let step = |name: &str| u32::try_from(rule.param(name)).unwrap_or(0).saturating_add(1);
    let levels = [(1, rule.nth(0)), (step("yellow_over"), rule.nth(1)), (step("red_over"), rule.nth(2))];
    let terms = Said { kept: "按期预受理", pending: "网上预受理期限未满" };
    let days = rule.param("days");
    let Some((level, from, used)) = facts.ground().staged(applied, days, answered, &levels, &terms, out) else {
        return;
    };
    let zh = format!(
        "{} 网上提交，应在 {days} 个工作日内预受理，{}，已用 {used} 个工作日",
        applied.date(),
        answered.map_or_else(|| "至今未处理".to_owned(), |t| format!("{} 才处理", t.date()))
    );
    out.hit(
        Hit::case(level, facts, from, zh)
            .value(used)
            .read([("applied_at", applied.rfc3339()), ("answered_at", said(answered))])
            .ongoing(answered.is_none()),
    );
}

/// T-16: a renewal filed at least thirty days before the certificate ends is decided before it ends, else it counts as granted
/// (行政许可法 50).
pub(super) fn renewal_undecided(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let (Some(until), Some(applied)) = (case.renews_until, case.applied_at) else {
        return out.missed("不是延续申请");
    };
    let ahead = (until - applied.date()).num_days();
    if ahead < rule.param("ahead_days") {
        return out.missed("申请时距有效期届满不足法定日数");
    }
    let over = Timestamp::end_of(until);
    let decided = case.decided_at.or(timing.stop);
    let at = decided.unwrap_or(facts.now);
    if at < over {
        if decided.is_none() {
            out.wake(over);
        }
        return out.missed(if decided.is_some() { "届满前已决定" } else { "有效期未届满" });
    }
    let zh =
        format!("延续申请于 {} 提出，早于有效期届满 {ahead} 日，至 {until} 届满仍未决定，视为准予延续", applied.date());
    out.hit(
        Hit::case(rule.high(), facts, over, zh)
            .value((at.date() - until).num_days())
            .read([("applied_at", applied.rfc3339()), ("until", until.to_string()), ("decided_at", said(decided))])
            .ongoing(decided.is_none()),
    );
}

/// T-17: a hearing is held within twenty working days of its request (行政许可法 47).
pub(super) fn hearing_late(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    let (days, before) = (rule.param("days"), out.verdicts.len());
    for one in &facts.case.hearings {
        let Some(requested) = one.requested_at else { continue };
        // A case that is withdrawn or sent back needs no hearing any more.
        let dropped = timing.stop.filter(|_| facts.case.decided_at.is_none());
        let held = one.held_at.or(dropped);
        let terms = Said { kept: "按期组织听证", pending: "听证组织期限未满" };
        let Some((from, used)) = facts.ground().overdue(requested, days, held, &terms, out) else { continue };
        let zh = format!(
            "{} 提出听证申请，应在 {days} 个工作日内组织，{}，已用 {used} 个工作日",
            requested.date(),
            one.held_at.map_or_else(|| "至今未组织".to_owned(), |t| format!("{} 才举行", t.date()))
        );
        let id = format!("{}/{}", facts.case.case_no, one.key);
        out.hit(
            Hit::new(rule.high(), ObjectKind::Hearing, id, from, zh)
                .value(used)
                .read([("requested_at", requested.rfc3339()), ("held_at", said(one.held_at))])
                .ongoing(held.is_none()),
        );
    }
    if out.verdicts.len() == before {
        out.missed("没有听证申请");
    }
}

/// T-18: the parties learn of a hearing at least seven days before (行政许可法 48(1); the days are working days, 82).
pub(super) fn hearing_notice_short(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let (days, before) = (rule.param("days"), out.verdicts.len());
    for one in &facts.case.hearings {
        let Some(held) = one.held_at else { continue };
        let Some(notified) = one.notified_at else {
            out.undetermined("听证没有通知时间，无法判定通知是否提前");
            continue;
        };
        let ahead = match limit::used_days(facts.calendar, notified.date(), held.date()) {
            Ok(ahead) => ahead,
            Err(missing) => {
                out.undetermined(missing);
                continue;
            }
        };
        if ahead >= days {
            continue;
        }
        let zh =
            format!("{} 通知，{} 举行听证，只提前 {ahead} 个工作日，应不少于 {days} 日", notified.date(), held.date());
        let id = format!("{}/{}", facts.case.case_no, one.key);
        out.hit(
            Hit::new(rule.low(), ObjectKind::Hearing, id, notified, zh)
                .value(ahead)
                .read([("notified_at", notified.rfc3339()), ("held_at", held.rfc3339())]),
        );
    }
    if out.verdicts.len() == before {
        out.missed("没有举行听证，或已提前通知");
    }
}

/// What is to be done after a decision within so many working days, by a fact from outside the case's records.
pub(super) fn after(
    rule: &Rule,
    facts: &Facts<'_>,
    (since, what): (Timestamp, &str),
    (fact, source): (Option<&Done>, &str),
    out: &mut Outcome,
) {
    let Some(done) = fact else {
        return out.undetermined(format!("本县还没有“{source}”的数据来源，无法判定是否{what}"));
    };
    if done.exempt.is_some() {
        return out.missed("已说明无需办理的理由");
    }
    let days = rule.param("days");
    let terms = Said { kept: "已按期完成", pending: "期限未满" };
    let Some((from, used)) = facts.ground().overdue(since, days, done.at, &terms, out) else { return };
    let zh = format!(
        "自 {} 起应在 {days} 个工作日内{what}，{}，已用 {used} 个工作日",
        since.date(),
        done.at.map_or_else(|| "至今没有".to_owned(), |t| format!("{} 才完成", t.date()))
    );
    out.hit(
        Hit::case(rule.high(), facts, from, zh)
            .value(used)
            .read([("since", since.rfc3339()), ("done_at", said(done.at))])
            .ongoing(done.at.is_none()),
    );
}

/// T-19: what was granted on a commitment is checked within sixty working days (浙江省保障“最多跑一次”改革规定 14, 43(4)).
pub(super) fn commitment_unchecked(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    if !case.is_commitment && case.handle_type != HandleType::Commitment {
        return out.missed("不是告知承诺件");
    }
    let Some(decided) = case.decided_at.or(case.finished_at).filter(|_| case.granted()) else {
        return out.missed("没有准予决定");
    };
    let check = (facts.around.commitment_check.as_ref(), "告知承诺的事后核查");
    after(rule, facts, (decided, "核查申请人的承诺"), check, out);
}

/// T-20: an application accepted with materials to follow is completed or the acceptance revoked
/// (浙江省保障“最多跑一次”改革规定 11).
pub(super) fn tolerant_lapsed(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let Some(accepted) = case.accepted_at.filter(|_| case.is_tolerant) else { return out.missed("不是容缺受理") };
    let Some(deadline) = case.tolerant_deadline else {
        return out.undetermined("容缺受理没有补齐材料的期限，无法判定是否逾期");
    };
    let handed_in = |name: &String| {
        let got = case.materials.iter().filter(|m| m.name == *name && m.got != Some(false));
        got.map(|m| m.at).min()
    };
    let later = || {
        let submitted = case.submissions.iter().map(|s| s.at).filter(|at| *at > accepted);
        submitted.min()
    };
    let supplied = if case.tolerated.is_empty() {
        later()
    } else {
        case.tolerated
            .iter()
            .map(handed_in)
            .collect::<Option<Vec<_>>>()
            .and_then(|all| all.into_iter().max())
            .or_else(later)
    };
    let handled = match (supplied, timing.stop) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    let over = Timestamp::end_of(deadline);
    let at = handled.unwrap_or(facts.now);
    if at < over {
        if handled.is_none() {
            out.wake(over);
        }
        return out.missed(if handled.is_some() {
            "期限内已补齐材料或已办结"
        } else {
            "补齐材料的期限未满"
        });
    }
    let zh = format!(
        "容缺受理应于 {deadline} 前补齐材料，{}，既未补齐，也未撤销受理或办结",
        handled.map_or_else(|| "至今".to_owned(), |t| format!("直到 {}", t.date()))
    );
    out.hit(
        Hit::case(rule.low(), facts, over, zh)
            .value((at.0 - over.0).div_euclid(DAY_MS) + 1)
            .read([("deadline", deadline.to_string()), ("handled_at", said(handled))])
            .ongoing(handled.is_none()),
    );
}

/// T-21: who exceeds a limit explains it in public (优化营商环境条例 36).
pub(super) fn overtime_unexplained(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    let mut since: Option<Timestamp> = None;
    for end in [&timing.promise, &timing.legal] {
        let LimitEnd::Ends { limit, due, .. } = end else { continue };
        match Timing::exceeded_from(facts, *due, limit.unit) {
            Ok(from) if timing.stop.unwrap_or(facts.now) >= from => {
                since = Some(since.map_or(from, |old| old.min(from)))
            }
            Ok(from) if timing.stop.is_none() => out.wake(from),
            Ok(_) => {}
            Err(_) if timing.stop.is_some_and(|stop| stop <= due.last_instant) => {}
            Err(missing) => return out.undetermined(missing),
        }
    }
    let Some(since) = since else { return out.missed("没有超过时限") };
    let explanation = (facts.around.explanation.as_ref(), "超期理由的公开说明");
    after(rule, facts, (since, "公开说明超过办理时间的理由"), explanation, out);
}
