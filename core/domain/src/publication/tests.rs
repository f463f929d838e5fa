use super::personal::{Known, Personal, PersonalKind, personal};
use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn draft() -> Publication {
    Publication {
        no: "GB3308242026000001".to_owned(),
        kind: PublicationKind::Monthly,
        audience: Audience::Public,
        state: PublicationState::Draft,
        title: "月度公开数据".to_owned(),
        scope: "社会公众".to_owned(),
        from: at("2026-03-01").date(),
        to: at("2026-03-31").date(),
        department: None,
        score_run: None,
        data_time: at("2026-04-02 09:00"),
        digest: "ab".repeat(32),
        files: Vec::new(),
        texts: Vec::new(),
        departments: vec!["market".to_owned()],
        author: "ming".to_owned(),
        drafted_at: at("2026-04-02 09:00"),
        approver: None,
        published_at: None,
        withdrawn_at: None,
        withdrawn_because: None,
        breaches: Vec::new(),
        steps: Vec::new(),
    }
}

fn approve(digest: &str) -> PublicationAct {
    PublicationAct::Approve { digest: digest.to_owned(), text: String::new(), not_names: String::new() }
}

fn withdraw(text: &str) -> PublicationAct {
    PublicationAct::Withdraw { text: text.to_owned() }
}

#[test]
fn another_person_approves_exactly_what_was_drafted_and_it_ends_withdrawn() {
    let mut one = draft();
    let now = at("2026-04-02 10:00");
    let digest = one.digest.clone();
    assert_eq!(one.act(approve(&digest), "ming", now), Err(PublicationError::SamePerson));
    assert_eq!(one.act(approve("00"), "zhao", now), Err(PublicationError::Digest));
    let report = |department: &str, field: &str| PublicationAct::Report {
        department: department.to_owned(),
        fields: vec![field.to_owned()],
        text: String::new(),
    };
    assert!(matches!(one.act(report("market", "姓名"), "zhao", now), Err(PublicationError::State(..))), "a draft");
    assert_eq!(one.state, PublicationState::Draft);
    assert_eq!(one.act(approve(&digest.to_uppercase()), "zhao", now), Ok(()));
    assert_eq!((one.approver.as_deref(), one.published_at), (Some("zhao"), Some(now)));
    assert!(matches!(one.act(approve(&digest), "lin", now), Err(PublicationError::State(..))), "once");
    assert!(one.act(report("market", " "), "lin", now).is_err());
    assert_eq!(one.act(report("health", "姓名"), "lin", now), Err(PublicationError::Department("health".to_owned())));
    assert_eq!(one.act(report("market", "姓名"), "lin", now), Ok(()));
    assert!(matches!(one.act(withdraw(" "), "lin", now), Err(PublicationError::Words(_))));
    assert_eq!(one.act(withdraw("含有姓名"), "lin", now), Ok(()));
    assert!(matches!(one.act(withdraw("x"), "lin", now), Err(PublicationError::State(..))));
    assert_eq!(one.steps.iter().map(|s| s.act.as_str()).collect::<Vec<_>>(), ["approve", "report", "withdraw"]);
    let mut fallen = draft();
    assert_eq!(fallen.act(withdraw("编错了"), "ming", now), Ok(()), "who drafted it may let it fall");
    assert!(!fallen.was_published());
}

#[test]
fn a_period_ends_as_its_kind_says() {
    let day = |text: &str| at(text).date();
    assert_eq!(PublicationKind::DailyCards.last_day(day("2026-03-02")), day("2026-03-02"));
    assert_eq!(PublicationKind::WeeklyOrders.last_day(day("2026-03-02")), day("2026-03-08"));
    assert_eq!(PublicationKind::Monthly.last_day(day("2026-02-01")), day("2026-02-28"));
    for kind in PublicationKind::ALL {
        assert!(!kind.audiences().is_empty(), "{kind:?}");
    }
    assert!(!PublicationKind::DailyCards.audiences().contains(&Audience::Public));
}

