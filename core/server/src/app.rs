//! Builds everything in order, owns it, and shuts it down.

use crate::config::Loaded;
use crate::config::show::Shown;
use crate::intake::applicant::Applicants;
use crate::lock::{Presence, present};
use crate::plugins::{BUNDLED, bundled, trust_bundled};
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::clock::Clock;
use daylight_domain::rule::{PluginFacts, RuleStateFacts};
use daylight_host::{ActivePlugin, HostConfig, HostDeps, PluginHost};
use daylight_store::{AuditEntry, PageCommit, PluginRow, PostgresStore, Sources, SqliteStore, Store, StoreError};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::os::unix::fs::DirBuilderExt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Since when rules of the delivered catalogue are seen to be off.
const RULES_OFF: &str = "rules.off";

/// The running house.
pub struct App {
    /// Configuration.
    pub config: Loaded,
    /// Everything that is kept.
    pub store: Arc<dyn Store>,
    /// Plugins.
    pub host: PluginHost,
    /// The county's clock.
    pub clock: Arc<dyn Clock>,
    /// When it was started, by the county's clock.
    pub started: Timestamp,
    presence: Mutex<Option<Presence>>,
    /// Makes keys of applicants.
    pub(crate) applicants: Applicants,
    /// Tells those who watch that something was written.
    pub(crate) changed: tokio::sync::watch::Sender<u64>,
    /// Departments the store knows and the configuration does not.
    pub(crate) removed: Vec<String>,
    pub(crate) active: tokio::sync::Mutex<HashMap<String, ActivePlugin>>,
    pub(crate) pulling: Mutex<HashSet<String>>,
    /// Departments whose last pull broke off in the middle.
    pub(crate) behind: Mutex<HashSet<String>>,
    /// Failures in a row, and when the last run started, by department.
    pub(crate) failures: Mutex<HashMap<String, (u32, Timestamp)>>,
    /// Whether each active plugin is what was signed, when that was looked at last.
    pub(crate) plugin_facts: Mutex<Vec<PluginFacts>>,
    /// Rules of the delivered catalogue that the county has switched off.
    pub(crate) rules_off: Vec<RuleStateFacts>,
    /// How often the public may write and ask.
    pub(crate) public: crate::complaint::Limiters,
    /// Held while a password is tried, by the name's place among them.
    pub(crate) signing_in: Vec<tokio::sync::Mutex<()>>,
    /// Wrong attempts at names that nobody has: how many in a row, locked until when.
    pub(crate) guesses: Mutex<HashMap<String, (u32, Option<Timestamp>)>>,
    /// Held while something is done under an idempotency key.
    pub(crate) keys: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    /// Whether cases are known to be armed by the calendar that is there.
    pub(crate) follows_calendar: std::sync::atomic::AtomicBool,
    /// Held while what the desk reported is taken in.
    pub(crate) desk_turn: tokio::sync::Mutex<()>,
    /// The configuration as it is shown; made when it is first.
    shown: OnceLock<Shown>,
    /// Work begun here that nobody waits for: pulls, copies.
    working: Mutex<tokio::task::JoinSet<()>>,
}

