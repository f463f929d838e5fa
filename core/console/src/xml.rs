//! XML as a tree, for templates that people edit with a word processor: what we do not touch is written back as it was read.
//! No document types and no entities of one's own, so nothing can grow while it is read.

/// How deep a document may nest.
const DEPTH: usize = 128;

/// A piece of a document. Texts and attribute values are kept as they are written, entities and all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text between tags.
    Text(String),
    /// Comments, processing instructions and CDATA, with their signs.
    Other(String),
}

/// An element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// With its prefix.
    pub name: String,
    /// In order.
    pub attributes: Vec<(String, String)>,
    /// What is in it.
    pub children: Vec<Node>,
}

impl Element {
    /// An attribute's value as it is written.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The elements directly in it.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| if let Node::Element(e) = node { Some(e) } else { None })
    }

    /// The first element of this name directly in it.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.elements().find(|e| e.name == name)
    }

    fn write(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            // A value in apostrophes may hold quotation marks.
            out.push_str(&format!(" {name}=\"{}\"", value.replace('"', "&quot;")));
        }
        if self.children.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        write_all(&self.children, out);
        out.push_str(&format!("</{}>", self.name));
    }
}

/// Writes pieces one after the other.
pub fn write_all(nodes: &[Node], out: &mut String) {
    for node in nodes {
        match node {
            Node::Element(element) => element.write(out),
            Node::Text(text) | Node::Other(text) => out.push_str(text),
        }
    }
}

/// Reads a document, or a piece of one.
///
/// # Errors
/// In words: what is not well-formed, and near which text.
pub fn read(text: &str) -> Result<Vec<Node>, String> {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut open: Vec<Element> = Vec::new();
    let mut top = Vec::new();
    fn put(open: &mut [Element], top: &mut Vec<Node>, node: Node) {
        match open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => top.push(node),
        }
    }
    while !rest.is_empty() {
        let Some(after) = rest.strip_prefix('<') else {
            let end = rest.find('<').unwrap_or(rest.len());
            let (words, next) = rest.split_at(end);
            entities(words)?;
            put(&mut open, &mut top, Node::Text(words.to_owned()));
            rest = next;
            continue;
        };
        let special = [("!--", "-->"), ("![CDATA[", "]]>"), ("?", "?>")];
        if let Some((_, end)) = special.iter().find(|(begin, _)| after.starts_with(begin)) {
            let at = after.find(end).ok_or_else(|| near("没有结尾", rest))?;
            let (whole, next) = rest.split_at(1 + at + end.len());
            put(&mut open, &mut top, Node::Other(whole.to_owned()));
            rest = next;
        } else if after.starts_with('!') {
            return Err(near("不接受文档类型定义", rest));
        } else if let Some(name) = after.strip_prefix('/') {
            let (name, next) = name.split_once('>').ok_or_else(|| near("标签没有结尾", rest))?;
            let done = open.pop().filter(|e| e.name == name.trim_end()).ok_or_else(|| near("结束标签不配对", rest))?;
            put(&mut open, &mut top, Node::Element(done));
            rest = next;
        } else {
            let (element, closed, next) = tag(after)?;
            if closed {
                put(&mut open, &mut top, Node::Element(element));
            } else if open.len() == DEPTH {
                return Err(near("嵌套过深", rest));
            } else {
                open.push(element);
            }
            rest = next;
        }
    }
    open.pop().map_or(Ok(top), |e| Err(format!("<{}> 没有结束", e.name)))
}

/// A start tag, whether it is empty, and what follows.
fn tag(text: &str) -> Result<(Element, bool, &str), String> {
    let named = |c: char| !c.is_whitespace() && !matches!(c, '/' | '>' | '=' | '<' | '"' | '\'');
    let end = text.find(|c| !named(c)).ok_or_else(|| near("标签没有结尾", text))?;
    let (name, mut rest) = text.split_at(end);
    if name.is_empty() {
        return Err(near("标签没有名称", text));
    }
    let mut element = Element { name: name.to_owned(), ..Element::default() };
    loop {
        let spaced = rest.starts_with(char::is_whitespace);
        rest = rest.trim_start();
        if let Some(next) = rest.strip_prefix("/>") {
            return Ok((element, true, next));
        }
        if let Some(next) = rest.strip_prefix('>') {
            return Ok((element, false, next));
        }
        let (name, after) = rest.split_once('=').ok_or_else(|| near("属性没有值", rest))?;
        let (name, after) = (name.trim_end(), after.trim_start());
        let quote =
            after.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or_else(|| near("属性没有引号", rest))?;
        let (value, next) =
            after.get(1..).and_then(|v| v.split_once(quote)).ok_or_else(|| near("属性没有结尾", rest))?;
        let twice = element.attribute(name).is_some();
        if !spaced || name.is_empty() || !name.chars().all(named) || value.contains('<') || twice {
            return Err(near("属性写法有误", rest));
        }
        entities(value)?;
        element.attributes.push((name.to_owned(), value.to_owned()));
        rest = next;
    }
}

fn near(what: &str, text: &str) -> String {
    format!("{what}，在“{}”附近", text.chars().take(24).collect::<String>())
}

/// Only the five of XML and characters by number.
fn entities(text: &str) -> Result<(), String> {
    for piece in text.split('&').skip(1) {
        let name = piece.split_once(';').map(|(name, _)| name);
        if name.and_then(entity).is_none() {
            return Err(near("不认识的实体", piece));
        }
    }
    Ok(())
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

/// What a written text says.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, piece) in text.split('&').enumerate() {
        let known = piece.split_once(';').and_then(|(name, after)| Some((entity(name)?, after)));
        match known.filter(|_| at > 0) {
            Some((c, after)) => {
                out.push(c);
                out.push_str(after);
            }
            None => out.push_str(piece),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_back() {
        let text =
            "<?xml version=\"1.0\"?>\n<!-- a > b --><a x=\"1 &lt; 2\" y=\"\"><b/>文 &amp; 字 &#x4e00;<c>\n</c></a>\n";
        let nodes = read(text).expect("well-formed");
        let mut out = String::new();
        write_all(&nodes, &mut out);
        assert_eq!(out, text);
        assert_eq!(plain("文 &amp; 字 &#x4e00;&#65;"), "文 & 字 一A");
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        let deep = "<a>".repeat(200);
        for text in [
            "<a>",
            "</a>",
            "<a></b>",
            "<a",
            "<a b>",
            "<a b=c/>",
            "<a b='1' b='2'/>",
            "<a>&x;</a>",
            "<a>& </a>",
            "<!-- ",
            "<>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a/>",
            "<a b=\"1\"c=\"2\"/>",
            "<a b=\"<\"/>",
            deep.as_str(),
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
