//! `daylight demo`

use super::serve::{bind, house, stop_signal};
use super::{Outcome, print_json};
use crate::app::App;
use crate::demo::place::{Demo, temporary};
use crate::evaluate::month_before;
use crate::lock;
use crate::problem::Problem;
use daylight_domain::clock::Clock;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Options of `daylight demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// 拉取全部、评分、打印摘要后退出
    #[arg(long)]
    once: bool,
    /// 每分钟经过的天数
    #[arg(long, default_value_t = 2)]
    speed: u32,
    /// 接口与状态页的地址
    #[arg(long, default_value = "127.0.0.1:8320")]
    listen: String,
    /// 保留数据的目录
    #[arg(long)]
    dir: Option<PathBuf>,
    /// 每个部门每天大约的办件数
    #[arg(long, default_value_t = 10)]
    cases_per_day: u64,
    /// 摘要为一个 JSON 对象
    #[arg(long)]
    json: bool,
}

const DEPARTMENTS: [&str; 4] = ["market", "resources", "housing", "health"];

pub(crate) async fn run(options: Options) -> Outcome {
    let folder = options.dir.clone().unwrap_or_else(temporary);
    let speed = if options.once { 0 } else { options.speed };
    let listener = if options.once { None } else { Some(bind(&options.listen).await?) };
    let at = listener.as_ref().and_then(|l| l.local_addr().ok());
    let mut demo = Demo::at(&folder, (speed, options.cases_per_day.clamp(1, 1000)), at).await?;
    let say = |text: String| {
        if !options.json {
            eprintln!("{text}");
        }
    };
    say(format!("模拟县已就绪：{}（县内时间 {}）", folder.display(), demo.clock.now()));
    let result = match listener {
        None => once(&demo, &options, &say).await,
        Some(listener) => live(&mut demo, listener, &say).await,
    };
    demo.app.close().await;
    if options.dir.is_none() {
        // Nobody asked to keep it.
        let _ = std::fs::remove_dir_all(&folder);
    }
    result
}

async fn pull_all(demo: &Demo, reason: &str, say: &dyn Fn(String)) -> Result<(), Problem> {
    for id in DEPARTMENTS {
        let run = demo.app.pull(id, reason).await?;
        let trouble = run.error.as_ref().map(|e| format!("，{e}")).unwrap_or_default();
        say(format!(
            "{id}：{} 页 {} 条，接受 {}，重复 {}，退回 {}，等待 {}{trouble}",
            run.pages, run.records, run.accepted, run.duplicates, run.rejected, run.waiting
        ));
        if run.status != "done" {
            return Err(Problem::new(
                run.error_code.as_deref().unwrap_or("pull.failed"),
                run.error.unwrap_or_default(),
            ));
        }
    }
    let fired = demo.app.fire_due().await?;
    demo.app.look_at_sources().await?;
    demo.app.look_at_everything().await?;
    if fired > 0 {
        say(format!("到期判定 {fired} 件"));
    }
    Ok(())
}

async fn once(demo: &Demo, options: &Options, say: &dyn Fn(String)) -> Outcome {
    pull_all(demo, "start", say).await?;
    let period = month_before(demo.clock.now().date());
    let run = demo.app.score("county-2025", &period, None).await?;
    let summary = summary(demo, &run).await?;
    if options.json {
        print_json(&summary);
    } else {
        crate::out!("{}", serde_json::to_string_pretty(&summary).unwrap_or_default());
    }
    Ok(summary.pointer("/ledger/verified") == Some(&serde_json::Value::Bool(true)))
}

async fn summary(demo: &Demo, run: &daylight_store::ScoreRunRow) -> Result<serde_json::Value, Problem> {
    let app = &demo.app;
    let totals = app.store.department_totals().await?;
    let mut departments = Vec::new();
    let (mut cases, mut events, mut cards, mut verified) = (0, 0, [0u64; 3], true);
    let mut heads = serde_json::Map::new();
    for total in &totals {
        let Some(department) = app.config.departments.get(&total.department) else { continue };
        if !DEPARTMENTS.contains(&total.department.as_str()) {
            continue;
        }
        let report = app.store.verify_ledger(&total.department).await?;
        verified &= report.verified;
        heads.insert(total.department.clone(), report.head.into());
        departments.push(serde_json::json!({
            "id": total.department, "connector": department.connector, "phase": department.phase,
            "cases": total.cases, "rejects": total.rejects,
        }));
        cases += total.cases;
        events += total.events;
        cards.iter_mut().zip(total.cards.iter().zip(total.inside)).for_each(|(sum, (n, m))| *sum += n + m);
    }
    let scores: Vec<serde_json::Value> = run
        .results
        .iter()
        .map(|r| {
            let points = two_decimals(r.output.total);
            serde_json::json!({ "department": r.department, "standard": run.standard, "score": points, "grade": r.output.grade })
        })
        .collect();
    let [prewarning, yellow, red] = cards;
    Ok(serde_json::json!({
        "departments": departments, "cases": cases, "events": events,
        "cards": { "prewarning": prewarning, "yellow": yellow, "red": red },
        "scores": scores,
        "ledger": { "events": events, "head": heads, "verified": verified },
    }))
}

/// People of the made-up county: name, role, department. Who has a token in the README comes first.
const PEOPLE: [(&str, &str, Option<&str>); 9] = [
    ("监察员", "supervision", None),
    ("承办人", "handler", Some("market")),
    ("信息中心", "system_admin", None),
    ("县领导", "leader", None),
    ("窗口人员", "clerk", Some("culture")),
    ("文旅承办人", "handler", Some("culture")),
    ("文旅负责人", "department_leader", Some("culture")),
    ("政务中心", "service_centre", None),
    ("法制办", "legal_office", None),
];
const WITH_TOKEN: usize = 4;

/// Somebody, who may be there from an earlier run, with a password of this run, and a token of theirs.
pub(super) async fn person(
    app: &App,
    (name, role, department): (&str, &str, Option<&str>),
    password: &str,
) -> Result<String, Problem> {
    if app.store.user(name).await?.is_none() {
        app.add_user(name, role, department, "demo").await?;
    }
    let link = app.give_link(name, "demo").await?;
    app.use_link(&link.secret, password).await?;
    Ok(app.give_token(name, "demo", &[], 3650, "demo").await?.secret)
}

/// Goes on until somebody presses Ctrl-C: the departments work, the appliance pulls them on their schedules.
async fn live(demo: &mut Demo, listener: TcpListener, say: &dyn Fn(String)) -> Outcome {
    let listen = demo.app.config.main.listen.address.clone();
    // So that whoever looks at the data folder, the doctor too, knows that somebody serves it.
    let _serving = lock::serving(&demo.app.config.data())?;
    crate::out!("http://{listen}");
    // Made anew each time, so that nothing of the demonstration is known beforehand.
    let password = format!("Yang-{}", hex::encode(rand::random::<[u8; 5]>()));
    let mut tokens = Vec::new();
    for one in PEOPLE {
        tokens.push(person(&demo.app, one, &password).await?);
    }
    for ((name, _, department), token) in PEOPLE.iter().zip(&tokens).take(WITH_TOKEN) {
        say(format!("令牌：{token}（{name}{}）", department.map(|d| format!("，{d}")).unwrap_or_default()));
    }
    let names: Vec<&str> = PEOPLE.iter().map(|(name, ..)| *name).collect();
    say(format!("登录：http://{listen}/sign-in，名称 {}，密码都是 {password}", names.join("、")));
    let watching = tokens.into_iter().next().unwrap_or_default();
    say(format!("例：curl -H 'Authorization: Bearer {watching}' http://{listen}/api/v1/departments"));
    let ending = tokio_util::sync::CancellationToken::new();
    let house = tokio::spawn(house(Arc::clone(&demo.app), listener, ending.clone().cancelled_owned()));
    let mut stop = std::pin::pin!(stop_signal());
    let result = loop {
        if let Err(problem) = demo.work_goes_on().await {
            break Err(problem);
        }
        let totals = demo.app.store.department_totals().await?;
        let cards = totals.iter().fold([0u64; 3], |mut sum, t| {
            sum.iter_mut().zip(t.cards.iter().zip(t.inside)).for_each(|(s, (n, m))| *s += n + m);
            sum
        });
        let [prewarning, yellow, red] = cards;
        let cases: u64 = totals.iter().map(|t| t.cases).sum();
        say(format!("县内时间 {}：办件 {cases}，预警 {prewarning}，黄牌 {yellow}，红牌 {red}", demo.clock.now()));
        tokio::select! {
            () = &mut stop => break Ok(true),
            () = tokio::time::sleep(std::time::Duration::from_secs(5)) => {}
        }
    };
    ending.cancel();
    let _ = house.await;
    result
}

#[expect(clippy::cast_precision_loss, reason = "hundredths of at most a few hundred points")]
fn two_decimals(points: i64) -> f64 {
    points as f64 / 100.0
}
