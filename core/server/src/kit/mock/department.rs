//! The TOML of a department that reads a fake one with the bundled connector.

use super::shape::{Auth, Paging, Shape};
use super::{Kind, Mock};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The department's TOML, complete: name, phase, grants and settings.
#[must_use]
pub fn department(mock: &Mock) -> String {
    let plan = mock.plan();
    let (id, kind) = (plan.department(), plan.kind);
    let mut all = Map::new();
    let mut put = |key: &str, value: Value| drop(all.insert(key.to_owned(), value));
    put("id", id.into());
    put("name", format!("模拟部门（{id}）").into());
    put("phase", "trial".into());
    put("supervised_since", plan.from.to_string().into());
    put("connector", kind.connector().into());
    put("schedule", "*/10 * * * *".into());
    put("grants", grants(mock));
    put("settings", Value::Object(settings(mock.address(), kind, &plan.shape)));
    toml::to_string_pretty(&all).unwrap_or_default()
}

fn grants(mock: &Mock) -> Value {
    let address = mock.address();
    match mock.plan().kind {
        Kind::Rest | Kind::Legacy => {
            let secrets: &[&str] = if has_secret(mock) { &["token"] } else { &[] };
            json!({ "http": [{ "origin": address, "private": true }], "secrets": secrets })
        }
        Kind::Csv => json!({ "files": { "drop": { "path": address } } }),
        Kind::Sql => json!({ "database": { "main": { "url": address } } }),
    }
}

fn has_secret(mock: &Mock) -> bool {
    let shape = &mock.plan().shape;
    match mock.plan().kind {
        Kind::Rest => shape.rest.auth != Auth::None,
        Kind::Legacy => !shape.legacy.header.is_empty(),
        _ => false,
    }
}

/// The settings of the bundled connector for a system of this form.
pub(super) fn settings(address: &str, kind: Kind, shape: &Shape) -> Map<String, Value> {
    let mut settings = match kind {
        Kind::Rest => rest(address, shape),
        Kind::Legacy => legacy(address, shape),
        Kind::Csv => json!({ "folder": "drop", "endings": [shape.csv.ending], "encoding": shape.csv.encoding }),
        Kind::Sql => json!({
            "database": "main", "from": shape.sql.view, "key": [shape.sql.updated, shape.sql.id],
        }),
    };
    if kind == Kind::Csv
        && shape.csv.separator != ","
        && let Some(map) = settings.as_object_mut()
    {
        map.insert("separator".to_owned(), shape.csv.separator.clone().into());
    }
    let mut settings = settings.as_object().cloned().unwrap_or_default();
    settings.insert("records".to_owned(), json!([records(shape)]));
    settings
}

/// From the system's words to ours.
fn records(shape: &Shape) -> Value {
    let from = |field: &str, column: &str| {
        let codes: Option<BTreeMap<&str, &str>> =
            shape.codes.get(field).map(|c| c.iter().map(|(ours, theirs)| (theirs.as_str(), ours.as_str())).collect());
        let time = matches!(field, "event_time" | "started_at" | "ended_at" | "notified_at" | "approved_at");
        match (codes, time) {
            (Some(codes), _) => json!({ "column": column, "codes": codes }),
            (None, true) => json!({ "column": column, "format": shape.time }),
            (None, false) => column.into(),
        }
    };
    let fields: Map<String, Value> = shape
        .fields
        .iter()
        .filter(|(field, _)| *field != "type")
        .map(|(field, column)| (field.clone(), from(field, column)))
        .collect();
    let kind = shape.fields.get("type").map_or(Value::Null, |column| from("type", column));
    json!({ "type": kind, "fields": fields })
}

fn rest(address: &str, shape: &Shape) -> Value {
    let rest = &shape.rest;
    let auth = match &rest.auth {
        Auth::None => json!({ "kind": "none" }),
        Auth::Bearer => json!({ "kind": "bearer", "secret": "token" }),
        Auth::Basic { user } => json!({ "kind": "basic", "secret": "token", "user": user }),
        Auth::Header { name } => json!({ "kind": "header", "secret": "token", "name": name }),
        Auth::Query { name } => json!({ "kind": "query", "secret": "token", "name": name }),
        Auth::Hmac { header } => json!({ "kind": "hmac", "secret": "token", "header": header }),
    };
    let cursor = match &rest.paging {
        Paging::Id { param } => json!({ "by": "id", "param": param, "column": rest.id }),
        Paging::Time { param, page, first_page } => json!({
            "by": "time", "param": param, "column": rest.updated, "page_param": page, "first_page": first_page,
        }),
        // Every pull reads all pages; the parameter of the time is one that the system does not look at.
        Paging::Page { page, first_page } => json!({
            "by": "time", "param": "since", "column": rest.id, "page_param": page, "first_page": first_page,
        }),
    };
    json!({
        "base_url": address, "path": rest.path, "auth": auth, "rows": rest.rows, "page_size": rest.page_size,
        "page_size_param": rest.size, "cursor": cursor,
    })
}

fn legacy(address: &str, shape: &Shape) -> Value {
    let legacy = &shape.legacy;
    let (after, count) = (&legacy.after, &legacy.count);
    let request = format!(
        "<?xml version=\"1.0\" encoding=\"GB18030\"?><Request><{after}>{{after}}</{after}><{count}>{{size}}</{count}></Request>"
    );
    let mut settings = json!({
        "base_url": address, "path": legacy.path, "request_field": legacy.request, "request": request, "row": legacy.row,
        "cursor": legacy.id, "page_size": 100,
    });
    if let Some(map) = settings.as_object_mut() {
        if !legacy.status.is_empty() {
            map.insert("status".to_owned(), json!({ "element": legacy.status, "good": legacy.good }));
        }
        if !legacy.header.is_empty() {
            map.insert("secret".to_owned(), json!({ "name": "token", "header": legacy.header }));
        }
        if legacy.wrapped {
            map.insert("wrapped".to_owned(), true.into());
        }
    }
    settings
}
