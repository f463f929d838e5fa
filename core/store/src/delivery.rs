//! Deliveries: what each channel has to tell whom, what became of it, and how far the channel has read the outbox.

use crate::{AuditEntry, Result};
use async_trait::async_trait;
use daylight_domain::Timestamp;
use serde::{Deserialize, Serialize};

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be sent, or to be tried again.
    Pending,
    /// The other side has taken it.
    Sent,
    /// Given up; a person may have it tried again.
    Dead,
}

impl DeliveryState {
    /// The word in the API and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Dead => "dead",
        }
    }

    /// The Chinese word.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Pending => "待发送",
            Self::Sent => "已送达",
            Self::Dead => "已放弃",
        }
    }

    /// From the word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Pending, Self::Sent, Self::Dead].into_iter().find(|s| s.as_str() == name)
    }
}

/// One message to one recipient by one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DeliveryRow {
    /// UUIDv7.
    pub id: String,
    /// Channel id.
    pub channel: String,
    /// Idempotency key: the same for every attempt, and never two deliveries with one.
    pub key: String,
    /// Address, number or name, as the channel needs it; empty for a group.
    pub recipient: String,
    /// Topic of the message; `digest` for several in one.
    pub topic: String,
    /// What became of it.
    pub state: DeliveryState,
    /// Goes before what is not.
    pub urgent: bool,
    /// The message, JSON.
    pub body: String,
    /// How often it was tried since it was written, or since a person had it tried again.
    pub attempts: u32,
    /// Not before this instant.
    pub next_at: Timestamp,
    /// When the first of the attempts failed that have failed in a row.
    pub failing_since: Option<Timestamp>,
    /// Why the last attempt failed: code and words.
    pub last_error: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When the other side took it.
    pub sent_at: Option<Timestamp>,
}

/// Which deliveries.
#[derive(Clone, Debug, Default)]
pub struct DeliveryFilter {
    /// Channel id.
    pub channel: Option<String>,
    /// State.
    pub state: Option<DeliveryState>,
    /// Only older ids than this one.
    pub before: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// What a channel still has to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryTotals {
    /// Channel id.
    pub channel: String,
    /// To be sent.
    pub pending: u64,
    /// Given up.
    pub dead: u64,
    /// Since when the oldest of the pending ones has been failing.
    pub failing_since: Option<Timestamp>,
}

/// A step of a channel through the outbox.
#[derive(Clone, Debug)]
pub struct DeliveryPlan {
    /// Channel id.
    pub channel: String,
    /// `urgent` or `rest`.
    pub lane: String,
    /// The place it was planned from; nothing for a channel that begins.
    pub from: Option<u64>,
    /// The place up to which everything is planned now.
    pub to: u64,
    /// What is to be told.
    pub rows: Vec<DeliveryRow>,
}

/// The verbs of telling people.
#[async_trait]
pub trait Deliveries: Send + Sync {
    /// How far a channel has read the outbox in a lane; nothing for one that never began.
    async fn delivery_position(&self, channel: &str, lane: &str) -> Result<Option<u64>>;
    /// Writes deliveries and moves the channel's place, in one transaction. A key that is there already is left as it is.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`] when the place is not where the plan began.
    async fn plan_deliveries(&self, plan: &DeliveryPlan) -> Result<()>;
    /// Pending deliveries of a channel whose time has come: urgent ones first, then in the order they were written.
    async fn due_deliveries(&self, channel: &str, now: Timestamp, limit: u32) -> Result<Vec<DeliveryRow>>;
    /// Writes what an attempt came to: state, attempts, times and error of a delivery that is still pending.
    async fn settle_delivery(&self, row: &DeliveryRow) -> Result<()>;
    /// Has a dead delivery tried again from now on, with the audit row.
    ///
    /// # Errors
    /// [`crate::StoreError::NotFound`]; [`crate::StoreError::Conflict`] when it is not dead.
    async fn revive_delivery(&self, id: &str, now: Timestamp, audit: AuditEntry) -> Result<()>;
    /// One delivery.
    async fn delivery(&self, id: &str) -> Result<Option<DeliveryRow>>;
    /// Deliveries, newest first.
    async fn deliveries(&self, filter: &DeliveryFilter) -> Result<Vec<DeliveryRow>>;
    /// When a channel sent something, after an instant, the latest `limit`, in order.
    async fn sent_since(&self, channel: &str, after: Timestamp, limit: u32) -> Result<Vec<Timestamp>>;
    /// What every channel still has to do; channels with nothing pending or dead are left out.
    async fn delivery_totals(&self) -> Result<Vec<DeliveryTotals>>;
    /// Forgets the places of channels that are not among these, and gives up what they had pending, with a reason. Returns how
    /// many deliveries.
    async fn close_channels(&self, open: &[String], reason: &str) -> Result<u64>;
}
