//! Templates of papers, to edit in a word processor.

use super::{Outcome, print_json};
use crate::config::templates::layouts;
use crate::problem::Problem;
use clap::builder::PossibleValuesParser;
use daylight_console::bulletin::LAYOUT;
use daylight_console::docx::Template;
use std::io::Write as _;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// 导出内置模板，在 Word 或 WPS 中修改后，由 [templates] 引用
    Export {
        /// 哪一个模板
        #[arg(value_parser = names())]
        name: String,
        /// 写到此文件；已有的文件不会被覆盖
        #[arg(long)]
        out: Option<PathBuf>,
        /// 以一个 JSON 值回答
        #[arg(long)]
        json: bool,
    },
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(layouts().map(|layout| layout.name))
}

pub(crate) fn run(what: &Command) -> Outcome {
    let Command::Export { name, out, json } = what;
    let layout = layouts().find(|layout| layout.name == name).unwrap_or(&LAYOUT);
    let bytes = Template::built_in(layout)
        .and_then(|template| template.to_docx())
        .map_err(|e| Problem::told(&e, "template.unwritable"))?;
    let path = out.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.docx")));
    let failed = |e: std::io::Error| {
        Problem::new("template.out", format!("{} 无法写出：{e}", path.display()))
            .fix("已有的文件不会被覆盖：用 --out 指定另一个文件，或检查目录与权限")
    };
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
    file.write_all(&bytes).map_err(failed)?;
    if *json {
        print_json(&serde_json::json!({"file": path, "bytes": bytes.len()}));
    } else {
        let place = if name == LAYOUT.name { "[templates]" } else { "[templates.papers]" };
        crate::out!("已写出 {}；修改后放进配置目录，并写入 {place} {name} = \"templates/{name}.docx\"", path.display());
    }
    Ok(true)
}
