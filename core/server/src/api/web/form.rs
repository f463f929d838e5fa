//! Forms of the console: what was sent becomes the body the API takes, and what was refused stands in the form again.

use super::House;
use crate::api::answer::{BODY, Refusal, bad};
use crate::problem::{Problem, registry};
use axum::body::Bytes;
use axum::extract::Multipart;
use axum::extract::multipart::MultipartError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use daylight_console::sheet::{Field, Form, Kind};
use daylight_console::shell::{Shell, key};
use daylight_console::text::Text;
use daylight_console::words::{Lang, say};
use serde_json::{Map, Value};

/// The words sent under a name.
pub(super) fn sent(body: &[u8], name: &str) -> Vec<String> {
    form_urlencoded::parse(body).filter(|(n, _)| n == name).map(|(_, v)| v.into_owned()).collect()
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect()
}

/// What a field sent, as JSON; nothing where it was left empty. What is no number goes on as it was typed, so that the API says so.
fn value(field: &Field, words: Vec<String>) -> Option<Value> {
    if let Kind::Many(_) = field.kind {
        return (!words.is_empty()).then(|| Value::from(words));
    }
    let word = words.into_iter().next_back().unwrap_or_default().replace("\r\n", "\n");
    match field.kind {
        Kind::Tick => Some(Value::Bool(word == "true")),
        Kind::Lines => Some(lines(&word)).filter(|all| !all.is_empty()).map(Value::from),
        _ if word.trim().is_empty() => None,
        Kind::Number => Some(word.trim().parse::<i64>().map_or_else(|_| Value::from(word.trim()), Value::from)),
        Kind::Hidden | Kind::Radio(_) | Kind::Row(_) if word == "true" || word == "false" => {
            Some(Value::Bool(word == "true"))
        }
        _ => Some(Value::from(word)),
    }
}

fn put(object: &mut Map<String, Value>, name: &str, value: Value) {
    match name.split_once('.') {
        None => {
            object.insert(name.to_owned(), value);
        }
        Some((outer, inner)) => {
            let within = object.entry(outer).or_insert_with(|| Value::Object(Map::new()));
            if let Some(within) = within.as_object_mut() {
                put(within, inner, value);
            }
        }
    }
}

/// The body of the API for what a form sent: its fields and nothing else.
pub(super) fn body_of(form: &Form, body: &[u8]) -> String {
    let mut object = Map::new();
    for field in &form.fields {
        if let Some(value) = value(field, sent(body, &field.name)) {
            put(&mut object, &field.name, value);
        }
    }
    Value::Object(object).to_string()
}

/// Puts back what was typed, so that nobody types it twice. Passwords are not.
pub(super) fn refill(form: &mut Form, body: &[u8]) {
    for field in &mut form.fields {
        if !matches!(field.kind, Kind::Password(_) | Kind::Hidden | Kind::File) {
            field.value = sent(body, &field.name).join("\n").replace("\r\n", "\n");
        }
    }
}

/// A file as a form sent it.
pub(super) struct File {
    /// As it is called, without where it lay.
    pub name: String,
    /// What the browser takes it for.
    pub media: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// The first file of a form; without a name where none was chosen.
pub(super) async fn file(mut parts: Multipart) -> Result<File, Refusal> {
    let broken = |e: MultipartError| bad("http.form", &e.body_text(), "在页面上重新选择文件后发送");
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let Some(name) = part.file_name().map(|n| n.rsplit(['/', '\\']).next().unwrap_or("").to_owned()) else {
            continue;
        };
        let media = part.content_type().unwrap_or("application/octet-stream").to_owned();
        return Ok(File { name, media, bytes: part.bytes().await.map_err(broken)? });
    }
    Err(bad("http.form", "没有选择文件", "选择一个文件后再发送"))
}

