//! The table of routes, from which scopes and the description of the API are both made, and which a test holds against the
//! router and against real answers.

use crate::api::view::{CaseView, DepartmentView, Page, Pulling, Pushed, StatsView};
use crate::diff::RulesDiff;
use crate::evaluate::Moved;
use crate::gate::Gate;
use crate::paths::{CasePath, ItemVariants};
use axum::http::Method;
use daylight_domain::card::Card;
use daylight_domain::item::Item;
use daylight_domain::order::SupervisionOrder;
use daylight_store::{AuditRow, CaseRow, PluginRow, QuarantineRow, ReconciliationRow, RunRow, ScoreRunRow};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

/// One operation.
pub(super) struct Route {
    pub method: Method,
    pub path: &'static str,
    /// What a token must allow; empty: anybody.
    pub scope: &'static str,
    /// In Chinese.
    pub summary: &'static str,
    /// Names of query parameters.
    pub query: &'static [&'static str],
    /// The request's body: media type and what it holds.
    pub body: Option<(&'static str, &'static str)>,
    pub status: u16,
    /// The shape of a good answer; text where there is none.
    pub answer: Option<fn(&mut SchemaGenerator) -> Schema>,
}

fn shape<T: JsonSchema>(all: &mut SchemaGenerator) -> Schema {
    all.subschema_for::<T>()
}

const fn open(path: &'static str, summary: &'static str, query: &'static [&'static str]) -> Route {
    Route { method: Method::GET, path, scope: "", summary, query, body: None, status: 200, answer: None }
}

const fn read<T: JsonSchema>(path: &'static str, summary: &'static str, query: &'static [&'static str]) -> Route {
    Route {
        method: Method::GET,
        path,
        scope: "read",
        summary,
        query,
        body: None,
        status: 200,
        answer: Some(shape::<T>),
    }
}

const fn act<T: JsonSchema>(
    path: &'static str,
    scope: &'static str,
    summary: &'static str,
    body: Option<(&'static str, &'static str)>,
    status: u16,
) -> Route {
    Route { method: Method::POST, path, scope, summary, query: &[], body, status, answer: Some(shape::<T>) }
}

const fn card(path: &'static str, scope: &'static str, summary: &'static str) -> Route {
    act::<Card>(path, scope, summary, Some(("application/json", "{text, upheld?}")), 200)
}

const fn order(path: &'static str, scope: &'static str, summary: &'static str) -> Route {
    act::<SupervisionOrder>(path, scope, summary, Some(("application/json", "{text, days?}")), 200)
}

const fn open_stream(path: &'static str, summary: &'static str) -> Route {
    Route {
        method: Method::GET,
        path,
        scope: "read",
        summary,
        query: &["after"],
        body: None,
        status: 200,
        answer: None,
    }
}

