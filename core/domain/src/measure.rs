//! Measures (指标基数): named numbers of one department in one period, from what is counted of its cases ([`crate::tally`]), from
//! findings that stand, and from the registers. Their names and definitions are the vocabulary of the formulas
//! (`daylight_formula::MEASURES`).
//!
//! A case belongs to the day on which it was received, accepted or finished, a breach to the day on which its fact came true; what
//! is open and over its limit at the end counts too, so that a slow department does not look perfect by not finishing. What nobody
//! measures is absent, not zero.

use crate::Timestamp;
use crate::item::{Item, ItemState, LimitUnit};
use crate::score::Measured;
use crate::tally::{Figures, What};
use std::collections::{BTreeMap, BTreeSet};

/// One millionth is the unit; a count of one is this many.
pub const ONE: i64 = 1_000_000;

/// A finding that stands, as it is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Rule id.
    pub rule: String,
    /// 0–3.
    pub level: u8,
    /// What it is about.
    pub object_id: String,
    /// The case, where there is one.
    pub case_no: Option<String>,
    /// The item, where there is one.
    pub item_code: Option<String>,
    /// When it came true.
    pub fact_time: Timestamp,
    /// Whether it counts: a finding of a rule whose cards a person confirms does once a card was issued for it.
    pub confirmed: bool,
}

/// Of what a measure by rules is a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// 办结
    Done,
    /// 收件
    Intake,
    /// No longer handled.
    Stopped,
    /// 补正告知
    Correction,
    /// 特别程序与延期
    Procedures,
    /// 抽查
    Samples,
    /// 登记的投诉
    Complaints,
    /// 办结的投诉
    ClosedComplaints,
    /// Nothing: a plain count.
    Itself,
}

/// Measures that count what broke rules: name, rules (a letter stands for its whole class), those that are no breach, of what.
/// Cases are counted once, whatever they broke; what is about no case, by its object.
const BY_RULE: &[(&str, &[&str], &[&str], Of)] = &[
    ("overdue_step", &["T-05"], &[], Of::Done),
    ("late_notice", &["T-08", "T-09"], &[], Of::Intake),
    ("reason_missing", &["P-01", "P-02", "P-03", "P-06"], &[], Of::Stopped),
    ("flow_broken", &["P-07", "P-08"], &[], Of::Done),
    ("correction_broken", &["P-04", "P-05"], &[], Of::Correction),
    ("special_broken", &["S-"], &["S-03"], Of::Procedures),
    ("fee_broken", &["F-"], &[], Of::Done),
    ("unauthentic", &["D-01", "D-03", "D-04", "D-18"], &[], Of::Done),
    ("falsified", &["D-19"], &[], Of::Samples),
    ("complaints_late", &["K-01", "K-02"], &[], Of::Complaints),
    ("complaints_false", &["K-07"], &[], Of::ClosedComplaints),
    ("warnings_in_row", &["K-09"], &[], Of::Itself),
];

/// Whether a rule belongs to a list of rules and classes.
fn among(rule: &str, list: &[&str], without: &[&str]) -> bool {
    let is = |one: &&str| *one == rule || one.ends_with('-') && rule.starts_with(*one);
    list.iter().any(is) && !without.contains(&rule)
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

/// A count over a count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// How many fulfil it.
    pub hits: u64,
    /// Of how many.
    pub of: u64,
}

/// Cases over a limit whose findings were all revoked: they are taken out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgiven {
    /// Finished in the period, after the promised limit.
    pub promise_done: u64,
    /// Open at its end, over the promised limit.
    pub promise_open: u64,
    /// Finished in the period, after the legal limit.
    pub legal_done: u64,
    /// Open at its end, over the legal limit.
    pub legal_open: u64,
}

/// What cases of days with a reference are compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// Accepted on those days, counted here.
    pub accepted: u64,
    /// Declared by the source to have been accepted on them.
    pub declared: u64,
    /// Certificate numbers given on them.
    pub certificates: u64,
    /// Fee bills of them.
    pub bills: u64,
}

