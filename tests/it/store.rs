//! One conformance suite for both stores.

use daylight_domain::Timestamp;
use daylight_domain::card::{Card, CardState};
use daylight_domain::case::{Case, CaseState};
use daylight_domain::finding::Level;
use daylight_domain::ledger::HashAlgorithm;
use daylight_domain::record::RecordType;
use daylight_store::*;
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
        escalated_from: None,
        late: false,
        explain_zh: "样例".to_owned(),
    }
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
    commit.day = Some(DayStat { date: "2026-03-02".to_owned(), records: 3, ..DayStat::default() });
    let numbers = store.commit(commit.clone()).await.expect("committed").card_nos;
    assert_eq!(numbers.len(), 2);
    let sent = store.outbox(10).await.expect("outbox");
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
    let audit = AuditEntry { action: "card.revoke".to_owned(), ..AuditEntry::default() };
    store.update_card(&changed, CardState::Issued, audit.clone(), None).await.expect("revoked");
    let stale =
        store.update_card(&changed, CardState::Issued, audit.clone(), None).await.expect_err("not issued any more");
    assert!(matches!(stale, StoreError::Conflict(_)));
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
    assert_eq!(store.close_stale_runs(t0).await.expect("closed"), 1);
    assert_eq!(store.run("r").await.expect("read").map(|r| r.status), Some("interrupted".to_owned()));
    store.put_idempotent("k", "d", 201, "{}", t0).await.expect("kept");
    store.put_idempotent("k", "other", 500, "", t0).await.expect("kept");
    assert_eq!(store.idempotent("k").await.expect("read"), Some(("d".to_owned(), 201, "{}".to_owned())));

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
        }
    };
    let mut commit = empty(store.head("fire").await.expect("a head"), "fire");
    commit.cases = (0..5_003).map(|n| row(format!("A{n:05}"), None)).collect();
    commit.cases.push(row("B".to_owned(), Some(at("2026-02-02"))));
    commit.cases.push(row("C".to_owned(), Some(at("2025-02-02"))));
    store.commit(commit).await.expect("committed");
    assert_eq!(store.rearm(at("2026-03-01"), at("2026-01-01")).await.expect("armed"), 5_004);
    let due = store.due(at("2026-03-01"), 10_000, &[]).await.expect("what is due");
    assert!(due.len() == 5_004 && !due.iter().any(|(_, no)| no == "C"), "{}", due.len());
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
