//! The milestones of the same log on a written-down flow chart: which paths its cases took, which strayed, and fifty cases
//! calculated by hand, from the log alone: every finding they have and no other.

use super::{NOW, log, rows, unpack};
use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta, Weekday};
use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::place::write_sample;
use daylight_domain::Timestamp;
use daylight_domain::flow::{VariantCount, path};
use daylight_store::{CaseFilter, FindingFilter};
use daylight_tests::root;
use daylight_tests::servers::say;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Milestones in the order of their phases; what shares a phase comes in any order.
const MILESTONES: [(&str, &str, u8); 11] = [
    ("01_HOOFD_015", "收件", 0),
    ("01_HOOFD_030_2", "回执", 0),
    ("08_AWB45_020_2", "告知补正", 1),
    ("08_AWB45_040", "补正收到", 2),
    ("01_HOOFD_195", "受理", 3),
    ("01_HOOFD_375", "征求意见", 4),
    ("01_HOOFD_370", "实质审查", 4),
    ("01_HOOFD_490_1", "拟定", 5),
    ("01_HOOFD_495", "决定", 6),
    ("01_HOOFD_510_2", "送达", 7),
    ("01_HOOFD_530", "公告", 8),
];
/// Of so many cases one is calculated by hand: fifty of 1,199.
const ONE_IN: usize = 24;

type Row = BTreeMap<String, String>;
/// Rule, level, since when.
type Hit = (String, u8, NaiveDateTime);

/// The instant on the clocks of the county.
fn local(text: &str) -> NaiveDateTime {
    let zone = FixedOffset::east_opt(8 * 3600).expect("a zone");
    DateTime::parse_from_rfc3339(text).expect("a time").with_timezone(&zone).naive_local()
}

fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_hms_opt(0, 0, 0).expect("midnight")
}

fn tomorrow(day: NaiveDate) -> NaiveDate {
    day + Days::new(1)
}

/// Working days, by the files of the notices and nothing else.
struct Notices {
    off: BTreeSet<NaiveDate>,
    work: BTreeSet<NaiveDate>,
}

impl Notices {
    fn read() -> Self {
        let mut all = Self { off: BTreeSet::new(), work: BTreeSet::new() };
        for file in std::fs::read_dir(root().join("config/calendar")).expect("a folder") {
            let text = std::fs::read_to_string(file.expect("a file").path()).expect("text");
            let year: toml::Table = text.parse().expect("TOML");
            for (name, days) in [("off", &mut all.off), ("work", &mut all.work)] {
                for day in year.get(name).and_then(|d| d.as_array()).into_iter().flatten() {
                    days.insert(day["date"].as_str().expect("a date").parse().expect("a date"));
                }
            }
        }
        all
    }

    fn works(&self, day: NaiveDate) -> bool {
        let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        self.work.contains(&day) || !weekend && !self.off.contains(&day)
    }

    fn count(&self, from: NaiveDate, to: NaiveDate) -> usize {
        from.iter_days().skip(1).take_while(|d| *d <= to).filter(|d| self.works(*d)).count()
    }

    fn after(&self, from: NaiveDate, n: usize) -> NaiveDate {
        if n == 0 {
            return from;
        }
        from.iter_days().skip(1).filter(|d| self.works(*d)).nth(n - 1).expect("a day")
    }

    fn at_or_after(&self, day: NaiveDate) -> NaiveDate {
        day.iter_days().find(|d| self.works(*d)).expect("a day")
    }
}

/// A case as the log has it.
struct Case<'a> {
    events: Vec<&'a Row>,
    ended: Option<NaiveDateTime>,
}

impl<'a> Case<'a> {
    /// What is said twice counts as it was said last.
    fn at(&self, activity: &str) -> Option<NaiveDateTime> {
        self.events.iter().rfind(|e| e["activity"] == activity).map(|e| local(&e["timestamp"]))
    }

    /// Its milestones by time, those of one instant by their key: phase, name, when, who.
    fn path(&self) -> Vec<(u8, &'static str, NaiveDateTime, &'a str)> {
        let mut all: Vec<_> = self
            .events
            .iter()
            .filter_map(|e| {
                let (_, name, phase) = MILESTONES.iter().find(|(a, ..)| *a == e["activity"])?;
                let key = format!("{}/{}", e["case_id"], e["event_index"]);
                Some((local(&e["timestamp"]), key, *phase, *name, e["resource"].as_str()))
            })
            .collect();
        all.sort();
        all.into_iter().map(|(at, _, phase, name, who)| (phase, name, at, who)).collect()
    }

