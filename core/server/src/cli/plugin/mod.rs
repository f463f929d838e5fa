//! Plugins from a vendor's desk to the county's server: keys, signatures, looking inside, installing, going back.

mod compare;

use super::read::show;
use super::{Outcome, Place, open, print_json};
use crate::config::Secrets;
use crate::problem::Problem;
use crate::prove::{Proof, prove};
use daylight_host::{HostConfig, HostDeps, Manifest, PluginHost, StandardLimits, TrustStore, generate_key, sign};
use daylight_store::PluginRow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// 已安装的插件
    List(Place),
    /// 查看一个文件的清单，不运行它
    Inspect {
        /// 组件（.wasm）
        file: PathBuf,
        /// 以一个 JSON 值回答
        #[arg(long)]
        json: bool,
    },
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
    /// 把一个部门的连接器的现用版本与另一个版本并排试运行，比较结果；什么也不写入
    Compare(compare::Arguments),
    /// 检查：用一个部门的设置运行其连接器的检查；或运行一个评估标准的测试向量与通用检查
    Test {
        /// 部门编号；已安装的评估标准的名称；或评估标准的组件文件（.wasm，不需要签名与配置）
        what: String,
        /// 配置目录；检查组件文件时不需要
        #[arg(long, env = "DAYLIGHT_CONFIG")]
        config: Option<PathBuf>,
        /// 以一个 JSON 值回答
        #[arg(long)]
        json: bool,
    },
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
        Command::List(place) => list(&place).await,
        Command::Inspect { file, json } => {
            let bytes = read(&file)?;
            let manifest = Manifest::of(&bytes)?;
            if json {
                print_json(&manifest);
            } else {
                crate::out!("{}", serde_json::to_string_pretty(&manifest).unwrap_or_default());
            }
            Ok(true)
        }
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
            let mut keys = TrustStore::default();
            for one in &trust {
                let name = one.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                keys.add(&name, &text(one)?)?;
            }
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
            let row = app.install(bytes, &signature, "cli").await?;
            show(&place, &row, || vec![format!("{} {} 已启用，签名 {}", row.name, row.version, row.signer)]);
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
        Command::Compare(arguments) => compare::run(arguments).await,
        Command::Test { what, config, json } if what.ends_with(".wasm") => {
            // What is asked to be tried is trusted for as long as the trial takes.
            let bytes = read(Path::new(&what))?;
            let (secret, public) = generate_key(rand::random());
            let mut trust = TrustStore::default();
            trust.add("trial", &public)?;
            let deps = HostDeps {
                secrets: Arc::new(Secrets::default()),
                databases: Arc::new(daylight_store::Sources),
                county_cas: Vec::new(),
                resolver: None,
            };
            let host = PluginHost::new(HostConfig { cache: None, threads: 1 }, deps)?;
            let signature = sign(&bytes, &secret)?;
            let plugin = host.activate(host.admit(bytes.clone(), &signature, &trust)?).await?;
            let proof = prove(&host, &plugin, &bytes, None, &DESK).await?;
            Ok(proved(&Place { config: config.unwrap_or_default(), json }, &proof))
        }
        Command::Test { what, config, json } => {
            let config = config.ok_or_else(|| {
                Problem::new("plugin.file", format!("“{what}”不是组件文件（.wasm）"))
                    .fix("检查部门或已安装的标准时，以 --config 指明配置目录")
            })?;
            let place = Place { config, json };
            let app = open(&place).await?;
            let department = app.config.departments.get(&what);
            let Some(department) = department else {
                let proof = app.prove_standard(&what).await?;
                app.close().await;
                return Ok(proved(&place, &proof));
            };
            let report = app.check_connector(department).await?;
            show(&place, &report, || {
                let notes = report.notes.iter().map(|n| format!("  {n}"));
                let problems = report.problems.iter().map(|p| format!("错误 {}: {}", p.code, p.message));
                notes.chain(problems).collect()
            });
            Ok(report.problems.is_empty())
        }
    }
}

/// Limits at a vendor's desk: those of the sample configuration.
const DESK: StandardLimits = StandardLimits { memory_bytes: 64 << 20, fuel: 2_000_000_000, transfer_bytes: 64 << 20 };

/// Says what a standard showed; whether all was well.
fn proved(place: &Place, proof: &Proof) -> bool {
    show(place, proof, || {
        let mut lines = vec![format!(
            "{} {}：测试向量 {} 个，随机输入 {} 个，单次最多 {} 燃料",
            proof.name, proof.version, proof.vectors, proof.tries, proof.fuel
        )];
        lines.extend(proof.problems.iter().map(|p| format!("错误 {}: {}", p.code, p.message)));
        lines.push(if proof.problems.is_empty() {
            "全部通过".to_owned()
        } else {
            format!("{} 处不符", proof.problems.len())
        });
        lines
    });
    proof.problems.is_empty()
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
            let active = if p.active_since.is_some() { "启用" } else { "备用" };
            let of = serves(p).into_iter().map(|v| format!("{} {}", v.department, v.state.name_zh()));
            let of = of.collect::<Vec<_>>().join("，");
            let said: Option<Manifest> = serde_json::from_str(&p.manifest).ok();
            let contract = said.map_or_else(|| "—".to_owned(), |m| m.contract);
            format!(
                "{:<14} {:<8} {:<9} 接口 {contract} {active} {} 签名 {}  {of}",
                p.name, p.version, p.kind, p.digest, p.signer
            )
        };
        rows.iter().map(line).collect()
    });
    Ok(true)
}
