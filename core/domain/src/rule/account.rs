//! The account of a clock, day by day: which day counts, which does not and why, how many that makes, and where the limits end. It is
//! put together from what the judgement itself uses – calendar, excluded days, ends of limits –, so that it cannot differ from it.

use super::Facts;
use super::pause::is_excluded;
use super::timing::{LimitEnd, Timing};
use crate::Timestamp;
use crate::calendar::CalendarMissing;
use crate::case::{Case, Special};
use crate::code::table;
use crate::limit::{DayLine, walk};
use crate::word::words;
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeSet;

words! {
    /// What a day is to the clock.
    DayKind {
        Start = "start", "起算日", "The day of the start does not count (民法典 201).";
        Counted = "counted", "计入";
        Rest = "rest", "休息日", "Weekend or holiday.";
        Excluded = "excluded", "扣除", "A lawful special procedure (行政许可法 45).";
    }
}

/// One day of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ClockDay {
    /// The date.
    pub date: NaiveDate,
    /// 周一 … 周日
    pub weekday: &'static str,
    /// What it is to the clock.
    pub kind: DayKind,
    /// Why it counts or does not.
    pub why_zh: String,
    /// The same, English.
    pub why_en: String,
    /// Days counted up to and with this day.
    pub counted: u32,
    /// Days excluded up to and with this day.
    pub excluded: u32,
    /// Days of the calendar since the start.
    pub natural: i64,
    /// It has not come yet: so it will be if nothing else is reported.
    pub ahead: bool,
    /// What happened on it, and which limit ends with it.
    pub marks: Vec<String>,
    /// The same, English.
    pub marks_en: Vec<String>,
}

/// Chinese, and English.
type Both = (String, String);

/// The names of a kind of special procedure.
fn called(kind: &str) -> (&str, &str) {
    table("special_kind").and_then(|t| t.get(kind)).map_or((kind, kind), |name| (name.0.as_str(), name.1.as_str()))
}

/// Whether a procedure runs on a day; its first day is not its own, as with every period.
fn runs(special: &Special, date: NaiveDate) -> bool {
    special.started_at.date() < date && special.ended_at.is_none_or(|end| date <= end.date())
}

/// Whether the applicant was asked for corrections after acceptance and has not handed them in.
fn corrected(case: &Case, start: Timestamp, date: NaiveDate) -> bool {
    case.corrections.iter().filter(|c| c.notified_at >= start).any(|c| {
        let handed = case.submissions.iter().map(|s| s.at).filter(|at| *at >= c.notified_at).min();
        c.notified_at.date() < date && handed.is_none_or(|at| date <= at.date())
    })
}

/// Why a working day counts although one might think it does not.
fn counts_because(facts: &Facts<'_>, (start, over): (Timestamp, Option<Timestamp>), day: &DayLine) -> Both {
    let and = |zh: &str, en: &str| (format!("{}；{zh}", day.reason), format!("{}; {en}", day.reason_en));
    let running = facts.case.specials.iter().find(|s| runs(s, day.date));
    match running {
        Some(s) if is_excluded(facts.item, &s.kind) && over.is_some_and(|over| s.started_at >= over) => {
            let (zh, en) = called(&s.kind);
            and(&format!("{zh}开始时时限已届满，照计"), &format!("the limit had ended when the {en} began: it counts"))
        }
        Some(s) if is_excluded(facts.item, &s.kind) => {
            let (zh, en) = called(&s.kind);
            and(
                &format!("{zh}已超过告知的工作日数，照计（S-04）"),
                &format!("the {en} took more working days than announced: it counts (S-04)"),
            )
        }
        Some(s) => {
            let (zh, en) = called(&s.kind);
            and(
                &format!("{zh}不是可以扣除的特别程序，照计（行政许可法 45）"),
                &format!("the {en} is no special procedure that is excluded: it counts (Licensing Law 45)"),
            )
        }
        None if corrected(facts.case, start, day.date) => {
            and("受理后补正，照计（S-05）", "a correction after acceptance: it counts (S-05)")
        }
        None => (day.reason.clone(), day.reason_en.clone()),
    }
}

