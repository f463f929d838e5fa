//! A mail server on loopback that keeps what it is given: in the clear, with TLS from the first byte, or with STARTTLS.

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// How it is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// In the clear.
    Plain,
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS.
    StartTls,
}

/// A letter.
#[derive(Clone, Debug, Default)]
pub struct Letter {
    /// To whom.
    pub to: String,
    /// Head and text.
    pub text: String,
    /// What came with AUTH PLAIN.
    pub auth: Option<String>,
    /// Whether it came by TLS.
    pub safe: bool,
}

/// The server; it ends with the test.
pub struct Letterbox {
    /// Port on loopback.
    pub port: u16,
    /// The authority that signed its certificate, PEM.
    pub authority: String,
    letters: Arc<Mutex<Vec<Letter>>>,
}

/// An authority, and a certificate of `localhost` that it signed.
fn certificate() -> (String, ServerConfig) {
    let authority_key = rcgen::KeyPair::generate().expect("a key");
    let mut authority = rcgen::CertificateParams::new(Vec::<String>::new()).expect("parameters");
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let certificate = authority.self_signed(&authority_key).expect("an authority").pem();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut own = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
    own.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    let own = own.signed_by(&key, &issuer).expect("a certificate");
    let chain = vec![CertificateDer::from(own.der().to_vec())];
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    (certificate, config.with_no_client_auth().with_single_cert(chain, key).expect("a certificate"))
}

impl Letterbox {
    /// Begins to listen.
    #[must_use]
    pub fn open(safety: Safety) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (authority, tls) = certificate();
        let (tls, letters) = (Arc::new(tls), Arc::<Mutex<Vec<Letter>>>::default());
        let kept = Arc::clone(&letters);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (tls, kept) = (Arc::clone(&tls), Arc::clone(&kept));
                // Who hangs up in the middle is no failure of the server's.
                std::thread::spawn(move || drop(serve(stream, safety, &tls, &kept)));
            }
        });
        Self { port, authority, letters }
    }

    /// What was given so far.
    #[must_use]
    pub fn letters(&self) -> Vec<Letter> {
        self.letters.lock().expect("letters").clone()
    }
}

fn serve(stream: TcpStream, safety: Safety, tls: &Arc<ServerConfig>, kept: &Mutex<Vec<Letter>>) -> std::io::Result<()> {
    let wrap = |stream: TcpStream| {
        let connection = ServerConnection::new(Arc::clone(tls)).expect("a connection");
        StreamOwned::new(connection, stream)
    };
    match safety {
        Safety::Plain => talk(BufReader::new(stream), true, false, false, kept).map(|_| ()),
        Safety::Implicit => talk(BufReader::new(wrap(stream)), true, false, true, kept).map(|_| ()),
        Safety::StartTls => match talk(BufReader::new(stream), true, true, false, kept)? {
            Some(stream) => talk(BufReader::new(wrap(stream)), false, false, true, kept).map(|_| ()),
            None => Ok(()),
        },
    }
}

/// One conversation. Gives the stream back when TLS is to begin.
fn talk<S: Read + Write>(
    mut stream: BufReader<S>,
    greet: bool,
    offer: bool,
    safe: bool,
    kept: &Mutex<Vec<Letter>>,
) -> std::io::Result<Option<S>> {
    fn say<S: Read + Write>(stream: &mut BufReader<S>, text: &str) -> std::io::Result<()> {
        stream.get_mut().write_all(format!("{text}\r\n").as_bytes())?;
        stream.get_mut().flush()
    }
    if greet {
        say(&mut stream, "220 localhost")?;
    }
    let mut letter = Letter { safe, ..Letter::default() };
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let word = line.trim_end().to_owned();
        let upper = word.to_ascii_uppercase();
        if upper.starts_with("EHLO") {
            let tls = if offer { "250-STARTTLS\r\n" } else { "" };
            say(&mut stream, &format!("250-localhost\r\n{tls}250-8BITMIME\r\n250 AUTH PLAIN"))?;
        } else if upper == "STARTTLS" && offer {
            say(&mut stream, "220 go ahead")?;
            return Ok(Some(stream.into_inner()));
        } else if upper.starts_with("AUTH PLAIN ") {
            letter.auth = word.split(' ').nth(2).map(str::to_owned);
            say(&mut stream, "235 welcome")?;
        } else if upper.starts_with("RCPT TO:") {
            letter.to = word.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
            let full = letter.to.starts_with("full@");
            say(&mut stream, if full { "552 mailbox full" } else { "250 ok" })?;
        } else if upper == "DATA" {
            say(&mut stream, "354 go on")?;
            loop {
                line.clear();
                if stream.read_line(&mut line)? == 0 {
                    return Ok(None);
                }
                if line == ".\r\n" {
                    break;
                }
                letter.text.push_str(&line);
            }
            kept.lock().expect("letters").push(letter.clone());
            letter.text.clear();
            say(&mut stream, "250 taken")?;
        } else if upper == "QUIT" {
            say(&mut stream, "221 bye")?;
            return Ok(None);
        } else {
            say(&mut stream, "250 ok")?;
        }
    }
}
