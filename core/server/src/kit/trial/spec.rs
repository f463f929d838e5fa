//! What is asked of a plugin, and the levels: a table in `checks.toml`, read once.

use crate::problem::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// How good a plugin is known to be. Computed, never claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// 未达级
    None,
    /// 青铜
    Bronze,
    /// 白银
    Silver,
    /// 黄金
    Gold,
    /// 白金
    Platinum,
}

impl Level {
    /// The levels there are to reach, lowest first.
    pub const ALL: [Self; 4] = [Self::Bronze, Self::Silver, Self::Gold, Self::Platinum];

    /// The word in reports and API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Bronze => "bronze",
            Self::Silver => "silver",
            Self::Gold => "gold",
            Self::Platinum => "platinum",
        }
    }

    /// In Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::None => "未达级",
            Self::Bronze => "青铜",
            Self::Silver => "白银",
            Self::Gold => "黄金",
            Self::Platinum => "白金",
        }
    }

    /// The next one up.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        Self::ALL.into_iter().find(|level| *level > self)
    }
}

/// Words in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Words {
    /// 中文
    pub zh: String,
    /// English
    pub en: String,
}

impl Words {
    /// Both.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// Those of a language: `en`, or Chinese.
    #[must_use]
    pub fn of(&self, lang: &str) -> &str {
        if lang == "en" { &self.en } else { &self.zh }
    }
}

impl From<[String; 2]> for Words {
    fn from([zh, en]: [String; 2]) -> Self {
        Self { zh, en }
    }
}

/// One check, as the table describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Stable.
    pub id: String,
    /// The lowest level that asks for it.
    pub level: Level,
    /// `connector`, `standard` or `both`.
    kind: String,
    /// Where it does not apply it does not stand in the way.
    #[serde(default)]
    pub skip: bool,
    /// Its name.
    title: [String; 2],
    /// What is asked.
    asked: [String; 2],
    /// How to mend it.
    mend: [String; 2],
}

impl Spec {
    /// Its name.
    #[must_use]
    pub fn title(&self) -> Words {
        self.title.clone().into()
    }

    /// What is asked.
    #[must_use]
    pub fn asked(&self) -> Words {
        self.asked.clone().into()
    }

    /// How to mend it.
    #[must_use]
    pub fn mend(&self) -> Words {
        self.mend.clone().into()
    }
}

#[derive(Deserialize)]
struct Table {
    check: Vec<Spec>,
}

/// Every check there is, in the order of the report.
///
/// # Errors
/// Never, as a test proves.
pub fn specs() -> Result<&'static [Spec], Problem> {
    static ALL: LazyLock<Result<Vec<Spec>, String>> = LazyLock::new(|| {
        toml::from_str::<Table>(include_str!("checks.toml")).map(|t| t.check).map_err(|e| e.to_string())
    });
    ALL.as_ref().map(Vec::as_slice).map_err(|e| Problem::new("internal", e.clone()))
}

/// The checks of a kind of plugin.
///
/// # Errors
/// Never, as a test proves.
pub fn specs_for(kind: &str) -> Result<Vec<&'static Spec>, Problem> {
    Ok(specs()?.iter().filter(|s| s.kind == kind || s.kind == "both").collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_check_says_in_both_languages_what_it_asks() {
        let all = specs().expect("the table");
        let ids: BTreeSet<&str> = all.iter().map(|s| s.id.as_str()).collect();
        assert_eq!(ids.len(), all.len(), "each id once");
        for spec in all {
            for words in [spec.title(), spec.asked(), spec.mend()] {
                assert!(!words.zh.is_empty() && !words.zh.is_ascii(), "{}: {words:?}", spec.id);
                assert!(!words.en.is_empty() && words.en.is_ascii(), "{}: {words:?}", spec.id);
            }
            assert_ne!(spec.level, Level::None, "{}", spec.id);
            assert!(["connector", "standard", "both"].contains(&spec.kind.as_str()), "{}", spec.id);
        }
        for kind in ["connector", "standard"] {
            for level in Level::ALL {
                assert!(specs_for(kind).expect("some").iter().any(|s| s.level == level), "{kind} {level:?}");
            }
        }
    }
}