/// Goes to a page after a deed, by GET.
pub(super) fn go(to: &str) -> Response {
    let to = HeaderValue::from_str(to).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

/// What a deed was refused with, for its page and in its language; what is not the reader's fault goes on.
pub(super) fn refused(s: &Shell, refusal: Refusal) -> Result<(StatusCode, Text), Refusal> {
    let Refusal(status, problem) = refusal;
    if !status.is_client_error() {
        return Err(Refusal(status, problem));
    }
    Ok((status, sentence(s, plain(s.lang, &problem), &problem.code)))
}

/// What happened, the way out, and the code, as one paragraph.
fn sentence(s: &Shell, (said, fix): (String, String), code: &str) -> Text {
    match s.lang {
        Lang::En => format!("{}. {} ({code})", said.trim_end_matches('.'), fix.trim_end_matches('.')).into(),
        Lang::Zh if fix.is_empty() => format!("{said}（{code}）").into(),
        Lang::Zh => format!("{said}。{}（{code}）", fix.trim_end_matches('。')).into(),
    }
}

/// What happened, and what somebody at a page does about it: no word of how programs ask.
pub(super) fn plain(lang: Lang, problem: &Problem) -> (String, String) {
    let entry = registry::entry(&problem.code);
    if problem.place.as_ref().is_some_and(|place| place.file.as_os_str() == BODY) {
        // A form whose fields do not make what the API takes; where that broke is for programs.
        let fix = entry.map_or("", |e| if lang == Lang::En { e.page_en } else { e.page_zh });
        return (say(lang, key("form.unreadable")).to_owned(), fix.to_owned());
    }
    match (lang, entry) {
        (Lang::En, Some(e)) => (e.en.to_owned(), if e.page_en.is_empty() { e.fix_en } else { e.page_en }.to_owned()),
        (_, Some(e)) if !e.page_zh.is_empty() => (problem.message.clone(), e.page_zh.to_owned()),
        (_, entry) => {
            let usual = || entry.map_or(String::new(), |e| e.fix_zh.to_owned());
            (problem.message.clone(), problem.fix.clone().filter(|f| !f.is_empty()).unwrap_or_else(usual))
        }
    }
}

/// A refused form of the public in the words of its fields: which is missing, too long, or not to be read.
pub(super) fn in_words(s: &Shell, form: &Form, refusal: Refusal) -> Result<(StatusCode, Text), Refusal> {
    let Refusal(status, problem) = &refusal;
    let message = &problem.message;
    let missing = message.strip_prefix("缺少 ").or_else(|| message.split("missing field `").nth(1)?.split('`').next());
    let label = |name: &str| {
        let is_it = |f: &&Field| f.name.rsplit('.').next() == Some(name);
        form.fields.iter().find(is_it).map(|f| f.label.to_string())
    };
    let said = match (missing.and_then(label), message.split_once(' ')) {
        (Some(label), _) => Some(s.t("public.lacks").replace("{f}", &label)),
        (None, Some((name, rest))) => label(name).map(|label| match s.lang {
            Lang::Zh => format!("“{label}”{rest}"),
            Lang::En => format!("“{label}”: {}", plain(Lang::En, problem).0),
        }),
        (None, None) => None,
    };
    let said = said.or_else(|| problem.code.ends_with(".request").then(|| s.t("public.unreadable").to_owned()));
    match said {
        Some(said) => Ok((*status, sentence(s, (said, s.t("public.fill_in").to_owned()), &problem.code))),
        None => refused(s, refusal),
    }
}

/// The number in an answer of the API, where something was made.
pub(super) async fn number(answer: Response) -> Option<String> {
    let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.ok()?;
    let value: Value = serde_json::from_slice(&bytes).ok()?;
    value.get("no").or_else(|| value.get("id")).and_then(Value::as_str).map(str::to_owned)
}

/// The rows of an answer of the API, and where the list goes on.
pub(super) fn rows<T: serde::de::DeserializeOwned>(answer: Value) -> Result<(Vec<T>, Option<String>), Refusal> {
    let next = answer.get("next").and_then(Value::as_str).map(str::to_owned);
    let items = answer.get("items").cloned().unwrap_or_default();
    Ok((read(items)?, next))
}

/// An answer of the API as what it is.
pub(super) fn read<T: serde::de::DeserializeOwned>(answer: Value) -> Result<T, Refusal> {
    serde_json::from_value(answer)
        .map_err(|e| crate::problem::Problem::new("internal", format!("回答的形状不对：{e}")).into())
}

/// The house, for calling an operation of the API.
pub(super) fn house(app: &std::sync::Arc<crate::app::App>) -> House {
    axum::extract::State(std::sync::Arc::clone(app))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_becomes_the_body_the_api_takes() {
        let fields = vec![
            Field::new("days", "", Kind::Number),
            Field::new("cards", "", Kind::Lines),
            Field::new("joint", "", Kind::Many(Vec::new())),
            Field::new("complainant.name", "", Kind::Line),
            Field::new("confidential", "", Kind::Tick),
            Field::new("text", "", Kind::Long),
            Field::hidden("upheld", "false"),
        ];
        let form = Form::new("/x", "x", fields);
        let sent = b"days=3&cards=A%0D%0A+B%0D%0A&joint=a&joint=b&complainant.name=%E6%9D%8E&text=&upheld=false&more=1";
        let body: Value = serde_json::from_str(&body_of(&form, sent)).expect("JSON");
        let wanted = serde_json::json!({
            "days": 3, "cards": ["A", "B"], "joint": ["a", "b"], "complainant": {"name": "李"}, "confidential": false, "upheld": false
        });
        assert_eq!(body, wanted);
        let wrong: Value = serde_json::from_str(&body_of(&form, b"days=three")).expect("JSON");
        assert_eq!(wrong["days"], "three");
        let mut again = form;
        refill(&mut again, sent);
        assert_eq!((again.fields[0].value.as_str(), again.fields[1].value.as_str()), ("3", "A\n B\n"));
    }
}
