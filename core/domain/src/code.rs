//! Code tables, as data, and the check characters of the numbers that carry one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A code's names.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Names(
    /// Chinese.
    pub String,
    /// English.
    pub String,
);

/// One table: code → names.
pub type Table = BTreeMap<String, Names>;

static TABLES: LazyLock<BTreeMap<String, Table>> =
    LazyLock::new(|| toml::from_str(include_str!("../data/codes.toml")).unwrap_or_default());

/// A table by name; every [`crate::record::Form::Code`] names one that exists.
#[must_use]
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.get(name)
}

/// Special procedures whose time the law excludes by itself (行政许可法 45).
pub const LAWFUL_SPECIALS: [&str; 8] =
    ["hearing", "tender", "auction", "inspection", "testing", "quarantine", "appraisal", "expert_review"];

const USCC_ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const USCC_WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// Whether a unified social credit code (统一社会信用代码, GB 32100-2015) has 18 characters and the right last one.
#[must_use]
pub fn uscc_is_valid(code: &str) -> bool {
    let value = |c: u8| USCC_ALPHABET.iter().position(|a| *a == c);
    let bytes = code.as_bytes();
    let (Some(body), Some(check)) = (bytes.get(..17), bytes.get(17)) else { return false };
    let sum = body.iter().zip(USCC_WEIGHTS).try_fold(0, |sum, (c, weight)| Some(sum + value(*c)? * weight));
    bytes.len() == 18 && sum.is_some_and(|sum| value(*check) == Some((31 - sum % 31) % 31))
}

/// Whether a citizen identity number (GB 11643) has 18 characters, a date of birth and the right last character.
#[must_use]
pub fn identity_is_valid(number: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECK: &[u8] = b"10X98765432";
    let bytes = number.as_bytes();
    let (Some(body), Some(check)) = (bytes.get(..17), bytes.get(17)) else { return false };
    if bytes.len() != 18 || !body.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let born = number.get(6..14).and_then(crate::time::parse_date);
    let sum: u32 = body.iter().zip(WEIGHTS).map(|(c, weight)| u32::from(c - b'0') * weight).sum();
    let want = usize::try_from(sum % 11).ok().and_then(|at| CHECK.get(at));
    born.is_some() && want == Some(&check.to_ascii_uppercase())
}

/// Whether a division code (行政区划, GB/T 2260) has 6 or 12 digits and begins with a province that exists.
#[must_use]
pub fn division_is_valid(code: &str) -> bool {
    let province = code.get(..2).and_then(|p| p.parse::<u8>().ok());
    matches!(code.len(), 6 | 12)
        && code.bytes().all(|b| b.is_ascii_digit())
        && province
            .is_some_and(|p| matches!(p, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81 | 82))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Field, Form};

    #[test]
    fn every_table_a_field_names_exists() {
        for field in Field::ALL {
            if let Form::Code(name) = field.form() {
                assert!(table(name).is_some_and(|t| !t.is_empty()), "{name}");
            }
        }
        for kind in LAWFUL_SPECIALS {
            assert!(table("special_kind").expect("table").contains_key(kind));
        }
    }

    #[test]
    fn published_credit_codes_pass_and_a_changed_character_does_not() {
        for code in [
            "11330800MB0R57773W",
            "11330204772326000D",
            "11341702730007167P",
            "91330100799655058B",
            "11511301008778183N",
        ] {
            assert!(uscc_is_valid(code), "{code}");
            let changed = code.replacen('1', "2", 1);
            assert!(!uscc_is_valid(&changed), "{changed}");
        }
        for bad in
            ["", "11330800MB0R57773", "11330800MB0R57773WW", "11330800MBOR57773W", "统一社会信用代码统一社会信用代码"]
        {
            assert!(!uscc_is_valid(bad), "{bad}");
        }
    }

    #[test]
    fn identity_numbers_and_divisions() {
        assert!(identity_is_valid("11010519491231002X") && identity_is_valid("11010519491231002x"));
        for bad in ["110105194912310021", "11010519491331002X", "1101051949123100", ""] {
            assert!(!identity_is_valid(bad), "{bad}");
        }
        assert!(division_is_valid("330824") && division_is_valid("330824000000"));
        for bad in ["33082", "990000", "33082a", "3308240"] {
            assert!(!division_is_valid(bad), "{bad}");
        }
    }
}
