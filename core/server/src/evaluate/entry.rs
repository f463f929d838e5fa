//! Manual entries as they are kept, and how they come into an assessment.

use super::month;
use crate::app::App;
use crate::oversight::{Deed, Kept, Matter};
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::evaluation::entry::{EntryError, EntryState, Sanction, ScoreEntry};
use daylight_domain::procedure::Done;
use daylight_domain::rule::DisciplineFacts;
use daylight_domain::score::ManualEntry;
use daylight_store::MatterFilter;
use serde::Deserialize;
use serde_json::json;

/// The most that one entry can give or take, hundredths.
const MOST: i64 = 10_000;
/// Words beside the indicators for which a standard takes entries: 附加分, and defects reported before they were found.
const BESIDE: [&str; 2] = ["bonus", "self-reported"];

impl From<EntryError> for Problem {
    fn from(e: EntryError) -> Self {
        Self::told(&e, "entry.state")
    }
}

impl Matter for ScoreEntry {
    const KIND: &'static str = "entry";
    const SERIES: &'static str = "LR";
    const ZH: &'static str = "人工录入";

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
    /// The department sees it in the scorecard, against which it may appeal.
    fn told(&self, _: &str) -> bool {
        false
    }
}

/// What is to be entered.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewEntry {
    /// Standard id.
    pub standard: String,
    /// Department id.
    pub department: String,
    /// A month; of a sanction a year.
    pub period: String,
    /// Indicator id, `bonus` or `self-reported`; of a sanction `discipline`.
    pub indicator: String,
    /// Hundredths; of a sanction nothing, its table says.
    #[serde(default)]
    pub points: Option<i64>,
    /// The sanction.
    #[serde(default)]
    pub sanction: Option<Sanction>,
    /// Why.
    pub reason: String,
    /// Which document.
    pub document: String,
}

impl App {
    /// Enters points for another person to approve.
    ///
    /// # Errors
    /// `entry.request`, `department.unknown`, a standard that is not installed.
    pub async fn enter(&self, new: NewEntry, by: &str) -> Result<ScoreEntry, Problem> {
        let bad = |message: String| Problem::new("entry.request", message);
        self.department(&new.department)?;
        if new.reason.trim().is_empty() || new.document.trim().is_empty() {
            return Err(bad("人工录入须写明理由（reason）与依据的文件（document）".to_owned()));
        }
        let plugin = self.plugin(&new.standard).await?;
        let points = match new.sanction {
            Some(sanction) => {
                let year = new.period.len() == 4 && new.period.bytes().all(|b| b.is_ascii_digit());
                if !year || new.indicator != "discipline" || new.points.is_some() {
                    return Err(bad("处分按年录入：indicator 为 discipline，period 为年份，不写 points".to_owned()));
                }
                sanction.points()
            }
            None => {
                month(&new.period)?;
                let settings = self.standard_settings(&new.standard);
                let said = self.host.describe(&plugin, &settings, &self.config.main.standard_limits).await?;
                let known =
                    BESIDE.contains(&new.indicator.as_str()) || said.indicators.iter().any(|i| i.id == new.indicator);
                if !known {
                    return Err(bad(format!("标准 {} 没有指标“{}”", new.standard, new.indicator)));
                }
                new.points
                    .filter(|p| (-MOST..=MOST).contains(p))
                    .ok_or_else(|| bad("points 应为 -10000 到 10000 的整数（百分之一分）".to_owned()))?
            }
        };
        let entry = ScoreEntry {
            no: String::new(),
            steps: vec![Done {
                act: "enter".to_owned(),
                by: by.to_owned(),
                at: self.clock.now(),
                text: new.reason.clone(),
            }],
            standard: new.standard,
            department: new.department,
            period: new.period,
            indicator: new.indicator,
            points,
            sanction: new.sanction,
            reason: new.reason,
            document: new.document,
            entered_by: by.to_owned(),
            approved_by: None,
            state: EntryState::Proposed,
        };
        let detail = json!({ "standard": entry.standard, "indicator": entry.indicator, "points": entry.points });
        self.begin_matter(&entry, Deed { act: "enter", by }, detail).await
    }

    /// Approves, declines or withdraws an entry.
    ///
    /// # Errors
    /// `entry.unknown`, and what its state or the person forbids.
    pub async fn act_on_entry(&self, no: &str, act: &str, text: &str, by: &str) -> Result<ScoreEntry, Problem> {
        let mut kept: Kept<ScoreEntry> = self.find_matter(no).await?;
        kept.matter.act(act, text, by, self.clock.now())?;
        let entry = &kept.matter;
        if let (Some(sanction), EntryState::Approved) = (entry.sanction, entry.state) {
            // A registered sanction is a finding (I-04); first, so that no entry ever stands without it.
            let facts = DisciplineFacts {
                department: entry.department.clone(),
                document: Some(entry.document.clone()),
                decided_at: self.clock.now(),
                measure: sanction.name_zh().to_owned(),
            };
            self.found_about(&entry.department, &facts).await?;
        }
        self.keep_matter(kept, Deed { act, by }, json!({ "text": text })).await
    }

    /// Approved entries of a department, in the order of their numbers, by standard and period.
    pub(super) async fn approved(
        &self,
        standard: &str,
        department: &str,
        period: &str,
    ) -> Result<Vec<ScoreEntry>, Problem> {
        let filter = MatterFilter {
            department: Some(department.to_owned()),
            states: vec![EntryState::Approved.as_str().to_owned()],
            limit: u32::MAX,
            ..MatterFilter::default()
        };
        let all: Vec<ScoreEntry> = self.list_matters(filter).await?;
        Ok(all.into_iter().filter(|e| e.standard == standard && e.period == period).collect())
    }

    /// The same as a standard is told them.
    pub(super) async fn manual(
        &self,
        standard: &str,
        department: &str,
        period: &str,
    ) -> Result<Vec<ManualEntry>, Problem> {
        Ok(self.approved(standard, department, period).await?.iter().map(ScoreEntry::told).collect())
    }
}
