//! `plugin grade` and `plugin inspect`: what is known of a plugin, without a source.

use super::test::keys;
use super::{beside, read, text};
use crate::cli::{Outcome, Place, open, print_json};
use crate::kit::grade::{Grade, grade};
use crate::kit::inspect::{Inspection, Signature, inspect};
use crate::kit::trial::seal::hold;
use crate::kit::trial::spec::Level;
use crate::plugins::trust_bundled;
use crate::problem::Problem;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(crate) struct Graded {
    /// 组件（.wasm），或已安装的插件的名称（需要 --config）
    what: String,
    /// 验收报告；缺省为组件旁的 <名称>.report.json，签名在 <报告>.sig
    #[arg(long)]
    report: Option<PathBuf>,
    /// 核对报告签名的公钥文件（.pub），可多次给出
    #[arg(long)]
    trust: Vec<PathBuf>,
    /// 配置目录；查看已安装的插件时需要
    #[arg(long, env = "DAYLIGHT_CONFIG")]
    config: Option<PathBuf>,
    /// 以一个 JSON 值回答
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Inspected {
    /// 组件（.wasm）
    file: PathBuf,
    /// 核对签名的公钥文件（.pub），可多次给出
    #[arg(long)]
    trust: Vec<PathBuf>,
    /// 以一个 JSON 值回答
    #[arg(long)]
    json: bool,
}

/// Where the report of a component lies: `x.wasm` → `x.report.json`.
pub(super) fn report_beside(file: &Path) -> PathBuf {
    file.with_extension("report.json")
}

fn none(what: &str) -> Problem {
    Problem::new("report.none", format!("“{what}”没有验收报告，级别未知"))
        .fix("daylight plugin test 组件 --report 目录 --key 私钥；已安装的须连同报告重新安装")
}

pub(super) async fn graded(command: Graded) -> Outcome {
    let found = if command.what.ends_with(".wasm") { of_file(&command)? } else { installed(&command).await? };
    if command.json {
        print_json(&found);
    } else {
        lines(&found).iter().for_each(|l| crate::out!("{l}"));
    }
    Ok(found.level > Level::None)
}

fn of_file(command: &Graded) -> Result<Grade, Problem> {
    let file = Path::new(&command.what);
    let bytes = read(file)?;
    let report = command.report.clone().unwrap_or_else(|| report_beside(file));
    if command.report.is_none() && !report.is_file() {
        return Err(none(&command.what));
    }
    let body = text(&report)?;
    let sealed = beside(&report);
    let mut trust = keys(&command.trust)?;
    trust_bundled(&mut trust)?;
    // Who names keys wants to know that one of them signed it.
    let signature = if sealed.is_file() && !command.trust.is_empty() {
        Some(text(&sealed)?)
    } else if command.trust.is_empty() {
        None
    } else {
        let message = format!("报告没有签名（{}）", sealed.display());
        return Err(Problem::new("report.signature", message).fix("daylight plugin test … --key 私钥 重新出具"));
    };
    Ok(grade(&hold(&body, signature.as_deref(), &bytes, &trust)?))
}

async fn installed(command: &Graded) -> Result<Grade, Problem> {
    let config = command.config.clone().ok_or_else(|| {
        Problem::new("plugin.file", format!("“{}”不是组件文件（.wasm）", command.what))
            .fix("查看已安装的插件时，以 --config 指明配置目录")
    })?;
    let app = open(&Place { config, json: command.json }).await?;
    let found = app.grade_of(&command.what).await;
    app.close().await;
    found?.ok_or_else(|| none(&command.what))
}

fn lines(found: &Grade) -> Vec<String> {
    let signer =
        found.signer.as_ref().map_or("没有核对签名（--trust）".to_owned(), |s| format!("报告由“{s}”签名"));
    let mut all = vec![
        format!("{} {}：{}", found.name, found.version, found.level.zh()),
        format!("{} 项检查中通过 {} 项，{}，{signer}", found.checks, found.passed, found.at),
    ];
    if let Some(next) = found.next.filter(|_| !found.missing.is_empty()) {
        all.push(format!("距{}还差：", next.zh()));
        all.extend(
            found.missing.iter().map(|m| format!("  {} {}：{}\n    办法：{}", m.id, m.title.zh, m.seen.zh, m.mend.zh)),
        );
    }
    all
}

pub(super) fn inspected(command: &Inspected) -> Outcome {
    let bytes = read(&command.file)?;
    let signature = beside(&command.file);
    let signature = signature.is_file().then(|| text(&signature)).transpose()?;
    let mut trust = keys(&command.trust)?;
    trust_bundled(&mut trust)?;
    let found = inspect(&bytes, signature.as_deref(), &trust)?;
    if command.json {
        print_json(&found);
    } else {
        seen(&found).iter().for_each(|l| crate::out!("{l}"));
    }
    Ok(true)
}

fn seen(found: &Inspection) -> Vec<String> {
    let m = &found.manifest;
    let signature = match &found.signature {
        Signature::None => "没有".to_owned(),
        Signature::Known { signer } => format!("由“{signer}”签名"),
        Signature::Unknown => "不是已知的密钥所作，或文件被改动".to_owned(),
    };
    let mut all = vec![
        format!("{} {}（{}）{}", m.name, m.version, m.kind.as_str(), m.summary_zh),
        format!("接口 {}，{} 字节，SHA-256 {}", m.contract, found.size, found.digest),
        format!("签名：{signature}"),
        format!("引入：{}", found.anatomy.imports.join("、")),
        format!("导出：{}", found.anatomy.exports.join("、")),
        "它要：".to_owned(),
    ];
    all.extend(found.wishes.iter().map(|w| format!("  {w}")));
    if !found.grants.is_empty() {
        all.push("部门配置中这样授权：".to_owned());
        all.extend(found.grants.lines().map(|l| format!("  {l}")));
    }
    if !found.settings_table.is_empty() {
        all.push("设置（名称、类型、必填、缺省、说明）：".to_owned());
        all.extend(found.settings_table.iter().map(|s| {
            let needed = if s.required { "必填" } else { "可选" };
            let default = s.default.as_ref().map_or_else(|| "—".to_owned(), ToString::to_string);
            format!("  {} | {} | {needed} | {default} | {}", s.name, s.kind, s.description)
        }));
    }
    if !found.warnings.is_empty() {
        all.push("请留意：".to_owned());
        all.extend(found.warnings.iter().map(|w| format!("  {w}")));
    }
    all
}
