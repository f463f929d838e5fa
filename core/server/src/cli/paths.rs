//! The path of a case, and the paths of an item.

use super::read::show;
use super::{Outcome, Place, open};
use crate::paths::{CasePath, ItemVariants, Period};
use crate::problem::Problem;
use chrono::NaiveDate;
use daylight_domain::flow::{Leg, Variant};

/// Options of `item variants`.
#[derive(Debug, clap::Args)]
pub(crate) struct Wanted {
    /// 事项编码
    item: String,
    /// 部门编号；缺省为事项的部门
    #[arg(long)]
    department: Option<String>,
    /// 首日（办件开始），缺省为截止日前一年
    #[arg(long)]
    from: Option<String>,
    /// 截止日，含当日，缺省今天
    #[arg(long)]
    to: Option<String>,
    /// 最多列出几条路径
    #[arg(long, default_value_t = 20)]
    limit: usize,
    #[command(flatten)]
    place: Place,
}

fn days(n: Option<i64>) -> String {
    n.map_or_else(|| "—".to_owned(), |n| n.to_string())
}

fn leg(one: &Leg) -> String {
    let name = if one.node.is_some() { one.name.clone() } else { format!("［{}］不在流程图中", one.name) };
    let end = one.ended_at.map_or_else(|| "办理中".to_owned(), |t| t.to_string());
    let mut marks = Vec::new();
    if one.round > 1 {
        marks.push(format!("第 {} 次", one.round));
    }
    marks.extend(one.branch.map(|n| format!("并行分支 {n}")));
    if one.returned {
        marks.push("退回".to_owned());
    }
    if one.strayed {
        marks.push("偏离".to_owned());
    }
    let marks = if marks.is_empty() { String::new() } else { format!("（{}）", marks.join("，")) };
    let (waited, worked) = (days(one.waited_days), days(one.worked_days));
    format!(
        "  {} – {end} {name}{marks}：等待 {waited}、办理 {worked} 个工作日 {}",
        one.started_at,
        one.people.join("、")
    )
}

fn path_lines(one: &CasePath) -> Vec<String> {
    let r = &one.replay;
    let mut lines = vec![format!("{} {}：{}", one.department, one.case_no, r.standing.name_zh())];
    lines.push(format!("路径 {}", if r.key.is_empty() { "（没有环节记录）" } else { &r.key }));
    lines.extend(r.legs.iter().map(leg));
    if !r.proven.is_empty() {
        lines.push(format!("由其他记录证明：{}", r.proven.join("、")));
    }
    lines.extend(r.deviations.iter().map(|d| format!("✗ {} {}", d.rule, d.zh)));
    if one.no_flow {
        lines.push("? 事项没有运行流程图，无法判定是否符合".to_owned());
    } else if !r.unmapped.is_empty() {
        lines.push(format!("? 环节“{}”不在流程图中，无法判定是否符合；在节点上补充 aliases", r.unmapped.join("”“")));
    }
    lines
}

pub(crate) async fn case_path(place: &Place, department: &str, case_no: &str) -> Outcome {
    let app = open(place).await?;
    let one = app.case_path(department, case_no).await?;
    show(place, &one, || path_lines(&one));
    app.close().await;
    Ok(true)
}

fn percent(permille: Option<u64>) -> String {
    permille.map_or_else(|| "—".to_owned(), daylight_domain::share::said)
}

fn variant(one: &Variant) -> String {
    let key = if one.key.is_empty() { "（没有环节记录）" } else { &one.key };
    let mut stands = Vec::new();
    if one.deviating > 0 {
        stands.push(format!("✗ 偏离 {}（{}）", one.deviating, one.rules.join("、")));
    }
    if one.unknown > 0 {
        stands.push(format!("? 无法判定 {}", one.unknown));
    }
    if one.conforming > 0 {
        stands.push(format!("✓ 符合 {}", one.conforming));
    }
    format!(
        "{:>6} 件 {:>6} 按时 {:>6} 中位 {:>3} 个工作日 {}  {key}  例 {}",
        one.cases,
        percent(Some(one.share_permille)),
        percent(one.on_time.permille),
        days(one.median_days),
        stands.join(" "),
        one.examples.join("、")
    )
}

fn variant_lines(all: &ItemVariants) -> Vec<String> {
    let c = &all.counted;
    let mut lines = vec![format!(
        "{} {}（{}），{} 至 {} 开始：办结 {} 件，在办 {} 件；{} 种路径",
        all.item, all.name, all.department, all.from, all.to, c.cases, c.open, c.different
    )];
    lines.push(format!(
        "符合 {}，偏离 {}，无法判定 {}；有返工 {}；按时 {}（{}/{}）",
        c.conforming,
        c.deviating,
        c.unknown,
        c.reworked,
        percent(c.on_time.permille),
        c.on_time.hits,
        c.on_time.of
    ));
    lines.extend(c.variants.iter().map(variant));
    if c.others > 0 {
        lines.push(format!("其余 {} 件的路径未列出", c.others));
    }
    lines
}

pub(crate) async fn variants(wanted: &Wanted) -> Outcome {
    let date = |text: &Option<String>| -> Result<Option<NaiveDate>, Problem> {
        let Some(text) = text else { return Ok(None) };
        let wrong = || Problem::new("stats.range", format!("“{text}”不是日期")).fix("例：--from 2026-01-01");
        daylight_domain::time::parse_date(text).ok_or_else(wrong).map(Some)
    };
    let period = Period { from: date(&wanted.from)?, to: date(&wanted.to)? };
    let app = open(&wanted.place).await?;
    let all = app.variants(&wanted.item, wanted.department.as_deref(), period, wanted.limit).await?;
    show(&wanted.place, &all, || variant_lines(&all));
    app.close().await;
    Ok(true)
}
