//! The rows of a commit: how each kind of them is written.

use super::{CHUNK, Connection, Db, NUMBERED, bodies, body, failed, int, json, uint};
use crate::Result;
use crate::model::*;
use daylight_domain::Timestamp;
use daylight_domain::card::{Card, CardState, card_no, slot};
use daylight_domain::event::EventKind;
use daylight_domain::record::RecordType;
use sqlx::{AssertSqlSafe, QueryBuilder, Row};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

pub(super) async fn write_events(conn: &mut Connection, id: i64, events: &[EventRow]) -> Result<()> {
    for chunk in events.chunks(CHUNK) {
        // The text for a whole chunk is made once; it is most of the work of building such a statement.
        let text =
            if chunk.len() == CHUNK { Cow::Borrowed(WHOLE_CHUNK.as_str()) } else { insert_events(chunk.len()).into() };
        let mut q = sqlx::query::<Db>(AssertSqlSafe(text.into_owned()));
        for e in chunk {
            q = q
                .bind(id)
                .bind(int(e.seq))
                .bind(i64::from(e.kind == EventKind::Amended))
                .bind(i64::from(e.record as u8))
                .bind(e.case_no.as_str())
                .bind(e.item_code.as_deref())
                .bind(e.source_key.as_str())
                .bind(i64::from(e.data_version))
                .bind(e.event_time.0)
                .bind(e.received_time.0)
                .bind(e.payload.as_str())
                .bind(e.content.as_slice())
                .bind(e.supersedes.map(int))
                .bind(e.raw_page)
                .bind(i64::from(e.raw_index))
                .bind(e.salt.as_slice())
                .bind(e.hash.as_slice());
        }
        q.execute(&mut *conn).await.map_err(failed)?;
    }
    Ok(())
}

/// Columns of an event.
const EVENT_COLUMNS: usize = 17;

static WHOLE_CHUNK: LazyLock<String> = LazyLock::new(|| insert_events(CHUNK));

fn insert_events(rows: usize) -> String {
    let mut text = String::from(
        "INSERT INTO event (department, seq, kind, record, case_no, item_code, source_key, data_version, event_time, \
         received_time, payload, content, supersedes, raw_page, raw_index, salt, hash) VALUES ",
    );
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { "), (" });
        for column in 1..=EVENT_COLUMNS {
            text.push_str(if column == 1 { "" } else { ", " });
            if NUMBERED {
                let _ = write!(text, "${}", row * EVENT_COLUMNS + column);
            } else {
                text.push('?');
            }
        }
    }
    text.push(')');
    text
}

