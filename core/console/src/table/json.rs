//! JSON for programs.

use super::{Cell, Table, decimal};
use serde_json::{Map, Value, json};

pub(super) fn write(table: &Table) -> Value {
    let width = table.width();
    let keys: Vec<String> = (0..width)
        .map(|at| table.columns.get(at).map_or_else(|| format!("column_{}", at + 1), |column| column.key.clone()))
        .collect();
    let rows: Vec<Value> = table
        .rows
        .iter()
        .map(|row| {
            let cell = |at: usize| row.get(at).map_or(Value::Null, value);
            Value::Object(keys.iter().enumerate().map(|(at, key)| (key.clone(), cell(at))).collect::<Map<_, _>>())
        })
        .collect();
    let columns: Vec<Value> = table
        .columns
        .iter()
        .map(|c| json!({"key": c.key, "name_zh": c.name_zh, "name_en": c.name_en, "kind": c.kind.as_str()}))
        .collect();
    let notes: Vec<Value> = table.notes.iter().map(|(name, text)| json!({"name": name, "text": text})).collect();
    json!({"title": table.title, "notes": notes, "columns": columns, "rows": rows})
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Integer(n) => json!(n),
        Cell::Decimal { value, places } => number(*value, *places),
        Cell::Permille(n) => number(*n, 1),
        Cell::Fen(n) => number(*n, 2),
        Cell::Instant(at) => json!(at.rfc3339()),
        Cell::Text(_) | Cell::Date(_) | Cell::Suppressed => json!(cell.plain()),
    }
}

/// The nearest double of the exact decimal, which is written as that decimal again.
fn number(value: i64, places: u8) -> Value {
    decimal(value, places).parse::<f64>().map_or(Value::Null, |n| json!(n))
}
