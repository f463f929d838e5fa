//! Rules that compare a case with others, or with what may be handled by whom (受理范围与次序). Handbook §11.2.

use super::ground::Ground;
use super::subject::{Subject, SubjectRule};
use super::{Facts, Hit, LimitEnd, Outcome, Rule, Timing};
use crate::Timestamp;
use crate::finding::ObjectKind;
use crate::item::ItemState;
use crate::limit;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// P-14: a limited number of licences is granted in the order of acceptance (行政许可法 57).
pub(super) fn queue_jumped(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let Some(item) = facts.item else { return out.undetermined("事项不在目录中，不知道是否限量") };
    if !item.quantity_limited {
        return out.missed("不是有数量限制的许可");
    }
    let (Some(accepted), Some(decided)) = (case.accepted_at, case.decided_at.filter(|_| case.granted())) else {
        return out.missed("没有准予决定");
    };
    let Some(queue) = &facts.around.queue else {
        return out.undetermined("不知道同一限量事项还有哪些办件在先");
    };
    let waiting = |q: &&super::Queued| {
        q.qualified
            && q.accepted_at < accepted
            && q.decided_at.is_none_or(|at| at > decided)
            && q.case_no != case.case_no
    };
    let Some(first) = queue.iter().filter(waiting).min_by_key(|q| q.accepted_at) else {
        return out.missed("按受理先后准予");
    };
    let zh = format!(
        "本件 {} 受理、{} 准予，而符合条件的办件 {} 于 {} 先受理，当时尚未决定",
        accepted.date(),
        decided.date(),
        first.case_no,
        first.accepted_at.date()
    );
    out.hit(Hit::case(rule.high(), facts, decided, zh).read([("before", first.case_no.clone())]));
}

/// P-17: only what the published list holds, on the day of the application, is handled (优化营商环境条例 40).
pub(super) fn item_not_in_force(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let Some(applied) = case.applied_at.or(case.received_at).or(case.accepted_at) else {
        return out.missed("没有申请、收件或受理时间");
    };
    if case.is_only_asked() {
        return out.missed("协办部分不是单独的申请，见主办件");
    }
    if case.item_code.is_empty() {
        return out.undetermined("来源没有报事项编码，不知道办理的是哪个事项");
    }
    let day = applied.date();
    let zh = match facts.item {
        None if case.item_version > 0 => {
            return out.undetermined(format!("事项 {} 的第 {} 版已不在目录中", case.item_code, case.item_version));
        }
        None => format!("{day} 申请的事项 {} 不在本县事项目录中", case.item_code),
        Some(item) if item.valid_from > day => {
            format!("“{}”自 {} 起施行，{day} 就已办理", item.name, item.valid_from)
        }
        Some(item) if item.valid_to.is_some_and(|to| to < day) => {
            let to = item.valid_to.map(|to| to.to_string()).unwrap_or_default();
            format!("“{}”已于 {to} 停止实施，{day} 仍受理申请", item.name)
        }
        Some(item) => match item.state {
            ItemState::Published => return out.missed("事项在目录中，且在有效期内"),
            ItemState::Cancelled => format!("“{}”已取消，{day} 仍受理申请", item.name),
            ItemState::Suspended => format!("“{}”已暂停实施，{day} 仍受理申请", item.name),
            ItemState::Draft | ItemState::Checking => format!("“{}”尚未公布，{day} 就已受理申请", item.name),
        },
    };
    out.hit(Hit::case(rule.high(), facts, applied, zh).read([("item_code", case.item_code.clone())]));
}

/// P-18: the organ that accepts is the one the law empowers, or one it delegated to (行政许可法 22–24).
pub(super) fn wrong_organ(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let Some(accepted) = case.accepted_at else { return out.missed("尚未受理") };
    let Some(item) = facts.item else { return out.undetermined("事项不在目录中，不知道实施主体") };
    let Some(organ) = &item.org_code else {
        return out.undetermined("事项目录没有实施主体的统一社会信用代码");
    };
    let Some(by) = &case.accept_org else { return out.undetermined("来源没有报受理单位") };
    if by == organ || item.delegated_to.contains(by) {
        return out.missed("由实施主体或受委托机关受理");
    }
    let zh = format!("{} 由 {by} 受理，“{}”的实施主体是 {organ}，也没有委托", accepted.date(), item.name);
    out.hit(Hit::case(rule.high(), facts, accepted, zh).read([("accept_org", by.clone())]));
}

