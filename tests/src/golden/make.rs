//! Forty departments from a seed: large and small ones, ones without data, with many cards, with falsified samples, with bonuses, with
//! points entered by hand, with complaints and bad ratings, and one of which nothing is known.

use daylight_domain::score::{Assessment, FindingGroup, ManualEntry, Measured};

/// How many.
pub const DEPARTMENTS: usize = 40;

/// Numbers that follow from a seed alone (a linear congruential generator, its upper bits).
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// Begins.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0 up to and without a number; 0 of none.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33).checked_rem(n).unwrap_or(0)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// Of so many, how many come true at most by so many in a thousand: measure, what its denominator is, the thousandths.
const RATES: &[(&str, Of, u64)] = &[
    ("overdue_promise", Of::Finished, 80),
    ("overdue_legal", Of::Finished, 30),
    ("overdue_step", Of::Finished, 200),
    ("late_notice", Of::Finished, 60),
    ("early_legal", Of::Finished, 600),
    ("reason_missing", Of::Finished, 50),
    ("flow_broken", Of::Finished, 80),
    ("correction_broken", Of::Tenth, 90),
    ("special_broken", Of::Tenth, 200),
    ("fee_broken", Of::Finished, 4),
    ("unauthentic", Of::Finished, 40),
    ("records_late", Of::Records, 150),
    ("records_rejected", Of::Records, 70),
    ("complaints_late", Of::Few, 300),
    ("complaints_false", Of::Few, 100),
    ("complaints_minor", Of::Few, 400),
    ("complaints_medium", Of::Few, 200),
    ("complaints_serious", Of::Few, 100),
];

/// Of so many, how many are not so at most: the good ones.
const GOOD: &[(&str, Of, u64)] = &[
    ("items_connected", Of::Items, 300),
    ("items_with_flow", Of::Items, 400),
    ("cases_captured", Of::Finished, 150),
    ("guide_elements", Of::Elements, 100),
    ("results_public", Of::Finished, 60),
    ("progress_open", Of::Finished, 200),
    ("days_matched", Of::Days, 200),
    ("satisfied", Of::Third, 300),
    ("ratings_active", Of::Finished, 800),
    ("bad_rectified", Of::Tenth, 500),
    ("answered_in_time", Of::Tenth, 400),
    ("promises_shorter_30", Of::Items, 500),
];

#[derive(Clone, Copy)]
enum Of {
    Finished,
    Tenth,
    Third,
    Records,
    Items,
    Elements,
    Days,
    Few,
}

impl Of {
    fn many(self, finished: u64, months: u64) -> u64 {
        match self {
            Self::Finished => finished,
            Self::Tenth => finished / 10,
            Self::Third => finished / 3,
            Self::Records => finished * 5,
            Self::Items => 17,
            Self::Elements => 204,
            Self::Days => 22 * months,
            Self::Few => (finished / 100).min(9 * months),
        }
    }
}

fn measured(name: &str, value: u64, of: u64) -> Measured {
    let value = i64::try_from(value).expect("a small number") * 1_000_000;
    Measured { name: name.to_owned(), value: Some(value), denominator: Some(of) }
}

fn measures(dice: &mut Dice, kind: u64, finished: u64, months: u64) -> Vec<Measured> {
    let mut list = vec![
        measured("finished", finished, finished),
        measured("accepted", finished + dice.below(9), finished),
        measured("finished_median", 120, 40),
        measured("promise_compression", 60 + dice.below(200), 300),
    ];
    // A few departments break next to nothing.
    let calm = if kind == 0 || kind == 7 { 8 } else { 1 };
    for (name, of, most) in RATES {
        let of = of.many(finished, months);
        list.push(measured(name, dice.below(of * most / 1000 / calm + 1), of));
    }
    for (name, of, most) in GOOD {
        let of = of.many(finished, months);
        list.push(measured(name, of - dice.below(of * most / 1000 / calm + 1).min(of), of));
    }
    let files = if kind == 7 { 30 + dice.below(5) } else { dice.below(25) };
    let clean = if kind == 7 { files } else { dice.below(files + 1) };
    let marks = if kind == 7 { 100 * files } else { files * 70 + dice.below(files * 30 + 1) };
    list.push(measured("sample_score", marks, files));
    list.push(measured("sample_clean", clean, files));
    list.push(measured("falsified", if kind == 6 { 1 + dice.below(2) } else { 0 }, files));
    for (name, most) in [("warnings_in_row", 3), ("talks", 2), ("circulars", 2), ("orders_correct", 2)] {
        let n = if kind == 5 || kind == 9 { dice.below(most + 1) } else { 0 };
        list.push(measured(name, n, n));
    }
    if kind == 7 {
        for one in &mut list {
            if one.name == "promises_shorter_30" {
                *one = measured("promises_shorter_30", 17, 17);
            }
        }
    }
    // Of one kind of department nothing of a whole dimension is known.
    if kind == 4 {
        list.retain(|one| !["items_connected", "items_with_flow", "cases_captured"].contains(&one.name.as_str()));
    }
    // What a county does not measure is absent, or there without a value.
    if kind == 4 {
        list.retain(|_| !dice.chance(30));
        for one in &mut list {
            if dice.chance(15) {
                one.value = None;
            }
        }
    }
    list.sort_by(|a, b| a.name.cmp(&b.name));
    list
}

