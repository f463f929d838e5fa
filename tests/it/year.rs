//! A year of a county in the simulated clock, every finding and every card beside an independent judge.

use daylight_tests::root;
use daylight_tests::servers::say;
use daylight_tests::year::{Size, live};

#[tokio::test(flavor = "multi_thread")]
async fn a_year_of_a_county_gives_the_cards_an_independent_judge_gives() {
    let folder = tempfile::tempdir().expect("a folder");
    let size = Size { departments: 10, per_day: 3, hours: &[20], seed: 2025 };
    let year = live(folder.path(), size).await;
    say(&format!("a year: {}", year.say()));
    assert!(year.cases > 6_000 && year.findings.len() > 30, "a year in which much happens");
    let few: Vec<_> = year.differences.iter().take(30).collect();
    assert!(few.is_empty(), "{} differences: {few:#?}", year.differences.len());
}

#[test]
fn the_judge_shares_no_code_with_the_product() {
    for file in ["judge.rs", "days.rs"] {
        let text = std::fs::read_to_string(root().join("tests/src/year").join(file)).expect("text");
        assert!(!text.contains("daylight"), "{file} names the product");
        let used: Vec<_> = text.lines().filter(|l| l.trim_start().starts_with("use ")).collect();
        let own =
            |l: &&&str| !["use chrono::", "use std::", "use super::"].iter().any(|p| l.trim_start().starts_with(p));
        let foreign: Vec<_> = used.iter().filter(own).collect();
        assert!(foreign.is_empty(), "{file}: {foreign:?}");
    }
}
