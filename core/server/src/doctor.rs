//! The doctor looks at a running place: what is in order, what deserves a look, what is broken, and what to do about each.

use crate::app::App;
use crate::gate::report;
use crate::problem::{Problem, registry};
use crate::watch::night::{LAST, Rederived};
use crate::{backup, lock};
use daylight_domain::Timestamp;
use daylight_store::{ChainEnd, DepartmentTotals, MatterFilter};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::Path;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// In order.
    Ok,
    /// Deserves a look.
    Warning,
    /// Broken.
    Error,
}

/// One check.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Check {
    /// What was looked at: `database`, `disk`, `connector/market`, …
    pub what: String,
    /// How it ended.
    pub state: State,
    /// Code of the problem, where there is one.
    pub code: Option<String>,
    /// What was seen, Chinese.
    pub seen_zh: String,
    /// The same, English.
    pub seen_en: String,
    /// What to do, Chinese.
    pub fix: Option<String>,
    /// The same, English.
    pub fix_en: Option<String>,
}

/// Everything that was looked at.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Diagnosis {
    /// When, by the county's clock.
    pub at: Timestamp,
    /// The worst of all.
    pub state: State,
    /// Each check.
    pub checks: Vec<Check>,
}

/// Less free space is a warning, and a quarter of it an error. Bytes.
const ENOUGH_DISK: u64 = 4 << 30;
/// An older copy than this is a warning. Hours.
const OLD_COPY_HOURS: i64 = 50;
/// More records in quarantine are a warning.
const MANY_REJECTS: u64 = 1000;

