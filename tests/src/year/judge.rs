//! The judge: what a case deserves by the handbook alone (working-day arithmetic §4.3, rule table §11), counted day by day from
//! what had been told by then. It shares no code with the product and names none of it; a test reads this file to be sure.
//!
//! It knows nothing of armed due times: it looks at a case every midnight and whenever something arrives. What the product
//! wakes for must therefore have been woken for at the right midnight.

use super::days::{Days2, midnight, next};
use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};
use std::collections::{BTreeMap, BTreeSet};

/// What article 45 of the licensing law lets stop the clock.
const ARTICLE_45: [&str; 8] =
    ["hearing", "tender", "auction", "inspection", "testing", "quarantine", "appraisal", "expert_review"];
/// Rules that wait for a named person, beside everything red.
const CONFIRMED: [&str; 8] = ["D-01", "D-04", "F-01", "P-15", "S-01", "S-05", "S-09", "P-17"];
/// Reminders are true of their moment and never become untrue.
const REMINDERS: [&str; 3] = ["T-01", "T-04", "S-03"];

/// A node of a flow chart.
#[derive(Debug)]
pub struct Node {
    /// The names a source may call it by.
    pub names: Vec<String>,
    /// Its kind.
    pub kind: String,
    /// No decided case passes it by.
    pub mandatory: bool,
    /// Working days.
    pub limit: Option<i64>,
}

/// An item, as far as these rules need it. Limits are working days.
#[derive(Debug)]
pub struct Item {
    /// 办件类型
    pub handle: String,
    /// 法定时限
    pub legal: Option<i64>,
    /// 承诺时限
    pub promise: Option<i64>,
    /// `certificate`, `document`, `none`.
    pub result: String,
    /// 收费
    pub fee: bool,
    /// Special procedures its own law knows: kind, and whether the time is excluded.
    pub specials: Vec<(String, bool)>,
    /// 运行流程图
    pub nodes: Vec<Node>,
}

/// A record, and when it came.
#[derive(Clone, Debug)]
pub struct Told {
    /// When it reached the house.
    pub tick: NaiveDateTime,
    /// Its type.
    pub kind: String,
    /// The source's key.
    pub key: String,
    /// When it happened.
    pub at: NaiveDateTime,
    /// What it says.
    pub fields: BTreeMap<String, String>,
}

impl Told {
    fn time(&self, field: &str) -> Option<NaiveDateTime> {
        let text = self.fields.get(field)?;
        let plain = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S");
        Some(plain.unwrap_or_else(|_| {
            chrono::DateTime::parse_from_rfc3339(text).expect("a time of this county").naive_local()
        }))
    }

    fn text(&self, field: &str) -> Option<String> {
        self.fields.get(field).map(|t| t.trim().to_owned()).filter(|t| !t.is_empty())
    }

    fn number(&self, field: &str) -> Option<i64> {
        self.text(field).map(|n| n.parse().expect("a number"))
    }
}

/// A violation: rule, object, level, and since when it is one.
type Hit = (&'static str, String, u8, NaiveDateTime);

/// A finding the judge expects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// The rule.
    pub rule: String,
    /// The case, or what of it.
    pub object: String,
    /// 1 to 3.
    pub level: u8,
    /// Since when it is true.
    pub fact: NaiveDateTime,
    /// When it was known first.
    pub detected: NaiveDateTime,
    /// Whether it still is.
    pub open: bool,
}

/// A card the judge expects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Carded {
    /// The rule.
    pub rule: String,
    /// The case, or what of it.
    pub object: String,
    /// 1 to 3.
    pub level: u8,
    /// When it is written.
    pub created: NaiveDateTime,
    /// `issued`, `pending_confirm` or `escalated`.
    pub state: &'static str,
    /// When a higher one took its place.
    pub replaced: Option<NaiveDateTime>,
    /// What it rests on turned out untrue.
    pub doubtful: bool,
}

#[derive(Clone, Debug, Default)]
struct Special {
    seq: String,
    kind: String,
    announced: Option<i64>,
    notified: Option<NaiveDateTime>,
    approver: Option<String>,
    began: NaiveDateTime,
    ended: Option<NaiveDateTime>,
}

