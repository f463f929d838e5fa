//! A new project from the templates in the program.

use super::Language;
use super::files::{CARGO, LOCK, SDK, WIT, below};
use crate::problem::Problem;
use daylight_host::PluginKind;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A project that was written.
#[derive(Clone, Debug, Serialize)]
pub struct Created {
    /// The plugin's name.
    pub name: String,
    /// What it is.
    pub kind: PluginKind,
    /// In which language.
    pub language: Language,
    /// Where.
    pub folder: PathBuf,
    /// Its files, below the folder, sorted.
    pub files: Vec<String>,
}

/// What of the SDK a kind of plugin is made of, and the third-party crates that takes.
fn parts(kind: PluginKind) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        PluginKind::Connector => (
            &["connector", "mapping"],
            &["chrono", "daylight-connector", "daylight-mapping", "serde", "serde_json", "wit-bindgen"],
        ),
        PluginKind::Standard => (&["standard"], &["daylight-standard", "serde_json", "wit-bindgen"]),
    }
}

/// The lines of the SDK's own workspace that name these dependencies, so that there is one list of versions.
fn dependencies(names: &[&str]) -> String {
    let key = |line: &&str| line.split_once('=').is_some_and(|(key, _)| names.contains(&key.trim()));
    let section = CARGO.split_once("[workspace.dependencies]").map_or("", |(_, rest)| rest);
    let section = section.split_once("\n[").map_or(section, |(inside, _)| inside);
    section.lines().filter(key).collect::<Vec<_>>().join("\n")
}

/// The oldest Rust of the SDK.
fn rust_version() -> &'static str {
    let line = CARGO.lines().find_map(|line| line.strip_prefix("rust-version = "));
    line.unwrap_or("").trim().trim_matches('"')
}

fn check_name(name: &str) -> Result<(), Problem> {
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    // A letter first: package managers of the languages want it so.
    if plain && name.len() <= 64 && name.as_bytes().first().is_some_and(u8::is_ascii_lowercase) {
        return Ok(());
    }
    Err(Problem::new(
        "project.name",
        format!("名称“{name}”应以小写字母开头，只用小写字母、数字和连字符，不超过 64 个字符"),
    )
    .fix("例如 jinshan-market"))
}

/// The files of a project: path, text.
fn texts(name: &str, kind: PluginKind, language: Language) -> Vec<(String, String)> {
    let own = format!("{}/{}", language.as_str(), kind.as_str());
    let tools = below(language.as_str()).find(|(file, _)| *file == "TOOLS.md").map_or("", |(_, text)| text);
    let (sdk, crates) = parts(kind);
    let dependencies = dependencies(crates);
    let fill = |text: &str| {
        text.replace("{{tools}}", tools.trim_end())
            .replace("{{name}}", name)
            .replace("{{rust-version}}", rust_version())
            .replace("{{dependencies}}", &dependencies)
    };
    let shared = format!("{}/shared", language.as_str());
    let folders = [kind.as_str().to_owned(), shared, own];
    let mut all: Vec<(String, String)> = folders
        .iter()
        .flat_map(|folder| below(folder))
        .map(|(file, text)| (file.replace("gitignore", ".gitignore"), fill(text)))
        .collect();
    all.extend(WIT.iter().map(|(file, text)| (format!("wit/v1/{file}"), (*text).to_owned())));
    if language == Language::Rust {
        let of_kind = SDK.iter().filter(|(file, _)| sdk.iter().any(|part| file.starts_with(&format!("{part}/"))));
        // In a project the contract lies one folder nearer.
        all.extend(
            of_kind.map(|(file, text)| (format!("sdk/{file}"), text.replace("../../../wit/v1", "../../wit/v1"))),
        );
        all.push(("Cargo.lock".to_owned(), LOCK.to_owned()));
    }
    all.sort();
    all
}

/// Writes a new project into a folder that is not there yet.
///
/// # Errors
/// `project.name`, `project.exists`, `project.write`.
pub fn create(name: &str, kind: PluginKind, language: Language, folder: &Path) -> Result<Created, Problem> {
    check_name(name)?;
    if folder.symlink_metadata().is_ok() {
        return Err(Problem::new("project.exists", format!("{} 已存在，不会覆盖", folder.display()))
            .fix("换一个名称，或用 --dir 指明另一个目录"));
    }
    let written = |e: std::io::Error, what: &Path| {
        Problem::new("project.write", format!("{}：{e}", what.display())).fix("核对路径与权限")
    };
    let files = texts(name, kind, language);
    for (file, text) in &files {
        let path = folder.join(file);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| written(e, parent))?;
        }
        std::fs::write(&path, text).map_err(|e| written(e, &path))?;
    }
    let files = files.into_iter().map(|(file, _)| file).collect();
    Ok(Created { name: name.to_owned(), kind, language, folder: folder.to_path_buf(), files })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_obey_the_manifest() {
        for good in ["a", "jinshan-market", "x9"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "9x", "-a", "Market", "市场", "a_b", "a/b", &"a".repeat(65)] {
            assert_eq!(check_name(bad).map_err(|p| p.code), Err("project.name".to_owned()), "{bad}");
        }
    }

    #[test]
    fn every_language_has_both_kinds_complete() {
        for language in Language::ALL {
            for kind in [PluginKind::Connector, PluginKind::Standard] {
                let files = texts("some-name", kind, language);
                let has = |name: &str| files.iter().any(|(file, _)| file == name);
                let mut needed = vec!["plugin.toml", "README.md", ".gitignore", "wit/v1/plugin.wit", language.mark()];
                needed.push(if kind == PluginKind::Connector { "kit.toml" } else { "vectors.json" });
                for file in needed {
                    assert!(has(file), "{language:?} {kind:?} {file}");
                }
                for (file, text) in &files {
                    assert!(!["{{name", "{{tools", "{{rust", "{{dep"].iter().any(|p| text.contains(p)), "{file}");
                }
            }
        }
    }

    #[test]
    fn a_rust_project_names_every_dependency_of_its_sdk() {
        for kind in [PluginKind::Connector, PluginKind::Standard] {
            let files = texts("some-name", kind, Language::Rust);
            let root = files.iter().find(|(file, _)| file == "Cargo.toml").map_or("", |(_, text)| text);
            for (file, text) in files.iter().filter(|(file, _)| file.ends_with("Cargo.toml")) {
                for line in text.lines().filter(|l| l.contains("workspace = true") && !l.contains("version")) {
                    let name = line.split(['.', ' ']).next().unwrap_or_default();
                    let told = ["license", "edition", "publish", "workspace", "version"].contains(&name);
                    assert!(told || root.contains(&format!("\n{name} = ")), "{file}: {line}");
                }
            }
            assert!(!rust_version().is_empty());
        }
    }

    #[test]
    fn nothing_is_overwritten() -> Result<(), Problem> {
        let folder = tempfile::tempdir().map_err(|e| Problem::new("project.write", e.to_string()))?;
        let place = folder.path().join("one");
        let made = create("one", PluginKind::Connector, Language::C, &place)?;
        assert!(made.files.iter().all(|file| place.join(file).is_file()));
        let again = create("one", PluginKind::Connector, Language::Python, &place);
        assert_eq!(again.map(|_| ()).map_err(|p| p.code), Err("project.exists".to_owned()));
        Ok(())
    }
}
