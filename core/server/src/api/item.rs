//! The catalogue: items and their versions, and the workflow of a version – draft, check, review – beside the provincial list. What is
//! configured is read from the configuration; a draft only leads to it.

use super::act::{once, text, words};
use super::answer::{Answer, Asked, Refusal, bad, goes_on, limit, matters, page, refuse, unreadable};
use super::auth::{whole_county, within};
use super::paths::period;
use super::routes::{Route, act as act_route, read};
use super::view::Page;
use super::waiting::listed;
use crate::app::App;
use crate::catalogue::{Chosen, Compared, Comparison, ItemBrief, ItemCases, ItemChecks, ProvincialList, toml_of};
use crate::oversight::Kept;
use crate::people::Caller;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use daylight_domain::draft::{Change, DraftAct, DraftState, ItemDraft, changes};
use daylight_domain::item::{Item, ItemState};
use daylight_domain::role::Right;
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

type House = State<Arc<App>>;
type Who = Extension<Caller>;

/// What a list of items is asked for.
pub(super) struct Wanted<'a> {
    department: Option<&'a String>,
    task_type: Option<&'a String>,
    state: Option<ItemState>,
    fee: Option<bool>,
    word: Option<String>,
}

impl<'a> Wanted<'a> {
    pub(super) fn read(query: &'a HashMap<String, String>) -> Result<Self, Refusal> {
        let state = query.get("state").map(|word| {
            let known = serde_json::from_value(word.clone().into());
            known.map_err(|_| bad("query.state", &format!("未知状态“{word}”"), "published、suspended、cancelled"))
        });
        let fee = query.get("fee").map(|word| match word.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(bad("query.flag", &format!("fee“{other}”应为 true 或 false"), "fee=true")),
        });
        let word = query.get("word").map(|w| w.trim().to_lowercase()).filter(|w| !w.is_empty());
        Ok(Self {
            department: query.get("department"),
            task_type: query.get("task_type"),
            state: state.transpose()?,
            fee: fee.transpose()?,
            word,
        })
    }

    pub(super) fn takes(&self, item: &Item) -> bool {
        let has = |word: &String| {
            [&item.name, &item.code, &item.legal_basis].iter().any(|text| text.to_lowercase().contains(word))
                || item.materials.iter().any(|m| m.name.to_lowercase().contains(word))
        };
        self.department.is_none_or(|d| *d == item.department)
            && self.task_type.is_none_or(|t| *t == item.task_type)
            && self.state.is_none_or(|s| s == item.state)
            && self.fee.is_none_or(|f| f == item.is_fee)
            && self.word.as_ref().is_none_or(has)
    }
}

pub(super) async fn list(State(app): House, Query(query): Asked) -> Answer {
    let limit = limit(&query)?;
    let wanted = Wanted::read(&query)?;
    let after = query.get("after").map(String::as_str).unwrap_or_default();
    let all = app.items().await?.into_iter().filter(|one| wanted.takes(&one.item) && one.item.code.as_str() > after);
    let rows: Vec<ItemBrief> = all.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect();
    let next = goes_on(&rows, limit, |one| one.item.code.clone());
    Ok(Json(json!({ "items": rows, "next": next })))
}

fn versions_of<'a>(app: &'a App, code: &str) -> Result<&'a [Arc<Item>], Problem> {
    match app.config.rules.catalogue.versions(code) {
        [] => Err(Problem::new("item.unknown", format!("事项目录中没有“{code}”"))),
        all => Ok(all),
    }
}

pub(super) async fn versions(State(app): House, Path(code): Path<String>) -> Answer {
    let all: Vec<&Item> = versions_of(&app, &code)?.iter().map(Arc::as_ref).collect();
    Ok(Json(json!({ "items": all, "next": null })))
}

/// What one version says otherwise than another; by default the newest otherwise than the one before it.
pub(super) async fn differences(State(app): House, Path(code): Path<String>, Query(query): Asked) -> Answer {
    let all = versions_of(&app, &code)?;
    let version = |name: &str, usual: Option<&Arc<Item>>| match query.get(name) {
        None => Ok(usual.cloned()),
        Some(text) => {
            let found = text.parse().ok().and_then(|v: u32| all.iter().find(|i| i.version == v).cloned());
            let unknown = || Problem::new("item.unknown", format!("事项 {code} 没有版本“{text}”"));
            found.ok_or_else(unknown).map(Some)
        }
    };
    let new = version("new", all.last())?;
    let old = version("old", all.iter().rev().nth(1))?;
    let found = old.zip(new).map(|(old, new)| changes(&old, &new)).unwrap_or_default();
    Ok(Json(json!({ "items": found, "next": null })))
}

pub(super) async fn checks(State(app): House, Path(code): Path<String>) -> Answer {
    let item = app.item_today(&code)?;
    Ok(Json(json!(app.item_checks(item).await?)))
}

