//! 投诉答复公开: answers that somebody who did not handle the complaint cleared, in the words that were cleared. Neither the complaint
//! nor its number is in it.

use super::{Content, at, instant, words};
use crate::app::App;
use crate::problem::Problem;
use crate::publish::Plan;
use crate::publish::numbers::span;
use daylight_console::table::{Cell, Table};
use daylight_domain::complaint::{Complaint, PublicAnswer};
use daylight_domain::publication::FreeText;
use daylight_store::MatterFilter;

fn line(name: &str, one: &Complaint, answer: &PublicAnswer) -> Vec<Cell> {
    vec![Cell::text(name), Cell::text(&*answer.subject), Cell::text(&*answer.text), at(one.closed_at)]
}

/// What is published of complaints closed in a period, by the names of their departments.
pub(super) fn content(all: &[Complaint], name: impl Fn(&str) -> String) -> Content {
    let mut content = Content::default();
    let mut rows = Vec::new();
    for one in all {
        let Some(answer) = &one.public_answer else { continue };
        rows.push(line(&name(&one.department), one, answer));
        content.answers.push(one.no.clone());
        content.departments.push(one.department.clone());
        for text in [&answer.subject, &answer.text] {
            let (department, source) = (one.department.clone(), one.no.clone());
            content.texts.push(FreeText { department, source, text: text.clone() });
        }
    }
    let table = Table {
        title: "投诉答复".to_owned(),
        notes: Vec::new(),
        columns: vec![
            words("department", "部门", "Department"),
            words("subject", "事由", "About"),
            words("answer", "答复", "Answer"),
            instant("closed_at", "办结时间", "Closed"),
        ],
        rows,
    };
    content.tables.push(("answers".to_owned(), table));
    content.redactions.push("只列经审核可以公开的答复；不含投诉原文、投诉编号和投诉人".to_owned());
    content
}

impl App {
    pub(super) async fn answers(&self, plan: &Plan) -> Result<Content, Problem> {
        let (from, to) = span(plan.from, plan.to);
        let filter = MatterFilter { department: plan.department.clone(), ..MatterFilter::default() };
        let mut all: Vec<Complaint> = self.every_matter(filter).await?;
        all.retain(|c| c.closed_at.is_some_and(|t| from <= t && t < to));
        Ok(content(&all, |id| self.called(id)))
    }
}
