//! The parts of a score run's page: a scorecard from its lines to the cases they rest on, and the appeals against lines.

use super::super::{by, name};
use super::points;
use crate::app::App;
use crate::evaluate::Effective;
use daylight_console::sheet::{Grid, Link, Said, Tone};
use daylight_console::shell::Shell;
use daylight_console::text::{Text, data};
use daylight_domain::evaluation::ScoreAppeal;
use daylight_domain::evaluation::share::EXCELLENT_SHARE;
use daylight_domain::score::{Deduction, Description};

/// What an indicator is called.
pub(super) fn called(described: Option<&Description>, s: &Shell, id: &str) -> String {
    let known = described.and_then(|d| d.indicators.iter().find(|i| i.id == id));
    known.map_or_else(|| id.to_owned(), |i| format!("{id} {}", s.either(&i.name_zh, &i.name_en)))
}

/// Cases of one reason on a page of every department; all of them are on the page of one.
const FIRST: usize = 20;

fn evidence(s: &Shell, (department, whole): (&str, bool), line: String, one: &Deduction) -> Vec<Said> {
    let part = |no: &String| form_urlencoded::byte_serialize(no.as_bytes()).collect::<String>();
    let most = if whole { one.cases.len() } else { FIRST };
    let link = |no: &String| Link::new(format!("/cases/{department}/{}", part(no)), data(no));
    let mut cases: Vec<Link> = one.cases.iter().take(most).map(link).collect();
    let more = one.cases.len().saturating_sub(most);
    if more > 0 {
        cases.push(Link::new(
            format!("?department={department}"),
            Text::from(s.t("score.all_cases")).and(s.bracketed(format!("+{more}"))),
        ));
    }
    vec![
        Said::text(line),
        Said::data(one.reason_zh.clone()),
        Said::Number(points(one.points)),
        Said::Number(one.count.to_string()),
        Said::Links(cases),
    ]
}

/// A scorecard: its lines, and what each rests on.
pub(super) fn card(s: &Shell, described: Option<&Description>, one: &Effective, whole: bool) -> [Grid; 2] {
    let of = (one.department.as_str(), whole);
    let mut lines =
        Grid::new("", &[s.t("score.indicator"), s.t("score.points"), s.t("score.weight"), s.t("score.how")]);
    lines.heads.iter_mut().skip(1).take(2).for_each(|h| h.number = true);
    let mut grounds = Grid::new(
        s.t("score.evidence"),
        &[s.t("score.indicator"), s.t("score.reason"), s.t("score.points"), s.t("score.count"), s.t("nav.cases")],
    );
    grounds.heads.iter_mut().skip(2).take(2).for_each(|h| h.number = true);
    for line in &one.card.scores {
        let named = called(described, s, &line.indicator);
        let said = if line.assessed { points(line.points) } else { s.t("score.not_assessed").to_owned() };
        lines.rows.push(vec![
            Said::text(named.clone()),
            Said::Number(said),
            Said::Number(points(line.weight)),
            Said::text(s.either(&line.explain_zh, &line.explain_en)),
        ]);
        grounds.rows.extend(line.deductions.iter().map(|d| evidence(s, of, named.clone(), d)));
    }
    for line in &one.card.adjustments {
        let named = Text::from(s.t("score.beside")).and(s.bracketed(&line.rule)).to_string();
        let (got, none) = (Said::Number(points(line.points)), Said::Number("—".to_owned()));
        // What a standard gives as a reason is its own; that 优秀 is for so many alone is said by the house.
        let why = match line.rule.as_str() {
            EXCELLENT_SHARE => Said::text(s.either(line.reason_zh.as_str(), s.t("score.kept_back"))),
            _ => Said::data(line.reason_zh.clone()),
        };
        lines.rows.push(vec![Said::text(named.clone()), got, none, why]);
        if !line.cases.is_empty() {
            grounds.rows.push(evidence(s, of, named, line));
        }
    }
    [lines, grounds]
}

pub(super) fn appeals(app: &App, s: &Shell, described: Option<&Description>, all: &[ScoreAppeal]) -> Grid {
    let heads = [
        s.t("score.appeal_no"),
        s.t("list.department"),
        s.t("score.indicator"),
        s.t("score.was"),
        s.t("score.grounds"),
        s.t("score.papers"),
        s.t("act.by"),
        s.t("score.ruling"),
    ];
    let mut grid = Grid::new("", &heads);
    grid.rows = all
        .iter()
        .map(|a| {
            let ruling = a.ruling.as_ref().map_or_else(
                || Said::tag(Tone::Warn, s.t("score.undecided")),
                |r| {
                    let what = r.corrected_to.map_or_else(
                        || s.t("score.stands").to_owned(),
                        |to| format!("{} {}", s.t("score.corrected"), points(to)),
                    );
                    let what = Text::from(what).and(s.colon()).and(data(&r.text));
                    Said::text(what.and(s.bracketed(by(s, &r.by, r.at))))
                },
            );
            vec![
                Said::text(a.no.to_string()),
                Said::text(name(app, &a.department)),
                Said::text(called(described, s, &a.line)),
                Said::Number(points(a.was)),
                Said::data(a.grounds.clone()),
                Said::data(a.evidence.join("、")),
                Said::text(by(s, &a.by, a.at)),
                ruling,
            ]
        })
        .collect();
    grid
}
