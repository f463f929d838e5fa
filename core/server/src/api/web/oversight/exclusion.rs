//! 统计排除: asked for by one person, approved by another, ended or withdrawn.

use super::matter::{Pages, View, named, paragraphs};
use crate::api::answer::{Answer, Refusal};
use crate::api::exclusion;
use axum::extract::{Path, Query};
use axum::http::HeaderMap;
use axum::response::Response;
use daylight_console::sheet::{Body, Choice, Field, Form, Head, Kind, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::data;
use daylight_domain::exclusion::{ExclusionEntry, ExclusionState};
use daylight_domain::procedure::Done;

fn state(view: &View, one: &ExclusionEntry) -> Said {
    let tone = match one.state {
        ExclusionState::Proposed => Tone::Warn,
        ExclusionState::InForce => Tone::Good,
        _ => Tone::Plain,
    };
    Said::tag(tone, view.s.word(one.state.name_zh(), one.state.as_str()))
}

impl Pages for ExclusionEntry {
    const AT: &'static str = "/exclusions";
    const API: &'static str = "/api/v1/exclusions";
    const NAME: &'static str = key("nav.exclusions");
    const BEGIN: &'static str = key("exclusion.create");

    async fn rows(view: &View) -> Answer {
        let (app, caller) = view.house();
        exclusion::list(app, caller, Query(view.query.clone())).await
    }
    async fn stored(view: &View, no: &str) -> Answer {
        let (app, caller) = view.house();
        exclusion::one(app, caller, Path(no.to_owned())).await
    }
    async fn begin(view: &View, json: String) -> Result<Response, Refusal> {
        let (app, caller) = view.house();
        exclusion::create(app, caller, HeaderMap::new(), json.into()).await
    }
    async fn act(view: &View, (no, act): (&str, &str), json: String) -> Result<Response, Refusal> {
        let (app, caller) = view.house();
        exclusion::act(app, caller, Path((no.to_owned(), act.to_owned())), HeaderMap::new(), json.into()).await
    }

    fn states(s: &Shell) -> Vec<Choice> {
        named(s, ExclusionState::ALL, |w| (w.as_str(), w.name_zh()))
    }
    fn heads(s: &Shell) -> Vec<Head> {
        let heads = [
            s.t("exclusion.no"),
            s.t("list.state"),
            s.t("list.department"),
            s.t("list.item"),
            s.t("exclusion.from"),
            s.t("exclusion.to"),
            s.t("exclusion.reason"),
            s.t("exclusion.document"),
        ];
        heads.map(Head::new).into()
    }
    fn row(&self, view: &View) -> Vec<Said> {
        vec![
            Said::link(format!("/exclusions/{}", self.no), self.no.clone()),
            state(view, self),
            Said::text(view.department(&self.department)),
            Said::data(self.item.clone().unwrap_or_else(|| "—".to_owned())),
            Said::text(self.from.to_string()),
            Said::text(self.to.to_string()),
            Said::data(self.reason.clone()),
            Said::data(self.document.clone()),
        ]
    }
    async fn fresh(view: &View) -> Result<Vec<Form>, Refusal> {
        if !view.may(Self::API) {
            return Ok(Vec::new());
        }
        let fields = vec![
            Field::new("department", view.t("list.department"), view.departments()).needed(),
            Field::new("item", view.t("list.item"), Kind::Line).hint(view.t("exclusion.item_hint")),
            Field::new("from", view.t("exclusion.from"), Kind::Day).needed(),
            Field::new("to", view.t("exclusion.to"), Kind::Day).needed(),
            Field::new("reason", view.t("exclusion.reason"), Kind::Long).needed(),
            Field::new("document", view.t("exclusion.document"), Kind::Line).needed(),
        ];
        Ok(vec![Form::new(Self::AT, view.t("exclusion.do_create"), fields)])
    }

    async fn file(&self, view: &View, sheet: Sheet) -> Result<Sheet, Refusal> {
        let facts = vec![
            view.fact(key("list.state"), state(view, self)),
            view.text_fact(key("list.department"), view.department(&self.department)),
            view.text_fact(key("list.item"), self.item.as_ref().map_or_else(|| "—".into(), data)),
            view.text_fact(key("exclusion.from"), self.from.to_string()),
            view.text_fact(key("exclusion.to"), self.to.to_string()),
            view.text_fact(key("exclusion.document"), data(&self.document)),
            view.text_fact(key("exclusion.by"), view.s.who(&self.by)),
            view.text_fact(
                key("exclusion.approved"),
                self.approved_by.as_ref().map_or_else(|| "—".into(), |by| view.s.who(by)),
            ),
        ];
        Ok(sheet.with(Body::Facts(facts)).under(view.t("exclusion.reason"), paragraphs(&self.reason)))
    }
    fn acts(&self, view: &View) -> Vec<&'static str> {
        match self.state {
            ExclusionState::Proposed if self.by == view.caller.user => vec!["withdraw"],
            ExclusionState::Proposed => vec!["approve", "decline", "withdraw"],
            ExclusionState::InForce => vec!["end", "withdraw"],
            _ => Vec::new(),
        }
    }
    async fn form(&self, view: &View, act: &str) -> Result<Form, Refusal> {
        let (label, grave, fields) = match act {
            "approve" => (view.t("matter.do_approve"), false, vec![view.text()]),
            "decline" => (view.t("matter.do_decline"), true, vec![view.text().needed()]),
            "end" => {
                let to = Field::new("to", view.t("exclusion.last"), Kind::Day).needed();
                (view.t("exclusion.do_end"), false, vec![to, view.text().needed()])
            }
            _ => (view.t("matter.do_withdraw"), true, vec![view.text().needed()]),
        };
        Ok(Form { grave, ..Form::new(format!("/exclusions/{}/{act}", self.no), label, fields) })
    }
    fn steps(&self) -> &[Done] {
        &self.steps
    }
}
