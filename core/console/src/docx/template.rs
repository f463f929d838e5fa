//! Templates: a .docx with named places `{{标题}}` that a county edits in Word or WPS as any other document. Word processors cut text
//! into runs and give styles new ids when they save, so places are looked for in the text of whole paragraphs, and styles by name.

use super::Content;
use crate::xml::{self, Element, Node};
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// What a kind of document asks of its templates, and the one that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Its name in `[templates]` and `daylight template export`.
    pub name: &'static str,
    /// Places that every template has, each alone or within the text of a paragraph.
    pub needed: &'static [&'static str],
    /// The whole text. A template may do without it when it has all of `essential` and words of its own between them.
    pub text: &'static str,
    /// The parts of the text without which it does not say what it must. Empty: nothing stands for the text.
    pub essential: &'static [&'static str],
    /// Places a template may have.
    pub possible: &'static [&'static str],
    /// Of all these, those that stand for several paragraphs, and have a paragraph of the main text for themselves.
    pub blocks: &'static [&'static str],
    /// What the names of its paragraph styles begin with, e.g. 通报 in 通报正文.
    pub family: &'static str,
    /// Paragraph styles that what is filled in is set with.
    pub styles: &'static [&'static str],
    /// The parts of the built-in template; the first says what the others are.
    pub built_in: &'static [(&'static str, &'static [u8])],
}

impl Layout {
    /// Every place there is.
    pub fn places(&self) -> impl Iterator<Item = &'static str> {
        let text = std::iter::once(self.text);
        self.needed.iter().copied().chain(text).chain(self.essential.iter().chain(self.possible).copied())
    }

    fn style(&self, name: &str) -> String {
        format!("{}{name}", self.family)
    }
}

pub(super) const DOCUMENT: &str = "word/document.xml";
/// Most parts and bytes a template may unpack to.
const PARTS: usize = 500;
const BYTES: u64 = 32 << 20;

