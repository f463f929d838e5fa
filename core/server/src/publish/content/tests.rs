use super::*;
use crate::publish::bundle::files;
use crate::publish::numbers::Numbers;
use daylight_domain::case::{Case, Step};
use daylight_domain::complaint::{Complaint, Contact, ProblemKind, PublicAnswer, Way};
use daylight_domain::publication::{Audience, Manifest};
use proptest::prelude::*;
use std::io::Read;

fn manifest(kind: PublicationKind) -> Manifest {
    let day = Timestamp::parse("2026-03-01").expect("a day");
    Manifest {
        format: "daylight-bundle/1".to_owned(),
        kind,
        audience: Audience::Public,
        title: "公布".to_owned(),
        scope: "社会公众".to_owned(),
        county: "县".to_owned(),
        division: "330824".to_owned(),
        from: day.date(),
        to: day.date(),
        department: None,
        score_run: None,
        data_time: day,
        generator: "daylight".to_owned(),
        author: "ming".to_owned(),
        redactions: Vec::new(),
        anonymity: Some(5),
        exclusions: Vec::new(),
        files: Vec::new(),
    }
}

/// Every byte of a bundle a reader can come to: what is compressed in a workbook as well.
fn every_byte(content: &Content, kind: PublicationKind) -> String {
    let (_, _, files) = files(content, manifest(kind)).expect("a bundle");
    let mut all = String::new();
    for (entry, bytes) in files {
        if entry.name.ends_with(".xlsx") {
            let mut book = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a workbook");
            for at in 0..book.len() {
                let mut part = String::new();
                book.by_index(at).expect("a part").read_to_string(&mut part).expect("text");
                all.push_str(&part);
            }
        } else {
            all.push_str(&String::from_utf8(bytes).expect("text"));
        }
    }
    all
}

fn grid(table: &Table, columns: usize) -> Vec<Vec<Option<u64>>> {
    let read = |cell: &Cell| match cell {
        Cell::Integer(n) => u64::try_from(*n).ok(),
        _ => None,
    };
    table.rows.iter().map(|row| row.iter().skip(1).take(columns).map(read).collect()).collect()
}

/// What somebody with a pencil gets out of a table: whatever is the only unknown of its row or column, again and again.
fn pencilled(mut grid: Vec<Vec<Option<u64>>>) -> Vec<Vec<Option<u64>>> {
    fn solve(line: &[Option<u64>]) -> Option<(usize, u64)> {
        let unknown: Vec<usize> = (0..line.len()).filter(|at| line[*at].is_none()).collect();
        let [at] = unknown.as_slice() else { return None };
        let last = line.len() - 1;
        let parts: u64 = line[..last].iter().flatten().sum();
        Some((*at, if *at == last { parts } else { line[last].unwrap_or(0) - parts }))
    }
    loop {
        let mut found = None;
        for (r, row) in grid.iter().enumerate() {
            found = found.or_else(|| solve(row).map(|(c, n)| (r, c, n)));
        }
        for c in 0..grid[0].len() {
            let column: Vec<Option<u64>> = grid.iter().map(|row| row[c]).collect();
            found = found.or_else(|| solve(&column).map(|(r, n)| (r, c, n)));
        }
        let Some((r, c, n)) = found else { return grid };
        grid[r][c] = Some(n);
    }
}

