//! Openness (公开). Handbook §11.7; 行政许可法 30, 40; 政府信息公开条例 20.

use super::ground::Ground;
use super::subject::{Subject, SubjectRule};
use super::term::after;
use super::{Facts, Hit, Outcome, Rule, Timing};
use crate::Timestamp;
use crate::finding::ObjectKind;
use serde::{Deserialize, Serialize};

/// T-22: licence decisions are published within seven working days (双公示).
pub(super) fn disclosed_late(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let Some(decided) = facts.case.decided_at else { return out.missed("尚未决定") };
    let disclosure = (facts.around.disclosure.as_ref(), "双公示发布记录");
    after(rule, facts, (decided, "公示许可决定"), disclosure, out);
}

/// O-02: the public may look up what was granted (行政许可法 40; 政府信息公开条例 20(5)).
pub(super) fn result_not_public(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let Some(decided) = case.decided_at.or(case.finished_at).filter(|_| case.granted()) else {
        return out.missed("没有准予决定");
    };
    let page = (facts.around.result_page.as_ref(), "公开的办理结果");
    after(rule, facts, (decided, "公开办理结果"), page, out);
}

/// An item's guide as the public sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuideFacts {
    /// The department.
    pub department: String,
    /// The item.
    pub item: String,
    /// When the page was looked at.
    pub seen_at: Timestamp,
    /// What it must show, e.g. 依据、条件、数量、程序、期限、材料、示范文本.
    pub required: Vec<String>,
    /// What it shows.
    #[serde(default)]
    pub posted: Vec<String>,
    /// The promised limit it shows, as written there; nothing where it shows none.
    #[serde(default)]
    pub promise: Option<String>,
}

impl Subject for GuideFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("O-01", not_posted), ("O-04", promise_not_posted)];

    fn id(&self) -> String {
        self.item.clone()
    }

    fn department(&self) -> &str {
        &self.department
    }

    fn item(&self) -> Option<&str> {
        Some(&self.item)
    }
}

/// O-01: basis, conditions, quantity, procedure, limits, materials and a sample form are posted (行政许可法 30, 72(2)).
fn not_posted(rule: &Rule, guide: &GuideFacts, _: &Ground<'_>, out: &mut Outcome) {
    let missing: Vec<&str> = guide.required.iter().filter(|r| !guide.posted.contains(r)).map(String::as_str).collect();
    if missing.is_empty() {
        return out.missed("应公示的内容都已公示");
    }
    let zh = format!("{} 查看，公开页面没有公示“{}”", guide.seen_at.date(), missing.join("”“"));
    out.hit(Hit::new(rule.low(), ObjectKind::Item, guide.id(), guide.seen_at, zh).count(missing.len()));
}

/// O-04: a promise that nobody can read binds nobody (优化营商环境条例 36).
fn promise_not_posted(rule: &Rule, guide: &GuideFacts, _: &Ground<'_>, out: &mut Outcome) {
    if guide.promise.as_deref().is_some_and(|p| !p.trim().is_empty()) {
        return out.missed("已公示承诺时限");
    }
    let zh = format!("{} 查看，公开页面没有承诺时限", guide.seen_at.date());
    out.hit(Hit::new(rule.low(), ObjectKind::Item, guide.id(), guide.seen_at, zh));
}

/// Something a department published, and what in it may not be public.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicationFacts {
    /// The department.
    pub department: String,
    /// Its number or address.
    pub id: String,
    /// When it was published.
    pub published_at: Timestamp,
    /// Secret or personal fields in it, by name; their content is never repeated.
    #[serde(default)]
    pub restricted: Vec<String>,
}

impl Subject for PublicationFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("O-03", secrets_published)];

    fn id(&self) -> String {
        self.id.clone()
    }

    fn department(&self) -> &str {
        &self.department
    }
}

/// O-03: secrets, business secrets and personal data are not published (行政许可法 72(5)).
fn secrets_published(rule: &Rule, facts: &PublicationFacts, _: &Ground<'_>, out: &mut Outcome) {
    if facts.restricted.is_empty() {
        return out.missed("没有不得公开的内容");
    }
    let zh = format!("{} 公开的内容含有不得公开的“{}”", facts.published_at.date(), facts.restricted.join("”“"));
    let hit = Hit::new(rule.high(), ObjectKind::Publication, facts.id(), facts.published_at, zh);
    out.hit(hit.count(facts.restricted.len()));
}
