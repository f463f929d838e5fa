//! What contradicts itself or the world although every file can be read.

pub(crate) mod item;
mod notify;

use super::load::Read;
use super::place::{Source, Step};
use super::{Department, Main};
use crate::complaint::HOTLINE_COLUMNS;
use crate::intake::schedule::{Schedule, ScheduleError};
use crate::plugins::bundled;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::calendar::Calendar;
use daylight_domain::department::Phase;
use std::collections::HashSet;
use std::path::Path;

struct Found<'a> {
    source: &'a Source,
    all: Vec<Problem>,
}

impl Found<'_> {
    fn put(&mut self, path: &[Step<'_>], problem: Problem) {
        self.all.push(self.source.at(path, problem));
    }
}

use Step::{At, Key};

pub(super) fn check(folder: &Path, read: &mut Read, calendar: Option<&Calendar>, now: Timestamp) {
    let mut all = Vec::new();
    if let Some((source, main)) = &read.main {
        let mut found = Found { source, all: Vec::new() };
        check_main(main, &mut found);
        if let Some(name) = main.storage.secret.as_ref()
            && read.secrets.0.get("storage").is_none_or(|s| !s.contains_key(name))
        {
            let problem = Problem::new("secret.missing", format!("没有存储密钥“{name}”"))
                .fix(format!("在 secrets.toml 的 [storage] 中加入 {name} = \"…\""));
            found.put(&[Key("storage"), Key("secret")], problem);
        }
        all.extend(found.all);
    }
    let mut ids: HashSet<&str> = HashSet::new();
    for (source, department) in &read.departments {
        let mut found = Found { source, all: Vec::new() };
        if !ids.insert(&department.id) {
            let message = format!("部门编号“{}”出现了两次", department.id);
            found.put(&[Key("id")], Problem::new("department.twice", message).fix("每个部门一个文件、一个编号"));
        }
        check_department(folder, read, department, &mut found);
        all.extend(found.all);
    }
    if let Some((source, main)) = &read.main {
        let mut found = Found { source, all: Vec::new() };
        for (alias, id) in main.complaint.departments.iter().filter(|(_, id)| !ids.contains(id.as_str())) {
            let problem = Problem::new("department.unknown", format!("“{alias}”所指的部门“{id}”不存在"));
            let fix = "写 config/departments 中有的部门编号";
            found.put(&[Key("complaint"), Key("departments"), Key(alias)], problem.fix(fix));
        }
        all.extend(found.all);
    }
    if read.departments.is_empty() {
        let message = "config/departments 中没有任何部门";
        all.push(Problem::new("department.none", message).fix("为第一个部门增加 departments/<编号>.toml").warning());
    }
    check_items(read, &ids, &mut all);
    notify::check(read, &ids, &mut all);
    check_calendar(calendar, now, &mut all);
    read.problems.extend(all);
}

