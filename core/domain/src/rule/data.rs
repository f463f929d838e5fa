//! Data quality and authenticity (数据质量与真实性). Handbook §11.5.

use super::{Facts, Hit, Outcome, Rule, Timing, inputs};
use crate::Timestamp;
use crate::finding::ObjectKind;
use crate::item::HandleType;
use crate::record::RecordType;

fn hit(rule: &Rule, facts: &Facts<'_>, at: Timestamp, value: i64, zh: String) -> Hit {
    Hit {
        level: rule.low(),
        object: ObjectKind::Case,
        object_id: facts.case.case_no.clone(),
        fact_time: at,
        value,
        inputs: inputs([]),
        explain_zh: zh,
    }
}

/// D-01: a time that had been reported was changed. One finding per amending record.
pub(super) fn amended(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    if case.amendments.is_empty() {
        return out.missed("已报送的时间没有被更改");
    }
    let mut last = None;
    for one in &case.amendments {
        if last == Some(one.seq) {
            continue;
        }
        last = Some(one.seq);
        let say = |t: Option<Timestamp>| t.map_or_else(|| "（空）".to_owned(), Timestamp::rfc3339);
        let changes: Vec<String> = case
            .amendments
            .iter()
            .filter(|a| a.seq == one.seq)
            .map(|a| format!("{}：{} → {}", a.field, say(a.old), say(a.new)))
            .collect();
        let zh = format!("“{}”记录已报送的时间被更改（{}）", one.record.name_zh(), changes.join("；"));
        out.hit(Hit {
            object_id: format!("{}@{}", case.case_no, one.seq),
            inputs: inputs([("record", one.record.to_string()), ("event", one.seq.to_string())]),
            ..hit(rule, facts, one.new.or(one.old).unwrap_or(case.last_event_at), 1, zh)
        });
    }
}

/// D-02: a record came later than the source promised.
pub(super) fn late(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    if case.worst_lag_ms <= facts.sla_ms {
        return out.missed("在约定时效内上报");
    }
    let minutes = case.worst_lag_ms / 60_000;
    let zh = format!("数据上报最长延迟 {minutes} 分钟，约定时效 {} 分钟", facts.sla_ms / 60_000);
    out.hit(Hit {
        inputs: inputs([("lag_ms", case.worst_lag_ms.to_string()), ("sla_ms", facts.sla_ms.to_string())]),
        ..hit(rule, facts, case.last_event_at, minutes, zh)
    });
}

/// D-09: business times in an order that cannot be.
pub(super) fn impossible_order(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let wrong = facts.case.inversions();
    if wrong.is_empty() {
        return out.missed("时间先后正常");
    }
    let pairs: Vec<String> = wrong.iter().map(|(a, b)| format!("{a} 早于 {b}")).collect();
    let zh = format!("业务时间先后颠倒：{}", pairs.join("；"));
    let value = i64::try_from(wrong.len()).unwrap_or(i64::MAX);
    out.hit(Hit {
        level: rule.high(),
        inputs: inputs([("pairs", pairs.join(", "))]),
        ..hit(rule, facts, facts.case.last_event_at, value, zh)
    });
}

/// D-12: the same number and version, with other content.
pub(super) fn conflict(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let n = facts.case.conflicts;
    if n == 0 {
        return out.missed("没有编号冲突");
    }
    let zh = "同一编号、同一版本的记录报送了不同内容，后到的内容未被采用".to_owned();
    out.hit(Hit { level: rule.high(), ..hit(rule, facts, facts.case.last_event_at, i64::from(n), zh) });
}

/// D-18: a promised case whose first sign of life is its end.
pub(super) fn first_seen_at_finish(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    if case.first_record != Some(RecordType::Finish) || case.handle_type == HandleType::Instant {
        return out.missed("办理过程先于办结上报，或为即办件");
    }
    let zh = "首次见到该办件的记录就是办结，没有办理过程".to_owned();
    out.hit(hit(rule, facts, case.finished_at.unwrap_or(case.last_event_at), 1, zh));
}
