//! A case at the desk: where it stands, how long there is, what may be done now by this person, what was done and reported.

use super::forms::{Desk, is_forward, unreadable, word, words};
use super::{address, closed, colleagues, countdown, open, percent};
use crate::api::answer::Refusal;
use crate::api::desk;
use crate::api::view::ClockView;
use crate::api::web::form::{go, refill, refused, sent};
use crate::api::web::{House, answer, name, said, said_or, shell, whole_address};
use crate::app::App;
use crate::desk::{DeskCaseView, DeskDone};
use crate::people::Caller;
use crate::problem::Problem;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use daylight_console::sheet::{Body, Choice, Drawing, Field, Form, Grid, Kind, Link, Said, Sheet, Step, Tone};
use daylight_console::shell::Shell;
use daylight_console::text::{Text, data};
use daylight_domain::Timestamp;
use daylight_domain::desk::{JointRequest, MaterialState, PaperKind};
use daylight_domain::record::RecordType;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;

type At<'a> = (&'a str, &'a str, (&'a HeaderMap, &'a Uri));

/// A refused record in words: its code, the field, and why.
pub(super) fn refusal(s: &Shell, record: &Value) -> Text {
    let of = |name: &str| record.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let words = ["code", "field", s.either("message_zh", "message_en")];
    words.into_iter().filter_map(of).collect::<Vec<_>>().join(" ").into()
}

/// A table; nothing where there are no rows.
fn rows(heads: &[&str], rows: impl Iterator<Item = Vec<Said>>) -> Body {
    let rows: Vec<Vec<Said>> = rows.collect();
    if rows.is_empty() { Body::Text(Vec::new()) } else { Body::Grid(Grid { rows, ..Grid::new("", heads) }) }
}

fn facts(app: &App, s: &Shell, view: &DeskCaseView) -> Vec<(Text, Said)> {
    let (case, a) = (&view.case, &view.case.applicant);
    let clock = |pick: fn(&ClockView) -> Option<Timestamp>| {
        let due = view.clock.as_ref().and_then(pick);
        if case.state.is_closed() { Said::text(said_or(due)) } else { countdown(app, s, due) }
    };
    let text = |value: &str| Said::data(value);
    let maybe = |value: &Option<String>| Said::data(value.clone().unwrap_or_default());
    let by = case.tolerance_due().map(|day| Timestamp::end_of(day).plus_ms(-1));
    let tolerated = if by.is_some() { countdown(app, s, by) } else { text("") };
    let all = [
        (s.t("desk.state"), Said::tag(Tone::Plain, s.word(&view.state_zh, case.state.as_str()))),
        // Of a case that is over nothing is judged next.
        (s.t("case.next_due"), if case.state.is_closed() { text("") } else { clock(|c| c.next_due) }),
        (s.t("desk.tolerance_due"), tolerated),
        (s.t("desk.promise_due"), clock(|c| c.promise_due)),
        (s.t("desk.legal_due"), clock(|c| c.legal_due)),
        (s.t("desk.item"), text(&format!("{} {}", case.item.code, case.item.name))),
        (s.t("desk.title"), text(&case.title)),
        (s.t("desk.applicant"), text(&a.name)),
        (s.t("desk.id_no"), maybe(&a.id_no)),
        (s.t("desk.phone"), maybe(&a.phone)),
        (s.t("desk.agent_name"), text(a.agent.as_ref().map_or("", |agent| agent.name.as_str()))),
        (s.t("desk.received"), text(&said(case.received_at))),
        (s.t("desk.accepted"), text(&said_or(case.accepted_at))),
        (s.t("desk.window"), maybe(&case.window)),
        (s.t("desk.queue_no"), maybe(&case.queue_no)),
        (s.t("desk.holder"), holder(s, case.assigned.as_ref())),
        (
            s.t("desk.certificate"),
            text(case.decision.as_ref().and_then(|d| d.certificate_no.as_deref()).unwrap_or_default()),
        ),
    ];
    let part = case.part.iter().flat_map(|part| {
        let main = Said::link(address(&part.department, &part.case_no), part.case_no.clone());
        let by = Timestamp::end_of(part.reply_by).plus_ms(-1);
        [
            (s.t("desk.main_case"), main),
            (s.t("desk.lead"), Said::text(name(app, &part.department))),
            (s.t("desk.asked_content"), text(&part.content)),
            (s.t("desk.reply_by"), if case.state.is_closed() { text(&said(by)) } else { countdown(app, s, Some(by)) }),
        ]
    });
    let all = part.chain(all);
    let shown = |value: &Said| !value.plain(s).is_empty();
    all.filter(|(_, value)| shown(value)).map(|(label, value)| (label.into(), value)).collect()
}

