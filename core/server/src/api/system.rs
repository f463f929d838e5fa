//! What those look at who run the place: how departments are connected, what was refused and is tried again, the rules, the
//! calendar, the configuration, the doctor, the audit; and what anybody holds.

use super::act::{once, text};
use super::answer::{Answer, Asked, Refusal, bad, date, limit, page, refuse};
use super::auth::{whole_county, within};
use super::register::in_clear;
use super::routes::{Access, Route, act, read};
use super::view::{Page, Revoked};
use crate::app::App;
use crate::calendar::{self, Due, YearView};
use crate::config::beside;
use crate::config::show::Effective;
use crate::connection::{ConnectorDetail, ConnectorView, Rollout};
use crate::doctor::Diagnosis;
use crate::intake::page::Receipt;
use crate::people::Caller;
use crate::problem::Problem;
use crate::rulebook::{Listed, listed};
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Json};
use chrono::Datelike;
use daylight_domain::Timestamp;
use daylight_domain::record::masked_raw;
use daylight_domain::role::Right;
use daylight_store::{
    AuditEntry, AuditRow, LedgerReport, QuarantineFilter, QuarantineRow, RunRow, TokenKind, TokenRow,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

type House = State<Arc<App>>;
type Who = Extension<Caller>;

/// Records that are tried again by name in one request.
const NAMED: usize = 1000;
/// Links of the audit that one request looks through for those that are asked for.
const SCANNED: usize = 20_000;

/// What is tried again: these records, or those of a department, of a code.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Again {
    pub ids: Vec<String>,
    pub department: Option<String>,
    pub code: Option<String>,
}

/// What became of a record that was tried again.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Retried {
    /// Its id in quarantine.
    pub id: String,
    /// What became of it.
    pub receipt: Receipt,
}

/// What became of records that were tried again.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Replayed {
    /// How many of each: `accepted`, `duplicate`, `waiting`, `rejected`.
    pub counts: BTreeMap<&'static str, usize>,
    /// Each.
    pub records: Vec<Retried>,
}

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    let only = |right: Right, route: Route| Route { access: Access::May(right), ..route };
    let mine = |route: Route| Route { access: Access::SignedIn, ..route };
    vec![
        read::<Page<Rollout>>("/api/v1/rollout", "接入计划：各部门的阶段、计划与达到的日期、逾期、下一阶段的条件", &[]),
        read::<Page<ConnectorView>>("/api/v1/connectors", "连接器：状态、版本、滞后、下次拉取", &[]),
        read::<ConnectorDetail>(
            "/api/v1/connectors/{id}",
            "一个部门的连接器：授权、设置（不含密钥）、限制、最近的运行",
            &[],
        ),
        read::<Page<RunRow>>("/api/v1/pulls", "运行，新的在前", &["department", "limit", "after"]),
        read::<QuarantineRow>(
            "/api/v1/quarantine/{id}",
            "一条未被接受的记录；写明理由（reason）才显示个人信息，并记入审计",
            &["reason"],
        ),
        act::<Replayed>(
            "/api/v1/quarantine/replay",
            Right::Operate,
            "按现在的配置重新处理隔离区的记录，逐条回执",
            Some(("application/json", "{ids?: [], department?, code?}：指明记录，或部门、代码之一")),
            200,
        ),
        read::<Page<Listed>>("/api/v1/rules", "规则：启停、级别、参数、依据、本县的改动、本县尚无的事实", &[]),
        read::<Listed>("/api/v1/rules/{id}", "一条规则", &[]),
        read::<YearView>("/api/v1/calendar", "一年的工作日历", &["year"]),
        read::<Due>("/api/v1/calendar/due", "期限在哪一天届满，逐日", &["start", "limit", "unit", "profile"]),
        only(
            Right::Operate,
            read::<Effective>(
                "/api/v1/configuration",
                "生效的配置，每项的文件与行；文件现在的问题；尚未生效的改动",
                &["under"],
            ),
        ),
        only(Right::Operate, read::<Diagnosis>("/api/v1/doctor", "诊断：每项检查的状态与办法", &[])),
        only(
            Right::Audit,
            read::<Page<AuditRow>>(
                "/api/v1/audit",
                "审计链，新的在前；按人、动作、对象、日期筛选时一页可能不满，以 next 为准",
                &["actor", "action", "object", "from", "to", "limit", "after"],
            ),
        ),
        only(Right::Audit, read::<LedgerReport>("/api/v1/audit/verify", "从头重算审计链", &[])),
        mine(read::<Page<TokenRow>>("/api/v1/session/tokens", "本人的令牌与会话，不含密钥", &[])),
        mine(act::<Revoked>("/api/v1/session/tokens/{id}/revoke", Right::Read, "撤销本人的令牌或会话", None, 200)),
    ]
}