fn numbers() -> impl Strategy<Value = Numbers> {
    let few = 0u64..12;
    ("[a-z]{3,6}", few.clone(), few.clone(), 0u64..300, few.clone(), few, 0u64..40).prop_map(
        |(id, late, unlimited, on_time, bad, red, good)| Numbers {
            name: format!("{id}局"),
            department: id,
            accepted: on_time + bad,
            finished: on_time + late + unlimited,
            on_time,
            late,
            cards: [good, bad, red],
            good,
            bad,
            ..Numbers::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Of what is published for everybody, no table gives a count from 1 to 4, neither as it stands nor by its sums; and a rate stands
    /// only beside the counts it is made of.
    #[test]
    fn no_published_table_tells_a_small_count(all in proptest::collection::vec(numbers(), 1..9)) {
        let mut tables = monthly::tables(&all, Some(5));
        tables.push(("cards".to_owned(), bulletin::cards(&all, Some(5))));
        for (name, table) in &tables {
            let columns = match name.as_str() { "accepted" => 1, "ratings" => 3, _ => 4 };
            let shown = grid(table, columns);
            if columns > 1 {
                for (row, line) in pencilled(shown.clone()).iter().enumerate() {
                    for (at, n) in line.iter().enumerate() {
                        prop_assert!(n.is_none_or(|n| !(1..5).contains(&n)), "{name} {row} {at}: {:?}", table.rows);
                    }
                }
            } else {
                let hidden = shown.iter().filter(|row| row[0].is_none()).count();
                prop_assert!(hidden != 1, "{:?}", table.rows);
                prop_assert!(shown.iter().flatten().flatten().all(|n| !(1..5).contains(n)), "{:?}", table.rows);
            }
            for row in table.rows.iter().filter(|_| ["finished", "ratings"].contains(&name.as_str())) {
                let told = matches!(row.last(), Some(Cell::Permille(_)));
                let hidden = row[1..3].iter().any(|c| !matches!(c, Cell::Integer(_)));
                prop_assert!(!(told && hidden), "{row:?}");
            }
        }
        let inside = monthly::tables(&all, None);
        prop_assert!(inside.iter().flat_map(|(_, t)| t.rows.iter().flatten()).all(|c| *c != Cell::Suppressed));
    }

    /// Whoever applied, handled, complained or is written about in a field that is no public one is in no byte of the bundle.
    #[test]
    fn no_personal_value_is_in_any_byte(
        name in "[赵钱孙李周吴郑王][甲乙丙丁戊己庚辛]{2}",
        staff in "[冯陈褚卫蒋沈韩杨][子丑寅卯辰巳午未]{2}",
        phone in "13[0-9]{9}",
        day in 1u32..29,
        tail in 0u32..1000,
        address in "[东南西北]{4}街[0-9]{2}号[0-9]幢",
    ) {
        let body = format!("330824199012{day:02}{tail:03}");
        let id = "0123456789X".chars().map(|c| format!("{body}{c}"));
        let id = id.into_iter().find(|id| daylight_domain::code::identity_is_valid(id)).expect("a check character");
        let all = [name.as_str(), staff.as_str(), phone.as_str(), id.as_str(), address.as_str()];
        let text = format!("{name}（{id}，{phone}，{address}）由 {staff} 办理");
        let at = Timestamp::parse("2026-03-02 09:00");
        let case = |no: String| Case {
            case_no: no,
            item_code: "330824001".to_owned(),
            title: Some(text.clone()),
            accept_staff: Some(staff.clone()),
            decide_staff: Some(staff.clone()),
            reject_reason: Some(text.clone()),
            decision_reason: Some(text.clone()),
            finish_reason: Some(text.clone()),
            steps: vec![Step { name: text.clone(), ..Step::default() }],
            accepted_at: at,
            finished_at: at,
            finish_type: Some("granted".to_owned()),
            ..Case::default()
        };
        let cases = [case("3308242026000001".to_owned()), case(id.clone()), case(format!("BJ-{phone}"))];
        let cases: Vec<&Case> = cases.iter().collect();
        let (lines, left) = finished::lines(("市场监督管理局", &cases), |c| c.item_code.clone());
        prop_assert_eq!((lines.len(), left), (1, 2));
        let rows = lines.into_iter().map(|(_, cells)| cells).collect();
        let content = Content { tables: vec![("finished".to_owned(), finished::table(rows))], ..Content::default() };
        let bytes = every_byte(&content, PublicationKind::Finished);
        prop_assert!(bytes.contains("3308242026000001") && bytes.contains("准予"));

        let contact = Contact { name: name.clone(), phone: phone.clone(), address: Some(address.clone()) };
        let words = (text.clone(), text.clone());
        let mut one = Complaint::register(("market", Way::Web, ProblemKind::Other), words, Some(contact), &staff, at.unwrap_or_default());
        one.no = "TS3308242026000001".to_owned();
        one.reply = Some(text.clone());
        let not_cleared = answers::content(&[one.clone()], |_| "市场监督管理局".to_owned());
        one.public_answer = Some(PublicAnswer {
            subject: "窗口排队".to_owned(),
            text: "已增设窗口".to_owned(),
            by: staff.clone(),
            at: at.unwrap_or_default(),
        });
        let cleared = answers::content(&[one], |_| "市场监督管理局".to_owned());
        prop_assert!(not_cleared.tables[0].1.rows.is_empty(), "only what was cleared");
        let answered = every_byte(&cleared, PublicationKind::Answers);
        prop_assert!(answered.contains("已增设窗口") && !answered.contains("TS3308242026000001"));
        for value in all {
            for bytes in [&bytes, &answered, &every_byte(&not_cleared, PublicationKind::Answers)] {
                prop_assert!(!bytes.contains(value), "{value}");
            }
        }
    }
}

#[test]
fn a_number_with_a_date_of_its_own_is_nobodys() {
    let day = |text: &str| Timestamp::parse(text).map(Timestamp::date);
    let identity = "330824199001011232";
    let valid = (0..10).map(|n| format!("33082420260302001{n}")).find(|n| daylight_domain::code::identity_is_valid(n));
    let valid = valid.expect("one of ten has the right check character, or X would be it");
    assert!(Content::number_is_fine(&valid, day("2026-03-03")), "division, date, sequence");
    assert!(!Content::number_is_fine(&valid, day("2027-03-03")), "somebody's of a year ago");
    let theirs =
        (0..10).map(|n| format!("{}{n}", &identity[..17])).find(|n| daylight_domain::code::identity_is_valid(n));
    assert!(theirs.is_none_or(|n| !Content::number_is_fine(&n, day("2026-03-03"))));
    assert!(!Content::number_is_fine("BJ-13800001111-1", day("2026-03-03")));
    for fine in ["3308242026000001", "KH20260302-0001", "20260000123", "(2026)12号"] {
        assert!(Content::number_is_fine(fine, day("2026-03-03")), "{fine}");
    }
}

#[test]
fn the_same_content_is_the_same_bytes_and_every_file_is_in_the_manifest() {
    let all = [Numbers { name: "甲局".to_owned(), on_time: 90, late: 3, finished: 93, ..Numbers::default() }];
    let content = Content { tables: monthly::tables(&all, Some(5)), ..Content::default() };
    let (one, digest, parts) = files(&content, manifest(PublicationKind::Monthly)).expect("a bundle");
    let (_, again, _) = files(&content, manifest(PublicationKind::Monthly)).expect("a bundle");
    assert_eq!(digest, again);
    assert_eq!(parts.len(), one.files.len() + 1);
    let names: Vec<&str> = parts.iter().map(|(entry, _)| entry.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "manifest.json",
            "data.json",
            "accepted.csv",
            "accepted.xlsx",
            "finished.csv",
            "finished.xlsx",
            "ratings.csv",
            "ratings.xlsx"
        ]
    );
    for (entry, bytes) in &parts {
        assert!(entry.fits(bytes), "{}", entry.name);
    }
}

#[test]
fn who_was_not_assessed_has_no_place_and_takes_none() {
    use crate::evaluate::{Effective, ScoreRunView};
    use daylight_domain::score::Scorecard;
    let one = |department: &str, total: i64, grade: &str| Effective {
        department: department.to_owned(),
        card: Scorecard { total, grade: grade.to_owned(), scores: Vec::new(), adjustments: Vec::new() },
    };
    let run = daylight_store::ScoreRunRow {
        id: "run".to_owned(),
        standard: "county".to_owned(),
        version: "1".to_owned(),
        plugin_digest: String::new(),
        settings: "{}".to_owned(),
        period: "2026-03".to_owned(),
        status: "final".to_owned(),
        created_at: Timestamp::default(),
        ran_by: "ming".to_owned(),
        only: None,
        base: 10_000,
        exclusions: Vec::new(),
        results: Vec::new(),
    };
    let view = ScoreRunView {
        run,
        life: daylight_domain::evaluation::ScoreLife::default(),
        effective: vec![one("a", 0, "不评"), one("b", -100, "不合格"), one("c", 9000, "优秀"), one("d", 9000, "优秀")],
        publications: Vec::new(),
    };
    let table = bulletin::ranking(&view, str::to_owned);
    let rows: Vec<(String, String)> = table.rows.iter().map(|r| (r[0].say(), r[1].say())).collect();
    let expected = [("1", "c"), ("1", "d"), ("3", "b")].map(|(n, id)| (n.to_owned(), id.to_owned()));
    assert_eq!(rows, expected);
}
