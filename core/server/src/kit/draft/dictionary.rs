//! What department systems call the fields of the exchange standard: `data/columns.toml`, understood once.

use daylight_domain::record::RecordType;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

/// How sure a guess is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Only part of the name is known.
    Low,
    /// A usual name.
    Medium,
    /// A name of a published standard, or the exchange standard's own.
    High,
}

impl Confidence {
    /// The Chinese word.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Low => "低",
            Self::Medium => "中",
            Self::High => "高",
        }
    }
}

/// What a column's name may stand for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Meaning {
    /// A field, by its name in the exchange standard (also `case_no`, `item_code`, `source_key`, `data_version`).
    Field(String),
    /// Which kind of event a row is.
    Type,
    /// When an event happened, whatever it was.
    Time,
    /// When an event of this kind happened.
    TimeOf(RecordType),
    /// When the row was changed last.
    Changed,
    /// A number that only grows.
    Grows,
}

/// A meaning with how sure it is, and where the name stands.
#[derive(Clone, Debug)]
pub(super) struct Guess {
    pub meaning: Meaning,
    pub confidence: Confidence,
    pub source: &'static str,
}

/// Where published names stand.
fn named(source: &str) -> (&'static str, Confidence) {
    match source {
        "gb" => ("GB/T 39046-2020", Confidence::High),
        "up" => ("国家数据上报表", Confidence::High),
        "gd" => ("广东省审批报文", Confidence::High),
        "sd" => ("山东省办件库", Confidence::High),
        "nb" => ("宁波市统一受理平台", Confidence::High),
        "zj" => ("浙江省办件中心", Confidence::High),
        _ => ("常见写法", Confidence::Medium),
    }
}

/// Names by where they stand; `of` are record types.
type Names = BTreeMap<String, Vec<String>>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    field: BTreeMap<String, Names>,
    #[serde(rename = "type")]
    kind: Names,
    time: BTreeMap<String, Names>,
    cursor: BTreeMap<String, Names>,
    words: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    people: People,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct People {
    surnames: String,
    work: Vec<String>,
}

/// The dictionary.
pub(super) struct Dictionary {
    names: HashMap<String, Vec<Guess>>,
    of: BTreeMap<String, Vec<RecordType>>,
    words: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    people: People,
}

/// Longer values are no words, unless a table has them.
const WORD: usize = 8;

const TEXT: &str = include_str!("../../../data/columns.toml");

/// The one dictionary.
pub(super) fn dictionary() -> &'static Dictionary {
    static ONE: LazyLock<Dictionary> = LazyLock::new(|| Dictionary::of(toml::from_str(TEXT).unwrap_or_default()));
    &ONE
}

/// A name without case, blanks, signs between words, and what stands in brackets.
pub(super) fn plain(name: &str) -> String {
    let bare = name.split(['（', '(']).next().filter(|n| !n.trim().is_empty()).unwrap_or(name);
    bare.chars().filter(|c| !c.is_whitespace() && !"_-.".contains(*c)).flat_map(char::to_lowercase).collect()
}

impl Dictionary {
    fn of(file: File) -> Self {
        let mut all = Self { names: HashMap::new(), of: BTreeMap::new(), words: file.words, people: file.people };
        for (field, mut names) in file.field {
            let of = names.remove("of").unwrap_or_default();
            all.of.insert(field.clone(), of.iter().filter_map(|t| RecordType::from_name(t)).collect());
            // A short word of the exchange standard means anything elsewhere: `days`, `name`, `result`.
            let own = if field.contains('_') { Confidence::High } else { Confidence::Low };
            all.add(&field, &Meaning::Field(field.clone()), "接口标准", own);
            all.add_all(&Meaning::Field(field), names);
        }
        all.add_all(&Meaning::Type, file.kind);
        for (kind, names) in file.time {
            let meaning = RecordType::from_name(&kind).map_or(Meaning::Time, Meaning::TimeOf);
            all.add_all(&meaning, names);
        }
        for (what, names) in file.cursor {
            all.add_all(if what == "grows" { &Meaning::Grows } else { &Meaning::Changed }, names);
        }
        all
    }

    fn add(&mut self, name: &str, meaning: &Meaning, source: &'static str, confidence: Confidence) {
        let guesses = self.names.entry(plain(name)).or_default();
        match guesses.iter_mut().find(|g| g.meaning == *meaning) {
            Some(known) if known.confidence >= confidence => {}
            Some(known) => (known.confidence, known.source) = (confidence, source),
            None => guesses.push(Guess { meaning: meaning.clone(), confidence, source }),
        }
    }

    fn add_all(&mut self, meaning: &Meaning, names: Names) {
        for (source, list) in names {
            let (source, confidence) = named(&source);
            for name in list {
                self.add(&name, meaning, source, confidence);
            }
        }
    }

    /// What a column may stand for, the surest first. Of a nested column (`/applicant/name`) the whole path is tried, then its end.
    pub(super) fn guesses(&self, column: &str) -> Vec<Guess> {
        let whole = plain(&column.replace('/', "_"));
        let last = plain(column.rsplit('/').next().unwrap_or(column));
        let exact = self.names.get(&whole).or_else(|| self.names.get(&last)).cloned().unwrap_or_default();
        let mut found = if exact.is_empty() { self.parts(&last) } else { exact };
        found.sort_by_key(|g| std::cmp::Reverse(g.confidence));
        found
    }

