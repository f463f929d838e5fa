//! What stands where in the manuals. An index is made once of sections and codes; words find the sections that hold all of them, the place
//! that is called so first. Letters are as good large as small, and a Chinese phrase that stands nowhere as it is written is looked for by
//! its pairs of characters.

use super::marked;
use crate::text::escape;
use crate::words::Lang;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::fmt::Write as _;

/// How many words are looked for.
const WORDS: usize = 8;
/// Characters of an excerpt before the first hit, and in all.
const BEFORE: usize = 40;
const LONG: usize = 160;
/// Bytes of text beside which a hit counts.
const DENSE: usize = 1_000;

/// A section of a manual, or a code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Its address.
    pub href: String,
    /// The language it is written in.
    pub lang: Lang,
    /// What it is called.
    pub heading: String,
    /// The manual or table it is of.
    pub book: String,
    /// Its words.
    pub text: String,
}

/// Text in which letters are small. It has as many characters as before, so that places in it are places in what was written.
fn folded(text: &str) -> String {
    text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect()
}

struct Entry {
    place: Place,
    heading: String,
    text: String,
}

impl Entry {
    fn says(&self, word: &str) -> bool {
        self.heading.contains(word) || self.text.contains(word)
    }
}

/// Every place, to be asked.
pub struct Index(Vec<Entry>);

/// A place that was found: how its words begin, and where the hits in them are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// The place.
    pub place: &'a Place,
    /// Pieces of its words in order; those that are hits.
    pub excerpt: Vec<(String, bool)>,
}

impl Index {
    /// An index of these places.
    #[must_use]
    pub fn new(places: Vec<Place>) -> Self {
        let entry = |place: Place| Entry { heading: folded(&place.heading), text: folded(&place.text), place };
        Self(places.into_iter().map(entry).collect())
    }

    /// What is looked for: the words as they are written; a phrase that stands nowhere, by its pairs of characters.
    fn wanted(&self, words: &str) -> Vec<String> {
        let mut all = Vec::new();
        for word in words.split_whitespace().take(WORDS) {
            let chars: Vec<char> = word.chars().collect();
            if chars.len() > 2 && !word.is_ascii() && !self.0.iter().any(|one| one.says(word)) {
                all.extend(chars.windows(2).map(|pair| pair.iter().collect::<String>()));
            } else {
                all.push(word.to_owned());
            }
        }
        all
    }

    /// The places that hold every word, at most so many, and how many there are. The first is the one that is called so.
    #[must_use]
    pub fn find(&self, words: &str, most: usize) -> (Vec<Found<'_>>, usize) {
        let words = folded(words);
        let wanted = self.wanted(&words);
        if wanted.is_empty() {
            return (Vec::new(), 0);
        }
        let mut all: Vec<_> = self
            .0
            .iter()
            .filter(|one| wanted.iter().all(|word| one.says(word)))
            .map(|one| {
                let called = one.heading == words.trim();
                let headed = wanted.iter().all(|word| one.heading.contains(word.as_str()));
                let hits: usize = wanted.iter().map(|word| one.text.matches(word.as_str()).count()).sum();
                // A short section about it before a long one that names it now and then.
                (Reverse((called, headed, hits * DENSE / (one.text.len() + DENSE))), one)
            })
            .collect();
        // Of what is as good the order of the manuals stays.
        all.sort_by_key(|(rank, _)| *rank);
        let total = all.len();
        let found =
            all.into_iter().take(most).map(|(_, one)| Found { place: &one.place, excerpt: excerpt(one, &wanted) });
        (found.collect(), total)
    }
}

/// The words around the first hit, cut where they are long.
fn excerpt(entry: &Entry, wanted: &[String]) -> Vec<(String, bool)> {
    let (written, text): (Vec<char>, Vec<char>) = (entry.place.text.chars().collect(), entry.text.chars().collect());
    let wanted: Vec<Vec<char>> = wanted.iter().map(|word| word.chars().collect()).collect();
    let mut hit = HashSet::new();
    for word in &wanted {
        let at = text.windows(word.len()).enumerate().filter(|(_, piece)| piece == word);
        hit.extend(at.flat_map(|(at, _)| at..at + word.len()));
    }
    let from = hit.iter().min().map_or(0, |first| first.saturating_sub(BEFORE));
    let to = written.len().min(from + LONG);
    let mut pieces: Vec<(String, bool)> = Vec::new();
    for (at, c) in written.iter().enumerate().take(to).skip(from) {
        let is = hit.contains(&at);
        match pieces.last_mut() {
            Some((piece, was)) if *was == is => piece.push(*c),
            _ => pieces.push((c.to_string(), is)),
        }
    }
    if from > 0 {
        pieces.insert(0, ("…".to_owned(), false));
    }
    if to < written.len() {
        pieces.push(("…".to_owned(), false));
    }
    pieces
}

