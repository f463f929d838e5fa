//! What records of real departments are like: each thing done to a true record has a name and is noted on it.

use super::dice::Dice;
use super::faults::{Fault, Faults, What};
use super::happening::{Happening, text};
use daylight_domain::Timestamp;
use daylight_domain::record::RecordType;
use std::collections::BTreeMap;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 86_400_000;

/// Puts disorder among records. Each result says which of the true records it comes from.
pub(super) struct Mess<'a> {
    faults: &'a Faults,
    seed: u64,
    counted: BTreeMap<Fault, u64>,
    first_seen: BTreeMap<&'a str, Timestamp>,
}

impl<'a> Mess<'a> {
    pub(super) fn new(faults: &'a Faults, seed: u64, truth: &'a [Happening]) -> Self {
        let mut first_seen: BTreeMap<&str, Timestamp> = BTreeMap::new();
        for one in truth.iter().filter(|h| h.kind.opens_case()) {
            let seen = first_seen.entry(one.case_no.as_str()).or_insert(one.visible_at);
            *seen = (*seen).min(one.visible_at);
        }
        Self { faults, seed, counted: BTreeMap::new(), first_seen }
    }

    fn happens(&mut self, fault: Fault, one: &Happening) -> bool {
        let count = self.counted.entry(fault).or_default();
        *count += 1;
        let name = format!("{}/{}/{}", one.kind, one.key, one.version);
        self.faults.happens(fault, *count, self.seed, &name)
    }

    /// What the system shows instead of one true record.
    pub(super) fn of(&mut self, truth: &Happening) -> Vec<Happening> {
        if !truth.kind.of_case() {
            return vec![truth.clone()];
        }
        let mut dice = Dice::new(self.seed, &format!("mess/{}/{}/{}", truth.kind, truth.key, truth.version));
        let mut shown = vec![truth.clone()];
        let asked: Vec<Fault> = self.faults.of(What::Record).map(|(fault, _)| fault).collect();
        for fault in asked {
            let Some(one) = shown.first_mut() else { break };
            if !befalls(fault, one) || !self.happens(fault, one) {
                continue;
            }
            let more = match fault {
                Fault::OutOfOrder => self.too_early(one),
                _ => spoil(fault, one, &mut dice),
            };
            one.mark(fault);
            shown.extend(more.map(|mut again| {
                again.mark(fault);
                again
            }));
        }
        shown
    }

    fn too_early(&self, one: &mut Happening) -> Option<Happening> {
        let first = self.first_seen.get(one.case_no.as_str()).copied().unwrap_or(one.visible_at);
        one.visible_at = first.plus_ms(-MINUTE);
        None
    }
}

/// Whether a fault can befall a record at all.
fn befalls(fault: Fault, one: &Happening) -> bool {
    let kind = one.kind;
    match fault {
        Fault::Changed => matches!(kind, RecordType::Accept | RecordType::Decide | RecordType::Finish),
        Fault::Backdated => matches!(kind, RecordType::Accept | RecordType::Receive),
        Fault::Unversioned => kind == RecordType::Apply,
        Fault::WrongCode => coded(one).is_some() && one.wrong.is_none(),
        Fault::UnknownItem => kind == RecordType::Apply,
        Fault::Missing => required(one).is_some(),
        Fault::NoApplicant => one.fields.contains_key("applicant_type"),
        Fault::NullText => blankable(one).is_some(),
        Fault::FullWidth => numbered(one).is_some(),
        Fault::OddText => {
            one.fields.contains_key("case_title") || one.fields.get("reason").is_some_and(|r| !r.is_empty())
        }
        Fault::OutOfOrder => !kind.opens_case(),
        Fault::OrphanStep => kind == RecordType::Step,
        _ => true,
    }
}

fn coded(one: &Happening) -> Option<&'static str> {
    ["finish_type", "decision", "kind", "channel"].into_iter().find(|f| one.fields.contains_key(f))
}

fn required(one: &Happening) -> Option<&'static str> {
    match one.kind {
        RecordType::Apply => Some("item_code"),
        RecordType::Step => Some("started_at"),
        RecordType::Decide => Some("decision"),
        RecordType::Finish => Some("finish_type"),
        _ => None,
    }
}

fn blankable(one: &Happening) -> Option<&'static str> {
    ["accept_doc_no", "cert_no", "reason", "staff", "contact_phone"]
        .into_iter()
        .find(|f| one.fields.get(f).is_some_and(|v| !v.is_empty()))
}

