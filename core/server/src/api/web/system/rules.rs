//! 规则: what is judged, by which law, with which parameters, and what a proposal would have found.

use super::{Again, Looks, count, fact, foot, part, said_or_data, shown, value};
use crate::api::answer::Refusal;
use crate::api::auth::within;
use crate::api::profile;
use crate::api::system::{rule_of, rules_of};
use crate::api::web::form::{house, read};
use crate::api::web::{House, allowed, departments, name, said, several};
use crate::app::App;
use crate::diff::RulesDiff;
use crate::rulebook::Listed;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use daylight_console::list::Filter;
use daylight_console::sheet::{Body, Field, Form, Grid, Head, Kind, Link, Number, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::finding::Level;
use daylight_domain::rule::{Rule, RuleOverride};
use daylight_store::FindingFilter;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Findings that are counted and shown with a rule.
const LAST: u32 = 200;

fn state(s: &Shell, one: &Listed) -> Said {
    if !one.rule.enabled {
        return Said::tag(Tone::Plain, s.t("rule.off"));
    }
    if one.missing.is_empty() {
        return Said::tag(Tone::Good, s.t("rule.on"));
    }
    let lacks = several(s, one.missing.iter().map(|n| s.word(n.name_zh(), n.as_str())));
    Said::tag(Tone::Warn, Text::from(s.t("rule.waits")).and(s.colon()).and(lacks))
}

/// When a rule is broken; one that was written in Chinese alone stays as it is.
pub(super) fn trigger(s: &Shell, rule: &Rule) -> Text {
    said_or_data(s, &rule.trigger_zh, Some(rule.trigger_en.as_str()).filter(|en| !en.is_empty()))
}

fn levels(s: &Shell, all: &[Level]) -> String {
    all.iter().map(|l| s.of("level.", l.as_str())).collect::<Vec<_>>().join(" → ")
}

fn params(all: &BTreeMap<String, i64>) -> String {
    all.iter().map(|(name, n)| format!("{name} = {n}")).collect::<Vec<_>>().join("；")
}

pub(super) async fn list(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    let s = looks.shell(&app, "/rules").await?;
    let query = looks.query();
    let all = rules_of(&app);
    let (group, asked) = (value(&query, "group"), value(&query, "state"));
    let fits = |one: &&Listed| {
        let there = match asked.as_str() {
            "judged" => one.judged(),
            "waits" => one.rule.enabled && !one.missing.is_empty(),
            "off" => !one.rule.enabled,
            "changed" => !one.overrides.is_empty(),
            _ => true,
        };
        there && (group.is_empty() || one.rule.id.split('-').next() == Some(&group))
    };
    let number = |label: &str, word: &str, n: usize| Number {
        label: s.t(label).into(),
        value: n.to_string(),
        href: Some(format!("/rules?state={word}")),
        level: None,
    };
    let waiting = all.iter().filter(|one| one.rule.enabled && !one.missing.is_empty()).count();
    let numbers = vec![
        number(key("rule.all"), "", all.len()),
        number(key("rule.on"), "judged", all.iter().filter(|one| one.judged()).count()),
        number(key("rule.waits"), "waits", waiting),
        number(key("rule.off"), "off", all.iter().filter(|one| !one.rule.enabled).count()),
        number(key("rule.changed"), "changed", all.iter().filter(|one| !one.overrides.is_empty()).count()),
    ];
    let heads = [
        s.t("case.rule"),
        s.t("manual.name"),
        s.t("list.state"),
        s.t("list.level"),
        s.t("rule.mode"),
        s.t("rule.trigger"),
        s.t("rule.basis"),
    ];
    let mut grid = Grid::new("", &heads);
    grid.heads.push(Head::number(s.t("rule.changed")));
    grid.rows = all
        .iter()
        .filter(fits)
        .map(|one| {
            let r = &one.rule;
            vec![
                Said::link(format!("/rules/{}", r.id), r.id.clone()),
                Said::text(s.either(&r.name_zh, &r.name_en)),
                state(&s, one),
                Said::text(levels(&s, &r.levels)),
                Said::text(mode(&s, r.mode)),
                Said::text(trigger(&s, r)),
                Said::data(r.basis.join("；")),
                count(one.overrides.len()),
            ]
        })
        .collect();
    let end = foot("/rules", "/api/v1/rules", &query, grid.rows.len());
    let mut groups: Vec<String> =
        all.iter().filter_map(|one| one.rule.id.split('-').next().map(str::to_owned)).collect();
    groups.dedup();
    let states = ["judged", "waits", "off", "changed"].map(|w| (w.to_owned(), s.of("rule_state.", w).into())).to_vec();
    let filters = vec![
        Filter {
            name: "group",
            label: key("rule.group"),
            value: group.clone(),
            choices: groups.into_iter().map(|g| (g.clone(), g.into())).collect(),
        },
        Filter { name: "state", label: key("list.state"), value: asked.clone(), choices: states },
    ];
    let sheet = Sheet::new(&s, s.t("rule.title"))
        .with(Body::Numbers(numbers))
        .with(Body::Filters(filters))
        .with(Body::Grid(grid))
        .with(end);
    shown(&app, &looks, sheet, None).await
}

fn mode(s: &Shell, mode: impl serde::Serialize) -> String {
    let word = serde_json::to_value(mode).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    s.of("rule_mode.", &word).to_owned()
}

fn changed(s: &Shell, app: &App, all: &[RuleOverride]) -> Grid {
    let heads = [s.t("rule.whom"), s.t("rule.when"), s.t("rule.what"), s.t("rule.why")];
    let mut grid = Grid::new("", &heads);
    grid.rows = all
        .iter()
        .map(|o| {
            let department = o.department.as_ref().map(|id| name(app, id));
            let whom = several(s, department.into_iter().chain(o.item.as_ref().map(data)));
            let day = |d: Option<chrono::NaiveDate>| d.map_or_else(|| "…".to_owned(), |d| d.to_string());
            let mut what = Vec::new();
            what.extend(o.enabled.map(|on| s.t(if on { key("rule.on") } else { key("rule.off") }).to_owned()));
            what.extend(o.level.map(|l| s.of("level.", l.as_str()).to_owned()));
            what.extend(o.levels.as_ref().map(|all| levels(s, all)));
            what.extend(o.feedback_days.map(|n| format!("{} {n}", s.t("rule.feedback_days"))));
            what.extend(o.mode.map(|m| mode(s, m)));
            what.extend((!o.params.is_empty()).then(|| params(&o.params)));
            vec![
                Said::text(if whom.is_empty() { s.t("list.any").into() } else { whom }),
                Said::text(format!("{} – {}", day(o.from), day(o.to))),
                Said::text(what.join(s.semicolon())),
                Said::data(o.reason.clone()),
            ]
        })
        .collect();
    grid
}

/// A proposal to compare with what is in force.
fn diff_form(app: &App, looks: &Looks, s: &Shell, id: &str) -> Form {
    let level = |word: &str| (word.to_owned(), s.of("level.", word).into());
    let on = vec![("true".to_owned(), s.t("rule.on").into()), ("false".to_owned(), s.t("rule.off").into())];
    let fields = vec![
        Field::hidden("rule", id),
        Field::new("enabled", s.t("list.state"), Kind::Choice(on)),
        Field::new(
            "level",
            s.t("list.level"),
            Kind::Choice(["hint", "prewarning", "yellow", "red"].map(level).to_vec()),
        ),
        Field::new("params", s.t("rule.params"), Kind::Lines).hint(s.t("rule.params_hint")),
        Field::new("department", s.t("list.department"), Kind::Choice(departments(app, &looks.caller))),
        Field::new("months", s.t("rule.months"), Kind::Number).needed().value("3"),
    ];
    Form::new("/rules/diff", s.t("rule.compare"), fields)
}

async fn page(app: &Arc<App>, looks: &Looks, id: &str, again: Option<Again>) -> Result<Response, Refusal> {
    let s = looks.shell(app, "/rules").await?;
    let one = rule_of(app, id)?;
    let r = &one.rule;
    let department = within(&looks.caller, None)?;
    let filter = FindingFilter { department, rule: Some(id.to_owned()), limit: LAST, ..FindingFilter::default() };
    let found = app.store.findings(&filter).await?;
    let today = app.clock.now().date();
    let facts = vec![
        fact(&s, key("list.state"), state(&s, &one)),
        fact(&s, key("list.level"), Said::text(levels(&s, &r.levels))),
        fact(&s, key("rule.mode"), Said::text(mode(&s, r.mode))),
        fact(&s, key("rule.version"), count(r.version)),
        fact(&s, key("rule.trigger"), Said::text(trigger(&s, r))),
        fact(&s, key("rule.feedback_days"), count(r.feedback_days)),
        fact(&s, key("rule.params"), Said::text(params(&r.params))),
        fact(&s, key("rule.family"), Said::Code(r.family.clone())),
    ];
    // What is in force today where it differs from the rule.
    let mut own = Grid::new("", &[s.t("list.department"), s.t("list.state"), s.t("list.level"), s.t("rule.params")]);
    for (d, label) in departments(app, &looks.caller) {
        let Some(mine) = app.config.rules.book.effective(id, &d, None, today) else { continue };
        if *mine != *r {
            let on = s.t(if mine.enabled { key("rule.on") } else { key("rule.off") });
            own.rows.push(vec![
                Said::text(label),
                Said::text(on),
                Said::text(levels(&s, &mine.levels)),
                Said::text(params(&mine.params)),
            ]);
        }
    }
    let heads = [s.t("case.fact"), s.t("list.department"), s.t("card.case"), s.t("list.level"), s.t("case.explain")];
    let mut last = Grid::new("", &heads);
    last.rows = found
        .iter()
        .map(|f| {
            let case = f.finding.case_no.as_ref().map_or_else(
                || Said::data(f.finding.object_id.clone()),
                |no| Said::link(format!("/cases/{}/{}", part(&f.department), part(no)), data(no)),
            );
            vec![
                Said::text(said(f.finding.fact_time)),
                Said::text(name(app, &f.department)),
                case,
                Said::Level(f.finding.level.as_str()),
                Said::data(f.finding.explain_zh.clone()),
            ]
        })
        .collect();
    let full = if found.len() == usize::try_from(LAST).unwrap_or(0) { "+" } else { "" };
    let heading = Text::from(s.t("rule.findings")).and(s.bracketed(format!("{}{full}", found.len())));
    let may = allowed(&looks.caller, &Method::POST, "/api/v1/rules/diff").is_ok();
    let mut forms = if may { vec![diff_form(app, looks, &s, id)] } else { Vec::new() };
    Again::refill(again.as_ref(), &mut forms);
    let mut sheet = Sheet::new(&s, format!("{id} {}", s.either(&r.name_zh, &r.name_en)));
    sheet.up = vec![Link::new("/rules", s.t("rule.title"))];
    let sheet = sheet
        .with(Body::Facts(facts))
        .under(s.t("rule.basis"), Body::Text(r.basis.iter().map(data).collect()))
        .under(s.t("rule.changed"), Body::Grid(changed(&s, app, &one.overrides)))
        .under(s.t("rule.in_force"), Body::Grid(own))
        .under(heading, Body::Grid(last))
        .under(s.t("rule.proposal"), Body::Forms(forms));
    shown(app, looks, sheet, again).await
}

pub(super) async fn one(State(app): House, looks: Looks, Path(id): Path<String>) -> Result<Response, Refusal> {
    page(&app, &looks, &id, None).await
}

/// What was sent, as the API takes it.
fn proposal(sent: &BTreeMap<String, String>) -> Value {
    let of = |name: &str| sent.get(name).map(|v| v.trim()).filter(|v| !v.is_empty());
    let mut change = json!({ "rule": of("rule").unwrap_or_default(), "reason": "—" });
    let mut put = |name: &str, value: Value| {
        if let Some(object) = change.as_object_mut() {
            object.insert(name.to_owned(), value);
        }
    };
    if let Some(on) = of("enabled") {
        put("enabled", Value::Bool(on == "true"));
    }
    if let Some(level) = of("level") {
        put("level", level.into());
    }
    let pairs = of("params").unwrap_or_default().lines().filter_map(|line| line.split_once('='));
    let pairs = pairs.map(|(name, n)| {
        (name.trim().to_owned(), n.trim().parse::<i64>().map_or_else(|_| n.trim().into(), Value::from))
    });
    let pairs: serde_json::Map<String, Value> = pairs.collect();
    if !pairs.is_empty() {
        put("params", Value::Object(pairs));
    }
    let months = of("months").map(|n| n.parse::<u32>().map_or_else(|_| n.into(), Value::from));
    json!({ "overrides": [change], "months": months, "department": of("department") })
}

fn result(s: &Shell, app: &App, id: &str, found: &RulesDiff) -> Sheet {
    let level = |l: Option<Level>| l.map_or_else(|| Said::text("—"), |l| Said::Level(l.as_str()));
    let mut counts = Grid::new("", &[s.t("case.rule"), s.t("list.level")]);
    counts.heads.extend([s.t("rule.was"), s.t("rule.would_be")].map(Head::number));
    let differs = found.counts.iter().filter(|c| c.n.was != c.n.would_be);
    counts.rows = differs
        .map(|c| vec![Said::text(c.rule.clone()), level(c.level), count(c.n.was), count(c.n.would_be)])
        .collect();
    let heads = [s.t("card.case"), s.t("list.department"), s.t("rule.was"), s.t("rule.would_be"), s.t("rule.why")];
    let says = |side: &str, sentence: &str| Text::from(s.t(side)).and(s.colon()).and(data(sentence));
    let mut each = Grid::new("", &heads);
    each.rows = found
        .changed
        .iter()
        .map(|c| {
            vec![
                Said::link(format!("/cases/{}/{}", part(&c.department), part(&c.case_no)), data(&c.case_no)),
                Said::text(name(app, &c.department)),
                level(c.was),
                level(c.would_be),
                Said::Lines(vec![says("rule.was", &c.was_says), says("rule.would_be", &c.would_say)]),
            ]
        })
        .collect();
    let mut sheet = Sheet::new(s, format!("{id} {}", s.t("rule.proposal")));
    sheet.up = vec![Link::new("/rules", s.t("rule.title")), Link::new(format!("/rules/{id}"), id)];
    let words = format!(
        "{} – {}{and}{} {}{and}{}",
        found.from,
        said(found.as_of),
        s.t("rule.cases"),
        found.cases,
        s.t("rule.only_compared"),
        and = s.semicolon(),
    );
    sheet.with(Body::Text(vec![words.into()])).with(Body::Grid(counts)).with(Body::Grid(each))
}

pub(super) async fn diff(State(app): House, looks: Looks, body: Bytes) -> Result<Response, Refusal> {
    let sent: BTreeMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let id = sent.get("rule").cloned().unwrap_or_default();
    let json = proposal(&sent).to_string();
    match profile::diff(house(&app), Extension(looks.caller.clone()), HeaderMap::new(), json.into()).await {
        Ok(answer) => {
            let internal = |e: axum::Error| crate::problem::Problem::new("internal", e.to_string());
            let bytes = axum::body::to_bytes(answer.into_body(), 64 << 20).await.map_err(internal)?;
            let found: RulesDiff = read(serde_json::from_slice(&bytes).unwrap_or_default())?;
            let s = looks.shell(&app, "/rules").await?;
            shown(&app, &looks, result(&s, &app, &id, &found), None).await
        }
        Err(refusal) => page(&app, &looks, &id, Some(looks.again(&app, refusal, body)?)).await,
    }
}