/// What is known of a case.
#[derive(Clone, Debug, Default)]
struct Known {
    no: String,
    first: String,
    last: NaiveDateTime,
    lag: TimeDelta,
    channel: String,
    applied: Option<NaiveDateTime>,
    received: Option<NaiveDateTime>,
    accepted: Option<NaiveDateTime>,
    rejected: Option<NaiveDateTime>,
    document: Option<String>,
    reject_reason: Option<String>,
    corrections: BTreeMap<String, NaiveDateTime>,
    submissions: BTreeMap<String, NaiveDateTime>,
    /// Key → name, began, ended.
    steps: BTreeMap<String, (String, NaiveDateTime, Option<NaiveDateTime>)>,
    specials: Vec<Special>,
    extensions: BTreeMap<String, Told>,
    hearings: BTreeMap<String, Told>,
    fees: BTreeMap<String, (NaiveDateTime, i64)>,
    decided: Option<NaiveDateTime>,
    decision: Option<String>,
    decide_reason: Option<String>,
    finished: Option<NaiveDateTime>,
    finish: Option<String>,
    finish_reason: Option<String>,
    certificate: Option<String>,
    delivered: Option<NaiveDateTime>,
    forwarded: Option<NaiveDateTime>,
    /// What each changed time was changed to.
    amended: Vec<NaiveDateTime>,
}

fn earliest<const N: usize>(times: [Option<NaiveDateTime>; N]) -> Option<NaiveDateTime> {
    times.into_iter().flatten().min()
}

fn chars(text: Option<&String>) -> usize {
    text.map_or(0, |t| t.trim().chars().count())
}

fn since(day: NaiveDate) -> NaiveDateTime {
    midnight(day)
}

impl Known {
    /// Everything told so far, one after the other; of one key the last word counts.
    fn of(no: &str, told: &[Told]) -> Self {
        let mut k = Self { no: no.to_owned(), ..Self::default() };
        let mut before: BTreeMap<(&str, &str), &Told> = BTreeMap::new();
        for (at, one) in told.iter().enumerate() {
            if at == 0 {
                k.first = one.kind.clone();
                k.last = one.at;
            }
            if let Some(old) = before.insert((&one.kind, &one.key), one) {
                k.note_changes(old, one);
            }
            let ended = one.time("ended_at").unwrap_or(one.at);
            k.last = k.last.max(one.at).max(ended);
            k.lag = k.lag.max(one.tick - ended);
            k.take(one);
        }
        k
    }

    fn note_changes(&mut self, old: &Told, new: &Told) {
        // A step that was open and is over now has not been changed.
        let closes = new.kind == "step" && old.time("ended_at").is_none();
        if old.at != new.at && !closes {
            self.amended.push(new.at);
            return;
        }
        for field in ["approved_at", "ended_at", "held_at", "notified_at", "requested_at", "started_at"] {
            if let Some(was) = old.time(field).filter(|was| new.time(field) != Some(*was)) {
                self.amended.push(new.time(field).unwrap_or(was));
                return;
            }
        }
    }

