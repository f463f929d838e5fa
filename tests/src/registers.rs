//! One of everything that people enter, each by the operation its people use and under the hole that its pages have in
//! [`crate::looks`]: the browser looks at them, the bench measures them, and nobody's name may be read in them.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use daylight::app::App;
use daylight_domain::role::Role;
use daylight_store::CaseFilter;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everybody's; only tests know it.
pub const PASSWORD: &str = "Yunxi-2026-spring";

/// Who complains, asks, rates and applies.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// A name.
    pub name: &'a str,
    /// A telephone.
    pub phone: &'a str,
    /// An identity number.
    pub id_no: &'a str,
}

/// Somebody made up.
pub const SOMEBODY: Person<'_> = Person { name: "赵一", phone: "13800000001", id_no: "11010519491231002X" };

/// Where things are entered.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The department that they are about.
    pub department: &'a str,
    /// The department that works at the desk.
    pub desk: &'a str,
    /// A year whose first quarter has cases.
    pub year: i32,
    /// The last day of it that the notice of finished cases, from 2 March, tells of: `04-01`.
    pub noticed: &'a str,
}

/// As a part of an address.
#[must_use]
pub fn escaped(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() || b == b'-' { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// The number of something that was entered.
fn no(made: &Value) -> String {
    made["no"].as_str().unwrap_or_else(|| panic!("a number in {made}")).to_owned()
}

/// Enters something by the API as whoever holds this secret.
///
/// # Panics
/// It is answered otherwise than with this status.
pub async fn sent(app: &Arc<App>, who: &str, of: &str, words: &str, wanted: u16) -> Value {
    let request = Request::post(format!("/api/v1/{of}")).header("authorization", format!("Bearer {who}"));
    let answer = daylight::api::ask(app, request.body(Body::from(words.to_owned())).expect("a request")).await;
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
    let text = String::from_utf8_lossy(&bytes);
    assert_eq!(status, wanted, "{of}: {text}");
    serde_json::from_str(&text).expect("JSON")
}

/// Somebody new in a role, who signed in.
///
/// # Panics
/// There is one of this name.
pub async fn signed_in(app: &Arc<App>, name: &str, role: Role, department: &str) -> String {
    let department = role.of_department().then_some(department);
    app.add_user(name, role.as_str(), department, "cli").await.expect("a person");
    let link = app.give_link(name, "cli").await.expect("a link").secret;
    app.use_link(&link, PASSWORD).await.expect("a session").secret
}

/// Everything, about one person.
///
/// # Panics
/// Something is refused.
pub async fn fill(app: &Arc<App>, facts: &mut BTreeMap<&'static str, String>, place: Place<'_>, person: Person<'_>) {
    let mut all = Registers { app, facts, place, person };
    all.matters().await;
    all.catalogue().await;
    all.desk().await;
}

/// Codes by which the public asks, by what they belong to.
const CODES: &[(&str, &str)] = &[("complaint", "complaint_code"), ("enquiry", "enquiry_code")];

struct Registers<'a> {
    app: &'a Arc<App>,
    facts: &'a mut BTreeMap<&'static str, String>,
    place: Place<'a>,
    person: Person<'a>,
}

impl Registers<'_> {
    async fn entered(&self, who: &str, of: &str, words: &Value) -> Value {
        sent(self.app, who, of, &words.to_string(), 201).await
    }

    async fn matters(&mut self) {
        let Place { department, year, noticed, .. } = self.place;
        let somebody = json!({ "name": self.person.name, "phone": self.person.phone });
        let day = |day: &str| format!("{year}-{day}");
        let all = [
            ("order", "supervision-orders", json!({ "kind": "order", "content": "请按期反馈" })),
            ("investigation", "investigations", json!({ "origin": "report", "subject": "收件后长期不受理" })),
            ("complaint", "complaints", json!({ "title": "材料", "content": "两次说法不同", "complainant": somebody })),
            ("enquiry", "enquiries", json!({ "title": "材料", "content": "要什么？", "asker": somebody })),
            ("rating", "ratings", json!({ "satisfaction": 2, "channel": "phone", "rater": somebody })),
            (
                "exclusion",
                "exclusions",
                json!({ "from": day("03-02"), "to": day("03-03"), "reason": "机房搬迁", "document": "监 3" }),
            ),
            (
                "entry",
                "manual-entries",
                json!({ "standard": "county-2025", "period": day("03"), "indicator": "G2", "points": -100,
                        "reason": "约谈", "document": "约谈记录 2" }),
            ),
        ];
        let who = signed_in(self.app, "登记员", Role::Supervision, department).await;
        for (hole, of, mut words) in all {
            words["department"] = department.into();
            let made = self.entered(&who, of, &words).await;
            self.facts.insert(hole, no(&made));
            // What the public asks with; it is shown once.
            let hole = CODES.iter().find(|(of, _)| *of == hole);
            if let (Some((_, hole)), Some(code)) = (hole, made["code"].as_str()) {
                self.facts.insert(hole, code.to_owned());
            }
        }
        let quarter = json!({ "from": day("01-01"), "to": day("03-31") });
        let plan = json!({ "name": "一季度", "population": quarter, "size": 3 });
        let plan = no(&self.entered(&who, "sampling-plans", &plan).await);
        self.facts.insert("sampling", plan);
        let notice = json!({ "kind": "finished", "from": day("03-02"), "to": day(noticed), "scope": "社会公众" });
        let draft = self.entered(&who, "publications", &notice).await;
        let leader = signed_in(self.app, "批准人", Role::Leader, department).await;
        let (notice, approval) = (no(&draft), json!({ "digest": draft["digest"] }));
        sent(self.app, &leader, &format!("publications/{notice}/approve"), &approval.to_string(), 200).await;
        self.facts.insert("publication", notice);
        let finished = json!({ "department": department, "case_no": self.finished().await });
        let link = self.entered(&who, "ratings/links", &finished).await;
        self.facts.insert("link", link["link"].as_str().expect("a link").to_owned());
        self.facts.insert("user", escaped("批准人"));
    }

    /// A case that came to its end.
    async fn finished(&self) -> String {
        for state in ["finished", "delivered"] {
            let filter = CaseFilter {
                department: Some(self.place.department.to_owned()),
                state: Some(state.to_owned()),
                limit: 1,
                ..CaseFilter::default()
            };
            if let Some(row) = self.app.store.cases(&filter).await.expect("cases").pop() {
                return row.case.case_no.clone();
            }
        }
        panic!("no case of {} came to its end", self.place.department)
    }

    /// An item as a draft, and a list of the province beside which it stands.
    async fn catalogue(&mut self) {
        let who = signed_in(self.app, "法制办", Role::LegalOffice, self.place.department).await;
        let items: Vec<_> = self.app.config.rules.catalogue.newest().filter(|i| i.flow.is_some()).collect();
        let own = items.iter().find(|i| i.department == self.place.department);
        let item = own.or(items.first()).expect("an item with a flow");
        let (code, name) = (item.code.clone(), item.name.clone());
        let draft = no(&self.entered(&who, "item-drafts", &json!({ "code": code })).await);
        self.facts.insert("draft", draft);
        let list = json!([{ "code": code, "name": name, "legal_limit": "15", "legal_unit": "工作日" }]);
        let list = sent(self.app, &who, "item-lists", &list.to_string(), 201).await;
        self.facts.insert("list", no(list.get("list").unwrap_or(&list)));
        self.facts.insert("item", code);
    }

    /// A case that waits at the desk, with its receipt.
    async fn desk(&mut self) {
        let who = signed_in(self.app, "收件人", Role::Clerk, self.place.desk).await;
        let Person { name, phone, id_no } = self.person;
        let receipt = json!({
            "item_code": "CL-0101", "title": "云溪广场音乐会", "window": "文旅 1 号窗口", "queue_no": "A017",
            "applicant": { "kind": "natural", "name": name, "id_type": "111", "id_no": id_no, "phone": phone },
            "materials": [{ "name": "申请表", "state": "received" }, { "name": "主体资格证明", "state": "received" }],
        });
        let slip = self.entered(&who, "desk/cases", &receipt).await;
        let received = no(&slip);
        self.facts.insert("received_code", slip["code"].as_str().expect("a code").to_owned());
        let papers = self.app.store.desk_papers(self.place.desk, &received).await.expect("papers");
        self.facts.insert("paper", escaped(&papers.first().expect("a receipt").no));
        self.facts.insert("desk", self.place.desk.to_owned());
        self.facts.insert("received", escaped(&received));
    }
}
