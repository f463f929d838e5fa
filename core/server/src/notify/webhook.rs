//! A signed POST to an address of the county's choice. `X-Daylight-Signature: t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA256
//! of `SECONDS.BODY` with the shared key: the receiver computes it again, and refuses old times.

use super::channel::{Failure, Post, Speaker, secret};
use super::http::{Web, url};
use super::message::Message;
use crate::app::App;
use crate::config::notify::Channel;
use crate::problem::Problem;
use async_trait::async_trait;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;

/// What a webhook receives, and what a file relay writes.
#[derive(Debug, Serialize)]
pub(super) struct Envelope<'a> {
    /// Of the delivery.
    id: &'a str,
    /// The same for every attempt: a receiver that has it already need not tell it again.
    key: &'a str,
    channel: &'a str,
    /// As in `to`; empty when the channel names nobody.
    recipient: &'a str,
    #[serde(flatten)]
    message: &'a Message,
}

/// The body for a post, JSON.
pub(super) fn envelope(channel: &str, post: &Post<'_>) -> Result<String, Failure> {
    let all = Envelope { id: post.id, key: post.key, channel, recipient: post.recipient, message: post.message };
    serde_json::to_string(&all).map_err(|e| Failure::one("notify.refused", e.to_string()))
}

/// HMAC-SHA256 of a text.
pub(super) fn hmac(key: &str, text: &str) -> Vec<u8> {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The value of `X-Daylight-Signature`.
#[must_use]
pub fn signature(key: &str, seconds: i64, body: &str) -> String {
    format!("t={seconds},v1={}", hex::encode(hmac(key, &format!("{seconds}.{body}"))))
}

pub(super) struct Hook {
    web: Web,
    url: reqwest::Url,
    id: String,
    key: String,
}

impl Hook {
    pub(super) fn new(app: &App, channel: &Channel) -> Result<Self, Problem> {
        let key = secret(app, channel.secret.as_ref())?.unwrap_or_default();
        Ok(Self { web: Web::new(app, channel)?, url: url(channel)?, id: channel.id.clone(), key })
    }
}

#[async_trait]
impl Speaker for Hook {
    async fn send(&self, post: &Post<'_>) -> Result<(), Failure> {
        let body = envelope(&self.id, post)?;
        let signed = signature(&self.key, post.now.0.div_euclid(1000), &body);
        let headers = [("x-daylight-signature", signed), ("idempotency-key", post.key.to_owned())];
        self.web.post(self.url.clone(), body, &headers).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_of_the_time_and_the_body() {
        // RFC 4231, test case 2: key "Jefe", data "what do ya want for nothing?".
        let want = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex::encode(hmac("Jefe", "what do ya want for nothing?")), want);
        let one = signature("k", 1_700_000_000, "{}");
        assert!(one.starts_with("t=1700000000,v1=") && one.len() == 16 + 64, "{one}");
        assert_ne!(one, signature("k", 1_700_000_001, "{}"));
        assert_ne!(one, signature("other", 1_700_000_000, "{}"));
    }
}
