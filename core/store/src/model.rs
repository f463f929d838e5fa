//! The rows that travel through [`crate::Store`]. Times are UTC milliseconds, dates ISO text, money fen, ids UUIDv7.

use crate::once::Once;
use daylight_domain::Timestamp;
use daylight_domain::card::Card;
use daylight_domain::case::Case;
use daylight_domain::event::EventKind;
use daylight_domain::exclusion::Exclusion;
use daylight_domain::finding::{Finding, Level};
use daylight_domain::ledger::{Hash, HashAlgorithm};
use daylight_domain::record::RecordType;
use daylight_domain::score::{Assessment, Scorecard};
use daylight_domain::tally::{Cells, Contribution, Over, Used};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Where a department's chain ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Head {
    /// Grows by one with every commit.
    pub revision: i64,
    /// The last event's number; 0 before the first.
    pub seq: u64,
    /// The last link; the genesis hash before the first event.
    #[serde(with = "hex::serde")]
    #[schemars(with = "String")]
    pub hash: Hash,
    /// The last raw page's number; 0 before the first.
    pub raw_page: i64,
}

/// What [`crate::Store::load`] should bring.
#[derive(Clone, Debug, Default)]
pub struct Want {
    /// Case numbers.
    pub cases: Vec<String>,
    /// Record keys.
    pub keys: Vec<(RecordType, String)>,
    /// Dedupe keys of findings that are about no case.
    pub findings: Vec<String>,
    /// Slots of cards that are about no case.
    pub slots: Vec<String>,
    /// Digests of records that are refused: which of them lie in quarantine already.
    pub refused: Vec<[u8; 16]>,
}

/// What is known of a record that was stored before: its newest version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownRecord {
    /// Event number.
    pub seq: u64,
    /// Source's version.
    pub data_version: u32,
    /// First 16 bytes of the hash of the record's own canonical content ([`EventRow::content`]).
    pub content: [u8; 16],
    /// The case it belongs to.
    pub case_no: String,
    /// Its business time.
    pub event_time: Timestamp,
    /// Canonical JSON of its fields.
    pub payload: String,
    /// Versions before it, with their content.
    pub older: Vec<(u32, [u8; 16])>,
}

/// What was there.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The head at the time of reading.
    pub head: Head,
    /// The cases that exist.
    pub cases: std::collections::HashMap<String, CaseRow>,
    /// The records that exist.
    pub known: std::collections::HashMap<(RecordType, String), KnownRecord>,
    /// Records that wait for one of the wanted cases.
    pub waiting: Vec<QuarantineRow>,
    /// Wanted findings that are written already.
    pub found: std::collections::HashSet<String>,
    /// Digests of wanted refused records that lie in quarantine already.
    pub refused: std::collections::HashSet<[u8; 16]>,
    /// Rejected records under a wanted key: they are settled when the key is accepted. By type and key.
    pub settles: std::collections::HashMap<(String, String), Vec<String>>,
    /// The highest card in each wanted slot that holds one: level and number.
    pub standing: std::collections::HashMap<String, (Level, String)>,
}

/// A case as stored: the view, and what the watch knows of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CaseRow {
    /// Department id.
    pub department: String,
    /// The view.
    pub case: Arc<Case>,
    /// Findings of this case that are written, by dedupe key, so that nothing is written twice.
    pub found: Vec<String>,
    /// Standing cards of this case: slot ([`daylight_domain::card::slot`]), level, number.
    pub cards: Vec<(String, Level, String)>,
    /// When the promised limit ends: the last instant that is still in time.
    pub promise_due: Option<Timestamp>,
    /// When the legal limit ends.
    pub legal_due: Option<Timestamp>,
    /// The next instant at which time alone may change a judgement.
    pub next_due: Option<Timestamp>,
    /// From when on its limits are over.
    #[serde(default, skip_serializing_if = "Over::is_empty")]
    pub over: Over,
    /// What the calendar said of it when it was judged, once it is finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Used>,
}

