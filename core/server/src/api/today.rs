//! What is to be looked at today: what is open and by when, and what waits for whoever asks. Every number is the number of rows that an
//! operation lists. What may be many is counted from an index: the county may have a million cases. Only what waits for some and not for
//! others in the same state – proposals, drafts, appeals – is read, because whether it waits for this person stands in it.

use super::answer::{Answer, Asked, Refusal};
use super::appeal::decides;
use super::numbers::StateCount;
use super::read::case_seen;
use super::register::in_clear;
use super::routes::{Route, read};
use super::view::Page;
use super::waiting;
use crate::account::{CaseClock, RawRecord};
use crate::app::App;
use crate::oversight::Matter;
use crate::people::Caller;
use axum::extract::{Path, State};
use axum::{Extension, Json};
use daylight_domain::Timestamp;
use daylight_domain::complaint::Complaint;
use daylight_domain::draft::ItemDraft;
use daylight_domain::enquiry::Enquiry;
use daylight_domain::evaluation::entry::ScoreEntry;
use daylight_domain::exclusion::ExclusionEntry;
use daylight_domain::investigation::Investigation;
use daylight_domain::order::SupervisionOrder;
use daylight_domain::publication::Publication;
use daylight_domain::rating::Rating;
use daylight_domain::record::masked_raw;
use daylight_domain::role::Right;
use daylight_store::{CardFilter, DepartmentTotals, MatterFilter};
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

/// How many of each state wait for whoever asks. What nobody has begun is not read.
struct Waits<'a> {
    app: &'a App,
    caller: &'a Caller,
    /// Kind, state, how many there are.
    there: Vec<(String, String, u64)>,
    found: Vec<Waiting>,
}

impl Waits<'_> {
    fn add(&mut self, what: &'static str, state: &'static str, count: u64) {
        if count > 0 {
            self.found.push(Waiting { what, state, count });
        }
    }

    /// Matters of a kind in these states: the rows of its list asked with `waiting=mine`.
    async fn of<T: Matter + waiting::Waits>(
        &mut self,
        what: &'static str,
        states: &[&'static str],
    ) -> Result<(), Refusal> {
        for state in states {
            let there = self.there.iter().find(|(kind, is, n)| kind == T::KIND && is == state && *n > 0);
            let Some(all) = there.map(|(_, _, n)| *n) else { continue };
            let (department, states) = (self.caller.department.clone(), vec![(*state).to_owned()]);
            let filter = MatterFilter { department, states, limit: 1, ..MatterFilter::default() };
            let count = if T::differs(state, self.caller) {
                u64::try_from(waiting::every::<T>(self.app, self.caller, filter).await?.len()).unwrap_or(u64::MAX)
            } else {
                let one: Vec<T> = self.app.list_matters(filter).await?;
                if one.iter().any(|one| one.waits(self.caller)) { all } else { 0 }
            };
            self.add(what, state, count);
        }
        Ok(())
    }

    async fn cards(&mut self, there: &[(String, u64)]) -> Result<(), Refusal> {
        for (state, filter) in waiting::card_filters(self.caller, &CardFilter::default()) {
            let Some(all) = there.iter().find(|(is, n)| is == state.as_str() && *n > 0).map(|(_, n)| *n) else {
                continue;
            };
            // What was counted with the rest is not counted again.
            let count = if filter.not_by.is_none() { all } else { self.app.store.count_cards(&filter).await? };
            self.add("cards", state.as_str(), count);
        }
        Ok(())
    }

    async fn appeals(&mut self) -> Result<(), Refusal> {
        let lives = self.app.store.score_lives(&daylight_store::ScoreLifeFilter::default()).await?;
        let open = |row: &daylight_store::ScoreLifeRow| {
            row.life.appeals.iter().filter(|one| decides(self.caller, &row.life.ran_by, one)).count()
        };
        let count: usize = lives.iter().map(open).sum();
        self.add("appeals", "open", u64::try_from(count).unwrap_or(u64::MAX));
        Ok(())
    }
}

/// What waits for whoever asks: every number is that of the rows of a list.
async fn waiting_for(app: &App, caller: &Caller, cards: &[(String, u64)]) -> Result<Vec<Waiting>, Refusal> {
    let own = caller.department.as_deref();
    let there = app.store.matter_counts(own).await?;
    let mut all = Waits { app, caller, there, found: Vec::new() };
    let county = |right: Right| own.is_none() && caller.may(right);
    all.cards(cards).await?;
    all.of::<SupervisionOrder>("orders", &["proposed", "replied", "issued", "returned"]).await?;
    all.of::<Investigation>("investigations", &["proposed", "concluded", "measures"]).await?;
    if county(Right::Approve) {
        all.of::<Publication>("publications", &["draft"]).await?;
        all.of::<ExclusionEntry>("exclusions", &["proposed"]).await?;
        all.of::<ScoreEntry>("entries", &["proposed"]).await?;
    }
    if county(Right::Complain) || own.is_some() && caller.may(Right::Answer) {
        let states = ["registered", "accepted", "assigned", "handling", "replied", "closed"];
        all.of::<Complaint>("complaints", &states).await?;
        all.of::<Enquiry>("enquiries", &["registered", "replied"]).await?;
        all.of::<Rating>("ratings", &["open", "contacted", "appealed", "rectified"]).await?;
    }
    if caller.may(Right::Review) || caller.may(Right::Catalogue) {
        all.of::<ItemDraft>("item-drafts", &["submitted", "returned"]).await?;
    }
    if county(Right::Score) {
        all.appeals().await?;
    }
    let reports = u64::try_from(app.reports_to_sign(caller).await?.len()).unwrap_or(u64::MAX);
    all.add("gate-reports", "open", reports);
    Ok(all.found)
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
    let waiting = waiting_for(app, caller, &cards).await?;
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

/// The records of a case as they were received: whoever hands them on hides persons, and what nobody can say is none, without a reason.
pub(super) async fn raw_of(app: &App, caller: &Caller, department: &str, no: &str) -> Result<Vec<RawRecord>, Refusal> {
    case_seen(caller, department)?;
    Ok(app.raw_records(department, no).await?)
}

/// The records as they are shown where no reason is given.
pub(super) fn hide(all: &mut [RawRecord]) {
    all.iter_mut().for_each(|one| one.record = masked_raw(&one.record));
}

pub(super) async fn raw(
    State(app): House,
    Extension(caller): Who,
    Path((department, no)): Path<(String, String)>,
    query: Asked,
) -> Answer {
    let mut all = raw_of(&app, &caller, &department, &no).await?;
    if !in_clear(&app, &caller, &format!("{department}/{no}"), &query).await? {
        hide(&mut all);
    }
    Ok(Json(json!({ "items": all, "next": null })))
}

/// The routes of today and of what a case rests on.
pub(super) fn routes() -> Vec<Route> {
    vec![
        read::<Today>("/api/v1/today", "今日：在办、即将到期、超期、监察卡，以及等待本人办理的", &[]),
        read::<CaseClock>("/api/v1/cases/{department}/{case_no}/clock", "一个办件的时限，逐日计算", &[]),
        read::<Page<RawRecord>>(
            "/api/v1/cases/{department}/{case_no}/raw",
            "一个办件的原始记录；写明理由（reason）才显示个人信息，并记入审计",
            &["reason"],
        ),
    ]
}
