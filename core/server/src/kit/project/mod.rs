//! A plugin project: written from templates in the program ([`create`]), built with the tool of its language ([`build`]). Neither
//! needs the network; what a language's tool fetches for itself is said in the project's README.

mod adapter;
mod build;
mod c;
mod contract;
mod create;
mod files;
mod javascript;
mod python;
mod rust;
mod section;
mod tool;

pub use build::{Built, build, build_with};
pub use create::{Created, create};
pub use tool::Tools;

use crate::problem::Problem;
use serde::Serialize;
use std::path::Path;

/// The languages there are templates for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Rust, with the SDK.
    #[value(help = "使用随项目附带的 SDK")]
    Rust,
    /// JavaScript, on QuickJS.
    #[value(alias = "js", help = "运行于 QuickJS")]
    Javascript,
    /// Python, on CPython.
    #[value(help = "运行于 CPython")]
    Python,
    /// C, with a compiler alone.
    #[value(help = "只需要编译器")]
    C,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rust, Self::Javascript, Self::Python, Self::C];

    /// The word on the command line, and the name of its folder of templates.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Javascript => "javascript",
            Self::Python => "python",
            Self::C => "c",
        }
    }

    /// The file in the root of a project by which its language is known.
    fn mark(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            Self::Javascript => "package.json",
            Self::Python => "src/plugin.py",
            Self::C => "src/plugin.c",
        }
    }

    /// The language of a project.
    ///
    /// # Errors
    /// `project.language`: none of those that are known, or more than one.
    pub fn of(dir: &Path) -> Result<Self, Problem> {
        let found: Vec<Self> = Self::ALL.into_iter().filter(|l| dir.join(l.mark()).is_file()).collect();
        if let [one] = found.as_slice() {
            return Ok(*one);
        }
        let marks = Self::ALL.map(Self::mark).join("、");
        let what = if found.is_empty() { "都没有" } else { "不止一个" };
        Err(Problem::new("project.language", format!("{} 中 {marks} {what}，无法判断语言", dir.display()))
            .fix("在插件项目的目录中运行，或用 daylight plugin new 新建一个"))
    }
}
