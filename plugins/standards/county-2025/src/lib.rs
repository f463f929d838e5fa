//! `county-2025`: the proposed county standard (100 points, bonus up to 10), as far as its measures exist. An indicator whose
//! measure the county does not have is not assessed.

use daylight_standard::{
    Assessment, Deduction, Description, Failure, Indicator, Measure, ONE, POINT, Score, Scorecard, Standard, because,
    cards, entered, measure, mul_div, not_assessed, plugin, points_text, settings, total,
};

/// How an indicator's points follow from its measure.
#[derive(Clone, Copy)]
enum Form {
    /// weight × ratio
    Share,
    /// weight × (1 − k × ratio), never below 0
    Decay(i64),
    /// weight × (1 − ratio) / 0.80, between 0 and the weight
    Compression,
    /// Nothing measures it yet: the sum of what people enter, and not assessed where they enter nothing.
    Unmeasured,
    /// Full weight, less what people enter.
    Manual,
}

struct Line {
    id: &'static str,
    zh: &'static str,
    en: &'static str,
    weight: i64,
    form: Form,
    measure: &'static str,
    rules: &'static [&'static str],
    /// A census, to which the small-number rule does not apply: all items, not a sample of cases.
    census: bool,
    basis: &'static str,
}

#[expect(clippy::too_many_arguments, reason = "a row of the standard as its table prints it")]
const fn line(
    id: &'static str,
    zh: &'static str,
    en: &'static str,
    weight: i64,
    form: Form,
    measure: &'static str,
    rules: &'static [&'static str],
    census: bool,
    basis: &'static str,
) -> Line {
    Line { id, zh, en, weight, form, measure, rules, census, basis }
}

const LINES: &[Line] = &[
    line("A1", "事项入网率", "items in supervision", 6, Form::Share, "items_connected", &[], true, "宁波 2012"),
    line("A2", "办件入网率", "cases captured", 6, Form::Unmeasured, "", &[], false, "提案"),
    line("A3", "流程图完备率", "flow charts", 3, Form::Share, "items_with_flow", &[], true, "通知 三(二)"),
    line(
        "B1",
        "按期办结率",
        "finished within the promise",
        8,
        Form::Decay(5),
        "overdue_promise",
        &["T-02"],
        false,
        "提案",
    ),
    line(
        "B2",
        "法定超期",
        "over the statutory limit",
        4,
        Form::Decay(20),
        "overdue_legal",
        &["T-03"],
        false,
        "行政许可法 42",
    ),
    line("B3", "环节超时", "steps over their limit", 2, Form::Decay(2), "overdue_step", &["T-05"], false, "流程图"),
    line(
        "B4",
        "承诺压缩率",
        "promises shorter than the law",
        3,
        Form::Compression,
        "promise_compression",
        &[],
        true,
        "海宁 2013",
    ),
    line(
        "B5",
        "一次告知与受理及时",
        "notices and acceptance in time",
        3,
        Form::Decay(10),
        "late_notice",
        &["T-08", "T-09"],
        false,
        "行政许可法 32(4)",
    ),
    line("C1", "指南要素完整", "guides complete", 4, Form::Unmeasured, "", &[], false, "行政许可法 30"),
    line("C2", "结果公开及时", "results published in time", 4, Form::Unmeasured, "", &[], false, "行政许可法 40"),
    line("C3", "进度可查", "progress can be looked up", 2, Form::Unmeasured, "", &[], false, "浙江 12"),
    line(
        "D1",
        "理由与文书完整",
        "reasons given",
        5,
        Form::Decay(10),
        "reason_missing",
        &["P-01", "P-03"],
        false,
        "行政许可法 72(7)",
    ),
    line("D2", "流程符合率", "flows followed", 4, Form::Decay(1), "flow_broken", &["P-07"], false, "流程图"),
    line("D3", "补正规范", "corrections by the rules", 3, Form::Unmeasured, "", &[], false, "行政许可法 32(4)"),
    line(
        "D4",
        "特别程序与延期规范",
        "special procedures by the rules",
        4,
        Form::Unmeasured,
        "",
        &[],
        false,
        "行政许可法 45",
    ),
    line("D5", "收费合规", "fees by the rules", 2, Form::Unmeasured, "", &[], false, "行政许可法 58"),
    line("D6", "案卷抽查", "files sampled", 2, Form::Unmeasured, "", &[], false, "提案"),
    line("E1", "实时率", "records in time", 5, Form::Decay(1), "records_late", &["D-02"], false, "通知：实时"),
    line(
        "E2",
        "完整准确率",
        "records complete and correct",
        4,
        Form::Decay(10),
        "records_rejected",
        &["D-10"],
        false,
        "提案",
    ),
    line("E3", "对账一致率", "days reconciled", 3, Form::Share, "days_matched", &[], false, "提案"),
    line("E4", "真实性", "authenticity", 3, Form::Decay(1), "unauthentic", &["D-01", "D-18"], false, "通知：真实"),
    line("F1", "主动评价满意率", "satisfaction", 4, Form::Unmeasured, "", &[], false, "好差评"),
    line("F2", "差评整改", "bad ratings put right", 2, Form::Unmeasured, "", &[], false, "好差评"),
    line("F3", "投诉属实", "complaints upheld", 4, Form::Unmeasured, "", &[], false, "通知"),
    line("G1", "监察反馈及时", "answers to supervision in time", 4, Form::Unmeasured, "", &[], false, "通知"),
    line("G2", "责任追究", "accountability", 6, Form::Manual, "", &[], false, "通知"),
];

