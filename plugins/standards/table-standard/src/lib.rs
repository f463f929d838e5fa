//! `table-standard`: a county's own paper standard, written as settings. The language of its formulas stands in `core/formula`.

use daylight_formula::table::{Beside, Line, Table};
use daylight_formula::{Facts, Formula, Fraction, Missing, name_of};
use daylight_standard::{
    Assessment, Deduction, Description, Failure, FindingGroup, Indicator, Measure, ONE, Score, Scorecard, Standard,
    because, cards, entered, measure, not_assessed, plugin, points_text, settings, total,
};

/// An assessment as formulas see it: of the month or of twelve.
struct Seen<'a> {
    input: &'a Assessment,
    measures: &'a [Measure],
    evidence: &'a [FindingGroup],
    indicator: &'a str,
}

impl Facts for Seen<'_> {
    fn measure(&self, code: &str) -> Option<(i64, Option<u64>)> {
        let found = measure(self.measures, code)?;
        Some((found.value?, found.denominator))
    }

    fn found(&self, rule: &str) -> u64 {
        self.evidence.iter().filter(|g| g.rule == rule).map(|g| g.count).sum()
    }

    fn cards(&self, level: u8) -> u64 {
        u64::try_from(cards(&self.input.findings, level)).unwrap_or(0)
    }

    fn manual(&self) -> Option<i64> {
        let (points, list) = entered(&self.input.manual, self.indicator);
        (!list.is_empty()).then_some(points)
    }
}

fn table() -> Result<Table, Failure> {
    let all: serde_json::Value = serde_json::from_str(&settings::get()).unwrap_or_default();
    Table::read(&all).map_err(|wrong| Failure {
        code: "settings.invalid".to_owned(),
        message: wrong.iter().map(|(at, what)| format!("{at} {what}")).collect::<Vec<_>>().join("；"),
        setting: wrong.first().map(|(at, _)| at.clone()),
        retryable: false,
        retry_after_ms: None,
    })
}

fn formula(text: &str) -> Result<Formula, Failure> {
    Formula::parse(text).map_err(|e| Failure {
        code: "settings.invalid".to_owned(),
        message: e.to_string(),
        setting: None,
        retryable: false,
        retry_after_ms: None,
    })
}

fn indicator(line: &Line) -> Indicator {
    let measures = Formula::parse(&line.formula).map(|f| f.measures()).unwrap_or_default();
    Indicator {
        id: line.id.clone(),
        dimension: if line.dimension.is_empty() { line.id.clone() } else { line.dimension.clone() },
        name_zh: line.name.clone(),
        name_en: line.name.clone(),
        weight: line.weight.0,
        measures: measures.into_iter().map(str::to_owned).collect(),
        basis: line.basis.clone(),
    }
}

/// The smallest denominator a formula divides by; nothing when it divides by none, or one is not there.
fn smallest(formula: &Formula, facts: &Seen<'_>) -> Option<u64> {
    formula.shares().into_iter().filter_map(|code| facts.measure(code)?.1).min()
}

fn hundredths(value: Result<Fraction, Missing>) -> Result<i64, Missing> {
    value?.in_parts(100).ok_or(Missing::Size)
}

/// The formula with what its measures are.
fn said(formula: &Formula, facts: &Seen<'_>) -> String {
    let each = |code: &'static str| {
        let (value, of) = facts.measure(code)?;
        let of = of.filter(|_| formula.shares().contains(&code)).map(|n| format!(" / {n}")).unwrap_or_default();
        Some(format!("{} = {}{of}", name_of(code).unwrap_or(code), value / ONE))
    };
    let known: Vec<String> = formula.measures().into_iter().filter_map(each).collect();
    if known.is_empty() {
        formula.text().to_owned()
    } else {
        format!("{}，其中 {}", formula.text(), known.join("，"))
    }
}

