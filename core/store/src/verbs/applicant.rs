//! [`CasesAround`] in SQL, and what a commit does for the neighbours of the cases it changes.

use super::{CHUNK, Connection, Db, DbRow, Verbs, begin, case_row, damaged, event_row, failed, int};
use crate::Result;
use crate::around::{CasesAround, NEAREST, REACH_MS};
use crate::model::{ApplicantRow, AroundCommit, CaseRow, EventRow, PageCommit};
use async_trait::async_trait;
use daylight_domain::Timestamp;
use daylight_domain::record::RecordType;
use daylight_domain::rule::OtherCase;
use sqlx::{QueryBuilder, Row};

fn other(row: &DbRow) -> Result<OtherCase> {
    Ok(OtherCase {
        case_no: row.try_get("case_no").map_err(failed)?,
        applied_at: Timestamp(row.try_get("applied_at").map_err(failed)?),
        closed_at: row.try_get::<Option<i64>, _>("closed_at").map_err(failed)?.map(Timestamp),
    })
}

fn applicant(row: &DbRow) -> Result<ApplicantRow> {
    let key: &[u8] = row.try_get("key").map_err(failed)?;
    Ok(ApplicantRow {
        case_no: row.try_get("case_no").map_err(failed)?,
        item_code: row.try_get("item_code").map_err(failed)?,
        key: Some(key.try_into().map_err(|_| damaged("applicant"))?),
        applied_at: Timestamp(row.try_get("applied_at").map_err(failed)?),
        amended: false,
    })
}

/// Adds `(…, …)` of texts to a statement.
fn among(q: &mut QueryBuilder<Db>, names: &[&str]) {
    q.push("(");
    let mut list = q.separated(", ");
    for name in names {
        list.push_bind((*name).to_owned());
    }
    q.push(")");
}

