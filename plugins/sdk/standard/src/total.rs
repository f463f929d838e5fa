//! Points: exact parts of a weight, what explains them, and the sum with its redistribution.

use crate::ONE;
use crate::seen::count;
use crate::types::{Deduction, FindingGroup, Indicator, Score, Scorecard};

/// `a * b / c`, rounded half away from zero, cut off at what fits; 0 where there is nothing to divide by.
#[must_use]
pub fn mul_div(a: i64, b: impl Into<i128>, c: impl Into<i128>) -> i64 {
    let (b, c): (i128, i128) = (b.into(), c.into());
    if c == 0 {
        return 0;
    }
    let product = i128::from(a).saturating_mul(b);
    let half = c.abs() / 2;
    let same = (product < 0) == (c < 0);
    let rounded = product.saturating_add(if same { half * c.signum() } else { -half * c.signum() });
    let cut = if same { i64::MAX } else { i64::MIN };
    i64::try_from(rounded / c).unwrap_or(cut)
}

/// What so many (millionths) cost at so many hundredths each.
#[must_use]
pub fn cost(each: i64, millionths: i64) -> i64 {
    mul_div(each, millionths, ONE)
}

/// Hundredths as people write them.
#[must_use]
pub fn points_text(points: i64) -> String {
    let n = points.unsigned_abs();
    format!("{}{}.{:02}", if points < 0 { "-" } else { "" }, n / 100, n % 100)
}

/// Millionths as people write them: `12`, `12.5`.
#[must_use]
pub fn whole(millionths: i64) -> String {
    let n = millionths.unsigned_abs();
    let part = format!("{:06}", n % 1_000_000);
    let part = part.trim_end_matches('0');
    let sign = if millionths < 0 { "-" } else { "" };
    if part.is_empty() { format!("{sign}{}", n / 1_000_000) } else { format!("{sign}{}.{part}", n / 1_000_000) }
}

/// A share as people write it, to the hundredth of a per cent.
#[must_use]
pub fn percent(above: impl Into<i128>, below: impl Into<i128>) -> String {
    format!("{}%", points_text(mul_div(10_000, above, below)))
}

/// 优秀 from 90, 良好 from 80, 合格 from 60.
#[must_use]
pub fn grade(total: i64) -> &'static str {
    match total {
        9000.. => "优秀",
        8000.. => "良好",
        6000.. => "合格",
        _ => "不合格",
    }
}

/// A score that says why there is none.
#[must_use]
pub fn not_assessed(indicator: &Indicator, why_zh: &str, why_en: &str) -> Score {
    Score {
        indicator: indicator.id.clone(),
        explain_zh: format!("不评：{why_zh}"),
        explain_en: format!("not assessed: {why_en}"),
        ..Score::default()
    }
}

/// A deduction or bonus beside the indicators that is about no single case.
#[must_use]
pub fn adjustment(rule: &str, points: i64, reason_zh: String) -> Deduction {
    Deduction { rule: rule.to_owned(), points, reason_zh, ..Deduction::default() }
}

/// The findings of some rules as what they cost: `points`, in parts as large as they are many, adding up exactly.
#[must_use]
pub fn because(findings: &[FindingGroup], rules: &[&str], points: i64) -> Vec<Deduction> {
    let found: Vec<&FindingGroup> = findings.iter().filter(|g| rules.contains(&g.rule.as_str())).collect();
    let (mut rest, mut left) = (points, found.iter().fold(0, |sum: i64, g| sum.saturating_add(count(g.count))));
    let mut list = Vec::new();
    for group in found {
        let n = count(group.count);
        let part = mul_div(rest, n, left);
        rest = rest.saturating_sub(part);
        left = left.saturating_sub(n);
        list.push(Deduction {
            rule: group.rule.clone(),
            points: part,
            count: group.count,
            cases: group.cases.clone(),
            reason_zh: format!("规则 {}，{} 件", group.rule, group.count),
        });
    }
    list
}

/// The weights of what was assessed of a dimension of `all` hundredths, in proportion to their own and adding up to it exactly: what
/// rounding down leaves goes to the largest remainders, of equal ones to the first.
fn shared_out(all: i64, own: &[i64]) -> Vec<i64> {
    let judged: i128 = own.iter().map(|w| i128::from(*w)).sum();
    if judged == 0 {
        return own.to_vec();
    }
    let parts: Vec<i128> = own.iter().map(|w| i128::from(*w) * i128::from(all)).collect();
    let mut shares: Vec<i64> = parts.iter().map(|p| i64::try_from(p / judged).unwrap_or(0)).collect();
    let mut order: Vec<usize> = (0..own.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(parts.get(*at).map_or(0, |p| p % judged)));
    let left = usize::try_from(all.saturating_sub(shares.iter().sum())).unwrap_or(0);
    for at in order.into_iter().take(left) {
        if let Some(share) = shares.get_mut(at) {
            *share += 1;
        }
    }
    shares
}