const RULES: &[(&str, u8)] = &[
    ("C-01", 2),
    ("F-01", 3),
    ("I-02", 3),
    ("K-09", 1),
    ("O-03", 3),
    ("P-01", 2),
    ("P-06", 1),
    ("P-07", 2),
    ("P-15", 3),
    ("S-11", 2),
    ("T-01", 1),
    ("T-02", 2),
    ("T-03", 3),
    ("T-08", 1),
    ("T-08", 2),
    ("T-19", 2),
];

fn groups(dice: &mut Dice, department: &str, percent: u64, most: u64) -> Vec<FindingGroup> {
    let mut list = Vec::new();
    for (rule, level) in RULES {
        if dice.chance(percent) {
            let count = 1 + dice.below(most);
            let cases = (0..count.min(3)).map(|n| format!("{department}-{rule}-{n}")).collect();
            list.push(FindingGroup { rule: (*rule).to_owned(), level: *level, count, cases });
        }
    }
    list
}

fn entry(indicator: &str, points: i64) -> ManualEntry {
    ManualEntry {
        indicator: indicator.to_owned(), points, reason: "说明".to_owned(), document: "文件 1".to_owned()
    }
}

fn manual(dice: &mut Dice, kind: u64) -> Vec<ManualEntry> {
    let some = |dice: &mut Dice, n: u64| i64::try_from(dice.below(n)).expect("a small number");
    match kind {
        7 => vec![entry("bonus", 100 + some(dice, 400)), entry("self-reported", 100)],
        8 => vec![
            entry("D6", some(dice, 250)),
            entry("F3", -some(dice, 300)),
            entry("G2", -some(dice, 400)),
            entry("C1", 100 + some(dice, 200)),
            entry("openness", -some(dice, 500)),
            entry("inspection", -some(dice, 900)),
            entry("satisfaction", some(dice, 900)),
            entry("integrity", -some(dice, 600)),
            entry("efficiency", -some(dice, 600)),
        ],
        _ => Vec::new(),
    }
}

/// One department with so many finished in the month and in twelve. What kind it is – 0 large and calm, 1 ordinary, 2 small, 3 tiny, 4
/// without much data, 5 many cards, 6 false samples, 7 bonuses, 8 entries by hand, 9 measures against it – shows in its numbers.
#[must_use]
pub fn one(dice: &mut Dice, department: &str, kind: u64, finished: u64, year: u64) -> Assessment {
    let (percent, most) = match kind {
        0 | 7 => (10, 2),
        5 => (70, 12),
        3 => (0, 1),
        _ => (25, 4),
    };
    Assessment {
        measures: measures(dice, kind, finished, 1),
        rolling: measures(dice, kind, year, 12),
        findings: groups(dice, department, percent, most),
        evidence: groups(dice, department, percent + 20, most * 3),
        rolling_evidence: groups(dice, department, 80, most * 20),
        manual: manual(dice, kind),
        department: department.to_owned(),
        period: "2026-03".to_owned(),
    }
}

/// The departments of a seed.
#[must_use]
pub fn departments(seed: u64) -> Vec<Assessment> {
    let mut dice = Dice::new(seed);
    let mut list = Vec::new();
    for n in 0..DEPARTMENTS {
        let kind = u64::try_from(n % 10).unwrap_or(0);
        let department = format!("部门{:02}", n + 1);
        if n + 1 == DEPARTMENTS {
            list.push(Assessment { department, period: "2026-03".to_owned(), ..Assessment::default() });
            continue;
        }
        let finished = match kind {
            0 => 200 + dice.below(1_800),
            2 => 2 + dice.below(12),
            3 => dice.below(5),
            _ => 30 + dice.below(600),
        };
        let year = if kind == 3 { finished + dice.below(5) } else { finished * 10 + dice.below(400) };
        list.push(one(&mut dice, &department, kind, finished, year));
    }
    list
}
