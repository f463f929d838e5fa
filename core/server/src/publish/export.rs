//! Exports: what the county may hand on as a table – monthly statistics (handbook §16 c), supervision records of GB/T 39046 table 11,
//! cards, scores, complaints and ratings without persons. Every file says as of when, by which filter and under which hash its rows are,
//! and who took it is kept.

use super::bundle::{CSV, JSON, XLSX};
use super::content::{at, instant, int, number, said, words};
use super::numbers::{Numbers, UNTOUCHED, span};
use crate::app::App;
use crate::config::Department;
use crate::evaluate::SHADOW;
use crate::problem::Problem;
use chrono::NaiveDate;
use daylight_console::table::{Cell, Column, Kind, Lang, Table};
use daylight_domain::Timestamp;
use daylight_domain::card::{Card, CardState};
use daylight_domain::order::{OrderState, SupervisionOrder};
use daylight_domain::publication::{Audience, canonical, digest_of};
use daylight_domain::rating::Rating;
use daylight_store::{AuditEntry, MatterFilter};
use serde_json::json;
use std::collections::BTreeMap;

/// The longest period, days.
const LONGEST: i64 = 366;

/// What can be exported, with its Chinese name.
pub(crate) const KINDS: &[(&str, &str)] = &[
    ("monthly", "统计月报"),
    ("supervision", "电子监察记录"),
    ("cards", "监察卡"),
    ("scores", "评分"),
    ("complaints", "投诉"),
    ("ratings", "评价"),
];

/// How.
pub(crate) const FORMATS: &[&str] = &["csv", "xlsx", "json"];

/// What somebody asks for.
#[derive(Clone, Debug)]
pub(crate) struct Asked<'a> {
    /// One of [`KINDS`].
    pub kind: &'a str,
    /// First day.
    pub from: NaiveDate,
    /// Last day, included.
    pub to: NaiveDate,
    /// Only of this department.
    pub department: Option<&'a str>,
    /// One of [`FORMATS`].
    pub format: &'a str,
    /// Who asks is of a department: it sees what a department sees.
    pub as_department: bool,
    /// Who asks.
    pub by: &'a str,
}

/// A file.
#[derive(Clone, Debug)]
pub(crate) struct Exported {
    /// Its Chinese name.
    pub name: String,
    /// Its name for those who know no Chinese.
    pub ascii: String,
    /// Media type.
    pub media: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    /// How many rows.
    pub rows: usize,
}

/// At most so many characters, as the standard has them.
fn an(text: &str, most: usize) -> Cell {
    Cell::text(text.chars().take(most).collect::<String>())
}

/// `YYYYMMDDThhmmss`
fn stamp(time: Timestamp) -> Cell {
    Cell::text(time.local().format("%Y%m%dT%H%M%S").to_string())
}

fn table(columns: Vec<Column>, rows: Vec<Vec<Cell>>) -> Table {
    Table { title: String::new(), notes: Vec::new(), columns, rows }
}

