use super::*;
use crate::config::notify::Notify;
use serde_json::json;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn channel(more: &str) -> Channel {
    let text = format!("[[channel]]\nid = \"office\"\nkind = \"file\"\naddress = \"x\"\n{more}");
    let notify: Notify = toml::from_str(&text).expect("a channel");
    notify.channels.into_iter().next().expect("a channel")
}

fn row(seq: u64, topic: &str, department: &str, level: Option<Level>, rule: &str, time: &str) -> OutboxRow {
    OutboxRow {
        id: format!("row-{seq}"),
        seq,
        topic: topic.to_owned(),
        department: department.to_owned(),
        body: json!({ "card": format!("N{seq}"), "level": level, "rule": rule, "case_no": "C1" }).to_string(),
        created_at: at(time),
        card: None,
    }
}

fn issued(seq: u64, level: Level, time: &str) -> OutboxRow {
    let rule = if level == Level::Prewarning { "T-01" } else { "T-02" };
    row(seq, "card.issued", "housing", Some(level), rule, time)
}

/// Numbers of each group, or the place and the time that is waited for.
fn told(next: Next) -> Result<Vec<Vec<u64>>, (u64, Option<Timestamp>)> {
    match next {
        Next::Tell { groups, .. } => Ok(groups.iter().map(|g| g.iter().map(|n| n.seq).collect()).collect()),
        Next::Wait { to, until } => Err((to, until)),
    }
}

const NOON: &str = "2026-03-04 10:00";

#[test]
fn a_channel_hears_of_its_topics_levels_and_departments_only() {
    let c = channel("topics = [\"card.issued\"]\nlevels = [\"yellow\"]\ndepartments = [\"housing\"]");
    let yellow = Some(Level::Yellow);
    for (row, heard) in [
        (row(1, "card.issued", "housing", yellow, "T-02", NOON), true),
        (row(1, "card.read", "housing", yellow, "T-02", NOON), false),
        (row(1, "card.issued", "housing", Some(Level::Prewarning), "T-01", NOON), false),
        (row(1, "card.issued", "market", yellow, "T-02", NOON), false),
    ] {
        assert_eq!(hears(&c, &Notice::of(&row)), heard, "{row:?}");
    }
    // An order has no level, and is for every level.
    let c = channel("levels = [\"red\"]");
    assert!(hears(&c, &Notice::of(&row(1, "order.issue", "market", None, "", NOON))));
}

#[test]
fn the_rest_waits_outside_working_time_and_red_does_not() {
    let (night, morning) = (at("2026-03-04 22:00"), at("2026-03-05 09:00"));
    let rows = [issued(7, Level::Yellow, "2026-03-04 21:00"), issued(8, Level::Red, "2026-03-04 21:30")];
    let c = channel("");
    assert_eq!(told(plan(&c, Lane::Urgent, &rows, false, (night, morning))), Ok(vec![vec![8]]));
    assert_eq!(told(plan(&c, Lane::Rest, &rows, false, (night, morning))), Err((6, Some(morning))));
    assert_eq!(told(plan(&c, Lane::Rest, &rows, false, (morning, morning))), Ok(vec![vec![7]]));
    let c = channel("quiet = false");
    assert_eq!(told(plan(&c, Lane::Rest, &rows, false, (night, morning))), Ok(vec![vec![7]]));
    // What is about nobody's channel is passed over, and waited for by nobody.
    let c = channel("topics = [\"order.issue\"]");
    assert_eq!(told(plan(&c, Lane::Rest, &rows, false, (night, morning))), Err((8, None)));
}

