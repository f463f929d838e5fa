//! The parts of a case's file that explain: its clock day by day, and the way it took.

use super::{rule, said, said_or};
use crate::account::CaseClock;
use crate::app::App;
use crate::paths::CasePath;
use daylight_console::sheet::{Grid, Said, Tone};
use daylight_console::shell::Shell;
use daylight_console::text::{Text, data};
use daylight_console::words::Lang;
use daylight_domain::item::{Limit, LimitUnit};
use daylight_domain::limit::ClockMode;
use daylight_domain::rule::{ClockDay, DayKind, LimitEnd};

fn limit(s: &Shell, of: Limit) -> String {
    let unit = match of.unit {
        LimitUnit::WorkingDay => s.t("clock.working_day"),
        LimitUnit::NaturalDay => s.t("clock.natural_day"),
        LimitUnit::WorkingHour => s.t("clock.working_hour"),
        LimitUnit::NaturalHour => s.t("clock.natural_hour"),
        LimitUnit::Month => s.t("clock.month"),
        LimitUnit::Year => s.t("clock.year"),
        LimitUnit::None => return s.t("clock.no_limit").to_owned(),
    };
    format!("{} {unit}", of.value)
}

fn end(s: &Shell, of: &LimitEnd) -> String {
    match of {
        LimitEnd::Ends { limit: of, due, .. } => {
            format!("{}{}{} {}", limit(s, *of), s.comma(), s.t("clock.until"), said(due.last_instant))
        }
        LimitEnd::NotStarted => s.t("clock.not_started").to_owned(),
        LimitEnd::NoLimit => s.t("clock.no_limit").to_owned(),
        LimitEnd::Unknown { reason_zh, reason_en } => s.either(reason_zh, reason_en).clone(),
    }
}

/// What the clock comes to.
pub(super) fn facts(s: &Shell, clock: &CaseClock) -> Vec<(Text, Said)> {
    let timing = &clock.timing;
    let fact = |label: &str, value: Text| (s.t(label).into(), Said::Text(value));
    let used = clock.days.iter().rfind(|d| !d.ahead);
    let mut all = vec![
        fact("clock.start", said_or(timing.start).into()),
        fact("clock.stop", said_or(timing.stop).into()),
        fact("clock.used", used.map_or_else(|| "—".to_owned(), |d| d.counted.to_string()).into()),
        fact("clock.excluded", timing.excluded_days.to_string().into()),
        fact("clock.extended", timing.extended_days.to_string().into()),
        fact("clock.promise", end(s, &timing.promise).into()),
        fact("clock.legal", end(s, &timing.legal).into()),
        fact("clock.calendar", data(&clock.calendar_version)),
    ];
    if clock.mode == ClockMode::BusinessHoursCeil {
        all.push(fact("clock.mode", s.t("clock.by_hours").into()));
    }
    all
}

/// The name of a day of the week.
pub(super) fn weekday(s: &Shell, date: chrono::NaiveDate) -> String {
    let word = chrono::Datelike::weekday(&date).to_string().to_lowercase();
    s.of("weekday.", &word).to_owned()
}

/// A day: counted or not, why, how many that makes.
fn day(s: &Shell, day: &ClockDay) -> Vec<Said> {
    let word = s.word(day.kind.name_zh(), day.kind.as_str());
    let kind = match day.kind {
        DayKind::Counted if day.ahead => Said::tag(Tone::Plain, word.and(s.bracketed(s.t("clock.ahead")))),
        DayKind::Counted => Said::tag(Tone::Good, word),
        DayKind::Excluded => Said::tag(Tone::Warn, word),
        DayKind::Start | DayKind::Rest => Said::tag(Tone::Plain, word),
    };
    vec![
        Said::text(format!("{} {}", day.date, weekday(s, day.date))),
        kind,
        Said::text(s.either(&day.why_zh, &day.why_en)),
        Said::Number(day.counted.to_string()),
        Said::Number(day.excluded.to_string()),
        Said::Number(day.natural.to_string()),
        Said::text(s.either(&day.marks, &day.marks_en).join(s.and())),
    ]
}

pub(super) fn days(s: &Shell, clock: &CaseClock) -> Grid {
    let heads = [
        s.t("clock.day"),
        s.t("clock.counts"),
        s.t("clock.why"),
        s.t("clock.counted"),
        s.t("clock.excluded_so_far"),
        s.t("clock.natural"),
        s.t("clock.marks"),
    ];
    let mut grid = Grid::new(s.t("clock.caption"), &heads);
    grid.heads.iter_mut().skip(3).take(3).for_each(|h| h.number = true);
    grid.rows = clock.days.iter().map(|d| day(s, d)).collect();
    grid
}

/// How the case stands to its flow.
pub(super) fn path_facts(app: &App, s: &Shell, path: &CasePath) -> Vec<(Text, Said)> {
    let replay = &path.replay;
    let fact = |label: &str, value: Text| (s.t(label).into(), Said::Text(value));
    let mut all = vec![fact("case.standing", s.word(replay.standing.name_zh(), replay.standing.as_str()))];
    all.push(fact("case.way", data(replay.path.join(" → "))));
    if path.no_flow {
        all.push(fact("case.flow", s.t("case.no_flow").into()));
    }
    let strayed = replay.deviations.iter().map(|d| match s.lang {
        Lang::Zh => format!("{} {}", d.rule, d.zh).into(),
        Lang::En => rule(app, s, &d.rule).and(s.colon()).and(data(d.nodes.join(" → "))),
    });
    let strayed = Text::join(strayed, s.semicolon());
    if !strayed.is_empty() {
        all.push(fact("case.strayed", strayed));
    }
    if !replay.unmapped.is_empty() {
        all.push(fact("case.unmapped", data(replay.unmapped.join("、"))));
    }
    all
}

/// The steps, in order: what the drawing shows, in words.
pub(super) fn legs(s: &Shell, path: &CasePath) -> Grid {
    let heads = [
        s.t("case.step"),
        s.t("case.began"),
        s.t("case.ended"),
        s.t("case.waited"),
        s.t("case.worked"),
        s.t("act.by"),
        s.t("case.remarks"),
    ];
    let mut grid = Grid::new("", &heads);
    grid.heads.iter_mut().skip(3).take(2).for_each(|h| h.number = true);
    let days = |n: Option<i64>| Said::Number(n.map_or_else(|| "—".to_owned(), |n| n.to_string()));
    grid.rows = path
        .replay
        .legs
        .iter()
        .enumerate()
        .map(|(at, leg)| {
            let mut remarks = Vec::new();
            if leg.round > 1 {
                remarks.push(format!("{} {}", s.t("case.round"), leg.round));
            }
            if leg.returned {
                remarks.push(s.t("case.returned").to_owned());
            }
            remarks.extend(leg.branch.map(|n| format!("{} {n}", s.t("case.branch"))));
            if leg.strayed {
                remarks.push(s.t("case.strayed").to_owned());
            }
            if leg.node.is_none() {
                remarks.push(s.t("case.unmapped").to_owned());
            }
            vec![
                Said::text(Text::from(format!("{}. ", at + 1)).and(data(&leg.name))),
                Said::text(said(leg.started_at)),
                Said::text(said_or(leg.ended_at)),
                days(leg.waited_days),
                days(leg.worked_days),
                Said::data(leg.people.join("、")),
                Said::text(remarks.join(s.semicolon())),
            ]
        })
        .collect();
    grid
}
