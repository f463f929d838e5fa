//! Six dimensions, base 100 and at most 10 beside it, coverage 20, efficiency 20: published. The other four weights and all formulas
//! were not: the weights are settings (15, 20, 15, 10 where the county gives none), the formulas proposed, and every line says so.

use daylight_standard::{
    Assessment, Deduction, Description, Failure, Indicator, ONE, POINT, Score, Scorecard, Seen, Standard, adjustment,
    because, cost, count, entered, known, mul_div, not_assessed, percent, points_text, seen, total,
};

const BASE: i64 = 100 * POINT;
/// Below this many, a month says nothing; twelve months are taken, and below it again the share is left out.
const SMALL: u64 = 10;

/// A share: measure, Chinese name, English name, whether it is a census of items.
type Share = (&'static str, &'static str, &'static str, bool);

enum Form {
    /// The weight times the mean of the shares that are there.
    Mean(&'static [Share]),
    /// The weight times what the shares that are there leave of one.
    Less(&'static [Share]),
    /// The weight less points for measures taken against the department and for cards of rules of integrity.
    Integrity,
}

struct Part {
    id: &'static str,
    zh: &'static str,
    en: &'static str,
    /// Whole points; of what was not published the proposed.
    weight: i64,
    published: bool,
    form: Form,
    rules: &'static [&'static str],
}

const PARTS: [Part; 6] = [
    Part {
        id: "coverage",
        zh: "电子监察的覆盖率",
        en: "coverage",
        weight: 20,
        published: true,
        form: Form::Mean(&[
            ("items_connected", "入网事项", "items connected", true),
            ("cases_captured", "入网办件", "cases captured", false),
        ]),
        rules: &["U-02", "D-13"],
    },
    Part {
        id: "efficiency",
        zh: "行政审批效率",
        en: "efficiency",
        weight: 20,
        published: true,
        form: Form::Less(&[("overdue_promise", "承诺超期", "over the promise", false)]),
        rules: &["T-02"],
    },
    Part {
        id: "openness",
        zh: "办理过程、结果的公开性",
        en: "openness",
        weight: 15,
        published: false,
        form: Form::Mean(&[
            ("guide_elements", "指南要素", "guide elements", true),
            ("results_public", "结果公开", "results public", false),
            ("progress_open", "进度可查", "progress open", false),
        ]),
        rules: &["O-01", "O-02", "O-04"],
    },
    Part {
        id: "compliance",
        zh: "规范性",
        en: "compliance",
        weight: 20,
        published: false,
        form: Form::Less(&[
            ("reason_missing", "未说明理由", "reasons missing", false),
            ("flow_broken", "不合流程图", "off the flow chart", false),
            ("correction_broken", "补正不规范", "irregular corrections", false),
            ("fee_broken", "收费违规", "fee breaches", false),
        ]),
        rules: &["P-01", "P-02", "P-03", "P-04", "P-05", "P-06", "P-07", "P-08", "F-01", "F-02"],
    },
    Part {
        id: "exchange",
        zh: "业务运作数据交换情况",
        en: "data exchange",
        weight: 15,
        published: false,
        form: Form::Less(&[
            ("records_rejected", "记录退回", "records rejected", false),
            ("records_late", "记录迟报", "records late", false),
        ]),
        rules: &["D-02", "D-10"],
    },
    Part {
        id: "integrity",
        zh: "廉洁从政",
        en: "integrity",
        weight: 10,
        published: false,
        form: Form::Integrity,
        rules: &[],
    },
];

/// Measures taken against the department: measure, Chinese name, hundredths each.
const TAKEN: [(&str, &str, &str, i64); 3] = [
    ("talks", "约谈", "talks", 100),
    ("circulars", "通报", "circulars", 200),
    ("orders_correct", "责令改正", "orders to correct", 200),
];
/// Rules of integrity, ten points a card.
const INTEGRITY: [&str; 3] = ["I-01", "I-02", "I-03"];

/// The weights, whole points, in order.
fn weights(settings: &str) -> [i64; 6] {
    let all: serde_json::Value = serde_json::from_str(settings).unwrap_or_default();
    PARTS.each_ref().map(|p| {
        let set = all.get(p.id).and_then(serde_json::Value::as_i64).filter(|_| !p.published);
        set.unwrap_or(p.weight)
    })
}

fn indicators(settings: &str) -> Vec<Indicator> {
    let names = |p: &Part| match p.form {
        Form::Mean(shares) | Form::Less(shares) => shares.iter().map(|s| s.0.to_owned()).collect(),
        Form::Integrity => TAKEN.iter().map(|t| t.0.to_owned()).collect(),
    };
    PARTS
        .iter()
        .zip(weights(settings))
        .map(|(p, weight)| Indicator {
            id: p.id.to_owned(),
            dimension: p.id.to_owned(),
            name_zh: p.zh.to_owned(),
            name_en: p.en.to_owned(),
            weight: weight.saturating_mul(POINT),
            measures: names(p),
            basis: if p.published {
                "权重：宁波市行政审批电子监察绩效考核办法；公式未公布，为提案".to_owned()
            } else {
                "维度：同上办法；权重未公布，按设置；公式未公布，为提案".to_owned()
            },
        })
        .collect()
}

/// What a dimension has before entries: its points, what was counted in both languages, the shares, and what explains the loss.
struct Found {
    points: i64,
    zh: String,
    en: String,
    shares: Vec<Seen>,
    lost: Vec<Deduction>,
}

fn by_shares(
    input: &Assessment,
    part: &Part,
    weight: i64,
    shares: &[Share],
    mean: bool,
) -> Result<Found, (String, String)> {
    let (mut zh, mut en, mut there) = (Vec::new(), Vec::new(), Vec::new());
    for (name, is_zh, is_en, census) in shares {
        match seen(input, name, if *census { 1 } else { SMALL }) {
            Ok(found) => {
                let (n, d, part) = (found.text(), found.of, percent(found.value, found.below()));
                let (month, year) =
                    if found.rolling { ("（取十二个月）", " (of twelve months)") } else { ("", "") };
                zh.push(format!("{is_zh} {n} ÷ {d}（{part}）{month}"));
                en.push(format!("{is_en} {n} ÷ {d} ({part}){year}"));
                there.push(found);
            }
            Err(why) => {
                zh.push(format!("{is_zh}不计：{}", why.zh()));
                en.push(format!("{is_en} left out: {}", why.en()));
            }
        }
    }
    if there.is_empty() {
        return Err((zh.join("；"), en.join("; ")));
    }
    // Each share in hundredths of the dimension, so that the sum of the parts is what a reader adds up.
    let part_of = |s: &Seen| {
        let part = mul_div(weight, s.value, s.below());
        // More than all is all.
        if mean { part.min(weight) } else { part }
    };
    let parts = there.iter().fold(0, |sum: i64, s| sum.saturating_add(part_of(s)));
    let how = i64::try_from(there.len()).unwrap_or(i64::MAX);
    let points = if mean { mul_div(parts, 1, how) } else { weight.saturating_sub(parts).max(0) };
    let (of, of_en) = if mean { ("各率平均", "mean of") } else { ("1 减各率", "1 less") };
    let rolling = there.iter().any(|s| s.rolling);
    let evidence = if rolling { &input.rolling_evidence } else { &input.evidence };
    let lost = if points < weight { because(evidence, part.rules, points - weight) } else { Vec::new() };
    Ok(Found {
        points,
        zh: format!("{} × ({of}：{}) = {}", points_text(weight), zh.join("，"), points_text(points)),
        en: format!("{} × ({of_en} {}) = {}", points_text(weight), en.join(", "), points_text(points)),
        shares: there,
        lost,
    })
}

fn integrity(input: &Assessment, weight: i64) -> Result<Found, (String, String)> {
    let (mut zh, mut en, mut lost) = (Vec::new(), Vec::new(), Vec::new());
    let mut known_any = false;
    for (name, is_zh, is_en, each) in TAKEN {
        let Some(found) = known(&input.measures, name) else { continue };
        known_any = true;
        zh.push(format!("{is_zh} {} × {}", found.text(), points_text(each)));
        en.push(format!("{is_en} {} × {}", found.text(), points_text(each)));
        if found.value > 0 {
            lost.push(Deduction {
                rule: name.to_owned(),
                points: cost(-each, found.value),
                count: u64::try_from(found.value / ONE).unwrap_or(0),
                cases: Vec::new(),
                reason_zh: format!("{is_zh} {} 次，每次扣 {} 分", found.text(), points_text(each)),
            });
        }
    }
    for group in input.findings.iter().filter(|g| INTEGRITY.contains(&g.rule.as_str()) && g.level > 0) {
        known_any = true;
        let (rule, n) = (&group.rule, group.count);
        zh.push(format!("规则 {rule} {n} × 10.00"));
        en.push(format!("rule {rule} {n} × 10.00"));
        lost.push(Deduction {
            rule: rule.clone(),
            points: cost(-10 * POINT, count(n).saturating_mul(ONE)),
            count: n,
            cases: group.cases.clone(),
            reason_zh: format!("规则 {rule} {n} 件，每件扣 10 分"),
        });
    }
    if !known_any {
        return Err(("本县尚无此项数据".to_owned(), "the county has no such data yet".to_owned()));
    }
    let points = lost.iter().fold(weight, |sum: i64, d| sum.saturating_add(d.points));
    Ok(Found {
        points,
        zh: format!("{} − ({}) = {}", points_text(weight), zh.join(" + "), points_text(points)),
        en: format!("{} − ({}) = {}", points_text(weight), en.join(" + "), points_text(points)),
        shares: Vec::new(),
        lost,
    })
}

fn part(input: &Assessment, part: &Part, indicator: &Indicator) -> Score {
    let weight = indicator.weight;
    let (by_hand, entries) = entered(&input.manual, part.id);
    let found = match part.form {
        Form::Mean(shares) => by_shares(input, part, weight, shares, true),
        Form::Less(shares) => by_shares(input, part, weight, shares, false),
        Form::Integrity => integrity(input, weight),
    };
    let found = match found {
        Ok(found) => found,
        Err((zh, en)) if entries.is_empty() => return not_assessed(indicator, &zh, &en),
        Err((zh, en)) => Found { points: 0, zh, en, shares: Vec::new(), lost: Vec::new() },
    };
    let raw = found.points.saturating_add(by_hand);
    let points = raw.clamp(0, weight);
    let only = found.shares.first().filter(|_| found.shares.len() == 1);
    let unpublished = if part.published {
        ("", "")
    } else {
        ("；权重未公布，按设置", "; the weight was not published: by the settings")
    };
    let (entry, got) = (points_text(by_hand), points_text(points));
    Score {
        indicator: indicator.id.clone(),
        assessed: true,
        numerator: only.map(|s| s.value),
        denominator: only.map(Seen::denominator),
        raw,
        points,
        weight,
        explain_zh: format!("{}，人工录入 {entry}，得 {got}；公式为提案{}", found.zh, unpublished.0),
        explain_en: format!(
            "{}, entered with a document {entry}: {got}; the formula is proposed{}",
            found.en, unpublished.1
        ),
        deductions: found.lost.into_iter().chain(entries).collect(),
    }
}

/// The standard.
pub struct Ningbo6;

impl Standard for Ningbo6 {
    fn describe(settings: &str) -> Description {
        Description {
            id: "ningbo-6".to_owned(),
            version: "1.1.0".to_owned(),
            name_zh: "宁波六项考核（已公布部分）".to_owned(),
            name_en: "Ningbo's six dimensions (as published)".to_owned(),
            base: BASE,
            indicators: indicators(settings),
        }
    }

    fn assess(settings: &str, input: &Assessment) -> Result<Scorecard, Failure> {
        let indicators = indicators(settings);
        if weights(settings).iter().sum::<i64>() != 100 {
            let message = "六项权重之和应为 100：覆盖率 20 与效率 20 已公布，其余四项之和应为 60";
            return Err(Failure::settings(message, None));
        }
        let scores = PARTS.iter().zip(&indicators).map(|(p, i)| part(input, p, i)).collect();
        let bonus = entered(&input.manual, "bonus").0.min(10 * POINT);
        let bonus = (bonus > 0).then(|| adjustment("bonus", bonus, "附加分（凭文件，最多 10 分）".to_owned()));
        Ok(total(&indicators, scores, bonus.into_iter().collect(), BASE))
    }
}
