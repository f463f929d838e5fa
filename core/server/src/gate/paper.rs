//! The report of a trial on paper, as a page to print and as a document.

use super::report::{GateReportView, ReportState, Side};
use daylight_console::docx::{Block, date_zh};
use daylight_console::paper::{Form, Paper, paragraphs};
use daylight_console::table::{Cell, Column, Kind, Table};

/// What a person writes on.
const BLANK: &str = "　　　　　　　　";

fn fact(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

fn conditions(view: &GateReportView) -> Block {
    let columns = vec![
        Column::new("asked", "要求", "Asked", Kind::Text),
        Column::new("found", "实际", "Found", Kind::Text),
        Column::new("met", "结论", "Met", Kind::Text),
    ];
    let row = |asked: &str, found: &str| vec![Cell::text(asked), Cell::text(found), Cell::text("达到")];
    let rows = view.report.conditions.iter().map(|c| row(&c.asked_zh, &c.found_zh)).collect();
    Block::Table(Table { title: "转正式运行的条件".to_owned(), columns, rows, ..Table::default() })
}

fn signatures(view: &GateReportView) -> Block {
    let signed = |side: Side| {
        let found = view.signatures.iter().find(|s| s.side == side);
        found.map_or_else(
            || BLANK.to_owned(),
            |s| format!("{}（{}），{}", s.user, s.role.name_zh(), s.at.local().format("%Y-%m-%d %H:%M")),
        )
    };
    Block::Facts(Side::ALL.map(|side| fact(&format!("{}签署", side.name_zh()), signed(side))).to_vec())
}

/// The paper of a report, from an office.
#[must_use]
pub fn paper(view: &GateReportView, office: &str, county: &str) -> Paper {
    let r = &view.report;
    let period = format!("{}至{}", date_zh(r.from), date_zh(r.to));
    let trial = r.trial_since.map_or_else(String::new, |at| format!("自{}起试运行，", date_zh(at.date())));
    let mut body = paragraphs([format!(
        "{}（{}）{trial}以下各项按{period}的数据核对，全部达到，可以转为正式运行",
        r.name, r.department
    )]);
    body.push(conditions(view));
    let mut facts = Vec::new();
    if let Some(plugin) = &r.plugin {
        facts.push(fact("连接器", format!("{} {}", plugin.name, plugin.version)));
        facts.push(fact("连接器的散列", plugin.digest.clone()));
        facts.extend(plugin.grade.clone().map(|grade| fact("连接器的等级", grade)));
    }
    facts.push(fact("部门配置的散列", r.configuration.clone()));
    facts.push(fact(
        "冻结",
        format!("{}，{}，程序 {}", r.made_by, r.made_at.local().format("%Y-%m-%d %H:%M"), r.program),
    ));
    facts.push(fact("本报告的散列", view.digest.clone()));
    body.push(Block::Facts(facts));
    body.push(signatures(view));
    let mark = match view.state {
        ReportState::Stale => Some(format!("本报告已失效：{}", view.stale_zh.join("；"))),
        ReportState::Open => Some("尚未由两方签署".to_owned()),
        ReportState::Signed | ReportState::Live => None,
    };
    Paper {
        form: Form::Letter,
        office: office.to_owned(),
        title: "接入部门转正式运行验收报告".to_owned(),
        no: r.no.clone(),
        to: format!("{county}行政审批电子监察工作领导小组"),
        body,
        date: date_zh(r.made_at.date()),
        mark,
        ..Paper::default()
    }
}
