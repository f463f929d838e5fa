//! What is worked on: a project that is built when its sources are newer, or a component that somebody else builds.

use crate::kit::trial::profile::Profile;
use crate::problem::Problem;
use daylight_host::Manifest;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Folders in which tools work, not people.
const MADE: [&str; 8] = ["build", "target", "node_modules", ".git", "dist", "__pycache__", ".venv", "venv"];
/// More files than these are not watched.
const MOST: usize = 10_000;

/// A project folder, or a component.
#[derive(Clone, Debug)]
pub struct Project {
    /// What was named.
    what: PathBuf,
    /// The `kit.toml`.
    kit: PathBuf,
}

/// Files with their times and sizes: when it differs, somebody has written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State(BTreeMap<PathBuf, (Option<SystemTime>, u64)>);

fn unread(file: &Path, e: &std::io::Error) -> Problem {
    Problem::new("plugin.file", format!("{}：{e}", file.display()))
        .fix("指明一个插件项目的目录，或一个组件文件（.wasm）")
}

impl Project {
    /// A folder with `plugin.toml`, or a `.wasm`; its `kit.toml` lies there or is named.
    ///
    /// # Errors
    /// `plugin.file`: neither of both is there.
    pub fn at(what: &Path, kit: Option<&Path>) -> Result<Self, Problem> {
        let what = what.canonicalize().map_err(|e| unread(what, &e))?;
        let beside = if what.is_dir() { what.as_path() } else { what.parent().unwrap_or(Path::new(".")) };
        let kit = kit.map_or_else(|| beside.join("kit.toml"), Path::to_path_buf);
        Ok(Self { what, kit })
    }

    /// What it is tried against.
    ///
    /// # Errors
    /// `kit.profile`
    pub fn profile(&self) -> Result<Profile, Problem> {
        Profile::read(&self.kit)
    }

    /// The component, built anew when its sources are newer. Says whether it was built.
    ///
    /// # Errors
    /// Why it cannot be built or read.
    pub fn component(&self) -> Result<(Vec<u8>, bool), Problem> {
        if !self.what.is_dir() {
            return std::fs::read(&self.what).map(|b| (b, false)).map_err(|e| unread(&self.what, &e));
        }
        let built = self.standing();
        if let Some(file) = &built
            && !self.newer(file)
        {
            return std::fs::read(file).map(|b| (b, false)).map_err(|e| unread(file, &e));
        }
        let made = crate::kit::project::build(&self.what)?;
        std::fs::read(&made.file).map(|b| (b, true)).map_err(|e| unread(&made.file, &e))
    }

    /// The component that was built last: `NAME.wasm` of the manifest's name.
    fn standing(&self) -> Option<PathBuf> {
        #[derive(serde::Deserialize)]
        struct Outline {
            name: String,
        }
        let text = std::fs::read_to_string(self.what.join("plugin.toml")).ok()?;
        let outline: Outline = toml::from_str(&text).ok()?;
        let file = self.what.join(format!("{}.wasm", outline.name));
        file.is_file().then_some(file)
    }

    /// Whether a source was written after this file.
    fn newer(&self, file: &Path) -> bool {
        let Ok(made) = file.metadata().and_then(|m| m.modified()) else { return true };
        let kit = self.kit.as_path();
        self.state().0.iter().any(|(source, (time, _))| source != kit && time.is_some_and(|t| t > made))
    }

    /// The files that people write, as they are now.
    #[must_use]
    pub fn state(&self) -> State {
        let mut files = BTreeMap::new();
        let mut note = |file: PathBuf| {
            if let Ok(meta) = file.metadata() {
                files.insert(file, (meta.modified().ok(), meta.len()));
            }
        };
        note(self.kit.clone());
        if !self.what.is_dir() {
            note(self.what.clone());
            return State(files);
        }
        let mut folders = vec![self.what.clone()];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                seen += 1;
                let (name, kind) = (entry.file_name().to_string_lossy().into_owned(), entry.file_type());
                let is = |folder: bool| kind.as_ref().is_ok_and(|k| if folder { k.is_dir() } else { k.is_file() });
                if seen > MOST {
                    return State(files);
                }
                if is(true) && !MADE.contains(&name.as_str()) {
                    folders.push(entry.path());
                } else if is(false) && !name.ends_with(".wasm") && !name.ends_with(".sig") {
                    note(entry.path());
                }
            }
        }
        State(files)
    }
}

/// The manifest of a component for connectors.
///
/// # Errors
/// What an installation would say; `plugin.kind` when it is a standard.
pub(super) fn connector(bytes: &[u8]) -> Result<Manifest, Problem> {
    let manifest = Manifest::of(bytes)?;
    if manifest.kind != daylight_host::PluginKind::Connector {
        return Err(Problem::new("kit.kind", format!("“{}”是评估标准，没有来源可拉取", manifest.name))
            .fix("评估标准用 daylight plugin test 检查其测试向量"));
    }
    Ok(manifest)
}