    fn take(&mut self, one: &Told) {
        let at = one.at;
        match one.kind.as_str() {
            "apply" => {
                self.applied = Some(at);
                self.channel = one.text("channel").unwrap_or_default();
            }
            "receive" => self.received = Some(at),
            "accept" => {
                self.accepted = Some(at);
                self.document = one.text("accept_doc_no");
            }
            "reject" => {
                self.rejected = Some(at);
                self.document = one.text("accept_doc_no");
                self.reject_reason = one.text("reason");
            }
            "correction" => drop(self.corrections.insert(one.key.clone(), at)),
            "correction_in" => drop(self.submissions.insert(one.key.clone(), at)),
            "step" => {
                let began = one.time("started_at").unwrap_or(at);
                let step = (one.text("step").unwrap_or_default(), began, one.time("ended_at"));
                self.steps.insert(one.key.clone(), step);
            }
            "special_start" | "special_end" => {
                let seq = one.text("seq").expect("numbered");
                let there = self.specials.iter().position(|s| s.seq == seq).unwrap_or_else(|| {
                    self.specials.push(Special { seq, began: at, ..Special::default() });
                    self.specials.len() - 1
                });
                let special = &mut self.specials[there];
                if one.kind == "special_end" {
                    special.ended = Some(at);
                } else {
                    special.kind = one.text("kind").unwrap_or_default();
                    special.announced = one.number("announced_days");
                    special.notified = one.time("notified_at");
                    special.approver = one.text("approver");
                    special.began = at;
                }
            }
            "extension" => drop(self.extensions.insert(one.key.clone(), one.clone())),
            "hearing" => drop(self.hearings.insert(one.key.clone(), one.clone())),
            "fee" => drop(self.fees.insert(one.key.clone(), (at, one.number("amount").unwrap_or(0)))),
            "forward_up" => self.forwarded = Some(at),
            "decide" => {
                self.decided = Some(at);
                self.decision = one.text("decision");
                self.decide_reason = one.text("reason");
            }
            "finish" => {
                self.finished = Some(at);
                self.finish = one.text("finish_type");
                self.finish_reason = one.text("reason");
                self.certificate = one.text("cert_no");
            }
            "deliver" => self.delivered = Some(at),
            other => panic!("the judge was told of a {other}"),
        }
    }

    fn granted(&self) -> bool {
        [&self.decision, &self.finish].iter().any(|w| w.as_deref() == Some("granted"))
    }

    /// When nobody waits for a special procedure any more: the case went away without a decision.
    fn dropped(&self) -> Option<NaiveDateTime> {
        let away = ["voided", "returned", "deleted", "withdrawn"];
        self.finished.filter(|_| self.finish.as_deref().is_some_and(|f| away.contains(&f)))
    }
}

/// A look at a case at one moment.
struct Look<'a> {
    days: &'a Days2,
    item: &'a Item,
    k: &'a Known,
    now: NaiveDateTime,
    hits: Vec<Hit>,
}

