//! 办件: the list, the file of one, and its records as they were received.

use super::account;
use super::catalogue::said::coded;
use super::form::refused;
use super::{House, asked, departments, limits, name, pager, rule, said, said_or, shell, show};
use crate::api::answer::{Refusal, limit};
use crate::api::auth::within;
use crate::api::numbers::StateCount;
use crate::api::read::{case_rows, case_view};
use crate::api::register::in_clear;
use crate::api::today;
use crate::api::view::{CaseLink, CaseView};
use crate::app::App;
use crate::people::Caller;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use daylight_console::list::Filter;
use daylight_console::sheet::{
    Body, Choice, Drawing, Field as Entry, Form as Sent, Grid, Head, Kind, Link, Number, Said, Sheet, Tone,
};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::case::{Case, CaseState};
use daylight_domain::event::EventKind;
use daylight_domain::record::{Field, Form};
use daylight_domain::role::Right;
use std::collections::HashMap;

/// The states of a case, as words.
fn states(s: &Shell) -> Vec<Choice> {
    CaseState::WORDS.iter().map(|w| ((*w).to_owned(), s.of("case_state.", w).into())).collect()
}

/// A word of an address.
pub(super) fn part(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// What is open, each number with its rows.
fn open(s: &Shell, today: &today::OpenCases, department: Option<&String>) -> Vec<Number> {
    let own = department.map(|d| format!("&department={d}")).unwrap_or_default();
    let one = |label: &str, n: u64, query: String| Number {
        label: label.into(),
        value: n.to_string(),
        href: Some(format!("/cases?{query}{own}")),
        level: None,
    };
    let state = |c: &StateCount| one(s.of("case_state.", &c.state), c.count, format!("state={}", c.state));
    let mut all: Vec<Number> = today.open.iter().map(state).collect();
    let (now, soon) = (part(&today.as_of.rfc3339()), today.soon.map(|t| part(&t.rfc3339())));
    if let Some(soon) = soon {
        let query = format!("order=due&due_from={now}&due_before={soon}");
        all.push(one(s.t("overview.due_soon"), today.due_soon, query));
    }
    all.push(one(s.t("overview.over"), today.over, format!("order=due&due_before={now}")));
    all
}

fn filters(app: &App, caller: &Caller, s: &Shell, (query, most): (&HashMap<String, String>, u32)) -> Vec<Filter> {
    let value = |name: &str| query.get(name).cloned().unwrap_or_default();
    let levels = ["prewarning", "yellow", "red"].map(|w| (w.to_owned(), s.of("level.", w).into())).to_vec();
    let orders = vec![("due".to_owned(), s.t("case.by_due").into())];
    vec![
        Filter {
            name: "department",
            label: key("list.department"),
            value: value("department"),
            choices: departments(app, caller),
        },
        Filter { name: "state", label: key("list.state"), value: value("state"), choices: states(s) },
        Filter { name: "card", label: key("list.level"), value: value("card"), choices: levels },
        Filter { name: "item", label: key("list.item"), value: value("item"), choices: Vec::new() },
        Filter { name: "order", label: key("case.order"), value: value("order"), choices: orders },
        limits(most),
    ]
}

/// The address of the list in another order.
fn ordered(query: &HashMap<String, String>, order: Option<&str>) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    let mut kept: Vec<_> = query.iter().filter(|(n, _)| *n != "order" && *n != "after").collect();
    kept.sort();
    kept.into_iter().for_each(|(n, v)| {
        pairs.append_pair(n, v);
    });
    if let Some(order) = order {
        pairs.append_pair("order", order);
    }
    format!("/cases?{}", pairs.finish())
}