fn monthly(all: &[Numbers]) -> Table {
    let columns: &[(&str, &str, &str)] = &[
        ("accepted", "受理", "Accepted"),
        ("finished", "办结", "Finished"),
        ("on_time", "按期办结", "On time"),
        ("early", "提前办结", "Early"),
        ("overdue_promise", "超承诺时限", "Over the promise"),
        ("overdue_legal", "超法定时限", "Over the legal limit"),
        ("returned", "退回", "Returned"),
        ("voided", "作废", "Voided"),
        ("deleted", "删除", "Deleted"),
        ("natural", "自然人", "Natural persons"),
        ("legal_person", "法人及其他", "Legal persons and others"),
        ("prewarning", "预警", "Warnings"),
        ("yellow", "黄牌", "Yellow"),
        ("red", "红牌", "Red"),
        ("revoked", "撤销的监察卡", "Revoked"),
        ("complaints", "投诉", "Complaints"),
        ("ratings_active", "主动评价", "Rated by people"),
        ("ratings_good", "满意", "Satisfied"),
        ("ratings_default", "系统默认评价", "Given by the system"),
    ];
    let head = [words("department", "部门编号", "Department"), words("name", "部门", "Name")];
    let columns = head.into_iter().chain(columns.iter().map(|(key, zh, en)| number(key, zh, en))).collect();
    let row = |n: &Numbers| {
        let [prewarning, yellow, red] = n.cards;
        let counts = [
            n.accepted,
            n.finished,
            n.on_time,
            n.early,
            n.late,
            n.late_legal,
            n.returned,
            n.voided,
            n.deleted,
            n.natural,
            n.legal,
            prewarning,
            yellow,
            red,
            n.revoked,
            n.complaints,
            n.good + n.bad,
            n.good,
            n.by_default,
        ];
        let names = [Cell::text(&*n.department), Cell::text(&*n.name)];
        names.into_iter().chain(counts.map(int)).collect()
    };
    table(columns, all.iter().map(row).collect())
}

/// When a card came to where it stands, as far as that is kept.
fn since(card: &Card) -> Timestamp {
    let decided = card.appeal.as_ref().map(|a| a.decision.as_ref().map_or(a.at, |d| d.at));
    let times = [card.issued_at, card.read_at, card.feedback_at, decided];
    times.into_iter().flatten().max().unwrap_or(card.created_at)
}

/// What came of a card, in words.
fn outcome(card: &Card) -> String {
    let more = if card.state == CardState::Revoked { &card.revoke_reason } else { &card.feedback };
    let more = more.as_ref().map(|text| format!("：{text}")).unwrap_or_default();
    format!("{}{more}", card.state.name_zh())
}

/// One record of GB/T 39046 table 11. What is asked is the order's words where one was sent over the card, else the card's own.
fn supervision(card: &Card, order: Option<&SupervisionOrder>, (department, task): (&str, &str)) -> Vec<Cell> {
    let asked = order.map_or(card.explain_zh.as_str(), |o| o.content.as_str());
    let sent = order.map(|o| o.issued_at).or(card.issued_at).unwrap_or(card.created_at);
    vec![
        an(card.case_no.as_deref().unwrap_or(""), 50),
        an(asked, 1000),
        an(department, 100),
        an(task, 2),
        stamp(sent),
        an(&card.no, 20),
        an(&card.rule, 20),
        Cell::text((card.level as u8).to_string()),
        stamp(since(card)),
        an(&outcome(card), 1000),
        an(department, 100),
    ]
}

fn table_11() -> Vec<Column> {
    vec![
        words("case_no", "办件编号", "Case"),
        words("content", "督办内容", "What is asked"),
        words("org_name", "机构名称", "Organisation"),
        words("task_type", "事项类型代码", "Kind of item"),
        words("sent_at", "督办发出时间", "Sent"),
        words("supervision_no", "监察编号", "Number"),
        words("rule_no", "监察规则编号", "Rule"),
        words("warning_type", "监察预警类型代码", "Level"),
        words("state_at", "状态产生时间", "Since"),
        words("result", "监察结果描述", "Result"),
        words("responsible", "责任部门", "Responsible"),
    ]
}

fn cards(all: &[Card], name: impl Fn(&str) -> String) -> Table {
    let columns = vec![
        words("no", "监察编号", "Number"),
        words("department", "部门", "Department"),
        words("level", "级别", "Level"),
        words("rule", "规则", "Rule"),
        words("case_no", "办件编号", "Case"),
        instant("issued_at", "发出时间", "Issued"),
        instant("feedback_due", "反馈期限", "Answer due"),
        instant("feedback_at", "反馈时间", "Answered"),
        words("state", "状态", "State"),
        words("revoke_reason", "撤销理由", "Why revoked"),
    ];
    let row = |c: &Card| {
        vec![
            Cell::text(&*c.no),
            Cell::text(name(&c.department)),
            Cell::text(c.level.name_zh()),
            Cell::text(&*c.rule),
            said(c.case_no.as_deref()),
            at(c.issued_at),
            at(c.feedback_due),
            at(c.feedback_at),
            Cell::text(c.state.name_zh()),
            said(c.revoke_reason.as_deref()),
        ]
    };
    table(columns, all.iter().map(row).collect())
}

