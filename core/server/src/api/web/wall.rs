//! 大屏: the county on a wall, for who signed in and for walls that were given a link. It looks, and names nobody.

use super::form::{body_of, go, house, refill, refused, rows};
use super::{House, allowed, answer, name, outside, said, shell, show as page};
use crate::api::answer::Refusal;
use crate::api::person;
use crate::api::read::department_views;
use crate::api::screen::{self, looks};
use crate::app::App;
use crate::people::Caller;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use daylight_console::sheet::{Body, Field, Form, Grid, Kind, Said, Sheet, Tone};
use daylight_console::shell::Shell;
use daylight_console::text::{Text, data};
use daylight_console::wall::{Tile, Wall, WallCard, WallLine};
use daylight_domain::card::Card;
use daylight_store::{CardFilter, TokenKind, TokenRow};
use std::sync::Arc;

const LEVELS: [&str; 3] = ["prewarning", "yellow", "red"];
/// Cards on the wall.
const SHOWN: u32 = 12;

/// The newest cards of the county that stand.
async fn newest(app: &App) -> Result<Vec<Card>, Refusal> {
    let filter = CardFilter { standing: true, newest: true, limit: SHOWN, ..CardFilter::default() };
    Ok(app.store.cards(&filter).await?)
}

async fn wall(app: &App, s: Shell) -> Result<Wall, Refusal> {
    let now = app.clock.now();
    let views = department_views(app).await?;
    let tile = |label: &str, n: u64, tone| Tile { label: label.into(), value: n.to_string(), tone };
    let sum = |at: usize| -> u64 { views.iter().filter_map(|d| d.cards.get(at)).sum() };
    let over = app.store.count_due(None, None, now).await?;
    let mut tiles = vec![
        tile(s.t("overview.cases"), views.iter().map(|d| d.cases).sum(), "plain"),
        tile(s.t("overview.open"), views.iter().map(|d| d.open).sum(), "good"),
        tile(s.t("overview.over"), over, if over > 0 { "red" } else { "plain" }),
    ];
    tiles.extend(LEVELS.into_iter().enumerate().map(|(at, level)| tile(s.of("level.", level), sum(at), level)));
    let departments = views.iter().map(|d| WallLine {
        name: d.name.clone(),
        health: super::standing::word(&s, d.health).to_owned(),
        silent: s.stale.contains(&d.name),
        open: d.open,
        cards: LEVELS.into_iter().zip(d.cards).collect(),
    });
    let cards = newest(app).await?;
    let cards = cards.iter().map(|card| WallCard {
        at: super::said_or(card.issued_at),
        level: card.level.as_str(),
        department: name(app, &card.department).to_string(),
        rule: app
            .config
            .rules
            .book
            .name_of(&card.rule)
            .map_or(card.rule.as_str(), |(zh, en)| s.either(zh, en))
            .to_owned(),
    });
    Ok(Wall { tiles, departments: departments.collect(), cards: cards.collect(), s: Shell { as_of: said(now), ..s } })
}

