use super::*;

fn text(words: &str) -> String {
    words.to_owned()
}

fn team(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| text(n)).collect()
}

fn proposed() -> Investigation {
    let refs = (Origin::Cards, vec![text("3308242026000000011")]);
    let mut one =
        Investigation::propose("market", refs, text("收件后长期不受理"), "ming", (Timestamp(0), Timestamp(9)));
    one.no = text("DC3308242026000001");
    one
}

fn approve(names: &[&str]) -> InvestigationAct {
    InvestigationAct::Approve { team: team(names), text: String::new(), conclude_due: Timestamp(100) }
}

fn measure(kind: MeasureKind) -> InvestigationAct {
    InvestigationAct::Measure { kind, text: text("限期改正"), due: Timestamp(80) }
}

/// Up to the conclusion.
fn concluded(outcome: Outcome) -> Investigation {
    let mut one = proposed();
    one.act(approve(&["lin", "ming"]), "zhao", Timestamp(1)).expect("approved");
    one.act(
        InvestigationAct::Notify { text: text("请说明收件未受理的原因"), statement_due: Timestamp(20) },
        "lin",
        Timestamp(2),
    )
    .expect("notified");
    one.act(InvestigationAct::State { text: text("当时系统升级") }, "hua", Timestamp(10)).expect("stated");
    let facts =
        InvestigationAct::Conclude {
            outcome, facts: text("收件 12 件均未出具凭证"), basis: text("行政许可法 32")
        };
    one.act(facts, "lin", Timestamp(30)).expect("concluded");
    one
}

#[test]
fn who_proposes_does_not_approve_and_nobody_works_alone() {
    let mut one = proposed();
    assert!(matches!(one.act(approve(&["lin", "hao"]), "ming", Timestamp(1)), Err(E::SamePerson(_))));
    assert!(matches!(one.act(approve(&["lin"]), "zhao", Timestamp(1)), Err(E::Team(_))));
    assert!(matches!(one.act(approve(&["lin", "lin"]), "zhao", Timestamp(1)), Err(E::Team(_))));
    assert!(matches!(one.act(approve(&["lin", "zhao"]), "zhao", Timestamp(1)), Err(E::Team(_))), "who approves");
    assert_eq!(one, proposed(), "nothing was changed");
    one.act(approve(&["lin", "hao"]), "zhao", Timestamp(1)).expect("approved");
    assert_eq!((one.lead.as_deref(), one.due), (Some("lin"), Some(Timestamp(100))));
    let notify = InvestigationAct::Notify { text: text("x"), statement_due: Timestamp(20) };
    assert!(matches!(one.act(notify, "zhao", Timestamp(2)), Err(E::Team(_))), "the approver is not of the team");
}

#[test]
fn nothing_is_concluded_before_the_department_was_heard_or_had_its_time() {
    let conclude =
        || InvestigationAct::Conclude { outcome: Outcome::Partly, facts: text("事实"), basis: text("依据") };
    let mut one = proposed();
    one.act(approve(&["lin", "ming"]), "zhao", Timestamp(1)).expect("approved");
    assert!(matches!(one.act(conclude(), "lin", Timestamp(2)), Err(E::State(..))), "not told");
    one.act(InvestigationAct::Notify { text: text("x"), statement_due: Timestamp(20) }, "lin", Timestamp(2))
        .expect("notified");
    assert_eq!(one.due, Some(Timestamp(20)));
    assert_eq!(one.act(conclude(), "lin", Timestamp(20)), Err(E::Unheard), "its last instant is not over");
    one.act(conclude(), "lin", Timestamp(21)).expect("it had its time");
}

#[test]
fn measures_are_replied_to_reviewed_revisited_and_filed() {
    let mut one = concluded(Outcome::Substantiated);
    one.act(measure(MeasureKind::Correct), "lin", Timestamp(31)).expect("a measure");
    one.act(measure(MeasureKind::Talk), "lin", Timestamp(31)).expect("a talk");
    assert_eq!(one.owed_by_department(), vec![(text("DC3308242026000001-1"), Timestamp(80), None)]);
    let close = || InvestigationAct::Close { text: String::new() };
    assert!(matches!(one.act(close(), "lin", Timestamp(32)), Err(E::Open(_))));
    let no = || text("DC3308242026000001-1");
    let reply = || InvestigationAct::Reply { measure: no(), text: text("已改") };
    let accept = || InvestigationAct::Accept { measure: no(), revisit_due: Timestamp(200) };
    assert!(matches!(one.act(accept(), "lin", Timestamp(40)), Err(E::Measure(..))), "no reply yet");
    one.act(reply(), "hua", Timestamp(41)).expect("replied");
    assert!(matches!(one.act(reply(), "hua", Timestamp(42)), Err(E::Measure(..))), "replied once");
    one.act(InvestigationAct::Return { measure: no(), text: text("不充分"), due: Timestamp(90) }, "lin", Timestamp(43))
        .expect("returned");
    assert_eq!(one.due, Some(Timestamp(90)));
    one.act(reply(), "hua", Timestamp(44)).expect("again");
    one.act(accept(), "lin", Timestamp(45)).expect("accepted");
    assert_eq!((one.state, one.due), (S::Revisit, Some(Timestamp(200))));
    assert!(matches!(one.act(close(), "lin", Timestamp(46)), Err(E::Open(_))), "nobody looked again");
    // Not corrected: it cannot be filed, another measure follows, and another revisit.
    let seen = |corrected| InvestigationAct::Revisit { corrected, text: text("现场查看") };
    assert!(matches!(one.act(seen(false), "zhao", Timestamp(140)), Err(E::Team(_))));
    one.act(seen(false), "ming", Timestamp(140)).expect("revisited");
    assert!(matches!(one.act(close(), "lin", Timestamp(141)), Err(E::Open(_))));
    one.act(measure(MeasureKind::Correct), "lin", Timestamp(142)).expect("another measure");
    let no = || text("DC3308242026000001-3");
    one.act(InvestigationAct::Reply { measure: no(), text: text("已改") }, "hua", Timestamp(143)).expect("replied");
    one.act(InvestigationAct::Accept { measure: no(), revisit_due: Timestamp(300) }, "lin", Timestamp(144))
        .expect("accepted");
    assert_eq!((one.state, one.due), (S::Revisit, Some(Timestamp(300))));
    assert!(matches!(one.act(close(), "lin", Timestamp(145)), Err(E::Open(_))), "nobody looked again");
    one.act(seen(true), "ming", Timestamp(150)).expect("revisited");
    one.act(close(), "lin", Timestamp(151)).expect("filed");
    assert_eq!((one.state, one.due), (S::Closed, None));
    assert_eq!(one.steps.len(), 17);
}