/// Who has something; nobody where it is free.
pub(super) fn holder(s: &Shell, assigned: Option<&String>) -> Said {
    Said::text(assigned.map_or_else(|| s.t("desk.nobody").into(), data))
}

fn checklist(s: &Shell, view: &DeskCaseView) -> Body {
    let heads = [s.t("desk.material"), s.t("desk.demanded"), s.t("desk.state")];
    let demanded = |word: &str| match word {
        "optional" => s.t("desk.optional").to_owned(),
        "tolerable" => s.t("desk.tolerable").to_owned(),
        _ => s.t("desk.mandatory").to_owned(),
    };
    let tone = |state: MaterialState| match state {
        MaterialState::Received => Tone::Good,
        MaterialState::Missing => Tone::Bad,
        MaterialState::Tolerated => Tone::Warn,
        MaterialState::NotNeeded => Tone::Plain,
    };
    let all = view.case.materials.iter().map(|m| {
        vec![
            Said::data(m.name.clone()),
            Said::text(demanded(&m.required)),
            Said::tag(tone(m.state), s.word(m.state.name_zh(), m.state.as_str())),
        ]
    });
    rows(&heads, all)
}

fn steps(s: &Shell, view: &DeskCaseView) -> Body {
    let heads = [s.t("desk.node"), s.t("desk.began"), s.t("desk.ended"), s.t("desk.holder"), s.t("desk.opinion")];
    let all = view.case.steps.iter().map(|step| {
        let who =
            if step.people.is_empty() { step.assigned.clone().unwrap_or_default() } else { step.people.join("、") };
        vec![
            Said::data(step.name.clone()),
            Said::text(said(step.started_at)),
            Said::text(said_or(step.ended_at)),
            Said::data(who),
            Said::data(step.opinion.clone()),
        ]
    });
    rows(&heads, all)
}

/// The part of what was asked: at the department's desk, or as its own system reported it.
fn part_of(view: &DeskCaseView, request: &JointRequest) -> Said {
    if let Some(no) = &request.part {
        return Said::link(address(&request.department, no), no.clone());
    }
    let reported = view.parts.iter().filter(|part| part.department == request.department);
    let numbers: Vec<&str> = reported.map(|part| part.case_no.as_str()).collect();
    Said::text(if numbers.is_empty() { "—".to_owned() } else { numbers.join("、") })
}

fn joint(app: &App, s: &Shell, view: &DeskCaseView) -> Body {
    let heads = [
        s.t("desk.asked_department"),
        s.t("desk.asked_content"),
        s.t("desk.reply_by"),
        s.t("desk.part_no"),
        s.t("desk.opinion"),
    ];
    let of = |word: &str, text: &str| Text::from(s.t(word)).and(s.colon()).and(data(text));
    let all = view.case.joint.iter().map(|one| {
        let opinion = one.opinion.clone().map(|text| match one.agrees {
            Some(true) => Said::tag(Tone::Good, of("desk.yes", &text)),
            _ => Said::tag(Tone::Warn, of("desk.no_word", &text)),
        });
        let back = one.taken_back.as_ref().map(|(why, _)| Said::tag(Tone::Plain, of("desk.taken_back", why)));
        let opinion = opinion.or(back);
        vec![
            Said::text(name(app, &one.department)),
            Said::data(one.content.clone()),
            if one.waits() {
                countdown(app, s, Some(Timestamp::end_of(one.reply_by).plus_ms(-1)))
            } else {
                Said::text(one.reply_by.to_string())
            },
            part_of(view, one),
            opinion.unwrap_or_else(|| Said::text("—")),
        ]
    });
    rows(&heads, all)
}

fn asks(s: &Shell, view: &DeskCaseView) -> Body {
    let heads = [s.t("desk.kind"), s.t("desk.days"), s.t("desk.reason"), s.t("desk.holder"), s.t("desk.allowed")];
    let all = view.case.asks.iter().map(|ask| {
        let decided = match ask.allowed {
            None if ask.taken_back.is_some() => Said::tag(Tone::Plain, s.t("desk.taken_back")),
            None => Said::tag(Tone::Warn, "—"),
            Some(true) => Said::tag(Tone::Good, s.t("desk.allow_yes")),
            Some(false) => Said::tag(Tone::Bad, s.t("desk.allow_no")),
        };
        vec![
            Said::text(s.word(ask.kind.name_zh(), ask.kind.as_str())),
            Said::Number(ask.days.to_string()),
            Said::data(ask.reason.clone()),
            Said::data(ask.by.clone()),
            decided,
        ]
    });
    rows(&heads, all)
}

