//! What every page of the console has around it.

use crate::words::{Lang, find, say};

/// One entry of the navigation.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Its address.
    pub href: &'static str,
    /// Its key in the catalogue.
    pub key: &'static str,
}

/// The places there are, in order.
pub const PLACES: &[Place] = &[
    Place { href: "/", key: key("nav.overview") },
    Place { href: "/cases", key: key("nav.cases") },
    Place { href: "/cards", key: key("nav.cards") },
    Place { href: "/scores", key: key("nav.scores") },
];

/// Marks a key of the catalogue, so that a test finds it.
#[must_use]
pub const fn key(key: &'static str) -> &'static str {
    key
}

/// Who looks, at what, when.
#[derive(Clone, Debug)]
pub struct Shell {
    /// In which language.
    pub lang: Lang,
    /// The county.
    pub county: String,
    /// The signed-in person; nothing on public pages.
    pub user: String,
    /// Its role in words.
    pub role: String,
    /// The address of this page with its query, for the switch of language and for signing in again.
    pub here: String,
    /// Where in the navigation.
    pub place: &'static str,
    /// When this was read.
    pub as_of: String,
    /// Departments whose source is silent, by name; the page turns red.
    pub stale: Vec<String>,
}

impl Shell {
    /// The words under a key.
    #[must_use]
    pub fn t<'a>(&self, key: &'a str) -> &'a str {
        say(self.lang, key)
    }

    /// The words of a group (`level.`) under a word that is data; the word itself where it is unknown.
    #[must_use]
    pub fn of<'a>(&self, group: &str, word: &'a str) -> &'a str {
        find(self.lang, &format!("{group}{word}")).unwrap_or(word)
    }

    /// The places.
    #[must_use]
    pub fn places(&self) -> &'static [Place] {
        PLACES
    }

    /// The address of this page in the other language.
    #[must_use]
    pub fn in_other_language(&self) -> String {
        let (path, query) = self.here.split_once('?').unwrap_or((&self.here, ""));
        let rest: Vec<&str> = query.split('&').filter(|p| !p.is_empty() && !p.starts_with("lang=")).collect();
        let rest = rest.iter().map(|p| format!("{p}&")).collect::<String>();
        format!("{path}?{rest}lang={}", self.lang.other())
    }
}
