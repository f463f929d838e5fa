//! Where in a TOML file something stands: a path of keys and positions, found again in the text.

use crate::problem::{Place, Problem};
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A step on the way to a value.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// A key of a table.
    Key(&'a str),
    /// A position in an array.
    At(usize),
}

/// A file that was read, so that problems can be placed in it.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name, as problems show it.
    pub file: PathBuf,
    /// Its text.
    pub text: String,
}

impl Source {
    /// Reads a file.
    ///
    /// # Errors
    /// `config.unreadable`.
    pub fn read(file: &Path) -> Result<Self, Problem> {
        let text = std::fs::read_to_string(file).map_err(|e| {
            Problem::new("config.unreadable", format!("{} 无法读取：{e}", file.display()))
                .fix("检查文件是否存在、权限与编码（UTF-8）")
        })?;
        Ok(Self { file: file.to_path_buf(), text })
    }

    /// Reads the text as `T`.
    ///
    /// # Errors
    /// `config.syntax` for what is not TOML, `config.key` for a key nobody knows, `config.value` for a value of the wrong
    /// kind; each with its place.
    pub fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T, Problem> {
        toml::from_str(&self.text).map_err(|e| {
            let message = e.message().to_owned();
            let syntax = DeTable::parse(&self.text).is_err();
            let (code, fix) = if syntax {
                ("config.syntax", "按 TOML 语法改正")
            } else if message.contains("unknown field") {
                ("config.key", "检查拼写；可用的键见 config/README.md 与 config/schema")
            } else if message.contains("missing field") {
                ("config.missing-key", "补上这一项；含义见 config/README.md")
            } else {
                ("config.value", "改成要求的类型或取值")
            };
            let mut problem = Problem::new(code, message).fix(fix);
            problem.place = Some(self.at_offset(e.span().map_or(0, |s| s.start)));
            problem
        })
    }

    /// Puts a problem at a path; at the nearest place above where the path does not exist.
    #[must_use]
    pub fn at(&self, path: &[Step<'_>], mut problem: Problem) -> Problem {
        let offset = DeTable::parse(&self.text).ok().map_or(0, |root| find(root.get_ref(), path));
        problem.place = Some(self.at_offset(offset));
        problem
    }

    fn at_offset(&self, offset: usize) -> Place {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Place { file: self.file.clone(), line, column }
    }
}

fn find(root: &DeTable<'_>, path: &[Step<'_>]) -> usize {
    let mut best = 0;
    let mut table = Some(root);
    let mut value: Option<&Spanned<DeValue<'_>>> = None;
    for step in path {
        let next = match step {
            Step::Key(key) => {
                let inside = table.or_else(|| value.and_then(|v| v.get_ref().as_table()));
                let entry = inside.and_then(|t| t.iter().find(|(k, _)| k.get_ref().as_ref() == *key));
                if let Some((name, _)) = entry {
                    best = name.span().start;
                }
                entry.map(|(_, v)| v)
            }
            Step::At(at) => {
                let entry = value.and_then(|v| v.get_ref().as_array()).and_then(|a| a.get(*at));
                if let Some(v) = entry {
                    best = v.span().start;
                }
                entry
            }
        };
        let Some(found) = next else { return best };
        table = None;
        value = Some(found);
    }
    best
}
