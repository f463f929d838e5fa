//! Support for the integration tests: guests built from `fixtures/guests`, and sources that answer as they are told.

pub mod golden;
pub mod house;
pub mod letterbox;
pub mod looks;
pub mod markup;
pub mod registers;
pub mod servers;
pub mod vendor;
pub mod year;

use daylight::demo::county::Happening;
use daylight_domain::source::SecretSource;
use daylight_host::{
    HostConfig, HostDeps, Limits, PluginHost, SECTION, StandardLimits, TrustStore, generate_key, sign,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Where this checkout is.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the checkout")
}

/// The component of a plugin that is not bundled: a fixture guest. Built once per test run.
#[must_use]
pub fn guest(name: &str) -> Vec<u8> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let folder = BUILT.get_or_init(|| {
        // The bundled plugins lie in target/plugins, and so do these. Cargo marks its target folder.
        let program = std::env::current_exe().expect("this program");
        let target =
            program.ancestors().find(|a| a.join("CACHEDIR.TAG").exists()).expect("the target folder").join("plugins");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--release", "--locked", "--quiet", "--target", "wasm32-wasip2"]);
        for package in [
            "guest-hostile",
            "guest-hostile-standard",
            "guest-reaching",
            "guest-of-v1",
            "guest-of-v1-standard",
            "guest-of-another",
            "guest-edition",
            "guest-wayward",
        ] {
            cargo.args(["--package", package]);
        }
        cargo.current_dir(root().join("plugins")).env("CARGO_TARGET_DIR", &target);
        for inherited in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "CARGO_BUILD_TARGET"] {
            cargo.env_remove(inherited);
        }
        let done = cargo.output().expect("cargo");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        target.join("wasm32-wasip2/release")
    });
    std::fs::read(folder.join(format!("{}.wasm", name.replace('-', "_")))).expect("a component")
}

/// Adds a manifest to a component, as the SDK does when it builds one.
#[must_use]
pub fn with_manifest(mut component: Vec<u8>, manifest: &str) -> Vec<u8> {
    fn leb(mut n: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            let low = u8::try_from(n & 0x7f).expect("seven bits");
            n >>= 7;
            bytes.push(if n == 0 { low } else { low | 0x80 });
            if n == 0 {
                return bytes;
            }
        }
    }
    let body = [leb(SECTION.len()), SECTION.as_bytes().to_vec(), manifest.as_bytes().to_vec()].concat();
    component.push(0);
    component.extend(leb(body.len()));
    component.extend(body);
    component
}

/// The manifest of the hostile connector: it asks for everything.
pub const GREEDY: &str = r#"
name = "hostile"
version = "1.0.0"
kind = "connector"
contract = "1.0"
[asks]
http = ["*"]
secrets = ["*"]
database = ["*"]
files = ["*"]
"#;

/// Secrets in memory: department → name → value.
#[derive(Clone, Debug, Default)]
pub struct Secrets(pub BTreeMap<(String, String), String>);

impl SecretSource for Secrets {
    fn secret(&self, department: &str, name: &str) -> Option<String> {
        self.0.get(&(department.to_owned(), name.to_owned())).cloned()
    }
}

/// A host with a key of its own.
pub struct Lab {
    /// The host.
    pub host: PluginHost,
    /// Keys it trusts.
    pub trust: TrustStore,
    secret: String,
}

/// What a lab lends to plugins.
#[must_use]
pub fn deps() -> HostDeps {
    let mut secrets = Secrets::default();
    secrets.0.insert(("own".to_owned(), "own".to_owned()), "own-value".to_owned());
    secrets.0.insert(("other".to_owned(), "foreign".to_owned()), "foreign-value".to_owned());
    HostDeps {
        secrets: Arc::new(secrets),
        databases: Arc::new(daylight_store::Sources),
        county_cas: Vec::new(),
        resolver: None,
    }
}

impl Lab {
    /// A host without a cache.
    #[must_use]
    pub fn new(deps: HostDeps) -> Self {
        Self::with(HostConfig { cache: None, threads: 2 }, deps)
    }

    /// A host.
    #[must_use]
    pub fn with(config: HostConfig, deps: HostDeps) -> Self {
        let (secret, public) = generate_key([7; 32]);
        let mut trust = TrustStore::default();
        trust.add("lab", &public).expect("a key");
        Self { host: PluginHost::new(config, deps).expect("a host"), trust, secret }
    }