/// Below this many, a month says nothing; twelve months are taken, and below it again the indicator is not assessed.
const SMALL: u64 = 10;
const BASE: i64 = 100 * POINT;

fn indicators() -> Vec<Indicator> {
    LINES
        .iter()
        .map(|l| Indicator {
            id: l.id.to_owned(),
            dimension: l.id.chars().take(1).collect(),
            name_zh: l.zh.to_owned(),
            name_en: l.en.to_owned(),
            weight: l.weight * POINT,
            measures: if l.measure.is_empty() { Vec::new() } else { vec![l.measure.to_owned()] },
            basis: l.basis.to_owned(),
        })
        .collect()
}

/// The measure to use: of the month, or of twelve months where the month is too small.
fn enough<'a>(input: &'a Assessment, line: &Line) -> Result<(&'a Measure, bool), String> {
    let of = |list: &'a [Measure]| measure(list, line.measure).filter(|m| m.value.is_some());
    let big = |m: &&Measure| m.denominator.unwrap_or(0) >= if line.census { 1 } else { SMALL };
    if let Some(found) = of(&input.measures).filter(big) {
        return Ok((found, false));
    }
    if let Some(found) = of(&input.rolling).filter(big) {
        return Ok((found, true));
    }
    match of(&input.rolling).or(of(&input.measures)) {
        None => Err("本县尚无此项数据".to_owned()),
        Some(m) => Err(format!("十二个月内只有 {} 件，不足 {SMALL} 件", m.denominator.unwrap_or(0))),
    }
}

fn score(input: &Assessment, line: &Line, indicator: &Indicator) -> Score {
    let weight = indicator.weight;
    if let Form::Unmeasured = line.form {
        let (points, deductions) = entered(&input.manual, line.id);
        if deductions.is_empty() {
            return not_assessed(indicator, "尚无此项数据", "no such data yet");
        }
        return Score {
            indicator: indicator.id.clone(),
            assessed: true,
            numerator: None,
            denominator: None,
            raw: points,
            points: points.clamp(0, weight),
            weight,
            explain_zh: format!("人工录入 {} 分，满分 {} 分", points_text(points), points_text(weight)),
            explain_en: "as entered with a document".to_owned(),
            deductions,
        };
    }
    if let Form::Manual = line.form {
        let (points, deductions) = entered(&input.manual, line.id);
        let got = (weight + points).clamp(0, weight);
        return Score {
            indicator: indicator.id.clone(),
            assessed: true,
            numerator: None,
            denominator: None,
            raw: weight + points,
            points: got,
            weight,
            explain_zh: format!("基础 {} 分，人工录入 {} 分", points_text(weight), points_text(points)),
            explain_en: "full weight less what was entered with a document".to_owned(),
            deductions,
        };
    }
    let (found, rolling) = match enough(input, line) {
        Ok(found) => found,
        Err(why) => return not_assessed(indicator, &why, "too few cases"),
    };
    let value = found.value.unwrap_or(0);
    let denominator = i64::try_from(found.denominator.unwrap_or(1)).unwrap_or(i64::MAX);
    // Millionths of a count over a count: the ratio in millionths.
    let ratio = mul_div(value, 1, denominator);
    let (raw, formula) = match line.form {
        Form::Share => (mul_div(weight, ratio, ONE), format!("{} × {}", points_text(weight), percent(ratio))),
        Form::Decay(k) => {
            (mul_div(weight, ONE - k * ratio, ONE), format!("{} × (1 − {k} × {})", points_text(weight), percent(ratio)))
        }
        Form::Compression => (
            mul_div(weight, ONE - ratio, ONE * 8 / 10),
            format!("{} × (1 − {}) ÷ 80%", points_text(weight), percent(ratio)),
        ),
        Form::Unmeasured | Form::Manual => (0, String::new()),
    };
    let points = raw.clamp(0, weight);
    let lost = points - weight;
    let evidence = if rolling { &input.rolling_evidence } else { &input.evidence };
    let span = if rolling { "（本月不足 10 件，取十二个月）" } else { "" };
    Score {
        indicator: indicator.id.clone(),
        assessed: true,
        numerator: Some(value),
        denominator: Some(denominator.saturating_mul(ONE)),
        raw,
        points,
        weight,
        explain_zh: format!("{formula} = {}{span}，分子 {}，分母 {denominator}", points_text(points), value / ONE),
        explain_en: format!("{} of {}", points_text(points), points_text(weight)),
        deductions: if lost < 0 { because(evidence, line.rules, lost) } else { Vec::new() },
    }
}

