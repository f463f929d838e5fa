//! The verbs about counts in SQL.

use super::write::mark_revoked;
use super::{Connection, Db, DbRow, NUMBERED, Verbs, begin, bodies, body, counted, damaged, failed, parse, uint};
use crate::tally::{CardFact, CardTime, FOLD_BYTES, FOLD_EVERY, FactRow, Tallied, Tallies, TallyFilter, TallyRow};
use crate::{PageCommit, ReconciliationRow, Result, StoreError};
use async_trait::async_trait;
use daylight_domain::Timestamp;
use daylight_domain::card::Card;
use daylight_domain::finding::Finding;
use daylight_domain::tally::{Cell, Cells, Damaged, Flows, Month, Place, What};
use sqlx::{QueryBuilder, Row};
use std::collections::BTreeMap;

fn not_counts(_: Damaged) -> StoreError {
    damaged("counts")
}

fn place(row: &DbRow, month: Month) -> Result<Place> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(failed);
    Ok(Place { month, item: text("item")?, window: text("desk")?, region: text("region")? })
}

fn month(row: &DbRow) -> Result<Month> {
    Month::try_from(row.try_get::<i64, _>("month").map_err(failed)?).map_err(|_| damaged("month"))
}

/// Leaves what a commit changes, and adds what has gathered to the cells when it is time. The department's row is held by the commit.
pub(super) async fn write_tally(conn: &mut Connection, id: i64, commit: &PageCommit) -> Result<()> {
    let revision = commit.expected.revision + 1;
    let mut large = false;
    if !commit.tally.is_empty() {
        sqlx::query("INSERT INTO tally_delta (department, seq, body) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(revision)
            .bind(commit.tally.write())
            .execute(&mut *conn)
            .await
            .map_err(failed)?;
        let row =
            sqlx::query("SELECT CAST(SUM(LENGTH(body)) AS BIGINT) AS size FROM tally_delta WHERE department = $1")
                .bind(id)
                .fetch_one(&mut *conn)
                .await
                .map_err(failed)?;
        large = row.try_get::<i64, _>("size").map_err(failed)? > FOLD_BYTES;
    }
    if large || revision % FOLD_EVERY == 0 {
        fold(conn, id).await?;
    }
    Ok(())
}

/// Adds a department's changes to its cells, inside a transaction that holds its row.
async fn fold(conn: &mut Connection, id: i64) -> Result<u64> {
    let rows = sqlx::query("SELECT seq, body FROM tally_delta WHERE department = $1 ORDER BY seq")
        .bind(id)
        .fetch_all(&mut *conn)
        .await
        .map_err(failed)?;
    let Some(last) = rows.last() else { return Ok(0) };
    let last: i64 = last.try_get("seq").map_err(failed)?;
    let mut changes = Cells::default();
    for row in &rows {
        changes.merge_bytes(row.try_get("body").map_err(failed)?).map_err(not_counts)?;
    }
    for (place, change) in changes.iter() {
        let known = sqlx::query(
            "SELECT body FROM tally WHERE department = $1 AND month = $2 AND item = $3 AND desk = $4 AND region = $5",
        )
        .bind(id)
        .bind(i64::from(place.month))
        .bind(place.item.clone())
        .bind(place.window.clone())
        .bind(place.region.clone())
        .fetch_optional(&mut *conn)
        .await
        .map_err(failed)?;
        let mut cell = match &known {
            Some(row) => Cell::read(row.try_get("body").map_err(failed)?).map_err(not_counts)?,
            None => Cell::default(),
        };
        change.iter().for_each(|(key, n)| cell.add(key.clone(), n));
        put_cell(conn, id, place, &cell).await?;
    }
    sqlx::query("DELETE FROM tally_delta WHERE department = $1 AND seq <= $2")
        .bind(id)
        .bind(last)
        .execute(&mut *conn)
        .await
        .map_err(failed)?;
    Ok(u64::try_from(rows.len()).unwrap_or(0))
}

async fn put_cell(conn: &mut Connection, id: i64, place: &Place, cell: &Cell) -> Result<()> {
    if cell.is_empty() {
        let gone = "DELETE FROM tally WHERE department = $1 AND month = $2 AND item = $3 AND desk = $4 AND region = $5";
        sqlx::query(gone)
            .bind(id)
            .bind(i64::from(place.month))
            .bind(place.item.clone())
            .bind(place.window.clone())
            .bind(place.region.clone())
            .execute(&mut *conn)
            .await
            .map_err(failed)?;
        return Ok(());
    }
    let flows = cell.flows();
    sqlx::query(
        "INSERT INTO tally (department, month, item, desk, region, open, over_promise, over_legal, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (department, month, item, desk, region) DO UPDATE SET \
         open = excluded.open, over_promise = excluded.over_promise, over_legal = excluded.over_legal, body = excluded.body",
    )
    .bind(id)
    .bind(i64::from(place.month))
    .bind(place.item.clone())
    .bind(place.window.clone())
    .bind(place.region.clone())
    .bind(flows.open)
    .bind(flows.over_promise)
    .bind(flows.over_legal)
    .bind(cell.write())
    .execute(&mut *conn)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Takes a department's row for the rest of the transaction, as every commit of it does.
async fn hold(conn: &mut Connection, id: i64) -> Result<i64> {
    let row = sqlx::query("UPDATE department SET revision = revision WHERE id = $1 RETURNING revision")
        .bind(id)
        .fetch_one(&mut *conn)
        .await
        .map_err(failed)?;
    row.try_get("revision").map_err(failed)
}

fn wanted(q: &mut QueryBuilder<Db>, id: Option<i64>, filter: &TallyFilter) {
    if let Some(id) = id {
        q.push(" AND t.department = ").push_bind(id);
    }
    for (column, value) in [(" AND t.item = ", &filter.item), (" AND t.desk = ", &filter.window)] {
        if let Some(value) = value {
            q.push(column).push_bind(value.clone());
        }
    }
    if let Some(region) = &filter.region {
        q.push(" AND t.region = ").push_bind(region.clone());
    }
}

fn level(row: &DbRow) -> Result<u8> {
    u8::try_from(row.try_get::<i64, _>("level").map_err(failed)?).map_err(|_| damaged("level"))
}

fn instant(row: &DbRow, name: &str) -> Result<Option<Timestamp>> {
    Ok(row.try_get::<Option<i64>, _>(name).map_err(failed)?.map(Timestamp))
}

#[async_trait]
impl Tallies for Verbs {
    async fn tally(&self, filter: &TallyFilter) -> Result<Tallied> {
        let id = self.filter_id(filter.department.as_deref()).await?;
        let mut tx = self.read.begin().await.map_err(failed)?;
        if NUMBERED {
            // Cells and changes are read by several statements; to SQLite a transaction is one view as it is.
            sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").execute(&mut *tx).await.map_err(failed)?;
        }
        let mut found = Tallied::default();
        // Department by department, so that of each only the wanted months are read; the sums before (`+month`) from their own index,
        // where no counts lie between.
        let mut q: QueryBuilder<Db> = QueryBuilder::new(
            "SELECT d.name AS name, t.month AS month, t.item AS item, t.desk AS desk, t.region AS region, t.body AS body \
             FROM department d CROSS JOIN tally t WHERE t.department = d.id AND t.month >= ",
        );
        q.push_bind(i64::from(filter.from)).push(" AND t.month <= ").push_bind(i64::from(filter.to));
        wanted(&mut q, id, filter);
        for row in q.build().fetch_all(&mut *tx).await.map_err(failed)? {
            found.cells.push(TallyRow {
                department: row.try_get("name").map_err(failed)?,
                place: place(&row, month(&row)?)?,
                body: row.try_get("body").map_err(failed)?,
            });
        }
        let mut q: QueryBuilder<Db> = QueryBuilder::new(
            "SELECT d.name AS name, t.item AS item, t.desk AS desk, t.region AS region, \
             CAST(SUM(t.open) AS BIGINT) AS open, CAST(SUM(t.over_promise) AS BIGINT) AS over_promise, \
             CAST(SUM(t.over_legal) AS BIGINT) AS over_legal \
             FROM department d CROSS JOIN tally t WHERE t.department = d.id AND +t.month < ",
        );
        q.push_bind(i64::from(filter.from));
        wanted(&mut q, id, filter);
        q.push(" GROUP BY d.name, t.item, t.desk, t.region");
        for row in q.build().fetch_all(&mut *tx).await.map_err(failed)? {
            let n = |name: &str| row.try_get::<i64, _>(name).map_err(failed);
            let flows = Flows { open: n("open")?, over_promise: n("over_promise")?, over_legal: n("over_legal")? };
            found.before.push((row.try_get("name").map_err(failed)?, place(&row, 0)?, flows));
        }
        let mut q: QueryBuilder<Db> = QueryBuilder::new(
            "SELECT d.name AS name, t.body AS body FROM tally_delta t JOIN department d ON d.id = t.department WHERE 1 = 1",
        );
        if let Some(id) = id {
            q.push(" AND t.department = ").push_bind(id);
        }
        // Of a month before the first, only what is open lives on.
        let lives_on = |place: &Place, what: What| {
            filter.takes(place) && place.month <= filter.to && (place.month >= filter.from || what.is_flow())
        };
        let mut pending: BTreeMap<String, Cells> = BTreeMap::new();
        for row in q.build().fetch_all(&mut *tx).await.map_err(failed)? {
            let of = pending.entry(row.try_get("name").map_err(failed)?).or_default();
            of.merge_some(row.try_get("body").map_err(failed)?, &lives_on).map_err(not_counts)?;
        }
        tx.commit().await.map_err(failed)?;
        found.pending = pending.into_iter().collect();
        Ok(found)
    }

    async fn fold_tally(&self, department: &str) -> Result<u64> {
        let Some(id) = self.known(department).await? else { return Ok(0) };
        let any = sqlx::query("SELECT 1 AS one FROM tally_delta WHERE department = $1 LIMIT 1")
            .bind(id)
            .fetch_optional(&self.read)
            .await
            .map_err(failed)?;
        if any.is_none() {
            return Ok(0);
        }
        let mut tx = begin(&self.write).await?;
        hold(&mut tx, id).await?;
        let n = fold(&mut tx, id).await?;
        tx.commit().await.map_err(failed)?;
        Ok(n)
    }

    async fn replace_tally(&self, department: &str, revision: i64, cells: &Cells) -> Result<()> {
        let id = self.id(department).await?;
        let mut tx = begin(&self.write).await?;
        if hold(&mut tx, id).await? != revision {
            return Err(StoreError::Conflict(format!("department {department}")));
        }
        for gone in ["DELETE FROM tally WHERE department = $1", "DELETE FROM tally_delta WHERE department = $1"] {
            sqlx::query(gone).bind(id).execute(&mut *tx).await.map_err(failed)?;
        }
        for (place, cell) in cells.iter() {
            put_cell(&mut tx, id, place, cell).await?;
        }
        tx.commit().await.map_err(failed)
    }

    async fn facts(&self, department: &str, from: Timestamp, to: Timestamp, asked: &[String]) -> Result<Vec<FactRow>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let mut q: QueryBuilder<Db> = QueryBuilder::new(
            "SELECT f.rule AS rule, f.level AS level, f.object_id AS object_id, f.case_no AS case_no, \
             f.item_code AS item_code, f.fact_time AS fact_time, CAST(CASE WHEN ",
        );
        if asked.is_empty() {
            q.push("1 = 1");
        } else {
            q.push("f.rule NOT IN (");
            let mut list = q.separated(", ");
            for rule in asked {
                list.push_bind(rule.clone());
            }
            q.push(
                ") OR EXISTS (SELECT 1 FROM card c WHERE c.department = f.department AND c.rule = f.rule \
                 AND c.object_id = f.object_id AND c.level = f.level AND c.issued_at IS NOT NULL \
                 AND c.state NOT IN ('revoked', 'cancelled'))",
            );
        }
        q.push(" THEN 1 ELSE 0 END AS BIGINT) AS confirmed FROM finding f WHERE f.department = ").push_bind(id);
        q.push(" AND f.fact_time >= ").push_bind(from.0).push(" AND f.fact_time < ").push_bind(to.0);
        q.push(" AND f.state = 'open' ORDER BY f.fact_time, f.key");
        let rows = q.build().fetch_all(&self.read).await.map_err(failed)?;
        rows.iter()
            .map(|r| {
                Ok(FactRow {
                    rule: r.try_get("rule").map_err(failed)?,
                    level: level(r)?,
                    object_id: r.try_get("object_id").map_err(failed)?,
                    case_no: r.try_get("case_no").map_err(failed)?,
                    item_code: r.try_get("item_code").map_err(failed)?,
                    fact_time: Timestamp(r.try_get("fact_time").map_err(failed)?),
                    confirmed: r.try_get::<i64, _>("confirmed").map_err(failed)? == 1,
                })
            })
            .collect()
    }

    async fn revoked_facts(&self, department: &str, rules: &[&str]) -> Result<Vec<(String, String)>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let mut q: QueryBuilder<Db> = QueryBuilder::new(
            "SELECT DISTINCT f.rule AS rule, f.case_no AS case_no FROM finding f WHERE f.state = 'revoked' \
             AND f.case_no IS NOT NULL AND f.department = ",
        );
        q.push_bind(id).push(" AND f.rule IN (");
        let mut list = q.separated(", ");
        for rule in rules {
            list.push_bind((*rule).to_owned());
        }
        q.push(
            ") AND NOT EXISTS (SELECT 1 FROM finding s WHERE s.department = f.department AND s.case_no = f.case_no \
             AND s.rule = f.rule AND s.state = 'open') ORDER BY f.rule, f.case_no",
        );
        let rows = q.build().fetch_all(&self.read).await.map_err(failed)?;
        rows.iter().map(|r| Ok((r.try_get("rule").map_err(failed)?, r.try_get("case_no").map_err(failed)?))).collect()
    }

    async fn card_counts(&self, department: &str, from: Timestamp, to: Timestamp) -> Result<Vec<(u8, String, u64)>> {
        let mut q: QueryBuilder<Db> =
            QueryBuilder::new("SELECT level, state, COUNT(*) AS n FROM card WHERE department = ");
        q.push_bind(self.known(department).await?.unwrap_or(-1));
        q.push(" AND created_at >= ").push_bind(from.0).push(" AND created_at < ").push_bind(to.0);
        q.push(" GROUP BY level, state ORDER BY level, state");
        let rows = q.build().fetch_all(&self.read).await.map_err(failed)?;
        rows.iter().map(|r| counted(r).and_then(|(state, n)| Ok((level(r)?, state, n)))).collect()
    }

    async fn card_facts(
        &self,
        department: &str,
        time: CardTime,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<CardFact>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let column = match time {
            CardTime::Fact => "c.fact_time",
            CardTime::Created => "c.created_at",
            CardTime::FeedbackDue => "c.feedback_due",
        };
        let mut q: QueryBuilder<Db> = QueryBuilder::new(
            "SELECT c.rule AS rule, c.level AS level, c.state AS state, c.case_no AS case_no, c.item_code AS item_code, \
             c.fact_time AS fact_time, c.created_at AS created_at, c.feedback_due AS feedback_due, \
             c.feedback_at AS feedback_at, CAST(CASE WHEN c.state = 'escalated' AND EXISTS (SELECT 1 FROM card h \
             WHERE h.department = c.department AND h.slot = c.slot AND h.level > c.level AND h.fact_time < ",
        );
        q.push_bind(to.0).push(") THEN 1 ELSE 0 END AS BIGINT) AS replaced FROM card c WHERE c.department = ");
        q.push_bind(id).push(format!(" AND {column} >= ")).push_bind(from.0);
        q.push(format!(" AND {column} < ")).push_bind(to.0).push(" ORDER BY c.no");
        let rows = q.build().fetch_all(&self.read).await.map_err(failed)?;
        rows.iter()
            .map(|r| {
                Ok(CardFact {
                    rule: r.try_get("rule").map_err(failed)?,
                    level: level(r)?,
                    state: r.try_get("state").map_err(failed)?,
                    case_no: r.try_get("case_no").map_err(failed)?,
                    item_code: r.try_get("item_code").map_err(failed)?,
                    fact_time: Timestamp(r.try_get("fact_time").map_err(failed)?),
                    created_at: Timestamp(r.try_get("created_at").map_err(failed)?),
                    feedback_due: instant(r, "feedback_due")?,
                    feedback_at: instant(r, "feedback_at")?,
                    replaced: r.try_get::<i64, _>("replaced").map_err(failed)? == 1,
                })
            })
            .collect()
    }

    async fn fill_facts(&self) -> Result<u64> {
        let mut filled = 0;
        loop {
            let mut tx = begin(&self.write).await?;
            let rows = sqlx::query("SELECT department, key, body FROM finding WHERE object_id = '' LIMIT 5000")
                .fetch_all(&mut *tx)
                .await
                .map_err(failed)?;
            for row in &rows {
                let found: Holds<Finding> = parse(row.try_get("body").map_err(failed)?)?;
                let finding = found.finding;
                // A finding about nothing is named by its rule, so that it is not looked at again.
                let object = if finding.object_id.is_empty() { finding.rule.clone() } else { finding.object_id };
                sqlx::query(
                    "UPDATE finding SET level = $1, object_id = $2, item_code = $3 WHERE department = $4 AND key = $5",
                )
                .bind(i64::from(finding.level as u8))
                .bind(object)
                .bind(finding.item_code)
                .bind(row.try_get::<i64, _>("department").map_err(failed)?)
                .bind(row.try_get::<String, _>("key").map_err(failed)?)
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
            }
            filled += uint(i64::try_from(rows.len()).unwrap_or(0));
            tx.commit().await.map_err(failed)?;
            if rows.is_empty() {
                break;
            }
        }
        loop {
            let mut tx = begin(&self.write).await?;
            let rows = sqlx::query("SELECT department, body FROM card WHERE rule = '' LIMIT 5000")
                .fetch_all(&mut *tx)
                .await
                .map_err(failed)?;
            for row in &rows {
                let card: Card = body(row)?;
                let id: i64 = row.try_get("department").map_err(failed)?;
                sqlx::query(
                    "UPDATE card SET rule = $1, object_id = $2, issued_at = $3, feedback_due = $4, feedback_at = $5, \
                     item_code = (SELECT f.item_code FROM finding f WHERE f.department = $6 AND f.key = $7), \
                     fact_time = COALESCE((SELECT f.fact_time FROM finding f WHERE f.department = $6 AND f.key = $7), \
                     created_at) WHERE no = $8",
                )
                .bind(card.rule.clone())
                .bind(card.object_id.clone())
                .bind(card.issued_at.map(|t| t.0))
                .bind(card.feedback_due.map(|t| t.0))
                .bind(card.feedback_at.map(|t| t.0))
                .bind(id)
                .bind(card.finding_key.clone())
                .bind(card.no.clone())
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
                mark_revoked(&mut tx, id, &card).await?;
            }
            filled += uint(i64::try_from(rows.len()).unwrap_or(0));
            tx.commit().await.map_err(failed)?;
            if rows.is_empty() {
                return Ok(filled);
            }
        }
    }

    async fn bad_ratings(&self, department: &str, from: Timestamp, to: Timestamp) -> Result<Vec<String>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let rows = sqlx::query(
            "SELECT m.body AS body FROM rating r JOIN matter m ON m.no = r.no WHERE r.department = $1 \
             AND r.rated_at >= $2 AND r.rated_at < $3 AND r.by_default = 0 AND r.satisfaction >= 4 \
             ORDER BY r.rated_at, r.no",
        )
        .bind(id)
        .bind(from.0)
        .bind(to.0)
        .fetch_all(&self.read)
        .await
        .map_err(failed)?;
        rows.iter().map(|r| r.try_get("body").map_err(failed)).collect()
    }

    async fn reconciled(&self, department: &str, from: &str, to: &str) -> Result<Vec<ReconciliationRow>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let rows = sqlx::query(
            "SELECT body FROM reconciliation WHERE department = $1 AND date >= $2 AND date <= $3 ORDER BY date",
        )
        .bind(id)
        .bind(from.to_owned())
        .bind(to.to_owned())
        .fetch_all(&self.read)
        .await
        .map_err(failed)?;
        bodies(&rows)
    }
}

/// The part of a finding's document that is read.
#[derive(serde::Deserialize)]
struct Holds<T> {
    finding: T,
}
