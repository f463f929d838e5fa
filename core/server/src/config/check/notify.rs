//! What is wrong in `notify.toml`.

use super::{Found, Read, Step};
use crate::config::notify::{Channel, Kind, Notify};
use crate::notify::template::{names, placeholders, templates, topics};
use crate::problem::Problem;
use Step::{At, Key};
use std::collections::HashSet;

pub(super) fn check(read: &Read, departments: &HashSet<&str>, all: &mut Vec<Problem>) {
    let Some((source, notify)) = &read.notify else { return };
    let mut found = Found { source, all: Vec::new() };
    check_whole(notify, &mut found);
    let mut ids = HashSet::new();
    for (at, channel) in notify.channels.iter().enumerate() {
        let mut one = One { at, found: &mut found };
        if !ids.insert(&channel.id) {
            one.put(
                "id",
                Problem::new("notify.twice", format!("通道“{}”出现了两次", channel.id)).fix("每个通道一个编号"),
            );
        }
        check_channel(channel, departments, &mut one);
        check_secrets(read, channel, &mut one);
    }
    all.extend(found.all);
}

/// One `[[channel]]` and where it stands.
struct One<'a, 'b> {
    at: usize,
    found: &'a mut Found<'b>,
}

impl One<'_, '_> {
    fn put(&mut self, key: &str, problem: Problem) {
        self.found.put(&[Key("channel"), At(self.at), Key(key)], problem);
    }
}

fn is_web(address: &str) -> bool {
    let good = |u: reqwest::Url| matches!(u.scheme(), "http" | "https") && u.host_str().is_some();
    reqwest::Url::parse(address).is_ok_and(good)
}

fn check_whole(notify: &Notify, found: &mut Found<'_>) {
    if notify.link.as_deref().is_some_and(|l| !is_web(l)) {
        let problem =
            Problem::new("notify.link", "link 应为 http(s) 地址").fix("例：link = \"https://daylight.example.gov.cn\"");
        found.put(&[Key("link")], problem);
    }
    if !(1..=720).contains(&notify.give_up_hours) {
        let problem = Problem::new("notify.give-up", "give_up_hours 应在 1 到 720 之间").fix("give_up_hours = 72");
        found.put(&[Key("give_up_hours")], problem);
    }
    for (topic, words) in &notify.templates {
        if !templates().any(|t| t == topic) {
            let known: Vec<&str> = templates().collect();
            let problem = Problem::new("notify.topic", format!("没有主题“{topic}”")).fix(known.join("、"));
            found.put(&[Key("templates"), Key(topic)], problem);
            continue;
        }
        for (key, text) in [("title", &words.title), ("text", &words.text)] {
            let may = placeholders(topic);
            let wrong = match names(text) {
                Err(rest) => Some(format!("花括号没有成对：{}", rest.chars().take(20).collect::<String>())),
                Ok(all) => all.iter().find(|n| !may.contains(n)).map(|n| format!("“{{{n}}}”不能出现在消息中")),
            };
            if let Some(wrong) = wrong {
                let names: Vec<String> = may.iter().map(|n| format!("{{{n}}}")).collect();
                let fix = format!("可用：{}", names.join(" "));
                found.put(&[Key("templates"), Key(topic), Key(key)], Problem::new("notify.template", wrong).fix(fix));
            }
        }
    }
}

fn check_channel(c: &Channel, departments: &HashSet<&str>, one: &mut One<'_, '_>) {
    let good = (1..=40).contains(&c.id.len())
        && c.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !good {
        let message = format!("通道编号“{}”只能用小写字母、数字和连字符", c.id);
        one.put("id", Problem::new("notify.id", message).fix("例：id = \"office\""));
    }
    check_kind(c, one);
    check_address(c, one);
    for topic in c.topics.iter().filter(|t| !topics().any(|k| k == t.as_str())) {
        let known: Vec<&str> = topics().collect();
        one.put("topics", Problem::new("notify.topic", format!("没有主题“{topic}”")).fix(known.join("、")));
    }
    for id in c.departments.iter().filter(|d| !departments.contains(d.as_str())) {
        let problem = Problem::new("notify.department", format!("没有部门“{id}”")).fix("检查拼写；部门见 departments/");
        one.put("departments", problem);
    }
    if c.topics.is_empty() || c.levels.is_empty() {
        let key = if c.topics.is_empty() { "topics" } else { "levels" };
        let problem =
            Problem::new("notify.deaf", format!("{key} 为空，这个通道听不到任何事")).fix("去掉这一行，用缺省值");
        one.put(key, problem);
    }
    for (key, limit) in [("per_minute", c.per_minute), ("per_day", c.per_day)] {
        if limit == Some(0) {
            let problem = Problem::new("notify.limit", format!("{key} 不能为 0")).fix("去掉这一项，或写一个正数");
            one.put(key, problem);
        }
    }
    if c.digest_minutes > 1440 {
        let problem = Problem::new("notify.digest", "digest_minutes 不能超过 1440（一天）").fix("digest_minutes = 60");
        one.put("digest_minutes", problem);
    }
    for (key, address) in [("proxy", &c.proxy), ("link", &c.link)] {
        if address.as_deref().is_some_and(|a| !is_web(a)) {
            let code = if key == "proxy" { "notify.proxy" } else { "notify.link" };
            let problem = Problem::new(code, format!("{key} 应为 http(s) 地址")).fix("例：http://10.1.2.3:3128");
            one.put(key, problem);
        }
    }
}

