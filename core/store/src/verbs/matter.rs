//! The verbs about matters in SQL.

use super::write::{draw, write_outbox};
use super::{Connection, Db, DbRow, Verbs, begin, bodies, failed, json};
use crate::matter::{DocumentRow, MatterFilter, MatterRow, Matters, Side};
use crate::{AuditEntry, OutboxRow, Result, StoreError};
use async_trait::async_trait;
use daylight_domain::Timestamp;
use sqlx::{QueryBuilder, Row};

const COLUMNS: &str = "SELECT m.no, m.kind, d.name AS department, m.state, m.due, m.revision, m.body FROM matter m \
                       LEFT JOIN department d ON d.id = m.department";

fn matter_row(row: &DbRow) -> Result<MatterRow> {
    Ok(MatterRow {
        kind: row.try_get("kind").map_err(failed)?,
        no: row.try_get("no").map_err(failed)?,
        department: row.try_get("department").map_err(failed)?,
        state: row.try_get("state").map_err(failed)?,
        due: row.try_get::<Option<i64>, _>("due").map_err(failed)?.map(Timestamp),
        revision: row.try_get("revision").map_err(failed)?,
        body: row.try_get("body").map_err(failed)?,
    })
}

/// The document with its number in it.
fn numbered(body: &str, no: &str) -> Result<String> {
    let mut document: serde_json::Value = super::parse(body)?;
    if let Some(object) = document.as_object_mut() {
        object.insert("no".to_owned(), no.into());
    }
    json(&document)
}

impl Verbs {
    async fn matter_department(&self, department: Option<&str>) -> Result<Option<i64>> {
        match department {
            Some(name) => Ok(Some(self.id(name).await?)),
            None => Ok(None),
        }
    }

    async fn message_department(&self, message: Option<&OutboxRow>) -> Result<Option<i64>> {
        self.matter_department(message.map(|m| m.department.as_str())).await
    }
}

impl Verbs {
    /// Numbers of the departments that a matter and its message are about.
    pub(super) async fn matter_departments(
        &self,
        matter: &MatterRow,
        message: Option<&OutboxRow>,
    ) -> Result<(Option<i64>, Option<i64>)> {
        let department = self.matter_department(matter.department.as_deref()).await?;
        Ok((department, self.message_department(message).await?))
    }

    /// Writes a matter under the next number of its series, inside an open transaction.
    pub(super) async fn insert_matter(
        &self,
        tx: &mut Connection,
        (mut matter, series): (MatterRow, &str),
        (department, of): (Option<i64>, Option<i64>),
        mut audit: AuditEntry,
        mut message: Option<OutboxRow>,
    ) -> Result<MatterRow> {
        matter.no = format!("{series}{:06}", draw(tx, series, 1).await?);
        matter.revision = 1;
        matter.body = numbered(&matter.body, &matter.no)?;
        audit.object.clone_from(&matter.no);
        let columns = "INSERT INTO matter (no, kind, department, state, due, revision, body) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7)";
        sqlx::query(columns)
            .bind(matter.no.clone())
            .bind(matter.kind.clone())
            .bind(department)
            .bind(matter.state.clone())
            .bind(matter.due.map(|t| t.0))
            .bind(matter.revision)
            .bind(matter.body.clone())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        if let (Some(id), Some(message)) = (of, &mut message) {
            message.body = message.body.replace("{no}", &matter.no);
            write_outbox(tx, id, std::slice::from_mut(message)).await?;
        }
        self.add_audit(tx, audit).await?;
        Ok(matter)
    }

    /// Replaces a matter that nobody has changed since it was read, inside an open transaction.
    pub(super) async fn change_matter(
        &self,
        tx: &mut Connection,
        matter: &MatterRow,
        (department, of): (Option<i64>, Option<i64>),
        audit: AuditEntry,
        mut message: Option<OutboxRow>,
    ) -> Result<()> {
        let change = "UPDATE matter SET state = $1, due = $2, body = $3, department = $6, revision = revision + 1 \
                      WHERE no = $4 AND revision = $5";
        let n = sqlx::query(change)
            .bind(matter.state.clone())
            .bind(matter.due.map(|t| t.0))
            .bind(matter.body.clone())
            .bind(matter.no.clone())
            .bind(matter.revision)
            .bind(department)
            .execute(&mut *tx)
            .await
            .map_err(failed)?
            .rows_affected();
        if n != 1 {
            return Err(StoreError::Conflict(format!("{} was changed by somebody else meanwhile", matter.no)));
        }
        if let (Some(id), Some(message)) = (of, &mut message) {
            write_outbox(tx, id, std::slice::from_mut(message)).await?;
        }
        self.add_audit(tx, audit).await
    }
}

#[async_trait]
impl Matters for Verbs {
    async fn add_matter(
        &self,
        matter: MatterRow,
        series: &str,
        audit: AuditEntry,
        message: Option<OutboxRow>,
    ) -> Result<MatterRow> {
        let departments = self.matter_departments(&matter, message.as_ref()).await?;
        let mut tx = begin(&self.write).await?;
        let matter = self.insert_matter(&mut tx, (matter, series), departments, audit, message).await?;
        tx.commit().await.map_err(failed)?;
        Ok(matter)
    }

