//! A version of an item as it is written in `config/catalogue`: TOML that a person can read and compare.

use daylight_domain::item::{Item, ItemState, Limit};
use serde::Serialize;
use std::fmt::Write as _;

/// A value on one line.
fn value(of: &impl Serialize) -> String {
    toml::Value::try_from(of).map(|v| inline(&v)).unwrap_or_default()
}

fn quoted(text: &str) -> String {
    // JSON's escapes are those of TOML's basic strings; both stay on one line.
    serde_json::to_string(text).unwrap_or_default().replace('\u{7f}', "\\u007F")
}

fn inline(of: &toml::Value) -> String {
    match of {
        toml::Value::String(text) => quoted(text),
        toml::Value::Array(all) => format!("[{}]", all.iter().map(inline).collect::<Vec<_>>().join(", ")),
        toml::Value::Table(all) => {
            let pairs: Vec<String> = all.iter().map(|(key, one)| format!("{key} = {}", inline(one))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        other => other.to_string(),
    }
}

fn limit(of: Limit) -> String {
    let unit = serde_json::to_value(of.unit).ok().and_then(|u| u.as_str().map(str::to_owned)).unwrap_or_default();
    format!("{{ value = {}, unit = {} }}", of.value, quoted(&unit))
}

/// Writes `key = [ … ]`, one thing a line; fields in the order of the type, what is usual left out.
fn list<T: Serialize>(text: &mut String, key: &str, all: &[T]) {
    if all.is_empty() {
        return;
    }
    let _ = writeln!(text, "{key} = [");
    for one in all {
        let fields: Vec<String> = match serde_json::to_value(one) {
            Ok(serde_json::Value::Object(object)) => {
                let order = ["id", "from", "to", "kind", "name"];
                let rank = |key: &str| order.iter().position(|o| *o == key).unwrap_or(order.len());
                let mut pairs: Vec<(String, serde_json::Value)> =
                    object.into_iter().filter(|(_, v)| !is_usual(v)).collect();
                pairs.sort_by_key(|(key, _)| rank(key));
                pairs.iter().map(|(key, v)| format!("{key} = {}", value(v))).collect()
            }
            _ => Vec::new(),
        };
        let _ = writeln!(text, "  {{ {} }},", fields.join(", "));
    }
    let _ = writeln!(text, "]");
}

fn is_usual(of: &serde_json::Value) -> bool {
    match of {
        serde_json::Value::Null | serde_json::Value::Bool(false) => true,
        serde_json::Value::String(text) => text.is_empty(),
        serde_json::Value::Array(all) => all.is_empty(),
        _ => false,
    }
}

/// The whole `[[item]]`.
#[must_use]
pub(crate) fn toml_of(item: &Item) -> String {
    let mut text = String::from("[[item]]\n");
    let mut put = |key: &str, value: String| {
        let _ = writeln!(text, "{key} = {value}");
    };
    put("code", quoted(&item.code));
    put("version", item.version.to_string());
    put("name", quoted(&item.name));
    put("department", quoted(&item.department));
    put("task_type", quoted(&item.task_type));
    put("handle_type", value(&item.handle_type));
    if item.state != ItemState::Published {
        put("state", value(&item.state));
    }
    for (key, one) in [("legal_limit", item.legal_limit), ("promise_limit", item.promise_limit)] {
        if let Some(one) = one {
            put(key, limit(one));
        }
    }
    put("legal_basis", quoted(&item.legal_basis));
    put("is_fee", item.is_fee.to_string());
    put("result_kind", quoted(&item.result_kind));
    put("valid_from", quoted(&item.valid_from.to_string()));
    for (key, one) in [
        ("valid_to", item.valid_to.map(|d| d.to_string())),
        ("sample_form", item.sample_form.clone()),
        ("place", item.place.clone()),
        ("consult", item.consult.clone()),
        ("org_code", item.org_code.clone()),
    ] {
        if let Some(one) = one {
            put(key, quoted(&one));
        }
    }
    if let Some(days) = item.cert_issue_days {
        put("cert_issue_days", days.to_string());
    }
    for (key, yes) in [("quantity_limited", item.quantity_limited), ("hearing_required", item.hearing_required)] {
        if yes {
            put(key, yes.to_string());
        }
    }
    for (key, all) in
        [("channels", &item.channels), ("delegated_to", &item.delegated_to), ("conditions", &item.conditions)]
    {
        if !all.is_empty() {
            put(key, value(all));
        }
    }
    list(&mut text, "fees", &item.fees);
    list(&mut text, "materials", &item.materials);
    list(&mut text, "specials", &item.specials);
    if let Some(flow) = &item.flow {
        text.push_str("\n[item.flow]\n");
        if flow.draft {
            text.push_str("draft = true\n");
        }
        // A flow without nodes says so.
        if flow.nodes.is_empty() {
            text.push_str("nodes = []\n");
        }
        if flow.edges.is_empty() {
            text.push_str("edges = []\n");
        }
        list(&mut text, "nodes", &flow.nodes);
        list(&mut text, "edges", &flow.edges);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct File {
        item: Vec<Item>,
    }

    fn back(item: &Item) -> Item {
        let text = toml_of(item);
        let mut file: File = toml::from_str(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        file.item.pop().expect("an item")
    }

    #[test]
    fn what_is_written_is_read_back_as_the_same() {
        let mut seen = 0;
        let files = crate::demo::place::sample_files().iter().filter(|(name, _)| name.starts_with("catalogue/"));
        for (name, text) in files {
            let file: File = toml::from_str(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            for item in file.item {
                assert_eq!(back(&item), item, "{name}");
                seen += 1;
            }
        }
        assert!(seen > 20, "{seen}");
        let mut odd: Item = toml::from_str(
            "code = \"x\"\nname = \"x\"\ndepartment = \"m\"\nvalid_from = \"2026-01-01\"\n\
             valid_to = \"2027-01-01\"\nconditions = [\"甲\", \"乙\"]\nsample_form = \"https://x\"\nplace = \"一楼\"\nstate = \"suspended\"\n\
             fees = [{ name = \"f\", amount = 5 }]\nquantity_limited = true\nhearing_required = true\norg_code = \"9\"\n\
             delegated_to = [\"8\"]\nchannels = [\"web\"]\ncert_issue_days = 3\nconsult = \"0570\"\n\
             specials = [{ kind = \"testing\", legal_basis = \"l\", max_days = 3, counts_as_excluded = true }]\n\
             [flow]\ndraft = true\nnodes = []\nedges = []",
        )
        .expect("an item");
        odd.name = "a \"b\" \\ c\nd\t\u{1}\u{7f}é".to_owned();
        assert_eq!(back(&odd), odd);
    }
}
