//! Papers: what is sent out over a card, an order or an investigation, and what an applicant gets in writing at the desk. One paper,
//! said once, as a page to print and as a document for Word and WPS ([`Paper::to_docx`]).

mod desk;
mod layout;
#[cfg(test)]
mod tests;

pub use layout::{layout, letter, trial};

use crate::docx::{BadTemplate, Block, Content, Template};
use crate::table::{Lang, Table};
use crate::text::escape;
use std::fmt::Write as _;

/// The layout, for the browser's printer.
pub const STYLE: &str = include_str!("paper.css");

/// How a paper looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// An official document of GB/T 9704-2012: A4, the office in red over a red line, 22 lines of 28 characters.
    #[default]
    Official,
    /// A letter to an applicant: A4, black.
    Letter,
    /// A slip of A5.
    Slip,
}

impl Form {
    fn class(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Letter => "letter",
            Self::Slip => "slip",
        }
    }
}

/// What a paper says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paper {
    /// How it looks.
    pub form: Form,
    /// The office it comes from.
    pub office: String,
    /// 标题
    pub title: String,
    /// Its number.
    pub no: String,
    /// 主送
    pub to: String,
    /// 正文
    pub body: Vec<Block>,
    /// 署名. Empty: the office.
    pub signer: String,
    /// 成文日期
    pub date: String,
    /// 抄送
    pub copies: Vec<String>,
    /// Whom to ask.
    pub contact: String,
    /// Above everything: that it does not hold any more (已撤销、作废), or that it is a copy (副本).
    pub mark: Option<String>,
    /// Parts of the text by themselves, for templates that set them in words of their own.
    pub parts: Vec<(&'static str, Content)>,
}

/// Paragraphs, each a sentence of its own.
pub fn paragraphs(all: impl IntoIterator<Item = String>) -> Vec<Block> {
    all.into_iter().map(|text| Block::Paragraph(sentence(text))).collect()
}

/// A text that ends as a sentence does.
fn sentence(text: String) -> String {
    if text.ends_with(['。', '！', '？', '：', '；']) { text } else { format!("{text}。") }
}

impl Paper {
    fn signer(&self) -> &str {
        if self.signer.is_empty() { &self.office } else { &self.signer }
    }

    /// The page.
    #[must_use]
    pub fn html(&self) -> String {
        let mut body = String::new();
        if let Some(mark) = &self.mark {
            let _ = write!(body, "<p class=\"void\" role=\"note\">{}</p>", escape(mark));
        }
        let _ = write!(
            body,
            "<p class=\"office\">{}</p><h1>{}</h1><p class=\"no\">{}</p><p class=\"to\">{}：</p>",
            escape(&self.office),
            escape(&self.title),
            escape(&self.no),
            escape(&self.to)
        );
        for block in &self.body {
            put(block, &mut body);
        }
        let _ =
            write!(body, "<p class=\"sign\">{}</p><p class=\"sign\">{}</p>", escape(self.signer()), escape(&self.date));
        if !self.copies.is_empty() {
            let _ = write!(body, "<p class=\"copies\">抄送：{}</p>", escape(&self.copies.join("，")));
        }
        if !self.contact.is_empty() {
            let _ = write!(body, "<p class=\"contact\">{}</p>", escape(&self.contact));
        }
        format!(
            "<!doctype html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>{} {}</title>\
             <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"stylesheet\" href=\"/paper.css\"></head>\
             <body class=\"{}\"><main>{body}</main></body></html>\n",
            escape(&self.title),
            escape(&self.no),
            self.form.class()
        )
    }

    /// The document (.docx) of a paper of the desk. The same paper and template give the same bytes.
    ///
    /// # Errors
    /// The template cannot be written back; it was checked when it was read.
    pub fn to_docx(&self, template: &Template) -> Result<Vec<u8>, BadTemplate> {
        let text = |text: &str| Content::Text(text.to_owned());
        let all = [
            ("标记", text(self.mark.as_deref().unwrap_or_default())),
            ("行政机关", text(&self.office)),
            ("文书名称", text(&self.title)),
            ("文号", text(&self.no)),
            ("主送", text(&self.to)),
            ("正文", Content::Blocks(self.body.clone())),
            ("署名", text(self.signer())),
            ("成文日期", text(&self.date)),
            ("联系方式", text(&self.contact)),
        ];
        template.fill(&all.into_iter().chain(self.parts.iter().cloned()).collect())
    }
}

fn put(block: &Block, out: &mut String) {
    match block {
        Block::Heading1(text) | Block::Heading2(text) | Block::Heading3(text) => {
            let _ = write!(out, "<h2>{}</h2>", escape(text));
        }
        Block::Paragraph(text) => {
            let _ = write!(out, "<p class=\"text\">{}</p>", escape(text));
        }
        Block::Facts(facts) => {
            if facts.is_empty() {
                return;
            }
            out.push_str("<table><tbody>");
            for (name, value) in facts {
                let _ = write!(out, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>", escape(name), escape(value));
            }
            out.push_str("</tbody></table>");
        }
        Block::Table(table) => grid(table, out),
    }
}

fn grid(table: &Table, out: &mut String) {
    out.push_str("<table class=\"grid\">");
    if !table.title.is_empty() {
        let _ = write!(out, "<caption>{}</caption>", escape(&table.title));
    }
    out.push_str("<thead><tr>");
    for column in &table.columns {
        let class = if column.kind.is_number() { " class=\"n\"" } else { "" };
        let _ = write!(out, "<th scope=\"col\"{class}>{}</th>", escape(column.name(Lang::Zh)));
    }
    out.push_str("</tr></thead><tbody>");
    for row in &table.rows {
        out.push_str("<tr>");
        for (cell, column) in row.iter().zip(&table.columns) {
            let class = if column.kind.is_number() { " class=\"n\"" } else { "" };
            let _ = write!(out, "<td{class}>{}</td>", escape(&cell.say()));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
}
