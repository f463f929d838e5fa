//! The catalogue of words: everything the console says, in Chinese and in English.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The language of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// 中文
    #[default]
    Zh,
    /// English
    En,
}

impl Lang {
    /// For `lang="…"`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The word in the address that switches to the other.
    #[must_use]
    pub fn other(self) -> &'static str {
        match self {
            Self::Zh => "en",
            Self::En => "zh",
        }
    }
}

type Catalogue = BTreeMap<String, BTreeMap<String, [String; 2]>>;

static WORDS: LazyLock<Catalogue> =
    LazyLock::new(|| toml::from_str(include_str!("../data/words.toml")).unwrap_or_default());

/// The words under a key, e.g. `nav.cases`.
#[must_use]
pub fn find(lang: Lang, key: &str) -> Option<&'static str> {
    let (group, name) = key.split_once('.')?;
    let [zh, en] = WORDS.get(group)?.get(name)?;
    Some(match lang {
        Lang::Zh => zh,
        Lang::En => en,
    })
}

/// The same; the key itself where there are none, which a test finds.
#[must_use]
pub fn say(lang: Lang, key: &str) -> &str {
    find(lang, key).unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn read(folder: &Path, all: &mut String) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                read(&path, all);
            } else if path.extension().is_some_and(|e| e == "html" || e == "rs") {
                all.push_str(&std::fs::read_to_string(&path).expect("a file"));
            }
        }
    }

    /// What is asked for by name. A key made of a word ends in a dot and stands for its group.
    fn asked(text: &str) -> BTreeSet<String> {
        let pieces = text.split("t(\"").skip(1).chain(text.split("key(\"").skip(1)).chain(text.split("of(\"").skip(1));
        let keys = pieces.filter_map(|piece| piece.split('"').next());
        keys.filter(|k| k.contains('.') && !k.contains(' ')).map(str::to_owned).collect()
    }

    #[test]
    fn no_key_is_missing_and_none_is_idle() {
        let house = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut text = String::new();
        for folder in [house.join("templates"), house.join("src"), house.join("../server/src/api/web")] {
            read(&folder, &mut text);
        }
        let asked = asked(&text);
        assert!(asked.len() > 40, "only {} keys were found", asked.len());
        let known: BTreeSet<String> =
            WORDS.iter().flat_map(|(group, all)| all.keys().map(move |name| format!("{group}.{name}"))).collect();
        let missing: Vec<&String> = asked.iter().filter(|k| !known.contains(*k) && !k.ends_with('.')).collect();
        assert!(missing.is_empty(), "the catalogue lacks {missing:?}");
        let of_group = |k: &String| asked.iter().any(|a| a.ends_with('.') && k.starts_with(a.as_str()));
        let idle: Vec<&String> = known.iter().filter(|k| !asked.contains(*k) && !of_group(k)).collect();
        assert!(idle.is_empty(), "nobody says {idle:?}");
        for (key, [zh, en]) in WORDS.iter().flat_map(|(g, all)| all.iter().map(move |(n, w)| (format!("{g}.{n}"), w))) {
            assert!(!zh.trim().is_empty() && !en.trim().is_empty(), "{key}");
        }
    }
}
