//! Connection, operation and configuration (接入与运行). Handbook §11.6.

use super::ground::{Ground, Said};
use super::subject::{Subject, SubjectRule};
use super::{Hit, Outcome, Rule};
use crate::Timestamp;
use crate::finding::ObjectKind;
use crate::limit::ClockMode;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

const HOUR_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;

/// The health of a department's source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceFacts {
    /// The department.
    pub department: String,
    /// The last record or heartbeat.
    pub last_seen: Timestamp,
    /// How long it may be silent, minutes; 0: it promised nothing.
    #[serde(default)]
    pub silence_minutes: i64,
    /// How far its clock is from ours, milliseconds; nothing where it does not tell.
    #[serde(default)]
    pub skew_ms: Option<i64>,
}

impl Subject for SourceFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("U-01", silent), ("U-07", clock_skew)];

    fn id(&self) -> String {
        format!("{}@{}", self.department, self.last_seen.rfc3339())
    }

    fn department(&self) -> &str {
        &self.department
    }
}

/// U-01: nothing is heard of a source for longer than it promised. The same judgement as [`super::silent_source`].
fn silent(rule: &Rule, source: &SourceFacts, ground: &Ground<'_>, out: &mut Outcome) {
    if source.silence_minutes <= 0 {
        return out.missed("没有约定时效");
    }
    let ms = source.silence_minutes.saturating_mul(MINUTE_MS);
    let judged = super::silent_source(rule, ground.calendar, &source.department, source.last_seen, ms, ground.now);
    match judged {
        Err(missing) => out.undetermined(missing),
        Ok((found, next)) => {
            next.into_iter().for_each(|at| out.wake(at));
            match found {
                None => out.missed("在约定时效内有记录或心跳"),
                Some(found) => {
                    let mut hit =
                        Hit::new(found.level, found.object, found.object_id, found.fact_time, found.explain_zh);
                    hit.inputs = found.inputs;
                    out.hit(hit.value(found.value).ongoing(true));
                }
            }
        }
    }
}

/// U-07: a source's clock is wrong by minutes.
fn clock_skew(rule: &Rule, source: &SourceFacts, _: &Ground<'_>, out: &mut Outcome) {
    let Some(skew) = source.skew_ms else {
        return out.undetermined("来源没有报自己的时间，无法判定时钟偏差");
    };
    if skew.abs() <= rule.param("minutes").saturating_mul(MINUTE_MS) {
        return out.missed("时钟偏差在允许范围内");
    }
    let zh = format!(
        "来源系统的时钟比本系统{} {} 分钟，超过 {} 分钟",
        if skew > 0 { "快" } else { "慢" },
        skew.abs() / MINUTE_MS,
        rule.param("minutes")
    );
    let hit = Hit::new(rule.low(), ObjectKind::Source, source.department.as_str(), source.last_seen, zh);
    out.hit(hit.value(skew / 1000));
}

/// When a department was to be connected, and when it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionFacts {
    /// The department.
    pub department: String,
    /// The last day the plan gives it.
    pub planned_by: NaiveDate,
    /// When its data began to come.
    #[serde(default)]
    pub connected_at: Option<Timestamp>,
}

impl Subject for ConnectionFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("U-02", not_connected)];

    fn id(&self) -> String {
        self.department.clone()
    }

    fn department(&self) -> &str {
        &self.department
    }
}

/// U-02: a listed department is connected by its date (浙江省保障“最多跑一次”改革规定 43(7)).
fn not_connected(rule: &Rule, plan: &ConnectionFacts, ground: &Ground<'_>, out: &mut Outcome) {
    let over = Timestamp::end_of(plan.planned_by);
    let at = plan.connected_at.unwrap_or(ground.now);
    if at < over {
        if plan.connected_at.is_none() {
            out.wake(over);
        }
        return out.missed("已按期接入，或接入期限未到");
    }
    let zh = format!(
        "应于 {} 前接入，{}",
        plan.planned_by,
        plan.connected_at.map_or_else(|| "至今未接入".to_owned(), |t| format!("{} 才接入", t.date()))
    );
    let days = (at.date() - plan.planned_by).num_days();
    let hit = Hit::new(rule.high(), ObjectKind::Department, plan.id(), over, zh);
    out.hit(hit.value(days).ongoing(plan.connected_at.is_none()));
}

/// The county's own configuration as of a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountyFacts {
    /// The day.
    pub date: NaiveDate,
}

impl Subject for CountyFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("U-04", calendar_missing), ("U-05", hours_missing)];

    fn id(&self) -> String {
        self.date.to_string()
    }
}

/// U-04: no working days are known for dates that limits will soon reach. The same judgement as [`super::calendar_ends`].
fn calendar_missing(rule: &Rule, _: &CountyFacts, ground: &Ground<'_>, out: &mut Outcome) {
    let Some(found) = super::calendar_ends(rule, ground.calendar, ground.now) else {
        return out.missed("工作日历足够");
    };
    let hit = Hit::new(found.level, found.object, found.object_id, found.fact_time, found.explain_zh);
    out.hit(hit.value(found.value));
}

/// U-05: limits count in office hours, and some day has none.
fn hours_missing(rule: &Rule, _: &CountyFacts, ground: &Ground<'_>, out: &mut Outcome) {
    if ground.mode != ClockMode::BusinessHoursCeil {
        return out.missed("本县按法定工作日计算，不需要作息时间");
    }
    let days = usize::try_from(rule.param("horizon_days")).unwrap_or(0);
    let without = ground.now.date().iter_days().take(days + 1).find(|d| ground.schedule.day_seconds(*d).is_err());
    let Some(day) = without else { return out.missed("作息时间足够") };
    let zh = format!("{day} 没有作息时间，按工作小时计算的时限将无法判定；请在 daylight.toml 的 [[work_hours]] 中补充");
    out.hit(Hit::new(rule.high(), ObjectKind::County, format!("work-hours/{day}"), ground.now, zh));
}

