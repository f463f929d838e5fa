//! Exports: tables of a period as files. A department gets its own; complaints and ratings only who may know of them.

use super::answer::{Asked, Refusal, bad, date};
use super::auth::within;
use super::publication::attachment;
use super::register::concerned;
use super::routes::{Route, read};
use crate::app::App;
use crate::people::Caller;
use crate::publish::{ExportAsked, FORMATS, KINDS};
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use daylight_domain::publication::FileEntry;
use std::sync::Arc;

pub(super) async fn export(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(kind): Path<String>,
    Query(query): Asked,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if !KINDS.iter().any(|(word, _)| *word == kind) {
        let words: Vec<&str> = KINDS.iter().map(|(word, _)| *word).collect();
        return Err(bad("export.kind", &format!("没有名为“{kind}”的导出"), &words.join("、")));
    }
    if ["complaints", "ratings"].contains(&kind.as_str()) {
        concerned(&caller)?;
    }
    let department = within(&caller, query.get("department"))?;
    let (Some(from), Some(to)) = (date(&query, "from")?, date(&query, "to")?) else {
        return Err(bad("export.range", "缺少 from 或 to", "例：from=2026-03-01&to=2026-03-31"));
    };
    let format = query.get("format").map_or("csv", String::as_str);
    if !FORMATS.contains(&format) {
        return Err(bad("export.format", &format!("没有名为“{format}”的格式"), &FORMATS.join("、")));
    }
    let asked = ExportAsked {
        kind: &kind,
        from,
        to,
        department: department.as_deref(),
        format,
        as_department: caller.department.is_some(),
        by: &caller.user,
    };
    let file = app.export(&asked).await?;
    Ok(attachment((&file.ascii, &file.name, file.media), (file.bytes, &file.sha256), &headers, None))
}

/// The route of exports.
pub(super) fn routes() -> Vec<Route> {
    vec![Route {
        answer: None,
        ..read::<FileEntry>(
            "/api/v1/exports/{kind}",
            "导出：monthly、supervision（GB/T 39046 表 11）、cards、scores、complaints、ratings；format 为 csv（缺省）、xlsx、json",
            &["from", "to", "department", "format"],
        )
    }]
}
