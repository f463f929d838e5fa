use super::*;
use crate::calendar::Calendar;
use crate::case::{Applied, Case};
use crate::check::{CheckContext, FUTURE_TOLERANCE_MS, read_json};
use crate::item::{
    Catalogue, Flow, FlowEdge, FlowNode, ItemFee, ItemMaterial, ItemSpecial, Limit, LimitUnit, NodeKind,
};
use crate::record::{Record, RecordType};
use proptest::prelude::*;

const CLERK: DeskActor<'static> = DeskActor { user: "窗口甲", department: "civil", leader: false };
const HANDLER: DeskActor<'static> = DeskActor { user: "经办乙", department: "civil", leader: false };
const LEADER: DeskActor<'static> = DeskActor { user: "领导丙", department: "civil", leader: true };

fn at(day: u32, hour: u32) -> Timestamp {
    Timestamp::parse(&format!("2026-03-{day:02}T{hour:02}:00:00+08:00")).expect("a time")
}

fn calendar() -> Calendar {
    crate::calendar::tests::china()
}

fn ctx(calendar: &Calendar, now: Timestamp) -> Context<'_> {
    Context {
        now,
        calendar,
        due: None,
        correction_days: 10,
        tolerance_days: 10,
        remedies: "可在六十日内申请行政复议，或在六个月内提起行政诉讼",
        asked: "",
    }
}

fn node(id: &str, kind: NodeKind, name: &str) -> FlowNode {
    FlowNode {
        id: id.to_owned(),
        kind,
        name: name.to_owned(),
        aliases: Vec::new(),
        mandatory: kind == NodeKind::Step,
        limit: None,
        separate_from: Vec::new(),
        people: None,
        leader: false,
    }
}

fn edge(from: &str, to: &str, condition: &str) -> FlowEdge {
    FlowEdge { from: from.to_owned(), to: to.to_owned(), condition: condition.to_owned() }
}

/// 受理 → 承办 → (现场核查, where it is needed) → 审核 → 批准 by the leader → 决定 → 制证 → 办结.
fn item() -> Item {
    let mut nodes = vec![
        node("start", NodeKind::Start, "开始"),
        node("accept", NodeKind::Accept, "受理"),
        node("examine", NodeKind::Step, "承办"),
        node("fork", NodeKind::Branch, "是否核查"),
        node("visit", NodeKind::Step, "现场核查"),
        node("review", NodeKind::Step, "审核"),
        node("approve", NodeKind::Step, "批准"),
        node("decide", NodeKind::Decide, "决定"),
        node("print", NodeKind::Step, "制证"),
        node("end", NodeKind::End, "办结"),
    ];
    for one in &mut nodes {
        match one.id.as_str() {
            "visit" => {
                one.people = Some(2);
                one.mandatory = true;
            }
            "review" => one.separate_from = vec!["examine".to_owned()],
            "approve" => one.leader = true,
            _ => {}
        }
    }
    let edges = vec![
        edge("start", "accept", ""),
        edge("accept", "examine", ""),
        edge("examine", "fork", ""),
        edge("fork", "visit", "涉及场所"),
        edge("fork", "review", "不涉及场所"),
        edge("visit", "review", ""),
        edge("review", "approve", ""),
        edge("approve", "decide", ""),
        edge("decide", "print", ""),
        edge("print", "end", ""),
    ];
    let material = |name: &str, required: &str| ItemMaterial {
        name: name.to_owned(),
        required: required.to_owned(),
        source: String::new(),
    };
    Item {
        code: "CV-0301".to_owned(),
        version: 1,
        name: "样例许可".to_owned(),
        department: "civil".to_owned(),
        task_type: "01".to_owned(),
        handle_type: HandleType::Promised,
        legal_limit: Some(Limit { value: 20, unit: LimitUnit::WorkingDay }),
        promise_limit: Some(Limit { value: 10, unit: LimitUnit::WorkingDay }),
        legal_basis: "样例条例 1".to_owned(),
        conditions: Vec::new(),
        is_fee: true,
        result_kind: "certificate".to_owned(),
        cert_issue_days: None,
        fees: vec![ItemFee { name: "工本费".to_owned(), amount: Some(1000), basis: "样例文件".to_owned() }],
        channels: Vec::new(),
        quantity_limited: false,
        hearing_required: false,
        org_code: None,
        delegated_to: Vec::new(),
        state: crate::item::ItemState::Published,
        materials: vec![
            material("申请表", "mandatory"),
            material("主体资格证明", "tolerable"),
            material("照片", "optional"),
        ],
        sample_form: None,
        place: None,
        consult: None,
        specials: vec![ItemSpecial {
            kind: "testing".to_owned(),
            legal_basis: "行政许可法 45".to_owned(),
            max_days: Some(15),
            counts_as_excluded: false,
        }],
        flow: Some(Flow { nodes, edges, draft: false }),
        valid_from: NaiveDate::from_ymd_opt(2008, 1, 1).expect("a date"),
        valid_to: None,
    }
}

