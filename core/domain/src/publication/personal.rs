//! Personal data in words that a person wrote: what must not be in anything published (行政许可法 5, 72(5); 个人信息保护法). A hit
//! names the kind and the place, never the content.

use crate::word::words;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

words! {
    /// What was found.
    PersonalKind {
        IdNumber = "id_number", "证件号码";
        Phone = "phone", "电话号码";
        BankCard = "bank_card", "银行卡号";
        Address = "address", "住址";
        Name = "name", "姓名";
    }
}

/// Something personal in a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Personal {
    /// What kind.
    pub kind: PersonalKind,
    /// At which character of the text it begins, from 1.
    pub place: usize,
}

/// Names and addresses of the persons a register holds.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The county's own words: what is part of one is nobody's name.
    words: Vec<String>,
    names: BTreeSet<String>,
    addresses: BTreeSet<String>,
}

/// Addresses shorter than this are places, not somebody's home.
const SHORTEST_ADDRESS: usize = 6;

fn plain(text: &str) -> String {
    squeezed(text).into_iter().map(|(_, c)| c).collect()
}

/// Somebody's name as names are: two to four Han characters, or more in parts with a dot between them (维吾尔族 and others). Anybody may say any
/// name, so that not everything that was said can count as one.
fn like_a_name(text: &str) -> bool {
    let han = |c: char| matches!(u32::from(c), 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0x20000..=0x3ffff);
    let parts: Vec<String> = text.split('·').map(plain).collect();
    let n: usize = parts.iter().map(|part| part.chars().count()).sum();
    let all = parts.iter().all(|part| !part.is_empty() && part.chars().all(han));
    all && n >= 2 && (n <= 4 || parts.len() > 1)
}

impl Known {
    /// Nobody, in a county with words of its own: its name, its departments', its items'.
    #[must_use]
    pub fn beside<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        Self { words: words.into_iter().map(plain).collect(), ..Self::default() }
    }

    /// Adds a person. A name that is not like one, and what is part of the county's own words, does not count.
    pub fn add(&mut self, name: &str, address: Option<&str>) {
        let own = |text: &str| self.words.iter().any(|word| word.contains(text));
        let address = address.map(plain).filter(|a| a.chars().count() >= SHORTEST_ADDRESS && !own(a));
        let named = like_a_name(name);
        let name = plain(name);
        if named && !own(&name) {
            self.names.insert(name);
        }
        if let Some(address) = address {
            self.addresses.insert(address);
        }
    }

    /// How many names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Nobody is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.addresses.is_empty()
    }
}

/// A text without what hides a number in it: full-width characters are made narrow, and spaces, dashes and invisible characters go.
/// Each character keeps its place.
fn squeezed(text: &str) -> Vec<(usize, char)> {
    let narrow = |c: char| match u32::from(c) {
        code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(c),
        _ => c,
    };
    let hides = |c: char| {
        c.is_whitespace() || c.is_control() || "-‐‑‒–—·_\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}".contains(c)
    };
    text.chars().map(narrow).enumerate().filter(|(_, c)| !hides(*c)).collect()
}

fn number(digits: &[char]) -> u32 {
    digits.iter().filter_map(|c| c.to_digit(10)).fold(0, |n, d| n.saturating_mul(10).saturating_add(d))
}

/// Eighteen characters with a birthday in the middle (GB 11643), or the fifteen of before. The check character is not asked for: a
/// mistyped number is somebody's all the same.
fn is_id(run: &[char]) -> bool {
    let born = |year: u32, rest: &[char]| {
        let (month, day) = (number(rest.get(..2).unwrap_or_default()), number(rest.get(2..4).unwrap_or_default()));
        (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
    };
    match run.len() {
        18 => run.get(6..10).zip(run.get(10..14)).is_some_and(|(year, rest)| born(number(year), rest)),
        15 => run.get(6..8).zip(run.get(8..12)).is_some_and(|(year, rest)| born(1900 + number(year), rest)),
        _ => false,
    }
}

fn is_phone(run: &[char]) -> bool {
    let digit = |at: usize| run.get(at).copied().unwrap_or(' ');
    let mobile = |at: usize| digit(at) == '1' && ('3'..='9').contains(&digit(at + 1));
    match run.len() {
        11 if mobile(0) => true,
        13 if digit(0) == '8' && digit(1) == '6' => mobile(2),
        10..=12 => digit(0) == '0' && digit(1) != '0',
        _ => false,
    }
}

/// Luhn, as bank cards have it.
fn is_card(run: &[char]) -> bool {
    if !(16..=19).contains(&run.len()) {
        return false;
    }
    let sum: u32 = run
        .iter()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .enumerate()
        .map(|(at, d)| if at % 2 == 0 { d } else { d * 2 / 10 + d * 2 % 10 })
        .sum();
    sum.is_multiple_of(10)
}

/// Words after which a number of seven or eight digits is a telephone's.
const CALLS: &[&str] = &["电话", "手机", "座机", "联系方式", "tel", "Tel", "TEL"];
/// What follows a number in somebody's address.
const HOMES: &[&str] = &["室", "幢", "栋", "单元", "弄"];

/// Everything personal in a text, by place.
#[must_use]
pub fn personal(text: &str, known: &Known) -> Vec<Personal> {
    let chars = squeezed(text);
    let plain: String = chars.iter().map(|(_, c)| *c).collect();
    let bare: Vec<char> = chars.iter().map(|(_, c)| *c).collect();
    let place = |at: usize| chars.get(at).map_or(0, |(place, _)| place + 1);
    let mut found = BTreeSet::new();
    let mut at = 0;
    while at < bare.len() {
        if !bare.get(at).is_some_and(char::is_ascii_digit) {
            at += 1;
            continue;
        }
        let digits = bare.iter().skip(at).take_while(|c| c.is_ascii_digit()).count();
        let ends_in_x = digits == 17 && bare.get(at + digits).is_some_and(|c| matches!(c, 'x' | 'X'));
        let run = bare.get(at..at + digits + usize::from(ends_in_x)).unwrap_or_default();
        let before: String = bare.get(at.saturating_sub(6)..at).unwrap_or_default().iter().collect();
        let after: String = bare.iter().skip(at + run.len()).take(2).collect();
        let kind = if is_id(run) {
            Some(PersonalKind::IdNumber)
        } else if is_phone(run) || run.len() >= 7 && run.len() <= 8 && CALLS.iter().any(|w| before.contains(w)) {
            Some(PersonalKind::Phone)
        } else if is_card(run) {
            Some(PersonalKind::BankCard)
        } else if run.len() <= 5 && HOMES.iter().any(|w| after.starts_with(w)) {
            Some(PersonalKind::Address)
        } else {
            None
        };
        found.extend(kind.map(|kind| (place(at), kind)));
        at += run.len();
    }
    let mut look = |words: &BTreeSet<String>, kind: PersonalKind| {
        for word in words {
            for (byte, _) in plain.match_indices(word.as_str()) {
                let before = plain.get(..byte).map_or(0, |head| head.chars().count());
                found.insert((place(before), kind));
            }
        }
    };
    look(&known.names, PersonalKind::Name);
    look(&known.addresses, PersonalKind::Address);
    found.into_iter().map(|(place, kind)| Personal { kind, place }).collect()
}
