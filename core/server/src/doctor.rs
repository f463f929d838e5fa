//! The doctor looks at a running place: what is in order, what deserves a look, what is broken, and what to do about each.

use crate::app::App;
use crate::gate::report;
use crate::problem::Problem;
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
    /// What to do.
    pub fix: Option<String>,
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

fn ok(what: impl Into<String>, seen: impl Into<String>) -> Check {
    Check { what: what.into(), state: State::Ok, code: None, seen_zh: seen.into(), fix: None }
}

fn not(what: impl Into<String>, state: State, problem: Problem) -> Check {
    Check { what: what.into(), state, code: Some(problem.code), seen_zh: problem.message, fix: problem.fix }
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
        }
        _ => ok("clock", format!("{now}")),
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
            ok("service", "正在服务")
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
            Ok(h) => ok("database", format!("{} {}，结构版本 {}，{}", h.engine, h.version, h.schema, mib(h.size))),
            Err(e) => not("database", State::Error, e.into()),
        }
    }

    fn disk(&self) -> Check {
        let data = self.config.data();
        let free = match free_space(&data) {
            Ok(free) => free,
            Err(e) => {
                let problem = Problem::new("doctor.disk", format!("{} 的剩余空间无法读取：{e}", data.display()));
                return not("disk", State::Warning, problem.fix("检查数据目录及其文件系统"));
            }
        };
        if free >= ENOUGH_DISK {
            return ok("disk", format!("{} 剩余 {}", data.display(), mib(free)));
        }
        let state = if free < ENOUGH_DISK / 4 { State::Error } else { State::Warning };
        let message = format!("{} 只剩 {}", data.display(), mib(free));
        not("disk", state, Problem::new("doctor.disk", message).fix("清理磁盘，或把数据目录移到更大的磁盘"))
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
            0 => ok("procedure", "督办与调查没有逾期未办的"),
            n => {
                let shown = late.iter().take(5).cloned().collect::<Vec<_>>().join("、");
                let message = format!("{n} 件督办或调查逾期未由监察方办理：{shown}");
                let fix = "签发或不予签发，审批立项，作出结论，或回访";
                not("procedure", State::Warning, Problem::new("doctor.procedure", message).fix(fix))
            }
        })
    }

    /// The first alarm of a rule about the county's own place.
    fn alarmed(&self, rule: &str, what: &'static str, (code, fix): (&str, &str)) -> Check {
        match self.alarms().into_iter().find(|a| a.rule == rule) {
            None => ok(what, "没有报警"),
            Some(finding) => not(what, State::Error, Problem::new(code, finding.explain_zh).fix(fix)),
        }
    }

    fn years(&self) -> Check {
        match self.alarms().into_iter().find(|a| ["U-04", "U-05"].contains(&a.rule.as_str())) {
            None => ok("calendar", format!("版本 {}", self.config.rules.calendar.version())),
            Some(finding) => {
                let fix = "通知发布后在 config/calendar 增加该年，重启服务";
                not("calendar", State::Error, Problem::new("doctor.calendar", finding.explain_zh).fix(fix))
            }
        }
    }

    fn copies(&self, now: Timestamp) -> Check {
        if self.config.main.storage.database != "sqlite" {
            return ok("backup", "PostgreSQL 由它自己的工具备份");
        }
        let fix = "daylight backup create；检查 daylight.toml 的 [backup]";
        match backup::list(&self.config).pop() {
            None => not("backup", State::Warning, Problem::new("doctor.backup", "还没有备份").fix(fix)),
            Some(label) => {
                let hours = (now.0 - label.made_at.0) / 3_600_000;
                if hours <= OLD_COPY_HOURS {
                    return ok("backup", format!("{}，{}", label.file, mib(label.size)));
                }
                let message = format!("最近的备份是 {hours} 小时前的 {}", label.file);
                not("backup", State::Warning, Problem::new("doctor.backup", message).fix(fix))
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
            let word = v.state.name_zh();
            if !d.phase.ingests() {
                checks.push(ok(&what, word));
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
                }
                (None, _) => {
                    let message = format!("{word}：从未收到任何记录");
                    not(&what, State::Warning, Problem::new("doctor.connector", message).fix(fix))
                }
                (_, Some(seen)) if silent > 0 && seen.plus_ms(silent) < now => {
                    let message = format!("{word}：自 {seen} 起没有收到任何记录");
                    not(&what, State::Error, Problem::new("doctor.silent", message).fix(fix))
                }
                _ if t.rejects > MANY_REJECTS => {
                    let message = format!("{word}：隔离区有 {} 条被退回的记录", t.rejects);
                    let fix =
                        "daylight quarantine list；目录补全后 quarantine replay，映射改正后 pull run --reset-cursor";
                    not(&what, State::Warning, Problem::new("doctor.quarantine", message).fix(fix))
                }
                (Some(run), _) => {
                    ok(&what, format!("{word}：最近一次 {}，{} 条，退回共 {}", run.started_at, run.records, t.rejects))
                }
            });
        }
        Ok(checks)
    }

    /// Whether every department that is live was taken over by a report that both sides signed.
    async fn signed(&self) -> Check {
        match report::unsigned(self.store.as_ref(), &self.config).await {
            Ok(without) if without.is_empty() => ok("gate", "正式运行的部门都有两方签署的验收报告"),
            Ok(without) => not("gate", State::Warning, report::unsigned_problem(&without)),
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
                checks.push(not(format!("ledger/{id}"), State::Error, Problem::new("doctor.ledger", message).fix(fix)));
            }
        }
        if checks.is_empty() {
            checks.push(ok("ledger", format!("{} 条链的末尾完整", ends.len())));
        }
        Ok(checks)
    }

    /// The last proof that every case is what its events give, and every finding what judging gives.
    async fn night(&self) -> Result<Check, Problem> {
        let Some(text) = self.store.setting(LAST).await? else { return Ok(ok("rederive", "还没有复核过")) };
        let last: Rederived = serde_json::from_str(&text).unwrap_or_default();
        if last.good() {
            return Ok(ok("rederive", format!("{} 复核 {} 个办件、{} 个事件，一致", last.at, last.cases, last.events)));
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
        Ok(not("rederive", State::Error, Problem::new("doctor.rederive", message).fix(fix)))
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
                not(what, State::Error, problem)
            } else if let Some(since) = c.failing_since.filter(|_| c.is_failing(now)) {
                let message = format!("自 {since} 起发送失败，{} 条待发送", c.pending);
                not(what, State::Warning, Problem::new("doctor.notify", message).fix(fix))
            } else {
                ok(what, format!("{} 条待发送", c.pending))
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
                    ok(format!("plugin/{name}"), format!("{} {}", plugin.manifest().version, plugin.digest()))
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
