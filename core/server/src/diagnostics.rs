//! What somebody else needs who looks for the cause of a department's trouble (诊断包): a zip of small JSON files. It is made of what is
//! allowed, not of what is left when the secret is taken out: every field of it is one of the types below, and those hold states,
//! codes, counts, times, digests and names the program itself gave. Texts of others – settings, messages, records – come in by
//! [`settings`] and [`scrub`] alone.

mod parts;
pub mod scrub;
pub mod settings;

use crate::app::App;
use crate::config::Department;
use crate::plugins::BUNDLED;
use crate::problem::Problem;
use daylight_domain::publication::digest_of;
use daylight_domain::record::RecordType;
use daylight_host::Manifest;
use daylight_store::{AuditEntry, EventHead, PluginRow, QuarantineFilter, RunRow};
use parts::{About, Allowed, Asked, Clock, Database, Event, Granted, Plugin, Run, Seen, Standing};
use serde::Serialize;
use serde_json::Value;
use settings::origin;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

/// Heads of events that go along.
const EVENTS: u32 = 200;
/// Runs that go along.
const RUNS: u32 = 50;
/// Records of quarantine that are counted.
const COUNTED: u32 = 10_000;

/// Words a program gives: codes, kinds, names of plugins. Whatever else stands there is not repeated.
fn plain(text: &str) -> String {
    let fits =
        text.len() <= 64 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.+".contains(&b));
    if fits { text.to_owned() } else { "…".to_owned() }
}

/// A code of the registry; a plugin may make up its own, of which only the kind is repeated.
fn code(text: &str) -> String {
    let refusal = daylight_domain::check::RejectCode::ALL.iter().any(|code| code.as_str() == text);
    if refusal || crate::problem::registry::entry(text).is_some() {
        return text.to_owned();
    }
    let kind = text.split('.').next().unwrap_or_default();
    if ["source", "plugin", "http", "database", "files", "settings", "cursor", "secret"].contains(&kind) {
        format!("{kind}.…")
    } else {
        "…".to_owned()
    }
}

fn system() -> String {
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let release = read("/etc/os-release");
    let name = release.lines().find_map(|l| l.strip_prefix("PRETTY_NAME=")).unwrap_or("linux").trim_matches('"');
    format!("{name}, {}", read("/proc/sys/kernel/osrelease").trim())
}

fn events(heads: &[EventHead]) -> Vec<Event> {
    let mut cases: BTreeMap<&str, usize> = BTreeMap::new();
    for head in heads.iter().filter(|head| !head.case_no.is_empty()) {
        let next = cases.len() + 1;
        cases.entry(head.case_no.as_str()).or_insert(next);
    }
    let event = |head: &EventHead| Event {
        seq: head.seq,
        amends: head.amends,
        record: head.record.as_str(),
        case: cases.get(head.case_no.as_str()).copied(),
        data_version: head.data_version,
        event_time: head.event_time,
        received_time: head.received_time,
        hash: head.hash.clone(),
    };
    heads.iter().map(event).collect()
}

fn run(row: RunRow, names: &BTreeSet<String>) -> Run {
    Run {
        id: row.id,
        kind: plain(&row.kind),
        reason: plain(&row.reason),
        status: plain(&row.status),
        started_at: row.started_at,
        ended_at: row.ended_at,
        pages: row.pages,
        records: row.records,
        accepted: row.accepted,
        duplicates: row.duplicates,
        rejected: row.rejected,
        waiting: row.waiting,
        error_code: row.error_code.as_deref().map(code),
        error: row.error.as_deref().map(|text| scrub::scrubbed(text, names)),
    }
}

fn plugin(row: &PluginRow, manifest: Option<&Manifest>) -> Plugin {
    Plugin {
        name: plain(&row.name),
        version: plain(&row.version),
        kind: plain(&row.kind),
        digest: row.digest.clone(),
        bundled: row.signer == BUNDLED,
        installed_at: row.installed_at,
        active_since: row.active_since,
        contract: manifest.map(|m| plain(&m.contract)),
    }
}

/// What is said first to who opens it.
const README: &str = "\
诊断包：一个部门的连接器为什么这样。没有密钥、设置中的文字、办件编号、姓名、证件与电话号码、来源的原话；
来源与插件的错误信息只留下已知无害的词，其余为“…”。时间是县里的时间；events.json 中的 case 是本包内的序号。
Diagnostics of one department. No secrets, texts of settings, case numbers, persons, or words of the source;
of error messages only words known to be harmless are left, the rest is \"…\".

