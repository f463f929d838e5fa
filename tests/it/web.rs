//! The console without scripts: who gets in, what stands on the pages, what a form does.

use crate::api::token;
use crate::bilingual::{lines, unmarked};
use crate::county::county;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use axum::response::Response;
use daylight::api::ask;
use daylight::app::App;
use daylight_store::CardFilter;
use std::sync::Arc;

/// A browser: the session in a cookie, forms sent from our own pages.
pub struct Browser<'a>(pub &'a Arc<App>, pub &'a str);

impl Browser<'_> {
    pub async fn send(&self, method: Method, path: &str, site: &str, form: &str) -> Response {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, format!("daylight={}", self.1))
            .header("sec-fetch-site", site)
            .header(header::ACCEPT, "text/html");
        ask(self.0, request.body(Body::from(form.to_owned())).expect("a request")).await
    }

    /// A page, which says in English nothing in Chinese but what is marked as data.
    pub async fn page(&self, path: &str) -> (StatusCode, String) {
        let asked = async |browser: &Browser<'_>| {
            let answer = browser.send(Method::GET, path, "same-origin", "").await;
            let page =
                answer.headers().get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
            (answer.status(), page, text(answer).await)
        };
        let (status, is_page, page) = asked(self).await;
        // Who gives a reason is kept with it, and gives it once.
        if is_page && !path.contains("reason=") {
            let (_, _, english) = asked(&Browser(self.0, &format!("{}; lang=en", self.1))).await;
            let found = lines(&english, unmarked);
            assert!(found.is_empty(), "{path}:\n{}", found.join("\n"));
        }
        (status, page)
    }
}