fn because(facts: &Facts<'_>, kind: DayKind, clock: (Timestamp, Option<Timestamp>), day: &DayLine) -> Both {
    match kind {
        DayKind::Counted => counts_because(facts, clock, day),
        DayKind::Excluded => {
            let lawful = |s: &&Special| is_excluded(facts.item, &s.kind) && runs(s, day.date);
            let names: BTreeSet<(&str, &str)> =
                facts.case.specials.iter().filter(lawful).map(|s| called(&s.kind)).collect();
            let (zh, en): (Vec<&str>, Vec<&str>) = names.into_iter().unzip();
            (
                format!("{}期间，不计（行政许可法 45）", zh.join("、")),
                format!("during {}: it does not count (Licensing Law 45)", en.join(", ")),
            )
        }
        DayKind::Start | DayKind::Rest => (day.reason.clone(), day.reason_en.clone()),
    }
}

/// What happened when, and where limits end.
fn marks(facts: &Facts<'_>, timing: &Timing) -> Vec<(NaiveDate, Both)> {
    let case = facts.case;
    let mut all: Vec<(NaiveDate, Both)> = Vec::new();
    let both = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
    let mut mark = |at: Option<Timestamp>, zh: &str, en: &str| all.extend(at.map(|at| (at.date(), both(zh, en))));
    mark(timing.deemed, "视为受理", "deemed accepted");
    mark(case.accepted_at, "受理", "accepted");
    case.corrections.iter().for_each(|c| mark(Some(c.notified_at), "补正告知", "correction requested"));
    case.submissions.iter().for_each(|s| mark(Some(s.at), "补正收齐", "corrections received"));
    for s in &case.specials {
        let (zh, en) = called(&s.kind);
        mark(Some(s.started_at), &format!("{zh}开始"), &format!("{en} begun"));
        mark(s.ended_at, &format!("{zh}结束"), &format!("{en} ended"));
    }
    for e in &case.extensions {
        let (zh, en) = (format!("批准延长 {} 个工作日", e.days), format!("extended by {} working days", e.days));
        mark(Some(e.approved_at), &zh, &en);
    }
    mark(case.forwarded_at, "转报", "forwarded up");
    mark(case.decided_at, "决定", "decided");
    mark(case.finished_at, "办结", "finished");
    let mut end = |limit: &LimitEnd, zh: &str, en: &str| all.extend(limit.due().map(|due| (due.date, both(zh, en))));
    end(&timing.promise, "承诺时限届满", "the promised limit ends");
    end(&timing.legal, "法定时限届满", "the statutory limit ends");
    all
}

impl Timing {
    /// The days of the clock, from its start to its stop; of one that runs, to the later of today and the ends of its limits. None
    /// where it has not started.
    ///
    /// # Errors
    /// A year has no data.
    pub fn days(&self, facts: &Facts<'_>) -> Result<Vec<ClockDay>, CalendarMissing> {
        let Some(start) = self.start else { return Ok(Vec::new()) };
        let today = facts.now.date();
        let stop = self.stop.filter(|stop| *stop <= facts.now).map(|stop| stop.date());
        let ends = [self.promise.due(), self.legal.due()].into_iter().flatten().map(|due| due.date);
        let last = stop.unwrap_or_else(|| ends.fold(today, NaiveDate::max));
        let from = start.date();
        let marks = marks(facts, self);
        let over = self.over(facts);
        let over = over.promise.max(over.legal);
        let (mut counted, mut excluded) = (0, 0);
        let day = |day: DayLine| {
            let kind = match day.working {
                _ if day.date == from => DayKind::Start,
                true if self.excluded.contains(&day.date) => DayKind::Excluded,
                true => DayKind::Counted,
                false => DayKind::Rest,
            };
            counted += u32::from(kind == DayKind::Counted);
            excluded += u32::from(kind == DayKind::Excluded);
            let (why_zh, why_en) = because(facts, kind, (start, over), &day);
            let (marks, marks_en) =
                marks.iter().filter(|(date, _)| *date == day.date).map(|(_, words)| words.clone()).unzip();
            ClockDay {
                date: day.date,
                weekday: day.weekday,
                kind,
                why_zh,
                why_en,
                counted,
                excluded,
                natural: (day.date - from).num_days(),
                ahead: day.date > today,
                marks,
                marks_en,
            }
        };
        Ok(walk(facts.calendar, from, last)?.into_iter().map(day).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::WorkSchedule;
    use crate::calendar::tests::china;
    use crate::case::{Correction, Extension};
    use crate::item::{Limit, LimitUnit};
    use crate::limit::ClockMode;
    use crate::rule::Around;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    /// Accepted on 2026-02-06 with 20 working days, as in handbook §4.3.
    fn accepted() -> Case {
        Case {
            accepted_at: Some(at("2026-02-06 09:00")),
            received_at: Some(at("2026-02-06 08:50")),
            legal_limit: Some(Limit { value: 20, unit: LimitUnit::WorkingDay }),
            ..Case::default()
        }
    }

    fn special(kind: &str, announced_days: Option<u32>) -> Special {
        let (started_at, ended_at) = (at("2026-02-25 09:00"), Some(at("2026-03-06 16:00")));
        Special { kind: kind.to_owned(), announced_days, started_at, ended_at, ..Special::default() }
    }

    fn account(case: &Case, now: &str) -> (Timing, Vec<ClockDay>) {
        let (calendar, schedule) = (china(), WorkSchedule::default());
        let facts = Facts {
            case,
            item: None,
            department: "market",
            around: Around::NOTHING,
            calendar: &calendar,
            schedule: &schedule,
            mode: ClockMode::LegalDay,
            now: at(now),
            sla_ms: 0,
        };
        let timing = Timing::of(&facts);
        let days = timing.days(&facts).expect("calendar");
        (timing, days)
    }

    fn on<'a>(days: &'a [ClockDay], date: &str) -> &'a ClockDay {
        days.iter().find(|d| d.date.to_string() == date).unwrap_or_else(|| panic!("no {date}"))
    }

