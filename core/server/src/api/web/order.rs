//! 督办: the list, a new one, and the file of one with what this reader may do about it.

use super::matter::{Pages, View};
use super::{departments, said, said_or};
use crate::api::answer::{Answer, Refusal};
use crate::api::order;
use axum::extract::{Path, Query};
use axum::http::HeaderMap;
use axum::response::Response;
use daylight_console::sheet::{Body, Choice, Field, Form, Head, Kind, Link, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::order::{OrderKind, OrderState, SupervisionOrder};
use daylight_domain::procedure::Done;

fn tone(order: &SupervisionOrder, late: bool) -> Tone {
    match order.state {
        OrderState::Closed => Tone::Good,
        _ if late => Tone::Bad,
        OrderState::Proposed | OrderState::Replied | OrderState::Returned => Tone::Warn,
        _ => Tone::Plain,
    }
}

/// Whether a reply is due, has not come, and is late.
fn late(view: &View, order: &SupervisionOrder) -> bool {
    matches!(order.state, OrderState::Issued | OrderState::Returned) && order.due < view.app.clock.now()
}

fn kind(s: &Shell, kind: OrderKind) -> Choice {
    let (word, text) = match kind {
        OrderKind::Reminder => ("reminder", s.t("order.reminder")),
        OrderKind::Order => ("order", s.t("order.order")),
        OrderKind::Assigned => ("assigned", s.t("order.assigned")),
    };
    (word.to_owned(), text.into())
}

impl Pages for SupervisionOrder {
    const AT: &'static str = "/orders";
    const API: &'static str = "/api/v1/supervision-orders";
    const NAME: &'static str = key("nav.orders");
    const BEGIN: &'static str = key("order.create");
    const LIVE: Option<&'static str> = Some("order.");

    async fn rows(view: &View) -> Answer {
        let (app, caller) = view.house();
        order::list(app, caller, Query(view.query.clone())).await
    }
    async fn stored(view: &View, no: &str) -> Answer {
        let (app, caller) = view.house();
        order::one(app, caller, Path(no.to_owned())).await
    }
    async fn begin(view: &View, json: String) -> Result<Response, Refusal> {
        let (app, caller) = view.house();
        order::create(app, caller, HeaderMap::new(), json.into()).await
    }
    async fn act(view: &View, (no, act): (&str, &str), json: String) -> Result<Response, Refusal> {
        let (app, caller) = view.house();
        order::act(app, caller, Path((no.to_owned(), act.to_owned())), HeaderMap::new(), json.into()).await
    }

    fn states(s: &Shell) -> Vec<Choice> {
        let zh = |w: &str| super::form::read::<OrderState>(w.into()).map_or("", OrderState::name_zh);
        OrderState::WORDS.iter().map(|w| ((*w).to_owned(), s.word(zh(w), w))).collect()
    }
    fn heads(s: &Shell) -> Vec<Head> {
        let heads = [
            s.t("order.no"),
            s.t("order.kind"),
            s.t("list.state"),
            s.t("list.department"),
            s.t("order.content"),
            s.t("order.issued"),
            s.t("order.due"),
        ];
        heads.map(Head::new).into()
    }
    fn row(&self, view: &View) -> Vec<Said> {
        let late = late(view, self);
        vec![
            Said::link(format!("/orders/{}", self.no), self.no.clone()),
            Said::text(kind(&view.s, self.kind).1),
            Said::tag(tone(self, late), view.s.word(self.state.name_zh(), self.state.as_str())),
            Said::text(view.department(&self.department)),
            Said::data(self.content.clone()),
            Said::text(said(self.issued_at)),
            if late { Said::tag(Tone::Bad, said(self.due)) } else { Said::text(said(self.due)) },
        ]
    }
    async fn fresh(view: &View) -> Result<Vec<Form>, Refusal> {
        if !view.may(Self::API) {
            return Ok(Vec::new());
        }
        let kinds = [OrderKind::Reminder, OrderKind::Order, OrderKind::Assigned].map(|k| kind(&view.s, k)).into();
        let departments = departments(&view.app, &view.caller);
        let fields = vec![
            Field::new("kind", view.t("order.kind"), Kind::Choice(kinds)).needed().value("order"),
            Field::new("department", view.t("list.department"), Kind::Choice(departments)).needed(),
            Field::new("content", view.t("order.content"), Kind::Long).needed(),
            Field::new("cards", view.t("order.cards"), Kind::Lines).hint(view.t("act.one_a_line")),
            Field::new("days", view.t("order.days"), Kind::Number).hint(view.t("order.days_hint")),
        ];
        Ok(vec![Form::new("/orders", view.t("order.do_create"), fields)])
    }

    fn heading(&self, s: &Shell, no: &str) -> Text {
        kind(s, self.kind).1.and(" ").and(no)
    }
    async fn file(&self, view: &View, sheet: Sheet) -> Result<Sheet, Refusal> {
        let s = &view.s;
        let link = |(at, no): (&str, &String)| Said::link(format!("{at}/{no}"), no.clone());
        let state = Said::tag(tone(self, late(view, self)), s.word(self.state.name_zh(), self.state.as_str()));
        let mut facts = vec![
            (s.t("list.state").into(), state),
            (s.t("order.kind").into(), Said::text(kind(s, self.kind).1)),
            (s.t("list.department").into(), Said::text(view.department(&self.department))),
            (s.t("order.issued").into(), Said::text(said(self.issued_at))),
            (s.t("order.due").into(), Said::text(said(self.due))),
            (s.t("order.replied").into(), Said::text(said_or(self.replied_at))),
            (s.t("order.copied").into(), Said::data(self.copied_to.join("、"))),
        ];
        let cards = self.cards.iter().map(|no| Link::new(format!("/cards/{no}"), no.clone())).collect();
        facts.push((s.t("order.cards").into(), Said::Links(cards)));
        facts.extend(self.follows.as_ref().map(|no| (s.t("order.follows").into(), link(("/orders", no)))));
        facts.extend(self.followed_by.as_ref().map(|no| {
            let at = if no.starts_with("DC") { "/investigations" } else { "/orders" };
            (s.t("order.followed").into(), link((at, no)))
        }));
        let papers = match self.state {
            OrderState::Proposed | OrderState::Declined => Vec::new(),
            _ => vec![Link::new(format!("{}/{}/paper", Self::API, self.no), s.t("card.paper"))],
        };
        Ok(sheet
            .with(Body::Facts(facts))
            .under(s.t("order.content"), Body::Text(self.content.lines().map(data).collect()))
            .under("", Body::Links(papers)))
    }
    fn acts(&self, _: &View) -> Vec<&'static str> {
        match self.state {
            OrderState::Proposed => vec!["issue", "decline"],
            OrderState::Issued | OrderState::Returned => vec!["reply", "withdraw"],
            OrderState::Replied => vec!["close", "return", "withdraw"],
            _ => Vec::new(),
        }
    }
    async fn form(&self, view: &View, act: &str) -> Result<Form, Refusal> {
        let (text, maybe) = (|| view.text().needed(), || view.text());
        let days = || Field::new("days", view.t("order.days"), Kind::Number).hint(view.t("order.days_hint"));
        let (label, grave, fields) = match act {
            "issue" => (view.t("order.do_issue"), false, vec![maybe(), days()]),
            "decline" => (view.t("order.do_decline"), true, vec![text()]),
            "reply" => (view.t("order.do_reply"), false, vec![text()]),
            "return" => (view.t("order.do_return"), false, vec![text(), days()]),
            "close" => (view.t("order.do_close"), false, vec![maybe()]),
            _ => (view.t("order.do_withdraw"), true, vec![text()]),
        };
        Ok(Form { grave, ..Form::new(format!("/orders/{}/{act}", self.no), label, fields) })
    }
    fn steps(&self) -> &[Done] {
        &self.steps
    }
}