fn check_main(main: &Main, found: &mut Found<'_>) {
    if main.county.division.len() != 6 || !daylight_domain::code::division_is_valid(&main.county.division) {
        let message = format!("行政区划代码“{}”应为 6 位数字", main.county.division);
        found.put(&[Key("county"), Key("division")], Problem::new("county.division", message).fix("例：330824"));
    }
    if main.county.name.trim().is_empty() {
        found.put(&[Key("county"), Key("name")], Problem::new("county.name", "县名为空").fix("填写县（市、区）名称"));
    }
    if main.county.time_zone.parse::<chrono_tz::Tz>().is_err() {
        let message = format!("未知时区“{}”", main.county.time_zone);
        found.put(
            &[Key("county"), Key("time_zone")],
            Problem::new("county.time-zone", message).fix("例：Asia/Shanghai"),
        );
    }
    match main.listen.address.parse::<std::net::SocketAddr>() {
        Err(_) => {
            let message = format!("监听地址“{}”应为 IP:端口", main.listen.address);
            found.put(
                &[Key("listen"), Key("address")],
                Problem::new("listen.address", message).fix("例：127.0.0.1:8320"),
            );
        }
        Ok(address) if !address.ip().is_loopback() => {
            let message = format!("{address} 可从其他机器访问，而本程序不加密连接");
            let problem = Problem::new("listen.open", message).fix("监听 127.0.0.1，由反向代理提供 HTTPS").warning();
            found.put(&[Key("listen"), Key("address")], problem);
        }
        Ok(_) => {}
    }
    let database = &main.storage.database;
    if database != "sqlite" && !database.starts_with("postgres://") && !database.starts_with("postgresql://") {
        let message = format!("数据库“{database}”应为 sqlite 或 postgres:// 地址");
        found.put(
            &[Key("storage"), Key("database")],
            Problem::new("storage.database", message).fix("database = \"sqlite\""),
        );
    }
    if database.contains("{secret}") && main.storage.secret.is_none() {
        let problem =
            Problem::new("storage.secret", "地址中有 {secret}，但没有给出密钥名称").fix("secret = \"database\"");
        found.put(&[Key("storage"), Key("database")], problem);
    }
    if !(1..=64).contains(&main.plugins.threads) {
        let problem = Problem::new("plugins.threads", "线程数应在 1 到 64 之间").fix("threads = 2");
        found.put(&[Key("plugins"), Key("threads")], problem);
    }
    for (id, settings) in &main.plugins.standards {
        let Some(standard) = bundled().iter().find(|b| b.name == *id && b.kind == "standard") else {
            found.put(&[Key("plugins"), Key("standards"), Key(id)], stranger("standard", id));
            continue;
        };
        for error in standard.settings_errors(settings) {
            let steps: Vec<String> = error.0.split('/').skip(1).map(str::to_owned).collect();
            let mut path = vec![Key("plugins"), Key("standards"), Key(id)];
            path.extend(steps.iter().map(|s| s.parse::<usize>().map_or(Key(s.as_str()), At)));
            let fix = format!("{id} 的设置说明见 plugins/standards/README.md");
            found.put(&path, Problem::new("settings.invalid", error.1).fix(fix));
        }
    }
    if !main.backup.schedule.is_empty()
        && let Err(e) = Schedule::new(&main.backup.schedule, &main.county.time_zone, 0, "backup")
        && !matches!(e, ScheduleError::TimeZone(_))
    {
        let problem = Problem::new(
            "backup.schedule",
            e.to_string().split_once(": ").map_or(String::new(), |(_, words)| words.to_owned()),
        )
        .fix("例：schedule = \"30 2 * * *\"，不要备份时为空");
        found.put(&[Key("backup"), Key("schedule")], problem);
    }
    if main.backup.keep == 0 {
        let problem = Problem::new("backup.keep", "至少保留一份备份").fix("keep = 14");
        found.put(&[Key("backup"), Key("keep")], problem);
    }
    check_limits(main, found);
    let desk = &main.complaint;
    for (name, days, least) in [
        ("hotline_days", desk.hotline_days, 1),
        ("extension_days", desk.extension_days, 0),
        ("rating_days", desk.rating_days, 1),
    ] {
        if !(least..=250).contains(&days) {
            let problem = Problem::new("complaint.days", format!("{name} 应在 {least} 到 250 之间"));
            found.put(&[Key("complaint"), Key(name)], problem.fix("样例配置中有合适的数值"));
        }
    }
    for name in desk.columns.keys() {
        let known: Vec<&str> = HOTLINE_COLUMNS.iter().map(|(ours, _)| *ours).collect();
        if !known.contains(&name.as_str()) {
            let problem = Problem::new("complaint.column", format!("没有名为“{name}”的栏目"));
            let fix = format!("有：{}", known.join("、"));
            found.put(&[Key("complaint"), Key("columns"), Key(name)], problem.fix(fix));
        }
    }
    if main.publication.anonymity < daylight_domain::publication::suppress::LEAST {
        let problem =
            Problem::new("publication.anonymity", "小于 5 的数可以认出是谁，界限不能更小").fix("anonymity = 5");
        found.put(&[Key("publication"), Key("anonymity")], problem);
    }
    for (at, hours) in main.work_hours.iter().enumerate() {
        let path = [Key("work_hours"), At(at)];
        let day = |text: &str| chrono::NaiveDate::parse_from_str(&format!("2024-{text}"), "%Y-%m-%d").is_ok();
        if !day(&hours.from) || !day(&hours.to) {
            found.put(&path, Problem::new("work-hours.date", "from 与 to 应为 MM-DD").fix("例：from = \"06-15\""));
        }
        if !(hours.am_begin < hours.am_end && hours.am_end <= hours.pm_begin && hours.pm_begin < hours.pm_end) {
            let problem = Problem::new("work-hours.order", "作息时间应依次为上午起止、下午起止")
                .fix("例：09:00–12:00，13:00–17:00");
            found.put(&path, problem);
        }
    }
}