/// An event as stored. `payload` is the canonical JSON of the fields.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct EventRow {
    /// Number in the chain.
    pub seq: u64,
    /// Reported or amended.
    pub kind: EventKind,
    /// Record type.
    pub record: RecordType,
    /// Case number or empty.
    pub case_no: String,
    /// Item code as reported.
    pub item_code: Option<String>,
    /// Source's key.
    pub source_key: String,
    /// Source's version.
    pub data_version: u32,
    /// Business time.
    pub event_time: Timestamp,
    /// Our time.
    pub received_time: Timestamp,
    /// Canonical JSON of the fields.
    pub payload: String,
    /// First 16 bytes of the hash of (record, case_no, item_code, event_time, payload): equal content, equal bytes.
    #[serde(with = "hex::serde")]
    #[schemars(with = "String")]
    pub content: [u8; 16],
    /// The event it corrects.
    pub supersedes: Option<u64>,
    /// Raw page.
    pub raw_page: i64,
    /// Position in the raw page.
    pub raw_index: u32,
    /// Salt of the leaf.
    #[serde(with = "hex::serde")]
    #[schemars(with = "String")]
    pub salt: [u8; 16],
    /// The link.
    #[serde(with = "hex::serde")]
    #[schemars(with = "String")]
    pub hash: Hash,
}

impl EventRow {
    /// The bytes the leaf is computed over: every column, length-prefixed, in a fixed order.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.payload.len() + self.case_no.len() + self.source_key.len() + 96);
        let mut text = |t: &str| {
            out.extend_from_slice(&u32::try_from(t.len()).unwrap_or(u32::MAX).to_be_bytes());
            out.extend_from_slice(t.as_bytes());
        };
        text(match self.kind {
            EventKind::Reported => "reported",
            EventKind::Amended => "amended",
        });
        text(self.record.as_str());
        text(&self.case_no);
        text(self.item_code.as_deref().unwrap_or(""));
        text(&self.source_key);
        text(&self.payload);
        out.extend_from_slice(&self.seq.to_be_bytes());
        out.extend_from_slice(&self.data_version.to_be_bytes());
        out.extend_from_slice(&self.event_time.0.to_be_bytes());
        out.extend_from_slice(&self.received_time.0.to_be_bytes());
        out.extend_from_slice(&self.supersedes.unwrap_or(0).to_be_bytes());
        out.extend_from_slice(&self.raw_page.to_be_bytes());
        out.extend_from_slice(&self.raw_index.to_be_bytes());
        out
    }

    /// The leaf under an algorithm.
    #[must_use]
    pub fn leaf(&self, algorithm: HashAlgorithm) -> Hash {
        algorithm.leaf(&self.salt, &self.canonical())
    }
}

/// A page as it was received: every record as one JSON object on a line of its own, compressed with zstd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawPage {
    /// Number, per department.
    pub page: i64,
    /// Run or batch it came with.
    pub run: String,
    /// When.
    pub received_at: Timestamp,
    /// How many records.
    pub records: u32,
    /// zstd of NDJSON.
    pub body: Vec<u8>,
    /// Hash of the uncompressed bytes, by the ledger's algorithm.
    pub digest: Hash,
}

/// A finding with the time it was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FindingRow {
    /// Department id.
    pub department: String,
    /// The finding.
    pub finding: Finding,
    /// When it was written.
    pub detected_at: Timestamp,
    /// `open`, `cleared` when corrected data made it untrue, `revoked` when a card of its rule and object was revoked at its level or
    /// above.
    pub state: String,
}

/// A record that was not accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct QuarantineRow {
    /// UUIDv7.
    pub id: String,
    /// Department id.
    pub department: String,
    /// `waiting` for its case, `rejected`, `replayed` (accepted later), `dismissed`.
    pub state: String,
    /// The first reason: E001–E014.
    pub code: String,
    /// Field it concerns.
    pub field: Option<String>,
    /// In Chinese.
    pub message_zh: String,
    /// In English.
    pub message_en: String,
    /// The record as received, JSON.
    pub record: String,
    /// The case it names.
    pub case_no: Option<String>,
    /// Record type, if it could be read.
    pub kind: Option<String>,
    /// The source's key, if it could be read.
    #[serde(default)]
    pub source_key: Option<String>,
    /// First 16 bytes of the hash of the record as received.
    #[serde(with = "hex::serde")]
    #[schemars(with = "String")]
    pub digest: [u8; 16],
    /// Run or batch it came with.
    pub run: String,
    /// When it came.
    pub received_at: Timestamp,
    /// Until when it waits.
    pub wait_until: Option<Timestamp>,
    /// Raw page and position.
    pub raw_page: i64,
    /// Raw page and position.
    pub raw_index: u32,
}

