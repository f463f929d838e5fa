use super::*;
use crate::docx::Template;
use chrono::NaiveDate;
use daylight_domain::Timestamp;
use daylight_domain::desk::{DeskPaper, FeeFacts, PaperFacts, PaperKind, Voided};
use std::io::Read as _;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn day(text: &str) -> NaiveDate {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").expect("a day")
}

/// A paper with facts for every kind.
fn paper(kind: PaperKind) -> DeskPaper {
    let facts = PaperFacts {
        no: format!("示档{}〔2026〕12号", kind.letter()),
        case_no: "DA20260302001".to_owned(),
        department: "archive".to_owned(),
        office: "示例县档案局".to_owned(),
        contact: "联系：示例县政务服务中心3号窗口，0570-0000000".to_owned(),
        licence: true,
        item_code: "DA-0101".to_owned(),
        item_name: "对外提供档案审批".to_owned(),
        applicant: "示例县甲乙有限公司".to_owned(),
        window: Some("3号窗口".to_owned()),
        queue_no: Some("A012".to_owned()),
        made_at: at("2026-03-04T10:05:00+08:00"),
        made_by: "经办甲".to_owned(),
        received_at: Some(at("2026-03-02T09:30:00+08:00")),
        accepted_at: Some(at("2026-03-04T10:05:00+08:00")),
        answer_by: Some(day("2026-03-09")),
        materials: vec!["申请表".to_owned(), "身份证明".to_owned()],
        missing: vec!["申请表：未签名".to_owned(), "利用目的说明：缺".to_owned()],
        due: Some(day("2026-03-20")),
        promise: Some("5个工作日".to_owned()),
        legal: Some("20个工作日".to_owned()),
        reason: "申请事项不属于本机关职权范围".to_owned(),
        remedies: "如不服本决定，可以自收到本决定书之日起六十日内向示例县人民政府申请行政复议，也可以自收到本决定书之日起六个月内依法向示例县人民法院提起行政诉讼".to_owned(),
        special: Some("专家评审".to_owned()),
        basis: "《档案法实施条例》第二十九条".to_owned(),
        legal_basis: "档案法 28；档案利用办法".to_owned(),
        days: Some(8),
        certificate_no: Some("DA-2026-0007".to_owned()),
        valid_from: Some(day("2026-03-04")),
        valid_to: Some(day("2029-03-03")),
        fee: Some(FeeFacts { item: "复制费".to_owned(), amount: 1000, reduced: 50, basis: "价目表第3项".to_owned(), bill_no: Some("330824000001".to_owned()) }),
        mode: Some("直接送达".to_owned()),
        collector: Some("乙".to_owned()),
        delivered: vec!["示档准〔2026〕12号".to_owned()],
        ..PaperFacts::default()
    };
    DeskPaper {
        no: facts.no.clone(),
        department: "archive".to_owned(),
        case_no: facts.case_no.clone(),
        kind,
        facts,
        digest: String::new(),
        void: None,
    }
}

fn text(docx: &[u8]) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(docx)).expect("a zip");
    let mut text = String::new();
    archive.by_name("word/document.xml").expect("the part").read_to_string(&mut text).expect("text");
    text
}

