//! The parts of a case's file that explain: its clock day by day, and the way it took.

use super::{said, said_or};
use crate::account::CaseClock;
use crate::paths::CasePath;
use daylight_console::sheet::{Grid, Said, Tone};
use daylight_console::shell::Shell;
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
            format!("{}，{} {}", limit(s, *of), s.t("clock.until"), said(due.last_instant))
        }
        LimitEnd::NotStarted => s.t("clock.not_started").to_owned(),
        LimitEnd::NoLimit => s.t("clock.no_limit").to_owned(),
        LimitEnd::Unknown { reason_zh } => reason_zh.clone(),
    }
}

/// What the clock comes to.
pub(super) fn facts(s: &Shell, clock: &CaseClock) -> Vec<(String, Said)> {
    let timing = &clock.timing;
    let fact = |label: &str, value: String| (s.t(label).to_owned(), Said::Text(value));
    let used = clock.days.iter().rfind(|d| !d.ahead);
    let mut all = vec![
        fact("clock.start", said_or(timing.start)),
        fact("clock.stop", said_or(timing.stop)),
        fact("clock.used", used.map_or_else(|| "—".to_owned(), |d| d.counted.to_string())),
        fact("clock.excluded", timing.excluded_days.to_string()),
        fact("clock.extended", timing.extended_days.to_string()),
        fact("clock.promise", end(s, &timing.promise)),
        fact("clock.legal", end(s, &timing.legal)),
        fact("clock.calendar", clock.calendar_version.clone()),
    ];
    if clock.mode == ClockMode::BusinessHoursCeil {
        all.push(fact("clock.mode", s.t("clock.by_hours").to_owned()));
    }
    all
}

/// The name of a day of the week.
fn weekday(s: &Shell, date: chrono::NaiveDate) -> String {
    let word = chrono::Datelike::weekday(&date).to_string().to_lowercase();
    s.of("weekday.", &word).to_owned()
}

/// A day: counted or not, why, how many that makes.
fn day(s: &Shell, day: &ClockDay) -> Vec<Said> {
    let word = s.word(day.kind.name_zh(), day.kind.as_str());
    let kind = match day.kind {
        DayKind::Counted if day.ahead => Said::Tag(Tone::Plain, format!("{word}（{}）", s.t("clock.ahead"))),
        DayKind::Counted => Said::Tag(Tone::Good, word),
        DayKind::Excluded => Said::Tag(Tone::Warn, word),
        DayKind::Start | DayKind::Rest => Said::Tag(Tone::Plain, word),
    };
    vec![
        Said::Text(format!("{} {}", day.date, weekday(s, day.date))),
        kind,
        Said::Text(day.why_zh.clone()),
        Said::Number(day.counted.to_string()),
        Said::Number(day.excluded.to_string()),
        Said::Number(day.natural.to_string()),
        Said::Text(day.marks.join("、")),
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
pub(super) fn path_facts(s: &Shell, path: &CasePath) -> Vec<(String, Said)> {
    let replay = &path.replay;
    let fact = |label: &str, value: String| (s.t(label).to_owned(), Said::Text(value));
    let mut all = vec![fact("case.standing", s.word(replay.standing.name_zh(), replay.standing.as_str()))];
    all.push(fact("case.way", replay.path.join(" → ")));
    if path.no_flow {
        all.push(fact("case.flow", s.t("case.no_flow").to_owned()));
    }
    let strayed = replay.deviations.iter().map(|d| format!("{} {}", d.rule, d.zh)).collect::<Vec<_>>();
    if !strayed.is_empty() {
        all.push(fact("case.strayed", strayed.join("；")));
    }
    if !replay.unmapped.is_empty() {
        all.push(fact("case.unmapped", replay.unmapped.join("、")));
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
                Said::Text(format!("{}. {}", at + 1, leg.name)),
                Said::Text(said(leg.started_at)),
                Said::Text(said_or(leg.ended_at)),
                days(leg.waited_days),
                days(leg.worked_days),
                Said::Text(leg.people.join("、")),
                Said::Text(remarks.join("；")),
            ]
        })
        .collect();
    grid
}