fn line(name: &str) -> HandedIn {
    HandedIn { name: name.to_owned(), state: MaterialMark::Received }
}

fn receipt(materials: &[&str]) -> Receipt {
    Receipt {
        item_code: "CV-0301".to_owned(),
        applicant: Applicant {
            kind: "natural".to_owned(),
            name: "赵一".to_owned(),
            id_type: Some("111".to_owned()),
            id_no: Some("11010519491231002x".to_owned()),
            phone: Some("13800001234".to_owned()),
            ..Applicant::default()
        },
        materials: materials.iter().map(|m| line(m)).collect(),
        ..Receipt::default()
    }
}

/// Numbers in the place of marks, as the store puts them there.
struct Kept {
    case: DeskCase,
    records: Vec<DeskRecord>,
    drawn: u32,
}

impl Kept {
    fn new(outcome: Outcome) -> Self {
        let mut one = Self { case: outcome.case.clone(), records: Vec::new(), drawn: 0 };
        one.keep(outcome);
        one
    }

    fn keep(&mut self, outcome: Outcome) {
        let mut body = serde_json::to_string(&outcome.case).expect("a case");
        let mut records: Vec<String> = outcome.records.iter().map(DeskRecord::line).collect();
        for draw in &outcome.draws {
            self.drawn += 1;
            let no = format!("N{:04}", self.drawn);
            body = body.replace(&draw.mark, &no);
            records = records.iter().map(|r| r.replace(&draw.mark, &no)).collect();
        }
        assert!(!body.contains(MARKS) && records.iter().all(|r| !r.contains(MARKS)), "every mark has its number");
        self.case = serde_json::from_str(&body).expect("a case");
        for (record, line) in outcome.records.into_iter().zip(records) {
            let object: serde_json::Map<_, _> = serde_json::from_str(&line).expect("an object");
            let source_key = object["source_key"].as_str().expect("a key").to_owned();
            self.records.push(DeskRecord { object, source_key, ..record });
        }
    }

    fn act(&mut self, act: &DeskAct, by: DeskActor<'_>, now: Timestamp) -> Result<(), DeskError> {
        let calendar = calendar();
        let outcome = self.case.act(act, by, &ctx(&calendar, now))?;
        self.keep(outcome);
        Ok(())
    }

    fn done(&mut self, act: DeskAct, by: DeskActor<'_>, now: Timestamp) {
        self.act(&act, by, now).unwrap_or_else(|e| panic!("{}: {e}", act.word()));
    }
}

fn received(materials: &[&str]) -> Kept {
    let calendar = calendar();
    Kept::new(DeskCase::receive(&receipt(materials), &item(), CLERK, &ctx(&calendar, at(2, 9))).expect("a case"))
}

fn accept() -> DeskAct {
    DeskAct::Accept { tolerance_due: None, promised: false, to: Vec::new() }
}

fn pass(to: &[&str]) -> DeskAct {
    let to = to.iter().map(|t| (*t).to_owned()).collect();
    DeskAct::Pass { step: None, opinion: "同意".to_owned(), with: Vec::new(), to }
}

fn decide(granted: bool) -> DeskAct {
    let reason = if granted { String::new() } else { "不符合第三条规定的条件".to_owned() };
    DeskAct::Decide { granted, reason, remedies: String::new(), valid_from: None, valid_to: None }
}

