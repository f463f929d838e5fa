//! Papers: what is sent out over a card, an order or an investigation, as a page to print. Set like an official document of
//! GB/T 9704-2012: A4, 22 lines of 28 characters, title, number, addressee, text, office and date.

use crate::text::escape;
use std::fmt::Write as _;

/// The layout, for the browser's printer.
pub const STYLE: &str = include_str!("paper.css");

/// What a paper says.
#[derive(Clone, Debug, Default)]
pub struct Paper {
    /// The office it comes from.
    pub office: String,
    /// 标题
    pub title: String,
    /// Its number.
    pub no: String,
    /// 主送
    pub to: String,
    /// 正文
    pub paragraphs: Vec<String>,
    /// Facts in two columns, such as case number and limit.
    pub facts: Vec<(String, String)>,
    /// 成文日期
    pub date: String,
    /// 抄送
    pub copies: Vec<String>,
    /// Why it does not hold any more, such as 已撤销.
    pub void: Option<String>,
}

impl Paper {
    /// The page.
    #[must_use]
    pub fn html(&self) -> String {
        let mut body = String::new();
        if let Some(void) = &self.void {
            let _ = write!(body, "<p class=\"void\" role=\"note\">{}</p>", escape(void));
        }
        let _ = write!(
            body,
            "<p class=\"office\">{}</p><h1>{}</h1><p class=\"no\">{}</p><p class=\"to\">{}：</p>",
            escape(&self.office),
            escape(&self.title),
            escape(&self.no),
            escape(&self.to)
        );
        for paragraph in &self.paragraphs {
            let end = if paragraph.ends_with(['。', '！', '？', '：', '；']) { "" } else { "。" };
            let _ = write!(body, "<p class=\"text\">{}{end}</p>", escape(paragraph));
        }
        if !self.facts.is_empty() {
            body.push_str("<table><tbody>");
            for (name, value) in &self.facts {
                let _ = write!(body, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>", escape(name), escape(value));
            }
            body.push_str("</tbody></table>");
        }
        let _ =
            write!(body, "<p class=\"sign\">{}</p><p class=\"sign\">{}</p>", escape(&self.office), escape(&self.date));
        if !self.copies.is_empty() {
            let _ = write!(body, "<p class=\"copies\">抄送：{}</p>", escape(&self.copies.join("，")));
        }
        format!(
            "<!doctype html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>{} {}</title>\
             <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"stylesheet\" href=\"/paper.css\"></head>\
             <body><main>{body}</main></body></html>\n",
            escape(&self.title),
            escape(&self.no)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_paper_says_stands_on_it_and_nothing_runs() {
        let paper = Paper {
            office: "示例县".to_owned(),
            title: "黄牌监察通知".to_owned(),
            no: "3308242026000000011".to_owned(),
            to: "市场监督管理局".to_owned(),
            paragraphs: vec!["<script>alert(1)</script>".to_owned()],
            facts: vec![("反馈期限".to_owned(), "2026年4月8日".to_owned())],
            date: "2026年4月2日".to_owned(),
            copies: vec!["周局长".to_owned()],
            void: Some("已撤销".to_owned()),
        };
        let page = paper.html();
        for part in
            ["黄牌监察通知", "3308242026000000011", "市场监督管理局：", "2026年4月8日", "抄送：周局长", "已撤销"]
        {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains("<script") && !page.contains("style="));
    }
}
