//! `ningbo-6`: Ningbo's assessment of electronic supervision, as far as it was published: six dimensions, base 100 and at most 10
//! beside it, coverage 20, efficiency 20, and eight kinds of breach. The other four weights and all formulas were not published:
//! the weights are settings (15, 20, 15, 10 where the county gives none), and every line says which it rests on.

use daylight_standard::{
    Assessment, Deduction, Description, Failure, Indicator, ONE, POINT, Score, Scorecard, Standard, because, entered,
    measure, mul_div, not_assessed, plugin, points_text, settings, total,
};

const BASE: i64 = 100 * POINT;
/// Below this many, a month says nothing; twelve months are taken, and below it again the dimension is not assessed.
const SMALL: u64 = 10;

struct Part {
    id: &'static str,
    zh: &'static str,
    en: &'static str,
    /// Whole points; of what was not published the proposed.
    weight: i64,
    published: bool,
    /// The weight times this share.
    share: Option<&'static str>,
    /// Or the weight less these shares.
    less: &'static [&'static str],
    rules: &'static [&'static str],
}

const PARTS: [Part; 6] = [
    Part {
        id: "coverage",
        zh: "电子监察的覆盖率",
        en: "coverage",
        weight: 20,
        published: true,
        share: Some("items_connected"),
        less: &[],
        rules: &[],
    },
    Part {
        id: "efficiency",
        zh: "行政审批效率",
        en: "efficiency",
        weight: 20,
        published: true,
        share: None,
        less: &["overdue_promise"],
        rules: &["T-02"],
    },
    Part {
        id: "openness",
        zh: "办理过程、结果的公开性",
        en: "openness",
        weight: 15,
        published: false,
        share: None,
        less: &[],
        rules: &[],
    },
    Part {
        id: "compliance",
        zh: "规范性",
        en: "compliance",
        weight: 20,
        published: false,
        share: None,
        less: &["reason_missing", "flow_broken"],
        rules: &["P-01", "P-03", "P-07"],
    },
    Part {
        id: "exchange",
        zh: "业务运作数据交换情况",
        en: "data exchange",
        weight: 15,
        published: false,
        share: None,
        less: &["records_rejected", "records_late"],
        rules: &["D-02", "D-10"],
    },
    Part {
        id: "integrity",
        zh: "廉洁从政",
        en: "integrity",
        weight: 10,
        published: false,
        share: None,
        less: &[],
        rules: &[],
    },
];

/// The weights, whole points, in order.
fn weights() -> [i64; 6] {
    let all: serde_json::Value = serde_json::from_str(&settings::get()).unwrap_or_default();
    PARTS.each_ref().map(|p| {
        let set = all.get(p.id).and_then(serde_json::Value::as_i64).filter(|_| !p.published);
        set.unwrap_or(p.weight)
    })
}

fn indicators() -> Vec<Indicator> {
    let names = |p: &Part| p.share.iter().chain(p.less).map(|m| (*m).to_owned()).collect();
    PARTS
        .iter()
        .zip(weights())
        .map(|(p, weight)| Indicator {
            id: p.id.to_owned(),
            dimension: p.id.to_owned(),
            name_zh: p.zh.to_owned(),
            name_en: p.en.to_owned(),
            weight: weight * POINT,
            measures: names(p),
            basis: if p.published {
                "权重：宁波市行政审批电子监察绩效考核办法；公式未公布，为提案".to_owned()
            } else {
                "维度：同上办法；权重未公布，按设置；公式未公布，为提案".to_owned()
            },
        })
        .collect()
}

/// A share in millionths, with its numerator and denominator.
struct Share {
    ratio: i64,
    hits: i64,
    of: i64,
    rolling: bool,
}

