//! Engines, threads, and the cache of compiled code.
//!
//! Connectors run on an engine that is interrupted by a clock, standards on one that counts instructions. Guests run on two
//! threads of their own with lower priority: two guests that spin for ever then delay nobody who waits for a page.

use crate::admit::{AdmittedPlugin, admit, admit_again};
use crate::error::PluginError;
use crate::manifest::{Manifest, PluginKind};
use crate::run::connector::bindings as connector_bindings;
use crate::run::connector::bindings::ConnectorPre;
use crate::run::standard::bindings::StandardPre;
use crate::run::standard::{Pure, bindings as standard_bindings};
use crate::run::state::State;
use crate::trust::TrustStore;
use daylight_domain::source::{SecretSource, SourceDatabase};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Config, Engine};
use wasmtime_wasi::WasiView;
use wasmtime_wasi::cli::WasiCli;
use wasmtime_wasi::p2::bindings::{cli, random};
use wasmtime_wasi::random::WasiRandom;

/// Milliseconds between two looks at a running guest.
pub(crate) const CPU_TICK_MS: u64 = 5;

/// How a host is set up.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// Where compiled code is kept; private to the service. Nothing: not kept.
    pub cache: Option<PathBuf>,
    /// Threads for guests.
    pub threads: usize,
}

type Resolve =
    dyn Fn(String, u16) -> Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>> + Send + Sync;

/// What the host lends to plugins.
#[derive(Clone)]
pub struct HostDeps {
    /// Secrets by department and name.
    pub secrets: Arc<dyn SecretSource>,
    /// Read-only databases.
    pub databases: Arc<dyn SourceDatabase>,
    /// The county's own certificate authorities, DER.
    pub county_cas: Vec<Vec<u8>>,
    /// Resolves names; the system's resolver if there is none.
    pub resolver: Option<Arc<Resolve>>,
}

impl HostDeps {
    pub(crate) async fn resolve(&self, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        match &self.resolver {
            Some(resolver) => resolver(host.to_owned(), port).await,
            None => Ok(tokio::net::lookup_host((host, port)).await?.collect()),
        }
    }
}

#[derive(Clone)]
pub(crate) enum Pre {
    Connector(ConnectorPre<State>),
    Standard(StandardPre<Pure>),
}

/// A plugin that is compiled, type-checked and ready to run.
#[derive(Clone)]
pub struct ActivePlugin {
    admitted: Arc<AdmittedPlugin>,
    pub(crate) pre: Pre,
}

impl std::fmt::Debug for ActivePlugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({})", self.manifest().name, self.manifest().version, self.admitted.digest)
    }
}

impl ActivePlugin {
    /// What it says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.admitted.manifest
    }

    /// SHA-256 of the component.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.admitted.digest
    }

    /// Whether settings obey the manifest's schema.
    ///
    /// # Errors
    /// `settings.invalid` names the first place that does not, as a JSON pointer.
    pub fn check_settings(&self, settings: &serde_json::Value) -> Result<(), PluginError> {
        let text = self.manifest().settings.schema.trim();
        if text.is_empty() {
            return Ok(());
        }
        let schema: serde_json::Value =
            serde_json::from_str(text).map_err(|e| PluginError::new("plugin.manifest", e.to_string()))?;
        let validator =
            jsonschema::validator_for(&schema).map_err(|e| PluginError::new("plugin.manifest", e.to_string()))?;
        match validator.iter_errors(settings).next() {
            None => Ok(()),
            Some(e) => {
                let mut wrong = PluginError::new("settings.invalid", e.to_string());
                wrong.setting = Some(e.instance_path().to_string());
                Err(wrong.hint("改正该部门 [settings] 中的这一项"))
            }
        }
    }
}

/// Admits and runs plugins.
pub struct PluginHost {
    connectors: Engine,
    standards: Engine,
    config: HostConfig,
    deps: HostDeps,
    runtime: Option<tokio::runtime::Runtime>,
    compiling: tokio::sync::Semaphore,
}

fn base() -> Config {
    let mut config = Config::new();
    config
        .wasm_gc(false)
        .concurrency_support(false)
        .max_wasm_stack(512 << 10)
        .async_stack_size(2 << 20)
        // Enough for any limit a county sets, and small enough for a machine that forbids overcommitment.
        .memory_reservation(1 << 30)
        .memory_reservation_for_growth(1 << 28);
    config
}

fn broken(e: &wasmtime::Error) -> PluginError {
    PluginError::new("plugin.engine", format!("{e:#}"))
}

