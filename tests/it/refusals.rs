//! What is refused is refused in the words of who reads it: a page speaks no word of how programs ask, in either language, whatever was
//! sent; and what makes no sense is refused with a way out.

use crate::api::{Asking, token};
use crate::county::county;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, header};
use daylight::api::ask;
use daylight::app::App;
use daylight::problem::registry;
use serde_json::{Value, json};
use std::sync::Arc;

/// What is for programs.
const FOR_PROGRAMS: &[&str] = &["JSON", "/api/", "openapi", " at line ", "Idempotency", "GET ", "POST ", "`"];

/// As a browser sends a form: status, media type, page.
async fn sent(
    app: &Arc<App>,
    who: &str,
    (method, path): (Method, &str),
    body: Vec<u8>,
    lang: &str,
) -> (u16, String, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::COOKIE, format!("daylight=secret of {who}; lang={lang}"))
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "text/html,application/xhtml+xml");
    let answer = ask(app, request.body(Body::from(body)).expect("a request")).await;
    let media = answer.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
    let status = answer.status().as_u16();
    let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
    (status, media, String::from_utf8(bytes.to_vec()).expect("text"))
}

/// What a page says was refused, and the way out below it.
fn said(page: &str) -> String {
    let main = page.split("<main").nth(1).and_then(|p| p.split("</main>").next()).unwrap_or(page);
    let alert = main.split("role=\"alert\">").nth(1).and_then(|p| p.split('<').next()).unwrap_or("");
    let way =
        main.split("role=\"alert\">").nth(1).and_then(|p| p.split("<p>").nth(1)).and_then(|p| p.split('<').next());
    format!("{alert} {}", way.unwrap_or(""))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_on_a_page_is_a_page_in_the_language_of_its_reader() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    token(app, "ming", "supervision", None, 1).await;
    // Too large a file, from whoever is signed in and from nobody.
    for who in ["ming", "nobody"] {
        let place = (Method::POST, "/investigations/DC1/documents");
        let (status, media, page) = sent(app, who, place.clone(), vec![b'x'; (16 << 20) + 1], "zh").await;
        assert!(status == 413 && media.starts_with("text/html"), "{status} {media}");
        assert!(page.contains("大于 16 MiB") && page.contains("选择不超过 16 MiB 的文件"), "{page}");
        let (status, _, page) = sent(app, who, place, vec![b'x'; (16 << 20) + 1], "en").await;
        assert!(status == 413 && page.contains("Choose a file of at most 16 MiB"), "{page}");
    }
    // A program is answered as a program, and what is exactly as large as may be is read.
    let (status, told) =
        Asking(app, "secret of ming").send(Method::POST, "/api/v1/complaints", &[], &"x".repeat((16 << 20) + 1)).await;
    assert_eq!((status.as_u16(), told["code"].as_str()), (413, Some("http.body-too-large")), "{told}");
    let fits = sent(app, "ming", (Method::POST, "/investigations/DC1/documents"), vec![b'x'; 16 << 20], "zh").await;
    assert_ne!(fits.0, 413);
    let (status, media, page) = sent(app, "ming", (Method::GET, "/nowhere"), Vec::new(), "zh").await;
    assert!(status == 404 && media.starts_with("text/html") && page.contains("从页面上的链接进入"), "{status} {page}");
    // Whatever is sent by a form.
    let forms = [
        "/orders",
        "/cards",
        "/investigations",
        "/samples",
        "/exclusions",
        "/entries",
        "/complaints",
        "/enquiries",
        "/ratings",
        "/publications",
        "/scores",
        "/orders/none/reply",
        "/complaints/none/accept",
        "/nowhere",
        "/quarantine/replay",
    ];
    let rubbish = ["", "days=three&department=market", "department=nowhere&content=x&kind=order&cards=a", "text=%00"];
    for form in forms {
        for body in rubbish {
            for lang in ["zh", "en"] {
                let (status, media, page) = sent(app, "ming", (Method::POST, form), body.into(), lang).await;
                assert!(status >= 400 && media.starts_with("text/html"), "{form} {body}: {status} {media} {page}");
                let said = said(&page);
                assert!(said.trim().chars().count() > 5, "{form} {body} says why: {page}");
                for word in FOR_PROGRAMS {
                    assert!(!said.contains(word), "{form} {body} {lang}: “{word}” in {said}");
                }
            }
        }
    }
    let (_, _, page) = sent(app, "ming", (Method::GET, "/cases?limit=all"), Vec::new(), "zh").await;
    assert!(!said(&page).contains("openapi") && said(&page).contains("limit"), "{page}");
}

