//! The admin API and the plain pages: one table of routes, from which the router and the description are both made.
//!
//! Reading and doing need a bearer token with the scope the table names; a token may be bound to one department.

use crate::app::App;
use crate::evaluate::month;
use crate::intake::page::read_line;
use crate::problem::Problem;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use daylight_domain::Timestamp;
use daylight_domain::check::{CheckContext, FUTURE_TOLERANCE_MS};
use daylight_domain::finding::Level;
use daylight_store::{CardFilter, CaseFilter, FindingFilter, QuarantineFilter, RunRow, TokenRow};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Method, path, scope (empty: public), what it does.
const ROUTES: &[(&str, &str, &str, &str)] = &[
    ("get", "/livez", "", "进程在运行"),
    ("get", "/readyz", "", "可以服务；?verbose 列出每项检查"),
    ("get", "/metrics", "", "Prometheus 指标"),
    ("get", "/api/v1/openapi.json", "", "本说明"),
    ("get", "/api/v1/departments", "read", "部门：阶段、连接器、最近收到、数量"),
    ("get", "/api/v1/departments/{id}/gate", "read", "进入下一阶段的条件与实际"),
    ("post", "/api/v1/departments/{id}/pulls", "operate", "立即拉取，返回运行编号"),
    ("get", "/api/v1/pulls/{run}", "read", "一次运行"),
    ("get", "/api/v1/cases", "read", "办件；department、state、item、due_before、card、limit、after"),
    ("get", "/api/v1/cases/{department}/{case_no}", "read", "一个办件：事件、时限、发现、监察卡"),
    ("get", "/api/v1/cards", "read", "监察卡；level、state、department、limit、after"),
    ("get", "/api/v1/items/{code}", "read", "事项"),
    ("get", "/api/v1/quarantine", "read", "未被接受的记录；department、state、code、limit、after"),
    ("get", "/api/v1/reconciliations", "read", "日对账"),
    ("post", "/api/v1/exchange/{department}/batches", "push", "推送交换记录（NDJSON 或 JSON 数组），逐条回执"),
    ("get", "/api/v1/score-runs", "read", "评分"),
    ("post", "/api/v1/score-runs", "operate", "评分：{standard, period, department?}"),
    ("get", "/api/v1/score-runs/{id}", "read", "一次评分"),
    ("get", "/api/v1/plugins", "read", "插件"),
    ("get", "/api/v1/audit", "read", "审计链"),
];

const BODY_MAX: usize = 16 * 1024 * 1024;

/// A problem as RFC 9457 has it.
struct Refusal(StatusCode, Box<Problem>);

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let status = match problem.code.as_str() {
            code if code.ends_with(".unknown") || code == "store.not-found" => StatusCode::NOT_FOUND,
            "pull.running" | "store.conflict" => StatusCode::CONFLICT,
            code if code.starts_with("store.") => StatusCode::SERVICE_UNAVAILABLE,
            code if code.starts_with("plugin.") => StatusCode::BAD_GATEWAY,
            _ => StatusCode::BAD_REQUEST,
        };
        Self(status, Box::new(problem))
    }
}

impl From<daylight_store::StoreError> for Refusal {
    fn from(e: daylight_store::StoreError) -> Self {
        Problem::from(e).into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, problem) = self;
        let body = json!({
            "type": format!("/docs/errors/{}", problem.code),
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "code": problem.code,
            "detail": problem.message,
            "fix": problem.fix,
        });
        let mut answer =
            (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response();
        if status == StatusCode::UNAUTHORIZED {
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        }
        answer
    }
}

type Answer = Result<Json<Value>, Refusal>;
type Asked = Query<HashMap<String, String>>;

fn refuse(status: StatusCode, code: &str, message: &str, fix: &str) -> Refusal {
    Refusal(status, Box::new(Problem::new(code, message).fix(fix)))
}