impl Look<'_> {
    fn hit(&mut self, rule: &'static str, level: u8, fact: NaiveDateTime) {
        let object = self.k.no.clone();
        self.hits.push((rule, object, level, fact));
    }

    fn hit_on(&mut self, rule: &'static str, what: &str, level: u8, fact: NaiveDateTime) {
        let object = format!("{}/{what}", self.k.no);
        self.hits.push((rule, object, level, fact));
    }

    fn today(&self) -> NaiveDate {
        self.now.date()
    }

    fn lawful(&self, kind: &str) -> bool {
        ARTICLE_45.contains(&kind) || self.item.specials.iter().any(|(k, excluded)| k == kind && *excluded)
    }

    /// Whether a procedure stops the clock on a working day: it runs since a day before, and no more days of it than were announced
    /// have passed on this clock, by what is known on `until`.
    fn stops(&self, s: &Special, (start, day, until): (NaiveDate, NaiveDate, NaiveDate)) -> bool {
        let first = s.began.date().max(start);
        let last = s.ended.map_or(until, |e| e.date().max(s.began.date())).min(until);
        first < day && day <= last && s.announced.is_none_or(|most| self.days.count(first, day) <= most)
    }

    /// The last day of a limit, day after day: a working day is used up unless a lawful procedure stops the clock. The walk ends with
    /// the first working day that would be one too many, so that nothing which begins from then on can bring the limit back.
    fn last_day(&self, start: NaiveDate, limit: i64, until: NaiveDate) -> NaiveDate {
        let (mut last, mut day, mut used) = (start, start, 0);
        loop {
            day = next(day);
            if !self.days.works(day) {
                continue;
            }
            let when = (start, day, until);
            if !self.k.specials.iter().any(|s| self.lawful(&s.kind) && self.stops(s, when)) {
                used += 1;
            }
            if used > limit {
                return last;
            }
            last = day;
        }
    }

    /// Over by so many working days since: the midnight with which that working day begins.
    fn over(&self, start: NaiveDate, limit: i64, by: i64) -> NaiveDateTime {
        since(self.days.after(start, limit + by))
    }

    fn all(mut self) -> Vec<Hit> {
        let (k, days) = (self.k, self.days);
        let first_notice = k.corrections.values().min().copied();
        let answer = earliest([k.accepted, k.rejected, first_notice, k.finished]);
        // 行政许可法 32(4): nobody answers in five working days, so it is accepted since the receipt.
        let fifth = k.received.map(|r| days.after(r.date(), 5));
        let deemed = k.received.filter(|_| answer.unwrap_or(self.now).date() > fifth.expect("received"));
        let start = earliest([k.accepted, deemed]);
        let mut stop = earliest([k.finished, k.rejected]);
        if self.item.handle == "forward_up" {
            stop = stop.or(k.forwarded);
        }
        let until = stop.unwrap_or(self.now).min(self.now).date();
        let end = |limit: Option<i64>, more: i64| Some(self.last_day(start?.date(), limit? + more, until));
        // 行政许可法 42: once, at most ten working days, approved before the limit ends.
        let first = k.extensions.values().min_by_key(|e| (e.time("approved_at").unwrap_or(e.at), e.key.clone()));
        let unextended = end(self.item.legal, 0).or(end(self.item.promise, 0));
        let lawful = first.filter(|e| {
            let approved = e.time("approved_at").unwrap_or(e.at);
            e.number("days").unwrap_or(0) <= 10 && unextended.is_some_and(|due| approved.date() <= due)
        });
        let extended = lawful.map_or(0, |e| e.number("days").unwrap_or(0));
        let (promise, legal) = (end(self.item.promise, extended), end(self.item.legal, extended));
        let decided = earliest([k.decided, stop]);

        self.limits(promise, legal, start, stop, decided);
        self.steps(stop);
        self.stalled(start, stop);
        if let Some(s) = start.filter(|_| self.item.handle == "instant") {
            let over = since(next(s.date()));
            if stop.unwrap_or(self.now) >= over {
                self.hit("T-07", 2, over);
            }
        }
        if let (Some(notice), Some(received)) = (first_notice, k.received.or(k.applied))
            && notice.date() > received.date()
        {
            self.hit("T-08", if days.count(received.date(), notice.date()) > 5 { 2 } else { 1 }, notice);
        }
        if deemed.is_some() {
            self.hit("T-09", 2, since(next(fifth.expect("received"))));
        }
        self.results();
        if let Some(s) = start.filter(|_| self.item.handle == "forward_up") {
            let red = since(next(self.last_day(s.date(), 20, until)));
            let yellow = promise.map_or(red, |p| since(next(p))).min(red);
            let at = stop.unwrap_or(self.now);
            if at >= red {
                self.hit("T-12", 3, red);
            } else if at >= yellow {
                self.hit("T-12", 2, yellow);
            }
        }
        if let Some(applied) = k.applied.filter(|_| k.channel == "web") {
            let at = earliest([k.received, answer]).unwrap_or(self.now);
            self.staged("T-15", None, applied, 2, at, &[(1, 1), (4, 2), (6, 3)]);
        }
        self.hearings(stop);
        self.procedure();
        self.specials(start, stop, promise.is_some());
        self.extensions(start, first.map(|e| e.key.clone()));
        if !self.item.fee && k.fees.values().map(|(_, yuan)| yuan).sum::<i64>() > 0 {
            let paid = k.fees.values().filter(|(_, yuan)| *yuan > 0).map(|(at, _)| *at).min();
            self.hit("F-01", 3, paid.expect("a fee"));
        }
        self.data();
        self.hits
    }

    fn limits(
        &mut self,
        promise: Option<NaiveDate>,
        legal: Option<NaiveDate>,
        start: Option<NaiveDateTime>,
        stop: Option<NaiveDateTime>,
        decided: Option<NaiveDateTime>,
    ) {
        let begun = start.unwrap_or_default();
        let near = |look: &mut Self, rule, due: Option<NaiveDate>, left: i64, done: Option<NaiveDateTime>| {
            let Some(due) = due.filter(|due| done.is_none() && look.today() <= *due) else { return };
            let from = since(look.days.near(due, left)).max(begun);
            if look.now >= from {
                look.hit(rule, 1, from);
            }
        };
        let days = if self.item.promise.is_some_and(|n| n <= 5) { 1 } else { 2 };
        near(self, "T-01", promise, days, stop);
        let over = |look: &mut Self, rule, level, due: Option<NaiveDate>, done: Option<NaiveDateTime>| {
            let Some(due) = due else { return };
            // The last day counts as a whole; the day after it that is worked is the first one over.
            if look.days.count(due, done.unwrap_or(look.now).date()) >= 1 {
                let from = since(look.days.after(due, 1));
                look.hit(rule, level, from);
            }
        };
        over(self, "T-02", 2, promise, stop);
        over(self, "T-03", 3, legal, decided);
        near(self, "T-04", legal, 2, decided);
    }

    fn steps(&mut self, stop: Option<NaiveDateTime>) {
        for (key, (name, began, ended)) in &self.k.steps {
            let node = self.item.nodes.iter().find(|n| n.names.contains(name));
            let Some(limit) = node.and_then(|n| n.limit) else { continue };
            let day = ended.or(stop).unwrap_or(self.now).date();
            let last = self.last_day(began.date(), limit, day);
            let over = self.days.count(last, day);
            if over > 0 {
                let level = if over > 1 { 2 } else { 1 };
                let from = self.over(last, 0, i64::from(level));
                self.hit_on("T-05", key, level, from);
            }
        }
    }

    fn stalled(&mut self, start: Option<NaiveDateTime>, stop: Option<NaiveDateTime>) {
        let waits = self.k.specials.iter().any(|s| self.lawful(&s.kind) && s.ended.is_none());
        if start.is_none() || stop.is_some() || waits {
            return;
        }
        let share = self.item.promise.or(self.item.legal).unwrap_or(0);
        // 30 of a hundred, a part of a day being a day.
        let most = 3.max((share * 30 + 99) / 100);
        let from = self.over(self.k.last.date(), most, 1);
        if self.now >= from {
            self.hit("T-06", 1, from);
        }
    }

    fn results(&mut self) {
        let k = self.k;
        if let Some(decided) = k.decided.or(k.finished).filter(|_| k.granted() && self.item.result != "none") {
            let over = since(next(self.days.after(decided.date(), 10)));
            if k.delivered.unwrap_or(self.now) >= over {
                self.hit("T-10", 2, over);
            }
        }
        if let Some(finished) = k.finished.filter(|_| k.granted() && self.item.result == "certificate") {
            let issued = k.certificate.as_ref().map(|_| finished);
            self.staged("T-11", None, finished, 3, issued.unwrap_or(self.now), &[(1, 2)]);
        }
    }

    /// Over a limit in working days by so many days: levels that rise. `at`: when it was done, or now.
    fn staged(
        &mut self,
        rule: &'static str,
        what: Option<&str>,
        start: NaiveDateTime,
        limit: i64,
        at: NaiveDateTime,
        levels: &[(i64, u8)],
    ) {
        let reached = levels.iter().map(|(by, level)| (self.over(start.date(), limit, *by), *level));
        if let Some((from, level)) = reached.filter(|(from, _)| at >= *from).max_by_key(|(_, level)| *level) {
            match what {
                Some(what) => self.hit_on(rule, what, level, from),
                None => self.hit(rule, level, from),
            }
        }
    }

    fn hearings(&mut self, stop: Option<NaiveDateTime>) {
        let k = self.k;
        for (key, one) in &k.hearings {
            let Some(requested) = one.time("requested_at") else { continue };
            let held = one.time("held_at").or(stop.filter(|_| k.decided.is_none()));
            self.staged("T-17", Some(key), requested, 20, held.unwrap_or(self.now), &[(1, 2)]);
        }
        if let Some(decided) = k.decided {
            let asked = k.hearings.values().any(|h| h.time("requested_at").is_some_and(|at| at <= decided));
            if asked && !k.hearings.values().any(|h| h.time("held_at").is_some_and(|at| at <= decided)) {
                self.hit("P-15", 3, decided);
            }
        }
    }

    fn procedure(&mut self) {
        let k = self.k;
        if let Some(at) = k.rejected.filter(|_| chars(k.reject_reason.as_ref()) < 10) {
            self.hit("P-01", 2, at);
        }
        let refused = [&k.decision, &k.finish].iter().any(|w| w.as_deref() == Some("refused"));
        if let Some(at) = k.decided.or(k.finished).filter(|_| refused) {
            let reason = k.decide_reason.as_ref().or(k.finish_reason.as_ref());
            let remedy = reason.is_some_and(|r| r.contains("行政复议") || r.contains("行政诉讼"));
            if chars(reason) < 10 || !remedy {
                self.hit("P-02", 2, at);
            }
        }
        let gone = ["returned", "voided", "deleted"].iter().any(|w| k.finish.as_deref() == Some(w));
        if let Some(at) = k.finished.filter(|_| gone && chars(k.finish_reason.as_ref()) == 0) {
            self.hit("P-03", 2, at);
        }
        let mut rounds: Vec<_> = k.corrections.values().filter(|n| k.accepted.is_none_or(|a| **n <= a)).collect();
        rounds.sort();
        if let Some(second) = rounds.get(1) {
            self.hit("P-04", 2, **second);
        }
        if let Some(at) = k.accepted.or(k.rejected).filter(|_| chars(k.document.as_ref()) == 0) {
            self.hit("P-06", 1, at);
        }
        let through = ["granted", "refused", "completed"].iter().any(|w| k.finish.as_deref() == Some(w));
        let passed = |n: &Node| match n.kind.as_str() {
            "start" | "end" | "deliver" => true,
            "receive" => k.received.is_some(),
            "accept" => k.accepted.is_some(),
            "decide" => k.decided.is_some(),
            "certificate" => k.certificate.is_some(),
            _ => k.steps.values().any(|(name, _, ended)| ended.is_some() && n.names.contains(name)),
        };
        let missing = self.item.nodes.iter().any(|n| n.mandatory && !passed(n));
        if let Some(at) = k.finished.filter(|_| through && missing) {
            self.hit("P-07", 2, at);
        }
    }

    fn specials(&mut self, start: Option<NaiveDateTime>, stop: Option<NaiveDateTime>, promised: bool) {
        let k = self.k;
        for s in k.specials.iter().filter(|s| !s.kind.is_empty()) {
            if !ARTICLE_45.contains(&s.kind.as_str()) && !self.item.specials.iter().any(|(kind, _)| *kind == s.kind) {
                self.hit_on("S-01", &s.seq, 2, s.began);
            }
            let told = s.notified.or(k.dropped()).unwrap_or(self.now);
            self.staged("S-02", Some(&s.seq), s.began, 1, told, &[(1, 1)]);
            if let Some(announced) = s.announced {
                let due = self.days.after(s.began.date(), announced);
                let near = since(self.days.near(due, 2)).max(s.began);
                if s.ended.is_none() && stop.is_none() && self.now >= near && self.today() < self.days.after(due, 1) {
                    self.hit_on("S-03", &s.seq, 1, near);
                }
                let done = s.ended.or(k.dropped()).unwrap_or(self.now);
                self.staged("S-04", Some(&s.seq), s.began, announced, done, &[(1, 2), (2, 3)]);
            }
            if let Some(finished) = k.finished.filter(|_| s.ended.is_none()) {
                self.hit_on("S-06", &s.seq, 2, finished.max(s.began));
            }
            if let Some(ended) = s.ended.filter(|e| *e < s.began) {
                self.hit_on("S-07", &s.seq, 2, ended);
            }
            if let (Some(start), Some(limit), true) = (start, self.item.promise, promised) {
                let day = s.began.date();
                let due = self.last_day(start.date(), limit, day);
                // A day of rest after the last day is still in time.
                if self.days.count(due, day) == 0 && self.days.count(day, due) <= 2 {
                    self.hit_on("S-09", &s.seq, 1, s.began);
                }
            }
            if s.approver.is_none() {
                self.hit_on("S-10", &s.seq, 1, s.began);
            }
        }
        // 行政许可法 45 does not list corrections: what begins while one is open stops nothing.
        let Some(accepted) = k.accepted else { return };
        let Some(notice) = k.corrections.values().filter(|n| **n > accepted).min().copied() else { return };
        let answered = k.submissions.values().filter(|s| **s >= notice).min().copied();
        let pretext = |s: &&Special| {
            ["applicant_cause", "other"].contains(&s.kind.as_str())
                && s.began >= notice
                && answered.is_none_or(|a| s.began <= a)
        };
        if k.specials.iter().any(|s| pretext(&s)) {
            self.hit("S-05", 1, notice);
        }
    }

    fn extensions(&mut self, start: Option<NaiveDateTime>, first: Option<String>) {
        for (key, e) in &self.k.extensions {
            let approved = e.time("approved_at").unwrap_or(e.at);
            if e.text("approver").is_none() {
                self.hit_on("S-10", key, 1, approved);
            }
            let limit = self.item.legal.or(self.item.promise);
            let due = start.zip(limit).map(|(s, n)| self.last_day(s.date(), n, approved.date()));
            let second = first.as_ref() != Some(key);
            if e.number("days").unwrap_or(0) > 10 || second || due.is_some_and(|due| approved.date() > due) {
                self.hit_on("S-11", key, 2, approved);
            }
            if e.text("reason").is_none() {
                self.hit_on("S-12", key, 1, approved);
            } else {
                let told = e.time("notified_at").unwrap_or(self.now);
                self.staged("S-12", Some(key), approved, 0, told, &[(1, 1)]);
            }
        }
    }

    fn data(&mut self) {
        let k = self.k;
        for (n, at) in k.amended.iter().enumerate() {
            let object = format!("{}@{n}", k.no);
            self.hits.push(("D-01", object, 2, *at));
        }
        // The departments of this county report within a day.
        if k.lag > TimeDelta::days(1) {
            self.hit("D-02", 1, k.last);
        }
        let mut ends: Vec<_> = k.steps.values().filter_map(|(_, _, ended)| *ended).collect();
        ends.sort();
        let close = ends.windows(3).find(|w| w[2] - w[0] <= TimeDelta::seconds(60));
        if let Some(three) = close.filter(|_| self.item.handle != "instant") {
            self.hit("D-04", 1, three[2]);
        }
        let start = k.received.or(k.applied);
        let before = |a: Option<NaiveDateTime>, b: Option<NaiveDateTime>| a.zip(b).is_some_and(|(a, b)| a < b);
        let inverted = before(k.received, k.applied)
            || before(k.accepted, start)
            || before(k.decided, k.accepted)
            || before(k.finished, k.accepted.or(start))
            || before(k.finished, k.decided)
            || before(k.delivered, k.decided)
            || before(k.submissions.values().min().copied(), k.corrections.values().min().copied())
            || k.specials.iter().any(|s| s.ended.is_some_and(|e| e < s.began));
        if inverted {
            self.hit("D-09", 2, k.last);
        }
        if let Some(finished) = k.finished.filter(|_| k.first == "finish" && self.item.handle != "instant") {
            self.hit("D-18", 1, finished);
        }
    }
}

