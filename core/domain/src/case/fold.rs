//! How records become a case. Records arrive in any order; the state is derived from the times that are known, not from
//! the order in which they came, so that the same records always give the same case.

use super::{
    Amendment, Case, CaseState, Correction, Desk, Extension, Fee, Hearing, Material, Special, Step, Submission,
};
use crate::Timestamp;
use crate::item::{Catalogue, HandleType, Limit, LimitUnit};
use crate::record::{Field, Fields, Record, RecordType, Value};

/// How a record came in.
#[derive(Clone, Copy, Debug)]
pub struct Applied<'a> {
    /// When it reached this house.
    pub received: Timestamp,
    /// Its event's number.
    pub seq: u64,
    /// What the same record said before, when it is amended: business time and fields.
    pub previous: Option<(Timestamp, &'a Fields)>,
    /// Since when the source is supervised: what it reports about earlier times is history, not late. Nothing: never.
    pub supervised_since: Option<Timestamp>,
    /// The county's items.
    pub catalogue: &'a Catalogue,
}

impl Case {
    /// Takes one record of this case into the view.
    pub fn apply(&mut self, record: &Record, how: Applied<'_>) {
        if self.events == 0 {
            self.case_no.clone_from(&record.case_no);
            self.first_seen_at = how.received;
            self.first_record = Some(record.kind);
            self.last_event_at = record.event_time;
        }
        self.events += 1;
        if let (Some(code), true) = (&record.item_code, self.item_code.is_empty()) {
            self.item_code.clone_from(code);
        }
        if let Some(previous) = how.previous {
            self.note_amendments(record, how.seq, previous);
        }
        self.take(record, &how);
        let ended = record.fields.instant(Field::EndedAt).unwrap_or(record.event_time);
        self.last_event_at = self.last_event_at.max(record.event_time).max(ended);
        // What is told again with a time that is new tells that time, not once more the first: a hearing that has been held since.
        let told =
            how.previous.and_then(|(_, old)| newest_added(old, &record.fields)).map_or(ended, |at| at.max(ended));
        if how.supervised_since.is_some_and(|since| since <= told) {
            self.worst_lag_ms = self.worst_lag_ms.max(how.received.0.saturating_sub(told.0));
        }
        self.follow_catalogue(how.catalogue);
        self.state = self.derive_state();
    }

