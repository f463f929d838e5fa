use super::*;
use crate::score::{Deduction, Score};

fn score(indicator: &str, assessed: bool, points: i64, weight: i64) -> Score {
    Score {
        indicator: indicator.to_owned(),
        assessed,
        numerator: None,
        denominator: None,
        raw: points,
        points,
        weight,
        explain_zh: String::new(),
        explain_en: String::new(),
        deductions: Vec::new(),
    }
}

fn adjustment(rule: &str, points: i64) -> Deduction {
    Deduction { rule: rule.to_owned(), points, count: 0, cases: Vec::new(), reason_zh: String::new() }
}

/// 60 of 80 judged points: scaled to 75; cards −4; 71.
fn card() -> Scorecard {
    Scorecard {
        total: 7100,
        grade: "合格".to_owned(),
        scores: vec![score("A", true, 3000, 4000), score("B", true, 3000, 4000), score("C", false, 0, 0)],
        adjustments: vec![adjustment("scale", 1500), adjustment("cards", -400)],
    }
}

fn appeal(line: &str) -> ScoreAct {
    ScoreAct::Appeal {
        department: "market".to_owned(),
        line: line.to_owned(),
        grounds: "系统故障期间的办件".to_owned(),
        evidence: vec!["A1".to_owned()],
    }
}

fn decide(appeal: u32, corrected_to: Option<i64>) -> ScoreAct {
    ScoreAct::Decide { appeal, corrected_to, text: "经核实".to_owned() }
}

fn opened() -> ScoreLife {
    let mut life = ScoreLife::new("ming");
    act(&mut life, ScoreAct::Open { until: Timestamp(100) }, "ming", 1).expect("opened");
    life
}

fn act(life: &mut ScoreLife, act: ScoreAct, by: &str, at: i64) -> Result<(), ScoreActError> {
    let card = card();
    life.act(act, (by, Timestamp(at)), |d| (d == "market").then_some(&card))
}

#[test]
fn a_run_goes_one_way_and_nobody_approves_his_own() {
    let finalise = || ScoreAct::Finalise { text: String::new() };
    let mut life = ScoreLife::new("ming");
    assert_eq!(act(&mut life, finalise(), "lin", 1), Err(ScoreActError::State(RunState::Draft, "定稿")));
    assert_eq!(act(&mut life, appeal("A"), "hua", 1), Err(ScoreActError::State(RunState::Draft, "申诉")));
    let mut life = opened();
    assert_eq!(act(&mut life, finalise(), "lin", 50), Err(ScoreActError::Early(Timestamp(100))));
    assert!(matches!(act(&mut life, finalise(), "ming", 101), Err(ScoreActError::SamePerson(_))));
    act(&mut life, appeal("A"), "hua", 100).expect("in time to the last instant");
    assert_eq!(act(&mut life, finalise(), "lin", 101), Err(ScoreActError::Open(1)));
    act(&mut life, decide(1, None), "lin", 101).expect("decided");
    act(&mut life, finalise(), "lin", 101).expect("final");
    assert!(act(&mut life, decide(1, None), "lin", 102).is_err());
    act(&mut life, ScoreAct::Publish { text: String::new() }, "lin", 102).expect("published");
    assert_eq!(act(&mut life, ScoreAct::Withdraw { text: " ".to_owned() }, "lin", 103), Err(ScoreActError::Words));
    act(&mut life, ScoreAct::Withdraw { text: "基数有误".to_owned() }, "lin", 103).expect("withdrawn");
    assert!(act(&mut life, ScoreAct::Withdraw { text: "x".to_owned() }, "lin", 104).is_err());
    let acts: Vec<&str> = life.steps.iter().map(|s| s.act.as_str()).collect();
    assert_eq!(acts, ["open", "appeal", "decide", "finalise", "publish", "withdraw"]);
}

#[test]
fn an_appeal_is_about_a_line_that_has_points_once_and_in_time() {
    let mut life = opened();
    for line in ["C", "none", "scale"] {
        assert_eq!(act(&mut life, appeal(line), "hua", 2), Err(ScoreActError::Line(line.to_owned())));
    }
    assert_eq!(act(&mut life, appeal("A"), "hua", 101), Err(ScoreActError::Late(Timestamp(100))));
    act(&mut life, appeal("A"), "hua", 2).expect("appealed");
    assert_eq!(act(&mut life, appeal("A"), "hua", 2), Err(ScoreActError::Appealed("A".to_owned())));
    for by in ["ming", "hua"] {
        assert!(matches!(act(&mut life, decide(1, None), by, 3), Err(ScoreActError::SamePerson(_))), "{by}");
    }
    for wrong in [2999, 3000, 4001] {
        let refused = act(&mut life, decide(1, Some(wrong)), "lin", 3);
        assert!(matches!(refused, Err(ScoreActError::Correction { .. })), "{wrong}");
    }
    assert_eq!(act(&mut life, decide(2, None), "lin", 3), Err(ScoreActError::Unknown(2)));
}

