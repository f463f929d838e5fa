//! HTTP for channels: the county's own certificate authorities, perhaps a proxy, no redirects, bounded time and bytes. An
//! address may hold a key, and stands in no message.

use super::channel::{Failure, WAIT};
use crate::app::App;
use crate::config::notify::Channel;
use crate::problem::Problem;

/// More of an answer is not read.
const ANSWER: usize = 64 << 10;
/// So many characters of an answer are shown.
const SHOWN: usize = 200;

pub(super) struct Web {
    client: reqwest::Client,
}

impl Web {
    pub(super) fn new(app: &App, channel: &Channel) -> Result<Self, Problem> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(WAIT)
            .http1_only()
            // A connection that lay idle over night is no connection.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("daylight/", env!("CARGO_PKG_VERSION")));
        builder = match &channel.proxy {
            Some(proxy) => {
                let proxy = reqwest::Proxy::all(proxy).map_err(|e| Problem::new("notify.proxy", e.to_string()))?;
                builder.proxy(proxy)
            }
            None => builder.no_proxy(),
        };
        let files = app.config.authorities.iter();
        for certificate in files.flat_map(|file| daylight_host::authorities(file).unwrap_or_default()) {
            builder = builder.add_root_certificate(certificate);
        }
        let client = builder.build().map_err(|e| Problem::new("notify.address", e.to_string()))?;
        Ok(Self { client })
    }

    /// Posts JSON; gives a good answer's text.
    pub(super) async fn post(
        &self,
        url: reqwest::Url,
        body: String,
        headers: &[(&str, String)],
    ) -> Result<String, Failure> {
        let mut request = self.client.post(url).header("content-type", "application/json; charset=utf-8").body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let mut response = request.send().await.map_err(failure)?;
        let status = response.status();
        let mut bytes = Vec::new();
        while bytes.len() < ANSWER
            && let Some(piece) = response.chunk().await.map_err(failure)?
        {
            bytes.extend_from_slice(&piece);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if status.is_success() {
            return Ok(text);
        }
        let message = format!("对方以 {} 拒绝：{}", status.as_u16(), shown(&text));
        // An answer is about this post; that nothing gets through, or too much came, is about the channel.
        let whole = [407, 408, 429, 502, 503, 504].contains(&status.as_u16());
        Err(Failure { code: "notify.refused", message, whole })
    }
}

/// The beginning of what the other side said, on one line.
pub(super) fn shown(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SHOWN).collect()
}

fn failure(e: reqwest::Error) -> Failure {
    let e = e.without_url();
    if e.is_timeout() {
        return Failure::late();
    }
    // What the system says stands at the end of the chain.
    let mut cause: &dyn std::error::Error = &e;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Failure::whole("notify.unreachable", format!("无法送达：{cause}"))
}

/// An address that was checked with the configuration.
pub(super) fn url(channel: &Channel) -> Result<reqwest::Url, Problem> {
    let address = channel.address();
    reqwest::Url::parse(address).map_err(|e| Problem::new("notify.address", format!("地址“{address}”不能使用：{e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_shown_on_one_line_and_not_whole() {
        assert_eq!(shown("a\n  b\r\n"), "a b");
        assert_eq!(shown(&"长".repeat(1000)).chars().count(), SHOWN);
    }
}
