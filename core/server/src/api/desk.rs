//! The desk (窗口办件系统) for those who work at it: receive, act, lists, what waits, numbers. An act names the version it saw.

use super::act::{once, text, words};
use super::answer::{Asked, Refusal, bad, date, limit, state, time, unreadable};
use super::auth::within;
use super::register::in_clear;
use super::routes::{Access, Route, act as doing, read};
use super::view::Page;
use crate::app::App;
use crate::desk::{DeskCaseView, DeskDone, DeskListed, DeskTask};
use crate::people::Caller;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use daylight_domain::Timestamp;
use daylight_domain::desk::{DeskAct, DeskActor, DeskState, Receipt};
use daylight_domain::role::Right;
use daylight_store::{DeskFilter, DeskNumberRow, DeskWorkFilter, Once};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex, PoisonError};

type House = State<Arc<App>>;
type Who = Extension<Caller>;

const JSON: &str = "application/json";

/// Cases that went over to somebody else.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct HandedOver {
    /// By number.
    pub(crate) cases: Vec<String>,
}

/// Numbers of a series, and those that were passed over.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Numbers {
    /// Numbers that were drawn.
    items: Vec<DeskNumberRow>,
    /// Running numbers between them that nothing bears, by series.
    gaps: Vec<Gap>,
    /// Goes into `after` of the next request; nothing on the last page.
    next: Option<String>,
}

