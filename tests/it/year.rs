//! A year of a county in the simulated clock, every finding and every card beside an independent judge.

use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight_domain::Timestamp;
use daylight_tests::root;
use daylight_tests::servers::say;
use daylight_tests::year::{LAST, Size, live};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn a_year_of_a_county_gives_the_cards_an_independent_judge_gives() {
    let folder = tempfile::tempdir().expect("a folder");
    let size = Size { departments: 10, per_day: 3, hours: &[20], seed: 2025 };
    let year = live(folder.path(), size).await;
    say(&format!("a year: {}", year.say()));
    assert!(year.cases > 6_000 && year.findings.len() > 30, "a year in which much happens");
    let few: Vec<_> = year.differences.iter().take(30).collect();
    assert!(few.is_empty(), "{} differences: {few:#?}", year.differences.len());
    // What was counted on the way is what three recounts give.
    let now = Timestamp::parse(&format!("{LAST} 20:00:00")).expect("a time");
    let loaded = load(&folder.path().join("config"), now).expect("configuration");
    let app = App::open(loaded, Arc::new(FastClock::new(now, 0))).await.expect("an appliance");
    let compared = crate::tally::prove(&app, &app.config.data().join("daylight.db")).await;
    say(&format!("counts compared: {compared}"));
    assert!(compared > 50_000, "{compared}");
    app.close().await;
}

#[test]
fn the_judge_and_the_recount_share_no_code_with_the_product() {
    for file in ["judge.rs", "days.rs", "count.rs"] {
        let text = std::fs::read_to_string(root().join("tests/src/year").join(file)).expect("text");
        assert!(!text.contains("daylight"), "{file} names the product");
        let used: Vec<_> = text.lines().filter(|l| l.trim_start().starts_with("use ")).collect();
        let common = ["use chrono::", "use serde_json::", "use std::", "use super::"];
        let own = |l: &&&str| !common.iter().any(|p| l.trim_start().starts_with(p));
        let foreign: Vec<_> = used.iter().filter(own).collect();
        assert!(foreign.is_empty(), "{file}: {foreign:?}");
    }
}
