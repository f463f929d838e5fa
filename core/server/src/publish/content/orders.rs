//! 督办周报: what was asked of departments beyond cards, and how they replied. What is asked is words that somebody wrote.

use super::{Content, at, instant, words};
use crate::app::App;
use crate::problem::Problem;
use crate::publish::Plan;
use crate::publish::numbers::span;
use daylight_console::table::{Cell, Table};
use daylight_domain::order::{OrderKind, OrderState, SupervisionOrder};
use daylight_domain::publication::FreeText;
use daylight_store::MatterFilter;

impl App {
    pub(super) async fn weekly_orders(&self, plan: &Plan) -> Result<Content, Problem> {
        let (from, to) = span(plan.from, plan.to);
        let filter = MatterFilter { department: plan.department.clone(), ..MatterFilter::default() };
        let all: Vec<SupervisionOrder> = self.every_matter(filter).await?;
        let sent = |o: &SupervisionOrder| !matches!(o.state, OrderState::Proposed | OrderState::Declined);
        let mut content = Content::default();
        let mut rows = Vec::new();
        for order in all.into_iter().filter(|o| sent(o) && from <= o.issued_at && o.issued_at < to) {
            let kind = match order.kind {
                OrderKind::Reminder => "催办",
                OrderKind::Order => "督办",
                OrderKind::Assigned => "交办",
            };
            rows.push(vec![
                Cell::text(&*order.no),
                Cell::text(kind),
                Cell::text(self.called(&order.department)),
                Cell::text(&*order.content),
                Cell::text(order.cards.join("、")),
                Cell::Instant(order.issued_at),
                Cell::Instant(order.due),
                at(order.replied_at),
                Cell::text(order.state.name_zh()),
            ]);
            content.departments.push(order.department.clone());
            content.texts.push(FreeText { department: order.department, source: order.no, text: order.content });
        }
        let table = Table {
            title: "督办".to_owned(),
            notes: Vec::new(),
            columns: vec![
                words("no", "督办编号", "Number"),
                words("kind", "类别", "Kind"),
                words("department", "部门", "Department"),
                words("content", "督办内容", "What is asked"),
                words("cards", "监察卡", "Cards"),
                instant("issued_at", "发出时间", "Issued"),
                instant("due", "回复期限", "Reply due"),
                instant("replied_at", "回复时间", "Replied"),
                words("state", "状态", "State"),
            ],
            rows,
        };
        content.tables.push(("orders".to_owned(), table));
        Ok(content)
    }
}
