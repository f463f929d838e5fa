//! 人工录入: points that no measure gives, entered by one person and approved by another.

use super::matter::{Pages, View, named, of_group, paragraphs};
use crate::api::answer::{Answer, Refusal};
use crate::api::web::form::rows;
use crate::api::{entry, read};
use axum::extract::{Path, Query};
use axum::http::HeaderMap;
use axum::response::Response;
use daylight_console::sheet::{Body, Choice, Field, Form, Head, Kind, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::data;
use daylight_domain::evaluation::entry::{EntryState, ScoreEntry};
use daylight_domain::procedure::Done;
use daylight_store::PluginRow;

fn state(view: &View, one: &ScoreEntry) -> Said {
    let tone = match one.state {
        EntryState::Proposed => Tone::Warn,
        EntryState::Approved => Tone::Good,
        _ => Tone::Plain,
    };
    Said::tag(tone, view.s.word(one.state.name_zh(), one.state.as_str()))
}

/// Hundredths as people write them.
fn points(of: i64) -> String {
    format!("{}{}.{:02}", if of < 0 { "−" } else { "" }, of.abs() / 100, of.abs() % 100)
}

/// The standards that are installed and in use.
async fn standards(view: &View) -> Result<Vec<Choice>, Refusal> {
    let (app, _) = view.house();
    let (all, _) = rows::<PluginRow>(read::plugins(app).await?.0)?;
    let mine = all.into_iter().filter(|p| p.kind == "standard" && p.active_since.is_some());
    Ok(mine.map(|p| (p.name.clone(), format!("{} {}", p.name, p.version).into())).collect())
}

impl Pages for ScoreEntry {
    const AT: &'static str = "/entries";
    const API: &'static str = "/api/v1/manual-entries";
    const NAME: &'static str = key("nav.entries");
    const BEGIN: &'static str = key("entry.create");

    async fn rows(view: &View) -> Answer {
        let (app, caller) = view.house();
        entry::list(app, caller, Query(view.query.clone())).await
    }
    async fn stored(view: &View, no: &str) -> Answer {
        let (app, caller) = view.house();
        entry::one(app, caller, Path(no.to_owned())).await
    }
    async fn begin(view: &View, json: String) -> Result<Response, Refusal> {
        let (app, caller) = view.house();
        entry::create(app, caller, HeaderMap::new(), json.into()).await
    }
    async fn act(view: &View, (no, act): (&str, &str), json: String) -> Result<Response, Refusal> {
        let (app, caller) = view.house();
        entry::act(app, caller, Path((no.to_owned(), act.to_owned())), HeaderMap::new(), json.into()).await
    }

    fn states(s: &Shell) -> Vec<Choice> {
        named(s, EntryState::ALL, |w| (w.as_str(), w.name_zh()))
    }
    fn heads(s: &Shell) -> Vec<Head> {
        vec![
            Head::new(s.t("entry.no")),
            Head::new(s.t("list.state")),
            Head::new(s.t("list.department")),
            Head::new(s.t("entry.standard")),
            Head::new(s.t("entry.period")),
            Head::new(s.t("entry.indicator")),
            Head::number(s.t("entry.points")),
            Head::new(s.t("entry.document")),
        ]
    }
    fn row(&self, view: &View) -> Vec<Said> {
        vec![
            Said::link(format!("/entries/{}", self.no), self.no.clone()),
            state(view, self),
            Said::text(view.department(&self.department)),
            Said::text(self.standard.clone()),
            Said::text(self.period.clone()),
            Said::text(self.indicator.clone()),
            Said::Number(points(self.points)),
            Said::data(self.document.clone()),
        ]
    }
    async fn fresh(view: &View) -> Result<Vec<Form>, Refusal> {
        if !view.may(Self::API) {
            return Ok(Vec::new());
        }
        let sanctions = ["warning", "demerit", "grave_demerit", "demotion", "removal", "dismissal"];
        let sanction = of_group(&view.s, "sanction.", &sanctions);
        let fields = vec![
            Field::new("standard", view.t("entry.standard"), Kind::Choice(standards(view).await?)).needed(),
            Field::new("department", view.t("list.department"), view.departments()).needed(),
            Field::new("period", view.t("entry.period"), Kind::Line).needed().hint(view.t("entry.period_hint")),
            Field::new("indicator", view.t("entry.indicator"), Kind::Line)
                .needed()
                .hint(view.t("entry.indicator_hint")),
            Field::new("points", view.t("entry.points"), Kind::Number).hint(view.t("entry.points_hint")),
            Field::new("sanction", view.t("entry.sanction"), sanction).hint(view.t("entry.sanction_hint")),
            Field::new("reason", view.t("entry.reason"), Kind::Long).needed(),
            Field::new("document", view.t("entry.document"), Kind::Line).needed(),
        ];
        Ok(vec![Form::new(Self::AT, view.t("entry.do_create"), fields)])
    }

    async fn file(&self, view: &View, sheet: Sheet) -> Result<Sheet, Refusal> {
        let mut facts = vec![
            view.fact(key("list.state"), state(view, self)),
            view.text_fact(key("list.department"), view.department(&self.department)),
            view.text_fact(key("entry.standard"), self.standard.clone()),
            view.text_fact(key("entry.period"), self.period.clone()),
            view.text_fact(key("entry.indicator"), self.indicator.clone()),
            view.fact(key("entry.points"), Said::Number(points(self.points))),
        ];
        facts.extend(self.sanction.map(|sanction| {
            let word = serde_json::json!(sanction);
            view.text_fact(key("entry.sanction"), view.s.of("sanction.", word.as_str().unwrap_or("")))
        }));
        facts.extend([
            view.text_fact(key("entry.document"), data(&self.document)),
            view.text_fact(key("entry.by"), view.s.who(&self.entered_by)),
            view.text_fact(
                key("exclusion.approved"),
                self.approved_by.as_ref().map_or_else(|| "—".into(), |by| view.s.who(by)),
            ),
        ]);
        Ok(sheet.with(Body::Facts(facts)).under(view.t("entry.reason"), paragraphs(&self.reason)))
    }
    fn acts(&self, view: &View) -> Vec<&'static str> {
        match self.state {
            EntryState::Proposed if self.entered_by == view.caller.user => vec!["withdraw"],
            EntryState::Proposed => vec!["approve", "decline", "withdraw"],
            EntryState::Approved => vec!["withdraw"],
            _ => Vec::new(),
        }
    }
    async fn form(&self, view: &View, act: &str) -> Result<Form, Refusal> {
        let (label, grave, text) = match act {
            "approve" => (view.t("matter.do_approve"), false, view.text()),
            "decline" => (view.t("matter.do_decline"), true, view.text().needed()),
            _ => (view.t("matter.do_withdraw"), true, view.text().needed()),
        };
        Ok(Form { grave, ..Form::new(format!("/entries/{}/{act}", self.no), label, vec![text]) })
    }
    fn steps(&self) -> &[Done] {
        &self.steps
    }
}
