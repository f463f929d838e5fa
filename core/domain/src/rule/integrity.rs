//! Integrity (廉洁): what was verified, and clues that are never more than clues. Handbook §11.11.

use super::ground::Ground;
use super::subject::{Subject, SubjectRule};
use super::{Hit, Outcome, Rule};
use crate::Timestamp;
use crate::finding::ObjectKind;
use crate::share::{exceeds, percent};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a verified report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verified {
    /// 吃拿卡要、收受财物
    Bribery,
    /// 指定中介
    ForcedIntermediary,
    /// 变相许可
    DisguisedLicence,
    /// 干预评价
    RatingInterference,
}

/// A report and what its verification found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifiedFacts {
    /// Its number.
    pub no: String,
    /// The department.
    pub department: String,
    /// What it is about.
    pub kind: Verified,
    /// When the verification ended.
    #[serde(default)]
    pub concluded_at: Option<Timestamp>,
    /// Whether it was found true.
    #[serde(default)]
    pub substantiated: Option<bool>,
    /// The document that says so.
    #[serde(default)]
    pub document: String,
}

impl Subject for VerifiedFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] =
        &[("E-07", interference), ("I-01", bribery), ("I-02", forced_intermediary), ("I-03", disguised_licence)];

    fn id(&self) -> String {
        self.no.clone()
    }

    fn department(&self) -> &str {
        &self.department
    }
}

fn verified(rule: &Rule, report: &VerifiedFacts, (kind, zh): (Verified, &str), out: &mut Outcome) {
    if report.kind != kind {
        return out.missed("反映的不是这类问题");
    }
    match (report.substantiated, report.concluded_at) {
        (Some(true), Some(at)) => {
            let zh = format!("{} 经查属实：{zh}（依据 {}）", at.date(), report.document);
            out.hit(Hit::new(rule.high(), ObjectKind::Problem, report.id(), at, zh));
        }
        (Some(false), _) => out.missed("经查不属实"),
        _ => out.undetermined("尚未查实"),
    }
}

/// E-07: nobody leads, induces or forces a rating.
fn interference(rule: &Rule, report: &VerifiedFacts, _: &Ground<'_>, out: &mut Outcome) {
    verified(rule, report, (Verified::RatingInterference, "干预、诱导或者胁迫评价"), out);
}

/// I-01: nobody takes or demands anything (行政许可法 73). Transferred to the supervisory commission.
fn bribery(rule: &Rule, report: &VerifiedFacts, _: &Ground<'_>, out: &mut Outcome) {
    verified(rule, report, (Verified::Bribery, "吃拿卡要、收受财物，应移送监察委员会"), out);
}

/// I-02: the applicant chooses the intermediary (优化营商环境条例 43).
fn forced_intermediary(rule: &Rule, report: &VerifiedFacts, _: &Ground<'_>, out: &mut Outcome) {
    verified(rule, report, (Verified::ForcedIntermediary, "指定或者变相指定中介服务机构"), out);
}

/// I-03: what is not on the list is not demanded under another name (优化营商环境条例 39, 40).
fn disguised_licence(rule: &Rule, report: &VerifiedFacts, _: &Ground<'_>, out: &mut Outcome) {
    verified(rule, report, (Verified::DisguisedLicence, "以备案、登记、年检等名义变相设定许可"), out);
}

/// A registered sanction. It is scored by the yearly table; no card is issued for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DisciplineFacts {
    /// The department.
    pub department: String,
    /// The document's number; nothing until it is registered.
    #[serde(default)]
    pub document: Option<String>,
    /// When it takes effect.
    pub decided_at: Timestamp,
    /// Which measure, e.g. 诫勉、通报批评.
    pub measure: String,
}

impl Subject for DisciplineFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("I-04", disciplined)];

    fn id(&self) -> String {
        self.document.clone().unwrap_or_default()
    }

    fn department(&self) -> &str {
        &self.department
    }
}

