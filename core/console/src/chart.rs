//! Charts as SVG, drawn on the server: columns side by side or stacked, lines with the period before, bars of a ranking, a histogram.
//! The same picture serves screen, print and report. Every series is told apart by word, by pattern or shape, and by colour; nothing
//! runs, and nothing is styled in a way that `style-src 'self'` forbids. A chart comes with the table of its numbers.

mod axis;
mod bars;
mod columns;
mod lines;
mod paint;
#[cfg(test)]
mod tests;

use crate::table::{Cell, Column, Kind, Table, decimal};
use crate::text::{Text, escape};
use crate::words::Lang;
use std::fmt::Write as _;

/// How it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Columns, those of one category side by side (分组柱形图).
    Grouped,
    /// Columns, those of one category on one another (堆积柱形图).
    Stacked,
    /// Lines (折线图), for months. The axis may begin above zero, and says so.
    Lines,
    /// Horizontal bars (条形图), for rankings and long names.
    Bars,
    /// Columns without gaps (直方图), see [`histogram`].
    Histogram,
}

impl Form {
    /// In Chinese and in English.
    fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Grouped => ("分组柱形图", "Grouped columns"),
            Self::Stacked => ("堆积柱形图", "Stacked columns"),
            Self::Lines => ("折线图", "Lines"),
            Self::Bars => ("条形图", "Bars"),
            Self::Histogram => ("直方图", "Histogram"),
        }
    }
}

/// What a series means, where that has a colour of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular: the next colour and pattern.
    #[default]
    Plain,
    /// 红牌
    Red,
    /// 黄牌
    Yellow,
    /// 正常
    Green,
    /// The period before: grey, dashed.
    Previous,
}

/// Numbers of one name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// One for each category; `None` where nothing was measured.
    pub values: Vec<Option<i64>>,
    /// What it means.
    pub tone: Tone,
}

/// A chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// In which language it is told; categories are data where they are marked so.
    pub lang: Lang,
    /// Tells it apart from other charts of the page; letters, digits and hyphens of it are used.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// What a number counts, e.g. `件`, `%`.
    pub unit: String,
    /// How many digits of each value stand behind the point.
    pub places: u8,
    /// How it is drawn.
    pub form: Form,
    /// Departments, months, classes.
    pub categories: Vec<Text>,
    /// The numbers.
    pub series: Vec<Series>,
}

/// A histogram of values over classes `edges[0]..edges[1]`, each with its lower and without its upper edge; what lies outside has
/// classes of its own, so that no value is lost. Edges ascend.
#[must_use]
pub fn histogram(id: &str, title: &str, unit: &str, places: u8, edges: &[i64], values: &[i64]) -> Chart {
    let say = |n: &i64| decimal(*n, places);
    let count = |pick: &dyn Fn(i64) -> bool| i64::try_from(values.iter().filter(|v| pick(**v)).count()).ok();
    let mut classes: Vec<(String, Option<i64>)> = edges
        .windows(2)
        .filter_map(|w| if let [from, to] = w { Some((from, to)) } else { None })
        .map(|(from, to)| (format!("{}–{}", say(from), say(to)), count(&|v| *from <= v && v < *to)))
        .collect();
    if let (Some(first), Some(last)) = (edges.first(), edges.last()) {
        let (below, above) = (count(&|v| v < *first), count(&|v| v >= *last));
        if below > Some(0) {
            classes.insert(0, (format!("低于{}", say(first)), below));
        }
        if above > Some(0) {
            classes.push((format!("{}及以上", say(last)), above));
        }
    }
    let (categories, values) = classes.into_iter().map(|(class, n)| (Text::from(class), n)).unzip();
    let series = vec![Series { name: format!("数量（按{unit}分组）"), values, tone: Tone::Plain }];
    let (id, title) = (id.to_owned(), title.to_owned());
    Chart { lang: Lang::Zh, id, title, unit: "个".to_owned(), places: 0, form: Form::Histogram, categories, series }
}

impl Chart {
    /// The picture.
    #[must_use]
    pub fn svg(&self) -> String {
        if self.extent().is_none() {
            return paint::empty(self);
        }
        match self.form {
            Form::Grouped | Form::Stacked | Form::Histogram => columns::draw(self),
            Form::Lines => lines::draw(self),
            Form::Bars => bars::draw(self),
        }
    }

