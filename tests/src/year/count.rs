//! Counting a county again from nothing but its events, by a program of its own: what each record says, the newest version of each,
//! and days counted one by one. Nothing here is the product's.

use super::days::Days2;
use chrono::{NaiveDate, NaiveDateTime};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is counted here, by the names the product uses for it.
pub const COUNTED: [&str; 26] = [
    "Applied",
    "Received",
    "Intake",
    "IntakeCorrected",
    "Accepted",
    "AcceptedOf",
    "Queryable",
    "Progress",
    "Rejected",
    "Finished",
    "FinishedSpecial",
    "Certified",
    "Done",
    "Stopped",
    "Correction",
    "Special",
    "Extension",
    "Fee",
    "FeeAmount",
    "FeeReduced",
    "Step",
    "StepMinutes",
    "Working",
    "Natural",
    "Begun",
    "Ended",
];

/// A stored event: its type, key, version, business time and fields.
#[derive(Clone, Debug)]
pub struct Event {
    /// Case number.
    pub case: String,
    /// Item code.
    pub item: Option<String>,
    /// Type of record.
    pub kind: String,
    /// The source's key.
    pub key: String,
    /// Business time, local.
    pub at: NaiveDateTime,
    /// Its fields.
    pub says: Value,
}

/// Counts by day, item, window, region, what, by what.
pub type Counts = BTreeMap<(NaiveDate, String, String, String, String, String), i64>;

fn time(says: &Value, name: &str) -> Option<NaiveDateTime> {
    let text = says.get(name)?.as_str()?;
    let offset = chrono::FixedOffset::east_opt(8 * 3600).expect("an offset");
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|t| t.with_timezone(&offset).naive_local())
}

fn text(says: &Value, name: &str) -> Option<String> {
    says.get(name)?.as_str().map(str::to_owned)
}

/// One case while it is counted.
struct Case<'a> {
    /// Newest event of each type and key, in the order in which the keys came first.
    said: Vec<&'a Event>,
    ever_queryable: bool,
}

