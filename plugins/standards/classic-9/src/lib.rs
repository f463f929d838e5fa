//! `classic-9`: the published nine-dimension standard. Weights and the card deductions are published; the deductions per item
//! that are not published are the proposed ones of the field's handbook (its annex A).

use daylight_standard::{
    Assessment, Deduction, Description, Failure, Indicator, ONE, POINT, Score, Scorecard, Standard, cards, entered,
    measure, mul_div, not_assessed, plugin, points_text, settings, total,
};

struct Part {
    id: &'static str,
    zh: &'static str,
    en: &'static str,
    weight: i64,
    /// Rule → points each, in whole points.
    items: &'static [(&'static str, i64)],
}

const PARTS: &[Part] = &[
    Part { id: "openness", zh: "政务公开", en: "openness", weight: 10, items: &[] },
    Part {
        id: "procedure",
        zh: "流程规范",
        en: "procedure",
        weight: 14,
        items: &[("P-01", 5), ("P-03", 5), ("P-07", 2), ("T-12", 5)],
    },
    Part {
        id: "limits",
        zh: "期限合法",
        en: "time limits",
        weight: 14,
        items: &[("T-02", 5), ("T-03", 10), ("T-07", 5), ("T-08", 5), ("T-09", 5), ("T-10", 5)],
    },
    Part { id: "fees", zh: "收费合理", en: "fees", weight: 8, items: &[] },
    Part { id: "satisfaction", zh: "满意度评价", en: "satisfaction", weight: 10, items: &[] },
    Part { id: "attitude", zh: "服务态度", en: "service attitude", weight: 10, items: &[] },
    Part { id: "inspection", zh: "监督检查", en: "post-licence inspection", weight: 14, items: &[] },
    Part { id: "liability", zh: "法律责任", en: "legal liability", weight: 10, items: &[] },
    Part { id: "integrity", zh: "廉洁行政", en: "integrity", weight: 10, items: &[] },
];

const BASE: i64 = 100 * POINT;

fn indicators() -> Vec<Indicator> {
    PARTS
        .iter()
        .map(|p| Indicator {
            id: p.id.to_owned(),
            dimension: p.id.to_owned(),
            name_zh: p.zh.to_owned(),
            name_en: p.en.to_owned(),
            weight: p.weight * POINT,
            measures: vec!["finished".to_owned()],
            basis: "九维度标准".to_owned(),
        })
        .collect()
}

fn part(input: &Assessment, part: &Part, indicator: &Indicator) -> Score {
    let (by_hand, mut deductions) = entered(&input.manual, part.id);
    if part.id == "liability" {
        let (pre, yellow, red) = (cards(&input.findings, 1), cards(&input.findings, 2), cards(&input.findings, 3));
        for (rule, each, n) in [("预警×3", 3, pre / 3), ("黄牌", 5, yellow), ("红牌", 10, red)] {
            if n > 0 {
                deductions.push(Deduction {
                    rule: rule.to_owned(),
                    points: -each * n * POINT,
                    count: u64::try_from(n).unwrap_or(0),
                    cases: Vec::new(),
                    reason_zh: format!("{rule} {n} 次，每次扣 {each} 分"),
                });
            }
        }
    } else if part.items.is_empty() && by_hand == 0 && deductions.is_empty() {
        return not_assessed(indicator, "尚无此项数据", "no such data yet");
    }
    for (rule, each) in part.items {
        for group in input.findings.iter().filter(|g| g.rule == *rule && g.level > 1) {
            let n = i64::try_from(group.count).unwrap_or(0);
            deductions.push(Deduction {
                rule: (*rule).to_owned(),
                points: -each * n * POINT,
                count: group.count,
                cases: group.cases.clone(),
                reason_zh: format!("规则 {rule} {n} 件，每件扣 {each} 分"),
            });
        }
    }
    let raw = indicator.weight + deductions.iter().map(|d| d.points).sum::<i64>();
    let points = raw.clamp(0, indicator.weight);
    Score {
        indicator: indicator.id.clone(),
        assessed: true,
        numerator: None,
        denominator: None,
        raw,
        points,
        weight: indicator.weight,
        explain_zh: format!("{} 分，扣至 {}（最低 0 分）", points_text(indicator.weight), points_text(raw)),
        explain_en: format!("{} of {}", points_text(points), points_text(indicator.weight)),
        deductions,
    }
}

fn ratio(input: &Assessment, name: &str) -> Option<i64> {
    let m = measure(&input.measures, name)?;
    let denominator = i64::try_from(m.denominator?).ok().filter(|d| *d > 0)?;
    Some(mul_div(m.value?, 1, denominator))
}

fn adjust(rule: &str, points: i64, reason_zh: String) -> Deduction {
    Deduction { rule: rule.to_owned(), points, count: 0, cases: Vec::new(), reason_zh }
}

struct Classic9;

impl Standard for Classic9 {
    fn describe() -> Description {
        Description {
            id: "classic-9".to_owned(),
            version: "1.0.0".to_owned(),
            name_zh: "九维度绩效评估标准".to_owned(),
            name_en: "Nine-dimension standard".to_owned(),
            base: BASE,
            indicators: indicators(),
        }
    }

    fn assess(input: Assessment) -> Result<Scorecard, Failure> {
        let indicators = indicators();
        let finished = measure(&input.measures, "finished").and_then(|m| m.value).unwrap_or(0);
        if finished == 0 {
            let scores = indicators.iter().map(|i| not_assessed(i, "本期没有办结", "nothing finished")).collect();
            return Ok(total(&indicators, scores, Vec::new(), BASE));
        }
        let scores = PARTS.iter().zip(&indicators).map(|(p, i)| part(&input, p, i)).collect();
        let mut adjustments = Vec::new();
        if let Some(rejected) = ratio(&input, "records_rejected").filter(|r| *r >= ONE / 100) {
            let points = (rejected / (ONE / 100)).min(5) * POINT;
            adjustments.push(adjust("incomplete-data", -points, "数据上报不完整，每 1% 扣 1 分，最多 5 分".to_owned()));
        }
        if let Some(early) = ratio(&input, "early_legal").filter(|r| *r >= ONE / 10) {
            let points = early / (ONE / 10) * POINT;
            adjustments.push(adjust("bonus-early", points, "提前于法定时限办结，每 10% 加 1 分".to_owned()));
        }
        if ratio(&input, "promises_shorter_30").is_some_and(|r| r >= ONE) {
            adjustments.push(adjust("bonus-promise", 3 * POINT, "全部事项承诺缩短 30% 以上".to_owned()));
        }
        let mut card = total(&indicators, scores, adjustments, BASE);
        let all: serde_json::Value = serde_json::from_str(&settings::get()).unwrap_or_default();
        if let Some(k) = all.get("conversion_permille").and_then(serde_json::Value::as_i64).filter(|k| *k != 1000) {
            let before = card.total;
            card.total = mul_div(before, k, 1000);
            let points = card.total - before;
            card.adjustments.push(adjust("conversion", points, format!("折合系数 {}.{:03}", k / 1000, k % 1000)));
            card.grade = daylight_standard::grade(card.total).to_owned();
        }
        Ok(card)
    }
}

plugin!(Classic9, "../plugin.toml");
