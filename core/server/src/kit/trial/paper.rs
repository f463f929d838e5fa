//! A report for people: lines for a terminal, a page to print, a document to sign.

use super::report::{Check, Outcome, Report};
use super::spec::Level;
use crate::problem::Problem;
use daylight_console::docx::{Block, Template};
use daylight_console::paper::{Form, Paper, STYLE, trial};
use daylight_console::table::{Cell, Column, Kind, Table};

/// 中文 or English.
fn pick<'a>(lang: &str, zh: &'a str, en: &'a str) -> &'a str {
    if lang == "en" { en } else { zh }
}

fn level(lang: &str, level: Level) -> &'static str {
    if lang == "en" { level.as_str() } else { level.zh() }
}

/// One check as a line, with what to do about it below.
#[must_use]
pub fn line(check: &Check, lang: &str) -> String {
    let outcome = check.outcome.words();
    let (id, title, seen) = (&check.id, check.title.of(lang), check.seen.of(lang));
    let mut text = format!("{} {} {id} {title}：{seen}", mark(check.outcome), level(lang, check.level));
    if check.outcome == Outcome::NotApplicable {
        text = format!(
            "{} {} {id} {title}（{}）：{seen}",
            mark(check.outcome),
            level(lang, check.level),
            outcome.of(lang)
        );
    }
    if check.stands_in_the_way() && !check.mend.zh.is_empty() {
        let word = pick(lang, "办法", "mend");
        text.push_str(&format!("\n    {word}：{}", check.mend.of(lang)));
    }
    text
}

fn mark(outcome: Outcome) -> char {
    match outcome {
        Outcome::Pass => '✓',
        Outcome::Fail => '✗',
        Outcome::NotApplicable => '–',
    }
}

/// What follows from all of them.
#[must_use]
pub fn summary(report: &Report, lang: &str) -> Vec<String> {
    let counts = report.count();
    let n = |key: &str| counts.get(key).copied().unwrap_or(0);
    let (pass, fail, other) = (n("pass"), n("fail"), n("not_applicable"));
    let mut lines = vec![if lang == "en" {
        format!("{pass} pass, {fail} fail, {other} not applicable; level: {}", report.level.as_str())
    } else {
        format!("通过 {pass}，不通过 {fail}，不适用 {other}；级别：{}", report.level.zh())
    }];
    let left_out = &report.circumstances.left_out;
    if !left_out.is_empty() {
        lines.push(pick(lang, "只做了一部分检查，不评级别", "some checks were left out: no level").to_owned());
    } else if let Some(next) = report.level.next() {
        let all = report.missing.join(pick(lang, "、", ", "));
        lines.push(if lang == "en" {
            format!("missing for {}: {all}", next.as_str())
        } else {
            format!("距{}还差：{all}", next.zh())
        });
    }
    lines
}

/// The table of levels: what each asks for.
#[must_use]
pub fn levels(checks: &[Check], lang: &str) -> Vec<String> {
    Level::ALL
        .iter()
        .map(|one| {
            let ids: Vec<&str> = checks.iter().filter(|c| c.level == *one).map(|c| c.id.as_str()).collect();
            format!("{}：{}", level(lang, *one), ids.join("、"))
        })
        .collect()
}

fn facts(report: &Report, lang: &str) -> Vec<(String, String)> {
    let (plugin, how) = (&report.plugin, &report.circumstances);
    let mut all: Vec<(&str, String)> = vec![
        (pick(lang, "插件", "Plugin"), format!("{} {}", plugin.name, plugin.version)),
        (pick(lang, "类型", "Kind"), plugin.kind.clone()),
        (pick(lang, "接口版本", "Contract"), plugin.contract.clone()),
        ("SHA-256", plugin.digest.clone()),
        (pick(lang, "大小（字节）", "Bytes"), plugin.size.to_string()),
        (pick(lang, "本程序版本", "Host"), how.host.clone()),
        (pick(lang, "时间", "At"), how.at.clone()),
        (pick(lang, "来源", "Source"), how.source.clone()),
        (pick(lang, "种子", "Seed"), how.seed.to_string()),
        (pick(lang, "旧版本 SHA-256", "Older version"), plugin.previous.clone().unwrap_or_default()),
        (pick(lang, "级别", "Level"), level(lang, report.level).to_owned()),
    ];
    if let Some(m) = &report.measured {
        let (p50, p99, mib) = (m.page_p50_us / 1000, m.page_p99_us / 1000, m.memory_bytes >> 20);
        let text = format!("{} / {} / {} · p50 {p50} ms · p99 {p99} ms · {mib} MiB", m.cases, m.records, m.pages);
        all.push((pick(lang, "办件 / 记录 / 页", "Cases / records / pages"), text));
    }
    all.retain(|(_, value)| !value.is_empty());
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn limits(report: &Report) -> Vec<(String, String)> {
    let value = serde_json::to_value(&report.circumstances.limits).unwrap_or_default();
    value.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), v.to_string())).collect()
}

