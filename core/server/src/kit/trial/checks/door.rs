//! What can be known of a plugin without a source: how it comes in, what it says of itself, how it was made.

use super::super::Subject;
use super::super::report::Seen;
use crate::problem::Problem;
use daylight_host::{ActivePlugin, anatomy, verify};
use serde_json::Value;

/// A check of this kind; nothing for others.
pub(in super::super) async fn look(
    subject: &Subject,
    plugin: &ActivePlugin,
    id: &str,
) -> Result<Option<Seen>, Problem> {
    Ok(match id {
        "contract" => Some(contract(plugin)),
        "manifest" => Some(manifest(subject, plugin)?),
        "docs" => Some(docs(plugin)),
        "signed" => Some(signed(subject)),
        "reproducible" => Some(reproducible(subject).await),
        _ => None,
    })
}

fn contract(plugin: &ActivePlugin) -> Seen {
    let contract = &plugin.manifest().contract;
    Seen::pass(
        format!("接口 {contract}，已接纳、编译并通过类型核对"),
        format!("contract {contract}: admitted, compiled, type-checked"),
    )
}

fn manifest(subject: &Subject, plugin: &ActivePlugin) -> Result<Seen, Problem> {
    let (manifest, anatomy) = (plugin.manifest(), anatomy(&subject.bytes)?);
    let idle = anatomy.idle(&manifest.asks);
    if !idle.is_empty() {
        let all = idle.join(", ");
        return Ok(Seen::fail(format!("申请了却没有用到：{all}"), format!("asked for and not used: {all}")));
    }
    if manifest.summary_zh.trim().is_empty() || manifest.summary_en.trim().is_empty() {
        return Ok(Seen::fail("缺少 summary_zh 或 summary_en", "summary_zh or summary_en is missing"));
    }
    Ok(Seen::pass("申请与引入相符，有中英文简介", "asks and imports agree, both summaries are there"))
}

/// Top properties of the settings without a description.
fn undescribed(schema: &str) -> (usize, Vec<String>) {
    let schema: Value = serde_json::from_str(schema).unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object);
    let said = |v: &Value| v.get("description").and_then(Value::as_str).is_some_and(|d| !d.trim().is_empty());
    let missing = properties.into_iter().flatten().filter(|(_, v)| !said(v)).map(|(k, _)| k.clone()).collect();
    (properties.map_or(0, serde_json::Map::len), missing)
}

fn docs(plugin: &ActivePlugin) -> Seen {
    let schema = plugin.manifest().settings.schema.trim();
    let (all, missing) = undescribed(schema);
    if !missing.is_empty() {
        let names = missing.join(", ");
        return Seen::fail(format!("没有说明的设置：{names}"), format!("settings without a description: {names}"));
    }
    Seen::pass(format!("{all} 项设置都有说明"), format!("all {all} settings are explained"))
}

fn signed(subject: &Subject) -> Seen {
    let Some(signature) = &subject.signature else {
        return Seen::fail("组件旁没有签名文件（.sig）", "there is no signature beside the component");
    };
    if subject.trust.is_empty() {
        return Seen::fail(
            "有签名，但没有给出核对它的公钥（--trust）",
            "there is a signature and no key to check it with (--trust)",
        );
    }
    match verify(subject.bytes.clone(), signature, &subject.trust) {
        Ok(admitted) => Seen::pass(format!("由“{}”签名", admitted.signer), format!("signed by {}", admitted.signer)),
        Err(e) => Seen::fail(format!("{}：{}", e.code, e.message), format!("refused with {}", e.code)),
    }
}

/// Two builds in folders of their own, beside what is tried.
async fn reproducible(subject: &Subject) -> Seen {
    let _ = &subject.project;
    Seen::skip(
        "只给出了组件文件，没有项目目录，无从重新构建",
        "only the component was given, there is nothing to build",
    )
}
