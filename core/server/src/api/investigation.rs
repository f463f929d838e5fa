//! Investigations (调查). Who investigates sees all; who approves sees what is decided about; the department sees its own from the
//! notice on, without evidence and clues; nobody else sees any.

use super::act::{once, text, words};
use super::answer::{Answer, Asked, Refusal, bad, matters, only, page_of, refuse, unreadable};
use super::auth::{may, within};
use super::waiting::listed;
use crate::app::App;
use crate::oversight::{Deed, Kept};
use crate::people::Caller;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use daylight_domain::investigation::{
    Investigation, InvestigationAct, InvestigationError, InvestigationState, MeasureKind, Origin, Outcome,
};
use daylight_domain::role::{Right, Role};
use daylight_domain::rule::{Verified, VerifiedFacts};
use daylight_store::{AuditEntry, DocumentRow, Side, UserRow};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;

type House = State<Arc<App>>;
type Who = Extension<Caller>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    department: String,
    origin: Origin,
    #[serde(default)]
    refs: Vec<String>,
    subject: String,
}

/// The words that go with an act; each act takes its own.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Words {
    text: String,
    team: Vec<String>,
    days: Option<u32>,
    outcome: Option<Outcome>,
    basis: String,
    problem: Option<Verified>,
    kind: Option<MeasureKind>,
    measure: String,
    corrected: Option<bool>,
    digest: String,
}

/// What a caller may see of an investigation; nothing where it may not know of it.
pub(super) fn seen_by(caller: &Caller, one: Investigation) -> Option<Investigation> {
    if caller.department.is_some() {
        return one.for_department();
    }
    if caller.may(Right::Investigate) {
        return Some(one);
    }
    caller.may(Right::Approve).then(|| one.without_clues())
}

/// Who may know of investigations at all.
pub(super) fn concerned(caller: &Caller) -> Result<(), Refusal> {
    if caller.may(Right::Approve) || (caller.department.is_some() && caller.may(Right::Answer)) {
        return Ok(());
    }
    may(caller, Right::Investigate)
}

async fn stored(app: &App, caller: &Caller, no: &str) -> Result<Kept<Investigation>, Refusal> {
    let kept = app.find_matter::<Investigation>(no).await?;
    if caller.department.as_ref().is_some_and(|own| *own != kept.matter.department)
        || seen_by(caller, kept.matter.clone()).is_none()
    {
        // That there is one is no department's business before it is told.
        return Err(Problem::new("investigation.unknown", format!("没有调查 {no}")).into());
    }
    Ok(kept)
}

pub(super) async fn list(State(app): House, Extension(caller): Who, Query(query): Asked) -> Answer {
    concerned(&caller)?;
    let mut filter = matters(&query, within(&caller, query.get("department"))?, InvestigationState::WORDS)?;
    if caller.department.is_some() {
        // Before the notice there is nothing for it, not even a page's end.
        only(&mut filter, InvestigationState::WORDS, &["proposed", "declined", "opened"]);
    }
    let limit = filter.limit;
    let rows: Vec<Investigation> = listed(&app, &caller, &query, filter).await?;
    Ok(page_of(rows, limit, |one| one.no.clone(), |one| seen_by(&caller, one)))
}

pub(super) async fn one(State(app): House, Extension(caller): Who, Path(no): Path<String>) -> Answer {
    concerned(&caller)?;
    let kept = stored(&app, &caller, &no).await?;
    Ok(Json(json!(seen_by(&caller, kept.matter))))
}

pub(super) async fn create(
    State(app): House,
    Extension(caller): Who,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let example = "{\"department\":\"market\",\"origin\":\"cards\",\"refs\":[\"…\"],\"subject\":\"…\"}";
    let new: New = serde_json::from_str(body).map_err(|e| unreadable("investigation.request", &e, example))?;
    if new.subject.trim().is_empty() {
        return Err(Problem::from(InvestigationError::Words("调查的事由")).into());
    }
    app.department(&new.department)?;
    let work = async {
        if new.origin == Origin::Cards {
            for no in &new.refs {
                let card = app.store.card(no).await?.filter(|c| c.department == new.department);
                card.ok_or_else(|| Problem::new("card.unknown", format!("该部门没有监察卡 {no}")))?;
            }
        }
        let times = (app.clock.now(), app.working_due(app.config.main.procedure.approve_days)?);
        let refs = (new.origin, new.refs);
        let one = Investigation::propose(&new.department, refs, new.subject, &caller.user, times);
        let detail = json!({ "department": new.department });
        let one = app.begin_matter(&one, Deed { act: "propose", by: &caller.user }, detail).await?;
        Ok((StatusCode::CREATED, one))
    };
    once(&app, &caller, ("investigations", &headers, body), work).await
}

