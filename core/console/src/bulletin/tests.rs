use super::*;
use crate::table::{Cell, Column, Kind, Table};
use daylight_domain::Timestamp;

fn day(text: &str) -> NaiveDate {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").expect("a day")
}

pub(super) fn facts() -> BulletinFacts {
    let names = ["市场监督管理局", "自然资源和规划局", "住房和城乡建设局", "人力资源和社会保障局"];
    let standings = names.iter().zip(1_u32..).map(|(name, rank)| Standing {
        department: (*name).to_owned(),
        rank,
        points: 9_900 - i64::from(rank) * 125,
        previous: (rank < 4).then_some(4 - rank),
    });
    BulletinFacts {
        agency: AgencyWords {
            mark: "示例县监察局文件".to_owned(),
            signer: "示例县监察局".to_owned(),
            code: "示监".to_owned(),
            number: (2026, 3),
            salutation: "各乡镇人民政府，县政府各部门".to_owned(),
            copies: vec!["县委办公室".to_owned(), "县人大常委会办公室".to_owned(), "县政协办公室".to_owned()],
            printed_by: "示例县监察局办公室".to_owned(),
        },
        county: "示例县".to_owned(),
        month: day("2026-03-01"),
        standard: "示例县行政效能测评标准".to_owned(),
        version: "2026年版".to_owned(),
        standings: standings.collect(),
        indicators: Table {
            columns: vec![
                Column::new("department", "部门", "Department", Kind::Text),
                Column::new("a", "按时办结", "In time", Kind::Decimal),
            ],
            rows: names.iter().map(|n| vec![Cell::text(*n), Cell::hundredths(2000)]).collect(),
            ..Table::default()
        },
        cards: vec![
            CardCount { department: "市场监督管理局".to_owned(), yellow: 2, red: 0, revoked: 1 },
            CardCount { department: "住房和城乡建设局".to_owned(), yellow: 1, red: 1, revoked: 0 },
        ],
        excluded: vec![Excluded { department: "档案馆".to_owned(), reason: "本月没有办件。".to_owned() }],
        registered: vec![Excluded {
            department: "住房和城乡建设局".to_owned(),
            reason: "2026-03-10 至 2026-03-11 统计排除：机房搬迁（示监〔2026〕1号）".to_owned(),
        }],
        sampled: vec![Sampled { department: "市场监督管理局".to_owned(), drawn: 20, checked: 18, clean: 17 }],
        data_time: Timestamp::parse("2026-04-02T09:05:00+08:00").expect("a time"),
        digests: vec![("测评结果".to_owned(), "sm3:0123456789abcdef".to_owned())],
        date: day("2026-04-08"),
        printed_on: day("2026-04-09"),
    }
}