    #[test]
    fn the_days_lead_to_the_published_deadlines() {
        let extension = Extension { days: 10, approved_at: at("2026-03-02 09:00"), ..Extension::default() };
        let with = |specials: Vec<Special>, extensions: Vec<Extension>| Case { specials, extensions, ..accepted() };
        for (case, deadline, counted, excluded) in [
            (with(Vec::new(), Vec::new()), "2026-03-12", 20, 0),
            (with(vec![special("testing", None)], Vec::new()), "2026-03-24", 20, 8),
            (with(Vec::new(), vec![extension.clone()]), "2026-03-26", 30, 0),
            (with(vec![special("testing", None)], vec![extension]), "2026-04-08", 30, 8),
            // Three days were announced: the rest counts. Another kind counts from the first day on.
            (with(vec![special("testing", Some(3))], Vec::new()), "2026-03-17", 20, 3),
            (with(vec![special("waiting", None)], Vec::new()), "2026-03-12", 20, 0),
        ] {
            let (timing, days) = account(&case, "2026-03-09 10:00");
            let last = days.last().expect("a last day");
            assert_eq!((last.date.to_string().as_str(), last.counted, last.excluded), (deadline, counted, excluded));
            assert_eq!(timing.legal.due().expect("a due").date, last.date);
            assert_eq!(
                (timing.excluded_days, last.marks.as_slice()),
                (excluded, ["法定时限届满".to_owned()].as_slice())
            );
        }
    }

    /// Eleven days promised, until Saturday 02-28, which is worked; twenty by law, until 03-12.
    fn promised(specials: Vec<Special>) -> Case {
        Case { promise_limit: Some(Limit { value: 11, unit: LimitUnit::WorkingDay }), specials, ..accepted() }
    }

    fn testing(from: &str, to: Option<&str>) -> Special {
        let (started_at, ended_at) = (at(from), to.map(at));
        Special { kind: "testing".to_owned(), started_at, ended_at, ..Special::default() }
    }

