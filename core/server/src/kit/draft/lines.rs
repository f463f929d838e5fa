//! TOML with remarks, line by line. What is written is for a person to read and change; a test reads it back.

/// A text value as TOML.
pub(crate) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A key as TOML: bare where it is a word; codes that are numbers stand in quotes, as they are texts.
pub(crate) fn key(name: &str) -> String {
    let bare = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if bare { name.to_owned() } else { quoted(name) }
}

/// Words on one line, as a remark may hold them.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(|c: char| c.is_control(), "")
}

/// Lines in the making.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines(Vec<String>);

impl Lines {
    /// A table's head, after an empty line.
    pub(crate) fn head(&mut self, head: &str) {
        self.0.push(String::new());
        self.0.push(head.to_owned());
    }

    /// A remark of its own.
    pub(crate) fn remark(&mut self, words: &str) {
        self.0.push(format!("# {}", one_line(words)));
    }

    /// A key with its value, as TOML, and a remark behind it; an empty one is none.
    pub(crate) fn set(&mut self, name: &str, value: &str, remark: &str) {
        let remark = if remark.is_empty() { String::new() } else { format!("  # {}", one_line(remark)) };
        self.0.push(format!("{} = {value}{remark}", key(name)));
    }

    /// The same, switched off.
    pub(crate) fn off(&mut self, name: &str, value: &str, remark: &str) {
        self.0.push(format!("# {} = {value}  # {}", key(name), one_line(remark)));
    }

    /// Lines after these.
    pub(crate) fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The whole text.
    pub(crate) fn text(&self) -> String {
        let mut text = self.0.join("\n");
        text.push('\n');
        text
    }
}
