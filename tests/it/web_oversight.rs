//! The pages of the procedures and of what people say, as browsers without scripts see them: an order is replied to and closed, an
//! investigation led to its conclusion, a complaint to the archive, an exclusion approved; each role sees and does its own only.

use crate::api::{Asking, token};
use crate::county::county;
use crate::score::supervised;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use axum::response::Response;
use daylight::api::ask;
use daylight::app::App;
use daylight::evaluate::Ran;
use daylight_store::CardFilter;
use serde_json::json;
use std::sync::Arc;

/// A browser: the session in a cookie, forms sent from our own pages.
struct Browser<'a>(&'a Arc<App>, String);

impl Browser<'_> {
    async fn send(&self, method: Method, path: &str, media: &str, body: Vec<u8>) -> Response {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, format!("daylight={}", self.1))
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, media)
            .header(header::ACCEPT, "text/html");
        ask(self.0, request.body(Body::from(body)).expect("a request")).await
    }

    async fn see(&self, path: &str) -> (u16, String) {
        let answer = self.send(Method::GET, path, "text/plain", Vec::new()).await;
        (answer.status().as_u16(), text(answer).await)
    }

    /// A page that is there.
    async fn page(&self, path: &str) -> String {
        let (status, page) = self.see(path).await;
        assert_eq!(status, 200, "{path}: {page}");
        page
    }

    /// A form as a browser sends it: status, where it leads, the page that stands there.
    async fn fill(&self, action: &str, fields: &[(&str, &str)]) -> (u16, String, String) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let sent = form.finish().into_bytes();
        let answer = self.send(Method::POST, action, "application/x-www-form-urlencoded", sent).await;
        let to = answer.headers().get(header::LOCATION).map(|v| v.to_str().expect("words").to_owned());
        (answer.status().as_u16(), to.unwrap_or_default(), text(answer).await)
    }

    /// A form that is done: where it leads.
    async fn done(&self, action: &str, fields: &[(&str, &str)]) -> String {
        let (status, to, page) = self.fill(action, fields).await;
        assert_eq!(status, 303, "{action} {fields:?}: {}", said(&page));
        to
    }

    /// A file chosen in a form.
    async fn choose(&self, action: &str, name: &str, bytes: &str) -> Response {
        let body = format!(
            "--line\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: \
             text/plain\r\n\r\n{bytes}\r\n--line--\r\n"
        );
        self.send(Method::POST, action, "multipart/form-data; boundary=line", body.into_bytes()).await
    }
}