/// What intake makes of the records: each is read, none contradicts another, and the case they give.
fn taken_in(records: &[DeskRecord]) -> Result<Case, String> {
    let catalogue = Catalogue::new([item()]);
    let mut case = Case::default();
    let mut known: std::collections::HashMap<(crate::record::RecordType, String), Record> = Default::default();
    for (seq, record) in (1..).zip(records) {
        let stated = record.object["event_time"].as_str().and_then(Timestamp::parse).expect("a time");
        let newest = record.object.values().filter_map(|v| v.as_str()).filter_map(Timestamp::parse).max();
        let received = newest.unwrap_or(stated).max(stated);
        let context = CheckContext {
            catalogue: &catalogue,
            department: "civil",
            received,
            future_tolerance_ms: FUTURE_TOLERANCE_MS,
        };
        let read = read_json(&record.object, &context).map_err(|e| format!("{}: {e:?}", record.line()))?;
        if read.kind != crate::record::RecordType::Apply && seq == 1 {
            return Err(format!("E014: {}", record.line()));
        }
        let key = (read.kind, read.source_key.clone());
        let previous = known.get(&key);
        if let Some(before) = previous
            && before.data_version >= read.data_version
        {
            return Err(format!("E007 or E010: {}", record.line()));
        }
        let how = Applied {
            received,
            seq,
            previous: previous.map(|p| (p.event_time, &p.fields)),
            supervised_since: Some(Timestamp(0)),
            catalogue: &catalogue,
        };
        case.apply(&read, how);
        known.insert(key, read);
    }
    Ok(case)
}

#[test]
fn from_receipt_to_delivery_by_three_people() {
    let mut one = received(&["申请表", "主体资格证明"]);
    one.done(accept(), CLERK, at(2, 10));
    assert_eq!(one.case.steps.last().map(|s| s.name.as_str()), Some("承办"), "the first step begins by itself");
    let choice = one.act(&pass(&[]), HANDLER, at(3, 9));
    assert!(matches!(choice, Err(DeskError::Choice(_))), "a branch is chosen by a person: {choice:?}");
    assert_eq!(
        one.case.after_step(1).iter().map(|n| n.condition.as_str()).collect::<Vec<_>>(),
        ["涉及场所", "不涉及场所"]
    );
    one.done(pass(&["visit"]), HANDLER, at(3, 9));
    let alone = one.act(&pass(&[]), HANDLER, at(4, 9));
    assert!(matches!(alone, Err(DeskError::People(..))), "{alone:?}");
    let two =
        DeskAct::Pass { step: None, opinion: "符合".to_owned(), with: vec!["核查丁".to_owned()], to: Vec::new() };
    one.done(two, HANDLER, at(4, 9));
    let same = one.act(&pass(&[]), HANDLER, at(5, 9));
    assert!(matches!(same, Err(DeskError::SamePerson(_))), "审核 is not for who did 承办: {same:?}");
    let early = one.act(&decide(true), LEADER, at(5, 9));
    assert!(matches!(early, Err(DeskError::Mandatory(_))), "{early:?}");
    one.done(pass(&[]), CLERK, at(5, 9));
    let clerk = one.act(&pass(&[]), CLERK, at(5, 10));
    assert!(matches!(clerk, Err(DeskError::Leader(_))), "{clerk:?}");
    one.done(pass(&[]), LEADER, at(5, 10));
    one.done(decide(true), LEADER, at(6, 9));
    assert_eq!(one.case.work().iter().map(|w| w.name.as_str()).collect::<Vec<_>>(), ["制证"]);
    let early = one.act(&DeskAct::Finish, CLERK, at(6, 10));
    assert!(matches!(early, Err(DeskError::Mandatory(_))), "{early:?}");
    one.done(pass(&[]), CLERK, at(6, 10));
    one.done(DeskAct::Finish, CLERK, at(6, 11));
    one.done(DeskAct::Deliver { mode: "窗口领取".to_owned(), collector: "赵一".to_owned() }, CLERK, at(9, 9));
    one.done(DeskAct::Rate, CLERK, at(9, 9));
    assert_eq!(one.act(&DeskAct::Rate, CLERK, at(9, 10)), Err(DeskError::Rated));
    let case = taken_in(&one.records).expect("records that intake takes");
    assert_eq!(case.state.as_str(), "delivered");
    assert_eq!(case.amendments, Vec::new(), "nothing that was said was changed");
    assert!(case.cert_no.is_some() && case.accept_doc_no.is_some());
    let flow = item().flow.expect("a flow");
    assert_eq!(crate::flow::missing(&flow, &case).len(), 0);
    assert!(crate::flow::path(&flow, &case).conforms(), "{:?}", crate::flow::path(&flow, &case));
}

