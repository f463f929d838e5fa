//! Templates of papers, to edit in a word processor.

use super::{Outcome, print_json};
use crate::problem::Problem;
use daylight_console::bulletin::Template;
use std::io::Write as _;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// 导出内置模板，在 Word 或 WPS 中修改后，由 [templates] 引用
    Export {
        /// 哪一个模板
        name: Name,
        /// 写到此文件；已有的文件不会被覆盖
        #[arg(long)]
        out: Option<PathBuf>,
        /// 以一个 JSON 值回答
        #[arg(long)]
        json: bool,
    },
}

/// The templates there are.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Name {
    /// 通报
    Bulletin,
}

pub(crate) fn run(what: &Command) -> Outcome {
    let Command::Export { name: Name::Bulletin, out, json } = what;
    let bytes = Template::built_in()
        .and_then(|template| template.to_docx())
        .map_err(|e| Problem::told(&e, "template.unwritable"))?;
    let path = out.clone().unwrap_or_else(|| PathBuf::from("bulletin.docx"));
    let failed = |e: std::io::Error| {
        Problem::new("template.out", format!("{} 无法写出：{e}", path.display()))
            .fix("已有的文件不会被覆盖：用 --out 指定另一个文件，或检查目录与权限")
    };
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
    file.write_all(&bytes).map_err(failed)?;
    if *json {
        print_json(&serde_json::json!({"file": path, "bytes": bytes.len()}));
    } else {
        crate::out!(
            "已写出 {}；修改后放进配置目录，并写入 [templates] bulletin = \"templates/bulletin.docx\"",
            path.display()
        );
    }
    Ok(true)
}