fn score(input: &Assessment, line: &Line) -> Result<Score, Failure> {
    let (indicator, formula) = (indicator(line), formula(&line.formula)?);
    let month = Seen { input, measures: &input.measures, evidence: &input.evidence, indicator: &line.id };
    let year = Seen { measures: &input.rolling, evidence: &input.rolling_evidence, ..month };
    let big = |facts: &Seen<'_>| smallest(&formula, facts).is_none_or(|n| n >= line.smallest);
    let (facts, rolling) = if big(&month) { (&month, false) } else { (&year, true) };
    if !big(facts) {
        let why = format!("十二个月内只有 {} 件，不足 {} 件", smallest(&formula, facts).unwrap_or(0), line.smallest);
        return Ok(not_assessed(&indicator, &why, "too few cases"));
    }
    let raw = match hundredths(formula.value(facts)) {
        Ok(raw) => raw,
        Err(why) => return Ok(not_assessed(&indicator, &why.to_string(), "the formula has no value")),
    };
    let points = raw.clamp(line.least.0, line.weight.0);
    let shares = formula.shares();
    let only = shares.first().filter(|_| shares.len() == 1).and_then(|code| facts.measure(code));
    let denominator = only.and_then(|(_, of)| i64::try_from(of?).ok()?.checked_mul(ONE));
    let span =
        if rolling { format!("（本月不足 {} 件，取十二个月）", line.smallest) } else { String::new() };
    let bounded = if raw == points { String::new() } else { format!("，限为 {}", points_text(points)) };
    let rules: Vec<&str> = line.rules.iter().map(String::as_str).collect();
    let mut deductions = entered(&input.manual, &line.id).1;
    if points < line.weight.0 {
        deductions.extend(because(facts.evidence, &rules, points - line.weight.0));
    }
    Ok(Score {
        indicator: indicator.id,
        assessed: true,
        numerator: only.map(|(value, _)| value),
        denominator,
        raw,
        points,
        weight: line.weight.0,
        explain_zh: format!("{} = {}{bounded}{span}", said(&formula, facts), points_text(raw)),
        explain_en: format!("{} of {}", points_text(points), points_text(line.weight.0)),
        deductions,
    })
}

/// What is added or taken beside the indicators; what has no value is left out.
fn beside(input: &Assessment, line: &Beside) -> Result<Option<Deduction>, Failure> {
    let formula = formula(&line.formula)?;
    let facts = Seen { input, measures: &input.measures, evidence: &input.evidence, indicator: &line.id };
    let points = hundredths(formula.value(&facts)).unwrap_or(0).clamp(line.least.0, line.most.0);
    Ok((points != 0).then(|| Deduction {
        rule: line.id.clone(),
        points,
        count: 0,
        cases: Vec::new(),
        reason_zh: format!("{}：{} = {}", line.name, said(&formula, &facts), points_text(points)),
    }))
}

struct TableStandard;

impl Standard for TableStandard {
    fn describe() -> Description {
        // Settings that are wrong are said by `assess` and by the configuration check; here there is no place for it.
        let table = table().unwrap_or_default();
        Description {
            id: "table-standard".to_owned(),
            version: if table.version.is_empty() { "1.0.0".to_owned() } else { table.version.clone() },
            name_zh: if table.name.is_empty() {
                "以设置写成的评估标准".to_owned()
            } else {
                table.name.clone()
            },
            name_en: "A standard written as settings".to_owned(),
            base: table.base(),
            indicators: table.indicators.iter().map(indicator).collect(),
        }
    }

    fn assess(input: Assessment) -> Result<Scorecard, Failure> {
        let table = table()?;
        let indicators: Vec<Indicator> = table.indicators.iter().map(indicator).collect();
        let scores = table.indicators.iter().map(|l| score(&input, l)).collect::<Result<_, _>>()?;
        let list = table.adjustments.iter().map(|l| beside(&input, l)).collect::<Result<Vec<_>, _>>()?;
        Ok(total(&indicators, scores, list.into_iter().flatten().collect(), table.base()))
    }
}

plugin!(TableStandard, "../plugin.toml");
