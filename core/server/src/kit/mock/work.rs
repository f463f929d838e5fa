//! What happens to a case after its acceptance: steps, special procedures, the decision, what the applicant gets.

use super::cases::Maker;
use super::faults::Fault;
use super::happening::text;
use daylight_domain::Timestamp;
use daylight_domain::item::{Item, NodeKind};
use daylight_domain::record::RecordType;

const STAFF: [&str; 6] = ["经办甲", "经办乙", "审核丙", "审核丁", "领导戊", "领导己"];

impl Maker<'_> {
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
        let lost = decision == "granted" && self.befalls(Fault::Undelivered, u64::from(Fault::Undelivered.usual()));
        if lost {
            self.mark(Fault::Undelivered);
        }
        if decision == "granted" && !lost {
            let n = u32::try_from(self.dice.below(6)).unwrap_or(0);
            let day = self.day(done.date(), n);
            let delivered = if n == 0 { done.plus_ms(30 * 60_000) } else { self.hour(day, 9, 17) };
            self.put(RecordType::Deliver, case_no.to_owned(), case_no, code, delivered, &[]);
        }
    }

    pub(super) fn at_once(&mut self, item: &Item, case_no: &str, accepted: Timestamp) {
        let slow = self.befalls(Fault::Overdue, self.habits.late_permille);
        if slow {
            self.mark(Fault::Overdue);
        }
        let over = if slow { 1 + u32::try_from(self.dice.below(3)).unwrap_or(0) } else { 0 };
        let day = self.day(accepted.date(), over);
        let at = if slow { self.hour(day, 9, 12) } else { accepted.plus_ms(25 * 60_000) };
        self.finish(item, case_no, at, "granted");
    }

    pub(super) fn forwarded(&mut self, item: &Item, case_no: &str, accepted: Timestamp) {
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
        if self.befalls(Fault::Overdue, self.habits.late_permille) {
            self.mark(Fault::Overdue);
            let over = 1 + u32::try_from(self.dice.below(4)).unwrap_or(0);
            return if self.dice.chance(150) { legal + over } else { promise + over };
        }
        let least = p / 3;
        u32::try_from(least + self.dice.below((p - least).max(1))).unwrap_or(promise)
    }

    pub(super) fn promised(&mut self, item: &Item, case_no: &str, accepted: Timestamp) {
        let code = item.code.as_str();
        if self.befalls(Fault::Withdrawn, 10) {
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
            self.mark(Fault::Withdrawn);
            return;
        }
        let promise = item.promise_limit.map_or(7, |l| l.value);
        let legal = item.legal_limit.map_or(20, |l| l.value);
        let mut n = self.duration(promise, legal);
        let known = self.dice.pick(&item.specials).cloned();
        if let Some(special) = known
            && self.befalls(Fault::Special, u64::from(Fault::Special.usual()))
        {
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
            self.mark(Fault::Special);
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
        if self.also(Fault::Extension) {
            n += self.extended(item, case_no, accepted);
        }
        let day = self.day(accepted.date(), n);
        let at = self.hour(day, 13, 17).max(accepted.plus_ms(2 * 3_600_000));
        self.steps(item, case_no, accepted, n, at);
        let refused = self.befalls(Fault::Refused, u64::from(Fault::Refused.usual()));
        if self.also(Fault::Stuck) {
            self.mark(Fault::Stuck);
            return;
        }
        let first = self.all.len();
        self.finish(item, case_no, at.plus_ms(10 * 60_000), if refused { "refused" } else { "granted" });
        let decided = self.all.iter_mut().skip(first).filter(|h| h.kind == RecordType::Decide);
        decided.filter(|_| refused).for_each(|h| h.mark(Fault::Refused));
    }

    /// The head of the department gives some days more, and the applicant is told. Returns how many.
    fn extended(&mut self, item: &Item, case_no: &str, accepted: Timestamp) -> u32 {
        let days = 5 + u32::try_from(self.dice.below(6)).unwrap_or(0);
        let after = 1 + u32::try_from(self.dice.below(3)).unwrap_or(0);
        let on = self.day(accepted.date(), after);
        let approved = self.hour(on, 9, 11);
        let fields = [
            ("days", days.to_string()),
            ("approver", "主要负责人".to_owned()),
            ("approved_at", text(approved)),
            ("reason", "案情复杂，需要进一步核实".to_owned()),
            ("notified_at", text(approved.plus_ms(40 * 60_000))),
        ];
        let shown = approved.plus_ms(45 * 60_000);
        self.put(RecordType::Extension, format!("{case_no}-YQ1"), case_no, &item.code, shown, &fields);
        self.mark(Fault::Extension);
        days
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
        let alone = self.also(Fault::OneHand);
        for (at, name) in (1u32..).zip(&names) {
            // A step forgotten, now and then.
            if at > 1 && self.befalls(Fault::SkippedStep, u64::from(Fault::SkippedStep.usual())) {
                self.mark(Fault::SkippedStep);
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
            let hand = if alone { 0 } else { usize::try_from(at).unwrap_or(0) };
            let staff = STAFF.get(hand % STAFF.len()).copied().unwrap_or("经办甲");
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
            if alone {
                self.mark(Fault::OneHand);
            }
            began = ended.plus_ms(5 * 60_000);
        }
    }
}