#[test]
fn a_correction_moves_the_total_by_its_scaled_weight_and_leaves_the_output() {
    let mut life = opened();
    let card = card();
    assert_eq!(life.effective("market", &card, 10_000), card);
    act(&mut life, appeal("A"), "hua", 2).expect("appealed");
    act(&mut life, appeal("cards"), "hua", 2).expect("appealed");
    act(&mut life, decide(1, Some(3800)), "lin", 3).expect("corrected");
    act(&mut life, decide(2, Some(-200)), "lin", 3).expect("corrected");
    let is = life.effective("market", &card, 10_000);
    // By hand: 68 of 80 judged are 85 of 100; cards −2: 83.
    assert_eq!((is.total, is.grade.as_str()), (8300, "良好"));
    let sum: i64 = is.scores.iter().filter(|s| s.assessed).map(|s| s.points).sum::<i64>()
        + is.adjustments.iter().map(|a| a.points).sum::<i64>();
    assert_eq!(sum, is.total, "the lines add up");
    assert!(is.scores[0].explain_zh.contains("30.00 → 38.00"), "{}", is.scores[0].explain_zh);
    assert_eq!(life.effective("health", &card, 10_000), card, "another department's card stays");
    // With a conversion coefficient of 1.1 the correction counts 1.1 times.
    let mut converted = card.clone();
    converted.adjustments.push(adjustment("conversion", 710));
    converted.total = 7810;
    assert_eq!(life.effective("market", &converted, 10_000).total, 9130);
}

#[test]
fn a_grade_that_was_capped_stays_capped_after_a_correction_and_the_cap_is_no_line_to_appeal_against() {
    let mut capped = card();
    capped.adjustments.push(adjustment("grade-cap", 0));
    let mut life = opened();
    let by = |n: i64| ("hua", Timestamp(n));
    let refused = life.act(appeal("grade-cap"), by(2), |_| Some(&capped));
    assert_eq!(refused, Err(ScoreActError::Line("grade-cap".to_owned())));
    for line in ["A", "B"] {
        life.act(appeal(line), by(2), |_| Some(&capped)).expect("appealed");
    }
    for no in [1, 2] {
        life.act(decide(no, Some(4000)), ("lin", Timestamp(3)), |_| Some(&capped)).expect("corrected");
    }
    // 80 of 80 are 100, cards −4: 优秀, had nothing been falsified.
    let is = life.effective("market", &capped, 10_000);
    assert_eq!((is.total, is.grade.as_str()), (9600, "合格"));
    // Of a card of which nothing was assessed nothing follows from a line beside the indicators.
    let none = Scorecard {
        total: 0,
        grade: "不评".to_owned(),
        scores: vec![score("A", false, 0, 0)],
        adjustments: vec![adjustment("cards", -400)],
    };
    let mut life = opened();
    life.act(appeal("cards"), by(2), |_| Some(&none)).expect("appealed");
    life.act(decide(1, Some(-100)), ("lin", Timestamp(3)), |_| Some(&none)).expect("corrected");
    let is = life.effective("market", &none, 10_000);
    assert_eq!((is.total, is.grade.as_str(), is.adjustments[0].points), (0, "不评", -100));
}

#[test]
fn a_card_that_was_cut_off_at_nought_is_made_whole_before_it_is_corrected() {
    let low = Scorecard {
        total: 0,
        grade: "不合格".to_owned(),
        scores: vec![score("A", true, 1000, 10_000)],
        adjustments: vec![adjustment("cards", -1500)],
    };
    let mut life = opened();
    let by = |n: i64| ("hua", Timestamp(n));
    life.act(appeal("cards"), by(2), |_| Some(&low)).expect("appealed");
    life.act(decide(1, Some(-800)), ("lin", Timestamp(3)), |_| Some(&low)).expect("corrected");
    assert_eq!(life.effective("market", &low, 10_000).total, 200, "10 less 8");
}