#[test]
fn every_way_out_of_a_program_has_one_for_a_page() {
    let program = |words: &str| ["/api/", "openapi", "Idempotency", "GET ", "POST "].iter().any(|w| words.contains(w));
    for (code, entry) in registry::all() {
        let page = !entry.page_zh.is_empty() && !entry.page_en.is_empty();
        assert!(page || !(program(entry.fix_zh) || program(entry.fix_en)), "{code} lacks page_zh or page_en");
        assert!(!program(entry.page_zh) && !program(entry.page_en), "{code}");
        assert_eq!(entry.page_zh.is_empty(), entry.page_en.is_empty(), "{code} says it in one language only");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused_with_a_way_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    app.pull("market", "manual").await.expect("a run");
    token(app, "ming", "supervision", None, 1).await;
    token(app, "fa", "legal_office", None, 1).await;
    let post = async |who: &str, path: &str, body: Value| {
        let secret = format!("secret of {who}");
        let (status, told) =
            Asking(app, &secret).send(Method::POST, &format!("/api/v1/{path}"), &[], &body.to_string()).await;
        (status.as_u16(), told["code"].as_str().unwrap_or("").to_owned(), told)
    };
    let refused = |(status, code, told): (u16, String, Value), wanted: (u16, &str)| {
        assert_eq!((status, code.as_str()), wanted, "{told}");
        assert!(told["fix"].as_str().is_some_and(|fix| !fix.is_empty()), "{told}");
    };
    // A card by hand is about something.
    let card = json!({ "rule": "M-02", "department": "market", "text": "窗口无人值守" });
    refused(post("ming", "cards", card.clone()).await, (400, "card.object"));
    let blank = json!({ "rule": "M-02", "department": "market", "text": "窗口无人值守", "object": " " });
    refused(post("ming", "cards", blank).await, (400, "card.object"));
    let about = json!({ "rule": "M-02", "department": "market", "text": "窗口无人值守", "object": "3 号窗口" });
    let (status, _, written) = post("ming", "cards", about).await;
    assert_eq!(status, 201, "{written}");
    // An order lists a card once.
    let no = written["no"].as_str().expect("a number");
    let order = |cards: Value| json!({ "kind": "order", "department": "market", "content": "请说明", "cards": cards });
    refused(post("ming", "supervision-orders", order(json!([no, no]))).await, (400, "order.card-twice"));
    assert_eq!(post("ming", "supervision-orders", order(json!([no]))).await.0, 201);
    // A week begins on a Monday: 2026-03-02 was one.
    let week = |from: &str| json!({ "kind": "weekly_orders", "from": from, "scope": "监察内部" });
    refused(post("ming", "publications", week("2026-03-03")).await, (400, "publication.period"));
    assert_eq!(post("ming", "publications", week("2026-03-02")).await.0, 201);
    // One draft of a version at a time; after it was withdrawn, another.
    let code = app.config.rules.catalogue.newest().find(|i| i.department == "market").expect("an item").code.clone();
    let (status, _, draft) = post("fa", "item-drafts", json!({ "code": code })).await;
    assert_eq!(status, 201, "{draft}");
    let again = post("fa", "item-drafts", json!({ "code": code })).await;
    let no = draft["no"].as_str().expect("a number");
    assert!(again.2["detail"].as_str().is_some_and(|d| d.contains(no)), "it names the other: {}", again.2);
    refused(again, (409, "draft.twice"));
    assert_eq!(post("fa", &format!("item-drafts/{no}/withdraw"), json!({ "text": "重新起草" })).await.0, 200);
    assert_eq!(post("fa", "item-drafts", json!({ "code": code })).await.0, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_links_of_the_demonstration_lead_to_where_it_listens() {
    let folder = tempfile::tempdir().expect("a folder");
    let address = "127.0.0.1:4711".parse().expect("an address");
    let demo = daylight::demo::place::Demo::at(folder.path(), (0, 1), Some(address)).await.expect("a county");
    let link = demo.app.link_address("dll_0");
    assert!(link.starts_with("http://127.0.0.1:4711/"), "{link}");
    demo.app.close().await;
}
