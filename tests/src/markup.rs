//! What a page of the house says, to whom, in which language: its markup read as a browser reads it, as far as our own pages go.

/// One thing a page says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// The words; the text of one element between two marks, or an attribute that is read out.
    pub text: String,
    /// The language of the nearest element that names one.
    pub lang: String,
    /// The elements it stands in, outermost first, each with its attributes as they are written.
    pub within: Vec<String>,
}

/// Elements that have no end.
const VOID: &[&str] = &["area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"];
/// Attributes that are read out to somebody.
const READ_OUT: &[&str] = &["alt", "aria-label", "placeholder", "title", "value"];

/// Everything a page says, in order.
#[must_use]
pub fn spoken(page: &str) -> Vec<Spoken> {
    let (mut all, mut open) = (Vec::new(), Vec::<(String, String)>::new());
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        say(&mut all, &open, &rest[..at]);
        let end = end_of(&rest[at..]);
        let mark = &rest[at + 1..at + end - 1];
        rest = &rest[at + end..];
        let name: String = mark.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        if mark.starts_with('/') {
            if let Some(known) = open.iter().rposition(|(one, _)| one.split(' ').next() == Some(&name)) {
                open.truncate(known);
            }
            continue;
        }
        if mark.starts_with('!') {
            continue;
        }
        let attributes = attributes(mark);
        let of = |name: &str| attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        let above = open.last().map_or_else(String::new, |(_, lang)| lang.clone());
        open.push((mark.trim_end_matches('/').to_owned(), of("lang").unwrap_or(above)));
        // The value of a button is what it says; that of other fields is nobody's words but who filled it in, or a code.
        let button = name == "input" && matches!(of("type").as_deref(), Some("submit" | "button"));
        for (_, text) in attributes.iter().filter(|(n, _)| READ_OUT.contains(&n.as_str()) && (n != "value" || button)) {
            say(&mut all, &open, text);
        }
        if VOID.contains(&name.as_str()) || mark.ends_with('/') {
            open.pop();
        }
    }
    all
}

fn say(all: &mut Vec<Spoken>, open: &[(String, String)], text: &str) {
    let silent = open.iter().any(|(mark, _)| mark.starts_with("script") || mark.starts_with("style"));
    let text = unescaped(text.trim());
    if !text.is_empty() && !silent {
        let lang = open.last().map_or_else(String::new, |(_, lang)| lang.clone());
        all.push(Spoken { text, lang, within: open.iter().map(|(mark, _)| mark.clone()).collect() });
    }
}

/// How long a mark is that begins here, its end included.
fn end_of(text: &str) -> usize {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return at + 1,
            _ => {}
        }
    }
    panic!("a mark without an end: {}", text.chars().take(80).collect::<String>());
}

fn attributes(mark: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut rest = mark;
    while let Some(at) = rest.find("=\"") {
        let name = rest[..at].rsplit(' ').next().unwrap_or_default();
        let value = &rest[at + 2..];
        let end = value.find('"').expect("a quotation mark");
        all.push((name.to_owned(), unescaped(&value[..end])));
        rest = &value[end + 1..];
    }
    all
}

fn unescaped(text: &str) -> String {
    let named = [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
    ];
    let text = named.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    text.replace("&#38;", "&").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_its_language_and_what_it_stands_in() {
        let page = "<!doctype html><html lang=\"en\"><body><p title=\"甲 > 乙\">one<br>two <b lang=\"zh-CN\">三</b> four</p>\
                    <script>let 五;</script><input type=\"text\" value=\"六\" required><img alt=\"七\" lang=\"zh\"></body></html>";
        let all: Vec<(String, String)> = spoken(page).into_iter().map(|s| (s.text, s.lang)).collect();
        let pair = |text: &str, lang: &str| (text.to_owned(), lang.to_owned());
        let wanted = [("甲 > 乙", "en"), ("one", "en"), ("two", "en"), ("三", "zh-CN"), ("four", "en"), ("七", "zh")];
        assert_eq!(all, wanted.map(|(text, lang)| pair(text, lang)));
    }
}