/// Changes of a day's numbers (in a commit), or the numbers themselves (when read).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DayStat {
    /// The date of receipt, `YYYY-MM-DD`.
    pub date: String,
    /// Records that came.
    pub records: u64,
    /// Accepted as new or amended.
    pub accepted: u64,
    /// Known already.
    pub duplicates: u64,
    /// Rejected.
    pub rejected: u64,
    /// Accepted later than the source's SLA.
    pub late: u64,
}

/// The end of a department's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainEnd {
    /// Department id.
    pub department: String,
    /// Number of its last event; 0: none came yet.
    pub seq: u64,
    /// That event is there, and none after it.
    pub whole: bool,
}

/// Declared and counted records of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ReconciliationRow {
    /// Department id.
    pub department: String,
    /// The day, `YYYY-MM-DD`.
    pub date: String,
    /// Declared by the source, by type.
    pub declared: std::collections::BTreeMap<String, u64>,
    /// Counted here, by type.
    pub counted: std::collections::BTreeMap<String, u64>,
    /// Whether they agree.
    pub matches: bool,
    /// When it was compared first. What arrives of that day later is counted and compared with it.
    pub compared_at: Timestamp,
}

impl ReconciliationRow {
    /// Compares what was declared with what is here.
    pub fn compare(&mut self, counted: std::collections::BTreeMap<String, u64>) {
        let of = |all: &std::collections::BTreeMap<String, u64>, kind: &str| all.get(kind).copied().unwrap_or(0);
        self.matches =
            self.declared.keys().chain(counted.keys()).all(|kind| of(&self.declared, kind) == of(&counted, kind));
        self.counted = counted;
    }
}

/// A message to be sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OutboxRow {
    /// UUIDv7.
    pub id: String,
    /// Its place in the order of commits; given when it is written.
    #[serde(default)]
    pub seq: u64,
    /// E.g. `card.issued`.
    pub topic: String,
    /// Department id.
    pub department: String,
    /// JSON. The text `{card_no}` stands for the number of the card it is about.
    pub body: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// Position in [`PageCommit::cards`] of the card it is about.
    #[serde(skip)]
    pub card: Option<usize>,
}

/// A change of a stored card that a page brings.
#[derive(Clone, Debug)]
pub struct CardEscalation {
    /// The lower card's number.
    pub no: String,
}

/// All that one page (or one due time) changes.
#[derive(Clone, Debug)]
pub struct PageCommit {
    /// Department id.
    pub department: String,
    /// The head that was read; the commit is refused when it has moved.
    pub expected: Head,
    /// The head afterwards (`revision` is `expected.revision + 1`).
    pub head: Head,
    /// The cursor after this page, when it came from a connector.
    pub cursor: Option<Vec<u8>>,
    /// The page as received.
    pub raw: Option<RawPage>,
    /// New events, in order.
    pub events: Vec<EventRow>,
    /// Cases that changed.
    pub cases: Vec<CaseRow>,
    /// New findings; one already there under its key is left alone.
    pub findings: Vec<FindingRow>,
    /// Dedupe keys of findings that corrected data made untrue.
    pub cleared: Vec<String>,
    /// New cards. `no` is empty: the store draws the number and writes it into the card, into the case's `cards`
    /// (the entry of the same slot with an empty number) and into the outbox row that names the card's position.
    pub cards: Vec<Card>,
    /// Cards that a new, higher card replaces.
    pub escalated: Vec<CardEscalation>,
    /// Numbers of cards whose finding corrected data made untrue: their revocation is proposed.
    pub doubtful: Vec<String>,
    /// Numbers of cards that nobody answered in time, which is a finding by now: they need not be looked at again.
    pub unanswered: Vec<String>,
    /// Messages to send.
    pub outbox: Vec<OutboxRow>,
    /// Records that were not accepted.
    pub quarantine: Vec<QuarantineRow>,
    /// What a person did by it. The text `{card_no}` stands for the number of the first new card.
    pub audit: Vec<AuditEntry>,
    /// The key under which the person did it; the store fills it in, for a commit may be written by another task.
    pub(crate) once: Option<Once>,
    /// Quarantined records that were accepted now, by id.
    pub released: Vec<String>,
    /// The day's numbers.
    pub day: Option<DayStat>,
    /// New records by day of business time and type, for reconciliation.
    pub counts: Vec<(String, RecordType, u64)>,
    /// By how much the number of cases, and of open cases, changes.
    pub case_delta: (i64, i64),
    /// The latest receipt, when anything was received.
    pub last_received: Option<Timestamp>,
    /// Days that were reconciled.
    pub reconciliations: Vec<ReconciliationRow>,
    /// The division code for card numbers, and the year.
    pub card_series: (String, i32),
    /// Progress of the run, replaced as a whole.
    pub run: Option<RunRow>,
    /// Who applied, and whose neighbours are to be judged again.
    pub around: AroundCommit,
    /// By how much the counts of cases change.
    pub tally: Cells,
    /// What the stored cases said before they changed.
    before: HashMap<String, Contribution>,
}