    fn take(&mut self, record: &Record, how: &Applied<'_>) {
        let (at, f, key) = (record.event_time, &record.fields, record.source_key.as_str());
        if let Some(kind) = f.text(Field::HandleType).and_then(parse_word::<HandleType>) {
            self.handle_type = kind;
            self.handle_type_reported = true;
        }
        self.queryable |= f.text(Field::QueryCode).is_some_and(|code| !code.is_empty());
        self.take_desk(record);
        match record.kind {
            RecordType::Apply => {
                self.applied_at = Some(at);
                self.title = f.string(Field::CaseTitle).or_else(|| self.title.take());
                self.applicant_type = f.string(Field::ApplicantType);
                self.parent_case_no = f.string(Field::ParentCaseNo);
                self.channel = f.string(Field::Channel);
                self.renews_until = f.date(Field::CertValidTo);
                self.expected_reply_by = f.date(Field::ExpectedReplyBy);
                self.is_commitment |= f.flag(Field::IsCommitment).unwrap_or(false);
            }
            RecordType::Receive => self.received_at = Some(at),
            RecordType::Accept => {
                self.accepted_at = Some(at);
                self.accept_doc_no = f.string(Field::AcceptDocNo);
                self.promise_limit = limit(f, Field::PromiseLimit, Field::PromiseUnit);
                self.legal_limit = limit(f, Field::LegalLimit, Field::LegalUnit);
                self.is_tolerant |= f.flag(Field::IsTolerant).unwrap_or(false);
                self.accept_org = f.string(Field::OrgCode);
                self.accept_staff = f.string(Field::Staff);
                self.tolerant_deadline = f.date(Field::Deadline);
                self.tolerated = list(f, Field::MaterialList);
                self.claimed_due = self.claimed_due.max(f.date(Field::PromiseDue));
            }
            RecordType::Reject => {
                self.rejected_at = Some(at);
                self.reject_reason = f.string(Field::Reason);
                self.accept_doc_no = f.string(Field::DocNo).or_else(|| f.string(Field::AcceptDocNo));
            }
            RecordType::Correction => {
                let one = entry(&mut self.corrections, key, |c| &c.key);
                *one = Correction { key: key.to_owned(), notified_at: at, deadline: f.date(Field::Deadline) };
                self.claimed_due = self.claimed_due.max(f.date(Field::PromiseDue));
            }
            RecordType::CorrectionIn => {
                *entry(&mut self.submissions, key, |s| &s.key) = Submission { key: key.to_owned(), at };
                self.claimed_due = self.claimed_due.max(f.date(Field::PromiseDue));
            }
            RecordType::Step => self.take_step(record),
            RecordType::SpecialStart | RecordType::SpecialEnd => self.take_special(record),
            RecordType::Extension => {
                *entry(&mut self.extensions, key, |e| &e.key) = Extension {
                    key: key.to_owned(),
                    days: whole(f, Field::Days).unwrap_or(0),
                    approved_at: f.instant(Field::ApprovedAt).unwrap_or(at),
                    approver_level: f.string(Field::ApproverLevel),
                    approver: f.string(Field::Approver),
                    notified_at: f.instant(Field::NotifiedAt),
                    reason: f.string(Field::Reason),
                };
            }
            RecordType::Hearing => {
                *entry(&mut self.hearings, key, |h| &h.key) = Hearing {
                    key: key.to_owned(),
                    requested_at: f.instant(Field::RequestedAt),
                    notified_at: f.instant(Field::NotifiedAt),
                    held_at: f.instant(Field::HeldAt),
                };
            }
            RecordType::ForwardUp => self.forwarded_at = Some(at),
            RecordType::Decide => {
                self.decided_at = Some(at);
                self.decision = f.string(Field::Decision);
                self.decision_reason = f.string(Field::Reason);
                self.remedies = f.string(Field::Remedies);
                self.decide_staff = f.string(Field::Staff);
            }
            RecordType::Finish => {
                self.finished_at = Some(at);
                self.finish_type = f.string(Field::FinishType);
                self.finish_reason = f.string(Field::Reason);
                self.cert_no = f.string(Field::CertNo);
                self.cert_issued_at = f.instant(Field::CertIssuedAt);
            }
            RecordType::Deliver => self.delivered_at = Some(at),
            RecordType::Fee => {
                let before = how.previous.and_then(|(_, old)| old.number(Field::Amount)).unwrap_or(0);
                self.fee_paid += f.number(Field::Amount).unwrap_or(0) - before;
                self.take_fee(record);
            }
            RecordType::Material => self.take_material(record),
            RecordType::Evaluation
            | RecordType::Item
            | RecordType::Complaint
            | RecordType::Consult
            | RecordType::Heartbeat
            | RecordType::DayClose => {}
        }
    }

    fn take_desk(&mut self, record: &Record) {
        if desk_rank(record.kind).is_none() {
            return;
        }
        let (window, region) = (record.fields.string(Field::Window), record.fields.string(Field::RegionCode));
        // What an amended record does not say any more is not so any more.
        self.desks.retain(|d| d.record != record.kind);
        if window.is_some() || region.is_some() {
            self.desks.push(Desk { record: record.kind, window, region });
            self.desks.sort_by_key(|d| desk_rank(d.record));
        }
    }

