//! What one page means: from records to events, cases, findings and cards, computed before anything is written.
//!
//! Everything here is arithmetic over what was loaded; it can be computed again when somebody else was faster. A record is
//! accepted, known already, waiting for its case, or rejected; none is ever lost.

use super::applicant::Applicants;
use super::rules::CountyRules;
use daylight_domain::Timestamp;
use daylight_domain::card::{self, CardState, Issuing};
use daylight_domain::case::{Applied, Case};
use daylight_domain::cell::Cell;
use daylight_domain::check::{
    CheckContext, Columns, FUTURE_TOLERANCE_MS, Reject, RejectCode, canonical_json, fields_from_canonical, read_json,
};
use daylight_domain::department::Phase;
use daylight_domain::event::EventKind;
use daylight_domain::finding::{Finding, Level};
use daylight_domain::ledger::HashAlgorithm;
use daylight_domain::record::{Field, Record, RecordType, Value};
use daylight_domain::rule::{Around, BatchFacts, Life, is_reminder, judge, judge_subject, rejects_of_day};
use daylight_domain::tally::Over;
use daylight_store::{
    ApplicantRow, CardEscalation, CaseRow, DayStat, EventRow, FindingRow, KnownRecord, Loaded, OutboxRow, PageCommit,
    QuarantineRow, RawPage, ReconciliationRow, RunRow, Want,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// How long a record waits for its case (handbook §16), milliseconds.
pub const WAIT_MS: i64 = 24 * 3600 * 1000;

/// The department a page belongs to, as far as judging needs it.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Department id.
    pub id: String,
    /// Where it stands.
    pub phase: Phase,
    /// How late it may report, milliseconds.
    pub sla_ms: i64,
    /// Since when it is supervised.
    pub supervised_since: Option<Timestamp>,
    /// Division code for card numbers.
    pub division: String,
    /// The source is silent: cards that only time made true wait for a person.
    pub held: bool,
    /// Who writes a card by hand.
    pub by: Option<String>,
    /// Its register of staff.
    pub staff: Option<Arc<BTreeSet<String>>>,
}

impl Sender {
    /// What is known around each of its cases, other cases apart.
    #[must_use]
    pub fn around(&self) -> Around {
        Around { staff: self.staff.clone(), ..Around::default() }
    }
}

/// A record as it came, and as it was read.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// One JSON object.
    pub raw: String,
    /// What it means, or why it means nothing.
    pub read: Result<Record, Reject>,
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", tag = "status")]
pub enum Receipt {
    /// Stored.
    Accepted {
        /// Its event.
        event: u64,
    },
    /// Stored before, with the same content.
    Duplicate,
    /// Kept until its case is known.
    Waiting {
        /// E014 and its words.
        reject: Reject,
    },
    /// Not accepted.
    Rejected {
        /// Why.
        reject: Reject,
    },
}

impl Receipt {
    /// The word for it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Duplicate => "duplicate",
            Self::Waiting { .. } => "waiting",
            Self::Rejected { .. } => "rejected",
        }
    }

    /// What a sender is told about one record.
    #[must_use]
    pub fn told(&self, one: &Incoming) -> serde_json::Value {
        let said = || {
            let record: serde_json::Value = serde_json::from_str(&one.raw).ok()?;
            record.get("source_key")?.as_str().map(str::to_owned)
        };
        let key = one.read.as_ref().ok().map(|r| r.source_key.clone()).or_else(said);
        match self {
            Self::Accepted { event } => {
                serde_json::json!({ "status": "accepted", "source_key": key, "event": event })
            }
            Self::Duplicate => serde_json::json!({ "status": "duplicate", "source_key": key }),
            Self::Waiting { reject } | Self::Rejected { reject } => serde_json::json!({
                "status": if matches!(self, Self::Waiting { .. }) { "waiting" } else { "rejected" },
                "source_key": key, "code": reject.code, "field": reject.field,
                "message_zh": reject.message_zh, "message_en": reject.message_en,
            }),
        }
    }
}

/// Records of one page, read, and the bytes that are kept of them. Made before the page's turn comes, on another thread.
#[derive(Clone, Debug, Default)]
pub struct Prepared {
    /// The records.
    pub incoming: Vec<Incoming>,
    /// Hash of every record as it came, one a line.
    digest: [u8; 32],
    /// The same bytes, compressed.
    body: Vec<u8>,
}

