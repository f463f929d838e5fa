//! What stands beside the indicators: cards, and at most ten points of bonus.

use daylight_standard::{
    Assessment, Deduction, ONE, POINT, adjustment, cards, cost, count, entered, known, mul_div, percent, whole,
};

/// Per card, hundredths: yellow, red, three pre-warnings in a row.
const YELLOW: i64 = 50;
const RED: i64 = 200;
const ROW: i64 = 30;
/// The most that cards cost.
const MOST: i64 = 15 * POINT;
/// From so many finished cases on, cards weigh less.
const LARGE: i64 = 200;

const EARLY: i64 = 3 * POINT;
const PROMISE: i64 = POINT;
const DOCUMENT: i64 = 3 * POINT;
const SAMPLE: i64 = 2 * POINT;
const REPORTED: i64 = POINT;
/// Together they are never more than the ten points of the standard.
const _: () = assert!(EARLY + PROMISE + DOCUMENT + SAMPLE + REPORTED == 10 * POINT);

/// Cards after the sum: yellow −0.5, red −2, three pre-warnings in a row −0.3, at most −15, less for large windows.
fn card_deduction(input: &Assessment) -> Option<Deduction> {
    let (yellow, red) = (cards(&input.findings, 2), cards(&input.findings, 3));
    let rows = input.findings.iter().filter(|g| g.rule == "K-09");
    let rows = rows.fold(0, |sum: i64, g| sum.saturating_add(count(g.count).saturating_mul(ONE)));
    let rows = known(&input.measures, "warnings_in_row").map_or(rows, |m| m.value);
    let sum = yellow.saturating_mul(YELLOW).saturating_add(red.saturating_mul(RED)).saturating_add(cost(ROW, rows));
    let capped = sum.min(MOST);
    let finished = known(&input.measures, "finished").map_or(0, |m| m.value);
    let large = finished > LARGE * ONE;
    let scaled = if large { mul_div(capped, LARGE * ONE, finished) } else { capped };
    let counted = |g: &&daylight_standard::FindingGroup| g.level >= 2 || g.rule == "K-09";
    let rules: Vec<String> =
        input.findings.iter().filter(counted).map(|g| format!("{} {} 张", g.rule, g.count)).collect();
    let by = if rules.is_empty() { String::new() } else { format!("（{}）", rules.join("、")) };
    let capped = if sum > MOST { "，封顶 15 分" } else { "" };
    let less = if large { format!("，办结 {} 件，乘 200 ÷ 办结数", whole(finished)) } else { String::new() };
    (scaled != 0).then(|| Deduction {
        rule: "cards".to_owned(),
        points: -scaled,
        count: u64::try_from(yellow.saturating_add(red).saturating_add(rows / ONE)).unwrap_or(0),
        cases: input.findings.iter().filter(counted).flat_map(|g| g.cases.clone()).take(200).collect(),
        reason_zh: format!(
            "黄牌 {yellow} 张各 0.5 分、红牌 {red} 张各 2 分、连续三次预警 {} 次各 0.3 分{by}{capped}{less}",
            whole(rows)
        ),
    })
}

fn bonuses(input: &Assessment) -> Vec<Deduction> {
    let month = |name: &str| known(&input.measures, name);
    let mut list = Vec::new();
    // Of fewer than ten cases a share says nothing.
    if let Some(early) = month("early_legal").filter(|m| m.of >= 10) {
        let tenths = i64::try_from(10 * i128::from(early.value) / early.below()).unwrap_or(i64::MAX);
        let points = tenths.saturating_mul(POINT).min(EARLY);
        if points > 0 {
            let part = percent(early.value, early.below());
            let reason =
                format!("比法定时限提前办结 {} ÷ {}（{part}），每 10% 加 1 分，最多 3 分", early.text(), early.of);
            list.push(adjustment("bonus-early", points, reason));
        }
    }
    if let Some(all) = month("promises_shorter_30").filter(|m| m.of > 0 && i128::from(m.value) >= m.below()) {
        let reason = format!("全部 {} 个事项的承诺时限比法定时限缩短 30% 以上", all.of);
        list.push(adjustment("bonus-promise", PROMISE, reason));
    }
    let document = entered(&input.manual, "bonus").0.min(DOCUMENT);
    if document > 0 {
        list.push(adjustment("bonus-document", document, "创新与表彰（凭文件，最多 3 分）".to_owned()));
    }
    let sampled = month("sample_score").filter(|m| m.of >= 30);
    if let (Some(sampled), Some(clean)) = (sampled, month("sample_clean"))
        && i128::from(clean.value) >= sampled.below()
    {
        let reason = format!("抽查案卷 {} 卷，全部满分且属实", sampled.of);
        list.push(adjustment("bonus-sample", SAMPLE, reason));
    }
    if entered(&input.manual, "self-reported").0 > 0 {
        let reason = "在被发现前自行报告自身的缺陷（凭文件）".to_owned();
        list.push(adjustment("bonus-self-reported", REPORTED, reason));
    }
    list
}

/// Deductions and bonuses, in the order of the standard.
pub fn all(input: &Assessment) -> Vec<Deduction> {
    card_deduction(input).into_iter().chain(bonuses(input)).collect()
}