/// Draws numbers, writes the cards, and puts their numbers where they are spoken of.
pub(super) async fn write_cards(conn: &mut Connection, id: i64, commit: &mut PageCommit) -> Result<Vec<String>> {
    let mut numbers = Vec::with_capacity(commit.cards.len());
    if !commit.cards.is_empty() {
        let (division, year) = (commit.card_series.0.clone(), commit.card_series.1);
        let n = i64::try_from(commit.cards.len()).unwrap_or(0);
        let last = draw(conn, &format!("{division}/{year}"), n).await?;
        for (next, card) in ((last - n + 1)..).zip(&mut commit.cards) {
            card.no = card_no(&division, year, uint(next));
            numbers.push(card.no.clone());
        }
        let mut slots: HashMap<(&str, String), &str> = HashMap::new();
        for card in &commit.cards {
            let case = card.case_no.as_deref().unwrap_or("");
            slots.insert((case, format!("{}:{}", card.family, card.object_id)), &card.no);
        }
        for case in &mut commit.cases {
            let view = Arc::clone(&case.case);
            for (slot, _, no) in case.cards.iter_mut().filter(|(_, _, no)| no.is_empty()) {
                if let Some(drawn) = slots.get(&(view.case_no.as_str(), slot.clone())) {
                    (*no) = (*drawn).to_owned();
                }
            }
        }
        for row in &mut commit.outbox {
            if let Some(no) = row.card.and_then(|at| numbers.get(at)) {
                row.body = row.body.replace("{card_no}", no);
            }
        }
        // A card comes with its finding.
        let of: HashMap<String, (Option<&str>, Timestamp)> = commit
            .findings
            .iter()
            .map(|f| (f.finding.dedupe_key(), (f.finding.item_code.as_deref(), f.finding.fact_time)))
            .collect();
        for chunk in commit.cards.chunks(CHUNK) {
            let mut q: QueryBuilder<Db> = QueryBuilder::new(
                "INSERT INTO card (no, department, case_no, slot, level, state, created_at, answer_due, body, rule, object_id, \
                 item_code, fact_time, issued_at, feedback_due, feedback_at, written_by, issued_by) ",
            );
            let texts = chunk.iter().map(json).collect::<Result<Vec<_>>>()?;
            q.push_values(chunk.iter().zip(texts), |mut b, (c, text)| {
                b.push_bind(c.no.clone())
                    .push_bind(id)
                    .push_bind(c.case_no.clone())
                    .push_bind(format!("{}:{}", c.family, c.object_id))
                    .push_bind(i64::from(c.level as u8))
                    .push_bind(c.state.as_str())
                    .push_bind(c.created_at.0)
                    .push_bind(answer_due(c))
                    .push_bind(text)
                    .push_bind(c.rule.clone())
                    .push_bind(c.object_id.clone());
                let (item, fact) = of.get(&c.finding_key).copied().unwrap_or((None, c.created_at));
                b.push_bind(item.map(str::to_owned))
                    .push_bind(fact.0)
                    .push_bind(c.issued_at.map(|t| t.0))
                    .push_bind(c.feedback_due.map(|t| t.0))
                    .push_bind(c.feedback_at.map(|t| t.0))
                    .push_bind(c.written_by.clone())
                    .push_bind(c.issued_by.clone());
            });
            q.build().execute(&mut *conn).await.map_err(failed)?;
        }
    }
    for one in &commit.escalated {
        let row = sqlx::query("SELECT body FROM card WHERE no = $1")
            .bind(one.no.clone())
            .fetch_optional(&mut *conn)
            .await
            .map_err(failed)?;
        let Some(row) = row else { continue };
        let mut card: Card = body(&row)?;
        // What a person decided stays decided.
        if matches!(card.state, CardState::Revoked | CardState::Cancelled) {
            continue;
        }
        card.state = CardState::Escalated;
        put_card(conn, &card).await?;
    }
    for no in &commit.unanswered {
        sqlx::query("UPDATE card SET answer_due = NULL WHERE no = $1")
            .bind(no.clone())
            .execute(&mut *conn)
            .await
            .map_err(failed)?;
    }
    for no in &commit.doubtful {
        let row = sqlx::query("SELECT body FROM card WHERE no = $1")
            .bind(no.clone())
            .fetch_optional(&mut *conn)
            .await
            .map_err(failed)?;
        let Some(row) = row else { continue };
        let mut card: Card = body(&row)?;
        card.revocation_proposed = true;
        put_card(conn, &card).await?;
    }
    Ok(numbers)
}

/// When nobody's answer to a card becomes a finding.
fn answer_due(card: &Card) -> Option<i64> {
    card.feedback_due.filter(|_| matches!(card.state, CardState::Issued | CardState::Read)).map(|t| t.0)
}

