//! Paths: of one case step by step, of an item counted as by hand; what nobody mapped is never conforming.

use crate::api::{Asking, token};
use crate::around::{record, tell, write_labour};
use crate::care::open;
use daylight::app::App;
use daylight::paths::Period;
use daylight_domain::time::parse_date;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// A case: its steps by name, one a day from the day after acceptance; `!` sends back.
fn case(no: &str, accepted: &str, steps: &[&str], finished: Option<&str>) -> Vec<String> {
    let day = parse_date(accepted).expect("a date");
    let mut all = vec![record("accept", no, &format!("{accepted} 09:00"), &json!({ "item_code": "LB-1" }))];
    for (at, step) in (1u64..).zip(steps) {
        let day = day.checked_add_days(chrono::Days::new(at)).expect("a date");
        let (from, to) = (format!("{day} 09:00"), format!("{day} 10:00"));
        let mut one = json!({ "source_key": format!("{no}-{at}"), "step": step.trim_end_matches('!'), "started_at": from, "ended_at": to, "staff": "张三" });
        if step.ends_with('!') {
            one["action"] = "return".into();
        }
        all.push(record("step", no, &to, &one));
    }
    if let Some(finished) = finished {
        all.push(record("finish", no, &format!("{finished} 09:00"), &json!({ "finish_type": "granted" })));
    }
    all
}