/// Puts a scorecard together: what was not assessed gives its weight to the rest of its dimension, and a dimension of which
/// nothing was assessed is left out, the rest counting for the whole. Never silent full marks.
#[must_use]
pub fn total(
    indicators: &[Indicator],
    mut scores: Vec<Score>,
    mut adjustments: Vec<Deduction>,
    base: i64,
) -> Scorecard {
    let of = |id: &str| indicators.iter().find(|i| i.id == id);
    let dimension = |id: &str| of(id).map_or("", |i| i.dimension.as_str());
    let mut assessed: Vec<(&str, Vec<(String, i64)>)> = Vec::new();
    for score in scores.iter().filter(|s| s.assessed) {
        let own = (score.indicator.clone(), of(&score.indicator).map_or(0, |i| i.weight));
        match assessed.iter_mut().find(|(d, _)| *d == dimension(&score.indicator)) {
            Some((_, list)) => list.push(own),
            None => assessed.push((dimension(&score.indicator), vec![own])),
        }
    }
    let mut weights: Vec<(String, i64)> = Vec::new();
    for (dimension, list) in &assessed {
        let all: i64 = indicators.iter().filter(|i| i.dimension == *dimension).map(|i| i.weight).sum();
        let own: Vec<i64> = list.iter().map(|(_, w)| *w).collect();
        weights.extend(list.iter().map(|(id, _)| id.clone()).zip(shared_out(all, &own)));
    }
    for score in scores.iter_mut().filter(|s| s.assessed) {
        let Some(own) = of(&score.indicator) else { continue };
        let weight = weights.iter().find(|(id, _)| *id == score.indicator).map_or(own.weight, |(_, w)| *w);
        if weight == own.weight {
            continue;
        }
        score.weight = weight;
        score.points = mul_div(score.points, weight, own.weight);
        for lost in score.deductions.iter_mut().filter(|d| d.rule != "manual") {
            lost.points = mul_div(lost.points, weight, own.weight);
        }
        let (was, is, points) = (points_text(own.weight), points_text(score.weight), points_text(score.points));
        score.explain_zh.push_str(&format!("；本维度有指标不评，权重由 {was} 折为 {is}，得分折为 {points}"));
        score.explain_en.push_str(&format!(
            "; part of the dimension was not assessed: weight raised from {was} to {is}, points to {points}"
        ));
    }
    let sum: i64 = scores.iter().filter(|s| s.assessed).map(|s| s.points).sum();
    let judged: i64 = scores.iter().filter(|s| s.assessed).map(|s| s.weight).sum();
    let scaled = if judged == 0 { 0 } else { mul_div(sum, base, judged) };
    let rest = adjustments.iter().fold(0, |sum: i64, a| sum.saturating_add(a.points));
    if judged != base && judged != 0 {
        let (judged, base) = (points_text(judged), points_text(base));
        let reason = format!("有维度整体不评，按已评权重 {judged} 折算为 {base} 分制");
        adjustments.insert(0, adjustment("scale", scaled - sum, reason));
    }
    // Without anything assessed there is nothing from which to deduct, and nothing to which to add.
    let total = if judged == 0 { 0 } else { scaled.saturating_add(rest).max(0) };
    Scorecard { total, grade: if judged == 0 { "不评" } else { grade(total) }.to_owned(), scores, adjustments }
}

/// Multiplies the total by a coefficient (折合系数) in millionths, and says so.
pub fn convert(card: &mut Scorecard, millionths: i64, why_zh: &str) {
    if card.grade == "不评" {
        return;
    }
    let before = card.total;
    card.total = mul_div(before, millionths, ONE);
    let reason = format!("折合系数 {}{why_zh}", whole(millionths));
    card.adjustments.push(adjustment("conversion", card.total - before, reason));
    card.grade = grade(card.total).to_owned();
}

/// A grade that is not above 合格 whatever the total, with the reason. The core knows the line by its word and keeps to it when a
/// correction raises the total.
pub fn cap_grade(card: &mut Scorecard, reason_zh: &str) {
    card.adjustments.push(adjustment("grade-cap", 0, format!("等次不高于合格：{reason_zh}")));
    if card.grade != "不评" {
        grade(card.total.min(7999)).clone_into(&mut card.grade);
    }
}

/// `clamp(1 + 0.05 × log10(finished / median), 0.95, 1.05)`, millionths, from integers alone; 1 where there is nothing to compare.
#[must_use]
pub fn convert_by_volume(finished: i64, median: i64) -> i64 {
    const BITS: u32 = 60;
    /// log10(2), in units of 10^-18.
    const LOG: i128 = 301_029_995_663_981_195;
    let (Ok(above), Ok(below)) = (u128::try_from(finished), u128::try_from(median)) else { return ONE };
    if above == 0 || below == 0 {
        return ONE;
    }
    // The ratio as 2^whole × y with y in [1, 2), then a binary digit of the logarithm for each squaring.
    let mut whole: i128 = i128::from(below.leading_zeros()) - i128::from(above.leading_zeros());
    let mut y = if whole >= 0 { (above << BITS) / (below << whole) } else { (above << BITS << -whole) / below };
    if y < 1 << BITS {
        whole -= 1;
        y <<= 1;
    }
    let mut digits: i128 = 0;
    for _ in 0..40 {
        y = (y * y) >> BITS;
        digits <<= 1;
        if y >= 2 << BITS {
            y >>= 1;
            digits |= 1;
        }
    }
    // log10 in units of 10^-18, then 0.05 of it in millionths.
    let log = whole * LOG + ((digits * LOG) >> 40);
    let (twentieth, half) = (20_i128 * 1_000_000_000_000, 10_i128 * 1_000_000_000_000);
    let more = (log + if log < 0 { -half } else { half }) / twentieth;
    i64::try_from(more.clamp(-50_000, 50_000)).unwrap_or(0) + ONE
}
