//! 用户: who may come in and as what, sign-in links shown once, tokens.

use super::account::{revoke_forms, token_grid};
use super::{Again, Looks, fact, foot, part, shown, value};
use crate::api::answer::Refusal;
use crate::api::person;
use crate::api::web::form::{body_of, go, house, rows, sent};
use crate::api::web::{House, departments, name, said, said_or, several};
use crate::app::App;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use daylight_console::list::Filter;
use daylight_console::sheet::{Body, Field, Form, Grid, Kind, Link, Number, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::Timestamp;
use daylight_domain::role::{Right, Role};
use daylight_store::{TokenRow, UserRow};
use std::sync::Arc;

/// The three administrators: separate persons.
const THREE: [Role; 3] = [Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin];

fn role(s: &Shell, word: &str) -> Text {
    Role::from_name(word).map_or_else(|| data(word), |r| s.word(r.name_zh(), r.as_str()))
}

fn state(s: &Shell, user: &UserRow) -> Said {
    match user.disabled_at {
        Some(at) => Said::tag(Tone::Bad, format!("{} {}", s.t("person.disabled"), said(at))),
        None => Said::tag(Tone::Good, s.t("person.enabled")),
    }
}

fn new_form(app: &App, looks: &Looks, s: &Shell) -> Form {
    let roles = Role::ALL.iter().map(|r| (r.as_str().to_owned(), s.word(r.name_zh(), r.as_str()))).collect();
    let fields = vec![
        Field::new("name", s.t("person.user"), Kind::Line).needed(),
        Field::new("role", s.t("person.role"), Kind::Choice(roles)).needed(),
        Field::new("department", s.t("list.department"), Kind::Choice(departments(app, &looks.caller)))
            .hint(s.t("person.department_hint")),
    ];
    Form::new("/users", s.t("person.add"), fields)
}

async fn list_page(app: &Arc<App>, looks: &Looks, again: Option<Again>) -> Result<Response, Refusal> {
    let s = looks.shell(app, "/users").await?;
    let query = looks.query();
    let (all, _) = rows::<UserRow>(person::users(house(app)).await?.0)?;
    let (of_role, of_state) = (value(&query, "role"), value(&query, "state"));
    let enabled = |role: Role| all.iter().filter(|u| u.role == role.as_str() && u.disabled_at.is_none()).count();
    let numbers = THREE.map(|r| Number {
        label: s.word(r.name_zh(), r.as_str()),
        value: enabled(r).to_string(),
        href: Some(format!("/users?role={}", r.as_str())),
        level: None,
    });
    let missing = THREE.iter().filter(|r| enabled(**r) == 0).map(|r| s.word(r.name_zh(), r.as_str()));
    let missing = several(&s, missing);
    let words = if missing.is_empty() {
        vec![s.t("person.three").into()]
    } else {
        vec![s.t("person.three").into(), Text::from(s.t("person.lacks")).and(s.colon()).and(missing)]
    };
    let heads =
        [s.t("person.user"), s.t("person.role"), s.t("list.department"), s.t("list.state"), s.t("person.since")];
    let mut grid = Grid::new("", &heads);
    grid.rows = all
        .iter()
        .filter(|u| of_role.is_empty() || u.role == of_role)
        .filter(|u| of_state.is_empty() || (of_state == "disabled") == u.disabled_at.is_some())
        .map(|u| {
            vec![
                Said::link(format!("/users/{}", part(&u.name)), data(&u.name)),
                Said::text(role(&s, &u.role)),
                Said::text(u.department.as_ref().map_or_else(Text::default, |id| name(app, id))),
                state(&s, u),
                Said::text(said(u.created_at)),
            ]
        })
        .collect();
    let end = foot("/users", "/api/v1/users", &query, grid.rows.len());
    let roles = Role::ALL.iter().map(|r| (r.as_str().to_owned(), s.word(r.name_zh(), r.as_str()))).collect();
    let states = vec![
        ("enabled".to_owned(), s.t("person.enabled").into()),
        ("disabled".to_owned(), s.t("person.disabled").into()),
    ];
    let filters = vec![
        Filter { name: "role", label: key("person.role"), value: of_role, choices: roles },
        Filter { name: "state", label: key("list.state"), value: of_state, choices: states },
    ];
    let mut forms = vec![new_form(app, looks, &s)];
    Again::refill(again.as_ref(), &mut forms);
    let sheet = Sheet::new(&s, s.t("person.users"))
        .with(Body::Numbers(numbers.to_vec()))
        .with(Body::Text(words))
        .with(Body::Filters(filters))
        .with(Body::Grid(grid))
        .with(end)
        .under(s.t("person.add"), Body::Forms(forms));
    shown(app, looks, sheet, again).await
}

pub(super) async fn list(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    list_page(&app, &looks, None).await
}

pub(super) async fn add(State(app): House, looks: Looks, body: Bytes) -> Result<Response, Refusal> {
    let s = looks.shell(&app, "/users").await?;
    let json = body_of(&new_form(&app, &looks, &s), &body);
    let who = Extension(looks.caller.clone());
    let answer = person::add(house(&app), who, HeaderMap::new(), json.into()).await;
    let to = format!("/users/{}", part(&sent(&body, "name").concat()));
    looks.done((&app, answer), (&to, body), |again| list_page(&app, &looks, again)).await
}

fn token_form(s: &Shell, user: &UserRow) -> Form {
    let rights = Role::from_name(&user.role).map(Role::rights).unwrap_or_default();
    let scopes = rights.iter().map(|r: &Right| (r.as_str().to_owned(), s.word(r.name_zh(), r.as_str()))).collect();
    let fields = vec![
        Field::hidden("user", user.name.clone()),
        Field::new("name", s.t("account.token"), Kind::Line).needed(),
        Field::new("scopes", s.t("account.scopes"), Kind::Many(scopes)).hint(s.t("person.scopes_hint")),
        Field::new("days", s.t("person.days"), Kind::Number).value("90"),
    ];
    Form::new(format!("/users/{}/tokens", part(&user.name)), s.t("person.give"), fields)
}

/// A secret that was just given out, on a page that nobody sees twice.
struct Once {
    label: &'static str,
    secret: String,
    until: Timestamp,
}

async fn page(
    app: &Arc<App>,
    looks: &Looks,
    user: &str,
    (again, once): (Option<Again>, Option<Once>),
) -> Result<Response, Refusal> {
    let s = looks.shell(app, "/users").await?;
    let (all, _) = rows::<UserRow>(person::users(house(app)).await?.0)?;
    let unknown = || crate::problem::Problem::new("user.unknown", format!("没有用户“{user}”"));
    let user = all.into_iter().find(|u| u.name == user).ok_or_else(unknown)?;
    let (tokens, _) = rows::<TokenRow>(person::tokens(house(app)).await?.0)?;
    let tokens: Vec<TokenRow> = tokens.into_iter().filter(|t| t.user == user.name).collect();
    let used = tokens.iter().filter_map(|t| t.used_at).max();
    let rights = Role::from_name(&user.role).map(Role::rights).unwrap_or_default();
    let rights = several(&s, rights.iter().map(|r| s.word(r.name_zh(), r.as_str())));
    let facts = vec![
        fact(&s, key("person.role"), Said::text(role(&s, &user.role))),
        fact(
            &s,
            key("list.department"),
            Said::text(user.department.as_ref().map_or_else(Text::default, |id| name(app, id))),
        ),
        fact(&s, key("person.rights"), Said::text(rights)),
        fact(&s, key("list.state"), state(&s, &user)),
        fact(&s, key("person.since"), Said::text(said(user.created_at))),
        fact(&s, key("account.used"), Said::text(said_or(used))),
    ];
    let at = format!("/users/{}", part(&user.name));
    let mut forms = Vec::new();
    if user.disabled_at.is_some() {
        forms.push(Form::new(format!("{at}/enable"), s.t("person.enable"), Vec::new()));
    } else {
        forms.push(Form::new(format!("{at}/link"), s.t("person.link"), Vec::new()));
        forms.push(Form::new(format!("{at}/unlock"), s.t("person.unlock"), Vec::new()));
        forms.push(token_form(&s, &user));
        if user.name != looks.caller.user {
            forms.push(Form { grave: true, ..Form::new(format!("{at}/disable"), s.t("person.disable"), Vec::new()) });
        }
    }
    Again::refill(again.as_ref(), &mut forms);
    let mut sheet = Sheet::new(&s, data(&user.name));
    sheet.up = vec![Link::new("/users", s.t("person.users"))];
    if let Some(once) = once {
        let until =
            format!("{}{}{} {}", s.t("person.once"), s.semicolon(), s.t("account.ends"), said(once.until)).into();
        sheet.s = sheet.s.once();
        sheet = sheet.under(s.t(once.label), Body::Code(once.secret)).with(Body::Text(vec![until]));
    }
    let now = app.clock.now();
    let sheet = sheet
        .with(Body::Facts(facts))
        .under(s.t("act.title"), Body::Forms(forms))
        .under(s.t("person.tokens"), Body::Grid(token_grid(&s, &tokens, now)))
        .with(Body::Forms(revoke_forms(&s, &tokens, "/tokens", now)));
    shown(app, looks, sheet, again).await
}

pub(super) async fn one(State(app): House, looks: Looks, Path(user): Path<String>) -> Result<Response, Refusal> {
    page(&app, &looks, &user, (None, None)).await
}

pub(super) async fn act(
    State(app): House,
    looks: Looks,
    Path((user, act)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let who = || Extension(looks.caller.clone());
    let done = if act == "link" {
        let given = person::link(house(&app), who(), Path(user.clone())).await;
        given.map(|(_, link)| {
            let (secret, until) = (link.0.address, link.0.given.expires_at);
            Some(Once { label: key("person.link"), secret, until })
        })
    } else {
        let path = Path((user.clone(), act.clone()));
        person::act(house(&app), who(), path, HeaderMap::new()).await.map(|_| None)
    };
    match done {
        Ok(None) => Ok(go(&format!("/users/{}", part(&user)))),
        Ok(once) => page(&app, &looks, &user, (None, once)).await,
        Err(refusal) => page(&app, &looks, &user, (Some(looks.again(&app, refusal, body)?), None)).await,
    }
}

pub(super) async fn give(
    State(app): House,
    looks: Looks,
    Path(user): Path<String>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let s = looks.shell(&app, "/users").await?;
    let (all, _) = rows::<UserRow>(person::users(house(&app)).await?.0)?;
    let unknown = || crate::problem::Problem::new("user.unknown", format!("没有用户“{user}”"));
    let row = all.into_iter().find(|u| u.name == user).ok_or_else(unknown)?;
    let mut form = token_form(&s, &row);
    // Whose token it is stands in the address, whatever was sent.
    form.fields.retain(|f| f.name != "user");
    let mut json: serde_json::Value = serde_json::from_str(&body_of(&form, &body)).unwrap_or_default();
    if let Some(object) = json.as_object_mut() {
        object.insert("user".to_owned(), user.clone().into());
    }
    let json = json.to_string();
    match person::give(house(&app), Extension(looks.caller.clone()), json.into()).await {
        Ok((_, given)) => {
            let once = Once { label: key("person.token"), secret: given.0.secret, until: given.0.expires_at };
            page(&app, &looks, &user, (None, Some(once))).await
        }
        Err(refusal) => page(&app, &looks, &user, (Some(looks.again(&app, refusal, body)?), None)).await,
    }
}

pub(super) async fn tokens(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    let s = looks.shell(&app, "/tokens").await?;
    let (mut all, _) = rows::<TokenRow>(person::tokens(house(&app)).await?.0)?;
    all.reverse();
    let mut grid = token_grid(&s, &all, app.clock.now());
    for (row, token) in grid.rows.iter_mut().zip(&all) {
        if let Some(cell) = row.get_mut(1) {
            *cell = Said::link(format!("/users/{}", part(&token.user)), data(&token.user));
        }
    }
    let end = foot("/tokens", "/api/v1/tokens", &looks.query(), grid.rows.len());
    shown(&app, &looks, Sheet::new(&s, s.t("person.tokens")).with(Body::Grid(grid)).with(end), None).await
}

pub(super) async fn revoke(State(app): House, looks: Looks, Path(id): Path<String>) -> Result<Response, Refusal> {
    let (all, _) = rows::<TokenRow>(person::tokens(house(&app)).await?.0)?;
    let user = all.into_iter().find(|t| t.id == id).map(|t| t.user).unwrap_or_default();
    let _ = person::revoke(house(&app), Extension(looks.caller.clone()), Path(id)).await?;
    Ok(go(&format!("/users/{}", part(&user))))
}
