//! 窗口办件: the pages of those who work at the desk – what waits, receipt, a case with what may be done about it, its papers, the
//! window's day. Everything by keyboard and without scripts; what was typed stands there again when it was refused.

mod case;
mod forms;
mod paper;
mod queue;
mod receive;
mod today;

use super::form::plain;
use super::{Refusal, shell};
use crate::api::desk::actor;
use crate::app::App;
use crate::desk::{DeskSettings, address, percent};
use crate::people::Caller;
use crate::problem::Problem;
use axum::Router;
use axum::http::{HeaderMap, Uri};
use axum::routing::{get, post};
use daylight_console::sheet::{Body, Choice, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::data;
use daylight_domain::Timestamp;
use daylight_domain::desk::DeskActor;
use daylight_domain::limit::remaining;
use daylight_domain::role::{Right, Role};
use std::sync::Arc;

/// Pages, and the operation each shows or does.
pub(super) const SHOWS: &[(&str, &str)] = &[
    ("/desk", "/api/v1/desk/queue"),
    ("/desk/cases", "/api/v1/desk/cases"),
    ("/desk/cases/{department}/{no}", "/api/v1/desk/cases/{department}/{no}"),
    ("/desk/cases/{department}/{no}/{act}", "/api/v1/desk/cases/{department}/{no}/{act}"),
    ("/desk/hand-over", "/api/v1/desk/hand-over"),
    ("/desk/papers/{department}/{no}", "/api/v1/desk/cases"),
    ("/desk/papers/{department}/{no}/docx", "/api/v1/desk/cases"),
    ("/desk/receive", "/api/v1/desk/cases"),
    ("/desk/today", "/api/v1/desk/queue"),
];

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/desk", get(queue::queue))
        .route("/desk/cases", get(queue::list).post(queue::named))
        .route("/desk/cases/{department}/{no}", get(case::one))
        .route("/desk/cases/{department}/{no}/{act}", post(case::act))
        .route("/desk/hand-over", post(queue::hand_over))
        .route("/desk/papers/{department}/{no}", get(paper::page).post(paper::with_code))
        .route("/desk/papers/{department}/{no}/docx", get(paper::document))
        .route("/desk/receive", get(receive::new).post(receive::receive))
        .route("/desk/today", get(today::today))
}

/// Topic of the live stream upon which lists are read again.
const LIVE: &str = "desk.";

/// Who works here, and the desk: of the own department, or of the one whose case another is asked about. Where there is no desk, the
/// problem that says why.
type Open<'a> = (Shell, DeskActor<'a>, Result<&'a DeskSettings, Problem>);

async fn open<'a>(
    app: &'a App,
    caller: &'a Caller,
    (around, place): ((&HeaderMap, &Uri), &'static str),
    of: Option<&str>,
) -> Result<Open<'a>, Refusal> {
    let s = shell(app, caller, around, place).await?;
    let by = actor(caller)?;
    let settings = app.desk(of.unwrap_or(by.department)).map(|(_, settings)| settings);
    Ok((s, by, settings))
}

/// The page that says why there is no desk here.
fn closed(s: &Shell, problem: &Problem) -> Sheet {
    let (said, fix) = plain(s.lang, problem);
    let mut sheet = Sheet::new(s, s.t("desk.closed")).with(Body::Text(vec![fix.into()]));
    sheet.said = Some(said.into());
    sheet
}

/// People of the department who may handle cases: sign-in names.
async fn colleagues(app: &App, department: &str) -> Result<Vec<Choice>, Refusal> {
    let may = |role: &str| Role::from_name(role).is_some_and(|role| role.may(Right::Handle));
    let users = app.store.users().await?.into_iter();
    let here = users.filter(|u| u.disabled_at.is_none() && u.department.as_deref() == Some(department) && may(&u.role));
    Ok(here.map(|u| (u.name.clone(), data(u.name))).collect())
}

/// A day, and a time where it is not the end of the day.
fn when(s: &Shell, at: Timestamp) -> String {
    let whole = at.plus_ms(1) == Timestamp::end_of(at.date());
    let day = s.either("%-m月%-d日", "%-d %B");
    at.local().format(if whole { day.to_owned() } else { format!("{day} %H:%M") }.as_str()).to_string()
}

/// How long there is: in words, and what is late by shape and colour too.
fn countdown(app: &App, s: &Shell, due: Option<Timestamp>) -> Said {
    let Some(due) = due else { return Said::text("—") };
    let now = app.clock.now();
    let left = remaining(&app.config.rules.calendar, due.date(), now.date()).ok();
    let say = |key: &str, n: i64| s.t(key).replace("{n}", &n.to_string()).replace("{at}", &when(s, due));
    match left {
        Some(n) if n < 0 => Said::tag(Tone::Bad, say(key("desk.late"), -n)),
        _ if due < now => Said::tag(Tone::Bad, say(key("desk.over"), 0)),
        Some(0) => Said::tag(Tone::Warn, say(key("desk.today"), 0)),
        Some(1) => Said::tag(Tone::Warn, say(key("desk.left"), 1)),
        Some(n) => Said::tag(Tone::Plain, say(key("desk.left"), n)),
        None => Said::text(when(s, due)),
    }
}
