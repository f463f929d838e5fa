//! Where each setting stands: the files as they were read, walked key by key under the paths that [`super::show`] shows.

use super::place::Source;
use crate::problem::Place;
use std::collections::BTreeMap;
use toml::de::{DeTable, DeValue};

/// A file that was read, and where its keys go.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// The file.
    pub source: Source,
    /// What is in it.
    pub under: Under,
}

/// What a file holds.
#[derive(Clone, Debug)]
pub(super) enum Under {
    /// Settings under a path.
    Path(String),
    /// `[[rule]]`, each under its id.
    Rules,
    /// `[[item]]`, each under its code and version.
    Items,
}

/// The beginnings of lines, so that a place is found without reading all of the text again.
struct Lines<'a> {
    source: &'a Source,
    begins: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(source: &'a Source) -> Self {
        let ends = source.text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1);
        Self { source, begins: std::iter::once(0).chain(ends).collect() }
    }

    fn place(&self, offset: usize) -> Place {
        let line = self.begins.partition_point(|begin| *begin <= offset);
        let begin = line.checked_sub(1).and_then(|at| self.begins.get(at)).copied().unwrap_or(0);
        let column = self.source.text.get(begin..offset).map_or(0, |text| text.chars().count()) + 1;
        Place { file: self.source.file.clone(), line, column }
    }
}

fn walk(at: &str, table: &DeTable<'_>, lines: &Lines<'_>, found: &mut BTreeMap<String, Place>) {
    for (key, value) in table {
        let path = format!("{at}.{}", key.get_ref());
        found.insert(path.clone(), lines.place(key.span().start));
        match value.get_ref() {
            DeValue::Table(inside) => walk(&path, inside, lines, found),
            DeValue::Array(all) => {
                for (n, one) in all.iter().enumerate() {
                    let path = format!("{path}[{n}]");
                    found.insert(path.clone(), lines.place(one.span().start));
                    if let Some(inside) = one.get_ref().as_table() {
                        walk(&path, inside, lines, found);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The tables of `[[name]]`.
fn each<'a, 'b>(root: &'a DeTable<'b>, name: &str) -> Vec<&'a DeTable<'b>> {
    let list = root.iter().find(|(key, _)| key.get_ref().as_ref() == name).and_then(|(_, v)| v.get_ref().as_array());
    list.map(|all| all.iter().filter_map(|one| one.get_ref().as_table()).collect()).unwrap_or_default()
}

/// A word or a number of a table.
fn word(table: &DeTable<'_>, name: &str) -> Option<String> {
    let (_, value) = table.iter().find(|(key, _)| key.get_ref().as_ref() == name)?;
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(n) => Some(n.as_str().to_owned()),
        _ => None,
    }
}

/// Every key of every file, by its path.
pub(super) fn places(origins: &[Origin]) -> BTreeMap<String, Place> {
    let mut found = BTreeMap::new();
    for origin in origins {
        let Ok(root) = DeTable::parse(&origin.source.text) else { continue };
        let (root, lines) = (root.get_ref(), Lines::of(&origin.source));
        match &origin.under {
            Under::Path(path) => walk(path, root, &lines, &mut found),
            Under::Rules => {
                for table in each(root, "rule") {
                    walk(&format!("rules.{}", word(table, "id").unwrap_or_default()), table, &lines, &mut found);
                }
            }
            Under::Items => {
                for table in each(root, "item") {
                    let version = word(table, "version").unwrap_or_else(|| "1".to_owned());
                    let path = format!("items.{}@{version}", word(table, "code").unwrap_or_default());
                    walk(&path, table, &lines, &mut found);
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_found_in_its_file() {
        let text = "id = \"m\"\n[grants]\nhttp = [{ origin = \"x\" }]\n[settings.auth]\n  kind = \"中\"\n";
        let source = Source { file: "m.toml".into(), text: text.to_owned() };
        let all = places(&[Origin { source, under: Under::Path("departments.m".to_owned()) }]);
        let at = |path: &str| all.get(path).map(|p| (p.line, p.column));
        assert_eq!(at("departments.m.id"), Some((1, 1)));
        assert_eq!(at("departments.m.grants.http[0].origin"), Some((3, 11)));
        assert_eq!(at("departments.m.settings.auth.kind"), Some((5, 3)));
        let rules = Source { file: "r.toml".into(), text: "[[rule]]\nid = \"T-01\"\nversion = 2\n".to_owned() };
        let all = places(&[Origin { source: rules, under: Under::Rules }]);
        assert_eq!(all.get("rules.T-01.version").map(|p| p.line), Some(3));
    }
}
