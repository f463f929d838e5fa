//! The provincial list: taken in, compared with the catalogue, and drafts made of what somebody chose.

use super::super::form::{body_of, go, read, rows};
use super::super::matter::{Again, Looks, View, answered, begins, file, listed};
use super::super::{House, limits, said as at_time, several};
use super::said;
use crate::api::answer::{Refusal, limit};
use crate::api::item;
use crate::catalogue::{CheckedItem, Chosen, Compared, Comparison, Standing};
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use daylight_console::sheet::{Body, Choice, Field, Form, Grid, Head, Kind, Number, Said, Tone};
use daylight_console::shell::key;
use daylight_console::text::{Text, data};

const AT: &str = "/item-lists";
const API: &str = "/api/v1/item-lists";
const NAME: &str = key("nav.item_lists");

fn import_form(view: &View) -> Vec<Form> {
    if view.caller.department.is_some() || !view.may(API) {
        return Vec::new();
    }
    let field = Field::new("list", view.t("item_list.text"), Kind::Long).needed().hint(view.t("item_list.hint"));
    vec![Form::new(AT, view.t("item_list.do_import"), vec![field])]
}

async fn list_page(view: &View, again: Option<Again>) -> Result<Response, Refusal> {
    let s = &view.s;
    let (lists, next) = rows::<Compared>(item::lists(view.house().0, Query(view.query.clone())).await?.0)?;
    let mut grid = Grid::new("", &[]);
    grid.heads = vec![
        Head::new(s.t("item_list.no")),
        Head::new(s.t("list.state")),
        Head::new(s.t("act.at")),
        Head::new(s.t("act.by")),
        Head::number(s.t("item_list.listed")),
        Head::new("SHA-256"),
    ];
    let row = |one: &Compared| {
        let tone = if one.state == "standing" { Tone::Good } else { Tone::Plain };
        vec![
            Said::link(format!("/item-lists/{}", one.no), one.no.clone()),
            Said::tag(tone, s.of("item_list_state.", &one.state)),
            Said::text(at_time(one.at)),
            Said::data(one.by.clone()),
            Said::Number(one.listed.to_string()),
            Said::Code(one.sha256.clone()),
        ]
    };
    grid.rows = lists.iter().map(row).collect();
    let sheet = listed(view, (AT, API, NAME), (vec![limits(limit(&view.query)?)], grid, next));
    begins(view, sheet, (key("item_list.import"), import_form(view)), again).await
}

pub(super) async fn list(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    list_page(&looks.view(&app, AT).await?, None).await
}

pub(super) async fn import(State(app): House, looks: Looks, sent: Bytes) -> Result<Response, Refusal> {
    let view = looks.view(&app, AT).await?;
    let pasted = form_urlencoded::parse(&sent).find(|(n, _)| n == "list").map(|(_, v)| v.into_owned());
    let (house, caller) = view.house();
    match item::import(house, caller, pasted.unwrap_or_default().into()).await {
        Ok((_, made)) => Ok(go(&format!("{AT}/{}", made.0.list.no))),
        Err(refusal) => list_page(&view, Some(looks.again(&app, refusal, sent)?)).await,
    }
}

fn tone(standing: Standing) -> Tone {
    match standing {
        Standing::Same => Tone::Good,
        Standing::Changed | Standing::New => Tone::Warn,
        Standing::Missing => Tone::Bad,
    }
}

/// Which items to make drafts of.
fn choose_form(view: &View, no: &str, all: &[CheckedItem]) -> Vec<Form> {
    let may = view.caller.department.is_none() && view.may(&format!("{API}/{{no}}/draft"));
    let open = all.iter().filter(|i| matches!(i.standing, Standing::Changed | Standing::New));
    let choices: Vec<Choice> =
        open.map(|i| (i.code.clone(), Text::from(&i.code).and(" ").and(data(&i.name)))).collect();
    if !may || choices.is_empty() {
        return Vec::new();
    }
    let field = Field::new("codes", view.t("item_list.choose"), Kind::Many(choices));
    vec![Form::new(format!("{AT}/{no}/draft"), view.t("item_list.do_draft"), vec![field])]
}

