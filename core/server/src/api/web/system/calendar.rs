//! 工作日历: the days of a year, and when a limit ends.

use super::{Looks, count, fact, shown, value};
use crate::api::answer::Refusal;
use crate::api::system::{due_of, year_of};
use crate::api::web::House;
use crate::api::web::account::weekday;
use crate::api::web::form::refused;
use axum::extract::State;
use axum::response::Response;
use chrono::Datelike;
use daylight_console::calendar::{Day, months};
use daylight_console::sheet::Link;
use daylight_console::sheet::{Body, Field, Form, Grid, Kind, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::data;
use std::collections::HashMap;

fn due_form(s: &Shell, query: &HashMap<String, String>) -> Form {
    let words = |of: &str, all: &[&str]| all.iter().map(|w| ((*w).to_owned(), s.of(of, w).into())).collect();
    let or = |name: &str, otherwise: &str| query.get(name).cloned().unwrap_or_else(|| otherwise.to_owned());
    let units = words(key("calendar_unit."), &["working_day", "natural_day", "working_hour"]);
    let ways = words(key("calendar_way."), &["legal_day", "business_hours_ceil"]);
    let fields = vec![
        Field::new("start", s.t("calendar.start"), Kind::Line).needed().value(value(query, "start")).hint("2026-02-06"),
        Field::new("limit", s.t("calendar.limit"), Kind::Number).needed().value(value(query, "limit")),
        Field::new("unit", s.t("calendar.unit"), Kind::Choice(units)).needed().value(or("unit", "working_day")),
        Field::new("profile", s.t("calendar.way"), Kind::Choice(ways)).needed().value(or("profile", "legal_day")),
        Field::hidden("year", value(query, "year")),
    ];
    Form { asks: true, ..Form::new("/calendar", s.t("calendar.count"), fields) }
}

pub(super) async fn year(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    let s = looks.shell(&app, "/calendar").await?;
    let query = looks.query();
    let mut said = None;
    let mut status = axum::http::StatusCode::OK;
    let usual = HashMap::from([("year".to_owned(), app.clock.now().date().year().to_string())]);
    let view = match year_of(&app, &query) {
        Ok(view) => view,
        Err(refusal) => {
            let (code, words) = refused(&s, refusal)?;
            (said, status) = (Some(words), code);
            year_of(&app, &usual)?
        }
    };
    let due = match query.get("start").map(|_| due_of(&app, &query)) {
        None => None,
        Some(Ok(due)) => Some(due),
        Some(Err(refusal)) => {
            let (code, words) = refused(&s, refusal)?;
            (said, status) = (Some(words), code);
            None
        }
    };
    let source = if view.source.is_empty() { s.t("calendar.notice").into() } else { data(&view.source) };
    let file = format!("config/calendar/{}.toml", view.year);
    let facts = vec![
        fact(&s, key("calendar.working"), count(view.working)),
        fact(&s, key("calendar.source"), Said::text(source)),
        fact(&s, key("calendar.file"), Said::Code(file)),
        fact(&s, key("calendar.version"), Said::Code(view.version.clone())),
    ];
    let years = (view.known.0..=view.known.1).rev().map(|y| Link::new(format!("/calendar?year={y}"), y.to_string()));
    let days: Vec<Day> =
        view.days.iter().map(|d| Day { date: d.date, working: d.working, name: d.name.clone() }).collect();
    let mut sheet = Sheet::new(&s, format!("{} {}", s.t("calendar.title"), view.year));
    sheet.said = said;
    sheet = sheet.under(s.t("calendar.due"), Body::Forms(vec![due_form(&s, &query)]));
    if let Some(due) = due {
        let heads = [s.t("calendar.date"), s.t("calendar.weekday"), s.t("calendar.counted"), s.t("calendar.reason")];
        let mut grid = Grid::new("", &heads);
        let row = |d: daylight_domain::limit::DayLine| {
            let works = if d.working { Tone::Good } else { Tone::Plain };
            vec![
                Said::text(d.date.to_string()),
                Said::text(weekday(&s, d.date)),
                count(d.count),
                Said::tag(works, s.either(&d.reason, &d.reason_en)),
            ]
        };
        grid.rows = due.days.into_iter().map(row).collect();
        sheet = sheet
            .with(Body::Facts(vec![fact(&s, key("calendar.ends"), Said::tag(Tone::Good, due.due))]))
            .with(Body::Grid(grid));
    }
    let sheet = sheet
        .under(s.t("calendar.year"), Body::Facts(facts))
        .with(Body::Figure(months(&s, &days)))
        .under(s.t("calendar.years"), Body::Links(years.collect()));
    let mut made = shown(&app, &looks, sheet, None).await?;
    *made.status_mut() = status;
    Ok(made)
}
