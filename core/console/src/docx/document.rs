//! Paragraphs and tables as WordprocessingML.

use super::{Appendix, Block, Template};
use crate::table::{Lang, Table};
use crate::text::{columns, escape};
use crate::xml::{self, Element, Node};
use std::fmt::Write as _;

/// Twentieths of a point: what half a character of a table takes.
const HALF: usize = 120;
/// What a cell keeps free beside its text.
const BESIDE: usize = 160;

/// Width of the type area upright and sideways, in twentieths of a point; that of GB/T 9704 where a template says nothing.
#[derive(Clone, Copy)]
struct Area {
    upright: usize,
    sideways: usize,
}

impl Area {
    fn of(page: Option<&Element>) -> Self {
        let size =
            |name: &str, attribute: &str| -> Option<usize> { page?.child(name)?.attribute(attribute)?.parse().ok() };
        let between = |whole: &str, one: &str, other: &str| {
            size("w:pgSz", whole)?.checked_sub(size("w:pgMar", one)?)?.checked_sub(size("w:pgMar", other)?)
        };
        Self {
            upright: between("w:w", "w:left", "w:right").unwrap_or(8844),
            sideways: between("w:h", "w:top", "w:bottom").unwrap_or(12_756),
        }
    }
}

/// What was written is read again as a tree: the pieces below are well-formed.
fn tree(text: &str) -> Vec<Node> {
    xml::read(text).unwrap_or_default()
}

fn paragraph(style: &str, more: &str, text: &str) -> String {
    format!(
        "<w:p><w:pPr><w:pStyle w:val=\"{}\"/>{more}</w:pPr><w:r><w:t xml:space=\"preserve\">{}</w:t></w:r></w:p>",
        escape(style),
        escape(text)
    )
}

/// 正文
pub(super) fn body(blocks: &[Block], template: &Template, page: Option<&Element>) -> Vec<Node> {
    let (mut out, area) = (String::new(), Area::of(page).upright);
    for block in blocks {
        let (style, text) = match block {
            Block::Heading1(text) => ("一级标题", text),
            Block::Heading2(text) => ("二级标题", text),
            Block::Heading3(text) => ("三级标题", text),
            Block::Paragraph(text) => ("正文", text),
            Block::Table(table) => {
                out.push_str(&titled(table, template, area));
                continue;
            }
            Block::Facts(facts) => {
                out.push_str(&named(facts, template, area));
                continue;
            }
        };
        out.push_str(&paragraph(template.style(style), "", text));
    }
    tree(&out)
}

fn titled(table: &Table, template: &Template, area: usize) -> String {
    let mut out = String::new();
    if !table.title.is_empty() {
        out.push_str(&paragraph(template.style("表头"), "", &table.title));
    }
    out.push_str(&grid(table, template, area));
    out.push_str(&notes(table, template));
    out
}

/// A table is followed by a paragraph, with its notes or empty.
fn notes(table: &Table, template: &Template) -> String {
    let style = template.style("表注");
    if table.notes.is_empty() {
        return paragraph(style, "", "");
    }
    table.notes.iter().map(|(name, text)| paragraph(style, "", &format!("{name}：{text}"))).collect()
}

/// 附件说明 (GB/T 9704-2012, 7.3.4): numbered when there are several, no full stop.
pub(super) fn list(appendices: &[Appendix], template: &Template) -> Vec<Node> {
    let style = template.style("附件说明");
    let mut out = String::new();
    for (at, appendix) in appendices.iter().enumerate() {
        // A blank line above the first; the others begin under its number.
        let (space, begin) = match (at, appendices.len()) {
            (0, 1) => ("<w:spacing w:before=\"579\"/>", "附件：".to_owned()),
            (0, _) => ("<w:spacing w:before=\"579\"/>", "附件：1. ".to_owned()),
            (at, _) => ("", format!("　　　{}. ", at + 1)),
        };
        out.push_str(&paragraph(style, space, &format!("{begin}{}", appendix.title)));
    }
    tree(&out)
}