/// Who applied for a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicantRow {
    /// The case.
    pub case_no: String,
    /// Its item.
    pub item_code: String,
    /// First 16 bytes of the salted hash of the applicant's identity number; nothing where none is reported.
    pub key: Option<[u8; 16]>,
    /// When it was applied for.
    pub applied_at: Timestamp,
    /// The application was reported before, with other content.
    pub amended: bool,
}

/// What a page means for other cases than its own.
#[derive(Clone, Debug, Default)]
pub struct AroundCommit {
    /// Who applied for cases whose application came with this page.
    pub applicants: Vec<ApplicantRow>,
    /// Some rule compares the cases of one applicant.
    pub compares_applicants: bool,
    /// Only those that were withdrawn or returned are compared (P-20): nobody else need be judged again.
    pub only_left: bool,
    /// Cases whose applicant's other cases are to be judged again.
    pub stirred: Vec<String>,
    /// Items of which cases that ended at or after a time are to be judged again: the queue before them changed.
    pub queues: Vec<(String, Timestamp)>,
    /// At which time they are: the time of receipt.
    pub at: Timestamp,
}

impl PageCommit {
    /// A commit that changes nothing yet, computed from a head.
    #[must_use]
    pub fn new(department: &str, head: Head, card_series: (String, i32)) -> Self {
        Self {
            department: department.to_owned(),
            expected: head.clone(),
            head,
            cursor: None,
            raw: None,
            events: Vec::new(),
            cases: Vec::new(),
            findings: Vec::new(),
            cleared: Vec::new(),
            cards: Vec::new(),
            escalated: Vec::new(),
            doubtful: Vec::new(),
            unanswered: Vec::new(),
            outbox: Vec::new(),
            quarantine: Vec::new(),
            audit: Vec::new(),
            once: None,
            released: Vec::new(),
            day: None,
            counts: Vec::new(),
            case_delta: (0, 0),
            last_received: None,
            reconciliations: Vec::new(),
            card_series,
            run: None,
            around: AroundCommit::default(),
            tally: Cells::default(),
            before: HashMap::new(),
        }
    }

    /// Notes what a stored case says, before anything of it changes. Whoever changes a case calls this first.
    pub fn touch(&mut self, row: &CaseRow) {
        if !self.before.contains_key(&row.case.case_no) {
            self.before.insert(row.case.case_no.clone(), row.said());
        }
    }

    /// Writes a case: one that was noted before is changed, any other is new. What is counted changes with it.
    pub fn keep(&mut self, row: CaseRow) {
        let before = self.before.remove(&row.case.case_no);
        self.tally.moved(before.as_ref(), &row.said());
        self.cases.push(row);
    }
}

/// What a commit did.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// Numbers of the new cards, in the order of [`PageCommit::cards`].
    pub card_nos: Vec<String>,
}

