//! More of real life than the generator of the demonstration has: extensions lawful and not, special procedures of every kind,
//! corrections again and again, hearings, charges, steps reported when they begin, cases that never end, ends on days of rest.

use daylight::demo::county::{Dice, Happening};
use daylight_domain::Timestamp;
use daylight_domain::record::RecordType;
use std::collections::BTreeMap;

const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

fn ms(n: u64) -> i64 {
    i64::try_from(n).expect("small")
}

fn text(t: Timestamp) -> String {
    t.local().format("%Y-%m-%d %H:%M:%S").to_string()
}

fn pick<'a>(dice: &mut Dice, list: &'a [&'a str]) -> &'a str {
    list[usize::try_from(dice.below(list.len() as u64)).expect("small")]
}

/// Puts disorder into what a department's system knows, the same for the same seed.
#[must_use]
pub fn mess(department: &str, all: Vec<Happening>, seed: u64) -> Vec<Happening> {
    let mut dice = Dice::new(seed, &format!("{department}-mess"));
    let mut by_case: BTreeMap<String, Vec<Happening>> = BTreeMap::new();
    for one in all {
        by_case.entry(one.case_no.clone()).or_default().push(one);
    }
    let mut out: Vec<Happening> = Vec::new();
    for (no, mut told) in by_case {
        if !no.is_empty() {
            one_case(&mut dice, &no, &mut told);
        }
        out.append(&mut told);
    }
    out.sort_by(|a, b| (a.visible_at, a.at, &a.key, a.version).cmp(&(b.visible_at, b.at, &b.key, b.version)));
    for (id, one) in (1..).zip(&mut out) {
        one.id = id;
    }
    out
}

struct Case<'a> {
    no: &'a str,
    item: String,
    told: &'a mut Vec<Happening>,
}

