//! From content to bytes: every table as CSV and workbook, all of them as canonical JSON, and the manifest over everything.

use super::MANIFEST;
use super::content::Content;
use crate::problem::Problem;
use daylight_console::table::{Lang, Table, Unwritable};
use daylight_domain::publication::{FileEntry, Manifest, canonical, digest_of, file_name_is_plain};
use serde_json::{Map, Value, json};

pub(super) const CSV: &str = "text/csv; charset=utf-8";
pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
pub(super) const JSON: &str = "application/json";

type Files = Vec<(FileEntry, Vec<u8>)>;

impl From<Unwritable> for Problem {
    fn from(e: Unwritable) -> Self {
        let text = e.to_string();
        Self::new("export.too-large", text.split_once(": ").map_or(text.as_str(), |(_, words)| words))
    }
}

/// What a table says of itself in every form.
fn noted(table: &Table, manifest: &Manifest) -> Table {
    let mut table = table.clone();
    let mut note = |name: &str, text: String| table.notes.push((name.to_owned(), text));
    note("数据截至", manifest.data_time.rfc3339());
    note("期间", format!("{} 至 {}", manifest.from, manifest.to));
    note("公布范围", manifest.scope.clone());
    for redaction in &manifest.redactions {
        note("处理", redaction.clone());
    }
    for exclusion in &manifest.exclusions {
        note("未计入", exclusion.clone());
    }
    table
}

/// The files of a bundle, the manifest first; the manifest with all of them; and its digest.
pub(super) fn files(content: &Content, mut manifest: Manifest) -> Result<(Manifest, String, Files), Problem> {
    let mut files: Files = Vec::new();
    let mut put = |name: String, media: &str, bytes: Vec<u8>| {
        if !file_name_is_plain(&name) {
            return Err(Problem::new("internal", format!("文件名 {name}")));
        }
        files.push((FileEntry::of(&name, media, &bytes), bytes));
        Ok(())
    };
    let tables: Map<String, Value> =
        content.tables.iter().map(|(name, table)| (name.clone(), noted(table, &manifest).to_json())).collect();
    let data = json!({
        "kind": manifest.kind, "audience": manifest.audience, "title": manifest.title,
        "from": manifest.from, "to": manifest.to, "data_time": manifest.data_time, "tables": tables,
    });
    put("data.json".to_owned(), JSON, canonical(&data).into_bytes())?;
    for (name, table) in &content.tables {
        let table = noted(table, &manifest);
        put(format!("{name}.csv"), CSV, table.to_csv(Lang::Zh))?;
        put(format!("{name}.xlsx"), XLSX, table.to_xlsx(Lang::Zh)?)?;
    }
    for (name, media, bytes) in &content.documents {
        put(name.clone(), media, bytes.clone())?;
    }
    manifest.files = files.iter().map(|(entry, _)| entry.clone()).collect();
    let text = canonical(&serde_json::to_value(&manifest).unwrap_or_default()).into_bytes();
    let digest = digest_of(&text);
    files.insert(0, (FileEntry::of(MANIFEST, JSON, &text), text));
    Ok((manifest, digest, files))
}
