//! Receipt on one page: the item by code or name, then its checklist and the applicant; Enter sends it.

use super::{address, closed, open, percent};
use crate::api::answer::Refusal;
use crate::api::desk;
use crate::api::web::form::{refill, refused, sent};
use crate::api::web::{House, answer};
use crate::app::App;
use crate::desk::DeskSettings;
use crate::people::Caller;
use crate::problem::Problem;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use daylight_console::sheet::{Body, Choice, Field, Form, Kind, Link, Said, Sheet};
use daylight_console::shell::Shell;
use daylight_console::text::{Text, data};
use daylight_domain::code::{identity_is_valid, table, uscc_is_valid};
use daylight_domain::item::{Item, ItemMaterial, ItemState};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// Codes of identity papers: citizens and everybody else.
const CITIZEN: &str = "111";
const CREDIT_CODE: &str = "001";

/// A table of codes to choose from.
pub(super) fn codes(s: &Shell, name: &str) -> Vec<Choice> {
    let all = table(name).into_iter().flatten();
    all.map(|(code, names)| (code.clone(), s.either(&names.0, &names.1).into())).collect()
}

/// The ways a material is marked.
pub(super) fn marks(s: &Shell, material: &ItemMaterial) -> Vec<Choice> {
    let missing =
        if material.required == "tolerable" { s.t("desk.marked_tolerable") } else { s.t("desk.marked_missing") };
    let all = [
        ("received", s.t("desk.marked_received")),
        ("missing", missing),
        ("not_needed", s.t("desk.marked_not_needed")),
    ];
    all.map(|(word, text)| (word.to_owned(), text.into())).to_vec()
}

/// Items of the department that can be received today: by code, or by a part of code or name.
fn items<'a>(app: &'a App, department: &str, asked: &str) -> Vec<&'a Arc<Item>> {
    let catalogue = &app.config.rules.catalogue;
    let today = app.clock.now().date();
    let current = |item: &Arc<Item>| catalogue.at(&item.code, today);
    let own = catalogue
        .newest()
        .filter_map(current)
        .filter(|i| i.department == department && i.state == ItemState::Published);
    let all: Vec<&Arc<Item>> = own.collect();
    let asked = asked.trim();
    match all.iter().find(|i| i.code.eq_ignore_ascii_case(asked)) {
        Some(one) => vec![one],
        None => {
            let upper = asked.to_ascii_uppercase();
            all.into_iter().filter(|i| i.name.contains(asked) || i.code.to_ascii_uppercase().contains(&upper)).collect()
        }
    }
}

fn choose(s: &Shell, value: &str, first: bool) -> Form {
    let field = Field::new("item", s.t("desk.choose_item"), Kind::Line)
        .needed()
        .value(value)
        .key('i')
        .hint(s.t("desk.choose_hint"));
    let field = if first { field.first() } else { field };
    Form { asks: true, ..Form::new("/desk/receive", s.t("desk.choose"), vec![field]) }
}