impl Prepared {
    /// From records that were read.
    #[must_use]
    pub fn new(incoming: Vec<Incoming>, algorithm: HashAlgorithm) -> Self {
        if incoming.is_empty() {
            return Self::default();
        }
        let mut plain = String::with_capacity(incoming.iter().map(|i| i.raw.len() + 1).sum());
        for one in &incoming {
            // A line break inside a record would shift every position after it.
            if one.raw.contains(['\n', '\r']) {
                plain.push_str(&one.raw.replace(['\n', '\r'], " "));
            } else {
                plain.push_str(&one.raw);
            }
            plain.push('\n');
        }
        let body = zstd::encode_all(plain.as_bytes(), 1).unwrap_or_default();
        Self { digest: algorithm.hash(&[plain.as_bytes()]), body, incoming }
    }
}

/// Reads the rows of a connector's page.
#[must_use]
pub fn read_rows(columns: &[String], rows: &[Vec<Cell>], context: &CheckContext<'_>) -> Vec<Incoming> {
    let known = Columns::new(columns);
    rows.iter().map(|row| Incoming { raw: row_json(columns, row), read: known.read(row, context) }).collect()
}

/// Reads one JSON object of a push, an import or the quarantine.
#[must_use]
pub fn read_line(raw: &str, context: &CheckContext<'_>) -> Incoming {
    let read = match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(raw) {
        Ok(object) => read_json(&object, context),
        Err(e) => Err(Reject::new(RejectCode::E002, None, &format!("不是一个 JSON 对象（{e}）"), "not a JSON object")),
    };
    Incoming { raw: raw.to_owned(), read }
}

/// One row as one JSON object on one line.
fn row_json(columns: &[String], row: &[Cell]) -> String {
    let mut out = String::with_capacity(row.len() * 32);
    out.push('{');
    for (name, cell) in columns.iter().zip(row) {
        if matches!(cell, Cell::Null) {
            continue;
        }
        if out.len() > 1 {
            out.push(',');
        }
        push_text(&mut out, name);
        out.push(':');
        match cell {
            Cell::Null => {}
            Cell::Boolean(v) => out.push_str(if *v { "true" } else { "false" }),
            Cell::Integer(v) => out.push_str(&v.to_string()),
            Cell::Decimal(v) | Cell::Text(v) | Cell::Date(v) | Cell::Instant(v) => push_text(&mut out, v),
            Cell::Bytes(v) => push_text(&mut out, &hex::encode(v)),
        }
    }
    out.push('}');
    out
}

/// What tells a record as it came from every other: the first half of its SHA-256.
fn raw_digest(raw: &str) -> [u8; 16] {
    let mut short = [0; 16];
    short.iter_mut().zip(HashAlgorithm::Sha256.hash(&[raw.as_bytes()])).for_each(|(to, from)| *to = from);
    short
}

fn push_text(out: &mut String, text: &str) {
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// What has to be loaded before a page can be computed.
#[must_use]
pub fn want(incoming: &[Incoming], received: Timestamp) -> (Want, Vec<String>) {
    let mut want = Want::default();
    want.refused.extend(incoming.iter().filter(|i| i.read.is_err()).map(|i| raw_digest(&i.raw)));
    let (mut cases, mut days) = (HashSet::new(), Vec::new());
    for record in incoming.iter().filter_map(|i| i.read.as_ref().ok()) {
        if record.kind.of_case() && cases.insert(record.case_no.as_str()) {
            want.cases.push(record.case_no.clone());
        }
        want.keys.push((record.kind, record.source_key.clone()));
        if let Some(day) = record.fields.date(Field::Date).filter(|_| record.kind == RecordType::DayClose) {
            days.push(day.to_string());
        }
    }
    want.findings.push(format!("D-10:{}:1", received.date()));
    want.findings.push(format!("D-03:{}:2", received.date()));
    (want, days)
}

/// Everything a page is computed from, besides itself.
#[derive(Debug)]
pub struct Ground<'a> {
    /// The county's rules.
    pub rules: &'a CountyRules,
    /// Who sends.
    pub sender: &'a Sender,
    /// What the store had.
    pub loaded: Loaded,
    /// Counts of the days that are closed by this page.
    pub counted: HashMap<String, HashMap<RecordType, u64>>,
    /// When the page arrived.
    pub received: Timestamp,
    /// The run or batch.
    pub run: RunRow,
    /// The source has nothing more after this page. Until then a case may look late only because its end has not arrived
    /// yet: it is judged, once, as soon as the source is through, by a due time armed with the page.
    pub caught_up: bool,
    /// Quarantined records that are tried again, by id, in the order of the records; nothing for every other page.
    pub replayed: &'a [String],
    /// Makes keys of applicants.
    pub applicants: &'a Applicants,
}

/// A computed page.
#[derive(Debug)]
pub struct Computed {
    /// What is to be written.
    pub commit: PageCommit,
    /// What became of each record, in order.
    pub receipts: Vec<Receipt>,
}

