//! From a source's rows to exchange records, by settings alone: which column is which field, and which code means what.
//!
//! A source's code is never assumed to be ours (handbook §5.9): a column with `codes` maps value by value, and a value that
//! is not in the table is passed on as it is, so that the core rejects it by name (E003) instead of guessing.

use daylight_connector::{Cell, Failure, Page, Session, wrong_setting};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Where a field's value comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum From {
    /// This column, as it is.
    Column(String),
    /// A column with a code table, or several columns joined, or a fixed value.
    Rule(Rule),
}

/// The long form of [`From`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The column.
    #[serde(default)]
    pub column: Option<String>,
    /// Columns whose texts are joined by `/`.
    #[serde(default)]
    pub join: Vec<String>,
    /// A fixed value.
    #[serde(default)]
    pub value: Option<String>,
    /// The source's code → the exchange standard's code. `*` stands for every other value.
    #[serde(default)]
    pub codes: Option<BTreeMap<String, String>>,
    /// How a time is written, in the words of strftime, when it is none of the usual forms.
    #[serde(default)]
    pub format: Option<String>,
}

/// Which rows a mapping is for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The column.
    pub column: String,
    /// Its value is one of these.
    #[serde(rename = "in", default)]
    pub values: Vec<String>,
    /// Its value is none of these.
    #[serde(default)]
    pub not_in: Vec<String>,
}

/// One row gives one record of this type, if the row passes `when` and has an event time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Record type of the exchange standard, or a column with codes.
    #[serde(rename = "type")]
    pub kind: From,
    /// All of these must hold.
    #[serde(default)]
    pub when: Vec<When>,
    /// Of sources that are files: only those whose name fits; `*` stands for anything.
    #[serde(default)]
    pub file: Option<String>,
    /// Field of the exchange standard → where it comes from.
    pub fields: BTreeMap<String, From>,
}

/// Mappings made ready: source columns are positions, and every record has the same columns.
#[derive(Debug)]
pub struct Mapper {
    source: Vec<String>,
    out: Vec<String>,
    mappings: Vec<Ready>,
}

#[derive(Debug)]
struct Ready {
    kind: Take,
    when: Vec<(usize, Vec<String>, Vec<String>)>,
    time: Take,
    fields: Vec<(usize, Take)>,
}

#[derive(Debug)]
enum Take {
    Value(String),
    Column { at: usize, codes: Option<BTreeMap<String, String>>, format: Option<String> },
    Join(Vec<usize>),
}

/// The text of a cell; nothing where it is null or blank.
#[must_use]
pub fn text_of(cell: &Cell) -> Option<String> {
    let text = match cell {
        Cell::Null => return None,
        Cell::Boolean(v) => v.to_string(),
        Cell::Integer(v) => v.to_string(),
        Cell::Decimal(v) | Cell::Text(v) | Cell::Date(v) | Cell::Instant(v) => v.clone(),
        Cell::Bytes(v) => String::from_utf8_lossy(v).into_owned(),
    };
    (!text.trim().is_empty()).then_some(text)
}

fn is_blank(cell: &Cell) -> bool {
    match cell {
        Cell::Null => true,
        Cell::Decimal(v) | Cell::Text(v) | Cell::Date(v) | Cell::Instant(v) => v.trim().is_empty(),
        _ => false,
    }
}

impl Take {
    fn read(&self, row: &[Cell]) -> Option<Cell> {
        match self {
            Self::Value(value) => Some(Cell::Text(value.clone())),
            Self::Join(columns) => {
                let parts: Vec<String> = columns.iter().filter_map(|at| text_of(row.get(*at)?)).collect();
                (parts.len() == columns.len()).then(|| Cell::Text(parts.join("/")))
            }
            Self::Column { at, codes: None, format: None } => row.get(*at).filter(|c| !is_blank(c)).cloned(),
            Self::Column { at, codes, format } => {
                let raw = text_of(row.get(*at)?)?;
                let coded = match codes {
                    Some(codes) => codes.get(raw.trim()).or_else(|| codes.get("*")).cloned().unwrap_or(raw),
                    None => raw,
                };
                Some(Cell::Text(match format {
                    Some(format) => reformat(&coded, format).unwrap_or(coded),
                    None => coded,
                }))
            }
        }
    }
}

