//! Templates of papers: the county's own, or the one that comes with the program.

use super::Main;
use super::place::{Source, Step};
use crate::problem::Problem;
use daylight_console::docx::{BadTemplate, Layout, Template};
use daylight_console::{bulletin, paper};
use daylight_domain::desk::PaperKind;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a template in a folder may weigh; that of a file is bounded where it is unpacked.
const BYTES: u64 = 32 << 20;

/// Everything that has a template, by its name.
pub(crate) fn layouts() -> impl Iterator<Item = &'static Layout> {
    std::iter::once(&bulletin::LAYOUT).chain(PaperKind::ALL.iter().map(|kind| paper::layout(*kind)))
}

/// The templates of a county.
#[derive(Clone, Debug)]
pub struct Papers {
    /// 通报
    pub bulletin: Template,
    /// Papers of the desk.
    pub desk: BTreeMap<PaperKind, Template>,
}

/// The templates, each problem told where its file is named.
pub(super) fn read(folder: &Path, main: &(Source, Main), problems: &mut Vec<Problem>) -> Option<Papers> {
    let (source, main) = main;
    let mut take = |layout: &'static Layout, file: Option<&PathBuf>, at: &[Step<'_>]| {
        let got = one(folder, layout, file);
        got.map_err(|problem| problems.push(source.at(at, problem))).ok()
    };
    let key = |name| Step::Key(name);
    let own = &main.templates;
    let bulletin = take(&bulletin::LAYOUT, own.bulletin.as_ref(), &[key("templates"), key("bulletin")]);
    let desk: Vec<_> = PaperKind::ALL
        .iter()
        .map(|kind| {
            let at = [key("templates"), key("papers"), key(kind.as_str())];
            Some((*kind, take(paper::layout(*kind), own.papers.get(kind), &at)?))
        })
        .collect();
    Some(Papers { bulletin: bulletin?, desk: desk.into_iter().collect::<Option<_>>()? })
}

/// The county's own, or the built-in one.
fn one(folder: &Path, layout: &'static Layout, file: Option<&PathBuf>) -> Result<Template, Problem> {
    let told = |e: &BadTemplate| told(layout, e);
    let Some(name) = file else { return Template::built_in(layout).map_err(|e| told(&e)) };
    let path = folder.join(name);
    let unreadable = |e: &dyn std::fmt::Display| {
        Problem::new("template.unreadable", format!("模板 {} 无法读取：{e}", path.display()))
            .fix("检查路径与权限；路径相对于配置目录")
    };
    if path.is_dir() {
        let all = parts(&path).map_err(|e| unreadable(&e))?;
        return Template::from_parts(layout, all).map_err(|e| told(&e));
    }
    let bytes = std::fs::read(&path).map_err(|e| unreadable(&e))?;
    Template::from_docx(layout, &bytes).map_err(|e| told(&e))
}

/// Its words end in the way out.
fn told(layout: &Layout, error: &BadTemplate) -> Problem {
    let mut problem = Problem::told(error, "template.not-docx");
    if let Some((what, fix)) = problem.message.split_once('；') {
        let (what, fix) = (what.to_owned(), fix.to_owned());
        problem.message = what;
        return problem.fix(fix);
    }
    problem.fix(format!("用 daylight template export {} 导出内置模板，对照修改", layout.name))
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
