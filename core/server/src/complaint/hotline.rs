//! What the hotline (12345) exports, taken into the registers: a table of work orders (工单), each entered once under its number. A
//! line that cannot be taken is told with its place and its reason, and the others are taken all the same.

use super::bounds::{bounded, bounded_contact, desk_only};
use crate::app::App;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::complaint::{Complaint, Contact, DayUnit, HandlingLimit, ProblemKind, Way};
use daylight_domain::enquiry::Enquiry;
use daylight_store::AuditEntry;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Lines of one file.
const LINES: usize = 50_000;
/// A source's clock may be ahead by so much, milliseconds.
const AHEAD_MS: i64 = 5 * 60 * 1000;

/// Our names of columns, and what exports usually call them.
pub const HOTLINE_COLUMNS: &[(&str, &[&str])] = &[
    ("source_no", &["工单编号", "工单号", "编号"]),
    ("class", &["工单类型", "诉求类型", "诉求类别"]),
    ("department", &["承办单位", "承办部门", "责任单位"]),
    ("kind", &["问题类型", "问题类别"]),
    ("title", &["标题", "诉求标题", "工单标题"]),
    ("content", &["内容", "诉求内容", "工单内容"]),
    ("object", &["诉求对象", "被反映对象", "对象"]),
    ("case_no", &["办件编号", "办件号"]),
    ("registered_at", &["来电时间", "登记时间", "受理时间", "创建时间"]),
    ("contact_name", &["来电人", "诉求人", "姓名", "联系人"]),
    ("contact_phone", &["联系电话", "来电号码", "联系方式", "电话"]),
    ("address", &["地址", "联系地址"]),
    ("limit", &["办理时限", "时限"]),
    ("confidential", &["是否保密", "保密"]),
];
/// Without these nothing can be registered.
const NEEDED: [&str; 4] = ["source_no", "department", "title", "content"];

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportedStatus {
    /// Entered now.
    Registered,
    /// Entered before under the same work order.
    Known,
    /// Not entered.
    Rejected,
}

/// One work order.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ImportedLine {
    /// Line of the table, the first after its head is 1.
    pub line: usize,
    /// The hotline's number, where the line has one.
    pub source_no: Option<String>,
    /// What became of it.
    pub status: ImportedStatus,
    /// Number in the register.
    pub no: Option<String>,
    /// Why it was not taken.
    pub code: Option<String>,
    /// The same in words.
    pub message: Option<String>,
}

/// A file.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Imported {
    /// Entered now.
    pub registered: usize,
    /// Entered before.
    pub known: usize,
    /// Not entered.
    pub rejected: usize,
    /// Columns nobody reads.
    pub ignored: Vec<String>,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Every line, in order.
    pub lines: Vec<ImportedLine>,
}

type Row = BTreeMap<&'static str, String>;
/// Rows of a table, each with what is wrong with it, and the columns nobody reads.
type Rows = (Vec<Result<Row, Problem>>, Vec<String>);

/// What a work order is entered as.
enum Entered {
    Complaint(Box<Complaint>),
    Enquiry(Box<Enquiry>),
}

fn bad(message: impl Into<String>) -> Problem {
    Problem::new("complaint.import", message)
}

/// UTF-8 with or without its mark, else GB18030 as hotlines write it.
pub(crate) fn decoded(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(Cow::Borrowed(text));
    }
    let (text, _, broken) = encoding_rs::GB18030.decode(bytes);
    (!broken).then_some(text)
}

/// Our name for a column.
fn column(name: &str, own: &BTreeMap<String, String>) -> Option<&'static str> {
    let name = name.trim();
    let given = own.iter().find(|(_, theirs)| *theirs == name).map(|(ours, _)| ours.as_str());
    let known = HOTLINE_COLUMNS.iter().find(|(ours, usual)| match given {
        Some(given) => *ours == given,
        // Who names a column otherwise means no other by it.
        None => !own.contains_key(*ours) && (*ours == name || usual.contains(&name)),
    });
    known.map(|(ours, _)| *ours)
}

