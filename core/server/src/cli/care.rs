//! Commands that look after the place: doctor, backups, configuration.

use super::read::show;
use super::{Outcome, Place, configuration, open, print_json};
use crate::backup;
use crate::clock::SystemClock;
use crate::config::schema::schemas;
use crate::config::show::{Flat, LAST_START, changes, flat, tree};
use crate::demo::place::write_sample;
use crate::doctor::State;
use crate::problem::Problem;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Backup {
    /// 做一份备份；服务可以继续运行
    Create(Place),
    /// 现有的备份
    List(Place),
    /// 核对一份备份（缺省为最新的）：字节、数据库结构、每条散列链
    Verify {
        /// 文件名或路径
        file: Option<PathBuf>,
        #[command(flatten)]
        place: Place,
    },
    /// 用一份备份替换数据库；原来的数据库移到一旁。先停止服务
    Restore {
        /// 文件名或路径
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Config {
    /// 生效的每一项；密钥只列名称
    Show(Place),
    /// 与上次启动时（或另一个目录）相比，改了什么
    Diff {
        /// 与此目录比较
        #[arg(long)]
        against: Option<PathBuf>,
        #[command(flatten)]
        place: Place,
    },
    /// 每种配置文件的 JSON Schema
    Schema {
        /// 写到此目录，而不是打印
        #[arg(long)]
        out: Option<PathBuf>,
        /// 配置目录（不需要，为一致而接受）
        #[arg(long, env = "DAYLIGHT_CONFIG")]
        config: Option<PathBuf>,
        /// 以一个 JSON 值回答
        #[arg(long)]
        json: bool,
    },
    /// 写出样例配置：一个虚构的县，十个部门，供试用与插件开发
    Sample {
        /// 写到此目录；已有的目录不会被覆盖
        dir: PathBuf,
        /// 以一个 JSON 值回答
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn doctor(place: &Place) -> Outcome {
    let app = open(place).await?;
    let found = app.doctor().await?;
    show(place, &found, || {
        let mut lines = Vec::new();
        for check in &found.checks {
            let word = match check.state {
                State::Ok => "正常",
                State::Warning => "提醒",
                State::Error => "错误",
            };
            let code = check.code.as_ref().map(|c| format!("{c}: ")).unwrap_or_default();
            lines.push(format!("{word} {:<22} {code}{}", check.what, check.seen_zh));
            lines.extend(check.fix.as_ref().map(|f| format!("       办法：{f}")));
        }
        lines
    });
    app.close().await;
    Ok(found.state < State::Error)
}

fn line(label: &backup::Label) -> String {
    let events: u64 = label.ledgers.values().map(|(n, _)| n).sum();
    format!("{} {} {:>6} MiB {events} 个事件 结构版本 {}", label.file, label.made_at, label.size >> 20, label.schema)
}

pub(crate) async fn backup(what: &Backup) -> Outcome {
    match what {
        Backup::Create(place) => {
            let app = open(place).await?;
            let label = app.back_up("cli").await?;
            show(place, &label, || vec![line(&label)]);
            app.close().await;
            Ok(true)
        }
        Backup::List(place) => {
            let all = backup::list(&configuration(&place.config)?);
            show(place, &all, || all.iter().map(line).collect());
            Ok(true)
        }
        Backup::Verify { file, place } => {
            let verified = backup::verify(&configuration(&place.config)?, file.as_deref()).await?;
            show(place, &verified, || {
                let mut lines = vec![line(&verified.label)];
                lines.extend(verified.ledgers.iter().map(|r| {
                    let word = if r.verified { "一致" } else { "不一致" };
                    format!("  {:<12} {} 个事件，{word}，链尾 {}", r.department, r.events, r.head)
                }));
                lines.push(if verified.good {
                    "备份完好".to_owned()
                } else {
                    "备份与其标签不符".to_owned()
                });
                lines
            });
            Ok(verified.good)
        }
        Backup::Restore { file, place } => {
            let config = configuration(&place.config)?;
            let (label, aside) = backup::restore(&config, file, &SystemClock).await?;
            let answer = serde_json::json!({ "restored": label, "aside": aside });
            show(place, &answer, || {
                let mut lines = vec![format!("已恢复：{}", line(&label))];
                lines.extend(aside.iter().map(|p| format!("原来的数据库在 {}，备份之后的记录只在那里", p.display())));
                lines.push("连接器的游标也回到了备份时：下一次拉取会把之后的记录再取一次".to_owned());
                lines
            });
            Ok(true)
        }
    }
}

pub(crate) async fn config(what: &Config) -> Outcome {
    match what {
        Config::Show(place) => {
            let tree = tree(&configuration(&place.config)?);
            show(place, &tree, || flat(&tree).iter().map(|(path, value)| format!("{path} = {value}")).collect());
            Ok(true)
        }
        Config::Diff { against, place } => {
            let is = flat(&tree(&configuration(&place.config)?));
            let was = match against {
                Some(folder) => flat(&tree(&configuration(folder)?)),
                None => last_start(place).await?,
            };
            let found = changes(&was, &is);
            show(place, &found, || {
                let text = |v: &Option<serde_json::Value>| v.as_ref().map_or("（无）".to_owned(), ToString::to_string);
                let mut lines: Vec<String> =
                    found.iter().map(|c| format!("{}: {} → {}", c.path, text(&c.was), text(&c.is))).collect();
                if lines.is_empty() {
                    lines.push("没有不同".to_owned());
                }
                lines
            });
            Ok(found.is_empty())
        }
        Config::Schema { out, json, .. } => {
            let all = schemas();
            if let Some(folder) = out {
                let failed = |e: std::io::Error| {
                    Problem::new("config.against", format!("{}：{e}", folder.display()))
                        .fix("用 --out 指定一个可写的目录")
                };
                std::fs::create_dir_all(folder).map_err(failed)?;
                for (name, schema) in &all {
                    let text = serde_json::to_string_pretty(schema).unwrap_or_default();
                    std::fs::write(folder.join(name), format!("{text}\n")).map_err(failed)?;
                }
                return Ok(true);
            }
            let one: serde_json::Map<String, serde_json::Value> =
                all.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
            if *json {
                print_json(&one);
            } else {
                crate::out!("{}", serde_json::to_string_pretty(&one).unwrap_or_default());
            }
            Ok(true)
        }
        Config::Sample { dir, json } => sample(dir, *json),
    }
}

/// The sample county in a folder that was not there.
fn sample(dir: &Path, json: bool) -> Outcome {
    if dir.exists() {
        return Err(
            Problem::new("config.sample", format!("{} 已存在，没有写入", dir.display())).fix("指明一个新的目录")
        );
    }
    write_sample(dir).map_err(|p| Problem::new("config.sample", p.message).fix("指明一个可写的目录"))?;
    if json {
        print_json(&serde_json::json!({ "dir": dir }));
    } else {
        let place = dir.display();
        crate::out!("已写出样例配置 {place}；结构说明见 /docs/config，检查：daylight check --config {place}");
    }
    Ok(true)
}

/// The configuration the appliance was last started with.
async fn last_start(place: &Place) -> Result<Flat, Problem> {
    let app = open(place).await?;
    let text = app.store.setting(LAST_START).await?;
    app.close().await;
    let none =
        || Problem::new("config.against", "服务还没有用这个数据目录启动过").fix("用 --against 指定另一个配置目录");
    serde_json::from_str(&text.ok_or_else(none)?).map_err(|_| none())
}
