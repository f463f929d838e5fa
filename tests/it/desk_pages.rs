//! The pages of the desk as a browser without scripts uses them: a receipt in a few keys, a case from the window to the applicant, what
//! was typed when somebody else was faster, papers, and what a department with a system of its own sees.

use crate::api::token;
use crate::web::{Browser, text};
use axum::body::to_bytes;
use axum::http::{Method, StatusCode, header};
use daylight::app::App;
use daylight::config::load;
use daylight::demo::place::write_sample;
use daylight_domain::Timestamp;
use daylight_domain::clock::ManualClock;
use std::sync::Arc;

fn t(text: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-{text}+08:00")).expect("a time")
}

/// A county with a department at the desk, and one that it asks.
struct House {
    app: Arc<App>,
    clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
    clerk: String,
    handler: String,
    leader: String,
    market: String,
    labour: String,
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("config");
        write_sample(&config).expect("a sample");
        for (id, more) in [("culture", ""), ("labour", "\n[desk]\nword = \"开人社\"\n")] {
            let file = config.join(format!("departments/{id}.toml"));
            let before = std::fs::read_to_string(&file).expect("a file");
            let live = before.replacen("phase = \"planned\"", "phase = \"live\"\nsupervised_since = \"2026-01-01\"", 1);
            std::fs::write(&file, live + more).expect("written");
        }
        let clock = Arc::new(ManualClock::at(t("03-02T10:00:00")));
        let loaded = load(&config, t("03-02T10:00:00")).expect("configuration");
        let app = App::open(loaded, clock.clone()).await.expect("an appliance");
        Self {
            clerk: token(&app, "wang", "clerk", Some("culture"), 365).await,
            handler: token(&app, "li", "handler", Some("culture"), 365).await,
            leader: token(&app, "zhao", "department_leader", Some("culture"), 365).await,
            market: token(&app, "hua", "handler", Some("market"), 365).await,
            labour: token(&app, "chen", "handler", Some("labour"), 365).await,
            app,
            clock,
            _folder: folder,
        }
    }

    fn at(&self, secret: &'static str) -> Browser<'_> {
        let secret = match secret {
            "clerk" => &self.clerk,
            "handler" => &self.handler,
            "leader" => &self.leader,
            "labour" => &self.labour,
            _ => &self.market,
        };
        Browser(&self.app, secret)
    }

    /// Sends a form of a case with the version that stands in it.
    async fn act(&self, who: &'static str, place: &str, act: &str, more: &str) -> (StatusCode, String) {
        let page = self.at(who).page(place).await.1;
        let sent = format!("{}&{more}", hidden(&page, &format!("{place}/{act}")));
        self.sent(who, &format!("{place}/{act}"), &sent).await
    }

    async fn sent(&self, who: &'static str, to: &str, form: &str) -> (StatusCode, String) {
        let answer = self.at(who).send(Method::POST, to, "same-origin", form).await;
        (answer.status(), text(answer).await)
    }

    async fn done(&self, who: &'static str, place: &str, act: &str, more: &str) {
        let (status, page) = self.act(who, place, act, more).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{act}: {}", said(&page));
    }
}

/// What a page says was refused.
fn said(page: &str) -> &str {
    page.split("role=\"alert\">").nth(1).and_then(|p| p.split('<').next()).unwrap_or(page)
}

/// What goes along unseen in the form that is sent to an address.
fn hidden(page: &str, action: &str) -> String {
    let form =
        page.split(&format!("action=\"{action}\"")).nth(1).unwrap_or_else(|| panic!("no form {action} in {page}"));
    let form = form.split("</form>").next().expect("a form");
    let attribute = |tag: &str, name: &str| {
        tag.split(&format!(" {name}=\"")).nth(1).and_then(|v| v.split('"').next()).unwrap_or_default().to_owned()
    };
    let tags = form.split('<').filter(|tag| tag.starts_with("input type=\"hidden\""));
    tags.map(|tag| format!("{}={}", attribute(tag, "name"), attribute(tag, "value"))).collect::<Vec<_>>().join("&")
}