/// Reads CSV with a head, or one JSON object a line.
fn table(text: &str, own: &BTreeMap<String, String>) -> Result<Rows, Problem> {
    if text.trim_start().starts_with('{') {
        return Ok(objects(text, own));
    }
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let head = reader.headers().map_err(|e| bad(format!("读不出表头：{e}")))?.clone();
    let columns: Vec<Option<&'static str>> = head.iter().map(|name| column(name, own)).collect();
    let named: Vec<&str> = columns.iter().flatten().copied().collect();
    if named.iter().collect::<BTreeSet<_>>().len() != named.len() {
        return Err(bad("表头中有两列是同一个意思").fix("删去一列，或在 [complaint.columns] 中写明用哪一列"));
    }
    let missing: Vec<&str> = NEEDED.into_iter().filter(|n| !named.contains(n)).collect();
    if !missing.is_empty() {
        let message =
            format!("表头缺少 {}；读到的列：{}", missing.join("、"), head.iter().collect::<Vec<_>>().join("、"));
        return Err(bad(message).fix("补上这些列，或在 daylight.toml 的 [complaint.columns] 写明它们叫什么"));
    }
    let ignored = head.iter().zip(&columns).filter(|(_, c)| c.is_none()).map(|(name, _)| name.to_owned()).collect();
    let row = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record.map_err(|e| bad(format!("这一行读不出：{e}")))?;
        let cells = columns.iter().zip(record.iter()).filter_map(|(c, text)| Some(((*c)?, text.to_owned())));
        Ok(cells.filter(|(_, text)| !text.is_empty()).collect::<Row>())
    };
    Ok((reader.records().map(row).collect(), ignored))
}

/// The same of one JSON object a line.
fn objects(text: &str, own: &BTreeMap<String, String>) -> Rows {
    let mut ignored = BTreeSet::new();
    let mut row = |line: &str| {
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(line).map_err(|e| bad(format!("不是一个 JSON 对象：{e}")))?;
        let mut row = Row::new();
        for (name, value) in object {
            let text = match value {
                serde_json::Value::Null => continue,
                serde_json::Value::String(text) => text.trim().to_owned(),
                other => other.to_string(),
            };
            match column(&name, own) {
                Some(ours) if !text.is_empty() => drop(row.insert(ours, text)),
                Some(_) => {}
                None => drop(ignored.insert(name)),
            }
        }
        Ok(row)
    };
    let rows = text.lines().filter(|l| !l.trim().is_empty()).map(&mut row).collect();
    (rows, ignored.into_iter().collect())
}

/// `5`, `5个工作日`, `60日`.
fn limit(text: &str) -> Result<HandlingLimit, Problem> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let unit = match text.strip_prefix(digits.as_str()).unwrap_or("").trim() {
        "" | "个工作日" | "工作日" => DayUnit::Working,
        "日" | "天" | "个自然日" | "自然日" | "个日历日" | "日历日" => DayUnit::Natural,
        _ => return Err(bad(format!("办理时限“{text}”读不懂")).fix("例：5、5个工作日、60日")),
    };
    let days = digits.parse().map_err(|_| bad(format!("办理时限“{text}”不是天数")))?;
    Ok(HandlingLimit { days, unit })
}

impl App {
    fn hotline_department(&self, said: &str) -> Result<&str, Problem> {
        let alias = self.config.main.complaint.departments.get(said).map(String::as_str);
        let mut all = self.config.departments.values();
        let found = all.find(|d| d.id == said || d.name == said || Some(d.id.as_str()) == alias);
        found.map(|d| d.id.as_str()).ok_or_else(|| {
            Problem::new("department.unknown", format!("没有承办单位“{said}”"))
                .fix("写部门编号或名称，或在 [complaint.departments] 中写明它是哪个部门")
        })
    }

