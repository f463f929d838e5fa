//! What the first pages of a source hold, in numbers: kinds, codes nobody knows, what would be refused, how old the newest is. Of
//! values only codes and item codes are told, and nothing that may be somebody's.

use crate::intake::page::{Incoming, read_rows};
use crate::intake::rules::CountyRules;
use crate::kit::draft::mask::{is_code, shape};
use daylight_domain::Timestamp;
use daylight_domain::cell::{Cell, Page};
use daylight_domain::check::{CheckContext, FUTURE_TOLERANCE_MS, RejectCode};
use daylight_domain::code::table;
use daylight_domain::publication::personal::{Known, personal};
use daylight_domain::record::{Field, Form, RecordType};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How a clock was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkewFrom {
    /// By the `Date` of an answer.
    Answer,
    /// By the newest event, which lies in the future.
    Event,
}

/// How far a source's clock is ahead of the county's (behind: negative).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Skew {
    /// Seconds.
    pub seconds: i64,
    /// Known how.
    pub from: SkewFrom,
}

/// A code that is in no table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unmapped {
    /// The field.
    pub field: String,
    /// The value; only its shape where it does not look like a code.
    pub value: String,
    /// How often.
    pub count: u64,
}

/// Records that would be refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Refused {
    /// `E001` …
    pub code: RejectCode,
    /// The field.
    pub field: Option<String>,
    /// What the code means.
    pub meaning: String,
    /// What to do.
    pub fix: String,
    /// How often.
    pub count: u64,
}

/// An item that cases are about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ItemSeen {
    /// Its code; only the shape where it does not look like one.
    pub code: String,
    /// How often.
    pub count: u64,
    /// It is the department's, in the catalogue.
    pub known: bool,
}

/// What was seen.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Seen {
    /// Pages.
    pub pages: u32,
    /// The source had no more.
    pub complete: bool,
    /// Records.
    pub records: u64,
    /// Those that obey the exchange standard.
    pub good: u64,
    /// Good records by type.
    pub types: BTreeMap<RecordType, u64>,
    /// The newest event.
    pub newest: Option<Timestamp>,
    /// Its age by the county's clock, seconds; negative in the future.
    pub age: Option<i64>,
    /// The source's clock beside the county's.
    pub skew: Option<Skew>,
    /// Codes without an entry.
    pub unmapped: Vec<Unmapped>,
    /// What would be refused.
    pub refused: Vec<Refused>,
    /// Fields with personal information, how often each has a value.
    pub personal: BTreeMap<String, u64>,
    /// Items, the most frequent first.
    pub items: Vec<ItemSeen>,
    /// Records of cases that were not opened in what was seen.
    pub waiting: u64,
}

/// Counts while pages come.
#[derive(Debug, Default)]
pub(super) struct Counting {
    seen: Seen,
    unmapped: BTreeMap<(String, String), u64>,
    refused: BTreeMap<(RejectCode, Option<String>), u64>,
    items: BTreeMap<String, u64>,
    opened: BTreeSet<String>,
    others: BTreeMap<String, u64>,
}

fn text(cell: &Cell) -> Option<String> {
    let text = match cell {
        Cell::Null | Cell::Bytes(_) => return None,
        Cell::Boolean(v) => v.to_string(),
        Cell::Integer(v) => v.to_string(),
        Cell::Decimal(v) | Cell::Text(v) | Cell::Date(v) | Cell::Instant(v) => v.trim().to_owned(),
    };
    (!text.is_empty()).then_some(text)
}

/// A value as it may be told.
fn told(value: &str) -> String {
    if is_code(value) { value.to_owned() } else { shape(value) }
}

/// An item's code as it may be told: a number of letters, digits and signs, and nobody's.
fn item_told(code: &str) -> String {
    let plain = code.bytes().all(|b| b.is_ascii_graphic()) && personal(code, &Known::default()).is_empty();
    if plain { code.to_owned() } else { shape(code) }
}

