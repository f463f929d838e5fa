//! The one registry of codes: what each means and what to do, in two languages. `data/problems.toml` is its text; a test
//! holds it against every code the sources name.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A code's general words. A [`super::Problem`] carries the particular ones.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What happened, Chinese.
    pub zh: &'static str,
    /// What happened, English.
    pub en: &'static str,
    /// What to do, Chinese.
    pub fix_zh: &'static str,
    /// What to do, English.
    pub fix_en: &'static str,
    /// What somebody at a page does, where that is something else; Chinese.
    pub page_zh: &'static str,
    /// The same, English.
    pub page_en: &'static str,
}

static TEXT: &str = include_str!("../../data/problems.toml");

static ENTRIES: LazyLock<BTreeMap<String, Entry>> = LazyLock::new(|| {
    let all: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(TEXT).unwrap_or_default();
    all.into_iter()
        .map(|(code, mut words)| {
            // Read once, kept as long as the program runs.
            let mut word = |name: &str| -> &'static str { Box::leak(words.remove(name).unwrap_or_default().into()) };
            let (zh, en) = (word("zh"), word("en"));
            let (fix_zh, fix_en) = (word("fix_zh"), word("fix_en"));
            (code, Entry { zh, en, fix_zh, fix_en, page_zh: word("page_zh"), page_en: word("page_en") })
        })
        .collect()
});

/// The words of a code.
#[must_use]
pub fn entry(code: &str) -> Option<&'static Entry> {
    ENTRIES.get(code)
}

/// Every code, sorted.
pub fn all() -> impl Iterator<Item = (&'static str, &'static Entry)> {
    ENTRIES.iter().map(|(code, entry)| (code.as_str(), entry))
}
