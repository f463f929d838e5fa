//! One channel at work: what it has to tell is planned and written, then what is due is sent. Each channel has a courier and
//! a task of its own, so that one that hangs holds up nobody else; no card waits for any of them.
//!
//! At least once: what was taken by the other side and not yet noted here when the process died is sent again, with the same
//! key.

use super::channel::{Failure, Post, Speaker, speaker};
use super::message::{Message, compose};
use super::plan::{Lane, Next, Window, failed, key, plan, recipients};
use crate::app::App;
use crate::config::notify::Channel;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::time::DAY_MS;
use daylight_store::{DeliveryPlan, DeliveryRow, DeliveryState, StoreError};
use std::sync::Arc;

/// Rows of the outbox read at once.
const READ: u32 = 1000;
/// Deliveries sent before the outbox is looked at again: what is urgent waits for no more.
const BATCH: u32 = 20;
/// Deliveries that share the failure of their channel.
const SHARED: u32 = 1000;
/// Times of earlier messages that are read for the limit of a day.
const REMEMBERED: u32 = 100_000;

/// A channel at work.
pub struct Courier {
    app: Arc<App>,
    channel: Channel,
    speaker: Box<dyn Speaker>,
    windows: Vec<Window>,
    /// Nothing of the slow lane may go before.
    rest_until: Option<Timestamp>,
    /// What was said last of its state, so that each change is said once.
    failing: bool,
    dead: bool,
}

impl Courier {
    /// Makes a channel ready. One that never began begins with the present.
    ///
    /// # Errors
    /// What in the configuration cannot be used; the store's own.
    pub async fn new(app: &Arc<App>, id: &str) -> Result<Self, Problem> {
        let channel = channel(app, id)?.clone();
        let speaker = speaker(app, &channel)?;
        let now = app.clock.now();
        let sent = app.store.sent_since(id, now.plus_ms(-DAY_MS), REMEMBERED).await?;
        let window = |limit: Option<u32>, span_ms: i64| limit.map(|n| Window::new(n, span_ms, sent.clone()));
        let windows = [window(channel.per_minute(), 60_000), window(channel.per_day, DAY_MS)];
        let left = app.store.delivery_totals().await?.into_iter().find(|t| t.channel == id).unwrap_or_default();
        let courier = Self {
            app: Arc::clone(app),
            windows: windows.into_iter().flatten().collect(),
            channel,
            speaker,
            rest_until: None,
            failing: left.failing_since.is_some(),
            dead: left.dead > 0,
        };
        courier.begin().await?;
        Ok(courier)
    }

    async fn begin(&self) -> Result<(), Problem> {
        let end = self.app.store.outbox_end().await?;
        for lane in [Lane::Urgent, Lane::Rest] {
            if self.app.store.delivery_position(&self.channel.id, lane.as_str()).await?.is_none() {
                self.app.store.plan_deliveries(&self.step_of(lane, None, end, Vec::new())).await?;
            }
        }
        Ok(())
    }

    /// Plans what is to be told, and sends what is due. Gives whether there is more to do at once.
    ///
    /// # Errors
    /// The store's own; what a channel fails at is noted with its deliveries.
    pub async fn step(&mut self) -> Result<bool, Problem> {
        let mut more = false;
        for lane in [Lane::Urgent, Lane::Rest] {
            more |= self.plan(lane).await?;
        }
        more |= self.send().await?;
        Ok(more)
    }

    fn step_of(&self, lane: Lane, from: Option<u64>, to: u64, rows: Vec<DeliveryRow>) -> DeliveryPlan {
        DeliveryPlan { channel: self.channel.id.clone(), lane: lane.as_str().to_owned(), from, to, rows }
    }

    /// Gives whether the outbox holds more than was read.
    async fn plan(&mut self, lane: Lane) -> Result<bool, Problem> {
        let now = self.app.clock.now();
        if lane == Lane::Rest && self.rest_until.is_some_and(|until| until > now) {
            return Ok(false);
        }
        let Some(from) = self.app.store.delivery_position(&self.channel.id, lane.as_str()).await? else {
            self.begin().await?;
            return Ok(true);
        };
        let rows = self.app.store.outbox_after(from, None, READ).await?;
        if rows.is_empty() {
            return Ok(false);
        }
        let full = rows.len() >= usize::try_from(READ).unwrap_or(usize::MAX);
        let rules = &self.app.config.rules;
        // Without a calendar nobody knows when one works: then it is told at once.
        let open = rules.schedule.after(&rules.calendar, now, 0).unwrap_or(now);
        match plan(&self.channel, lane, &rows, full, (now, open)) {
            Next::Wait { to, until } => {
                self.rest_until = if lane == Lane::Rest { until } else { self.rest_until };
                if to > from {
                    self.app.store.plan_deliveries(&self.step_of(lane, Some(from), to, Vec::new())).await?;
                }
                Ok(full && until.is_none())
            }
            Next::Tell { to, groups } => {
                let mut rows = Vec::new();
                for group in &groups {
                    let message = compose(&self.app, &self.channel, group, now).await?;
                    let body = serde_json::to_string(&message).unwrap_or_default();
                    rows.extend(recipients(&self.channel).into_iter().map(|recipient| DeliveryRow {
                        id: uuid::Uuid::now_v7().to_string(),
                        channel: self.channel.id.clone(),
                        key: key(&self.channel.id, &recipient, group),
                        recipient,
                        topic: message.topic.clone(),
                        state: DeliveryState::Pending,
                        urgent: lane == Lane::Urgent,
                        body: body.clone(),
                        attempts: 0,
                        next_at: now,
                        failing_since: None,
                        last_error: None,
                        created_at: now,
                        sent_at: None,
                    }));
                }
                self.app.store.plan_deliveries(&self.step_of(lane, Some(from), to, rows)).await?;
                Ok(full)
            }
        }
    }

