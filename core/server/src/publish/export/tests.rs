use super::*;
use daylight_domain::finding::Level;
use daylight_domain::order::OrderKind;

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn card() -> Card {
    serde_json::from_value(json!({
        "no": "33082420260000000019", "department": "market", "finding_key": "T-02:1", "rule": "T-02", "family": "promise",
        "object_id": "A1", "case_no": "A1", "level": "red", "state": "answered",
        "created_at": "2026-03-02T09:00:00+08:00", "issued_at": "2026-03-02T10:00:00+08:00", "issued_by": "ming",
        "feedback_due": null, "feedback": "=已办结", "feedback_at": "2026-03-04T11:30:05+08:00", "revoked_by": null,
        "revoke_reason": null, "escalated_from": null, "late": false, "explain_zh": "超过承诺时限"
    }))
    .expect("a card")
}

#[test]
fn table_11_has_its_eleven_fields_in_their_lengths() {
    let order = SupervisionOrder {
        no: "DB1".to_owned(),
        kind: OrderKind::Order,
        department: "market".to_owned(),
        cards: vec!["33082420260000000019".to_owned()],
        content: "请".repeat(1200),
        state: OrderState::Issued,
        issued_at: time("2026-03-03 08:00:00"),
        due: time("2026-03-06"),
        replied_at: None,
        withdrawn_at: None,
        steps: Vec::new(),
        copied_to: Vec::new(),
        follows: None,
        followed_by: None,
    };
    let words = |order: Option<&SupervisionOrder>| -> Vec<String> {
        supervision(&card(), order, ("市场监督管理局", "01")).iter().map(Cell::say).collect()
    };
    let bare = words(None);
    assert_eq!(
        bare,
        [
            "A1",
            "超过承诺时限",
            "市场监督管理局",
            "01",
            "20260302T100000",
            "33082420260000000019",
            "T-02",
            "3",
            "20260304T113005",
            "已反馈：=已办结",
            "市场监督管理局"
        ]
    );
    assert_eq!(bare.len(), table_11().len());
    let ordered = words(Some(&order));
    assert_eq!((ordered[1].chars().count(), ordered[4].as_str()), (1000, "20260303T080000"));
}

#[test]
fn a_file_says_of_itself_what_it_is_and_runs_nothing() {
    let mut table =
        cards(&[Card { revoke_reason: Some("=1+1".to_owned()), level: Level::Yellow, ..card() }], str::to_owned);
    table.notes = vec![("数据时间".to_owned(), "2026-04-01".to_owned()), ("筛选".to_owned(), "@全县".to_owned())];
    let lines = String::from_utf8(with_notes(table).to_csv(Lang::Zh)).expect("text");
    assert!(lines.starts_with('\u{feff}'));
    assert!(lines.contains(",'=1+1") && lines.contains("筛选,'@全县"), "{lines}");
    let widths: Vec<usize> = lines.lines().map(|l| l.matches(',').count()).collect();
    assert!(widths.iter().all(|n| *n == 9), "every line has the same cells: {widths:?}");
}

#[test]
fn what_is_counted_in_a_month_adds_up() {
    let one = Numbers { finished: 10, on_time: 7, late: 2, good: 3, bad: 1, ..Numbers::default() };
    assert_eq!(one.unlimited(), 1);
    let table = monthly(&[one]);
    assert!(table.rows.iter().all(|row| row.len() == table.columns.len()));
    let at = |key: &str| table.columns.iter().position(|c| c.key == key).expect("a column");
    let row = table.rows.first().expect("a row");
    assert_eq!((&row[at("on_time")], &row[at("overdue_promise")]), (&int(7), &int(2)));
    assert_eq!((&row[at("ratings_active")], &row[at("ratings_good")]), (&int(4), &int(3)));
}