/// The appendices, each on a page of its own.
pub(super) fn appendices(all: &[Appendix], template: &Template, page: Option<&Element>) -> Vec<Node> {
    let (mut out, area) = (String::new(), Area::of(page));
    // Whether the page before is sideways, and a section begins anyway.
    let mut turned = false;
    for (at, appendix) in all.iter().enumerate() {
        let wide = needs(&appendix.table) > area.upright && page.is_some();
        let break_before = if let Some(page) = page.filter(|_| wide && !turned) {
            out.push_str(&section_end(page, false));
            false
        } else {
            !turned || wide
        };
        let number = if all.len() == 1 { String::new() } else { (at + 1).to_string() };
        let new_page = if break_before { "<w:pageBreakBefore/>" } else { "" };
        out.push_str(&paragraph(template.style("附件标记"), new_page, &format!("附件{number}")));
        out.push_str(&paragraph(template.style("附件标题"), "", &appendix.title));
        for text in &appendix.text {
            out.push_str(&paragraph(template.style("正文"), "", text));
        }
        out.push_str(&grid(&appendix.table, template, if wide { area.sideways } else { area.upright }));
        out.push_str(&notes(&appendix.table, template));
        let next_wide = all.get(at + 1).is_some_and(|next| needs(&next.table) > area.upright);
        if let Some(page) = page.filter(|_| wide && !next_wide) {
            out.push_str(&section_end(page, true));
        }
        turned = wide && !next_wide;
    }
    tree(&out)
}

/// A paragraph, as small as can be, that ends a section with the template's own settings, upright or turned.
fn section_end(page: &Element, turned: bool) -> String {
    let mut section = page.clone();
    if turned {
        for node in &mut section.children {
            let Node::Element(e) = node else { continue };
            let value = |e: &Element, name: &str| e.attribute(name).unwrap_or_default().to_owned();
            if e.name == "w:pgSz" {
                let (w, h) = (value(e, "w:w"), value(e, "w:h"));
                e.attributes = [("w:w", h), ("w:h", w), ("w:orient", "landscape".to_owned())]
                    .map(|(n, v)| (n.to_owned(), v))
                    .to_vec();
            } else if e.name == "w:pgMar" {
                // Turned counter-clockwise: what was at the top is at the left.
                let (top, right, bottom, left) =
                    (value(e, "w:top"), value(e, "w:right"), value(e, "w:bottom"), value(e, "w:left"));
                for (name, new) in [("w:top", left), ("w:right", top), ("w:bottom", right), ("w:left", bottom)] {
                    if let Some(attribute) = e.attributes.iter_mut().find(|(n, _)| n == name) {
                        attribute.1 = new;
                    }
                }
                if let Some(footer) = e.attributes.iter_mut().find(|(n, _)| n == "w:footer") {
                    footer.1 = "794".to_owned();
                }
            }
        }
    }
    let mut text = String::new();
    xml::write_all(&[Node::Element(section)], &mut text);
    format!(
        "<w:p><w:pPr><w:snapToGrid w:val=\"0\"/><w:spacing w:line=\"20\" w:lineRule=\"exact\"/><w:rPr><w:sz w:val=\"2\"/></w:rPr>{text}</w:pPr></w:p>"
    )
}

/// The widest line of each column in half characters.
fn widths(table: &Table) -> Vec<usize> {
    let many = table.rows.iter().map(Vec::len).max().unwrap_or(0).max(table.columns.len());
    (0..many)
        .map(|at| {
            let head = table.columns.get(at).map_or(0, |c| columns(c.name(Lang::Zh)));
            let cells = table.rows.iter().filter_map(|row| row.get(at)).map(|cell| columns(&cell.say()));
            // A header may break after some characters, long text as well.
            cells.chain([head.min(8)]).max().unwrap_or(0).clamp(4, 36)
        })
        .collect()
}

/// How wide a table wants to be.
fn needs(table: &Table) -> usize {
    widths(table).iter().map(|w| w * HALF + BESIDE).sum()
}