pub(super) async fn rollout_of(app: &App, caller: &Caller) -> Result<Vec<Rollout>, Refusal> {
    Ok(app.rollout(caller.department.as_deref()).await?)
}

pub(super) async fn rollout(State(app): House, Extension(caller): Who) -> Answer {
    Ok(Json(json!({ "items": rollout_of(&app, &caller).await?, "next": null })))
}

pub(super) async fn connectors_of(app: &App, caller: &Caller) -> Result<Vec<ConnectorView>, Refusal> {
    Ok(app.connector_views(caller.department.as_deref()).await?)
}

pub(super) async fn connectors(State(app): House, Extension(caller): Who) -> Answer {
    Ok(Json(json!({ "items": connectors_of(&app, &caller).await?, "next": null })))
}

/// Settings are for who runs the machine, and for the department whose they are.
pub(super) async fn connector_of(app: &App, caller: &Caller, id: &str) -> Result<ConnectorDetail, Refusal> {
    within(caller, Some(&id.to_owned()))?;
    let settings = caller.may(Right::Operate) || caller.department.is_some();
    Ok(app.connector(id, settings).await?)
}

pub(super) async fn connector(State(app): House, Extension(caller): Who, Path(id): Path<String>) -> Answer {
    Ok(Json(json!(connector_of(&app, &caller, &id).await?)))
}

pub(super) async fn runs(State(app): House, Extension(caller): Who, Query(query): Asked) -> Answer {
    let (department, limit) = (within(&caller, query.get("department"))?, limit(&query)?);
    let rows = app.store.runs(department.as_deref(), limit, query.get("after").map(String::as_str)).await?;
    Ok(page(&rows, limit, |r| r.id.clone()))
}

/// A record that was not taken, as it came, with what its opening is kept under. Whoever shows it hides persons ([`masked_raw`]) unless
/// a reason was given.
pub(super) async fn quarantined_of(app: &App, caller: &Caller, id: &str) -> Result<(QuarantineRow, String), Refusal> {
    let unknown = || Problem::new("quarantine.unknown", format!("隔离区没有 {id}"));
    let row = app.store.quarantined(id).await?.ok_or_else(unknown)?;
    within(caller, Some(&row.department))?;
    let object = format!("{}/quarantine/{id}", row.department);
    Ok((row, object))
}

pub(super) async fn quarantined(
    State(app): House,
    Extension(caller): Who,
    Path(id): Path<String>,
    Query(query): Asked,
) -> Answer {
    let (mut row, object) = quarantined_of(&app, &caller, &id).await?;
    if !in_clear(&app, &caller, &object, &Query(query)).await? {
        row.record = masked_raw(&row.record);
    }
    Ok(Json(json!(row)))
}

