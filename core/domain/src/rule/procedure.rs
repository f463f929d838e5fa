//! Procedure (程序). Handbook §11.2.

use super::{Facts, Hit, Outcome, Rule, Timing, said};
use crate::Timestamp;
use crate::item::Item;

fn chars(text: Option<&str>) -> i64 {
    i64::try_from(text.unwrap_or("").trim().chars().count()).unwrap_or(i64::MAX)
}

/// P-01: a refusal to accept gives its reason.
pub(super) fn refused_without_reason(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let Some(rejected) = facts.case.rejected_at else { return out.missed("没有不予受理") };
    let n = chars(facts.case.reject_reason.as_deref());
    if n >= rule.param("min_chars") {
        return out.missed("不予受理已说明理由");
    }
    let zh = if n == 0 {
        "不予受理而没有理由".to_owned()
    } else {
        format!("不予受理的理由只有 {n} 个字")
    };
    let read = [("reason", facts.case.reject_reason.clone().unwrap_or_default())];
    out.hit(Hit::case(rule.high(), facts, rejected, zh).value(n).read(read));
}

/// P-03: returning, voiding or deleting a case gives its reason.
pub(super) fn ended_without_reason(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let kind = case.finish_type.as_deref().unwrap_or("");
    let word = match kind {
        "returned" => "退回",
        "voided" => "作废",
        "deleted" => "删除",
        _ => return out.missed("不是退回、作废或删除办结"),
    };
    if chars(case.finish_reason.as_deref()) > 0 {
        return out.missed("已说明理由");
    }
    let at = case.finished_at.unwrap_or(case.last_event_at);
    let hit = Hit::case(rule.high(), facts, at, format!("{word}办结而没有理由"));
    out.hit(hit.value(0).read([("finish_type", kind.to_owned())]));
}

/// P-02: a refusal gives its reasons and says what the applicant can do against it (行政许可法 38, 72(7)).
pub(super) fn denied_without_reason_or_remedy(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let refused = case.decision.as_deref() == Some("refused") || case.finish_type.as_deref() == Some("refused");
    let Some(at) = case.decided_at.or(case.finished_at).filter(|_| refused) else {
        return out.missed("没有不予许可");
    };
    let reason = case.decision_reason.as_deref().or(case.finish_reason.as_deref());
    // Many sources write both into one text.
    let within = reason.is_some_and(|text| text.contains("行政复议") || text.contains("行政诉讼"));
    let (n, remedies) = (chars(reason), chars(case.remedies.as_deref()));
    let mut wrong = Vec::new();
    if n < rule.param("min_chars") {
        wrong.push(if n == 0 { "没有理由".to_owned() } else { format!("理由只有 {n} 个字") });
    }
    if remedies == 0 && !within {
        wrong.push("没有告知申请行政复议或者提起行政诉讼的权利".to_owned());
    }
    if wrong.is_empty() {
        return out.missed("不予许可已说明理由并告知救济途径");
    }
    let zh = format!("{} 决定不予许可，{}", at.date(), wrong.join("，"));
    out.hit(Hit::case(rule.high(), facts, at, zh).value(n).read([("remedies", remedies.to_string())]));
}

/// P-04: corrections are told once, completely (行政许可法 32(4), 72(4)).
pub(super) fn corrected_repeatedly(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let before = |at: Timestamp| case.accepted_at.is_none_or(|accepted| at <= accepted);
    let mut rounds: Vec<Timestamp> = case.corrections.iter().map(|c| c.notified_at).filter(|at| before(*at)).collect();
    rounds.sort_unstable();
    let most = usize::try_from(rule.param("rounds")).unwrap_or(usize::MAX);
    let Some(at) = rounds.get(most) else { return out.missed("受理前补正告知没有超过规定次数") };
    let dates: Vec<String> = rounds.iter().map(|t| t.date().to_string()).collect();
    let zh = format!("受理前先后 {} 次告知补正（{}），应当一次告知全部内容", rounds.len(), dates.join("、"));
    out.hit(Hit::case(rule.high(), facts, *at, zh).count(rounds.len()));
}

