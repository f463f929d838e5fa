//! One conformance suite for both stores.

use daylight_domain::Timestamp;
use daylight_domain::card::{Appeal, Card, CardState};
use daylight_domain::case::{Case, CaseState};
use daylight_domain::desk::{DeskPaper, PaperDraft, PaperFacts, PaperKind, Voided, Work};
use daylight_domain::evaluation::{RunState, ScoreLife};
use daylight_domain::finding::{Finding, Level, ObjectKind};
use daylight_domain::ledger::HashAlgorithm;
use daylight_domain::order::SupervisionOrder;
use daylight_domain::publication::FileEntry;
use daylight_domain::record::RecordType;
use daylight_domain::tally::{Cell, Cells};
use daylight_store::*;
use daylight_tests::root;
use std::collections::HashSet;
use std::sync::Arc;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn empty(head: Head, department: &str) -> PageCommit {
    PageCommit::new(department, head, ("330824".to_owned(), 2026))
}

/// A page of `n` events that follow a head.
fn page(head: &Head, department: &str, n: u64) -> PageCommit {
    let mut commit = empty(head.clone(), department);
    commit.head.raw_page += 1;
    let plain = b"{}\n".to_vec();
    commit.raw = Some(RawPage {
        page: commit.head.raw_page,
        run: "run".to_owned(),
        received_at: at("2026-03-02"),
        records: 1,
        digest: HashAlgorithm::Sha256.hash(&[&plain]),
        body: zstd::encode_all(plain.as_slice(), 1).expect("compressed"),
    });
    for _ in 0..n {
        let seq = commit.head.seq + 1;
        let mut event = EventRow {
            seq,
            kind: daylight_domain::event::EventKind::Reported,
            record: RecordType::Apply,
            case_no: format!("A{seq}"),
            item_code: None,
            source_key: format!("A{seq}"),
            data_version: 1,
            event_time: at("2026-03-02"),
            received_time: at("2026-03-02"),
            payload: "{\"case_title\":\"样例 🙂 ''\"}".to_owned(),
            content: [1; 16],
            supersedes: None,
            raw_page: commit.head.raw_page,
            raw_index: 0,
            salt: [2; 16],
            hash: commit.head.hash,
        };
        event.hash = HashAlgorithm::Sha256.link(&commit.head.hash, &event.leaf(HashAlgorithm::Sha256));
        commit.head.hash = event.hash;
        commit.head.seq = seq;
        commit.events.push(event);
    }
    commit.cursor = Some(commit.head.seq.to_string().into_bytes());
    commit
}

fn card(level: Level) -> Card {
    Card {
        no: String::new(),
        department: "market".to_owned(),
        finding_key: "T-02:A1:2".to_owned(),
        rule: "T-02".to_owned(),
        family: "limit".to_owned(),
        object_id: "A1".to_owned(),
        case_no: Some("A1".to_owned()),
        level,
        state: CardState::Issued,
        created_at: at("2026-03-02"),
        issued_at: None,
        issued_by: None,
        feedback_due: None,
        read_at: None,
        feedback: None,
        feedback_at: None,
        feedback_by: None,
        closed_by: None,
        appeal: None,
        revocation_proposed: false,
        revoked_by: None,
        revoke_reason: None,
        written_by: None,
        escalated_from: None,
        late: false,
        explain_zh: "样例".to_owned(),
    }
}

/// A delivery that waits from a time on.
pub fn delivery(id: &str, channel: &str, key: &str, urgent: bool) -> DeliveryRow {
    DeliveryRow {
        id: id.to_owned(),
        channel: channel.to_owned(),
        key: key.to_owned(),
        recipient: String::new(),
        topic: "card.issued".to_owned(),
        state: DeliveryState::Pending,
        urgent,
        body: "{}".to_owned(),
        attempts: 0,
        next_at: at("2026-03-02"),
        failing_since: None,
        last_error: None,
        created_at: at("2026-03-02"),
        sent_at: None,
    }
}

/// A life is kept by whoever read it last; one result stands for a standard and a period; its messages come with it.
async fn publications_conform(store: &dyn Store) {
    let audit = |action: &str| AuditEntry { action: action.to_owned(), ..AuditEntry::default() };
    let file = |name: &str, bytes: &[u8]| (FileEntry::of(name, "text/plain", bytes), bytes.to_vec());
    let matter =
        MatterRow::write(&serde_json::json!({ "title": "办结公示" }), ("publication", "draft")).expect("a row");
    let new = NewPublication {
        matter,
        files: vec![file("manifest.json", b"{}"), file("a.csv", &[0, 255, 10])],
        about: vec![(About::Case, "market/A1".to_owned()), (About::Case, "market/A1".to_owned())],
    };
    let first = store.add_publication(new.clone(), "GB", audit("publication.draft")).await.expect("written");
    let second = store.add_publication(new, "GB", audit("publication.draft")).await.expect("written");
    assert_eq!((first.no.as_str(), second.no.as_str(), first.revision), ("GB000001", "GB000002", 1));
    assert!(first.body.contains("GB000001"));
    let (entry, bytes) = store.publication_file("GB000001", "a.csv").await.expect("read").expect("a file");
    assert!(entry.fits(&bytes) && bytes == [0, 255, 10]);
    assert_eq!(store.publication_file("GB000001", "b.csv").await.expect("read"), None);
    let about = async || store.published_about(About::Case, "market/A1").await.expect("read");
    assert_eq!(about().await, [("GB000001".to_owned(), None), ("GB000002".to_owned(), None)]);
    let public = MatterRow { state: "published".to_owned(), ..first };
    let publish = async |row: &MatterRow, time: &str| {
        store.publish(row, at(time), Some("monthly/2026-03"), audit("publication.approve")).await
    };
    assert_eq!(publish(&public, "2026-03-03").await.expect("published"), None);
    let rival = MatterRow { state: "published".to_owned(), ..second.clone() };
    assert_eq!(publish(&rival, "2026-03-03").await.expect("refused"), Some("GB000001".to_owned()), "one at a time");
    let kept = store.matter("publication", "GB000002").await.expect("read").expect("a matter");
    assert_eq!((kept.state.as_str(), kept.revision), ("draft", 1), "nothing is changed");
    let again = store.publish(&public, at("2026-03-04"), None, audit("publication.approve")).await.expect_err("stale");
    assert!(matches!(again, StoreError::Conflict(_)), "{again}");
    assert_eq!(about().await, [("GB000001".to_owned(), Some(at("2026-03-03"))), ("GB000002".to_owned(), None)]);
    assert_eq!(store.published_about(About::Score, "market/A1").await.expect("read"), []);
    let kept = store.matter("publication", "GB000001").await.expect("read").expect("a matter");
    assert_eq!((kept.state.as_str(), kept.revision), ("published", 2));
    let withdrawn = MatterRow { state: "withdrawn".to_owned(), ..kept };
    store.update_matter(&withdrawn, audit("publication.withdraw"), None).await.expect("withdrawn");
    assert_eq!(publish(&rival, "2026-03-05").await.expect("published"), None, "what was withdrawn gives its place up");
}

/// An act of a desk with one piece of work, one record and one paper.
fn desk_commit(no: &str, seen: Option<i64>, name: &str) -> DeskCommit {
    let work = Work {
        key: name.to_owned(),
        department: "health".to_owned(),
        kind: "step".to_owned(),
        name: name.to_owned(),
        node: None,
        assigned: (name == "审核").then(|| "hua".to_owned()),
        since: at("2026-03-02"),
        by: None,
    };
    let draw = |mark: &str, series: &str, pattern: &str| DeskDraw {
        mark: mark.to_owned(),
        series: series.to_owned(),
        pattern: pattern.to_owned(),
    };
    let mut draws = vec![draw("<1>", "paper", "文“{n}”号")];
    if seen.is_none() {
        draws.insert(0, draw("<0>", "case", "culture-{n:3}"));
    }
    DeskCommit {
        row: DeskRow {
            department: "culture".to_owned(),
            no: no.to_owned(),
            revision: 0,
            state: name.to_owned(),
            item_code: "CL-0101".to_owned(),
            assigned: None,
            name_key: format!("key of {name}"),
            received_at: at("2026-03-02"),
            closed: false,
            body: serde_json::json!({ "no": no, "papers": ["<1>"] }).to_string(),
        },
        seen,
        work: vec![DeskWorkRow { owner: "culture".to_owned(), case_no: no.to_owned(), work, due: None }],
        records: vec![DeskRecordRow {
            seq: 0,
            case_no: no.to_owned(),
            kind: "step".to_owned(),
            source_key: format!("{no}/{name}"),
            data_version: 1,
            at: at("2026-03-02"),
            body: serde_json::json!({ "case_no": no, "doc_no": "<1>" }).to_string(),
            receipt: None,
        }],
        papers: vec![PaperDraft {
            kind: PaperKind::Acceptance,
            facts: PaperFacts { no: "<1>".to_owned(), case_no: no.to_owned(), ..PaperFacts::default() },
        }],
        draws,
        void: None,
        audit: AuditEntry {
            action: "desk.accept".to_owned(),
            object: format!("culture/{no}"),
            detail: "{}".to_owned(),
            ..AuditEntry::default()
        },
        messages: Vec::new(),
    }
}

