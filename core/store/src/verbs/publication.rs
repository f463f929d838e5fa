//! The verbs about publications in SQL.

use super::{Verbs, begin, failed};
use crate::publication::{About, NewPublication, Publications};
use crate::{AuditEntry, MatterRow, Result};
use async_trait::async_trait;
use daylight_domain::Timestamp;
use daylight_domain::publication::FileEntry;
use sqlx::Row;

#[async_trait]
impl Publications for Verbs {
    async fn add_publication(&self, new: NewPublication, series: &str, audit: AuditEntry) -> Result<MatterRow> {
        let departments = self.matter_departments(&new.matter, None).await?;
        let mut tx = begin(&self.write).await?;
        let matter = self.insert_matter(&mut tx, (new.matter, series), departments, audit, None).await?;
        for (seq, (file, bytes)) in (0i64..).zip(new.files) {
            let columns = "INSERT INTO publication_file (publication, name, seq, media, digest, bytes) \
                           VALUES ($1, $2, $3, $4, $5, $6)";
            sqlx::query(columns)
                .bind(matter.no.clone())
                .bind(file.name)
                .bind(seq)
                .bind(file.media)
                .bind(file.sha256)
                .bind(bytes)
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
        }
        for (about, name) in new.about {
            let columns = "INSERT INTO publication_about (kind, name, publication, at) VALUES ($1, $2, $3, NULL) \
                           ON CONFLICT (kind, name, publication) DO NOTHING";
            sqlx::query(columns)
                .bind(about.as_str())
                .bind(name)
                .bind(matter.no.clone())
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
        }
        tx.commit().await.map_err(failed)?;
        Ok(matter)
    }

    async fn publish(&self, matter: &MatterRow, at: Timestamp, audit: AuditEntry) -> Result<()> {
        let departments = self.matter_departments(matter, None).await?;
        let mut tx = begin(&self.write).await?;
        self.change_matter(&mut tx, matter, departments, audit, None).await?;
        sqlx::query("UPDATE publication_about SET at = $1 WHERE publication = $2")
            .bind(at.0)
            .bind(matter.no.clone())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    async fn publication_file(&self, no: &str, name: &str) -> Result<Option<(FileEntry, Vec<u8>)>> {
        let row =
            sqlx::query("SELECT name, media, digest, bytes FROM publication_file WHERE publication = $1 AND name = $2")
                .bind(no.to_owned())
                .bind(name.to_owned())
                .fetch_optional(&self.read)
                .await
                .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let bytes: Vec<u8> = row.try_get("bytes").map_err(failed)?;
        let entry = FileEntry {
            name: row.try_get("name").map_err(failed)?,
            media: row.try_get("media").map_err(failed)?,
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            sha256: row.try_get("digest").map_err(failed)?,
        };
        Ok(Some((entry, bytes)))
    }

    async fn published_about(&self, about: About, name: &str) -> Result<Vec<(String, Option<Timestamp>)>> {
        let rows = sqlx::query(
            "SELECT publication, at FROM publication_about WHERE kind = $1 AND name = $2 ORDER BY publication",
        )
        .bind(about.as_str())
        .bind(name.to_owned())
        .fetch_all(&self.read)
        .await
        .map_err(failed)?;
        let read = |row: &super::DbRow| {
            let at: Option<i64> = row.try_get("at").map_err(failed)?;
            Ok((row.try_get("publication").map_err(failed)?, at.map(Timestamp)))
        };
        rows.iter().map(read).collect()
    }
}