/// A pull, a push batch or an import.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RunRow {
    /// UUIDv7.
    pub id: String,
    /// Department id.
    pub department: String,
    /// `pull`, `push`, `import`, `replay`.
    pub kind: String,
    /// `schedule`, `manual`, `catch-up`, `start`.
    pub reason: String,
    /// `running`, `done`, `failed`, `interrupted`.
    pub status: String,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Pages committed.
    pub pages: u64,
    /// Records seen.
    pub records: u64,
    /// Accepted.
    pub accepted: u64,
    /// Known already.
    pub duplicates: u64,
    /// Rejected.
    pub rejected: u64,
    /// Waiting for their case.
    pub waiting: u64,
    /// Stable code of the error that ended it.
    pub error_code: Option<String>,
    /// In words, for the operator.
    pub error: Option<String>,
    /// Plugin name, version and digest, for pulls.
    pub plugin: Option<String>,
}

/// A department's phase since a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PhaseRow {
    /// Phase.
    pub phase: String,
    /// Since when.
    pub since: Timestamp,
}

/// Totals of a department.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DepartmentTotals {
    /// Department id.
    pub department: String,
    /// Cases.
    pub cases: u64,
    /// Cases that are open.
    pub open: u64,
    /// Events.
    pub events: u64,
    /// Records in quarantine, state `rejected`.
    pub rejects: u64,
    /// Records in quarantine, state `waiting`.
    pub waiting: u64,
    /// Cards that count, by level 1–3.
    pub cards: [u64; 3],
    /// Cards that wait for a person, or (in trial) would count, by level 1–3.
    pub inside: [u64; 3],
    /// All cards, by state.
    pub card_states: BTreeMap<String, u64>,
    /// The latest receipt.
    pub last_received: Option<Timestamp>,
}

/// Which cases.
#[derive(Clone, Debug, Default)]
pub struct CaseFilter {
    /// Department id.
    pub department: Option<String>,
    /// State word.
    pub state: Option<String>,
    /// Item code.
    pub item: Option<String>,
    /// Only what is open.
    pub open: bool,
    /// Open, and the promised limit ends at this time or later.
    pub due_from: Option<Timestamp>,
    /// Open, and the promised limit ends before.
    pub due_before: Option<Timestamp>,
    /// Has an open card of this level.
    pub card: Option<Level>,
    /// Only what is open and has a limit, in the order of the end of the promised limit.
    pub by_due: bool,
    /// Start after this (department, case number).
    pub after: Option<(String, String)>,
    /// And, in the order of limits, after this end of one.
    pub after_due: Option<Timestamp>,
    /// At most.
    pub limit: u32,
}

/// Which findings.
#[derive(Clone, Debug, Default)]
pub struct FindingFilter {
    /// Department id.
    pub department: Option<String>,
    /// Case number.
    pub case_no: Option<String>,
    /// Rule id.
    pub rule: Option<String>,
    /// Fact time at or after.
    pub from: Option<Timestamp>,
    /// Fact time before.
    pub to: Option<Timestamp>,
    /// At most.
    pub limit: u32,
}

/// Which cards.
#[derive(Clone, Debug, Default)]
pub struct CardFilter {
    /// Department id.
    pub department: Option<String>,
    /// Level.
    pub level: Option<Level>,
    /// State word.
    pub state: Option<String>,
    /// Case number.
    pub case_no: Option<String>,
    /// Only those that were appealed against.
    pub appealed: bool,
    /// Only those that this person neither wrote nor issued.
    pub not_by: Option<String>,
    /// Created at or after.
    pub from: Option<Timestamp>,
    /// Created before.
    pub to: Option<Timestamp>,
    /// Only what counts against a department.
    pub standing: bool,
    /// The newest first; of one department this is quick.
    pub newest: bool,
    /// Start after this number.
    pub after: Option<String>,
    /// At most.
    pub limit: u32,
}

/// Which quarantined records.
#[derive(Clone, Debug, Default)]
pub struct QuarantineFilter {
    /// Department id.
    pub department: Option<String>,
    /// State word.
    pub state: Option<String>,
    /// Reject code.
    pub code: Option<String>,
    /// Older than this id.
    pub before: Option<String>,
    /// At most.
    pub limit: u32,
}

