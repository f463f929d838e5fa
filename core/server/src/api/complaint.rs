//! Complaints (投诉) for those who handle them: the desk registers, routes, reviews, calls back; departments receive, return, answer.

use super::act::{once, text};
use super::answer::{Answer, Asked, Refusal, bad, only, page_of, refuse, unreadable};
use super::auth::may;
use super::register::{Who as Person, actor, bounded, bounded_contact, concerned, desk_only, filter, in_clear};
use super::waiting::listed;
use crate::app::App;
use crate::complaint::{Imported, Slip};
use crate::oversight::{Deed, Kept};
use crate::people::Caller;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Json};
use daylight_domain::complaint::{
    Complaint, ComplaintAct, ComplaintState, Content, HandlingLimit, Outcome, ProblemKind, Severity, Way,
};
use daylight_domain::investigation::Investigation;
use daylight_domain::role::Right;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

type House = State<Arc<App>>;
type Who = Extension<Caller>;

/// A complaint as it is sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    department: String,
    #[serde(default)]
    way: Option<Way>,
    #[serde(default)]
    kind: Option<ProblemKind>,
    title: String,
    content: String,
    #[serde(default)]
    object: Option<String>,
    #[serde(default)]
    case_no: Option<String>,
    #[serde(default)]
    source_no: Option<String>,
    #[serde(default)]
    limit: Option<HandlingLimit>,
    #[serde(default)]
    complainant: Option<Person>,
    #[serde(default)]
    confidential: bool,
}

