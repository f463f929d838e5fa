//! What a page says to those who do not see it, as a small text: landmarks, headings, heads of tables, fields, buttons. What is data
//! is left out or masked, so that the text changes when the page does, and not when the county does.

use crate::tab::Tab;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

/// Roles that only hold others.
const THROUGH: &[&str] = &[
    "none",
    "generic",
    "paragraph",
    "list",
    "listitem",
    "rowgroup",
    "LayoutTable",
    "LayoutTableRow",
    "LayoutTableCell",
    "strong",
    "emphasis",
    "Section",
    "LabelText",
    "Legend",
    "Figcaption",
    "Abbr",
    "superscript",
    "subscript",
    "mark",
];
/// Roles that are words of the page, or markers.
const WORDS: &[&str] =
    &["StaticText", "InlineTextBox", "LineBreak", "ListMarker", "time", "code", "separator", "definition"];

/// Names that are data although no number is in them are written as this.
const NAME: &str = "某部门";

struct Tree<'a> {
    nodes: HashMap<String, Value>,
    /// Names that are data.
    data: &'a [String],
    /// With what stands around every page.
    around: bool,
}

fn text<'a>(node: &'a Value, what: &str) -> &'a str {
    node[what]["value"].as_str().unwrap_or_default()
}

/// Numbers, dates and whatever is made of them are data.
fn masked(name: &str) -> String {
    let mut out = String::new();
    for word in name.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        // An id: digits of sixteen, in a form of its own.
        if word.len() == 36 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-') {
            out.push('#');
            continue;
        }
        for c in word.chars() {
            match c {
                '0'..='9' if out.ends_with('#') => {}
                '0'..='9' => out.push('#'),
                c => out.push(c),
            }
        }
    }
    out.chars().take(60).collect()
}

impl<'d> Tree<'d> {
    fn of(tab: &Tab, data: &'d [String], around: bool) -> (Self, Vec<String>) {
        let all = tab.ask("Accessibility.getFullAXTree", json!({}))["nodes"].as_array().cloned().unwrap_or_default();
        let id = |n: &Value| n["nodeId"].as_str().unwrap_or_default().to_owned();
        let roots = all.iter().filter(|n| n.get("parentId").is_none()).map(id).collect();
        (Self { nodes: all.iter().map(|n| (id(n), n.clone())).collect(), data, around }, roots)
    }

    fn name(&self, node: &Value) -> String {
        let name = text(node, "name").to_owned();
        masked(&self.data.iter().fold(name, |name, data| name.replace(data, NAME)))
    }

    fn children<'a>(&'a self, node: &'a Value) -> impl Iterator<Item = &'a Value> {
        let ids = node["childIds"].as_array().into_iter().flatten();
        ids.filter_map(|id| self.nodes.get(id.as_str()?))
    }