#[test]
fn a_digest_gathers_from_the_first_on_and_many_at_once_are_one_without_it_too() {
    let now = at("2026-03-04 10:20");
    let rows: Vec<OutboxRow> = (1..=3).map(|n| issued(n, Level::Yellow, "2026-03-04 10:00")).collect();
    let c = channel("digest_minutes = 30");
    assert_eq!(told(plan(&c, Lane::Rest, &rows, false, (now, now))), Err((0, Some(at("2026-03-04 10:30")))));
    let ripe = at("2026-03-04 10:30");
    assert_eq!(told(plan(&c, Lane::Rest, &rows, false, (ripe, ripe))), Ok(vec![vec![1, 2, 3]]));
    assert_eq!(told(plan(&c, Lane::Rest, &rows, true, (now, now))), Ok(vec![vec![1, 2, 3]]), "no more can be read");
    let c = channel("");
    assert_eq!(told(plan(&c, Lane::Rest, &rows, false, (now, now))), Ok(vec![vec![1], vec![2], vec![3]]));
    let many: Vec<OutboxRow> = (1..=6).map(|n| issued(n, Level::Yellow, "2026-03-04 10:00")).collect();
    assert_eq!(told(plan(&c, Lane::Rest, &many, false, (now, now))), Ok(vec![vec![1, 2, 3, 4, 5, 6]]));
    let red: Vec<OutboxRow> = (1..=6).map(|n| issued(n, Level::Red, "2026-03-04 10:00")).collect();
    assert_eq!(told(plan(&c, Lane::Urgent, &red, false, (now, now))).map(|g| g.len()), Ok(6), "each red one by itself");
}

#[test]
fn a_group_is_summed_up_by_department_and_level() {
    let mut rows: Vec<OutboxRow> = (1..=3).map(|n| issued(n, Level::Prewarning, NOON)).collect();
    rows.push(issued(4, Level::Yellow, NOON));
    rows.push(row(5, "order.issue", "market", None, "", NOON));
    rows.push(row(6, "card.issued", "market", Some(Level::Prewarning), "Q-01", NOON));
    let group: Vec<Notice> = rows.iter().map(Notice::of).collect();
    let name = |id: &str| (if id == "housing" { "住建局" } else { "市监局" }).to_owned();
    assert_eq!(summary(&group, name), "住建局 3 件临期，1 件黄牌\n市监局 1 件预警，1 件督办");
}

#[test]
fn a_key_is_of_the_channel_the_recipient_and_the_messages() {
    let notices: Vec<Notice> = (1..=2).map(|n| Notice::of(&issued(n, Level::Red, NOON))).collect();
    let (one, two) = (&notices[..1], &notices[..]);
    let first = key("office", "a", one);
    assert_eq!(first, key("office", "a", one));
    assert_eq!(first.len(), 32);
    for other in [key("office", "b", one), key("mail", "a", one), key("office", "a", two), key("officea", "", one)] {
        assert_ne!(first, other);
    }
}

#[test]
fn failures_wait_longer_and_longer_and_are_given_up_in_the_end() {
    let begun = at(NOON);
    let mut row = DeliveryRow {
        id: "1".to_owned(),
        channel: "office".to_owned(),
        key: "k".to_owned(),
        recipient: String::new(),
        topic: "card.issued".to_owned(),
        state: DeliveryState::Pending,
        urgent: false,
        body: String::new(),
        attempts: 0,
        next_at: begun,
        failing_since: None,
        last_error: None,
        created_at: begun,
        sent_at: None,
    };
    let mut waits = Vec::new();
    while row.state == DeliveryState::Pending {
        let now = row.next_at;
        row = failed(&row, now, "notify.timeout: 样例", 3 * 86_400_000);
        waits.push((row.next_at.0 - now.0) / 60_000);
    }
    assert_eq!(waits[..8], [1, 2, 4, 8, 16, 32, 60, 60]);
    assert_eq!(row.state, DeliveryState::Dead);
    let tried_for = row.next_at.0 - 3_600_000 - begun.0;
    assert!((72 * 3_600_000..74 * 3_600_000).contains(&tried_for), "{tried_for}");
}

#[test]
fn a_window_never_lets_more_through_than_its_limit() {
    let begun = at(NOON);
    let mut window = Window::new(20, 60_000, vec![begun.plus_ms(-61_000), begun.plus_ms(-59_000)]);
    let mut went = Vec::new();
    for second in 0..300 {
        let now = begun.plus_ms(second * 1000);
        while window.may(now) {
            window.note(now);
            went.push(now);
        }
    }
    assert_eq!(went.first(), Some(&begun));
    assert_eq!(went.iter().filter(|t| **t == begun).count(), 19, "one went a minute ago, less a second");
    for t in &went {
        assert!(went.iter().filter(|o| (t.0..t.0 + 60_000).contains(&o.0)).count() <= 20);
    }
    assert!(went.len() >= 100, "{}", went.len());
}