    fn work_order(&self, row: &Row, by: &str) -> Result<Entered, Problem> {
        const CODE: &str = "complaint.import";
        let text = |name: &str| row.get(name).map_or("", String::as_str);
        let full = |name: &str| row.get(name).cloned();
        let texts = [
            ("source_no", text("source_no"), 64, true),
            ("department", text("department"), 100, true),
            ("title", text("title"), 200, true),
            ("content", text("content"), 4000, true),
            ("object", text("object"), 200, false),
            ("case_no", text("case_no"), 64, false),
        ];
        bounded(CODE, &texts)?;
        let contact = Contact {
            name: text("contact_name").to_owned(),
            phone: text("contact_phone").to_owned(),
            address: full("address"),
        };
        let contact = Some(contact).filter(|c| !c.is_empty());
        bounded_contact(CODE, contact.as_ref())?;
        let limit = full("limit").map(|t| limit(&t)).transpose()?;
        desk_only(CODE, false, limit)?;
        let department = self.hotline_department(text("department"))?.to_owned();
        let now = self.clock.now();
        let at = match row.get("registered_at") {
            None => now,
            Some(t) => Timestamp::parse(t).ok_or_else(|| bad(format!("“{t}”不是时间")))?,
        };
        if at > now.plus_ms(AHEAD_MS) {
            return Err(bad(format!("登记时间 {at} 晚于现在")));
        }
        let words = (text("title").to_owned(), text("content").to_owned());
        match text("class") {
            "咨询" | "求助" | "enquiry" => {
                let mut one = Enquiry::register((&department, Way::Hotline), words, contact, by, at);
                one.limit = limit.or_else(|| self.hotline_limit(Way::Hotline));
                (one.source_no, one.case_no) = (full("source_no"), full("case_no"));
                Ok(Entered::Enquiry(Box::new(one)))
            }
            "" | "投诉" | "举报" | "建议" | "投诉举报" | "complaint" => {
                let said = text("kind");
                let named = ProblemKind::ALL.iter().find(|k| k.as_str() == said || k.name_zh() == said);
                // The hotline has kinds of its own; what is none of ours is another.
                let kind = named.copied().unwrap_or(ProblemKind::Other);
                let mut one = Complaint::register((&department, Way::Hotline, kind), words, contact, by, at);
                (one.source_no, one.case_no, one.object) = (full("source_no"), full("case_no"), full("object"));
                one.confidential = ["是", "true", "1", "保密"].contains(&text("confidential"));
                one.limit = limit;
                self.set_limits(&mut one);
                Ok(Entered::Complaint(Box::new(one)))
            }
            other => Err(bad(format!("工单类型“{other}”既不是投诉也不是咨询")).fix("投诉、举报、建议；咨询、求助")),
        }
    }