fn numbered(one: &Happening) -> Option<&'static str> {
    ["announced_days", "accept_doc_no", "cert_no", "contact_phone"]
        .into_iter()
        .find(|f| one.fields.get(f).is_some_and(|v| v.bytes().any(|b| b.is_ascii_digit())))
}

/// Spoils a record; what follows it later, if anything.
fn spoil(fault: Fault, one: &mut Happening, dice: &mut Dice) -> Option<Happening> {
    let right = one.clone();
    let ms = |n: u64| i64::try_from(n).unwrap_or(0);
    // Somebody notices the next day and the system shows it again as it should be.
    let mended = |right: Happening, after: i64| {
        let mut again = right;
        again.visible_at = again.visible_at.plus_ms(after);
        Some(again)
    };
    match fault {
        Fault::Late => one.visible_at = one.visible_at.plus_ms(ms(1500 + dice.below(2500)) * MINUTE),
        Fault::Backdated => {
            one.at = one.at.plus_ms(-DAY * ms(1 + dice.below(3)));
            one.visible_at = one.visible_at.plus_ms(ms(2 + dice.below(24)) * HOUR);
        }
        Fault::Changed => {
            let mut again = right;
            again.version += 1;
            again.at = again.at.plus_ms(DAY);
            again.visible_at = again.visible_at.plus_ms(4 * DAY);
            return Some(again);
        }
        Fault::Unversioned => {
            let mut again = right;
            again.fields.entry("case_title").or_default().push_str("（改）");
            again.visible_at = again.visible_at.plus_ms(DAY);
            return Some(again);
        }
        Fault::Duplicate => return mended(right, ms(30 + dice.below(60)) * MINUTE),
        Fault::OrphanStep => {
            let mut stray = right;
            stray.case_no = format!("{}X", stray.case_no);
            stray.key = format!("{}X", stray.key);
            stray.visible_at = stray.visible_at.plus_ms(MINUTE);
            return Some(stray);
        }
        Fault::WrongCode => {
            one.wrong = coded(one).map(|field| (field, "ZZ"));
            return mended(right, 26 * HOUR);
        }
        Fault::UnknownItem => {
            one.raw.insert("item_code", "WZ-9999".to_owned());
            return mended(right, 26 * HOUR);
        }
        Fault::Missing => {
            let field = required(one)?;
            one.raw.insert(field, String::new());
            return mended(right, 26 * HOUR);
        }
        Fault::Future => {
            one.raw.insert("event_time", text(one.at.plus_ms(3650 * DAY)));
            return mended(right, 26 * HOUR);
        }
        _ => respell(fault, one, dice),
    }
    None
}

/// The same, written badly.
fn respell(fault: Fault, one: &mut Happening, dice: &mut Dice) {
    let local = one.at.local();
    let (field, value) = match fault {
        Fault::NoApplicant => ("applicant_type", String::new()),
        Fault::NullText => {
            let Some(field) = blankable(one) else { return };
            (field, dice.pick(&["NULL", "null", "无", "-"]).copied().unwrap_or("NULL").to_owned())
        }
        Fault::FullWidth => {
            let Some(field) = numbered(one) else { return };
            (field, one.fields.get(field).map(|v| wide(v)).unwrap_or_default())
        }
        Fault::Spaces => {
            let tail = dice.pick(&["  ", "\t", "\u{3000}"]).copied().unwrap_or(" ");
            ("case_no", format!("{}{tail}", one.case_no))
        }
        Fault::OddText => {
            let field = if one.fields.contains_key("case_title") { "case_title" } else { "reason" };
            let tail =
                dice.pick(&["\"引号\"", "，逗号, <尖括号> & 号", "换\r\n行", "生僻字㐂𠮷"]).copied().unwrap_or("\"");
            (field, format!("{}{tail}", one.fields.get(field).map_or("", String::as_str)))
        }
        Fault::DateOnly => ("event_time", local.format("%Y-%m-%d").to_string()),
        Fault::Zone => {
            let utc = one.at.plus_ms(-8 * HOUR).local();
            ("event_time", utc.format("%Y-%m-%dT%H:%M:%SZ").to_string())
        }
        Fault::TimeForm => {
            let form = dice.pick(&["%Y/%-m/%-d %-H:%M", "%Y年%m月%d日 %H:%M", "%Y%m%d%H%M%S"]).copied();
            ("event_time", local.format(form.unwrap_or("%Y/%-m/%-d")).to_string())
        }
        _ => return,
    };
    one.raw.insert(field, value);
}

fn wide(text: &str) -> String {
    text.chars().map(|c| c.to_digit(10).and_then(|d| char::from_u32(0xff10 + d)).unwrap_or(c)).collect()
}
