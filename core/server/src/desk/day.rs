//! 日结: every desk says of each day how many records it told, from its own account and not from what arrived, so that it is seen whether
//! all of them did – as of every other source. Every working day is closed, and every other on which something was told.

use crate::app::App;
use crate::problem::Problem;
use chrono::{Days, NaiveDate};
use daylight_domain::Timestamp;
use daylight_domain::desk::DeskRecord;
use daylight_domain::time::parse_date;
use daylight_store::{DeskDays, DeskRecordRow};

/// So long after its end a day is closed: what was begun before midnight is kept by then.
const SETTLED_MS: i64 = 600_000;
/// A desk that never closed a day begins at most so many days back.
const BACK: u64 = 30;

/// The days that may be closed now: from the one after the last that is, to the last that is over.
fn open_days(account: &DeskDays, now: Timestamp) -> Option<(NaiveDate, NaiveDate)> {
    let to = now.plus_ms(-SETTLED_MS).date().pred_opt()?;
    let from = match account.closed.as_deref().and_then(parse_date) {
        Some(closed) => closed.succ_opt()?,
        None => account.first?.date().max(to.checked_sub_days(Days::new(BACK))?),
    };
    (from <= to).then_some((from, to))
}

impl App {
    /// Closes the days of every desk that are over. Gives how many; what is closed is on its way then, as every record of a desk.
    ///
    /// # Errors
    /// The store.
    pub async fn desk_close_days(&self) -> Result<u64, Problem> {
        let mut closed = 0;
        for department in self.config.departments.values().filter(|d| d.at_desk().is_some() && d.phase.ingests()) {
            closed += self.close_days_of(&department.id).await?;
        }
        Ok(closed)
    }

    async fn close_days_of(&self, id: &str) -> Result<u64, Problem> {
        let now = self.clock.now();
        let Some((from, to)) = open_days(&self.store.desk_days(id).await?, now) else { return Ok(0) };
        let mut closes = Vec::new();
        for date in from.iter_days().take_while(|date| *date <= to) {
            let told = self.store.desk_told(id, Timestamp::start_of(date), Timestamp::end_of(date)).await?;
            // Of a year without calendar nobody knows whether one works.
            if told.is_empty() && !self.config.rules.calendar.is_working_day(date).unwrap_or(false) {
                continue;
            }
            let close = DeskRecord::day_close(date, &told, now);
            closes.push(DeskRecordRow {
                seq: 0,
                case_no: String::new(),
                kind: close.kind.as_str().to_owned(),
                source_key: close.source_key.clone(),
                data_version: close.data_version,
                at: now,
                body: close.line(),
                receipt: None,
            });
        }
        if !closes.is_empty() {
            self.store.add_desk_records(id, &closes).await?;
        }
        Ok(u64::try_from(closes.len()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    #[test]
    fn days_are_closed_in_order_once_they_are_over_and_settled() {
        let days = |first: Option<&str>, closed: Option<&str>, now: &str| {
            let account = DeskDays { first: first.map(at), closed: closed.map(str::to_owned) };
            open_days(&account, at(now)).map(|(from, to)| format!("{from} {to}"))
        };
        let told = |text: &str| Some(text.to_owned());
        assert_eq!(days(None, None, "2026-03-05 09:00"), None, "nothing was ever told");
        assert_eq!(days(Some("2026-03-05 08:00"), None, "2026-03-05 23:00"), None, "the first day is not over");
        assert_eq!(days(Some("2026-03-04 08:00"), None, "2026-03-05 00:09"), None, "nor settled");
        assert_eq!(days(Some("2026-03-04 08:00"), None, "2026-03-05 00:10"), told("2026-03-04 2026-03-04"));
        assert_eq!(
            days(Some("2026-03-02 08:00"), Some("2026-03-02"), "2026-03-05 09:00"),
            told("2026-03-03 2026-03-04")
        );
        assert_eq!(days(Some("2026-03-02 08:00"), Some("2026-03-04"), "2026-03-05 09:00"), None, "closed once");
        assert_eq!(days(Some("2020-01-02 08:00"), None, "2026-03-05 09:00"), told("2026-02-02 2026-03-04"));
    }
}
