//! What waits: mine, nobody's, the department's, approvals, opinions other departments ask for; cases found; everything handed over.

use super::case::holder;
use super::{LIVE, address, closed, colleagues, countdown, open};
use crate::api::answer::Refusal;
use crate::api::desk;
use crate::api::web::form::{body_of, refill, refused, sent};
use crate::api::web::{House, answer, asked, limits, pager, said, show};
use crate::app::App;
use crate::desk::{DeskListed, DeskTask};
use crate::people::Caller;
use crate::problem::Problem;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use daylight_console::list::Filter;
use daylight_console::sheet::{Body, Field, Form, Grid, Kind, Number, Said, Sheet};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::desk::{DeskActor, DeskState};
use daylight_store::DeskWorkFilter;
use std::collections::HashMap;
use std::sync::Arc;

const KINDS: [&str; 11] =
    ["accept", "correction", "step", "decide", "finish", "deliver", "special", "upper", "ask", "joint", "tolerance"];
/// What is counted at most.
const COUNTED: u32 = 100;

/// The words of the page as the API takes them: `whose` says of whom.
fn wanted(query: &HashMap<String, String>) -> HashMap<String, String> {
    let mut wanted = query.clone();
    let (mine, free) = match wanted.remove("whose").as_deref() {
        Some("own") => ("true", "false"),
        Some("free") => ("false", "true"),
        Some("all") => ("false", "false"),
        _ => ("true", "true"),
    };
    wanted.insert("mine".to_owned(), mine.to_owned());
    wanted.insert("free".to_owned(), free.to_owned());
    wanted
}

/// How many there are of something; `100+` for more than are counted.
async fn count(app: &App, filter: DeskWorkFilter) -> Result<String, Refusal> {
    let n = app.store.desk_work(&DeskWorkFilter { limit: COUNTED + 1, ..filter }).await?.len();
    let most = usize::try_from(COUNTED).unwrap_or(usize::MAX);
    Ok(if n > most { format!("{most}+") } else { n.to_string() })
}

async fn numbers(app: &App, s: &Shell, by: DeskActor<'_>) -> Result<Vec<Number>, Refusal> {
    let of = |kind: Option<&str>| DeskWorkFilter {
        department: by.department.to_owned(),
        kind: kind.map(str::to_owned),
        ..DeskWorkFilter::default()
    };
    let mine = DeskWorkFilter { assigned: Some(by.user.to_owned()), ..of(None) };
    let late = DeskWorkFilter { due_before: Some(app.clock.now()), ..of(None) };
    let all = [
        (s.t("desk.waiting_mine"), mine, "/desk?whose=own".to_owned()),
        (s.t("desk.waiting_ask"), of(Some("ask")), "/desk?whose=all&kind=ask".to_owned()),
        (s.t("desk.waiting_joint"), of(Some("joint")), "/desk?whose=all&kind=joint".to_owned()),
        (
            s.t("desk.waiting_late"),
            late,
            format!("/desk?whose=all&due_before={}", app.clock.now().rfc3339().replace('+', "%2B")),
        ),
    ];
    let mut shown = Vec::new();
    for (label, filter, href) in all {
        let value = count(app, filter).await?;
        shown.push(Number { label: label.into(), value, href: Some(href), level: None });
    }
    Ok(shown)
}

fn row(app: &App, s: &Shell, task: &DeskTask) -> Vec<Said> {
    vec![
        Said::link(address(&task.department, &task.case.no), data(&task.case.no)),
        countdown(app, s, task.due),
        Said::text(s.either(task.work.name.as_str(), s.of("desk_work.", &task.work.kind))),
        Said::data(task.case.item_name.clone()),
        Said::data(task.case.applicant.clone()),
        holder(s, task.work.assigned.as_ref()),
        Said::text(said(task.work.since)),
    ]
}

fn tasks(app: &App, s: &Shell, all: &[DeskTask]) -> Grid {
    let heads = [
        s.t("desk.no"),
        s.t("desk.due"),
        s.t("desk.work"),
        s.t("desk.item"),
        s.t("desk.applicant"),
        s.t("desk.holder"),
        s.t("desk.since"),
    ];
    let rows = all.iter().map(|task| row(app, s, task)).collect();
    Grid { live: Some(LIVE), rows, ..Grid::new("", &heads) }
}

