//! `plugin new` and `plugin build`: from nothing to a component.

use crate::cli::{Outcome, print_json};
use crate::kit::project::{Language, build, create};
use crate::problem::Problem;
use daylight_host::PluginKind;
use std::path::PathBuf;

/// What `plugin new` is asked.
#[derive(Debug, clap::Args)]
pub(crate) struct New {
    /// 插件名称：小写字母开头，小写字母、数字和连字符
    name: String,
    /// 连接器（connector）还是评估标准（standard）
    #[arg(long, value_enum, default_value = "connector")]
    kind: Kind,
    /// 语言
    #[arg(long, value_enum)]
    lang: Language,
    /// 写到此目录，默认是当前目录下与名称同名的目录；已有的目录不会被覆盖
    #[arg(long)]
    dir: Option<PathBuf>,
    /// 以一个 JSON 值回答
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    /// 连接器：读取一个部门的系统
    Connector,
    /// 评估标准：为部门评分
    Standard,
}

impl From<Kind> for PluginKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Connector => Self::Connector,
            Kind::Standard => Self::Standard,
        }
    }
}

/// What `plugin build` is asked.
#[derive(Debug, clap::Args)]
pub(crate) struct Build {
    /// 插件项目的目录
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// 以一个 JSON 值回答
    #[arg(long)]
    json: bool,
}

pub(crate) fn new(asked: &New) -> Outcome {
    let folder = asked.dir.clone().unwrap_or_else(|| PathBuf::from(&asked.name));
    let made = create(&asked.name, asked.kind.into(), asked.lang, &folder)?;
    if asked.json {
        print_json(&made);
        return Ok(true);
    }
    let place = made.folder.display();
    crate::out!("已新建 {place}，{} 个文件；先看其中的 README.md", made.files.len());
    crate::out!("  daylight plugin build {place}");
    if made.kind == PluginKind::Connector {
        crate::out!("  daylight plugin dev {place}");
        crate::out!("  daylight plugin test {place}");
    } else {
        crate::out!("  daylight plugin test {place}/{}.wasm", made.name);
    }
    Ok(true)
}

pub(crate) async fn make(asked: Build) -> Outcome {
    let dir = asked.dir.clone();
    // The tools of some languages take minutes.
    let built = tokio::task::spawn_blocking(move || build(&dir))
        .await
        .map_err(|e| Problem::new("build.failed", e.to_string()))??;
    for note in &built.notes {
        eprintln!("{}", note.line());
    }
    if asked.json {
        print_json(&built);
    } else {
        let (manifest, kib) = (&built.manifest, built.bytes.div_ceil(1024));
        crate::out!("{} {}（{}）→ {}", manifest.name, manifest.version, manifest.kind.as_str(), built.file.display());
        crate::out!("  {kib} KiB，SHA-256 {}", built.digest);
    }
    Ok(true)
}
