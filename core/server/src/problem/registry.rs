//! The one registry of codes: what each means and what to do, in two languages. `data/problems.toml` is its text; a test
//! holds it against every code the sources name.

use daylight_domain::check::Who;
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
    /// Who can put it right, of a code that whoever writes or sets up a connector can meet.
    pub who: Option<Who>,
    /// What somebody at a page does, where that is something else; Chinese.
    pub page_zh: &'static str,
    /// The same, English.
    pub page_en: &'static str,
}

/// Families of codes that are met at a vendor's desk alone: an entry need not say so.
const VENDORS: &[&str] = &["build", "kit", "mock", "project"];

static TEXT: &str = include_str!("../../data/problems.toml");

static ENTRIES: LazyLock<BTreeMap<String, Entry>> = LazyLock::new(|| {
    let all: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(TEXT).unwrap_or_default();
    all.into_iter()
        .map(|(code, mut words)| {
            // Read once, kept as long as the program runs.
            let mut word = |name: &str| -> &'static str { Box::leak(words.remove(name).unwrap_or_default().into()) };
            let (zh, en, fix_zh, fix_en) = (word("zh"), word("en"), word("fix_zh"), word("fix_en"));
            let said = word("who");
            let family = code.split('.').next().unwrap_or_default();
            let who = Who::ALL.into_iter().find(|w| w.as_str() == said);
            let who = who.or_else(|| VENDORS.contains(&family).then_some(Who::Vendor));
            (code, Entry { zh, en, fix_zh, fix_en, page_zh: word("page_zh"), page_en: word("page_en"), who })
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
