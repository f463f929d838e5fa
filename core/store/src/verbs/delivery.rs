//! Deliveries in SQL.

use super::super::{Db, begin};
use super::{DbRow, Verbs, damaged, failed, int, uint};
use crate::delivery::{Deliveries, DeliveryFilter, DeliveryPlan, DeliveryRow, DeliveryState, DeliveryTotals};
use crate::{AuditEntry, Result, StoreError};
use async_trait::async_trait;
use daylight_domain::Timestamp;
use sqlx::{QueryBuilder, Row};

const COLUMNS: &str = "id, channel, key, recipient, topic, state, urgent, body, attempts, next_at, failing_since, \
                       last_error, created_at, sent_at";

/// Rows of one statement: fourteen parameters each, under the bound of both databases.
const PIECE: usize = 500;

fn state_of(row: &DbRow) -> Result<DeliveryState> {
    let word: &str = row.try_get("state").map_err(failed)?;
    DeliveryState::from_name(word).ok_or_else(|| damaged("delivery state"))
}

fn delivery_row(row: &DbRow) -> Result<DeliveryRow> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(failed);
    let number = |name: &str| row.try_get::<i64, _>(name).map_err(failed);
    let time = |name: &str| row.try_get::<Option<i64>, _>(name).map(|t| t.map(Timestamp)).map_err(failed);
    Ok(DeliveryRow {
        id: text("id")?,
        channel: text("channel")?,
        key: text("key")?,
        recipient: text("recipient")?,
        topic: text("topic")?,
        state: state_of(row)?,
        urgent: number("urgent")? != 0,
        body: text("body")?,
        attempts: u32::try_from(number("attempts")?).map_err(|_| damaged("attempts"))?,
        next_at: Timestamp(number("next_at")?),
        failing_since: time("failing_since")?,
        last_error: row.try_get("last_error").map_err(failed)?,
        created_at: Timestamp(number("created_at")?),
        sent_at: time("sent_at")?,
    })
}

#[async_trait]
impl Deliveries for Verbs {
    async fn delivery_position(&self, channel: &str, lane: &str) -> Result<Option<u64>> {
        let row = sqlx::query("SELECT seq FROM delivery_position WHERE channel = $1 AND lane = $2")
            .bind(channel.to_owned())
            .bind(lane.to_owned())
            .fetch_optional(&self.read)
            .await
            .map_err(failed)?;
        row.map(|r| r.try_get("seq").map(uint).map_err(failed)).transpose()
    }

    async fn plan_deliveries(&self, plan: &DeliveryPlan) -> Result<()> {
        let mut tx = begin(&self.write).await?;
        let mut place: QueryBuilder<Db> = match plan.from {
            Some(from) => {
                let mut q = QueryBuilder::new("UPDATE delivery_position SET seq = ");
                q.push_bind(int(plan.to)).push(" WHERE seq = ").push_bind(int(from));
                q.push(" AND channel = ").push_bind(plan.channel.clone());
                q.push(" AND lane = ").push_bind(plan.lane.clone());
                q
            }
            None => {
                let mut q = QueryBuilder::new("INSERT INTO delivery_position (seq, channel, lane) VALUES (");
                q.push_bind(int(plan.to)).push(", ").push_bind(plan.channel.clone());
                q.push(", ").push_bind(plan.lane.clone()).push(") ON CONFLICT (channel, lane) DO NOTHING");
                q
            }
        };
        if place.build().execute(&mut *tx).await.map_err(failed)?.rows_affected() != 1 {
            let what = format!("channel {} is not at {:?} any more", plan.channel, plan.from);
            return Err(StoreError::Conflict(what));
        }
        for chunk in plan.rows.chunks(PIECE) {
            let mut q: QueryBuilder<Db> = QueryBuilder::new("INSERT INTO delivery (");
            q.push(COLUMNS).push(") ");
            q.push_values(chunk, |mut b, r| {
                b.push_bind(r.id.clone())
                    .push_bind(r.channel.clone())
                    .push_bind(r.key.clone())
                    .push_bind(r.recipient.clone())
                    .push_bind(r.topic.clone())
                    .push_bind(r.state.as_str())
                    .push_bind(i64::from(r.urgent))
                    .push_bind(r.body.clone())
                    .push_bind(i64::from(r.attempts))
                    .push_bind(r.next_at.0)
                    .push_bind(r.failing_since.map(|t| t.0))
                    .push_bind(r.last_error.clone())
                    .push_bind(r.created_at.0)
                    .push_bind(r.sent_at.map(|t| t.0));
            });
            q.push(" ON CONFLICT (key) DO NOTHING");
            q.build().execute(&mut *tx).await.map_err(failed)?;
        }
        tx.commit().await.map_err(failed)
    }