    /// Since when it strays: the first step that neither goes on to a later phase nor stays within one of two.
    fn strays(&self) -> Option<NaiveDateTime> {
        let path = self.path();
        let allowed = |a: u8, b: u8| b > a || b == a && [0, 4].contains(&a);
        path.windows(2).find(|w| !allowed(w[0].0, w[1].0)).map(|w| w[1].2)
    }

    /// Since when the same person has drafted and decided.
    fn same_person(&self) -> Option<NaiveDateTime> {
        let path = self.path();
        let apart = |a: &str, b: &str| [("拟定", "决定"), ("决定", "拟定")].contains(&(a, b));
        let mixed = |n: &usize| {
            let (_, name, _, who) = path[*n];
            path[..*n].iter().any(|(_, other, _, before)| apart(other, name) && *before == who)
        };
        (0..path.len()).find(mixed).map(|n| path[n].2)
    }

    /// Every finding, by the handbook, on a day long after.
    fn by_hand(&self, days: &Notices, now: NaiveDateTime) -> BTreeSet<Hit> {
        let mut found = BTreeSet::new();
        let mut hit = |rule: &str, level: u8, since: NaiveDateTime| {
            found.insert((rule.to_owned(), level, since));
        };
        let (applied, received) = (self.at("01_HOOFD_010"), self.at("01_HOOFD_015").expect("every case is received"));
        let (accepted, notice) = (self.at("01_HOOFD_195"), self.at("08_AWB45_020_2"));
        let (extended, decided) = (self.at("06_VD_010"), self.at("01_HOOFD_495"));
        let (supplied, sent, ended) = (self.at("08_AWB45_040"), self.at("01_HOOFD_510_2"), self.ended);
        let path = self.path();
        let told = [applied, extended, ended].into_iter().flatten();
        let last = told.chain(path.iter().map(|p| p.2)).max().expect("something");

        // 五日内答复，否则视为受理
        let fifth = days.after(received.date(), 5);
        let answer = [accepted, notice, ended].into_iter().flatten().min().unwrap_or(now);
        let deemed = answer.date() > fifth;
        if deemed {
            hit("T-09", 2, midnight(tomorrow(fifth)));
        }
        if let Some(notice) = notice.filter(|n| n.date() > received.date()) {
            hit("T-08", if days.count(received.date(), notice.date()) > 5 { 2 } else { 1 }, notice);
        }
        let start = [accepted, deemed.then_some(received)].into_iter().flatten().min();
        if let Some(start) = start {
            // 法定 56 日（最后一日为休息日的顺延），承诺 40 个工作日，合法延期各加 10 个工作日
            let plain = days.at_or_after(start.date() + Days::new(56));
            let more = if extended.is_some_and(|e| e.date() <= plain) { 10 } else { 0 };
            let (legal, promise) = (days.after(plain, more), days.after(start.date(), 40 + more));
            let until = |done: Option<NaiveDateTime>| done.unwrap_or(now).date();
            if days.count(promise, until(ended)) >= 1 {
                hit("T-02", 2, midnight(days.after(promise, 1)));
            }
            if days.count(legal, until([decided, ended].into_iter().flatten().min())) >= 1 {
                hit("T-03", 3, midnight(days.after(legal, 1)));
            }
            let idle = midnight(days.after(last.date(), 13));
            if ended.is_none() && now >= idle {
                hit("T-06", 1, idle);
            }
            if let Some(late) = extended.filter(|e| e.date() > plain) {
                hit("S-11", 2, late);
            }
        }
        if let Some(extended) = extended {
            // 没有批准人，也没有告知申请人的记录
            hit("S-10", 1, extended);
            hit("S-12", 1, midnight(days.after(extended.date(), 1)));
        }
        if let Some(decided) = decided {
            let over = midnight(tomorrow(days.after(decided.date(), 10)));
            if sent.unwrap_or(now) >= over {
                hit("T-10", 2, over);
            }
        }
        if let Some(ended) = ended.filter(|_| decided.is_some()) {
            hit("T-11", 2, midnight(days.after(ended.date(), 4)));
        }
        if let Some(accepted) = accepted {
            hit("P-06", 1, accepted);
        }
        if let Some(ended) = ended.filter(|_| accepted.is_none() || decided.is_none()) {
            hit("P-07", 2, ended);
        }
        if let Some(at) = self.strays() {
            hit("P-08", 1, at);
        }
        if let Some(at) = self.same_person() {
            hit("P-09", 1, at);
        }
        let mut ends: Vec<_> = path.iter().map(|p| p.2).collect();
        ends.sort();
        if let Some(three) = ends.windows(3).find(|w| w[2] - w[0] <= TimeDelta::seconds(60)) {
            hit("D-04", 1, three[2]);
        }
        let before = |a: Option<NaiveDateTime>, b: Option<NaiveDateTime>| a.zip(b).is_some_and(|(a, b)| a < b);
        let received = Some(received);
        let inverted = [
            (received, applied),
            (accepted, received),
            (decided, accepted),
            (ended, accepted.or(received)),
            (ended, decided),
            (sent, decided),
            (supplied, notice),
        ];
        if inverted.into_iter().any(|(a, b)| before(a, b)) {
            hit("D-09", 2, last);
        }
        found
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn variants_and_deviations_of_a_real_log_are_those_counted_by_hand_and_fifty_cases_are_calculated() {
    let Some(log) = log() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let fixture = root().join("tests/fixtures/permits");
    let names: Vec<String> = MILESTONES.iter().map(|(activity, ..)| format!("\"{activity}\"")).collect();
    // The same connection, but of all events only the milestones become steps.
    let department = std::fs::read_to_string(fixture.join("permits.toml"))
        .expect("text")
        .replace("\"permits\"", "\"milestones\"")
        .replace("drop/permits", "drop/milestones")
        .replace("GH-0001", "GH-0002")
        .replace(
            "type = \"step\"\n",
            &format!("type = \"step\"\nwhen = [{{ column = \"activity\", in = [{}] }}]\n", names.join(", ")),
        );
    std::fs::write(config.join("departments/milestones.toml"), department).expect("written");
    std::fs::copy(fixture.join("flow.toml"), config.join("catalogue/milestones.toml")).expect("copied");
    let strict: String = ["P-08", "P-09"]
        .iter()
        .map(|rule| {
            format!(
                "[[override]]\nrule = \"{rule}\"\nitem = \"GH-0002\"\nenabled = true\nreason = \"本事项按流程图核对\"\n"
            )
        })
        .collect();
    std::fs::write(config.join("rules/permits.toml"), strict).expect("written");
    let drop = config.join("drop/milestones");
    std::fs::create_dir_all(&drop).expect("a folder");
    let events = rows(&unpack(&log.join("bpic15_1.events.csv.gz"), &drop.join("1-events.csv")));
    let ends = rows(&unpack(&log.join("bpic15_1.cases.csv.gz"), &drop.join("2-cases.csv")));
    let now = Timestamp::parse(NOW).expect("a time");
    let loaded = load(&config, now).unwrap_or_else(|p| panic!("{p:#?}"));
    let app = App::open(loaded, Arc::new(FastClock::new(now, 0))).await.expect("an appliance");
    let run = app.pull("milestones", "manual").await.expect("a run");
    assert_eq!((run.status.as_str(), run.rejected, run.waiting), ("done", 0, 0), "{run:?}");

    let mut cases: BTreeMap<&str, Case<'_>> = BTreeMap::new();
    for end in &ends {
        let ended = Some(end["endDate"].as_str()).filter(|t| !t.is_empty()).map(local);
        cases.insert(&end["case_id"], Case { events: Vec::new(), ended });
    }
    for event in &events {
        cases.get_mut(event["case_id"].as_str()).expect("a case").events.push(event);
    }

    // Variants: the product's and a count by hand, every one of them.
    let filter = CaseFilter { department: Some("milestones".to_owned()), limit: 5000, ..CaseFilter::default() };
    let stored = app.store.cases(&filter).await.expect("cases");
    let item = app.config.rules.catalogue.version("GH-0002", 1).expect("the item");
    let flow = item.flow.as_ref().expect("a flow chart");
    let mut given: BTreeMap<Vec<String>, u64> = BTreeMap::new();
    let mut counted = VariantCount::new(&app.config.rules.calendar);
    for row in &stored {
        *given.entry(path(flow, &row.case).visits.into_iter().map(|v| v.name).collect()).or_default() += 1;
        counted.case(Some(flow), &row.case, row.promise_due);
    }
    let mut by_hand: BTreeMap<Vec<&str>, u64> = BTreeMap::new();
    for case in cases.values() {
        *by_hand.entry(case.path().iter().map(|p| p.1).collect()).or_default() += 1;
    }
    let given_counts: BTreeMap<Vec<&str>, u64> =
        given.iter().map(|(steps, n)| (steps.iter().map(String::as_str).collect(), *n)).collect();
    let mut conform = 0;
    for row in &stored {
        let case = &cases[row.case.case_no.as_str()];
        let good = case.strays().is_none() && case.same_person().is_none();
        assert_eq!(path(flow, &row.case).conforms(), good, "{}", row.case.case_no);
        conform += u32::from(good);
    }
    let differ: Vec<_> = by_hand.iter().filter(|(path, n)| given_counts.get(*path) != Some(n)).take(5).collect();
    assert!(differ.is_empty() && given_counts.len() == by_hand.len(), "{differ:?}");

    // Every finding of every case by the rules of the flow, and every finding of fifty.
    let mut found: BTreeMap<String, BTreeSet<Hit>> = BTreeMap::new();
    let filter =
        FindingFilter { department: Some("milestones".to_owned()), limit: u32::MAX, ..FindingFilter::default() };
    for row in app.store.findings(&filter).await.expect("findings") {
        let f = row.finding;
        let Some(case) = f.case_no else { continue };
        assert_eq!(row.state, "open");
        found.entry(case).or_default().insert((f.rule, f.level as u8, f.fact_time.local()));
    }
    let nothing = BTreeSet::new();
    let moment = now.local();
    let days = Notices::read();
    let (mut strayed, mut mixed, mut incomplete, mut sample) = (0, 0, 0, 0);
    for (at, (id, case)) in cases.iter().enumerate() {
        let have = found.get(*id).unwrap_or(&nothing);
        let since = |rule: &str| have.iter().find(|(r, ..)| r == rule).map(|(.., at)| *at);
        assert_eq!(since("P-08"), case.strays(), "{id}");
        assert_eq!(since("P-09"), case.same_person(), "{id}");
        strayed += usize::from(case.strays().is_some());
        mixed += usize::from(case.same_person().is_some());
        incomplete += usize::from(since("P-07").is_some());
        if at % ONE_IN == 0 {
            sample += 1;
            let want = case.by_hand(&days, moment);
            let differ: Vec<_> = want.symmetric_difference(have).collect();
            assert!(differ.is_empty(), "{id}: {differ:#?}");
        }
    }
    assert_eq!(sample, 50);
    // The variants of the item: what is over is counted, and conforms when it neither strays nor lacks a node.
    let counted = counted.close(3);
    let over: Vec<_> = stored.iter().filter(|row| row.case.clock_stop().is_some()).collect();
    let strays = |id: &str| {
        found.get(id).is_some_and(|all| all.iter().any(|(r, ..)| ["P-07", "P-08", "P-09"].contains(&r.as_str())))
    };
    let good = over.iter().filter(|row| !strays(&row.case.case_no)).count();
    let sums = (counted.cases, counted.conforming, counted.conforming + counted.deviating + counted.unknown);
    assert_eq!(sums, (over.len() as u64, good as u64, over.len() as u64));
    let of = |rule: &str| found.values().filter(|all| all.iter().any(|(r, ..)| r == rule)).count();
    let common: Vec<String> = counted.variants.iter().map(|v| format!("{}（{}）", v.path.join("→"), v.cases)).collect();
    say(&format!(
        "milestones: {} variants, {conform} of {} cases conform, {strayed} stray, {mixed} drafted and decided by one person, \
         {incomplete} ended without a mandatory node; over the promise {}, over the law {}; most common {}",
        given.len(),
        stored.len(),
        of("T-02"),
        of("T-03"),
        common.join("，"),
    ));
    app.close().await;
}
