//! The command line. One file per command; each prints for a person, or with `--json` one value and nothing else.

/// Prints a line. Who reads may have gone (`… | head`): that is no failure of ours, and ends the program.
#[macro_export]
macro_rules! out {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        if writeln!(std::io::stdout(), $($words)*).is_err() {
            std::process::exit(0);
        }
    }};
}

mod act;
mod care;
mod catalogue;
mod complaint;
mod demo;
mod department;
mod gate;
mod mock;
mod notify;
mod paths;
mod plugin;
mod publish;
mod read;
mod rules;
mod score;
mod serve;
mod stats;
mod template;
mod user;

use crate::app::App;
use crate::clock::SystemClock;
use crate::config::load;
use crate::problem::{Problem, Severity};
use clap::{Parser, Subcommand};
use daylight_domain::clock::Clock;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// 阳光监察 Daylight：行政审批电子监察
#[derive(Debug, Parser)]
#[command(name = "daylight", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 模拟一个县：四个部门系统、真实的连接器、规则与评分
    Demo(demo::Options),
    /// 模拟一个部门的业务系统，供插件开发：可信的办件、真实的脏数据、各种故障；或录制、回放一个真的
    Mock {
        #[command(subcommand)]
        what: mock::Command,
    },
    /// 运行：接口、定时拉取、到期判定
    Serve(Place),
    /// 用户与令牌
    User {
        #[command(subcommand)]
        what: user::User,
    },
    /// 打印接口说明（OpenAPI）
    Openapi,
    /// 检查配置：每个问题给出 文件:行:列、代码与办法
    Check(Place),
    /// 部门：列表、关口、从样例起草配置、试接后加入
    Department {
        #[command(subcommand)]
        what: department::Command,
    },
    /// 拉取：立即运行、列表、查看一次
    Pull {
        #[command(subcommand)]
        what: Pull,
    },
    /// 办件：时间线、时限、发现、监察卡
    Case {
        #[command(subcommand)]
        what: Case,
    },
    /// 投诉：导入热线工单
    Complaint {
        #[command(subcommand)]
        what: complaint::Command,
    },
    /// 事项目录：草案的 TOML、省级清单
    Catalogue {
        #[command(subcommand)]
        what: catalogue::Command,
    },
    /// 事项：办件走过的路径
    Item {
        #[command(subcommand)]
        what: ItemCommand,
    },
    /// 规则：列表、对一个办件逐条说明
    Rules {
        #[command(subcommand)]
        what: Rules,
    },
    /// 工作日历：期限届满日
    Calendar {
        #[command(subcommand)]
        what: Calendar,
    },
    /// 评分：运行、影子评分、查看、比较、复算、年度
    Score {
        #[command(subcommand)]
        what: Score,
    },
    /// 导入交换记录文件（NDJSON，每行一条）
    Import(act::Import),
    /// 台账：校验散列链、给出包含证明
    Ledger {
        #[command(subcommand)]
        what: Ledger,
    },
    /// 统计：数量、按时率、时长
    Stats(stats::Stats),
    /// 指标基数的词汇表
    Measures(stats::Measures),
    /// 检查运行环境：数据库、时钟、日历、磁盘、来源、备份
    Doctor(Place),
    /// 备份：创建、列表、核对、恢复
    Backup {
        #[command(subcommand)]
        what: care::Backup,
    },
    /// 配置：生效值、差别、结构说明
    Config {
        #[command(subcommand)]
        what: care::Config,
    },
    /// 隔离区：未被接受的记录
    Quarantine {
        #[command(subcommand)]
        what: Quarantine,
    },
    /// 通知：测试通道、发送记录、重发
    Notify {
        #[command(subcommand)]
        what: notify::Command,
    },
    /// 公布件：列表、查看、核对散列
    Publication {
        #[command(subcommand)]
        what: publish::Command,
    },
    /// 导出：统计月报、监察记录（GB/T 39046 表 11）、监察卡、评分、投诉、评价
    Export(publish::Export),
    /// 文书模板：导出内置的，供本县修改
    Template {
        #[command(subcommand)]
        what: template::Command,
    },
    /// 插件：查看、签名、安装、回退
    Plugin {
        #[command(subcommand)]
        what: plugin::Command,
    },
}

