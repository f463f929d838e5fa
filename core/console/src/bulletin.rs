//! The monthly bulletin (通报) as a document for Word and WPS, in the layout of GB/T 9704-2012: A4, type area 156 × 225 mm, 22 lines of
//! 28 characters. What it says is a [`Bulletin`]; how it looks is a [`Template`] of [`LAYOUT`], the built-in one or the county's own.

mod facts;
#[cfg(test)]
mod tests;

pub use facts::{AgencyWords, BulletinFacts, CardCount, Excluded, Sampled, Standing};

use crate::docx::{Appendix, BadTemplate, Block, Content, Layout, Template, date_zh};
use chrono::NaiveDate;

macro_rules! parts {
    ($($name:literal)*) => {
        &[$(($name, include_bytes!(concat!("../templates/bulletin/", $name)) as &[u8]),)*]
    };
}

/// What a template of the bulletin has.
pub static LAYOUT: Layout = Layout {
    name: "bulletin",
    needed: &[
        "发文机关标志",
        "发文字号",
        "标题",
        "主送机关",
        "附件说明",
        "署名",
        "成文日期",
        "附件",
        "抄送",
        "印发机关",
        "印发日期",
    ],
    text: "正文",
    essential: &[],
    possible: &[],
    blocks: &["正文", "附件说明", "附件"],
    family: "通报",
    styles: &["正文", "一级标题", "二级标题", "三级标题", "附件说明", "附件标记", "附件标题", "表头", "表格", "表注"],
    built_in: parts![
        "[Content_Types].xml" "_rels/.rels" "docProps/core.xml" "word/_rels/document.xml.rels" "word/document.xml"
        "word/styles.xml" "word/settings.xml" "word/fontTable.xml" "word/footer1.xml" "word/footer2.xml"
    ],
};

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

/// 发文字号, e.g. `示监〔2026〕3号`.
#[must_use]
pub fn document_number(code: &str, year: i32, no: u32) -> String {
    format!("{code}〔{year}〕{no}号")
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
        let words = [
            ("发文机关标志", self.agency.clone()),
            ("发文字号", self.number.clone()),
            ("标题", self.title.clone()),
            ("主送机关", self.salutation.clone()),
            ("署名", self.signer.clone()),
            ("成文日期", date_zh(self.date)),
            ("抄送", self.copies.join("，")),
            ("印发机关", self.printed_by.clone()),
            ("印发日期", date_zh(self.printed_on)),
        ];
        let blocks = [
            ("正文", Content::Blocks(self.body.clone())),
            ("附件说明", Content::List(self.appendices.clone())),
            ("附件", Content::Appendices(self.appendices.clone())),
        ];
        let words = words.map(|(place, text)| (place, Content::Text(text)));
        template.fill(&words.into_iter().chain(blocks).collect())
    }
}