    /// Everything below that has one of these roles.
    fn below<'a>(&'a self, node: &'a Value, roles: &[&str], found: &mut Vec<&'a Value>) {
        for child in self.children(node) {
            if roles.contains(&text(child, "role")) {
                found.push(child);
            }
            self.below(child, roles, found);
        }
    }

    fn write(&self, node: &Value, depth: usize, out: &mut Vec<String>) {
        let role = text(node, "role");
        if WORDS.contains(&role) {
            return;
        }
        if node["ignored"] == json!(true) || THROUGH.contains(&role) || role.is_empty() {
            self.inside(node, depth, out);
            return;
        }
        let mut line = format!("{}{role}", "  ".repeat(depth));
        let name = self.name(node);
        if !name.is_empty() {
            line += &format!(" “{name}”");
        }
        for property in node["properties"].as_array().into_iter().flatten() {
            let value = &property["value"]["value"];
            match property["name"].as_str() {
                Some("level") => line += &format!(" {value}"),
                Some("required") if *value == json!(true) => line += " required",
                Some("disabled") if *value == json!(true) => line += " disabled",
                _ => {}
            }
        }
        out.push(line);
        match role {
            "banner" | "contentinfo" if !self.around => {}
            // The places of a group stand beside what the page is about, not in it.
            "navigation" if !self.around && depth == 1 => {}
            "table" | "grid" => self.table(node, depth + 1, out),
            "DescriptionList" => {
                let mut terms = Vec::new();
                self.below(node, &["term"], &mut terms);
                let terms: BTreeSet<String> = terms.iter().map(|t| masked(&self.words(t))).collect();
                out.push(format!("{}{}", "  ".repeat(depth + 1), terms.into_iter().collect::<Vec<_>>().join(" | ")));
            }
            "link" | "button" | "heading" | "combobox" | "textbox" | "image" | "radio" | "checkbox" | "term" => {}
            _ => self.inside(node, depth + 1, out),
        }
    }

    /// What is within; of several that are alike but for their data, one.
    fn inside(&self, node: &Value, depth: usize, out: &mut Vec<String>) {
        for child in self.children(node) {
            let mut part = Vec::new();
            self.write(child, depth, &mut part);
            if !out.ends_with(&part) {
                out.append(&mut part);
            }
        }
    }

    fn words(&self, node: &Value) -> String {
        let mut words = Vec::new();
        self.below(node, &["StaticText"], &mut words);
        words.iter().map(|w| text(w, "name")).collect::<Vec<_>>().join("")
    }

    /// Its head, and what can be done in its rows.
    fn table(&self, node: &Value, depth: usize, out: &mut Vec<String>) {
        let mut heads = Vec::new();
        self.below(node, &["columnheader"], &mut heads);
        let heads: Vec<String> = heads.iter().map(|h| self.name(h)).collect();
        out.push(format!("{}columns {}", "  ".repeat(depth), heads.join(" | ")));
        let mut controls = Vec::new();
        self.below(
            node,
            &["link", "button", "textbox", "combobox", "checkbox", "radio", "DisclosureTriangle"],
            &mut controls,
        );
        let named = |one: &&Value| match text(one, "role") {
            role @ ("link" | "DisclosureTriangle") => role.to_owned(),
            role => format!("{role} “{}”", self.name(one)),
        };
        let controls: BTreeSet<String> = controls.iter().map(named).collect();
        if !controls.is_empty() {
            out.push(format!("{}with {}", "  ".repeat(depth), controls.into_iter().collect::<Vec<_>>().join(", ")));
        }
    }
}

/// What the page says, with what stands around every page or without. Of `data` it is known that they are.
pub fn snapshot(tab: &Tab, data: &[String], around: bool) -> String {
    let (tree, roots) = Tree::of(tab, data, around);
    let mut out = Vec::new();
    for root in roots.iter().filter_map(|id| tree.nodes.get(id)) {
        tree.write(root, 0, &mut out);
    }
    out.join("\n") + "\n"
}

/// Compares with what is written down; `DAYLIGHT_WRITE=1` writes it anew.
pub fn compare(name: &str, now: &str) -> Vec<String> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("browser/aria/{name}.txt"));
    if std::env::var_os("DAYLIGHT_WRITE").is_some() {
        std::fs::write(&file, now).expect("a snapshot");
    }
    let then = std::fs::read_to_string(&file).unwrap_or_default();
    let (then, now): (Vec<&str>, Vec<&str>) = (then.lines().collect(), now.lines().collect());
    let gone = then.iter().filter(|line| !now.contains(line)).map(|line| format!("aria: gone {}", line.trim()));
    let new = now.iter().filter(|line| !then.contains(line)).map(|line| format!("aria: new {}", line.trim()));
    let mut differ: Vec<String> = gone.chain(new).collect();
    if differ.is_empty() && then != now {
        differ.push("aria: in another order".to_owned());
    }
    differ.truncate(6);
    if !differ.is_empty() {
        differ.push(format!("aria: DAYLIGHT_WRITE=1 writes browser/aria/{name}.txt anew"));
    }
    differ
}
