//! From a project to a component: the language's own tool, then the manifest and, for a standard, its vectors.

use super::tool::Tools;
use super::{Language, c, javascript, python, rust, section};
use crate::problem::Problem;
use crate::prove::Vector;
use daylight_host::{Asks, Manifest, PluginKind, SECTION, VECTORS, vectors};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// A component that was built.
#[derive(Clone, Debug, Serialize)]
pub struct Built {
    /// Its manifest, as an installation reads it.
    pub manifest: Manifest,
    /// The language of its sources.
    pub language: Language,
    /// The component.
    pub file: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256, hexadecimal.
    pub digest: String,
    /// What is worth knowing about the tools.
    pub notes: Vec<Problem>,
}

/// A project as its tools see it.
pub(super) struct Project<'a> {
    /// Absolute.
    pub dir: &'a Path,
    /// Which world.
    pub kind: PluginKind,
    /// What its manifest asks for.
    pub asks: Asks,
    /// Where its tools are.
    pub tools: &'a Tools,
    /// What is worth knowing about them.
    pub notes: Vec<Problem>,
}

impl Project<'_> {
    /// The folder for what is made on the way; it is made when it is not there.
    pub(super) fn made(&self) -> Result<PathBuf, Problem> {
        let folder = self.dir.join("build");
        std::fs::create_dir_all(&folder).map_err(|e| unwritten(&folder, &e))?;
        Ok(folder)
    }
}

pub(super) fn unwritten(file: &Path, e: &std::io::Error) -> Problem {
    Problem::new("build.write", format!("{}：{e}", file.display())).fix("核对权限与磁盘空间")
}

/// What the build needs to know of `plugin.toml` before there is a component; the rest is checked with it.
#[derive(serde::Deserialize)]
struct Outline {
    name: String,
    kind: PluginKind,
    #[serde(default)]
    asks: Asks,
}

fn outline(file: &Path) -> Result<(String, Outline), Problem> {
    let wrong = |message: String| {
        Problem::new("build.manifest", format!("{}：{message}", file.display()))
            .fix("插件项目的目录中应有 plugin.toml；写法见 wit/README.md 的“The manifest”")
    };
    let text = std::fs::read_to_string(file).map_err(|e| wrong(e.to_string()))?;
    let outline: Outline = toml::from_str(&text).map_err(|e| wrong(e.message().to_owned()))?;
    // It names a file.
    if outline.name.is_empty() || !outline.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(wrong(format!("名称“{}”只能用小写字母、数字和连字符", outline.name)));
    }
    Ok((text, outline))
}

/// The vectors of a standard, looked at before they are put into the component.
fn examples(dir: &Path) -> Result<Vec<u8>, Problem> {
    let file = dir.join("vectors.json");
    let wrong = |message: String| {
        Problem::new("build.vectors", format!("{}：{message}", file.display()))
            .fix("评估标准须带测试向量：一个 JSON 数组，每个有 name、settings、input、expected")
    };
    let bytes = std::fs::read(&file).map_err(|e| wrong(e.to_string()))?;
    let list: Vec<Vector> = serde_json::from_slice(&bytes).map_err(|e| wrong(e.to_string()))?;
    if list.is_empty() { Err(wrong("是空的".to_owned())) } else { Ok(bytes) }
}

/// Builds the project in a folder with the tools it has for itself or finds on the `PATH`, and writes `NAME.wasm` there.
///
/// # Errors
/// `project.language`, `build.manifest`, `build.vectors`, `build.tool-missing`, `build.tool-version`, `build.failed`,
/// `build.component`, `build.write`, and what an installation would refuse.
pub fn build(dir: &Path) -> Result<Built, Problem> {
    build_with(dir, &Tools::of(dir))
}

/// Builds with the tools of these folders.
///
/// # Errors
/// As for [`build`].
pub fn build_with(dir: &Path, tools: &Tools) -> Result<Built, Problem> {
    let dir = dir
        .canonicalize()
        .map_err(|e| Problem::new("project.language", format!("{}：{e}", dir.display())).fix("核对目录"))?;
    let language = Language::of(&dir)?;
    let (text, outline) = outline(&dir.join("plugin.toml"))?;
    let standard = outline.kind == PluginKind::Standard;
    let wanted = if standard { Some(examples(&dir)?) } else { None };
    let mut project = Project { dir: &dir, kind: outline.kind, asks: outline.asks, tools, notes: Vec::new() };
    let mut component = match language {
        Language::Rust => rust::build(&mut project)?,
        Language::Javascript => javascript::build(&mut project)?,
        Language::Python => python::build(&mut project)?,
        Language::C => c::build(&mut project)?,
    };
    // The SDK puts both in by itself; other languages have nobody to do it.
    if language != Language::Rust {
        section::add(&mut component, SECTION, text.as_bytes());
        if let Some(bytes) = &wanted {
            section::add(&mut component, VECTORS, bytes);
        }
    }
    let manifest = Manifest::of(&component)?;
    if wanted.is_some() && vectors(&component)? != wanted {
        return Err(Problem::new("build.vectors", "组件中的测试向量不是 vectors.json 的内容")
            .fix("SDK：plugin!(Type, \"../plugin.toml\", \"../vectors.json\")"));
    }
    let file = dir.join(format!("{}.wasm", outline.name));
    let part = file.with_extension("part");
    std::fs::write(&part, &component).and_then(|()| std::fs::rename(&part, &file)).map_err(|e| unwritten(&file, &e))?;
    let digest = hex::encode(Sha256::digest(&component));
    Ok(Built { manifest, language, file, bytes: component.len() as u64, digest, notes: project.notes })
}
