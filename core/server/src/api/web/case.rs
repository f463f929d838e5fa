//! 办件: the list, and the file of one.

use super::{House, answer, asked, departments, limits, name, pager, said, said_or, shell};
use crate::api::answer::{Refusal, limit};
use crate::api::read::{case_rows, case_view};
use crate::people::Caller;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use daylight_console::list::Filter;
use daylight_console::page::{CaseFile, CaseLine, Cases, EventLine, FindingLine};
use daylight_console::shell::key;
use daylight_domain::case::CaseState;
use daylight_domain::event::EventKind;
use std::collections::HashMap;

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
    let value = |name: &str| query.get(name).cloned().unwrap_or_default();
    let levels = ["prewarning", "yellow", "red"].map(|w| (w.to_owned(), s.of("level.", w).to_owned())).to_vec();
    let states = CaseState::WORDS.iter().map(|w| ((*w).to_owned(), s.of("case_state.", w).to_owned())).collect();
    let filters = vec![
        Filter {
            name: "department",
            label: key("list.department"),
            value: value("department"),
            choices: departments(&app, &caller),
        },
        Filter { name: "state", label: key("list.state"), value: value("state"), choices: states },
        Filter { name: "card", label: key("list.level"), value: value("card"), choices: levels },
        Filter { name: "item", label: key("list.item"), value: value("item"), choices: Vec::new() },
        limits(most),
    ];
    let catalogue = &app.config.rules.catalogue;
    let today = app.clock.now().date();
    let lines = rows.iter().map(|row| {
        let item = catalogue.at(&row.case.item_code, today);
        CaseLine {
            department: row.department.clone(),
            department_name: name(&app, &row.department),
            no: row.case.case_no.clone(),
            address: form_urlencoded::byte_serialize(row.case.case_no.as_bytes()).collect(),
            item: item.map_or_else(|| row.case.item_code.clone(), |i| i.name.clone()),
            state: s.of("case_state.", row.case.state.as_str()).to_owned(),
            accepted: said_or(row.case.accepted_at),
            finished: said_or(row.case.finished_at),
            due: said_or(row.promise_due),
            level: row.cards.iter().map(|(_, level, _)| *level).max().map(|l| l.as_str()),
        }
    });
    let rows: Vec<CaseLine> = lines.collect();
    let pager = pager("/cases", "/api/v1/cases", &query, rows.len(), next);
    answer(&s.clone(), &Cases { s, filters, rows, pager })
}

pub(super) async fn one(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path((department, case_no)): Path<(String, String)>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/cases").await?;
    let view = case_view(&app, &caller, &department, &case_no).await?;
    let case = &view.case;
    let catalogue = &app.config.rules.catalogue;
    let item = catalogue.version(&case.item_code, case.item_version);
    let said_item = item.map_or_else(|| case.item_code.clone(), |i| format!("{}（{}）", i.name, i.code));
    let fact = |label: &str, value: String| (s.t(label).to_owned(), value);
    let facts = vec![
        fact(key("list.department"), name(&app, &department)),
        fact(key("case.item"), said_item),
        fact(key("list.state"), s.of("case_state.", case.state.as_str()).to_owned()),
        fact(key("case.accepted"), said_or(case.accepted_at)),
        fact(key("case.finished"), said_or(case.finished_at)),
        fact(key("case.due"), said_or(view.clock.promise_due)),
        fact(key("case.legal_due"), said_or(view.clock.legal_due)),
        fact(key("case.next_due"), said_or(view.clock.next_due)),
    ];
    let flow = item.filter(|i| i.flow.is_some()).map(|i| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("department", &department)
            .append_pair("case_no", &case_no)
            .finish();
        format!("/api/v1/items/{}/flow.svg?{query}", i.code)
    });
    let findings = view.findings.iter().map(|row| {
        let f = &row.finding;
        let card = view.cards.iter().find(|c| c.finding_key == f.dedupe_key()).map(|c| c.no.clone());
        let rule = app.config.rules.book.get(&f.rule).map(|r| r.name_zh.clone()).unwrap_or_default();
        FindingLine {
            rule: f.rule.clone(),
            name: rule,
            level: f.level.as_str(),
            fact: said(f.fact_time),
            explain: f.explain_zh.clone(),
            card,
        }
    });
    let events = view.events.iter().map(|e| {
        let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&e.payload).unwrap_or_default();
        let text = |v: serde_json::Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
        EventLine {
            seq: e.seq,
            name: s.word(e.record.name_zh(), e.record.as_str()),
            amended: e.kind == EventKind::Amended,
            at: said(e.event_time),
            received: said(e.received_time),
            fields: fields.into_iter().map(|(n, v)| (n, text(v))).collect(),
            hash: hex::encode(e.content),
        }
    });
    let page = CaseFile {
        no: case.case_no.clone(),
        facts,
        flow,
        findings: findings.collect(),
        events: events.collect(),
        s: s.clone(),
    };
    answer(&s, &page)
}
