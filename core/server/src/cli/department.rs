//! `daylight department`: who is supervised, how far they have come, and how another one is brought in.

mod add;
mod draft;

use super::read::show;
use super::{Outcome, Place, gate, open};
use crate::connection::{ConnectorView, Duty};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// 所有部门
    List(Place),
    /// 进入下一阶段的条件，与试运行的验收报告
    Gate {
        /// 部门编号
        id: String,
        /// 条件全部达到时，冻结验收报告
        #[arg(long)]
        freeze: bool,
        #[command(flatten)]
        place: Place,
    },
    /// 一份验收报告；--out 写成 .docx、.html 或 .json
    Report(gate::Report),
    /// 签署验收报告：凭签署人本人的令牌
    Sign(gate::Sign),
    /// 诊断包（.zip）：供部门与供应商查找原因，不含密钥、个人信息与来源的文字
    Diagnostics(gate::Diagnostics),
    /// 看一份样例（JSON、CSV、XLSX、XML，或数据库的表、视图），起草部门的配置；不写出任何人的信息
    Draft(Box<draft::Options>),
    /// 加入一个部门：逐项设置，用真实的连接器试查、试拉而不写入，再给出配置
    Add(Box<add::Options>),
}

pub(crate) async fn run(what: Command) -> Outcome {
    match what {
        Command::List(place) => list(&place).await,
        Command::Gate { id, freeze, place } => gate::gate(&place, &id, freeze).await,
        Command::Report(options) => gate::report(&options).await,
        Command::Sign(options) => gate::sign(&options).await,
        Command::Diagnostics(options) => gate::diagnostics(&options).await,
        Command::Draft(options) => draft::run(&options).await,
        Command::Add(options) => add::run(&options).await,
    }
}

async fn list(place: &Place) -> Outcome {
    let app = open(place).await?;
    let totals = app.store.department_totals().await?;
    let views = app.connector_views(None).await?;
    let now = app.clock.now();
    let all: Vec<serde_json::Value> = views
        .iter()
        .filter_map(|v| app.config.departments.get(&v.department).map(|d| (v, d)))
        .map(|(v, d)| {
            let t = totals.iter().find(|t| t.department == d.id);
            serde_json::json!({
                "id": d.id, "name": d.name, "phase": d.phase, "connector": d.connector, "planned": d.planned,
                "state": v.state, "state_zh": v.state.name_zh(), "since": v.since, "who": v.who, "next_pull": v.next_pull,
                "error_code": v.error_code, "failures": v.failures,
                "cases": t.map_or(0, |t| t.cases), "rejects": t.map_or(0, |t| t.rejects),
                "last_received": t.and_then(|t| t.last_received),
            })
        })
        .collect();
    show(place, &all, || {
        let line = |v: &ConnectorView| {
            let since = v.since.map_or_else(|| "—".to_owned(), |at| at.date().to_string());
            let who = if v.who == Duty::Nobody { String::new() } else { format!("  由{}处理", v.who.name_zh()) };
            let code = v.error_code.as_ref().map_or_else(String::new, |code| format!("  {code}"));
            let plugin = v.connector.as_deref().unwrap_or("—");
            format!("{:<12} {}  自 {since}  {}  {plugin}{who}{code}", v.department, v.said_zh(now), v.name)
        };
        views.iter().map(line).collect()
    });
    Ok(true)
}