/// The width of each column, together as wide as the area. Where it is narrow, headers over numbers break before names do.
fn shares(table: &Table, area: usize) -> Vec<usize> {
    let mut all: Vec<usize> = widths(table).iter().map(|w| w * HALF + BESIDE).collect();
    let over = all.iter().sum::<usize>().saturating_sub(area);
    let spare = |at: usize, width: usize| {
        let cells = table.rows.iter().filter_map(|row| row.get(at)).map(|cell| columns(&cell.say()) + 2);
        let least = cells.max().unwrap_or(0).max(4) * HALF + BESIDE;
        let number = table.columns.get(at).is_some_and(|c| c.kind.is_number());
        if number { width.saturating_sub(least) } else { 0 }
    };
    let spares: Vec<usize> = all.iter().enumerate().map(|(at, width)| spare(at, *width)).collect();
    let most: usize = spares.iter().sum();
    for (width, spare) in all.iter_mut().zip(&spares) {
        *width -= spare * over.min(most) / most.max(1);
    }
    let sum: usize = all.iter().sum::<usize>().max(1);
    for width in &mut all {
        *width = *width * area / sum;
    }
    let rest = area.saturating_sub(all.iter().sum());
    if let Some(last) = all.last_mut() {
        *last += rest;
    }
    all
}

/// The beginning of a table with columns so wide.
fn begin(given: &[usize], area: usize) -> String {
    let line = |name: &str| format!("<w:{name} w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"000000\"/>");
    let lines: String = ["top", "left", "bottom", "right", "insideH", "insideV"].map(line).concat();
    let mut out = format!(
        "<w:tbl><w:tblPr><w:tblW w:w=\"{area}\" w:type=\"dxa\"/><w:jc w:val=\"center\"/><w:tblBorders>{lines}</w:tblBorders>\
         <w:tblLayout w:type=\"fixed\"/><w:tblCellMar><w:left w:w=\"57\" w:type=\"dxa\"/><w:right w:w=\"57\" w:type=\"dxa\"/></w:tblCellMar>\
         </w:tblPr><w:tblGrid>"
    );
    for width in given {
        let _ = write!(out, "<w:gridCol w:w=\"{width}\"/>");
    }
    out.push_str("</w:tblGrid>");
    out
}

fn cell(width: usize, paragraph: &str) -> String {
    format!(
        "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/><w:vAlign w:val=\"center\"/></w:tcPr>{paragraph}</w:tc>"
    )
}

/// Names at the left, what is said of them at the right.
fn named(facts: &[(String, String)], template: &Template, area: usize) -> String {
    if facts.is_empty() {
        return String::new();
    }
    let longest = facts.iter().map(|(name, _)| columns(name)).max().unwrap_or(0).clamp(8, 20);
    let left = (longest * HALF + BESIDE * 2).min(area / 2);
    let right = area.saturating_sub(left);
    let mut out = begin(&[left, right], area);
    for (name, value) in facts {
        out.push_str("<w:tr><w:trPr><w:cantSplit/></w:trPr>");
        out.push_str(&cell(left, &paragraph(template.style("表头"), "", name)));
        out.push_str(&cell(right, &paragraph(template.style("表格"), "", value)));
        out.push_str("</w:tr>");
    }
    out.push_str("</w:tbl>");
    out.push_str(&paragraph(template.style("表注"), "", ""));
    out
}

/// The table itself, as wide as the type area.
fn grid(table: &Table, template: &Template, area: usize) -> String {
    let given = shares(table, area);
    if given.is_empty() {
        return String::new();
    }
    let mut out = begin(&given, area);
    let row = |out: &mut String, head: bool, cells: &dyn Fn(usize) -> (String, &'static str)| {
        out.push_str("<w:tr><w:trPr><w:cantSplit/>");
        out.push_str(if head { "<w:tblHeader/></w:trPr>" } else { "</w:trPr>" });
        for (at, width) in given.iter().enumerate() {
            let (text, side) = cells(at);
            let style = template.style(if head { "表头" } else { "表格" });
            out.push_str(&cell(*width, &paragraph(style, side, &text)));
        }
        out.push_str("</w:tr>");
    };
    row(&mut out, true, &|at| (table.columns.get(at).map_or_else(String::new, |c| c.name_zh.clone()), ""));
    for cells in &table.rows {
        row(&mut out, false, &|at| {
            let number = table.columns.get(at).is_some_and(|c| c.kind.is_number());
            let side = if number { "<w:jc w:val=\"center\"/>" } else { "" };
            (cells.get(at).map_or_else(String::new, crate::table::Cell::say), side)
        });
    }
    out.push_str("</w:tbl>");
    out
}