impl<'a> Case<'a> {
    fn of(events: &[&'a Event]) -> Self {
        let mut said: Vec<&Event> = Vec::new();
        for event in events {
            match said.iter_mut().find(|e| e.kind == event.kind && e.key == event.key) {
                Some(old) => *old = event,
                None => said.push(event),
            }
        }
        let code = |e: &&Event| e.says.get("query_code").and_then(Value::as_str).is_some_and(|c| !c.is_empty());
        Self { said, ever_queryable: events.iter().copied().any(|e| code(&e)) }
    }

    fn all(&self, kind: &'a str) -> impl Iterator<Item = &&'a Event> {
        self.said.iter().filter(move |e| e.kind == kind)
    }

    /// Of what can be said once, the last that came.
    fn one(&self, kind: &'a str) -> Option<&&'a Event> {
        self.all(kind).last()
    }

    fn when(&self, kind: &'a str) -> Option<NaiveDateTime> {
        self.one(kind).map(|e| e.at)
    }

    fn place(&self, name: &str) -> String {
        let of = |kind| self.one(kind).and_then(|e| text(&e.says, name));
        of("accept").or_else(|| of("receive")).or_else(|| of("apply")).unwrap_or_default()
    }
}

/// Counts events, in the order of their chain, as of a day: what nobody answered by then is accepted since the receipt.
#[must_use]
pub fn count(events: &[Event], days: &Days2, today: NaiveDate) -> Counts {
    let mut by_case: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in events.iter().filter(|e| !e.case.is_empty()) {
        by_case.entry(&event.case).or_default().push(event);
    }
    let mut all = Counts::new();
    for events in by_case.values() {
        one_case(events, days, today, &mut all);
    }
    all.retain(|_, n| *n != 0);
    all
}

fn one_case(events: &[&Event], days: &Days2, today: NaiveDate, all: &mut Counts) {
    let case = Case::of(events);
    let item = events.iter().find_map(|e| e.item.clone()).unwrap_or_default();
    let (window, region) = (case.place("window"), case.place("region_code"));
    let mut add = |day: NaiveDate, what: &str, by: String, n: i64| {
        let key = (day, item.clone(), window.clone(), region.clone(), what.to_owned(), by);
        *all.entry(key).or_default() += n;
    };
    let mut one = |at: Option<NaiveDateTime>, what: &str| {
        if let Some(at) = at {
            add(at.date(), what, String::new(), 1);
        }
    };
    let accepted = case.when("accept");
    // A part of somebody else's case that nothing was done about but to answer is no case.
    let part = case.one("apply").is_some_and(|e| text(&e.says, "parent_case_no").is_some());
    let handled = ["receive", "accept", "reject"].iter().any(|kind| case.one(kind).is_some());
    let result = case.one("finish").is_some_and(|e| {
        let how = text(&e.says, "finish_type").unwrap_or_default();
        ["granted", "refused"].contains(&how.as_str()) || text(&e.says, "cert_no").is_some()
    });
    let asked = part && !handled && !result;
    let when = |kind| case.when(kind).filter(|_| !asked);
    let (applied, received, rejected, finished) = (when("apply"), when("receive"), when("reject"), when("finish"));
    one(applied, "Applied");
    one(received, "Received");
    one(received.or(applied), "Intake");
    let first_notice = case.all("correction").map(|e| e.at).min();
    one(received.or(applied).filter(|_| first_notice.is_some()), "IntakeCorrected");
    one(accepted, "Accepted");
    one(accepted.filter(|_| case.ever_queryable), "Queryable");
    one(accepted.filter(|_| case.ever_queryable && case.one("step").is_some()), "Progress");
    one(rejected, "Rejected");
    let stop = finished.or(rejected);
    one(stop, "Stopped");
    for notice in case.all("correction") {
        one(Some(notice.at), "Correction");
    }
    for extension in case.all("extension") {
        one(Some(time(&extension.says, "approved_at").unwrap_or(extension.at)), "Extension");
    }
    // Accepted since the receipt where nobody answered in five working days.
    let answer = [accepted, rejected, first_notice, finished].into_iter().flatten().min();
    let answered = answer.map_or(today, |at| at.date());
    let deemed = received.filter(|r| answered > days.after(r.date(), 5));
    let start = [accepted, deemed].into_iter().flatten().min();
    one(start, "Begun");
    if let (Some(start), Some(stop)) = (start, stop) {
        one(Some(stop.max(start)), "Ended");
    }
    let specials: Vec<(NaiveDateTime, String)> =
        case.all("special_start").map(|e| (e.at, text(&e.says, "kind").unwrap_or_default())).collect();
    if let Some(accepted) = accepted {
        let of = case.one("apply").and_then(|e| text(&e.says, "applicant_type")).unwrap_or_default();
        add(accepted.date(), "AcceptedOf", of, 1);
    }
    for (at, kind) in &specials {
        add(at.date(), "Special", kind.clone(), 1);
    }
    for fee in case.all("fee") {
        let day = time(&fee.says, "paid_at").unwrap_or(fee.at).date();
        let money = |name: &str| fee.says.get(name).and_then(Value::as_i64).unwrap_or(0);
        add(day, "Fee", String::new(), 1);
        add(day, "FeeAmount", String::new(), money("amount"));
        add(day, "FeeReduced", String::new(), money("reduced"));
    }
    for step in case.all("step") {
        let Some(ended) = time(&step.says, "ended_at") else { continue };
        let began = time(&step.says, "started_at").unwrap_or(step.at);
        let name = text(&step.says, "step").unwrap_or_default();
        add(ended.date(), "StepMinutes", name.clone(), (ended - began).num_milliseconds().max(0) / 60_000);
        add(ended.date(), "Step", name, 1);
    }
    let Some(finish) = case.one("finish").filter(|_| !asked) else { return };
    let day = finish.at.date();
    let kind = text(&finish.says, "finish_type");
    let decided = ["granted", "refused", "completed", "forwarded"].iter().any(|k| kind.as_deref() == Some(k));
    add(day, "Finished", kind.unwrap_or_else(|| "unknown".to_owned()), 1);
    add(day, "FinishedSpecial", String::new(), i64::from(!specials.is_empty() || case.one("special_end").is_some()));
    add(day, "Certified", String::new(), i64::from(text(&finish.says, "cert_no").is_some()));
    add(day, "Done", String::new(), i64::from(decided));
    if let Some(start) = start {
        add(day, "Natural", (day - start.date()).num_days().to_string(), 1);
        add(day, "Working", days.count(start.date(), day).to_string(), 1);
    }
}
