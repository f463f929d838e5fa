//! Commands that change something, or compute a proof.

use super::read::show;
use super::{Outcome, Place, open};
use crate::intake::page::Receipt;
use crate::problem::Problem;
use daylight_domain::ledger::{HashAlgorithm, merkle};
use daylight_store::QuarantineFilter;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

/// Options of `daylight import`.
#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// 文件：UTF-8，每行一个 JSON 对象
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// 部门编号
    #[arg(long)]
    department: String,
    /// 把每条记录的回执写到此文件（NDJSON，与记录同序）
    #[arg(long)]
    receipts: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// Options of `daylight quarantine replay`.
#[derive(Debug, clap::Args)]
pub(crate) struct Replay {
    /// 隔离记录编号
    ids: Vec<String>,
    /// 只处理一个部门
    #[arg(long)]
    department: Option<String>,
    /// 只处理一个退回代码，例：E003
    #[arg(long)]
    code: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// A bar on a terminal, nothing in a file.
pub(crate) fn bar(bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {percent:>3}%  {bytes}/{total_bytes}  {msg}  剩余 {eta}");
    ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// How many refused records are shown on a terminal.
const SHOWN: usize = 20;

pub(crate) async fn import(options: &Import) -> Outcome {
    let app = open(&options.place).await?;
    let unwritable = |e: std::io::Error| {
        Problem::new("import.receipts", format!("回执无法写入：{e}")).fix("检查 --receipts 的路径与磁盘空间")
    };
    let mut receipts = match &options.receipts {
        Some(path) => Some(std::io::BufWriter::new(std::fs::File::create(path).map_err(unwritable)?)),
        None => None,
    };
    let mut runs = Vec::new();
    let mut refused: Vec<serde_json::Value> = Vec::new();
    for file in &options.files {
        let size = std::fs::metadata(file).map_or(0, |m| m.len());
        let progress = bar(size);
        let (mut records, mut failed) = (0usize, None);
        let run = app
            .import(&options.department, file, &mut |incoming, told, bytes| {
                for (at, (one, receipt)) in incoming.iter().zip(told).enumerate() {
                    let bad = matches!(receipt, Receipt::Rejected { .. } | Receipt::Waiting { .. });
                    if receipts.is_none() && !(bad && refused.len() < 1000) {
                        continue;
                    }
                    let mut line = receipt.told(one);
                    if let Some(object) = line.as_object_mut() {
                        object.insert("record".to_owned(), (records + at + 1).into());
                    }
                    if let Some(out) = &mut receipts
                        && let Err(e) = writeln!(out, "{line}")
                    {
                        failed = Some(e);
                    }
                    if bad && refused.len() < 1000 {
                        refused.push(line);
                    }
                }
                records += incoming.len();
                progress.set_position(bytes);
                progress.set_message(format!("{records} 条"));
            })
            .await;
        progress.finish_and_clear();
        if let Some(e) = failed {
            return Err(unwritable(e));
        }
        runs.push(run?);
    }
    if let Some(out) = &mut receipts {
        out.flush().map_err(unwritable)?;
    }
    let all = serde_json::json!({ "runs": runs, "refused": refused });
    show(&options.place, &all, || {
        let mut lines: Vec<String> = runs
            .iter()
            .map(|r| {
                format!(
                    "{} {}：{} 条，接受 {}，重复 {}，退回 {}，等待 {}",
                    r.id, r.reason, r.records, r.accepted, r.duplicates, r.rejected, r.waiting
                )
            })
            .collect();
        lines.extend(refused.iter().take(SHOWN).map(|r| {
            let text = |name: &str| r.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
            format!("  第 {} 条 {} {} {}", r["record"], text("code"), text("field"), text("message_zh"))
        }));
        if refused.len() > SHOWN {
            lines.push("  其余见 daylight quarantine list，或用 --receipts 写出全部回执".to_owned());
        }
        lines
    });
    app.close().await;
    Ok(runs.iter().all(|r| r.rejected == 0))
}

pub(crate) async fn replay(options: &Replay) -> Outcome {
    let app = open(&options.place).await?;
    let filter = QuarantineFilter {
        department: options.department.clone(),
        code: options.code.clone(),
        ..QuarantineFilter::default()
    };
    let answers = app.replay(filter, &options.ids).await?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, receipt) in &answers {
        *counts.entry(receipt.word()).or_default() += 1;
    }
    let list: Vec<serde_json::Value> =
        answers.iter().map(|(id, receipt)| serde_json::json!({ "id": id, "receipt": receipt })).collect();
    show(&options.place, &serde_json::json!({ "counts": counts, "records": list }), || {
        vec![format!(
            "{} 条：接受 {}，重复 {}，等待 {}，仍退回 {}",
            answers.len(),
            counts.get("accepted").unwrap_or(&0),
            counts.get("duplicate").unwrap_or(&0),
            counts.get("waiting").unwrap_or(&0),
            counts.get("rejected").unwrap_or(&0)
        )]
    });
    app.close().await;
    Ok(!counts.contains_key("rejected"))
}

pub(crate) async fn prove(place: &Place, department: &str, seq: u64) -> Outcome {
    let app = open(place).await?;
    app.department(department)?;
    let mut leaves = Vec::new();
    loop {
        let part = app.store.leaves(department, leaves.len() as u64, 50_000).await?;
        if part.is_empty() {
            break;
        }
        leaves.extend(part);
    }
    let unknown = || {
        Problem::new("ledger.unknown", format!("{department} 没有事件 {seq}"))
            .fix(format!("序号从 1 到 {}", leaves.len()))
    };
    let index = usize::try_from(seq).ok().and_then(|n| n.checked_sub(1)).ok_or_else(unknown)?;
    let algorithm: HashAlgorithm = app.config.main.ledger.hash;
    let path = merkle::inclusion(algorithm, &leaves, index).ok_or_else(unknown)?;
    let leaf = leaves.get(index).ok_or_else(unknown)?;
    let root = merkle::root(algorithm, &leaves);
    let good = merkle::proves(algorithm, &root, leaf, index as u64, leaves.len() as u64, &path);
    let proof = serde_json::json!({
        "department": department, "event": seq, "algorithm": algorithm.as_str(), "size": leaves.len(),
        "leaf": hex::encode(leaf), "root": hex::encode(root),
        "path": path.iter().map(hex::encode).collect::<Vec<_>>(), "verified": good,
    });
    show(place, &proof, || vec![serde_json::to_string_pretty(&proof).unwrap_or_default()]);
    Ok(good)
}
