//! 统计: a period in numbers and charts. Every number leads to its rows, or to what it means; what is left out is named.

use super::super::{House, asked, departments, name, pager, said, shell, show as answer};
use super::measure::{FIGURES, meaning};
use super::{charts, percent};
use crate::api::answer::Refusal;
use crate::api::register::concerned;
use crate::api::stats;
use crate::app::App;
use crate::people::Caller;
use crate::publish::KINDS;
use crate::stats::{Asked, By, Change, StatsView};
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use chrono::Datelike;
use daylight_console::sheet::{Body, Field, Form, Grid, Head, Kind, Link, Number, Said, Sheet};
use daylight_console::shell::Shell;
use daylight_console::text::Text;
use daylight_domain::finding::Level;
use daylight_domain::stats::{Rate, Spread, Summary};
use std::collections::HashMap;

/// The longest period of an export, days.
const EXPORTED: i64 = 366;

fn form(app: &App, caller: &Caller, s: &Shell, query: &HashMap<String, String>) -> Form {
    let value = |name: &str| query.get(name).cloned().unwrap_or_default();
    let groups = By::WORDS.iter().map(|(word, _)| ((*word).to_owned(), s.of("group.", word).into())).collect();
    let compare = vec![("previous".to_owned(), s.t("stats.previous").into())];
    let fields = [
        Field::new("from", s.t("stats.from"), Kind::Day).needed(),
        Field::new("to", s.t("stats.to"), Kind::Day).needed(),
        Field::new("department", s.t("list.department"), Kind::Choice(departments(app, caller))),
        Field::new("item", s.t("list.item"), Kind::Line),
        Field::new("window", s.t("stats.window"), Kind::Line),
        Field::new("region", s.t("stats.region"), Kind::Line),
        Field::new("group", s.t("stats.group"), Kind::Choice(groups)),
        Field::new("compare", s.t("stats.compare"), Kind::Choice(compare)),
    ];
    let fields = fields.into_iter().map(|f| Field { value: value(&f.name), ..f }).collect();
    Form { asks: true, ..Form::new("/statistics", s.t("stats.ask"), fields) }
}

fn rate(s: &Shell, of: &Rate) -> String {
    if of.of == 0 {
        return "—".to_owned();
    }
    format!("{}{}", percent(of.permille), s.bracketed(format!("{}/{}", of.hits, of.of)))
}

fn days(of: &Spread) -> String {
    let one = |n: Option<i64>| n.map_or_else(|| "—".to_owned(), |n| n.to_string());
    format!("{} / {}", one(of.median), one(of.p90))
}

fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen.abs() % 100)
}

/// A number of a period as it is said.
fn figure(s: &Shell, sum: &Summary, code: &str) -> String {
    match code {
        "applied" => sum.applied.to_string(),
        "received" => sum.received.to_string(),
        "accepted" => sum.accepted.to_string(),
        "rejected" => sum.rejected.to_string(),
        "finished" => sum.finished.to_string(),
        "open" => sum.open.to_string(),
        "open_over_promise" => sum.open_over_promise.to_string(),
        "open_over_legal" => sum.open_over_legal.to_string(),
        "within_promise" => rate(s, &sum.within_promise),
        "within_legal" => rate(s, &sum.within_legal),
        "early" => rate(s, &sum.early),
        "corrected" => rate(s, &sum.corrected),
        "special" => rate(s, &sum.special),
        "working_days" => days(&sum.working_days),
        "natural_days" => days(&sum.natural_days),
        _ => yuan(sum.fees.amount),
    }
}

/// The numbers of the whole, each with where it leads: what is open now to its rows, the rest to what it means.
fn numbers(s: &Shell, view: &StatsView, (department, today): (Option<&String>, bool)) -> Vec<Number> {
    let own = department.map(|d| format!("&department={d}")).unwrap_or_default();
    let rows = |code: &str| match code {
        "open" if today => format!("/cases?open=true{own}"),
        _ => meaning(code),
    };
    let number = |code: &&str| Number {
        label: s.of("figure.", code).into(),
        value: figure(s, &view.total, code),
        href: Some(rows(code)),
        level: None,
    };
    FIGURES.iter().map(number).collect()
}

const COLUMNS: &[&str] = &[
    "accepted",
    "finished",
    "open",
    "open_over_promise",
    "open_over_legal",
    "within_promise",
    "within_legal",
    "early",
    "working_days",
];

