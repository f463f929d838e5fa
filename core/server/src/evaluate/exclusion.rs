//! The register of exclusions (统计排除): asked for by one person, approved by another, printed in every report they touch (U-10).

use crate::app::App;
use crate::config::Department;
use crate::oversight::{Deed, Kept, Matter};
use crate::problem::Problem;
use chrono::NaiveDate;
use daylight_domain::Timestamp;
use daylight_domain::exclusion::{Exclusion, ExclusionAct, ExclusionEntry, ExclusionError, ExclusionState};
use daylight_domain::procedure::Done;
use daylight_domain::rule::ExclusionFacts;
use daylight_store::MatterFilter;
use serde::Deserialize;
use serde_json::json;

/// The longest exclusion, days: what lasts longer is asked for again.
const LONGEST: i64 = 366;

/// The longest reason, characters.
const REASON: usize = 500;
/// The longest name of a document, characters.
const DOCUMENT: usize = 200;

impl From<ExclusionError> for Problem {
    fn from(e: ExclusionError) -> Self {
        Self::told(&e, "exclusion.state")
    }
}

impl Matter for ExclusionEntry {
    const KIND: &'static str = "exclusion";
    const SERIES: &'static str = "PC";
    const ZH: &'static str = "统计排除";

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
        None
    }
    /// The department is told of what is left out of its numbers, and when it is counted again.
    fn told(&self, act: &str) -> bool {
        ["approve", "end"].contains(&act) || act == "withdraw" && self.approved_by.is_some()
    }
}

/// What is asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewExclusion {
    /// Department id.
    pub department: String,
    /// Only this item.
    #[serde(default)]
    pub item: Option<String>,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Why.
    pub reason: String,
    /// Which document.
    pub document: String,
}

impl App {
    /// Asks for an exclusion, for another person to approve.
    ///
    /// # Errors
    /// `exclusion.request`, `department.unknown`, `item.unknown`.
    pub async fn ask_exclusion(&self, new: NewExclusion, by: &str) -> Result<ExclusionEntry, Problem> {
        let bad = |message: String| Problem::new("exclusion.request", message);
        self.department(&new.department)?;
        if new.reason.trim().is_empty() || new.document.trim().is_empty() {
            return Err(bad("统计排除须写明理由（reason）与依据的文件（document）".to_owned()));
        }
        for (name, text, most) in
            [("理由（reason）", &new.reason, REASON), ("文件（document）", &new.document, DOCUMENT)]
        {
            if text.chars().count() > most {
                return Err(bad(format!("统计排除的{name}不超过 {most} 字")));
            }
        }
        let days = (new.to - new.from).num_days();
        if !(0..LONGEST).contains(&days) {
            return Err(bad(format!("{} 至 {} 不是一段可排除的日期；最长 {LONGEST} 日", new.from, new.to)));
        }
        if let Some(item) = &new.item {
            let mut items = self.config.rules.catalogue.newest();
            let own = items.any(|i| i.code == *item && i.department == new.department);
            if !own {
                return Err(Problem::new("item.unknown", format!("{} 没有事项“{item}”", new.department)));
            }
        }
        let at = self.clock.now();
        let entry = ExclusionEntry {
            no: String::new(),
            steps: vec![Done { act: "ask".to_owned(), by: by.to_owned(), at, text: new.reason.clone() }],
            department: new.department,
            item: new.item,
            from: new.from,
            to: new.to,
            reason: new.reason,
            document: new.document,
            by: by.to_owned(),
            approved_by: None,
            state: ExclusionState::Proposed,
        };
        let detail = json!({ "from": entry.from, "to": entry.to, "item": entry.item, "document": entry.document });
        self.begin_matter(&entry, Deed { act: "ask", by }, detail).await
    }

    /// Approves, declines, ends or withdraws an exclusion. One that is running is a finding (U-10) at once.
    ///
    /// # Errors
    /// `exclusion.unknown`, and what its state or the person forbids.
    pub async fn act_on_exclusion(
        &self,
        no: &str,
        act: ExclusionAct,
        deed: (&str, &str),
    ) -> Result<ExclusionEntry, Problem> {
        let mut kept: Kept<ExclusionEntry> = self.find_matter(no).await?;
        kept.matter.act(act, deed.1, self.clock.now())?;
        let text = kept.matter.steps.last().map(|s| s.text.clone()).unwrap_or_default();
        let entry = self.keep_matter(kept, Deed { act: deed.0, by: deed.1 }, json!({ "text": text })).await?;
        // Afterwards: who was slower than somebody else leaves no finding. After a stop in between the next round writes it.
        if let Some(facts) = entry.exclusion().map(facts) {
            self.found_about(&facts.department, &facts).await?;
        }
        Ok(entry)
    }

    /// Every exclusion in force that touches the days from one to another, both included: by department, then by number.
    ///
    /// # Errors
    /// The store.
    pub async fn exclusions(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<Exclusion>, Problem> {
        let mut all = self.in_force(None).await?;
        all.retain(|e| e.touches(from, to));
        all.sort_by(|a, b| (&a.department, &a.no).cmp(&(&b.department, &b.no)));
        Ok(all)
    }

    async fn in_force(&self, department: Option<String>) -> Result<Vec<Exclusion>, Problem> {
        let filter = MatterFilter {
            department,
            states: vec![ExclusionState::InForce.as_str().to_owned()],
            limit: u32::MAX,
            ..MatterFilter::default()
        };
        let all: Vec<ExclusionEntry> = self.list_matters(filter).await?;
        Ok(all.iter().filter_map(ExclusionEntry::exclusion).collect())
    }

    /// What U-10 asks about today.
    pub(crate) async fn left_out(
        &self,
        department: &Department,
        today: NaiveDate,
    ) -> Result<Vec<ExclusionFacts>, Problem> {
        let all = self.in_force(Some(department.id.clone())).await?;
        Ok(all.into_iter().filter(|e| e.touches(today, today)).map(facts).collect())
    }
}

fn facts(one: Exclusion) -> ExclusionFacts {
    ExclusionFacts {
        no: Some(one.no),
        department: one.department,
        item: one.item,
        from: one.from,
        to: Some(one.to),
        reason: one.reason,
    }
}