/// How many cases went by which version.
pub(super) async fn cases(
    State(app): House,
    Extension(caller): Who,
    Path(code): Path<String>,
    Query(query): Asked,
) -> Answer {
    let item = app.item_today(&code)?;
    within(&caller, Some(&item.department))?;
    Ok(Json(json!(app.cases_by_version(item, period(&query)?).await?)))
}

pub(super) async fn drafts(State(app): House, Extension(caller): Who, Query(query): Asked) -> Answer {
    let filter = matters(&query, within(&caller, query.get("department"))?, DraftState::WORDS)?;
    let limit = filter.limit;
    let rows: Vec<ItemDraft> = listed(&app, &caller, &query, filter).await?;
    Ok(page(&rows, limit, |one| one.no.clone()))
}

async fn stored(app: &App, caller: &Caller, no: &str) -> Result<Kept<ItemDraft>, Refusal> {
    let kept = app.find_matter::<ItemDraft>(no).await?;
    within(caller, Some(&kept.matter.department))?;
    Ok(kept)
}

pub(super) async fn draft(State(app): House, Extension(caller): Who, Path(no): Path<String>) -> Answer {
    Ok(Json(json!(stored(&app, &caller, &no).await?.matter)))
}

/// What a draft says otherwise than the version it is made from.
pub(super) async fn draft_changes(State(app): House, Extension(caller): Who, Path(no): Path<String>) -> Answer {
    let draft = stored(&app, &caller, &no).await?.matter;
    let base = draft.base.and_then(|v| app.config.rules.catalogue.version(&draft.item.code, v));
    let found = base.map(|base| changes(base, &draft.item)).unwrap_or_default();
    Ok(Json(json!({ "items": found, "next": null })))
}

pub(super) async fn draft_toml(
    State(app): House,
    Extension(caller): Who,
    Path(no): Path<String>,
) -> Result<Response, Refusal> {
    let draft = stored(&app, &caller, &no).await?.matter;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], toml_of(&draft.item)).into_response())
}

/// The flow of a draft.
pub(super) async fn draft_flow(
    State(app): House,
    Extension(caller): Who,
    Path(no): Path<String>,
) -> Result<Response, Refusal> {
    let item = stored(&app, &caller, &no).await?.matter.item;
    let none = || Problem::new("item.no-flow", format!("草案 {no} 没有运行流程图"));
    let drawn = daylight_console::flow::svg(&item, daylight_console::flow::Over::Nothing).ok_or_else(none)?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml; charset=utf-8")], drawn).into_response())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewDraft {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    item: Option<Box<Item>>,
}

