//! The exchange standard as its senders need it explained: for every type which fields it uses and when, for every field an
//! example, where published standards have it, and what usually goes wrong. Names and forms stand in [`crate::record`], what a
//! type cannot do without in [`crate::check`]; the rest is `data/dictionary.toml`.

use crate::check::{RejectCode, required};
use crate::record::{Field, Form, RecordType};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A field that every record has beside those of its type: `type`, `case_no`, …
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Form of its value, Chinese.
    pub form_zh: String,
    /// Form of its value, English.
    pub form_en: String,
    /// When it is required, Chinese.
    pub need_zh: String,
    /// When it is required, English.
    pub need_en: String,
    /// A value.
    pub example: String,
    /// Where published standards have it.
    #[serde(default)]
    pub source: String,
    /// What usually goes wrong, Chinese.
    pub note_zh: String,
    /// What usually goes wrong, English.
    pub note_en: String,
}

/// A field of the exchange standard, beyond its name and form.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// English name.
    pub en: String,
    /// A value that is accepted.
    pub example: String,
    /// Where published standards have it.
    #[serde(default)]
    pub source: String,
    /// What usually goes wrong beyond its form, Chinese.
    #[serde(default)]
    pub note_zh: String,
    /// What usually goes wrong beyond its form, English.
    #[serde(default)]
    pub note_en: String,
}

/// Whether a type needs a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// Without it the record is rejected (E001).
    Must,
    /// Without it rules find or scores sink.
    Should,
    /// Where it is so: Chinese, English.
    When(String, String),
    /// Where the source has it.
    May,
}

/// A type of record, beyond its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Kind {
    /// English name.
    pub en: String,
    /// What it reports, Chinese.
    pub about_zh: String,
    /// What it reports, English.
    pub about_en: String,
    should: Vec<String>,
    may: Vec<String>,
    when: BTreeMap<String, (String, String)>,
}

#[derive(Debug, Default, Deserialize)]
struct Text {
    head: BTreeMap<String, Head>,
    r#type: BTreeMap<String, Kind>,
    field: BTreeMap<String, About>,
}

static TEXT: LazyLock<Text> =
    LazyLock::new(|| toml::from_str(include_str!("../data/dictionary.toml")).unwrap_or_default());

/// The fields every record has, in the order they are told.
pub fn heads() -> impl Iterator<Item = (&'static str, &'static Head)> {
    ["type", "case_no", "item_code", "source_key", "data_version", "event_time"]
        .into_iter()
        .filter_map(|name| Some((name, TEXT.head.get(name)?)))
}

/// A field beyond its name and form; every field has this.
#[must_use]
pub fn about(field: Field) -> Option<&'static About> {
    TEXT.field.get(field.as_str())
}

/// A type beyond its name; every type has this.
#[must_use]
pub fn kind(of: RecordType) -> Option<&'static Kind> {
    TEXT.r#type.get(of.as_str())
}

/// The fields a type uses: what it must have, should have, has when it is so, and may have; each by name.
#[must_use]
pub fn uses(of: RecordType) -> Vec<(Field, Need)> {
    let mut all: Vec<(Field, Need)> = required(of).iter().map(|f| (*f, Need::Must)).collect();
    let Some(kind) = kind(of) else { return all };
    let named = |names: &[String], need: &Need| -> Vec<(Field, Need)> {
        names.iter().filter_map(|n| Some((Field::from_name(n)?, need.clone()))).collect()
    };
    all.extend(named(&kind.should, &Need::Should));
    let when = kind.when.iter();
    all.extend(when.filter_map(|(n, (zh, en))| Some((Field::from_name(n)?, Need::When(zh.clone(), en.clone())))));
    all.extend(named(&kind.may, &Need::May));
    all
}