/// Why something is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    /// Not a zip with a Word document in it.
    #[error("template.not-docx: 不是 Word 文档（.docx）：{0}；请在 Word 或 WPS 中另存为 .docx，不要用 .doc 或 .wps")]
    NotDocx(String),
    /// It unpacks to more than a template may.
    #[error("template.too-large: 模板解开后过大（上限 500 个部件、32 MiB）；请删去图片等内容")]
    TooLarge,
    /// A part is no XML.
    #[error("template.syntax: 部件 {part} 无法读取：{why}")]
    Syntax {
        /// The part.
        part: String,
        /// What is wrong.
        why: String,
    },
    /// Places that are needed are not there.
    #[error("template.place-missing: 模板缺少占位：{}；请在相应位置写入，可对照 daylight template export {} 导出的模板", .1.join("、"), .0)]
    PlaceMissing(&'static str, Vec<String>),
    /// Something in double braces that nobody fills.
    #[error("template.place-unknown: 模板中有不认识的占位：{}；占位只能是：{}", .1.join("、"), .0.join("、"))]
    PlaceUnknown(Vec<&'static str>, Vec<String>),
    /// A place for several paragraphs shares its paragraph, or lies outside of the main text.
    #[error("template.place-shared: 占位 {0} 必须在正文中独占一段，前后不能有其他文字，也不能放在表格或文本框中")]
    PlaceShared(String),
    /// Styles that are needed are not there.
    #[error("template.style-missing: 模板缺少段落样式：{}；请从 daylight template export {} 导出的模板中复制这些样式", .1.join("、"), .0)]
    StyleMissing(&'static str, Vec<String>),
    /// It could not be packed.
    #[error("template.unwritable: 无法写成 .docx：{0}")]
    Unwritable(String),
}

/// A template that has everything it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    layout: &'static Layout,
    /// Name and content, in order.
    parts: Vec<(String, Vec<u8>)>,
    /// Ids of styles by name.
    styles: BTreeMap<String, String>,
}

impl Template {
    /// The one that comes with the program.
    ///
    /// # Errors
    /// Never, as a test proves.
    pub fn built_in(layout: &'static Layout) -> Result<Self, BadTemplate> {
        Self::from_parts(
            layout,
            layout.built_in.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect(),
        )
    }

    /// From the bytes of a .docx.
    ///
    /// # Errors
    /// It is none, or lacks a place or a style; see [`BadTemplate`].
    pub fn from_docx(layout: &'static Layout, bytes: &[u8]) -> Result<Self, BadTemplate> {
        let not = |why: &dyn std::fmt::Display| BadTemplate::NotDocx(why.to_string());
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| not(&e))?;
        if archive.len() > PARTS {
            return Err(BadTemplate::TooLarge);
        }
        let (mut parts, mut left) = (Vec::new(), BYTES);
        for at in 0..archive.len() {
            let file = archive.by_index(at).map_err(|e| not(&e))?;
            if file.is_dir() {
                continue;
            }
            let name = file.name().map_err(|e| not(&e))?.into_owned();
            let mut content = Vec::new();
            file.take(left + 1).read_to_end(&mut content).map_err(|e| not(&e))?;
            let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
            left = left.checked_sub(size).ok_or(BadTemplate::TooLarge)?;
            parts.push((name, content));
        }
        Self::from_parts(layout, parts)
    }

    /// From the parts of a .docx by their names in it.
    ///
    /// # Errors
    /// It is none, or lacks a place or a style; see [`BadTemplate`].
    pub fn from_parts(layout: &'static Layout, parts: Vec<(String, Vec<u8>)>) -> Result<Self, BadTemplate> {
        let mut template = Self { layout, parts, styles: BTreeMap::new() };
        for needed in ["[Content_Types].xml", DOCUMENT, "word/styles.xml"] {
            if template.part(needed).is_none() {
                return Err(BadTemplate::NotDocx(format!("缺少 {needed}")));
            }
        }
        template.styles = styles(&template.read("word/styles.xml")?);
        let mut all = Vec::new();
        for name in template.filled() {
            let tree = template.read(&name)?;
            if name == DOCUMENT {
                alone(&tree, layout.blocks)?;
            }
            super::fill::paragraphs(&tree, &mut |text| all.extend(places(text)));
        }
        let seen = |place: &str| all.iter().any(|s| s == place);
        let lacking = |all: &[&'static str]| all.iter().copied().filter(|place| !seen(place)).collect::<Vec<_>>();
        let mut missing: Vec<String> = lacking(layout.needed).into_iter().map(braced).collect();
        let parts = lacking(layout.essential);
        if !seen(layout.text) && (layout.essential.is_empty() || !parts.is_empty()) {
            let instead: Vec<String> = parts.into_iter().map(braced).collect();
            let or = if instead.is_empty() { String::new() } else { format!("（或者 {}）", instead.join("、")) };
            missing.push(format!("{}{or}", braced(layout.text)));
        }
        if !missing.is_empty() {
            return Err(BadTemplate::PlaceMissing(layout.name, missing));
        }
        let mut unknown: Vec<String> =
            all.iter().filter(|s| layout.places().all(|p| p != s.as_str())).cloned().collect();
        unknown.dedup();
        if !unknown.is_empty() {
            return Err(BadTemplate::PlaceUnknown(layout.places().collect(), unknown));
        }
        let styles = layout.styles.iter().map(|name| layout.style(name));
        let missing: Vec<String> = styles.filter(|style| !template.styles.contains_key(style)).collect();
        if !missing.is_empty() {
            return Err(BadTemplate::StyleMissing(layout.name, missing));
        }
        Ok(template)
    }

    /// The template as a .docx to edit.
    ///
    /// # Errors
    /// It cannot be packed.
    pub fn to_docx(&self) -> Result<Vec<u8>, BadTemplate> {
        pack(&self.parts)
    }

    /// The id of a style of its family.
    pub(super) fn style(&self, name: &str) -> &str {
        self.styles.get(&self.layout.style(name)).map_or("", String::as_str)
    }

    fn part(&self, name: &str) -> Option<&[u8]> {
        self.parts.iter().find(|(n, _)| n == name).map(|(_, bytes)| bytes.as_slice())
    }

    /// A part as a tree.
    pub(super) fn read(&self, name: &str) -> Result<Vec<Node>, BadTemplate> {
        let wrong = |why: String| BadTemplate::Syntax { part: name.to_owned(), why };
        let bytes = self.part(name).ok_or_else(|| wrong("没有这个部件".to_owned()))?;
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("不是 UTF-8".to_owned()))?;
        xml::read(text).map_err(wrong)
    }

    /// The parts that may hold places: text, headers and footers.
    pub(super) fn filled(&self) -> Vec<String> {
        let holds = |name: &str| {
            let part = name.strip_prefix("word/").filter(|n| n.ends_with(".xml"));
            part.is_some_and(|n| n == "document.xml" || n.starts_with("header") || n.starts_with("footer"))
        };
        self.parts.iter().map(|(name, _)| name.clone()).filter(|name| holds(name)).collect()
    }

    /// The document with these contents. The same contents and template give the same bytes.
    ///
    /// # Errors
    /// The template cannot be written back; it was checked when it was read.
    pub fn fill(&self, contents: &BTreeMap<&'static str, Content>) -> Result<Vec<u8>, BadTemplate> {
        super::fill::fill(contents, self)
    }

    /// With these parts in place of those of the template.
    pub(super) fn with(&self, changed: &BTreeMap<String, String>) -> Result<Vec<u8>, BadTemplate> {
        let parts: Vec<(String, Vec<u8>)> = self
            .parts
            .iter()
            .map(|(name, bytes)| {
                let new = changed.get(name).map_or_else(|| bytes.clone(), |text| text.clone().into_bytes());
                (name.clone(), new)
            })
            .collect();
        pack(&parts)
    }
}