/// I-04: a sanction counts once its document is registered.
fn disciplined(rule: &Rule, facts: &DisciplineFacts, _: &Ground<'_>, out: &mut Outcome) {
    let Some(document) = facts.document.as_deref().filter(|d| !d.trim().is_empty()) else {
        return out.missed("没有登记生效文书");
    };
    let zh = format!("{} 责任追究“{}”，文书 {document}，按年度扣分表计分", facts.decided_at.date(), facts.measure);
    out.hit(Hit::new(rule.high(), ObjectKind::Problem, document, facts.decided_at, zh));
}

/// The intermediaries behind the cases one member of staff approved. Names are codes; this is a clue, nothing more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntermediaryFacts {
    /// The department.
    pub department: String,
    /// Who approved.
    pub staff: String,
    /// Last day of the period.
    pub until: NaiveDate,
    /// Approvals with an intermediary, by intermediary.
    pub approvals: BTreeMap<String, u64>,
}

impl Subject for IntermediaryFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("I-05", intermediary_concentrated)];

    fn id(&self) -> String {
        format!("{}/{}", self.staff, self.until)
    }

    fn department(&self) -> &str {
        &self.department
    }
}

fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The largest part and all, where it is more than so many percent of enough.
fn concentrated<'a>(rule: &Rule, parts: &'a BTreeMap<String, u64>, out: &mut Outcome) -> Option<(&'a str, i64, u64)> {
    let all: u64 = parts.values().sum();
    if whole(all) < rule.param("min_cases") {
        out.missed("办件太少，不足以判断");
        return None;
    }
    let (name, n) = parts.iter().max_by_key(|(_, n)| **n)?;
    if !exceeds(*n, all, rule.param("percent")) {
        out.missed("没有异常集中");
        return None;
    }
    Some((name, percent(*n, all), all))
}

/// I-05: most of what somebody approves comes through one intermediary.
fn intermediary_concentrated(rule: &Rule, facts: &IntermediaryFacts, _: &Ground<'_>, out: &mut Outcome) {
    let Some((name, share, all)) = concentrated(rule, &facts.approvals, out) else { return };
    let zh = format!("线索：{} 批准的 {all} 件办件中 {share}% 使用中介“{name}”", facts.staff);
    let at = Timestamp::end_of(facts.until);
    out.hit(Hit::new(rule.low(), ObjectKind::Person, facts.id(), at, zh).value(share));
}

/// The cases an agent brings (代办). A clue, nothing more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentFacts {
    /// The department.
    pub department: String,
    /// The agent.
    pub agent: String,
    /// Last day of the period.
    pub until: NaiveDate,
    /// Cases finished, by who handled them.
    pub handlers: BTreeMap<String, u64>,
    /// Of these, faster than nine in ten cases of the same item.
    #[serde(default)]
    pub fastest_tenth: u64,
}

impl Subject for AgentFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("I-06", always_fastest), ("I-07", one_handler)];

    fn id(&self) -> String {
        format!("{}/{}", self.agent, self.until)
    }

    fn department(&self) -> &str {
        &self.department
    }
}

/// I-06: whatever this agent brings is done faster than nine in ten others.
fn always_fastest(rule: &Rule, facts: &AgentFacts, _: &Ground<'_>, out: &mut Outcome) {
    let all: u64 = facts.handlers.values().sum();
    if whole(all) < rule.param("min_cases") {
        return out.missed("办件太少，不足以判断");
    }
    if facts.fastest_tenth < all {
        return out.missed("并非总是最快");
    }
    let zh = format!("线索：代办人“{}”的 {all} 件办件全部快于同事项九成办件", facts.agent);
    let at = Timestamp::end_of(facts.until);
    out.hit(Hit::new(rule.low(), ObjectKind::Person, facts.id(), at, zh).value(whole(all)));
}

/// I-07: whatever this agent brings is handled by the same person.
fn one_handler(rule: &Rule, facts: &AgentFacts, _: &Ground<'_>, out: &mut Outcome) {
    let Some((name, share, all)) = concentrated(rule, &facts.handlers, out) else { return };
    let zh = format!("线索：代办人“{}”的 {all} 件办件中 {share}% 由“{name}”经办", facts.agent);
    let at = Timestamp::end_of(facts.until);
    out.hit(Hit::new(rule.low(), ObjectKind::Person, facts.id(), at, zh).value(share));
}