/// A period kept apart.
fn table(app: &App, s: &Shell, view: &StatsView, by: Option<By>, query: &HashMap<String, String>) -> Grid {
    let first = by.map_or(s.of("group.", "department"), |by| {
        let word = By::WORDS.iter().find(|(_, one)| *one == by).map_or("", |(word, _)| word);
        s.of("group.", word)
    });
    let mut grid = Grid { heads: vec![Head::new(first)], ..Grid::default() };
    if by == Some(By::Step) {
        grid.heads.extend([s.t("stats.times"), s.t("stats.minutes"), s.t("stats.step_late")].map(Head::number));
        let row = |step: &daylight_domain::stats::StepSummary| {
            let minutes = step.mean_minutes.map_or_else(|| "—".to_owned(), |n| n.to_string());
            let numbers = [step.count.to_string(), minutes, rate(s, &step.late)].map(Said::Number);
            std::iter::once(Said::data(step.step.clone())).chain(numbers).collect()
        };
        grid.rows = view.total.steps.iter().map(row).collect();
        return grid;
    }
    let link = |code: &&str| Head { sort: Some((meaning(code), None)), ..Head::number(s.of("figure.", code)) };
    grid.heads.extend(COLUMNS.iter().map(link));
    let of = |key: &str| {
        let word =
            by.map_or("department", |by| By::WORDS.iter().find(|(_, one)| *one == by).map_or("", |(word, _)| word));
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        let kept = ["from", "to", "department", "item", "window", "region", "compare"];
        query.iter().filter(|(n, _)| kept.contains(&n.as_str()) && *n != word).for_each(|(n, v)| {
            pairs.append_pair(n, v);
        });
        pairs.append_pair(word, key);
        format!("/statistics?{}", pairs.finish())
    };
    grid.rows = charts::parts(app, view)
        .iter()
        .map(|(key, called, sum)| {
            let narrows = by != Some(By::Month) && !key.is_empty();
            let first = if narrows { Said::link(of(key), called.clone()) } else { Said::text(called.clone()) };
            std::iter::once(first).chain(COLUMNS.iter().map(|code| Said::Number(figure(s, sum, code)))).collect()
        })
        .collect();
    grid
}

/// Cards that were written in the period, and satisfaction, by department.
fn people(app: &App, s: &Shell, view: &StatsView) -> Grid {
    let levels = [Level::Prewarning, Level::Yellow, Level::Red];
    let mut grid = Grid { heads: vec![Head::new(s.t("list.department"))], ..Grid::default() };
    grid.heads.extend(levels.map(|l| Head::number(s.of("level.", l.as_str()))));
    grid.heads.push(Head { sort: Some((meaning("satisfied"), None)), ..Head::number(s.t("stats.satisfied")) });
    grid.rows = view
        .departments
        .iter()
        .map(|d| {
            let at = |l: Level| format!("/cards?department={}&level={}", d.department, l.as_str());
            let cards = levels.map(|l| Said::link(at(l), charts::cards_of(d, l).to_string()));
            let said = charts::satisfied(d)
                .map_or_else(|| "—".to_owned(), |(n, of)| rate(s, &Rate::of(u64::try_from(n).unwrap_or(0), of)));
            let name = Said::text(name(app, &d.department));
            std::iter::once(name).chain(cards).chain([Said::Number(said)]).collect()
        })
        .collect();
    grid
}

/// A change as it is said: rates in per cent, money in yuan.
fn changed(s: &Shell, one: &Change) -> Vec<Said> {
    let rates = ["within_promise", "within_legal", "early", "corrected", "special"];
    let say = |n: Option<i64>| match n {
        None => "—".to_owned(),
        Some(n) if rates.contains(&one.name.as_str()) => {
            format!("{}{}.{}%", if n < 0 { "−" } else { "" }, n.abs() / 10, n.abs() % 10)
        }
        Some(n) if one.name == "fees" => yuan(n),
        Some(n) => n.to_string(),
    };
    let name = Said::link(meaning(&one.name), s.of("figure.", &one.name));
    std::iter::once(name).chain([one.was, one.is, one.difference].map(say).map(Said::Number)).collect()
}

