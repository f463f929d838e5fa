//! What one case says. A pure function of its stored row: no calendar, no configuration, no clock.

use super::{Key, Month, Place, Sub, What, month_of};
use crate::Timestamp;
use crate::case::Case;
use crate::item::HandleType;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What a calendar said of a finished case when it was judged, kept so that counting needs none. Working days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Used {
    /// From the start of the clock to its stop; nothing where a year of the calendar is missing.
    pub working: Option<i64>,
    /// Excluded by lawful special procedures.
    pub excluded: u32,
    /// Of the lawful extension.
    pub extended: u32,
}

/// From which instant on a limit is over: not the one after the last that is in time, but the first of the next working day, as the
/// rules T-02 and T-03 have it. Nothing where there is no limit, or nobody can say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Over {
    /// The promised limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Timestamp>,
    /// The legal limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal: Option<Timestamp>,
}

impl Over {
    /// There is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.promise.is_none() && self.legal.is_none()
    }
}

/// A stored case, as far as it is counted.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The view.
    pub case: &'a Case,
    /// Keys of the findings that are written of it.
    pub found: &'a [String],
    /// The last instant within the promised limit.
    pub promise_due: Option<Timestamp>,
    /// The last instant within the legal limit.
    pub legal_due: Option<Timestamp>,
    /// From when on they are over.
    pub over: Over,
    /// What a calendar said of it.
    pub used: Option<Used>,
}

impl Row<'_> {
    fn promise_over(&self) -> Option<Timestamp> {
        self.over.promise.or(self.promise_due.map(|due| due.plus_ms(1)))
    }

    fn legal_over(&self) -> Option<Timestamp> {
        self.over.legal.or(self.legal_due.map(|due| due.plus_ms(1)))
    }
}

/// One count of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The month.
    pub month: Month,
    /// Day, what, by what.
    pub key: Key,
    /// How many.
    pub n: i64,
}

/// All a case says, and where (the month apart).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contribution {
    /// Item, window, region.
    pub place: Place,
    /// Each count.
    pub entries: Vec<Entry>,
}

/// Finished in the sense of the measures: decided, completed or forwarded; not withdrawn, voided or lapsed.
#[must_use]
pub fn done(case: &Case) -> bool {
    case.finished_at.is_some()
        && matches!(case.finish_type.as_deref(), Some("granted" | "refused" | "completed" | "forwarded"))
}

impl Contribution {
    /// What a case says. What a co-department was only asked is no case of its own, and counted with
    /// its main case; what happened in it – steps, fees – is its own.
    #[must_use]
    pub fn of(row: &Row<'_>) -> Self {
        let case = row.case;
        let mut said = Self {
            place: Place {
                month: 0,
                item: case.item_code.clone(),
                window: case.window().unwrap_or_default().to_owned(),
                region: case.region().unwrap_or_default().to_owned(),
            },
            entries: Vec::with_capacity(24),
        };
        if !case.is_only_asked() {
            said.arrival(case);
            said.levels(row);
            if let Some(finished) = case.finished_at {
                said.finish(row, finished);
            }
        }
        said.events(row);
        said
    }

    fn on(&mut self, date: NaiveDate, what: What, sub: Sub, n: i64) {
        if n != 0 {
            let day = u8::try_from(chrono::Datelike::day(&date)).unwrap_or(0);
            self.entries.push(Entry { month: month_of(date), key: Key { day, what, sub }, n });
        }
    }

    fn one(&mut self, at: Option<Timestamp>, what: What) {
        if let Some(at) = at {
            self.on(at.date(), what, Sub::None, 1);
        }
    }

    fn arrival(&mut self, case: &Case) {
        self.one(case.applied_at, What::Applied);
        self.one(case.received_at, What::Received);
        let intake = case.received_at.or(case.applied_at);
        self.one(intake, What::Intake);
        self.one(intake.filter(|_| !case.corrections.is_empty()), What::IntakeCorrected);
        self.one(case.accepted_at, What::Accepted);
        if let Some(at) = case.accepted_at {
            let of = case.applicant_type.as_deref().unwrap_or_default();
            self.on(at.date(), What::AcceptedOf, Sub::Text(of.into()), 1);
        }
        self.one(case.accepted_at.filter(|_| case.queryable), What::Queryable);
        self.one(case.accepted_at.filter(|_| case.queryable && !case.steps.is_empty()), What::Progress);
        self.one(case.rejected_at, What::Rejected);
        self.one(case.clock_stop(), What::Stopped);
    }

