//! A scoring standard: a type with [`Standard::describe`] and [`Standard::assess`], and [`plugin!`].
//!
//! Points are hundredths, measures millionths. The same input must give the same output on every machine, for ever: no
//! clock, no randomness, no floating point where integers do.

/// The contract as generated code.
#[expect(missing_docs, reason = "generated from the contract, which documents itself")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit/v1",
        world: "standard",
        pub_export_macro: true,
        default_bindings_module: "daylight_standard::bindings",
        generate_all,
    });
}

pub use bindings::daylight::plugin::types::Failure;
pub use bindings::daylight::plugin::{log, settings};
pub use bindings::exports::daylight::plugin::scoring::{
    Assessment, Deduction, Description, FindingGroup, Indicator, ManualEntry, Measure, Score, Scorecard,
};

#[doc(hidden)]
pub use bindings::exports::daylight::plugin::scoring;

/// A point, in hundredths.
pub const POINT: i64 = 100;
/// One, in millionths.
pub const ONE: i64 = 1_000_000;

/// Scores one department for one period.
pub trait Standard {
    /// What it is made of.
    fn describe() -> Description;
    /// The scorecard.
    ///
    /// # Errors
    /// What is wrong with the input or the settings.
    fn assess(input: Assessment) -> Result<Scorecard, Failure>;
}

/// Makes a component of a [`Standard`], and puts the manifest into it.
#[macro_export]
macro_rules! plugin {
    ($standard:ty, $manifest:literal) => {
        const _: () = {
            const TEXT: &[u8] = include_bytes!($manifest);
            #[unsafe(link_section = "daylight:manifest")]
            #[used]
            static MANIFEST: [u8; TEXT.len()] = {
                let mut bytes = [0; TEXT.len()];
                let mut at = 0;
                while at < TEXT.len() {
                    bytes[at] = TEXT[at];
                    at += 1;
                }
                bytes
            };
        };

        struct DaylightPlugin;

        impl $crate::scoring::Guest for DaylightPlugin {
            fn describe() -> $crate::Description {
                <$standard as $crate::Standard>::describe()
            }
            fn assess(input: $crate::Assessment) -> Result<$crate::Scorecard, $crate::Failure> {
                <$standard as $crate::Standard>::assess(input)
            }
        }

        $crate::bindings::export!(DaylightPlugin with_types_in $crate::bindings);
    };
}

/// A measure by name.
#[must_use]
pub fn measure<'a>(list: &'a [Measure], name: &str) -> Option<&'a Measure> {
    list.iter().find(|m| m.name == name)
}

/// `a * b / c`, rounded half away from zero, without overflow on the way.
#[must_use]
pub fn mul_div(a: i64, b: i64, c: i64) -> i64 {
    if c == 0 {
        return 0;
    }
    let product = i128::from(a) * i128::from(b);
    let c = i128::from(c);
    let half = c.abs() / 2;
    let rounded = if (product < 0) == (c < 0) { product + half * c.signum() } else { product - half * c.signum() };
    i64::try_from(rounded / c).unwrap_or(if rounded > 0 { i64::MAX } else { i64::MIN })
}

