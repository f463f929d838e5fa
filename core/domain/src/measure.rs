//! Measures (指标基数): named numbers of one department in one period, counted from cases, findings and the numbers of days.
//!
//! A case belongs to the period in which it was finished; a case still open counts only where it is already over its limit,
//! so that a slow department does not look perfect by not finishing. What nobody measures is absent, not zero.

use crate::Timestamp;
use crate::case::Case;
use crate::item::{Item, LimitUnit};
use crate::score::Measured;
use std::collections::{BTreeMap, BTreeSet};

/// One millionth is the unit; a count of one is this many.
pub const ONE: i64 = 1_000_000;

/// A count over a count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Share {
    of: u64,
    hits: u64,
}

/// Counts while cases go by.
#[derive(Clone, Debug)]
pub struct Tally {
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
    accepted: u64,
    finished: u64,
    shares: BTreeMap<&'static str, Share>,
    items: BTreeSet<String>,
}

/// Finished in the sense of the statistics: decided or completed, not withdrawn, voided or lapsed.
fn decided(case: &Case) -> bool {
    matches!(case.finish_type.as_deref(), Some("granted" | "refused" | "completed" | "forwarded"))
}

impl Tally {
    /// An empty count of `from..to`, seen at `now`.
    #[must_use]
    pub fn new(from: Timestamp, to: Timestamp, now: Timestamp) -> Self {
        let shares = [
            "overdue_promise",
            "overdue_legal",
            "overdue_step",
            "late_notice",
            "reason_missing",
            "flow_broken",
            "unauthentic",
            "early_legal",
        ];
        let shares = shares.into_iter().map(|name| (name, Share::default())).collect();
        Self { from, to, now, accepted: 0, finished: 0, shares, items: BTreeSet::new() }
    }

    fn within(&self, at: Option<Timestamp>) -> bool {
        at.is_some_and(|t| self.from <= t && t < self.to)
    }

    fn share(&mut self, name: &'static str, hit: bool) {
        let share = self.shares.entry(name).or_default();
        share.of += 1;
        share.hits += u64::from(hit);
    }

    /// Counts a case. `broken` are the rules it broke by facts before the end of the period.
    pub fn case(&mut self, case: &Case, legal_due: Option<Timestamp>, broken: &BTreeSet<&str>) {
        let any = |rules: &[&str]| rules.iter().any(|r| broken.contains(r));
        self.accepted += u64::from(self.within(case.accepted_at));
        if !case.item_code.is_empty() {
            self.items.insert(case.item_code.clone());
        }
        if self.within(case.received_at.or(case.applied_at)) {
            self.share("late_notice", any(&["T-08", "T-09"]));
        }
        let done = self.within(case.finished_at) && decided(case);
        // As it stood at the end of the period, whenever it is counted.
        let open = case.clock_stop().is_none_or(|stop| stop >= self.to)
            && case.clock_start().is_some()
            && case.clock_start() < Some(self.to.min(self.now));
        self.finished += u64::from(done);
        for (name, rules) in [("overdue_promise", "T-02"), ("overdue_legal", "T-03"), ("overdue_step", "T-05")] {
            if done || open && any(&[rules]) {
                self.share(name, any(&[rules]));
            }
        }
        if self.within(case.clock_stop()) {
            self.share("reason_missing", any(&["P-01", "P-03"]));
        }
        if done {
            self.share("flow_broken", any(&["P-07"]));
            self.share("unauthentic", any(&["D-01", "D-18"]));
            if let (Some(due), Some(finished)) = (legal_due, case.finished_at) {
                self.share("early_legal", finished.date() < due.date());
            }
        }
    }

