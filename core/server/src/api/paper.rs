//! Papers (文书): what is sent out over a card, an order or an investigation, as a page to print.

use super::answer::{Asked, Refusal};
use super::auth::within;
use super::investigation::{concerned, seen_by};
use super::order::seen;
use super::read::issued_or_mine;
use crate::app::App;
use crate::people::Caller;
use crate::problem::Problem;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use daylight_console::docx::Block;
use daylight_console::paper::{Paper, paragraphs};
use daylight_domain::Timestamp;
use daylight_domain::card::{Card, CardState};
use daylight_domain::finding::Level;
use daylight_domain::investigation::{Investigation, Measure, MeasureKind, Outcome};
use daylight_domain::order::{OrderKind, OrderState, SupervisionOrder};
use std::sync::Arc;

type House = State<Arc<App>>;
type Who = Extension<Caller>;
type Page = Result<Html<String>, Refusal>;

/// How papers look.
pub(super) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], daylight_console::paper::STYLE).into_response()
}

fn day(at: Timestamp) -> String {
    at.local().format("%Y年%-m月%-d日").to_string()
}

fn none(what: &str) -> Problem {
    Problem::new("paper.none", format!("{what}还没有文书")).fix("签发、通知或采取措施之后才有文书")
}

impl App {
    pub(crate) fn office(&self) -> String {
        let county = &self.config.main.county;
        county.supervision_office.clone().unwrap_or_else(|| format!("{}行政审批电子监察办公室", county.name))
    }

    fn commission(&self) -> String {
        let county = &self.config.main.county;
        county.commission_office.clone().unwrap_or_else(|| format!("{}监察委员会", county.name))
    }

    fn name_of(&self, department: &str) -> String {
        self.config.departments.get(department).map_or_else(|| department.to_owned(), |d| d.name.clone())
    }
}

/// Paragraphs, then what is said in two columns.
fn body(text: impl IntoIterator<Item = String>, facts: Vec<(String, String)>) -> Vec<Block> {
    let mut all = paragraphs(text);
    all.push(Block::Facts(facts));
    all
}

