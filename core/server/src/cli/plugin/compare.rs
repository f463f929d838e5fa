//! `plugin compare`: two versions of a department's connector side by side, told to whoever decides about an upgrade.

use super::{beside, read, text};
use crate::cli::read::show;
use crate::cli::{Outcome, Place, open};
use crate::kit::compare::{Comparison, Difference, From, Reads, Side, With};
use serde_json::Value;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// 部门编号
    department: String,
    /// 另一个版本：组件文件（.wasm，签名在 <文件>.sig，不会安装），或 previous（可退回的上一个版本）
    #[arg(long)]
    with: String,
    /// 从哪里开始
    #[arg(long, value_enum, default_value = "cursor")]
    from: From,
    /// 每个版本最多取多少页
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pages: u32,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn run(a: Arguments) -> Outcome {
    let with = if a.with == "previous" {
        With::Previous
    } else {
        let file = PathBuf::from(&a.with);
        With::Component(read(&file)?, text(&beside(&file))?)
    };
    let app = open(&a.place).await?;
    let made = app.compare_versions(&a.department, with, a.from, a.pages).await;
    app.close().await;
    let made = made?;
    show(&a.place, &made, || lines(&made));
    Ok(made.equal)
}

fn lines(c: &Comparison) -> Vec<String> {
    let mut all = vec![side("旧版", &c.old), side("新版", &c.new)];
    for (word, side) in [("旧版", &c.old), ("新版", &c.new)] {
        let found = side.check.iter().flat_map(|c| &c.problems).map(|p| (&p.code, &p.message));
        let stopped = side.check_failed.iter().chain(&side.failure).map(|p| (&p.code, &p.message));
        all.extend(found.chain(stopped).map(|(code, message)| format!("  {word}错误 {code}: {message}")));
    }
    let r = &c.records;
    let beyond = if r.beyond > 0 {
        format!("，{} 条超出对方已取的范围，未比较", r.beyond)
    } else {
        String::new()
    };
    all.push(format!(
        "记录：相同 {}，只有旧版 {}，只有新版 {}，内容不同 {}{beyond}",
        r.same, r.only_old, r.only_new, r.different
    ));
    all.extend(r.first.iter().flat_map(difference));
    for (reads, words) in [(&c.new_reads_old, "新版从旧版的游标继续"), (&c.old_reads_new, "旧版从新版的游标继续")]
    {
        all.push(format!("{words}：{}", went(reads.as_ref())));
    }
    all.push(if c.equal {
        "两个版本没有差别".to_owned()
    } else {
        format!("有差别：{}", c.differs.join("；"))
    });
    all
}

fn side(word: &str, s: &Side) -> String {
    let end = if s.done { "已取完" } else { "未取完" };
    format!(
        "{word} {} 接口 {}：{} 页 {} 行，不合标准 {}，{end}，{} 毫秒（处理器 {}）",
        s.version, s.contract, s.pages, s.rows, s.rejected, s.ms, s.cpu_ms
    )
}

fn went(reads: Option<&Reads>) -> String {
    match reads {
        None => "没有游标可试".to_owned(),
        Some(r) if r.good => "可以".to_owned(),
        Some(r) => {
            let (code, message) = (r.code.as_deref().unwrap_or_default(), r.message.as_deref().unwrap_or_default());
            format!("不能，{code}: {message}")
        }
    }
}

fn difference(d: &Difference) -> Vec<String> {
    let word = match d.what {
        "only_old" => "只有旧版",
        "only_new" => "只有新版",
        _ => "内容不同",
    };
    let r = &d.record;
    let refused = r.refused.as_ref().map(|why| format!("（不合标准 {why}）")).unwrap_or_default();
    let mut all = vec![format!("  {word} {} {} {} 第 {} 版{refused}", r.kind, r.case_no, r.source_key, r.data_version)];
    let value = |v: &Value| match v {
        Value::Null => "（无）".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    all.extend(d.fields.iter().map(|f| format!("    {}：{} → {}", f.field, value(&f.old), value(&f.new))));
    all
}
