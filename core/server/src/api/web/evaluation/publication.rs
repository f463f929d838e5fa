//! 公布: what leaves the house, from the draft over the approval of exactly its digest to the withdrawal.

use super::super::form::{body_of, go, number, rows};
use super::super::matter::{Again, Looks, View, answered, begins, file, listed};
use super::super::{House, by, history, limits, name, said, said_or, several, show};
use crate::api::answer::{Refusal, limit};
use crate::api::publication::{self as api, PublicationNotice};
use crate::app::App;
use crate::publish::PublicationView;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use daylight_console::sheet::{Body, Choice, Field, Form, Grid, Kind, Link, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::publication::{Audience, PublicationKind, PublicationState};

const AT: &str = "/publications";
const API: &str = "/api/v1/publications";
const NAME: &str = key("nav.publications");

fn state(s: &Shell, of: PublicationState) -> Said {
    let tone = match of {
        PublicationState::Draft => Tone::Warn,
        PublicationState::Published => Tone::Good,
        PublicationState::Withdrawn => Tone::Bad,
    };
    Said::tag(tone, s.word(of.name_zh(), of.as_str()))
}

fn kinds(s: &Shell) -> Vec<Choice> {
    PublicationKind::ALL.iter().map(|k| (k.as_str().to_owned(), s.word(k.name_zh(), k.as_str()))).collect()
}

fn new_form(view: &View) -> Vec<Form> {
    let s = &view.s;
    if !view.may(API) || view.caller.department.is_some() {
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
        Field::new("department", s.t("list.department"), view.departments()),
        Field::new("score_run", s.t("score.run"), Kind::Line).hint(s.t("publication.run_hint")),
        Field::new("document.code", s.t("publication.code"), Kind::Line).hint(s.t("publication.document_hint")),
        Field::new("document.number", s.t("publication.number"), Kind::Number),
        Field::new("document.salutation", s.t("publication.salutation"), Kind::Line),
        Field::new("document.copies", s.t("order.copied"), Kind::Lines).hint(s.t("act.one_a_line")),
    ];
    vec![Form::new(AT, s.t("publication.do_draft"), fields)]
}

async fn list_page(view: &View, again: Option<Again>) -> Result<Response, Refusal> {
    let (s, (app, caller)) = (&view.s, view.house());
    let (all, next) = rows::<PublicationNotice>(api::list(app, caller, Query(view.query.clone())).await?.0)?;
    let states = PublicationState::ALL.iter().map(|w| (w.as_str().to_owned(), s.word(w.name_zh(), w.as_str())));
    let filters = vec![
        view.filter("kind", key("order.kind"), kinds(s)),
        view.filter("state", key("list.state"), states.collect()),
        limits(limit(&view.query)?),
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
                Said::text(s.word(p.kind.name_zh(), p.kind.as_str())),
                state(s, p.state),
                Said::text(s.word(p.audience.name_zh(), p.audience.as_str())),
                Said::data(p.title.clone()),
                Said::text(p.from.to_string()),
                Said::text(p.to.to_string()),
                Said::text(said_or(p.published_at)),
            ]
        })
        .collect();
    let sheet = listed(view, (AT, API, NAME), (filters, grid, next));
    begins(view, sheet, (key("publication.new"), new_form(view)), again).await
}

pub(super) async fn list(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    list_page(&looks.view(&app, AT).await?, None).await
}

pub(super) async fn create(State(app): House, looks: Looks, sent: Bytes) -> Result<Response, Refusal> {
    let view = looks.view(&app, AT).await?;
    let json = new_form(&view).pop().map(|form| body_of(&form, &sent)).unwrap_or_default();
    let (house, caller) = view.house();
    match api::create(house, caller, HeaderMap::new(), json.into()).await {
        Ok(made) => Ok(go(&format!("{AT}/{}", number(made).await.unwrap_or_default()))),
        Err(refusal) => list_page(&view, Some(looks.again(&app, refusal, sent)?)).await,
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
    Form { grave, ..Form::new(format!("{AT}/{no}/{act}"), label, fields) }
}

/// What this reader may do now.
fn forms(view: &View, shown: &PublicationView) -> Vec<Form> {
    let one = &shown.publication;
    let acts: &[&str] = match one.state {
        PublicationState::Draft => &["approve", "withdraw"],
        PublicationState::Published => &["report", "withdraw"],
        PublicationState::Withdrawn if one.published_at.is_some() => &["report"],
        PublicationState::Withdrawn => &[],
    };
    let may = |act: &&&str| view.caller.department.is_none() && view.may(&format!("{API}/{{no}}/{act}"));
    acts.iter().filter(may).map(|act| form(&view.app, &view.s, (&one.no, &one.departments), act)).collect()
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
        vec![file(&f.name), Said::data(f.media.clone()), Said::Number(f.size.to_string()), Said::Code(f.sha256.clone())]
    }));
    grid
}

