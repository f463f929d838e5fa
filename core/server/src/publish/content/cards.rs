//! 红黄牌日报: the red and yellow cards that were issued, for those who supervise.

use super::{Content, at, instant, said, words};
use crate::app::App;
use crate::problem::Problem;
use crate::publish::Plan;
use crate::publish::numbers::span;
use daylight_console::table::{Cell, Table};
use daylight_domain::finding::Level;

impl App {
    pub(super) async fn daily_cards(&self, plan: &Plan) -> Result<Content, Problem> {
        let mut content = Content::default();
        let mut rows = Vec::new();
        let only = plan.department.as_deref();
        for id in self.config.departments.keys().filter(|id| only.is_none_or(|o| o == *id)) {
            let cards = self.issued_cards(id, span(plan.from, plan.to)).await?;
            for card in cards.into_iter().filter(|c| matches!(c.level, Level::Yellow | Level::Red)) {
                let rule = self.config.rules.book.name_of(&card.rule).map(|(zh, _)| zh.to_owned());
                content.departments.push(id.clone());
                rows.push(vec![
                    Cell::text(&*card.no),
                    Cell::text(self.called(id)),
                    Cell::text(card.level.name_zh()),
                    Cell::text(&*card.rule),
                    said(rule.as_deref()),
                    said(card.case_no.as_deref()),
                    at(card.issued_at),
                    at(card.feedback_due),
                    Cell::text(card.state.name_zh()),
                ]);
            }
        }
        let table = Table {
            title: "红黄牌".to_owned(),
            notes: Vec::new(),
            columns: vec![
                words("no", "监察编号", "Number"),
                words("department", "部门", "Department"),
                words("level", "级别", "Level"),
                words("rule", "规则", "Rule"),
                words("rule_name", "规则名称", "Rule name"),
                words("case_no", "办件编号", "Case"),
                instant("issued_at", "发出时间", "Issued"),
                instant("feedback_due", "反馈期限", "Answer due"),
                words("state", "状态", "State"),
            ],
            rows,
        };
        content.tables.push(("cards".to_owned(), table));
        Ok(content)
    }
}
