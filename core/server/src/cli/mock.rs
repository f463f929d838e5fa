//! `daylight mock`: a fake department, or a recording of a real one, for as long as it is wanted.

use super::serve::stop_signal;
use super::{Outcome, print_json};
use crate::clock::SystemClock;
use crate::kit::mock::{
    Fault, Faults, Happening, Kind, Mock, Plan, Recorded, Recorder, Shape, Standing, What, department, sample_items,
};
use crate::problem::Problem;
use chrono::NaiveDate;
use daylight_domain::item::Item;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// 分页 REST/JSON 接口
    Rest(Options),
    /// 业务数据库（SQLite）的一个只读视图
    Sql(Options),
    /// 投递 CSV 文件的目录
    Csv(Options),
    /// 旧平台：表单字段内的 XML，GB18030
    Legacy(Options),
    /// 列出全部故障：名称、针对什么、平常的比例
    Faults {
        /// 以一个 JSON 值回答
        #[arg(long)]
        json: bool,
    },
    /// 录制：在本机转发到一个真实系统，一问一答存为文件，不存密钥与个人信息
    Record {
        /// 真实系统的地址
        #[arg(long)]
        from: String,
        /// 存放录制的目录（空的或新的）
        #[arg(long)]
        to: PathBuf,
        /// 值要遮盖的字段（来源自己的名称），可多次给出或以逗号分隔
        #[arg(long, value_delimiter = ',')]
        hide: Vec<String>,
        /// 本机地址
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: String,
        /// 以一个 JSON 值回答
        #[arg(long)]
        json: bool,
    },
    /// 回放：按录制回答
    Play {
        /// 录制的目录
        folder: PathBuf,
        /// 应答的故障，例：hang@2,5xx=1
        #[arg(long, default_value = "")]
        faults: String,
        /// 本机地址
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: String,
        /// 以一个 JSON 值回答
        #[arg(long)]
        json: bool,
    },
}

/// What a fake department is to be.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// 种子：同一种子，同样的字节
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// 办件数
    #[arg(long, default_value_t = 200)]
    cases: u32,
    /// 从哪一天起有人申请；缺省 2026-03-02，使同一种子在任何一天都给出同样的字节
    #[arg(long)]
    from: Option<NaiveDate>,
    /// 多少天内有人申请（含休息日）
    #[arg(long, default_value_t = 28)]
    days: u32,
    /// 事项编码；缺省为样例县中这类来源的部门的全部事项
    #[arg(long, num_args = 1.., value_delimiter = ',')]
    item: Vec<String>,
    /// 用这个目录的事项目录与日历；缺省为随程序的样例
    #[arg(long, env = "DAYLIGHT_CONFIG")]
    config: Option<PathBuf>,
    /// 故障，加在真实部门平常的记录问题之上；例：hang=1%,5xx=3,truncated@2；none 从头清空
    #[arg(long, default_value = "")]
    faults: String,
    /// 接口的本机地址
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
    /// 存放来源文件、department.toml、truth.ndjson（真相与每条的问题）的目录
    #[arg(long)]
    out: Option<PathBuf>,
    /// 来源的形状：路径、参数、列名、代码、时间写法（TOML，结构见 config/schema/shape.schema.json）
    #[arg(long)]
    shape: Option<PathBuf>,
    /// 打印后退出
    #[arg(long)]
    once: bool,
    /// 以一个 JSON 值回答
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(command: Command) -> Outcome {
    match command {
        Command::Rest(options) => stand(Kind::Rest, &options).await,
        Command::Sql(options) => stand(Kind::Sql, &options).await,
        Command::Csv(options) => stand(Kind::Csv, &options).await,
        Command::Legacy(options) => stand(Kind::Legacy, &options).await,
        Command::Faults { json } => Ok(list(json)),
        Command::Record { from, to, hide, listen, json } => {
            let recorder = Recorder::start(&from, &to, hide, Some(&listen)).await?;
            let address = recorder.address().to_owned();
            if json {
                print_json(&serde_json::json!({ "address": address, "from": from, "to": to }));
            } else {
                crate::out!("录制：{address} → {from}，存入 {}；Ctrl-C 结束", to.display());
            }
            stop_signal().await;
            eprintln!("录制了 {} 问 {} 答", recorder.recorded(), recorder.recorded());
            Ok(true)
        }
        Command::Play { folder, faults, listen, json } => {
            let played = Recorded::start_at(&folder, Some(&listen)).await?;
            played.set_faults(Faults::parse(&faults)?);
            if json {
                print_json(&serde_json::json!({ "address": played.address(), "folder": folder }));
            } else {
                crate::out!("回放：{}（{}）；Ctrl-C 结束", played.address(), folder.display());
            }
            stop_signal().await;
            let unknown = played.unknown();
            unknown.iter().for_each(|line| eprintln!("{line}"));
            Ok(unknown.is_empty())
        }
    }
}