fn share(input: &Assessment, name: &str, smallest: u64) -> Result<Share, String> {
    let mut most = None;
    for (list, rolling) in [(&input.measures, false), (&input.rolling, true)] {
        let Some(found) = measure(list, name) else { continue };
        let (Some(hits), Some(of)) = (found.value, found.denominator) else { continue };
        if of >= smallest {
            let of = i64::try_from(of).unwrap_or(i64::MAX);
            return Ok(Share { ratio: mul_div(hits, 1, of), hits, of, rolling });
        }
        most = Some(of);
    }
    Err(match most {
        None => "本县尚无此项数据".to_owned(),
        Some(n) => format!("十二个月内只有 {n} 件，不足 {smallest} 件"),
    })
}

fn percent(ratio: i64) -> String {
    format!("{}.{:02}%", ratio / 10_000, ratio % 10_000 / 100)
}

fn part(input: &Assessment, part: &Part, indicator: &Indicator) -> Score {
    let weight = indicator.weight;
    let (by_hand, mut deductions) = entered(&input.manual, part.id);
    let mut shares = Vec::new();
    for name in part.share.iter().chain(part.less) {
        match share(input, name, if part.share.is_some() { 1 } else { SMALL }) {
            Ok(found) => shares.push(found),
            Err(why) => return not_assessed(indicator, &why, "no such data, or too few cases"),
        }
    }
    if shares.is_empty() && deductions.is_empty() {
        return not_assessed(indicator, "尚无此项数据，也没有人工录入", "no such data, nothing entered");
    }
    let ratio = match part.share {
        Some(_) => shares.iter().map(|s| s.ratio).sum(),
        None => (ONE - shares.iter().map(|s| s.ratio).sum::<i64>()).max(0),
    };
    let measured = mul_div(weight, ratio, ONE);
    let raw = measured + by_hand;
    let points = raw.clamp(0, weight);
    let rolling = shares.iter().any(|s| s.rolling);
    if measured < weight {
        let evidence = if rolling { &input.rolling_evidence } else { &input.evidence };
        deductions.extend(because(evidence, part.rules, measured - weight));
    }
    let only = shares.first().filter(|_| shares.len() == 1);
    let unpublished = if part.published { "" } else { "；权重未公布，按设置" };
    let span = if rolling { "（本月不足 10 件，取十二个月）" } else { "" };
    Score {
        indicator: indicator.id.clone(),
        assessed: true,
        numerator: only.map(|s| s.hits),
        denominator: only.map(|s| s.of.saturating_mul(ONE)),
        raw,
        points,
        weight,
        explain_zh: format!(
            "{} × {}{span}，人工录入 {}，得 {}{unpublished}",
            points_text(weight),
            percent(ratio),
            points_text(by_hand),
            points_text(points)
        ),
        explain_en: format!("{} of {}", points_text(points), points_text(weight)),
        deductions,
    }
}

struct Ningbo6;

impl Standard for Ningbo6 {
    fn describe() -> Description {
        Description {
            id: "ningbo-6".to_owned(),
            version: "1.0.0".to_owned(),
            name_zh: "宁波六项考核（已公布部分）".to_owned(),
            name_en: "Ningbo's six dimensions (as published)".to_owned(),
            base: BASE,
            indicators: indicators(),
        }
    }

    fn assess(input: Assessment) -> Result<Scorecard, Failure> {
        let indicators = indicators();
        if weights().iter().sum::<i64>() != 100 {
            return Err(Failure {
                code: "settings.invalid".to_owned(),
                message: "六项权重之和应为 100：覆盖率 20 与效率 20 已公布，其余四项之和应为 60".to_owned(),
                setting: None,
                retryable: false,
                retry_after_ms: None,
            });
        }
        let scores = PARTS.iter().zip(&indicators).map(|(p, i)| part(&input, p, i)).collect();
        let (bonus, _) = entered(&input.manual, "bonus");
        let bonus = (bonus > 0).then(|| Deduction {
            rule: "bonus".to_owned(),
            points: bonus.min(10 * POINT),
            count: 0,
            cases: Vec::new(),
            reason_zh: "附加分（凭文件，最多 10 分）".to_owned(),
        });
        Ok(total(&indicators, scores, bonus.into_iter().collect(), BASE))
    }
}

plugin!(Ningbo6, "../plugin.toml");