/// Where the configuration is, and how to answer.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Place {
    /// 配置目录
    #[arg(long, env = "DAYLIGHT_CONFIG")]
    config: PathBuf,
    /// 以一个 JSON 值回答
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Pull {
    /// 立即拉取一个部门
    Run {
        /// 部门编号
        id: String,
        /// 忘掉游标，从头拉取；已知的记录答为重复
        #[arg(long)]
        reset_cursor: bool,
        #[command(flatten)]
        place: Place,
    },
    /// 最近的运行
    List(Place),
    /// 一次运行
    Show {
        /// 运行编号
        run: String,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Subcommand)]
enum Case {
    /// 一个办件的全部
    Show {
        /// 部门编号
        department: String,
        /// 办件编号
        case_no: String,
        #[command(flatten)]
        place: Place,
    },
    /// 一个办件走过的路径：各环节的等待与办理、返工、并行、偏离
    Path {
        /// 部门编号
        department: String,
        /// 办件编号
        case_no: String,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Subcommand)]
enum ItemCommand {
    /// 一个事项的办件走过的各种路径：件数、占比、按时率、中位时长、是否符合流程图
    Variants(paths::Wanted),
}

#[derive(Debug, Subcommand)]
enum Rules {
    /// 所有规则
    List(Place),
    /// 运行规则场景文件：发生了什么、何时、应得出什么
    Test {
        /// 场景文件（TOML），格式见 tests/fixtures/rules/README.md
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        place: Place,
    },
    /// 由事件重做每个办件并重新判定：不应得出任何新的东西
    Rederive(Place),
    /// 拟改的规则对过去几个月会有什么不同：只比较，什么也不写入
    Diff(rules::Diff),
    /// 每条规则对一个办件的判断，以及逐日计算
    Explain {
        /// 部门编号
        department: String,
        /// 办件编号
        case_no: String,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Subcommand)]
enum Calendar {
    /// 从一个日期或时刻起的期限在哪一天届满
    Due(read::Due),
}

