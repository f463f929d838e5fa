//! Fees (收费). Handbook §11.4; 行政许可法 58, 59, 75: free unless the law says otherwise, and then by the published list.

use super::ground::Ground;
use super::subject::{Subject, SubjectRule};
use super::{Facts, Hit, Outcome, Rule, Timing};
use crate::Timestamp;
use crate::finding::ObjectKind;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Fen as yuan.
pub(super) fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen.div_euclid(100), fen.rem_euclid(100))
}

fn last_paid(facts: &Facts<'_>) -> Timestamp {
    facts.case.fees.iter().filter(|f| f.amount > 0).map(|f| f.at).min().unwrap_or(facts.case.last_event_at)
}

/// F-01: an item without a fee costs nothing.
pub(super) fn charged_on_free_item(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let paid = facts.case.fee_paid;
    if paid <= 0 {
        return out.missed("没有收费");
    }
    let Some(item) = facts.item else { return out.undetermined("事项不在目录中，不知道是否收费") };
    if item.is_fee {
        return out.missed("事项依法收费");
    }
    let zh = format!("“{}”不收费，实际收取 {} 元", item.name, yuan(paid));
    out.hit(Hit::case(rule.high(), facts, last_paid(facts), zh).value(paid));
}

/// F-02: nobody pays more than the standard.
pub(super) fn above_standard(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let Some(item) = facts.item else {
        return if case.fees.is_empty() {
            out.missed("没有收费")
        } else {
            out.undetermined("事项不在目录中，没有收费标准可比对")
        };
    };
    if !item.is_fee {
        return out.missed("事项不收费，见免费事项收费规则");
    }
    let before = out.verdicts.len();
    for fee in &case.fees {
        let name = fee.item.as_deref().unwrap_or("");
        // One fee of one name needs not be named.
        let only = item.fees.first().filter(|_| name.is_empty() && item.fees.len() == 1);
        let Some(standard) = item.fees.iter().find(|f| f.name == name).or(only) else {
            out.undetermined(format!("收费项目“{name}”不在事项目录中，没有标准可比对"));
            continue;
        };
        let Some(most) = standard.amount else {
            out.undetermined(format!("“{}”的标准不是固定金额，无法比对", standard.name));
            continue;
        };
        if fee.amount > most {
            let zh = format!("“{}”标准 {} 元，实际收取 {} 元", standard.name, yuan(most), yuan(fee.amount));
            out.hit(
                Hit::case(rule.high(), facts, fee.at, zh)
                    .value(fee.amount - most)
                    .read([("fee", fee.key.clone()), ("standard", most.to_string())]),
            );
        }
    }
    if out.verdicts.len() == before {
        out.missed("没有收费，或收费不高于标准");
    }
}

/// F-03: a fee that is due is charged, or reduced on a basis.
pub(super) fn due_not_charged(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let case = facts.case;
    let done = matches!(case.finish_type.as_deref(), Some("granted" | "completed"));
    let Some(finished) = case.finished_at.filter(|_| done) else { return out.missed("尚未准予办结") };
    let Some(item) = facts.item else { return out.undetermined("事项不在目录中，不知道是否收费") };
    if !item.is_fee {
        return out.missed("事项不收费");
    }
    if case.fee_paid > 0 || case.fees.iter().any(|f| f.reduced > 0) {
        return out.missed("已收费或已减免");
    }
    let zh = format!("“{}”应收费，{} 办结时没有收费记录，也没有减免", item.name, finished.date());
    out.hit(Hit::case(rule.low(), facts, finished, zh).value(0));
}

/// F-04: a reduction names its basis.
pub(super) fn reduced_without_basis(rule: &Rule, facts: &Facts<'_>, _: &Timing, out: &mut Outcome) {
    let bare = |basis: &Option<String>| basis.as_deref().is_none_or(|b| b.trim().is_empty());
    let Some(fee) = facts.case.fees.iter().find(|f| f.reduced > 0 && bare(&f.basis)) else {
        return out.missed("没有减免，或减免有依据");
    };
    let zh = format!("减免 {} 元，没有依据", yuan(fee.reduced));
    out.hit(Hit::case(rule.low(), facts, fee.at, zh).value(fee.reduced).read([("fee", fee.key.clone())]));
}

/// A department's fees of one day, by our records and by the finance system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FinanceDayFacts {
    /// The department.
    pub department: String,
    /// The day.
    pub date: NaiveDate,
    /// What the cases report, fen.
    pub reported: i64,
    /// What the finance bureau's non-tax system received, fen; nothing until it says.
    #[serde(default)]
    pub received: Option<i64>,
}

impl Subject for FinanceDayFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("F-05", non_tax_mismatch)];

    fn id(&self) -> String {
        format!("{}/{}", self.department, self.date)
    }

    fn department(&self) -> &str {
        &self.department
    }
}

/// F-05: what was charged is what the treasury received (行政许可法 59).
fn non_tax_mismatch(rule: &Rule, day: &FinanceDayFacts, _: &Ground<'_>, out: &mut Outcome) {
    let Some(received) = day.received else { return out.undetermined("财政非税系统没有给出该日到账数") };
    if received == day.reported {
        return out.missed("与财政非税系统一致");
    }
    let zh = format!(
        "{} 办件上报收费 {} 元，财政非税系统到账 {} 元，相差 {} 元",
        day.date,
        yuan(day.reported),
        yuan(received),
        yuan((day.reported - received).abs())
    );
    let hit = Hit::new(rule.low(), ObjectKind::Department, day.id(), Timestamp::end_of(day.date), zh);
    out.hit(hit.value(day.reported - received));
}
