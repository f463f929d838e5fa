//! A complaint's life: who may do what to it, and when.

use super::*;

fn complaint() -> Complaint {
    let words = ("窗口态度".to_owned(), "两次被告知材料不同".to_owned());
    let who =
        Contact { name: "赵一".to_owned(), phone: "13800001234".to_owned(), address: Some("城关镇".to_owned()) };
    let first = ("market", Way::Phone, ProblemKind::NotToldAtOnce);
    Complaint::register(first, words, Some(who), "desk", Timestamp(0))
}

const CENTRE: Actor<'static> = Actor { user: "centre", department: None };
const HUA: Actor<'static> = Actor { user: "hua", department: Some("market") };
const QIANG: Actor<'static> = Actor { user: "qiang", department: Some("health") };

fn t(text: &str) -> String {
    text.to_owned()
}

fn accept() -> ComplaintAct {
    ComplaintAct::Accept { text: t("已受理"), due: Timestamp(100) }
}

fn assign(joint: &[&str]) -> ComplaintAct {
    let joint = joint.iter().map(|j| t(j)).collect();
    ComplaintAct::Assign { department: t("market"), joint, text: String::new() }
}

fn reply() -> ComplaintAct {
    ComplaintAct::Reply { text: t("已纠正"), outcome: Outcome::Substantiated }
}

fn review(passed: bool) -> ComplaintAct {
    let severity = passed.then_some(Severity::Medium);
    ComplaintAct::Review { passed, severity, text: t("未写明依据"), due: Timestamp(200) }
}

fn call(satisfied: Content, solved: bool) -> ComplaintAct {
    ComplaintAct::CallBack { contacted: true, solved, satisfied, text: t("没有人改") }
}

fn reopen() -> ComplaintAct {
    ComplaintAct::Reopen { text: t("问题仍在"), due: Timestamp(300) }
}