about.json        版本、时钟、数据库 / versions, clock, database
standing.json     阶段、状态、由谁处理 / phase, state, whose turn
plugin.json       插件的各版本 / versions of the plugin
allowed.json      限制、申请、授权、设置 / limits, asks, grants, settings
runs.json         最近的运行 / last runs
events.json       最近 200 个事件的头 / heads of the last 200 events
refused.json      隔离区按代码计数 / refused records by code
gate.json         条件与验收报告 / conditions and reports
doctor.json       诊断 / what the doctor saw
";

impl App {
    /// The bundle of a department, and who asked for it in the audit.
    ///
    /// # Errors
    /// `department.unknown`, or the store.
    pub async fn diagnostics(&self, id: &str, actor: &str) -> Result<Vec<u8>, Problem> {
        let department = self.department(id)?;
        let rows = self.store.plugins().await?;
        let mine: Vec<&PluginRow> = rows.iter().filter(|p| Some(&p.name) == department.connector.as_ref()).collect();
        let active = mine.iter().find(|p| p.active_since.is_some());
        let manifest = active.and_then(|p| serde_json::from_str::<Manifest>(&p.manifest).ok());
        let schema: Value =
            manifest.as_ref().and_then(|m| serde_json::from_str(&m.settings.schema).ok()).unwrap_or_default();
        let mut names = settings::names(&schema);
        names.extend(crate::problem::registry::all().map(|(code, _)| code.to_owned()));
        names.extend(RecordType::ALL.iter().map(|r| r.as_str().to_owned()));
        names.insert(id.to_owned());
        let parts = [
            ("about.json", json(&self.about().await?)),
            ("standing.json", json(&self.told_standing(department).await?)),
            (
                "plugin.json",
                json(
                    &mine
                        .iter()
                        .map(|p| plugin(p, manifest.as_ref().filter(|_| p.active_since.is_some())))
                        .collect::<Vec<_>>(),
                ),
            ),
            ("allowed.json", json(&self.allowed(department, manifest.as_ref(), &schema))),
            (
                "runs.json",
                json(
                    &self
                        .store
                        .runs(Some(id), RUNS, None)
                        .await?
                        .into_iter()
                        .map(|r| run(r, &names))
                        .collect::<Vec<_>>(),
                ),
            ),
            ("events.json", json(&events(&self.store.last_events(id, EVENTS).await?))),
            ("refused.json", json(&self.refused(id, &names).await?)),
            ("gate.json", json(&self.gate_asked(id).await?)),
            ("doctor.json", json(&self.seen(department, &names).await?)),
        ];
        let bytes = zipped(&parts)?;
        let detail = serde_json::json!({ "sha256": digest_of(&bytes), "bytes": bytes.len() });
        let entry = AuditEntry {
            at: self.clock.now(),
            actor: actor.to_owned(),
            action: "department.diagnostics".to_owned(),
            object: id.to_owned(),
            detail: detail.to_string(),
        };
        self.store.audit(entry).await?;
        Ok(bytes)
    }

    async fn about(&self) -> Result<About, Problem> {
        let health = self.store.health().await?;
        let now = self.clock.now();
        let machine = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok();
        Ok(About {
            format: "daylight-diagnostics-1",
            made_at: now,
            clock: Clock {
                county: now,
                machine_unix_ms: machine.and_then(|d| u64::try_from(d.as_millis()).ok()),
                started: self.started,
                last_received: self.store.department_totals().await?.iter().filter_map(|t| t.last_received).max(),
            },
            program: env!("CARGO_PKG_VERSION"),
            wasmtime: env!("DAYLIGHT_WASMTIME"),
            contract: "daylight:plugin@1.0.0",
            system: system(),
            architecture: std::env::consts::ARCH,
            database: Database {
                engine: health.engine,
                version: health.version,
                schema: health.schema,
                bytes: health.size,
            },
        })
    }

    async fn told_standing(&self, d: &Department) -> Result<Standing, Problem> {
        let unknown = || Problem::new("department.unknown", format!("没有编号为“{}”的部门", d.id));
        let view = self.connector_views(Some(&d.id)).await?.pop().ok_or_else(unknown)?;
        Ok(Standing {
            department: d.id.clone(),
            phase: d.phase,
            planned: d.planned.clone(),
            state: view.state,
            since: view.since,
            who: view.who,
            failures: view.failures,
            error_code: view.error_code.as_deref().map(code),
            next_pull: view.next_pull,
            pulling: view.pulling,
            lag_seconds: view.lag,
            scheduled: d.schedule.is_some(),
            jitter_seconds: d.jitter_seconds,
            sla_minutes: d.sla_minutes,
            silence_minutes: d.silence_minutes,
            page_rows: d.page_rows,
            desk: d.at_desk().is_some(),
            configuration: crate::gate::report::configuration_digest(&self.config, d),
        })
    }

