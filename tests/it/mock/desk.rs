//! A plugin at its author's desk: its records go through a real county, and what became of them is said.

use daylight::kit::dev::{Ask, Lines, Project, Report, Stay};
use daylight::kit::mock::Faults;
use daylight::plugins::bundled;
use std::path::Path;

const KIT: &str = include_str!("rest-kit.toml");

/// A component and its `kit.toml` in a folder, as somebody else builds them.
fn project(folder: &Path, kit: &str) -> Project {
    let rest = bundled().iter().find(|b| b.name == "rest-json").expect("the bundled connector");
    std::fs::write(folder.join("vendor.wasm"), rest.bytes).expect("written");
    std::fs::write(folder.join("kit.toml"), kit).expect("written");
    Project::at(&folder.join("vendor.wasm"), None).expect("a project")
}

fn asks(faults: &str) -> Ask {
    let faults = Faults::parse(faults).expect("faults");
    Ask { seed: 7, cases: 40, days: 7, faults, case: None }
}

async fn report(folder: &Path, kit: &str, ask: Ask) -> Report {
    let project = project(folder, kit);
    let cache = folder.join("cache");
    std::fs::create_dir_all(&cache).expect("a folder");
    let component = project.component().expect("a component");
    let profile = project.profile().expect("a profile");
    let stay = Stay::begin(component, profile, ask, Lines::default(), &cache).await.expect("a county");
    let report = stay.report().await.expect("a report");
    stay.app.close().await;
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn the_case_the_card_and_the_clock_that_a_plugin_caused_are_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = report(folder.path(), KIT, asks("overdue=30%,wrong-code=3,missing@9")).await;
    assert!(told.good(), "{told:?}");
    assert_eq!((told.cases, told.shown, told.missing.len(), told.unknown.len()), (40, 40, 0, 0));
    assert_eq!(told.plugin, "rest-json 1.0.0");
    assert!(told.pulls.failed.is_empty() && told.pulls.records > 300, "{:?}", told.pulls);
    let codes: Vec<(&str, &str)> = told.refused.iter().map(|r| (r.code.as_str(), r.field.as_str())).collect();
    assert!(codes.iter().any(|(code, _)| *code == "E003"), "{codes:?}");
    assert!(codes.iter().any(|(code, field)| *code == "E001" && !field.is_empty()), "{codes:?}");
    assert!(told.cards["yellow"] + told.cards["red"] > 0, "{:?}", told.cards);
    let case = told.case.as_ref().expect("a case");
    assert!(!case.cards.is_empty() && !case.findings.is_empty(), "the case with the gravest card: {case:?}");
    assert!(case.clock.len() > 2 && case.clock.iter().any(|d| !d.marks.is_empty()), "its clock day by day");
    assert!(case.events.len() > 3, "{case:?}");
    let lines = told.lines().join("\n");
    for word in ["拉取：", "办件：40 件（来源有 40 件）", " E003 ", "监察卡：", &case.case_no, "承诺到期"]
    {
        assert!(lines.contains(word), "{word}\n{lines}");
    }
    // The same once more, and one case by its number.
    let first = case.case_no.clone();
    let again =
        report(folder.path(), KIT, Ask { case: Some(first.clone()), ..asks("overdue=30%,wrong-code=3,missing@9") })
            .await;
    assert_eq!((again.cases, &again.findings, &again.cards), (told.cases, &told.findings, &told.cards));
    assert_eq!(again.case.map(|c| c.case_no), Some(first));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_reads_nothing_is_told_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = report(folder.path(), &KIT.replace("/data/list\"", "/data/rows\""), asks("")).await;
    assert!(told.good(), "the fake department speaks as the settings say: {:?}", told.check);
    let deaf =
        KIT.replace("kind = \"bearer\", secret = \"token\"", "kind = \"none\"").replace("secret = \"token\"\n", "");
    let told = report(folder.path(), &deaf, asks("login")).await;
    assert!(!told.good() && told.cases == 0, "{told:?}");
    assert!(told.check.problems.iter().any(|p| p.code == "source.refused"), "{:?}", told.check);
    assert!(told.lines().iter().any(|l| l.contains("source.refused")));
}

#[test]
fn a_change_of_a_source_is_seen_and_what_tools_write_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path();
    std::fs::write(dir.join("kit.toml"), KIT).expect("written");
    std::fs::create_dir_all(dir.join("src")).expect("a folder");
    std::fs::create_dir_all(dir.join("target/x")).expect("a folder");
    std::fs::write(dir.join("src/lib.rs"), "one").expect("written");
    let project = Project::at(dir, None).expect("a project");
    let before = project.state();
    std::fs::write(dir.join("target/x/made.rs"), "tool").expect("written");
    std::fs::write(dir.join("made.wasm"), "tool").expect("written");
    assert_eq!(project.state(), before);
    std::fs::write(dir.join("src/lib.rs"), "another").expect("written");
    assert_ne!(project.state(), before);
    let before = project.state();
    std::fs::write(dir.join("kit.toml"), "source = \"rest\"").expect("written");
    assert_ne!(project.state(), before);
    assert_eq!(Project::at(&dir.join("nothing"), None).expect_err("nothing there").code, "plugin.file");
}