/// Names of limits that would forbid everything.
fn zeros(limits: &toml::Table) -> Vec<String> {
    limits.iter().filter(|(_, v)| v.as_integer().is_some_and(|n| n <= 0)).map(|(name, _)| name.clone()).collect()
}

fn check_limits(main: &Main, found: &mut Found<'_>) {
    for (table, limits) in [
        ("limits", toml::Table::try_from(&main.limits).unwrap_or_default()),
        ("standard_limits", toml::Table::try_from(&main.standard_limits).unwrap_or_default()),
    ] {
        for name in zeros(&limits) {
            let problem = Problem::new("limits.zero", format!("限制 {name} 不能为 0")).fix("样例配置中有合适的数值");
            found.put(&[Key(table), Key(&name)], problem);
        }
    }
    if main.limits.transfer_bytes < main.limits.page_bytes {
        let problem = Problem::new("limits.transfer", "transfer_bytes 小于 page_bytes，页到达不了上限就会被拒绝")
            .fix("transfer_bytes 取 page_bytes 的四倍");
        found.put(&[Key("limits"), Key("transfer_bytes")], problem);
    }
    if main.limits.memory_bytes > 4 << 30 {
        let problem = Problem::new("limits.memory", "插件内存不能超过 4 GiB").fix("memory_bytes = 268435456");
        found.put(&[Key("limits"), Key("memory_bytes")], problem);
    }
}

fn check_department(folder: &Path, read: &Read, d: &Department, found: &mut Found<'_>) {
    let good = !d.id.is_empty()
        && d.id.len() <= 40
        && d.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !good {
        let message = format!("部门编号“{}”只能用小写字母、数字和连字符", d.id);
        found.put(&[Key("id")], Problem::new("department.id", message).fix("例：id = \"market\""));
    }
    if found.source.file.file_stem().and_then(|s| s.to_str()) != Some(d.id.as_str()) {
        let message = format!("文件名与部门编号“{}”不一致", d.id);
        found.put(&[Key("id")], Problem::new("department.file", message).fix(format!("文件改名为 {}.toml", d.id)));
    }
    if d.name.trim().is_empty() {
        found.put(&[Key("name")], Problem::new("department.name", "部门名称为空").fix("填写部门全称"));
    }
    if d.phase == Phase::Suspended && d.suspended_because.is_none() {
        let problem = Problem::new("department.reason", "暂停的部门要说明原因").fix("suspended_because = \"…\"");
        found.put(&[Key("phase")], problem);
    }
    if d.phase.ingests() && d.supervised_since.is_none() {
        let problem = Problem::new("department.since", "试运行或正式运行的部门要给出纳入监察的日期")
            .fix("supervised_since = \"2026-01-01\"");
        found.put(&[Key("phase")], problem);
    }
    let dates: Vec<(&Phase, _)> = d.planned.iter().collect();
    if dates.windows(2).any(|w| matches!(w, [(_, a), (_, b)] if a > b)) {
        let problem = Problem::new("department.dates", "计划日期应按 connecting、trial、live 的顺序递增")
            .fix("调整 [planned] 的日期");
        found.put(&[Key("planned")], problem);
    }
    if d.sla_minutes == 0 {
        let problem = Problem::new("department.sla", "sla_minutes 不能为 0").fix("实时 1，准实时 15，日报 1440");
        found.put(&[Key("sla_minutes")], problem);
    }
    if !(1..=10_000).contains(&d.page_rows) {
        let problem = Problem::new("department.page-rows", "page_rows 应在 1 到 10000 之间").fix("page_rows = 1000");
        found.put(&[Key("page_rows")], problem);
    }
    // What is only planned may wait for its vendor; what pulls may not.
    let left = super::todo::todos(found.source);
    found.all.extend(left.into_iter().map(|p| if d.phase.ingests() { p } else { p.warning() }));
    for (path, problem) in crate::desk::mistakes(d) {
        found.put(&path, problem);
    }
    for name in zeros(&d.limits) {
        let problem = Problem::new("limits.zero", format!("限制 {name} 不能为 0")).fix("去掉这一项，沿用县级的限制");
        found.put(&[Key("limits"), Key(&name)], problem);
    }
    for (key, name) in [("leader", &d.contacts.leader), ("handler", &d.contacts.handler)] {
        if name.as_ref().is_some_and(|n| n.trim().is_empty()) {
            let problem =
                Problem::new("department.contact", format!("[contacts] 的 {key} 为空")).fix("填写姓名，或去掉这一项");
            found.put(&[Key("contacts"), Key(key)], problem);
        }
    }
    check_connector(read, d, found);
    check_grants(folder, read, d, found);
    if let Some((_, main)) = &read.main
        && let Err(e) = d.limits(&main.limits)
    {
        found.put(&[Key("limits")], Problem::new("limits.unknown", e).fix("可用的限制见 daylight.toml 的 [limits]"));
    }
}