/// A department with a system of its own: why it has no desk, and what others ask of it all the same.
async fn asked_only(app: &Arc<App>, caller: &Caller, s: &Shell, problem: &Problem) -> Result<Response, Refusal> {
    let query = HashMap::from([("kind".to_owned(), "joint".to_owned())]);
    let page = desk::queue(State(Arc::clone(app)), Extension(caller.clone()), Query(query)).await?.0;
    let sheet = closed(s, problem).under(s.t("desk.waiting_joint"), Body::Grid(tasks(app, s, &page.items)));
    answer(s, &sheet)
}

async fn queue_page(
    app: &Arc<App>,
    caller: &Caller,
    (around, query): ((&HeaderMap, &Uri), HashMap<String, String>),
    again: Option<(StatusCode, Text, Bytes)>,
    told: Option<Text>,
) -> Result<Response, Refusal> {
    let (s, by, settings) = open(app, caller, (around, "/desk"), None).await?;
    if let Err(problem) = settings {
        return asked_only(app, caller, &s, &problem).await;
    }
    let query = asked(query);
    let most = crate::api::answer::limit(&query)?;
    let state = State(Arc::clone(app));
    let page = desk::queue(state, Extension(caller.clone()), Query(wanted(&query))).await?.0;
    let value = |name: &str| query.get(name).cloned().unwrap_or_default();
    let whose =
        [("mine", s.t("desk.mine")), ("own", s.t("desk.own")), ("free", s.t("desk.free")), ("all", s.t("desk.all"))];
    let whose = whose.map(|(word, label)| (word.to_owned(), label.into())).to_vec();
    let kinds = KINDS.iter().map(|w| ((*w).to_owned(), s.of("desk_work.", w).into()));
    let chosen = if value("whose").is_empty() { "mine".to_owned() } else { value("whose") };
    let filters = vec![
        Filter { name: "whose", label: key("desk.whose"), value: chosen, choices: whose },
        Filter { name: "kind", label: key("desk.kind"), value: value("kind"), choices: kinds.collect() },
        Filter { name: "step", label: key("desk.step"), value: value("step"), choices: Vec::new() },
        limits(most),
    ];
    let grid = tasks(app, &s, &page.items);
    let foot = pager("/desk", "/api/v1/desk/queue", &query, grid.rows.len(), page.next);
    let mut over = over_form(app, &s, by).await?;
    let mut sheet = Sheet::new(&s, s.t("nav.desk_queue"));
    sheet.said = told;
    if let Some((_, words, body)) = &again {
        refill(&mut over, body);
        sheet.said = Some(words.clone());
    }
    let sheet = sheet
        .with(Body::Numbers(numbers(app, &s, by).await?))
        .with(Body::Filters(filters))
        .with(Body::Grid(grid))
        .with(Body::Pager(foot))
        .under(s.t("desk.over_to"), Body::Forms(vec![over]));
    let mut made = show(app, caller, &sheet).await?;
    if let Some((status, ..)) = again {
        *made.status_mut() = status;
    }
    Ok(made)
}

pub(super) async fn queue(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    queue_page(&app, &caller, ((&headers, &uri), query), None, None).await
}

/// Everything that somebody has goes to somebody else: by that person, or by whoever is in charge.
async fn over_form(app: &App, s: &Shell, by: DeskActor<'_>) -> Result<Form, Refusal> {
    let people = colleagues(app, by.department).await?;
    let from = if by.leader {
        Field::new("from", s.t("desk.over_from"), Kind::Choice(people.clone())).needed().value(by.user)
    } else {
        Field::hidden("from", by.user)
    };
    let others = people.into_iter().filter(|(name, _)| by.leader || name != by.user).collect();
    let fields = vec![
        from,
        Field::new("to", s.t("desk.hand_to"), Kind::Choice(others)).needed(),
        Field::new("reason", s.t("desk.reason"), Kind::Line),
    ];
    Ok(Form::new("/desk/hand-over", s.t("desk.over_to"), fields))
}

