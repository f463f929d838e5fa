//! Looking: lists and single things.

use super::answer::{Answer, Asked, Refusal, bad, goes_on, level, limit, page, state, time};
use super::auth::within;
use super::paths::period;
use super::register::in_clear;
use super::view::{CaseView, ClockView, DepartmentView};
use super::waiting;
use crate::app::App;
use crate::gate::Gate;
use crate::people::Caller;
use crate::problem::Problem;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use daylight_console::flow::{Over, Shown, Watched};
use daylight_domain::Timestamp;
use daylight_domain::card::{Card, CardState};
use daylight_domain::case::CaseState;
use daylight_domain::flow::{path, reached};
use daylight_domain::record::masked_raw;
use daylight_domain::role::Right;
use daylight_store::{CardFilter, CaseFilter, CaseRow, DepartmentTotals, FindingFilter, QuarantineFilter};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

type House = State<Arc<App>>;
type Who = Extension<Caller>;

/// Every department, with what the store and the last runs say of it.
pub(super) async fn department_views(app: &App) -> Result<Vec<DepartmentView>, Problem> {
    views_of(app, &app.store.department_totals().await?).await
}

/// As [`department_views`], from totals that are known already.
pub(super) async fn views_of(app: &App, totals: &[DepartmentTotals]) -> Result<Vec<DepartmentView>, Problem> {
    let runs = app.store.last_runs().await?;
    let mut all = Vec::new();
    for one in app.connector_views_of(None, totals).await? {
        let t = totals.iter().find(|t| t.department == one.department).cloned().unwrap_or_default();
        let last = runs.iter().find(|r| r.department == one.department);
        all.push(DepartmentView {
            lag: one.lag,
            cases: t.cases,
            open: t.open,
            rejects: t.rejects,
            waiting: t.waiting,
            health: one.state,
            since: one.since,
            who: one.who,
            pulling: one.pulling,
            next_pull: one.next_pull,
            last_pull: last.map(|r| r.started_at),
            last_reason: last.map(|r| r.reason.clone()),
            last_error: one.last_error,
            id: one.department,
            name: one.name,
            phase: one.phase,
            connector: one.connector,
            cards: t.cards,
            inside: t.inside,
        });
    }
    Ok(all)
}

pub(super) async fn departments(State(app): House, Extension(caller): Who) -> Answer {
    let mut all = department_views(&app).await?;
    if let Some(own) = &caller.department {
        all.retain(|d| d.id == *own);
    }
    Ok(Json(json!({ "items": all, "next": null })))
}

/// The gate of a department, its source asked.
pub(super) async fn gate_of(app: &App, caller: &Caller, id: &str) -> Result<Gate, Refusal> {
    within(caller, Some(&id.to_owned()))?;
    Ok(app.gate(id).await?)
}

pub(super) async fn gate(State(app): House, Extension(caller): Who, Path(id): Path<String>) -> Answer {
    Ok(Json(json!(gate_of(&app, &caller, &id).await?)))
}

pub(super) async fn run(State(app): House, Extension(caller): Who, Path(id): Path<String>) -> Answer {
    let row = app.store.run(&id).await?.ok_or_else(|| Problem::new("pull.unknown", format!("没有运行 {id}")))?;
    within(&caller, Some(&row.department))?;
    Ok(Json(json!(row)))
}

/// One page of cases, and where the next begins.
pub(super) async fn case_rows(
    app: &App,
    caller: &Caller,
    query: &HashMap<String, String>,
) -> Result<(Vec<CaseRow>, Option<String>), Refusal> {
    let limit = limit(query)?;
    let (due_from, due_before) = (time(query, "due_from")?, time(query, "due_before")?);
    let by_due = match query.get("order").map(String::as_str) {
        None => false,
        Some("due") => true,
        Some(word) => return Err(bad("query.order", &format!("不能按“{word}”排序"), "order=due 按承诺期限排序")),
    };
    let wrong = || bad("query.after", "after 不是上一页回答中的 next", "原样使用回答中的 next");
    let (mut after, mut after_due) = (None, None);
    if let Some(mut text) = query.get("after").map(String::as_str) {
        if by_due {
            let (due, rest) = text.split_once('/').ok_or_else(wrong)?;
            (after_due, text) = (Some(Timestamp(due.parse().map_err(|_| wrong())?)), rest);
        }
        after = Some(text.split_once('/').map(|(d, c)| (d.to_owned(), c.to_owned())).ok_or_else(wrong)?);
    }
    let filter = CaseFilter {
        department: within(caller, query.get("department"))?,
        state: state(query, CaseState::WORDS)?,
        item: query.get("item").cloned(),
        open: query.get("open").is_some_and(|word| word == "true"),
        due_from,
        due_before,
        card: level(query, "card")?,
        by_due,
        after,
        after_due,
        limit,
    };
    let rows = app.store.cases(&filter).await?;
    let next = goes_on(&rows, limit, |r| {
        let place = format!("{}/{}", r.department, r.case.case_no);
        if by_due { format!("{}/{place}", r.promise_due.map_or(0, |due| due.0)) } else { place }
    });
    Ok((rows, next))
}

