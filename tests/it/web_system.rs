//! The pages of those who run the place, without scripts: refused records tried again, people from the first administrator on, the
//! audit of all that, what each role sees, the configuration without its secrets, and the manuals.

use crate::api::{Asking, token};
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, header};
use daylight::api::ask;
use daylight::app::App;
use daylight::clock::FastClock;
use daylight::config::load;
use daylight::demo::place::write_sample;
use daylight_domain::Timestamp;
use daylight_domain::role::Role;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// An appliance at a time of the county, on a clock that stands still.
async fn at(config: &Path, time: &str) -> Arc<App> {
    let now = Timestamp::parse(time).expect("a time");
    let loaded = load(config, now).expect("configuration");
    App::open(loaded, Arc::new(FastClock::new(now, 0))).await.expect("an appliance")
}

/// What a browser was answered.
struct Shown {
    status: u16,
    place: Option<String>,
    cookie: Option<String>,
    text: String,
}

/// A browser: the session in a cookie, forms sent from our own pages.
struct Browser<'a>(&'a Arc<App>, String);

impl Browser<'_> {
    async fn send(&self, method: Method, path: &str, form: &str) -> Shown {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, format!("daylight={}", self.1))
            .header("sec-fetch-site", "same-origin")
            .header(header::ACCEPT, "text/html");
        let answer = ask(self.0, request.body(Body::from(form.to_owned())).expect("a request")).await;
        let head = |name: header::HeaderName| answer.headers().get(name).map(|v| v.to_str().expect("text").to_owned());
        let (status, place, cookie) = (answer.status().as_u16(), head(header::LOCATION), head(header::SET_COOKIE));
        let bytes = to_bytes(answer.into_body(), 16 << 20).await.expect("a body");
        Shown { status, place, cookie, text: String::from_utf8(bytes.to_vec()).expect("text") }
    }

    async fn get(&self, path: &str) -> Shown {
        self.send(Method::GET, path, "").await
    }

    async fn post(&self, path: &str, pairs: &[(&str, &str)]) -> Shown {
        let mut form = form_urlencoded::Serializer::new(String::new());
        pairs.iter().for_each(|(name, value)| {
            form.append_pair(name, value);
        });
        self.send(Method::POST, path, &form.finish()).await
    }
}

/// The secret of a session from the cookie that was set.
fn session(shown: &Shown) -> String {
    let cookie = shown.cookie.as_ref().expect("a cookie");
    cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a pair").1.to_owned()
}