fn ratings(all: &[Rating], name: impl Fn(&str) -> String) -> Table {
    let columns = vec![
        words("no", "评价编号", "Number"),
        words("department", "部门", "Department"),
        words("case_no", "办件编号", "Case"),
        instant("rated_at", "评价时间", "Rated"),
        number("satisfaction", "满意度", "Satisfaction"),
        words("channel", "渠道", "Channel"),
        words("by_default", "系统默认", "By the system"),
        words("state", "状态", "State"),
        instant("contacted_at", "联系时间", "Contacted"),
        instant("rectified_at", "整改时间", "Rectified"),
        words("rater", "评价人", "Rater"),
    ];
    let row = |r: &Rating| {
        let rater = r.rater.as_ref().map(|c| c.masked().name);
        vec![
            Cell::text(&*r.no),
            Cell::text(name(&r.department)),
            said(r.case_no.as_deref()),
            Cell::Instant(r.rated_at),
            int(u64::from(r.satisfaction)),
            Cell::text(&*r.channel),
            Cell::text(if r.by_default { "是" } else { "否" }),
            Cell::text(r.state.name_zh()),
            at(r.contacted_at),
            at(r.rectified_at),
            said(rater.as_deref()),
        ]
    };
    table(columns, all.iter().map(row).collect())
}

/// The notes as lines below the rows, so that a file of values says of itself what it is, and every line has the same cells.
fn with_notes(mut table: Table) -> Table {
    let notes = std::mem::take(&mut table.notes);
    table.rows.push(Vec::new());
    table.rows.extend(notes.into_iter().map(|(name, text)| vec![Cell::text(name), Cell::text(text)]));
    table
}

impl App {
    fn asked_departments(&self, only: Option<&str>) -> Vec<&Department> {
        self.config.departments.values().filter(|d| only.is_none_or(|o| o == d.id)).collect()
    }

    async fn exported_cards(&self, asked: &Asked<'_>) -> Result<Vec<Card>, Problem> {
        let mut all = Vec::new();
        for department in self.asked_departments(asked.department) {
            all.extend(self.issued_cards(&department.id, span(asked.from, asked.to)).await?);
        }
        Ok(all)
    }

    async fn supervision_records(&self, asked: &Asked<'_>) -> Result<Table, Problem> {
        let filter = MatterFilter { department: asked.department.map(str::to_owned), ..MatterFilter::default() };
        let orders: Vec<SupervisionOrder> = self.every_matter(filter).await?;
        let sent = |o: &&SupervisionOrder| !matches!(o.state, OrderState::Proposed | OrderState::Declined);
        let mut over: BTreeMap<&str, &SupervisionOrder> = BTreeMap::new();
        for order in orders.iter().filter(sent) {
            over.extend(order.cards.iter().map(|no| (no.as_str(), order)));
        }
        let mut rows = Vec::new();
        for card in self.exported_cards(asked).await? {
            let case = match &card.case_no {
                Some(no) => self.store.case(&card.department, no).await?,
                None => None,
            };
            let item = case.map_or_else(|| card.object_id.clone(), |row| row.case.item_code.clone());
            let task = self.config.rules.catalogue.newest().find(|i| i.code == item).map(|i| i.task_type.clone());
            let department = self.called(&card.department);
            let about = (department.as_str(), task.as_deref().unwrap_or(""));
            rows.push(supervision(&card, over.get(card.no.as_str()).copied(), about));
        }
        Ok(table(table_11(), rows))
    }

