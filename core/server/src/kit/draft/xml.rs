//! An XML answer as a sample: which element is a row, whether the answer is wrapped, and what says that all is well.

use super::sample::Sample;
use crate::problem::Problem;
use quick_xml::Reader;
use quick_xml::events::Event;
use std::collections::BTreeMap;

/// How an answer is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    /// The element of a row.
    pub row: String,
    /// The real answer is the text of an element.
    pub wrapped: bool,
    /// An element that says whether all is well, and what it says.
    pub status: Option<(String, String)>,
    /// The bytes are not what the connector reads.
    pub not_gb: bool,
}

#[derive(Debug, Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

fn unreadable(why: impl std::fmt::Display) -> Problem {
    Problem::new("draft.unreadable", format!("不是完整的 XML：{why}")).fix("给出来源一次完整的回答")
}

/// The root with everything in it. Documents of one's own types and entities are not read.
fn tree(xml: &str) -> Result<Element, Problem> {
    let mut reader = Reader::from_str(xml);
    let mut open: Vec<Element> = vec![Element::default()];
    let close = |open: &mut Vec<Element>| {
        if let (Some(done), Some(parent)) = (open.pop(), open.last_mut()) {
            parent.children.push(done);
        }
    };
    loop {
        let event = reader.read_event().map_err(unreadable)?;
        match event {
            Event::Start(e) => {
                if open.len() > 64 {
                    return Err(unreadable("层次过深"));
                }
                open.push(Element { name: e.local_name().as_ref().to_owned(), ..Element::default() });
            }
            Event::Empty(e) => {
                open.push(Element { name: e.local_name().as_ref().to_owned(), ..Element::default() });
                close(&mut open);
            }
            Event::Text(t) => open.last_mut().into_iter().for_each(|e| e.text.push_str(&t.xml10_content())),
            Event::CData(t) => open.last_mut().into_iter().for_each(|e| e.text.push_str(&t.xml10_content())),
            Event::GeneralRef(r) => {
                let known = match r.resolve_char_ref().map_err(unreadable)? {
                    Some(c) => c.to_string(),
                    None => quick_xml::escape::resolve_xml_entity(&r.xml10_content()).unwrap_or_default().to_owned(),
                };
                open.last_mut().into_iter().for_each(|e| e.text.push_str(&known));
            }
            Event::End(_) => close(&mut open),
            Event::Eof if open.len() == 1 => break,
            Event::Eof => return Err(unreadable("在中途结束")),
            _ => {}
        }
    }
    open.pop().and_then(|mut root| root.children.pop()).ok_or_else(|| unreadable("没有根元素"))
}

fn is_row(element: &Element) -> bool {
    element.children.len() >= 2 && element.children.iter().all(|c| c.children.is_empty())
}

fn rows<'a>(element: &'a Element, found: &mut BTreeMap<&'a str, Vec<&'a Element>>) {
    for child in &element.children {
        if is_row(child) {
            found.entry(&child.name).or_default().push(child);
        }
        rows(child, found);
    }
}

/// Leaves outside rows, by name.
fn outside<'a>(element: &'a Element, row: &str, found: &mut Vec<(&'a str, &'a str)>) {
    for child in element.children.iter().filter(|c| c.name != row) {
        if child.children.is_empty() {
            found.push((&child.name, child.text.trim()));
        }
        outside(child, row, found);
    }
}

fn says_well(name: &str) -> bool {
    let name = name.to_lowercase();
    ["code", "status", "resultcode", "retcode", "flag", "success", "state", "errcode"].iter().any(|w| name.ends_with(w))
}

/// Reads an answer.
///
/// # Errors
/// `draft.unreadable` for what is not XML, `draft.no-rows` where nothing in it is a row.
pub(super) fn read(bytes: &[u8]) -> Result<(Form, Sample), Problem> {
    let (gb, _, broken) = encoding_rs::GB18030.decode(bytes);
    let utf8 = std::str::from_utf8(bytes).ok();
    let not_gb = utf8.is_some_and(|t| !t.is_ascii());
    let text = match utf8 {
        Some(text) => text.trim_start_matches('\u{feff}'),
        None if !broken => &gb,
        None => return Err(unreadable("既不是 UTF-8 也不是 GB18030")),
    };
    let mut root = tree(text)?;
    let mut wrapped = false;
    if root.children.is_empty() && root.text.trim_start().starts_with('<') {
        root = tree(root.text.trim())?;
        wrapped = true;
    }
    let mut found = BTreeMap::new();
    rows(&root, &mut found);
    let best = found.into_iter().max_by_key(|(_, list)| list.iter().map(|e| e.children.len()).sum::<usize>());
    let (row, list) = best.ok_or_else(|| {
        Problem::new("draft.no-rows", "样例中没有行：没有元素由若干个叶元素组成").fix("给出至少有一行的回答")
    })?;
    let mut sample = Sample::default();
    for one in list {
        sample.row(one.children.iter().map(|c| (c.name.as_str(), c.text.clone())));
    }
    let mut leaves = Vec::new();
    outside(&root, row, &mut leaves);
    let status = leaves.into_iter().find(|(name, text)| says_well(name) && !text.is_empty() && text.len() <= 20);
    let status = status.map(|(name, text)| (name.to_owned(), text.to_owned()));
    Ok((Form { row: row.to_owned(), wrapped, status, not_gb }, sample))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "<R><ResultCode>0</ResultCode><Data><B><XH>1</XH><SBLSH>甲&amp;1</SBLSH></B>\
                          <B><XH>2</XH><SBLSH>乙2</SBLSH></B></Data></R>";

    #[test]
    fn the_row_is_found_and_what_says_that_all_is_well() {
        let (bytes, ..) = encoding_rs::GB18030.encode(ANSWER);
        let (form, sample) = read(&bytes).expect("rows");
        let status = Some(("ResultCode".to_owned(), "0".to_owned()));
        assert_eq!(form, Form { row: "B".to_owned(), wrapped: false, status, not_gb: false });
        assert_eq!(sample.rows, 2);
        assert!(sample.get("SBLSH").is_some_and(|c| c.values.contains_key("甲&1")));
        let inner = ANSWER.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let (form, sample) = read(format!("<string>{inner}</string>").as_bytes()).expect("wrapped");
        assert!(form.wrapped && form.not_gb && sample.rows == 2, "{form:?}");
        for (bad, code) in [("<a><b>", "draft.unreadable"), ("<a/>", "draft.no-rows"), ("", "draft.unreadable")] {
            assert_eq!(read(bad.as_bytes()).map_err(|p| p.code).expect_err(bad), code);
        }
    }
}
