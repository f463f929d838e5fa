//! 总览: the county at a glance, for those who signed in; others see the plain public page.

use super::{House, answer, anybody, form, said_or, shell, system};
use crate::api::answer::Refusal;
use crate::api::auth::who;
use crate::api::read::department_views;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use daylight_console::page::{DepartmentLine, Overview};
use daylight_domain::role::Right;

const LEVELS: [&str; 3] = ["prewarning", "yellow", "red"];

pub(super) async fn home(State(app): House, headers: HeaderMap, uri: Uri) -> Result<Response, Refusal> {
    let caller = match who(&app, &headers, &Method::GET).await {
        Ok(caller) if caller.stale => return Ok(form::go("/account")),
        Ok(caller) if caller.may(Right::Read) => caller,
        _ => return system::status(&app, anybody(&app, (&headers, &uri)).await?).await,
    };
    let mut all = department_views(&app).await?;
    if let Some(own) = &caller.department {
        all.retain(|d| d.id == *own);
    }
    let sum = |of: &dyn Fn(&crate::api::view::DepartmentView) -> [u64; 3], at: usize| -> u64 {
        all.iter().filter_map(|d| of(d).get(at).copied()).sum()
    };
    let inside = caller.may(Right::Supervise);
    let levels = LEVELS.into_iter().enumerate();
    let levels =
        levels.map(|(at, level)| (level, sum(&|d| d.cards, at), if inside { sum(&|d| d.inside, at) } else { 0 }));
    let levels = levels.collect();
    let departments = all
        .iter()
        .map(|d| DepartmentLine {
            id: d.id.clone(),
            name: d.name.clone(),
            phase: d.phase.name_zh().to_owned(),
            health: d.health.to_owned(),
            last: said_or(d.last_pull),
            cases: d.cases,
            open: d.open,
            rejects: d.rejects,
            cards: LEVELS.into_iter().zip(d.cards).collect(),
        })
        .collect();
    let s = shell(&app, &caller, (&headers, &uri), "/").await?;
    answer(&s.clone(), &Overview { s, levels, departments })
}