pub(super) async fn cases(State(app): House, Extension(caller): Who, Query(query): Asked) -> Answer {
    let (items, next) = case_rows(&app, &caller, &query).await?;
    Ok(Json(json!({ "items": items, "next": next })))
}

/// Refuses who may not see a department's cases.
pub(super) fn case_seen(caller: &Caller, department: &str) -> Result<(), Refusal> {
    within(caller, Some(&department.to_owned())).map(|_| ())
}

/// Everything about one case of a department somebody may see, its persons in clear: whoever hands it on masks them without a reason.
pub(super) async fn case_view(
    app: &App,
    caller: &Caller,
    department: &str,
    case_no: &str,
) -> Result<CaseView, Refusal> {
    within(caller, Some(&department.to_owned()))?;
    let missing = || Problem::new("case.unknown", format!("{department} 没有办件 {case_no}"));
    let row = app.store.case(department, case_no).await?.ok_or_else(missing)?;
    let of = (Some(department.to_owned()), Some(case_no.to_owned()));
    let findings =
        FindingFilter { department: of.0.clone(), case_no: of.1.clone(), limit: 1000, ..FindingFilter::default() };
    let cards = CardFilter { department: of.0, case_no: of.1, limit: 1000, ..CardFilter::default() };
    Ok(CaseView {
        main: app.main_of(&row).await?,
        parts: app.parts_of(department, case_no).await?,
        events: app.store.case_events(department, case_no).await?,
        clock: ClockView { promise_due: row.promise_due, legal_due: row.legal_due, next_due: row.next_due },
        findings: app.store.findings(&findings).await?,
        cards: app.store.cards(&cards).await?.into_iter().filter(|c| issued_or_mine(caller, c)).collect(),
        case: row.case,
        department: department.to_owned(),
    })
}

pub(super) async fn case(
    State(app): House,
    Extension(caller): Who,
    Path((department, case_no)): Path<(String, String)>,
    query: Asked,
) -> Answer {
    let mut view = case_view(&app, &caller, &department, &case_no).await?;
    if !in_clear(&app, &caller, &format!("{department}/{case_no}"), &query).await? {
        view.mask();
    }
    Ok(Json(json!(view)))
}

/// One page of cards as somebody may see them, and where the next begins.
pub(super) async fn card_rows(
    app: &App,
    caller: &Caller,
    query: &HashMap<String, String>,
) -> Result<(Vec<Card>, Option<String>), Refusal> {
    let limit = limit(query)?;
    let filter = CardFilter {
        department: within(caller, query.get("department"))?,
        level: level(query, "level")?,
        state: state(query, CardState::WORDS)?,
        standing: query.get("standing").is_some_and(|word| word == "true"),
        after: query.get("after").cloned(),
        limit,
        ..CardFilter::default()
    };
    let rows = if waiting::mine(query)? {
        waiting::cards(app, caller, filter).await?
    } else {
        app.store.cards(&filter).await?
    };
    let next = goes_on(&rows, limit, |c| c.no.clone());
    Ok((rows.into_iter().filter(|c| issued_or_mine(caller, c)).collect(), next))
}

pub(super) async fn cards(State(app): House, Extension(caller): Who, Query(query): Asked) -> Answer {
    let (items, next) = card_rows(&app, &caller, &query).await?;
    Ok(Json(json!({ "items": items, "next": next })))
}

pub(super) async fn manual_rules(State(app): House) -> Answer {
    let all: Vec<_> = app.config.rules.book.manual().collect();
    Ok(Json(json!({ "items": all, "next": null })))
}

/// What waits for a person's confirmation, or was never issued, is theirs who decide about it.
pub(super) fn issued_or_mine(caller: &Caller, card: &Card) -> bool {
    let inside = matches!(card.state, CardState::PendingConfirm | CardState::Cancelled);
    !inside || caller.may(Right::Supervise) || caller.may(Right::Discipline)
}