pub(super) async fn list(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/cases").await?;
    let query = asked(query);
    let most = limit(&query)?;
    let (rows, next) = case_rows(&app, &caller, &query).await?;
    let heads = [
        s.t("case.no"),
        s.t("list.department"),
        s.t("case.item"),
        s.t("list.state"),
        s.t("case.accepted"),
        s.t("case.finished"),
        s.t("case.due"),
        s.t("case.card"),
    ];
    let mut grid = Grid { live: Some("case."), ..Grid::new("", &heads) };
    let by_due = query.contains_key("order");
    if let Some(head) = grid.heads.get_mut(6) {
        head.sort = Some((ordered(&query, Some("due")), by_due.then_some("ascending")));
    }
    if let Some(head) = grid.heads.get_mut(0) {
        head.sort = Some((ordered(&query, None), (!by_due).then_some("ascending")));
    }
    let catalogue = &app.config.rules.catalogue;
    let now = app.clock.now();
    grid.rows = rows
        .iter()
        .map(|row| {
            let case = &row.case;
            let item = catalogue.at(&case.item_code, now.date());
            let late = !case.state.is_closed() && row.promise_due.is_some_and(|due| due < now);
            let level = row.cards.iter().map(|(_, level, _)| *level).max();
            vec![
                Said::link(format!("/cases/{}/{}", row.department, part(&case.case_no)), data(&case.case_no)),
                Said::text(name(&app, &row.department)),
                Said::data(item.map_or_else(|| case.item_code.clone(), |i| i.name.clone())),
                Said::text(s.of("case_state.", case.state.as_str())),
                Said::text(said_or(case.accepted_at)),
                Said::text(said_or(case.finished_at)),
                if late {
                    Said::tag(Tone::Bad, said_or(row.promise_due))
                } else {
                    Said::text(said_or(row.promise_due))
                },
                level.map_or_else(|| Said::text(""), |l| Said::Level(l.as_str())),
            ]
        })
        .collect();
    let foot = pager("/cases", "/api/v1/cases", &query, grid.rows.len(), next);
    let mut sheet = Sheet::new(&s, s.t("nav.cases"));
    if !query.contains_key("after") {
        let department = caller.department.as_ref().or(query.get("department"));
        let now = today::open_cases(&app, department.map(String::as_str)).await?;
        sheet = sheet.under(s.t("case.open_now"), Body::Numbers(open(&s, &now, department)));
    }
    let filters = filters(&app, &caller, &s, (&query, most));
    let sheet = sheet.with(Body::Filters(filters)).with(Body::Grid(grid)).with(Body::Pager(foot));
    show(&app, &caller, &sheet).await
}

fn findings(app: &App, s: &Shell, view: &CaseView) -> Grid {
    let heads = [
        s.t("case.rule"),
        s.t("list.level"),
        s.t("list.state"),
        s.t("case.fact"),
        s.t("case.explain"),
        s.t("case.card"),
    ];
    let mut grid = Grid::new("", &heads);
    grid.rows = view
        .findings
        .iter()
        .map(|row| {
            let f = &row.finding;
            let card = view.cards.iter().find(|c| c.finding_key == f.dedupe_key()).map(|c| c.no.clone());
            vec![
                Said::text(rule(app, s, &f.rule)),
                Said::Level(f.level.as_str()),
                Said::text(s.of("finding_state.", &row.state)),
                Said::text(said(f.fact_time)),
                Said::data(f.explain_zh.clone()),
                card.map_or_else(|| Said::text(""), |no| Said::link(format!("/cards/{no}"), no)),
            ]
        })
        .collect();
    grid
}

fn cards(s: &Shell, view: &CaseView) -> Grid {
    let heads = [
        s.t("card.no"),
        s.t("list.level"),
        s.t("list.state"),
        s.t("card.issued"),
        s.t("card.reason"),
        s.t("card.paper"),
    ];
    let mut grid = Grid { live: Some("card."), ..Grid::new("", &heads) };
    grid.rows = view
        .cards
        .iter()
        .map(|c| {
            let paper = if c.issued_at.is_some() {
                Said::link(format!("/api/v1/cards/{}/paper", c.no), s.t("card.paper"))
            } else {
                Said::text("")
            };
            vec![
                Said::link(format!("/cards/{}", c.no), c.no.clone()),
                Said::Level(c.level.as_str()),
                Said::text(s.word(c.state.name_zh(), c.state.as_str())),
                Said::text(said_or(c.issued_at)),
                Said::data(c.explain_zh.clone()),
                paper,
            ]
        })
        .collect();
    grid
}

