//! Exclusions from statistics: asked for with a document, approved by another, found while they run.

use crate::api::{Asking, token};
use crate::county::county;
use axum::http::Method;
use daylight::app::App;
use daylight_store::FindingFilter;
use serde_json::{Value, json};
use std::sync::Arc;

async fn post(app: &Arc<App>, secret: &str, path: &str, words: Value) -> (u16, Value) {
    let path = format!("/api/v1/exclusions{path}");
    let (status, answer) = Asking(app, secret).send(Method::POST, &path, &[], &words.to_string()).await;
    (status.as_u16(), answer)
}

fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["code"].as_str().unwrap_or(""))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exclusion_is_approved_by_another_found_while_it_runs_and_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let county = county(folder.path()).await;
    let app = &county.app;
    let ming = token(app, "ming", "supervision", None, 90).await;
    let zhao = token(app, "zhao", "leader", None, 90).await;
    let hua = token(app, "hua", "handler", Some("market"), 90).await;
    let li = token(app, "li", "handler", Some("health"), 90).await;
    let today = app.clock.now().date();
    let to = today.checked_add_days(chrono::Days::new(9)).expect("a date");
    let good =
        json!({ "department": "market", "from": today, "to": to, "reason": "机房搬迁", "document": "监〔2026〕3号" });
    let changed = |name: &str, value: Value| {
        let mut one = good.clone();
        one[name] = value;
        one
    };
    for (words, problem) in [
        (changed("department", json!("nowhere")), (404, "department.unknown")),
        (changed("document", json!(" ")), (400, "exclusion.request")),
        (changed("to", json!("2020-01-01")), (400, "exclusion.request")),
        (changed("to", json!("2099-01-01")), (400, "exclusion.request")),
        (changed("item", json!("no such item")), (404, "item.unknown")),
        (changed("more", json!(1)), (400, "exclusion.request")),
    ] {
        assert_eq!(code(&post(app, &ming, "", words).await), problem);
    }
    assert_eq!(code(&post(app, &hua, "", good.clone()).await), (403, "auth.scope"));
    let (status, one) = post(app, &ming, "", good.clone()).await;
    assert_eq!((status, &one["state"]), (201, &json!("proposed")), "{one}");
    let no = one["no"].as_str().expect("a number").to_owned();

    // Before it is approved it leaves nothing out, and its department knows nothing of it.
    assert!(app.exclusions(today, to).await.expect("exclusions").is_empty());
    let (hidden, _) = Asking(app, &hua).get(&format!("/api/v1/exclusions/{no}")).await;
    assert_eq!(hidden.as_u16(), 404);
    let approve = format!("/{no}/approve");
    assert_eq!(code(&post(app, &ming, &approve, json!({})).await), (403, "exclusion.same-person"));
    assert_eq!(post(app, &zhao, &approve, json!({})).await.0, 200);
    assert_eq!(code(&post(app, &zhao, &approve, json!({})).await), (409, "exclusion.state"));
    let all = app.exclusions(today, today).await.expect("exclusions");
    assert_eq!(all.iter().map(|e| (e.no.as_str(), e.approved_by.as_str())).collect::<Vec<_>>(), [(&*no, "zhao")]);
    let (seen, _) = Asking(app, &hua).get(&format!("/api/v1/exclusions/{no}")).await;
    let (not_theirs, _) = Asking(app, &li).get(&format!("/api/v1/exclusions/{no}")).await;
    assert_eq!((seen.as_u16(), not_theirs.as_u16()), (200, 403));

    // Every table that leaves the house names it, and says whether its own rows are less for it.
    for (kind, said) in [
        ("monthly", "未计入"),
        ("scores", "未计入"),
        ("supervision", "统计排除（本表照列）"),
        ("cards", "统计排除（本表照列）"),
        ("complaints", "统计排除（本表照列）"),
        ("ratings", "统计排除（本表照列）"),
    ] {
        let export = format!("/api/v1/exports/{kind}?from={today}&to={to}&format=csv");
        let (_, table) = Asking(app, &ming).get(&export).await;
        let named = |t: &str| t.contains(said) && t.contains("机房搬迁（监〔2026〕3号）");
        assert!(table.as_str().is_some_and(named), "{kind}: {table}");
    }

    // A finding at once, once, and no card: a hint.
    let filter = FindingFilter { rule: Some("U-10".to_owned()), limit: 10, ..FindingFilter::default() };
    app.look_at_everything().await.expect("a round");
    let found = app.store.findings(&filter).await.expect("findings");
    assert_eq!(found.iter().map(|f| f.finding.object_id.clone()).collect::<Vec<_>>(), [format!("market/{no}")]);

    // Ended early it still leaves out what it covered; withdrawn, nothing.
    let end = json!({ "to": today, "text": "提前恢复" });
    assert_eq!(post(app, &ming, &format!("/{no}/end"), end.clone()).await.0, 200);
    assert_eq!(code(&post(app, &ming, &format!("/{no}/end"), end).await), (400, "exclusion.days"));
    let tomorrow = today.succ_opt().expect("a date");
    assert!(app.exclusions(tomorrow, to).await.expect("exclusions").is_empty());
    assert_eq!(app.exclusions(today, to).await.expect("exclusions").len(), 1);
    assert_eq!(code(&post(app, &ming, &format!("/{no}/withdraw"), json!({})).await), (400, "exclusion.words"));
    assert_eq!(post(app, &ming, &format!("/{no}/withdraw"), json!({ "text": "误报" })).await.0, 200);
    assert!(app.exclusions(today, to).await.expect("exclusions").is_empty());
}
