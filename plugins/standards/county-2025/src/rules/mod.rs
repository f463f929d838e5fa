//! What `county-2025` says: indicators by the table, then cards, bonuses, the conversion coefficient and the cap of the grade.

mod beside;
mod table;

use daylight_standard::{
    Absent, Assessment, Description, Failure, Indicator, ONE, POINT, Score, Scorecard, Seen, Standard, because,
    cap_grade, convert, convert_by_volume, cost, entered, known, mul_div, not_assessed, percent, points_text, seen,
    total, whole,
};
use table::{Cost, Form, LINES, Line};

/// Below this many, a month says nothing; twelve months are taken, and below it again the indicator is not assessed.
const SMALL: u64 = 10;
const BASE: i64 = 100 * POINT;

/// What a measure makes of an indicator, before floor and cap.
struct Found {
    numerator: i64,
    denominator: Option<i64>,
    raw: i64,
    zh: String,
    en: String,
    rolling: bool,
}

/// The dimension of an indicator: the same words as those of other standards, so that two can be compared.
fn dimension(id: &str) -> &'static str {
    match id.as_bytes().first() {
        Some(b'A') => "coverage",
        Some(b'B') => "efficiency",
        Some(b'C') => "openness",
        Some(b'D') => "compliance",
        Some(b'E') => "exchange",
        Some(b'F') => "satisfaction",
        _ => "integrity",
    }
}

impl Found {
    /// Of a mean, which is no share.
    fn without_percent(mut self) -> Self {
        for (words, open) in [(&mut self.zh, '（'), (&mut self.en, '(')] {
            if let Some(at) = words.rfind(open) {
                words.truncate(at);
            }
        }
        self.en = self.en.trim_end().to_owned();
        self
    }
}

fn indicators() -> Vec<Indicator> {
    let measures = |l: &Line| match l.form {
        Form::Each(costs, _) => costs.iter().map(|c| c.measure.to_owned()).collect(),
        Form::Procedures => vec![l.measure.to_owned(), "finished".to_owned()],
        Form::Authentic => vec![l.measure.to_owned(), "falsified".to_owned()],
        _ => vec![l.measure.to_owned()],
    };
    LINES
        .iter()
        .map(|l| Indicator {
            id: l.id.to_owned(),
            dimension: dimension(l.id).to_owned(),
            name_zh: l.zh.to_owned(),
            name_en: l.en.to_owned(),
            weight: l.weight * POINT,
            measures: measures(l),
            basis: l.basis.to_owned(),
        })
        .collect()
}

/// How many samples were confirmed to be false: by the measure, or by the cards of D-19 that count.
fn falsified(input: &Assessment) -> i64 {
    let cards = input.findings.iter().filter(|g| g.rule == "D-19" && g.level > 0);
    let cards = cards.fold(0, |sum: i64, g| sum.saturating_add(daylight_standard::count(g.count)));
    known(&input.measures, "falsified").map_or(0, |m| m.value / ONE).max(cards)
}

/// `W × above ÷ below` with what was counted, in both languages.
fn share(line: &Line, seen: &Seen, (above, below): (i128, i128), formula: &str) -> Found {
    let raw = mul_div(line.weight * POINT, above, below);
    let part = percent(seen.value, seen.below());
    let words = |(what, of): (&str, &str)| (what.to_owned(), of.to_owned());
    let ((what, of), (what_en, of_en)) = (words(line.counts), words(line.counts_en));
    let (n, d) = (seen.text(), seen.of);
    Found {
        numerator: seen.value,
        denominator: Some(seen.denominator()),
        raw,
        zh: format!("{formula} = {}，其中 r 为{what} {n} ÷ {of} {d}（{part}）", points_text(raw)),
        en: format!("{formula} = {}, where r is {what_en} {n} ÷ {of_en} {d} ({part})", points_text(raw)),
        rolling: seen.rolling,
    }
}

