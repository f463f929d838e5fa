//! Does a record obey the exchange standard? From rows and JSON objects to [`Record`]s, or a [`Reject`] that says why not.
//!
//! What needs the stored state (duplicates, versions, the parent case) is not decided here but where the page is computed.

mod form;
mod reject;

pub use reject::{Reject, RejectCode, Who};

use crate::Timestamp;
use crate::cell::Cell;
use crate::item::Catalogue;
use crate::record::{Field, Fields, Record, RecordType};
use form::value;
#[cfg(test)]
pub(crate) use form::value as value_of;

/// What a record is checked against.
#[derive(Clone, Copy, Debug)]
pub struct CheckContext<'a> {
    /// The county's items.
    pub catalogue: &'a Catalogue,
    /// The department that sends.
    pub department: &'a str,
    /// When the record arrived.
    pub received: Timestamp,
    /// How far a source's clock may run ahead, milliseconds (handbook §16: five minutes).
    pub future_tolerance_ms: i64,
}

/// Clock skew that is tolerated (handbook §16), milliseconds.
pub const FUTURE_TOLERANCE_MS: i64 = 5 * 60 * 1000;

/// Where a column's cells go.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Type,
    CaseNo,
    ItemCode,
    SourceKey,
    DataVersion,
    EventTime,
    Field(Field),
    Unknown(String),
}

impl Target {
    fn of(name: &str) -> Self {
        match name {
            "type" => Self::Type,
            "case_no" => Self::CaseNo,
            "item_code" => Self::ItemCode,
            "source_key" => Self::SourceKey,
            "data_version" => Self::DataVersion,
            "event_time" => Self::EventTime,
            other => Field::from_name(other).map_or_else(|| Self::Unknown(other.to_owned()), Self::Field),
        }
    }
}

/// The columns of a page, understood once.
#[derive(Clone, Debug)]
pub struct Columns(Vec<Target>);

impl Columns {
    /// From the names.
    #[must_use]
    pub fn new<S: AsRef<str>>(names: &[S]) -> Self {
        Self(names.iter().map(|n| Target::of(n.as_ref())).collect())
    }

    /// Reads one row.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn read(&self, row: &[Cell], context: &CheckContext<'_>) -> Result<Record, Reject> {
        if row.len() != self.0.len() {
            let (zh, en) = (format!("列数 {} 与值数 {} 不符", self.0.len(), row.len()), "cells do not match columns");
            return Err(Reject::new(RejectCode::E002, None, &zh, en));
        }
        read(self.0.iter().zip(row.iter()), context)
    }
}

/// Reads one JSON object.
///
/// # Errors
/// The first thing that is wrong.
pub fn read_json(
    object: &serde_json::Map<String, serde_json::Value>,
    context: &CheckContext<'_>,
) -> Result<Record, Reject> {
    let cells: Vec<(Target, Cell)> = object.iter().map(|(n, v)| (Target::of(n), form::from_json(v))).collect();
    read(cells.iter().map(|(target, cell)| (target, cell)), context)
}

fn missing(field: &str) -> Reject {
    Reject::new(RejectCode::E001, Some(field), "没有值", "no value")
}

fn read<'a>(
    cells: impl Iterator<Item = (&'a Target, &'a Cell)> + Clone,
    context: &CheckContext<'_>,
) -> Result<Record, Reject> {
    let mut named = cells.clone().filter(|(_, cell)| !cell.is_blank());
    let kind = match named.find(|(target, _)| **target == Target::Type) {
        Some((_, Cell::Text(name))) => RecordType::from_name(name.trim())
            .ok_or_else(|| Reject::new(RejectCode::E003, Some("type"), &format!("“{name}”不是记录类型"), name))?,
        _ => return Err(missing("type")),
    };
    let (mut case_no, mut item_code, mut source_key) = (String::new(), None, None);
    let (mut data_version, mut event_time) = (1, None);
    let mut fields = Fields::default();
    for (target, cell) in cells.filter(|(_, cell)| !cell.is_blank()) {
        match target {
            Target::Type => {}
            Target::CaseNo => case_no = form::key("case_no", cell)?,
            Target::ItemCode => item_code = Some(form::key("item_code", cell)?),
            Target::SourceKey => source_key = Some(form::key("source_key", cell)?),
            Target::DataVersion => data_version = form::version(cell)?,
            Target::EventTime => event_time = Some(form::instant("event_time", cell)?),
            Target::Field(field) => fields.push(*field, value(*field, cell)?),
            Target::Unknown(name) => {
                return Err(Reject::new(RejectCode::E002, Some(name), "接口标准没有这个字段", "no such field"));
            }
        }
    }
    fields.sort();
    let event_time = event_time.ok_or_else(|| missing("event_time"))?;
    if kind.of_case() && case_no.is_empty() {
        return Err(missing("case_no"));
    }
    let source_key = match source_key {
        Some(key) => key,
        None => derived_key(kind, &case_no, &fields).ok_or_else(|| missing("source_key"))?,
    };
    let record = Record { kind, case_no, item_code, source_key, data_version, event_time, fields };
    consistent(&record, context)?;
    Ok(record)
}