    /// The numbers as a table.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut columns = vec![Column::new("category", "类别", "Category", Kind::Text)];
        columns.extend(
            self.series.iter().enumerate().map(|(at, s)| {
                Column::new(format!("series_{}", at + 1), s.name.clone(), s.name.clone(), Kind::Decimal)
            }),
        );
        let cell = |s: &Series, at: usize| {
            let value = s.values.get(at).copied().flatten();
            value.map_or(Cell::Empty, |value| Cell::Decimal { value, places: self.places })
        };
        let rows = self.categories.iter().enumerate().map(|(at, name)| {
            let mut row = vec![Cell::text(name.to_string())];
            row.extend(self.series.iter().map(|s| cell(s, at)));
            row
        });
        Table { title: self.title.clone(), notes: Vec::new(), rows: rows.collect(), columns }
    }

    /// The table as HTML; what was not measured is `—`.
    #[must_use]
    pub fn table_html(&self) -> String {
        let table = self.table();
        let caption = escape(&format!("{}{}", self.title, self.in_units()));
        let mut out = format!("<table class=\"chart-data\"><caption>{caption}</caption><thead><tr>");
        for column in &table.columns {
            let name = if self.lang == Lang::En { &column.name_en } else { &column.name_zh };
            let _ = write!(out, "<th scope=\"col\">{}</th>", escape(name));
        }
        out.push_str("</tr></thead><tbody>");
        if table.rows.is_empty() {
            let none = if self.lang == Lang::En { "no data" } else { "没有数据" };
            let _ = write!(out, "<tr><td colspan=\"{}\">{none}</td></tr>", table.columns.len());
        }
        for (category, row) in self.categories.iter().zip(&table.rows) {
            out.push_str("<tr>");
            for (at, cell) in row.iter().enumerate() {
                let said = cell.say();
                let _ = match (at, said.is_empty()) {
                    (0, _) => write!(out, "<th scope=\"row\">{}</th>", category.markup(self.lang)),
                    (_, true) => write!(out, "<td class=\"number\">—</td>"),
                    (_, false) => write!(out, "<td class=\"number\">{}</td>", escape(&said)),
                };
            }
            out.push_str("</tr>");
        }
        out.push_str("</tbody></table>\n");
        out
    }

    /// Picture and table together.
    #[must_use]
    pub fn figure(&self) -> String {
        format!("<figure class=\"chart\">{}{}</figure>\n", self.svg(), self.table_html())
    }

    /// Smallest and largest value; of stacked columns, of their sums up and down.
    fn extent(&self) -> Option<(i128, i128)> {
        let mut all: Option<(i128, i128)> = None;
        for at in 0..self.categories.len() {
            let values = self.series.iter().filter_map(|s| s.values.get(at).copied().flatten()).map(i128::from);
            let (low, high) = if self.form == Form::Stacked {
                values.fold((None, None), |(low, high): (Option<i128>, Option<i128>), v| {
                    (Some(low.unwrap_or(0) + v.min(0)), Some(high.unwrap_or(0) + v.max(0)))
                })
            } else {
                values.fold((None, None), |(low, high): (Option<i128>, Option<i128>), v| {
                    (Some(low.map_or(v, |l| l.min(v))), Some(high.map_or(v, |h| h.max(v))))
                })
            };
            if let (Some(low), Some(high)) = (low, high) {
                all = Some(all.map_or((low, high), |(l, h)| (l.min(low), h.max(high))));
            }
        }
        all
    }

    /// The unit behind a title.
    fn in_units(&self) -> String {
        match self.lang {
            _ if self.unit.is_empty() => String::new(),
            Lang::Zh => format!("（单位：{}）", self.unit),
            Lang::En => format!(" ({})", self.unit),
        }
    }

    /// A value with its unit.
    fn say(&self, value: i64) -> String {
        let apart = if self.lang == Lang::En && self.unit != "%" { " " } else { "" };
        format!("{}{apart}{}", decimal(value, self.places), self.unit)
    }

    /// What a part of the picture stands for.
    fn said_of(&self, category: &Text, series: &Series, value: i64) -> Text {
        let colon = if self.lang == Lang::En { ": " } else { "：" };
        category.clone().and(format!(" {}{colon}{}", series.name, self.say(value)))
    }

    /// What a person who does not see it is told.
    fn told(&self) -> Text {
        let named = self.series.iter().flat_map(|s| {
            self.categories.iter().zip(&s.values).filter_map(move |(c, v)| Some(((*v)?, c, s.name.as_str())))
        });
        let named: Vec<(i64, &Text, &str)> = named.collect();
        let names: Vec<&str> = self.series.iter().map(|s| s.name.as_str()).collect();
        let (zh, en) = self.form.name();
        let n = self.categories.len();
        let (said, sentence) = match self.lang {
            Lang::Zh => (
                format!("{zh}，{n} 个类别，系列：{}。", names.join("、")),
                "最高 {most}（{at}，{of}），最低 {least}（{least_at}，{least_of}）。",
            ),
            Lang::En => (
                format!("{en}, {n} categories; series: {}.", names.join(", ")),
                " Highest {most} ({at}, {of}), lowest {least} ({least_at}, {least_of}).",
            ),
        };
        let (Some(most), Some(least)) = (named.iter().max_by_key(|n| n.0), named.iter().min_by_key(|n| n.0)) else {
            return said.into();
        };
        let places = [
            ("{most}", self.say(most.0).into()),
            ("{at}", most.1.clone()),
            ("{of}", most.2.into()),
            ("{least}", self.say(least.0).into()),
            ("{least_at}", least.1.clone()),
            ("{least_of}", least.2.into()),
        ];
        Text::from(said).and(Text::filled(sentence, &places))
    }
}
