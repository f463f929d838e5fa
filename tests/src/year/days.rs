//! Working days as the State Council's notices for 2025 and 2026 say them (国办发明电〔2024〕12号 and the one after it), and
//! counting by looking at one day after the other. Nothing here is the product's.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, Weekday};

/// First and last day of each holiday.
const OFF: [(&str, &str); 13] = [
    ("2025-01-01", "2025-01-01"),
    ("2025-01-28", "2025-02-04"),
    ("2025-04-04", "2025-04-06"),
    ("2025-05-01", "2025-05-05"),
    ("2025-05-31", "2025-06-02"),
    ("2025-10-01", "2025-10-08"),
    ("2026-01-01", "2026-01-03"),
    ("2026-02-15", "2026-02-23"),
    ("2026-04-04", "2026-04-06"),
    ("2026-05-01", "2026-05-05"),
    ("2026-06-19", "2026-06-21"),
    ("2026-09-25", "2026-09-27"),
    ("2026-10-01", "2026-10-07"),
];
/// Days at weekends on which one works.
const WORK: [&str; 11] = [
    "2025-01-26",
    "2025-02-08",
    "2025-04-27",
    "2025-09-28",
    "2025-10-11",
    "2026-01-04",
    "2026-02-14",
    "2026-02-28",
    "2026-05-09",
    "2026-09-20",
    "2026-10-10",
];

/// The days of two years, each worked or not.
#[derive(Debug)]
pub struct Days2 {
    first: NaiveDate,
    works: Vec<bool>,
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// Midnight, with which a day begins.
#[must_use]
pub fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_hms_opt(0, 0, 0).expect("midnight")
}

/// The day after.
#[must_use]
pub fn next(day: NaiveDate) -> NaiveDate {
    day + Days::new(1)
}

impl Default for Days2 {
    fn default() -> Self {
        let (first, last) = (date("2025-01-01"), date("2026-12-31"));
        let off = |d: NaiveDate| OFF.iter().any(|(a, b)| date(a) <= d && d <= date(b));
        let worked = |d: NaiveDate| WORK.iter().any(|w| date(w) == d);
        let weekend = |d: NaiveDate| matches!(d.weekday(), Weekday::Sat | Weekday::Sun);
        let works = |d: NaiveDate| worked(d) || !weekend(d) && !off(d);
        Self { first, works: first.iter_days().take_while(|d| *d <= last).map(works).collect() }
    }
}

impl Days2 {
    /// Whether one works on a day.
    #[must_use]
    pub fn works(&self, day: NaiveDate) -> bool {
        let at = usize::try_from((day - self.first).num_days()).expect("not before 2025");
        *self.works.get(at).expect("not after 2026")
    }

    /// Working days after `from`, up to and with `to`.
    #[must_use]
    pub fn count(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        let (mut day, mut n) = (from, 0);
        while day < to {
            day = next(day);
            n += i64::from(self.works(day));
        }
        n
    }

    /// The n-th working day after a day; the day itself for none.
    #[must_use]
    pub fn after(&self, from: NaiveDate, n: i64) -> NaiveDate {
        let (mut day, mut left) = (from, n);
        while left > 0 {
            day = next(day);
            left -= i64::from(self.works(day));
        }
        day
    }

    /// The first day on which at most so many working days remain until `due`.
    #[must_use]
    pub fn near(&self, due: NaiveDate, left: i64) -> NaiveDate {
        let mut day = due;
        while self.count(day.pred_opt().expect("a day"), due) <= left {
            day = day.pred_opt().expect("a day");
        }
        day
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_judge_counts_as_the_examples_of_the_law_do() {
        let days = Days2::default();
        for (start, n, due) in [
            ("2025-09-26", 5, "2025-10-10"),
            ("2025-09-26", 20, "2025-10-30"),
            ("2025-09-30", 10, "2025-10-21"),
            ("2026-02-06", 20, "2026-03-12"),
            ("2026-02-06", 28, "2026-03-24"),
            ("2026-02-06", 30, "2026-03-26"),
            ("2026-02-13", 5, "2026-02-27"),
            ("2026-04-30", 5, "2026-05-11"),
            ("2026-09-18", 20, "2026-10-22"),
        ] {
            assert_eq!(days.after(date(start), n), date(due), "{start} + {n}");
        }
        assert_eq!(days.count(date("2026-02-25"), date("2026-03-06")), 8);
        assert_eq!(days.near(date("2026-03-02"), 2), date("2026-02-27"), "a Saturday that is worked lies between");
    }
}