async fn page(view: &View, no: &str, again: Option<Again>) -> Result<Response, Refusal> {
    let s = &view.s;
    let one: Comparison = read(item::one_list(view.house().0, Path(no.to_owned())).await?.0)?;
    let number = |(standing, n): (&Standing, &usize)| {
        let word = said::word_of(standing);
        Number {
            label: s.of("item_standing.", &word).into(),
            value: n.to_string(),
            href: Some(format!("/item-lists/{no}?standing={word}")),
            level: None,
        }
    };
    let wanted = view.query.get("standing");
    let shown = one.items.iter().filter(|i| wanted.is_none_or(|w| *w == said::word_of(&i.standing)));
    let mut grid = Grid::new(
        "",
        &[
            s.t("item_field.code"),
            s.t("item_field.name"),
            s.t("list.department"),
            s.t("list.state"),
            s.t("item.field"),
            s.t("item_list.ours"),
            s.t("item_list.theirs"),
        ],
    );
    for item in shown {
        let code = match item.standing {
            Standing::New => Said::text(item.code.clone()),
            _ => Said::link(format!("/items/{}", item.code), item.code.clone()),
        };
        let mut row = vec![
            code,
            Said::data(item.name.clone()),
            Said::text(item.department.as_deref().map(|d| view.department(d)).unwrap_or_default()),
            Said::tag(tone(item.standing), s.of("item_standing.", &said::word_of(&item.standing))),
        ];
        let lines =
            |of: &dyn Fn(&daylight_domain::draft::Change) -> Text| Said::Lines(item.changes.iter().map(of).collect());
        row.push(lines(&|c| s.of("item_field.", &c.field).into()));
        row.push(lines(&|c| several(s, c.old.iter().map(|line| said::in_words(s, &c.field, line)))));
        row.push(lines(&|c| several(s, c.new.iter().map(|line| said::in_words(s, &c.field, line)))));
        grid.rows.push(row);
    }
    let facts = vec![
        (s.t("list.state").into(), Said::text(s.of("item_list_state.", &one.list.state))),
        (s.t("act.at").into(), Said::text(at_time(one.list.at))),
        (s.t("act.by").into(), Said::data(one.list.by.clone())),
        (s.t("item_list.ignored").into(), Said::data(one.ignored.join("、"))),
        ("SHA-256".into(), Said::Code(one.list.sha256.clone())),
    ];
    let refused = one
        .refused
        .iter()
        .map(|r| data(&r.what).and(" ").and(s.either(r.message.as_str(), s.t("item_list.bad_line"))))
        .collect();
    let sheet = file(view, (AT, NAME), format!("{} {no}", view.t(NAME)))
        .with(Body::Facts(facts))
        .with(Body::Numbers(one.counts.iter().map(number).collect()))
        .with(Body::Grid(grid))
        .under(s.t("item_list.refused"), Body::Text(refused))
        .under(s.t("item_list.choose"), Body::Forms(choose_form(view, no, &one.items)));
    answered(view, sheet, again).await
}

pub(super) async fn one(State(app): House, looks: Looks, Path(no): Path<String>) -> Result<Response, Refusal> {
    page(&looks.view(&app, AT).await?, &no, None).await
}

/// Drafts of what was chosen; where some could not be made, the list says which and why.
pub(super) async fn act(
    State(app): House,
    looks: Looks,
    Path((no, act)): Path<(String, String)>,
    sent: Bytes,
) -> Result<Response, Refusal> {
    let view = looks.view(&app, AT).await?;
    let one: Comparison = read(item::one_list(view.house().0, Path(no.clone())).await?.0)?;
    let json = choose_form(&view, &no, &one.items).first().map(|f| body_of(f, &sent)).unwrap_or_default();
    let ((house, caller), path) = (view.house(), Path((no.clone(), act)));
    let answer = match item::draft_listed(house, caller, path, HeaderMap::new(), json.into()).await {
        Ok(answer) => answer,
        Err(refusal) => return page(&view, &no, Some(looks.again(&app, refusal, sent)?)).await,
    };
    let bytes = axum::body::to_bytes(answer.into_body(), 1 << 22).await.unwrap_or_default();
    let made: Chosen = read(serde_json::from_slice(&bytes).unwrap_or_default())?;
    if made.refused.is_empty() {
        return Ok(go("/item-drafts"));
    }
    let why = made.refused.iter();
    let why = why.map(|r| {
        data(&r.what).and(view.s.colon()).and(view.s.either(r.message.as_str(), view.t("item_list.not_made")))
    });
    let said = format!("{} {} · ", view.t("item_list.made"), made.drafts.len());
    let said = Text::from(said).and(Text::join(why, view.s.semicolon()));
    page(&view, &no, Some(Again { status: StatusCode::CONFLICT, said, action: String::new(), sent })).await
}