#[async_trait]
impl CasesAround for Verbs {
    async fn same_applicant(&self, department: &str, case_no: &str) -> Result<Option<Vec<OtherCase>>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let own = sqlx::query(
            "SELECT case_no, item_code, key, applied_at FROM applicant WHERE department = $1 AND case_no = $2",
        )
        .bind(id)
        .bind(case_no.to_owned())
        .fetch_optional(&self.read)
        .await
        .map_err(failed)?;
        let Some(own) = own.as_ref().map(applicant).transpose()? else { return Ok(None) };
        let mut all = Vec::new();
        for (sign, order, bound) in
            [("<", "DESC", own.applied_at.0 - REACH_MS), (">", "ASC", own.applied_at.0 + REACH_MS)]
        {
            let mut q: QueryBuilder<Db> = QueryBuilder::new(
                "SELECT a.case_no AS case_no, a.applied_at AS applied_at, v.closed_at AS closed_at FROM applicant a \
                 JOIN case_view v ON v.department = a.department AND v.case_no = a.case_no WHERE a.department = ",
            );
            q.push_bind(id).push(" AND a.item_code = ").push_bind(own.item_code.clone());
            q.push(" AND a.key = ").push_bind(own.key.map(|k| k.to_vec()));
            q.push(format!(" AND (a.applied_at, a.case_no) {sign} ("));
            q.push_bind(own.applied_at.0).push(", ").push_bind(case_no.to_owned());
            // Not beyond the reach, on this side.
            q.push(format!(") AND a.applied_at {}= ", if sign == "<" { ">" } else { "<" })).push_bind(bound);
            q.push(format!(" ORDER BY a.applied_at {order}, a.case_no {order} LIMIT ")).push_bind(i64::from(NEAREST));
            for row in q.build().fetch_all(&self.read).await.map_err(failed)? {
                all.push(other(&row)?);
            }
        }
        all.sort_by(|a, b| (a.applied_at, &a.case_no).cmp(&(b.applied_at, &b.case_no)));
        Ok(Some(all))
    }

    async fn queue_before(
        &self,
        department: &str,
        item: &str,
        accepted: Timestamp,
        decided: Timestamp,
        limit: u32,
    ) -> Result<Vec<CaseRow>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let mut q: QueryBuilder<Db> = QueryBuilder::new("SELECT body, next_due FROM case_view WHERE department = ");
        q.push_bind(id).push(" AND item_code = ").push_bind(item.to_owned());
        q.push(" AND started_at < ").push_bind(accepted.0);
        q.push(" AND (closed_at IS NULL OR closed_at > ").push_bind(decided.0).push(")");
        q.push(" ORDER BY started_at, case_no LIMIT ").push_bind(i64::from(limit));
        self.case_rows(q).await
    }

    async fn cases_of_item(
        &self,
        department: &str,
        item: &str,
        (from, to): (Timestamp, Timestamp),
        after: Option<(Timestamp, String)>,
        limit: u32,
    ) -> Result<Vec<(Timestamp, CaseRow)>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let mut q: QueryBuilder<Db> =
            QueryBuilder::new("SELECT started_at, body, next_due FROM case_view WHERE department = ");
        q.push_bind(id).push(" AND item_code = ").push_bind(item.to_owned());
        q.push(" AND started_at < ").push_bind(to.0);
        match after {
            Some((at, case_no)) => {
                q.push(" AND (started_at, case_no) > (").push_bind(at.0).push(", ").push_bind(case_no).push(")");
            }
            None => {
                q.push(" AND started_at >= ").push_bind(from.0);
            }
        }
        q.push(" ORDER BY started_at, case_no LIMIT ").push_bind(i64::from(limit));
        let rows = q.build().fetch_all(&self.read).await.map_err(failed)?;
        rows.iter().map(|r| Ok((Timestamp(r.try_get("started_at").map_err(failed)?), case_row(r)?))).collect()
    }

    async fn rearm_department(&self, department: &str, at: Timestamp) -> Result<u64> {
        let id = self.known(department).await?.unwrap_or(-1);
        let mut q = QueryBuilder::new("UPDATE case_view SET next_due = ");
        q.push_bind(at.0).push(" WHERE department = ").push_bind(id);
        self.run_write(q).await
    }

    async fn applicants(&self, department: &str, after: &str, last: &str) -> Result<Vec<ApplicantRow>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let rows = sqlx::query(
            "SELECT case_no, item_code, key, applied_at FROM applicant WHERE department = $1 AND case_no > $2 AND case_no <= $3 \
             ORDER BY case_no",
        )
        .bind(id)
        .bind(after.to_owned())
        .bind(last.to_owned())
        .fetch_all(&self.read)
        .await
        .map_err(failed)?;
        rows.iter().map(applicant).collect()
    }

    async fn put_applicants(&self, department: &str, rows: &[ApplicantRow]) -> Result<()> {
        let id = self.id(department).await?;
        let mut tx = begin(&self.write).await?;
        write_applicants(&mut tx, id, rows).await?;
        tx.commit().await.map_err(failed)
    }

    async fn events_of_type(
        &self,
        department: &str,
        record: RecordType,
        after: u64,
        limit: u32,
    ) -> Result<Vec<EventRow>> {
        let id = self.known(department).await?.unwrap_or(-1);
        let rows =
            sqlx::query("SELECT * FROM event WHERE department = $1 AND record = $2 AND seq > $3 ORDER BY seq LIMIT $4")
                .bind(id)
                .bind(i64::from(record as u8))
                .bind(int(after))
                .bind(i64::from(limit))
                .fetch_all(&self.read)
                .await
                .map_err(failed)?;
        rows.iter().map(event_row).collect()
    }
}

