//! Pages of what people say: complaints, enquiries, ratings. Who said it is masked, and whoever looks says why.

mod complaint;
mod enquiry;
mod rating;

use super::matter::{self, View};
use super::{House, said};
use crate::api::answer::Refusal;
use crate::app::App;
use axum::Router;
use axum::body::to_bytes;
use axum::response::Response;
use axum::routing::post;
use daylight_console::sheet::{Body, Field, Form, Kind, Link, Said, Sheet};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::complaint::{Complaint, Contact, Content, DayUnit, Way};
use daylight_domain::enquiry::Enquiry;
use daylight_domain::rating::Rating;
use daylight_domain::role::Right;
use std::sync::Arc;

/// Pages, and the operation each shows or does.
pub(super) const SHOWS: &[(&str, &str)] = &[
    ("/complaints", "/api/v1/complaints"),
    ("/complaints/import", "/api/v1/complaints/import"),
    ("/complaints/{no}", "/api/v1/complaints/{no}"),
    ("/complaints/{no}/{act}", "/api/v1/complaints/{no}/{act}"),
    ("/enquiries", "/api/v1/enquiries"),
    ("/enquiries/{no}", "/api/v1/enquiries/{no}"),
    ("/enquiries/{no}/{act}", "/api/v1/enquiries/{no}/{act}"),
    ("/ratings", "/api/v1/ratings"),
    ("/ratings/links", "/api/v1/ratings/links"),
    ("/ratings/{no}", "/api/v1/ratings/{no}"),
    ("/ratings/{no}/{act}", "/api/v1/ratings/{no}/{act}"),
];

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .merge(matter::routes::<Complaint>())
        .route("/complaints/import", post(complaint::import))
        .merge(matter::routes::<Enquiry>())
        .merge(matter::routes::<Rating>())
        .route("/ratings/links", post(rating::invite))
}

/// Who it is, as far as this reader may see.
fn contact(view: &View, of: Option<&Contact>) -> Vec<(Text, Said)> {
    let Some(who) = of else {
        return vec![view.text_fact(key("voice.name"), view.t("voice.anonymous"))];
    };
    let mut facts =
        vec![view.text_fact(key("voice.name"), data(&who.name)), view.text_fact(key("voice.phone"), data(&who.phone))];
    facts.extend(who.address.as_ref().map(|a| view.text_fact(key("voice.address"), data(a))));
    facts
}

/// To see a person in clear, because … – which is kept.
fn look(view: &View, file: String, of: Option<&Contact>) -> Vec<Form> {
    if of.is_none() || !view.caller.may(Right::Personal) || view.query.contains_key("reason") {
        return Vec::new();
    }
    let reason = Field::new("reason", view.t("voice.reason"), Kind::Line).needed().hint(view.t("voice.reason_hint"));
    vec![Form { asks: true, ..Form::new(file, view.t("voice.do_look"), vec![reason]) }]
}

/// Fields of a person: `complainant`, `asker`, `rater`.
fn person(view: &View, of: &str) -> Vec<Field> {
    vec![
        Field::new(format!("{of}.name"), view.t("voice.name"), Kind::Line).hint(view.t("voice.name_hint")),
        Field::new(format!("{of}.phone"), view.t("voice.phone"), Kind::Line),
    ]
}

/// Fields of where it came from.
fn source(view: &View) -> Vec<Field> {
    let units = matter::named(&view.s, DayUnit::ALL, |u| (u.as_str(), u.name_zh()));
    vec![
        Field::new("source_no", view.t("voice.source_no"), Kind::Line),
        Field::new("limit.days", view.t("voice.limit_days"), Kind::Number).hint(view.t("voice.limit_hint")),
        Field::new("limit.unit", view.t("voice.limit_unit"), Kind::Choice(units)),
    ]
}

/// By which way it came; what departments report is entered by their systems.
fn ways(s: &Shell) -> Kind {
    let by_hand: Vec<Way> = Way::ALL.iter().copied().filter(|w| *w != Way::Exchange).collect();
    Kind::Choice(matter::named(s, &by_hand, |w| (w.as_str(), w.name_zh())))
}

/// How content.
fn contents(s: &Shell) -> Kind {
    Kind::Radio(matter::named(s, Content::ALL, |c| (c.as_str(), c.name_zh())))
}

/// What is shown once and kept nowhere: a code, a link.
async fn once(
    view: &View,
    (place, back): (&str, &str),
    answer: Response,
    shown: &[(&str, &str)],
) -> Result<Response, Refusal> {
    let bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap_or_default();
    let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let mut facts = Vec::new();
    for (name, label) in shown {
        let text = value.get(*name).and_then(serde_json::Value::as_str).unwrap_or_default();
        facts.push(match *name {
            "link" => {
                let whole = format!("{}/public/ratings/{text}", view.base);
                view.fact(label, Said::link(whole.clone(), whole))
            }
            "no" => view.fact(label, Said::link(format!("{place}/{text}"), text)),
            _ => view.fact(label, Said::Code(text.to_owned())),
        });
    }
    let s = view.s.clone().once();
    let mut sheet = Sheet::new(&s, view.t("voice.done"));
    sheet.up = vec![Link::new(place, view.t(back))];
    let sheet = sheet.with(Body::Facts(facts)).with(matter::paragraphs(view.t("voice.once")));
    super::show(&view.app, &view.caller, &sheet).await
}
