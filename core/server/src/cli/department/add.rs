//! `daylight department add`: asked or told, tried, shown; written only when that is asked for.

mod ask;
mod told;

use super::super::{Outcome, broken, print_json};
use super::draft::{id, secret, write_new};
use crate::clock::SystemClock;
use crate::config::place::Source;
use crate::config::{Department, Secrets};
use crate::kit::add::{Given, Looked, Trial, Wanted, derive, installed_manifest, look, missing, put};
use crate::plugins::bundled;
use crate::problem::Problem;
use ask::Asker;
use chrono::NaiveDate;
use daylight_domain::clock::Clock;
use daylight_domain::department::Phase;
use daylight_host::{Asks, Grants, Manifest};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// Options of `daylight department add`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// 配置目录
    #[arg(long, env = "DAYLIGHT_CONFIG")]
    config: PathBuf,
    /// 填好的草案（daylight department draft 的结果）；其中已有的不再问
    #[arg(long)]
    draft: Option<PathBuf>,
    /// 部门编号（小写字母、数字、连字符）
    #[arg(long)]
    id: Option<String>,
    /// 部门全称
    #[arg(long)]
    name: Option<String>,
    /// 连接器
    #[arg(long)]
    connector: Option<String>,
    /// 还没有安装的插件组件（.wasm），只为这次试接而信任
    #[arg(long, value_name = "FILE")]
    plugin: Option<PathBuf>,
    /// 一项设置：名称=值，里面的项写 cursor.by=id，列表与表写 JSON、TOML 或 @文件；可多次给出
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// 一个密钥：名称=env:变量 或 名称=file:文件；只用于这次试接，不会写进配置；可多次给出
    #[arg(long = "secret", value_name = "NAME=env:VAR|file:PATH")]
    secrets: Vec<String>,
    /// 授权一个数据库：名称=地址，密码写作 {secret}
    #[arg(long = "database", value_name = "NAME=URL")]
    databases: Vec<String>,
    /// 授权一个投递文件夹：名称=路径（相对配置目录）
    #[arg(long = "folder", value_name = "NAME=PATH")]
    folders: Vec<String>,
    /// 来源地址在内网，虽然从名称看不出
    #[arg(long)]
    private: bool,
    /// 何时拉取（cron）
    #[arg(long, default_value = "*/10 * * * *")]
    schedule: String,
    /// 计划进入试运行的日期
    #[arg(long)]
    trial: Option<NaiveDate>,
    /// 计划进入正式运行的日期
    #[arg(long)]
    live: Option<NaiveDate>,
    /// 试拉几页
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pages: u32,
    /// 不提问：没有给出的用缺省值
    #[arg(long, conflicts_with = "ask")]
    yes: bool,
    /// 从标准输入提问，即使它不是终端
    #[arg(long)]
    ask: bool,
    /// 写到 config/departments/ID.toml；已有的文件不会被覆盖，试接没有通过时不写
    #[arg(long)]
    write: bool,
    /// 以一个 JSON 值回答
    #[arg(long)]
    json: bool,
}

fn lacks(what: &str, flag: &str) -> Problem {
    Problem::new("add.missing", format!("没有给出{what}")).fix(format!("用 {flag} 给出，或在终端上运行以逐项回答"))
}

fn pairs(list: &[String], flag: &str) -> Result<BTreeMap<String, String>, Problem> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').filter(|(n, v)| !n.is_empty() && !v.is_empty()).ok_or_else(|| {
            Problem::new("add.pair", format!("“{text}”应为 名称=值")).fix(format!("例：{flag} business=…"))
        })?;
        Ok((name.to_owned(), value.to_owned()))
    };
    list.iter().map(pair).collect()
}

/// The manifest of the connector that is meant: of the component that was given, of a bundled one, or the one that is installed.
fn manifest(name: &str, component: Option<&[u8]>, installed: Option<Manifest>) -> Result<Option<Manifest>, Problem> {
    if let Some(bytes) = component {
        let manifest = Manifest::of(bytes)?;
        if manifest.name != name {
            let words = format!("组件的名称是“{}”，不是“{name}”", manifest.name);
            return Err(Problem::new("add.connector", words).fix(format!("--connector {}", manifest.name)));
        }
        return Ok(Some(manifest));
    }
    match bundled().iter().find(|b| b.name == name) {
        Some(one) if one.kind == "connector" => Ok(Some(Manifest::of(one.bytes)?)),
        Some(_) => {
            let words = format!("“{name}”是评估标准，不是连接器");
            Err(Problem::new("department.kind", words).fix("换成一个连接器"))
        }
        // Where it is not installed either, the trial says so.
        None => Ok(installed),
    }
}