/// A queue of data to a higher authority.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UplinkFacts {
    /// To whom.
    pub receiver: String,
    /// Since when the oldest entry waits; nothing when none does.
    #[serde(default)]
    pub oldest_unsent: Option<Timestamp>,
    /// How many wait.
    #[serde(default)]
    pub waiting: u64,
}

impl Subject for UplinkFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("U-06", backlog)];

    fn id(&self) -> String {
        self.receiver.clone()
    }
}

/// U-06: data waits for the higher authority for more than a day.
fn backlog(rule: &Rule, queue: &UplinkFacts, ground: &Ground<'_>, out: &mut Outcome) {
    let Some(oldest) = queue.oldest_unsent else { return out.missed("没有待上行的数据") };
    let over = oldest.plus_ms(rule.param("hours").saturating_mul(HOUR_MS)).plus_ms(1);
    if ground.now < over {
        out.wake(over);
        return out.missed("上行积压未超过规定时间");
    }
    let zh = format!(
        "向“{}”上行的数据有 {} 条积压，最早的自 {oldest} 起未发出，超过 {} 小时",
        queue.receiver,
        queue.waiting,
        rule.param("hours")
    );
    let hours = (ground.now.0 - oldest.0) / HOUR_MS;
    let hit = Hit::new(rule.low(), ObjectKind::County, format!("uplink/{}", queue.receiver), over, zh);
    out.hit(hit.value(hours).ongoing(true));
}

/// Whether a plugin is what its vendor signed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PluginFacts {
    /// Its name.
    pub plugin: String,
    /// When it was looked at.
    pub checked_at: Timestamp,
    /// What is wrong with its signature or hash; nothing: both fit.
    #[serde(default)]
    pub problem: Option<String>,
}

impl Subject for PluginFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("U-08", signature_invalid)];

    fn id(&self) -> String {
        self.plugin.clone()
    }
}

/// U-08: a plugin that is not what was signed is not loaded.
fn signature_invalid(rule: &Rule, plugin: &PluginFacts, _: &Ground<'_>, out: &mut Outcome) {
    let Some(problem) = &plugin.problem else { return out.missed("签名与摘要相符") };
    let zh = format!("插件“{}”验签不通过，已拒绝加载：{problem}", plugin.plugin);
    out.hit(Hit::new(rule.high(), ObjectKind::County, format!("plugin/{}", plugin.plugin), plugin.checked_at, zh));
}

/// A rule that is switched off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleStateFacts {
    /// The rule.
    pub rule: String,
    /// Since when it has been off; nothing while it is on.
    #[serde(default)]
    pub disabled_since: Option<Timestamp>,
    /// Whether it is on by default; one that never was on is nobody's omission.
    #[serde(default)]
    pub on_by_default: bool,
    /// The document that approves it.
    #[serde(default)]
    pub approval: Option<String>,
}

impl Subject for RuleStateFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("U-09", disabled_too_long)];

    fn id(&self) -> String {
        self.rule.clone()
    }
}

/// U-09: a rule is off for more than five working days and nobody approved it.
fn disabled_too_long(rule: &Rule, state: &RuleStateFacts, ground: &Ground<'_>, out: &mut Outcome) {
    let Some(since) = state.disabled_since.filter(|_| state.on_by_default) else {
        return out.missed("规则在用，或默认就是停用");
    };
    if state.approval.as_deref().is_some_and(|a| !a.trim().is_empty()) {
        return out.missed("停用已经批准");
    }
    let terms = Said { kept: "", pending: "停用时间未超过规定" };
    let Some((from, used)) = ground.overdue(since, rule.param("days"), None, &terms, out) else { return };
    let zh = format!("规则 {} 自 {} 起停用，已 {used} 个工作日，没有批准文件", state.rule, since.date());
    let hit = Hit::new(rule.low(), ObjectKind::County, format!("rule/{}", state.rule), from, zh);
    out.hit(hit.value(used).ongoing(true));
}

/// A department that is left out of the statistics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExclusionFacts {
    /// Its number in the register.
    #[serde(default)]
    pub no: Option<String>,
    /// The department.
    pub department: String,
    /// Only this item.
    #[serde(default)]
    pub item: Option<String>,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    #[serde(default)]
    pub to: Option<NaiveDate>,
    /// Why.
    pub reason: String,
}

impl Subject for ExclusionFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("U-10", excluded)];

    fn id(&self) -> String {
        self.no.as_ref().map_or_else(|| self.department.clone(), |no| format!("{}/{no}", self.department))
    }

    fn department(&self) -> &str {
        &self.department
    }
}

/// U-10: every exclusion is shown for as long as it lasts.
fn excluded(rule: &Rule, facts: &ExclusionFacts, ground: &Ground<'_>, out: &mut Outcome) {
    let today = ground.now.date();
    if today < facts.from {
        out.wake(Timestamp::start_of(facts.from));
        return out.missed("排除尚未开始");
    }
    if facts.to.is_some_and(|to| to < today) {
        return out.missed("排除已经结束");
    }
    let to = facts.to.map_or_else(|| "没有截止日期".to_owned(), |to| format!("至 {to}"));
    let what = facts.item.as_ref().map_or_else(String::new, |item| format!("事项 {item} "));
    let zh = format!("{what}自 {} 起被排除在统计之外，{to}，理由：{}", facts.from, facts.reason);
    out.hit(
        Hit::new(rule.low(), ObjectKind::Department, facts.id(), Timestamp::start_of(facts.from), zh).ongoing(true),
    );
}
