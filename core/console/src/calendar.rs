//! A year as twelve small tables: working days, days off, and the days that were moved, each said by a word and by a shade last.

use crate::shell::Shell;
use crate::text::{Text, data};
use crate::words::Lang;
use chrono::{Datelike, NaiveDate};
use daylight_domain::calendar::holiday_en;
use std::fmt::Write as _;

/// A day.
#[derive(Clone, Debug)]
pub struct Day {
    /// The date.
    pub date: NaiveDate,
    /// Whether one works.
    pub working: bool,
    /// The holiday it belongs to, or for which it is worked.
    pub name: Option<String>,
}

const WEEKDAYS: [[&str; 2]; 7] =
    [["一", "Mo"], ["二", "Tu"], ["三", "We"], ["四", "Th"], ["五", "Fr"], ["六", "Sa"], ["日", "Su"]];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A holiday by its name in the reader's language; one the notices do not have stays as the calendar calls it.
fn holiday(s: &Shell, name: &str) -> Text {
    holiday_en(name).filter(|_| s.lang == Lang::En).map_or_else(|| data(name), Text::from)
}

fn cell(s: &Shell, day: &Day) -> String {
    let (class, word) = match (day.working, &day.name) {
        (true, Some(name)) => ("moved", Text::from(s.t("calendar.worked")).and(" ").and(holiday(s, name))),
        (true, None) => ("", Text::default()),
        (false, Some(name)) => ("rest", holiday(s, name)),
        (false, None) => ("rest", s.t("calendar.rest").into()),
    };
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    format!("<td{class}>{}<small>{}</small></td>", day.date.day(), word.markup(s.lang))
}

/// The months of a year, Monday first.
#[must_use]
pub fn months(s: &Shell, days: &[Day]) -> String {
    let english = s.lang == Lang::En;
    let mut out = String::from("<div class=\"months\">");
    for month in days.chunk_by(|a, b| a.date.month() == b.date.month()) {
        let Some(first) = month.first() else { continue };
        let number = first.date.month();
        let english_name = MONTHS.get(usize::try_from(number).unwrap_or(1).saturating_sub(1)).copied().unwrap_or("");
        let name = if english { english_name.to_owned() } else { format!("{number}月") };
        let _ = write!(out, "<table><caption>{name}</caption><thead><tr>");
        for weekday in WEEKDAYS {
            let _ = write!(out, "<th scope=\"col\">{}</th>", if english { weekday[1] } else { weekday[0] });
        }
        out.push_str("</tr></thead><tbody><tr>");
        for _ in 0..first.date.weekday().num_days_from_monday() {
            out.push_str("<td></td>");
        }
        for day in month {
            if day.date.weekday().num_days_from_monday() == 0 && day.date != first.date {
                out.push_str("</tr><tr>");
            }
            out.push_str(&cell(s, day));
        }
        out.push_str("</tr></tbody></table>");
    }
    out.push_str("</div>");
    out
}