/// One act, kept alone.
async fn keep_alone(store: &dyn Store, commit: DeskCommit) -> daylight_store::Result<(DeskRow, Vec<DeskPaper>)> {
    Ok(store.keep_desk(vec![commit]).await?.pop().expect("what was kept"))
}

async fn desks_conform(store: &dyn Store) {
    let (first, papers) = keep_alone(store, desk_commit("<0>", None, "承办")).await.expect("kept");
    assert_eq!((first.no.as_str(), first.revision), ("culture-001", 1));
    assert_eq!(first.body, r#"{"no":"culture-001","papers":["文“1”号"]}"#);
    let paper = papers.first().expect("a paper");
    assert_eq!((paper.no.as_str(), paper.facts.case_no.as_str(), paper.digest.len()), ("文“1”号", "culture-001", 64));
    let (second, _) = keep_alone(store, desk_commit("<0>", None, "审核")).await.expect("kept");
    assert_eq!(second.no, "culture-002");

    // Whoever saw an older version changes nothing, and uses up no number.
    let (changed, _) = keep_alone(store, desk_commit("culture-001", Some(1), "审核")).await.expect("kept");
    assert_eq!(changed.revision, 2);
    let stale = keep_alone(store, desk_commit("culture-001", Some(1), "批准")).await.expect_err("stale");
    assert!(matches!(stale, StoreError::Conflict(_)), "{stale}");
    let kept = store.desk_case("culture", "culture-001").await.expect("read").expect("a case");
    assert_eq!((kept.state.as_str(), kept.revision), ("审核", 2));
    assert_eq!(store.desk_case("health", "culture-001").await.expect("read"), None);
    let numbers = store.desk_numbers("culture", Some("paper"), 0, 9).await.expect("numbers");
    assert_eq!(
        numbers.iter().map(|n| (n.n, n.no.as_str())).collect::<Vec<_>>(),
        [(1, "文“1”号"), (2, "文“2”号"), (3, "文“3”号")]
    );
    assert_eq!(
        numbers.iter().map(|n| n.case_no.as_str()).collect::<Vec<_>>(),
        ["culture-001", "culture-002", "culture-001"]
    );
    let cases = store.desk_numbers("culture", Some("case"), 1, 9).await.expect("numbers");
    assert_eq!(cases.iter().map(|n| n.case_no.as_str()).collect::<Vec<_>>(), ["culture-002"], "its own number");

    // A number that another pattern has given is passed over.
    let mut other = desk_commit("culture-002", Some(1), "批准");
    other.draws[0].series = "other".to_owned();
    let (_, papers) = keep_alone(store, other).await.expect("kept");
    assert_eq!(papers.first().map(|p| p.no.as_str()), Some("文“4”号"));

    // Found by what it is asked for.
    let filter = |change: &dyn Fn(&mut DeskFilter)| {
        let mut one = DeskFilter { department: "culture".to_owned(), limit: 9, ..DeskFilter::default() };
        change(&mut one);
        one
    };
    let found = async |change: &dyn Fn(&mut DeskFilter)| {
        let rows = store.desk_cases(&filter(change)).await.expect("cases");
        rows.into_iter().map(|r| r.no).collect::<Vec<_>>()
    };
    assert_eq!(found(&|_| {}).await, ["culture-001", "culture-002"]);
    assert_eq!(found(&|f| f.name_key = Some("key of 批准".to_owned())).await, ["culture-002"]);
    assert_eq!(found(&|f| f.states = vec!["审核".to_owned()]).await, ["culture-001"]);
    assert_eq!(found(&|f| f.begins = Some("culture-002".to_owned())).await, ["culture-002"]);
    assert_eq!(found(&|f| f.begins = Some("%".to_owned())).await, [""; 0]);
    assert_eq!(found(&|f| f.after = Some("culture-001".to_owned())).await, ["culture-002"]);
    assert_eq!(found(&|f| f.to = Some(at("2026-03-02"))).await, [""; 0]);

    // Work is the department's that has to do it, what is due first before, page after page.
    let due = [("审核".to_owned(), Some(at("2026-03-05")))];
    store.desk_due("culture", "culture-001", &due).await.expect("armed");
    let mut asked = DeskWorkFilter { department: "health".to_owned(), limit: 1, ..DeskWorkFilter::default() };
    let rows = store.desk_work(&asked).await.expect("work");
    let row = rows.first().expect("work");
    assert_eq!(
        (row.case_no.as_str(), row.work.name.as_str(), row.due),
        ("culture-001", "审核", Some(at("2026-03-05")))
    );
    asked.after = Some((at("2026-03-05").0, "culture".to_owned(), "culture-001".to_owned(), "审核".to_owned()));
    let rows = store.desk_work(&asked).await.expect("work");
    assert_eq!(rows.first().map(|r| (r.case_no.as_str(), r.due)), Some(("culture-002", None)));
    let mine = DeskWorkFilter { assigned: Some("hua".to_owned()), after: None, limit: 9, ..asked };
    assert_eq!(store.desk_work(&mine).await.expect("work").len(), 1);
    let free = DeskWorkFilter { free: true, ..mine.clone() };
    assert_eq!(store.desk_work(&free).await.expect("work").len(), 2);
    let late = DeskWorkFilter { due_before: Some(at("2026-03-05")), ..DeskWorkFilter { assigned: None, ..mine } };
    assert_eq!(store.desk_work(&late).await.expect("work"), []);

    // What is reported stays in order, and is answered once.
    let pending = store.desk_pending("culture", 9).await.expect("pending");
    assert_eq!(pending.iter().map(|r| r.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(pending[0].body, r#"{"case_no":"culture-001","doc_no":"文“1”号"}"#);
    let answer = |seq, status: &str| DeskReceipt { seq, status: status.to_owned(), body: format!("{{\"n\":{seq}}}") };
    store.desk_answered("culture", &[answer(1, "accepted"), answer(2, "rejected")]).await.expect("noted");
    store.desk_answered("culture", &[answer(2, "accepted")]).await.expect("noted");
    assert_eq!(store.desk_pending("culture", 9).await.expect("pending").len(), 2);
    let refused = store.desk_refused("culture", 9).await.expect("refused");
    assert_eq!(refused.iter().map(|r| r.seq).collect::<Vec<_>>(), [2]);
    let records = store.desk_records("culture", "culture-001").await.expect("records");
    assert_eq!(records.iter().map(|r| r.receipt.is_some()).collect::<Vec<_>>(), [true, false]);

    // A void paper says what it said.
    let mut void = desk_commit("culture-001", Some(2), "作废");
    void.void = Some((None, Voided { by: "hua".to_owned(), at: at("2026-03-03"), reason: "重复".to_owned() }));
    keep_alone(store, void).await.expect("kept");
    let papers = store.desk_papers("culture", "culture-001").await.expect("papers");
    assert_eq!(papers.len(), 3);
    assert!(papers.iter().all(|p| p.void.as_ref().is_some_and(|v| v.reason == "重复")));
    let again = store.desk_paper("culture", "文“1”号").await.expect("read").expect("a paper");
    assert_eq!((again.digest.as_str(), &again.facts), (paper.digest.as_str(), &paper.facts));
    let numbers = store.desk_numbers("culture", Some("paper"), 0, 1).await.expect("numbers");
    assert!(numbers.first().is_some_and(|n| n.void));

    // What belongs together is kept together: a mark stands for its number in both, and who saw an older version of one changes neither.
    let two = |seen: i64| {
        let mut main = desk_commit("culture-002", Some(2), "会办");
        let mut part = desk_commit("<2>", None, "协办");
        (main.draws, main.row.body) = (Vec::new(), r#"{"part":"<2>"}"#.to_owned());
        part.row.department = "health".to_owned();
        part.draws = vec![DeskDraw { mark: "<2>".to_owned(), series: "case".to_owned(), pattern: "H{n}".to_owned() }];
        part.papers.clear();
        main.seen = Some(seen);
        main.papers.clear();
        vec![part, main]
    };
    let stale = store.keep_desk(two(1)).await.expect_err("stale");
    assert!(matches!(stale, StoreError::Conflict(_)), "{stale}");
    assert_eq!(store.desk_case("health", "H1").await.expect("read"), None);
    let both = store.keep_desk(two(2)).await.expect("kept");
    let [(part, _), (main, _)] = both.as_slice() else { panic!("{both:?}") };
    assert_eq!((part.no.as_str(), part.revision, main.body.as_str()), ("H1", 1, r#"{"part":"H1"}"#));
    assert_eq!((main.no.as_str(), main.revision), ("culture-002", 3));

    // What was told on a day, first versions alone; what a desk says of itself is added once, and counted nowhere.
    let told = async |id: &str, from: &str, to: &str| store.desk_told(id, at(from), at(to)).await.expect("counts");
    assert_eq!(told("culture", "2026-03-02", "2026-03-03").await, [("step".to_owned(), 6)].into());
    assert_eq!(told("culture", "2026-03-03", "2026-03-04").await, [].into());
    let close = DeskRecordRow {
        kind: "day_close".to_owned(),
        source_key: "2026-03-02".to_owned(),
        at: at("2026-03-03"),
        ..desk_commit("", None, "日结").records.remove(0)
    };
    for _ in 0..2 {
        store.add_desk_records("culture", std::slice::from_ref(&close)).await.expect("added");
    }
    let days = DeskDays { first: Some(at("2026-03-02")), closed: Some("2026-03-02".to_owned()) };
    assert_eq!(store.desk_days("culture").await.expect("days"), days);
    assert_eq!(store.desk_days("market").await.expect("days"), DeskDays::default());
    let pending = store.desk_pending("culture", 99).await.expect("pending");
    assert_eq!(pending.iter().filter(|r| r.kind == "day_close").count(), 1);
    assert_eq!(told("culture", "2026-03-03", "2026-03-04").await, [].into());
}

async fn score_lives_conform(store: &dyn Store) {
    let audit = || AuditEntry {
        at: at("2026-04-02"),
        actor: "ming".to_owned(),
        action: "score.open".to_owned(),
        object: "a".to_owned(),
        detail: "{}".to_owned(),
    };
    let life = |state| ScoreLife { state, ..ScoreLife::new("ming") };
    let row = |run: &str, period: &str, revision, state| ScoreLifeRow {
        run: run.to_owned(),
        standard: "county-2025".to_owned(),
        period: period.to_owned(),
        revision,
        life: life(state),
    };
    assert_eq!(store.score_life("a").await.expect("read"), None);
    let first = row("a", "2026-03", 0, RunState::Appeal);
    store.keep_score_life(&first, audit(), Vec::new()).await.expect("kept");
    let again = store.keep_score_life(&first, audit(), Vec::new()).await.expect_err("there already");
    assert!(matches!(again, StoreError::Conflict(_)), "{again}");
    let read = store.score_life("a").await.expect("read").expect("a life");
    assert_eq!((read.revision, &read.life), (1, &first.life));
    store.keep_score_life(&row("a", "2026-03", 1, RunState::Final), audit(), Vec::new()).await.expect("kept");
    let stale = store.keep_score_life(&row("a", "2026-03", 1, RunState::Withdrawn), audit(), Vec::new()).await;
    assert!(matches!(stale, Err(StoreError::Conflict(_))), "{stale:?}");
    store.keep_score_life(&row("b", "2026-03", 0, RunState::Appeal), audit(), Vec::new()).await.expect("kept");
    let second = store.keep_score_life(&row("b", "2026-03", 1, RunState::Published), audit(), Vec::new()).await;
    assert!(matches!(second, Err(StoreError::Conflict(_))), "{second:?}");
    store.keep_score_life(&row("c", "2026-02", 0, RunState::Final), audit(), Vec::new()).await.expect("another month");
    let of = async |period: &str| {
        let filter = ScoreLifeFilter { period: Some(period.to_owned()), ..ScoreLifeFilter::default() };
        let rows = store.score_lives(&filter).await.expect("read");
        rows.into_iter().map(|r| r.run).collect::<Vec<_>>()
    };
    assert_eq!(
        (of("2026").await, of("2026-02").await),
        (vec!["a".into(), "b".into(), "c".into()], vec!["c".to_owned()])
    );
}

/// What is to be told and how far a channel has read become true together; what was given up can be taken up again.
async fn deliveries_conform(store: &dyn Store) {
    let plan = |from: Option<u64>, to: u64, rows: Vec<DeliveryRow>| DeliveryPlan {
        channel: "office".to_owned(),
        lane: "rest".to_owned(),
        from,
        to,
        rows,
    };
    assert_eq!(store.delivery_position("office", "rest").await.expect("a place"), None);
    store.plan_deliveries(&plan(None, 4, Vec::new())).await.expect("begun");
    let again = store.plan_deliveries(&plan(None, 9, Vec::new())).await.expect_err("it began already");
    assert!(matches!(again, StoreError::Conflict(_)), "{again}");
    let rows = vec![delivery("1", "office", "a", false), delivery("2", "office", "b", true)];
    store.plan_deliveries(&plan(Some(4), 6, rows)).await.expect("planned");
    let stale = plan(Some(4), 7, vec![delivery("3", "office", "c", false)]);
    assert!(matches!(store.plan_deliveries(&stale).await, Err(StoreError::Conflict(_))));
    assert_eq!(store.delivery("3").await.expect("read"), None, "not even in part");
    // A key that is there already is told once.
    store.plan_deliveries(&plan(Some(6), 7, vec![delivery("4", "office", "a", false)])).await.expect("planned");
    assert_eq!(store.delivery_position("office", "rest").await.expect("a place"), Some(7));
    assert_eq!(store.delivery_position("office", "urgent").await.expect("a place"), None);
    let due = async |time: &str| -> Vec<String> {
        let rows = store.due_deliveries("office", at(time), 10).await.expect("due");
        rows.into_iter().map(|r| r.id).collect()
    };
    assert_eq!(due("2026-03-01").await, Vec::<String>::new());
    assert_eq!(due("2026-03-02").await, ["2", "1"], "urgent first");
    let mut row = store.delivery("1").await.expect("read").expect("a delivery");
    row = DeliveryRow {
        attempts: 1,
        next_at: at("2026-03-03"),
        failing_since: Some(at("2026-03-02")),
        last_error: Some("notify.unreachable: 样例".to_owned()),
        ..row
    };
    store.settle_delivery(&row).await.expect("settled");
    assert_eq!(store.delivery("1").await.expect("read").as_ref(), Some(&row));
    assert_eq!(due("2026-03-02").await, ["2"]);
    let mut other = store.delivery("2").await.expect("read").expect("a delivery");
    (other.state, other.sent_at, other.attempts) = (DeliveryState::Sent, Some(at("2026-03-02 10:00")), 1);
    store.settle_delivery(&other).await.expect("settled");
    assert_eq!(store.sent_since("office", at("2026-03-02"), 10).await.expect("times"), [at("2026-03-02 10:00")]);
    assert_eq!(store.sent_since("office", at("2026-03-02 10:00"), 10).await.expect("times"), []);
    let totals = |pending, dead, failing_since| {
        vec![DeliveryTotals { channel: "office".to_owned(), pending, dead, failing_since }]
    };
    assert_eq!(store.delivery_totals().await.expect("totals"), totals(1, 0, Some(at("2026-03-02"))));
    row.state = DeliveryState::Dead;
    store.settle_delivery(&row).await.expect("settled");
    assert_eq!(store.delivery_totals().await.expect("totals"), totals(0, 1, None));
    let audit = AuditEntry { action: "delivery.retry".to_owned(), ..AuditEntry::default() };
    let sent = store.revive_delivery("2", at("2026-03-04"), audit.clone()).await.expect_err("it was sent");
    assert!(matches!(sent, StoreError::Conflict(_)), "{sent}");
    let none = store.revive_delivery("9", at("2026-03-04"), audit.clone()).await.expect_err("there is none");
    assert!(matches!(none, StoreError::NotFound(_)), "{none}");
    store.revive_delivery("1", at("2026-03-04"), audit).await.expect("tried again");
    let row = store.delivery("1").await.expect("read").expect("a delivery");
    assert_eq!((row.state, row.attempts, row.failing_since), (DeliveryState::Pending, 0, None));
    assert_eq!(due("2026-03-04").await, ["1"]);
    let list = async |state, before: Option<&str>| -> Vec<String> {
        let before = before.map(str::to_owned);
        let filter = DeliveryFilter { channel: Some("office".to_owned()), state, before, limit: 10 };
        store.deliveries(&filter).await.expect("deliveries").into_iter().map(|r| r.id).collect()
    };
    assert_eq!(list(None, None).await, ["2", "1"], "newest first");
    assert_eq!(list(None, Some("2")).await, ["1"]);
    assert_eq!(list(Some(DeliveryState::Sent), None).await, ["2"]);
    assert_eq!(store.close_channels(&["office".to_owned()], "x").await.expect("closed"), 0);
    assert_eq!(store.close_channels(&["other".to_owned()], "notify.removed: x").await.expect("closed"), 1);
    assert_eq!(store.delivery_position("office", "rest").await.expect("a place"), None, "it begins anew");
    let row = store.delivery("1").await.expect("read").expect("a delivery");
    assert_eq!((row.state, row.last_error.as_deref()), (DeliveryState::Dead, Some("notify.removed: x")));
}

/// Cases of an item by who applied, by when they began, and whom a change concerns.
async fn neighbours(store: &dyn Store) {
    let row = |no: &str, from: &str, to: Option<&str>| CaseRow {
        department: "labour".to_owned(),
        case: Arc::new(Case {
            case_no: no.to_owned(),
            item_code: "L1".to_owned(),
            parent_case_no: (no == "N4").then(|| "N1".to_owned()),
            applied_at: Some(at(from)),
            accepted_at: Some(at(from)),
            finished_at: to.map(at),
            finish_type: to.map(|_| "granted".to_owned()),
            state: if to.is_some() { CaseState::Finished } else { CaseState::Accepted },
            ..Case::default()
        }),
        found: Vec::new(),
        cards: Vec::new(),
        promise_due: None,
        legal_due: None,
        next_due: None,
        over: daylight_domain::tally::Over::default(),
        used: None,
    };
    let who = |no: &str, key: Option<u8>, from: &str, amended: bool| ApplicantRow {
        case_no: no.to_owned(),
        item_code: "L1".to_owned(),
        key: key.map(|k| [k; 16]),
        applied_at: at(from),
        amended,
    };
    let mut commit = empty(store.head("labour").await.expect("a head"), "labour");
    commit.cases = vec![
        row("N1", "2026-03-02", Some("2026-03-05")),
        row("N2", "2026-03-03", None),
        row("N3", "2026-03-04", Some("2026-03-20")),
        row("N4", "2022-03-04", None),
    ];
    commit.around.applicants = vec![
        who("N1", Some(1), "2026-03-02", false),
        who("N2", Some(1), "2026-03-03", false),
        who("N3", Some(2), "2026-03-04", false),
        who("N4", Some(1), "2022-03-04", false),
    ];
    store.commit(commit).await.expect("committed");
    let numbers = |rows: Vec<CaseRow>| rows.into_iter().map(|r| r.case.case_no.clone()).collect::<Vec<_>>();
    assert_eq!(numbers(store.parts_of("N1", 9).await.expect("parts")), ["N4"]);
    assert_eq!(numbers(store.parts_of("N4", 9).await.expect("parts")), [""; 0]);
    assert_eq!(numbers(store.cases_numbered("N1").await.expect("cases")), ["N1"]);
    let others = store.same_applicant("labour", "N1").await.expect("asked").expect("known");
    let others: Vec<_> = others.iter().map(|o| (o.case_no.as_str(), o.closed_at)).collect();
    assert_eq!(others, [("N2", None)], "four years ago is out of reach");
    assert_eq!(store.same_applicant("labour", "none").await.expect("asked"), None);
    assert_eq!(store.same_applicant("nobody", "N1").await.expect("asked"), None);
    let before = store.queue_before("labour", "L1", at("2026-03-04"), at("2026-03-10"), 9).await.expect("asked");
    let before: Vec<_> = before.iter().map(|r| r.case.case_no.as_str()).collect();
    assert_eq!(before, ["N4", "N2"], "began before, and not over by then");
    let march = (at("2026-03-01"), at("2026-04-01"));
    let first = store.cases_of_item("labour", "L1", march, None, 2).await.expect("asked");
    let after = first.last().map(|(at, r)| (*at, r.case.case_no.clone()));
    let rest = store.cases_of_item("labour", "L1", march, after, 2).await.expect("asked");
    let all: Vec<_> = first.iter().chain(&rest).map(|(_, r)| r.case.case_no.as_str()).collect();
    assert_eq!(all, ["N1", "N2", "N3"]);

    // Two comes to be another's: its old neighbour is to be judged again, and so is the new one, and nobody else.
    let armed = async |time: &str| {
        let due = store.due(at(time), 100, &[]).await.expect("due");
        due.into_iter().filter(|(d, _)| d == "labour").map(|(_, no)| no).collect::<HashSet<String>>()
    };
    assert_eq!(armed("2026-04-01").await, HashSet::new());
    let mut commit = empty(store.head("labour").await.expect("a head"), "labour");
    commit.around.applicants = vec![who("N2", Some(2), "2026-03-03", true)];
    commit.around.compares_applicants = true;
    commit.around.stirred = vec!["N2".to_owned()];
    commit.around.at = at("2026-03-21");
    store.commit(commit).await.expect("committed");
    assert_eq!(armed("2026-03-20").await, HashSet::new());
    assert_eq!(armed("2026-03-21").await, HashSet::from(["N1".to_owned(), "N3".to_owned()]));
    assert_eq!(store.case("labour", "N1").await.expect("read").and_then(|r| r.next_due), Some(at("2026-03-21")));
    // A number taken back makes it nobody's; the queue of the item moves for those that ended since.
    let mut commit = empty(store.head("labour").await.expect("a head"), "labour");
    commit.around.applicants = vec![who("N2", None, "2026-03-03", true)];
    commit.around.queues = vec![("L1".to_owned(), at("2026-03-10"))];
    commit.around.at = at("2026-03-20");
    store.commit(commit).await.expect("committed");
    assert_eq!(armed("2026-03-20").await, HashSet::from(["N3".to_owned()]));
    assert_eq!(store.same_applicant("labour", "N2").await.expect("asked"), None);
    let kept = store.applicants("labour", "N1", "N9").await.expect("applicants");
    assert_eq!(kept.iter().map(|a| a.case_no.as_str()).collect::<Vec<_>>(), ["N3", "N4"]);
    assert_eq!(store.rearm_department("labour", at("2026-03-19")).await.expect("armed"), 4);
    assert_eq!(armed("2026-03-19").await.len(), 4);
    let events = store.events_of_type("market", RecordType::Apply, 1198, 10).await.expect("events");
    assert_eq!(events.iter().map(|e| e.seq).collect::<Vec<_>>(), [1199, 1200]);
}

/// What comes from outside is entered once, found by its names, and counted.
async fn registers(store: &dyn Store) {
    let head = store.head("labour").await.expect("a head");
    let audit = |action: &str| AuditEntry {
        at: at("2026-03-02 10:00:00"),
        actor: "source".to_owned(),
        action: action.to_owned(),
        object: String::new(),
        detail: "{}".to_owned(),
    };
    let enter = async |source: &str, time: &str, (satisfaction, by_default, place): (u8, bool, Option<&str>)| {
        let matter = MatterRow {
            department: Some("labour".to_owned()),
            due: Some(at(time)),
            ..MatterRow::write(&serde_json::json!({ "no": "" }), ("rating", "open")).expect("a row")
        };
        let counted = Counted {
            department: "labour".to_owned(),
            satisfaction,
            by_default,
            place: place.map(str::to_owned),
            device: Some("平板 1".to_owned()),
        };
        let entry = Entry {
            once: vec![format!("source:{source}"), format!("case:{source}")],
            keys: vec!["about:labour".to_owned()],
            at: at(time),
            counted: Some(counted),
        };
        store.enter(matter, "PJ3308242026", entry, audit("rating.register"), None).await.expect("entered")
    };
    let Entered::New(first) = enter("1", "2026-03-02 09:00:00", (5, false, Some("3 号窗口"))).await else {
        panic!("nobody was before")
    };
    assert_eq!((first.no.as_str(), first.revision), ("PJ3308242026000001", 1));
    assert_eq!(enter("1", "2026-03-02 09:00:01", (1, false, None)).await, Entered::Before(first.no.clone()));
    assert!(matches!(enter("2", "2026-03-02 09:05:00", (1, true, None)).await, Entered::New(_)));
    let Entered::New(third) = enter("3", "2026-03-03 09:00:00", (2, false, Some("3 号窗口"))).await else {
        panic!("nobody was before")
    };
    assert_eq!(third.no, "PJ3308242026000003", "what was refused drew no number");
    let (from, to) = (at("2026-03-02"), at("2026-03-03"));
    let numbers = async |to| store.rating_numbers("labour", from, to).await.expect("numbers");
    assert_eq!(numbers(to).await, RatingNumbers { ratings: 2, by_default: 1, active_good: 0 });
    assert_eq!(numbers(at("2026-03-04")).await, RatingNumbers { ratings: 3, by_default: 1, active_good: 1 });
    assert_eq!(store.rating_numbers("nobody", from, to).await.expect("numbers"), RatingNumbers::default());
    let stamps = store.rating_stamps("labour", from, at("2026-03-04"), 10).await.expect("stamps");
    assert_eq!(stamps.len(), 2, "those at a window, by people: {stamps:?}");
    assert_eq!((stamps[0].0.as_str(), stamps[0].1), ("3 号窗口", at("2026-03-02 09:00:00")));
    let keyed =
        async |limit| store.keyed("rating", "about:labour", (from, at("2026-03-04")), limit).await.expect("keys");
    assert_eq!(keyed(10).await.len(), 3);
    assert_eq!(keyed(1).await, [(at("2026-03-02 09:00:00"), first.no.clone())], "oldest first");
    for _ in 0..2 {
        store.put_key("rating", "link:x", at("2026-03-09"), "labour/B1").await.expect("a key");
    }
    assert_eq!(store.keyed("rating", "link:x", (from, at("2027-01-01")), 10).await.expect("keys").len(), 1);
    assert_eq!(store.entered_as("rating", "case:3").await.expect("read"), Some(third.no.clone()));
    assert_eq!(store.entered_as("rating", "case:9").await.expect("read"), None);

    // To look again later changes nothing else, and nothing at all of what was changed meanwhile.
    let look = async || {
        let filter = MatterFilter {
            kind: "rating".to_owned(),
            department: Some("labour".to_owned()),
            due_before: Some(at("2026-03-03")),
            limit: 10,
            ..MatterFilter::default()
        };
        store.matters(&filter).await.expect("matters").into_iter().map(|m| m.no).collect::<Vec<_>>()
    };
    assert_eq!(look().await, [first.no.clone(), "PJ3308242026000002".to_owned()]);
    store.look_again(&first.no, 7, None).await.expect("no error");
    assert_eq!(look().await.len(), 2, "another revision");
    store.look_again(&first.no, 1, Some(at("2026-03-05"))).await.expect("later");
    assert_eq!(look().await, ["PJ3308242026000002"]);
    assert_eq!(store.matter("rating", &first.no).await.expect("read").expect("a rating").revision, 1);
    // How much is in which state, of a department and of all.
    let states = async |department| store.matter_states("rating", department).await.expect("counts");
    let all = states(None).await;
    assert_eq!(all.iter().map(|(_, n)| n).sum::<u64>(), 3, "{all:?}");
    assert_eq!(states(Some("labour")).await, all);
    assert_eq!(states(Some("nobody")).await, []);
    // A matter may go to another department.
    let moved = MatterRow { department: Some("fire".to_owned()), ..first.clone() };
    store.update_matter(&moved, audit("rating.move"), None).await.expect("moved");
    let kept = store.matter("rating", &first.no).await.expect("read").expect("a rating");
    assert_eq!((kept.department.as_deref(), kept.revision), (Some("fire"), 2));
    assert_eq!(store.head("labour").await.expect("a head"), head, "the ledger is another matter");
}

async fn conforms(store: Arc<dyn Store>) {
    let head = store.head("market").await.expect("a head");
    assert_eq!((head.revision, head.seq, head.hash), (0, 0, HashAlgorithm::Sha256.genesis("market")));
    let first = page(&head, "market", 1200);
    store.commit(first.clone()).await.expect("committed");
    let again = store.commit(first).await.expect_err("the head moved");
    assert!(matches!(again, StoreError::Conflict(_)), "{again}");
    assert_eq!(store.cursor("market").await.expect("a cursor"), Some(b"1200".to_vec()));

    // A page that cannot be written whole is not written at all: its second event repeats a key.
    let head = store.head("market").await.expect("a head");
    let mut broken = page(&head, "market", 2);
    broken.events[1].source_key = "A1".to_owned();
    let other = page(&store.head("health").await.expect("a head"), "health", 3);
    let (broken, other) = tokio::join!(store.commit(broken), store.commit(other));
    assert!(broken.is_err());
    other.expect("another department goes on");
    assert_eq!(store.head("market").await.expect("a head"), head);

    let want = Want {
        cases: vec!["A1".to_owned()],
        keys: vec![(RecordType::Apply, "A7".to_owned()), (RecordType::Apply, "none".to_owned())],
        findings: vec!["x".to_owned()],
        ..Want::default()
    };
    let loaded = store.load("market", &want).await.expect("loaded");
    assert_eq!((loaded.known.len(), loaded.cases.len(), loaded.found.len()), (1, 0, 0));
    let known = loaded.known.get(&(RecordType::Apply, "A7".to_owned())).expect("known");
    assert_eq!((known.seq, known.data_version), (7, 1));

    neighbours(store.as_ref()).await;

    let mut commit = empty(head, "market");
    commit.cards = vec![card(Level::Yellow), card(Level::Red)];
    commit.outbox = vec![OutboxRow {
        seq: 0,
        id: "1".to_owned(),
        topic: "card.issued".to_owned(),
        department: "market".to_owned(),
        body: "{card_no}".to_owned(),
        created_at: at("2026-03-02"),
        card: Some(1),
    }];
    commit.counts = vec![("2026-03-02".to_owned(), RecordType::Apply, 3)];
    commit.last_received = Some(at("2026-03-02 08:59"));
    commit.day = Some(DayStat { date: "2026-03-02".to_owned(), records: 3, ..DayStat::default() });
    let numbers = store.commit(commit.clone()).await.expect("committed").card_nos;
    assert_eq!(numbers.len(), 2);
    let sent = store.outbox_after(0, None, 10).await.expect("outbox");
    assert_eq!(sent.first().map(|o| o.body.clone()), numbers.get(1).cloned(), "the message names its card");
    commit.expected = store.head("market").await.expect("a head");
    commit.head = commit.expected.clone();
    commit.outbox.clear();
    let more = store.commit(commit).await.expect("committed").card_nos;
    assert!(more.iter().all(|no| !numbers.contains(no)), "numbers are drawn once");
    assert_eq!(store.counts_of_day("market", "2026-03-02").await.expect("counts").get(&RecordType::Apply), Some(&6));
    let days = store.day_stats("market", "2026-03-01", "2026-03-31").await.expect("days");
    assert_eq!(days.iter().map(|d| d.records).sum::<u64>(), 6);

    let no = numbers.first().expect("a number");
    let mut changed = store.card(no).await.expect("read").expect("a card");
    changed.state = CardState::Revoked;
    let by = "hua".to_owned();
    changed.appeal =
        Some(Appeal { grounds: "收件时间有误".to_owned(), by, at: at("2026-03-03"), decision: None });
    let audit = AuditEntry { action: "card.revoke".to_owned(), ..AuditEntry::default() };
    store.update_card(&changed, CardState::Issued, audit.clone(), None).await.expect("revoked");
    let stale =
        store.update_card(&changed, CardState::Issued, audit.clone(), None).await.expect_err("not issued any more");
    assert!(matches!(stale, StoreError::Conflict(_)));
    let states = store.card_states(Some("market")).await.expect("counts");
    assert_eq!(states.iter().map(|(_, n)| n).sum::<u64>(), 4, "{states:?}");
    assert!(states.contains(&("revoked".to_owned(), 1)), "{states:?}");
    assert_eq!(store.card_states(Some("nobody")).await.expect("counts"), []);
    let appealed = CardFilter { appealed: true, limit: 10, ..CardFilter::default() };
    let appealed = store.cards(&appealed).await.expect("cards");
    assert_eq!(appealed.iter().map(|c| &c.no).collect::<Vec<_>>(), [no], "whatever became of it since");
    store.audit(audit).await.expect("audited");
    let report = store.verify_audit().await.expect("a report");
    assert!(report.verified && report.events >= 2, "{report:?}");
    let chain = store.audit_rows(10, None).await.expect("audit");
    assert_eq!(chain.iter().map(|r| r.seq).collect::<Vec<_>>(), [2, 1]);
    assert_ne!(chain.first().map(|r| r.hash), chain.get(1).map(|r| r.hash));

    let (t0, t1, t2) = (at("2026-03-02 09:00"), at("2026-03-02 09:01"), at("2026-03-02 09:02"));
    assert_eq!(store.lease("pull", "a", t0, t1).await.expect("lease"), Some(1));
    assert_eq!(store.lease("pull", "b", t0, t1).await.expect("lease"), None, "somebody else holds it");
    assert_eq!(store.lease("pull", "a", t0, t1).await.expect("lease"), Some(1), "renewed");
    assert_eq!(store.lease("pull", "b", t1, t2).await.expect("lease"), Some(2), "the token grows with the holder");

    let report = store.verify_ledger("market").await.expect("a report");
    assert!(report.verified && report.events == 1200, "{report:?}");
    assert_eq!(store.leaves("market", 1190, 100).await.expect("leaves").len(), 10);
    assert_eq!(store.close_stale_runs(t0).await.expect("closed"), 0);
    let run = RunRow {
        id: "r".to_owned(),
        department: "market".to_owned(),
        status: "running".to_owned(),
        ..RunRow::default()
    };
    store.put_run(&run).await.expect("written");
    store.put_run(&RunRow { id: "q".to_owned(), status: "done".to_owned(), ..run.clone() }).await.expect("written");
    let newest = store.last_runs().await.expect("runs");
    assert_eq!(newest.iter().map(|r| (r.department.as_str(), r.id.as_str())).collect::<Vec<_>>(), [("market", "r")]);
    let receipts = store.last_receipts().await.expect("receipts");
    assert_eq!(receipts.into_iter().collect::<Vec<_>>(), [("market".to_owned(), at("2026-03-02 08:59"))]);
    assert_eq!(store.close_stale_runs(t0).await.expect("closed"), 1);
    assert_eq!(store.run("r").await.expect("read").map(|r| r.status), Some("interrupted".to_owned()));
    store.put_idempotent("k", "d", 201, "{}", t0).await.expect("kept");
    store.put_idempotent("k", "other", 500, "", t0).await.expect("kept");
    assert_eq!(store.idempotent("k").await.expect("read"), Some(("d".to_owned(), 201, "{}".to_owned())));
    // What is written down of a deed marks its key; the answer takes the mark's place.
    let entry = AuditEntry { at: t0, actor: "ming".to_owned(), ..AuditEntry::default() };
    let once = Once { key: "o".to_owned(), request: "d".to_owned(), at: t0 };
    once.during(store.audit(entry.clone())).await.expect("written");
    assert_eq!(store.idempotent("o").await.expect("read"), Some(("d".to_owned(), ACTED, String::new())));
    store.put_idempotent("o", "d", 200, "{}", t0).await.expect("kept");
    assert_eq!(store.idempotent("o").await.expect("read"), Some(("d".to_owned(), 200, "{}".to_owned())));
    let head = store.head("market").await.expect("a head");
    let mut commit = empty(head, "market");
    commit.audit.push(entry);
    let once = Once { key: "p".to_owned(), request: "d".to_owned(), at: t0 };
    once.during(store.commit(commit)).await.expect("committed");
    assert_eq!(store.idempotent("p").await.expect("read"), Some(("d".to_owned(), ACTED, String::new())));
    deliveries_conform(store.as_ref()).await;
    score_lives_conform(store.as_ref()).await;
    publications_conform(store.as_ref()).await;
    desks_conform(store.as_ref()).await;

    // Armed again: what is open, and what was closed lately; more of it than fits in one piece.
    let row = |no: String, closed: Option<Timestamp>| {
        let state = if closed.is_some() { CaseState::Finished } else { CaseState::Accepted };
        CaseRow {
            department: "fire".to_owned(),
            case: Arc::new(Case { case_no: no, state, finished_at: closed, ..Case::default() }),
            found: Vec::new(),
            cards: Vec::new(),
            promise_due: None,
            legal_due: None,
            next_due: None,
            over: daylight_domain::tally::Over::default(),
            used: None,
        }
    };
    let mut commit = empty(store.head("fire").await.expect("a head"), "fire");
    commit.cases = (0..5_003).map(|n| row(format!("A{n:05}"), None)).collect();
    commit.cases.push(row("B".to_owned(), Some(at("2026-02-02"))));
    commit.cases.push(row("C".to_owned(), Some(at("2025-02-02"))));
    store.commit(commit).await.expect("committed");
    // With the four cases of another department.
    assert_eq!(store.rearm(at("2026-03-01"), at("2026-01-01")).await.expect("armed"), 5_008);
    let due = store.due(at("2026-03-01"), 10_000, &[]).await.expect("what is due");
    assert!(due.len() == 5_008 && !due.iter().any(|(_, no)| no == "C"), "{}", due.len());
    registers(store.as_ref()).await;
    tallies(store.as_ref()).await;
    open_cases(store.as_ref()).await;
    plugin_reports(store.as_ref()).await;
    closed_days(store.as_ref()).await;
}

/// A day that was closed is compared again with what comes of it later, and no other day.
async fn closed_days(store: &dyn Store) {
    let declared = |n| [("apply".to_owned(), n)].into();
    let day = |date: &str, n| {
        let mut row = ReconciliationRow {
            department: "transport".to_owned(),
            date: date.to_owned(),
            declared: declared(n),
            counted: std::collections::BTreeMap::new(),
            matches: false,
            compared_at: at("2026-03-03"),
        };
        row.compare(declared(1));
        row
    };
    let came = async |date: &str, closes: Vec<ReconciliationRow>| {
        let mut commit = empty(store.head("transport").await.expect("a head"), "transport");
        commit.counts = vec![(date.to_owned(), RecordType::Apply, 1)];
        commit.reconciliations = closes;
        store.commit(commit).await.expect("committed");
        let rows = store.reconciled("transport", "2026-03-01", "2026-03-31").await.expect("days");
        rows.into_iter().map(|row| (row.matches, row.counted["apply"])).collect::<Vec<_>>()
    };
    assert_eq!(came("2026-03-02", vec![day("2026-03-01", 1), day("2026-03-02", 2)]).await, [(true, 1), (false, 1)]);
    assert_eq!(came("2026-03-02", Vec::new()).await, [(true, 1), (true, 2)]);
    assert_eq!(came("2026-03-02", Vec::new()).await, [(true, 1), (false, 3)]);
    assert_eq!(came("2026-03-05", Vec::new()).await, [(true, 1), (false, 3)], "a day that is not closed");
}

/// The last report of a component is kept, and its level stands with the component.
async fn plugin_reports(store: &dyn Store) {
    let text = str::to_owned;
    let plugin = PluginRow {
        digest: text("d1"),
        name: text("rest"),
        version: text("1.0.0"),
        kind: text("connector"),
        manifest: text("{}"),
        signer: text("vendor"),
        installed_at: Timestamp(1),
        active_since: None,
        bytes: vec![1],
        signature: String::new(),
        grade: None,
    };
    store.put_plugin(&plugin).await.expect("kept");
    let grade = || async { store.plugins().await.expect("plugins").pop().and_then(|p| p.grade) };
    assert_eq!((grade().await, store.plugin_report("d1").await.expect("read")), (None, None));
    let mut report = PluginReportRow {
        digest: "d1".to_owned(),
        level: "silver".to_owned(),
        signer: None,
        kept_at: Timestamp(5),
        signature: String::new(),
        body: "{}".to_owned(),
    };
    store.put_plugin_report(&report).await.expect("kept");
    assert_eq!(grade().await.as_deref(), Some("silver"));
    report.level = "gold".to_owned();
    report.signer = Some("vendor".to_owned());
    store.put_plugin_report(&report).await.expect("kept in its place");
    assert_eq!(store.plugin_report("d1").await.expect("read"), Some(report));
    assert_eq!(store.plugin("d1").await.expect("read").and_then(|p| p.grade).as_deref(), Some("gold"));

    // Retired it is nobody's, and is there still.
    let audit = || AuditEntry { action: text("plugin.remove"), ..AuditEntry::default() };
    let never = store.retire_plugin("rest", audit()).await.expect_err("it was never active");
    assert!(matches!(never, StoreError::NotFound(_)), "{never}");
    store.activate_plugin("d1", Timestamp(2), AuditEntry::default()).await.expect("active");
    store.retire_plugin("rest", audit()).await.expect("retired");
    let kept = store.plugin("d1").await.expect("read").expect("the component stays");
    assert_eq!((kept.active_since, kept.bytes), (None, vec![1]));
    let last = store.audit_rows(1, None).await.expect("audit").pop().expect("an entry");
    assert_eq!(last.entry.action, "plugin.remove", "and nothing is kept of what was refused");
}

/// What is open, in the order in which limits end, and how much there is of it.
async fn open_cases(store: &dyn Store) {
    let id = "wind";
    let row = |no: &str, state: CaseState, due: Option<&str>| CaseRow {
        department: id.to_owned(),
        case: Arc::new(Case {
            case_no: no.to_owned(),
            state,
            finished_at: state.is_closed().then(|| at("2026-03-05")),
            ..Case::default()
        }),
        found: Vec::new(),
        cards: Vec::new(),
        promise_due: due.map(at),
        legal_due: None,
        next_due: None,
        over: daylight_domain::tally::Over::default(),
        used: None,
    };
    let mut commit = empty(store.head(id).await.expect("a head"), id);
    commit.cases = vec![
        row("1", CaseState::Accepted, Some("2026-03-09 12:00")),
        row("2", CaseState::Processing, Some("2026-03-02 12:00")),
        row("3", CaseState::Accepted, Some("2026-03-02 12:00")),
        row("4", CaseState::Accepted, None),
        row("5", CaseState::Finished, Some("2026-03-01 12:00")),
    ];
    store.commit(commit).await.expect("committed");
    let counts = store.open_cases(Some(id)).await.expect("counts");
    assert_eq!(counts, [("accepted".to_owned(), 3), ("processing".to_owned(), 1)]);
    assert!(store.open_cases(None).await.expect("counts").iter().map(|(_, n)| n).sum::<u64>() > 5_003);
    assert!(store.open_cases(Some("nobody")).await.expect("counts").is_empty());
    let due =
        async |from: Option<&str>, before| store.count_due(Some(id), from.map(at), at(before)).await.expect("a count");
    assert_eq!(due(None, "2026-03-02 12:00").await, 0, "before, not at");
    assert_eq!(due(None, "2026-03-03").await, 2);
    assert_eq!(due(Some("2026-03-03"), "2026-04-01").await, 1);
    assert_eq!(store.count_due(None, None, at("2026-03-03")).await.expect("a count"), 2);
    let page = async |after: Option<&CaseRow>| {
        let filter = CaseFilter {
            department: Some(id.to_owned()),
            by_due: true,
            after: after.map(|row| (row.department.clone(), row.case.case_no.clone())),
            after_due: after.and_then(|row| row.promise_due),
            limit: 1,
            ..CaseFilter::default()
        };
        store.cases(&filter).await.expect("cases").pop()
    };
    let (mut order, mut last) = (Vec::new(), None);
    while let Some(row) = page(last.as_ref()).await {
        order.push(row.case.case_no.clone());
        last = Some(row);
    }
    assert_eq!(order, ["2", "3", "1"]);
    let filter = CaseFilter {
        department: Some(id.to_owned()),
        due_from: Some(at("2026-03-03")),
        limit: 10,
        ..CaseFilter::default()
    };
    let later: Vec<String> =
        store.cases(&filter).await.expect("cases").iter().map(|row| row.case.case_no.clone()).collect();
    assert_eq!(later, ["1"]);
    let filter = CaseFilter { department: Some(id.to_owned()), open: true, limit: 10, ..CaseFilter::default() };
    assert_eq!(store.cases(&filter).await.expect("cases").len(), 4);

    let states = store.card_states(Some("market")).await.expect("counts");
    let all = CardFilter { department: Some("market".to_owned()), limit: 100, ..CardFilter::default() };
    let cards = store.cards(&all).await.expect("cards");
    assert_eq!(states.iter().map(|(_, n)| *n).sum::<u64>(), cards.len() as u64);
    let standing = store.cards(&CardFilter { standing: true, newest: true, ..all }).await.expect("cards");
    assert_eq!(standing.len(), cards.iter().filter(|c| c.state.counts()).count());
    assert!(standing.is_sorted_by(|a, b| (a.created_at, &a.no) >= (b.created_at, &b.no)));
    let (from, to) = (at("2020-01-01"), at("2030-01-01"));
    let counted = store.card_counts("market", from, to).await.expect("counts");
    let of =
        |level: u8, state: &str| cards.iter().filter(|c| c.level as u8 == level && c.state.as_str() == state).count();
    assert!(counted.iter().all(|(level, state, n)| usize::try_from(*n).ok() == Some(of(*level, state))), "{counted:?}");
    assert_eq!(counted.iter().map(|(_, _, n)| *n).sum::<u64>(), cards.len() as u64);
    // Who wrote or issued a card is left out of what others decide.
    let whose = |user: &str| CardFilter { not_by: Some(user.to_owned()), limit: 100, ..CardFilter::default() };
    let everybody = store.count_cards(&CardFilter::default()).await.expect("counts");
    let mut one = cards.first().expect("a card").clone();
    let was = one.state;
    one.issued_by = Some("ming".to_owned());
    store.update_card(&one, was, AuditEntry::default(), None).await.expect("issued");
    assert_eq!(store.count_cards(&whose("ming")).await.expect("counts"), everybody - 1);
    assert_eq!(store.count_cards(&whose("qing")).await.expect("counts"), everybody);
    let others = store.cards(&whose("ming")).await.expect("cards");
    assert!(others.len() as u64 == everybody - 1 && others.iter().all(|c| c.no != one.no));
    let ends = store.chain_ends().await.expect("ends");
    assert!(ends.iter().all(|end| end.whole) && ends.iter().any(|end| end.seq > 0), "{ends:?}");
    standings(store).await;
    let matters = store.matter_counts(Some("labour")).await.expect("counts");
    assert!(matters.iter().any(|(kind, _, n)| kind == "rating" && *n > 0), "{matters:?}");
    assert!(store.matter_counts(Some("nobody")).await.expect("counts").is_empty());
}

/// How pulls stand, told from their ends: of one department as of all.
async fn standings(store: &dyn Store) {
    let run = async |id: &str, department: &str, status: &str, minute: u32| {
        let started_at = at(&format!("2026-03-02 10:{minute:02}"));
        let (kind, status) = ("pull".to_owned(), status.to_owned());
        let row = RunRow {
            id: id.to_owned(),
            department: department.to_owned(),
            kind,
            status,
            started_at,
            ..RunRow::default()
        };
        store.put_run(&row).await.expect("written");
    };
    for (id, status, minute) in [("a1", "failed", 1), ("a2", "done", 2), ("a3", "done", 3), ("a4", "running", 4)] {
        run(id, "water", status, minute).await;
    }
    for (id, status, minute) in [("b1", "done", 1), ("b2", "failed", 2), ("b3", "failed", 3), ("b4", "interrupted", 4)]
    {
        run(id, "labour", status, minute).await;
    }
    let all = store.pull_standings(None).await.expect("standings");
    for one in &all {
        assert_eq!(store.pull_standing(&one.department).await.expect("standing"), *one);
    }
    let of = |id: &str| all.iter().find(|s| s.department == id).expect("it stands somehow");
    let minute = |m: u32| Some(at(&format!("2026-03-02 10:{m:02}")));
    let id = |run: &Option<RunRow>| run.as_ref().map(|run| run.id.clone());
    let water = of("water");
    assert_eq!((id(&water.last).as_deref(), id(&water.failed), water.failures), (Some("a3"), None, 0));
    assert_eq!((water.failing_since, water.well_since), (None, minute(2)));
    let labour = of("labour");
    assert_eq!(
        (id(&labour.last).as_deref(), id(&labour.failed).as_deref(), labour.failures),
        (Some("b4"), Some("b3"), 2)
    );
    assert_eq!((labour.failing_since, labour.well_since), (minute(2), None));
    let nobody = store.pull_standing("nobody").await.expect("standing");
    assert_eq!(nobody, PullStanding { department: "nobody".to_owned(), ..PullStanding::default() });
}

/// Counts of cases, with what commits changed of them; facts of findings and cards.
async fn tallies(store: &dyn Store) {
    let id = "water";
    let row = |no: &str, from: &str, to: Option<&str>| CaseRow {
        department: id.to_owned(),
        case: Arc::new(Case {
            case_no: no.to_owned(),
            item_code: "W1".to_owned(),
            accepted_at: Some(at(from)),
            finished_at: to.map(at),
            finish_type: to.map(|_| "granted".to_owned()),
            ..Case::default()
        }),
        found: Vec::new(),
        cards: Vec::new(),
        promise_due: Some(at("2026-03-09T23:59:59.999+08:00")),
        legal_due: None,
        next_due: None,
        over: daylight_domain::tally::Over::default(),
        used: None,
    };
    let all = TallyFilter { department: Some(id.to_owned()), from: 0, to: i32::MAX, ..TallyFilter::default() };
    let kept = async || {
        let found = store.tally(&all).await.expect("counts");
        let mut cells = Cells::default();
        for one in &found.cells {
            assert_eq!(one.department, id);
            let cell = Cell::read(&one.body).expect("a cell");
            cell.iter().for_each(|(key, n)| cells.add(&one.place, key.clone(), n));
        }
        let pending = found.pending.iter().map(|(_, c)| c.clone()).fold(Cells::default(), |mut sum, c| {
            sum.merge(&c);
            sum
        });
        cells.merge(&pending);
        (cells, !pending.is_empty())
    };
    let said = |rows: &[CaseRow]| {
        let mut cells = Cells::default();
        rows.iter().for_each(|row| cells.take(&row.said(), 1));
        cells
    };
    let (first, second) = (row("W1", "2026-02-27", None), row("W2", "2026-03-02", Some("2026-03-05")));
    let mut commit = empty(store.head(id).await.expect("a head"), id);
    commit.keep(first.clone());
    commit.keep(second.clone());
    store.commit(commit).await.expect("committed");
    assert_eq!(kept().await, (said(&[first.clone(), second.clone()]), true));
    assert_eq!(store.fold_tally(id).await.expect("added"), 1);
    assert_eq!(kept().await, (said(&[first.clone(), second.clone()]), false));
    let mut commit = empty(store.head(id).await.expect("a head"), id);
    commit.touch(&first);
    let now = row("W1", "2026-02-27", Some("2026-03-20"));
    commit.keep(now.clone());
    store.commit(commit).await.expect("committed");
    assert_eq!(kept().await, (said(&[now.clone(), second.clone()]), true));
    // What was open before a month is a sum of what began and ended.
    store.fold_tally(id).await.expect("added");
    let march = TallyFilter { from: 2026 * 12 + 2, to: 2026 * 12 + 2, item: Some("W1".to_owned()), ..all.clone() };
    let found = store.tally(&march).await.expect("counts");
    assert_eq!(found.before.iter().map(|(_, _, flows)| flows.open).sum::<i64>(), 1);
    assert_eq!(found.cells.len(), 1);
    let other = TallyFilter { item: Some("W2".to_owned()), ..march };
    assert!(store.tally(&other).await.expect("counts").cells.is_empty());
    // After so many commits changes are added by themselves, each once.
    let mut rows = vec![now, second];
    loop {
        let mut commit = empty(store.head(id).await.expect("a head"), id);
        let revision = commit.expected.revision + 1;
        let one = row(&format!("X{revision:03}"), "2026-03-10", None);
        commit.keep(one.clone());
        rows.push(one);
        store.commit(commit).await.expect("committed");
        if revision % FOLD_EVERY == 0 {
            break;
        }
    }
    assert_eq!(kept().await, (said(&rows), false));
    let revision = store.head(id).await.expect("a head").revision;
    let stale = store.replace_tally(id, revision - 1, &Cells::default()).await.expect_err("it moved");
    assert!(matches!(stale, StoreError::Conflict(_)), "{stale}");
    store.replace_tally(id, revision, &said(&rows[..1])).await.expect("replaced");
    assert_eq!(kept().await, (said(&rows[..1]), false));

    // A revoked card takes the findings of its rule and object with it, up to its level, whenever they come.
    let finding = |level: Level, fact: &str| Finding {
        rule: "T-02".to_owned(),
        rule_version: 1,
        family: "T-02".to_owned(),
        level,
        object: ObjectKind::Case,
        object_id: "W2".to_owned(),
        case_no: Some("W2".to_owned()),
        item_code: Some("W1".to_owned()),
        fact_time: at(fact),
        value: 1,
        inputs: std::collections::BTreeMap::new(),
        calendar_version: None,
        explain_zh: "超时".to_owned(),
    };
    let found = |finding: Finding| FindingRow {
        department: id.to_owned(),
        finding,
        detected_at: at("2026-03-10"),
        state: "open".to_owned(),
    };
    let mine = |level: Level| Card {
        department: id.to_owned(),
        finding_key: format!("T-02:W2:{}", level as u8),
        rule: "T-02".to_owned(),
        family: "T-02".to_owned(),
        object_id: "W2".to_owned(),
        case_no: Some("W2".to_owned()),
        level,
        issued_at: Some(at("2026-03-10")),
        feedback_due: Some(at("2026-03-13")),
        ..card(level)
    };
    let mut commit = empty(store.head(id).await.expect("a head"), id);
    commit.findings.push(found(finding(Level::Yellow, "2026-03-10")));
    commit.cards.push(mine(Level::Yellow));
    let no = store.commit(commit).await.expect("committed").card_nos.remove(0);
    let (from, to) = (at("2026-03-01"), at("2026-04-01"));
    let asked = ["T-02".to_owned()];
    let facts = async || store.facts(id, from, to, &asked).await.expect("facts");
    assert_eq!(facts().await.iter().map(|f| (f.level, f.confirmed)).collect::<Vec<_>>(), [(2, true)]);
    let due = store.card_facts(id, CardTime::FeedbackDue, from, to).await.expect("cards");
    assert_eq!((due.len(), due[0].item_code.as_deref(), due[0].fact_time), (1, Some("W1"), at("2026-03-10")));
    let mut revoked = store.card(&no).await.expect("read").expect("a card");
    revoked.state = CardState::Revoked;
    store.update_card(&revoked, CardState::Issued, AuditEntry::default(), None).await.expect("revoked");
    assert!(facts().await.is_empty());
    assert_eq!(store.revoked_facts(id, &["T-02"]).await.expect("cases"), [("T-02".to_owned(), "W2".to_owned())]);
    let mut commit = empty(store.head(id).await.expect("a head"), id);
    commit.findings.push(found(finding(Level::Prewarning, "2026-03-09")));
    store.commit(commit).await.expect("committed");
    assert!(facts().await.is_empty(), "below what was revoked");
    let mut commit = empty(store.head(id).await.expect("a head"), id);
    commit.findings.push(found(finding(Level::Red, "2026-03-20")));
    store.commit(commit).await.expect("committed");
    assert_eq!(facts().await.iter().map(|f| (f.level, f.confirmed)).collect::<Vec<_>>(), [(3, false)]);
    assert!(store.revoked_facts(id, &["T-02"]).await.expect("cases").is_empty(), "a higher one stands");
    assert_eq!(store.fill_facts().await.expect("filled"), 0, "nothing is without");
    assert!(store.reconciled(id, "2026-01-01", "2026-12-31").await.expect("days").is_empty());
    assert!(store.bad_ratings(id, from, to).await.expect("ratings").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_conforms_and_refuses_what_it_should() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("daylight.db");
    let store = SqliteStore::open(&file, HashAlgorithm::Sha256).await.expect("open");
    conforms(Arc::new(store.clone())).await;
    let copy = store.backup(&folder.path().join("copy.db")).await.expect("a copy");
    store.close().await;
    let other = SqliteStore::open(&copy, HashAlgorithm::Sha256).await.expect("the copy opens");
    assert!(other.verify_ledger("market").await.expect("a report").verified);
    other.close().await;
    let wrong = SqliteStore::open(&file, HashAlgorithm::Sm3).await.err().expect("another hash is refused");
    assert!(matches!(wrong, StoreError::Unusable(_)), "{wrong}");

    // Whoever edits the file behind the program's back is found out.
    run_script(&copy, &["UPDATE event SET payload = '{}' WHERE seq = 5".to_owned()]).await.expect("edited");
    let edited = SqliteStore::open(&copy, HashAlgorithm::Sha256).await.expect("open");
    let report = edited.verify_ledger("market").await.expect("a report");
    assert!(!report.verified && report.problems.iter().any(|p| p.starts_with("event 5:")), "{report:?}");
    edited.close().await;
    run_script(&copy, &["PRAGMA user_version = 99".to_owned()]).await.expect("edited");
    let newer = SqliteStore::open(&copy, HashAlgorithm::Sha256).await.err().expect("refused");
    assert!(matches!(newer, StoreError::SchemaNewer { found: 99, .. }), "{newer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_conforms() {
    let Some(server) = daylight_tests::servers::postgres() else { return };
    let store = PostgresStore::connect(&server.url, HashAlgorithm::Sha256).await.expect("a connection");
    conforms(Arc::new(store.clone())).await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_database_is_copied_and_brought_up_to_date_with_what_it_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("daylight.db");
    let first = std::fs::read_to_string(root().join("core/store/migrations/0001_begin.sql")).expect("the first schema");
    let order = r#"{"no":"DB3308242026000001","kind":"order","department":"market","cards":[],"content":"请说明","state":"replied","issued_at":"2026-03-02T09:00:00+08:00","due":"2026-03-05T23:59:59.999+08:00","replied_at":"2026-03-03T09:00:00+08:00","withdrawn_at":null,"steps":[]}"#;
    let person = r#"{"name":"ming","role":"officer","department":null,"created_at":"2026-03-02T09:00:00+08:00","disabled_at":null}"#;
    let token = r#"{"id":"1","hash":"h","name":"ming","user":"ming","scopes":["read"],"department":null,"created_at":"2026-03-02T09:00:00+08:00","expires_at":"2027-03-02T09:00:00+08:00","revoked_at":null,"one_time":false}"#;
    let script = [
        first,
        "INSERT INTO department VALUES (1, 'market', 0, 0, zeroblob(32), 0, NULL, 0, 0, NULL)".to_owned(),
        format!("INSERT INTO supervision_order VALUES ('DB3308242026000001', 1, 'replied', 1772726399999, '{order}')"),
        "INSERT INTO card_series VALUES ('DB3308242026', 1)".to_owned(),
        format!("INSERT INTO person VALUES ('ming', '{person}')"),
        format!("INSERT INTO token VALUES ('1', 'h', '{token}')"),
        "PRAGMA user_version = 1".to_owned(),
    ];
    run_script(&file, &script).await.expect("an older database");
    let store = SqliteStore::open(&file, HashAlgorithm::Sha256).await.expect("brought up to date");
    let kept = store.matter("order", "DB3308242026000001").await.expect("read").expect("the order");
    assert_eq!((kept.department.as_deref(), kept.state.as_str(), kept.revision), (Some("market"), "replied", 1));
    let order: SupervisionOrder = kept.read().expect("an order");
    assert_eq!((order.content.as_str(), order.copied_to.len()), ("请说明", 0));
    assert_eq!(store.user("ming").await.expect("read").expect("a person").role, "supervision");
    let token = store.token("h").await.expect("read").expect("a token");
    assert_eq!((token.kind, token.used_at), (TokenKind::Token, None));
    let copies: Vec<String> = std::fs::read_dir(folder.path())
        .expect("the folder")
        .map(|e| e.expect("a file").file_name().to_string_lossy().into_owned())
        .filter(|n| n.contains("before-schema"))
        .collect();
    assert_eq!(copies.len(), 1, "{copies:?}");
    store.close().await;
}
