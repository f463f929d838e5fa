//! What is counted changes with every commit and is what three recounts give: the program's own over the stored cases, one in SQL
//! over the same rows, and one from nothing but the events by a program that shares no code with it.

use crate::api::{Asking, token};
use crate::care::open;
use crate::county::county;
use chrono::NaiveDate;
use daylight::app::App;
use daylight::demo::county::Dice;
use daylight::evaluate::NewExclusion;
use daylight::stats::{Asked, By};
use daylight_domain::Timestamp;
use daylight_domain::exclusion::ExclusionAct;
use daylight_domain::record::RecordType;
use daylight_domain::tally::{Cell, Cells, Key, Sub, date_of};
use daylight_store::TallyFilter;
use daylight_tests::year::count::{COUNTED, Counts, Event, count};
use daylight_tests::year::days::Days2;
use daylight_tests::{line, root};
use sqlx::{Connection as _, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn key(month: i32, item: (&str, &str, &str), key: &Key) -> (NaiveDate, String, String, String, String, String) {
    let sub = match &key.sub {
        Sub::None => String::new(),
        Sub::Number(n) => n.to_string(),
        Sub::Text(text) => text.to_string(),
    };
    let date = date_of(month, key.day).expect("a day");
    (date, item.0.to_owned(), item.1.to_owned(), item.2.to_owned(), key.what.as_str().to_owned(), sub)
}

/// All that is kept of a department, cells and changes together.
pub async fn kept(app: &App, department: &str) -> Counts {
    let filter =
        TallyFilter { department: Some(department.to_owned()), from: i32::MIN, to: i32::MAX, ..TallyFilter::default() };
    let found = app.store.tally(&filter).await.expect("counts");
    let mut cells = Cells::default();
    for row in &found.cells {
        let cell = Cell::read(&row.body).expect("a cell");
        assert!(!cell.is_empty(), "nothing is kept of nothing");
        cell.iter().for_each(|(key, n)| cells.add(&row.place, key.clone(), n));
    }
    found.pending.iter().for_each(|(_, changes)| cells.merge(changes));
    let mut all = Counts::new();
    for (place, cell) in cells.iter() {
        for (what, n) in cell.iter() {
            *all.entry(key(place.month, (&place.item, &place.window, &place.region), what)).or_default() += n;
        }
    }
    all
}

async fn connect(file: &Path) -> sqlx::SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).read_only(true);
    sqlx::SqliteConnection::connect_with(&options).await.expect("the database")
}

/// All departments, counted in SQL.
async fn by_sql(file: &Path) -> BTreeMap<String, Counts> {
    let script = std::fs::read_to_string(root().join("tests/fixtures/tally.sql")).expect("a script");
    let mut all: BTreeMap<String, Counts> = BTreeMap::new();
    let mut connection = connect(file).await;
    let rows = sqlx::query(sqlx::AssertSqlSafe(script)).fetch_all(&mut connection).await.expect("counted");
    for row in rows {
        let text = |name: &str| row.try_get::<String, _>(name).expect("a text");
        let key = (day(&text("day")), text("item"), text("desk"), text("region"), text("what"), text("sub"));
        all.entry(text("department")).or_default().insert(key, row.try_get("n").expect("a number"));
    }
    all
}

/// One department's events as they are stored.
async fn events(file: &Path, department: &str) -> Vec<Event> {
    let mut connection = connect(file).await;
    let rows = sqlx::query(
        "SELECT record, case_no, item_code, source_key, event_time, payload FROM event \
         WHERE department = (SELECT id FROM department WHERE name = ?) ORDER BY seq",
    )
    .bind(department.to_owned())
    .fetch_all(&mut connection)
    .await
    .expect("events");
    let event = |row: &sqlx::sqlite::SqliteRow| {
        let code = u8::try_from(row.get::<i64, _>("record")).expect("a code");
        Event {
            case: row.get("case_no"),
            item: row.get("item_code"),
            kind: RecordType::from_code(code).expect("a type").as_str().to_owned(),
            key: row.get("source_key"),
            at: Timestamp(row.get("event_time")).local(),
            says: serde_json::from_str(row.get("payload")).expect("JSON"),
        }
    };
    rows.iter().map(event).collect()
}

fn same(what: &str, kept: &Counts, other: &Counts) {
    let keys: BTreeSet<_> = kept.keys().chain(other.keys()).collect();
    let differ: Vec<_> = keys.into_iter().filter(|k| kept.get(*k) != other.get(*k)).collect();
    let shown: Vec<_> = differ.iter().take(10).map(|k| (k, kept.get(*k), other.get(*k))).collect();
    assert!(differ.is_empty(), "{what}: {} differences, kept beside counted: {shown:#?}", differ.len());
}