#[test]
fn what_was_not_substantiated_has_no_measures() {
    let mut one = concluded(Outcome::Unsubstantiated);
    assert!(matches!(one.act(measure(MeasureKind::Notice), "lin", Timestamp(31)), Err(E::Open(_))));
    one.act(InvestigationAct::Close { text: text("不属实") }, "lin", Timestamp(32)).expect("filed");
}

#[test]
fn a_department_sees_neither_evidence_nor_clues_nor_who_reported() {
    assert_eq!(proposed().for_department(), None, "not before the notice");
    let mut one = proposed();
    one.origin = Origin::Report;
    one.act(approve(&["lin", "ming"]), "zhao", Timestamp(1)).expect("approved");
    let evidence = InvestigationAct::Evidence { digest: text("00ff"), text: text("窗口录像") };
    one.act(evidence.clone(), "lin", Timestamp(2)).expect("kept");
    assert_eq!(one.act(evidence, "lin", Timestamp(2)), Err(E::Twice(text("窗口录像"))), "a file is evidence once");
    one.act(InvestigationAct::Notify { text: text("请说明"), statement_due: Timestamp(3) }, "lin", Timestamp(2))
        .expect("notified");
    let facts =
        InvestigationAct::Conclude { outcome: Outcome::Partly, facts: text("部分属实"), basis: text("依据") };
    one.act(facts, "lin", Timestamp(30)).expect("concluded");
    let clue =
        InvestigationAct::Measure { kind: MeasureKind::Clue, text: text("转办问题线索"), due: Timestamp(80) };
    one.act(clue, "fang", Timestamp(31)).expect("a clue");
    let seen = one.clone().for_department().expect("seen");
    assert_eq!((seen.state, seen.measures.len()), (S::Concluded, 0), "nothing tells of the clue");
    one.act(measure(MeasureKind::Correct), "lin", Timestamp(32)).expect("a measure");
    let seen = serde_json::to_string(&one.clone().for_department().expect("seen")).expect("JSON");
    assert!(seen.contains("DC3308242026000001-1\""), "the first measure has the first number");
    for hidden in ["窗口录像", "转办问题线索", "收件后长期不受理", "3308242026000000011", "移交线索"]
    {
        assert!(!seen.contains(hidden), "{hidden} in {seen}");
    }
    assert!(seen.contains("请说明") && seen.contains("限期改正"));
    let outside = serde_json::to_string(&one.without_clues()).expect("JSON");
    assert!(!outside.contains("转办问题线索") && outside.contains("窗口录像"));
}

#[test]
fn a_team_is_changed_by_who_approves_and_words_of_a_department_are_its_own() {
    let mut one = proposed();
    one.act(approve(&["lin", "ming"]), "zhao", Timestamp(1)).expect("approved");
    let change = |names: &[&str]| InvestigationAct::Team { team: team(names), text: text("换人") };
    assert!(matches!(one.act(change(&["hao"]), "zhao", Timestamp(2)), Err(E::Team(_))));
    one.act(change(&["hao", "fang"]), "zhao", Timestamp(2)).expect("changed");
    let notify =
        || InvestigationAct::Notify { text: text("移交线索的情况请说明"), statement_due: Timestamp(20) };
    assert!(one.act(notify(), "lin", Timestamp(3)).is_err(), "no member any more");
    one.act(notify(), "hao", Timestamp(3)).expect("notified");
    one.act(InvestigationAct::State { text: text("移交线索一事属误解") }, "hua", Timestamp(4)).expect("stated");
    one.act(InvestigationAct::State { text: text("材料见附件") }, "hua", Timestamp(5)).expect("added");
    let seen = one.for_department().expect("seen");
    let acts: Vec<&str> = seen.steps.iter().map(|s| s.act.as_str()).collect();
    assert_eq!(acts, ["notify", "state", "state"]);
    assert_eq!(seen.statement.expect("a statement").text, "移交线索一事属误解\n补充：材料见附件");
}
