//! What a draft left to a person: values `"?"`, and values with `TODO` in them, each with its place.

use super::place::{Source, Step};
use crate::problem::Problem;
use toml::Value;

/// Whether a value waits for a person.
fn waits(text: &str) -> bool {
    text == "?" || text.contains("TODO")
}

fn walk<'a>(value: &'a Value, path: &mut Vec<Step<'a>>, found: &mut Vec<(Vec<Step<'a>>, String)>) {
    match value {
        Value::String(text) if waits(text) => {
            let names: Vec<String> = path
                .iter()
                .map(|step| match step {
                    Step::Key(key) => (*key).to_owned(),
                    Step::At(at) => (at + 1).to_string(),
                })
                .collect();
            found.push((path.clone(), names.join(".")));
        }
        Value::Array(all) => {
            for (at, one) in all.iter().enumerate() {
                path.push(Step::At(at));
                walk(one, path, found);
                path.pop();
            }
        }
        Value::Table(all) => {
            for (key, one) in all {
                path.push(Step::Key(key));
                walk(one, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Everything that waits for a person in a department's file: its name, its settings, its grants. Errors; who only plans makes
/// warnings of them.
#[must_use]
pub fn todos(source: &Source) -> Vec<Problem> {
    let Ok(root) = toml::from_str::<toml::Table>(&source.text) else { return Vec::new() };
    let mut found = Vec::new();
    for key in ["name", "grants", "settings"] {
        if let Some(value) = root.get(key) {
            walk(value, &mut vec![Step::Key(key)], &mut found);
        }
    }
    let mut all: Vec<Problem> = found
        .iter()
        .map(|(path, name)| {
            let code = path.iter().any(|s| matches!(s, Step::Key("codes")));
            let fix = if code {
                "写接口标准的代码；可选的代码见草案中这张表上方的注释"
            } else {
                "按这一行的注释填写，或在来源补上之前去掉这一行"
            };
            source.at(path, Problem::new("settings.todo", format!("{name} 还没有填")).fix(fix))
        })
        .collect();
    all.sort_by_key(|p| p.place.as_ref().map(|place| (place.line, place.column)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gap_is_named_where_it_is() {
        let text = "id = \"a\"\nname = \"TODO：全称\"\n[settings]\nx = \"fine?\"\n[[settings.records]]\n\
                    type = \"TODO\"\n[settings.records.fields.f.codes]\n\"1\" = \"?\"\n";
        let all = todos(&Source { file: "a.toml".into(), text: text.to_owned() });
        let lines: Vec<usize> = all.iter().filter_map(|p| p.place.as_ref()).map(|p| p.line).collect();
        assert_eq!(lines, [2, 6, 8]);
        assert!(all.iter().all(|p| p.code == "settings.todo" && p.fix.is_some()));
    }
}