/// Every operation.
pub(super) const ROUTES: &[Route] = &[
    open("/livez", "进程在运行", &[]),
    open("/readyz", "可以服务；verbose 列出每项检查", &["verbose"]),
    open("/metrics", "Prometheus 指标", &[]),
    open("/api/v1/openapi.json", "本说明", &[]),
    read::<Page<DepartmentView>>("/api/v1/departments", "部门：阶段、连接器、最近收到、数量", &[]),
    read::<Gate>("/api/v1/departments/{id}/gate", "进入下一阶段的条件与实际", &[]),
    act::<Pulling>("/api/v1/departments/{id}/pulls", "operate", "立即拉取，返回运行编号", None, 202),
    read::<RunRow>("/api/v1/pulls/{run}", "一次运行", &[]),
    read::<Page<CaseRow>>(
        "/api/v1/cases",
        "办件",
        &["department", "state", "item", "due_before", "card", "limit", "after"],
    ),
    read::<CaseView>("/api/v1/cases/{department}/{case_no}", "一个办件：事件、时限、发现、监察卡", &[]),
    read::<CasePath>(
        "/api/v1/cases/{department}/{case_no}/path",
        "一个办件走过的路径：各环节的等待与办理、返工、并行、偏离（含规则编号）",
        &[],
    ),
    read::<Page<Card>>("/api/v1/cards", "监察卡", &["level", "state", "department", "limit", "after"]),
    read::<Card>("/api/v1/cards/{no}", "一张监察卡", &[]),
    card("/api/v1/cards/{no}/confirm", "supervise", "确认发牌"),
    card("/api/v1/cards/{no}/cancel", "supervise", "取消待发的卡"),
    card("/api/v1/cards/{no}/close", "supervise", "认可反馈，办结"),
    card("/api/v1/cards/{no}/decide", "supervise", "决定申诉：upheld 为真则维持"),
    card("/api/v1/cards/{no}/revoke", "supervise", "撤销"),
    card("/api/v1/cards/{no}/read", "answer", "部门签阅"),
    card("/api/v1/cards/{no}/feedback", "answer", "部门反馈"),
    card("/api/v1/cards/{no}/appeal", "answer", "部门申诉"),
    read::<Page<SupervisionOrder>>(
        "/api/v1/supervision-orders",
        "督办：催办、督办单、交办",
        &["department", "state", "limit", "after"],
    ),
    act::<SupervisionOrder>(
        "/api/v1/supervision-orders",
        "supervise",
        "发出督办",
        Some((
            "application/json",
            "{kind, department, content, cards?, days?}：days 为回复的工作日数，缺省催办 1、其余 3",
        )),
        201,
    ),
    read::<SupervisionOrder>("/api/v1/supervision-orders/{no}", "一件督办", &[]),
    order("/api/v1/supervision-orders/{no}/return", "supervise", "退回，另定回复期限"),
    order("/api/v1/supervision-orders/{no}/close", "supervise", "认可回复，办结"),
    order("/api/v1/supervision-orders/{no}/withdraw", "supervise", "撤回"),
    order("/api/v1/supervision-orders/{no}/reply", "answer", "部门回复"),
    open_stream("/api/v1/events", "实时：新发与变化的监察卡（server-sent events，可由 Last-Event-ID 续传）"),
    read::<Item>("/api/v1/items/{code}", "事项", &[]),
    Route {
        method: Method::GET,
        path: "/api/v1/items/{code}/flow.svg",
        scope: "read",
        summary: "运行流程图（SVG）；给出 case_no（与 department）时标出该办件的路径，给出 from、to 时标出各条连线的走过次数",
        query: &["department", "case_no", "from", "to"],
        body: None,
        status: 200,
        answer: None,
    },
    read::<ItemVariants>(
        "/api/v1/items/{code}/variants",
        "一段日期内开始的办件走过的各种路径：件数、占比、按时率、中位时长、是否符合流程图；缺省为最近一年",
        &["department", "from", "to", "limit"],
    ),
    read::<Page<QuarantineRow>>(
        "/api/v1/quarantine",
        "未被接受的记录",
        &["department", "state", "code", "limit", "after"],
    ),
    read::<Page<ReconciliationRow>>("/api/v1/reconciliations", "日对账", &["department", "limit"]),
    act::<Pushed>(
        "/api/v1/exchange/{department}/batches",
        "push",
        "推送交换记录，逐条回执",
        Some(("application/x-ndjson", "每行一条记录；或 JSON 数组")),
        200,
    ),
    read::<StatsView>("/api/v1/stats", "一段日期内的数量、按时率与时长", &["from", "to", "department"]),
    read::<Page<ScoreRunRow>>("/api/v1/score-runs", "评分", &["limit"]),
    act::<ScoreRunRow>(
        "/api/v1/score-runs",
        "operate",
        "按一个标准为一个月评分",
        Some(("application/json", "{standard, period, department?}")),
        201,
    ),
    read::<ScoreRunRow>("/api/v1/score-runs/{id}", "一次评分", &[]),
    read::<Page<Moved>>("/api/v1/score-runs/{id}/compare/{other}", "两次评分的差别", &[]),
    act::<RulesDiff>(
        "/api/v1/rules/diff",
        "supervise",
        "拟改的计时方式或规则对过去几个月会有什么不同；只比较，什么也不写入",
        Some((
            "application/json",
            "{clock_mode?, overrides?: [{rule, params?, enabled?, level?, levels?, item?, department?, from?, to?, reason}], months?, department?}：months 缺省 3",
        )),
        200,
    ),
    read::<Page<PluginRow>>("/api/v1/plugins", "插件", &[]),
    read::<Page<AuditRow>>("/api/v1/audit", "审计链", &["limit", "after"]),
];