/// The manifest of a vendor's connector that is installed, where such a one is named.
async fn installed(options: &Options, draft: Option<&Department>) -> Result<Option<Manifest>, Problem> {
    let named = options.connector.as_ref().or(draft.and_then(|d| d.connector.as_ref()));
    let Some(name) = named.filter(|n| options.plugin.is_none() && !bundled().iter().any(|b| b.name == n.as_str()))
    else {
        return Ok(None);
    };
    let loaded = crate::config::load(&options.config, SystemClock.now()).map_err(|p| broken(&p))?;
    installed_manifest(&loaded, name).await
}

/// What a draft says already.
fn begun(file: Option<&PathBuf>) -> Result<Option<Department>, Problem> {
    let Some(file) = file else { return Ok(None) };
    Source::read(file)?.parse::<Department>().map(Some)
}

/// The names of the bundled connectors with what they are for.
fn connectors() -> Vec<(String, String)> {
    let of = |b: &crate::plugins::Bundled| Some((b.name.to_owned(), Manifest::of(b.bytes).ok()?.summary_zh));
    bundled().iter().filter(|b| b.kind == "connector").filter_map(of).collect()
}

/// Secrets that were given, by name.
fn secrets(options: &Options) -> Result<BTreeMap<String, String>, Problem> {
    options.secrets.iter().map(|text| secret(text)).collect()
}

/// A department's name as it may be.
fn named(text: &str) -> Result<String, Problem> {
    match text.trim() {
        "" => Err(Problem::new("department.name", "部门名称为空").fix("填写部门全称")),
        name => Ok(name.to_owned()),
    }
}

/// Options, draft and whoever answers, of which what is wanted is made.
struct Work<'a, 'b> {
    options: &'a Options,
    draft: Option<Department>,
    asker: Option<Asker<'b>>,
}

impl Work<'_, '_> {
    /// A text: as given, as drafted, as answered.
    fn text(
        &mut self,
        given: Option<&String>,
        drafted: Option<String>,
        (what, flag): (&str, &str),
        check: &dyn Fn(&str) -> Result<String, Problem>,
    ) -> Result<String, Problem> {
        match (given.cloned().or(drafted.filter(|t| !t.contains("TODO"))), self.asker.as_mut()) {
            (Some(text), _) => check(&text),
            (None, Some(asker)) => asker.text(what, check),
            (None, None) => Err(lacks(what, flag)),
        }
    }

    fn connector(&mut self) -> Result<String, Problem> {
        let drafted = self.draft.as_ref().and_then(|d| d.connector.clone());
        match (self.options.connector.clone().or(drafted), self.asker.as_mut()) {
            (Some(given), _) => Ok(given),
            (None, Some(asker)) => asker.choose("连接器", &connectors()),
            (None, None) => Err(lacks("连接器", "--connector")),
        }
    }

    fn settings(&mut self, connector: &str, schema: &Value) -> Result<Map<String, Value>, Problem> {
        let mut settings = self.draft.as_ref().map(|d| d.settings.clone()).unwrap_or_default();
        for pair in &self.options.set {
            put(&mut settings, schema, pair)?;
        }
        if let Some(asker) = self.asker.as_mut() {
            asker.settings(schema, &mut settings)?;
        }
        let lacking = missing(schema, &settings);
        match lacking.first() {
            None => Ok(settings),
            Some(first) => {
                let flag = format!("--set {first}=…，或 --draft 给出填好的草案");
                Err(lacks(&format!("{connector} 的设置 {}", lacking.join("、")), &flag))
            }
        }
    }

    fn grants(
        &mut self,
        asks: &Asks,
        settings: &Map<String, Value>,
        secrets: &BTreeMap<String, String>,
    ) -> Result<Grants, Problem> {
        let folders = pairs(&self.options.folders, "--folder")?;
        let mut given = Given {
            secrets: secrets.keys().cloned().collect(),
            databases: pairs(&self.options.databases, "--database")?,
            folders: folders.into_iter().map(|(name, path)| (name, PathBuf::from(path))).collect(),
            private: self.options.private,
        };
        let already = self.draft.as_ref().map(|d| d.grants.clone()).unwrap_or_default();
        if let Some(asker) = self.asker.as_mut() {
            asker.grants(asks, settings, &already, &mut given)?;
        }
        Ok(derive(asks, settings, &given, already))
    }

