//! The contract as one plugin uses it: its world without the interfaces that the manifest does not ask for. The tools of some
//! languages import all of a world, used or not, and a plugin that imports what it does not ask for is refused.

use super::build::{Project, unwritten};
use crate::problem::Problem;
use std::path::PathBuf;
use wit_bindgen_core::wit_parser::{PackageId, Resolve, WorldId, WorldKey};
use wit_component::WitPrinter;

/// What is wrong with a contract or a component, in the tools' own words.
pub(super) fn wrong(words: &str, e: &impl std::fmt::Display) -> Problem {
    Problem::new("build.component", format!("{words}：{e:#}"))
        .fix("wit/v1 应与本程序附带的一致；按所说改正源代码或 plugin.toml 的 [asks]，再构建")
}

/// The project's copy of the contract, and its world.
pub(super) fn narrowed(project: &Project) -> Result<(Resolve, WorldId), Problem> {
    let (resolve, world, _) = read(project)?;
    Ok((resolve, world))
}

fn read(project: &Project) -> Result<(Resolve, WorldId, PackageId), Problem> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(project.dir.join("wit/v1")).map_err(|e| wrong("wit/v1 无法读取", &e))?;
    let world = resolve.select_world(&[package], Some(project.kind.as_str())).map_err(|e| wrong("wit/v1", &e))?;
    let asks = &project.asks;
    let mut unasked = Vec::new();
    for (name, asked) in
        [("http", !asks.http.is_empty()), ("database", !asks.database.is_empty()), ("files", !asks.files.is_empty())]
    {
        if !asked {
            unasked
                .extend(resolve.interfaces.iter().filter(|(_, i)| i.name.as_deref() == Some(name)).map(|(id, _)| id));
        }
    }
    if let Some(world) = resolve.worlds.get_mut(world) {
        world.imports.retain(|key, _| !matches!(key, WorldKey::Interface(id) if unasked.contains(id)));
    }
    Ok((resolve, world, package))
}

/// Writes it for a tool that reads a folder.
pub(super) fn written(project: &Project) -> Result<PathBuf, Problem> {
    let (resolve, _, package) = read(project)?;
    let mut printer = WitPrinter::default();
    printer.print(&resolve, package, &[]).map_err(|e| wrong("wit/v1", &e))?;
    let folder = project.made()?.join("wit");
    std::fs::create_dir_all(&folder).map_err(|e| unwritten(&folder, &e))?;
    let file = folder.join("plugin").with_extension("wit");
    std::fs::write(&file, printer.output.to_string()).map_err(|e| unwritten(&file, &e))?;
    Ok(folder)
}
