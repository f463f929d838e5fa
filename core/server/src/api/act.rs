//! Doing: what a POST does. Each may be sent again under the same `Idempotency-Key` and is then done once.

use super::answer::{Refusal, bad, refuse, unreadable};
use super::auth::{whole_county, within};
use super::view::{Pulling, Pushed};
use crate::app::App;
use crate::evaluate::{Ran, month};
use crate::intake::page::{Prepared, read_line};
use crate::people::Caller;
use crate::people::token_hash;
use crate::problem::Problem;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use daylight_domain::check::{CheckContext, FUTURE_TOLERANCE_MS};
use daylight_store::{ACTED, AuditEntry, Once, RunRow};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::{Arc, PoisonError};

type House = State<Arc<App>>;
type Who = Extension<Caller>;

/// The longest that somebody writes, bytes.
const WRITTEN: usize = 64 * 1024;
/// Records of one push.
const TOGETHER: usize = 10_000;

fn answer(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// What somebody wrote. Records come by another way ([`raw`]).
pub(super) fn text(body: &Bytes) -> Result<&str, Refusal> {
    if body.len() > WRITTEN {
        let message = format!("内容大于 {} KiB", WRITTEN >> 10);
        return Err(refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "http.body-too-large",
            &message,
            "写得短些，材料作为文件加入",
        ));
    }
    let text = raw(body)?;
    if text.contains('\0') || text.contains("\\u0000") {
        return Err(bad("http.nul", "内容中含有空字符", "去掉 \\u0000"));
    }
    Ok(text)
}

fn raw(body: &Bytes) -> Result<&str, Refusal> {
    std::str::from_utf8(body).map_err(|_| bad("http.json", "请求不是 UTF-8 文本", "以 UTF-8 发送"))
}

/// What a request says; nothing is said by an empty body.
pub(super) fn words<T: Default + DeserializeOwned>(body: &str, code: &str) -> Result<T, Refusal> {
    match body.trim() {
        "" => Ok(T::default()),
        body => {
            serde_json::from_str(body).map_err(|e| unreadable(code, &e, "{\"text\": \"…\"}；见 /api/v1/openapi.json"))
        }
    }
}

/// The first answer under a key, or what `work` answers now. The key belongs to its token and its address. What `work` writes down in the
/// audit marks the key in the same transaction, so that nothing is done twice where the process died before the answer was kept; records
/// that are pushed or replayed are known by themselves, and are answered anew.
pub(super) async fn once<T: Serialize>(
    app: &App,
    caller: &Caller,
    (address, headers, body): (&str, &HeaderMap, &str),
    work: impl Future<Output = Result<(StatusCode, T), Refusal>>,
) -> Result<Response, Refusal> {
    let key = match headers.get("idempotency-key") {
        None => None,
        Some(given) => {
            let wrong =
                || bad("idempotency.key", "Idempotency-Key 应为 1 到 200 个可打印的 ASCII 字符", "例：一个 UUID");
            let given = given.to_str().ok().filter(|k| (1..=200).contains(&k.len())).ok_or_else(wrong)?;
            Some(format!("{}/{address}/{given}", caller.token))
        }
    };
    // One at a time under one key: whoever sends it twice at once gets one deed and its answer twice.
    let turn = key.as_ref().map(|key| {
        let mut keys = app.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|_, held| Arc::strong_count(held) > 1);
        Arc::clone(keys.entry(key.clone()).or_default())
    });
    let _turn = match &turn {
        Some(turn) => Some(turn.lock().await),
        None => None,
    };
    let digest = token_hash(body);
    if let Some(key) = &key
        && let Some((request, status, text)) = app.store.idempotent(key).await?
    {
        if request != digest {
            let message = "同一 Idempotency-Key 用于不同内容";
            return Err(refuse(StatusCode::UNPROCESSABLE_ENTITY, "idempotency.reused", message, "换一个键"));
        }
        if status == ACTED {
            let message = "这个请求先前已经办理，当时的回答没有保存下来；没有再办一次";
            return Err(refuse(StatusCode::CONFLICT, "idempotency.acted", message, "先查看结果；确需再办的，换一个键"));
        }
        return Ok(answer(StatusCode::from_u16(status).unwrap_or(StatusCode::OK), text));
    }
    let (status, value) = match &key {
        Some(key) => {
            let once = Once { key: key.clone(), request: digest.clone(), at: app.clock.now() };
            once.during(work).await?
        }
        None => work.await?,
    };
    let text = serde_json::to_string(&value).unwrap_or_default();
    if let Some(key) = key {
        app.store.put_idempotent(&key, &digest, status.as_u16(), &text, app.clock.now()).await?;
    }
    Ok(answer(status, text))
}

