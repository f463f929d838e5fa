//! 规则: what is judged, by which law, with which parameters, and what a proposal would have found.

use super::{Again, Looks, count, fact, foot, part, shown, value};
use crate::api::answer::Refusal;
use crate::api::auth::within;
use crate::api::profile;
use crate::api::system::{rule_of, rules_of};
use crate::api::web::form::{house, read};
use crate::api::web::{House, allowed, departments, name, said};
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
use daylight_domain::finding::Level;
use daylight_domain::rule::RuleOverride;
use daylight_store::FindingFilter;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Findings that are counted and shown with a rule.
const LAST: u32 = 200;

fn state(s: &Shell, one: &Listed) -> Said {
    if !one.rule.enabled {
        return Said::Tag(Tone::Plain, s.t("rule.off").to_owned());
    }
    if one.missing.is_empty() {
        return Said::Tag(Tone::Good, s.t("rule.on").to_owned());
    }
    let lacks: Vec<String> = one.missing.iter().map(|n| s.word(n.name_zh(), n.as_str())).collect();
    Said::Tag(Tone::Warn, format!("{}：{}", s.t("rule.waits"), lacks.join("、")))
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
        label: s.t(label).to_owned(),
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
                Said::Text(s.word(&r.name_zh, &r.name_en)),
                state(&s, one),
                Said::Text(levels(&s, &r.levels)),
                Said::Text(mode(&s, r.mode)),
                Said::Text(r.trigger_zh.clone()),
                Said::Text(r.basis.join("；")),
                count(one.overrides.len()),
            ]
        })
        .collect();
    let end = foot("/rules", "/api/v1/rules", &query, grid.rows.len());
    let mut groups: Vec<String> =
        all.iter().filter_map(|one| one.rule.id.split('-').next().map(str::to_owned)).collect();
    groups.dedup();
    let states =
        ["judged", "waits", "off", "changed"].map(|w| (w.to_owned(), s.of("rule_state.", w).to_owned())).to_vec();
    let filters = vec![
        Filter {
            name: "group",
            label: key("rule.group"),
            value: group.clone(),
            choices: groups.into_iter().map(|g| (g.clone(), g)).collect(),
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
            let whom: Vec<String> = department.into_iter().chain(o.item.clone()).collect();
            let day = |d: Option<chrono::NaiveDate>| d.map_or_else(|| "…".to_owned(), |d| d.to_string());
            let mut what = Vec::new();
            what.extend(o.enabled.map(|on| s.t(if on { key("rule.on") } else { key("rule.off") }).to_owned()));
            what.extend(o.level.map(|l| s.of("level.", l.as_str()).to_owned()));
            what.extend(o.levels.as_ref().map(|all| levels(s, all)));
            what.extend(o.feedback_days.map(|n| format!("{} {n}", s.t("rule.feedback_days"))));
            what.extend(o.mode.map(|m| mode(s, m)));
            what.extend((!o.params.is_empty()).then(|| params(&o.params)));
            vec![
                Said::Text(if whom.is_empty() { s.t("list.any").to_owned() } else { whom.join("、") }),
                Said::Text(format!("{} – {}", day(o.from), day(o.to))),
                Said::Text(what.join("；")),
                Said::Text(o.reason.clone()),
            ]
        })
        .collect();
    grid
}

/// A proposal to compare with what is in force.
fn diff_form(app: &App, looks: &Looks, s: &Shell, id: &str) -> Form {
    let level = |word: &str| (word.to_owned(), s.of("level.", word).to_owned());
    let on = vec![("true".to_owned(), s.t("rule.on").to_owned()), ("false".to_owned(), s.t("rule.off").to_owned())];
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
        fact(&s, key("list.level"), Said::Text(levels(&s, &r.levels))),
        fact(&s, key("rule.mode"), Said::Text(mode(&s, r.mode))),
        fact(&s, key("rule.version"), count(r.version)),
        fact(&s, key("rule.trigger"), Said::Text(r.trigger_zh.clone())),
        fact(&s, key("rule.feedback_days"), count(r.feedback_days)),
        fact(&s, key("rule.params"), Said::Text(params(&r.params))),
        fact(&s, key("rule.family"), Said::Code(r.family.clone())),
    ];
    // What is in force today where it differs from the rule.
    let mut own = Grid::new("", &[s.t("list.department"), s.t("list.state"), s.t("list.level"), s.t("rule.params")]);
    for (d, label) in departments(app, &looks.caller) {
        let Some(mine) = app.config.rules.book.effective(id, &d, None, today) else { continue };
        if *mine != *r {
            let on = s.t(if mine.enabled { key("rule.on") } else { key("rule.off") });
            own.rows.push(vec![
                Said::Text(label),
                Said::text(on),
                Said::Text(levels(&s, &mine.levels)),
                Said::Text(params(&mine.params)),
            ]);
        }
    }
    let heads = [s.t("case.fact"), s.t("list.department"), s.t("card.case"), s.t("list.level"), s.t("case.explain")];
    let mut last = Grid::new("", &heads);
    last.rows = found
        .iter()
        .map(|f| {
            let case = f.finding.case_no.as_ref().map_or_else(
                || Said::Text(f.finding.object_id.clone()),
                |no| Said::link(format!("/cases/{}/{}", part(&f.department), part(no)), no.clone()),
            );
            vec![
                Said::Text(said(f.finding.fact_time)),
                Said::Text(name(app, &f.department)),
                case,
                Said::Level(f.finding.level.as_str()),
                Said::Text(f.finding.explain_zh.clone()),
            ]
        })
        .collect();
    let full = if found.len() == usize::try_from(LAST).unwrap_or(0) { "+" } else { "" };
    let heading = format!("{}（{}{full}）", s.t("rule.findings"), found.len());
    let may = allowed(&looks.caller, &Method::POST, "/api/v1/rules/diff").is_ok();
    let mut forms = if may { vec![diff_form(app, looks, &s, id)] } else { Vec::new() };
    Again::refill(again.as_ref(), &mut forms);
    let mut sheet = Sheet::new(&s, format!("{id} {}", s.word(&r.name_zh, &r.name_en)));
    sheet.up = vec![Link::new("/rules", s.t("rule.title"))];
    let sheet = sheet
        .with(Body::Facts(facts))
        .under(s.t("rule.basis"), Body::Text(r.basis.clone()))
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
        .map(|c| vec![Said::Text(c.rule.clone()), level(c.level), count(c.n.was), count(c.n.would_be)])
        .collect();
    let heads = [s.t("card.case"), s.t("list.department"), s.t("rule.was"), s.t("rule.would_be"), s.t("rule.why")];
    let mut each = Grid::new("", &heads);
    each.rows = found
        .changed
        .iter()
        .map(|c| {
            vec![
                Said::link(format!("/cases/{}/{}", part(&c.department), part(&c.case_no)), c.case_no.clone()),
                Said::Text(name(app, &c.department)),
                level(c.was),
                level(c.would_be),
                Said::Text(c.why_zh.clone()),
            ]
        })
        .collect();
    let mut sheet = Sheet::new(s, format!("{id} {}", s.t("rule.proposal")));
    sheet.up = vec![Link::new("/rules", s.t("rule.title")), Link::new(format!("/rules/{id}"), id)];
    let words = format!(
        "{} – {}；{} {}；{}",
        found.from,
        said(found.as_of),
        s.t("rule.cases"),
        found.cases,
        s.t("rule.only_compared")
    );
    sheet.with(Body::Text(vec![words])).with(Body::Grid(counts)).with(Body::Grid(each))
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