impl Form {
    /// What the value looks like: Chinese, English.
    #[must_use]
    pub fn words(self) -> (String, String) {
        let both = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
        match self {
            Self::Text(max) => (format!("文本，最多 {max} 字"), format!("text, at most {max} characters")),
            Self::Number => both("非负整数", "whole number, zero or more"),
            Self::Money => both("金额（元，最多两位小数）", "amount in yuan, at most two decimals"),
            Self::Date => both("日期", "date"),
            Self::Instant => {
                both("时间（RFC 3339；没有时区即北京时间）", "instant (RFC 3339; without an offset: Beijing time)")
            }
            Self::Flag => both("是或否（true/false、1/0、Y/N、是/否）", "true or false (also 1/0, Y/N, 是/否)"),
            Self::Code(table) => (format!("代码表 {table}"), format!("code table {table}")),
            Self::List => both("文本列表", "list of texts"),
            Self::Uscc => {
                both("统一社会信用代码（18 位，GB 32100）", "unified social credit code (18 characters, GB 32100)")
            }
            Self::IdNo => both("证件号码，最多 64 字", "document number, at most 64 characters"),
            Self::Region => both("行政区划代码（6 或 12 位）", "division code (6 or 12 digits)"),
            Self::Counts => both("记录类型→数量的 JSON 对象", "JSON object from record types to numbers"),
        }
    }

    /// What usually goes wrong with such a value: code, Chinese, English.
    #[must_use]
    pub fn mistake(self) -> (RejectCode, &'static str, &'static str) {
        use RejectCode::{E002, E003, E008};
        match self {
            Self::Text(_) => (E002, "超长，或收到二进制", "too long, or bytes"),
            Self::Number => (E002, "带小数、单位或为负", "a decimal, a unit or a sign"),
            Self::Money => {
                (E002, "多于两位小数、带千分位或货币符号", "more than two decimals, separators or a currency sign")
            }
            Self::Date => (E002, "不是日期", "not a date"),
            Self::Instant => (E002, "不是时间，或早于 1949 年", "not a time, or before 1949"),
            Self::Flag => (E002, "用了别的字（如 2、有）", "another word"),
            Self::Code(_) => (E003, "来源的代码没有对应", "a code of the source that was not mapped"),
            Self::List => (E002, "方括号开头却不是文本数组", "begins with a bracket and is no list of texts"),
            Self::Uscc => (E008, "校验位不符，或报了旧机构代码", "wrong check character, or the old organ code"),
            Self::IdNo => (E008, "校验位不符", "wrong check character"),
            Self::Region => (E008, "不是 6 或 12 位，或省份不存在", "not 6 or 12 digits, or no such province"),
            Self::Counts => (E002, "不是 JSON 对象，或数量不是整数", "no JSON object, or numbers that are not whole"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;

    #[test]
    fn every_type_and_every_field_is_explained() {
        let text: Text = toml::from_str(include_str!("../data/dictionary.toml")).expect("the dictionary");
        assert_eq!(heads().count(), text.head.len());
        for name in text.field.keys() {
            assert!(Field::from_name(name).is_some(), "no field {name}");
        }
        for name in text.r#type.keys() {
            assert!(RecordType::from_name(name).is_some(), "no type {name}");
        }
        for field in Field::ALL {
            let about = about(*field).unwrap_or_else(|| panic!("{} is not explained", field.as_str()));
            assert!(!about.en.is_empty() && about.note_zh.is_empty() == about.note_en.is_empty(), "{about:?}");
        }
        for of in RecordType::ALL {
            let kind = kind(*of).unwrap_or_else(|| panic!("{of} is not explained"));
            assert!(!kind.en.is_empty() && !kind.about_zh.is_empty() && !kind.about_en.is_empty(), "{of}");
            let names: Vec<&String> = kind.should.iter().chain(&kind.may).chain(kind.when.keys()).collect();
            for name in &names {
                assert!(Field::from_name(name).is_some(), "{of} uses {name}, which is no field");
            }
            let uses = uses(*of);
            let mut once: Vec<Field> = uses.iter().map(|(f, _)| *f).collect();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), uses.len(), "{of} names a field twice");
            assert_eq!(uses.len(), names.len() + required(*of).len(), "{of}");
        }
        let used = |f: &Field| RecordType::ALL.iter().any(|of| uses(*of).iter().any(|(field, _)| field == f));
        let idle: Vec<&str> = Field::ALL.iter().filter(|f| !used(f)).map(|f| f.as_str()).collect();
        assert!(idle.is_empty(), "no type uses {idle:?}");
    }

    #[test]
    fn every_example_is_accepted() {
        for field in Field::ALL {
            let example = &about(*field).expect("explained").example;
            let read = crate::check::value_of(*field, &Cell::Text(example.clone()));
            assert!(read.is_ok(), "{} = {example}: {read:?}", field.as_str());
        }
    }
}
