//! Puts contents into a template.

use super::template::{BadTemplate, DOCUMENT, Template, section};
use super::{Content, document};
use crate::text::{columns, escape};
use crate::xml::{self, Element, Node};
use std::collections::BTreeMap;

/// Width of the type area of GB/T 9704 in points: 156 mm.
const AREA: usize = 442;

pub(super) fn fill(contents: &BTreeMap<&'static str, Content>, template: &Template) -> Result<Vec<u8>, BadTemplate> {
    let words: BTreeMap<&str, String> = contents
        .iter()
        .filter_map(
            |(place, content)| if let Content::Text(text) = content { Some((*place, text.clone())) } else { None },
        )
        .collect();
    let mut changed = BTreeMap::new();
    for part in template.filled() {
        let mut tree = template.read(&part)?;
        if part == DOCUMENT {
            blocks(contents, template, &mut tree);
        }
        replace(&mut tree, &words);
        let mut text = String::new();
        xml::write_all(&tree, &mut text);
        changed.insert(part, text);
    }
    template.with(&changed)
}

/// The places that stand for several paragraphs.
fn blocks(contents: &BTreeMap<&'static str, Content>, template: &Template, tree: &mut [Node]) {
    let document = tree.iter_mut().find_map(|n| if let Node::Element(e) = n { Some(e) } else { None });
    let body = document.and_then(|d| {
        d.children.iter_mut().find_map(|n| match n {
            Node::Element(e) if e.name == "w:body" => Some(e),
            _ => None,
        })
    });
    let Some(body) = body else { return };
    let page = section(body).cloned();
    let mut children = Vec::with_capacity(body.children.len());
    for node in std::mem::take(&mut body.children) {
        let text = if let Node::Element(e) = &node { own_text(e) } else { String::new() };
        let name = text.trim().strip_prefix("{{").and_then(|t| t.strip_suffix("}}")).map(str::trim);
        match name.and_then(|name| contents.get(name)) {
            Some(Content::Blocks(all)) => children.extend(document::body(all, template, page.as_ref())),
            Some(Content::List(all)) => children.extend(document::list(all, template)),
            Some(Content::Appendices(all)) => children.extend(document::appendices(all, template, page.as_ref())),
            Some(Content::Text(_)) | None => children.push(node),
        }
    }
    body.children = children;
}

/// The text of a paragraph without that of paragraphs in it (text boxes).
pub(super) fn own_text(paragraph: &Element) -> String {
    let mut text = String::new();
    for element in paragraph.elements().filter(|e| e.name != "w:p") {
        if element.name == "w:t" {
            for node in &element.children {
                if let Node::Text(t) = node {
                    text.push_str(&xml::plain(t));
                }
            }
        } else {
            text.push_str(&own_text(element));
        }
    }
    text
}

/// Calls with the text of each paragraph.
pub(super) fn paragraphs(tree: &[Node], each: &mut dyn FnMut(&str)) {
    for element in tree.iter().filter_map(|n| if let Node::Element(e) = n { Some(e) } else { None }) {
        if element.name == "w:p" {
            each(&own_text(element));
        }
        paragraphs(&element.children, each);
    }
}

/// Replaces places within paragraphs. A paragraph with a place for which there is nothing goes, in a table with its row.
fn replace(nodes: &mut Vec<Node>, words: &BTreeMap<&str, String>) {
    nodes.retain_mut(|node| {
        let Node::Element(element) = node else { return true };
        replace(&mut element.children, words);
        if element.name != "w:p" {
            // A cell has a paragraph, a table a row: without it they go as well, and with the cell its row.
            return match element.name.as_str() {
                "w:tr" => element.elements().filter(|e| e.name == "w:tc").all(|cell| cell.child("w:p").is_some()),
                "w:tbl" => element.child("w:tr").is_some(),
                _ => true,
            };
        }
        let text = own_text(element);
        let named = super::template::places(&text);
        let known: Vec<(&str, &String)> =
            named.iter().filter_map(|n| words.get_key_value(n.as_str())).map(|(k, v)| (*k, v)).collect();
        if known.iter().any(|(_, value)| value.is_empty()) {
            return false;
        }
        if !known.is_empty() {
            put(element, &text, words);
            if let [("发文机关标志", mark)] = known.as_slice() {
                fit(element, columns(mark));
            }
            if let [("署名", signer)] = known.as_slice() {
                centre(element, columns(signer), words.get("成文日期").map_or(0, |d| columns(d)));
            }
        }
        true
    });
}

