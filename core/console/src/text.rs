//! Text for people and for markup.

use crate::words::Lang;
use std::fmt;

/// Words of the house, in the language of the page, and among them what is data: names, numbers of papers, what somebody wrote. Data
/// stays as it was written and is marked as Chinese where the page is not (WCAG 3.1.2, language of parts).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(Vec<Run>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    text: String,
    data: bool,
}

/// What somebody wrote, or what something is called; it is shown as it stands.
pub fn data(text: impl Into<String>) -> Text {
    Text::of(text.into(), true)
}

/// Whether a character is of Chinese writing: Han, and the marks and letters as wide as they are.
#[must_use]
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

/// The attribute that marks an element with nothing but data in it, a space before it; nothing where none is needed.
#[must_use]
pub fn marked(lang: Lang, text: &str) -> &'static str {
    if lang == Lang::Zh || !text.chars().any(is_han) { "" } else { " lang=\"zh-CN\"" }
}

impl Text {
    fn of(text: String, data: bool) -> Self {
        Self(if text.is_empty() { Vec::new() } else { vec![Run { text, data }] })
    }

    /// And more behind it.
    #[must_use]
    pub fn and(mut self, more: impl Into<Self>) -> Self {
        self.0.extend(more.into().0);
        self
    }

    /// Several, with words of the house between them.
    #[must_use]
    pub fn join(all: impl IntoIterator<Item = Self>, between: &str) -> Self {
        let mut all = all.into_iter();
        let first = all.next().unwrap_or_default();
        all.fold(first, |text, one| text.and(between).and(one))
    }

    /// A sentence of the house with a place for each of these in it.
    #[must_use]
    pub fn filled(sentence: &str, places: &[(&str, Self)]) -> Self {
        let Some((at, place, value)) =
            places.iter().filter_map(|(p, v)| Some((sentence.find(p)?, *p, v))).min_by_key(|one| one.0)
        else {
            return sentence.into();
        };
        let (before, after) = sentence.split_at(at);
        Self::from(before).and(value.clone()).and(Self::filled(after.strip_prefix(place).unwrap_or(""), places))
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As markup of an element on a page of a language.
    #[must_use]
    pub fn markup(&self, lang: Lang) -> String {
        let one = |run: &Run| match marked(lang, &run.text) {
            mark if run.data && !mark.is_empty() => format!("<span{mark}>{}</span>", escape(&run.text)),
            _ => escape(&run.text),
        };
        self.0.iter().map(one).collect()
    }

    /// The attribute for an element whose text cannot be marked in parts – a title, a choice, a picture –, with a space before it: where
    /// data is in it, the whole is read as the data is, for a voice of Chinese reads English and not the other way round.
    #[must_use]
    pub fn mark(&self, lang: Lang) -> &'static str {
        self.0
            .iter()
            .filter(|run| run.data)
            .map(|run| marked(lang, &run.text))
            .find(|mark| !mark.is_empty())
            .unwrap_or("")
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::of(text, false)
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Self::of(text.clone(), false)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::of(text.to_owned(), false)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|run| f.write_str(&run.text))
    }
}

/// Text that may stand in an element or an attribute of HTML and SVG.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Not allowed in XML, and never meant.
            c if c.is_control() && !matches!(c, '\n' | '\t') => {}
            c => out.push(c),
        }
    }
    out
}

/// How wide a text is in columns: a Chinese character takes two.
#[must_use]
pub fn columns(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

/// Breaks a text into lines of at most so many columns, and so many lines; what does not fit ends in `…`.
#[must_use]
pub fn wrap(text: &str, width: usize, lines: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut used = 0;
    for c in text.chars() {
        let wide = if c.is_ascii() { 1 } else { 2 };
        if used + wide > width {
            if all.len() == lines {
                if let Some(last) = all.last_mut() {
                    last.pop();
                    last.push('…');
                }
                return all;
            }
            all.push(String::new());
            used = 0;
        }
        used += wide;
        if let Some(last) = all.last_mut() {
            last.push(c);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_marked_where_the_page_is_not_chinese() {
        let text = Text::from("Card of ").and(data("市场监管局 <1>")).and(": ").and(data("A-1")).and("（");
        assert_eq!(text.to_string(), "Card of 市场监管局 <1>: A-1（");
        assert_eq!(text.markup(Lang::En), "Card of <span lang=\"zh-CN\">市场监管局 &lt;1&gt;</span>: A-1（");
        assert_eq!(text.markup(Lang::Zh), "Card of 市场监管局 &lt;1&gt;: A-1（");
        assert_eq!((text.mark(Lang::En), text.mark(Lang::Zh)), (" lang=\"zh-CN\"", ""));
        assert_eq!((Text::from("红牌").mark(Lang::En), data("A-1").mark(Lang::En)), ("", ""));
        let filled = Text::filled("{a} and {b}.", &[("{b}", data("乙")), ("{a}", "x".into())]);
        assert_eq!(filled, Text::from("x").and(" and ").and(data("乙")).and("."));
        assert_eq!(Text::join([data("甲"), data("乙")], ", ").to_string(), "甲, 乙");
        assert!(Text::from("").is_empty() && Text::join([], ", ").is_empty());
    }

    #[test]
    fn text_is_safe_and_fits() {
        assert_eq!(escape("<a href=\"x\">'&\u{1}"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
        assert_eq!(wrap("组织专家现场踏勘", 8, 3), ["组织专家", "现场踏勘"]);
        assert_eq!(wrap("组织专家现场踏勘并出具意见", 8, 2), ["组织专家", "现场踏…"]);
        assert_eq!(columns("A组"), 3);
    }
}