fn reformat(text: &str, format: &str) -> Option<String> {
    let time = chrono::NaiveDateTime::parse_from_str(text.trim(), format)
        .ok()
        .or_else(|| chrono::NaiveDate::parse_from_str(text.trim(), format).ok().and_then(|d| d.and_hms_opt(0, 0, 0)))?;
    Some(time.format("%Y-%m-%dT%H:%M:%S").to_string())
}

fn position(list: &mut Vec<String>, name: &str) -> usize {
    list.iter().position(|n| n == name).unwrap_or_else(|| {
        list.push(name.to_owned());
        list.len() - 1
    })
}

impl Mapper {
    /// Makes mappings ready.
    #[must_use]
    pub fn new(mappings: &[Mapping]) -> Self {
        let (mut source, mut out) = (Vec::new(), vec!["type".to_owned(), "event_time".to_owned()]);
        let ready = mappings
            .iter()
            .map(|mapping| {
                let mut take = |from: &From| match from {
                    From::Column(name) => Take::Column { at: position(&mut source, name), codes: None, format: None },
                    From::Rule(Rule { value: Some(value), .. }) => Take::Value(value.clone()),
                    From::Rule(rule) if !rule.join.is_empty() => {
                        Take::Join(rule.join.iter().map(|name| position(&mut source, name)).collect())
                    }
                    From::Rule(rule) => Take::Column {
                        at: position(&mut source, rule.column.as_deref().unwrap_or("")),
                        codes: rule.codes.clone(),
                        format: rule.format.clone(),
                    },
                };
                let kind = match &mapping.kind {
                    From::Column(word) => Take::Value(word.clone()),
                    rule => take(rule),
                };
                let time = mapping.fields.get("event_time").map_or(Take::Join(Vec::new()), &mut take);
                let fields: Vec<(String, Take)> = mapping
                    .fields
                    .iter()
                    .filter(|(field, _)| *field != "event_time")
                    .map(|(field, from)| (field.clone(), take(from)))
                    .collect();
                let when = mapping
                    .when
                    .iter()
                    .map(|w| (position(&mut source, &w.column), w.values.clone(), w.not_in.clone()))
                    .collect();
                let fields = fields.into_iter().map(|(field, take)| (position(&mut out, &field), take)).collect();
                Ready { kind, when, time, fields }
            })
            .collect();
        Self { source, out, mappings: ready }
    }

    /// The source's columns, in the order in which [`Mapper::map`] wants their cells.
    #[must_use]
    pub fn source_columns(&self) -> &[String] {
        &self.source
    }

    /// The columns of the pages.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.out
    }

    /// How many records a row can give at most.
    #[must_use]
    pub fn per_row(&self) -> usize {
        self.mappings.len().max(1)
    }

    /// The records of one source row.
    pub fn map(&self, row: &[Cell], records: &mut Vec<Vec<Cell>>) {
        self.map_by(row, &|_| true, records);
    }

    /// As [`Mapper::map`], by those mappings only whose position `applies`.
    pub fn map_by(&self, row: &[Cell], applies: &dyn Fn(usize) -> bool, records: &mut Vec<Vec<Cell>>) {
        for (_, mapping) in self.mappings.iter().enumerate().filter(|(at, _)| applies(*at)) {
            let passes = mapping.when.iter().all(|(at, values, not_in)| {
                let value = row.get(*at).and_then(text_of).unwrap_or_default();
                let value = value.trim();
                (values.is_empty() || values.iter().any(|v| v == value)) && !not_in.iter().any(|v| v == value)
            });
            let (Some(kind), Some(time)) = (passes.then(|| mapping.kind.read(row)).flatten(), mapping.time.read(row))
            else {
                continue;
            };
            let mut record = vec![Cell::Null; self.out.len()];
            record[0] = kind;
            record[1] = time;
            for (at, take) in &mapping.fields {
                if let Some(value) = take.read(row) {
                    record[*at] = value;
                }
            }
            records.push(record);
        }
    }
}

