//! Writing a draft: every field of an item, lists one thing a line; what cannot be read is said at its line, and nothing typed is lost.

use super::super::form::{body_of, go, house, read, refill, refused, sent as typed};
use super::super::{House, shell, show};
use super::item::task_types;
use super::said::{self, coded, word_of};
use crate::api::answer::Refusal;
use crate::api::item;
use crate::app::App;
use crate::people::Caller;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use daylight_console::sheet::{Body, Choice, Field, Form, Kind, Link, Sheet};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::draft::ItemDraft;
use daylight_domain::draft::lines::{self, Line, Wrong};
use daylight_domain::item::{FlowEdge, FlowNode, Item, ItemFee, ItemMaterial, ItemSpecial, Limit};
use serde_json::{Map, Value, json};
use std::sync::Arc;

fn choices(s: &Shell, group: &'static str, words: &[&str]) -> Vec<Choice> {
    words.iter().map(|w| ((*w).to_owned(), s.of(group, w).into())).collect()
}

const UNITS: &[&str] = &["working_day", "natural_day", "working_hour", "natural_hour", "month", "year", "none"];
const HANDLE: &[&str] = &["instant", "promised", "joint", "forward_up", "commitment", "other"];
const STATES: &[&str] = &["published", "suspended", "cancelled"];
const RESULTS: &[&str] = &["certificate", "document", "none"];

/// Two fields of a limit.
fn limit(s: &Shell, name: &str, of: Option<Limit>) -> [Field; 2] {
    let label = s.of("item_field.", name).to_owned();
    let unit = of.map_or_else(|| "working_day".to_owned(), |l| word_of(&l.unit));
    let number = Field::new(format!("{name}.value"), label.clone(), Kind::Number);
    [
        number.value(of.map(|l| l.value.to_string()).unwrap_or_default()),
        Field::new(
            format!("{name}.unit"),
            format!("{label} · {}", s.t("item.unit")),
            Kind::Choice(choices(s, "item_unit.", UNITS)),
        )
        .needed()
        .value(unit),
    ]
}

fn fields(s: &Shell, item: &Item) -> Vec<Field> {
    let new = |name: &str, kind: Kind| Field::new(name, s.of("item_field.", name), kind);
    let line = |name: &str, value: &str| new(name, Kind::Line).value(value);
    let maybe = |name: &str, value: &Option<String>| line(name, value.as_deref().unwrap_or_default());
    let tick = |name: &str, yes: bool| new(name, Kind::Tick).value(yes.to_string());
    let text = |name: &str, value: String| new(name, Kind::Lines).value(value);
    fn list<T: Line>(all: &[T]) -> String {
        lines::lines(all).join("\n")
    }
    let channels = daylight_domain::code::table("channel");
    let channels =
        channels.into_iter().flatten().map(|(code, _)| (code.clone(), coded(s, "channel", code).into())).collect();
    let kind = |group, words, name: &str, value: String| new(name, Kind::Choice(choices(s, group, words))).value(value);
    let (nodes, edges) = item.flow.as_ref().map(|f| (list(&f.nodes), list(&f.edges))).unwrap_or_default();
    let mut all = vec![
        line("name", &item.name).needed(),
        new("task_type", Kind::Choice(task_types(s))).needed().value(item.task_type.clone()),
        kind("item_handle.", HANDLE, "handle_type", word_of(&item.handle_type)).needed(),
        kind("item_state.", STATES, "state", word_of(&item.state)).needed(),
    ];
    all.extend(limit(s, "legal_limit", item.legal_limit));
    all.extend(limit(s, "promise_limit", item.promise_limit));
    all.extend([
        new("legal_basis", Kind::Long).value(item.legal_basis.clone()),
        text("conditions", item.conditions.join("\n")).hint(s.t("act.one_a_line")),
        text("materials", list(&item.materials)).hint(s.t("item.hint_materials")),
        text("specials", list(&item.specials)).hint(s.t("item.hint_specials")),
        tick("is_fee", item.is_fee),
        text("fees", list(&item.fees)).hint(s.t("item.hint_fees")),
        kind("item_result.", RESULTS, "result_kind", item.result_kind.clone()),
        new("cert_issue_days", Kind::Number).value(item.cert_issue_days.map(|d| d.to_string()).unwrap_or_default()),
        new("channels", Kind::Many(channels)).value(item.channels.join("\n")),
        tick("quantity_limited", item.quantity_limited),
        tick("hearing_required", item.hearing_required),
        maybe("place", &item.place),
        maybe("consult", &item.consult),
        maybe("sample_form", &item.sample_form),
        maybe("org_code", &item.org_code),
        text("delegated_to", item.delegated_to.join("\n")).hint(s.t("act.one_a_line")),
        text("nodes", nodes).hint(s.t("item.hint_nodes")),
        text("edges", edges).hint(s.t("item.hint_edges")),
        tick("flow_draft", item.flow.as_ref().is_some_and(|f| f.draft)),
        new("valid_from", Kind::Day).needed().value(item.valid_from.to_string()),
        new("valid_to", Kind::Day).value(item.valid_to.map(|d| d.to_string()).unwrap_or_default()),
    ]);
    all
}

fn form(app: &App, s: &Shell, draft: &ItemDraft) -> Form {
    let mut fields = fields(s, &draft.item);
    for remark in &draft.remarks {
        let at = |f: &&mut Field| f.name == remark.field || f.name == format!("{}.value", remark.field);
        if let Some(field) = fields.iter_mut().find(at) {
            tell(s, field, remark.line, said::remark(app, s, remark).0);
        }
    }
    Form::new(format!("/item-drafts/{}/edit", draft.no), s.t("item.do_save"), fields)
}