async fn page(view: &View, no: &str, again: Option<Again>) -> Result<Response, Refusal> {
    let (app, s) = (&view.app, &view.s);
    let shown = api::shown(app, &view.caller, no).await?;
    let one = &shown.publication;
    let fact = |label: &str, value: Text| (s.t(label).into(), Said::Text(value));
    let mut facts = vec![
        (s.t("list.state").into(), state(s, one.state)),
        fact("order.kind", s.word(one.kind.name_zh(), one.kind.as_str())),
        fact("publication.audience", s.word(one.audience.name_zh(), one.audience.as_str())),
        fact("publication.scope", data(&one.scope)),
        fact("stats.from", one.from.to_string().into()),
        fact("stats.to", one.to.to_string().into()),
        fact("house.data_as_of", said(one.data_time).into()),
        fact("publication.author", by(s, &one.author, one.drafted_at)),
        fact("publication.approver", one.approver.as_ref().map_or_else(|| "—".into(), data)),
        fact("publication.published", said_or(one.published_at).into()),
        (s.t("publication.digest").into(), Said::Code(one.digest.clone())),
    ];
    facts.extend(
        one.score_run.iter().map(|id| (s.t("score.run").into(), Said::link(format!("/scores/{id}"), id.clone()))),
    );
    if let Some(at) = one.withdrawn_at {
        let why = data(one.withdrawn_because.clone().unwrap_or_default());
        facts.push(fact("publication.withdrawn", Text::from(said(at)).and(s.colon()).and(why)));
    }
    let obstacles = shown.obstacles.iter().map(|o| {
        let (zh, en) = o.say();
        name(app, &o.department).and(" ").and(s.either(&zh, &en))
    });
    let breaches = one.breaches.iter().map(|b| {
        let whose = Text::from(said(b.at)).and(" ").and(name(app, &b.department)).and(s.colon());
        whose.and(several(s, b.fields.iter().map(data))).and(s.bracketed(s.who(&b.by)))
    });
    let verify = vec![Link::new(format!("/publications/{no}/verify"), s.t("publication.do_verify"))];
    let mut offered = forms(view, &shown);
    Again::refill(again.as_ref(), &mut offered);
    let sheet = file(view, (AT, NAME), data(&one.title));
    let sheet = sheet
        .with(Body::Facts(facts))
        .under(s.t("publication.obstacles"), Body::Text(obstacles.collect()))
        .under(s.t("publication.breaches"), Body::Text(breaches.collect()))
        .under(s.t("publication.files"), Body::Grid(files(s, &shown)))
        .with(Body::Links(verify))
        .under(s.t("act.title"), Body::Forms(offered))
        .under(s.t("act.history"), Body::History(history(s, &one.steps)));
    answered(view, sheet, again).await
}

pub(super) async fn one(State(app): House, looks: Looks, Path(no): Path<String>) -> Result<Response, Refusal> {
    page(&looks.view(&app, AT).await?, &no, None).await
}

/// Every hash computed again from the bytes that are kept.
pub(super) async fn verify(State(app): House, looks: Looks, Path(no): Path<String>) -> Result<Response, Refusal> {
    let s = looks.shell(&app, AT).await?;
    let proof = api::proof(&app, &looks.caller, &no).await?;
    let said = if proof.verified {
        Said::tag(Tone::Good, s.t("publication.verified"))
    } else {
        Said::tag(Tone::Bad, s.t("publication.differs"))
    };
    let facts = vec![
        (s.t("publication.result").into(), said),
        (s.t("publication.file_count").into(), Said::Number(proof.files.to_string())),
        (s.t("publication.digest").into(), Said::Code(proof.digest)),
    ];
    let mut sheet = Sheet::new(&s, format!("{} {no}", s.t("publication.do_verify")));
    sheet.up =
        vec![Link::new("/publications", s.t("nav.publications")), Link::new(format!("/publications/{no}"), no.clone())];
    let sheet = sheet
        .with(Body::Facts(facts))
        .under(s.t("publication.differs"), Body::Text(proof.problems.into_iter().map(Text::from).collect()))
        .under(s.t("publication.command"), Body::Code(format!("daylight publication verify {no}")));
    show(&app, &looks.caller, &sheet).await
}

/// A form: done, and back to the publication; refused, it says why and what was typed stands there still.
pub(super) async fn act(
    State(app): House,
    looks: Looks,
    Path((no, act)): Path<(String, String)>,
    sent: Bytes,
) -> Result<Response, Refusal> {
    let view = looks.view(&app, AT).await?;
    let form = form(&app, &view.s, (&no, &[]), &act);
    let ((house, caller), path) = (view.house(), Path((no.clone(), act)));
    let answer = api::act(house, caller, path, HeaderMap::new(), body_of(&form, &sent).into()).await;
    looks.done((&app, answer), (&format!("{AT}/{no}"), sent), |again| page(&view, &no, again)).await
}
