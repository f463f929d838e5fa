//! Does a value have the form its field demands?

use super::{Reject, RejectCode};
use crate::Timestamp;
use crate::cell::Cell;
use crate::record::{Field, Form, Value};

/// The longest key (case number, item code, source key), in characters.
pub const KEY_MAX: usize = 64;
const SOURCE_KEY_MAX: usize = 200;
/// The first year an instant may lie in.
const EARLIEST: i32 = 1949;

fn malformed(field: &str, zh: &str, en: &str) -> Reject {
    Reject::new(RejectCode::E002, Some(field), zh, en)
}

/// What is shown of a value in a message: never more than a line.
fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

/// A JSON value as a cell. Arrays and objects travel as their JSON text.
pub fn from_json(value: &serde_json::Value) -> Cell {
    use serde_json::Value as Json;
    match value {
        Json::Null => Cell::Null,
        Json::Bool(b) => Cell::Boolean(*b),
        Json::Number(n) => n.as_i64().map_or_else(|| Cell::Decimal(n.to_string()), Cell::Integer),
        Json::String(s) => Cell::Text(s.clone()),
        other => Cell::Text(other.to_string()),
    }
}

fn text(field: &str, cell: &Cell) -> Result<String, Reject> {
    let text = match cell {
        Cell::Text(t) | Cell::Decimal(t) | Cell::Date(t) | Cell::Instant(t) => t.trim().to_owned(),
        Cell::Integer(n) => n.to_string(),
        Cell::Boolean(b) => b.to_string(),
        Cell::Null => String::new(),
        Cell::Bytes(_) => return Err(malformed(field, "应为文本，收到二进制", "bytes where text belongs")),
    };
    if text.contains('\0') {
        return Err(malformed(field, "含有空字符", "contains NUL"));
    }
    Ok(text)
}

fn bounded(field: &str, cell: &Cell, max: usize) -> Result<String, Reject> {
    let text = text(field, cell)?;
    // Bytes bound characters, so the slow count is only for text that may be too long.
    if text.len() > max && text.chars().count() > max {
        return Err(malformed(field, &format!("超过 {max} 个字符"), &format!("longer than {max} characters")));
    }
    Ok(text)
}

/// A case number, an item code or a source key.
pub fn key(field: &str, cell: &Cell) -> Result<String, Reject> {
    bounded(field, cell, if field == "source_key" { SOURCE_KEY_MAX } else { KEY_MAX })
}

/// A data version: a whole number from 1.
pub fn version(cell: &Cell) -> Result<u32, Reject> {
    let n = number("data_version", cell)?;
    u32::try_from(n)
        .ok()
        .filter(|n| *n > 0)
        .ok_or_else(|| malformed("data_version", "应为正整数", "not a positive number"))
}

/// An instant in any form of the field.
pub fn instant(field: &str, cell: &Cell) -> Result<Timestamp, Reject> {
    let text = text(field, cell)?;
    let found = Timestamp::parse(&text)
        .ok_or_else(|| malformed(field, &format!("“{}”不是时间", shown(&text)), "not a time"))?;
    if chrono::Datelike::year(&found.date()) < EARLIEST {
        // What an empty date field of a database turns into.
        return Err(malformed(field, &format!("“{}”早于 {EARLIEST} 年", shown(&text)), "before any such record"));
    }
    Ok(found)
}

fn number(field: &str, cell: &Cell) -> Result<i64, Reject> {
    let n = match cell {
        Cell::Integer(n) => Some(*n),
        other => text(field, other)?.parse().ok(),
    };
    n.filter(|n| *n >= 0).ok_or_else(|| malformed(field, "应为非负整数", "not a whole number of zero or more"))
}

/// Yuan with at most two decimals, to fen.
fn fen(text: &str) -> Option<i64> {
    let (yuan, cents) = text.split_once('.').unwrap_or((text, ""));
    if yuan.is_empty() || cents.len() > 2 || !yuan.bytes().chain(cents.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let cents: i64 = format!("{cents:0<2}").parse().ok()?;
    yuan.parse::<i64>().ok()?.checked_mul(100)?.checked_add(cents)
}

fn flag(field: &str, cell: &Cell) -> Result<bool, Reject> {
    match cell {
        Cell::Boolean(b) => Ok(*b),
        other => match text(field, other)?.as_str() {
            "1" | "true" | "Y" | "是" => Ok(true),
            "0" | "false" | "N" | "否" => Ok(false),
            _ => Err(malformed(field, "应为 true 或 false", "neither true nor false")),
        },
    }
}

/// Reads a value in the form of its field.
pub fn value(field: Field, cell: &Cell) -> Result<Value, Reject> {
    let name = field.as_str();
    Ok(match field.form() {
        Form::Text(max) => Value::Text(bounded(name, cell, max)?),
        Form::Number => Value::Number(number(name, cell)?),
        Form::Money => {
            let text = text(name, cell)?;
            let fen =
                fen(&text).ok_or_else(|| malformed(name, "应为最多两位小数的金额（元）", "not an amount in yuan"))?;
            Value::Number(fen)
        }
        Form::Date => {
            let text = text(name, cell)?;
            let date =
                crate::time::parse_date(text.get(..10).unwrap_or(&text)).or_else(|| crate::time::parse_date(&text));
            Value::Date(date.ok_or_else(|| malformed(name, &format!("“{}”不是日期", shown(&text)), "not a date"))?)
        }
        Form::Instant => Value::Instant(instant(name, cell)?),
        Form::Flag => Value::Flag(flag(name, cell)?),
        Form::Code(table) => {
            let code = text(name, cell)?;
            if !crate::code::table(table).is_some_and(|t| t.contains_key(&code)) {
                let zh = format!("“{}”不在代码表 {table} 中", shown(&code));
                return Err(Reject::new(RejectCode::E003, Some(name), &zh, &format!("not in code table {table}")));
            }
            Value::Text(code)
        }
        Form::List => {
            let text = text(name, cell)?;
            let list = if text.starts_with('[') {
                serde_json::from_str(&text).map_err(|_| malformed(name, "不是文本数组", "not a list of texts"))?
            } else {
                text.split([';', '；', '\n']).map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect()
            };
            Value::List(list)
        }
        Form::Uscc => checked(name, cell, crate::code::uscc_is_valid)?,
        Form::Region => checked(name, cell, crate::code::division_is_valid)?,
        Form::IdNo => Value::Text(bounded(name, cell, KEY_MAX)?),
        Form::Counts => {
            let text = text(name, cell)?;
            let counts = serde_json::from_str(&text);
            Value::Counts(
                counts.map_err(|_| malformed(name, "应为“记录类型→数量”的 JSON 对象", "not an object of numbers"))?,
            )
        }
    })
}

fn checked(name: &str, cell: &Cell, valid: fn(&str) -> bool) -> Result<Value, Reject> {
    let code = text(name, cell)?;
    if !valid(&code) {
        let zh = format!("“{}”的校验不通过", shown(&code));
        return Err(Reject::new(RejectCode::E008, Some(name), &zh, "check character or form does not fit"));
    }
    Ok(Value::Text(code))
}

/// A stored value: already in its form, with money in fen.
pub fn stored(field: Field, json: &serde_json::Value) -> Option<Value> {
    match field.form() {
        Form::Money => json.as_i64().map(Value::Number),
        Form::List => serde_json::from_value(json.clone()).ok().map(Value::List),
        _ => value(field, &from_json(json)).ok(),
    }
}
