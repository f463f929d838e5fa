//! The provincial list (省级实施清单) beside the county's catalogue: taken in as a table, compared item by item and field by field, and
//! made into drafts of those that somebody chose. What the list does not say is not compared. The newest list is what the rules
//! about the catalogue (C-05, U-03) compare with.

use crate::app::App;
use crate::complaint::decoded;
use crate::oversight::{Deed, Kept, Matter};
use crate::problem::Problem;
use chrono::NaiveDate;
use daylight_domain::Timestamp;
use daylight_domain::draft::{Change, changes};
use daylight_domain::item::{Item, ItemMaterial, Limit, LimitUnit};
use daylight_domain::rule::ProvincialItem;
use daylight_store::MatterFilter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Items of one list.
const MOST: usize = 20_000;
/// Lists that are looked through for the one that stands.
const STANDING: u32 = 10;

/// Our names of columns, and what lists usually call them.
const COLUMNS: &[(&str, &[&str])] = &[
    ("code", &["实施编码", "事项编码", "编码"]),
    ("name", &["事项名称", "名称"]),
    ("department", &["实施主体", "实施部门", "部门", "实施机构"]),
    ("task_type", &["事项类型代码", "事项类型"]),
    ("legal_limit", &["法定办结时限", "法定时限"]),
    ("legal_unit", &["法定办结时限单位", "法定时限单位"]),
    ("promise_limit", &["承诺办结时限", "承诺时限"]),
    ("promise_unit", &["承诺办结时限单位", "承诺时限单位"]),
    ("legal_basis", &["设定依据", "法定依据"]),
    ("conditions", &["受理条件", "办理条件"]),
    ("materials", &["材料名称", "申请材料", "材料清单"]),
    ("is_fee", &["是否收费"]),
    ("valid_from", &["施行日期", "生效日期"]),
];

/// What a list says of an item; nothing where it does not say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Listed {
    code: String,
    name: String,
    department: Option<String>,
    task_type: Option<String>,
    legal_limit: Option<Limit>,
    promise_limit: Option<Limit>,
    legal_basis: Option<String>,
    conditions: Option<Vec<String>>,
    materials: Option<Vec<String>>,
    is_fee: Option<bool>,
    valid_from: Option<NaiveDate>,
}

/// A line that was not taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Refused {
    /// Line of the table, the first after its head is 1; or the item's code.
    pub what: String,
    /// Why.
    pub message: String,
}

/// A provincial list as it was taken in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ProvincialList {
    no: String,
    state: String,
    at: Timestamp,
    by: String,
    sha256: String,
    items: Vec<Listed>,
    refused: Vec<Refused>,
    ignored: Vec<String>,
}

impl Matter for ProvincialList {
    const KIND: &'static str = "item-list";
    const SERIES: &'static str = "QD";
    const ZH: &'static str = "省级清单";

    fn no(&self) -> &str {
        &self.no
    }
    fn department(&self) -> Option<&str> {
        None
    }
    fn state(&self) -> &str {
        &self.state
    }
    fn due(&self) -> Option<Timestamp> {
        None
    }
    fn told(&self, _: &str) -> bool {
        false
    }
}

/// How an item stands beside the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The county says what the list says.
    Same,
    /// It says something else.
    Changed,
    /// The county does not have it.
    New,
    /// The list does not have it.
    Missing,
}

/// An item beside the list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CheckedItem {
    /// Its code.
    pub code: String,
    /// Its name in the list; of what is missing there, the county's.
    pub name: String,
    /// The department, where it is known.
    pub department: Option<String>,
    /// How it stands.
    pub standing: Standing,
    /// What the county says (`old`) and what the list says (`new`).
    pub changes: Vec<Change>,
    /// Since when the list's version is in force.
    pub valid_from: Option<NaiveDate>,
}

/// A list beside the catalogue as it is now.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// The list.
    #[serde(flatten)]
    pub list: Compared,
    /// How many items stand how.
    pub counts: BTreeMap<Standing, usize>,
    /// Every item, by code.
    pub items: Vec<CheckedItem>,
    /// Lines that were not taken.
    pub refused: Vec<Refused>,
    /// Columns nobody reads.
    pub ignored: Vec<String>,
}

