//! The verbs about registers in SQL.

use super::{Verbs, begin, failed};
use crate::register::{Counted, Entered, Entry, RatingNumbers, Registers};
use crate::{AuditEntry, MatterRow, OutboxRow, Result};
use async_trait::async_trait;
use daylight_domain::Timestamp;
use sqlx::Row;

fn int(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

#[async_trait]
impl Registers for Verbs {
    async fn enter(
        &self,
        matter: MatterRow,
        series: &str,
        entry: Entry,
        audit: AuditEntry,
        message: Option<OutboxRow>,
    ) -> Result<Entered> {
        let departments = self.matter_departments(&matter, message.as_ref()).await?;
        let rated = match &entry.counted {
            Some(counted) => Some(self.id(&counted.department).await?),
            None => None,
        };
        let mut tx = begin(&self.write).await?;
        for name in &entry.once {
            let taken = sqlx::query("SELECT no FROM matter_once WHERE kind = $1 AND name = $2")
                .bind(matter.kind.clone())
                .bind(name.clone())
                .fetch_optional(&mut *tx)
                .await
                .map_err(failed)?;
            if let Some(row) = taken {
                return Ok(Entered::Before(row.try_get("no").map_err(failed)?));
            }
        }
        let matter = self.insert_matter(&mut tx, (matter, series), departments, audit, message).await?;
        for name in &entry.once {
            sqlx::query("INSERT INTO matter_once (kind, name, no) VALUES ($1, $2, $3)")
                .bind(matter.kind.clone())
                .bind(name.clone())
                .bind(matter.no.clone())
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
        }
        for name in &entry.keys {
            sqlx::query("INSERT INTO matter_key (kind, name, at, no) VALUES ($1, $2, $3, $4)")
                .bind(matter.kind.clone())
                .bind(name.clone())
                .bind(entry.at.0)
                .bind(matter.no.clone())
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
        }
        if let (Some(id), Some(Counted { satisfaction, by_default, place, device, .. })) = (rated, entry.counted) {
            let columns = "INSERT INTO rating (no, department, rated_at, satisfaction, by_default, place, device) \
                           VALUES ($1, $2, $3, $4, $5, $6, $7)";
            sqlx::query(columns)
                .bind(matter.no.clone())
                .bind(id)
                .bind(entry.at.0)
                .bind(i64::from(satisfaction))
                .bind(i64::from(by_default))
                .bind(place)
                .bind(device)
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
        }
        tx.commit().await.map_err(failed)?;
        Ok(Entered::New(matter))
    }

    async fn put_key(&self, kind: &str, name: &str, at: Timestamp, no: &str) -> Result<()> {
        let mut tx = begin(&self.write).await?;
        sqlx::query(
            "INSERT INTO matter_key (kind, name, at, no) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (kind, name, at, no) DO NOTHING",
        )
        .bind(kind.to_owned())
        .bind(name.to_owned())
        .bind(at.0)
        .bind(no.to_owned())
        .execute(&mut *tx)
        .await
        .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    async fn keyed(
        &self,
        kind: &str,
        name: &str,
        (from, to): (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<Vec<(Timestamp, String)>> {
        let rows = sqlx::query(
            "SELECT at, no FROM matter_key WHERE kind = $1 AND name = $2 AND at >= $3 AND at < $4 \
             ORDER BY at, no LIMIT $5",
        )
        .bind(kind.to_owned())
        .bind(name.to_owned())
        .bind(from.0)
        .bind(to.0)
        .bind(i64::from(limit))
        .fetch_all(&self.read)
        .await
        .map_err(failed)?;
        let read = |row: &super::DbRow| {
            Ok((Timestamp(row.try_get("at").map_err(failed)?), row.try_get("no").map_err(failed)?))
        };
        rows.iter().map(read).collect()
    }

    async fn entered_as(&self, kind: &str, name: &str) -> Result<Option<String>> {
        let row = sqlx::query("SELECT no FROM matter_once WHERE kind = $1 AND name = $2")
            .bind(kind.to_owned())
            .bind(name.to_owned())
            .fetch_optional(&self.read)
            .await
            .map_err(failed)?;
        row.map(|r| r.try_get("no").map_err(failed)).transpose()
    }

    async fn look_again(&self, no: &str, revision: i64, at: Option<Timestamp>) -> Result<()> {
        let mut tx = begin(&self.write).await?;
        sqlx::query("UPDATE matter SET due = $1 WHERE no = $2 AND revision = $3")
            .bind(at.map(|t| t.0))
            .bind(no.to_owned())
            .bind(revision)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    async fn rating_numbers(&self, department: &str, from: Timestamp, to: Timestamp) -> Result<RatingNumbers> {
        let id = self.known(department).await?.unwrap_or(-1);
        let row = sqlx::query(
            "SELECT COUNT(*) AS n, COUNT(CASE WHEN by_default = 1 THEN 1 END) AS d, \
             COUNT(CASE WHEN by_default = 0 AND satisfaction <= 3 THEN 1 END) AS g \
             FROM rating WHERE department = $1 AND rated_at >= $2 AND rated_at < $3",
        )
        .bind(id)
        .bind(from.0)
        .bind(to.0)
        .fetch_one(&self.read)
        .await
        .map_err(failed)?;
        let n = |name: &str| row.try_get::<i64, _>(name).map(int).map_err(failed);
        Ok(RatingNumbers { ratings: n("n")?, by_default: n("d")?, active_good: n("g")? })
    }

    async fn rating_stamps(
        &self,
        department: &str,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<(String, Timestamp, Option<String>)>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let rows = sqlx::query(
            "SELECT place, rated_at, device FROM rating WHERE department = $1 AND rated_at >= $2 AND rated_at < $3 \
             AND by_default = 0 AND place IS NOT NULL ORDER BY place, rated_at, no LIMIT $4",
        )
        .bind(id)
        .bind(from.0)
        .bind(to.0)
        .bind(i64::from(limit))
        .fetch_all(&self.read)
        .await
        .map_err(failed)?;
        let read = |row: &super::DbRow| {
            Ok((
                row.try_get("place").map_err(failed)?,
                Timestamp(row.try_get("rated_at").map_err(failed)?),
                row.try_get("device").map_err(failed)?,
            ))
        };
        rows.iter().map(read).collect()
    }
}
