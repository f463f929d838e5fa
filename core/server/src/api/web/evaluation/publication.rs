//! 公布: what leaves the house, from the draft over the approval of exactly its digest to the withdrawal.

use super::super::form::{body_of, go, number, refill, refused, rows};
use super::super::{House, allowed, asked, departments, history, limits, name, pager, said, said_or, shell, show};
use crate::api::answer::{Refusal, limit};
use crate::api::publication::{self as api, PublicationNotice};
use crate::app::App;
use crate::people::Caller;
use crate::publish::PublicationView;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use daylight_console::list::Filter;
use daylight_console::sheet::{Body, Field, Form, Grid, Kind, Link, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_domain::publication::{Audience, PublicationKind, PublicationState};
use std::collections::HashMap;
use std::sync::Arc;

const API: &str = "/api/v1/publications";

fn state(s: &Shell, of: PublicationState) -> Said {
    let tone = match of {
        PublicationState::Draft => Tone::Warn,
        PublicationState::Published => Tone::Good,
        PublicationState::Withdrawn => Tone::Bad,
    };
    Said::Tag(tone, s.word(of.name_zh(), of.as_str()))
}

fn kinds(s: &Shell) -> Vec<(String, String)> {
    PublicationKind::ALL.iter().map(|k| (k.as_str().to_owned(), s.word(k.name_zh(), k.as_str()))).collect()
}

fn new_form(app: &App, caller: &Caller, s: &Shell) -> Vec<Form> {
    if allowed(caller, &Method::POST, API).is_err() || caller.department.is_some() {
        return Vec::new();
    }
    let audiences = Audience::ALL.iter().map(|a| (a.as_str().to_owned(), s.word(a.name_zh(), a.as_str()))).collect();
    let fields = vec![
        Field::new("kind", s.t("order.kind"), Kind::Choice(kinds(s))).needed(),
        Field::new("audience", s.t("publication.audience"), Kind::Choice(audiences)).hint(s.t("publication.usual")),
        Field::new("from", s.t("stats.from"), Kind::Day).needed().hint(s.t("publication.from_hint")),
        Field::new("to", s.t("stats.to"), Kind::Day).hint(s.t("publication.to_hint")),
        Field::new("scope", s.t("publication.scope"), Kind::Line).needed(),
        Field::new("title", s.t("publication.title"), Kind::Line).hint(s.t("publication.title_hint")),
        Field::new("department", s.t("list.department"), Kind::Choice(departments(app, caller))),
        Field::new("score_run", s.t("score.run"), Kind::Line).hint(s.t("publication.run_hint")),
        Field::new("document.code", s.t("publication.code"), Kind::Line).hint(s.t("publication.document_hint")),
        Field::new("document.number", s.t("publication.number"), Kind::Number),
        Field::new("document.salutation", s.t("publication.salutation"), Kind::Line),
        Field::new("document.copies", s.t("order.copied"), Kind::Lines).hint(s.t("act.one_a_line")),
    ];
    vec![Form::new("/publications", s.t("publication.do_draft"), fields)]
}

async fn list_page(
    app: &Arc<App>,
    caller: &Caller,
    (around, query): ((&HeaderMap, &Uri), HashMap<String, String>),
    again: Option<(StatusCode, String, Bytes)>,
) -> Result<Response, Refusal> {
    let s = shell(app, caller, around, "/publications").await?;
    let query = asked(query);
    let most = limit(&query)?;
    let answer = api::list(State(Arc::clone(app)), Extension(caller.clone()), Query(query.clone())).await?;
    let (all, next) = rows::<PublicationNotice>(answer.0)?;
    let value = |name: &str| query.get(name).cloned().unwrap_or_default();
    let states = PublicationState::ALL.iter().map(|w| (w.as_str().to_owned(), s.word(w.name_zh(), w.as_str())));
    let filters = vec![
        Filter { name: "kind", label: key("order.kind"), value: value("kind"), choices: kinds(&s) },
        Filter { name: "state", label: key("list.state"), value: value("state"), choices: states.collect() },
        limits(most),
    ];
    let heads = [
        s.t("publication.no"),
        s.t("order.kind"),
        s.t("list.state"),
        s.t("publication.audience"),
        s.t("publication.title"),
        s.t("stats.from"),
        s.t("stats.to"),
        s.t("publication.published"),
    ];
    let mut grid = Grid::new("", &heads);
    grid.rows = all
        .iter()
        .map(|p| {
            vec![
                Said::link(format!("/publications/{}", p.no), p.no.clone()),
                Said::Text(s.word(p.kind.name_zh(), p.kind.as_str())),
                state(&s, p.state),
                Said::Text(s.word(p.audience.name_zh(), p.audience.as_str())),
                Said::Text(p.title.clone()),
                Said::Text(p.from.to_string()),
                Said::Text(p.to.to_string()),
                Said::Text(said_or(p.published_at)),
            ]
        })
        .collect();
    let foot = pager("/publications", API, &query, grid.rows.len(), next);
    let mut forms = new_form(app, caller, &s);
    let mut sheet = Sheet::new(&s, s.t("nav.publications"));
    if let Some((_, words, body)) = &again {
        forms.iter_mut().for_each(|f| refill(f, body));
        sheet.said = Some(words.clone());
    }
    let sheet = sheet
        .with(Body::Filters(filters))
        .with(Body::Grid(grid))
        .with(Body::Pager(foot))
        .under(s.t("publication.new"), Body::Forms(forms));
    let mut made = show(app, caller, &sheet).await?;
    if let Some((status, ..)) = again {
        *made.status_mut() = status;
    }
    Ok(made)
}

pub(super) async fn list(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    list_page(&app, &caller, ((&headers, &uri), query), None).await
}

pub(super) async fn create(
    State(app): House,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/publications").await?;
    let form = new_form(&app, &caller, &s).pop();
    let json = form.map(|form| body_of(&form, &body)).unwrap_or_default();
    match api::create(State(Arc::clone(&app)), Extension(caller.clone()), HeaderMap::new(), json.into()).await {
        Ok(made) => Ok(go(&format!("/publications/{}", number(made).await.unwrap_or_default()))),
        Err(refusal) => {
            let (status, words) = refused(refusal)?;
            list_page(&app, &caller, ((&headers, &uri), HashMap::new()), Some((status, words, body))).await
        }
    }
}

/// The form of an act.
fn form(app: &App, s: &Shell, (no, of): (&str, &[String]), act: &str) -> Form {
    let text = |needed: bool| {
        let field = Field::new("text", s.t("act.text"), Kind::Long);
        if needed { field.needed() } else { field }
    };
    let (label, grave, fields) = match act {
        "approve" => {
            let digest = Field::new("digest", s.t("publication.digest"), Kind::Line).needed();
            let names = Field::new("override", s.t("publication.override"), Kind::Long);
            let fields = vec![
                digest.hint(s.t("publication.digest_hint")),
                text(false),
                names.hint(s.t("publication.override_hint")),
            ];
            (s.t("publication.do_approve"), false, fields)
        }
        "report" => {
            let of = of.iter().map(|d| (d.clone(), name(app, d))).collect();
            let fields = vec![
                Field::new("department", s.t("list.department"), Kind::Choice(of)).needed(),
                Field::new("fields", s.t("publication.fields"), Kind::Lines)
                    .needed()
                    .hint(s.t("publication.names_only")),
                text(false),
            ];
            (s.t("publication.do_report"), false, fields)
        }
        _ => (s.t("order.do_withdraw"), true, vec![text(true)]),
    };
    Form { grave, ..Form::new(format!("/publications/{no}/{act}"), label, fields) }
}

/// What this reader may do now.
fn forms(app: &App, caller: &Caller, s: &Shell, view: &PublicationView) -> Vec<Form> {
    let one = &view.publication;
    let acts: &[&str] = match one.state {
        PublicationState::Draft => &["approve", "withdraw"],
        PublicationState::Published => &["report", "withdraw"],
        PublicationState::Withdrawn if one.published_at.is_some() => &["report"],
        PublicationState::Withdrawn => &[],
    };
    let may = |act: &&&str| {
        caller.department.is_none() && allowed(caller, &Method::POST, &format!("{API}/{{no}}/{act}")).is_ok()
    };
    acts.iter().filter(may).map(|act| form(app, s, (&one.no, &one.departments), act)).collect()
}

fn files(s: &Shell, view: &PublicationView) -> Grid {
    let one = &view.publication;
    let heads = [s.t("publication.file"), s.t("publication.media"), s.t("publication.size"), s.t("publication.sha256")];
    let mut grid = Grid::new("", &heads);
    grid.heads.iter_mut().skip(2).take(1).for_each(|h| h.number = true);
    let file = |name: &str| Said::link(format!("{API}/{}/files/{name}", one.no), name);
    grid.rows.push(vec![
        file("manifest.json"),
        Said::text("application/json"),
        Said::Number("—".to_owned()),
        Said::Code(one.digest.clone()),
    ]);
    grid.rows.extend(one.files.iter().map(|f| {
        vec![file(&f.name), Said::text(f.media.clone()), Said::Number(f.size.to_string()), Said::Code(f.sha256.clone())]
    }));
    grid
}

async fn page(
    app: &Arc<App>,
    caller: &Caller,
    (no, around): (&str, (&HeaderMap, &Uri)),
    again: Option<(StatusCode, String, &str, &Bytes)>,
) -> Result<Response, Refusal> {
    let s = shell(app, caller, around, "/publications").await?;
    let view = api::shown(app, caller, no).await?;
    let one = &view.publication;
    let fact = |label: &str, value: String| (s.t(label).to_owned(), Said::Text(value));
    let mut facts = vec![
        (s.t("list.state").to_owned(), state(&s, one.state)),
        fact("order.kind", s.word(one.kind.name_zh(), one.kind.as_str())),
        fact("publication.audience", s.word(one.audience.name_zh(), one.audience.as_str())),
        fact("publication.scope", one.scope.clone()),
        fact("stats.from", one.from.to_string()),
        fact("stats.to", one.to.to_string()),
        fact("house.data_as_of", said(one.data_time)),
        fact("publication.author", format!("{} {}", one.author, said(one.drafted_at))),
        fact("publication.approver", one.approver.clone().unwrap_or_else(|| "—".to_owned())),
        fact("publication.published", said_or(one.published_at)),
        (s.t("publication.digest").to_owned(), Said::Code(one.digest.clone())),
    ];
    facts.extend(
        one.score_run.iter().map(|id| (s.t("score.run").to_owned(), Said::link(format!("/scores/{id}"), id.clone()))),
    );
    if let Some(at) = one.withdrawn_at {
        let why = one.withdrawn_because.clone().unwrap_or_default();
        facts.push(fact("publication.withdrawn", format!("{}：{why}", said(at))));
    }
    let obstacles = view.obstacles.iter().map(|o| format!("{} {}", name(app, &o.department), o.say()));
    let breaches = one
        .breaches
        .iter()
        .map(|b| format!("{} {}：{}（{}）", said(b.at), name(app, &b.department), b.fields.join("、"), b.by));
    let verify = vec![Link::new(format!("/publications/{no}/verify"), s.t("publication.do_verify"))];
    let mut offered = forms(app, caller, &s, &view);
    let mut sheet = Sheet::new(&s, one.title.clone());
    sheet.up = vec![Link::new("/publications", s.t("nav.publications"))];
    if let Some((_, words, act, body)) = &again {
        sheet.said = Some(words.clone());
        offered.iter_mut().filter(|f| f.action.ends_with(&format!("/{act}"))).for_each(|f| refill(f, body));
    }
    let sheet = sheet
        .with(Body::Facts(facts))
        .under(s.t("publication.obstacles"), Body::Text(obstacles.collect()))
        .under(s.t("publication.breaches"), Body::Text(breaches.collect()))
        .under(s.t("publication.files"), Body::Grid(files(&s, &view)))
        .with(Body::Links(verify))
        .under(s.t("act.title"), Body::Forms(offered))
        .under(s.t("act.history"), Body::History(history(&s, &one.steps)));
    let mut made = show(app, caller, &sheet).await?;
    if let Some((status, ..)) = again {
        *made.status_mut() = status;
    }
    Ok(made)
}

pub(super) async fn one(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path(no): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    page(&app, &caller, (&no, (&headers, &uri)), None).await
}

/// Every hash computed again from the bytes that are kept.
pub(super) async fn verify(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path(no): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/publications").await?;
    let proof = api::proof(&app, &caller, &no).await?;
    let said = if proof.verified {
        Said::Tag(Tone::Good, s.t("publication.verified").to_owned())
    } else {
        Said::Tag(Tone::Bad, s.t("publication.differs").to_owned())
    };
    let facts = vec![
        (s.t("publication.result").to_owned(), said),
        (s.t("publication.file_count").to_owned(), Said::Number(proof.files.to_string())),
        (s.t("publication.digest").to_owned(), Said::Code(proof.digest)),
    ];
    let mut sheet = Sheet::new(&s, format!("{} {no}", s.t("publication.do_verify")));
    sheet.up =
        vec![Link::new("/publications", s.t("nav.publications")), Link::new(format!("/publications/{no}"), no.clone())];
    let sheet = sheet
        .with(Body::Facts(facts))
        .under(s.t("publication.differs"), Body::Text(proof.problems))
        .under(s.t("publication.command"), Body::Code(format!("daylight publication verify {no}")));
    show(&app, &caller, &sheet).await
}

/// A form: done, and back to the publication; refused, it says why and what was typed stands there still.
pub(super) async fn act(
    State(app): House,
    Extension(caller): Extension<Caller>,
    Path((no, act)): Path<(String, String)>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let s = shell(&app, &caller, (&headers, &uri), "/publications").await?;
    let json = body_of(&form(&app, &s, (&no, &[]), &act), &body);
    let path = Path((no.clone(), act.clone()));
    match api::act(State(Arc::clone(&app)), Extension(caller.clone()), path, HeaderMap::new(), json.into()).await {
        Ok(_) => Ok(go(&format!("/publications/{no}"))),
        Err(refusal) => {
            let (status, words) = refused(refusal)?;
            page(&app, &caller, (&no, (&headers, &uri)), Some((status, words, &act, &body))).await
        }
    }
}
