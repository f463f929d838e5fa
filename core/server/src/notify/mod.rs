//! Telling people (通知). What is written to the outbox in the transaction of the data is told by the channels of `notify.toml`:
//! mail, signed webhooks, robots of 钉钉 and 企业微信, files for a ferry to another network.
//!
//! `outbox → plan → delivery → post → sent, or tried again, or dead`. Each channel has its own place in the outbox and its own
//! task. Planning writes deliveries and moves the place in one transaction; sending notes each attempt. So nothing is lost
//! when the process dies, and what may go twice goes with the same key. A message says what [`template::Fields`] holds and
//! nothing else: never who applied for what.

pub mod channel;
pub mod courier;
mod file;
mod http;
pub mod message;
pub mod plan;
pub mod robot;
pub mod smtp;
pub mod template;
pub mod webhook;

pub use courier::Courier;

use crate::app::App;
use crate::problem::Problem;
use channel::{Post, speaker};
use courier::{channel, is_conflict};
use daylight_domain::Timestamp;
use daylight_store::{AuditEntry, DeliveryRow};
use std::sync::Arc;
use std::time::Duration;

/// Whether told or not, a channel looks so often at what became due, by the machine's clock.
const LOOK: Duration = Duration::from_secs(1);
/// A channel that has been failing for so long deserves a look.
const FAILING_MS: i64 = 3_600_000;

/// Begins the work of every channel; it ends with the house.
pub async fn begin(app: &Arc<App>) {
    let open: Vec<String> = app.config.notify.channels.iter().map(|c| c.id.clone()).collect();
    match app.store.close_channels(&open, "notify.removed: 通道已不在配置中").await {
        Ok(0) => {}
        Ok(n) => tracing::warn!(deliveries = n, "通道已不在配置中，其待发送的通知已放弃"),
        Err(e) => tracing::error!("通知通道无法核对：{e}"),
    }
    for id in open {
        app.begin(work(Arc::clone(app), id));
    }
}

async fn work(app: Arc<App>, id: String) {
    let mut changed = app.changed.subscribe();
    let (mut courier, mut told) = (None, false);
    loop {
        changed.borrow_and_update();
        let outcome = match &mut courier {
            Some(courier) => Courier::step(courier).await,
            None => Courier::new(&app, &id).await.map(|c| courier.insert(c)).map(|_| true),
        };
        match outcome {
            Ok(more) => {
                told = false;
                if more {
                    continue;
                }
            }
            Err(e) if is_conflict(&e) => continue,
            Err(e) if !told => {
                told = true;
                tracing::error!(channel = %id, "通知通道停顿：{e}");
            }
            Err(_) => {}
        }
        let _ = tokio::time::timeout(LOOK, changed.changed()).await;
    }
}

/// How a channel stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Channel id.
    pub channel: String,
    /// Deliveries to be sent.
    pub pending: u64,
    /// Deliveries that were given up.
    pub dead: u64,
    /// Since when it has been failing.
    pub failing_since: Option<Timestamp>,
}

impl Standing {
    /// Whether it has been failing for longer than a short break takes.
    #[must_use]
    pub fn is_failing(&self, now: Timestamp) -> bool {
        self.failing_since.is_some_and(|since| now.0 - since.0 >= FAILING_MS)
    }
}

impl App {
    /// How every channel of the configuration stands.
    ///
    /// # Errors
    /// The store's own.
    pub async fn channels(&self) -> Result<Vec<Standing>, Problem> {
        let totals = self.store.delivery_totals().await?;
        let standing = |id: &String| {
            let t = totals.iter().find(|t| t.channel == *id).cloned().unwrap_or_default();
            Standing { channel: id.clone(), pending: t.pending, dead: t.dead, failing_since: t.failing_since }
        };
        Ok(self.config.notify.channels.iter().map(|c| standing(&c.id)).collect())
    }

    /// Sends a message that only shows that a channel works, to its own recipients or to somebody else, past every limit and
    /// queue. Gives to whom.
    ///
    /// # Errors
    /// `notify.unknown`, or why it was not taken.
    pub async fn notify_test(&self, id: &str, to: Option<&str>) -> Result<Vec<String>, Problem> {
        let channel = channel(self, id)?;
        let speaker = speaker(self, channel)?;
        let now = self.clock.now();
        let message = message::trial(self, channel, now);
        let recipients = to.map_or_else(|| plan::recipients(channel), |to| vec![to.to_owned()]);
        for recipient in &recipients {
            let id = uuid::Uuid::now_v7().to_string();
            speaker.send(&Post { id: &id, key: &id, recipient, message: &message, now }).await?;
        }
        Ok(recipients)
    }

    /// Has a delivery that was given up tried again.
    ///
    /// # Errors
    /// `delivery.unknown`, `delivery.state`, `notify.unknown` when its channel is gone.
    pub async fn retry_delivery(&self, id: &str, actor: &str) -> Result<DeliveryRow, Problem> {
        let unknown =
            || Problem::new("delivery.unknown", format!("没有通知 {id}")).fix("daylight notify list --state dead");
        let row = self.store.delivery(id).await?.ok_or_else(unknown)?;
        channel(self, &row.channel)?;
        let now = self.clock.now();
        let audit = AuditEntry {
            at: now,
            actor: actor.to_owned(),
            action: "delivery.retry".to_owned(),
            object: id.to_owned(),
            detail: serde_json::json!({ "channel": row.channel }).to_string(),
        };
        self.store.revive_delivery(id, now, audit).await.map_err(|e| match e {
            daylight_store::StoreError::Conflict(_) => Problem::new(
                "delivery.state",
                format!("通知 {id} 现在是“{}”，只有已放弃的可以重发", row.state.name_zh()),
            ),
            other => other.into(),
        })?;
        self.tell();
        self.store.delivery(id).await?.ok_or_else(unknown)
    }
}
