use super::*;
use std::io::Read as _;

fn sample() -> Table {
    let day = NaiveDate::from_ymd_opt(2026, 3, 1).expect("a day");
    Table {
        title: "2026年3月行政效能测评结果".to_owned(),
        notes: vec![
            ("数据截至".to_owned(), "2026-04-02 09:30:00".to_owned()),
            ("筛选".to_owned(), "全部部门".to_owned()),
            ("校验值".to_owned(), "sm3:0123".to_owned()),
        ],
        columns: vec![
            Column::new("department", "部门", "Department", Kind::Text),
            Column::new("rank", "名次", "Rank", Kind::Integer),
            Column::new("points", "得分", "Points", Kind::Decimal),
            Column::new("in_time", "按时办结率", "In time", Kind::Percent),
            Column::new("fee", "收费", "Fees", Kind::Money),
            Column::new("day", "公布日", "Published", Kind::Date),
            Column::new("at", "数据时间", "Data time", Kind::Instant),
        ],
        rows: vec![
            vec![
                Cell::text("市场监督管理局"),
                Cell::Integer(1),
                Cell::hundredths(9850),
                Cell::Permille(985),
                Cell::Fen(-5),
                Cell::Date(day),
                Cell::Instant(Timestamp::parse("2026-04-02T09:30:00+08:00").expect("a time")),
            ],
            vec![Cell::text("=HYPERLINK(\"x\"),\n乙"), Cell::Suppressed, Cell::Empty, Cell::Permille(-1)],
        ],
    }
}

fn part(book: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(book)).expect("a zip");
    let mut text = String::new();
    archive.by_name(name).expect("the part").read_to_string(&mut text).expect("text");
    text
}

#[test]
fn csv_opens_in_a_spreadsheet_and_runs_nothing() {
    let bytes = sample().to_csv(Lang::Zh);
    assert_eq!(
        String::from_utf8(bytes).expect("utf-8"),
        "\u{feff}部门,名次,得分,按时办结率,收费,公布日,数据时间\r\n\
         市场监督管理局,1,98.50,98.5,-0.05,2026-03-01,2026-04-02 09:30:00\r\n\
         \"'=HYPERLINK(\"\"x\"\"),\n乙\",<5,,-0.1,,,\r\n"
    );
    for text in ["+1", "-1+2", "@sum(a1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠a", "\u{1}=1"] {
        let table = Table { rows: vec![vec![Cell::text(text)]], ..Table::default() };
        let csv = String::from_utf8(table.to_csv(Lang::En)).expect("utf-8");
        let field = csv.lines().nth(1).expect("a row").trim_start_matches('"');
        assert!(field.starts_with('\''), "{text:?} gives {field:?}");
    }
}

#[test]
fn a_workbook_holds_real_numbers_and_days_and_is_the_same_every_time() {
    let table = sample();
    let book = table.to_xlsx(Lang::Zh).expect("a workbook");
    assert_eq!(book, table.to_xlsx(Lang::Zh).expect("again"));
    let core = part(&book, "docProps/core.xml");
    assert!(core.contains("2000-01-01T00:00:00Z") && core.contains("2026年3月行政效能测评结果"), "{core}");
    let sheet = part(&book, "xl/worksheets/sheet1.xml");
    for cell in ["<v>98.5</v>", "<v>0.985</v>", "<v>-0.05</v>", "<v>46082</v>", "<v>46114.3958"] {
        assert!(sheet.contains(cell), "{cell} in {sheet}");
    }
    assert!(sheet.contains("state=\"frozen\"") && !sheet.contains("<f>"), "{sheet}");
    let strings = part(&book, "xl/sharedStrings.xml");
    for text in ["按时办结率", "=HYPERLINK", "数据截至", "2026-04-02 09:30:00", "sm3:0123", "&lt;5"] {
        assert!(strings.contains(text), "{text} in {strings}");
    }
    assert!(part(&book, "xl/workbook.xml").contains("name=\"说明\""));
    let mut other = table;
    other.rows.pop();
    assert_ne!(book, other.to_xlsx(Lang::Zh).expect("another"));
}

#[test]
fn an_odd_table_still_is_a_workbook() {
    Table::default().to_xlsx(Lang::En).expect("empty");
    let table = Table {
        columns: vec![Column::new("a", "甲", "A", Kind::Text)],
        rows: vec![
            vec![],
            vec![Cell::text("字".repeat(40_000)), Cell::Integer(i64::MIN)],
            vec![
                Cell::Date(NaiveDate::MIN),
                Cell::Instant(Timestamp(i64::MAX)),
                Cell::Decimal { value: i64::MAX, places: 18 },
            ],
        ],
        ..Table::default()
    };
    let book = table.to_xlsx(Lang::Zh).expect("a workbook");
    assert!(part(&book, "xl/sharedStrings.xml").contains("-9223372036854775808"), "no digit is lost");
    let csv = String::from_utf8(table.to_csv(Lang::Zh)).expect("utf-8");
    assert!(csv.lines().all(|line| line.matches(',').count() == 2), "every line has three cells");
    let many = Table { rows: vec![vec![]; 1_048_576], ..Table::default() };
    let refused = many.to_xlsx(Lang::Zh).expect_err("too many");
    assert!(refused.to_string().starts_with("table.too-large: "), "{refused}");
}

#[test]
fn json_says_what_each_number_is() {
    let json = sample().to_json();
    let first = json.pointer("/rows/0").expect("a row");
    assert_eq!(
        first.to_string(),
        "{\"at\":\"2026-04-02T09:30:00+08:00\",\"day\":\"2026-03-01\",\"department\":\"市场监督管理局\",\"fee\":-0.05,\
         \"in_time\":98.5,\"points\":98.5,\"rank\":1}"
    );
    assert_eq!(json.pointer("/rows/1/rank"), Some(&serde_json::json!("<5")));
    assert_eq!(json.pointer("/rows/1/at"), Some(&serde_json::Value::Null));
    assert_eq!(json.pointer("/columns/3/kind"), Some(&serde_json::json!("percent")));
    assert_eq!(json.pointer("/notes/0/name"), Some(&serde_json::json!("数据截至")));
}

#[test]
fn numbers_are_written_exactly() {
    assert_eq!(decimal(-5, 2), "-0.05");
    assert_eq!(decimal(0, 1), "0.0");
    assert_eq!(decimal(i64::MIN, 2), "-92233720368547758.08");
    assert_eq!(Cell::Permille(1000).say(), "100.0%");
}
