//! What people lead to an end behind the cards: reminder → supervision order → investigation → measures → revisit, and samples.
//! The domain says what each step may be; here it is kept under its number, audited by name, and told to whom it concerns.

mod chain;
mod hand;
mod sample;

pub(crate) use sample::MOST;

use crate::app::App;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::investigation::{Investigation, InvestigationError};
use daylight_domain::order::{OrderError, SupervisionOrder};
use daylight_domain::sampling::{SamplingError, SamplingPlan};
use daylight_store::{AuditEntry, MatterFilter, MatterRow, OutboxRow};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

impl From<OrderError> for Problem {
    fn from(e: OrderError) -> Self {
        Self::told(&e, "order.state")
    }
}

impl From<InvestigationError> for Problem {
    fn from(e: InvestigationError) -> Self {
        Self::told(&e, "investigation.state")
    }
}

impl From<SamplingError> for Problem {
    fn from(e: SamplingError) -> Self {
        Self::told(&e, "sampling.state")
    }
}

/// Something that is led to an end under a number.
pub(crate) trait Matter: Serialize + DeserializeOwned + Send + Sync {
    /// Its word in the store, in topics and in the audit.
    const KIND: &'static str;
    /// What its numbers begin with.
    const SERIES: &'static str;
    /// The Chinese word.
    const ZH: &'static str;

    /// Its number.
    fn no(&self) -> &str;
    /// Whom it concerns; nothing: the county.
    fn department(&self) -> Option<&str>;
    /// Its state word.
    fn state(&self) -> &str;
    /// What is due now.
    fn due(&self) -> Option<Timestamp>;
    /// When a round is to look at it: by default when it is due.
    fn look_at(&self) -> Option<Timestamp> {
        self.due()
    }
    /// What kind of it, where there are several.
    fn sort(&self) -> Value {
        Value::Null
    }
    /// Whether the department it concerns hears of an act.
    fn told(&self, act: &str) -> bool;
}

impl Matter for SupervisionOrder {
    const KIND: &'static str = "order";
    const SERIES: &'static str = "DB";
    const ZH: &'static str = "督办";

    fn no(&self) -> &str {
        &self.no
    }
    fn department(&self) -> Option<&str> {
        Some(&self.department)
    }
    fn state(&self) -> &str {
        self.state.as_str()
    }
    fn due(&self) -> Option<Timestamp> {
        Some(self.due)
    }
    fn sort(&self) -> Value {
        json!(self.kind)
    }
    fn told(&self, act: &str) -> bool {
        !["propose", "decline"].contains(&act)
    }
}

impl Matter for Investigation {
    const KIND: &'static str = "investigation";
    const SERIES: &'static str = "DC";
    const ZH: &'static str = "调查";

    fn no(&self) -> &str {
        &self.no
    }
    fn department(&self) -> Option<&str> {
        Some(&self.department)
    }
    fn state(&self) -> &str {
        self.state.as_str()
    }
    fn due(&self) -> Option<Timestamp> {
        self.due
    }
    fn told(&self, act: &str) -> bool {
        let clue =
            act == "measure" && self.measures.last().is_some_and(|m| m.kind.of_commission() && !m.kind.wants_reply());
        ["notify", "conclude", "measure", "return", "accept", "close"].contains(&act) && !clue && self.notice.is_some()
    }
}

impl Matter for SamplingPlan {
    const KIND: &'static str = "sampling";
    const SERIES: &'static str = "CC";
    const ZH: &'static str = "抽查";

    fn no(&self) -> &str {
        &self.no
    }
    fn department(&self) -> Option<&str> {
        self.population.department.as_deref()
    }
    fn state(&self) -> &str {
        &self.state
    }
    fn due(&self) -> Option<Timestamp> {
        None
    }
    fn told(&self, _: &str) -> bool {
        false
    }
}

/// A matter as it was read, to be changed and kept again.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    /// The matter.
    pub matter: T,
    pub(crate) revision: i64,
}

/// Which act, by whom, with what to remember of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deed<'a> {
    /// Word of the act.
    pub act: &'a str,
    /// By whom.
    pub by: &'a str,
}

