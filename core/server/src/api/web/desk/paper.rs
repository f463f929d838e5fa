//! A paper of the desk: to print, and as a document. Who prints it is kept in the audit, for it names the applicant.

use crate::api::answer::Refusal;
use crate::api::desk::actor;
use crate::api::web::House;
use crate::api::web::form::sent;
use crate::app::App;
use crate::people::Caller;
use crate::problem::Problem;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use daylight_console::docx::Block;
use daylight_console::paper::Paper;
use daylight_domain::desk::{DeskPaper, PaperKind};
use daylight_domain::role::Right;
use daylight_store::AuditEntry;
use std::collections::HashMap;

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// The paper, whole and unchanged, for somebody of its department.
async fn open(app: &App, caller: &Caller, (department, no): (&str, &str), how: &str) -> Result<DeskPaper, Refusal> {
    let unknown = || Problem::new("paper.none", format!("没有文书 {no}"));
    crate::api::auth::may(caller, Right::Personal)?;
    if actor(caller)?.department != department {
        return Err(unknown().into());
    }
    let paper = app.store.desk_paper(department, no).await?.ok_or_else(unknown)?;
    let entry = AuditEntry {
        at: app.clock.now(),
        actor: caller.user.clone(),
        action: "desk.print".to_owned(),
        object: format!("{department}/{}", paper.case_no),
        detail: serde_json::json!({ "paper": paper.no, "how": how }).to_string(),
    };
    app.store.audit(entry).await?;
    Ok(paper)
}

fn is_copy(query: &HashMap<String, String>) -> bool {
    query.contains_key("copy")
}

pub(super) async fn page(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path((department, no)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let paper = open(&app, &caller, (&department, &no), "print").await?;
    Ok(Html(Paper::of(&paper, is_copy(&query)).html()).into_response())
}

/// A receipt with the query code, which is kept nowhere: it comes with the request.
pub(super) async fn with_code(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path((department, no)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let paper = open(&app, &caller, (&department, &no), "print").await?;
    let mut shown = Paper::of(&paper, false);
    let code = sent(&body, "code").into_iter().next().filter(|code| !code.trim().is_empty());
    if let Some(code) = code.filter(|_| paper.kind == PaperKind::Receipt) {
        let read = app.desk_read(&department, &paper.case_no).await?;
        if !read.case.code.is_some_and(|kept| kept.fits(&code)) {
            return Err(Problem::new("desk.code", "查询码不是这一件的").into());
        }
        shown.body.push(Block::Facts(vec![("办理进度查询码".to_owned(), code)]));
    }
    Ok(Html(shown.html()).into_response())
}

pub(super) async fn document(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path((department, no)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let paper = open(&app, &caller, (&department, &no), "document").await?;
    let broken = |e: &dyn std::fmt::Display| Problem::new("internal", e.to_string());
    let templates = &app.config.papers.desk;
    let template = templates.get(&paper.kind).ok_or_else(|| broken(&paper.kind.as_str()))?;
    let bytes = Paper::of(&paper, is_copy(&query)).to_docx(template).map_err(|e| broken(&e))?;
    let name = super::percent(&format!("{}{}.docx", paper.kind.name_zh(), paper.no));
    let name = format!("attachment; filename=\"{}.docx\"; filename*=UTF-8''{name}", paper.kind.as_str());
    Ok(([(header::CONTENT_TYPE, DOCX.to_owned()), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}
