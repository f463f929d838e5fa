//! Pure planning: which messages of the outbox a channel hears of, which of them may go now, and which go together. The
//! outbox itself is the queue: what may not go yet stays there, and the channel's place before it.

use crate::config::notify::{Channel, Kind};
use crate::intake::schedule::Backoff;
use daylight_domain::Timestamp;
use daylight_domain::finding::Level;
use daylight_domain::rule::is_reminder;
use daylight_store::{DeliveryRow, DeliveryState, OutboxRow};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};

/// More than so many that wait at the same moment become one message, on a channel without a digest too: after a night, or
/// after a morning on which many cases fall due, nobody reads fifty.
pub const BURST: usize = 5;
/// After failures: one minute, doubling, at most an hour.
pub const BACKOFF: Backoff = Backoff { first_ms: 60_000, ceiling_ms: 3_600_000 };

/// The two ways through the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// What is about a red card: never held back.
    Urgent,
    /// Everything else.
    Rest,
}

impl Lane {
    /// The word in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::Rest => "rest",
        }
    }
}

/// A message of the outbox, as far as it concerns telling people. Its body holds more; nothing else is read from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its place.
    pub seq: u64,
    /// The outbox row.
    pub id: String,
    /// Topic.
    pub topic: String,
    /// Department id.
    pub department: String,
    /// Number of the card or the order; of the desk: of the case, which the house drew, or how much there is; of a connector: how it stands.
    pub number: String,
    /// The department of the case, where another is told of it.
    pub owner: String,
    /// Level of the card.
    pub level: Option<Level>,
    /// The card's rule.
    pub rule: String,
    /// The case, to look up the item and its limit; it is never told.
    pub case_no: Option<String>,
    /// The item, where the case may not be taken in yet.
    pub item: Option<String>,
    /// Until when an answer is due.
    pub reply_due: Option<Timestamp>,
    /// When it was written.
    pub at: Timestamp,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    card: Option<String>,
    order: Option<String>,
    investigation: Option<String>,
    score: Option<String>,
    complaint: Option<String>,
    enquiry: Option<String>,
    rating: Option<String>,
    exclusion: Option<String>,
    connector: Option<String>,
    desk: Option<String>,
    waiting: Option<u64>,
    owner: Option<String>,
    item: Option<String>,
    rule: String,
    level: Option<Level>,
    case_no: Option<String>,
    feedback_due: Option<Timestamp>,
    due: Option<Timestamp>,
}

impl Notice {
    /// Reads a row of the outbox.
    #[must_use]
    pub fn of(row: &OutboxRow) -> Self {
        let body: Body = serde_json::from_str(&row.body).unwrap_or_default();
        Self {
            seq: row.seq,
            id: row.id.clone(),
            topic: row.topic.clone(),
            department: row.department.clone(),
            number: [
                body.card,
                body.order,
                body.investigation,
                body.complaint,
                body.enquiry,
                body.rating,
                body.score,
                body.exclusion,
                body.connector,
                body.desk.clone(),
                body.waiting.map(|n| n.to_string()),
            ]
            .into_iter()
            .flatten()
            .next()
            .unwrap_or_default(),
            owner: body.owner.unwrap_or_else(|| row.department.clone()),
            level: body.level,
            rule: body.rule,
            case_no: body.case_no.or(body.desk),
            item: body.item,
            reply_due: body.feedback_due.or(body.due),
            at: row.created_at,
        }
    }

    fn lane(&self) -> Lane {
        if self.level == Some(Level::Red) { Lane::Urgent } else { Lane::Rest }
    }

    /// How a digest counts it, and its place in the order.
    fn counted(&self) -> (u8, &'static str) {
        match self.level {
            Some(level) if self.topic == "card.issued" => {
                let near = level == Level::Prewarning && is_reminder(&self.rule, level);
                (level as u8, if near { "临期" } else { level.name_zh() })
            }
            _ => (u8::MAX, super::template::noun(&self.topic)),
        }
    }
}

/// Whether a channel hears of a notice.
#[must_use]
pub fn hears(channel: &Channel, notice: &Notice) -> bool {
    channel.topics.contains(&notice.topic)
        && notice.level.is_none_or(|level| channel.levels.contains(&level))
        && (channel.departments.is_empty() || channel.departments.contains(&notice.department))
}

/// What a look at the outbox comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing may go yet.
    Wait {
        /// Everything up to here does not concern the channel.
        to: u64,
        /// What waits may go then.
        until: Option<Timestamp>,
    },
    /// These go now, each group as one message.
    Tell {
        /// Everything up to here is told with them.
        to: u64,
        /// Never empty groups.
        groups: Vec<Vec<Notice>>,
    },
}