/// The router.
pub fn router(app: Arc<App>) -> Router {
    let api = Router::new()
        .route("/api/v1/departments", get(departments))
        .route("/api/v1/departments/{id}/gate", get(gate))
        .route("/api/v1/departments/{id}/pulls", post(pull))
        .route("/api/v1/pulls/{run}", get(run))
        .route("/api/v1/cases", get(cases))
        .route("/api/v1/cases/{department}/{case_no}", get(case))
        .route("/api/v1/cards", get(cards))
        .route("/api/v1/items/{code}", get(item))
        .route("/api/v1/quarantine", get(quarantine))
        .route("/api/v1/reconciliations", get(reconciliations))
        .route("/api/v1/exchange/{department}/batches", post(push))
        .route("/api/v1/score-runs", get(score_runs).post(score))
        .route("/api/v1/score-runs/{id}", get(score_run))
        .route("/api/v1/plugins", get(plugins))
        .route("/api/v1/audit", get(audit))
        .route_layer(axum::middleware::from_fn_with_state(Arc::clone(&app), authorise));
    Router::new()
        .route("/", get(status_page))
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/api/v1/openapi.json", get(|| async { Json(openapi()) }))
        .route("/docs/errors/{code}", get(error_page))
        .merge(api)
        .fallback(|| async {
            refuse(StatusCode::NOT_FOUND, "http.unknown", "没有这个地址", "见 /api/v1/openapi.json")
        })
        .layer(axum::extract::DefaultBodyLimit::max(BODY_MAX))
        .layer(axum::middleware::map_response(guard))
        .with_state(app)
}

/// Headers that every answer carries.
async fn guard(mut answer: Response) -> Response {
    let policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, header::HeaderValue::from_static(policy));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, header::HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    answer
}