/// P-19: the same applicant, the same item, open at the same time.
pub(super) fn possible_duplicate(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let Some(applied) = case.applied_at else { return out.missed("没有申请时间") };
    let Some(others) = &facts.around.same_applicant else {
        return out.undetermined("不知道同一申请人就同一事项还有哪些办件");
    };
    let days = rule.param("days");
    let overlaps = |o: &&super::OtherCase| {
        let apart = (o.applied_at.date() - applied.date()).num_days().abs();
        let open = o.closed_at.is_none_or(|closed| closed > applied)
            && case.clock_stop().is_none_or(|stop| stop > o.applied_at);
        o.case_no != case.case_no && apart <= days && open
    };
    let Some(other) = others.iter().find(overlaps) else { return out.missed("没有同时在办的同类办件") };
    let zh = format!("同一申请人就同一事项在 {days} 日内还有在办的办件 {}，可能重复", other.case_no);
    let at = applied.max(other.applied_at);
    out.hit(Hit::case(rule.low(), facts, at, zh).value(0).read([("other", other.case_no.clone())]));
}

/// P-20: withdrawn or sent back just before its limit, and filed again: the clock was set back.
pub(super) fn withdrawn_and_refiled(rule: &Rule, facts: &Facts<'_>, timing: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let ended = matches!(case.finish_type.as_deref(), Some("withdrawn" | "returned"));
    let Some(finished) = case.finished_at.filter(|_| ended) else { return out.missed("不是撤回或退件") };
    let LimitEnd::Ends { due, .. } = &timing.promise else { return out.missed("没有承诺时限或未受理") };
    let left = match limit::remaining(facts.calendar, due.date, finished.date()) {
        Ok(left) => left,
        Err(missing) => return out.undetermined(missing),
    };
    if left > rule.param("left_days") {
        return out.missed("撤回或退件时距时限届满尚早");
    }
    let Some(others) = &facts.around.same_applicant else {
        return out.undetermined("不知道同一申请人是否又重新申请");
    };
    let days = rule.param("refile_days");
    let again =
        others.iter().filter(|o| o.applied_at >= finished && o.case_no != case.case_no).min_by_key(|o| o.applied_at);
    let soon = again.and_then(|o| Some((o, facts.ground().used(finished, o.applied_at).ok()?)));
    let Some((other, used)) = soon.filter(|(_, used)| *used <= days) else {
        return out.missed("没有在短期内重新申请");
    };
    let zh = format!(
        "承诺时限剩余 {left} 个工作日时，于 {} {}，{used} 个工作日后又以 {} 重新申请",
        finished.date(),
        if case.finish_type.as_deref() == Some("withdrawn") { "撤回" } else { "退件" },
        other.case_no
    );
    out.hit(Hit::case(rule.high(), facts, other.applied_at, zh).value(left).read([("refiled", other.case_no.clone())]));
}

/// Through which channels an item was applied for in a period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelFacts {
    /// The department.
    pub department: String,
    /// The item.
    pub item: String,
    /// Last day of the period.
    pub until: NaiveDate,
    /// The channels its guide publishes.
    pub published: Vec<String>,
    /// Applications by channel.
    pub used: BTreeMap<String, u64>,
}

impl Subject for ChannelFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("P-16", channel_restricted)];

    fn id(&self) -> String {
        format!("{}/{}", self.item, self.until)
    }

    fn department(&self) -> &str {
        &self.department
    }

    fn item(&self) -> Option<&str> {
        Some(&self.item)
    }
}

/// P-16: several channels are published, but nearly all come through one (浙江省保障“最多跑一次”改革规定 6).
fn channel_restricted(rule: &Rule, facts: &ChannelFacts, _: &Ground<'_>, out: &mut Outcome) {
    if facts.published.len() < 2 {
        return out.missed("只公布了一种申请渠道");
    }
    let all: u64 = facts.used.values().sum();
    if i64::try_from(all).unwrap_or(i64::MAX) < rule.param("min_cases") {
        return out.missed("申请太少，不足以判断");
    }
    let Some((channel, n)) = facts.used.iter().max_by_key(|(_, n)| **n) else { return out.missed("没有申请") };
    // Compared as it is, told as people round.
    if i128::from(*n) * 100 < i128::from(rule.param("percent")) * i128::from(all) {
        return out.missed("申请分布在多种渠道");
    }
    let share = crate::share::percent(*n, all);
    let name = crate::code::table("channel").and_then(|t| t.get(channel)).map_or(channel.as_str(), |n| n.0.as_str());
    let zh = format!("公布了 {} 种申请渠道，{all} 件申请中 {share}% 来自“{name}”", facts.published.len());
    out.hit(Hit::new(rule.low(), ObjectKind::Item, facts.id(), Timestamp::end_of(facts.until), zh).value(share));
}
