//! What an office suite makes of our papers: a bulletin is laid out by LibreOffice and measured on the page; a table is opened from
//! workbook and CSV and compared cell by cell. Optional: needs `soffice` (Debian's libreoffice-writer-nogui, libreoffice-calc-nogui) and
//! poppler-utils; without them the tests say so and pass.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise, in its helpers too")]

use chrono::NaiveDate;
use daylight_console::bulletin::{Bulletin, LAYOUT, document_number};
use daylight_console::docx::{Appendix, Block, Template};
use daylight_console::paper::{Paper, layout};
use daylight_console::table::{Cell, Column, Kind, Lang, Table};
use daylight_domain::Timestamp;
use daylight_domain::desk::{DeskPaper, FeeFacts, PaperFacts, PaperKind, Voided};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Points of a millimetre.
const MM: f64 = 72.0 / 25.4;

fn there() -> bool {
    let all = ["soffice", "pdftotext", "pdfinfo"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let missing: Vec<&str> =
        all.into_iter().filter(|name| !std::env::split_paths(&path).any(|dir| dir.join(name).exists())).collect();
    if !missing.is_empty() {
        assert!(
            std::env::var_os("DAYLIGHT_TEST_ALL").is_none(),
            "nothing may be skipped (DAYLIGHT_TEST_ALL): {missing:?}"
        );
        // Past the harness, which would keep it for itself.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: no {}; install Debian's `libreoffice-writer-nogui libreoffice-calc-nogui poppler-utils fonts-noto-cjk`",
            missing.join(", ")
        );
    }
    missing.is_empty()
}

