//! 配置: what takes effect, where each value stands, and what the files say otherwise. Nothing here writes them.

use super::{Looks, fact, foot, shown, value};
use crate::api::answer::Refusal;
use crate::api::system::configuration_of;
use crate::api::web::House;
use crate::api::web::form::plain;
use crate::problem::{Place, Problem, Severity};
use axum::extract::State;
use axum::response::Response;
use daylight_console::list::Filter;
use daylight_console::sheet::{Body, Choice, Grid, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::data;
use std::path::Path;

/// `file:line:column`, the file as it lies in the folder.
fn place(place: Option<&Place>, folder: &str) -> String {
    let relative = |p: &Place| p.file.strip_prefix(Path::new(folder)).unwrap_or(&p.file).display().to_string();
    place.map_or_else(String::new, |p| format!("{}:{}:{}", relative(p), p.line, p.column))
}

fn problems(s: &Shell, all: &[Problem], folder: &str) -> Grid {
    let heads =
        [s.t("configuration.place"), s.t("list.state"), s.t("manual.code"), s.t("quarantine.why"), s.t("manual.fix")];
    let mut grid = Grid::new("", &heads);
    grid.rows = all
        .iter()
        .map(|p| {
            let state = match p.severity {
                Severity::Error => Said::tag(Tone::Bad, s.t("configuration.error")),
                Severity::Warning => Said::tag(Tone::Warn, s.t("configuration.warning")),
            };
            let (what, fix) = plain(s.lang, p);
            vec![
                Said::Code(place(p.place.as_ref(), folder)),
                state,
                Said::link(format!("/docs/errors/{}", p.code), p.code.clone()),
                Said::text(what),
                Said::text(fix),
            ]
        })
        .collect();
    grid
}

pub(super) async fn page(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    let s = looks.shell(&app, "/configuration").await?;
    let query = looks.query();
    let under = query.get("under").cloned().unwrap_or_else(|| "main".to_owned());
    let found = configuration_of(&app, &under).await?;
    let asked = value(&query, "path");
    let mut choices: Vec<Choice> = [
        ("main", "daylight.toml"),
        ("notify", "notify.toml"),
        ("rules", "rules/"),
        ("items", "catalogue/"),
        ("secrets", "secrets.toml"),
    ]
    .map(|(word, file)| (word.to_owned(), file.into()))
    .to_vec();
    choices.extend(app.config.departments.values().map(|d| (format!("departments.{}", d.id), data(&d.name))));
    let filters = vec![
        Filter { name: "under", label: key("configuration.part"), value: under, choices },
        Filter { name: "path", label: key("configuration.path"), value: asked.clone(), choices: Vec::new() },
    ];
    let mut grid = Grid::new("", &[s.t("configuration.path"), s.t("configuration.value"), s.t("configuration.place")]);
    grid.rows = found
        .settings
        .iter()
        .filter(|one| asked.is_empty() || one.path.contains(&asked))
        .map(|one| {
            let at = match &one.place {
                Some(p) => Said::Code(place(Some(p), &found.folder)),
                None => Said::text(s.t("configuration.default")),
            };
            vec![Said::Code(one.path.clone()), Said::Code(one.value.to_string()), at]
        })
        .collect();
    let end = foot("/configuration", "/api/v1/configuration", &query, grid.rows.len());
    let mut changes = Grid::new("", &[s.t("configuration.path"), s.t("rule.was"), s.t("configuration.in_file")]);
    let text =
        |v: &Option<serde_json::Value>| Said::Code(v.as_ref().map_or_else(|| "—".to_owned(), ToString::to_string));
    changes.rows = found.changes.iter().map(|c| vec![Said::Code(c.path.clone()), text(&c.was), text(&c.is)]).collect();
    let facts = vec![fact(&s, key("configuration.folder"), Said::Code(found.folder.clone()))];
    let sheet = Sheet::new(&s, s.t("configuration.title"))
        .with(Body::Facts(facts))
        .with(Body::Text(vec![s.t("configuration.read_only").into()]))
        .with(Body::Filters(filters))
        .with(Body::Grid(grid))
        .with(end)
        .under(s.t("configuration.problems"), Body::Grid(problems(&s, &found.problems, &found.folder)))
        .under(s.t("configuration.changes"), Body::Grid(changes));
    shown(&app, &looks, sheet, None).await
}