fn ok(what: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Check {
    Check {
        what: what.into(),
        state: State::Ok,
        code: None,
        seen_zh: zh.into(),
        seen_en: en.into(),
        fix: None,
        fix_en: None,
    }
}

/// In English it is what the registry says of the code, until [`Check::en`] says more.
fn not(what: impl Into<String>, state: State, problem: Problem) -> Check {
    let entry = registry::entry(&problem.code);
    Check {
        what: what.into(),
        state,
        seen_zh: problem.message,
        seen_en: entry.map_or("", |e| e.en).to_owned(),
        fix: problem.fix,
        fix_en: entry.map(|e| e.fix_en.to_owned()),
        code: Some(problem.code),
    }
}

impl Check {
    /// What was seen, English.
    fn en(self, seen: impl Into<String>) -> Self {
        Self { seen_en: seen.into(), ..self }
    }
}

fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

/// A clock that stands before what was received is wrong, whatever it shows.
fn time(now: Timestamp, totals: &[DepartmentTotals]) -> Check {
    match totals.iter().filter_map(|t| t.last_received).max() {
        Some(last) if last > now => {
            let message = format!("系统时间 {now} 早于最近收到的记录 {last}");
            let fix = "用 chrony 或 timedatectl 校准时间；时间倒退期间不要运行";
            not("clock", State::Error, Problem::new("doctor.clock", message).fix(fix))
                .en(format!("it is {now} here, before the newest record, received {last}"))
        }
        _ => ok("clock", now.to_string(), now.to_string()),
    }
}

impl App {
    /// Looks at everything.
    ///
    /// # Errors
    /// A store that does not answer at all; everything else is a check.
    pub async fn doctor(&self) -> Result<Diagnosis, Problem> {
        let now = self.clock.now();
        let totals = self.store.department_totals().await?;
        let mut checks = vec![self.database().await];
        let warnings = self.config.warnings_beside(&self.store.plugins().await?);
        checks.extend(warnings.into_iter().map(|w| {
            let file = w.place.as_ref().map_or_else(String::new, |p| format!("/{}:{}", p.file.display(), p.line));
            not(format!("config{file}"), State::Warning, w)
        }));
        checks.push(self.disk());
        checks.push(time(now, &totals));
        checks.push(self.years());
        checks.push(self.own_periods(now).await?);
        self.look_at_plugins().await?;
        for (rule, what, code, fix) in [
            ("U-08", "plugins", "doctor.plugin", "daylight plugin list；从厂商处取回该版本并重新安装"),
            ("U-09", "rules", "doctor.rule", "用 [[override]] 写明停用的理由与文件，或在 config/rules 恢复启用"),
        ] {
            checks.push(self.alarmed(rule, what, (code, fix)));
        }
        checks.push(if lock::is_served(&self.config.data())? {
            ok("service", "正在服务", "serving")
        } else {
            let problem = Problem::new("serve.stopped", "没有实例在服务这个数据目录").fix("systemctl start daylight");
            not("service", State::Warning, problem)
        });
        checks.push(self.copies(now));
        checks.extend(self.connectors(now, &totals).await?);
        checks.push(self.signed().await);
        checks.extend(self.ledgers().await?);
        checks.extend(self.artifacts().await?);
        checks.push(self.night().await?);
        checks.extend(self.telling(now).await?);
        let state = checks.iter().map(|c| c.state).max().unwrap_or(State::Ok);
        Ok(Diagnosis { at: now, state, checks })
    }

    async fn database(&self) -> Check {
        match self.store.health().await {
            Ok(h) => ok(
                "database",
                format!("{} {}，结构版本 {}，{}", h.engine, h.version, h.schema, mib(h.size)),
                format!("{} {}, schema {}, {}", h.engine, h.version, h.schema, mib(h.size)),
            ),
            Err(e) => not("database", State::Error, e.into()),
        }
    }

    fn disk(&self) -> Check {
        let data = self.config.data();
        let free = match free_space(&data) {
            Ok(free) => free,
            Err(e) => {
                let problem = Problem::new("doctor.disk", format!("{} 的剩余空间无法读取：{e}", data.display()));
                return not("disk", State::Warning, problem.fix("检查数据目录及其文件系统"))
                    .en(format!("the free space of {} cannot be read: {e}", data.display()));
            }
        };
        if free >= ENOUGH_DISK {
            let (at, free) = (data.display(), mib(free));
            return ok("disk", format!("{at} 剩余 {free}"), format!("{at}: {free} free"));
        }
        let state = if free < ENOUGH_DISK / 4 { State::Error } else { State::Warning };
        let message = format!("{} 只剩 {}", data.display(), mib(free));
        not("disk", state, Problem::new("doctor.disk", message).fix("清理磁盘，或把数据目录移到更大的磁盘"))
            .en(format!("{}: only {} free", data.display(), mib(free)))
    }

    /// What supervision itself owes and has not done in time: decisions about proposals, conclusions, revisits.
    async fn own_periods(&self, now: Timestamp) -> Result<Check, Problem> {
        let mut late = Vec::new();
        for (kind, states) in
            [("order", ["proposed"].as_slice()), ("investigation", &["proposed", "opened", "notified", "revisit"])]
        {
            let filter = MatterFilter {
                kind: kind.to_owned(),
                states: states.iter().map(|s| (*s).to_owned()).collect(),
                due_before: Some(now),
                limit: 100,
                ..MatterFilter::default()
            };
            late.extend(self.store.matters(&filter).await?.into_iter().map(|m| m.no));
        }
        Ok(match late.len() {
            0 => ok("procedure", "督办与调查没有逾期未办的", "nothing of orders and investigations is overdue"),
            n => {
                let shown = late.iter().take(5).cloned().collect::<Vec<_>>().join("、");
                let message = format!("{n} 件督办或调查逾期未由监察方办理：{shown}");
                let fix = "签发或不予签发，审批立项，作出结论，或回访";
                not("procedure", State::Warning, Problem::new("doctor.procedure", message).fix(fix))
                    .en(format!("{n} orders or investigations are overdue on the side of supervision: {shown}"))
            }
        })
    }

    /// The first alarm of a rule about the county's own place.
    fn alarmed(&self, rule: &str, what: &'static str, (code, fix): (&str, &str)) -> Check {
        match self.alarms().into_iter().find(|a| a.rule == rule) {
            None => ok(what, "没有报警", "no alarm"),
            Some(finding) => not(what, State::Error, Problem::new(code, finding.explain_zh).fix(fix)),
        }
    }

    fn years(&self) -> Check {
        match self.alarms().into_iter().find(|a| ["U-04", "U-05"].contains(&a.rule.as_str())) {
            None => {
                let version = self.config.rules.calendar.version();
                ok("calendar", format!("版本 {version}"), format!("version {version}"))
            }
            Some(finding) => {
                let fix = "通知发布后在 config/calendar 增加该年，重启服务";
                not("calendar", State::Error, Problem::new("doctor.calendar", finding.explain_zh).fix(fix))
            }
        }
    }

    fn copies(&self, now: Timestamp) -> Check {
        if self.config.main.storage.database != "sqlite" {
            return ok("backup", "PostgreSQL 由它自己的工具备份", "PostgreSQL is backed up by its own tools");
        }
        let fix = "daylight backup create；检查 daylight.toml 的 [backup]";
        match backup::list(&self.config).pop() {
            None => not("backup", State::Warning, Problem::new("doctor.backup", "还没有备份").fix(fix)),
            Some(label) => {
                let hours = (now.0 - label.made_at.0) / 3_600_000;
                if hours <= OLD_COPY_HOURS {
                    let (file, size) = (label.file, mib(label.size));
                    return ok("backup", format!("{file}，{size}"), format!("{file}, {size}"));
                }
                let message = format!("最近的备份是 {hours} 小时前的 {}", label.file);
                not("backup", State::Warning, Problem::new("doctor.backup", message).fix(fix))
                    .en(format!("the last copy is {hours} hours old: {}", label.file))
            }
        }
    }

    /// How every department's connector stands, in the words of every other place.
    async fn connectors(&self, now: Timestamp, totals: &[DepartmentTotals]) -> Result<Vec<Check>, Problem> {
        let runs = self.store.last_runs().await?;
        let mut checks = Vec::new();
        for v in self.connector_views_of(None, totals).await? {
            let d = self.department(&v.department)?;
            let what = format!("source/{}", d.id);
            let t = totals.iter().find(|t| t.department == d.id).cloned().unwrap_or_default();
            let (word, en) = (v.state.name_zh(), v.state.name_en());
            if !d.phase.ingests() {
                checks.push(ok(&what, word, en));
                continue;
            }
            let last = runs.iter().find(|run| run.department == d.id);
            let fix = match &d.connector {
                Some(_) => format!("daylight plugin test {0}；daylight pull run {0}", d.id),
                None => "本部门没有连接器：请来源推送，或用 daylight import 导入".to_owned(),
            };
            let silent = i64::from(d.silence()) * 60_000;
            checks.push(match (last, t.last_received) {
                _ if v.state.fails() => {
                    let code = v.error_code.clone().unwrap_or_default();
                    let said = v.said_zh(now);
                    let message = format!("{said}：{code} {}", v.last_error.clone().unwrap_or_default());
                    let fix = format!("由{}处理：{fix}", v.who.name_zh());
                    not(&what, State::Error, Problem::new("doctor.connector", message.trim_end()).fix(fix))
                        .en(format!("{en}: {code}"))
                }
                (None, _) => {
                    let message = format!("{word}：从未收到任何记录");
                    not(&what, State::Warning, Problem::new("doctor.connector", message).fix(fix))
                        .en(format!("{en}: no record was ever received"))
                }
                (_, Some(seen)) if silent > 0 && seen.plus_ms(silent) < now => {
                    let message = format!("{word}：自 {seen} 起没有收到任何记录");
                    not(&what, State::Error, Problem::new("doctor.silent", message).fix(fix))
                        .en(format!("{en}: no record was received since {seen}"))
                }
                _ if t.rejects > MANY_REJECTS => {
                    let message = format!("{word}：隔离区有 {} 条被退回的记录", t.rejects);
                    let fix =
                        "daylight quarantine list；目录补全后 quarantine replay，映射改正后 pull run --reset-cursor";
                    not(&what, State::Warning, Problem::new("doctor.quarantine", message).fix(fix))
                        .en(format!("{en}: {} rejected records are in quarantine", t.rejects))
                }
                (Some(run), _) => {
                    let (at, records, rejects) = (run.started_at, run.records, t.rejects);
                    ok(
                        &what,
                        format!("{word}：最近一次 {at}，{records} 条，退回共 {rejects}"),
                        format!("{en}: last pulled {at}, {records} records, {rejects} rejected altogether"),
                    )
                }
            });
        }
        Ok(checks)
    }

    /// Whether every department that is live was taken over by a report that both sides signed.
    async fn signed(&self) -> Check {
        match report::unsigned(self.store.as_ref(), &self.config).await {
            Ok(without) if without.is_empty() => ok(
                "gate",
                "正式运行的部门都有两方签署的验收报告",
                "every live department has a report that both sides signed",
            ),
            Ok(without) => {
                let seen =
                    format!("{} live departments without a signed report: {}", without.len(), without.join(", "));
                not("gate", State::Warning, report::unsigned_problem(&without)).en(seen)
            }
            Err(problem) => not("gate", State::Error, problem),
        }
    }

    /// The ends of the chains. `ledger verify` recomputes all of them.
    async fn ledgers(&self) -> Result<Vec<Check>, Problem> {
        let mut checks = Vec::new();
        let ends = self.store.chain_ends().await?;
        for end in ends.iter().filter(|end| self.config.departments.contains_key(&end.department)) {
            let ChainEnd { department: id, seq, whole } = end;
            if !whole {
                let message = format!("{id} 的台账应有 {seq} 个事件，末尾不符");
                let fix = "daylight ledger verify；不一致时从备份恢复";
                let seen = format!("the ledger of {id} should have {seq} events, and its end differs");
                let problem = Problem::new("doctor.ledger", message).fix(fix);
                checks.push(not(format!("ledger/{id}"), State::Error, problem).en(seen));
            }
        }
        if checks.is_empty() {
            let n = ends.len();
            checks.push(ok("ledger", format!("{n} 条链的末尾完整"), format!("the ends of {n} chains are whole")));
        }
        Ok(checks)
    }

    /// The last proof that every case is what its events give, and every finding what judging gives.
    async fn night(&self) -> Result<Check, Problem> {
        let Some(text) = self.store.setting(LAST).await? else {
            return Ok(ok("rederive", "还没有复核过", "not proved yet"));
        };
        let last: Rederived = serde_json::from_str(&text).unwrap_or_default();
        if last.good() {
            let (at, cases, events) = (last.at, last.cases, last.events);
            return Ok(ok(
                "rederive",
                format!("{at} 复核 {cases} 个办件、{events} 个事件，一致"),
                format!("{at}: {cases} cases and {events} events proved, no difference"),
            ));
        }
        let message = format!(
            "{} 复核：{} 个办件与事件不符，{} 个发现缺失，{} 个发现不再成立，{} 处计数不符",
            last.at,
            last.differing.len(),
            last.unwritten.len(),
            last.untrue.len(),
            last.uncounted.len()
        );
        let fix = "daylight rules rederive 查看；daylight ledger verify 核对台账，必要时从备份恢复";
        let seen = format!(
            "{}: {} cases differ from their events, {} findings are missing, {} do not hold, {} counts differ",
            last.at,
            last.differing.len(),
            last.unwritten.len(),
            last.untrue.len(),
            last.uncounted.len()
        );
        Ok(not("rederive", State::Error, Problem::new("doctor.rederive", message).fix(fix)).en(seen))
    }

    /// Whether people are told what they are to be told.
    async fn telling(&self, now: Timestamp) -> Result<Vec<Check>, Problem> {
        let mut checks = Vec::new();
        for c in self.channels().await? {
            let what = format!("notify/{}", c.channel);
            let fix = format!(
                "daylight notify list --channel {0} 看原因；修复后 daylight notify test --channel {0}",
                c.channel
            );
            checks.push(if c.dead > 0 {
                let message = format!("{} 条通知未能送达，已放弃；另有 {} 条待发送", c.dead, c.pending);
                let problem =
                    Problem::new("doctor.notify", message).fix(format!("{fix}，再 daylight notify retry 编号"));
                let seen = format!("{} messages were given up; {} wait", c.dead, c.pending);
                not(what, State::Error, problem).en(seen)
            } else if let Some(since) = c.failing_since.filter(|_| c.is_failing(now)) {
                let message = format!("自 {since} 起发送失败，{} 条待发送", c.pending);
                let seen = format!("sending has failed since {since}; {} messages wait", c.pending);
                not(what, State::Warning, Problem::new("doctor.notify", message).fix(fix)).en(seen)
            } else {
                ok(what, format!("{} 条待发送", c.pending), format!("{} messages wait", c.pending))
            });
        }
        Ok(checks)
    }

    /// Plugins that departments name, admitted again from their stored bytes.
    async fn artifacts(&self) -> Result<Vec<Check>, Problem> {
        let mut names: Vec<&str> = self
            .config
            .departments
            .values()
            .filter(|d| d.phase.ingests())
            .filter_map(|d| d.connector.as_deref())
            .collect();
        names.sort_unstable();
        names.dedup();
        let mut checks = Vec::new();
        for name in names {
            checks.push(match self.plugin(name).await {
                Ok(plugin) => {
                    let seen = format!("{} {}", plugin.manifest().version, plugin.digest());
                    ok(format!("plugin/{name}"), seen.clone(), seen)
                }
                Err(problem) => not(format!("plugin/{name}"), State::Error, problem),
            });
        }
        Ok(checks)
    }
}

/// Free bytes for an ordinary user.
fn free_space(folder: &Path) -> rustix::io::Result<u64> {
    rustix::fs::statvfs(folder).map(|of| of.f_bavail.saturating_mul(of.f_frsize))
}