impl Counting {
    /// Takes a page.
    pub(super) fn page(&mut self, page: &Page, department: &str, rules: &CountyRules, received: Timestamp) {
        let context = CheckContext {
            catalogue: &rules.catalogue,
            department,
            received,
            future_tolerance_ms: FUTURE_TOLERANCE_MS,
        };
        self.seen.pages += 1;
        self.seen.complete = page.done;
        self.columns(&page.columns, &page.rows);
        for one in read_rows(&page.columns, &page.rows, &context) {
            self.record(&one);
        }
    }

    /// What can be seen column by column, also in records that are refused for something else.
    fn columns(&mut self, columns: &[String], rows: &[Vec<Cell>]) {
        for (at, name) in columns.iter().enumerate() {
            let field = Field::from_name(name);
            let codes = match (name.as_str(), field.map(Field::form)) {
                ("type", _) => Some("type"),
                (_, Some(Form::Code(table))) => Some(table),
                _ => None,
            };
            for value in rows.iter().filter_map(|row| row.get(at)).filter_map(text) {
                if field.is_some_and(Field::personal) {
                    *self.seen.personal.entry(name.clone()).or_default() += 1;
                }
                if name == "item_code" {
                    *self.items.entry(value.clone()).or_default() += 1;
                }
                let known = match codes {
                    None => true,
                    Some("type") => RecordType::from_name(&value).is_some(),
                    Some(codes) => table(codes).is_some_and(|t| t.contains_key(&value)),
                };
                if !known {
                    *self.unmapped.entry((name.clone(), told(&value))).or_default() += 1;
                }
            }
        }
    }

    fn record(&mut self, one: &Incoming) {
        self.seen.records += 1;
        match &one.read {
            Ok(record) => {
                self.seen.good += 1;
                *self.seen.types.entry(record.kind).or_default() += 1;
                self.seen.newest = self.seen.newest.max(Some(record.event_time));
                if record.kind.opens_case() {
                    self.opened.insert(record.case_no.clone());
                } else if record.kind.of_case() {
                    *self.others.entry(record.case_no.clone()).or_default() += 1;
                }
            }
            Err(reject) => {
                *self.refused.entry((reject.code, reject.field.clone())).or_default() += 1;
                if reject.code == RejectCode::E009 {
                    // Refused because it lies in the future: that is when the source says it was.
                    let raw: Option<serde_json::Value> = serde_json::from_str(&one.raw).ok();
                    let at = raw.and_then(|r| Timestamp::parse(r.get("event_time")?.as_str()?));
                    self.seen.newest = self.seen.newest.max(at);
                }
            }
        }
    }

    /// What was seen, as of now.
    pub(super) fn finish(mut self, department: &str, rules: &CountyRules, now: Timestamp) -> Seen {
        let mut seen = std::mem::take(&mut self.seen);
        seen.age = seen.newest.map(|at| (now.0 - at.0).div_euclid(1000));
        if let Some(age) = seen.age.filter(|age| *age < 0) {
            seen.skew = Some(Skew { seconds: -age, from: SkewFrom::Event });
        }
        seen.unmapped =
            self.unmapped.into_iter().map(|((field, value), count)| Unmapped { field, value, count }).collect();
        seen.refused = self
            .refused
            .into_iter()
            .map(|((code, field), count)| Refused {
                code,
                field: field.map(|f| if f.is_ascii() { f } else { shape(&f) }),
                meaning: code.name_zh().to_owned(),
                fix: code.fix_zh().to_owned(),
                count,
            })
            .collect();
        seen.waiting = self.others.iter().filter(|(case, _)| !self.opened.contains(*case)).map(|(_, n)| n).sum();
        let own: BTreeSet<&str> =
            rules.catalogue.newest().filter(|i| i.department == department).map(|i| i.code.as_str()).collect();
        seen.items = self
            .items
            .iter()
            .map(|(code, count)| ItemSeen { code: item_told(code), count: *count, known: own.contains(code.as_str()) })
            .collect();
        seen.items.sort_by_key(|i| (std::cmp::Reverse(i.count), i.code.clone()));
        seen
    }
}