impl Case<'_> {
    fn at(&self, kind: RecordType) -> Option<Timestamp> {
        self.told.iter().find(|h| h.kind == kind && h.version == 1).map(|h| h.at)
    }

    fn put(&mut self, kind: RecordType, key: &str, at: Timestamp, fields: &[(&'static str, String)]) {
        self.told.push(Happening {
            id: 0,
            visible_at: at.plus_ms(120_000),
            kind,
            key: format!("{}-{key}", self.no),
            version: 1,
            case_no: self.no.to_owned(),
            item: self.item.clone(),
            at,
            fields: fields.iter().filter(|(_, v)| !v.is_empty()).cloned().collect(),
            wrong: None,
            raw: BTreeMap::new(),
            faults: Vec::new(),
        });
    }
}

fn one_case(dice: &mut Dice, no: &str, told: &mut Vec<Happening>) {
    let item = told[0].item.clone();
    let mut case = Case { no, item, told };
    let Some(accepted) = case.at(RecordType::Accept) else { return };
    let long = case.told.iter().any(|h| h.kind == RecordType::Step);
    if dice.chance(10) {
        // Ends days later, on whatever day that is.
        let later = DAY * (1 + ms(dice.below(4)));
        for h in case.told.iter_mut() {
            if matches!(h.kind, RecordType::Decide | RecordType::Finish | RecordType::Deliver) {
                (h.at, h.visible_at) = (h.at.plus_ms(later), h.visible_at.plus_ms(later));
            }
        }
    } else if long && dice.chance(4) {
        let ends = [RecordType::Decide, RecordType::Finish, RecordType::Deliver, RecordType::ForwardUp];
        case.told.retain(|h| !ends.contains(&h.kind));
    }
    for h in case.told.iter_mut() {
        match h.kind {
            RecordType::Accept if dice.chance(5) => drop(h.fields.remove("accept_doc_no")),
            RecordType::Decide if h.fields.get("decision").is_some_and(|d| d == "refused") => {
                let reason = pick(dice, &["不符合", "经审查申请材料与法定条件不符", "", "可依法申请行政复议"]);
                if dice.chance(400) {
                    h.fields.insert("reason", reason.to_owned());
                }
            }
            RecordType::Finish if dice.chance(10) => drop(h.fields.remove("cert_no")),
            _ => {}
        }
    }
    if long {
        open_steps(dice, &mut case);
        if dice.chance(40) {
            extend(dice, &mut case, accepted, "YQ1");
            if dice.chance(100) {
                extend(dice, &mut case, accepted, "YQ2");
            }
        }
        if dice.chance(25) {
            special(dice, &mut case, accepted);
        }
    }
    if dice.chance(10) {
        let notice = accepted.plus_ms(DAY * ms(dice.below(4)) - DAY * 2);
        case.put(RecordType::Correction, "BZ2", notice, &[]);
        if dice.chance(700) {
            case.put(RecordType::CorrectionIn, "BZSL2", notice.plus_ms(2 * DAY), &[]);
        }
    }
    if dice.chance(8) {
        let requested = accepted.plus_ms(DAY);
        let held = match dice.below(10) {
            0..4 => String::new(),
            n => text(requested.plus_ms(DAY * ms(n * n / 2))),
        };
        let seen = if held.is_empty() { requested } else { Timestamp::parse(&held).expect("a time") };
        let fields = [("requested_at", text(requested)), ("held_at", held)];
        case.put(RecordType::Hearing, "TZ", seen, &fields);
    }
    if dice.chance(6) {
        case.put(RecordType::Fee, "SF", accepted.plus_ms(HOUR), &[("amount", (1 + dice.below(90)).to_string())]);
    }
}

/// Some sources tell of a step when it begins, and again when it has ended.
fn open_steps(dice: &mut Dice, case: &mut Case<'_>) {
    let mut begun = Vec::new();
    for h in case.told.iter_mut().filter(|h| h.kind == RecordType::Step) {
        let Some(started) = h.fields.get("started_at").and_then(|t| Timestamp::parse(t)) else { continue };
        if dice.chance(250) {
            let mut first = h.clone();
            first.fields.remove("ended_at");
            (first.at, first.visible_at) = (started, started.plus_ms(120_000));
            h.version = 2;
            if first.visible_at < h.visible_at {
                begun.push(first);
            }
        }
    }
    case.told.append(&mut begun);
}

fn extend(dice: &mut Dice, case: &mut Case<'_>, accepted: Timestamp, key: &str) {
    let approved = accepted.plus_ms(DAY * (1 + ms(dice.below(30))));
    let told = match dice.below(10) {
        0..6 => text(approved.plus_ms(HOUR)),
        6..8 => text(approved.plus_ms(DAY * 4)),
        _ => String::new(),
    };
    let fields = [
        ("days", pick(dice, &["5", "10", "10", "10", "12"]).to_owned()),
        ("approver", pick(dice, &["主要负责人", "主要负责人", "主要负责人", ""]).to_owned()),
        ("approved_at", text(approved)),
        ("reason", pick(dice, &["案情复杂，需要进一步核实", "需要征求意见", "现场条件变化", ""]).to_owned()),
        ("notified_at", told.clone()),
    ];
    let seen = Timestamp::parse(&told).map_or(approved, |t| t.max(approved));
    case.put(RecordType::Extension, key, seen, &fields);
}

fn special(dice: &mut Dice, case: &mut Case<'_>, accepted: Timestamp) {
    let kinds = ["other", "applicant_cause", "testing", "site_visit", "expert_review", "hearing", "intermediary"];
    let began = accepted.plus_ms(DAY * ms(dice.below(15)) + HOUR);
    let told = match dice.below(10) {
        0..6 => text(began.plus_ms(HOUR)),
        6..8 => text(began.plus_ms(DAY * 5)),
        _ => String::new(),
    };
    let fields = [
        ("kind", pick(dice, &kinds).to_owned()),
        ("announced_days", pick(dice, &["", "2", "5", "5", "10"]).to_owned()),
        ("approver", pick(dice, &["分管负责人", "分管负责人", "分管负责人", ""]).to_owned()),
        ("seq", "2".to_owned()),
        ("notified_at", told.clone()),
    ];
    case.put(RecordType::SpecialStart, "TB2", began, &fields);
    if let (Some(last), Some(t)) = (case.told.last_mut(), Timestamp::parse(&told)) {
        // Told once the applicant has been.
        last.visible_at = last.visible_at.max(t.plus_ms(120_000));
    }
    let ended = match dice.below(10) {
        0..2 => return,
        2 => began.plus_ms(-DAY),
        n => began.plus_ms(DAY * ms(n) * 2),
    };
    case.put(RecordType::SpecialEnd, "TB2", ended, &[("seq", "2".to_owned())]);
}
