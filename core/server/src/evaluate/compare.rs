//! What moved between two score runs, and why: per department its standing, per indicator both sides, per dimension where the two
//! runs are of different standards, and what stands beside the indicators. Compared is what counts now, after appeals.

use super::ScoreRunView;
use crate::app::App;
use crate::people::Caller;
use crate::problem::Problem;
use daylight_domain::evaluation::share::NOT_ASSESSED;
use daylight_domain::score::{Deduction, Description, Indicator, Score, Scorecard};
use serde::Serialize;
use std::collections::BTreeSet;

/// A run of the two.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Compared {
    /// Score run.
    pub run: String,
    /// Standard id.
    pub standard: String,
    /// Its version.
    pub version: String,
    /// `2026-10`.
    pub period: String,
    /// Where it stands.
    pub status: String,
}

/// Where a department stands in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Standing {
    /// Hundredths.
    pub total: i64,
    /// Grade.
    pub grade: String,
    /// From 1, those with equal totals level; nothing where it was not assessed or whoever asks sees one department only.
    pub rank: Option<usize>,
}

/// An indicator in one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct LineSide {
    /// Hundredths; nothing: 不评.
    pub points: Option<i64>,
    /// Hundredths, after redistribution.
    pub weight: i64,
    /// Millionths.
    pub numerator: Option<i64>,
    /// Millionths.
    pub denominator: Option<i64>,
    /// In words.
    pub explain_zh: String,
    /// In words.
    pub explain_en: String,
}

/// An indicator, or a line beside the indicators, that is not the same in both runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct LineMoved {
    /// Indicator id, or the word of the line.
    pub indicator: String,
    /// Chinese name; the word where the artifact is not there any more.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// In the first run; nothing: it has no such line.
    pub was: Option<LineSide>,
    /// In the second.
    pub is: Option<LineSide>,
    /// How many points more, hundredths; what was not assessed counts as nothing.
    pub moved: i64,
    /// How much more weight, hundredths.
    pub weight_moved: i64,
}

/// A dimension, where the runs are of different standards: shares of the weight, so that unlike weights compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct DimensionMoved {
    /// Its word, e.g. `efficiency`.
    pub dimension: String,
    /// Points and weight in the first run, hundredths; nothing: it has no such dimension, or nothing of it was assessed.
    pub was: Option<(i64, i64)>,
    /// In the second.
    pub is: Option<(i64, i64)>,
    /// How much more of the weight, hundredths of a per cent; nothing where one side is missing.
    pub share_moved: Option<i64>,
}

/// A department in both runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct DepartmentMoved {
    /// Department id.
    pub department: String,
    /// In the first run; nothing: not part of it.
    pub was: Option<Standing>,
    /// In the second.
    pub is: Option<Standing>,
    /// Places gained; below 0: lost.
    pub places: Option<i64>,
    /// Indicators that moved, in the order of the standard; of two standards none.
    pub indicators: Vec<LineMoved>,
    /// Lines beside them that moved; of two standards all of both.
    pub adjustments: Vec<LineMoved>,
    /// Of two standards.
    pub dimensions: Vec<DimensionMoved>,
}

/// Two runs.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Comparison {
    /// The first.
    pub a: Compared,
    /// The second.
    pub b: Compared,
    /// Whether both are of one standard, so that indicators compare; else dimensions do.
    pub same_standard: bool,
    /// Departments of either, those that gained most first.
    pub items: Vec<DepartmentMoved>,
}

/// A run, and what its standard says of itself where its artifact is still there.
struct Side<'a> {
    view: &'a ScoreRunView,
    said: Option<Description>,
    ranks: bool,
}