/// Says what is wrong at a field, and at which of its lines.
fn tell(s: &Shell, field: &mut Field, line: Option<usize>, message: impl Into<Text>) {
    if !field.wrong.is_empty() {
        field.wrong = std::mem::take(&mut field.wrong).and(s.semicolon());
    }
    let at = line.map(|line| s.t("item.at_line").replace("{line}", &line.to_string())).unwrap_or_default();
    field.wrong = std::mem::take(&mut field.wrong).and(at).and(message);
}

/// The lines of a field as what they mean.
fn meant<T: Line + serde::Serialize>(body: &[u8], name: &str, wrong: &mut Vec<(String, Wrong)>) -> Value {
    let text = typed(body, name).pop().unwrap_or_default();
    match lines::read::<T>(&text) {
        Ok(all) => json!(all),
        Err(all) => {
            wrong.extend(all.into_iter().map(|w| (name.to_owned(), w)));
            json!([])
        }
    }
}

/// The item that was typed; the fields and lines that cannot be read.
fn item_of(form: &Form, body: &[u8], before: &Item) -> Result<Value, Vec<(String, Wrong)>> {
    let mut wrong = Vec::new();
    let mut object: Map<String, Value> =
        serde_json::from_str(&body_of(form, body)).ok().and_then(|v: Value| v.as_object().cloned()).unwrap_or_default();
    object.insert("materials".to_owned(), meant::<ItemMaterial>(body, "materials", &mut wrong));
    object.insert("specials".to_owned(), meant::<ItemSpecial>(body, "specials", &mut wrong));
    object.insert("fees".to_owned(), meant::<ItemFee>(body, "fees", &mut wrong));
    let nodes = meant::<FlowNode>(body, "nodes", &mut wrong);
    let edges = meant::<FlowEdge>(body, "edges", &mut wrong);
    for name in ["nodes", "edges"] {
        object.remove(name);
    }
    let draft = object.remove("flow_draft").unwrap_or(Value::Bool(false));
    if nodes != json!([]) || edges != json!([]) {
        object.insert("flow".to_owned(), json!({ "nodes": nodes, "edges": edges, "draft": draft }));
    }
    for name in ["legal_limit", "promise_limit"] {
        if object.get(name).and_then(|l| l.get("value")).is_none() {
            object.insert(name.to_owned(), Value::Null);
        }
    }
    for (name, value) in
        [("code", json!(before.code)), ("version", json!(before.version)), ("department", json!(before.department))]
    {
        object.insert(name.to_owned(), value);
    }
    if wrong.is_empty() { Ok(Value::Object(object)) } else { Err(wrong) }
}

async fn stored(app: &Arc<App>, caller: &Caller, no: &str) -> Result<ItemDraft, Refusal> {
    read(item::draft(house(app), Extension(caller.clone()), Path(no.to_owned())).await?.0)
}

async fn shown(
    app: &Arc<App>,
    caller: &Caller,
    s: &Shell,
    (draft, form): (&ItemDraft, Form),
    again: Option<(StatusCode, Text)>,
) -> Result<Response, Refusal> {
    let mut sheet = Sheet::new(s, data(&draft.item.name).and(" · ").and(&draft.no));
    sheet.up = vec![
        Link::new("/item-drafts", s.t("nav.item_drafts")),
        Link::new(format!("/item-drafts/{}", draft.no), draft.no.clone()),
    ];
    sheet.said = again.as_ref().map(|(_, words)| words.clone());
    let sheet = sheet.under(s.t("item.do_edit"), Body::Forms(vec![form]));
    let mut made = show(app, caller, &sheet).await?;
    if let Some((status, _)) = again {
        *made.status_mut() = status;
    }
    Ok(made)
}

pub(super) async fn page(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path(no): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/item-drafts").await?;
    let draft = stored(&app, &caller, &no).await?;
    let form = form(&app, &s, &draft);
    shown(&app, &caller, &s, (&draft, form), None).await
}

/// Kept and checked at once; refused, everything typed stands there still.
pub(super) async fn sent(
    app: &Arc<App>,
    caller: &Caller,
    (s, no): (&Shell, &str),
    body: &Bytes,
) -> Result<Response, Refusal> {
    let draft = stored(app, caller, no).await?;
    let mut again = Form { fields: fields(s, &draft.item), ..form(app, s, &draft) };
    let typed = item_of(&again, body, &draft.item);
    refill(&mut again, body);
    let item = match typed {
        Ok(item) => item,
        Err(wrong) => {
            for (name, one) in wrong {
                if let Some(field) = again.fields.iter_mut().find(|f| f.name == name) {
                    // What a line lacks is said by its reader in Chinese; the hint of the field says it in both.
                    tell(s, field, Some(one.line), s.either(one.message.as_str(), s.t("item.bad_line")));
                }
            }
            let words = s.t(key("item.unreadable")).into();
            return shown(app, caller, s, (&draft, again), Some((StatusCode::BAD_REQUEST, words))).await;
        }
    };
    let act = async |word: &str, json: String| {
        let path = Path((no.to_owned(), word.to_owned()));
        item::act(house(app), Extension(caller.clone()), path, HeaderMap::new(), json.into()).await
    };
    if let Err(refusal) = act("edit", json!({ "item": item }).to_string()).await {
        return shown(app, caller, s, (&draft, again), Some(refused(s, refusal)?)).await;
    }
    act("check", "{}".to_owned()).await?;
    Ok(go(&format!("/item-drafts/{no}")))
}