pub(super) async fn show(State(app): House, headers: HeaderMap, uri: Uri) -> Result<Response, Refusal> {
    if !looks(&app, &headers).await? {
        let to = HeaderValue::from_static("/sign-in?next=%2Fscreen");
        return Ok((StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response());
    }
    let mut s = outside(&app, (&headers, &uri));
    s.stale = super::silent(&app, None).await?;
    let wall = wall(&app, s).await?;
    answer(&wall.s.clone(), &wall)
}

/// What a link shows: a button. Whoever only fetches the address – a preview, a scanner – does not use it up.
pub(super) async fn link_page(
    State(app): House,
    Path(secret): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let name = app.screen_link(&secret).await?;
    let s = outside(&app, (&headers, &uri));
    let form = Form::new(format!("/screen/open/{secret}"), s.t("wall.do_open"), Vec::new());
    let sheet = Sheet::new(&s, Text::from(s.t("nav.screen")).and(" ").and(data(name))).with(Body::Forms(vec![form]));
    answer(&s, &sheet)
}

const TOKENS: &str = "/api/v1/tokens";

fn new_form(s: &Shell) -> Form {
    let fields = vec![
        Field::new("name", s.t("wall.name"), Kind::Line).needed().hint(s.t("wall.name_hint")),
        Field::new("days", s.t("wall.days"), Kind::Number).value("90"),
    ];
    Form::new("/screen-links", s.t("wall.do_give"), fields)
}

/// Walls and their links, for who gives them; a link that was just given is shown this once.
async fn links_page(
    app: &Arc<App>,
    caller: &Caller,
    around: (&HeaderMap, &Uri),
    (given, again): (Option<String>, Option<(StatusCode, Text, Bytes)>),
) -> Result<Response, Refusal> {
    let s = shell(app, caller, around, "/screen-links").await?;
    let s = if given.is_some() { s.once() } else { s };
    let answer = person::tokens(house(app)).await?;
    let (all, _) = rows::<TokenRow>(answer.0)?;
    let now = app.clock.now();
    let heads = [s.t("wall.name"), s.t("order.kind"), s.t("list.state"), s.t("act.by"), s.t("wall.until")];
    let mut grid = Grid::new("", &heads);
    let mut forms = Vec::new();
    for one in all.iter().filter(|t| matches!(t.kind, TokenKind::Screen | TokenKind::ScreenLink)) {
        let kind = if one.kind == TokenKind::Screen { s.t("nav.screen") } else { s.t("wall.link") };
        let works = one.revoked_at.is_none() && one.expires_at >= now;
        let state =
            if works { Said::tag(Tone::Good, s.t("wall.works")) } else { Said::tag(Tone::Plain, s.t("wall.ended")) };
        grid.rows.push(vec![
            Said::data(one.name.clone()),
            Said::text(kind),
            state,
            Said::data(one.user.clone()),
            Said::text(said(one.expires_at)),
        ]);
        if works && allowed(caller, &Method::POST, &format!("{TOKENS}/{{id}}/revoke")).is_ok() {
            let heading = Text::from(kind).and(" ").and(data(&one.name)).and(format!(" {}", said(one.created_at)));
            let form = Form::new(format!("/screen-links/{}/revoke", one.id), s.t("wall.do_revoke"), Vec::new());
            forms.push(Form { grave: true, heading, ..form });
        }
    }
    let mut sheet = Sheet::new(&s, s.t("nav.screen_links"));
    let mut new = new_form(&s);
    if let Some((_, words, body)) = &again {
        refill(&mut new, body);
        sheet.said = Some(words.clone());
    }
    sheet = sheet
        .under(s.t("wall.given"), Body::Code(given.unwrap_or_default()))
        .with(Body::Grid(grid))
        .under(s.t("wall.new"), Body::Forms(vec![new]))
        .under(s.t("act.title"), Body::Forms(forms));
    let mut made = page(app, caller, &sheet).await?;
    if let Some((status, ..)) = again {
        *made.status_mut() = status;
    }
    Ok(made)
}

pub(super) async fn links(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    links_page(&app, &caller, (&headers, &uri), (None, None)).await
}

pub(super) async fn give(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/screen-links").await?;
    let json = body_of(&new_form(&s), &body);
    let (given, again) = match screen::give(house(&app), Extension(caller.clone()), json.into()).await {
        Ok((_, link)) => (Some(link.0.address), None),
        Err(refusal) => {
            let (status, words) = refused(&s, refusal)?;
            (None, Some((status, words, body)))
        }
    };
    links_page(&app, &caller, (&headers, &uri), (given, again)).await
}

pub(super) async fn revoke(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path((id, _)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let _ = person::revoke(house(&app), Extension(caller), Path(id)).await?;
    Ok(go("/screen-links"))
}