fn papers(s: &Shell, view: &DeskCaseView) -> Body {
    let heads = [s.t("desk.paper"), s.t("desk.paper_no"), s.t("desk.made"), s.t("desk.state"), s.t("desk.print")];
    let all = view.papers.iter().map(|paper| {
        let place = format!("/desk/papers/{}/{}", percent(&paper.department), percent(&paper.no));
        let links = vec![
            Link::new(place.clone(), s.t("desk.print")),
            Link::new(format!("{place}?copy=1"), s.t("desk.copy")),
            Link::new(format!("{place}/docx"), ".docx"),
        ];
        let state = match &paper.void {
            Some(_) => Said::tag(Tone::Bad, s.t("desk.void")),
            None => Said::tag(Tone::Good, s.t("desk.holds")),
        };
        vec![
            Said::text(s.word(paper.kind.name_zh(), paper.kind.as_str())),
            Said::data(paper.no.clone()),
            Said::text(said(paper.facts.made_at)),
            state,
            Said::Links(links),
        ]
    });
    rows(&heads, all)
}

fn records(s: &Shell, view: &DeskCaseView) -> Body {
    let heads = [s.t("desk.record"), s.t("desk.version"), s.t("desk.made"), s.t("desk.answer")];
    let all = view.records.iter().map(|one| {
        let status = one.receipt.as_ref().and_then(|r| r.get("status")).and_then(Value::as_str).unwrap_or_default();
        let answer = match (&one.receipt, status) {
            (None, _) => Said::tag(Tone::Warn, s.t("desk.on_its_way")),
            (Some(receipt), "rejected") => Said::tag(Tone::Bad, refusal(s, receipt)),
            (Some(_), other) => Said::tag(Tone::Good, s.of("receipt_status.", other)),
        };
        let kind =
            RecordType::from_name(&one.kind).map_or_else(|| data(&one.kind), |kind| s.word(kind.name_zh(), &one.kind));
        vec![Said::text(kind), Said::Number(one.data_version.to_string()), Said::text(said(one.at)), answer]
    });
    rows(&heads, all)
}

fn waits(app: &App, s: &Shell, view: &DeskCaseView) -> Body {
    let heads = [s.t("desk.work"), s.t("desk.holder"), s.t("desk.last_day"), s.t("desk.since")];
    let all = view.work.iter().map(|work| {
        let by = work.by.map(|day| Timestamp::end_of(day).plus_ms(-1));
        vec![
            Said::text(s.either(work.name.as_str(), s.of("desk_work.", &work.kind))),
            holder(s, work.assigned.as_ref()),
            countdown(app, s, by),
            Said::text(said(work.since)),
        ]
    });
    rows(&heads, all)
}

/// Departments that can be asked.
fn others(app: &App, own: &str) -> Vec<Choice> {
    let all = app.config.departments.values().filter(|d| d.id != own);
    all.map(|d| (d.id.clone(), data(&d.name))).collect()
}

/// What became of a deed, for the page after it.
enum After {
    /// Nothing was done.
    Nothing,
    /// It was refused: status, words, the form and what was typed.
    Refused(StatusCode, Text, String, Bytes),
    /// It was done, and something is shown this once.
    Done(Box<DeskDone>),
}

/// What was typed into a form that is not offered any more.
fn typed(desk: &Desk<'_>, body: &[u8]) -> Vec<(Text, Said)> {
    let hidden = ["version", "step", "key"];
    let pairs = form_urlencoded::parse(body).filter(|(n, v)| !hidden.contains(&n.as_ref()) && !v.trim().is_empty());
    let label = |name: &str| {
        let fields = desk.forms().into_iter().flat_map(|f| f.fields);
        fields.into_iter().find(|f| f.name == name).map_or_else(|| data(name), |f| f.label)
    };
    pairs.map(|(n, v)| (label(&n), Said::data(v.into_owned()))).collect()
}

/// The whole address at which a case is rated, to be given to the applicant.
fn rating(app: &App, headers: &HeaderMap, link: &str) -> Said {
    let whole = whole_address(app, headers, &format!("/public/ratings/{link}"));
    Said::link(whole.clone(), whole)
}

/// Whether a form is the one that was sent: the same act, about the same thing.
fn is_it(form: &Form, act: &str, body: &[u8]) -> bool {
    let same =
        |f: &Field| !(matches!(f.kind, Kind::Hidden) && f.name != "version") || sent(body, &f.name).contains(&f.value);
    word(form) == act && form.fields.iter().all(same)
}

