//! The monthly bulletin (通报) as a document for Word and WPS, in the layout of GB/T 9704-2012: A4, type area 156 × 225 mm, 22 lines of
//! 28 characters. What it says is a [`Bulletin`]; how it looks is a [`Template`], the built-in one or the county's own.

mod document;
mod facts;
mod fill;
mod template;
#[cfg(test)]
mod tests;

pub use facts::{AgencyWords, BulletinFacts, CardCount, Excluded, Sampled, Standing};
pub use template::{BadTemplate, PLACES, STYLES, Template};

use crate::table::Table;
use chrono::{Datelike, NaiveDate};

/// What a bulletin says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulletin {
    /// 发文机关标志, e.g. `示例县监察局文件`.
    pub agency: String,
    /// 发文字号, see [`document_number`].
    pub number: String,
    /// 标题
    pub title: String,
    /// 主送机关, without the colon. Empty: none.
    pub salutation: String,
    /// 正文
    pub body: Vec<Block>,
    /// 附件
    pub appendices: Vec<Appendix>,
    /// 署名
    pub signer: String,
    /// 成文日期
    pub date: NaiveDate,
    /// 抄送机关. Empty: none.
    pub copies: Vec<String>,
    /// 印发机关
    pub printed_by: String,
    /// 印发日期
    pub printed_on: NaiveDate,
}

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

/// 发文字号, e.g. `示监〔2026〕3号`.
#[must_use]
pub fn document_number(code: &str, year: i32, no: u32) -> String {
    format!("{code}〔{year}〕{no}号")
}

/// A date as official documents write it (GB/T 9704-2012, 7.3.5.4): `2026年4月8日`, no leading zeros.
#[must_use]
pub fn date_zh(date: NaiveDate) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

/// Chinese numerals for headings: 一 to 九十九.
#[must_use]
pub fn numeral(n: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |n: usize| DIGITS.get(n % 10).copied().unwrap_or_default();
    match (n / 10, n % 10) {
        (0, _) => digit(n).to_owned(),
        (1, one) => format!("十{}", digit(one)),
        (ten, one) if ten < 10 => format!("{}十{}", digit(ten), digit(one)),
        _ => n.to_string(),
    }
}

impl Bulletin {
    /// The document (.docx). The same bulletin and template give the same bytes.
    ///
    /// # Errors
    /// The template cannot be written back; it was checked when it was read.
    pub fn to_docx(&self, template: &Template) -> Result<Vec<u8>, BadTemplate> {
        fill::fill(self, template)
    }
}
