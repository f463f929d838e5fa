//! The verbs about the desk in SQL.

use super::write::{draw, write_outbox};
use super::{Connection, Db, DbRow, Verbs, begin, failed, int, json, parse, uint};
use crate::desk::{
    DeskCommit, DeskDays, DeskDraw, DeskFilter, DeskNumberRow, DeskReceipt, DeskRecordRow, DeskRow, DeskWorkFilter,
    DeskWorkRow, Desks,
};
use crate::{OutboxRow, Result, StoreError};
use async_trait::async_trait;
use daylight_domain::Timestamp;
use daylight_domain::desk::{DeskPaper, PaperFacts, PaperKind};
use daylight_domain::ledger::HashAlgorithm;
use daylight_domain::record::RecordType;
use sqlx::{QueryBuilder, Row};
use std::collections::BTreeMap;
use std::collections::HashMap;

const CASES: &str = "SELECT d.name AS department, c.no, c.revision, c.state, c.item_code, c.assigned, c.name_key, \
                     c.received_at, c.closed, c.body FROM desk_case c JOIN department d ON d.id = c.department";
const RECORDS: &str =
    "SELECT seq, case_no, kind, source_key, data_version, at, body, receipt FROM desk_record WHERE department = ";
const PAPERS: &str = "SELECT d.name AS department, p.no, p.case_no, p.kind, p.digest, p.facts, p.void FROM desk_paper p \
                      JOIN department d ON d.id = p.department WHERE p.department = ";
/// So often a number that is taken is passed over.
const TAKEN: u32 = 1000;

fn desk_row(row: &DbRow) -> Result<DeskRow> {
    Ok(DeskRow {
        department: row.try_get("department").map_err(failed)?,
        no: row.try_get("no").map_err(failed)?,
        revision: row.try_get("revision").map_err(failed)?,
        state: row.try_get("state").map_err(failed)?,
        item_code: row.try_get("item_code").map_err(failed)?,
        assigned: row.try_get("assigned").map_err(failed)?,
        name_key: row.try_get("name_key").map_err(failed)?,
        received_at: Timestamp(row.try_get("received_at").map_err(failed)?),
        closed: row.try_get::<i64, _>("closed").map_err(failed)? != 0,
        body: row.try_get("body").map_err(failed)?,
    })
}

fn record_row(row: &DbRow) -> Result<DeskRecordRow> {
    Ok(DeskRecordRow {
        seq: uint(row.try_get("seq").map_err(failed)?),
        case_no: row.try_get("case_no").map_err(failed)?,
        kind: row.try_get("kind").map_err(failed)?,
        source_key: row.try_get("source_key").map_err(failed)?,
        data_version: u32::try_from(row.try_get::<i64, _>("data_version").map_err(failed)?).unwrap_or(u32::MAX),
        at: Timestamp(row.try_get("at").map_err(failed)?),
        body: row.try_get("body").map_err(failed)?,
        receipt: row.try_get("receipt").map_err(failed)?,
    })
}

fn paper_row(row: &DbRow) -> Result<DeskPaper> {
    let kind: String = row.try_get("kind").map_err(failed)?;
    let void: Option<String> = row.try_get("void").map_err(failed)?;
    Ok(DeskPaper {
        no: row.try_get("no").map_err(failed)?,
        department: row.try_get("department").map_err(failed)?,
        case_no: row.try_get("case_no").map_err(failed)?,
        kind: PaperKind::from_name(&kind).ok_or_else(|| super::damaged("paper kind"))?,
        facts: parse(row.try_get::<&str, _>("facts").map_err(failed)?)?,
        digest: row.try_get("digest").map_err(failed)?,
        void: void.map(|text| parse(&text)).transpose()?,
    })
}

fn work_row(row: &DbRow) -> Result<DeskWorkRow> {
    let due: i64 = row.try_get("due").map_err(failed)?;
    Ok(DeskWorkRow {
        owner: row.try_get("owner").map_err(failed)?,
        case_no: row.try_get("case_no").map_err(failed)?,
        work: parse(row.try_get::<&str, _>("body").map_err(failed)?)?,
        due: (due != i64::MAX).then_some(Timestamp(due)),
    })
}