/// What was found as markup on a page of a language: where each leads, of which manual it is, and its words with the hits marked. Each is
/// marked in its own language.
#[must_use]
pub fn markup(lang: Lang, found: &[Found<'_>]) -> String {
    let mut out = String::from("<ol>");
    for one in found {
        // Of Chinese words among English the manual itself knows no more than their characters.
        let said = |text: &str| if one.place.lang == Lang::En { marked(text) } else { escape(text) };
        let own = if one.place.lang == lang { String::new() } else { format!(" lang=\"{}\"", one.place.lang.tag()) };
        let (href, heading, book) = (escape(&one.place.href), said(&one.place.heading), said(&one.place.book));
        // Writing to a string does not fail.
        let _ = write!(out, "<li{own}><p><a href=\"{href}\">{heading}</a> · {book}</p><p>");
        for (piece, is) in &one.excerpt {
            let piece = said(piece);
            let _ = if *is { write!(out, "<mark>{piece}</mark>") } else { write!(out, "{piece}") };
        }
        out.push_str("</p></li>");
    }
    out.push_str("</ol>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> Index {
        let place = |href: &str, heading: &str, text: &str| Place {
            href: href.to_owned(),
            lang: if heading.is_ascii() { Lang::En } else { Lang::Zh },
            heading: heading.to_owned(),
            book: "手册".to_owned(),
            text: text.to_owned(),
        };
        Index::new(vec![
            place("/a#1", "How a connector stands", "A status of source.status is retried. <Source.Status> again."),
            place("/a#2", "备份与恢复", "每天把备份复制到另一台机器；恢复之前先停止服务。"),
            place("/e/source.status", "source.status", "来源回答的状态不是 200"),
        ])
    }

    fn hrefs(words: &str) -> Vec<String> {
        index().find(words, 9).0.iter().map(|f| f.place.href.clone()).collect()
    }

    #[test]
    fn words_find_the_sections_that_hold_all_of_them() {
        assert_eq!(hrefs("source.status"), ["/e/source.status", "/a#1"], "what is called so is first");
        assert_eq!(hrefs("CONNECTOR retried"), ["/a#1"]);
        assert_eq!(hrefs("connector 备份"), Vec::<String>::new());
        assert_eq!(hrefs("备份"), ["/a#2"]);
        assert_eq!(hrefs("备份恢复"), Vec::<String>::new(), "a pair of it stands nowhere");
        assert_eq!(hrefs("停止服务复制"), Vec::<String>::new());
        assert_eq!(hrefs("停止备份"), Vec::<String>::new());
        assert_eq!(hrefs("恢复之前停止服务"), Vec::<String>::new());
        assert_eq!(hrefs("   "), Vec::<String>::new());
        let index = index();
        let (found, all) = index.find("s", 1);
        assert_eq!((found.len(), all), (1, 2), "cut, and counted");
    }

    #[test]
    fn a_phrase_that_stands_nowhere_is_looked_for_by_its_pairs() {
        let place = |text: &str| Place { text: text.to_owned(), ..Place::default() };
        let index = Index::new(vec![place("备份复核"), place("复核恢复"), place("备份"), place("恢复")]);
        assert_eq!(index.find("备份复核恢复", 9).1, 0, "each pair stands somewhere, but not all in one place");
        let index = Index::new(vec![place("备份恢复了，恢复演练"), place("备份")]);
        assert_eq!(index.find("备份恢复演练", 9).1, 1);
    }

    #[test]
    fn an_excerpt_shows_the_hit_where_it_is_and_is_no_markup() {
        let index = index();
        let (found, _) = index.find("source.status retried", 9);
        let shown = markup(Lang::Zh, &found);
        assert!(shown.contains("<mark>source.status</mark> is <mark>retried</mark>"), "{shown}");
        assert!(shown.contains("&lt;<mark>Source.Status</mark>&gt;"), "as it was written: {shown}");
        let long = Place { text: format!("{}İ要点{}", "字".repeat(300), "尾".repeat(300)), ..Place::default() };
        let index = Index::new(vec![long]);
        let (found, _) = index.find("要点", 9);
        let words: String = found[0].excerpt.iter().map(|(piece, _)| piece.as_str()).collect();
        assert!(words.starts_with('…') && words.ends_with('…') && words.chars().count() == LONG + 2, "{words}");
        assert_eq!(
            found[0].excerpt.iter().filter(|(_, is)| *is).map(|(p, _)| p.as_str()).collect::<Vec<_>>(),
            ["要点"]
        );
    }
}
