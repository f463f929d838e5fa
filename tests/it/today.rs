//! What waits for whom: every number leads to as many rows, each row may be gone on with by who is told of it, and nobody is told of what
//! another has to decide.

use crate::api::{Asking, token};
use crate::county::county;
use crate::web::Browser;
use axum::http::Method;
use daylight::app::App;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who there is: name, role, department.
const PEOPLE: &[(&str, &str, Option<&str>)] = &[
    ("jian", "supervision", None),
    ("fang", "supervision", None),
    ("wei", "commission", None),
    ("ling", "leader", None),
    ("fu", "service_centre", None),
    ("fa", "legal_office", None),
    ("gai", "development_bureau", None),
    ("cai", "finance", None),
    ("kan", "read_only", None),
    ("ji", "system_admin", None),
    ("hua", "handler", Some("market")),
    ("tou", "department_leader", Some("market")),
    ("bie", "handler", Some("health")),
];

async fn done(app: &Arc<App>, who: &str, path: &str, body: Value) -> Value {
    let secret = format!("secret of {who}");
    let (status, answer) =
        Asking(app, &secret).send(Method::POST, &format!("/api/v1/{path}"), &[], &body.to_string()).await;
    assert!(status.is_success(), "{who} {path}: {answer}");
    answer
}

fn no(answer: &Value) -> String {
    answer["no"].as_str().expect("a number").to_owned()
}

/// One of everything that waits, and of each something its own author may not decide.
pub async fn busy_as(app: &Arc<App>, (jian, fu, hua, wei, fa): (&str, &str, &str, &str, &str)) {
    let order = json!({ "kind": "order", "department": "market", "content": "请按期反馈" });
    done(app, jian, "supervision-orders", order.clone()).await;
    let answered = no(&done(app, fu, "supervision-orders", order).await);
    done(app, hua, &format!("supervision-orders/{answered}/reply"), json!({ "text": "已反馈" })).await;
    let about = json!({ "department": "market", "origin": "report", "subject": "群众反映收费不一" });
    done(app, jian, "investigations", about.clone()).await;
    done(app, wei, "investigations", about).await;
    let left_out = json!({ "department": "market", "from": "2026-03-02", "to": "2026-03-03", "reason": "机房搬迁", "document": "监 3" });
    done(app, jian, "exclusions", left_out).await;
    let entry = json!({ "standard": "county-2025", "department": "market", "period": "2026-03", "indicator": "G2",
        "points": -100, "reason": "约谈", "document": "约谈记录 2" });
    done(app, jian, "manual-entries", entry).await;
    let bulletin = json!({ "kind": "finished", "from": "2026-03-02", "scope": "社会公众" });
    done(app, jian, "publications", bulletin).await;
    let complaint = json!({ "department": "market", "title": "材料", "content": "两次说法不同", "complainant": { "name": "赵一" } });
    for _ in 0..2 {
        done(app, fu, "complaints", complaint.clone()).await;
    }
    let assigned = no(&done(
        app,
        fu,
        "complaints",
        json!({ "department": "market", "title": "态度", "content": "说话难听", "complainant": { "name": "钱二" } }),
    )
    .await);
    done(app, fu, &format!("complaints/{assigned}/accept"), json!({ "text": "已受理" })).await;
    done(app, fu, &format!("complaints/{assigned}/assign"), json!({ "department": "market" })).await;
    let asked = json!({ "department": "market", "title": "材料", "content": "要什么？", "asker": { "name": "赵一" } });
    done(app, fu, "enquiries", asked.clone()).await;
    let returned =
        no(&done(app, fu, "enquiries", json!({ "department": "market", "title": "社保", "content": "去哪里办？" }))
            .await);
    done(app, hua, &format!("enquiries/{returned}/return"), json!({ "text": "不是本部门的事项" })).await;
    let answered =
        no(&done(app, fu, "enquiries", json!({ "department": "market", "title": "时间", "content": "几点开门？" }))
            .await);
    done(app, hua, &format!("enquiries/{answered}/reply"), json!({ "text": "八点半" })).await;
    let rated = json!({ "department": "market", "satisfaction": 5, "channel": "phone", "rater": { "name": "赵一" } });
    done(app, fu, "ratings", rated.clone()).await;
    let appealed = no(&done(
        app,
        fu,
        "ratings",
        json!({ "department": "market", "satisfaction": 5, "channel": "phone", "rater": { "name": "孙三" } }),
    )
    .await);
    done(app, hua, &format!("ratings/{appealed}/appeal"), json!({ "text": "不是本部门的业务" })).await;
    // A licence is reviewed by the legal office, but not by who drafted it there.
    let of = |licence: bool| {
        let fits = |i: &&Arc<daylight_domain::item::Item>| i.department == "market" && (i.task_type == "01") == licence;
        app.config.rules.catalogue.newest().filter(fits).map(|i| i.code.clone()).collect::<Vec<_>>()
    };
    for (who, code) in [hua, fa].into_iter().zip(of(true)) {
        let draft = no(&done(app, who, "item-drafts", json!({ "code": code })).await);
        done(app, who, &format!("item-drafts/{draft}/submit"), json!({ "text": "请审核" })).await;
    }
}

