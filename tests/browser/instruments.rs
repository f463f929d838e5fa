//! What looks at pages is looked at itself: a page where everything is wrong, and each thing is found.

use crate::chromium::Chromium;
use crate::tab::{Kind, Tab};
use crate::{aria, audit};
use axum::Router;
use axum::response::Html;
use axum::routing::get;

const BAD: &str = "<!doctype html><html><head><title>Bad</title><link rel=\"stylesheet\" href=\"/bad.css\"></head><body>\
    <h1 id=\"one\">Bad 2026-04-02</h1><p id=\"one\">Twice</p><img src=\"http://localhost:1/x.png\">\
    <button class=\"dark\">Dark</button><span><a href=\"#none\" tabindex=\"-1\">Unreachable</a></span>\
    <div class=\"cover\"><a href=\"/\">Covered</a><b></b></div><input type=\"text\">\
    <table><caption>Rows</caption><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td><a href=\"/\">1</a></td><td>2</td></tr></tbody></table>\
    <div class=\"broad\">Broad</div><script src=\"/none.js\"></script><script src=\"/bad.js\"></script><script>inline()</script></body></html>";
const CSS: &str = ":focus { outline: 3px solid } .dark:focus { outline: none } .broad { width: 2000px } .cover { position: relative } \
    .cover b { position: absolute; inset: 0; background: #fff }";
const JS: &str = "console.error('said'); setTimeout(() => document.body.append('late')); throw new Error('thrown');";

async fn bad() -> (String, tokio::task::JoinHandle<()>) {
    let policy = ("content-security-policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src *");
    let router = Router::new()
        .route("/", get(move || async move { ([policy], Html(BAD)) }))
        .route("/bad.css", get(|| async { ([("content-type", "text/css")], CSS) }))
        .route("/bad.js", get(|| async { ([("content-type", "text/javascript")], JS) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("an address");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("serving") });
    (base, serving)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_a_page_is_found_and_nothing_hides_another() {
    let Some(browser) = Chromium::start() else { return };
    let (base, serving) = bad().await;
    let tab = Tab::open(&browser, &base, Kind::default());
    let from = browser.heard();
    assert_eq!(tab.go("/"), Ok(200));
    let mut found = audit::widths(&tab);
    found.extend(audit::keyboard(&tab));
    found.extend(audit::network(&tab, &base, from, 200));
    let text = found.join("\n");
    for wanted in [
        "2008 px wide in 390",
        "2008 px wide in 1280",
        "Tab does not come to <a> “Unreachable”",
        "focus on <button> “Dark” has no outline",
        "focus on <a> “Covered” is under <b>",
        "asked another origin: http://localhost:1/x.png",
        "/none.js\" answers 404",
        "console: \"said\"",
        "script: \"Error: thrown",
        "policy: script-src-elem inline",
        "#none leads nowhere",
        "id one is there twice",
    ] {
        assert!(text.contains(wanted), "not found: {wanted}\n{text}");
    }
    let open = Tab::open(&browser, &base, Kind { no_policy: true, ..Kind::default() });
    assert_eq!(open.go("/"), Ok(200));
    let found = audit::accessible(&open).join("\n");
    // Nothing at all where the checker was not fetched, which has been said.
    for wanted in ["axe image-alt", "axe label", "axe html-has-lang"] {
        assert!(found.is_empty() || found.contains(wanted), "not found: {wanted}\n{found}");
    }
    let said = aria::snapshot(&tab, &["Unreachable".to_owned()], true);
    for wanted in ["heading “Bad #-#-#” 1", "button “Dark”", "link “某部门”", "columns A | B", "with link"]
    {
        assert!(said.contains(wanted), "not said: {wanted}\n{said}");
    }
    serving.abort();
}