async fn note(app: &App, caller: &Caller, action: &str, object: &str, detail: Value) -> Result<(), Problem> {
    let entry = AuditEntry {
        at: app.clock.now(),
        actor: caller.user.clone(),
        action: action.to_owned(),
        object: object.to_owned(),
        detail: detail.to_string(),
    };
    Ok(app.store.audit(entry).await?)
}

pub(super) async fn pull(
    State(app): House,
    Extension(caller): Who,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    within(&caller, Some(&id))?;
    let department = app.department(&id)?;
    if department.connector.is_none() {
        return Err(Problem::new("pull.no-connector", format!("“{id}”没有连接器")).into());
    }
    let work = async {
        if app.is_pulling(&id) {
            return Err(Problem::new("pull.running", format!("“{id}”正在拉取")).fix("等这次结束").into());
        }
        let run = uuid::Uuid::now_v7().to_string();
        note(&app, &caller, "pull.start", &id, serde_json::json!({ "run": run })).await?;
        let (house, department, name) = (Arc::clone(&app), id.clone(), run.clone());
        app.begin(async move {
            if let Err(e) = house.pull_as(&department, "manual", name).await {
                tracing::warn!(%department, "{e}");
            }
        });
        Ok((StatusCode::ACCEPTED, Pulling { run }))
    };
    once(&app, &caller, (&format!("departments/{id}/pulls"), &headers, ""), work).await
}

/// Push: the same way in as every other record.
pub(super) async fn push(
    State(app): House,
    Extension(caller): Who,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    within(&caller, Some(&id))?;
    let department = app.department(&id)?;
    if !department.phase.ingests() {
        let message = format!("“{id}”处于 {}，不接收记录", department.phase.as_str());
        return Err(refuse(StatusCode::CONFLICT, "push.phase", &message, "部门进入试运行后再推送"));
    }
    if department.at_desk().is_some() {
        let message = format!("“{id}”使用窗口办件系统，不接收推送：同一件事会录入两次");
        return Err(refuse(StatusCode::CONFLICT, "push.desk", &message, "关闭 [desk] 后再推送"));
    }
    let body = raw(&body)?;
    let lines: Vec<String> = match serde_json::from_str::<Vec<Value>>(body) {
        Ok(list) => list.iter().map(ToString::to_string).collect(),
        Err(_) => body.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect(),
    };
    if lines.is_empty() || lines.len() > TOGETHER {
        return Err(bad("push.count", &format!("一批应有 1 到 {TOGETHER} 条记录"), "分批推送"));
    }
    let work = async {
        let now = app.clock.now();
        let context = CheckContext {
            catalogue: &app.config.rules.catalogue,
            department: &id,
            received: now,
            future_tolerance_ms: FUTURE_TOLERANCE_MS,
        };
        let incoming = lines.iter().map(|line| read_line(line, &context)).collect();
        let page = Prepared::new(incoming, app.config.rules.algorithm);
        let run = RunRow {
            id: uuid::Uuid::now_v7().to_string(),
            department: id.clone(),
            kind: "push".to_owned(),
            reason: caller.user.clone(),
            status: "done".to_owned(),
            started_at: now,
            ended_at: Some(now),
            ..RunRow::default()
        };
        let sender = app.sender(department).await?;
        let (receipts, run) = app.take(&sender, &page, None, run, true).await?;
        let numbered = (1..).zip(receipts.iter().zip(&page.incoming)).map(|(n, (receipt, one))| {
            let mut told = receipt.told(one);
            if let Some(object) = told.as_object_mut() {
                object.insert("record".to_owned(), Value::from(n));
            }
            told
        });
        let receipts = numbered.collect();
        Ok((StatusCode::OK, Pushed { run: run.id, receipts }))
    };
    once(&app, &caller, (&format!("push/{id}"), &headers, body), work).await
}

pub(super) async fn score(
    State(app): House,
    Extension(caller): Who,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    whole_county(&caller)?;
    let body = text(&body)?;
    let example = "{\"standard\":\"county-2025\",\"period\":\"2026-03\"}";
    let asked: Value = serde_json::from_str(body).map_err(|e| unreadable("http.json", &e, example))?;
    let word = |name: &str| asked.get(name).and_then(Value::as_str);
    let (Some(standard), Some(period)) = (word("standard"), word("period")) else {
        return Err(bad("score.request", "需要 standard 与 period", example));
    };
    month(period)?;
    let work = async {
        let ran = Ran { by: &caller.user, shadow: asked.get("shadow") == Some(&Value::Bool(true)) };
        let run = app.score_by(standard, period, word("department"), ran).await?;
        Ok((StatusCode::CREATED, app.score_view(&run.id).await?))
    };
    once(&app, &caller, ("score-runs", &headers, body), work).await
}
