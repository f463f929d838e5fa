//! `daylight complaint`: what the hotline exports.

use super::read::show;
use super::{Outcome, Place, open};
use crate::complaint::{Imported, ImportedStatus};
use crate::problem::Problem;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// 导入热线（12345）的工单：CSV 或每行一个 JSON 对象，UTF-8 或 GB18030；同一工单只登记一次
    Import {
        /// 文件
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        place: Place,
    },
}

/// How many refused lines are shown on a terminal.
const SHOWN: usize = 20;

fn lines(file: &str, one: &Imported) -> Vec<String> {
    let mut all = vec![format!(
        "{file}：登记 {}，已登记过 {}，未登记 {}（SHA-256 {}）",
        one.registered, one.known, one.rejected, one.sha256
    )];
    if !one.ignored.is_empty() {
        all.push(format!("  没有用到的列：{}", one.ignored.join("、")));
    }
    let refused = one.lines.iter().filter(|l| l.status == ImportedStatus::Rejected);
    all.extend(refused.clone().take(SHOWN).map(|l| {
        let text = |of: &Option<String>| of.clone().unwrap_or_default();
        format!("  第 {} 行 {} {} {}", l.line, text(&l.source_no), text(&l.code), text(&l.message))
    }));
    if refused.count() > SHOWN {
        all.push("  其余见 --json".to_owned());
    }
    all
}

pub(crate) async fn run(what: &Command) -> Outcome {
    let Command::Import { files, place } = what;
    let app = open(place).await?;
    let mut all = Vec::new();
    for file in files {
        let unreadable =
            |e: std::io::Error| Problem::new("import.file", format!("{}：{e}", file.display())).fix("核对路径与权限");
        let bytes = std::fs::read(file).map_err(unreadable)?;
        all.push((file.display().to_string(), app.import_hotline(&bytes, "cli").await?));
    }
    let told: Vec<serde_json::Value> =
        all.iter().map(|(file, one)| serde_json::json!({ "file": file, "result": one })).collect();
    show(place, &serde_json::json!({ "files": told }), || {
        all.iter().flat_map(|(file, one)| lines(file, one)).collect()
    });
    app.close().await;
    Ok(all.iter().all(|(_, one)| one.rejected == 0))
}
