//! `daylight department draft`: a sample becomes a proposal.

use super::super::{Outcome, print_json};
use crate::kit::draft::{Asked, Draft, From, Taken, draft};
use crate::problem::Problem;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Options of `daylight department draft`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// 样例：文件，或以 GET 回答的 http(s) 地址
    sample: Option<String>,
    /// 样例是什么；缺省由内容判断
    #[arg(long, value_enum)]
    from: Option<From>,
    /// 数据库地址（mysql:、postgres:、sqlite:），密码写作 {secret}
    #[arg(long, requires = "table")]
    database: Option<String>,
    /// 表或视图
    #[arg(long, requires = "database")]
    table: Option<String>,
    /// 部门编号（小写字母、数字、连字符）
    #[arg(long = "name", alias = "id", value_name = "ID")]
    id: Option<String>,
    /// 密钥：名称=env:变量 或 名称=file:文件；令牌或数据库密码，不会写进草案
    #[arg(long, value_name = "NAME=env:VAR|file:PATH")]
    secret: Option<String>,
    /// 受信任的根证书（PEM 或 DER），可多次给出
    #[arg(long = "ca", value_name = "FILE")]
    authorities: Vec<PathBuf>,
    /// 写到此文件；已有的文件不会被覆盖
    #[arg(long)]
    out: Option<PathBuf>,
    /// 以一个 JSON 值回答
    #[arg(long)]
    json: bool,
}

/// A secret as it is named on the command line: `NAME=env:VAR` or `NAME=file:PATH`. A value itself is refused: it would stand in the
/// shell's history and in the list of processes.
pub(super) fn secret(text: &str) -> Result<(String, String), Problem> {
    let wrong =
        |words: String| Problem::new("add.secret", words).fix("写 名称=env:变量 或 名称=file:文件；值不写在命令行上");
    let (name, from) = text.split_once('=').ok_or_else(|| wrong(format!("“{text}”中没有等号")))?;
    let value = if let Some(variable) = from.strip_prefix("env:") {
        std::env::var(variable).map_err(|_| wrong(format!("没有环境变量 {variable}")))?
    } else if let Some(file) = from.strip_prefix("file:") {
        std::fs::read_to_string(file).map_err(|e| wrong(format!("{file}：{e}")))?
    } else {
        return Err(wrong(format!("密钥“{name}”没有说明来自哪里")));
    };
    let value = value.trim_end_matches(['\r', '\n']).to_owned();
    if name.is_empty() || value.is_empty() {
        return Err(wrong("密钥的名称或值为空".to_owned()));
    }
    Ok((name.to_owned(), value))
}

/// A department's id as it may be.
pub(super) fn id(text: &str) -> Result<String, Problem> {
    let fine = !text.is_empty()
        && text.len() <= 40
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fine {
        return Ok(text.to_owned());
    }
    Err(Problem::new("department.id", format!("部门编号“{text}”只能用小写字母、数字和连字符")).fix("例：market"))
}

/// Writes a new file, never over another.
pub(super) fn write_new(file: &Path, text: &str) -> Result<(), Problem> {
    let failed = |e: std::io::Error| {
        Problem::new("draft.out", format!("{}：{e}", file.display())).fix("已有的文件不会被覆盖；换一个名称")
    };
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).open(file).map_err(failed)?;
    out.write_all(text.as_bytes()).map_err(failed)
}

fn taken(options: &Options) -> Result<Taken, Problem> {
    match (&options.sample, &options.database, &options.table) {
        (None, Some(database), Some(table)) => Ok(Taken::Table(database.clone(), table.clone())),
        (Some(sample), None, None) if sample.starts_with("http://") || sample.starts_with("https://") => {
            Ok(Taken::Url(sample.clone()))
        }
        (Some(sample), None, None) => Ok(Taken::File(PathBuf::from(sample))),
        _ => Err(Problem::new("draft.sample", "要给出一份样例：文件、地址，或 --database 与 --table，只给一种")
            .fix("daylight department draft answer.json --name market")),
    }
}

fn told(options: &Options, draft: &Draft) {
    eprintln!(
        "样例 {} 行 {} 列，连接器 {}；认出 {} 列，{} 列没有用到，{} 处待填",
        draft.rows,
        draft.columns,
        draft.connector,
        draft.mapped.len(),
        draft.unused.len(),
        draft.todo.len()
    );
    for problem in &draft.todo {
        eprintln!("{}", problem.clone().warning().line());
    }
    if draft.nothing_fits {
        eprintln!("设置不足以说明这些行。要不要写代码：见 plugins/README.md“要不要写代码”（服务的 /docs/plugins）");
    }
    if let Some(out) = &options.out {
        eprintln!(
            "已写到 {}；填好后放到 config/departments/{}.toml，或 daylight department add --draft {}",
            out.display(),
            draft.id,
            out.display()
        );
    }
}

pub(super) async fn run(options: &Options) -> Outcome {
    let mut authorities = Vec::new();
    for file in &options.authorities {
        let bytes = std::fs::read(file)
            .map_err(|e| Problem::new("trust.certificate", format!("{}：{e}", file.display())).fix("核对路径与权限"))?;
        authorities.push(bytes);
    }
    let stem = options.out.as_ref().and_then(|f| f.file_stem()).and_then(|s| s.to_str());
    let asked = Asked {
        taken: taken(options)?,
        from: options.from,
        id: match &options.id {
            Some(text) => Some(id(text)?),
            None => stem.and_then(|s| id(s).ok()),
        },
        secret: options.secret.as_deref().map(secret).transpose()?,
        authorities,
    };
    let draft = draft(&asked).await?;
    if let Some(out) = &options.out {
        write_new(out, &draft.toml)?;
    }
    told(options, &draft);
    if options.json {
        print_json(&draft);
    } else if options.out.is_none() {
        crate::out!("{}", draft.toml.trim_end());
    }
    Ok(true)
}
