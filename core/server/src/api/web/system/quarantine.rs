//! 隔离区: what was refused or waits, why, what to do, and trying it again; 对账: what sources say they sent beside what came.

use super::{Again, Looks, count, fact, part, shown, value};
use crate::api::answer::{Refusal, limit};
use crate::api::read as looking;
use crate::api::system::{self, Replayed, replay_of};
use crate::api::web::case;
use crate::api::web::form::{house, rows};
use crate::api::web::{House, allowed, departments, limits, name, pager, said, said_or, several};
use crate::app::App;
use crate::intake::page::Receipt;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::Method;
use axum::response::Response;
use daylight_console::list::Filter;
use daylight_console::sheet::{Body, Field, Form, Grid, Head, Link, Number, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::check::RejectCode;
use daylight_domain::record::{RecordType, masked_raw};
use daylight_store::{QuarantineRow, ReconciliationRow};
use std::collections::HashMap;
use std::sync::Arc;

const API: &str = "/api/v1/quarantine";
/// Ties the boxes of rows to the form below them.
const PICKED: &str = "replay";
const STATES: [&str; 4] = ["rejected", "waiting", "replayed", "dismissed"];

fn reason(code: &str) -> Option<&'static RejectCode> {
    RejectCode::ALL.iter().find(|c| c.as_str() == code)
}

fn message(s: &Shell, row: &QuarantineRow) -> String {
    s.either(&row.message_zh, &row.message_en).to_owned()
}

/// A kind of records that was counted.
fn counted(s: &Shell, word: &str) -> Text {
    RecordType::from_name(word).map_or_else(|| data(word), |kind| s.word(kind.name_zh(), kind.as_str()))
}

fn state(s: &Shell, word: &str) -> Said {
    let tone = match word {
        "rejected" => Tone::Bad,
        "waiting" => Tone::Warn,
        "replayed" => Tone::Good,
        _ => Tone::Plain,
    };
    Said::tag(tone, s.of("quarantine_state.", word))
}

/// Whether a record can be tried again.
fn open(row: &QuarantineRow) -> bool {
    ["rejected", "waiting"].contains(&row.state.as_str())
}

fn may_replay(looks: &Looks) -> bool {
    allowed(&looks.caller, &Method::POST, "/api/v1/quarantine/replay").is_ok()
}

async fn page(app: &Arc<App>, looks: &Looks, again: Option<Again>) -> Result<Response, Refusal> {
    let s = looks.shell(app, "/quarantine").await?;
    let query = if again.is_some() { HashMap::new() } else { looks.query() };
    let most = limit(&query)?;
    let answer = looking::quarantine(house(app), Extension(looks.caller.clone()), Query(query.clone())).await?;
    let (all, next) = rows::<QuarantineRow>(answer.0)?;
    let may = may_replay(looks);
    let mut grid = Grid::new("", &[s.t("quarantine.received"), s.t("list.department"), s.t("list.state")]);
    let more = [
        s.t("quarantine.code"),
        s.t("quarantine.field"),
        s.t("quarantine.why"),
        s.t("quarantine.kind"),
        s.t("card.case"),
    ];
    grid.heads.extend(more.map(Head::new));
    if may {
        grid.heads.push(Head::new(s.t("quarantine.pick")));
    }
    grid.rows = all
        .iter()
        .map(|r| {
            let case = r.case_no.as_ref().map_or_else(|| Said::text(""), |no| Said::data(no.clone()));
            let mut row = vec![
                Said::link(format!("/quarantine/{}", r.id), said(r.received_at)),
                Said::text(name(app, &r.department)),
                state(&s, &r.state),
                Said::link(format!("/docs/errors/{}", r.code), r.code.clone()),
                Said::Code(r.field.clone().unwrap_or_default()),
                Said::text(message(&s, r)),
                Said::text(r.kind.as_ref().map(|kind| counted(&s, kind)).unwrap_or_default()),
                case,
            ];
            if may {
                row.push(if open(r) { Said::Pick(PICKED, "ids", r.id.clone()) } else { Said::text("") });
            }
            row
        })
        .collect();
    let filter = |name, label, choices| Filter { name, label, value: value(&query, name), choices };
    let states = STATES.map(|w| (w.to_owned(), s.of("quarantine_state.", w).into())).to_vec();
    let codes = RejectCode::ALL
        .iter()
        .map(|c| (c.as_str().to_owned(), format!("{} {}", c.as_str(), s.either(c.name_zh(), c.name_en())).into()));
    let filters = vec![
        filter("department", key("list.department"), departments(app, &looks.caller)),
        filter("state", key("list.state"), states),
        filter("code", key("quarantine.code"), codes.collect()),
        limits(most),
    ];
    let mut forms = Vec::new();
    if may && all.iter().any(open) {
        let picked = Form::new("/quarantine/replay", s.t("quarantine.replay_picked"), Vec::new());
        forms.push(Form { id: PICKED, ..picked });
    }
    let (department, code) = (value(&query, "department"), value(&query, "code"));
    if may && !(department.is_empty() && code.is_empty()) {
        let of = [name(app, &department), code.as_str().into()].into_iter().filter(|w| !w.is_empty());
        let label = Text::from(s.t("quarantine.replay_all")).and(s.colon()).and(several(&s, of));
        let fields = vec![Field::hidden("department", department), Field::hidden("code", code)];
        forms.push(Form::new("/quarantine/replay", label, fields));
    }
    let foot = pager("/quarantine", API, &query, grid.rows.len(), next);
    let sheet = Sheet::new(&s, s.t("quarantine.title"))
        .with(Body::Filters(filters))
        .with(Body::Grid(grid))
        .with(Body::Pager(foot))
        .under(s.t("quarantine.replay"), Body::Forms(forms));
    shown(app, looks, sheet, again).await
}

