//! The life of a score run as it is kept, told and shown.

use crate::app::App;
use crate::people::Caller;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::evaluation::share::keep_excellent;
use daylight_domain::evaluation::{RunState, ScoreAct, ScoreActError, ScoreLife};
use daylight_domain::role::Right;
use daylight_domain::score::Scorecard;
use daylight_store::{AuditEntry, OutboxRow, ScoreLifeFilter, ScoreLifeRow, ScoreRunRow};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;

/// The word of a run that is only a look.
pub const SHADOW: &str = "shadow";

impl From<ScoreActError> for Problem {
    fn from(e: ScoreActError) -> Self {
        Self::told(&e, "score.state")
    }
}

/// A department's scorecard with what was corrected after appeals, and 优秀 only for as many as the standard's settings allow.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Effective {
    /// Department id.
    pub department: String,
    /// The scorecard that counts; the plugin's own stays in `results`.
    pub card: Scorecard,
}

/// A score run, its life, and what counts of it now.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct ScoreRunView {
    /// The run as it was computed. `status`: where it stands – `shadow`, `draft`, `appeal`, `final`, `published`, `withdrawn`.
    #[serde(flatten)]
    pub run: ScoreRunRow,
    /// What people did with it.
    pub life: ScoreLife,
    /// Per department.
    pub effective: Vec<Effective>,
    /// Numbers of the publications that tell of it.
    pub publications: Vec<String>,
}

/// A department's line in a list of runs. The digests by which it is proven stand with the run itself: nothing makes them smaller on the
/// wire, and a year of forty departments has a thousand.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct BriefResult {
    /// Department id.
    pub department: String,
    /// Effective, hundredths.
    pub total: i64,
    /// Effective.
    pub grade: String,
}

/// A score run in a list: without inputs and lines.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct ScoreRunBrief {
    /// UUIDv7.
    pub id: String,
    /// Standard id.
    pub standard: String,
    /// Version of the standard.
    pub version: String,
    /// SHA-256 of the plugin.
    pub plugin_digest: String,
    /// `2026-10`.
    pub period: String,
    /// Where it stands.
    pub status: String,
    /// When it ran.
    pub created_at: Timestamp,
    /// Who ran it.
    pub ran_by: String,
    /// The last instant for an appeal.
    pub appeals_until: Option<Timestamp>,
    /// Appeals that are not decided.
    pub open_appeals: usize,
    /// Per department.
    pub results: Vec<BriefResult>,
}

/// Who may see a run: drafts and looks only who scores; from the appeal on the departments, each its own, and who approves; what
/// stands everybody who may look.
fn seen(caller: &Caller, run: &ScoreRunRow, life: &ScoreLife) -> bool {
    let shown = life.appeals_until.is_some() && (caller.department.is_some() || caller.may(Right::Approve));
    caller.may(Right::Score) || run.status != SHADOW && (life.state.stands() || shown || life.approved_by.is_some())
}

/// 优秀 for at most so many of a thousand departments, by the settings the run was made with; nothing: for as many as have the points.
pub(super) fn excellent_share(run: &ScoreRunRow) -> Option<u32> {
    let settings: serde_json::Value = serde_json::from_str(&run.settings).ok()?;
    u32::try_from(settings.get("excellent_share_permille")?.as_u64()?).ok()
}

impl ScoreRunView {
    /// Puts a run and its life together.
    #[must_use]
    pub fn new(mut run: ScoreRunRow, life: ScoreLife) -> Self {
        if run.status != SHADOW {
            life.state.as_str().clone_into(&mut run.status);
        }
        let card = |r: &daylight_store::ScoreResult| Effective {
            department: r.department.clone(),
            card: life.effective(&r.department, &r.output, run.base),
        };
        let mut effective: Vec<Effective> = run.results.iter().map(card).collect();
        // Of one department alone nobody can say whether it is among the best.
        if let Some(permille) = excellent_share(&run).filter(|_| run.only.is_none()) {
            keep_excellent(effective.iter_mut().map(|e| &mut e.card), permille);
        }
        Self { run, life, effective, publications: Vec::new() }
    }