    /// The scorecards that stand, of runs of months that begin in the period.
    async fn exported_scores(&self, asked: &Asked<'_>) -> Result<Table, Problem> {
        let mut rows = Vec::new();
        for view in self.score_views(1000).await? {
            let first = NaiveDate::parse_from_str(&format!("{}-01", view.run.period), "%Y-%m-%d").ok();
            let within = first.is_some_and(|d| asked.from <= d && d <= asked.to);
            if !within || !view.life.state.stands() || view.run.status == SHADOW {
                continue;
            }
            for one in view.effective.iter().filter(|e| asked.department.is_none_or(|d| d == e.department)) {
                let head = |line: &str, points: Cell, text: &str| {
                    vec![
                        Cell::text(&*view.run.period),
                        Cell::text(&*view.run.standard),
                        Cell::text(self.called(&one.department)),
                        Cell::text(line),
                        points,
                        Cell::text(text),
                    ]
                };
                rows.push(head("总分", Cell::hundredths(one.card.total), &one.card.grade));
                for score in &one.card.scores {
                    let points = if score.assessed { Cell::hundredths(score.points) } else { Cell::text("不评") };
                    rows.push(head(&score.indicator, points, &score.explain_zh));
                }
                for line in &one.card.adjustments {
                    rows.push(head(&line.rule, Cell::hundredths(line.points), &line.reason_zh));
                }
            }
        }
        let columns = vec![
            words("period", "月份", "Month"),
            words("standard", "标准", "Standard"),
            words("department", "部门", "Department"),
            words("line", "项目", "Line"),
            Column::new("points", "得分", "Points", Kind::Decimal),
            words("text", "说明", "Explanation"),
        ];
        Ok(table(columns, rows))
    }

    async fn exported_complaints(&self, asked: &Asked<'_>) -> Result<Table, Problem> {
        let mut all = self.complaints_of(asked.department, span(asked.from, asked.to)).await?;
        if let (true, Some(own)) = (asked.as_department, asked.department) {
            all.retain(|c| c.of_department(own));
        }
        let columns = vec![
            words("no", "投诉编号", "Number"),
            words("department", "部门", "Department"),
            words("way", "来源", "Way"),
            words("kind", "问题类别", "Kind"),
            instant("registered_at", "登记时间", "Registered"),
            instant("accepted_at", "受理时间", "Accepted"),
            instant("due", "期限", "Due"),
            instant("closed_at", "办结时间", "Closed"),
            words("state", "状态", "State"),
            words("outcome", "结论", "Outcome"),
            words("satisfied", "满意情况", "Satisfied"),
            words("complainant", "投诉人", "Complainant"),
        ];
        let mut rows = Vec::new();
        for one in all {
            let one = one.shown(false, asked.as_department);
            rows.push(vec![
                Cell::text(&*one.no),
                Cell::text(self.called(&one.department)),
                Cell::text(one.way.name_zh()),
                Cell::text(one.kind.name_zh()),
                Cell::Instant(one.registered_at),
                at(one.accepted_at),
                at(one.due),
                at(one.closed_at),
                Cell::text(one.state.name_zh()),
                said(one.outcome.map(|o| o.name_zh())),
                said(one.satisfied.map(|s| s.name_zh())),
                said(one.complainant.as_ref().map(|c| c.name.as_str())),
            ]);
        }
        Ok(table(columns, rows))
    }

    async fn exported_ratings(&self, asked: &Asked<'_>) -> Result<Table, Problem> {
        let (from, to) = span(asked.from, asked.to);
        let filter = MatterFilter { department: asked.department.map(str::to_owned), ..MatterFilter::default() };
        let mut all: Vec<Rating> = self.every_matter(filter).await?;
        all.retain(|r| from <= r.rated_at && r.rated_at < to);
        Ok(ratings(&all, |id| self.called(id)))
    }