/// A score run: one standard, one period, some departments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ScoreRunRow {
    /// UUIDv7.
    pub id: String,
    /// Standard id, e.g. `county-2025`.
    pub standard: String,
    /// Version of the standard.
    pub version: String,
    /// SHA-256 of the plugin, hexadecimal.
    pub plugin_digest: String,
    /// The settings it ran with, JSON.
    pub settings: String,
    /// `2026-10`.
    pub period: String,
    /// `draft`, and `shadow` where it is only a look and never becomes anything else. How a draft goes on stands in its life
    /// ([`crate::ScoreLifeRow`]).
    pub status: String,
    /// When it ran.
    pub created_at: Timestamp,
    /// Who ran it.
    #[serde(default = "by_system")]
    pub ran_by: String,
    /// The one department it was run for; nothing: all that are live.
    #[serde(default)]
    pub only: Option<String>,
    /// What the whole is out of, hundredths.
    #[serde(default = "hundred")]
    pub base: i64,
    /// What was left out of the month and the twelve months before its end (统计排除).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Exclusion>,
    /// Per department.
    pub results: Vec<ScoreResult>,
}

fn by_system() -> String {
    "system".to_owned()
}

fn hundred() -> i64 {
    10_000
}

/// One department in a score run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ScoreResult {
    /// Department id.
    pub department: String,
    /// What went in.
    pub input: Assessment,
    /// SHA-256 of the canonical JSON of what went in.
    pub input_digest: String,
    /// What came out.
    pub output: Scorecard,
    /// SHA-256 of the canonical JSON of what came out.
    pub output_digest: String,
    /// Fuel the plugin used.
    pub fuel: u64,
}

/// A plugin artifact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PluginRow {
    /// SHA-256 of the bytes, hexadecimal.
    pub digest: String,
    /// Name in the manifest.
    pub name: String,
    /// Version in the manifest.
    pub version: String,
    /// `connector` or `standard`.
    pub kind: String,
    /// The manifest, JSON.
    pub manifest: String,
    /// Who signed: the key's name.
    pub signer: String,
    /// When it was installed.
    pub installed_at: Timestamp,
    /// Since when it is the active version of its name.
    pub active_since: Option<Timestamp>,
    /// The component; empty in lists.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// The detached signature.
    pub signature: String,
    /// Level of the acceptance report that is kept of it: `none`, `bronze`, `silver`, `gold`, `platinum`; nothing without one.
    #[serde(default)]
    pub grade: Option<String>,
}

/// A report of the acceptance kit that came with a plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PluginReportRow {
    /// SHA-256 of the component, hexadecimal.
    pub digest: String,
    /// The level that follows from the report.
    pub level: String,
    /// Who signed it: the key's name.
    pub signer: Option<String>,
    /// When it was kept.
    pub kept_at: Timestamp,
    /// The detached signature, hexadecimal; empty without one.
    pub signature: String,
    /// The report to the letter, JSON.
    pub body: String,
}

/// Something a person or the system did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who: user or token name, or `system`.
    pub actor: String,
    /// What, e.g. `card.revoke`.
    pub action: String,
    /// On what.
    pub object: String,
    /// Details, JSON.
    pub detail: String,
}

/// A link of the audit chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AuditRow {
    /// Position, from 1.
    pub seq: i64,
    /// What happened.
    pub entry: AuditEntry,
    /// Hash over the link before and this entry.
    #[serde(with = "hex::serde")]
    #[schemars(with = "String")]
    pub hash: Hash,
}

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LedgerReport {
    /// Department id.
    pub department: String,
    /// Events read.
    pub events: u64,
    /// Raw pages re-hashed.
    pub raw_pages: u64,
    /// The last link, hexadecimal.
    pub head: String,
    /// Everything agrees.
    pub verified: bool,
    /// The first disagreements: event number (or raw page) and what is wrong; at most 20.
    pub problems: Vec<String>,
}

/// What the database says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct StoreHealth {
    /// `sqlite` or `postgresql`.
    pub engine: String,
    /// Version.
    pub version: String,
    /// Schema version.
    pub schema: i64,
    /// Bytes.
    pub size: u64,
    /// Notes for the operator.
    pub notes: Vec<String>,
}