/// The value of a field: a code by its name, the rest as it was reported.
fn value(s: &Shell, name: &str, of: &serde_json::Value) -> Text {
    match (Field::from_name(name).map(Field::form), of) {
        (Some(Form::Code(table)), serde_json::Value::String(code)) => match coded(s, table, code) {
            unknown if unknown == *code => data(code),
            known => known.into(),
        },
        (_, serde_json::Value::Bool(yes)) => s.t(if *yes { key("item.yes") } else { key("item.no") }).into(),
        (_, serde_json::Value::String(text)) => data(text),
        (_, other) => data(other.to_string()),
    }
}

/// The fields of a record in words.
fn fields(s: &Shell, payload: &str) -> Text {
    let all: serde_json::Map<String, serde_json::Value> = serde_json::from_str(payload).unwrap_or_default();
    let named = |n: &str| Field::from_name(n).map_or_else(|| data(n), |f| s.word(f.name_zh(), f.as_str()));
    Text::join(all.iter().map(|(n, v)| named(n).and(s.colon()).and(value(s, n, v))), s.semicolon())
}

fn timeline(s: &Shell, view: &CaseView) -> Grid {
    let heads = [
        "#",
        s.t("case.event"),
        s.t("case.event_time"),
        s.t("case.received"),
        s.t("case.fields"),
        s.t("case.content_hash"),
    ];
    let mut grid = Grid::new("", &heads);
    grid.rows = view
        .events
        .iter()
        .map(|e| {
            let word = s.word(e.record.name_zh(), e.record.as_str());
            let what = match e.kind {
                EventKind::Amended => Said::tag(Tone::Warn, word.and(s.bracketed(s.t("case.amended")))),
                EventKind::Reported => Said::text(word),
            };
            vec![
                Said::text(e.seq.to_string()),
                what,
                Said::text(said(e.event_time)),
                Said::text(said(e.received_time)),
                Said::text(fields(s, &e.payload)),
                Said::Code(hex::encode(e.content)),
            ]
        })
        .collect();
    grid
}

fn materials(s: &Shell, case: &Case) -> Grid {
    let mut grid = Grid::new("", &[s.t("case.material"), s.t("act.at"), s.t("case.got")]);
    grid.rows = case
        .materials
        .iter()
        .map(|m| {
            let got = match m.got {
                Some(true) => Said::tag(Tone::Good, s.t("case.got_yes")),
                Some(false) => Said::tag(Tone::Warn, s.t("case.got_no")),
                None => Said::text("—"),
            };
            vec![Said::data(m.name.clone()), Said::text(said(m.at)), got]
        })
        .collect();
    grid
}

/// Whether who applied is shown in clear, and what is said where the reason given for it is none.
pub(super) type Seen = (bool, Option<(StatusCode, Text)>);

/// For a reason that is kept, as in the registers.
pub(super) async fn seen(
    app: &App,
    caller: &Caller,
    s: &Shell,
    (object, query): (&str, HashMap<String, String>),
) -> Result<Seen, Refusal> {
    match in_clear(app, caller, object, &Query(query)).await {
        Ok(clear) => Ok((clear, None)),
        Err(refusal) if refusal.1.code == "personal.reason" => Ok((false, Some(refused(s, refusal)?))),
        Err(refusal) => Err(refusal),
    }
}

