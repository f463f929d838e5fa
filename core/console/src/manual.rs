//! A manual: Markdown as markup. What is raw HTML in it is shown as text, tables scroll inside, headings can be linked to, and where
//! a link leads is the house's to say. Markdown cannot say in which language a word is: the Chinese terms of an English manual are
//! known by their characters, here and nowhere else.

pub mod find;

use crate::text::{data, escape, is_han};
use crate::words::Lang;
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use std::collections::BTreeMap;

/// A heading of a manual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// Its address within the page, without `#`.
    pub id: String,
    /// Its words.
    pub text: String,
}

/// A heading with the words that stand under it, up to the next heading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Its address within the page, without `#`; empty: what stands before the first heading below the title.
    pub id: String,
    /// Its heading.
    pub heading: String,
    /// Its words.
    pub text: String,
}

/// A manual as markup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manual {
    /// Its first heading, which is not in the markup.
    pub title: String,
    /// Its parts: headings of the second level.
    pub contents: Vec<Heading>,
    /// The markup.
    pub html: String,
    /// Its words, section by section.
    pub sections: Vec<Section>,
}

/// The words of a heading as part of an address, as repositories make them: letters, digits, `-` and `_`, a space as `-`.
#[must_use]
pub fn slug(text: &str) -> String {
    let kept = text.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).flat_map(char::to_lowercase).collect()
}

/// The words between two events.
fn words(events: &[Event<'_>]) -> String {
    let text = |event: &Event<'_>| match event {
        Event::Text(text) | Event::Code(text) => text.to_string(),
        Event::SoftBreak | Event::HardBreak => " ".to_owned(),
        _ => String::new(),
    };
    events.iter().map(text).collect()
}

impl Manual {
    /// Adds what is written to the words of the last section; what stands apart does not run together.
    fn say(&mut self, event: &Event<'_>) {
        let Some(last) = self.sections.last_mut() else { return };
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                last.text.push_str(text);
            }
            Event::SoftBreak
            | Event::HardBreak
            | Event::End(
                TagEnd::Heading(_) | TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell | TagEnd::CodeBlock,
            ) if !last.text.is_empty() => last.text.push(' '),
            _ => {}
        }
    }
}

/// Where a link may lead as it stands: out by HTTP, or to a heading of the same page.
fn as_it_stands(target: &str) -> bool {
    ["https://", "http://", "#"].iter().any(|begin| target.starts_with(begin))
}

/// Text with its Chinese marked.
fn marked(text: &str) -> String {
    let runs: Vec<char> = text.chars().collect();
    let one = |run: &[char]| {
        let text: String = run.iter().collect();
        if text.contains(is_han) { data(text).markup(Lang::En) } else { escape(&text) }
    };
    runs.chunk_by(|a, b| is_han(*a) == is_han(*b)).map(one).collect()
}

