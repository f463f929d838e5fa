//! A year of a county, travelled in the simulated clock: what forty departments do, told day by day to the real appliance, with
//! due times fired between; then every finding and every card beside what the judge of these tests expects.
//!
//! Outside the judge, because nothing of the year makes them true or what they need is not told here: rules switched off by
//! default; rules about facts that are not records of a case (C-, E-, I-, K-01 to K-07, K-09, K-10, O-, U-, D-03, D-11, D-14
//! to D-16, D-19, D-20); T-13 and T-14 (no joint cases), T-16 (no renewals), T-19 (no source of checks), T-20 (nothing is
//! tolerated), D-06 (no register), what follows unanswered cards by itself (`[procedure]` is off), D-12 and D-17 (no such records), P-11 (no materials), P-17, P-20 and P-21 (no such cases).
//! Should one of them speak all the same, the comparison says so: what nobody expects is a difference.

pub mod count;
pub mod days;
pub mod judge;
mod mess;

use crate::line;
use chrono::{NaiveDate, NaiveDateTime};
use daylight::app::App;
use daylight::config::load;
use daylight::demo::county::{Habits, Happening, happenings};
use daylight::demo::place::write_sample;
use daylight::intake::page::{Prepared, read_line};
use daylight_domain::Timestamp;
use daylight_domain::check::{CheckContext, FUTURE_TOLERANCE_MS};
use daylight_domain::clock::ManualClock;
use daylight_domain::record::RecordType;
use daylight_store::{CardFilter, FindingFilter, RunRow};
use judge::{Item, Node, Told};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The first day.
pub const FIRST: &str = "2025-01-01";
/// The last day on which cases begin.
pub const UNTIL: &str = "2025-12-31";
/// The last day that is lived through: what began in December falls due.
pub const LAST: &str = "2026-03-31";

/// How large a year.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Departments, at most 40.
    pub departments: usize,
    /// Cases begun on a working day in each, on average.
    pub per_day: u64,
    /// The hours of the day at which departments tell what is new.
    pub hours: &'static [i64],
    /// Seed of everything.
    pub seed: u64,
}

/// What a year gave.
#[derive(Debug, Default)]
pub struct Year {
    /// Cases told of.
    pub cases: usize,
    /// Records taken.
    pub records: u64,
    /// Records with a wrong code.
    pub refused: u64,
    /// Findings of the judge, by rule.
    pub findings: BTreeMap<String, usize>,
    /// Cards of the judge, by level from 1.
    pub cards: [usize; 3],
    /// Cards nobody answered, of the judge.
    pub unanswered: usize,
    /// Where the product and the judge differ.
    pub differences: Vec<String>,
    /// Time spent taking records.
    pub taking: Duration,
    /// Time spent firing due times.
    pub firing: Duration,
    /// Time spent looking at sources and unanswered cards.
    pub looking: Duration,
    /// Time the judge took.
    pub judging: Duration,
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn id(n: usize) -> String {
    format!("d{n:02}")
}

fn local(t: Timestamp) -> NaiveDateTime {
    t.local()
}

/// Forty departments with the items of the sample's ten, each with codes of its own. Gives the items for the judge, who reads
/// the file himself.
fn settle(config: &Path, size: Size) -> Vec<BTreeMap<String, Item>> {
    write_sample(config).expect("a sample");
    // Nobody replies to anything all year; what follows by itself is another story.
    let file = config.join("daylight.toml");
    let text = std::fs::read_to_string(&file).expect("text");
    let text = text.replace("remind = true", "remind = false").replace("propose = true", "propose = false");
    std::fs::write(&file, text).expect("written");
    let catalogue = config.join("catalogue");
    let mut files: Vec<_> = std::fs::read_dir(&catalogue).expect("items").map(|e| e.expect("a file").path()).collect();
    files.sort();
    let texts: Vec<(String, String)> = files
        .iter()
        .map(|f| {
            let name = f.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(f).expect("text"))
        })
        .collect();
    for folder in ["departments", "catalogue"] {
        for entry in std::fs::read_dir(config.join(folder)).expect("a folder") {
            std::fs::remove_file(entry.expect("a file").path()).expect("removed");
        }
    }
    (0..size.departments)
        .map(|n| {
            let (name, text) = &texts[n % texts.len()];
            let text = text
                .replace(&format!("department = \"{name}\""), &format!("department = \"{}\"", id(n)))
                .replace("code = \"", &format!("code = \"{}-", id(n)));
            std::fs::write(catalogue.join(format!("{}.toml", id(n))), &text).expect("written");
            let department = format!(
                "id = \"{0}\"\nname = \"部门{n:02}\"\nphase = \"live\"\nsupervised_since = \"{FIRST}\"\n\
                 sla_minutes = 1440\nsilence_minutes = 0\n",
                id(n)
            );
            std::fs::write(config.join(format!("departments/{}.toml", id(n))), department).expect("written");
            items(&text)
        })
        .collect()
}