/// Who may be on a team, by name.
pub(super) async fn investigators(app: &App) -> Result<Vec<String>, Refusal> {
    let may = |user: &UserRow| Role::from_name(&user.role).is_some_and(|role| role.may(Right::Investigate));
    let users = app.store.users().await?.into_iter();
    Ok(users.filter(|u| u.disabled_at.is_none() && u.department.is_none() && may(u)).map(|u| u.name).collect())
}

/// Two powers, two hands: what is the commission's nobody else takes or ends, and the other way round.
fn power(kind: MeasureKind) -> Right {
    if kind.of_commission() { Right::Discipline } else { Right::Supervise }
}

fn missing(what: &str) -> Refusal {
    bad("investigation.request", &format!("缺少 {what}"), "各项操作所要的内容见 /api/v1/openapi.json")
}

async fn meant(
    app: &App,
    caller: &Caller,
    one: &Investigation,
    (act, words): (&str, Words),
) -> Result<InvestigationAct, Refusal> {
    let periods = &app.config.main.procedure;
    let due = |usual: u32| app.working_due(words.days.unwrap_or(usual));
    let Words { text, team, measure, digest, basis, .. } = words.clone();
    Ok(match act {
        "approve" | "team" => {
            for name in &team {
                let unknown = || Problem::new("user.unknown", format!("没有用户“{name}”"));
                let user = app.store.user(name).await?.filter(|u| u.disabled_at.is_none()).ok_or_else(unknown)?;
                let may = Role::from_name(&user.role).is_some_and(|role| role.may(Right::Investigate));
                if !may || user.department.is_some() {
                    return Err(
                        Problem::from(InvestigationError::Team("调查组成员应有调查的权限，且不属于部门")).into()
                    );
                }
            }
            if act == "team" {
                InvestigationAct::Team { team, text }
            } else {
                InvestigationAct::Approve { team, text, conclude_due: due(periods.conclude_days)? }
            }
        }
        "decline" => InvestigationAct::Decline { text },
        "notify" => {
            if words.days.is_some_and(|days| days < periods.statement_days) {
                let message = format!("陈述申辩的期限不得少于 {} 个工作日", periods.statement_days);
                return Err(bad("investigation.request", &message, "放宽 days，或不写"));
            }
            InvestigationAct::Notify { text, statement_due: due(periods.statement_days)? }
        }
        "state" => InvestigationAct::State { text },
        "evidence" => {
            let mut there = app.store.document(&one.no, Side::Team, &digest).await?;
            if there.is_none() {
                there = app.store.document(&one.no, Side::Department, &digest).await?;
            }
            there.ok_or_else(|| Problem::new("document.unknown", format!("{} 没有文件 {digest}", one.no)))?;
            InvestigationAct::Evidence { digest, text }
        }
        "conclude" => {
            let outcome = words.outcome.ok_or_else(|| missing("outcome"))?;
            InvestigationAct::Conclude { outcome, facts: text, basis }
        }
        "measure" => {
            let kind = words.kind.ok_or_else(|| missing("kind"))?;
            may(caller, power(kind))?;
            InvestigationAct::Measure { kind, text, due: due(periods.measure_days)? }
        }
        "reply" => InvestigationAct::Reply { measure, text },
        "accept" | "return" if one.measures.iter().any(|m| m.no == measure && !caller.may(power(m.kind))) => {
            return Err(refuse(
                StatusCode::FORBIDDEN,
                "auth.scope",
                "这项措施由另一方采取，也由其认可或退回",
                "请采取措施的一方办理",
            ));
        }
        "accept" => InvestigationAct::Accept { measure, revisit_due: due(periods.revisit_days)? },
        "return" => InvestigationAct::Return { measure, text, due: due(periods.measure_days)? },
        "revisit" => {
            let corrected = words.corrected.ok_or_else(|| missing("corrected"))?;
            InvestigationAct::Revisit { corrected, text }
        }
        "close" => InvestigationAct::Close { text },
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
    let words: Words = words(body, "investigation.request")?;
    let work = async {
        let mut kept = stored(&app, &caller, &no).await?;
        let was = kept.matter.state;
        let problem = words.problem.filter(|_| act == "conclude");
        let meant = meant(&app, &caller, &kept.matter, (&act, words)).await?;
        kept.matter.act(meant, &caller.user, app.clock.now()).map_err(Problem::from)?;
        let detail = json!({ "from": was.as_str(), "problem": problem });
        if let (Some(kind), one, Some(said)) = (problem, &kept.matter, &kept.matter.conclusion) {
            // What was verified is a finding (I-01, I-02, I-03, E-07); its card waits for a named person.
            let facts = VerifiedFacts {
                no: one.no.clone(),
                department: one.department.clone(),
                kind,
                concluded_at: Some(said.at),
                substantiated: match said.outcome {
                    Outcome::Substantiated | Outcome::Partly => Some(true),
                    Outcome::Unsubstantiated => Some(false),
                    Outcome::Unverifiable => None,
                },
                document: one.no.clone(),
            };
            // First, so that a conclusion never stands without it; written twice it is one.
            app.found_about(&one.department, &facts).await?;
        }
        let one = app.keep_matter(kept, Deed { act: &act, by: &caller.user }, detail).await?;
        Ok((StatusCode::OK, seen_by(&caller, one)))
    };
    once(&app, &caller, (&format!("investigations/{no}/{act}"), &headers, body), work).await
}

// -- files -------------------------------------------------------------------------------------------------------------

/// Keeps a file under its hash. The team adds evidence, the department what belongs to its statement.
pub(super) async fn upload(
    State(app): House,
    Extension(caller): Who,
    Path(no): Path<String>,
    Query(query): Asked,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<DocumentRow>), Refusal> {
    concerned(&caller)?;
    let one = stored(&app, &caller, &no).await?.matter;
    let name = query.get("name").map(|n| n.trim()).unwrap_or_default();
    let good = !name.is_empty() && name.chars().count() <= 200 && !name.chars().any(|c| c.is_control() || c == '/');
    if !good || body.is_empty() {
        return Err(bad("document.request", "需要 name（文件名）与内容", "POST …/documents?name=照片.jpg，内容即文件"));
    }
    let side = if caller.department.is_some() { Side::Department } else { Side::Team };
    if side == Side::Team && !one.team.contains(&caller.user) {
        return Err(Problem::from(InvestigationError::Team("只有调查组成员可以加入文件")).into());
    }
    if matches!(one.state, InvestigationState::Declined | InvestigationState::Closed) {
        return Err(Problem::from(InvestigationError::State(one.state, "加入文件")).into());
    }
    let media = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("application/octet-stream");
    let now = app.clock.now();
    let row = DocumentRow {
        digest: hex::encode(Sha256::digest(&body)),
        name: name.to_owned(),
        media: media.to_owned(),
        size: body.len().try_into().unwrap_or(u64::MAX),
        added_at: now,
        added_by: caller.user.clone(),
        matter: no.clone(),
        side,
    };
    let audit = AuditEntry {
        at: now,
        actor: caller.user.clone(),
        action: "document.add".to_owned(),
        object: no,
        detail: json!({ "digest": row.digest, "name": row.name, "size": row.size }).to_string(),
    };
    app.store.put_document(&row, &body, audit).await?;
    Ok((StatusCode::CREATED, Json(row)))
}

/// Whose files a caller may read: a department gets back what its own people brought.
fn sides(caller: &Caller) -> &'static [Side] {
    if caller.department.is_some() {
        &[Side::Department]
    } else if caller.may(Right::Investigate) {
        &[Side::Team, Side::Department]
    } else {
        &[]
    }
}

pub(super) async fn documents(State(app): House, Extension(caller): Who, Path(no): Path<String>) -> Answer {
    concerned(&caller)?;
    stored(&app, &caller, &no).await?;
    let mut rows = app.store.documents(&no).await?;
    rows.retain(|row| sides(&caller).contains(&row.side));
    Ok(Json(json!({ "items": rows, "next": null })))
}

pub(super) async fn download(
    State(app): House,
    Extension(caller): Who,
    Path((no, digest)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    concerned(&caller)?;
    stored(&app, &caller, &no).await?;
    let mut found = None;
    for side in sides(&caller) {
        if found.is_none() {
            found = app.store.document(&no, *side, &digest).await?;
        }
    }
    let (row, bytes) = found.ok_or_else(|| Problem::new("document.unknown", format!("{no} 没有文件 {digest}")))?;
    if hex::encode(Sha256::digest(&bytes)) != row.digest {
        let message = format!("文件 {digest} 的内容与其散列不符");
        return Err(refuse(StatusCode::INTERNAL_SERVER_ERROR, "document.damaged", &message, "从备份取回，并查明原因"));
    }
    // Never shown by the browser as what it claims to be.
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{}", url_name(&row.name))),
    ];
    Ok((headers, bytes).into_response())
}

/// A file's name as RFC 8187 has it.
pub(super) fn url_name(name: &str) -> String {
    name.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-._".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}