/// The receipt of an item: in the order in which it is filled in.
fn form(s: &Shell, item: &Item, settings: &DeskSettings, once: &str) -> Form {
    let line = |name: &str, label: &str| Field::new(name, label, Kind::Line);
    let mut fields = vec![
        Field::hidden("item_code", &item.code),
        Field::hidden("once", once),
        line("applicant.name", s.t("desk.applicant_name")).needed().first().key('n'),
        Field::new("applicant.kind", s.t("desk.applicant_kind"), Kind::Row(codes(s, "applicant_type")))
            .needed()
            .value("natural")
            .key('k'),
        line("applicant.id_no", s.t("desk.id_no")).hint(s.t("desk.id_hint")).key('d'),
        line("applicant.phone", s.t("desk.phone")).key('p'),
        line("queue_no", s.t("desk.queue_no")).key('q'),
    ];
    if !item.materials.is_empty() {
        fields.push(Field::new("complete", s.t("desk.complete"), Kind::Tick).key('c'));
    }
    for (at, material) in item.materials.iter().enumerate() {
        let field = Field::new(format!("m{at}"), data(&material.name), Kind::Row(marks(s, material)));
        fields.push(if at == 0 { field.key('m') } else { field });
    }
    if !settings.windows.is_empty() {
        let windows = settings.windows.iter().map(|w| (w.clone(), data(w))).collect();
        fields.push(Field::new("window", s.t("desk.window"), Kind::Choice(windows)));
    }
    fields.extend([
        line("title", s.t("desk.title")).hint(s.t("desk.title_hint")),
        line("applicant.agent.name", s.t("desk.agent_name")),
        line("applicant.agent.id_no", s.t("desk.agent_id")),
        line("applicant.agent.phone", s.t("desk.agent_phone")),
        line("applicant.legal_person", s.t("desk.legal_person")),
        line("applicant.address", s.t("desk.address")),
        Field::new("applicant.id_type", s.t("desk.id_type"), Kind::Choice(codes(s, "id_type"))),
        Field::new("channel", s.t("desk.channel"), Kind::Choice(codes(s, "channel"))).value("window"),
    ]);
    Form { key: Some('r'), ..Form::new("/desk/receive", s.t("desk.receive"), fields) }
}

/// What was sent, as the API takes it. The kind of identity paper follows from the kind of applicant where nobody said it.
fn receipt(form: &Form, item: &Item, body: &[u8]) -> Value {
    let text = crate::api::web::form::body_of(form, body);
    let mut all: Map<String, Value> = serde_json::from_str(&text).unwrap_or_default();
    all.remove("once");
    let complete = all.remove("complete") == Some(Value::Bool(true));
    let mut materials = Vec::new();
    for (at, material) in item.materials.iter().enumerate() {
        let marked = all.remove(&format!("m{at}")).and_then(|v| v.as_str().map(str::to_owned));
        let state = marked.or_else(|| complete.then(|| "received".to_owned()));
        materials.extend(state.map(|state| json!({ "name": material.name, "state": state })));
    }
    all.insert("materials".to_owned(), materials.into());
    if let Some(applicant) = all.get_mut("applicant").and_then(Value::as_object_mut) {
        let natural = applicant.get("kind").and_then(Value::as_str) == Some("natural");
        if applicant.contains_key("id_no") && !applicant.contains_key("id_type") {
            applicant.insert("id_type".to_owned(), if natural { CITIZEN } else { CREDIT_CODE }.into());
        }
        if let Some(no) = applicant.get_mut("id_no") {
            *no = no.as_str().unwrap_or_default().trim().to_ascii_uppercase().into();
        }
    }
    all.into()
}

/// What can be seen to be wrong before anything is sent on: said at its field. `true` where something is.
fn look(s: &Shell, form: &mut Form, receipt: &Value) -> bool {
    let of = |name: &str| receipt.pointer(&format!("/applicant/{name}")).and_then(Value::as_str).unwrap_or_default();
    let (name, no, kind) = (of("name").trim().to_owned(), of("id_no").to_owned(), of("id_type").to_owned());
    let bad_no = match kind.as_str() {
        CITIZEN => !identity_is_valid(&no),
        CREDIT_CODE => !uscc_is_valid(&no),
        _ => false,
    };
    let mut wrong = false;
    for field in &mut form.fields {
        let why = match field.name.as_str() {
            "applicant.name" if name.is_empty() => s.t("desk.lacks").replace("{f}", &field.label.to_string()).into(),
            "applicant.id_no" if bad_no => s.t("desk.bad_id").into(),
            _ => continue,
        };
        field.wrong = why;
        wrong = true;
    }
    wrong
}

/// What the page shows of a try that was refused.
struct Again {
    status: StatusCode,
    said: Text,
    body: Bytes,
    /// What is wrong, by field.
    wrong: Vec<(String, Text)>,
    /// The case that the same form became already: what follows is a fresh one.
    before: Option<String>,
}

