//! Does a case follow its item's flow chart (流程符合性)? The comparison itself is [`crate::flow`]; here it becomes findings.
//! Handbook §11.2, §14.

use super::{Facts, Hit, Outcome, Rule, Timing};
use crate::finding::ObjectKind;
use crate::flow::{self, Deviation, Path};
use crate::item::{Flow, Item};

fn chart<'a>(facts: &Facts<'a>, out: &mut Outcome) -> Option<(&'a Item, &'a Flow)> {
    let Some(item) = facts.item else {
        out.undetermined("事项不在目录中，没有流程图可比对");
        return None;
    };
    let Some(flow) = &item.flow else {
        out.undetermined("事项没有运行流程图");
        return None;
    };
    Some((item, flow))
}

/// P-07: a case that was decided has passed every mandatory node of its flow.
pub(super) fn mandatory_step_missing(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let decided = matches!(case.finish_type.as_deref(), Some("granted" | "refused" | "completed"));
    let Some(finished) = case.finished_at.filter(|_| decided) else { return out.missed("尚未按程序办结") };
    if case.is_only_asked() {
        return out.missed("协办部分不走主办事项的流程");
    }
    let Some((item, flow)) = chart(facts, out) else { return };
    let missing: Vec<&str> = flow::missing(flow, case).iter().map(|n| n.name.as_str()).collect();
    if missing.is_empty() {
        return out.missed("必经环节齐全");
    }
    // A step nobody mapped may be the one that seems missing: the reader is told.
    let unmapped = flow::unmapped(flow, case);
    let mut zh = format!("已办结，但没有必经环节“{}”的办理记录", missing.join("”“"));
    if !unmapped.is_empty() {
        zh.push_str(&format!("；来源报送的环节“{}”没有对应到流程图", unmapped.join("”“")));
    }
    let read = [
        ("missing", missing.join("、")),
        ("item_version", item.version.to_string()),
        ("unmapped", unmapped.join("、")),
    ];
    out.hit(Hit::case(rule.high(), facts, finished, zh).count(missing.len()).read(read));
}

/// P-08: from each step the case goes where the flow chart leads.
pub(super) fn out_of_order(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    if facts.case.steps.is_empty() {
        return out.missed("还没有环节记录");
    }
    let Some((item, flow)) = chart(facts, out) else { return };
    let Path { visits, unmapped, deviations } = flow::path(flow, facts.case);
    let strayed: Vec<&Deviation> = deviations.iter().filter(|d| matches!(d, Deviation::NotAllowed { .. })).collect();
    if let Some(first) = strayed.first() {
        let said: Vec<String> = strayed.iter().map(|d| d.say_zh()).collect();
        let taken: Vec<&str> = visits.iter().map(|v| v.name.as_str()).collect();
        let hit = Hit::case(rule.low(), facts, first.at(), format!("环节顺序与流程图不符：{}", said.join("；")));
        let read = [("path", taken.join("→")), ("item_version", item.version.to_string())];
        return out.hit(hit.count(strayed.len()).read(read));
    }
    if !unmapped.is_empty() {
        let names: Vec<&str> = unmapped.iter().map(|u| u.name.as_str()).collect();
        return out.undetermined(format!(
            "来源报送的环节“{}”没有对应到流程图，无法判定顺序；请在事项的流程图节点上补充 aliases",
            names.join("”“")
        ));
    }
    out.missed("环节顺序与流程图一致");
}

/// P-09: who handles one step does not handle those the flow keeps apart from it (承办、审核、批准).
pub(super) fn duties_not_separated(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    if facts.case.steps.is_empty() {
        return out.missed("还没有环节记录");
    }
    let Some((_, flow)) = chart(facts, out) else { return };
    if !flow.nodes.iter().any(|n| !n.separate_from.is_empty()) {
        return out.missed("流程图没有要求职责分离");
    }
    let path = flow::path(flow, facts.case);
    let mixed = path.deviations.iter().find(|d| matches!(d, Deviation::SamePerson { .. }));
    if let Some(one) = mixed {
        return out.hit(Hit::case(rule.low(), facts, one.at(), one.say_zh()));
    }
    let kept_apart = |id: &str| {
        flow.nodes
            .iter()
            .any(|n| (n.id == id && !n.separate_from.is_empty()) || n.separate_from.iter().any(|s| s == id))
    };
    if let Some(visit) = path.visits.iter().find(|v| v.people.is_empty() && kept_apart(&v.node)) {
        return out.undetermined(format!("环节“{}”没有办理人，无法判定职责是否分离", visit.name));
    }
    out.missed("应分离的环节由不同的人办理");
}

/// P-10: a verification of substance is done by at least two people (行政许可法 34).
pub(super) fn too_few_verifiers(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let Some(flow) = facts.item.and_then(|i| i.flow.as_ref()) else {
        return out.missed("事项没有要求多人核查的流程图");
    };
    let before = out.verdicts.len();
    for visit in flow::path(flow, facts.case).visits {
        let need = flow.nodes.iter().find(|n| n.id == visit.node).and_then(|n| n.people);
        let (Some(need), Some(ended)) = (need, visit.ended_at) else { continue };
        if visit.people.is_empty() {
            out.undetermined(format!("环节“{}”没有办理人，无法判定核查人数", visit.name));
            continue;
        }
        let n = u32::try_from(visit.people.len()).unwrap_or(u32::MAX);
        if n >= need {
            continue;
        }
        let zh = format!(
            "环节“{}”应由 {need} 名以上工作人员核查，记录的只有 {n} 名（{}）",
            visit.name,
            visit.people.join("、")
        );
        let id = format!("{}/{}", facts.case.case_no, visit.key);
        out.hit(Hit::new(rule.high(), ObjectKind::Step, id, ended, zh).value(i64::from(n)));
    }
    if out.verdicts.len() == before {
        out.missed("没有要求多人核查的环节，或人数符合规定");
    }
}
