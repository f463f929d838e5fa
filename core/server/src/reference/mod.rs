//! The references of the vendor's guide, made from what the program itself goes by: fields, errors, the life of a case. Each is text in
//! one language; `plugins/reference` holds them, and a test holds them against this.

mod errors;
mod fields;
mod life;

use daylight_console::words::Lang;

/// Name below `plugins/reference`, and content, of every reference.
#[must_use]
pub fn all() -> Vec<(String, String)> {
    let mut made = Vec::new();
    for lang in [Lang::Zh, Lang::En] {
        let end = lang.tag().get(..2).unwrap_or_default();
        made.push((format!("fields.{end}.md"), fields::text(lang)));
        made.push((format!("errors.{end}.md"), errors::text(lang)));
        made.push((format!("life.{end}.svg"), life::drawing(lang)));
    }
    made
}

/// The life of a case as a drawing.
#[must_use]
pub fn life(lang: Lang) -> String {
    life::drawing(lang)
}

/// One of two words, by language.
fn word<'a>(lang: Lang, zh: &'a str, en: &'a str) -> &'a str {
    if lang == Lang::En { en } else { zh }
}

/// A value inside a cell of a table: no line breaks, and no bar that would end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// One row of a table.
fn row(cells: &[&str]) -> String {
    format!("| {} |\n", cells.iter().map(|c| cell(c)).collect::<Vec<_>>().join(" | "))
}

/// The head of a table.
fn head(cells: &[&str]) -> String {
    format!("{}|{}\n", row(cells), "---|".repeat(cells.len()))
}
