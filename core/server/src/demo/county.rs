//! Made-up cases, the same for the same seed: what departments do all day, with the mess of real life – late reports, wrong
//! codes put right later, changed times, cases over their limit. Nobody in here exists.

use chrono::{Days, NaiveDate};
use daylight_domain::Timestamp;
use daylight_domain::calendar::Calendar;
use daylight_domain::item::{HandleType, Item, NodeKind};
use daylight_domain::record::RecordType;
use std::collections::BTreeMap;

/// Something a department's system knows.
#[derive(Clone, Debug)]
pub struct Happening {
    /// Counts up in the order in which the system shows it.
    pub id: u64,
    /// Since when the system shows it.
    pub visible_at: Timestamp,
    /// What it is.
    pub kind: RecordType,
    /// The system's key.
    pub key: String,
    /// Its version.
    pub version: u32,
    /// The case.
    pub case_no: String,
    /// The item.
    pub item: String,
    /// When it happened.
    pub at: Timestamp,
    /// Fields of the exchange standard, in its own codes; times as `YYYY-MM-DD hh:mm:ss`.
    pub fields: BTreeMap<&'static str, String>,
    /// A code that no table knows, instead of the right one: field and value.
    pub wrong: Option<(&'static str, &'static str)>,
}

/// SplitMix64: enough for a simulation, and the same everywhere.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// From a seed and a name.
    #[must_use]
    pub fn new(seed: u64, name: &str) -> Self {
        Self(name.bytes().fold(seed ^ 0x9e37_79b9_7f4a_7c15, |s, b| s.rotate_left(7) ^ u64::from(b)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    /// So many times in a thousand.
    pub fn chance(&mut self, permille: u64) -> bool {
        self.below(1000) < permille
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let at = usize::try_from(self.below(u64::try_from(list.len()).unwrap_or(1))).unwrap_or(0);
        list.get(at)
    }
}

/// How a department works.
#[derive(Clone, Debug)]
pub struct Habits {
    /// Cases begun on a working day.
    pub per_day: u64,
    /// Cases over the promise, in a thousand.
    pub late_permille: u64,
    /// Records reported late, in a thousand.
    pub lag_permille: u64,
    /// Records with a wrong code, in a thousand.
    pub wrong_permille: u64,
}

fn text(t: Timestamp) -> String {
    t.local().format("%Y-%m-%d %H:%M:%S").to_string()
}

const STAFF: [&str; 6] = ["经办甲", "经办乙", "审核丙", "审核丁", "领导戊", "领导己"];

struct Maker<'a> {
    calendar: &'a Calendar,
    dice: Dice,
    habits: &'a Habits,
    all: Vec<Happening>,
}

/// Everything a department's system will know of the cases begun between two dates, in the order in which it shows it.
#[must_use]
pub fn happenings(
    department: &str,
    items: &[&Item],
    calendar: &Calendar,
    habits: &Habits,
    (from, to): (NaiveDate, NaiveDate),
    seed: u64,
) -> Vec<Happening> {
    let mut maker = Maker { calendar, dice: Dice::new(seed, department), habits, all: Vec::new() };
    let mut number = 0u64;
    for date in from.iter_days().take_while(|d| *d <= to) {
        maker.beat(department, date);
        if !calendar.is_working_day(date).unwrap_or(false) {
            continue;
        }
        let n = habits.per_day / 2 + maker.dice.below(habits.per_day + 1);
        for _ in 0..n {
            number += 1;
            if let Some(item) = maker.dice.pick(items).copied() {
                let case_no = format!(
                    "{}{}{number:05}",
                    department.get(..2).unwrap_or("xx").to_uppercase(),
                    date.format("%Y%m%d")
                );
                maker.case(item, &case_no, date);
            }
        }
    }
    let mut all = maker.all;
    all.sort_by(|a, b| (a.visible_at, a.at, &a.key).cmp(&(b.visible_at, b.at, &b.key)));
    close_days(department, &mut all, from, to);
    all.sort_by(|a, b| (a.visible_at, a.at, &a.key).cmp(&(b.visible_at, b.at, &b.key)));
    for (id, one) in (1..).zip(&mut all) {
        one.id = id;
    }
    all
}

/// Every evening the system says how many records of each kind it had that day.
fn close_days(department: &str, all: &mut Vec<Happening>, from: NaiveDate, to: NaiveDate) {
    let mut closes = Vec::new();
    for date in from.iter_days().take_while(|d| *d <= to) {
        let visible_at = Timestamp::start_of(date).plus_ms(20 * 3_600_000);
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        let days = all.iter().filter(|h| {
            h.at.date() == date
                && h.visible_at <= visible_at
                && h.version == 1
                && h.wrong.is_none()
                && h.kind != RecordType::Heartbeat
        });
        for one in days {
            *counts.entry(one.kind.to_string()).or_default() += 1;
        }
        if counts.is_empty() {
            continue;
        }
        let fields = BTreeMap::from([
            ("date", date.to_string()),
            ("counts", serde_json::to_string(&counts).unwrap_or_default()),
        ]);
        closes.push(Happening {
            id: 0,
            visible_at,
            kind: RecordType::DayClose,
            key: format!("{department}-{date}"),
            version: 1,
            case_no: String::new(),
            item: String::new(),
            at: visible_at,
            fields,
            wrong: None,
        });
    }
    all.append(&mut closes);
}

impl Maker<'_> {
    fn beat(&mut self, department: &str, date: NaiveDate) {
        for hour in [8, 12, 16] {
            let at = Timestamp::start_of(date).plus_ms(hour * 3_600_000);
            self.all.push(Happening {
                id: 0,
                visible_at: at,
                kind: RecordType::Heartbeat,
                key: format!("{department}-{}", text(at)),
                version: 1,
                case_no: String::new(),
                item: String::new(),
                at,
                fields: BTreeMap::new(),
                wrong: None,
            });
        }
    }

    /// Some time of the working day `n` working days after a date.
    fn day(&self, after: NaiveDate, n: u32) -> NaiveDate {
        self.calendar
            .nth_working_day_after(after, n)
            .or_else(|_| after.checked_add_days(Days::new(u64::from(n))).ok_or(()))
            .unwrap_or(after)
    }

    fn hour(&mut self, date: NaiveDate, from: i64, to: i64) -> Timestamp {
        let span = u64::try_from((to - from) * 3600).unwrap_or(3600);
        let second = from * 3600 + i64::try_from(self.dice.below(span)).unwrap_or(0);
        Timestamp::start_of(date).plus_ms(second * 1000)
    }

    fn put(
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
        let mut one = Happening {
            id: 0,
            visible_at,
            kind,
            key,
            version: 1,
            case_no: case_no.to_owned(),
            item: item.to_owned(),
            at,
            fields: fields.iter().cloned().collect(),
            wrong: None,
        };
        if kind == RecordType::Finish && self.dice.chance(self.habits.wrong_permille) {
            // A code nobody agreed on; the next day somebody notices and reports it again.
            let mut again = one.clone();
            again.visible_at = visible_at.plus_ms(26 * 3_600_000);
            one.wrong = Some(("finish_type", "ZZ"));
            self.all.push(again);
        }
        self.all.push(one);
    }

    fn case(&mut self, item: &Item, case_no: &str, date: NaiveDate) {
        let code = item.code.as_str();
        let channel = if self.dice.chance(600) { "web" } else { "window" };
        let kind = if self.dice.chance(450) { "natural" } else { "enterprise" };
        let applied = self.hour(date, 9, 16);
        self.put(
            RecordType::Apply,
            case_no.to_owned(),
            case_no,
            code,
            applied,
            &[
                ("case_title", format!("{}申请（样例）", item.name)),
                ("channel", channel.to_owned()),
                ("applicant_type", kind.to_owned()),
            ],
        );
        let received = applied.plus_ms(10 * 60_000);
        self.put(RecordType::Receive, case_no.to_owned(), case_no, code, received, &[]);
        let mut accepted = received.plus_ms(20 * 60_000);
        if self.dice.chance(15) {
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
            return;
        }
        if self.dice.chance(80) {
            let wait = if self.dice.chance(150) { 1 + u32::try_from(self.dice.below(6)).unwrap_or(1) } else { 0 };
            let notice_day = self.day(received.date(), wait);
            let noticed = if wait == 0 { received.plus_ms(15 * 60_000) } else { self.hour(notice_day, 9, 12) };
            self.put(RecordType::Correction, format!("{case_no}-BZ"), case_no, code, noticed, &[]);
            let n = 1 + u32::try_from(self.dice.below(4)).unwrap_or(1);
            let back = self.day(notice_day, n);
            let back = self.hour(back, 9, 12);
            self.put(RecordType::CorrectionIn, format!("{case_no}-BZSL"), case_no, code, back, &[]);
            accepted = back.plus_ms(30 * 60_000);
        } else if self.dice.chance(8) {
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
        if self.dice.chance(6) {
            // Somebody makes the acceptance look a day younger.
            let moved = accepted.plus_ms(86_400_000);
            if let Some(mut again) = self.all.last().cloned() {
                again.version = 2;
                again.at = moved;
                again.visible_at = moved.plus_ms(3 * 86_400_000);
                again.wrong = None;
                self.all.push(again);
            }
        }
        match item.handle_type {
            HandleType::Instant | HandleType::Commitment => self.at_once(item, case_no, accepted),
            HandleType::ForwardUp => self.forwarded(item, case_no, accepted),
            _ => self.promised(item, case_no, accepted),
        }
    }

    fn finish(&mut self, item: &Item, case_no: &str, at: Timestamp, decision: &str) {
        let code = item.code.as_str();
        let reason = if decision == "refused" {
            "经审查不符合法定条件，可依法申请行政复议或提起行政诉讼"
        } else {
            ""
        };
        self.put(
            RecordType::Decide,
            case_no.to_owned(),
            case_no,
            code,
            at,
            &[("decision", decision.to_owned()), ("reason", reason.to_owned())],
        );
        let done = at.plus_ms(15 * 60_000);
        let cert = if decision == "granted" { format!("证{case_no}") } else { String::new() };
        self.put(
            RecordType::Finish,
            case_no.to_owned(),
            case_no,
            code,
            done,
            &[("finish_type", decision.to_owned()), ("cert_no", cert)],
        );
        if decision == "granted" && !self.dice.chance(12) {
            let n = u32::try_from(self.dice.below(6)).unwrap_or(0);
            let day = self.day(done.date(), n);
            let delivered = if n == 0 { done.plus_ms(30 * 60_000) } else { self.hour(day, 9, 17) };
            self.put(RecordType::Deliver, case_no.to_owned(), case_no, code, delivered, &[]);
        }
    }

    fn at_once(&mut self, item: &Item, case_no: &str, accepted: Timestamp) {
        let slow = self.dice.chance(self.habits.late_permille);
        let over = if slow { 1 + u32::try_from(self.dice.below(3)).unwrap_or(0) } else { 0 };
        let day = self.day(accepted.date(), over);
        let at = if slow { self.hour(day, 9, 12) } else { accepted.plus_ms(25 * 60_000) };
        self.finish(item, case_no, at, "granted");
    }

    fn forwarded(&mut self, item: &Item, case_no: &str, accepted: Timestamp) {
        let promise = item.promise_limit.map_or(5, |l| l.value);
        let n = self.duration(promise, item.legal_limit.map_or(20, |l| l.value));
        let day = self.day(accepted.date(), n);
        let at = self.hour(day, 9, 16).max(accepted.plus_ms(3_600_000));
        self.steps(item, case_no, accepted, n, at);
        self.put(RecordType::ForwardUp, case_no.to_owned(), case_no, &item.code, at, &[]);
        let done = at.plus_ms(5 * 60_000);
        self.put(
            RecordType::Finish,
            case_no.to_owned(),
            case_no,
            &item.code,
            done,
            &[("finish_type", "forwarded".to_owned())],
        );
    }

    /// Working days a case takes: mostly well within the promise, now and then over it, seldom over the law.
    fn duration(&mut self, promise: u32, legal: u32) -> u32 {
        let p = u64::from(promise);
        if self.dice.chance(self.habits.late_permille) {
            let over = 1 + u32::try_from(self.dice.below(4)).unwrap_or(0);
            return if self.dice.chance(150) { legal + over } else { promise + over };
        }
        let least = p / 3;
        u32::try_from(least + self.dice.below((p - least).max(1))).unwrap_or(promise)
    }

    fn promised(&mut self, item: &Item, case_no: &str, accepted: Timestamp) {
        let code = item.code.as_str();
        if self.dice.chance(10) {
            let kind = if self.dice.chance(500) { "withdrawn" } else { "voided" };
            let reason = if self.dice.chance(300) {
                String::new()
            } else {
                "申请人主动提出，已书面确认".to_owned()
            };
            let day = self.day(accepted.date(), 1);
            let at = self.hour(day, 10, 16);
            self.put(
                RecordType::Finish,
                case_no.to_owned(),
                case_no,
                code,
                at,
                &[("finish_type", kind.to_owned()), ("reason", reason)],
            );
            return;
        }
        let promise = item.promise_limit.map_or(7, |l| l.value);
        let legal = item.legal_limit.map_or(20, |l| l.value);
        let mut n = self.duration(promise, legal);
        let special = self.dice.pick(&item.specials).cloned().filter(|_| self.dice.chance(250));
        if let Some(special) = special {
            let days = 2 + u32::try_from(self.dice.below(6)).unwrap_or(0);
            let day = self.day(accepted.date(), 1);
            let began = self.hour(day, 9, 12);
            let mut fields = vec![
                ("kind", special.kind.clone()),
                ("announced_days", days.to_string()),
                ("seq", "1".to_owned()),
                ("approver", "分管负责人".to_owned()),
            ];
            // Now and then nobody tells the applicant how long it will take.
            if !self.dice.chance(100) {
                fields.push(("notified_at", began.plus_ms(30 * 60_000).rfc3339()));
            }
            self.put(RecordType::SpecialStart, format!("{case_no}-TB1"), case_no, code, began, &fields);
            let end_day = self.day(day, days);
            let ended = self.hour(end_day, 13, 17);
            self.put(
                RecordType::SpecialEnd,
                format!("{case_no}-TB1"),
                case_no,
                code,
                ended,
                &[("seq", "1".to_owned())],
            );
            n += days;
        }
        let day = self.day(accepted.date(), n);
        let at = self.hour(day, 13, 17).max(accepted.plus_ms(2 * 3_600_000));
        self.steps(item, case_no, accepted, n, at);
        let decision = if self.dice.chance(40) { "refused" } else { "granted" };
        self.finish(item, case_no, at.plus_ms(10 * 60_000), decision);
    }

    /// The flow's steps one after the other, each reported when it ends.
    fn steps(&mut self, item: &Item, case_no: &str, accepted: Timestamp, days: u32, end: Timestamp) {
        let names: Vec<String> = item
            .flow
            .iter()
            .flat_map(|f| &f.nodes)
            .filter(|n| n.kind == NodeKind::Step)
            .map(|n| n.name.clone())
            .collect();
        let count = u32::try_from(names.len()).unwrap_or(1).max(1);
        let mut began = accepted.plus_ms(10 * 60_000);
        for (at, name) in (1u32..).zip(&names) {
            // A step forgotten, now and then.
            if at > 1 && self.dice.chance(4) {
                continue;
            }
            let ended = if at == count {
                end
            } else {
                let share = match (count, at) {
                    (3, 1) => days * 3 / 6,
                    (3, 2) => days * 5 / 6,
                    _ => days * at / count,
                };
                let day = self.day(accepted.date(), share);
                self.hour(day, 9, 12).max(began.plus_ms(10 * 60_000)).min(end)
            };
            let staff = STAFF.get(usize::try_from(at).unwrap_or(0) % STAFF.len()).copied().unwrap_or("经办甲");
            self.put(
                RecordType::Step,
                format!("{case_no}-{at}"),
                case_no,
                &item.code,
                ended,
                &[
                    ("step", name.clone()),
                    ("staff", staff.to_owned()),
                    ("action", "pass".to_owned()),
                    ("started_at", text(began)),
                    ("ended_at", text(ended)),
                ],
            );
            began = ended.plus_ms(5 * 60_000);
        }
    }
}
