//! Appeals (申诉) in one list: against cards, and against lines of scorecards. They are decided where they are.

use super::answer::{Answer, Asked, Refusal, bad, goes_on, limit};
use super::auth::within;
use super::read::issued_or_mine;
use super::waiting::{self, mine};
use crate::app::App;
use crate::people::Caller;
use axum::extract::{Query, State};
use axum::{Extension, Json};
use daylight_domain::Timestamp;
use daylight_domain::card::Card;
use daylight_domain::evaluation::ScoreAppeal;
use daylight_domain::role::Right;
use daylight_store::CardFilter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

/// Newest runs that are looked through for appeals.
const RUNS: u32 = 200;

/// How an appeal was decided.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AppealRuled {
    /// What was appealed against stands as it was.
    pub upheld: bool,
    /// Why.
    pub text: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// An appeal.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AppealView {
    /// `card` or `score`.
    pub against: String,
    /// Number of the card, id of the score run.
    pub no: String,
    /// Of a score: which line of the scorecard; of a card: its rule.
    pub line: String,
    /// Of a score: the appeal's number within the run.
    pub appeal: Option<u32>,
    /// Department id.
    pub department: String,
    /// Why.
    pub grounds: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Nothing while it waits.
    pub ruling: Option<AppealRuled>,
}

impl AppealView {
    fn of_card(card: Card) -> Option<Self> {
        let appeal = card.appeal?;
        let ruling = appeal.decision.map(|d| AppealRuled { upheld: d.upheld, text: d.reason, by: d.by, at: d.at });
        Some(Self {
            against: "card".to_owned(),
            no: card.no,
            line: card.rule,
            appeal: None,
            department: card.department,
            grounds: appeal.grounds,
            by: appeal.by,
            at: appeal.at,
            ruling,
        })
    }

    fn of_score(run: &str, one: ScoreAppeal) -> Self {
        let ruling =
            one.ruling.map(|r| AppealRuled { upheld: r.corrected_to.is_none(), text: r.text, by: r.by, at: r.at });
        Self {
            against: "score".to_owned(),
            no: run.to_owned(),
            line: one.line,
            appeal: Some(one.no),
            department: one.department,
            grounds: one.grounds,
            by: one.by,
            at: one.at,
            ruling,
        }
    }
}

/// Which appeals: those that wait, those that were decided.
fn wanted(query: &HashMap<String, String>) -> Result<impl Fn(&AppealView) -> bool, Refusal> {
    let state = query.get("state").cloned();
    if let Some(word) = state.as_deref().filter(|w| !["open", "upheld", "overturned"].contains(w)) {
        return Err(bad("query.state", &format!("未知状态“{word}”"), "open、upheld、overturned"));
    }
    Ok(move |one: &AppealView| match (state.as_deref(), &one.ruling) {
        (None, _) | (Some("open"), None) => true,
        (Some("upheld"), Some(ruling)) => ruling.upheld,
        (Some("overturned"), Some(ruling)) => !ruling.upheld,
        _ => false,
    })
}

/// Whether an appeal against a score waits for somebody: neither who ran it nor who appealed decides.
pub(super) fn decides(caller: &Caller, ran_by: &str, one: &ScoreAppeal) -> bool {
    let county = caller.department.is_none() && caller.may(Right::Score);
    county && one.ruling.is_none() && caller.user != ran_by && caller.user != one.by
}

/// A page of appeals: first those against cards in the order of their numbers, then those against scores, the newest run first.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Query(query): Asked,
) -> Answer {
    let (limit, wanted) = (limit(&query)?, wanted(&query)?);
    let (department, mine) = (within(&caller, query.get("department"))?, mine(&query)?);
    let kind = query.get("kind").map(String::as_str);
    if let Some(other) = kind.filter(|k| !["card", "score"].contains(k)) {
        return Err(bad("query.kind", &format!("未知类别“{other}”"), "card、score"));
    }
    let mut next = None;
    let mut items: Vec<AppealView> = Vec::new();
    if kind != Some("score") {
        let after = query.get("after").cloned();
        let filter =
            CardFilter { department: department.clone(), appealed: true, after, limit, ..CardFilter::default() };
        let cards = if mine { waiting::cards(&app, &caller, filter).await? } else { app.store.cards(&filter).await? };
        next = goes_on(&cards, limit, |c| c.no.clone());
        let seen = cards.into_iter().filter(|c| issued_or_mine(&caller, c));
        items.extend(seen.filter_map(AppealView::of_card).filter(&wanted));
    }
    if kind != Some("card") && next.is_none() {
        let runs = app.score_views(RUNS).await?;
        for view in runs.into_iter().filter_map(|v| v.seen_by(&caller)) {
            let ours = |one: &ScoreAppeal| !mine || decides(&caller, &view.life.ran_by, one);
            let appeals = view.life.appeals.iter().filter(|one| ours(one)).cloned();
            let appeals = appeals.map(|one| AppealView::of_score(&view.run.id, one));
            let here = |one: &AppealView| department.as_ref().is_none_or(|d| *d == one.department);
            items.extend(appeals.filter(here).filter(&wanted));
        }
    }
    Ok(Json(json!({ "items": items, "next": next })))
}
