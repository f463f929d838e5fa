//! Robots in groups of 钉钉 and 企业微信. Both answer 200 to everything; whether a message was taken says `errcode`.

use super::channel::{Failure, Post, Speaker, secret};
use super::http::{Web, shown, url};
use super::webhook::hmac;
use crate::app::App;
use crate::config::notify::Channel;
use crate::problem::Problem;
use async_trait::async_trait;
use base64::Engine as _;
use serde::Deserialize;
use serde_json::{Value, json};

/// The longest text a robot of 企业微信 takes, bytes (work.weixin.qq.com/api/doc/90000/90136/91770).
const WECOM_TEXT: usize = 2048;
/// The longest text a robot of 钉钉 is given, bytes; its documentation names 20,000 for the whole request.
const DINGTALK_TEXT: usize = 16_000;

/// The signature of a robot of 钉钉 (加签) before it is encoded for the address: base64 of the HMAC-SHA256, with the secret as
/// its key, of `MILLISECONDS\nSECRET`.
#[must_use]
pub fn dingtalk_sign(secret: &str, millis: i64) -> String {
    base64::engine::general_purpose::STANDARD.encode(hmac(secret, &format!("{millis}\n{secret}")))
}

/// Mobile numbers of a recipient.
fn mobiles(recipient: &str) -> Vec<&str> {
    recipient.split(',').map(str::trim).filter(|m| !m.is_empty()).collect()
}

/// A text of at most so many bytes, cut between characters.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let mut end = most.saturating_sub('…'.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", text.get(..end).unwrap_or_default())
}

/// Too many messages: 钉钉 (130101) and 企业微信 (45009). Every other refusal is about one message.
const TOO_MANY: [i64; 2] = [130_101, 45_009];

#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    errcode: Option<i64>,
    errmsg: String,
}

/// Whether a robot's vendor took a message.
fn taken(answer: &str) -> Result<(), Failure> {
    let said: Said = serde_json::from_str(answer).unwrap_or_default();
    match said.errcode {
        Some(0) => Ok(()),
        Some(code) => {
            let words = shown(&said.errmsg);
            let message = format!("errcode {code}：{words}");
            Err(Failure { code: "notify.errcode", message, whole: TOO_MANY.contains(&code) })
        }
        None => Err(Failure::one("notify.errcode", format!("应答中没有 errcode：{}", shown(answer)))),
    }
}

pub(super) struct DingTalk {
    web: Web,
    url: reqwest::Url,
    secret: Option<String>,
}

impl DingTalk {
    pub(super) fn new(app: &App, channel: &Channel) -> Result<Self, Problem> {
        let mut url = url(channel)?;
        let token = secret(app, channel.token.as_ref())?.unwrap_or_default();
        url.query_pairs_mut().append_pair("access_token", &token);
        Ok(Self { web: Web::new(app, channel)?, url, secret: secret(app, channel.secret.as_ref())? })
    }
}

fn dingtalk_body(post: &Post<'_>) -> Value {
    let mobiles = mobiles(post.recipient);
    // Lines of markdown run together unless a blank one is between them; a mention must stand in the text too.
    let mut text = format!("#### {}\n\n{}", post.message.title, post.message.text.replace('\n', "\n\n"));
    text = cut(&text, DINGTALK_TEXT);
    if !mobiles.is_empty() {
        let named: Vec<String> = mobiles.iter().map(|m| format!("@{m}")).collect();
        text.push_str(&format!("\n\n{}", named.join(" ")));
    }
    json!({
        "msgtype": "markdown",
        "markdown": { "title": post.message.title, "text": text },
        "at": { "atMobiles": mobiles, "isAtAll": false },
    })
}

#[async_trait]
impl Speaker for DingTalk {
    async fn send(&self, post: &Post<'_>) -> Result<(), Failure> {
        let mut url = self.url.clone();
        if let Some(secret) = &self.secret {
            let sign = dingtalk_sign(secret, post.now.0);
            url.query_pairs_mut().append_pair("timestamp", &post.now.0.to_string()).append_pair("sign", &sign);
        }
        taken(&self.web.post(url, dingtalk_body(post).to_string(), &[]).await?)
    }
}

pub(super) struct WeCom {
    web: Web,
    url: reqwest::Url,
}

impl WeCom {
    pub(super) fn new(app: &App, channel: &Channel) -> Result<Self, Problem> {
        let mut url = url(channel)?;
        let key = secret(app, channel.secret.as_ref())?.unwrap_or_default();
        url.query_pairs_mut().append_pair("key", &key);
        Ok(Self { web: Web::new(app, channel)?, url })
    }
}

fn wecom_body(post: &Post<'_>) -> Value {
    let mut text = format!("{}\n{}", post.message.title, post.message.text);
    if text.len() > WECOM_TEXT {
        // Where to read the rest stands at the end, and stays.
        let link = post.message.link.as_ref().map(|l| format!("\n{l}")).unwrap_or_default();
        text = cut(&text, WECOM_TEXT.saturating_sub(link.len())) + &link;
    }
    json!({ "msgtype": "text", "text": { "content": text, "mentioned_mobile_list": mobiles(post.recipient) } })
}

#[async_trait]
impl Speaker for WeCom {
    async fn send(&self, post: &Post<'_>) -> Result<(), Failure> {
        taken(&self.web.post(self.url.clone(), wecom_body(post).to_string(), &[]).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::message::Message;
    use daylight_domain::Timestamp;

    #[test]
    fn the_signature_is_the_vendor_s() {
        let sign = dingtalk_sign("SECtestsecret", 1_700_000_000_000);
        assert_eq!(sign, "7LVwF0dAF3/+MRRulbpE4y72Ogzykc6bS2nG4I99T4s=");
        let mut url = reqwest::Url::parse("https://oapi.dingtalk.com/robot/send").expect("an address");
        url.query_pairs_mut().append_pair("sign", &sign);
        assert_eq!(url.query(), Some("sign=7LVwF0dAF3%2F%2BMRRulbpE4y72Ogzykc6bS2nG4I99T4s%3D"));
    }

    #[test]
    fn an_error_code_is_a_failure_though_the_status_is_good() {
        assert_eq!(taken(r#"{"errcode":0,"errmsg":"ok"}"#), Ok(()));
        let refused = taken(r#"{"errcode":310000,"errmsg":"sign not match"}"#).expect_err("refused");
        assert_eq!(refused.to_string(), "notify.errcode: errcode 310000：sign not match");
        assert!(taken("<html>").is_err() && taken("{}").is_err());
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("监察", 6), "监察");
        assert_eq!(cut("监察卡片", 10), "监察…");
        let message = Message {
            topic: "digest".to_owned(),
            title: "阳光监察".to_owned(),
            text: "监".repeat(2000),
            level: None,
            link: Some("https://daylight.example/".to_owned()),
            count: 9,
            notices: Vec::new(),
            at: Timestamp(0),
        };
        let post = Post { id: "1", key: "k", recipient: "", message: &message, now: Timestamp(0) };
        let body = wecom_body(&post);
        let text = body["text"]["content"].as_str().expect("text");
        assert!(text.len() <= WECOM_TEXT && text.len() > WECOM_TEXT - 8, "{}", text.len());
        assert!(text.ends_with("…\nhttps://daylight.example/"), "{text}");
    }
}
