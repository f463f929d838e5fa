//! Every page, as everybody who sees something of their own on it.

use crate::chromium::Chromium;
use crate::house::House;
use crate::tab::{Kind, Tab};
use crate::{aria, audit};
use daylight_domain::role::Role;
use std::collections::BTreeMap;

/// A page somebody looks at.
pub struct Look {
    /// What its snapshot is called; nothing for a page another look has one of.
    pub name: &'static str,
    /// As whom; nobody who signed in.
    pub who: Option<Role>,
    /// The address; holes are filled by `House::facts`.
    pub path: &'static str,
    /// What it answers.
    pub status: u16,
}

const fn look(name: &'static str, who: Role, path: &'static str) -> Look {
    Look { name, who: Some(who), path, status: 200 }
}

const fn public(name: &'static str, path: &'static str) -> Look {
    Look { name, who: None, path, status: 200 }
}

/// A page joins by a line here.
pub const LOOKS: &[Look] = &[
    public("status", "/"),
    public("sign-in", "/sign-in"),
    public("errors", "/docs/errors"),
    public("error", "/docs/errors/card.state"),
    public("error-of-a-record", "/docs/errors/E001"),
    look("overview", Role::Supervision, "/"),
    look("overview-english", Role::Supervision, "/?lang=en"),
    look("cases", Role::Supervision, "/cases?lang=zh"),
    look("case", Role::Supervision, "/cases/{department}/{case}"),
    look("cards", Role::Supervision, "/cards"),
    look("cards-none", Role::Supervision, "/cards?department=health&level=red&state=closed"),
    look("card", Role::Supervision, "/cards/{card}"),
    look("card-paper", Role::Supervision, "/api/v1/cards/{card}/paper"),
    look("orders", Role::Supervision, "/orders"),
    look("scores", Role::Supervision, "/scores"),
    look("score", Role::Supervision, "/scores/{run}"),
    look("signed-in", Role::Supervision, "/sign-in"),
    look("overview-department", Role::Handler, "/"),
    look("case-department", Role::Handler, "/cases/{department}/{case}"),
    look("card-department", Role::Handler, "/cards/{card}"),
    look("overview-machine", Role::SystemAdmin, "/"),
    look("overview-people", Role::SecurityAdmin, "/"),
    look("overview-audit", Role::AuditAdmin, "/"),
    look("overview-leader", Role::Leader, "/"),
];

/// What is wrong with one page.
fn wrong(look: &Look, path: &str, house: &House, (strict, open): (&Tab, &Tab)) -> Vec<String> {
    let from = strict.browser.heard();
    let status = match strict.go(path) {
        Ok(status) => status,
        Err(e) => return vec![e],
    };
    let mut found = Vec::new();
    if status != look.status {
        found.push(format!("answers {status}, not {}", look.status));
    }
    let names: Vec<String> = house.app.config.departments.values().map(|d| d.name.clone()).collect();
    // The first page of each role is the one that shows what stands around all of theirs.
    let around = look.who.is_none() || look.path.split('?').next() == Some("/");
    found.extend(aria::compare(look.name, &aria::snapshot(strict, &names, around)));
    found.extend(audit::widths(strict));
    found.extend(audit::keyboard(strict));
    // Last, so that what the page does meanwhile is heard as well.
    found.extend(audit::network(strict, &house.base, from, look.status));
    match open.go(path) {
        Ok(_) => found.extend(audit::accessible(open)),
        Err(e) => found.push(e),
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_keeps_its_policy_and_can_be_used_by_everybody() {
    let Some(browser) = Chromium::start() else { return };
    let house = House::with_data().await;
    let mut people: BTreeMap<Option<&str>, (Tab, Tab)> = BTreeMap::new();
    let mut report = Vec::new();
    for look in LOOKS {
        let who = look.who.map(Role::as_str);
        if !people.contains_key(&who) {
            let strict = Tab::open(&browser, &house.base, Kind::default());
            let open = Tab::open(&browser, &house.base, Kind { no_policy: true, ..Kind::default() });
            if let Some(role) = look.who {
                let secret = house.signed_in(role.as_str(), role).await;
                strict.as_session(&secret);
                open.as_session(&secret);
            }
            people.insert(who, (strict, open));
        }
        let (strict, open) = &people[&who];
        let path = house.place(look.path);
        let found = wrong(look, &path, &house, (strict, open));
        report.extend(found.iter().map(|line| format!("{} ({} {path}): {line}", look.name, who.unwrap_or("nobody"))));
    }
    assert!(report.is_empty(), "{} findings:\n{}", report.len(), report.join("\n"));
}
