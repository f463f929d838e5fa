//! Complaints (投诉) and enquiries (咨询) from anybody. Number and query code are shown once, on the page that answers the form.

use super::super::form::{body_of, in_words, refill};
use super::super::{House, answer};
use super::{around, guide};
use crate::api::answer::Refusal;
use crate::api::public::{self, From};
use crate::app::App;
use crate::complaint::Slip;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use daylight_console::sheet::{Body, Field, Form, Kind, Link, Said, Sheet};
use daylight_console::shell::Shell;
use daylight_domain::complaint::ProblemKind;
use std::collections::HashMap;

fn department(app: &App, s: &Shell) -> Field {
    Field::new("department", s.t("list.department"), Kind::Choice(guide::departments(app))).needed()
}

fn complaint_form(app: &App, s: &Shell) -> Form {
    let kinds = ProblemKind::ALL.iter().map(|k| (k.as_str().to_owned(), s.word(k.name_zh(), k.as_str()))).collect();
    let fields = vec![
        department(app, s),
        Field::new("kind", s.t("public.kind"), Kind::Choice(kinds)).needed().value("other"),
        Field::new("title", s.t("public.subject"), Kind::Line).needed(),
        Field::new("content", s.t("public.content"), Kind::Long).needed(),
        Field::new("object", s.t("public.object"), Kind::Line),
        Field::new("case_no", s.t("case.no"), Kind::Line),
        Field::new("complainant.name", s.t("public.name"), Kind::Line).hint(s.t("public.name_hint")),
        Field::new("complainant.phone", s.t("public.phone"), Kind::Line),
        Field::new("complainant.address", s.t("public.address"), Kind::Line),
        Field::new("confidential", s.t("public.confidential"), Kind::Tick),
    ];
    Form::new("/public/complain", s.t("public.do_complain"), fields)
}

fn enquiry_form(app: &App, s: &Shell) -> Form {
    let fields = vec![
        department(app, s),
        Field::new("title", s.t("public.subject"), Kind::Line).needed(),
        Field::new("content", s.t("public.question"), Kind::Long).needed(),
        Field::new("item", s.t("item_field.code"), Kind::Line),
        Field::new("case_no", s.t("case.no"), Kind::Line),
        Field::new("asker.name", s.t("public.name"), Kind::Line).hint(s.t("public.name_hint")),
        Field::new("asker.phone", s.t("public.phone"), Kind::Line),
    ];
    Form::new("/public/ask", s.t("public.do_ask"), fields)
}

/// What each page is called, and its form.
fn made(app: &App, s: &Shell) -> (String, Form) {
    match s.place {
        "/public/ask" => (s.t("public.ask").to_owned(), enquiry_form(app, s)),
        _ => (s.t("public.complain").to_owned(), complaint_form(app, s)),
    }
}

fn page(app: &App, s: &Shell, query: &HashMap<String, String>) -> Result<Response, Refusal> {
    let (heading, mut form) = made(app, s);
    for field in &mut form.fields {
        if let Some(value) = query.get(&field.name) {
            field.value.clone_from(value);
        }
    }
    let privacy = s.t("public.privacy").into();
    answer(s, &Sheet::new(s, heading).with(Body::Text(vec![privacy])).with(Body::Forms(vec![form])))
}

pub(super) async fn complain_page(
    State(app): House,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    page(&app, &around(&app, (&headers, &uri), "/public/complain"), &query)
}

pub(super) async fn ask_page(
    State(app): House,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    page(&app, &around(&app, (&headers, &uri), "/public/ask"), &query)
}

/// The slip to write down or print, or the form again with what was typed.
fn done(app: &App, s: &Shell, body: &[u8], slip: Result<Slip, Refusal>) -> Result<Response, Refusal> {
    let (heading, mut form) = made(app, s);
    match slip {
        Ok(slip) => {
            let facts = vec![
                (s.t("public.number").into(), Said::Code(slip.no.clone())),
                (s.t("public.code").into(), Said::Code(slip.code)),
            ];
            let link = Link::new(format!("/public/progress?no={}", slip.no), s.t("public.progress"));
            let sheet = Sheet::new(&s.clone().once(), s.t("public.registered_now"))
                .with(Body::Text(vec![s.t("public.keep").into()]))
                .with(Body::Facts(facts))
                .with(Body::Links(vec![link]));
            let mut made = answer(s, &sheet)?;
            *made.status_mut() = StatusCode::CREATED;
            Ok(made)
        }
        Err(refusal) => {
            let (status, words) = in_words(s, &form, refusal)?;
            refill(&mut form, body);
            let mut sheet = Sheet::new(s, heading).with(Body::Forms(vec![form]));
            sheet.said = Some(words);
            let mut made = answer(s, &sheet)?;
            *made.status_mut() = status;
            Ok(made)
        }
    }
}

pub(super) async fn complain(
    State(app): House,
    from: From,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let s = around(&app, (&headers, &uri), "/public/complain");
    let json = body_of(&complaint_form(&app, &s), &body);
    let slip = public::complain(State(app.clone()), from, json.into()).await.map(|(_, slip)| slip.0);
    done(&app, &s, &body, slip)
}

pub(super) async fn ask(
    State(app): House,
    from: From,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let s = around(&app, (&headers, &uri), "/public/ask");
    let json = body_of(&enquiry_form(&app, &s), &body);
    let slip = public::ask(State(app.clone()), from, json.into()).await.map(|(_, slip)| slip.0);
    done(&app, &s, &body, slip)
}