/// Procedures by the rules: its denominator is made of two, and the small-number rule looks at both together.
fn procedures(input: &Assessment, line: &Line) -> Result<Found, Absent> {
    let mut most = Absent::Unknown;
    for (list, rolling) in [(&input.measures, false), (&input.rolling, true)] {
        let (Some(broken), Some(finished)) = (known(list, line.measure), known(list, "finished")) else { continue };
        let below = broken.below() + i128::from(finished.value / 20);
        if below < i128::from(SMALL) * i128::from(ONE) {
            most = Absent::Few(u64::try_from(below / i128::from(ONE)).unwrap_or(0), SMALL);
            continue;
        }
        let seen = Seen { rolling, ..broken };
        let formula = format!("{} × (1 − 10 × r)", points_text(line.weight * POINT));
        let mut found = share(line, &seen, (below - 10 * i128::from(seen.value), below), &formula);
        let of = i64::try_from(below).unwrap_or(i64::MAX);
        found.denominator = Some(of);
        let (raw, n, d) = (points_text(found.raw), seen.text(), whole(of));
        let (times, all) = (seen.of, whole(finished.value));
        found.zh =
            format!("{formula} = {raw}，其中 r 为违反规范 {n} ÷ {d}（特别程序与延期 {times} + 0.05 × 办结 {all}）");
        found.en = format!(
            "{formula} = {raw}, where r is irregular {n} ÷ {d} (procedures and extensions {times} + 0.05 × finished {all})"
        );
        return Ok(found);
    }
    Err(most)
}

/// The weight less so much for each.
fn each(input: &Assessment, line: &Line, costs: &[Cost], base: bool) -> Result<Found, Absent> {
    let mut there: Vec<(&Cost, Seen)> = Vec::new();
    for one in costs {
        if base {
            there.push((one, seen(input, one.measure, SMALL)?));
        } else {
            there.extend(known(&input.measures, one.measure).map(|s| (one, s)));
        }
    }
    let Some((_, first)) = there.first() else { return Err(Absent::Unknown) };
    let rolling = first.rolling;
    let all = there.iter().fold(0, |sum: i64, (_, s)| sum.saturating_add(s.value));
    let lost = there.iter().fold(0, |sum: i64, (c, s)| sum.saturating_add(cost(c.each, s.value)));
    let weight = line.weight * POINT;
    let words = |name: fn(&Cost) -> &'static str| {
        let one = |(c, s): &(&Cost, Seen)| format!("{} {} × {}", name(c), s.text(), points_text(c.each));
        there.iter().map(one).collect::<Vec<_>>()
    };
    let raw = weight.saturating_sub(lost);
    Ok(Found {
        numerator: all,
        denominator: base.then(|| first.denominator()),
        raw,
        zh: format!("{} − ({}) = {}", points_text(weight), words(|c| c.zh).join(" + "), points_text(raw)),
        en: format!("{} − ({}) = {}", points_text(weight), words(|c| c.en).join(" + "), points_text(raw)),
        rolling,
    })
}

fn measured(input: &Assessment, line: &Line) -> Result<Found, Absent> {
    let w = points_text(line.weight * POINT);
    match line.form {
        Form::Procedures => return procedures(input, line),
        Form::Each(costs, base) => return each(input, line, costs, base),
        Form::Authentic if falsified(input) > 0 => {
            let n = falsified(input);
            return Ok(Found {
                numerator: n.saturating_mul(ONE),
                denominator: None,
                raw: 0,
                zh: format!("抽查不实经确认 {n} 件（D-19），本项 0.00"),
                en: format!("{n} samples were confirmed to be false (D-19): nothing of this indicator"),
                rolling: false,
            });
        }
        _ => {}
    }
    let seen = seen(input, line.measure, if line.census { 1 } else { SMALL })?;
    let (n, d) = (i128::from(seen.value), seen.below());
    Ok(match line.form {
        Form::Decay(1) => share(line, &seen, (d - n, d), &format!("{w} × (1 − r)")),
        Form::Decay(k) => share(line, &seen, (d - i128::from(k) * n, d), &format!("{w} × (1 − {k} × r)")),
        Form::Compression => share(line, &seen, (5 * (d - n), 4 * d), &format!("{w} × (1 − r) ÷ 80%")),
        Form::Mean => share(line, &seen, (n, 100 * d), &format!("{w} × r ÷ 100")).without_percent(),
        Form::Authentic => share(line, &seen, (d - n, d), &format!("{w} × (1 − r)")),
        Form::Smoothed => {
            let (two, four) = (2 * i128::from(ONE), 4 * i128::from(ONE));
            let above = 5 * (n + two) - 3 * (d + four);
            let mut found = share(line, &seen, (above, 2 * (d + four)), &format!("{w} × (p − 60%) ÷ 40%"));
            let p = percent(n + two, d + four);
            found.zh.push_str(&format!("，p = (满意 + 2) ÷ (主动评价 + 4) = {p}"));
            found.en.push_str(&format!(", p = (satisfied + 2) ÷ (active + 4) = {p}"));
            found
        }
        _ => share(line, &seen, (n, d), &format!("{w} × r")),
    })
}