/// P-05: what is accepted was complete (行政许可法 32).
pub(super) fn corrected_after_acceptance(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let Some(accepted) = case.accepted_at else { return out.missed("尚未受理") };
    let later = case.corrections.iter().map(|c| c.notified_at).filter(|at| *at > accepted).min();
    let Some(at) = later else { return out.missed("受理后没有再告知补正") };
    let zh = format!("{} 已受理，{} 又告知补正", accepted.date(), at.date());
    out.hit(Hit::case(rule.low(), facts, at, zh).read([("accepted_at", accepted.rfc3339())]));
}

/// P-06: accepting and refusing to accept both give a dated, sealed document (行政许可法 32).
pub(super) fn no_document(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let (at, word) = match (case.accepted_at, case.rejected_at) {
        (Some(at), _) => (at, "受理"),
        (None, Some(at)) => (at, "不予受理"),
        (None, None) => return out.missed("尚未受理，也没有不予受理"),
    };
    if chars(case.accept_doc_no.as_deref()) > 0 {
        return out.missed("有受理或不予受理文书编号");
    }
    out.hit(Hit::case(rule.low(), facts, at, format!("{} {word}，没有文书编号", at.date())));
}

/// Names a material the catalogue and the source may write with other spaces.
fn same(a: &str, b: &str) -> bool {
    a.trim() == b.trim()
}

fn listed<'a>(facts: &'a Facts<'_>, out: &mut Outcome) -> Option<&'a Item> {
    let found = facts.item;
    if found.is_none() {
        out.undetermined("事项不在目录中，没有材料清单可比对");
    }
    found
}

/// P-11: what is accepted has its mandatory materials, or is accepted with materials to follow (容缺).
pub(super) fn materials_missing(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let Some(accepted) = case.accepted_at else { return out.missed("尚未受理") };
    let Some(item) = listed(facts, out) else { return };
    if !item.materials.iter().any(|m| m.required == "mandatory") {
        return out.missed("事项没有必要材料");
    }
    if case.materials.is_empty() {
        return out.undetermined("来源没有报送材料记录，无法判定材料是否齐全");
    }
    let there = |name: &str| {
        case.materials.iter().any(|m| same(&m.name, name) && m.got != Some(false) && m.at.date() <= accepted.date())
    };
    let tolerated = |name: &str| case.is_tolerant && case.tolerated.iter().any(|t| same(t, name));
    let missing: Vec<&str> = item
        .materials
        .iter()
        .filter(|m| m.required == "mandatory" && !there(&m.name) && !tolerated(&m.name))
        .map(|m| m.name.as_str())
        .collect();
    if missing.is_empty() {
        return out.missed("必要材料齐全，或已容缺受理");
    }
    let zh = format!("{} 受理时没有必要材料“{}”，也没有容缺受理", accepted.date(), missing.join("”“"));
    let hit = Hit::case(rule.low(), facts, accepted, zh).count(missing.len());
    out.hit(hit.read([("missing", missing.join("、")), ("item_version", item.version.to_string())]));
}

/// P-12: nothing is demanded beyond the published list (行政许可法 31).
pub(super) fn materials_beyond_list(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    if facts.case.materials.is_empty() {
        return out.missed("来源没有报送材料");
    }
    let Some(item) = listed(facts, out) else { return };
    let unlisted: Vec<_> =
        facts.case.materials.iter().filter(|m| !item.materials.iter().any(|l| same(&l.name, &m.name))).collect();
    let Some(first) = unlisted.first() else { return out.missed("材料都在清单内") };
    let names: Vec<&str> = unlisted.iter().map(|m| m.name.as_str()).collect();
    let zh = format!("收取了清单以外的材料“{}”", names.join("”“"));
    let hit = Hit::case(rule.high(), facts, first.at, zh).count(names.len());
    out.hit(hit.read([("unlisted", names.join("、")), ("item_version", item.version.to_string())]));
}