/// Numbers of the overview that lead to what waits: address and count.
fn numbers(page: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for part in page.split("href=\"").skip(1) {
        let (address, rest) = part.split_once('"').expect("an address");
        let address = address.replace("&amp;", "&").replace("&#38;", "&");
        if address.contains("waiting=mine") {
            let digits = |c: char| !c.is_ascii_digit();
            let number = rest.split_once("<b>").expect("a number").1.split(digits).next().expect("digits");
            found.push((address, number.parse().expect("a number")));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_what_its_list_says_and_may_be_gone_on_with() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    for id in ["market", "health"] {
        app.pull(id, "manual").await.expect("a run");
    }
    for (name, role, department) in PEOPLE {
        token(app, name, role, *department, 1).await;
    }
    busy_as(app, ("jian", "fu", "hua", "wei", "fa")).await;
    daylight_tests::looks::frozen_report(app, "market").await;
    let mut told: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, ..) in PEOPLE {
        let secret = format!("secret of {name}");
        let browser = Browser(app, &secret);
        let (status, home) = browser.page("/").await;
        assert_eq!(status, 200, "{name}");
        let (_, today) = Asking(app, &secret).get("/api/v1/today").await;
        let waiting = today["waiting"].as_array().expect("a list").clone();
        let shown = numbers(&home);
        assert_eq!(shown.len(), waiting.len(), "{name}: every number leads somewhere: {waiting:?} {shown:?}");
        for ((address, count), one) in shown.iter().zip(&waiting) {
            assert_eq!(Value::from(*count), one["count"], "{name} {address}");
            assert!(*count > 0, "{name} {address}");
            let (status, list) = browser.page(&format!("{address}&limit=1000")).await;
            assert_eq!(status, 200, "{name} {address}");
            let place = address.split('?').next().expect("a place");
            let table = list.split("<tbody>").nth(1).and_then(|t| t.split("</tbody>").next()).unwrap_or("");
            let rows: Vec<&str> = table.split("<th scope=\"row\">").skip(1).collect();
            assert_eq!(rows.len(), *count, "{name} {address}");
            for row in rows.iter().take(3) {
                let file = row.split("href=\"").nth(1).and_then(|h| h.split('"').next()).expect("a link");
                let (status, page) = browser.page(file).await;
                assert_eq!(status, 200, "{name} {file}");
                assert!(page.contains(&format!("action=\"{file}/")), "{name} may go on with {file} of {place}: {page}");
            }
            told.entry(name).or_default().push(format!(
                "{}:{}={count}",
                one["what"].as_str().expect("a word"),
                one["state"].as_str().expect("a word")
            ));
        }
    }
    let of = |name: &str| told.get(name).cloned().unwrap_or_default();
    let has = |name: &str, what: &str| of(name).iter().any(|w| w == what);
    // Who proposed does not decide, others do.
    assert!(has("jian", "investigations:proposed=1") && has("fang", "investigations:proposed=2"), "{told:?}");
    for what in ["publications:draft", "exclusions:proposed", "entries:proposed"] {
        assert!(!has("jian", &format!("{what}=1")), "{what}: {told:?}");
        assert!(has("fang", &format!("{what}=1")) && has("ling", &format!("{what}=1")), "{what}: {told:?}");
    }
    // A department answers enquiries; the desk gives what was sent back to another, and closes what was answered.
    assert!(has("hua", "enquiries:registered=2") && has("fu", "enquiries:registered=1"), "{told:?}");
    assert!(has("fu", "enquiries:replied=1") && !of("bie").iter().any(|w| w.starts_with("enquiries")), "{told:?}");
    assert!(has("hua", "complaints:assigned=1") && has("fu", "complaints:registered=2"), "{told:?}");
    assert!(
        has("hua", "ratings:open=1") && has("fu", "ratings:appealed=1") && !has("fu", "ratings:open=1"),
        "{told:?}"
    );
    // The legal office reviews the department's draft, not its own; the development bureau no licence.
    assert!(has("fa", "item-drafts:submitted=1"), "{told:?}");
    assert!(of("gai").is_empty() && of("cai").is_empty() && of("kan").is_empty() && of("ji").is_empty(), "{told:?}");
    // The report of a trial waits for one of the department and one of the county, and for nobody else.
    let signs = |name: &str| has(name, "gate-reports:open=1");
    assert!(["jian", "fang", "fu", "hua", "tou"].into_iter().all(signs), "{told:?}");
    assert!(!["wei", "ling", "bie"].into_iter().any(signs), "{told:?}");
    let (status, refused) = Asking(app, "secret of jian").get("/api/v1/exclusions?waiting=yours").await;
    assert_eq!((status.as_u16(), refused["code"].as_str()), (400, Some("query.waiting")), "{refused}");
}
