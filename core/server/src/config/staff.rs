//! The register of staff (人员名册): who works in a department, in its own file or in a table beside it.

use super::Department;
use super::place::{Source, Step};
use crate::problem::Problem;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Characters that stand between several names of one step: a name with one of them could never be found.
const BETWEEN: [char; 6] = [',', '，', '、', ';', '；', '/'];

/// The names and numbers by which a department's staff are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register(pub Arc<BTreeSet<String>>);

impl Register {
    /// Tells one register from another.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for name in self.0.iter() {
            hash.update(name.as_bytes());
            hash.update([0]);
        }
        hex::encode(hash.finalize())
    }
}

/// A name and where it stands, for a person.
type Found = Vec<(String, String)>;

/// The first two columns of a table: name, and number where there is one. A first line of headings is passed over.
fn table(file: &Path) -> Result<Found, String> {
    let text = std::fs::read_to_string(file).map_err(|e| e.to_string())?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let mut all = Vec::new();
    for (at, row) in reader.records().enumerate() {
        let row = row.map_err(|e| e.to_string())?;
        let heading = |cell: &str| ["name", "姓名"].contains(&cell);
        if at == 0 && row.get(0).is_some_and(heading) {
            continue;
        }
        let line = row.position().map_or(at + 1, |p| usize::try_from(p.line()).unwrap_or(at + 1));
        let cells = row.iter().take(2).filter(|cell| !cell.is_empty());
        all.extend(cells.map(|cell| (cell.to_owned(), format!("{} 第 {line} 行", file.display()))));
    }
    Ok(all)
}

/// Reads the register of every department that names one.
pub(super) fn registers(
    folder: &Path,
    departments: &[(Source, Department)],
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, Register> {
    let mut all = BTreeMap::new();
    for (source, d) in departments {
        if d.staff.is_none() && d.staff_file.is_none() {
            continue;
        }
        let here = |key: &'static str, problem: Problem| source.at(&[Step::Key(key)], problem);
        let mut found: Found =
            d.staff.iter().flatten().map(|name| (name.trim().to_owned(), "staff".to_owned())).collect();
        if let Some(file) = &d.staff_file {
            let path: PathBuf = if file.is_absolute() { file.clone() } else { folder.join(file) };
            match table(&path) {
                Ok(names) => found.extend(names),
                Err(why) => {
                    let problem = Problem::new("staff.file", format!("人员名册 {}：{why}", path.display()))
                        .fix("UTF-8 的 CSV，每行一人：姓名,工号；检查路径与权限");
                    problems.push(here("staff_file", problem));
                    continue;
                }
            }
        }
        let key = if d.staff.is_some() { "staff" } else { "staff_file" };
        for (name, place) in found.iter().filter(|(name, _)| name.is_empty() || name.contains(BETWEEN)) {
            let message = format!("{place} 的“{name}”不能作为人员姓名或工号");
            let fix = "一人一项；不为空，不含逗号、顿号、分号和斜线";
            problems.push(here(key, Problem::new("staff.name", message).fix(fix)));
        }
        if found.is_empty() {
            let message = format!("“{}”的人员名册中没有人，所有经办人都会被认为不明", d.id);
            problems.push(here(key, Problem::new("staff.empty", message).fix("填写人员，或去掉 staff 与 staff_file")));
        }
        let names: BTreeSet<String> = found.into_iter().map(|(name, _)| name).collect();
        all.insert(d.id.clone(), Register(Arc::new(names)));
    }
    all
}