    /// Takes what the hotline exports: CSV with a head, or one JSON object a line; UTF-8 or GB18030. A file may come again: what
    /// is entered under its number answers `known`.
    ///
    /// # Errors
    /// `complaint.import` where the file as a whole cannot be read; the store. What was entered before stays.
    pub async fn import_hotline(&self, bytes: &[u8], by: &str) -> Result<Imported, Problem> {
        let text = decoded(bytes).ok_or_else(|| bad("文件既不是 UTF-8 也不是 GB18030 文本"))?;
        let (rows, ignored) = table(&text, &self.config.main.complaint.columns)?;
        if rows.is_empty() || rows.len() > LINES {
            return Err(bad(format!("文件有 {} 行；应有 1 到 {LINES} 行", rows.len())).fix("分成几个文件导入"));
        }
        let sha256 = hex::encode(Sha256::digest(bytes));
        let mut all = Imported { registered: 0, known: 0, rejected: 0, ignored, sha256, lines: Vec::new() };
        for (line, row) in (1..).zip(rows) {
            let source_no = row.as_ref().ok().and_then(|r| r.get("source_no").cloned());
            let mut told =
                ImportedLine { line, source_no, status: ImportedStatus::Rejected, no: None, code: None, message: None };
            let entered = match row.and_then(|row| self.work_order(&row, by)) {
                Ok(Entered::Complaint(one)) => Ok(self.enter_complaint(*one, by).await?.map(|one| one.no)),
                Ok(Entered::Enquiry(one)) => Ok(self.enter_enquiry(*one, by).await?.map(|one| one.no)),
                Err(problem) => Err(problem),
            };
            match entered {
                Ok(Ok(no)) => {
                    (told.status, told.no, all.registered) = (ImportedStatus::Registered, Some(no), all.registered + 1)
                }
                Ok(Err(no)) => (told.status, told.no, all.known) = (ImportedStatus::Known, Some(no), all.known + 1),
                Err(problem) => {
                    let fix = problem.fix.as_ref().map(|f| format!("；{f}")).unwrap_or_default();
                    (told.code, told.message) = (Some(problem.code), Some(format!("{}{fix}", problem.message)));
                    all.rejected += 1;
                }
            }
            all.lines.push(told);
        }
        let detail =
            json!({ "sha256": all.sha256, "registered": all.registered, "known": all.known, "rejected": all.rejected });
        let entry = AuditEntry {
            at: self.clock.now(),
            actor: by.to_owned(),
            action: "complaint.import".to_owned(),
            object: all.sha256.clone(),
            detail: detail.to_string(),
        };
        self.store.audit(entry).await?;
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_read_as_hotlines_write_it() {
        let read = |text: &str| limit(text).map(|l| (l.days, l.unit)).map_err(|e| e.code);
        assert_eq!(read("5"), Ok((5, DayUnit::Working)));
        assert_eq!(read("15个工作日"), Ok((15, DayUnit::Working)));
        assert_eq!(read("60日"), Ok((60, DayUnit::Natural)));
        assert_eq!(read("两周"), Err("complaint.import".to_owned()));
        assert_eq!(read("5小时"), Err("complaint.import".to_owned()));
    }

    #[test]
    fn columns_are_known_by_their_usual_names_and_by_the_countys() {
        let own = BTreeMap::from([("source_no".to_owned(), "流水".to_owned())]);
        assert_eq!(column("流水", &own), Some("source_no"));
        assert_eq!(column("工单编号", &own), None, "the county's name is the only one");
        assert_eq!(column("工单编号", &BTreeMap::new()), Some("source_no"));
        let text = "工单编号,承办单位,标题,内容,坐席\nA1,market,甲,乙,07\nA2,market\n";
        let (rows, ignored) = table(text, &BTreeMap::new()).expect("a table");
        assert_eq!(ignored, ["坐席"]);
        assert_eq!(rows.first().and_then(|r| r.as_ref().ok()).map(|r| r.len()), Some(4));
        assert!(rows.get(1).is_some_and(Result::is_err), "a short line is told, not guessed");
        let (rows, _) = table("{\"工单编号\": 7, \"标题\": null}\nx\n", &BTreeMap::new()).expect("objects");
        assert_eq!(
            rows.first().and_then(|r| r.as_ref().ok()).and_then(|r| r.get("source_no")).map(String::as_str),
            Some("7")
        );
        assert!(rows.get(1).is_some_and(Result::is_err));
        let twice = table("工单编号,编号,承办单位,标题,内容\n", &BTreeMap::new());
        assert_eq!(twice.err().map(|e| e.code), Some("complaint.import".to_owned()));
        assert!(table("工单编号,标题\n1,2\n", &BTreeMap::new()).is_err(), "columns are missing");
    }

    #[test]
    fn text_comes_as_utf_8_or_as_gb18030() {
        let (bytes, ..) = encoding_rs::GB18030.encode("工单编号");
        assert_eq!(decoded(&bytes).expect("text"), "工单编号");
        assert_eq!(decoded("\u{feff}工单编号".as_bytes()).expect("text"), "工单编号");
        assert_eq!(decoded(b"\xff\xff\xff"), None);
    }
}
