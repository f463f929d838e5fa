//! `[desk]` of a department: that it works at the desk, and how its cases and papers are numbered.

use crate::config::Department;
use crate::config::place::Step;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::desk::Series;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `[desk]`: the department has no system of its own and works at the county's. Never together with a connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeskSettings {
    /// Whether it works at the desk; off, its records are pushed or imported.
    pub enabled: bool,
    /// Its windows, to choose from.
    pub windows: Vec<String>,
    /// 发文机关代字, for numbers of papers: 开民.
    pub word: String,
    /// Numbers of cases. `{id}` is the department, `{year}` the year, `{n}` the running number, `{n:6}` the same of six digits.
    pub case_no: String,
    /// Numbers of papers. `{word}`, `{kind}` (收, 补, 受, …), `{year}`, `{n}`.
    pub paper_no: String,
    /// Numbers of certificates. `{word}`, `{item}` (事项编码), `{year}`, `{n}`.
    pub certificate_no: String,
    /// Numbers of certificates of single items, by code.
    pub certificates: BTreeMap<String, String>,
    /// Working days for corrections, where the notice names no date.
    pub correction_days: u32,
    /// Working days for tolerated materials (容缺), where no date is named.
    pub tolerance_days: u32,
    /// What applicants are told that they may do against a refusal (救济途径).
    pub remedies: String,
    /// Whom applicants ask, on every paper: window, address, telephone. Empty: nothing is said of it.
    pub contact: String,
}

impl Default for DeskSettings {
    fn default() -> Self {
        let remedies =
            "如不服本决定，可以自收到之日起六十日内申请行政复议，或者自收到之日起六个月内向人民法院提起行政诉讼。";
        Self {
            enabled: true,
            windows: Vec::new(),
            word: String::new(),
            case_no: "{id}-{year}-{n:6}".to_owned(),
            paper_no: "{word}{kind}〔{year}〕{n}号".to_owned(),
            certificate_no: "{word}证〔{year}〕{n}号".to_owned(),
            certificates: BTreeMap::new(),
            correction_days: 10,
            tolerance_days: 10,
            remedies: remedies.to_owned(),
            contact: String::new(),
        }
    }
}

impl DeskSettings {
    /// The pattern of a series, `{n}` still in it, and the name of the series: what makes its numbers begin anew.
    pub(crate) fn pattern(&self, id: &str, series: &Series, at: Timestamp) -> (String, String) {
        let year = chrono::Datelike::year(&at.date()).to_string();
        let (name, pattern, kind, item) = match series {
            Series::Case => ("case".to_owned(), &self.case_no, "", ""),
            Series::Paper(kind) => (format!("paper/{}", kind.as_str()), &self.paper_no, kind.letter(), ""),
            Series::Certificate(code) => match self.certificates.get(code) {
                Some(own) => (format!("certificate/{code}"), own, "", code.as_str()),
                None => ("certificate".to_owned(), &self.certificate_no, "", code.as_str()),
            },
        };
        let written = pattern
            .replace("{id}", id)
            .replace("{word}", &self.word)
            .replace("{kind}", kind)
            .replace("{item}", item)
            .replace("{year}", &year);
        let name = if pattern.contains("{year}") { format!("{name}/{year}") } else { name };
        (written, name)
    }
}

/// The places of a pattern, and what is left between them.
fn places(pattern: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(['{', '}']) {
        let (_, after) = rest.split_at(at);
        let inner = after.strip_prefix('{')?;
        let (place, behind) = inner.split_once('}')?;
        found.push(place);
        rest = behind;
    }
    Some(found)
}

fn wrong(pattern: &str, known: &[&str], must: &[&str]) -> Option<String> {
    let Some(found) = places(pattern) else { return Some(format!("编号格式“{pattern}”的花括号不成对")) };
    let running = |p: &str| {
        p == "n" || p.strip_prefix("n:").is_some_and(|w| w.parse::<u8>().is_ok_and(|width| (1..=12).contains(&width)))
    };
    if let Some(strange) = found.iter().find(|p| !running(p) && !known.contains(p)) {
        return Some(format!("编号格式中没有名为“{{{strange}}}”的位置"));
    }
    if found.iter().filter(|p| running(p)).count() != 1 {
        return Some(format!("编号格式“{pattern}”应有一个 {{n}}"));
    }
    let lacks = must.iter().find(|m| !found.contains(m)).map(|m| format!("编号格式“{pattern}”缺少 {{{m}}}"));
    lacks.or_else(|| (pattern.chars().count() > 60).then(|| "编号格式超过 60 个字".to_owned()))
}