/// Computes a page. `salt` gives randomness for the ledger's leaves.
#[must_use]
pub fn compute(
    ground: Ground<'_>,
    prepared: &Prepared,
    cursor: Option<Vec<u8>>,
    salt: &mut dyn FnMut() -> [u8; 16],
) -> Computed {
    let incoming = prepared.incoming.as_slice();
    let mut work = Work::new(ground);
    let mut receipts: Vec<Option<Receipt>> = vec![None; incoming.len()];
    let mut parked: HashMap<String, Vec<usize>> = HashMap::new();
    work.keep_raw(prepared);
    let page = work.commit.head.raw_page;
    for (at, one) in incoming.iter().enumerate() {
        match &one.read {
            Err(reject) => {
                let receipt = work.reject(one, at, reject.clone());
                put(&mut receipts, at, receipt);
            }
            Ok(record) => match work.take(record, (page, at), salt) {
                Taken::Done(receipt) => {
                    if let Receipt::Rejected { reject } = &receipt {
                        work.quarantine(one, at, reject, false);
                    }
                    put(&mut receipts, at, receipt);
                }
                Taken::NoCase => parked.entry(record.case_no.clone()).or_default().push(at),
                Taken::Opened(receipt) => {
                    put(&mut receipts, at, receipt);
                    work.release(&record.case_no, salt);
                    for waiting in parked.remove(&record.case_no).unwrap_or_default() {
                        let Some((one, Ok(record))) = incoming.get(waiting).map(|one| (one, &one.read)) else {
                            continue;
                        };
                        if let Taken::Done(receipt) | Taken::Opened(receipt) = work.take(record, (page, waiting), salt)
                        {
                            if let Receipt::Rejected { reject } = &receipt {
                                work.quarantine(one, waiting, reject, false);
                            }
                            put(&mut receipts, waiting, receipt);
                        }
                    }
                }
            },
        }
    }
    let mut still: Vec<usize> = parked.into_values().flatten().collect();
    still.sort_unstable();
    for at in still {
        let Some(one) = incoming.get(at) else { continue };
        let reject = Reject::new(RejectCode::E014, Some("case_no"), "本库尚无此办件", "the case is not known yet");
        work.quarantine(one, at, &reject, true);
        put(&mut receipts, at, Receipt::Waiting { reject });
    }
    let receipts: Vec<Receipt> = receipts.into_iter().map(|r| r.unwrap_or(Receipt::Duplicate)).collect();
    Computed { commit: work.finish(&receipts, incoming.is_empty(), cursor), receipts }
}

fn put(receipts: &mut [Option<Receipt>], at: usize, receipt: Receipt) {
    if let Some(place) = receipts.get_mut(at) {
        *place = Some(receipt);
    }
}

enum Taken {
    Done(Receipt),
    /// A case came into being.
    Opened(Receipt),
    NoCase,
}

/// A case before this page.
#[derive(Clone, Copy, Debug)]
struct Before {
    /// Closed, or not there.
    closed: bool,
    /// Not there.
    new: bool,
    accepted: Option<Timestamp>,
}

struct Work<'a> {
    ground: Ground<'a>,
    known: HashMap<(RecordType, String), KnownRecord>,
    cases: HashMap<String, CaseRow>,
    /// Which cases changed, in order.
    touched: Vec<String>,
    before: HashMap<String, Before>,
    /// Who applied, by case, and whether that was said before.
    applied: HashMap<String, (Option<[u8; 16]>, bool)>,
    commit: PageCommit,
    counts: BTreeMap<(String, RecordType), u64>,
    day: DayStat,
    /// Records that were refused before, word for word.
    again: u64,
}

impl<'a> Work<'a> {
    fn new(mut ground: Ground<'a>) -> Self {
        let head = ground.loaded.head.clone();
        let known = std::mem::take(&mut ground.loaded.known);
        let cases = std::mem::take(&mut ground.loaded.cases);
        let series = (ground.sender.division.clone(), chrono::Datelike::year(&ground.received.date()));
        let commit = PageCommit::new(&ground.sender.id, head, series);
        let day = DayStat { date: ground.received.date().to_string(), ..DayStat::default() };
        let (touched, before, counts) = (Vec::new(), HashMap::new(), BTreeMap::new());
        Self { ground, known, cases, touched, before, applied: HashMap::new(), commit, counts, day, again: 0 }
    }

