//! The catalogue of rules, and scenarios that anybody can write for it.

use super::read::show;
use super::{Outcome, Place, configuration, open};
use crate::known;
use crate::problem::Problem;
use daylight_domain::rule::{Need, Rule, needs, scenario};
use serde::Serialize;
use std::path::PathBuf;

/// A rule, with the facts this county has not.
#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    rule: &'a Rule,
    /// Facts it needs beyond the records of a case.
    needs: &'static [Need],
    /// Those of them that nothing in this county yields: it is never judged by them.
    missing: Vec<Need>,
}

pub(crate) fn list(place: &Place) -> Outcome {
    let config = configuration(&place.config)?;
    let have = known::facts();
    let rules: Vec<Listed<'_>> = config
        .rules
        .book
        .all()
        .map(|rule| {
            let needs = needs(&rule.id);
            Listed { rule, needs, missing: needs.iter().copied().filter(|n| !have.contains(n)).collect() }
        })
        .collect();
    show(place, &rules, || {
        let mut lines: Vec<String> = rules
            .iter()
            .map(|one| {
                let r = one.rule;
                let levels: Vec<&str> = r.levels.iter().map(|l| l.name_zh()).collect();
                let state = if r.enabled { "启用" } else { "停用" };
                let missing: Vec<&str> = one.missing.iter().map(|n| n.name_zh()).collect();
                let lacks = if missing.is_empty() {
                    String::new()
                } else {
                    format!("；本县尚无：{}", missing.join("、"))
                };
                format!("{} v{} {state} {} [{}] {}{lacks}", r.id, r.version, r.name_zh, levels.join("→"), r.trigger_zh)
            })
            .collect();
        let on = rules.iter().filter(|one| one.rule.enabled).count();
        let waiting = rules.iter().filter(|one| one.rule.enabled && !one.missing.is_empty()).count();
        lines.push(format!("{} 条规则，启用 {on} 条，其中 {waiting} 条等待本县尚无的事实", rules.len()));
        lines
    });
    Ok(true)
}

#[derive(Serialize)]
struct Ran {
    file: PathBuf,
    scenarios: Vec<scenario::Tested>,
}

pub(crate) fn test(place: &Place, files: &[PathBuf]) -> Outcome {
    let config = configuration(&place.config)?;
    let mut all = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).map_err(|e| {
            Problem::new("rules.file", format!("{} 无法读取：{e}", file.display())).fix("检查路径、权限与编码（UTF-8）")
        })?;
        let scenarios = scenario::run(&text, &config.rules.book, &config.rules.calendar).map_err(|e| {
            let text = e.to_string();
            let message = text.split_once(": ").map_or(text.as_str(), |(_, words)| words);
            Problem::new("rules.file", format!("{}：{message}", file.display()))
                .fix("格式见 tests/fixtures/rules/README.md")
        })?;
        all.push(Ran { file: file.clone(), scenarios });
    }
    let good = all.iter().flat_map(|r| &r.scenarios).all(scenario::Tested::passed);
    show(place, &all, || {
        let mut lines = Vec::new();
        let (mut passed, mut failed) = (0, 0);
        for one in all.iter().flat_map(|r| &r.scenarios) {
            if one.passed() {
                passed += 1;
                continue;
            }
            failed += 1;
            lines.push(format!("不符 {}（{}）", one.name, one.rules.join("、")));
            lines.extend(one.failures.iter().map(|f| format!("    {f}")));
        }
        lines.push(format!("{passed} 个场景符合，{failed} 个不符"));
        lines
    });
    Ok(good)
}

pub(crate) async fn rederive(place: &Place) -> Outcome {
    let app = open(place).await?;
    let found = app.rederive("cli").await?;
    show(place, &found, || {
        let mut lines = vec![format!("复核 {} 个办件、{} 个事件", found.cases, found.events)];
        lines.extend(found.differing.iter().map(|(d, no, what)| format!("不符 {d} {no}：{what}")));
        lines.extend(found.unwritten.iter().map(|(d, key)| format!("缺失 {d} {key}")));
        lines.extend(found.untrue.iter().map(|(d, key)| format!("不再成立 {d} {key}")));
        lines.push(if found.good() { "一致".to_owned() } else { "不一致".to_owned() });
        lines
    });
    app.close().await;
    Ok(found.good())
}
