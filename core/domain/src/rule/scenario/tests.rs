use super::*;
use crate::calendar::tests::china;
use crate::rule::tests::every_rule;
use crate::rule::{RuleBook, program};
use std::path::PathBuf;

fn book() -> RuleBook {
    RuleBook::new(every_rule()).expect("a book")
}

fn files() -> Vec<PathBuf> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/rules");
    let mut all: Vec<_> = std::fs::read_dir(folder).expect("the folder").map(|e| e.expect("a file").path()).collect();
    all.retain(|f| f.extension().is_some_and(|e| e == "toml"));
    all.sort();
    all
}

#[test]
fn every_rule_has_a_violating_case_and_a_near_miss_and_all_come_out() {
    let (book, calendar) = (book(), china());
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    for file in files() {
        let text = std::fs::read_to_string(&file).expect("a file");
        match run(&text, &book, &calendar) {
            Err(e) => wrong.push(format!("{}: {e}", file.display())),
            Ok(tested) => all.extend(tested),
        }
    }
    for one in &all {
        wrong.extend(one.failures.iter().map(|f| format!("“{}”：{f}", one.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let bare: Vec<String> = uncovered(&all).iter().map(|(id, kind)| format!("{id} {kind:?}")).collect();
    assert!(bare.is_empty(), "without a scenario: {}", bare.join(", "));
}

#[test]
fn the_files_hold_the_rules_of_the_program_and_no_others() {
    let mut configured: Vec<String> = every_rule().into_iter().map(|r| r.id).collect();
    let mut known: Vec<String> = program().iter().map(|p| p.id.to_owned()).collect();
    configured.sort();
    known.sort();
    assert_eq!(configured, known);
    assert_eq!(known.len(), 127);
    assert_eq!(every_rule().iter().filter(|r| r.enabled).count(), 94, "on by default");
    // Each has a function, and no function is without its line in the program.
    let mut run: Vec<String> = crate::rule::judge::CASE_RULES.iter().map(|(id, _)| (*id).to_owned()).collect();
    run.extend(crate::rule::Told::rules().into_iter().map(|(id, _)| id.to_owned()));
    run.sort();
    run.dedup();
    assert_eq!(run, known);
    for rule in every_rule() {
        let about = program().iter().find(|p| p.id == rule.id).map(|p| p.about);
        assert_eq!(rule.applies_to, about, "{}: the file says what it applies to", rule.id);
        assert!(!rule.basis.is_empty() && !rule.trigger_zh.is_empty() && !rule.trigger_en.is_empty(), "{}", rule.id);
    }
}

const LATE: &str = r#"
[[scenario]]
name = "超期"
rule = "T-02"
kind = "violation"
records = [{ type = "accept", event_time = "2026-03-02 09:30" }]
expect = [{ at = "2026-03-12", level = "yellow", contains = "超时 1 个工作日" }]
"#;

fn tried(text: &str) -> Vec<String> {
    match run(text, &book(), &china()) {
        Ok(tested) => tested.into_iter().flat_map(|t| t.failures).collect(),
        Err(e) => vec![e.to_string()],
    }
}

#[test]
fn what_is_not_as_expected_says_what_was_found_instead() {
    assert_eq!(tried(LATE), Vec::<String>::new());
    let early = tried(&LATE.replace("at = \"2026-03-12\"", "at = \"2026-03-11\""));
    assert_eq!(
        early,
        ["2026-03-11T00:00:00+08:00 规则 T-02（超承诺时限）应为 黄牌，并说明“超时 1 个工作日”，实际 未触发：时限未满"]
    );
    let level = tried(&LATE.replace("yellow", "red"));
    assert!(
        level[0].contains("应为 红牌") && level[0].contains("实际 黄牌（对象 A1）：承诺时限7个工作日"),
        "{level:?}"
    );
    let words = tried(&LATE.replace("超时 1 个", "超时 2 个"));
    assert!(words[0].contains("超时 1 个工作日"), "{words:?}");
    let unknown = tried(&LATE.replace("kind = \"violation\"", "kind = \"violation\"\nitem = { promise_limit = {} }"));
    assert!(unknown[0].contains("实际 未触发：事项没有此种时限"), "{unknown:?}");
}

#[test]
fn a_file_that_cannot_be_run_says_why() {
    for (from, to, said) in [
        ("kind = \"violation\"", "kind = \"bad\"", "scenario.syntax"),
        ("level = \"yellow\"", "level = \"blue\"", "“blue”不是级别"),
        ("at = \"2026-03-12\"", "at = \"soon\"", "“soon”不是时间"),
        ("rule = \"T-02\"", "rule = \"X-99\"", "没有规则 X-99"),
        ("rule = \"T-02\"", "rule = \"T-02\"\nparams = { colour = 1 }", "colour 不是规则 T-02 的参数"),
        ("event_time = \"2026-03-02 09:30\"", "event_time = \"昨天\"", "第 1 条记录：E002"),
        ("kind = \"violation\"", "kind = \"near_miss\"", "却有 expect 要求规则 T-02 触发"),
        ("level = \"yellow\"", "level = \"none\"", "没有一条 expect 要求规则 T-02 触发"),
        ("records = [", "facts = [{ about = \"moon\" }]\nrecords = [", "about 的“moon”不认识；可用：agent 代办人"),
        ("records = [", "facts = [{ about = \"card\" }]\nrecords = [", "第 1 条事实：card：missing field `no`"),
        ("records = [", "colour = 1\nrecords = [", "unknown field `colour`"),
    ] {
        let text = LATE.replace(from, to);
        let error = run(&text, &book(), &china()).expect_err(to).to_string();
        assert!(error.contains(said), "{to}: {error}");
    }
    let twice = format!("{LATE}{LATE}");
    assert!(run(&twice, &book(), &china()).expect_err("twice").to_string().contains("名称出现了两次"));
}

#[test]
fn a_rule_without_scenarios_is_named() {
    let tested = run(LATE, &book(), &china()).expect("a run");
    let bare = uncovered(&tested);
    assert!(bare.contains(&("T-02", Kind::NearMiss)) && !bare.contains(&("T-02", Kind::Violation)));
    assert_eq!(bare.len(), 127 * 2 - 1);
}

/// Every parameter has an edge in some scenario: moved by one, something is no longer as expected.
#[test]
fn no_parameter_can_be_changed_unnoticed() {
    let calendar = china();
    let texts: Vec<String> = files().iter().map(|f| std::fs::read_to_string(f).expect("a file")).collect();
    let mut loose = Vec::new();
    for (at, rule) in every_rule().iter().enumerate() {
        let about = format!("\"{}\"", rule.id);
        for (name, value) in &rule.params {
            for moved in [value - 1, value + 1].into_iter().filter(|v| *v >= 0) {
                let mut all = every_rule();
                all[at].params.insert(name.clone(), moved);
                let book = RuleBook::new(all).expect("a book");
                let mut texts = texts.iter().filter(|t| t.contains(&about));
                let noticed = texts.any(|t| run(t, &book, &calendar).expect("a run").iter().any(|r| !r.passed()));
                if !noticed {
                    loose.push(format!("{} {name} = {moved}", rule.id));
                }
            }
        }
    }
    assert!(loose.is_empty(), "no scenario notices: {}", loose.join(", "));
}