#[test]
fn what_a_paper_says_stands_on_it_and_nothing_runs() {
    let paper = Paper {
        office: "示例县".to_owned(),
        title: "黄牌监察通知".to_owned(),
        no: "3308242026000000011".to_owned(),
        to: "市场监督管理局".to_owned(),
        body: vec![
            Block::Paragraph("<script>alert(1)</script>".to_owned()),
            Block::Facts(vec![("反馈期限".to_owned(), "2026年4月8日".to_owned())]),
        ],
        date: "2026年4月2日".to_owned(),
        copies: vec!["周局长".to_owned()],
        mark: Some("已撤销".to_owned()),
        ..Paper::default()
    };
    let page = paper.html();
    for part in ["黄牌监察通知", "3308242026000000011", "市场监督管理局：", "2026年4月8日", "抄送：周局长", "已撤销"]
    {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<script") && !page.contains("style="));
}

#[test]
fn every_paper_says_what_the_law_wants_as_page_and_as_document() {
    let wanted: &[(PaperKind, &[&str])] = &[
        (PaperKind::Receipt, &["2026年3月2日9时30分", "A012", "申请表", "2026年3月9日前告知是否受理", "即为受理"]),
        (PaperKind::Tolerance, &["于2026年3月20日前补齐", "撤销受理并说明理由", "承诺人（签名或盖章）"]),
        (
            PaperKind::Correction,
            &[
                "全部内容一次告知",
                "申请表：未签名",
                "利用目的说明：缺",
                "于2026年3月20日前补正",
                "第三十二条第一款第（四）项",
            ],
        ),
        (
            PaperKind::Acceptance,
            &["自2026年3月4日起予以受理", "法定期限20个工作日", "承诺期限5个工作日", "容后补交的材料"],
        ),
        (
            PaperKind::Rejection,
            &["申请事项不属于本机关职权范围", "决定不予受理", "六十日内", "六个月内", "示例县人民法院"],
        ),
        (
            PaperKind::Revocation,
            &[
                "已于2026年3月4日受理",
                "于2026年3月20日前补齐",
                "利用目的说明：缺",
                "第十一条",
                "决定撤销受理",
                "六十日内",
            ],
        ),
        (PaperKind::Special, &["专家评审", "8个工作日", "第四十五条", "《档案法实施条例》第二十九条"]),
        (PaperKind::Extension, &["本机关负责人批准", "延长8个工作日", "第四十二条第一款", "2026年3月20日"]),
        (PaperKind::Hearing, &["要求听证的权利", "五个工作日内", "不收取费用"]),
        (
            PaperKind::Grant,
            &[
                "准予行政许可决定书",
                "《档案法》第28条、《档案利用办法》和《中华人民共和国行政许可法》第三十八条第一款",
                "DA-2026-0007",
                "2026年3月4日至2029年3月3日",
                "十个工作日内",
            ],
        ),
        (PaperKind::Refusal, &["决定不予行政许可", "六十日内", "六个月内", "第三十八条第二款"]),
        (PaperKind::Bill, &["复制费", "10.50元", "10.00元", "价目表第3项", "330824000001", "上缴国库"]),
        (PaperKind::Delivery, &["直接送达", "示档准〔2026〕12号", "收件人签名", "DA-2026-0007"]),
    ];
    assert_eq!(wanted.len(), PaperKind::ALL.len());
    for (kind, parts) in wanted {
        let said = Paper::of(&paper(*kind), false);
        let template = Template::built_in(layout(*kind)).expect("built in");
        let docx = said.to_docx(&template).expect("a document");
        assert_eq!(docx, said.to_docx(&template).expect("again"), "the same bytes");
        let (page, document) = (said.html(), text(&docx));
        assert!(!document.contains("{{") && !document.contains("副") && !page.contains("副"), "{document}");
        for part in parts.iter().chain(&["DA20260302001", "示例县档案局", "〔2026〕12号"]) {
            assert!(page.contains(part), "{kind:?}, page: {part} in {page}");
            assert!(document.contains(part), "{kind:?}, document: {part}");
        }
    }
}

#[test]
fn a_void_paper_and_a_copy_say_so() {
    let mut one = paper(PaperKind::Grant);
    let copy = Paper::of(&one, true);
    assert!(copy.html().contains("副　本"));
    one.void =
        Some(Voided { by: "负责乙".to_owned(), at: at("2026-03-05T08:00:00+08:00"), reason: "误写".to_owned() });
    let void = Paper::of(&one, true);
    let template = Template::built_in(layout(one.kind)).expect("built in");
    assert!(void.html().contains("本文书已于2026年3月5日作废"));
    assert!(text(&void.to_docx(&template).expect("a document")).contains("本文书已于2026年3月5日作废"));
}

#[test]
fn a_bill_says_what_is_to_pay_after_the_reduction() {
    for (amount, reduced, said) in [(1000, 50, ["10.50", "0.50", "10.00"]), (0, 100, ["1.00", "1.00", "0.00"])] {
        let mut one = paper(PaperKind::Bill);
        one.facts.fee = Some(FeeFacts { item: "复制费".to_owned(), amount, reduced, ..FeeFacts::default() });
        let page = Paper::of(&one, false).html();
        for (name, money) in ["应收", "减免", "应缴"].into_iter().zip(said) {
            let row = format!("<th scope=\"row\">{name}</th><td>{money}元</td>");
            assert!(page.contains(&row), "{row} in {page}");
        }
    }
}

#[test]
fn items_that_are_no_licence_and_hearings_with_a_day_have_other_words() {
    let mut one = paper(PaperKind::Refusal);
    one.facts.licence = false;
    let page = Paper::of(&one, false).html();
    assert!(page.contains("不予决定书") && page.contains("决定不予办理") && !page.contains("行政许可"), "{page}");
    let mut one = paper(PaperKind::Hearing);
    one.facts.on = Some(day("2026-03-30"));
    one.facts.time = chrono::NaiveTime::from_hms_opt(14, 30, 0);
    one.facts.place = "政务服务中心301室".to_owned();
    let page = Paper::of(&one, false).html();
    assert!(page.contains("听证通知书") && page.contains("2026年3月30日14时30分") && page.contains("301室"), "{page}");
}

#[test]
fn a_template_of_its_own_has_the_text_or_all_its_parts() {
    let kind = layout(PaperKind::Refusal);
    let own = |text: &str| {
        let parts = kind.built_in.iter().map(|(name, bytes)| {
            let new = || String::from_utf8_lossy(bytes).replace("{{正文}}", text).into_bytes();
            ((*name).to_owned(), if *name == "word/document.xml" { new() } else { bytes.to_vec() })
        });
        Template::from_parts(kind, parts.collect())
    };
    let template = own("不批准，因为{{理由}}。{{救济途径}}").expect("a template");
    let said = Paper::of(&paper(PaperKind::Refusal), false).to_docx(&template).expect("a document");
    let said = text(&said);
    assert!(said.contains("不批准，因为申请事项不属于本机关职权范围。如不服") && !said.contains("经审查"), "{said}");
    let refused = own("不批准，因为{{理由}}。").expect_err("no remedies").to_string();
    assert_eq!(
        refused,
        "template.place-missing: 模板缺少占位：{{正文}}（或者 {{救济途径}}）；请在相应位置写入，可对照 daylight template export refusal 导出的模板"
    );
    let refused = own("{{正文}}").and_then(|_| own("{{理由}}{{救济途径}}{{心情}}")).expect_err("unknown").to_string();
    assert!(refused.starts_with("template.place-unknown: 模板中有不认识的占位：心情；"), "{refused}");
}
