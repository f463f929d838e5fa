//! Text for markup.

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
    fn text_is_safe_and_fits() {
        assert_eq!(escape("<a href=\"x\">'&\u{1}"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
        assert_eq!(wrap("组织专家现场踏勘", 8, 3), ["组织专家", "现场踏勘"]);
        assert_eq!(wrap("组织专家现场踏勘并出具意见", 8, 2), ["组织专家", "现场踏…"]);
        assert_eq!(columns("A组"), 3);
    }
}
