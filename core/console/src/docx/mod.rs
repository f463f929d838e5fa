//! Documents for Word and WPS: a template with named places ([`Template`]) filled with words, paragraphs and tables. What a kind of
//! document asks of its templates is a [`Layout`].

mod document;
mod fill;
mod template;

pub use template::{BadTemplate, Layout, Template};

use crate::table::Table;
use chrono::{Datelike, NaiveDate};

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// `一、`, in 黑体. The number is part of the words.
    Heading1(String),
    /// `（一）`, in 楷体.
    Heading2(String),
    /// `1. `, in 仿宋.
    Heading3(String),
    /// A paragraph.
    Paragraph(String),
    /// Names and what is said of them, in two columns.
    Facts(Vec<(String, String)>),
    /// A table with its title above it and its notes below.
    Table(Table),
}

/// 附件
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appendix {
    /// Its name.
    pub title: String,
    /// Text before the table.
    pub text: Vec<String>,
    /// The table; one that is too wide lies on a page turned sideways.
    pub table: Table,
}

/// What stands in a place. A paragraph goes whose place is filled with an empty text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Words within a paragraph.
    Text(String),
    /// 正文
    Blocks(Vec<Block>),
    /// 附件说明: the names of the appendices.
    List(Vec<Appendix>),
    /// 附件: the appendices themselves.
    Appendices(Vec<Appendix>),
}

/// A date as official documents write it (GB/T 9704-2012, 7.3.5.4): `2026年4月8日`, no leading zeros.
#[must_use]
pub fn date_zh(date: NaiveDate) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}