async fn write_applicants(conn: &mut Connection, id: i64, rows: &[ApplicantRow]) -> Result<()> {
    let known: Vec<(&ApplicantRow, [u8; 16])> = rows.iter().filter_map(|r| Some((r, r.key?))).collect();
    for chunk in known.chunks(CHUNK) {
        let mut q: QueryBuilder<Db> =
            QueryBuilder::new("INSERT INTO applicant (department, case_no, item_code, key, applied_at) ");
        q.push_values(chunk, |mut b, (row, key)| {
            b.push_bind(id)
                .push_bind(row.case_no.clone())
                .push_bind(row.item_code.clone())
                .push_bind(key.to_vec())
                .push_bind(row.applied_at.0);
        });
        q.push(
            " ON CONFLICT (department, case_no) DO UPDATE SET item_code = excluded.item_code, key = excluded.key, \
             applied_at = excluded.applied_at",
        );
        q.build().execute(&mut *conn).await.map_err(failed)?;
    }
    let gone: Vec<&str> = rows.iter().filter(|r| r.key.is_none() && r.amended).map(|r| r.case_no.as_str()).collect();
    for chunk in gone.chunks(CHUNK) {
        let mut q: QueryBuilder<Db> = QueryBuilder::new("DELETE FROM applicant WHERE department = ");
        q.push_bind(id).push(" AND case_no IN ");
        among(&mut q, chunk);
        q.build().execute(&mut *conn).await.map_err(failed)?;
    }
    Ok(())
}

/// Arms the other cases of the applicants of these cases, as they are known now. Once for each applicant and item, however many
/// of these cases are theirs; these cases themselves were looked at with the page.
async fn arm_same_applicant(conn: &mut Connection, id: i64, cases: &[&str], around: &AroundCommit) -> Result<()> {
    let at = around.at;
    for chunk in cases.chunks(CHUNK) {
        let mut q: QueryBuilder<Db> = QueryBuilder::new("UPDATE case_view SET next_due = ");
        q.push_bind(at.0).push(" WHERE department = ").push_bind(id);
        q.push(" AND (next_due IS NULL OR next_due > ").push_bind(at.0);
        q.push(
            ") AND case_no IN (SELECT b.case_no FROM (SELECT item_code, key, MIN(applied_at) AS first, \
             MAX(applied_at) AS last FROM applicant WHERE department = ",
        );
        q.push_bind(id).push(" AND case_no IN ");
        among(&mut q, chunk);
        q.push(" GROUP BY item_code, key) a JOIN applicant b ON b.department = ").push_bind(id);
        q.push(" AND b.item_code = a.item_code AND b.key = a.key AND b.applied_at >= a.first - ").push_bind(REACH_MS);
        q.push(" AND b.applied_at <= a.last + ").push_bind(REACH_MS);
        q.push(") AND case_no NOT IN ");
        among(&mut q, chunk);
        if around.only_left {
            q.push(" AND state IN ('withdrawn', 'returned')");
        }
        q.build().execute(&mut *conn).await.map_err(failed)?;
    }
    Ok(())
}

/// Writes who applied, and arms the neighbours of what changed, so that what is found does not depend on who arrived first.
pub(super) async fn write_around(conn: &mut Connection, id: i64, commit: &PageCommit) -> Result<()> {
    let around = &commit.around;
    if around.compares_applicants {
        // Whoever was a neighbour before an application was corrected, and may be none any more.
        let moved: Vec<&str> = around.applicants.iter().filter(|r| r.amended).map(|r| r.case_no.as_str()).collect();
        arm_same_applicant(conn, id, &moved, around).await?;
    }
    write_applicants(conn, id, &around.applicants).await?;
    let stirred: Vec<&str> = around.stirred.iter().map(String::as_str).collect();
    arm_same_applicant(conn, id, &stirred, around).await?;
    for (item, since) in &around.queues {
        let mut q: QueryBuilder<Db> = QueryBuilder::new("UPDATE case_view SET next_due = ");
        q.push_bind(around.at.0).push(" WHERE department = ").push_bind(id);
        q.push(" AND item_code = ").push_bind(item.clone());
        q.push(" AND closed_at >= ").push_bind(since.0);
        q.push(" AND (next_due IS NULL OR next_due > ").push_bind(around.at.0).push(")");
        q.build().execute(&mut *conn).await.map_err(failed)?;
    }
    Ok(())
}