    /// A table of a period as a file. Kept in the audit: who, what, by which filter, how many rows, under which hash.
    ///
    /// # Errors
    /// `export.kind`, `export.format`, `export.range`, `export.too-large`, `department.unknown`, the store.
    pub(crate) async fn export(&self, asked: &Asked<'_>) -> Result<Exported, Problem> {
        let Some((_, name)) = KINDS.iter().find(|(kind, _)| *kind == asked.kind) else {
            return Err(Problem::new("export.kind", format!("没有名为“{}”的导出", asked.kind)));
        };
        if !FORMATS.contains(&asked.format) {
            return Err(Problem::new("export.format", format!("没有名为“{}”的格式", asked.format)));
        }
        if !(0..=LONGEST).contains(&(asked.to - asked.from).num_days()) {
            return Err(Problem::new("export.range", format!("{} 至 {} 不能导出", asked.from, asked.to)));
        }
        if let Some(id) = asked.department {
            self.department(id)?;
        }
        let mut table = match asked.kind {
            "monthly" => {
                let departments = self.asked_departments(asked.department);
                monthly(&self.numbers(&departments, asked.from, asked.to).await?)
            }
            "supervision" => self.supervision_records(asked).await?,
            "cards" => cards(&self.exported_cards(asked).await?, |id| self.called(id)),
            "scores" => self.exported_scores(asked).await?,
            "complaints" => self.exported_complaints(asked).await?,
            _ => self.exported_ratings(asked).await?,
        };
        let now = self.clock.now();
        let rows = table.rows.len();
        let of = asked.department.map_or_else(|| "全县".to_owned(), |id| self.called(id));
        let inside = digest_of(canonical(table.to_json().get("rows").unwrap_or(&json!([]))).as_bytes());
        table.title = format!("{}{name}", self.config.main.county.name);
        table.notes = vec![
            ("数据时间".to_owned(), now.rfc3339()),
            ("筛选".to_owned(), format!("{} 至 {}，{of}", asked.from, asked.to)),
            ("行数".to_owned(), rows.to_string()),
            ("数据散列（各行规范 JSON 的 SHA-256）".to_owned(), inside),
            ("导出程序".to_owned(), format!("daylight {}", env!("CARGO_PKG_VERSION"))),
        ];
        // Single cards, complaints and ratings stand in their tables whatever is left out of the statistics.
        let left_out =
            if ["monthly", "scores"].contains(&asked.kind) { "未计入" } else { "统计排除（本表照列）" };
        if asked.kind == "monthly" {
            table.notes.push(("说明".to_owned(), format!("{UNTOUCHED}；不予采信的评价不计入主动评价")));
        }
        for one in self.left_out_by_register(asked.department, (asked.from, asked.to)).await? {
            table.notes.push((left_out.to_owned(), format!("{}：{}", one.name, one.why(Audience::Internal))));
        }
        let (media, bytes) = match asked.format {
            "csv" => (CSV, with_notes(table).to_csv(Lang::Zh)),
            "xlsx" => (XLSX, table.to_xlsx(Lang::Zh)?),
            _ => (JSON, canonical(&table.to_json()).into_bytes()),
        };
        let sha256 = digest_of(&bytes);
        let entry = AuditEntry {
            at: now,
            actor: asked.by.to_owned(),
            action: "export.make".to_owned(),
            object: asked.kind.to_owned(),
            detail: json!({
                "from": asked.from, "to": asked.to, "department": asked.department, "format": asked.format, "rows": rows,
                "sha256": sha256,
            })
            .to_string(),
        };
        self.store.audit(entry).await?;
        let days = format!("{}_{}", asked.from, asked.to);
        let ascii = format!("{}_{days}.{}", asked.kind, asked.format);
        let name = format!("{}{name}_{days}.{}", self.config.main.county.name, asked.format);
        Ok(Exported { name, ascii, media, bytes, sha256, rows })
    }
}

#[cfg(test)]
mod tests;