/// Tries records again, and keeps in the audit who had it done.
pub(super) async fn replay_of(app: &App, caller: &Caller, again: &Again) -> Result<Replayed, Refusal> {
    whole_county(caller)?;
    if again.ids.is_empty() && again.department.is_none() && again.code.is_none() || again.ids.len() > NAMED {
        let message = format!("指明要重新处理的记录（至多 {NAMED} 条），或部门、退回代码之一");
        return Err(bad("quarantine.which", &message, "{\"ids\": [\"…\"]} 或 {\"department\": \"market\"}"));
    }
    let filter = QuarantineFilter {
        department: again.department.clone(),
        code: again.code.clone(),
        ..QuarantineFilter::default()
    };
    let mut found = Replayed::default();
    for (id, receipt) in app.replay(filter, &again.ids).await? {
        *found.counts.entry(receipt.word()).or_default() += 1;
        found.records.push(Retried { id, receipt });
    }
    let entry = AuditEntry {
        at: app.clock.now(),
        actor: caller.user.clone(),
        action: "quarantine.replay".to_owned(),
        object: again.department.clone().unwrap_or_default(),
        detail: json!({ "ids": again.ids, "code": again.code, "counts": found.counts }).to_string(),
    };
    app.store.audit(entry).await?;
    Ok(found)
}

pub(super) async fn replay(
    State(app): House,
    Extension(caller): Who,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let again: Again = super::act::words(body, "quarantine.which")?;
    let work = async { Ok((StatusCode::OK, replay_of(&app, &caller, &again).await?)) };
    once(&app, &caller, ("quarantine/replay", &headers, body), work).await
}

pub(super) fn rules_of(app: &App) -> Vec<Listed> {
    listed(&app.config)
}

pub(super) async fn rules(State(app): House) -> Answer {
    Ok(Json(json!({ "items": rules_of(&app), "next": null })))
}

pub(super) fn rule_of(app: &App, id: &str) -> Result<Listed, Refusal> {
    let message = format!("没有规则 {id}");
    let unknown = || refuse(StatusCode::NOT_FOUND, "rule.unknown", &message, "规则的列表：/api/v1/rules");
    rules_of(app).into_iter().find(|one| one.rule.id == id).ok_or_else(unknown)
}

pub(super) async fn rule(State(app): House, Path(id): Path<String>) -> Answer {
    Ok(Json(json!(rule_of(&app, &id)?)))
}

pub(super) fn year_of(app: &App, query: &HashMap<String, String>) -> Result<YearView, Refusal> {
    let wrong = |word: &String| bad("query.year", &format!("“{word}”不是年份"), "例：year=2026");
    let asked = query.get("year").map(|word| word.parse::<i32>().map_err(|_| wrong(word))).transpose()?;
    Ok(calendar::year(&app.config.rules, asked.unwrap_or_else(|| app.clock.now().date().year()))?)
}

pub(super) async fn year(State(app): House, Query(query): Asked) -> Answer {
    Ok(Json(json!(year_of(&app, &query)?)))
}

pub(super) fn due_of(app: &App, query: &HashMap<String, String>) -> Result<Due, Refusal> {
    let word = |name: &str, otherwise: &'static str| query.get(name).map_or(otherwise, String::as_str);
    let wrong = || bad("calendar.argument", "limit 应为 0 到 10000 的整数", "例：start=2026-02-06&limit=5");
    let limit = word("limit", "").parse().ok().filter(|n| *n <= 10_000).ok_or_else(wrong)?;
    let asked = calendar::Asked {
        start: word("start", ""),
        limit,
        unit: word("unit", "working_day"),
        profile: word("profile", "legal_day"),
    };
    Ok(calendar::due_of(&app.config.rules.calendar, &app.config.rules.schedule, asked)?)
}

pub(super) async fn due(State(app): House, Query(query): Asked) -> Answer {
    Ok(Json(json!(due_of(&app, &query)?)))
}