async fn page(
    app: &Arc<App>,
    caller: &Caller,
    (department, no, around): At<'_>,
    clear: bool,
    after: After,
) -> Result<Response, Refusal> {
    let (s, by, settings) = open(app, caller, (around, "/desk"), Some(department)).await?;
    // What is told after an act is told once.
    let s = if matches!(after, After::Done(_)) { s.once() } else { s };
    let settings = match settings {
        Ok(settings) => settings,
        Err(problem) => return answer(&s, &closed(&s, &problem)),
    };
    let view = app.desk_view(by, (department, no), clear).await?;
    let desk = Desk {
        s: &s,
        by,
        settings,
        view: &view,
        colleagues: colleagues(app, by.department).await?,
        others: others(app, by.department),
        place: address(department, no),
    };
    let mut forms = desk.forms();
    let mut sheet = Sheet::new(&s, data(&view.case.item.name).and(" ").and(data(no)));
    sheet.up = vec![Link::new("/desk", s.t("nav.desk_queue"))];
    let mut status = StatusCode::OK;
    match &after {
        After::Nothing => {}
        After::Refused(code, said, act, body) => {
            status = *code;
            sheet.said = Some(said.clone());
            let mut kept = body.is_empty();
            forms.iter_mut().for_each(|f| f.fields.iter_mut().for_each(|f| f.first = false));
            if let Some(form) = forms.iter_mut().find(|f| is_it(f, act, body)) {
                refill(form, body);
                kept = true;
                let at_it = form
                    .fields
                    .iter()
                    .position(|f| !f.label.is_empty() && said.to_string().contains(&f.label.to_string()));
                let first = at_it.or_else(|| form.fields.iter().position(|f| !matches!(f.kind, Kind::Hidden)));
                if let Some(field) = first.and_then(|at| form.fields.get_mut(at)) {
                    field.first = true;
                    if at_it.is_some() {
                        field.wrong.clone_from(said);
                    }
                }
            }
            if !kept {
                sheet = sheet.under(s.t("desk.typed"), Body::Facts(typed(&desk, body)));
            }
        }
        After::Done(done) => {
            let link = done.link.iter().map(|link| (s.t("desk.rating_link").into(), rating(app, around.0, link)));
            let code = done.code.iter().map(|code| (s.t("desk.code").into(), Said::Code(code.clone())));
            let receipt = view.papers.iter().find(|p| p.kind == PaperKind::Receipt);
            let print = done.code.iter().zip(receipt).map(|(code, paper)| {
                let place = format!("/desk/papers/{}/{}", percent(&paper.department), percent(&paper.no));
                Form::new(place, s.t("desk.print_with_code"), vec![Field::hidden("code", code)])
            });
            sheet = sheet.with(Body::Facts(link.chain(code).collect())).with(Body::Forms(print.collect())).under(
                s.t("desk.refused"),
                Body::Text(done.refused.iter().map(|record| refusal(&s, record)).collect()),
            );
        }
    }
    let (next, more): (Vec<Form>, Vec<Form>) = forms.into_iter().partition(is_forward);
    let flow = view.case.item.flow.as_ref().map(|_| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("department", department)
            .append_pair("case_no", no)
            .finish();
        let src = format!("/api/v1/items/{}/flow.svg?{query}", percent(&view.case.item.code));
        Body::Drawing(Drawing { src, alt: s.t("desk.flow").into() })
    });
    let history = view.case.history.iter().map(|done| Step {
        at: said(done.at),
        act: s.of("desk_act.", &done.act).into(),
        by: s.who(&done.by),
        text: data(&done.text),
    });
    let reason = Field::new("reason", s.t("desk.in_clear_reason"), Kind::Line).needed();
    let see = Form { asks: true, ..Form::new(desk.place.clone(), s.t("desk.in_clear"), vec![reason]) };
    let see = if clear || by.department != department || view.case.part.is_some() { Vec::new() } else { vec![see] };
    let mut sheet = sheet
        .with(Body::Facts(facts(app, &s, &view)))
        .under(s.t("desk.waits"), waits(app, &s, &view))
        .under(s.t("desk.next"), Body::Forms(next))
        .under(s.t("desk.checklist"), checklist(&s, &view))
        .under(s.t("desk.asks"), asks(&s, &view))
        .under(s.t("desk.joint"), joint(app, &s, &view))
        .under(s.t("desk.papers"), papers(&s, &view))
        .under(s.t("desk.more"), Body::Forms(more))
        .under(s.t("desk.steps"), steps(&s, &view));
    if let Some(flow) = flow {
        sheet = sheet.under(s.t("desk.flow"), flow);
    }
    let sheet = sheet
        .under(s.t("desk.records"), records(&s, &view))
        .under(s.t("act.history"), Body::History(history.collect()))
        .under(s.t("desk.in_clear"), Body::Forms(see));
    let mut made = answer(&s, &sheet)?;
    *made.status_mut() = status;
    Ok(made)
}

