//! The charts of statistics: each beside the table of its numbers.

use super::super::name;
use crate::app::App;
use crate::stats::{By, DepartmentStats, StatsView};
use daylight_console::chart::{Chart, Form, Series, Tone};
use daylight_console::shell::Shell;
use daylight_console::text::{Text, data};
use daylight_console::words::Lang;
use daylight_domain::card::CardState;
use daylight_domain::finding::Level;
use daylight_domain::measure::ONE;
use daylight_domain::stats::Summary;

/// The lower edges of the classes of durations, working days.
const EDGES: [i64; 9] = [0, 1, 3, 6, 11, 16, 21, 31, 61];

fn count(n: u64) -> Option<i64> {
    i64::try_from(n).ok()
}

fn series(name: &str, tone: Tone, values: Vec<Option<i64>>) -> Series {
    Series { name: name.to_owned(), values, tone }
}

/// What is shown beside one another: what was asked to be kept apart, else departments.
pub(super) fn parts(app: &App, view: &StatsView) -> Vec<(String, Text, Summary)> {
    let groups: Vec<_> = view
        .groups
        .iter()
        .filter_map(|g| {
            let called = g.name.as_ref().unwrap_or(&g.key);
            Some((g.key.clone(), if called.is_empty() { "—".into() } else { data(called) }, g.cases.clone()?))
        })
        .collect();
    if !groups.is_empty() {
        return groups;
    }
    view.departments.iter().map(|d| (d.department.clone(), name(app, &d.department), d.cases.clone())).collect()
}

fn chart(
    lang: Lang,
    id: &str,
    (title, unit, places): (&str, &str, u8),
    form: Form,
    (names, all): (&[Text], Vec<Series>),
) -> Chart {
    Chart {
        lang,
        id: id.to_owned(),
        title: title.to_owned(),
        unit: unit.to_owned(),
        places,
        form,
        categories: names.to_vec(),
        series: all,
    }
}

/// Cases and what became of them in time.
pub(super) fn cases(s: &Shell, parts: &[(String, Text, Summary)], by: Option<By>) -> [Chart; 2] {
    let names: Vec<Text> = parts.iter().map(|(_, name, _)| name.clone()).collect();
    let all = |of: &dyn Fn(&Summary) -> Option<i64>| parts.iter().map(|(.., sum)| of(sum)).collect::<Vec<_>>();
    let rate = |of: &dyn Fn(&Summary) -> Option<u64>| all(&|sum| of(sum).and_then(count));
    let form = if by == Some(By::Month) { Form::Lines } else { Form::Grouped };
    let volume = vec![
        series(s.of("figure.", "accepted"), Tone::Plain, all(&|sum| count(sum.accepted))),
        series(s.of("figure.", "finished"), Tone::Plain, all(&|sum| count(sum.finished))),
    ];
    let rates = vec![
        series(s.of("figure.", "within_promise"), Tone::Plain, rate(&|sum| sum.within_promise.permille)),
        series(s.of("figure.", "within_legal"), Tone::Plain, rate(&|sum| sum.within_legal.permille)),
    ];
    [
        chart(s.lang, "volume", (s.t("stats.volume"), s.t("stats.cases"), 0), form, (&names, volume)),
        chart(s.lang, "on-time", (s.t("stats.on_time"), "%", 1), form, (&names, rates)),
    ]
}

/// How long the finished cases took.
pub(super) fn durations(s: &Shell, view: &StatsView) -> Chart {
    let class = |at: usize, from: i64| {
        let to = EDGES.get(at + 1).copied();
        let n: u64 = view
            .durations
            .iter()
            .filter(|(days, _)| **days >= from && to.is_none_or(|to| **days < to))
            .map(|(_, n)| *n)
            .sum();
        let called = match to.map(|to| to - 1) {
            Some(last) if last == from => from.to_string(),
            Some(last) => format!("{from}–{last}"),
            None => format!("≥{from}"),
        };
        (Text::from(called), count(n))
    };
    let classes = EDGES.iter().enumerate().map(|(at, from)| class(at, *from));
    let (names, values): (Vec<Text>, Vec<Option<i64>>) = classes.unzip();
    let all = vec![series(s.of("figure.", "finished"), Tone::Plain, values)];
    chart(s.lang, "durations", (s.t("stats.durations"), s.t("stats.cases"), 0), Form::Histogram, (&names, all))
}

/// Standing cards of a level that were written in the period.
pub(super) fn cards_of(one: &DepartmentStats, level: Level) -> u64 {
    let counts = |state: &str| CardState::from_name(state).is_some_and(CardState::counts);
    one.cards.iter().filter(|c| c.level == level && counts(&c.state)).map(|c| c.count).sum()
}

pub(super) fn cards(app: &App, s: &Shell, view: &StatsView) -> Chart {
    let names: Vec<Text> = view.departments.iter().map(|d| name(app, &d.department)).collect();
    let levels = [(Level::Prewarning, Tone::Plain), (Level::Yellow, Tone::Yellow), (Level::Red, Tone::Red)];
    let all = levels.map(|(level, tone)| {
        let values = view.departments.iter().map(|d| count(cards_of(d, level))).collect();
        series(s.of("level.", level.as_str()), tone, values)
    });
    let title = (s.t("stats.cards"), s.t("stats.sheets"), 0);
    chart(s.lang, "cards", title, Form::Stacked, (&names, all.into()))
}

/// Of those who rated themselves, how many of a thousand were satisfied.
pub(super) fn satisfied(one: &DepartmentStats) -> Option<(i64, u64)> {
    let measured = one.measures.iter().find(|m| m.name == "satisfied")?;
    let of = measured.denominator.filter(|of| *of > 0)?;
    Some((measured.value? / ONE, of))
}

pub(super) fn satisfaction(app: &App, s: &Shell, view: &StatsView) -> Chart {
    let names: Vec<Text> = view.departments.iter().map(|d| name(app, &d.department)).collect();
    let permille = |d: &DepartmentStats| {
        let (n, of) = satisfied(d)?;
        i64::try_from(daylight_domain::share::permille(u64::try_from(n).ok()?, of)?).ok()
    };
    let values = view.departments.iter().map(permille).collect();
    let all = vec![series(s.t("stats.satisfied"), Tone::Plain, values)];
    chart(s.lang, "satisfaction", (s.t("stats.satisfaction"), "%", 1), Form::Grouped, (&names, all))
}
