//! The county the browser looks at: the demonstration with its data, served on loopback, and one person of every role.

use daylight::app::App;
use daylight::demo::place::Demo;
use daylight_domain::role::Role;
use daylight_store::CardFilter;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::JoinHandle;

const DEPARTMENTS: [&str; 4] = ["market", "resources", "housing", "health"];
/// Whoever is somebody of one department is of this one.
pub const DEPARTMENT: &str = "market";
/// Everybody's; only tests know it.
pub const PASSWORD: &str = "Yunxi-2026-spring";

/// A county that stands still, with an address.
pub struct House {
    pub app: Arc<App>,
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

impl House {
    /// Empty, but for what the sample configuration says.
    pub async fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let demo = Demo::start(folder.path(), 0, 2).await.expect("a county");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("an address");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let app = Arc::clone(&demo.app);
        let serving = tokio::spawn(daylight::api::serve(Arc::clone(&app), listener, std::future::pending()));
        Self { app, base, facts: BTreeMap::new(), serving, _demo: demo, _folder: folder }
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
        let run = app.score("county-2025", "2026-03", None).await.expect("a run");
        // A card that was issued, and a red one that waits for a person.
        for (hole, state) in [("card", "issued"), ("pending", "pending_confirm")] {
            let filter = CardFilter {
                department: Some(DEPARTMENT.to_owned()),
                state: Some(state.to_owned()),
                limit: 1000,
                ..CardFilter::default()
            };
            let cards = app.store.cards(&filter).await.expect("cards");
            let card = cards.iter().find(|c| c.case_no.is_some()).unwrap_or_else(|| panic!("no card is {state}"));
            house.facts.insert(hole, card.no.clone());
            if hole == "card" {
                house.facts.insert("case", card.case_no.clone().unwrap_or_default());
            }
        }
        house.facts.insert("department", DEPARTMENT.to_owned());
        house.facts.insert("run", run.id.clone());
        house
    }

    /// An address with its holes filled.
    pub fn place(&self, path: &str) -> String {
        self.facts.iter().fold(path.to_owned(), |path, (hole, fact)| path.replace(&format!("{{{hole}}}"), fact))
    }

    /// A link that works once, for somebody new in a role.
    pub async fn link(&self, name: &str, role: Role) -> String {
        let department = role.of_department().then_some(DEPARTMENT);
        self.app.add_user(name, role.as_str(), department, "cli").await.expect("a person");
        self.app.give_link(name, "cli").await.expect("a link").secret
    }

    /// Somebody new in a role, who signed in.
    pub async fn signed_in(&self, name: &str, role: Role) -> String {
        let link = self.link(name, role).await;
        self.app.use_link(&link, PASSWORD).await.expect("a session").secret
    }
}