    fn keep_raw(&mut self, prepared: &Prepared) {
        if prepared.incoming.is_empty() {
            return;
        }
        self.commit.head.raw_page += 1;
        self.commit.raw = Some(RawPage {
            page: self.commit.head.raw_page,
            run: self.ground.run.id.clone(),
            received_at: self.ground.received,
            records: u32::try_from(prepared.incoming.len()).unwrap_or(u32::MAX),
            digest: prepared.digest,
            body: prepared.body.clone(),
        });
        self.commit.last_received = Some(self.ground.received);
    }

    fn take(&mut self, record: &Record, (page, at): (i64, usize), salt: &mut dyn FnMut() -> [u8; 16]) -> Taken {
        let payload = canonical_json(&record.fields);
        let content = self.content(record, &payload);
        let key = (record.kind, record.source_key.clone());
        let reject = |code, zh: &str, en: &str| {
            Taken::Done(Receipt::Rejected { reject: Reject::new(code, Some("data_version"), zh, en) })
        };
        let known = self.known.get(&key);
        if let Some(known) = known {
            let same = known.data_version == record.data_version && known.content == content
                || known.older.iter().any(|(v, c)| *v == record.data_version && *c == content);
            if same {
                self.settles(record);
                return Taken::Done(Receipt::Duplicate);
            }
            if known.data_version == record.data_version {
                self.note_conflict(&known.case_no.clone());
                return reject(
                    RejectCode::E007,
                    "同一版本已报送过不同内容",
                    "this version was reported with other content",
                );
            }
            if known.data_version > record.data_version {
                let zh = format!("已有版本 {}，收到版本 {}", known.data_version, record.data_version);
                return reject(RejectCode::E010, &zh, "an older version than the one that is known");
            }
        }
        let previous = known.map(|k| (k.seq, k.event_time, k.payload.clone()));
        let mut opened = false;
        if record.kind.of_case() && !self.cases.contains_key(&record.case_no) {
            if !record.kind.opens_case() || record.item_code.is_none() {
                return Taken::NoCase;
            }
            let row = CaseRow {
                department: self.ground.sender.id.clone(),
                case: Arc::new(Case::default()),
                found: Vec::new(),
                cards: Vec::new(),
                promise_due: None,
                legal_due: None,
                next_due: None,
                over: Over::default(),
                used: None,
            };
            self.cases.insert(record.case_no.clone(), row);
            opened = true;
        }
        let mut event = EventRow {
            seq: self.commit.head.seq + 1,
            kind: if previous.is_some() { EventKind::Amended } else { EventKind::Reported },
            record: record.kind,
            case_no: record.case_no.clone(),
            item_code: record.item_code.clone(),
            source_key: record.source_key.clone(),
            data_version: record.data_version,
            event_time: record.event_time,
            received_time: self.ground.received,
            payload,
            content,
            supersedes: previous.as_ref().map(|(seq, ..)| *seq),
            raw_page: page,
            raw_index: u32::try_from(at).unwrap_or(u32::MAX),
            salt: salt(),
            hash: self.commit.head.hash,
        };
        let algorithm = self.ground.rules.algorithm;
        event.hash = algorithm.link(&self.commit.head.hash, &event.leaf(algorithm));
        self.commit.head.seq = event.seq;
        self.commit.head.hash = event.hash;
        self.fold(record, &event, previous.as_ref().map(|(_, time, payload)| (*time, payload.as_str())), opened);
        self.count(record, previous.is_none());
        let mut older = self.known.get(&key).map(|k| k.older.clone()).unwrap_or_default();
        if let Some(known) = self.known.get(&key) {
            older.push((known.data_version, known.content));
        }
        self.known.insert(
            key,
            KnownRecord {
                seq: event.seq,
                data_version: event.data_version,
                content,
                case_no: event.case_no.clone(),
                event_time: event.event_time,
                payload: event.payload.clone(),
                older,
            },
        );
        if record.kind == RecordType::DayClose {
            self.reconcile(record);
        }
        self.settles(record);
        let receipt = Receipt::Accepted { event: event.seq };
        self.commit.events.push(event);
        if opened { Taken::Opened(receipt) } else { Taken::Done(receipt) }
    }

    /// What was refused under this key is settled: the source has put it right.
    fn settles(&mut self, record: &Record) {
        if self.ground.loaded.settles.is_empty() {
            return;
        }
        let key = (record.kind.to_string(), record.source_key.clone());
        self.commit.released.extend(self.ground.loaded.settles.remove(&key).into_iter().flatten());
    }

