//! The error catalogue: every code that whoever writes, sets up or feeds a connector can meet, by who puts it right.

use super::{head, row, word};
use crate::problem::registry;
use daylight_console::words::Lang;
use daylight_domain::check::{RejectCode, Who};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Families of codes: what each is about.
const FAMILIES: &[(&str, &str, &str)] = &[
    ("build", "构建插件", "building a plugin"),
    ("compare", "比较两个版本", "comparing two versions"),
    ("cursor", "游标", "cursors"),
    ("database", "读取来源的数据库", "reading a source's database"),
    ("files", "读取来源的文件", "reading a source's files"),
    ("grant", "授权", "grants"),
    ("http", "访问来源的接口", "asking a source by HTTP"),
    ("kit", "验收", "acceptance"),
    ("limits", "限制", "limits"),
    ("mock", "模拟部门", "fake departments"),
    ("plugin", "插件", "plugins"),
    ("project", "插件项目", "plugin projects"),
    ("pull", "拉取", "pulls"),
    ("secret", "密钥", "secrets"),
    ("settings", "设置", "settings"),
    ("source", "来源", "sources"),
    ("standard", "评估标准", "scoring standards"),
    ("trust", "信任的密钥", "trusted keys"),
];

pub(super) fn text(lang: Lang) -> String {
    let w = |zh: &'static str, en: &'static str| word(lang, zh, en);
    let mut out = format!("# {}\n\n", w("错误代码", "Error codes"));
    let _ = writeln!(
        out,
        "{}\n",
        w(
            "由程序生成。代码不会改变含义。“谁来解决”是第一步该找的人：供应商改插件，部门管来源系统，信息中心管配置与授权。\
             插件自己报告的代码（任何带点的小写词）照原样显示。",
            "Made by the program. A code never changes its meaning. Who mends it: the vendor has the plugin, the department its own \
             system, the county configuration and grants. Codes a plugin reports by itself (any dotted words) are shown as they are.",
        )
    );
    records(&mut out, lang);
    let mut families: BTreeMap<&str, Vec<(&str, &registry::Entry, Who)>> = BTreeMap::new();
    for (code, entry) in registry::all() {
        let Some(who) = entry.who else { continue };
        families.entry(code.split('.').next().unwrap_or(code)).or_default().push((code, entry, who));
    }
    for (family, all) in families {
        let known = FAMILIES.iter().find(|f| f.0 == family);
        let title = known.map_or(String::new(), |f| format!(" {}", word(lang, f.1, f.2)));
        let _ = writeln!(out, "## `{family}.*`{title}\n");
        out.push_str(&head(&heads(lang)));
        for (code, e, who) in all {
            let (meaning, way) = (word(lang, e.zh, e.en), word(lang, e.fix_zh, e.fix_en));
            out.push_str(&row(&[&format!("`{code}`"), meaning, word(lang, who.zh(), who.en()), way]));
        }
        out.push('\n');
    }
    format!("{}\n", out.trim_end())
}

fn heads(lang: Lang) -> [&'static str; 4] {
    match lang {
        Lang::En => ["code", "meaning", "who mends it", "how"],
        Lang::Zh => ["代码", "含义", "谁来解决", "办法"],
    }
}

fn records(out: &mut String, lang: Lang) {
    let w = |zh: &'static str, en: &'static str| word(lang, zh, en);
    let _ = writeln!(out, "## {}\n", w("记录（E001–E014）", "Records (E001–E014)"));
    let _ = writeln!(
        out,
        "{}\n",
        w(
            "一条记录不合标准，只有这一条进入隔离区，同页的其他记录照常入库。字段见[字段字典](fields.zh.md)。",
            "One record that is refused goes into the quarantine alone; the others of its page are taken. Fields: \
             [dictionary](fields.en.md).",
        )
    );
    out.push_str(&head(&heads(lang)));
    for code in RejectCode::ALL {
        let who = code.who();
        out.push_str(&row(&[
            &format!("`{code}`"),
            word(lang, code.name_zh(), code.name_en()),
            word(lang, who.zh(), who.en()),
            word(lang, code.fix_zh(), code.fix_en()),
        ]));
    }
    out.push('\n');
}