#[test]
fn what_is_missing_is_told_once_and_completely() {
    let mut one = received(&[]);
    let early = one.act(&accept(), CLERK, at(2, 10));
    assert_eq!(early, Err(DeskError::Materials(vec!["申请表".to_owned()])));
    one.done(DeskAct::Correct { items: vec!["签字".to_owned()], due: None }, CLERK, at(2, 10));
    let told = one.case.correction.clone().expect("a notice");
    assert_eq!(told.items, ["申请表", "主体资格证明", "签字"]);
    assert_eq!(told.due.to_string(), "2026-03-16");
    let again = one.act(&DeskAct::Correct { items: Vec::new(), due: None }, CLERK, at(2, 11));
    assert_eq!(again.expect_err("once").to_string().split(':').next(), Some("desk.corrected"));
    let early = one.act(&DeskAct::Lapse, CLERK, at(16, 10));
    assert!(matches!(early, Err(DeskError::Date(_))), "{early:?}");
    one.done(DeskAct::Corrected { materials: vec![line("申请表")] }, CLERK, at(4, 9));
    let careless = one.act(&accept(), CLERK, at(4, 10));
    assert!(matches!(careless, Err(DeskError::Words(_))), "a promise in writing is needed: {careless:?}");
    one.done(DeskAct::Accept { tolerance_due: None, promised: true, to: Vec::new() }, CLERK, at(4, 10));
    assert_eq!(one.case.tolerance.as_ref().map(|t| t.materials.clone()), Some(vec!["主体资格证明".to_owned()]));
    one.done(DeskAct::Materials { materials: vec![line("主体资格证明")] }, CLERK, at(5, 10));
    let case = taken_in(&one.records).expect("records that intake takes");
    assert!(case.is_tolerant && case.tolerated == ["主体资格证明"]);
    assert!(case.materials.iter().any(|m| m.name == "主体资格证明"));
}

#[test]
fn a_fee_is_billed_once_and_a_wrong_bill_is_cancelled() {
    let mut one = received(&["申请表", "主体资格证明"]);
    one.done(accept(), CLERK, at(2, 10));
    let fee = |amount, reduced| DeskAct::Fee {
        item: "工本费".to_owned(),
        amount,
        reduced,
        basis: "减免办法".to_owned(),
        bill_no: None,
    };
    one.done(fee(100, 0), CLERK, at(2, 11));
    let twice = one.act(&fee(900, 100), CLERK, at(2, 12));
    assert!(matches!(twice, Err(DeskError::FeeTwice(..))), "{twice:?}");
    let cancel = |key| DeskAct::CancelFee { key, reason: "金额写错".to_owned() };
    let calendar = calendar();
    let outcome = one.case.act(&cancel(1), CLERK, &ctx(&calendar, at(2, 12))).expect("cancelled");
    let bill = one.case.fees.first().map(|f| f.doc_no.clone()).expect("a bill");
    assert_eq!(outcome.void, Some((bill, "金额写错".to_owned())));
    one.done(cancel(1), CLERK, at(2, 12));
    one.done(fee(900, 100), CLERK, at(2, 13));
    one.done(DeskAct::Paid { key: None, bill_no: None }, CLERK, at(2, 14));
    assert!(matches!(one.act(&cancel(2), CLERK, at(2, 15)), Err(DeskError::Fee(_))), "paid is paid");
    assert!(matches!(one.act(&fee(100, 0), CLERK, at(2, 15)), Err(DeskError::FeeTwice(..))));
    assert_eq!(taken_in(&one.records).expect("records that intake takes").fee_paid, 900);
}

