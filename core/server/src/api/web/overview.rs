//! 总览: the county today, for those who signed in; others see the plain public page. Every number leads to its rows.

use super::case::part;
use super::{House, anybody, form, may_see, said_or, shell, show, standing, system};
use crate::api::answer::Refusal;
use crate::api::auth::who;
use crate::api::read::views_of;
use crate::api::today::{self, OpenCases, Waiting};
use crate::api::view::DepartmentView;
use crate::people::Caller;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use daylight_console::sheet::{Body, Grid, Head, Link, Number, Said, Sheet};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::card::CardState;
use daylight_domain::role::Right;

const LEVELS: [&str; 3] = ["prewarning", "yellow", "red"];

fn number(label: &str, n: u64, href: impl Into<String>) -> Number {
    Number { label: label.into(), value: n.to_string(), href: Some(href.into()), level: None }
}

/// What is open, and by when.
fn open(s: &Shell, today: &OpenCases) -> Vec<Number> {
    let all = today.open.iter().map(|c| c.count).sum();
    let now = part(&today.as_of.rfc3339());
    let mut numbers = vec![number(s.t("overview.open"), all, "/cases?open=true")];
    if let Some(soon) = today.soon {
        let query = format!("/cases?order=due&due_from={now}&due_before={}", part(&soon.rfc3339()));
        numbers.push(number(s.t("overview.due_soon"), today.due_soon, query));
    }
    numbers.push(number(s.t("overview.over"), today.over, format!("/cases?order=due&due_before={now}")));
    numbers
}

/// What waits for this reader. Where there is no page yet, the number stands alone.
fn waiting(s: &Shell, caller: &Caller, all: &[Waiting]) -> Vec<Number> {
    let one = |w: &Waiting| {
        let page = format!("/{}", w.what);
        let state = CardState::from_name(w.state).filter(|_| w.what == "cards");
        // The same state may wait for something else of another kind.
        let own = format!("{}_{}", w.what, w.state);
        let usual = || match s.of("waiting_state.", &own) {
            unknown if unknown == own => Text::from(s.of("waiting_state.", w.state)),
            known => known.into(),
        };
        let word = state.map_or_else(usual, |state| s.word(state.name_zh(), state.as_str()));
        // Appeals against cards wait as cards.
        let kind = if w.what == "appeals" { "kind=score&" } else { "" };
        let address = format!("{page}?{kind}state={}&waiting=mine", w.state);
        Number {
            label: Text::from(s.of("waiting.", w.what)).and(" · ").and(word),
            value: w.count.to_string(),
            href: may_see(caller, &page).then_some(address),
            level: None,
        }
    };
    all.iter().map(one).collect()
}

fn levels(s: &Shell, all: &[DepartmentView]) -> Vec<Number> {
    let sum = |at: usize| -> u64 { all.iter().filter_map(|d| d.cards.get(at)).sum() };
    let one = |(at, level): (usize, &'static str)| Number {
        level: Some(level),
        ..number(s.of("level.", level), sum(at), format!("/cards?level={level}&standing=true"))
    };
    LEVELS.into_iter().enumerate().map(one).collect()
}

fn departments(s: &Shell, all: &[DepartmentView]) -> Grid {
    let mut grid = Grid { live: Some("card."), ..Grid::default() };
    let words = [key("overview.department"), key("overview.phase"), key("overview.source"), key("overview.last")];
    grid.heads = words.into_iter().map(|key| Head::new(s.t(key))).collect();
    grid.heads.extend(
        [key("overview.cases"), key("overview.open"), key("overview.rejects")].map(|key| Head::number(s.t(key))),
    );
    grid.heads.extend(LEVELS.map(|level| Head::number(s.of("level.", level))));
    grid.rows = all
        .iter()
        .map(|d| {
            let mut row = vec![
                Said::link(format!("/cases?department={}", d.id), data(&d.name)),
                Said::text(s.word(d.phase.name_zh(), d.phase.as_str())),
                standing::tag(s, d.health, d.pulling),
                Said::text(said_or(d.last_pull)),
                Said::Number(d.cases.to_string()),
                Said::link(format!("/cases?open=true&department={}", d.id), d.open.to_string()),
                Said::Number(d.rejects.to_string()),
            ];
            row.extend(LEVELS.iter().zip(d.cards).map(|(level, n)| {
                Said::link(format!("/cards?level={level}&standing=true&department={}", d.id), n.to_string())
            }));
            row
        })
        .collect();
    grid
}

pub(super) async fn home(State(app): House, headers: HeaderMap, uri: Uri) -> Result<Response, Refusal> {
    let caller = match who(&app, &headers, &Method::GET).await {
        Ok(caller) if caller.stale => return Ok(form::go("/account")),
        Ok(caller) if caller.may(Right::Read) => caller,
        _ => return system::status(&app, anybody(&app, (&headers, &uri)).await?).await,
    };
    let s = shell(&app, &caller, (&headers, &uri), "/").await?;
    let totals = app.store.department_totals().await?;
    let mut all = views_of(&app, &totals).await?;
    if let Some(own) = &caller.department {
        all.retain(|d| d.id == *own);
    }
    let today = today::of_totals(&app, &caller, &totals).await?;
    let silent = all.iter().filter(|d| s.stale.contains(&d.name));
    let silent = silent
        .map(|d| Link::new(format!("/cases?department={}", d.id), data(&d.name).and(" ").and(said_or(d.last_pull))));
    let sheet = Sheet::new(&s, s.t("overview.title"))
        .under(s.t("overview.today"), Body::Numbers(open(&s, &today.cases)))
        .under(s.t("overview.standing"), Body::Numbers(levels(&s, &all)))
        .under(s.t("overview.mine"), Body::Numbers(waiting(&s, &caller, &today.waiting)))
        .under(s.t("house.stale"), Body::Links(silent.collect()))
        .under(s.t("overview.departments"), Body::Grid(departments(&s, &all)));
    show(&app, &caller, &sheet).await
}
