//! Pages of evaluation without scripts: statistics, scores, publications, the file of a case, the overview, the wall.

use crate::api::{Asking, token};
use crate::around::{record, tell, write_labour};
use crate::county::county;
use crate::score::{at, supervised};
use crate::web::{Browser, text};
use axum::http::{Method, StatusCode, header};
use daylight::app::App;
use daylight::config::load;
use daylight_domain::Timestamp;
use daylight_domain::clock::ManualClock;
use serde_json::{Value, json};
use std::sync::Arc;

/// Sends a form; the status, where it leads, and what the page says.
async fn form(browser: &Browser<'_>, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String, String) {
    let coded = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", coded(name), coded(value))).collect();
    let answer = browser.send(Method::POST, path, "same-origin", &pairs.join("&")).await;
    let to = answer.headers().get(header::LOCATION).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
    (answer.status(), to, text(answer).await)
}

/// A page that must be there, and has nothing in it that the policy forbids.
async fn seen(browser: &Browser<'_>, path: &str) -> String {
    let (status, page) = browser.page(path).await;
    assert_eq!(status, 200, "{path}: {page}");
    assert!(!page.contains("style=\"") && !page.contains("<style"), "{path} has styles inside");
    page
}

/// The number that stands under a label and leads somewhere.
fn number(page: &str, href: &str, label: &str) -> u64 {
    let before = format!("<a href=\"{href}\">{label} <b>");
    let value = page.split(&before).nth(1).and_then(|rest| rest.split('<').next());
    value.and_then(|v| v.parse().ok()).unwrap_or_else(|| panic!("no {before} in {page}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_are_the_apis_and_every_number_leads_somewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = &supervised(folder.path()).await;
    let ming = token(app, "ming", "supervision", None, 1).await;
    let hua = token(app, "hua", "handler", Some("market"), 1).await;
    let (ming, hua) = (Browser(app, &ming), Browser(app, &hua));
    let query = "from=2026-03-01&to=2026-03-31&compare=previous";
    let (_, api) = Asking(app, ming.1).get(&format!("/api/v1/stats?{query}")).await;
    let page = seen(&ming, &format!("/statistics?{query}")).await;
    for (code, label) in [("accepted", "受理"), ("finished", "办结"), ("open_over_promise", "在办超承诺")] {
        let said = number(&page, &format!("/measures?code={code}"), label);
        assert_eq!(Some(said), api["total"][code].as_u64(), "{code}");
        let meaning = seen(&ming, &format!("/measures?code={code}")).await;
        assert!(meaning.contains(&format!("<code>{code}</code>")), "{meaning}");
    }
    assert!(page.matches("<figure class=\"chart\">").count() == 5 && page.contains("class=\"chart-data\""));
    let days: u64 = api["durations"].as_object().expect("durations").values().filter_map(Value::as_u64).sum();
    assert_eq!(Some(days), api["total"]["working_days"]["of"].as_u64(), "every finished case has its duration");
    assert!(page.contains("/api/v1/exports/monthly?from=2026-03-01&#38;to=2026-03-31"), "{page}");
    let market = api["departments"].as_array().expect("all").iter().find(|d| d["department"] == "market");
    let own = seen(&hua, &format!("/statistics?{query}&group=item")).await;
    let accepted = market.expect("market")["cases"]["accepted"].as_u64();
    assert_eq!(Some(number(&own, "/measures?code=accepted", "受理")), accepted);
    assert!(!own.contains("/cards?department=health"), "a department sees its own");
    assert_eq!(hua.page(&format!("/statistics?{query}&department=health")).await.0, 403);
    for wrong in ["from=2026-04-01&to=2026-03-01", "from=x&to=y", "from=2026-03-01&to=2026-03-31&group=none"] {
        assert_eq!(ming.page(&format!("/statistics?{wrong}")).await.0, 400, "{wrong}");
    }
    let english = seen(&ming, &format!("/statistics?{query}&group=month&lang=en")).await;
    assert!(english.contains("Accepted") && english.contains("2026-03"), "{english}");

    // Today: each number is the number of rows it leads to.
    let home = seen(&ming, "/").await;
    let (_, today) = Asking(app, ming.1).get("/api/v1/today").await;
    let now = today["as_of"].as_str().expect("a time").replace(':', "%3A").replace('+', "%2B");
    let over = format!("/cases?order=due&due_before={now}");
    let said = number(&home, &over.replace('&', "&#38;"), "超承诺期限");
    let list = seen(&ming, &format!("{over}&limit=1000")).await;
    assert_eq!(said, list.matches("<tr><th scope=\"row\">").count() as u64);
    let open = number(&home, "/cases?open=true", "在办");
    let states: u64 = today["open"].as_array().expect("states").iter().filter_map(|s| s["count"].as_u64()).sum();
    let rows = seen(&ming, "/cases?open=true&limit=1000").await.matches("<tr><th scope=\"row\">").count() as u64;
    assert_eq!((open, rows.min(open)), (states, open.min(1000)));
    let first = seen(&ming, "/cases?order=due&limit=1").await;
    let next = first.split("rel=\"next\" href=\"").nth(1).and_then(|p| p.split('"').next()).expect("a next page");
    let second = seen(&ming, &next.replace("&#38;", "&")).await;
    assert!(second.contains("rel=\"next\"") && second != first);
    assert_eq!(ming.page("/cases?order=luck").await.0, 400);
    let red = number(&home, "/cards?level=red&#38;standing=true", "<span class=\"level l-red\">红牌</span>");
    let list = seen(&ming, "/cards?level=red&standing=true&limit=1000").await;
    assert_eq!(red, list.matches("<tr><th scope=\"row\">").count() as u64);
    let theirs = seen(&hua, "/").await;
    assert!(!theirs.contains("pending_confirm") && !theirs.contains("卫生健康局"), "{theirs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_from_its_form_to_what_is_published() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = &supervised(folder.path()).await;
    let secrets = [
        token(app, "ming", "supervision", None, 90).await,
        token(app, "lin", "supervision", None, 90).await,
        token(app, "hua", "handler", Some("market"), 90).await,
        token(app, "zhao", "leader", None, 90).await,
    ];
    let [ming, lin, hua, zhao] = &secrets;
    let (ming_is, lin_is, hua_is, zhao_is) =
        (Browser(app, ming), Browser(app, lin), Browser(app, hua), Browser(app, zhao));
    let list = seen(&ming_is, "/scores").await;
    assert!(list.contains("action=\"/scores\"") && !seen(&hua_is, "/scores").await.contains("action=\"/scores\""));
    let wrong = form(&ming_is, "/scores", &[("standard", "county-2025"), ("period", "2026-3")]).await;
    assert!(wrong.0 == 400 && wrong.2.contains("score.period") && wrong.2.contains("value=\"2026-3\""), "{wrong:?}");
    let (status, run, _) = form(&ming_is, "/scores", &[("standard", "county-2025"), ("period", "2026-03")]).await;
    assert_eq!(status, 303);
    let page = seen(&ming_is, &run).await;
    assert!(
        page.contains("草案") && page.contains("B1 按期办结率") && page.contains("href=\"/cases/market/"),
        "{page}"
    );
    assert_eq!(hua_is.page(&run).await.0, 404, "a draft is for those who score");
    let (status, to, _) = form(&ming_is, &format!("{run}/open"), &[("days", "")]).await;
    assert_eq!((status.as_u16(), to), (303, run.clone()));

    // The department appeals on its own card; who ran it does not decide.
    let own = seen(&hua_is, &run).await;
    let offered = |page: &str, act: &str| page.contains(&format!("action=\"{run}/{act}\""));
    assert!(offered(&own, "appeal") && !offered(&own, "decide") && !own.contains("/cases/health/"), "{own}");
    let (_, seen_run) = Asking(app, hua).get(&format!("/api/v1/score-runs{}", run.trim_start_matches("/scores"))).await;
    let lines = seen_run["results"][0]["output"]["scores"].as_array().expect("lines");
    let lost = lines.iter().find(|s| s["assessed"] == true && s["points"].as_i64() < s["weight"].as_i64());
    let lost = lost.expect("a line that lost points");
    let (line, weight) = (lost["indicator"].as_str().expect("an id"), lost["weight"].as_i64().expect("a weight"));
    let empty = form(&hua_is, &format!("{run}/appeal"), &[("line", line), ("text", " ")]).await;
    assert!(empty.0 == 400 && empty.2.contains("role=\"alert\""), "{empty:?}");
    let appeal = [("line", line), ("text", "系统故障期间的办件不应计入"), ("evidence", "故障记录 3\r\n")];
    assert_eq!(form(&hua_is, &format!("{run}/appeal"), &appeal).await.0, 303);
    let weight = weight.to_string();
    let ruling = [("appeal", "1"), ("corrected_to", weight.as_str()), ("text", "故障经核实")];
    let same = form(&ming_is, &format!("{run}/decide"), &ruling).await;
    assert!(same.0 == 403 && same.2.contains("score.same-person"), "{same:?}");
    let waits = "/appeals?kind=score&state=open&waiting=mine";
    let home = async |who: &Browser<'_>| seen(who, "/").await.replace("&#38;", "&").replace("&amp;", "&");
    let (lin_sees, ming_sees) = (home(&lin_is).await, home(&ming_is).await);
    assert!(lin_sees.contains(waits) && !ming_sees.contains(waits), "it waits for who decides, not for who ran it");
    assert!(seen(&lin_is, "/appeals?kind=score&state=open&waiting=mine").await.contains(&run), "and is found there");
    assert!(!offered(&seen(&ming_is, &run).await, "decide") && offered(&seen(&lin_is, &run).await, "decide"));
    assert_eq!(form(&lin_is, &format!("{run}/decide"), &ruling).await.0, 303);
    assert!(seen(&hua_is, &run).await.contains("更正为"));
    assert!(!offered(&seen(&zhao_is, &run).await, "finalise"), "nothing is final while somebody may still appeal");
    let early = form(&zhao_is, &format!("{run}/finalise"), &[("text", "")]).await;
    assert!(early.0 == 409 && early.2.contains("score.appeal-period"), "{early:?}");

    // A look beside it: what moved, and why.
    let look =
        form(&ming_is, "/scores", &[("standard", "county-2025"), ("period", "2026-02"), ("shadow", "true")]).await;
    assert!(seen(&ming_is, &look.1).await.contains("影子评分"));
    let both = seen(&ming_is, &format!("{}/compare?with={}", look.1, run.trim_start_matches("/scores/"))).await;
    assert!(both.contains("变动") && both.contains("B1 按期办结率"), "{both}");
    assert_eq!(ming_is.page(&format!("{run}/compare")).await.0, 400);
    assert!(seen(&ming_is, "/scores/years").await.contains("还没有定稿的月份"));
    app.close().await;

    let app = &at(folder.path(), "2026-04-13T09:00:00+08:00").await;
    let (zhao, hua) = (Browser(app, zhao), Browser(app, hua));
    let over = seen(&hua, &run).await;
    assert!(!offered(&over, "appeal") && offered(&seen(&zhao, &run).await, "finalise"), "{over}");
    assert_eq!(form(&zhao, &format!("{run}/finalise"), &[("text", "")]).await.0, 303);
    assert_eq!(form(&zhao, &format!("{run}/publish"), &[("text", "")]).await.0, 303);
    let page = seen(&hua, &run).await;
    assert!(page.contains("已公布") && !offered(&page, "withdraw"), "{page}");
    let year = seen(&zhao, "/scores/years?standard=county-2025&year=2026").await;
    assert!(year.contains(&format!("href=\"{run}\"")) && year.contains("2026-04"), "{year}");
    assert_eq!(zhao.page("/scores/years?standard=county-2025&year=next").await.0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publication_is_approved_by_the_digest_that_was_looked_at() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = &supervised(folder.path()).await;
    let ming = token(app, "ming", "supervision", None, 1).await;
    let zhao = token(app, "zhao", "leader", None, 1).await;
    let hua = token(app, "hua", "handler", Some("market"), 1).await;
    let (ming, zhao, hua) = (Browser(app, &ming), Browser(app, &zhao), Browser(app, &hua));
    let wanted = [("kind", "monthly"), ("audience", "public"), ("from", "2026-03-01"), ("scope", "社会公众")];
    let partly =
        form(&ming, "/publications", &[("kind", "monthly"), ("from", "2026-03-02"), ("scope", "社会公众")]).await;
    assert!(partly.0 == 400 && partly.2.contains("publication.period"), "{partly:?}");
    let (status, file, _) = form(&ming, "/publications", &wanted).await;
    assert_eq!(status, 303);
    assert_eq!(hua.page(&file).await.0, 404, "a draft is for those who make and approve it");
    let draft = seen(&zhao, &file).await;
    let (_, api) = Asking(app, zhao.1).get(&format!("/api/v1{file}")).await;
    let digest = api["digest"].as_str().expect("a digest");
    assert!(draft.contains(digest) && draft.contains("/files/manifest.json\""), "{draft}");
    assert!(seen(&zhao, "/").await.contains("公布件 · 待审批"), "it waits for who approves");
    let approve = format!("{file}/approve");
    let other = "0".repeat(64);
    let wrong = form(&zhao, &approve, &[("digest", other.as_str())]).await;
    assert!(wrong.0 == 409 && wrong.2.contains("publication.digest") && wrong.2.contains(&other), "{wrong:?}");
    let told = wrong.2.split("role=\"alert\"").nth(1).and_then(|p| p.split("</").next()).expect("what was refused");
    assert!(!told.contains(digest), "who approves reads it on the page: {told}");
    let own = form(&ming, &approve, &[("digest", digest)]).await;
    assert!(own.0 == 403 && own.2.contains("publication.same-person"), "{own:?}");
    assert_eq!(form(&zhao, &approve, &[("digest", digest)]).await.0, 303);
    assert!(seen(&hua, &file).await.contains("已公布"));
    assert!(seen(&zhao, &format!("{file}/verify")).await.contains("全部字节与审批时一致"));
    assert!(seen(&ming, "/publications?state=published&kind=monthly").await.contains(&format!("href=\"{file}\"")));
    let withdrawn = form(&zhao, &format!("{file}/withdraw"), &[("text", "口径有误")]).await;
    assert_eq!(withdrawn.0, 303);
    assert_eq!(hua.page(&file).await.0, 410);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_of_a_case_is_told_day_by_day_and_rests_on_records_as_received() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = write_labour(folder.path());
    let now = Timestamp::parse("2026-03-10 10:00").expect("a time");
    let loaded = load(&config, now).expect("configuration");
    let clock = Arc::new(ManualClock::at(now));
    let app: &Arc<App> = &App::open(loaded, clock).await.expect("an appliance");
    // Handbook §4.3: 20 working days from 2026-02-06, a special procedure from 02-25 to 03-06, until 2026-03-24.
    let records = [
        record("apply", "V1", "2026-02-06 08:40", &json!({ "item_code": "LB-1", "applicant_name": "张小明" })),
        record("accept", "V1", "2026-02-06 09:00", &json!({})),
        record("special_start", "V1", "2026-02-25 09:00", &json!({ "kind": "testing", "seq": 1 })),
        record("special_end", "V1", "2026-03-06 16:00", &json!({ "seq": 1 })),
    ];
    tell(app, folder.path(), &records).await;
    let ming = token(app, "ming", "supervision", None, 1).await;
    let reader = token(app, "reader", "read_only", None, 1).await;
    let (_, clock) = Asking(app, &reader).get("/api/v1/cases/labour/V1/clock").await;
    let days = clock["days"].as_array().expect("days");
    let day = |date: &str| days.iter().find(|d| d["date"] == date).unwrap_or_else(|| panic!("no {date} in {clock}"));
    let last = days.last().expect("a last day");
    assert_eq!(
        (last["date"].as_str(), last["counted"].as_u64(), last["excluded"].as_u64()),
        (Some("2026-03-24"), Some(20), Some(8))
    );
    assert_eq!(last["marks"][0], "法定时限届满");
    assert_eq!((day("2026-02-06")["kind"].as_str(), day("2026-02-06")["counted"].as_u64()), (Some("start"), Some(0)));
    assert_eq!(day("2026-02-14")["kind"], "counted", "a Saturday that works");
    assert_eq!(day("2026-02-17")["kind"], "rest", "Spring Festival");
    for out in ["2026-02-26", "2026-02-28", "2026-03-02", "2026-03-06"] {
        assert_eq!(day(out)["kind"], "excluded", "{out}");
    }
    assert_eq!(day("2026-02-25")["kind"], "counted", "the day of the start is not excluded");
    assert_eq!((day("2026-03-10")["ahead"].as_bool(), day("2026-03-11")["ahead"].as_bool()), (Some(false), Some(true)));

    let (ming, reader) = (Browser(app, &ming), Browser(app, &reader));
    let page = seen(&reader, "/cases/labour/V1").await;
    assert!(
        page.contains("2026-03-24 周二") && page.contains("法定时限届满") && page.contains("检测期间，不计"),
        "{page}"
    );
    assert!(page.contains("已计入") || page.contains("累计计入"));
    assert!(!page.contains("张小明") && page.contains("张**"), "persons are masked");
    let raw = seen(&reader, "/cases/labour/V1/records").await;
    assert!(!raw.contains("张小明") && raw.contains("daylight ledger prove labour 1"), "{raw}");
    // Who may sees them as they came, for a reason that is kept.
    let because: String = form_urlencoded::byte_serialize("核对申请人身份".as_bytes()).collect();
    for place in ["/cases/labour/V1", "/cases/labour/V1/records"] {
        let page = seen(&ming, place).await;
        assert!(!page.contains("张小明") && page.contains(&format!("action=\"{place}\"")), "{page}");
        let (status, short) = ming.page(&format!("{place}?reason=x")).await;
        assert!(status == 400 && short.contains("personal.reason") && !short.contains("张小明"), "{short}");
        assert!(seen(&ming, &format!("{place}?reason={because}")).await.contains("张小明"));
        assert_eq!(reader.page(&format!("{place}?reason={because}")).await.0, 403);
    }
    let (_, raw) = Asking(app, ming.1).get(&format!("/api/v1/cases/labour/V1/raw?reason={because}")).await;
    for (one, sent) in raw["items"].as_array().expect("records").iter().zip(&records) {
        assert_eq!(one["record"].as_str(), Some(sent.as_str()), "as it was received");
    }
    let kept = app.store.audit_rows(50, None).await.expect("audit");
    let opened = kept.iter().filter(|r| r.entry.action == "personal.open" && r.entry.object == "labour/V1");
    assert_eq!(opened.count(), 3);
    let filed = seen(&ming, "/cases?department=labour&format=csv").await;
    assert!(filed.contains("V1") && filed.contains("特别程序") | filed.contains("受理"), "{filed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wall_is_shown_to_a_browser_that_was_let_in_and_to_nobody_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let county = county(folder.path()).await;
    let app = &county.app;
    for id in ["market", "health"] {
        app.pull(id, "manual").await.expect("a run");
    }
    let people = token(app, "people", "security_admin", None, 400).await;
    let ming = token(app, "ming", "supervision", None, 1).await;
    let away = Browser(app, "").send(Method::GET, "/screen", "none", "").await;
    assert_eq!(
        (away.status().as_u16(), away.headers()[header::LOCATION].to_str().ok()),
        (303, Some("/sign-in?next=%2Fscreen"))
    );
    let wall = seen(&Browser(app, &ming), "/screen").await;
    assert!(wall.contains("市场监督管理局") && wall.contains("data-stream=\"/screen/events\""), "{wall}");
    assert!(wall.contains("<noscript><meta http-equiv=\"refresh\""), "{wall}");
    let cards = app.store.cards(&daylight_store::CardFilter { limit: 500, ..Default::default() }).await.expect("cards");
    for case in cards.iter().filter_map(|c| c.case_no.as_deref()) {
        assert!(!wall.contains(case), "a case on the wall");
    }

    let asking = Asking(app, &people);
    for wrong in [r#"{"name":" "}"#, r#"{"name":"大厅","days":0}"#, "{}"] {
        let (status, said) = asking.send(Method::POST, "/api/v1/screen-links", &[], wrong).await;
        assert_eq!((status.as_u16(), said["code"].as_str()), (400, Some("screen.request")), "{wrong}");
    }
    let (status, link) = asking.send(Method::POST, "/api/v1/screen-links", &[], r#"{"name":"大厅","days":30}"#).await;
    assert_eq!(status, 201, "{link}");
    let address = link["address"].as_str().expect("an address");
    let path = format!("/screen{}", address.split("/screen").nth(1).expect("a path"));
    let secret = link["secret"].as_str().expect("a secret");
    let nobody = Browser(app, "");
    for _ in 0..2 {
        assert!(seen(&nobody, &path).await.contains("在这台设备上显示"), "looking at a link does not use it up");
    }
    // A link is no sign-in link, and no token.
    assert_eq!(Browser(app, secret).page("/cases").await.0, 303);
    assert_eq!(nobody.page(&format!("/sign-in/{secret}")).await.0, 401);
    assert_eq!(nobody.send(Method::POST, &path, "cross-site", "").await.status(), 400);
    let opened = nobody.send(Method::POST, &path, "same-origin", "").await;
    let cookie = opened.headers()[header::SET_COOKIE].to_str().expect("a cookie").to_owned();
    assert_eq!(opened.status(), 303);
    assert!(cookie.contains("Path=/screen; HttpOnly; SameSite=Strict"), "{cookie}");
    assert_eq!(nobody.send(Method::POST, &path, "same-origin", "").await.status(), 401, "it works once");
    let held = cookie.split(';').next().and_then(|c| c.split_once('=')).expect("a pair").1.to_owned();
    let looks = async |path: &str| {
        let request =
            axum::http::Request::builder().uri(path).header(header::COOKIE, format!("daylight-screen={held}"));
        let request = request.body(axum::body::Body::empty()).expect("a request");
        daylight::api::ask(app, request).await
    };
    let shown = looks("/screen").await;
    assert_eq!(shown.status(), 200);
    assert!(text(shown).await.contains("市场监督管理局"));
    assert_eq!(looks("/screen/events").await.status(), 200);
    // What a wall holds opens nothing else, wherever it is put.
    for elsewhere in ["/api/v1/cases", "/api/v1/events", "/api/v1/departments"] {
        assert_eq!(looks(elsewhere).await.status(), 401, "{elsewhere}");
        assert_eq!(Asking(app, &held).get(elsewhere).await.0, 401, "{elsewhere}");
    }
    let (_, tokens) = asking.get("/api/v1/tokens").await;
    let screen = tokens["items"].as_array().expect("tokens").iter().find(|t| t["kind"] == "screen").expect("the wall");
    let desk = Browser(app, &people);
    let links = seen(&desk, "/screen-links").await;
    assert!(links.contains("大厅") && !links.contains(secret) && !links.contains(&held), "{links}");
    let again = form(&desk, "/screen-links", &[("name", "二楼"), ("days", "0")]).await;
    assert!(again.0 == 400 && again.2.contains("value=\"二楼\""), "{again:?}");
    assert!(form(&desk, "/screen-links", &[("name", "二楼"), ("days", "9")]).await.2.contains("/screen/open/dlw_"));
    assert_eq!(Browser(app, &ming).page("/screen-links").await.0, 403);
    let revoke = format!("/screen-links/{}/revoke", screen["id"].as_str().expect("an id"));
    assert_eq!(form(&desk, &revoke, &[]).await.0, 303);
    assert_eq!(looks("/screen").await.status(), 303, "it was taken back");
}
