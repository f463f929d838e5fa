//! A group of notices becomes a message: names are looked up, times are spelt out, the words are filled in.

use super::plan::{Notice, summary};
use super::template::{DIGEST, Fields, TEST, fill, template};
use crate::app::App;
use crate::config::notify::Channel;
use crate::desk;
use crate::problem::Problem;
use chrono::Timelike;
use daylight_domain::Timestamp;
use daylight_domain::finding::Level;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// So many notices of a digest are listed one by one.
const LISTED: usize = 10;

/// What is told, the same for every channel. Kept with the delivery, so that every attempt says the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// Topic; `digest` for several notices in one.
    pub topic: String,
    /// One line.
    pub title: String,
    /// The text.
    pub text: String,
    /// The highest level of the cards it tells of.
    pub level: Option<Level>,
    /// Where to read more.
    pub link: Option<String>,
    /// How many notices it tells.
    pub count: usize,
    /// The first of them, field by field.
    pub notices: Vec<Fields>,
    /// When it was written.
    pub at: Timestamp,
}

/// A time as people write it; the last instant of a day is that day.
fn said(time: Timestamp) -> String {
    let local = time.local();
    let last = (local.hour(), local.minute(), local.second()) == (23, 59, 59);
    local.format(if last { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M" }).to_string()
}

fn base(app: &App, channel: &Channel) -> Option<String> {
    let link = channel.link.as_ref().or(app.config.notify.link.as_ref()).or(app.config.main.listen.public.as_ref())?;
    Some(link.trim_end_matches('/').to_owned())
}

async fn fields(app: &App, channel: &Channel, notice: &Notice) -> Result<Fields, Problem> {
    let case = match &notice.case_no {
        Some(no) => app.store.case(&notice.owner, no).await?,
        None => None,
    };
    let rules = &app.config.rules;
    let code = case.as_ref().map(|c| &c.case.item_code).or(notice.item.as_ref());
    let item = code.and_then(|code| rules.catalogue.at(code, notice.at.date()));
    let place = match notice.topic.split('.').next() {
        Some("order") => format!("api/v1/supervision-orders/{}/paper", notice.number),
        Some("investigation") => format!("api/v1/investigations/{}/paper", notice.number),
        Some("score") => format!("api/v1/score-runs/{}", notice.number),
        Some("complaint") => format!("api/v1/complaints/{}", notice.number),
        Some("enquiry") => format!("api/v1/enquiries/{}", notice.number),
        Some("rating") => format!("api/v1/ratings/{}", notice.number),
        Some("exclusion") => format!("api/v1/exclusions/{}", notice.number),
        Some("connector") => format!("api/v1/connectors/{}", notice.department),
        // Whoever works at the desk works on its pages.
        Some("desk") => {
            notice.case_no.as_ref().map_or_else(|| "desk".to_owned(), |no| desk::address(&notice.owner, no))
        }
        _ => format!("api/v1/cards/{}/paper", notice.number),
    };
    Ok(Fields {
        county: app.config.main.county.name.clone(),
        department: name(app, &notice.department).to_owned(),
        item: item.map(|i| i.name.clone()).unwrap_or_default(),
        rule: rules.book.name_of(&notice.rule).map_or("", |(zh, _)| zh).to_owned(),
        level: notice.level.map(|l| l.name_zh().to_owned()).unwrap_or_default(),
        number: notice.number.clone(),
        due: case.and_then(|c| c.promise_due.or(c.legal_due)).map(said).unwrap_or_default(),
        reply_due: notice.reply_due.map(said).unwrap_or_default(),
        link: base(app, channel).map(|b| format!("{b}/{}", place.trim_start_matches('/'))).unwrap_or_default(),
        ..Fields::default()
    })
}

fn name<'a>(app: &'a App, id: &'a str) -> &'a str {
    app.config.departments.get(id).map_or(id, |d| d.name.as_str())
}

/// A notice of a digest, on one line.
fn listed(n: &Fields) -> String {
    let until = |word: &str, time: &str| if time.is_empty() { String::new() } else { format!("{word} {time}") };
    let (due, reply_due) = (until("办理期限", &n.due), until("反馈期限", &n.reply_due));
    let parts = ["·", &n.number, &n.level, &n.department, &n.item, &due, &reply_due];
    parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The message of a group.
///
/// # Errors
/// The store's own.
pub async fn compose(app: &App, channel: &Channel, group: &[Notice], now: Timestamp) -> Result<Message, Problem> {
    let mut notices = Vec::new();
    for notice in group.iter().take(LISTED) {
        notices.push(fields(app, channel, notice).await?);
    }
    let one = match (notices.as_slice(), group) {
        ([only], [notice]) => Some((only.clone(), notice.topic.clone())),
        _ => None,
    };
    let (all, topic) = one.unwrap_or_else(|| (many(app, channel, group, &notices), DIGEST.to_owned()));
    let (title, text) = fill(&template(&app.config.notify, &topic), &all);
    Ok(Message {
        title,
        text,
        level: group.iter().filter_map(|n| n.level).max(),
        link: Some(all.link).filter(|l| !l.is_empty()),
        count: group.len(),
        notices,
        at: now,
        topic,
    })
}

fn many(app: &App, channel: &Channel, group: &[Notice], notices: &[Fields]) -> Fields {
    let mut list: Vec<String> = notices.iter().map(listed).collect();
    if group.len() > notices.len() {
        list.push(format!("……共 {} 件", group.len()));
    }
    Fields {
        county: app.config.main.county.name.clone(),
        count: group.len().to_string(),
        summary: summary(group, |id| name(app, id).to_owned()),
        list: list.join("\n"),
        link: base(app, channel).map(|b| format!("{b}/")).unwrap_or_default(),
        ..Fields::default()
    }
}

/// The message of `notify test`.
#[must_use]
pub fn trial(app: &App, channel: &Channel, now: Timestamp) -> Message {
    let link = base(app, channel).map(|b| format!("{b}/"));
    let county = app.config.main.county.name.clone();
    let fields = Fields { county, link: link.clone().unwrap_or_default(), ..Fields::default() };
    let (title, text) = fill(&template(&app.config.notify, TEST), &fields);
    Message { topic: TEST.to_owned(), title, text, level: None, link, count: 0, notices: Vec::new(), at: now }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_instant_of_a_day_is_that_day() {
        let at = |text: &str| Timestamp::parse(text).expect("a time");
        assert_eq!(said(at("2026-04-08T23:59:59.999+08:00")), "2026-04-08");
        assert_eq!(said(at("2026-04-08 16:30")), "2026-04-08 16:30");
    }
}