/// The catalogue as the judge reads it.
fn items(text: &str) -> BTreeMap<String, Item> {
    let file: toml::Table = text.parse().expect("TOML");
    let word = |t: &toml::Value, name: &str| t.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    let limit = |t: &toml::Value, name: &str| {
        let limit = t.get(name)?;
        assert_eq!(word(limit, "unit"), "working_day", "the judge counts working days");
        limit.get("value")?.as_integer()
    };
    let list = |t: &toml::Value, name: &str| t.get(name).and_then(|v| v.as_array()).cloned().unwrap_or_default();
    let flag = |t: &toml::Value, name: &str| t.get(name).and_then(toml::Value::as_bool).unwrap_or(false);
    let node = |n: &toml::Value| Node {
        names: std::iter::once(word(n, "name"))
            .chain(list(n, "aliases").iter().map(|a| a.as_str().expect("a name").to_owned()))
            .collect(),
        kind: word(n, "kind"),
        mandatory: flag(n, "mandatory"),
        limit: n.get("limit").and_then(toml::Value::as_integer),
    };
    let all = file["item"].as_array().expect("items");
    all.iter()
        .map(|i| {
            let nodes = i.get("flow").map(|f| list(f, "nodes")).unwrap_or_default();
            let item = Item {
                handle: word(i, "handle_type"),
                legal: limit(i, "legal_limit"),
                promise: limit(i, "promise_limit"),
                result: word(i, "result_kind"),
                fee: flag(i, "is_fee"),
                specials: list(i, "specials")
                    .iter()
                    .map(|s| (word(s, "kind"), flag(s, "counts_as_excluded")))
                    .collect(),
                nodes: nodes.iter().map(node).collect(),
            };
            (word(i, "code"), item)
        })
        .collect()
}

/// What a department's system will know in the year, in the order in which it shows it.
fn telling(app: &App, n: usize, size: Size) -> Vec<Happening> {
    let items: Vec<_> = app.config.rules.catalogue.newest().filter(|i| i.department == id(n)).cloned().collect();
    let items: Vec<_> = items.iter().map(Arc::as_ref).collect();
    let at = n as u64;
    let habits = Habits {
        per_day: size.per_day,
        late_permille: 20 + at * 7 % 90,
        lag_permille: 3 + at % 15,
        wrong_permille: 2 + at % 18,
    };
    let span = (day(FIRST), day(UNTIL));
    let all = happenings(&id(n), &items, &app.config.rules.calendar, &habits, span, size.seed);
    let all = all.into_iter().filter(|h| !matches!(h.kind, RecordType::Heartbeat | RecordType::DayClose)).collect();
    let mut all = mess::mess(&id(n), all, size.seed);
    let last = Timestamp::start_of(day(LAST));
    all.retain(|h| h.visible_at < last);
    all
}

/// When something is told: the first hour of telling after the system shows it.
fn tick(visible: Timestamp, hours: &[i64]) -> Timestamp {
    let today = Timestamp::start_of(visible.date());
    let at = |h: &i64| today.plus_ms(h * 3_600_000);
    let tomorrow = Timestamp::end_of(visible.date()).plus_ms(hours[0] * 3_600_000);
    hours.iter().map(at).find(|t| *t >= visible).unwrap_or(tomorrow)
}

