//! A small standard: in time (60 points) and satisfied (40 points). A measure that the county does not have, or has over fewer than
//! ten, is not assessed; what a person enters under an indicator is added.

use daylight_standard::{
    Absent, Assessment, Description, Failure, Indicator, POINT, Score, Scorecard, Seen, Standard, because, entered,
    mul_div, not_assessed, percent, points_text, seen, total,
};

const BASE: i64 = 100 * POINT;
/// Below this many a share says nothing; twelve months are taken, and below it again the share is left out.
const SMALL: u64 = 10;
/// What of the weight each per cent late costs where the county says nothing.
const FACTOR: i64 = 5;

fn indicators() -> [Indicator; 2] {
    let indicator = |id: &str, zh: &str, en: &str, weight: i64, measures: [&str; 2]| Indicator {
        id: id.to_owned(),
        dimension: id.chars().take(1).collect(),
        name_zh: zh.to_owned(),
        name_en: en.to_owned(),
        weight: weight * POINT,
        measures: measures.map(str::to_owned).to_vec(),
        basis: "示例".to_owned(),
    };
    [
        indicator("A1", "按期办结率", "Finished in time", 60, ["finished", "overdue_promise"]),
        indicator("B1", "主动评价满意率", "Satisfied", 40, ["ratings_active", "satisfied"]),
    ]
}

/// Over which months something was seen.
fn months(seen: &Seen) -> (&'static str, &'static str) {
    if seen.rolling { ("十二个月", "twelve months") } else { ("本期", "the period") }
}

/// A score of `raw` hundredths and what was entered, between nothing and the weight.
fn score(input: &Assessment, indicator: &Indicator, seen: &Seen, raw: i64) -> Score {
    let (added, entries) = entered(&input.manual, &indicator.id);
    let raw = raw.saturating_add(added);
    Score {
        indicator: indicator.id.clone(),
        assessed: true,
        numerator: Some(seen.value),
        denominator: Some(seen.denominator()),
        raw,
        points: raw.clamp(0, indicator.weight),
        weight: indicator.weight,
        deductions: entries,
        ..Score::default()
    }
}

fn absent(indicator: &Indicator, why: &Absent) -> Score {
    not_assessed(indicator, &why.zh(), &why.en())
}

/// Late against the promise: each per cent costs so many per cent of the weight.
fn in_time(input: &Assessment, indicator: &Indicator, factor: i64) -> Score {
    let late = match seen(input, "overdue_promise", SMALL) {
        Ok(late) => late,
        Err(why) => return absent(indicator, &why),
    };
    let lost = mul_div(indicator.weight * factor, late.value, late.below());
    let mut score = score(input, indicator, &late, indicator.weight.saturating_sub(lost));
    let ((zh, en), rate) = (months(&late), percent(late.value, late.below()));
    let (n, of, points) = (late.text(), late.of, points_text(score.points));
    score.explain_zh =
        format!("{zh}承诺超期 {n} 件，办结 {of} 件，超期率 {rate}，每 1% 扣权重的 {factor}%：得 {points} 分");
    score.explain_en =
        format!("{n} of {of} late in {en}, {rate}; {factor}% of the weight for each 1%: {points} points");
    let evidence = if late.rolling { &input.rolling_evidence } else { &input.evidence };
    score.deductions.splice(0..0, because(evidence, &["T-02"], lost.saturating_neg()));
    score
}

/// The share of ratings that were given by people and are good.
fn satisfied(input: &Assessment, indicator: &Indicator) -> Score {
    let good = match seen(input, "satisfied", SMALL) {
        Ok(good) => good,
        Err(why) => return absent(indicator, &why),
    };
    let mut score = score(input, indicator, &good, mul_div(indicator.weight, good.value, good.below()));
    let ((zh, en), rate) = (months(&good), percent(good.value, good.below()));
    let (n, of, points) = (good.text(), good.of, points_text(score.points));
    score.explain_zh = format!("{zh}主动评价 {of} 次，满意 {n} 次，满意率 {rate}：得 {points} 分");
    score.explain_en = format!("{n} of {of} satisfied in {en}, {rate}: {points} points");
    score
}

fn factor(settings: &str) -> Result<i64, Failure> {
    let all: serde_json::Value =
        serde_json::from_str(settings).map_err(|e| Failure::settings(format!("设置不是 JSON：{e}"), None))?;
    let said = all.get("overdue_factor").and_then(serde_json::Value::as_i64).unwrap_or(FACTOR);
    if (1..=100).contains(&said) {
        return Ok(said);
    }
    Err(Failure::settings("overdue_factor 应在 1 与 100 之间", Some("/overdue_factor".to_owned())))
}

struct Plugin;

impl Standard for Plugin {
    fn describe(_: &str) -> Description {
        Description {
            id: "{{name}}".to_owned(),
            version: "1.0.0".to_owned(),
            name_zh: "示例评估标准".to_owned(),
            name_en: "A small standard".to_owned(),
            base: BASE,
            indicators: indicators().to_vec(),
        }
    }

    fn assess(settings: &str, input: &Assessment) -> Result<Scorecard, Failure> {
        let factor = factor(settings)?;
        let [time, rated] = &indicators();
        let scores = vec![in_time(input, time, factor), satisfied(input, rated)];
        Ok(total(&indicators(), scores, Vec::new(), BASE))
    }
}

daylight_standard::plugin!(Plugin, "../plugin.toml", "../vectors.json");