#[derive(Debug, Subcommand)]
enum Score {
    /// 按一个标准为一个月评分
    Run {
        /// 标准编号
        #[arg(long)]
        standard: String,
        /// 月份，例：2026-03
        #[arg(long)]
        period: String,
        /// 只评一个部门
        #[arg(long)]
        department: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// 影子评分：按一个标准试评过去几个月，只供比较，不能定稿
    Shadow {
        /// 标准编号
        #[arg(long)]
        standard: String,
        /// 从哪个月起，例：2026-01
        #[arg(long)]
        from: String,
        /// 到哪个月为止
        #[arg(long)]
        to: String,
        #[command(flatten)]
        place: Place,
    },
    /// 年度、半年、季度：已定稿各月的平均，年度减去处分扣分
    Year {
        /// 标准编号
        #[arg(long)]
        standard: String,
        /// 年份、半年或季度，例：2026、2026-H1、2026-Q3
        #[arg(long)]
        year: String,
        #[command(flatten)]
        place: Place,
    },
    /// 查看一次评分；不指明编号时列出最近的评分
    Show {
        /// 评分编号
        run: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// 比较两次评分：什么变了、为什么；两个标准之间按维度
    Compare {
        /// 评分编号
        a: String,
        /// 另一次评分的编号
        b: String,
        #[command(flatten)]
        place: Place,
    },
    /// 用同一插件与同一输入复算，比较散列
    Recompute {
        /// 评分编号
        run: String,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Subcommand)]
enum Ledger {
    /// 从存储的字节重算每个部门的散列链
    Verify(Place),
    /// 一个事件的包含证明：叶、路径、根
    Prove {
        /// 部门编号
        department: String,
        /// 事件序号
        seq: u64,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Subcommand)]
enum Quarantine {
    /// 列出
    List(Place),
    /// 按现在的配置重新处理；不指明编号时处理全部被退回的记录
    Replay(act::Replay),
    /// 一条记录
    Show {
        /// 编号
        id: String,
        #[command(flatten)]
        place: Place,
    },
}

/// How a command ended.
pub(crate) type Outcome = Result<bool, Problem>;

/// What is said on standard error when nobody asks for more. A trial makes its sources fail: that they do is no news.
fn loudness(command: &Command) -> &'static str {
    match command {
        Command::Plugin { what: plugin::Command::Test(_) } => "error",
        _ => "warn",
    }
}

/// Runs a command. 0 done, 1 the thing asked about is not in order, 2 wrong use or broken configuration, 3 internal failure.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            let _ = e.print();
            return ExitCode::from(if e.use_stderr() { 2 } else { 0 });
        }
    };
    let filter =
        tracing_subscriber::EnvFilter::try_from_env("DAYLIGHT_LOG").unwrap_or_else(|_| loudness(&cli.command).into());
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let said = tracing_subscriber::fmt::layer().with_ansi(colours).with_writer(std::io::stderr).with_filter(filter);
    let plugins = match &cli.command {
        Command::Plugin { what } => plugin::lines(what),
        _ => None,
    };
    tracing_subscriber::registry().with(said).with(plugins).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("{}", Problem::new("system.threads", e.to_string()).line());
            return ExitCode::from(3);
        }
    };
    let code = match runtime.block_on(dispatch(cli.command)) {
        Ok(true) => 0,
        Ok(false) => 1,
        Err(problem) => {
            eprintln!("{}", problem.line());
            // What we, the disk or the database failed at; everything else is something the caller can put right.
            // The thing asked about is not in order.
            let broken = ["backup.damaged", "build.component", "build.failed", "build.vectors", "plugin.signature"]
                .contains(&problem.code.as_str());
            let ours = ["internal", "system.", "store.", "lock."].iter().any(|k| problem.code.starts_with(k));
            if broken {
                1
            } else if ours {
                3
            } else {
                2
            }
        }
    };
    // A guest that still runs must not hold the program.
    runtime.shutdown_background();
    ExitCode::from(code)
}