/// A number as its pattern writes it.
fn written(pattern: &str, n: i64) -> String {
    let Some((before, rest)) = pattern.split_once("{n") else { return format!("{pattern}{n}") };
    let Some((width, after)) = rest.split_once('}') else { return format!("{pattern}{n}") };
    let width: usize = width.trim_start_matches(':').parse().unwrap_or(1);
    format!("{before}{n:0width$}{after}")
}

/// Marks and the numbers that were drawn for them.
struct Drawn(Vec<(String, String)>);

impl Drawn {
    fn plain(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (mark, no)| text.replace(mark, no))
    }

    /// In JSON, where a number is text like every other.
    fn in_json(&self, text: &str) -> String {
        let inner = |no: &str| serde_json::Value::from(no).to_string().trim_matches('"').to_owned();
        self.0.iter().fold(text.to_owned(), |text, (mark, no)| text.replace(mark, &inner(no)))
    }
}

async fn number(tx: &mut Connection, id: i64, one: &DeskDraw, (case_no, at): (&str, Timestamp)) -> Result<String> {
    for _ in 0..TAKEN {
        let n = draw(tx, &format!("desk/{id}/{}", one.series), 1).await?;
        let no = written(&one.pattern, n);
        // The first number that is drawn is the case's own.
        let of = if case_no == one.mark { no.as_str() } else { case_no };
        let columns = "INSERT INTO desk_number (department, series, n, no, case_no, at) VALUES ($1, $2, $3, $4, $5, $6) \
                       ON CONFLICT DO NOTHING";
        let written = sqlx::query(columns)
            .bind(id)
            .bind(one.series.clone())
            .bind(n)
            .bind(no.clone())
            .bind(of.to_owned())
            .bind(at.0)
            .execute(&mut *tx)
            .await
            .map_err(failed)?
            .rows_affected();
        if written == 1 {
            return Ok(no);
        }
    }
    Err(StoreError::Unusable(format!("series {} gives only numbers that are taken", one.series)))
}