    /// What somebody may see of it; nothing: not even that it is there. A department sees its own.
    #[must_use]
    pub fn seen_by(mut self, caller: &Caller) -> Option<Self> {
        if !seen(caller, &self.run, &self.life) {
            return None;
        }
        if let Some(own) = &caller.department {
            self.run.results.retain(|r| r.department == *own);
            self.effective.retain(|e| e.department == *own);
            self.run.exclusions.retain(|e| e.department == *own);
            self.life.appeals.retain(|a| a.department == *own);
            self.life.steps.retain(|s| s.act != "appeal" && s.act != "decide");
        }
        Some(self)
    }

    /// Effective cards, the best first, each with its place: equal totals share one.
    #[must_use]
    pub fn ranked(&self) -> Vec<(u32, &Effective)> {
        let mut all: Vec<_> = self.effective.iter().collect();
        all.sort_by(|a, b| b.card.total.cmp(&a.card.total).then_with(|| a.department.cmp(&b.department)));
        let (mut rank, mut before) = (0, None);
        let mut place = |(at, one): (u32, &Effective)| {
            if before != Some(one.card.total) {
                (rank, before) = (at, Some(one.card.total));
            }
            rank
        };
        let ranks: Vec<u32> = (1..).zip(all.iter().copied()).map(&mut place).collect();
        ranks.into_iter().zip(all).collect()
    }

    /// For a list.
    #[must_use]
    pub fn brief(self) -> ScoreRunBrief {
        let open_appeals = self.life.open_appeals();
        let results = self.run.results.into_iter().zip(self.effective).map(|(r, e)| BriefResult {
            department: r.department,
            total: e.card.total,
            grade: e.card.grade,
        });
        ScoreRunBrief {
            results: results.collect(),
            id: self.run.id,
            standard: self.run.standard,
            version: self.run.version,
            plugin_digest: self.run.plugin_digest,
            period: self.run.period,
            status: self.run.status,
            created_at: self.run.created_at,
            ran_by: self.run.ran_by,
            appeals_until: self.life.appeals_until,
            open_appeals,
        }
    }
}

impl App {
    /// A run by its id.
    ///
    /// # Errors
    /// `score.unknown`.
    pub async fn stored_run(&self, id: &str) -> Result<ScoreRunRow, Problem> {
        self.store
            .score_run(id)
            .await?
            .ok_or_else(|| Problem::new("score.unknown", format!("没有评分 {id}")).fix("daylight score show 列出评分"))
    }

    /// The life of a run; of a draft nobody did anything with, a new one.
    async fn life_row(&self, run: &ScoreRunRow) -> Result<ScoreLifeRow, Problem> {
        Ok(self.store.score_life(&run.id).await?.unwrap_or_else(|| ScoreLifeRow {
            run: run.id.clone(),
            standard: run.standard.clone(),
            period: run.period.clone(),
            revision: 0,
            life: ScoreLife::new(&run.ran_by),
        }))
    }

    /// A run with its life.
    ///
    /// # Errors
    /// `score.unknown`.
    pub async fn score_view(&self, id: &str) -> Result<ScoreRunView, Problem> {
        let run = self.stored_run(id).await?;
        let life = self.life_row(&run).await?.life;
        let told = self.store.published_about(daylight_store::About::Score, id).await?;
        let publications = told.into_iter().map(|(no, _)| no).collect();
        Ok(ScoreRunView { publications, ..ScoreRunView::new(run, life) })
    }