pub async fn text(answer: Response) -> String {
    let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_for_who_may_do_what_it_shows_and_a_form_does_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let county = county(folder.path()).await;
    let app = &county.app;
    for id in ["market", "health"] {
        app.pull(id, "manual").await.expect("a run");
    }
    let ming = token(app, "ming", "supervision", None, 1).await;
    let hua = token(app, "hua", "handler", Some("market"), 1).await;
    let people = token(app, "people", "security_admin", None, 1).await;
    let (ming, hua, people) = (Browser(app, &ming), Browser(app, &hua), Browser(app, &people));

    // Who did not sign in is shown where, and sees at home the plain public page.
    let nobody = Browser(app, "");
    let shown = nobody.send(Method::GET, "/cards?level=red", "none", "").await;
    assert_eq!(
        (shown.status(), shown.headers()[header::LOCATION].to_str().ok()),
        (StatusCode::SEE_OTHER, Some("/sign-in?next=%2Fcards%3Flevel%3Dred"))
    );
    let (status, home) = nobody.page("/").await;
    assert_eq!(status, 200);
    assert!(!home.contains("sign-out"), "nobody is signed in");
    assert_eq!(people.page("/cases").await.0, 403, "who manages people looks at no case");

    // Every page loads only what is ours, under an address that may be kept.
    let answer = ming.send(Method::GET, "/", "same-origin", "").await;
    let policy = answer.headers()[header::CONTENT_SECURITY_POLICY].to_str().expect("a policy").to_owned();
    assert!(policy.contains("default-src 'none'; script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    let home = text(answer).await;
    assert!(home.contains("aria-current=\"page\"") && home.contains("市场监督管理局"), "{home}");
    let css = home.split("href=\"/assets/").nth(1).and_then(|p| p.split('"').next()).expect("a sheet");
    let sheet = ming.send(Method::GET, &format!("/assets/{css}"), "same-origin", "").await;
    assert_eq!(sheet.status(), 200);
    assert!(sheet.headers()[header::CACHE_CONTROL].to_str().expect("words").contains("immutable"));
    let (status, _) = ming.page("/assets/0000000000000000/console.css").await;
    assert_eq!(status, 404);

    // Lists: filters stand in the address, the next page keeps them, a department sees its own.
    let (_, list) = ming.page("/cases?department=market&limit=50&state=").await;
    assert_eq!(list.matches("<tr><th scope=\"row\">").count(), 50);
    let next = list.split("rel=\"next\" href=\"").nth(1).and_then(|p| p.split('"').next()).expect("a next page");
    assert!(next.starts_with("/cases?department=market"), "{next}");
    let (_, second) = ming.page(&next.replace("&#38;", "&").replace("&amp;", "&")).await;
    assert!(second.contains("rel=\"next\"") && second != list);
    assert_eq!(hua.page("/cases?department=health").await.0, 403);
    assert_eq!(ming.page("/cases?state=lost").await.0, 400);
    let (_, english) = ming.page("/cases?lang=en").await;
    assert!(english.contains("<html lang=\"en\">") && english.contains("Case no."), "{english}");

    // A file: limits, findings, the timeline with its hashes; persons masked for whom they are not.
    let filter = CardFilter {
        department: Some("market".to_owned()),
        state: Some("issued".to_owned()),
        limit: 50,
        ..CardFilter::default()
    };
    let cards = app.store.cards(&filter).await.expect("cards");
    let card = cards.iter().find(|c| c.case_no.is_some()).expect("a card about a case");
    let case = card.case_no.as_deref().expect("a case");
    let (status, file) = hua.page(&format!("/cases/market/{case}")).await;
    assert_eq!(status, 200);
    assert!(file.contains(&format!("/cards/{}", card.no)) && file.contains("/flow.svg?"), "{file}");
    assert_eq!(ming.page("/cases/market/none").await.0, 404);

    // What may be done stands on the card: the department answers, and does not revoke.
    let place = format!("/cards/{}", card.no);
    let (_, before) = hua.page(&place).await;
    let offered = |page: &str, act: &str| page.contains(&format!("action=\"{place}/{act}\""));
    assert!(offered(&before, "feedback") && offered(&before, "appeal") && !offered(&before, "revoke"), "{before}");
    assert!(offered(&ming.page(&place).await.1, "revoke"));
    let answered = format!("{place}/feedback");
    let foreign = hua.send(Method::POST, &answered, "cross-site", "text=x").await;
    assert_eq!(foreign.status(), 403, "another site's form does nothing");
    let empty = hua.send(Method::POST, &answered, "same-origin", "text=+").await;
    assert_eq!(empty.status(), 409);
    assert!(text(empty).await.contains("role=\"alert\""), "the card says why");
    let done = hua.send(Method::POST, &answered, "same-origin", "text=%E5%B7%B2%E6%94%B9").await;
    assert_eq!((done.status(), done.headers()[header::LOCATION].to_str().ok()), (StatusCode::SEE_OTHER, Some(&*place)));
    let after = hua.page(&place).await.1;
    assert!(after.contains("已改") && !offered(&after, "feedback"), "{after}");
    let not_theirs = hua.send(Method::POST, &format!("{place}/revoke"), "same-origin", "text=x").await;
    assert_eq!(not_theirs.status(), 403);
    // From the rank to the deduction to the case. A look is for those who score.
    let run = app.score("county-2025", "2026-03", None).await.expect("a run");
    let (_, runs) = ming.page("/scores").await;
    assert!(runs.contains(&format!("href=\"/scores/{}\"", run.id)) && runs.contains("影子评分"), "{runs}");
    let (status, score) = ming.page(&format!("/scores/{}", run.id)).await;
    assert_eq!(status, 200);
    assert!(score.contains("B1 按期办结率") && score.contains("href=\"/cases/market/"), "{score}");
    assert_eq!(hua.page(&format!("/scores/{}", run.id)).await.0, 404);
    // Nothing that came from outside is markup.
    let revoked = ming.send(Method::POST, &format!("{place}/revoke"), "same-origin", "text=%3Cscript%3E").await;
    assert_eq!(revoked.status(), 303);
    let page = ming.page(&place).await.1;
    assert!(!page.contains("<script>") || page.matches("<script>").count() == 0, "{page}");
}