pub(super) async fn hand_over(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let (s, by, settings) = open(&app, &caller, ((&headers, &uri), "/desk"), None).await?;
    settings?;
    let json = body_of(&over_form(&app, &s, by).await?, &body);
    let state = State(Arc::clone(&app));
    let around = ((&headers, &uri), HashMap::new());
    match desk::hand_over(state, Extension(caller.clone()), HeaderMap::new(), json.into()).await {
        Ok(done) => {
            let bytes = axum::body::to_bytes(done.into_body(), 1 << 20).await.unwrap_or_default();
            let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
            let n = value.get("cases").and_then(serde_json::Value::as_array).map_or(0, Vec::len);
            let told = s.t("desk.over_done").replace("{n}", &n.to_string());
            queue_page(&app, &caller, around, None, Some(told.into())).await
        }
        Err(refusal) => {
            let (status, words) = refused(&s, refusal)?;
            queue_page(&app, &caller, around, Some((status, words, body)), None).await
        }
    }
}

fn found(s: &Shell, rows: &[DeskListed]) -> Grid {
    let heads = [
        s.t("desk.no"),
        s.t("desk.state"),
        s.t("desk.item"),
        s.t("desk.applicant"),
        s.t("desk.received"),
        s.t("desk.step"),
        s.t("desk.holder"),
    ];
    let mut grid = Grid { live: Some(LIVE), ..Grid::new("", &heads) };
    let line = |one: &DeskListed| {
        let state = DeskState::from_name(&one.state)
            .map_or_else(|| data(&one.state), |state| s.word(state.name_zh(), &one.state));
        vec![
            Said::link(address(&one.department, &one.no), data(&one.no)),
            Said::text(state),
            Said::data(one.item_name.clone()),
            Said::data(one.applicant.clone()),
            Said::text(said(one.received_at)),
            Said::data(one.steps.join("、")),
            Said::data(one.assigned.clone().unwrap_or_default()),
        ]
    };
    grid.rows = rows.iter().map(line).collect();
    grid
}

async fn list_page(
    app: &Arc<App>,
    caller: &Caller,
    (around, query): ((&HeaderMap, &Uri), HashMap<String, String>),
    name: Option<String>,
) -> Result<Response, Refusal> {
    let (s, _, settings) = open(app, caller, (around, "/desk/cases"), None).await?;
    if let Err(problem) = settings {
        return answer(&s, &closed(&s, &problem));
    }
    let query = asked(query);
    let most = crate::api::answer::limit(&query)?;
    let mut wanted = query.clone();
    wanted.extend(name.clone().map(|name| ("applicant".to_owned(), name)));
    let page = desk::list(State(Arc::clone(app)), Extension(caller.clone()), Query(wanted)).await?.0;
    let value = |name: &str| query.get(name).cloned().unwrap_or_default();
    let states = DeskState::ALL.iter().map(|one| (one.as_str().to_owned(), s.word(one.name_zh(), one.as_str())));
    let filters = vec![
        Filter { name: "q", label: key("desk.begins"), value: value("q"), choices: Vec::new() },
        Filter { name: "item", label: key("list.item"), value: value("item"), choices: Vec::new() },
        Filter { name: "state", label: key("desk.state"), value: value("state"), choices: states.collect() },
        Filter { name: "assigned", label: key("desk.holder"), value: value("assigned"), choices: Vec::new() },
        limits(most),
    ];
    let grid = found(&s, &page.items);
    let foot =
        pager("/desk/cases", "/api/v1/desk/cases", &query, grid.rows.len(), page.next.filter(|_| name.is_none()));
    let by_name = Field::new("applicant", s.t("desk.applicant_name"), Kind::Line)
        .needed()
        .key('n')
        .value(name.unwrap_or_default())
        .hint(s.t("desk.name_hint"));
    let forms = vec![Form::new("/desk/cases", s.t("desk.find"), vec![by_name])];
    let sheet = Sheet::new(&s, s.t("nav.desk_cases"))
        .with(Body::Filters(filters))
        .with(Body::Grid(grid))
        .with(Body::Pager(foot))
        .under(s.t("desk.by_name"), Body::Forms(forms));
    show(app, caller, &sheet).await
}

pub(super) async fn list(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    list_page(&app, &caller, ((&headers, &uri), query), None).await
}

/// By an applicant's name, which is sent and not put into the address.
pub(super) async fn named(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let name = sent(&body, "applicant").into_iter().next().unwrap_or_default();
    list_page(&app, &caller, ((&headers, &uri), HashMap::new()), Some(name)).await
}
