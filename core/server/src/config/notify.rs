//! `notify.toml`: by which channels whom to tell what.

use daylight_domain::finding::Level;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `notify.toml`. Without the file nobody is told anything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Notify {
    /// Where readers find this appliance, e.g. `https://daylight.example.gov.cn`; links begin with it. None: no links.
    pub link: Option<String>,
    /// How long a message is tried before it is given up. Hours.
    pub give_up_hours: u32,
    /// The county's own words, by topic; `digest` for several in one.
    pub templates: BTreeMap<String, Template>,
    /// Channels.
    #[serde(rename = "channel")]
    pub channels: Vec<Channel>,
}

impl Default for Notify {
    fn default() -> Self {
        Self { link: None, give_up_hours: 72, templates: BTreeMap::new(), channels: Vec::new() }
    }
}

/// The words of a message, with placeholders such as `{number}`. A line whose placeholders are all empty is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// One line: the subject of a mail, the heading of a card.
    pub title: String,
    /// The text.
    pub text: String,
}

/// How a channel speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Mail.
    Smtp,
    /// A signed POST to an address of the county's choice, e.g. its own platform for text messages.
    Webhook,
    /// A robot in a group of 钉钉.
    DingTalk,
    /// A robot in a group of 企业微信.
    WeCom,
    /// One file per message, for a ferry to another network.
    File,
}

impl Kind {
    /// The word in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Webhook => "webhook",
            Self::DingTalk => "dingtalk",
            Self::WeCom => "wecom",
            Self::File => "file",
        }
    }
}

/// One `[[channel]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Stable: what was told is kept under it.
    pub id: String,
    /// How it speaks.
    pub kind: Kind,
    /// `smtps://host:465`, `smtp://host:587` (STARTTLS) or `smtp-plain://host:25`; `https://…` of a webhook or robot (the
    /// vendor's own unless given); the folder of a file relay.
    #[serde(default)]
    pub address: Option<String>,
    /// Name of the secret, under `[notify]` in `secrets.toml`: the password for mail, the signing key of a webhook or of a
    /// DingTalk robot (加签), the key of a WeCom robot.
    #[serde(default)]
    pub secret: Option<String>,
    /// Name of the secret that holds a DingTalk robot's `access_token`.
    #[serde(default)]
    pub token: Option<String>,
    /// Name by which mail is signed in to.
    #[serde(default)]
    pub user: Option<String>,
    /// Sender of mail.
    #[serde(default)]
    pub from: Option<String>,
    /// Mail addresses; names or numbers that a webhook or file relay passes on; mobile numbers that a robot mentions.
    #[serde(default)]
    pub to: Vec<String>,
    /// What it hears of.
    #[serde(default = "topics")]
    pub topics: Vec<String>,
    /// Cards of which levels it hears of.
    #[serde(default = "levels")]
    pub levels: Vec<Level>,
    /// Departments it hears of; empty: all.
    #[serde(default)]
    pub departments: Vec<String>,
    /// Messages of so many minutes become one; 0: each goes at once. What is about a red card always goes at once.
    #[serde(default)]
    pub digest_minutes: u32,
    /// Outside working time everything waits for the next working moment, except what is about a red card.
    #[serde(default = "yes")]
    pub quiet: bool,
    /// At most so many messages in any minute. Robots: 20, which is the vendors' own limit.
    #[serde(default)]
    pub per_minute: Option<u32>,
    /// At most so many messages in any 24 hours.
    #[serde(default)]
    pub per_day: Option<u32>,
    /// HTTP proxy of a webhook or robot, `http://host:port`.
    #[serde(default)]
    pub proxy: Option<String>,
    /// Where readers of this channel find the appliance, when it is not the common `link`.
    #[serde(default)]
    pub link: Option<String>,
}

fn topics() -> Vec<String> {
    ["card.issued", "order.issue", "order.return"].map(str::to_owned).to_vec()
}

fn levels() -> Vec<Level> {
    vec![Level::Prewarning, Level::Yellow, Level::Red]
}

fn yes() -> bool {
    true
}

impl Channel {
    /// At most so many messages in any minute; nothing: as many as there are.
    #[must_use]
    pub fn per_minute(&self) -> Option<u32> {
        self.per_minute.or(matches!(self.kind, Kind::DingTalk | Kind::WeCom).then_some(20))
    }

    /// The address, or the vendor's own.
    #[must_use]
    pub fn address(&self) -> &str {
        let vendor = match self.kind {
            Kind::DingTalk => "https://oapi.dingtalk.com/robot/send",
            Kind::WeCom => "https://qyapi.weixin.qq.com/cgi-bin/webhook/send",
            Kind::Smtp | Kind::Webhook | Kind::File => "",
        };
        self.address.as_deref().unwrap_or(vendor)
    }
}