/// Ratings of a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ratings {
    /// All.
    pub all: u64,
    /// Given by the system.
    pub by_default: u64,
    /// By people, 1–3.
    pub good: u64,
    /// By people, found to be mistaken or malicious.
    pub dismissed: u64,
    /// Bad ones that were to be put right and called back about, and were in time.
    pub rectified: Share,
}

impl Ratings {
    /// How many were satisfied, of how many whose ratings count; nothing where nobody rated. The measure `satisfied`.
    #[must_use]
    pub fn satisfied(&self) -> Option<Measured> {
        let active = self.all - self.by_default.min(self.all);
        (self.all > 0).then(|| Measured {
            name: "satisfied".to_owned(),
            value: Some(millionths(self.good)),
            denominator: Some(active.saturating_sub(self.dismissed)),
        })
    }
}

/// Complaints of a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Complaints {
    /// That came in.
    pub registered: u64,
    /// Closed.
    pub closed: u64,
    /// Of these, by somebody with a name and not malicious.
    pub named: u64,
    /// Of these, true of the department, minor.
    pub minor: u64,
    /// Medium.
    pub medium: u64,
    /// Serious.
    pub serious: u64,
}

/// Samples of a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Samples {
    /// Files looked at.
    pub checked: u64,
    /// The sum of their scores, tenths of a point.
    pub tenths: u64,
    /// With the full score, and authentic.
    pub clean: u64,
}

/// Measures of investigations in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    /// 约谈
    pub talks: u64,
    /// 通报
    pub circulars: u64,
    /// 责令改正
    pub corrections: u64,
}

/// Everything the measures of one department and period are made of. What is nothing is measured by nobody.
#[derive(Debug)]
pub struct Counted<'a> {
    /// What is counted of its cases, by item.
    pub figures: &'a BTreeMap<String, Figures>,
    /// Findings that stand, with facts in the period.
    pub facts: &'a [Fact],
    /// Rules that are on.
    pub rules: &'a BTreeSet<&'a str>,
    /// Cases over a limit that were forgiven.
    pub forgiven: Forgiven,
    /// Records and declared days.
    pub days: Days,
    /// Items of which anything was reported in the period, days that are left out among them: to be left out is not to be unconnected.
    pub connected: &'a BTreeSet<String>,
    /// Items of its catalogue, in their newest versions.
    pub items: &'a [&'a Item],
    /// With what its cases are compared; nothing where no source declares its days.
    pub reference: Option<Reference>,
    /// Cards and orders that were to be answered.
    pub answers: Share,
    /// Ratings; nothing where nobody rated ever.
    pub ratings: Ratings,
    /// Complaints.
    pub complaints: Complaints,
    /// Samples.
    pub samples: Samples,
    /// Measures of investigations.
    pub accounts: Accounts,
}

/// Elements of a guide (许可法 30) that the catalogue can show: basis, procedure, limit, materials, fees, ways to apply.
fn guide(item: &Item) -> Share {
    let elements = [
        !item.legal_basis.trim().is_empty(),
        item.flow.as_ref().is_some_and(|f| !f.draft),
        item.promise_limit.or(item.legal_limit).is_some(),
        !item.materials.is_empty(),
        !item.is_fee || !item.fees.is_empty() && item.fees.iter().all(|f| !f.basis.trim().is_empty()),
        !item.channels.is_empty(),
    ];
    Share { hits: whole(elements.iter().filter(|is| **is).count()), of: whole(elements.len()) }
}

fn whole(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// A count in millionths.
#[must_use]
pub fn millionths(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX / ONE).saturating_mul(ONE)
}

