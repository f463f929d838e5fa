//! 评分: the runs, and one from the rank to the deduction to the case.

use super::{House, answer, asked, name, said, shell};
use crate::api::answer::Refusal;
use crate::api::score::shown;
use crate::app::App;
use crate::evaluate::{Effective, SHADOW};
use crate::people::Caller;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use daylight_console::page::{Ranked, Reason, RunLine, ScoreFile, ScoreLine, Scores};
use daylight_console::shell::{Shell, key};
use daylight_console::words::Lang;
use daylight_domain::evaluation::RunState;
use daylight_domain::score::{Deduction, Description};
use std::collections::HashMap;

/// Runs on the page.
const SHOWN: u32 = 200;

fn state_of(word: &str) -> String {
    let all = [RunState::Draft, RunState::Appeal, RunState::Final, RunState::Published, RunState::Withdrawn];
    let known = all.into_iter().find(|s| s.as_str() == word).map(RunState::name_zh);
    known.unwrap_or(if word == SHADOW { "影子评分" } else { word }).to_owned()
}

pub(super) async fn list(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/scores").await?;
    let views = app.score_views(SHOWN).await?;
    let rows = views.into_iter().filter_map(|v| v.seen_by(&caller)).map(|view| RunLine {
        appeals: view.life.open_appeals(),
        departments: view.effective.len(),
        id: view.run.id,
        period: view.run.period,
        standard: format!("{} {}", view.run.standard, view.run.version),
        state: state_of(&view.run.status),
        ran: format!("{} {}", said(view.run.created_at), s.who(&view.run.ran_by)),
    });
    let rows = rows.collect();
    answer(&s.clone(), &Scores { s, rows })
}

/// Hundredths as people write them.
fn points(of: i64) -> String {
    format!("{}{}.{:02}", if of < 0 { "−" } else { "" }, of.abs() / 100, of.abs() % 100)
}

/// Cases of one reason on a page of every department; all of them are on the page of one.
const FIRST: usize = 20;

fn reason(one: &Deduction, whole: bool) -> Reason {
    let part = |no: &String| form_urlencoded::byte_serialize(no.as_bytes()).collect::<String>();
    let most = if whole { one.cases.len() } else { FIRST };
    Reason {
        text: one.reason_zh.clone(),
        points: points(one.points),
        cases: one.cases.iter().take(most).map(|no| (part(no), no.clone())).collect(),
        more: one.cases.len().saturating_sub(most),
    }
}

fn ranked(
    app: &App,
    described: Option<&Description>,
    s: &Shell,
    whole: bool,
    (rank, one): (u32, &Effective),
) -> Ranked {
    let called = |id: &str| {
        let known = described.and_then(|d| d.indicators.iter().find(|i| i.id == id));
        known.map_or_else(
            || id.to_owned(),
            |i| format!("{id} {}", if s.lang == Lang::En { &i.name_en } else { &i.name_zh }),
        )
    };
    let scores = one.card.scores.iter().map(|line| ScoreLine {
        indicator: called(&line.indicator),
        points: line.assessed.then(|| points(line.points)),
        weight: points(line.weight),
        how: if s.lang == Lang::En { line.explain_en.clone() } else { line.explain_zh.clone() },
        reasons: line.deductions.iter().map(|one| reason(one, whole)).collect(),
    });
    let beside = one.card.adjustments.iter().map(|line| ScoreLine {
        indicator: format!("{}（{}）", s.t("score.beside"), line.rule),
        points: Some(points(line.points)),
        weight: "—".to_owned(),
        how: line.reason_zh.clone(),
        reasons: if line.cases.is_empty() { Vec::new() } else { vec![reason(line, whole)] },
    });
    Ranked {
        id: one.department.clone(),
        rank: if one.card.grade == "不评" { "—".to_owned() } else { rank.to_string() },
        department: name(app, &one.department),
        total: points(one.card.total),
        grade: one.card.grade.clone(),
        lines: scores.chain(beside).collect(),
    }
}

pub(super) async fn one(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/scores").await?;
    let only = asked(query).remove("department").or_else(|| caller.department.clone());
    let view = shown(&app, &caller, &id).await?;
    let described = app.said(&view).await?;
    let fact = |label: &str, value: String| (s.t(label).to_owned(), value);
    let standard =
        described.as_ref().map_or(&view.run.standard, |d| if s.lang == Lang::En { &d.name_en } else { &d.name_zh });
    let facts = vec![
        fact(key("list.state"), state_of(&view.run.status)),
        fact(key("score.standard"), format!("{standard} {}", view.run.version)),
        fact(key("score.ran"), format!("{} {}", said(view.run.created_at), s.who(&view.run.ran_by))),
        fact(key("score.artifact"), view.run.plugin_digest.clone()),
        fact(key("score.run"), view.run.id.clone()),
    ];
    let left_out = view.run.exclusions.iter().map(|e| {
        format!(
            "{} {} {} – {}: {} ({})",
            name(&app, &e.department),
            e.item.as_deref().unwrap_or(""),
            e.from,
            e.to,
            e.reason,
            e.document
        )
    });
    let ranking = view.ranked().into_iter().map(|one| ranked(&app, described.as_ref(), &s, only.is_some(), one));
    let page = ScoreFile {
        heading: format!("{} {}", view.run.period, view.run.standard),
        facts,
        left_out: left_out.collect(),
        // A department sees its own card alone, and so not its place among the others.
        ranking: match &caller.department {
            None => ranking.collect(),
            Some(_) => ranking.map(|one| Ranked { rank: "—".to_owned(), ..one }).collect(),
        },
        only: only.clone(),
        s: s.clone(),
    };
    answer(&s, &page)
}
