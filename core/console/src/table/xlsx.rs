//! A workbook.

use super::{Cell, Kind, Lang, Table, Unwritable, decimal};
use crate::text::columns;
use chrono::{Datelike, Timelike};
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

/// Rows of a sheet, its header among them, and columns.
const ROWS: usize = 1_048_576;
const COLUMNS: usize = 16_384;
/// Characters of a cell.
const LETTERS: usize = 32_767;
/// What a double holds of a whole number.
const WHOLE: u64 = 1 << 53;
/// Widths in characters.
const NARROW: usize = 8;
const BROAD: usize = 60;

impl From<XlsxError> for Unwritable {
    fn from(error: XlsxError) -> Self {
        Self::Writer(error.to_string())
    }
}

pub(super) fn write(table: &Table, lang: Lang) -> Result<Vec<u8>, Unwritable> {
    let (rows, width) = (table.rows.len(), table.width());
    let large = Unwritable::TooLarge { rows, columns: width };
    if rows >= ROWS || width > COLUMNS {
        return Err(large);
    }
    let last_row = u32::try_from(rows).map_err(|_| large.clone())?;
    let last_column = u16::try_from(width.max(1) - 1).map_err(|_| large)?;
    let mut book = Workbook::new();
    // The writer would put in the time of day, and no two files were the same.
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_title(cut(&table.title, 255)).set_creation_datetime(&made));
    let sheet = book.add_worksheet();
    sheet.set_name(match lang {
        Lang::Zh => "数据",
        Lang::En => "Data",
    })?;
    let head = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_background_color(Color::RGB(0x00D9_E2EC))
        .set_border(FormatBorder::Thin);
    for (at, column) in (0..=last_column).zip(0..width) {
        sheet.write_string_with_format(0, at, cut(table.header(column, lang), LETTERS), &head)?;
        let cells = table.rows.iter().filter_map(|row| row.get(column)).map(|cell| columns(&cell.say()));
        let widest = cells.chain([columns(table.header(column, lang)) + 3]).max().unwrap_or(0);
        sheet.set_column_width(at, f64::from(u32::try_from((widest + 2).clamp(NARROW, BROAD)).unwrap_or(8)))?;
    }
    let forms = Forms::new();
    for (row, cells) in (1..=last_row).zip(&table.rows) {
        for (at, cell) in (0..=last_column).zip(cells) {
            let kind = table.columns.get(usize::from(at)).map_or(Kind::Text, |column| column.kind);
            forms.put(sheet, (row, at), cell, kind)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    if width > 0 {
        sheet.autofilter(0, 0, last_row, last_column)?;
    }
    notes(book.add_worksheet(), table, lang)?;
    Ok(book.save_to_buffer()?)
}

fn notes(sheet: &mut Worksheet, table: &Table, lang: Lang) -> Result<(), XlsxError> {
    let (name, title) = match lang {
        Lang::Zh => ("说明", "标题"),
        Lang::En => ("Notes", "Title"),
    };
    sheet.set_name(name)?.set_column_width(0, 22)?.set_column_width(1, 90)?;
    sheet.set_paper_size(9).set_print_fit_to_pages(1, 0);
    let bold = Format::new().set_bold().set_align(FormatAlign::Top);
    let body = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let lines = [(title, table.title.as_str())].into_iter();
    let lines = lines.chain(table.notes.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    for (row, (name, text)) in (0..).zip(lines) {
        sheet.write_string_with_format(row, 0, cut(name, LETTERS), &bold)?;
        sheet.write_string_with_format(row, 1, cut(text, LETTERS), &body)?;
    }
    Ok(())
}

/// How values are shown.
struct Forms {
    text: Format,
    right: Format,
    date: Format,
    instant: Format,
}

impl Forms {
    fn new() -> Self {
        let form = |number: &str| Format::new().set_num_format(number);
        Self {
            text: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            right: Format::new().set_align(FormatAlign::Right),
            date: form("yyyy-mm-dd"),
            instant: form("yyyy-mm-dd hh:mm:ss"),
        }
    }

    fn put(&self, sheet: &mut Worksheet, (row, at): (u32, u16), cell: &Cell, kind: Kind) -> Result<(), XlsxError> {
        let number = match cell {
            Cell::Integer(n) => Some((*n, 0, "0".to_owned())),
            Cell::Decimal { value, places: 0 } => Some((*value, 0, "0".to_owned())),
            Cell::Decimal { value, places } => {
                Some((*value, *places, format!("0.{}", "0".repeat(usize::from(*places)))))
            }
            Cell::Permille(n) => Some((*n, 3, "0.0%".to_owned())),
            Cell::Fen(n) => Some((*n, 2, "#,##0.00".to_owned())),
            _ => None,
        };
        if let Some((value, places, form)) = number
            && value.unsigned_abs() <= WHOLE
            && let Ok(double) = decimal(value, places).parse::<f64>()
        {
            sheet.write_number_with_format(row, at, double, &Format::new().set_num_format(form))?;
            return Ok(());
        }
        let day = match cell {
            Cell::Date(day) => Some((day.and_time(chrono::NaiveTime::MIN), &self.date)),
            Cell::Instant(at) => Some((at.local(), &self.instant)),
            _ => None,
        };
        if let Some((local, form)) = day
            && let Some(moment) = moment(local)
        {
            sheet.write_datetime_with_format(row, at, moment, form)?;
            return Ok(());
        }
        if !matches!(cell, Cell::Empty) {
            let form = if kind.is_number() { &self.right } else { &self.text };
            sheet.write_string_with_format(row, at, cut(&cell.say(), LETTERS), form)?;
        }
        Ok(())
    }
}

/// A sheet knows 1900 to 9999; what lies outside is written as text.
fn moment(local: chrono::NaiveDateTime) -> Option<ExcelDateTime> {
    let year = u16::try_from(local.year()).ok().filter(|year| *year >= 1900)?;
    let (month, day) = (u8::try_from(local.month()).ok()?, u8::try_from(local.day()).ok()?);
    let (hour, minute) = (u16::try_from(local.hour()).ok()?, u8::try_from(local.minute()).ok()?);
    let second = u8::try_from(local.second()).ok()?;
    ExcelDateTime::from_ymd(year, month, day).and_then(|at| at.and_hms(hour, minute, second)).ok()
}

/// At most so many characters, counted as spreadsheets do.
fn cut(text: &str, most: usize) -> String {
    let mut used = 0;
    text.chars()
        .take_while(|c| {
            used += c.len_utf16();
            used <= most
        })
        .collect()
}
