//! What a trial found, for a person: what to mend, what was seen, the file.

use crate::kit::add::{Looked, Seen, SkewFrom, Wanted};
use daylight_domain::check::FUTURE_TOLERANCE_MS;
use daylight_domain::record::Field;

/// Lists are cut after so many lines.
const SHOWN: usize = 20;

/// Seconds in words.
fn span(seconds: i64) -> String {
    let n = seconds.unsigned_abs();
    match n {
        0..=119 => format!("{n} 秒"),
        120..=7_199 => format!("{} 分钟", n / 60),
        7_200..=172_799 => format!("{} 小时", n / 3_600),
        _ => format!("{} 天", n / 86_400),
    }
}

fn clock(seen: &Seen) -> Vec<String> {
    let mut lines = Vec::new();
    match (seen.newest, seen.age) {
        (Some(at), Some(age)) if age >= 0 => lines.push(format!("最新一条：{at}，{}前", span(age))),
        (Some(at), Some(age)) => lines.push(format!("最新一条：{at}，在{}之后", span(age))),
        _ => {}
    }
    if let Some(skew) = seen.skew {
        let how = match skew.from {
            SkewFrom::Answer => "按来源应答的 Date",
            SkewFrom::Event => "按最新一条的时间",
        };
        let which = if skew.seconds >= 0 { "快" } else { "慢" };
        let bad = skew.seconds.abs() * 1000 > FUTURE_TOLERANCE_MS;
        let warning = if bad {
            "；超过 5 分钟，请对方校时，否则记录会因 E009 退回或计为迟报"
        } else {
            ""
        };
        lines.push(format!("时钟：来源比本县{which} {}（{how}）{warning}", span(skew.seconds)));
    }
    lines
}

fn items(seen: &Seen, wanted: &Wanted) -> Vec<String> {
    let unknown: Vec<_> = seen.items.iter().filter(|i| !i.known).collect();
    if unknown.is_empty() {
        return Vec::new();
    }
    let all = unknown.len() == seen.items.len();
    let head =
        if all { "事项目录中没有本部门的任何事项" } else { "有的事项不在本部门的目录中" };
    let mut lines = vec![format!("{head}，样例中的事项编码：")];
    lines.extend(unknown.iter().take(SHOWN).map(|i| format!("  {}  {} 条", i.code, i.count)));
    if unknown.len() > SHOWN {
        lines.push(format!("  共 {} 个，其余见 --json", unknown.len()));
    }
    lines.push(
        "  办法：daylight catalogue import 省级清单.csv 比较后起草，或在控制台 /item-drafts 起草；最少要写："
            .to_owned(),
    );
    if let Some(first) = unknown.first() {
        lines.push(format!(
            "  [[item]]  code = \"{}\"  name = \"…\"  department = \"{}\"  valid_from = \"…\"",
            first.code, wanted.id
        ));
    }
    lines
}

fn seen_lines(seen: &Seen, wanted: &Wanted) -> Vec<String> {
    let more = if seen.complete { "，来源已到末尾" } else { "，来源还有更多" };
    let mut lines =
        vec![format!("试拉 {} 页 {} 条{more}；合格 {} 条。没有写入任何东西", seen.pages, seen.records, seen.good)];
    let types: Vec<String> = seen.types.iter().map(|(k, n)| format!("{}（{k}）{n}", k.name_zh())).collect();
    if !types.is_empty() {
        lines.push(format!("各类：{}", types.join("、")));
    }
    if seen.records == 0 {
        lines.push("来源应答了，但没有给出一条记录：核对游标的起点、when 条件与时间列".to_owned());
    }
    lines.extend(clock(seen));
    if !seen.unmapped.is_empty() {
        lines.push("没有对应的代码（在 [settings.records] 的 codes 中加上）：".to_owned());
        lines.extend(seen.unmapped.iter().take(SHOWN).map(|u| format!("  {}  “{}”  {} 次", u.field, u.value, u.count)));
    }
    if !seen.refused.is_empty() {
        lines.push("将被退回：".to_owned());
        lines.extend(seen.refused.iter().take(SHOWN).map(|r| {
            let field = r.field.as_ref().map(|f| format!("，字段 {f}")).unwrap_or_default();
            format!("  {} {}{field}  {} 条：{}", r.code, r.meaning, r.count, r.fix)
        }));
    }
    if seen.waiting > 0 {
        lines.push(format!("{} 条所属的办件不在试拉的记录中：正式拉取时等待其办件 24 小时", seen.waiting));
    }
    if !seen.personal.is_empty() {
        let name = |field: &String| Field::from_name(field).map_or("", Field::name_zh);
        let all: Vec<String> = seen.personal.iter().map(|(f, n)| format!("{f} {}（{n}）", name(f))).collect();
        lines.push(format!("含个人信息的字段：{}。页面上遮盖；监察不需要的请从设置中去掉", all.join("、")));
    }
    lines.extend(items(seen, wanted));
    lines
}

/// Says it: what was found to stderr, the file to stdout.
pub(super) fn tell(looked: &Looked, wanted: &Wanted) {
    for note in &looked.notes {
        eprintln!("{note}");
    }
    if let Some(seen) = &looked.seen {
        seen_lines(seen, wanted).iter().for_each(|line| eprintln!("{line}"));
    }
    for problem in looked.problems.iter().chain(&looked.warnings) {
        eprintln!("{}", problem.line());
    }
    if looked.written {
        eprintln!("已写到 {}；daylight check 之后重启服务生效", looked.file.display());
    } else if looked.problems.is_empty() {
        eprintln!("可以写到 {}（--write）", looked.file.display());
    } else {
        eprintln!("试接没有通过，先改正以上 {} 处；配置如下，没有写入", looked.problems.len());
    }
    crate::out!("{}", looked.toml.trim_end());
}
