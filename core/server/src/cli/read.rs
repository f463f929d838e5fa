//! Commands that look, or do one thing, in the place a configuration describes.

use super::{Outcome, Place, configuration, open, print_json};
use crate::app::App;
use crate::calendar::{Asked, due_of};
use crate::connection::after_run;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::calendar::WorkSchedule;
use daylight_domain::rule::ClockDay;
use daylight_store::RunRow;
use daylight_store::{CardFilter, FindingFilter, QuarantineFilter};
use indicatif::ProgressBar;
use std::path::PathBuf;

pub(crate) fn show<T: serde::Serialize>(place: &Place, value: &T, lines: impl FnOnce() -> Vec<String>) {
    if place.json {
        print_json(value);
    } else {
        lines().iter().for_each(|l| crate::out!("{l}"));
    }
}

/// How a run ended; of one that failed, what that says of the connector.
fn ended(run: &RunRow) -> String {
    let word = match run.status.as_str() {
        "running" => "进行中",
        "done" => "完成",
        "failed" => "失败",
        "interrupted" => "中断",
        other => other,
    };
    after_run(run).map_or_else(|| word.to_owned(), |state| format!("{word}（{}）", state.name_zh()))
}

/// A run, and what one that failed says of the connector.
fn told(run: &RunRow) -> serde_json::Value {
    let mut value = serde_json::to_value(run).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.insert("state".to_owned(), serde_json::json!(after_run(run)));
    }
    value
}

pub(crate) async fn pull_run(place: &Place, id: &str, reset: bool) -> Outcome {
    let app = open(place).await?;
    if reset {
        app.department(id)?;
        app.store.set_cursor(id, None).await?;
    }
    let run = watched(&app, id).await?;
    let good = run.status == "done";
    show(place, &run, || {
        vec![format!(
            "{} {}：{} 页 {} 条，接受 {}，重复 {}，退回 {}，等待 {}{}",
            run.id,
            ended(&run),
            run.pages,
            run.records,
            run.accepted,
            run.duplicates,
            run.rejected,
            run.waiting,
            run.error.as_ref().map(|e| format!("；{e}")).unwrap_or_default()
        )]
    });
    app.close().await;
    Ok(good)
}

pub(crate) async fn pull_list(place: &Place) -> Outcome {
    let app = open(place).await?;
    let runs = app.store.runs(None, 50, None).await?;
    show(place, &runs.iter().map(told).collect::<Vec<_>>(), || {
        runs.iter()
            .map(|r| {
                let why = r.error_code.as_deref().unwrap_or("");
                format!("{} {:<12} {} {} 条 {} {why}", r.id, r.department, ended(r), r.records, r.started_at)
            })
            .collect()
    });
    Ok(true)
}

pub(crate) async fn pull_show(place: &Place, id: &str) -> Outcome {
    let app = open(place).await?;
    let run = app.store.run(id).await?;
    let run = run.ok_or_else(|| Problem::new("pull.unknown", format!("没有运行 {id}")).fix("daylight pull list"))?;
    show(place, &run, || vec![serde_json::to_string_pretty(&run).unwrap_or_default()]);
    Ok(run.status != "failed")
}

/// Pulls, and shows on a terminal how far it has come.
async fn watched(app: &App, id: &str) -> Result<RunRow, Problem> {
    let bar = ProgressBar::new_spinner();
    let mut pulling = std::pin::pin!(app.pull(id, "manual"));
    loop {
        tokio::select! {
            run = &mut pulling => {
                bar.finish_and_clear();
                return run;
            }
            () = tokio::time::sleep(std::time::Duration::from_millis(200)) => {
                if let Some(run) = app.store.runs(Some(id), 1, None).await?.pop() {
                    let words = if run.status == "running" { "拉取" } else { "判定到期办件" };
                    bar.set_message(format!("{words}：{} 页，{} 条，退回 {}", run.pages, run.records, run.rejected));
                    bar.tick();
                }
            }
        }
    }
}

fn no_case(department: &str, case_no: &str) -> Problem {
    Problem::new("case.unknown", format!("{department} 没有办件 {case_no}"))
        .fix("核对部门编号与办件编号；未被接受的记录在隔离区")
}

pub(crate) async fn case_show(place: &Place, department: &str, case_no: &str) -> Outcome {
    let app = open(place).await?;
    let row = app.store.case(department, case_no).await?.ok_or_else(|| no_case(department, case_no))?;
    let events = app.store.case_events(department, case_no).await?;
    let filter = FindingFilter {
        department: Some(department.to_owned()),
        case_no: Some(case_no.to_owned()),
        limit: 1000,
        ..FindingFilter::default()
    };
    let findings = app.store.findings(&filter).await?;
    let filter = CardFilter {
        department: Some(department.to_owned()),
        case_no: Some(case_no.to_owned()),
        limit: 1000,
        ..CardFilter::default()
    };
    let cards = app.store.cards(&filter).await?;
    let (clock, _) = app.explained(department, case_no).await?;
    let all = serde_json::json!({
        "department": department, "case": row.case, "promise_due": row.promise_due, "legal_due": row.legal_due,
        "next_due": row.next_due, "clock": clock, "events": events, "findings": findings, "cards": cards,
    });
    show(place, &all, || {
        let mut lines =
            vec![format!("{case_no} {}（{}）", row.case.title.as_deref().unwrap_or(""), row.case.state.as_str())];
        let due = |name: &str, at: Option<Timestamp>| at.map(|t| format!("{name} {}", t.date()));
        lines.extend(due("承诺到期", row.promise_due));
        lines.extend(due("法定到期", row.legal_due));
        lines.extend(clock.days.iter().map(clock_line));
        lines.extend(events.iter().map(|e| format!("  #{} {} {}", e.seq, e.event_time, e.record.name_zh())));
        lines.extend(findings.iter().map(|f| {
            format!("  {} {} {}：{}", f.finding.level.name_zh(), f.finding.rule, f.state, f.finding.explain_zh)
        }));
        lines.extend(cards.iter().map(|c| format!("  卡 {} {} {}", c.no, c.level.name_zh(), c.state.as_str())));
        lines
    });
    Ok(true)
}

