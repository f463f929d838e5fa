//! A golden month: forty made-up departments, what each standard gives them by hand, and where the two sides differ.
//!
//! [`make`] draws the departments from a seed; [`hand`] works out every number from the text of the field's handbook (§6, §12, annex A)
//! in exact fractions, sharing no code with the standards, their SDK or the core.

pub mod hand;
pub mod make;

use hand::Card;
use std::path::PathBuf;

/// Where the files lie.
#[must_use]
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden-month")
}

/// What differs between the expected card of a department and another one: indicator, both numbers.
#[must_use]
pub fn differences(department: &str, expected: &Card, got: &Card) -> Vec<String> {
    let mut list = Vec::new();
    let number = |n: Option<&i64>| n.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    for (lines, others, what) in [(&expected.lines, &got.lines, "line"), (&expected.beside, &got.beside, "beside")] {
        let names: std::collections::BTreeSet<&String> = lines.keys().chain(others.keys()).collect();
        for name in names {
            let (was, is) = (lines.get(name), others.get(name));
            if was != is {
                list.push(format!("{department} {what} {name}: expected {}, got {}", number(was), number(is)));
            }
        }
    }
    if expected.total != got.total || expected.grade != got.grade {
        let (was, is) = (expected, got);
        list.push(format!("{department} total: expected {} {}, got {} {}", was.total, was.grade, is.total, is.grade));
    }
    list
}