impl App {
    /// Opens the store, installs the bundled plugins by the way every plugin takes, and marks runs of a dead process.
    ///
    /// # Errors
    /// What cannot be opened, with a way out.
    pub async fn open(config: Loaded, clock: Arc<dyn Clock>) -> Result<Arc<Self>, Problem> {
        let data = config.data();
        // Personal data lies here: for nobody but the appliance's own user.
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&data).map_err(|e| {
            Problem::new("storage.folder", format!("{} 无法创建：{e}", data.display())).fix("检查上级目录的权限")
        })?;
        let presence = present(&data)?;
        if !data.join("daylight.db").exists() && data.join("daylight.db.restoring").exists() {
            let message = "上一次恢复没有做完：原来的数据库已移到一旁，备份还没有就位";
            return Err(Problem::new("backup.interrupted", message).fix("再执行一次 daylight backup restore"));
        }
        let algorithm = config.main.ledger.hash;
        let store: Arc<dyn Store> = if config.main.storage.database == "sqlite" {
            Arc::new(SqliteStore::open(&data.join("daylight.db"), algorithm).await?)
        } else {
            let mut url = config.main.storage.database.clone();
            if let Some(name) = &config.main.storage.secret {
                let value = config.secrets.0.get("storage").and_then(|s| s.get(name)).ok_or_else(|| {
                    Problem::new("storage.secret", format!("没有存储密钥“{name}”"))
                        .fix(format!("在 secrets.toml 的 [storage] 中加入 {name} = \"…\""))
                })?;
                url = daylight_host::with_secret(&url, value);
            }
            Arc::new(PostgresStore::connect(&url, algorithm).await?)
        };
        let deps = HostDeps {
            secrets: Arc::new(config.secrets.clone()),
            databases: Arc::new(Sources),
            county_cas: config.authorities.clone(),
            resolver: None,
        };
        let host_config = HostConfig { cache: Some(data.join("cache")), threads: config.main.plugins.threads };
        let host = PluginHost::new(host_config, deps)?;
        let started = clock.now();
        if presence.alone {
            store.close_stale_runs(started).await?;
        }
        let (mut behind, mut failures) = (HashSet::new(), HashMap::new());
        for id in config.departments.keys() {
            let standing = store.pull_standing(id).await?;
            if let Some(run) = standing.failed {
                failures.insert(id.clone(), (standing.failures, run.started_at));
            }
            let last = store.runs(Some(id), 1, None).await?.pop();
            if last.is_some_and(|run| run.kind == "pull" && run.status != "done" && run.pages > 0) {
                behind.insert(id.clone());
            }
        }
        let known = store.department_totals().await?.into_iter().map(|t| t.department);
        let removed: Vec<String> = known.filter(|id| !config.departments.contains_key(id)).collect();
        for id in &removed {
            tracing::warn!(department = %id, "部门已不在配置中，其办件不再判定");
        }
        for department in config.departments.values() {
            store.note_phase(&department.id, department.phase.as_str(), started).await?;
        }
        let (applicants, alone) = (Applicants::of(store.as_ref()).await?, presence.alone);
        let rules_off = rules_off(&config, store.as_ref(), started).await?;
        let public = crate::complaint::Limiters::of(&config.main.complaint);
        let app = Arc::new(Self {
            config,
            public,
            applicants,
            store,
            host,
            clock,
            started,
            presence: Mutex::new(Some(presence)),
            removed,
            changed: tokio::sync::watch::Sender::new(0),
            active: tokio::sync::Mutex::default(),
            pulling: Mutex::default(),
            behind: Mutex::new(behind),
            failures: Mutex::new(failures),
            plugin_facts: Mutex::default(),
            rules_off,
            signing_in: (0..crate::people::SEATS).map(|_| tokio::sync::Mutex::default()).collect(),
            guesses: Mutex::default(),
            keys: Mutex::default(),
            follows_calendar: std::sync::atomic::AtomicBool::new(false),
            desk_turn: tokio::sync::Mutex::default(),
            shown: OnceLock::new(),
            working: Mutex::default(),
        });
        app.install_bundled().await?;
        app.fill_applicants().await?;
        for id in app.config.departments.keys() {
            // A report that somebody altered is the doctor's to tell; the county goes on.
            if let Err(e) = app.note_live(id).await {
                tracing::error!(department = %id, "验收报告无法核对：{e}");
            }
        }
        // Beside a service that still judges by the old register nothing is judged by the new one.
        if alone {
            app.follow_tally().await?;
            app.follow_staff().await?;
        }
        Ok(app)
    }

    /// Begins work that ends with the house.
    pub(crate) fn begin(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut working = self.working.lock().unwrap_or_else(PoisonError::into_inner);
        while working.try_join_next().is_some() {}
        working.spawn(work);
    }

    /// Ends work, all connections, and says that this process is not at work here any more. A pull that is broken off is
    /// like one that was killed: the page it was at is not there, and the next start takes it up again.
    pub async fn close(&self) {
        let mut working = std::mem::take(&mut *self.working.lock().unwrap_or_else(PoisonError::into_inner));
        working.shutdown().await;
        self.store.close().await;
        *self.presence.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Writes a commit, and tells those who watch.
    ///
    /// # Errors
    /// The store's own; a conflict means: compute again.
    pub(crate) async fn write(&self, commit: PageCommit) -> Result<(), StoreError> {
        let speaks = !commit.outbox.is_empty();
        self.store.commit(commit).await?;
        if speaks {
            self.tell();
        }
        Ok(())
    }

    /// How many wait for new messages: readers of the live stream, and channels.
    #[must_use]
    pub fn watchers(&self) -> usize {
        self.changed.receiver_count()
    }

    /// Tells those who watch that there are new messages.
    pub(crate) fn tell(&self) {
        self.changed.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// Departments whose last pulls failed, and how many did in a row.
    #[must_use]
    pub fn failures_in_a_row(&self) -> Vec<(String, u32)> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = failures.iter().map(|(id, (n, _))| (id.clone(), *n)).collect();
        all.sort();
        all
    }

    async fn install_bundled(&self) -> Result<(), Problem> {
        let stored = self.store.plugins().await?;
        for one in bundled() {
            let mut trust = self.config.trust.clone();
            trust_bundled(&mut trust)?;
            let admitted = self.host.admit(one.bytes.to_vec(), one.signature, &trust)?;
            let other = stored.iter().find(|p| p.name == one.name && p.active_since.is_some());
            let mine = other.is_some_and(|p| p.digest == admitted.digest);
            if mine || other.is_some_and(|p| p.signer != BUNDLED) {
                continue;
            }
            self.keep(admitted, "system").await?;
        }
        Ok(())
    }

    /// Keeps an admitted plugin and makes it the active version of its name.
    async fn keep(&self, admitted: daylight_host::AdmittedPlugin, actor: &str) -> Result<PluginRow, Problem> {
        let now = self.clock.now();
        let row = PluginRow {
            digest: admitted.digest.clone(),
            name: admitted.manifest.name.clone(),
            version: admitted.manifest.version.clone(),
            kind: admitted.manifest.kind.as_str().to_owned(),
            manifest: serde_json::to_string(&admitted.manifest).unwrap_or_default(),
            signer: admitted.signer.clone(),
            installed_at: now,
            active_since: None,
            bytes: admitted.bytes.to_vec(),
            signature: admitted.signature.clone(),
            grade: None,
        };
        self.store.put_plugin(&row).await?;
        self.switch(&row, actor, "plugin.activate").await?;
        Ok(row)
    }

    fn plugin_entry(&self, row: &PluginRow, actor: &str, action: &str) -> AuditEntry {
        AuditEntry {
            at: self.clock.now(),
            actor: actor.to_owned(),
            action: action.to_owned(),
            object: format!("{} {}", row.name, row.version),
            detail: serde_json::json!({ "digest": row.digest, "signer": row.signer }).to_string(),
        }
    }

    async fn switch(&self, row: &PluginRow, actor: &str, action: &str) -> Result<(), Problem> {
        let entry = self.plugin_entry(row, actor, action);
        self.store.activate_plugin(&row.digest, entry.at, entry).await?;
        self.active.lock().await.remove(&row.name);
        Ok(())
    }

    /// Installs a plugin: checked, compiled and type-checked first, then kept and switched to. The version before stays for
    /// a rollback.
    ///
    /// # Errors
    /// Why it is refused; nothing is changed then.
    pub async fn install(&self, bytes: Vec<u8>, signature: &str, actor: &str) -> Result<PluginRow, Problem> {
        let mut trust = self.config.trust.clone();
        trust_bundled(&mut trust)?;
        let admitted = self.host.admit(bytes, signature, &trust)?;
        self.host.activate(admitted.clone()).await?;
        self.keep(admitted, actor).await
    }

    /// The version of a plugin that was installed before the active one, without its bytes.
    ///
    /// # Errors
    /// `plugin.unknown`; `plugin.no-version` when there is none.
    pub(crate) async fn version_before(&self, name: &str) -> Result<PluginRow, Problem> {
        let mut rows: Vec<PluginRow> = self.store.plugins().await?.into_iter().filter(|p| p.name == name).collect();
        let order = |p: &PluginRow| {
            let version: Vec<u64> = p.version.split(['.', '-']).map(|part| part.parse().unwrap_or(0)).collect();
            (p.installed_at, version)
        };
        rows.sort_by_key(|p| std::cmp::Reverse(order(p)));
        if rows.is_empty() {
            return Err(
                Problem::new("plugin.unknown", format!("没有安装名为“{name}”的插件")).fix("daylight plugin list")
            );
        }
        let active = rows.iter().position(|p| p.active_since.is_some());
        let before = active.and_then(|at| rows.get(at + 1)).ok_or_else(|| {
            Problem::new("plugin.no-version", format!("“{name}”没有更早的版本"))
                .fix("daylight plugin list 列出已有的版本")
        })?;
        Ok(before.clone())
    }

    /// Goes back to the version of a plugin that was installed before the active one.
    ///
    /// # Errors
    /// `plugin.no-version` when there is none.
    pub async fn rollback(&self, name: &str, actor: &str) -> Result<PluginRow, Problem> {
        let before = self.version_before(name).await?;
        self.switch(&before, actor, "plugin.rollback").await?;
        Ok(before)
    }

    /// Takes a plugin out of service. Its components stay in the database, because a score is recomputed with the one that made it; the
    /// way back is to install one again.
    ///
    /// # Errors
    /// `plugin.unknown`; `plugin.bundled` of one that comes with the program; `plugin.in-use` while the configuration names it.
    pub async fn remove_plugin(&self, name: &str, actor: &str) -> Result<PluginRow, Problem> {
        let unknown = || {
            Problem::new("plugin.unknown", format!("没有启用名为“{name}”的插件"))
                .fix("daylight plugin list 列出已有的插件")
        };
        let active = self.store.plugins().await?.into_iter().find(|p| p.name == name && p.active_since.is_some());
        let row = active.ok_or_else(unknown)?;
        let naming = self.config.naming(name);
        if !naming.is_empty() {
            return Err(Problem::new("plugin.in-use", format!("配置仍在使用“{name}”：{}", naming.join("、")))
                .fix("先在这些文件中换掉或去掉它，重启服务，再移除"));
        }
        if row.signer == BUNDLED {
            return Err(Problem::new("plugin.bundled", format!("“{name}”随本程序发行，下次启动会再装上"))
                .fix("没有部门使用它就不会运行，不必移除"));
        }
        self.store.retire_plugin(name, self.plugin_entry(&row, actor, "plugin.remove")).await?;
        self.active.lock().await.remove(name);
        Ok(row)
    }

    /// A plugin by name, compiled and ready; the artifact comes from the store.
    ///
    /// # Errors
    /// `plugin.unknown`, or why it cannot be admitted or compiled.
    pub async fn plugin(&self, name: &str) -> Result<ActivePlugin, Problem> {
        let mut active = self.active.lock().await;
        if let Some(plugin) = active.get(name) {
            return Ok(plugin.clone());
        }
        let rows = self.store.plugins().await?;
        let unknown = || {
            Problem::new("plugin.unknown", format!("没有安装名为“{name}”的插件"))
                .fix("daylight plugin list 列出已有的插件")
        };
        let row = rows.into_iter().find(|p| p.name == name && p.active_since.is_some()).ok_or_else(unknown)?;
        let row = self.store.plugin(&row.digest).await?.ok_or_else(unknown)?;
        let admitted = self.proven(&row)?;
        let plugin = self.host.activate(admitted).await?;
        active.insert(name.to_owned(), plugin.clone());
        Ok(plugin)
    }

    /// A stored plugin that is what was signed.
    ///
    /// # Errors
    /// Why it is not.
    pub(crate) fn proven(&self, row: &PluginRow) -> Result<daylight_host::AdmittedPlugin, Problem> {
        let mut trust = self.config.trust.clone();
        trust_bundled(&mut trust)?;
        // A bundled plugin of this very build carries this build's signature; the bytes are the same.
        let signature = bundled()
            .iter()
            .find(|b| b.name == row.name && b.bytes == row.bytes.as_slice())
            .map_or(row.signature.as_str(), |b| b.signature);
        let admitted = self.host.admit(row.bytes.clone(), signature, &trust)?;
        if admitted.digest != row.digest {
            let message = format!("插件“{}”的文件与安装时的散列不符", row.name);
            return Err(Problem::new("plugin.digest", message).fix("重新安装该插件，并查明数据库为何被改动"));
        }
        Ok(admitted)
    }

    /// The configuration as it is shown.
    pub fn shown(&self) -> &Shown {
        self.shown.get_or_init(|| Shown::of(&self.config))
    }

    /// Whether a department is being pulled.
    #[must_use]
    pub fn is_pulling(&self, department: &str) -> bool {
        self.pulling.lock().unwrap_or_else(PoisonError::into_inner).contains(department)
    }
}

/// Rules that are on in the delivered catalogue and off in this county, since when that is seen, and the reason that an override
/// gives for it.
async fn rules_off(config: &Loaded, store: &dyn Store, now: Timestamp) -> Result<Vec<RuleStateFacts>, Problem> {
    let book = &config.rules.book;
    let kept = store.setting(RULES_OFF).await?.unwrap_or_default();
    let seen: BTreeMap<String, Timestamp> = serde_json::from_str(&kept).unwrap_or_default();
    let off = crate::known::on_by_default().into_iter().filter(|id| book.get(id).is_none_or(|rule| !rule.enabled));
    let off: BTreeMap<String, Timestamp> = off.map(|id| (id.clone(), seen.get(&id).copied().unwrap_or(now))).collect();
    if off != seen {
        store.put_setting(RULES_OFF, &serde_json::to_string(&off).unwrap_or_default()).await?;
    }
    let facts = |(rule, since): (String, Timestamp)| RuleStateFacts {
        approval: book.overrides().find(|o| o.rule == rule).map(|o| o.reason.clone()),
        rule,
        disabled_since: Some(since),
        on_by_default: true,
    };
    Ok(off.into_iter().map(facts).collect())
}
