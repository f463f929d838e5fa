//! A file of a drop folder as a sample: CSV in UTF-8 or GB18030, or a workbook.

use super::sample::Sample;
use crate::complaint::decoded;
use crate::problem::Problem;
use calamine::{Data, Reader as _, Xlsx};
use std::collections::BTreeSet;
use std::io::Cursor;

/// Rows that are looked at.
const ROWS: usize = 5_000;

/// How a table is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    /// `utf-8` or `gb18030`; nothing for a workbook.
    pub encoding: Option<&'static str>,
    /// Of CSV.
    pub delimiter: Option<char>,
    /// Of a workbook: the sheet that was read, and the others.
    pub sheet: Option<String>,
    /// The sheet that was read is not the first.
    pub named: bool,
}

fn unreadable(why: impl std::fmt::Display) -> Problem {
    Problem::new("draft.unreadable", format!("读不出表格：{why}")).fix("给出 UTF-8 或 GB18030 的 CSV，或 .xlsx 文件")
}

/// A first line that is a head: every cell named, no name twice, none a number or a time.
fn head(cells: &[String]) -> Result<(), Problem> {
    let no = |why: String| {
        Err(Problem::new("draft.no-head", format!("第一行不像表头：{why}"))
            .fix("csv-drop 按第一行的列名取值：请对方在每个文件的第一行写列名，每列一个、互不相同"))
    };
    let mut seen = BTreeSet::new();
    for (at, cell) in cells.iter().enumerate() {
        let named = !cell.is_empty() || at + 1 == cells.len();
        if !named {
            return no(format!("第 {} 列没有名称", at + 1));
        }
        if cell.parse::<f64>().is_ok() || daylight_domain::Timestamp::parse(cell).is_some() {
            return no(format!("第 {} 列是数值或时间", at + 1));
        }
        if !cell.is_empty() && !seen.insert(cell) {
            return no(format!("第 {} 列与前面的列同名", at + 1));
        }
    }
    if seen.is_empty() { no("没有任何列名".to_owned()) } else { Ok(()) }
}

fn filled(names: &[String], rows: impl Iterator<Item = Vec<String>>) -> Sample {
    let mut sample = Sample::default();
    sample.name(names.iter().map(String::as_str).filter(|n| !n.is_empty()));
    for row in rows.take(ROWS) {
        sample.row(names.iter().map(String::as_str).zip(row).filter(|(n, _)| !n.is_empty()));
    }
    sample
}

/// The sign that divides the first line into the most pieces.
fn delimiter(text: &str) -> char {
    let first = text.lines().next().unwrap_or("");
    let most = [',', ';', '\t', '|'].into_iter().rev().max_by_key(|sign| first.matches(*sign).count());
    most.filter(|sign| first.contains(*sign)).unwrap_or(',')
}

/// Reads CSV.
///
/// # Errors
/// `draft.unreadable`, `draft.no-head`.
pub(super) fn csv(bytes: &[u8]) -> Result<(Form, Sample), Problem> {
    let text = decoded(bytes).ok_or_else(|| unreadable("既不是 UTF-8 也不是 GB18030"))?;
    let encoding = if std::str::from_utf8(bytes).is_ok() { "utf-8" } else { "gb18030" };
    let sign = delimiter(&text);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(u8::try_from(sign).unwrap_or(b','))
        .flexible(true)
        .from_reader(text.as_bytes());
    let names: Vec<String> = reader.headers().map_err(unreadable)?.iter().map(|h| h.trim().to_owned()).collect();
    head(&names)?;
    let rows = reader.records().map_while(Result::ok).map(|r| r.iter().map(str::to_owned).collect());
    let form = Form { encoding: Some(encoding), delimiter: (sign != ',').then_some(sign), ..Form::default() };
    Ok((form, filled(&names, rows)))
}

fn cell(data: &Data) -> String {
    match data {
        Data::DateTime(t) => t.as_datetime().map(|t| t.format("%Y-%m-%dT%H:%M:%S").to_string()).unwrap_or_default(),
        Data::Empty | Data::Error(_) => String::new(),
        other => other.to_string().trim().to_owned(),
    }
}

/// Reads the first sheet of a workbook that has a head.
///
/// # Errors
/// `draft.unreadable`, `draft.no-head`.
pub(super) fn workbook(bytes: &[u8]) -> Result<(Form, Sample), Problem> {
    let mut book: Xlsx<_> =
        calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(|e: calamine::XlsxError| unreadable(e))?;
    let mut first = None;
    for (at, name) in book.sheet_names().into_iter().enumerate() {
        let range = book.worksheet_range(&name).map_err(unreadable)?;
        let mut rows = range.rows().map(|row| row.iter().map(cell).collect::<Vec<String>>());
        let names = rows.next().unwrap_or_default();
        match head(&names) {
            Ok(()) => {
                let form = Form { sheet: Some(name), named: at > 0, ..Form::default() };
                return Ok((form, filled(&names, rows)));
            }
            Err(problem) => first = first.or(Some(problem)),
        }
    }
    Err(first.unwrap_or_else(|| unreadable("没有工作表")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_sign_and_head_are_found() {
        let (bytes, ..) = encoding_rs::GB18030.encode("办件编号;时间\r\nA1;2026-01-05 09:00:00\r\n");
        let (form, sample) = csv(&bytes).expect("a table");
        assert_eq!((form.encoding, form.delimiter), (Some("gb18030"), Some(';')));
        assert_eq!((sample.rows, sample.columns.len()), (1, 2));
        for (bad, code) in [
            (b"A1,2026-01-05\n".as_slice(), "draft.no-head"),
            (b"a,a\n1,2\n", "draft.no-head"),
            (b"", "draft.no-head"),
            (b"\xff\xff\xff\xff", "draft.unreadable"),
        ] {
            assert_eq!(csv(bad).map_err(|p| p.code).expect_err("refused"), code);
        }
        assert_eq!(workbook(b"no workbook").map_err(|p| p.code).expect_err("refused"), "draft.unreadable");
    }

    #[test]
    fn a_workbook_is_read_from_its_first_sheet_with_a_head() {
        use daylight_console::table::{Cell, Column, Kind, Lang, Table};
        let column = |name: &str| Column::new(name, name, name, Kind::Text);
        let table = Table {
            title: "办件".to_owned(),
            columns: vec![column("办件编号"), column("受理时间")],
            rows: vec![vec![Cell::text("A1"), Cell::text("2026-01-05 09:00:00")]],
            ..Table::default()
        };
        let bytes = table.to_xlsx(Lang::Zh).expect("a workbook");
        let (form, sample) = workbook(&bytes).expect("a table");
        assert_eq!((form.named, form.encoding, sample.rows), (false, None, 1), "{form:?}");
        assert!(sample.get("受理时间").is_some_and(|c| c.written().is_some()));
    }
}
