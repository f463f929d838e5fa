//! The contract as generated code, and the way between its types and the plain ones.

use crate::Standard;

/// The contract as generated code.
#[expect(missing_docs, reason = "generated from the contract, which documents itself")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit/v1",
        world: "standard",
        pub_export_macro: true,
        default_bindings_module: "daylight_standard::bindings",
        generate_all,
    });
}

pub use bindings::daylight::plugin::{log, settings};

/// The generated types of the interface.
pub mod scoring {
    pub use super::bindings::daylight::plugin::types::Failure;
    pub use super::bindings::exports::daylight::plugin::scoring::*;
}

fn measure(m: scoring::Measure) -> crate::Measure {
    crate::Measure { name: m.name, value: m.value, denominator: m.denominator }
}

fn group(g: scoring::FindingGroup) -> crate::FindingGroup {
    crate::FindingGroup { rule: g.rule, level: g.level, count: g.count, cases: g.cases }
}

fn entry(m: scoring::ManualEntry) -> crate::ManualEntry {
    crate::ManualEntry { indicator: m.indicator, points: m.points, reason: m.reason, document: m.document }
}

fn deduction(d: crate::Deduction) -> scoring::Deduction {
    scoring::Deduction { rule: d.rule, points: d.points, count: d.count, cases: d.cases, reason_zh: d.reason_zh }
}

fn score(s: crate::Score) -> scoring::Score {
    scoring::Score {
        indicator: s.indicator,
        assessed: s.assessed,
        numerator: s.numerator,
        denominator: s.denominator,
        raw: s.raw,
        points: s.points,
        weight: s.weight,
        explain_zh: s.explain_zh,
        explain_en: s.explain_en,
        deductions: s.deductions.into_iter().map(deduction).collect(),
    }
}

/// What a standard says of itself, as the contract has it.
#[must_use]
pub fn describe<S: Standard>() -> scoring::Description {
    let said = S::describe(&settings::get());
    let indicator = |i: crate::Indicator| scoring::Indicator {
        id: i.id,
        dimension: i.dimension,
        name_zh: i.name_zh,
        name_en: i.name_en,
        weight: i.weight,
        measures: i.measures,
        basis: i.basis,
    };
    scoring::Description {
        id: said.id,
        version: said.version,
        name_zh: said.name_zh,
        name_en: said.name_en,
        base: said.base,
        indicators: said.indicators.into_iter().map(indicator).collect(),
    }
}

/// A scorecard, as the contract has it.
///
/// # Errors
/// The standard's own.
pub fn assess<S: Standard>(input: scoring::Assessment) -> Result<scoring::Scorecard, scoring::Failure> {
    let input = crate::Assessment {
        department: input.department,
        period: input.period,
        measures: input.measures.into_iter().map(measure).collect(),
        rolling: input.rolling.into_iter().map(measure).collect(),
        findings: input.findings.into_iter().map(group).collect(),
        evidence: input.evidence.into_iter().map(group).collect(),
        rolling_evidence: input.rolling_evidence.into_iter().map(group).collect(),
        manual: input.manual.into_iter().map(entry).collect(),
    };
    let card = S::assess(&settings::get(), &input).map_err(|f| scoring::Failure {
        code: f.code,
        message: f.message,
        setting: f.setting,
        retryable: false,
        retry_after_ms: None,
    })?;
    Ok(scoring::Scorecard {
        total: card.total,
        grade: card.grade,
        scores: card.scores.into_iter().map(score).collect(),
        adjustments: card.adjustments.into_iter().map(deduction).collect(),
    })
}
