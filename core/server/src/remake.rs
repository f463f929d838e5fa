//! Cases made again from their events, for whoever proves (every night) or compares (a proposal of rules).

use crate::intake::rules::CountyRules;
use daylight_domain::Timestamp;
use daylight_domain::case::{Applied, Case};
use daylight_domain::check::fields_from_canonical;
use daylight_domain::record::{Fields, Record, RecordType};
use daylight_store::EventRow;
use std::collections::HashMap;

fn record_of(event: &EventRow) -> Option<Record> {
    Some(Record {
        kind: event.record,
        case_no: event.case_no.clone(),
        item_code: event.item_code.clone(),
        source_key: event.source_key.clone(),
        data_version: event.data_version,
        event_time: event.event_time,
        fields: fields_from_canonical(&event.payload)?,
    })
}

/// A case made again.
#[derive(Debug, Default)]
pub struct Remade {
    /// The case.
    pub case: Case,
    /// What its newest application says.
    pub application: Option<Fields>,
}

/// Makes a case from its events, in the order of the chain, by the catalogue of these rules. What no event tells is taken from
/// the stored view: when it was judged to be deemed accepted, and how often other content was refused.
#[must_use]
pub fn remake<'e>(
    rules: &CountyRules,
    supervised_since: Option<Timestamp>,
    events: impl IntoIterator<Item = &'e EventRow>,
    stored: &Case,
) -> Remade {
    let mut made = Remade::default();
    let mut said: HashMap<u64, (Timestamp, Fields)> = HashMap::new();
    for event in events {
        let Some(record) = record_of(event) else { continue };
        let how = Applied {
            received: event.received_time,
            seq: event.seq,
            previous: event.supersedes.and_then(|seq| said.get(&seq)).map(|(at, fields)| (*at, fields)),
            supervised_since,
            catalogue: &rules.catalogue,
        };
        made.case.apply(&record, how);
        if record.kind == RecordType::Apply {
            made.application = Some(record.fields.clone());
        }
        said.insert(event.seq, (record.event_time, record.fields));
    }
    made.case.deemed_accepted_at = stored.deemed_accepted_at;
    made.case.conflicts = stored.conflicts;
    made
}
