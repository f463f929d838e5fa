//! A system's words, taken from the settings of the department that reads it.

use super::Kind;
use super::shape::{Auth, Paging, Shape};
use crate::problem::Problem;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

type Codes = BTreeMap<String, BTreeMap<String, String>>;

/// Reads the mapping of a department's settings backwards: codes, columns, and how event times are written.
#[must_use]
pub fn backwards(settings: &Map<String, Value>) -> (Codes, BTreeMap<String, String>, Option<String>) {
    let (mut codes, mut columns, mut time) = (BTreeMap::new(), BTreeMap::new(), None);
    let mut note = |field: &str, from: &Value| {
        let column = from.as_str().or_else(|| from.get("column").and_then(|c| c.as_str()));
        if let Some(column) = column {
            columns.insert(field.to_owned(), column.to_owned());
        }
        if field == "event_time"
            && let Some(form) = from.get("format").and_then(Value::as_str)
        {
            time = Some(form.to_owned());
        }
        if let Some(map) = from.get("codes").and_then(|c| c.as_object()) {
            let back =
                map.iter().filter_map(|(theirs, ours)| Some((ours.as_str()?.to_owned(), theirs.clone()))).collect();
            codes.insert(field.to_owned(), back);
        }
    };
    for record in settings.get("records").and_then(|r| r.as_array()).into_iter().flatten() {
        if let Some(kind) = record.get("type") {
            note("type", kind);
        }
        for (field, from) in record.get("fields").and_then(|f| f.as_object()).into_iter().flatten() {
            note(field, from);
        }
    }
    (codes, columns, time)
}

/// What the sample county's departments do not ask for, and a system has.
fn more(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        Kind::Rest => &[
            ("applicant_name", "applicantName"),
            ("applicant_id_type", "idType"),
            ("applicant_id_no", "idNo"),
            ("contact_phone", "phone"),
            ("approved_at", "approveTime"),
        ],
        Kind::Legacy => &[
            ("applicant_name", "SQRMC"),
            ("applicant_id_type", "ZJLX"),
            ("applicant_id_no", "ZJHM"),
            ("contact_phone", "LXDH"),
            ("approved_at", "PZSJ"),
        ],
        Kind::Csv => &[
            ("applicant_name", "申请人"),
            ("applicant_id_type", "证件类型"),
            ("applicant_id_no", "证件号码"),
            ("contact_phone", "联系电话"),
            ("approved_at", "批准时间"),
        ],
        Kind::Sql => &[
            ("applicant_name", "applicant_name"),
            ("applicant_id_type", "id_type"),
            ("applicant_id_no", "id_no"),
            ("contact_phone", "phone"),
            ("approved_at", "approved_at"),
        ],
    }
}

/// The settings of the sample county's department of a kind.
fn sample(kind: Kind) -> Result<Map<String, Value>, Problem> {
    let name = format!("departments/{}.toml", kind.department());
    let text = crate::demo::place::sample_files().iter().find(|(file, _)| *file == name).map_or("", |(_, text)| *text);
    let all: Value = toml::from_str(text).map_err(|e| Problem::new("mock.shape", e.to_string()))?;
    Ok(all.get("settings").and_then(Value::as_object).cloned().unwrap_or_default())
}

pub(super) fn usual(kind: Kind) -> Result<Shape, Problem> {
    let mut shape = of(kind, &sample(kind)?);
    shape.fields.extend(more(kind).iter().map(|(field, column)| ((*field).to_owned(), (*column).to_owned())));
    Ok(shape)
}

pub(super) fn of_settings(kind: Kind, settings: &Map<String, Value>) -> Result<Shape, Problem> {
    let shape = of(kind, settings);
    if !shape.fields.is_empty() {
        return Ok(shape);
    }
    let usual = usual(kind)?;
    Ok(Shape { fields: usual.fields, codes: usual.codes, time: usual.time, ..shape })
}

