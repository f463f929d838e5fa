//! Reports of a trial: frozen by who runs the machine, signed by the department and by the county, printed. And the diagnostics of
//! a department as a file.

use super::act::{once, text};
use super::answer::{Answer, Asked, Refusal, bad, state};
use super::auth::within;
use super::publication::attachment;
use super::routes::{Access, Route, act, read};
use super::view::Page;
use super::waiting::mine;
use crate::app::App;
use crate::gate::paper::paper;
use crate::gate::report::{GateReportView, ReportState};
use crate::people::Caller;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, Response};
use axum::{Extension, Json};
use daylight_console::docx::Template;
use daylight_console::paper::letter;
use daylight_domain::publication::digest_of;
use daylight_domain::role::Right;
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

type House = State<Arc<App>>;
type Who = Extension<Caller>;

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// What is signed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signing {
    /// The digest of the report that was read.
    pub digest: String,
}

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    let page = |path: &'static str, summary: &'static str| Route {
        answer: None,
        ..read::<GateReportView>(path, summary, &[])
    };
    vec![
        act::<GateReportView>(
            "/api/v1/departments/{id}/gate-reports",
            Right::Operate,
            "冻结试运行的验收报告：条件须全部达到",
            None,
            201,
        ),
        read::<Page<GateReportView>>(
            "/api/v1/gate-reports",
            "验收报告与签署，新的在前；waiting=mine 只列等待本人签署的",
            &["department", "state", "waiting"],
        ),
        read::<GateReportView>("/api/v1/gate-reports/{no}", "一份验收报告：条件、插件与配置的散列、签署", &[]),
        act::<GateReportView>(
            "/api/v1/gate-reports/{no}/sign",
            Right::Accept,
            "签署：部门一人，监察或政务服务中心一人；digest 为所读报告的散列",
            Some(("application/json", "{digest}")),
            200,
        ),
        page("/api/v1/gate-reports/{no}/paper", "验收报告，供打印"),
        page("/api/v1/gate-reports/{no}/document", "验收报告（.docx）"),
        Route {
            access: Access::May(Right::Operate),
            ..page("/api/v1/departments/{id}/diagnostics", "一个部门的诊断包（.zip）：不含密钥、个人信息与来源的文字")
        },
    ]
}

/// One that the caller may see.
pub(super) async fn report_of(app: &App, caller: &Caller, no: &str) -> Result<GateReportView, Refusal> {
    let found = app.gate_report(no).await?;
    within(caller, Some(&found.report.department))?;
    Ok(found)
}

/// Reports that the caller may see, or those that wait for his signature.
pub(super) async fn reports_of(
    app: &App,
    caller: &Caller,
    query: &HashMap<String, String>,
) -> Result<Vec<GateReportView>, Refusal> {
    let department = within(caller, query.get("department"))?;
    let state = state(query, &ReportState::ALL.map(ReportState::as_str))?;
    let mut all =
        if mine(query)? { app.reports_to_sign(caller).await? } else { app.gate_reports(department.as_deref()).await? };
    all.retain(|one| department.as_ref().is_none_or(|d| *d == one.report.department));
    all.retain(|one| state.as_deref().is_none_or(|state| state == one.state.as_str()));
    Ok(all)
}

pub(super) async fn list(State(app): House, Extension(caller): Who, Query(query): Asked) -> Answer {
    Ok(Json(json!({ "items": reports_of(&app, &caller, &query).await?, "next": null })))
}

pub(super) async fn one(State(app): House, Extension(caller): Who, Path(no): Path<String>) -> Answer {
    Ok(Json(json!(report_of(&app, &caller, &no).await?)))
}

pub(super) async fn freeze(
    State(app): House,
    Extension(caller): Who,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    within(&caller, Some(&id))?;
    let work = async { Ok((StatusCode::CREATED, app.freeze_gate_report(&id, &caller.user).await?)) };
    once(&app, &caller, (&format!("departments/{id}/gate-reports"), &headers, ""), work).await
}

pub(super) async fn sign(
    State(app): House,
    Extension(caller): Who,
    Path(no): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    report_of(&app, &caller, &no).await?;
    let words = text(&body)?;
    let asked: Signing = serde_json::from_str(words)
        .map_err(|e| bad("gate.request", &format!("请求不是所要的 JSON：{e}"), "{\"digest\": \"…\"}"))?;
    let work = async { Ok((StatusCode::OK, app.sign_gate_report(&no, &asked.digest, &caller).await?)) };
    once(&app, &caller, (&format!("gate-reports/{no}/sign"), &headers, words), work).await
}

pub(super) async fn printed(
    State(app): House,
    Extension(caller): Who,
    Path(no): Path<String>,
) -> Result<Html<String>, Refusal> {
    let found = report_of(&app, &caller, &no).await?;
    Ok(Html(app.gate_page(&found)))
}

impl App {
    /// A report as a document (.docx).
    ///
    /// # Errors
    /// The built-in template cannot be filled.
    pub fn gate_document(&self, report: &GateReportView) -> Result<Vec<u8>, Problem> {
        let broken = |e| Problem::new("internal", format!("验收报告的模板：{e}"));
        let template = Template::built_in(letter()).map_err(broken)?;
        paper(report, &self.office(), &self.config.main.county.name).to_docx(&template).map_err(broken)
    }

    /// A report as a page to print.
    #[must_use]
    pub fn gate_page(&self, report: &GateReportView) -> String {
        paper(report, &self.office(), &self.config.main.county.name).html()
    }
}

pub(super) async fn document(
    State(app): House,
    Extension(caller): Who,
    Path(no): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let found = report_of(&app, &caller, &no).await?;
    let bytes = app.gate_document(&found)?;
    let digest = digest_of(&bytes);
    let name = format!("验收报告 {no}.docx");
    Ok(attachment((&format!("{no}.docx"), &name, DOCX), (bytes, &digest), &headers, None))
}

pub(super) async fn diagnostics(
    State(app): House,
    Extension(caller): Who,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    within(&caller, Some(&id))?;
    let bytes = app.diagnostics(&id, &caller.user).await?;
    let digest = digest_of(&bytes);
    let name = format!("诊断包 {id}.zip");
    Ok(attachment((&format!("diagnostics-{id}.zip"), &name, "application/zip"), (bytes, &digest), &headers, None))
}
