//! The catalogue from draft to published by two people, the provincial list beside it, and what anybody reads and does on the public
//! pages without signing in.

use crate::api::{Asking, token};
use crate::publish::supervised;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use daylight::api::ask;
use daylight::app::App;
use daylight::config::load;
use daylight::demo::place::write_sample;
use daylight_domain::Timestamp;
use daylight_domain::clock::ManualClock;
use daylight_store::{CaseFilter, FindingFilter};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

fn t(text: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-{text}+08:00")).expect("a time")
}

fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// What a page shows of a text.
fn shown(text: &str) -> String {
    text.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;")
}

/// A browser, signed in or not.
struct Browser<'a>(&'a Arc<App>, &'a str);

struct Page {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Page {
    fn to(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.text);
        self.headers[header::LOCATION].to_str().expect("an address")
    }
}

impl Browser<'_> {
    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
        let mut request = Request::builder().method(method).uri(path).header("sec-fetch-site", "same-origin");
        if !self.1.is_empty() {
            request = request.header(header::COOKIE, format!("daylight={}", self.1));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = ask(self.0, request.body(Body::from(body.to_owned())).expect("a request")).await;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = to_bytes(answer.into_body(), 1 << 24).await.expect("a body");
        Page { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    async fn get(&self, path: &str) -> Page {
        self.send(Method::GET, path, &[], "").await
    }

    async fn post(&self, path: &str, pairs: &[(&str, &str)]) -> Page {
        self.send(Method::POST, path, &[], &form(pairs)).await
    }
}

/// The sample county at a time, as its configuration stands now.
async fn open(config: &Path, clock: &Arc<ManualClock>) -> Arc<App> {
    use daylight_domain::clock::Clock;
    let loaded = load(config, clock.now()).unwrap_or_else(|p| panic!("{p:#?}"));
    App::open(loaded, Arc::<ManualClock>::clone(clock)).await.expect("an appliance")
}

/// The fields of the form of a page as a browser would send them, one of them changed.
fn filled(page: &str, change: &[(&str, &str)]) -> String {
    let action = page.find("/edit\"").expect("the form");
    let inside = &page[action..page[action..].find("</form>").map_or(page.len(), |end| action + end)];
    let attribute = |tag: &str, name: &str| {
        tag.split(&format!(" {name}=\"")).nth(1).and_then(|v| v.split('"').next()).map(str::to_owned)
    };
    let plain = |text: &str| {
        text.replace("&#38;", "&")
            .replace("&#60;", "<")
            .replace("&#62;", ">")
            .replace("&#34;", "\"")
            .replace("&#39;", "'")
    };
    let mut pairs: Vec<(String, String)> = Vec::new();
    for tag in inside.split("<input").skip(1) {
        let tag = tag.split('>').next().unwrap_or("");
        let kind = attribute(tag, "type").unwrap_or_default();
        if ["checkbox", "radio"].contains(&kind.as_str()) && !tag.contains(" checked") {
            continue;
        }
        pairs.push((attribute(tag, "name").unwrap_or_default(), plain(&attribute(tag, "value").unwrap_or_default())));
    }
    for area in inside.split("<textarea").skip(1) {
        let (tag, rest) = area.split_once('>').expect("a field");
        let text = plain(rest.split("</textarea>").next().unwrap_or(""));
        pairs.push((attribute(tag, "name").unwrap_or_default(), text.replace('\n', "\r\n")));
    }
    for list in inside.split("<select").skip(1) {
        let (tag, rest) = list.split_once('>').expect("a list");
        let options = rest.split("</select>").next().unwrap_or("");
        let chosen = options.split("<option").find(|o| o.contains(" selected"));
        let value = chosen.and_then(|o| attribute(o, "value")).unwrap_or_default();
        pairs.push((attribute(tag, "name").unwrap_or_default(), value));
    }
    for (name, value) in change {
        pairs.retain(|(n, _)| n != name);
        pairs.push(((*name).to_owned(), (*value).to_owned()));
    }
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    form(&pairs)
}

async fn state(app: &Arc<App>, secret: &str, no: &str) -> Value {
    Asking(app, secret).get(&format!("/api/v1/item-drafts/{no}")).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_drafted_by_one_reviewed_by_another_and_published_by_the_configuration() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let clock = Arc::new(ManualClock::at(t("03-02T10:00:00")));
    let app = open(&config, &clock).await;
    let hua_s = token(&app, "hua", "handler", Some("market"), 365).await;
    let qiang_s = token(&app, "qiang", "handler", Some("health"), 365).await;
    let li_s = token(&app, "li", "legal_office", None, 365).await;
    let fa_s = token(&app, "fa", "development_bureau", None, 365).await;
    let ming_s = token(&app, "ming", "supervision", None, 365).await;
    let (hua, qiang, li) = (Browser(&app, &hua_s), Browser(&app, &qiang_s), Browser(&app, &li_s));

    // The list and an item of it; who may draft is offered it, others are not.
    let item = app.config.rules.catalogue.newest().find(|i| i.department == "market").expect("an item").clone();
    let code = item.code.clone();
    let list = hua.get("/items?department=market&fee=false").await;
    assert!(list.text.contains(&format!("href=\"/items/{code}\"")), "{}", list.text);
    assert_eq!(hua.get("/items?state=lost").await.status, 400);
    let page = hua.get(&format!("/items/{code}")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("action=\"/item-drafts\"") && page.text.contains("C-01"), "{}", page.text);
    assert!(page.text.contains(&format!("/api/v1/items/{code}/flow.svg?version=1")));
    assert!(!Browser(&app, &ming_s).get(&format!("/items/{code}")).await.text.contains("action=\"/item-drafts\""));
    let english = hua.get(&format!("/items/{code}?lang=en")).await.text;
    assert!(english.contains("Promised limit") && english.contains("working days"), "{english}");

    // Drafted: a line that cannot be read is told at its line, and what was typed stands there.
    assert_eq!(qiang.post("/item-drafts", &[("code", &code)]).await.status, 403, "another department's item");
    let text = hua.post("/item-drafts", &[("code", &code)]).await.to().to_owned();
    let place = text.trim_end_matches("/text").to_owned();
    let no = place.trim_start_matches("/item-drafts/").to_owned();
    let before = hua.get(&text).await.text;
    let edit = format!("{place}/edit");
    let broken = filled(&before, &[("materials", "申请表 | mandatory\r\n平面图 | 随便"), ("name", "改了名称")]);
    let refused = hua.send(Method::POST, &edit, &[], &broken).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains("第 2 行：") && refused.text.contains("平面图 | 随便"), "{}", refused.text);
    assert!(refused.text.contains("value=\"改了名称\""), "{}", refused.text);

    // Longer than the law: kept, checked, told at the field, and not submitted.
    let legal = item.legal_limit.expect("a limit").value;
    let too_long = filled(&before, &[("promise_limit.value", &(legal + 1).to_string())]);
    let kept = hua.send(Method::POST, &edit, &[], &too_long).await;
    assert_eq!(kept.to(), place, "{}", kept.text);
    assert!(hua.get(&place).await.text.contains("item.promise"));
    assert!(hua.get(&text).await.text.contains("aria-invalid=\"true\""), "told at the field");
    let early = hua.post(&format!("{place}/submit"), &[]).await;
    assert!(early.status == 409 && early.text.contains("draft.incomplete"), "{}", early.text);
    let before = hua.get(&text).await.text;
    let promise = item.promise_limit.expect("a promise").value.to_string();
    let good = filled(
        &before,
        &[
            ("promise_limit.value", promise.as_str()),
            ("valid_from", "2026-03-10"),
            ("conditions", "在本县经营\r\n有固定场所"),
        ],
    );
    assert_eq!(hua.send(Method::POST, &edit, &[], &good).await.to(), place);
    let draft = state(&app, &hua_s, &no).await;
    assert_eq!((draft["remarks"].clone(), draft["item"]["version"].clone()), (json!([]), json!(2)), "{draft}");
    assert_eq!(draft["item"]["flow"], json!(item.flow), "the flow came through its lines unchanged");
    let (_, changes) = Asking(&app, &hua_s).get(&format!("/api/v1/item-drafts/{no}/changes")).await;
    let fields: Vec<&str> =
        changes["items"].as_array().expect("changes").iter().filter_map(|c| c["field"].as_str()).collect();
    assert_eq!(fields, ["conditions", "valid_from"]);

    // Reviewed by the legal office, not by the other office, not by who wrote at it.
    hua.post(&format!("{place}/submit"), &[("text", "请审核")]).await.to();
    assert_eq!(hua.post(&format!("{place}/approve"), &[]).await.status, 403);
    let fa = Browser(&app, &fa_s).post(&format!("{place}/approve"), &[]).await;
    assert!(fa.status == 403 && fa.text.contains("draft.office"), "{}", fa.text);
    assert!(!Browser(&app, &fa_s).get(&place).await.text.contains(&format!("{place}/approve")), "nor offered");
    assert!(li.post(&format!("{place}/return"), &[("text", " ")]).await.text.contains("draft.words"));
    li.post(&format!("{place}/approve"), &[("text", "同意")]).await.to();
    let approved = li.get(&place).await.text;
    assert!(approved.contains("[[item]]") && approved.contains("config/catalogue/market.toml"), "{approved}");
    assert_eq!(qiang.get(&place).await.status, 403, "a department sees its own");
    let (_, toml) = Asking(&app, &li_s).get(&format!("/api/v1/item-drafts/{no}/toml")).await;
    let toml = toml.as_str().expect("text").to_owned();

    // Nothing is published before the configuration holds it; then by itself, and in force on its day.
    app.look_at_everything().await.expect("a round");
    assert_eq!(state(&app, &li_s, &no).await["state"], "approved");
    // No second draft of the same version; of another item the catalogue will hold something else than its draft.
    let drafted = async |code: &str| {
        let body = json!({ "code": code }).to_string();
        Asking(&app, &hua_s).send(Method::POST, "/api/v1/item-drafts", &[], &body).await
    };
    let (status, twice) = drafted(&code).await;
    assert_eq!((status.as_u16(), twice["code"].as_str()), (409, Some("draft.twice")), "{twice}");
    let is_other = |i: &&Arc<daylight_domain::item::Item>| i.department == "market" && i.code != code;
    let second = app.config.rules.catalogue.newest().find(is_other).expect("another item").code.clone();
    let (status, other) = drafted(&second).await;
    assert_eq!(status, 201, "{other}");
    let name = other["item"]["name"].as_str().expect("a name").to_owned();
    let other = other["no"].as_str().expect("a number").to_owned();
    let (_, otherwise) = Asking(&app, &li_s).get(&format!("/api/v1/item-drafts/{other}/toml")).await;
    let otherwise = otherwise.as_str().expect("text").replace(&name, &format!("{name}（新）"));
    app.close().await;
    drop(app);
    let file = config.join("catalogue/market.toml");
    let now = std::fs::read_to_string(&file).expect("a file");
    std::fs::write(&file, format!("{now}\n{toml}\n{otherwise}")).expect("written");
    let app = open(&config, &clock).await;
    app.look_at_everything().await.expect("a round");
    let draft = state(&app, &li_s, &no).await;
    assert_eq!(draft["state"], "published", "{draft}");
    assert_eq!(draft["steps"].as_array().and_then(|s| s.last()).map(|s| s["by"].clone()), Some(json!("system")));
    let gone = state(&app, &li_s, &other).await;
    assert_eq!(gone["state"], "superseded", "{gone}");
    assert_eq!(app.item_today(&code).expect("an item").version, 1);
    let differences = Browser(&app, &li_s).get(&format!("/items/{code}?old=1&new=2")).await.text;
    assert!(differences.contains("在本县经营<br>有固定场所"), "{differences}");
    clock.set(t("03-10T09:00:00"));
    assert_eq!(app.item_today(&code).expect("an item").version, 2);

    // What is no licence goes to the development bureau, and its guide posts the conditions by then.
    let fields = json!({ "code": "MK-9901", "name": "营业信息确认", "department": "market", "task_type": "07",
        "legal_basis": "市场主体登记管理条例", "valid_from": "2026-04-01", "is_fee": false,
        "flow": { "nodes": [{ "id": "a", "kind": "start", "name": "开始" }, { "id": "b", "kind": "end", "name": "办结" }],
            "edges": [{ "from": "a", "to": "b" }] } });
    let hua = Asking(&app, &hua_s);
    let (status, made) =
        hua.send(Method::POST, "/api/v1/item-drafts", &[], &json!({ "item": fields }).to_string()).await;
    assert_eq!(status, 201, "{made}");
    let new = made["no"].as_str().expect("a number");
    let at = format!("/api/v1/item-drafts/{new}");
    assert_eq!(hua.send(Method::POST, &format!("{at}/submit"), &[], "{}").await.0, 200);
    let refused = Asking(&app, &li_s).send(Method::POST, &format!("{at}/approve"), &[], "{}").await;
    assert_eq!((refused.0, refused.1["code"].as_str()), (StatusCode::FORBIDDEN, Some("draft.office")));
    assert_eq!(Asking(&app, &fa_s).send(Method::POST, &format!("{at}/approve"), &[], "{}").await.0, 200);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provincial_list_says_what_differs_and_drafts_are_made_of_what_is_chosen() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let rules = config.join("rules/catalogue.toml");
    let text = std::fs::read_to_string(&rules).expect("rules");
    let at = text.find("id = \"C-05\"").expect("a rule");
    let on = format!("{}{}", &text[..at], text[at..].replacen("enabled = false", "enabled = true", 1));
    std::fs::write(&rules, on).expect("written");
    let clock = Arc::new(ManualClock::at(t("03-02T10:00:00")));
    let app = open(&config, &clock).await;
    let li_s = token(&app, "li", "legal_office", None, 365).await;
    let hua_s = token(&app, "hua", "handler", Some("market"), 365).await;
    let of_market = || app.config.rules.catalogue.newest().filter(|i| i.department == "market");
    let (same, other) = (of_market().next().expect("an item").clone(), of_market().nth(1).expect("an item").clone());
    let days = other.legal_limit.expect("a limit").value + 5;
    let csv = format!(
        "实施编码,事项名称,实施主体,法定办结时限,法定办结时限单位,是否收费,备注\n{},{},market,{},工作日,{},x\n\
         {},{},market,{days},工作日,是,\nNEW-1,新设许可,market,20,工作日,否,\nBAD,缺时限,market,二十,工作日,否,\n",
        same.code,
        same.name,
        same.legal_limit.expect("a limit").value,
        if same.is_fee { "是" } else { "否" },
        other.code,
        other.name,
    );
    let (bytes, _, _) = encoding_rs::GB18030.encode(&csv);
    let li = Asking(&app, &li_s);
    let (status, one) = li.bytes(Method::POST, "/api/v1/item-lists", &[], bytes.to_vec()).await;
    assert_eq!(status, 201, "{one}");
    let missing = of_market().count() - 2;
    assert_eq!(one["counts"], json!({ "same": 1, "changed": 1, "new": 1, "missing": missing }));
    assert_eq!((one["ignored"].clone(), one["refused"][0]["what"].clone()), (json!(["备注"]), json!("4")), "{one}");
    let changed = one["items"].as_array().expect("items").iter().find(|i| i["standing"] == "changed").expect("one");
    let fields: Vec<&str> =
        changed["changes"].as_array().expect("changes").iter().filter_map(|c| c["field"].as_str()).collect();
    assert_eq!(fields, if other.is_fee { vec!["legal_limit"] } else { vec!["legal_limit", "is_fee"] });
    let no = one["no"].as_str().expect("a number").to_owned();
    let refused = Asking(&app, &hua_s).bytes(Method::POST, "/api/v1/item-lists", &[], bytes.to_vec()).await;
    assert_eq!(refused.0, 403, "the list is the county's");

    // The rule about the provincial catalogue finds it now.
    app.look_at_everything().await.expect("a round");
    let filter = FindingFilter { rule: Some("C-05".to_owned()), limit: 100, ..FindingFilter::default() };
    let found = app.store.findings(&filter).await.expect("findings");
    assert_eq!(found.iter().map(|f| f.finding.object_id.as_str()).collect::<Vec<_>>(), [other.code.as_str()]);

    // On the page: counts that lead to their rows, and drafts of what was chosen.
    let li = Browser(&app, &li_s);
    let page = li.get(&format!("/item-lists/{no}?standing=changed")).await.text;
    let grid = page.split("<tbody>").nth(1).and_then(|p| p.split("</tbody>").next()).expect("a table");
    assert!(grid.contains(&other.code) && !grid.contains("NEW-1"), "{grid}");
    assert!(page.contains(&format!("{days}个工作日")), "{page}");
    let chosen = [("codes", other.code.as_str()), ("codes", "NEW-1")];
    assert_eq!(li.post(&format!("/item-lists/{no}/draft"), &chosen).await.to(), "/item-drafts");
    assert_eq!(li.post(&format!("/item-lists/{no}/draft"), &[]).await.status, 400, "nothing was chosen");
    let (_, drafts) = Asking(&app, &li_s).get("/api/v1/item-drafts").await;
    let drafts = drafts["items"].as_array().expect("drafts").clone();
    let versions: Vec<Value> = drafts.iter().map(|d| json!([d["item"]["code"], d["item"]["version"]])).collect();
    assert_eq!(json!(versions), json!([[other.code, other.version + 1], ["NEW-1", 1]]));
    assert_eq!(drafts[0]["item"]["legal_limit"]["value"], days);
    // A later list takes the place of the one before; pasted text does as well as a file.
    let again = li.post("/item-lists", &[("list", "实施编码,事项名称\nNEW-2,另一许可")]).await;
    assert!(again.to().starts_with("/item-lists/QD"));
    let (_, before) = Asking(&app, &li_s).get(&format!("/api/v1/item-lists/{no}")).await;
    assert_eq!(before["state"], "replaced");
    assert_eq!(li.post("/item-lists", &[("list", "名称\n甲")]).await.status, 400);
    app.close().await;
}