/// A list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Compared {
    /// Its number.
    pub no: String,
    /// `standing`, or `replaced` by a later one.
    pub state: String,
    /// When it was taken in.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// How many items it has.
    pub listed: usize,
}

/// What became of the items that drafts were to be made of.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Chosen {
    /// Numbers of the drafts.
    pub drafts: Vec<String>,
    /// Items no draft was made of.
    pub refused: Vec<Refused>,
}

fn bad(message: impl Into<String>) -> Problem {
    Problem::new("item-list.file", message)
}

fn column(name: &str) -> Option<&'static str> {
    let name = name.trim();
    COLUMNS.iter().find(|(ours, usual)| *ours == name || usual.contains(&name)).map(|(ours, _)| *ours)
}

type Row = BTreeMap<&'static str, String>;
/// Rows of a table, each with what is wrong with it, and the columns nobody reads.
type Rows = (Vec<Result<Row, String>>, Vec<String>);

/// The rows of a CSV with a head, or of a JSON list of objects; and the columns nobody reads.
fn rows(text: &str) -> Result<Rows, Problem> {
    let mut ignored = BTreeSet::new();
    let (head, all): (BTreeSet<&str>, Vec<_>) = if text.trim_start().starts_with('[') {
        let objects: Vec<serde_json::Map<String, Value>> =
            serde_json::from_str(text).map_err(|e| bad(format!("不是 JSON 对象的列表：{e}")))?;
        let row = |object: &serde_json::Map<String, Value>| {
            let mut row = Row::new();
            for (name, value) in object {
                match (column(name), said(value)) {
                    (Some(ours), Some(text)) => drop(row.insert(ours, text)),
                    (Some(_), None) => {}
                    (None, _) => drop(ignored.insert(name.clone())),
                }
            }
            Ok(row)
        };
        (BTreeSet::from(["code", "name"]), objects.iter().map(row).collect())
    } else {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let head = reader.headers().map_err(|e| bad(format!("读不出表头：{e}")))?.clone();
        let columns: Vec<Option<&'static str>> = head.iter().map(column).collect();
        ignored.extend(head.iter().zip(&columns).filter(|(_, c)| c.is_none()).map(|(name, _)| name.to_owned()));
        let named: Vec<&str> = columns.iter().flatten().copied().collect();
        let once: BTreeSet<&str> = named.iter().copied().collect();
        if once.len() != named.len() {
            return Err(bad("表头中有两列是同一个意思").fix("删去一列"));
        }
        let row = |record: Result<csv::StringRecord, csv::Error>| {
            let record = record.map_err(|e| format!("这一行读不出：{e}"))?;
            let cells = columns.iter().zip(record.iter()).filter_map(|(c, text)| Some(((*c)?, text.to_owned())));
            Ok(cells.filter(|(_, text)| !text.is_empty()).collect::<Row>())
        };
        (once, reader.records().map(row).collect())
    };
    let missing: Vec<&str> = ["code", "name"].into_iter().filter(|n| !head.contains(n)).collect();
    if !missing.is_empty() {
        let fix = "表头要有 实施编码、事项名称；其余各列见 config/README.md";
        return Err(bad(format!("表头缺少 {}", missing.join("、"))).fix(fix));
    }
    if all.is_empty() || all.len() > MOST {
        return Err(bad(format!("清单应有 1 到 {MOST} 个事项，实际 {}", all.len())).fix("分部门导入"));
    }
    Ok((all, ignored.into_iter().collect()))
}

/// A value of JSON as a cell; a list one thing a line.
fn said(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.trim().to_owned(),
        Value::Bool(yes) => if *yes { "是" } else { "否" }.to_owned(),
        Value::Array(all) => all.iter().filter_map(said).collect::<Vec<_>>().join("\n"),
        Value::Object(one) => one.get("name").or_else(|| one.get("材料名称")).and_then(said)?,
        other => other.to_string(),
    };
    (!text.is_empty()).then_some(text)
}