pub(super) async fn list(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    page(&app, &looks, None).await
}

pub(super) async fn one(State(app): House, looks: Looks, Path(id): Path<String>) -> Result<Response, Refusal> {
    let s = looks.shell(&app, "/quarantine").await?;
    let (mut row, object) = system::quarantined_of(&app, &looks.caller, &id).await?;
    let seen = case::seen(&app, &looks.caller, &s, (&object, looks.query())).await?;
    if !seen.0 {
        row.record = masked_raw(&row.record);
    }
    let code = Said::link(format!("/docs/errors/{}", row.code), row.code.clone());
    let mut facts = vec![
        fact(&s, key("list.state"), state(&s, &row.state)),
        fact(&s, key("list.department"), Said::text(name(&app, &row.department))),
        fact(&s, key("quarantine.code"), code),
        fact(&s, key("quarantine.field"), Said::Code(row.field.clone().unwrap_or_default())),
        fact(&s, key("quarantine.why"), Said::text(message(&s, &row))),
        fact(&s, key("quarantine.received"), Said::text(said(row.received_at))),
        fact(&s, key("quarantine.until"), Said::text(said_or(row.wait_until))),
        fact(&s, key("quarantine.source_key"), Said::data(row.source_key.clone().unwrap_or_default())),
        fact(&s, key("run.title"), Said::link(format!("/pulls/{}", row.run), row.run.clone())),
        fact(&s, key("quarantine.place"), Said::text(format!("{}:{}", row.raw_page, row.raw_index))),
    ];
    facts.extend(row.case_no.as_ref().map(|no| {
        let to = format!("/cases/{}/{}", part(&row.department), part(no));
        fact(&s, key("card.case"), Said::link(to, data(no)))
    }));
    let fix = reason(&row.code).map(|c| s.either(c.fix_zh(), c.fix_en()).into()).into_iter().collect();
    let record = serde_json::from_str::<serde_json::Value>(&row.record)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| row.record.clone());
    let again = Form::new("/quarantine/replay", s.t("quarantine.replay"), vec![Field::hidden("ids", row.id.clone())]);
    let forms = if may_replay(&looks) && open(&row) { vec![again] } else { Vec::new() };
    let mut sheet = Sheet::new(&s, s.t("quarantine.record"));
    sheet.up = vec![Link::new("/quarantine", s.t("quarantine.title"))];
    let sheet = sheet
        .with(Body::Facts(facts))
        .under(s.t("manual.fix"), Body::Text(fix))
        .under(s.t("act.title"), Body::Forms(forms))
        .under(s.t("quarantine.as_received"), Body::Code(record));
    case::told(&app, &looks.caller, sheet, (format!("/quarantine/{}", row.id), seen)).await
}