impl Mapping {
    /// Every column the mapping reads.
    #[must_use]
    pub fn source_columns(&self) -> Vec<String> {
        Mapper::new(std::slice::from_ref(self)).source
    }
}

/// What one fetch from the source gave.
#[derive(Debug, Default)]
pub struct Fetched {
    /// Records, with the columns of the [`Mapper`].
    pub records: Vec<Vec<Cell>>,
    /// Where the source goes on after all of them.
    pub cursor: Option<Vec<u8>>,
    /// The source has nothing more for now.
    pub done: bool,
}

/// A source that is fetched in its own portions.
pub trait Fetch {
    /// The next portion, of about so many records.
    ///
    /// # Errors
    /// Why there is none.
    fn fetch(&mut self, about: usize) -> Result<Fetched, Failure>;
}

/// Cuts a source's portions into pages: the cursor moves only with the last record of its portion.
pub struct Buffered<F> {
    columns: Vec<String>,
    source: F,
    pending: std::collections::VecDeque<Vec<Cell>>,
    cursor: Option<Vec<u8>>,
    done: bool,
}

impl<F: Fetch> Buffered<F> {
    /// A session over a source.
    pub fn new(columns: &[String], source: F) -> Self {
        Self { columns: columns.to_vec(), source, pending: Default::default(), cursor: None, done: false }
    }
}

impl<F: Fetch> Session for Buffered<F> {
    fn next(&mut self, max_rows: u32) -> Result<Page, Failure> {
        let max = usize::try_from(max_rows).unwrap_or(usize::MAX).max(1);
        if self.pending.is_empty() && !self.done {
            let fetched = self.source.fetch(max)?;
            self.pending = fetched.records.into();
            self.cursor = fetched.cursor;
            self.done = fetched.done;
        }
        let rows: Vec<Vec<Cell>> = self.pending.drain(..max.min(self.pending.len())).collect();
        let last = self.pending.is_empty();
        Ok(Page {
            dataset: "exchange".to_owned(),
            columns: self.columns.clone(),
            rows,
            next: if last { self.cursor.take() } else { None },
            done: last && self.done,
        })
    }
}

/// Whether a file's name fits a pattern in which `*` stands for anything.
#[must_use]
pub fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|head| name.strip_prefix(head)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((tail, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(tail)
}

/// Looks for what cannot work in a list of mappings, and says which setting it is.
#[must_use]
pub fn problems(mappings: &[Mapping]) -> Vec<Failure> {
    let mut found = Vec::new();
    if mappings.is_empty() {
        found.push(wrong_setting("/records", "至少需要一条记录映射"));
    }
    for (at, mapping) in mappings.iter().enumerate() {
        if !mapping.fields.contains_key("event_time") {
            found.push(wrong_setting(&format!("/records/{at}/fields"), "每条映射都要给出 event_time"));
        }
        for (field, from) in &mapping.fields {
            if let From::Rule(rule) = from
                && rule.column.is_none()
                && rule.join.is_empty()
                && rule.value.is_none()
            {
                let pointer = format!("/records/{at}/fields/{field}");
                found.push(wrong_setting(&pointer, "需要 column、join 或 value 之一"));
            }
        }
    }
    found
}

/// Columns that the mappings read and the source does not have.
#[must_use]
pub fn missing_columns(mappings: &[Mapping], present: &[String]) -> Vec<Failure> {
    let mut found = Vec::new();
    for (at, mapping) in mappings.iter().enumerate() {
        for column in mapping.source_columns() {
            if !present.contains(&column) {
                let message = format!("来源没有列“{column}”；现有：{}", present.join("、"));
                found.push(wrong_setting(&format!("/records/{at}/fields"), message));
            }
        }
    }
    found
}

/// Reads the settings of a plugin.
///
/// # Errors
/// Where they do not have the expected shape.
pub fn settings<T: for<'de> Deserialize<'de>>() -> Result<T, Failure> {
    serde_json::from_str(&daylight_connector::settings::get()).map_err(|e| wrong_setting("", e.to_string()))
}
