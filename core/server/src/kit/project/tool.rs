//! The tools of the languages: where they are, which version, what they say.

use crate::problem::Problem;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where tools are looked for: in these folders, in this order.
#[derive(Clone, Debug)]
pub struct Tools(pub Vec<PathBuf>);

impl Tools {
    /// What a project has for itself (`node_modules/.bin`, `.venv/bin`), then the `PATH`.
    #[must_use]
    pub fn of(dir: &Path) -> Self {
        let own = [dir.join("node_modules/.bin"), dir.join(".venv/bin")];
        let path = std::env::var_os("PATH").unwrap_or_default();
        Self(own.into_iter().chain(std::env::split_paths(&path)).collect())
    }

    /// The first of these names that is there.
    pub(super) fn find(&self, names: &[&str]) -> Option<PathBuf> {
        let places = || names.iter().flat_map(|name| self.0.iter().map(move |folder| folder.join(name)));
        places().find(|file| file.is_file())
    }
}

/// A tool that a language needs.
pub(super) struct Tool {
    /// Its names, the first that is there is taken.
    pub names: &'static [&'static str],
    /// The oldest version it is known to work with, and the newest it was tried with.
    pub versions: (Version, Version),
    /// How it is installed: one line for each system.
    pub install: &'static str,
}

/// Major, minor, patch.
pub(super) type Version = (u32, u32, u32);

fn said(version: Version) -> String {
    format!("{}.{}.{}", version.0, version.1, version.2)
}

/// The first thing in a text that looks like a version.
pub(super) fn version_in(text: &str) -> Option<Version> {
    let mut words = text.split(|c: char| !c.is_ascii_digit() && c != '.');
    words.find_map(|word| {
        let mut parts = word.split('.').map(str::parse::<u32>);
        let (major, minor) = (parts.next()?.ok()?, parts.next()?.ok()?);
        Some((major, minor, parts.next().and_then(Result::ok).unwrap_or(0)))
    })
}

impl Tool {
    /// Where it is.
    ///
    /// # Errors
    /// `build.tool-missing`, with how to install it.
    pub(super) fn place(&self, tools: &Tools) -> Result<PathBuf, Problem> {
        tools.find(self.names).ok_or_else(|| {
            let name = self.names.first().copied().unwrap_or_default();
            Problem::new("build.tool-missing", format!("找不到工具 {name}")).fix(self.install)
        })
    }

    /// Refuses a version that is known to be too old; says of a newer one that nobody has tried it.
    ///
    /// # Errors
    /// `build.tool-version`.
    pub(super) fn fits(&self, version: Option<Version>, notes: &mut Vec<Problem>) -> Result<(), Problem> {
        let name = self.names.first().copied().unwrap_or_default();
        let (oldest, newest) = self.versions;
        let Some(version) = version else {
            notes.push(Problem::new("build.tool-version", format!("认不出 {name} 的版本，照常构建")).warning());
            return Ok(());
        };
        if version < oldest {
            let message = format!("{name} {} 太旧，至少需要 {}", said(version), said(oldest));
            return Err(Problem::new("build.tool-version", message).fix(self.install));
        }
        if version > newest {
            let message = format!("{name} {} 比试过的 {} 新，照常构建；不成时换回", said(version), said(newest));
            notes.push(Problem::new("build.tool-version", message).fix(self.install).warning());
        }
        Ok(())
    }

    /// Where it is, when its version is right.
    ///
    /// # Errors
    /// As for [`Tool::place`] and [`Tool::fits`].
    pub(super) fn ready(&self, tools: &Tools, ask: &[&str], notes: &mut Vec<Problem>) -> Result<PathBuf, Problem> {
        let place = self.place(tools)?;
        let answer = Command::new(&place).args(ask).output();
        let text = answer.map(|a| String::from_utf8_lossy(&[a.stdout, a.stderr].concat()).into_owned());
        self.fits(text.ok().as_deref().and_then(version_in), notes)?;
        Ok(place)
    }
}

/// Runs a tool to its end; what it says is kept.
///
/// # Errors
/// `build.failed` with the last it said.
pub(super) fn run(command: &mut Command) -> Result<String, Problem> {
    const LINES: usize = 60;
    let name = Path::new(command.get_program()).file_name().unwrap_or(OsStr::new("?")).to_string_lossy().into_owned();
    let done = command
        .output()
        .map_err(|e| Problem::new("build.failed", format!("{name} 无法运行：{e}")).fix("核对工具的安装与权限"))?;
    let text = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    if done.status.success() {
        return Ok(text);
    }
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
    let last = lines.get(lines.len().saturating_sub(LINES)..).unwrap_or_default().join("\n");
    Err(Problem::new("build.failed", format!("{name} 没有成功（{}）：\n{last}", done.status))
        .fix("按工具所说改正源代码，再构建"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOL: Tool = Tool { names: &["tool"], versions: ((1, 2, 0), (2, 0, 1)), install: "装上 tool" };

    #[test]
    fn a_version_is_found_in_what_tools_say() {
        for (text, version) in [
            ("componentize-py 0.25.1", Some((0, 25, 1))),
            ("0.17.1\n", Some((0, 17, 1))),
            ("v20.20", Some((20, 20, 0))),
            ("rustc 1.95.0 (59807616e 2026-04-14)", Some((1, 95, 0))),
            ("nothing", None),
        ] {
            assert_eq!(version_in(text), version, "{text}");
        }
    }

    #[test]
    fn too_old_is_refused_and_newer_than_tried_is_said() {
        let mut notes = Vec::new();
        assert_eq!(TOOL.fits(Some((1, 1, 9)), &mut notes).map_err(|p| p.code), Err("build.tool-version".to_owned()));
        assert!(TOOL.fits(Some((1, 2, 0)), &mut notes).is_ok() && notes.is_empty());
        assert!(TOOL.fits(Some((2, 0, 2)), &mut notes).is_ok());
        assert!(TOOL.fits(None, &mut notes).is_ok());
        assert_eq!(notes.len(), 2);
    }

    #[test]
    fn a_missing_tool_is_named_with_how_to_install_it() {
        let missing = TOOL.place(&Tools(vec!["/nowhere".into()])).map_err(|p| (p.code, p.fix));
        assert_eq!(missing, Err(("build.tool-missing".to_owned(), Some("装上 tool".to_owned()))));
    }
}