/// Plans a lane over the rows after the channel's place. `full`: there are more rows than were read. `open`: the next working
/// moment, which is now in working time.
#[must_use]
pub fn plan(
    channel: &Channel,
    lane: Lane,
    rows: &[OutboxRow],
    full: bool,
    (now, open): (Timestamp, Timestamp),
) -> Next {
    let to = rows.last().map_or(0, |r| r.seq);
    let notices = rows.iter().map(Notice::of);
    let wanted: Vec<Notice> = notices.filter(|n| n.lane() == lane && hears(channel, n)).collect();
    let Some(first) = wanted.first() else { return Next::Wait { to, until: None } };
    let digest_ms = i64::from(channel.digest_minutes) * 60_000;
    if lane == Lane::Rest {
        let before = first.seq.saturating_sub(1);
        if channel.quiet && open > now {
            return Next::Wait { to: before, until: Some(open) };
        }
        let ripe = first.at.plus_ms(digest_ms);
        if ripe > now && !full {
            return Next::Wait { to: before, until: Some(ripe) };
        }
    }
    let apart = lane == Lane::Urgent || (digest_ms == 0 && wanted.len() <= BURST);
    let groups = if apart { wanted.into_iter().map(|n| vec![n]).collect() } else { vec![wanted] };
    Next::Tell { to, groups }
}

/// To whom a channel sends each message: mail, webhooks and files to each recipient, a robot once to its group.
#[must_use]
pub fn recipients(channel: &Channel) -> Vec<String> {
    match channel.kind {
        Kind::DingTalk | Kind::WeCom => vec![channel.to.join(",")],
        _ if channel.to.is_empty() => vec![String::new()],
        Kind::Smtp | Kind::Webhook | Kind::File => channel.to.clone(),
    }
}

/// The same for the same messages to the same recipient by the same channel, whenever and however often it is computed.
#[must_use]
pub fn key(channel: &str, recipient: &str, group: &[Notice]) -> String {
    let mut hash = Sha256::new();
    for part in [channel, recipient].into_iter().chain(group.iter().map(|n| n.id.as_str())) {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut text = hex::encode(hash.finalize());
    text.truncate(32);
    text
}

/// What a group comes to, a line for each department: `住建局 3 件临期，1 件黄牌`.
#[must_use]
pub fn summary(group: &[Notice], name: impl Fn(&str) -> String) -> String {
    let mut counts: BTreeMap<&str, BTreeMap<(u8, &str), usize>> = BTreeMap::new();
    for notice in group {
        *counts.entry(&notice.department).or_default().entry(notice.counted()).or_default() += 1;
    }
    let line = |(department, all): (&str, BTreeMap<(u8, &str), usize>)| {
        let parts: Vec<String> = all.into_iter().map(|((_, word), n)| format!("{n} 件{word}")).collect();
        format!("{} {}", name(department), parts.join("，"))
    };
    counts.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The delivery after an attempt that failed.
#[must_use]
pub fn failed(row: &DeliveryRow, now: Timestamp, error: &str, give_up_ms: i64) -> DeliveryRow {
    let attempts = row.attempts.saturating_add(1);
    let since = row.failing_since.unwrap_or(now);
    let state = if now.0 - since.0 >= give_up_ms { DeliveryState::Dead } else { DeliveryState::Pending };
    DeliveryRow {
        state,
        attempts,
        failing_since: Some(since),
        next_at: now.plus_ms(BACKOFF.after(attempts)),
        last_error: Some(error.to_owned()),
        ..row.clone()
    }
}

/// At most so many in any span of time: a log of when. A bucket that fills again would let up to twice as many into one
/// minute, and the vendors count by the minute.
#[derive(Clone, Debug)]
pub struct Window {
    limit: usize,
    span_ms: i64,
    times: VecDeque<Timestamp>,
}

impl Window {
    /// With what happened before, oldest first.
    #[must_use]
    pub fn new(limit: u32, span_ms: i64, before: Vec<Timestamp>) -> Self {
        Self { limit: usize::try_from(limit).unwrap_or(usize::MAX), span_ms, times: before.into() }
    }

    /// Whether one more may go now.
    pub fn may(&mut self, now: Timestamp) -> bool {
        while self.times.front().is_some_and(|t| t.plus_ms(self.span_ms) <= now) {
            self.times.pop_front();
        }
        self.times.len() < self.limit
    }

    /// One went.
    pub fn note(&mut self, now: Timestamp) {
        self.times.push_back(now);
    }
}

#[cfg(test)]
mod tests;
