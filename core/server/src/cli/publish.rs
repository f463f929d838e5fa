//! `daylight publication` and `daylight export`. Publications are drafted and approved by persons, through the API.

use super::read::show as print;
use super::{Outcome, Place, open};
use crate::problem::Problem;
use crate::publish::ExportAsked;
use chrono::NaiveDate;
use clap::Subcommand;
use daylight_domain::publication::{Publication, PublicationState};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// 列出
    List(Place),
    /// 一份公布件：文件、散列、经过
    Show {
        /// 编号
        no: String,
        #[command(flatten)]
        place: Place,
    },
    /// 由保存的字节重算全部散列
    Verify {
        /// 编号
        no: String,
        #[command(flatten)]
        place: Place,
    },
}

/// Options of `daylight export`.
#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// monthly、supervision、cards、scores、complaints、ratings
    kind: String,
    /// 起始日期
    #[arg(long)]
    from: NaiveDate,
    /// 截止日期，含当日
    #[arg(long)]
    to: NaiveDate,
    /// 只导出一个部门
    #[arg(long)]
    department: Option<String>,
    /// csv、xlsx 或 json
    #[arg(long, default_value = "csv")]
    format: String,
    /// 写到此文件；缺省以中文名写到当前目录
    #[arg(long)]
    out: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

fn line(one: &Publication) -> String {
    let state = one.state.name_zh();
    format!("{} {} {} {} {}", one.no, state, one.audience.name_zh(), one.title, one.digest)
}

pub(crate) async fn run(command: &Command) -> Outcome {
    match command {
        Command::List(place) => {
            let app = open(place).await?;
            let all = app.publications(PublicationState::WORDS).await?;
            print(place, &all, || all.iter().map(line).collect());
            app.close().await;
            Ok(true)
        }
        Command::Show { no, place } => {
            let app = open(place).await?;
            let view = app.publication(no).await?;
            print(place, &view, || {
                let one = &view.publication;
                let mut lines = vec![line(one), format!("范围：{}；数据时间 {}", one.scope, one.data_time)];
                lines.extend(one.files.iter().map(|f| format!("  {} {} {}", f.sha256, f.size, f.name)));
                lines.extend(one.steps.iter().map(|s| format!("{} {} {} {}", s.at, s.act, s.by, s.text)));
                lines.extend(view.obstacles.iter().map(|o| format!("不能公布：{}", o.say().0)));
                lines
            });
            app.close().await;
            Ok(true)
        }
        Command::Verify { no, place } => {
            let app = open(place).await?;
            let proof = app.verify_publication(no).await?;
            print(place, &proof, || {
                let mut lines = proof.problems.clone();
                let word = if proof.verified { "一致" } else { "不一致" };
                lines.push(format!("{no}：{} 个文件，{word}，{}", proof.files, proof.digest));
                lines
            });
            app.close().await;
            Ok(proof.verified)
        }
    }
}

pub(crate) async fn export(options: &Export) -> Outcome {
    let app = open(&options.place).await?;
    let asked = ExportAsked {
        kind: &options.kind,
        from: options.from,
        to: options.to,
        department: options.department.as_deref(),
        format: &options.format,
        as_department: false,
        by: "cli",
    };
    let file = app.export(&asked).await?;
    let out = options.out.clone().unwrap_or_else(|| PathBuf::from(&file.name));
    std::fs::write(&out, &file.bytes)
        .map_err(|e| Problem::new("export.write", format!("{} 无法写入：{e}", out.display())))?;
    let told = serde_json::json!({ "file": out, "rows": file.rows, "sha256": file.sha256 });
    print(&options.place, &told, || vec![format!("{}：{} 行，SHA-256 {}", out.display(), file.rows, file.sha256)]);
    app.close().await;
    Ok(true)
}
