//! CSV for spreadsheets and programs.

use super::{Cell, Lang, Table};

/// U+FEFF in UTF-8.
const MARK: &str = "\u{feff}";

pub(super) fn write(table: &Table, lang: Lang) -> Vec<u8> {
    let width = table.width();
    let mut out = String::from(MARK);
    line(&mut out, (0..width).map(|at| guarded(table.header(at, lang))));
    for row in &table.rows {
        line(&mut out, (0..width).map(|at| row.get(at).map_or_else(String::new, field)));
    }
    out.into_bytes()
}

fn line(out: &mut String, fields: impl Iterator<Item = String>) {
    for (at, text) in fields.enumerate() {
        if at > 0 {
            out.push(',');
        }
        if text.contains(['"', ',', '\r', '\n']) {
            out.push('"');
            out.push_str(&text.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&text);
        }
    }
    out.push_str("\r\n");
}

fn field(cell: &Cell) -> String {
    // Only words come from outside; a negative number is a number.
    match cell {
        Cell::Text(text) => guarded(text),
        other => other.plain(),
    }
}

/// A formula begins with one of these, also in their full width, which some spreadsheets take for the same.
fn guarded(text: &str) -> String {
    const BEGINS: &[char] = &['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\t' | '\r' | '\n')).collect();
    if text.starts_with(BEGINS) { format!("'{text}") } else { text }
}