/// What a token must allow for a request.
pub(super) fn scope_of(method: &Method, path: &str) -> &'static str {
    // A route that is not in the table can only be a mistake of ours: nobody may use it.
    ROUTES.iter().find(|r| r.method == *method && r.path == path).map_or("none", |r| r.scope)
}

/// What a query parameter is.
fn parameter(name: &str) -> Value {
    let (schema, text) = match name {
        "limit" => (json!({ "type": "integer", "minimum": 1, "maximum": 1000 }), "最多几条，缺省 100"),
        "after" => (json!({ "type": "string" }), "上一页回答中的 next"),
        "level" | "card" => (json!({ "enum": ["hint", "prewarning", "yellow", "red"] }), "级别"),
        "due_before" => (json!({ "type": "string" }), "承诺时限早于此时刻且未办结"),
        "from" | "to" => (json!({ "type": "string", "format": "date" }), "日期，含当日"),
        "department" => (json!({ "type": "string" }), "部门编号"),
        "state" => (json!({ "type": "string" }), "状态"),
        "item" => (json!({ "type": "string" }), "事项编码"),
        "case_no" => (json!({ "type": "string" }), "办件编号"),
        "code" => (json!({ "type": "string" }), "退回代码"),
        _ => (json!({}), "有此参数即可"),
    };
    json!({ "name": name, "in": "query", "required": false, "schema": schema, "description": text })
}

fn operation(route: &Route, all: &mut SchemaGenerator) -> Value {
    let mut parameters: Vec<Value> = route
        .path
        .split('{')
        .skip(1)
        .filter_map(|p| p.split_once('}').map(|(name, _)| name))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    parameters.extend(route.query.iter().map(|name| parameter(name)));
    if route.method == Method::POST {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false, "schema": { "type": "string" },
            "description": "同一键、同一内容再次请求，得到第一次的回答",
        }));
    }
    let good = match route.answer {
        Some(answer) => json!({ "application/json": { "schema": answer(all) } }),
        None if route.path.ends_with(".svg") => json!({ "image/svg+xml": {} }),
        None if route.path.ends_with("/events") => json!({ "text/event-stream": {} }),
        None => json!({ "text/plain": {} }),
    };
    let problem = json!({ "$ref": "#/components/schemas/Refused" });
    let mut operation = json!({
        "summary": route.summary, "parameters": parameters,
        "security": if route.scope.is_empty() { json!([]) } else { json!([{ "token": [route.scope] }]) },
        "responses": {
            route.status.to_string(): { "description": "OK", "content": good },
            "default": { "description": "RFC 9457", "content": { "application/problem+json": { "schema": problem } } },
        },
    });
    if let (Some((media, text)), Some(entry)) = (route.body, operation.as_object_mut()) {
        let body = json!({ "required": true, "description": text, "content": { media: {} } });
        entry.insert("requestBody".to_owned(), body);
    }
    operation
}

/// The description of the API (OpenAPI 3.1).
#[must_use]
pub fn openapi() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12()
        .with(|s| s.definitions_path = "/components/schemas".into())
        .for_serialize();
    let mut all = settings.into_generator();
    let mut paths = serde_json::Map::new();
    for route in ROUTES {
        let one = operation(route, &mut all);
        if let Some(entry) = paths.entry(route.path.to_owned()).or_insert_with(|| json!({})).as_object_mut() {
            entry.insert(route.method.as_str().to_ascii_lowercase(), one);
        }
    }
    let mut schemas = all.take_definitions(true);
    schemas.insert(
        "Refused".to_owned(),
        json!({
            "type": "object", "required": ["type", "status", "code", "detail"],
            "properties": {
                "type": { "type": "string", "description": "本服务上的说明页" },
                "title": { "type": ["string", "null"] },
                "status": { "type": "integer" },
                "code": { "type": "string", "description": "稳定的代码" },
                "detail": { "type": "string", "description": "发生了什么；Accept-Language: en 时为英文" },
                "fix": { "type": ["string", "null"], "description": "怎么办" },
            },
        }),
    );
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Daylight 阳光监察", "version": env!("CARGO_PKG_VERSION"), "license": { "name": "Apache-2.0" } },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}