/// `20`, `20个工作日`, `3 个月`; the unit may stand in a column of its own.
fn limit(text: &str, unit: Option<&String>) -> Result<Option<Limit>, String> {
    let text = text.trim();
    if ["无", "即办", "0"].contains(&text) {
        return Ok(None);
    }
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let rest = text.strip_prefix(digits.as_str()).unwrap_or("").trim();
    let word = if rest.is_empty() { unit.map_or("", String::as_str) } else { rest };
    let word = word.trim().trim_matches(['（', '）', '(', ')']).trim_start_matches('个');
    let unit = match word {
        "" | "工作日" | "1" => LimitUnit::WorkingDay,
        "日" | "天" | "自然日" | "日历日" => LimitUnit::NaturalDay,
        "工作小时" => LimitUnit::WorkingHour,
        "小时" | "时" => LimitUnit::NaturalHour,
        "月" => LimitUnit::Month,
        "年" => LimitUnit::Year,
        other => return Err(format!("时限的单位“{other}”读不懂")),
    };
    let value = digits.parse().map_err(|_| format!("时限“{text}”不是数"))?;
    Ok(Some(Limit { value, unit }))
}

fn list(text: &str) -> Vec<String> {
    text.split(['\n', ';', '；']).map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()
}

impl Listed {
    fn read(row: &Row, app: &App) -> Result<Self, String> {
        let text = |name: &str| row.get(name).cloned();
        let need = |name: &str| text(name).ok_or_else(|| format!("缺少 {name}"));
        let span = |name: &str, unit: &str| match row.get(name) {
            None => Ok(None),
            Some(text) => limit(text, row.get(unit)),
        };
        let fee = match row.get("is_fee").map(String::as_str) {
            None => None,
            Some("是" | "1" | "true" | "收费") => Some(true),
            Some("否" | "0" | "false" | "不收费") => Some(false),
            Some(other) => return Err(format!("是否收费“{other}”应为“是”或“否”")),
        };
        let date =
            |text: &String| daylight_domain::time::parse_date(text).ok_or_else(|| format!("施行日期“{text}”不是日期"));
        let code = need("code")?;
        if code.chars().count() > 64 {
            return Err("实施编码长于 64 个字符".to_owned());
        }
        let kind = text("task_type").map(|t| {
            let known = daylight_domain::draft::TASK_TYPES.iter().find(|(_, zh)| *zh == t);
            known.map_or(t.clone(), |(code, _)| (*code).to_owned())
        });
        let departments = &app.config.departments;
        let known =
            |said: &String| departments.values().find(|d| d.id == *said || d.name == *said).map(|d| d.id.clone());
        Ok(Self {
            name: need("name")?,
            department: text("department").as_ref().and_then(known),
            task_type: kind,
            legal_limit: span("legal_limit", "legal_unit")?,
            promise_limit: span("promise_limit", "promise_unit")?,
            legal_basis: text("legal_basis"),
            conditions: text("conditions").map(|t| list(&t)),
            materials: text("materials").map(|t| list(&t)),
            is_fee: fee,
            valid_from: row.get("valid_from").map(date).transpose()?,
            code,
        })
    }

    /// An item that says what the list says, and for the rest what it said.
    fn over(&self, item: &Item) -> Item {
        let mut new = item.clone();
        new.name.clone_from(&self.name);
        let text = |to: &mut String, from: &Option<String>| from.iter().for_each(|said| to.clone_from(said));
        text(&mut new.task_type, &self.task_type);
        text(&mut new.legal_basis, &self.legal_basis);
        new.legal_limit = self.legal_limit.or(item.legal_limit);
        new.promise_limit = self.promise_limit.or(item.promise_limit);
        new.is_fee = self.is_fee.unwrap_or(item.is_fee);
        if let Some(conditions) = &self.conditions {
            new.conditions.clone_from(conditions);
        }
        if let Some(names) = &self.materials {
            let known = |name: &String| item.materials.iter().find(|m| m.name == *name).cloned();
            let new_one = |name: &String| ItemMaterial {
                name: name.clone(),
                required: "mandatory".to_owned(),
                source: String::new(),
            };
            new.materials = names.iter().map(|name| known(name).unwrap_or_else(|| new_one(name))).collect();
        }
        new
    }
}

impl ProvincialList {
    /// What the rules compare an item with; nothing where the list does not have it.
    pub(crate) fn facts(&self, item: &Item) -> Option<ProvincialItem> {
        let listed = self.items.iter().find(|l| l.code == item.code)?;
        Some(ProvincialItem {
            valid_from: listed.valid_from,
            name: listed.name.clone(),
            legal_limit: listed.legal_limit.or(item.legal_limit),
            is_fee: listed.is_fee.unwrap_or(item.is_fee),
        })
    }