/// WASI without files, sockets, environment or arguments.
fn link_wasi<T: WasiView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    use wasmtime_wasi::cli::WasiCliView as _;
    wasmtime_wasi::p2::add_to_linker_proxy_interfaces_async(linker)?;
    cli::exit::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::environment::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::terminal_input::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::terminal_output::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::terminal_stdin::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::terminal_stdout::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::terminal_stderr::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    random::insecure::add_to_linker::<T, WasiRandom>(linker, |t| t.ctx().ctx.random())?;
    random::insecure_seed::add_to_linker::<T, WasiRandom>(linker, |t| t.ctx().ctx.random())?;
    Ok(())
}
impl PluginHost {
    /// Sets up engines and threads.
    ///
    /// # Errors
    /// `plugin.engine` when the machine cannot run WebAssembly.
    pub fn new(config: HostConfig, deps: HostDeps) -> Result<Self, PluginError> {
        // A second host in the same process finds it installed already.
        crate::run::http::ready_for_tls();
        let connectors = Engine::new(base().epoch_interruption(true)).map_err(|e| broken(&e))?;
        let standards =
            Engine::new(base().consume_fuel(true).cranelift_nan_canonicalization(true).wasm_relaxed_simd(false))
                .map_err(|e| broken(&e))?;
        let ticker = connectors.weak();
        std::thread::Builder::new()
            .name("daylight-ticks".to_owned())
            .spawn(move || {
                while let Some(engine) = ticker.upgrade() {
                    engine.increment_epoch();
                    drop(engine);
                    std::thread::sleep(Duration::from_millis(CPU_TICK_MS));
                }
            })
            .map_err(|e| PluginError::new("plugin.engine", e.to_string()))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(config.threads.max(1))
            .thread_name("daylight-plugin")
            .event_interval(1)
            .enable_all()
            .on_thread_start(lower_priority)
            .build()
            .map_err(|e| PluginError::new("plugin.engine", e.to_string()))?;
        let compiling = tokio::sync::Semaphore::new(1);
        Ok(Self { connectors, standards, config, deps, runtime: Some(runtime), compiling })
    }

    pub(crate) fn deps(&self) -> HostDeps {
        self.deps.clone()
    }

    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.runtime {
            runtime.spawn(work);
        }
    }

    /// Runs work on the guests' threads, no longer than this.
    pub(crate) async fn on_plugin_threads<T: Send + 'static>(
        &self,
        longest: Duration,
        late: impl FnOnce() -> PluginError + Send + 'static,
        work: impl Future<Output = Result<T, PluginError>> + Send + 'static,
    ) -> Result<T, PluginError> {
        let (answer, result) = tokio::sync::oneshot::channel();
        self.spawn(async move {
            let done = tokio::time::timeout(longest, work).await.unwrap_or_else(|_| Err(late()));
            let _ = answer.send(done);
        });
        result.await.map_err(|_| PluginError::new("plugin.session-over", "插件线程已停止"))?
    }

    /// Checks a component: size, signature, hash, manifest, contract. Runs nothing of it.
    ///
    /// # Errors
    /// A code that names what is wrong: `plugin.size`, `plugin.signature`, `plugin.precompiled`, `plugin.not-component`,
    /// `plugin.manifest`, `plugin.contract`, `plugin.contract-mixed`, `plugin.manifest-lies`, `plugin.import`.
    pub fn admit(&self, bytes: Vec<u8>, signature: &str, trust: &TrustStore) -> Result<AdmittedPlugin, PluginError> {
        admit(bytes, signature, trust)
    }

    /// A component that was admitted once and has been kept under its digest: for computing an old score again, when the
    /// key that signed it may be gone.
    ///
    /// # Errors
    /// `plugin.digest` when the bytes are not those, else as for [`PluginHost::admit`].
    pub fn admit_again(&self, bytes: Vec<u8>, digest: &str, signer: &str) -> Result<AdmittedPlugin, PluginError> {
        admit_again(bytes, digest, signer)
    }

    /// Compiles (or takes from the cache) and type-checks, off the threads that serve people.
    ///
    /// # Errors
    /// `plugin.compile`, or `plugin.contract-shape` when its functions are not those of the contract.
    pub async fn activate(&self, admitted: AdmittedPlugin) -> Result<ActivePlugin, PluginError> {
        let _turn = self.compiling.acquire().await.map_err(|e| PluginError::new("plugin.engine", e.to_string()))?;
        let engine = match admitted.manifest.kind {
            PluginKind::Connector => self.connectors.clone(),
            PluginKind::Standard => self.standards.clone(),
        };
        let cache = self.config.cache.clone();
        tokio::task::spawn_blocking(move || {
            let component = compiled(&engine, &admitted, cache.as_ref())?;
            let pre = linked(&engine, &component, &admitted)?;
            Ok(ActivePlugin { admitted: Arc::new(admitted), pre })
        })
        .await
        .map_err(|e| PluginError::new("plugin.compile", format!("编译中断：{e}")))?
    }
}

