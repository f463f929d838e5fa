//! Statistics, and the vocabulary they speak.

use super::answer::{Answer, Asked, Refusal, bad, date};
use super::auth::within;
use crate::app::App;
use crate::people::Caller;
use crate::stats::{Asked as Wanted, By, vocabulary};
use axum::extract::{Query, State};
use axum::{Extension, Json};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

/// What a query asks for.
pub(super) fn asked(caller: &Caller, query: &HashMap<String, String>) -> Result<Wanted, Refusal> {
    let (Some(from), Some(to)) = (date(query, "from")?, date(query, "to")?) else {
        return Err(bad("query.range", "需要 from 与 to", "例：from=2026-03-01&to=2026-03-31"));
    };
    let words: Vec<&str> = By::WORDS.iter().map(|(word, _)| *word).collect();
    let group = query.get("group").map(|word| {
        let wrong = || bad("query.group", &format!("不能按“{word}”分组"), &format!("可用：{}", words.join("、")));
        By::from_name(word).ok_or_else(wrong)
    });
    let previous = match query.get("compare").map(String::as_str) {
        None => false,
        Some("previous") => true,
        Some(word) => {
            return Err(bad("query.compare", &format!("不能与“{word}”比较"), "compare=previous 与上一期比较"));
        }
    };
    let of = |name: &str| query.get(name).cloned();
    let wanted = Wanted {
        department: within(caller, query.get("department"))?,
        item: of("item"),
        window: of("window"),
        region: of("region"),
        from,
        to,
        group: group.transpose()?,
        previous,
        short: false,
    };
    Ok(wanted)
}

pub(super) async fn stats(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Query(query): Asked,
) -> Answer {
    Ok(Json(json!(app.stats(&asked(&caller, &query)?).await?)))
}

/// The measures a standard may be given and statistics show.
pub(super) async fn measures() -> Answer {
    Ok(Json(json!({ "items": vocabulary(), "next": null })))
}
