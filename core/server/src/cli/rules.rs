//! The catalogue of rules, and scenarios that anybody can write for it.

use super::read::show;
use super::{Outcome, Place, configuration, open};
use crate::config::staff::Register;
use crate::config::{Loaded, rules_in};
use crate::diff::{Changed, MONTHS, RulesDiff};
use crate::intake::rules::CountyRules;
use crate::problem::Problem;
use crate::rulebook::listed;
use daylight_domain::finding::Level;
use daylight_domain::limit::ClockMode;
use daylight_domain::rule::scenario;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub(crate) fn list(place: &Place) -> Outcome {
    let config = configuration(&place.config)?;
    let rules = listed(&config);
    show(place, &rules, || {
        let mut lines: Vec<String> = rules
            .iter()
            .map(|one| {
                let r = &one.rule;
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
        lines.extend(found.uncounted.iter().map(|(d, what)| format!("计数不符 {d} {what}")));
        lines.push(if found.good() { "一致".to_owned() } else { "不一致".to_owned() });
        lines
    });
    app.close().await;
    Ok(found.good())
}

/// Options of `rules diff`.
#[derive(Debug, clap::Args)]
pub(crate) struct Diff {
    /// 拟改的配置目录：规则、计时方式、日历、作息、事项与人员名册都按它
    #[arg(long)]
    against: Option<PathBuf>,
    /// 拟改的规则目录，代替 config/rules
    #[arg(long, conflicts_with = "against")]
    rules: Option<PathBuf>,
    /// 拟改的计时方式：legal_day、business_hours_ceil
    #[arg(long)]
    clock_mode: Option<String>,
    /// 比较最近几个月
    #[arg(long, default_value_t = MONTHS)]
    months: u32,
    /// 只比较一个部门
    #[arg(long)]
    department: Option<String>,
    #[command(flatten)]
    place: Place,
}

impl Diff {
    /// The rules in force with what is proposed, and the registers of staff.
    fn proposed(&self, now: &Loaded) -> Result<(CountyRules, BTreeMap<String, Register>), Problem> {
        let against = self.against.as_ref().map(|folder| configuration(folder)).transpose()?;
        let base = against.as_ref().unwrap_or(now);
        let mut rules = base.rules.as_ref().clone();
        if let Some(folder) = &self.rules {
            rules.book = rules_in(folder).map_err(|problems| super::broken(&problems))?;
        }
        if let Some(word) = &self.clock_mode {
            rules.mode = serde_json::from_value::<ClockMode>(word.clone().into()).map_err(|_| {
                Problem::new("rules.proposal", format!("计时方式“{word}”无法识别"))
                    .fix("legal_day 或 business_hours_ceil")
            })?;
        }
        if self.against.is_none() && self.rules.is_none() && self.clock_mode.is_none() {
            let message = "没有说明拟改什么";
            return Err(Problem::new("rules.proposal", message).fix("给出 --against、--rules 或 --clock-mode"));
        }
        Ok((rules, base.staff.clone()))
    }
}

fn level(level: Option<Level>) -> &'static str {
    level.map_or("无", Level::name_zh)
}

fn changed(one: &Changed) -> Vec<String> {
    let object = if one.object_id == one.case_no { String::new() } else { format!("（{}）", one.object_id) };
    vec![
        format!(
            "{} {} {}{object}：{} → {}",
            one.rule,
            one.department,
            one.case_no,
            level(one.was),
            level(one.would_be)
        ),
        format!("    {}", one.why_zh),
    ]
}

fn lines(found: &RulesDiff) -> Vec<String> {
    let mut lines = vec![format!("{} 至 {}，{} 个办件；只比较，没有写入", found.from, found.as_of, found.cases)];
    for one in &found.counts {
        let level = one.level.map_or("无法判定", Level::name_zh);
        let sign = if one.n.was == one.n.would_be { ' ' } else { '*' };
        lines.push(format!("{sign} {} {level}：{} → {}", one.rule, one.n.was, one.n.would_be));
    }
    lines.push(format!("{} 处变化", found.changes));
    lines.extend(found.changed.iter().flat_map(changed));
    let named = u64::try_from(found.changed.len()).unwrap_or(0);
    if named < found.changes {
        lines.push(format!("其余 {} 处未列出；缩短 --months 或指定 --department", found.changes - named));
    }
    lines
}

pub(crate) async fn diff(options: &Diff) -> Outcome {
    let app = open(&options.place).await?;
    let (proposed, registers) = options.proposed(&app.config)?;
    let found = app.rules_diff(&proposed, &registers, options.months, options.department.as_deref()).await?;
    show(&options.place, &found, || lines(&found));
    app.close().await;
    Ok(true)
}