impl Drop for PluginHost {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Not waited for: a guest that spins must not hold up whoever lets the host go.
            runtime.shutdown_background();
        }
    }
}

fn linked(engine: &Engine, component: &Component, admitted: &AdmittedPlugin) -> Result<Pre, PluginError> {
    let differs = |e: wasmtime::Error| {
        let first = format!("{e:#}").lines().next().unwrap_or_default().to_owned();
        let manifest = &admitted.manifest;
        crate::contract::misfit(&manifest.name, &manifest.version, &admitted.bytes, &first)
    };
    match admitted.manifest.kind {
        PluginKind::Connector => {
            let mut linker = Linker::<State>::new(engine);
            link_wasi(&mut linker).map_err(|e| broken(&e))?;
            connector_bindings::Connector::add_to_linker::<_, HasSelf<_>>(&mut linker, |s| s)
                .map_err(|e| broken(&e))?;
            let pre = linker.instantiate_pre(component).map_err(differs)?;
            ConnectorPre::new(pre).map(Pre::Connector).map_err(differs)
        }
        PluginKind::Standard => {
            let mut linker = Linker::<Pure>::new(engine);
            link_wasi(&mut linker).map_err(|e| broken(&e))?;
            standard_bindings::Standard::add_to_linker::<_, HasSelf<_>>(&mut linker, |s| s).map_err(|e| broken(&e))?;
            let pre = linker.instantiate_pre(component).map_err(differs)?;
            StandardPre::new(pre).map(Pre::Standard).map_err(differs)
        }
    }
}

/// The component's code: from the cache if what lies there is what this host put there, else compiled and put there.
fn compiled(engine: &Engine, admitted: &AdmittedPlugin, cache: Option<&PathBuf>) -> Result<Component, PluginError> {
    let place = cache.and_then(|folder| {
        let key = cache_key(folder).ok()?;
        let name = format!("{}-{}.cwasm", admitted.digest, fingerprint(engine));
        Some((folder.join(name), key))
    });
    if let Some((file, key)) = &place
        && let Ok(bytes) = std::fs::read(file)
        && let Some((mark, code)) = bytes.split_at_checked(32)
        && seal(key, code).as_deref() == Some(mark)
    {
        #[expect(unsafe_code, reason = "wasmtime trusts precompiled code; the seal shows that this host wrote it")]
        // SAFETY: the seal is made with a key that only this service can read, over exactly these bytes, and the bytes
        // were written by `Component::serialize` of an engine with this fingerprint.
        let loaded = unsafe { Component::deserialize(engine, code) };
        if let Ok(component) = loaded {
            return Ok(component);
        }
    }
    let component = Component::new(engine, admitted.bytes.as_slice())
        .map_err(|e| PluginError::new("plugin.compile", format!("无法编译：{e:#}")))?;
    if let Some((file, key)) = place
        && let Ok(code) = component.serialize()
        && let Some(mark) = seal(&key, &code)
    {
        let part = file.with_extension(format!("{}.part", std::process::id()));
        let written =
            std::fs::write(&part, [mark.as_slice(), &code].concat()).and_then(|()| std::fs::rename(&part, &file));
        if let Err(e) = written {
            tracing::warn!(file = %file.display(), "编译缓存无法写入：{e}");
        }
    }
    Ok(component)
}

fn fingerprint(engine: &Engine) -> String {
    use std::hash::{Hash, Hasher};
    let mut hasher = std::hash::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn seal(key: &[u8], code: &[u8]) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(code);
    Some(mac.finalize().into_bytes().to_vec())
}

/// The key of the cache, made at first use; folder and key readable by the service alone.
fn cache_key(folder: &PathBuf) -> std::io::Result<Vec<u8>> {
    use std::io::{Read, Write};
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let file = folder.join("seal.key");
    if let Ok(key) = std::fs::read(&file)
        && key.len() == 32
    {
        return Ok(key);
    }
    let mut key = vec![0; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut key)?;
    std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&file)?.write_all(&key)?;
    Ok(key)
}

/// Guests give way to people.
fn lower_priority() {
    #[expect(unsafe_code, reason = "setpriority has no safe form; it touches nothing but this thread's priority")]
    // SAFETY: no pointer is passed; on Linux `PRIO_PROCESS` with 0 means the calling thread.
    let refused = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 10) } != 0;
    if refused {
        tracing::debug!("plugin thread keeps its priority");
    }
}
