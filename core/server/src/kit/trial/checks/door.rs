//! What can be known of a plugin without a source: how it comes in, what it says of itself, how it was made.

use super::super::Subject;
use super::super::county::Folder;
use super::super::report::Seen;
use crate::kit::project::{Tools, build_with};
use crate::problem::Problem;
use daylight_host::{ActivePlugin, anatomy, verify};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::ffi::OsStr;
use std::path::Path;

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
        return Seen::skip("组件旁没有签名文件（.sig）", "there is no signature beside the component");
    };
    if subject.trust.is_empty() {
        return Seen::skip(
            "有签名，但没有给出核对它的公钥（--trust）",
            "there is a signature and no key to check it with (--trust)",
        );
    }
    match verify(subject.bytes.clone(), signature, &subject.trust) {
        Ok(admitted) => Seen::pass(format!("由“{}”签名", admitted.signer), format!("signed by {}", admitted.signer)),
        Err(e) => Seen::fail(format!("{}：{}", e.code, e.message), format!("refused with {}", e.code)),
    }
}

/// Built twice from copies of its sources, in folders of their own.
async fn reproducible(subject: &Subject) -> Seen {
    let Some(project) = subject.project.clone() else {
        return Seen::skip(
            "只给出了组件文件，没有项目目录，无从重新构建",
            "only the component was given, there is nothing to build",
        );
    };
    let twice = tokio::task::spawn_blocking(move || Ok::<_, Problem>((rebuilt(&project)?, rebuilt(&project)?))).await;
    let digest = hex::encode(Sha256::digest(&subject.bytes));
    match twice {
        Ok(Ok((one, two))) if one == digest && two == digest => {
            Seen::pass("从源码构建两次，与所验收的组件逐字节相同", "built twice, the same bytes as what was tried")
        }
        Ok(Ok((one, two))) if one == two => Seen::fail(
            format!("构建得到 {one}，所验收的组件是 {digest}"),
            format!("a build gives {one}, what was tried is {digest}"),
        ),
        Ok(Ok((one, two))) => {
            Seen::fail(format!("两次构建不同：{one}、{two}"), format!("two builds differ: {one}, {two}"))
        }
        Ok(Err(e)) => {
            Seen::fail(format!("不能构建：{} {}", e.code, e.message), format!("it does not build: {}", e.code))
        }
        Err(e) => Seen::fail(format!("构建中断：{e}"), format!("the build broke off: {e}")),
    }
}

/// Digest of what a copy of the project builds to.
fn rebuilt(project: &Path) -> Result<String, Problem> {
    let folder = Folder::new()?;
    let copy = folder.path().join(project.file_name().unwrap_or(OsStr::new("project")));
    copied(project, &copy)?;
    Ok(build_with(&copy, &Tools::of(project))?.digest)
}

/// Copies sources: not what builds leave behind, nor hidden files of tools that keep versions.
fn copied(from: &Path, to: &Path) -> Result<(), Problem> {
    let failed = |e: std::io::Error| Problem::new("kit.place", format!("{}：{e}", from.display()));
    std::fs::create_dir_all(to).map_err(failed)?;
    for entry in std::fs::read_dir(from).map_err(failed)?.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if ["target", "build", ".git"].iter().any(|left| name == *left) || path.extension().is_some_and(|e| e == "wasm")
        {
            continue;
        }
        if ["node_modules", ".venv"].iter().any(|lent| name == *lent) {
            // What tools fetched for themselves is lent, not copied.
            std::os::unix::fs::symlink(path.canonicalize().map_err(failed)?, to.join(name)).map_err(failed)?;
        } else if path.is_dir() {
            copied(&path, &to.join(name))?;
        } else {
            std::fs::copy(&path, to.join(name)).map_err(failed)?;
        }
    }
    Ok(())
}
