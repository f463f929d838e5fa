//! Mail. `smtps:` speaks TLS from the first byte, `smtp:` demands STARTTLS, `smtp-plain:` speaks in the clear. The county's own
//! certificate authorities are trusted beside the machine's.

use super::channel::{Failure, Post, Speaker, WAIT, secret};
use crate::app::App;
use crate::config::notify::Channel;
use crate::problem::Problem;
use async_trait::async_trait;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message as Letter};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::time::{Duration, UNIX_EPOCH};

/// How a mail server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS, or nothing is sent.
    StartTls,
    /// In the clear.
    Plain,
}

/// Safety, host and port of an address; nothing when it is none.
#[must_use]
pub fn server(address: &str) -> Option<(Safety, String, u16)> {
    let (scheme, rest) = address.split_once("://")?;
    let (safety, usual) = match scheme {
        "smtps" => (Safety::Implicit, 465),
        "smtp" => (Safety::StartTls, 587),
        "smtp-plain" => (Safety::Plain, 25),
        _ => return None,
    };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (rest, usual),
    };
    let good = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b));
    good.then(|| (safety, host.to_owned(), port))
}

pub(super) struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

fn certificate(file: &[u8]) -> Option<Certificate> {
    let pem = file.windows(10).any(|w| w == b"-----BEGIN");
    if pem { Certificate::from_pem(file).ok() } else { Certificate::from_der(file.to_vec()).ok() }
}

impl Mail {
    pub(super) fn new(app: &App, channel: &Channel) -> Result<Self, Problem> {
        let wrong = |why: String| Problem::new("notify.address", why).fix("例：smtps://mail.example.gov.cn:465");
        let address = channel.address();
        let (safety, host, port) = server(address).ok_or_else(|| wrong(format!("地址“{address}”不能使用")))?;
        let mut parameters = TlsParameters::builder(host.clone());
        for one in app.config.authorities.iter().filter_map(|file| certificate(file)) {
            parameters = parameters.add_root_certificate(one);
        }
        let parameters = parameters.build().map_err(|e| wrong(e.to_string()))?;
        let tls = match safety {
            Safety::Implicit => Tls::Wrapper(parameters),
            Safety::StartTls => Tls::Required(parameters),
            Safety::Plain => Tls::None,
        };
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host).port(port).tls(tls).timeout(Some(WAIT));
        if let (Some(user), Some(password)) = (&channel.user, secret(app, channel.secret.as_ref())?) {
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        let from = channel.from.clone().unwrap_or_default();
        let from = from.parse().map_err(|_| Problem::new("notify.mailbox", format!("“{from}”不是邮件地址")))?;
        Ok(Self { transport: builder.build(), from })
    }

    fn letter(&self, post: &Post<'_>) -> Result<Letter, Failure> {
        let refused = |why: String| Failure::one("notify.mailbox", why);
        let to: Mailbox = post.recipient.parse().map_err(|_| refused(format!("“{}”不是邮件地址", post.recipient)))?;
        let since = Duration::from_millis(u64::try_from(post.now.0).unwrap_or(0));
        Letter::builder()
            .from(self.from.clone())
            .to(to)
            .subject(post.message.title.clone())
            .date(UNIX_EPOCH + since)
            // The same for every attempt, so that a mail system can see what it has already.
            .message_id(Some(format!("<{}@{}>", post.key, self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN)
            .body(post.message.text.clone())
            .map_err(|e| refused(e.to_string()))
    }
}

fn failure(e: &lettre::transport::smtp::Error) -> Failure {
    if e.is_timeout() {
        return Failure::late();
    }
    let mut text = e.to_string();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(e);
    while let Some(deeper) = cause {
        text = format!("{text}：{deeper}");
        cause = deeper.source();
    }
    match e.status().map(u16::from) {
        // Not available, or who signs in is not let in: a wrong password tried with every letter would lock the account.
        Some(code) => {
            Failure { code: "notify.refused", message: text, whole: code == 421 || (530..540).contains(&code) }
        }
        None if e.is_tls() => Failure::whole("notify.tls", text),
        None => Failure::whole("notify.unreachable", text),
    }
}

#[async_trait]
impl Speaker for Mail {
    async fn send(&self, post: &Post<'_>) -> Result<(), Failure> {
        let letter = self.letter(post)?;
        match tokio::time::timeout(WAIT, self.transport.send(letter)).await {
            Ok(sent) => sent.map(|_| ()).map_err(|e| failure(&e)),
            Err(_) => Err(Failure::late()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_how_and_where() {
        assert_eq!(server("smtps://mail.example"), Some((Safety::Implicit, "mail.example".to_owned(), 465)));
        assert_eq!(server("smtp://mail.example:25"), Some((Safety::StartTls, "mail.example".to_owned(), 25)));
        assert_eq!(server("smtp-plain://10.0.0.1"), Some((Safety::Plain, "10.0.0.1".to_owned(), 25)));
        for bad in ["mail.example", "https://mail.example", "smtp://", "smtp://a:b", "smtp://user@host", "smtp://h/x"] {
            assert_eq!(server(bad), None, "{bad}");
        }
    }
}
