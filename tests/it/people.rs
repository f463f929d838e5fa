//! Who gets in, how, and what each role may do.

use crate::api::{Asking, token};
use crate::county::county;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use daylight::api::{ask, openapi};
use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::place::write_sample;
use daylight_domain::Timestamp;
use daylight_domain::role::Role;
use daylight_store::AuditRow;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

#[derive(Deserialize)]
struct Matrix {
    groups: BTreeMap<String, BTreeSet<String>>,
    routes: BTreeMap<String, String>,
}

/// An appliance at a time of the county, on a clock that stands still.
async fn at(config: &Path, time: &str) -> Arc<App> {
    let now = Timestamp::parse(time).expect("a time");
    let loaded = load(config, now).expect("configuration");
    App::open(loaded, Arc::new(FastClock::new(now, 0))).await.expect("an appliance")
}

fn code(answer: &(StatusCode, Value)) -> (u16, String) {
    (answer.0.as_u16(), answer.1["code"].as_str().unwrap_or("").to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_as_every_role_is_as_the_matrix_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    let text = std::fs::read_to_string(daylight_tests::root().join("tests/fixtures/roles.toml")).expect("the matrix");
    let matrix: Matrix = toml::from_str(&text).expect("a matrix");
    let mut secrets = BTreeMap::new();
    for role in Role::ALL {
        let department = role.of_department().then_some("market");
        secrets.insert(role.as_str(), token(app, role.as_str(), role.as_str(), department, 1).await);
    }
    let description = openapi();
    let mut described = BTreeSet::new();
    let mut asked = 0;
    for (path, methods) in description["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            let method: Method = method.to_uppercase().parse().expect("a method");
            let operation = format!("{method} {path}");
            let group = matrix.routes.get(&operation).unwrap_or_else(|| panic!("{operation} is not in the matrix"));
            let may = &matrix.groups[group];
            described.insert(operation.clone());
            let real = path.replace("{id}", "market").replace("{department}", "market").replace("{name}", "none");
            let real = ["{no}", "{run}", "{kind}", "{case_no}", "{code}", "{other}", "{digest}"]
                .into_iter()
                .fold(real, |real, hole| real.replace(hole, "none"));
            let send = async |secret: Option<&str>| {
                let mut request = Request::builder().method(method.clone()).uri(&real);
                if let Some(secret) = secret {
                    request = request.header("authorization", format!("Bearer {secret}"));
                }
                let answer = ask(app, request.body(Body::from("{}")).expect("a request")).await;
                // The live stream never ends.
                if path == "/api/v1/events" && answer.status() == 200 {
                    return (answer.status(), Value::Null);
                }
                let status = answer.status();
                let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
                (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
            };
            let nobody = send(None).await;
            if group == "anybody" {
                assert_ne!(code(&nobody), (401, "auth.token".to_owned()), "{operation} is open");
                continue;
            }
            assert_eq!(code(&nobody), (401, "auth.token".to_owned()), "{operation} as nobody");
            for role in Role::ALL {
                let mut secret = secrets[role.as_str()].clone();
                if operation == "DELETE /api/v1/session" {
                    // Signs out; the others are still needed.
                    secret = app.give_token(role.as_str(), "once", &[], 1, "test").await.expect("a token").secret;
                }
                let answer = send(Some(&secret)).await;
                let refused = ["auth.scope", "auth.token", "auth.expired"].contains(&code(&answer).1.as_str());
                assert_eq!(!refused, may.contains(role.as_str()), "{operation} as {}: {answer:?}", role.as_str());
                asked += 1;
            }
        }
    }
    let written: BTreeSet<String> = matrix.routes.keys().cloned().collect();
    assert_eq!(written, described, "the matrix and the API have the same operations");
    assert!(asked > 1000, "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_works_once_a_password_has_rules_and_wrong_ones_lock() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let app = at(&config, "2026-04-01T09:00:00+08:00").await;
    app.add_user("wang", "supervision", None, "cli").await.expect("a person");
    for (name, role, department, problem) in [
        ("wang", "supervision", None, "user.exists"),
        ("li", "king", None, "user.role"),
        ("li", "handler", None, "user.department"),
        ("li", "leader", Some("market"), "user.department"),
        ("li", "handler", Some("none"), "department.unknown"),
        (" ", "leader", None, "user.name"),
        ("wang ", "leader", None, "user.name"),
        ("wa\u{200b}ng", "leader", None, "user.name"),
        ("system", "leader", None, "user.name"),
        ("a/b", "leader", None, "user.name"),
    ] {
        assert_eq!(app.add_user(name, role, department, "cli").await.expect_err("refused").code, problem);
    }
    let link = app.give_link("wang", "cli").await.expect("a link").secret;
    assert_eq!(app.caller(&link).await.expect_err("a link is no session").code, "auth.token");
    let nobody = Asking(&app, "");
    let begin = async |body: Value| nobody.send(Method::POST, "/api/v1/session", &[], &body.to_string()).await;
    for weak in ["short1!A", "onlylowercase", "Wang-2026-spring"] {
        let answer = begin(json!({ "link": link, "password": weak })).await;
        assert_eq!(code(&answer), (400, "auth.password-rules".to_owned()), "{weak}");
    }
    let good = "spring-2026-Festival";
    let (status, signed) = begin(json!({ "link": link, "password": good })).await;
    assert_eq!((status.as_u16(), signed["role"].as_str()), (201, Some("supervision")), "{signed}");
    assert_eq!(code(&begin(json!({ "link": link, "password": good })).await), (401, "auth.link".to_owned()));
    let session = signed["token"].as_str().expect("a session").to_owned();
    assert_eq!(Asking(&app, &session).get("/api/v1/cards").await.0, 200);
    assert_eq!(code(&Asking(&app, &session).get("/api/v1/audit").await), (403, "auth.scope".to_owned()));

    // Another session, and a new password ends it.
    let (_, other) = begin(json!({ "name": "wang", "password": good })).await;
    let other = other["token"].as_str().expect("a session").to_owned();
    let change = async |old: &str, new: &str| {
        let body = json!({ "old": old, "new": new }).to_string();
        Asking(&app, &session).send(Method::POST, "/api/v1/session/password", &[], &body).await
    };
    assert_eq!(code(&change("wrong", "summer-2026-Lotus").await), (401, "auth.password".to_owned()));
    assert_eq!(code(&change(good, good).await), (400, "auth.password-rules".to_owned()), "the same again");
    assert_eq!(change(good, "summer-2026-Lotus").await.0, 200);
    assert_eq!(code(&change("summer-2026-Lotus", good).await), (400, "auth.password-rules".to_owned()), "an old one");
    assert_eq!(code(&Asking(&app, &other).get("/api/v1/cards").await), (401, "auth.expired".to_owned()));
    assert_eq!(Asking(&app, &session).get("/api/v1/cards").await.0, 200);

    // Five wrong attempts lock; the right password does not help then. An unknown name is told nothing else.
    assert_eq!(code(&begin(json!({ "name": "nobody", "password": "x" })).await), (401, "auth.password".to_owned()));
    for name in ["wang", "unknown"] {
        for _ in 0..5 {
            let answer = begin(json!({ "name": name, "password": good })).await;
            assert_eq!(code(&answer), (401, "auth.password".to_owned()), "{name}");
        }
        let answer = begin(json!({ "name": name, "password": good })).await;
        assert_eq!(code(&answer), (429, "auth.locked".to_owned()), "{name}: nobody learns who is there");
    }
    let right = json!({ "name": "wang", "password": "summer-2026-Lotus" });
    assert_eq!(code(&begin(right.clone()).await), (429, "auth.locked".to_owned()));
    app.unlock("wang", "cli").await.expect("unlocked");
    assert_eq!(begin(right.clone()).await.0, 201);
    for _ in 0..5 {
        begin(json!({ "name": "wang", "password": good })).await;
    }
    assert_eq!(code(&begin(right.clone()).await), (429, "auth.locked".to_owned()));
    app.close().await;

    // Half an hour later the lock is over, and the session that nobody used too.
    let app = at(&config, "2026-04-01T09:31:00+08:00").await;
    assert_eq!(code(&Asking(&app, &session).get("/api/v1/cards").await), (401, "auth.expired".to_owned()));
    let nobody = Asking(&app, "");
    let (status, signed) = nobody.send(Method::POST, "/api/v1/session", &[], &right.to_string()).await;
    assert_eq!(status, 201);
    let session = signed["token"].as_str().expect("a session").to_owned();
    assert_eq!(Asking(&app, &session).send(Method::DELETE, "/api/v1/session", &[], "").await.0, 200);
    assert_eq!(code(&Asking(&app, &session).get("/api/v1/session").await), (401, "auth.expired".to_owned()));
    app.close().await;

    // A password of a hundred days ago lets in to nothing but a new one.
    let app = at(&config, "2026-07-15T09:00:00+08:00").await;
    let (_, signed) = Asking(&app, "").send(Method::POST, "/api/v1/session", &[], &right.to_string()).await;
    assert_eq!(signed["stale"], true, "{signed}");
    let session = signed["token"].as_str().expect("a session").to_owned();
    assert_eq!(code(&Asking(&app, &session).get("/api/v1/cards").await), (403, "auth.stale".to_owned()));
    let body = json!({ "old": "summer-2026-Lotus", "new": "autumn-2026-Moon" }).to_string();
    assert_eq!(Asking(&app, &session).send(Method::POST, "/api/v1/session/password", &[], &body).await.0, 200);
    assert_eq!(Asking(&app, &session).get("/api/v1/cards").await.0, 200);

    // Who is disabled is out at once.
    app.set_disabled("wang", true, "cli").await.expect("disabled");
    assert_eq!(Asking(&app, &session).get("/api/v1/cards").await.0, 401);
    let answer = Asking(&app, "").send(Method::POST, "/api/v1/session", &[], &right.to_string()).await;
    assert_eq!(code(&answer), (401, "auth.password".to_owned()));
    let acts: Vec<String> =
        app.store.audit_rows(100, None).await.expect("audit").into_iter().map(|r| r.entry.action).collect();
    for act in [
        "user.add",
        "link.give",
        "link.use",
        "sign-in",
        "sign-in.failed",
        "sign-in.locked",
        "user.unlock",
        "sign-out",
        "password.change",
        "user.disable",
    ] {
        assert!(acts.iter().any(|a| a == act), "{act} in {acts:?}");
    }
    let kept = format!("{:?}", app.store.audit_rows(100, None).await.expect("audit"));
    for secret in [good, "summer-2026-Lotus", link.as_str(), session.as_str()] {
        assert!(!kept.contains(secret), "a secret in the audit");
    }
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_signs_in_by_a_form_and_its_cookie_serves_our_own_pages_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let app = at(&config, "2026-04-01T09:00:00+08:00").await;
    app.add_user("安全", "security_admin", None, "cli").await.expect("a person");
    let link = app.give_link("安全", "cli").await.expect("a link").secret;
    let send = async |method: Method, path: &str, headers: &[(&str, &str)], body: String| {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        // As a browser says it, unless it says otherwise.
        if !headers.iter().any(|(name, _)| ["sec-fetch-site", "origin", "x-none"].contains(name)) {
            request = request.header("sec-fetch-site", "same-origin");
        }
        let answer = ask(&app, request.body(Body::from(body)).expect("a request")).await;
        let header = |name: &str| answer.headers().get(name).map(|v| v.to_str().expect("text").to_owned());
        let (status, cookie, place) = (answer.status().as_u16(), header("set-cookie"), header("location"));
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
        (status, cookie, place, String::from_utf8_lossy(&bytes).into_owned())
    };
    let address = format!("/sign-in/{link}");
    let (status, _, _, page) = send(Method::GET, &address, &[], String::new()).await;
    assert!(status == 200 && page.contains("安全") && page.contains("name=\"again\""), "{page}");
    let (status, _, _, page) = send(Method::POST, &address, &[], "password=a&again=b".to_owned()).await;
    assert!(status == 400 && page.contains("两次输入的密码不同"), "{page}");
    let form = "password=spring-2026-Festival&again=spring-2026-Festival".to_owned();
    let (status, cookie, place, _) = send(Method::POST, &address, &[], form).await;
    assert_eq!((status, place.as_deref()), (303, Some("/")));
    let cookie = cookie.expect("a cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let cookie = cookie.split(';').next().expect("a pair").to_owned();
    assert_eq!(send(Method::GET, &address, &[], String::new()).await.0, 401, "used up");
    let mine = ("cookie", cookie.as_str());
    assert_eq!(send(Method::GET, "/api/v1/users", &[mine], String::new()).await.0, 200);
    // What another site makes the browser send is refused, however good the cookie is.
    let user = json!({ "name": "li", "role": "leader" }).to_string();
    for from in [("sec-fetch-site", "cross-site"), ("origin", "http://evil.example"), ("x-none", "1")] {
        let headers = [mine, ("host", "jc.example"), from];
        let (status, _, _, body) = send(Method::POST, "/api/v1/users", &headers, user.clone()).await;
        assert!(status == 403 && body.contains("auth.origin"), "{from:?}: {body}");
    }
    let headers = [mine, ("host", "jc.example"), ("origin", "https://jc.example")];
    assert_eq!(send(Method::POST, "/api/v1/users", &headers, user).await.0, 201);
    let (status, _, _, page) = send(Method::POST, "/sign-in", &[], "name=x%3Cb%3E&password=y".to_owned()).await;
    assert!(status == 401 && page.contains("名称或密码不对") && !page.contains("x<b>"), "{page}");
    let form = "name=x&password=y".to_owned();
    let (status, _, _, page) = send(Method::POST, "/sign-in", &[("sec-fetch-site", "cross-site")], form).await;
    assert!(status == 403 && page.contains("不是从本系统的页面发出的"), "{page}");
    let (_, _, _, page) = send(Method::GET, "/sign-in", &[mine], String::new()).await;
    assert!(page.contains("已登录") && page.contains("/sign-out"), "{page}");
    // Who follows a link in a message is asked to sign in, and goes on there; nowhere else.
    let html = ("accept", "text/html");
    let (status, _, place, _) = send(Method::GET, "/api/v1/cards/1/paper", &[html], String::new()).await;
    assert_eq!((status, place.as_deref()), (303, Some("/sign-in?next=%2Fapi%2Fv1%2Fcards%2F1%2Fpaper")));
    for (next, goes) in [("%2Fapi%2Fv1%2Fcards%2F1%2Fpaper", "/api/v1/cards/1/paper"), ("%2F%2Fevil.example", "/")] {
        let form = format!("name=%E5%AE%89%E5%85%A8&password=spring-2026-Festival&next={next}");
        let (status, _, place, _) = send(Method::POST, "/sign-in", &[], form).await;
        assert_eq!((status, place.as_deref()), (303, Some(goes)));
    }
    let headers = [mine, ("sec-fetch-site", "same-origin")];
    assert_eq!(send(Method::POST, "/sign-out", &headers, String::new()).await.0, 303);
    assert_eq!(send(Method::GET, "/api/v1/users", &[mine], String::new()).await.0, 401);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_applicants_name_is_for_those_who_handle_cases() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    let app = &demo.app;
    let item = app.config.rules.catalogue.newest().find(|i| i.department == "market").expect("an item").code.clone();
    let (case_no, name) = ("ZX-1", "钱多多");
    let record = |more: &str| {
        format!(
            r#"{{"type":"apply","case_no":"{case_no}","item_code":"{item}","source_key":"{case_no}","data_version":1,"applicant_name":"{name}"{more}}}"#
        )
    };
    let push = token(app, "push", "vendor", Some("market"), 1).await;
    let body = [record(r#","event_time":"2026-04-02 08:30:00""#), record("")].join("\n");
    let answer = Asking(app, &push).send(Method::POST, "/api/v1/exchange/market/batches", &[], &body).await;
    let states: Vec<&str> =
        answer.1["receipts"].as_array().expect("receipts").iter().filter_map(|r| r["status"].as_str()).collect();
    assert_eq!(states, ["accepted", "rejected"], "{answer:?}");
    for (role, department, clear) in [
        ("system_admin", None, false),
        ("read_only", None, false),
        ("vendor", Some("market"), false),
        ("supervision", None, true),
        ("handler", Some("market"), true),
    ] {
        let secret = token(app, role, role, department, 1).await;
        let (status, case) = Asking(app, &secret).get(&format!("/api/v1/cases/market/{case_no}")).await;
        assert_eq!(status, 200);
        assert!(!case.to_string().contains(name), "without a reason: {role}");
        let why = "reason=%E6%A0%B8%E5%AF%B9%E9%80%80%E5%9B%9E";
        let (status, case) = Asking(app, &secret).get(&format!("/api/v1/cases/market/{case_no}?{why}")).await;
        assert_eq!((status == 200, case.to_string().contains(name)), (clear, clear), "{role}: {case}");
        let (_, refused) = Asking(app, &secret).get("/api/v1/quarantine?department=market").await;
        assert_eq!(refused["items"].as_array().map(Vec::len), Some(1));
        assert!(!refused.to_string().contains(name), "a list names nobody: {role}");
        // One by one, for a reason that is kept.
        let one = format!("/api/v1/quarantine/{}", refused["items"][0]["id"].as_str().expect("an id"));
        let (status, hidden) = Asking(app, &secret).get(&one).await;
        assert!(status == 200 && !hidden.to_string().contains(name), "{role}: {hidden}");
        let (status, shown) = Asking(app, &secret).get(&format!("{one}?{why}")).await;
        assert_eq!((status == 200, shown.to_string().contains(name)), (clear, clear), "{role}: {shown}");
    }
    let mut opened = app.store.audit_rows(100, None).await.expect("the audit");
    opened.retain(|row| row.entry.action == "personal.open");
    let of = |row: &AuditRow| (row.entry.actor.clone(), row.entry.object.starts_with("market/quarantine/"));
    let who = ["handler", "supervision"].iter().flat_map(|who| [true, false].map(|record| ((*who).to_owned(), record)));
    assert_eq!(
        opened.iter().map(of).collect::<Vec<_>>(),
        who.collect::<Vec<_>>(),
        "the record and the case, the new first"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_revoked_stays_revoked_and_a_reset_ends_what_was_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let app = at(&config, "2026-04-01T09:00:00+08:00").await;
    app.add_user("wang", "supervision", None, "cli").await.expect("a person");
    // A token that is used and revoked at the same time is revoked.
    for _ in 0..20 {
        let given = app.give_token("wang", "t", &[], 1, "cli").await.expect("a token");
        let uses: Vec<_> = (0..8)
            .map(|_| {
                let (app, secret) = (Arc::clone(&app), given.secret.clone());
                tokio::spawn(async move { app.caller(&secret).await.is_ok() })
            })
            .collect();
        app.revoke(&given.id, "cli", "token.revoke").await.expect("revoked");
        for one in uses {
            one.await.expect("asked");
        }
        assert_eq!(app.caller(&given.secret).await.expect_err("revoked").code, "auth.expired");
    }
    // A new password by a link ends sessions and links of before.
    let link = async || app.give_link("wang", "cli").await.expect("a link").secret;
    let (first, second) = (link().await, link().await);
    let session = app.use_link(&first, "spring-2026-Festival").await.expect("signed in").secret;
    assert_eq!(app.use_link(&second, "summer-2026-Lotus").await.expect_err("ended").code, "auth.link");
    app.use_link(&link().await, "summer-2026-Lotus").await.expect("signed in");
    assert_eq!(app.caller(&session).await.expect_err("ended").code, "auth.expired");
    // Nobody acts in another's name by a token that the security administrator gives out.
    let people = token(&app, "people", "security_admin", None, 1).await;
    let give =
        async |body: Value| Asking(&app, &people).send(Method::POST, "/api/v1/tokens", &[], &body.to_string()).await;
    let answer = give(json!({ "user": "wang", "name": "x", "scopes": ["supervise"] })).await;
    assert_eq!(code(&answer), (403, "token.named".to_owned()));
    let (status, given) = give(json!({ "user": "wang", "name": "x" })).await;
    assert_eq!(status, 201, "{given}");
    let caller = app.caller(given["secret"].as_str().expect("a secret")).await.expect("a caller");
    assert!(caller.may(daylight_domain::role::Right::Read) && !caller.may(daylight_domain::role::Right::Supervise));
    app.close().await;
}