/// The configuration under a path; the files are read again beside the house's work.
pub(super) async fn configuration_of(app: &Arc<App>, under: &str) -> Result<Effective, Refusal> {
    let (house, under, installed) = (Arc::clone(app), under.to_owned(), app.store.plugins().await?);
    let work = move || {
        let config = &house.config;
        let (problems, changes) = house.shown().files(config);
        let folder = config.folder.display().to_string();
        Effective { folder, settings: house.shown().under(&under), problems: beside(problems, &installed), changes }
    };
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|e| Problem::new("internal", e.to_string()))?)
}

pub(super) async fn configuration(State(app): House, Query(query): Asked) -> Answer {
    let under = query.get("under").map_or("", String::as_str);
    Ok(Json(json!(configuration_of(&app, under).await?)))
}

pub(super) async fn doctor(State(app): House) -> Answer {
    Ok(Json(json!(app.doctor().await?)))
}

/// One page of the audit. What is asked for is looked for in so many links; where a list goes on is the last that was looked at.
pub(super) async fn audit_rows(
    app: &App,
    query: &HashMap<String, String>,
) -> Result<(Vec<AuditRow>, Option<String>), Refusal> {
    let most = limit(query)?;
    let wrong = |_| bad("query.after", "after 不是上一页回答中的 next", "原样使用回答中的 next");
    let mut before = query.get("after").map(|a| a.parse::<i64>()).transpose().map_err(wrong)?;
    let from = date(query, "from")?.map(Timestamp::start_of);
    let to = date(query, "to")?.and_then(|d| d.succ_opt()).map(Timestamp::start_of);
    let is = |name: &str, word: &str| query.get(name).is_none_or(|asked| asked == word);
    let fits = |row: &AuditRow| {
        let e = &row.entry;
        let named = query.get("action").is_none_or(|a| e.action == *a || e.action.starts_with(&format!("{a}.")));
        let about = query.get("object").is_none_or(|o| e.object.contains(o.as_str()));
        let then = from.is_none_or(|from| e.at >= from) && to.is_none_or(|to| e.at < to);
        is("actor", &e.actor) && named && about && then
    };
    let (mut found, mut scanned) = (Vec::new(), 0);
    let full = |found: &Vec<AuditRow>| found.len() == usize::try_from(most).unwrap_or(usize::MAX);
    loop {
        let rows = app.store.audit_rows(1000, before).await?;
        let over = rows.len() < 1000;
        for row in rows {
            before = Some(row.seq);
            scanned += 1;
            if fits(&row) {
                found.push(row);
                if full(&found) {
                    return Ok((found, before.map(|seq| seq.to_string())));
                }
            }
        }
        if over {
            return Ok((found, None));
        }
        if scanned >= SCANNED {
            return Ok((found, before.map(|seq| seq.to_string())));
        }
    }
}

pub(super) async fn audit(State(app): House, Extension(caller): Who, Query(query): Asked) -> Answer {
    whole_county(&caller)?;
    let (items, next) = audit_rows(&app, &query).await?;
    Ok(Json(json!({ "items": items, "next": next })))
}

pub(super) async fn verify(State(app): House, Extension(caller): Who) -> Answer {
    whole_county(&caller)?;
    Ok(Json(json!(app.store.verify_audit().await?)))
}

pub(super) async fn own_tokens(State(app): House, Extension(caller): Who) -> Answer {
    let rows: Vec<TokenRow> =
        app.store.tokens(Some(&caller.user)).await?.into_iter().filter(|t| t.kind != TokenKind::Link).collect();
    Ok(Json(json!({ "items": rows, "next": null })))
}

pub(super) async fn revoke_own(State(app): House, Extension(caller): Who, Path(id): Path<String>) -> Answer {
    let own = app.store.tokens(Some(&caller.user)).await?.into_iter().any(|t| t.id == id);
    if !own {
        return Err(Problem::new("token.unknown", format!("没有令牌 {id}")).into());
    }
    app.revoke(&id, &caller.user, "token.revoke").await?;
    Ok(Json(json!({ "id": id })))
}