#[test]
fn what_is_the_same_is_written_the_same_and_names_lead_nowhere() {
    let one: serde_json::Value = serde_json::from_str(r#"{"b":[1,{"z":null,"a":"值"}],"a":"\n"}"#).expect("json");
    assert_eq!(canonical(&one), "{\"a\":\"\\n\",\"b\":[1,{\"a\":\"值\",\"z\":null}]}\n");
    let entry = FileEntry::of("data.json", "application/json", b"{}");
    assert!(entry.fits(b"{}") && !entry.fits(b"{ }") && !entry.fits(b"[]"));
    for wrong in ["../a", "a/b", "", ".a", "A.csv", "a..b"] {
        assert!(!file_name_is_plain(wrong), "{wrong}");
    }
    assert!(file_name_is_plain("cards-by-level.csv"));
}

fn kinds(text: &str, known: &Known) -> Vec<PersonalKind> {
    personal(text, known).into_iter().map(|p| p.kind).collect()
}

#[test]
fn numbers_of_persons_are_found_however_they_are_written() {
    use PersonalKind as P;
    let nobody = Known::default();
    for (text, kind) in [
        ("身份证 330824199001011234 已核对", P::IdNumber),
        ("证号33082419900101123X", P::IdNumber),
        ("330824 19900101 123x", P::IdNumber),
        ("３３０８２４１９９００１０１１２３４", P::IdNumber),
        ("330824-900101-123", P::IdNumber),
        ("请拨 13800001111", P::Phone),
        ("138 0000 1111", P::Phone),
        ("138-0000-1111", P::Phone),
        ("１３８００００１１１１", P::Phone),
        ("+86 138 0000 1111", P::Phone),
        ("0570-6012345", P::Phone),
        ("电话：6012345", P::Phone),
        ("卡号 6222 0212 3456 7890 128", P::BankCard),
        ("住江滨路 8 号 3 幢 201 室", P::Address),
    ] {
        assert!(kinds(text, &nobody).contains(&kind), "{text}: {:?}", kinds(text, &nobody));
    }
    for fine in [
        "已于 2026-03-02 办结，用时 5 个工作日。",
        "依据《行政许可法》第 42 条，20 日内决定。",
        "文号 开市监许准〔2026〕12 号",
        "收费 12000 元，共 3 笔",
        "办件 3308242026000012345 已补正",
        "3 号窗口",
        "",
    ] {
        assert_eq!(kinds(fine, &nobody), [], "{fine}");
    }
}

#[test]
fn names_of_the_register_are_found_and_the_hit_does_not_repeat_them() {
    let mut known = Known::default();
    known.add("欧阳明月", Some("开化县芹阳街道解放路 8 号"));
    known.add("王", None);
    assert_eq!(known.len(), 1, "one character is in every text");
    let found = personal("来电人欧阳 明月反映，王某也在场", &known);
    assert_eq!(found, [Personal { kind: PersonalKind::Name, place: 4 }]);
    assert!(!serde_json::to_string(&found).expect("json").contains("明月"));
    assert_eq!(kinds("住开化县芹阳街道解放路8号", &known), [PersonalKind::Address]);
    assert_eq!(kinds("市民反映窗口排队", &known), []);
}

proptest::proptest! {
    /// Whatever stands around it and however its digits are spread, a telephone or identity number is found.
    #[test]
    fn nothing_around_a_number_hides_it(
        before in "[\u{4e00}-\u{9fa5}，。]{0,8}",
        after in "[\u{4e00}-\u{9fa5}，。]{0,8}",
        gap in "[ -]{0,2}",
        tail in 0u32..100_000_000,
        id in proptest::bool::ANY,
    ) {
        let number = if id { format!("33082419851231{:04}", tail % 10_000) } else { format!("139{tail:08}") };
        let spread: Vec<String> = number.chars().map(String::from).collect();
        let text = format!("{before}{}{after}", spread.join(&gap));
        let kind = if id { PersonalKind::IdNumber } else { PersonalKind::Phone };
        proptest::prop_assert!(kinds(&text, &Known::default()).contains(&kind), "{text}");
    }
}

#[test]
fn only_what_is_like_a_name_and_none_of_the_countys_words_is_one() {
    let mut known = Known::beside(["示例县", "市场监督管理局", "食品经营许可"]);
    for none in ["示例县", "监督", "2026", "2026·", "·办理", "abc", "甲", "一二三四五", "经营许可", " "]
    {
        known.add(none, None);
        assert!(known.is_empty(), "{none}");
    }
    known.add("买买提·艾合买提", Some("市场监督管理局"));
    known.add("欧阳 明月", None);
    assert_eq!(known.len(), 2);
    let found = |text: &str| personal(text, &known).iter().map(|p| p.kind).collect::<Vec<_>>();
    assert_eq!(found("买买提·艾合买提、欧阳明月"), [PersonalKind::Name, PersonalKind::Name]);
    assert_eq!(found("2026 年示例县市场监督管理局办理"), []);
}
