//! A table of indicators with formulas. The language of the formulas stands in `core/formula`.

use daylight_formula::table::{Beside, Line, Table};
use daylight_formula::{Facts, Formula, Fraction, Missing, name_of};
use daylight_standard::{
    Assessment, Deduction, Description, Failure, FindingGroup, Indicator, Measure, ONE, Score, Scorecard, Standard,
    adjustment, because, cards, entered, known, measure, not_assessed, points_text, total, whole,
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
        self.evidence.iter().filter(|g| g.rule == rule).fold(0, |sum: u64, g| sum.saturating_add(g.count))
    }

    fn cards(&self, level: u8) -> u64 {
        u64::try_from(cards(&self.input.findings, level)).unwrap_or(0)
    }

    fn manual(&self) -> Option<i64> {
        let (points, list) = entered(&self.input.manual, self.indicator);
        (!list.is_empty()).then_some(points)
    }
}

fn table(settings: &str) -> Result<Table, Failure> {
    let all: serde_json::Value = serde_json::from_str(settings).unwrap_or_default();
    Table::read(&all).map_err(|wrong| {
        let message = wrong.iter().map(|(at, what)| format!("{at} {what}")).collect::<Vec<_>>().join("；");
        Failure::settings(message, wrong.first().map(|(at, _)| at.clone()))
    })
}

fn formula(text: &str) -> Result<Formula, Failure> {
    Formula::parse(text).map_err(|e| Failure::settings(e.to_string(), None))
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

/// The formula with what its measures are, in Chinese and in English.
fn said(formula: &Formula, facts: &Seen<'_>) -> (String, String) {
    let each = |zh: bool| {
        let one = move |code: &'static str| {
            let (value, of) = facts.measure(code)?;
            let of = of.filter(|_| formula.shares().contains(&code)).map(|n| format!(" / {n}")).unwrap_or_default();
            let name = if zh { name_of(code).unwrap_or(code) } else { code };
            Some(format!("{name} = {}{of}", whole(value)))
        };
        formula.measures().into_iter().filter_map(one).collect::<Vec<String>>()
    };
    let text = formula.text();
    let (zh, en) = (each(true), each(false));
    if zh.is_empty() {
        (text.to_owned(), text.to_owned())
    } else {
        (format!("{text}，其中 {}", zh.join("，")), format!("{text}, where {}", en.join(", ")))
    }
}

/// Why there is no value, in English.
fn missing_en(why: &Missing) -> String {
    match why {
        Missing::Measure(code) => format!("the county has no data for {code} yet"),
        Missing::Manual => "no approved points were entered".to_owned(),
        Missing::Zero => "division by zero".to_owned(),
        Missing::Size => "a number became too large".to_owned(),
    }
}

fn score(input: &Assessment, line: &Line) -> Result<Score, Failure> {
    let (indicator, formula) = (indicator(line), formula(&line.formula)?);
    let month = Seen { input, measures: &input.measures, evidence: &input.evidence, indicator: &line.id };
    let year = Seen { measures: &input.rolling, evidence: &input.rolling_evidence, ..month };
    // A line of counts alone would give full marks where nothing happened at all.
    let entries = entered(&input.manual, &line.id).1;
    let happened = known(&input.measures, "finished").is_some_and(|m| m.value > 0);
    if formula.measures().is_empty() && entries.is_empty() && !happened {
        return Ok(not_assessed(
            &indicator,
            "本期没有办结，也没有录入",
            "nothing was finished and nothing was entered",
        ));
    }
    let big = |facts: &Seen<'_>| smallest(&formula, facts).is_none_or(|n| n >= line.smallest);
    let (facts, rolling) = if big(&month) { (&month, false) } else { (&year, true) };
    if !big(facts) {
        let (n, needed) = (smallest(&formula, facts).unwrap_or(0), line.smallest);
        let why = format!("十二个月内只有 {n} 件，不足 {needed} 件");
        return Ok(not_assessed(&indicator, &why, &format!("only {n} in twelve months, {needed} are needed")));
    }
    let raw = match hundredths(formula.value(facts)) {
        Ok(raw) => raw,
        Err(why) => return Ok(not_assessed(&indicator, &why.to_string(), &missing_en(&why))),
    };
    let points = raw.clamp(line.least.0, line.weight.0);
    let shares = formula.shares();
    let only = shares.first().filter(|_| shares.len() == 1).and_then(|code| facts.measure(code));
    let denominator = only.and_then(|(_, of)| i64::try_from(of?).ok()?.checked_mul(ONE));
    let n = line.smallest;
    let (mut span, mut span_en) = (String::new(), String::new());
    if rolling {
        span = format!("（本月不足 {n} 件，取十二个月）");
        span_en = format!(" (fewer than {n} in the month: twelve months are taken)");
    }
    let (mut bounded, mut bounded_en) = (String::new(), String::new());
    if raw != points {
        bounded = format!("，限为 {}", points_text(points));
        bounded_en = format!(", bounded to {}", points_text(points));
    }
    let (text, text_en) = said(&formula, facts);
    let rules: Vec<&str> = line.rules.iter().map(String::as_str).collect();
    let mut deductions = entries;
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
        explain_zh: format!("{text} = {}{bounded}{span}", points_text(raw)),
        explain_en: format!("{text_en} = {}{bounded_en}{span_en}", points_text(raw)),
        deductions,
    })
}

/// What is added or taken beside the indicators; what has no value is left out.
fn beside(input: &Assessment, line: &Beside) -> Result<Option<Deduction>, Failure> {
    let formula = formula(&line.formula)?;
    let facts = Seen { input, measures: &input.measures, evidence: &input.evidence, indicator: &line.id };
    let points = hundredths(formula.value(&facts)).unwrap_or(0).clamp(line.least.0, line.most.0);
    let reason = format!("{}：{} = {}", line.name, said(&formula, &facts).0, points_text(points));
    Ok((points != 0).then(|| adjustment(&line.id, points, reason)))
}

/// The standard.
pub struct TableStandard;

impl Standard for TableStandard {
    fn describe(settings: &str) -> Description {
        // Settings that are wrong are said by `assess` and by the configuration check; here there is no place for it.
        let table = table(settings).unwrap_or_default();
        Description {
            id: "table-standard".to_owned(),
            version: if table.version.is_empty() { "1.1.0".to_owned() } else { table.version.clone() },
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

    fn assess(settings: &str, input: &Assessment) -> Result<Scorecard, Failure> {
        let table = table(settings)?;
        let indicators: Vec<Indicator> = table.indicators.iter().map(indicator).collect();
        let scores = table.indicators.iter().map(|l| score(input, l)).collect::<Result<_, _>>()?;
        let list = table.adjustments.iter().map(|l| beside(input, l)).collect::<Result<Vec<_>, _>>()?;
        Ok(total(&indicators, scores, list.into_iter().flatten().collect(), table.base()))
    }
}