    fn wanted(
        &mut self,
        component: Option<&[u8]>,
        installed: Option<Manifest>,
        secrets: &BTreeMap<String, String>,
    ) -> Result<Wanted, Problem> {
        let (options, draft) = (self.options, self.draft.clone());
        let drafted = |of: fn(&Department) -> &String| draft.as_ref().map(|d| of(d).clone());
        let id = self.text(options.id.as_ref(), drafted(|d| &d.id), ("部门编号", "--id"), &id)?;
        let name = self.text(options.name.as_ref(), drafted(|d| &d.name), ("部门全称", "--name"), &named)?;
        let connector = self.connector()?;
        let manifest = manifest(&connector, component, installed)?;
        let schema = manifest.as_ref().and_then(|m| serde_json::from_str(&m.settings.schema).ok());
        let settings = self.settings(&connector, &schema.unwrap_or_else(|| serde_json::json!({})))?;
        // Of a plugin nobody knows yet everything its settings name is proposed; the host grants no more than it asks for.
        let any = || vec!["*".to_owned()];
        let everything = || Asks { http: any(), secrets: any(), database: any(), files: any() };
        let grants = self.grants(&manifest.map_or_else(everything, |m| m.asks), &settings, secrets)?;
        let mut planned = draft.as_ref().map(|d| d.planned.clone()).unwrap_or_default();
        planned.extend(options.trial.map(|day| (Phase::Trial, day)));
        planned.extend(options.live.map(|day| (Phase::Live, day)));
        let schedule = draft.as_ref().and_then(|d| d.schedule.clone()).unwrap_or_else(|| options.schedule.clone());
        let mut wanted = Wanted {
            id,
            name,
            connector,
            schedule: Some(schedule),
            sla_minutes: draft.as_ref().map_or(60, |d| d.sla_minutes),
            page_rows: draft.as_ref().map_or(1000, |d| d.page_rows),
            planned,
            settings,
            grants,
        };
        wanted.plan(SystemClock.now().date());
        Ok(wanted)
    }
}

/// A file with a department that cannot be read where it will lie must not keep the county from starting: secrets that were lent for
/// the trial have to be stored first.
fn unstored(wanted: &Wanted, config: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(config.join("secrets.toml")).unwrap_or_default();
    let stored = Secrets(toml::from_str(&text).unwrap_or_default());
    let databases = wanted.grants.database.values().filter_map(|d| d.secret.as_ref());
    let lacks = |name: &&String| stored.0.get(&wanted.id).is_none_or(|own| !own.contains_key(*name));
    wanted.grants.secrets.iter().chain(databases).filter(lacks).cloned().collect()
}

/// Writes the file, where everything allows it.
fn keep(options: &Options, wanted: &Wanted, looked: &mut Looked) {
    let unstored = unstored(wanted, &options.config);
    if !unstored.is_empty() {
        let words = format!("secrets.toml 的 [{}] 中还没有 {}", wanted.id, unstored.join("、"));
        let problem = Problem::new("secret.missing", words).fix(format!(
            "在 secrets.toml 的 [{}] 中加入，例：{} = \"…\"；否则下次启动会因配置有误而失败",
            wanted.id,
            unstored.join("、")
        ));
        // For a trial what was lent is enough; to stay it must be stored.
        if options.write { looked.problems.push(problem) } else { looked.warnings.push(problem.warning()) }
    }
    if !options.write || !looked.problems.is_empty() {
        return;
    }
    match write_new(&looked.file, &looked.toml) {
        Ok(()) => looked.written = true,
        Err(problem) => looked.problems.push(problem),
    }
}

pub(super) async fn run(options: &Options) -> Outcome {
    if !options.config.join("daylight.toml").exists() {
        return Err(broken(&crate::config::load(&options.config, SystemClock.now()).err().unwrap_or_default()));
    }
    let component = match &options.plugin {
        None => None,
        Some(file) => Some(
            std::fs::read(file)
                .map_err(|e| Problem::new("plugin.file", format!("{}：{e}", file.display())).fix("核对路径与权限"))?,
        ),
    };
    let secrets = secrets(options)?;
    let draft = begun(options.draft.as_ref())?;
    let installed = installed(options, draft.as_ref()).await?;
    let asks = options.ask || (!options.yes && std::io::stdin().is_terminal());
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stderr());
    let asker = asks.then(|| Asker::new(&mut input, &mut output));
    let wanted = Work { options, draft, asker }.wanted(component.as_deref(), installed, &secrets)?;
    drop(input);
    let trial =
        Trial { folder: &options.config, secrets: &secrets, component: component.as_deref(), pages: options.pages };
    let mut looked = look(&wanted, &trial, &SystemClock).await?;
    keep(options, &wanted, &mut looked);
    looked.in_order &= looked.problems.is_empty();
    if options.json {
        print_json(&looked);
    } else {
        told::tell(&looked, &wanted);
    }
    Ok(looked.in_order)
}
