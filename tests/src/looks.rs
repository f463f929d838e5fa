//! Every page of the house, as everybody who sees something of their own on it: the browser looks at each, the bench measures each.

use daylight::app::App;
use daylight_domain::role::Role;
use daylight_store::CardFilter;
use std::collections::BTreeMap;

/// A page somebody looks at.
pub struct Look {
    /// What its snapshot is called; nothing for a page another look has one of.
    pub name: &'static str,
    /// As whom; nobody who signed in.
    pub who: Option<Role>,
    /// The address; holes are filled by [`facts`].
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
    look("order", Role::Supervision, "/orders/{order}"),
    look("order-department", Role::Handler, "/orders/{order}"),
    look("scores", Role::Supervision, "/scores"),
    look("score", Role::Supervision, "/scores/{run}"),
    look("score-of-one", Role::Supervision, "/scores/{run}?department={department}"),
    look("score-compared", Role::Supervision, "/scores/{run}/compare?with={run}"),
    look("score-years", Role::Supervision, "/scores/years"),
    look("statistics", Role::Supervision, "/statistics?from=2026-03-01&to=2026-03-31&compare=previous"),
    look("measures", Role::Supervision, "/measures"),
    look("publications", Role::Supervision, "/publications"),
    look("publication", Role::Supervision, "/publications/{publication}"),
    look("publication-verified", Role::Supervision, "/publications/{publication}/verify"),
    look("records", Role::Supervision, "/cases/{department}/{case}/records"),
    look("screen", Role::Supervision, "/screen"),
    look("screen-links", Role::SecurityAdmin, "/screen-links"),
    look("signed-in", Role::Supervision, "/sign-in"),
    look("overview-department", Role::Handler, "/"),
    look("case-department", Role::Handler, "/cases/{department}/{case}"),
    look("card-department", Role::Handler, "/cards/{card}"),
    look("overview-machine", Role::SystemAdmin, "/"),
    look("overview-people", Role::SecurityAdmin, "/"),
    look("overview-audit", Role::AuditAdmin, "/"),
    look("overview-leader", Role::Leader, "/"),
];

/// What fills the holes in addresses: things of one department that are there.
///
/// # Panics
/// The store cannot be read.
pub async fn facts(app: &App, department: &str) -> BTreeMap<&'static str, String> {
    let mut facts = BTreeMap::from([("department", department.to_owned())]);
    for (hole, state) in [("card", "issued"), ("pending", "pending_confirm")] {
        let filter = CardFilter {
            department: Some(department.to_owned()),
            state: Some(state.to_owned()),
            limit: 1000,
            ..CardFilter::default()
        };
        let cards = app.store.cards(&filter).await.expect("cards");
        let Some(card) = cards.iter().find(|c| c.case_no.is_some()) else { continue };
        facts.insert(hole, card.no.clone());
        if hole == "card" {
            facts.insert("case", card.case_no.clone().unwrap_or_default());
        }
    }
    if let Some(run) = app.store.score_runs(1).await.expect("runs").pop() {
        facts.insert("run", run.id);
    }
    facts
}

/// An address with its holes filled; nothing where a fact is missing.
#[must_use]
pub fn filled(path: &str, facts: &BTreeMap<&'static str, String>) -> Option<String> {
    let path = facts.iter().fold(path.to_owned(), |path, (hole, fact)| path.replace(&format!("{{{hole}}}"), fact));
    (!path.contains('{')).then_some(path)
}