    async fn due_deliveries(&self, channel: &str, now: Timestamp, limit: u32) -> Result<Vec<DeliveryRow>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new("SELECT ");
        q.push(COLUMNS).push(" FROM delivery WHERE state = 'pending' AND channel = ").push_bind(channel.to_owned());
        q.push(" AND next_at <= ").push_bind(now.0);
        q.push(" ORDER BY urgent DESC, id LIMIT ").push_bind(i64::from(limit));
        q.build().fetch_all(&self.read).await.map_err(failed)?.iter().map(delivery_row).collect()
    }

    async fn settle_delivery(&self, row: &DeliveryRow) -> Result<()> {
        let mut q = QueryBuilder::new("UPDATE delivery SET state = ");
        q.push_bind(row.state.as_str()).push(", attempts = ").push_bind(i64::from(row.attempts));
        q.push(", next_at = ").push_bind(row.next_at.0);
        q.push(", failing_since = ").push_bind(row.failing_since.map(|t| t.0));
        q.push(", last_error = ").push_bind(row.last_error.clone());
        q.push(", sent_at = ").push_bind(row.sent_at.map(|t| t.0));
        q.push(" WHERE state = 'pending' AND id = ").push_bind(row.id.clone());
        self.run_write(q).await.map(|_| ())
    }

    async fn revive_delivery(&self, id: &str, now: Timestamp, audit: AuditEntry) -> Result<()> {
        let mut tx = begin(&self.write).await?;
        let row = sqlx::query("SELECT state FROM delivery WHERE id = $1")
            .bind(id.to_owned())
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed)?;
        let state = state_of(&row.ok_or_else(|| StoreError::NotFound(format!("delivery {id}")))?)?;
        if state != DeliveryState::Dead {
            return Err(StoreError::Conflict(format!("delivery {id} is {}", state.as_str())));
        }
        let again =
            "UPDATE delivery SET state = 'pending', attempts = 0, next_at = $1, failing_since = NULL WHERE id = $2";
        sqlx::query(again).bind(now.0).bind(id.to_owned()).execute(&mut *tx).await.map_err(failed)?;
        self.add_audit(&mut tx, audit).await?;
        tx.commit().await.map_err(failed)
    }

    async fn delivery(&self, id: &str) -> Result<Option<DeliveryRow>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new("SELECT ");
        q.push(COLUMNS).push(" FROM delivery WHERE id = ").push_bind(id.to_owned());
        q.build().fetch_optional(&self.read).await.map_err(failed)?.as_ref().map(delivery_row).transpose()
    }

    async fn deliveries(&self, filter: &DeliveryFilter) -> Result<Vec<DeliveryRow>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new("SELECT ");
        q.push(COLUMNS).push(" FROM delivery WHERE 1 = 1");
        if let Some(channel) = &filter.channel {
            q.push(" AND channel = ").push_bind(channel.clone());
        }
        if let Some(state) = filter.state {
            q.push(" AND state = ").push_bind(state.as_str());
        }
        if let Some(before) = &filter.before {
            q.push(" AND id < ").push_bind(before.clone());
        }
        q.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(filter.limit));
        q.build().fetch_all(&self.read).await.map_err(failed)?.iter().map(delivery_row).collect()
    }

    async fn sent_since(&self, channel: &str, after: Timestamp, limit: u32) -> Result<Vec<Timestamp>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new("SELECT sent_at FROM delivery WHERE channel = ");
        q.push_bind(channel.to_owned()).push(" AND sent_at IS NOT NULL AND sent_at > ").push_bind(after.0);
        q.push(" ORDER BY sent_at DESC LIMIT ").push_bind(i64::from(limit));
        let rows = q.build().fetch_all(&self.read).await.map_err(failed)?;
        rows.iter().rev().map(|r| r.try_get("sent_at").map(Timestamp).map_err(failed)).collect()
    }

    async fn delivery_totals(&self) -> Result<Vec<DeliveryTotals>> {
        let text = "SELECT channel, state, COUNT(*) AS n, MIN(failing_since) AS since FROM delivery \
                    WHERE state <> 'sent' GROUP BY channel, state ORDER BY channel, state";
        let rows = sqlx::query(text).fetch_all(&self.read).await.map_err(failed)?;
        let mut all: Vec<DeliveryTotals> = Vec::new();
        for row in &rows {
            let channel: String = row.try_get("channel").map_err(failed)?;
            let n = row.try_get("n").map(uint).map_err(failed)?;
            if all.last().is_none_or(|t| t.channel != channel) {
                all.push(DeliveryTotals { channel, ..DeliveryTotals::default() });
            }
            let Some(last) = all.last_mut() else { continue };
            if state_of(row)? == DeliveryState::Dead {
                last.dead = n;
            } else {
                last.pending = n;
                last.failing_since = row.try_get::<Option<i64>, _>("since").map_err(failed)?.map(Timestamp);
            }
        }
        Ok(all)
    }

    async fn close_channels(&self, open: &[String], reason: &str) -> Result<u64> {
        let mut tx = begin(&self.write).await?;
        let rows =
            sqlx::query("SELECT DISTINCT channel FROM delivery_position").fetch_all(&mut *tx).await.map_err(failed)?;
        let mut given_up = 0;
        for row in &rows {
            let channel: String = row.try_get("channel").map_err(failed)?;
            if open.contains(&channel) {
                continue;
            }
            sqlx::query("DELETE FROM delivery_position WHERE channel = $1")
                .bind(channel.clone())
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
            let dead = "UPDATE delivery SET state = 'dead', last_error = $1 WHERE state = 'pending' AND channel = $2";
            given_up += sqlx::query(dead)
                .bind(reason.to_owned())
                .bind(channel)
                .execute(&mut *tx)
                .await
                .map_err(failed)?
                .rows_affected();
        }
        tx.commit().await.map_err(failed)?;
        Ok(given_up)
    }
}