pub(super) async fn begin(
    State(app): House,
    Extension(caller): Who,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let example = "{\"code\":\"HC-0101\"} 或 {\"item\":{…}}";
    let new: NewDraft = serde_json::from_str(body).map_err(|e| unreadable("draft.request", &e, example))?;
    let work = async {
        let item = match (new.code, new.item) {
            (Some(code), None) => app.next_version(&code)?,
            (None, Some(item)) => *item,
            _ => return Err(bad("draft.request", "需要 code 或 item", example)),
        };
        within(&caller, Some(&item.department))?;
        Ok((StatusCode::CREATED, app.begin_draft(item, None, &caller.user).await?))
    };
    once(&app, &caller, ("item-drafts", &headers, body), work).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Words {
    text: String,
    item: Option<Box<Item>>,
}

pub(super) async fn act(
    State(app): House,
    Extension(caller): Who,
    Path((no, act)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let Words { text, item } = words(body, "draft.request")?;
    let work = async {
        let kept = stored(&app, &caller, &no).await?;
        let remarks = async || app.draft_remarks(&kept.matter.item).await;
        let meant = match act.as_str() {
            "edit" => {
                DraftAct::Edit { item: item.ok_or_else(|| bad("draft.request", "缺少 item", "{\"item\":{…}}"))? }
            }
            "check" => DraftAct::Check { remarks: remarks().await? },
            "submit" => DraftAct::Submit { remarks: remarks().await?, text },
            "approve" => DraftAct::Approve { remarks: remarks().await?, text },
            "return" => DraftAct::Return { text },
            "withdraw" => DraftAct::Withdraw { text },
            _ => {
                return Err(refuse(StatusCode::NOT_FOUND, "http.unknown", "没有这项操作", "见 /api/v1/openapi.json"));
            }
        };
        Ok((StatusCode::OK, app.act_on_draft(kept, meant, (&caller.user, caller.role)).await?))
    };
    once(&app, &caller, (&format!("item-drafts/{no}/{act}"), &headers, body), work).await
}

pub(super) async fn lists(State(app): House, Query(query): Asked) -> Answer {
    let filter = matters(&query, None, &["standing", "replaced"])?;
    let limit = filter.limit;
    let rows: Vec<ProvincialList> = app.list_matters(filter).await?;
    let rows: Vec<Compared> = rows.iter().map(ProvincialList::brief).collect();
    Ok(page(&rows, limit, |one| one.no.clone()))
}

pub(super) async fn one_list(State(app): House, Path(no): Path<String>) -> Answer {
    Ok(Json(json!(app.item_list(&no).await?)))
}

/// Given again, the list is compared again; nothing is in it twice.
pub(super) async fn import(
    State(app): House,
    Extension(caller): Who,
    body: Bytes,
) -> Result<(StatusCode, Json<Comparison>), Refusal> {
    whole_county(&caller)?;
    Ok((StatusCode::CREATED, Json(app.import_items(&body, &caller.user).await?)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Codes {
    codes: Vec<String>,
}

pub(super) async fn draft_listed(
    State(app): House,
    Extension(caller): Who,
    Path((no, act)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    whole_county(&caller)?;
    let body = text(&body)?;
    let Codes { codes } = words(body, "item-list.request")?;
    let work = async {
        if codes.is_empty() {
            return Err(bad("item-list.request", "没有选择事项", "{\"codes\":[\"HC-0101\"]}"));
        }
        Ok((StatusCode::CREATED, app.draft_from_list(&no, &codes, &caller.user).await?))
    };
    once(&app, &caller, (&format!("item-lists/{no}/{act}"), &headers, body), work).await
}

const JSON: &str = "application/json";

fn step(word: &str, right: Right, summary: &'static str, words: &'static str) -> Route {
    let mut one = act_route::<ItemDraft>("", right, summary, Some((JSON, words)), 200);
    one.path = format!("/api/v1/item-drafts/{{no}}/{word}").into();
    one
}

/// Every route of the catalogue.
pub(super) fn routes() -> Vec<Route> {
    let (write, review) = (Right::Catalogue, Right::Review);
    vec![
        read::<Page<ItemBrief>>(
            "/api/v1/items",
            "事项目录：今天施行的版本；word 在名称、编码、依据与材料中查找",
            &["department", "task_type", "state", "fee", "word", "limit", "after"],
        ),
        read::<Page<Item>>("/api/v1/items/{code}/versions", "一个事项的全部版本，旧的在前", &[]),
        read::<Page<Change>>(
            "/api/v1/items/{code}/changes",
            "两个版本的不同，逐项；缺省为最新与其前一个",
            &["old", "new"],
        ),
        read::<ItemChecks>("/api/v1/items/{code}/checks", "对事项的检查：配置检查与目录规则，已有的发现", &[]),
        read::<ItemCases>(
            "/api/v1/items/{code}/cases",
            "一段日期内开始的办件各用哪个版本，缺省最近一年",
            &["from", "to"],
        ),
        read::<Page<ItemDraft>>(
            "/api/v1/item-drafts",
            "事项草案",
            &["department", "state", "waiting", "limit", "after"],
        ),
        act_route::<ItemDraft>(
            "/api/v1/item-drafts",
            write,
            "起草事项的下一版本（code），或新的事项（item）；版本号自动给出",
            Some((JSON, "{code} 或 {item}：item 的各项同 config/catalogue")),
            201,
        ),
        read::<ItemDraft>("/api/v1/item-drafts/{no}", "一份草案，及上次检查的结果", &[]),
        read::<Page<Change>>("/api/v1/item-drafts/{no}/changes", "草案与所依版本的不同，逐项", &[]),
        Route {
            answer: None,
            ..read::<ItemDraft>("/api/v1/item-drafts/{no}/toml", "写入 config/catalogue 的 TOML：整个 [[item]]", &[])
        },
        Route {
            answer: None, ..read::<ItemDraft>("/api/v1/item-drafts/{no}/flow.svg", "草案的运行流程图", &[])
        },
        step("edit", write, "修改；编码、部门与版本号不变", "{item}"),
        step("check", write, "检查是否完备，结果留存", "{}"),
        step("submit", write, "送审；检查出问题的不能送审", "{text?}"),
        step("approve", review, "审核通过：行政许可由法制机构，其余由发改部门；编制的人不能审核", "{text?}"),
        step("return", review, "退回修改", "{text}"),
        step("withdraw", write, "撤回", "{text}"),
        read::<Page<Compared>>("/api/v1/item-lists", "导入过的省级清单", &["state", "limit", "after"]),
        act_route::<Comparison>(
            "/api/v1/item-lists",
            write,
            "导入省级实施清单，与目录逐项比较；此后目录规则（C-05）与它比对",
            Some(("text/csv", "有表头的 CSV（UTF-8 或 GB18030），或 JSON 对象的列表")),
            201,
        ),
        read::<Comparison>("/api/v1/item-lists/{no}", "一份清单与现在的目录逐项比较", &[]),
        act_route::<Chosen>(
            "/api/v1/item-lists/{no}/draft",
            write,
            "为所选事项起草：清单所写的照清单，其余照现行版本",
            Some((JSON, "{codes}")),
            201,
        ),
    ]
}
