//! What a message may say, and its words. Only the [`Fields`] of a notice can stand in a message: numbers, names of the
//! catalogue and the configuration, levels and times. Nothing of a case or an applicant is among them, so that no template,
//! however it is written, can tell one.

use crate::config::notify::{Notify, Template};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What can be told, with the words it is told in: `data/messages.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    noun: String,
    title: String,
    text: String,
}

static KNOWN: LazyLock<BTreeMap<String, Known>> =
    LazyLock::new(|| toml::from_str(include_str!("../../data/messages.toml")).unwrap_or_default());

/// Topic of several notices in one message.
pub const DIGEST: &str = "digest";
/// Topic of a message that only shows that a channel works.
pub const TEST: &str = "test";

/// Every topic a channel can hear of.
pub fn topics() -> impl Iterator<Item = &'static str> {
    KNOWN.keys().map(String::as_str).filter(|t| ![DIGEST, TEST].contains(t))
}

/// Every topic that has words.
pub fn templates() -> impl Iterator<Item = &'static str> {
    KNOWN.keys().map(String::as_str)
}

/// How a digest counts a topic.
#[must_use]
pub fn noun(topic: &str) -> &'static str {
    KNOWN.get(topic).map_or("", |k| k.noun.as_str())
}

/// The words of a topic: the county's own, or the house's.
#[must_use]
pub fn template(notify: &Notify, topic: &str) -> Template {
    let own = notify.templates.get(topic).cloned();
    own.or_else(|| KNOWN.get(topic).map(|k| Template { title: k.title.clone(), text: k.text.clone() }))
        .unwrap_or_default()
}

/// Everything a message can say of one notice; a field that does not apply is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Fields {
    /// Name of the county.
    pub county: String,
    /// Name of the department.
    pub department: String,
    /// Name of the item, from the catalogue.
    pub item: String,
    /// Name of the rule.
    pub rule: String,
    /// 预警、黄牌、红牌
    pub level: String,
    /// Number of the card or the order; of the desk: of the case, or how much is due.
    pub number: String,
    /// Until when the case has to be done (承诺时限, else 法定时限).
    pub due: String,
    /// Until when the department has to answer.
    pub reply_due: String,
    /// Where to read more; one has to sign in there.
    pub link: String,
    /// How many notices a digest tells.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub count: String,
    /// What a digest tells, counted by department.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// The first of them, one a line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub list: String,
}

/// Placeholders of a notice.
pub const OF_ONE: [&str; 9] = ["county", "department", "item", "rule", "level", "number", "due", "reply_due", "link"];
/// Placeholders of a digest.
pub const OF_MANY: [&str; 5] = ["county", "count", "summary", "list", "link"];

/// The placeholders a topic's template may use.
#[must_use]
pub fn placeholders(topic: &str) -> &'static [&'static str] {
    match topic {
        DIGEST => &OF_MANY,
        TEST => &["county", "link"],
        _ => &OF_ONE,
    }
}

impl Fields {
    fn get(&self, name: &str) -> Option<&str> {
        Some(match name {
            "county" => &self.county,
            "department" => &self.department,
            "item" => &self.item,
            "rule" => &self.rule,
            "level" => &self.level,
            "number" => &self.number,
            "due" => &self.due,
            "reply_due" => &self.reply_due,
            "link" => &self.link,
            "count" => &self.count,
            "summary" => &self.summary,
            "list" => &self.list,
            _ => return None,
        })
    }
}

/// The names in braces, and an opening brace that is never closed.
///
/// # Errors
/// The rest of a text after a brace that is not closed, or a closing one without an opening.
pub fn names(text: &str) -> Result<Vec<&str>, &str> {
    let (mut all, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find(['{', '}']) {
        let (_, tail) = rest.split_at(at);
        let Some(inside) = tail.strip_prefix('{') else { return Err(tail) };
        let Some((name, after)) = inside.split_once('}') else { return Err(tail) };
        all.push(name);
        rest = after;
    }
    Ok(all)
}

/// A line filled in; nothing when it has placeholders and all are empty.
fn line(text: &str, fields: &Fields) -> Option<String> {
    let (mut out, mut rest) = (String::new(), text);
    let (mut held, mut said) = (false, false);
    while let Some((before, inside)) = rest.split_once('{') {
        let Some((name, after)) = inside.split_once('}') else { break };
        let value = fields.get(name).unwrap_or_default();
        held = true;
        said |= !value.is_empty();
        out.push_str(before);
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    (said || !held).then_some(out)
}

/// Title and text.
#[must_use]
pub fn fill(template: &Template, fields: &Fields) -> (String, String) {
    let title = line(&template.title, fields).unwrap_or_default();
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = template.text.lines().filter_map(|l| line(l, fields)).collect();
    (title, lines.join("\n").trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_anything_to_say_is_left_out() {
        let words = Template {
            title: "【{level}】{department} {item}".to_owned(),
            text: "编号：{number}\n期限：{due}\n{link}\n请查收\n".to_owned(),
        };
        let fields = Fields { level: "黄牌".to_owned(), number: "33".to_owned(), ..Fields::default() };
        assert_eq!(fill(&words, &fields), ("【黄牌】".to_owned(), "编号：33\n请查收".to_owned()));
        // What a value holds is never taken for a placeholder.
        let fields = Fields { number: "{due}".to_owned(), due: "明天".to_owned(), ..Fields::default() };
        assert_eq!(fill(&words, &fields).1, "编号：{due}\n期限：明天\n请查收");
    }

    #[test]
    fn braces_are_read_as_names() {
        assert_eq!(names("a {x} b {y}"), Ok(vec!["x", "y"]));
        assert_eq!(names("a {x"), Err("{x"));
        assert_eq!(names("a x}"), Err("}"));
    }

    #[test]
    fn the_house_s_own_words_use_only_what_a_message_may_say() {
        assert!(topics().count() >= 10);
        for topic in templates() {
            let words = template(&Notify::default(), topic);
            for text in [&words.title, &words.text] {
                for name in names(text).expect("braces") {
                    assert!(placeholders(topic).contains(&name), "{topic}: {name}");
                }
            }
            assert!(!noun(topic).is_empty());
        }
        // A field that is no placeholder, or the other way round, would be forgotten here.
        let fields = schemars::schema_for!(Fields).to_value()["properties"].clone();
        let mut known: Vec<&str> = OF_ONE.iter().chain(&OF_MANY).copied().collect();
        known.sort_unstable();
        known.dedup();
        let mut all: Vec<&str> = fields.as_object().expect("fields").keys().map(String::as_str).collect();
        all.sort_unstable();
        assert_eq!(all, known);
        for forbidden in ["applicant", "case", "id", "explain", "phone", "title", "name"] {
            assert!(!known.iter().any(|k| k.contains(forbidden)), "{forbidden}");
        }
    }
}