/// Fields without which a record of a type says nothing (handbook §16: everything else is scored, not blocked).
#[must_use]
pub fn required(kind: RecordType) -> &'static [Field] {
    match kind {
        RecordType::Step => &[Field::Step, Field::StartedAt],
        RecordType::SpecialStart => &[Field::Kind],
        RecordType::Extension => &[Field::Days],
        RecordType::Decide => &[Field::Decision],
        RecordType::Finish => &[Field::FinishType],
        RecordType::Fee => &[Field::Amount],
        RecordType::Material => &[Field::Name],
        RecordType::Evaluation => &[Field::Satisfaction],
        RecordType::Complaint | RecordType::Consult => &[Field::Title],
        RecordType::DayClose => &[Field::Date, Field::Counts],
        _ => &[],
    }
}

/// A key for sources that have none: what can happen once per case is named by the case, steps by their number.
fn derived_key(kind: RecordType, case_no: &str, fields: &Fields) -> Option<String> {
    match kind {
        RecordType::Step => {
            let step = fields.number(Field::StepNo).map(|n| n.to_string()).or_else(|| fields.string(Field::Step))?;
            Some(format!("{case_no}/{step}"))
        }
        RecordType::SpecialStart | RecordType::SpecialEnd => {
            fields.number(Field::Seq).map(|seq| format!("{case_no}/{seq}"))
        }
        RecordType::DayClose => fields.date(Field::Date).map(|d| d.to_string()),
        RecordType::Apply
        | RecordType::Receive
        | RecordType::Accept
        | RecordType::Reject
        | RecordType::ForwardUp
        | RecordType::Decide
        | RecordType::Finish
        | RecordType::Deliver => Some(case_no.to_owned()),
        _ => None,
    }
}

fn consistent(record: &Record, context: &CheckContext<'_>) -> Result<(), Reject> {
    if let Some(field) = required(record.kind).iter().find(|f| record.fields.get(**f).is_none()) {
        return Err(missing(field.as_str()));
    }
    if record.kind == RecordType::Apply && record.item_code.is_none() {
        return Err(missing("item_code"));
    }
    if let Some(code) = &record.item_code {
        let item = context.catalogue.at(code, record.event_time.date()).ok_or_else(|| {
            Reject::new(RejectCode::E004, Some("item_code"), &format!("事项目录中没有“{code}”"), "not in the catalogue")
        })?;
        // What a co-department is asked is about the item of the main case.
        let asked = record.kind == RecordType::Apply && record.fields.get(Field::ParentCaseNo).is_some();
        if item.department != context.department && !asked {
            let zh = format!("事项“{code}”属于部门“{}”", item.department);
            return Err(Reject::new(RejectCode::E012, Some("item_code"), &zh, "item of another department"));
        }
    }
    let latest = context.received.plus_ms(context.future_tolerance_ms);
    if record.event_time > latest {
        let zh = format!("{} 晚于收到时间 {}", record.event_time, context.received);
        return Err(Reject::new(RejectCode::E009, Some("event_time"), &zh, "later than its receipt"));
    }
    let (started, ended) = (record.fields.instant(Field::StartedAt), record.fields.instant(Field::EndedAt));
    if let (Some(started), Some(ended)) = (started, ended)
        && ended < started
    {
        let zh = format!("结束 {ended} 早于开始 {started}");
        return Err(Reject::new(RejectCode::E006, Some("ended_at"), &zh, "ends before it starts"));
    }
    if let Some(number) = record.fields.text(Field::ApplicantIdNo) {
        let valid = match record.fields.text(Field::ApplicantIdType) {
            Some("111") => crate::code::identity_is_valid(number),
            Some("001") => crate::code::uscc_is_valid(number),
            _ => true,
        };
        if !valid {
            let name = Field::ApplicantIdNo.as_str();
            return Err(Reject::new(
                RejectCode::E008,
                Some(name),
                "证件号码校验位不符",
                "check character does not fit",
            ));
        }
    }
    Ok(())
}

/// The fields as JSON, by name, without spaces: the same content gives the same bytes, always.
#[must_use]
pub fn canonical_json(fields: &Fields) -> String {
    serde_json::to_string(fields).unwrap_or_default()
}

/// The fields of a stored payload ([`canonical_json`] undone). Nothing when the text is not such a payload.
#[must_use]
pub fn fields_from_canonical(payload: &str) -> Option<Fields> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(payload).ok()?;
    let mut fields = Fields::default();
    for (name, value) in object {
        let field = Field::from_name(&name)?;
        fields.push(field, form::stored(field, &value)?);
    }
    fields.sort();
    Some(fields)
}

#[cfg(test)]
pub(crate) mod tests;