    /// The newest runs, for a list.
    ///
    /// # Errors
    /// The store.
    pub async fn score_views(&self, limit: u32) -> Result<Vec<ScoreRunView>, Problem> {
        let runs = self.store.score_runs(limit).await?;
        if runs.is_empty() {
            return Ok(Vec::new());
        }
        let filter = ScoreLifeFilter { runs: runs.iter().map(|r| r.id.clone()).collect(), ..Default::default() };
        let lives = self.store.score_lives(&filter).await?;
        let mut lives: BTreeMap<String, ScoreLife> = lives.into_iter().map(|l| (l.run, l.life)).collect();
        let with_life = |run: ScoreRunRow| {
            let life = lives.remove(&run.id).unwrap_or_else(|| ScoreLife::new(&run.ran_by));
            ScoreRunView::new(run, life)
        };
        Ok(runs.into_iter().map(with_life).collect())
    }

    /// Does something with a run: kept, audited by name, and told to the departments it concerns.
    ///
    /// # Errors
    /// What the run's state, its line, or the person forbids; `score.shadow`, `score.partial`, `score.standing`.
    pub async fn live_on(&self, id: &str, act: ScoreAct, by: &str) -> Result<ScoreRunView, Problem> {
        let run = self.stored_run(id).await?;
        if run.status == SHADOW {
            return Err(Problem::new("score.shadow", "影子评分只供比较，不进入申诉、定稿或公布"));
        }
        if matches!(act, ScoreAct::Open { .. }) && run.only.is_some() {
            return Err(Problem::new("score.partial", "这次评分只评了一个部门，不能作为本月的结果"));
        }
        let mut row = self.life_row(&run).await?;
        let (word, finalises) = (act.word(), matches!(act, ScoreAct::Finalise { .. }));
        let concerns = match &act {
            ScoreAct::Appeal { department, .. } => Some(department.clone()),
            ScoreAct::Decide { appeal, .. } => {
                row.life.appeals.iter().find(|a| a.no == *appeal).map(|a| a.department.clone())
            }
            _ => None,
        };
        let was = row.life.state;
        let card = |department: &str| run.results.iter().find(|r| r.department == department).map(|r| &r.output);
        row.life.act(act, (by, self.clock.now()), card)?;
        if finalises {
            self.alone(&run).await?;
        }
        // Nobody is told that a draft he never saw was taken back.
        let told = was != RunState::Draft || word == "open";
        let departments = run.results.iter().map(|r| r.department.as_str());
        let departments = departments.filter(|d| told && concerns.as_deref().is_none_or(|c| c == *d));
        let messages = departments.map(|d| self.score_message(&row, word, d)).collect();
        let text = row.life.steps.last().map(|s| s.text.clone()).unwrap_or_default();
        let audit = AuditEntry {
            at: self.clock.now(),
            actor: by.to_owned(),
            action: format!("score.{word}"),
            object: run.id.clone(),
            detail: json!({ "from": was, "to": row.life.state, "text": text }).to_string(),
        };
        self.store.keep_score_life(&row, audit, messages).await?;
        self.tell();
        if word == "withdraw" {
            self.withdraw_with_run(id, (by, &text)).await?;
        }
        self.score_view(id).await
    }

    /// No other run of the standard and the period stands. The database keeps it so where two are finalised at once.
    async fn alone(&self, run: &ScoreRunRow) -> Result<(), Problem> {
        let filter = ScoreLifeFilter {
            standard: Some(run.standard.clone()),
            period: Some(run.period.clone()),
            ..ScoreLifeFilter::default()
        };
        let lives = self.store.score_lives(&filter).await?;
        match lives.iter().find(|l| l.run != run.id && l.life.state.stands()) {
            Some(other) => Err(Problem::new("score.standing", format!("本月已有定稿的评分 {}", other.run))),
            None => Ok(()),
        }
    }

    fn score_message(&self, row: &ScoreLifeRow, word: &str, department: &str) -> OutboxRow {
        let due = row.life.appeals_until.filter(|_| row.life.state == RunState::Appeal);
        let body = json!({ "score": row.run, "period": row.period, "state": row.life.state, "due": due });
        OutboxRow {
            id: uuid::Uuid::now_v7().to_string(),
            seq: 0,
            topic: format!("score.{word}"),
            department: department.to_owned(),
            body: body.to_string(),
            created_at: self.clock.now(),
            card: None,
        }
    }
}