/// The description of the API, from the table of routes.
#[must_use]
pub fn openapi() -> Value {
    let mut paths = serde_json::Map::new();
    for (method, path, scope, summary) in ROUTES {
        let parameters: Vec<Value> = path
            .split('{')
            .skip(1)
            .filter_map(|p| p.split_once('}').map(|(name, _)| name))
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
            .collect();
        let problem = json!({ "description": "RFC 9457", "content": { "application/problem+json": {} } });
        let operation = json!({
            "summary": summary, "parameters": parameters,
            "security": if scope.is_empty() { json!([]) } else { json!([{ "token": [scope] }]) },
            "responses": { "200": { "description": "OK" }, "default": problem },
        });
        if let Some(entry) = paths.entry((*path).to_owned()).or_insert_with(|| json!({})).as_object_mut() {
            entry.insert((*method).to_owned(), operation);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Daylight 阳光监察", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": { "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } } },
    })
}

/// The hash under which a token's secret is kept.
#[must_use]
pub fn token_hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

async fn authorise(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Result<Response, Refusal> {
    let bearer = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "));
    let unknown = || {
        refuse(
            StatusCode::UNAUTHORIZED,
            "auth.token",
            "需要有效的令牌",
            "Authorization: Bearer <令牌>；daylight user add 发放",
        )
    };
    let token = app.store.token(&token_hash(bearer.ok_or_else(unknown)?)).await?.ok_or_else(unknown)?;
    if token.revoked_at.is_some() || token.expires_at < app.clock.now() {
        return Err(refuse(StatusCode::UNAUTHORIZED, "auth.expired", "令牌已过期或已撤销", "请管理员重新发放"));
    }
    let matched =
        request.extensions().get::<axum::extract::MatchedPath>().map(|p| p.as_str().to_owned()).unwrap_or_default();
    let method = request.method().as_str().to_ascii_lowercase();
    let scope = ROUTES.iter().find(|(m, p, ..)| *m == method && *p == matched).map_or("read", |(_, _, scope, _)| scope);
    if !token.scopes.iter().any(|s| s == scope) {
        return Err(refuse(
            StatusCode::FORBIDDEN,
            "auth.scope",
            &format!("令牌没有 {scope} 权限"),
            "请管理员发放有此权限的令牌",
        ));
    }
    request.extensions_mut().insert(token);
    Ok(next.run(request).await)
}

/// The department a request is about: what it names, within what the token allows.
fn within(token: &TokenRow, named: Option<&String>) -> Result<Option<String>, Refusal> {
    match (&token.department, named) {
        (Some(own), Some(named)) if own != named => {
            Err(refuse(StatusCode::FORBIDDEN, "auth.department", "令牌只限本部门", "查询本部门的数据"))
        }
        (Some(own), _) => Ok(Some(own.clone())),
        (None, named) => Ok(named.cloned()),
    }
}

fn limit(query: &HashMap<String, String>) -> Result<u32, Refusal> {
    match query.get("limit") {
        None => Ok(100),
        Some(text) => text.parse().ok().filter(|n| (1..=1000).contains(n)).ok_or_else(|| {
            refuse(StatusCode::BAD_REQUEST, "query.limit", "limit 应在 1 到 1000 之间", "例：limit=100")
        }),
    }
}

fn level(query: &HashMap<String, String>, name: &str) -> Result<Option<Level>, Refusal> {
    query
        .get(name)
        .map(|word| {
            serde_json::from_value(word.clone().into()).map_err(|_| {
                refuse(
                    StatusCode::BAD_REQUEST,
                    "query.level",
                    &format!("未知级别“{word}”"),
                    "hint、prewarning、yellow、red",
                )
            })
        })
        .transpose()
}

fn page<T: serde::Serialize>(rows: &[T], limit: u32, next: impl Fn(&T) -> String) -> Json<Value> {
    let full = rows.len() == usize::try_from(limit).unwrap_or(usize::MAX);
    let next = rows.last().filter(|_| full).map(next);
    Json(json!({ "items": rows, "next": next }))
}

async fn ready(State(app): State<Arc<App>>, Query(query): Asked) -> Response {
    let store = app.store.health().await;
    let year = chrono::Datelike::year(&app.clock.now().date());
    let checks = [
        (
            "store",
            store.is_ok(),
            store.as_ref().map_or_else(ToString::to_string, |h| format!("{} {}", h.engine, h.version)),
        ),
        ("calendar", app.config.rules.calendar.knows(year), format!("{year}")),
    ];
    let good = checks.iter().all(|(_, ok, _)| *ok);
    let mut text = String::new();
    if query.contains_key("verbose") || !good {
        for (name, ok, detail) in &checks {
            text.push_str(&format!("[{}] {name} {detail}\n", if *ok { "+" } else { "-" }));
        }
    }
    text.push_str(if good { "ok\n" } else { "not ready\n" });
    (if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, text).into_response()
}

async fn metrics(State(app): State<Arc<App>>) -> Result<String, Refusal> {
    let mut text = String::new();
    let totals = app.store.department_totals().await?;
    type Pick = fn(&daylight_store::DepartmentTotals) -> u64;
    let gauges: [(&str, &str, Pick); 5] = [
        ("daylight_cases", "Cases", |t| t.cases),
        ("daylight_cases_open", "Open cases", |t| t.open),
        ("daylight_events", "Events in the ledger", |t| t.events),
        ("daylight_quarantine_rejected", "Rejected records", |t| t.rejects),
        ("daylight_quarantine_waiting", "Records waiting for their case", |t| t.waiting),
    ];
    for (name, help, pick) in gauges {
        text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} gauge\n"));
        for t in &totals {
            text.push_str(&format!("{name}{{department=\"{}\"}} {}\n", t.department, pick(t)));
        }
    }
    text.push_str("# HELP daylight_cards Standing cards\n# TYPE daylight_cards gauge\n");
    for t in &totals {
        for (level, n) in ["prewarning", "yellow", "red"].iter().zip(t.cards) {
            text.push_str(&format!("daylight_cards{{department=\"{}\",level=\"{level}\"}} {n}\n", t.department));
        }
    }
    Ok(text)
}

async fn department_rows(app: &App) -> Result<Vec<Value>, Refusal> {
    let totals = app.store.department_totals().await?;
    let mut all = Vec::new();
    for d in app.config.departments.values() {
        let t = totals.iter().find(|t| t.department == d.id).cloned().unwrap_or_default();
        let last = app.store.runs(Some(&d.id), 1, None).await?.pop();
        let lag = t.last_received.map(|at| (app.clock.now().0 - at.0).max(0) / 1000);
        let health = match &last {
            _ if app.is_pulling(&d.id) => "pulling",
            Some(run) if run.status == "failed" => "retrying",
            Some(_) => "ok",
            None => "never",
        };
        all.push(json!({
            "id": d.id, "name": d.name, "phase": d.phase, "connector": d.connector,
            "last_pull": last.as_ref().map(|r| r.started_at), "last_error": last.as_ref().and_then(|r| r.error.clone()),
            "lag": lag, "cases": t.cases, "rejects": t.rejects, "waiting": t.waiting, "health": health, "cards": t.cards,
        }));
    }
    Ok(all)
}

async fn departments(State(app): State<Arc<App>>, Extension(token): Extension<TokenRow>) -> Answer {
    let mut all = department_rows(&app).await?;
    if let Some(own) = &token.department {
        all.retain(|d| d.get("id").and_then(Value::as_str) == Some(own));
    }
    Ok(Json(json!({ "items": all, "next": null })))
}

async fn gate(State(app): State<Arc<App>>, Extension(token): Extension<TokenRow>, Path(id): Path<String>) -> Answer {
    within(&token, Some(&id))?;
    Ok(Json(json!(app.gate(&id).await?)))
}

async fn pull(
    State(app): State<Arc<App>>,
    Extension(token): Extension<TokenRow>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    within(&token, Some(&id))?;
    app.department(&id)?;
    if app.is_pulling(&id) {
        return Err(Problem::new("pull.running", format!("“{id}”正在拉取")).fix("等这次结束").into());
    }
    let run = uuid::Uuid::now_v7().to_string();
    let (house, department, name) = (Arc::clone(&app), id, run.clone());
    tokio::spawn(async move {
        if let Err(e) = house.pull_as(&department, "manual", name).await {
            tracing::warn!(%department, "{e}");
        }
    });
    Ok((StatusCode::ACCEPTED, Json(json!({ "run": run }))).into_response())
}

async fn run(State(app): State<Arc<App>>, Extension(token): Extension<TokenRow>, Path(id): Path<String>) -> Answer {
    let row = app.store.run(&id).await?.ok_or_else(|| Problem::new("pull.unknown", format!("没有运行 {id}")))?;
    within(&token, Some(&row.department))?;
    Ok(Json(json!(row)))
}

async fn cases(State(app): State<Arc<App>>, Extension(token): Extension<TokenRow>, Query(query): Asked) -> Answer {
    let limit = limit(&query)?;
    let due_before = query
        .get("due_before")
        .map(|t| {
            Timestamp::parse(t)
                .ok_or_else(|| refuse(StatusCode::BAD_REQUEST, "query.time", "due_before 不是时间", "例：2026-04-01"))
        })
        .transpose()?;
    let after = query.get("after").and_then(|a| a.split_once('/')).map(|(d, c)| (d.to_owned(), c.to_owned()));
    let filter = CaseFilter {
        department: within(&token, query.get("department"))?,
        state: query.get("state").cloned(),
        item: query.get("item").cloned(),
        due_before,
        card: level(&query, "card")?,
        after,
        limit,
    };
    let rows = app.store.cases(&filter).await?;
    Ok(page(&rows, limit, |r| format!("{}/{}", r.department, r.case.case_no)))
}

async fn case(
    State(app): State<Arc<App>>,
    Extension(token): Extension<TokenRow>,
    Path((department, case_no)): Path<(String, String)>,
) -> Answer {
    within(&token, Some(&department))?;
    let missing = || Problem::new("case.unknown", format!("{department} 没有办件 {case_no}"));
    let row = app.store.case(&department, &case_no).await?.ok_or_else(missing)?;
    let events = app.store.case_events(&department, &case_no).await?;
    let of = (Some(department.clone()), Some(case_no.clone()));
    let findings =
        FindingFilter { department: of.0.clone(), case_no: of.1.clone(), limit: 1000, ..FindingFilter::default() };
    let cards = CardFilter { department: of.0, case_no: of.1, limit: 1000, ..CardFilter::default() };
    Ok(Json(json!({
        "case": row.case, "events": events,
        "clock": { "promise_due": row.promise_due, "legal_due": row.legal_due, "next_due": row.next_due },
        "findings": app.store.findings(&findings).await?, "cards": app.store.cards(&cards).await?,
    })))
}

async fn cards(State(app): State<Arc<App>>, Extension(token): Extension<TokenRow>, Query(query): Asked) -> Answer {
    let limit = limit(&query)?;
    let filter = CardFilter {
        department: within(&token, query.get("department"))?,
        level: level(&query, "level")?,
        state: query.get("state").cloned(),
        after: query.get("after").cloned(),
        limit,
        ..CardFilter::default()
    };
    let rows = app.store.cards(&filter).await?;
    Ok(page(&rows, limit, |c| c.no.clone()))
}

async fn item(State(app): State<Arc<App>>, Path(code): Path<String>) -> Answer {
    let today = app.clock.now().date();
    let missing = || Problem::new("item.unknown", format!("事项目录中没有“{code}”"));
    let item = app.config.rules.catalogue.at(&code, today).ok_or_else(missing)?;
    Ok(Json(json!(item.as_ref())))
}

async fn quarantine(State(app): State<Arc<App>>, Extension(token): Extension<TokenRow>, Query(query): Asked) -> Answer {
    let limit = limit(&query)?;
    let filter = QuarantineFilter {
        department: within(&token, query.get("department"))?,
        state: query.get("state").cloned(),
        code: query.get("code").cloned(),
        before: query.get("after").cloned(),
        limit,
    };
    let rows = app.store.quarantine(&filter).await?;
    Ok(page(&rows, limit, |r| r.id.clone()))
}

async fn reconciliations(
    State(app): State<Arc<App>>,
    Extension(token): Extension<TokenRow>,
    Query(query): Asked,
) -> Answer {
    let department = within(&token, query.get("department"))?;
    let rows = app.store.reconciliations(department.as_deref(), limit(&query)?).await?;
    Ok(Json(json!({ "items": rows, "next": null })))
}

/// Push: the same way in as every other record. The same key again with the same body gets the stored answer.
async fn push(
    State(app): State<Arc<App>>,
    Extension(token): Extension<TokenRow>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Refusal> {
    within(&token, Some(&id))?;
    let department = app.department(&id)?;
    if !department.phase.ingests() {
        let message = format!("“{id}”处于 {}，不接收记录", department.phase.as_str());
        return Err(refuse(StatusCode::CONFLICT, "push.phase", &message, "部门进入试运行后再推送"));
    }
    let digest = token_hash(&body);
    let key = headers.get("idempotency-key").and_then(|v| v.to_str().ok()).map(|k| format!("{id}/{k}"));
    if let Some(key) = &key
        && let Some((request, status, text)) = app.store.idempotent(key).await?
    {
        if request != digest {
            return Err(refuse(
                StatusCode::UNPROCESSABLE_ENTITY,
                "push.key-reused",
                "同一 Idempotency-Key 用于不同内容",
                "换一个键",
            ));
        }
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        return Ok((status, [(header::CONTENT_TYPE, "application/json")], text).into_response());
    }
    let lines: Vec<String> = match serde_json::from_str::<Vec<Value>>(&body) {
        Ok(list) => list.iter().map(ToString::to_string).collect(),
        Err(_) => body.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect(),
    };
    if lines.is_empty() || lines.len() > 10_000 {
        return Err(refuse(StatusCode::BAD_REQUEST, "push.count", "一批应有 1 到 10000 条记录", "分批推送"));
    }
    let now = app.clock.now();
    let context = CheckContext {
        catalogue: &app.config.rules.catalogue,
        department: &id,
        received: now,
        future_tolerance_ms: FUTURE_TOLERANCE_MS,
    };
    let incoming: Vec<_> = lines.iter().map(|line| read_line(line, &context)).collect();
    let run = RunRow {
        id: uuid::Uuid::now_v7().to_string(),
        department: id.clone(),
        kind: "push".to_owned(),
        reason: token.name.clone(),
        status: "done".to_owned(),
        started_at: now,
        ended_at: Some(now),
        ..RunRow::default()
    };
    let sender = app.sender(department).await?;
    let (receipts, run) = app.take(&sender, &incoming, None, run, true).await?;
    let list: Vec<Value> = receipts.iter().zip(&incoming).map(|(receipt, one)| receipt.told(one)).collect();
    let text = json!({ "run": run.id, "receipts": list }).to_string();
    if let Some(key) = key {
        app.store.put_idempotent(&key, &digest, 200, &text, now).await?;
    }
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

async fn score_runs(State(app): State<Arc<App>>, Query(query): Asked) -> Answer {
    let rows = app.store.score_runs(limit(&query)?).await?;
    Ok(Json(json!({ "items": rows, "next": null })))
}

async fn score(State(app): State<Arc<App>>, body: String) -> Result<Response, Refusal> {
    let asked: Value = serde_json::from_str(&body).unwrap_or_default();
    let text = |name: &str| asked.get(name).and_then(Value::as_str);
    let (Some(standard), Some(period)) = (text("standard"), text("period")) else {
        return Err(refuse(
            StatusCode::BAD_REQUEST,
            "score.request",
            "需要 standard 与 period",
            "{\"standard\":\"county-2025\",\"period\":\"2026-03\"}",
        ));
    };
    month(period)?;
    let run = app.score(standard, period, text("department")).await?;
    Ok((StatusCode::CREATED, Json(json!(run))).into_response())
}

async fn score_run(State(app): State<Arc<App>>, Path(id): Path<String>) -> Answer {
    let run = app.store.score_run(&id).await?.ok_or_else(|| Problem::new("score.unknown", format!("没有评分 {id}")))?;
    Ok(Json(json!(run)))
}

async fn plugins(State(app): State<Arc<App>>) -> Answer {
    Ok(Json(json!({ "items": app.store.plugins().await?, "next": null })))
}

async fn audit(State(app): State<Arc<App>>, Extension(token): Extension<TokenRow>, Query(query): Asked) -> Answer {
    if token.department.is_some() {
        return Err(refuse(StatusCode::FORBIDDEN, "auth.department", "审计链不限于一个部门", "请使用县级令牌"));
    }
    let limit = limit(&query)?;
    let rows = app.store.audit_rows(limit, query.get("after").and_then(|a| a.parse().ok())).await?;
    Ok(page(&rows, limit, |r| r.seq.to_string()))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

async fn status_page(State(app): State<Arc<App>>) -> Result<Html<String>, Refusal> {
    let mut rows = String::new();
    for d in department_rows(&app).await? {
        let text = |name: &str| match d.get(name) {
            Some(Value::String(t)) => escape(t),
            Some(Value::Null) | None => "—".to_owned(),
            Some(other) => escape(&other.to_string()),
        };
        let card = |at: usize| d.get("cards").and_then(|c| c.get(at)).map(ToString::to_string).unwrap_or_default();
        rows.push_str(&format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            text("name"), text("phase"), text("connector"), text("health"), text("cases"), text("rejects"), card(0), card(1), card(2),
        ));
    }
    Ok(Html(format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>阳光监察</title></head><body>\
         <h1>{} 阳光监察</h1><p>数据时间 {}</p><table border=\"1\"><caption>部门接入状态</caption><thead><tr><th scope=\"col\">部门</th>\
         <th scope=\"col\">阶段</th><th scope=\"col\">连接器</th><th scope=\"col\">状态</th><th scope=\"col\">办件</th>\
         <th scope=\"col\">退回记录</th><th scope=\"col\">预警</th><th scope=\"col\">黄牌</th><th scope=\"col\">红牌</th></tr></thead>\
         <tbody>{rows}</tbody></table><p><a href=\"/api/v1/openapi.json\">接口说明</a></p></body></html>",
        escape(&app.config.main.county.name),
        app.clock.now(),
    )))
}

async fn error_page(Path(code): Path<String>) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>{0}</title></head><body><h1>{0}</h1>\
         <p>错误的说明与办法在应答的 detail 与 fix 中；代码不会改变含义。</p></body></html>",
        escape(&code)
    ))
}

/// Serves until `stop`. Headers must come within ten seconds; a connection that says nothing is closed.
///
/// # Errors
/// The address cannot be listened on.
pub async fn serve(app: Arc<App>, listener: tokio::net::TcpListener, stop: impl Future<Output = ()>) {
    let router = router(app);
    let mut stop = std::pin::pin!(stop);
    let graceful = hyper_util::server::graceful::GracefulShutdown::new();
    loop {
        let stream = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(e) => {
                    // Out of handles, most likely: what is open goes on, new ones wait a moment.
                    tracing::warn!("连接无法接受：{e}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let service = TowerToHyperService::new(router.clone().into_service::<hyper::body::Incoming>());
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_secs(10))
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let _ = connection.await;
        });
    }
    let _ = tokio::time::timeout(Duration::from_secs(5), graceful.shutdown()).await;
}