    async fn update_matter(&self, matter: &MatterRow, audit: AuditEntry, message: Option<OutboxRow>) -> Result<()> {
        let departments = self.matter_departments(matter, message.as_ref()).await?;
        let mut tx = begin(&self.write).await?;
        self.change_matter(&mut tx, matter, departments, audit, message).await?;
        tx.commit().await.map_err(failed)
    }

    async fn matter(&self, kind: &str, no: &str) -> Result<Option<MatterRow>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new(COLUMNS);
        q.push(" WHERE m.no = ").push_bind(no.to_owned()).push(" AND m.kind = ").push_bind(kind.to_owned());
        q.build().fetch_optional(&self.read).await.map_err(failed)?.as_ref().map(matter_row).transpose()
    }

    async fn matter_counts(&self, department: Option<&str>) -> Result<Vec<(String, String, u64)>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new("SELECT kind, state, COUNT(*) AS n FROM matter WHERE 1 = 1");
        if let Some(id) = self.filter_id(department).await? {
            q.push(" AND department = ").push_bind(id);
        }
        q.push(" GROUP BY kind, state ORDER BY kind, state");
        let rows = q.build().fetch_all(&self.read).await.map_err(failed)?;
        let row = |r: &DbRow| {
            let n = u64::try_from(r.try_get::<i64, _>("n").map_err(failed)?).unwrap_or(0);
            Ok((r.try_get("kind").map_err(failed)?, r.try_get("state").map_err(failed)?, n))
        };
        rows.iter().map(row).collect()
    }

    async fn matters(&self, filter: &MatterFilter) -> Result<Vec<MatterRow>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new(COLUMNS);
        q.push(" WHERE m.kind = ").push_bind(filter.kind.clone());
        if let Some(id) = self.filter_id(filter.department.as_deref()).await? {
            q.push(" AND m.department = ").push_bind(id);
        }
        if !filter.states.is_empty() {
            let mut list = q.push(" AND m.state IN (").separated(", ");
            for state in &filter.states {
                list.push_bind(state.clone());
            }
            q.push(")");
        }
        if let Some(before) = filter.due_before {
            q.push(" AND m.due < ").push_bind(before.0);
        }
        if let Some(after) = &filter.after {
            q.push(" AND m.no > ").push_bind(after.clone());
        }
        q.push(" ORDER BY m.no LIMIT ").push_bind(i64::from(filter.limit));
        q.build().fetch_all(&self.read).await.map_err(failed)?.iter().map(matter_row).collect()
    }

    async fn matter_states(&self, kind: &str, department: Option<&str>) -> Result<Vec<(String, u64)>> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new("SELECT state, COUNT(*) AS n FROM matter WHERE kind = ");
        q.push_bind(kind.to_owned());
        if let Some(id) = self.filter_id(department).await? {
            q.push(" AND department = ").push_bind(id);
        }
        q.push(" GROUP BY state ORDER BY state");
        q.build().fetch_all(&self.read).await.map_err(failed)?.iter().map(super::counted).collect()
    }

    async fn put_document(&self, document: &DocumentRow, bytes: &[u8], audit: AuditEntry) -> Result<()> {
        let mut tx = begin(&self.write).await?;
        let place = "INSERT INTO document (matter, side, digest, seq, body, bytes) \
                     SELECT $1, $2, $3, COALESCE(MAX(seq), 0) + 1, $4, $5 FROM document WHERE matter = $1 \
                     ON CONFLICT (matter, side, digest) DO NOTHING";
        let n = sqlx::query(place)
            .bind(document.matter.clone())
            .bind(document.side.as_str())
            .bind(document.digest.clone())
            .bind(json(document)?)
            .bind(bytes.to_vec())
            .execute(&mut *tx)
            .await
            .map_err(failed)?
            .rows_affected();
        if n == 1 {
            self.add_audit(&mut tx, audit).await?;
        }
        tx.commit().await.map_err(failed)
    }

    async fn document(&self, matter: &str, side: Side, digest: &str) -> Result<Option<(DocumentRow, Vec<u8>)>> {
        let row = sqlx::query("SELECT body, bytes FROM document WHERE matter = $1 AND side = $2 AND digest = $3")
            .bind(matter.to_owned())
            .bind(side.as_str())
            .bind(digest.to_owned())
            .fetch_optional(&self.read)
            .await
            .map_err(failed)?;
        row.map(|r| Ok((super::body(&r)?, r.try_get("bytes").map_err(failed)?))).transpose()
    }

    async fn documents(&self, matter: &str) -> Result<Vec<DocumentRow>> {
        let rows = sqlx::query("SELECT body FROM document WHERE matter = $1 ORDER BY seq")
            .bind(matter.to_owned())
            .fetch_all(&self.read)
            .await
            .map_err(failed)?;
        bodies(&rows)
    }
}
