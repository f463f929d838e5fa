//! Copies of the database: made while the appliance works, proven by their own bytes and chains, put back only when nobody is
//! at work. Beside each copy lies a small file that says what it holds. SQLite; PostgreSQL has tools of its own.

use crate::app::App;
use crate::config::Loaded;
use crate::lock;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::clock::Clock;
use daylight_store::{AuditEntry, LedgerReport, SqliteStore, Store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What a copy holds, as its small file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Label {
    /// The copy's file name.
    pub file: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Schema version.
    pub schema: i64,
    /// The program that made it.
    pub version: String,
    /// Departments: events, and the last link of the chain.
    pub ledgers: BTreeMap<String, (u64, String)>,
}

/// What a verification of a copy found.
#[derive(Clone, Debug, Serialize)]
pub struct Verified {
    /// The copy.
    pub label: Label,
    /// Every chain, recomputed from the copy.
    pub ledgers: Vec<LedgerReport>,
    /// The bytes are the ones that were written, and every chain agrees.
    pub good: bool,
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> Problem {
    let name = path.display().to_string();
    move |e| Problem::new("backup.missing", format!("{name}：{e}")).fix("daylight backup list 列出现有的备份")
}

fn only_sqlite(config: &Loaded) -> Result<(), Problem> {
    if config.main.storage.database == "sqlite" {
        return Ok(());
    }
    Err(Problem::new("backup.unsupported", "PostgreSQL 用它自己的工具备份")
        .fix("pg_dump --format=custom，或 pg_basebackup"))
}

fn sha256(path: &Path) -> Result<String, Problem> {
    let mut file = std::fs::File::open(path).map_err(io(path))?;
    let (mut hash, mut piece) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut piece).map_err(io(path))? {
            0 => return Ok(hex::encode(hash.finalize())),
            n => hash.update(piece.get(..n).unwrap_or_default()),
        }
    }
}

fn label_of(copy: &Path) -> PathBuf {
    copy.with_extension("json")
}

/// Where copies lie.
#[must_use]
pub fn folder(config: &Loaded) -> PathBuf {
    config.data().join("backups")
}

/// Every copy with its label, oldest first. A file without a label is not a copy that was finished.
#[must_use]
pub fn list(config: &Loaded) -> Vec<Label> {
    let mut all: Vec<Label> = std::fs::read_dir(folder(config))
        .map(|entries| {
            entries
                .flatten()
                .map(|e| e.path())
                .filter(|p| p.extension().is_some_and(|e| e == "json"))
                .filter_map(|p| serde_json::from_slice(&std::fs::read(p).ok()?).ok())
                .collect()
        })
        .unwrap_or_default();
    all.sort_by(|a, b| (a.made_at, &a.file).cmp(&(b.made_at, &b.file)));
    all
}

impl App {
    /// Makes a copy while work goes on, and forgets the oldest ones beyond what is kept.
    ///
    /// # Errors
    /// `backup.unsupported`, `backup.exists`, or the disk.
    pub async fn back_up(&self, actor: &str) -> Result<Label, Problem> {
        only_sqlite(&self.config)?;
        let made = self.copy().await;
        // What is not finished is no copy.
        let (folder, all) = (folder(&self.config), list(&self.config));
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".db") && !all.iter().any(|l| l.file == name) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
        let label = made?;
        let entry = AuditEntry {
            at: label.made_at,
            actor: actor.to_owned(),
            action: "backup.create".to_owned(),
            object: label.file.clone(),
            detail: serde_json::json!({ "sha256": label.sha256, "size": label.size }).to_string(),
        };
        self.store.audit(entry).await?;
        let keep = usize::try_from(self.config.main.backup.keep.max(1)).unwrap_or(1);
        for old in all.iter().take(all.len().saturating_sub(keep)) {
            for path in [folder.join(&old.file), label_of(&folder.join(&old.file))] {
                if let Err(e) = std::fs::remove_file(&path) {
                    tracing::warn!(file = %path.display(), "旧备份无法删除：{e}");
                }
            }
        }
        Ok(label)
    }

    async fn copy(&self) -> Result<Label, Problem> {
        let now = self.clock.now();
        let folder = folder(&self.config);
        std::fs::create_dir_all(&folder).map_err(io(&folder))?;
        let utc = chrono::DateTime::from_timestamp_millis(now.0).unwrap_or_default();
        let file = format!("daylight-{}.db", utc.format("%Y%m%dT%H%M%S%3fZ"));
        let copy = folder.join(&file);
        if copy.exists() {
            return Err(Problem::new("backup.exists", format!("{file} 已存在")).fix("稍后再做一次"));
        }
        self.store.backup(&copy).await?;
        std::fs::File::open(&copy).and_then(|f| f.sync_all()).map_err(io(&copy))?;
        // What the copy says of itself, not what the database says by now.
        let algorithm = self.config.main.ledger.hash;
        let opened = SqliteStore::open_copy(&copy, algorithm).await?;
        let mut ledgers = BTreeMap::new();
        for total in opened.department_totals().await? {
            let head = opened.head(&total.department).await?;
            ledgers.insert(total.department, (head.seq, hex::encode(head.hash)));
        }
        let schema = opened.health().await?.schema;
        opened.close().await;
        let path = copy.clone();
        let sum = tokio::task::spawn_blocking(move || sha256(&path));
        let sum = sum.await.map_err(|e| Problem::new("internal", e.to_string()))??;
        let label = Label {
            file,
            made_at: now,
            size: std::fs::metadata(&copy).map_err(io(&copy))?.len(),
            sha256: sum,
            schema,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ledgers,
        };
        let text = serde_json::to_string_pretty(&label).unwrap_or_default();
        std::fs::write(label_of(&copy), text).map_err(io(&copy))?;
        Ok(label)
    }
}

