//! One case after another, from the application on: who comes, what is received, accepted, refused, corrected.

use super::days::Habits;
use super::dice::Dice;
use super::faults::{Fault, Faults, hits};
use super::happening::Happening;
use super::person::Person;
use chrono::{Datelike, Days, NaiveDate, Timelike, Weekday};
use daylight_domain::Timestamp;
use daylight_domain::calendar::Calendar;
use daylight_domain::item::{HandleType, Item};
use daylight_domain::record::RecordType;
use std::collections::BTreeMap;

/// Makes cases.
pub(super) struct Maker<'a> {
    calendar: &'a Calendar,
    pub(super) dice: Dice,
    pub(super) habits: &'a Habits,
    faults: &'a Faults,
    seed: u64,
    counted: BTreeMap<Fault, u64>,
    /// People come to counters, which close at lunch, and apply on the web at night and on days of rest.
    pub(super) counters: bool,
    pub(super) all: Vec<Happening>,
}

const MINUTE: i64 = 60_000;

impl<'a> Maker<'a> {
    pub(super) fn new(calendar: &'a Calendar, dice: Dice, habits: &'a Habits, faults: &'a Faults, seed: u64) -> Self {
        Self { calendar, dice, habits, faults, seed, counted: BTreeMap::new(), counters: false, all: Vec::new() }
    }

    /// Cases with everything: who applies, when people come, what the plain ones lack.
    pub(super) fn at_counters(mut self) -> Self {
        self.counters = true;
        self
    }

    /// Whether something befalls a case: so many times in a thousand, or as somebody said.
    pub(super) fn befalls(&mut self, fault: Fault, permille: u64) -> bool {
        let rolled = self.dice.chance(permille);
        let Some(when) = self.faults.get(fault) else { return rolled };
        let count = self.counted.entry(fault).or_default();
        *count += 1;
        hits(when, fault, *count, self.seed, &count.to_string())
    }

    /// The same, for what only cases with everything have.
    pub(super) fn also(&mut self, fault: Fault) -> bool {
        self.counters && self.befalls(fault, u64::from(fault.usual()))
    }

    /// What was told last has this fault.
    pub(super) fn mark(&mut self, fault: Fault) {
        if let Some(last) = self.all.last_mut() {
            last.mark(fault);
        }
    }
}

