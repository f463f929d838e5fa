//! Templates of papers: the county's own, or the one that comes with the program.

use super::Main;
use super::place::{Source, Step};
use crate::problem::Problem;
use daylight_console::bulletin::{BadTemplate, Template};
use std::path::{Path, PathBuf};

/// What a template in a folder may weigh; that of a file is bounded where it is unpacked.
const BYTES: u64 = 32 << 20;

/// The template of the bulletin.
pub(super) fn bulletin(folder: &Path, main: &(Source, Main), problems: &mut Vec<Problem>) -> Option<Template> {
    let (source, main) = main;
    let at = [Step::Key("templates"), Step::Key("bulletin")];
    let Some(name) = &main.templates.bulletin else {
        return Template::built_in().map_err(|e| problems.push(told(&e))).ok();
    };
    let path = folder.join(name);
    let unreadable = |e: &dyn std::fmt::Display| {
        Problem::new("template.unreadable", format!("模板 {} 无法读取：{e}", path.display()))
            .fix("检查路径与权限；路径相对于配置目录")
    };
    let got = if path.is_dir() {
        parts(&path).map_err(|e| unreadable(&e)).and_then(|all| Template::from_parts(all).map_err(|e| told(&e)))
    } else {
        std::fs::read(&path).map_err(|e| unreadable(&e)).and_then(|b| Template::from_docx(&b).map_err(|e| told(&e)))
    };
    got.map_err(|problem| problems.push(source.at(&at, problem))).ok()
}

/// Its words end in the way out.
fn told(error: &BadTemplate) -> Problem {
    let mut problem = Problem::told(error, "template.not-docx");
    if let Some((what, fix)) = problem.message.split_once('；') {
        let (what, fix) = (what.to_owned(), fix.to_owned());
        problem.message = what;
        return problem.fix(fix);
    }
    problem.fix("用 daylight template export bulletin 导出内置模板，对照修改")
}

/// The files of a folder, as the parts of a document by their names in it; sorted, so that the same folder gives the same bytes.
fn parts(folder: &Path) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let (mut open, mut all, mut left) = (vec![folder.to_path_buf()], Vec::new(), BYTES);
    while let Some(one) = open.pop() {
        for entry in std::fs::read_dir(&one)? {
            let path: PathBuf = entry?.path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            left = left.checked_sub(path.metadata()?.len()).ok_or_else(|| std::io::Error::other("超过 32 MiB"))?;
            let name = path.strip_prefix(folder).map_err(std::io::Error::other)?;
            all.push((name.to_string_lossy().replace('\\', "/"), std::fs::read(&path)?));
        }
    }
    all.sort();
    Ok(all)
}
