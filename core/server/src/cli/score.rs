//! `daylight score`: runs, looks, the year.

use super::read::show as print;
use super::{Outcome, Place, open};
use crate::evaluate::{Comparison, DepartmentMoved, LineMoved, LineSide, Ran, ScoreRunBrief, ScoreRunView, Standing};
use daylight_domain::evaluation::points_text;
use daylight_store::ScoreRunRow;

fn run_lines(run: &ScoreRunRow) -> Vec<String> {
    let head = format!("评分 {}（{} {}，{}，{}）", run.id, run.standard, run.version, run.period, run.status);
    let line = |r: &daylight_store::ScoreResult| {
        format!("  {:<12} {} {}", r.department, points_text(r.output.total), r.output.grade)
    };
    std::iter::once(head).chain(run.results.iter().map(line)).collect()
}

pub(crate) async fn run(place: &Place, standard: &str, period: &str, department: Option<&str>) -> Outcome {
    let app = open(place).await?;
    let run = app.score_by(standard, period, department, Ran { by: "cli", shadow: false }).await?;
    print(place, &run, || run_lines(&run));
    app.close().await;
    Ok(true)
}

pub(crate) async fn show(place: &Place, id: Option<&str>) -> Outcome {
    let app = open(place).await?;
    let Some(id) = id else {
        let runs: Vec<_> = app.score_views(100).await?.into_iter().map(ScoreRunView::brief).collect();
        print(place, &runs, || {
            let line =
                |r: &ScoreRunBrief| format!("{} {} {} {} {}", r.id, r.period, r.standard, r.status, r.created_at);
            runs.iter().map(line).collect()
        });
        return Ok(true);
    };
    let view = app.score_view(id).await?;
    print(place, &view, || {
        let mut lines = vec![format!("{} {}（{}）", view.run.standard, view.run.period, view.run.status)];
        for r in &view.effective {
            lines.push(format!("{} {} {}", r.department, points_text(r.card.total), r.card.grade));
            lines.extend(r.card.scores.iter().map(|s| format!("  {} {}", s.indicator, s.explain_zh)));
            for d in r.card.scores.iter().flat_map(|s| &s.deductions).chain(&r.card.adjustments) {
                lines.push(format!("    {} {}：{}", d.rule, points_text(d.points), d.reason_zh));
            }
        }
        for a in &view.life.appeals {
            let ruling = match &a.ruling {
                None => "未决定".to_owned(),
                Some(r) => match r.corrected_to {
                    None => format!("维持（{}）：{}", r.by, r.text),
                    Some(is) => {
                        format!("更正 {} → {}（{}）：{}", points_text(a.was), points_text(is), r.by, r.text)
                    }
                },
            };
            lines.push(format!("申诉 {} {} {}：{}；{ruling}", a.no, a.department, a.line, a.grounds));
        }
        lines.extend(view.life.steps.iter().map(|s| format!("{} {} {} {}", s.at, s.act, s.by, s.text)));
        lines
    });
    Ok(true)
}

pub(crate) async fn recompute(place: &Place, id: &str) -> Outcome {
    let app = open(place).await?;
    let found = app.recompute(id).await?;
    print(place, &found, || {
        let mut lines: Vec<String> = found
            .departments
            .iter()
            .map(|(d, was, is)| format!("{d} {} {}", if was == is { "一致" } else { "不一致" }, is))
            .collect();
        lines.push(if found.equal { "复算一致".to_owned() } else { "复算不一致".to_owned() });
        lines
    });
    Ok(found.equal)
}

/// One side of a line: points, weight, numerator and denominator, words.
fn side(side: Option<&LineSide>) -> String {
    let Some(side) = side else { return "没有这一行".to_owned() };
    let whole = |n: i64| points_text(daylight_domain::score::mul_div(n, 1, 10_000));
    let share = side.numerator.zip(side.denominator);
    let share = share.map(|(n, d)| format!("，{} / {}", whole(n), whole(d))).unwrap_or_default();
    let points = side.points.map_or_else(|| "不评".to_owned(), points_text);
    format!("{points}（权重 {}{share}）{}", points_text(side.weight), side.explain_zh)
}

