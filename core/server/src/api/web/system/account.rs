//! One's own account: the password, sessions and tokens.

use super::{Again, Looks, fact, shown};
use crate::api::answer::Refusal;
use crate::api::web::form::{body_of, go, house, rows};
use crate::api::web::{House, outside, said, said_or, several};
use crate::api::{session, system};
use crate::app::App;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use daylight_console::sheet::{Body, Field, Form, Grid, Kind, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::role::Right;
use daylight_store::{TokenKind, TokenRow};
use std::sync::Arc;

/// What a token may do, in words.
fn scopes(s: &Shell, all: &[String]) -> Text {
    let named = |word: &String| Right::from_name(word).map_or_else(|| data(word), |r| s.word(r.name_zh(), r.as_str()));
    several(s, all.iter().map(named))
}

fn password_form(s: &Shell) -> Form {
    let field =
        |name: &str, label: &str, word: &'static str| Field::new(name, s.t(label), Kind::Password(word)).needed();
    let fields = vec![
        field("old", key("account.old"), "current-password"),
        field("new", key("door.new"), "new-password"),
        field("again", key("door.again"), "new-password"),
    ];
    Form::new("/account/password", s.t("account.change"), fields)
}

/// The rows of tokens and sessions, without what ended.
pub(super) fn token_grid(s: &Shell, tokens: &[TokenRow], now: daylight_domain::Timestamp) -> Grid {
    let heads = [
        s.t("account.token"),
        s.t("person.user"),
        s.t("account.kind"),
        s.t("account.scopes"),
        s.t("account.given"),
        s.t("account.used"),
        s.t("account.ends"),
        s.t("list.state"),
    ];
    let mut grid = Grid::new("", &heads);
    grid.rows = tokens
        .iter()
        .map(|t| {
            let state = if t.revoked_at.is_some() {
                Said::tag(Tone::Plain, s.t("account.revoked"))
            } else if t.expires_at < now {
                Said::tag(Tone::Plain, s.t("account.over"))
            } else {
                Said::tag(Tone::Good, s.t("account.works"))
            };
            let kind = match t.kind {
                TokenKind::Token => s.t("account.for_program"),
                TokenKind::Session => s.t("account.session"),
                TokenKind::Link => s.t("account.link"),
                TokenKind::ScreenLink => s.t("nav.screen_links"),
                TokenKind::Screen => s.t("nav.screen"),
            };
            vec![
                Said::text(s.name_of("token_name.", &t.name)),
                Said::data(t.user.clone()),
                Said::text(kind),
                Said::text(scopes(s, &t.scopes)),
                Said::text(said(t.created_at)),
                Said::text(said_or(t.used_at)),
                Said::text(said(t.expires_at)),
                state,
            ]
        })
        .collect();
    grid
}

/// A form that revokes each of those that work.
pub(super) fn revoke_forms(s: &Shell, tokens: &[TokenRow], at: &str, now: daylight_domain::Timestamp) -> Vec<Form> {
    let working = tokens.iter().filter(|t| t.revoked_at.is_none() && t.expires_at >= now);
    working
        .map(|t| {
            let label = Text::from(s.t("account.revoke")).and(" ").and(s.name_of("token_name.", &t.name));
            let label = label.and(s.bracketed(said(t.created_at)));
            Form { grave: true, ..Form::new(format!("{at}/{}/revoke", t.id), label, Vec::new()) }
        })
        .collect()
}

async fn whole(app: &Arc<App>, looks: &Looks, again: Option<Again>) -> Result<Response, Refusal> {
    let caller = &looks.caller;
    // Who must choose a new password is shown no other place.
    let s = if caller.stale {
        let around = outside(app, (&looks.headers, &looks.uri));
        let role = around.word(caller.role.name_zh(), caller.role.as_str()).to_string();
        Shell { user: caller.user.clone(), role, ..around }
    } else {
        looks.shell(app, "/account").await?
    };
    let (tokens, _) = rows::<TokenRow>(system::own_tokens(house(app), Extension(caller.clone())).await?.0)?;
    let department = caller.department.as_ref().map_or_else(Text::default, |id| crate::api::web::name(app, id));
    let rights = several(&s, caller.rights.iter().map(|r| s.word(r.name_zh(), r.as_str())));
    let facts = vec![
        fact(&s, key("person.user"), Said::data(caller.user.clone())),
        fact(&s, key("person.role"), Said::text(s.word(caller.role.name_zh(), caller.role.as_str()))),
        fact(&s, key("list.department"), Said::text(department)),
        fact(&s, key("person.rights"), Said::text(rights)),
    ];
    let stale = if caller.stale { vec![s.t("account.stale").into()] } else { Vec::new() };
    let now = app.clock.now();
    let working: Vec<TokenRow> = tokens.into_iter().filter(|t| t.revoked_at.is_none() && t.expires_at >= now).collect();
    let others: Vec<TokenRow> = working.iter().filter(|t| t.id != caller.token).cloned().collect();
    let rules = &app.config.main.sign_in;
    let (length, kinds) = (rules.min_length, rules.kinds);
    let asked = format!("{}{length}{}{}{kinds}", s.t("account.length"), s.semicolon(), s.t("account.kinds")).into();
    let sheet = Sheet::new(&s, s.t("house.account"))
        .with(Body::Text(stale))
        .with(Body::Facts(facts))
        .under(s.t("account.password"), Body::Text(vec![asked]))
        .with(Body::Forms(vec![password_form(&s)]))
        .under(s.t("account.sessions"), Body::Grid(token_grid(&s, &working, now)))
        .with(Body::Forms(revoke_forms(&s, &others, "/account/tokens", now)));
    shown(app, looks, sheet, again).await
}

pub(super) async fn page(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    whole(&app, &looks, None).await
}

pub(super) async fn password(State(app): House, looks: Looks, body: Bytes) -> Result<Response, Refusal> {
    let s = outside(&app, (&looks.headers, &looks.uri));
    let sent = |name: &str| form_urlencoded::parse(&body).find(|(n, _)| n == name).map(|(_, v)| v.into_owned());
    let answer = if sent("new") == sent("again") {
        let mut form = password_form(&s);
        form.fields.retain(|f| f.name != "again");
        session::change(house(&app), Extension(looks.caller.clone()), body_of(&form, &body).into()).await.map(|_| ())
    } else {
        Err(crate::api::answer::bad("auth.password-rules", "两次输入的密码不同", "重新输入"))
    };
    looks.done((&app, answer), ("/account", body), |again| whole(&app, &looks, again)).await
}

pub(super) async fn revoke(State(app): House, looks: Looks, Path(id): Path<String>) -> Result<Response, Refusal> {
    let _ = system::revoke_own(house(&app), Extension(looks.caller.clone()), Path(id)).await?;
    Ok(go("/account"))
}
