//! Rating a service by the link that was sent for it: five words in large letters, once.

use super::super::form::{body_of, in_words, refill};
use super::super::{House, answer, said_or};
use super::around;
use crate::api::answer::Refusal;
use crate::api::guide::{self, Rateable};
use crate::api::public::{self, From};
use crate::app::App;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use daylight_console::sheet::{Body, Field, Form, Kind, Said, Sheet};
use daylight_console::shell::Shell;
use daylight_console::text::{Text, data};

/// Read at a counter and by everybody: always in large letters.
fn large(app: &App, asked: (&HeaderMap, &Uri)) -> Shell {
    Shell { large: true, ..around(app, asked, "") }
}

fn form(s: &Shell, link: &str) -> Form {
    let words = ["1", "2", "3", "4", "5"].map(|n| (n.to_owned(), s.of("public_content.", n).into())).to_vec();
    let fields = vec![
        Field::hidden("link", link),
        Field::new("satisfaction", s.t("public.how_content"), Kind::Radio(words)).needed(),
        Field::new("text", s.t("public.rating_words"), Kind::Long),
    ];
    Form::new(format!("/public/ratings/{link}"), s.t("public.do_rate"), fields)
}

fn sheet(s: &Shell, link: &str, one: &Rateable) -> Sheet {
    let fact = |label: &str, text: Text| (s.t(label).into(), Said::Text(text));
    let facts = vec![
        fact("case.item", data(&one.item)),
        fact("list.department", data(&one.department)),
        fact("case.finished", said_or(one.finished_at).into()),
    ];
    Sheet::new(s, s.t("public.rating")).with(Body::Facts(facts)).with(Body::Forms(vec![form(s, link)]))
}

pub(super) async fn page(
    State(app): House,
    from: From,
    Path(link): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let s = large(&app, (&headers, &uri));
    let one = guide::rateable(State(app.clone()), from, Path(link.clone())).await?.0;
    answer(&s, &sheet(&s, &link, &one))
}

pub(super) async fn rate(
    State(app): House,
    from: From,
    Path(link): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let s = large(&app, (&headers, &uri));
    // The kinds of fields say what is text; how content somebody is, is a number.
    let mut json: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&body_of(&form(&s, &link), &body)).unwrap_or_default();
    if let Some(word) = json.get("satisfaction").and_then(|v| v.as_str()).and_then(|w| w.parse::<u8>().ok()) {
        json.insert("satisfaction".to_owned(), word.into());
    }
    json.insert("link".to_owned(), link.clone().into());
    let json = serde_json::Value::Object(json).to_string();
    let rated = public::rate(State(app.clone()), from, json.into()).await;
    let (sheet, status) = match rated {
        Ok(_) => {
            let thanks = vec![s.t("public.thanks").into()];
            (Sheet::new(&s.clone().once(), s.t("public.rated")).with(Body::Text(thanks)), StatusCode::CREATED)
        }
        Err(refusal) => {
            let mut form = form(&s, &link);
            refill(&mut form, &body);
            let (status, words) = in_words(&s, &form, refusal)?;
            let mut sheet = Sheet::new(&s, s.t("public.rating"));
            if status == StatusCode::BAD_REQUEST {
                sheet = sheet.with(Body::Forms(vec![form]));
            }
            sheet.said = Some(words);
            (sheet, status)
        }
    };
    let mut made = answer(&s, &sheet)?;
    *made.status_mut() = status;
    Ok(made)
}