/// Who complains and asks; nobody reads of them on a public page.
const CANARY: [&str; 2] = ["司马不公开", "13987650001"];

#[tokio::test(flavor = "multi_thread")]
async fn anybody_finds_a_guide_complains_asks_follows_and_rates_and_nobody_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = &supervised(folder.path()).await;
    let centre = token(app, "centre", "service_centre", None, 365).await;
    let ming = token(app, "ming", "supervision", None, 365).await;
    let leader = token(app, "leader", "leader", None, 365).await;
    let hua = token(app, "hua", "handler", Some("market"), 365).await;
    let nobody = Browser(app, "");
    let mut seen: Vec<String> = Vec::new();
    let mut look = async |path: &str| {
        let page = nobody.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        assert!(!page.text.contains("sign-out") && !page.headers.contains_key(header::SET_COOKIE), "{path}");
        seen.push(page.text.clone());
        page
    };

    // Guides: found by a word and a department, kept on the way, asked for again only when they changed.
    let item = app.config.rules.catalogue.newest().find(|i| i.department == "market").expect("an item").clone();
    let home = look("/public").await;
    assert!(home.text.contains("href=\"/public/items\"") && home.text.contains("action=\"/public/items\""));
    let word: String = form(&[("word", &item.name)]);
    let found = look(&format!("/public/items?department=market&{word}")).await;
    assert!(found.text.contains(&format!("href=\"/public/items/{}\"", item.code)), "{}", found.text);
    assert!(look("/public/items?word=none-such").await.text.contains("没有符合条件的记录"));
    let place = format!("/public/items/{}", item.code);
    let guide = look(&place).await;
    for part in [item.legal_basis.as_str(), item.materials[0].name.as_str(), "个工作日", "受理"] {
        assert!(guide.text.contains(&shown(part)), "{part}: {}", guide.text);
    }
    let drawing = nobody.get(&format!("/api/v1{place}/flow.svg")).await;
    assert!(drawing.status == 200 && drawing.text.starts_with("<svg") && drawing.headers.contains_key(header::ETAG));
    for (list, place) in [("/public/items", "/public/items/none"), ("/public/results", "/public/results/none")] {
        let none = nobody.get(place).await;
        let main = none.text.split("id=\"main\"").nth(1).and_then(|p| p.split("</main>").next()).expect("a page");
        assert!(none.status == 404 && main.contains(&format!("href=\"{list}\"")), "{main}");
        assert!(!main.contains("config/") && !main.contains("/api/v1/"), "{main}");
    }
    let kept = guide.headers[header::CACHE_CONTROL].to_str().expect("words");
    assert!(kept.starts_with("public, max-age="), "{kept}");
    let varies: Vec<&str> = guide.headers.get_all(header::VARY).iter().filter_map(|v| v.to_str().ok()).collect();
    assert!(varies.iter().any(|v| v.contains("cookie")), "{varies:?}");
    let tag = guide.headers[header::ETAG].to_str().expect("a tag").to_owned();
    let again = nobody.send(Method::GET, &place, &[("if-none-match", &tag)], "").await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let large = nobody.get(&format!("{place}?size=large")).await;
    assert!(large.text.contains("class=\"large\"") && large.headers.contains_key(header::SET_COOKIE));
    assert_eq!(large.headers[header::CACHE_CONTROL], "no-store", "a cookie is one reader's");
    assert!(nobody.get(&format!("{place}?lang=en")).await.text.contains("Promised limit"));

    // A complaint and a question: what was typed stays where it was refused; number and code are shown once.
    let empty = nobody.post("/public/complain", &[("department", "market"), ("title", "推诿"), ("content", "")]).await;
    assert_eq!(empty.status, 400);
    assert!(empty.text.contains("value=\"推诿\"") && empty.text.contains("complaint.request"), "{}", empty.text);
    assert!(empty.text.contains("请填写“投诉内容”") && !empty.text.contains("按 /api/v1"), "{}", empty.text);
    assert!(empty.text.contains("href=\"/public/complain?lang=en\""), "the form itself is asked for again");
    let who = [("complainant.name", CANARY[0]), ("complainant.phone", CANARY[1])];
    let words = [("department", "market"), ("kind", "shirking"), ("title", "推诿"), ("content", "三次没有受理")];
    let done = nobody.post("/public/complain", &[words.as_slice(), who.as_slice()].concat()).await;
    assert_eq!(done.status, 201, "{}", done.text);
    assert_eq!(done.headers[header::CACHE_CONTROL], "no-store");
    assert!(!done.text.contains("lang=en") && !done.text.contains("size=large"), "what is shown once is not left");
    let slip = |text: &str| {
        let codes: Vec<String> =
            text.split("<code>").skip(1).filter_map(|p| p.split("</code>").next()).map(str::to_owned).collect();
        (codes[0].clone(), codes[1].clone())
    };
    let (complaint, code) = slip(&done.text);
    let words = [("department", "market"), ("title", "材料"), ("content", "要哪些材料？"), ("asker.name", CANARY[0])];
    let asked = nobody.post("/public/ask", &words).await;
    assert_eq!(asked.status, 201, "{}", asked.text);
    let (enquiry, question) = slip(&asked.text);
    let path = format!("/api/v1/enquiries/{enquiry}/reply");
    let reply = json!({ "text": "身份证即可" }).to_string();
    assert_eq!(Asking(app, &hua).send(Method::POST, &path, &[], &reply).await.0, 200);
    let follow = async |no: &str, code: &str| nobody.post("/public/progress", &[("no", no), ("code", code)]).await;
    let one = follow(&complaint, &code).await;
    assert!(one.status == 200 && one.text.contains("已登记"), "{}", one.text);
    assert!(!one.text.contains("lang=en"), "{}", one.text);
    assert_eq!(follow(&format!(" {} ", complaint.to_lowercase()), &code).await.status, 200, "however it was typed");
    assert_eq!(follow(&enquiry.to_lowercase(), &question).await.status, 200);
    let two = follow(&enquiry, &question).await;
    assert!(two.text.contains("身份证即可"), "{}", two.text);
    let wrong = follow(&complaint, &question).await;
    assert!(wrong.status == 404 && wrong.text.contains("public.code"), "{}", wrong.text);
    assert!(!wrong.text.contains(&question), "a code is never sent back");
    let none = follow("TS0000000000000001", &question).await;
    assert_eq!((none.status, wrong.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    seen.extend([one.text, two.text, wrong.text, empty.text]);

    // How far a case is, by the code its applicant was given.
    let vendor = token(app, "vendor", "vendor", Some("market"), 365).await;
    let record = json!({ "type": "apply", "case_no": "QC1", "source_key": "QC1", "data_version": 1, "query_code": "7788",
        "event_time": app.clock.now().rfc3339(), "item_code": item.code, "applicant_name": CANARY[0] });
    let path = "/api/v1/exchange/market/batches";
    let (_, taken) = Asking(app, &vendor).send(Method::POST, path, &[], &record.to_string()).await;
    assert_eq!(taken["receipts"][0]["status"], "accepted", "{taken}");
    let of_case = [("department", "market"), ("no", "QC1"), ("code", "7788")];
    let three = nobody.post("/public/progress", &of_case).await;
    assert!(three.status == 200 && three.text.contains(&shown(&item.name)), "{}", three.text);
    let small = nobody.post("/public/progress", &[("department", "market"), ("no", "qc1"), ("code", "7788")]).await;
    assert_eq!(small.status, 200, "{}", small.text);
    let other = nobody.post("/public/progress", &[("department", "market"), ("no", "QC1"), ("code", "7789")]).await;
    assert_eq!(other.status, 404);
    seen.extend([three.text, other.text]);

    // Rated by the link, once.
    let filter = CaseFilter { department: Some("market".to_owned()), limit: 500, ..CaseFilter::default() };
    let cases = app.store.cases(&filter).await.expect("cases");
    let now = daylight_domain::clock::Clock::now(&*app.clock);
    let fresh = |at: Timestamp| now.0 - at.0 < 20 * 86_400_000;
    let over = |r: &&daylight_store::CaseRow| r.case.granted() && r.case.finished_at.is_some_and(fresh);
    let closed = cases.iter().find(over).expect("a case that is over");
    let about = json!({ "department": "market", "case_no": closed.case.case_no }).to_string();
    let (status, link) = Asking(app, &centre).send(Method::POST, "/api/v1/ratings/links", &[], &about).await;
    assert_eq!(status, 201, "{link}");
    let place = format!("/public/ratings/{}", link["link"].as_str().expect("a link"));
    let ask = nobody.get(&place).await;
    assert!(ask.status == 200 && ask.text.contains("非常满意") && ask.text.contains("class=\"large\""), "{}", ask.text);
    assert!(!ask.text.contains(&closed.case.case_no), "the link says enough");
    let none = nobody.post(&place, &[("text", "写了很多话")]).await;
    assert_eq!(none.status, 400);
    assert!(none.text.contains("写了很多话</textarea>") && none.text.contains("请填写“您满意吗？”"), "{}", none.text);
    assert!(!none.text.contains("按 /api/v1") && !none.text.contains("satisfaction`"), "{}", none.text);
    // Whoever invites by the page is given the whole address, and a refused form leads to pages there are.
    let inviter = Browser(app, &centre);
    let case = [("department", "market"), ("case_no", closed.case.case_no.as_str())];
    let invited = inviter.send(Method::POST, "/ratings/links", &[("host", "jc.example.gov.cn")], &form(&case)).await;
    assert!(invited.text.contains("href=\"http://jc.example.gov.cn/public/ratings/dlr_"), "{}", invited.text);
    assert!(!invited.text.contains("lang=en"), "shown once");
    let wrong = inviter.post("/ratings/links", &[("department", "market"), ("case_no", "none")]).await;
    assert!(wrong.status == 404 && wrong.text.contains("href=\"/ratings?lang=en\""), "{}", wrong.text);
    let rated = nobody.post(&place, &[("satisfaction", "2"), ("text", "很快")]).await;
    assert_eq!(rated.status, 201, "{}", rated.text);
    assert_eq!(nobody.post(&place, &[("satisfaction", "5")]).await.status, 404);
    let over = nobody.get(&place).await;
    assert!(over.status == 404 && over.text.contains("rating.link") && over.text.contains("<h1>"), "{}", over.text);
    seen.extend([ask.text, rated.text, over.text]);

    // Results: what was published for everybody, with its files; nothing before.
    let mut look = async |path: &str| {
        let page = nobody.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        seen.push(page.text.clone());
        page
    };
    let day = closed.case.finished_at.expect("an end").date().to_string();
    let draft = json!({ "kind": "finished", "from": day, "to": day, "scope": "社会公众" }).to_string();
    let (status, draft) = Asking(app, &ming).send(Method::POST, "/api/v1/publications", &[], &draft).await;
    assert_eq!(status, 201, "{draft}");
    let no = draft["no"].as_str().expect("a number");
    assert!(!look("/public/results").await.text.contains(no));
    assert_eq!(nobody.get(&format!("/public/results/{no}")).await.status, 404);
    let digest = json!({ "digest": draft["digest"] }).to_string();
    let path = format!("/api/v1/publications/{no}/approve");
    let (status, answer) = Asking(app, &leader).send(Method::POST, &path, &[], &digest).await;
    assert_eq!(status, 200, "{answer}");
    assert!(look("/public/results?kind=finished").await.text.contains(no));
    let result = look(&format!("/public/results/{no}")).await;
    assert!(result.text.contains("finished.csv") && result.text.contains("办理结果"), "{}", result.text);
    assert!(result.headers.contains_key(header::ETAG));

    // Nobody is named: not who complained, not who applied.
    for name in CANARY {
        for page in &seen {
            assert!(!page.contains(name), "{name} stands on {page}");
        }
    }

    // Whoever guesses is told to wait, on a page.
    let mut last = StatusCode::OK;
    for _ in 0..200 {
        last = follow(&complaint, "00000000").await.status;
        if last == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(nobody.get("/public/items").await.status, 200, "guides are not guesses");
    assert_eq!(nobody.get("/public/results").await.status, 200, "nor are results");
}

#[tokio::test(flavor = "multi_thread")]
async fn guides_that_are_the_countys_are_looked_at_by_the_rules_about_openness() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let clock = Arc::new(ManualClock::at(t("03-02T10:00:00")));
    let found = async |app: &App| {
        app.look_at_everything().await.expect("a round");
        let filter = FindingFilter { rule: Some("O-01".to_owned()), limit: 1000, ..FindingFilter::default() };
        app.store.findings(&filter).await.expect("findings")
    };
    let app = open(&config, &clock).await;
    assert!(found(&app).await.is_empty(), "the county does not call these its guides");
    app.close().await;
    drop(app);
    let file = config.join("daylight.toml");
    let text = std::fs::read_to_string(&file).expect("a file");
    assert!(text.contains("cache_seconds = 300"));
    std::fs::write(&file, text.replacen("cache_seconds = 300", "guides = true\ncache_seconds = 300", 1))
        .expect("written");
    let first = std::fs::read_to_string(config.join("catalogue/housing.toml")).expect("a file");
    let all_there = first.replacen(
        "is_fee = false",
        "is_fee = false\nconditions = [\"已取得用地批准\"]\nsample_form = \"窗口领取\"",
        1,
    );
    std::fs::write(config.join("catalogue/housing.toml"), all_there).expect("written");
    let app = open(&config, &clock).await;
    let rows = found(&app).await;
    let about = |code: &str| rows.iter().find(|r| r.finding.object_id == code);
    assert!(about("HC-0101").is_none(), "everything is posted");
    let lacks = about("HC-0102").expect("a finding");
    assert!(lacks.finding.explain_zh.contains("条件") && lacks.finding.explain_zh.contains("示范文本"), "{lacks:?}");
    assert!(!lacks.finding.explain_zh.contains("材料"), "{lacks:?}");
    app.close().await;
}
