//! How far it is: number and query code are sent by form, so that the code stands in no address.

use super::super::catalogue::said::coded;
use super::super::form::{refill, refused, sent};
use super::super::{House, answer, said, said_or};
use super::{around, guide};
use crate::api::answer::Refusal;
use crate::api::guide::CaseProgress;
use crate::api::public::{self, From, Progress};
use crate::app::App;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use daylight_console::sheet::{Body, Field, Form, Grid, Kind, Link, Said, Sheet};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use std::collections::HashMap;

fn form(app: &App, s: &Shell) -> Form {
    let fields = vec![
        Field::new("no", s.t("public.number"), Kind::Line).needed().hint(s.t("public.number_hint")),
        Field::new("department", s.t("list.department"), Kind::Choice(guide::departments(app)))
            .hint(s.t("public.department_hint")),
        Field::new("code", s.t("public.code"), Kind::Password("off")).needed().hint(s.t("public.code_hint")),
    ];
    Form::new("/public/progress", s.t("public.look_up"), fields)
}

fn page_of(s: &Shell, form: Form) -> Sheet {
    Sheet::new(s, s.t("public.progress")).with(Body::Forms(vec![form]))
}

pub(super) async fn page(
    State(app): House,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let s = around(&app, (&headers, &uri), "/public/progress");
    let mut form = form(&app, &s);
    for field in form.fields.iter_mut().filter(|f| f.name != "code") {
        field.value = query.get(&field.name).cloned().unwrap_or_default();
    }
    answer(&s, &page_of(&s, form))
}

fn facts_of_matter(s: &Shell, one: &Progress) -> Sheet {
    let fact = |label: &str, text: Text| (s.t(label).into(), Said::Text(text));
    let facts = vec![
        fact(key("list.state"), s.word(&one.state_zh, &one.state)),
        fact(key("list.department"), data(&one.department)),
        fact(key("public.registered"), said(one.registered_at).into()),
        fact(key("public.due"), said_or(one.due).into()),
        fact(key("public.answered"), said_or(one.closed_at).into()),
    ];
    let reply = one.reply.iter().flat_map(|r| r.lines()).map(data).collect();
    Sheet::new(s, format!("{} {}", s.t("public.progress"), one.no))
        .with(Body::Facts(facts))
        .under(s.t("public.reply"), Body::Text(reply))
}

fn facts_of_case(s: &Shell, one: &CaseProgress) -> Sheet {
    let fact = |label: &str, text: Text| (s.t(label).into(), Said::Text(text));
    let mut facts = vec![
        fact(key("case.item"), data(&one.item)),
        fact(key("list.department"), data(&one.department)),
        fact(key("list.state"), s.of("public_state.", &one.state).into()),
        fact(key("public.received"), said_or(one.received_at).into()),
        fact(key("case.accepted"), said_or(one.accepted_at).into()),
        fact(key("case.due"), said_or(one.promise_due).into()),
        fact(key("public.decided"), said_or(one.decided_at).into()),
        fact(key("case.finished"), said_or(one.finished_at).into()),
    ];
    facts.extend(one.decision.as_ref().map(|d| fact(key("public.decision"), coded(s, "decision", d).into())));
    let mut grid = Grid::new("", &[s.t("item.node"), s.t("public.begun"), s.t("public.ended")]);
    grid.rows = one
        .steps
        .iter()
        .map(|step| {
            vec![Said::data(step.name.clone()), Said::text(said(step.started_at)), Said::text(said_or(step.ended_at))]
        })
        .collect();
    let waits = if one.correction_open { vec![s.t("public.correction").into()] } else { Vec::new() };
    let sheet = Sheet::new(s, Text::from(s.t("public.progress")).and(" ").and(data(&one.case_no)))
        .with(Body::Text(waits))
        .with(Body::Facts(facts));
    if grid.rows.is_empty() { sheet } else { sheet.under(s.t("public.steps"), Body::Grid(grid)) }
}

pub(super) async fn asked(
    State(app): House,
    from: From,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let s = around(&app, (&headers, &uri), "/public/progress");
    let word = |name: &str| sent(&body, name).pop().unwrap_or_default().trim().to_owned();
    let (no, department, code) = (word("no"), word("department"), word("code"));
    let query = Query(HashMap::from([("code".to_owned(), code)]));
    let house = State(app.clone());
    // What was found is shown once: another language would ask for number and code again.
    let found = s.clone().once();
    let found = if !department.is_empty() {
        let case = crate::api::guide::case(house, from, Path((department, no)), query).await;
        case.map(|one| facts_of_case(&found, &one.0))
    } else if no.to_ascii_uppercase().starts_with("ZX") {
        public::enquiry(house, from, Path(no), query).await.map(|one| facts_of_matter(&found, &one.0))
    } else {
        public::complaint(house, from, Path(no), query).await.map(|one| facts_of_matter(&found, &one.0))
    };
    match found {
        Ok(mut sheet) => {
            sheet.up = vec![Link::new("/public/progress", s.t("public.progress"))];
            answer(&sheet.s, &sheet)
        }
        Err(refusal) => {
            let (status, words) = refused(&s, refusal)?;
            let mut form = form(&app, &s);
            refill(&mut form, &body);
            let mut sheet = page_of(&s, form);
            sheet.said = Some(words);
            let mut made = answer(&s, &sheet)?;
            *made.status_mut() = status;
            Ok(made)
        }
    }
}