    fn content(&self, record: &Record, payload: &str) -> [u8; 16] {
        let time = record.event_time.0.to_be_bytes();
        let item = record.item_code.as_deref().unwrap_or("");
        let pieces: [&[u8]; 8] = [
            record.kind.as_str().as_bytes(),
            &[0],
            record.case_no.as_bytes(),
            &[0],
            item.as_bytes(),
            &[0],
            &time,
            payload.as_bytes(),
        ];
        let mut short = [0; 16];
        short.iter_mut().zip(self.ground.rules.algorithm.hash(&pieces)).for_each(|(to, from)| *to = from);
        short
    }

    fn fold(&mut self, record: &Record, event: &EventRow, previous: Option<(Timestamp, &str)>, opened: bool) {
        let Some(row) = self.cases.get_mut(&record.case_no).filter(|_| record.kind.of_case()) else { return };
        if !self.before.contains_key(&record.case_no) {
            let closed = opened || row.case.state.is_closed();
            let before = Before { closed, new: opened, accepted: row.case.accepted_at };
            self.before.insert(record.case_no.clone(), before);
            self.touched.push(record.case_no.clone());
            if opened {
                self.commit.case_delta.0 += 1;
            } else {
                self.commit.touch(row);
            }
        }
        let old = previous.and_then(|(time, payload)| fields_from_canonical(payload).map(|fields| (time, fields)));
        let how = Applied {
            received: event.received_time,
            seq: event.seq,
            previous: old.as_ref().map(|(time, fields)| (*time, fields)),
            supervised_since: self.ground.sender.supervised_since,
            catalogue: &self.ground.rules.catalogue,
        };
        Arc::make_mut(&mut row.case).apply(record, how);
        if record.kind == RecordType::Apply {
            let amended = previous.is_some() || self.applied.get(&record.case_no).is_some_and(|(_, amended)| *amended);
            self.applied.insert(record.case_no.clone(), (self.ground.applicants.key(&record.fields), amended));
        }
    }

    fn note_conflict(&mut self, case_no: &str) {
        if let Some(row) = self.cases.get_mut(case_no) {
            if !self.before.contains_key(case_no) {
                let closed = row.case.state.is_closed();
                let before = Before { closed, new: false, accepted: row.case.accepted_at };
                self.before.insert(case_no.to_owned(), before);
                self.touched.push(case_no.to_owned());
                self.commit.touch(row);
            }
            Arc::make_mut(&mut row.case).conflicts += 1;
        }
    }

    fn count(&mut self, record: &Record, first: bool) {
        let told = record.fields.instant(Field::EndedAt).unwrap_or(record.event_time);
        let supervised = self.ground.sender.supervised_since.is_some_and(|since| since <= told);
        if supervised && self.ground.received.0.saturating_sub(told.0) > self.ground.sender.sla_ms {
            self.day.late += 1;
        }
        if first && !matches!(record.kind, RecordType::Heartbeat | RecordType::DayClose) {
            *self.counts.entry((record.event_time.date().to_string(), record.kind)).or_default() += 1;
        }
    }

    /// Compares what the source declares of a day with what is here, this page included.
    fn reconcile(&mut self, record: &Record) {
        let Some(day) = record.fields.date(Field::Date).map(|d| d.to_string()) else { return };
        let Some(Value::Counts(declared)) = record.fields.get(Field::Counts) else { return };
        let mut counted: BTreeMap<String, u64> = BTreeMap::new();
        for (kind, n) in self.ground.counted.get(&day).into_iter().flatten() {
            *counted.entry(kind.to_string()).or_default() += n;
        }
        for ((date, kind), n) in &self.counts {
            if *date == day {
                *counted.entry(kind.to_string()).or_default() += n;
            }
        }
        let mut row = ReconciliationRow {
            department: self.ground.sender.id.clone(),
            date: day,
            declared: declared.clone(),
            counted: BTreeMap::new(),
            matches: false,
            compared_at: self.ground.received,
        };
        row.compare(counted);
        self.commit.reconciliations.push(row);
    }

    fn reject(&mut self, one: &Incoming, at: usize, reject: Reject) -> Receipt {
        self.quarantine(one, at, &reject, false);
        Receipt::Rejected { reject }
    }