/// Keys that a kind needs, and keys that say nothing to it.
fn check_kind(c: &Channel, one: &mut One<'_, '_>) {
    let kind = c.kind;
    let set = [
        ("address", c.address.is_some()),
        ("secret", c.secret.is_some()),
        ("token", c.token.is_some()),
        ("user", c.user.is_some()),
        ("from", c.from.is_some()),
        ("to", !c.to.is_empty()),
        ("proxy", c.proxy.is_some()),
    ];
    let (needs, uses): (&[&str], &[&str]) = match kind {
        Kind::Smtp => (&["address", "from", "to"], &["address", "from", "to", "user", "secret"]),
        Kind::Webhook => (&["address", "secret"], &["address", "secret", "to", "proxy"]),
        Kind::DingTalk => (&["token"], &["address", "secret", "token", "to", "proxy"]),
        Kind::WeCom => (&["secret"], &["address", "secret", "to", "proxy"]),
        Kind::File => (&["address"], &["address", "to"]),
    };
    for (key, there) in set {
        if there && !uses.contains(&key) {
            let message = format!("{} 通道不使用 {key}", kind.as_str());
            one.put(key, Problem::new("notify.unused", message).fix("去掉这一项"));
        }
        if !there && needs.contains(&key) {
            let message = format!("{} 通道需要 {key}", kind.as_str());
            one.put("kind", Problem::new("notify.missing", message).fix("补上这一项；含义见 config/README.md"));
        }
    }
    if kind == Kind::Smtp && c.user.is_some() != c.secret.is_some() {
        let problem =
            Problem::new("notify.missing", "登录邮件服务器需要 user 与 secret 两项").fix("补上另一项，或都去掉");
        one.put(if c.user.is_some() { "user" } else { "secret" }, problem);
    }
}

fn check_address(c: &Channel, one: &mut One<'_, '_>) {
    let Some(address) = &c.address else { return };
    let wrong = |example: &str| {
        Problem::new("notify.address", format!("地址“{address}”不能使用")).fix(format!("例：{example}"))
    };
    match c.kind {
        Kind::File => {
            if address.trim().is_empty() {
                one.put("address", wrong("address = \"../relay\""));
            }
            return;
        }
        Kind::Smtp => {
            if crate::notify::smtp::server(address).is_none() {
                one.put("address", wrong("smtps://mail.example.gov.cn:465 或 smtp://mail.example.gov.cn:587"));
            }
        }
        Kind::Webhook | Kind::DingTalk | Kind::WeCom => {
            if !is_web(address) {
                one.put("address", wrong("https://sms.example.gov.cn/daylight"));
            } else if c.kind != Kind::Webhook && address.contains('?') {
                let problem = Problem::new("notify.address", "机器人的地址不写 ? 之后的令牌")
                    .fix("令牌写入 secrets.toml 的 [notify]，由 token（钉钉）或 secret（企业微信）指明名称");
                one.put("address", problem);
            }
        }
    }
    let addresses = c.from.iter().map(|a| ("from", a)).chain(c.to.iter().map(|a| ("to", a)));
    if c.kind == Kind::Smtp {
        for (key, one_address) in addresses {
            if one_address.parse::<lettre::message::Mailbox>().is_err() {
                let problem = Problem::new("notify.mailbox", format!("“{one_address}”不是邮件地址"))
                    .fix("例：office@example.gov.cn");
                one.put(key, problem);
            }
        }
    }
    if address.starts_with("http://") || address.starts_with("smtp-plain://") {
        let problem = Problem::new("notify.plain", "消息与密钥不加密地经过网络")
            .fix("改用 https:// 或 smtps://；只在本机或专线上使用明文")
            .warning();
        one.put("address", problem);
    }
}

fn check_secrets(read: &Read, c: &Channel, one: &mut One<'_, '_>) {
    for (key, name) in [("secret", &c.secret), ("token", &c.token)] {
        let Some(name) = name else { continue };
        if read.secrets.0.get("notify").and_then(|s| s.get(name)).is_none_or(String::is_empty) {
            let problem = Problem::new("secret.missing", format!("没有通知密钥“{name}”"))
                .fix(format!("在 secrets.toml 的 [notify] 中加入 {name} = \"…\""));
            one.put(key, problem);
        }
    }
}
