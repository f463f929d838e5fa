//! Tables that leave the house: one table, given once, as CSV, as a workbook and as JSON. What a cell is (a number with so many
//! places, a share, money, a day) is said once, so that the three never tell different numbers.

mod csv;
mod json;
#[cfg(test)]
mod tests;
mod xlsx;

use chrono::NaiveDate;
use daylight_domain::Timestamp;

/// What is shown of a count too small to show (k-anonymity of five, handbook §13).
pub const SUPPRESSED: &str = "<5";

/// In which language headers and fixed words are. Cells are what they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words, codes, case numbers.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers with places behind the point.
    Decimal,
    /// Per cent with one place.
    Percent,
    /// Yuan with two places.
    Money,
    /// Days.
    Date,
    /// Points in time, in Asia/Shanghai.
    Instant,
}

impl Kind {
    /// The word in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Percent => "percent",
            Self::Money => "yuan",
            Self::Date => "date",
            Self::Instant => "instant",
        }
    }

    /// Whether its cells stand at the right.
    #[must_use]
    pub fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal | Self::Percent | Self::Money)
    }
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name of its values in JSON, e.g. `department`.
    pub key: String,
    /// Chinese header.
    pub name_zh: String,
    /// English header.
    pub name_en: String,
    /// What stands in it.
    pub kind: Kind,
}

impl Column {
    /// A column.
    pub fn new(key: impl Into<String>, name_zh: impl Into<String>, name_en: impl Into<String>, kind: Kind) -> Self {
        Self { key: key.into(), name_zh: name_zh.into(), name_en: name_en.into(), kind }
    }

    /// The header.
    #[must_use]
    pub fn name(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.name_zh,
            Lang::En => &self.name_en,
        }
    }
}

/// One value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cell {
    /// Nothing: not measured, not applicable.
    #[default]
    Empty,
    /// Words.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// `value` in units of the last of `places` places: 9850 with two is 98.50.
    Decimal {
        /// The digits.
        value: i64,
        /// How many of them stand behind the point; at most 18.
        places: u8,
    },
    /// Tenths of a per cent: 985 is 98.5%.
    Permille(i64),
    /// Hundredths of a yuan (分).
    Fen(i64),
    /// A day.
    Date(NaiveDate),
    /// A point in time.
    Instant(Timestamp),
    /// A number that would tell of single persons: `<5`.
    Suppressed,
}

impl Cell {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Hundredths, such as points.
    #[must_use]
    pub fn hundredths(value: i64) -> Self {
        Self::Decimal { value, places: 2 }
    }

    /// As a person reads it: `98.50`, `98.5%`, `2026-03-01 09:30:00`.
    #[must_use]
    pub fn say(&self) -> String {
        match self {
            Self::Permille(n) => format!("{}%", decimal(*n, 1)),
            other => other.plain(),
        }
    }

    /// Without sign of unit: what a program reads from CSV.
    fn plain(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Integer(n) => n.to_string(),
            Self::Decimal { value, places } => decimal(*value, *places),
            Self::Permille(n) => decimal(*n, 1),
            Self::Fen(n) => decimal(*n, 2),
            Self::Date(day) => day.format("%Y-%m-%d").to_string(),
            Self::Instant(at) => at.local().format("%Y-%m-%d %H:%M:%S").to_string(),
            Self::Suppressed => SUPPRESSED.to_owned(),
        }
    }
}

/// A scaled number with its point, exactly.
pub(crate) fn decimal(value: i64, places: u8) -> String {
    let places = usize::from(places);
    if places == 0 {
        return value.to_string();
    }
    let digits = format!("{:0>1$}", value.unsigned_abs(), places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    format!("{}{whole}.{part}", if value < 0 { "-" } else { "" })
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// Names and texts that explain it: as of when (数据截至时间), by which filter, under which hash.
    pub notes: Vec<(String, String)>,
    /// The columns.
    pub columns: Vec<Column>,
    /// As many cells as columns; a missing one is empty, one too many gets a column without a header.
    pub rows: Vec<Vec<Cell>>,
}

/// Why a table is no workbook.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// A sheet holds 1,048,575 rows below its header and 16,384 columns.
    #[error(
        "table.too-large: 表格有 {rows} 行、{columns} 列，超过工作表上限（1048575 行、16384 列）；请缩小筛选范围，或下载 CSV"
    )]
    TooLarge {
        /// Rows without the header.
        rows: usize,
        /// Columns.
        columns: usize,
    },
    /// The writer refused.
    #[error("table.unwritable: 无法写成工作簿：{0}")]
    Writer(String),
}

impl Table {
    /// How many cells every line has.
    fn width(&self) -> usize {
        self.rows.iter().map(Vec::len).max().unwrap_or(0).max(self.columns.len())
    }

    fn header(&self, at: usize, lang: Lang) -> &str {
        self.columns.get(at).map_or("", |column| column.name(lang))
    }

    /// UTF-8 with a byte order mark (without it WPS and Excel read GBK), RFC 4180: commas, CRLF, quotes where needed. A text that
    /// a spreadsheet would take for a formula gets an apostrophe before it. The notes are not in it: every line has the same cells.
    #[must_use]
    pub fn to_csv(&self, lang: Lang) -> Vec<u8> {
        csv::write(self, lang)
    }

    /// A workbook (.xlsx): real numbers and days, a header that stays, a filter, widths for Chinese, and a second sheet 说明 with
    /// title and notes. The same table gives the same bytes.
    ///
    /// # Errors
    /// The table is larger than a sheet.
    pub fn to_xlsx(&self, lang: Lang) -> Result<Vec<u8>, Unwritable> {
        xlsx::write(self, lang)
    }

    /// `{title, notes: [{name, text}], columns: [{key, name_zh, name_en, kind}], rows: [{key: value}]}`. Numbers are numbers
    /// (per cent as per cent, money in yuan), days `2026-03-01`, points in time RFC 3339, nothing `null`, what is too small `"<5"`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        json::write(self)
    }
}
