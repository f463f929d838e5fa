//! Measures of what people keep in registers, beside a count by hand.

use crate::county::county;
use daylight::app::App;
use daylight_domain::Timestamp;
use daylight_domain::measure::ONE;
use daylight_store::{AuditEntry, Counted, Entry, MatterRow};
use serde_json::{Value, json};
use std::sync::Arc;

fn at(text: &str) -> String {
    Timestamp::parse(text).expect("a time").rfc3339()
}

async fn matter(app: &Arc<App>, kind: &str, state: &str, body: Value) {
    let row = MatterRow::write(&body, (kind, state)).expect("a row");
    let row = MatterRow { department: Some("market".to_owned()), ..row };
    app.store.add_matter(row, &format!("{kind}2026"), AuditEntry::default(), None).await.expect("kept");
}

async fn complaint(app: &Arc<App>, registered: &str, closed: Option<&str>, named: bool, more: Value) {
    let mut body = json!({
        "no": "", "registered_at": at(registered), "closed_at": closed.map(at), "outcome": null,
        "state": if closed.is_some() { "closed" } else { "handling" },
        "complainant": named.then(|| json!({ "name": "赵一", "phone": "13000000000" })),
    });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    matter(app, "complaint", "closed", body).await;
}

async fn rating(app: &Arc<App>, rated: &str, satisfaction: u8, by_default: bool, more: Value) {
    let mut body = json!({
        "no": "", "state": "counted", "department": "market", "case_no": null, "rated_at": at(rated),
        "satisfaction": satisfaction, "raw": satisfaction.to_string(), "table": "gb", "channel": "1",
        "by_default": by_default, "round": 1, "text": "", "rater": null, "window": null, "device": null,
        "source_no": null, "contacted_at": null, "rectified_at": null, "called_back_at": null, "dismissed_at": null,
        "appealed": false, "satisfied": null, "due": null, "steps": [],
    });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    let row = MatterRow::write(&body, ("rating", "counted")).expect("a row");
    let row = MatterRow { department: Some("market".to_owned()), ..row };
    let counted = Counted { department: "market".to_owned(), satisfaction, by_default, place: None, device: None };
    let entry = Entry { at: Timestamp::parse(rated).expect("a time"), counted: Some(counted), ..Entry::default() };
    app.store.enter(row, "rating2026", entry, AuditEntry::default(), None).await.expect("entered");
}

fn order(due: &str, state: &str, replied: Option<&str>) -> Value {
    json!({ "no": "", "kind": "order", "department": "market", "cards": [], "content": "请说明", "state": state,
        "issued_at": at("2026-03-01"), "due": at(due), "replied_at": replied.map(at), "withdrawn_at": null, "steps": [] })
}

fn measure(kind: &str, when: &str) -> Value {
    json!({ "no": "1", "kind": kind, "text": "约谈负责人", "by": "ming", "at": at(when), "due": null, "reply": null,
        "replied_at": null, "accepted_at": null })
}

fn check(score: u32, when: &str) -> Value {
    json!({ "case": { "department": "market", "case_no": score.to_string() }, "authentic": true, "timely": true,
        "complete": true, "accurate": true, "lawful": true, "deductions": {}, "score": score, "grade": "优秀", "text": "",
        "by": "ming", "at": at(when) })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_registers_hold_is_measured_as_a_hand_counts_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    complaint(
        app,
        "2026-03-02",
        Some("2026-03-10"),
        true,
        json!({ "outcome": "substantiated", "severity": "serious" }),
    )
    .await;
    complaint(app, "2026-02-20", Some("2026-03-11"), true, json!({ "outcome": "partly" })).await;
    complaint(
        app,
        "2026-03-03",
        Some("2026-03-12"),
        false,
        json!({ "outcome": "substantiated", "severity": "medium" }),
    )
    .await;
    complaint(app, "2026-03-04", Some("2026-03-13"), true, json!({ "outcome": "malicious" })).await;
    complaint(app, "2026-03-05", Some("2026-03-14"), true, json!({ "outcome": "unsubstantiated" })).await;
    complaint(app, "2026-03-20", None, true, json!({})).await;
    let named = json!({ "name": "钱二", "phone": "13000000001" });
    rating(app, "2026-03-03", 1, false, json!({})).await;
    rating(app, "2026-03-04", 1, true, json!({})).await;
    // To be put right by 17 March, without a name; by 18 March and called back about three working days later; never.
    rating(app, "2026-02-24", 5, false, json!({ "rectified_at": at("2026-03-02") })).await;
    let back = json!({ "rater": named, "rectified_at": at("2026-03-10"), "called_back_at": at("2026-03-12") });
    rating(app, "2026-02-25", 4, false, back).await;
    rating(app, "2026-02-26", 4, false, json!({ "rater": named })).await;
    rating(app, "2026-03-05", 5, false, json!({ "dismissed_at": at("2026-03-09") })).await;
    for one in [
        order("2026-03-05", "replied", Some("2026-03-04")),
        order("2026-03-10", "issued", None),
        order("2026-03-11", "withdrawn", None),
        order("2026-02-10", "issued", None),
    ] {
        matter(app, "order", one["state"].as_str().expect("a state").to_owned().as_str(), one).await;
    }
    let investigation = json!({ "no": "", "department": "market", "origin": "report", "refs": [], "subject": "收费",
        "state": "closed", "proposed_by": "ming", "proposed_at": at("2026-02-20"), "decided_by": null, "lead": null,
        "team": [], "due": null, "conclude_due": null, "notice": null, "statement_due": null, "statement": null,
        "evidence": [], "conclusion": null, "revisit": null, "steps": [],
        "measures": [measure("talk", "2026-03-05"), measure("notice", "2026-03-06"), measure("correct", "2026-02-27")] });
    matter(app, "investigation", "closed", investigation).await;
    let plan = json!({ "no": "", "name": "一季度", "population": { "department": "market", "from": "2026-01-01",
        "to": "2026-02-28" }, "population_count": 3, "population_digest": "", "seed": "", "size": 3, "form": [],
        "state": "drawn", "drawn": [], "steps": [],
        "checks": [check(1000, "2026-03-05"), check(955, "2026-03-06"), check(1000, "2026-02-06")] });
    matter(app, "sampling", "drawn", plan).await;

    let (from, to) = ("2026-03-01".parse().expect("a date"), "2026-04-01".parse().expect("a date"));
    let all = app.measures("market", from, to).await.expect("measures");
    let of = |name: &str| {
        let found = all.iter().find(|m| m.name == name)?;
        Some((found.value? / ONE, found.denominator?))
    };
    for (name, hits, whole) in [
        ("complaints_serious", 1, 3),
        ("complaints_medium", 0, 3),
        ("complaints_minor", 1, 3),
        ("complaints_late", 0, 5),
        ("complaints_false", 0, 5),
        ("satisfied", 1, 1),
        ("ratings_active", 2, 3),
        ("bad_rectified", 2, 3),
        ("answered_in_time", 1, 2),
        ("talks", 1, 1),
        ("circulars", 1, 1),
        ("orders_correct", 0, 0),
        ("sample_clean", 1, 2),
        ("falsified", 0, 2),
    ] {
        assert_eq!(of(name), Some((hits, whole)), "{name}");
    }
    let score = all.iter().find(|m| m.name == "sample_score").expect("a score");
    assert_eq!((score.value, score.denominator), (Some(195_500_000), Some(2)));
    // Another department has none of it.
    let other = app.measures("health", from, to).await.expect("measures");
    assert!(!other.iter().any(|m| m.name == "sample_score" || m.name == "satisfied"), "{other:?}");
}