impl Side<'_> {
    fn card(&self, department: &str) -> Option<&Scorecard> {
        self.view.effective.iter().find(|e| e.department == department).map(|e| &e.card)
    }

    fn indicator(&self, id: &str) -> Option<&Indicator> {
        self.said.as_ref()?.indicators.iter().find(|i| i.id == id)
    }

    fn standing(&self, department: &str) -> Option<Standing> {
        let card = self.card(department)?;
        let judged = |c: &Scorecard| c.grade != NOT_ASSESSED;
        let before = || self.view.effective.iter().filter(|e| judged(&e.card) && e.card.total > card.total).count();
        let rank = (self.ranks && judged(card)).then(|| before() + 1);
        Some(Standing { total: card.total, grade: card.grade.clone(), rank })
    }

    /// Points and weight of what was assessed of a dimension.
    fn dimension(&self, department: &str, dimension: &str) -> Option<(i64, i64)> {
        let of = |s: &&Score| s.assessed && self.indicator(&s.indicator).is_some_and(|i| i.dimension == dimension);
        let scores: Vec<&Score> = self.card(department)?.scores.iter().filter(of).collect();
        let weight: i64 = scores.iter().map(|s| s.weight).sum();
        (weight > 0).then(|| (scores.iter().map(|s| s.points).sum(), weight))
    }

    fn dimensions(&self) -> Vec<&str> {
        let mut list: Vec<&str> = Vec::new();
        for one in self.said.iter().flat_map(|s| &s.indicators) {
            if !list.contains(&one.dimension.as_str()) {
                list.push(&one.dimension);
            }
        }
        list
    }

    fn compared(&self) -> Compared {
        let run = &self.view.run;
        Compared {
            run: run.id.clone(),
            standard: run.standard.clone(),
            version: run.version.clone(),
            period: run.period.clone(),
            status: run.status.clone(),
        }
    }
}

fn of_score(score: &Score) -> LineSide {
    LineSide {
        points: score.assessed.then_some(score.points),
        weight: score.weight,
        numerator: score.numerator,
        denominator: score.denominator,
        explain_zh: score.explain_zh.clone(),
        explain_en: score.explain_en.clone(),
    }
}

fn of_adjustment(line: &Deduction) -> LineSide {
    LineSide {
        points: Some(line.points),
        weight: 0,
        numerator: None,
        denominator: None,
        explain_zh: line.reason_zh.clone(),
        explain_en: String::new(),
    }
}

fn moved(id: &str, names: Option<&Indicator>, was: Option<LineSide>, is: Option<LineSide>) -> Option<LineMoved> {
    let points = |side: &Option<LineSide>| side.as_ref().and_then(|s| s.points).unwrap_or(0);
    let weight = |side: &Option<LineSide>| side.as_ref().map_or(0, |s| s.weight);
    (was != is).then(|| LineMoved {
        indicator: id.to_owned(),
        name_zh: names.map_or(id, |i| &i.name_zh).to_owned(),
        name_en: names.map_or(id, |i| &i.name_en).to_owned(),
        moved: points(&is) - points(&was),
        weight_moved: weight(&is) - weight(&was),
        was,
        is,
    })
}

/// Names in the order of the first list, then those only the second has.
fn either<'a>(a: impl Iterator<Item = &'a str>, b: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut list: Vec<&str> = Vec::new();
    for one in a.chain(b) {
        if !list.contains(&one) {
            list.push(one);
        }
    }
    list
}

