//! What is asked about cases because of another case: the same applicant's, those before it in a queue, all of one item.

use crate::Result;
use crate::model::{ApplicantRow, CaseRow, EventRow};
use async_trait::async_trait;
use daylight_domain::Timestamp;
use daylight_domain::record::RecordType;
use daylight_domain::rule::OtherCase;

/// Cases of the same applicant that are compared: so many before and so many after in the order of application. Who has more is
/// an agent (代办), and is compared with the nearest only.
pub const NEAREST: u32 = 50;
/// How far apart applications may lie to be compared, milliseconds: two years.
pub const REACH_MS: i64 = 731 * 86_400_000;

/// Verbs about the neighbours of a case. A supertrait of [`crate::Store`].
#[async_trait]
pub trait CasesAround: Send + Sync {
    /// The other cases of a case's applicant about the same item, in the order of application: the nearest [`NEAREST`] on
    /// either side within [`REACH_MS`]. `None` where nobody knows who applied.
    async fn same_applicant(&self, department: &str, case_no: &str) -> Result<Option<Vec<OtherCase>>>;
    /// Cases of an item whose clock started before `accepted` and that were not over at `decided`, earliest first, at most
    /// `limit`.
    async fn queue_before(
        &self,
        department: &str,
        item: &str,
        accepted: Timestamp,
        decided: Timestamp,
        limit: u32,
    ) -> Result<Vec<CaseRow>>;
    /// Cases of one item in one department that began in a period (`from` included, `to` not), in the order in which they
    /// began, after one of them (its beginning and number). At most `limit`, with the beginnings.
    async fn cases_of_item(
        &self,
        department: &str,
        item: &str,
        period: (Timestamp, Timestamp),
        after: Option<(Timestamp, String)>,
        limit: u32,
    ) -> Result<Vec<(Timestamp, CaseRow)>>;
    /// Arms every case of a department, open or closed, to be judged again at a time. Returns how many.
    async fn rearm_department(&self, department: &str, at: Timestamp) -> Result<u64>;
    /// Who applied for the cases whose number is after one and up to another, in the order of the number.
    async fn applicants(&self, department: &str, after: &str, last: &str) -> Result<Vec<ApplicantRow>>;
    /// Writes who applied, outside of a page: for what arrived before this was kept.
    async fn put_applicants(&self, department: &str, rows: &[ApplicantRow]) -> Result<()>;
    /// Events of one type in the order of the chain, after a number.
    async fn events_of_type(
        &self,
        department: &str,
        record: RecordType,
        after: u64,
        limit: u32,
    ) -> Result<Vec<EventRow>>;
}