/// Running numbers that nothing bears.
#[derive(Debug, Serialize, JsonSchema)]
struct Gap {
    /// Series.
    series: String,
    /// The first.
    from: i64,
    /// The last.
    to: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Over {
    from: String,
    to: String,
    #[serde(default)]
    reason: String,
}

/// What an act needs to be told, for the description.
const ACTS: &[(&str, &str, &str)] = &[
    ("materials", "登记材料", "{materials: [{name, state}]}"),
    ("correct", "一次性补正告知：缺的材料自动列入", "{items?, due?}"),
    ("corrected", "登记补正", "{materials?}"),
    ("lapse", "补正逾期办结", "{}"),
    ("accept", "受理；容缺的写明已承诺", "{tolerance_due?, promised?, to?}"),
    ("reject", "不予受理", "{reason, remedies?}"),
    ("pass", "办完环节，转到下一环节", "{step?, opinion, with?, to?}"),
    ("return", "退回到先前的环节", "{step?, opinion, with?, to}"),
    ("begin", "开始一个可以开始的环节", "{node}"),
    ("ask", "请其他部门会办", "{department, content, reply_by}"),
    ("answer", "会办部门的意见；在本部门的协办件上不必写明 key", "{key?, opinion, agrees}"),
    ("unask-joint", "收回尚未答复的会办", "{key, reason}"),
    ("ask-special", "申请特别程序", "{kind, basis?, days}"),
    ("ask-extension", "申请延长", "{days, reason}"),
    ("ask-void", "申请作废", "{reason}"),
    ("unask-approval", "收回自己提出、尚未审批的申请", "{key, reason}"),
    ("allow", "审批他人的申请；特别程序和延长由部门分管负责人审批", "{key, allowed, text?, approver?}"),
    ("notify", "登记已书面告知申请人", "{what: special | extension}"),
    ("end-special", "结束特别程序", "{key?, result}"),
    ("request-hearing", "登记听证申请", "{}"),
    ("hearing", "听证告知；举行前再次告知即改期", "{on, time, place}"),
    ("cancel-hearing", "取消尚未举行的听证：申请人撤回，或不再需要", "{reason}"),
    ("hold-hearing", "登记听证", "{minutes}"),
    ("forward-up", "转报", "{to_org, opinion}"),
    ("decide", "作出决定", "{granted, reason, remedies?, valid_from?, valid_to?}"),
    ("fee", "开具缴费；金额为减免后应缴的，以分计", "{item, amount, reduced?, basis?, bill_no?}"),
    ("cancel-fee", "取消未缴的缴费通知；缴费通知作废", "{key, reason}"),
    ("paid", "登记缴费", "{key?, bill_no?}"),
    ("finish", "办结", "{}"),
    ("deliver", "送达", "{mode, collector}"),
    ("withdraw", "申请人撤回", "{reason}"),
    ("revoke", "容缺材料逾期未补交，撤销受理", "{reason}"),
    ("hand-over", "移交；交给自己即认领", "{to, from?, step?, reason?}"),
    ("rate", "邀请评价，一次；链接只在回答中出现这一次", "{}"),
    ("rate-again", "重发评价链接，旧的作废；链接只在回答中出现这一次", "{reason}"),
    ("new-code", "换发查询码，旧的作废；查询码只在回答中出现这一次", "{reason}"),
];

/// Every route of the desk.
pub(super) fn routes() -> Vec<Route> {
    let looks = |route: Route| Route { access: Access::May(Right::Handle), ..route };
    let mut all = vec![
        looks(read::<Page<DeskListed>>(
            "/api/v1/desk/cases",
            "窗口办件；q 为编号的开头，applicant 为申请人全名",
            &["department", "state", "item", "q", "applicant", "assigned", "from", "to", "limit", "after"],
        )),
        doing::<DeskDone>(
            "/api/v1/desk/cases",
            Right::Handle,
            "收件；查询码只在回答中出现这一次",
            Some((
                JSON,
                "{item_code, title?, applicant: {kind, name, id_type?, id_no?, legal_person?, phone?, address?, agent?: {name, id_no?, phone?}}, channel?, window?, queue_no?, materials: [{name, state: received | missing | not_needed}]}",
            )),
            201,
        ),
        looks(read::<DeskCaseView>(
            "/api/v1/desk/cases/{department}/{no}",
            "一件窗口办件：环节、时限、文书、已报记录；写明理由（reason）才显示申请人，并记入审计",
            &["reason"],
        )),
        looks(read::<Page<DeskTask>>(
            "/api/v1/desk/queue",
            "待办：mine 为真只列本人的，free 为真列无人认领的，两者都为真则都列",
            &["department", "mine", "free", "kind", "step", "due_before", "limit", "after"],
        )),
        doing::<HandedOver>(
            "/api/v1/desk/hand-over",
            Right::Handle,
            "把一个人承办的全部移交给另一个人：本人，或部门分管负责人",
            Some((JSON, "{from, to, reason?}")),
            200,
        ),
        looks(read::<Numbers>(
            "/api/v1/desk/numbers",
            "编号的使用：每个号用于哪一件，有没有断号",
            &["department", "series", "limit", "after"],
        )),
    ];
    for (word, summary, words) in ACTS {
        let mut one = doing::<DeskDone>("", Right::Handle, summary, None, 200);
        one.path = format!("/api/v1/desk/cases/{{department}}/{{no}}/{word}").into();
        one.body = Some((JSON, words));
        all.push(one);
    }
    all
}

/// Who acts at the desk: somebody of a department.
pub(crate) fn actor(caller: &Caller) -> Result<DeskActor<'_>, Problem> {
    let department = caller.department.as_deref();
    let department = department.ok_or_else(|| Problem::new("desk.department", "窗口办件由部门的人员办理"))?;
    Ok(DeskActor { user: &caller.user, department, leader: caller.may(Right::Sign) })
}

pub(super) async fn receive(
    State(app): House,
    Extension(caller): Who,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let example = "{\"item_code\":\"…\",\"applicant\":{\"kind\":\"natural\",\"name\":\"…\"},\"materials\":[]}";
    let receipt: Receipt = serde_json::from_str(body).map_err(|e| unreadable("desk.request", &e, example))?;
    // Whoever sends it twice gets the same case; the code is shown once and kept nowhere.
    let fresh: Mutex<Option<DeskDone>> = Mutex::new(None);
    let work = async {
        let done = app.desk_receive(&receipt, actor(&caller)?).await?;
        let kept = DeskDone { code: None, ..done.clone() };
        *fresh.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
        Ok((StatusCode::CREATED, kept))
    };
    let answer = once(&app, &caller, ("desk/cases", &headers, body), work).await?;
    match fresh.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(done) => Ok((StatusCode::CREATED, Json(done)).into_response()),
        None => Ok(answer),
    }
}