async fn page(
    app: &Arc<App>,
    caller: &Caller,
    (around, asked): ((&HeaderMap, &Uri), &str),
    again: Option<Again>,
) -> Result<Response, Refusal> {
    let (s, by, settings) = open(app, caller, (around, "/desk/receive"), None).await?;
    let settings = match settings {
        Ok(settings) => settings,
        Err(problem) => return answer(&s, &closed(&s, &problem)),
    };
    let found = items(app, by.department, asked);
    let [item] = found.as_slice() else {
        let mut sheet = Sheet::new(&s, s.t("nav.desk_receive")).with(Body::Forms(vec![choose(&s, asked, true)]));
        let links = found.iter().take(50).map(|i| {
            Link::new(
                format!("/desk/receive?item={}", percent(&i.code)),
                Text::from(&i.code).and(" ").and(data(&i.name)),
            )
        });
        let heading = if asked.trim().is_empty() { s.t("desk.choose_first") } else { s.t("desk.several") };
        sheet.said = (found.is_empty()).then(|| s.t("desk.none_found").into());
        return answer(&s, &sheet.under(heading, Body::Links(links.collect())));
    };
    let once = uuid::Uuid::now_v7().to_string();
    let mut one = form(&s, item, settings, &once);
    let mut sheet = Sheet::new(&s, Text::from(s.t("desk.receive_of")).and(data(&item.name)));
    let status = again.as_ref().map(|again| again.status);
    if let Some(again) = again {
        match &again.before {
            Some(no) => {
                let place = address(by.department, no);
                sheet = sheet
                    .with(Body::Links(vec![Link::new(place, Text::from(s.t("desk.to_case")).and(" ").and(data(no)))]));
            }
            None => refill(&mut one, &again.body),
        }
        sheet.said = Some(again.said);
        // The first field that is wrong is where the work goes on.
        for (name, why) in &again.wrong {
            one.fields.iter_mut().filter(|f| f.name == *name).for_each(|f| f.wrong.clone_from(why));
        }
        if let Some(at) = one.fields.iter().position(|f| !f.wrong.is_empty()) {
            one.fields.iter_mut().enumerate().for_each(|(n, f)| f.first = n == at);
        }
    }
    let sheet = sheet.with(Body::Forms(vec![one])).with(Body::Forms(vec![choose(&s, &item.code, false)]));
    let mut made = answer(&s, &sheet)?;
    if let Some(status) = status {
        *made.status_mut() = status;
    }
    Ok(made)
}

pub(super) async fn new(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let asked = query.get("item").map(String::as_str).unwrap_or_default();
    page(&app, &caller, ((&headers, &uri), asked), None).await
}

/// Received: the number, the query code this once, the receipt to print; the next one is an Enter away.
fn done(s: &Shell, caller: &Caller, answer: &Value) -> Sheet {
    let of = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (no, code) = (of("no"), of("code"));
    let department = caller.department.clone().unwrap_or_default();
    let place = address(&department, &no);
    let said_code = if code.is_empty() { Said::text(s.t("desk.code_gone")) } else { Said::Code(code.clone()) };
    let facts =
        vec![(s.t("desk.no").into(), Said::link(place.clone(), data(&no))), (s.t("desk.code").into(), said_code)];
    let paper = answer.pointer("/papers/0/no").and_then(Value::as_str).unwrap_or_default().to_owned();
    let print = format!("/desk/papers/{}/{}", percent(&department), percent(&paper));
    let mut next = Form { asks: true, key: Some('r'), ..Form::new("/desk/receive", s.t("desk.next_one"), vec![]) };
    next.fields.push(Field::new("item", s.t("desk.choose_item"), Kind::Line).needed().first().key('i'));
    let print =
        Form { key: Some('p'), ..Form::new(print, s.t("desk.print_with_code"), vec![Field::hidden("code", code)]) };
    let refused = answer.get("refused").and_then(Value::as_array).cloned().unwrap_or_default();
    let refused: Vec<Text> = refused.iter().map(|record| super::case::refusal(s, record)).collect();
    Sheet::new(s, Text::from(s.t("desk.done")).and(" ").and(data(&no)))
        .with(Body::Facts(facts))
        .under(s.t("desk.refused"), Body::Text(refused))
        .with(Body::Forms(vec![next, print]))
        .with(Body::Links(vec![Link::new(place, s.t("desk.to_case"))]))
}

