//! Every page of the house, as everybody who sees something of their own on it: the browser looks at each, the bench measures each.

use daylight::app::App;
use daylight::gate::report::{GateReport, ReportCondition, ReportPlugin, configuration_digest};
use daylight_domain::publication::{canonical, digest_of};
use daylight_domain::role::Role;
use daylight_store::{AuditEntry, CardFilter, GateReportRow, QuarantineFilter};
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
    public("public", "/public"),
    public("public-large", "/public?size=large"),
    public("public-items", "/public/items?size=usual"),
    public("public-item", "/public/items/{item}"),
    public("public-progress", "/public/progress"),
    public("public-results", "/public/results"),
    public("public-result", "/public/results/{publication}"),
    public("public-complain", "/public/complain"),
    public("public-ask", "/public/ask"),
    public("public-rating", "/public/ratings/{link}"),
    look("desk", Role::Clerk, "/desk"),
    look("desk-cases", Role::Clerk, "/desk/cases"),
    look("desk-case", Role::Clerk, "/desk/cases/{desk}/{received}"),
    look("desk-receive", Role::Clerk, "/desk/receive"),
    look("desk-receive-item", Role::Clerk, "/desk/receive?item=CL-0101"),
    look("desk-today", Role::Clerk, "/desk/today"),
    look("desk-paper", Role::Clerk, "/desk/papers/{desk}/{paper}"),
    look("desk-closed", Role::Handler, "/desk"),
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
    look("investigations", Role::Supervision, "/investigations"),
    look("investigation", Role::Supervision, "/investigations/{investigation}"),
    look("investigation-leader", Role::Leader, "/investigations/{investigation}"),
    look("samples", Role::Supervision, "/samples"),
    look("sample", Role::Supervision, "/samples/{sampling}"),
    look("appeals", Role::Supervision, "/appeals"),
    look("complaints", Role::ServiceCentre, "/complaints"),
    look("complaint", Role::ServiceCentre, "/complaints/{complaint}"),
    look("complaint-clear", Role::Supervision, "/complaints/{complaint}?reason=%E5%9B%9E%E8%AE%BF%E8%81%94%E7%B3%BB"),
    look("enquiries", Role::ServiceCentre, "/enquiries"),
    look("enquiry", Role::ServiceCentre, "/enquiries/{enquiry}"),
    look("ratings", Role::ServiceCentre, "/ratings"),
    look("rating", Role::ServiceCentre, "/ratings/{rating}"),
    look("rating-department", Role::Handler, "/ratings/{rating}"),
    look("exclusions", Role::Supervision, "/exclusions"),
    look("exclusion", Role::Leader, "/exclusions/{exclusion}"),
    look("entries", Role::Supervision, "/entries"),
    look("entry", Role::Leader, "/entries/{entry}"),
    look("scores", Role::Supervision, "/scores"),
    look("score", Role::Supervision, "/scores/{run}"),
    look("items", Role::Supervision, "/items"),
    look("item", Role::Handler, "/items/{item}"),
    look("item-drafts", Role::LegalOffice, "/item-drafts"),
    look("item-draft", Role::LegalOffice, "/item-drafts/{draft}"),
    look("item-draft-text", Role::LegalOffice, "/item-drafts/{draft}/text"),
    look("item-lists", Role::LegalOffice, "/item-lists"),
    look("item-list", Role::LegalOffice, "/item-lists/{list}"),
    look("score-of-one", Role::Supervision, "/scores/{run}?department={department}"),
    look("score-compared", Role::Supervision, "/scores/{run}/compare?with={run}"),
    look("score-years", Role::Supervision, "/scores/years"),
    look("statistics", Role::Supervision, "/statistics?from=2026-03-01&to=2026-03-31&compare=previous"),
    look("meanings", Role::Supervision, "/measures"),
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
    look("departments", Role::SystemAdmin, "/departments"),
    look("department", Role::SystemAdmin, "/departments/{department}"),
    look("gate-reports", Role::Supervision, "/gate-reports"),
    look("gate-report", Role::DepartmentLeader, "/gate-reports/{report}"),
    look("gate-report-paper", Role::Supervision, "/api/v1/gate-reports/{report}/paper"),
    look("connectors", Role::SystemAdmin, "/connectors"),
    look("connector", Role::SystemAdmin, "/connectors/{department}"),
    look("pulls", Role::SystemAdmin, "/pulls?department={department}"),
    look("pull", Role::SystemAdmin, "/pulls/{pull}"),
    look("quarantine", Role::SystemAdmin, "/quarantine"),
    look("quarantine-department", Role::Handler, "/quarantine"),
    look("quarantined", Role::SystemAdmin, "/quarantine/{refused}"),
    look("reconciliations", Role::SystemAdmin, "/reconciliations?limit=50"),
    look("plugins", Role::SystemAdmin, "/plugins"),
    look("rules", Role::Supervision, "/rules"),
    look("rule", Role::Supervision, "/rules/T-02"),
    look("calendar", Role::Supervision, "/calendar?year=2026"),
    look("calendar-due", Role::Supervision, "/calendar?start=2026-02-06&limit=5"),
    look("configuration", Role::SystemAdmin, "/configuration"),
    look("doctor", Role::SystemAdmin, "/doctor"),
    look("deliveries", Role::SystemAdmin, "/deliveries"),
    look("users", Role::SecurityAdmin, "/users"),
    look("user", Role::SecurityAdmin, "/users/{user}"),
    look("tokens", Role::SecurityAdmin, "/tokens"),
    look("audit", Role::AuditAdmin, "/audit?limit=50"),
    look("audit-chain", Role::AuditAdmin, "/audit/verify"),
    look("account", Role::Handler, "/account"),
    public("manuals", "/docs"),
    public("manuals-searched", "/docs?q=source.status"),
    public("manual", "/docs/wit"),
    public("manual-of-the-house", "/docs/daylight"),
    public("measures", "/docs/measures"),
    public("catalogue-of-rules", "/docs/rules"),
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
    if let Some(run) = app.store.runs(Some(department), 1, None).await.expect("runs").pop() {
        facts.insert("pull", run.id);
    }
    if let Some(report) = app.store.gate_reports(Some(department)).await.expect("reports").pop() {
        facts.insert("report", report.no);
    }
    let refused = QuarantineFilter { limit: 1, ..QuarantineFilter::default() };
    if let Some(record) = app.store.quarantine(&refused).await.expect("quarantine").pop() {
        facts.insert("refused", record.id);
    }
    facts
}