/// The same of what Markdown is read as, in an English manual.
fn in_its_language(lang: Lang, event: Event<'_>) -> Event<'_> {
    match event {
        Event::Text(text) if lang == Lang::En && text.contains(is_han) => Event::InlineHtml(marked(&text).into()),
        Event::Code(text) if lang == Lang::En && text.contains(is_han) => {
            Event::InlineHtml(format!("<code>{}</code>", marked(&text)).into())
        }
        other => other,
    }
}

/// A manual in a language from its Markdown. `link` says where a relative link leads; what leads nowhere is shown as words.
pub fn render(lang: Lang, text: &str, link: impl Fn(&str) -> Option<String>) -> Manual {
    let events: Vec<Event<'_>> = Parser::new_ext(text, Options::ENABLE_TABLES).collect();
    let mut manual = Manual { sections: vec![Section::default()], ..Manual::default() };
    let (mut out, mut seen, mut links) = (Vec::new(), BTreeMap::new(), Vec::new());
    let mut at = 0;
    while let Some(event) = events.get(at) {
        at += 1;
        manual.say(event);
        match event.clone() {
            Event::Start(Tag::Heading { level, classes, attrs, .. }) => {
                let rest = events.get(at..).unwrap_or_default();
                let length = rest.iter().position(|e| matches!(e, Event::End(TagEnd::Heading(_)))).unwrap_or(0);
                let text = words(rest.get(..length).unwrap_or_default());
                if level == HeadingLevel::H1 && manual.title.is_empty() {
                    if let Some(first) = manual.sections.first_mut() {
                        first.heading.clone_from(&text);
                    }
                    manual.title = text;
                    at += length + 1;
                    continue;
                }
                let n: &mut u32 = seen.entry(slug(&text)).or_insert(0);
                let id = if *n == 0 { slug(&text) } else { format!("{}-{n}", slug(&text)) };
                *n += 1;
                manual.sections.push(Section { id: id.clone(), heading: text.clone(), text: String::new() });
                if level == HeadingLevel::H2 {
                    manual.contents.push(Heading { id: id.clone(), text });
                }
                out.push(Event::Start(Tag::Heading { level, id: Some(id.into()), classes, attrs }));
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let to = if as_it_stands(&dest_url) { Some(dest_url.to_string()) } else { link(&dest_url) };
                links.push(to.is_some());
                out.extend(to.map(|to| Event::Start(Tag::Link { link_type, dest_url: to.into(), title, id })));
            }
            Event::End(TagEnd::Link) => {
                if links.pop() == Some(true) {
                    out.push(Event::End(TagEnd::Link));
                }
            }
            Event::Start(Tag::Table(columns)) => {
                out.push(Event::Html(CowStr::Borrowed("<div class=\"wide\" tabindex=\"0\">")));
                out.push(Event::Start(Tag::Table(columns)));
            }
            Event::End(TagEnd::Table) => {
                out.push(Event::End(TagEnd::Table));
                out.push(Event::Html(CowStr::Borrowed("</div>")));
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                out.push(Event::Html(CowStr::Borrowed("<div class=\"wide\" tabindex=\"0\">")));
                out.push(Event::Start(Tag::CodeBlock(kind)));
            }
            Event::End(TagEnd::CodeBlock) => {
                out.push(Event::End(TagEnd::CodeBlock));
                out.push(Event::Html(CowStr::Borrowed("</div>")));
            }
            Event::Html(text) | Event::InlineHtml(text) => out.push(Event::Text(text)),
            // The words of a picture stay.
            Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => {}
            other => out.push(other),
        }
    }
    html::push_html(&mut manual.html, out.into_iter().map(|event| in_its_language(lang, event)));
    manual
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_has_a_title_parts_and_links_that_lead_somewhere() {
        let text = "# One *two*\n\n## 检查一个标准 / testing one\n\n## Same\n\n## Same\n\n[a](b.md#c) [gone](x) [out](https://e.example) \
                    [here](#same-1) [bad](javascript:alert(1))\n\n| h |\n|---|\n| <b>x</b> |\n\n<script>alert(1)</script>\n";
        let manual = render(Lang::En, text, |to| to.strip_prefix("b.md").map(|rest| format!("/docs/b{rest}")));
        assert_eq!(manual.title, "One two");
        let ids: Vec<&str> = manual.contents.iter().map(|h| h.id.as_str()).collect();
        assert_eq!(ids, ["检查一个标准--testing-one", "same", "same-1"]);
        let html = &manual.html;
        assert!(html.contains("<a href=\"/docs/b#c\">a</a> gone <a href=\"https://e.example\">out</a>"), "{html}");
        assert!(!html.contains("javascript") && !html.contains("<script>") && !html.contains("<b>"), "{html}");
        assert!(
            html.contains("&lt;script&gt;") && html.contains("<div class=\"wide\" tabindex=\"0\"><table>"),
            "{html}"
        );
        assert!(html.contains("<h2 id=\"same-1\">"), "{html}");
        let last = manual.sections.last().expect("a section");
        assert_eq!((last.id.as_str(), last.heading.as_str()), ("same-1", "Same"));
        assert!(last.text.contains("a gone out here bad") && last.text.contains("h <b>x</b>"), "{}", last.text);
        assert_eq!(manual.sections.len(), 4, "the title has one too");
        assert!(html.contains("<span lang=\"zh-CN\">检查一个标准</span> / testing one</h2>"), "{html}");
        let code = "A <`甲<b`> card (黄牌)";
        let html = render(Lang::En, code, |_| None).html;
        let wanted = "<code><span lang=\"zh-CN\">甲</span>&lt;b</code>&gt; card (<span lang=\"zh-CN\">黄牌</span>)";
        assert!(html.contains(wanted), "{html}");
        assert!(!render(Lang::Zh, code, |_| None).html.contains("lang="));
    }
}