impl App {
    /// The last instant of so many working days from now, 1 to 250.
    pub(crate) fn working_due(&self, days: u32) -> Result<Timestamp, Problem> {
        if !(1..=250).contains(&days) {
            return Err(
                Problem::new("matter.days", format!("期限应为 1 到 250 个工作日，不是 {days}")).fix("改正 days")
            );
        }
        let calendar = &self.config.rules.calendar;
        let date = calendar
            .nth_working_day_after(self.clock.now().date(), days)
            .map_err(|e| Problem::new("calendar.missing", e.to_string()))?;
        Ok(Timestamp::end_of(date).plus_ms(-1))
    }

    pub(crate) fn row<T: Matter>(matter: &T, revision: i64) -> Result<MatterRow, Problem> {
        let row = MatterRow::write(matter, (T::KIND, matter.state()))?;
        Ok(MatterRow {
            no: matter.no().to_owned(),
            department: matter.department().map(str::to_owned),
            due: matter.look_at(),
            revision,
            ..row
        })
    }

    pub(crate) fn record<T: Matter>(
        &self,
        matter: &T,
        deed: Deed<'_>,
        detail: Value,
    ) -> (AuditEntry, Option<OutboxRow>) {
        let now = self.clock.now();
        let audit = AuditEntry {
            at: now,
            actor: deed.by.to_owned(),
            action: format!("{}.{}", T::KIND, deed.act),
            object: matter.no().to_owned(),
            detail: detail.to_string(),
        };
        let told = matter.department().filter(|_| matter.told(deed.act)).map(|department| {
            let no = if matter.no().is_empty() { "{no}" } else { matter.no() };
            let body = json!({ T::KIND: no, "kind": matter.sort(), "state": matter.state(), "due": matter.due() });
            OutboxRow {
                id: uuid::Uuid::now_v7().to_string(),
                seq: 0,
                topic: format!("{}.{}", T::KIND, deed.act),
                department: department.to_owned(),
                body: body.to_string(),
                created_at: now,
                card: None,
            }
        });
        (audit, told)
    }

    /// A series of this year: `DB3308242026`.
    pub(crate) fn series(&self, of: &str) -> String {
        let year = chrono::Datelike::year(&self.clock.now().date());
        format!("{of}{}{year}", self.config.main.county.division)
    }

    /// Keeps a new matter under the next number of its series.
    pub(crate) async fn begin_matter<T: Matter>(
        &self,
        matter: &T,
        deed: Deed<'_>,
        detail: Value,
    ) -> Result<T, Problem> {
        let series = self.series(T::SERIES);
        let (audit, message) = self.record(matter, deed, detail);
        let row = self.store.add_matter(Self::row(matter, 0)?, &series, audit, message).await?;
        self.tell();
        Ok(row.read()?)
    }

    /// A matter by its number.
    ///
    /// # Errors
    /// `order.unknown`, `investigation.unknown`, `sampling.unknown`.
    pub(crate) async fn find_matter<T: Matter>(&self, no: &str) -> Result<Kept<T>, Problem> {
        let unknown = || Problem::new(&format!("{}.unknown", T::KIND), format!("没有{} {no}", T::ZH));
        let row = self.store.matter(T::KIND, no).await?.ok_or_else(unknown)?;
        Ok(Kept { matter: row.read()?, revision: row.revision })
    }

    /// Keeps a changed matter, unless somebody else changed it meanwhile.
    pub(crate) async fn keep_matter<T: Matter>(
        &self,
        kept: Kept<T>,
        deed: Deed<'_>,
        detail: Value,
    ) -> Result<T, Problem> {
        let (audit, message) = self.record(&kept.matter, deed, detail);
        self.store.update_matter(&Self::row(&kept.matter, kept.revision)?, audit, message).await?;
        self.tell();
        Ok(kept.matter)
    }

    /// Matters by filter; the kind is the type's.
    pub(crate) async fn list_matters<T: Matter>(&self, filter: MatterFilter) -> Result<Vec<T>, Problem> {
        let rows = self.store.matters(&MatterFilter { kind: T::KIND.to_owned(), ..filter }).await?;
        Ok(rows.iter().map(MatterRow::read).collect::<Result<_, _>>()?)
    }
}