    fn quarantine(&mut self, one: &Incoming, at: usize, reject: &Reject, waits: bool) {
        if !self.ground.replayed.is_empty() {
            // It lies there already.
            return;
        }
        let hint = |name: &str| {
            let object: serde_json::Value = serde_json::from_str(&one.raw).ok()?;
            object.get(name)?.as_str().map(str::to_owned)
        };
        let digest = raw_digest(&one.raw);
        if !self.ground.loaded.refused.insert(digest) {
            // Refused before, for the same words: it lies there.
            self.again += 1;
            return;
        }
        let (case_no, kind, source_key) = match &one.read {
            Ok(record) => {
                (Some(record.case_no.clone()), Some(record.kind.to_string()), Some(record.source_key.clone()))
            }
            Err(_) => (hint("case_no"), hint("type"), hint("source_key")),
        };
        self.commit.quarantine.push(QuarantineRow {
            id: uuid::Uuid::now_v7().to_string(),
            department: self.ground.sender.id.clone(),
            state: if waits { "waiting" } else { "rejected" }.to_owned(),
            code: reject.code.to_string(),
            field: reject.field.clone(),
            message_zh: reject.message_zh.clone(),
            message_en: reject.message_en.clone(),
            record: one.raw.clone(),
            case_no,
            kind,
            source_key,
            digest,
            run: self.ground.run.id.clone(),
            received_at: self.ground.received,
            wait_until: waits.then(|| self.ground.received.plus_ms(WAIT_MS)),
            raw_page: self.commit.head.raw_page,
            raw_index: u32::try_from(at).unwrap_or(u32::MAX),
        });
    }

    /// The case has come: what waited for it is taken now.
    fn release(&mut self, case_no: &str, salt: &mut dyn FnMut() -> [u8; 16]) {
        let (ready, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.ground.loaded.waiting)
            .into_iter()
            .partition(|w| w.case_no.as_deref() == Some(case_no));
        self.ground.loaded.waiting = rest;
        for waited in ready {
            let context = CheckContext {
                catalogue: &self.ground.rules.catalogue,
                department: &self.ground.sender.id,
                received: waited.received_at,
                future_tolerance_ms: FUTURE_TOLERANCE_MS,
            };
            if let Ok(record) = read_line(&waited.record, &context).read {
                let at = usize::try_from(waited.raw_index).unwrap_or(0);
                if let Taken::Done(Receipt::Accepted { .. } | Receipt::Duplicate) | Taken::Opened(_) =
                    self.take(&record, (waited.raw_page, at), salt)
                {
                    self.commit.released.push(waited.id);
                }
            }
        }
    }

    fn finish(mut self, receipts: &[Receipt], empty: bool, cursor: Option<Vec<u8>>) -> PageCommit {
        let (rules, sender, received) = (self.ground.rules, self.ground.sender, self.ground.received);
        let around = sender.around();
        let mut lives = Vec::new();
        for case_no in std::mem::take(&mut self.touched) {
            let was_closed = self.before.get(&case_no).is_none_or(|b| b.closed);
            let new = self.before.get(&case_no).is_some_and(|b| b.new);
            if let Some(mut row) = self.cases.remove(&case_no) {
                let is_closed = row.case.state.is_closed();
                self.commit.case_delta.1 += i64::from(was_closed) - i64::from(is_closed);
                lives.extend(life(&row.case, sender).filter(|_| new));
                self.stir(&row.case);
                // What is compared with other cases is judged when all of this page is there to be compared with.
                if !self.ground.caught_up || !rules.compares(&row.case).nothing() {
                    row.next_due = Some(received);
                    self.commit.keep(row);
                    continue;
                }
                settle(&mut self.commit, rules, sender, row, &around, received, false);
            }
        }
        let n = |pick: fn(&Receipt) -> bool| u64::try_from(receipts.iter().filter(|r| pick(r)).count()).unwrap_or(0);
        self.day.records = u64::try_from(receipts.len()).unwrap_or(0);
        self.day.accepted = n(|r| matches!(r, Receipt::Accepted { .. }));
        self.day.duplicates = n(|r| matches!(r, Receipt::Duplicate));
        let rejected = n(|r| matches!(r, Receipt::Rejected { .. }));
        // Tried again and refused again is not refused twice.
        let first = rejected.saturating_sub(self.again);
        self.day.rejected = if self.ground.replayed.is_empty() { first } else { 0 };
        for (id, receipt) in self.ground.replayed.iter().zip(receipts) {
            if matches!(receipt, Receipt::Accepted { .. } | Receipt::Duplicate) {
                self.commit.released.push(id.clone());
            }
        }
        let waiting = n(|r| matches!(r, Receipt::Waiting { .. }));
        self.reject_finding();
        self.burst_finding(lives);
        self.commit.counts = self.counts.into_iter().map(|((date, kind), n)| (date, kind, n)).collect();
        self.commit.cursor = cursor;
        let mut run = self.ground.run;
        if !empty {
            run.pages += 1;
            run.records += self.day.records;
            run.accepted += self.day.accepted;
            run.duplicates += self.day.duplicates;
            run.rejected += rejected;
            run.waiting += waiting;
            self.commit.day = Some(self.day);
        }
        self.commit.run = Some(run);
        self.commit
    }