fn said(program: &str, arguments: &[&str]) -> String {
    let done = Command::new(program).args(arguments).output().expect("an answer");
    assert!(done.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("text")
}

/// Converts a file, with a profile of its own.
fn convert(folder: &Path, file: &str, bytes: &[u8], to: &str, more: &[&str]) -> PathBuf {
    let from = folder.join(file);
    std::fs::write(&from, bytes).expect("written");
    let profile = format!("-env:UserInstallation=file://{}", folder.join("profile").display());
    let out = folder.join("out");
    let (from, out_text) = (from.display().to_string(), out.display().to_string());
    let mut arguments = vec![profile.as_str(), "--headless"];
    arguments.extend(more);
    arguments.extend(["--convert-to", to, "--outdir", &out_text, &from]);
    said("soffice", &arguments);
    let ending = to.split(':').next().expect("an ending");
    let made = out.join(Path::new(file).with_extension(ending));
    assert!(made.exists(), "{} was not made", made.display());
    made
}

fn day(text: &str) -> NaiveDate {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").expect("a day")
}

fn bulletin() -> Bulletin {
    let names = ["市场监督管理局", "自然资源和规划局", "人力资源和社会保障局"];
    let rows = |n: i64| names.iter().map(move |name| (*name, n));
    let wide = (1..=11).map(|n| Column::new(format!("i{n}"), format!("第{n}项指标"), format!("i{n}"), Kind::Decimal));
    Bulletin {
        agency: "示例县监察局文件".to_owned(),
        number: document_number("示监", 2026, 3),
        title: "示例县监察局关于2026年3月行政效能测评情况的通报".to_owned(),
        salutation: "各乡镇人民政府，县政府各部门".to_owned(),
        body: vec![
            Block::Heading1("一、总体情况".to_owned()),
            Block::Paragraph("版面测量所用文字没有标点".repeat(200)),
            Block::Heading2("（一）分项情况".to_owned()),
            Block::Paragraph("特此通报。".to_owned()),
        ],
        appendices: vec![
            Appendix {
                title: "名次表".to_owned(),
                text: Vec::new(),
                table: Table {
                    columns: vec![
                        Column::new("department", "部门", "Department", Kind::Text),
                        Column::new("points", "得分", "Points", Kind::Decimal),
                    ],
                    rows: rows(9_850).map(|(name, n)| vec![Cell::text(name), Cell::hundredths(n)]).collect(),
                    ..Table::default()
                },
            },
            Appendix {
                title: "指标得分表".to_owned(),
                text: Vec::new(),
                table: Table {
                    columns: std::iter::once(Column::new("d", "部门", "Department", Kind::Text)).chain(wide).collect(),
                    rows: rows(905)
                        .map(|(name, n)| {
                            std::iter::once(Cell::text(name)).chain((0..11).map(|k| Cell::hundredths(n + k))).collect()
                        })
                        .collect(),
                    ..Table::default()
                },
            },
        ],
        signer: "示例县监察局".to_owned(),
        date: day("2026-04-08"),
        copies: vec!["县委办公室".to_owned()],
        printed_by: "示例县监察局办公室".to_owned(),
        printed_on: day("2026-04-09"),
    }
}

/// Words of a page with left, top, right and bottom in points.
fn words(pdf: &str, page: usize) -> Vec<(f64, f64, f64, f64, String)> {
    let page = page.to_string();
    let text = said("pdftotext", &["-bbox", "-f", &page, "-l", &page, pdf, "-"]);
    let of = |line: &str, name: &str| -> f64 {
        let value = line.split(&format!("{name}=\"")).nth(1).and_then(|v| v.split('"').next());
        value.expect("a place").parse().expect("a number")
    };
    text.lines()
        .filter(|line| line.contains("<word "))
        .map(|line| {
            let word = line.split_once('>').and_then(|(_, w)| w.split('<').next()).expect("a word");
            (of(line, "xMin"), of(line, "yMin"), of(line, "xMax"), of(line, "yMax"), word.to_owned())
        })
        .collect()
}

#[test]
fn a_bulletin_is_laid_out_by_the_standard() {
    if !there() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let docx = bulletin().to_docx(&Template::built_in(&LAYOUT).expect("built in")).expect("a document");
    let pdf = convert(folder.path(), "bulletin.docx", &docx, "pdf", &[]);
    let pdf = pdf.to_str().expect("a path");
    let info = said("pdfinfo", &["-f", "1", "-l", "99", pdf]);
    let sizes: Vec<&str> = info.lines().filter(|l| l.starts_with("Page ") && l.contains("size:")).collect();
    // Head and 11 lines or so, five pages of 2,400 characters in all, and two appendices; the second is turned.
    assert!(sizes.len() >= 7, "{info}");
    let turned: Vec<usize> = (1..).zip(&sizes).filter(|(_, s)| s.contains("841.89 x 595")).map(|(n, _)| n).collect();
    assert_eq!(turned, [sizes.len() - 1], "{info}");
    assert!(sizes.iter().all(|s| s.contains("A4")), "{info}");
    // A full page of the text: 22 lines of 28 characters, inside the type area.
    let text = said("pdftotext", &["-layout", "-f", "2", "-l", "2", pdf, "-"]);
    let squeezed = text.lines().map(|l| l.chars().filter(|c| !c.is_whitespace()).collect::<String>());
    let lines: Vec<String> = squeezed.filter(|l| !l.is_empty() && !l.starts_with('—')).collect();
    assert_eq!(lines.len(), 22, "{text}");
    assert!(lines.iter().all(|l| l.chars().count() == 28), "{text}");
    let area = (28.0 * MM, 37.0 * MM, 184.0 * MM, 262.0 * MM);
    for (left, top, right, bottom, word) in words(pdf, 2).into_iter().filter(|w| w.1 < area.3) {
        let fine = left > area.0 - 1.0 && right < area.2 + 1.0 && top > area.1 - 6.0 && bottom < area.3 + 6.0;
        assert!(fine, "{word} at {left},{top} to {right},{bottom} of {area:?}");
    }
    for page in 1..=sizes.len() {
        let all = words(pdf, page);
        let high = if turned.contains(&page) { 595.0 } else { 842.0 };
        let wide = if turned.contains(&page) { 842.0 } else { 595.0 };
        let foot: Vec<_> = all.iter().filter(|w| w.3 > high - 26.0 * MM - 20.0 && w.1 > high - 140.0).collect();
        let number: String =
            foot.iter().map(|w| w.4.as_str()).filter(|w| w.contains('—') || w.parse::<u32>().is_ok()).collect();
        assert_eq!(number, format!("—{page}—"), "page {page}: {foot:?}");
        let left = foot.iter().filter(|w| w.4.contains('—')).map(|w| w.0).fold(f64::MAX, f64::min);
        assert_eq!(left > wide / 2.0, page % 2 == 1, "outside, page {page}: {left}");
        assert!(all.len() > foot.len(), "page {page} is empty");
    }
    let last = said("pdftotext", &["-layout", "-f", &sizes.len().to_string(), pdf, "-"]);
    assert!(last.contains("抄送：县委办公室。") && last.contains("示例县监察局办公室"), "{last}");
    let whole: String = said("pdftotext", &[pdf, "-"]).chars().filter(|c| !c.is_whitespace()).collect();
    for part in [
        "示例县监察局文件",
        "示监〔2026〕3号",
        "各乡镇人民政府，县政府各部门：",
        "附件：1.名次表",
        "2.指标得分表",
        "2026年4月8日",
    ] {
        assert!(whole.contains(part), "{part} in {whole}");
    }
}

fn cells(file: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(file).expect("text");
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect()
}

#[test]
fn a_table_opens_with_the_cells_it_was_given() {
    if !there() {
        return;
    }
    let table = Table {
        title: "镕、㙍、𠮷与生僻字".to_owned(),
        notes: vec![("数据截至".to_owned(), "2026-04-02 09:30:00".to_owned())],
        columns: vec![
            Column::new("a", "部门（含“引号”）", "Department", Kind::Text),
            Column::new("b", "名次", "Rank", Kind::Integer),
            Column::new("c", "得分", "Points", Kind::Decimal),
            Column::new("d", "按时办结率", "In time", Kind::Percent),
            Column::new("e", "公布日", "Published", Kind::Date),
            Column::new("f", "数据时间", "Data time", Kind::Instant),
            Column::new("g", "收费", "Fees", Kind::Money),
        ],
        rows: vec![
            vec![
                Cell::text("市场监督管理局，\"逗号\"\n第二行"),
                Cell::Integer(-3),
                Cell::hundredths(9_850),
                Cell::Permille(985),
                Cell::Date(day("2026-03-01")),
                Cell::Instant(Timestamp::parse("2026-04-02T09:30:00+08:00").expect("a time")),
                Cell::Fen(-50),
            ],
            vec![
                Cell::text("镕㙍𠮷"),
                Cell::Suppressed,
                Cell::Empty,
                Cell::Permille(1_000),
                Cell::Empty,
                Cell::Empty,
                Cell::Fen(7),
            ],
            vec![
                Cell::text("3308242026000000011"),
                Cell::Integer(12),
                Cell::hundredths(5),
                Cell::Permille(0),
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
            ],
        ],
    };
    let mut expected = vec![table.columns.iter().map(|c| c.name_zh.clone()).collect::<Vec<_>>()];
    expected.extend(table.rows.iter().map(|row| row.iter().map(Cell::say).collect()));
    let folder = tempfile::tempdir().expect("a folder");
    // Comma, quotation mark, UTF-8, from line 1, cells as they are shown.
    let csv = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true";
    let book = table.to_xlsx(Lang::Zh).expect("a workbook");
    assert_eq!(cells(&convert(folder.path(), "book.xlsx", &book, csv, &[])), expected);
    let second = format!("{csv},false,false,2");
    std::fs::remove_dir_all(folder.path().join("out")).expect("removed");
    std::fs::write(folder.path().join("notes.xlsx"), &book).expect("written");
    let profile = format!("-env:UserInstallation=file://{}", folder.path().join("profile").display());
    let (out, from) = (folder.path().join("out"), folder.path().join("notes.xlsx"));
    said(
        "soffice",
        &[
            &profile,
            "--headless",
            "--convert-to",
            &second,
            "--outdir",
            out.to_str().expect("a path"),
            from.to_str().expect("a path"),
        ],
    );
    assert_eq!(
        cells(&out.join("notes-说明.csv")),
        [["标题", table.title.as_str()], ["数据截至", "2026-04-02 09:30:00"]]
    );
    // Every column as text, so that nothing is guessed.
    let filter = "--infilter=Text - txt - csv (StarCalc):44,34,76,1,1/2/2/2/3/2/4/2/5/2/6/2/7/2";
    let got = cells(&convert(folder.path(), "table.csv", &table.to_csv(Lang::Zh), csv, &[filter]));
    let without_sign =
        expected.into_iter().map(|row| row.into_iter().map(|c| c.trim_end_matches('%').to_owned()).collect::<Vec<_>>());
    assert_eq!(got, without_sign.collect::<Vec<_>>());
}

/// A paper of the desk with as much on it as is usual.
fn desk_paper(kind: PaperKind) -> DeskPaper {
    let at = Timestamp::parse("2026-03-04T10:05:00+08:00").expect("a time");
    let facts = PaperFacts {
        no: format!("示档{}〔2026〕12号", kind.letter()),
        case_no: "DA20260302001".to_owned(),
        office: "示例县档案局".to_owned(),
        contact: "联系：示例县政务服务中心3号窗口，电话见本窗口公示".to_owned(),
        licence: true,
        item_name: "对外提供档案审批".to_owned(),
        applicant: "示例县甲乙有限公司".to_owned(),
        made_at: at,
        made_by: "经办甲".to_owned(),
        received_at: Some(at),
        accepted_at: Some(at),
        materials: (1..=6).map(|n| format!("第{n}份申请材料")).collect(),
        missing: vec!["申请表：未签名".to_owned(), "利用目的说明：缺".to_owned()],
        due: Some(day("2026-03-20")),
        promise: Some("5个工作日".to_owned()),
        legal: Some("20个工作日".to_owned()),
        reason: "申请利用的档案尚在封闭期内".to_owned(),
        remedies: "如不服本决定，可以自收到本决定书之日起六十日内申请行政复议，也可以自收到本决定书之日起六个月内依法提起行政诉讼".to_owned(),
        special: Some("专家评审".to_owned()),
        days: Some(8),
        certificate_no: Some("DA-2026-0007".to_owned()),
        valid_from: Some(day("2026-03-04")),
        fee: Some(FeeFacts { item: "复制费".to_owned(), amount: 1050, ..FeeFacts::default() }),
        mode: Some("直接送达".to_owned()),
        delivered: vec!["示档准〔2026〕12号".to_owned()],
        ..PaperFacts::default()
    };
    let void = Some(Voided { by: "负责乙".to_owned(), at, reason: "误写".to_owned() });
    let (no, case_no) = (facts.no.clone(), facts.case_no.clone());
    DeskPaper { no, department: "archive".to_owned(), case_no, kind, facts, digest: String::new(), void }
}

#[test]
fn a_paper_of_the_desk_is_one_page_of_its_size() {
    if !there() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for kind in PaperKind::ALL {
        let paper = Paper::of(&desk_paper(*kind), false);
        let docx = paper.to_docx(&Template::built_in(layout(*kind)).expect("built in")).expect("a document");
        let pdf = convert(folder.path(), &format!("{}.docx", kind.as_str()), &docx, "pdf", &[]);
        let pdf = pdf.to_str().expect("a path");
        let info = said("pdfinfo", &[pdf]);
        let size = if *kind == PaperKind::Receipt { "419.5" } else { "A4" };
        let lines: Vec<&str> = info.lines().filter(|l| l.starts_with("Page")).collect();
        assert!(lines.iter().any(|l| l.starts_with("Pages:") && l.ends_with(" 1")), "{kind:?}: {lines:?}");
        assert!(lines.iter().any(|l| l.starts_with("Page size:") && l.contains(size)), "{kind:?}: {lines:?}");
        let text: String = said("pdftotext", &[pdf, "-"]).chars().filter(|c| !c.is_whitespace()).collect();
        for part in [&paper.title, &paper.no, "示例县甲乙有限公司", "示例县档案局", "DA20260302001", "2026年3月4日作废"]
        {
            assert!(text.contains(part), "{kind:?}: {part} in {text}");
        }
    }
}
