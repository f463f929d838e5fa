//! 咨询: what was asked, who answers it, and the answer.

use super::matter::{Pages, View, named, paragraphs};
use super::{contact, contents, look, once, person, said, source, ways};
use crate::api::answer::{Answer, Refusal};
use crate::api::enquiry;
use axum::extract::{Path, Query};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use daylight_console::sheet::{Body, Choice, Field, Form, Head, Kind, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::data;
use daylight_domain::enquiry::{Enquiry, EnquiryState as S};
use daylight_domain::procedure::Done;

fn state(view: &View, one: &Enquiry) -> Said {
    let tone = match one.state {
        S::Closed => Tone::Good,
        S::Registered | S::Replied => Tone::Warn,
        S::RoutedOut => Tone::Plain,
    };
    Said::tag(tone, view.s.word(one.state.name_zh(), one.state.as_str()))
}

impl Pages for Enquiry {
    const AT: &'static str = "/enquiries";
    const API: &'static str = "/api/v1/enquiries";
    const NAME: &'static str = key("nav.enquiries");
    const BEGIN: &'static str = key("enquiry.create");
    const LIVE: Option<&'static str> = Some("enquiry.");

    async fn rows(view: &View) -> Answer {
        let (app, caller) = view.house();
        enquiry::list(app, caller, Query(view.query.clone())).await
    }
    async fn stored(view: &View, no: &str) -> Answer {
        let (app, caller) = view.house();
        enquiry::one(app, caller, Path(no.to_owned()), Query(view.query.clone())).await
    }
    async fn begin(view: &View, json: String) -> Result<Response, Refusal> {
        let (app, caller) = view.house();
        Ok(enquiry::create(app, caller, json.into()).await?.into_response())
    }
    async fn act(view: &View, (no, act): (&str, &str), json: String) -> Result<Response, Refusal> {
        let (app, caller) = view.house();
        enquiry::act(app, caller, Path((no.to_owned(), act.to_owned())), HeaderMap::new(), json.into()).await
    }
    async fn begun(view: &View, answer: Response) -> Result<Response, Refusal> {
        let shown = [("no", key("voice.no")), ("code", key("voice.code"))];
        once(view, (Self::AT, Self::NAME), answer, &shown).await
    }

    fn states(s: &Shell) -> Vec<Choice> {
        named(s, S::ALL, |w| (w.as_str(), w.name_zh()))
    }
    fn heads(s: &Shell) -> Vec<Head> {
        let heads = [
            s.t("voice.no"),
            s.t("list.state"),
            s.t("list.department"),
            s.t("voice.title"),
            s.t("voice.way"),
            s.t("voice.registered"),
            s.t("voice.due"),
        ];
        heads.map(Head::new).into()
    }
    fn row(&self, view: &View) -> Vec<Said> {
        vec![
            Said::link(format!("/enquiries/{}", self.no), self.no.clone()),
            state(view, self),
            Said::text(view.department(&self.department)),
            Said::data(self.title.clone()),
            Said::text(view.s.word(self.way.name_zh(), self.way.as_str())),
            Said::text(said(self.received_at)),
            view.due(self.due),
        ]
    }
    async fn fresh(view: &View) -> Result<Vec<Form>, Refusal> {
        if !view.may(Self::API) {
            return Ok(Vec::new());
        }
        let mut fields = vec![
            Field::new("department", view.t("list.department"), view.departments()).needed(),
            Field::new("way", view.t("voice.way"), ways(&view.s)).needed().value("visit"),
            Field::new("title", view.t("voice.title"), Kind::Line).needed(),
            Field::new("content", view.t("voice.content"), Kind::Long).needed(),
            Field::new("item", view.t("list.item"), Kind::Line),
            Field::new("case_no", view.t("card.case"), Kind::Line),
        ];
        fields.extend(person(view, "asker"));
        fields.extend(source(view));
        Ok(vec![Form::new(Self::AT, view.t("voice.do_register"), fields)])
    }

    async fn file(&self, view: &View, sheet: Sheet) -> Result<Sheet, Refusal> {
        let mut facts = vec![
            view.fact(key("list.state"), state(view, self)),
            view.text_fact(key("list.department"), view.department(&self.department)),
            view.text_fact(key("voice.way"), view.s.word(self.way.name_zh(), self.way.as_str())),
            view.text_fact(key("voice.source_no"), data(self.source_no.clone().unwrap_or_default())),
            view.text_fact(key("voice.registered"), said(self.received_at)),
            view.fact(key("voice.due"), view.due(self.due)),
        ];
        facts.extend(self.item.as_ref().map(|i| view.text_fact(key("list.item"), data(i))));
        facts.extend(self.case_no.as_ref().map(|no| view.fact(key("card.case"), view.case(&self.department, no))));
        facts.extend(
            self.satisfied.map(|c| view.text_fact(key("voice.satisfied"), view.s.word(c.name_zh(), c.as_str()))),
        );
        Ok(sheet
            .with(Body::Facts(facts))
            .under(view.t("voice.asker"), Body::Facts(contact(view, self.asker.as_ref())))
            .under(data(&self.title), paragraphs(&self.content))
            .under(view.t("voice.reply"), paragraphs(self.reply.as_deref().unwrap_or(""))))
    }
    fn looks(&self, view: &View) -> Vec<Form> {
        look(view, format!("/enquiries/{}", self.no), self.asker.as_ref())
    }
    fn acts(&self, view: &View) -> Vec<&'static str> {
        let own = view.is_of(&self.department);
        match self.state {
            S::Registered if own && self.returned_by.contains(&self.department) => vec!["reply"],
            S::Registered if own => vec!["reply", "return"],
            S::Registered => vec!["transfer", "route-out"],
            S::Replied => vec!["close"],
            _ => Vec::new(),
        }
    }
    async fn form(&self, view: &View, act: &str) -> Result<Form, Refusal> {
        let (text, maybe) = (|| view.text().needed(), || view.text());
        let (label, grave, fields) = match act {
            "reply" => (view.t("voice.do_reply"), false, vec![text()]),
            "return" => (view.t("voice.do_return"), false, vec![text()]),
            "transfer" => {
                let to = Field::new("department", view.t("voice.to"), view.departments()).needed();
                (view.t("voice.do_transfer"), false, vec![to, maybe()])
            }
            "route-out" => (view.t("voice.do_route_out"), true, vec![text()]),
            _ => {
                let content = Field::new("satisfied", view.t("voice.satisfied"), contents(&view.s));
                (view.t("voice.do_close"), false, vec![content, maybe()])
            }
        };
        Ok(Form { grave, ..Form::new(format!("/enquiries/{}/{act}", self.no), label, fields) })
    }
    fn steps(&self) -> &[Done] {
        &self.steps
    }
}
