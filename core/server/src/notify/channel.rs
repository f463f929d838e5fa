//! What every channel has in common: a post goes out, and it is taken or not.

use super::message::Message;
use super::{file, robot, smtp, webhook};
use crate::app::App;
use crate::config::notify::{Channel, Kind};
use crate::problem::Problem;
use async_trait::async_trait;
use daylight_domain::Timestamp;
use std::time::Duration;

/// Within which the other side must have taken a post, by the machine's clock.
pub const WAIT: Duration = Duration::from_secs(30);

/// One message on its way to one recipient.
#[derive(Clone, Copy, Debug)]
pub struct Post<'a> {
    /// Of the delivery.
    pub id: &'a str,
    /// Idempotency key.
    pub key: &'a str,
    /// Address, number or name; empty for a group.
    pub recipient: &'a str,
    /// What is told.
    pub message: &'a Message,
    /// Now, by the county's clock.
    pub now: Timestamp,
}

/// Why a post was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Failure {
    /// Code.
    pub code: &'static str,
    /// What the other side or the network said, Chinese; never an address with its key.
    pub message: String,
    /// The channel as a whole does not work; else only this post was refused.
    pub whole: bool,
}

impl Failure {
    /// Nothing gets through.
    pub fn whole(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), whole: true }
    }

    /// Only this post does not.
    pub fn one(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), whole: false }
    }

    /// In time, or not at all.
    pub fn late() -> Self {
        Self::whole("notify.timeout", format!("对方在 {} 秒内没有应答", WAIT.as_secs()))
    }
}

impl From<Failure> for Problem {
    fn from(e: Failure) -> Self {
        Self::new(e.code, e.message)
    }
}

/// Speaks to the world.
#[async_trait]
pub trait Speaker: Send + Sync {
    /// Sends one post; when it comes back without failure the other side has it.
    async fn send(&self, post: &Post<'_>) -> Result<(), Failure>;
}

/// The value of a secret a channel names.
///
/// # Errors
/// `secret.missing`
pub fn secret(app: &App, name: Option<&String>) -> Result<Option<String>, Problem> {
    let Some(name) = name else { return Ok(None) };
    let value = app.config.secrets.0.get("notify").and_then(|s| s.get(name)).cloned();
    let missing = || {
        Problem::new("secret.missing", format!("没有通知密钥“{name}”"))
            .fix(format!("在 secrets.toml 的 [notify] 中加入 {name} = \"…\""))
    };
    value.ok_or_else(missing).map(Some)
}

/// Makes a channel ready.
///
/// # Errors
/// What in its configuration cannot be used.
pub fn speaker(app: &App, channel: &Channel) -> Result<Box<dyn Speaker>, Problem> {
    Ok(match channel.kind {
        Kind::Smtp => Box::new(smtp::Mail::new(app, channel)?),
        Kind::Webhook => Box::new(webhook::Hook::new(app, channel)?),
        Kind::DingTalk => Box::new(robot::DingTalk::new(app, channel)?),
        Kind::WeCom => Box::new(robot::WeCom::new(app, channel)?),
        Kind::File => Box::new(file::Relay::new(app, channel)),
    })
}