fn department(a: &Side<'_>, b: &Side<'_>, id: &str, same: bool) -> DepartmentMoved {
    let (was, is) = (a.standing(id), b.standing(id));
    let rank = |s: &Option<Standing>| i64::try_from(s.as_ref()?.rank?).ok();
    let places = rank(&was).zip(rank(&is)).map(|(was, is)| was - is);
    let (old, new) = (a.card(id), b.card(id));
    let scores = |card: Option<&Scorecard>, id: &str| {
        card.and_then(|c| c.scores.iter().find(|s| s.indicator == id)).map(of_score)
    };
    let beside = |card: Option<&Scorecard>, id: &str| {
        card.and_then(|c| c.adjustments.iter().find(|d| d.rule == id)).map(of_adjustment)
    };
    let ids = either(
        old.iter().flat_map(|c| &c.scores).map(|s| s.indicator.as_str()),
        new.iter().flat_map(|c| &c.scores).map(|s| s.indicator.as_str()),
    );
    let words = either(
        old.iter().flat_map(|c| &c.adjustments).map(|d| d.rule.as_str()),
        new.iter().flat_map(|c| &c.adjustments).map(|d| d.rule.as_str()),
    );
    let names = |id: &str| b.indicator(id).or_else(|| a.indicator(id));
    let line = |id: &&str| moved(id, names(id), scores(old, id), scores(new, id));
    let indicators = if same { ids.iter().filter_map(line).collect() } else { Vec::new() };
    let adjustments = words.iter().filter_map(|w| moved(w, None, beside(old, w), beside(new, w))).collect();
    let dimension = |name: &&str| {
        let (was, is) = (a.dimension(id, name), b.dimension(id, name));
        let share = |(points, weight): (i64, i64)| daylight_domain::score::mul_div(points, 10_000, weight);
        DimensionMoved {
            dimension: (*name).to_owned(),
            share_moved: was.zip(is).map(|(was, is)| share(is) - share(was)),
            was,
            is,
        }
    };
    let dimensions = either(a.dimensions().into_iter(), b.dimensions().into_iter());
    let dimensions = if same { Vec::new() } else { dimensions.iter().map(dimension).collect() };
    DepartmentMoved { department: id.to_owned(), was, is, places, indicators, adjustments, dimensions }
}

impl App {
    /// What a run's standard said of itself; nothing where its artifact is not there any more.
    pub(crate) async fn said(&self, view: &ScoreRunView) -> Result<Option<Description>, Problem> {
        // Mostly it is the one in force, which is compiled already.
        let active = self.plugin(&view.run.standard).await.ok().filter(|p| p.digest() == view.run.plugin_digest);
        let plugin = match active {
            Some(plugin) => plugin,
            None => match self.plugin_of(&view.run).await {
                Ok(plugin) => plugin,
                Err(problem) if problem.code == "score.plugin-gone" => return Ok(None),
                Err(problem) => return Err(problem),
            },
        };
        let settings = serde_json::from_str(&view.run.settings).unwrap_or_default();
        Ok(Some(self.host.describe(&plugin, &settings, &self.config.main.standard_limits).await?))
    }

    /// Compares two runs, of one standard or of two; of what the caller may see.
    ///
    /// # Errors
    /// `score.unknown` for a run that is not there or not to be seen.
    pub async fn compare_runs(&self, a: &str, b: &str, caller: Option<&Caller>) -> Result<Comparison, Problem> {
        let mut views = Vec::new();
        for id in [a, b] {
            let view = self.score_view(id).await?;
            let shown = match caller {
                Some(caller) => view.seen_by(caller),
                None => Some(view),
            };
            views.push(shown.ok_or_else(|| Problem::new("score.unknown", format!("没有评分 {id}")))?);
        }
        let ranks = caller.is_none_or(|c| c.department.is_none());
        let mut sides = Vec::new();
        for view in &views {
            sides.push(Side { said: self.said(view).await?, view, ranks });
        }
        let [a, b] = sides.as_slice() else { return Err(Problem::new("score.unknown", "没有评分")) };
        let same = a.view.run.standard == b.view.run.standard;
        let all: BTreeSet<&str> =
            [a, b].iter().flat_map(|s| &s.view.effective).map(|e| e.department.as_str()).collect();
        let mut items: Vec<DepartmentMoved> = all.into_iter().map(|id| department(a, b, id, same)).collect();
        let total = |s: &Option<Standing>| s.as_ref().map_or(0, |s| s.total);
        items.sort_by_key(|d| (std::cmp::Reverse(total(&d.is) - total(&d.was)), d.department.clone()));
        Ok(Comparison { a: a.compared(), b: b.compared(), same_standard: same, items })
    }
}