fn braced(place: &str) -> String {
    format!("{{{{{place}}}}}")
}

/// Packs parts with a fixed time, so that the same parts give the same bytes.
fn pack(parts: &[(String, Vec<u8>)]) -> Result<Vec<u8>, BadTemplate> {
    let bad = |e: &dyn std::fmt::Display| BadTemplate::Unwritable(e.to_string());
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(name.as_str(), options).map_err(|e| bad(&e))?;
        zip.write_all(bytes).map_err(|e| bad(&e))?;
    }
    Ok(zip.finish().map_err(|e| bad(&e))?.into_inner())
}

/// The names in double braces of a text.
pub(super) fn places(text: &str) -> Vec<String> {
    let named = |piece: &str| piece.split_once("}}").map(|(name, _)| name.trim().to_owned());
    text.split("{{").skip(1).filter_map(named).collect()
}

/// Ids of paragraph styles by name.
fn styles(tree: &[Node]) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for root in tree.iter().filter_map(|n| if let Node::Element(e) = n { Some(e) } else { None }) {
        for style in root.elements().filter(|e| e.attribute("w:type") == Some("paragraph")) {
            let name = style.child("w:name").and_then(|n| n.attribute("w:val"));
            if let (Some(name), Some(id)) = (name, style.attribute("w:styleId")) {
                all.insert(xml::plain(name), id.to_owned());
            }
        }
    }
    all
}

/// Places for several paragraphs stand alone, directly in the body.
fn alone(tree: &[Node], blocks: &[&str]) -> Result<(), BadTemplate> {
    let document = tree.iter().find_map(|n| if let Node::Element(e) = n { Some(e) } else { None });
    let Some(body) = document.and_then(|d| d.child("w:body")) else {
        return Err(BadTemplate::Syntax { part: DOCUMENT.to_owned(), why: "没有 w:body".to_owned() });
    };
    let direct: Vec<String> = body.elements().filter(|e| e.name == "w:p").map(super::fill::own_text).collect();
    let mut everywhere = Vec::new();
    super::fill::paragraphs(tree, &mut |text| everywhere.extend(places(text)));
    for block in blocks {
        let is_it = |text: &String| text.trim() == braced(block);
        let (alone, all) =
            (direct.iter().filter(|t| is_it(t)).count(), everywhere.iter().filter(|p| p == block).count());
        if all != alone || all > 1 {
            return Err(BadTemplate::PlaceShared(braced(block)));
        }
    }
    Ok(())
}

/// The last section's settings, which are those of the main text.
pub(super) fn section(body: &Element) -> Option<&Element> {
    body.elements().filter(|e| e.name == "w:sectPr").last()
}
