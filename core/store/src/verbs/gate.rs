//! The verbs about reports of the gate in SQL.

use super::{Db, DbRow, Verbs, begin, failed};
use crate::gate::{GateActRow, GateReportRow, GateReports};
use crate::{AuditEntry, Result, StoreError};
use async_trait::async_trait;
use daylight_domain::Timestamp;
use sqlx::{QueryBuilder, Row};

const REPORT: &str = "SELECT no, department, made_at, digest, body FROM gate_report";

fn report(row: &DbRow) -> Result<GateReportRow> {
    Ok(GateReportRow {
        no: row.try_get("no").map_err(failed)?,
        department: row.try_get("department").map_err(failed)?,
        made_at: Timestamp(row.try_get("made_at").map_err(failed)?),
        digest: row.try_get("digest").map_err(failed)?,
        body: row.try_get("body").map_err(failed)?,
    })
}

fn act(row: &DbRow) -> Result<GateActRow> {
    Ok(GateActRow {
        report: row.try_get("report").map_err(failed)?,
        side: row.try_get("side").map_err(failed)?,
        actor: row.try_get("actor").map_err(failed)?,
        at: Timestamp(row.try_get("at").map_err(failed)?),
        body: row.try_get("body").map_err(failed)?,
    })
}

/// What is there already is a conflict, everything else is the database's.
fn taken(error: sqlx::Error, what: &str) -> StoreError {
    match error.as_database_error() {
        Some(e) if e.is_unique_violation() => StoreError::Conflict(format!("gate report {what} was acted on before")),
        _ => failed(error),
    }
}

#[async_trait]
impl GateReports for Verbs {
    async fn freeze_gate_report(&self, row: &GateReportRow, audit: AuditEntry) -> Result<()> {
        let mut tx = begin(&self.write).await?;
        sqlx::query("INSERT INTO gate_report (no, department, made_at, digest, body) VALUES ($1, $2, $3, $4, $5)")
            .bind(row.no.clone())
            .bind(row.department.clone())
            .bind(row.made_at.0)
            .bind(row.digest.clone())
            .bind(row.body.clone())
            .execute(&mut *tx)
            .await
            .map_err(|e| taken(e, &row.no))?;
        self.add_audit(&mut tx, audit).await?;
        tx.commit().await.map_err(failed)
    }

    async fn gate_reports(&self, department: Option<&str>) -> Result<Vec<GateReportRow>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new(REPORT);
        if let Some(department) = department {
            q.push(" WHERE department = ").push_bind(department.to_owned());
        }
        q.push(" ORDER BY made_at DESC, no DESC");
        q.build().fetch_all(&self.read).await.map_err(failed)?.iter().map(report).collect()
    }

    async fn gate_report(&self, no: &str) -> Result<Option<GateReportRow>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new(REPORT);
        q.push(" WHERE no = ").push_bind(no.to_owned());
        q.build().fetch_optional(&self.read).await.map_err(failed)?.as_ref().map(report).transpose()
    }

    async fn gate_acts(&self, report: &str) -> Result<Vec<GateActRow>> {
        sqlx::query("SELECT report, side, actor, at, body FROM gate_act WHERE report = $1 ORDER BY at, side")
            .bind(report.to_owned())
            .fetch_all(&self.read)
            .await
            .map_err(failed)?
            .iter()
            .map(act)
            .collect()
    }

    async fn add_gate_act(&self, row: &GateActRow, audit: AuditEntry) -> Result<()> {
        let mut tx = begin(&self.write).await?;
        sqlx::query("INSERT INTO gate_act (report, side, actor, at, body) VALUES ($1, $2, $3, $4, $5)")
            .bind(row.report.clone())
            .bind(row.side.clone())
            .bind(row.actor.clone())
            .bind(row.at.0)
            .bind(row.body.clone())
            .execute(&mut *tx)
            .await
            .map_err(|e| taken(e, &row.report))?;
        self.add_audit(&mut tx, audit).await?;
        tx.commit().await.map_err(failed)
    }
}
