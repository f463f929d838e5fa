//! The verbs about connectors in SQL.

use super::{Verbs, bodies, event_row, failed, uint};
use crate::connection::{Connections, EventHead, PullStanding};
use crate::{Result, RunRow};
use async_trait::async_trait;
use sqlx::Row;

/// No id of a run stands before it.
const FIRST: &str = "";

impl Verbs {
    /// The newest pull with an end.
    async fn newest_pull(&self, department: i64, status: &str) -> Result<Option<RunRow>> {
        let rows = sqlx::query(
            "SELECT body FROM run WHERE department = $1 AND kind = 'pull' AND status = $2 ORDER BY id DESC LIMIT 1",
        )
        .bind(department)
        .bind(status.to_owned())
        .fetch_all(&self.read)
        .await
        .map_err(failed)?;
        Ok(bodies(&rows)?.pop())
    }

    /// The first pull with an end after a run.
    async fn first_pull(&self, department: i64, status: &str, after: &str) -> Result<Option<RunRow>> {
        let rows = sqlx::query(
            "SELECT body FROM run WHERE department = $1 AND kind = 'pull' AND status = $2 AND id > $3 \
             ORDER BY id LIMIT 1",
        )
        .bind(department)
        .bind(status.to_owned())
        .bind(after.to_owned())
        .fetch_all(&self.read)
        .await
        .map_err(failed)?;
        Ok(bodies(&rows)?.pop())
    }

    async fn pulls_failed_after(&self, department: i64, after: &str) -> Result<u64> {
        let row = sqlx::query(
            "SELECT COUNT(*) AS n FROM run WHERE department = $1 AND kind = 'pull' AND status = 'failed' AND id > $2",
        )
        .bind(department)
        .bind(after.to_owned())
        .fetch_one(&self.read)
        .await
        .map_err(failed)?;
        Ok(uint(row.try_get("n").map_err(failed)?))
    }
}

#[async_trait]
impl Connections for Verbs {
    async fn pull_standing(&self, department: &str) -> Result<PullStanding> {
        let mut standing = PullStanding { department: department.to_owned(), ..PullStanding::default() };
        let Some(id) = self.known(department).await? else { return Ok(standing) };
        let done = self.newest_pull(id, "done").await?;
        let broken = self.newest_pull(id, "failed").await?;
        let torn = self.newest_pull(id, "interrupted").await?;
        let after = done.as_ref().map_or(FIRST, |run| run.id.as_str());
        if let Some(run) = broken.as_ref().filter(|run| run.id.as_str() > after) {
            standing.failures = u32::try_from(self.pulls_failed_after(id, after).await?).unwrap_or(u32::MAX);
            standing.failing_since = self.first_pull(id, "failed", after).await?.map(|first| first.started_at);
            standing.failed = Some(run.clone());
        } else if done.is_some() {
            let failure = broken.as_ref().map_or(FIRST, |run| run.id.as_str());
            standing.well_since = self.first_pull(id, "done", failure).await?.map(|first| first.started_at);
        }
        standing.last = [done, broken, torn].into_iter().flatten().max_by(|a, b| a.id.cmp(&b.id));
        Ok(standing)
    }

    async fn last_events(&self, department: &str, limit: u32) -> Result<Vec<EventHead>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let rows = sqlx::query("SELECT * FROM event WHERE department = $1 ORDER BY seq DESC LIMIT $2")
            .bind(id)
            .bind(i64::from(limit))
            .fetch_all(&self.read)
            .await
            .map_err(failed)?;
        let head = |row| {
            event_row(row).map(|event| EventHead {
                seq: event.seq,
                amends: event.supersedes.is_some(),
                record: event.record,
                case_no: event.case_no,
                data_version: event.data_version,
                event_time: event.event_time,
                received_time: event.received_time,
                hash: hex::encode(event.hash),
            })
        };
        rows.iter().map(head).collect()
    }
}