    fn take_step(&mut self, record: &Record) {
        let f = &record.fields;
        let step = Step {
            key: record.source_key.clone(),
            name: f.string(Field::Step).unwrap_or_default(),
            action: f.string(Field::Action),
            staff: f.string(Field::Staff),
            started_at: f.instant(Field::StartedAt).unwrap_or(record.event_time),
            ended_at: f.instant(Field::EndedAt),
            synthetic: f.flag(Field::Synthetic).unwrap_or(false),
        };
        *entry(&mut self.steps, &record.source_key, |s| &s.key) = step;
        // In the order of business time; the key decides between steps that share an instant.
        self.steps.sort_by(|a, b| (a.started_at, &a.key).cmp(&(b.started_at, &b.key)));
    }

    fn take_fee(&mut self, record: &Record) {
        let f = &record.fields;
        *entry(&mut self.fees, &record.source_key, |one| &one.key) = Fee {
            key: record.source_key.clone(),
            at: f.instant(Field::PaidAt).unwrap_or(record.event_time),
            item: f.string(Field::FeeItem),
            amount: f.number(Field::Amount).unwrap_or(0),
            reduced: f.number(Field::Reduced).unwrap_or(0),
            basis: f.string(Field::Basis),
        };
        self.fees.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
    }

    fn take_material(&mut self, record: &Record) {
        let f = &record.fields;
        *entry(&mut self.materials, &record.source_key, |one| &one.key) = Material {
            key: record.source_key.clone(),
            name: f.string(Field::Name).unwrap_or_default(),
            at: record.event_time,
            got: f.flag(Field::Got),
            get_type: f.string(Field::GetType),
        };
        self.materials.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
    }

    fn take_special(&mut self, record: &Record) {
        let f = &record.fields;
        let key = f.number(Field::Seq).map_or_else(|| record.source_key.clone(), |seq| seq.to_string());
        let ends = record.kind == RecordType::SpecialEnd;
        let open = self.specials.iter().position(|s| s.key == key).or_else(|| {
            let pairless = |s: &Special| if ends { s.ended_at.is_none() } else { s.kind.is_empty() };
            self.specials.iter().position(pairless).filter(|_| f.number(Field::Seq).is_none())
        });
        let at = open.unwrap_or_else(|| {
            self.specials.push(Special { key, started_at: record.event_time, ..Special::default() });
            self.specials.len() - 1
        });
        let Some(special) = self.specials.get_mut(at) else { return };
        if ends {
            special.ended_at = Some(record.event_time);
        } else {
            special.kind = f.string(Field::Kind).unwrap_or_default();
            special.announced_days = whole(f, Field::AnnouncedDays);
            special.notified_at = f.instant(Field::NotifiedAt);
            special.approver = f.string(Field::Approver);
            special.fee = f.number(Field::Amount).unwrap_or(0);
            special.fee_item = f.string(Field::FeeItem);
            special.started_at = record.event_time;
        }
        self.specials.sort_by(|a, b| (a.started_at, &a.key).cmp(&(b.started_at, &b.key)));
    }

    /// The item's version at acceptance (before: at the first known time), and what it says where the source said nothing.
    fn follow_catalogue(&mut self, catalogue: &Catalogue) {
        let since = self.accepted_at.or(self.received_at).or(self.applied_at).unwrap_or(self.last_event_at);
        let Some(item) = catalogue.at(&self.item_code, since.date()) else { return };
        self.item_version = item.version;
        if !self.handle_type_reported {
            self.handle_type = item.handle_type;
        }
        if self.accepted_at.is_some() {
            self.promise_limit = self.promise_limit.or(item.promise_limit);
            self.legal_limit = self.legal_limit.or(item.legal_limit);
        }
    }