pub(super) async fn one(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path((department, no)): Path<(String, String)>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let at = (department.as_str(), no.as_str(), (&headers, &uri));
    if !query.contains_key("reason") {
        return page(&app, &caller, at, false, After::Nothing).await;
    }
    // The applicant in clear, for a reason that is kept.
    let path = Path((department.clone(), no.clone()));
    match desk::one(State(Arc::clone(&app)), Extension(caller.clone()), path, Query(query)).await {
        Ok(_) => page(&app, &caller, at, true, After::Nothing).await,
        Err(mut refusal) => {
            let s = shell(&app, &caller, at.2, "/desk").await?;
            if refusal.1.code == "personal.reason" {
                refusal.1.fix = Some(s.t("desk.why_clear").to_owned());
            }
            let (status, said) = refused(&s, refusal)?;
            page(&app, &caller, at, false, After::Refused(status, said, String::new(), Bytes::new())).await
        }
    }
}

/// Why a deed was not done: said by its page, or by who refused it.
enum NotDone {
    Said(String),
    Refused(Refusal),
}

impl<T: Into<Refusal>> From<T> for NotDone {
    fn from(refusal: T) -> Self {
        Self::Refused(refusal.into())
    }
}

/// What is wrong with what was sent, in the words of its form.
fn in_words(s: &Shell, form: &Form, problem: Problem) -> NotDone {
    let named = |text: &str| text.split('`').nth(1).map(str::to_owned);
    let lacks = problem.message.contains("missing field").then(|| named(&problem.message)).flatten();
    let label = lacks.and_then(|name| form.fields.iter().find(|f| f.name == name)).map(|f| f.label.clone());
    match label {
        Some(label) => NotDone::Said(s.t("desk.lacks").replace("{f}", &label.to_string())),
        None => problem.into(),
    }
}

async fn deed(
    app: &Arc<App>,
    caller: &Caller,
    (department, no, around): At<'_>,
    (act, body): (&str, &Bytes),
) -> Result<DeskDone, NotDone> {
    let (s, by, settings) = open(app, caller, (around, "/desk"), Some(department)).await?;
    let settings = settings?;
    let view = app.desk_view(by, (department, no), false).await?;
    let desk = Desk {
        s: &s,
        by,
        settings,
        view: &view,
        colleagues: Vec::new(),
        others: Vec::new(),
        place: address(department, no),
    };
    let version = sent(body, "version").into_iter().next().and_then(|v| v.parse::<i64>().ok()).unwrap_or(-1);
    let Some(form) = desk.forms().into_iter().find(|f| is_it(f, act, body)) else {
        // Not offered any more: somebody was faster, or it was never this person's to do.
        if version != view.version {
            return Err(app.desk_stale((department, no), version).await?.into());
        }
        return Err(Problem::new("desk.request", format!("现在不能“{}”", s.of("desk_act.", act))).into());
    };
    if let Some(said) = unreadable(&s, &form, body) {
        return Err(NotDone::Said(said));
    }
    let meant = desk::meant(act, words(&form, &desk, body)).map_err(|problem| in_words(&s, &form, problem))?;
    Ok(app.desk_act(by, (department, no), meant.0, &meant.1).await?)
}

/// A deed: done, and back to the case; refused, the case as it is now says why, and what was typed stands there still.
pub(super) async fn act(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path((department, no, act)): Path<(String, String, String)>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let at = (department.as_str(), no.as_str(), (&headers, &uri));
    match deed(&app, &caller, at, (&act, &body)).await {
        Ok(done) if done.link.is_none() && done.code.is_none() && done.refused.is_empty() => {
            Ok(go(&address(&department, &no)))
        }
        Ok(done) => page(&app, &caller, at, false, After::Done(Box::new(done))).await,
        Err(why) => {
            let s = shell(&app, &caller, at.2, "/desk").await?;
            let (status, said) = match why {
                NotDone::Said(said) => (StatusCode::BAD_REQUEST, said.into()),
                NotDone::Refused(refusal) => refused(&s, refusal)?,
            };
            page(&app, &caller, at, false, After::Refused(status, said, act.clone(), body)).await
        }
    }
}
