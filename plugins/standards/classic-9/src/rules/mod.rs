//! What `classic-9` says. The weights, the items 21 to 26, the cards, the bonuses and the table of sanctions are published; the other
//! deductions per item are proposed (annex A of the field's handbook). Every line says which.

mod table;

use daylight_standard::{
    Assessment, Deduction, Description, Failure, Indicator, ONE, POINT, Score, Scorecard, Standard, adjustment,
    because, cards, convert, cost, count, entered, known, mul_div, not_assessed, percent, points_text, seen, total,
    whole,
};
use table::{Counted, Item, PARTS, Part};

const BASE: i64 = 100 * POINT;
/// Below this many a share says nothing; twelve months are taken, and below it again the share is left out.
const SMALL: u64 = 10;

fn indicators() -> Vec<Indicator> {
    let measures = |p: &Part| {
        let mut list = vec!["finished"];
        list.extend(p.counts.iter().map(|c| c.measure));
        list.extend(p.share);
        list.extend(p.needs);
        if p.id == "liability" {
            list.push("warnings_in_row");
        }
        list.into_iter().map(str::to_owned).collect()
    };
    PARTS
        .iter()
        .map(|p| Indicator {
            id: p.id.to_owned(),
            dimension: p.id.to_owned(),
            name_zh: p.zh.to_owned(),
            name_en: p.en.to_owned(),
            weight: p.weight * POINT,
            measures: measures(p),
            basis: p.basis.to_owned(),
        })
        .collect()
}

fn origin(published: bool) -> &'static str {
    if published { "公布" } else { "提案，附录 A" }
}

/// Cards of a rule, so many points each.
fn item(input: &Assessment, item: &Item) -> Vec<Deduction> {
    let mine = input.findings.iter().filter(|g| g.rule == item.rule && g.level >= item.least);
    mine.map(|group| Deduction {
        rule: item.rule.to_owned(),
        points: cost(-item.each * POINT, count(group.count).saturating_mul(ONE)),
        count: group.count,
        cases: group.cases.clone(),
        reason_zh: format!(
            "{}（规则 {}）{} 件，每件扣 {} 分（{}）",
            item.zh,
            item.rule,
            group.count,
            item.each,
            origin(item.published)
        ),
    })
    .collect()
}

/// A measure of which each costs so many points; nothing where the county does not have it.
fn counted(input: &Assessment, of: &Counted) -> Option<Deduction> {
    let seen = known(&input.measures, of.measure)?;
    let lacking = i128::from(seen.value);
    let lacking = if of.missing { (seen.below() - lacking).max(0) } else { lacking };
    let lacking = i64::try_from(lacking).unwrap_or(i64::MAX);
    let evidence: Vec<String> = input
        .evidence
        .iter()
        .filter(|g| of.rules.contains(&g.rule.as_str()))
        .flat_map(|g| g.cases.clone())
        .take(200)
        .collect();
    Some(Deduction {
        rule: of.measure.to_owned(),
        points: cost(-of.each * POINT, lacking),
        count: u64::try_from(lacking / ONE).unwrap_or(0),
        cases: evidence,
        reason_zh: format!("{} {}，每个扣 {} 分（{}）", of.zh, whole(lacking), of.each, origin(of.published)),
    })
}

/// The cards themselves: part 法律责任, published.
fn liability(input: &Assessment) -> Vec<Deduction> {
    let rows = input.findings.iter().filter(|g| g.rule == "K-09");
    let rows = rows.fold(0, |sum: i64, g| sum.saturating_add(count(g.count)));
    let rows = known(&input.measures, "warnings_in_row").map_or(rows, |m| m.value / ONE);
    let (yellow, red) = (cards(&input.findings, 2), cards(&input.findings, 3));
    let cases = |level: u8, rule: &str| {
        let mine = input.findings.iter().filter(|g| g.level == level && (rule.is_empty() || g.rule == rule));
        mine.flat_map(|g| g.cases.clone()).take(200).collect::<Vec<_>>()
    };
    [("连续三次预警", 3, rows, cases(1, "K-09")), ("黄牌", 5, yellow, cases(2, "")), ("红牌", 10, red, cases(3, ""))]
        .into_iter()
        .filter(|(_, _, n, _)| *n > 0)
        .map(|(what, each, n, cases)| Deduction {
            rule: what.to_owned(),
            points: cost(-each * POINT, n.saturating_mul(ONE)),
            count: u64::try_from(n).unwrap_or(0),
            cases,
            reason_zh: format!("{what} {n} 次，每次扣 {each} 分（公布）"),
        })
        .collect()
}