/// A copy by its name, by its path, or the newest.
fn find(config: &Loaded, wanted: Option<&Path>) -> Result<(PathBuf, Label), Problem> {
    let missing = || {
        let what = wanted.map_or_else(|| folder(config).display().to_string(), |p| p.display().to_string());
        Problem::new("backup.missing", format!("没有备份：{what}")).fix("daylight backup create 做一份")
    };
    let copy = match wanted {
        None => folder(config).join(&list(config).pop().ok_or_else(missing)?.file),
        Some(path) if path.exists() => path.to_path_buf(),
        Some(path) => folder(config).join(path),
    };
    let text = std::fs::read(label_of(&copy)).map_err(|_| missing())?;
    let label = serde_json::from_slice(&text)
        .map_err(|e| Problem::new("backup.damaged", format!("{}：{e}", label_of(&copy).display())).fix("换一份备份"))?;
    Ok((copy, label))
}

/// Whether a copy (the newest, if none is named) is what was written, and every chain in it agrees.
///
/// # Errors
/// `backup.missing`, `backup.damaged`.
pub async fn verify(config: &Loaded, wanted: Option<&Path>) -> Result<Verified, Problem> {
    only_sqlite(config)?;
    let (copy, label) = find(config, wanted)?;
    let damaged = |what: String| Problem::new("backup.damaged", what).fix("换一份备份；daylight backup list");
    if sha256(&copy)? != label.sha256 {
        return Err(damaged(format!("{} 的内容与做备份时不同", copy.display())));
    }
    let opened = SqliteStore::open_copy(&copy, config.main.ledger.hash).await.map_err(|e| damaged(e.to_string()))?;
    opened.integrity().await.map_err(|e| damaged(e.to_string()))?;
    let mut ledgers = Vec::new();
    for department in label.ledgers.keys() {
        ledgers.push(opened.verify_ledger(department).await?);
    }
    opened.close().await;
    let said = |r: &LedgerReport| label.ledgers.get(&r.department).is_some_and(|l| *l == (r.events, r.head.clone()));
    let good = ledgers.iter().all(|r| r.verified && said(r));
    Ok(Verified { label, ledgers, good })
}

/// Puts a copy in the place of the database. The database that was there is moved aside, never deleted; what was recorded
/// after the copy was made is only there.
///
/// # Errors
/// `backup.busy` while anybody is at work, `backup.damaged`, `backup.missing`.
pub async fn restore(config: &Loaded, wanted: &Path, clock: &dyn Clock) -> Result<(Label, Option<PathBuf>), Problem> {
    let verified = verify(config, Some(wanted)).await?;
    if !verified.good {
        return Err(Problem::new("backup.damaged", "备份中的散列链不一致").fix("换一份备份；daylight backup list"));
    }
    let data = config.data();
    let _whole = lock::alone(&data)?.ok_or_else(|| {
        Problem::new("backup.busy", "还有程序在使用这个数据目录").fix("先停止服务：systemctl stop daylight")
    })?;
    let (copy, label) = find(config, Some(wanted))?;
    let here = data.join("daylight.db");
    // Beside its place first, so that a full disk or a power cut leaves one whole database or the other.
    let fresh = data.join("daylight.db.restoring");
    std::fs::copy(&copy, &fresh).map_err(io(&copy))?;
    std::fs::File::open(&fresh).and_then(|f| f.sync_all()).map_err(io(&fresh))?;
    let mut aside = None;
    if here.exists() {
        let utc = chrono::DateTime::from_timestamp_millis(clock.now().0).unwrap_or_default();
        let old = data.join(format!("daylight.db.before-restore-{}", utc.format("%Y%m%dT%H%M%S%3fZ")));
        for ending in ["-wal", "-shm", ""] {
            let part = |base: &Path| PathBuf::from(format!("{}{ending}", base.display()));
            if part(&here).exists() {
                std::fs::rename(part(&here), part(&old)).map_err(io(&here))?;
            }
        }
        aside = Some(old);
    }
    std::fs::rename(&fresh, &here).map_err(io(&here))?;
    std::fs::File::open(&data).and_then(|f| f.sync_all()).map_err(io(&data))?;
    Ok((label, aside))
}