async fn labour(folder: &Path) -> Arc<App> {
    let app = open(&write_labour(folder)).await;
    let mut all = Vec::new();
    // Promised are five working days: until Monday the 9th.
    for (no, accepted, steps, finished) in [
        ("V1", "2026-03-02", &["承办", "审核"][..], Some("2026-03-04")),
        // The source calls the first step otherwise; it is the same.
        ("V2", "2026-03-02", &["经办", "审核"], Some("2026-03-10")),
        ("V3", "2026-03-02", &["承办", "踏勘", "审核"], Some("2026-03-05")),
        // Sent back, and done again.
        ("V4", "2026-03-02", &["承办", "审核!", "承办", "审核"], Some("2026-03-06")),
        // A step nobody mapped.
        ("V5", "2026-03-02", &["承办", "盖章", "审核"], Some("2026-03-05")),
        // A mandatory step is missing, and nothing leads there.
        ("V6", "2026-03-02", &["审核"], Some("2026-03-04")),
        ("V7", "2026-03-02", &["承办", "审核"], None),
        ("V8", "2026-01-12", &["承办", "审核"], Some("2026-01-14")),
    ] {
        all.extend(case(no, accepted, steps, finished));
    }
    tell(&app, folder, &all).await;
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn the_paths_of_an_item_are_counted_as_by_hand() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = labour(folder.path()).await;
    let secret = token(&app, "reader", "read_only", None, 1).await;
    let reading = Asking(&app, &secret);
    let (status, all) = reading.get("/api/v1/items/LB-1/variants?from=2026-03-01&to=2026-03-31").await;
    assert_eq!(status, 200, "{all}");
    let n = |name: &str| all[name].as_u64().expect("a number");
    assert_eq!((n("cases"), n("open"), n("different"), n("others")), (6, 1, 5, 0));
    assert_eq!((n("conforming"), n("deviating"), n("unknown"), n("reworked")), (4, 1, 1, 1));
    assert_eq!(all["on_time"], json!({ "hits": 5, "of": 6, "permille": 833 }));
    let brief: Vec<Value> = all["variants"]
        .as_array()
        .expect("variants")
        .iter()
        .map(|v| json!([v["key"], v["cases"], v["on_time"]["permille"], v["median_days"], v["rules"], v["unknown"]]))
        .collect();
    let expected = [
        json!(["承办→审核", 2, 500, 2, [], 0]),
        json!(["审核", 1, 1000, 2, ["P-07", "P-08"], 0]),
        json!(["承办→审核⤺→承办↺2→审核↺2", 1, 1000, 4, [], 0]),
        json!(["承办→踏勘→审核", 1, 1000, 3, [], 0]),
        json!(["承办→［盖章］→审核", 1, 1000, 3, [], 1]),
    ];
    assert_eq!(brief, expected);
    let (_, first) = reading.get("/api/v1/items/LB-1/variants?from=2026-03-01&to=2026-03-31&limit=1").await;
    assert_eq!((first["variants"].as_array().map(Vec::len), first["others"].as_u64()), (Some(1), Some(4)));
    let (status, chart) = reading.get("/api/v1/items/LB-1/flow.svg?from=2026-03-01&to=2026-03-31").await;
    let chart = chart.as_str().expect("a chart");
    assert_eq!(status, 200);
    for words in [
        "开始的 7 件办件",
        "流程图没有的路径：“开始”→“审核” 1 次",
        "⤺ 退回：“审核”→“承办” 1 次",
        "环节“盖章”不在流程图中，无法判定，1 次",
    ] {
        assert!(chart.contains(words), "{words}: {chart}");
    }
    // Without a period: a year. Of another department, or of nobody: said.
    let (_, year) = reading.get("/api/v1/items/LB-1/variants").await;
    assert_eq!(year["cases"], 7);
    let market = token(&app, "market", "handler", Some("market"), 1).await;
    for (secret, path, code) in [
        (&secret, "/api/v1/items/none/variants", "item.unknown"),
        (&secret, "/api/v1/items/LB-1/variants?from=2026-04-02&to=2026-03-01", "stats.range"),
        (&secret, "/api/v1/items/LB-1/variants?from=x", "query.range"),
        (&market, "/api/v1/items/LB-1/variants", "auth.department"),
        (&market, "/api/v1/cases/labour/V1/path", "auth.department"),
        (&secret, "/api/v1/cases/labour/none/path", "case.unknown"),
    ] {
        let (_, answer) = Asking(&app, secret).get(path).await;
        assert_eq!(answer["code"], code, "{path}: {answer}");
    }
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_replayed_with_waiting_work_and_where_it_strayed() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = labour(folder.path()).await;
    let secret = token(&app, "reader", "read_only", None, 1).await;
    let path = async |no: &str| Asking(&app, &secret).get(&format!("/api/v1/cases/labour/{no}/path")).await.1;
    let good = path("V2").await;
    assert_eq!(
        (&good["standing"], &good["key"], &good["working_days"]),
        (&json!("conforms"), &json!("承办→审核"), &json!(6))
    );
    let first = &good["legs"][0];
    assert_eq!(
        (&first["name"], &first["source_name"], &first["node"]),
        (&json!("承办"), &json!("经办"), &json!("examine"))
    );
    assert_eq!(
        (&first["waited_days"], &first["worked_days"], &first["people"]),
        (&json!(1), &json!(0), &json!(["张三"]))
    );
    let again = path("V4").await;
    let rounds: Vec<&Value> = again["legs"].as_array().expect("legs").iter().map(|l| &l["round"]).collect();
    assert_eq!(rounds, [&json!(1), &json!(1), &json!(2), &json!(2)]);
    let unmapped = path("V5").await;
    assert_eq!((&unmapped["standing"], &unmapped["unmapped"]), (&json!("unknown"), &json!(["盖章"])));
    assert_eq!(unmapped["legs"][1]["node"], Value::Null);
    let strayed = path("V6").await;
    let rules: Vec<&Value> = strayed["deviations"].as_array().expect("deviations").iter().map(|d| &d["rule"]).collect();
    assert_eq!((rules, &strayed["legs"][0]["strayed"]), (vec![&json!("P-08"), &json!("P-07")], &json!(true)));
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_cases_than_a_page_are_all_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = open(&write_labour(folder.path())).await;
    // Many begin at the same instant, so that a page ends among them.
    let all: Vec<String> = (0..1203)
        .flat_map(|n| case(&format!("N{n:05}"), "2026-03-02", &["承办", "审核"], Some("2026-03-04")))
        .collect();
    tell(&app, folder.path(), &all).await;
    let period = Period { from: parse_date("2026-03-01"), to: parse_date("2026-03-31") };
    let counted = app.variants("LB-1", None, period, 10).await.expect("variants").counted;
    assert_eq!((counted.cases, counted.different, counted.variants[0].cases), (1203, 1, 1203));
    app.close().await;
}