    /// Gives whether a whole batch went.
    async fn send(&mut self) -> Result<bool, Problem> {
        let due = self.app.store.due_deliveries(&self.channel.id, self.app.clock.now(), BATCH).await?;
        let full = due.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX);
        for row in due {
            let now = self.app.clock.now();
            if !self.windows.iter_mut().all(|w| w.may(now)) {
                return Ok(false);
            }
            self.windows.iter_mut().for_each(|w| w.note(now));
            match self.post(&row, now).await {
                Ok(()) => self.sent(row).await?,
                Err(failure) => {
                    self.failed(row, &failure).await?;
                    if failure.whole {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(full)
    }

    async fn post(&self, row: &DeliveryRow, now: Timestamp) -> Result<(), Failure> {
        let unreadable = |e: serde_json::Error| Failure::one("notify.refused", e.to_string());
        let message: Message = serde_json::from_str(&row.body).map_err(unreadable)?;
        let post = Post { id: &row.id, key: &row.key, recipient: &row.recipient, message: &message, now };
        self.speaker.send(&post).await
    }

    async fn sent(&mut self, row: DeliveryRow) -> Result<(), Problem> {
        let now = self.app.clock.now();
        let row = DeliveryRow {
            state: DeliveryState::Sent,
            attempts: row.attempts.saturating_add(1),
            failing_since: None,
            last_error: None,
            sent_at: Some(now),
            ..row
        };
        self.app.store.settle_delivery(&row).await?;
        if !self.failing && !self.dead {
            return Ok(());
        }
        let left = self.app.store.delivery_totals().await?.into_iter().find(|t| t.channel == self.channel.id);
        let left = left.unwrap_or_default();
        if left.failing_since.is_none() && left.dead == 0 {
            (self.failing, self.dead) = (false, false);
            tracing::info!(channel = %self.channel.id, "通知通道恢复正常");
        }
        Ok(())
    }

    /// Notes a failure; one of the whole channel with everything that was due, since nothing of it would have got through.
    async fn failed(&mut self, row: DeliveryRow, failure: &Failure) -> Result<(), Problem> {
        let (now, text) = (self.app.clock.now(), failure.to_string());
        let give_up_ms = i64::from(self.app.config.notify.give_up_hours) * 3_600_000;
        let rows = match failure.whole {
            true => self.app.store.due_deliveries(&self.channel.id, now, SHARED).await?,
            false => vec![row.clone()],
        };
        let rows: Vec<DeliveryRow> = rows.iter().map(|r| failed(r, now, &text, give_up_ms)).collect();
        // What has just joined waits as long as what has failed longest: a dead channel is not asked more often for it.
        let next_at = rows.iter().map(|r| r.next_at).max().unwrap_or(now);
        for one in rows {
            let gave_up = one.state == DeliveryState::Dead;
            self.app.store.settle_delivery(&DeliveryRow { next_at, ..one }).await?;
            if gave_up && !self.dead {
                self.dead = true;
                tracing::error!(channel = %self.channel.id, "通知无法送达，已放弃：{text}；修复后执行 daylight notify retry");
            }
        }
        if !self.failing {
            self.failing = true;
            tracing::warn!(channel = %self.channel.id, "通知发送失败，将继续重试：{text}");
        }
        Ok(())
    }
}

/// A channel of the configuration.
///
/// # Errors
/// `notify.unknown`
pub fn channel<'a>(app: &'a App, id: &str) -> Result<&'a Channel, Problem> {
    let all = &app.config.notify.channels;
    let unknown = || {
        let known: Vec<&str> = all.iter().map(|c| c.id.as_str()).collect();
        Problem::new("notify.unknown", format!("没有通道“{id}”")).fix(if known.is_empty() {
            "在 notify.toml 中配置通道".to_owned()
        } else {
            known.join("、")
        })
    };
    all.iter().find(|c| c.id == id).ok_or_else(unknown)
}

/// Whether somebody else was faster: looked at again, it comes out right.
pub(super) fn is_conflict(problem: &Problem) -> bool {
    problem.code == Problem::from(StoreError::Conflict(String::new())).code
}