/// What is said of a plugin that does not come with the program, by who does not know what is installed.
pub(super) fn stranger(kind: &str, name: &str) -> Problem {
    if kind == "standard" {
        return Problem::new("standard.unknown", format!("没有名为“{name}”的评估标准"))
            .fix("检查拼写；daylight plugin list 列出已有的插件")
            .warning();
    }
    let names: Vec<&str> = bundled().iter().filter(|b| b.kind == "connector").map(|b| b.name).collect();
    Problem::new("department.connector", format!("“{name}”不是随本程序发行的连接器（{}）", names.join("、")))
        .fix("检查拼写；若是供应商的插件，先用 daylight plugin install 安装")
        .warning()
}

fn check_connector(read: &Read, d: &Department, found: &mut Found<'_>) {
    let zone = read.main.as_ref().map_or("Asia/Shanghai", |(_, m)| m.county.time_zone.as_str());
    if let Some(expression) = &d.schedule
        && let Err(e) = Schedule::new(expression, zone, i64::from(d.jitter_seconds) * 1000, &d.id)
        && !matches!(e, ScheduleError::TimeZone(_))
    {
        found.put(&[Key("schedule")], Problem::told(&e, "schedule.invalid").fix("例：schedule = \"*/10 * * * *\""));
    }
    let Some(name) = &d.connector else {
        if d.schedule.is_some() {
            let problem = Problem::new("department.no-connector", "有 schedule 而没有 connector，什么也不会被拉取")
                .fix("给出 connector，或去掉 schedule（记录由推送或导入而来）");
            found.put(&[Key("schedule")], problem);
        }
        return;
    };
    if d.phase.ingests() && d.schedule.is_none() {
        let problem = Problem::new("department.no-schedule", "有 connector 而没有 schedule，不会自动拉取")
            .fix("schedule = \"*/10 * * * *\"")
            .warning();
        found.put(&[Key("connector")], problem);
    }
    let Some(plugin) = bundled().iter().find(|b| b.name == *name) else {
        found.put(&[Key("connector")], stranger("connector", name));
        return;
    };
    if plugin.kind != "connector" {
        let message = format!("“{name}”是评估标准，不是连接器");
        found.put(&[Key("connector")], Problem::new("department.kind", message).fix("换成一个连接器"));
        return;
    }
    let settings = serde_json::Value::Object(d.settings.clone());
    for error in plugin.settings_errors(&settings) {
        let steps: Vec<String> = error.0.split('/').skip(1).map(str::to_owned).collect();
        let mut path = vec![Key("settings")];
        path.extend(steps.iter().map(|s| s.parse::<usize>().map_or(Key(s.as_str()), At)));
        found.put(
            &path,
            Problem::new("settings.invalid", error.1).fix(format!("{name} 的设置说明见 plugins/README.md")),
        );
    }
    let uses: [(&str, bool, bool); 3] = [
        ("http", !d.grants.http.is_empty(), plugin.asks.http.is_empty()),
        ("database", !d.grants.database.is_empty(), plugin.asks.database.is_empty()),
        ("files", !d.grants.files.is_empty(), plugin.asks.files.is_empty()),
    ];
    for (what, granted, unasked) in uses {
        if granted && unasked {
            let message = format!("{name} 不使用 {what}，这项授权没有作用");
            let problem = Problem::new("grant.unused", message).fix("去掉这项授权").warning();
            found.put(&[Key("grants"), Key(what)], problem);
        }
    }
}

