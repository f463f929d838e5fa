//! `plugin test`: a component against the acceptance kit; a standard's proof; a department's connector.

use super::{beside, read, text};
use crate::cli::{Outcome, Place, open, print_json};
use crate::kit::trial::profile::Profile;
use crate::kit::trial::report::{Check, Report};
use crate::kit::trial::spec::Level;
use crate::kit::trial::{Options, Subject, paper, run, seal};
use crate::problem::Problem;
use crate::prove::{Proof, prove};
use daylight_host::{
    HostConfig, HostDeps, Manifest, PluginHost, TrustStore, generate_key, public_of, sign, sign_report,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, clap::Args)]
pub(crate) struct Test {
    /// 连接器的项目目录或组件（.wasm）；评估标准的组件或已安装的名称；部门编号（检查其连接器）
    what: String,
    /// 配置目录；检查部门或已安装的标准时需要
    #[arg(long, env = "DAYLIGHT_CONFIG")]
    config: Option<PathBuf>,
    /// 验收所对的来源；缺省为项目目录（或组件旁）的 kit.toml
    #[arg(long)]
    kit: Option<PathBuf>,
    /// 旧版本的组件：检查退回旧版本后能否继续
    #[arg(long)]
    previous: Option<PathBuf>,
    /// 为报告签名的私钥文件
    #[arg(long)]
    key: Option<PathBuf>,
    /// 核对组件签名的公钥文件（.pub），可多次给出
    #[arg(long)]
    trust: Vec<PathBuf>,
    /// 写出报告的目录：JSON、HTML、Word、文本
    #[arg(long)]
    report: Option<PathBuf>,
    /// 大量数据一项的办件数
    #[arg(long, default_value_t = 100_000)]
    cases: u32,
    /// 其他各项的办件数
    #[arg(long, default_value_t = 60)]
    small: u32,
    /// 随机数的种子；相同的种子产生相同的来源
    #[arg(long, default_value_t = 20_260_301)]
    seed: u64,
    /// 只做这些检查（不评级别），可多次给出
    #[arg(long)]
    only: Vec<String>,
    /// 级别低于它时以 1 结束：bronze、silver、gold、platinum
    #[arg(long, value_parser = ["bronze", "silver", "gold", "platinum"])]
    at_least: Option<String>,
    /// 报告的语言：zh 或 en
    #[arg(long, default_value = "zh", value_parser = ["zh", "en"])]
    lang: String,
    /// 以一个 JSON 值回答
    #[arg(long)]
    json: bool,
}

pub(super) async fn test(command: Test) -> Outcome {
    let what = Path::new(&command.what);
    if what.is_dir() {
        return trial(&command, what).await;
    }
    if what.extension().is_some_and(|e| e == "wasm") {
        let standard = Manifest::of(&read(what)?).is_ok_and(|m| m.kind.as_str() == "standard");
        if standard && command.report.is_none() {
            return proof(&command, what).await;
        }
        return trial(&command, what).await;
    }
    department(&command).await
}

/// Keys by the names of their files.
pub(super) fn keys(files: &[PathBuf]) -> Result<TrustStore, Problem> {
    let mut keys = TrustStore::default();
    for one in files {
        let name = one.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        keys.add(&name, &text(one)?)?;
    }
    Ok(keys)
}

/// The component: the file itself, or what the project builds to now.
fn component(what: &Path) -> Result<PathBuf, Problem> {
    if what.is_file() { Ok(what.to_path_buf()) } else { Ok(crate::kit::project::build(what)?.file) }
}

fn subject(command: &Test, what: &Path) -> Result<(Subject, PathBuf), Problem> {
    let file = component(what)?;
    let mut trust = keys(&command.trust)?;
    if let Some(key) = &command.key {
        let name = key.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        trust.add(&name, &public_of(&text(key)?)?)?;
    }
    let signature = beside(&file);
    let subject = Subject {
        bytes: read(&file)?,
        file: file.display().to_string(),
        project: what.is_dir().then(|| what.to_path_buf()),
        previous: command.previous.as_deref().map(read).transpose()?,
        signature: signature.is_file().then(|| text(&signature)).transpose()?,
        trust,
    };
    Ok((subject, file))
}

/// The `kit.toml` that was named, or lies in the project or beside the component.
fn profile(command: &Test, what: &Path) -> Result<Option<Profile>, Problem> {
    if let Some(file) = &command.kit {
        return Profile::read(file).map(Some);
    }
    let folder = if what.is_dir() { what } else { what.parent().unwrap_or(Path::new(".")) };
    let file = folder.join("kit.toml");
    if file.is_file() { Profile::read(&file).map(Some) } else { Ok(None) }
}