fn table(report: &Report, lang: &str) -> Table {
    let column = |key: &str, zh: &str, en: &str| Column::new(key, pick(lang, zh, en), en, Kind::Text);
    let row = |check: &Check| {
        let outcome = check.outcome.words();
        let mut seen = check.seen.of(lang).to_owned();
        if check.stands_in_the_way() && !check.mend.zh.is_empty() {
            seen.push_str(&format!("\n{}：{}", pick(lang, "办法", "Mend"), check.mend.of(lang)));
        }
        vec![
            Cell::text(format!("{}\n{}", check.title.of(lang), check.id)),
            Cell::text(level(lang, check.level)),
            Cell::text(check.asked.of(lang)),
            Cell::text(seen),
            Cell::text(outcome.of(lang)),
        ]
    };
    Table {
        title: pick(lang, "检查项目与结果", "Checks").to_owned(),
        notes: Vec::new(),
        columns: vec![
            column("check", "检查", "Check"),
            column("level", "级别", "Level"),
            column("asked", "要求", "Asked"),
            column("seen", "结果说明", "Seen"),
            column("outcome", "结论", "Outcome"),
        ],
        rows: report.checks.iter().map(row).collect(),
    }
}

/// The report as a paper.
fn paper(report: &Report, lang: &str) -> Paper {
    let places = [
        pick(lang, "供应商（签章、日期）", "Vendor (signature, date)"),
        pick(lang, "使用部门（签章、日期）", "Department (signature, date)"),
        pick(lang, "监察中心（签章、日期）", "Supervision centre (signature, date)"),
    ];
    let mut body = vec![Block::Facts(facts(report, lang))];
    body.extend(summary(report, lang).into_iter().map(Block::Paragraph));
    body.push(Block::Table(table(report, lang)));
    let limits = limits(report);
    if !limits.is_empty() {
        body.push(Block::Heading1(pick(lang, "验收时的限制", "Limits").to_owned()));
        body.push(Block::Facts(limits));
    }
    body.push(Block::Heading1(pick(lang, "签收", "Signatures").to_owned()));
    body.push(Block::Facts(places.iter().map(|p| ((*p).to_owned(), "　".to_owned())).collect()));
    let date = report.circumstances.at.get(..10).unwrap_or_default().to_owned();
    Paper {
        form: Form::Letter,
        office: pick(lang, "阳光监察 · 插件验收", "Daylight · Plugin acceptance").to_owned(),
        title: pick(lang, "验收报告", "Acceptance report").to_owned(),
        no: report.plugin.digest.get(..16).unwrap_or_default().to_owned(),
        to: format!("{} {}", report.plugin.name, report.plugin.version),
        body,
        signer: format!("daylight {}", report.circumstances.host),
        date,
        ..Paper::default()
    }
}

/// A page that needs nothing beside it, to be printed.
#[must_use]
pub fn html(report: &Report, lang: &str) -> String {
    let page = paper(report, lang).html();
    let page = page.replace("<link rel=\"stylesheet\" href=\"/paper.css\">", &format!("<style>{STYLE}{OWN}</style>"));
    if lang == "en" { page.replacen("lang=\"zh-CN\"", "lang=\"en\"", 1) } else { page }
}

/// Cells of more than a line.
const OWN: &str = "td{white-space:pre-line}";

/// A document (.docx) to sign.
///
/// # Errors
/// Never, unless the build was tampered with.
pub fn docx(report: &Report, lang: &str) -> Result<Vec<u8>, Problem> {
    let broken = |e: daylight_console::docx::BadTemplate| Problem::told(&e, "template.unwritable");
    let template = Template::built_in(trial()).map_err(broken)?;
    paper(report, lang).to_docx(&template).map_err(broken)
}