    #[test]
    fn what_begins_after_a_limit_has_ended_does_not_bring_it_back() {
        let ends = |specials: Vec<Special>, now: &str| {
            let (timing, days) = account(&promised(specials), now);
            let date = |end: &LimitEnd| end.due().expect("a due").date.to_string();
            (date(&timing.promise), date(&timing.legal), timing.excluded_days, days)
        };
        let end = |specials, now| {
            let (promise, legal, days, _) = ends(specials, now);
            (promise, legal, days)
        };
        let is = |promise: &str, legal: &str, days| (promise.to_owned(), legal.to_owned(), days);
        let now = "2026-04-20 10:00";
        assert_eq!(end(Vec::new(), now), is("2026-02-28", "2026-03-12", 0));
        // On the last day it still runs: three days move both ends.
        assert_eq!(
            end(vec![testing("2026-02-28 16:00", Some("2026-03-04 10:00"))], now),
            is("2026-03-04", "2026-03-17", 3)
        );
        // A day of rest after the last day is in time.
        assert_eq!(
            end(vec![testing("2026-03-01 10:00", Some("2026-03-03 10:00"))], now),
            is("2026-03-03", "2026-03-16", 2)
        );
        // The promise has ended, the law's limit has not: only that one moves.
        assert_eq!(
            end(vec![testing("2026-03-02 09:00", Some("2026-03-04 10:00"))], now),
            is("2026-02-28", "2026-03-16", 2)
        );
        // Both have ended: nothing moves, however long it takes, and its days count.
        let late = vec![testing("2026-03-16 09:00", None)];
        let (promise, legal, excluded, days) = ends(late.clone(), now);
        assert_eq!((promise, legal, excluded), is("2026-02-28", "2026-03-12", 0));
        assert_eq!(on(&days, "2026-03-17").kind, DayKind::Counted);
        assert!(on(&days, "2026-03-17").why_zh.contains("开始时时限已届满"), "{}", on(&days, "2026-03-17").why_zh);
        // One that began in time moves the end past the beginning of the next, which moves it further; told in whatever order.
        let first = testing("2026-03-10 09:00", Some("2026-03-16 10:00"));
        assert_eq!(end(vec![first.clone()], now), is("2026-02-28", "2026-03-18", 4));
        let second = testing("2026-03-17 09:00", Some("2026-03-20 10:00"));
        assert_eq!(end(vec![second.clone(), first.clone()], now), is("2026-02-28", "2026-03-23", 7));
        assert_eq!(end(vec![second, first.clone()], "2026-03-13 10:00").1, "2026-03-17", "as far as it has come");
        // Without any limit everything is told.
        let none = Case { legal_limit: None, specials: vec![first], ..accepted() };
        assert_eq!(account(&none, now).0.excluded_days, 4);
        // A step of two days that ended before the procedure began was to be done then.
        let calendar = china();
        let due = |specials, today: &str| {
            let today = at(today).date();
            let began = at("2026-03-09 09:00").date();
            crate::rule::step_due(&promised(specials), None, (began, 2), &calendar, today)
                .expect("calendar")
                .to_string()
        };
        assert_eq!(due(late, now), "2026-03-11");
        assert_eq!(due(vec![testing("2026-03-11 09:00", Some("2026-03-13 10:00"))], now), "2026-03-13");
    }

    #[test]
    fn every_day_says_why() {
        let correction = Correction { notified_at: at("2026-02-10 09:00"), ..Correction::default() };
        let case = Case { specials: vec![special("testing", Some(3))], corrections: vec![correction], ..accepted() };
        let (_, days) = account(&case, "2026-03-09 10:00");
        assert_eq!((on(&days, "2026-02-06").kind, on(&days, "2026-02-06").counted), (DayKind::Start, 0));
        assert_eq!(on(&days, "2026-02-08").kind, DayKind::Rest);
        assert!(on(&days, "2026-02-11").why_zh.contains("S-05"), "a correction after acceptance counts");
        assert!(on(&days, "2026-02-26").why_zh.contains("不计"));
        assert!(on(&days, "2026-03-04").why_zh.contains("S-04"), "more than was announced counts");
        assert_eq!(on(&days, "2026-03-06").marks.len(), 1);
        assert!(!on(&days, "2026-03-09").ahead && on(&days, "2026-03-10").ahead);
        // Stopped: nothing after that.
        let stopped = Case { finished_at: Some(at("2026-03-02 09:00")), ..accepted() };
        let (timing, days) = account(&stopped, "2026-03-09 10:00");
        assert_eq!(days.last().map(|d| d.date), timing.stop.map(|t| t.date()));
        assert!(account(&Case::default(), "2026-03-09 10:00").1.is_empty(), "no clock, no days");
    }
}