fn percent(ratio: i64) -> String {
    format!("{}.{:02}%", ratio / 10_000, ratio % 10_000 / 100)
}

/// Cards after the sum: yellow −0.5, red −2, every three pre-warnings −0.3, at most −15, less for large windows.
fn card_deduction(input: &Assessment) -> Option<Deduction> {
    let (pre, yellow, red) = (cards(&input.findings, 1), cards(&input.findings, 2), cards(&input.findings, 3));
    let raw = (yellow * 50 + red * 200 + pre / 3 * 30).min(1500);
    let finished = measure(&input.measures, "finished").and_then(|m| m.value).unwrap_or(0) / ONE;
    let scaled = if finished > 200 { mul_div(raw, 200, finished) } else { raw };
    (scaled != 0).then(|| Deduction {
        rule: "cards".to_owned(),
        points: -scaled,
        count: u64::try_from(yellow + red).unwrap_or(0),
        cases: input.findings.iter().filter(|g| g.level >= 2).flat_map(|g| g.cases.clone()).take(200).collect(),
        reason_zh: format!(
            "黄牌 {yellow} 张、红牌 {red} 张、预警 {pre} 次；封顶 15 分；按办结 {finished} 件折算（min(1, 200/办结数)）"
        ),
    })
}

fn bonuses(input: &Assessment) -> Vec<Deduction> {
    let mut list = Vec::new();
    let ratio = |name: &str| {
        let m = measure(&input.measures, name)?;
        let denominator = i64::try_from(m.denominator?).ok().filter(|d| *d > 0)?;
        Some(mul_div(m.value?, 1, denominator))
    };
    let mut add = |rule: &str, points: i64, reason_zh: String| {
        list.push(Deduction { rule: rule.to_owned(), points, count: 0, cases: Vec::new(), reason_zh });
    };
    if let Some(early) = ratio("early_legal").filter(|r| *r >= ONE / 10) {
        add(
            "bonus-early",
            (early / (ONE / 10) * POINT).min(3 * POINT),
            format!("提前于法定时限办结 {}", percent(early)),
        );
    }
    if ratio("promises_shorter_30").is_some_and(|r| r >= ONE) {
        add("bonus-promise", POINT, "全部事项承诺时限比法定时限缩短 30% 以上".to_owned());
    }
    let (by_hand, _) = entered(&input.manual, "bonus");
    if by_hand > 0 {
        add("bonus-document", by_hand.min(3 * POINT), "创新与表彰（凭文件）".to_owned());
    }
    let sum: i64 = list.iter().map(|b| b.points).sum();
    if sum > 10 * POINT {
        list.push(Deduction {
            rule: "bonus-cap".to_owned(),
            points: 10 * POINT - sum,
            count: 0,
            cases: Vec::new(),
            reason_zh: "加分封顶 10 分".to_owned(),
        });
    }
    list
}

struct County2025;

impl Standard for County2025 {
    fn describe() -> Description {
        Description {
            id: "county-2025".to_owned(),
            version: "1.0.0".to_owned(),
            name_zh: "县级电子监察绩效评估标准（2025 提案）".to_owned(),
            name_en: "County standard 2025 (proposed)".to_owned(),
            base: BASE,
            indicators: indicators(),
        }
    }

    fn assess(input: Assessment) -> Result<Scorecard, Failure> {
        let indicators = indicators();
        let scores = LINES.iter().zip(&indicators).map(|(line, i)| score(&input, line, i)).collect();
        let mut adjustments: Vec<Deduction> = card_deduction(&input).into_iter().collect();
        adjustments.extend(bonuses(&input));
        let mut card = total(&indicators, scores, adjustments, BASE);
        let all: serde_json::Value = serde_json::from_str(&settings::get()).unwrap_or_default();
        if let Some(k) = all.get("conversion_permille").and_then(serde_json::Value::as_i64).filter(|k| *k != 1000) {
            let before = card.total;
            card.total = mul_div(before, k, 1000);
            card.adjustments.push(Deduction {
                rule: "conversion".to_owned(),
                points: card.total - before,
                count: 0,
                cases: Vec::new(),
                reason_zh: format!("折合系数 {}.{:03}", k / 1000, k % 1000),
            });
            card.grade = daylight_standard::grade(card.total).to_owned();
        }
        Ok(card)
    }
}

plugin!(County2025, "../plugin.toml");
