//! Pages in English: no word of the house stands there in Chinese. What people and systems wrote – names, reasons, explanations of findings,
//! texts of the catalogue and of the rules – stands as it was written.

use crate::api::token;
use crate::county::county;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, header};
use daylight::api::{ask, openapi};
use daylight::app::App;
use daylight_domain::role::Role;
use daylight_tests::looks::{LOOKS, facts, filled};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Pages that are texts in Chinese: papers, manuals, definitions; and what of a page is such a text.
const TEXTS: &[&str] =
    &["/api/v1/cards/{card}/paper", "/desk/papers/", "/docs", "/measures", "/item-drafts/{draft}/text"];

fn chinese(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

async fn seen(app: &Arc<App>, who: Option<&str>, path: &str, accept: &str) -> (u16, String) {
    let cookie = format!("daylight=secret of {}; lang=en", who.unwrap_or("nobody"));
    let request = Request::builder()
        .method(Method::GET)
        .uri(path)
        .header(header::COOKIE, cookie)
        .header("sec-fetch-site", "same-origin")
        .header(header::ACCEPT, accept);
    let answer = ask(app, request.body(Body::empty()).expect("a request")).await;
    let status = answer.status().as_u16();
    let bytes = to_bytes(answer.into_body(), 1 << 24).await.expect("a body");
    (status, String::from_utf8(bytes.to_vec()).expect("text"))
}

/// Text between tags, without scripts and styles; and what stands in attributes that are read out.
fn texts(page: &str) -> Vec<String> {
    let main = page.split("<main").nth(1).map_or(page, |main| main.split("</main>").next().unwrap_or(main));
    let mut found = Vec::new();
    for part in main.split('<') {
        let (tag, text) = part.split_once('>').unwrap_or(("", part));
        if !tag.starts_with("code") && !tag.starts_with("pre") && !tag.starts_with("textarea") {
            found.push(text.trim().to_owned());
        }
        for name in ["aria-label=\"", "title=\"", "alt=\""] {
            found.extend(tag.split(name).nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned));
        }
    }
    found.retain(|text| text.chars().any(chinese));
    found
}

/// Runs of Chinese.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !chinese(c)).filter(|run| !run.is_empty())
}

#[tokio::test(flavor = "multi_thread")]
async fn english_pages_are_english() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    for id in ["market", "health"] {
        app.pull(id, "manual").await.expect("a run");
    }
    app.score("county-2025", "2026-03", None).await.expect("a score run");
    for role in Role::ALL {
        let department = role.of_department().then_some("market");
        token(app, role.as_str(), role.as_str(), department, 1).await;
    }
    crate::today::busy_as(app, ("supervision", "service_centre", "handler", "commission", "legal_office")).await;
    let there = facts(app, "market").await;
    // What was written: the configuration, and whatever the API tells of it and of what came.
    let mut written = String::new();
    let config = &app.config;
    for d in config.departments.values() {
        written += &format!("{} ", d.name);
    }
    written += &config.main.county.name;
    for item in config.rules.catalogue.newest() {
        written += &serde_json::to_string(&**item).expect("an item");
    }
    for path in openapi()["paths"].as_object().expect("paths").keys().filter(|p| *p != "/api/v1/events") {
        for who in ["supervision", "system_admin", "security_admin", "audit_admin", "handler", "legal_office"] {
            let real = path
                .replace("{department}/{case_no}", &format!("market/{}", there["case"]))
                .replace("score-runs/{id}", &format!("score-runs/{}", there["run"]))
                .replace("{run}", &there["pull"])
                .replace("cards/{no}", &format!("cards/{}", there["card"]))
                .replace("rules/{id}", "rules/T-02")
                .replace("{id}", "market");
            if !real.contains('{') {
                written += &seen(app, Some(who), &real, "application/json").await.1;
            }
        }
    }
    let written: BTreeSet<&str> = runs(&written).collect();
    let all = written.iter().copied().collect::<Vec<_>>().join("|");
    // What the API says in Chinese too, and a page in English does not.
    let mut never: BTreeSet<&str> = Role::ALL.iter().flat_map(|role| runs(role.name_zh())).collect();
    never.extend(["周一", "周二", "周三", "周四", "周五", "周六", "周日"]);
    let mut leaks: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut looked = 0;
    for look in LOOKS.iter().filter(|l| !TEXTS.iter().any(|t| l.path.starts_with(t)) && !l.path.contains("lang=")) {
        let Some(path) = filled(look.path, &there) else { continue };
        let who = look.who.map(Role::as_str);
        let (status, page) = seen(app, who, &path, "text/html").await;
        if status != look.status {
            continue;
        }
        looked += 1;
        for text in texts(&page) {
            if runs(&text).any(|run| never.contains(run) || !written.contains(run) && !all.contains(run)) {
                leaks.entry(text).or_default().insert(look.path.to_owned());
            }
        }
    }
    assert!(looked > 50, "most pages were looked at: {looked}");
    assert!(leaks.is_empty(), "{} texts in Chinese: {leaks:#?}", leaks.len());
}