impl New {
    /// What is registered of it.
    pub(super) fn complaint(self, app: &App, by: &str, public: bool) -> Result<Complaint, Problem> {
        const CODE: &str = "complaint.request";
        app.department(&self.department)?;
        let contact = self.complainant.and_then(Person::contact);
        let part = |text: &Option<String>| text.as_deref().unwrap_or("").trim().to_owned();
        let (object, case_no, source_no) = (part(&self.object), part(&self.case_no), part(&self.source_no));
        let texts = [
            ("title", self.title.as_str(), 200, true),
            ("content", self.content.as_str(), 4000, true),
            ("object", object.as_str(), 200, false),
            ("case_no", case_no.as_str(), 64, false),
            ("source_no", source_no.as_str(), 64, false),
        ];
        bounded(CODE, &texts)?;
        bounded_contact(CODE, contact.as_ref())?;
        let by_desk = self.way.is_some() || self.source_no.is_some() || self.limit.is_some();
        desk_only(CODE, public && by_desk, self.limit)?;
        let way = self.way.unwrap_or(if public { Way::Web } else { Way::Visit });
        let first = (self.department.as_str(), way, self.kind.unwrap_or(ProblemKind::Other));
        let words = (self.title.trim().to_owned(), self.content.trim().to_owned());
        let mut one = Complaint::register(first, words, contact, by, app.clock.now());
        let full = |text: String| (!text.is_empty()).then_some(text);
        (one.object, one.case_no, one.source_no) = (full(object), full(case_no), full(source_no));
        (one.limit, one.confidential) = (self.limit, self.confidential);
        Ok(one)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Words {
    text: String,
    department: Option<String>,
    joint: Vec<String>,
    days: Option<u32>,
    allowed: Option<bool>,
    outcome: Option<Outcome>,
    severity: Option<Severity>,
    passed: Option<bool>,
    contacted: Option<bool>,
    solved: Option<bool>,
    satisfied: Option<Content>,
    case_no: Option<String>,
    card: Option<String>,
    investigation: Option<String>,
    subject: String,
}

/// A complaint as its reader may see it; nothing where it may not know of it.
fn seen(caller: &Caller, one: Complaint, clear: bool) -> Option<Complaint> {
    match &caller.department {
        // Before it is given to a department, who complained about it is not its business.
        Some(own) if !one.of_department(own) => None,
        own => Some(one.shown(clear, own.is_some())),
    }
}

pub(super) async fn list(State(app): House, Extension(caller): Who, query: Asked) -> Answer {
    concerned(&caller)?;
    let (mut filter, limit) = filter(&caller, &query, ComplaintState::WORDS)?;
    if caller.department.is_some() {
        only(&mut filter, ComplaintState::WORDS, &["registered", "accepted", "rejected", "routed_out"]);
    }
    if let (Some(department), true) = (&filter.department, query.contains_key("joint")) {
        let rows = app.joint_complaints(department, limit).await?;
        let shown: Vec<Complaint> = rows.into_iter().filter_map(|one| seen(&caller, one, false)).collect();
        return Ok(Json(json!({ "items": shown, "next": null })));
    }
    let rows: Vec<Complaint> = listed(&app, &caller, &query.0, filter).await?;
    Ok(page_of(rows, limit, |one| one.no.clone(), |one| seen(&caller, one, false)))
}

fn unknown(no: &str) -> Refusal {
    Problem::new("complaint.unknown", format!("没有投诉 {no}")).into()
}

async fn stored(app: &App, caller: &Caller, no: &str) -> Result<Kept<Complaint>, Refusal> {
    let kept = app.find_matter::<Complaint>(no).await?;
    match seen(caller, kept.matter.clone(), false) {
        Some(_) => Ok(kept),
        None => Err(unknown(no)),
    }
}

pub(super) async fn one(State(app): House, Extension(caller): Who, Path(no): Path<String>, query: Asked) -> Answer {
    concerned(&caller)?;
    let kept = stored(&app, &caller, &no).await?;
    let clear = in_clear(&app, &caller, &no, &query).await?;
    Ok(Json(json!(seen(&caller, kept.matter, clear).ok_or_else(|| unknown(&no))?)))
}

/// Not under an idempotency key: an answer that is kept would keep the code. Sent twice, the second is a duplicate.
pub(super) async fn create(
    State(app): House,
    Extension(caller): Who,
    body: Bytes,
) -> Result<(StatusCode, Json<Slip>), Refusal> {
    let example = "{\"department\":\"market\",\"way\":\"phone\",\"title\":\"…\",\"content\":\"…\",\"complainant\":{\"name\":\"…\",\"phone\":\"…\"}}";
    let new: New = serde_json::from_str(text(&body)?).map_err(|e| unreadable("complaint.request", &e, example))?;
    let one = new.complaint(&app, &caller.user, false)?;
    Ok((StatusCode::CREATED, Json(app.register_complaint(one, &caller.user).await?)))
}

/// Of what is sent twice nothing is entered twice: work orders have numbers.
pub(super) async fn import(State(app): House, Extension(caller): Who, body: Bytes) -> Result<Json<Imported>, Refusal> {
    // All of it, whether or not somebody waits for the answer.
    let work = tokio::spawn(async move { app.import_hotline(&body, &caller.user).await });
    let done = work.await.map_err(|e| Problem::new("internal", format!("导入中断：{e}")))?;
    Ok(Json(done?))
}

fn missing(what: &str) -> Refusal {
    bad("complaint.request", &format!("缺少 {what}"), "各项操作所要的内容见 /api/v1/openapi.json")
}

async fn linked(app: &App, caller: &Caller, one: &Complaint, words: &Words) -> Result<(), Refusal> {
    if let Some(no) = &words.case_no {
        let there = app.store.case(&one.department, no).await?;
        there.ok_or_else(|| Problem::new("case.unknown", format!("{} 没有办件 {no}", one.department)))?;
    }
    if let Some(no) = &words.card {
        let there = app.store.card(no).await?.filter(|c| c.department == one.department);
        there.ok_or_else(|| Problem::new("card.unknown", format!("该部门没有监察卡 {no}")))?;
    }
    if let Some(no) = &words.investigation {
        // Only who may know of an investigation says that there is one, and only against whom the complaint is about.
        may(caller, Right::Investigate)?;
        let there = app.find_matter::<Investigation>(no).await?;
        if there.matter.department != one.department {
            return Err(Problem::new("investigation.unknown", format!("该部门没有调查 {no}")).into());
        }
    }
    Ok(())
}

async fn meant(
    app: &App,
    caller: &Caller,
    one: &Complaint,
    (act, words): (&str, Words),
) -> Result<ComplaintAct, Refusal> {
    let now = app.clock.now();
    linked(app, caller, one, &words).await?;
    let Words { text, days, joint, case_no, card, investigation, .. } = words;
    Ok(match act {
        "accept" => ComplaintAct::Accept { text, due: app.handling_due(one, now, 0)? },
        "reject" => ComplaintAct::Reject { text },
        "route-out" => ComplaintAct::RouteOut { text },
        "assign" => {
            let department = words.department.unwrap_or_else(|| one.department.clone());
            for id in joint.iter().chain([&department]) {
                app.department(id)?;
            }
            ComplaintAct::Assign { department, joint, text }
        }
        "receive" => ComplaintAct::Receive,
        "return" => ComplaintAct::Return { text },
        "opinion" => ComplaintAct::Opinion { text },
        "ask-extension" => {
            let days = days.ok_or_else(|| missing("days"))?;
            ComplaintAct::AskExtension { days, most: app.config.main.complaint.extension_days, text }
        }
        "decide-extension" => {
            let allowed = words.allowed.ok_or_else(|| missing("allowed"))?;
            let more = one.extension.as_ref().map_or(0, |e| e.days);
            let due = app.handling_due(one, one.accepted_at.unwrap_or(now), more)?;
            ComplaintAct::DecideExtension { allowed, due, text }
        }
        "reply" => ComplaintAct::Reply { text, outcome: words.outcome.ok_or_else(|| missing("outcome"))? },
        "review" => {
            let passed = words.passed.ok_or_else(|| missing("passed"))?;
            let severity = words.severity;
            ComplaintAct::Review { passed, severity, text, due: app.rule_due("K-05", &one.department)? }
        }
        "call-back" => ComplaintAct::CallBack {
            contacted: words.contacted.ok_or_else(|| missing("contacted"))?,
            solved: words.solved.ok_or_else(|| missing("solved"))?,
            satisfied: words.satisfied.ok_or_else(|| missing("satisfied"))?,
            text,
        },
        "reopen" => ComplaintAct::Reopen { text, due: app.handling_due(one, now, 0)? },
        "archive" => ComplaintAct::Archive,
        "make-public" => ComplaintAct::MakePublic { subject: words.subject, text },
        "make-private" => ComplaintAct::MakePrivate { text },
        "link" => ComplaintAct::Link { case_no, card, investigation },
        _ => return Err(refuse(StatusCode::NOT_FOUND, "http.unknown", "没有这项操作", "见 /api/v1/openapi.json")),
    })
}

pub(super) async fn act(
    State(app): House,
    Extension(caller): Who,
    Path((no, act)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let words: Words = match body.trim() {
        "" => Words::default(),
        body => serde_json::from_str(body).map_err(|e| unreadable("complaint.request", &e, "{\"text\": \"…\"}"))?,
    };
    let work = async {
        let mut kept = stored(&app, &caller, &no).await?;
        let was = kept.matter.state;
        let meant = meant(&app, &caller, &kept.matter, (&act, words)).await?;
        kept.matter.act(meant, actor(&caller), app.clock.now()).map_err(Problem::from)?;
        let deed = Deed { act: &act, by: &caller.user };
        let one = app.keep_registered(kept, deed, json!({ "from": was.as_str() })).await?;
        app.complaint_moved(&one).await?;
        if ["make-private", "reopen"].contains(&act.as_str()) {
            app.withdraw_with_answer(&one.no, &caller.user).await?;
        }
        // Who sent it back does not see it any more, and is told what it did.
        Ok((StatusCode::OK, one.shown(false, caller.department.is_some())))
    };
    once(&app, &caller, (&format!("complaints/{no}/{act}"), &headers, body), work).await
}