/// A day of a clock.
fn clock_line(day: &ClockDay) -> String {
    let marks = if day.marks.is_empty() { String::new() } else { format!("【{}】", day.marks.join("、")) };
    format!("  {} {} {:>3}  {}{marks}", day.date, day.weekday, day.counted, day.why_zh)
}

pub(crate) async fn rules_explain(place: &Place, department: &str, case_no: &str) -> Outcome {
    let app = open(place).await?;
    let (clock, explained) = app.explained(department, case_no).await?;
    let all = serde_json::json!({
        "calendar_version": clock.calendar_version, "timing": clock.timing, "days": clock.days, "rules": explained,
    });
    show(place, &all, || {
        let mut lines = vec![format!(
            "日历版本 {}；排除 {} 个工作日，延长 {} 个工作日",
            clock.calendar_version, clock.timing.excluded_days, clock.timing.extended_days
        )];
        lines.extend(clock.days.iter().map(clock_line));
        lines.extend(explained.iter().map(|e| format!("{} {} {}：{}", e.rule, e.name_zh, e.verdict, e.reason_zh)));
        lines
    });
    Ok(true)
}

/// Options of `calendar due`.
#[derive(Debug, clap::Args)]
pub(crate) struct Due {
    /// 日期或时刻
    #[arg(long)]
    start: String,
    /// 期限
    #[arg(long)]
    limit: u32,
    /// 单位：working_day、natural_day、working_hour
    #[arg(long, default_value = "working_day")]
    unit: String,
    /// 计算方式：legal_day、business_hours_ceil
    #[arg(long, default_value = "legal_day")]
    profile: String,
    /// 配置目录；没有时用随程序的日历
    #[arg(long, env = "DAYLIGHT_CONFIG")]
    config: Option<PathBuf>,
    /// 以一个 JSON 值回答
    #[arg(long)]
    json: bool,
}

pub(crate) fn calendar_due(options: &Due) -> Outcome {
    let (calendar, schedule) = match &options.config {
        Some(folder) => {
            let config = configuration(folder)?;
            (config.rules.calendar.clone(), config.rules.schedule.clone())
        }
        None => (crate::demo::place::sample_calendar()?, WorkSchedule::default()),
    };
    let asked = Asked { start: &options.start, limit: options.limit, unit: &options.unit, profile: &options.profile };
    let found = due_of(&calendar, &schedule, asked)?;
    if options.json {
        print_json(&found);
    } else {
        for d in &found.days {
            crate::out!("{} {} {:>3}  {}", d.date, d.weekday, d.count, d.reason);
        }
        crate::out!("届满：{}", found.due);
    }
    Ok(true)
}

pub(crate) async fn ledger_verify(place: &Place) -> Outcome {
    let app = open(place).await?;
    let mut reports = Vec::new();
    let bar = ProgressBar::new(app.config.departments.len() as u64);
    for department in app.config.departments.keys() {
        bar.set_message(department.clone());
        reports.push(app.store.verify_ledger(department).await?);
        bar.inc(1);
    }
    reports.push(app.store.verify_audit().await?);
    bar.finish_and_clear();
    let good = reports.iter().all(|r| r.verified);
    show(place, &reports, || {
        reports
            .iter()
            .flat_map(|r| {
                let word = if r.verified { "一致" } else { "不一致" };
                let head = format!(
                    "{:<12} {} 个事件，{} 页原始数据，{word}，链尾 {}",
                    r.department, r.events, r.raw_pages, r.head
                );
                std::iter::once(head).chain(r.problems.iter().map(|p| format!("    {p}")))
            })
            .collect()
    });
    Ok(good)
}

pub(crate) async fn quarantine_list(place: &Place) -> Outcome {
    let app = open(place).await?;
    let rows = app.store.quarantine(&QuarantineFilter { limit: 100, ..QuarantineFilter::default() }).await?;
    show(place, &rows, || {
        rows.iter()
            .map(|r| format!("{} {:<12} {:<9} {} {}", r.id, r.department, r.state, r.code, r.message_zh))
            .collect()
    });
    Ok(true)
}

pub(crate) async fn quarantine_show(place: &Place, id: &str) -> Outcome {
    let app = open(place).await?;
    let row = app.store.quarantined(id).await?;
    let row = row.ok_or_else(|| {
        Problem::new("quarantine.unknown", format!("隔离区没有 {id}")).fix("daylight quarantine list")
    })?;
    show(place, &row, || vec![serde_json::to_string_pretty(&row).unwrap_or_default()]);
    Ok(true)
}