fn words(facts: &BulletinFacts) -> String {
    let lines = facts.bulletin().body.into_iter().map(|block| match block {
        Block::Heading1(t) | Block::Heading2(t) | Block::Heading3(t) | Block::Paragraph(t) => t,
        Block::Table(t) => t.title,
        Block::Facts(_) => String::new(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_bulletin_says_its_facts() {
    assert_eq!(
        words(&facts()),
        "根据《示例县行政效能测评标准》（2026年版），现将示例县2026年3月行政效能测评情况通报如下。\n\
         一、测评结果\n\
         本月参加测评的部门4个，平均得分95.88分，最高97.75分，最低94.00分。\n\
         得分居前的部门：市场监督管理局（第1位，97.75分）；自然资源和规划局（第2位，96.50分）；住房和城乡建设局（第3位，95.25分）。各部门名次见附件1。\n\
         与上月相比，名次上升的1个，下降的1个，不变的1个；1个部门上月没有名次。\n\
         二、红黄牌情况\n\
         本月发出黄牌3张、红牌1张，涉及2个部门：住房和城乡建设局黄牌1张、红牌1张；市场监督管理局黄牌2张。\n\
         另有1张已经撤销，不计入以上数字。\n\
         三、不参加测评的部门\n\
         档案馆本月不参加测评，原因是：本月没有办件。\n\
         四、统计排除情况\n\
         下列日期的数据不计入测评：\n\
         1. 住房和城乡建设局：2026-03-10 至 2026-03-11 统计排除：机房搬迁（示监〔2026〕1号）。\n\
         五、案卷抽查情况\n\
         本月抽取办件20件，已检查18件，其中17件没有问题，1件发现问题，其余2件尚未检查。\n\
         发现问题的办件分布：市场监督管理局1件。\n\
         六、有关说明\n\
         1. 本通报的数据截至2026年4月2日9时05分，此后报送和更正的数据不在其内。\n\
         2. 各部门各项指标的得分见附件2。\n\
         3. 测评结果的校验值：SM3 01234567 89abcdef。\n\
         特此通报。"
    );
    let said = facts().bulletin();
    assert_eq!(said.title, "示例县监察局关于2026年3月行政效能测评情况的通报");
    assert_eq!(said.number, "示监〔2026〕3号");
}

#[test]
fn nothing_and_one_have_their_own_words() {
    let mut none = facts();
    none.standings.clear();
    none.cards.clear();
    none.excluded.clear();
    none.registered.clear();
    none.sampled.clear();
    none.digests.clear();
    none.indicators.rows.clear();
    let said = words(&none);
    for part in [
        "本月没有部门参加测评。",
        "本月没有发出有效的黄牌和红牌。",
        "本月没有不参加测评的部门。",
        "本次测评没有统计排除。",
        "本月没有抽查案卷。",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(none.bulletin().appendices.is_empty() && !said.contains("附件") && !said.contains("校验值"));
    let mut one = facts();
    one.standings.truncate(1);
    one.cards.truncate(1);
    one.sampled = vec![Sampled { department: "甲局".to_owned(), drawn: 1, checked: 1, clean: 0 }];
    let said = words(&one);
    for part in [
        "本月参加测评的部门1个，为市场监督管理局，得分97.75分。",
        "本月发出黄牌2张，均涉及市场监督管理局。",
        "本月抽取办件1件，已检查1件，均发现问题。",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    one.cards = vec![CardCount { department: "甲局".to_owned(), red: 1, ..CardCount::default() }];
    assert!(words(&one).contains("本月发出红牌1张，涉及甲局。"));
    let mut tied = facts();
    for one in &mut tied.standings {
        one.points = 9_000;
    }
    assert!(words(&tied).contains("得分均为90.00分。"));
    tied.standings.iter_mut().take(2).for_each(|s| (s.rank, s.points) = (1, 9_500));
    assert!(words(&tied).contains("市场监督管理局、自然资源和规划局（并列第1位，95.00分）"), "{}", words(&tied));
}

#[test]
fn numbers_and_dates_are_those_of_documents() {
    let said: Vec<String> = [1, 9, 10, 11, 20, 35, 99].into_iter().map(numeral).collect();
    assert_eq!(said, ["一", "九", "十", "十一", "二十", "三十五", "九十九"]);
    assert_eq!(date_zh(day("2026-04-08")), "2026年4月8日");
}

fn document(bytes: &[u8]) -> String {
    use std::io::Read as _;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
    let mut text = String::new();
    archive.by_name("word/document.xml").expect("the part").read_to_string(&mut text).expect("text");
    text
}

#[test]
fn every_place_is_filled_and_the_same_bulletin_gives_the_same_bytes() {
    let template = Template::built_in(&LAYOUT).expect("the built-in template");
    let mut bulletin = facts().bulletin();
    bulletin.title = "关于<&>\"的通报".to_owned();
    let bytes = bulletin.to_docx(&template).expect("a document");
    assert_eq!(bytes, bulletin.to_docx(&template).expect("again"));
    let text = document(&bytes);
    crate::xml::read(&text).expect("well-formed");
    assert!(!text.contains("{{"), "{text}");
    for part in [
        "关于&lt;&amp;&gt;",
        "示监〔2026〕3号",
        "各乡镇人民政府，县政府各部门：",
        "抄送：县委办公室，",
        "2026年4月9日印发",
        "附件3",
        "97.75",
    ] {
        assert!(text.contains(part), "{part}");
    }
    bulletin.copies.clear();
    bulletin.body.clear();
    bulletin.appendices.clear();
    let text = document(&bulletin.to_docx(&template).expect("without"));
    assert!(text.contains("2026年4月9日印发") && text.matches("<w:tr>").count() == 1, "the row of copies is gone");
    assert!(!text.contains("抄送") && !text.contains("附件1") && !text.contains("附件："));
}

/// The built-in template after an edit of one part.
fn edited(part: &str, edit: &dyn Fn(String) -> String) -> Result<Template, BadTemplate> {
    use std::io::{Read as _, Write as _};
    let bytes = Template::built_in(&LAYOUT).expect("built in").to_docx().expect("bytes");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).expect("a part");
        let mut text = String::new();
        file.read_to_string(&mut text).expect("text");
        let name = file.name().expect("a name").into_owned();
        let text = if name == part { edit(text) } else { text };
        out.start_file(name, zip::write::SimpleFileOptions::default()).expect("a part");
        out.write_all(text.as_bytes()).expect("written");
    }
    Template::from_docx(&LAYOUT, &out.finish().expect("a zip").into_inner())
}

#[test]
fn a_county_edits_its_template_with_a_word_processor() {
    // A word processor cut the place into runs, gave the styles other ids, and somebody wrote words around it.
    let cut = |text: String| {
        text.replace(
            "<w:r><w:t xml:space=\"preserve\">{{标题}}</w:t></w:r>",
            "<w:r><w:rPr><w:b/></w:rPr><w:t>《{</w:t></w:r><w:proofErr/><w:r><w:t>{标</w:t></w:r><w:r><w:t>题}}》全文</w:t></w:r>",
        )
    };
    let template = edited("word/document.xml", &cut).expect("still a template");
    let text = document(&facts().bulletin().to_docx(&template).expect("a document"));
    assert!(text.contains(">《示例县监察局关于2026年3月行政效能测评情况的通报</w:t>"), "{text}");
    assert!(text.contains(">》全文</w:t>"));
    let renamed = edited("word/styles.xml", &|text| text.replace("\"Daylight5\"", "\"a7\"")).expect("styles by name");
    assert!(document(&facts().bulletin().to_docx(&renamed).expect("a document")).contains("<w:pStyle w:val=\"a7\"/>"));
}

#[test]
fn what_is_no_template_says_what_it_lacks() {
    let refused = |got: Result<Template, BadTemplate>| got.expect_err("refused").to_string();
    let document = "word/document.xml";
    for (got, begins) in [
        (refused(Template::from_docx(&LAYOUT, b"\xd0\xcf\x11\xe0 an old .doc")), "template.not-docx: "),
        (
            refused(edited(document, &|t| t.replace("{{成文日期}}", "今天"))),
            "template.place-missing: 模板缺少占位：{{成文日期}}",
        ),
        (
            refused(edited(document, &|t| t.replace("{{主送机关}}", "{{主送机关}}{{主送}}"))),
            "template.place-unknown: 模板中有不认识的占位：主送",
        ),
        (refused(edited(document, &|t| t.replace("{{正文}}", "全文{{正文}}"))), "template.place-shared: 占位 {{正文}}"),
        (refused(edited(document, &|t| t.replace("</w:body>", ""))), "template.syntax: "),
        (
            refused(edited("word/styles.xml", &|t| t.replace("通报表格", "表"))),
            "template.style-missing: 模板缺少段落样式：通报表格",
        ),
    ] {
        assert!(got.starts_with(begins), "{got}");
    }
}
