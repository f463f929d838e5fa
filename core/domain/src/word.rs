//! Closed lists of words: what a state, a role or a kind is called in the API, the database and TOML, and in Chinese.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal, $zh:literal $(, $what:literal)?;)* }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        pub enum $name { $(#[doc = $zh] $(#[doc = ""] #[doc = $what])? #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// The words there are.
            pub const WORDS: &'static [&'static str] = &[$($word,)*];

            /// The word in the API, the database and TOML.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The Chinese word.
            #[must_use]
            pub fn name_zh(self) -> &'static str {
                match self { $(Self::$variant => $zh,)* }
            }

            /// From the word.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == name)
            }
        }
    };
}
pub(crate) use words;
