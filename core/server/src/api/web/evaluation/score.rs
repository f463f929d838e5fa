//! 评分: the runs, a new one, and one from the rank to the deduction to the case, with its life.

use super::super::form::{body_of, go, number, read};
use super::super::matter::{Again, Looks, View, answered, begins, file, listed};
use super::super::{House, allowed, by, departments, history, limits, name, said, said_or};
use super::scorecard::{appeals, called, card};
use super::{grade, points};
use crate::api::answer::{Refusal, limit};
use crate::api::appeal::decides;
use crate::api::{act as deeds, score};
use crate::app::App;
use crate::evaluate::{Effective, SHADOW, ScoreRunView, month_before};
use crate::people::Caller;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use daylight_console::sheet::{Body, Choice, Field, Form, Grid, Head, Kind, Link, Said, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::evaluation::RunState;
use daylight_domain::score::Description;

const AT: &str = "/scores";
const API: &str = "/api/v1/score-runs";
const NAME: &str = key("nav.scores");
const LIVE: &str = "score.";
/// So many scorecards stand on one page.
const TOGETHER: usize = 12;

/// A run's state as a word with its tone.
pub(super) fn state_of(s: &Shell, word: &str) -> Said {
    if word == SHADOW {
        return Said::tag(Tone::Plain, s.t("score.shadow"));
    }
    let state = read::<RunState>(word.into()).ok();
    let tone = match state {
        Some(RunState::Published) => Tone::Good,
        Some(RunState::Appeal | RunState::Final) => Tone::Warn,
        _ => Tone::Plain,
    };
    Said::tag(tone, s.word(state.map_or(word, |s| s.name_zh()), word))
}

/// The standards there are.
pub(super) async fn standards(app: &App) -> Result<Vec<Choice>, Refusal> {
    let all = app.store.plugins().await?;
    let active = all.into_iter().filter(|p| p.kind == "standard" && p.active_since.is_some());
    Ok(active.map(|p| (p.name.clone(), format!("{} {}", p.name, p.version).into())).collect())
}

async fn new_form(view: &View) -> Result<Vec<Form>, Refusal> {
    let (app, s) = (&view.app, &view.s);
    if !view.may(API) || view.caller.department.is_some() {
        return Ok(Vec::new());
    }
    let standard = app.config.main.plugins.standards.keys().next().cloned().unwrap_or_default();
    let month = month_before(app.clock.now().date());
    let fields = vec![
        Field::new("standard", s.t("score.standard"), Kind::Choice(standards(app).await?)).needed().value(standard),
        Field::new("period", s.t("score.period"), Kind::Line).needed().value(month).hint(s.t("score.period_hint")),
        Field::new("department", s.t("list.department"), view.departments()).hint(s.t("score.one_hint")),
        Field::new("shadow", s.t("score.shadow"), Kind::Tick),
    ];
    Ok(vec![Form::new(AT, s.t("score.do_run"), fields)])
}

async fn list_page(view: &View, again: Option<Again>) -> Result<Response, Refusal> {
    let s = &view.s;
    let most = limit(&view.query)?;
    let runs = view.app.score_views(most).await?;
    let heads = [
        s.t("score.period"),
        s.t("score.standard"),
        s.t("list.state"),
        s.t("score.ran"),
        s.t("score.departments"),
        s.t("score.appeals"),
        s.t("score.appeals_until"),
    ];
    let mut grid = Grid { live: Some(LIVE), ..Grid::new("", &heads) };
    grid.heads.iter_mut().skip(4).take(2).for_each(|h| h.number = true);
    grid.rows = runs
        .into_iter()
        .filter_map(|v| v.seen_by(&view.caller))
        .map(|one| {
            vec![
                Said::link(format!("{AT}/{}", one.run.id), one.run.period.clone()),
                Said::text(format!("{} {}", one.run.standard, one.run.version)),
                state_of(s, &one.run.status),
                Said::text(by(s, &one.run.ran_by, one.run.created_at)),
                Said::Number(one.effective.len().to_string()),
                Said::Number(one.life.open_appeals().to_string()),
                Said::text(said_or(one.life.appeals_until)),
            ]
        })
        .collect();
    let sheet = listed(view, (AT, API, NAME), (vec![limits(most)], grid, None));
    begins(view, sheet, (key("score.new"), new_form(view).await?), again).await
}

pub(super) async fn list(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    list_page(&looks.view(&app, AT).await?, None).await
}

pub(super) async fn create(State(app): House, looks: Looks, sent: Bytes) -> Result<Response, Refusal> {
    let view = looks.view(&app, AT).await?;
    let json = new_form(&view).await?.pop().map(|form| body_of(&form, &sent)).unwrap_or_default();
    let (house, caller) = view.house();
    match deeds::score(house, caller, HeaderMap::new(), json.into()).await {
        Ok(made) => Ok(go(&format!("{AT}/{}", number(made).await.unwrap_or_default()))),
        Err(refusal) => list_page(&view, Some(looks.again(&app, refusal, sent)?)).await,
    }
}

/// The form of an act. The API says in its answer what is wrong with it.
fn form(
    (app, s, caller): (&App, &Shell, &Caller),
    (view, described): (&ScoreRunView, Option<&Description>),
    act: &str,
) -> Form {
    let text = |needed: bool| {
        let field = Field::new("text", s.t("act.text"), Kind::Long);
        if needed { field.needed() } else { field }
    };
    let (label, grave, fields) = match act {
        "open" => {
            let days = Field::new("days", s.t("score.days"), Kind::Number).hint(s.t("order.days_hint"));
            (s.t("score.do_open"), false, vec![days])
        }
        "appeal" => {
            let shown: std::collections::BTreeSet<&str> = view
                .effective
                .iter()
                .flat_map(|e| e.card.scores.iter().filter(|l| l.assessed).map(|l| l.indicator.as_str()))
                .chain(view.effective.iter().flat_map(|e| e.card.adjustments.iter().map(|l| l.rule.as_str())))
                .collect();
            let lines = shown.into_iter().map(|id| (id.to_owned(), called(described, s, id).into())).collect();
            let own = departments(app, caller);
            let mut fields = vec![Field::new("line", s.t("score.indicator"), Kind::Choice(lines)).needed()];
            if caller.department.is_none() {
                fields.insert(0, Field::new("department", s.t("list.department"), Kind::Choice(own)).needed());
            }
            fields.push(Field::new("text", s.t("score.grounds"), Kind::Long).needed());
            fields.push(Field::new("evidence", s.t("score.papers"), Kind::Lines).hint(s.t("act.one_a_line")));
            (s.t("score.do_appeal"), false, fields)
        }
        "decide" => {
            let open = view.life.appeals.iter().filter(|a| a.ruling.is_none()).map(|a| {
                let whose = Text::from(format!("{} ", a.no)).and(name(app, &a.department)).and(" ");
                whose.and(called(described, s, &a.line))
            });
            let first = view.life.appeals.iter().find(|a| a.ruling.is_none());
            let first = first.map_or_else(String::new, |a| a.no.to_string());
            let fields = vec![
                Field::new("appeal", s.t("score.appeal_no"), Kind::Number)
                    .needed()
                    .value(first)
                    .hint(Text::join(open, s.semicolon())),
                Field::new("corrected_to", s.t("score.correct_to"), Kind::Number).hint(s.t("score.hundredths")),
                text(true),
            ];
            (s.t("score.do_decide"), false, fields)
        }
        "finalise" => (s.t("score.do_finalise"), false, vec![text(false)]),
        "publish" => (s.t("score.do_publish"), false, vec![text(false)]),
        _ => (s.t("order.do_withdraw"), true, vec![text(true)]),
    };
    Form { grave, ..Form::new(format!("{AT}/{}/{act}", view.run.id), label, fields) }
}

/// Whether what a run's state allows is open to this reader at this time: who is not in it has nothing to appeal against, who ran it
/// decides nothing, and nothing is final while somebody may still appeal.
fn open_to(app: &App, caller: &Caller, view: &ScoreRunView, act: &str) -> bool {
    let (now, own) = (app.clock.now(), caller.department.as_deref());
    let over = view.life.appeals_until.is_some_and(|until| now > until);
    match act {
        "appeal" => !over && view.effective.iter().any(|e| own.is_none_or(|own| own == e.department)),
        "decide" => view.life.appeals.iter().any(|one| decides(caller, &view.life.ran_by, one)),
        "finalise" => over && view.life.ran_by != caller.user,
        _ => true,
    }
}

/// What this reader may do now.
fn forms(who: (&App, &Shell, &Caller), run: (&ScoreRunView, Option<&Description>)) -> Vec<Form> {
    let (view, caller) = (run.0, who.2);
    if view.run.status == SHADOW {
        return Vec::new();
    }
    let acts: &[&str] = match view.life.state {
        RunState::Draft if view.run.only.is_some() => &["withdraw"],
        RunState::Draft => &["open", "withdraw"],
        RunState::Appeal if view.life.open_appeals() > 0 => &["appeal", "decide", "withdraw"],
        RunState::Appeal => &["appeal", "finalise", "withdraw"],
        RunState::Final => &["publish", "withdraw"],
        RunState::Published => &["withdraw"],
        RunState::Withdrawn => &[],
    };
    let may = |act: &&&str| {
        let whole = **act == "appeal" || caller.department.is_none();
        whole
            && open_to(who.0, caller, view, act)
            && allowed(caller, &Method::POST, &format!("{API}/{{id}}/{act}")).is_ok()
    };
    acts.iter().filter(may).map(|act| form(who, run, act)).collect()
}

/// Other runs to compare this one with.
async fn others(app: &App, caller: &Caller, s: &Shell, view: &ScoreRunView) -> Result<Vec<Form>, Refusal> {
    let all = app.score_views(100).await?;
    let seen = all.into_iter().filter(|v| v.run.id != view.run.id).filter_map(|v| v.seen_by(caller));
    let choices: Vec<Choice> = seen
        .map(|v| {
            let words = format!("{} {} {}", v.run.period, v.run.standard, state_of(s, &v.run.status).plain(s));
            (v.run.id.clone(), format!("{words} {}", said(v.run.created_at)).into())
        })
        .collect();
    if choices.is_empty() {
        return Ok(Vec::new());
    }
    let with = Field::new("with", s.t("score.with"), Kind::Choice(choices)).needed();
    let action = format!("/scores/{}/compare", view.run.id);
    Ok(vec![Form { asks: true, ..Form::new(action, s.t("score.do_compare"), vec![with]) }])
}

async fn page(here: &View, id: &str, again: Option<Again>) -> Result<Response, Refusal> {
    let (app, s, caller) = (&here.app, &here.s, &here.caller);
    let only = here.query.get("department").cloned().or_else(|| caller.department.clone());
    let view = score::shown(app, caller, id).await?;
    let described = app.said(&view).await?;
    let described = described.as_ref();
    let fact = |label: &str, value: Text| (s.t(label).into(), Said::Text(value));
    let standard = described.map_or(view.run.standard.as_str(), |d| s.either(&d.name_zh, &d.name_en));
    let mut facts = vec![
        (s.t("list.state").into(), state_of(s, &view.run.status)),
        fact("score.standard", format!("{standard} {}", view.run.version).into()),
        fact("score.ran", by(s, &view.run.ran_by, view.run.created_at)),
        fact("score.appeals_until", said_or(view.life.appeals_until).into()),
        (s.t("score.artifact").into(), Said::Code(view.run.plugin_digest.clone())),
        (s.t("score.run").into(), Said::Code(view.run.id.clone())),
    ];
    facts.extend(view.life.approved_by.iter().map(|by| fact("score.approved_by", s.who(by))));
    if !view.publications.is_empty() {
        let told = view.publications.iter().map(|no| Link::new(format!("/publications/{no}"), no.clone()));
        facts.push((s.t("nav.publications").into(), Said::Links(told.collect())));
    }
    let left_out = view.run.exclusions.iter().map(|e| {
        let whose = name(app, &e.department).and(" ").and(data(e.item.clone().unwrap_or_default()));
        let whose = whose.and(format!(" {} – {}", e.from, e.to)).and(s.colon());
        whose.and(data(&e.reason)).and(s.bracketed(data(&e.document)))
    });
    let mut ranking = Grid { live: Some(LIVE), ..Grid::default() };
    ranking.heads = vec![
        Head::new(s.t("list.department")),
        Head::number(s.t("score.rank")),
        Head::number(s.t("score.total")),
        Head::new(s.t("score.grade")),
    ];
    let all = view.ranked();
    // A department sees its own card alone, and so not its place among the others.
    ranking.rows = all
        .iter()
        .map(|(rank, one)| {
            let none = caller.department.is_some() || one.card.grade == "不评";
            vec![
                Said::link(format!("?department={}", one.department), name(app, &one.department)),
                Said::Number(if none { "—".to_owned() } else { rank.to_string() }),
                Said::Number(points(one.card.total)),
                Said::text(grade(s, &one.card.grade)),
            ]
        })
        .collect();
    let mut offered = forms((app, s, caller), (&view, described));
    Again::refill(again.as_ref(), &mut offered);
    let mut sheet = file(here, (AT, NAME), format!("{} {}", view.run.period, view.run.standard));
    sheet = sheet
        .with(Body::Facts(facts))
        .under(s.t("score.left_out"), Body::Text(left_out.collect()))
        .under(s.t("score.ranking"), Body::Grid(ranking))
        .under(s.t("act.title"), Body::Forms(offered));
    if !view.life.appeals.is_empty() {
        sheet = sheet.under(s.t("score.appealed"), Body::Grid(appeals(app, s, described, &view.life.appeals)));
    }
    // The cards of a whole county are a page that nobody reads and everybody waits for: the ranking leads to each.
    let every = only.is_some() || all.len() <= TOGETHER;
    if !every {
        sheet = sheet.with(Body::Text(vec![s.t("score.each").into()]));
    }
    let told = |one: &Effective| every && only.as_ref().is_none_or(|only| *only == one.department);
    for (_, one) in all.into_iter().filter(|(_, one)| told(one)) {
        let [lines, grounds] = card(s, described, one, only.is_some());
        sheet = sheet.under(name(app, &one.department).and(" · ").and(points(one.card.total)), Body::Grid(lines));
        if !grounds.rows.is_empty() {
            sheet = sheet.with(Body::Grid(grounds));
        }
    }
    let sheet = sheet
        .under(s.t("score.compare"), Body::Forms(others(app, caller, s, &view).await?))
        .under(s.t("act.history"), Body::History(history(s, &view.life.steps)));
    answered(here, sheet, again).await
}

pub(super) async fn one(State(app): House, looks: Looks, Path(id): Path<String>) -> Result<Response, Refusal> {
    page(&looks.view(&app, AT).await?, &id, None).await
}

/// A form: done, and back to the run; refused, the run says why and what was typed stands there still.
pub(super) async fn act(
    State(app): House,
    looks: Looks,
    Path((id, act)): Path<(String, String)>,
    sent: Bytes,
) -> Result<Response, Refusal> {
    let here = looks.view(&app, AT).await?;
    let view = score::shown(&app, &here.caller, &id).await?;
    let form = form((&app, &here.s, &here.caller), (&view, None), &act);
    let ((house, caller), path) = (here.house(), Path((id.clone(), act)));
    let answer = score::act(house, caller, path, HeaderMap::new(), body_of(&form, &sent).into()).await;
    looks.done((&app, answer), (&format!("{AT}/{id}"), sent), |again| page(&here, &id, again)).await
}