async fn dispatch(command: Command) -> Outcome {
    match command {
        Command::Demo(options) => demo::run(options).await,
        Command::Mock { what } => mock::run(what).await,
        Command::Serve(place) => serve::run(&place).await,
        Command::User { what } => user::run(&what).await,
        Command::Openapi => {
            print_json(&crate::api::openapi());
            Ok(true)
        }
        Command::Check(place) => check(&place).await,
        Command::Complaint { what } => complaint::run(&what).await,
        Command::Stats(options) => stats::stats(&options).await,
        Command::Measures(options) => stats::measures(&options),
        Command::Doctor(place) => care::doctor(&place).await,
        Command::Backup { what } => care::backup(&what).await,
        Command::Config { what } => care::config(&what).await,
        Command::Department { what } => department::run(what).await,
        Command::Import(options) => act::import(&options).await,
        Command::Pull { what: Pull::Run { id, reset_cursor, place } } => {
            read::pull_run(&place, &id, reset_cursor).await
        }
        Command::Pull { what: Pull::List(place) } => read::pull_list(&place).await,
        Command::Pull { what: Pull::Show { run, place } } => read::pull_show(&place, &run).await,
        Command::Case { what: Case::Show { department, case_no, place } } => {
            read::case_show(&place, &department, &case_no).await
        }
        Command::Case { what: Case::Path { department, case_no, place } } => {
            paths::case_path(&place, &department, &case_no).await
        }
        Command::Catalogue { what } => catalogue::run(&what).await,
        Command::Item { what: ItemCommand::Variants(wanted) } => paths::variants(&wanted).await,
        Command::Rules { what: Rules::List(place) } => rules::list(&place),
        Command::Rules { what: Rules::Test { files, place } } => rules::test(&place, &files),
        Command::Rules { what: Rules::Rederive(place) } => rules::rederive(&place).await,
        Command::Rules { what: Rules::Diff(options) } => rules::diff(&options).await,
        Command::Rules { what: Rules::Explain { department, case_no, place } } => {
            read::rules_explain(&place, &department, &case_no).await
        }
        Command::Calendar { what: Calendar::Due(due) } => read::calendar_due(&due),
        Command::Score { what: Score::Run { standard, period, department, place } } => {
            score::run(&place, &standard, &period, department.as_deref()).await
        }
        Command::Score { what: Score::Shadow { standard, from, to, place } } => {
            score::shadow(&place, &standard, &from, &to).await
        }
        Command::Score { what: Score::Year { standard, year, place } } => score::year(&place, &standard, &year).await,
        Command::Score { what: Score::Show { run, place } } => score::show(&place, run.as_deref()).await,
        Command::Score { what: Score::Recompute { run, place } } => score::recompute(&place, &run).await,
        Command::Score { what: Score::Compare { a, b, place } } => score::compare(&place, &a, &b).await,
        Command::Ledger { what: Ledger::Verify(place) } => read::ledger_verify(&place).await,
        Command::Ledger { what: Ledger::Prove { department, seq, place } } => {
            act::prove(&place, &department, seq).await
        }
        Command::Quarantine { what: Quarantine::Replay(options) } => act::replay(&options).await,
        Command::Quarantine { what: Quarantine::List(place) } => read::quarantine_list(&place).await,
        Command::Quarantine { what: Quarantine::Show { id, place } } => read::quarantine_show(&place, &id).await,
        Command::Notify { what } => notify::run(what).await,
        Command::Publication { what } => publish::run(&what).await,
        Command::Export(options) => publish::export(&options).await,
        Command::Template { what } => template::run(&what),
        Command::Plugin { what } => plugin::run(what).await,
    }
}

/// The configuration, or every problem on stderr.
pub(crate) fn configuration(folder: &Path) -> Result<crate::config::Loaded, Problem> {
    load(folder, SystemClock.now()).map_err(|problems| broken(&problems))
}

/// Tells every problem on stderr; what remains to be said is how many there are.
pub(crate) fn broken(problems: &[Problem]) -> Problem {
    for problem in problems {
        eprintln!("{}", problem.line());
    }
    let n = problems.iter().filter(|p| p.severity == Severity::Error).count();
    Problem::new("config.invalid", format!("配置有 {n} 个错误")).fix("daylight check --config 目录 可随时复查")
}

pub(crate) async fn open(place: &Place) -> Result<Arc<App>, Problem> {
    App::open(configuration(&place.config)?, Arc::new(SystemClock)).await
}

async fn check(place: &Place) -> Outcome {
    let problems = match load(&place.config, SystemClock.now()) {
        Ok(loaded) => gate::warnings(&loaded).await,
        Err(problems) => problems,
    };
    let errors = problems.iter().filter(|p| p.severity == Severity::Error).count();
    if place.json {
        print_json(&serde_json::json!({ "errors": errors, "problems": problems }));
    } else {
        for problem in &problems {
            crate::out!("{}", problem.line());
        }
        crate::out!("{} 个错误，{} 个提醒", errors, problems.len() - errors);
    }
    if errors == 0 { Ok(true) } else { Err(Problem::new("config.invalid", format!("配置有 {errors} 个错误"))) }
}

pub(crate) fn print_json<T: serde::Serialize>(value: &T) {
    crate::out!("{}", serde_json::to_string(value).unwrap_or_default());
}
