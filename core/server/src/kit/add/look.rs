//! The trial itself: the whole configuration with the new file, the connector's own check, the first pages.

use super::seen::{Counting, Seen, Skew, SkewFrom};
use super::write::Wanted;
use crate::config::place::Source;
use crate::config::todo::todos;
use crate::config::{Department, Loaded, load_beside};
use crate::kit::draft::fetch::client;
use crate::plugins::{bundled, trust_bundled};
use crate::problem::{Problem, Severity};
use daylight_domain::clock::Clock;
use daylight_domain::department::Phase;
use daylight_host::{ActivePlugin, HostConfig, HostDeps, Manifest, PluginHost, TrustStore, generate_key, sign};
use daylight_store::{PluginRow, PostgresStore, Sources, SqliteStore, Store};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long a source may take to say what time it is.
const DATE_WAIT: Duration = Duration::from_secs(5);

/// What a trial found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Looked {
    /// Id of the department.
    pub id: String,
    /// The file it belongs into.
    pub file: PathBuf,
    /// What the file should say.
    pub toml: String,
    /// What works, in the connector's words.
    pub notes: Vec<String>,
    /// What has to be mended first.
    pub problems: Vec<Problem>,
    /// What deserves a look.
    pub warnings: Vec<Problem>,
    /// What the first pages hold; nothing where they were not reached.
    pub seen: Option<Seen>,
    /// Everything passed and nothing would be refused.
    pub in_order: bool,
    /// The file was written.
    pub written: bool,
}

/// What a trial is made of besides the department itself.
#[derive(Clone, Debug)]
pub struct Trial<'a> {
    /// Folder of the configuration.
    pub folder: &'a Path,
    /// Secrets by name, beside those stored.
    pub secrets: &'a BTreeMap<String, String>,
    /// A component that is tried without being installed.
    pub component: Option<&'a [u8]>,
    /// Pages that are looked at.
    pub pages: u32,
}

/// Tries a department. Nothing is written anywhere.
///
/// # Errors
/// What stopped the trial itself; what is wrong with the department stands in the answer.
pub async fn look(wanted: &Wanted, trial: &Trial<'_>, clock: &dyn Clock) -> Result<Looked, Problem> {
    let file = trial.folder.join("departments").join(format!("{}.toml", wanted.id));
    // It is tried as what it will be next.
    let text = wanted.toml(Phase::Connecting);
    let source = Source { file: file.clone(), text };
    let left = todos(&source);
    let mut looked = Looked {
        id: wanted.id.clone(),
        file,
        toml: String::new(),
        notes: Vec::new(),
        problems: left.clone(),
        warnings: Vec::new(),
        seen: None,
        in_order: false,
        written: false,
    };
    match load_beside(trial.folder, source, trial.secrets, clock.now()) {
        Err(problems) => {
            let (errors, warnings): (Vec<_>, Vec<_>) =
                problems.into_iter().partition(|p| p.severity == Severity::Error);
            looked.problems.extend(errors);
            looked.warnings = warnings;
        }
        Ok(loaded) => {
            let own = |p: &&Problem| p.place.as_ref().is_some_and(|place| place.file == looked.file);
            let warnings = loaded.warnings_beside(&installed_plugins(&loaded).await?);
            looked.warnings = warnings.iter().filter(own).filter(|p| p.code != "settings.todo").cloned().collect();
            if let (true, Some(department)) = (left.is_empty(), loaded.departments.get(&wanted.id)) {
                run(&loaded, department, trial, clock, &mut looked).await?;
            }
        }
    }
    let phase = if looked.problems.is_empty() { Phase::Connecting } else { Phase::Planned };
    looked.toml = wanted.toml(phase);
    let clean = looked.seen.as_ref().is_some_and(|s| s.refused.is_empty() && s.unmapped.is_empty());
    looked.in_order = looked.problems.is_empty() && clean;
    Ok(looked)
}

/// The connector as it runs later: check, then pages.
async fn run(
    loaded: &Loaded,
    department: &Department,
    trial: &Trial<'_>,
    clock: &dyn Clock,
    looked: &mut Looked,
) -> Result<(), Problem> {
    let deps = HostDeps {
        secrets: Arc::new(loaded.secrets.clone()),
        databases: Arc::new(Sources),
        county_cas: loaded.authorities.clone(),
        resolver: None,
    };
    let host = PluginHost::new(HostConfig { cache: None, threads: 1 }, deps)?;
    let plugin = match plugin(&host, loaded, department, trial.component).await {
        Ok(plugin) => plugin,
        Err(problem) => {
            looked.problems.push(problem);
            return Ok(());
        }
    };
    let (settings, grants, limits) = loaded.lent(department)?;
    match host.check(&plugin, &department.id, &settings, &grants, &limits).await {
        Err(e) => looked.problems.push(e.into()),
        Ok(report) => {
            looked.notes = report.notes;
            looked.problems.extend(report.problems.into_iter().map(|p| {
                let setting = p.setting.filter(|s| !s.is_empty());
                let place = setting.map(|s| format!("（设置 {s}）")).unwrap_or_default();
                Problem::new(&p.code, format!("{}{place}", p.message)).fix(way(&p.code))
            }));
        }
    }
    if !looked.problems.is_empty() {
        return Ok(());
    }
    let started = clock.now();
    let run_id = uuid::Uuid::now_v7().to_string();
    let opened =
        host.open(&plugin, &department.id, &settings, &grants, &limits, &run_id, None, &started.rfc3339()).await;
    let session = match opened {
        Ok(session) => session,
        Err(e) => {
            looked.problems.push(e.into());
            return Ok(());
        }
    };
    let mut counting = Counting::default();
    for _ in 0..trial.pages.max(1) {
        match session.next(department.page_rows).await {
            Err(e) => {
                looked.problems.push(e.into());
                break;
            }
            Ok(got) => {
                // Files that were read stay where they are: they move only when their records are taken.
                counting.page(&got.page, &department.id, &loaded.rules, clock.now());
                if got.page.done {
                    break;
                }
            }
        }
    }
    let mut seen = counting.finish(&department.id, &loaded.rules, clock.now());
    if seen.skew.is_none() {
        seen.skew = by_answer(loaded, department, clock).await;
    }
    looked.seen = Some(seen);
    Ok(())
}