/// Lives through the year.
pub async fn live(folder: &Path, size: Size) -> Year {
    let config = folder.join("config");
    let items = settle(&config, size);
    let clock = Arc::new(ManualClock::at(Timestamp::start_of(day(FIRST))));
    let now = Timestamp::start_of(day(FIRST));
    let loaded = load(&config, now).unwrap_or_else(|p| panic!("{p:#?}"));
    let app = App::open(loaded, Arc::<ManualClock>::clone(&clock)).await.expect("an appliance");
    let mut year = Year::default();
    let mut waiting: Vec<std::collections::VecDeque<(Timestamp, String)>> = (0..size.departments)
        .map(|n| telling(&app, n, size).iter().map(|h| (tick(h.visible_at, size.hours), line(h))).collect())
        .collect();
    for date in day(FIRST).iter_days().take_while(|d| *d <= day(LAST)) {
        let midnight = Timestamp::start_of(date);
        clock.set(midnight);
        let begun = Instant::now();
        app.fire_due().await.expect("judged");
        year.firing += begun.elapsed();
        let begun = Instant::now();
        app.look_at_sources().await.expect("looked");
        year.looking += begun.elapsed();
        for hour in size.hours {
            let now = midnight.plus_ms(hour * 3_600_000);
            clock.set(now);
            let begun = Instant::now();
            for (n, lines) in waiting.iter_mut().enumerate() {
                let until = lines.iter().position(|(t, _)| *t > now).unwrap_or(lines.len());
                let page: Vec<String> = lines.drain(..until).map(|(_, line)| line).collect();
                if !page.is_empty() {
                    let (taken, refused) = take(&app, &id(n), &page, now).await;
                    year.records += taken;
                    year.refused += refused;
                }
            }
            year.taking += begun.elapsed();
        }
    }
    let begun = Instant::now();
    for (n, items) in items.iter().enumerate() {
        compare(&app, n, items, size, &mut year).await;
    }
    year.judging = begun.elapsed();
    app.close().await;
    year
}

/// A page, as a department sends it. Gives how many records were taken and how many refused.
async fn take(app: &App, id: &str, lines: &[String], now: Timestamp) -> (u64, u64) {
    let department = app.department(id).expect("a department");
    let sender = app.sender(department).await.expect("a sender");
    let context = CheckContext {
        catalogue: &app.config.rules.catalogue,
        department: id,
        received: now,
        future_tolerance_ms: FUTURE_TOLERANCE_MS,
    };
    let page = Prepared::new(lines.iter().map(|l| read_line(l, &context)).collect(), app.config.rules.algorithm);
    let run = RunRow {
        id: format!("{id}-{}", now.0),
        department: id.to_owned(),
        kind: "push".into(),
        status: "done".into(),
        started_at: now,
        ..RunRow::default()
    };
    let (_, run) = app.take(&sender, &page, None, run, true).await.expect("taken");
    (run.accepted + run.waiting, run.rejected)
}

/// A multiset of what was found or issued, as lines that a person can compare.
type Lines = BTreeMap<String, i64>;

fn count(lines: &mut Lines, line: String, n: i64) {
    *lines.entry(line).or_default() += n;
}

/// The event that changed a time has a number only in the product's ledger.
fn plain(object: &str) -> &str {
    object.split('@').next().unwrap_or(object)
}