    /// Notes who applied for a case, and which other cases are to be judged again because this one changed.
    fn stir(&mut self, case: &Case) {
        let (book, catalogue) = (&self.ground.rules.book, &self.ground.rules.catalogue);
        let around = &mut self.commit.around;
        around.at = self.ground.received;
        let (overlaps, refiles) = (book.may_say("P-19"), book.may_say("P-20"));
        around.compares_applicants = overlaps || refiles;
        around.only_left = !overlaps;
        let applied = self.applied.remove(&case.case_no);
        if around.compares_applicants && applied.is_some() || overlaps && case.applied_at.is_some() {
            around.stirred.push(case.case_no.clone());
        }
        if let (Some((key, amended)), Some(applied_at)) = (applied, case.applied_at) {
            let (case_no, item_code) = (case.case_no.clone(), case.item_code.clone());
            around.applicants.push(ApplicantRow { case_no, item_code, key, applied_at, amended });
        }
        let before = self.before.get(&case.case_no).and_then(|b| b.accepted);
        let limited = || catalogue.version(&case.item_code, case.item_version).is_some_and(|i| i.quantity_limited);
        if let Some(since) = before.into_iter().chain(case.accepted_at).min()
            && book.may_say("P-14")
            && limited()
        {
            match around.queues.iter_mut().find(|(item, _)| *item == case.item_code) {
                Some((_, at)) => *at = since.min(*at),
                None => around.queues.push((case.item_code.clone(), since)),
            }
        }
    }

    /// D-10, once a day.
    fn reject_finding(&mut self) {
        let Some(rule) = self.ground.rules.book.get("D-10") else { return };
        if let Some(finding) = rejects_of_day(rule, self.ground.received, self.day.rejected) {
            self.found(finding);
        }
    }

    /// D-03, once a day: cases of days that are reported from their beginning to their end at one stroke.
    fn burst_finding(&mut self, lives: Vec<Life>) {
        if lives.is_empty() {
            return;
        }
        let received = self.ground.received;
        let batch = received.date().to_string();
        let facts = BatchFacts { department: self.ground.sender.id.clone(), batch, received_at: received, lives };
        let rules = self.ground.rules;
        for finding in judge_subject(&rules.book, &facts, &rules.ground(received)).findings {
            self.found(finding);
        }
    }

    /// Writes a finding about the page, unless it is written already.
    fn found(&mut self, finding: Finding) {
        if self.ground.loaded.found.contains(&finding.dedupe_key()) {
            return;
        }
        issue(
            &mut self.commit,
            self.ground.rules,
            self.ground.sender,
            finding,
            None,
            None,
            self.ground.received,
            false,
        );
    }
}

/// The life of a case that is over and began since its department is supervised: what came before is history that was brought in.
fn life(case: &Case, sender: &Sender) -> Option<Life> {
    let began = case.applied_at.or(case.received_at).or(case.accepted_at)?;
    let since = sender.supervised_since.is_some_and(|since| since <= began);
    let finished = case.closed_at().filter(|_| since)?;
    Some(Life { case_no: case.case_no.clone(), began, finished })
}

/// Judges a case and puts what follows into the commit: the row, new findings, cleared ones, cards.
pub fn settle(
    commit: &mut PageCommit,
    rules: &CountyRules,
    sender: &Sender,
    mut row: CaseRow,
    around: &Around,
    now: Timestamp,
    late: bool,
) {
    let judgement = judge(&rules.book, &rules.facts(&sender.id, sender.sla_ms, &row.case, around, now));
    let standing: HashSet<String> = judgement.findings.iter().map(Finding::dedupe_key).collect();
    let cleared: Vec<String> = row
        .found
        .iter()
        .filter(|key| !standing.contains(*key) && !was_only_true_then(key) && !rose(key, &standing))
        .cloned()
        .collect();
    row.found.retain(|key| !cleared.contains(key));
    commit.doubtful.extend(cleared.iter().filter_map(|key| doubted(rules, &row, key)));
    commit.cleared.extend(cleared);
    row.promise_due = judgement.promise_due;
    row.legal_due = judgement.legal_due;
    row.next_due = judgement.next;
    row.over = judgement.over;
    row.used = judgement.used;
    if row.case.deemed_accepted_at != judgement.deemed_accepted_at {
        Arc::make_mut(&mut row.case).deemed_accepted_at = judgement.deemed_accepted_at;
    }
    // The highest first: of one object and family a lower card beside it is never issued.
    let mut findings = judgement.findings;
    findings.sort_by_key(|f| std::cmp::Reverse(f.level));
    for finding in findings {
        let key = finding.dedupe_key();
        if row.found.contains(&key) {
            continue;
        }
        row.found.push(key);
        issue(commit, rules, sender, finding, Some(&mut row), None, now, late);
    }
    commit.keep(row);
}