/// What is kept is what the three recounts give, in every department. Gives how much was compared.
pub async fn prove(app: &App, file: &Path) -> usize {
    let (sql, days) = (by_sql(file).await, Days2::default());
    let (mut compared, nothing) = (0, Counts::new());
    for id in app.config.departments.keys() {
        let recounted = app.recount(id).await.expect("a recount");
        assert!(recounted.equal, "{recounted:#?}");
        let kept = kept(app, id).await;
        same(&format!("{id}, in SQL"), &kept, sql.get(id).unwrap_or(&nothing));
        let told = count(&events(file, id).await, &days, app.clock.now().date());
        let some: Counts =
            kept.iter().filter(|(k, _)| COUNTED.contains(&k.4.as_str())).map(|(k, n)| (k.clone(), *n)).collect();
        same(&format!("{id}, from the events"), &some, &told);
        compared += kept.len();
    }
    compared
}

/// Records with windows, divisions, query codes and main cases, which the made-up county does not report.
fn placed(line: &str, n: usize) -> String {
    let mut record: serde_json::Value = serde_json::from_str(line).expect("JSON");
    let kind = record["type"].as_str().unwrap_or_default().to_owned();
    if ["apply", "receive", "accept"].contains(&kind.as_str()) && !n.is_multiple_of(3) {
        record["window"] = format!("{}号窗", n % 4).into();
        record["region_code"] = ["330824", "330824101000"][usize::from(n.is_multiple_of(5))].into();
    }
    if kind == "apply" && n.is_multiple_of(2) {
        record["query_code"] = "A1B2C3".into();
    }
    // Parts of a joint case: those that are accepted too, and those that are only asked.
    if kind == "apply" && n.is_multiple_of(7) {
        record["parent_case_no"] = "ZB2026-000001".into();
    }
    record.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_are_the_same_in_whatever_order_and_batches_records_come_and_equal_three_recounts() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let system = demo.system("health").expect("a system");
    // Amendments come after what they amend, in the same order every time; everything else is shuffled.
    let showing = system.showing();
    let of_case = |h: &&daylight::demo::county::Happening| {
        h.wrong.is_none() && !matches!(h.kind, RecordType::Heartbeat | RecordType::DayClose)
    };
    let lines = |first: bool| -> Vec<String> {
        let wanted = showing.iter().filter(of_case).filter(|h| (h.version == 1) == first);
        wanted.enumerate().map(|(n, h)| placed(&line(h), n)).collect()
    };
    let (records, amended) = (lines(true), lines(false));
    assert!(records.len() > 500, "{}", records.len());
    let mut first: Option<Counts> = None;
    for seed in 0..3 {
        let place = tempfile::tempdir().expect("a folder");
        let config = crate::order::labour(place.path());
        let mut dice = Dice::new(seed, "tally");
        let mut order: Vec<&String> = records.iter().collect();
        for at in (1..order.len()).rev() {
            let other = usize::try_from(dice.below(at as u64 + 1)).expect("small");
            order.swap(at, other);
        }
        let mut app = open(&config).await;
        let file = place.path().join("batch.ndjson");
        let most = [400, 60, 2_000][usize::try_from(seed).expect("small")];
        let mut rest: Vec<String> = order.into_iter().cloned().collect();
        rest.extend(amended.iter().cloned());
        while !rest.is_empty() {
            let n = (1 + usize::try_from(dice.below(most)).expect("small")).min(rest.len());
            let batch: Vec<String> = rest.drain(..n).collect();
            std::fs::write(&file, batch.join("\n")).expect("written");
            app.import("labour", &file, &mut |_, _, _| {}).await.expect("imported");
            if dice.chance(200) {
                app.close().await;
                app = open(&config).await;
            }
            // Half of what changed waits beside the cells.
            if dice.chance(300) {
                app.store.fold_tally("labour").await.expect("added");
            }
        }
        // The same again is counted once.
        std::fs::write(&file, records.join("\n")).expect("written");
        app.import("labour", &file, &mut |_, _, _| {}).await.expect("imported");
        app.fire_due().await.expect("judged");
        let database = app.config.data().join("daylight.db");
        assert!(prove(&app, &database).await > 500);
        let before = kept(&app, "labour").await;
        assert!(before.keys().any(|k| k.2 == "1号窗") && before.keys().any(|k| k.4 == "Progress"));
        app.store.fold_tally("labour").await.expect("added");
        assert_eq!(app.store.fold_tally("labour").await.expect("nothing left"), 0);
        same("after all changes are added", &before, &kept(&app, "labour").await);
        app.close().await;
        match &first {
            None => first = Some(before),
            Some(first) => same(&format!("seed {seed}"), &before, first),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_in_the_counts_is_found_and_another_version_counts_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    demo.app.pull("market", "manual").await.expect("a run");
    let (config, database) = (demo.app.config.folder.clone(), demo.app.config.data().join("daylight.db"));
    let before = kept(&demo.app, "market").await;
    assert!(demo.app.recount("market").await.expect("a recount").equal);
    let facts = demo.app.assessment("county-2025", "market", "2026-03").await.expect("facts");
    assert!(!facts.findings.is_empty() && !facts.rolling_evidence.is_empty(), "{facts:?}");
    demo.app.close().await;
    let hand = ["DELETE FROM tally WHERE month = (SELECT MAX(month) FROM tally)".to_owned()];
    daylight_store::run_script(&database, &hand).await.expect("edited");
    let app = open(&config).await;
    let found = app.recount("market").await.expect("a recount");
    assert!(!found.equal && !found.differences.is_empty(), "{found:?}");
    let proof = app.rederive("test").await.expect("a proof");
    assert!(!proof.good() && proof.differing.is_empty() && !proof.uncounted.is_empty(), "{proof:#?}");
    app.close().await;
    // A program that counts otherwise counts everything anew, also what cases were never asked for.
    let older = [
        "UPDATE setting SET value = '0' WHERE name = 'tally.version'".to_owned(),
        "UPDATE case_view SET body = json_remove(body, '$.used', '$.case.desks')".to_owned(),
        "UPDATE finding SET level = 0, object_id = '', item_code = NULL".to_owned(),
        "UPDATE card SET rule = '', object_id = '', item_code = NULL, fact_time = 0, feedback_due = NULL".to_owned(),
    ];
    daylight_store::run_script(&database, &older).await.expect("edited");
    let app = open(&config).await;
    same("counted anew", &kept(&app, "market").await, &before);
    assert!(app.recount("market").await.expect("a recount").equal);
    assert_eq!(app.assessment("county-2025", "market", "2026-03").await.expect("facts"), facts);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_are_asked_by_group_and_beside_the_period_before_and_say_what_is_left_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    app.pull("market", "manual").await.expect("a run");
    let march = Asked::of(day("2026-03-01"), day("2026-03-31"));
    let all = app.stats(&march).await.expect("statistics").total;
    for by in [By::Department, By::Item, By::Window, By::Region, By::Month] {
        let found = app.stats(&Asked { group: Some(by), ..march.clone() }).await.expect("statistics");
        let parts = found.groups.iter().filter_map(|g| g.cases.as_ref());
        let sum = parts.fold((0, 0, 0), |(a, b, c), s| (a + s.accepted, b + s.finished, c + s.open));
        assert_eq!(sum, (all.accepted, all.finished, all.open), "{by:?}");
        assert!(!found.groups.is_empty(), "{by:?}");
    }
    let steps = app.stats(&Asked { group: Some(By::Step), ..march.clone() }).await.expect("statistics").groups;
    assert!(steps.iter().any(|g| g.step.as_ref().is_some_and(|s| s.count > 0)), "{steps:?}");
    let year = Asked { group: Some(By::Month), ..Asked::of(day("2025-10-01"), day("2026-03-31")) };
    let year = app.stats(&year).await.expect("statistics");
    let last = year.groups.last().and_then(|g| g.cases.as_ref()).expect("a month");
    assert_eq!((last.accepted, last.open), (all.accepted, all.open));
    assert_eq!(
        year.total.finished,
        year.groups.iter().filter_map(|g| g.cases.as_ref()).map(|s| s.finished).sum::<u64>()
    );
    let beside = app.stats(&Asked { previous: true, ..march.clone() }).await.expect("statistics");
    let february = app.stats(&Asked::of(day("2026-02-01"), day("2026-02-28"))).await.expect("statistics").total;
    assert_eq!(beside.previous.as_ref().map(|p| &p.total), Some(&february));
    let accepted = beside.changes.iter().find(|c| c.name == "accepted").expect("a change");
    let (was, is) = (february.accepted as i64, all.accepted as i64);
    assert_eq!((accepted.was, accepted.is, accepted.difference), (Some(was), Some(is), Some(is - was)));

    // What is left out is left out by its days, and every answer says so.
    let out = NewExclusion {
        department: "market".to_owned(),
        item: None,
        from: day("2026-03-10"),
        to: day("2026-03-12"),
        reason: "系统故障".to_owned(),
        document: "县府办函 3 号".to_owned(),
    };
    let out = app.ask_exclusion(out, "ming").await.expect("asked for");
    let connected = async || {
        let measures = app.measures("market", day("2026-03-10"), day("2026-03-13")).await.expect("measures");
        measures.into_iter().find(|m| m.name == "items_connected").expect("a measure")
    };
    let before = connected().await;
    assert!(before.value > Some(0), "{before:?}");
    assert_eq!(app.stats(&march).await.expect("statistics").total, all, "what is only asked for leaves nothing out");
    let approve = ExclusionAct::Approve { text: String::new() };
    app.act_on_exclusion(&out.no, approve, ("approve", "lin")).await.expect("approved");
    let without = app.stats(&march).await.expect("statistics");
    let gone = app.stats(&Asked::of(day("2026-03-10"), day("2026-03-12"))).await.expect("statistics");
    let cases = crate::care::every_case(app, "market").await;
    let within = |t: Option<Timestamp>| t.is_some_and(|t| (day("2026-03-10")..=day("2026-03-12")).contains(&t.date()));
    let accepted = cases.iter().filter(|c| within(c.case.accepted_at)).count() as u64;
    assert!(accepted > 0, "nothing left out proves nothing");
    assert_eq!(without.total.accepted, all.accepted - accepted);
    assert_eq!((gone.total.accepted, gone.total.finished), (0, 0));
    assert_eq!(connected().await, before, "to be left out is not to be unconnected");
    assert_eq!((without.exclusions.len(), without.total.open), (1, all.open), "what is open at the end stays");
    let run = app.score("county-2025", "2026-03", Some("market")).await.expect("a run");
    assert_eq!(run.exclusions.len(), 1);
    assert!(app.recompute(&run.id).await.expect("computed again").equal);

    let ming = token(app, "ming", "supervision", None, 90).await;
    let get = async |path: &str| Asking(app, &ming).get(path).await;
    let base = "/api/v1/stats?from=2026-03-01&to=2026-03-31";
    for (more, code) in [
        ("&by=item", "query.unknown"),
        ("&group=colour", "query.group"),
        ("&compare=next", "query.compare"),
        ("&item=none", "item.unknown"),
    ] {
        let (_, answer) = get(&format!("{base}{more}")).await;
        assert_eq!(answer["code"], code, "{answer}");
    }
    let (status, answer) = get(&format!("{base}&group=item&compare=previous")).await;
    assert_eq!(status.as_u16(), 200, "{answer}");
    assert!(answer["departments"][0]["measures"].as_array().is_some_and(|m| m.len() > 20), "{answer}");
    let (_, words) = get("/api/v1/measures").await;
    assert_eq!(words["items"].as_array().map(Vec::len), Some(daylight_formula::MEASURES.len()));
}

#[test]
fn the_page_of_measures_is_what_the_program_says() {
    let mut page = String::from(
        "# Measures (指标基数)\n\nWhat a standard may be given, statistics show, and formulas name. Written by a test from `src/words.rs` \
         (`DAYLIGHT_WRITE=1`); `daylight measures` and `GET /api/v1/measures` say the same. A case belongs to the day on which it was \
         received, accepted or finished; a breach to the day on which its fact came true. What nobody measures is absent, not zero.\n\n\
         | code | 名称 | 单位 | 计什么 | 分母 | 不计 |\n|---|---|---|---|---|---|\n",
    );
    for w in daylight_formula::MEASURES {
        page.push_str(&format!(
            "| `{}` | {} | {} | {} | {} | {} |\n",
            w.code,
            w.zh,
            w.unit.name_zh(),
            w.what.zh,
            w.of.zh,
            w.without.zh
        ));
    }
    page.push_str("\n| code | name | unit | counts | of | without |\n|---|---|---|---|---|---|\n");
    for w in daylight_formula::MEASURES {
        page.push_str(&format!(
            "| `{}` | {} | {} | {} | {} | {} |\n",
            w.code,
            w.en,
            w.unit.name_en(),
            w.what.en,
            w.of.en,
            w.without.en
        ));
    }
    let file = root().join("core/formula/MEASURES.md");
    if std::env::var_os("DAYLIGHT_WRITE").is_some() {
        std::fs::write(&file, &page).expect("written");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), page, "DAYLIGHT_WRITE=1 writes it");
}