/// One department: what the judge expects, counted up, and what there is, counted down.
async fn compare(app: &App, n: usize, items: &BTreeMap<String, Item>, size: Size, year: &mut Year) {
    let department = id(n);
    let mut cases: BTreeMap<String, (String, Vec<Told>)> = BTreeMap::new();
    let mut refused: BTreeSet<NaiveDateTime> = BTreeSet::new();
    for h in telling(app, n, size) {
        let tick = local(tick(h.visible_at, size.hours));
        if h.wrong.is_some() {
            refused.insert(tick);
            continue;
        }
        let fields = h.fields.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        let told = Told { tick, kind: h.kind.as_str().to_owned(), key: h.key.clone(), at: local(h.at), fields };
        cases.entry(h.case_no.clone()).or_insert_with(|| (h.item.clone(), Vec::new())).1.push(told);
    }
    year.cases += cases.len();
    let days = days::Days2::default();
    let (mut lines, mut cards) = (Lines::new(), Lines::new());
    let mut unanswered = Lines::new();
    let mut expect = |year: &mut Year, card: &judge::Carded, cards: &mut Lines| {
        year.cards[usize::from(card.level) - 1] += 1;
        let object = plain(&card.object);
        count(cards, card_line(&card.rule, object, card.level, card.created, card.state, card.doubtful), 1);
        // Nobody in this county answers: three working days, and the midnight after.
        let over = days::midnight(days::next(days.after(card.created.date(), 3)));
        let stood = card.replaced.is_none_or(|at| at > over);
        if card.level < 3 && card.state != "pending_confirm" && stood && over.date() <= day(LAST) {
            year.unanswered += 1;
            count(&mut unanswered, format!("K-08 {} {object} {} since {over}", card.rule, card.level), 1);
            let about = format!("about {} {object} {}", card.rule, card.level);
            count(cards, card_line("K-08", &about, 2, over, "issued", false), 1);
        }
    };
    for (no, (item, told)) in &cases {
        let (found, carded) = judge::judge(&days, &items[item], no, told, day(LAST));
        for one in found {
            *year.findings.entry(one.rule.clone()).or_default() += 1;
            let object = plain(&one.object);
            count(&mut lines, found_line(&one.rule, object, one.level, one.fact, one.detected, one.open), 1);
        }
        for card in &carded {
            expect(year, card, &mut cards);
        }
    }
    // D-10: what came in wrong, once a day.
    let mut seen = BTreeSet::new();
    for tick in refused.iter().filter(|t| seen.insert(t.date())) {
        let object = tick.date().to_string();
        *year.findings.entry("D-10".to_owned()).or_default() += 1;
        count(&mut lines, found_line("D-10", &object, 1, *tick, *tick, true), 1);
        let (rule, state, replaced, doubtful) = ("D-10".to_owned(), "issued", None, false);
        expect(year, &judge::Carded { rule, object, level: 1, created: *tick, state, replaced, doubtful }, &mut cards);
    }

    let filter = CardFilter { department: Some(department.clone()), limit: u32::MAX, ..CardFilter::default() };
    let issued = app.store.cards(&filter).await.expect("cards");
    let by_no: BTreeMap<&str, _> = issued.iter().map(|c| (c.no.as_str(), c)).collect();
    for card in &issued {
        let (state, created) = (card.state.as_str(), local(card.created_at));
        // The number of a card that nobody answered is the product's own.
        let about = by_no.get(card.object_id.as_str()).filter(|_| card.rule == "K-08");
        let about = about.map(|c| format!("about {} {} {}", c.rule, plain(&c.object_id), c.level as u8));
        let (object, doubtful) = (about.as_deref().unwrap_or(plain(&card.object_id)), card.revocation_proposed);
        count(&mut cards, card_line(&card.rule, object, card.level as u8, created, state, doubtful), -1);
    }
    let filter = FindingFilter { department: Some(department.clone()), limit: u32::MAX, ..FindingFilter::default() };
    for row in app.store.findings(&filter).await.expect("findings") {
        let f = &row.finding;
        if f.rule == "K-08" {
            let card = by_no[f.object_id.as_str()];
            let (object, fact) = (plain(&card.object_id), local(f.fact_time));
            count(&mut unanswered, format!("K-08 {} {object} {} since {fact}", card.rule, card.level as u8), -1);
            continue;
        }
        let (fact, detected) = (local(f.fact_time), local(row.detected_at));
        let line = found_line(&f.rule, plain(&f.object_id), f.level as u8, fact, detected, row.state == "open");
        count(&mut lines, line, -1);
    }
    for (what, all) in [("finding", lines), ("card", cards), ("unanswered", unanswered)] {
        for (line, n) in all.iter().filter(|(_, n)| **n != 0) {
            let who = if *n > 0 { "only the judge" } else { "only the product" };
            year.differences.push(format!("{department} {what}, {who}: {line}"));
        }
    }
}

fn found_line(rule: &str, object: &str, level: u8, fact: NaiveDateTime, at: NaiveDateTime, open: bool) -> String {
    format!("{rule} {object} {level} since {fact}, known {at}, {}", if open { "open" } else { "cleared" })
}

fn card_line(rule: &str, object: &str, level: u8, at: NaiveDateTime, state: &str, doubtful: bool) -> String {
    format!("{rule} {object} {level} written {at}, {state}{}", if doubtful { ", doubtful" } else { "" })
}

impl Year {
    /// A few lines for a person.
    #[must_use]
    pub fn say(&self) -> String {
        let mut text = String::new();
        let all: usize = self.findings.values().sum();
        let _ = write!(
            text,
            "{} cases, {} records, {} refused; {all} findings, cards {:?}, unanswered {}; taking {:.1} s, firing {:.1} s, \
             looking {:.1} s, judging {:.1} s",
            self.cases,
            self.records,
            self.refused,
            self.cards,
            self.unanswered,
            self.taking.as_secs_f64(),
            self.firing.as_secs_f64(),
            self.looking.as_secs_f64(),
            self.judging.as_secs_f64(),
        );
        for (rule, n) in &self.findings {
            let _ = write!(text, "\n  {rule} {n}");
        }
        text
    }
}
