//! Plugins from a vendor's desk to the county's server: keys, signatures, looking inside, installing, going back.

mod compare;
mod dev;
mod grade;
mod project;
mod test;

use super::read::show;
use super::{Outcome, Place, open};
use crate::plugins::removed;
use crate::problem::Problem;
use daylight_host::{Manifest, generate_key, sign};
use daylight_store::PluginRow;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// 开发：对着模拟的部门拉取，看它引起的办件、监察卡与时限；文件一有改动就重来
    Dev(dev::Options),
    /// 新建插件项目：源代码、清单、接口与说明，取自本程序，不需要网络
    New(project::New),
    /// 构建插件项目，写出 <目录>/<名称>.wasm
    Build(project::Build),
    /// 已安装的插件
    List(Place),
    /// 查看一个文件：清单、要什么、怎样授权、设置、签名；不运行它
    Inspect(grade::Inspected),
    /// 级别与理由：由验收报告得出；还差什么
    Grade(grade::Graded),
    /// 生成一对签名密钥：<名称>.key（私钥，妥善保管）与 <名称>.pub（交给县里，放入 config/trust）
    Key {
        /// 名称
        name: String,
    },
    /// 用私钥签名，写出 <文件>.sig
    Pack {
        /// 组件（.wasm）
        file: PathBuf,
        /// 私钥文件
        #[arg(long)]
        key: PathBuf,
    },
    /// 用公钥核对签名与清单
    Verify {
        /// 组件（.wasm），签名在 <文件>.sig
        file: PathBuf,
        /// 公钥文件（.pub），可多次给出
        #[arg(long = "trust", required = true)]
        trust: Vec<PathBuf>,
    },
    /// 安装：核对签名与清单、编译、启用；旧版本保留
    Install {
        /// 组件（.wasm），签名在 <文件>.sig
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// 换回上一个版本
    Rollback {
        /// 插件名称
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// 移除：不再有启用的版本；还有部门使用时拒绝。组件仍在库中，供评分复算；再次使用时重新安装
    Remove {
        /// 插件名称
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// 把一个部门的连接器的现用版本与另一个版本并排试运行，比较结果；什么也不写入
    Compare(compare::Arguments),
    /// 验收：连接器对模拟或录制的来源逐项检查，评出级别、写出报告；评估标准运行其测试向量与通用检查；部门检查其连接器
    Test(test::Test),
}

/// Keeps what plugins say in the program's log, where the command shows it.
pub(crate) fn lines(command: &Command) -> Option<crate::kit::dev::Lines> {
    matches!(command, Command::Dev(_)).then(dev::lines)
}

fn read(file: &Path) -> Result<Vec<u8>, Problem> {
    std::fs::read(file)
        .map_err(|e| Problem::new("plugin.file", format!("{}：{e}", file.display())).fix("核对路径与权限"))
}

fn text(file: &Path) -> Result<String, Problem> {
    String::from_utf8(read(file)?).map_err(|_| Problem::new("plugin.file", format!("{} 不是文本", file.display())))
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

fn write(file: &Path, text: &str, private: bool) -> Result<(), Problem> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mode = if private { 0o600 } else { 0o644 };
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(file)
        .and_then(|mut f| f.write_all(text.as_bytes()))
        .map_err(|e| Problem::new("plugin.file", format!("{}：{e}", file.display())).fix("已有的文件不会被覆盖"))
}

pub(crate) async fn run(command: Command) -> Outcome {
    match command {
        Command::Dev(options) => dev::run(options).await,
        Command::New(asked) => project::new(&asked),
        Command::Build(asked) => project::make(asked).await,
        Command::List(place) => list(&place).await,
        Command::Inspect(command) => grade::inspected(&command),
        Command::Grade(command) => grade::graded(command).await,
        Command::Test(command) => test::test(command).await,
        Command::Key { name } => {
            let (secret, public) = generate_key(rand::random());
            write(&PathBuf::from(format!("{name}.key")), &format!("{secret}\n"), true)?;
            write(&PathBuf::from(format!("{name}.pub")), &format!("{public}\n"), false)?;
            crate::out!("{name}.key {name}.pub");
            Ok(true)
        }
        Command::Pack { file, key } => {
            let bytes = read(&file)?;
            let manifest = Manifest::of(&bytes)?;
            let signature = sign(&bytes, &text(&key)?)?;
            let out = beside(&file);
            std::fs::write(&out, format!("{signature}\n"))
                .map_err(|e| Problem::new("plugin.file", format!("{}：{e}", out.display())))?;
            crate::out!("{} {} → {}", manifest.name, manifest.version, out.display());
            Ok(true)
        }
        Command::Verify { file, trust } => {
            let keys = test::keys(&trust)?;
            let admitted = daylight_host::verify(read(&file)?, &text(&beside(&file))?, &keys)?;
            let manifest = &admitted.manifest;
            crate::out!(
                "{} {} 由“{}”签名，SHA-256 {}",
                manifest.name,
                manifest.version,
                admitted.signer,
                admitted.digest
            );
            Ok(true)
        }
        Command::Install { file, place } => {
            let (bytes, signature) = (read(&file)?, text(&beside(&file))?);
            let app = open(&place).await?;
            let report = grade::report_beside(&file);
            let row = if report.is_file() {
                let sealed = text(&beside(&report))?;
                app.install_with_report(bytes, &signature, (&text(&report)?, &sealed), "cli").await?
            } else {
                app.install(bytes, &signature, "cli").await?
            };
            show(&place, &row, || {
                let grade = row.grade.as_deref().map_or_else(String::new, |g| format!("，级别 {}", level(g)));
                vec![format!("{} {} 已启用，签名 {}{grade}", row.name, row.version, row.signer)]
            });
            app.close().await;
            Ok(true)
        }
        Command::Rollback { name, place } => {
            let app = open(&place).await?;
            let row = app.rollback(&name, "cli").await?;
            show(&place, &row, || vec![format!("{} 现为 {} {}", row.name, row.version, row.digest)]);
            app.close().await;
            Ok(true)
        }
        Command::Remove { name, place } => {
            let app = open(&place).await?;
            let removed = app.remove_plugin(&name, "cli").await;
            app.close().await;
            let row = removed?;
            show(&place, &row, || {
                vec![format!("{} {} 已移除；再次使用：daylight plugin install", row.name, row.version)]
            });
            Ok(true)
        }
        Command::Compare(arguments) => compare::run(arguments).await,
    }
}

async fn list(place: &Place) -> Outcome {
    let app = open(place).await?;
    let (rows, views) = (app.store.plugins().await?, app.connector_views(None).await?);
    // Whom a plugin serves, and how that stands; of a version that is not active: nobody.
    let serves = |p: &PluginRow| {
        views.iter().filter(|v| p.active_since.is_some() && v.connector.as_ref() == Some(&p.name)).collect::<Vec<_>>()
    };
    let told = |p: &PluginRow| {
        let mut value = serde_json::to_value(p).unwrap_or_default();
        let states: std::collections::BTreeMap<_, _> =
            serves(p).into_iter().map(|v| (&v.department, v.state)).collect();
        if let Some(object) = value.as_object_mut() {
            object.insert("departments".to_owned(), serde_json::json!(states));
        }
        value
    };
    show(place, &rows.iter().map(told).collect::<Vec<_>>(), || {
        let line = |p: &PluginRow| {
            let active = match (p.active_since, removed(&rows, &p.name)) {
                (Some(_), _) => "启用",
                (None, false) => "备用",
                (None, true) => "已移除",
            };
            let of = serves(p).into_iter().map(|v| format!("{} {}", v.department, v.state.name_zh()));
            let of = of.collect::<Vec<_>>().join("，");
            let said: Option<Manifest> = serde_json::from_str(&p.manifest).ok();
            let contract = said.map_or_else(|| "—".to_owned(), |m| m.contract);
            let grade = level(p.grade.as_deref().unwrap_or_default());
            format!(
                "{:<14} {:<8} {:<9} 接口 {contract} {active} {grade} {} 签名 {}  {of}",
                p.name, p.version, p.kind, p.digest, p.signer
            )
        };
        rows.iter().map(line).collect()
    });
    Ok(true)
}

/// The level of a kept report in words.
fn level(word: &str) -> &'static str {
    use crate::kit::trial::spec::Level;
    let known = Level::ALL.into_iter().chain([Level::None]).find(|l| l.as_str() == word);
    known.map_or("—", Level::zh)
}
