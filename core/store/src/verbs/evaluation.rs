//! The verbs about lives of score runs in SQL.

use super::write::write_outbox;
use super::{Db, DbRow, Verbs, begin, failed, json, parse};
use crate::evaluation::{ScoreLifeFilter, ScoreLifeRow, ScoreLives};
use crate::{AuditEntry, OutboxRow, Result, StoreError};
use async_trait::async_trait;
use sqlx::{QueryBuilder, Row};

const COLUMNS: &str = "SELECT run, standard, period, revision, body FROM score_life";

fn life_row(row: &DbRow) -> Result<ScoreLifeRow> {
    Ok(ScoreLifeRow {
        run: row.try_get("run").map_err(failed)?,
        standard: row.try_get("standard").map_err(failed)?,
        period: row.try_get("period").map_err(failed)?,
        revision: row.try_get("revision").map_err(failed)?,
        life: parse(row.try_get("body").map_err(failed)?)?,
    })
}

/// Two results of one period are a conflict, everything else is the database's.
fn twice(error: sqlx::Error) -> StoreError {
    match error.as_database_error() {
        Some(e) if e.is_unique_violation() => {
            StoreError::Conflict("another run of this standard and period stands already".to_owned())
        }
        _ => failed(error),
    }
}

#[async_trait]
impl ScoreLives for Verbs {
    async fn score_life(&self, run: &str) -> Result<Option<ScoreLifeRow>> {
        let filter = ScoreLifeFilter { runs: vec![run.to_owned()], ..ScoreLifeFilter::default() };
        Ok(self.score_lives(&filter).await?.pop())
    }

    async fn score_lives(&self, filter: &ScoreLifeFilter) -> Result<Vec<ScoreLifeRow>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new(COLUMNS);
        q.push(" WHERE 1 = 1");
        if !filter.runs.is_empty() {
            let mut list = q.push(" AND run IN (").separated(", ");
            for run in &filter.runs {
                list.push_bind(run.clone());
            }
            q.push(")");
        }
        if let Some(standard) = &filter.standard {
            q.push(" AND standard = ").push_bind(standard.clone());
        }
        if let Some(period) = &filter.period {
            q.push(" AND period LIKE ").push_bind(format!("{}%", period.replace(['%', '_'], "")));
        }
        q.push(" ORDER BY run");
        q.build().fetch_all(&self.read).await.map_err(failed)?.iter().map(life_row).collect()
    }

    async fn keep_score_life(&self, row: &ScoreLifeRow, audit: AuditEntry, messages: Vec<OutboxRow>) -> Result<()> {
        let mut of = Vec::new();
        for message in messages {
            of.push((self.id(&message.department).await?, message));
        }
        let mut tx = begin(&self.write).await?;
        let (state, body) = (row.life.state.as_str(), json(&row.life)?);
        let mut q: QueryBuilder<Db> = if row.revision == 0 {
            let mut q =
                QueryBuilder::new("INSERT INTO score_life (run, standard, period, state, revision, body) VALUES (");
            q.push_bind(row.run.clone()).push(", ").push_bind(row.standard.clone()).push(", ");
            q.push_bind(row.period.clone()).push(", ").push_bind(state).push(", 1, ").push_bind(body);
            q.push(") ON CONFLICT (run) DO NOTHING");
            q
        } else {
            let mut q = QueryBuilder::new("UPDATE score_life SET revision = revision + 1, state = ");
            q.push_bind(state).push(", body = ").push_bind(body).push(" WHERE run = ").push_bind(row.run.clone());
            q.push(" AND revision = ").push_bind(row.revision);
            q
        };
        if q.build().execute(&mut *tx).await.map_err(twice)?.rows_affected() != 1 {
            return Err(StoreError::Conflict(format!("score run {} was changed by somebody else meanwhile", row.run)));
        }
        for (id, message) in &mut of {
            write_outbox(&mut tx, *id, std::slice::from_mut(message)).await?;
        }
        self.add_audit(&mut tx, audit).await?;
        tx.commit().await.map_err(failed)
    }
}