/// Puts words where places are, each in the run in which the place begins, so that it looks as the place did.
fn put(paragraph: &mut Element, text: &str, words: &BTreeMap<&str, String>) {
    let mut owners = Vec::new();
    texts(paragraph, &mut |at, t| owners.extend(std::iter::repeat_n(at, xml::plain(t).len())));
    let mut filled: BTreeMap<usize, String> = BTreeMap::new();
    let (mut at, mut rest) = (0, text);
    while let Some(c) = rest.chars().next() {
        let place = rest.strip_prefix("{{").and_then(|r| r.split_once("}}"));
        let value = place.and_then(|(name, _)| Some((words.get(name.trim())?, name.len() + 4)));
        let owner = owners.get(at).copied().unwrap_or(0);
        let into = filled.entry(owner).or_default();
        let step = match value {
            Some((value, length)) => {
                into.push_str(value);
                length
            }
            None => {
                into.push(c);
                c.len_utf8()
            }
        };
        at += step;
        rest = rest.get(step..).unwrap_or_default();
    }
    write_texts(paragraph, &mut 0, &filled);
}

/// Calls with number and text of each piece of text of a paragraph.
fn texts(paragraph: &Element, each: &mut dyn FnMut(usize, &str)) {
    fn walk(element: &Element, at: &mut usize, each: &mut dyn FnMut(usize, &str)) {
        for inner in element.elements().filter(|e| e.name != "w:p") {
            if inner.name == "w:t" {
                for node in &inner.children {
                    if let Node::Text(text) = node {
                        each(*at, text);
                    }
                }
                *at += 1;
            } else {
                walk(inner, at, each);
            }
        }
    }
    walk(paragraph, &mut 0, each);
}

fn write_texts(element: &mut Element, at: &mut usize, filled: &BTreeMap<usize, String>) {
    for node in &mut element.children {
        let Node::Element(inner) = node else { continue };
        if inner.name == "w:t" {
            let text = filled.get(at).map_or("", String::as_str);
            inner.children = vec![Node::Text(escape(text))];
            inner.attributes = vec![("xml:space".to_owned(), "preserve".to_owned())];
            *at += 1;
        } else if inner.name != "w:p" {
            write_texts(inner, at, filled);
        }
    }
}

/// Makes the mark of the agency small enough for one line, and says so in every run.
fn fit(paragraph: &mut Element, wide: usize) {
    let points = (AREA * 2 / wide.max(1)).clamp(16, 52);
    for node in &mut paragraph.children {
        let Node::Element(run) = node else { continue };
        if run.name != "w:r" {
            continue;
        }
        let size = |name: &str| {
            let value = ("w:val".to_owned(), (points * 2).to_string());
            Node::Element(Element { name: name.to_owned(), attributes: vec![value], children: Vec::new() })
        };
        let has = run.children.iter_mut().find_map(|n| match n {
            Node::Element(e) if e.name == "w:rPr" => Some(e),
            _ => None,
        });
        // A template that says its own size keeps it.
        match has {
            Some(properties) if properties.child("w:sz").is_some() => {}
            Some(properties) => properties.children.extend([size("w:sz"), size("w:szCs")]),
            None => {
                let children = vec![size("w:sz"), size("w:szCs")];
                let properties = Element { name: "w:rPr".to_owned(), attributes: Vec::new(), children };
                run.children.insert(0, Node::Element(properties));
            }
        }
    }
}

/// 成文日期 stands four characters from the right, the signer in its middle (GB/T 9704-2012, 7.3.5.1).
fn centre(paragraph: &mut Element, signer: usize, date: usize) {
    // Columns are half characters, an indent hundredths of a character.
    let right = (400 + date.saturating_sub(signer) * 25).saturating_sub(signer.saturating_sub(date) * 25);
    let Some(properties) = paragraph.children.iter_mut().find_map(|n| match n {
        Node::Element(e) if e.name == "w:pPr" => Some(e),
        _ => None,
    }) else {
        return;
    };
    let attributes =
        vec![("w:rightChars".to_owned(), right.to_string()), ("w:right".to_owned(), (right * 316 / 100).to_string())];
    properties.children.retain(|n| !matches!(n, Node::Element(e) if e.name == "w:ind"));
    // After the spacing, before the alignment.
    let comes_after = [
        "w:contextualSpacing",
        "w:mirrorIndents",
        "w:suppressOverlap",
        "w:jc",
        "w:textDirection",
        "w:textAlignment",
        "w:textboxTightWrap",
        "w:outlineLvl",
        "w:divId",
        "w:cnfStyle",
        "w:rPr",
        "w:sectPr",
        "w:pPrChange",
    ];
    let at = properties
        .children
        .iter()
        .position(|n| matches!(n, Node::Element(e) if comes_after.contains(&e.name.as_str())))
        .unwrap_or(properties.children.len());
    properties
        .children
        .insert(at, Node::Element(Element { name: "w:ind".to_owned(), attributes, children: Vec::new() }));
}