/// Warnings are about a moment; that it has passed does not make them untrue.
fn was_only_true_then(key: &str) -> bool {
    let rule = key.split(':').next().unwrap_or("");
    let level = key.rsplit(':').next().and_then(|n| n.parse().ok()).and_then(Level::from_code);
    level.is_some_and(|level| is_reminder(rule, level))
}

/// The card that rests on a finding which is not true any more. A person looks at it; nothing is revoked by itself.
fn doubted(rules: &CountyRules, row: &CaseRow, key: &str) -> Option<String> {
    let (rest, level) = key.rsplit_once(':')?;
    let (rule, object) = rest.split_once(':')?;
    let slot = format!("{}:{object}", rules.book.get(rule)?.family);
    let level = level.parse().ok().and_then(Level::from_code)?;
    row.cards.iter().find(|(s, l, no)| *s == slot && *l == level && !no.is_empty()).map(|(.., no)| no.clone())
}

/// Whether a finding that judging does not give any more stays all the same: it was true of a moment, or it rose.
pub(crate) fn stays(key: &str, found: &[String]) -> bool {
    was_only_true_then(key) || rose(key, &found.iter().cloned().collect())
}

/// The same rule now says the same of the same object at a higher level.
fn rose(key: &str, standing: &HashSet<String>) -> bool {
    let Some((object, level)) = key.rsplit_once(':') else { return false };
    let level: u8 = level.parse().unwrap_or(0);
    (level + 1..=3).any(|higher| standing.contains(&format!("{object}:{higher}")))
}

/// Writes a finding down and issues its card, where it becomes one. `row` is its case; for what is about no case, `standing`
/// is the card that holds its slot already.
#[expect(clippy::too_many_arguments, reason = "one finding and everything that decides about its card")]
pub fn issue(
    commit: &mut PageCommit,
    rules: &CountyRules,
    sender: &Sender,
    finding: Finding,
    row: Option<&mut CaseRow>,
    standing: Option<(Level, String)>,
    now: Timestamp,
    late: bool,
) {
    let slot = card::slot(&finding);
    // Not as the rule is today, but as it is in force for this department and item on the day of the fact.
    let day = finding.fact_time.date();
    if let Some(rule) = rules.book.effective(&finding.rule, &sender.id, finding.item_code.as_deref(), day) {
        let place = row.as_ref().and_then(|r| r.cards.iter().position(|(s, ..)| *s == slot));
        let kept = place.and_then(|at| row.as_ref()?.cards.get(at)).map(|(_, level, no)| (*level, no.clone()));
        let kept = kept.or(standing);
        let standing = kept.as_ref().map(|(level, no)| (*level, no.as_str()));
        let feedback_due = rules.calendar.nth_working_day_after(now.date(), rule.feedback_days).ok();
        let time_only =
            finding.rule.starts_with("T-") || ["S-02", "S-03", "S-04", "S-12", "O-02"].contains(&finding.rule.as_str());
        let how = Issuing {
            department: &sender.id,
            phase: sender.phase,
            held: sender.held && time_only,
            now,
            feedback_due: feedback_due.map(|date| Timestamp::end_of(date).plus_ms(-1)),
            late,
            standing,
            by: sender.by.as_deref(),
        };
        if let Some(card) = card::draft(&rule, &finding, how) {
            if let Some(no) = card.escalated_from.clone().filter(|no| !no.is_empty()) {
                commit.escalated.push(CardEscalation { no });
            }
            if card.state == CardState::Issued {
                commit.outbox.push(OutboxRow {
                    id: uuid::Uuid::now_v7().to_string(),
                    seq: 0,
                    topic: "card.issued".to_owned(),
                    department: sender.id.clone(),
                    body: serde_json::json!({
                        "card": "{card_no}", "rule": card.rule, "level": card.level, "case_no": card.case_no,
                        "explain_zh": card.explain_zh, "feedback_due": card.feedback_due,
                    })
                    .to_string(),
                    created_at: now,
                    card: Some(commit.cards.len()),
                });
            }
            if let Some(row) = row {
                let entry = (slot, card.level, String::new());
                match place.and_then(|at| row.cards.get_mut(at)) {
                    Some(old) => *old = entry,
                    None => row.cards.push(entry),
                }
            }
            commit.cards.push(card);
        }
    }
    commit.findings.push(FindingRow {
        department: sender.id.clone(),
        finding,
        detected_at: now,
        state: "open".to_owned(),
    });
}