    /// The numbers so far, with those of days and items: sorted by name.
    #[must_use]
    pub fn measures(&self, days: &Days, items: &[&Item]) -> Vec<Measured> {
        let mut all: BTreeMap<&str, (i64, u64)> = BTreeMap::new();
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX / ONE).saturating_mul(ONE);
        all.insert("accepted", (count(self.accepted), self.accepted));
        all.insert("finished", (count(self.finished), self.finished));
        for (name, share) in &self.shares {
            all.insert(name, (count(share.hits), share.of));
        }
        all.insert("records_late", (count(days.late), days.accepted));
        all.insert("records_rejected", (count(days.rejected), days.records));
        if days.reconciled > 0 {
            all.insert("days_matched", (count(days.matched), days.reconciled));
        }
        let in_scope = u64::try_from(items.len()).unwrap_or(0);
        if in_scope > 0 {
            let n = |pick: &dyn Fn(&Item) -> bool| u64::try_from(items.iter().filter(|i| pick(i)).count()).unwrap_or(0);
            all.insert("items_connected", (count(n(&|i| self.items.contains(&i.code))), in_scope));
            all.insert("items_with_flow", (count(n(&|i| i.flow.is_some())), in_scope));
            let limits: Vec<(u64, u64)> = items
                .iter()
                .filter_map(|i| Some((i.promise_limit?, i.legal_limit?)))
                .filter(|(p, l)| p.unit == LimitUnit::WorkingDay && l.unit == LimitUnit::WorkingDay)
                .map(|(p, l)| (u64::from(p.value), u64::from(l.value)))
                .collect();
            if !limits.is_empty() {
                let promised = limits.iter().map(|(p, _)| p).sum();
                all.insert("promise_compression", (count(promised), limits.iter().map(|(_, l)| l).sum()));
                let shorter = u64::try_from(limits.iter().filter(|(p, l)| p * 10 <= l * 7).count()).unwrap_or(0);
                all.insert("promises_shorter_30", (count(shorter), u64::try_from(limits.len()).unwrap_or(0)));
            }
        }
        all.into_iter()
            .map(|(name, (value, of))| Measured { name: name.to_owned(), value: Some(value), denominator: Some(of) })
            .collect()
    }
}

/// Numbers of the days of a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// Records that came.
    pub records: u64,
    /// Accepted.
    pub accepted: u64,
    /// Rejected.
    pub rejected: u64,
    /// Accepted, but later than agreed.
    pub late: u64,
    /// Days that were compared.
    pub reconciled: u64,
    /// Days that agreed.
    pub matched: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    #[test]
    fn an_open_case_counts_once_it_is_late_and_a_finished_one_in_its_month() {
        let mut tally = Tally::new(at("2026-03-01"), at("2026-04-01"), at("2026-04-02"));
        let open = Case { accepted_at: Some(at("2026-03-02")), ..Case::default() };
        tally.case(&open, None, &BTreeSet::new());
        tally.case(&open, None, &BTreeSet::from(["T-02"]));
        let done = Case {
            accepted_at: Some(at("2026-02-02")),
            finished_at: Some(at("2026-03-02")),
            finish_type: Some("granted".to_owned()),
            ..Case::default()
        };
        tally.case(&done, Some(at("2026-03-09")), &BTreeSet::new());
        let earlier = Case { finished_at: Some(at("2026-02-27")), ..done.clone() };
        tally.case(&earlier, None, &BTreeSet::new());
        let withdrawn = Case { finish_type: Some("withdrawn".to_owned()), ..done };
        tally.case(&withdrawn, None, &BTreeSet::new());
        let got = tally.measures(&Days::default(), &[]);
        let of = |name: &str| got.iter().find(|m| m.name == name).map(|m| (m.value.unwrap_or(0) / ONE, m.denominator));
        assert_eq!(of("accepted"), Some((2, Some(2))));
        assert_eq!(of("finished"), Some((1, Some(1))));
        assert_eq!(of("overdue_promise"), Some((1, Some(2))));
        assert_eq!(of("early_legal"), Some((1, Some(1))));
        assert_eq!(of("days_matched"), None, "nobody reconciled a day");
    }
}