/// The report of a trial as if it had been: a county that stands still has no fourteen days. Its department is live without it, and it
/// can be signed.
///
/// # Panics
/// The store cannot be written.
pub async fn frozen_report(app: &App, department: &str) {
    let (now, configured) = (app.clock.now(), &app.config.departments[department]);
    let active = app.store.plugins().await.expect("plugins");
    let active =
        active.into_iter().find(|p| Some(&p.name) == configured.connector.as_ref() && p.active_since.is_some());
    let condition = |code: &str, [asked_zh, asked_en]: [&str; 2], [found_zh, found_en]: [&str; 2]| ReportCondition {
        code: code.to_owned(),
        asked_zh: asked_zh.to_owned(),
        found_zh: found_zh.to_owned(),
        asked_en: Some(asked_en.to_owned()),
        found_en: Some(found_en.to_owned()),
    };
    let report = GateReport {
        no: format!("YS-{department}-1"),
        department: department.to_owned(),
        name: configured.name.clone(),
        trial_since: Some(now.plus_ms(-30 * 86_400_000)),
        from: now.plus_ms(-30 * 86_400_000).date(),
        to: now.date(),
        conditions: vec![
            condition("trial-days", ["试运行满 14 天", "14 days of trial"], ["30 天", "30 days"]),
            condition(
                "rejects",
                ["近 30 天退回率不高于 1.0%", "At most 1.0% of the records of 30 days rejected"],
                ["0.4%（2/481）", "0.4% (2/481)"],
            ),
        ],
        plugin: active.map(|p| ReportPlugin { name: p.name, version: p.version, digest: p.digest, grade: p.grade }),
        configuration: configuration_digest(&app.config, configured),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: now,
        made_by: "运维员".to_owned(),
    };
    let body = canonical(&serde_json::to_value(&report).expect("a report"));
    let row = GateReportRow {
        no: report.no,
        department: report.department,
        made_at: now,
        digest: digest_of(body.as_bytes()),
        body,
    };
    app.store.freeze_gate_report(&row, AuditEntry { at: now, ..AuditEntry::default() }).await.expect("frozen");
}

/// An address with its holes filled; nothing where a fact is missing.
#[must_use]
pub fn filled(path: &str, facts: &BTreeMap<&'static str, String>) -> Option<String> {
    let path = facts.iter().fold(path.to_owned(), |path, (hole, fact)| path.replace(&format!("{{{hole}}}"), fact));
    (!path.contains('{')).then_some(path)
}