struct Out(BTreeMap<&'static str, (i64, u64)>);

impl Out {
    fn share(&mut self, name: &'static str, hits: u64, of: u64) {
        self.0.insert(name, (millionths(hits), of));
    }

    fn count(&mut self, name: &'static str, n: u64) {
        self.share(name, n, n);
    }
}

impl Counted<'_> {
    /// The numbers, sorted by name.
    #[must_use]
    pub fn measures(&self) -> Vec<Measured> {
        let mut sum = Figures::default();
        self.figures.values().for_each(|one| sum.add(one));
        let mut out = Out(BTreeMap::new());
        self.cases(&sum, &mut out);
        self.breaches(&sum, &mut out);
        self.catalogue(&mut out);
        self.exchange(&mut out);
        self.people(&mut out);
        let named = |(name, (value, of)): (&str, (i64, u64))| Measured {
            name: name.to_owned(),
            value: Some(value),
            denominator: Some(of),
        };
        let mut all: Vec<Measured> = out.0.into_iter().map(named).collect();
        all.extend(self.ratings.satisfied());
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    fn cases(&self, sum: &Figures, out: &mut Out) {
        let (n, level) = (|what| sum.count(what), sum.level);
        out.count("accepted", n(What::Accepted));
        out.count("finished", n(What::Done));
        let open = |level: i64, forgiven: u64| u64::try_from(level).unwrap_or(0).saturating_sub(forgiven);
        let mut overdue = |name, past: What, kept: What, forgiven: u64, open: u64| {
            let hits = n(past).saturating_sub(forgiven) + open;
            out.share(name, hits, n(past) + n(kept) + open);
        };
        let f = self.forgiven;
        let still = open(level.over_promise, f.promise_open);
        overdue("overdue_promise", What::DonePastPromise, What::DoneInPromise, f.promise_done, still);
        let still = open(level.over_legal, f.legal_open);
        overdue("overdue_legal", What::DonePastLegal, What::DoneInLegal, f.legal_done, still);
        out.share("early_legal", n(What::DoneEarly), n(What::DoneInLegal) + n(What::DonePastLegal));
        if n(What::Queryable) > 0 {
            out.share("progress_open", n(What::Progress), n(What::Accepted));
        }
    }

    fn breaches(&self, sum: &Figures, out: &mut Out) {
        for (name, rules, without, of) in BY_RULE {
            if !self.rules.iter().any(|rule| among(rule, rules, without)) {
                continue;
            }
            // A special procedure is its own object; of everything else a case counts once.
            let by_object = *of == Of::Procedures;
            let hit: BTreeSet<&str> = self
                .facts
                .iter()
                .filter(|f| f.confirmed && among(&f.rule, rules, without))
                .map(|f| f.case_no.as_deref().filter(|_| !by_object).unwrap_or(&f.object_id))
                .collect();
            let hits = whole(hit.len());
            let of = match of {
                Of::Done => sum.count(What::Done),
                Of::Intake => sum.count(What::Intake),
                Of::Stopped => sum.count(What::Stopped),
                Of::Correction => sum.count(What::Correction),
                Of::Procedures => sum.count(What::Special) + sum.count(What::Extension),
                Of::Samples if self.samples.checked == 0 && hits == 0 => continue,
                Of::Samples => self.samples.checked,
                Of::Complaints => self.complaints.registered,
                Of::ClosedComplaints => self.complaints.closed,
                Of::Itself => hits,
            };
            out.share(name, hits, of);
        }
    }

    fn catalogue(&self, out: &mut Out) {
        let items: Vec<&&Item> = self.items.iter().filter(|i| i.state == ItemState::Published).collect();
        if items.is_empty() {
            return;
        }
        let of = whole(items.len());
        let n = |pick: &dyn Fn(&Item) -> bool| whole(items.iter().filter(|i| pick(i)).count());
        out.share("items_connected", n(&|i| self.connected.contains(&i.code)), of);
        out.share("items_with_flow", n(&|i| i.flow.as_ref().is_some_and(|f| !f.draft)), of);
        let (mut have, mut want) = (0, 0);
        for share in items.iter().map(|i| guide(i)) {
            (have, want) = (have + share.hits, want + share.of);
        }
        out.share("guide_elements", have, want);
        let limits: Vec<(u64, u64)> = items
            .iter()
            .filter_map(|i| Some((i.promise_limit?, i.legal_limit?)))
            .filter(|(p, l)| p.unit == LimitUnit::WorkingDay && l.unit == LimitUnit::WorkingDay)
            .map(|(p, l)| (u64::from(p.value), u64::from(l.value)))
            .collect();
        if !limits.is_empty() {
            let promised = limits.iter().map(|(p, _)| p).sum();
            out.share("promise_compression", promised, limits.iter().map(|(_, l)| l).sum());
            let shorter = limits.iter().filter(|(p, l)| p * 10 <= l * 7).count();
            out.share("promises_shorter_30", whole(shorter), whole(limits.len()));
        }
    }

    fn exchange(&self, out: &mut Out) {
        let days = self.days;
        out.share("records_late", days.late, days.accepted);
        out.share("records_rejected", days.rejected, days.records);
        if days.reconciled > 0 {
            out.share("days_matched", days.matched, days.reconciled);
        }
        if let Some(r) = self.reference {
            out.share("cases_captured", r.accepted, r.declared.max(r.certificates).max(r.bills));
        }
        let samples = self.samples;
        if samples.checked > 0 {
            let score = millionths(samples.tenths).checked_div(10).unwrap_or(0);
            out.0.insert("sample_score", (score, samples.checked));
            out.share("sample_clean", samples.clean, samples.checked);
        }
    }

    fn people(&self, out: &mut Out) {
        let r = self.ratings;
        if r.all > 0 {
            out.share("ratings_active", r.all - r.by_default.min(r.all), r.all);
        }
        if r.rectified.of > 0 {
            out.share("bad_rectified", r.rectified.hits, r.rectified.of);
        }
        let c = self.complaints;
        for (name, n) in
            [("complaints_minor", c.minor), ("complaints_medium", c.medium), ("complaints_serious", c.serious)]
        {
            out.share(name, n, c.named);
        }
        out.share("answered_in_time", self.answers.hits, self.answers.of);
        out.count("talks", self.accounts.talks);
        out.count("circulars", self.accounts.circulars);
        out.count("orders_correct", self.accounts.corrections);
    }
}

/// The median of the finished cases of departments, in millionths: of an even number the mean of the two in the middle.
#[must_use]
pub fn median(mut finished: Vec<u64>) -> Measured {
    finished.sort_unstable();
    let n = finished.len();
    let at = |i: usize| finished.get(i).copied().map_or(0, millionths);
    let middle = if n % 2 == 1 { at(n / 2) } else { at((n / 2).saturating_sub(1)).saturating_add(at(n / 2)) / 2 };
    Measured { name: "finished_median".to_owned(), value: Some(middle), denominator: Some(whole(n)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Case;
    use crate::tally::{Cells, Contribution, Over, Period, Row};
    use chrono::NaiveDate;

    fn day(text: &str) -> NaiveDate {
        crate::time::parse_date(text).expect("a date")
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    fn figures(cases: &[(Case, Option<&str>)]) -> BTreeMap<String, Figures> {
        let mut cells = Cells::default();
        for (case, due) in cases {
            let promise_due = due.map(|d| Timestamp::end_of(day(d)).plus_ms(-1));
            let row = Row { case, found: &[], promise_due, legal_due: None, over: Over::default(), used: None };
            cells.take(&Contribution::of(&row), 1);
        }
        let period = Period { from: day("2026-03-01"), to: day("2026-03-31"), without: &|_| false };
        let mut all: BTreeMap<String, Figures> = BTreeMap::new();
        for (place, cell) in cells.iter() {
            let of = all.entry(place.item.clone()).or_default();
            cell.iter().for_each(|(key, n)| of.take_key(place.month, key, n, &period));
        }
        all
    }

    fn fact(rule: &str, case: Option<&str>, object: &str, confirmed: bool) -> Fact {
        Fact {
            rule: rule.to_owned(),
            level: 2,
            object_id: object.to_owned(),
            case_no: case.map(str::to_owned),
            item_code: None,
            fact_time: at("2026-03-05"),
            confirmed,
        }
    }

    static NOTHING: BTreeSet<String> = BTreeSet::new();

    fn counted<'a>(
        figures: &'a BTreeMap<String, Figures>,
        facts: &'a [Fact],
        rules: &'a BTreeSet<&'a str>,
    ) -> Counted<'a> {
        Counted {
            figures,
            facts,
            rules,
            forgiven: Forgiven::default(),
            days: Days::default(),
            connected: &NOTHING,
            items: &[],
            reference: None,
            answers: Share::default(),
            ratings: Ratings::default(),
            complaints: Complaints::default(),
            samples: Samples::default(),
            accounts: Accounts::default(),
        }
    }

    fn of(all: &[Measured], name: &str) -> Option<(i64, u64)> {
        let found = all.iter().find(|m| m.name == name)?;
        Some((found.value? / ONE, found.denominator?))
    }

    #[test]
    fn an_open_case_counts_once_it_is_late_and_a_finished_one_in_its_month() {
        let open = Case { accepted_at: Some(at("2026-03-02")), item_code: "i".to_owned(), ..Case::default() };
        let done = Case {
            accepted_at: Some(at("2026-02-02")),
            finished_at: Some(at("2026-03-02")),
            finish_type: Some("granted".to_owned()),
            ..open.clone()
        };
        let earlier = Case { finished_at: Some(at("2026-02-27")), ..done.clone() };
        let withdrawn = Case { finish_type: Some("withdrawn".to_owned()), ..done.clone() };
        let all = figures(&[
            (open.clone(), None),
            (open, Some("2026-03-10")),
            (done, Some("2026-03-09")),
            (earlier, Some("2026-03-09")),
            (withdrawn, Some("2026-02-09")),
        ]);
        let rules = BTreeSet::from(["T-05"]);
        let mut counted = counted(&all, &[], &rules);
        let got = counted.measures();
        assert_eq!(of(&got, "accepted"), Some((2, 2)));
        assert_eq!(of(&got, "finished"), Some((1, 1)));
        assert_eq!(of(&got, "overdue_promise"), Some((1, 2)));
        assert_eq!(of(&got, "days_matched"), None, "nobody reconciled a day");
        assert_eq!(of(&got, "overdue_step"), Some((0, 1)));
        assert_eq!(of(&got, "flow_broken"), None, "its rules are off");
        // All findings of the late case were revoked: it is neither late nor, being open, of those asked about.
        counted.forgiven.promise_open = 1;
        assert_eq!(of(&counted.measures(), "overdue_promise"), Some((0, 1)));
    }

    #[test]
    fn a_case_is_counted_once_whatever_it_broke_and_what_waits_for_a_person_is_not() {
        let all = BTreeMap::new();
        let facts = [
            fact("F-01", Some("A1"), "A1", true),
            fact("F-04", Some("A1"), "A1/f1", true),
            fact("F-02", Some("A2"), "A2", false),
            fact("S-01", Some("A1"), "A1/1", true),
            fact("S-02", Some("A1"), "A1/2", true),
            fact("S-03", Some("A1"), "A1/3", true),
            fact("D-03", None, "2026-03-05", true),
        ];
        let rules = BTreeSet::from(["F-01", "S-01", "D-03"]);
        let got = counted(&all, &facts, &rules).measures();
        assert_eq!(of(&got, "fee_broken").map(|m| m.0), Some(1));
        assert_eq!(of(&got, "special_broken").map(|m| m.0), Some(2), "near its end is no breach");
        assert_eq!(of(&got, "unauthentic").map(|m| m.0), Some(1));
    }

    #[test]
    fn scores_are_points_and_the_median_lies_between_two() {
        let (all, rules) = (BTreeMap::new(), BTreeSet::new());
        let mut counted = counted(&all, &[], &rules);
        counted.samples = Samples { checked: 2, tenths: 1955, clean: 1 };
        counted.ratings =
            Ratings { all: 10, by_default: 4, good: 4, dismissed: 1, rectified: Share { hits: 1, of: 1 } };
        let got = counted.measures();
        let score = got.iter().find(|m| m.name == "sample_score").expect("a score");
        assert_eq!((score.value, score.denominator), (Some(195_500_000), Some(2)));
        assert_eq!(of(&got, "satisfied"), Some((4, 5)));
        assert_eq!(of(&got, "ratings_active"), Some((6, 10)));
        assert_eq!(of(&got, "bad_rectified"), Some((1, 1)));
        assert_eq!(median(vec![4, 1, 3, 2]).value, Some(2_500_000));
        assert_eq!(median(vec![5, 1, 9]).value, Some(5_000_000));
    }
}
