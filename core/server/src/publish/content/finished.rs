//! 办结公示: number, item, department, dates and result of every decided case (行政许可法 40). Who applied is not in it.

use super::{Content, at, instant, words};
use crate::app::App;
use crate::problem::Problem;
use crate::publish::Plan;
use crate::publish::numbers::span;
use daylight_console::table::{Cell, Table};
use daylight_domain::Timestamp;
use daylight_domain::case::Case;

/// The result in words; nothing where nothing was decided, or where a co-department was only asked about another's case.
fn result(case: &Case) -> Option<&'static str> {
    if case.is_only_asked() {
        return None;
    }
    match case.finish_type.as_deref().or(case.decision.as_deref())? {
        "granted" => Some("准予"),
        "refused" => Some("不予"),
        "completed" => Some("办结"),
        _ => None,
    }
}

/// The lines of a department, with the numbers of their cases; and how many were left out because their number could be somebody's.
pub(super) fn lines<'a>(
    (department, cases): (&str, &'a [&Case]),
    item: impl Fn(&Case) -> String,
) -> (Vec<(&'a str, Vec<Cell>)>, usize) {
    let (mut rows, mut left) = (Vec::new(), 0);
    for case in cases {
        let Some(result) = result(case) else { continue };
        let began = case.applied_at.or(case.accepted_at).or(case.finished_at).map(Timestamp::date);
        if !Content::number_is_fine(&case.case_no, began) {
            left += 1;
            continue;
        }
        let cells = vec![
            Cell::text(&*case.case_no),
            Cell::text(item(case)),
            Cell::text(department),
            at(case.accepted_at),
            at(case.decided_at),
            at(case.finished_at),
            Cell::text(result),
        ];
        rows.push((case.case_no.as_str(), cells));
    }
    (rows, left)
}

pub(super) fn table(rows: Vec<Vec<Cell>>) -> Table {
    Table {
        title: "办结公示".to_owned(),
        notes: Vec::new(),
        columns: vec![
            words("case_no", "办件编号", "Case"),
            words("item", "事项", "Item"),
            words("department", "部门", "Department"),
            instant("accepted_at", "受理时间", "Accepted"),
            instant("decided_at", "决定时间", "Decided"),
            instant("finished_at", "办结时间", "Finished"),
            words("result", "办理结果", "Result"),
        ],
        rows,
    }
}

impl App {
    pub(super) async fn finished(&self, plan: &Plan) -> Result<Content, Problem> {
        // What a registered exclusion leaves out of the statistics is decided all the same, and stands here.
        let (departments, others) = self.counted(plan.department.as_deref(), plan.to).await?;
        let mut content =
            Content { departments: departments.iter().map(|d| d.id.clone()).collect(), ..Content::default() };
        content.leave_out(&others, plan.audience);
        let (mut rows, mut left) = (Vec::new(), 0);
        for department in departments {
            let cases = self.finished_cases(&department.id, span(plan.from, plan.to)).await?;
            let cases: Vec<&Case> = cases.iter().map(|r| r.case.as_ref()).collect();
            let item = |case: &Case| {
                let catalogue = &self.config.rules.catalogue;
                let item = catalogue.version(&case.item_code, case.item_version);
                let item = item.or_else(|| catalogue.newest().find(|i| i.code == case.item_code));
                item.map_or_else(|| case.item_code.clone(), |i| i.name.clone())
            };
            let (lines, out) = lines((&department.name, &cases), item);
            left += out;
            for (no, cells) in lines {
                content.about.push(format!("{}/{no}", department.id));
                rows.push(cells);
            }
        }
        content.tables.push(("finished".to_owned(), table(rows)));
        content.redactions.push("不含申请人；退回、撤回、作废、删除的办件不在公示之列".to_owned());
        if left > 0 {
            content.redactions.push(format!("编号可能含有个人号码的 {left} 件不列"));
        }
        Ok(content)
    }
}