/// What follows a mark up to the next quote or tag.
fn after<'a>(text: &'a str, mark: &str) -> Vec<&'a str> {
    text.split(mark).skip(1).filter_map(|rest| rest.split(['"', '<']).next()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_is_tried_again_from_its_page_and_the_audit_says_by_whom() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let app = at(&config, "2026-04-01T09:00:00+08:00").await;
    let item = app.config.rules.catalogue.newest().find(|i| i.department == "market").expect("an item").code.clone();
    let record = |no: &str, more: &str| {
        format!(
            r#"{{"type":"apply","case_no":"{no}","item_code":"{item}","source_key":"{no}","data_version":1,"applicant_name":"钱多多"{more}}}"#
        )
    };
    // One is from the future, which comes; the other lacks what it never will have.
    let body = [record("F-1", r#","event_time":"2026-04-01 12:00:00""#), record("F-2", "")].join("\n");
    let push = token(&app, "push", "vendor", Some("market"), 9).await;
    let (_, told) = Asking(&app, &push).send(Method::POST, "/api/v1/exchange/market/batches", &[], &body).await;
    let codes: Vec<&str> =
        told["receipts"].as_array().expect("receipts").iter().filter_map(|r| r["code"].as_str()).collect();
    assert_eq!(codes, ["E009", "E001"], "{told}");
    for (name, role, department) in [
        ("yun", "system_admin", None),
        ("hua", "handler", Some("health")),
        ("shen", "audit_admin", None),
        ("see", "supervision", None),
    ] {
        token(&app, name, role, department, 9).await;
    }
    app.close().await;

    let app = at(&config, "2026-04-01T13:00:00+08:00").await;
    let of = |name: &str| Browser(&app, format!("secret of {name}"));
    let (yun, own, other, shen, see) = (of("yun"), of("push"), of("hua"), of("shen"), of("see"));
    let list = yun.get("/quarantine").await;
    assert_eq!(list.status, 200);
    let ids: Vec<String> = after(&list.text, "name=\"ids\" value=\"").into_iter().map(str::to_owned).collect();
    assert_eq!(ids.len(), 2, "{}", list.text);
    assert!(list.text.contains("E009") && list.text.contains("form=\"replay\""), "{}", list.text);
    assert_eq!(after(&yun.get("/quarantine?code=E009").await.text, "name=\"ids\" value=\"").len(), 1);

    // Both sides see them, a department its own; who may not have them tried again is offered nothing.
    let theirs = own.get("/quarantine").await;
    assert!(theirs.text.contains("E009") && !theirs.text.contains("name=\"ids\""), "{}", theirs.text);
    assert!(!other.get("/quarantine").await.text.contains("href=\"/quarantine/0"), "another department's");
    assert_eq!(other.get("/quarantine?department=market").await.status, 403);
    assert_eq!(other.get(&format!("/quarantine/{}", ids[0])).await.status, 403);
    assert_eq!(own.post("/quarantine/replay", &[("ids", &ids[0])]).await.status, 403);
    let one = yun.get(&format!("/quarantine/{}", ids[0])).await;
    assert!(one.status == 200 && !one.text.contains("钱多多"), "who runs the machine sees no persons: {}", one.text);
    assert!(one.text.contains("action=\"/quarantine/replay\"") && !one.text.contains("name=\"reason\""));
    // Who may see persons says why, else sees none.
    let place = format!("/quarantine/{}", ids[0]);
    let hidden = see.get(&place).await;
    assert!(!hidden.text.contains("钱多多") && hidden.text.contains("name=\"reason\""), "{}", hidden.text);
    assert_eq!(see.get(&format!("{place}?reason=x")).await.status, 400);
    let shown = see.get(&format!("{place}?reason=%E6%A0%B8%E5%AF%B9%E9%80%80%E5%9B%9E")).await;
    assert!(shown.status == 200 && shown.text.contains("钱多多"), "{}", shown.text);
    assert!(shen.get("/audit?action=personal.open").await.text.contains(&format!("market/quarantine/{}", ids[0])));
    assert_eq!(yun.get("/quarantine/none").await.status, 404);

    // Nothing picked is refused with a way out; picked, each is answered for.
    let nothing = yun.post("/quarantine/replay", &[]).await;
    assert!(nothing.status == 400 && nothing.text.contains("quarantine.which"), "{}", nothing.text);
    let done = yun.post("/quarantine/replay", &[("ids", &ids[0]), ("ids", &ids[1])]).await;
    assert_eq!(done.status, 200);
    assert!(done.text.contains("t-good\">接受") && done.text.contains("t-bad\">仍被退回"), "{}", done.text);
    assert!(app.store.case("market", "F-1").await.expect("read").is_some(), "the case is there now");
    assert!(app.store.case("market", "F-2").await.expect("read").is_none());
    let left = yun.get("/quarantine?state=rejected").await;
    assert_eq!(after(&left.text, "name=\"ids\" value=\"").len(), 1);
    // All of a code by the second form; the API does the same.
    let all = yun.post("/quarantine/replay", &[("code", "E001"), ("department", "market")]).await;
    assert!(all.status == 200 && all.text.contains("仍被退回"), "{}", all.text);
    let (status, answer) = Asking(&app, "secret of yun")
        .send(Method::POST, "/api/v1/quarantine/replay", &[], r#"{"department":"market"}"#)
        .await;
    assert_eq!((status.as_u16(), &answer["counts"]["rejected"]), (200, &Value::from(1)), "{answer}");

    let audit = shen.get("/audit?action=quarantine").await;
    assert_eq!(audit.status, 200);
    assert_eq!(audit.text.matches("quarantine.replay</code>").count(), 3, "{}", audit.text);
    assert!(audit.text.contains("yun") && audit.text.contains("rejected"), "{}", audit.text);
    assert!(!shen.get("/audit?actor=nobody").await.text.contains("quarantine.replay"));
    assert!(shen.get("/audit?from=2026-04-02").await.text.contains("没有符合条件的记录"));
    let verified = shen.get("/audit/verify").await;
    assert!(verified.text.contains("t-good\">完整"), "{}", verified.text);
    let file = shen.get("/audit?format=csv").await;
    assert!(file.status == 200 && file.text.contains("quarantine.replay"), "{}", file.text);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_managed_by_pages_from_the_first_administrator_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let app = at(&config, "2026-04-01T09:00:00+08:00").await;
    // A fresh installation: the command makes the first person and prints an address.
    app.add_user("安全", "security_admin", None, "cli").await.expect("a person");
    let link = app.give_link("安全", "cli").await.expect("a link").secret;
    let password = "spring-2026-Festival";
    let nobody = Browser(&app, String::new());
    let door = nobody.get(&format!("/sign-in/{link}?lang=en")).await;
    assert!(door.status == 200 && door.text.contains("Choose a password"), "{}", door.text);
    let address = format!("/sign-in/{link}");
    let first = nobody.post(&address, &[("password", password), ("again", password)]).await;
    assert_eq!((first.status, first.place.as_deref()), (303, Some("/")));
    let people = Browser(&app, session(&first));
    let home = people.get("/").await;
    assert!(home.text.contains("href=\"/users\"") && home.text.contains("部门接入状态"), "{}", home.text);
    assert!(!home.text.contains("href=\"/doctor\"") && !home.text.contains("href=\"/cards\""));
    let users = people.get("/users").await;
    assert!(users.text.contains("尚缺：系统管理员、审计管理员"), "{}", users.text);

    let refused = people.post("/users", &[("name", "li"), ("role", "handler")]).await;
    assert!(refused.status == 400 && refused.text.contains("user.department"), "{}", refused.text);
    assert!(refused.text.contains("value=\"li\""), "what was typed stays");
    let made = people.post("/users", &[("name", "li"), ("role", "handler"), ("department", "market")]).await;
    assert_eq!((made.status, made.place.as_deref()), (303, Some("/users/li")));
    let twice = people.post("/users", &[("name", "li"), ("role", "handler"), ("department", "market")]).await;
    assert_eq!(twice.status, 409);
    let once = people.post("/users/li/link", &[]).await;
    let secret = after(&once.text, "/sign-in/").into_iter().find(|s| s.starts_with("dll_")).expect("an address").trim();
    let secret = secret.to_owned();
    assert_eq!(once.status, 200);
    assert!(!people.get("/users/li").await.text.contains("dll_"), "shown once");
    let signed = nobody.post(&format!("/sign-in/{secret}"), &[("password", password), ("again", password)]).await;
    let li = Browser(&app, session(&signed));
    assert_eq!(li.get("/cards").await.status, 200);

    // One's own account: the password, sessions; another's session is nobody's to end there.
    let mine = li.get("/account").await;
    assert!(mine.status == 200 && mine.text.contains("部门承办人员"), "{}", mine.text);
    let next = "summer-2026-Lotus";
    let wrong = li.post("/account/password", &[("old", "x"), ("new", next), ("again", next)]).await;
    assert!(wrong.status == 401 && wrong.text.contains("role=\"alert\""), "{}", wrong.text);
    let differ = li.post("/account/password", &[("old", password), ("new", next), ("again", "y")]).await;
    assert!(differ.status == 400 && differ.text.contains("两次输入的密码不同"), "{}", differ.text);
    let changed = li.post("/account/password", &[("old", password), ("new", next), ("again", next)]).await;
    assert_eq!((changed.status, changed.place.as_deref()), (303, Some("/account")));
    let tokens = app.store.tokens(Some("安全")).await.expect("tokens");
    let theirs = tokens.iter().find(|t| t.revoked_at.is_none()).expect("a session").id.clone();
    assert_eq!(li.post(&format!("/account/tokens/{theirs}/revoke"), &[]).await.status, 404);

    // Tokens: shown once, never with a power that wants a signed-in person, revoked.
    let given = people.post("/users/li/tokens", &[("name", "程序"), ("scopes", "read"), ("days", "1")]).await;
    let shown =
        after(&given.text, "<pre tabindex=\"0\">").into_iter().find(|s| s.starts_with("dl_")).expect("a secret");
    let program = shown.trim().to_owned();
    assert_eq!(Asking(&app, &program).get("/api/v1/cards").await.0, 200);
    let power = people.post("/users/li/tokens", &[("name", "x"), ("scopes", "answer")]).await;
    assert!(power.status == 403 && power.text.contains("token.named"), "{}", power.text);
    let held = app.store.tokens(Some("li")).await.expect("tokens");
    let id = &held.iter().find(|t| t.name == "程序").expect("a token").id;
    assert!(people.get("/tokens").await.text.contains("程序"));
    assert_eq!(people.post(&format!("/tokens/{id}/revoke"), &[]).await.place.as_deref(), Some("/users/li"));
    assert_eq!(Asking(&app, &program).get("/api/v1/cards").await.0, 401);

    // Out at once, and in again; nobody puts himself out.
    assert_eq!(people.post("/users/li/disable", &[]).await.status, 303);
    let out = li.get("/cards").await;
    assert_eq!((out.status, out.place.as_deref()), (303, Some("/sign-in?next=%2Fcards")));
    assert_eq!(people.post("/users/li/enable", &[]).await.status, 303);
    let own: String = form_urlencoded::byte_serialize("安全".as_bytes()).collect();
    let himself = people.post(&format!("/users/{own}/disable"), &[]).await;
    assert!(himself.status == 403 && himself.text.contains("user.self"), "{}", himself.text);
    assert!(!people.get(&format!("/users/{own}")).await.text.contains(&format!("{own}/disable")));

    // The audit saw it, and no secret.
    token(&app, "shen", "audit_admin", None, 900).await;
    let shen = Browser(&app, "secret of shen".to_owned());
    let audit = shen.get("/audit?limit=500").await.text;
    for act in [
        "user.add",
        "link.give",
        "link.use",
        "password.change",
        "token.give",
        "token.revoke",
        "user.disable",
        "user.enable",
    ] {
        assert!(audit.contains(&format!("<code>{act}</code>")), "{act} in {audit}");
    }
    for secret in [password, next, &secret, &program] {
        assert!(!audit.contains(secret), "a secret in the audit");
    }
    assert_eq!((shen.get("/users").await.status, people.get("/audit").await.status), (403, 403));
    app.close().await;

    // A password of a hundred days ago leads to a new one and nowhere else.
    let app = at(&config, "2026-07-15T09:00:00+08:00").await;
    let nobody = Browser(&app, String::new());
    let signed = nobody.post("/sign-in", &[("name", "li"), ("password", next), ("next", "/cards")]).await;
    let li = Browser(&app, session(&signed));
    for page in ["/", "/cards", "/connectors"] {
        let led = li.get(page).await;
        assert_eq!((led.status, led.place.as_deref()), (303, Some("/account")), "{page}");
    }
    let account = li.get("/account").await;
    assert!(account.text.contains("密码已过期") && !account.text.contains("href=\"/cards\""), "{}", account.text);
    let fresh = "autumn-2026-Moon";
    assert_eq!(li.post("/account/password", &[("old", next), ("new", fresh), ("again", fresh)]).await.status, 303);
    assert_eq!(li.get("/cards").await.status, 200);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_sees_the_pages_of_its_rights_and_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let app = at(&config, "2026-04-01T09:00:00+08:00").await;
    let look: BTreeSet<&str> =
        Role::ALL.iter().map(|r| r.as_str()).filter(|r| !["security_admin", "audit_admin"].contains(r)).collect();
    let only = |role: &'static str| BTreeSet::from([role]);
    let pages = BTreeMap::from([
        ("/departments", look.clone()),
        ("/departments/market", look.clone()),
        ("/gate-reports", look.clone()),
        ("/connectors", look.clone()),
        ("/connectors/market", look.clone()),
        ("/pulls", look.clone()),
        ("/quarantine", look.clone()),
        ("/reconciliations", look.clone()),
        ("/plugins", look.clone()),
        ("/rules", look.clone()),
        ("/rules/T-02", look.clone()),
        ("/calendar", look),
        ("/configuration", only("system_admin")),
        ("/doctor", only("system_admin")),
        ("/deliveries", only("system_admin")),
        ("/users", only("security_admin")),
        ("/tokens", only("security_admin")),
        ("/audit", only("audit_admin")),
        ("/account", Role::ALL.iter().map(|r| r.as_str()).collect()),
    ]);
    for role in Role::ALL {
        let department = role.of_department().then_some("market");
        let secret = token(&app, role.as_str(), role.as_str(), department, 1).await;
        let browser = Browser(&app, secret);
        let home = browser.get("/").await;
        for (page, who) in &pages {
            let may = who.contains(role.as_str());
            let shown = browser.get(page).await;
            assert_eq!(shown.status, if may { 200 } else { 403 }, "{page} as {}: {}", role.as_str(), shown.text);
            assert!(may || !home.text.contains(&format!("<a href=\"{page}\"")), "{page} is shown to {}", role.as_str());
        }
        assert_eq!(
            browser.get("/departments/health").await.status == 200,
            department.is_none() && role.may(daylight_domain::role::Right::Read)
        );
    }
    let operator = Browser(&app, "secret of system_admin".to_owned());
    let home = operator.get("/").await;
    for page in ["/departments", "/rules"] {
        assert!(home.text.contains(&format!("href=\"{page}\"")), "{page}: {}", home.text);
    }
    // What is pulled by hand is pulled; who may not is told so.
    assert_eq!(Browser(&app, "secret of leader".to_owned()).post("/connectors/market/pull", &[]).await.status, 403);
    let pulled = operator.post("/connectors/market/pull", &[]).await;
    assert_eq!((pulled.status, pulled.place.as_deref()), (303, Some("/connectors/market")));

    let rules = operator.get("/rules").await;
    assert_eq!(after(&rules.text, "href=\"/rules/").len(), 127, "every rule has its row");
    let plugins = operator.get("/plugins").await;
    assert!(plugins.text.contains("daylight plugin install FILE.wasm --config"), "{}", plugins.text);
    let calendar = operator.get("/calendar?year=2026").await;
    assert_eq!(calendar.text.matches("<caption>").count(), 12);
    assert!(calendar.text.contains("国庆节") && calendar.text.contains("class=\"moved\""));
    let due = operator.get("/calendar?start=2026-02-06&limit=5&unit=working_day&profile=legal_day").await;
    assert!(due.text.contains("t-good\">2026-02-13"), "{}", due.text);
    let wrong = operator.get("/calendar?start=x&limit=5").await;
    assert!(wrong.status == 400 && wrong.text.contains("calendar.argument"), "{}", wrong.text);
    assert_eq!(operator.get("/calendar?year=1999").await.status, 400);
    let ming = Browser(&app, "secret of supervision".to_owned());
    let diff = ming.post("/rules/diff", &[("rule", "T-02"), ("enabled", "false"), ("months", "3")]).await;
    assert!(diff.status == 200 && diff.text.contains("只比较"), "{}", diff.text);
    let empty = ming.post("/rules/diff", &[("rule", "T-02"), ("months", "3")]).await;
    assert!(empty.status == 400 && empty.text.contains("role=\"alert\""), "{}", empty.text);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_says_where_each_value_stands_and_never_a_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let canary = "canary-7f3a";
    let change = |file: &str, from: &str, to: &str| {
        let path = config.join(file);
        let text = std::fs::read_to_string(&path).expect("a file");
        assert!(text.contains(from), "{file} has no {from}");
        std::fs::write(&path, text.replace(from, to)).expect("written");
    };
    change("secrets.toml", "sample-token-change-me", canary);
    // Somebody wrote it where it does not belong.
    change("departments/market.toml", "leader = \"领导己\"", &format!("leader = \"领导己 {canary}\""));
    let app = at(&config, "2026-04-01T09:00:00+08:00").await;
    token(&app, "yun", "system_admin", None, 9).await;
    let own = token(&app, "push", "vendor", Some("market"), 9).await;
    let yun = Browser(&app, "secret of yun".to_owned());
    for page in [
        "/configuration",
        "/configuration?under=departments.market",
        "/configuration?under=secrets",
        "/configuration?under=notify",
        "/configuration?under=rules",
        "/configuration?under=items",
        "/configuration?under=departments.market&format=csv",
        "/connectors/market",
        "/departments/market",
        "/plugins",
        "/doctor",
        "/api/v1/configuration",
        "/api/v1/connectors/market",
    ] {
        let shown = yun.get(page).await;
        assert_eq!(shown.status, 200, "{page}: {}", shown.text);
        assert!(!shown.text.contains(canary), "{page} shows a secret");
    }
    let theirs = Browser(&app, own).get("/connectors/market").await;
    assert!(theirs.text.contains("base_url") && !theirs.text.contains(canary), "{}", theirs.text);
    let market = yun.get("/configuration?under=departments.market").await.text;
    assert!(market.contains("departments.market.schedule</code>") && market.contains("领导己 ••••"), "{market}");
    let line = |text: &str| {
        let file = std::fs::read_to_string(config.join("departments/market.toml")).expect("a file");
        file.lines().position(|l| l.starts_with(text)).expect("a line") + 1
    };
    assert!(market.contains(&format!("departments/market.toml:{}:1", line("schedule"))), "{market}");
    assert!(market.contains("daylight.toml:"), "what the county limits stands there: {market}");
    assert!(yun.get("/configuration?under=secrets").await.text.contains("secrets.market</code>"));

    // Files that were changed since: what will be, and what is wrong, each with its place.
    change("departments/market.toml", "sla_minutes = 60", "sla_minutes = 15");
    let changed = yun.get("/configuration").await.text;
    assert!(changed.contains("departments.market.sla_minutes</code>"), "{changed}");
    change("departments/market.toml", "sla_minutes = 15", "sla_minutes = \"x\"");
    let broken = yun.get("/configuration").await.text;
    assert!(broken.contains(&format!("departments/market.toml:{}:", line("sla_minutes"))), "{broken}");
    assert!(broken.contains("href=\"/docs/errors/config.value\""), "{broken}");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_manuals_are_inside_the_program_and_every_link_in_them_leads_somewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let app = at(&config, "2026-04-01T09:00:00+08:00").await;
    let nobody = Browser(&app, String::new());
    let (mut open, mut seen) = (vec!["/docs".to_owned()], BTreeMap::new());
    while let Some(page) = open.pop() {
        if seen.contains_key(&page) {
            continue;
        }
        let shown = nobody.get(&page).await;
        assert_eq!(shown.status, 200, "{page}");
        for link in after(&shown.text, "href=\"").into_iter().filter(|l| l.starts_with("/docs")) {
            open.push(link.split('#').next().expect("a path").split('?').next().expect("a path").to_owned());
        }
        seen.insert(page, shown.text);
    }
    assert!(seen.len() > 300, "{} pages: manuals, and one for each code", seen.len());
    let books = [
        "daylight",
        "config",
        "config/rules",
        "deploy",
        "wit",
        "wit/zh",
        "plugins",
        "plugins/en",
        "core",
        "measures",
        "rules",
    ];
    for book in books {
        assert!(seen.contains_key(&format!("/docs/{book}")), "{book}");
    }
    // What a link names within a page is there.
    for (page, text) in &seen {
        for link in after(text, "href=\"").into_iter().filter(|l| l.contains('#') && !l.starts_with("http")) {
            let (to, part) = link.split_once('#').expect("a part");
            let to = if to.is_empty() { page } else { to };
            let part = format!("x={}", part.replace("&#38;", "&"));
            let (_, part) = form_urlencoded::parse(part.as_bytes()).next().expect("words");
            let there = seen.get(to).is_some_and(|text| text.contains(&format!("id=\"{part}\"")));
            assert!(there, "{page}: {link}");
        }
    }
    assert!(
        !seen.values().any(|text| text.contains("style=\"") || text.contains("<script>")),
        "markup of our own only"
    );
    assert_eq!(nobody.get("/docs/none").await.status, 404);
    assert_eq!(nobody.get("/docs/errors/none.such").await.status, 404);
    // They can be searched, without a script: a code leads to its entry, words to the section that holds them, with the hit marked.
    let contents = &seen["/docs"];
    assert!(contents.contains("method=\"get\"") && contents.contains("name=\"q\""), "{contents}");
    for (asked, first, marked) in [
        ("source.status", "/docs/errors/source.status", ""),
        ("SOURCE.STATUS", "/docs/errors/source.status", ""),
        ("E001", "/docs/errors/E001", ""),
        ("T-02", "/docs/rules", ""),
        ("Nginx reload", "/docs/deploy#reverse-proxy", "<mark>nginx</mark>"),
        ("连接器状态", "/docs/deploy#how-a-connector-stands-连接器状态", "<mark>连接器状态</mark>"),
    ] {
        let words: String = form_urlencoded::byte_serialize(asked.as_bytes()).collect();
        for lang in ["zh", "en"] {
            let page = nobody.get(&format!("/docs?q={words}&lang={lang}")).await;
            let list = page.text.split("<ol>").nth(1).unwrap_or_else(|| panic!("{asked}: {}", page.text));
            let to = list.split("href=\"").nth(1).and_then(|l| l.split('"').next()).expect("a first place");
            assert_eq!(to, first, "{asked}");
            let plain = list.replace("<span lang=\"zh-CN\">", "").replace("</span>", "");
            assert!(plain.contains(marked), "{asked}: {list}");
            let (path, part) = to.split_once('#').unwrap_or((to, ""));
            assert!(part.is_empty() || seen[path].contains(&format!("id=\"{part}\"")), "{to} is there");
        }
    }
    let none = nobody.get("/docs?q=%3Cscript%3Ealert%281%29&lang=en").await;
    assert!(none.status == 200 && none.text.contains("Nothing was found") && !none.text.contains("<script>"));
    let english = nobody.get("/docs/errors/auth.stale?lang=en").await.text;
    assert!(english.contains("What to do"), "{english}");
    app.close().await;
}