fn line_lines(line: &LineMoved) -> Vec<String> {
    let name = if line.name_zh == line.indicator { String::new() } else { format!(" {}", line.name_zh) };
    let sign = if line.moved > 0 { "+" } else { "" };
    let weight = if line.weight_moved == 0 {
        String::new()
    } else {
        format!("，权重变动 {}", points_text(line.weight_moved))
    };
    vec![
        format!("  {}{name} {sign}{}{weight}", line.indicator, points_text(line.moved)),
        format!("    原：{}", side(line.was.as_ref())),
        format!("    现：{}", side(line.is.as_ref())),
    ]
}

fn department_lines(d: &DepartmentMoved) -> Vec<String> {
    let standing = |s: &Option<Standing>| match s {
        None => "未参评".to_owned(),
        Some(s) => {
            let rank = s.rank.map(|r| format!("，第 {r}")).unwrap_or_default();
            format!("{} {}{rank}", points_text(s.total), s.grade)
        }
    };
    let places = match d.places {
        Some(n) if n > 0 => format!("，升 {n} 位"),
        Some(n) if n < 0 => format!("，降 {} 位", -n),
        _ => String::new(),
    };
    let mut lines = vec![format!("{}：{} → {}{places}", d.department, standing(&d.was), standing(&d.is))];
    for of in &d.dimensions {
        let part = |p: Option<(i64, i64)>| {
            p.map_or_else(|| "—".to_owned(), |(points, of)| format!("{} / {}", points_text(points), points_text(of)))
        };
        let share = of.share_moved.map(|s| format!("（得分率变动 {}%）", points_text(s))).unwrap_or_default();
        lines.push(format!("  {}：{} → {}{share}", of.dimension, part(of.was), part(of.is)));
    }
    lines.extend(d.indicators.iter().chain(&d.adjustments).flat_map(line_lines));
    lines
}

fn comparison_lines(found: &Comparison) -> Vec<String> {
    let run = |c: &crate::evaluate::Compared| format!("{} {} {}（{}）", c.standard, c.version, c.period, c.status);
    let mut lines = vec![format!("{} → {}", run(&found.a), run(&found.b))];
    lines.extend(found.items.iter().flat_map(department_lines));
    lines
}

pub(crate) async fn compare(place: &Place, a: &str, b: &str) -> Outcome {
    let app = open(place).await?;
    let found = app.compare_runs(a, b, None).await?;
    print(place, &found, || comparison_lines(&found));
    app.close().await;
    Ok(true)
}

pub(crate) async fn shadow(place: &Place, standard: &str, from: &str, to: &str) -> Outcome {
    let app = open(place).await?;
    let runs = app.shadow(standard, from, to, "cli").await?;
    print(place, &runs, || runs.iter().flat_map(run_lines).collect());
    app.close().await;
    Ok(true)
}

pub(crate) async fn year(place: &Place, standard: &str, year: &str) -> Outcome {
    let app = open(place).await?;
    let found = app.score_year(standard, year).await?;
    print(place, &found, || {
        let mut lines = vec![format!("{} {}，已定稿 {} 个月", found.standard, found.year, found.runs.len())];
        for d in &found.departments {
            let (mean, total) = (points_text(d.mean), points_text(d.total));
            lines.push(format!("  {:<12} {total} {}（{} 个月平均 {mean}）", d.department, d.grade, d.months.len()));
            let sanction = |s: &crate::evaluate::YearSanction| {
                format!("    {} {}（{}，{}）", s.sanction.name_zh(), points_text(s.points), s.entry, s.document)
            };
            lines.extend(d.sanctions.iter().map(sanction));
            lines.extend(d.note_zh.iter().map(|note| format!("    {note}")));
        }
        if !found.missing.is_empty() {
            lines.push(format!("没有定稿的月份：{}", found.missing.join("、")));
        }
        lines
    });
    app.close().await;
    Ok(true)
}
