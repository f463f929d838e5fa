//! What is to be looked at today: what is open and by when, and what waits for whoever asks. Every number is the number of rows that an
//! operation lists, and each is counted from an index: the county may have a million cases.

use super::answer::{Answer, Refusal};
use super::numbers::StateCount;
use super::read::case_seen;
use super::routes::{Route, read};
use super::view::Page;
use crate::account::{CaseClock, RawRecord};
use crate::app::App;
use crate::people::Caller;
use axum::extract::{Path, State};
use axum::{Extension, Json};
use daylight_domain::Timestamp;
use daylight_domain::record::masked_raw;
use daylight_domain::role::Right;
use daylight_store::DepartmentTotals;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

type House = State<Arc<App>>;
type Who = Extension<Caller>;

/// So many working days ahead are soon, with today.
const SOON: u32 = 2;

/// Matters that wait for whoever asks.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Waiting {
    /// What: `cards`, `orders`, `publications`, …
    pub what: &'static str,
    /// In which state.
    pub state: &'static str,
    /// How many.
    pub count: u64,
}

/// Open cases, and by when they are due.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OpenCases {
    /// When it was counted.
    pub as_of: Timestamp,
    /// Open cases, by state.
    pub open: Vec<StateCount>,
    /// Open cases whose promised limit ends before `soon`, and has not ended.
    pub due_soon: u64,
    /// The end of the second working day after today; nothing where the calendar ends.
    pub soon: Option<Timestamp>,
    /// Open cases whose promised limit has ended.
    pub over: u64,
}

/// Today.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Today {
    /// Open cases.
    #[serde(flatten)]
    pub cases: OpenCases,
    /// Cards that are out, and those that wait inside, by state.
    pub cards: Vec<StateCount>,
    /// What waits for whoever asks.
    pub waiting: Vec<Waiting>,
}

/// What waits for whom: (what, kind of matter, states, the right to go on with it, whether for departments).
type Duty = (&'static str, &'static str, &'static [&'static str], Right, bool);
const DUTIES: &[Duty] = &[
    ("orders", "order", &["proposed", "replied"], Right::Order, false),
    ("orders", "order", &["issued", "returned"], Right::Answer, true),
    ("investigations", "investigation", &["proposed"], Right::Approve, false),
    ("publications", "publication", &["draft"], Right::Approve, false),
    ("exclusions", "exclusion", &["proposed"], Right::Approve, false),
    ("entries", "entry", &["proposed"], Right::Approve, false),
    ("complaints", "complaint", &["registered", "accepted", "replied", "closed"], Right::Complain, false),
    ("complaints", "complaint", &["assigned", "handling"], Right::Answer, true),
    ("enquiries", "enquiry", &["registered"], Right::Complain, false),
    ("ratings", "rating", &["open", "appealed", "rectified"], Right::Complain, false),
    ("ratings", "rating", &["open", "contacted"], Right::Answer, true),
];
const CARDS: &[(&[&str], Right, bool)] = &[
    (&["pending_confirm", "answered", "appealed"], Right::Supervise, false),
    (&["issued", "read"], Right::Answer, true),
];

fn states(rows: Vec<(String, u64)>) -> Vec<StateCount> {
    rows.into_iter().map(|(state, count)| StateCount { state, count }).collect()
}

/// What is open, of one department or of all.
pub(super) async fn open_cases(app: &App, department: Option<&str>) -> Result<OpenCases, Refusal> {
    let now = app.clock.now();
    let soon = app.config.rules.calendar.nth_working_day_after(now.date(), SOON).ok().map(Timestamp::end_of);
    let due_soon = match soon {
        Some(soon) => app.store.count_due(department, Some(now), soon).await?,
        None => 0,
    };
    let over = app.store.count_due(department, None, now).await?;
    Ok(OpenCases { as_of: now, open: states(app.store.open_cases(department).await?), due_soon, soon, over })
}

/// Cards by state, of one department or of all.
fn card_states(totals: &[DepartmentTotals], own: Option<&str>) -> Vec<(String, u64)> {
    let mut all: BTreeMap<&str, u64> = BTreeMap::new();
    for one in totals.iter().filter(|t| own.is_none_or(|own| own == t.department)) {
        for (state, n) in &one.card_states {
            *all.entry(state).or_default() += n;
        }
    }
    all.into_iter().map(|(state, n)| (state.to_owned(), n)).collect()
}

