//! The standards worked out by hand. Written from the handbook: §12.2 for the county's standard, §6.1 and annex A for the nine
//! dimensions, §6.2 for Ningbo's six (whose formulas were never published and are this project's proposal). Where the handbook leaves
//! a choice, the choice stands beside the line. Points are hundredths; each line, each redistribution and each coefficient is rounded
//! to the hundredth, half away from zero.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A fraction.
#[derive(Clone, Copy, Debug)]
struct R(i128, i128);

fn whole(n: i64) -> R {
    R(i128::from(n), 1)
}

impl R {
    fn sub(self, o: R) -> R {
        R(self.0 * o.1 - o.0 * self.1, self.1 * o.1)
    }
    fn mul(self, o: R) -> R {
        R(self.0 * o.0, self.1 * o.1)
    }
    fn div(self, o: R) -> R {
        R(self.0 * o.1, self.1 * o.0)
    }
    /// To the hundredth, half away from zero; denominators here are never below zero.
    fn hundredths(self) -> i64 {
        let (n, d) = (self.0 * 100, self.1);
        let up = if n < 0 { -1 } else { 1 };
        let twice = (2 * n.abs() + d) / (2 * d);
        i64::try_from(up * twice).expect("a number of points")
    }
    fn floor(self) -> i64 {
        i64::try_from(self.0.div_euclid(self.1)).expect("a small number")
    }
}

/// What a standard gives a department; a line that is not assessed is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Hundredths by indicator, after redistribution.
    pub lines: BTreeMap<String, i64>,
    /// Hundredths by the word of the line beside the indicators.
    pub beside: BTreeMap<String, i64>,
    /// Hundredths.
    pub total: i64,
    /// Grade.
    pub grade: String,
}

/// A department's month as it stands in the file.
#[derive(Debug)]
struct Month<'a>(&'a Value);

impl Month<'_> {
    /// Value (whole things) and denominator of a measure.
    fn of(&self, list: &str, name: &str) -> Option<(R, i64)> {
        let found = self.0[list].as_array()?.iter().find(|m| m["name"] == name)?;
        Some((R(i128::from(found["value"].as_i64()?), 1_000_000), found["denominator"].as_i64().unwrap_or(0)))
    }
    fn month(&self, name: &str) -> Option<(R, i64)> {
        self.of("measures", name)
    }
    /// The small-number rule: fewer than 10 (of a census: none at all) → twelve months → nothing.
    fn share(&self, name: &str, smallest: i64) -> Option<R> {
        let big = |list| self.of(list, name).filter(|(_, of)| *of >= smallest);
        big("measures").or_else(|| big("rolling")).map(|(n, d)| n.div(whole(d)))
    }
    fn cards(&self, wanted: impl Fn(&str, i64) -> bool) -> i64 {
        let groups = self.0["findings"].as_array().into_iter().flatten();
        let mine =
            groups.filter(|g| wanted(g["rule"].as_str().expect("a rule"), g["level"].as_i64().expect("a level")));
        mine.map(|g| g["count"].as_i64().expect("a count")).sum()
    }
    /// Points people entered, hundredths; nothing: nobody did.
    fn entered(&self, name: &str) -> Option<i64> {
        let list: Vec<i64> = self.0["manual"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|m| m["indicator"] == name)
            .map(|m| m["points"].as_i64().expect("points"))
            .collect();
        (!list.is_empty()).then(|| list.iter().sum())
    }
    /// Three pre-warnings in a row: counted, or by the cards of K-09 where they are not.
    fn rows(&self) -> i64 {
        self.month("warnings_in_row").map_or_else(|| self.cards(|r, _| r == "K-09"), |(n, _)| n.floor())
    }
}

/// A line: indicator, dimension, weight in whole points, hundredths where it is assessed.
type Line<'a> = (&'a str, &'a str, i64, Option<i64>);

fn grade(total: i64) -> &'static str {
    if total >= 9000 {
        "优秀"
    } else if total >= 8000 {
        "良好"
    } else if total >= 6000 {
        "合格"
    } else {
        "不合格"
    }
}