/// What is wrong with a department's `[desk]`, and where.
pub(crate) fn mistakes(d: &Department) -> Vec<(Vec<Step<'_>>, Problem)> {
    use Step::Key;
    let Some(desk) = &d.desk else { return Vec::new() };
    let mut all: Vec<(Vec<Step<'_>>, Problem)> = Vec::new();
    if let Some(connector) = d.connector.as_ref().filter(|_| desk.enabled) {
        let message =
            format!("“{}”已用连接器 {connector} 接入自己的系统，不能再用窗口办件系统：同一件事会录入两次", d.name);
        let problem =
            Problem::new("desk.connector", message).fix("去掉 [desk]（或 enabled = false），或去掉 connector");
        all.push((vec![Key("desk")], problem));
    }
    let patterns = [
        ("case_no", &desk.case_no, &["id", "year"][..], &[][..]),
        ("paper_no", &desk.paper_no, &["word", "kind", "year", "id"][..], &["kind"][..]),
        ("certificate_no", &desk.certificate_no, &["word", "item", "year", "id"][..], &[][..]),
    ];
    let fix = "例：case_no = \"{id}-{year}-{n:6}\"，paper_no = \"{word}{kind}〔{year}〕{n}号\"";
    for (key, pattern, known, must) in patterns {
        if let Some(why) = wrong(pattern, known, must) {
            all.push((vec![Key("desk"), Key(key)], Problem::new("desk.pattern", why).fix(fix)));
        }
    }
    for (code, pattern) in &desk.certificates {
        if let Some(why) = wrong(pattern, &["word", "item", "year", "id"], &[]) {
            let path = vec![Key("desk"), Key("certificates"), Key(code)];
            all.push((path, Problem::new("desk.pattern", why).fix(fix)));
        }
    }
    let worded = [&desk.case_no, &desk.paper_no, &desk.certificate_no].iter().any(|p| p.contains("{word}"));
    if desk.enabled && worded && desk.word.trim().is_empty() {
        let problem = Problem::new("desk.word", "编号格式中有 {word}，而没有给出发文机关代字").fix("word = \"开民\"");
        all.push((vec![Key("desk")], problem));
    }
    for (key, days) in [("correction_days", desk.correction_days), ("tolerance_days", desk.tolerance_days)] {
        if !(1..=250).contains(&days) {
            let problem = Problem::new("desk.days", format!("{key} 应在 1 到 250 之间")).fix("correction_days = 10");
            all.push((vec![Key("desk"), Key(key)], problem));
        }
    }
    if desk.remedies.trim().is_empty() || desk.remedies.chars().count() > 1000 {
        let problem = Problem::new("desk.remedies", "救济途径应为 1 到 1000 个字").fix("写明行政复议与行政诉讼的期限");
        all.push((vec![Key("desk"), Key("remedies")], problem));
    }
    if desk.contact.chars().count() > 200 {
        let problem =
            Problem::new("desk.contact", "联系方式超过 200 个字").fix("contact = \"联系：政务服务中心 3 号窗口\"");
        all.push((vec![Key("desk"), Key("contact")], problem));
    }
    all
}

impl Department {
    /// The desk's settings, where the department works at it.
    #[must_use]
    pub fn at_desk(&self) -> Option<&DeskSettings> {
        self.desk.as_ref().filter(|desk| desk.enabled && self.connector.is_none())
    }

    /// Minutes without any sign of life after which its source is silent; never (0) where there is no source but people.
    #[must_use]
    pub fn silence(&self) -> u32 {
        if self.at_desk().is_some() { 0 } else { self.silence_minutes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use daylight_domain::desk::PaperKind;

    #[test]
    fn numbers_begin_anew_with_the_year_where_they_name_it() {
        let desk = DeskSettings { word: "开民".to_owned(), ..DeskSettings::default() };
        let at = Timestamp::parse("2026-03-02").expect("a time");
        assert_eq!(desk.pattern("civil", &Series::Case, at), ("civil-2026-{n:6}".to_owned(), "case/2026".to_owned()));
        let paper = desk.pattern("civil", &Series::Paper(PaperKind::Acceptance), at);
        assert_eq!(paper, ("开民受〔2026〕{n}号".to_owned(), "paper/acceptance/2026".to_owned()));
        let own =
            DeskSettings { certificates: BTreeMap::from([("CV-1".to_owned(), "社证字{n}号".to_owned())]), ..desk };
        let certificate = own.pattern("civil", &Series::Certificate("CV-1".to_owned()), at);
        assert_eq!(certificate, ("社证字{n}号".to_owned(), "certificate/CV-1".to_owned()));
    }

    #[test]
    fn a_pattern_has_known_places_and_one_running_number() {
        for (pattern, good) in [
            ("{n}", true),
            ("{id}-{year}-{n:6}", true),
            ("{id}", false),
            ("{n}{n}", false),
            ("{n:0}", false),
            ("{x}{n}", false),
            ("{n", false),
            ("n}", false),
        ] {
            assert_eq!(wrong(pattern, &["id", "year"], &[]).is_none(), good, "{pattern}");
        }
    }
}