/// The names of the fields of a page in the order of the tabulator, each group once.
fn fields(page: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for tag in page.split('<').filter(|t| ["input ", "select", "textarea"].iter().any(|kind| t.starts_with(kind))) {
        if tag.contains("type=\"hidden\"") {
            continue;
        }
        let name = tag.split(" name=\"").nth(1).and_then(|v| v.split('"').next()).expect("a name").to_owned();
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// The receipt of one applicant, materials complete.
const GOOD: &str = "applicant.name=%E8%B5%B5%3Cb%3E&applicant.kind=natural&applicant.id_no=11010519491231002x\
                    &applicant.phone=13800001234&queue_no=A017&complete=true";

impl House {
    async fn received(&self) -> (String, String) {
        let form = self.at("clerk").page("/desk/receive?item=CL-0101").await.1;
        let sent = format!("{}&{GOOD}", hidden(&form, "/desk/receive"));
        let (status, page) = self.sent("clerk", "/desk/receive", &sent).await;
        assert_eq!(status, 200, "{}", said(&page));
        let no = page.split("/desk/cases/culture/").nth(1).and_then(|p| p.split('"').next()).expect("a number");
        (format!("/desk/cases/culture/{no}"), page)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_written_in_a_few_keys() {
    let house = House::new().await;
    let clerk = house.at("clerk");
    let (_, choose) = clerk.page("/desk/receive").await;
    assert!(choose.contains("autofocus") && choose.contains("CL-0101"), "{choose}");
    let (_, several) = clerk.page("/desk/receive?item=CL").await;
    assert!(several.contains("href=\"/desk/receive?item=CL-0102\""), "{several}");
    let (_, none) = clerk.page("/desk/receive?item=MK-0101").await;
    assert!(none.contains("role=\"alert\""), "another department's item is not received here");

    // The order of the tabulator is the order of the work; the rest may stay as it is.
    let (_, form) = clerk.page("/desk/receive?item=cl-0101").await;
    let order = fields(&form);
    let usual = ["applicant.name", "applicant.kind", "applicant.id_no", "applicant.phone", "queue_no", "complete"];
    assert_eq!(order.get(..6).expect("fields"), usual, "{form}");
    assert_eq!(order.get(6..9).expect("fields"), ["m0", "m1", "window"], "{form}");
    let name = form.split('<').find(|t| t.contains("name=\"applicant.name\"")).expect("a field");
    assert!(name.contains("autofocus") && name.contains("accesskey=\"n\""), "{name}");
    assert!(form.contains("<kbd>n</kbd>") && form.contains("value=\"natural\" checked"), "{form}");
    // Item and Enter, a name of three, a number of eighteen, a telephone of eleven, a queue number of four, five tabulators, the
    // space bar and Enter: 52 keys, half a minute at two a second.
    let keys = "CL-0101".len() + 1 + 3 + 18 + 11 + 4 + 5 + 1 + 1;
    assert!(keys < 60, "{keys}");

    // What is wrong is said at its field, and what was typed stays.
    let hidden = hidden(&form, "/desk/receive");
    let wrong = "applicant.name=+&applicant.kind=natural&applicant.id_no=110105194912310021&applicant.phone=138";
    let (status, page) = house.sent("clerk", "/desk/receive", &format!("{hidden}&{wrong}")).await;
    assert_eq!(status, 400);
    assert_eq!(page.matches("aria-invalid=\"true\"").count(), 2, "{page}");
    assert!(page.contains("value=\"138\"") && page.contains("110105194912310021"), "{page}");

    // Sent twice, it is one case; the code is shown once.
    let sent = format!("{hidden}&{GOOD}");
    let (status, first) = house.sent("clerk", "/desk/receive", &sent).await;
    assert_eq!(status, 200, "{}", said(&first));
    assert!(first.contains("culture-2026-000001") && first.contains("<code>"), "{first}");
    let (_, second) = house.sent("clerk", "/desk/receive", &sent).await;
    assert!(said(&second).contains("已经提交过") && !second.contains("value=\"138"), "{second}");
    // Back, and something else typed into the form that was sent: nothing is received, and the case is a link away.
    let (_, back) = house.sent("clerk", "/desk/receive", &format!("{sent}&queue_no=A099")).await;
    assert!(said(&back).contains("已经提交过") && back.contains("/desk/cases/culture/culture-2026-000001"), "{back}");
    assert!(second.contains("culture-2026-000001") && !second.contains("<code>"), "{second}");
    let (_, list) = clerk.page("/desk/cases").await;
    assert_eq!(list.matches("<th scope=\"row\">").count(), 1, "{list}");
    assert!(!list.contains("13800001234") && list.contains("赵**"), "{list}");
    let (_, found) = house.sent("clerk", "/desk/cases", "applicant=%E8%B5%B5%3Cb%3E").await;
    assert!(found.contains("culture-2026-000001"), "{found}");
    let (_, found) = house.sent("clerk", "/desk/cases", "applicant=%E9%92%B1").await;
    assert!(!found.contains("culture-2026-000001"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_goes_from_the_window_to_the_applicant_by_forms() {
    let house = House::new().await;
    let (place, slip) = house.received().await;
    let code = slip.split("<code>").nth(1).and_then(|c| c.split('<').next()).expect("a code").to_owned();
    let (status, page) = house.at("clerk").page(&place).await;
    assert_eq!(status, 200);
    assert!(!page.contains("11010519491231002X") && page.contains("剩 ") && page.contains("/flow.svg?"), "{page}");
    let (_, clear) = house.at("clerk").page(&format!("{place}?reason=%E7%94%B5%E8%AF%9D%E9%80%9A%E7%9F%A5")).await;
    assert!(clear.contains("11010519491231002X") && !clear.contains("赵<b>"), "{clear}");
    house.done("clerk", &place, "accept", "").await;
    let (status, page) = house.at("clerk").page(&format!("{place}?reason=x")).await;
    assert!(
        status == 400 && said(&page).contains("4 到 200 字") && !said(&page).contains("?reason"),
        "{}",
        said(&page)
    );
    let (status, page) = house.act("clerk", &place, "ask", "department=market&content=x&reply_by=monday").await;
    assert!(status == 400 && said(&page).contains("应为日期"), "{}", said(&page));
    house.done("handler", &place, "hand-over", "to=li").await;
    house.done("handler", &place, "pass", "opinion=%E5%90%8C%E6%84%8F").await;

    // What must be said is asked for in the words of the form.
    let (status, page) = house.act("clerk", &place, "pass", "opinion=").await;
    assert_eq!(status, 400, "{}", said(&page));
    assert!(said(&page).contains("办理意见") && page.contains("aria-invalid"), "{}", said(&page));

    // Approval by another: asked for here, decided by whoever is in charge, and seen as waiting by all.
    house.done("handler", &place, "ask-extension", "days=5&reason=%E4%BD%93%E9%87%8F%E5%A4%A7").await;
    assert!(!house.at("handler").page(&place).await.1.contains(&format!("action=\"{place}/allow\"")));
    house.done("leader", &place, "allow", "allowed=true").await;
    let (_, page) = house.at("leader").page(&place).await;
    assert!(page.contains("延期告知书") && page.contains("准许"), "{page}");

    // Another department is asked, one with a system of its own among them: it sees this, and no desk.
    house.done("handler", &place, "ask", "department=market&content=%E5%9C%BA%E5%9C%B0&reply_by=2026-03-09").await;
    let (status, theirs) = house.at("market").page("/desk").await;
    assert_eq!(status, 200);
    assert!(theirs.contains("已用连接器 rest-json 接入") && theirs.contains(&place), "{theirs}");
    assert!(said(&house.at("market").page("/desk/receive").await.1).contains("停用"));
    house.done("market", &place, "answer", "agrees=true&opinion=%E5%8F%AF%E8%A1%8C").await;
    assert!(house.at("clerk").page(&place).await.1.contains("同意：可行"));

    house.done("clerk", &place, "pass", "opinion=%E5%90%8C%E6%84%8F").await;
    house.done("leader", &place, "pass", "opinion=%E6%89%B9%E5%87%86").await;
    house.done("leader", &place, "decide", "granted=true&reason=%E7%AC%A6%E5%90%88%E6%9D%A1%E4%BB%B6").await;
    house.done("clerk", &place, "finish", "").await;
    house
        .done("clerk", &place, "deliver", "mode=%E7%9B%B4%E6%8E%A5%E9%80%81%E8%BE%BE&collector=%E8%B5%B5%E4%B8%80")
        .await;
    let (status, page) = house.act("clerk", &place, "rate", "").await;
    assert!(status == 200 && page.contains("/public/ratings/dlr_"), "{}", said(&page));

    // Papers: to print, as a copy, as a document; the code comes on the receipt only with the request.
    let (_, page) = house.at("clerk").page(&place).await;
    for kind in ["收件凭证", "受理通知书", "延期告知书", "准予行政许可决定书", "送达回证"] {
        assert!(page.contains(kind), "{kind} in {page}");
    }
    assert!(!page.contains("t-bad"), "nothing was refused: {page}");
    let papers: Vec<&str> = page.split("href=\"/desk/papers/").skip(1).filter_map(|p| p.split('"').next()).collect();
    // 收, as it stands in an address.
    let receipt = papers.iter().find(|p| p.contains("%E6%94%B6%E3%80%94")).expect("a receipt");
    let (_, printed) = house.at("clerk").page(&format!("/desk/papers/{receipt}")).await;
    for part in ["开文旅收〔2026〕1号", "赵&lt;b&gt;", "文化广电旅游局", "联系：县政务服务中心文旅 1 号窗口", "A017"]
    {
        assert!(printed.contains(part), "{part} in {printed}");
    }
    assert!(!printed.contains(&code) && !printed.contains("<b>"), "{printed}");
    assert!(house.at("clerk").page(&format!("/desk/papers/{receipt}?copy=1")).await.1.contains("副　本"));
    let (_, printed) = house.sent("clerk", &format!("/desk/papers/{receipt}"), &format!("code={code}")).await;
    assert!(printed.contains(&code), "{printed}");
    let (status, printed) = house.sent("clerk", &format!("/desk/papers/{receipt}"), "code=AAAAAAAAAA").await;
    assert!(status.is_client_error() && !printed.contains("AAAAAAAAAA"), "{printed}");
    let (_, page) = house.at("clerk").page(&place).await;
    assert!(!page.contains("下次判定"), "a case that is over: {page}");
    let document =
        house.at("clerk").send(Method::GET, &format!("/desk/papers/{receipt}/docx"), "same-origin", "").await;
    assert!(document.headers()[header::CONTENT_DISPOSITION].to_str().expect("words").contains("receipt.docx"));
    assert!(to_bytes(document.into_body(), 1 << 20).await.expect("bytes").starts_with(b"PK"));
    assert_eq!(house.at("market").page(&format!("/desk/papers/{receipt}")).await.0, 404);
    let (_, today) = house.at("clerk").page("/desk/today").await;
    assert!(today.contains("今日收件 <b>1</b>") && today.contains("今日办结 <b>1</b>"), "{today}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_slower_sees_what_changed_and_what_was_typed() {
    let house = House::new().await;
    let (place, _) = house.received().await;
    house.done("clerk", &place, "accept", "").await;
    let to = format!("{place}/pass");
    let before = hidden(&house.at("clerk").page(&place).await.1, &to);
    // The colleague asks for something meanwhile: the step is still open.
    house.done("handler", &place, "ask-extension", "days=5&reason=x").await;
    let (status, page) =
        house.sent("clerk", &to, &format!("{before}&opinion=%E6%88%91%E7%9A%84%E6%84%8F%E8%A7%81")).await;
    assert_eq!(status, 409, "{}", said(&page));
    assert!(said(&page).contains("li 于") && page.contains(">我的意见</textarea>"), "{page}");
    let sent = format!("{}&opinion=%E6%88%91%E7%9A%84%E6%84%8F%E8%A7%81", hidden(&page, &to));
    assert_eq!(house.sent("clerk", &to, &sent).await.0, StatusCode::SEE_OTHER, "with the version that was read again");
    // The step itself is gone: what was typed is shown beside.
    let (status, page) = house.sent("handler", &to, &format!("{before}&opinion=%E5%8F%A6%E4%B8%80%E4%B8%AA")).await;
    assert_eq!(status, 409, "{}", said(&page));
    assert!(page.contains("您刚才填写的") && page.contains("另一个"), "{page}");

    // Late: said by a word and a shape, and counted.
    house.clock.set(t("03-20T10:00:00"));
    let (_, queue) = house.at("handler").page("/desk?whose=all").await;
    assert!(queue.contains("class=\"tag t-bad\">已超 "), "{queue}");
    // Work of somebody who is away goes over at once.
    house.done("clerk", &place, "hand-over", "to=wang").await;
    let (status, page) = house.sent("leader", "/desk/hand-over", "from=wang&to=li&reason=%E8%AF%B7%E5%81%87").await;
    assert!(status == 200 && page.contains("已移交 1 件"), "{}", said(&page));
    let (_, mine) = house.at("handler").page("/desk?whose=own").await;
    assert!(mine.contains(&place), "{mine}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_is_asked_answers_at_its_own_desk() {
    let house = House::new().await;
    let (place, _) = house.received().await;
    house.done("clerk", &place, "accept", "").await;
    house.done("handler", &place, "ask", "department=labour&content=%E7%94%A8%E5%B7%A5&reply_by=2026-03-05").await;

    // Both pages lead to each other, and the queue of the department that is asked to its own part, once.
    let part = "/desk/cases/labour/labour-2026-000001";
    let (_, main) = house.at("handler").page(&place).await;
    assert!(main.contains(&format!("href=\"{part}\"")), "{main}");
    let (_, queue) = house.at("labour").page("/desk").await;
    assert_eq!(queue.matches("会办意见").count(), 1, "{queue}");
    assert!(queue.contains(&format!("href=\"{part}\"")) && queue.contains("剩 3 个工作日"), "{queue}");
    let (status, page) = house.at("labour").page(part).await;
    assert_eq!(status, 200, "{page}");
    for shown in [&format!("href=\"{place}\""), "文化广电旅游局", "用工", "剩 3 个工作日", "赵**"] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    // Nothing but an opinion is asked: no fee, no decision, no applicant in clear.
    let acts: Vec<&str> =
        page.split(&format!("action=\"{part}/")).skip(1).filter_map(|p| p.split('"').next()).collect();
    assert_eq!(acts, ["answer", "hand-over"], "{page}");
    assert!(!page.contains("name=\"reason\" required") && !page.contains("赵<b>"), "{page}");
    assert_eq!(house.at("handler").page(part).await.0, 200, "the lead looks");
    assert_eq!(house.at("market").page(part).await.0, 404);

    house.done("labour", part, "hand-over", "to=chen").await;
    let (status, page) = house.act("labour", part, "answer", "agrees=true&opinion=").await;
    assert!(status == 400 && said(&page).contains("意见"), "{}", said(&page));
    house.done("labour", part, "answer", "agrees=false&opinion=%E8%A1%A5%E5%90%88%E5%90%8C").await;
    assert!(house.at("handler").page(&place).await.1.contains("不同意：补合同"));
    let (_, page) = house.at("labour").page(part).await;
    assert!(page.contains("已办结") && !page.contains(&format!("action=\"{part}/")), "{page}");

    // The files that are supervised lead to each other too, for who may open both.
    let supervision = token(&house.app, "jian", "supervision", None, 1).await;
    let file = place.strip_prefix("/desk").expect("a case");
    let (_, main) = Browser(&house.app, &supervision).page(file).await;
    assert!(main.contains("协办部分") && main.contains("href=\"/cases/labour/labour-2026-000001\""), "{main}");
    let (_, theirs) = Browser(&house.app, &supervision).page("/cases/labour/labour-2026-000001").await;
    assert!(theirs.contains(&format!("href=\"{file}\"")) && theirs.contains("2026-03-05"), "{theirs}");
    let (_, theirs) = house.at("labour").page("/cases/labour/labour-2026-000001").await;
    assert!(!theirs.contains(&format!("href=\"{file}\"")) && theirs.contains("culture-2026-000001"), "{theirs}");
}
