//! `daylight department gate, report, sign, diagnostics`: what a department must show, the report of its trial, who signed it, and
//! what is given to somebody else who looks for a cause.

use super::read::show;
use super::{Outcome, Place, open};
use crate::config::Loaded;
use crate::gate::report::{GateReportView, unsigned as without, unsigned_problem};
use crate::problem::Problem;
use daylight_domain::department::Phase;
use daylight_store::{SqliteStore, Store as _};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Options of `daylight department report`.
#[derive(Debug, clap::Args)]
pub(crate) struct Report {
    /// 报告编号
    no: String,
    /// 写到此文件：.docx、.html 或 .json
    #[arg(long)]
    out: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// Options of `daylight department sign`.
#[derive(Debug, clap::Args)]
pub(crate) struct Sign {
    /// 报告编号
    no: String,
    /// 所读报告的散列
    #[arg(long)]
    digest: String,
    /// 存有签署人令牌的文件；“-”为标准输入
    #[arg(long)]
    token_file: PathBuf,
    #[command(flatten)]
    place: Place,
}

/// Options of `daylight department diagnostics`.
#[derive(Debug, clap::Args)]
pub(crate) struct Diagnostics {
    /// 部门编号
    id: String,
    /// 写到此文件；缺省为 diagnostics-部门.zip
    #[arg(long)]
    out: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

fn unwritable(file: &Path, e: &std::io::Error) -> Problem {
    Problem::new("gate.file", format!("{}：{e}", file.display())).fix("核对路径与权限")
}

fn lines(one: &GateReportView) -> Vec<String> {
    let r = &one.report;
    let mut all = vec![format!("{} {} {} 冻结于 {}", r.no, one.state.name_zh(), r.name, r.made_at)];
    all.push(format!("  散列 {}", one.digest));
    all.extend(one.stale_zh.iter().map(|why| format!("  失效：{why}")));
    all.extend(
        one.signatures
            .iter()
            .map(|s| format!("  {}一方：{}（{}）{}", s.side.name_zh(), s.user, s.role.name_zh(), s.at)),
    );
    all.extend(one.wanted.iter().map(|side| format!("  待签：{}", side.name_zh())));
    all
}

pub(crate) async fn gate(place: &Place, id: &str, freeze: bool) -> Outcome {
    let app = open(place).await?;
    if freeze {
        let made = app.freeze_gate_report(id, "cli").await;
        app.close().await;
        let made = made?;
        show(place, &made, || lines(&made));
        return Ok(true);
    }
    let gate = app.gate(id).await?;
    let reports = app.gate_reports(Some(id)).await?;
    let mut value = serde_json::to_value(&gate).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.insert("reports".to_owned(), serde_json::json!(reports));
    }
    show(place, &value, || {
        let next = gate.next.map_or("—", Phase::name_zh);
        let mut all = vec![format!("{id}：{} → {next}", gate.phase.name_zh())];
        all.extend(gate.conditions.iter().map(|c| {
            let word = match c.met {
                Some(true) => "达到",
                Some(false) => "未达",
                None => "无据",
            };
            format!("  {word} {}：{}", c.asked_zh, c.found_zh)
        }));
        all.extend(gate.reached.iter().map(|(phase, since)| format!("  {since} 进入 {phase}")));
        all.extend(reports.iter().flat_map(lines));
        all
    });
    app.close().await;
    Ok(gate.open || gate.next.is_none())
}

pub(crate) async fn report(options: &Report) -> Outcome {
    let app = open(&options.place).await?;
    let found = app.gate_report(&options.no).await?;
    if let Some(out) = &options.out {
        let bytes = match out.extension().and_then(|e| e.to_str()) {
            Some("docx") => app.gate_document(&found)?,
            Some("html") => app.gate_page(&found).into_bytes(),
            Some("json") => serde_json::to_vec_pretty(&found).unwrap_or_default(),
            _ => {
                let message = format!("{} 不是 .docx、.html 或 .json", out.display());
                return Err(Problem::new("gate.file", message).fix("换一个扩展名"));
            }
        };
        std::fs::write(out, bytes).map_err(|e| unwritable(out, &e))?;
    }
    show(&options.place, &found, || lines(&found));
    app.close().await;
    Ok(true)
}

/// A person signs, not the machine: by a token of that person's own.
pub(crate) async fn sign(options: &Sign) -> Outcome {
    let mut secret = String::new();
    if options.token_file.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut secret).map_err(|e| unwritable(&options.token_file, &e))?;
    } else {
        secret = std::fs::read_to_string(&options.token_file).map_err(|e| unwritable(&options.token_file, &e))?;
    }
    let app = open(&options.place).await?;
    let caller = app.caller(secret.trim()).await?;
    let signed = app.sign_gate_report(&options.no, &options.digest, &caller).await;
    app.close().await;
    let signed = signed?;
    show(&options.place, &signed, || lines(&signed));
    Ok(true)
}

pub(crate) async fn diagnostics(options: &Diagnostics) -> Outcome {
    let app = open(&options.place).await?;
    let bytes = app.diagnostics(&options.id, "cli").await;
    app.close().await;
    let bytes = bytes?;
    let out = options.out.clone().unwrap_or_else(|| PathBuf::from(format!("diagnostics-{}.zip", options.id)));
    std::fs::write(&out, &bytes).map_err(|e| unwritable(&out, &e))?;
    let said = serde_json::json!({ "file": out, "bytes": bytes.len() });
    show(&options.place, &said, || vec![format!("{}（{} 字节）", out.display(), bytes.len())]);
    Ok(true)
}

/// What `daylight check` warns of when it can look into the database: connectors and standards that are not installed, and departments
/// that are live without a signed report. Where the database is not there, or not to be read, only the files speak; `daylight doctor`
/// says the rest.
pub(crate) async fn warnings(config: &Loaded) -> Vec<Problem> {
    let file = config.data().join("daylight.db");
    if config.main.storage.database != "sqlite" || !file.exists() {
        return config.warnings.clone();
    }
    let Ok(store) = SqliteStore::open_beside(&file, config.main.ledger.hash).await else {
        return config.warnings.clone();
    };
    let mut all = config.warnings_beside(&store.plugins().await.unwrap_or_default());
    let found = without(&store, config).await.unwrap_or_default();
    all.extend((!found.is_empty()).then(|| unsigned_problem(&found)));
    all
}
