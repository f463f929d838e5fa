//! The verbs about publications in SQL.

use super::{Connection, Verbs, begin, failed};
use crate::publication::{About, NewPublication, Publications};
use crate::{AuditEntry, MatterRow, Result};
use async_trait::async_trait;
use daylight_domain::Timestamp;
use daylight_domain::publication::FileEntry;
use sqlx::Row;

/// Puts a publication in a place, inside an open transaction; the number of the one that stands there and is published, if there is one.
/// One that was withdrawn gives it up. Whoever writes the row first makes others wait, who then see what it wrote.
async fn take_place(tx: &mut Connection, place: &str, no: &str) -> Result<Option<String>> {
    let first = "INSERT INTO publication_once (place, publication) VALUES ($1, $2) ON CONFLICT (place) DO NOTHING";
    let n = sqlx::query(first)
        .bind(place.to_owned())
        .bind(no.to_owned())
        .execute(&mut *tx)
        .await
        .map_err(failed)?
        .rows_affected();
    if n == 1 {
        return Ok(None);
    }
    let holder = "SELECT o.publication, m.state FROM publication_once o LEFT JOIN matter m ON m.no = o.publication \
                  WHERE o.place = $1";
    let row = sqlx::query(holder).bind(place.to_owned()).fetch_one(&mut *tx).await.map_err(failed)?;
    let other: String = row.try_get("publication").map_err(failed)?;
    let state: Option<String> = row.try_get("state").map_err(failed)?;
    if state.as_deref() == Some("published") {
        return Ok(Some(other));
    }
    let n = sqlx::query("UPDATE publication_once SET publication = $1 WHERE place = $2 AND publication = $3")
        .bind(no.to_owned())
        .bind(place.to_owned())
        .bind(other.clone())
        .execute(&mut *tx)
        .await
        .map_err(failed)?
        .rows_affected();
    Ok((n != 1).then_some(other))
}

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

    async fn publish(
        &self,
        matter: &MatterRow,
        at: Timestamp,
        place: Option<&str>,
        audit: AuditEntry,
    ) -> Result<Option<String>> {
        let departments = self.matter_departments(matter, None).await?;
        let mut tx = begin(&self.write).await?;
        if let Some(place) = place
            && let Some(other) = take_place(&mut tx, place, &matter.no).await?
        {
            tx.rollback().await.map_err(failed)?;
            return Ok(Some(other));
        }
        self.change_matter(&mut tx, matter, departments, audit, None).await?;
        sqlx::query("UPDATE publication_about SET at = $1 WHERE publication = $2")
            .bind(at.0)
            .bind(matter.no.clone())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(None)
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
