//! `daylight department`: who is supervised, how far they have come, and how another one is brought in.

mod add;
mod draft;

use super::read::show;
use super::{Outcome, Place, open};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// 所有部门
    List(Place),
    /// 进入下一阶段的条件
    Gate {
        /// 部门编号
        id: String,
        #[command(flatten)]
        place: Place,
    },
    /// 看一份样例（JSON、CSV、XLSX、XML，或数据库的表、视图），起草部门的配置；不写出任何人的信息
    Draft(Box<draft::Options>),
    /// 加入一个部门：逐项设置，用真实的连接器试查、试拉而不写入，再给出配置
    Add(Box<add::Options>),
}

pub(crate) async fn run(what: Command) -> Outcome {
    match what {
        Command::List(place) => list(&place).await,
        Command::Gate { id, place } => gate(&place, &id).await,
        Command::Draft(options) => draft::run(&options).await,
        Command::Add(options) => add::run(&options).await,
    }
}

async fn list(place: &Place) -> Outcome {
    let app = open(place).await?;
    let totals = app.store.department_totals().await?;
    let all: Vec<serde_json::Value> = app
        .config
        .departments
        .values()
        .map(|d| {
            let t = totals.iter().find(|t| t.department == d.id);
            serde_json::json!({
                "id": d.id, "name": d.name, "phase": d.phase, "connector": d.connector, "planned": d.planned,
                "cases": t.map_or(0, |t| t.cases), "rejects": t.map_or(0, |t| t.rejects),
                "last_received": t.and_then(|t| t.last_received),
            })
        })
        .collect();
    show(place, &all, || {
        app.config
            .departments
            .values()
            .map(|d| {
                format!("{:<12} {:<10} {}  {}", d.id, d.phase.as_str(), d.name, d.connector.as_deref().unwrap_or("—"))
            })
            .collect()
    });
    Ok(true)
}

async fn gate(place: &Place, id: &str) -> Outcome {
    let app = open(place).await?;
    let gate = app.gate(id).await?;
    show(place, &gate, || {
        let next = gate.next.map_or("—", daylight_domain::department::Phase::as_str);
        let mut lines = vec![format!("{id}：{} → {next}", gate.phase.as_str())];
        lines.extend(gate.conditions.iter().map(|c| {
            let word = match c.met {
                Some(true) => "达到",
                Some(false) => "未达",
                None => "无据",
            };
            format!("  {word} {}：{}", c.asked_zh, c.found_zh)
        }));
        lines.extend(gate.reached.iter().map(|(phase, since)| format!("  {since} 进入 {phase}")));
        lines
    });
    Ok(gate.open || gate.next.is_none())
}
