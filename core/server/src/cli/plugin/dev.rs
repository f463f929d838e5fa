//! `daylight plugin dev`: what becomes of the plugin's records, again whenever somebody writes.

use super::super::demo::person;
use super::super::serve::{bind, house, stop_signal};
use super::super::{Outcome, print_json};
use crate::kit::dev::{Ask, Lines, Project, Stay};
use crate::kit::mock::Faults;
use crate::kit::trial::county::Folder;
use crate::problem::Problem;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Options of `daylight plugin dev`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// 插件项目的目录，或一个组件文件（.wasm）
    #[arg(default_value = ".")]
    what: PathBuf,
    /// 所对的来源；缺省为项目目录（或组件旁）的 kit.toml
    #[arg(long)]
    kit: Option<PathBuf>,
    /// 模拟部门的种子
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// 模拟部门的办件数
    #[arg(long, default_value_t = 60)]
    cases: u32,
    /// 多少天内有人申请；其后再过两周
    #[arg(long, default_value_t = 14)]
    days: u32,
    /// 故障，加在真实部门平常的记录问题之上；none 清空
    #[arg(long, default_value = "")]
    faults: String,
    /// 要看的办件编号；缺省为牌最重的一件
    #[arg(long)]
    case: Option<String>,
    /// 控制台的地址
    #[arg(long, default_value = "127.0.0.1:8320")]
    listen: String,
    /// 打印后退出；否则开放控制台，文件一有改动就重新构建并拉取
    #[arg(long)]
    once: bool,
    /// 每次以一个 JSON 值回答
    #[arg(long)]
    json: bool,
}

/// Lines of the plugin; the program's log writes here as well.
pub(crate) fn lines() -> Lines {
    static LINES: OnceLock<Lines> = OnceLock::new();
    LINES.get_or_init(Lines::default).clone()
}

/// Builds, sets a county up, lives through its days, and says what became of it.
async fn once(project: &Project, options: &Options, cache: &Folder) -> Result<(Stay, bool), Problem> {
    let faults = Faults::usual().and(&options.faults)?;
    let ask = Ask { seed: options.seed, cases: options.cases, days: options.days, faults, case: options.case.clone() };
    let profile = project.profile()?;
    let building = project.clone();
    let component = tokio::task::spawn_blocking(move || building.component())
        .await
        .map_err(|e| Problem::new("internal", e.to_string()))??;
    let _ = lines().take();
    let stay = Stay::begin(component, profile, ask, lines(), cache.path()).await?;
    let report = match stay.report().await {
        Ok(report) => report,
        Err(problem) => {
            stay.app.close().await;
            return Err(problem);
        }
    };
    if options.json {
        print_json(&report);
    } else {
        report.lines().iter().for_each(|line| crate::out!("{line}"));
    }
    Ok((stay, report.good()))
}

pub(crate) async fn run(options: Options) -> Outcome {
    let project = Project::at(&options.what, options.kit.as_deref())?;
    let cache = Folder::new()?;
    eprintln!("未签名的插件只在这个临时县内受信任；安装到真实的县仍须签名（daylight plugin pack）");
    if options.once {
        let (stay, good) = once(&project, &options, &cache).await?;
        stay.app.close().await;
        return Ok(good);
    }
    // The same for as long as the command runs, so that people stay who they are.
    let password = format!("Yang-{}", hex::encode(rand::random::<[u8; 5]>()));
    let mut stop = std::pin::pin!(stop_signal());
    loop {
        let seen = project.state();
        let served = tokio::select! {
            () = &mut stop => return Ok(true),
            made = once(&project, &options, &cache) => match made {
                Ok((stay, _)) => Some(serving(stay, &options, &password).await?),
                Err(problem) => {
                    // The next change may put it right.
                    eprintln!("{}", problem.line());
                    None
                }
            },
        };
        let stopped = tokio::select! {
            () = &mut stop => true,
            () = changed(&project, seen) => false,
        };
        if let Some(served) = served {
            served.end().await;
        }
        if stopped {
            return Ok(true);
        }
        eprintln!("文件有改动，重新构建并拉取");
    }
}

/// Waits until somebody writes, and until he has stopped writing.
async fn changed(project: &Project, seen: crate::kit::dev::State) {
    let mut before = seen.clone();
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = project.state();
        if now != seen && now == before {
            return;
        }
        before = now;
    }
}

/// A county whose console is open.
struct Served {
    stay: Stay,
    ending: CancellationToken,
    house: tokio::task::JoinHandle<()>,
}

impl Served {
    async fn end(self) {
        self.ending.cancel();
        let _ = self.house.await;
        self.stay.app.close().await;
    }
}

async fn serving(stay: Stay, options: &Options, password: &str) -> Result<Served, Problem> {
    let listener = match bind(&options.listen).await {
        Ok(listener) => listener,
        Err(problem) => {
            stay.app.close().await;
            return Err(problem);
        }
    };
    let address = listener.local_addr().map_or_else(|_| options.listen.clone(), |a| a.to_string());
    for one in [("监察员", "supervision", None), ("信息中心", "system_admin", None)] {
        person(&stay.app, one, password).await?;
    }
    stay.clock.run();
    let ending = CancellationToken::new();
    let house = tokio::spawn(house(Arc::clone(&stay.app), listener, ending.clone().cancelled_owned()));
    eprintln!(
        "控制台：http://{address}/sign-in，名称 监察员、信息中心，密码 {password}；改动文件即重新拉取，Ctrl-C 结束"
    );
    Ok(Served { stay, ending, house })
}