#[test]
fn what_was_asked_or_announced_is_taken_back() {
    let mut one = received(&["申请表", "主体资格证明"]);
    one.done(accept(), CLERK, at(2, 10));
    one.done(DeskAct::AskVoid { reason: "点错".to_owned() }, LEADER, at(2, 11));
    let unask = DeskAct::UnaskApproval { key: 1, reason: "不作废".to_owned() };
    assert!(matches!(one.act(&unask, CLERK, at(2, 11)), Err(DeskError::Assigned(_))));
    one.done(unask, LEADER, at(2, 12));
    let reply_by = NaiveDate::from_ymd_opt(2026, 3, 9).expect("a date");
    let ask = DeskAct::Ask { department: "health".to_owned(), content: "卫生".to_owned(), reply_by };
    one.done(ask, HANDLER, at(2, 13));
    let unask = DeskAct::UnaskJoint { key: 1, reason: "不需要".to_owned() };
    assert!(matches!(one.act(&unask, CLERK, at(2, 13)), Err(DeskError::Assigned(_))));
    one.done(unask.clone(), HANDLER, at(2, 14));
    assert!(matches!(one.act(&unask, HANDLER, at(2, 15)), Err(DeskError::Joint(_))), "once");
    let on = |day| DeskAct::Hearing {
        on: NaiveDate::from_ymd_opt(2026, 3, day).expect("a date"),
        time: NaiveTime::from_hms_opt(9, 30, 0).expect("a time"),
        place: "三楼".to_owned(),
    };
    one.done(DeskAct::RequestHearing, CLERK, at(2, 15));
    let calendar = calendar();
    let told = one.case.act(&on(12), CLERK, &ctx(&calendar, at(2, 16))).expect("a notice");
    let paper = &told.papers.first().expect("a paper").facts;
    assert_eq!((paper.on, paper.time), (NaiveDate::from_ymd_opt(2026, 3, 12), NaiveTime::from_hms_opt(9, 30, 0)));
    assert_eq!(told.case.hearings.first().and_then(|h| h.time), paper.time, "in the case as on its paper");
    one.done(on(12), CLERK, at(2, 16));
    let first = one.case.hearings.first().map(|h| h.notice_no.clone()).expect("a notice");
    one.done(on(20), CLERK, at(3, 9));
    assert_ne!(one.case.hearings.first().map(|h| h.notice_no.clone()), Some(first), "another day, another paper");
    one.done(DeskAct::CancelHearing { reason: "申请人撤回听证申请".to_owned() }, CLERK, at(4, 9));
    one.done(pass(&["review"]), HANDLER, at(4, 10));
    one.done(pass(&[]), CLERK, at(4, 11));
    one.done(pass(&[]), LEADER, at(4, 12));
    one.done(decide(false), LEADER, at(4, 13));
    assert!(taken_in(&one.records).is_ok());
}

#[test]
fn what_was_tolerated_and_never_came_revokes_the_acceptance() {
    let mut one = received(&["申请表"]);
    one.done(DeskAct::Accept { tolerance_due: None, promised: true, to: Vec::new() }, CLERK, at(2, 10));
    let due = one.case.tolerance_due().expect("a day");
    assert!(one.case.work().iter().any(|w| w.kind == "tolerance" && w.by == Some(due)));
    let revoke = DeskAct::Revoke { reason: "逾期未补交主体资格证明".to_owned() };
    assert!(matches!(one.act(&revoke, CLERK, at(3, 10)), Err(DeskError::Date(_))));
    let calendar = calendar();
    let told = one.case.act(&revoke, CLERK, &ctx(&calendar, at(30, 10))).expect("revoked");
    let paper = told.papers.first().expect("a paper that says so");
    assert_eq!((paper.kind, paper.facts.due), (PaperKind::Revocation, Some(due)));
    assert!(!paper.facts.missing.is_empty() && !paper.facts.remedies.is_empty() && paper.facts.reason.contains("逾期"));
    one.done(revoke, CLERK, at(30, 10));
    assert_eq!((one.case.state, one.case.tolerance_due()), (DeskState::Revoked, None));
    let case = taken_in(&one.records).expect("records that intake takes");
    assert_eq!(case.finish_type.as_deref(), Some("returned"));
    assert_eq!(case.finish_reason.as_deref(), Some("逾期未补交主体资格证明"));
}