/// What is to be looked at, of the department of whoever asks or of all.
pub(super) async fn of(app: &App, caller: &Caller) -> Result<Today, Refusal> {
    let own = caller.department.as_deref();
    let states = match own {
        Some(_) => app.store.card_states(own).await?,
        None => card_states(&app.store.department_totals().await?, None),
    };
    of_counted(app, caller, states).await
}

/// As [`of`], where the cards were counted already.
pub(super) async fn of_totals(app: &App, caller: &Caller, totals: &[DepartmentTotals]) -> Result<Today, Refusal> {
    of_counted(app, caller, card_states(totals, caller.department.as_deref())).await
}

async fn of_counted(app: &App, caller: &Caller, cards: Vec<(String, u64)>) -> Result<Today, Refusal> {
    let own = caller.department.as_deref();
    let mine = |right: Right, department: bool| caller.may(right) && department == own.is_some();
    let mut waiting = Vec::new();
    let mut waits = |what, state: &'static str, count: u64| {
        if count > 0 {
            waiting.push(Waiting { what, state, count });
        }
    };
    for (words, ..) in CARDS.iter().filter(|(_, right, department)| mine(*right, *department)) {
        for word in *words {
            waits("cards", word, cards.iter().find(|(state, _)| state == word).map_or(0, |(_, n)| *n));
        }
    }
    let matters = app.store.matter_counts(own).await?;
    for (what, kind, words, ..) in DUTIES.iter().filter(|(.., right, department)| mine(*right, *department)) {
        for word in *words {
            let found = matters.iter().find(|(of, state, _)| of == kind && state == word);
            waits(what, word, found.map_or(0, |(_, _, n)| *n));
        }
    }
    if mine(Right::Score, false) {
        let lives = app.store.score_lives(&daylight_store::ScoreLifeFilter::default()).await?;
        let open = lives.iter().filter(|row| row.life.open_appeals() > 0).count();
        waits("scores", "appeal", u64::try_from(open).unwrap_or(u64::MAX));
    }
    let decides = caller.may(Right::Supervise) || caller.may(Right::Discipline);
    let inside = |state: &str| ["pending_confirm", "cancelled"].contains(&state) && !decides;
    let cards = states(cards.into_iter().filter(|(state, _)| !inside(state)).collect());
    Ok(Today { cases: open_cases(app, own).await?, cards, waiting })
}

pub(super) async fn show(State(app): House, Extension(caller): Who) -> Answer {
    Ok(Json(json!(of(&app, &caller).await?)))
}

pub(super) async fn clock_of(app: &App, caller: &Caller, department: &str, no: &str) -> Result<CaseClock, Refusal> {
    case_seen(caller, department)?;
    Ok(app.explained(department, no).await?.0)
}

pub(super) async fn clock(
    State(app): House,
    Extension(caller): Who,
    Path((department, no)): Path<(String, String)>,
) -> Answer {
    Ok(Json(json!(clock_of(&app, &caller, &department, &no).await?)))
}

/// The records of a case as they were received; persons, and what nobody can say is none, are hidden from who may not see them.
pub(super) async fn raw_of(app: &App, caller: &Caller, department: &str, no: &str) -> Result<Vec<RawRecord>, Refusal> {
    case_seen(caller, department)?;
    let mut all = app.raw_records(department, no).await?;
    if !caller.may(Right::Personal) {
        all.iter_mut().for_each(|one| one.record = masked_raw(&one.record));
    }
    Ok(all)
}

pub(super) async fn raw(
    State(app): House,
    Extension(caller): Who,
    Path((department, no)): Path<(String, String)>,
) -> Answer {
    Ok(Json(json!({ "items": raw_of(&app, &caller, &department, &no).await?, "next": null })))
}

/// The routes of today and of what a case rests on.
pub(super) fn routes() -> Vec<Route> {
    vec![
        read::<Today>("/api/v1/today", "今日：在办、即将到期、超期、监察卡，以及等待本人办理的", &[]),
        read::<CaseClock>("/api/v1/cases/{department}/{case_no}/clock", "一个办件的时限，逐日计算", &[]),
        read::<Page<RawRecord>>("/api/v1/cases/{department}/{case_no}/raw", "一个办件的原始记录，按接收时的样子", &[]),
    ]
}
