//! Data quality and authenticity (数据质量与真实性). Handbook §11.5.

use super::ground::Ground;
use super::subject::{Subject, SubjectRule};
use super::{Facts, Hit, Outcome, Rule, Timing, inputs};
use crate::Timestamp;
use crate::case::Step;
use crate::finding::ObjectKind;
use crate::item::HandleType;
use crate::record::RecordType;
use serde::{Deserialize, Serialize};

fn hit(rule: &Rule, facts: &Facts<'_>, at: Timestamp, value: i64, zh: String) -> Hit {
    Hit::case(rule.low(), facts, at, zh).value(value)
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

/// D-04: several steps of a case that is not done on the spot end within a minute.
pub(super) fn identical_times(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    if case.handle_type == HandleType::Instant {
        return out.missed("即办件的环节可以同时完成");
    }
    let most = usize::try_from(rule.param("steps")).unwrap_or(usize::MAX).max(2);
    if case.steps.len() < most {
        return out.missed("环节太少，不足以判断");
    }
    let mut ends: Vec<Timestamp> = case.steps.iter().filter_map(|s| s.ended_at).collect();
    ends.sort_unstable();
    let within = rule.param("seconds").saturating_mul(1000);
    let run = ends.windows(most).find(|w| w.last().zip(w.first()).is_some_and(|(b, a)| b.0 - a.0 <= within));
    let Some(at) = run.and_then(|w| w.last().copied()) else { return out.missed("各环节的时间有先后") };
    let zh = format!("有 {most} 个以上环节在 {} 前后 {} 秒内先后办结", at, rule.param("seconds"));
    out.hit(hit(rule, facts, at, i64::try_from(most).unwrap_or(i64::MAX), zh));
}

/// D-06: who handles a case stands in the department's register.
pub(super) fn unknown_operator(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    if case.steps.is_empty() {
        return out.missed("还没有环节记录");
    }
    let Some(register) = &facts.around.staff else {
        return out.undetermined("本部门没有人员名册，无法核对经办人");
    };
    let mut strangers: Vec<String> = Vec::new();
    let mut since: Option<Timestamp> = None;
    for step in &case.steps {
        let names = crate::flow::people(step);
        let nameless = names.is_empty().then(|| "（未报姓名）".to_owned());
        for name in names.into_iter().filter(|n| !register.contains(n)).chain(nameless) {
            let at = step.ended_at.unwrap_or(step.started_at);
            since = Some(since.map_or(at, |old| old.min(at)));
            if !strangers.contains(&name) {
                strangers.push(name);
            }
        }
    }
    let Some(at) = since else { return out.missed("经办人都在人员名册中") };
    let zh = format!("经办人“{}”不在本部门人员名册中", strangers.join("”“"));
    let value = i64::try_from(strangers.len()).unwrap_or(i64::MAX);
    out.hit(hit(rule, facts, at, value, zh).read([("strangers", strangers.join("、"))]));
}

/// D-08: people decide in office hours; what no person did is left alone.
pub(super) fn off_hours(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let before = out.verdicts.len();
    let by_person = |step: &&Step| step.staff.as_deref().is_some_and(|s| !s.trim().is_empty());
    let steps =
        case.steps.iter().filter(by_person).filter_map(|s| Some((s.name.as_str(), s.key.as_str(), s.ended_at?)));
    let decided = case.decided_at.filter(|_| case.decide_staff.is_some()).map(|at| ("决定", "decide", at));
    for (name, key, at) in steps.chain(decided) {
        // A second of office hours that begins here; the last second of the day belongs to it.
        match facts.schedule.elapsed(facts.calendar, at.plus_ms(-1000), at.plus_ms(1000)) {
            Ok(0) => {
                let zh = format!("“{name}”在 {at} 人工办结，不在工作时间内");
                let id = format!("{}/{key}", case.case_no);
                out.hit(Hit::new(rule.low(), ObjectKind::Step, id, at, zh));
            }
            Ok(_) => {}
            Err(missing) => out.undetermined(missing),
        }
    }
    if out.verdicts.len() == before {
        out.missed("没有非工作时间的人工办理");
    }
}

/// D-17: the source itself says that steps are made up.
pub(super) fn synthetic(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let made_up: Vec<&Step> = facts.case.steps.iter().filter(|s| s.synthetic).collect();
    let Some(first) = made_up.first() else { return out.missed("没有自报合成的环节") };
    let zh = format!("来源系统声明有 {} 个环节由程序合成，不是实际办理记录", made_up.len());
    let value = i64::try_from(made_up.len()).unwrap_or(i64::MAX);
    out.hit(hit(rule, facts, first.started_at, value, zh));
}

/// The result of a sample check (抽查) of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SampleFacts {
    /// The department.
    pub department: String,
    /// The case.
    pub case_no: String,
    /// When it was checked.
    pub checked_at: Timestamp,
    /// Whether what the source reported is true; nothing until somebody says.
    #[serde(default)]
    pub authentic: Option<bool>,
    /// What was found.
    #[serde(default)]
    pub found: String,
}

impl Subject for SampleFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("D-19", false_data)];

    fn id(&self) -> String {
        self.case_no.clone()
    }

    fn department(&self) -> &str {
        &self.department
    }

    fn case_no(&self) -> Option<&str> {
        Some(&self.case_no)
    }
}

/// D-19: a sample check finds the reported data false.
fn false_data(rule: &Rule, sample: &SampleFacts, _: &Ground<'_>, out: &mut Outcome) {
    match sample.authentic {
        None => out.undetermined("抽查还没有给出是否真实的结论"),
        Some(true) => out.missed("抽查认定数据真实"),
        Some(false) => {
            let zh = format!("{} 抽查认定上报数据不实：{}", sample.checked_at.date(), sample.found);
            out.hit(Hit::new(rule.high(), ObjectKind::Case, sample.id(), sample.checked_at, zh));
        }
    }
}