fn fact(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

fn of_card(app: &App, card: &Card) -> Result<Paper, Problem> {
    let issued = card.issued_at.ok_or_else(|| none("监察卡"))?;
    let (title, asks) = match card.level {
        Level::Red => ("红牌监察通知", "请立即纠正，查明原因和责任，"),
        Level::Yellow => ("黄牌监察通知", "请及时纠正，说明原因，"),
        _ => ("监察预警通知", "请抓紧办理，"),
    };
    let day_of_fact = issued.date();
    let rule = app.config.rules.book.effective(&card.rule, &card.department, None, day_of_fact);
    let due = card.feedback_due.map(day);
    let mut facts = Vec::new();
    facts.extend(rule.as_ref().map(|r| fact("监察规则", format!("{} {}", r.id, r.name_zh))));
    facts.extend(card.case_no.clone().map(|no| fact("办件编号", no)));
    facts.extend(due.clone().map(|d| fact("反馈期限", format!("{d}前"))));
    facts.extend(rule.map(|r| fact("依据", r.basis.join("；"))));
    let answer = due.map_or_else(String::new, |d| format!("并于{d}前反馈。"));
    Ok(Paper {
        office: app.office(),
        title: title.to_owned(),
        no: format!("监察编号 {}", card.no),
        to: app.name_of(&card.department),
        body: body(
            [
                card.explain_zh.clone(),
                format!("{asks}{answer}如有异议，可在反馈期限内提出申诉，由签发人以外的监察人员决定。"),
            ],
            facts,
        ),
        date: day(issued),
        mark: matches!(card.state, CardState::Revoked).then(|| "本通知已撤销".to_owned()),
        ..Paper::default()
    })
}

pub(super) async fn card(State(app): House, Extension(caller): Who, Path(no): Path<String>) -> Page {
    let unknown = || Problem::new("card.unknown", format!("没有监察卡 {no}"));
    let card = app.store.card(&no).await?.filter(|c| issued_or_mine(&caller, c)).ok_or_else(unknown)?;
    within(&caller, Some(&card.department))?;
    Ok(Html(of_card(&app, &card)?.html()))
}

fn of_order(app: &App, order: &SupervisionOrder) -> Result<Paper, Problem> {
    if matches!(order.state, OrderState::Proposed | OrderState::Declined) {
        return Err(none("督办"));
    }
    let title = match order.kind {
        OrderKind::Reminder => "催办通知",
        OrderKind::Order => "督办通知书",
        OrderKind::Assigned => "交办通知书",
    };
    let mut facts = vec![fact("回复期限", format!("{}前", day(order.due)))];
    if !order.cards.is_empty() {
        facts.push(fact("监察卡", order.cards.join("、")));
    }
    facts.extend(order.follows.clone().map(|no| fact("此前催办", no)));
    Ok(Paper {
        office: app.office(),
        title: title.to_owned(),
        no: order.no.clone(),
        to: app.name_of(&order.department),
        body: body([order.content.clone(), format!("请于{}前书面回复。", day(order.due))], facts),
        date: day(order.issued_at),
        copies: order.copied_to.clone(),
        mark: matches!(order.state, OrderState::Withdrawn).then(|| "本通知已撤回".to_owned()),
        ..Paper::default()
    })
}

pub(super) async fn order(State(app): House, Extension(caller): Who, Path(no): Path<String>) -> Page {
    let order = app.find_matter::<SupervisionOrder>(&no).await?.matter;
    within(&caller, Some(&order.department))?;
    if !seen(&caller, &order) {
        return Err(Problem::new("order.unknown", format!("没有督办 {no}")).into());
    }
    Ok(Html(of_order(&app, &order)?.html()))
}

fn of_measure(app: &App, one: &Investigation, measure: &Measure) -> Paper {
    let title = match measure.kind {
        MeasureKind::Correct => "责令改正通知书",
        MeasureKind::Notice => "通报",
        MeasureKind::Talk => "约谈通知书",
        MeasureKind::Suggestion => "监察建议书",
        MeasureKind::Clue => "问题线索移交函",
    };
    let office = if measure.kind.of_commission() { app.commission() } else { app.office() };
    let to = if measure.kind == MeasureKind::Clue { app.commission() } else { app.name_of(&one.department) };
    let mut text = Vec::new();
    let mut facts = vec![fact("调查编号", one.no.clone())];
    if let Some(said) = &one.conclusion {
        text.push(format!("经查：{}", said.facts));
        facts.push(fact("依据", said.basis.clone()));
    }
    text.push(measure.text.clone());
    if let Some(due) = measure.due {
        text.push(format!("请于{}前书面答复落实情况。", day(due)));
        facts.push(fact("答复期限", format!("{}前", day(due))));
    }
    let no = measure.no.clone();
    Paper {
        office,
        title: title.to_owned(),
        no,
        to,
        body: body(text, facts),
        date: day(measure.at),
        ..Paper::default()
    }
}

/// The notice, the conclusion, or the paper of a measure by its number.
fn of_investigation(app: &App, one: &Investigation, which: &str) -> Result<Paper, Problem> {
    let base = |title: &str, at: Timestamp| Paper {
        office: app.office(),
        title: title.to_owned(),
        no: one.no.clone(),
        to: app.name_of(&one.department),
        date: day(at),
        ..Paper::default()
    };
    match which {
        "" | "notice" => {
            let notice = one.notice.as_ref().ok_or_else(|| none("调查"))?;
            let due = one.statement_due.map(day).unwrap_or_default();
            let heard = format!("你单位有权陈述和申辩，请于{due}前书面提出，并提供有关材料。");
            let facts = vec![fact("调查组", one.team.join("、")), fact("陈述申辩期限", format!("{due}前"))];
            Ok(Paper { body: body([notice.text.clone(), heard], facts), ..base("调查通知书", notice.at) })
        }
        "conclusion" => {
            let said = one.conclusion.as_ref().ok_or_else(|| none("调查结论"))?;
            let outcome = match said.outcome {
                Outcome::Substantiated => "属实",
                Outcome::Partly => "部分属实",
                Outcome::Unsubstantiated => "不属实",
                Outcome::Unverifiable => "无法查实",
            };
            let heard = match &one.statement {
                Some(statement) => format!("你单位陈述：{}", statement.text),
                None => "你单位在期限内没有陈述申辩。".to_owned(),
            };
            let text = [format!("经查：{}", said.facts), heard, format!("结论：{outcome}。")];
            let facts = vec![fact("依据", said.basis.clone())];
            Ok(Paper { body: body(text, facts), ..base("调查结论通知书", said.at) })
        }
        no => {
            let measure = one.measures.iter().find(|m| m.no == no);
            Ok(of_measure(app, one, measure.ok_or_else(|| none("该措施"))?))
        }
    }
}

pub(super) async fn investigation(
    State(app): House,
    Extension(caller): Who,
    Path(no): Path<String>,
    Query(query): Asked,
) -> Page {
    concerned(&caller)?;
    let unknown = || Problem::new("investigation.unknown", format!("没有调查 {no}"));
    let one = app.find_matter::<Investigation>(&no).await?.matter;
    if caller.department.as_ref().is_some_and(|own| *own != one.department) {
        return Err(unknown().into());
    }
    let one = seen_by(&caller, one).ok_or_else(unknown)?;
    let which = query.get("paper").map(String::as_str).unwrap_or_default();
    Ok(Html(of_investigation(&app, &one, which)?.html()))
}