/// What to do about what a connector says of its source.
fn way(code: &str) -> &'static str {
    match code {
        "source.refused" | "secret.not-granted" => "核对密钥：secrets.toml 中的值、[grants] 的 secrets 与设置中的名称",
        "http.denied" => "在 [grants] 的 http 中写这个地址；在内网时 private = true（--private）",
        "http.unreachable" | "http.timeout" | "source.unavailable" => "核对地址、端口、网络与对方服务是否运行",
        "source.shape" => "核对 rows 与 records 中的列名；daylight department draft 可从样例起草",
        _ => "按所指的设置改正，再试一次",
    }
}

/// The plugin: the component that was given, the bundled one, or the one that is installed.
async fn plugin(
    host: &PluginHost,
    loaded: &Loaded,
    department: &Department,
    component: Option<&[u8]>,
) -> Result<ActivePlugin, Problem> {
    let name = department.connector.as_deref().unwrap_or_default();
    let mut trust = loaded.trust.clone();
    trust_bundled(&mut trust)?;
    if let Some(bytes) = component {
        // What is asked to be tried is trusted for as long as the trial takes.
        let (secret, public) = generate_key(rand::random());
        let mut own = TrustStore::default();
        own.add("trial", &public)?;
        let signature = sign(bytes, &secret)?;
        return Ok(host.activate(host.admit(bytes.to_vec(), &signature, &own)?).await?);
    }
    if let Some(one) = bundled().iter().find(|b| b.name == name) {
        return Ok(host.activate(host.admit(one.bytes.to_vec(), one.signature, &trust)?).await?);
    }
    let unknown = || {
        Problem::new("plugin.unknown", format!("没有安装名为“{name}”的插件"))
            .fix("daylight plugin install 安装它，或用 --plugin 文件.wasm 试用")
    };
    let row = installed_row(loaded, name).await?.ok_or_else(unknown)?;
    Ok(host.activate(host.admit(row.bytes, &row.signature, &trust)?).await?)
}

/// The active version of a plugin that is installed.
/// Every plugin that the county has; none where there is no county yet.
async fn installed_plugins(loaded: &Loaded) -> Result<Vec<PluginRow>, Problem> {
    let Some(store) = installed(loaded).await? else { return Ok(Vec::new()) };
    let all = store.plugins().await?;
    store.close().await;
    Ok(all)
}

async fn installed_row(loaded: &Loaded, name: &str) -> Result<Option<PluginRow>, Problem> {
    let Some(store) = installed(loaded).await? else { return Ok(None) };
    let row = store.plugins().await?.into_iter().find(|p| p.name == name && p.active_since.is_some());
    let row = match row {
        Some(row) => store.plugin(&row.digest).await?,
        None => None,
    };
    store.close().await;
    Ok(row)
}

/// The manifest of a plugin that the county installed; nothing where it did not.
///
/// # Errors
/// The store does not answer.
pub async fn installed_manifest(loaded: &Loaded, name: &str) -> Result<Option<Manifest>, Problem> {
    Ok(installed_row(loaded, name).await?.and_then(|row| Manifest::of(&row.bytes).ok()))
}

/// The county's store, where there is one already; only read.
async fn installed(loaded: &Loaded) -> Result<Option<Arc<dyn Store>>, Problem> {
    let algorithm = loaded.main.ledger.hash;
    let database = &loaded.main.storage.database;
    if database == "sqlite" {
        let file = loaded.data().join("daylight.db");
        return Ok(match file.exists() {
            true => Some(Arc::new(SqliteStore::open(&file, algorithm).await?)),
            false => None,
        });
    }
    let secret = loaded.main.storage.secret.as_ref().and_then(|name| loaded.secrets.0.get("storage")?.get(name));
    let url = secret.map_or_else(|| database.clone(), |value| daylight_host::with_secret(database, value));
    Ok(Some(Arc::new(PostgresStore::connect(&url, algorithm).await?)))
}

/// The source's clock by the `Date` of any answer of the first origin that gives one.
async fn by_answer(loaded: &Loaded, department: &Department, clock: &dyn Clock) -> Option<Skew> {
    let client = client(&loaded.authorities, DATE_WAIT).ok()?;
    for grant in &department.grants.http {
        let Ok(answer) = client.head(&grant.origin).send().await else { continue };
        let said = answer.headers().get("date").and_then(|v| v.to_str().ok());
        if let Some(at) = said.and_then(|d| chrono::DateTime::parse_from_rfc2822(d).ok()) {
            let seconds = (at.timestamp_millis() - clock.now().0).div_euclid(1000);
            return Some(Skew { seconds, from: SkewFrom::Answer });
        }
    }
    None
}
