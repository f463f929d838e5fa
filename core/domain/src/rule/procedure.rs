//! Procedure (程序). Handbook §11.2.

use super::{Facts, Hit, Outcome, Rule, Timing, inputs};
use crate::finding::ObjectKind;
use crate::item::NodeKind;

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
    out.hit(Hit {
        level: rule.high(),
        object: ObjectKind::Case,
        object_id: facts.case.case_no.clone(),
        fact_time: rejected,
        value: n,
        inputs: inputs([("reason", facts.case.reject_reason.clone().unwrap_or_default())]),
        explain_zh: zh,
    });
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
    out.hit(Hit {
        level: rule.high(),
        object: ObjectKind::Case,
        object_id: case.case_no.clone(),
        fact_time: case.finished_at.unwrap_or(case.last_event_at),
        value: 0,
        inputs: inputs([("finish_type", kind.to_owned())]),
        explain_zh: format!("{word}办结而没有理由"),
    });
}

/// P-07: a case that was decided has passed every mandatory node of its flow.
pub(super) fn mandatory_step_missing(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let decided = matches!(case.finish_type.as_deref(), Some("granted" | "refused" | "completed"));
    let Some(finished) = case.finished_at.filter(|_| decided) else { return out.missed("尚未按程序办结") };
    let Some(item) = facts.item else { return out.undetermined("事项不在目录中，没有流程图可比对") };
    let Some(flow) = &item.flow else { return out.undetermined("事项没有运行流程图") };
    let stepped = |name: &str, aliases: &[String]| {
        case.steps.iter().any(|s| s.ended_at.is_some() && (s.name == name || aliases.contains(&s.name)))
    };
    let missing: Vec<&str> = flow
        .nodes
        .iter()
        .filter(|n| n.mandatory)
        .filter(|n| {
            let known = match n.kind {
                NodeKind::Start | NodeKind::End => true,
                NodeKind::Receive => case.received_at.is_some(),
                NodeKind::Accept => case.accepted_at.is_some(),
                NodeKind::Decide => case.decided_at.is_some(),
                NodeKind::Deliver => true,
                NodeKind::Certificate => case.cert_no.is_some(),
                NodeKind::Hearing => case.hearings.iter().any(|h| h.held_at.is_some()),
                NodeKind::Special => !case.specials.is_empty(),
                NodeKind::Step | NodeKind::Branch | NodeKind::Joint => false,
            };
            !known && !stepped(&n.name, &n.aliases)
        })
        .map(|n| n.name.as_str())
        .collect();
    if missing.is_empty() {
        return out.missed("必经环节齐全");
    }
    out.hit(Hit {
        level: rule.high(),
        object: ObjectKind::Case,
        object_id: case.case_no.clone(),
        fact_time: finished,
        value: i64::try_from(missing.len()).unwrap_or(i64::MAX),
        inputs: inputs([("missing", missing.join("、")), ("item_version", item.version.to_string())]),
        explain_zh: format!("已办结，但没有必经环节“{}”的办理记录", missing.join("”“")),
    });
}
