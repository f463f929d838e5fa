//! A JSON answer as a sample: where the list of rows is, and what a row holds.

use super::sample::Sample;
use crate::problem::Problem;
use serde_json::Value;

/// How deep a row's own objects are looked into.
const DEPTH: usize = 4;

fn no_rows(why: &str) -> Problem {
    Problem::new("draft.no-rows", format!("样例中没有行：{why}"))
        .fix("给出来源一次真实的回答（至少一行），JSON 中应有一个由对象组成的列表")
}

/// Every list of objects with its pointer.
fn lists<'a>(value: &'a Value, pointer: &str, depth: usize, found: &mut Vec<(String, &'a Vec<Value>)>) {
    if depth > DEPTH {
        return;
    }
    match value {
        Value::Array(all) if !all.is_empty() && all.iter().all(Value::is_object) => {
            found.push((pointer.to_owned(), all));
        }
        Value::Object(all) => {
            for (name, inside) in all {
                let name = name.replace('~', "~0").replace('/', "~1");
                lists(inside, &format!("{pointer}/{name}"), depth + 1, found);
            }
        }
        _ => {}
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(t) => t.clone(),
        other => other.to_string(),
    }
}

/// The cells of a row: nested objects by JSON pointer, lists by name only.
fn cells(value: &Value, pointer: &str, depth: usize, found: &mut Vec<(String, Option<String>)>) {
    let Value::Object(all) = value else { return };
    for (key, inside) in all {
        let escaped = key.replace('~', "~0").replace('/', "~1");
        // The connector takes a name that begins with a stroke as a pointer.
        let name = match (pointer.is_empty(), key.starts_with('/')) {
            (true, false) => key.clone(),
            _ => format!("{pointer}/{escaped}"),
        };
        match inside {
            Value::Object(_) if depth < DEPTH => cells(inside, &format!("{pointer}/{escaped}"), depth + 1, found),
            Value::Array(list) if list.iter().any(Value::is_object) => found.push((name, None)),
            other => found.push((name, Some(text(other)))),
        }
    }
}

/// Reads an answer. Gives the pointer to the list of rows, and the rows.
///
/// # Errors
/// `draft.unreadable` for what is not JSON, `draft.no-rows` where no list of objects is in it.
pub(super) fn read(text: &str) -> Result<(String, Sample), Problem> {
    let value: Value = serde_json::from_str(text).map_err(|e| {
        Problem::new("draft.unreadable", format!("不是完整的 JSON：第 {} 行第 {} 列", e.line(), e.column()))
            .fix("给出来源一次完整的回答；每行一个对象的文件（NDJSON）若已是接口标准，用 daylight import 导入")
    })?;
    let mut found = Vec::new();
    lists(&value, "", 0, &mut found);
    // The list with the most in it; of equal ones the one nearest to the top.
    let weight =
        |rows: &Vec<Value>| -> usize { rows.iter().filter_map(Value::as_object).map(serde_json::Map::len).sum() };
    let best = found.into_iter().max_by_key(|(pointer, rows)| (weight(rows), std::cmp::Reverse(pointer.len())));
    let (pointer, rows) = best.ok_or_else(|| no_rows("没有由对象组成的列表"))?;
    let mut sample = Sample::default();
    for row in rows {
        let mut found = Vec::new();
        cells(row, "", 0, &mut found);
        for (name, _) in found.iter().filter(|(_, value)| value.is_none()) {
            sample.list(name);
        }
        sample.row(found.iter().filter_map(|(name, value)| Some((name.as_str(), value.clone()?))));
    }
    Ok((pointer, sample))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_rows_is_found_wherever_it_is() {
        let (pointer, sample) = read(
            r#"{"code":0,"tags":[{"a":1}],"data":{"list":[
                {"id":1,"caseNo":"A1","applicant":{"name":"x","tel/1":"y"},"steps":[{"s":1}]},
                {"id":2,"caseNo":"A2","applicant":{"name":"z"},"steps":[]}]}}"#,
        )
        .expect("rows");
        assert_eq!((pointer.as_str(), sample.rows), ("/data/list", 2));
        let names: Vec<&str> = sample.columns.iter().map(|c| c.name.as_str()).collect();
        for name in ["id", "caseNo", "/applicant/name", "/applicant/tel~11", "steps"] {
            assert!(names.contains(&name), "{name} in {names:?}");
        }
        assert!(sample.get("steps").is_some_and(|c| c.list));
        assert_eq!(read("[{\"a\":1}]").expect("a bare list").0, "");
        assert_eq!(read("{\"a\":[1]}").map_err(|p| p.code).expect_err("no rows"), "draft.no-rows");
        assert_eq!(read("{\"a\":").map_err(|p| p.code).expect_err("half"), "draft.unreadable");
    }
}