/// At a state by lawful steps.
fn at(state: ComplaintState) -> Complaint {
    let mut one = complaint();
    let steps: [(ComplaintAct, Actor<'_>); 6] = [
        (accept(), CENTRE),
        (assign(&[]), CENTRE),
        (ComplaintAct::Receive, HUA),
        (reply(), HUA),
        (review(true), CENTRE),
        (call(Content::No, false), CENTRE),
    ];
    for (n, (act, by)) in (1..).zip(steps) {
        if one.state == state {
            break;
        }
        one.act(act, by, Timestamp(n)).expect("a step");
    }
    assert_eq!(one.state, state);
    one
}

#[test]
fn it_goes_from_registration_to_the_archive_and_every_step_stays() {
    let mut one = at(ComplaintState::CalledBack);
    one.act(ComplaintAct::Archive, CENTRE, Timestamp(9)).expect("archived");
    let acts: Vec<&str> = one.steps.iter().map(|s| s.act.as_str()).collect();
    assert_eq!(acts, ["register", "accept", "assign", "receive", "reply", "review", "call_back", "archive"]);
    assert!(one.act(reopen(), CENTRE, Timestamp(10)).is_err(), "what is archived stays");
}

#[test]
fn nothing_is_done_out_of_turn_and_a_refused_act_changes_nothing() {
    let all = [accept(), assign(&[]), ComplaintAct::Receive, reply(), review(true), call(Content::Yes, true), reopen()];
    let may = [
        (ComplaintState::Registered, vec![0]),
        (ComplaintState::Accepted, vec![1]),
        (ComplaintState::Assigned, vec![2]),
        (ComplaintState::Handling, vec![3]),
        (ComplaintState::Replied, vec![4]),
        (ComplaintState::Closed, vec![5]),
        (ComplaintState::CalledBack, vec![6]),
    ];
    for (state, lawful) in may {
        for (n, act) in all.iter().enumerate() {
            let mut one = at(state);
            let by = if [2, 3].contains(&n) { HUA } else { CENTRE };
            let done = one.act(act.clone(), by, Timestamp(50));
            assert_eq!(done.is_ok(), lawful.contains(&n), "{state:?}: {act:?}: {done:?}");
            if done.is_err() {
                assert_eq!(one, at(state));
            }
        }
    }
}

#[test]
fn who_handled_it_neither_reviews_nor_calls_back_nor_decides_about_more_time() {
    // The same person, later in another office.
    let moved = Actor { user: "hua", department: None };
    let mut one = at(ComplaintState::Replied);
    assert!(matches!(one.act(review(true), moved, Timestamp(9)), Err(ComplaintError::SamePerson(..))));
    let mut one = at(ComplaintState::Closed);
    assert!(matches!(one.act(call(Content::Yes, true), moved, Timestamp(9)), Err(ComplaintError::SamePerson(..))));
    let mut one = at(ComplaintState::Handling);
    let ask = |days| ComplaintAct::AskExtension { days, most: 15, text: t("需现场核查") };
    let decide = |allowed| ComplaintAct::DecideExtension { allowed, due: Timestamp(150), text: String::new() };
    assert!(matches!(one.act(decide(true), CENTRE, Timestamp(9)), Err(ComplaintError::Extension(_))));
    assert!(matches!(one.act(ask(16), HUA, Timestamp(9)), Err(ComplaintError::Extension(_))), "too many days");
    assert!(matches!(one.act(ask(5), HUA, Timestamp(101)), Err(ComplaintError::Extension(_))), "over already");
    one.act(ask(5), HUA, Timestamp(9)).expect("asked");
    assert!(matches!(one.act(decide(true), moved, Timestamp(10)), Err(ComplaintError::SamePerson(..))));
    one.act(decide(true), CENTRE, Timestamp(10)).expect("allowed");
    assert_eq!(one.due, Some(Timestamp(150)));
    assert!(matches!(one.act(ask(5), HUA, Timestamp(11)), Err(ComplaintError::Extension(_))), "once");
}

#[test]
fn what_is_not_ones_own_is_sent_back_once() {
    let back = || ComplaintAct::Return { text: t("属卫健") };
    let mut one = at(ComplaintState::Assigned);
    assert!(matches!(one.act(back(), QIANG, Timestamp(9)), Err(ComplaintError::Department(_))));
    one.act(back(), HUA, Timestamp(9)).expect("sent back");
    assert_eq!(one.state, ComplaintState::Accepted);
    let facts = one.return_facts().expect("facts");
    assert_eq!((facts.department.as_str(), facts.routed_back_at), ("market", Some(Timestamp(9))));
    one.act(assign(&[]), CENTRE, Timestamp(10)).expect("given again, after a dispute");
    assert_eq!(one.act(back(), HUA, Timestamp(11)), Err(ComplaintError::Returned));
}

#[test]
fn joint_departments_are_heard_before_the_answer() {
    let mut one = at(ComplaintState::Accepted);
    assert!(matches!(one.act(assign(&["market"]), CENTRE, Timestamp(3)), Err(ComplaintError::Department(_))));
    one.act(assign(&["health"]), CENTRE, Timestamp(3)).expect("assigned");
    one.act(ComplaintAct::Receive, HUA, Timestamp(4)).expect("received");
    assert_eq!(one.act(reply(), HUA, Timestamp(5)), Err(ComplaintError::Joint(t("health"))));
    let opinion = || ComplaintAct::Opinion { text: t("无异议") };
    assert!(matches!(one.act(opinion(), HUA, Timestamp(5)), Err(ComplaintError::Department(_))));
    one.act(opinion(), QIANG, Timestamp(6)).expect("heard");
    assert!(matches!(one.act(reply(), QIANG, Timestamp(7)), Err(ComplaintError::Department(_))));
    one.act(reply(), HUA, Timestamp(7)).expect("answered");
    assert!(one.of_department("health") && one.of_department("market") && !one.of_department("housing"));
}

#[test]
fn it_is_opened_again_once_and_only_when_the_call_back_says_so() {
    let mut one = at(ComplaintState::Closed);
    one.act(call(Content::Yes, true), CENTRE, Timestamp(9)).expect("called back");
    assert!(matches!(one.act(reopen(), CENTRE, Timestamp(10)), Err(ComplaintError::Reopened(_))), "all is well");
    let mut one = at(ComplaintState::CalledBack);
    one.act(reopen(), CENTRE, Timestamp(10)).expect("again");
    assert_eq!((one.state, one.accepted_at, one.closed_at), (ComplaintState::Handling, Some(Timestamp(10)), None));
    assert!(one.act(ComplaintAct::Return { text: t("x") }, HUA, Timestamp(11)).is_err());
    one.act(reply(), HUA, Timestamp(11)).expect("answered");
    one.act(review(true), CENTRE, Timestamp(12)).expect("closed");
    one.act(call(Content::No, false), CENTRE, Timestamp(13)).expect("called back");
    assert!(matches!(one.act(reopen(), CENTRE, Timestamp(14)), Err(ComplaintError::Reopened(_))), "once");
    one.act(ComplaintAct::Archive, CENTRE, Timestamp(15)).expect("archived");
}

#[test]
fn a_named_complainant_is_told_and_called_back_an_anonymous_one_cannot_be() {
    let mut one = complaint();
    let mute = ComplaintAct::Accept { text: String::new(), due: Timestamp(9) };
    assert!(matches!(one.act(mute.clone(), CENTRE, Timestamp(1)), Err(ComplaintError::Words(_))));
    let mut closed = at(ComplaintState::Closed);
    assert!(closed.act(ComplaintAct::Archive, CENTRE, Timestamp(9)).is_err(), "called back first");
    closed.complainant = None;
    assert_eq!(closed.act(call(Content::Yes, true), CENTRE, Timestamp(9)), Err(ComplaintError::Anonymous));
    closed.act(ComplaintAct::Archive, CENTRE, Timestamp(9)).expect("archived");
    let mut one = Complaint { complainant: None, ..complaint() };
    one.act(mute, CENTRE, Timestamp(1)).expect("nobody to tell");
}

#[test]
fn who_complains_is_masked_and_whoever_asked_for_it_is_hidden_from_the_department() {
    let one = Complaint { code: Some(CodeHash::draw([1; 26]).1), ..complaint() };
    let masked = one.clone().shown(false, false).complainant.expect("somebody");
    assert_eq!((masked.name.as_str(), masked.phone.as_str()), ("赵**", "138******34"));
    assert_eq!(masked.address.as_deref(), Some("***"));
    let short = Contact { phone: t("8001"), ..Contact::default() };
    assert_eq!(short.masked().phone, "***");
    assert_eq!(one.clone().shown(true, true).complainant, one.complainant);
    assert_eq!(one.clone().shown(true, true).code, None);
    let secret = Complaint { confidential: true, ..one };
    assert_eq!(secret.clone().shown(true, true).complainant, None);
    assert!(secret.shown(true, false).complainant.is_some());
}

#[test]
fn a_code_fits_itself_only_and_is_not_kept() {
    let (code, kept) = CodeHash::draw(std::array::from_fn(|n| u8::try_from(n * 7).expect("small")));
    assert_eq!(code.len(), 10);
    assert!(kept.fits(&code) && kept.fits(&format!(" {} ", code.to_lowercase())));
    assert!(!kept.fits("") && !kept.fits("AAAAAAAAAA"));
    let text = serde_json::to_string(&kept).expect("JSON");
    assert!(!text.contains(&code));
}

#[test]
fn calendar_days_become_working_days_and_a_last_day_of_rest_moves_on() {
    let calendar = crate::calendar::tests::china();
    let start = Timestamp::parse("2026-03-02 10:00:00").expect("a time");
    let of = |days, unit| HandlingLimit { days, unit }.working_days(&calendar, start).expect("a number");
    // Monday 2 March: the fifth day is Saturday 7 March, so Monday 9 March, the fifth working day.
    assert_eq!((of(5, DayUnit::Natural), of(7, DayUnit::Natural), of(5, DayUnit::Working)), (5, 5, 5));
    assert_eq!(of(8, DayUnit::Natural), 6);
    let mut one = at(ComplaintState::Handling);
    one.limit = Some(HandlingLimit { days: 15, unit: DayUnit::Natural });
    one.accepted_at = Some(start);
    // 17 March is a Tuesday.
    assert_eq!(one.limit_days(&calendar).expect("days"), (Some(11), 0));
    one.limit = None;
    assert_eq!(one.limit_days(&calendar).expect("days"), (None, 0));
}