/// P-13: what can be had by sharing data is not asked of the applicant (浙江省保障“最多跑一次”改革规定 7).
pub(super) fn shareable_material_demanded(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    if facts.case.materials.is_empty() {
        return out.missed("来源没有报送材料");
    }
    let Some(item) = listed(facts, out) else { return };
    let shared = |name: &str| item.materials.iter().any(|l| l.source == "share" && same(&l.name, name));
    let demanded = |m: &&crate::case::Material| matches!(m.get_type.as_deref(), Some("paper" | "upload"));
    let Some(one) = facts.case.materials.iter().filter(demanded).find(|m| shared(&m.name)) else {
        return out.missed("可共享的材料没有要求申请人提交");
    };
    let zh = format!("“{}”可以通过数据共享取得，仍由申请人提交", one.name);
    out.hit(Hit::case(rule.low(), facts, one.at, zh).read([("material", one.name.clone())]));
}

/// P-15: where the law or a party demands a hearing, it comes before the decision (行政许可法 46, 47, 72(8)).
pub(super) fn hearing_not_held(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let Some(decided) = case.decided_at else { return out.missed("尚未决定") };
    let requested = case.hearings.iter().filter_map(|h| h.requested_at).filter(|at| *at <= decided).min();
    let required = facts.item.is_some_and(|i| i.hearing_required);
    if requested.is_none() && !required {
        return match facts.item {
            Some(_) => out.missed("法律没有规定听证，也没有人申请听证"),
            None => out.undetermined("事项不在目录中，不知道是否应当听证"),
        };
    }
    if case.hearings.iter().any(|h| h.held_at.is_some_and(|at| at <= decided)) {
        return out.missed("决定前已举行听证");
    }
    let why = requested.map_or_else(|| "法律规定应当听证".to_owned(), |at| format!("{} 有人申请听证", at.date()));
    let zh = format!("{why}，{} 作出决定前没有举行听证", decided.date());
    out.hit(Hit::case(rule.high(), facts, decided, zh).read([("requested_at", said(requested))]));
}

/// P-21: nobody is treated as having given up before the time given for corrections has passed.
pub(super) fn lapsed_before_deadline(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let lapsed = case.finish_type.as_deref() == Some("correction_lapsed");
    let Some(finished) = case.finished_at.filter(|_| lapsed) else { return out.missed("不是补正不来办结") };
    let Some(last) = case.corrections.iter().max_by_key(|c| c.notified_at) else {
        return out.undetermined("以补正不来办结，却没有补正告知记录");
    };
    let Some(deadline) = last.deadline else {
        return out.undetermined("补正告知没有截止日期，无法判定是否提前办结");
    };
    if finished >= Timestamp::end_of(deadline) {
        return out.missed("补正期限届满后办结");
    }
    let early = (deadline - finished.date()).num_days() + 1;
    let zh = format!("补正告知的截止日期是 {deadline}，{} 就以补正不来办结", finished.date());
    out.hit(Hit::case(rule.high(), facts, finished, zh).value(early).read([("deadline", deadline.to_string())]));
}

/// P-22: after completion nothing follows but delivery, certificate and rating.
pub(super) fn events_after_finish(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let Some(finished) = case.finished_at else { return out.missed("尚未办结") };
    let steps = case.steps.iter().map(|s| ("环节", s.started_at));
    let specials = case.specials.iter().map(|s| ("特别程序", s.started_at));
    let corrections = case.corrections.iter().map(|c| ("补正告知", c.notified_at));
    let extensions = case.extensions.iter().map(|e| ("延长审批", e.approved_at));
    let held = case.hearings.iter().filter_map(|h| h.held_at).map(|at| ("听证", at));
    let once = [
        ("申请", case.applied_at),
        ("收件", case.received_at),
        ("受理", case.accepted_at),
        ("决定", case.decided_at),
        ("转报", case.forwarded_at),
    ];
    let once = once.into_iter().filter_map(|(name, at)| at.map(|at| (name, at)));
    let late = steps.chain(specials).chain(corrections).chain(extensions).chain(held).chain(once);
    let Some((name, at)) = late.filter(|(_, at)| *at > finished).min_by_key(|(_, at)| *at) else {
        return out.missed("办结后没有业务记录");
    };
    let zh = format!("{} 已办结，{} 又有“{name}”记录", finished, at);
    out.hit(Hit::case(rule.low(), facts, at, zh).read([("finished_at", finished.rfc3339())]));
}
