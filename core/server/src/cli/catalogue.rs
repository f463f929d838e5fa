//! `daylight catalogue`: drafts of versions as they go into the configuration, and the provincial list.

use super::read::show;
use super::{Outcome, Place, open};
use crate::catalogue::{Comparison, Standing, toml_of};
use crate::problem::Problem;
use daylight_domain::draft::{DraftState, ItemDraft};
use daylight_store::MatterFilter;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// 草案：编号、状态、事项与版本
    Drafts {
        /// 只列一种状态
        #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(DraftState::WORDS))]
        state: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// 打印草案的 TOML：整个 [[item]]，写入 config/catalogue
    Toml {
        /// 草案编号
        no: String,
        #[command(flatten)]
        place: Place,
    },
    /// 导入省级实施清单（CSV 或 JSON，UTF-8 或 GB18030），与目录逐项比较
    Import {
        /// 文件
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
}

fn compared(one: &Comparison) -> Vec<String> {
    let count = |standing| one.counts.get(&standing).copied().unwrap_or(0);
    let mut all = vec![format!(
        "{}：一致 {}，不同 {}，本县没有 {}，省级没有 {}，没有采用的行 {}",
        one.list.no,
        count(Standing::Same),
        count(Standing::Changed),
        count(Standing::New),
        count(Standing::Missing),
        one.refused.len()
    )];
    if !one.ignored.is_empty() {
        all.push(format!("  没有用到的列：{}", one.ignored.join("、")));
    }
    for item in one.items.iter().filter(|i| i.standing != Standing::Same) {
        let word = match item.standing {
            Standing::New => "本县没有",
            Standing::Missing => "省级没有",
            _ => "不同",
        };
        all.push(format!("  {word} {} {}", item.code, item.name));
        all.extend(
            item.changes.iter().map(|c| format!("    {}：{} → {}", c.field, c.old.join("、"), c.new.join("、"))),
        );
    }
    all.extend(one.refused.iter().map(|r| format!("  第 {} 行：{}", r.what, r.message)));
    all
}

pub(crate) async fn run(what: &Command) -> Outcome {
    match what {
        Command::Drafts { state, place } => {
            let app = open(place).await?;
            let states = state.iter().cloned().collect();
            let all: Vec<ItemDraft> =
                app.list_matters(MatterFilter { states, limit: 1000, ..MatterFilter::default() }).await?;
            let line = |d: &ItemDraft| {
                format!("{} {} {} 版本 {} {}", d.no, d.state.name_zh(), d.item.code, d.item.version, d.item.name)
            };
            show(place, &json!({ "drafts": all }), || all.iter().map(line).collect());
            app.close().await;
        }
        Command::Toml { no, place } => {
            let app = open(place).await?;
            let draft = app.find_matter::<ItemDraft>(no).await?.matter;
            let text = toml_of(&draft.item);
            let told = json!({ "no": draft.no, "state": draft.state, "department": draft.department, "toml": text });
            show(place, &told, || text.lines().map(str::to_owned).collect());
            app.close().await;
        }
        Command::Import { file, place } => {
            let unreadable = |e: std::io::Error| {
                Problem::new("import.file", format!("{}：{e}", file.display())).fix("核对路径与权限")
            };
            let bytes = std::fs::read(file).map_err(unreadable)?;
            let app = open(place).await?;
            let one = app.import_items(&bytes, "cli").await?;
            show(place, &one, || compared(&one));
            app.close().await;
        }
    }
    Ok(true)
}
