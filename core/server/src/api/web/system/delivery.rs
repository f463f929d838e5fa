//! 通知记录: what was told, what was not taken, and telling it again.

use super::{Again, Looks, count, shown, value};
use crate::api::answer::{Refusal, limit};
use crate::api::delivery;
use crate::api::web::form::{house, rows};
use crate::api::web::{House, allowed, limits, pager, said, said_or};
use crate::app::App;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use daylight_console::list::Filter;
use daylight_console::sheet::{Body, Form, Grid, Head, Number, Said, Sheet, Tone};
use daylight_console::shell::key;
use daylight_console::text::{Text, data};
use daylight_store::{DeliveryRow, DeliveryState};
use std::collections::HashMap;
use std::sync::Arc;

const API: &str = "/api/v1/deliveries";
const STATES: [DeliveryState; 3] = [DeliveryState::Pending, DeliveryState::Sent, DeliveryState::Dead];

async fn page(app: &Arc<App>, looks: &Looks, again: Option<Again>) -> Result<Response, Refusal> {
    let s = looks.shell(app, "/deliveries").await?;
    let query = if again.is_some() { HashMap::new() } else { looks.query() };
    let most = limit(&query)?;
    let answer = delivery::list(house(app), Extension(looks.caller.clone()), Query(query.clone())).await?;
    let (all, next) = rows::<DeliveryRow>(answer.0)?;
    let channels = app.channels().await?;
    let numbers = channels.iter().map(|c| Number {
        label: data(&c.channel).and(" ").and(s.t("delivery.dead")),
        value: c.dead.to_string(),
        href: Some(format!("/deliveries?channel={}&state=dead", super::part(&c.channel))),
        level: None,
    });
    let heads = [
        s.t("delivery.written"),
        s.t("delivery.channel"),
        s.t("delivery.topic"),
        s.t("delivery.recipient"),
        s.t("list.state"),
        s.t("delivery.sent"),
        s.t("delivery.again_at"),
        s.t("connect.error"),
    ];
    let mut grid = Grid::new("", &heads);
    grid.heads.push(Head::number(s.t("delivery.attempts")));
    grid.rows = all
        .iter()
        .map(|d| {
            let tone = match d.state {
                DeliveryState::Sent => Tone::Good,
                DeliveryState::Dead => Tone::Bad,
                DeliveryState::Pending if d.failing_since.is_some() => Tone::Warn,
                DeliveryState::Pending => Tone::Plain,
            };
            let waits = d.state == DeliveryState::Pending;
            vec![
                Said::text(said(d.created_at)),
                Said::data(d.channel.clone()),
                Said::text(d.topic.clone()),
                Said::data(d.recipient.clone()),
                Said::tag(tone, s.word(d.state.name_zh(), d.state.as_str())),
                Said::text(said_or(d.sent_at)),
                Said::text(if waits { said(d.next_at) } else { String::new() }),
                Said::data(d.last_error.clone().unwrap_or_default()),
                count(d.attempts),
            ]
        })
        .collect();
    let states = STATES.map(|w| (w.as_str().to_owned(), s.word(w.name_zh(), w.as_str()))).to_vec();
    let known = channels.iter().map(|c| (c.channel.clone(), data(&c.channel))).collect();
    let filters = vec![
        Filter { name: "channel", label: key("delivery.channel"), value: value(&query, "channel"), choices: known },
        Filter { name: "state", label: key("list.state"), value: value(&query, "state"), choices: states },
        limits(most),
    ];
    let may = allowed(&looks.caller, &Method::POST, "/api/v1/deliveries/{id}/retry").is_ok();
    let dead = all.iter().filter(|d| may && d.state == DeliveryState::Dead);
    let forms = dead.map(|d| {
        let label = Text::from(s.t("delivery.retry")).and(s.colon()).and(data(&d.channel));
        let label = label.and(format!(" {}", said(d.created_at)));
        Form::new(format!("/deliveries/{}/retry", d.id), label, Vec::new())
    });
    let foot = pager("/deliveries", API, &query, grid.rows.len(), next);
    let sheet = Sheet::new(&s, s.t("delivery.title"))
        .with(Body::Numbers(numbers.collect()))
        .with(Body::Filters(filters))
        .with(Body::Grid(grid))
        .with(Body::Pager(foot))
        .under(s.t("act.title"), Body::Forms(forms.collect()));
    shown(app, looks, sheet, again).await
}

pub(super) async fn list(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    page(&app, &looks, None).await
}

pub(super) async fn retry(State(app): House, looks: Looks, Path(id): Path<String>) -> Result<Response, Refusal> {
    let who = Extension(looks.caller.clone());
    let answer = delivery::retry(house(&app), who, Path(id), HeaderMap::new(), Bytes::new()).await;
    looks.done((&app, answer), ("/deliveries", Bytes::new()), |again| page(&app, &looks, again)).await
}