/// As these settings say; what they do not say is as usual, but for the words.
fn of(kind: Kind, settings: &Map<String, Value>) -> Shape {
    let (codes, fields, time) = backwards(settings);
    let time = time.unwrap_or_else(|| kind.time().to_owned());
    let mut shape = Shape { fields, codes, time, ..Shape::default() };
    match kind {
        Kind::Rest => rest(&mut shape, settings),
        Kind::Legacy => legacy(&mut shape, settings),
        Kind::Csv => take(&mut shape.csv.encoding, settings.get("encoding")),
        Kind::Sql => sql(&mut shape, settings),
    }
    shape
}

fn take(into: &mut String, from: Option<&Value>) {
    if let Some(text) = from.and_then(Value::as_str) {
        text.clone_into(into);
    }
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn rest(shape: &mut Shape, settings: &Map<String, Value>) {
    let rest = &mut shape.rest;
    take(&mut rest.path, settings.get("path"));
    take(&mut rest.rows, settings.get("rows"));
    take(&mut rest.size, settings.get("page_size_param"));
    if let Some(size) = settings.get("page_size").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()) {
        rest.page_size = size.max(1);
    }
    if let Some(cursor) = settings.get("cursor") {
        let first_page = cursor.get("first_page").and_then(Value::as_u64).unwrap_or(1);
        if cursor.get("by").and_then(Value::as_str) == Some("time") {
            rest.updated = text(cursor, "column");
            rest.paging = Paging::Time { param: text(cursor, "param"), page: text(cursor, "page_param"), first_page };
        } else {
            rest.id = text(cursor, "column");
            rest.paging = Paging::Id { param: text(cursor, "param") };
        }
    }
    if let Some(auth) = settings.get("auth") {
        rest.auth = match auth.get("kind").and_then(Value::as_str) {
            Some("bearer") => Auth::Bearer,
            Some("basic") => Auth::Basic { user: text(auth, "user") },
            Some("header") => Auth::Header { name: text(auth, "name") },
            Some("query") => Auth::Query { name: text(auth, "name") },
            Some("hmac") => Auth::Hmac { header: text(auth, "header") },
            _ => Auth::None,
        };
    }
}

fn legacy(shape: &mut Shape, settings: &Map<String, Value>) {
    let legacy = &mut shape.legacy;
    take(&mut legacy.path, settings.get("path"));
    take(&mut legacy.request, settings.get("request_field"));
    take(&mut legacy.row, settings.get("row"));
    take(&mut legacy.id, settings.get("cursor"));
    legacy.wrapped = settings.get("wrapped").and_then(Value::as_bool).unwrap_or(legacy.wrapped);
    if let Some(status) = settings.get("status") {
        (legacy.status, legacy.good) = (text(status, "element"), text(status, "good"));
    }
    if let Some(secret) = settings.get("secret") {
        legacy.header = secret.as_str().map_or_else(|| text(secret, "header"), |_| legacy.header.clone());
    }
    if let Some(request) = settings.get("request").and_then(Value::as_str) {
        let element = |mark: &str| {
            let (before, _) = request.split_once(mark)?;
            Some(before.strip_suffix('>')?.rsplit('<').next()?.to_owned())
        };
        if let Some(after) = element("{after}") {
            legacy.after = after;
        }
        if let Some(count) = element("{size}") {
            legacy.count = count;
        }
    }
}

fn sql(shape: &mut Shape, settings: &Map<String, Value>) {
    let sql = &mut shape.sql;
    // A query in parentheses is asked of the usual view.
    if let Some(from) = settings.get("from").and_then(Value::as_str).filter(|f| !f.trim_start().starts_with('(')) {
        from.clone_into(&mut sql.view);
    }
    if let Some(key) = settings.get("key").and_then(Value::as_array) {
        let mut names = key.iter().filter_map(Value::as_str).rev();
        if let Some(id) = names.next() {
            id.clone_into(&mut sql.id);
        }
        if let Some(updated) = names.next() {
            updated.clone_into(&mut sql.updated);
        }
    }
}