/// A card as somebody may see it.
pub(super) async fn card_of(app: &App, caller: &Caller, no: &str) -> Result<Card, Refusal> {
    let unknown = || Problem::new("card.unknown", format!("没有监察卡 {no}"));
    let card = app.store.card(no).await?.filter(|c| issued_or_mine(caller, c)).ok_or_else(unknown)?;
    within(caller, Some(&card.department))?;
    Ok(card)
}

pub(super) async fn card(State(app): House, Extension(caller): Who, Path(no): Path<String>) -> Answer {
    Ok(Json(json!(card_of(&app, &caller, &no).await?)))
}

pub(super) async fn item(State(app): House, Path(code): Path<String>) -> Answer {
    let today = app.clock.now().date();
    let missing = || Problem::new("item.unknown", format!("事项目录中没有“{code}”"));
    let item = app.config.rules.catalogue.at(&code, today).ok_or_else(missing)?;
    Ok(Json(json!(item.as_ref())))
}

/// The flow chart of an item, as it is today or as it was for a case.
pub(super) async fn flow(
    State(app): House,
    Extension(caller): Who,
    Path(code): Path<String>,
    Query(query): Asked,
) -> Result<Response, Refusal> {
    let catalogue = &app.config.rules.catalogue;
    let today = app.clock.now().date();
    let missing = || Problem::new("item.unknown", format!("事项目录中没有“{code}”"));
    let mut item = catalogue.at(&code, today).ok_or_else(missing)?;
    if let Some(version) = query.get("version") {
        let unknown = || Problem::new("item.unknown", format!("事项 {code} 没有版本“{version}”"));
        let found = version.parse().ok().and_then(|v| catalogue.version(&code, v));
        item = found.ok_or_else(unknown)?;
    }
    let mut taken = None;
    if let Some(case_no) = query.get("case_no") {
        let department = within(&caller, query.get("department"))?.unwrap_or_else(|| item.department.clone());
        let unknown = || Problem::new("case.unknown", format!("{department} 没有事项 {code} 的办件 {case_no}"));
        let row =
            app.store.case(&department, case_no).await?.filter(|r| r.case.item_code == code).ok_or_else(unknown)?;
        item = catalogue.version(&code, row.case.item_version).unwrap_or(item);
        taken = item.flow.as_ref().map(|flow| (case_no, path(flow, &row.case), reached(flow, &row.case)));
    }
    let watched = if taken.is_none() && (query.contains_key("from") || query.contains_key("to")) {
        let (department, period) = (query.get("department").unwrap_or(&item.department), period(&query)?);
        within(&caller, Some(department))?;
        Some(app.traffic(item, department, period).await?)
    } else {
        None
    };
    let over = match (&taken, &watched) {
        (Some((case_no, path, reached)), _) => Over::Case(Shown { case_no, path, reached }),
        (None, Some((traffic, from, to))) => Over::Traffic(Watched { traffic, from: *from, to: *to }),
        (None, None) => Over::Nothing,
    };
    let drawn = daylight_console::flow::svg(item, over);
    let none = || Problem::new("item.no-flow", format!("事项“{code}”没有运行流程图"));
    let text = drawn.ok_or_else(none)?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml; charset=utf-8")], text).into_response())
}

pub(super) async fn quarantine(State(app): House, Extension(caller): Who, Query(query): Asked) -> Answer {
    let limit = limit(&query)?;
    let filter = QuarantineFilter {
        department: within(&caller, query.get("department"))?,
        state: state(&query, &["waiting", "rejected", "replayed", "dismissed"])?,
        code: query.get("code").cloned(),
        before: query.get("after").cloned(),
        limit,
    };
    let mut rows = app.store.quarantine(&filter).await?;
    // Whom they are about is seen one by one, for a reason.
    rows.iter_mut().for_each(|row| row.record = masked_raw(&row.record));
    Ok(page(&rows, limit, |r| r.id.clone()))
}

pub(super) async fn reconciliations(State(app): House, Extension(caller): Who, Query(query): Asked) -> Answer {
    let department = within(&caller, query.get("department"))?;
    let rows = app.store.reconciliations(department.as_deref(), limit(&query)?).await?;
    Ok(Json(json!({ "items": rows, "next": null })))
}

pub(super) async fn plugins(State(app): House) -> Answer {
    Ok(Json(json!({ "items": app.store.plugins().await?, "next": null })))
}