fn part(input: &Assessment, part: &Part, indicator: &Indicator) -> Score {
    let weight = indicator.weight;
    let (by_hand, entries) = entered(&input.manual, part.id);
    let mut deductions: Vec<Deduction> = part.items.iter().flat_map(|i| item(input, i)).collect();
    let counts: Vec<Deduction> = part.counts.iter().filter_map(|c| counted(input, c)).collect();
    if part.id == "liability" {
        deductions.extend(liability(input));
    }
    let mut start = weight;
    let (mut said, mut said_en) = (points_text(weight), points_text(weight));
    let mut ratio = None;
    let mut rolling = false;
    let mut why = ("没有可测的数据，也没有录入".to_owned(), "nothing measures it and nothing was entered".to_owned());
    if let Some(name) = part.share {
        match seen(input, name, SMALL) {
            Ok(found) => {
                start = mul_div(weight, found.value, found.below());
                rolling = found.rolling;
                let (n, d, part) = (found.text(), found.of, percent(found.value, found.below()));
                said = format!("{said} × 主动评价满意 {n} ÷ {d}（{part}）");
                said_en = format!("{said_en} × satisfied {n} ÷ active ratings {d} ({part})");
                ratio = Some((found.value, found.denominator()));
            }
            Err(absent) => {
                why = (absent.zh(), absent.en());
                // A survey that was entered with a document gives the points itself.
                start = 0;
                said = "0".to_owned();
                said_en = "0".to_owned();
            }
        }
    }
    let watched = part.needs.is_some_and(|name| known(&input.measures, name).is_some());
    let measured = part.always || watched || ratio.is_some() || !counts.is_empty() || !deductions.is_empty();
    if !measured && entries.is_empty() {
        return not_assessed(indicator, &why.0, &why.1);
    }
    deductions.extend(counts.into_iter().filter(|d| d.points != 0));
    let lost = deductions.iter().fold(0, |sum: i64, d| sum.saturating_add(d.points));
    let raw = start.saturating_add(lost).saturating_add(by_hand);
    let points = raw.clamp(0, weight);
    if !part.share_rules.is_empty() && start < weight && ratio.is_some() {
        let evidence = if rolling { &input.rolling_evidence } else { &input.evidence };
        deductions.extend(because(evidence, part.share_rules, start - weight));
    }
    deductions.extend(entries);
    let (lost, entry, got) = (points_text(lost), points_text(by_hand), points_text(raw));
    let bounded = if raw == points { String::new() } else { format!("，限为 {}", points_text(points)) };
    let bounded_en = if raw == points { String::new() } else { format!(", bounded to {}", points_text(points)) };
    let (span, span_en) = if rolling {
        ("（本月不足 10，取十二个月）", " (fewer than 10 in the month: twelve months are taken)")
    } else {
        ("", "")
    };
    Score {
        indicator: indicator.id.clone(),
        assessed: true,
        numerator: ratio.map(|r| r.0),
        denominator: ratio.map(|r| r.1),
        raw,
        points,
        weight,
        explain_zh: format!("{said}{span}，扣分 {lost}，人工录入 {entry}，得 {got}{bounded}"),
        explain_en: format!(
            "{said_en}{span_en}, deductions {lost}, entered with a document {entry}: {got}{bounded_en}"
        ),
        deductions,
    }
}

/// What stands beside the parts.
fn beside(input: &Assessment) -> Vec<Deduction> {
    let share = |name: &str| known(&input.measures, name).filter(|m| m.of > 0);
    let steps = |m: &daylight_standard::Seen, per: i128| {
        i64::try_from(per * i128::from(m.value) / m.below()).unwrap_or(i64::MAX)
    };
    let mut list = Vec::new();
    if let Some(rejected) = share("records_rejected") {
        let points = steps(&rejected, 100).min(5);
        if points > 0 {
            let part = percent(rejected.value, rejected.below());
            let (n, d) = (rejected.text(), rejected.of);
            let reason = format!("数据上报不完整：退回 {n} ÷ {d}（{part}），每 1% 扣 1 分，最多 5 分（公布）");
            list.push(adjustment("incomplete-data", -points * POINT, reason));
        }
    }
    if let Some(early) = share("early_legal") {
        let points = steps(&early, 10).min(10);
        if points > 0 {
            let (n, d, part) = (early.text(), early.of, percent(early.value, early.below()));
            let reason = format!("比法定时限提前办结 {n} ÷ {d}（{part}），每 10% 加 1 分（公布）");
            list.push(adjustment("bonus-early", points * POINT, reason));
        }
    }
    if let Some(all) = share("promises_shorter_30").filter(|m| i128::from(m.value) >= m.below()) {
        let reason = format!("全部 {} 个事项的承诺时限缩短 30% 以上（公布）", all.of);
        list.push(adjustment("bonus-promise", 3 * POINT, reason));
    }
    let document = entered(&input.manual, "bonus").0.min(7 * POINT);
    if document > 0 {
        let reason = "承诺时限在 30% 以上每再缩短 10% 加 1 分（公布），凭文件录入，最多 7 分".to_owned();
        list.push(adjustment("bonus-document", document, reason));
    }
    list
}

/// The standard.
pub struct Classic9;

impl Standard for Classic9 {
    fn describe(_: &str) -> Description {
        Description {
            id: "classic-9".to_owned(),
            version: "1.1.0".to_owned(),
            name_zh: "九维度绩效评估标准".to_owned(),
            name_en: "Nine-dimension standard".to_owned(),
            base: BASE,
            indicators: indicators(),
        }
    }

    fn assess(settings: &str, input: &Assessment) -> Result<Scorecard, Failure> {
        let indicators = indicators();
        if known(&input.measures, "finished").is_none_or(|m| m.value == 0) {
            let none = |i| not_assessed(i, "本期没有办结", "nothing was finished in the period");
            return Ok(total(&indicators, indicators.iter().map(none).collect(), Vec::new(), BASE));
        }
        let scores = PARTS.iter().zip(&indicators).map(|(p, i)| part(input, p, i)).collect();
        let mut card = total(&indicators, scores, beside(input), BASE);
        let all: serde_json::Value = serde_json::from_str(settings).unwrap_or_default();
        if let Some(k) = all.get("conversion_permille").and_then(serde_json::Value::as_i64).filter(|k| *k != 1000) {
            convert(&mut card, k.saturating_mul(1000), "");
        }
        Ok(card)
    }
}