fn left_out(app: &App, s: &Shell, view: &StatsView) -> Body {
    if view.exclusions.is_empty() {
        return Body::Text(vec![s.t("stats.nothing_out").into()]);
    }
    let heads = [
        s.t("list.department"),
        s.t("list.item"),
        s.t("stats.from"),
        s.t("stats.to"),
        s.t("stats.because"),
        s.t("stats.document"),
    ];
    let mut grid = Grid::new("", &heads);
    grid.rows = view
        .exclusions
        .iter()
        .map(|e| {
            vec![
                Said::text(name(app, &e.department)),
                Said::data(e.item.clone().unwrap_or_default()),
                Said::text(e.from.to_string()),
                Said::text(e.to.to_string()),
                Said::data(e.reason.clone()),
                Said::data(e.document.clone()),
            ]
        })
        .collect();
    Body::Grid(grid)
}

fn exports(caller: &Caller, s: &Shell, view: &StatsView, department: Option<&String>) -> Vec<Link> {
    if (view.to - view.from).num_days() >= EXPORTED {
        return Vec::new();
    }
    let own = department.map(|d| format!("&department={d}")).unwrap_or_default();
    let inside = concerned(caller).is_ok();
    let open = |kind: &&(&str, &str)| inside || !["complaints", "ratings"].contains(&kind.0);
    let link = |(kind, zh): &(&str, &str)| {
        let href = format!("/api/v1/exports/{kind}?from={}&to={}{own}&format=xlsx", view.from, view.to);
        Link::new(href, s.word(zh, kind))
    };
    KINDS.iter().filter(open).map(link).collect()
}

pub(super) async fn show_page(
    app: &App,
    caller: &Caller,
    around: (&HeaderMap, &Uri),
    mut query: HashMap<String, String>,
) -> Result<Response, Refusal> {
    let s = shell(app, caller, around, "/statistics").await?;
    let today = app.clock.now().date();
    let first = today.with_day(1).unwrap_or(today);
    query.entry("from".to_owned()).or_insert_with(|| first.to_string());
    query.entry("to".to_owned()).or_insert_with(|| today.to_string());
    let view = app.stats(&Asked { short: true, ..stats::asked(caller, &query)? }).await?;
    let by = query.get("group").and_then(|word| By::from_name(word));
    let department = query.get("department").or(caller.department.as_ref());
    let narrowed = ["item", "window", "region"].iter().any(|name| query.contains_key(*name));
    let grid = table(app, &s, &view, by, &query);
    let foot = pager("/statistics", "/api/v1/stats", &query, grid.rows.len(), None);
    let counted = format!("{} – {}{}{} {}", view.from, view.to, s.comma(), s.t("house.data_as_of"), said(view.as_of));
    let now = view.to >= today && !narrowed;
    let mut sheet = Sheet::new(&s, s.t("nav.statistics"))
        .with(Body::Forms(vec![form(app, caller, &s, &query)]))
        .under(counted, Body::Numbers(numbers(&s, &view, (department, now))))
        .under(s.t("stats.apart"), Body::Grid(grid))
        .with(Body::Pager(foot));
    if !view.changes.is_empty() {
        let heads = [s.t("stats.number"), s.t("stats.was"), s.t("stats.is"), s.t("stats.difference")];
        let mut changes = Grid::new("", &heads);
        changes.heads.iter_mut().skip(1).for_each(|h| h.number = true);
        changes.rows = view.changes.iter().map(|one| changed(&s, one)).collect();
        let was = view.previous.as_ref().map(|p| s.bracketed(format!("{} – {}", p.from, p.to))).unwrap_or_default();
        sheet = sheet.under(Text::from(s.t("stats.previous")).and(was), Body::Grid(changes));
    }
    let parts = charts::parts(app, &view);
    let [volume, on_time] = charts::cases(&s, &parts, by);
    for chart in [volume, on_time, charts::durations(&s, &view)] {
        sheet = sheet.under(chart.title.clone(), Body::Figure(chart.figure()));
    }
    if !narrowed {
        for chart in [charts::cards(app, &s, &view), charts::satisfaction(app, &s, &view)] {
            sheet = sheet.under(chart.title.clone(), Body::Figure(chart.figure()));
        }
        sheet = sheet.under(s.t("stats.people"), Body::Grid(people(app, &s, &view)));
    }
    sheet = sheet
        .under(s.t("score.left_out"), left_out(app, &s, &view))
        .under(s.t("stats.exports"), Body::Links(exports(caller, &s, &view, department)));
    answer(app, caller, &sheet).await
}

pub(super) async fn show(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    show_page(&app, &caller, (&headers, &uri), asked(query)).await
}