/// What is not assessed gives its weight to the rest of its dimension in proportion; a dimension of which nothing is assessed is left
/// out and the rest counts for the whole.
fn together(lines: &[Line<'_>], beside: Vec<(&str, i64)>) -> Card {
    let mut card = Card::default();
    let (mut sum, mut judged) = (0, 0);
    for (id, dimension, weight, points) in lines {
        let Some(points) = points else { continue };
        let all: i64 = lines.iter().filter(|l| l.1 == *dimension).map(|l| l.2).sum();
        let there: Vec<&Line<'_>> = lines.iter().filter(|l| l.1 == *dimension && l.3.is_some()).collect();
        let held: i64 = there.iter().map(|l| l.2).sum();
        // Whole hundredths first; those that are left go one each to whose part was cut off most, of equal ones to the first.
        let floor = |w: i64| w * 100 * all / held;
        let cut = |w: i64| w * 100 * all % held;
        let left = all * 100 - there.iter().map(|l| floor(l.2)).sum::<i64>();
        let own = there.iter().position(|l| l.0 == *id).expect("itself");
        let before = there
            .iter()
            .enumerate()
            .filter(|(at, l)| cut(l.2) > cut(*weight) || cut(l.2) == cut(*weight) && *at < own)
            .count();
        let now = floor(*weight) + i64::from(i64::try_from(before).expect("a few") < left);
        let grown = whole(points * now).div(whole(weight * 100 * 100)).hundredths();
        card.lines.insert((*id).to_owned(), grown);
        sum += grown;
        judged += now;
    }
    for (word, points) in beside {
        card.beside.insert(word.to_owned(), points);
    }
    if judged == 0 {
        card.grade = "不评".to_owned();
        return card;
    }
    let base = lines.iter().map(|l| l.2).sum::<i64>() * 100;
    let scaled = if judged == base { sum } else { whole(sum * base).div(whole(judged * 100)).hundredths() };
    card.total = (scaled + card.beside.values().sum::<i64>()).max(0);
    if judged != base {
        card.beside.insert("scale".to_owned(), scaled - sum);
    }
    card.grade = grade(card.total).to_owned();
    card
}

/// §12.2. `volume`: with the coefficient by volume.
#[must_use]
pub fn county(month: &Value, volume: bool) -> Card {
    let m = Month(month);
    let one = whole(1);
    let share = |w: i64, name: &str, smallest| m.share(name, smallest).map(|r| whole(w).mul(r));
    let decay = |w: i64, k: i64, name: &str| m.share(name, 10).map(|r| whole(w).mul(one.sub(whole(k).mul(r))));
    let finished = m.month("finished").map_or(whole(0), |(n, _)| n);
    // D4: r = violating ÷ (procedures + 0.05 × Fin), and that sum is what has to be ten.
    let procedures = ["measures", "rolling"].into_iter().find_map(|list| {
        let ((broken, n), (fin, _)) = (m.of(list, "special_broken")?, m.of(list, "finished")?);
        let below = R(i128::from(n) * 20 * fin.1 + fin.0, 20 * fin.1);
        (below.0 >= 10 * below.1).then(|| whole(4).mul(one.sub(whole(10).mul(broken.div(below)))))
    });
    // Any confirmed D-19, by count or by its card: nothing for authenticity.
    let falsified = m.month("falsified").is_some_and(|(n, _)| n.0 > 0) || m.cards(|r, l| r == "D-19" && l > 0) > 0;
    let authentic = if falsified { Some(whole(0)) } else { decay(3, 1, "unauthentic") };
    // F1: (satisfied + 2) ÷ (active + 4), 0.6 → 0, 1 → full.
    let satisfied = ["measures", "rolling"].into_iter().find_map(|list| {
        let (n, d) = m.of(list, "satisfied").filter(|(_, d)| *d >= 10)?;
        let p = R(n.0 + 2 * n.1, n.1).div(whole(d + 4));
        Some(whole(4).mul(p.sub(R(3, 5))).div(R(2, 5)))
    });
    let less = |w: i64, costs: &[(&str, i64)]| {
        let there: Vec<R> =
            costs.iter().filter_map(|(name, each)| Some(m.month(name)?.0.mul(R(i128::from(*each), 100)))).collect();
        (!there.is_empty()).then(|| there.iter().fold(whole(w), |sum, r| sum.sub(*r)))
    };
    // 2 − 1 per verified case, of the month or of twelve.
    let fees = ["measures", "rolling"]
        .into_iter()
        .find_map(|list| m.of(list, "fee_broken").filter(|(_, d)| *d >= 10).map(|(n, _)| whole(2).sub(n)));
    let complaints = less(4, &[("complaints_minor", 50), ("complaints_medium", 100), ("complaints_serious", 200)]);
    let measures = less(6, &[("talks", 100), ("circulars", 200), ("orders_correct", 200)]);
    let table = [
        ("A1", 6, share(6, "items_connected", 1)),
        ("A2", 6, share(6, "cases_captured", 10)),
        ("A3", 3, share(3, "items_with_flow", 1)),
        ("B1", 8, decay(8, 5, "overdue_promise")),
        ("B2", 4, decay(4, 20, "overdue_legal")),
        ("B3", 2, decay(2, 2, "overdue_step")),
        ("B4", 3, m.share("promise_compression", 1).map(|r| whole(3).mul(one.sub(r)).div(R(4, 5)))),
        ("B5", 3, decay(3, 10, "late_notice")),
        ("C1", 4, share(4, "guide_elements", 1)),
        ("C2", 4, share(4, "results_public", 10)),
        ("C3", 2, share(2, "progress_open", 10)),
        ("D1", 5, decay(5, 10, "reason_missing")),
        ("D2", 4, decay(4, 1, "flow_broken")),
        ("D3", 3, decay(3, 10, "correction_broken")),
        ("D4", 4, procedures),
        ("D5", 2, fees),
        ("D6", 2, m.share("sample_score", 10).map(|r| whole(2).mul(r).div(whole(100)))),
        ("E1", 5, decay(5, 1, "records_late")),
        ("E2", 4, decay(4, 10, "records_rejected")),
        ("E3", 3, share(3, "days_matched", 10)),
        ("E4", 3, authentic),
        ("F1", 4, satisfied),
        ("F2", 2, share(2, "bad_rectified", 10)),
        ("F3", 4, complaints),
        ("G1", 4, share(4, "answered_in_time", 10)),
        ("G2", 6, measures),
    ];
    let lines: Vec<Line<'_>> = table
        .iter()
        .map(|(id, weight, measured)| {
            let measured = measured.map(R::hundredths);
            let points = match (measured, m.entered(id)) {
                (measured, None) => measured,
                // Accountability: entries are deducted from the six points.
                (measured, Some(sum)) if *id == "G2" => Some(measured.unwrap_or(600) + sum),
                // A document that gives points stands for the measure; one that takes some is deducted.
                (_, Some(sum)) if sum >= 0 => Some(sum),
                (measured, Some(sum)) => Some(measured.unwrap_or(0) + sum),
            };
            (*id, &id[..1], *weight, points.map(|p| p.clamp(0, weight * 100)))
        })
        .collect();

    let mut beside = Vec::new();
    let (yellow, red) = (m.cards(|_, l| l == 2), m.cards(|_, l| l == 3));
    let cards = (yellow * 50 + red * 200 + m.rows() * 30).min(1500);
    let scale = if finished.0 > 200 * finished.1 { whole(200).div(finished) } else { one };
    let cards = whole(cards).mul(scale).div(whole(100)).hundredths();
    if cards != 0 {
        beside.push(("cards", -cards));
    }
    let tenths =
        m.month("early_legal").filter(|(_, d)| *d >= 10).map_or(0, |(n, d)| n.mul(whole(10)).div(whole(d)).floor());
    if tenths > 0 {
        beside.push(("bonus-early", tenths.min(3) * 100));
    }
    if m.month("promises_shorter_30").is_some_and(|(n, d)| d > 0 && n.floor() >= d) {
        beside.push(("bonus-promise", 100));
    }
    if let Some(sum) = m.entered("bonus").filter(|s| *s > 0) {
        beside.push(("bonus-document", sum.min(300)));
    }
    let sampled = m.month("sample_score").map_or(0, |(_, d)| d);
    if sampled >= 30 && m.month("sample_clean").is_some_and(|(n, _)| n.floor() >= sampled) {
        beside.push(("bonus-sample", 200));
    }
    if m.entered("self-reported").is_some_and(|s| s > 0) {
        beside.push(("bonus-self-reported", 100));
    }
    let mut card = together(&lines, beside);
    if volume && card.grade != "不评" {
        let median = m.month("finished_median").map_or(whole(0), |(n, _)| n);
        let k = if finished.0 > 0 && median.0 > 0 {
            let ratio = finished.div(median);
            let k = 1.0 + 0.05 * (ratio.0 as f64 / ratio.1 as f64).log10();
            (k.clamp(0.95, 1.05) * 1e6).round() as i64
        } else {
            1_000_000
        };
        let after = whole(card.total).mul(R(i128::from(k), 100_000_000)).hundredths();
        card.beside.insert("conversion".to_owned(), after - card.total);
        card.total = after;
        card.grade = grade(card.total).to_owned();
    }
    if falsified {
        card.beside.insert("grade-cap".to_owned(), 0);
        if matches!(card.grade.as_str(), "优秀" | "良好") {
            card.grade = "合格".to_owned();
        }
    }
    card
}

/// §6.1 and annex A: nine parts, each with a minimum of nought.
#[must_use]
pub fn classic(month: &Value) -> Card {
    let m = Month(month);
    let parts = [
        ("openness", 10),
        ("procedure", 14),
        ("limits", 14),
        ("fees", 8),
        ("satisfaction", 10),
        ("attitude", 10),
        ("inspection", 14),
        ("liability", 10),
        ("integrity", 10),
    ];
    if m.month("finished").is_none_or(|(n, _)| n.0 == 0) {
        let none: Vec<Line<'_>> = parts.iter().map(|(id, w)| (*id, *id, *w, None)).collect();
        return together(&none, Vec::new());
    }
    // Cards of a rule of at least a level, so many whole points each; nothing where there are none.
    let by_cards = |list: &[(&str, i64, i64)]| {
        let found = list.iter().map(|(rule, least, each)| (m.cards(|r, l| r == *rule && l >= *least), *each));
        let found: Vec<(i64, i64)> = found.filter(|(n, _)| *n > 0).collect();
        (found.iter().map(|(n, each)| n * each * 100).sum::<i64>(), !found.is_empty())
    };
    // What is not there of what should be.
    let missing = |name: &str| m.month(name).map(|(n, d)| (d - n.floor()).max(0));
    let number = |name: &str| m.month(name).map(|(n, _)| n.floor());
    let mut lines = Vec::new();
    for (id, weight) in parts {
        let entered = m.entered(id);
        let full = weight * 100;
        let (mut start, mut known) = (full, entered.is_some());
        let (lost, by) = match id {
            "openness" => {
                let (lost, found) = by_cards(&[("O-03", 1, 5), ("C-01", 1, 2), ("C-06", 1, 2)]);
                let (guide, results) = (missing("guide_elements"), missing("results_public"));
                let more = (guide.unwrap_or(0) + results.unwrap_or(0)) * 100;
                (lost + more, found || guide.is_some() || results.is_some())
            }
            "procedure" => {
                let rules = [
                    ("P-06", 1, 1),
                    ("P-01", 1, 5),
                    ("P-02", 1, 5),
                    ("P-03", 1, 5),
                    ("P-12", 1, 5),
                    ("P-13", 1, 5),
                    ("P-07", 1, 2),
                    ("P-10", 1, 5),
                    ("T-12", 1, 5),
                    ("P-15", 1, 10),
                    ("T-18", 1, 10),
                    ("P-17", 1, 10),
                ];
                (by_cards(&rules).0, true)
            }
            "limits" => {
                let rules = [
                    ("T-07", 2, 5),
                    ("T-02", 2, 5),
                    ("T-08", 2, 5),
                    ("T-09", 2, 5),
                    ("T-17", 2, 5),
                    ("T-03", 2, 10),
                    ("T-10", 2, 5),
                    ("S-11", 1, 5),
                    ("S-01", 1, 5),
                    ("S-05", 1, 5),
                ];
                (by_cards(&rules).0, true)
            }
            "fees" => {
                let (lost, found) = by_cards(&[("F-01", 1, 5), ("F-02", 1, 5)]);
                (lost, found || m.month("fee_broken").is_some())
            }
            "satisfaction" => {
                let share = m.share("satisfied", 10);
                start = share.map_or(0, |r| whole(10).mul(r).hundredths());
                (0, share.is_some())
            }
            "attitude" => {
                let costs = [("complaints_minor", 2), ("complaints_medium", 2), ("complaints_serious", 5)];
                let there: Vec<i64> = costs.iter().filter_map(|(n, each)| Some(number(n)? * each * 100)).collect();
                (there.iter().sum(), !there.is_empty())
            }
            "inspection" => by_cards(&[("T-19", 1, 5)]),
            "liability" => (m.rows() * 300 + m.cards(|_, l| l == 2) * 500 + m.cards(|_, l| l == 3) * 1000, true),
            _ => by_cards(&[("I-01", 1, 10), ("I-02", 1, 10), ("I-03", 1, 10)]),
        };
        known |= by;
        let points = (start - lost + entered.unwrap_or(0)).clamp(0, full);
        lines.push((id, id, weight, known.then_some(points)));
    }
    let mut beside = Vec::new();
    let steps = |name: &str, per: i64| {
        m.month(name).filter(|(_, d)| *d > 0).map_or(0, |(n, d)| n.mul(whole(per)).div(whole(d)).floor())
    };
    let incomplete = steps("records_rejected", 100).min(5);
    if incomplete > 0 {
        beside.push(("incomplete-data", -100 * incomplete));
    }
    let early = steps("early_legal", 10).min(10);
    if early > 0 {
        beside.push(("bonus-early", early * 100));
    }
    if m.month("promises_shorter_30").is_some_and(|(n, d)| d > 0 && n.floor() >= d) {
        beside.push(("bonus-promise", 300));
    }
    if let Some(sum) = m.entered("bonus").filter(|s| *s > 0) {
        beside.push(("bonus-document", sum.min(700)));
    }
    together(&lines, beside)
}

/// §6.2: weights 20/20/15/20/15/10. Each share is taken in hundredths of its dimension.
#[must_use]
pub fn ningbo(month: &Value) -> Card {
    let m = Month(month);
    let parts = |w: i64, shares: &[(&str, i64)]| -> Vec<i64> {
        shares.iter().filter_map(|(name, least)| Some(whole(w).mul(m.share(name, *least)?).hundredths())).collect()
    };
    // More than all – of a reference count – is all.
    let mean = |w: i64, list: Vec<i64>| {
        let list: Vec<i64> = list.into_iter().map(|p| p.min(w * 100)).collect();
        let n = i64::try_from(list.len()).expect("a few");
        (n > 0).then(|| whole(list.iter().sum()).div(whole(n * 100)).hundredths())
    };
    let less = |w: i64, list: Vec<i64>| (!list.is_empty()).then(|| (w * 100 - list.iter().sum::<i64>()).max(0));
    let taken: Vec<i64> = [("talks", 100), ("circulars", 200), ("orders_correct", 200)]
        .iter()
        .filter_map(|(name, each)| Some(m.month(name)?.0.floor() * each))
        .collect();
    let corrupt = m.cards(|r, l| matches!(r, "I-01" | "I-02" | "I-03") && l > 0);
    let integrity = (!taken.is_empty() || corrupt > 0).then(|| 1000 - taken.iter().sum::<i64>() - 1000 * corrupt);
    let table = [
        ("coverage", 20, mean(20, parts(20, &[("items_connected", 1), ("cases_captured", 10)]))),
        ("efficiency", 20, less(20, parts(20, &[("overdue_promise", 10)]))),
        ("openness", 15, mean(15, parts(15, &[("guide_elements", 1), ("results_public", 10), ("progress_open", 10)]))),
        (
            "compliance",
            20,
            less(
                20,
                parts(
                    20,
                    &[("reason_missing", 10), ("flow_broken", 10), ("correction_broken", 10), ("fee_broken", 10)],
                ),
            ),
        ),
        ("exchange", 15, less(15, parts(15, &[("records_rejected", 10), ("records_late", 10)]))),
        ("integrity", 10, integrity),
    ];
    let lines: Vec<Line<'_>> = table
        .iter()
        .map(|(id, weight, measured)| {
            let entered = m.entered(id);
            let known = measured.is_some() || entered.is_some();
            let points = measured.unwrap_or(0) + entered.unwrap_or(0);
            (*id, *id, *weight, known.then(|| points.clamp(0, weight * 100)))
        })
        .collect();
    let bonus = m.entered("bonus").filter(|s| *s > 0).map(|s| ("bonus", s.min(1000)));
    together(&lines, bonus.into_iter().collect())
}