/// Of one object only the highest card of a family counts.
fn family(rule: &str) -> &str {
    match rule {
        "T-01" | "T-02" | "T-03" | "T-04" => "limit",
        "S-03" | "S-04" => "special-limit",
        "P-01" | "P-02" | "P-03" => "reason",
        other => other,
    }
}

/// In which order records are taken in: what opens no case waits for one that does, for a day (until the midnight after).
fn arrivals(told: &[Told]) -> Vec<Told> {
    let opens = ["apply", "receive", "accept", "reject", "finish"];
    let Some(first) = told.iter().position(|t| opens.contains(&t.kind.as_str())) else { return Vec::new() };
    let tick = told[first].tick;
    let expires = |t: &Told| {
        let until = t.tick + Days::new(1);
        if until == midnight(until.date()) { until } else { since(next(until.date())) }
    };
    let mut all = vec![told[first].clone()];
    all.extend(told[..first].iter().filter(|t| expires(t) > tick).map(|t| Told { tick, ..t.clone() }));
    all.extend_from_slice(&told[first + 1..]);
    all
}

/// Judges one case from its first record to the last day. `told` in the order in which it was read.
#[must_use]
pub fn judge(days: &Days2, item: &Item, no: &str, told: &[Told], last: NaiveDate) -> (Vec<Found>, Vec<Carded>) {
    let told = arrivals(told);
    let (mut found, mut cards): (Vec<Found>, Vec<Carded>) = (Vec::new(), Vec::new());
    let Some(begins) = told.first().map(|t| t.tick) else { return (found, cards) };
    let end = told.last().map(|t| t.tick).expect("one");
    let (mut known, mut read) = (Known::default(), 0);
    // What is held against the case at present, by rule, object and level.
    let mut standing: BTreeSet<(&'static str, String, u8)> = BTreeSet::new();
    let mut day = begins.date();
    while day <= last {
        let mut moments: BTreeSet<NaiveDateTime> = told.iter().map(|t| t.tick).filter(|t| t.date() == day).collect();
        if read > 0 {
            moments.insert(since(day));
        }
        for now in moments {
            let until = told.iter().position(|t| t.tick > now).unwrap_or(told.len());
            if until > read {
                known = Known::of(no, &told[..until]);
                read = until;
            }
            let look = Look { days, item, k: &known, now, hits: Vec::new() };
            take(look.all(), now, &mut standing, &mut found, &mut cards);
        }
        // Long after the end nothing can come true any more.
        let over = known.finished.or(known.rejected).is_some();
        let quiet = if known.hearings.is_empty() { 30 } else { 60 };
        if over && day > end.date() + Days::new(quiet) {
            break;
        }
        day = next(day);
    }
    for one in &mut found {
        let key = |level| standing.iter().any(|(r, o, l)| *r == one.rule && *o == one.object && *l == level);
        let rose = (one.level + 1..=3).any(key);
        one.open = key(one.level) || rose || REMINDERS.contains(&one.rule.as_str());
    }
    (found, cards)
}

fn take(
    mut hits: Vec<Hit>,
    now: NaiveDateTime,
    standing: &mut BTreeSet<(&'static str, String, u8)>,
    found: &mut Vec<Found>,
    cards: &mut Vec<Carded>,
) {
    let keys: BTreeSet<_> = hits.iter().map(|(r, o, l, _)| (*r, o.clone(), *l)).collect();
    let stays = |(rule, object, level): &(&'static str, String, u8)| {
        let rose = (level + 1..=3).any(|l| keys.contains(&(*rule, object.clone(), l)));
        rose || REMINDERS.contains(rule) || keys.contains(&(*rule, object.clone(), *level))
    };
    let cleared: Vec<_> = standing.iter().filter(|k| !stays(k)).cloned().collect();
    for (rule, object, level) in cleared {
        let holds = |c: &&mut Carded| {
            family(&c.rule) == family(rule) && c.object == object && c.level == level && c.replaced.is_none()
        };
        if let Some(card) = cards.iter_mut().find(holds) {
            card.doubtful = true;
        }
        standing.remove(&(rule, object, level));
    }
    hits.sort_by_key(|(_, _, level, _)| std::cmp::Reverse(*level));
    for (rule, object, level, fact) in hits {
        if !standing.insert((rule, object.clone(), level)) {
            continue;
        }
        match found.iter_mut().find(|f| f.rule == rule && f.object == object && f.level == level) {
            // It was untrue for a while; nobody proposes any more to revoke its card.
            Some(again) => {
                (again.fact, again.detected) = (fact, now);
                let holds = |c: &&mut Carded| {
                    family(&c.rule) == family(rule) && c.object == object && c.level == level && c.replaced.is_none()
                };
                cards.iter_mut().filter(holds).for_each(|card| card.doubtful = false);
            }
            None => {
                let rule = rule.to_owned();
                found.push(Found { rule, object: object.clone(), level, fact, detected: now, open: true });
            }
        }
        let same = |c: &&mut Carded| family(&c.rule) == family(rule) && c.object == object && c.replaced.is_none();
        if let Some(lower) = cards.iter_mut().find(same) {
            if lower.level >= level {
                continue;
            }
            (lower.state, lower.replaced) = ("escalated", Some(now));
        }
        let state = if level == 3 || CONFIRMED.contains(&rule) { "pending_confirm" } else { "issued" };
        let rule = rule.to_owned();
        cards.push(Carded { rule, object, level, created: now, state, replaced: None, doubtful: false });
    }
}
