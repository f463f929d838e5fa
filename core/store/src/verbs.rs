//! The verbs of the house in SQL. Compiled once per database: the module that includes this file names the database and how
//! a write begins. The SQL is the common part of both dialects; where they differ, the including module has the words.

#[path = "verbs/applicant.rs"]
mod applicant;
#[path = "verbs/connection.rs"]
mod connection;
#[path = "verbs/delivery.rs"]
mod delivery;
#[path = "verbs/desk.rs"]
mod desk;
#[path = "verbs/evaluation.rs"]
mod evaluation;
#[path = "verbs/gate.rs"]
mod gate;
#[path = "verbs/matter.rs"]
mod matter;
#[path = "verbs/people.rs"]
mod people;
#[path = "verbs/publication.rs"]
mod publication;
#[path = "verbs/register.rs"]
mod register;
#[path = "verbs/tally.rs"]
mod tally;
#[path = "verbs/write.rs"]
mod write;

use super::{Connection, Db, NUMBERED, Writer, begin};
use crate::model::*;
use crate::once::{ACTED, Once};
use crate::{Result, Store, StoreError};
use async_trait::async_trait;
use daylight_domain::Timestamp;
use daylight_domain::card::{Card, CardState};
use daylight_domain::event::EventKind;
use daylight_domain::finding::Level;
use daylight_domain::ledger::{Hash, HashAlgorithm};
use daylight_domain::record::RecordType;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::{Pool, QueryBuilder, Row};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use write::{
    mark_revoked, put_card, put_run, write_cards, write_cases, write_events, write_findings, write_numbers,
    write_outbox, write_queues,
};

type DbRow = <Db as sqlx::Database>::Row;

/// The last case of the next piece that is armed again, where the rest is longer than a piece.
const REARM_PIECE: &str =
    "SELECT case_no FROM case_view WHERE department = $1 AND case_no > $2 ORDER BY case_no LIMIT 1 OFFSET 4999";

/// Rows of one multi-row statement. More would exceed the bound on parameters of the widest table.
const CHUNK: usize = 500;

/// A store on this database.
#[derive(Clone)]
pub struct Verbs {
    pub(super) read: Pool<Db>,
    pub(super) write: Pool<Db>,
    pub(super) algorithm: HashAlgorithm,
    pub(super) writer: Writer,
    departments: Arc<RwLock<HashMap<String, i64>>>,
}

pub(super) fn failed(error: sqlx::Error) -> StoreError {
    StoreError::Database(error.to_string())
}

fn damaged(what: &str) -> StoreError {
    StoreError::Database(format!("damaged row: {what}"))
}

fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| StoreError::Database(e.to_string()))
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| damaged(&e.to_string()))
}

fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn uint(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

fn hash_of(bytes: &[u8]) -> Result<Hash> {
    bytes.try_into().map_err(|_| damaged("hash"))
}

fn body<T: DeserializeOwned>(row: &DbRow) -> Result<T> {
    parse(row.try_get::<&str, _>("body").map_err(failed)?)
}

fn bodies<T: DeserializeOwned>(rows: &[DbRow]) -> Result<Vec<T>> {
    rows.iter().map(body).collect()
}

/// A word and how often.
fn counted(row: &DbRow) -> Result<(String, u64)> {
    let n: i64 = row.try_get("n").map_err(failed)?;
    Ok((row.try_get("state").map_err(failed)?, uint(n)))
}

fn phase_row(row: &DbRow) -> Result<PhaseRow> {
    let phase = row.try_get("phase").map_err(failed)?;
    Ok(PhaseRow { phase, since: Timestamp(row.try_get("since").map_err(failed)?) })
}

fn quarantine_row(row: &DbRow) -> Result<QuarantineRow> {
    let mut one: QuarantineRow = body(row)?;
    one.state = row.try_get("state").map_err(failed)?;
    Ok(one)
}

/// What armed a case from outside is in its column alone.
fn case_row(row: &DbRow) -> Result<CaseRow> {
    let mut one: CaseRow = body(row)?;
    one.next_due = row.try_get::<Option<i64>, _>("next_due").map_err(failed)?.map(Timestamp);
    Ok(one)
}

fn finding_row(row: &DbRow) -> Result<FindingRow> {
    let mut one: FindingRow = body(row)?;
    one.state = row.try_get("state").map_err(failed)?;
    Ok(one)
}

fn event_row(row: &DbRow) -> Result<EventRow> {
    let get = |name: &str| row.try_get::<i64, _>(name).map_err(failed);
    let bytes = |name: &str| row.try_get::<&[u8], _>(name).map_err(failed);
    let code = u8::try_from(get("record")?).ok().and_then(RecordType::from_code);
    Ok(EventRow {
        seq: uint(get("seq")?),
        kind: if get("kind")? == 0 { EventKind::Reported } else { EventKind::Amended },
        record: code.ok_or_else(|| damaged("record type"))?,
        case_no: row.try_get("case_no").map_err(failed)?,
        item_code: row.try_get("item_code").map_err(failed)?,
        source_key: row.try_get("source_key").map_err(failed)?,
        data_version: u32::try_from(get("data_version")?).map_err(|_| damaged("data_version"))?,
        event_time: Timestamp(get("event_time")?),
        received_time: Timestamp(get("received_time")?),
        payload: row.try_get("payload").map_err(failed)?,
        content: bytes("content")?.try_into().map_err(|_| damaged("content"))?,
        supersedes: row.try_get::<Option<i64>, _>("supersedes").map_err(failed)?.map(uint),
        raw_page: get("raw_page")?,
        raw_index: u32::try_from(get("raw_index")?).map_err(|_| damaged("raw_index"))?,
        salt: bytes("salt")?.try_into().map_err(|_| damaged("salt"))?,
        hash: hash_of(bytes("hash")?)?,
    })
}

impl Verbs {
    pub(super) fn new(read: Pool<Db>, write: Pool<Db>, algorithm: HashAlgorithm) -> Self {
        Self { read, write, algorithm, writer: Writer::default(), departments: Arc::default() }
    }

    fn cached(&self, department: &str) -> Option<i64> {
        self.departments.read().unwrap_or_else(PoisonError::into_inner).get(department).copied()
    }

    /// The department's small number; a row is made for one never heard of.
    async fn id(&self, department: &str) -> Result<i64> {
        if let Some(id) = self.cached(department) {
            return Ok(id);
        }
        let known = sqlx::query("SELECT id FROM department WHERE name = $1")
            .bind(department.to_owned())
            .fetch_optional(&self.read)
            .await
            .map_err(failed)?;
        let id = match known {
            Some(row) => row.try_get("id").map_err(failed)?,
            None => self.make(department).await?,
        };
        self.departments.write().unwrap_or_else(PoisonError::into_inner).insert(department.to_owned(), id);
        Ok(id)
    }

    async fn make(&self, department: &str) -> Result<i64> {
        let mut tx = begin(&self.write).await?;
        let row = sqlx::query(
            "INSERT INTO department (id, name, revision, seq, hash, raw_page, cases, open_cases) \
             VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM department), $1, 0, 0, $2, 0, 0, 0) \
             ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id",
        )
        .bind(department.to_owned())
        .bind(self.algorithm.genesis(department).to_vec())
        .fetch_one(&mut *tx)
        .await
        .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        row.try_get("id").map_err(failed)
    }

    /// What a filter lets through of the cards.
    async fn cards_of(&self, of: &str, filter: &CardFilter) -> Result<QueryBuilder<Db>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new(of);
        q.push(" WHERE 1 = 1");
        if let Some(id) = self.filter_id(filter.department.as_deref()).await? {
            q.push(" AND department = ").push_bind(id);
        }
        if let Some(level) = filter.level {
            q.push(" AND level = ").push_bind(i64::from(level as u8));
        }
        if let Some(state) = &filter.state {
            q.push(" AND state = ").push_bind(state.clone());
        }
        if let Some(case) = &filter.case_no {
            q.push(" AND case_no = ").push_bind(case.clone());
        }
        if filter.appealed {
            q.push(" AND appealed IS NOT NULL");
        }
        if let Some(user) = &filter.not_by {
            q.push(" AND (written_by IS NULL OR written_by <> ").push_bind(user.clone());
            q.push(") AND (issued_by IS NULL OR issued_by <> ").push_bind(user.clone()).push(")");
        }
        if let Some(from) = filter.from {
            q.push(" AND created_at >= ").push_bind(from.0);
        }
        if let Some(to) = filter.to {
            q.push(" AND created_at < ").push_bind(to.0);
        }
        if let Some(after) = &filter.after {
            q.push(" AND no > ").push_bind(after.clone());
        }
        if filter.standing {
            let mut list = q.push(" AND state IN (").separated(", ");
            for word in CardState::WORDS.iter().filter(|w| CardState::from_name(w).is_some_and(CardState::counts)) {
                list.push_bind(*word);
            }
            q.push(")");
        }
        Ok(q)
    }

    /// The id for reading: a department never heard of has none, and nothing is written.
    async fn known(&self, department: &str) -> Result<Option<i64>> {
        if let Some(id) = self.cached(department) {
            return Ok(Some(id));
        }
        let row = sqlx::query("SELECT id FROM department WHERE name = $1")
            .bind(department.to_owned())
            .fetch_optional(&self.read)
            .await
            .map_err(failed)?;
        row.map(|r| r.try_get("id").map_err(failed)).transpose()
    }

    async fn filter_id(&self, department: Option<&str>) -> Result<Option<i64>> {
        match department {
            // A department without rows matches nothing.
            Some(name) => Ok(Some(self.known(name).await?.unwrap_or(-1))),
            None => Ok(None),
        }
    }

    /// Writes one commit inside an open transaction.
    pub(super) async fn apply(&self, conn: &mut Connection, commit: &mut PageCommit) -> Result<Committed> {
        let id = self.id(&commit.department).await?;
        let moved = sqlx::query(
            "UPDATE department SET revision = $1, seq = $2, hash = $3, raw_page = $4, cursor = COALESCE($5, cursor), \
             cases = cases + $6, open_cases = open_cases + $7, last_received = COALESCE($8, last_received) \
             WHERE id = $9 AND revision = $10",
        )
        .bind(commit.expected.revision + 1)
        .bind(int(commit.head.seq))
        .bind(commit.head.hash.to_vec())
        .bind(commit.head.raw_page)
        .bind(commit.cursor.clone())
        .bind(commit.case_delta.0)
        .bind(commit.case_delta.1)
        .bind(commit.last_received.map(|t| t.0))
        .bind(id)
        .bind(commit.expected.revision)
        .execute(&mut *conn)
        .await
        .map_err(failed)?
        .rows_affected();
        if moved != 1 {
            return Err(StoreError::Conflict(format!("department {}", commit.department)));
        }
        if let Some(raw) = &commit.raw {
            sqlx::query("INSERT INTO raw_page (department, page, run, received_at, records, body, digest) VALUES ($1, $2, $3, $4, $5, $6, $7)")
                .bind(id)
                .bind(raw.page)
                .bind(raw.run.clone())
                .bind(raw.received_at.0)
                .bind(i64::from(raw.records))
                .bind(raw.body.clone())
                .bind(raw.digest.to_vec())
                .execute(&mut *conn)
                .await
                .map_err(failed)?;
        }
        write_events(conn, id, &commit.events).await?;
        let card_nos = write_cards(conn, id, commit).await?;
        write_cases(conn, id, &commit.cases).await?;
        applicant::write_around(conn, id, commit).await?;
        write_findings(conn, id, commit).await?;
        write_queues(conn, id, commit).await?;
        write_numbers(conn, id, commit).await?;
        tally::write_tally(conn, id, commit).await?;
        for mut entry in std::mem::take(&mut commit.audit) {
            if let Some(no) = card_nos.first() {
                entry.object = entry.object.replace("{card_no}", no);
            }
            self.add_audit(conn, entry).await?;
            if let Some(once) = commit.once.take() {
                mark(conn, once).await?;
            }
        }
        Ok(Committed { card_nos })
    }

    async fn case_rows(&self, mut query: QueryBuilder<Db>) -> Result<Vec<CaseRow>> {
        query.build().fetch_all(&self.read).await.map_err(failed)?.iter().map(case_row).collect()
    }

    async fn one<T: DeserializeOwned>(&self, mut query: QueryBuilder<Db>) -> Result<Option<T>> {
        query.build().fetch_optional(&self.read).await.map_err(failed)?.as_ref().map(body).transpose()
    }

    async fn run_write(&self, mut query: QueryBuilder<Db>) -> Result<u64> {
        let mut tx = begin(&self.write).await?;
        let n = query.build().execute(&mut *tx).await.map_err(failed)?.rows_affected();
        tx.commit().await.map_err(failed)?;
        Ok(n)
    }

    async fn add_audit(&self, conn: &mut Connection, entry: AuditEntry) -> Result<()> {
        let last = sqlx::query("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
            .fetch_optional(&mut *conn)
            .await
            .map_err(failed)?;
        let (seq, before) = match last {
            Some(row) => {
                (row.try_get::<i64, _>("seq").map_err(failed)?, hash_of(row.try_get("hash").map_err(failed)?)?)
            }
            None => (0, self.algorithm.genesis("audit")),
        };
        let text = json(&entry)?;
        let hash = self.algorithm.link(&before, &self.algorithm.hash(&[text.as_bytes()]));
        sqlx::query("INSERT INTO audit (seq, body, hash) VALUES ($1, $2, $3)")
            .bind(seq + 1)
            .bind(text)
            .bind(hash.to_vec())
            .execute(&mut *conn)
            .await
            .map_err(failed)?;
        match Once::now() {
            Some(once) => mark(conn, once).await,
            None => Ok(()),
        }
    }
}

/// Marks the key as that of something that was done.
async fn mark(conn: &mut Connection, once: Once) -> Result<()> {
    let mut q = keyed(&once.key, &once.request, ACTED, "", once.at);
    q.push(" ON CONFLICT (key) DO NOTHING");
    q.build().execute(conn).await.map(|_| ()).map_err(failed)
}

fn keyed(key: &str, request: &str, status: u16, text: &str, at: Timestamp) -> QueryBuilder<Db> {
    let mut q = QueryBuilder::new("INSERT INTO idempotency (key, request, status, body, at) VALUES (");
    q.push_bind(key.to_owned()).push(", ").push_bind(request.to_owned()).push(", ");
    q.push_bind(i64::from(status)).push(", ").push_bind(text.to_owned()).push(", ").push_bind(at.0).push(")");
    q
}

const HEAD: &str = "SELECT revision, seq, hash, raw_page FROM department WHERE id = $1";

fn head_row(row: &DbRow) -> Result<Head> {
    Ok(Head {
        revision: row.try_get("revision").map_err(failed)?,
        seq: uint(row.try_get("seq").map_err(failed)?),
        hash: hash_of(row.try_get("hash").map_err(failed)?)?,
        raw_page: row.try_get("raw_page").map_err(failed)?,
    })
}

#[async_trait]
impl Store for Verbs {
    async fn head(&self, department: &str) -> Result<Head> {
        let id = self.id(department).await?;
        head_row(&sqlx::query(HEAD).bind(id).fetch_one(&self.read).await.map_err(failed)?)
    }

    async fn load(&self, department: &str, want: &Want) -> Result<Loaded> {
        let id = self.id(department).await?;
        let mut tx = self.read.begin().await.map_err(failed)?;
        let head = head_row(&sqlx::query(HEAD).bind(id).fetch_one(&mut *tx).await.map_err(failed)?)?;
        let mut loaded = Loaded {
            head,
            cases: HashMap::new(),
            known: HashMap::new(),
            waiting: Vec::new(),
            found: HashSet::new(),
            standing: HashMap::new(),
            refused: HashSet::new(),
            settles: HashMap::new(),
        };
        for chunk in want.cases.chunks(CHUNK) {
            let in_list = |select: &str| {
                let mut q: QueryBuilder<Db> = QueryBuilder::new(select);
                q.push_bind(id).push(" AND case_no IN (");
                let mut list = q.separated(", ");
                for case in chunk {
                    list.push_bind(case.clone());
                }
                q.push(")");
                q
            };
            let rows = in_list("SELECT body, next_due FROM case_view WHERE department = ")
                .build()
                .fetch_all(&mut *tx)
                .await
                .map_err(failed)?;
            for row in rows.iter().map(case_row).collect::<Result<Vec<_>>>()? {
                loaded.cases.insert(row.case.case_no.clone(), row);
            }
            let rows = in_list("SELECT body, state FROM quarantine WHERE state = 'waiting' AND department = ")
                .build()
                .fetch_all(&mut *tx)
                .await
                .map_err(failed)?;
            for row in &rows {
                loaded.waiting.push(quarantine_row(row)?);
            }
        }
        loaded.waiting.sort_by(|a, b| a.id.cmp(&b.id));
        // A department without events has no known records: the first pull of a million asks nothing.
        let mut by_type: HashMap<RecordType, Vec<&str>> = HashMap::new();
        let keys = if loaded.head.seq == 0 { &[] } else { want.keys.as_slice() };
        for (record, key) in keys {
            by_type.entry(*record).or_default().push(key);
        }
        let mut chunks: Vec<(RecordType, &[&str])> = Vec::new();
        for (record, keys) in &by_type {
            for chunk in keys.chunks(CHUNK) {
                chunks.push((*record, chunk));
            }
        }
        for (record, chunk) in chunks {
            let mut q: QueryBuilder<Db> = QueryBuilder::new(
                "SELECT seq, source_key, data_version, content, case_no, event_time, payload FROM event WHERE department = ",
            );
            q.push_bind(id).push(" AND record = ").push_bind(i64::from(record as u8)).push(" AND source_key IN (");
            let mut list = q.separated(", ");
            for key in chunk {
                list.push_bind((*key).to_owned());
            }
            q.push(")");
            for row in q.build().fetch_all(&mut *tx).await.map_err(failed)? {
                let get = |name: &str| row.try_get::<i64, _>(name).map_err(failed);
                let one = KnownRecord {
                    seq: uint(get("seq")?),
                    data_version: u32::try_from(get("data_version")?).map_err(|_| damaged("data_version"))?,
                    content: row
                        .try_get::<&[u8], _>("content")
                        .map_err(failed)?
                        .try_into()
                        .map_err(|_| damaged("content"))?,
                    case_no: row.try_get("case_no").map_err(failed)?,
                    event_time: Timestamp(get("event_time")?),
                    payload: row.try_get("payload").map_err(failed)?,
                    older: Vec::new(),
                };
                let key = (record, row.try_get::<String, _>("source_key").map_err(failed)?);
                match loaded.known.entry(key) {
                    std::collections::hash_map::Entry::Vacant(place) => {
                        place.insert(one);
                    }
                    std::collections::hash_map::Entry::Occupied(mut place) => {
                        let newest = place.get_mut();
                        let mut other = one;
                        if newest.data_version < other.data_version {
                            std::mem::swap(newest, &mut other);
                            newest.older.append(&mut other.older);
                        }
                        newest.older.push((other.data_version, other.content));
                    }
                }
            }
        }
        for key in &want.findings {
            let row = sqlx::query("SELECT key FROM finding WHERE department = $1 AND key = $2")
                .bind(id)
                .bind(key.clone())
                .fetch_optional(&mut *tx)
                .await
                .map_err(failed)?;
            if row.is_some() {
                loaded.found.insert(key.clone());
            }
        }
        for chunk in want.refused.chunks(CHUNK) {
            let mut q: QueryBuilder<Db> = QueryBuilder::new("SELECT digest FROM quarantine WHERE department = ");
            q.push_bind(id).push(" AND digest IN (");
            let mut list = q.separated(", ");
            for digest in chunk {
                list.push_bind(digest.to_vec());
            }
            q.push(")");
            for row in q.build().fetch_all(&mut *tx).await.map_err(failed)? {
                let digest: &[u8] = row.try_get("digest").map_err(failed)?;
                loaded.refused.insert(digest.try_into().map_err(|_| damaged("digest"))?);
            }
        }
        // Asked only where there is anything to settle: most departments have nothing refused.
        let any = sqlx::query("SELECT 1 AS one FROM quarantine WHERE department = $1 AND state = 'rejected' LIMIT 1")
            .bind(id)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed)?;
        for chunk in if any.is_some() { want.keys.as_slice() } else { &[] }.chunks(CHUNK) {
            let mut q: QueryBuilder<Db> = QueryBuilder::new(
                "SELECT id, kind, source_key FROM quarantine WHERE state = 'rejected' AND kind IS NOT NULL AND department = ",
            );
            q.push_bind(id).push(" AND source_key IN (");
            let mut list = q.separated(", ");
            for (_, key) in chunk {
                list.push_bind(key.clone());
            }
            q.push(")");
            for row in q.build().fetch_all(&mut *tx).await.map_err(failed)? {
                let key = (row.try_get("kind").map_err(failed)?, row.try_get("source_key").map_err(failed)?);
                loaded.settles.entry(key).or_default().push(row.try_get("id").map_err(failed)?);
            }
        }
        for slot in &want.slots {
            let row = sqlx::query(
                "SELECT no, level FROM card WHERE department = $1 AND slot = $2 AND state <> 'escalated' \
                 ORDER BY level DESC LIMIT 1",
            )
            .bind(id)
            .bind(slot.clone())
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed)?;
            if let Some(row) = row {
                let level =
                    u8::try_from(row.try_get::<i64, _>("level").map_err(failed)?).ok().and_then(Level::from_code);
                let level = level.ok_or_else(|| damaged("level"))?;
                loaded.standing.insert(slot.clone(), (level, row.try_get("no").map_err(failed)?));
            }
        }
        tx.commit().await.map_err(failed)?;
        Ok(loaded)
    }

    async fn commit(&self, mut commit: PageCommit) -> Result<Committed> {
        // Made before the transaction: a new department needs a write of its own.
        self.id(&commit.department).await?;
        commit.once = Once::now();
        super::commit(self, commit).await
    }

    async fn cursor(&self, department: &str) -> Result<Option<Vec<u8>>> {
        let row = sqlx::query("SELECT cursor FROM department WHERE name = $1")
            .bind(department.to_owned())
            .fetch_optional(&self.read)
            .await
            .map_err(failed)?;
        row.map_or(Ok(None), |r| r.try_get("cursor").map_err(failed))
    }

    async fn set_cursor(&self, department: &str, cursor: Option<Vec<u8>>) -> Result<()> {
        let id = self.id(department).await?;
        let mut q = QueryBuilder::new("UPDATE department SET revision = revision + 1, cursor = ");
        q.push_bind(cursor).push(" WHERE id = ").push_bind(id);
        self.run_write(q).await.map(|_| ())
    }

    async fn note_phase(&self, department: &str, phase: &str, at: Timestamp) -> Result<()> {
        if self.phases(department).await?.last().is_some_and(|p| p.phase == phase) {
            return Ok(());
        }
        let id = self.id(department).await?;
        let mut q = QueryBuilder::new("INSERT INTO phase (department, since, phase) VALUES (");
        q.push_bind(id).push(", ").push_bind(at.0).push(", ").push_bind(phase.to_owned());
        q.push(") ON CONFLICT (department, since) DO UPDATE SET phase = excluded.phase");
        self.run_write(q).await.map(|_| ())
    }

    async fn phases(&self, department: &str) -> Result<Vec<PhaseRow>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let rows = sqlx::query("SELECT since, phase FROM phase WHERE department = $1 ORDER BY since")
            .bind(id)
            .fetch_all(&self.read)
            .await
            .map_err(failed)?;
        rows.iter().map(phase_row).collect()
    }

    async fn all_phases(&self) -> Result<HashMap<String, Vec<PhaseRow>>> {
        let all =
            "SELECT d.name, p.since, p.phase FROM phase p JOIN department d ON d.id = p.department ORDER BY p.since";
        let mut found: HashMap<String, Vec<PhaseRow>> = HashMap::new();
        for row in &sqlx::query(all).fetch_all(&self.read).await.map_err(failed)? {
            found.entry(row.try_get("name").map_err(failed)?).or_default().push(phase_row(row)?);
        }
        Ok(found)
    }

    async fn department_totals(&self) -> Result<Vec<DepartmentTotals>> {
        let mut by_id: HashMap<i64, DepartmentTotals> = HashMap::new();
        let rows = sqlx::query("SELECT id, name, seq, cases, open_cases, last_received FROM department")
            .fetch_all(&self.read)
            .await
            .map_err(failed)?;
        for r in &rows {
            let get = |name: &str| r.try_get::<i64, _>(name).map(uint).map_err(failed);
            let totals = DepartmentTotals {
                department: r.try_get("name").map_err(failed)?,
                cases: get("cases")?,
                open: get("open_cases")?,
                events: get("seq")?,
                last_received: r.try_get::<Option<i64>, _>("last_received").map_err(failed)?.map(Timestamp),
                ..DepartmentTotals::default()
            };
            by_id.insert(r.try_get("id").map_err(failed)?, totals);
        }
        let rows = sqlx::query("SELECT department, state, COUNT(*) AS n FROM quarantine GROUP BY department, state")
            .fetch_all(&self.read)
            .await
            .map_err(failed)?;
        for r in &rows {
            let n = uint(r.try_get("n").map_err(failed)?);
            let Some(totals) = by_id.get_mut(&r.try_get::<i64, _>("department").map_err(failed)?) else { continue };
            match r.try_get::<&str, _>("state").map_err(failed)? {
                "rejected" => totals.rejects = n,
                "waiting" => totals.waiting = n,
                _ => {}
            }
        }
        let rows =
            sqlx::query("SELECT department, state, level, COUNT(*) AS n FROM card GROUP BY department, state, level")
                .fetch_all(&self.read)
                .await
                .map_err(failed)?;
        for r in &rows {
            let (word, n) = (r.try_get::<&str, _>("state").map_err(failed)?, uint(r.try_get("n").map_err(failed)?));
            let state = CardState::from_name(word);
            let level = usize::try_from(r.try_get::<i64, _>("level").map_err(failed)?).unwrap_or(0);
            let Some(totals) = by_id.get_mut(&r.try_get::<i64, _>("department").map_err(failed)?) else { continue };
            *totals.card_states.entry(word.to_owned()).or_default() += n;
            let list = match state {
                Some(CardState::Trial | CardState::PendingConfirm) => &mut totals.inside,
                Some(state) if state.counts() => &mut totals.cards,
                _ => continue,
            };
            if let Some(slot) = level.checked_sub(1).and_then(|at| list.get_mut(at)) {
                *slot += n;
            }
        }
        let mut all: Vec<_> = by_id.into_values().collect();
        all.sort_by(|a, b| a.department.cmp(&b.department));
        Ok(all)
    }

    async fn day_stats(&self, department: &str, from: &str, to: &str) -> Result<Vec<DayStat>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let rows = sqlx::query(
            "SELECT date, records, accepted, duplicates, rejected, late FROM day_stat \
             WHERE department = $1 AND date >= $2 AND date <= $3 ORDER BY date",
        )
        .bind(id)
        .bind(from.to_owned())
        .bind(to.to_owned())
        .fetch_all(&self.read)
        .await
        .map_err(failed)?;
        rows.iter()
            .map(|r| {
                let get = |name: &str| r.try_get::<i64, _>(name).map(uint).map_err(failed);
                Ok(DayStat {
                    date: r.try_get("date").map_err(failed)?,
                    records: get("records")?,
                    accepted: get("accepted")?,
                    duplicates: get("duplicates")?,
                    rejected: get("rejected")?,
                    late: get("late")?,
                })
            })
            .collect()
    }

    async fn counts_of_day(&self, department: &str, date: &str) -> Result<HashMap<RecordType, u64>> {
        let id = self.known(department).await?.unwrap_or(-1);
        write::day_counts(&self.read, id, date).await
    }

    async fn counts_between(
        &self,
        department: &str,
        record: RecordType,
        from: &str,
        to: &str,
    ) -> Result<HashMap<String, u64>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let rows = sqlx::query(
            "SELECT date, n FROM day_count WHERE department = $1 AND record = $2 AND date >= $3 AND date <= $4",
        )
        .bind(id)
        .bind(i64::from(record as u8))
        .bind(from.to_owned())
        .bind(to.to_owned())
        .fetch_all(&self.read)
        .await
        .map_err(failed)?;
        rows.iter().map(|r| Ok((r.try_get("date").map_err(failed)?, uint(r.try_get("n").map_err(failed)?)))).collect()
    }

    async fn put_run(&self, run: &RunRow) -> Result<()> {
        let id = self.id(&run.department).await?;
        let mut tx = begin(&self.write).await?;
        put_run(&mut tx, id, run).await?;
        tx.commit().await.map_err(failed)
    }

    async fn run(&self, id: &str) -> Result<Option<RunRow>> {
        let mut q = QueryBuilder::new("SELECT body FROM run WHERE id = ");
        q.push_bind(id.to_owned());
        self.one(q).await
    }

    async fn runs(&self, department: Option<&str>, limit: u32, before: Option<&str>) -> Result<Vec<RunRow>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new("SELECT body FROM run WHERE id < ");
        q.push_bind(before.unwrap_or("~").to_owned());
        if let Some(id) = self.filter_id(department).await? {
            q.push(" AND department = ").push_bind(id);
        }
        q.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(limit));
        bodies(&q.build().fetch_all(&self.read).await.map_err(failed)?)
    }

    async fn last_runs(&self) -> Result<Vec<RunRow>> {
        // A step in the index for each department: a `GROUP BY` would go through every run there ever was.
        let newest = "SELECT r.body FROM department d JOIN run r ON r.id = \
                      (SELECT MAX(id) FROM run WHERE department = d.id)";
        bodies(&sqlx::query(newest).fetch_all(&self.read).await.map_err(failed)?)
    }

    async fn close_stale_runs(&self, now: Timestamp) -> Result<u64> {
        let rows = sqlx::query("SELECT body, department FROM run WHERE status = 'running'")
            .fetch_all(&self.read)
            .await
            .map_err(failed)?;
        let mut n = 0;
        for row in &rows {
            let mut run: RunRow = body(row)?;
            run.status = "interrupted".to_owned();
            run.ended_at = Some(now);
            self.put_run(&run).await?;
            n += 1;
        }
        Ok(n)
    }

    async fn lease(&self, name: &str, holder: &str, now: Timestamp, until: Timestamp) -> Result<Option<i64>> {
        let mut tx = begin(&self.write).await?;
        let row = sqlx::query(
            "INSERT INTO lease (name, holder, token, ends_at) VALUES ($1, $2, 1, $3) \
             ON CONFLICT (name) DO UPDATE SET \
             token = lease.token + CASE WHEN lease.holder = excluded.holder THEN 0 ELSE 1 END, \
             holder = excluded.holder, ends_at = excluded.ends_at \
             WHERE lease.holder = excluded.holder OR lease.ends_at <= $4 RETURNING token",
        )
        .bind(name.to_owned())
        .bind(holder.to_owned())
        .bind(until.0)
        .bind(now.0)
        .fetch_optional(&mut *tx)
        .await
        .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        row.map(|r| r.try_get("token").map_err(failed)).transpose()
    }

    async fn case(&self, department: &str, case_no: &str) -> Result<Option<CaseRow>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let mut q = QueryBuilder::new("SELECT body, next_due FROM case_view WHERE department = ");
        q.push_bind(id).push(" AND case_no = ").push_bind(case_no.to_owned());
        Ok(self.case_rows(q).await?.pop())
    }

    async fn parts_of(&self, main: &str, limit: u32) -> Result<Vec<CaseRow>> {
        let mut q = QueryBuilder::new("SELECT body, next_due FROM case_view WHERE parent = ");
        q.push_bind(main.to_owned()).push(" ORDER BY department, case_no LIMIT ").push_bind(i64::from(limit));
        self.case_rows(q).await
    }

    async fn cases_numbered(&self, case_no: &str) -> Result<Vec<CaseRow>> {
        // Department by department, as the table is ordered.
        let mut q = QueryBuilder::new(
            "SELECT body, next_due FROM case_view WHERE department IN (SELECT id FROM department) AND case_no = ",
        );
        q.push_bind(case_no.to_owned()).push(" ORDER BY department");
        self.case_rows(q).await
    }

    async fn cases(&self, filter: &CaseFilter) -> Result<Vec<CaseRow>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new(
            "SELECT c.body, c.next_due FROM case_view c JOIN department d ON d.id = c.department WHERE 1 = 1",
        );
        if let Some(id) = self.filter_id(filter.department.as_deref()).await? {
            q.push(" AND c.department = ").push_bind(id);
        }
        if let Some(state) = &filter.state {
            q.push(" AND c.state = ").push_bind(state.clone());
        }
        if let Some(item) = &filter.item {
            q.push(" AND c.item_code = ").push_bind(item.clone());
        }
        if let Some(due) = filter.due_before {
            q.push(" AND c.closed_at IS NULL AND c.promise_due < ").push_bind(due.0);
        }
        if let Some(due) = filter.due_from {
            q.push(" AND c.closed_at IS NULL AND c.promise_due >= ").push_bind(due.0);
        }
        if let Some(level) = filter.card {
            q.push(" AND c.card_level = ").push_bind(i64::from(level as u8));
        }
        if filter.open {
            q.push(" AND c.closed_at IS NULL");
        }
        if filter.by_due {
            q.push(" AND c.closed_at IS NULL AND c.promise_due IS NOT NULL");
        }
        if let Some((department, case_no)) = &filter.after {
            match filter.after_due.filter(|_| filter.by_due) {
                Some(due) => {
                    q.push(" AND c.promise_due >= ").push_bind(due.0);
                    q.push(" AND (c.promise_due, d.name, c.case_no) > (").push_bind(due.0).push(", ")
                }
                None => q.push(" AND (d.name, c.case_no) > ("),
            };
            q.push_bind(department.clone()).push(", ").push_bind(case_no.clone()).push(")");
        }
        let order = if filter.by_due { "c.promise_due, d.name, c.case_no" } else { "d.name, c.case_no" };
        q.push(" ORDER BY ").push(order).push(" LIMIT ").push_bind(i64::from(filter.limit));
        self.case_rows(q).await
    }

    async fn open_cases(&self, department: Option<&str>) -> Result<Vec<(String, u64)>> {
        let mut q: QueryBuilder<Db> =
            QueryBuilder::new("SELECT state, COUNT(*) AS n FROM case_view WHERE closed_at IS NULL");
        if let Some(id) = self.filter_id(department).await? {
            q.push(" AND department = ").push_bind(id);
        }
        q.push(" GROUP BY state ORDER BY state");
        q.build().fetch_all(&self.read).await.map_err(failed)?.iter().map(counted).collect()
    }

    async fn count_due(&self, department: Option<&str>, from: Option<Timestamp>, before: Timestamp) -> Result<u64> {
        let mut q: QueryBuilder<Db> =
            QueryBuilder::new("SELECT COUNT(*) AS n FROM case_view WHERE closed_at IS NULL AND promise_due < ");
        q.push_bind(before.0);
        if let Some(from) = from {
            q.push(" AND promise_due >= ").push_bind(from.0);
        }
        if let Some(id) = self.filter_id(department).await? {
            q.push(" AND department = ").push_bind(id);
        }
        let row = q.build().fetch_one(&self.read).await.map_err(failed)?;
        Ok(uint(row.try_get::<i64, _>("n").map_err(failed)?))
    }

    async fn case_events(&self, department: &str, case_no: &str) -> Result<Vec<EventRow>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let rows = sqlx::query("SELECT * FROM event WHERE department = $1 AND case_no = $2 ORDER BY seq")
            .bind(id)
            .bind(case_no.to_owned())
            .fetch_all(&self.read)
            .await
            .map_err(failed)?;
        rows.iter().map(event_row).collect()
    }

    async fn events_of_cases(&self, department: &str, after: &str, last: &str) -> Result<Vec<EventRow>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let rows = sqlx::query(
            "SELECT * FROM event WHERE department = $1 AND case_no > $2 AND case_no <= $3 ORDER BY case_no, seq",
        )
        .bind(id)
        .bind(after.to_owned())
        .bind(last.to_owned())
        .fetch_all(&self.read)
        .await
        .map_err(failed)?;
        rows.iter().map(event_row).collect()
    }

    async fn due(&self, now: Timestamp, limit: u32, except: &[String]) -> Result<Vec<(String, String)>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new(
            "SELECT d.name AS name, c.case_no AS case_no FROM case_view c JOIN department d ON d.id = c.department \
             WHERE c.next_due IS NOT NULL AND c.next_due <= ",
        );
        q.push_bind(now.0);
        for name in except {
            q.push(" AND d.name <> ").push_bind(name.clone());
        }
        q.push(" ORDER BY c.next_due LIMIT ").push_bind(i64::from(limit));
        let rows = q.build().fetch_all(&self.read).await.map_err(failed)?;
        rows.iter().map(|r| Ok((r.try_get("name").map_err(failed)?, r.try_get("case_no").map_err(failed)?))).collect()
    }

    async fn last_received(&self, department: &str) -> Result<Option<Timestamp>> {
        let row = sqlx::query("SELECT last_received FROM department WHERE name = $1")
            .bind(department.to_owned())
            .fetch_optional(&self.read)
            .await
            .map_err(failed)?;
        let at = row.map(|r| r.try_get::<Option<i64>, _>("last_received").map_err(failed)).transpose()?;
        Ok(at.flatten().map(Timestamp))
    }

    async fn last_receipts(&self) -> Result<HashMap<String, Timestamp>> {
        let rows = sqlx::query("SELECT name, last_received FROM department WHERE last_received IS NOT NULL")
            .fetch_all(&self.read)
            .await
            .map_err(failed)?;
        let one = |r: &DbRow| Ok((r.try_get("name")?, Timestamp(r.try_get("last_received")?)));
        rows.iter().map(|r| one(r).map_err(failed)).collect()
    }

    async fn rearm(&self, at: Timestamp, closed_since: Timestamp) -> Result<u64> {
        let departments = sqlx::query("SELECT id FROM department").fetch_all(&self.read).await.map_err(failed)?;
        let mut armed = 0;
        for row in departments {
            let id: i64 = row.try_get("id").map_err(failed)?;
            let mut after = String::new();
            loop {
                // A piece at a time, so that nobody who writes waits for all of them.
                let last = sqlx::query(REARM_PIECE)
                    .bind(id)
                    .bind(after.clone())
                    .fetch_optional(&self.read)
                    .await
                    .map_err(failed)?
                    .map(|row| row.try_get::<String, _>("case_no").map_err(failed))
                    .transpose()?;
                let mut q = QueryBuilder::new("UPDATE case_view SET next_due = ");
                q.push_bind(at.0).push(" WHERE department = ").push_bind(id);
                q.push(" AND (closed_at IS NULL OR closed_at >= ").push_bind(closed_since.0);
                q.push(") AND case_no > ").push_bind(after);
                if let Some(last) = &last {
                    q.push(" AND case_no <= ").push_bind(last.clone());
                }
                armed += self.run_write(q).await?;
                match last {
                    Some(last) => after = last,
                    None => break,
                }
            }
        }
        Ok(armed)
    }

    async fn next_due(&self) -> Result<Option<Timestamp>> {
        let row = sqlx::query("SELECT MIN(next_due) AS at FROM case_view WHERE next_due IS NOT NULL")
            .fetch_one(&self.read)
            .await
            .map_err(failed)?;
        Ok(row.try_get::<Option<i64>, _>("at").map_err(failed)?.map(Timestamp))
    }

    async fn cases_in_period(
        &self,
        department: &str,
        from: Timestamp,
        to: Timestamp,
        after: &str,
        limit: u32,
    ) -> Result<Vec<CaseRow>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let mut q: QueryBuilder<Db> = QueryBuilder::new("SELECT body, next_due FROM case_view WHERE department = ");
        q.push_bind(id).push(" AND started_at < ").push_bind(to.0);
        q.push(" AND (closed_at IS NULL OR closed_at >= ").push_bind(from.0).push(")");
        q.push(" AND case_no > ").push_bind(after.to_owned());
        q.push(" ORDER BY case_no LIMIT ").push_bind(i64::from(limit));
        self.case_rows(q).await
    }

    async fn findings(&self, filter: &FindingFilter) -> Result<Vec<FindingRow>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new("SELECT body, state FROM finding WHERE 1 = 1");
        if let Some(id) = self.filter_id(filter.department.as_deref()).await? {
            q.push(" AND department = ").push_bind(id);
        }
        if let Some(case) = &filter.case_no {
            q.push(" AND case_no = ").push_bind(case.clone());
        }
        if let Some(rule) = &filter.rule {
            q.push(" AND rule = ").push_bind(rule.clone());
        }
        if let Some(from) = filter.from {
            q.push(" AND fact_time >= ").push_bind(from.0);
        }
        if let Some(to) = filter.to {
            q.push(" AND fact_time < ").push_bind(to.0);
        }
        q.push(" ORDER BY fact_time DESC, key LIMIT ").push_bind(i64::from(filter.limit));
        q.build().fetch_all(&self.read).await.map_err(failed)?.iter().map(finding_row).collect()
    }

    async fn cards(&self, filter: &CardFilter) -> Result<Vec<Card>> {
        let mut q = self.cards_of("SELECT body FROM card", filter).await?;
        let order = if filter.newest { "created_at DESC, no DESC" } else { "no" };
        q.push(" ORDER BY ").push(order).push(" LIMIT ").push_bind(i64::from(filter.limit));
        bodies(&q.build().fetch_all(&self.read).await.map_err(failed)?)
    }

    async fn count_cards(&self, filter: &CardFilter) -> Result<u64> {
        let mut q = self.cards_of("SELECT COUNT(*) AS n FROM card", filter).await?;
        let row = q.build().fetch_one(&self.read).await.map_err(failed)?;
        Ok(uint(row.try_get("n").map_err(failed)?))
    }

    async fn card_states(&self, department: Option<&str>) -> Result<Vec<(String, u64)>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new("SELECT state, COUNT(*) AS n FROM card");
        if let Some(id) = self.filter_id(department).await? {
            q.push(" WHERE department = ").push_bind(id);
        }
        q.push(" GROUP BY state ORDER BY state");
        q.build().fetch_all(&self.read).await.map_err(failed)?.iter().map(counted).collect()
    }

    async fn cards_unanswered(&self, department: &str, before: Timestamp, limit: u32) -> Result<Vec<Card>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let mut q: QueryBuilder<Db> = QueryBuilder::new("SELECT body FROM card WHERE department = ");
        q.push_bind(id).push(" AND answer_due IS NOT NULL AND answer_due < ").push_bind(before.0);
        q.push(" ORDER BY answer_due LIMIT ").push_bind(i64::from(limit));
        bodies(&q.build().fetch_all(&self.read).await.map_err(failed)?)
    }

    async fn card(&self, no: &str) -> Result<Option<Card>> {
        let mut q = QueryBuilder::new("SELECT body FROM card WHERE no = ");
        q.push_bind(no.to_owned());
        self.one(q).await
    }

    async fn update_card(
        &self,
        card: &Card,
        expected: CardState,
        audit: AuditEntry,
        message: Option<OutboxRow>,
    ) -> Result<()> {
        let id = self.id(&card.department).await?;
        let mut tx = begin(&self.write).await?;
        let state: Option<String> = sqlx::query("SELECT state FROM card WHERE no = $1")
            .bind(card.no.clone())
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed)?
            .map(|r| r.try_get("state").map_err(failed))
            .transpose()?;
        match state.as_deref() {
            None => return Err(StoreError::NotFound(format!("card {}", card.no))),
            Some(state) if state != expected.as_str() => {
                return Err(StoreError::Conflict(format!("card {} is {state} by now", card.no)));
            }
            Some(_) => {}
        }
        put_card(&mut tx, card).await?;
        mark_revoked(&mut tx, id, card).await?;
        write_outbox(&mut tx, id, &mut message.into_iter().collect::<Vec<_>>()).await?;
        self.add_audit(&mut tx, audit).await?;
        tx.commit().await.map_err(failed)
    }

    async fn quarantine(&self, filter: &QuarantineFilter) -> Result<Vec<QuarantineRow>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new("SELECT body, state FROM quarantine WHERE 1 = 1");
        if let Some(id) = self.filter_id(filter.department.as_deref()).await? {
            q.push(" AND department = ").push_bind(id);
        }
        if let Some(state) = &filter.state {
            q.push(" AND state = ").push_bind(state.clone());
        }
        if let Some(code) = &filter.code {
            q.push(" AND code = ").push_bind(code.clone());
        }
        if let Some(before) = &filter.before {
            q.push(" AND id < ").push_bind(before.clone());
        }
        q.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(filter.limit));
        q.build().fetch_all(&self.read).await.map_err(failed)?.iter().map(quarantine_row).collect()
    }

    async fn quarantined(&self, id: &str) -> Result<Option<QuarantineRow>> {
        let row = sqlx::query("SELECT body, state FROM quarantine WHERE id = $1")
            .bind(id.to_owned())
            .fetch_optional(&self.read)
            .await
            .map_err(failed)?;
        row.as_ref().map(quarantine_row).transpose()
    }

    async fn expire_waiting(&self, now: Timestamp) -> Result<u64> {
        let mut q =
            QueryBuilder::new("UPDATE quarantine SET state = 'rejected' WHERE state = 'waiting' AND wait_until <= ");
        q.push_bind(now.0);
        self.run_write(q).await
    }

    async fn reconciliations(&self, department: Option<&str>, limit: u32) -> Result<Vec<ReconciliationRow>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new("SELECT body FROM reconciliation WHERE 1 = 1");
        if let Some(id) = self.filter_id(department).await? {
            q.push(" AND department = ").push_bind(id);
        }
        q.push(" ORDER BY date DESC, department LIMIT ").push_bind(i64::from(limit));
        bodies(&q.build().fetch_all(&self.read).await.map_err(failed)?)
    }

    async fn put_score_run(&self, run: &ScoreRunRow, audit: AuditEntry) -> Result<()> {
        let brief = ScoreRunRow {
            results: run
                .results
                .iter()
                .map(|r| ScoreResult {
                    input: daylight_domain::score::Assessment {
                        department: r.input.department.clone(),
                        period: r.input.period.clone(),
                        measures: Vec::new(),
                        rolling: Vec::new(),
                        ..Default::default()
                    },
                    ..r.clone()
                })
                .collect(),
            ..run.clone()
        };
        let mut q = QueryBuilder::new("INSERT INTO score_run (id, summary, body) VALUES (");
        q.push_bind(run.id.clone()).push(", ").push_bind(json(&brief)?).push(", ").push_bind(json(run)?);
        q.push(") ON CONFLICT (id) DO UPDATE SET summary = excluded.summary, body = excluded.body");
        self.audited(q, Some(audit)).await.map(|_| ())
    }

    async fn score_run(&self, id: &str) -> Result<Option<ScoreRunRow>> {
        let mut q = QueryBuilder::new("SELECT body FROM score_run WHERE id = ");
        q.push_bind(id.to_owned());
        self.one(q).await
    }

    async fn score_runs(&self, limit: u32) -> Result<Vec<ScoreRunRow>> {
        let rows = sqlx::query("SELECT summary AS body FROM score_run ORDER BY id DESC LIMIT $1")
            .bind(i64::from(limit))
            .fetch_all(&self.read)
            .await
            .map_err(failed)?;
        bodies(&rows)
    }

    async fn put_plugin(&self, plugin: &PluginRow) -> Result<()> {
        let mut q =
            QueryBuilder::new("INSERT INTO plugin (digest, name, installed_at, active_since, body, bytes) VALUES (");
        q.push_bind(plugin.digest.clone()).push(", ").push_bind(plugin.name.clone()).push(", ");
        q.push_bind(plugin.installed_at.0).push(", NULL, ").push_bind(json(plugin)?).push(", ");
        q.push_bind(plugin.bytes.clone()).push(") ON CONFLICT (digest) DO NOTHING");
        self.run_write(q).await.map(|_| ())
    }

    async fn plugins(&self) -> Result<Vec<PluginRow>> {
        let rows = sqlx::query(concat!(
            "SELECT p.body, p.active_since, r.level FROM plugin p LEFT JOIN plugin_report r ON r.digest = p.digest ",
            "ORDER BY p.name, p.installed_at DESC, p.digest"
        ))
        .fetch_all(&self.read)
        .await
        .map_err(failed)?;
        rows.iter()
            .map(|r| {
                let mut one: PluginRow = body(r)?;
                one.active_since = r.try_get::<Option<i64>, _>("active_since").map_err(failed)?.map(Timestamp);
                one.grade = r.try_get("level").map_err(failed)?;
                Ok(one)
            })
            .collect()
    }

    async fn plugin(&self, digest: &str) -> Result<Option<PluginRow>> {
        let row = sqlx::query(concat!(
            "SELECT p.body, p.active_since, p.bytes, r.level FROM plugin p ",
            "LEFT JOIN plugin_report r ON r.digest = p.digest WHERE p.digest = $1"
        ))
        .bind(digest.to_owned())
        .fetch_optional(&self.read)
        .await
        .map_err(failed)?;
        let Some(r) = row else { return Ok(None) };
        let mut one: PluginRow = body(&r)?;
        one.active_since = r.try_get::<Option<i64>, _>("active_since").map_err(failed)?.map(Timestamp);
        one.bytes = r.try_get("bytes").map_err(failed)?;
        one.grade = r.try_get("level").map_err(failed)?;
        Ok(Some(one))
    }

    async fn put_plugin_report(&self, report: &PluginReportRow) -> Result<()> {
        let mut q =
            QueryBuilder::new("INSERT INTO plugin_report (digest, level, signer, kept_at, signature, body) VALUES (");
        q.push_bind(report.digest.clone()).push(", ").push_bind(report.level.clone()).push(", ");
        q.push_bind(report.signer.clone()).push(", ").push_bind(report.kept_at.0).push(", ");
        q.push_bind(report.signature.clone()).push(", ").push_bind(report.body.clone());
        q.push(") ON CONFLICT (digest) DO UPDATE SET level = excluded.level, signer = excluded.signer, ");
        q.push("kept_at = excluded.kept_at, signature = excluded.signature, body = excluded.body");
        self.run_write(q).await.map(|_| ())
    }

    async fn plugin_report(&self, digest: &str) -> Result<Option<PluginReportRow>> {
        let row = sqlx::query("SELECT level, signer, kept_at, signature, body FROM plugin_report WHERE digest = $1")
            .bind(digest.to_owned())
            .fetch_optional(&self.read)
            .await
            .map_err(failed)?;
        let Some(r) = row else { return Ok(None) };
        Ok(Some(PluginReportRow {
            digest: digest.to_owned(),
            level: r.try_get("level").map_err(failed)?,
            signer: r.try_get("signer").map_err(failed)?,
            kept_at: r.try_get("kept_at").map(Timestamp).map_err(failed)?,
            signature: r.try_get("signature").map_err(failed)?,
            body: r.try_get("body").map_err(failed)?,
        }))
    }

    async fn activate_plugin(&self, digest: &str, at: Timestamp, audit: AuditEntry) -> Result<()> {
        let mut tx = begin(&self.write).await?;
        let known = sqlx::query("SELECT name FROM plugin WHERE digest = $1")
            .bind(digest.to_owned())
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed)?;
        let Some(row) = known else { return Err(StoreError::NotFound(format!("plugin {digest}"))) };
        let name: String = row.try_get("name").map_err(failed)?;
        sqlx::query("UPDATE plugin SET active_since = NULL WHERE name = $1")
            .bind(name)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        sqlx::query("UPDATE plugin SET active_since = $1 WHERE digest = $2")
            .bind(at.0)
            .bind(digest.to_owned())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        self.add_audit(&mut tx, audit).await?;
        tx.commit().await.map_err(failed)
    }

    async fn retire_plugin(&self, name: &str, audit: AuditEntry) -> Result<()> {
        let mut tx = begin(&self.write).await?;
        let retired = sqlx::query("UPDATE plugin SET active_since = NULL WHERE name = $1 AND active_since IS NOT NULL")
            .bind(name.to_owned())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        if retired.rows_affected() == 0 {
            return Err(StoreError::NotFound(format!("plugin {name}")));
        }
        self.add_audit(&mut tx, audit).await?;
        tx.commit().await.map_err(failed)
    }

    async fn outbox_after(&self, after: u64, department: Option<&str>, limit: u32) -> Result<Vec<OutboxRow>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new("SELECT body FROM outbox WHERE seq > ");
        q.push_bind(int(after));
        if let Some(id) = self.filter_id(department).await? {
            q.push(" AND department = ").push_bind(id);
        }
        q.push(" ORDER BY seq LIMIT ").push_bind(i64::from(limit));
        bodies(&q.build().fetch_all(&self.read).await.map_err(failed)?)
    }

    async fn outbox_end(&self) -> Result<u64> {
        let row = sqlx::query("SELECT COALESCE(MAX(seq), 0) AS last FROM outbox")
            .fetch_one(&self.read)
            .await
            .map_err(failed)?;
        row.try_get("last").map(uint).map_err(failed)
    }

    async fn audit(&self, entry: AuditEntry) -> Result<()> {
        let mut tx = begin(&self.write).await?;
        self.add_audit(&mut tx, entry).await?;
        tx.commit().await.map_err(failed)
    }

    async fn audit_rows(&self, limit: u32, before: Option<i64>) -> Result<Vec<AuditRow>> {
        let rows = sqlx::query("SELECT seq, body, hash FROM audit WHERE seq < $1 ORDER BY seq DESC LIMIT $2")
            .bind(before.unwrap_or(i64::MAX))
            .bind(i64::from(limit))
            .fetch_all(&self.read)
            .await
            .map_err(failed)?;
        rows.iter()
            .map(|r| {
                Ok(AuditRow {
                    seq: r.try_get("seq").map_err(failed)?,
                    entry: body(r)?,
                    hash: hash_of(r.try_get("hash").map_err(failed)?)?,
                })
            })
            .collect()
    }

    async fn idempotent(&self, key: &str) -> Result<Option<(String, u16, String)>> {
        let row = sqlx::query("SELECT request, status, body FROM idempotency WHERE key = $1")
            .bind(key.to_owned())
            .fetch_optional(&self.read)
            .await
            .map_err(failed)?;
        row.map(|r| {
            let status = r.try_get::<i64, _>("status").map_err(failed)?;
            let status = u16::try_from(status).map_err(|_| damaged("status"))?;
            Ok((r.try_get("request").map_err(failed)?, status, r.try_get("body").map_err(failed)?))
        })
        .transpose()
    }

    async fn put_idempotent(&self, key: &str, request: &str, status: u16, text: &str, at: Timestamp) -> Result<()> {
        let mut q = keyed(key, request, status, text, at);
        q.push(" ON CONFLICT (key) DO UPDATE SET status = excluded.status, body = excluded.body WHERE idempotency.status = ");
        q.push_bind(i64::from(ACTED));
        self.run_write(q).await.map(|_| ())
    }

    async fn setting(&self, name: &str) -> Result<Option<String>> {
        let row = sqlx::query("SELECT value FROM setting WHERE name = $1")
            .bind(name.to_owned())
            .fetch_optional(&self.read)
            .await
            .map_err(failed)?;
        row.map(|r| r.try_get("value").map_err(failed)).transpose()
    }

    async fn put_setting(&self, name: &str, value: &str) -> Result<()> {
        let mut q = QueryBuilder::new("INSERT INTO setting (name, value) VALUES (");
        q.push_bind(name.to_owned()).push(", ").push_bind(value.to_owned());
        q.push(") ON CONFLICT (name) DO UPDATE SET value = excluded.value");
        self.run_write(q).await.map(|_| ())
    }

    async fn verify_ledger(&self, department: &str) -> Result<LedgerReport> {
        let mut report = LedgerReport { department: department.to_owned(), ..LedgerReport::default() };
        let Some(id) = self.known(department).await? else {
            report.head = hex::encode(self.algorithm.genesis(department));
            report.verified = true;
            return Ok(report);
        };
        let head = self.head(department).await?;
        let mut problem = |text: String| {
            if report.problems.len() < 20 {
                report.problems.push(text);
            }
        };
        let (mut link, mut seq) = (self.algorithm.genesis(department), 0u64);
        loop {
            let rows = sqlx::query("SELECT * FROM event WHERE department = $1 AND seq > $2 ORDER BY seq LIMIT 5000")
                .bind(id)
                .bind(int(seq))
                .fetch_all(&self.read)
                .await
                .map_err(failed)?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                let event = event_row(row)?;
                if event.seq != seq + 1 {
                    problem(format!("event {}: {} is missing before it", event.seq, seq + 1));
                }
                link = self.algorithm.link(&link, &event.leaf(self.algorithm));
                if link != event.hash {
                    problem(format!("event {}: stored bytes and chain disagree", event.seq));
                    link = event.hash;
                }
                seq = event.seq;
                report.events += 1;
            }
        }
        if seq != head.seq || link != head.hash {
            problem(format!("head: says event {}, the chain ends at {seq}", head.seq));
        }
        for page in 1..=head.raw_page {
            report.raw_pages += 1;
            match self.raw_page(department, page).await? {
                None => problem(format!("raw page {page}: missing")),
                Some(raw) => match zstd::decode_all(raw.body.as_slice()) {
                    Ok(plain) if self.algorithm.hash(&[&plain]) == raw.digest => {}
                    Ok(_) => problem(format!("raw page {page}: bytes and digest disagree")),
                    Err(e) => problem(format!("raw page {page}: {e}")),
                },
            }
        }
        report.head = hex::encode(head.hash);
        report.verified = report.problems.is_empty();
        Ok(report)
    }

    async fn verify_audit(&self) -> Result<LedgerReport> {
        let mut report = LedgerReport { department: "audit".to_owned(), ..LedgerReport::default() };
        let (mut link, mut seq) = (self.algorithm.genesis("audit"), 0i64);
        loop {
            let rows = sqlx::query("SELECT seq, body, hash FROM audit WHERE seq > $1 ORDER BY seq LIMIT 5000")
                .bind(seq)
                .fetch_all(&self.read)
                .await
                .map_err(failed)?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                let at: i64 = row.try_get("seq").map_err(failed)?;
                let text: &str = row.try_get("body").map_err(failed)?;
                let stored = hash_of(row.try_get("hash").map_err(failed)?)?;
                link = self.algorithm.link(&link, &self.algorithm.hash(&[text.as_bytes()]));
                let mut problem = |words: String| {
                    if report.problems.len() < 20 {
                        report.problems.push(words);
                    }
                };
                if at != seq + 1 {
                    problem(format!("entry {at}: {} is missing before it", seq + 1));
                }
                if link != stored {
                    problem(format!("entry {at}: stored bytes and chain disagree"));
                    link = stored;
                }
                seq = at;
                report.events += 1;
            }
        }
        report.head = hex::encode(link);
        report.verified = report.problems.is_empty();
        Ok(report)
    }

    async fn raw_page(&self, department: &str, page: i64) -> Result<Option<RawPage>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let row = sqlx::query(
            "SELECT run, received_at, records, body, digest FROM raw_page WHERE department = $1 AND page = $2",
        )
        .bind(id)
        .bind(page)
        .fetch_optional(&self.read)
        .await
        .map_err(failed)?;
        row.map(|r| {
            Ok(RawPage {
                page,
                run: r.try_get("run").map_err(failed)?,
                received_at: Timestamp(r.try_get("received_at").map_err(failed)?),
                records: u32::try_from(r.try_get::<i64, _>("records").map_err(failed)?).unwrap_or(0),
                body: r.try_get("body").map_err(failed)?,
                digest: hash_of(r.try_get("digest").map_err(failed)?)?,
            })
        })
        .transpose()
    }

    async fn chain_ends(&self) -> Result<Vec<ChainEnd>> {
        let ends = "SELECT d.name, d.seq, (SELECT COUNT(*) FROM event WHERE department = d.id AND seq >= d.seq) AS n, \
                    (SELECT MAX(seq) FROM event WHERE department = d.id) AS last FROM department d ORDER BY d.name";
        let end = |r: &DbRow| {
            let seq: i64 = r.try_get("seq").map_err(failed)?;
            let last: Option<i64> = r.try_get("last").map_err(failed)?;
            let whole = last.unwrap_or(0) == seq && r.try_get::<i64, _>("n").map_err(failed)? == i64::from(seq > 0);
            Ok(ChainEnd { department: r.try_get("name").map_err(failed)?, seq: uint(seq), whole })
        };
        sqlx::query(ends).fetch_all(&self.read).await.map_err(failed)?.iter().map(end).collect()
    }

    async fn leaves(&self, department: &str, after: u64, limit: u32) -> Result<Vec<[u8; 32]>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let rows = sqlx::query("SELECT * FROM event WHERE department = $1 AND seq > $2 ORDER BY seq LIMIT $3")
            .bind(id)
            .bind(int(after))
            .bind(i64::from(limit))
            .fetch_all(&self.read)
            .await
            .map_err(failed)?;
        rows.iter().map(|r| event_row(r).map(|e| e.leaf(self.algorithm))).collect()
    }

    async fn backup(&self, to: &Path) -> Result<PathBuf> {
        super::backup(self, to).await
    }

    async fn health(&self) -> Result<StoreHealth> {
        super::health(self).await
    }

    async fn close(&self) {
        self.write.close().await;
        self.read.close().await;
    }
}