/// An act as it is sent: its word stands in the address, the version it saw beside its words.
pub(crate) fn meant(act: &str, mut words: Map<String, Value>) -> Result<(i64, DeskAct), Problem> {
    const CODE: &str = "desk.request";
    if !DeskAct::WORDS.contains(&act) {
        return Err(Problem::new(CODE, format!("没有名为“{act}”的操作")));
    }
    let version = words.remove("version").and_then(|v| v.as_i64());
    let version = version.ok_or_else(|| Problem::new(CODE, "缺少 version：所看到的版本"))?;
    words.insert("act".to_owned(), act.into());
    let act = serde_json::from_value(Value::Object(words))
        .map_err(|e| Problem { fix: None, ..*unreadable(CODE, &e, "").1 })?;
    Ok((version, act))
}

pub(super) async fn act(
    State(app): House,
    Extension(caller): Who,
    Path((department, no, act)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let (version, meant) = meant(&act, words(body, "desk.request")?)?;
    let work = async {
        let done = app.desk_act(actor(&caller)?, (&department, &no), version, &meant).await?;
        Ok((StatusCode::OK, done))
    };
    if matches!(meant, DeskAct::Rate | DeskAct::RateAgain { .. } | DeskAct::NewCode { .. }) {
        // An answer that is kept would keep the secret.
        let (status, done) = work.await?;
        return Ok((status, Json(done)).into_response());
    }
    once(&app, &caller, (&format!("desk/{department}/{no}/{act}"), &headers, body), work).await
}

pub(super) async fn one(
    State(app): House,
    Extension(caller): Who,
    Path((department, no)): Path<(String, String)>,
    query: Asked,
) -> Result<Json<DeskCaseView>, Refusal> {
    let by = actor(&caller)?;
    let read = app.desk_read_as(by, (&department, &no)).await?;
    // A department that is asked sees nobody in clear, whatever it says.
    let own = by.department == department && read.case.part.is_none();
    let clear = own && in_clear(&app, &caller, &format!("{department}/{no}"), &query).await?;
    Ok(Json(app.desk_view(by, (&department, &no), clear).await?))
}

pub(super) async fn list(
    State(app): House,
    Extension(caller): Who,
    Query(query): Asked,
) -> Result<Json<Page<DeskListed>>, Refusal> {
    let by = actor(&caller)?;
    within(&caller, query.get("department"))?;
    let some = |name: &str| query.get(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
    let most = limit(&query)?;
    let filter = DeskFilter {
        department: by.department.to_owned(),
        states: state(&query, DeskState::WORDS)?.into_iter().collect(),
        item_code: some("item"),
        name_key: some("applicant").map(|name| app.desk_name_key(&name)),
        assigned: some("assigned"),
        begins: some("q"),
        from: date(&query, "from")?.map(Timestamp::start_of),
        to: date(&query, "to")?.map(Timestamp::end_of),
        after: some("after"),
        limit: most,
    };
    let rows = app.store.desk_cases(&filter).await?;
    let next = (rows.len() == usize::try_from(most).unwrap_or(usize::MAX)).then(|| rows.last().map(|r| r.no.clone()));
    let refused = app.desk_refused(by.department).await?;
    let mut items: Vec<DeskListed> = rows.iter().map(App::desk_listed).collect::<Result<_, _>>()?;
    items.iter_mut().for_each(|one| one.refused = refused.contains(&one.no));
    Ok(Json(Page { items, next: next.flatten() }))
}

fn asked_flag(query: &std::collections::HashMap<String, String>, name: &str) -> Result<bool, Refusal> {
    match query.get(name).map(String::as_str) {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(other) => Err(bad("desk.request", &format!("{name}“{other}”应为 true 或 false"), "例：mine=true")),
    }
}

pub(super) async fn queue(
    State(app): House,
    Extension(caller): Who,
    Query(query): Asked,
) -> Result<Json<Page<DeskTask>>, Refusal> {
    let by = actor(&caller)?;
    within(&caller, query.get("department"))?;
    let place = |text: &String| {
        let wrong = || bad("desk.request", "after 不是上一页的 next", "原样使用上一页的 next");
        let mut parts = text.splitn(4, '~');
        let due = parts.next().and_then(|n| n.parse().ok()).ok_or_else(wrong)?;
        match (parts.next(), parts.next(), parts.next()) {
            (Some(owner), Some(no), Some(key)) => Ok((due, owner.to_owned(), no.to_owned(), key.to_owned())),
            _ => Err(wrong()),
        }
    };
    let most = limit(&query)?;
    let filter = DeskWorkFilter {
        department: by.department.to_owned(),
        kind: query.get("kind").cloned(),
        name: query.get("step").cloned(),
        assigned: asked_flag(&query, "mine")?.then(|| caller.user.clone()),
        free: asked_flag(&query, "free")?,
        due_before: time(&query, "due_before")?,
        after: query.get("after").map(place).transpose()?,
        limit: most,
    };
    let refused = app.desk_refused(by.department).await?;
    let mut items = Vec::new();
    for row in app.store.desk_work(&filter).await? {
        let mut task = app.desk_task(row).await?;
        task.case.refused = task.department == by.department && refused.contains(&task.case.no);
        items.push(task);
    }
    let full = items.len() == usize::try_from(most).unwrap_or(usize::MAX);
    let next = items.last().filter(|_| full).map(|task| task.place.clone());
    Ok(Json(Page { items, next }))
}

pub(super) async fn hand_over(
    State(app): House,
    Extension(caller): Who,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let example = "{\"from\":\"…\",\"to\":\"…\",\"reason\":\"…\"}";
    let over: Over = serde_json::from_str(body).map_err(|e| unreadable("desk.request", &e, example))?;
    let work = async {
        let cases = app.desk_hand_over(actor(&caller)?, (&over.from, &over.to, &over.reason)).await?;
        Ok((StatusCode::OK, HandedOver { cases }))
    };
    // Case by case; what is left of it is handed over when it is asked for again.
    once(&app, &caller, ("desk/hand-over", &headers, body), Once::unmarked(work)).await
}

pub(super) async fn numbers(
    State(app): House,
    Extension(caller): Who,
    Query(query): Asked,
) -> Result<Json<Numbers>, Refusal> {
    let by = actor(&caller)?;
    within(&caller, query.get("department"))?;
    let most = limit(&query)?;
    let after = query.get("after").map(|text| text.parse::<i64>());
    let after = after.transpose().map_err(|_| bad("desk.request", "after 应为数字", "原样使用上一页的 next"))?;
    let series = query.get("series").map(String::as_str);
    if after.is_some() && series.is_none() {
        return Err(bad("desk.request", "逐页读取时请指明 series", "例：series=case/2026"));
    }
    let items = app.store.desk_numbers(by.department, series, after.unwrap_or(0), most).await?;
    let mut gaps = Vec::new();
    let mut last: Option<(&str, i64)> = series.map(|s| (s, after.unwrap_or(0)));
    for one in &items {
        let before = last.filter(|(series, _)| *series == one.series).map_or(0, |(_, n)| n);
        if one.n > before + 1 {
            gaps.push(Gap { series: one.series.clone(), from: before + 1, to: one.n - 1 });
        }
        last = Some((&one.series, one.n));
    }
    let full = items.len() == usize::try_from(most).unwrap_or(usize::MAX);
    let next = items.last().filter(|_| full).map(|one| one.n.to_string());
    Ok(Json(Numbers { gaps, next, items }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_is_described() {
        let described: Vec<&str> = ACTS.iter().map(|(word, ..)| *word).collect();
        assert_eq!(described, DeskAct::WORDS);
    }

    #[test]
    fn an_act_names_its_version_and_nothing_unknown() {
        let words = |text: &str| serde_json::from_str::<Map<String, Value>>(text).expect("an object");
        let (version, act) = meant("finish", words("{\"version\": 3}")).expect("an act");
        assert_eq!((version, act), (3, DeskAct::Finish));
        for (act, text) in [
            ("finish", "{}"),
            ("reject", "{\"version\": 1}"),
            ("reject", "{\"version\": 1, \"reason\": \"x\", \"other\": 1}"),
            ("fly", "{\"version\": 1}"),
        ] {
            assert_eq!(meant(act, words(text)).expect_err(text).code, "desk.request");
        }
    }
}