fn list(json: bool) -> bool {
    let word = |what| match what {
        What::Answer => "应答",
        What::Record => "记录",
        What::Case => "办件",
    };
    let all: Vec<serde_json::Value> = Fault::ALL
        .iter()
        .map(|f| {
            let kinds: Vec<&str> = Kind::ALL
                .iter()
                .filter(|k| f.what() != What::Answer || k.knows(*f))
                .map(|k| k.as_str())
                .collect();
            serde_json::json!({
                "name": f.as_str(), "of": word(f.what()), "usual_permille": f.usual(), "kinds": kinds, "name_zh": f.name_zh(),
            })
        })
        .collect();
    if json {
        print_json(&all);
    } else {
        crate::out!("写法：名称（总是）、名称=1%、名称=3（头三次）、名称@2（第二次），以逗号分隔");
        for f in Fault::ALL {
            crate::out!("{:<14} {} {:>4}‰  {}", f.as_str(), word(f.what()), f.usual(), f.name_zh());
        }
    }
    true
}

fn text_of(file: &Path) -> Result<String, Problem> {
    std::fs::read_to_string(file)
        .map_err(|e| Problem::new("mock.folder", format!("{}：{e}", file.display())).fix("核对路径与权限"))
}

/// The items asked for, of the catalogue of a configuration or of the sample.
fn items(kind: Kind, options: &Options, known: Vec<Arc<Item>>) -> Result<Vec<Arc<Item>>, Problem> {
    if options.item.is_empty() {
        let own = known.iter().filter(|i| i.department == kind.department()).cloned().collect::<Vec<_>>();
        return Ok(if own.is_empty() { known } else { own });
    }
    let one = |code: &String| {
        known.iter().find(|i| i.code == *code).cloned().ok_or_else(|| {
            Problem::new("mock.items", format!("目录中没有事项“{code}”"))
                .fix("核对编码；本县自己的目录用 --config 指明")
        })
    };
    options.item.iter().map(one).collect()
}

fn plan(kind: Kind, options: &Options) -> Result<Plan, Problem> {
    let mut plan = Plan::new(kind, options.seed)?;
    (plan.cases, plan.days) = (options.cases, options.days);
    plan.from = options.from.unwrap_or(plan.from);
    let known = match &options.config {
        None => sample_items(None)?,
        Some(folder) => {
            let loaded = super::configuration(folder)?;
            plan.calendar = Some(Arc::new(loaded.rules.calendar.clone()));
            loaded.rules.catalogue.newest().cloned().collect()
        }
    };
    plan.items = items(kind, options, known)?;
    plan.faults = Faults::usual().and(&options.faults)?;
    if let Some(file) = &options.shape {
        plan.shape = Shape::read(kind, &text_of(file)?)?;
    }
    Ok(plan)
}

