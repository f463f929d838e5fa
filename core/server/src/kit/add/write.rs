//! The file of a department: short, and every grant said in words.

use crate::kit::draft::lines::{Lines, quoted};
use chrono::{Days, NaiveDate};
use daylight_domain::department::Phase;
use daylight_host::Grants;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A department as somebody wants it.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its connector.
    pub connector: String,
    /// Cron of its pulls.
    pub schedule: Option<String>,
    /// How late it may report, minutes.
    pub sla_minutes: u32,
    /// Rows asked for at once.
    pub page_rows: u32,
    /// Dates by which phases are planned.
    pub planned: BTreeMap<Phase, NaiveDate>,
    /// Settings of the connector.
    pub settings: Map<String, Value>,
    /// What it may touch.
    pub grants: Grants,
}

/// Days from one phase to the next, where nobody says otherwise: two weeks to connect, two weeks of trial and two in reserve.
const CONNECTING: u64 = 14;
const TRIAL: u64 = 28;

impl Wanted {
    /// Dates for the phases nobody gave a date, from a day on.
    pub fn plan(&mut self, today: NaiveDate) {
        let after = |day: NaiveDate, n: u64| day.checked_add_days(Days::new(n)).unwrap_or(day);
        let connecting = *self.planned.entry(Phase::Connecting).or_insert(today);
        let trial = *self.planned.entry(Phase::Trial).or_insert(after(connecting, CONNECTING));
        self.planned.entry(Phase::Live).or_insert(after(trial, TRIAL));
    }

    /// The file, in a phase.
    #[must_use]
    pub fn toml(&self, phase: Phase) -> String {
        let mut lines = Lines::default();
        lines.remark(&format!("{}：由 daylight department add 试接后得出。", self.name));
        lines.set("id", &quoted(&self.id), "");
        lines.set("name", &quoted(&self.name), "");
        lines.set("phase", &quoted(phase.as_str()), "关口达到后再改：connecting → trial → live");
        lines.set("connector", &quoted(&self.connector), "");
        if let Some(schedule) = &self.schedule {
            lines.set("schedule", &quoted(schedule), "进入 trial 后按此拉取");
        }
        lines.set("sla_minutes", &self.sla_minutes.to_string(), "");
        lines.set("page_rows", &self.page_rows.to_string(), "");
        lines.head("# 计划日期：到期未达到的，在接入进度中显示为逾期。");
        lines.head("[planned]");
        for (phase, day) in &self.planned {
            lines.set(phase.as_str(), &quoted(&day.to_string()), "");
        }
        lines.append(self.granted());
        let text = lines.text();
        let mut whole = toml::Table::new();
        let settings = toml::Value::try_from(without_null(Value::Object(self.settings.clone())));
        whole.insert("settings".to_owned(), settings.unwrap_or(toml::Value::Table(toml::Table::new())));
        format!("{text}\n{}", toml::to_string(&whole).unwrap_or_default())
    }

    /// Every grant, with what it opens and why it is there.
    fn granted(&self) -> Lines {
        let mut lines = Lines::default();
        let (g, who) = (&self.grants, &self.connector);
        lines.head("# 授权：连接器只能碰到下面写明的，其余一概不能；去掉一项即收回。");
        if !g.http.is_empty() || !g.secrets.is_empty() {
            lines.head("[grants]");
        }
        if !g.http.is_empty() {
            for one in &g.http {
                let inside = if one.private { "，在内网或本机（private）" } else { "，在公网" };
                lines.remark(&format!(
                    "{who} 可以向 {} 发请求{inside}：设置中的来源地址；不能访问别的主机与端口",
                    one.origin
                ));
            }
            let all: Vec<String> = g
                .http
                .iter()
                .map(|one| {
                    let private = if one.private { ", private = true" } else { "" };
                    format!("{{ origin = {}{private} }}", quoted(&one.origin))
                })
                .collect();
            lines.set("http", &format!("[{}]", all.join(", ")), "");
        }
        if !g.secrets.is_empty() {
            lines.remark(&format!(
                "{who} 可以让主机在请求中放入密钥 {}；插件看不到值，值在 secrets.toml 的 [{}] 中",
                g.secrets.join("、"),
                self.id
            ));
            let all: Vec<String> = g.secrets.iter().map(|s| quoted(s)).collect();
            lines.set("secrets", &format!("[{}]", all.join(", ")), "");
        }
        for (name, one) in &g.database {
            lines.head(&format!("[grants.database.{}]", crate::kit::draft::lines::key(name)));
            lines.remark(&format!(
                "{who} 可以在这个库上执行只读查询（设置中称为 {name}）；请对方给只能读所需视图的账号"
            ));
            lines.set("url", &quoted(&one.url), "");
            if let Some(secret) = &one.secret {
                lines.set("secret", &quoted(secret), "密码在 secrets.toml 中的名称，放在 {secret} 处");
            }
        }
        for (name, one) in &g.files {
            lines.head(&format!("[grants.files.{}]", crate::kit::draft::lines::key(name)));
            lines.remark(&format!(
                "{who} 可以读这个文件夹中的文件（设置中称为 {name}），入库后移到其中的 done/；不能碰别的文件夹"
            ));
            lines.set("path", &quoted(&one.path.display().to_string()), "");
        }
        lines
    }
}

/// TOML has no null: what is null is not there.
fn without_null(value: Value) -> Value {
    match value {
        Value::Object(all) => {
            Value::Object(all.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, without_null(v))).collect())
        }
        Value::Array(all) => Value::Array(all.into_iter().filter(|v| !v.is_null()).map(without_null).collect()),
        other => other,
    }
}