fn check_grants(folder: &Path, read: &Read, d: &Department, found: &mut Found<'_>) {
    for (at, grant) in d.grants.http.iter().enumerate() {
        let one = daylight_host::Grants { http: vec![grant.clone()], ..Default::default() };
        if let Err(e) = one.check() {
            let fix = e.hint.unwrap_or_default();
            found.put(&[Key("grants"), Key("http"), At(at)], Problem::new(&e.code, e.message).fix(fix));
        }
        if grant.origin.starts_with("http://") && !grant.private {
            let message = format!("{} 不加密且不在内网", grant.origin);
            let problem = Problem::new("grant.plain", message).fix("改用 https，或在内网时写 private = true").warning();
            found.put(&[Key("grants"), Key("http"), At(at)], problem);
        }
    }
    let stored = |name: &str| read.secrets.0.get(&d.id).is_some_and(|s| s.contains_key(name));
    for (at, name) in d.grants.secrets.iter().enumerate() {
        if !stored(name) {
            let message = format!("没有存储密钥“{name}”");
            let problem = Problem::new("secret.missing", message)
                .fix(format!("在 secrets.toml 的 [{}] 中加入 {name} = \"…\"", d.id));
            found.put(&[Key("grants"), Key("secrets"), At(at)], problem);
        }
    }
    for (name, grant) in &d.grants.database {
        let path = [Key("grants"), Key("database"), Key(name), Key("url")];
        let known = ["mysql:", "mariadb:", "postgres:", "postgresql:", "sqlite:"];
        if !known.iter().any(|k| grant.url.starts_with(k)) {
            let problem = Problem::new("grant.database", format!("“{}”不是支持的数据库地址", grant.url))
                .fix("以 mysql:、postgres: 或 sqlite: 开头");
            found.put(&path, problem);
        }
        let password = grant.url.split_once("://").and_then(|(_, rest)| rest.split_once('@')).map(|(user, _)| user);
        if password.is_some_and(|p| p.contains(':') && !p.contains("{secret}")) {
            let problem = Problem::new("grant.password", "地址中直接写了密码")
                .fix("密码写在 secrets.toml，地址中写 {secret}，并给出 secret = \"…\"")
                .warning();
            found.put(&path, problem);
        }
        if let Some(secret) = grant.secret.as_ref().filter(|s| !stored(s)) {
            let message = format!("没有存储密钥“{secret}”");
            let problem =
                Problem::new("secret.missing", message).fix(format!("在 secrets.toml 的 [{}] 中加入 {secret}", d.id));
            found.put(&path, problem);
        }
    }
    for (name, grant) in &d.grants.files {
        let path = if grant.path.is_absolute() { grant.path.clone() } else { folder.join(&grant.path) };
        if !path.is_dir() {
            let message = format!("文件夹 {} 不存在", path.display());
            let problem = Problem::new("grant.folder", message).fix("创建文件夹，并让本服务的用户可读写");
            found.put(&[Key("grants"), Key("files"), Key(name), Key("path")], problem);
        }
    }
}

fn check_items(read: &Read, departments: &HashSet<&str>, all: &mut Vec<Problem>) {
    let mut seen: HashSet<(&str, u32)> = HashSet::new();
    for (source, items) in &read.items {
        let mut found = Found { source, all: Vec::new() };
        for (at, item) in items.iter().enumerate() {
            if !seen.insert((&item.code, item.version)) {
                let message = format!("事项 {} 的版本 {} 出现了两次", item.code, item.version);
                found.put(
                    &[Key("item"), At(at), Key("code")],
                    Problem::new("item.twice", message).fix("新版本请提高 version 并给出 valid_from"),
                );
            }
            for (path, problem) in item::wrong_with(item, departments) {
                found.put(&[&[Key("item"), At(at)], path.as_slice()].concat(), problem);
            }
        }
        all.extend(found.all);
    }
}

fn check_calendar(calendar: Option<&Calendar>, now: Timestamp, all: &mut Vec<Problem>) {
    let Some(calendar) = calendar else { return };
    let year = chrono::Datelike::year(&now.date());
    if !calendar.knows(year) {
        let message = format!("没有 {year} 年的工作日历，时限判定已停止");
        all.push(
            Problem::new("calendar.this-year", message).fix(format!("增加 config/calendar/{year}.toml")).warning(),
        );
    } else if calendar.nth_working_day_after(now.date(), 20).is_err() {
        let next = year + 1;
        let message = format!("没有 {next} 年的工作日历，20 个工作日之内的时限将无法判定");
        all.push(
            Problem::new("calendar.next-year", message)
                .fix(format!("通知发布后增加 config/calendar/{next}.toml"))
                .warning(),
        );
    }
}