    /// Names of at least three characters of Chinese that a longer name begins or ends with.
    fn parts(&self, name: &str) -> Vec<Guess> {
        let long = |known: &&String| known.chars().count() >= 3 && !known.is_ascii();
        let mut fitting: Vec<(&String, &Vec<Guess>)> = self
            .names
            .iter()
            .filter(|(known, _)| long(known) && (name.ends_with(known.as_str()) || name.starts_with(known.as_str())))
            .collect();
        fitting.sort_by_key(|(known, _)| (std::cmp::Reverse(known.chars().count()), (*known).clone()));
        let first = fitting.first().map(|(_, guesses)| guesses.to_vec()).unwrap_or_default();
        first.into_iter().map(|g| Guess { confidence: Confidence::Low, ..g }).collect()
    }

    /// Whether a field belongs into a record of this type.
    pub(super) fn belongs(&self, field: &str, kind: RecordType) -> bool {
        self.of.get(field).is_none_or(|of| of.is_empty() || of.contains(&kind))
    }

    /// The code that a word of a source says plainly: in Chinese, or the exchange standard's own code. Initials are no words.
    pub(super) fn code_of(&self, table: &str, word: &str) -> Option<&str> {
        let word = word.trim();
        self.words
            .get(table)?
            .iter()
            .find_map(|(code, words)| (words.iter().any(|w| w == word) && !word.is_ascii()).then_some(code.as_str()))
    }

    /// The code that initials may stand for: only ever a hint.
    pub(super) fn hint_of(&self, table: &str, word: &str) -> Option<&str> {
        let word = word.trim();
        self.words
            .get(table)?
            .iter()
            .find_map(|(code, words)| words.iter().any(|w| w.eq_ignore_ascii_case(word)).then_some(code.as_str()))
    }

    /// Whether a Chinese value is a word of this work, and nobody's name.
    pub(super) fn is_word(&self, value: &str) -> bool {
        if self.words.values().flat_map(BTreeMap::values).flatten().any(|w| w == value) {
            return true;
        }
        let named = value.chars().next().is_some_and(|first| self.people.surnames.contains(first));
        let short = value.chars().count() <= WORD;
        short && !named && self.people.work.iter().any(|piece| value.contains(piece.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use daylight_domain::code::table;
    use daylight_domain::record::Field;

    #[test]
    fn everything_it_names_exists() {
        let file: File = toml::from_str(TEXT).expect("the dictionary is TOML");
        let own = ["case_no", "item_code", "source_key", "data_version"];
        for (field, names) in &file.field {
            assert!(own.contains(&field.as_str()) || Field::from_name(field).is_some(), "no field {field}");
            for kind in names.get("of").into_iter().flatten() {
                assert!(RecordType::from_name(kind).is_some(), "{field}: no record type {kind}");
            }
        }
        for kind in file.time.keys().filter(|k| *k != "event") {
            assert!(RecordType::from_name(kind).is_some(), "no record type {kind}");
        }
        for (name, codes) in &file.words {
            for code in codes.keys() {
                let known = if name == "type" {
                    RecordType::from_name(code).is_some()
                } else {
                    table(name).is_some_and(|t| t.contains_key(code))
                };
                assert!(known, "words.{name}: no code {code}");
            }
        }
        let mut sources: Vec<&String> = file.field.values().chain(file.time.values()).flat_map(|n| n.keys()).collect();
        sources.sort();
        sources.dedup();
        assert_eq!(sources, ["gb", "gd", "nb", "of", "sd", "up", "usual", "zj"]);
    }

    #[test]
    fn names_are_known_however_they_are_written() {
        let first = |name: &str| dictionary().guesses(name).into_iter().next().map(|g| (g.meaning, g.confidence));
        let field = |name: &str| Meaning::Field(name.to_owned());
        for (column, meaning, confidence) in [
            ("办件编号", field("case_no"), Confidence::High),
            ("SBLSH", field("case_no"), Confidence::High),
            ("case_No", field("case_no"), Confidence::High),
            ("caseNo", field("case_no"), Confidence::High),
            ("bjbh", field("case_no"), Confidence::Medium),
            ("申请人名称（姓名）", field("applicant_name"), Confidence::Medium),
            ("/applicant/mobile", field("contact_phone"), Confidence::Medium),
            ("行政许可事项编码", field("item_code"), Confidence::Low),
            ("accept_date", Meaning::TimeOf(RecordType::Accept), Confidence::High),
            ("updateTime", Meaning::Changed, Confidence::Medium),
        ] {
            assert_eq!(first(column), Some((meaning, confidence)), "{column}");
        }
        assert_eq!(first("天气"), None);
        assert_eq!(dictionary().code_of("type", "受理"), Some("accept"));
        assert_eq!(dictionary().code_of("type", "SL"), None, "initials are no words");
        assert_eq!(dictionary().hint_of("type", "sl"), Some("accept"));
    }
}
