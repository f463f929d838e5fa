//! Projects of plugins in each language, written and built as a vendor does.

use crate::servers::skipped;
use daylight::kit::project::{Built, Language, Tools, build_with, create};
use daylight_host::PluginKind;
use std::path::{Path, PathBuf};

/// The target folder of this run: what is fetched and built lies there from run to run.
fn target() -> PathBuf {
    let program = std::env::current_exe().expect("this program");
    program.ancestors().find(|a| a.join("CACHEDIR.TAG").exists()).expect("the target folder").to_path_buf()
}

/// The tools that `tests/vendor-tools` fetches, then those of the machine.
#[must_use]
pub fn tools(dir: &Path) -> Tools {
    let own = target().join("vendor-tools");
    let mut tools = Tools::of(dir);
    tools.0.splice(0..0, [own.join("javascript/node_modules/.bin"), own.join("python/bin")]);
    tools
}

/// A project written anew, in a folder that keeps what cargo has compiled of others' crates.
fn written(language: Language, kind: PluginKind, named: &str) -> PathBuf {
    let name = format!("{}-{named}", language.as_str());
    let (folder, kept) =
        (target().join("languages").join(&name), target().join("languages").join(format!("{name}.kept")));
    if folder.join("target").exists() {
        let _ = std::fs::remove_dir_all(&kept);
        std::fs::rename(folder.join("target"), &kept).expect("moved");
    }
    let _ = std::fs::remove_dir_all(&folder);
    create(&format!("it-{name}"), kind, language, &folder).expect("a project");
    if kept.exists() {
        std::fs::rename(&kept, folder.join("target")).expect("moved");
    }
    folder
}

/// Written and built; nothing where this machine has no tool for it.
///
/// # Panics
/// When it does not build.
#[must_use]
pub fn made(language: Language, kind: PluginKind) -> Option<Built> {
    made_with(language, kind, kind.as_str(), |text| text)
}

/// The same under another name, with another text of its main source (not in Rust).
///
/// # Panics
/// When it does not build.
#[must_use]
pub fn made_with(
    language: Language,
    kind: PluginKind,
    named: &str,
    change: impl Fn(String) -> String,
) -> Option<Built> {
    let folder = written(language, kind, named);
    for source in ["src/plugin.js", "src/plugin.py", "src/plugin.c"].map(|file| folder.join(file)) {
        if let Ok(text) = std::fs::read_to_string(&source) {
            std::fs::write(&source, change(text)).expect("written");
        }
    }
    match build_with(&folder, &tools(&folder)) {
        Ok(built) => Some(built),
        Err(problem) if problem.code == "build.tool-missing" => {
            skipped(&format!("{}: {}; run tests/vendor-tools", language.as_str(), problem.message));
            None
        }
        Err(problem) => panic!("{language:?}: {}", problem.line()),
    }
}
