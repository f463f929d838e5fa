//! 上线验收: the report of a trial, frozen on its department's page, read and signed on its own.

use super::{Again, Looks, fact, foot, part, said_or_data, shown, value};
use crate::api::answer::Refusal;
use crate::api::gate::{self as operation, report_of, reports_of};
use crate::api::web::form::{house, sent};
use crate::api::web::{House, allowed, departments, name, said, said_or};
use crate::app::App;
use crate::gate::report::{GateReportView, ReportState, Side};
use crate::gate::sign::{side_of, waits};
use crate::people::Caller;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use daylight_console::list::Filter;
use daylight_console::sheet::{Body, Field, Form, Grid, Head, Kind, Link, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use std::sync::Arc;

const FREEZE: &str = "/api/v1/departments/{id}/gate-reports";

fn state(s: &Shell, state: ReportState) -> Said {
    let tone = match state {
        ReportState::Live | ReportState::Signed => Tone::Good,
        ReportState::Open => Tone::Warn,
        ReportState::Stale => Tone::Bad,
    };
    Said::tag(tone, s.word(state.name_zh(), state.as_str()))
}

fn side(s: &Shell, side: Side) -> Text {
    s.word(side.name_zh(), side.as_str())
}

/// The reports of a department, newest first.
pub(super) fn list(s: &Shell, all: &[GateReportView]) -> Grid {
    let heads = [s.t("accept.no"), s.t("list.state"), s.t("accept.made"), s.t("accept.signed"), s.t("accept.wanted")];
    let mut grid = Grid::new("", &heads);
    grid.rows = all
        .iter()
        .map(|one| {
            let signed = one.signatures.iter().map(|sig| side(s, sig.side).and(" ").and(data(&sig.user)));
            let wanted = one.wanted.iter().map(|wanted| side(s, *wanted));
            vec![
                Said::link(format!("/gate-reports/{}", part(&one.report.no)), one.report.no.clone()),
                state(s, one.state),
                Said::text(said(one.report.made_at)),
                Said::text(Text::join(signed, s.semicolon())),
                Said::text(Text::join(wanted, s.semicolon())),
            ]
        })
        .collect();
    grid
}

/// The reports of every department this reader sees.
pub(super) async fn reports(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    let s = looks.shell(&app, "/departments").await?;
    let query = looks.query();
    let all = reports_of(&app, &looks.caller, &query).await?;
    let mut grid = list(&s, &all);
    grid.heads.insert(1, Head::new(s.t("list.department")));
    for (row, one) in grid.rows.iter_mut().zip(&all) {
        row.insert(1, Said::data(one.report.name.clone()));
    }
    let states = ReportState::ALL.map(|w| (w.as_str().to_owned(), s.word(w.name_zh(), w.as_str())));
    let filter = |name, label, choices| Filter { name, label, value: value(&query, name), choices };
    let filters = vec![
        filter("department", key("list.department"), departments(&app, &looks.caller)),
        filter("state", key("list.state"), states.to_vec()),
    ];
    let end = foot("/gate-reports", "/api/v1/gate-reports", &query, grid.rows.len());
    let mut sheet = Sheet::new(&s, s.t("accept.title"));
    sheet.up = vec![Link::new("/departments", s.t("connect.rollout"))];
    shown(&app, &looks, sheet.with(Body::Filters(filters)).with(Body::Grid(grid)).with(end), None).await
}

/// The button that freezes, for who may.
pub(super) fn freeze_form(s: &Shell, caller: &Caller, id: &str) -> Option<Form> {
    allowed(caller, &Method::POST, FREEZE).ok()?;
    Some(Form::new(format!("/departments/{}/gate-reports", part(id)), s.t("accept.freeze"), Vec::new()))
}

/// Who may sign, as long as that side has not; the digest goes along unseen.
fn sign_form(s: &Shell, caller: &Caller, one: &GateReportView) -> Option<Form> {
    let mine = side_of(caller, &one.report.department)?;
    waits(one, caller).then(|| {
        let mut digest = Field::new("digest", s.t("accept.digest"), Kind::Hidden);
        digest.value.clone_from(&one.digest);
        let button = Text::from(s.t("accept.sign")).and(s.bracketed(side(s, mine)));
        let mut form = Form::new(format!("/gate-reports/{}/sign", part(&one.report.no)), button, vec![digest]);
        form.grave = true;
        form
    })
}

async fn page(app: &Arc<App>, looks: &Looks, no: &str, again: Option<Again>) -> Result<Response, Refusal> {
    let s = looks.shell(app, "/departments").await?;
    let one = report_of(app, &looks.caller, no).await?;
    let r = &one.report;
    let mut facts = vec![
        fact(&s, key("list.state"), state(&s, one.state)),
        fact(&s, key("list.department"), Said::link(format!("/departments/{}", part(&r.department)), data(&r.name))),
        fact(&s, key("accept.trial"), Said::text(said_or(r.trial_since))),
        fact(&s, key("accept.period"), Said::text(format!("{} — {}", r.from, r.to))),
        fact(&s, key("accept.made"), Said::text(Text::from(said(r.made_at)).and(s.comma()).and(s.who(&r.made_by)))),
    ];
    if let Some(plugin) = &r.plugin {
        facts.push(fact(&s, key("connect.plugin"), Said::text(format!("{} {}", plugin.name, plugin.version))));
        facts.push(fact(&s, key("connect.digest"), Said::Code(plugin.digest.clone())));
        facts.extend(plugin.grade.as_ref().map(|grade| fact(&s, key("accept.grade"), Said::text(grade))));
    }
    facts.push(fact(&s, key("accept.configuration"), Said::Code(r.configuration.clone())));
    facts.push(fact(&s, key("accept.digest"), Said::Code(one.digest.clone())));
    facts.extend(one.live_at.map(|at| fact(&s, key("accept.live"), Said::text(said(at)))));
    let mut conditions = Grid::new("", &[s.t("connect.asked"), s.t("connect.found"), s.t("list.state")]);
    let both = |zh: &str, en: &Option<String>| Said::text(said_or_data(&s, zh, en.as_deref()));
    let met = || Said::tag(Tone::Good, s.t("connect.met"));
    conditions.rows = r
        .conditions
        .iter()
        .map(|c| vec![both(&c.asked_zh, &c.asked_en), both(&c.found_zh, &c.found_en), met()])
        .collect();
    let heads = [s.t("accept.side"), s.t("accept.who"), s.t("accept.role"), s.t("accept.at")];
    let mut signed = Grid::new("", &heads);
    signed.rows = one
        .signatures
        .iter()
        .map(|sig| {
            vec![
                Said::text(side(&s, sig.side)),
                Said::data(sig.user.clone()),
                Said::text(s.word(sig.role.name_zh(), sig.role.as_str())),
                Said::text(said(sig.at)),
            ]
        })
        .chain(one.wanted.iter().map(|w| {
            vec![Said::text(side(&s, *w)), Said::tag(Tone::Warn, s.t("accept.missing")), Said::text(""), Said::text("")]
        }))
        .collect();
    let api = format!("/api/v1/gate-reports/{}", part(no));
    let links = vec![
        Link::new(format!("{api}/paper"), s.t("accept.print")),
        Link::new(format!("{api}/document"), ".docx"),
        Link::new(api, "JSON"),
    ];
    let forms: Vec<Form> = sign_form(&s, &looks.caller, &one).into_iter().collect();
    let mut sheet = Sheet::new(&s, format!("{} {}", s.t("accept.report"), r.no));
    sheet.up = vec![
        Link::new("/departments", s.t("connect.rollout")),
        Link::new(format!("/departments/{}", part(&r.department)), name(app, &r.department)),
    ];
    let sheet = sheet
        .with(Body::Facts(facts))
        .with(Body::Text(s.either(&one.stale_zh, &one.stale_en).iter().map(Text::from).collect()))
        .with(Body::Links(links))
        .under(s.t("connect.gate"), Body::Grid(conditions))
        .under(s.t("accept.signatures"), Body::Grid(signed))
        .under(s.t("act.title"), Body::Forms(forms));
    shown(app, looks, sheet, again).await
}

pub(super) async fn one(State(app): House, looks: Looks, Path(no): Path<String>) -> Result<Response, Refusal> {
    page(&app, &looks, &no, None).await
}

pub(super) async fn freeze(State(app): House, looks: Looks, Path(id): Path<String>) -> Result<Response, Refusal> {
    let who = Extension(looks.caller.clone());
    let answer = operation::freeze(house(&app), who, Path(id.clone()), HeaderMap::new()).await;
    let to = format!("/departments/{}", part(&id));
    looks.done((&app, answer), (&to, Bytes::new()), |again| super::rollout::page(&app, &looks, &id, again)).await
}

pub(super) async fn sign(
    State(app): House,
    looks: Looks,
    Path(no): Path<String>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let digest = sent(&body, "digest").into_iter().next().unwrap_or_default();
    let words = Bytes::from(serde_json::json!({ "digest": digest }).to_string());
    let who = Extension(looks.caller.clone());
    let answer = operation::sign(house(&app), who, Path(no.clone()), HeaderMap::new(), words).await;
    let to = format!("/gate-reports/{}", part(&no));
    looks.done((&app, answer), (&to, body), |again| page(&app, &looks, &no, again)).await
}