/// Puts a scorecard together: what was not assessed gives its weight to the rest of its dimension, and a dimension of which
/// nothing was assessed is left out, the rest counting for the whole. Never silent full marks.
#[must_use]
pub fn total(indicators: &[Indicator], mut scores: Vec<Score>, adjustments: Vec<Deduction>, base: i64) -> Scorecard {
    let dimension = |id: &str| indicators.iter().find(|i| i.id == id).map_or("", |i| i.dimension.as_str());
    let weight = |id: &str| indicators.iter().find(|i| i.id == id).map_or(0, |i| i.weight);
    let assessed: Vec<(String, i64)> = scores
        .iter()
        .filter(|s| s.assessed)
        .map(|s| (dimension(&s.indicator).to_owned(), weight(&s.indicator)))
        .collect();
    for score in scores.iter_mut().filter(|s| s.assessed) {
        let own = weight(&score.indicator);
        let all: i64 = indicators.iter().filter(|i| i.dimension == dimension(&score.indicator)).map(|i| i.weight).sum();
        let judged: i64 = assessed.iter().filter(|(d, _)| d == dimension(&score.indicator)).map(|(_, w)| w).sum();
        if judged != all && judged != 0 {
            score.weight = mul_div(own, all, judged);
            score.points = mul_div(score.points, all, judged);
            score.explain_zh.push_str(&format!(
                "；本维度有指标不评，权重由 {} 折为 {}",
                points_text(own),
                points_text(score.weight)
            ));
            score.explain_en.push_str("; weight raised because part of the dimension was not assessed");
        }
    }
    let sum: i64 = scores.iter().filter(|s| s.assessed).map(|s| s.points).sum();
    let judged: i64 = scores.iter().filter(|s| s.assessed).map(|s| s.weight).sum();
    let scaled = if judged == 0 { 0 } else { mul_div(sum, base, judged) };
    let mut adjustments = adjustments;
    if judged != base && judged != 0 {
        adjustments.insert(
            0,
            Deduction {
                rule: "scale".to_owned(),
                points: scaled - sum,
                count: 0,
                cases: Vec::new(),
                reason_zh: format!(
                    "有维度整体不评，按已评权重 {} 折算为 {} 分制",
                    points_text(judged),
                    points_text(base)
                ),
            },
        );
    }
    let rest: i64 = adjustments.iter().filter(|a| a.rule != "scale").map(|a| a.points).sum();
    let total = (scaled + rest).max(0);
    Scorecard { total, grade: grade(total).to_owned(), scores, adjustments }
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

/// Hundredths as people write them.
#[must_use]
pub fn points_text(points: i64) -> String {
    format!("{}{}.{:02}", if points < 0 { "-" } else { "" }, points.abs() / 100, points.abs() % 100)
}

/// A score that says why there is none.
#[must_use]
pub fn not_assessed(indicator: &Indicator, why_zh: &str, why_en: &str) -> Score {
    Score {
        indicator: indicator.id.clone(),
        assessed: false,
        numerator: None,
        denominator: None,
        raw: 0,
        points: 0,
        weight: 0,
        explain_zh: format!("不评：{why_zh}"),
        explain_en: format!("not assessed: {why_en}"),
        deductions: Vec::new(),
    }
}

/// The findings of some rules, as what they cost.
#[must_use]
pub fn because(findings: &[FindingGroup], rules: &[&str], points: i64) -> Vec<Deduction> {
    let found: Vec<&FindingGroup> = findings.iter().filter(|g| rules.contains(&g.rule.as_str())).collect();
    let all: i64 = found.iter().map(|g| i64::try_from(g.count).unwrap_or(0)).sum();
    found
        .iter()
        .map(|g| Deduction {
            rule: g.rule.clone(),
            points: if all == 0 { 0 } else { mul_div(points, i64::try_from(g.count).unwrap_or(0), all) },
            count: g.count,
            cases: g.cases.clone(),
            reason_zh: format!("规则 {}，{} 件", g.rule, g.count),
        })
        .collect()
}

/// How many findings a level has.
#[must_use]
pub fn cards(findings: &[FindingGroup], level: u8) -> i64 {
    findings.iter().filter(|g| g.level == level).map(|g| i64::try_from(g.count).unwrap_or(0)).sum()
}

/// What people entered under a name.
#[must_use]
pub fn entered(manual: &[ManualEntry], indicator: &str) -> (i64, Vec<Deduction>) {
    let mine: Vec<&ManualEntry> = manual.iter().filter(|m| m.indicator == indicator).collect();
    let list = mine
        .iter()
        .map(|m| Deduction {
            rule: "manual".to_owned(),
            points: m.points,
            count: 1,
            cases: Vec::new(),
            reason_zh: format!("{}（{}）", m.reason, m.document),
        })
        .collect();
    (mine.iter().map(|m| m.points).sum(), list)
}