impl Maker<'_> {
    /// Some time of the working day `n` working days after a date.
    pub(super) fn day(&self, after: NaiveDate, n: u32) -> NaiveDate {
        self.calendar
            .nth_working_day_after(after, n)
            .or_else(|_| after.checked_add_days(Days::new(u64::from(n))).ok_or(()))
            .unwrap_or(after)
    }

    pub(super) fn hour(&mut self, date: NaiveDate, from: i64, to: i64) -> Timestamp {
        let span = u64::try_from((to - from) * 3600).unwrap_or(3600);
        let second = from * 3600 + i64::try_from(self.dice.below(span)).unwrap_or(0);
        let at = Timestamp::start_of(date).plus_ms(second * 1000);
        // Nobody is at a counter at lunch; the hour and a half is moved behind it.
        let lunch = self.counters && (43_200..48_600).contains(&at.local().num_seconds_from_midnight());
        if lunch { at.plus_ms(90 * MINUTE) } else { at }
    }

    pub(super) fn put(
        &mut self,
        kind: RecordType,
        key: String,
        case_no: &str,
        item: &str,
        at: Timestamp,
        fields: &[(&'static str, String)],
    ) {
        let late = self.dice.chance(self.habits.lag_permille);
        let minutes = if late { 1500 + self.dice.below(2500) } else { 1 + self.dice.below(4) };
        let visible_at = at.plus_ms(i64::try_from(minutes).unwrap_or(1) * 60_000);
        let mut one = Happening::new(kind, case_no, item, at);
        (one.visible_at, one.key) = (visible_at, key);
        one.fields = fields.iter().filter(|(_, v)| !self.counters || !v.is_empty()).cloned().collect();
        if late {
            one.mark(Fault::Late);
        }
        if kind == RecordType::Finish && self.dice.chance(self.habits.wrong_permille) {
            // A code nobody agreed on; the next day somebody notices and reports it again.
            let mut again = one.clone();
            again.visible_at = visible_at.plus_ms(26 * 3_600_000);
            one.wrong = Some(("finish_type", "ZZ"));
            one.mark(Fault::WrongCode);
            self.all.push(again);
        }
        self.all.push(one);
    }

    pub(super) fn case(&mut self, item: &Item, case_no: &str, date: NaiveDate) {
        let code = item.code.as_str();
        let channel = if self.dice.chance(600) { "web" } else { "window" };
        let kind = if self.dice.chance(450) { "natural" } else { "enterprise" };
        let (applied, received) = self.comes(date, channel);
        let mut fields = vec![
            ("case_title", format!("{}申请（样例）", item.name)),
            ("channel", channel.to_owned()),
            ("applicant_type", kind.to_owned()),
        ];
        if self.counters {
            fields.extend(Person::new(&mut self.dice, kind).fields());
        }
        self.put(RecordType::Apply, case_no.to_owned(), case_no, code, applied, &fields);
        self.put(RecordType::Receive, case_no.to_owned(), case_no, code, received, &[]);
        let mut accepted = received.plus_ms(20 * 60_000);
        let mut slow = false;
        if self.befalls(Fault::Reject, 15) {
            let reason = if self.dice.chance(300) {
                "材料不符"
            } else {
                "申请事项依法不属于本机关职权范围，请向有权机关申请"
            };
            let at = received.plus_ms(3 * 3_600_000);
            self.put(
                RecordType::Reject,
                case_no.to_owned(),
                case_no,
                code,
                at,
                &[("reason", reason.to_owned()), ("accept_doc_no", format!("不受〔{}〕{case_no}", date.format("%Y")))],
            );
            self.mark(Fault::Reject);
            return;
        }
        if self.befalls(Fault::Correction, 80) {
            let wait = if self.dice.chance(150) { 1 + u32::try_from(self.dice.below(6)).unwrap_or(1) } else { 0 };
            let notice_day = self.day(received.date(), wait);
            let noticed = if wait == 0 { received.plus_ms(15 * 60_000) } else { self.hour(notice_day, 9, 12) };
            self.put(RecordType::Correction, format!("{case_no}-BZ"), case_no, code, noticed, &[]);
            self.mark(Fault::Correction);
            let n = 1 + u32::try_from(self.dice.below(4)).unwrap_or(1);
            let back = self.day(notice_day, n);
            let back = self.hour(back, 9, 12);
            self.put(RecordType::CorrectionIn, format!("{case_no}-BZSL"), case_no, code, back, &[]);
            accepted = back.plus_ms(30 * 60_000);
        } else if self.befalls(Fault::SlowAccept, 8) {
            slow = true;
            let n = 6 + u32::try_from(self.dice.below(3)).unwrap_or(0);
            let later = self.day(received.date(), n);
            accepted = self.hour(later, 9, 12);
        }
        self.put(
            RecordType::Accept,
            case_no.to_owned(),
            case_no,
            code,
            accepted,
            &[("accept_doc_no", format!("受〔{}〕{case_no}", date.format("%Y")))],
        );
        if slow {
            self.mark(Fault::SlowAccept);
        }
        if !self.counters && self.dice.chance(6) {
            // Somebody makes the acceptance look a day younger.
            let moved = accepted.plus_ms(86_400_000);
            if let Some(mut again) = self.all.last().cloned() {
                again.version = 2;
                again.at = moved;
                again.visible_at = moved.plus_ms(3 * 86_400_000);
                again.wrong = None;
                again.mark(Fault::Changed);
                self.all.push(again);
            }
        }
        match item.handle_type {
            HandleType::Instant | HandleType::Commitment => self.at_once(item, case_no, accepted),
            HandleType::ForwardUp => self.forwarded(item, case_no, accepted),
            _ => self.promised(item, case_no, accepted),
        }
    }

    /// When somebody applies, and when that is received: over a counter in office hours; on the web at any hour of any day.
    fn comes(&mut self, date: NaiveDate, channel: &str) -> (Timestamp, Timestamp) {
        let applied = self.hour(date, 9, 16);
        if !self.counters || channel == "window" || self.dice.chance(600) {
            return (applied, applied.plus_ms(10 * MINUTE));
        }
        let later = if date.weekday() == Weekday::Fri { self.dice.below(3) } else { 0 };
        let evening = date.checked_add_days(Days::new(later)).unwrap_or(date);
        let applied = self.hour(evening, 18, 24);
        let morning = self.day(evening, 1);
        (applied, self.hour(morning, 9, 11))
    }
}