    /// Flows: nothing ends before it began, so that a level is never negative, whatever times are reported.
    fn levels(&mut self, row: &Row<'_>) {
        let Some(start) = row.case.clock_start().map(Timestamp::date) else { return };
        let stop = row.case.clock_stop().map(|t| t.date().max(start));
        self.on(start, What::Begun, Sub::None, 1);
        if let Some(stop) = stop {
            self.on(stop, What::Ended, Sub::None, 1);
        }
        // What was forwarded (上报) waits for another authority, until it is finished here.
        let forwarded = row.case.forwarded_at.filter(|_| row.case.handle_type == HandleType::ForwardUp);
        let stop = stop.or(forwarded.map(|t| t.date().max(start)));
        let decided = row.case.decided_at.map(|t| t.date().max(start));
        let settled = match (decided, stop) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let mut over = |from: Option<Timestamp>, stop: Option<NaiveDate>, begun: What, ended: What| {
            let Some(since) = from.map(|t| t.date().max(start)) else { return };
            if stop.is_some_and(|stop| stop <= since) {
                return;
            }
            self.on(since, begun, Sub::None, 1);
            if let Some(stop) = stop {
                self.on(stop, ended, Sub::None, 1);
            }
        };
        over(row.promise_over(), stop, What::OverPromiseBegun, What::OverPromiseEnded);
        over(row.legal_over(), settled, What::OverLegalBegun, What::OverLegalEnded);
    }

    fn finish(&mut self, row: &Row<'_>, finished: Timestamp) {
        let (case, day) = (row.case, finished.date());
        let kind = case.finish_type.as_deref().unwrap_or("unknown");
        self.on(day, What::Finished, Sub::Text(kind.into()), 1);
        let mut put = |what: What, yes: bool| {
            if yes {
                self.on(day, what, Sub::None, 1);
            }
        };
        put(What::FinishedSpecial, !case.specials.is_empty());
        put(What::Certified, case.cert_no.is_some());
        let done = done(case);
        put(What::Done, done);
        let Some(start) = case.clock_start() else { return };
        if let Some(over) = row.promise_over() {
            let past = finished >= over;
            put(if past { What::PastPromise } else { What::InPromise }, true);
            put(if past { What::DonePastPromise } else { What::DoneInPromise }, done);
        }
        if let (Some(due), Some(over)) = (row.legal_due, row.legal_over()) {
            // The decision counts, not its delivery (行政许可法 42).
            let past = case.decided_at.map_or(finished, |d| d.min(finished)) >= over;
            let early = day < due.date();
            put(if past { What::PastLegal } else { What::InLegal }, true);
            put(What::Early, early);
            put(if past { What::DonePastLegal } else { What::DoneInLegal }, done);
            put(What::DoneEarly, done && early);
        }
        self.on(day, What::Natural, Sub::Number((day - start.date()).num_days()), 1);
        let Some(used) = row.used else { return };
        if let Some(days) = used.working {
            self.on(day, What::Working, Sub::Number(days), 1);
        }
        for (what, days) in [(What::Excluded, used.excluded), (What::Extended, used.extended)] {
            self.on(day, what, Sub::Number(i64::from(days)), i64::from(days > 0));
        }
    }

    fn events(&mut self, row: &Row<'_>) {
        let case = row.case;
        for one in &case.corrections {
            self.on(one.notified_at.date(), What::Correction, Sub::None, 1);
        }
        for one in &case.specials {
            self.on(one.started_at.date(), What::Special, Sub::Text(one.kind.as_str().into()), 1);
        }
        for one in &case.extensions {
            self.on(one.approved_at.date(), What::Extension, Sub::None, 1);
        }
        for one in &case.fees {
            self.on(one.at.date(), What::Fee, Sub::None, 1);
            self.on(one.at.date(), What::FeeAmount, Sub::None, one.amount);
            self.on(one.at.date(), What::FeeReduced, Sub::None, one.reduced);
        }
        for step in &case.steps {
            let Some(ended) = step.ended_at else { continue };
            let late = !row.found.is_empty() && {
                let of = format!("T-05:{}/{}:", case.case_no, step.key);
                let level = |key: &String| key.strip_prefix(&of).is_some_and(|l| l.bytes().all(|b| b.is_ascii_digit()));
                row.found.iter().any(level)
            };
            let minutes = (ended.0 - step.started_at.0).max(0) / 60_000;
            let name = || Sub::Text(step.name.as_str().into());
            self.on(ended.date(), What::Step, name(), 1);
            self.on(ended.date(), What::StepMinutes, name(), minutes);
            self.on(ended.date(), What::StepLate, name(), i64::from(late));
        }
    }
}
