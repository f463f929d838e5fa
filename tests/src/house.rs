//! The county the browser looks at: the demonstration with its data, served on loopback, and one person of every role.

use crate::looks;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use daylight::app::App;
use daylight::config::load;
use daylight::demo::place::Demo;
use daylight_domain::clock::{Clock, ManualClock};
use daylight_domain::role::Role;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::JoinHandle;

const DEPARTMENTS: [&str; 4] = ["market", "resources", "housing", "health"];
/// Whoever is somebody of one department is of this one.
pub const DEPARTMENT: &str = "market";
/// And whoever works at the desk of this one, which has no system of its own.
pub const DESK: &str = "culture";
/// Everybody's; only tests know it.
pub const PASSWORD: &str = "Yunxi-2026-spring";

/// A county that stands still, with an address.
pub struct House {
    pub app: Arc<App>,
    clock: Arc<ManualClock>,
    pub base: String,
    /// What fills the holes in addresses.
    pub facts: BTreeMap<&'static str, String>,
    serving: JoinHandle<()>,
    _demo: Demo,
    _folder: tempfile::TempDir,
}

impl Drop for House {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The number of something that was entered.
fn no(made: &Value) -> String {
    made["no"].as_str().unwrap_or_else(|| panic!("a number in {made}")).to_owned()
}

/// As a part of an address.
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() || b == b'-' { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

impl House {
    /// Empty, but for what the sample configuration says; the desk is at work.
    pub async fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let demo = Demo::start(folder.path(), 0, 2).await.expect("a county");
        demo.app.close().await;
        let config = folder.path().join("config");
        let file = config.join(format!("departments/{DESK}.toml"));
        let text = std::fs::read_to_string(&file).expect("a department");
        // Supervised long enough for a month to be scored.
        let since = |line: &str| {
            if line.starts_with("supervised_since") {
                "supervised_since = \"2026-01-01\"".to_owned()
            } else {
                line.to_owned()
            }
        };
        let lines: Vec<String> = text.replace("phase = \"trial\"", "phase = \"live\"").lines().map(since).collect();
        std::fs::write(&file, lines.join("\n")).expect("written");
        let loaded = load(&config, demo.clock.now()).expect("a configuration");
        let clock = Arc::new(ManualClock::at(demo.clock.now()));
        let app = App::open(loaded, Arc::<ManualClock>::clone(&clock)).await.expect("an appliance");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("an address");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let serving = tokio::spawn(daylight::api::serve(Arc::clone(&app), listener, std::future::pending()));
        Self { app, clock, base, facts: BTreeMap::new(), serving, _demo: demo, _folder: folder }
    }

    /// Goes to another time.
    pub fn set(&self, now: daylight_domain::Timestamp) {
        self.clock.set(now);
    }

    /// With what the four systems tell, and a month scored.
    pub async fn with_data() -> Self {
        let mut house = Self::empty().await;
        let app = Arc::clone(&house.app);
        for id in DEPARTMENTS {
            app.pull(id, "manual").await.expect("a run");
        }
        app.fire_due().await.expect("what was due");
        app.look_at_everything().await.expect("a round");
        app.score("county-2025", "2026-03", None).await.expect("a run");
        looks::frozen_report(&app, DEPARTMENT).await;
        house.facts = looks::facts(&app, DEPARTMENT).await;
        house.registers().await;
        house
    }

    /// One of everything that people enter, each under the hole that its pages have.
    async fn registers(&mut self) {
        let somebody = json!({ "name": "赵一", "phone": "13800000001" });
        let all = [
            ("order", "supervision-orders", json!({ "kind": "order", "content": "请按期反馈" })),
            ("investigation", "investigations", json!({ "origin": "report", "subject": "收件后长期不受理" })),
            ("complaint", "complaints", json!({ "title": "材料", "content": "两次说法不同", "complainant": somebody })),
            ("enquiry", "enquiries", json!({ "title": "材料", "content": "要什么？", "asker": somebody })),
            ("rating", "ratings", json!({ "satisfaction": 2, "channel": "phone", "rater": somebody })),
            (
                "exclusion",
                "exclusions",
                json!({ "from": "2026-03-02", "to": "2026-03-03", "reason": "机房搬迁", "document": "监 3" }),
            ),
            (
                "entry",
                "manual-entries",
                json!({ "standard": "county-2025", "period": "2026-03", "indicator": "G2", "points": -100,
                        "reason": "约谈", "document": "约谈记录 2" }),
            ),
        ];
        let who = self.signed_in("登记员", Role::Supervision).await;
        for (hole, of, mut words) in all {
            words["department"] = DEPARTMENT.into();
            self.facts.insert(hole, no(&self.entered(&who, of, &words).await));
        }
        let plan = json!({ "name": "一季度", "population": { "from": "2026-01-01", "to": "2026-03-31" }, "size": 3 });
        self.facts.insert("sampling", no(&self.entered(&who, "sampling-plans", &plan).await));
        let notice = json!({ "kind": "finished", "from": "2026-03-02", "scope": "社会公众" });
        let draft = self.entered(&who, "publications", &notice).await;
        let leader = self.signed_in("批准人", Role::Leader).await;
        let (notice, approval) = (no(&draft), json!({ "digest": draft["digest"] }));
        self.sent(&leader, &format!("publications/{notice}/approve"), &approval.to_string(), 200).await;
        self.facts.insert("publication", notice);
        let finished = json!({ "department": DEPARTMENT, "case_no": self.facts["case"] });
        let link = self.entered(&who, "ratings/links", &finished).await;
        self.facts.insert("link", link["link"].as_str().expect("a link").to_owned());
        self.facts.insert("user", escaped("批准人"));
        self.catalogue().await;
        self.desk().await;
    }

    /// An item as a draft, and a list of the province beside which it stands.
    async fn catalogue(&mut self) {
        let who = self.signed_in("法制办", Role::LegalOffice).await;
        let items = self.app.config.rules.catalogue.newest();
        let item = items.into_iter().find(|i| i.department == DEPARTMENT && i.flow.is_some()).expect("an item");
        let (code, name) = (item.code.clone(), item.name.clone());
        self.facts.insert("draft", no(&self.entered(&who, "item-drafts", &json!({ "code": code })).await));
        let list = json!([{ "code": code, "name": name, "legal_limit": "15", "legal_unit": "工作日" }]);
        let list = self.sent(&who, "item-lists", &list.to_string(), 201).await;
        let of = list.get("list").unwrap_or(&list);
        self.facts.insert("list", no(of));
        self.facts.insert("item", code);
    }

    /// A case that waits at the desk, with its receipt.
    async fn desk(&mut self) {
        let who = self.signed_in("收件人", Role::Clerk).await;
        let receipt = json!({
            "item_code": "CL-0101", "title": "云溪广场音乐会", "window": "文旅 1 号窗口", "queue_no": "A017",
            "applicant": { "kind": "natural", "name": "赵一", "id_type": "111", "id_no": "11010519491231002X", "phone": "13800001234" },
            "materials": [{ "name": "申请表", "state": "received" }, { "name": "主体资格证明", "state": "received" }],
        });
        let received = no(&self.entered(&who, "desk/cases", &receipt).await);
        let papers = self.app.store.desk_papers(DESK, &received).await.expect("papers");
        self.facts.insert("paper", escaped(&papers.first().expect("a receipt").no));
        self.facts.insert("desk", DESK.to_owned());
        self.facts.insert("received", escaped(&received));
    }

    /// Enters something by the API.
    pub async fn entered(&self, who: &str, of: &str, words: &Value) -> Value {
        self.sent(who, of, &words.to_string(), 201).await
    }

    async fn sent(&self, who: &str, of: &str, words: &str, wanted: u16) -> Value {
        let request = Request::post(format!("/api/v1/{of}")).header("authorization", format!("Bearer {who}"));
        let answer =
            daylight::api::ask(&self.app, request.body(Body::from(words.to_owned())).expect("a request")).await;
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(status, wanted, "{of}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// An address with its holes filled.
    pub fn place(&self, path: &str) -> String {
        looks::filled(path, &self.facts).unwrap_or_else(|| panic!("{path}: {:?}", self.facts))
    }

    /// A link that works once, for somebody new in a role.
    pub async fn link(&self, name: &str, role: Role) -> String {
        let own = if role == Role::Clerk { DESK } else { DEPARTMENT };
        self.link_of(name, role, own).await
    }

    async fn link_of(&self, name: &str, role: Role, department: &str) -> String {
        let department = role.of_department().then_some(department);
        self.app.add_user(name, role.as_str(), department, "cli").await.expect("a person");
        self.app.give_link(name, "cli").await.expect("a link").secret
    }

    /// Somebody new of the department that works at the desk, who signed in.
    pub async fn at_desk(&self, name: &str, role: Role) -> String {
        let link = self.link_of(name, role, DESK).await;
        self.app.use_link(&link, PASSWORD).await.expect("a session").secret
    }

    /// Somebody new in a role, who signed in.
    pub async fn signed_in(&self, name: &str, role: Role) -> String {
        let link = self.link(name, role).await;
        self.app.use_link(&link, PASSWORD).await.expect("a session").secret
    }
}
