//! The verbs about connectors in SQL.

use super::{CHUNK, Db, DbRow, Verbs, bodies, event_row, failed, uint};
use crate::connection::{Connections, EventHead, PullStanding};
use crate::{Result, RunRow};
use async_trait::async_trait;
use sqlx::{QueryBuilder, Row};
use std::collections::HashMap;

/// What says how pulls stand, by department: the newest of each end, what failed since one ended well, and the first that ended well
/// after all that failed. A few steps in an index for each.
const STANDING: &str = "SELECT d.name, d.done, d.broken, d.torn, \
    (SELECT COUNT(*) FROM run WHERE department = d.id AND kind = 'pull' AND status = 'failed' AND id > COALESCE(d.done, '')) AS failures, \
    (SELECT MIN(id) FROM run WHERE department = d.id AND kind = 'pull' AND status = 'failed' AND id > COALESCE(d.done, '')) AS failing, \
    (SELECT MIN(id) FROM run WHERE department = d.id AND kind = 'pull' AND status = 'done' AND id > COALESCE(d.broken, '')) AS well \
    FROM (SELECT id, name, \
      (SELECT MAX(id) FROM run WHERE department = department.id AND kind = 'pull' AND status = 'done') AS done, \
      (SELECT MAX(id) FROM run WHERE department = department.id AND kind = 'pull' AND status = 'failed') AS broken, \
      (SELECT MAX(id) FROM run WHERE department = department.id AND kind = 'pull' AND status = 'interrupted') AS torn \
      FROM department) d WHERE 1 = 1";

impl Verbs {
    async fn runs_by_id(&self, ids: &[String]) -> Result<HashMap<String, RunRow>> {
        let mut all = HashMap::new();
        for some in ids.chunks(CHUNK) {
            let mut q: QueryBuilder<Db> = QueryBuilder::new("SELECT body FROM run WHERE id IN (");
            let mut list = q.separated(", ");
            some.iter().for_each(|id| _ = list.push_bind(id.clone()));
            q.push(")");
            let rows: Vec<RunRow> = bodies(&q.build().fetch_all(&self.read).await.map_err(failed)?)?;
            all.extend(rows.into_iter().map(|run| (run.id.clone(), run)));
        }
        Ok(all)
    }
}

#[async_trait]
impl Connections for Verbs {
    async fn pull_standings(&self, department: Option<&str>) -> Result<Vec<PullStanding>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new(STANDING);
        if let Some(department) = department {
            q.push(" AND d.name = ").push_bind(department.to_owned());
        }
        let rows = q.push(" ORDER BY d.name").build().fetch_all(&self.read).await.map_err(failed)?;
        let id = |row: &DbRow, name: &str| row.try_get::<Option<String>, _>(name).map_err(failed);
        let mut ids = Vec::new();
        for row in &rows {
            for name in ["done", "broken", "torn", "failing", "well"] {
                ids.extend(id(row, name)?);
            }
        }
        let runs = self.runs_by_id(&ids).await?;
        let one = |row: &DbRow| {
            let run = |name: &str| Ok(id(row, name)?.and_then(|id| runs.get(&id)));
            let began = |name: &str| Ok(run(name)?.map(|run| run.started_at));
            let failures = uint(row.try_get("failures").map_err(failed)?);
            let fails = failures > 0;
            Ok(PullStanding {
                department: row.try_get("name").map_err(failed)?,
                last: [run("done")?, run("broken")?, run("torn")?]
                    .into_iter()
                    .flatten()
                    .max_by_key(|run| &run.id)
                    .cloned(),
                failed: if fails { run("broken")?.cloned() } else { None },
                failures: u32::try_from(failures).unwrap_or(u32::MAX),
                failing_since: if fails { began("failing")? } else { None },
                well_since: if fails { None } else { began("well")? },
            })
        };
        rows.iter().map(one).collect()
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