async fn put_case(tx: &mut Connection, id: i64, row: &DeskRow, seen: Option<i64>) -> Result<()> {
    let text = if seen.is_some() {
        "UPDATE desk_case SET revision = $3, state = $4, item_code = $5, assigned = $6, name_key = $7, received_at = $8, \
         closed = $9, body = $10 WHERE department = $1 AND no = $2 AND revision = $11"
    } else {
        "INSERT INTO desk_case (department, no, revision, state, item_code, assigned, name_key, received_at, closed, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    };
    let mut q = sqlx::query::<Db>(text)
        .bind(id)
        .bind(row.no.clone())
        .bind(row.revision)
        .bind(row.state.clone())
        .bind(row.item_code.clone())
        .bind(row.assigned.clone())
        .bind(row.name_key.clone())
        .bind(row.received_at.0)
        .bind(i64::from(row.closed))
        .bind(row.body.clone());
    if let Some(seen) = seen {
        q = q.bind(seen);
    }
    if q.execute(&mut *tx).await.map_err(failed)?.rows_affected() == 1 {
        return Ok(());
    }
    Err(StoreError::Conflict(format!("{} was changed by somebody else meanwhile", row.no)))
}

async fn put_records(tx: &mut Connection, id: i64, records: &[DeskRecordRow]) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    let n = i64::try_from(records.len()).unwrap_or(0);
    let last = draw(tx, &format!("desk/{id}/record"), n).await?;
    for (seq, one) in ((last - n + 1)..).zip(records) {
        let columns = "INSERT INTO desk_record (department, seq, case_no, kind, source_key, data_version, at, body) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        sqlx::query(columns)
            .bind(id)
            .bind(seq)
            .bind(one.case_no.clone())
            .bind(one.kind.clone())
            .bind(one.source_key.clone())
            .bind(i64::from(one.data_version))
            .bind(one.at.0)
            .bind(one.body.clone())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

async fn put_work(tx: &mut Connection, id: i64, case_no: &str, work: &[(i64, DeskWorkRow)]) -> Result<()> {
    // What goes on is due when it was: by whom it is done changes nothing.
    let rows = sqlx::query("SELECT key, due FROM desk_work WHERE owner = $1 AND case_no = $2")
        .bind(id)
        .bind(case_no.to_owned())
        .fetch_all(&mut *tx)
        .await
        .map_err(failed)?;
    let mut was: HashMap<String, i64> = HashMap::new();
    for row in &rows {
        was.insert(row.try_get("key").map_err(failed)?, row.try_get("due").map_err(failed)?);
    }
    sqlx::query("DELETE FROM desk_work WHERE owner = $1 AND case_no = $2")
        .bind(id)
        .bind(case_no.to_owned())
        .execute(&mut *tx)
        .await
        .map_err(failed)?;
    for (department, one) in work {
        let columns = "INSERT INTO desk_work (owner, case_no, key, department, kind, name, assigned, due, body) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        sqlx::query(columns)
            .bind(id)
            .bind(case_no.to_owned())
            .bind(one.work.key.clone())
            .bind(*department)
            .bind(one.work.kind.clone())
            .bind(one.work.name.clone())
            .bind(one.work.assigned.clone())
            .bind(one.due.map(|t| t.0).or_else(|| was.get(&one.work.key).copied()).unwrap_or(i64::MAX))
            .bind(json(&one.work)?)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

async fn put_papers(tx: &mut Connection, id: i64, papers: &[DeskPaper], at: Timestamp) -> Result<()> {
    for one in papers {
        let columns = "INSERT INTO desk_paper (department, no, case_no, kind, made_at, digest, facts) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7)";
        sqlx::query(columns)
            .bind(id)
            .bind(one.no.clone())
            .bind(one.case_no.clone())
            .bind(one.kind.as_str())
            .bind(at.0)
            .bind(one.digest.clone())
            .bind(json(&one.facts)?)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

/// One of the acts that are kept together.
struct Deed {
    /// Its place among them.
    place: usize,
    /// Its department.
    id: i64,
    commit: DeskCommit,
    /// Its work and its messages, each with the department it is for.
    work: Vec<(i64, DeskWorkRow)>,
    messages: Vec<(i64, OutboxRow)>,
}

impl Deed {
    async fn of(verbs: &Verbs, place: usize, mut commit: DeskCommit) -> Result<Self> {
        let id = verbs.id(&commit.row.department).await?;
        let mut work = Vec::with_capacity(commit.work.len());
        for one in std::mem::take(&mut commit.work) {
            work.push((verbs.id(&one.work.department).await?, one));
        }
        let mut messages = Vec::with_capacity(commit.messages.len());
        for one in std::mem::take(&mut commit.messages) {
            messages.push((verbs.id(&one.department).await?, one));
        }
        Ok(Self { place, id, commit, work, messages })
    }

    async fn draw(&self, tx: &mut Connection, drawn: &mut Drawn) -> Result<()> {
        for one in &self.commit.draws {
            let case_no = drawn.plain(&self.commit.row.no);
            let no = number(tx, self.id, one, (&case_no, self.commit.audit.at)).await?;
            drawn.0.push((one.mark.clone(), no));
        }
        Ok(())
    }

    /// Numbers stand where their marks stood.
    fn number(&mut self, drawn: &Drawn) {
        let DeskCommit { row, records, seen, audit, .. } = &mut self.commit;
        row.no = drawn.plain(&row.no);
        row.body = drawn.in_json(&row.body);
        row.revision = seen.unwrap_or(0) + 1;
        for one in records {
            one.case_no.clone_from(&row.no);
            one.source_key = drawn.plain(&one.source_key);
            one.body = drawn.in_json(&one.body);
        }
        audit.object = drawn.plain(&audit.object);
        audit.detail = drawn.in_json(&audit.detail);
    }

    /// Writes work and papers, and what became void. Gives the papers.
    async fn put(&mut self, tx: &mut Connection, drawn: &Drawn) -> Result<Vec<DeskPaper>> {
        let (id, at, row) = (self.id, self.commit.audit.at, &self.commit.row);
        put_work(tx, id, &row.no, &self.work).await?;
        let mut papers = Vec::with_capacity(self.commit.papers.len());
        for one in std::mem::take(&mut self.commit.papers) {
            let facts = drawn.in_json(&json(&one.facts)?);
            let digest = hex::encode(HashAlgorithm::Sha256.hash(&[facts.as_bytes()]));
            let facts: PaperFacts = parse(&facts)?;
            let (no, case_no, department) = (facts.no.clone(), row.no.clone(), row.department.clone());
            papers.push(DeskPaper { no, department, case_no, kind: one.kind, facts, digest, void: None });
        }
        put_papers(tx, id, &papers, at).await?;
        if let Some((only, void)) = &self.commit.void {
            sqlx::query(
                "UPDATE desk_paper SET void = $1 WHERE department = $2 AND case_no = $3 AND void IS NULL \
                 AND ($4 = '' OR no = $4)",
            )
            .bind(json(void)?)
            .bind(id)
            .bind(row.no.clone())
            .bind(only.clone().unwrap_or_default())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        }
        Ok(papers)
    }
}

#[async_trait]
impl Desks for Verbs {
    async fn keep_desk(&self, commits: Vec<DeskCommit>) -> Result<Vec<(DeskRow, Vec<DeskPaper>)>> {
        let mut deeds = Vec::with_capacity(commits.len());
        for (place, commit) in commits.into_iter().enumerate() {
            deeds.push(Deed::of(self, place, commit).await?);
        }
        // What several departments share is always taken in the same order, so that no two acts wait for each other.
        deeds.sort_by_key(|deed| deed.id);
        let mut tx = begin(&self.write).await?;
        let mut drawn = Drawn(Vec::new());
        for deed in &deeds {
            deed.draw(&mut tx, &mut drawn).await?;
        }
        for deed in &mut deeds {
            deed.number(&drawn);
            put_case(&mut tx, deed.id, &deed.commit.row, deed.commit.seen).await?;
        }
        for deed in &deeds {
            put_records(&mut tx, deed.id, &deed.commit.records).await?;
        }
        let mut kept = Vec::with_capacity(deeds.len());
        for deed in &mut deeds {
            let papers = deed.put(&mut tx, &drawn).await?;
            kept.push((deed.place, (deed.commit.row.clone(), papers)));
        }
        for deed in &mut deeds {
            for (of, message) in &mut deed.messages {
                message.body = drawn.in_json(&message.body);
                write_outbox(&mut tx, *of, std::slice::from_mut(message)).await?;
            }
        }
        for deed in deeds {
            self.add_audit(&mut tx, deed.commit.audit).await?;
        }
        tx.commit().await.map_err(failed)?;
        kept.sort_by_key(|(place, _)| *place);
        Ok(kept.into_iter().map(|(_, one)| one).collect())
    }

    async fn desk_case(&self, department: &str, no: &str) -> Result<Option<DeskRow>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let mut q: QueryBuilder<Db> = QueryBuilder::new(CASES);
        q.push(" WHERE c.department = ").push_bind(id).push(" AND c.no = ").push_bind(no.to_owned());
        q.build().fetch_optional(&self.read).await.map_err(failed)?.as_ref().map(desk_row).transpose()
    }

    async fn desk_cases(&self, filter: &DeskFilter) -> Result<Vec<DeskRow>> {
        let id = self.known(&filter.department).await?.unwrap_or(-1);
        let mut q: QueryBuilder<Db> = QueryBuilder::new(CASES);
        q.push(" WHERE c.department = ").push_bind(id);
        if !filter.states.is_empty() {
            let mut list = q.push(" AND c.state IN (").separated(", ");
            for state in &filter.states {
                list.push_bind(state.clone());
            }
            q.push(")");
        }
        for (column, value) in
            [("item_code", &filter.item_code), ("name_key", &filter.name_key), ("assigned", &filter.assigned)]
        {
            if let Some(value) = value {
                q.push(format!(" AND c.{column} = ")).push_bind(value.clone());
            }
        }
        if let Some(begins) = &filter.begins {
            // The index leads to the first, what does not begin so is passed over.
            q.push(" AND c.no >= ").push_bind(begins.clone());
            q.push(format!(" AND substr(c.no, 1, {}) = ", begins.chars().count())).push_bind(begins.clone());
        }
        if let Some(from) = filter.from {
            q.push(" AND c.received_at >= ").push_bind(from.0);
        }
        if let Some(to) = filter.to {
            q.push(" AND c.received_at < ").push_bind(to.0);
        }
        if let Some(after) = &filter.after {
            q.push(" AND c.no > ").push_bind(after.clone());
        }
        q.push(" ORDER BY c.no LIMIT ").push_bind(i64::from(filter.limit));
        q.build().fetch_all(&self.read).await.map_err(failed)?.iter().map(desk_row).collect()
    }

    async fn desk_work(&self, filter: &DeskWorkFilter) -> Result<Vec<DeskWorkRow>> {
        let id = self.known(&filter.department).await?.unwrap_or(-1);
        let mut q: QueryBuilder<Db> = QueryBuilder::new(
            "SELECT d.name AS owner, w.case_no, w.due, w.body FROM desk_work w JOIN department d ON d.id = w.owner \
             WHERE w.department = ",
        );
        q.push_bind(id);
        for (column, value) in [("kind", &filter.kind), ("name", &filter.name)] {
            if let Some(value) = value {
                q.push(format!(" AND w.{column} = ")).push_bind(value.clone());
            }
        }
        match (&filter.assigned, filter.free) {
            (Some(one), true) => {
                q.push(" AND (w.assigned IS NULL OR w.assigned = ").push_bind(one.clone()).push(")");
            }
            (Some(one), false) => {
                q.push(" AND w.assigned = ").push_bind(one.clone());
            }
            (None, true) => {
                q.push(" AND w.assigned IS NULL");
            }
            (None, false) => {}
        }
        if let Some(before) = filter.due_before {
            q.push(" AND w.due < ").push_bind(before.0);
        }
        if let Some((due, owner, case_no, key)) = &filter.after {
            let owner = self.known(owner).await?.unwrap_or(-1);
            q.push(" AND (w.due, w.owner, w.case_no, w.key) > (").push_bind(*due).push(", ").push_bind(owner);
            q.push(", ").push_bind(case_no.clone()).push(", ").push_bind(key.clone()).push(")");
        }
        q.push(" ORDER BY w.due, w.owner, w.case_no, w.key LIMIT ").push_bind(i64::from(filter.limit));
        q.build().fetch_all(&self.read).await.map_err(failed)?.iter().map(work_row).collect()
    }

    async fn add_desk_records(&self, department: &str, records: &[DeskRecordRow]) -> Result<()> {
        let id = self.id(department).await?;
        let mut tx = begin(&self.write).await?;
        for one in records {
            let known = sqlx::query(
                "SELECT 1 AS one FROM desk_record WHERE department = $1 AND kind = $2 AND source_key = $3 AND data_version = $4",
            )
            .bind(id)
            .bind(one.kind.clone())
            .bind(one.source_key.clone())
            .bind(i64::from(one.data_version))
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed)?;
            if known.is_none() {
                put_records(&mut tx, id, std::slice::from_ref(one)).await?;
            }
        }
        tx.commit().await.map_err(failed)
    }

    async fn desk_days(&self, department: &str) -> Result<DeskDays> {
        let id = self.known(department).await?.unwrap_or(-1);
        let row = sqlx::query(
            "SELECT (SELECT MIN(at) FROM desk_record WHERE department = $1) AS first, \
             (SELECT MAX(source_key) FROM desk_record WHERE department = $1 AND kind = $2) AS closed",
        )
        .bind(id)
        .bind(RecordType::DayClose.as_str())
        .fetch_one(&self.read)
        .await
        .map_err(failed)?;
        Ok(DeskDays {
            first: row.try_get::<Option<i64>, _>("first").map_err(failed)?.map(Timestamp),
            closed: row.try_get("closed").map_err(failed)?,
        })
    }

    async fn desk_told(&self, department: &str, from: Timestamp, to: Timestamp) -> Result<BTreeMap<String, u64>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let rows = sqlx::query(
            "SELECT kind, COUNT(*) AS n FROM desk_record WHERE department = $1 AND at >= $2 AND at < $3 \
             AND data_version = 1 AND kind <> $4 GROUP BY kind",
        )
        .bind(id)
        .bind(from.0)
        .bind(to.0)
        .bind(RecordType::DayClose.as_str())
        .fetch_all(&self.read)
        .await
        .map_err(failed)?;
        let told =
            |row: &DbRow| Ok((row.try_get("kind").map_err(failed)?, uint(row.try_get::<i64, _>("n").map_err(failed)?)));
        rows.iter().map(told).collect()
    }

    async fn desk_pending(&self, department: &str, limit: u32) -> Result<Vec<DeskRecordRow>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let mut q: QueryBuilder<Db> = QueryBuilder::new(RECORDS);
        q.push_bind(id).push(" AND receipt IS NULL ORDER BY seq LIMIT ").push_bind(i64::from(limit));
        q.build().fetch_all(&self.read).await.map_err(failed)?.iter().map(record_row).collect()
    }

    async fn desk_answered(&self, department: &str, receipts: &[DeskReceipt]) -> Result<()> {
        let id = self.id(department).await?;
        let mut tx = begin(&self.write).await?;
        for one in receipts {
            let change = "UPDATE desk_record SET status = $1, receipt = $2 \
                          WHERE department = $3 AND seq = $4 AND receipt IS NULL";
            sqlx::query(change)
                .bind(one.status.clone())
                .bind(one.body.clone())
                .bind(id)
                .bind(int(one.seq))
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
        }
        tx.commit().await.map_err(failed)
    }

    async fn desk_due(&self, department: &str, case_no: &str, dues: &[(String, Option<Timestamp>)]) -> Result<()> {
        let id = self.id(department).await?;
        let mut tx = begin(&self.write).await?;
        for (key, due) in dues {
            sqlx::query("UPDATE desk_work SET due = $1 WHERE owner = $2 AND case_no = $3 AND key = $4")
                .bind(due.map_or(i64::MAX, |t| t.0))
                .bind(id)
                .bind(case_no.to_owned())
                .bind(key.clone())
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
        }
        tx.commit().await.map_err(failed)
    }

    async fn desk_records(&self, department: &str, case_no: &str) -> Result<Vec<DeskRecordRow>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let mut q: QueryBuilder<Db> = QueryBuilder::new(RECORDS);
        q.push_bind(id).push(" AND case_no = ").push_bind(case_no.to_owned()).push(" ORDER BY seq");
        q.build().fetch_all(&self.read).await.map_err(failed)?.iter().map(record_row).collect()
    }

    async fn desk_refused(&self, department: &str, limit: u32) -> Result<Vec<DeskRecordRow>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let mut q: QueryBuilder<Db> = QueryBuilder::new(RECORDS);
        q.push_bind(id).push(" AND status IN ('rejected', 'waiting')");
        q.push(" ORDER BY seq DESC LIMIT ").push_bind(i64::from(limit));
        q.build().fetch_all(&self.read).await.map_err(failed)?.iter().map(record_row).collect()
    }

    async fn desk_paper(&self, department: &str, no: &str) -> Result<Option<DeskPaper>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let mut q: QueryBuilder<Db> = QueryBuilder::new(PAPERS);
        q.push_bind(id).push(" AND p.no = ").push_bind(no.to_owned());
        q.build().fetch_optional(&self.read).await.map_err(failed)?.as_ref().map(paper_row).transpose()
    }

    async fn desk_papers(&self, department: &str, case_no: &str) -> Result<Vec<DeskPaper>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let mut q: QueryBuilder<Db> = QueryBuilder::new(PAPERS);
        q.push_bind(id).push(" AND p.case_no = ").push_bind(case_no.to_owned());
        q.push(" ORDER BY p.made_at, p.no");
        q.build().fetch_all(&self.read).await.map_err(failed)?.iter().map(paper_row).collect()
    }

    async fn desk_numbers(
        &self,
        department: &str,
        series: Option<&str>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<DeskNumberRow>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let mut q: QueryBuilder<Db> = QueryBuilder::new(
            "SELECT n.series, n.n, n.no, n.case_no, n.at, p.void FROM desk_number n LEFT JOIN desk_paper p \
             ON p.department = n.department AND p.no = n.no WHERE n.department = ",
        );
        q.push_bind(id).push(" AND n.n > ").push_bind(after);
        if let Some(series) = series {
            q.push(" AND n.series = ").push_bind(series.to_owned());
        }
        q.push(" ORDER BY n.series, n.n LIMIT ").push_bind(i64::from(limit));
        let read = |row: &DbRow| {
            Ok(DeskNumberRow {
                series: row.try_get("series").map_err(failed)?,
                n: row.try_get("n").map_err(failed)?,
                no: row.try_get("no").map_err(failed)?,
                case_no: row.try_get("case_no").map_err(failed)?,
                at: Timestamp(row.try_get("at").map_err(failed)?),
                void: row.try_get::<Option<String>, _>("void").map_err(failed)?.is_some(),
            })
        };
        q.build().fetch_all(&self.read).await.map_err(failed)?.iter().map(read).collect()
    }
}