    fn allowed(&self, d: &Department, manifest: Option<&Manifest>, schema: &Value) -> Allowed {
        let http: Vec<String> = d.grants.http.iter().filter_map(|g| origin(&g.origin)).collect();
        let stored = self.config.secrets.0.get(&d.id);
        let is_there = |name: &&String| stored.is_some_and(|all| all.contains_key(*name));
        let granted = Granted {
            private: d.grants.http.iter().filter(|g| g.private).count(),
            secrets: d.grants.secrets.iter().map(|name| plain(name)).collect(),
            secrets_stored: d.grants.secrets.iter().filter(is_there).count(),
            databases: d.grants.database.iter().map(|(name, g)| (plain(name), origin(&g.url))).collect(),
            folders: d.grants.files.keys().map(|name| plain(name)).collect(),
            http: http.clone(),
        };
        Allowed {
            limits: d.limits(&self.config.main.limits).ok(),
            standard_limits: self.config.main.standard_limits.clone(),
            threads: self.config.main.plugins.threads,
            asks: manifest.map(|m| m.asks.clone()),
            granted,
            settings: settings::told(schema, &Value::Object(d.settings.clone()), &http),
        }
    }

    /// Refused records by code and field of the exchange standard.
    async fn refused(&self, id: &str, names: &BTreeSet<String>) -> Result<BTreeMap<String, u64>, Problem> {
        let filter =
            QuarantineFilter { department: Some(id.to_owned()), limit: COUNTED, ..QuarantineFilter::default() };
        let mut all = BTreeMap::new();
        for row in self.store.quarantine(&filter).await? {
            let field =
                row.field.as_deref().map_or_else(String::new, |field| format!(" {}", scrub::scrubbed(field, names)));
            *all.entry(format!("{}{field}", code(&row.code))).or_insert(0) += 1;
        }
        Ok(all)
    }

    async fn gate_asked(&self, id: &str) -> Result<Value, Problem> {
        let gate = self.gate_asking(id, false).await?;
        let asked: Vec<Asked> =
            gate.conditions.iter().map(|c| Asked { code: c.code, met: c.met, numbers: c.numbers }).collect();
        let reports: Vec<Value> = self
            .gate_reports(Some(id))
            .await
            .unwrap_or_default()
            .iter()
            .map(|r| serde_json::json!({ "no": r.report.no, "state": r.state, "digest": r.digest, "made_at": r.report.made_at }))
            .collect();
        Ok(serde_json::json!({ "next": gate.next, "open": gate.open, "conditions": asked, "reports": reports }))
    }

    /// What the doctor says of the place and of this department. Where it was looked is repeated as far as the program gave the name.
    async fn seen(&self, d: &Department, names: &BTreeSet<String>) -> Result<Vec<Seen>, Problem> {
        let own = |what: &str| match what.split_once('/') {
            None => Some(plain(what)),
            Some((kind @ ("source" | "ledger"), id)) => (id == d.id).then(|| format!("{kind}/{id}")),
            Some((kind @ "plugin", name)) => {
                (Some(name) == d.connector.as_deref()).then(|| format!("{kind}/{}", plain(name)))
            }
            Some((kind, _)) => Some(plain(kind)),
        };
        let checks = self.doctor().await?.checks;
        let seen = checks.into_iter().filter_map(|check| {
            Some(Seen {
                what: own(&check.what)?,
                state: check.state,
                code: check.code.as_deref().map(code),
                seen: scrub::scrubbed(&check.seen_zh, names),
            })
        });
        Ok(seen.collect())
    }
}

fn json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec_pretty(value).unwrap_or_default()
}

fn zipped(parts: &[(&str, Vec<u8>)]) -> Result<Vec<u8>, Problem> {
    let broken = |e: &dyn std::fmt::Display| Problem::new("internal", format!("诊断包写不成：{e}"));
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let readme = [("README.txt", README.as_bytes().to_vec())];
    for (name, bytes) in readme.iter().chain(parts) {
        zip.start_file(*name, SimpleFileOptions::default()).map_err(|e| broken(&e))?;
        zip.write_all(bytes).map_err(|e| broken(&e))?;
    }
    Ok(zip.finish().map_err(|e| broken(&e))?.into_inner())
}
