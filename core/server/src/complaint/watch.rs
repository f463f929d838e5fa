//! What time makes true of complaints, enquiries and ratings, and what ratings say together.

use super::Registered;
use crate::app::App;
use crate::config::Department;
use crate::problem::Problem;
use chrono::{Datelike, Days, NaiveDate};
use daylight_domain::Timestamp;
use daylight_domain::complaint::Complaint;
use daylight_domain::enquiry::Enquiry;
use daylight_domain::finding::Finding;
use daylight_domain::rating::Rating;
use daylight_domain::rule::{RatingBurstFacts, RatingPeriodFacts, Stamp};
use daylight_store::{FindingFilter, MatterFilter, MatterRow};
use std::collections::BTreeMap;

/// Matters of one department and kind that one round looks at.
const TOGETHER: u32 = 500;
/// Ratings at windows of one department and day that are looked through.
const STAMPS: u32 = 20_000;
/// Complaints and samples of a month that are counted against its ratings.
const AGAINST: u32 = 1000;

impl App {
    /// Matters whose time has come: K-01…K-05, E-01…E-03.
    pub(crate) async fn look_at_registers(&self, department: &Department, now: Timestamp) -> Result<(), Problem> {
        self.look::<Complaint>(department, now).await?;
        self.look::<Enquiry>(department, now).await?;
        self.look::<Rating>(department, now).await
    }

    /// Looks at what has come due, in pieces that leave the queue once they were looked at.
    async fn look<T: Registered>(&self, department: &Department, now: Timestamp) -> Result<(), Problem> {
        loop {
            let filter = MatterFilter {
                kind: T::KIND.to_owned(),
                department: Some(department.id.clone()),
                due_before: Some(now.plus_ms(1)),
                limit: TOGETHER,
                ..MatterFilter::default()
            };
            let rows = self.store.matters(&filter).await?;
            let (found, next) = self.look_through::<T>(&rows)?;
            if !self.note(department, found, (Vec::new(), None), now).await? {
                // Somebody else was faster: with the next round.
                return Ok(());
            }
            for (row, at) in rows.iter().zip(next) {
                // Never again at the same moment, or the round would not end.
                let at = at.filter(|at| *at > now);
                self.store.look_again(&row.no, row.revision, at).await?;
            }
            if rows.len() < usize::try_from(TOGETHER).unwrap_or(0) {
                return Ok(());
            }
        }
    }

    fn look_through<T: Registered>(
        &self,
        rows: &[MatterRow],
    ) -> Result<(Vec<Finding>, Vec<Option<Timestamp>>), Problem> {
        let (mut found, mut next) = (Vec::new(), Vec::new());
        for row in rows {
            let mut one: T = row.read()?;
            found.extend(self.judged(&mut one));
            next.push(one.look_at());
        }
        Ok((found, next))
    }

    /// Everything that is open, judged anew: parameters, overrides or the calendar may be others than when it was looked at last.
    pub(crate) async fn registers_anew(
        &self,
        department: &Department,
        now: Timestamp,
    ) -> Result<Vec<Finding>, Problem> {
        let mut found = self.anew::<Complaint>(department, now).await?;
        found.extend(self.anew::<Enquiry>(department, now).await?);
        found.extend(self.anew::<Rating>(department, now).await?);
        Ok(found)
    }

    async fn anew<T: Registered>(&self, department: &Department, now: Timestamp) -> Result<Vec<Finding>, Problem> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let filter = MatterFilter {
                kind: T::KIND.to_owned(),
                department: Some(department.id.clone()),
                states: T::OPEN.iter().map(|s| (*s).to_owned()).collect(),
                after,
                limit: TOGETHER,
                ..MatterFilter::default()
            };
            let rows = self.store.matters(&filter).await?;
            let (found, next) = self.look_through::<T>(&rows)?;
            all.extend(found);
            for (row, at) in rows.iter().zip(next) {
                // What is true now is written with this round; what the minute has to look at stays in its queue.
                let waits = row.due.is_some_and(|due| due <= now);
                if row.due != at && !waits {
                    self.store.look_again(&row.no, row.revision, at).await?;
                }
            }
            match rows.last() {
                Some(last) if rows.len() == usize::try_from(TOGETHER).unwrap_or(0) => after = Some(last.no.clone()),
                _ => return Ok(all),
            }
        }
    }

    /// Ratings taken together: who is rated only by the system, or implausibly well, in the last whole month (E-04, E-06), and
    /// windows at which ratings come too fast, yesterday and today (E-05).
    pub(crate) async fn ratings_of_days(
        &self,
        department: &Department,
        today: NaiveDate,
    ) -> Result<Vec<Finding>, Problem> {
        let now = self.clock.now();
        let mut found = Vec::new();
        if let Some(period) = self.rating_period(department, today).await? {
            found.extend(self.findings_of(&period, now));
        }
        let yesterday = today.checked_sub_days(Days::new(1)).unwrap_or(today);
        for day in [yesterday, today] {
            let (from, to) = (Timestamp::start_of(day), Timestamp::end_of(day));
            let mut windows: BTreeMap<String, Vec<Stamp>> = BTreeMap::new();
            for (window, at, device) in self.store.rating_stamps(&department.id, from, to, STAMPS).await? {
                windows.entry(window).or_default().push(Stamp { at, device });
            }
            for (window, ratings) in windows {
                let facts = RatingBurstFacts { department: department.id.clone(), window, ratings };
                found.extend(self.findings_of(&facts, now));
            }
        }
        Ok(found)
    }

    async fn rating_period(
        &self,
        department: &Department,
        today: NaiveDate,
    ) -> Result<Option<RatingPeriodFacts>, Problem> {
        let first = today.with_day(1).unwrap_or(today);
        let until = first.checked_sub_days(Days::new(1)).unwrap_or(first);
        let (from, to) = (Timestamp::start_of(until.with_day(1).unwrap_or(until)), Timestamp::start_of(first));
        if department.supervised_since.is_some_and(|since| until < since) {
            return Ok(None);
        }
        let id = &department.id;
        let numbers = self.store.rating_numbers(id, from, to).await?;
        if numbers.ratings == 0 {
            return Ok(None);
        }
        let mut against = Vec::new();
        for word in ["true", "denied"] {
            against.push(self.store.keyed("complaint", &format!("{word}:{id}"), (from, to), AGAINST).await?.len());
        }
        let samples = FindingFilter {
            department: Some(id.clone()),
            rule: Some("D-19".to_owned()),
            from: Some(from),
            to: Some(to),
            limit: AGAINST,
            ..FindingFilter::default()
        };
        let samples = self.store.findings(&samples).await?.len();
        let n = |at: usize| u64::try_from(against.get(at).copied().unwrap_or(0)).unwrap_or(u64::MAX);
        Ok(Some(RatingPeriodFacts {
            department: id.clone(),
            until,
            ratings: numbers.ratings,
            by_default: numbers.by_default,
            active_good: numbers.active_good,
            complaints: n(0),
            disagreeing: n(1).saturating_add(u64::try_from(samples).unwrap_or(u64::MAX)),
        }))
    }
}