#[test]
fn what_one_asks_for_another_decides() {
    let mut one = received(&["申请表", "主体资格证明"]);
    one.done(accept(), CLERK, at(2, 10));
    let special = |kind: &str, days| DeskAct::AskSpecial { kind: kind.to_owned(), basis: String::new(), days };
    assert!(matches!(one.act(&special("tender", 5), CLERK, at(3, 9)), Err(DeskError::Special(_))));
    assert!(matches!(one.act(&special("testing", 16), CLERK, at(3, 9)), Err(DeskError::Special(_))));
    one.done(special("testing", 5), LEADER, at(3, 9));
    let allow = |key| DeskAct::Allow { key, allowed: true, text: String::new(), approver: None };
    assert!(matches!(one.act(&allow(1), LEADER, at(3, 9)), Err(DeskError::SamePerson(_))));
    assert!(matches!(one.act(&allow(1), CLERK, at(3, 9)), Err(DeskError::Leader(_))));
    let other = DeskActor { user: "领导戊", ..LEADER };
    one.done(allow(1), other, at(3, 10));
    one.done(DeskAct::Notify { what: act::Notice::Special }, CLERK, at(3, 11));
    assert_eq!(one.case.state, DeskState::Special);
    one.done(DeskAct::EndSpecial { key: None, result: "合格".to_owned() }, CLERK, at(9, 9));
    let extension = |days| DeskAct::AskExtension { days, reason: "情况复杂".to_owned() };
    assert!(matches!(one.act(&extension(11), CLERK, at(9, 9)), Err(DeskError::Extension(_))));
    one.done(extension(10), CLERK, at(9, 9));
    one.done(allow(2), LEADER, at(9, 10));
    assert!(matches!(
        one.act(&DeskAct::Materials { materials: Vec::new() }, CLERK, at(9, 10)),
        Err(DeskError::Words(_))
    ));
    assert!(matches!(one.act(&extension(1), CLERK, at(9, 11)), Err(DeskError::Extension(_))), "once");
    one.done(DeskAct::AskVoid { reason: "重复录入".to_owned() }, CLERK, at(10, 9));
    assert!(matches!(one.act(&allow(3), CLERK, at(10, 9)), Err(DeskError::SamePerson(_))));
    one.done(allow(3), HANDLER, at(10, 9));
    assert_eq!(one.case.state, DeskState::Voided);
    let case = taken_in(&one.records).expect("records that intake takes");
    assert_eq!(case.specials.first().and_then(|s| s.announced_days), Some(5));
    assert!(case.specials.iter().all(|s| s.ended_at.is_some() && s.notified_at.is_some()));
    assert_eq!(case.amendments, Vec::new());
    assert_eq!(case.state.as_str(), "voided");
}

#[test]
fn who_has_a_step_keeps_it_until_it_is_handed_over() {
    let mut one = received(&["申请表", "主体资格证明"]);
    one.done(accept(), CLERK, at(2, 10));
    let over = |to: &str| DeskAct::HandOver { to: to.to_owned(), from: None, step: None, reason: "外出".to_owned() };
    one.done(over("经办乙"), HANDLER, at(2, 11));
    assert!(matches!(one.act(&pass(&["review"]), CLERK, at(2, 12)), Err(DeskError::Assigned(_))));
    assert!(matches!(one.act(&over("窗口甲"), CLERK, at(2, 12)), Err(DeskError::Assigned(_))));
    one.done(over("窗口甲"), LEADER, at(2, 12));
    one.done(pass(&["review"]), CLERK, at(2, 13));
}

#[test]
fn nobody_writes_a_mark_and_nobody_sees_a_number_in_clear() {
    let calendar = calendar();
    let mut bad = receipt(&[]);
    bad.title = "\u{e000}0\u{e001}".to_owned();
    let refused = DeskCase::receive(&bad, &item(), CLERK, &ctx(&calendar, at(2, 9)));
    assert!(matches!(refused, Err(DeskError::Words(_))));
    let masked = serde_json::to_string(&received(&[]).case.masked()).expect("a case");
    for secret in ["赵一", "11010519491231002X", "13800001234"] {
        assert!(!masked.contains(secret), "{secret}");
    }
}