/// What became of each record, and how many of each.
fn result(s: &Shell, found: &Replayed) -> Sheet {
    let numbers = found.counts.iter().map(|(word, n)| Number {
        label: s.of("receipt.", word).into(),
        value: n.to_string(),
        href: None,
        level: None,
    });
    let mut grid =
        Grid::new("", &[s.t("quarantine.record"), s.t("list.state"), s.t("quarantine.code"), s.t("quarantine.why")]);
    grid.rows = found
        .records
        .iter()
        .map(|one| {
            let (tone, code, why) = match &one.receipt {
                Receipt::Accepted { .. } => (Tone::Good, String::new(), String::new()),
                Receipt::Duplicate => (Tone::Plain, String::new(), String::new()),
                Receipt::Waiting { reject } => (
                    Tone::Warn,
                    reject.code.as_str().to_owned(),
                    s.either(&reject.message_zh, &reject.message_en).to_owned(),
                ),
                Receipt::Rejected { reject } => (
                    Tone::Bad,
                    reject.code.as_str().to_owned(),
                    s.either(&reject.message_zh, &reject.message_en).to_owned(),
                ),
            };
            vec![
                Said::link(format!("/quarantine/{}", one.id), one.id.clone()),
                Said::tag(tone, s.of("receipt.", one.receipt.word())),
                Said::text(code),
                Said::text(why),
            ]
        })
        .collect();
    let mut sheet = Sheet::new(s, s.t("quarantine.result"));
    sheet.up = vec![Link::new("/quarantine", s.t("quarantine.title"))];
    sheet.with(Body::Numbers(numbers.collect())).with(Body::Grid(grid))
}

pub(super) async fn replay(State(app): House, looks: Looks, body: Bytes) -> Result<Response, Refusal> {
    let mut again = system::Again::default();
    for (name, value) in form_urlencoded::parse(&body).filter(|(_, value)| !value.is_empty()) {
        match name.as_ref() {
            "ids" => again.ids.push(value.into_owned()),
            "department" => again.department = Some(value.into_owned()),
            "code" => again.code = Some(value.into_owned()),
            _ => {}
        }
    }
    match replay_of(&app, &looks.caller, &again).await {
        Ok(found) => {
            let s = looks.shell(&app, "/quarantine").await?;
            shown(&app, &looks, result(&s, &found), None).await
        }
        Err(refusal) => page(&app, &looks, Some(looks.again(&app, refusal, body)?)).await,
    }
}

pub(super) async fn reconciliations(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    let s = looks.shell(&app, "/reconciliations").await?;
    let query = looks.query();
    let most = limit(&query)?;
    let answer = looking::reconciliations(house(&app), Extension(looks.caller.clone()), Query(query.clone())).await?;
    let (all, next) = rows::<ReconciliationRow>(answer.0)?;
    let heads = [s.t("quarantine.day"), s.t("list.department"), s.t("list.state"), s.t("quarantine.differs")];
    let mut grid = Grid::new("", &heads);
    grid.heads.extend([s.t("quarantine.declared"), s.t("quarantine.counted")].map(Head::number));
    grid.heads.push(Head::new(s.t("quarantine.compared")));
    grid.rows = all
        .iter()
        .map(|r| {
            let kinds: std::collections::BTreeSet<&String> = r.declared.keys().chain(r.counted.keys()).collect();
            let of = |all: &std::collections::BTreeMap<String, u64>, kind: &str| all.get(kind).copied().unwrap_or(0);
            let differ = kinds.iter().filter(|k| of(&r.declared, k) != of(&r.counted, k));
            let differ = differ.map(|k| counted(&s, k).and(format!(" {} / {}", of(&r.declared, k), of(&r.counted, k))));
            let state = if r.matches {
                Said::tag(Tone::Good, s.t("quarantine.agrees"))
            } else {
                Said::tag(Tone::Bad, s.t("quarantine.differs"))
            };
            vec![
                Said::text(r.date.clone()),
                Said::text(name(&app, &r.department)),
                state,
                Said::text(Text::join(differ, s.semicolon())),
                count(r.declared.values().sum::<u64>()),
                count(r.counted.values().sum::<u64>()),
                Said::text(said(r.compared_at)),
            ]
        })
        .collect();
    let choices = departments(&app, &looks.caller);
    let filters = vec![
        Filter { name: "department", label: key("list.department"), value: value(&query, "department"), choices },
        limits(most),
    ];
    let foot = pager("/reconciliations", "/api/v1/reconciliations", &query, grid.rows.len(), next);
    let sheet = Sheet::new(&s, s.t("quarantine.days"));
    shown(&app, &looks, sheet.with(Body::Filters(filters)).with(Body::Grid(grid)).with(Body::Pager(foot)), None).await
}