    /// Signs with the lab's key.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> String {
        sign(bytes, &self.secret).expect("a signature")
    }

    /// Signs, admits and activates.
    ///
    /// # Errors
    /// Why not.
    pub async fn install(&self, bytes: Vec<u8>) -> Result<daylight_host::ActivePlugin, daylight_host::PluginError> {
        let signature = self.sign(&bytes);
        let admitted = self.host.admit(bytes, &signature, &self.trust)?;
        self.host.activate(admitted).await
    }
}

/// Narrow limits, so that tests reach them soon.
#[must_use]
pub fn narrow() -> Limits {
    Limits {
        memory_bytes: 64 << 20,
        cpu_ms_per_page: 400,
        wall_ms_per_page: 5_000,
        transfer_bytes: 8 << 20,
        host_calls_per_page: 200,
        page_rows: 1_000,
        page_bytes: 1 << 20,
        log_lines_per_page: 10,
        open_handles: 4,
        response_bytes: 1 << 20,
        http_ms: 700,
        idle_pages: 5,
    }
}

/// Narrow limits of a standard.
#[must_use]
pub fn narrow_standard() -> StandardLimits {
    StandardLimits { memory_bytes: 32 << 20, fuel: 50_000_000, transfer_bytes: 4 << 20 }
}

/// What a told source does with one request.
pub enum Act {
    /// These bytes, then the end.
    Say(Vec<u8>),
    /// The first bytes once, the second again and again, for ever.
    Pour(Vec<u8>, Vec<u8>),
    /// These bytes, then one more every so often (milliseconds), for ever.
    Drip(Vec<u8>, u64),
    /// Nothing, for ever.
    Hang,
}

/// An answer with a status line and a length.
#[must_use]
pub fn http(status: u16, headers: &str, body: &[u8]) -> Act {
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len());
    Act::Say([head.as_bytes(), body].concat())
}

/// Starts a source on loopback that answers each request (head and body as text) as it is told. Gives its origin. It ends
/// with the runtime of the test.
pub async fn source(answer: impl Fn(&str) -> Act + Send + Sync + 'static) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            tokio::spawn(async move {
                let mut text = Vec::new();
                let mut piece = [0; 4096];
                loop {
                    let n = stream.read(&mut piece).await.unwrap_or(0);
                    text.extend_from_slice(piece.get(..n).unwrap_or_default());
                    if n == 0 || complete(&text) {
                        break;
                    }
                }
                let act = answer(&String::from_utf8_lossy(&text));
                match act {
                    Act::Say(bytes) => drop(stream.write_all(&bytes).await),
                    Act::Pour(head, bytes) => {
                        let mut open = stream.write_all(&head).await.is_ok();
                        while open {
                            open = stream.write_all(&bytes).await.is_ok();
                        }
                    }
                    Act::Drip(bytes, every) => {
                        let mut drops = tokio::time::interval(std::time::Duration::from_millis(every));
                        let mut gone = stream.write_all(&bytes).await.is_err();
                        while !gone {
                            drops.tick().await;
                            gone = stream.write_all(b" ").await.is_err();
                        }
                    }
                    Act::Hang => std::future::pending().await,
                }
            });
        }
    });
    origin
}

/// Whether a request is all there.
fn complete(text: &[u8]) -> bool {
    let Some(at) = text.windows(4).position(|w| w == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(text.get(..at).unwrap_or_default()).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|n| n.trim().parse::<usize>().ok())
        .unwrap_or(0);
    text.len() >= at + 4 + length
}

/// A record of the exchange standard as a line, with what is wrong with it.
#[must_use]
pub fn line(h: &Happening) -> String {
    let mut record = serde_json::Map::new();
    let mut put = |name: &str, value: serde_json::Value| {
        record.insert(name.to_owned(), value);
    };
    put("type", h.kind.as_str().into());
    put("case_no", h.case_no.clone().into());
    put("item_code", h.item.clone().into());
    put("source_key", h.key.clone().into());
    put("data_version", h.version.into());
    put("event_time", h.at.rfc3339().into());
    for (name, value) in &h.fields {
        put(name, value.clone().into());
    }
    if let Some((name, value)) = h.wrong {
        put(name, value.into());
    }
    serde_json::Value::Object(record).to_string()
}