/// Everything that somebody might try, right or wrong.
fn any_act() -> impl Strategy<Value = DeskAct> {
    let node = prop::sample::select(vec!["visit", "review", "approve", "print", "examine", "decide"]);
    let text = prop::sample::select(vec!["同意", "情况属实，符合规定的各项条件", ""]);
    let to = prop::option::of(node.clone()).prop_map(|n| n.map(str::to_owned).into_iter().collect::<Vec<_>>());
    prop_oneof![
        4 => (text.clone(), to.clone(), any::<bool>()).prop_map(|(opinion, to, two)| DeskAct::Pass {
            step: None,
            opinion: opinion.to_owned(),
            with: if two { vec!["核查丁".to_owned()] } else { Vec::new() },
            to,
        }),
        1 => (text.clone(), node.clone()).prop_map(|(opinion, to)| DeskAct::Return {
            step: None,
            opinion: opinion.to_owned(),
            with: vec!["核查丁".to_owned()],
            to: to.to_owned(),
        }),
        1 => node.prop_map(|node| DeskAct::Begin { node: node.to_owned() }),
        3 => (any::<bool>(), to).prop_map(|(promised, to)| DeskAct::Accept { tolerance_due: None, promised, to }),
        1 => Just(DeskAct::Materials { materials: vec![line("主体资格证明")] }),
        1 => Just(DeskAct::Materials { materials: vec![line("申请表")] }),
        1 => Just(DeskAct::Correct { items: Vec::new(), due: None }),
        1 => Just(DeskAct::Corrected { materials: vec![line("申请表")] }),
        1 => Just(DeskAct::Lapse),
        1 => text.clone().prop_map(|reason| DeskAct::Reject { reason: reason.to_owned(), remedies: String::new() }),
        1 => (1u32..20).prop_map(|days| DeskAct::AskSpecial {
            kind: "testing".to_owned(),
            basis: String::new(),
            days,
        }),
        1 => (1u32..12).prop_map(|days| DeskAct::AskExtension { days, reason: "情况复杂".to_owned() }),
        1 => Just(DeskAct::AskVoid { reason: "重复".to_owned() }),
        2 => (1u32..4, any::<bool>()).prop_map(|(key, allowed)| DeskAct::Allow {
            key,
            allowed,
            text: "可以".to_owned(),
            approver: None,
        }),
        1 => Just(DeskAct::Notify { what: act::Notice::Special }),
        1 => Just(DeskAct::Notify { what: act::Notice::Extension }),
        1 => Just(DeskAct::EndSpecial { key: None, result: "合格".to_owned() }),
        1 => Just(DeskAct::RequestHearing),
        1 => (1u32..4).prop_map(|key| DeskAct::UnaskApproval { key, reason: "不需要".to_owned() }),
        1 => Just(DeskAct::Revoke { reason: "逾期未补交".to_owned() }),
        1 => (1u32..31).prop_map(|day| DeskAct::Hearing {
            on: NaiveDate::from_ymd_opt(2026, 4, day.min(30)).expect("a date"),
            time: NaiveTime::from_hms_opt(14, 0, 0).expect("a time"),
            place: "三楼会议室".to_owned(),
        }),
        1 => Just(DeskAct::HoldHearing { minutes: "笔录一份".to_owned() }),
        2 => any::<bool>().prop_map(decide),
        1 => (0i64..1200, 0i64..300).prop_map(|(amount, reduced)| DeskAct::Fee {
            item: "工本费".to_owned(),
            amount,
            reduced,
            basis: "减免办法".to_owned(),
            bill_no: None,
        }),
        1 => Just(DeskAct::Paid { key: None, bill_no: Some("B1".to_owned()) }),
        2 => Just(DeskAct::Finish),
        1 => Just(DeskAct::Deliver { mode: "邮寄".to_owned(), collector: "赵一".to_owned() }),
        1 => Just(DeskAct::Withdraw { reason: "不办了".to_owned() }),
        1 => Just(DeskAct::Rate),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whatever is done, by whomever, in whatever order: what the desk lets through is taken in without an error code, says nothing
    /// twice and changes nothing that was said.
    #[test]
    fn whatever_the_desk_lets_through_intake_accepts(
        acts in prop::collection::vec((any_act(), 0usize..3, 1i64..40), 1..60),
        materials in prop::sample::subsequence(vec!["申请表", "主体资格证明", "照片"], 0..=3),
    ) {
        let mut one = received(&materials);
        let people = [CLERK, HANDLER, LEADER];
        let mut now = at(2, 9);
        for (act, who, hours) in acts {
            now = now.plus_ms(hours * 3_600_000);
            let before = one.case.clone();
            let by = people.get(who).copied().unwrap_or(CLERK);
            if one.act(&act, by, now).is_err() {
                prop_assert_eq!(&one.case, &before, "a refused act changes nothing");
            }
        }
        let case = taken_in(&one.records);
        prop_assert!(case.is_ok(), "{:?}", case);
        let case = case.expect("checked");
        prop_assert!(case.amendments.is_empty(), "{:?}", case.amendments);
        prop_assert!(case.inversions().is_empty(), "{:?}", case.inversions());
        prop_assert!(case.corrections.len() <= 1 && case.extensions.len() <= 1);
        let flow = item().flow.expect("a flow");
        let path = crate::flow::path(&flow, &case);
        prop_assert!(path.conforms(), "{:?} {:?}", path, one.case.steps);
        if case.finish_type.as_deref() == Some("granted") {
            prop_assert!(case.specials.iter().all(|s| s.ended_at.is_some()));
            prop_assert!(case.steps.iter().all(|s| s.ended_at.is_some()));
        }
    }
}

#[test]
fn what_is_asked_becomes_a_part_that_follows_its_request() {
    let calendar = calendar();
    let (now, context) = (at(2, 9), ctx(&calendar, at(2, 9)));
    let mut one =
        DeskCase::receive(&receipt(&["申请表", "主体资格证明"]), &item(), CLERK, &context).expect("a case").case;
    (one.no, one.state, one.accepted_at) = ("CV-1".to_owned(), DeskState::Processing, Some(now));
    let ask = |department: &str| DeskAct::Ask {
        department: department.to_owned(),
        content: "场所条件".to_owned(),
        reply_by: NaiveDate::from_ymd_opt(2026, 3, 6).expect("a date"),
    };
    // With a desk there is a part, with a system of its own there is none.
    let mut outcome = one.act(&ask("health"), HANDLER, &context).expect("asked");
    assert!(outcome.begin_parts(&one, |_| false, HANDLER, &context).is_empty());
    let mut outcome = outcome.case.act(&ask("labour"), HANDLER, &context).expect("asked");
    let before = DeskCase { joint: outcome.case.joint[..1].to_vec(), ..outcome.case.clone() };
    let parts = outcome.begin_parts(&before, |id| id == "labour", HANDLER, &context);
    let [part] = parts.as_slice() else { panic!("{parts:?}") };
    let request = outcome.case.joint[1].clone();
    assert_eq!((request.part.as_deref(), outcome.case.joint[0].part.as_deref()), (Some(part.case.no.as_str()), None));
    assert_eq!(part.draws.iter().map(|d| (&d.mark, &d.series)).collect::<Vec<_>>(), [(&part.case.no, &Series::Case)]);
    assert_eq!(
        part.case.applicant,
        Applicant { kind: "natural".to_owned(), name: "赵**".to_owned(), ..one.applicant.masked() }
    );
    let told: Vec<RecordType> = part.records.iter().map(|r| r.kind).collect();
    assert_eq!(told, [RecordType::Apply]);
    assert!(!part.records[0].line().contains("赵"), "{}", part.records[0].line());

    // It waits at that desk, and not in the main case besides.
    let waits = |case: &DeskCase| {
        case.work().into_iter().map(|w| (w.department, w.kind)).filter(|w| w.1 == "joint").collect::<Vec<_>>()
    };
    assert_eq!(waits(&part.case), [("labour".to_owned(), "joint".to_owned())]);
    assert_eq!(waits(&outcome.case), [("health".to_owned(), "joint".to_owned())]);
    let theirs = DeskActor { user: "会办丁", department: "labour", leader: false };
    assert_eq!(part.case.possible(theirs), ["answer", "hand-over"]);
    assert_eq!(part.case.possible(HANDLER), [""; 0]);
    for act in [DeskAct::Finish, DeskAct::Rate, DeskAct::NewCode { reason: "遗失".to_owned() }] {
        assert!(matches!(part.case.act(&act, theirs, &context), Err(DeskError::Joint(_))), "{act:?}");
    }

    // Answered: by whoever has it. The key may be left out where only one request waits.
    let answer = DeskAct::Answer { key: None, opinion: "符合".to_owned(), agrees: true };
    let answered = outcome.case.act(&answer, theirs, &context).expect("answered").case.joint[1].clone();
    let held = DeskCase { assigned: Some("同事".to_owned()), ..part.case.clone() };
    assert_eq!(held.follow(&answered, theirs, &context), Err(DeskError::Assigned("同事".to_owned())));
    let over = part.case.follow(&answered, theirs, &context).expect("over");
    assert_eq!((over.case.state, over.case.work()), (DeskState::Finished, Vec::new()));
    let said = over.records[0].line();
    assert!(said.contains("\"completed\"") && !said.contains("item_code"), "the item of another department: {said}");

    // The main case ends: nobody is asked any more, whatever stood in the way.
    let withdraw = DeskAct::Withdraw { reason: "不办了".to_owned() };
    let ended = outcome.case.act(&withdraw, HANDLER, &context).expect("withdrawn").case;
    assert!(ended.joint.iter().all(|j| j.taken_back.is_some()), "{:?}", ended.joint);
    let back = held.follow(&ended.joint[1], HANDLER, &context).expect("over");
    assert_eq!(back.case.state, DeskState::Withdrawn);
}
