//! Enquiries (咨询) for those who answer them.

use super::act::{once, text};
use super::answer::{Answer, Asked, Refusal, bad, page, refuse, unreadable};
use super::register::{Who as Person, actor, bounded, bounded_contact, concerned, desk_only, filter, in_clear};
use super::waiting::listed;
use crate::app::App;
use crate::complaint::Slip;
use crate::oversight::{Deed, Kept};
use crate::people::Caller;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Json};
use daylight_domain::complaint::{Content, HandlingLimit, Way};
use daylight_domain::enquiry::{Enquiry, EnquiryAct, EnquiryState};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

type House = State<Arc<App>>;
type Who = Extension<Caller>;

/// An enquiry as it is sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    department: String,
    #[serde(default)]
    way: Option<Way>,
    title: String,
    content: String,
    #[serde(default)]
    item: Option<String>,
    #[serde(default)]
    case_no: Option<String>,
    #[serde(default)]
    source_no: Option<String>,
    #[serde(default)]
    limit: Option<HandlingLimit>,
    #[serde(default)]
    asker: Option<Person>,
}

impl New {
    /// What is registered of it.
    pub(super) fn enquiry(self, app: &App, by: &str, public: bool) -> Result<Enquiry, Problem> {
        const CODE: &str = "enquiry.request";
        app.department(&self.department)?;
        let contact = self.asker.and_then(Person::contact);
        let part = |text: &Option<String>| text.as_deref().unwrap_or("").trim().to_owned();
        let (item, case_no, source_no) = (part(&self.item), part(&self.case_no), part(&self.source_no));
        let texts = [
            ("title", self.title.as_str(), 200, true),
            ("content", self.content.as_str(), 4000, true),
            ("item", item.as_str(), 64, false),
            ("case_no", case_no.as_str(), 64, false),
            ("source_no", source_no.as_str(), 64, false),
        ];
        bounded(CODE, &texts)?;
        bounded_contact(CODE, contact.as_ref())?;
        let by_desk = self.way.is_some() || self.source_no.is_some() || self.limit.is_some();
        desk_only(CODE, public && by_desk, self.limit)?;
        let way = self.way.unwrap_or(if public { Way::Web } else { Way::Visit });
        let words = (self.title.trim().to_owned(), self.content.trim().to_owned());
        let mut one = Enquiry::register((&self.department, way), words, contact, by, app.clock.now());
        let full = |text: String| (!text.is_empty()).then_some(text);
        (one.item, one.case_no, one.source_no) = (full(item), full(case_no), full(source_no));
        one.limit = self.limit;
        Ok(one)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Words {
    text: String,
    department: Option<String>,
    satisfied: Option<Content>,
}

pub(super) async fn list(State(app): House, Extension(caller): Who, query: Asked) -> Answer {
    concerned(&caller)?;
    let (filter, limit) = filter(&caller, &query, EnquiryState::WORDS)?;
    let rows: Vec<Enquiry> = listed(&app, &caller, &query.0, filter).await?;
    let shown: Vec<Enquiry> = rows.into_iter().map(|one| one.shown(false)).collect();
    Ok(page(&shown, limit, |o| o.no.clone()))
}

async fn stored(app: &App, caller: &Caller, no: &str) -> Result<Kept<Enquiry>, Refusal> {
    let kept = app.find_matter::<Enquiry>(no).await?;
    if caller.department.as_ref().is_some_and(|own| *own != kept.matter.department) {
        return Err(Problem::new("enquiry.unknown", format!("没有咨询 {no}")).into());
    }
    Ok(kept)
}

pub(super) async fn one(State(app): House, Extension(caller): Who, Path(no): Path<String>, query: Asked) -> Answer {
    concerned(&caller)?;
    let kept = stored(&app, &caller, &no).await?;
    let clear = in_clear(&app, &caller, &no, &query).await?;
    Ok(Json(json!(kept.matter.shown(clear))))
}

/// Not under an idempotency key: an answer that is kept would keep the code. Sent twice, the second is a duplicate.
pub(super) async fn create(
    State(app): House,
    Extension(caller): Who,
    body: Bytes,
) -> Result<(StatusCode, Json<Slip>), Refusal> {
    let example = "{\"department\":\"market\",\"way\":\"phone\",\"title\":\"…\",\"content\":\"…\"}";
    let new: New = serde_json::from_str(text(&body)?).map_err(|e| unreadable("enquiry.request", &e, example))?;
    let one = new.enquiry(&app, &caller.user, false)?;
    Ok((StatusCode::CREATED, Json(app.register_enquiry(one, &caller.user).await?)))
}

pub(super) async fn act(
    State(app): House,
    Extension(caller): Who,
    Path((no, act)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body = text(&body)?;
    let words: Words = match body.trim() {
        "" => Words::default(),
        body => serde_json::from_str(body).map_err(|e| unreadable("enquiry.request", &e, "{\"text\": \"…\"}"))?,
    };
    let work = async {
        let mut kept = stored(&app, &caller, &no).await?;
        let was = kept.matter.state;
        let Words { text, department, satisfied } = words;
        let meant = match act.as_str() {
            "reply" => EnquiryAct::Reply { text },
            "return" => EnquiryAct::Return { text },
            "transfer" => {
                let missing = || bad("enquiry.request", "缺少 department", "{\"department\": \"health\"}");
                let department = department.ok_or_else(missing)?;
                app.department(&department)?;
                EnquiryAct::Transfer { department, text }
            }
            "route-out" => EnquiryAct::RouteOut { text },
            "close" => EnquiryAct::Close { satisfied, text },
            _ => return Err(refuse(StatusCode::NOT_FOUND, "http.unknown", "没有这项操作", "见 /api/v1/openapi.json")),
        };
        kept.matter.act(meant, actor(&caller), app.clock.now()).map_err(Problem::from)?;
        let deed = Deed { act: &act, by: &caller.user };
        let one = app.keep_registered(kept, deed, json!({ "from": was.as_str() })).await?;
        Ok((StatusCode::OK, one.shown(false)))
    };
    once(&app, &caller, (&format!("enquiries/{no}/{act}"), &headers, body), work).await
}