pub(super) async fn put_card(conn: &mut Connection, card: &Card) -> Result<()> {
    // Only what changes hands changes when it is looked at; a finding that is written stays written.
    let moved = "UPDATE card SET answer_due = CASE WHEN state = $1 THEN answer_due ELSE $2 END, state = $1, body = $3, \
                 issued_at = $4, feedback_due = $5, feedback_at = $6, appealed = $8, issued_by = $9 WHERE no = $7";
    sqlx::query(moved)
        .bind(card.state.as_str())
        .bind(answer_due(card))
        .bind(json(card)?)
        .bind(card.issued_at.map(|t| t.0))
        .bind(card.feedback_due.map(|t| t.0))
        .bind(card.feedback_at.map(|t| t.0))
        .bind(card.no.clone())
        .bind(card.appeal.as_ref().map(|_| 1_i64))
        .bind(card.issued_by.clone())
        .execute(&mut *conn)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Takes the findings of a revoked card with it: those of its rule and object up to its level.
pub(super) async fn mark_revoked(conn: &mut Connection, id: i64, card: &Card) -> Result<()> {
    if card.state != CardState::Revoked {
        return Ok(());
    }
    // By their keys: a finding's key is its rule, object and level.
    for level in 0..=card.level as u8 {
        sqlx::query("UPDATE finding SET state = 'revoked' WHERE department = $1 AND key = $2 AND state = 'open'")
            .bind(id)
            .bind(format!("{}:{}:{level}", card.rule, card.object_id))
            .execute(&mut *conn)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

pub(super) async fn write_cases(conn: &mut Connection, id: i64, cases: &[CaseRow]) -> Result<()> {
    for chunk in cases.chunks(CHUNK) {
        let mut q: QueryBuilder<Db> = QueryBuilder::new(
            "INSERT INTO case_view (department, case_no, state, item_code, card_level, promise_due, legal_due, next_due, \
             started_at, closed_at, parent, body) ",
        );
        let texts = chunk.iter().map(json).collect::<Result<Vec<_>>>()?;
        q.push_values(chunk.iter().zip(texts), |mut b, (row, text)| {
            let case = &row.case;
            let closed = case.closed_at().map(|t| t.0);
            let started = case.clock_start().or(case.received_at).or(case.applied_at).unwrap_or(case.first_seen_at);
            let level = row.cards.iter().map(|(_, level, _)| *level as u8).max().unwrap_or(0);
            b.push_bind(id)
                .push_bind(case.case_no.clone())
                .push_bind(case.state.as_str())
                .push_bind(case.item_code.clone())
                .push_bind(i64::from(level))
                .push_bind(row.promise_due.map(|t| t.0))
                .push_bind(row.legal_due.map(|t| t.0))
                .push_bind(row.next_due.map(|t| t.0))
                .push_bind(started.0)
                .push_bind(closed)
                .push_bind(case.parent_case_no.clone())
                .push_bind(text);
        });
        q.push(
            " ON CONFLICT (department, case_no) DO UPDATE SET state = excluded.state, item_code = excluded.item_code, \
             card_level = excluded.card_level, promise_due = excluded.promise_due, legal_due = excluded.legal_due, \
             next_due = excluded.next_due, started_at = excluded.started_at, closed_at = excluded.closed_at, \
             parent = excluded.parent, body = excluded.body",
        );
        q.build().execute(&mut *conn).await.map_err(failed)?;
    }
    Ok(())
}

/// Those of these findings that are there and were untrue for a while.
async fn cleared_among(conn: &mut Connection, id: i64, rows: &[FindingRow]) -> Result<HashSet<String>> {
    let mut q: QueryBuilder<Db> =
        QueryBuilder::new("SELECT key FROM finding WHERE state = 'cleared' AND department = ");
    q.push_bind(id).push(" AND key IN (");
    let mut list = q.separated(", ");
    for row in rows {
        list.push_bind(row.finding.dedupe_key());
    }
    let found = q.push(")").build().fetch_all(&mut *conn).await.map_err(failed)?;
    found.iter().map(|r| r.try_get("key").map_err(failed)).collect()
}

/// The card in the slot of a finding that is true again: nobody proposes any more to revoke it; and where it was written for this finding, it
/// is counted where the fact is now. Its words stay those that were issued.
async fn stand_again(conn: &mut Connection, id: i64, row: &FindingRow) -> Result<()> {
    let standing = "SELECT body FROM card WHERE department = $1 AND slot = $2 AND level = $3 \
                    AND state NOT IN ('revoked', 'cancelled', 'escalated')";
    let cards = sqlx::query(standing)
        .bind(id)
        .bind(slot(&row.finding))
        .bind(i64::from(row.finding.level as u8))
        .fetch_all(&mut *conn)
        .await
        .map_err(failed)?;
    for mut card in bodies::<Card>(&cards)? {
        card.revocation_proposed = false;
        put_card(conn, &card).await?;
        sqlx::query("UPDATE card SET fact_time = $1, item_code = $2 WHERE no = $3 AND rule = $4")
            .bind(row.finding.fact_time.0)
            .bind(row.finding.item_code.clone())
            .bind(card.no.clone())
            .bind(row.finding.rule.clone())
            .execute(&mut *conn)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

pub(super) async fn write_findings(conn: &mut Connection, id: i64, commit: &PageCommit) -> Result<()> {
    for chunk in commit.findings.chunks(CHUNK) {
        let mut q: QueryBuilder<Db> = QueryBuilder::new(
            "INSERT INTO finding (department, key, rule, case_no, fact_time, detected_at, state, body, level, object_id, \
             item_code) ",
        );
        let again = cleared_among(conn, id, chunk).await?;
        let texts = chunk.iter().map(json).collect::<Result<Vec<_>>>()?;
        q.push_values(chunk.iter().zip(texts), |mut b, (row, text)| {
            b.push_bind(id)
                .push_bind(row.finding.dedupe_key())
                .push_bind(row.finding.rule.clone())
                .push_bind(row.finding.case_no.clone())
                .push_bind(row.finding.fact_time.0)
                .push_bind(row.detected_at.0)
                .push_bind(row.state.clone())
                .push_bind(text)
                .push_bind(i64::from(row.finding.level as u8))
                .push_bind(row.finding.object_id.clone())
                .push_bind(row.finding.item_code.clone());
        });
        // What was untrue for a while and comes true again is told as it is true now; what stands is told as it was found.
        q.push(
            " ON CONFLICT (department, key) DO UPDATE SET state = excluded.state, body = excluded.body, \
             fact_time = excluded.fact_time, detected_at = excluded.detected_at, item_code = excluded.item_code \
             WHERE finding.state = 'cleared'",
        );
        q.build().execute(&mut *conn).await.map_err(failed)?;
        // What was revoked stays revoked, in whatever level below it comes back.
        let mut q: QueryBuilder<Db> = QueryBuilder::new(
            "UPDATE finding SET state = 'revoked' WHERE state = 'open' AND EXISTS (SELECT 1 FROM card c \
             WHERE c.department = finding.department AND c.rule = finding.rule AND c.object_id = finding.object_id \
             AND c.state = 'revoked' AND c.level >= finding.level) AND department = ",
        );
        q.push_bind(id).push(" AND key IN (");
        let mut list = q.separated(", ");
        for row in chunk {
            list.push_bind(row.finding.dedupe_key());
        }
        q.push(")");
        q.build().execute(&mut *conn).await.map_err(failed)?;
        for row in chunk.iter().filter(|row| again.contains(&row.finding.dedupe_key())) {
            stand_again(conn, id, row).await?;
        }
    }
    for key in &commit.cleared {
        sqlx::query("UPDATE finding SET state = 'cleared' WHERE department = $1 AND key = $2")
            .bind(id)
            .bind(key.clone())
            .execute(&mut *conn)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

/// Writes messages with their places in the order of commits: who draws a place holds the counter until the commit.
pub(super) async fn write_outbox(conn: &mut Connection, id: i64, rows: &mut [OutboxRow]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let n = i64::try_from(rows.len()).unwrap_or(0);
    let last = draw(conn, "outbox", n).await?;
    for (seq, row) in ((last - n + 1)..).zip(rows.iter_mut()) {
        row.seq = uint(seq);
    }
    for chunk in rows.chunks(CHUNK) {
        let mut q: QueryBuilder<Db> = QueryBuilder::new("INSERT INTO outbox (id, seq, department, body) ");
        let texts = chunk.iter().map(json).collect::<Result<Vec<_>>>()?;
        q.push_values(chunk.iter().zip(texts), |mut b, (row, text)| {
            b.push_bind(row.id.clone()).push_bind(int(row.seq)).push_bind(id).push_bind(text);
        });
        q.build().execute(&mut *conn).await.map_err(failed)?;
    }
    Ok(())
}

/// Draws so many numbers of a series; gives the last.
pub(super) async fn draw(conn: &mut Connection, series: &str, n: i64) -> Result<i64> {
    sqlx::query(
        "INSERT INTO card_series (series, last) VALUES ($1, $2) \
         ON CONFLICT (series) DO UPDATE SET last = card_series.last + excluded.last RETURNING last",
    )
    .bind(series.to_owned())
    .bind(n)
    .fetch_one(&mut *conn)
    .await
    .and_then(|row| row.try_get("last"))
    .map_err(failed)
}

pub(super) async fn write_queues(conn: &mut Connection, id: i64, commit: &mut PageCommit) -> Result<()> {
    write_outbox(conn, id, &mut commit.outbox).await?;
    for chunk in commit.quarantine.chunks(CHUNK) {
        let mut q: QueryBuilder<Db> = QueryBuilder::new(
            "INSERT INTO quarantine (id, department, state, code, case_no, kind, source_key, digest, wait_until, body) ",
        );
        let texts = chunk.iter().map(json).collect::<Result<Vec<_>>>()?;
        q.push_values(chunk.iter().zip(texts), |mut b, (row, text)| {
            b.push_bind(row.id.clone())
                .push_bind(id)
                .push_bind(row.state.clone())
                .push_bind(row.code.clone())
                .push_bind(row.case_no.clone())
                .push_bind(row.kind.clone())
                .push_bind(row.source_key.clone())
                .push_bind(row.digest.to_vec())
                .push_bind(row.wait_until.map(|t| t.0))
                .push_bind(text);
        });
        // The same record again is no other refusal; one that waited in vain may wait again.
        q.push(
            " ON CONFLICT (department, digest) DO UPDATE SET state = excluded.state, wait_until = excluded.wait_until \
             WHERE quarantine.state = 'rejected' AND excluded.state = 'waiting'",
        );
        q.build().execute(&mut *conn).await.map_err(failed)?;
    }
    for one in &commit.released {
        sqlx::query("UPDATE quarantine SET state = 'replayed' WHERE id = $1")
            .bind(one.clone())
            .execute(&mut *conn)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

pub(super) async fn write_numbers(conn: &mut Connection, id: i64, commit: &PageCommit) -> Result<()> {
    if let Some(day) = &commit.day {
        sqlx::query(
            "INSERT INTO day_stat (department, date, records, accepted, duplicates, rejected, late) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (department, date) DO UPDATE SET \
             records = day_stat.records + excluded.records, accepted = day_stat.accepted + excluded.accepted, \
             duplicates = day_stat.duplicates + excluded.duplicates, rejected = day_stat.rejected + excluded.rejected, \
             late = day_stat.late + excluded.late",
        )
        .bind(id)
        .bind(day.date.clone())
        .bind(int(day.records))
        .bind(int(day.accepted))
        .bind(int(day.duplicates))
        .bind(int(day.rejected))
        .bind(int(day.late))
        .execute(&mut *conn)
        .await
        .map_err(failed)?;
    }
    for chunk in commit.counts.chunks(CHUNK) {
        let mut q: QueryBuilder<Db> = QueryBuilder::new("INSERT INTO day_count (department, date, record, n) ");
        q.push_values(chunk, |mut b, (date, record, n)| {
            b.push_bind(id).push_bind(date.clone()).push_bind(i64::from(*record as u8)).push_bind(int(*n));
        });
        q.push(" ON CONFLICT (department, date, record) DO UPDATE SET n = day_count.n + excluded.n");
        q.build().execute(&mut *conn).await.map_err(failed)?;
    }
    for row in commit.reconciliations.iter().chain(&compared_again(conn, id, commit).await?) {
        sqlx::query(
            "INSERT INTO reconciliation (department, date, body) VALUES ($1, $2, $3) \
             ON CONFLICT (department, date) DO UPDATE SET body = excluded.body",
        )
        .bind(id)
        .bind(row.date.clone())
        .bind(json(row)?)
        .execute(&mut *conn)
        .await
        .map_err(failed)?;
    }
    if let Some(run) = &commit.run {
        put_run(conn, id, run).await?;
    }
    Ok(())
}

/// How many records of each kind a day has.
pub(super) async fn day_counts<'e>(
    from: impl sqlx::Executor<'e, Database = Db>,
    id: i64,
    date: &str,
) -> Result<HashMap<RecordType, u64>> {
    let rows = sqlx::query("SELECT record, n FROM day_count WHERE department = $1 AND date = $2")
        .bind(id)
        .bind(date.to_owned())
        .fetch_all(from)
        .await
        .map_err(failed)?;
    let mut counts = HashMap::new();
    for r in &rows {
        let code = u8::try_from(r.try_get::<i64, _>("record").map_err(failed)?).ok();
        if let Some(record) = code.and_then(RecordType::from_code) {
            counts.insert(record, uint(r.try_get("n").map_err(failed)?));
        }
    }
    Ok(counts)
}

/// Days that were closed before and of which this commit brings more, with what is counted of them now.
async fn compared_again(conn: &mut Connection, id: i64, commit: &PageCommit) -> Result<Vec<ReconciliationRow>> {
    let closed = |date: &str| commit.reconciliations.iter().any(|row| row.date == date);
    let dates: BTreeSet<&str> = commit.counts.iter().map(|(date, ..)| date.as_str()).filter(|d| !closed(d)).collect();
    let mut all = Vec::new();
    for chunk in dates.into_iter().collect::<Vec<_>>().chunks(CHUNK) {
        let mut q: QueryBuilder<Db> = QueryBuilder::new("SELECT body FROM reconciliation WHERE department = ");
        q.push_bind(id).push(" AND date IN (");
        let mut among = q.separated(", ");
        for date in chunk {
            among.push_bind((*date).to_owned());
        }
        q.push(")");
        all.extend(bodies::<ReconciliationRow>(&q.build().fetch_all(&mut *conn).await.map_err(failed)?)?);
    }
    for row in &mut all {
        let counts = day_counts(&mut *conn, id, &row.date).await?;
        row.compare(counts.into_iter().map(|(kind, n)| (kind.to_string(), n)).collect());
    }
    Ok(all)
}

pub(super) async fn put_run(conn: &mut Connection, id: i64, run: &RunRow) -> Result<()> {
    sqlx::query(
        "INSERT INTO run (id, department, status, kind, body) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (id) DO UPDATE SET status = excluded.status, body = excluded.body",
    )
    .bind(run.id.clone())
    .bind(id)
    .bind(run.status.clone())
    .bind(if run.kind == "pull" { "pull" } else { "other" })
    .bind(json(run)?)
    .execute(&mut *conn)
    .await
    .map_err(failed)?;
    Ok(())
}