async fn text(answer: Response) -> String {
    let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// What a page says was refused.
fn said(page: &str) -> &str {
    page.split("role=\"alert\">").nth(1).and_then(|p| p.split('<').next()).unwrap_or(page)
}

/// Whether a form is offered.
fn offers(page: &str, action: &str) -> bool {
    page.contains(&format!("action=\"{action}\""))
}

/// The acts offered on a file.
fn acts(page: &str, file: &str) -> Vec<String> {
    let begins = format!("action=\"{file}/");
    page.split(&begins).skip(1).filter_map(|p| p.split('"').next()).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_replied_to_and_closed_and_what_was_refused_stands_there_still() {
    let folder = tempfile::tempdir().expect("a folder");
    let county = county(folder.path()).await;
    let app = &county.app;
    let ming = Browser(app, token(app, "ming", "supervision", None, 1).await);
    let centre = Browser(app, token(app, "centre", "service_centre", None, 1).await);
    let hua = Browser(app, token(app, "hua", "handler", Some("market"), 1).await);
    let reader = Browser(app, token(app, "reader", "read_only", None, 1).await);

    assert!(offers(&centre.page("/orders").await, "/orders") && offers(&ming.page("/orders").await, "/orders"));
    for other in [&hua, &reader] {
        assert!(!offers(&other.page("/orders").await, "/orders"), "only who may order is offered to");
        assert_eq!(other.fill("/orders", &[("kind", "order")]).await.0, 403);
    }
    // No such card: the form says so and keeps every word.
    let wrong = [("kind", "assigned"), ("department", "market"), ("content", "请书面说明<b>"), ("cards", "none")];
    let (status, _, page) = centre.fill("/orders", &wrong).await;
    assert_eq!(status, 404);
    assert!(said(&page).contains("card.unknown") && page.contains("请书面说明&#60;b&#62;</textarea>"), "{page}");
    assert!(page.contains("<option value=\"assigned\" selected>") && page.contains(">none</textarea>"), "{page}");
    let file = centre.done("/orders", &wrong[..3]).await;

    // The department replies, and does not close; whoever looks on does neither.
    assert_eq!(acts(&hua.page(&file).await, &file), ["reply"]);
    assert_eq!(acts(&centre.page(&file).await, &file), ["withdraw"]);
    assert!(acts(&reader.page(&file).await, &file).is_empty());
    let (status, _, page) = hua.fill(&format!("{file}/reply"), &[("text", "  ")]).await;
    assert_eq!((status, said(&page).contains("order.words")), (400, true), "{page}");
    hua.done(&format!("{file}/reply"), &[("text", "原因与整改如下")]).await;
    assert_eq!(acts(&centre.page(&file).await, &file), ["close", "return", "withdraw"]);
    centre.done(&format!("{file}/return"), &[("text", "没有写明原因"), ("days", "2")]).await;
    hua.done(&format!("{file}/reply"), &[("text", "原因是漏收")]).await;
    centre.done(&format!("{file}/close"), &[]).await;
    let page = ming.page(&file).await;
    assert!(acts(&page, &file).is_empty() && page.contains("已办结") && page.contains("没有写明原因"), "{page}");
    assert!(ming.page("/orders?lang=en").await.contains("closed <b>1</b>"), "how much is where, in English");
    assert!(ming.page("/orders?state=closed&lang=zh").await.contains(&file));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_investigation_goes_to_its_conclusion_and_two_powers_stay_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let county = county(folder.path()).await;
    let app = &county.app;
    let ming = Browser(app, token(app, "ming", "supervision", None, 1).await);
    let hong = Browser(app, token(app, "hong", "commission", None, 1).await);
    let zhao = Browser(app, token(app, "zhao", "leader", None, 1).await);
    let hua = Browser(app, token(app, "hua", "handler", Some("market"), 1).await);
    let centre = Browser(app, token(app, "centre", "service_centre", None, 1).await);
    let reader = Browser(app, token(app, "reader", "read_only", None, 1).await);

    let asked =
        [("department", "market"), ("origin", "report"), ("refs", "举报 1\n举报 2"), ("subject", "收件后不受理")];
    let file = ming.done("/investigations", &asked).await;
    for other in [&centre, &reader] {
        assert_eq!(other.see("/investigations").await.0, 403);
        assert!(!other.page("/orders").await.contains("href=\"/investigations\""), "nor the way there");
    }
    assert_eq!(hua.see(&file).await.0, 404, "before the notice there is nothing for the department");
    assert!(acts(&ming.page(&file).await, &file).is_empty(), "who proposes does not approve");
    assert_eq!(acts(&zhao.page(&file).await, &file), ["approve", "decline"]);
    let (status, _, page) = zhao.fill(&format!("{file}/approve"), &[("lead", "ming"), ("text", "请尽快")]).await;
    assert_eq!((status, said(&page).contains("investigation.team")), (403, true), "{page}");
    assert!(page.contains(">请尽快</textarea>") && page.contains("<option value=\"ming\" selected>"), "{page}");
    let team = [("lead", "ming"), ("team", "ming"), ("team", "hong")];
    zhao.done(&format!("{file}/approve"), &team).await;

    // The team tells the department, which states its case with a file; the team adds evidence.
    assert_eq!(acts(&ming.page(&file).await, &file), ["documents", "notify", "evidence", "team"]);
    assert_eq!(acts(&hong.page(&file).await, &file), ["documents", "notify", "evidence"], "who does not lead it");
    ming.done(&format!("{file}/notify"), &[("text", "请说明收件后不受理的情况")]).await;
    let own = hua.page(&file).await;
    assert!(
        acts(&own, &file).contains(&"state".to_owned()) && !own.contains("举报 1") && !own.contains("收件后不受理\n")
    );
    assert_eq!(hua.choose(&format!("{file}/documents"), "C:\\a\\说明.txt", "我们的说明").await.status(), 303);
    assert_eq!(ming.choose(&format!("{file}/documents"), "照片.txt", "bytes").await.status(), 303);
    let none = zhao.choose(&format!("{file}/documents"), "x.txt", "x").await;
    assert_eq!(none.status(), 403, "who is not of the team adds nothing");
    assert!(text(none).await.contains("investigation.team"));
    let empty = ming.choose(&format!("{file}/documents"), "", "").await;
    assert_eq!(empty.status(), 400);
    let page = ming.page(&file).await;
    assert!(page.contains("说明.txt") && page.contains("照片.txt") && !page.contains("C:\\"), "{page}");
    assert!(!hua.page(&file).await.contains("照片.txt"), "each side sees its own");
    let link = page.split("/documents/").nth(1).and_then(|p| p.split('"').next()).expect("a file");
    let (status, bytes) = ming.see(&format!("/api/v1{file}/documents/{link}")).await;
    assert_eq!((status, bytes.as_str()), (200, "我们的说明"));
    hua.done(&format!("{file}/state"), &[("text", "窗口人手不足")]).await;
    ming.done(&format!("{file}/evidence"), &[("digest", link), ("text", "部门的说明")]).await;
    let found = [("outcome", "substantiated"), ("text", "三件未受理"), ("basis", "行政许可法 32"), ("problem", "")];
    ming.done(&format!("{file}/conclude"), &found).await;

    // Each power takes its own measures, and a clue is seen by nobody whom it does not concern.
    let offered = |page: &str, kind: &str| page.contains(&format!("<option value=\"{kind}\">"));
    let (service, discipline) = (ming.page(&file).await, hong.page(&file).await);
    assert!(offered(&service, "correct") && !offered(&service, "suggestion") && !offered(&service, "clue"));
    assert!(offered(&discipline, "clue") && !offered(&discipline, "correct"));
    let (status, _, page) = ming.fill(&format!("{file}/measure"), &[("kind", "suggestion"), ("text", "x")]).await;
    assert_eq!((status, said(&page).contains("auth.scope")), (403, true), "{page}");
    hong.done(&format!("{file}/measure"), &[("kind", "clue"), ("text", "另案处理的线索")]).await;
    ming.done(&format!("{file}/measure"), &[("kind", "correct"), ("text", "十日内改正")]).await;
    for other in [&zhao, &hua] {
        let page = other.page(&file).await;
        assert!(
            page.contains("十日内改正") && !page.contains("另案处理的线索") && !page.contains("移交线索"),
            "{page}"
        );
    }
    assert!(hong.page(&file).await.contains("另案处理的线索"));
    let no = format!("{}-1", file.trim_start_matches("/investigations/"));
    hua.done(&format!("{file}/reply"), &[("measure", &no), ("text", "已受理，并增加人手")]).await;
    assert!(!acts(&hong.page(&file).await, &file).contains(&"accept".to_owned()), "it is the other power's measure");
    ming.done(&format!("{file}/accept"), &[("measure", &no)]).await;
    ming.done(&format!("{file}/revisit"), &[("corrected", "true"), ("text", "已见整改")]).await;
    ming.done(&format!("{file}/close"), &[]).await;
    let page = ming.page(&format!("{file}?lang=en")).await;
    assert!(page.contains("Substantiated") && page.contains("closed") && page.contains("archived"), "{page}");
    assert!(page.contains(&format!("/api/v1{file}/paper?paper=conclusion")), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_goes_to_the_archive_and_who_complained_is_seen_with_a_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let county = county(folder.path()).await;
    let app = &county.app;
    let centre = Browser(app, token(app, "centre", "service_centre", None, 1).await);
    let hua = Browser(app, token(app, "hua", "handler", Some("market"), 1).await);
    let li = Browser(app, token(app, "li", "handler", Some("health"), 1).await);
    let hong = Browser(app, token(app, "hong", "commission", None, 1).await);
    let reader = Browser(app, token(app, "reader", "read_only", None, 1).await);
    for other in [&hong, &reader] {
        for place in ["/complaints", "/enquiries", "/ratings"] {
            assert_eq!(other.see(place).await.0, 403, "{place}");
            assert!(!other.page("/orders").await.contains(&format!("href=\"{place}\"")));
        }
    }
    let words = [
        ("department", "market"),
        ("way", "phone"),
        ("kind", "attitude"),
        ("title", "窗口态度"),
        ("content", "说了三次都不听"),
        ("complainant.name", "赵一"),
        ("complainant.phone", "13800000001"),
    ];
    let (status, _, page) = centre.fill("/complaints", &[("department", "market"), ("content", "说了三次")]).await;
    assert_eq!((status, page.contains(">说了三次</textarea>")), (400, true), "{page}");
    let (status, _, slip) = centre.fill("/complaints", &words).await;
    assert_eq!((status, slip.contains("查询码")), (200, true), "{slip}");
    let no = slip.split("href=\"/complaints/").nth(1).and_then(|p| p.split('"').next()).expect("a number").to_owned();
    let file = format!("/complaints/{no}");
    let (status, _, page) = centre.fill("/complaints", &words).await;
    assert_eq!((status, said(&page).contains("complaint.duplicate")), (409, true), "twice is once: {}", said(&page));

    // Masked; in clear for a reason, which is kept.
    let page = centre.page(&file).await;
    assert!(page.contains("赵**") && !page.contains("13800000001"), "{page}");
    let (status, page) = centre.see(&format!("{file}?reason=x")).await;
    assert_eq!((status, said(&page).contains("personal.reason"), page.contains("赵一")), (400, true, false), "{page}");
    let because: String = form_urlencoded::byte_serialize("回访联系投诉人".as_bytes()).collect();
    assert!(centre.page(&format!("{file}?reason={because}")).await.contains("13800000001"));
    let kept = app.store.audit_rows(50, None).await.expect("audit");
    assert!(kept.iter().any(|r| r.entry.action == "personal.open"
        && r.entry.object == no
        && r.entry.detail.contains("回访联系投诉人")));
    assert_eq!(hua.see(&file).await.0, 404, "not yet given to the department");

    assert_eq!(acts(&centre.page(&file).await, &file), ["accept", "reject", "route-out", "link"]);
    centre.done(&format!("{file}/accept"), &[("text", "已受理，五个工作日内答复")]).await;
    centre.done(&format!("{file}/assign"), &[("department", "market"), ("joint", "health")]).await;
    assert_eq!(acts(&hua.page(&file).await, &file), ["receive", "return"]);
    assert_eq!(acts(&li.page(&file).await, &file), ["opinion"]);
    assert!(li.page("/complaints?joint=1").await.contains(&file), "what another department leads");
    hua.done(&format!("{file}/receive"), &[]).await;
    hua.done(&format!("{file}/ask-extension"), &[("days", "3"), ("text", "需核查录像")]).await;
    centre.done(&format!("{file}/decide-extension"), &[("allowed", "true")]).await;
    let reply = [("outcome", "substantiated"), ("text", "已批评教育并道歉")];
    let (status, _, page) = hua.fill(&format!("{file}/reply"), &reply).await;
    assert_eq!((status, said(&page).contains("complaint.joint")), (409, true), "{page}");
    assert!(
        page.contains("<option value=\"substantiated\" selected>") && page.contains(">已批评教育并道歉</textarea>")
    );
    li.done(&format!("{file}/opinion"), &[("text", "与本单位无关")]).await;
    hua.done(&format!("{file}/reply"), &reply).await;
    centre.done(&format!("{file}/review"), &[("passed", "true"), ("severity", "minor")]).await;
    let called = [("contacted", "true"), ("solved", "true"), ("satisfied", "yes")];
    centre.done(&format!("{file}/call-back"), &called).await;
    let answer = [("subject", "窗口服务态度"), ("text", "已批评教育有关人员")];
    centre.done(&format!("{file}/make-public"), &answer).await;
    centre.done(&format!("{file}/archive"), &[]).await;
    let page = centre.page(&file).await;
    assert!(page.contains("已归档") && page.contains("与本单位无关") && page.contains("窗口服务态度"), "{page}");
    assert_eq!(acts(&page, &file), ["make-private", "link"]);
    // Given back, it is the department's business no more.
    let second = [&words[..3], &[("title", "收费"), ("content", "多收了钱")]].concat();
    let (_, _, slip) = centre.fill("/complaints", &second).await;
    let no = slip.split("href=\"/complaints/").nth(1).and_then(|p| p.split('"').next()).expect("a number");
    let file = format!("/complaints/{no}");
    assert!(centre.page(&file).await.contains("匿名"));
    centre.done(&format!("{file}/accept"), &[]).await;
    centre.done(&format!("{file}/assign"), &[("department", "market")]).await;
    assert_eq!(hua.done(&format!("{file}/return"), &[("text", "属卫健")]).await, "/complaints");

    // The hotline's file is answered line by line.
    let table = "工单编号,承办单位,标题,内容,工单类型\nR1,market,排队,排队太久,投诉\nR2,nowhere,排队,排队太久,投诉\nR3,market,材料,要什么,咨询\n";
    let answer = centre.choose("/complaints/import", "工单.csv", table).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let page = text(answer).await;
    assert!(
        page.contains("R2") && page.contains("href=\"/enquiries/") && page.contains("department.unknown"),
        "{page}"
    );
    assert_eq!(hua.choose("/complaints/import", "a.csv", table).await.status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn enquiries_are_answered_and_bad_ratings_put_right() {
    let folder = tempfile::tempdir().expect("a folder");
    let county = county(folder.path()).await;
    let app = &county.app;
    let centre = Browser(app, token(app, "centre", "service_centre", None, 1).await);
    let hua = Browser(app, token(app, "hua", "handler", Some("market"), 1).await);
    let li = Browser(app, token(app, "li", "handler", Some("health"), 1).await);
    let asked = [("department", "health"), ("way", "visit"), ("title", "材料"), ("content", "要带什么？")];
    let (_, _, slip) = centre.fill("/enquiries", &asked).await;
    let no = slip.split("href=\"/enquiries/").nth(1).and_then(|p| p.split('"').next()).expect("a number");
    let file = format!("/enquiries/{no}");
    assert_eq!(hua.see(&file).await.0, 404);
    centre.done(&format!("{file}/transfer"), &[("department", "market")]).await;
    assert_eq!(li.see(&file).await.0, 404);
    assert_eq!(acts(&hua.page(&file).await, &file), ["reply", "return"]);
    hua.done(&format!("{file}/reply"), &[("text", "身份证")]).await;
    centre.done(&format!("{file}/close"), &[("satisfied", "mostly")]).await;
    assert!(hua.page(&format!("{file}?lang=en")).await.contains("mostly"));

    let bad = [
        ("department", "market"),
        ("satisfaction", "5"),
        ("channel", "phone"),
        ("text", "等了一上午"),
        ("rater.name", "钱二"),
    ];
    let (status, _, page) =
        centre.fill("/ratings", &[("department", "market"), ("satisfaction", "9"), ("channel", "phone")]).await;
    assert_eq!((status, said(&page).contains("rating.code")), (400, true), "{}", said(&page));
    let file = centre.done("/ratings", &bad).await;
    assert_eq!(acts(&hua.page(&file).await, &file), ["contact", "appeal"]);
    hua.done(&format!("{file}/contact"), &[("text", "已联系")]).await;
    hua.done(&format!("{file}/rectify"), &[("text", "增开窗口")]).await;
    assert_eq!(acts(&centre.page(&file).await, &file), ["call-back"]);
    centre.done(&format!("{file}/call-back"), &[("satisfied", "yes")]).await;
    let file = centre.done("/ratings", &bad).await;
    hua.done(&format!("{file}/appeal"), &[("text", "并非本窗口")]).await;
    centre.done(&format!("{file}/decide"), &[("upheld", "true"), ("text", "查实")]).await;
    let page = centre.page("/ratings").await;
    assert!(page.contains("不予采信") && page.contains("href=\"/ratings?department=market\""), "{page}");
    let (status, _, page) = centre.fill("/ratings/links", &[("department", "market"), ("case_no", "none")]).await;
    assert_eq!((status, page.contains("value=\"none\"")), (404, true), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn exclusions_and_entries_are_approved_by_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let county = county(folder.path()).await;
    let app = &county.app;
    let ming = Browser(app, token(app, "ming", "supervision", None, 1).await);
    let zhao = Browser(app, token(app, "zhao", "leader", None, 1).await);
    let hua = Browser(app, token(app, "hua", "handler", Some("market"), 1).await);
    let today = app.clock.now().date();
    let last = today.checked_add_days(chrono::Days::new(9)).expect("a day").to_string();
    let today = today.to_string();
    let asked = [
        ("department", "market"),
        ("item", ""),
        ("from", today.as_str()),
        ("to", last.as_str()),
        ("reason", "机房搬迁"),
        ("document", "监〔2026〕3号"),
    ];
    let (status, _, page) = ming.fill("/exclusions", &[&asked[..4], &[("reason", "机房")]].concat()).await;
    assert_eq!((status, page.contains(">机房</textarea>"), page.contains(&last)), (400, true, true), "{page}");
    let file = ming.done("/exclusions", &asked).await;
    assert_eq!(hua.see(&file).await.0, 404);
    assert_eq!(acts(&ming.page(&file).await, &file), ["withdraw"], "who asks does not approve");
    assert_eq!(ming.fill(&format!("{file}/approve"), &[]).await.0, 403);
    assert_eq!(acts(&zhao.page(&file).await, &file), ["approve", "decline"]);
    zhao.done(&format!("{file}/approve"), &[]).await;
    assert!(acts(&hua.page(&file).await, &file).is_empty());
    ming.done(&format!("{file}/end"), &[("to", &today), ("text", "提前恢复")]).await;
    ming.done(&format!("{file}/withdraw"), &[("text", "误报")]).await;
    assert!(ming.page("/exclusions?state=withdrawn").await.contains(&file));

    let entered = [
        ("standard", "county-2025"),
        ("department", "market"),
        ("period", "2026-03"),
        ("indicator", "G2"),
        ("points", "-100"),
        ("reason", "约谈"),
        ("document", "约谈记录 2"),
    ];
    let file = ming.done("/entries", &entered).await;
    assert!(ming.page(&file).await.contains("−1.00"));
    zhao.done(&format!("{file}/decline"), &[("text", "依据不足")]).await;
    assert!(ming.page(&file).await.contains("依据不足"));
    assert!(!hua.page("/entries").await.contains(&file));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_is_drawn_and_looked_at_a_card_is_written_by_hand_and_appeals_stand_in_one_list() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = &supervised(folder.path()).await;
    let ming = Browser(app, token(app, "ming", "supervision", None, 1).await);
    let hua = Browser(app, token(app, "hua", "handler", Some("market"), 1).await);
    let reader = Browser(app, token(app, "reader", "read_only", None, 1).await);
    let plan = [
        ("name", "一季度"),
        ("population.department", "market"),
        ("population.from", "2026-01-01"),
        ("population.to", "2026-03-31"),
        ("size", "1"),
        ("seed", "yunxi2026"),
    ];
    let file = ming.done("/samples", &plan).await;
    assert_eq!(hua.see("/samples").await.0, 403, "samples are the county's");
    assert!(acts(&reader.page(&file).await, &file).is_empty());
    let page = ming.page(&file).await;
    assert!(page.contains("yunxi2026") && acts(&page, &file) == ["checks"], "{page}");
    let case = page.split("<option value=\"market/").nth(1).and_then(|p| p.split('"').next()).expect("a case");
    let case = format!("market/{case}");
    let good =
        [("authentic", "true"), ("complete", "true"), ("accurate", "true"), ("lawful", "true"), ("text", "迟了")];
    let looked = [&[("case", case.as_str()), ("deductions.01", "51")], &good[..]].concat();
    let (status, _, page) = ming.fill(&format!("{file}/checks"), &looked).await;
    assert_eq!((status, said(&page).contains("sampling.form"), page.contains(">迟了<")), (400, true, true), "{page}");
    let looked = [&[("case", case.as_str()), ("deductions.02", "100")], &good[..]].concat();
    ming.done(&format!("{file}/checks"), &looked).await;
    let page = ming.page(&file).await;
    assert!(page.contains("优秀") && page.contains("90.0") && acts(&page, &file) == ["close"], "{page}");
    ming.done(&format!("{file}/close"), &[]).await;

    // By hand, and no rule of the program's.
    assert!(!offers(&hua.page("/cards").await, "/cards"));
    let written = [("rule", "M-02"), ("department", "market"), ("object", "3 号窗口"), ("text", "窗口无人值守")];
    let (status, _, page) = ming.fill("/cards", &[&written[..3], &[("text", " ")]].concat()).await;
    assert_eq!((status, page.contains("value=\"3 号窗口\"")), (400, true), "{page}");
    let card = ming.done("/cards", &written).await;
    assert!(ming.page(&card).await.contains("窗口无人值守"));
    // How much waits for what, as many as there are rows.
    let page = ming.page("/cards?limit=500").await;
    let filter = CardFilter { state: Some("issued".to_owned()), limit: 1000, ..CardFilter::default() };
    let issued = app.store.cards(&filter).await.expect("cards");
    assert!(page.contains(&format!("href=\"/cards?state=issued\">已发，未签阅 <b>{}</b>", issued.len())), "{page}");
    assert!(!hua.page("/cards").await.contains("待核实 <b>"), "what waits inside is no department's");

    // Appeals: open, then decided by somebody else than who issued the card.
    let no = &issued
        .iter()
        .find(|c| c.department == "market" && c.issued_by.as_deref() == Some("system"))
        .expect("a card")
        .no;
    hua.done(&format!("/cards/{no}/appeal"), &[("text", "收件时间有误")]).await;
    let place = format!("href=\"/cards/{no}\"");
    assert!(hua.page("/appeals?state=open").await.contains(&place));
    ming.done(&format!("/cards/{no}/decide"), &[("text", "维持原判"), ("upheld", "true")]).await;
    assert!(!ming.page("/appeals?state=open").await.contains(&place));
    let page = ming.page("/appeals?state=upheld&lang=en").await;
    assert!(page.contains(&place) && page.contains("维持原判") && page.contains("Upheld"), "{page}");
    assert_eq!(ming.see("/appeals?state=lost").await.0, 400);
    let ran = Ran { by: "lin", shadow: false };
    let run = app.score_by("county-2025", "2026-03", None, ran).await.expect("a score run");
    let line = run.results.iter().find(|r| r.department == "market").expect("a scorecard").output.scores.clone();
    let line = line.into_iter().find(|l| l.assessed).expect("a line").indicator;
    for (who, act, words) in [
        (&ming, "open", json!({})),
        (&hua, "appeal", json!({ "department": "market", "line": line, "text": "故障所致" })),
    ] {
        let path = format!("/api/v1/score-runs/{}/{act}", run.id);
        let (status, answer) = Asking(app, &who.1).send(Method::POST, &path, &[], &words.to_string()).await;
        assert_eq!(status, 200, "{answer}");
    }
    let page = hua.page("/appeals?kind=score&state=open").await;
    assert!(page.contains(&format!("href=\"/scores/{}\"", run.id)) && page.contains("故障所致"), "{page}");
    assert!(!page.contains(&place) && !reader.page("/appeals?kind=score").await.contains("故障所致"));
}
