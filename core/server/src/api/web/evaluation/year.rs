//! The year, half or quarter of a standard: the mean of the months that stand, less what sanctions take.

use super::super::{House, asked, name, shell, show};
use super::score::standards;
use super::{grade, points};
use crate::api::answer::Refusal;
use crate::api::score::year_of;
use crate::evaluate::Year;
use crate::people::Caller;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use chrono::Datelike;
use daylight_console::sheet::{Body, Field, Form, Grid, Head, Kind, Link, Said, Sheet};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use std::collections::HashMap;

fn table(app: &crate::app::App, s: &Shell, year: &Year) -> Grid {
    let mut grid = Grid { heads: vec![Head::new(s.t("list.department"))], ..Grid::default() };
    grid.heads.extend(year.runs.keys().map(|month| Head::number(month.as_str())));
    grid.heads.extend([key("score.mean"), key("score.total")].map(|key| Head::number(s.t(key))));
    grid.heads.extend([key("score.grade"), key("score.sanctions"), key("act.text")].map(|key| Head::new(s.t(key))));
    grid.rows = year
        .departments
        .iter()
        .map(|line| {
            let month = |m: &String| Said::Number(line.months.get(m).map_or_else(|| "—".to_owned(), |p| points(*p)));
            let taken = line.sanctions.iter().map(|one| {
                let what = s.word(one.sanction.name_zh(), one.sanction.as_str()).and(" ").and(points(one.points));
                what.and(s.bracketed(data(&one.document).and(s.comma()).and(&one.entry)))
            });
            let mut row = vec![Said::text(name(app, &line.department))];
            row.extend(year.runs.keys().map(month));
            row.extend([points(line.mean), points(line.total)].map(Said::Number));
            row.extend([
                Said::text(grade(s, &line.grade)),
                Said::text(Text::join(taken, s.semicolon())),
                Said::text(line.note_zh.as_deref().map_or("", |zh| s.either(zh, s.t("score.kept_back")))),
            ]);
            row
        })
        .collect();
    grid
}

pub(super) async fn show_year(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/scores/years").await?;
    let query = asked(query);
    let usual = app.config.main.plugins.standards.keys().next().cloned().unwrap_or_default();
    let value = |name: &str, usual: String| query.get(name).cloned().unwrap_or(usual);
    let (standard, period) = (value("standard", usual), value("year", app.clock.now().date().year().to_string()));
    let fields = vec![
        Field::new("standard", s.t("score.standard"), Kind::Choice(standards(&app).await?))
            .needed()
            .value(standard.clone()),
        Field::new("year", s.t("score.year"), Kind::Line).needed().value(period.clone()).hint(s.t("score.year_hint")),
    ];
    let form = Form { asks: true, ..Form::new("/scores/years", s.t("stats.ask"), fields) };
    let mut sheet = Sheet::new(&s, s.t("nav.years")).with(Body::Forms(vec![form]));
    match year_of(&app, &caller, &standard, &period).await {
        Ok(year) => {
            let runs = year.runs.iter().map(|(month, run)| Link::new(format!("/scores/{run}"), month.clone()));
            let mut facts = vec![(s.t("score.runs").into(), Said::Links(runs.collect()))];
            facts.push((s.t("score.missing").into(), Said::text(year.missing.join(s.and()))));
            sheet = sheet
                .with(Body::Facts(facts))
                .under(format!("{} {}", year.standard, year.year), Body::Grid(table(&app, &s, &year)));
        }
        Err(refusal) if query.contains_key("year") => {
            let (status, words) = super::super::form::refused(&s, refusal)?;
            sheet.said = Some(words);
            let mut made = show(&app, &caller, &sheet).await?;
            *made.status_mut() = status;
            return Ok(made);
        }
        // Nobody asked yet: that no month stands is no mistake.
        Err(_) => sheet = sheet.with(Body::Text(vec![s.t("score.no_month").into()])),
    }
    show(&app, &caller, &sheet).await
}