/// How often each fault of records and cases is there.
fn counted(truth: &[Happening]) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for fault in truth.iter().flat_map(|h| &h.faults) {
        *counts.entry(fault.as_str()).or_default() += 1;
    }
    counts
}

/// One line of what truly is known.
fn line(h: &Happening) -> serde_json::Value {
    let faults: Vec<&str> = h.faults.iter().map(|f| f.as_str()).collect();
    serde_json::json!({
        "id": h.id, "visible_at": h.visible_at, "type": h.kind, "source_key": h.key, "data_version": h.version,
        "case_no": h.case_no, "item_code": h.item, "event_time": h.at, "fields": h.fields, "wrong": h.wrong, "raw": h.raw,
        "faults": faults,
    })
}

fn write(file: &Path, text: &str) -> Result<(), Problem> {
    let made = file.parent().map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| std::fs::write(file, text))
        .map_err(|e| Problem::new("mock.folder", format!("{}：{e}", file.display())).fix("指明一个可写的目录"))
}

async fn stand(kind: Kind, options: &Options) -> Outcome {
    let plan = plan(kind, options)?;
    let folder = options.out.as_ref().map(|out| out.join("source"));
    let at = Standing { listen: Some(options.listen.clone()), folder };
    let mock = Mock::start_at(plan, Arc::new(SystemClock), at).await?;
    let truth = mock.truth();
    let toml = department(&mock);
    if let Some(out) = &options.out {
        write(&out.join("department").with_extension("toml"), &toml)?;
        let lines: String = truth.iter().map(|h| format!("{}\n", line(h))).collect();
        write(&out.join("truth").with_extension("ndjson"), &lines)?;
    }
    if options.json {
        print_json(&summary(&mock, &truth, &toml));
    } else {
        tell(&mock, &truth, &toml);
    }
    if options.once {
        return Ok(true);
    }
    let mut stop = std::pin::pin!(stop_signal());
    loop {
        tokio::select! {
            () = &mut stop => return Ok(true),
            () = tokio::time::sleep(Duration::from_secs(5)) => mock.go_on().await?,
        }
    }
}

fn cases(truth: &[Happening]) -> usize {
    truth
        .iter()
        .filter(|h| h.kind.of_case())
        .map(|h| h.case_no.as_str())
        .collect::<std::collections::BTreeSet<_>>()
        .len()
}

fn summary(mock: &Mock, truth: &[Happening], toml: &str) -> serde_json::Value {
    let plan = mock.plan();
    serde_json::json!({
        "kind": plan.kind, "address": mock.address(), "secret": mock.secret(), "seed": plan.seed, "cases": plan.cases,
        "rows": truth.len(), "from": plan.from, "to": plan.last(), "faults": plan.faults.to_string(),
        "counts": counted(truth), "department": plan.department(), "department_toml": toml,
    })
}

fn tell(mock: &Mock, truth: &[Happening], toml: &str) {
    let plan = mock.plan();
    crate::out!("地址：{}", mock.address());
    crate::out!("密钥：{}（secrets.toml：[{}] token = \"…\"）", mock.secret(), plan.department());
    crate::out!(
        "办件：{} 件（编号 {} 个），{} 行，{} 至 {}，种子 {}",
        plan.cases,
        cases(truth),
        truth.len(),
        plan.from,
        plan.last(),
        plan.seed
    );
    let counts = counted(truth);
    for fault in Fault::ALL {
        let (said, n) = (plan.faults.get(*fault), counts.get(fault.as_str()));
        if said.is_some() || n.is_some() {
            let when = said.map_or_else(|| format!("≈{}‰", fault.usual()), ToString::to_string);
            let n = n.map_or_else(String::new, |n| format!("，{n} 处"));
            crate::out!("故障：{}{when}{n}：{}", fault.as_str(), fault.name_zh());
        }
    }
    crate::out!("读取它的部门（config/departments/{}.toml）：\n{toml}", plan.department());
}
