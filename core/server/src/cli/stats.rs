//! Statistics, the vocabulary they speak, and the proof that what is counted is what a recount gives.

use super::read::show;
use super::{Outcome, Place, open, print_json};
use crate::problem::Problem;
use crate::stats::{Asked, By, Group, StatsView, vocabulary};
use chrono::NaiveDate;
use daylight_domain::stats::{Rate, Summary};
use std::path::PathBuf;

/// Options of `stats`.
#[derive(Debug, clap::Args)]
pub(crate) struct Stats {
    /// 起始日
    #[arg(long, required_unless_present = "recount")]
    from: Option<String>,
    /// 截止日，含当日
    #[arg(long, required_unless_present = "recount")]
    to: Option<String>,
    /// 只统计一个部门
    #[arg(long)]
    department: Option<String>,
    /// 只统计一个事项
    #[arg(long)]
    item: Option<String>,
    /// 只统计一个窗口
    #[arg(long)]
    window: Option<String>,
    /// 只统计一个区划
    #[arg(long)]
    region: Option<String>,
    /// 分组：department、item、window、region、month、step
    #[arg(long)]
    group: Option<String>,
    /// previous：与上一期比较
    #[arg(long)]
    compare: Option<String>,
    /// 按办件重新计数，与所存的计数核对；不一致时退出码为 1
    #[arg(long, conflicts_with_all = ["from", "to", "item", "window", "region", "group", "compare"])]
    recount: bool,
    #[command(flatten)]
    place: Place,
}

fn day(text: Option<&String>) -> Result<NaiveDate, Problem> {
    let text = text.map(String::as_str).unwrap_or_default();
    daylight_domain::time::parse_date(text).ok_or_else(|| {
        Problem::new("stats.range", format!("“{text}”不是日期")).fix("例：--from 2026-03-01 --to 2026-03-31")
    })
}

impl Stats {
    fn asked(&self) -> Result<Asked, Problem> {
        let words: Vec<&str> = By::WORDS.iter().map(|(word, _)| *word).collect();
        let group = self.group.as_ref().map(|word| {
            By::from_name(word).ok_or_else(|| {
                Problem::new("query.group", format!("不能按“{word}”分组")).fix(format!("可用：{}", words.join("、")))
            })
        });
        let previous = match self.compare.as_deref() {
            None => false,
            Some("previous") => true,
            Some(word) => {
                let message = format!("不能与“{word}”比较");
                return Err(Problem::new("query.compare", message).fix("--compare previous 与上一期比较"));
            }
        };
        Ok(Asked {
            department: self.department.clone(),
            item: self.item.clone(),
            window: self.window.clone(),
            region: self.region.clone(),
            from: day(self.from.as_ref())?,
            to: day(self.to.as_ref())?,
            group: group.transpose()?,
            previous,
            short: false,
        })
    }
}

fn percent(r: &Rate) -> String {
    r.permille.map_or("—".to_owned(), daylight_domain::share::said)
}

fn row(name: &str, s: &Summary) -> String {
    let days = |n: Option<i64>| n.map_or("—".to_owned(), |n| n.to_string());
    format!(
        "{name:<12} 申请 {} 受理 {} 办结 {} 在办 {}（超承诺 {}，超法定 {}）承诺期内 {} 法定期内 {} 提前 {} 工作日中位 {} 九成 {}",
        s.applied,
        s.accepted,
        s.finished,
        s.open,
        s.open_over_promise,
        s.open_over_legal,
        percent(&s.within_promise),
        percent(&s.within_legal),
        percent(&s.early),
        days(s.working_days.median),
        days(s.working_days.p90),
    )
}

fn group(one: &Group) -> String {
    let name = one.name.as_deref().unwrap_or(if one.key.is_empty() { "（未报）" } else { &one.key });
    match (&one.cases, &one.step) {
        (Some(cases), _) => format!("  {}", row(name, cases)),
        (_, Some(step)) => {
            let mean = step.mean_minutes.map_or("—".to_owned(), |m| m.to_string());
            format!("  {name:<12} {} 次，平均 {mean} 分钟，超时 {}", step.count, percent(&step.late))
        }
        _ => format!("  {name}"),
    }
}

fn lines(found: &StatsView) -> Vec<String> {
    let mut lines: Vec<String> = found.departments.iter().map(|d| row(&d.department, &d.cases)).collect();
    lines.push(row("合计", &found.total));
    lines.extend(found.groups.iter().map(group));
    if let Some(was) = &found.previous {
        lines.push(format!("上期 {} 至 {}", was.from, was.to));
        let text = |n: Option<i64>| n.map_or("—".to_owned(), |n| n.to_string());
        for c in &found.changes {
            lines.push(format!("  {:<18} {} → {}（{}）", c.name, text(c.was), text(c.is), text(c.difference)));
        }
    }
    for e in &found.exclusions {
        let item = e.item.as_deref().unwrap_or("全部事项");
        lines.push(format!(
            "统计排除 {} {} {item} {} 至 {}：{}（{}）",
            e.no, e.department, e.from, e.to, e.reason, e.document
        ));
    }
    lines
}

pub(crate) async fn stats(options: &Stats) -> Outcome {
    if options.recount {
        return recount(options).await;
    }
    let asked = options.asked()?;
    let app = open(&options.place).await?;
    let found = app.stats(&asked).await?;
    show(&options.place, &found, || lines(&found));
    app.close().await;
    Ok(true)
}

async fn recount(options: &Stats) -> Outcome {
    let app = open(&options.place).await?;
    let departments = match &options.department {
        Some(id) => vec![app.department(id)?.id.clone()],
        None => app.config.departments.keys().cloned().collect(),
    };
    let mut all = Vec::new();
    for id in departments {
        all.push(app.recount(&id).await?);
    }
    let good = all.iter().all(|one| one.equal);
    show(&options.place, &all, || {
        all.iter()
            .flat_map(|one| {
                let word = if one.equal { "一致" } else { "不一致" };
                let head = format!("{:<12} {} 个办件，{word}", one.department, one.cases);
                std::iter::once(head).chain(one.differences.iter().map(|d| format!("    {d}")))
            })
            .collect()
    });
    app.close().await;
    Ok(good)
}

/// Options of `measures`.
#[derive(Debug, clap::Args)]
pub(crate) struct Measures {
    /// 配置目录（不需要，为一致而接受）
    #[arg(long, env = "DAYLIGHT_CONFIG")]
    config: Option<PathBuf>,
    /// 以一个 JSON 值回答
    #[arg(long)]
    json: bool,
}

/// Prints the vocabulary.
pub(crate) fn measures(options: &Measures) -> Outcome {
    let all = vocabulary();
    if options.json {
        print_json(&all);
        return Ok(true);
    }
    for one in &all {
        let of = if one.of.is_empty() { String::new() } else { format!(" ／ {}", one.of) };
        let without = if one.without.is_empty() { String::new() } else { format!("；不含：{}", one.without) };
        crate::out!("{} {}（{}）：{}{of}{without}", one.code, one.name, one.unit, one.what);
    }
    Ok(true)
}
