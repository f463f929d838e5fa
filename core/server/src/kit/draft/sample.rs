//! A sample of a department's data, whatever it came as: columns with what can be known of their values.

use daylight_domain::Timestamp;
use std::collections::BTreeMap;

/// More different values of one column are not kept.
const KEPT: usize = 200;
/// Ways of writing a time beside those the core reads by itself.
const FORMATS: [&str; 9] = [
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日%H时%M分%S秒",
    "%Y年%m月%d日%H时%M分",
    "%Y年%m月%d日",
    "%Y.%m.%d %H:%M:%S",
    "%Y.%m.%d",
    "%Y%m%d %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
];

/// How a column's times are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// As the core reads it.
    Usual,
    /// In these words of strftime.
    Format(&'static str),
    /// Seconds or milliseconds since 1970, which no setting reads.
    Epoch,
}

/// One column of a sample.
#[derive(Clone, Debug, Default)]
pub(super) struct Column {
    /// Its name; of nested values a JSON pointer.
    pub name: String,
    /// Rows in which it has a value.
    pub filled: usize,
    /// Different values with how often they came, up to [`KEPT`].
    pub values: BTreeMap<String, usize>,
    /// There were more different values than are kept.
    pub more: bool,
    /// Every value is greater than the one before, as number or, of equal length, as text.
    pub grows: bool,
    /// It holds a list, which no setting can take apart.
    pub list: bool,
    last: Option<String>,
}

impl Column {
    fn put(&mut self, value: &str) {
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        self.grows = match &self.last {
            None => true,
            Some(last) => self.grows && before(last, value),
        };
        self.last = Some(value.to_owned());
        self.filled += 1;
        if self.values.len() < KEPT || self.values.contains_key(value) {
            *self.values.entry(value.to_owned()).or_default() += 1;
        } else {
            self.more = true;
        }
    }

    /// Every value came once.
    pub(super) fn unique(&self) -> bool {
        !self.more && self.values.values().all(|n| *n == 1) || self.grows
    }

    /// How its times are written, where it holds times.
    pub(super) fn written(&self) -> Option<Written> {
        let all: Vec<&str> = self.values.keys().map(String::as_str).collect();
        if all.is_empty() {
            return None;
        }
        // Now and then somebody typed something else.
        let most = |good: &dyn Fn(&str) -> bool| all.iter().filter(|v| good(v)).count() * 10 >= all.len() * 9;
        if most(&usual) {
            return Some(Written::Usual);
        }
        if let Some(format) = FORMATS.into_iter().find(|format| most(&|v| fits(v, format))) {
            return Some(Written::Format(format));
        }
        most(&epoch).then_some(Written::Epoch)
    }

    /// A value to show the shape of.
    pub(super) fn example(&self) -> Option<&str> {
        self.values.keys().next().map(String::as_str)
    }
}

/// Whether one key is before another, as a source compares them.
fn before(a: &str, b: &str) -> bool {
    match (a.parse::<u64>(), b.parse::<u64>()) {
        (Ok(a), Ok(b)) => a < b,
        _ => a.len() == b.len() && a < b,
    }
}

fn usual(text: &str) -> bool {
    // Eight digits are a date only where they can be one of this work.
    let year = text.get(..4).and_then(|y| y.parse::<i32>().ok());
    Timestamp::parse(text).is_some() && year.is_some_and(|y| (1980..2100).contains(&y))
}

fn fits(text: &str, format: &str) -> bool {
    chrono::NaiveDateTime::parse_from_str(text, format).is_ok()
        || chrono::NaiveDate::parse_from_str(text, format).is_ok()
}

fn epoch(text: &str) -> bool {
    let n = text.parse::<u64>().unwrap_or(0);
    (631_152_000..4_102_444_800).contains(&n) && text.len() >= 9
        || (631_152_000_000..4_102_444_800_000).contains(&n) && text.len() >= 12
}

/// A sample: columns in the order in which they came first, and how many rows there were.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample {
    pub columns: Vec<Column>,
    pub rows: usize,
}

impl Sample {
    fn column(&mut self, name: &str) -> Option<&mut Column> {
        let at = self.columns.iter().position(|c| c.name == name).unwrap_or_else(|| {
            self.columns.push(Column { name: name.to_owned(), ..Column::default() });
            self.columns.len() - 1
        });
        self.columns.get_mut(at)
    }

    /// Names columns that may stay empty.
    pub(super) fn name<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        for name in names {
            let _ = self.column(name);
        }
    }

    /// Adds a row.
    pub(super) fn row<'a>(&mut self, cells: impl IntoIterator<Item = (&'a str, String)>) {
        self.rows += 1;
        for (name, value) in cells {
            if let Some(column) = self.column(name) {
                column.put(&value);
            }
        }
    }

    /// Says that a column holds lists.
    pub(super) fn list(&mut self, name: &str) {
        if let Some(column) = self.column(name) {
            column.list = true;
        }
    }

    /// A column by name.
    pub(super) fn get(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Column {
        let mut column = Column::default();
        values.iter().for_each(|v| column.put(v));
        column
    }

    #[test]
    fn times_are_known_by_how_they_are_written() {
        for (value, written) in [
            ("2026-01-05 09:00:00", Some(Written::Usual)),
            ("20260105090000", Some(Written::Usual)),
            ("2026/01/05", Some(Written::Usual)),
            ("2026年01月05日 09:00:00", Some(Written::Format("%Y年%m月%d日 %H:%M:%S"))),
            ("2026年1月5日", Some(Written::Format("%Y年%m月%d日"))),
            ("1767574800000", Some(Written::Epoch)),
            ("受理", None),
            ("17", None),
        ] {
            assert_eq!(of(&[value]).written(), written, "{value}");
        }
    }

    #[test]
    fn what_grows_is_seen() {
        assert!(of(&["1", "2", "10"]).grows && of(&["a1", "a2"]).grows);
        assert!(!of(&["1", "3", "2"]).grows && !of(&["1", "1"]).grows && !of(&["9", "a10"]).grows);
    }
}