/// The case that a form became when it was sent before: its answer is kept under the form's key.
async fn sent_before(app: &App, caller: &Caller, once: Option<&str>) -> Result<Option<String>, Refusal> {
    let Some(once) = once else { return Ok(None) };
    let kept = app.store.idempotent(&format!("{}/desk/cases/{once}", caller.token)).await.map_err(Problem::from)?;
    let answer: Option<Value> = kept.and_then(|(.., text)| serde_json::from_str(&text).ok());
    Ok(answer.and_then(|a| a.get("no").and_then(Value::as_str).map(str::to_owned)))
}

pub(super) async fn receive(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let around = (&headers, &uri);
    let (s, by, settings) = open(&app, &caller, (around, "/desk/receive"), None).await?;
    let settings = settings?;
    let code = sent(&body, "item_code").into_iter().next().unwrap_or_default();
    let found = items(&app, by.department, &code);
    let [item] = found.as_slice() else { return page(&app, &caller, (around, &code), None).await };
    let mut one = form(&s, item, settings, "");
    let receipt = receipt(&one, item, &body);
    if look(&s, &mut one, &receipt) {
        let wrong: Vec<(String, Text)> =
            one.fields.into_iter().filter(|f| !f.wrong.is_empty()).map(|f| (f.name, f.wrong)).collect();
        let said = Text::join(wrong.iter().map(|(_, why)| why.clone()), s.semicolon());
        let again = Again { status: StatusCode::BAD_REQUEST, said, body, wrong, before: None };
        return page(&app, &caller, (around, &code), Some(again)).await;
    }
    let mut with_key = HeaderMap::new();
    let once = sent(&body, "once").into_iter().next().filter(|k| !k.is_empty());
    with_key.extend(
        once.clone()
            .and_then(|k| HeaderValue::from_str(&k).ok())
            .map(|k| (header::HeaderName::from_static("idempotency-key"), k)),
    );
    let state = State(Arc::clone(&app));
    match desk::receive(state, Extension(caller.clone()), with_key, receipt.to_string().into()).await {
        Ok(made) => {
            let bytes = axum::body::to_bytes(made.into_body(), 1 << 20).await.unwrap_or_default();
            let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            if let (None, Some(no)) = (value.get("code"), value.get("no").and_then(Value::as_str)) {
                let said = Text::filled(s.t("desk.sent_before"), &[("{no}", data(no))]);
                let before = Some(no.to_owned());
                let again = Again { status: StatusCode::OK, said, body, wrong: Vec::new(), before };
                return page(&app, &caller, (around, &code), Some(again)).await;
            }
            answer(&s, &done(&s, &caller, &value))
        }
        Err(refusal) => {
            let reused = refusal.1.code == "idempotency.reused";
            let before = if reused { sent_before(&app, &caller, once.as_deref()).await? } else { None };
            let (status, mut said) = refused(&s, refusal)?;
            if let Some(no) = &before {
                said = Text::filled(s.t("desk.sent_before"), &[("{no}", data(no))]);
            }
            let words = said.to_string();
            let of_it = |f: &&Field| f.label.to_string().chars().count() > 1 && words.contains(&f.label.to_string());
            let wrong = one.fields.iter().filter(of_it);
            let wrong = wrong.map(|f| (f.name.clone(), said.clone())).take(1).collect();
            page(&app, &caller, (around, &code), Some(Again { status, said, body, wrong, before })).await
        }
    }
}