/// The page, with the form to see who applied.
pub(super) async fn told(
    app: &App,
    caller: &Caller,
    mut sheet: Sheet,
    (place, (clear, wrong)): (String, Seen),
) -> Result<Response, Refusal> {
    if caller.may(Right::Personal) && !clear {
        let reason = Entry::new("reason", sheet.s.t("voice.reason"), Kind::Line).needed();
        let reason = reason.hint(sheet.s.t("voice.reason_hint"));
        let form = Sent { asks: true, ..Sent::new(place, sheet.s.t("voice.do_look"), vec![reason]) };
        sheet = sheet.with(Body::Forms(vec![form]));
    }
    let (status, said) = wrong.map_or((StatusCode::OK, None), |(status, said)| (status, Some(said)));
    sheet.said = said;
    let mut made = show(app, caller, &sheet).await?;
    if status != StatusCode::OK {
        *made.status_mut() = status;
    }
    Ok(made)
}

pub(super) async fn one(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path((department, case_no)): Path<(String, String)>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/cases").await?;
    let mut view = case_view(&app, &caller, &department, &case_no).await?;
    let seen = seen(&app, &caller, &s, (&format!("{department}/{case_no}"), query)).await?;
    if !seen.0 {
        view.mask();
    }
    let clock = today::clock_of(&app, &caller, &department, &case_no).await?;
    let path = app.case_path(&department, &case_no).await?;
    let case = &view.case;
    let item = app.config.rules.catalogue.version(&case.item_code, case.item_version);
    let said_item = item.map_or_else(|| data(&case.item_code), |i| data(&i.name).and(s.bracketed(data(&i.code))));
    let fact = |label: &str, value: Text| (s.t(label).into(), Said::Text(value));
    let mut facts = vec![
        fact("list.department", name(&app, &department)),
        fact("case.item", said_item),
        fact("list.state", s.of("case_state.", case.state.as_str()).into()),
        fact("case.accepted", said_or(case.accepted_at).into()),
        fact("case.finished", said_or(case.finished_at).into()),
        fact("case.due", said_or(view.clock.promise_due).into()),
        fact("case.legal_due", said_or(view.clock.legal_due).into()),
        fact("case.next_due", said_or(view.clock.next_due).into()),
    ];
    facts.extend(case.accept_doc_no.iter().map(|no| fact("case.accept_doc", data(no))));
    facts.extend(case.cert_no.iter().map(|no| fact("case.cert", data(no))));
    let there = |one: &CaseLink| name(&app, &one.department).and(" ").and(data(&one.case_no));
    let link = |one: &CaseLink| Link::new(format!("/cases/{}/{}", one.department, part(&one.case_no)), there(one));
    // Somebody of a department opens its own cases only.
    let linked = |one: &CaseLink| match within(&caller, Some(&one.department)) {
        Ok(_) => Said::Links(vec![link(one)]),
        Err(_) => Said::Text(there(one)),
    };
    if let (Some(no), true) = (&case.parent_case_no, view.main.is_empty()) {
        facts.push(fact("case.parent", data(no)));
    }
    facts.extend(view.main.iter().map(|one| (s.t("case.parent").into(), linked(one))));
    facts.extend(case.expected_reply_by.iter().map(|day| fact("case.reply_by", day.to_string().into())));
    let address = format!("/cases/{department}/{}", part(&case_no));
    let mut sheet = Sheet::new(&s, Text::from(s.t("case.title")).and(" ").and(data(&case_no)));
    sheet.level = view.cards.iter().filter(|c| c.state.counts()).map(|c| c.level).max().map(|l| l.as_str());
    sheet.up = vec![Link::new("/cases", s.t("nav.cases"))];
    sheet = sheet
        .with(Body::Facts(facts))
        .under(s.t("case.clock"), Body::Facts(account::facts(&s, &clock)))
        .with(Body::Grid(account::days(&s, &clock)));
    sheet = sheet.under(s.t("case.findings"), Body::Grid(findings(&app, &s, &view)));
    if !view.parts.is_empty() {
        let mut grid =
            Grid::new("", &[s.t("case.part"), s.t("list.state"), s.t("case.reply_by"), s.t("case.finished")]);
        let row = |one: &CaseLink| {
            vec![
                linked(one),
                Said::text(s.of("case_state.", one.state.as_str())),
                Said::text(one.expected_reply_by.map(|day| day.to_string()).unwrap_or_default()),
                Said::text(said_or(one.finished_at)),
            ]
        };
        grid.rows = view.parts.iter().map(row).collect();
        sheet = sheet.under(s.t("case.parts"), Body::Grid(grid));
    }
    if !view.cards.is_empty() {
        sheet = sheet.under(s.t("nav.cards"), Body::Grid(cards(&s, &view)));
    }
    if let Some(item) = item.filter(|i| i.flow.is_some() && !case.is_only_asked()) {
        let query = format!("department={department}&case_no={}", part(&case_no));
        let src = format!("/api/v1/items/{}/flow.svg?{query}", item.code);
        let alt = Text::from(s.t("case.flow")).and(s.colon()).and(data(path.replay.path.join(" → ")));
        sheet = sheet.under(s.t("case.flow"), Body::Drawing(Drawing { src, alt }));
    }
    sheet = sheet
        .under(s.t("case.path"), Body::Facts(account::path_facts(&app, &s, &path)))
        .with(Body::Grid(account::legs(&s, &path)));
    if !case.materials.is_empty() {
        sheet = sheet.under(s.t("case.materials"), Body::Grid(materials(&s, case)));
    }
    let raw = vec![Link::new(format!("{address}/records"), s.t("case.raw"))];
    let sheet = sheet.under(s.t("case.timeline"), Body::Grid(timeline(&s, &view))).with(Body::Links(raw));
    told(&app, &caller, sheet, (address, seen)).await
}