    fn derive_state(&self) -> CaseState {
        if self.finished_at.is_some() {
            return match self.finish_type.as_deref() {
                Some("withdrawn") => CaseState::Withdrawn,
                Some("correction_lapsed") => CaseState::CorrectionLapsed,
                Some("returned") => CaseState::Returned,
                Some("voided") => CaseState::Voided,
                Some("deleted") => CaseState::Deleted,
                Some("forwarded") => CaseState::Forwarded,
                Some("rejected") => CaseState::Rejected,
                _ if self.delivered_at.is_some() => CaseState::Delivered,
                _ => CaseState::Finished,
            };
        }
        if self.rejected_at.is_some() {
            CaseState::Rejected
        } else if self.decided_at.is_some() {
            CaseState::Decided
        } else if self.forwarded_at.is_some() {
            CaseState::UpperWait
        } else if self.accepted_at.is_some() {
            match (self.specials.iter().any(|s| s.ended_at.is_none()), self.steps.is_empty()) {
                (true, _) => CaseState::Special,
                (false, false) => CaseState::Processing,
                (false, true) => CaseState::Accepted,
            }
        } else if self.open_correction().is_some() {
            CaseState::CorrectionPending
        } else if self.received_at.is_some() {
            CaseState::Received
        } else {
            CaseState::Applied
        }
    }

    fn note_amendments(&mut self, record: &Record, seq: u64, (old_time, old): (Timestamp, &Fields)) {
        let mut note = |field: &str, was: Option<Timestamp>, is: Option<Timestamp>| {
            self.amendments.push(Amendment {
                record: record.kind,
                key: record.source_key.clone(),
                field: field.to_owned(),
                old: was,
                new: is,
                seq,
            });
        };
        // A step that was open and has ended since is progress, and so is its business time; nothing that was said changed.
        let closes = record.kind == RecordType::Step && old.get(Field::EndedAt).is_none();
        if old_time != record.event_time && !closes {
            note("event_time", Some(old_time), Some(record.event_time));
        }
        for (field, value) in old.iter() {
            if let Value::Instant(was) = value {
                let is = record.fields.instant(field);
                if is != Some(*was) {
                    note(field.as_str(), Some(*was), is);
                }
            }
        }
    }
}

/// In which order the records are believed that say where a case was taken in.
fn desk_rank(record: RecordType) -> Option<u8> {
    match record {
        RecordType::Accept => Some(0),
        RecordType::Receive => Some(1),
        RecordType::Apply => Some(2),
        _ => None,
    }
}

/// The newest of the times that a record has and did not have before.
fn newest_added(old: &Fields, new: &Fields) -> Option<Timestamp> {
    let added = new.iter().filter(|(field, _)| old.get(*field).is_none());
    added.filter_map(|(_, value)| if let Value::Instant(at) = value { Some(*at) } else { None }).max()
}

/// The entry with this key, made if there is none.
fn entry<'a, T: Default>(list: &'a mut Vec<T>, key: &str, of: fn(&T) -> &String) -> &'a mut T {
    let at = list.iter().position(|one| of(one) == key).unwrap_or(list.len());
    if at == list.len() {
        list.push(T::default());
    }
    // The position was just found or filled.
    #[expect(clippy::indexing_slicing, reason = "`at` is the position of an entry or of the one just pushed")]
    &mut list[at]
}

fn whole(fields: &Fields, field: Field) -> Option<u32> {
    fields.number(field).and_then(|n| u32::try_from(n).ok())
}

fn list(fields: &Fields, field: Field) -> Vec<String> {
    match fields.get(field) {
        Some(Value::List(names)) => names.clone(),
        _ => Vec::new(),
    }
}

fn limit(fields: &Fields, value: Field, unit: Field) -> Option<Limit> {
    let unit = fields.text(unit).and_then(parse_word::<LimitUnit>).unwrap_or_default();
    whole(fields, value).map(|value| Limit { value, unit })
}

/// A word of a code table as the type that has the same words.
fn parse_word<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, StrDeserializer};
    let word: StrDeserializer<'_, Error> = word.into_deserializer();
    T::deserialize(word).ok()
}

#[cfg(test)]
mod tests;