    pub(crate) fn brief(&self) -> Compared {
        Compared {
            no: self.no.clone(),
            state: self.state.clone(),
            at: self.at,
            by: self.by.clone(),
            sha256: self.sha256.clone(),
            listed: self.items.len(),
        }
    }
}

impl App {
    /// Takes in a provincial list: CSV with a head in UTF-8 or GB18030, or JSON. It replaces the one before it.
    ///
    /// # Errors
    /// `item-list.file`, the store.
    pub(crate) async fn import_items(&self, bytes: &[u8], by: &str) -> Result<Comparison, Problem> {
        let text = decoded(bytes).ok_or_else(|| bad("文件既不是 UTF-8 也不是 GB18030 文本"))?;
        let (rows, ignored) = rows(&text)?;
        let (mut items, mut refused, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (at, row) in rows.into_iter().enumerate() {
            let taken = row.and_then(|row| Listed::read(&row, self)).and_then(|one| {
                let first = seen.insert(one.code.clone());
                if first { Ok(one) } else { Err(format!("{} 在清单中出现了两次", one.code)) }
            });
            match taken {
                Ok(one) => items.push(one),
                Err(message) => refused.push(Refused { what: (at + 1).to_string(), message }),
            }
        }
        if items.is_empty() {
            let first = refused.first().map(|r| format!("第 {} 行：{}", r.what, r.message)).unwrap_or_default();
            return Err(bad(format!("没有一行可以采用。{first}")));
        }
        let list = ProvincialList {
            no: String::new(),
            state: "standing".to_owned(),
            at: self.clock.now(),
            by: by.to_owned(),
            sha256: hex::encode(Sha256::digest(bytes)),
            items,
            refused,
            ignored,
        };
        let before = self.standing_lists().await?;
        let detail = json!({ "items": list.items.len(), "refused": list.refused.len(), "sha256": list.sha256 });
        let list = self.begin_matter(&list, Deed { act: "import", by }, detail).await?;
        // Stopped between the two, the newest still is the one that stands.
        for mut kept in before {
            kept.matter.state = "replaced".to_owned();
            self.keep_matter(kept, Deed { act: "replace", by }, json!({ "by": list.no })).await?;
        }
        Ok(self.compared(list))
    }

    async fn standing_lists(&self) -> Result<Vec<Kept<ProvincialList>>, Problem> {
        let kind = ProvincialList::KIND.to_owned();
        let states = vec!["standing".to_owned()];
        let filter = MatterFilter { kind, states, limit: STANDING, ..MatterFilter::default() };
        let rows = self.store.matters(&filter).await?;
        rows.iter().map(|row| Ok(Kept { matter: row.read()?, revision: row.revision })).collect()
    }

    /// The list that stands.
    pub(crate) async fn provincial_list(&self) -> Result<Option<ProvincialList>, Problem> {
        Ok(self.standing_lists().await?.pop().map(|kept| kept.matter))
    }

    /// A list beside the catalogue as it is now.
    ///
    /// # Errors
    /// `item-list.unknown`, the store.
    pub(crate) async fn item_list(&self, no: &str) -> Result<Comparison, Problem> {
        Ok(self.compared(self.find_matter::<ProvincialList>(no).await?.matter))
    }

    fn compared(&self, list: ProvincialList) -> Comparison {
        let catalogue = &self.config.rules.catalogue;
        let mut items = Vec::new();
        for one in &list.items {
            let ours = catalogue.versions(&one.code).last();
            let changes = ours.map(|item| changes(item, &one.over(item))).unwrap_or_default();
            let standing = match ours {
                None => Standing::New,
                Some(_) if changes.is_empty() => Standing::Same,
                Some(_) => Standing::Changed,
            };
            items.push(CheckedItem {
                code: one.code.clone(),
                name: one.name.clone(),
                department: ours.map(|i| i.department.clone()).or_else(|| one.department.clone()),
                standing,
                changes,
                valid_from: one.valid_from,
            });
        }
        // A list that names departments speaks of these alone.
        let spoken: BTreeSet<&str> = list.items.iter().filter_map(|l| l.department.as_deref()).collect();
        let of_list = |item: &&std::sync::Arc<Item>| {
            let there = list.items.iter().any(|l| l.code == item.code);
            !there && (spoken.is_empty() || spoken.contains(item.department.as_str()))
        };
        items.extend(catalogue.newest().filter(of_list).map(|item| CheckedItem {
            code: item.code.clone(),
            name: item.name.clone(),
            department: Some(item.department.clone()),
            standing: Standing::Missing,
            changes: Vec::new(),
            valid_from: None,
        }));
        items.sort_by(|a, b| a.code.cmp(&b.code));
        let all = [Standing::Same, Standing::Changed, Standing::New, Standing::Missing];
        let count = |standing| items.iter().filter(|i| i.standing == standing).count();
        let counts = all.into_iter().map(|standing| (standing, count(standing))).collect();
        let brief = list.brief();
        Comparison { list: brief, counts, items, refused: list.refused, ignored: list.ignored }
    }

    /// Makes drafts of items of a list: what it says, and for the rest what the county's newest version says.
    ///
    /// # Errors
    /// `item-list.unknown`, the store.
    pub(crate) async fn draft_from_list(&self, no: &str, codes: &[String], by: &str) -> Result<Chosen, Problem> {
        let list = self.find_matter::<ProvincialList>(no).await?.matter;
        let (mut drafts, mut refused) = (Vec::new(), Vec::new());
        let today = self.clock.now().date();
        for code in codes {
            let Some(one) = list.items.iter().find(|l| l.code == *code) else {
                let message = format!("{no} 中没有这个事项");
                refused.push(Refused { what: code.clone(), message });
                continue;
            };
            let item = match self.next_version(code) {
                Ok(item) => Ok(one.over(&item)),
                Err(_) => self.new_item(one),
            };
            let item = item.map(|mut item| {
                item.valid_from = one.valid_from.filter(|d| *d > today).unwrap_or(item.valid_from);
                item
            });
            let made = match item {
                Ok(item) => self.begin_draft(item, Some(no.to_owned()), by).await.map_err(|e| e.message),
                Err(message) => Err(message),
            };
            match made {
                Ok(draft) => drafts.push(draft.no),
                Err(message) => refused.push(Refused { what: code.clone(), message }),
            }
        }
        Ok(Chosen { drafts, refused })
    }

    /// An item the county does not have yet.
    fn new_item(&self, one: &Listed) -> Result<Item, String> {
        let department = one.department.clone().ok_or("清单没有写明本县的哪个部门，或没有这个部门")?;
        let tomorrow = Timestamp::end_of(self.clock.now().date()).date();
        let bare = json!({ "code": one.code, "name": one.name, "department": department, "valid_from": tomorrow });
        let bare: Item = serde_json::from_value(bare).map_err(|e| e.to_string())?;
        Ok(one.over(&bare))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_read_with_its_unit_in_the_cell_or_beside_it() {
        let of = |text: &str, unit: Option<&str>| limit(text, unit.map(str::to_owned).as_ref());
        let is = |value, unit| Ok(Some(Limit { value, unit }));
        assert_eq!(of("20", None), is(20, LimitUnit::WorkingDay));
        assert_eq!(of("20个工作日", None), is(20, LimitUnit::WorkingDay));
        assert_eq!(of("3", Some("个月")), is(3, LimitUnit::Month));
        assert_eq!(of("15（自然日）", None), is(15, LimitUnit::NaturalDay));
        assert_eq!(of("无", None), Ok(None));
        assert!(of("二十", None).is_err() && of("20", Some("周")).is_err());
    }

    #[test]
    fn a_table_has_a_head_and_a_list_of_objects_has_names() {
        let (all, ignored) = rows("实施编码,事项名称,备注\nA,甲,x\nB,乙,").expect("rows");
        assert_eq!((all.len(), ignored), (2, vec!["备注".to_owned()]));
        let (all, _) =
            rows(r#"[{"实施编码":"A","事项名称":"甲","材料名称":["一","二"],"是否收费":false}]"#).expect("rows");
        let row = all[0].as_ref().expect("a row");
        assert_eq!((row["materials"].as_str(), row["is_fee"].as_str()), ("一\n二", "否"));
        for (text, what) in
            [("名称\n甲", "code"), ("实施编码,编码,名称\n1,1,甲", "同一个意思"), ("实施编码,事项名称\n", "1 到")]
        {
            let problem = rows(text).expect_err(text);
            assert!(problem.message.contains(what), "{}", problem.message);
        }
    }
}
