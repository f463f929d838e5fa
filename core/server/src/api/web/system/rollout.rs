//! 接入计划: who is to be connected when, how far each has come, and what is asked before the next phase.

use super::{Again, Looks, fact, foot, gate as accept, part, said_or_data, shown, value};
use crate::api::answer::Refusal;
use crate::api::read::{department_views, gate_of};
use crate::api::system::{connectors_of, rollout_of};
use crate::api::web::{House, name, said, said_or, standing as how};
use crate::app::App;
use crate::connection::{PHASES, Rollout};
use crate::gate::Condition;
use axum::extract::{Path, State};
use axum::response::Response;
use daylight_console::list::Filter;
use daylight_console::sheet::{Body, Grid, Link, Number, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::department::Phase;
use daylight_domain::role::Right;

fn phase(s: &Shell, phase: Phase) -> Text {
    s.word(phase.name_zh(), phase.as_str())
}

fn standing(s: &Shell, now: Phase) -> Said {
    let tone = match now {
        Phase::Live => Tone::Good,
        Phase::Suspended => Tone::Bad,
        _ => Tone::Plain,
    };
    Said::tag(tone, phase(s, now))
}

/// The day by which a phase is planned and the day on which it was reached.
fn dates(s: &Shell, one: &Rollout, of: Phase) -> Said {
    let planned = one.planned.get(&of).map(|day| format!("{} {day}", s.t("connect.planned")));
    let reached = one.reached.get(&of).map(|at| format!("{} {}", s.t("connect.reached"), at.date()));
    let words = [planned, reached].into_iter().flatten().collect::<Vec<_>>().join(s.semicolon());
    match one.late {
        Some(late) if late == of => Said::tag(Tone::Bad, format!("{} · {words}", s.t("connect.late"))),
        _ if words.is_empty() => Said::text("—"),
        _ => Said::text(words),
    }
}

/// What is there: in words of the house, or of a connector.
fn found(s: &Shell, one: &Condition) -> Text {
    said_or_data(s, &one.found_zh, one.found_en.as_deref())
}

/// How much of a gate is fulfilled, and what is not; of a department that is live, whether anybody signed for it.
fn summed(s: &Shell, one: &Rollout) -> Said {
    let gate = &one.gate;
    if one.unsigned {
        return Said::tag(Tone::Warn, s.t("accept.none"));
    }
    if gate.next.is_none() {
        return Said::text("—");
    }
    let met = gate.conditions.iter().filter(|c| c.met == Some(true)).count();
    let open = gate.conditions.iter().filter(|c| c.met != Some(true));
    let open = open.map(|c| Text::from(s.either(&c.asked_zh, &c.asked_en)).and(s.colon()).and(found(s, c)));
    let words = format!("{met}/{}", gate.conditions.len());
    if gate.open {
        return Said::tag(Tone::Good, format!("{words} {}", s.t("connect.may_go_on")));
    }
    Said::tag(Tone::Warn, Text::from(format!("{words} ")).and(Text::join(open, s.semicolon())))
}

pub(super) async fn list(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    let s = looks.shell(&app, "/departments").await?;
    let query = looks.query();
    let all = rollout_of(&app, &looks.caller).await?;
    let connectors = connectors_of(&app, &looks.caller).await?;
    let phases = [Phase::Planned, Phase::Connecting, Phase::Trial, Phase::Live, Phase::Suspended];
    let late = all.iter().filter(|d| d.late.is_some()).count();
    let mut numbers: Vec<Number> = phases
        .iter()
        .map(|p| Number {
            label: phase(&s, *p),
            value: all.iter().filter(|d| d.phase == *p).count().to_string(),
            href: Some(format!("/departments?phase={}", p.as_str())),
            level: None,
        })
        .collect();
    numbers.push(Number {
        label: s.t("connect.late").into(),
        value: late.to_string(),
        href: Some("/departments?late=true".to_owned()),
        level: None,
    });
    let (of_phase, only_late) = (value(&query, "phase"), value(&query, "late"));
    let shown_rows = all
        .iter()
        .filter(|d| of_phase.is_empty() || d.phase.as_str() == of_phase)
        .filter(|d| only_late.is_empty() || d.late.is_some());
    let heads = [
        s.t("list.department"),
        s.t("overview.phase"),
        s.t("overview.source"),
        s.t("connect.connecting"),
        s.t("connect.trial"),
        s.t("connect.live"),
        s.t("connect.gate"),
    ];
    let mut grid = Grid::new("", &heads);
    grid.rows = shown_rows
        .map(|d| {
            let mut row =
                vec![Said::link(format!("/departments/{}", part(&d.department)), data(&d.name)), standing(&s, d.phase)];
            let stands = connectors.iter().find(|one| one.department == d.department);
            row.push(stands.map_or_else(|| Said::text("—"), |one| how::tag(&s, one.state, one.pulling)));
            row.extend(PHASES.map(|p| dates(&s, d, p)));
            row.push(summed(&s, d));
            row
        })
        .collect();
    let end = foot("/departments", "/api/v1/rollout", &query, grid.rows.len());
    let choices = phases.map(|p| (p.as_str().to_owned(), phase(&s, p))).to_vec();
    let yes = vec![("true".to_owned(), s.t("connect.late").into())];
    let filters = vec![
        Filter { name: "phase", label: key("overview.phase"), value: of_phase, choices },
        Filter { name: "late", label: key("connect.late"), value: only_late, choices: yes },
    ];
    let sheet = Sheet::new(&s, s.t("connect.rollout"))
        .with(Body::Numbers(numbers))
        .with(Body::Links(vec![Link::new("/gate-reports", s.t("accept.title"))]))
        .with(Body::Filters(filters))
        .with(Body::Grid(grid))
        .with(end);
    shown(&app, &looks, sheet, None).await
}

fn conditions(s: &Shell, all: &[Condition]) -> Grid {
    let mut grid = Grid::new("", &[s.t("connect.asked"), s.t("connect.found"), s.t("list.state")]);
    grid.rows = all
        .iter()
        .map(|c| {
            let state = match c.met {
                Some(true) => Said::tag(Tone::Good, s.t("connect.met")),
                Some(false) => Said::tag(Tone::Bad, s.t("connect.not_met")),
                None => Said::tag(Tone::Warn, s.t("connect.unknown")),
            };
            vec![Said::text(s.either(&c.asked_zh, &c.asked_en)), Said::text(found(s, c)), state]
        })
        .collect();
    grid
}

/// The lines that take a department to its next phase, and where they go. Nothing here writes them.
fn proposal(app: &App, id: &str, next: Phase) -> String {
    let place = app.shown().under(&format!("departments.{id}.phase")).pop().and_then(|one| one.place);
    let place = place.map_or_else(|| format!("departments/{id}.toml"), |p| format!("{}:{}", p.file.display(), p.line));
    let folder = app.config.folder.display();
    format!(
        "# {folder}/{place}\nphase = \"{}\"\n\n# daylight check --config {folder}\n# systemctl restart daylight\n",
        next.as_str()
    )
}

pub(super) async fn one(State(app): House, looks: Looks, Path(id): Path<String>) -> Result<Response, Refusal> {
    page(&app, &looks, &id, None).await
}

pub(super) async fn page(app: &App, looks: &Looks, id: &str, again: Option<Again>) -> Result<Response, Refusal> {
    let s = looks.shell(app, "/departments").await?;
    let gate = gate_of(app, &looks.caller, id).await?;
    let department = app.department(id)?;
    let view = department_views(app).await?.into_iter().find(|d| d.id == id);
    let plan = app.rollout(Some(id)).await?.pop();
    let reports = app.gate_reports(Some(id)).await?;
    let mut facts = vec![
        fact(&s, key("overview.phase"), standing(&s, gate.phase)),
        fact(
            &s,
            key("connect.since"),
            Said::text(department.supervised_since.map_or_else(String::new, |d| d.to_string())),
        ),
        fact(&s, key("connect.connector"), Said::link(format!("/connectors/{}", part(id)), s.t("connect.open"))),
    ];
    facts.extend(department.suspended_because.as_ref().map(|why| fact(&s, key("connect.because"), Said::data(why))));
    let mut numbers = Vec::new();
    if let Some(d) = &view {
        facts.insert(1, fact(&s, key("overview.source"), how::tag(&s, d.health, d.pulling)));
        facts.insert(2, fact(&s, key("connect.who"), how::who(&s, d.who)));
        let number = |label: &str, value: u64, href: String| Number {
            label: s.t(label).into(),
            value: value.to_string(),
            href: Some(href),
            level: None,
        };
        numbers.push(number(key("overview.cases"), d.cases, format!("/cases?department={}", part(id))));
        numbers.push(number(
            key("overview.rejects"),
            d.rejects,
            format!("/quarantine?department={}&state=rejected", part(id)),
        ));
        numbers.push(number(
            key("connect.waiting"),
            d.waiting,
            format!("/quarantine?department={}&state=waiting", part(id)),
        ));
        facts.push(fact(&s, key("overview.last"), Said::text(said_or(d.last_pull))));
    }
    let mut plan_grid = Grid::new("", &[s.t("overview.phase"), s.t("connect.dates")]);
    plan_grid.rows =
        plan.iter().flat_map(|d| PHASES.map(|p| vec![Said::text(phase(&s, p)), dates(&s, d, p)])).collect();
    let mut reached = Grid::new("", &[s.t("overview.phase"), s.t("connect.entered")]);
    let word = |word: &str| serde_json::from_value::<Phase>(word.into()).map_or_else(|_| data(word), |p| phase(&s, p));
    reached.rows = gate.reached.iter().map(|(p, at)| vec![Said::text(word(p)), Said::text(said(*at))]).collect();
    let mut sheet = Sheet::new(&s, name(app, id));
    sheet.up = vec![Link::new("/departments", s.t("connect.rollout"))];
    let mut sheet = sheet
        .with(Body::Facts(facts))
        .with(Body::Numbers(numbers))
        .under(s.t("connect.plan"), Body::Grid(plan_grid))
        .under(s.t("connect.history"), Body::Grid(reached));
    if let Some(next) = gate.next {
        let heading = format!("{} → {}", s.t("connect.gate"), phase(&s, next));
        sheet = sheet.under(heading, Body::Grid(conditions(&s, &gate.conditions)));
        let words = if gate.open { s.t("connect.may_go_on") } else { s.t("connect.not_yet") };
        sheet = sheet.with(Body::Text(vec![words.into()]));
        if looks.caller.may(Right::Operate) {
            sheet = sheet.under(s.t("connect.proposal"), Body::Code(proposal(app, id, next)));
        }
    }
    if !reports.is_empty() {
        sheet = sheet.under(s.t("accept.title"), Body::Grid(accept::list(&s, &reports)));
    }
    if plan.is_some_and(|d| d.unsigned) {
        sheet = sheet.with(Body::Text(vec![s.t("accept.unsigned").into()]));
    }
    if department.phase.ingests()
        && let Some(form) = accept::freeze_form(&s, &looks.caller, id)
    {
        sheet = sheet.under(s.t("act.title"), Body::Forms(vec![form]));
    }
    shown(app, looks, sheet, again).await
}