/// What the case rests on, as it was received, and how anybody proves it.
pub(super) async fn records(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path((department, case_no)): Path<(String, String)>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/cases").await?;
    let mut all = today::raw_of(&app, &caller, &department, &case_no).await?;
    let seen = seen(&app, &caller, &s, (&format!("{department}/{case_no}"), query)).await?;
    if !seen.0 {
        today::hide(&mut all);
    }
    let mut sheet = Sheet::new(&s, Text::from(s.t("case.raw")).and(" ").and(data(&case_no)));
    sheet.up = vec![
        Link::new("/cases", s.t("nav.cases")),
        Link::new(format!("/cases/{department}/{}", part(&case_no)), data(&case_no)),
    ];
    let mut grid = Grid::new(
        "",
        &["#", s.t("case.page"), s.t("case.received"), s.t("case.run"), s.t("case.link"), s.t("case.salt")],
    );
    grid.heads.push(Head::new(s.t("case.page_digest")));
    grid.rows = all
        .iter()
        .map(|one| {
            vec![
                Said::text(one.seq.to_string()),
                Said::text(format!("{}:{}", one.page, one.index)),
                Said::text(said(one.received_at)),
                Said::Code(one.run.clone()),
                Said::Code(one.hash.clone()),
                Said::Code(one.salt.clone()),
                Said::Code(one.page_digest.clone()),
            ]
        })
        .collect();
    let proofs: Vec<String> = all.iter().map(|one| format!("daylight ledger prove {department} {}", one.seq)).collect();
    let records: Vec<String> = all.iter().map(|one| format!("#{} {}", one.seq, one.record)).collect();
    let sheet = sheet
        .with(Body::Grid(grid))
        .under(s.t("case.as_received"), Body::Code(records.join("\n")))
        .under(s.t("case.prove"), Body::Code(proofs.join("\n")));
    let place = format!("/cases/{department}/{}/records", part(&case_no));
    told(&app, &caller, sheet, (place, seen)).await
}