async fn trial(command: &Test, what: &Path) -> Outcome {
    let (subject, file) = subject(command, what)?;
    let profile = profile(command, what)?;
    let options = Options {
        cases: command.cases,
        small: command.small,
        seed: command.seed,
        only: command.only.clone(),
        ..Options::default()
    };
    let (lang, json) = (command.lang.clone(), command.json);
    let each = |check: &Check| {
        if !json {
            crate::out!("{}", paper::line(check, &lang));
        }
    };
    let report = run(&subject, profile, &options, each).await?;
    if let Some(folder) = &command.report {
        written(command, &report, folder, &file)?;
    }
    if json {
        print_json(&report);
    } else {
        paper::levels(&report.checks, &lang).iter().for_each(|l| crate::out!("{l}"));
        paper::summary(&report, &lang).iter().for_each(|l| crate::out!("{l}"));
    }
    let asked = Level::ALL.into_iter().find(|l| Some(l.as_str()) == command.at_least.as_deref());
    Ok(report.failed().is_empty() && asked.is_none_or(|least| report.level >= least))
}

/// Writes the report in every form, each with its signature where there is a key.
fn written(command: &Test, report: &Report, folder: &Path, file: &Path) -> Result<(), Problem> {
    let failed = |path: &Path, e: std::io::Error| Problem::new("plugin.file", format!("{}：{e}", path.display()));
    std::fs::create_dir_all(folder).map_err(|e| failed(folder, e))?;
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let lang = command.lang.as_str();
    let mut lines: Vec<String> = report.checks.iter().map(|c| paper::line(c, lang)).collect();
    lines.extend(paper::levels(&report.checks, lang));
    lines.extend(paper::summary(report, lang));
    let forms = [
        ("json", seal::text(report).into_bytes()),
        ("html", paper::html(report, lang).into_bytes()),
        ("docx", paper::docx(report, lang)?),
        ("txt", format!("{}\n", lines.join("\n")).into_bytes()),
    ];
    let key = command.key.as_deref().map(text).transpose()?;
    for (form, bytes) in forms {
        let path = folder.join(format!("{stem}.report.{form}"));
        std::fs::write(&path, &bytes).map_err(|e| failed(&path, e))?;
        if let Some(key) = &key {
            let sealed = beside(&path);
            std::fs::write(&sealed, format!("{}\n", sign_report(&bytes, key)?)).map_err(|e| failed(&sealed, e))?;
        }
        tracing::info!(file = %path.display(), "报告已写出");
    }
    Ok(())
}

/// The proof of a standard that is not installed.
async fn proof(command: &Test, file: &Path) -> Outcome {
    // What is asked to be tried is trusted for as long as the trial takes.
    let bytes = read(file)?;
    let (secret, public) = generate_key(rand::random());
    let mut trust = TrustStore::default();
    trust.add("trial", &public)?;
    let deps = HostDeps {
        secrets: Arc::new(crate::config::Secrets::default()),
        databases: Arc::new(daylight_store::Sources),
        county_cas: Vec::new(),
        resolver: None,
    };
    let host = PluginHost::new(HostConfig { cache: None, threads: 1 }, deps)?;
    let signature = sign(&bytes, &secret)?;
    let plugin = host.activate(host.admit(bytes.clone(), &signature, &trust)?).await?;
    let proof = prove(&host, &plugin, &bytes, None, &crate::kit::trial::DESK).await?;
    Ok(proved(command.json, &proof))
}

/// The connector of a department, or an installed standard.
async fn department(command: &Test) -> Outcome {
    let what = &command.what;
    let config = command.config.clone().ok_or_else(|| {
        Problem::new("plugin.file", format!("“{what}”不是组件文件（.wasm），也不是项目目录"))
            .fix("检查部门或已安装的标准时，以 --config 指明配置目录")
    })?;
    let place = Place { config, json: command.json };
    let app = open(&place).await?;
    let Some(department) = app.config.departments.get(what) else {
        let proof = app.prove_standard(what).await?;
        app.close().await;
        return Ok(proved(command.json, &proof));
    };
    let report = app.check_connector(department).await?;
    super::show(&place, &report, || {
        let notes = report.notes.iter().map(|n| format!("  {n}"));
        let problems = report.problems.iter().map(|p| format!("错误 {}: {}", p.code, p.message));
        notes.chain(problems).collect()
    });
    Ok(report.problems.is_empty())
}

/// Says what a standard showed; whether all was well.
fn proved(json: bool, proof: &Proof) -> bool {
    if json {
        print_json(proof);
        return proof.problems.is_empty();
    }
    crate::out!(
        "{} {}：测试向量 {} 个，随机输入 {} 个，单次最多 {} 燃料",
        proof.name,
        proof.version,
        proof.vectors,
        proof.tries,
        proof.fuel
    );
    for p in &proof.problems {
        crate::out!("错误 {}: {}", p.code, p.message);
    }
    let n = proof.problems.len();
    crate::out!("{}", if n == 0 { "全部通过".to_owned() } else { format!("{n} 处不符") });
    n == 0
}