fn score(input: &Assessment, line: &Line, indicator: &Indicator) -> Score {
    let weight = indicator.weight;
    let (sum, entries) = entered(&input.manual, line.id);
    let found = measured(input, line);
    // 责任追究 counts what is entered beside what is measured; elsewhere a document that gives points takes the place of the
    // measure, and one that takes points is deducted from it.
    let adds = line.id == "G2" || sum < 0;
    let text = points_text(sum);
    let found = match found {
        Err(why) if entries.is_empty() => return not_assessed(indicator, &why.zh(), &why.en()),
        Err(_) if line.id == "G2" => Found {
            numerator: 0,
            denominator: None,
            raw: weight.saturating_add(sum),
            zh: format!("{} 加人工录入 {text}", points_text(weight)),
            en: format!("{} with {text} entered with a document", points_text(weight)),
            rolling: false,
        },
        Ok(found) if entries.is_empty() => found,
        Ok(found) if adds => Found {
            raw: found.raw.saturating_add(sum),
            zh: format!("{}；人工录入 {text}", found.zh),
            en: format!("{}; {text} entered with a document", found.en),
            ..found
        },
        instead => {
            let (zh, en) = instead.map_or((String::new(), String::new()), |f| {
                (
                    format!("，代替测得的 {}", points_text(f.raw)),
                    format!(" in place of the measured {}", points_text(f.raw)),
                )
            });
            Found {
                numerator: 0,
                denominator: None,
                raw: sum,
                zh: format!("人工录入 {text}{zh}"),
                en: format!("{text} entered with a document{en}"),
                rolling: false,
            }
        }
    };
    let points = found.raw.clamp(0, weight);
    let mut deductions = entries;
    let lost = points - weight;
    if lost < 0 && (deductions.is_empty() || adds) {
        let evidence = if found.rolling { &input.rolling_evidence } else { &input.evidence };
        let measured = lost.saturating_sub(sum.min(0)).min(0);
        deductions.extend(because(evidence, line.rules, measured));
    }
    let (mut zh, mut en) = (found.zh, found.en);
    if points != found.raw {
        zh.push_str(&format!("，限为 {}", points_text(points)));
        en.push_str(&format!(", bounded to {}", points_text(points)));
    }
    if found.rolling {
        zh.push_str(&format!("（本月不足 {SMALL}，取十二个月）"));
        en.push_str(&format!(" (fewer than {SMALL} in the month: twelve months are taken)"));
    }
    let share = found.denominator.is_some() || matches!(line.form, Form::Each(..) | Form::Authentic);
    Score {
        indicator: indicator.id.clone(),
        assessed: true,
        numerator: share.then_some(found.numerator),
        denominator: found.denominator,
        raw: found.raw,
        points,
        weight,
        explain_zh: zh,
        explain_en: en,
        deductions,
    }
}

/// The coefficient in the settings: fixed, or by volume.
fn conversion(card: &mut Scorecard, settings: &str, input: &Assessment) {
    let all: serde_json::Value = serde_json::from_str(settings).unwrap_or_default();
    if all.get("conversion").and_then(serde_json::Value::as_str) == Some("volume") {
        let of = |name: &str| known(&input.measures, name).map_or(0, |m| m.value);
        let (finished, median) = (of("finished"), of("finished_median"));
        let (n, m) = (whole(finished), whole(median));
        let why = if finished == 0 || median == 0 {
            format!("：办结 {n} 件，全县中位 {m} 件，无从折合")
        } else {
            format!("：办结 {n} 件，全县中位 {m} 件，1 + 0.05 × lg(办结 ÷ 中位)，限 0.95 至 1.05")
        };
        convert(card, convert_by_volume(finished, median), &why);
    } else if let Some(k) = all.get("conversion_permille").and_then(serde_json::Value::as_i64).filter(|k| *k != 1000) {
        convert(card, k.saturating_mul(1000), "");
    }
}

/// The standard.
pub struct County2025;

impl Standard for County2025 {
    fn describe(_: &str) -> Description {
        Description {
            id: "county-2025".to_owned(),
            version: "1.1.0".to_owned(),
            name_zh: "县级电子监察绩效评估标准（2025 提案）".to_owned(),
            name_en: "County standard 2025 (proposed)".to_owned(),
            base: BASE,
            indicators: indicators(),
        }
    }

    fn assess(settings: &str, input: &Assessment) -> Result<Scorecard, Failure> {
        let indicators = indicators();
        let scores = LINES.iter().zip(&indicators).map(|(line, i)| score(input, line, i)).collect();
        let mut card = total(&indicators, scores, beside::all(input), BASE);
        conversion(&mut card, settings, input);
        let false_samples = falsified(input);
        if false_samples > 0 {
            cap_grade(&mut card, &format!("抽查不实经确认 {false_samples} 件（D-19）"));
        }
        Ok(card)
    }
}
